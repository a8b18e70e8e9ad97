//! PostgreSQL: reads a table or a query of a server.

use std::path::Path;

use pg_base::{Fingerprint, NodeText, Param, ParamValue, ParamValues, StableHasher, Trouble, t};
use pg_contract::{
    Effect, Example, Facts, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value,
};
use pg_data::read::{PostgresOptions, read_postgres};

use super::no_path;
use super::source::{CATEGORIES, MISSING, NUMBERS, TEXTS, choices, filled, output};
use crate::by_step::TABLE_OUT;
use crate::examples;

const URL: Param<String> = Param::text("url", t("Address", "地址"), "").help(t(
    "postgresql://user@host:5432/database, without a password: it comes from the environment variable PGPASSWORD or from \
     ~/.pgpass and is never saved.",
    "postgresql://用户@主机:5432/数据库，不含密码：密码取自环境变量 PGPASSWORD 或 ~/.pgpass，绝不保存。",
));
const TABLE: Param<String> = Param::text("table", t("Table", "表"), "").help(t(
    "Name of a table or view, with its schema where it is not public.",
    "表或视图的名称；不在 public 模式中时需加模式名。",
));
const QUERY: Param<String> = Param::lines("query", t("Query", "查询"), "")
    .help(t("A SELECT query in place of a whole table.", "用 SELECT 查询代替整张表。"));
const READING: Param<i64> = Param::int("reading", t("Reading number", "读取次数"), 1, 1, 1_000_000)
    .help(t(
        "Raise it to read again: a server does not tell when its tables change.",
        "增大该值即可重新读取：服务器不会通知表是否变化。",
    ));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "postgres",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("PostgreSQL", "PostgreSQL 数据库"),
        summary: t(
            "Reads a table or a query from a PostgreSQL server.",
            "从 PostgreSQL 服务器读取表或查询结果。",
        ),
        help: t(
            "Connects when it runs, never while editing, and only reads. A query counts more than a table. Columns keep the types of the server.",
            "仅在运行时连接，编辑时不连接，并且只读取数据。如填写查询，则优先于表名。列类型与服务器一致。",
        ),
        keywords: &[
            "postgres",
            "postgresql",
            "sql",
            "database",
            "server",
            "query",
            "select",
            "read_sql",
            "SQL Table",
            "PostgreSQL Connector",
            "DB Reader",
            "数据库",
            "服务器",
            "查询",
        ],
    },
    status: Status::Stable,
    inputs: &[],
    outputs: &[TABLE_OUT],
    params: &[
        URL.spec,
        TABLE.spec,
        QUERY.spec,
        READING.spec,
        MISSING.spec,
        NUMBERS.spec,
        CATEGORIES.spec,
        TEXTS.spec,
    ],
    effect: Effect::Reads(key),
    is_individual: false,
    infer,
    run,
    example: Example {
        params: || {
            // Where nobody answers, the example shows what that looks like.
            let url = "postgresql://reader@127.0.0.1:1/shop";
            examples::params([
                ("url", ParamValue::Text(url.to_owned())),
                ("table", ParamValue::Text("orders".to_owned())),
            ])
        },
        inputs: || Ok(Vec::new()),
    },
};

fn options(params: &ParamValues) -> Result<PostgresOptions, Trouble> {
    Ok(PostgresOptions {
        url: filled(&URL, params).ok_or_else(|| no_path(URL.spec.id))?,
        table: filled(&TABLE, params),
        query: filled(&QUERY, params),
        choices: choices(params),
    })
}

/// The parameters are a part of the node's key already.
fn key(_params: &ParamValues, _base: &Path) -> Result<Fingerprint, Trouble> {
    Ok(StableHasher::new().finish())
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let read = read_postgres(&options(cx.params)?, cx.cancel(), cx.env)?;
    Ok(output(cx, read))
}

/// A server may be slow or far away: nothing is known before the node has run.
fn infer(cx: &InferCx<'_>) -> Inferred {
    match options(cx.params) {
        Ok(_) => Inferred::of(Facts::Unknown),
        Err(trouble) => Inferred::error(trouble),
    }
}
