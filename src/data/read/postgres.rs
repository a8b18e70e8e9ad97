//! Reads tables and queries of PostgreSQL servers; the server sends CSV, which the reader of text files types.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use pg_base::{CancelToken, Progress, Trouble, say};
use postgres::config::{Host, SslMode};
use postgres::error::SqlState;
use postgres::types::Type;
use postgres::{Client, Config, NoTls};

use super::cells::Form;
use super::csv::{CsvOptions, read_csv};
use super::frames::ColumnChoices;
use super::names::column_names;
use super::{Encoding, Quoting, ReadTable};

/// What to read from a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostgresOptions {
    /// `postgresql://user@host:5432/database`, without a password.
    pub url: String,
    /// Name of a table or view, perhaps with its schema (`public.orders`).
    pub table: Option<String>,
    /// A query, which counts more than a table.
    pub query: Option<String>,
    /// Kinds and missing marks.
    pub choices: ColumnChoices,
}

/// Reads a table or the rows of a query; never changes anything on the server.
pub fn read_postgres(
    options: &PostgresOptions,
    cancel: &CancelToken,
    progress: &dyn Progress,
) -> Result<ReadTable, Trouble> {
    let config = config_of(&options.url)?;
    progress.report(0.0, &say!("Connecting", "正在连接"));
    let mut client = config.connect(NoTls).map_err(|error| unreachable_server(&error, &config))?;
    client
        .batch_execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET datestyle = ISO; SET client_encoding = 'UTF8'")
        .map_err(|error| sql(&error, None))?;
    let query = query_of(options)?;
    let listed = |client: &mut Client, error: &postgres::Error| {
        let tables =
            if error.code() == Some(&SqlState::UNDEFINED_TABLE) { tables(client) } else { None };
        sql(error, tables)
    };
    let statement = match client.prepare(&query) {
        Ok(statement) => statement,
        Err(error) => return Err(listed(&mut client, &error)),
    };
    if statement.columns().is_empty() {
        return Err(Trouble::new(
            "query-writes",
            say!("the query gives no rows", "该查询不返回数据行"),
        )
        .expected(say!("a SELECT query", "SELECT 查询"))
        .param("query"));
    }
    let found: Vec<String> =
        statement.columns().iter().map(|column| column.name().to_owned()).collect();
    let names = column_names(Some(&found), found.len());
    let forms = names
        .iter()
        .cloned()
        .zip(statement.columns().iter().map(|column| form_of(column.type_())))
        .collect();
    let spool = spooled(&mut client, &query, cancel, progress)?;
    drop(client);
    read_csv(&csv_options(spool.path(), options, forms), cancel, progress)
        .map_err(Trouble::without_path)
}

/// Writes the rows to a temporary file, so that the server is free soon and memory holds the table only.
fn spooled(
    client: &mut Client,
    query: &str,
    cancel: &CancelToken,
    progress: &dyn Progress,
) -> Result<tempfile::NamedTempFile, Trouble> {
    let io = |error: &std::io::Error| Trouble::io(error, &std::env::temp_dir());
    let mut file = tempfile::NamedTempFile::new().map_err(|error| io(&error))?;
    let copy = format!("COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER true)");
    let mut rows = client.copy_out(&copy).map_err(|error| sql(&error, None))?;
    let mut n_bytes = 0;
    loop {
        cancel.check()?;
        let received = rows.fill_buf().map_err(|error| {
            let error = error.to_string();
            Trouble::new("sql-failed", say!("the server stopped: {error}", "服务器中断：{error}"))
                .advice(say!("Run it again.", "请重新运行。"))
        })?;
        if received.is_empty() {
            break;
        }
        file.write_all(received).map_err(|error| io(&error))?;
        let length = received.len();
        rows.consume(length);
        let n_mib_before = n_bytes >> 20;
        n_bytes += length;
        if n_bytes >> 20 > n_mib_before {
            let n_mib = n_bytes >> 20;
            progress.report(0.0, &say!("Received {n_mib} MiB", "已接收 {n_mib} MiB"));
        }
    }
    file.flush().map_err(|error| io(&error))?;
    Ok(file)
}

fn csv_options(
    path: &Path,
    options: &PostgresOptions,
    forms: BTreeMap<String, Form>,
) -> CsvOptions {
    let mut csv = CsvOptions::new(path);
    csv.delimiter = Some(b',');
    csv.quote = Quoting::With(b'"');
    csv.has_header = Some(true);
    csv.encoding = Some(Encoding::Utf8);
    csv.comments = super::Comments::Never;
    csv.n_skipped_lines = Some(0);
    csv.decimal = Some(super::Decimal::Point);
    csv.missing_marks.extend(options.choices.missing_marks.iter().cloned());
    csv.kinds.clone_from(&options.choices.kinds);
    csv.forms = forms;
    csv
}

fn query_of(options: &PostgresOptions) -> Result<String, Trouble> {
    let filled = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    if let Some(query) = filled(&options.query) {
        return Ok(query.trim_end_matches([';', ' ', '\n']).to_owned());
    }
    let table = filled(&options.table).ok_or_else(|| {
        Trouble::new(
            "table-unnamed",
            say!("neither a table nor a query is given", "未指定表或查询"),
        )
        .advice(say!("Name a table or write a query.", "请指定表名或编写查询。"))
        .param("table")
    })?;
    let quoted: Vec<String> = table
        .split('.')
        .map(|part| format!("\"{}\"", part.trim_matches('"').replace('"', "\"\"")))
        .collect();
    Ok(format!("SELECT * FROM {}", quoted.join(".")))
}

fn form_of(kind: &Type) -> Form {
    match *kind {
        Type::INT2
        | Type::INT4
        | Type::INT8
        | Type::OID
        | Type::FLOAT4
        | Type::FLOAT8
        | Type::NUMERIC => Form::Number,
        Type::DATE | Type::TIMESTAMP | Type::TIMESTAMPTZ => Form::Date,
        _ => Form::Text,
    }
}

fn config_of(url: &str) -> Result<Config, Trouble> {
    const TIMEOUT: Duration = Duration::from_secs(10);
    let example =
        || say!("postgresql://user@host:5432/database", "postgresql://用户@主机:5432/数据库");
    let url = url.trim();
    if url.is_empty() {
        return Err(Trouble::new("path-empty", say!("no server is given yet", "尚未指定服务器"))
            .expected(example())
            .param("url"));
    }
    let mut config = Config::from_str(url).map_err(|error| {
        let why = std::error::Error::source(&error)
            .map_or_else(|| error.to_string(), ToString::to_string);
        Trouble::new(
            "url-invalid",
            say!("the address cannot be read: {why}", "无法识别该地址：{why}"),
        )
        .expected(example())
        .param("url")
    })?;
    if config.get_password().is_some() {
        return Err(Trouble::new(
            "password-in-project",
            say!("the address holds a password, which would be saved in the project", "地址中含有密码，会被保存到项目文件中"),
        )
        .advice(say!(
            "Take it out, and put it into the environment variable PGPASSWORD or the file ~/.pgpass.",
            "请将其删除，并放入环境变量 PGPASSWORD 或文件 ~/.pgpass。"
        ))
        .param("url"));
    }
    if config.get_ssl_mode() == SslMode::Require {
        return Err(Trouble::new("tls-missing", say!("the address demands TLS, which is not built in", "地址要求使用 TLS，本程序未内置"))
            .advice(say!(
                "Use an SSH tunnel or a local proxy to the server, and take sslmode out of the address.",
                "请通过 SSH 隧道或本地代理连接，并从地址中去掉 sslmode。"
            ))
            .param("url"));
    }
    if let Some(password) = password(&config) {
        config.password(password);
    }
    config.connect_timeout(TIMEOUT).application_name("pyrograph");
    Ok(config)
}

/// The password that libpq would find: `PGPASSWORD`, else the first line that fits in the password file.
fn password(config: &Config) -> Option<String> {
    if let Ok(password) = std::env::var("PGPASSWORD") {
        return Some(password);
    }
    let file = std::env::var_os("PGPASSFILE")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pgpass")))?;
    password_in(&std::fs::read_to_string(file).ok()?, config)
}

/// Lines are `host:port:database:user:password`; `*` fits everything and `\` takes the meaning off the next character.
fn password_in(lines: &str, config: &Config) -> Option<String> {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        _ => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let wanted = [host.as_str(), port.as_str(), database, user];
    lines.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let (mut fields, mut is_escaped) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '\\' if !is_escaped => is_escaped = true,
                ':' if !is_escaped && fields.len() < 5 => fields.push(String::new()),
                c => {
                    is_escaped = false;
                    if let Some(field) = fields.last_mut() {
                        field.push(c);
                    }
                }
            }
        }
        let password = fields.pop().filter(|_| fields.len() == 4)?;
        let fits = fields.iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted);
        fits.then_some(password)
    })
}

/// Names of the tables that the person may read, as far as they fit a message.
fn tables(client: &mut Client) -> Option<String> {
    const QUERY: &str = "SELECT CASE WHEN table_schema = 'public' THEN table_name ELSE table_schema || '.' || table_name END \
                         FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') \
                         ORDER BY 1 LIMIT 20";
    let rows = client.query(QUERY, &[]).ok()?;
    let names: Vec<String> =
        rows.iter().filter_map(|row| row.try_get::<_, String>(0).ok()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn unreachable_server(error: &postgres::Error, config: &Config) -> Trouble {
    if error.as_db_error().is_some() {
        return sql(error, None);
    }
    let why =
        std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let trouble = Trouble::new(
        "server-unreachable",
        say!("the server cannot be reached: {why}", "无法连接服务器：{why}"),
    )
    .param("url");
    if config.get_password().is_none() {
        return trouble.advice(say!(
            "Check address and network. Where a password is wanted, put it into PGPASSWORD or ~/.pgpass.",
            "请检查地址和网络。如需密码，请放入 PGPASSWORD 或 ~/.pgpass。"
        ));
    }
    trouble.advice(say!("Check address and network.", "请检查地址和网络。"))
}

/// What the server says, with what it knows about the place and the way out.
fn sql(error: &postgres::Error, tables: Option<String>) -> Trouble {
    let (mut said, mut hint) = (error.to_string(), None);
    if let Some(server) = error.as_db_error() {
        server.message().clone_into(&mut said);
        hint = server.hint().map(str::to_owned);
    }
    let trouble = Trouble::new("sql-failed", say!("the server says: {said}", "服务器提示：{said}"));
    match (tables, hint) {
        (Some(tables), _) => trouble
            .advice(say!("There are the tables: {tables}.", "可用的表：{tables}。"))
            .param("table"),
        (None, Some(hint)) => trouble.advice(say!("{hint}", "{hint}")),
        (None, None) => trouble.advice(say!(
            "Correct the address, the table or the query.",
            "请修正地址、表名或查询。"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_come_from_the_file_that_fits() {
        let config = Config::from_str("postgresql://ann@db.example/shop").expect("an address");
        let lines = "# host:port:db:user:password\nother:*:*:*:no\n*:5432:shop:ann:a\\:b\\\\c\n*:*:*:*:late\n";
        assert_eq!(password_in(lines, &config).as_deref(), Some("a:b\\c"));
        assert_eq!(password_in("x:1:2\n", &config), None);
    }

    fn check(url: &str, code: &str) {
        assert_eq!(config_of(url).expect_err("unusable").code, code, "{url}");
    }

    #[test]
    fn addresses_that_cannot_be_used() {
        check("", "path-empty");
        check("postgresql://ann:secret@host/db", "password-in-project");
        check("postgresql://host/db?sslmode=require", "tls-missing");
        check("postgresql://host:notaport/db", "url-invalid");
    }

    #[test]
    fn nobody_answers() {
        let options = PostgresOptions {
            url: "postgresql://ann@127.0.0.1:1/db".into(),
            table: Some("t".into()),
            ..PostgresOptions::default()
        };
        let trouble = read_postgres(&options, &CancelToken::default(), &pg_base::NoProgress)
            .expect_err("closed");
        assert_eq!(trouble.code, "server-unreachable", "{trouble}");
    }
}
