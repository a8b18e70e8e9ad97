//! Convert type: texts become numbers, numbers categories, and so on, with the signs that people write around numbers.

use std::collections::BTreeMap;

use chrono::DateTime;
use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::parse_dates::{DateForm, DateOrder};
use super::{Fitted, chosen, learn, present};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Schema};
use crate::table::Rows;

/// Changes what a column holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConvertType {
    /// Columns; with none named nothing changes.
    pub columns: Vec<String>,
    /// What they become.
    pub to: Target,
    /// The decimal sign of numbers written as text.
    pub decimal: Decimal,
    /// Whether a value that cannot be converted is an error while building; else, and in new rows, it becomes missing.
    pub strays_fail: bool,
    /// How the values of each column are read.
    #[serde(default)]
    pub fitted: Vec<Fitted<Form>>,
}

/// What a column becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Numbers; dates become days since 1970.
    #[default]
    Number,
    /// Categories.
    Category,
    /// Texts.
    Text,
    /// Days or moments.
    Date,
}

/// The decimal sign; the other one of comma and point separates thousands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimal {
    /// A comma where training values prove it and none speaks against it, else a point.
    #[default]
    Auto,
    /// `1,234.5`.
    Point,
    /// `1.234,5`.
    Comma,
}

/// How the values of one column are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Numbers.
    Number {
        /// Whether a comma is the decimal sign.
        has_comma: bool,
        /// The unit behind most values, which is left out; empty without one.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        unit: String,
    },
    /// Labels.
    Label,
    /// Dates.
    Date(DateForm),
}

const KINDS: &[&str] = &["number", "category", "text", "date"];
const CURRENCIES: [&str; 16] = [
    "USD",
    "EUR",
    "GBP",
    "CNY",
    "RMB",
    "JPY",
    "CHF",
    "HKD",
    "人民币",
    "美元",
    "欧元",
    "日元",
    "港币",
    "元",
    "kr",
    "zł",
];

impl ConvertType {
    fn kind(&self) -> ColumnKind {
        match self.to {
            Target::Number => ColumnKind::Number,
            Target::Category => ColumnKind::Category,
            Target::Text => ColumnKind::Text,
            Target::Date => ColumnKind::Date,
        }
    }

    fn form(&self, training: &Rows, name: &str) -> Result<Form, Trouble> {
        let labels = || labels(training, name);
        Ok(match self.to {
            Target::Number => {
                let labels = labels()?;
                let labels = || labels.iter().flatten().map(String::as_str);
                let unit = unit_of(labels());
                let has_comma = match self.decimal {
                    Decimal::Auto => is_comma_proved(labels().map(|text| without(&unit, text))),
                    decimal => decimal == Decimal::Comma,
                };
                Form::Number { has_comma, unit }
            }
            Target::Category | Target::Text => Form::Label,
            Target::Date => Form::Date(DateForm::learn(&labels()?, DateOrder::Auto, "")),
        })
    }
}

impl RecipeStep for ConvertType {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        if self.columns.is_empty() {
            return Ok(Self { fitted: Vec::new(), ..self.clone() });
        }
        let fitted = learn(training, &self.columns, KINDS, |name| self.form(training, name))?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        for fitted in present(&rows, &self.fitted)? {
            let name = &fitted.column;
            let converted = convert(&rows, name, &fitted.learnt)?;
            let Some(converted) = converted else {
                if let Some(column) = rows.schema.get_mut(name) {
                    column.kind = self.kind();
                }
                continue;
            };
            if self.strays_fail && purpose == Purpose::Building {
                refuse_strays(&rows, name, &converted)?;
            }
            rows.set_all(vec![converted], Some(&self.kind()))?;
        }
        Ok(rows)
    }

    fn depends_on_parts(&self) -> bool {
        matches!(self.to, Target::Number | Target::Date)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        if self.columns.is_empty() { Vec::new() } else { chosen(schema, &self.columns, KINDS) }
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        let kind = self.kind().label();
        let (en, zh) = (kind.en, kind.zh);
        say!("Convert {n} columns to {en}", "将 {n} 列转换为{zh}")
    }
}

/// A number as people write it: with thousands, a currency, a percent sign, in full-width digits, negative in brackets.
pub(crate) fn read_number(text: &str, has_comma: bool) -> Option<f64> {
    let unified: String =
        if text.is_ascii() { text.trim().to_owned() } else { text.nfkc().collect() };
    let mut rest = unified.trim();
    let mut sign = 1.0;
    if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (rest, sign) = (inner.trim(), -1.0);
    }
    let mut scale = 1.0_f64;
    loop {
        let before = rest;
        rest = rest.trim_matches(|c: char| c.is_whitespace() || is_currency(c));
        for name in CURRENCIES {
            rest = rest.strip_prefix(name).or_else(|| rest.strip_suffix(name)).unwrap_or(rest);
        }
        for (ending, unit) in [("%", 0.01), ("‰", 0.001), ("万", 1e4), ("亿", 1e8)] {
            if let Some(number) = rest.strip_suffix(ending)
                && scale == 1.0
            {
                (rest, scale) = (number, unit);
            }
        }
        if let Some(number) = rest.strip_prefix(['-', '−', '–'])
            && sign > 0.0
        {
            (rest, sign) = (number, -1.0);
        }
        if rest == before {
            break;
        }
    }
    let plain = plain_digits(rest.strip_prefix('+').unwrap_or(rest), has_comma)?;
    let number = plain.parse::<f64>().ok().filter(|number| number.is_finite())?;
    // Dividing is exact where multiplying by a hundredth is not: 7 % is 0.07.
    Some(sign * if scale < 1.0 { number / (1.0 / scale).round() } else { number * scale })
}

fn is_currency(c: char) -> bool {
    matches!(c, '$' | '€' | '£' | '¥' | '￥' | '¢' | '\u{20a0}'..='\u{20c0}' | '฿')
}

/// Digits with a point, if it is one number: groups of thousands must be complete.
fn plain_digits(text: &str, has_comma: bool) -> Option<String> {
    let (decimal, thousands) = if has_comma { (',', '.') } else { ('.', ',') };
    let is_group_sign =
        |c: char| c == thousands || c.is_whitespace() || matches!(c, '\'' | '’' | '_');
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, ""),
    };
    let (whole, fraction) = match mantissa.split_once(decimal) {
        Some((whole, fraction)) => (whole, fraction),
        None => (mantissa, ""),
    };
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = whole.split(is_group_sign).collect();
    let (last, others) = groups.split_last()?;
    // The first of several groups is short, the last has three digits, those between two (in India) or three.
    let is_grouped = others.is_empty()
        || (last.len() == 3
            && others.iter().enumerate().all(|(at, group)| {
                if at == 0 {
                    (1..=3).contains(&group.len())
                } else {
                    (2..=3).contains(&group.len())
                }
            }));
    let has_digit = !whole.is_empty() || !fraction.is_empty();
    if !has_digit
        || !is_grouped
        || !groups.iter().all(|group| is_digits(group))
        || !is_digits(fraction)
    {
        return None;
    }
    Some(format!("{}.{fraction}0{exponent}", groups.concat()))
}

/// The unit that at least four in five values have behind their number, such as `CC` of `1248 CC`; empty without one.
pub(crate) fn unit_of<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    const MAX_CHARACTERS: usize = 12;
    let is_of_unit = |c: char| c.is_alphabetic() || "/°µ²³".contains(c);
    let (mut n_texts, mut counts) = (0, BTreeMap::<&str, usize>::new());
    for text in texts {
        n_texts += 1;
        let text = text.trim();
        let number = text.trim_end_matches(is_of_unit);
        let unit = text.get(number.len()..).unwrap_or_default();
        if !unit.is_empty()
            && unit.chars().count() <= MAX_CHARACTERS
            && [true, false].iter().any(|has_comma| read_number(number, *has_comma).is_some())
        {
            *counts.entry(unit).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.filter(|(_, count)| 5 * count >= 4 * n_texts)
        .map_or_else(String::new, |(unit, _)| unit.to_owned())
}

/// A text without the unit at its end.
pub(crate) fn without<'a>(unit: &str, text: &'a str) -> &'a str {
    text.trim_end().strip_suffix(unit).unwrap_or(text)
}

/// Whether some value can only have a decimal comma and none only a decimal point.
fn is_comma_proved<'a>(labels: impl Iterator<Item = &'a str>) -> bool {
    let mut is_proved = false;
    for label in labels {
        match (read_number(label, true), read_number(label, false)) {
            (Some(_), None) => is_proved = true,
            (None, Some(_)) => return false,
            _ => {}
        }
    }
    is_proved
}

/// Values as text; dates as `2023-12-31` or `2023-12-31 08:30:00`.
fn labels(rows: &Rows, name: &str) -> Result<Vec<Option<String>>, Trouble> {
    if rows.schema.require(name)?.kind != ColumnKind::Date {
        return rows.labels(name);
    }
    let form = match rows.column(name)?.dtype() {
        DataType::Date => "%Y-%m-%d",
        _ => "%Y-%m-%d %H:%M:%S",
    };
    let label = |seconds: f64| {
        let moment = DateTime::from_timestamp(seconds as i64, 0).filter(|_| seconds.is_finite())?;
        Some(moment.format(form).to_string())
    };
    Ok(rows.floats(name)?.into_iter().map(label).collect())
}

/// The converted column; none where the values stay as they are.
fn convert(rows: &Rows, name: &str, form: &Form) -> Result<Option<Series>, Trouble> {
    let kind = &rows.schema.require(name)?.kind;
    let series = match (form, kind) {
        (Form::Number { .. }, ColumnKind::Number)
        | (Form::Label, ColumnKind::Category | ColumnKind::Text)
        | (Form::Date(_), ColumnKind::Date) => return Ok(None),
        (Form::Number { .. }, ColumnKind::Date) => {
            let days = rows
                .floats(name)?
                .into_iter()
                .map(|seconds| Some(seconds / 86_400.0).filter(|days| !days.is_nan()));
            days.collect::<Float64Chunked>().into_series()
        }
        (Form::Number { has_comma, unit }, _) => {
            let texts = rows.texts(name)?;
            let numbers = texts.iter().map(|text| read_number(without(unit, text?), *has_comma));
            numbers.collect::<Float64Chunked>().into_series()
        }
        (Form::Label, _) => {
            labels(rows, name)?.into_iter().collect::<StringChunked>().into_series()
        }
        (Form::Date(form), _) => form.series(name, &rows.labels(name)?)?,
    };
    Ok(Some(series.with_name(name.into())))
}

fn refuse_strays(rows: &Rows, name: &str, converted: &Series) -> Result<(), Trouble> {
    let was_there = rows.column(name)?.is_not_null();
    let is_missing = converted.is_null();
    let stray = was_there
        .iter()
        .zip(is_missing.iter())
        .position(|(was, is)| was == Some(true) && is == Some(true));
    let Some(at) = stray else { return Ok(()) };
    let value = labels(rows, name)?.into_iter().nth(at).flatten().unwrap_or_default();
    let row = rows.row_numbers().get(at).copied().unwrap_or_default();
    Err(Trouble::new("value-stray", say!("`{value}` cannot be converted", "无法转换 `{value}`"))
        .advice(say!(
            "Correct the value, map it with Map values, or let such values become missing.",
            "请更正该值、用“映射取值”替换，或允许此类值变为缺失。"
        ))
        .column(name)
        .row(u64::from(row)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::tests::{numbers, table, texts};

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, expected) in [
            ("12", 12.0),
            (" -1,234.50 ", -1234.5),
            ("$1,234", 1234.0),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("(3.5)", -3.5),
            ("7%", 0.07),
            ("５０％", 0.5),
            ("1 234", 1234.0),
            ("1\u{a0}234", 1234.0),
            ("1'234'567.8", 1_234_567.8),
            ("12,34,567", 1_234_567.0),
            ("99.9元", 99.9),
            ("¥ 3.2万", 32_000.0),
            ("EUR 5", 5.0),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
        ] {
            assert_eq!(read_number(text, false), Some(expected), "{text}");
        }
        assert_eq!(read_number("1.234,5 €", true), Some(1234.5));
        assert_eq!(read_number("0,5", true), Some(0.5));
        for text in [
            "", "-", "$", "%", "abc", "1,2,3", "12,3", "1.2.3", "inf", "NaN", "1e999", "--5", "(5",
            "1234,567", "e5", ".",
        ] {
            assert_eq!(read_number(text, false), None, "{text}");
        }
    }

    #[test]
    fn the_decimal_sign_is_learnt() {
        let proved = |labels: &[&str]| is_comma_proved(labels.iter().copied());
        assert!(proved(&["1.234", "0,5"]));
        assert!(!proved(&["1,234", "0.5"]));
        assert!(!proved(&["0,5", "0.5"]));
        assert!(!proved(&["1,234"]));
    }

    #[test]
    fn units_are_left_out() {
        let check = |texts: &[&str], unit: &str| {
            assert_eq!(unit_of(texts.iter().copied()), unit, "{texts:?}");
        };
        check(&["1248 CC", "998 CC", " 1,197 CC "], "CC");
        check(&["12,5kg", "7kg"], "kg");
        check(&["21.5 kmpl", "17 kmpl", "19 kmpl", "20 kmpl", "26 km/kg"], "kmpl");
        check(&["12A", "7B", "9C"], "");
        check(&["1", "2"], "");
        check(&["$5", "7 %"], "");
        let (kind, engines) = texts(ColumnKind::Text, &[Some("1248 CC"), Some("998"), Some("9 l")]);
        let step = ConvertType { columns: vec!["x".to_owned()], ..ConvertType::default() };
        let form = Form::Number { has_comma: false, unit: "CC".to_owned() };
        let fitted = vec![Fitted { column: "x".to_owned(), is_feature: true, learnt: form }];
        let step = ConvertType { fitted, ..step };
        let rows = table(vec![("x", kind, engines)]).rows().clone();
        let found = step.apply(rows, Purpose::Replaying).expect("converts");
        let found: Vec<Option<f64>> = found.numbers("x").expect("numbers").iter().collect();
        assert_eq!(found, [Some(1248.0), Some(998.0), None]);
    }

    #[test]
    fn columns_change_their_kind_and_strays_are_named() {
        let (category, prices) = texts(ColumnKind::Category, &[Some("1,5 €"), None, Some("free")]);
        let (number, codes) = numbers(&[Some(1.0), Some(2.5), None]);
        let table = table(vec![("price", category, prices), ("code", number, codes)]);
        let to = |name: &str, to, strays_fail| {
            table.then(ConvertType {
                columns: vec![name.to_owned()],
                to,
                strays_fail,
                ..ConvertType::default()
            })
        };
        let found = to("price", Target::Number, false).expect("converts");
        assert_eq!(found.rows().floats("price").expect("numbers")[0], 1.5);
        assert_eq!(found.rows().numbers("price").expect("numbers").null_count(), 2);
        let found = to("code", Target::Category, true).expect("converts");
        assert_eq!(
            found.rows().labels("code").expect("labels"),
            [Some("1".into()), Some("2.5".into()), None]
        );
        let trouble = to("price", Target::Number, true).expect_err("a stray");
        assert_eq!((trouble.code.as_str(), trouble.details.place.row), ("value-stray", Some(3)));
        let dates = to("price", Target::Date, false).expect("converts");
        assert_eq!(dates.schema().columns[0].kind, ColumnKind::Date);
    }
}
