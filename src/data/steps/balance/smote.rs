//! Made-up rows of one class: on the lines between a row and its nearest neighbours.

use std::collections::BTreeMap;

use pg_base::{Rng, Trouble};
use polars::prelude::*;
use rayon::prelude::*;

use super::take;
use crate::schema::{ColumnKind, Role};
use crate::steps::{matrix, statistics};
use crate::table::{Rows, polars_trouble};

/// Rows that a neighbour is looked for among; bounds the time for large classes.
const MAX_CANDIDATES: usize = 4000;

/// A made-up row: its place of origin, its neighbours, nearest first, and where it lies between.
struct Made {
    base: usize,
    neighbours: Vec<usize>,
    partner: usize,
    share: f64,
}

/// `n_added` rows between rows of a class. Distances are measured in deviations of the class over number features,
/// a missing value lying at the mean; what is neither number nor category is copied.
pub(super) fn made_up(
    rows: &Rows,
    class: &[u32],
    n_added: usize,
    n_neighbours: usize,
    rng: &mut Rng,
) -> Result<DataFrame, Trouble> {
    let of_kind = |kind: ColumnKind| {
        let features = rows.schema.in_role(Role::Feature).filter(move |column| column.kind == kind);
        features.map(|column| column.name.as_str()).collect::<Vec<_>>()
    };
    let members = Rows { frame: take(&rows.frame, class.to_vec())?, schema: rows.schema.clone() };
    let names = of_kind(ColumnKind::Number);
    let columns = matrix::columns(&members, &names)?;
    let scaled: Vec<Vec<f64>> = columns.iter().map(|column| in_deviations(column)).collect();
    let points = matrix::transposed(&scaled, class.len());

    let stride = class.len().div_ceil(MAX_CANDIDATES).max(1);
    let mut made: Vec<Made> = (0..n_added)
        .map(|_| Made {
            base: rng.below(class.len()),
            neighbours: Vec::new(),
            partner: rng.below(n_neighbours.clamp(1, class.len() - 1)),
            share: rng.unit(),
        })
        .collect();
    made.par_iter_mut().for_each(|one| {
        let near = nearest(&points, one.base, stride, n_neighbours.max(1));
        // Few candidates may give fewer neighbours than wanted.
        one.partner = near.get(one.partner % near.len().max(1)).copied().unwrap_or(one.base);
        one.neighbours = near;
    });

    let places = made.iter().filter_map(|one| class.get(one.base).copied()).collect();
    let mut frame = take(&rows.frame, places)?;
    for (name, column) in names.iter().zip(&columns) {
        let value = |one: &Made| {
            let at = |row: usize| column.get(row).copied().unwrap_or(f64::NAN);
            let (base, partner) = (at(one.base), at(one.partner));
            if partner.is_nan() { base } else { base + one.share * (partner - base) }
        };
        let values = matrix::series(name, made.iter().map(value).collect());
        let kind = rows.column(name)?.dtype().clone();
        // Whole numbers stay whole: their column has a type of its own.
        let values =
            if kind.is_integer() { round(&values)?.cast(&kind) } else { values.cast(&kind) };
        frame.with_column(values.map_err(polars_trouble)?.into()).map_err(polars_trouble)?;
    }
    for name in of_kind(ColumnKind::Category) {
        let texts = members.texts(name)?;
        let texts: Vec<Option<&str>> = texts.iter().collect();
        let value = |one: &Made| most_frequent(&texts, one);
        let values: StringChunked = made.iter().map(value).collect();
        let values = values.with_name(name.into()).into_series();
        frame.with_column(values.into()).map_err(polars_trouble)?;
    }
    Ok(frame)
}

fn round(values: &Series) -> Result<Series, Trouble> {
    Ok(values.f64().map_err(polars_trouble)?.apply_values(f64::round).into_series())
}

fn in_deviations(column: &[f64]) -> Vec<f64> {
    let finite: Vec<f64> = column.iter().copied().filter(|value| value.is_finite()).collect();
    let (mean, scale) = statistics::mean_and_scale(&finite);
    let scaled = |value: &f64| if value.is_nan() { 0.0 } else { (value - mean) / scale };
    column.iter().map(scaled).collect()
}

/// The nearest other rows of every `stride`th row, nearest first.
fn nearest(points: &[Vec<f64>], base: usize, stride: usize, n: usize) -> Vec<usize> {
    let Some(own) = points.get(base) else { return Vec::new() };
    let mut found: Vec<(f64, usize)> = points
        .iter()
        .enumerate()
        .step_by(stride)
        .filter(|(row, _)| *row != base)
        .map(|(row, point)| (own.iter().zip(point).map(|(a, b)| (a - b).powi(2)).sum::<f64>(), row))
        .collect();
    let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if found.len() > n {
        found.select_nth_unstable_by(n, order);
        found.truncate(n);
    }
    found.sort_unstable_by(order);
    found.into_iter().map(|(_, row)| row).collect()
}

/// The most frequent category of the neighbours; of equally frequent ones the nearest.
fn most_frequent<'a>(texts: &[Option<&'a str>], one: &Made) -> Option<&'a str> {
    let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    let labels = || one.neighbours.iter().map(|row| texts.get(*row).copied().flatten());
    labels().for_each(|label| *counts.entry(label).or_default() += 1);
    let count = |label: Option<&str>| counts.get(&label).copied().unwrap_or(0);
    let best = labels().reduce(|best, next| if count(next) > count(best) { next } else { best });
    best.unwrap_or_else(|| texts.get(one.base).copied().flatten())
}
