//! Figures of single rows: dots by two columns, and lines.

use pg_base::Trouble;

use super::charts::{MAX_COLORS, N_STRETCHES, color_groups, series_of};
use super::choices::{Slot, Spec, is_number};
use super::groups::Groups;
use super::make::{Made, Picks, Sample};
use crate::figure::{Axis, Figure, Line, Points};
use crate::lang::tr;

/// Numbers with more different values than this colour by a scale.
const MAX_NUMBER_COLORS: usize = 10;

/// Each row as a dot.
pub(super) fn scatter(sample: &Sample, spec: &Spec) -> Result<Made, Trouble> {
    let (x, y) = (sample.floats(spec, Slot::X)?, sample.floats(spec, Slot::Y)?);
    let (x_axis, y_axis) = (sample.axis(spec, Slot::X), sample.axis(spec, Slot::Y));
    let n_missing = x.iter().zip(&y).filter(|(x, y)| !(x.is_finite() && y.is_finite())).count();
    // The title stands where the label of the upright axis would.
    let mut figure = Figure::new(y_axis.label.clone())
        .note(sample.note(n_missing, &[]))
        .x(x_axis)
        .y(y_axis)
        .brush(None);
    let points = x.into_iter().zip(y).map(|(x, y)| [x, y]);
    if let Some((name, shades)) = shades(sample, spec)? {
        let layer = Points::new("", crate::figure::Ink::Series(1), points.collect());
        figure = figure.with(layer.shaded(name, shades));
    } else {
        let colors = color_groups(sample, spec)?;
        let mut split = vec![Vec::new(); colors.len()];
        for (point, code) in points.zip(&colors.codes) {
            if let Some(own) = split
                .get_mut(*code as usize)
                .filter(|_| point.iter().all(|value| value.is_finite()))
            {
                own.push(point);
            }
        }
        for (index, own) in split.into_iter().enumerate() {
            let (label, ink) = series_of(&colors, spec, index);
            figure = figure.with(Points::new(label, ink, own));
        }
    }
    let axes =
        spec.column(Slot::X).zip(spec.column(Slot::Y)).map(|(x, y)| [x.to_owned(), y.to_owned()]);
    Ok(Made { figure, picks: Picks { parts: Vec::new(), axes } })
}

/// The column of the colours as numbers on a scale, where it holds many of them.
fn shades(sample: &Sample, spec: &Spec) -> Result<Option<(String, Vec<f64>)>, Trouble> {
    let Some(column) = spec.column(Slot::Color).and_then(|name| sample.rows.schema.get(name))
    else {
        return Ok(None);
    };
    if !is_number(column) {
        return Ok(None);
    }
    let values = sample.rows.floats(&column.name)?;
    let mut distinct: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    Ok((distinct.len() > MAX_NUMBER_COLORS).then(|| (column.name.clone(), values)))
}

/// A number along another one, or along the rows; rows with the same place give their mean.
pub(super) fn line(sample: &Sample, spec: &Spec) -> Result<Made, Trouble> {
    let y = sample.floats(spec, Slot::Y)?;
    let y_axis = sample.axis(spec, Slot::Y);
    let (x, x_axis) = if spec.column(Slot::X).is_some() {
        (sample.floats(spec, Slot::X)?, sample.axis(spec, Slot::X))
    } else {
        let places = sample.places.iter().map(|place| f64::from(*place) + 1.0);
        (places.collect(), Axis::new(tr("Row", "行号")))
    };
    let colors = match spec.column(Slot::Color) {
        Some(name) => Groups::of(&sample.rows, name, MAX_COLORS, N_STRETCHES)?,
        None => Groups::single(sample.n(), ""),
    };
    let mut split = vec![Vec::new(); colors.len()];
    for ((x, y), code) in x.iter().zip(&y).zip(&colors.codes) {
        if let Some(own) = split.get_mut(*code as usize).filter(|_| x.is_finite() && y.is_finite())
        {
            own.push([*x, *y]);
        }
    }
    let n_points: usize = split.iter().map(Vec::len).sum();
    let means: Vec<Vec<[f64; 2]>> = split.into_iter().map(means).collect();
    let has_means = means.iter().map(Vec::len).sum::<usize>() < n_points;
    let more = if has_means {
        vec![tr("mean of rows at the same place", "相同位置取均值").to_owned()]
    } else {
        Vec::new()
    };
    let title = y_axis.label.clone();
    let mut figure = Figure::new(title)
        .note(sample.note(sample.n() - n_points, &more))
        .x(x_axis)
        .y(Axis { label: String::new(), ..y_axis });
    for (index, points) in means.into_iter().enumerate() {
        let (label, ink) = series_of(&colors, spec, index);
        figure = figure.with(Line::new(label, ink, points));
    }
    Ok(Made { figure, picks: Picks::default() })
}

/// Points by `x`, those with the same one as their mean.
fn means(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mean = |same: &[[f64; 2]]| {
        let sum: f64 = same.iter().map(|point| point[1]).sum();
        same.first().map(|first| [first[0], sum / same.len() as f64])
    };
    points.chunk_by(|a, b| a[0] == b[0]).filter_map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_at_one_place_give_their_mean() {
        let points = vec![[2.0, 1.0], [1.0, 5.0], [2.0, 3.0]];
        assert_eq!(means(points), [[1.0, 5.0], [2.0, 2.0]]);
        assert!(means(Vec::new()).is_empty());
    }
}
