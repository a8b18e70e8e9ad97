//! What is doubtful about the rows that are to be learnt from, told while editing, each with the node that mends it.

use pg_base::{CancelToken, ParamValue, ParamValues, Words, say};
use pg_contract::{Diagnostic, Severity, SuggestedFix};
use pg_data::Table;
use pg_data::quality::{Concern, Doubt, quality};

use crate::by_step::TABLE_IN;
use crate::clean::{convert_type, select_columns};

/// Concerns named at most.
const MAX_NAMED: usize = 5;

/// The concerns about the first rows that enter.
pub(super) fn of(sample: &Table) -> Vec<Diagnostic> {
    let Ok(found) = quality(sample.rows(), &CancelToken::default()) else { return Vec::new() };
    let matters = |concern: &&Concern| match concern.doubt {
        // Rows in two parts are told as a leak, gaps by the nodes that cannot work with them.
        Doubt::DuplicateRows { .. } | Doubt::MostlyMissing { .. } => false,
        _ => true,
    };
    let told = found.concerns.iter().filter(matters).take(MAX_NAMED);
    told.map(|concern| diagnostic(concern, sample)).collect()
}

fn diagnostic(concern: &Concern, sample: &Table) -> Diagnostic {
    let severity = match concern.doubt {
        Doubt::MixedTypes { .. } | Doubt::WrittenNumbers { .. } | Doubt::ImpossibleDates { .. } => {
            Severity::Warning
        }
        _ => Severity::Info,
    };
    let diagnostic = Diagnostic { severity, trouble: concern.trouble(sample.schema()), fix: None };
    match fix(concern) {
        Some((label, fix)) => diagnostic.with_fix(label, fix),
        None => diagnostic,
    }
}

fn fix(concern: &Concern) -> Option<(Words, SuggestedFix)> {
    let name = concern.column.clone()?;
    let before = |kind: &str, params: ParamValues| SuggestedFix::InsertBefore {
        port: TABLE_IN.id.to_owned(),
        kind: kind.to_owned(),
        params,
    };
    let columns =
        |name: String| ParamValues::from([("columns".to_owned(), ParamValue::Texts(vec![name]))]);
    match &concern.doubt {
        // Both nodes drop or make numbers of what is named, unless told otherwise.
        Doubt::Constant | Doubt::IdLike | Doubt::Twin { .. } => Some((
            say!("Drop `{name}`", "删除 `{name}`"),
            before(select_columns::SPEC.id, columns(name)),
        )),
        Doubt::MixedTypes { .. } | Doubt::WrittenNumbers { .. } => Some((
            say!("Read `{name}` as numbers", "将 `{name}` 按数值读取"),
            before(convert_type::SPEC.id, columns(name)),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use pg_data::{Column, ColumnKind, Schema};
    use polars::prelude::{DataFrame, NamedFrom, Series};

    use super::*;

    #[test]
    fn a_doubt_comes_with_the_node_that_mends_it() {
        let number: Vec<f64> = (1..=40).map(f64::from).collect();
        let mixed: Vec<String> = (0..40)
            .map(|row| if row == 7 { "?!".to_owned() } else { (row % 9).to_string() })
            .collect();
        let price: Vec<String> = (0..40).map(|row| format!("${},000", row * 7 % 40)).collect();
        let columns = vec![
            Series::new("price".into(), price).into(),
            Series::new("number".into(), number).into(),
            Series::new("mixed".into(), mixed).into(),
        ];
        let schema = Schema {
            columns: vec![
                Column::new("price", ColumnKind::Text),
                Column::new("number", ColumnKind::Number),
                Column::new("mixed", ColumnKind::Category),
            ],
        };
        let frame = DataFrame::new(40, columns).expect("a frame");
        let table = Table::from_source(frame, schema).expect("a table");
        let told: Vec<String> = of(&table)
            .into_iter()
            .map(|told| {
                let kind = match told.fix {
                    Some((_, SuggestedFix::InsertBefore { kind, .. })) => kind,
                    _ => String::new(),
                };
                format!("{} {kind}", told.trouble.code)
            })
            .collect();
        let expected = [
            "quality-written-numbers convert_type",
            "quality-mixed convert_type",
            "quality-id select_columns",
        ];
        assert_eq!(told, expected);
    }
}
