//! t-SNE: places rows in the plane so that similar ones lie close together.

use pg_base::{NodeText, Param, Trouble, say, t};
use pg_classic::{MAX_TSNE_ROWS, Matrix, TsneSettings};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::combine::require_fresh;
use pg_data::table::{PART, ROW, polars_trouble};
use pg_data::{Column, ColumnKind, Role, Rows, Table};
use polars::prelude::*;

use crate::by_step::{TABLE_IN, TABLE_OUT, infer_with};
use crate::examples;

const COLUMNS: Param<Vec<String>> = Param::columns("columns", t("Columns", "列"), &["number"])
    .help(t("Empty for all number features.", "留空表示所有数值特征。"));
const PERPLEXITY: Param<f64> =
    Param::float("perplexity", t("Perplexity", "困惑度"), 30.0, 1.0, 1000.0).help(t(
        "About how many neighbours each row minds. Small shows fine, large shows coarse structure.",
        "每行大约关注多少个近邻。小值显示细节，大值显示整体结构。",
    ));
const MOVES: Param<i64> = Param::int("moves", t("Moves", "迭代次数"), 750, 10, 10_000);

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "t_sne",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Preprocess,
    text: NodeText {
        title: t("t-SNE map", "t-SNE 降维图"),
        summary: t(
            "Places rows in the plane so that similar ones lie close together.",
            "把数据排布到平面上，使相似的行彼此靠近。",
        ),
        help: t(
            "For looking, not for training: adds two columns, tsne_x and tsne_y, for a scatter plot coloured by a class or a \
             cluster. Columns are standardised for it. Distances between far groups and the sizes of groups mean nothing. \
             It cannot place new rows, so the table begins anew here: what stood before is not replayed by a model. For at \
             most 5 000 rows; a row with a gap gets no place.",
            "用于观察，而非训练：添加 tsne_x 与 tsne_y 两列，可绘制按类别或簇着色的散点图。各列会先标准化。相距较远的组之间的距离\
             以及组的大小没有意义。它无法排布新数据，因此表格从这里重新开始：之前的步骤不会随模型重放。最多 5 000 行；有缺失的行没有位置。",
        ),
        keywords: &[
            "t-SNE",
            "TSNE",
            "UMAP",
            "embedding",
            "projection",
            "manifold",
            "降维",
            "可视化",
            "流形",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[TABLE_OUT],
    params: &[COLUMNS.spec, PERPLEXITY.spec, MOVES.spec],
    effect: Effect::Seeded,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || examples::params([("moves", pg_base::ParamValue::Int(50))]),
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let table = cx.table(TABLE_IN.id)?;
    require_fresh(table)?;
    let rows = table.rows();
    let columns = columns_of(rows, &cx.param(&COLUMNS))?;
    let (x, placed) = matrix(rows, &columns)?;
    let settings = TsneSettings {
        perplexity: cx.param(&PERPLEXITY),
        n_moves: cx.param(&MOVES).unsigned_abs() as usize,
    };
    let places = pg_classic::t_sne(&x, settings, cx.seed, cx.cancel(), cx.env)?;
    let mut all = vec![None; rows.n_rows()];
    for (row, place) in placed.into_iter().zip(places) {
        if let Some(slot) = all.get_mut(row) {
            *slot = Some(place);
        }
    }
    Ok(vec![Value::Table(with_places(rows, &all)?)])
}

/// The places are not known before a run: the columns are, and stay empty.
fn infer(cx: &InferCx<'_>) -> Inferred {
    if matches!(cx.input(TABLE_IN.id), Facts::Unknown) {
        return Inferred::of(Facts::Unknown);
    }
    infer_with(cx, |table| {
        require_fresh(table)?;
        columns_of(table.rows(), &cx.param(&COLUMNS))?;
        with_places(table.rows(), &vec![None; table.n_rows()])
    })
}

fn columns_of(rows: &Rows, named: &[String]) -> Result<Vec<String>, Trouble> {
    let columns = rows.schema.select(named, &["number"])?;
    if columns.is_empty() {
        return Err(Trouble::new(
            "feature-none",
            say!("there is no number column to compare rows by", "没有可用于比较的数值列"),
        )
        .advice(say!("Choose number columns.", "请选择数值列。")));
    }
    Ok(columns)
}

/// The standardised rows without gaps, and where they stand.
fn matrix(rows: &Rows, columns: &[String]) -> Result<(Matrix, Vec<usize>), Trouble> {
    let mut found: Vec<Option<Vec<f32>>> = vec![Some(Vec::new()); rows.n_rows()];
    for name in columns {
        let numbers = rows.numbers(name)?;
        let known = || numbers.iter().flatten().filter(|value| value.is_finite());
        let n = known().count().max(1) as f64;
        let mean = known().map(|value| value / n).sum::<f64>();
        let spread = known().map(|value| (value - mean).powi(2) / n).sum::<f64>().sqrt();
        let scale = if spread > 0.0 && spread.is_finite() { spread } else { 1.0 };
        for (row, value) in found.iter_mut().zip(numbers.iter()) {
            let value = value.map(|value| ((value - mean) / scale) as f32);
            match (value.filter(|value| value.is_finite()), row.as_mut()) {
                (Some(value), Some(known)) => known.push(value),
                _ => *row = None,
            }
        }
    }
    let placed: Vec<usize> =
        (0..).zip(&found).filter_map(|(at, row)| row.as_ref().map(|_| at)).collect();
    if placed.len() > MAX_TSNE_ROWS {
        return Err(too_many(placed.len()));
    }
    let values = found.into_iter().flatten().flatten().collect();
    Ok((Matrix::new(values, columns.len()), placed))
}

/// A table that begins here, with the places as columns to look at.
fn with_places(rows: &Rows, places: &[Option<[f64; 2]>]) -> Result<Table, Trouble> {
    let mut frame = rows.frame.drop_many([ROW, PART]);
    let mut schema = rows.schema.clone();
    for (axis, name) in ["tsne_x", "tsne_y"].into_iter().enumerate() {
        let values = places.iter().map(|place| place.and_then(|place| place.get(axis).copied()));
        let values: Float64Chunked = values.collect();
        frame
            .with_column(values.with_name(name.into()).into_series().into())
            .map_err(polars_trouble)?;
        schema.columns.retain(|column| column.name != name);
        schema.columns.push(Column::new(name, ColumnKind::Number).with_role(Role::Ignored));
    }
    Table::from_source(frame, schema)
}

fn too_many(n_rows: usize) -> Trouble {
    Trouble::new("too-many-rows", say!("there are {n_rows} rows", "共有 {n_rows} 行"))
        .expected(say!("at most {MAX_TSNE_ROWS}", "最多 {MAX_TSNE_ROWS} 行"))
        .advice(say!("Take a sample of the rows first.", "请先抽取部分数据。"))
}
