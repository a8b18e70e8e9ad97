//! Filter by formula: keeps the rows for which a condition holds while a table is built.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::add_formula::checked;
use super::{Fitted, keep_training};
use crate::formula::{Formula, ValueKind, Values};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// Drops rows for which the condition is false or missing, after a split training rows only; new rows never.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FilterFormula {
    /// The condition, see [`crate::formula`].
    pub formula: String,
    /// The columns that it reads.
    #[serde(default)]
    pub inputs: Vec<Fitted<ValueKind>>,
}

impl RecipeStep for FilterFormula {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let (_, inputs, kind) = checked(&self.formula, &training.schema)?;
        if !matches!(kind, ValueKind::Flag | ValueKind::Missing) {
            let (en, zh) = (kind.label().en, kind.label().zh);
            return Err(Trouble::new(
                "param-formula",
                say!("the formula gives {en}", "公式的结果是{zh}"),
            )
            .expected(say!("a condition: yes or no", "条件：是或否"))
            .advice(say!("Compare it, for instance: age > 18", "请加上比较，例如：age > 18"))
            .param("formula"));
        }
        Ok(Self { inputs, ..self.clone() })
    }

    fn apply(&self, rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        if purpose == Purpose::Replaying {
            return Ok(rows);
        }
        let keep: Vec<bool> = match Formula::parse(&self.formula)?.evaluate(&rows, &self.inputs)? {
            Values::Flags(flags) => flags.iter().map(|flag| flag == Some(true)).collect(),
            _ => vec![false; rows.n_rows()],
        };
        keep_training(&rows, &keep)
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        Vec::new()
    }

    fn describe(&self) -> Words {
        let formula = &self.formula;
        say!("Keep rows where {formula}", "保留满足 {formula} 的行")
    }
}
