//! What the pointer is on, and what the tooltip says about it.

use eframe::egui::{Color32, Pos2, Rect, pos2};

use super::layout::{bars, heat};
use super::model::{Bars, Figure, Layer, Line, Scale};
use super::plane::{Plane, Track};
use super::{Hit, edge_texts};
use crate::lang::tr;
use crate::theme::Tokens;
use crate::widgets::{count, number};

/// A point is hit within this distance.
const REACH: f32 = 14.0;
/// Rows of a tooltip; series beyond are counted.
const MAX_ROWS: usize = 12;

/// What the pointer is on.
#[derive(Clone, Debug)]
pub(super) struct Hover {
    /// Which thing.
    pub(super) hit: Hit,
    /// First line of the tooltip; may be empty.
    pub(super) title: String,
    /// Colour, name and value.
    pub(super) rows: Vec<(Option<Color32>, String, String)>,
    /// Dots to put a ring around.
    pub(super) rings: Vec<(Pos2, Color32)>,
    /// An upright line.
    pub(super) crosshair: Option<f32>,
    /// A part of the plot to light up.
    pub(super) lit: Option<Rect>,
}

impl Hover {
    fn new(layer: usize, index: usize, title: String) -> Self {
        Self {
            hit: Hit { layer, index },
            title,
            rows: Vec::new(),
            rings: Vec::new(),
            crosshair: None,
            lit: None,
        }
    }

    fn row(&mut self, color: Option<Color32>, name: impl Into<String>, value: String) {
        self.rows.push((color, name.into(), value));
    }
}

/// What lies below the pointer.
pub(super) fn hover(
    figure: &Figure,
    plane: &Plane,
    tokens: &Tokens,
    pointer: Pos2,
) -> Option<Hover> {
    if !plane.rect.expand(2.0).contains(pointer) {
        return None;
    }
    let looker = Looker { figure, plane, tokens, pointer };
    let mut found = looker
        .cell()
        .or_else(|| looker.point())
        .or_else(|| looker.bar())
        .or_else(|| looker.boxed())
        .or_else(|| looker.lines())?;
    let n_over = found.rows.len().saturating_sub(MAX_ROWS);
    if n_over > 0 {
        found.rows.truncate(MAX_ROWS);
        found.row(None, "…", format!("+{n_over}"));
    }
    Some(found)
}

fn name_of_bar(bars: &Bars, index: usize, base: &Track) -> String {
    if bars.edges.is_empty() {
        return base.name_of(index as f64);
    }
    let texts = if base.scale == Scale::Time {
        bars.edges.iter().map(|edge| base.name_of(*edge)).collect()
    } else {
        edge_texts(&bars.edges)
    };
    texts.get(index..index + 2).map_or_else(String::new, |ends| ends.join(" – "))
}

fn or(label: &str, other: &str) -> String {
    if label.is_empty() { other.to_owned() } else { label.to_owned() }
}

struct Looker<'a> {
    figure: &'a Figure,
    plane: &'a Plane,
    tokens: &'a Tokens,
    pointer: Pos2,
}

impl Looker<'_> {
    fn layers(&self) -> impl Iterator<Item = (usize, &Layer)> {
        self.figure.layers.iter().enumerate()
    }

    fn cell(&self) -> Option<Hover> {
        let (layer, heat) = self.layers().find_map(|(index, layer)| match layer {
            Layer::Heat(heat) => Some((index, heat)),
            _ => None,
        })?;
        let cell = heat::cell_at(heat, self.plane, self.pointer.into())?;
        let n_columns = heat.column_labels.len();
        let mut found = Hover::new(layer, cell, String::new());
        found.row(
            None,
            or(&self.figure.y.label, tr("Row", "行")),
            heat.row_labels.get(cell / n_columns)?.clone(),
        );
        found.row(
            None,
            or(&self.figure.x.label, tr("Column", "列")),
            heat.column_labels.get(cell % n_columns)?.clone(),
        );
        let value = heat.values.get(cell).map_or_else(String::new, |value| number(*value));
        found.row(None, or(&heat.name, tr("Value", "值")), value.clone());
        if let Some(text) = heat.texts.get(cell).filter(|text| **text != value) {
            found.row(None, "", text.clone());
        }
        let (x, y) = (
            self.plane.x.place((cell % n_columns) as f64)?,
            self.plane.y.place((cell / n_columns) as f64)?,
        );
        let size = eframe::egui::vec2(self.plane.x.step(), self.plane.y.step());
        found.lit = Some(Rect::from_center_size(pos2(x, y), size));
        Some(found)
    }

    fn point(&self) -> Option<Hover> {
        let mut nearest: Option<(f32, usize, usize, Pos2)> = None;
        for (layer, points) in self.layers() {
            let Layer::Points(points) = points else { continue };
            for (index, point) in points.points.iter().enumerate() {
                let Some(place) = self.plane.place(*point) else { continue };
                let distance = place.distance_sq(self.pointer);
                if distance <= REACH * REACH && nearest.is_none_or(|(least, ..)| distance < least) {
                    nearest = Some((distance, layer, index, place));
                }
            }
        }
        let (_, layer, index, place) = nearest?;
        let Some(Layer::Points(points)) = self.figure.layers.get(layer) else { return None };
        let [x, y] = *points.points.get(index)?;
        let color = self.tokens.ink(points.ink);
        let mut found = Hover::new(layer, index, points.name.clone());
        found.row(None, or(&self.figure.x.label, "x"), self.plane.x.name_of(x));
        found.row(None, or(&self.figure.y.label, "y"), self.plane.y.name_of(y));
        if let Some((name, values)) = &points.shades {
            found.row(
                None,
                name.clone(),
                values.get(index).map_or_else(String::new, |value| number(*value)),
            );
        }
        found.rings.push((place, color));
        Some(found)
    }

    /// All bars that stand at one place.
    fn bar(&self) -> Option<Hover> {
        let (base, _) = self.plane.base_and_length();
        let along = if self.plane.is_lying { self.pointer.y } else { self.pointer.x };
        let mut found: Option<Hover> = None;
        for (layer, bars) in self.layers() {
            let Layer::Bars(bars) = bars else { continue };
            let index = if bars.edges.is_empty() {
                base.category_at(along)
            } else {
                let value = base.value(along);
                bars.edges.partition_point(|edge| *edge <= value).checked_sub(1)
            };
            let Some((index, value)) =
                index.and_then(|index| Some((index, *bars.values.get(index)?)))
            else {
                continue;
            };
            let rects = bars::rects(self.figure, layer, self.plane);
            let own = rects.get(index).copied().flatten();
            let hover = found
                .get_or_insert_with(|| Hover::new(layer, index, name_of_bar(bars, index, base)));
            if own.is_some_and(|rect| rect.contains(self.pointer)) {
                hover.hit = Hit { layer, index };
            }
            let amount =
                if self.plane.is_lying { &self.figure.x.label } else { &self.figure.y.label };
            let name = if bars.name.is_empty() {
                or(amount, tr("Value", "值"))
            } else {
                bars.name.clone()
            };
            let spread = bars
                .whiskers
                .get(index)
                .copied()
                .flatten()
                .map_or_else(String::new, |[low, high]| interval_of(value, low, high));
            hover.row(Some(self.tokens.ink(bars.ink)), name, format!("{}{spread}", number(value)));
            let lit = own.unwrap_or(Rect::NOTHING);
            hover.lit = Some(hover.lit.map_or(lit, |before| before.union(lit)));
        }
        let mut found = found?;
        found.lit = found.lit.filter(Rect::is_positive).map(|rect| self.whole_height(rect));
        Some(found)
    }

    fn whole_height(&self, rect: Rect) -> Rect {
        let plot = self.plane.rect;
        if self.plane.is_lying {
            Rect::from_x_y_ranges(plot.x_range(), rect.y_range())
        } else {
            Rect::from_x_y_ranges(rect.x_range(), plot.y_range())
        }
    }

    fn boxed(&self) -> Option<Hover> {
        let (base, _) = self.plane.base_and_length();
        let along = if self.plane.is_lying { self.pointer.y } else { self.pointer.x };
        let index = base.category_at(along)?;
        let (layer, stats) = self.layers().find_map(|(layer, boxes)| match boxes {
            Layer::Boxes(boxes) => Some((layer, boxes.boxes.get(index)?)),
            _ => None,
        })?;
        let mut found = Hover::new(layer, index, base.name_of(index as f64));
        let (high, low) = (number(stats.high), number(stats.low));
        found.row(None, tr("Upper whisker", "上须"), high);
        found.row(None, tr("Upper quartile", "上四分位数"), number(stats.quartile_3));
        found.row(None, tr("Median", "中位数"), number(stats.median));
        found.row(None, tr("Lower quartile", "下四分位数"), number(stats.quartile_1));
        found.row(None, tr("Lower whisker", "下须"), low);
        found.row(None, tr("Outliers", "离群值"), count(stats.outliers.len() as u64));
        found.row(None, tr("Values", "数值个数"), count(stats.n_values as u64));
        let center = base.place(index as f64)?;
        let half = base.step() / 2.0;
        let rect = self.plane.bar_rect([center - half, center + half], [0.0, 1.0]);
        found.lit = Some(self.whole_height(rect));
        Some(found)
    }

    /// The values of all lines at the point of a line that is nearest to the pointer from left to right.
    fn lines(&self) -> Option<Hover> {
        let near = |line: &Line| {
            let mut nearest: Option<(f32, usize, Pos2)> = None;
            for (index, point) in line.points.iter().enumerate() {
                let Some(place) = self.plane.place(*point) else { continue };
                // Where a line climbs straight up, the nearer of its points counts.
                let distance =
                    (place.x - self.pointer.x).abs() + (place.y - self.pointer.y).abs() * 1e-3;
                if nearest.is_none_or(|(least, ..)| distance < least) {
                    nearest = Some((distance, index, place));
                }
            }
            nearest
        };
        let all: Vec<_> = self
            .layers()
            .filter_map(|(layer, line)| match line {
                Layer::Line(line) => near(line).map(|nearest| (layer, line, nearest)),
                _ => None,
            })
            .collect();
        let closest = |a: &&(usize, &Line, (f32, usize, Pos2)),
                       b: &&(usize, &Line, (f32, usize, Pos2))| {
            let distance =
                |item: &(usize, &Line, (f32, usize, Pos2))| item.2.2.distance(self.pointer);
            let by_x = a.2.0.round().total_cmp(&b.2.0.round());
            by_x.then_with(|| distance(a).total_cmp(&distance(b)))
        };
        let (layer, line, (_, index, place)) = all.iter().min_by(closest)?;
        let x = line.points.get(*index)?[0];
        let title = format!("{} {}", self.figure.x.label, self.plane.x.name_of(x));
        let mut found = Hover::new(*layer, *index, title.trim().to_owned());
        found.crosshair = Some(place.x);
        for (_, other, (_, index, at)) in &all {
            if (at.x - place.x).abs() > 1.5 {
                continue;
            }
            let color = self.tokens.ink(other.ink);
            let name = if other.name.is_empty() {
                or(&self.figure.y.label, "y")
            } else {
                other.name.clone()
            };
            let value = other.points.get(*index).map_or(f64::NAN, |point| point[1]);
            found.row(Some(color), name, self.plane.y.name_of(value));
            found.rings.push((*at, color));
        }
        Some(found)
    }
}
/// ` ± 0.2`, or both ends where one is farther away.
fn interval_of(value: f64, low: f64, high: f64) -> String {
    let (below, above) = (value - low, high - value);
    if (below - above).abs() <= 1e-6 * above.abs() {
        format!(" ± {}", number(above))
    } else {
        format!(" ({} – {})", number(low), number(high))
    }
}
