//! SQLite: reads a table or a query of a database file.

use std::path::Path;

use pg_base::{Fingerprint, NodeText, Param, ParamValues, Trouble, t};
use pg_contract::{Effect, Example, InferCx, Inferred, NodeSpec, RunCx, Stage, Status, Value};
use pg_data::read::{SqliteOptions, read_sqlite, sample_of_sqlite};

use super::source::{
    CATEGORIES, MISSING, NUMBERS, TEXTS, choices, filled, fingerprint, inferred, output, path_of,
};
use crate::by_step::TABLE_OUT;
use crate::examples;

const PATH: Param<String> = Param::file("path", t("File", "文件"), &["db", "sqlite", "sqlite3"]);
const TABLE: Param<String> = Param::text("table", t("Table", "表"), "").help(t(
    "Name of a table or view; empty where there is only one.",
    "表或视图的名称；只有一个时可留空。",
));
const QUERY: Param<String> = Param::lines("query", t("Query", "查询"), "")
    .help(t("A SELECT query in place of a whole table.", "用 SELECT 查询代替整张表。"));

pub(crate) static SPEC: NodeSpec = NodeSpec {
    id: "sqlite",
    version: 1,
    replaces: &[],
    upgrades: &[],
    stage: Stage::Data,
    text: NodeText {
        title: t("SQLite database", "SQLite 数据库"),
        summary: t(
            "Reads a table or a query from an SQLite file.",
            "从 SQLite 文件读取表或查询结果。",
        ),
        help: t(
            "The database is opened for reading only, so nothing in it can change. A query counts more than a table.",
            "数据库以只读方式打开，不会被修改。如填写查询，则优先于表名。",
        ),
        keywords: &[
            "sqlite",
            "sql",
            "database",
            "db",
            "query",
            "select",
            "read_sql",
            "DB Reader",
            "SQL Table",
            "数据库",
            "查询",
        ],
    },
    status: Status::Stable,
    inputs: &[],
    outputs: &[TABLE_OUT],
    params: &[
        PATH.spec,
        TABLE.spec,
        QUERY.spec,
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
            examples::params([("path", pg_base::ParamValue::Text(super::fixtures::sqlite_path()))])
        },
        inputs: || Ok(Vec::new()),
    },
};

fn key(params: &ParamValues, base: &Path) -> Result<Fingerprint, Trouble> {
    fingerprint(&path_of(&PATH, params, base)?)
}

fn run(cx: &mut RunCx<'_>) -> Result<Vec<Value>, Trouble> {
    let path = path_of(&PATH, cx.params, cx.env.base_folder)?;
    Ok(output(cx, read_sqlite(&path, &options(cx.params), cx.cancel())?))
}

fn infer(cx: &InferCx<'_>) -> Inferred {
    let path = path_of(&PATH, cx.params, cx.base_folder);
    inferred(path.and_then(|path| sample_of_sqlite(&path, &options(cx.params))))
}

fn options(params: &ParamValues) -> SqliteOptions {
    SqliteOptions {
        table: filled(&TABLE, params),
        query: filled(&QUERY, params),
        choices: choices(params),
    }
}
