//! Principal components: many number columns become few that keep most of the spread.

use std::collections::BTreeMap;

use nalgebra::{DMatrix, SymmetricEigen};
use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, matrix, names, statistics};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, ColumnKind, Schema};
use crate::table::Rows;

/// Replaces number columns by their principal components; the same as scikit-learn's `PCA`, signs included.
/// A row with a missing value has missing components; learning passes it over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pca {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// How many components stay.
    pub keeps: Keeps,
    /// Mean of each column used.
    #[serde(default)]
    pub fitted: Vec<Fitted<f64>>,
    /// The components, widest first.
    #[serde(default)]
    pub components: Vec<Component>,
}

/// How many components stay.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeps {
    /// So many, or fewer where there are fewer columns or rows.
    Count(usize),
    /// As many as keep this share of the variance.
    Variance(f64),
}

/// One component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Name of the new column.
    pub name: String,
    /// Weight of each column used; the largest is positive.
    pub weights: Vec<f64>,
    /// Share of the variance that it keeps.
    pub variance_share: f64,
}

const KINDS: &[&str] = &["number"];
/// The time grows with the third power of the columns.
const MAX_COLUMNS: usize = 1000;

impl Default for Pca {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            keeps: Keeps::Count(2),
            fitted: Vec::new(),
            components: Vec::new(),
        }
    }
}

impl RecipeStep for Pca {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let mut fitted = learn(training, &self.columns, KINDS, |_| Ok(0.0))?;
        let n_columns = fitted.len();
        if n_columns == 0 || n_columns > MAX_COLUMNS {
            return Err(Trouble::new(
                "column-count",
                say!("there are {n_columns} number columns", "共有 {n_columns} 个数值列"),
            )
            .expected(say!("1 to {MAX_COLUMNS}", "1 到 {MAX_COLUMNS} 个")));
        }
        let names = matrix::all_present(training, &fitted)?;
        let columns = matrix::columns(training, &names)?;
        let mut complete = matrix::transposed(&columns, training.n_rows());
        complete.retain(|row| row.iter().all(|value| value.is_finite()));
        let n_rows = complete.len();
        if n_rows < 2 {
            return Err(Trouble::new(
                "rows-too-few",
                say!(
                    "{n_rows} training rows have all values",
                    "只有 {n_rows} 条训练数据没有缺失值"
                ),
            )
            .expected(say!("at least 2", "至少 2 条"))
            .advice(say!(
                "Put Fill missing values before this node.",
                "请在此节点之前加入“填充缺失值”。"
            )));
        }
        for (index, one) in fitted.iter_mut().enumerate() {
            let values: Vec<f64> =
                complete.iter().filter_map(|row| row.get(index)).copied().collect();
            one.learnt = statistics::mean(&values).unwrap_or_default();
        }
        let means: Vec<f64> = fitted.iter().map(|one| one.learnt).collect();
        let found = principal(&complete, &means);
        let total: f64 = found.iter().map(|(variance, _)| variance).sum();
        if !total.is_finite() {
            return Err(Trouble::new(
                "column-too-large",
                say!("the values are too large", "数值过大"),
            )
            .advice(say!("Put Standardise before this node.", "请先加入“标准化”。")));
        }
        let share = |variance: f64| if total > 0.0 { variance / total } else { 0.0 };
        let mut sum = 0.0;
        let mut is_kept = |index: usize, variance: f64| match self.keeps {
            Keeps::Count(n) => index < n.max(1),
            Keeps::Variance(wanted) => {
                let is_wanted = index == 0 || sum < wanted - 1e-12;
                sum += share(variance);
                is_wanted
            }
        };
        let mut taken = names::taken(&training.schema);
        let mut components = Vec::new();
        for (index, (variance, weights)) in
            found.into_iter().take(n_rows.min(n_columns)).enumerate()
        {
            if !is_kept(index, variance) {
                break;
            }
            let name = names::claim(&format!("PC{}", index + 1), &mut taken);
            components.push(Component { name, weights, variance_share: share(variance) });
        }
        Ok(Self { fitted, components, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let names = matrix::all_present(&rows, &self.fitted)?;
        let columns = matrix::columns(&rows, &names)?;
        let mut made = Vec::with_capacity(self.components.len());
        for component in &self.components {
            let mut scores = vec![0.0_f64; rows.n_rows()];
            for ((column, one), weight) in columns.iter().zip(&self.fitted).zip(&component.weights)
            {
                let add =
                    |(score, value): (&mut f64, &f64)| *score += (value - one.learnt) * weight;
                scores.iter_mut().zip(column).for_each(add);
            }
            let column = Column::new(&component.name, ColumnKind::Number);
            made.push((column, matrix::series(&component.name, scores)));
        }
        let mut new: BTreeMap<String, Vec<_>> =
            names.iter().map(|name| ((*name).to_owned(), Vec::new())).collect();
        if let Some(first) = names.first() {
            new.insert((*first).to_owned(), made);
        }
        rows.replace(new)?;
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let (n, n_new) = (self.fitted.len(), self.components.len());
        let share: f64 = self.components.iter().map(|one| one.variance_share).sum();
        let percent = (share * 100.0).round();
        say!(
            "{n_new} principal components of {n} columns ({percent} % of the variance)",
            "{n} 列的 {n_new} 个主成分（占方差 {percent} %）"
        )
    }
}

/// Variances and directions of complete rows, widest first; the largest weight of each direction is positive.
fn principal(rows: &[Vec<f64>], means: &[f64]) -> Vec<(f64, Vec<f64>)> {
    let n_columns = means.len();
    let centred = DMatrix::from_row_iterator(
        rows.len(),
        n_columns,
        rows.iter().flat_map(|row| row.iter().zip(means).map(|(value, mean)| value - mean)),
    );
    let covariance = centred.tr_mul(&centred) / (rows.len() - 1) as f64;
    if covariance.iter().any(|value| !value.is_finite()) {
        return vec![(f64::INFINITY, vec![0.0; n_columns])];
    }
    let eigen = SymmetricEigen::new(covariance);
    let mut found: Vec<(f64, Vec<f64>)> = eigen
        .eigenvalues
        .iter()
        .zip(eigen.eigenvectors.column_iter())
        .map(|(variance, direction)| {
            let weights: Vec<f64> = direction.iter().copied().collect();
            let largest = weights.iter().fold(0.0, |most: f64, weight| {
                if weight.abs() > most.abs() + 1e-12 { *weight } else { most }
            });
            let sign = if largest < 0.0 { -1.0 } else { 1.0 };
            (variance.max(0.0), weights.into_iter().map(|weight| weight * sign).collect())
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    found
}
