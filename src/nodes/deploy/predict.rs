//! Predict: adds the model's predictions to a table.

use pg_base::{NodeText, Trouble, say, t};
use pg_contract::{Effect, Example, Facts, Inferred, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::{Column, ColumnKind, Role, Rows, Table};
use pg_deploy::score::{Predictions, Scored, Scorer};
use polars::prelude::*;

use crate::by_step::{TABLE_IN, TABLE_OUT};
use crate::evaluate::MODEL_IN;
use crate::examples;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "predict",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Deploy,
    text: NodeText {
        title: t("Predict", "预测"),
        summary: t(
            "Adds predictions and probabilities to the rows of a table.",
            "为表格的每一行添加预测和概率。",
        ),
        help: t(
            "Takes the rows as they were read through the model's own recipe. The columns of the source stay as they are; rows \
             that cannot be used get no prediction, and a warning says why.",
            "让读入的原始数据经过模型自带的处理步骤。源数据的列保持不变；无法使用的行没有预测，并给出原因。",
        ),
        keywords: &["predict", "score", "inference", "apply model", "预测", "推断"],
    },
    status: Status::Stable,
    inputs: &[MODEL_IN, TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[],
    effect: Effect::Computes,
    is_individual: false,
    infer: |_| Inferred::of(Facts::Unknown),
    run,
    example: Example {
        params: examples::defaults,
        inputs: || {
            Ok(vec![
                ("model", examples::small_model()?),
                ("table", Value::Table(examples::clouds()?)),
            ])
        },
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let mut scorer = Scorer::new(cx.model(MODEL_IN.id)?.clone(), cx.env.compute)?;
    let (mut n_rejected, mut first) = (0, None);
    let slices = cx.any_table(TABLE_IN.id)?.origin_slices(None)?;
    let predicted = slices.map(|raw| {
        cx.check_cancelled()?;
        let raw = raw?;
        let scored = scorer.score(raw.clone())?;
        n_rejected += scored.rejected.len();
        first = first.take().or_else(|| scored.rejected.first().cloned());
        with_predictions(raw, scored)
    });
    let table = Table::from_slices(cx.env.scratch, predicted)?;
    if let Some(first) = first {
        let (en, zh) = (&first.trouble.details.found.en, &first.trouble.details.found.zh);
        let found = say!(
            "{n_rejected} rows could not be predicted; the first: {en}",
            "{n_rejected} 行无法预测；第一个原因：{zh}"
        );
        cx.warn(Trouble::new("rows-unusable", found).row(u64::from(first.row)));
    }
    Ok(vec![Value::Table(table)])
}

/// Raw rows with what was predicted for them behind their columns.
fn with_predictions(raw: Rows, scored: Scored) -> Result<Rows, Trouble> {
    let n_rows = raw.n_rows();
    let mut columns: Vec<(Series, ColumnKind)> = Vec::new();
    match scored.predictions {
        Predictions::Classes { probabilities, best, names } => {
            let mut labels: Vec<Option<&str>> = vec![None; n_rows];
            for (row, class) in scored.kept.iter().zip(&best) {
                labels[*row] = names.get(*class).map(String::as_str);
            }
            columns.push((Series::new("prediction".into(), labels), ColumnKind::Category));
            for (class, name) in names.iter().enumerate() {
                let mut values: Vec<Option<f64>> = vec![None; n_rows];
                for (row, at) in scored.kept.iter().zip((class..).step_by(names.len())) {
                    values[*row] = probabilities.get(at).map(|p| f64::from(*p));
                }
                columns.push((
                    Series::new(format!("probability_{name}").into(), values),
                    ColumnKind::Number,
                ));
            }
        }
        Predictions::Numbers(numbers) => {
            let mut values: Vec<Option<f64>> = vec![None; n_rows];
            for (row, number) in scored.kept.iter().zip(numbers) {
                values[*row] = Some(number);
            }
            columns.push((Series::new("prediction".into(), values), ColumnKind::Number));
        }
    }
    let mut rows = raw;
    for (mut series, kind) in columns {
        let mut name = series.name().to_string();
        while rows.schema.get(&name).is_some() {
            name.push('_');
        }
        series.rename(name.as_str().into());
        rows.set(series)?;
        rows.schema.columns.push(Column::new(name, kind).with_role(Role::Ignored));
    }
    Ok(rows)
}
