//! Lag features: values of earlier rows beside each row, in the order of time and within groups.
//!
//! Everything new in a row is made of earlier rows only, so that a target's own past may be used to predict it.

use pg_base::{Trouble, say};
use polars::prelude::*;

use super::group::{Aggregate, calculated};
use super::keys::groups;
use super::require_fresh;
use crate::schema::{Column, ColumnKind, Role};
use crate::steps::free_name;
use crate::table::{ROW, Rows, Table, polars_trouble};

/// Farthest look back in rows, and widest window.
const MAX_BACK: usize = 100_000;

/// What is put beside each row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LagFeatures {
    /// Number columns; empty for the target where it is a number, else all number features.
    pub columns: Vec<String>,
    /// The value so many rows before.
    pub lags: Vec<usize>,
    /// The value one row before minus the value so many rows earlier still.
    pub changes: Vec<usize>,
    /// Statistics of so many rows before this one.
    pub windows: Vec<usize>,
    /// Which statistics.
    pub statistics: Vec<RollingStatistic>,
    /// Column that orders the rows; none for the one in the role of time, else the first date, else the order as read.
    pub order: Option<String>,
    /// Columns whose groups have a history each.
    pub groups: Vec<String>,
    /// Whether rows whose history is too short are dropped.
    pub drops_incomplete: bool,
}

/// A statistic of a window; missing where one of its values is, as in pandas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollingStatistic {
    /// Mean.
    Mean,
    /// Standard deviation (divided by n - 1).
    Std,
    /// Smallest.
    Min,
    /// Largest.
    Max,
}

impl RollingStatistic {
    /// Stable id, a part of the name of the new column.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Std => "std",
            Self::Min => "min",
            Self::Max => "max",
        }
    }

    fn of(self, window: &[Option<f64>]) -> Option<f64> {
        let mut values = window.iter().copied().collect::<Option<Vec<f64>>>()?;
        let aggregate = match self {
            Self::Mean => Aggregate::Mean,
            Self::Std => Aggregate::Std,
            Self::Min => Aggregate::Min,
            Self::Max => Aggregate::Max,
        };
        calculated(&mut values, aggregate)
    }
}

/// The rows in the order of time with the new columns behind the old ones.
///
/// Errors: those of [`require_fresh`], `time-missing`, `column-unknown`, `column-kind`, `param-invalid`, `lag-no-rows`.
pub fn lag_features(table: &Table, options: &LagFeatures) -> Result<Table, Trouble> {
    require_fresh(table)?;
    let sorted = in_order(table.rows(), options.order.as_deref())?;
    let names = chosen(&sorted, &options.columns)?;
    let reach = [&options.lags, &options.changes, &options.windows];
    if reach.iter().any(|rows| rows.iter().any(|n| *n == 0 || *n > MAX_BACK)) {
        return Err(Trouble::new(
            "param-invalid",
            say!("a number of rows is out of range", "行数超出范围"),
        )
        .expected(say!("between 1 and {MAX_BACK}", "介于 1 与 {MAX_BACK} 之间")));
    }
    let groups = groups(&sorted, &options.groups)?.rows();
    let mut result = sorted.clone();
    let mut is_complete = vec![true; sorted.n_rows()];
    for name in &names {
        let values: Vec<Option<f64>> = sorted
            .numbers(name)?
            .iter()
            .map(|value| value.filter(|value| value.is_finite()))
            .collect();
        for (ending, n_back, make) in columns_of(options) {
            let mut made = vec![None; values.len()];
            for rows in &groups {
                let history: Vec<Option<f64>> =
                    rows.iter().map(|row| values.get(*row as usize).copied().flatten()).collect();
                for (position, row) in rows.iter().enumerate() {
                    let row = *row as usize;
                    let before = history.get(..position).unwrap_or_default();
                    if before.len() < n_back
                        && let Some(is_complete) = is_complete.get_mut(row)
                    {
                        *is_complete = false;
                    }
                    if let Some(made) = made.get_mut(row) {
                        *made = make(before).filter(|value: &f64| value.is_finite());
                    }
                }
            }
            let name =
                free_name(&format!("{name}_{ending}"), |name| result.schema.get(name).is_some());
            let series: Float64Chunked = made.into_iter().collect();
            result.set(series.into_series().with_name(name.as_str().into()))?;
            result.schema.columns.push(Column::new(name, ColumnKind::Number));
        }
    }
    if options.drops_incomplete {
        let mask = BooleanChunked::from_iter_values(ROW.into(), is_complete.into_iter());
        result = result.filter(&mask)?;
        if result.n_rows() == 0 && sorted.n_rows() > 0 {
            let n = sorted.n_rows();
            return Err(Trouble::new(
                "lag-no-rows",
                say!("none of {n} rows has a history long enough", "{n} 行中没有一行的历史足够长"),
            )
            .advice(say!(
                "Look back less far, or keep incomplete rows.",
                "请减少回看的行数，或保留历史不完整的行。"
            )));
        }
    }
    Table::from_source(result.frame.drop_many([ROW]), result.schema)
}

type Make = Box<dyn Fn(&[Option<f64>]) -> Option<f64>>;

/// Ending, rows of history needed, and what is made of the values before a row, the latest last.
fn columns_of(options: &LagFeatures) -> Vec<(String, usize, Make)> {
    fn back(before: &[Option<f64>], n: usize) -> Option<f64> {
        before.get(before.len().checked_sub(n)?).copied().flatten()
    }
    let mut found: Vec<(String, usize, Make)> = Vec::new();
    for n in options.lags.iter().copied() {
        found.push((format!("lag_{n}"), n, Box::new(move |before| back(before, n))));
    }
    for n in options.changes.iter().copied() {
        found.push((
            format!("change_{n}"),
            n + 1,
            Box::new(move |before| Some(back(before, 1)? - back(before, n + 1)?)),
        ));
    }
    for n in options.windows.iter().copied() {
        for statistic in options.statistics.iter().copied() {
            found.push((
                format!("{}_{n}", statistic.id()),
                n,
                Box::new(move |before| statistic.of(before.get(before.len().checked_sub(n)?..)?)),
            ));
        }
    }
    found
}

fn chosen(rows: &Rows, named: &[String]) -> Result<Vec<String>, Trouble> {
    if !named.is_empty() {
        return rows.schema.select(named, &["number"]);
    }
    let targets = rows.schema.in_role(Role::Target);
    let targets = targets.filter(|column| column.kind == ColumnKind::Number);
    let targets: Vec<String> = targets.map(|column| column.name.clone()).collect();
    if targets.is_empty() { rows.schema.select(&[], &["number"]) } else { Ok(targets) }
}

/// The rows in the order of time; equal times stay in the order as read.
fn in_order(rows: &Rows, order: Option<&str>) -> Result<Rows, Trouble> {
    let named = order.map(|name| rows.schema.require(name)).transpose()?;
    let by_role = || rows.schema.in_role(Role::Time).next();
    let by_kind = || rows.schema.columns.iter().find(|column| column.kind == ColumnKind::Date);
    let Some(column) = named.or_else(by_role).or_else(by_kind) else { return Ok(rows.clone()) };
    let name = column.name.as_str();
    let times: Vec<Option<f64>> = match column.kind {
        ColumnKind::Number | ColumnKind::Date => {
            rows.floats(name)?.into_iter().map(|time| Some(time).filter(|t| !t.is_nan())).collect()
        }
        _ => {
            let (en, zh) = (column.kind.label().en, column.kind.label().zh);
            return Err(Trouble::new(
                "column-kind",
                say!("`{name}` is a {en} column", "`{name}` 是{zh}列"),
            )
            .expected(say!("dates or numbers, to order by", "用于排序的日期或数值"))
            .column(name));
        }
    };
    if let Some(first) = times.iter().position(Option::is_none) {
        let n = times.iter().filter(|time| time.is_none()).count();
        return Err(Trouble::new("time-missing", say!("{n} rows have no time", "{n} 行没有时间"))
            .expected(say!("a time in each row, to order them", "每行都有用于排序的时间"))
            .advice(say!(
                "Drop rows without a time before this node.",
                "请在本节点之前删除没有时间的行。"
            ))
            .column(name)
            .row(first as u64 + 1));
    }
    let mut order: Vec<u32> = (0..rows.n_rows() as u32).collect();
    let time = |row: &u32| times.get(*row as usize).copied().flatten().unwrap_or_default();
    order.sort_by(|a, b| time(a).total_cmp(&time(b)));
    let frame = rows.frame.take(&IdxCa::from_vec(ROW.into(), order)).map_err(polars_trouble)?;
    Ok(Rows { frame, schema: rows.schema.clone() })
}
