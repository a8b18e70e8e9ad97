//! Transform target: the network learns the target on a curve; predictions come back in its own unit.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::curve::{Curve, CurveKind};
use super::statistics;
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Role, Schema};
use crate::table::Rows;

/// Says which curve the encoder fits to a number target (see `TargetCodec::Number`). The rows stay as they are, so
/// that every report speaks of the real values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TransformTarget {
    /// Which curve.
    pub curve: CurveKind,
}

impl RecipeStep for TransformTarget {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let mut targets = training.schema.in_role(Role::Target).peekable();
        if targets.peek().is_none() {
            training.schema.one_target()?;
        }
        for target in targets {
            if target.kind != ColumnKind::Number {
                return Err(Trouble::new(
                    "column-not-numeric",
                    say!("the target holds categories", "目标列是类别"),
                )
                .expected(say!("a number to predict", "要预测的数值"))
                .column(&target.name));
            }
            let values = statistics::finite(&training.numbers(&target.name)?);
            Curve::fit(self.curve, &values).map_err(|trouble| trouble.column(&target.name))?;
        }
        Ok(self.clone())
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        Ok(rows)
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        schema.in_role(Role::Target).map(|target| target.name.clone()).collect()
    }

    fn describe(&self) -> Words {
        let label = self.curve.label();
        let (en, zh) = (label.en, label.zh);
        say!("Learn the target on a curve ({en})", "在曲线上学习目标（{zh}）")
    }
}
