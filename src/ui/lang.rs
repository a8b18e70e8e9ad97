//! The language of the window; every text the window itself says stands in the code in both languages.

use std::cell::Cell;

use pg_base::{Lang, Text, Words};

thread_local! {
    /// The window lives on one thread; tests on several threads do not disturb each other.
    static LANG: Cell<Lang> = const { Cell::new(Lang::En) };
}

/// The language of the window.
pub fn lang() -> Lang {
    LANG.get()
}

/// Switches the language; the next frame speaks it.
pub fn set_lang(lang: Lang) {
    LANG.set(lang);
}

/// A text of the window in its language.
pub fn tr(en: &'static str, zh: &'static str) -> &'static str {
    Text { en, zh }.get(lang())
}

/// Texts that come from below: in the language of the window.
pub trait Tr {
    /// The text in the language of the window.
    fn tr(&self) -> &str;
}

impl Tr for Text {
    fn tr(&self) -> &str {
        self.get(lang())
    }
}

impl Tr for Words {
    fn tr(&self) -> &str {
        self.get(lang())
    }
}
