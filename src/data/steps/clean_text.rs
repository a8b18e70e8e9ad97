//! Clean text: blanks, case, Unicode forms, accents, punctuation, and replacing by text or pattern.

use std::borrow::Cow;

use pg_base::{Trouble, Words, say};
use regex::Regex;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Fitted, chosen, learn, map_texts};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// Changes each text alone; nothing is learnt. In this order: Unicode form, accents, replacing, punctuation, case, blanks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CleanText {
    /// Category and text columns; empty for all such features.
    pub columns: Vec<String>,
    /// Whether compatible characters become one (NFKC): full-width letters and digits, ligatures, composed accents.
    pub unifies_characters: bool,
    /// Whether `é` becomes `e`.
    pub drops_accents: bool,
    /// Whether punctuation marks and symbols become blanks.
    pub drops_punctuation: bool,
    /// Case of letters.
    pub letters: Letters,
    /// What is replaced; empty for nothing.
    pub find: String,
    /// Whether `find` is a regular expression.
    pub is_pattern: bool,
    /// What takes its place; `$1` is the first group of a pattern.
    pub replacement: String,
    /// What happens to blanks.
    pub blanks: Blanks,
    /// Whether a text without any character becomes missing.
    pub empty_is_missing: bool,
    /// The columns.
    #[serde(default)]
    pub fitted: Vec<Fitted<()>>,
}

/// Case of letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letters {
    /// As they are.
    #[default]
    Keep,
    /// All small.
    Lower,
    /// All capital.
    Upper,
    /// The first of each word capital, the others small.
    Title,
}

/// What happens to blanks; line breaks and tabs are blanks too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blanks {
    /// They stay.
    Keep,
    /// Those at both ends go.
    Trim,
    /// Those at both ends go, several become one.
    #[default]
    Collapse,
    /// All go.
    Remove,
}

const KINDS: &[&str] = &["category", "text"];

impl CleanText {
    fn pattern(&self) -> Result<Option<Regex>, Trouble> {
        if !self.is_pattern || self.find.is_empty() {
            return Ok(None);
        }
        Regex::new(&self.find).map(Some).map_err(|error| {
            let reason = error.to_string().lines().last().unwrap_or_default().to_owned();
            let find = &self.find;
            Trouble::new(
                "param-invalid",
                say!(
                    "`{find}` is no regular expression ({reason})",
                    "`{find}` 不是正则表达式（{reason}）"
                ),
            )
            .advice(say!(
                r"Put a backslash before signs that are meant as they are: \. \( \+",
                r"若要按字面使用符号，请在其前加反斜杠：\. \( \+"
            ))
            .param("find")
        })
    }

    fn clean<'a>(&self, pattern: Option<&Regex>, text: &'a str) -> Option<Cow<'a, str>> {
        let mut text = Cow::Borrowed(text);
        if self.unifies_characters && !text.is_ascii() {
            text = Cow::Owned(text.nfkc().collect());
        }
        if self.drops_accents && !text.is_ascii() {
            text = Cow::Owned(text.nfd().filter(|c| !is_combining_mark(*c)).nfc().collect());
        }
        if let Some(pattern) = pattern {
            text = Cow::Owned(pattern.replace_all(&text, self.replacement.as_str()).into_owned());
        } else if !self.find.is_empty() && text.contains(&self.find) {
            text = Cow::Owned(text.replace(&self.find, &self.replacement));
        }
        if self.drops_punctuation {
            let is_kept =
                |c: char| c.is_alphanumeric() || c.is_whitespace() || is_combining_mark(c);
            if text.chars().any(|c| !is_kept(c)) {
                text = Cow::Owned(text.chars().map(|c| if is_kept(c) { c } else { ' ' }).collect());
            }
        }
        text = match self.letters {
            Letters::Keep => text,
            Letters::Lower => Cow::Owned(text.to_lowercase()),
            Letters::Upper => Cow::Owned(text.to_uppercase()),
            Letters::Title => Cow::Owned(title(&text)),
        };
        text = match self.blanks {
            Blanks::Keep => text,
            Blanks::Trim => Cow::Owned(text.trim().to_owned()),
            Blanks::Collapse => Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" ")),
            Blanks::Remove => Cow::Owned(text.split_whitespace().collect()),
        };
        (!self.empty_is_missing || !text.is_empty()).then_some(text)
    }
}

impl RecipeStep for CleanText {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        self.pattern()?;
        let fitted = learn(training, &self.columns, KINDS, |_| Ok(()))?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        let pattern = self.pattern()?;
        map_texts(rows, &self.fitted, |(), text| self.clean(pattern.as_ref(), text))
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        say!("Clean the texts of {n} columns", "清洗 {n} 列文本")
    }
}

/// Letters after anything but a letter, a digit, an accent or an apostrophe are capital.
fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut is_inside = false;
    for c in text.chars() {
        if is_inside {
            titled.extend(c.to_lowercase());
        } else {
            titled.extend(c.to_uppercase());
        }
        let is_apostrophe = is_inside && matches!(c, '\'' | '’');
        is_inside = c.is_alphanumeric() || is_combining_mark(c) || is_apostrophe;
    }
    titled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(step: &CleanText, text: &str, expected: Option<&str>) {
        let pattern = step.pattern().expect("a good pattern");
        assert_eq!(step.clean(pattern.as_ref(), text).as_deref(), expected, "{text:?}");
    }

    fn with(change: impl Fn(&mut CleanText)) -> CleanText {
        let mut step = CleanText { empty_is_missing: true, ..CleanText::default() };
        change(&mut step);
        step
    }

    #[test]
    fn texts_are_cleaned() {
        check(&with(|_| {}), "  two\t words \n", Some("two words"));
        check(&with(|_| {}), " \u{3000} ", None);
        check(&with(|step| step.empty_is_missing = false), "", Some(""));
        check(&with(|step| step.blanks = Blanks::Keep), " a ", Some(" a "));
        check(&with(|step| step.blanks = Blanks::Remove), " 北 京 ", Some("北京"));
        check(
            &with(|step| step.letters = Letters::Title),
            "JEAN-luc o'NEIL",
            Some("Jean-Luc O'neil"),
        );
        check(&with(|step| step.letters = Letters::Upper), "straße", Some("STRASSE"));
        check(&with(|step| step.unifies_characters = true), "ＡＢＣ１２　ﬁn", Some("ABC12 fin"));
        check(&with(|step| step.drops_accents = true), "Århus, e\u{301}té", Some("Arhus, ete"));
        check(&with(|step| step.drops_punctuation = true), "a.b，c!", Some("a b c"));
    }

    #[test]
    fn texts_and_patterns_are_replaced() {
        let replace = |find: &str, is_pattern, replacement: &str| {
            with(|step| {
                step.find = find.to_owned();
                step.is_pattern = is_pattern;
                step.replacement = replacement.to_owned();
            })
        };
        check(&replace(".", false, "-"), "1.2", Some("1-2"));
        check(&replace(r"(\d+)\s*kg", true, "$1"), "12 kg", Some("12"));
        let trouble = replace("(", true, "").pattern().expect_err("not closed");
        assert_eq!(trouble.details.place.param.as_deref(), Some("find"));
    }
}
