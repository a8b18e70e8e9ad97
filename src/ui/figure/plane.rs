//! Where values are in the plot: ends of the axes from the data, and the way from a value to a place and back.

use eframe::egui::{Pos2, Rect, pos2};

use super::model::{Axis, BarMode, Bars, Figure, Layer, RuleAt, Scale};

/// Numbers beyond this are drawn at it, so that no difference overflows.
const LARGEST: f64 = 1e300;
/// Values closer together than this share of their size are drawn as one.
const SMALLEST_SHARE: f64 = 1e-12;
/// Free space at the ends of an axis with numbers.
const HEADROOM: f64 = 0.05;

/// Both axes on the plot.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    /// The plot.
    pub(super) rect: Rect,
    /// From left to right.
    pub(super) x: Track,
    /// From bottom to top; categories from top to bottom.
    pub(super) y: Track,
    /// Whether bars and boxes lie.
    pub(super) is_lying: bool,
}

/// One axis in points.
#[derive(Clone, Debug)]
pub(super) struct Track {
    /// Value at `from`.
    pub(super) low: f64,
    /// Value at `to`.
    pub(super) high: f64,
    /// How values become places.
    pub(super) scale: Scale,
    /// Names of whole numbers; none for numbers.
    pub(super) categories: Option<Vec<String>>,
    from: f32,
    to: f32,
}

impl Track {
    /// The axis with ends that fit the figure; `from` and `to` come later.
    fn new(axis: &Axis, categories: Option<Vec<String>>, extent: Extent) -> Self {
        if let Some(categories) = categories {
            let high = categories.len().max(1) as f64 - 0.5;
            let scale = Scale::Linear;
            return Self {
                low: -0.5,
                high,
                scale,
                categories: Some(categories),
                from: 0.0,
                to: 1.0,
            };
        }
        let fixed =
            axis.range.filter(|[low, high]| low.is_finite() && high.is_finite() && low < high);
        let is_log = axis.scale == Scale::Log;
        let [low, high] = match fixed.filter(|[low, _]| !is_log || *low > 0.0) {
            Some([low, high]) => [low.max(-LARGEST), high.min(LARGEST)],
            None if is_log => extent.log_ends(),
            None => extent.ends(axis.includes_zero),
        };
        Self { low, high, scale: axis.scale, categories: None, from: 0.0, to: 1.0 }
    }

    /// The same axis between two places.
    pub(super) fn between(self, from: f32, to: f32) -> Self {
        Self { from, to, ..self }
    }

    /// Place of a value, also outside of the plot; none where there is none.
    pub(super) fn place(&self, value: f64) -> Option<f32> {
        let fraction = match self.scale {
            Scale::Log if value <= 0.0 => return None,
            Scale::Log => (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln()),
            Scale::Linear | Scale::Time => {
                (value.clamp(-LARGEST, LARGEST) - self.low) / (self.high - self.low)
            }
        };
        // Far outside is as good as just outside, and the painter's numbers stay small.
        let fraction = fraction.is_finite().then(|| fraction.clamp(-4.0, 5.0))?;
        Some(self.from + fraction as f32 * (self.to - self.from))
    }

    /// Value at a place.
    pub(super) fn value(&self, place: f32) -> f64 {
        let fraction = f64::from((place - self.from) / (self.to - self.from));
        match self.scale {
            Scale::Log => (self.low.ln() + fraction * (self.high.ln() - self.low.ln())).exp(),
            Scale::Linear | Scale::Time => self.low + fraction * (self.high - self.low),
        }
    }

    /// Length in points.
    pub(super) fn length(&self) -> f32 {
        (self.to - self.from).abs()
    }

    /// Room of one category in points.
    pub(super) fn step(&self) -> f32 {
        self.length()
            / self.categories.as_ref().map_or(1, |categories| categories.len().max(1)) as f32
    }

    /// The category at a place.
    pub(super) fn category_at(&self, place: f32) -> Option<usize> {
        let value = self.value(place).round();
        let n = self.categories.as_ref()?.len();
        (value >= 0.0 && (value as usize) < n).then_some(value as usize)
    }

    /// What a value is called in a tooltip.
    pub(super) fn name_of(&self, value: f64) -> String {
        let named = self
            .categories
            .as_ref()
            .and_then(|categories| categories.get(value.round().max(0.0) as usize));
        match named {
            Some(name) => name.clone(),
            None if self.scale == Scale::Time => super::dates::text(value),
            None => crate::widgets::number(value),
        }
    }
}

impl Plane {
    /// Both axes of a figure with their ends, on no place yet.
    pub(super) fn of(figure: &Figure) -> Self {
        let (mut x_names, mut y_names) = (figure.x.categories.clone(), figure.y.categories.clone());
        for layer in &figure.layers {
            match layer {
                Layer::Heat(heat) => {
                    x_names.get_or_insert_with(|| heat.column_labels.clone());
                    y_names.get_or_insert_with(|| heat.row_labels.clone());
                }
                Layer::Bars(bars)
                    if bars.edges.is_empty() && x_names.is_none() && y_names.is_none() =>
                {
                    x_names =
                        Some((1..=bars.values.len()).map(|number| number.to_string()).collect());
                }
                Layer::Boxes(boxes) if x_names.is_none() && y_names.is_none() => {
                    x_names =
                        Some((1..=boxes.boxes.len()).map(|number| number.to_string()).collect());
                }
                _ => {}
            }
        }
        let is_lying = y_names.is_some() && x_names.is_none();
        let [x, y] = extents(figure, is_lying);
        Self {
            rect: Rect::ZERO,
            x: Track::new(&figure.x, x_names, x),
            y: Track::new(&figure.y, y_names, y),
            is_lying,
        }
    }

    /// The same axes on a plot.
    pub(super) fn on(self, rect: Rect) -> Self {
        let y_runs_down = self.y.categories.is_some();
        let (from, to) =
            if y_runs_down { (rect.top(), rect.bottom()) } else { (rect.bottom(), rect.top()) };
        Self {
            rect,
            x: self.x.between(rect.left(), rect.right()),
            y: self.y.between(from, to),
            ..self
        }
    }

    /// Place of a point.
    pub(super) fn place(&self, [x, y]: [f64; 2]) -> Option<Pos2> {
        Some(pos2(self.x.place(x)?, self.y.place(y)?))
    }

    /// The axis that bars stand on and the one that they measure.
    pub(super) fn base_and_length(&self) -> (&Track, &Track) {
        if self.is_lying { (&self.y, &self.x) } else { (&self.x, &self.y) }
    }

    /// A rectangle from two spans: along the axis that bars stand on, and along the other.
    pub(super) fn bar_rect(&self, [from, to]: [f32; 2], [start, end]: [f32; 2]) -> Rect {
        let (a, b) = if self.is_lying {
            (pos2(start, from), pos2(end, to))
        } else {
            (pos2(from, start), pos2(to, end))
        };
        Rect::from_two_pos(a, b)
    }
}

/// Where a stack of bars begins: the sums of the layers before, those below zero apart from those above.
pub(super) fn stack_starts(figure: &Figure, layer: usize) -> Vec<f64> {
    let Some(Layer::Bars(own)) = figure.layers.get(layer) else { return Vec::new() };
    let mut starts = vec![0.0; own.values.len()];
    if figure.bars != BarMode::Stacked {
        return starts;
    }
    for other in figure.layers.iter().take(layer) {
        let Layer::Bars(other) = other else { continue };
        for ((start, value), before) in starts.iter_mut().zip(&own.values).zip(&other.values) {
            if before.is_finite() && value.is_sign_negative() == before.is_sign_negative() {
                *start += before;
            }
        }
    }
    starts
}

/// The smallest and the largest of some values.
#[derive(Clone, Copy, Debug)]
struct Extent {
    low: f64,
    high: f64,
    smallest_positive: f64,
    /// Whether the data begins at its low end as bars do, without free space below.
    is_anchored: bool,
    /// Whether the data runs from end to end, as lines and bins do.
    is_tight: bool,
}

impl Extent {
    const EMPTY: Self = Self {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
        smallest_positive: f64::INFINITY,
        is_anchored: false,
        is_tight: true,
    };

    fn add(&mut self, value: f64) {
        if value.is_finite() {
            let value = value.clamp(-LARGEST, LARGEST);
            self.low = self.low.min(value);
            self.high = self.high.max(value);
            if value > 0.0 {
                self.smallest_positive = self.smallest_positive.min(value);
            }
        }
    }

    fn ends(mut self, includes_zero: bool) -> [f64; 2] {
        if self.low > self.high {
            return [0.0, 1.0];
        }
        if includes_zero || self.is_anchored {
            self.add(0.0);
        }
        let span = self.high - self.low;
        let size = self.low.abs().max(self.high.abs());
        if span <= size * SMALLEST_SHARE {
            let around = if size < 1e-300 { 1.0 } else { size * 0.1 };
            let low = if self.is_anchored { self.low } else { self.low - around };
            return [low, self.high + around];
        }
        let headroom = if self.is_tight { 0.0 } else { span * HEADROOM };
        let stays = self.is_anchored || includes_zero;
        let low = if stays && self.low == 0.0 { 0.0 } else { self.low - headroom };
        let high = if stays && self.high == 0.0 { 0.0 } else { self.high + headroom };
        [low, high]
    }

    fn log_ends(self) -> [f64; 2] {
        if self.smallest_positive > self.high {
            return [1.0, 10.0];
        }
        let (low, high) = (self.smallest_positive.ln(), self.high.ln());
        let headroom = if self.is_tight { 0.0 } else { (high - low) * HEADROOM };
        let headroom = if high - low < 1e-9 { 0.7 } else { headroom };
        // Below the smallest normal number a logarithm has no neighbours.
        [(low - headroom).exp().max(1e-307), (high + headroom).exp().min(LARGEST)]
    }
}

fn extents(figure: &Figure, is_lying: bool) -> [Extent; 2] {
    let (mut x, mut y) = (Extent::EMPTY, Extent::EMPTY);
    y.is_tight = false;
    for (index, layer) in figure.layers.iter().enumerate() {
        match layer {
            Layer::Line(line) => {
                line.points.iter().for_each(|point| add_both(&mut x, &mut y, *point));
            }
            Layer::Points(points) => {
                x.is_tight = false;
                points.points.iter().for_each(|point| add_both(&mut x, &mut y, *point));
            }
            Layer::Bars(bars) => {
                let (base, length) = if is_lying { (&mut y, &mut x) } else { (&mut x, &mut y) };
                base.is_tight = true;
                bars.edges.iter().for_each(|edge| base.add(*edge));
                length.is_anchored = true;
                length.is_tight = false;
                add_bars(length, bars, &stack_starts(figure, index));
            }
            Layer::Boxes(boxes) => {
                let length = if is_lying { &mut x } else { &mut y };
                length.is_tight = false;
                for stats in &boxes.boxes {
                    let ends =
                        [stats.low, stats.quartile_1, stats.median, stats.quartile_3, stats.high];
                    ends.iter().chain(&stats.outliers).for_each(|value| length.add(*value));
                }
            }
            Layer::Band(band) => {
                for [at, low, high] in &band.points {
                    add_both(&mut x, &mut y, [*at, *low]);
                    y.add(*high);
                }
            }
            Layer::Rule(rule) => match rule.at {
                RuleAt::X(value) => x.add(value),
                RuleAt::Y(value) => y.add(value),
                RuleAt::Diagonal => {}
            },
            Layer::Heat(_) => {}
        }
    }
    [x, y]
}

fn add_both(x: &mut Extent, y: &mut Extent, [at, value]: [f64; 2]) {
    if at.is_finite() && value.is_finite() {
        x.add(at);
        y.add(value);
    }
}

fn add_bars(length: &mut Extent, bars: &Bars, starts: &[f64]) {
    for (index, (value, start)) in bars.values.iter().zip(starts).enumerate() {
        length.add(start + value);
        for end in bars.whiskers.get(index).copied().flatten().into_iter().flatten() {
            length.add(start + end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Ink, Line, Points};
    use super::*;

    fn plane(axis: Axis, values: &[f64]) -> Plane {
        let points =
            values.iter().enumerate().map(|(index, value)| [index as f64, *value]).collect();
        let figure = Figure::new("").y(axis).with(Line::new("", Ink::Accent, points));
        Plane::of(&figure).on(Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 100.0)))
    }

    #[test]
    fn ends_come_from_the_data_and_never_collapse() {
        let check = |axis: Axis, values: &[f64], low: f64, high: f64| {
            let plane = plane(axis, values);
            let is_close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
            assert!(
                is_close(plane.y.low, low) && is_close(plane.y.high, high),
                "{values:?}: {:?}",
                plane.y
            );
        };
        check(Axis::default(), &[], 0.0, 1.0);
        check(Axis::default(), &[f64::NAN, f64::INFINITY], 0.0, 1.0);
        check(Axis::default(), &[5.0], 4.5, 5.5);
        check(Axis::default(), &[0.0, 0.0], -1.0, 1.0);
        check(Axis::default(), &[0.0, 10.0], -0.5, 10.5);
        check(Axis::default().with_zero(), &[2.0, 10.0], 0.0, 10.5);
        check(Axis::default().range(0.0, 1.0), &[2.0, 10.0], 0.0, 1.0);
        check(Axis::default().range(1.0, 1.0), &[2.0, 2.0], 1.8, 2.2);
    }

    #[test]
    fn places_and_values_are_each_others_inverse() {
        for axis in [Axis::default(), Axis::default().log()] {
            let plane = plane(axis, &[1.0, 10.0, 1000.0]);
            for value in [1.0, 42.0, 1000.0] {
                let place = plane.y.place(value).expect("on the axis");
                assert!((plane.y.value(place) - value).abs() < value * 1e-3, "{value} at {place}");
            }
        }
        let log = plane(Axis::default().log(), &[-1.0, 0.0]);
        assert_eq!(log.y.place(-1.0), None);
        for hostile in [f64::MAX, f64::MIN, f64::MIN_POSITIVE] {
            for axis in [Axis::default(), Axis::default().log()] {
                let plane = plane(axis, &[hostile, 1.0, f64::MAX]);
                assert!(plane.y.place(1.0).is_some_and(f32::is_finite), "{hostile}");
            }
        }
        assert_eq!(plane(Axis::default(), &[1.0]).y.place(f64::NAN), None);
    }

    #[test]
    fn points_have_room_on_all_sides_and_lines_reach_the_ends() {
        let points = vec![[0.0, 0.0], [10.0, 10.0]];
        let of = |layer: Layer| Plane::of(&Figure::new("").with(layer)).x;
        assert_eq!(of(Line::new("", Ink::Accent, points.clone()).into()).low, 0.0);
        assert_eq!(of(Points::new("", Ink::Accent, points).into()).low, -0.5);
    }
}
