//! The functions and operators of the language, one line each, and those that need more than a line.

mod dates;
mod logic;
mod numbers;
mod texts;

use std::cmp::Ordering;

use pg_base::Trouble;

use super::compile::Args;
use super::typed::Typed;
use crate::calendar::Calendar;

/// A function or an operator.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// Names that other tools use.
    others: &'static [&'static str],
    /// How it is written.
    pub(super) usage: &'static str,
    body: Body,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

type Compile = for<'a> fn(Args<'a>) -> Result<Typed<'a>, Trouble>;

/// What a function does.
#[derive(Debug)]
enum Body {
    Number(fn(f64) -> f64),
    Numbers(fn(f64, f64) -> f64),
    /// Any number of numbers, from left to right.
    Fold(fn(f64, f64) -> f64),
    Compare(fn(Ordering) -> bool),
    Text(fn(&str) -> String),
    TextTest(fn(&str, &str) -> bool),
    DatePart(fn(&Calendar) -> i64),
    Special(Compile),
}

impl Function {
    /// Compiles a call.
    pub(super) fn compile<'a>(&self, mut args: Args<'a>) -> Result<Typed<'a>, Trouble> {
        match self.body {
            Body::Number(map) => {
                args.counted(1..=1)?;
                let value = args.number()?;
                Ok(Typed::number(move |row| value(row).map(map)))
            }
            Body::Numbers(map) => {
                args.counted(2..=2)?;
                let (a, b) = (args.number()?, args.number()?);
                Ok(Typed::number(move |row| Some(map(a(row)?, b(row)?))))
            }
            Body::Fold(fold) => numbers::fold(args, fold),
            Body::Compare(accepts) => logic::compare(args, accepts),
            Body::Text(map) => {
                args.counted(1..=1)?;
                let value = args.text()?;
                Ok(Typed::text(move |row| Some(map(&value(row)?))))
            }
            Body::TextTest(test) => {
                args.counted(2..=2)?;
                let (a, b) = (args.text()?, args.text()?);
                Ok(Typed::flag(move |row| Some(test(&a(row)?, &b(row)?))))
            }
            Body::DatePart(part) => {
                args.counted(1..=1)?;
                let value = args.date()?;
                Ok(Typed::number(move |row| Some(part(&Calendar::of(value(row)?)) as f64)))
            }
            Body::Special(compile) => compile(args),
        }
    }
}

/// The function of a name, whatever its capital letters.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    let name = name.to_ascii_lowercase();
    ALL.iter().find(|function| function.name == name || function.others.contains(&name.as_str()))
}

/// Names of all functions, without operators.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let is_word = |name: &&str| name.starts_with(|c: char| c.is_ascii_lowercase());
    ALL.iter().map(|function| function.name).filter(is_word)
}

const fn new(
    name: &'static str,
    others: &'static [&'static str],
    usage: &'static str,
    body: Body,
) -> Function {
    Function { name, others, usage, body }
}

static ALL: &[Function] = &[
    new("+", &[], "a + b", Body::Special(dates::add)),
    new("-", &[], "a - b", Body::Special(dates::subtract)),
    new("*", &[], "a * b", Body::Numbers(|a, b| a * b)),
    new("/", &[], "a / b", Body::Numbers(|a, b| a / b)),
    new("%", &["mod"], "a % b", Body::Numbers(numbers::modulo)),
    new("^", &["power", "pow"], "a ^ b", Body::Numbers(f64::powf)),
    new("negative", &[], "-a", Body::Number(|a| -a)),
    new("=", &[], "a = b", Body::Compare(Ordering::is_eq)),
    new("!=", &[], "a != b", Body::Compare(Ordering::is_ne)),
    new("<", &[], "a < b", Body::Compare(Ordering::is_lt)),
    new("<=", &[], "a <= b", Body::Compare(Ordering::is_le)),
    new(">", &[], "a > b", Body::Compare(Ordering::is_gt)),
    new(">=", &[], "a >= b", Body::Compare(Ordering::is_ge)),
    new("and", &[], "a and b", Body::Special(logic::and)),
    new("or", &[], "a or b", Body::Special(logic::or)),
    new("not", &[], "not a", Body::Special(logic::not)),
    new("&", &["concat", "concatenate"], "a & b", Body::Special(texts::concat)),
    new("if", &["iff", "ifelse"], "if(condition, then, else)", Body::Special(logic::choose)),
    new("coalesce", &["ifnull", "fillna"], "coalesce(a, b, …)", Body::Special(logic::coalesce)),
    new(
        "is_missing",
        &["isna", "isnull", "is_null"],
        "is_missing(a)",
        Body::Special(logic::is_missing),
    ),
    new("one_of", &["in", "is_in", "isin"], "one_of(a, b, c, …)", Body::Special(logic::one_of)),
    new("min", &["least"], "min(a, b, …)", Body::Fold(f64::min)),
    new("max", &["greatest"], "max(a, b, …)", Body::Fold(f64::max)),
    new("sum", &[], "sum(a, b, …)", Body::Fold(|a, b| a + b)),
    new("mean", &["average", "avg"], "mean(a, b, …)", Body::Special(numbers::mean)),
    new("abs", &[], "abs(x)", Body::Number(f64::abs)),
    new("sign", &[], "sign(x)", Body::Number(|x| if x == 0.0 { 0.0 } else { x.signum() })),
    new("sqrt", &[], "sqrt(x)", Body::Number(f64::sqrt)),
    new("cbrt", &[], "cbrt(x)", Body::Number(f64::cbrt)),
    new("exp", &[], "exp(x)", Body::Number(f64::exp)),
    new("log", &["ln"], "log(x) or log(x, base)", Body::Special(numbers::log)),
    new("log10", &[], "log10(x)", Body::Number(f64::log10)),
    new("log2", &[], "log2(x)", Body::Number(f64::log2)),
    new("log1p", &[], "log1p(x)", Body::Number(f64::ln_1p)),
    new("expm1", &[], "expm1(x)", Body::Number(f64::exp_m1)),
    new("round", &[], "round(x) or round(x, digits)", Body::Special(numbers::round)),
    new("floor", &[], "floor(x)", Body::Number(f64::floor)),
    new("ceil", &["ceiling"], "ceil(x)", Body::Number(f64::ceil)),
    new("trunc", &["int"], "trunc(x)", Body::Number(f64::trunc)),
    new("sin", &[], "sin(x)", Body::Number(f64::sin)),
    new("cos", &[], "cos(x)", Body::Number(f64::cos)),
    new("tan", &[], "tan(x)", Body::Number(f64::tan)),
    new("asin", &[], "asin(x)", Body::Number(f64::asin)),
    new("acos", &[], "acos(x)", Body::Number(f64::acos)),
    new("atan", &[], "atan(x)", Body::Number(f64::atan)),
    new("atan2", &[], "atan2(y, x)", Body::Numbers(f64::atan2)),
    new("tanh", &[], "tanh(x)", Body::Number(f64::tanh)),
    new("pi", &[], "pi()", Body::Special(numbers::pi)),
    new("clip", &["clamp"], "clip(x, low, high)", Body::Special(numbers::clip)),
    new("bucket", &["cut", "bin"], "bucket(x, 18, 65, …)", Body::Special(numbers::bucket)),
    new("number", &["to_number", "value", "float"], "number(text)", Body::Special(numbers::number)),
    new("text", &["to_text", "str", "string"], "text(a)", Body::Special(texts::text)),
    new("lower", &["lowercase", "to_lower"], "lower(text)", Body::Text(str::to_lowercase)),
    new("upper", &["uppercase", "to_upper"], "upper(text)", Body::Text(str::to_uppercase)),
    new("trim", &["strip"], "trim(text)", Body::Text(|text| text.trim().to_owned())),
    new("length", &["len"], "length(text)", Body::Special(texts::length)),
    new("contains", &["has"], "contains(text, part)", Body::TextTest(|a, b| a.contains(b))),
    new(
        "starts_with",
        &["startswith"],
        "starts_with(text, part)",
        Body::TextTest(|a, b| a.starts_with(b)),
    ),
    new("ends_with", &["endswith"], "ends_with(text, part)", Body::TextTest(|a, b| a.ends_with(b))),
    new("replace", &["substitute"], "replace(text, old, new)", Body::Special(texts::replace)),
    new("left", &[], "left(text, characters)", Body::Special(texts::left)),
    new("right", &[], "right(text, characters)", Body::Special(texts::right)),
    new(
        "substring",
        &["mid", "substr"],
        "substring(text, first, characters)",
        Body::Special(texts::substring),
    ),
    new(
        "matches",
        &["regex", "regexp"],
        "matches(text, \"pattern\")",
        Body::Special(texts::matches),
    ),
    new("extract", &["regex_extract"], "extract(text, \"pattern\")", Body::Special(texts::extract)),
    new(
        "date",
        &["to_date"],
        "date(\"2024-01-31\") or date(year, month, day)",
        Body::Special(dates::date),
    ),
    new(
        "days_between",
        &["datediff", "date_diff"],
        "days_between(from, to)",
        Body::Special(dates::days_between),
    ),
    new("year", &[], "year(date)", Body::DatePart(|date| date.year)),
    new("quarter", &[], "quarter(date)", Body::DatePart(Calendar::quarter)),
    new("month", &[], "month(date)", Body::DatePart(|date| date.month)),
    new("week", &["isoweek", "weeknum"], "week(date)", Body::DatePart(Calendar::week)),
    new("day", &[], "day(date)", Body::DatePart(|date| date.day)),
    new("day_of_year", &["dayofyear"], "day_of_year(date)", Body::DatePart(Calendar::day_of_year)),
    new(
        "weekday",
        &["dayofweek", "day_of_week"],
        "weekday(date), 1 is Monday",
        Body::DatePart(Calendar::weekday),
    ),
    new("hour", &[], "hour(date)", Body::DatePart(|date| date.hour)),
    new("minute", &[], "minute(date)", Body::DatePart(|date| date.minute)),
];
