//! Group by: one row per value of some columns, with what the other columns come to.

use pg_base::{Text, Trouble, say, t};
use polars::prelude::*;

use super::keys::{Groups, gathered, groups, require_plain, role_of_aggregate};
use super::require_fresh;
use crate::schema::{Column, ColumnKind, Role, Schema};
use crate::steps::{free_name, statistics};
use crate::table::{Rows, Table, polars_trouble};

/// What many values come to; missing values are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// 0 of no values.
    Sum,
    /// Arithmetic mean.
    Mean,
    /// Median, between two values their mean.
    Median,
    /// Smallest number or earliest date.
    Min,
    /// Largest number or latest date.
    Max,
    /// Standard deviation of the sample (divided by n - 1); missing for a single value.
    Std,
    /// First value in the order of the rows.
    First,
    /// Last value in the order of the rows.
    Last,
    /// Most frequent value, of equally frequent ones the first in the order of the rows.
    MostFrequent,
    /// Number of different values.
    NDistinct,
    /// Number of values.
    Count,
}

/// How rows are grouped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupBy {
    /// Columns that agree in a group; empty for one group of all rows.
    pub keys: Vec<String>,
    /// What is calculated of which columns.
    pub aggregates: Vec<(Aggregate, Vec<String>)>,
    /// Whether a column `count` says how many rows a group has.
    pub counts_rows: bool,
}

impl Aggregate {
    /// All, in the order of the form.
    pub const ALL: [Self; 11] = [
        Self::Sum,
        Self::Mean,
        Self::Median,
        Self::Min,
        Self::Max,
        Self::Std,
        Self::First,
        Self::Last,
        Self::MostFrequent,
        Self::NDistinct,
        Self::Count,
    ];

    /// Stable id, also the ending of the new column.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Min => "min",
            Self::Max => "max",
            Self::Std => "std",
            Self::First => "first",
            Self::Last => "last",
            Self::MostFrequent => "most_frequent",
            Self::NDistinct => "n_distinct",
            Self::Count => "count",
        }
    }

    /// What the person reads.
    pub const fn label(self) -> Text {
        match self {
            Self::Sum => t("Sum", "总和"),
            Self::Mean => t("Mean", "均值"),
            Self::Median => t("Median", "中位数"),
            Self::Min => t("Smallest", "最小值"),
            Self::Max => t("Largest", "最大值"),
            Self::Std => t("Standard deviation", "标准差"),
            Self::First => t("First", "第一个"),
            Self::Last => t("Last", "最后一个"),
            Self::MostFrequent => t("Most frequent", "众数"),
            Self::NDistinct => t("Different values", "不同值个数"),
            Self::Count => t("Count of values", "非缺失个数"),
        }
    }

    /// The aggregate of an id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }

    /// Ids of the column kinds it can work on; empty for all plain ones.
    fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Sum | Self::Mean | Self::Median | Self::Std => &["number"],
            Self::Min | Self::Max => &["number", "date"],
            _ => &[],
        }
    }
}

/// One row per group, groups in the order of their first rows, keys first.
///
/// Errors: those of [`require_fresh`], `column-unknown`, `column-kind`.
pub fn group_by(table: &Table, options: &GroupBy) -> Result<Table, Trouble> {
    require_fresh(table)?;
    let rows = table.rows();
    let groups = groups(rows, &options.keys)?;
    let firsts: Vec<Option<u32>> = groups.firsts.iter().copied().map(Some).collect();
    let mut schema = Schema::default();
    let mut columns: Vec<polars::prelude::Column> = Vec::new();
    for name in &options.keys {
        if schema.get(name).is_none() {
            schema.columns.push(rows.schema.require(name)?.clone());
            columns.push(gathered(rows, name, &firsts)?.into());
        }
    }
    let mut add = |column: Column, values: Series| {
        let name = free_name(&column.name, |name| schema.get(name).is_some());
        columns.push(values.with_name(name.as_str().into()).into());
        schema.columns.push(Column { name, ..column });
    };
    let members = groups.rows();
    if options.counts_rows {
        let counts = members.iter().map(|rows| rows.len() as f64);
        let counts = Float64Chunked::from_iter_values("".into(), counts).into_series();
        add(Column::new("count", ColumnKind::Number), counts);
    }
    let mut has_target = options
        .keys
        .iter()
        .any(|name| rows.schema.get(name).is_some_and(|column| column.role == Role::Target));
    for (aggregate, names) in options.aggregates.iter().filter(|(_, names)| !names.is_empty()) {
        for name in &rows.schema.select(names, aggregate.kinds())? {
            let (kind, values) = aggregated(rows, name, &members, *aggregate)?;
            let role = role_of_aggregate(rows.schema.require(name)?.role, has_target);
            has_target |= role == Role::Target;
            let name = format!("{name}_{}", aggregate.id());
            add(Column { name, kind, role }, values);
        }
    }
    let n_rows = groups.firsts.len();
    Table::from_source(DataFrame::new(n_rows, columns).map_err(polars_trouble)?, schema)
}

/// One value per group of rows.
pub(super) fn aggregated(
    rows: &Rows,
    name: &str,
    groups: &[Vec<u32>],
    aggregate: Aggregate,
) -> Result<(ColumnKind, Series), Trouble> {
    let column = rows.schema.require(name)?;
    if !aggregate.kinds().is_empty() && !aggregate.kinds().contains(&column.kind.id()) {
        let (en, zh) = (column.kind.label().en, column.kind.label().zh);
        let wanted = aggregate.kinds().join(" / ");
        return Err(Trouble::new(
            "column-kind",
            say!("`{name}` is a {en} column", "`{name}` 是{zh}列"),
        )
        .expected(say!("{wanted}", "{wanted}"))
        .column(name));
    }
    require_plain(rows, name)?;
    let number = |values: Vec<Option<f64>>| {
        (ColumnKind::Number, values.into_iter().collect::<Float64Chunked>().into_series())
    };
    let picked =
        |places: Vec<Option<u32>>| Ok((column.kind.clone(), gathered(rows, name, &places)?));
    let is_there = rows.column(name)?.is_not_null();
    let present = |group: &Vec<u32>| -> Vec<u32> {
        group.iter().copied().filter(|row| is_there.get(*row as usize) == Some(true)).collect()
    };
    Ok(match aggregate {
        Aggregate::Count => {
            number(groups.iter().map(|group| Some(present(group).len() as f64)).collect())
        }
        Aggregate::First => {
            picked(groups.iter().map(|group| present(group).first().copied()).collect())?
        }
        Aggregate::Last => {
            picked(groups.iter().map(|group| present(group).last().copied()).collect())?
        }
        Aggregate::NDistinct | Aggregate::MostFrequent => {
            let labels = super::keys::groups(rows, &[name.to_owned()])?;
            let found = groups.iter().map(|group| counted(&labels, &present(group)));
            if aggregate == Aggregate::NDistinct {
                number(found.map(|(n_distinct, _)| Some(n_distinct as f64)).collect())
            } else {
                picked(found.map(|(_, most_frequent)| most_frequent).collect())?
            }
        }
        Aggregate::Min | Aggregate::Max => {
            let values = rows.floats(name)?;
            let value = |row: &u32| values.get(*row as usize).copied().unwrap_or(f64::NAN);
            let extreme = |group: &Vec<u32>| {
                let rows = present(group);
                let by_value = |a: &u32, b: &u32| value(a).total_cmp(&value(b));
                match aggregate {
                    Aggregate::Min => rows.into_iter().min_by(by_value),
                    _ => rows.into_iter().max_by(by_value),
                }
            };
            picked(groups.iter().map(extreme).collect())?
        }
        Aggregate::Sum | Aggregate::Mean | Aggregate::Median | Aggregate::Std => {
            let values = rows.floats(name)?;
            let of_group = |group: &Vec<u32>| {
                let values = group.iter().filter_map(|row| values.get(*row as usize).copied());
                let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
                calculated(&mut values, aggregate).filter(|value| value.is_finite())
            };
            number(groups.iter().map(of_group).collect())
        }
    })
}

/// A statistic of finite values.
pub(super) fn calculated(values: &mut [f64], aggregate: Aggregate) -> Option<f64> {
    match aggregate {
        Aggregate::Sum => Some(values.iter().sum()),
        Aggregate::Mean => statistics::mean(values),
        Aggregate::Median => statistics::quantile(values, 0.5),
        Aggregate::Min => values.iter().copied().reduce(f64::min),
        Aggregate::Max => values.iter().copied().reduce(f64::max),
        Aggregate::Std => {
            let mean = statistics::mean(values).filter(|_| values.len() > 1)?;
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            Some((squares / (values.len() - 1) as f64).sqrt())
        }
        _ => None,
    }
}

/// How many labels some rows have, and the first row with the most frequent one.
fn counted(labels: &Groups, rows: &[u32]) -> (usize, Option<u32>) {
    let mut counts: std::collections::BTreeMap<u32, (usize, u32)> =
        std::collections::BTreeMap::new();
    for row in rows {
        let label = labels.of_row.get(*row as usize).copied().unwrap_or_default();
        counts.entry(label).or_insert((0, *row)).0 += 1;
    }
    let best = counts.values().max_by_key(|(n, first)| (*n, std::cmp::Reverse(*first)));
    (counts.len(), best.map(|(_, first)| *first))
}
