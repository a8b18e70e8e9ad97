//! Date features: the year, month, weekday and other parts of dates as numbers, cyclic ones as points on a circle.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, present};
use crate::calendar::Calendar;
use crate::read::MICROS_PER_DAY;
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Column, ColumnKind, Schema};
use crate::table::Rows;

/// Replaces dates by their parts, or puts the parts behind them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DateFeatures {
    /// Columns; empty for all date features.
    pub columns: Vec<String>,
    /// The parts, in order.
    pub parts: Vec<DatePart>,
    /// How parts that return (months, weekdays, hours …) are written.
    pub cycles: Cycles,
    /// Whether the date itself stays.
    pub keeps_date: bool,
    /// The first training date of each column in microseconds since 1970, from which days are counted.
    #[serde(default)]
    pub fitted: Vec<Fitted<i64>>,
}

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatePart {
    /// Year.
    Year,
    /// 1 to 4.
    Quarter,
    /// 1 to 12.
    Month,
    /// ISO week, 1 to 53.
    Week,
    /// Day of the month, 1 to 31.
    Day,
    /// Day of the year, 1 to 366.
    DayOfYear,
    /// 1 (Monday) to 7 (Sunday).
    Weekday,
    /// 1 on Saturdays and Sundays, else 0.
    IsWeekend,
    /// 0 to 23.
    Hour,
    /// Days since the first training date, with their fraction.
    DaysSince,
}

/// How parts that return are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cycles {
    /// As plain numbers.
    #[default]
    Numbers,
    /// As sine and cosine, so that December lies beside January.
    Circle,
    /// Both.
    Both,
}

impl DatePart {
    /// All parts.
    pub const ALL: [Self; 10] = [
        Self::Year,
        Self::Quarter,
        Self::Month,
        Self::Week,
        Self::Day,
        Self::DayOfYear,
        Self::Weekday,
        Self::IsWeekend,
        Self::Hour,
        Self::DaysSince,
    ];

    /// Stable id, also the ending of the new column.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::DayOfYear => "day_of_year",
            Self::Weekday => "weekday",
            Self::IsWeekend => "is_weekend",
            Self::Hour => "hour",
            Self::DaysSince => "days_since",
        }
    }

    fn of(self, micros: i64, first: i64) -> f64 {
        let date = Calendar::of(micros);
        let part = match self {
            Self::Year => date.year,
            Self::Quarter => date.quarter(),
            Self::Month => date.month,
            Self::Week => date.week(),
            Self::Day => date.day,
            Self::DayOfYear => date.day_of_year(),
            Self::Weekday => date.weekday(),
            Self::IsWeekend => i64::from(date.weekday() > 5),
            Self::Hour => date.hour,
            Self::DaysSince => {
                let since = i128::from(micros) - i128::from(first);
                return since as f64 / MICROS_PER_DAY as f64;
            }
        };
        part as f64
    }

    /// The smallest value and the length of the cycle; none for parts that do not return.
    fn cycle(self) -> Option<(f64, f64)> {
        match self {
            Self::Quarter => Some((1.0, 4.0)),
            Self::Month => Some((1.0, 12.0)),
            Self::Week => Some((1.0, 53.0)),
            Self::Day => Some((1.0, 31.0)),
            Self::DayOfYear => Some((1.0, 366.0)),
            Self::Weekday => Some((1.0, 7.0)),
            Self::Hour => Some((0.0, 24.0)),
            Self::Year | Self::IsWeekend | Self::DaysSince => None,
        }
    }
}

impl DateFeatures {
    /// Endings and values of the columns that a part gives.
    fn columns_of(
        &self,
        part: DatePart,
        micros: &Int64Chunked,
        first: i64,
    ) -> Vec<(String, Series)> {
        let values = || micros.iter().map(|micros| micros.map(|micros| part.of(micros, first)));
        let cycle = part.cycle().filter(|_| self.cycles != Cycles::Numbers);
        let mut found = Vec::new();
        let mut add = |ending: &str, values: Float64Chunked| {
            found.push((format!("{}{ending}", part.id()), values.into_series()));
        };
        if cycle.is_none() || self.cycles == Cycles::Both {
            add("", values().collect());
        }
        if let Some((smallest, length)) = cycle {
            let angle = |value: f64| (value - smallest) / length * TAU;
            add("_sin", values().map(|value| value.map(|value| angle(value).sin())).collect());
            add("_cos", values().map(|value| value.map(|value| angle(value).cos())).collect());
        }
        found
    }
}

impl RecipeStep for DateFeatures {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted = learn(training, &self.columns, &["date"], |name| {
            if !self.depends_on_parts() {
                return Ok(0);
            }
            Ok(training.moments(name)?.iter().flatten().min().unwrap_or_default())
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let mut new = BTreeMap::new();
        for fitted in present(&rows, &self.fitted)? {
            let name = &fitted.column;
            let column = rows.schema.require(name)?.clone();
            let micros = if column.kind == ColumnKind::Date {
                rows.moments(name)?
            } else {
                Int64Chunked::full_null(name.as_str().into(), rows.n_rows())
            };
            let mut parts = Vec::new();
            if self.keeps_date {
                parts.push((column.clone(), rows.column(name)?.as_materialized_series().clone()));
            }
            for part in &self.parts {
                for (ending, values) in self.columns_of(*part, &micros, fitted.learnt) {
                    let column = Column::new(format!("{name}_{ending}"), ColumnKind::Number);
                    parts.push((column, values));
                }
            }
            new.insert(name.clone(), parts);
        }
        rows.replace(new)?;
        Ok(rows)
    }

    fn depends_on_parts(&self) -> bool {
        self.parts.contains(&DatePart::DaysSince)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        if self.depends_on_parts() { chosen(schema, &self.columns, &["date"]) } else { Vec::new() }
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn describe(&self) -> Words {
        let (n, n_parts) = (self.fitted.len(), self.parts.len());
        say!("Take {n_parts} parts of {n} dates", "提取 {n} 个日期列的 {n_parts} 个部分")
    }
}
