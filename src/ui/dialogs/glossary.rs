//! The words of the trade in plain words: a dialog to look them up, and hover texts for panels that use them.

mod terms;

use eframe::egui::{Context, Frame, Label, Margin, Response, RichText, Ui};
use pg_base::Text;

use super::sheet::{Sheet, room_for_scrolling, scroll_ui, search_field};
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::theme::{self, size, tokens};
use crate::widgets;

pub use terms::ALL;

/// A word and what it means.
#[derive(Debug)]
pub struct Term {
    /// Stable id, for hover texts.
    pub id: &'static str,
    /// The word.
    pub name: Text,
    /// What it means, in one to three sentences.
    pub text: Text,
}

/// What is looked up.
#[derive(Debug, Default)]
pub(crate) struct Glossary {
    typed: String,
    /// A term to bring into view.
    wanted: Option<&'static str>,
}

impl Glossary {
    /// Brings a term into view when the dialog is drawn next.
    pub(crate) fn look_up(&mut self, id: &'static str) {
        self.typed.clear();
        self.wanted = Some(id);
    }
}

/// The term of an id.
pub fn term(id: &str) -> Option<&'static Term> {
    ALL.iter().find(|term| term.id == id)
}

/// Explains a word when the pointer rests on it; nothing happens where there is no such term.
pub fn hover(response: Response, id: &str) -> Response {
    match term(id) {
        None => response,
        Some(term) => response.on_hover_ui(|ui| {
            widgets::subheading(ui, term.name.tr());
            ui.add(Label::new(RichText::new(term.text.tr()).color(tokens(ui).text)).wrap());
        }),
    }
}

/// Draws the dialog; false once it has to go.
pub(super) fn show(ctx: &Context, cx: &mut Cx<'_>) -> bool {
    let sheet = Sheet::new("glossary", tr("Glossary", "术语表"), 600.0);
    let glossary = &mut cx.view.dialogs.glossary;
    let ((), is_dismissed) = sheet.show(ctx, |ui, is_new| {
        search_field(ui, &mut glossary.typed, tr("Search the words", "搜索术语"), is_new);
        ui.add_space(8.0);
        let height = room_for_scrolling(ui, 50.0).min(520.0);
        let found = found(&glossary.typed);
        scroll_ui(ui, height, |ui| {
            if found.is_empty() {
                ui.add_space(24.0);
                ui.vertical_centered(|ui| {
                    widgets::weak(ui, tr("No word of this name", "没有匹配的术语"))
                });
            }
            for term in found {
                let is_wanted = glossary.wanted == Some(term.id);
                let response = term_ui(ui, term, is_wanted);
                if is_wanted && !ui.is_sizing_pass() && !is_new {
                    response.scroll_to_me(Some(eframe::egui::Align::Center));
                    glossary.wanted = None;
                }
            }
        });
    });
    !is_dismissed
}

fn term_ui(ui: &mut Ui, term: &Term, is_wanted: bool) -> Response {
    let tokens = tokens(ui);
    let fill = if is_wanted { tokens.selected } else { tokens.panel };
    let frame = Frame::new()
        .fill(fill)
        .corner_radius(size::CARD_RADIUS)
        .inner_margin(Margin::symmetric(8, 7));
    frame
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.horizontal(|ui| {
                ui.add(Label::new(
                    RichText::new(term.name.tr())
                        .font(theme::bold(size::BODY))
                        .color(tokens.strong),
                ));
                let other =
                    if term.name.tr() == term.name.en { term.name.zh } else { term.name.en };
                ui.add(Label::new(RichText::new(other).size(size::SMALL).color(tokens.weak)));
            });
            ui.add(Label::new(RichText::new(term.text.tr()).color(tokens.text)).wrap());
        })
        .response
}

/// Terms whose word holds what is typed, then those whose explanation does; in the order of the words.
fn found(typed: &str) -> Vec<&'static Term> {
    let typed = typed.trim().to_lowercase();
    let holds = |text: Text| {
        text.en.to_lowercase().contains(&typed) || text.zh.to_lowercase().contains(&typed)
    };
    let mut found: Vec<&Term> =
        ALL.iter().filter(|term| holds(term.name) || holds(term.text)).collect();
    found.sort_by_key(|term| (!holds(term.name), term.name.tr().to_lowercase()));
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn terms_are_whole_and_found_in_both_languages() {
        let ids: BTreeSet<&str> = ALL.iter().map(|term| term.id).collect();
        assert_eq!(ids.len(), ALL.len());
        for term in ALL {
            for text in [term.name, term.text] {
                assert!(!text.en.is_empty() && !text.zh.is_empty(), "{}", term.id);
            }
        }
        let check = |typed: &str, first: &str| {
            assert_eq!(found(typed).first().map(|term| term.id), Some(first), "{typed}");
        };
        check("overfit", "overfitting");
        check("学习率", "learning_rate");
        assert!(found("zzz").is_empty());
        assert!(term("loss").is_some());
    }
}
