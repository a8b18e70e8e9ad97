//! Charts of findings as SVG; colours come from the style of the page, so that they follow dark and light.

use std::fmt::Write as _;

use pg_base::{Lang, Words};
use pg_metrics::findings::{Bar, Chart, Line};

use super::{escaped, number};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 44.0;
const BAR: f64 = 22.0;
/// Bars and cells at most; more cannot be read.
const MAX_BARS: usize = 40;
const MAX_CELLS: usize = 40;
const N_COLORS: usize = 6;

/// The chart as SVG.
pub(super) fn svg(chart: &Chart, lang: Lang) -> String {
    match chart {
        Chart::Lines { x, y, is_x_log, lines } => of_lines(x, y, *is_x_log, lines, lang),
        Chart::Bars { x, bars } => of_bars(x, bars, lang),
        Chart::Points { x, y, groups } => {
            let all = groups.iter().flat_map(|group| group.points.iter().copied());
            let Some(plane) = Plane::of(all, false) else { return String::new() };
            let mut svg = plane.frame(x, y, lang);
            for (index, group) in groups.iter().enumerate() {
                let color = index % N_COLORS;
                for [x, y] in group.points.iter().copied().filter_map(|point| plane.at(point)) {
                    let _ = write!(
                        svg,
                        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\" style=\"fill:var(--c{color})\" fill-opacity=\"0.6\"/>"
                    );
                }
            }
            svg + "</svg>" + &legend(groups.iter().map(|group| &group.name), lang)
        }
        Chart::HeatMap { x, y, columns, rows, cells } => heat_map(x, y, columns, rows, cells, lang),
    }
}

/// The part of the plane that is shown.
struct Plane {
    low: [f64; 2],
    high: [f64; 2],
    is_x_log: bool,
}

impl Plane {
    /// None where there is nothing to show.
    fn of(points: impl Iterator<Item = [f64; 2]>, is_x_log: bool) -> Option<Self> {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for [x, y] in points {
            let x = if is_x_log { x.log10() } else { x };
            if !(x.is_finite() && y.is_finite()) {
                continue;
            }
            low = [low[0].min(x), low[1].min(y)];
            high = [high[0].max(x), high[1].max(y)];
        }
        if low.iter().any(|end| end.is_infinite()) {
            return None;
        }
        for axis in 0..2 {
            let (Some(low), Some(high)) = (low.get_mut(axis), high.get_mut(axis)) else { continue };
            let pad = if *high > *low { 0.04 * (*high - *low) } else { 0.5 };
            *low -= pad;
            *high += pad;
        }
        Some(Self { low, high, is_x_log })
    }

    fn at(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let x = if self.is_x_log { x.log10() } else { x };
        let share = [
            (x - self.low[0]) / (self.high[0] - self.low[0]),
            (y - self.low[1]) / (self.high[1] - self.low[1]),
        ];
        let place = [
            LEFT + share[0] * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - share[1] * (HEIGHT - TOP - BOTTOM),
        ];
        place.iter().all(|at| at.is_finite()).then_some(place)
    }

    /// Opens the picture with grid, ticks and the names of the axes.
    fn frame(&self, x: &Words, y: &Words, lang: Lang) -> String {
        let mut svg = opened(WIDTH, HEIGHT);
        let right = WIDTH - RIGHT;
        for tick in ticks(self.low[1], self.high[1]) {
            let Some([_, at]) = self.at([self.raw_x(self.low[0]), tick]) else { continue };
            let (label, middle, end) = (number(tick), at + 4.0, LEFT - 8.0);
            let _ = write!(
                svg,
                "<path class=\"g\" d=\"M{LEFT} {at:.1}H{right}\"/><text class=\"w\" x=\"{end}\" y=\"{middle:.1}\" text-anchor=\"end\">{label}</text>"
            );
        }
        for tick in ticks(self.low[0], self.high[0]) {
            let value = self.raw_x(tick);
            let Some([at, _]) = self.at([value, self.low[1]]) else { continue };
            let (label, below) = (number(value), HEIGHT - BOTTOM + 18.0);
            let _ = write!(
                svg,
                "<text class=\"w\" x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{label}</text>"
            );
        }
        let (middle, bottom) = (LEFT / 2.0 + right / 2.0, HEIGHT - 6.0);
        let (x, y) = (escaped(x.get(lang)), escaped(y.get(lang)));
        let _ = write!(
            svg,
            "<text x=\"{middle}\" y=\"{bottom}\" text-anchor=\"middle\">{x}</text>\
             <text x=\"14\" y=\"{HEIGHT_MIDDLE}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {HEIGHT_MIDDLE})\">{y}</text>"
        );
        svg
    }

    fn raw_x(&self, x: f64) -> f64 {
        if self.is_x_log { 10_f64.powf(x) } else { x }
    }
}

const HEIGHT_MIDDLE: f64 = f64::midpoint(HEIGHT - BOTTOM, TOP);

fn opened(width: f64, height: f64) -> String {
    format!("<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\">")
}

/// Round numbers between two ends: one, two or five times a power of ten apart.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let raw = (high - low) / 5.0;
    if !(raw.is_finite() && raw > 0.0) {
        return Vec::new();
    }
    let power = 10_f64.powf(raw.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= raw);
    let step = step.unwrap_or(raw);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    // Multiples of the step, so that a tick near zero is zero.
    (first..=last).take(12).map(|number| number as f64 * step).collect()
}

fn path_of(plane: &Plane, points: impl Iterator<Item = [f64; 2]>) -> String {
    let mut path = String::new();
    for [x, y] in points.filter_map(|point| plane.at(point)) {
        let letter = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{letter}{x:.1} {y:.1}");
    }
    path
}

fn of_lines(x: &Words, y: &Words, is_x_log: bool, lines: &[Line], lang: Lang) -> String {
    let ends = |line: &Line| {
        let x = |index: usize| line.points.get(index).map_or(f64::NAN, |point| point[0]);
        let band: Vec<[f64; 2]> = line
            .band
            .iter()
            .enumerate()
            .flat_map(|(index, [low, high])| [[x(index), *low], [x(index), *high]])
            .collect();
        line.points.iter().copied().chain(band).collect::<Vec<_>>()
    };
    let Some(plane) = Plane::of(lines.iter().flat_map(ends), is_x_log) else {
        return String::new();
    };
    let mut svg = plane.frame(x, y, lang);
    for (index, line) in lines.iter().enumerate() {
        let color = index % N_COLORS;
        if !line.band.is_empty() {
            let edge = |side: usize| {
                let pairs = line.points.iter().zip(&line.band);
                pairs
                    .map(move |(point, band)| [point[0], if side == 0 { band[0] } else { band[1] }])
                    .collect::<Vec<_>>()
            };
            let around = edge(1).into_iter().chain(edge(0).into_iter().rev());
            let path = path_of(&plane, around);
            let _ = write!(
                svg,
                "<path d=\"{path}Z\" style=\"fill:var(--c{color})\" fill-opacity=\"0.16\"/>"
            );
        }
        let path = path_of(&plane, line.points.iter().copied());
        let _ = write!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke-width=\"1.8\" style=\"stroke:var(--c{color})\"/>"
        );
    }
    svg + "</svg>" + &legend(lines.iter().map(|line| &line.name), lang)
}

fn legend<'a>(names: impl Iterator<Item = &'a Words>, lang: Lang) -> String {
    let names: Vec<&Words> = names.collect();
    if names.len() < 2 {
        return String::new();
    }
    let mut html = "<p class=\"weak\">".to_owned();
    for (index, name) in names.into_iter().enumerate() {
        let (color, name) = (index % N_COLORS, escaped(name.get(lang)));
        let _ = write!(html, "<span style=\"color:var(--c{color})\">●</span> {name}&ensp;");
    }
    html + "</p>"
}

fn of_bars(x: &Words, bars: &[Bar], lang: Lang) -> String {
    const NAMES: f64 = 200.0;
    let bars = bars.get(..bars.len().min(MAX_BARS)).unwrap_or_default();
    let ends = |bar: &Bar| {
        bar.interval.unwrap_or([bar.value; 2]).into_iter().chain([bar.value]).collect::<Vec<_>>()
    };
    let all: Vec<f64> =
        bars.iter().flat_map(ends).chain([0.0]).filter(|end| end.is_finite()).collect();
    let low = all.iter().copied().fold(0.0, f64::min);
    let high = all.iter().copied().fold(0.0, f64::max);
    if bars.is_empty() || high <= low {
        return String::new();
    }
    let at =
        |value: f64| NAMES + (value.clamp(low, high) - low) / (high - low) * (WIDTH - NAMES - 70.0);
    let height = BAR * bars.len() as f64 + 26.0;
    let mut svg = opened(WIDTH, height);
    for (index, bar) in bars.iter().enumerate() {
        let top = BAR * index as f64;
        let (from, to) = (at(bar.value.min(0.0)), at(bar.value.max(0.0)));
        let name: String = bar.name.get(lang).chars().take(30).collect();
        let (name, value) = (escaped(&name), number(bar.value));
        let (text, y, thick, width, end) =
            (top + 15.0, top + 4.0, BAR - 8.0, to - from, NAMES - 8.0);
        let after = bar.interval.map_or(to, |[_, high]| at(high)) + 6.0;
        let _ = write!(
            svg,
            "<text x=\"{end}\" y=\"{text}\" text-anchor=\"end\">{name}</text>\
             <rect x=\"{from:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{thick}\" rx=\"2\" style=\"fill:var(--c0)\"/>\
             <text class=\"w\" x=\"{after:.1}\" y=\"{text}\">{value}</text>"
        );
        if let Some([low, high]) = bar.interval {
            let (low, high, middle) = (at(low), at(high), top + BAR / 2.0);
            let _ = write!(
                svg,
                "<path d=\"M{low:.1} {middle}H{high:.1}\" style=\"stroke:var(--text)\" stroke-width=\"1.4\"/>"
            );
        }
    }
    let (bottom, middle, x) = (height - 6.0, NAMES / 2.0 + WIDTH / 2.0, escaped(x.get(lang)));
    let _ = write!(
        svg,
        "<text class=\"w\" x=\"{middle}\" y=\"{bottom}\" text-anchor=\"middle\">{x}</text>"
    );
    svg + "</svg>"
}

fn heat_map(
    x: &Words,
    y: &Words,
    columns: &[String],
    rows: &[String],
    cells: &[Vec<Option<f64>>],
    lang: Lang,
) -> String {
    const NAMES: f64 = 130.0;
    const HEAD: f64 = 44.0;
    let n_columns = columns.len().min(MAX_CELLS);
    let n_rows = rows.len().min(MAX_CELLS);
    if n_columns == 0 || n_rows == 0 {
        return String::new();
    }
    let most = cells
        .iter()
        .flatten()
        .flatten()
        .map(|cell| cell.abs())
        .fold(0.0, f64::max)
        .max(f64::MIN_POSITIVE);
    let side = ((WIDTH - NAMES) / n_columns as f64).clamp(14.0, 64.0);
    let tall = side.min(34.0);
    let (width, height) = (NAMES + side * n_columns as f64, HEAD + tall * n_rows as f64);
    let mut svg = opened(width, height);
    let short = |name: &String, n: usize| escaped(&name.chars().take(n).collect::<String>());
    let (x, y) = (escaped(x.get(lang)), escaped(y.get(lang)));
    let _ = write!(
        svg,
        "<text class=\"w\" x=\"{NAMES}\" y=\"14\">{x} →</text><text class=\"w\" x=\"0\" y=\"34\">{y} ↓</text>"
    );
    for (index, name) in columns.iter().take(n_columns).enumerate() {
        let middle = NAMES + side * (index as f64 + 0.5);
        let name = short(name, (side / 7.0) as usize);
        let _ =
            write!(svg, "<text x=\"{middle:.1}\" y=\"36\" text-anchor=\"middle\">{name}</text>");
    }
    for (row, name) in rows.iter().take(n_rows).enumerate() {
        let top = HEAD + tall * row as f64;
        let (text, end, name) = (top + tall / 2.0 + 4.0, NAMES - 8.0, short(name, 17));
        let _ = write!(svg, "<text x=\"{end}\" y=\"{text:.1}\" text-anchor=\"end\">{name}</text>");
        for (column, cell) in cells.get(row).into_iter().flatten().take(n_columns).enumerate() {
            let Some(cell) = cell else { continue };
            let left = NAMES + side * column as f64;
            let strength = 0.06 + 0.8 * cell.abs() / most;
            let (wide, high, color) = (side - 1.0, tall - 1.0, u8::from(*cell < 0.0));
            let _ = write!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" style=\"fill:var(--c{color})\" fill-opacity=\"{strength:.2}\"/>"
            );
            if side >= 30.0 {
                let (middle, cell) = (left + side / 2.0, number(*cell));
                let _ = write!(
                    svg,
                    "<text x=\"{middle:.1}\" y=\"{text:.1}\" text-anchor=\"middle\">{cell}</text>"
                );
            }
        }
    }
    svg + "</svg>"
}
