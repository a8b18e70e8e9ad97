//! Filters while they are being typed: what stands in the fields of a column, and the tests that follow.

use std::collections::BTreeSet;

use pg_data::ColumnKind;
use pg_data::view::{Filter, Test, parse_date};

use crate::lang::tr;

/// Labels named on a chip; more are counted.
const N_NAMED: usize = 3;

/// The fields of one column; empty fields test nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Draft {
    /// A text that the value holds.
    pub text: String,
    /// Labels, one of which it is.
    pub labels: BTreeSet<String>,
    /// The least number or day.
    pub min: String,
    /// The greatest number or day.
    pub max: String,
    /// Whether it must be missing, must be there, or may be both.
    pub is_missing: Option<bool>,
}

/// A test that can be taken away on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DraftPart {
    Text,
    Labels,
    Range,
    Missing,
}

impl Draft {
    /// The tests of the fields that are filled in; a field that cannot be read tests nothing.
    pub(super) fn tests(&self, kind: &ColumnKind) -> Vec<(DraftPart, Test)> {
        let mut tests = Vec::new();
        if !self.text.is_empty() {
            tests.push((DraftPart::Text, Test::Contains(self.text.clone())));
        }
        if !self.labels.is_empty() {
            tests.push((DraftPart::Labels, Test::OneOf(self.labels.clone())));
        }
        let min = bound(&self.min, kind, false);
        let max = bound(&self.max, kind, true);
        if min.is_some() || max.is_some() {
            tests.push((DraftPart::Range, Test::Between { min, max }));
        }
        match self.is_missing {
            Some(true) => tests.push((DraftPart::Missing, Test::Missing)),
            Some(false) => tests.push((DraftPart::Missing, Test::Present)),
            None => {}
        }
        tests
    }

    /// The filters of a column.
    pub(super) fn filters(&self, column: &str, kind: &ColumnKind) -> impl Iterator<Item = Filter> {
        let column = column.to_owned();
        self.tests(kind).into_iter().map(move |(_, test)| Filter { column: column.clone(), test })
    }

    /// Whether a field is filled in with something that cannot be read.
    pub(super) fn is_unreadable(text: &str, kind: &ColumnKind) -> bool {
        !text.trim().is_empty() && bound(text, kind, false).is_none()
    }

    /// Empties the fields of one test.
    pub(super) fn clear(&mut self, part: DraftPart) {
        match part {
            DraftPart::Text => self.text.clear(),
            DraftPart::Labels => self.labels.clear(),
            DraftPart::Range => {
                self.min.clear();
                self.max.clear();
            }
            DraftPart::Missing => self.is_missing = None,
        }
    }

    /// What a chip says of a test.
    pub(super) fn describe(&self, column: &str, part: DraftPart) -> String {
        match part {
            DraftPart::Text => format!("{column} {} “{}”", tr("contains", "包含"), self.text),
            DraftPart::Labels => {
                let named: Vec<&str> =
                    self.labels.iter().take(N_NAMED).map(String::as_str).collect();
                let n_more = self.labels.len() - named.len();
                let more = if n_more > 0 { format!(" +{n_more}") } else { String::new() };
                format!("{column}{} {}{more}", tr(" is", "为"), named.join(tr(", ", "、")))
            }
            DraftPart::Range => match (self.min.trim(), self.max.trim()) {
                (min, "") => format!("{column} ≥ {min}"),
                ("", max) => format!("{column} ≤ {max}"),
                (min, max) if min == max => format!("{column} = {min}"),
                (min, max) => format!("{min} ≤ {column} ≤ {max}"),
            },
            DraftPart::Missing if self.is_missing == Some(true) => {
                format!("{column} {}", tr("is missing", "缺失"))
            }
            DraftPart::Missing => format!("{column} {}", tr("is there", "非缺失")),
        }
    }
}

/// A number, or a day in seconds since 1970; `is_end` means the end of a day.
fn bound(text: &str, kind: &ColumnKind, is_end: bool) -> Option<f64> {
    let text = text.trim();
    if *kind == ColumnKind::Date {
        let (seconds, has_time) = parse_date(text)?;
        return Some(if is_end && !has_time { seconds + 86_399.999_999 } else { seconds });
    }
    let plain = text.replace([',', ' ', '\u{202f}'], "").replace('−', "-");
    plain.parse::<f64>().ok().filter(|number| !number.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_tests() {
        let draft = Draft { min: " 1,000 ".to_owned(), max: "x".to_owned(), ..Draft::default() };
        assert_eq!(
            draft.tests(&ColumnKind::Number),
            [(DraftPart::Range, Test::Between { min: Some(1000.0), max: None })]
        );
        assert!(
            Draft::is_unreadable("x", &ColumnKind::Number)
                && !Draft::is_unreadable(" ", &ColumnKind::Number)
        );
        let draft =
            Draft { max: "1970-01-02".to_owned(), is_missing: Some(false), ..Draft::default() };
        let tests = draft.tests(&ColumnKind::Date);
        assert_eq!(tests.len(), 2);
        assert_eq!(tests.first().map(|(part, _)| *part), Some(DraftPart::Range));
        assert_eq!(draft.describe("day", DraftPart::Range), "day ≤ 1970-01-02");
        assert_eq!(draft.describe("day", DraftPart::Missing), "day is there");
        let labels = ["a", "b", "c", "d"].map(str::to_owned);
        let draft =
            Draft { labels: BTreeSet::from(labels), text: "z".to_owned(), ..Draft::default() };
        assert_eq!(draft.describe("x", DraftPart::Labels), "x is a, b, c +1");
        assert_eq!(draft.describe("x", DraftPart::Text), "x contains “z”");
    }
}
