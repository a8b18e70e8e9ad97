//! Combining and building tables: formulas, joins, and tables made of other tables.

use pg_base::Trouble;
use pg_contract::{Facts, InferCx, Inferred, NodeSpec, RunCx, Value};
use pg_data::table::polars_trouble;
use pg_data::{ColumnKind, Role, Table};
use polars::prelude::{DataType, NamedFrom, Series};

use crate::examples;

mod concatenate_tables;
mod date_features;
mod filter_expression;
mod formula;
mod group_by;
mod join;
mod lag_features;
mod pivot;
mod unpivot;

/// Kinds of this group in palette order; they belong to the stage Clean.
pub(crate) const ALL: &[&NodeSpec] = &[
    &formula::SPEC,
    &filter_expression::SPEC,
    &date_features::SPEC,
    &join::SPEC,
    &concatenate_tables::SPEC,
    &group_by::SPEC,
    &pivot::SPEC,
    &unpivot::SPEC,
    &lag_features::SPEC,
];

/// Makes one table of the tables on the wires, in the order of the ports and links.
type Make = fn(&pg_base::ParamValues, &[&Table]) -> Result<Table, Trouble>;

/// Codes of troubles that a part of the rows cannot cause.
const CERTAIN: [&str; 4] = ["column-", "param-", "reshape-", "join-keys"];

/// Makes the table of what is wired.
fn run(cx: &mut RunCx<'_>, make: Make) -> Result<Vec<Value>, Trouble> {
    let mut tables = Vec::new();
    for port in cx.spec.inputs {
        for value in cx.all(port.id) {
            if let Value::Table(table) = value {
                tables.push(table);
            }
        }
        // Says what is missing where nothing is wired.
        cx.table(port.id)?;
    }
    Ok(vec![Value::Table(make(cx.params, &tables)?)])
}

/// Makes the table of the samples. A trouble that may come from their being parts is not told.
fn infer(cx: &InferCx<'_>, make: Make) -> Inferred {
    let mut samples = Vec::new();
    let mut all_are_whole = true;
    for port in cx.spec.inputs {
        let facts = cx.inputs.get(port.id).map_or(&[][..], Vec::as_slice);
        if facts.is_empty() {
            return Inferred::of(Facts::Unknown);
        }
        for facts in facts {
            let Facts::Table { sample, is_whole } = facts else {
                return Inferred::of(Facts::Unknown);
            };
            all_are_whole &= is_whole;
            samples.push(sample);
        }
    }
    match make(cx.params, &samples) {
        Ok(sample) => Inferred::of(Facts::Table { sample, is_whole: all_are_whole }),
        Err(trouble)
            if all_are_whole || CERTAIN.iter().any(|start| trouble.code.starts_with(start)) =>
        {
            Inferred::error(trouble)
        }
        Err(_) => Inferred::of(Facts::Unknown),
    }
}

/// The same, where the columns of the result depend on all rows: of a part of them nothing is known.
fn infer_whole(cx: &InferCx<'_>, make: Make) -> Inferred {
    let mut inferred = infer(cx, make);
    for facts in &mut inferred.outputs {
        if matches!(facts, Facts::Table { is_whole: false, .. }) {
            *facts = Facts::Unknown;
        }
    }
    inferred
}

/// The only table on the wires.
fn only<'a>(tables: &[&'a Table]) -> Result<&'a Table, Trouble> {
    tables.first().copied().ok_or_else(|| Trouble::internal("no table is wired"))
}

/// Six days of two shops, for the examples of this group.
fn sales() -> Result<Table, Trouble> {
    let days = Series::new("day".into(), [19_723_i32, 19_723, 19_724, 19_724, 19_725, 19_726])
        .cast(&DataType::Date)
        .map_err(polars_trouble)?;
    let shops = ["north", "south", "north", "south", "north", "north"];
    let sold = [Some(12.0), Some(7.0), Some(15.0), None, Some(9.0), Some(11.0)];
    examples::table(vec![
        (days, ColumnKind::Date, Role::Feature),
        (Series::new("shop".into(), shops), ColumnKind::Category, Role::Feature),
        (Series::new("sold".into(), sold), ColumnKind::Number, Role::Feature),
    ])
}

/// The sizes of shops, for the examples of joining and concatenating.
fn shops() -> Result<Table, Trouble> {
    examples::table(vec![
        (Series::new("shop".into(), ["north", "west"]), ColumnKind::Category, Role::Feature),
        (Series::new("size".into(), [120.0, 80.0]), ColumnKind::Number, Role::Feature),
    ])
}
