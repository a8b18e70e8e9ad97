//! Painted points: rows that the person puts down by hand.

use pg_base::{NodeText, Param, ParamValue, ParamValues, Trouble, say, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::table::polars_trouble;
use pg_data::{Column, ColumnKind, Role, Schema, Table};
use polars::prelude::{DataFrame, NamedFrom, Series};

use crate::by_step::TABLE_OUT;
use crate::examples;

const POINTS: Param<String> = Param::lines("points", t("Points", "点"), "")
    .help(t("One point a line: x, y and its class.", "每行一个点：x、y 及其类别。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "paint_data",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("Painted points", "手绘数据"),
        summary: t("A table of points that you put down by hand.", "由手工放置的点组成的表格。"),
        help: t(
            "Two numbers and a class for each point: for seeing what a model makes of shapes. The class is the target already.",
            "每个点有两个数值和一个类别，可观察模型如何处理不同形状。类别已设为目标。",
        ),
        keywords: &[
            "paint",
            "draw",
            "points",
            "Paint Data",
            "by hand",
            "2D",
            "手绘",
            "绘制",
            "散点",
        ],
    },
    status: Status::Stable,
    inputs: &[],
    outputs: &[TABLE_OUT],
    params: &[POINTS.spec],
    effect: Effect::Pure,
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || {
            let points = "0.1,0.2,A\n0.3,0.1,A\n0.8,0.9,B\n0.7,0.6,B\n";
            examples::params([("points", ParamValue::Text(points.to_owned()))])
        },
        inputs: || Ok(Vec::new()),
    },
};

fn table(params: &ParamValues) -> Result<Table, Trouble> {
    let text = POINTS.of(params);
    let (mut xs, mut ys, mut classes) = (Vec::new(), Vec::new(), Vec::new());
    for (line, row) in
        text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty()).zip(1..)
    {
        let (x, y, class) = point(line).ok_or_else(|| {
            Trouble::new("point-invalid", say!("the line is `{line}`", "该行为 `{line}`"))
                .expected(say!(
                    "two numbers and a class, such as 0.5,1.2,A",
                    "两个数值和一个类别，例如 0.5,1.2,A"
                ))
                .row(row)
                .param(POINTS.spec.id)
        })?;
        xs.push(x);
        ys.push(y);
        classes.push(class);
    }
    if xs.is_empty() {
        return Err(Trouble::new("points-missing", say!("there is no point yet", "尚无任何点"))
            .advice(say!("Put some points down.", "请放置一些点。"))
            .param(POINTS.spec.id));
    }
    let columns = vec![
        Series::new("x".into(), &xs).into(),
        Series::new("y".into(), &ys).into(),
        Series::new("class".into(), classes).into(),
    ];
    let frame = DataFrame::new(xs.len(), columns).map_err(polars_trouble)?;
    let schema = Schema {
        columns: vec![
            Column::new("x", ColumnKind::Number),
            Column::new("y", ColumnKind::Number),
            Column::new("class", ColumnKind::Category).with_role(Role::Target),
        ],
    };
    Table::from_source(frame, schema)
}

fn point(line: &str) -> Option<(f64, f64, &str)> {
    let mut parts = line.splitn(3, ',').map(str::trim);
    let mut number = || parts.next()?.parse::<f64>().ok().filter(|number| number.is_finite());
    let (x, y) = (number()?, number()?);
    let class = parts.next().filter(|class| !class.is_empty())?;
    Some((x, y, class))
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    Ok(vec![Value::Table(table(cx.params)?)])
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    match table(cx.params) {
        Ok(sample) => Inferred::of(Facts::Table { sample, is_whole: true }),
        Err(trouble) => Inferred::error(trouble),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(points: &str, expected: Result<usize, &str>) {
        let params = examples::params([("points", ParamValue::Text(points.to_owned()))]);
        let found = table(&params).map(|table| table.n_rows()).map_err(|trouble| trouble.code);
        assert_eq!(found, expected.map_err(str::to_owned), "{points:?}");
    }

    #[test]
    fn lines_are_points() {
        check("1,2,A\n\n 3 , 4.5 , B, b\n", Ok(2));
        check("1,2,A; 3,4,B", Ok(2));
        check("", Err("points-missing"));
        check("1,x,A", Err("point-invalid"));
        check("1,2", Err("point-invalid"));
        check("1,inf,A", Err("point-invalid"));
    }
}
