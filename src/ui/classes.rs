//! The colours of classes: the one that the person gave, else that of their place; the same in every picture.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use eframe::egui::Color32;
use pg_pipeline::{ClassColors, Rgb};

use crate::figure::{Figure, Ink, Layer};
use crate::theme::{self, Tokens};

thread_local! {
    /// Like the language, a matter of the thread: figures are painted deep below what knows the project.
    static GIVEN: RefCell<Arc<ClassColors>> = RefCell::default();
}

/// Tells the thread what the person gave; from the document, before each frame.
pub fn set_given(colors: &Arc<ClassColors>) {
    GIVEN.with_borrow_mut(|given| given.clone_from(colors));
}

/// What the thread knows, for handing it to another one.
pub fn given() -> Arc<ClassColors> {
    GIVEN.with_borrow(Arc::clone)
}

/// The colour that the person gave to a class.
pub fn given_to(class: &str) -> Option<Color32> {
    GIVEN.with_borrow(|given| given.get(class).map(|Rgb([r, g, b])| theme::own([*r, *g, *b])))
}

/// The colour of a class with a place in the order of all.
pub fn color_of(class: &str, index: usize, tokens: &Tokens) -> Color32 {
    given_to(class).unwrap_or_else(|| tokens.series(index))
}

/// The theme for a figure: series that stand for a class have its colour, and so has all that shares their ink.
pub(crate) fn tokens_for<'a>(figure: &Figure, tokens: &'a Tokens) -> Cow<'a, Tokens> {
    if GIVEN.with_borrow(|given| given.is_empty()) {
        return Cow::Borrowed(tokens);
    }
    let mut own = Vec::new();
    for layer in &figure.layers {
        match layer {
            Layer::Boxes(boxes) if boxes.ink.is_none() => {
                let names = figure.x.categories.iter().chain(&figure.y.categories).flatten();
                own.extend(names.enumerate().filter_map(|(at, name)| Some((at, given_to(name)?))));
            }
            layer => own.extend(layer.legend().and_then(|(name, ink)| match ink {
                Ink::Series(index) => Some((index, of_series(name)?)),
                _ => None,
            })),
        }
    }
    if own.is_empty() {
        return Cow::Borrowed(tokens);
    }
    let mut tokens = tokens.clone();
    tokens.given.extend(own);
    Cow::Owned(tokens)
}

/// A series is called like its class, with a number behind it where that tells more: `cat · AUC 0.97`.
fn of_series(name: &str) -> Option<Color32> {
    given_to(name).or_else(|| given_to(name.rsplit_once(" · ")?.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Line;
    use crate::theme;

    #[test]
    fn a_class_has_its_colour_in_every_figure() {
        let line = |name: &str, index: usize| Line::new(name, Ink::Series(index), vec![[0.0, 1.0]]);
        let figure = Figure::new("").with(line("cat · AUC 0.97", 1)).with(line("dog", 9));
        let plain = theme::of(true);
        let check = |given: &[&str], index: usize, expected: Color32| {
            let colors = given.iter().map(|class| ((*class).to_owned(), Rgb([1, 2, 3]))).collect();
            set_given(&Arc::new(colors));
            assert_eq!(tokens_for(&figure, plain).series(index), expected, "{given:?} {index}");
        };
        let own = theme::own([1, 2, 3]);
        check(&[], 1, plain.series(1));
        check(&["cat"], 1, own);
        check(&["cat"], 9, plain.series(1));
        check(&["dog"], 9, own);
        check(&["dog", "bird"], 1, plain.series(1));
    }
}
