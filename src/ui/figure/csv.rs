//! The numbers behind a figure as CSV.

use super::model::{Figure, Layer};
use super::plane::Plane;

/// All layers of the kind that the first one with data has: points of lines and dots with their series, bars by bin or
/// category, boxes, or the cells of a matrix.
pub fn to_csv(figure: &Figure) -> String {
    let first = figure.layers.iter().find(|layer| !layer.is_empty());
    let rows = match first {
        Some(Layer::Bars(_)) => bars(figure),
        Some(Layer::Boxes(_)) => boxes(figure),
        Some(Layer::Heat(_)) => cells(figure),
        Some(_) => points(figure),
        None => Vec::new(),
    };
    rows.iter().map(|row| row.join(",") + "\n").collect()
}

fn points(figure: &Figure) -> Vec<Vec<String>> {
    let plane = Plane::of(figure);
    let or = |label: &str, other: &str| quoted(if label.is_empty() { other } else { label });
    let mut rows =
        vec![vec!["series".to_owned(), or(&figure.x.label, "x"), or(&figure.y.label, "y")]];
    let mut add = |name: &str, [x, y]: [f64; 2]| {
        let x = if figure.x.scale == super::Scale::Time {
            quoted(&plane.x.name_of(x))
        } else {
            plain(x)
        };
        rows.push(vec![quoted(name), x, plain(y)]);
    };
    for layer in &figure.layers {
        match layer {
            Layer::Line(line) => line.points.iter().for_each(|point| add(&line.name, *point)),
            Layer::Points(dots) => dots.points.iter().for_each(|point| add(&dots.name, *point)),
            Layer::Band(band) => {
                for [x, low, high] in &band.points {
                    add(&format!("{} low", band.name), [*x, *low]);
                    add(&format!("{} high", band.name), [*x, *high]);
                }
            }
            _ => {}
        }
    }
    rows
}

fn bars(figure: &Figure) -> Vec<Vec<String>> {
    let plane = Plane::of(figure);
    let layers: Vec<_> = figure
        .layers
        .iter()
        .filter_map(|layer| if let Layer::Bars(bars) = layer { Some(bars) } else { None })
        .collect();
    let edges = layers.first().map(|bars| bars.edges.as_slice()).unwrap_or_default();
    let has_bins = !edges.is_empty();
    let mut head = if has_bins {
        vec!["from".to_owned(), "to".to_owned()]
    } else {
        vec!["category".to_owned()]
    };
    head.extend(
        layers.iter().map(|bars| quoted(if bars.name.is_empty() { "value" } else { &bars.name })),
    );
    let mut rows = vec![head];
    let n_rows = layers.iter().map(|bars| bars.values.len()).max().unwrap_or_default();
    let (base, _) = plane.base_and_length();
    for index in 0..n_rows {
        let edge = |index: usize| edges.get(index).map_or_else(String::new, |edge| plain(*edge));
        let mut row = if has_bins {
            vec![edge(index), edge(index + 1)]
        } else {
            vec![quoted(&base.name_of(index as f64))]
        };
        row.extend(
            layers
                .iter()
                .map(|bars| bars.values.get(index).map_or_else(String::new, |value| plain(*value))),
        );
        rows.push(row);
    }
    rows
}

fn boxes(figure: &Figure) -> Vec<Vec<String>> {
    let plane = Plane::of(figure);
    let (base, _) = plane.base_and_length();
    let head = ["category", "n", "low", "quartile_1", "median", "quartile_3", "high", "n_outliers"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for layer in &figure.layers {
        let Layer::Boxes(boxes) = layer else { continue };
        for (index, stats) in boxes.boxes.iter().enumerate() {
            let mut row = vec![quoted(&base.name_of(index as f64)), stats.n_values.to_string()];
            let values = [stats.low, stats.quartile_1, stats.median, stats.quartile_3, stats.high];
            row.extend(values.map(plain));
            row.push(stats.outliers.len().to_string());
            rows.push(row);
        }
    }
    rows
}

fn cells(figure: &Figure) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for layer in &figure.layers {
        let Layer::Heat(heat) = layer else { continue };
        let names = heat.column_labels.iter().map(|name| quoted(name));
        rows.push(std::iter::once(String::new()).chain(names).collect());
        for (name, values) in
            heat.row_labels.iter().zip(heat.values.chunks(heat.column_labels.len().max(1)))
        {
            rows.push(
                std::iter::once(quoted(name))
                    .chain(values.iter().map(|value| plain(*value)))
                    .collect(),
            );
        }
    }
    rows
}

/// A number as it is; nothing where it is none.
fn plain(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}

/// A text as a cell of a CSV file, with quotes where it needs them (RFC 4180).
pub(crate) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
