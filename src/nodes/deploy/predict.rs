//! Predict: adds the model's predictions to a table.

use pg_base::{NodeText, Trouble, say, t};
use pg_contract::{Effect, Example, Facts, Inferred, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::{Column, Role, Rows, Table};
use pg_deploy::predict::prediction_columns;
use pg_deploy::score::Scored;
use pg_deploy::{Model, Scorer};

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
        with_predictions(scorer.model(), raw, scored)
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
fn with_predictions(model: &Model, raw: Rows, scored: Scored) -> Result<Rows, Trouble> {
    let columns = prediction_columns(model, scored, |_| true);
    let mut rows = raw;
    for column in columns {
        let mut name = column.name.clone();
        while rows.schema.get(&name).is_some() {
            name.push('_');
        }
        let kind = column.kind();
        rows.set(column.into_series(&name))?;
        rows.schema.columns.push(Column::new(name, kind).with_role(Role::Ignored));
    }
    Ok(rows)
}
