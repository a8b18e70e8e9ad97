//! Finds node kinds by what a person types: titles in both languages and the names that other tools use.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use pg_contract::NodeSpec;

/// The kinds that fit what was typed, the best first; all in their own order where nothing was typed.
pub fn rank(specs: &[&'static NodeSpec], typed: &str) -> Vec<&'static NodeSpec> {
    if typed.trim().is_empty() {
        return specs.to_vec();
    }
    let mut finder = Finder::new(typed);
    let mut found: Vec<(u32, &'static NodeSpec)> =
        specs.iter().filter_map(|spec| Some((finder.score_of(spec)?, *spec))).collect();
    // Left-out letters fit almost anything: they are forgiven only where nothing holds the words as they were typed.
    if found.iter().any(|(_, spec)| finder.is_held_by(spec)) {
        found.retain(|(_, spec)| finder.is_held_by(spec));
    }
    // Stable: equals stay in the order of the palette.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, spec)| spec).collect()
}

/// Compares texts with what was typed, forgiving letters that were left out.
#[derive(Debug)]
pub struct Finder {
    matcher: Matcher,
    pattern: Pattern,
    typed: String,
    buffer: Vec<char>,
}

impl Finder {
    /// Looks for this.
    pub fn new(typed: &str) -> Self {
        Self {
            matcher: Matcher::new(Config::DEFAULT),
            pattern: Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart),
            typed: typed.trim().to_lowercase(),
            buffer: Vec::new(),
        }
    }

    /// How well a text fits; none where it does not.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(text, &mut self.buffer), &mut self.matcher)
    }

    /// How well a kind fits: its names count most, then the words that people search for, then what it does.
    pub fn score_of(&mut self, spec: &NodeSpec) -> Option<u32> {
        let text = &spec.text;
        let names = [text.title.en, text.title.zh, spec.id];
        let mut best =
            names.iter().filter_map(|name| Some(self.score(name)? * 3 + self.bonus(name))).max();
        for keyword in text.keywords {
            best = best.max(self.score(keyword).map(|score| score * 2 + self.bonus(keyword) / 2));
        }
        // Sentences hold the letters of almost anything: here the words must stand as they were typed.
        let says_it = [text.summary.en, text.summary.zh]
            .iter()
            .any(|text| text.to_lowercase().contains(&self.typed));
        best.or(says_it.then_some(1))
    }

    /// Whether each typed word stands, letter by letter, in a name, a keyword or the summary.
    fn is_held_by(&self, spec: &NodeSpec) -> bool {
        let text = &spec.text;
        let names = [text.title.en, text.title.zh, spec.id, text.summary.en, text.summary.zh];
        let mut texts = names.iter().chain(text.keywords).map(|text| text.to_lowercase());
        texts.any(|text| self.typed.split_whitespace().all(|word| text.contains(word)))
    }

    /// What begins like this is meant sooner than what merely holds it.
    fn bonus(&self, text: &str) -> u32 {
        let text = text.to_lowercase();
        if text == self.typed {
            200
        } else if text.starts_with(&self.typed) {
            100
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_may_be_left_out_and_case_does_not_matter() {
        let check = |typed: &str, text: &str, fits: bool| {
            assert_eq!(Finder::new(typed).score(text).is_some(), fits, "{typed} in {text}");
        };
        check("conv", "Convolution", true);
        check("cnvl", "Convolution", true);
        check("标准", "标准化", true);
        check("MAX pool", "Maximum pooling", true);
        check("xyz", "Convolution", false);
    }
}
