//! A text field that shows which words speak for the answer: each is left out once, and what that changes is painted
//! behind it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Color32, CornerRadius, Galley, Margin, RichText, Sense, TextBuffer, TextEdit, Ui, vec2,
};

use super::learnt::Span;
use super::oracle::{Answer, Curve};
use super::strip::{Look, percent};
use crate::lang::tr;
use crate::theme::{self, Tokens, size, tokens};

/// Words left out one by one at most; in a longer text several go together.
const MAX_PIECES: usize = 64;
/// Changes smaller than this are not painted.
const MIN_EFFECT: f32 = 0.02;
/// A change as large as this is painted in full.
const FULL_EFFECT: f32 = 0.3;

/// How much each word speaks for the answer: by how much its probability, or the number on the scale of the target,
/// falls without the word.
pub(super) type Effects = BTreeMap<String, f32>;

/// The parts of a text that are left out: words, and single characters where a script has no blanks.
pub(super) fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut is_open = false;
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        let stands_alone = is_ideograph(letter);
        let is_word = letter.is_alphanumeric() || letter == '\'' || letter == '’';
        match words.last_mut() {
            Some(word) if is_open && is_word && !stands_alone => word.end = end,
            _ if is_word => words.push(at..end),
            _ => {}
        }
        is_open = is_word && !stands_alone;
    }
    if words.len() <= MAX_PIECES {
        return words;
    }
    let n_together = words.len().div_ceil(MAX_PIECES);
    words
        .chunks(n_together)
        .filter_map(|group| Some(group.first()?.start..group.last()?.end))
        .collect()
}

/// The text without one of its parts, for each of them.
pub(super) fn shortened(text: &str) -> Vec<String> {
    let without = |piece: Range<usize>| {
        let before = text.get(..piece.start).unwrap_or_default();
        let after = text.get(piece.end..).unwrap_or_default();
        format!("{before}{after}")
    };
    pieces(text).into_iter().map(without).collect()
}

/// What the words of a text do to its answer; `curve` holds the answers to [`shortened`].
pub(super) fn effects(text: &str, answer: &Answer, curve: &Curve, target: Option<Span>) -> Effects {
    let change = |without: &Answer| match (answer, without) {
        (Answer::Class { best, probabilities }, Answer::Class { probabilities: without, .. }) => {
            let of = |probabilities: &[f32]| probabilities.get(*best).copied().unwrap_or_default();
            of(probabilities) - of(without)
        }
        (Answer::Number(number), Answer::Number(without)) => {
            target.map_or(0.0, |target| ((number - without) / (target.high - target.low)) as f32)
        }
        _ => 0.0,
    };
    let both = pieces(text).into_iter().zip(curve);
    both.filter_map(|(piece, without)| {
        Some((text.get(piece)?.to_owned(), change(without.as_ref()?)))
    })
    .collect()
}

/// Draws the field; true where the text was changed.
pub(super) fn words_ui(
    ui: &mut Ui,
    name: &str,
    text: &mut String,
    effects: &Effects,
    look: Look<'_>,
) -> bool {
    let tokens = tokens(ui);
    let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| -> Arc<Galley> {
        let mut job = painted(text.as_str(), effects, tokens, look);
        job.wrap.max_width = width;
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let edit = TextEdit::multiline(text)
        .desired_rows(3)
        .desired_width(f32::INFINITY)
        .margin(Margin::symmetric(8, 6));
    let has_changed = ui.name_inputs(name, |ui| ui.add(edit.layouter(&mut layouter)).changed());
    if effects.values().any(|effect| effect.abs() >= MIN_EFFECT) {
        legend_ui(ui, tokens, look);
    }
    has_changed
}

fn painted(text: &str, effects: &Effects, tokens: &Tokens, look: Look<'_>) -> LayoutJob {
    let format = |background| TextFormat {
        font_id: theme::regular(size::BODY),
        color: tokens.text,
        background,
        ..TextFormat::default()
    };
    let mut job = LayoutJob::default();
    let mut at = 0;
    for piece in pieces(text) {
        let word = text.get(piece.clone()).unwrap_or_default();
        let effect = effects.get(word).copied().unwrap_or_default();
        job.append(
            text.get(at..piece.start).unwrap_or_default(),
            0.0,
            format(Color32::TRANSPARENT),
        );
        job.append(word, 0.0, format(color_of(effect, tokens, look)));
        at = piece.end;
    }
    job.append(text.get(at..).unwrap_or_default(), 0.0, format(Color32::TRANSPARENT));
    job
}

fn color_of(effect: f32, tokens: &Tokens, look: Look<'_>) -> Color32 {
    if effect.abs() < MIN_EFFECT {
        return Color32::TRANSPARENT;
    }
    let (speaks_for, against) = colors(tokens, look);
    let color = if effect > 0.0 { speaks_for } else { against };
    color.gamma_multiply(0.12 + 0.43 * (effect.abs() / FULL_EFFECT).min(1.0))
}

/// Of words that speak for the answer, and of those against it: of two classes the other one.
fn colors(tokens: &Tokens, look: Look<'_>) -> (Color32, Color32) {
    match look.classes.len() {
        0 => (tokens.accent, tokens.warning),
        2 => (look.color(tokens, look.best), look.color(tokens, 1 - look.best.min(1))),
        _ => (look.color(tokens, look.best), tokens.weak),
    }
}

fn legend_ui(ui: &mut Ui, tokens: &Tokens, look: Look<'_>) {
    let (speaks_for, against) = colors(tokens, look);
    let best = look.classes.get(look.best).map_or("", String::as_str);
    let (up, down) = match look.classes.len() {
        0 => (
            tr("raises the number", "使数值升高").to_owned(),
            tr("lowers it", "使数值降低").to_owned(),
        ),
        _ => (
            format!("{}{best}", tr("speaks for ", "支持：")),
            tr("speaks against it", "反对").to_owned(),
        ),
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        for (color, words) in [(speaks_for, up), (against, down)] {
            let (swatch, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            ui.painter().rect_filled(swatch, CornerRadius::same(2), color.gamma_multiply(0.55));
            ui.label(RichText::new(words).size(size::SMALL).color(tokens.weak));
            ui.add_space(8.0);
        }
    })
    .response
    .on_hover_text(hint());
}

fn hint() -> String {
    let least = percent(MIN_EFFECT);
    match crate::lang::lang() {
        pg_base::Lang::En => format!(
            "Each word was left out once; coloured are those that change the answer by {least} or more."
        ),
        pg_base::Lang::Zh => format!("依次去掉每个词；着色的词会使结果改变 {least} 以上。"),
    }
}

/// Scripts that are written without blanks.
fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_characters_are_left_out() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> =
                pieces(text).into_iter().filter_map(|piece| text.get(piece)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("It's great, really.", &["It's", "great", "really"]);
        check("很好 ok很", &["很", "好", "ok", "很"]);
        check(" … ", &[]);
        assert_eq!(shortened("so good"), [" good", "so "]);
        let long = "word ".repeat(1000);
        assert!(pieces(&long).len() <= MAX_PIECES);
    }

    #[test]
    fn a_word_that_is_missed_speaks_for_the_answer() {
        let answer = |no: f32| Answer::Class { best: 1, probabilities: vec![no, 1.0 - no] };
        let found =
            effects("so good", &answer(0.1), &vec![Some(answer(0.1)), Some(answer(0.7))], None);
        let rounded: Vec<(&str, i32)> = found
            .iter()
            .map(|(word, effect)| (word.as_str(), (effect * 100.0).round() as i32))
            .collect();
        assert_eq!(rounded, [("good", 60), ("so", 0)]);
    }
}
