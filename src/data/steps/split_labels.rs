//! Split labels: a column that holds several labels per cell becomes a target of zeros and ones per label.

use std::collections::{BTreeMap, BTreeSet};

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::labels::each_label;
use super::names;
use super::one_hot::Category;
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::table::Rows;

/// Adds a number column `column=label` per label, 1 where the cell names it and 0 elsewhere, in the role target; the
/// column itself is ignored from then on.
/// An empty or missing cell names no label; a label that was not seen in training is passed over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitLabels {
    /// Text or category column.
    pub column: String,
    /// What stands between two labels; its full-width twin counts too.
    pub separator: String,
    /// The labels of the training rows, in the order of code points.
    #[serde(default)]
    pub fitted: Vec<Category>,
}

/// More labels than this are free text.
const MAX_LABELS: usize = 1000;
/// Separators that people use, each with its twins in Chinese texts.
const TWINS: [&str; 4] = [";；", "|｜", ",，、", "/／"];

impl SplitLabels {
    /// Splits a column at a separator.
    pub fn new(column: impl Into<String>, separator: impl Into<String>) -> Self {
        Self { column: column.into(), separator: separator.into(), fitted: Vec::new() }
    }

    /// The labels that a cell names, without the blanks around them.
    fn labels_in<'a>(&self, cell: &'a str) -> Vec<&'a str> {
        let twins = TWINS.iter().find(|twins| twins.contains(&self.separator));
        let parts: Vec<&str> = match twins {
            Some(twins) => cell.split(|c| twins.contains(c)).collect(),
            None => cell.split(&self.separator).collect(),
        };
        parts.into_iter().map(str::trim).filter(|label| !label.is_empty()).collect()
    }
}

impl RecipeStep for SplitLabels {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let kind = &training.schema.require(&self.column)?.kind;
        if !matches!(kind, ColumnKind::Category | ColumnKind::Text) {
            let (en, zh) = (kind.label().en, kind.label().zh);
            return Err(Trouble::new(
                "labels-kind",
                say!("the column of labels is a {en} column", "标签列是{zh}列"),
            )
            .expected(say!("texts such as `news;sport`", "文本，例如 `新闻;体育`"))
            .column(&self.column));
        }
        let (mut labels, mut has_several) = (BTreeSet::new(), false);
        each_label(training, &self.column, |cell| {
            let own = self.labels_in(cell.unwrap_or_default());
            has_several |= own.len() > 1;
            labels.extend(own.into_iter().map(str::to_owned));
        })?;
        if !has_several && training.n_rows() > 0 {
            return Err(no_separator(&self.separator).column(&self.column));
        }
        if labels.len() > MAX_LABELS {
            let n_labels = labels.len();
            return Err(Trouble::new(
                "labels-many",
                say!(
                    "the cells name {n_labels} different labels",
                    "单元格中有 {n_labels} 个不同的标签"
                ),
            )
            .expected(say!("at most {MAX_LABELS}", "不超过 {MAX_LABELS} 个"))
            .advice(say!(
                "It looks like free text: choose another column or separator.",
                "该列像是自由文本：请更换列或分隔符。"
            ))
            .column(&self.column));
        }
        let mut taken = names::taken(&training.schema);
        let category = |value: String| {
            let column = names::claim(&format!("{}={value}", self.column), &mut taken);
            Category { value, column }
        };
        Ok(Self { fitted: labels.into_iter().map(category).collect(), ..self.clone() })
    }

    /// Rows to predict have no labels: a column that is not there is passed over.
    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let Some(column) = rows.schema.get_mut(&self.column) else { return Ok(rows) };
        column.role = Role::Ignored;
        let index: BTreeMap<&str, usize> =
            self.fitted.iter().map(|label| label.value.as_str()).zip(0..).collect();
        let mut marks = vec![Vec::with_capacity(rows.n_rows()); self.fitted.len()];
        each_label(&rows, &self.column, |cell| {
            for marks in &mut marks {
                marks.push(0_u8);
            }
            for label in self.labels_in(cell.unwrap_or_default()) {
                let own = index.get(label).and_then(|index| marks.get_mut(*index));
                if let Some(mark) = own.and_then(|marks| marks.last_mut()) {
                    *mark = 1;
                }
            }
        })?;
        for (label, marks) in self.fitted.iter().zip(marks) {
            let column = Column::new(&label.column, ColumnKind::Number).with_role(Role::Target);
            super::put(&mut rows, column, UInt8Chunked::from_vec("".into(), marks).into_series())?;
        }
        // Puts the reserved columns behind the new ones, as everywhere else.
        rows.retain(|_| true)?;
        Ok(rows)
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn describe(&self) -> Words {
        let (column, n) = (&self.column, self.fitted.len());
        say!("Predict the {n} labels of `{column}`", "预测 `{column}` 的 {n} 个标签")
    }
}

fn no_separator(separator: &str) -> Trouble {
    Trouble::new(
        "param-separator",
        say!("no training row has two labels with `{separator}` between them", "没有任何训练行的标签以 `{separator}` 分隔"),
    )
    .expected(say!("what stands between the labels of a cell", "单元格中标签之间的分隔符"))
    .advice(say!(
        "Look at a cell with several labels: usual are ; | , and 、. Leave it empty where each cell holds one class.",
        "请查看含多个标签的单元格：常见的有 ; | , 和 、。若每个单元格只有一个类别，请留空。"
    ))
    .param("separator")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::tests::{numbers, table, texts};
    use crate::table::{Part, Table};

    fn genres(cells: &[Option<&str>]) -> Table {
        let (category, genres) = texts(ColumnKind::Category, cells);
        let (number, x) = numbers(&vec![Some(1.0); cells.len()]);
        table(vec![("genres", category, genres), ("x", number, x)])
    }

    #[test]
    fn each_label_becomes_a_target() {
        let cells = [Some("news; sport"), Some("sport"), None, Some(" ；"), Some("新闻；sport")];
        let split = genres(&cells).then(SplitLabels::new("genres", ";")).expect("splits");
        let of = |name: &str| -> Vec<f64> {
            split.rows().numbers(name).expect("a label").iter().flatten().collect()
        };
        assert_eq!(of("genres=news"), [1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(of("genres=sport"), [1.0, 1.0, 0.0, 0.0, 1.0]);
        assert_eq!(of("genres=新闻"), [0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(split.schema().in_role(Role::Target).count(), 3);
        assert_eq!(split.schema().get("genres").map(|column| column.role), Some(Role::Ignored));
    }

    #[test]
    fn only_labels_of_training_rows_are_known() {
        let cells = [Some("a|b"), Some("b"), Some("c|a")];
        let split = genres(&cells).then(SplitLabels::new("genres", "|")).expect("splits");
        let parts = [Part::Training, Part::Training, Part::Test];
        let split = split.with_parts(&parts).expect("parts");
        let names: Vec<&str> =
            split.schema().in_role(Role::Target).map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["genres=a", "genres=b"]);
        let a = split.rows().numbers("genres=a").expect("a label");
        assert_eq!(a.iter().flatten().collect::<Vec<_>>(), [1.0, 0.0, 1.0]);
    }

    #[test]
    fn rows_to_predict_need_no_labels() {
        let split = genres(&[Some("a;b")]).then(SplitLabels::new("genres", ";")).expect("splits");
        let mut raw = split.origin().clone();
        raw.retain(|column| column.name != "genres").expect("a column less");
        let rows = split.recipe().replay(raw).expect("replays");
        assert_eq!(rows.schema.columns.len(), 1);
    }

    #[test]
    fn what_cannot_be_split_is_told() {
        let code = |cells: &[Option<&str>], column: &str, separator: &str| {
            let split = genres(cells).then(SplitLabels::new(column, separator));
            split.expect_err("no labels").code
        };
        assert_eq!(code(&[Some("a;b"), Some("c")], "genres", "|"), "param-separator");
        assert_eq!(code(&[None, None], "genres", ";"), "param-separator");
        assert_eq!(code(&[Some("a;b")], "x", ";"), "labels-kind");
        assert_eq!(code(&[Some("a;b")], "z", ";"), "column-unknown");
        let many = (0..1001).map(|label| label.to_string()).collect::<Vec<_>>().join(";");
        assert_eq!(code(&[Some(many.as_str())], "genres", ";"), "labels-many");
    }
}
