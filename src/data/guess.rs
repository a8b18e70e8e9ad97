//! What a person probably means by the columns of a file that nobody described.

use crate::schema::{Column, ColumnKind, Role, Schema};

/// Names that a target column often has.
const TARGET_NAMES: [&str; 22] = [
    "target",
    "label",
    "class",
    "y",
    "outcome",
    "result",
    "category",
    "sentiment",
    "species",
    "diagnosis",
    "survived",
    "price",
    "score",
    "income",
    "churn",
    "目标",
    "标签",
    "类别",
    "结果",
    "分类",
    "情感",
    "价格",
];

/// The column that is probably to be predicted: one named like a target, else the last one that `fits`.
pub fn likely_target(schema: &Schema, fits: impl Fn(&ColumnKind) -> bool) -> Option<&Column> {
    let candidates =
        || schema.columns.iter().filter(|column| column.role != Role::Id && fits(&column.kind));
    let is_named =
        |column: &&Column| TARGET_NAMES.contains(&column.name.trim().to_lowercase().as_str());
    candidates().find(is_named).or_else(|| candidates().last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_before_places() {
        let schema = |names: &[&str]| Schema {
            columns: names.iter().map(|name| Column::new(*name, ColumnKind::Number)).collect(),
        };
        let check = |names: &[&str], expected: Option<&str>| {
            let schema = schema(names);
            let found = likely_target(&schema, |kind| *kind == ColumnKind::Number);
            assert_eq!(found.map(|column| column.name.as_str()), expected, "{names:?}");
        };
        check(&["a", "Label ", "b"], Some("Label "));
        check(&["a", "b"], Some("b"));
        check(&[], None);
        assert!(likely_target(&schema(&["y"]), |kind| *kind == ColumnKind::Text).is_none());
    }
}
