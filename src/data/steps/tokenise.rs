//! Tokenise: cut texts into words or characters and number them.

use std::collections::BTreeMap;

use pg_base::{Trouble, Words, say};
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, present};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, Schema};
use crate::table::Rows;

/// Replaces a text column by the ids of its tokens: 0 is padding, 1 an unknown token, the vocabulary begins at 2.
/// A text without any token becomes one unknown token, so that no row is all padding; a missing text stays missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tokenise {
    /// Text or category columns; empty for all text features.
    pub columns: Vec<String>,
    /// What a token is.
    pub unit: TokenUnit,
    /// Tokens kept per text.
    pub length: usize,
    /// Largest number of ids, padding and unknown included.
    pub max_vocabulary: usize,
    /// A token rarer than this in the training rows is unknown.
    pub min_count: usize,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Vocabulary>>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenUnit {
    /// Lower-cased words; each punctuation mark, symbol and Chinese or Japanese character is a token of its own.
    #[default]
    Words,
    /// Every character as it is, blanks included.
    Characters,
    /// The whole text, as a category; a missing one counts as unknown.
    Whole,
}

/// The known tokens, the most frequent first; equally frequent ones in the order of code points.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Vocabulary {
    tokens: Vec<String>,
    /// Positions in `tokens` in the order of the tokens' text, for look-up.
    by_text: Vec<u32>,
}

/// Id of a token that is not in the vocabulary.
pub const UNKNOWN: u32 = 1;
/// Id of the first token of the vocabulary.
const FIRST: u32 = 2;
const MAX_LENGTH: usize = 100_000;

impl Default for Tokenise {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            unit: TokenUnit::Words,
            length: 64,
            max_vocabulary: 20_000,
            min_count: 1,
            fitted: Vec::new(),
        }
    }
}

impl From<Vec<String>> for Vocabulary {
    fn from(tokens: Vec<String>) -> Self {
        let mut by_text: Vec<u32> = (0..tokens.len() as u32).collect();
        by_text.sort_by_key(|index| tokens.get(*index as usize));
        Self { tokens, by_text }
    }
}

impl From<Vocabulary> for Vec<String> {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary.tokens
    }
}

impl Vocabulary {
    /// The tokens; the first has id 2.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// Number of ids, padding and unknown included.
    pub fn n_ids(&self) -> usize {
        self.tokens.len() + FIRST as usize
    }

    /// Id of a token.
    pub fn id(&self, token: &str) -> u32 {
        let text = |index: &u32| self.tokens.get(*index as usize).map_or("", String::as_str);
        let found = self.by_text.binary_search_by(|index| text(index).cmp(token)).ok();
        found.and_then(|at| self.by_text.get(at)).map_or(UNKNOWN, |index| index + FIRST)
    }
}

impl TokenUnit {
    /// Calls `each` with the tokens of a text, in order, until it answers false.
    fn split(self, text: &str, mut each: impl FnMut(&str) -> bool) {
        let mut buffer = [0; 4];
        if self == Self::Whole {
            each(text);
            return;
        }
        if self == Self::Characters {
            for character in text.chars() {
                if !each(character.encode_utf8(&mut buffer)) {
                    return;
                }
            }
            return;
        }
        let lowered = text.to_lowercase();
        let mut word_start = None;
        for (at, character) in lowered.char_indices() {
            if belongs_to_word(character) {
                word_start.get_or_insert(at);
                continue;
            }
            let word = word_start.take().and_then(|start| lowered.get(start..at));
            if word.is_some_and(|word| !each(word)) {
                return;
            }
            if !character.is_whitespace()
                && !character.is_control()
                && !each(character.encode_utf8(&mut buffer))
            {
                return;
            }
        }
        if let Some(word) = word_start.and_then(|start| lowered.get(start..)) {
            each(word);
        }
    }

    /// The tokens of a text.
    pub fn tokens(self, text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        self.split(text, |token| {
            tokens.push(token.to_owned());
            true
        });
        tokens
    }
}

impl Tokenise {
    /// The first `length` ids of a text; at least one.
    pub fn ids(&self, vocabulary: &Vocabulary, text: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        self.unit.split(text, |token| {
            ids.push(vocabulary.id(token));
            ids.len() < self.length
        });
        if ids.is_empty() {
            ids.push(UNKNOWN);
        }
        ids
    }

    fn row(&self, vocabulary: &Vocabulary, text: Option<&str>) -> Option<Vec<u32>> {
        match text {
            Some(text) => Some(self.ids(vocabulary, text)),
            None => (self.unit == TokenUnit::Whole).then(|| vec![UNKNOWN]),
        }
    }

    fn kinds(&self) -> &'static [&'static str] {
        match (self.unit, self.columns.is_empty()) {
            (TokenUnit::Whole, true) => &["category"],
            (_, true) => &["text"],
            (_, false) => &["text", "category"],
        }
    }

    fn vocabulary(&self, training: &Rows, name: &str) -> Result<Vocabulary, Trouble> {
        let texts = training.texts(name)?;
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for text in texts.iter().flatten() {
            self.unit.split(text, |token| {
                match counts.get_mut(token) {
                    Some(count) => *count += 1,
                    None => _ = counts.insert(token.to_owned(), 1),
                }
                true
            });
        }
        let mut ranked: Vec<(String, usize)> =
            counts.into_iter().filter(|(_, count)| *count >= self.min_count).collect();
        // The sort is stable: equally frequent tokens stay in the order of code points.
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        ranked.truncate(self.max_vocabulary.saturating_sub(FIRST as usize));
        Ok(ranked.into_iter().map(|(token, _)| token).collect::<Vec<_>>().into())
    }

    fn encode(&self, rows: &Rows, fitted: &Fitted<Vocabulary>) -> Result<Series, Trouble> {
        let texts = rows.texts(&fitted.column)?;
        let texts: Vec<Option<&str>> = texts.iter().collect();
        let rows: Vec<Option<Vec<u32>>> =
            texts.par_iter().map(|text| self.row(&fitted.learnt, *text)).collect();
        let n_ids = rows.iter().flatten().map(Vec::len).sum();
        let mut lists = ListPrimitiveChunkedBuilder::<UInt32Type>::new(
            fitted.column.as_str().into(),
            rows.len(),
            n_ids,
            DataType::UInt32,
        );
        for row in &rows {
            lists.append_opt_slice(row.as_deref());
        }
        Ok(lists.finish().into_series())
    }
}

impl RecipeStep for Tokenise {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let (length, max_vocabulary) = (self.length, self.max_vocabulary);
        if !(1..=MAX_LENGTH).contains(&length) {
            return Err(Trouble::new(
                "length-invalid",
                say!("the length is {length} tokens", "长度为 {length} 个词元"),
            )
            .expected(say!("1 to {MAX_LENGTH}", "1 到 {MAX_LENGTH}")));
        }
        if max_vocabulary <= FIRST as usize || u32::try_from(max_vocabulary).is_err() {
            return Err(Trouble::new(
                "vocabulary-invalid",
                say!(
                    "the vocabulary has room for {max_vocabulary} ids",
                    "词表可容纳 {max_vocabulary} 个编号"
                ),
            )
            .expected(say!(
                "at least 3: padding, unknown and one token",
                "至少 3 个：填充、未知和一个词元"
            )));
        }
        let fitted =
            learn(training, &self.columns, self.kinds(), |name| self.vocabulary(training, name))?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        for fitted in present(&rows, &self.fitted)? {
            let kind =
                ColumnKind::Sequence { length: self.length, vocabulary: fitted.learnt.n_ids() };
            let ids = self.encode(&rows, fitted)?;
            rows.set_all(vec![ids], Some(&kind))?;
        }
        Ok(rows)
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, self.kinds())
    }

    fn describe(&self) -> Words {
        let n: usize = self.fitted.iter().map(|fitted| fitted.learnt.n_ids()).sum();
        let length = self.length;
        if self.unit == TokenUnit::Whole {
            let n_columns = self.fitted.len();
            return say!(
                "Number the categories of {n_columns} columns",
                "为 {n_columns} 列的类别编号"
            );
        }
        say!(
            "Tokenise texts: {n} known tokens, {length} per text",
            "分词：词表 {n} 个词元，每条文本 {length} 个"
        )
    }
}

/// Letters, digits and the marks that join them; ideographs and kana stand alone, for no blanks part their words.
fn belongs_to_word(character: char) -> bool {
    let is_mark = matches!(character, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{e7f}' | '_');
    (character.is_alphanumeric() || is_mark) && !stands_alone(character)
}

fn stands_alone(character: char) -> bool {
    matches!(character,
        '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_punctuation_and_ideographs_are_tokens() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(TokenUnit::Words.tokens(text), expected, "{text}");
        };
        check("Don't STOP, now!", &["don", "'", "t", "stop", ",", "now", "!"]);
        check("GPT-4很好。", &["gpt", "-", "4", "很", "好", "。"]);
        check("  \t\u{0}\n", &[]);
        check("e\u{301}te\u{301} ÉTÉ 🙂🙂", &["e\u{301}te\u{301}", "été", "🙂", "🙂"]);
        assert_eq!(TokenUnit::Characters.tokens("A 好"), ["A", " ", "好"]);
    }

    #[test]
    fn ids_are_cut_and_never_empty() {
        let step = Tokenise { length: 2, ..Tokenise::default() };
        let vocabulary: Vocabulary = vec!["b".to_owned(), "a".to_owned()].into();
        assert_eq!(step.ids(&vocabulary, "a b c"), [3, 2]);
        assert_eq!(step.ids(&vocabulary, "z"), [UNKNOWN]);
        assert_eq!(step.ids(&vocabulary, ""), [UNKNOWN]);
        let json = serde_json::to_string(&vocabulary).expect("plain");
        assert_eq!(json, r#"["b","a"]"#);
        assert_eq!(serde_json::from_str::<Vocabulary>(&json).expect("plain"), vocabulary);
    }
}
