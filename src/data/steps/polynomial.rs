//! Polynomial: products of number columns as new columns.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, matrix, names, present, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, ColumnKind, Schema};
use crate::table::Rows;

/// Adds `a^2`, `a*b`, … behind the last column used; the same as scikit-learn's `PolynomialFeatures`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Polynomial {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// Factors of a product at most; 2 or 3.
    pub degree: usize,
    /// Whether powers of one column are left out.
    pub interactions_only: bool,
    /// The columns used.
    #[serde(default)]
    pub fitted: Vec<Fitted<()>>,
    /// The new columns.
    #[serde(default)]
    pub products: Vec<Product>,
}

/// One new column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Name.
    pub name: String,
    /// Columns multiplied, by their place among the columns used.
    pub factors: Vec<usize>,
}

const KINDS: &[&str] = &["number"];
/// More new columns than this are a mistake.
const MAX_PRODUCTS: usize = 2000;

impl Default for Polynomial {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            degree: 2,
            interactions_only: false,
            fitted: Vec::new(),
            products: Vec::new(),
        }
    }
}

impl Polynomial {
    /// The factors of all products, in scikit-learn's order.
    fn all_factors(&self, n_columns: usize) -> Result<Vec<Vec<usize>>, Trouble> {
        let mut all = Vec::new();
        let mut last: Vec<Vec<usize>> = (0..n_columns).map(|column| vec![column]).collect();
        for _ in 2..=self.degree.clamp(2, 3) {
            let mut longer = Vec::new();
            for factors in &last {
                let start =
                    factors.last().copied().unwrap_or(0) + usize::from(self.interactions_only);
                for next in start..n_columns {
                    longer.push([factors.as_slice(), &[next]].concat());
                }
                if all.len() + longer.len() > MAX_PRODUCTS {
                    return Err(Trouble::new(
                        "param-too-many-products",
                        say!(
                            "the products of {n_columns} columns are more than {MAX_PRODUCTS}",
                            "{n_columns} 列的乘积超过 {MAX_PRODUCTS} 个"
                        ),
                    )
                    .advice(say!(
                        "Choose fewer columns, a lower degree, or interactions only.",
                        "请选择更少的列、更低的次数，或仅保留交互项。"
                    )));
                }
            }
            all.extend(longer.iter().cloned());
            last = longer;
        }
        Ok(all)
    }
}

impl RecipeStep for Polynomial {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted = learn(training, &self.columns, KINDS, |_| Ok(()))?;
        let mut taken = names::taken(&training.schema);
        let products = self
            .all_factors(fitted.len())?
            .into_iter()
            .map(|factors| Product {
                name: names::claim(&product_name(&fitted, &factors), &mut taken),
                factors,
            })
            .collect();
        Ok(Self { fitted, products, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        present(&rows, &self.fitted)?;
        let names = matrix::all_present(&rows, &self.fitted)?;
        let Some(last) = names.last() else { return Ok(rows) };
        let columns = matrix::columns(&rows, &names)?;
        let place = rows.schema.require(last)?.clone();
        let values = rows.column(last)?.as_materialized_series().clone();
        let mut made = vec![(place, values)];
        for Product { name, factors } in &self.products {
            let mut product = vec![1.0_f64; rows.n_rows()];
            for column in factors.iter().filter_map(|factor| columns.get(*factor)) {
                product.iter_mut().zip(column).for_each(|(slot, value)| *slot *= value);
            }
            for value in &mut product {
                *value = statistics::bounded(*value);
            }
            made.push((Column::new(name, ColumnKind::Number), matrix::series(name, product)));
        }
        rows.replace(BTreeMap::from([((*last).to_owned(), made)]))?;
        Ok(rows)
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let (n, n_new) = (self.fitted.len(), self.products.len());
        say!("Add {n_new} products of {n} columns", "由 {n} 列新增 {n_new} 个乘积列")
    }
}

/// `a^2*b`.
fn product_name(fitted: &[Fitted<()>], factors: &[usize]) -> String {
    let name = |run: &[usize]| {
        let column = run.first().and_then(|factor| fitted.get(*factor));
        let column = column.map_or("", |one| one.column.as_str());
        if run.len() == 1 { column.to_owned() } else { format!("{column}^{}", run.len()) }
    };
    factors.chunk_by(|a, b| a == b).map(name).collect::<Vec<_>>().join("*")
}
