//! Texts a person reads, in English and Simplified Chinese side by side, so that neither can be forgotten.

use serde::{Deserialize, Serialize};

/// A language of the window and the messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese (简体中文).
    Zh,
}

impl Lang {
    /// The language of the environment: Chinese where `LC_ALL`, `LC_MESSAGES` or `LANG` begins with `zh`.
    pub fn from_env() -> Self {
        let value = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        if value.is_some_and(|value| value.starts_with("zh")) { Self::Zh } else { Self::En }
    }
}

/// A fixed text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
}

/// Makes a [`Text`]; short because records of node kinds are full of it.
pub const fn t(en: &'static str, zh: &'static str) -> Text {
    Text { en, zh }
}

impl Text {
    /// No text.
    pub const EMPTY: Self = t("", "");

    /// The text in one language.
    pub const fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

/// A text made while running (with names and numbers in it), in both languages; see [`crate::say!`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Words {
    /// The words in one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty()
    }
}

impl From<Text> for Words {
    fn from(text: Text) -> Self {
        Self { en: text.en.to_owned(), zh: text.zh.to_owned() }
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self { en: text.clone(), zh: text }
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl std::fmt::Display for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}

/// Formats one message in both languages: `say!("{n} rows", "{n} 行")`; arguments are captured by name.
#[macro_export]
macro_rules! say {
    ($en:literal, $zh:literal $(,)?) => {
        $crate::Words { en: format!($en), zh: format!($zh) }
    };
}

/// What a palette entry and a help page say about a node or layer kind.
#[derive(Clone, Copy, Debug)]
pub struct NodeText {
    /// Sentence-case name, for instance "Fill missing values".
    pub title: Text,
    /// One sentence: what it does.
    pub summary: Text,
    /// A paragraph or two in plain words: when to use it, what to look out for.
    pub help: Text,
    /// Words people search for, with the names other tools use.
    pub keywords: &'static [&'static str],
}
