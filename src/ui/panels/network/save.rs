//! Saving a network: its diagram as a picture, its layers as a table.

use eframe::egui::{Popup, Ui};
use egui_material_icons::icons;

use super::drawing::to_svg;
use super::layout::Layout;
use super::view::NetworkView;
use crate::cx::Cx;
use crate::figure::{csv_cell, menu_item, svg_to_png};
use crate::lang::tr;
use crate::theme::tokens;
use crate::widgets;
use crate::writes::save_as;

const MENU_WIDTH: f32 = 230.0;

/// A button with the ways to save; `name` is that of the network.
pub(super) fn save_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    name: &str,
    network: &NetworkView,
    layout: &Layout,
    is_flowing_down: bool,
) {
    let label = tr("Save the network", "保存网络结构");
    let button = widgets::icon_button(ui, icons::ICON_DOWNLOAD, label);
    let tokens = tokens(ui);
    Popup::menu(&button).width(MENU_WIDTH).show(|ui| {
        ui.set_width(MENU_WIDTH);
        let svg = || to_svg(network, layout, is_flowing_down, tokens);
        let label = tr("Save diagram as PNG…", "将结构图另存为 PNG…");
        if menu_item(ui, icons::ICON_IMAGE, label) {
            let svg = svg();
            save_as(cx, tr("Save as PNG", "另存为 PNG"), name, "png", move || svg_to_png(&svg));
        }
        let label = tr("Save diagram as SVG…", "将结构图另存为 SVG…");
        if menu_item(ui, icons::ICON_SHAPES, label) {
            let svg = svg();
            save_as(cx, tr("Save as SVG", "另存为 SVG"), name, "svg", || Ok(svg.into_bytes()));
        }
        let label = tr("Save layers as CSV…", "将各层另存为 CSV…");
        if menu_item(ui, icons::ICON_TABLE, label) {
            let csv = to_csv(network);
            save_as(cx, tr("Save as CSV", "另存为 CSV"), name, "csv", || Ok(csv.into_bytes()));
        }
    });
}

/// One row per layer, under names that do not change with the language.
fn to_csv(network: &NetworkView) -> String {
    let mut csv = "id,layer,settings,output,parameters,multiply_adds,inputs\n".to_owned();
    for layer in &network.layers {
        let ids: Vec<&str> = layer
            .inputs
            .iter()
            .filter_map(|input| network.layers.get(*input))
            .map(|input| input.id.as_str())
            .collect();
        let number = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
        let cells = [
            csv_cell(&layer.id),
            csv_cell(&layer.title),
            csv_cell(&layer.details),
            csv_cell(layer.shape.as_deref().unwrap_or_default()),
            number(layer.cost.map(|cost| cost.n_params)),
            number(layer.cost.map(|cost| cost.n_macs)),
            csv_cell(&ids.join(" ")),
        ];
        csv += &cells.join(",");
        csv.push('\n');
    }
    csv
}

#[cfg(test)]
mod tests {
    use pg_nn::Cost;

    use super::super::view::{LayerView, Role};
    use super::*;
    use crate::theme;

    fn network() -> NetworkView {
        let layer = |id: &str, title: &str, inputs: &[usize]| LayerView {
            id: id.to_owned(),
            node: id.to_owned(),
            title: title.to_owned(),
            details: "Units 8, wide".to_owned(),
            summary: "",
            role: Role::Learns,
            shape: Some("8".to_owned()),
            cost: Some(Cost { n_params: 72, n_macs: 64, n_kept: 8 }),
            inputs: inputs.to_vec(),
        };
        let layers =
            vec![layer("a", "Dense", &[]), layer("b", "<卷积>", &[0]), layer("c", "Add", &[0, 1])];
        NetworkView { layers, total: None, trouble: None }
    }

    #[test]
    fn layers_are_rows() {
        let csv = to_csv(&network());
        assert_eq!(csv.lines().count(), 4);
        assert_eq!(csv.lines().last(), Some("c,Add,\"Units 8, wide\",8,72,64,a b"));
    }

    #[test]
    fn the_diagram_is_a_picture_in_both_directions() {
        let network = network();
        let inputs: Vec<_> = network.layers.iter().map(|layer| layer.inputs.clone()).collect();
        let layout = Layout::of(&inputs);
        for (is_flowing_down, is_dark) in [(true, true), (false, false)] {
            let svg = to_svg(&network, &layout, is_flowing_down, theme::of(is_dark));
            assert!(svg.contains("&lt;卷积&gt;") && svg.matches("<polygon").count() == 3, "{svg}");
            let png = svg_to_png(&svg).expect("a picture");
            assert!(png.starts_with(b"\x89PNG"));
        }
    }
}
