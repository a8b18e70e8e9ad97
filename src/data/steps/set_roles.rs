//! Set roles: say which column is predicted, which names a row, which is left out.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Role, Schema};
use crate::table::Rows;

/// Gives columns their roles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SetRoles {
    /// Role by column name; other columns keep theirs.
    /// New targets make the former ones features, unless those are named too.
    pub roles: BTreeMap<String, Role>,
}

impl RecipeStep for SetRoles {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        for name in self.roles.keys() {
            training.schema.require(name)?;
        }
        Ok(self.clone())
    }

    /// Columns that new rows lack are passed over: rows to predict have no target, and the step or the model that
    /// needs a column names it.
    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let has_new_target = self.roles.values().any(|role| *role == Role::Target);
        for column in &mut rows.schema.columns {
            match self.roles.get(&column.name) {
                Some(role) => column.role = *role,
                None if has_new_target && column.role == Role::Target => {
                    column.role = Role::Feature;
                }
                None => {}
            }
        }
        Ok(rows)
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        Vec::new()
    }

    fn describe(&self) -> Words {
        let is_target = |(_, role): &(&String, &Role)| **role == Role::Target;
        let targets: Vec<&str> =
            self.roles.iter().filter(is_target).map(|(name, _)| name.as_str()).collect();
        let n = self.roles.len();
        match targets.as_slice() {
            [] => say!("Set the roles of {n} columns", "设置 {n} 列的角色"),
            [target] => say!("Predict `{target}`", "预测 `{target}`"),
            several => {
                let (n, names) = (several.len(), several.join(", "));
                say!("Predict {n} targets: {names}", "预测 {n} 个目标：{names}")
            }
        }
    }
}
