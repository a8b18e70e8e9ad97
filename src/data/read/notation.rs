//! How a file writes its numbers and days: decimal point or comma, thousands in groups, day or month first.

use super::dates::{DayOrder, parse_moment_in};
use super::numbers::{Number, parse_number};
use serde::{Deserialize, Serialize};

/// What separates whole from broken, and groups of thousands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimal {
    /// `1234.5`, also `1,234.5` and `1 234.5`.
    #[default]
    Point,
    /// `1234,5`, also `1.234,5` and `1 234,5`.
    Comma,
}

/// The habits of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Notation {
    pub decimal: Decimal,
    pub day_order: DayOrder,
}

impl Decimal {
    /// Stable id: `point`, `comma`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }

    const fn mark(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }

    /// Reads a number without blanks around it.
    #[inline]
    pub(super) fn parse(self, cell: &str) -> Option<Number> {
        if self == Self::Point
            && let Some(number) = parse_number(cell)
        {
            return Some(number);
        }
        self.parse_grouped(cell)
    }

    /// Numbers with a decimal comma, with groups of thousands, or with a minus of typography.
    #[cold]
    fn parse_grouped(self, cell: &str) -> Option<Number> {
        let is_of_number = |c: char| {
            c.is_ascii_digit()
                || matches!(c, '.' | ',' | '-' | '+' | '\'' | '’' | '−' | 'e' | 'E')
                || is_gap(c)
        };
        if !cell.contains(|c: char| c.is_ascii_digit()) || !cell.chars().all(is_of_number) {
            // Infinity and NaN have no decimals.
            return if self == Self::Comma && !cell.contains(['.', ',']) {
                parse_number(cell)
            } else {
                None
            };
        }
        let cell = cell.replace('−', "-");
        let (whole, broken) = match cell.split_once(self.mark()) {
            Some((whole, broken)) => (whole, Some(broken)),
            None => (cell.as_str(), None),
        };
        let whole = without_groups(whole, self)?;
        match broken {
            Some(broken) => parse_number(&format!("{whole}.{broken}")),
            None => parse_number(&whole),
        }
    }
}

/// Blanks that stand between groups of thousands: plain, no-break, narrow, thin.
fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// The digits of a whole part; none where what separates them does not separate groups of three.
fn without_groups(whole: &str, decimal: Decimal) -> Option<String> {
    let is_separator =
        |c: char| c == decimal.other().mark() || matches!(c, '\'' | '’') || is_gap(c);
    let Some(separator) = whole.chars().find(|c| is_separator(*c)) else {
        return Some(whole.to_owned());
    };
    let mut groups = whole.split(separator);
    let first = groups.next()?;
    let n_first = first.trim_start_matches(['-', '+']).len();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = (1..=3).contains(&n_first)
        && !first.trim_start_matches(['-', '+']).starts_with('0')
        && is_digits(first.trim_start_matches(['-', '+']))
        && groups.all(|group| group.len() == 3 && is_digits(group));
    fits.then(|| whole.replace(separator, ""))
}

/// Recognises the decimal mark from the columns of a sample: the one with which more columns are numbers throughout.
///
/// `1,234` alone may be either; then a file with semicolons has a decimal comma, because it could not use commas.
pub(super) fn find_decimal<'a, C: Iterator<Item = &'a str> + Clone>(
    columns: impl Iterator<Item = C>,
    delimiter: u8,
) -> Decimal {
    let (mut n_point, mut n_comma, mut has_commas) = (0, 0, false);
    for cells in columns {
        let fits = |decimal: Decimal| cells.clone().all(|cell| decimal.parse(cell).is_some());
        if !cells.clone().any(|cell| cell.contains([',', '.'])) {
            continue;
        }
        n_point += usize::from(fits(Decimal::Point));
        let fits_comma = fits(Decimal::Comma);
        n_comma += usize::from(fits_comma);
        has_commas |= fits_comma && cells.clone().any(|cell| cell.contains(','));
    }
    let is_comma = n_comma > n_point || (n_comma == n_point && has_commas && delimiter == b';');
    if is_comma { Decimal::Comma } else { Decimal::Point }
}

/// Recognises the order of day and month from cells of a sample: a part above 12 can only be a day.
/// Also says whether nothing decided it although it matters.
pub(super) fn find_day_order<'a>(cells: impl Iterator<Item = &'a str>) -> (DayOrder, bool) {
    let (mut n_day_first, mut n_month_first, mut is_open) = (0, 0, false);
    for cell in cells {
        let day_first = parse_moment_in(cell, DayOrder::DayFirst);
        let month_first = parse_moment_in(cell, DayOrder::MonthFirst);
        match (day_first, month_first) {
            (Some(_), None) => n_day_first += 1,
            (None, Some(_)) => n_month_first += 1,
            (Some(a), Some(b)) => is_open |= a != b,
            (None, None) => {}
        }
    }
    let order = if n_day_first > n_month_first { DayOrder::DayFirst } else { DayOrder::MonthFirst };
    (order, is_open && n_day_first == n_month_first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: &str, point: Option<Number>, comma: Option<Number>) {
        assert_eq!(Decimal::Point.parse(cell), point, "{cell:?} with a point");
        assert_eq!(Decimal::Comma.parse(cell), comma, "{cell:?} with a comma");
    }

    #[test]
    fn numbers_of_both_worlds() {
        let (whole, real) = (|n| Some(Number::Whole(n)), |n| Some(Number::Real(n)));
        check("12", whole(12), whole(12));
        check("1,5", None, real(1.5));
        check("1.5", real(1.5), None);
        check("1,234", whole(1234), real(1.234));
        check("1.234", real(1.234), whole(1234));
        check("0.123", real(0.123), None);
        check("1,234,567.25", real(1_234_567.25), None);
        check("1.234.567,25", None, real(1_234_567.25));
        check("-1\u{a0}234,5", None, real(-1234.5));
        check("1 234 567", whole(1_234_567), whole(1_234_567));
        check("1'234.5", real(1234.5), None);
        check("−3", whole(-3), whole(-3));
        check("1,2e3", None, real(1200.0));
        check("NaN", Some(Number::Nan), Some(Number::Nan));
        for text in ["1,23,456", "12 34", "1-2", ",", "2024-01-02", "a,b", "1.2.3", "12:30", ""] {
            check(text, None, None);
        }
    }
}
