//! The search for a node to add, opened where it will stand; only what fits is offered, what is added lands connected.

use eframe::egui::{
    self, Area, CornerRadius, Frame, Key, Margin, Modifiers, Order, Pos2, Rect, Role, ScrollArea,
    Sense, Stroke, TextEdit, Ui, WidgetInfo, vec2,
};
use pg_contract::{NodeSpec, PortType, Status};
use pg_pipeline::{Endpoint, Link};

use super::connect::Loose;
use super::{Canvas, edits};
use crate::cx::Cx;
use crate::lang::{Tr, tr};
use crate::library::add::{self, OpenEnd};
use crate::library::search::Finder;
use crate::theme::{self, size, tokens};
use crate::{icons, names, widgets};

/// Offers shown at once.
const MAX_SHOWN: usize = 60;

/// An open search.
#[derive(Clone, Debug)]
pub struct Search {
    text: String,
    /// Where it is drawn; none for the middle of the canvas.
    screen: Option<Pos2>,
    /// Where the new node goes.
    place: [f32; 2],
    beside: Option<(OpenEnd, Option<PortType>)>,
    /// Wires to nodes that are there already, offered first.
    wires: Vec<(String, Link)>,
    /// Whether new kinds are offered too.
    offers_kinds: bool,
    chosen: usize,
    is_new: bool,
}

/// One line of the list.
enum Offer {
    Kind(&'static NodeSpec),
    Wire(String, Link),
}

impl Search {
    fn new(place: [f32; 2]) -> Self {
        Self {
            text: String::new(),
            screen: None,
            place,
            beside: None,
            wires: Vec::new(),
            offers_kinds: true,
            chosen: 0,
            is_new: true,
        }
    }

    /// A search where the pointer is.
    pub(crate) fn at(screen: Pos2, place: [f32; 2]) -> Self {
        Self { screen: Some(screen), ..Self::new(place) }
    }

    /// A search for what a loose wire fits.
    pub(crate) fn at_loose_end(screen: Pos2, place: [f32; 2], loose: Loose) -> Self {
        let end = Endpoint::new(&loose.node, &loose.port);
        let beside = if loose.is_output { OpenEnd::Output(end) } else { OpenEnd::Input(end) };
        let [x, y] = place;
        let place = if loose.is_output { place } else { [x - super::scene::WIDTH, y] };
        Self { beside: Some((beside, loose.port_type)), ..Self::at(screen, place) }
    }

    /// A search by keyboard: what is added stands right of the chosen node, wired to it where it fits.
    pub(crate) fn beside_chosen(cx: &Cx<'_>, canvas: &Canvas) -> Self {
        let place = match cx.chosen_node() {
            Some(node) => [node.position[0] + super::scene::WIDTH + 48.0, node.position[1]],
            None => canvas.middle(),
        };
        Self::new(place)
    }

    /// A search among the ports that the chosen node's outputs fit.
    pub(crate) fn for_wires_of_chosen(cx: &Cx<'_>, canvas: &Canvas) -> Option<Self> {
        let node = cx.chosen_node()?;
        let card = canvas.scene.card(&node.id)?;
        let mut wires = Vec::new();
        for output in &card.outputs {
            let loose = Loose::from(cx.session.document(), card, output, true);
            for other in &canvas.scene.cards {
                for input in &other.inputs {
                    if let Ok(link) = loose.verdict(other, input, false)
                        && !cx.session.document().links().contains(&link)
                    {
                        let port = input
                            .label
                            .map_or_else(|| input.id.clone(), |label| label.tr().to_owned());
                        wires.push((
                            format!("→ {} · {port}", names::title_of(cx.session, &other.id)),
                            link,
                        ));
                    }
                }
            }
        }
        Some(Self { wires, offers_kinds: false, ..Self::new(canvas.middle()) })
    }

    fn offers(&self, cx: &Cx<'_>) -> Vec<Offer> {
        let mut finder = Finder::new(&self.text);
        let mut scored: Vec<(u32, usize, Offer)> = Vec::new();
        for (text, link) in &self.wires {
            if let Some(score) = finder.score(text) {
                scored.push((score, scored.len(), Offer::Wire(text.clone(), link.clone())));
            }
        }
        if self.offers_kinds {
            for spec in cx.session.core().registry().all().iter().filter(|spec| self.fits(spec)) {
                if let Some(score) = finder.score_of(spec) {
                    scored.push((score, scored.len(), Offer::Kind(spec)));
                }
            }
        }
        if !self.text.trim().is_empty() {
            scored.sort_by(|(a, i, _), (b, j, _)| b.cmp(a).then(i.cmp(j)));
        }
        scored.into_iter().take(MAX_SHOWN).map(|(_, _, offer)| offer).collect()
    }

    fn fits(&self, spec: &NodeSpec) -> bool {
        if matches!(spec.status, Status::Deprecated { .. }) {
            return false;
        }
        match &self.beside {
            Some((OpenEnd::Output(_), port_type)) => {
                spec.inputs.iter().any(|port| Some(port.port_type) == *port_type)
            }
            Some((OpenEnd::Input(_), port_type)) => {
                spec.outputs.iter().any(|port| Some(port.port_type) == *port_type)
            }
            None => true,
        }
    }

    fn take(&self, cx: &mut Cx<'_>, offer: Offer) {
        match offer {
            Offer::Wire(_, link) => edits::connect(cx, link),
            Offer::Kind(spec) => {
                match &self.beside {
                    Some((end, _)) => add::add_node(cx, spec.id, self.place, Some(end.clone())),
                    // By keyboard: wired to the chosen node where it fits.
                    None if self.screen.is_none() => add::add_in_middle(cx, spec.id),
                    None => add::add_node(cx, spec.id, self.place, None),
                };
            }
        }
    }
}

/// Draws the search where one is open.
pub(crate) fn search_ui(ui: &mut Ui, cx: &mut Cx<'_>, canvas: &mut Canvas) {
    let Some(mut search) = canvas.search.take() else { return };
    let viewport = canvas.camera.viewport;
    let at = search
        .screen
        .unwrap_or_else(|| viewport.center_top() + vec2(-150.0, viewport.height() * 0.16));
    let at = at.clamp(viewport.min, (viewport.max - vec2(316.0, 360.0)).max(viewport.min));
    let tokens = tokens(ui);
    let shadow = ui.visuals().popup_shadow;
    let mut is_done = false;
    let mut taken = None;
    let area = Area::new(egui::Id::unique("canvas-search")).order(Order::Foreground).fixed_pos(at);
    let shown = area.show(ui.ctx(), |ui| {
        let frame = Frame::new()
            .fill(tokens.panel)
            .stroke(Stroke::new(1.0, tokens.border))
            .corner_radius(CornerRadius::same(10))
            .inner_margin(Margin::same(8))
            .shadow(shadow);
        frame.show(ui, |ui| {
            ui.set_width(300.0);
            // Taken before the field sees them.
            let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
            let (up, down, enter, escape) = (
                pressed(Key::ArrowUp),
                pressed(Key::ArrowDown),
                pressed(Key::Enter),
                pressed(Key::Escape),
            );
            let hint = if search.offers_kinds {
                tr("Search nodes to add", "搜索要添加的节点")
            } else {
                tr("Connect to…", "连接到…")
            };
            let edit = TextEdit::singleline(&mut search.text)
                .hint_text(hint)
                .desired_width(f32::INFINITY)
                .margin(Margin::symmetric(8, 6));
            let field = ui.add(edit).accessible_name(hint);
            if std::mem::take(&mut search.is_new) {
                field.request_focus();
            }
            if field.changed() {
                search.chosen = 0;
            }
            let offers = search.offers(cx);
            let last = offers.len().saturating_sub(1);
            if down {
                search.chosen = (search.chosen + 1).min(last);
            }
            if up {
                search.chosen = search.chosen.saturating_sub(1);
            }
            search.chosen = search.chosen.min(last);
            is_done = escape;
            if offers.is_empty() {
                ui.add_space(6.0);
                widgets::weak(ui, tr("Nothing fits.", "没有匹配项。"));
            }
            ScrollArea::vertical().max_height(290.0).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                for (index, offer) in offers.into_iter().enumerate() {
                    let is_chosen = index == search.chosen;
                    let response = offer_ui(ui, &offer, is_chosen);
                    if is_chosen && (up || down) {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() || (is_chosen && enter) {
                        taken = Some(offer);
                    }
                }
            });
        });
    });
    if let Some(offer) = taken {
        search.take(cx, offer);
        is_done = true;
    }
    let clicked_outside = ui.input(|input| {
        input.pointer.any_pressed()
            && input.pointer.interact_pos().is_some_and(|at| !shown.response.rect.contains(at))
    });
    if is_done || clicked_outside {
        ui.memory_mut(|memory| memory.request_focus(super::canvas_id()));
    } else {
        canvas.search = Some(search);
    }
}

fn offer_ui(ui: &mut Ui, offer: &Offer, is_chosen: bool) -> egui::Response {
    let tokens = tokens(ui);
    let (title, side, stage) = match offer {
        Offer::Kind(spec) => (
            spec.text.title.tr().to_owned(),
            spec.stage.title().tr().to_owned(),
            Some((spec.id, spec.stage)),
        ),
        Offer::Wire(text, _) => (text.clone(), String::new(), None),
    };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::ROW + 2.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_chosen, &title));
    if is_chosen || response.hovered() {
        let fill = if is_chosen { tokens.selected } else { tokens.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
    }
    let mut x = rect.left() + 8.0;
    if let Some((kind, stage)) = stage {
        let icon = Rect::from_center_size(egui::pos2(x + 8.0, rect.center().y), vec2(16.0, 16.0));
        icons::kind_icon_ui(ui, kind, stage, icon, tokens.stage(stage));
        x += 26.0;
    }
    let text = |at: Pos2, align: egui::Align2, text: &str, color| {
        ui.painter().text(at, align, text, theme::regular(size::BODY), color)
    };
    text(egui::pos2(x, rect.center().y), egui::Align2::LEFT_CENTER, &title, tokens.strong);
    ui.painter().text(
        rect.right_center() - vec2(8.0, 0.0),
        egui::Align2::RIGHT_CENTER,
        &side,
        theme::regular(size::SMALL),
        tokens.weak,
    );
    match offer {
        Offer::Kind(spec) => response.on_hover_text(spec.text.summary.tr()),
        Offer::Wire(..) => response,
    }
}
