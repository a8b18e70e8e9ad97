//! Everything by name: actions, kinds to add, nodes, columns, panels, words and recent projects, found by what is typed.

mod find;
mod items;
mod view;

use eframe::egui::{Align2, Context, CornerRadius, Frame, Id, Key, Modal, Modifiers, Stroke, vec2};
use pg_session::Command;

use super::Dialog;
use super::projects::guarded;
use crate::cx::Cx;
use crate::library;
use crate::theme;
use find::Found;
use items::{Item, What};

/// Width in points.
const WIDTH: f32 = 640.0;
/// From the top of the window.
const TOP: f32 = 64.0;

/// What is typed, and what fits it.
#[derive(Debug, Default)]
pub(super) struct Palette {
    typed: String,
    items: Vec<Item>,
    found: Vec<Found>,
    /// Number of the row that Enter takes.
    at: usize,
    is_stale: bool,
    /// The row was moved to by a key and has to be seen.
    scrolls: bool,
}

impl Palette {
    /// Begins anew with what there is now.
    pub(super) fn open(&mut self) {
        *self = Self { is_stale: true, ..Self::default() };
    }

    fn search(&mut self) {
        self.found = find::search(&self.items, &self.typed);
        self.at = 0;
        self.scrolls = true;
    }

    fn step(&mut self, by: isize) {
        let n = self.found.len();
        if n > 0 {
            let at = self.at as isize + by;
            // One step leads around; a page stops at the end.
            self.at =
                if by.abs() == 1 { at.rem_euclid(n as isize) } else { at.clamp(0, n as isize - 1) }
                    as usize;
            self.scrolls = true;
        }
    }
}

/// Draws it; false once it has to go.
pub(super) fn show(ctx: &Context, cx: &mut Cx<'_>) -> bool {
    let mut palette = std::mem::take(&mut cx.view.dialogs.palette);
    let is_new = std::mem::take(&mut palette.is_stale);
    if is_new {
        palette.items = items::all(cx);
        palette.search();
    }
    let keys = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    for (key, by) in
        [(Key::ArrowDown, 1), (Key::ArrowUp, -1), (Key::PageDown, 8), (Key::PageUp, -8)]
    {
        if keys(key) {
            palette.step(by);
        }
    }
    let is_entered = keys(Key::Enter);
    let tokens = theme::of(ctx.global_style().visuals.dark_mode);
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.border))
        .corner_radius(CornerRadius::same(12))
        .shadow(ctx.global_style().visuals.window_shadow);
    let id = Id::unique("palette");
    let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, TOP));
    let modal = Modal::new(id).area(area).frame(frame);
    let shown = modal.show(ctx, |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 48.0));
        ui.set_max_height(ui.ctx().content_rect().height() - TOP - 24.0);
        view::palette_ui(ui, &mut palette, is_new)
    });
    let row = shown.inner.or(is_entered.then_some(palette.at));
    let is_dismissed = shown.should_close();
    let chosen =
        row.and_then(|row| palette.found.get(row)).and_then(|found| palette.items.get(found.item));
    // What cannot be done now is shown, so that nobody looks for it elsewhere, but not done.
    let what = chosen.filter(|item| item.is_enabled).map(|item| item.what.clone());
    cx.view.dialogs.palette = palette;
    match what {
        Some(what) => {
            cx.view.dialogs.close();
            act(cx, what);
            cx.view.dialogs.open.is_some()
        }
        None => !is_dismissed,
    }
}

fn act(cx: &mut Cx<'_>, what: What) {
    match what {
        What::Act(action) => cx.act(action),
        What::Add(kind) => {
            cx.view.dialogs.is_welcome_dismissed = true;
            library::add::add_in_middle(cx, kind);
        }
        What::Node(node) => cx.go_to(&node),
        What::Panel(tab) => cx.show_tab(tab),
        What::Recent(path) => guarded(cx, move |cx| cx.dispatch(Command::Open { path })),
        What::Term(id) => {
            cx.view.dialogs.glossary.look_up(id);
            cx.view.dialogs.open(Dialog::Glossary);
        }
    }
}
