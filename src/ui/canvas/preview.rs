//! A glance at the table that leaves a node: its target and a few columns or pictures, tiny, on the card.
//!
//! Made from what the analysis knows, for cards that are seen near enough, a few each frame; kept until the analysis says
//! something new.

use std::collections::BTreeMap;

use eframe::egui::{
    Color32, ColorImage, Context, Mesh, Painter, Rect, Shape, TextureHandle, TextureOptions, Vec2,
    pos2, vec2,
};
use pg_base::Trouble;
use pg_contract::Facts;
use pg_data::view::RowsView;
use pg_data::{Column, ColumnKind, ImageForm, Role, Rows, Table};
use pg_pipeline::NodeId;
use pg_session::Session;

use crate::classes;
use crate::theme::Tokens;

/// Charts on a card.
const MAX_CHARTS: usize = 4;
/// Bars of a chart of numbers.
const N_BINS: usize = 12;
/// Bars of a chart of labels; more labels than that are not told apart by colour either.
const MAX_LABELS: usize = 8;
/// Charts are made for so many cards in one frame.
const MAX_PER_FRAME: usize = 2;
/// Rows that are looked at.
const MAX_ROWS: u32 = 2000;
/// Widest chart and the space between two, in points of the world.
const CHART: f32 = 60.0;
const GAP: f32 = 8.0;
/// Pictures on a card, and their longest side in pixels.
const MAX_PICTURES: u32 = 6;
const MAX_SIDE: usize = 256;

/// What one card shows; nothing where no table is known.
#[derive(Default)]
pub(crate) struct Preview {
    charts: Vec<Chart>,
    pictures: Vec<TextureHandle>,
}

impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Preview of {} charts and {} pictures", self.charts.len(), self.pictures.len())
    }
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
struct Chart {
    /// From 0 to 1.
    heights: Vec<f32>,
    /// Classes that the bars stand for, with their places in the order of all; empty for other columns.
    classes: Vec<(String, usize)>,
}

/// The previews that are made.
#[derive(Debug, Default)]
pub(crate) struct Previews {
    known: BTreeMap<NodeId, (u64, Preview)>,
    n_made: usize,
}

impl Previews {
    /// A new frame begins.
    pub(crate) fn begin(&mut self) {
        self.n_made = 0;
    }

    /// The preview of a node; `true` where it is not the newest one, which comes in a later frame.
    pub(crate) fn of(
        &mut self,
        ctx: &Context,
        session: &Session,
        node: &str,
    ) -> (Option<&Preview>, bool) {
        let analysis = session.analysis();
        let Some(number) = analysis.answers.get(node).copied() else { return (None, false) };
        let is_known = self.known.get(node).is_some_and(|(known, _)| *known == number);
        let is_late = !is_known && self.n_made >= MAX_PER_FRAME;
        if !is_known && !is_late {
            let facts = analysis.facts.get(node).and_then(|facts| facts.first());
            let preview = match facts {
                Some(Facts::Table { sample, .. }) => {
                    self.n_made += 1;
                    Preview::of(ctx, sample).unwrap_or_default()
                }
                _ => Preview::default(),
            };
            self.known.insert(node.to_owned(), (number, preview));
        }
        (self.known.get(node).map(|(_, preview)| preview), is_late)
    }

    /// Forgets nodes that are gone.
    pub(crate) fn keep(&mut self, is_there: impl Fn(&str) -> bool) {
        self.known.retain(|node, _| is_there(node));
    }
}

impl Preview {
    fn of(ctx: &Context, table: &Table) -> Result<Self, Trouble> {
        let schema = table.schema();
        let pictures = pictures(ctx, table)?;
        // Pictures say more than numbers beside them.
        let max_charts = if pictures.is_empty() { MAX_CHARTS } else { 1 };
        let is_target = |column: &&Column| column.role == Role::Target;
        let has_chart = |column: &&Column| {
            matches!(column.kind, ColumnKind::Number | ColumnKind::Category | ColumnKind::Date)
                && matches!(column.role, Role::Target | Role::Feature)
        };
        let targets = schema.columns.iter().filter(is_target);
        let others = schema.columns.iter().filter(|column| !is_target(column));
        let mut charts = Vec::new();
        for column in targets.chain(others).filter(has_chart) {
            if charts.len() == max_charts {
                break;
            }
            let n_rows = u32::try_from(table.n_rows()).unwrap_or(u32::MAX);
            let step = n_rows.div_ceil(MAX_ROWS).max(1) as usize;
            let places: Vec<u32> = (0..n_rows).step_by(step).collect();
            let rows = table.rows().taken(&[&column.name], &places)?;
            charts.extend(Chart::of(&rows, column)?);
        }
        Ok(Self { charts, pictures })
    }

    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.charts.is_empty() && self.pictures.is_empty()
    }

    /// Paints it in a room of a card.
    pub(crate) fn paint(&self, painter: &Painter, room: Rect, zoom: f32, look: (&Tokens, f32)) {
        let n = self.charts.len() as f32;
        let gap = GAP * zoom;
        let width = ((room.width() - (n - 1.0) * gap) / n).min(CHART * zoom);
        let mut mesh = Mesh::default();
        let mut left = room.left();
        for chart in &self.charts {
            let area = Rect::from_min_size(pos2(left, room.top()), vec2(width, room.height()));
            chart.paint(&mut mesh, area, look);
            left += width + gap;
        }
        painter.add(Shape::mesh(mesh));
        for picture in &self.pictures {
            let size = picture.size_vec2() * (room.height() / picture.size_vec2().y);
            let area = Rect::from_min_size(pos2(left, room.top()), size);
            if area.right() > room.right() {
                break;
            }
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            painter.image(picture.id(), area, whole, Color32::WHITE.gamma_multiply(look.1));
            left += size.x + gap / 2.0;
        }
    }
}

impl Chart {
    fn of(rows: &Rows, column: &Column) -> Result<Option<Self>, Trouble> {
        if column.kind == ColumnKind::Category {
            let counts = rows.label_counts(&column.name)?;
            return Ok(Self::of_labels(counts, column.role == Role::Target));
        }
        if column.role == Role::Target {
            let counts = rows.label_counts(&column.name)?;
            // Few numbers are classes.
            if counts.len() <= MAX_LABELS {
                return Ok(Self::of_labels(counts, true));
            }
        }
        Ok(Self::of_numbers(&rows.floats(&column.name)?))
    }

    fn of_labels(counts: Vec<(String, usize)>, is_target: bool) -> Option<Self> {
        let is_told_apart = is_target && counts.len() <= MAX_LABELS;
        let mut counts: Vec<(usize, (String, usize))> = counts.into_iter().enumerate().collect();
        if counts.len() > MAX_LABELS {
            counts.sort_by_key(|(_, (_, count))| std::cmp::Reverse(*count));
            counts.truncate(MAX_LABELS);
        }
        let heights = relative(counts.iter().map(|(_, (_, count))| *count));
        let classes = counts.into_iter().map(|(index, (name, _))| (name, index));
        let classes = if is_told_apart { classes.collect() } else { Vec::new() };
        (!heights.is_empty()).then_some(Self { heights, classes })
    }

    fn of_numbers(values: &[f64]) -> Option<Self> {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (low, high) =
            (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        if low > high {
            return None;
        }
        let mut counts = [0_usize; N_BINS];
        for value in finite() {
            // Halves, so that the span of the largest numbers is finite.
            let share = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
            let share = if share.is_finite() { share } else { 0.5 };
            let bin = ((share * N_BINS as f64) as usize).min(N_BINS - 1);
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
        Some(Self { heights: relative(counts.into_iter()), classes: Vec::new() })
    }

    fn paint(&self, mesh: &mut Mesh, area: Rect, (tokens, fade): (&Tokens, f32)) {
        let plain = tokens.weak.gamma_multiply(0.45 * fade);
        let step = area.width() / self.heights.len().max(1) as f32;
        let bar_width = if self.classes.is_empty() { step * 0.86 } else { step * 0.8 };
        for (index, height) in self.heights.iter().enumerate() {
            let color = match self.classes.get(index) {
                Some((name, place)) => {
                    classes::color_of(name, *place, tokens).gamma_multiply(0.85 * fade)
                }
                None => plain,
            };
            // What is rare is there all the same.
            let height = if *height > 0.0 { (height * area.height()).max(1.0) } else { 0.0 };
            let bar = Vec2::new(bar_width, height);
            let left = area.left() + index as f32 * step;
            mesh.add_colored_rect(
                Rect::from_min_size(pos2(left, area.bottom() - height), bar),
                color,
            );
        }
    }
}

/// The first pictures, where they are decoded and small.
fn pictures(ctx: &Context, table: &Table) -> Result<Vec<TextureHandle>, Trouble> {
    let is_small = |column: &&Column| match column.kind {
        ColumnKind::Image(ImageForm::Pixels { height, width, .. }) => {
            (1..=MAX_SIDE).contains(&height) && (1..=MAX_SIDE).contains(&width)
        }
        _ => false,
    };
    let Some(column) = table.schema().columns.iter().find(is_small) else {
        return Ok(Vec::new());
    };
    let n_rows = u32::try_from(table.n_rows()).unwrap_or(u32::MAX);
    let step = (n_rows / MAX_PICTURES).max(1) as usize;
    let places: Vec<u32> = (0..n_rows).step_by(step).take(MAX_PICTURES as usize).collect();
    let view = RowsView::new(&table.rows().taken(&[&column.name], &places)?)?;
    let mut textures = Vec::new();
    for row in 0..places.len() {
        if let Some(picture) = view.picture(row, 0, 0)? {
            let image = ColorImage::from_rgb([picture.width, picture.height], &picture.rgb);
            textures.push(ctx.load_texture("preview", image, TextureOptions::LINEAR));
        }
    }
    Ok(textures)
}

/// Shares of the largest.
fn relative(counts: impl Iterator<Item = usize> + Clone) -> Vec<f32> {
    let most = counts.clone().max().unwrap_or_default().max(1) as f32;
    counts.map(|count| count as f32 / most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_bars_whatever_they_are() {
        let check = |values: &[f64], expected: &[(usize, f32)]| {
            let chart = Chart::of_numbers(values).expect("a chart");
            let tall =
                chart.heights.iter().copied().enumerate().filter(|(_, height)| *height > 0.0);
            assert_eq!(tall.collect::<Vec<_>>(), expected, "{values:?}");
        };
        check(&[0.0, 0.0, 12.0], &[(0, 1.0), (11, 0.5)]);
        check(&[5.0, 5.0], &[(6, 1.0)]);
        check(&[f64::MIN, f64::NAN, f64::MAX], &[(0, 1.0), (11, 1.0)]);
        assert_eq!(Chart::of_numbers(&[f64::NAN, f64::INFINITY]), None);
    }

    #[test]
    fn few_classes_have_their_colours_and_many_are_the_frequent_ones() {
        let counts = |n: usize| (1..=n).map(|count| (format!("c{count}"), count)).collect();
        let labels = |n, is_target| Chart::of_labels(counts(n), is_target);
        let few = labels(3, true).expect("a chart");
        assert_eq!(few.classes.last(), Some(&("c3".to_owned(), 2)));
        assert!(labels(3, false).expect("a chart").classes.is_empty());
        let many = labels(30, true).expect("a chart");
        assert!(many.classes.is_empty() && many.heights.first() == Some(&1.0));
        assert_eq!(labels(0, true), None);
    }
}
