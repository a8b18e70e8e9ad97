//! Points as dots, and as a density where there are too many to tell apart.

use eframe::egui::{Color32, Rgba};

use super::super::model::{Figure, Layer, Points};
use super::super::picture::Mark;
use super::super::plane::Plane;
use super::header::ends;
use crate::theme::Tokens;

/// More points than this are drawn as a density.
const MAX_DOTS: usize = 20_000;
/// Side of a cell of the density, in points.
const CELL: f32 = 3.0;

/// Whether the points are drawn as a density.
pub(super) fn is_dense(figure: &Figure) -> bool {
    n_points(figure) > MAX_DOTS
}

fn n_points(figure: &Figure) -> usize {
    let counted =
        |layer: &Layer| if let Layer::Points(points) = layer { points.points.len() } else { 0 };
    figure.layers.iter().map(counted).sum()
}

/// Dots, smaller and fainter the more there are.
pub(super) fn points(
    points: &Points,
    figure: &Figure,
    plane: &Plane,
    tokens: &Tokens,
    marks: &mut Vec<Mark>,
) {
    let (radius, strength) = match n_points(figure) {
        0..=400 => (3.2, 0.85),
        401..=3000 => (2.6, 0.7),
        _ => (2.0, 0.5),
    };
    let plain = tokens.ink(points.ink).gamma_multiply(strength);
    let shades = points.shades.as_ref().and_then(|(_, values)| Some((values, ends(values)?)));
    for (index, point) in points.points.iter().enumerate() {
        let Some(center) = plane.place(*point) else { continue };
        let fill = match &shades {
            None => plain,
            Some((values, [low, high])) => {
                match values.get(index).filter(|value| value.is_finite()) {
                    Some(value) if high > low => {
                        tokens.shade(((value - low) / (high - low)) as f32).gamma_multiply(strength)
                    }
                    Some(_) => plain,
                    None => tokens.weak.gamma_multiply(0.4),
                }
            }
        };
        marks.push(Mark::Dot { center, radius, fill, edge: None });
    }
}

/// How many points fall on each cell, in the mixed colour of their layers.
pub(super) fn density(figure: &Figure, plane: &Plane, tokens: &Tokens) -> Mark {
    let rect = plane.rect;
    let n_columns = (rect.width() / CELL).ceil().clamp(1.0, 2000.0) as usize;
    let n_rows = (rect.height() / CELL).ceil().clamp(1.0, 2000.0) as usize;
    let mut counts = vec![0_f32; n_columns * n_rows];
    let mut mixed = vec![[0_f32; 3]; n_columns * n_rows];
    for layer in &figure.layers {
        let Layer::Points(points) = layer else { continue };
        let ink = Rgba::from(tokens.ink(points.ink));
        for point in &points.points {
            let Some(place) = plane.place(*point).filter(|place| rect.contains(*place)) else {
                continue;
            };
            let column = (((place.x - rect.left()) / rect.width()) * n_columns as f32) as usize;
            let row = (((place.y - rect.top()) / rect.height()) * n_rows as f32) as usize;
            let cell = row.min(n_rows - 1) * n_columns + column.min(n_columns - 1);
            if let (Some(count), Some(mix)) = (counts.get_mut(cell), mixed.get_mut(cell)) {
                *count += 1.0;
                for (channel, part) in mix.iter_mut().zip([ink.r(), ink.g(), ink.b()]) {
                    *channel += part;
                }
            }
        }
    }
    let largest = counts.iter().copied().fold(1.0, f32::max).ln_1p();
    let color = |(count, mix): (&f32, &[f32; 3])| {
        if *count == 0.0 {
            return Color32::TRANSPARENT;
        }
        let [red, green, blue] = mix.map(|part| part / count);
        Color32::from(Rgba::from_rgb(red, green, blue))
            .gamma_multiply(0.25 + 0.75 * count.ln_1p() / largest)
    };
    let colors = counts.iter().zip(&mixed).map(color).collect();
    Mark::Raster { rect, n_columns, colors }
}
