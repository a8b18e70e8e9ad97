//! What a figure is: plain data with builders, the same for the window, SVG, PNG and CSV.

/// A picture of numbers.
///
/// An axis with categories and bars or boxes on the other one decide the direction: categories on `y` give bars that lie.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// What it shows, in the language of the person.
    pub title: String,
    /// Weak text below the title, for instance how many rows were drawn; may be empty.
    pub note: String,
    /// The axis from left to right.
    pub x: Axis,
    /// The axis from bottom to top; categories run from top to bottom.
    pub y: Axis,
    /// What is drawn, the first at the back.
    pub layers: Vec<Layer>,
    /// How bars of several layers share one place.
    pub bars: BarMode,
    /// Whether the plot keeps equal sides (ROC curves, matrices).
    pub is_square: bool,
    /// Whether the person may drag a rectangle over it.
    pub has_brush: bool,
    /// The rectangle that was dragged, from low to high on both axes, in units of the data.
    pub brush: Option<Span2>,
}

/// Low and high on `x`, low and high on `y`.
pub type Span2 = [[f64; 2]; 2];

/// An axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it counts; may be empty.
    pub label: String,
    /// How values become places.
    pub scale: Scale,
    /// Ends of the axis; none to take them from the data.
    pub range: Option<[f64; 2]>,
    /// Values are positions in this list: 0 is the first.
    pub categories: Option<Vec<String>>,
    /// Whether zero belongs to the axis when its ends come from the data.
    pub includes_zero: bool,
}

/// How values become places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps.
    #[default]
    Linear,
    /// Equal factors; values that are not positive are left out.
    Log,
    /// Equal steps; the values are seconds since 1970 and the ticks are dates.
    Time,
}

/// How bars of several layers share one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BarMode {
    /// Side by side; histograms lie over each other instead.
    #[default]
    Beside,
    /// One on top of the other.
    Stacked,
}

/// A colour by its meaning, so that it fits the dark and the light theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The series with this number.
    Series(usize),
    /// The accent of the window.
    Accent,
    /// What stands out.
    Strong,
    /// Text.
    Text,
    /// What steps back.
    Weak,
    /// Done well.
    Good,
    /// To be looked at.
    Warning,
    /// Wrong.
    Bad,
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// Points joined by a line.
    Line(Line),
    /// Points.
    Points(Points),
    /// Bars over bins or categories.
    Bars(Bars),
    /// Quartiles, whiskers and outliers.
    Boxes(Boxes),
    /// Coloured cells.
    Heat(Heat),
    /// A line across the plot.
    Rule(Rule),
    /// The space between two lines.
    Band(Band),
}

/// Points joined by a line; a point that is not finite interrupts it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Name in the legend; empty for none.
    pub name: String,
    /// Colour.
    pub ink: Ink,
    /// `[x, y]`, in the order of drawing.
    pub points: Vec<[f64; 2]>,
    /// Whether it is dashed.
    pub is_dashed: bool,
}

/// Points; many of them are drawn as a density.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Name in the legend; empty for none.
    pub name: String,
    /// Colour, unless `shades` say otherwise.
    pub ink: Ink,
    /// `[x, y]`.
    pub points: Vec<[f64; 2]>,
    /// A third number per point shown as its colour, with a name for the legend.
    pub shades: Option<(String, Vec<f64>)>,
}

/// Bars over bins or categories.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// Name in the legend; empty for none.
    pub name: String,
    /// Colour.
    pub ink: Ink,
    /// Edges of the bins, one more than values; empty where the bars stand on the categories of the axis.
    pub edges: Vec<f64>,
    /// Length of each bar.
    pub values: Vec<f64>,
    /// Low and high end of the whisker of each bar; empty for none at all.
    pub whiskers: Vec<Option<[f64; 2]>>,
}

/// One box per category of the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Boxes {
    /// Name in the legend; empty for none.
    pub name: String,
    /// One colour for all, or none for a series colour each.
    pub ink: Option<Ink>,
    /// The boxes.
    pub boxes: Vec<BoxStats>,
}

/// What a box shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoxStats {
    /// Values counted.
    pub n_values: usize,
    /// End of the lower whisker.
    pub low: f64,
    /// A quarter lies below.
    pub quartile_1: f64,
    /// Half lies below.
    pub median: f64,
    /// Three quarters lie below.
    pub quartile_3: f64,
    /// End of the upper whisker.
    pub high: f64,
    /// Values beyond the whiskers.
    pub outliers: Vec<f64>,
}

/// Coloured cells, row by row from the top; a value that is not finite leaves its cell empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    /// What the values are; for the tooltip.
    pub name: String,
    /// Row by row.
    pub values: Vec<f64>,
    /// From top to bottom.
    pub row_labels: Vec<String>,
    /// From left to right.
    pub column_labels: Vec<String>,
    /// What stands in the cells; empty to write the values.
    pub texts: Vec<String>,
    /// Whether something is written in the cells, where it fits.
    pub shows_numbers: bool,
    /// Values of the two ends of the colours; none to take them from the data.
    pub range: Option<[f64; 2]>,
    /// Whether the middle of the range is neutral and both ends have a colour of their own.
    pub is_diverging: bool,
}

/// A line across the plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Where it runs.
    pub at: RuleAt,
    /// What it says; may be empty.
    pub label: String,
    /// Colour.
    pub ink: Ink,
}

/// Where a rule runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RuleAt {
    /// Upright, at a value of `x`.
    X(f64),
    /// Level, at a value of `y`.
    Y(f64),
    /// Where both are equal.
    Diagonal,
}

/// The space between two lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Name in the legend; empty for none.
    pub name: String,
    /// Colour; drawn faintly.
    pub ink: Ink,
    /// `[x, low, high]`.
    pub points: Vec<[f64; 3]>,
}

impl Figure {
    /// Whether no layer has anything to draw.
    pub fn is_empty(&self) -> bool {
        self.layers.iter().all(Layer::is_empty)
    }
}

impl Layer {
    /// Whether it has nothing to draw; a rule alone is nothing.
    pub fn is_empty(&self) -> bool {
        let is_point = |point: &[f64; 2]| point.iter().all(|value| value.is_finite());
        let has_any = match self {
            Self::Line(line) => line.points.iter().any(is_point),
            Self::Points(points) => points.points.iter().any(is_point),
            Self::Bars(bars) => bars.values.iter().any(|value| value.is_finite()),
            Self::Boxes(boxes) => boxes.boxes.iter().any(|stats| stats.median.is_finite()),
            Self::Heat(heat) => !heat.values.is_empty(),
            Self::Band(band) => {
                band.points.iter().any(|point| point.iter().all(|value| value.is_finite()))
            }
            Self::Rule(_) => false,
        };
        !has_any
    }

    /// Its name in the legend and its colour; none where it needs no entry.
    pub fn legend(&self) -> Option<(&str, Ink)> {
        let (name, ink) = match self {
            Self::Line(Line { name, ink, .. })
            | Self::Bars(Bars { name, ink, .. })
            | Self::Band(Band { name, ink, .. })
            | Self::Points(Points { name, ink, shades: None, .. })
            | Self::Boxes(Boxes { name, ink: Some(ink), .. }) => (name, *ink),
            Self::Points(_) | Self::Boxes(_) | Self::Heat(_) | Self::Rule(_) => return None,
        };
        (!name.is_empty()).then_some((name, ink))
    }
}

impl BoxStats {
    /// The box of some values, with whiskers at the last values within 1.5 times the distance of the quartiles
    /// (Tukey); values that are not finite do not count. None without values.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> =
            values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let quantile = |share: f64| {
            let place = share * sorted.len().checked_sub(1)? as f64;
            let low = *sorted.get(place.floor() as usize)?;
            let high = *sorted.get(place.ceil() as usize)?;
            Some(low + (high - low) * place.fract())
        };
        let (quartile_1, median, quartile_3) = (quantile(0.25)?, quantile(0.5)?, quantile(0.75)?);
        let reach = 1.5 * (quartile_3 - quartile_1);
        let (fence_low, fence_high) = (quartile_1 - reach, quartile_3 + reach);
        let is_within = |value: &f64| (fence_low..=fence_high).contains(value);
        Some(Self {
            n_values: sorted.len(),
            low: sorted.iter().copied().find(is_within).unwrap_or(quartile_1).min(quartile_1),
            quartile_1,
            median,
            quartile_3,
            high: sorted
                .iter()
                .rev()
                .copied()
                .find(is_within)
                .unwrap_or(quartile_3)
                .max(quartile_3),
            outliers: sorted.iter().copied().filter(|value| !is_within(value)).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_have_the_quartiles_of_numpy_and_the_whiskers_of_tukey() {
        let stats = BoxStats::of(&[4.0, 1.0, 2.0, 3.0, f64::NAN, 100.0]).expect("five values");
        assert_eq!((stats.quartile_1, stats.median, stats.quartile_3), (2.0, 3.0, 4.0));
        assert_eq!((stats.low, stats.high, stats.n_values), (1.0, 4.0, 5));
        assert_eq!(stats.outliers, [100.0]);
        assert_eq!(BoxStats::of(&[f64::INFINITY]), None);
        let one = BoxStats::of(&[7.0]).expect("one value");
        assert_eq!((one.low, one.median, one.high, one.outliers.len()), (7.0, 7.0, 7.0, 0));
    }
}
