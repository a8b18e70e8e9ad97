//! Tables made of other tables: stacked, grouped, turned round, joined, and with values of earlier rows.
//!
//! The functions here give tables with a new origin, because their rows are other things than before: what a model
//! is given later are rows of the result. Hence [`require_fresh`]: what was learnt from the rows before would be lost,
//! and a split would no longer keep apart what belongs apart.

mod concatenate;
mod group;
mod keys;
mod lag;
pub(crate) mod lookup;
mod pivot;
#[cfg(test)]
mod tests;

use pg_base::{Trouble, say};

use crate::recipe::{Purpose, RecipeStep};
use crate::table::Table;

pub use concatenate::concatenate;
pub use group::{Aggregate, GroupBy, group_by};
pub use lag::{LagFeatures, RollingStatistic, lag_features};
pub use lookup::{Duplicates, Join, JoinKind, join};
pub use pivot::{Pivot, Unpivot, pivot, unpivot};

/// Refuses a table that is split or holds a step that has learnt from its rows.
///
/// Errors: `reshape-after-split`, `reshape-after-learning`.
pub fn require_fresh(table: &Table) -> Result<(), Trouble> {
    if table.is_split() {
        return Err(Trouble::new(
            "reshape-after-split",
            say!(
                "the table is already split, and this node makes other rows of it",
                "表格已经划分，而本节点会生成新的行"
            ),
        )
        .expected(say!("a table that is not split yet", "尚未划分的表格"))
        .advice(say!("Put the split behind this node.", "请将划分节点放在本节点之后。")));
    }
    // Columns can come and go, so each step is asked about the schema that it met.
    let mut rows = table.origin_form()?;
    for step in &table.recipe().steps {
        if step.depends_on_parts() && !step.learns_from(&rows.schema).is_empty() {
            let what = step.describe();
            let (en, zh) = (&what.en, &what.zh);
            return Err(Trouble::new(
                "reshape-after-learning",
                say!(
                    "a step before this node has learnt from the rows: {en}",
                    "本节点之前的步骤已从数据中学习：{zh}"
                ),
            )
            .expected(say!(
                "rows as they were read; new rows could not be prepared alike otherwise",
                "原始读入的行；否则新数据无法得到相同处理"
            ))
            .advice(say!("Put that step behind this node.", "请将该步骤放在本节点之后。")));
        }
        rows = step.apply(rows, Purpose::Replaying)?;
    }
    Ok(())
}
