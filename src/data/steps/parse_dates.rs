//! Parse dates: texts such as `31.12.2023`, `Dec 31, 2023` or `2023年12月31日 8:30` become days or moments.

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, present};
use crate::read::{DayOrder, parse_moment_in};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Schema};
use crate::table::{Rows, polars_trouble};

/// Reads dates; what is none becomes missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ParseDates {
    /// Columns; with none named nothing changes.
    pub columns: Vec<String>,
    /// How they are written.
    pub order: DateOrder,
    /// For [`DateOrder::Pattern`], with the signs of `strftime`: `%d.%m.%Y %H:%M`.
    pub pattern: String,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<DateForm>>,
}

/// How dates are written; whatever begins with a year of four digits or names its month is clear anyway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Day or month first, whichever more training values allow; the day where both do.
    #[default]
    Auto,
    /// `31/12/2023`.
    DayFirst,
    /// `12/31/2023`.
    MonthFirst,
    /// A given pattern.
    Pattern,
}

/// How the dates of one column are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateForm {
    /// Whether the day stands before the month.
    pub is_day_first: bool,
    /// The pattern; empty for none.
    pub pattern: String,
    /// Whether the time of the day is kept, because some training value has one.
    pub has_time: bool,
}

const KINDS: &[&str] = &["number", "category", "text", "date"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Years of two digits below it belong to this century, as POSIX has it.
const CENTURY_BREAK: i32 = 69;

impl DateForm {
    /// Learns from the labels of training rows.
    pub(crate) fn learn(labels: &[Option<String>], order: DateOrder, pattern: &str) -> Self {
        let pattern = if order == DateOrder::Pattern { pattern.trim() } else { "" };
        let with =
            |is_day_first| Self { is_day_first, pattern: pattern.to_owned(), has_time: true };
        let n_read = |form: &Self| {
            labels.iter().flatten().filter(|label| form.read(label).is_some()).count()
        };
        let form = match order {
            DateOrder::Auto => {
                let (day_first, month_first) = (with(true), with(false));
                if n_read(&month_first) > n_read(&day_first) { month_first } else { day_first }
            }
            DateOrder::DayFirst | DateOrder::Pattern => with(true),
            DateOrder::MonthFirst => with(false),
        };
        let has_time = labels
            .iter()
            .flatten()
            .any(|label| form.read(label).is_some_and(|(_, has_time)| has_time));
        Self { has_time, ..form }
    }

    /// A moment and whether a time of the day was given.
    pub(crate) fn read(&self, text: &str) -> Option<(NaiveDateTime, bool)> {
        let text = text.trim();
        let found = if self.pattern.is_empty() {
            read_usual(text, self.is_day_first)
        } else {
            read_by_pattern(text, &self.pattern)
        };
        found.filter(|(moment, _)| (1..=9999).contains(&moment.year()))
    }

    /// A date column of labels.
    pub(crate) fn series(&self, name: &str, labels: &[Option<String>]) -> Result<Series, Trouble> {
        let micros = labels.iter().map(|label| {
            let (moment, _) = self.read(label.as_deref()?)?;
            let moment =
                if self.has_time { moment } else { moment.date().and_time(NaiveTime::MIN) };
            Some(moment.and_utc().timestamp_micros())
        });
        let moments = micros.collect::<Int64Chunked>().with_name(name.into()).into_series();
        let moments = moments.cast(&DataType::Datetime(TimeUnit::Microseconds, None));
        let dates = moments.and_then(|moments| {
            if self.has_time { Ok(moments) } else { moments.cast(&DataType::Date) }
        });
        dates.map_err(polars_trouble)
    }
}

impl RecipeStep for ParseDates {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        check_pattern(self.order, &self.pattern)?;
        if self.columns.is_empty() {
            return Ok(Self { fitted: Vec::new(), ..self.clone() });
        }
        let fitted = learn(training, &self.columns, KINDS, |name| {
            Ok(DateForm::learn(&training.labels(name)?, self.order, &self.pattern))
        })?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        for fitted in present(&rows, &self.fitted)? {
            // The reader may have recognised the dates already.
            if rows.schema.require(&fitted.column)?.kind == ColumnKind::Date {
                continue;
            }
            let labels = rows.labels(&fitted.column)?;
            let dates = fitted.learnt.series(&fitted.column, &labels)?;
            rows.set_all(vec![dates], Some(&ColumnKind::Date))?;
        }
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        if self.columns.is_empty() { Vec::new() } else { chosen(schema, &self.columns, KINDS) }
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        say!("Read the dates of {n} columns", "解析 {n} 列日期")
    }
}

fn check_pattern(order: DateOrder, pattern: &str) -> Result<(), Trouble> {
    let is_bad = pattern.trim().is_empty()
        || StrftimeItems::new(pattern.trim()).any(|item| matches!(item, Item::Error));
    if order != DateOrder::Pattern || !is_bad {
        return Ok(());
    }
    Err(Trouble::new("param-invalid", say!("the pattern is `{pattern}`", "格式为 `{pattern}`"))
        .expected(say!(
            "%d day, %m month, %Y year, %y two digits of it, %b name of the month, %H:%M:%S time",
            "%d 日、%m 月、%Y 年、%y 两位年份、%b 月份名、%H:%M:%S 时间"
        ))
        .param("pattern"))
}

fn read_by_pattern(text: &str, pattern: &str) -> Option<(NaiveDateTime, bool)> {
    if let Ok(moment) = NaiveDateTime::parse_from_str(text, pattern) {
        return Some((moment, true));
    }
    if let Ok(moment) = DateTime::parse_from_str(text, pattern) {
        return Some((moment.naive_local(), true));
    }
    NaiveDate::parse_from_str(text, pattern).ok().map(|day| (day.and_time(NaiveTime::MIN), false))
}

fn read_usual(text: &str, is_day_first: bool) -> Option<(NaiveDateTime, bool)> {
    let order = if is_day_first { DayOrder::DayFirst } else { DayOrder::MonthFirst };
    if let Some(moment) = parse_moment_in(text, order) {
        let found = DateTime::from_timestamp_micros(moment.micros)?;
        return Some((found.naive_utc(), moment.has_time));
    }
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let day = NaiveDate::parse_from_str(text, "%Y%m%d").ok()?;
        return Some((day.and_time(NaiveTime::MIN), false));
    }
    let (day, rest) = read_day(text, is_day_first)?;
    let rest = rest.trim_start_matches([',', '，', 'T']).trim();
    if rest.is_empty() {
        return Some((day.and_time(NaiveTime::MIN), false));
    }
    let time = ["%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p"]
        .into_iter()
        .find_map(|form| NaiveTime::parse_from_str(rest, form).ok())?;
    Some((day.and_time(time), true))
}

/// The first three words or numbers as a day, and what follows them.
fn read_day(text: &str, is_day_first: bool) -> Option<(NaiveDate, &str)> {
    let mut rest = text;
    let mut parts: Vec<&str> = Vec::with_capacity(3);
    let mut month = None;
    while parts.len() + usize::from(month.is_some()) < 3 {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "./-,，'".contains(c));
        let is_digit = rest.starts_with(|c: char| c.is_ascii_digit());
        let length = rest
            .find(|c: char| if is_digit { !c.is_ascii_digit() } else { !c.is_alphabetic() })
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at_checked(length).filter(|(part, _)| !part.is_empty())?;
        rest = after;
        if is_digit {
            parts.push(part);
            let ordinal =
                ["st", "nd", "rd", "th"].into_iter().find_map(|end| rest.strip_prefix(end));
            rest = ordinal.unwrap_or(rest);
            continue;
        }
        let word: String = part.chars().take(3).flat_map(char::to_lowercase).collect();
        let number = MONTHS.iter().zip(1_u32..).find(|(name, _)| **name == word);
        match number {
            Some((_, number)) if month.is_none() => month = Some(number),
            None if WEEKDAYS.contains(&word.as_str()) && parts.is_empty() && month.is_none() => {}
            _ => return None,
        }
    }
    if rest.starts_with(|c: char| c.is_alphanumeric() && c != 'T') {
        return None;
    }
    let mut numbers = parts.into_iter();
    let (first, second) = (numbers.next()?, numbers.next()?);
    let is_year = |part: &str| part.len() == 4;
    let (year, month, day) = match (month, numbers.next()) {
        (Some(month), None) if is_year(first) => (first, month, second.parse().ok()?),
        (Some(month), None) => (second, month, first.parse().ok()?),
        (None, Some(third)) if is_year(first) => (first, second.parse().ok()?, third.parse().ok()?),
        (None, Some(third)) if is_day_first => (third, second.parse().ok()?, first.parse().ok()?),
        (None, Some(third)) => (third, first.parse().ok()?, second.parse().ok()?),
        _ => return None,
    };
    let number: i32 = year.parse().ok()?;
    let year = match year.len() {
        4 => number,
        2 if number < CENTURY_BREAK => 2000 + number,
        2 => 1900 + number,
        _ => return None,
    };
    Some((NaiveDate::from_ymd_opt(year, month, day)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, is_day_first: bool, expected: Option<&str>) {
        let form = DateForm { is_day_first, pattern: String::new(), has_time: true };
        let found = form.read(text).map(|(moment, has_time)| {
            if has_time { moment.to_string() } else { moment.date().to_string() }
        });
        assert_eq!(found.as_deref(), expected, "{text:?}");
    }

    #[test]
    fn dates_of_many_forms_are_read() {
        for (text, expected) in [
            ("2023-12-31", "2023-12-31"),
            ("2023年12月31日", "2023-12-31"),
            ("20231231", "2023-12-31"),
            ("31.12.2023", "2023-12-31"),
            ("3/4/23", "2023-04-03"),
            ("01-02-70", "1970-02-01"),
            (" 31 December 2023 ", "2023-12-31"),
            ("Sun, 31 Dec 2023", "2023-12-31"),
            ("Dec 31st, 2023 11:59 pm", "2023-12-31 23:59:00"),
            ("31/12/2023 8:05", "2023-12-31 08:05:00"),
            ("2023-12-31T08:00:00+08:00", "2023-12-31 00:00:00"),
            ("29.2.2024", "2024-02-29"),
        ] {
            check(text, true, Some(expected));
        }
        check("3/4/23", false, Some("2023-03-04"));
        for text in [
            "",
            "31.02.2023",
            "2023-02-30",
            "32/1/2023",
            "1.2",
            "1.2.3.4",
            "hello 1 2",
            "12/31/2023",
            "99999",
            "1/1/123",
            "31.12.2023x",
        ] {
            check(text, true, None);
        }
    }

    #[test]
    fn order_and_time_are_learnt() {
        let learn = |labels: &[&str]| {
            let labels: Vec<_> = labels.iter().map(|label| Some((*label).to_owned())).collect();
            let form = DateForm::learn(&labels, DateOrder::Auto, "");
            (form.is_day_first, form.has_time)
        };
        assert_eq!(learn(&["1/2/2023", "1/13/2023"]), (false, false));
        assert_eq!(learn(&["1/2/2023", "13/1/2023 10:00"]), (true, true));
        assert_eq!(learn(&["1/2/2023"]), (true, false));
        let form = DateForm::learn(&[], DateOrder::Pattern, "%Y|%j");
        assert_eq!(
            form.read("2023|365").map(|(moment, _)| moment.date().to_string()).as_deref(),
            Some("2023-12-31")
        );
        for pattern in ["", "%", "%Q"] {
            assert!(check_pattern(DateOrder::Pattern, pattern).is_err(), "{pattern}");
        }
    }
}
