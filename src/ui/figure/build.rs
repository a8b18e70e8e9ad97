//! Builders of figures: `Figure::new(…).x(…).with(Line::new(…).dashed())`.

use super::model::{
    Axis, Band, BarMode, Bars, BoxStats, Boxes, Figure, Heat, Ink, Layer, Line, Points, Rule,
    RuleAt, Scale, Span2,
};

impl Figure {
    /// An empty figure.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// With a weak text below the title.
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// With this axis from left to right.
    pub fn x(self, x: Axis) -> Self {
        Self { x, ..self }
    }

    /// With this axis from bottom to top.
    pub fn y(self, y: Axis) -> Self {
        Self { y, ..self }
    }

    /// With one more layer in front.
    pub fn with(mut self, layer: impl Into<Layer>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// With bars on top of each other.
    pub fn stacked(self) -> Self {
        Self { bars: BarMode::Stacked, ..self }
    }

    /// With equal sides.
    pub fn square(self) -> Self {
        Self { is_square: true, ..self }
    }

    /// With a rectangle that the person may drag, and the one that was dragged last.
    pub fn brush(self, brush: Option<Span2>) -> Self {
        Self { has_brush: true, brush, ..self }
    }
}

impl Axis {
    /// An axis with a label.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// With equal factors in place of equal steps.
    pub fn log(self) -> Self {
        Self { scale: Scale::Log, ..self }
    }

    /// With dates.
    pub fn time(self) -> Self {
        Self { scale: Scale::Time, ..self }
    }

    /// With fixed ends.
    pub fn range(self, low: f64, high: f64) -> Self {
        Self { range: Some([low, high]), ..self }
    }

    /// With categories.
    pub fn categories(self, categories: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { categories: Some(categories.into_iter().map(Into::into).collect()), ..self }
    }

    /// With zero on it.
    pub fn with_zero(self) -> Self {
        Self { includes_zero: true, ..self }
    }
}

impl Line {
    /// A line; the name stands in the legend.
    pub fn new(name: impl Into<String>, ink: Ink, points: Vec<[f64; 2]>) -> Self {
        Self { name: name.into(), ink, points, is_dashed: false }
    }

    /// Dashed.
    pub fn dashed(self) -> Self {
        Self { is_dashed: true, ..self }
    }
}

impl Points {
    /// Points; the name stands in the legend.
    pub fn new(name: impl Into<String>, ink: Ink, points: Vec<[f64; 2]>) -> Self {
        Self { name: name.into(), ink, points, shades: None }
    }

    /// With a third number per point as its colour.
    pub fn shaded(self, name: impl Into<String>, values: Vec<f64>) -> Self {
        Self { shades: Some((name.into(), values)), ..self }
    }
}

impl Bars {
    /// Bars over bins: one more edge than values.
    pub fn bins(name: impl Into<String>, ink: Ink, edges: Vec<f64>, values: Vec<f64>) -> Self {
        Self { name: name.into(), ink, edges, values, whiskers: Vec::new() }
    }

    /// Bars over the categories of the axis.
    pub fn new(name: impl Into<String>, ink: Ink, values: Vec<f64>) -> Self {
        Self::bins(name, ink, Vec::new(), values)
    }

    /// With whiskers that reach as far to both sides of the end of each bar.
    pub fn spreads(self, spreads: Vec<f64>) -> Self {
        let ends = |(value, spread): (&f64, f64)| Some([value - spread, value + spread]);
        let whiskers = self.values.iter().zip(spreads).map(ends).collect();
        Self { whiskers, ..self }
    }

    /// With whiskers from a low to a high end.
    pub fn whiskers(self, whiskers: Vec<Option<[f64; 2]>>) -> Self {
        Self { whiskers, ..self }
    }
}

impl Boxes {
    /// Boxes, each in a series colour of its own.
    pub fn new(boxes: Vec<BoxStats>) -> Self {
        Self { name: String::new(), ink: None, boxes }
    }

    /// All in one colour.
    pub fn ink(self, ink: Ink) -> Self {
        Self { ink: Some(ink), ..self }
    }
}

impl Heat {
    /// Cells with numbers in them, row by row.
    pub fn new(
        name: impl Into<String>,
        row_labels: Vec<String>,
        column_labels: Vec<String>,
        values: Vec<f64>,
    ) -> Self {
        Self {
            name: name.into(),
            values,
            row_labels,
            column_labels,
            texts: Vec::new(),
            shows_numbers: true,
            range: None,
            is_diverging: false,
        }
    }

    /// With other texts in the cells than the values that colour them.
    pub fn texts(self, texts: Vec<String>) -> Self {
        Self { texts, ..self }
    }

    /// With fixed ends of the colours.
    pub fn range(self, low: f64, high: f64) -> Self {
        Self { range: Some([low, high]), ..self }
    }

    /// With a neutral middle.
    pub fn diverging(self) -> Self {
        Self { is_diverging: true, ..self }
    }
}

impl Rule {
    /// A weak line.
    pub fn new(at: RuleAt, label: impl Into<String>) -> Self {
        Self { at, label: label.into(), ink: Ink::Weak }
    }

    /// In another colour.
    pub fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }
}

impl Band {
    /// A band; the name stands in the legend.
    pub fn new(name: impl Into<String>, ink: Ink, points: Vec<[f64; 3]>) -> Self {
        Self { name: name.into(), ink, points }
    }
}

macro_rules! layers {
    ($($kind:ident),*) => {
        $(impl From<$kind> for Layer {
            fn from(layer: $kind) -> Self {
                Self::$kind(layer)
            }
        })*
    };
}

layers!(Line, Points, Bars, Boxes, Heat, Rule, Band);
