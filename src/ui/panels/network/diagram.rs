//! The network as boxes and lines, painted by us at every zoom; it moves by dragging and scrolling.

use eframe::egui::{
    CornerRadius, CursorIcon, Id, Painter, Rect, Response, Role as WidgetRole, Sense, Stroke,
    StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo, vec2,
};
use egui_material_icons::icons;

use super::drawing::{Look, connection, layer_box};
use super::layout::Layout;
use super::scene::{Camera, Scene};
use super::view::{LayerView, NetworkView};
use crate::figure::paint_marks;
use crate::lang::tr;
use crate::theme::{size, tokens};
use crate::widgets;

/// What was clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Click {
    /// A layer.
    Layer(usize),
    /// A layer, twice.
    Open(usize),
    /// The space between.
    Nothing,
}

/// Draws the network in the space that is there; `revealed` is brought into view.
pub(super) fn diagram_ui(
    ui: &mut Ui,
    camera: &mut Camera,
    network: &NetworkView,
    layout: &Layout,
    chosen: Option<usize>,
    revealed: Option<usize>,
) -> Option<Click> {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
    response.widget_info(|| {
        WidgetInfo::labeled(WidgetRole::Group, true, tr("Diagram of the network", "网络结构图"))
    });
    let painter = ui.painter_at(rect.shrink(1.0));
    painter.rect(
        rect,
        CornerRadius::same(size::CARD_RADIUS),
        tokens.canvas,
        Stroke::new(1.0, tokens.border),
        StrokeKind::Inside,
    );
    let is_flowing_down = rect.height() > rect.width();
    let mut scene = Scene::new(layout, is_flowing_down, *camera, rect);
    steer(ui, &response, &mut scene);
    if let Some(spot) = revealed.and_then(|layer| layout.spots.get(layer)) {
        scene.reveal(*spot);
    }
    scene.keep_in_sight();
    for edge in &layout.edges {
        paint_marks(ui, &painter, &connection(&scene, edge, chosen, tokens));
    }
    let mut click = response.clicked().then_some(Click::Nothing);
    for (index, (layer, spot)) in network.layers.iter().zip(&layout.spots).enumerate() {
        let rect = scene.rect(*spot);
        if !rect.intersects(scene.view) {
            continue;
        }
        let id = response.id.with(("layer", index));
        let response =
            box_ui(ui, &painter, id, rect, scene.camera.zoom, layer, chosen == Some(index));
        if response.double_clicked() {
            click = Some(Click::Open(index));
        } else if response.clicked() {
            click = Some(Click::Layer(index));
        }
    }
    buttons_ui(ui, &mut scene);
    *camera = scene.camera;
    click
}

/// Dragging and scrolling move, pinching and Ctrl with the wheel zoom.
fn steer(ui: &Ui, response: &Response, scene: &mut Scene<'_>) {
    if response.dragged() {
        scene.camera.origin -= response.drag_delta() / scene.camera.zoom;
    }
    if response.double_clicked() {
        scene.fit(true);
    }
    let Some(pointer) =
        ui.input(|input| input.pointer.hover_pos()).filter(|at| response.rect.contains(*at))
    else {
        return;
    };
    if !response.contains_pointer() && !ui.rect_contains_pointer(response.rect) {
        return;
    }
    let (zoom, scroll) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta()));
    if zoom != 1.0 {
        scene.zoom_at(zoom, pointer);
    } else if scroll != Vec2::ZERO {
        // A wheel knows up and down only: it goes along the flow.
        let along =
            if scene.is_flowing_down || scroll.x != 0.0 { scroll } else { vec2(scroll.y, 0.0) };
        scene.camera.origin -= along / scene.camera.zoom;
    }
}

fn box_ui(
    ui: &Ui,
    painter: &Painter,
    id: Id,
    rect: Rect,
    zoom: f32,
    layer: &LayerView,
    is_chosen: bool,
) -> Response {
    let tokens = tokens(ui);
    let visible = rect.intersect(ui.clip_rect()).intersect(painter.clip_rect());
    let response = ui.interact(visible, id, Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(WidgetRole::TreeItem, true, is_chosen, named(layer)));
    let is_lit = response.hovered() || response.has_focus();
    let look = Look { is_chosen, is_lit, has_focus: response.has_focus() };
    paint_marks(ui, painter, &layer_box(rect, zoom, layer, look, tokens));
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_ui(|ui| tooltip_ui(ui, layer))
}

/// What a layer is, for the tooltip.
pub(super) fn tooltip_ui(ui: &mut Ui, layer: &LayerView) {
    ui.set_max_width(300.0);
    widgets::subheading(ui, &layer.title);
    widgets::weak(ui, layer.summary);
    ui.add_space(2.0);
    let mut row = |label: &str, value: &str| {
        if !value.is_empty() {
            widgets::key_value(ui, label, value);
        }
    };
    row(tr("Settings", "设置"), &layer.details);
    row(tr("Output", "输出"), layer.shape.as_deref().unwrap_or_default());
    if let Some(cost) = layer.cost {
        row(tr("Parameters", "参数"), &widgets::count(cost.n_params));
        row(tr("Multiply-adds per row", "每行乘加次数"), &widgets::count(cost.n_macs));
    }
    row(tr("Name in files", "文件中的名称"), &layer.id);
}

fn named(layer: &LayerView) -> String {
    match &layer.shape {
        Some(shape) => format!("{} {shape}", layer.title),
        None => layer.title.clone(),
    }
}

fn buttons_ui(ui: &mut Ui, scene: &mut Scene<'_>) {
    let side = size::CONTROL - 2.0;
    let corner = scene.view.right_bottom() - vec2(8.0, 8.0);
    let rect = Rect::from_min_max(corner - vec2(3.0 * side + 4.0, side), corner);
    let mut child = ui.new_child(
        UiBuilder::new()
            .max_rect(rect)
            .layout(eframe::egui::Layout::left_to_right(eframe::egui::Align::Center)),
    );
    child.spacing_mut().item_spacing.x = 2.0;
    let back = rect.expand(2.0);
    child.painter().rect_filled(
        back,
        CornerRadius::same(size::RADIUS),
        tokens(&child).panel.gamma_multiply(0.9),
    );
    let middle = scene.view.center();
    if widgets::icon_button(&mut child, icons::ICON_REMOVE, tr("Zoom out", "缩小")).clicked() {
        scene.zoom_at(0.8, middle);
    }
    if widgets::icon_button(
        &mut child,
        icons::ICON_FIT_SCREEN,
        tr("Show the whole network", "显示整个网络"),
    )
    .clicked()
    {
        scene.fit(true);
    }
    if widgets::icon_button(&mut child, icons::ICON_ADD, tr("Zoom in", "放大")).clicked() {
        scene.zoom_at(1.25, middle);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::super::view::Role;
    use super::*;
    use crate::theme;

    fn layer(title: &str, inputs: &[usize]) -> LayerView {
        LayerView {
            id: title.to_owned(),
            node: title.to_owned(),
            title: title.to_owned(),
            details: String::new(),
            summary: "",
            role: Role::Fixed,
            shape: Some("8".to_owned()),
            cost: None,
            inputs: inputs.to_vec(),
        }
    }

    #[test]
    fn a_click_on_a_box_chooses_its_layer() {
        let layers = vec![layer("Entry", &[]), layer("Middle", &[0]), layer("End", &[1])];
        let layout =
            Layout::of(&layers.iter().map(|layer| layer.inputs.clone()).collect::<Vec<_>>());
        let network = NetworkView { layers, total: None, trouble: None };
        let clicked = Rc::new(Cell::new(None));
        let (seen, mut camera) = (clicked.clone(), Camera::default());
        let builder =
            Harness::builder().with_size(vec2(800.0, 240.0)).with_context_setup(theme::install);
        let mut harness = builder.build_ui(move |ui| {
            if let Some(click) = diagram_ui(ui, &mut camera, &network, &layout, None, None) {
                seen.set(Some(click));
            }
        });
        harness.run();
        harness.get_by_label("Middle 8").click();
        harness.run();
        assert_eq!(clicked.get(), Some(Click::Layer(1)));
    }
}
