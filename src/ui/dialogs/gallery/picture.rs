//! The picture on a template's card, made of its own sample data: what the graph would learn from, and its steps.
//!
//! Nothing here names a node kind: what is drawn follows from the target and the columns that the analysis finds.

use eframe::egui::ColorImage;
use pg_base::Trouble;
use pg_contract::{Facts, Registry, Stage};
use pg_data::read::decode;
use pg_data::{Column, ColumnKind, ImageForm, Role, Rows, Table};
use pg_pipeline::{Analysis, Document, analyse};
use pg_session::templates::{self, Template};

use super::{own_folder, samples};

/// Points of a scatter.
const MAX_POINTS: usize = 160;
/// Small pictures of a grid.
const N_PICTURES: usize = 18;
/// Side of a small picture in pixels, at most.
const PICTURE_SIDE: usize = 64;
/// Lines of text.
const N_TEXTS: usize = 5;

/// What a card shows.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) scene: Scene,
    /// The stages of the graph's nodes, from left to right.
    pub(super) stages: Vec<Stage>,
}

/// A point (0..=1 both ways) and its class.
pub(super) type Point = ([f32; 2], usize);

/// The data.
#[derive(Clone, Debug)]
pub(super) enum Scene {
    /// Points of classes.
    Classes(Vec<Point>),
    /// Points and the line through them, by its height at both ends.
    Trend { points: Vec<[f32; 2]>, line: [f32; 2] },
    /// A value over time.
    Series(Vec<f32>),
    /// Pictures.
    Pictures(Vec<ColorImage>),
    /// Texts with their class.
    Texts(Vec<(String, usize)>),
    /// Nothing that can be drawn.
    Plain,
}

/// Makes the picture of a template from its sample; reads files.
pub(super) fn of(template: &Template, registry: &Registry) -> Result<Picture, Trouble> {
    let data = samples::find(template.sample).ok_or_else(Trouble::cancelled)?;
    let project = own_folder().join(format!("{}.pyro", template.id));
    let made = templates::make(registry, template.id, &data, None, &project)?;
    let analysis = analyse(&made.document, registry, &own_folder());
    let stages = stages(&made.document, &analysis, registry);
    let scene = first_with_target(&analysis).and_then(|table| scene(&table).ok());
    Ok(Picture { scene: scene.unwrap_or(Scene::Plain), stages })
}

fn stages(document: &Document, analysis: &Analysis, registry: &Registry) -> Vec<Stage> {
    let stage = |id: &String| Some(registry.get(&document.node(id)?.kind)?.stage);
    analysis.order.iter().filter_map(stage).collect()
}

/// The rows as the first node gives them that knows the target; else of the first node.
fn first_with_target(analysis: &Analysis) -> Option<Table> {
    let tables = analysis.order.iter().filter_map(|node| match analysis.output(node, 0) {
        Facts::Table { sample, .. } => Some(sample),
        _ => None,
    });
    let tables: Vec<Table> = tables.collect();
    let with_target = tables.iter().find(|table| table.schema().target().is_some());
    with_target.or(tables.first()).cloned()
}

fn scene(table: &Table) -> Result<Scene, Trouble> {
    let rows = table.rows();
    let schema = &rows.schema;
    let is_files = |column: &&Column| column.kind == ColumnKind::Image(ImageForm::Files);
    if let Some(column) = schema.columns.iter().find(is_files) {
        return pictures(rows, &column.name);
    }
    let Some(target) = schema.target() else {
        return Ok(points(rows, None)?.map_or(Scene::Plain, Scene::Classes));
    };
    let is_number = target.kind == ColumnKind::Number;
    let has_time = schema
        .columns
        .iter()
        .any(|column| column.role == Role::Time || column.kind == ColumnKind::Date);
    if is_number && has_time {
        return series(rows, &target.name);
    }
    let numbers =
        schema.in_role(Role::Feature).filter(|column| column.kind == ColumnKind::Number).count();
    match (is_number, numbers) {
        (true, 1..) => trend(rows, &target.name),
        (false, 2..) => Ok(points(rows, Some(&target.name))?.map_or(Scene::Plain, Scene::Classes)),
        _ => texts(rows, &target.name),
    }
}

/// The two number columns that keep the classes furthest apart.
fn points(rows: &Rows, target: Option<&str>) -> Result<Option<Vec<Point>>, Trouble> {
    let classes = match target {
        Some(target) => class_numbers(rows, target)?,
        None => vec![0; rows.n_rows()],
    };
    let mut best: Vec<(f64, Vec<f64>)> = Vec::new();
    for column in
        rows.schema.in_role(Role::Feature).filter(|column| column.kind == ColumnKind::Number)
    {
        let values = numbers(rows, &column.name)?;
        best.push((separation(&values, &classes), values));
    }
    best.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut columns = best.into_iter().map(|(_, values)| values);
    let (Some(x), Some(y)) = (columns.next(), columns.next()) else { return Ok(None) };
    let (x, y) = (to_unit(&x), to_unit(&y));
    let all: Vec<_> = x.into_iter().zip(y).map(|(x, y)| [x, y]).zip(classes).collect();
    Ok(Some(spread(all, MAX_POINTS)))
}

/// Variance between classes over variance within them.
fn separation(values: &[f64], classes: &[usize]) -> f64 {
    let n_classes = classes.iter().max().map_or(0, |class| class + 1);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / (values.len().max(1) as f64);
    let all = mean(values);
    let (mut between, mut within) = (0.0, 0.0);
    for class in 0..n_classes {
        let members: Vec<f64> = values
            .iter()
            .zip(classes)
            .filter(|(_, other)| **other == class)
            .map(|(value, _)| *value)
            .collect();
        let middle = mean(&members);
        between += members.len() as f64 * (middle - all).powi(2);
        within += members.iter().map(|value| (value - middle).powi(2)).sum::<f64>();
    }
    if within > 0.0 { between / within } else { 0.0 }
}

/// The number column that goes along with the target most, and the straight line through both.
fn trend(rows: &Rows, target: &str) -> Result<Scene, Trouble> {
    let goal = to_unit(&numbers(rows, target)?);
    let mut best: Option<(f32, Vec<f32>, [f32; 2])> = None;
    for column in
        rows.schema.in_role(Role::Feature).filter(|column| column.kind == ColumnKind::Number)
    {
        let values = to_unit(&numbers(rows, &column.name)?);
        let (strength, line) = fit(&values, &goal);
        if best.as_ref().is_none_or(|(other, ..)| strength > *other) {
            best = Some((strength, values, line));
        }
    }
    let Some((_, values, line)) = best else { return Ok(Scene::Plain) };
    let points = spread(values.into_iter().zip(goal).map(|(x, y)| [x, y]).collect(), MAX_POINTS);
    Ok(Scene::Trend { points, line })
}

/// Strength of the correlation, and the heights of the least-squares line at 0 and 1.
fn fit(x: &[f32], y: &[f32]) -> (f32, [f32; 2]) {
    let n = x.len().max(1) as f32;
    let (mean_x, mean_y) = (x.iter().sum::<f32>() / n, y.iter().sum::<f32>() / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (dx, dy) = (x - mean_x, y - mean_y);
        (xx, yy, xy) = (xx + dx * dx, yy + dy * dy, xy + dx * dy);
    }
    if xx <= 0.0 || yy <= 0.0 {
        return (0.0, [mean_y, mean_y]);
    }
    let slope = xy / xx;
    let at = |x: f32| mean_y + slope * (x - mean_x);
    (xy.abs() / (xx * yy).sqrt(), [at(0.0), at(1.0)])
}

fn series(rows: &Rows, target: &str) -> Result<Scene, Trouble> {
    Ok(Scene::Series(spread(to_unit(&numbers(rows, target)?), MAX_POINTS)))
}

fn pictures(rows: &Rows, column: &str) -> Result<Scene, Trouble> {
    let paths: Vec<String> = rows.texts(column)?.iter().flatten().map(str::to_owned).collect();
    // A stride without a common factor with the usual numbers of files per class mixes the classes.
    let stride = paths.len() / N_PICTURES + 1;
    let chosen = (0..N_PICTURES).filter_map(|index| paths.get(index * stride % paths.len().max(1)));
    let image = |path: &String| {
        let head = pg_data::read::probe_image(path.as_ref()).ok()?;
        let side = (head.height.max(head.width) as usize).clamp(1, PICTURE_SIDE);
        let bytes = decode(path.as_ref(), side, side, 3).ok()?;
        Some(ColorImage::from_rgb([side, side], &bytes))
    };
    Ok(Scene::Pictures(chosen.filter_map(image).collect()))
}

/// The longest texts column, one line of each class in turn.
fn texts(rows: &Rows, target: &str) -> Result<Scene, Trouble> {
    let classes = class_numbers(rows, target)?;
    let mut longest: Option<(usize, Vec<String>)> = None;
    let is_text = |column: &&Column| matches!(column.kind, ColumnKind::Text | ColumnKind::Category);
    for column in rows.schema.in_role(Role::Feature).filter(is_text) {
        let texts: Vec<String> = rows
            .texts(&column.name)?
            .iter()
            .map(|text| text.unwrap_or_default().to_owned())
            .collect();
        let length = texts.iter().map(String::len).sum();
        if longest.as_ref().is_none_or(|(other, _)| length > *other) {
            longest = Some((length, texts));
        }
    }
    let Some((_, texts)) = longest else { return Ok(Scene::Plain) };
    let mut lines: Vec<(String, usize)> = Vec::new();
    let mut wanted = 0;
    let n_classes = classes.iter().max().map_or(1, |class| class + 1);
    for (text, class) in texts.into_iter().zip(classes) {
        if class == wanted && lines.len() < N_TEXTS && !text.trim().is_empty() {
            lines.push((text.trim().to_owned(), class));
            wanted = (wanted + 1) % n_classes;
        }
    }
    Ok(if lines.is_empty() { Scene::Plain } else { Scene::Texts(lines) })
}

fn class_numbers(rows: &Rows, target: &str) -> Result<Vec<usize>, Trouble> {
    let labels = rows.labels(target)?;
    let mut names: Vec<&String> = labels.iter().flatten().collect();
    names.sort();
    names.dedup();
    let number = |label: &Option<String>| {
        label.as_ref().and_then(|label| names.binary_search(&label).ok()).unwrap_or_default()
    };
    Ok(labels.iter().map(number).collect())
}

/// The values of a column, what is missing in their middle.
fn numbers(rows: &Rows, name: &str) -> Result<Vec<f64>, Trouble> {
    let values = rows.numbers(name)?;
    let known: Vec<f64> = values.iter().flatten().filter(|value| value.is_finite()).collect();
    let middle = known.iter().sum::<f64>() / known.len().max(1) as f64;
    Ok(values
        .iter()
        .map(|value| value.filter(|value| value.is_finite()).unwrap_or(middle))
        .collect())
}

/// Brings values to 0..=1; one in a hundred at each end may lie outside and is pulled in.
fn to_unit(values: &[f64]) -> Vec<f32> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        sorted.get((share * (sorted.len().max(1) - 1) as f64) as usize).copied().unwrap_or(0.0)
    };
    let (low, high) = (at(0.01), at(0.99));
    let width = if high > low { high - low } else { 1.0 };
    values.iter().map(|value| (((value - low) / width) as f32).clamp(0.0, 1.0)).collect()
}

/// At most so many, evenly from the whole.
fn spread<T>(all: Vec<T>, n: usize) -> Vec<T> {
    let stride = all.len().div_ceil(n.max(1)).max(1);
    all.into_iter().step_by(stride).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_has_a_picture_of_its_own_data() {
        let core = pg_session::Core::new(pg_nn::Devices { entries: Vec::new() });
        for template in templates::ALL {
            let picture = of(template, core.registry()).expect("made");
            assert!(!matches!(picture.scene, Scene::Plain), "{}", template.id);
            assert!(picture.stages.len() > 3, "{}", template.id);
        }
    }

    #[test]
    fn a_line_goes_through_its_points() {
        let (strength, line) = fit(&[0.0, 0.5, 1.0], &[1.0, 0.5, 0.0]);
        assert!((strength - 1.0).abs() < 1e-6);
        assert!((line[0] - 1.0).abs() < 1e-6 && line[1].abs() < 1e-6);
    }
}
