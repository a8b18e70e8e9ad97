//! Data quality: what every column holds and what is doubtful about a table, before anything is learnt from it.

use std::sync::Arc;

use pg_base::{NodeText, Trouble, Words, say, t};
use pg_contract::{
    Effect, Example, Facts, Inferred, NodeSpec, Report, RunCx, Stage, Status, Value,
};
use pg_data::profile::{ColumnProfile, Distinct, Spread};
use pg_data::quality::{Quality, quality};
use pg_data::{Rows, Table};
use pg_metrics::findings::{Body, Findings, Grid};

use crate::by_step::TABLE_IN;
use crate::evaluate::REPORT_OUT;
use crate::examples;

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "data_quality",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("Data quality", "数据质量"),
        summary: t(
            "What every column holds, and what is doubtful about the table.",
            "每一列的内容，以及表格中可疑之处。",
        ),
        help: t(
            "Looks at all rows: how much is missing, how values are spread, which columns say nothing, repeat each other or \
             merely name the rows, which rows repeat, which classes are rare. Read it before you clean.",
            "查看全部数据：缺失多少、如何分布，哪些列没有信息、互相重复或只是行的名称，哪些行重复，哪些类别罕见。清洗之前请先阅读。",
        ),
        keywords: &[
            "profile",
            "describe",
            "summary",
            "statistics",
            "Feature Statistics",
            "Data Explorer",
            "pandas-profiling",
            "quality",
            "数据质量",
            "概览",
            "统计",
        ],
    },
    status: Status::Stable,
    inputs: &[TABLE_IN],
    outputs: &[REPORT_OUT],
    params: &[],
    effect: Effect::Pure,
    is_individual: false,
    infer: |_| Inferred::of(Facts::Report),
    run,
    example: Example {
        params: examples::defaults,
        inputs: || examples::on_table(examples::flowers()),
    },
};

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let whole = cx.any_table(TABLE_IN.id)?;
    let table = whole.glimpse()?;
    let found = quality(table.rows(), cx.cancel())?;
    let mut findings = findings(&found, &table);
    let (n_rows, n_all) = (table.n_rows(), whole.n_rows());
    if n_rows < n_all {
        let note = say!(
            "Of {n_all} rows {n_rows} were looked at, evenly spaced.",
            "在 {n_all} 行中等间隔地查看了 {n_rows} 行。"
        );
        findings.push(note, Words::default(), Body::Words);
    }
    Ok(vec![Value::Report(Arc::new(Report::Findings(Box::new(findings))))])
}

fn findings(found: &Quality, table: &Table) -> Findings {
    let mut findings = Findings::default();
    findings.measure("completeness", found.completeness);
    findings.measure("uniqueness", found.uniqueness);
    findings.measure("variety", found.variety);
    let troubles: Vec<Trouble> =
        found.concerns.iter().map(|concern| concern.trouble(table.schema())).collect();
    let (n_rows, n_columns, n_concerns) = (table.n_rows(), found.columns.len(), troubles.len());
    let said = match n_concerns {
        0 => say!(
            "{n_rows} rows and {n_columns} columns; nothing doubtful was found.",
            "{n_rows} 行、{n_columns} 列；没有发现可疑之处。"
        ),
        1 => say!(
            "{n_rows} rows and {n_columns} columns; one thing is doubtful.",
            "{n_rows} 行、{n_columns} 列；有 1 处可疑。"
        ),
        _ => say!(
            "{n_rows} rows and {n_columns} columns; {n_concerns} things are doubtful.",
            "{n_rows} 行、{n_columns} 列；有 {n_concerns} 处可疑。"
        ),
    };
    let doubts = Grid::default()
        .texts(t("Found", "发现"), troubles.iter().map(|trouble| trouble.details.found.clone()))
        .texts(
            t("What to do", "建议"),
            troubles.iter().map(|trouble| trouble.details.advice.clone()),
        );
    findings.push(said, Words::default(), Body::Words);
    if !troubles.is_empty() {
        findings.push(t("What is doubtful", "可疑之处"), Words::default(), Body::Grid(doubts));
    }
    findings.push(
        t("Columns", "列"),
        Words::default(),
        Body::Grid(columns(&found.columns, table.rows())),
    );
    findings
}

fn columns(profiles: &[(String, ColumnProfile)], rows: &Rows) -> Grid {
    let all = || profiles.iter().map(|(_, profile)| profile);
    let kind = |name: &String| {
        rows.schema.get(name).map(|column| Words::from(column.kind.label())).unwrap_or_default()
    };
    let number = |of: fn(&pg_data::profile::Numbers) -> f64| {
        all().map(move |profile| match &profile.spread {
            Spread::Numbers(numbers) => of(numbers),
            _ => f64::NAN,
        })
    };
    let distinct = all().map(|profile| match profile.distinct {
        Distinct::Exactly(n) => n as f64,
        Distinct::MoreThan(_) | Distinct::Unknown => f64::NAN,
    });
    let frequent = all().map(|profile| match &profile.spread {
        Spread::Labels(labels) => labels
            .top
            .iter()
            .take(3)
            .map(|(label, n)| format!("{label} ({n})"))
            .collect::<Vec<_>>()
            .join(", "),
        _ => String::new(),
    });
    Grid::default()
        .texts(t("Column", "列"), profiles.iter().map(|(name, _)| name.as_str()))
        .texts(t("Kind", "类型"), profiles.iter().map(|(name, _)| kind(name)))
        .numbers(t("Missing", "缺失"), all().map(|profile| profile.n_missing as f64))
        .numbers(t("Unusable", "不可用"), all().map(|profile| profile.n_unusable as f64))
        .numbers(t("Distinct", "不同值"), distinct)
        .numbers(t("Minimum", "最小值"), number(|numbers| numbers.min))
        .numbers(t("25 %", "25%"), number(|numbers| numbers.quartiles[0]))
        .numbers(t("Median", "中位数"), number(|numbers| numbers.quartiles[1]))
        .numbers(t("75 %", "75%"), number(|numbers| numbers.quartiles[2]))
        .numbers(t("Maximum", "最大值"), number(|numbers| numbers.max))
        .numbers(t("Mean", "均值"), number(|numbers| numbers.mean))
        .numbers(t("Deviation", "标准差"), number(|numbers| numbers.std))
        .texts(t("Most frequent", "最常见"), frequent)
}
