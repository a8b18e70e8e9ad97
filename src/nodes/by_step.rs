//! What all nodes share that add one fitted step to a table.

use pg_base::{ParamValues, Trouble, say, t};
use pg_contract::{Facts, InferCx, Inferred, PortSpec, PortType, RunCx, Value};
use pg_data::{Step, Table};

/// The single table input.
pub(crate) const TABLE_IN: PortSpec = PortSpec::new("table", t("Table", "表格"), PortType::Table);
/// The single table output.
pub(crate) const TABLE_OUT: PortSpec = PortSpec::new("table", t("Table", "表格"), PortType::Table);

/// Builds the step of a node from its parameters and the columns that enter.
pub(crate) type MakeStep = fn(&ParamValues, &Table) -> Result<Step, Trouble>;

/// Runs the step on the table.
pub(crate) fn run(cx: &mut RunCx<'_>, make: MakeStep) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?;
    Ok(vec![Value::Table(table.then(make(cx.params, table)?)?)])
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
                || trouble.code.starts_with("column-")
                || trouble.code.starts_with("param-") =>
        {
            Inferred::error(trouble)
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
