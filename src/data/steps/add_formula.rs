//! Formula: a column made from others row by row, new or in the place of an old one.

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Fitted, put};
use crate::formula::{Formula, ValueKind, Values};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::table::{Rows, polars_trouble};

/// Adds or replaces a column; yes and no become 1 and 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AddFormula {
    /// Name of the column.
    pub column: String,
    /// The formula, see [`crate::formula`].
    pub formula: String,
    /// Whether texts that result are free text rather than categories.
    pub gives_free_text: bool,
    /// The columns that the formula reads.
    #[serde(default)]
    pub inputs: Vec<Fitted<ValueKind>>,
    /// Role of the column: that of the one it replaces.
    #[serde(default)]
    pub role: Role,
}

impl RecipeStep for AddFormula {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let name = self.column.trim();
        if name.is_empty() || name.starts_with('#') {
            let found = if name.is_empty() {
                say!("the column has no name", "列没有名称")
            } else {
                say!("`{name}` begins with #", "`{name}` 以 # 开头")
            };
            return Err(Trouble::new("param-invalid", found)
                .expected(say!("a name", "列名"))
                .param("column"));
        }
        let inputs = checked(&self.formula, &training.schema)?.1;
        let role = training.schema.get(name).map_or(Role::Feature, |column| column.role);
        let is_target = |input: &&Fitted<ValueKind>| {
            training.schema.get(&input.column).is_some_and(|column| column.role == Role::Target)
        };
        if let Some(target) = inputs.iter().find(is_target)
            && role == Role::Feature
        {
            return Err(target_told(&target.column));
        }
        Ok(Self { column: name.to_owned(), inputs, role, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let (kind, values) = match Formula::parse(&self.formula)?.evaluate(&rows, &self.inputs)? {
            Values::Numbers(values) => (ColumnKind::Number, values.into_series()),
            Values::Flags(values) => (
                ColumnKind::Number,
                values.into_series().cast(&DataType::Float64).map_err(polars_trouble)?,
            ),
            Values::Texts(values) if self.gives_free_text => {
                (ColumnKind::Text, values.into_series())
            }
            Values::Texts(values) => (ColumnKind::Category, values.into_series()),
            Values::Dates(values) => (
                ColumnKind::Date,
                values
                    .into_series()
                    .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
                    .map_err(polars_trouble)?,
            ),
        };
        put(&mut rows, Column::new(&self.column, kind).with_role(self.role), values)?;
        Ok(rows)
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        Vec::new()
    }

    fn describe(&self) -> Words {
        let (column, formula) = (&self.column, &self.formula);
        say!("`{column}` = {formula}", "`{column}` = {formula}")
    }
}

/// A formula whose columns and kinds fit a table; its troubles name the parameter `formula`.
pub(super) fn checked(
    formula: &str,
    schema: &Schema,
) -> Result<(Formula, Vec<Fitted<ValueKind>>, ValueKind), Trouble> {
    let check = || {
        let formula = Formula::parse(formula)?;
        let inputs = formula.inputs(schema)?;
        let kind = formula.kind(&inputs)?;
        Ok((formula, inputs, kind))
    };
    check().map_err(|trouble: Trouble| trouble.param("formula"))
}

fn target_told(name: &str) -> Trouble {
    Trouble::new(
        "column-is-target",
        say!(
            "the formula reads the target `{name}`: the model would be told the answer",
            "公式读取了目标列 `{name}`：这等于把答案告诉模型"
        ),
    )
    .expected(say!("features only", "仅使用特征列"))
    .advice(say!(
        "To predict the result instead, name the new column `{name}`, or put Set target after this node.",
        "若要预测计算结果，请将新列命名为 `{name}`，或把“设定目标”放在本节点之后。"
    ))
    .param("formula")
    .column(name)
}
