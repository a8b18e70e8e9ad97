//! What a column looks like at a glance: how much is missing, how it is spread, what is most frequent.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use pg_base::{CancelToken, Trouble};
use polars::prelude::*;
use rayon::prelude::*;

use crate::schema::{Column, ColumnKind};
use crate::table::{Rows, polars_trouble};
use crate::view::{is_text, moment_text, numbers_behind};

/// Bins of a histogram at most.
pub const MAX_BINS: usize = 24;
/// Texts are counted one by one up to so many different ones.
pub const MAX_TEXTS: usize = 100_000;
/// Most frequent texts that are kept.
const N_TOP: usize = 12;
/// Rows between two looks at the cancel flag.
const CANCEL_EVERY: usize = 65_536;

/// A column at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnProfile {
    /// Rows of the table.
    pub n_rows: usize,
    /// Rows without a value.
    pub n_missing: usize,
    /// Rows whose value is of no use: infinite numbers, blank texts, empty sequences.
    pub n_unusable: usize,
    /// How many different values there are.
    pub distinct: Distinct,
    /// How they are spread.
    pub spread: Spread,
}

/// A number of different values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distinct {
    /// So many.
    Exactly(usize),
    /// More than could be counted.
    MoreThan(usize),
    /// Not counted: pictures held as pixels.
    Unknown,
}

/// How the values of a column are spread.
#[derive(Clone, Debug, PartialEq)]
pub enum Spread {
    /// There is no usable value, or none that can be described.
    Nothing,
    /// Numbers, or the lengths of sequences.
    Numbers(Numbers),
    /// Days or moments, in seconds since 1970.
    Dates(Numbers),
    /// Categories and texts.
    Labels(Labels),
}

/// Finite numbers described.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation of a sample (divided by n − 1); 0 for one number.
    pub std: f64,
    /// First quartile, median and third quartile, interpolated as in NumPy.
    pub quartiles: [f64; 3],
    /// Bins of equal width from the least to the greatest; whole numbers of few values have a bin each.
    pub bins: Vec<Bin>,
}

/// A bin of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Where it begins.
    pub from: f64,
    /// Where it ends; it belongs to the next bin, but for the last one.
    pub to: f64,
    /// Values in it.
    pub count: usize,
}

/// Texts described.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// The most frequent ones, with how often they occur; empty where there were too many to count.
    pub top: Vec<(String, usize)>,
    /// Characters of the shortest.
    pub min_chars: usize,
    /// Characters on average.
    pub mean_chars: f64,
    /// Characters of the longest.
    pub max_chars: usize,
}

impl ColumnProfile {
    /// Share of the rows with a usable value, 0 to 1; none for a table without rows.
    pub fn quality(&self) -> Option<f64> {
        let n_usable = self.n_rows - self.n_missing - self.n_unusable;
        (self.n_rows > 0).then(|| n_usable as f64 / self.n_rows as f64)
    }

    /// Share of the rows without a value, 0 to 1.
    pub fn missing_share(&self) -> f64 {
        self.n_missing as f64 / self.n_rows.max(1) as f64
    }
}

/// Looks at one column of a table; on ten million rows it takes a second or two.
pub fn profile(rows: &Rows, name: &str, cancel: &CancelToken) -> Result<ColumnProfile, Trouble> {
    let column = rows.schema.require(name)?;
    let values = rows.column(name)?.as_materialized_series();
    cancel.check()?;
    if is_text(&column.kind) {
        return texts(values.str().map_err(polars_trouble)?, cancel);
    }
    if matches!(column.kind, ColumnKind::Image(_)) {
        return Ok(ColumnProfile {
            n_rows: values.len(),
            n_missing: values.null_count(),
            n_unusable: 0,
            distinct: Distinct::Unknown,
            spread: Spread::Nothing,
        });
    }
    numbers(values, column, cancel)
}

fn numbers(
    values: &Series,
    column: &Column,
    cancel: &CancelToken,
) -> Result<ColumnProfile, Trouble> {
    let all = numbers_behind(values, &column.kind)?;
    let is_sequence = matches!(column.kind, ColumnKind::Sequence { .. });
    let (mut n_missing, mut n_unusable) = (0, 0);
    let mut usable = Vec::with_capacity(all.len());
    for number in all.iter() {
        match number.filter(|number| !number.is_nan()) {
            None => n_missing += 1,
            Some(number) if number.is_infinite() || is_sequence && number == 0.0 => n_unusable += 1,
            // Both zeros are one value.
            Some(number) => usable.push(number + 0.0),
        }
    }
    drop(all);
    cancel.check()?;
    usable.par_sort_unstable_by(f64::total_cmp);
    cancel.check()?;
    let n_distinct = usable.chunk_by(|a, b| a == b).count();
    let described = describe(&usable, n_distinct);
    let spread = match (described, &column.kind) {
        (None, _) => Spread::Nothing,
        (Some(numbers), ColumnKind::Date) => Spread::Dates(numbers),
        (Some(numbers), _) => Spread::Numbers(numbers),
    };
    // Sequences of one length are not the same sequence.
    let distinct = if is_sequence { Distinct::Unknown } else { Distinct::Exactly(n_distinct) };
    Ok(ColumnProfile { n_rows: values.len(), n_missing, n_unusable, distinct, spread })
}

/// `sorted` holds finite numbers in order.
fn describe(sorted: &[f64], n_distinct: usize) -> Option<Numbers> {
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    let n = sorted.len() as f64;
    // Divided first: the sum of large numbers could leave the range of numbers.
    let mean = sorted.iter().map(|number| number / n).sum::<f64>().clamp(min, max);
    let variance =
        sorted.iter().map(|number| (number - mean).powi(2) / (n - 1.0).max(1.0)).sum::<f64>();
    let quantile = |share: f64| {
        let place = share * (n - 1.0);
        let at = |place: f64| sorted.get(place as usize).copied().unwrap_or(max);
        let (below, above) = (at(place.floor()), at(place.ceil()));
        let weight = place.fract();
        below * (1.0 - weight) + above * weight
    };
    let quartiles = [quantile(0.25), quantile(0.5), quantile(0.75)];
    Some(Numbers {
        min,
        max,
        mean,
        std: variance.sqrt(),
        quartiles,
        bins: bins(sorted, n_distinct),
    })
}

fn bins(sorted: &[f64], n_distinct: usize) -> Vec<Bin> {
    let (Some(min), Some(max)) = (sorted.first().copied(), sorted.last().copied()) else {
        return Vec::new();
    };
    let are_few_whole = max - min < MAX_BINS as f64
        && n_distinct <= MAX_BINS
        && sorted.iter().all(|number| number.fract() == 0.0);
    let edges: Vec<f64> = if are_few_whole {
        (0..=(max - min) as usize + 1).map(|step| min + step as f64 - 0.5).collect()
    } else if n_distinct == 1 {
        vec![min, max]
    } else {
        let n_bins = (2.0 * (sorted.len() as f64).sqrt()).clamp(5.0, MAX_BINS as f64) as usize;
        let edge = |step: usize| {
            let share = step as f64 / n_bins as f64;
            if step == n_bins { max } else { min * (1.0 - share) + max * share }
        };
        (0..=n_bins).map(edge).collect()
    };
    let n_below = |edge: f64| sorted.partition_point(|number| *number < edge);
    let n_bins = edges.len() - 1;
    let pairs = edges.windows(2).enumerate();
    let bin = |(index, pair): (usize, &[f64])| {
        let &[from, to] = pair else { return None };
        let end = if index + 1 == n_bins { sorted.len() } else { n_below(to) };
        Some(Bin { from, to, count: end - n_below(from) })
    };
    pairs.filter_map(bin).collect()
}

fn texts(values: &StringChunked, cancel: &CancelToken) -> Result<ColumnProfile, Trouble> {
    // Unordered, but only counts and a sorted list leave it.
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut is_counted = true;
    let (mut n_unusable, mut n_chars, mut min_chars, mut max_chars) = (0, 0, usize::MAX, 0);
    for (row, text) in values.iter().enumerate() {
        if row % CANCEL_EVERY == 0 {
            cancel.check()?;
        }
        let Some(text) = text else { continue };
        if text.trim().is_empty() {
            n_unusable += 1;
            continue;
        }
        let length = text.chars().count();
        (n_chars, min_chars, max_chars) =
            (n_chars + length, min_chars.min(length), max_chars.max(length));
        if is_counted {
            *counts.entry(text).or_default() += 1;
            is_counted = counts.len() <= MAX_TEXTS;
        }
    }
    let (n_rows, n_missing) = (values.len(), values.null_count());
    let n_usable = n_rows - n_missing - n_unusable;
    let distinct =
        if is_counted { Distinct::Exactly(counts.len()) } else { Distinct::MoreThan(MAX_TEXTS) };
    let mut top: Vec<(&str, usize)> =
        if is_counted { counts.into_iter().collect() } else { Vec::new() };
    top.sort_unstable_by(|(one, n_one), (other, n_other)| {
        n_other.cmp(n_one).then_with(|| one.cmp(other))
    });
    top.truncate(N_TOP);
    let top = top.into_iter().map(|(text, count)| (text.to_owned(), count)).collect();
    let mean_chars = n_chars as f64 / n_usable.max(1) as f64;
    let spread = if n_usable == 0 {
        Spread::Nothing
    } else {
        Spread::Labels(Labels { top, min_chars, mean_chars, max_chars })
    };
    Ok(ColumnProfile { n_rows, n_missing, n_unusable, distinct, spread })
}

impl Numbers {
    /// The bin limits as texts of days, where the numbers are seconds since 1970.
    pub fn date_range(&self) -> (String, String) {
        (moment_text(self.min), moment_text(self.max))
    }
}

/// Profiles of many columns by name.
pub type Profiles = BTreeMap<String, ColumnProfile>;
