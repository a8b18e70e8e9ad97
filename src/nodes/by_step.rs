//! What all nodes share that add one fitted step to a table.

use pg_base::{ParamValue, ParamValues, Trouble, say, t};
use pg_contract::{
    Diagnostic, Facts, InferCx, Inferred, PortSpec, PortType, RunCx, SuggestedFix, Value,
};
use pg_data::guess::likely_target;
use pg_data::{Column, ColumnKind, Part, Step, Table};

use crate::preprocess::set_target;

/// The single table input.
pub(crate) const TABLE_IN: PortSpec = PortSpec::new("table", t("Table", "表格"), PortType::Table);
/// The single table output.
pub(crate) const TABLE_OUT: PortSpec = PortSpec::new("table", t("Table", "表格"), PortType::Table);

/// Builds the step of a node from its parameters and the columns that enter.
pub(crate) type MakeStep = fn(&ParamValues, &Table) -> Result<Step, Trouble>;

/// Runs the step on the table.
pub(crate) fn run(cx: &mut RunCx<'_>, make: MakeStep) -> Result<Vec<Value>, Trouble> {
    run_with(cx, |table| table.then(make(cx.params, table)?))
}

/// Takes the table through any function from table to table.
pub(crate) fn run_with(
    cx: &RunCx<'_>,
    apply: impl FnOnce(&Table) -> Result<Table, Trouble>,
) -> Result<Vec<Value>, Trouble> {
    let table = cx.any_table(TABLE_IN.id)?;
    let made = apply(table)?;
    if has_training_rows(table) && !has_training_rows(&made) {
        cx.warn(
            Trouble::new(
                "rows-none",
                say!("no row is left to learn from", "没有剩下可供学习的数据"),
            )
            .advice(say!("Loosen what rows must meet here.", "请放宽此处对行的要求。")),
        );
    }
    Ok(vec![Value::Table(made)])
}

fn has_training_rows(table: &Table) -> bool {
    if table.is_split() { table.parts().contains(&Part::Training) } else { table.n_rows() > 0 }
}

/// Runs the step on the sample.
pub(crate) fn infer(cx: &InferCx<'_>, make: MakeStep) -> Inferred {
    infer_with(cx, |table| table.then(make(cx.params, table)?))
}

/// Takes the sample through any function from table to table.
/// A failure that may only come from the sample being a part (one class in it, say) is not told.
pub(crate) fn infer_with(
    cx: &InferCx<'_>,
    apply: impl FnOnce(&Table) -> Result<Table, Trouble>,
) -> Inferred {
    let Facts::Table { sample, is_whole } = cx.input(TABLE_IN.id) else {
        return Inferred::of(Facts::Unknown);
    };
    match apply(&sample) {
        Ok(sample) => Inferred::of(Facts::Table { sample, is_whole }),
        Err(trouble)
            if is_whole
                || ["target-missing", "targets-several"].contains(&trouble.code.as_str())
                || trouble.code.starts_with("column-")
                || trouble.code.starts_with("param-") =>
        {
            told(trouble, &sample)
        }
        Err(_) => Inferred::of(Facts::Unknown),
    }
}

/// Warns of values that became missing in these columns, although no row was dropped.
pub(crate) fn warn_of_new_gaps(
    cx: &RunCx<'_>,
    before: &Table,
    after: &Table,
    names: &[String],
) -> Result<(), Trouble> {
    for name in names {
        let n_before = before.rows().column(name)?.null_count();
        let n_new = after.rows().column(name)?.null_count().saturating_sub(n_before);
        if n_new > 0 {
            let n_values = before.n_rows() - n_before;
            let words = say!(
                "{n_new} of {n_values} values could not be read and are missing now",
                "{n_values} 个值中有 {n_new} 个无法识别，已变为缺失"
            );
            cx.warn(Trouble::new("values-lost", words).column(name));
        }
    }
    Ok(())
}

/// What keeps a node from taking its table; a target that is missing can be set with one click.
///
/// It is set where the rows come from, so that a split on the way sees it and the column still has its name.
pub(crate) fn told(trouble: Trouble, table: &Table) -> Inferred {
    let is_about_target = trouble.code == "target-missing";
    let diagnostic = Diagnostic::error(trouble);
    let fits = |column: &Column| matches!(column.kind, ColumnKind::Number | ColumnKind::Category);
    let column = likely_target(table.origin_schema(), fits).filter(|_| is_about_target);
    let diagnostic = match column.map(|column| column.name.clone()) {
        Some(name) => diagnostic.with_fix(
            say!("Set `{name}` as the target", "将 `{name}` 设为目标"),
            SuggestedFix::InsertAtOrigin {
                port: TABLE_IN.id.to_owned(),
                kind: set_target::SPEC.id.to_owned(),
                params: [(set_target::TARGET.spec.id.to_owned(), ParamValue::Texts(vec![name]))]
                    .into(),
            },
        ),
        None => diagnostic,
    };
    Inferred { diagnostics: vec![diagnostic], ..Inferred::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_target_comes_with_its_fix_and_nothing_else_does() {
        let table = crate::examples::flowers().expect("flowers");
        let fix_of = |code: &'static str| {
            let mut told = told(Trouble::new(code, "x"), &table).diagnostics;
            told.pop().and_then(|diagnostic| diagnostic.fix)
        };
        let (label, fix) = fix_of("target-missing").expect("a fix");
        let SuggestedFix::InsertAtOrigin { kind, params, .. } = fix else {
            unreachable!("another fix: {label}")
        };
        assert_eq!(kind, "set_target");
        let Some(ParamValue::Texts(columns)) = params.get("target") else {
            unreachable!("no column: {label}")
        };
        let column = columns.first().expect("a column");
        assert!(table.origin().schema.get(column).is_some() && label.en.contains(column));
        assert!(fix_of("feature-none").is_none());
    }
}
