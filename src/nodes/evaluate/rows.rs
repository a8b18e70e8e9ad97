//! Which rows a model is judged on: the same choice for every kind that judges.

use pg_base::{Choice, Param, ParamValue, Trouble, say, t};
use pg_contract::{Diagnostic, Facts, InferCx, Inferred, SuggestedFix};
use pg_data::schema::several_targets;
use pg_data::{Part, Rows, Table};
use pg_nn::Head;

use super::MODEL_IN;
use super::judge::OF_TARGET;
use crate::by_step::TABLE_IN;

const ALL_CHOICES: &[Choice] = &[
    Choice { id: "test", label: t("Test rows", "测试数据") },
    Choice { id: "validation", label: t("Validation rows", "验证数据") },
    Choice { id: "training", label: t("Training rows", "训练数据") },
    Choice { id: "all", label: t("All rows", "全部数据") },
];

/// Which rows to judge on.
pub(super) const ROWS: Param<String> =
    Param::choice("rows", t("Rows", "数据"), "test", ALL_CHOICES).help(t(
        "Which rows to judge on. Only test rows tell how the model will do on new data. A table without a split is judged whole.",
        "用哪些数据评估。只有测试数据能说明模型在新数据上的表现。未划分的表格会整体评估。",
    ));
/// Which rows to choose by: what is chosen on test rows cannot be judged on them any more.
pub(super) const ROWS_TO_CHOOSE_BY: Param<String> =
    Param::choice(ROWS.spec.id, t("Rows", "数据"), "validation", ALL_CHOICES).help(t(
        "Which rows to choose by. Leave the test rows aside: what is chosen on them looks better on them than it is.",
        "依据哪些数据选择。请留出测试数据：若用它们来选择，结果在它们上会显得过于乐观。",
    ));

/// The raw rows that were chosen.
///
/// Errors: `rows-none` where there are none.
pub(super) fn chosen(table: &Table, rows: &str) -> Result<Rows, Trouble> {
    let rows = match part_of(rows) {
        Some(part) => table.origin_part(part)?,
        None => table.whole_origin()?.clone(),
    };
    if rows.n_rows() == 0 { Err(no_rows()) } else { Ok(rows) }
}

/// The same a slice at a time, for tables of any size.
pub(super) fn chosen_slices(
    table: &Table,
    rows: &str,
) -> Result<impl Iterator<Item = Result<Rows, Trouble>>, Trouble> {
    let part = part_of(rows);
    let has_rows = match part {
        Some(part) if table.is_split() => table.parts().contains(&part),
        Some(Part::Validation) => false,
        _ => table.n_rows() > 0,
    };
    if has_rows { table.origin_slices(part) } else { Err(no_rows()) }
}

/// A part that has no rows in a sample has none in the whole: a split gives each part with a share at least one row.
pub(super) fn infer(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = Inferred::of(Facts::Report);
    let Facts::Table { sample, .. } = cx.input(TABLE_IN.id) else { return inferred };
    let parts = sample.parts();
    let wanted = part_of(&cx.param(&ROWS));
    if parts.is_empty() || wanted.is_none_or(|part| parts.contains(&part)) {
        return inferred;
    }
    let (rows, label) = if parts.contains(&Part::Validation) {
        ("validation", say!("Judge on validation rows", "用验证数据评估"))
    } else {
        ("training", say!("Judge on training rows", "用训练数据评估"))
    };
    let value = ParamValue::Text(rows.to_owned());
    let fix = SuggestedFix::SetParam { param: ROWS.spec.id.to_owned(), value };
    inferred.diagnostics.push(Diagnostic::error(no_rows()).with_fix(label, fix));
    inferred
}

/// The same for what looks at one target, which is named where there are several.
pub(super) fn infer_one(cx: &InferCx<'_>) -> Inferred {
    let mut inferred = infer(cx);
    if let Facts::Model(network) = cx.input(MODEL_IN.id)
        && let Some(Head::Labels { n_labels: n } | Head::Linear { n_outputs: n }) = network.head
        && n > 1
        && cx.param(&OF_TARGET).is_empty()
    {
        let trouble = several_targets(n)
            .expected(say!("the one to look at", "要查看的目标"))
            .param(OF_TARGET.spec.id);
        inferred.diagnostics.push(Diagnostic::error(trouble));
    }
    inferred
}

/// None for all rows.
fn part_of(rows: &str) -> Option<Part> {
    match rows {
        "validation" => Some(Part::Validation),
        "training" => Some(Part::Training),
        "all" => None,
        _ => Some(Part::Test),
    }
}

fn no_rows() -> Trouble {
    Trouble::new("rows-none", say!("there are no rows to judge on", "没有可供评估的数据"))
        .advice(say!(
            "Give the split a share for them, or choose other rows.",
            "请在划分中为其留出比例，或选择其他数据。"
        ))
        .param(ROWS.spec.id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::Arc;

    use pg_contract::{Network, Value};

    use super::super::evaluate::SPEC;
    use super::*;
    use crate::examples;

    /// Codes and fixes for a table with parts, judged on some rows.
    fn check(parts: &[Part], rows: &str, expected: &[&str]) {
        let table = examples::clouds().expect("a table");
        let parts: Vec<Part> = parts.iter().copied().cycle().take(table.n_rows()).collect();
        let sample = table.with_parts(&parts).expect("one part for each row");
        let facts = vec![Facts::Table { sample, is_whole: true }];
        let cx = InferCx {
            spec: &SPEC,
            node_id: "evaluate",
            params: &examples::params([("rows", ParamValue::Text(rows.to_owned()))]),
            inputs: &BTreeMap::from([(TABLE_IN.id.to_owned(), facts)]),
            base_folder: Path::new("."),
        };
        let found: Vec<String> = infer(&cx)
            .diagnostics
            .into_iter()
            .map(|found| {
                let fix = found.fix.map(|(label, _)| label.en).unwrap_or_default();
                format!("{}: {fix}", found.trouble.code)
            })
            .collect();
        assert_eq!(found, expected, "{rows} of {parts:?}");
    }

    #[test]
    fn rows_that_are_not_there_are_told_before_it_runs() {
        let without_test = [Part::Training, Part::Validation];
        check(&without_test, "test", &["rows-none: Judge on validation rows"]);
        check(&without_test, "validation", &[]);
        check(&without_test, "all", &[]);
        check(&[Part::Training], "test", &["rows-none: Judge on training rows"]);
        check(&Part::ALL, "test", &[]);
    }

    #[test]
    fn one_of_several_targets_must_be_named() {
        let Ok(Value::Network(network)) = examples::small_network() else { panic!("a network") };
        let network = Network { head: Some(Head::Linear { n_outputs: 2 }), ..(*network).clone() };
        let inputs =
            BTreeMap::from([(MODEL_IN.id.to_owned(), vec![Facts::Model(Arc::new(network))])]);
        let codes = |target: &str| -> Vec<String> {
            let cx = InferCx {
                spec: &super::super::permutation_importance::SPEC,
                node_id: "importance",
                params: &examples::params([("target", ParamValue::Text(target.to_owned()))]),
                inputs: &inputs,
                base_folder: Path::new("."),
            };
            infer_one(&cx).diagnostics.into_iter().map(|found| found.trouble.code).collect()
        };
        assert_eq!(codes(""), ["targets-several"]);
        assert_eq!(codes("price"), [""; 0]);
    }
}
