//! Turns the cells of one column into typed values: numbers, dates or text, with what did not fit counted and named.

use pg_base::{Trouble, say};
use polars::prelude::*;

use super::dates::{Moment, parse_moment_in};
use super::notation::{Decimal, Notation};
use super::numbers::{Number, parse_number};
use crate::schema::{ColumnKind, ImageForm};
use crate::table::polars_trouble;

/// How cells are to be understood: which mean "missing", and how numbers and days are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    texts: Vec<String>,
    longest: usize,
    /// Whether a number must be looked at twice: it may mean "missing", or a point in it may separate thousands.
    hold_numbers: bool,
    notation: Notation,
    /// Whether blanks around texts are a part of them, where text is read a second time.
    keeps_blanks: bool,
}

/// What the cells of a column are read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Whole numbers as long as all are, else floats.
    Number,
    /// Days, or moments where a time is given.
    Date,
    /// As they are.
    Text,
}

/// Cells that did not fit: how many, and the first few with their row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sightings {
    /// All that were seen.
    pub count: usize,
    /// The first ones: row counted from 0, and the cell.
    pub first: Vec<(usize, String)>,
}

/// The values of one column of one block.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Int64, Float64, Datetime or String.
    pub series: Series,
    /// Cells that are no number or date.
    pub strays: Sightings,
    /// Numbers that no float can hold; they became missing.
    pub infinities: Sightings,
    /// Whether a date had a time.
    pub has_time: bool,
}

/// Collects the cells of one column.
pub(super) struct Cells {
    values: Values,
    strays: Sightings,
    infinities: Sightings,
    has_time: bool,
    keep: usize,
    trims: bool,
}

enum Values {
    Whole(PrimitiveChunkedBuilder<Int64Type>),
    Real(PrimitiveChunkedBuilder<Float64Type>),
    Moments(PrimitiveChunkedBuilder<Int64Type>),
    Texts(StringChunkedBuilder),
}

impl Marks {
    pub(super) fn new(texts: &[String]) -> Self {
        let texts: Vec<String> = texts.iter().map(|text| text.trim().to_owned()).collect();
        Self {
            longest: texts.iter().map(String::len).max().unwrap_or(0),
            hold_numbers: texts
                .iter()
                .any(|text| parse_number(text).is_some_and(|n| n != Number::Nan)),
            texts,
            notation: Notation::default(),
            keeps_blanks: false,
        }
    }

    /// The same marks where blanks around texts count.
    pub(super) fn with_blanks(mut self, keeps_blanks: bool) -> Self {
        self.keeps_blanks = keeps_blanks;
        self
    }

    /// Whether blanks around texts are removed.
    pub(super) fn trim(&self) -> bool {
        !self.keeps_blanks
    }

    /// The same marks in a file that writes numbers and days like this.
    pub(super) fn with_notation(mut self, notation: Notation) -> Self {
        self.hold_numbers |= notation.decimal == Decimal::Comma;
        self.notation = notation;
        self
    }

    /// The number that a trimmed cell holds.
    #[inline]
    pub(super) fn number(&self, cell: &str) -> Option<Number> {
        self.notation.decimal.parse(cell)
    }

    /// The day or moment that a trimmed cell holds.
    pub(super) fn moment(&self, cell: &str) -> Option<Moment> {
        parse_moment_in(cell, self.notation.day_order)
    }

    /// Whether a trimmed cell means "missing" among numbers or dates, where nothing and a dash mean nothing else.
    pub(super) fn hold_in_numbers(&self, cell: &str) -> bool {
        matches!(cell, "" | "-" | "--" | "—") || self.hold(cell)
    }

    /// Whether a trimmed cell means "missing".
    pub(super) fn hold(&self, cell: &str) -> bool {
        cell.len() <= self.longest && self.texts.iter().any(|text| text == cell)
    }
}

impl Form {
    /// How a kind is read from text; none for kinds that text cannot hold.
    pub(super) fn of_kind(kind: &ColumnKind) -> Option<Self> {
        match kind {
            ColumnKind::Number => Some(Self::Number),
            ColumnKind::Date => Some(Self::Date),
            ColumnKind::Category
            | ColumnKind::Text
            | ColumnKind::Audio
            | ColumnKind::Image(ImageForm::Files) => Some(Self::Text),
            ColumnKind::Image(_) | ColumnKind::Sequence { .. } => None,
        }
    }

    /// The trouble with a cell that does not fit; `row` is counted from 1.
    pub(super) fn stray_trouble(self, column: &str, row: u64, cell: &str) -> Trouble {
        let cell = shortened(cell);
        let (code, expected) = match self {
            Self::Date => {
                ("not-a-date", say!("a date such as 2024-01-31", "日期，例如 2024-01-31"))
            }
            Self::Number | Self::Text => ("not-a-number", say!("a number", "数字")),
        };
        Trouble::new(code, say!("the cell holds `{cell}`", "单元格内容为 `{cell}`"))
            .expected(expected)
            .advice(say!(
                "Correct the cell, or add `{cell}` to the missing marks.",
                "请修正该单元格，或将 `{cell}` 加入缺失标记。"
            ))
            .column(column)
            .row(row)
    }
}

impl Sightings {
    fn see(&mut self, row: usize, cell: &str, keep: usize) {
        self.count += 1;
        if self.first.len() < keep {
            self.first.push((row, cell.to_owned()));
        }
    }

    /// Adds those of a later block whose first row is `offset`.
    pub(super) fn extend(&mut self, later: &Self, offset: usize) {
        self.count += later.count;
        if self.first.is_empty() {
            self.first =
                later.first.iter().map(|(row, cell)| (row + offset, cell.clone())).collect();
        }
    }
}

impl Cells {
    /// Room for `n_rows` cells; remembers at most `keep` of those that do not fit.
    pub(super) fn new(form: Form, n_rows: usize, keep: usize, trims: bool) -> Self {
        let name = PlSmallStr::EMPTY;
        let values = match form {
            Form::Number => Values::Whole(PrimitiveChunkedBuilder::new(name, n_rows)),
            Form::Date => Values::Moments(PrimitiveChunkedBuilder::new(name, n_rows)),
            Form::Text => Values::Texts(StringChunkedBuilder::new(name, n_rows)),
        };
        let (strays, infinities) = (Sightings::default(), Sightings::default());
        Self { values, strays, infinities, has_time: false, keep, trims }
    }

    /// Adds a missing value.
    pub(super) fn push_missing(&mut self) {
        match &mut self.values {
            Values::Whole(values) | Values::Moments(values) => values.append_null(),
            Values::Real(values) => values.append_null(),
            Values::Texts(values) => values.append_null(),
        }
    }

    /// Adds a cell; `row` is the number of cells before it.
    #[inline]
    pub(super) fn push(&mut self, row: usize, cell: &str, marks: &Marks) {
        match &mut self.values {
            Values::Whole(values) if !marks.hold_numbers => {
                if let Some(Number::Whole(whole)) = parse_number(cell) {
                    return values.append_value(whole);
                }
            }
            Values::Real(values) if !marks.hold_numbers => match parse_number(cell) {
                Some(Number::Whole(whole)) => return values.append_value(whole as f64),
                Some(Number::Real(real)) => return values.append_value(real),
                _ => {}
            },
            Values::Texts(values) => {
                let trimmed = cell.trim();
                return if marks.hold(trimmed) {
                    values.append_null();
                } else {
                    values.append_value(plain_truth(if self.trims { trimmed } else { cell }));
                };
            }
            _ => {}
        }
        self.push_unusual(row, cell.trim(), marks);
    }

    /// The values, and what did not fit.
    pub(super) fn finish(self) -> Part {
        let series = match self.values {
            Values::Whole(values) => values.finish().into_series(),
            Values::Real(values) => values.finish().into_series(),
            Values::Moments(values) => {
                values.finish().into_datetime(TimeUnit::Microseconds, None).into_series()
            }
            Values::Texts(values) => values.finish().into_series(),
        };
        Part { series, strays: self.strays, infinities: self.infinities, has_time: self.has_time }
    }

    #[cold]
    fn push_unusual(&mut self, row: usize, cell: &str, marks: &Marks) {
        if marks.hold_in_numbers(cell) {
            return self.push_missing();
        }
        if let Values::Moments(values) = &mut self.values {
            if let Some(moment) = marks.moment(cell) {
                self.has_time |= moment.has_time;
                values.append_value(moment.micros);
            } else {
                values.append_null();
                self.strays.see(row, cell, self.keep);
            }
            return;
        }
        match marks.number(cell) {
            Some(Number::Whole(whole)) => match &mut self.values {
                Values::Real(values) => values.append_value(whole as f64),
                Values::Whole(values) => values.append_value(whole),
                Values::Moments(_) | Values::Texts(_) => {}
            },
            Some(Number::Real(real)) => self.push_real(real),
            Some(Number::Nan) => self.push_missing(),
            Some(Number::Infinite) => {
                self.infinities.see(row, cell, self.keep);
                self.push_missing();
            }
            None => {
                self.strays.see(row, cell, self.keep);
                self.push_missing();
            }
        }
    }

    /// Adds a float, turning the whole numbers before it into floats.
    fn push_real(&mut self, real: f64) {
        if let Values::Whole(wholes) = &mut self.values {
            let wholes =
                std::mem::replace(wholes, PrimitiveChunkedBuilder::new(PlSmallStr::EMPTY, 0))
                    .finish();
            let mut reals = PrimitiveChunkedBuilder::new(PlSmallStr::EMPTY, wholes.len().max(1024));
            for whole in wholes.iter() {
                reals.append_option(whole.map(|whole| whole as f64));
            }
            self.values = Values::Real(reals);
        }
        if let Values::Real(values) = &mut self.values {
            values.append_value(real);
        }
    }
}

/// Puts the parts of one column together: floats where any part holds floats, days where no date has a time.
pub(super) fn join_parts(
    name: &str,
    form: Form,
    parts: Vec<Series>,
    has_time: bool,
) -> Result<Series, Trouble> {
    let is_real = parts.iter().any(|part| part.dtype() == &DataType::Float64);
    let mut joined: Option<Series> = None;
    for part in parts {
        let part = match form {
            Form::Number if is_real => part.cast(&DataType::Float64).map_err(polars_trouble)?,
            Form::Date if !has_time => part.cast(&DataType::Date).map_err(polars_trouble)?,
            _ => part,
        };
        match &mut joined {
            Some(joined) => _ = joined.append(&part).map_err(polars_trouble)?,
            None => joined = Some(part),
        }
    }
    let joined = joined.unwrap_or_else(|| {
        let dtype = match form {
            Form::Number => DataType::Float64,
            Form::Date => DataType::Date,
            Form::Text => DataType::String,
        };
        Series::new_empty(PlSmallStr::EMPTY, &dtype)
    });
    Ok(joined.with_name(name.into()))
}

/// Truth values in the letters that JSON, Parquet and sheets have for them: a model must not depend on which program
/// wrote the file.
pub fn plain_truth(cell: &str) -> &str {
    match cell {
        "True" | "TRUE" => "true",
        "False" | "FALSE" => "false",
        other => other,
    }
}

/// A cell as it can be shown in a message.
pub(super) fn shortened(cell: &str) -> String {
    const MOST: usize = 40;
    let line: String =
        cell.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect();
    if cell.chars().nth(MOST).is_some() { format!("{line}…") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: Form, cells: &[&str], expected: &str, n_strays: usize) {
        let marks = Marks::new(&["NA".into(), "-999".into()]);
        let mut column = Cells::new(form, cells.len(), 1, true);
        for (row, cell) in cells.iter().enumerate() {
            column.push(row, cell, &marks);
        }
        let part = column.finish();
        assert_eq!(part.strays.count, n_strays);
        let joined = join_parts("x", form, vec![part.series], part.has_time).expect("joined");
        let values: Vec<String> = joined.iter().map(|value| value.to_string()).collect();
        assert_eq!(format!("{} {}", joined.dtype(), values.join(" ")), expected);
    }

    #[test]
    fn cells_become_values() {
        check(Form::Number, &["1", " 2 ", "NA", "-999"], "i64 1 2 null null", 0);
        check(
            Form::Number,
            &["1", "2.5", "", "1e999", "nan", "-"],
            "f64 1.0 2.5 null null null null",
            0,
        );
        check(Form::Number, &["1", "two", "\u{3000}3"], "i64 1 null 3", 1);
        check(Form::Date, &["2024-01-02", "NA", "soon"], "date 2024-01-02 null null", 1);
        check(Form::Text, &[" a ", "NA", "1"], "str \"a\" null \"1\"", 0);
    }
}
