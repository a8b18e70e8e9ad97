//! Figures that count or describe: histogram, boxes, bars, heat map and correlation.

use pg_base::{CancelToken, Trouble};
use pg_data::view::{Filter, Test};
use pg_data::{ColumnKind, Role};

use super::choices::{Slot, Spec};
use super::groups::Groups;
use super::make::{Made, Picks, Sample};
use crate::figure::{
    Axis, Bars, BoxStats, Boxes, Figure, Heat, Ink, Scale, bin_of, histogram_edges,
};
use crate::lang::tr;
use crate::widgets::number;

/// Colours told apart; the last one stands for all others.
pub(super) const MAX_COLORS: usize = 8;
/// Bars of a chart.
const MAX_BARS: usize = 40;
/// Boxes of a chart.
const MAX_BOXES: usize = 24;
/// Cells along one side of a heat map.
const MAX_SIDE: usize = 30;
/// Cells with numbers in them.
const MAX_NUMBERS: usize = 144;
/// Columns of a correlation matrix.
const MAX_CORRELATED: usize = 24;
/// Histograms of more groups are stacked rather than laid over each other.
const MAX_OVER: usize = 3;
/// Stretches of numbers used as groups.
pub(super) const N_STRETCHES: usize = 6;
const N_HEAT_STRETCHES: usize = 10;

/// How often values occur; categories give bars.
pub(super) fn histogram(sample: &Sample, spec: &Spec) -> Result<Made, Trouble> {
    let name = spec.column(Slot::X).unwrap_or_default();
    if sample.rows.schema.require(name)?.kind == ColumnKind::Category {
        return bars(
            sample,
            &Spec {
                columns: [Some(name.to_owned()), None, spec.columns[2].clone()],
                ..spec.clone()
            },
        );
    }
    let values = sample.floats(spec, Slot::X)?;
    let edges = histogram_edges(&values);
    let colors = color_groups(sample, spec)?;
    let mut counts = vec![vec![0.0; edges.len().saturating_sub(1)]; colors.len()];
    for (value, code) in values.iter().zip(&colors.codes) {
        let bin = bin_of(&edges, *value);
        if let Some(count) = bin.and_then(|bin| counts.get_mut(*code as usize)?.get_mut(bin)) {
            *count += 1.0;
        }
    }
    let axis = sample.axis(spec, Slot::X);
    let is_time = axis.scale == Scale::Time;
    let n_missing = values.iter().filter(|value| !value.is_finite()).count();
    let more = if is_time { Vec::new() } else { described(&values) };
    let mut figure = Figure::new(axis.label.clone())
        .note(sample.note(n_missing, &more))
        .x(Axis { label: String::new(), ..axis })
        .y(rows_axis(spec.is_log[1]));
    if colors.len() > MAX_OVER {
        figure = figure.stacked();
    }
    let mut picks = Picks::default();
    for (index, counts) in counts.into_iter().enumerate() {
        let (label, ink) = series_of(&colors, spec, index);
        let bin = |bin: usize| {
            let (from, to) = (*edges.get(bin)?, *edges.get(bin + 1)?);
            let max = if bin + 2 == edges.len() { to } else { to.next_down() };
            let own = Filter {
                column: name.to_owned(),
                test: Test::Between { min: Some(from), max: Some(max) },
            };
            Some(with_color(own, &colors, spec, index))
        };
        picks.parts.push((0..counts.len()).map(bin).collect());
        figure = figure.with(Bars::bins(label, ink, edges.clone(), counts));
    }
    Ok(Made { figure, picks })
}

/// Median, quartiles and outliers of each group.
pub(super) fn boxes(sample: &Sample, spec: &Spec) -> Result<Made, Trouble> {
    let values = sample.floats(spec, Slot::Y)?;
    let axis = sample.axis(spec, Slot::Y);
    let groups = match spec.column(Slot::X) {
        Some(name) => Groups::of(&sample.rows, name, MAX_BOXES, N_STRETCHES)?,
        None => Groups::single(sample.n(), &axis.label),
    };
    let (mut names, mut stats, mut filters) = (Vec::new(), Vec::new(), Vec::new());
    for (index, own) in groups.split(&values).iter().enumerate() {
        let (Some(name), Some(own)) = (groups.names.get(index), BoxStats::of(own)) else {
            continue;
        };
        names.push(name.clone());
        stats.push(own);
        filters.push(Some(groups.filters.get(index).cloned().into_iter().collect()));
    }
    let n_missing = values.iter().filter(|value| !value.is_finite()).count();
    let title = match spec.column(Slot::X) {
        Some(by) => format!("{} {} {by}", axis.label, tr("by", "·")),
        None => axis.label.clone(),
    };
    let boxes = Boxes::new(stats);
    let boxes = if spec.column(Slot::X).is_some() { boxes } else { boxes.ink(Ink::Series(1)) };
    let figure = Figure::new(title)
        .note(sample.note(n_missing, &[]))
        .x(Axis::default().categories(names))
        .y(Axis { label: String::new(), ..axis })
        .with(boxes);
    Ok(Made { figure, picks: Picks { parts: vec![filters], axes: None } })
}

/// Rows, or the mean of a column, by category.
pub(super) fn bars(sample: &Sample, spec: &Spec) -> Result<Made, Trouble> {
    let name = spec.column(Slot::X).unwrap_or_default();
    let mut groups = Groups::of(&sample.rows, name, MAX_BARS, N_STRETCHES * 2)?;
    if !groups.is_ordered {
        // The most frequent first; others and missing stay at the end.
        let sizes = groups.sizes();
        let mut order: Vec<usize> = (0..groups.len()).collect();
        let is_rest = |index: &usize| groups.inks.get(*index) == Some(&Ink::Weak);
        order.sort_by_key(|index| (is_rest(index), std::cmp::Reverse(sizes.get(*index).copied())));
        groups = groups.ordered(&order);
    }
    let colors = color_groups(sample, spec)?;
    let measured = spec.column(Slot::Y).map(|_| sample.floats(spec, Slot::Y)).transpose()?;
    let (mut sums, mut counts) =
        (vec![vec![0.0; groups.len()]; colors.len()], vec![vec![0.0; groups.len()]; colors.len()]);
    for (row, (group, color)) in groups.codes.iter().zip(&colors.codes).enumerate() {
        let value =
            measured.as_ref().map_or(1.0, |values| values.get(row).copied().unwrap_or(f64::NAN));
        let places = (sums.get_mut(*color as usize), counts.get_mut(*color as usize));
        let (Some(sums), Some(counts)) = places else { continue };
        if let (Some(sum), Some(count), true) =
            (sums.get_mut(*group as usize), counts.get_mut(*group as usize), value.is_finite())
        {
            *sum += value;
            *count += 1.0;
        }
    }
    let title = match spec.column(Slot::Y) {
        Some(column) => format!("{} {column} {} {name}", tr("Mean", "均值："), tr("by", "·")),
        None => name.to_owned(),
    };
    let n_missing = measured
        .as_ref()
        .map_or(0, |values| values.iter().filter(|value| !value.is_finite()).count());
    let y = if measured.is_some() { Axis::default() } else { rows_axis(false) };
    let mut figure = Figure::new(title)
        .note(sample.note(n_missing, &[]))
        .x(Axis::default().categories(groups.names.clone()))
        .y(y);
    if measured.is_none() {
        figure = figure.stacked();
    }
    let mut picks = Picks::default();
    for (index, (sums, counts)) in sums.into_iter().zip(counts).enumerate() {
        let (label, ink) = series_of(&colors, spec, index);
        let values = match &measured {
            None => counts,
            Some(_) => sums.iter().zip(&counts).map(|(sum, count)| sum / count).collect(),
        };
        let filters =
            groups.filters.iter().map(|own| Some(with_color(own.clone(), &colors, spec, index)));
        picks.parts.push(filters.collect());
        figure = figure.with(Bars::new(label, ink, values));
    }
    Ok(Made { figure, picks })
}

/// How often the values of two columns occur together.
pub(super) fn heat(sample: &Sample, spec: &Spec) -> Result<Made, Trouble> {
    let (x, y) =
        (spec.column(Slot::X).unwrap_or_default(), spec.column(Slot::Y).unwrap_or_default());
    let across = Groups::of(&sample.rows, x, MAX_SIDE, N_HEAT_STRETCHES)?;
    let down = Groups::of(&sample.rows, y, MAX_SIDE, N_HEAT_STRETCHES)?;
    let mut counts = vec![0.0; across.len() * down.len()];
    for (column, row) in across.codes.iter().zip(&down.codes) {
        if let Some(count) = counts.get_mut(*row as usize * across.len() + *column as usize) {
            *count += 1.0;
        }
    }
    let filters = down.filters.iter().flat_map(|row| {
        across.filters.iter().map(|column| Some(vec![column.clone(), row.clone()]))
    });
    let picks = Picks { parts: vec![filters.collect()], axes: None };
    let mut heat = Heat::new(tr("Rows", "行数"), down.names, across.names, counts);
    heat.shows_numbers = heat.values.len() <= MAX_NUMBERS;
    let figure = Figure::new(format!("{y} × {x}"))
        .note(sample.note(0, &[]))
        .x(Axis::new(x))
        .y(Axis::new(y))
        .with(heat);
    Ok(Made { figure, picks })
}

/// Pearson's correlation of all number columns, each pair over the rows that have both.
pub(super) fn correlation(sample: &Sample, cancel: &CancelToken) -> Result<Made, Trouble> {
    let columns = sample
        .rows
        .schema
        .columns
        .iter()
        .filter(|column| !matches!(column.role, Role::Id | Role::Ignored));
    let all: Vec<String> = columns.map(|column| column.name.clone()).collect();
    let names: Vec<String> = all.iter().take(MAX_CORRELATED).cloned().collect();
    let values =
        names.iter().map(|name| sample.rows.floats(name)).collect::<Result<Vec<_>, _>>()?;
    let mut cells = Vec::with_capacity(names.len() * names.len());
    for one in &values {
        for other in &values {
            cancel.check()?;
            cells.push(pearson(one, other));
        }
    }
    let texts = cells.iter().map(|value| {
        if value.is_finite() { format!("{value:.2}").replace('-', "−") } else { "–".into() }
    });
    let texts = texts.collect();
    let more = if names.len() < all.len() {
        vec![format!("{} {} {}", names.len(), tr("of", "/"), all.len()) + tr(" columns", " 列")]
    } else {
        Vec::new()
    };
    let heat = Heat::new(tr("Correlation", "相关系数"), names.clone(), names, cells)
        .texts(texts)
        .range(-1.0, 1.0)
        .diverging();
    let title = tr("Correlation (Pearson)", "相关系数（皮尔逊）");
    let figure = Figure::new(title).note(sample.note(0, &more)).with(heat);
    Ok(Made { figure, picks: Picks::default() })
}

/// Pearson's correlation over the pairs that are finite; NaN where one of them does not vary.
fn pearson(one: &[f64], other: &[f64]) -> f64 {
    let pairs = || one.iter().zip(other).filter(|(a, b)| a.is_finite() && b.is_finite());
    let n = pairs().count() as f64;
    let (mean_one, mean_other) =
        (pairs().map(|(a, _)| a).sum::<f64>() / n, pairs().map(|(_, b)| b).sum::<f64>() / n);
    let (mut both, mut square_one, mut square_other) = (0.0, 0.0, 0.0);
    for (a, b) in pairs() {
        let (a, b) = (a - mean_one, b - mean_other);
        both += a * b;
        square_one += a * a;
        square_other += b * b;
    }
    let scale = (square_one * square_other).sqrt();
    if scale > 0.0 { (both / scale).clamp(-1.0, 1.0) } else { f64::NAN }
}

/// Mean, median and standard deviation in words.
fn described(values: &[f64]) -> Vec<String> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    finite.sort_unstable_by(f64::total_cmp);
    let Some(stats) = BoxStats::of(&finite) else { return Vec::new() };
    let n = finite.len() as f64;
    let mean = finite.iter().sum::<f64>() / n;
    let variance =
        finite.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    vec![
        format!("{} {}", tr("mean", "均值"), number(mean)),
        format!("{} {}", tr("median", "中位数"), number(stats.median)),
        format!("{} {}", tr("std.", "标准差"), number(variance.sqrt())),
    ]
}

/// The groups that the colours stand for; one without a column for them.
pub(super) fn color_groups(sample: &Sample, spec: &Spec) -> Result<Groups, Trouble> {
    match spec.column(Slot::Color) {
        Some(name) => Groups::of(&sample.rows, name, MAX_COLORS, N_STRETCHES),
        None => Ok(Groups::single(sample.n(), "")),
    }
}

/// Name and colour of the series of a colour.
pub(super) fn series_of(colors: &Groups, spec: &Spec, index: usize) -> (String, Ink) {
    let ink = colors.inks.get(index).copied().unwrap_or(Ink::Series(index));
    let name = colors.names.get(index).cloned().filter(|_| spec.column(Slot::Color).is_some());
    (name.unwrap_or_default(), ink)
}

fn with_color(own: Filter, colors: &Groups, spec: &Spec, index: usize) -> Vec<Filter> {
    let color = colors.filters.get(index).filter(|_| spec.column(Slot::Color).is_some());
    std::iter::once(own).chain(color.cloned()).collect()
}

fn rows_axis(is_log: bool) -> Axis {
    let axis = Axis::new(tr("Rows", "行数"));
    if is_log { axis.log() } else { axis }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlation_is_that_of_numpy() {
        let check = |one: &[f64], other: &[f64], expected: f64| {
            let found = pearson(one, other);
            assert!(
                (found - expected).abs() < 1e-12 || (found.is_nan() && expected.is_nan()),
                "{found} {expected}"
            );
        };
        check(&[1.0, 2.0, 3.0, f64::NAN], &[2.0, 4.0, 6.0, 1.0], 1.0);
        check(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0], -1.0);
        // numpy.corrcoef([1, 2, 3, 4], [1, 3, 2, 4])
        check(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0], 0.8);
        check(&[1.0, 1.0], &[1.0, 2.0], f64::NAN);
        check(&[], &[], f64::NAN);
    }
}
