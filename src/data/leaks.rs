//! Leaks that a look at the data gives away: columns that are the answer, and rows that are in two parts.

use std::collections::{BTreeMap, BTreeSet};

use pg_base::Trouble;
use rayon::prelude::*;

use crate::encode::{TargetCodec, Task};
use crate::schema::{Column, ColumnKind, Role};
use crate::table::{Part, Rows, Table};

/// A feature that alone tells the target.
#[derive(Clone, Debug, PartialEq)]
pub struct Leak {
    /// Name of the feature.
    pub column: String,
    /// How it was found.
    pub kind: LeakKind,
}

/// How a feature tells the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LeakKind {
    /// It rises and falls with a number target: correlation of values or of ranks.
    Correlation(f64),
    /// It parts the classes: area under the ROC curve.
    Separation(f64),
    /// Each of its values goes with one answer only.
    OneAnswerEach,
}

/// Test rows that also train.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedRows {
    /// Test rows equal to a training row in all features and the target.
    pub n_shared: usize,
    /// All test rows.
    pub n_test: usize,
}

/// Fewer rows than this prove nothing.
const MIN_ROWS: usize = 30;
/// Rows of each class at least.
const MIN_CLASS_ROWS: usize = 5;
/// Rows per value at least, on average, before a value with one answer only is no chance.
const MIN_ROWS_PER_VALUE: usize = 5;
/// Rows looked at: this runs while a person edits.
const MAX_ROWS: usize = 1000;
const MAX_COLUMNS: usize = 200;
const MAX_TARGETS: usize = 10;
const MIN_CORRELATION: f64 = 0.9999;
const MIN_SEPARATION: f64 = 0.999;

/// Features that alone tell a target, in column order; none where the rows are too few to say.
pub fn of_target(rows: &Rows) -> Result<Vec<Leak>, Trouble> {
    let targets = rows.schema.in_role(Role::Target).take(MAX_TARGETS);
    let targets: Vec<&str> = targets.map(|column| column.name.as_str()).collect();
    let stride = rows.n_rows().div_ceil(MAX_ROWS).max(1);
    let places: Vec<u32> = (0..rows.n_rows() as u32).step_by(stride).collect();
    let is_simple = |column: &&Column| {
        matches!(
            column.kind,
            ColumnKind::Number | ColumnKind::Category | ColumnKind::Text | ColumnKind::Date
        )
    };
    let features: Vec<&Column> =
        rows.schema.in_role(Role::Feature).filter(is_simple).take(MAX_COLUMNS).collect();
    let mut names: Vec<&str> = features.iter().map(|column| column.name.as_str()).collect();
    names.extend(&targets);
    let few = rows.taken(&names, &places)?;
    let answers: Vec<Answers> = targets
        .iter()
        .filter_map(|target| answers_of(&few, target).transpose())
        .collect::<Result<_, _>>()?;
    let leak_of_any = |column: &&Column| {
        let mut leaks = answers.iter().map(|answers| leak_of(&few, column, answers));
        leaks.find_map(Result::transpose).transpose()
    };
    let found: Vec<Result<Option<LeakKind>, Trouble>> =
        features.par_iter().map(leak_of_any).collect();
    let mut leaks = Vec::new();
    for (column, kind) in features.iter().zip(found) {
        leaks.extend(kind?.map(|kind| Leak { column: column.name.clone(), kind }));
    }
    Ok(leaks)
}

/// Test rows that equal a training row; none where there are no such, or where rows are too much alike anyway.
pub fn shared_rows(table: &Table) -> Result<Option<SharedRows>, Trouble> {
    if !table.is_split() {
        return Ok(None);
    }
    let mut keys = vec![FNV_START; table.n_rows()];
    let rows = table.rows();
    for column in &rows.schema.columns {
        if !matches!(column.role, Role::Feature | Role::Target) {
            continue;
        }
        match column.kind {
            ColumnKind::Number | ColumnKind::Date => {
                for (key, value) in keys.iter_mut().zip(rows.floats(&column.name)?) {
                    *key = mixed(*key, &value.to_bits().to_le_bytes());
                }
            }
            ColumnKind::Category | ColumnKind::Text => {
                for (key, text) in keys.iter_mut().zip(rows.texts(&column.name)?.iter()) {
                    *key = mixed(*key, text.unwrap_or("\u{0}").as_bytes());
                }
            }
            // Pictures and sequences take too long to compare while a person edits.
            _ => return Ok(None),
        }
    }
    let n_distinct = keys.iter().collect::<BTreeSet<_>>().len();
    let pairs: Vec<(u64, Part)> = keys.into_iter().zip(table.parts()).collect();
    let of = |part: Part| pairs.iter().filter(move |(_, one)| *one == part).map(|(key, _)| key);
    let training: BTreeSet<&u64> = of(Part::Training).collect();
    let n_shared = of(Part::Test).filter(|key| training.contains(key)).count();
    let is_by_nature = 2 * n_distinct <= pairs.len();
    let found = SharedRows { n_shared, n_test: of(Part::Test).count() };
    Ok((n_shared > 0 && !is_by_nature).then_some(found))
}

/// What is predicted.
enum Answers {
    Classes(Vec<Option<u32>>),
    Numbers(Vec<f64>),
}

/// None for a target that nothing can be learnt from, which is told elsewhere.
fn answers_of(rows: &Rows, target: &str) -> Result<Option<Answers>, Trouble> {
    Ok(match TargetCodec::fit(rows, target, Task::Auto) {
        Ok(TargetCodec::Classes { .. }) => Some(Answers::Classes(rows.coded(target)?.codes)),
        Ok(TargetCodec::Number { .. }) => Some(Answers::Numbers(rows.floats(target)?)),
        Err(_) => None,
    })
}

fn leak_of(rows: &Rows, column: &Column, answers: &Answers) -> Result<Option<LeakKind>, Trouble> {
    let is_number = matches!(column.kind, ColumnKind::Number | ColumnKind::Date);
    if is_number {
        let values = rows.floats(&column.name)?;
        let by_value = match answers {
            Answers::Classes(classes) => separation(&values, classes),
            Answers::Numbers(numbers) => correlation(&values, numbers),
        };
        if by_value.is_some() {
            return Ok(by_value);
        }
    }
    if column.kind == ColumnKind::Date {
        return Ok(None);
    }
    let codes = rows.coded(&column.name)?.codes;
    Ok(match answers {
        Answers::Classes(classes) => one_answer_each(&codes, classes),
        Answers::Numbers(numbers) => {
            let bits = numbers.iter().map(|value| (!value.is_nan()).then_some(value.to_bits()));
            one_answer_each(&codes, &bits.collect::<Vec<_>>())
        }
    })
}

fn correlation(values: &[f64], numbers: &[f64]) -> Option<LeakKind> {
    let is_pair = |(a, b): &(&f64, &f64)| a.is_finite() && b.is_finite();
    let (a, b): (Vec<f64>, Vec<f64>) = values.iter().zip(numbers).filter(is_pair).unzip();
    if a.len() < MIN_ROWS {
        return None;
    }
    let (of_values, of_ranks) = (pearson(&a, &b).abs(), pearson(&ranks(&a), &ranks(&b)).abs());
    let best = of_values.max(of_ranks);
    (best >= MIN_CORRELATION).then_some(LeakKind::Correlation(best))
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        (aa, bb, ab) = (aa + a * a, bb + b * b, ab + a * b);
    }
    ab / aa.sqrt() / bb.sqrt()
}

/// Ranks from 1; equal values share the middle of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut ranks = vec![0.0; values.len()];
    let mut n_before = 0;
    for equal in order.chunk_by(|(_, a), (_, b)| a == b) {
        let rank = n_before as f64 + f64::midpoint(equal.len() as f64, 1.0);
        for (row, _) in equal {
            if let Some(slot) = ranks.get_mut(*row) {
                *slot = rank;
            }
        }
        n_before += equal.len();
    }
    ranks
}

/// Of two classes the area under the ROC curve, whichever way round; of more, whether each class has a range of its own.
fn separation(values: &[f64], classes: &[Option<u32>]) -> Option<LeakKind> {
    let mut pairs: Vec<(f64, u32)> = values
        .iter()
        .zip(classes)
        .filter_map(|(value, class)| Some((*value, (*class)?)).filter(|_| value.is_finite()))
        .collect();
    let sizes = class_sizes(pairs.iter().map(|(_, class)| class))?;
    pairs.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    if sizes.len() == 2 {
        let sorted: Vec<f64> = pairs.iter().map(|(value, _)| *value).collect();
        let (&first, &n_first) = sizes.iter().next()?;
        let of_first =
            ranks(&sorted).into_iter().zip(&pairs).filter(|(_, (_, class))| *class == first);
        let rank_sum: f64 = of_first.map(|(rank, _)| rank).sum();
        let (n, n_others) = (n_first as f64, (pairs.len() - n_first) as f64);
        let area = (rank_sum - n * (n + 1.0) / 2.0) / (n * n_others);
        let area = area.max(1.0 - area);
        return (area >= MIN_SEPARATION).then_some(LeakKind::Separation(area));
    }
    let n_runs = pairs.chunk_by(|(_, a), (_, b)| a == b).count();
    let crosses = pairs
        .chunk_by(|(a, _), (b, _)| a == b)
        .any(|equal| equal.iter().zip(equal.iter().skip(1)).any(|((_, a), (_, b))| a != b));
    (n_runs == sizes.len() && !crosses).then_some(LeakKind::Separation(1.0))
}

/// Rows of each class; none where there are too few to say anything.
fn class_sizes<'a, T: Ord + Copy + 'a>(
    classes: impl Iterator<Item = &'a T>,
) -> Option<BTreeMap<T, usize>> {
    let mut sizes: BTreeMap<T, usize> = BTreeMap::new();
    classes.for_each(|class| *sizes.entry(*class).or_default() += 1);
    let is_enough = sizes.len() > 1
        && sizes.values().sum::<usize>() >= MIN_ROWS
        && sizes.values().all(|n| *n >= MIN_CLASS_ROWS);
    is_enough.then_some(sizes)
}

/// Whether each value (missing is one) goes with one answer only, though values are repeated often.
fn one_answer_each<T: Ord + Copy>(
    codes: &[Option<u32>],
    answers: &[Option<T>],
) -> Option<LeakKind> {
    let pairs = || codes.iter().zip(answers).filter_map(|(code, answer)| Some((*code, (*answer)?)));
    let all: Vec<T> = pairs().map(|(_, answer)| answer).collect();
    class_sizes(all.iter())?;
    let mut by_value: BTreeMap<Option<u32>, BTreeSet<T>> = BTreeMap::new();
    pairs().for_each(|(code, answer)| {
        by_value.entry(code).or_default().insert(answer);
    });
    let is_leak = by_value.values().all(|answers| answers.len() == 1)
        && all.len() >= MIN_ROWS_PER_VALUE * by_value.len();
    is_leak.then_some(LeakKind::OneAnswerEach)
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a; the length comes last, so that neighbouring texts cannot flow into each other.
fn mixed(key: u64, bytes: &[u8]) -> u64 {
    let step = |key: u64, byte: u8| (key ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let key = bytes.iter().fold(key, |key, byte| step(key, *byte));
    (bytes.len() as u64).to_le_bytes().iter().fold(key, |key, byte| step(key, *byte))
}

#[cfg(test)]
mod tests;
