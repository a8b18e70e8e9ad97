//! What is doubtful about a table before anything is learnt from it: columns that say nothing, names that pose as
//! features, rows and columns that repeat, classes that hardly occur, texts among numbers.
//!
//! Invariant: a concern is found from the values alone and always says how many rows or columns speak for it.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use pg_base::{CancelToken, Trouble, Words, say};
use polars::prelude::*;
use rayon::prelude::*;

use crate::guess::are_written_numbers;
use crate::profile::{ColumnProfile, Distinct, Spread, profile};
use crate::schema::{ColumnKind, Role, Schema};
use crate::table::{Rows, polars_trouble};

/// Columns and concerns of a table.
#[derive(Clone, Debug, Default)]
pub struct Quality {
    /// One per column, in order.
    pub columns: Vec<(String, ColumnProfile)>,
    /// The gravest first.
    pub concerns: Vec<Concern>,
    /// Share of all cells with a usable value, 0 to 1; 1 for a table without cells.
    pub completeness: f64,
    /// Share of the rows that repeat no earlier row, 0 to 1.
    pub uniqueness: f64,
    /// Share of the columns that tell rows apart without naming them (neither constant nor an id), 0 to 1.
    pub variety: f64,
}

/// One doubt about a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Concern {
    /// The column it is about; none for the whole table.
    pub column: Option<String>,
    /// What was found.
    pub doubt: Doubt,
}

/// What can be doubtful.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt {
    /// All present values are the same.
    Constant,
    /// Every row has a value of its own, as numbers of customers have.
    IdLike,
    /// Most values are missing.
    MostlyMissing {
        /// Share of the rows without a usable value, 0 to 1.
        share: f64,
    },
    /// Rows that repeat an earlier one.
    DuplicateRows {
        /// How many.
        n_rows: usize,
    },
    /// A column that says the same as an earlier one.
    Twin {
        /// The earlier column.
        other: String,
    },
    /// A class of the target that hardly occurs.
    RareClass {
        /// Its name.
        class: String,
        /// Its rows.
        n_rows: usize,
        /// Rows of the most frequent class.
        n_largest: usize,
    },
    /// Nearly all values of a column of texts are numbers.
    MixedTypes {
        /// The first that is none.
        stray: String,
        /// How many are none.
        n_strays: usize,
    },
    /// Numbers with a currency, a unit or another sign around them, which make texts of them.
    WrittenNumbers {
        /// The first one.
        example: String,
    },
    /// Days before 1900 or after 2100.
    ImpossibleDates {
        /// How many.
        n_rows: usize,
    },
}

/// Rows below which nothing can be said of ids, twins and classes.
const MIN_ROWS: usize = 20;
/// Share of missing values from which a column says little.
const MOSTLY: f64 = 0.5;
/// Share of numbers among texts from which the rest are strays.
const NUMBERS_AMONG_TEXTS: f64 = 0.8;
/// A class is rare when the largest is so many times larger.
const RARE: usize = 10;
/// Correlation from which two columns of numbers are twins.
const TWIN_CORRELATION: f64 = 0.9999;
/// Seconds since 1970 of 1900-01-01 and 2100-01-01.
const POSSIBLE_DATES: [f64; 2] = [-2_208_988_800.0, 4_102_444_800.0];

/// Looks at every column and at the rows as a whole.
pub fn quality(rows: &Rows, cancel: &CancelToken) -> Result<Quality, Trouble> {
    let columns = rows.schema.columns.iter().map(|column| {
        profile(rows, &column.name, cancel).map(|profile| (column.name.clone(), profile))
    });
    let columns: Vec<(String, ColumnProfile)> = columns.collect::<Result<_, _>>()?;
    let mut concerns = Vec::new();
    for (name, profile) in &columns {
        concerns.extend(of_column(rows, name, profile)?);
    }
    cancel.check()?;
    concerns.extend(twins(rows, &columns)?);
    cancel.check()?;
    let n_repeated = n_repeated_rows(rows)?;
    if n_repeated > 0 {
        concerns.push(Concern { column: None, doubt: Doubt::DuplicateRows { n_rows: n_repeated } });
    }
    concerns.sort_by_key(|concern| concern.doubt.rank());
    let n_cells = (rows.n_rows() * columns.len()).max(1) as f64;
    let n_empty: usize =
        columns.iter().map(|(_, column)| column.n_missing + column.n_unusable).sum();
    let says_little = |name: &str| {
        concerns.iter().any(|concern| {
            concern.column.as_deref() == Some(name)
                && matches!(concern.doubt, Doubt::Constant | Doubt::IdLike)
        })
    };
    let n_varied = columns.iter().filter(|(name, _)| !says_little(name)).count();
    Ok(Quality {
        completeness: 1.0 - n_empty as f64 / n_cells,
        uniqueness: 1.0 - n_repeated as f64 / rows.n_rows().max(1) as f64,
        variety: n_varied as f64 / columns.len().max(1) as f64,
        columns,
        concerns,
    })
}

fn of_column(rows: &Rows, name: &str, profile: &ColumnProfile) -> Result<Vec<Concern>, Trouble> {
    let column = rows.schema.require(name)?;
    let n_usable = profile.n_rows - profile.n_missing - profile.n_unusable;
    let mut doubts = Vec::new();
    let n_distinct = match profile.distinct {
        Distinct::Exactly(n) => Some(n),
        Distinct::MoreThan(_) | Distinct::Unknown => None,
    };
    let is_whole = |spread: &Spread| match spread {
        Spread::Numbers(numbers) => numbers.min.fract() == 0.0 && numbers.max.fract() == 0.0,
        Spread::Labels(labels) => labels.max_chars <= 40,
        Spread::Dates(_) | Spread::Nothing => false,
    };
    if profile.n_rows > 1 && n_distinct == Some(1) {
        doubts.push(Doubt::Constant);
    }
    let is_text = matches!(column.kind, ColumnKind::Category | ColumnKind::Text);
    let texts = if is_text { Some(rows.texts(name)?) } else { None };
    let stray = texts.as_ref().and_then(|texts| strays(texts, n_usable));
    let is_number = |texts: &&StringChunked| stray.is_none() && are_written_numbers(texts);
    let written = texts.as_ref().filter(is_number).and_then(|texts| texts.iter().flatten().next());
    if column.role == Role::Feature
        && written.is_none()
        && matches!(column.kind, ColumnKind::Number | ColumnKind::Category | ColumnKind::Text)
        && n_usable >= MIN_ROWS
        && n_usable == profile.n_rows
        && n_distinct == Some(n_usable)
        && is_whole(&profile.spread)
        && (column.kind != ColumnKind::Number || counts_up(rows, name)?)
    {
        doubts.push(Doubt::IdLike);
    }
    let share = 1.0 - n_usable as f64 / profile.n_rows.max(1) as f64;
    if profile.n_rows > 1 && share > MOSTLY {
        doubts.push(Doubt::MostlyMissing { share });
    }
    if let Spread::Dates(dates) = &profile.spread
        && (dates.min < POSSIBLE_DATES[0] || dates.max > POSSIBLE_DATES[1])
    {
        let is_impossible =
            |seconds: &&f64| **seconds < POSSIBLE_DATES[0] || **seconds > POSSIBLE_DATES[1];
        let n_rows = rows.floats(name)?.iter().filter(is_impossible).count();
        doubts.push(Doubt::ImpossibleDates { n_rows });
    }
    doubts.extend(written.map(|example| Doubt::WrittenNumbers { example: example.to_owned() }));
    doubts.extend(stray);
    if column.role == Role::Target && column.kind == ColumnKind::Category {
        doubts.extend(rare_class(rows, name)?);
    }
    let column = Some(name.to_owned());
    Ok(doubts.into_iter().map(|doubt| Concern { column: column.clone(), doubt }).collect())
}

/// Whether whole numbers that are all different lie as close as those of a list: measurements leave gaps.
fn counts_up(rows: &Rows, name: &str) -> Result<bool, Trouble> {
    let numbers = rows.numbers(name)?;
    if numbers.iter().flatten().any(|number| number.fract() != 0.0) {
        return Ok(false);
    }
    let (Some(min), Some(max)) = (numbers.min(), numbers.max()) else { return Ok(false) };
    Ok(max - min < 1.5 * numbers.len() as f64)
}

fn strays(texts: &StringChunked, n_usable: usize) -> Option<Doubt> {
    let is_number = |text: &str| text.trim().parse::<f64>().is_ok_and(f64::is_finite);
    let (mut n_strays, mut first) = (0, None);
    for text in texts.iter().flatten().filter(|text| !text.trim().is_empty()) {
        if !is_number(text) {
            n_strays += 1;
            first = first.or(Some(text));
        }
        if n_strays as f64 > (1.0 - NUMBERS_AMONG_TEXTS) * n_usable as f64 {
            return None;
        }
    }
    first.map(|stray| Doubt::MixedTypes { stray: stray.to_owned(), n_strays })
}

/// The rarest class of a column of labels, where it hardly occurs beside the largest.
pub fn rare_class(rows: &Rows, name: &str) -> Result<Option<Doubt>, Trouble> {
    let counts = rows.label_counts(name)?;
    let n_largest = counts.iter().map(|(_, n)| *n).max().unwrap_or_default();
    let rarest = counts.into_iter().min_by_key(|(_, n)| *n);
    Ok(rarest
        .filter(|(_, n)| n_largest >= MIN_ROWS && n * RARE < n_largest)
        .map(|(class, n_rows)| Doubt::RareClass { class, n_rows, n_largest }))
}

/// Columns that say the same as an earlier one: numbers that rise and fall together, labels that can be renamed into
/// each other.
fn twins(rows: &Rows, columns: &[(String, ColumnProfile)]) -> Result<Vec<Concern>, Trouble> {
    if rows.n_rows() < MIN_ROWS {
        return Ok(Vec::new());
    }
    let varied = |profile: &ColumnProfile| !matches!(profile.distinct, Distinct::Exactly(0 | 1));
    let (mut numbers, mut labels) = (Vec::new(), Vec::new());
    for (name, _) in columns.iter().filter(|(_, profile)| varied(profile)) {
        let column = rows.schema.require(name)?;
        match column.kind {
            _ if column.role != Role::Feature => {}
            ColumnKind::Number => numbers.push((name, centred(&rows.floats(name)?))),
            ColumnKind::Category => labels.push((name, rows.coded(name)?.codes)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    let mut note = |name: &String, other: Option<&String>| {
        if let Some(other) = other {
            let doubt = Doubt::Twin { other: other.clone() };
            found.push(Concern { column: Some(name.clone()), doubt });
        }
    };
    for (place, (name, values)) in numbers.iter().enumerate() {
        let earlier = numbers.get(..place).unwrap_or_default();
        let same = |(_, other): &&(&String, Vec<f64>)| {
            values.iter().zip(other).map(|(a, b)| a * b).sum::<f64>().abs() >= TWIN_CORRELATION
        };
        note(name, earlier.par_iter().find_first(same).map(|(name, _)| *name));
    }
    for (place, (name, codes)) in labels.iter().enumerate() {
        let earlier = labels.get(..place).unwrap_or_default();
        note(
            name,
            earlier.iter().find(|(_, other)| are_renamed(codes, other)).map(|(name, _)| *name),
        );
    }
    Ok(found)
}

/// The values around their mean, of length 1; missing ones at the mean.
fn centred(values: &[f64]) -> Vec<f64> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let n = finite().count().max(1) as f64;
    let mean = finite().map(|value| value / n).sum::<f64>();
    let mut centred: Vec<f64> =
        values.iter().map(|value| if value.is_finite() { value - mean } else { 0.0 }).collect();
    let length = centred.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length.is_finite() && length > 0.0 {
        for value in &mut centred {
            *value /= length;
        }
    }
    centred
}

/// Whether each label of one column always meets the same label of the other, both ways.
fn are_renamed(a: &[Option<u32>], b: &[Option<u32>]) -> bool {
    let (mut forth, mut back) = (BTreeMap::new(), BTreeMap::new());
    a.iter()
        .zip(b)
        .all(|(a, b)| *forth.entry(a).or_insert(b) == b && *back.entry(b).or_insert(a) == a)
}

fn n_repeated_rows(rows: &Rows) -> Result<usize, Trouble> {
    if rows.schema.columns.is_empty() {
        return Ok(0);
    }
    let names = rows.schema.columns.iter().map(|column| column.name.as_str());
    let frame = rows.frame.select(names).map_err(polars_trouble)?;
    let hasher = RandomState::new();
    let mut hashes = vec![0_u64; frame.height()];
    for column in frame.columns() {
        let series = column.as_materialized_series();
        if series.dtype().is_nested() || series.dtype().is_binary() {
            // Pictures and sequences are compared by the columns beside them; alone they are never called repeated.
            return Ok(0);
        }
        if series.dtype().is_primitive_numeric() {
            let numbers = series.cast(&DataType::Float64).map_err(polars_trouble)?;
            for (hash, cell) in hashes.iter_mut().zip(numbers.f64().map_err(polars_trouble)?.iter())
            {
                *hash = hasher.hash_one((*hash, cell.map(f64::to_bits)));
            }
        } else {
            let texts = series.cast(&DataType::String).map_err(polars_trouble)?;
            for (hash, cell) in hashes.iter_mut().zip(texts.str().map_err(polars_trouble)?.iter()) {
                *hash = hasher.hash_one((*hash, cell));
            }
        }
    }
    let mut seen = HashSet::with_capacity(hashes.len());
    Ok(hashes.into_iter().filter(|hash| !seen.insert(*hash)).count())
}

impl Doubt {
    /// The gravest have the least.
    fn rank(&self) -> u8 {
        match self {
            Self::MixedTypes { .. }
            | Self::WrittenNumbers { .. }
            | Self::ImpossibleDates { .. } => 0,
            Self::DuplicateRows { .. } => 1,
            Self::IdLike | Self::Twin { .. } => 2,
            Self::RareClass { .. } | Self::MostlyMissing { .. } => 3,
            Self::Constant => 4,
        }
    }
}

impl Concern {
    /// What was found and what to try, about the column.
    pub fn trouble(&self, schema: &Schema) -> Trouble {
        let name = self.column.as_deref().unwrap_or_default();
        let percent = |share: f64| (share * 100.0).round();
        let (code, found, advice): (_, Words, Words) = match &self.doubt {
            Doubt::Constant => (
                "quality-constant",
                say!("`{name}` has the same value in every row", "`{name}` 在每一行的值都相同"),
                say!("Drop it: nothing can be learnt from it.", "请删除该列：从中学不到任何东西。"),
            ),
            Doubt::IdLike => (
                "quality-id",
                say!(
                    "`{name}` looks like a number or name given to each row",
                    "`{name}` 看起来是每行的编号或名称"
                ),
                say!(
                    "Drop it or give it the role of an id: a model would learn the rows by heart.",
                    "请删除该列或设为标识：否则模型会死记硬背。"
                ),
            ),
            Doubt::MostlyMissing { share } => {
                let percent = percent(*share);
                (
                    "quality-missing",
                    say!(
                        "`{name}` is empty in {percent} % of the rows",
                        "`{name}` 有 {percent}% 的行为空"
                    ),
                    say!("Drop it, or fill the gaps.", "请删除该列，或填补空缺。"),
                )
            }
            Doubt::DuplicateRows { n_rows } => (
                "quality-duplicates",
                say!("{n_rows} rows repeat an earlier row", "有 {n_rows} 行与前面的行重复"),
                say!(
                    "Remove them before the split: copies in both parts flatter the score.",
                    "请在划分之前删除：同时出现在两部分的副本会使得分虚高。"
                ),
            ),
            Doubt::Twin { other } => (
                "quality-twin",
                say!("`{name}` says the same as `{other}`", "`{name}` 与 `{other}` 内容等同"),
                say!("One of the two is enough.", "保留其中一列即可。"),
            ),
            Doubt::RareClass { class, n_rows, n_largest } => (
                "quality-rare-class",
                say!(
                    "`{class}` has {n_rows} rows, the largest class {n_largest}",
                    "“{class}”只有 {n_rows} 行，最大的类别有 {n_largest} 行"
                ),
                say!(
                    "Judge by balanced accuracy or F1, and balance or weight the classes.",
                    "请看均衡准确率或 F1，并对类别进行平衡或加权。"
                ),
            ),
            Doubt::MixedTypes { stray, n_strays } => (
                "quality-mixed",
                say!(
                    "`{name}` holds numbers, but {n_strays} values are none, first `{stray}`",
                    "`{name}` 多为数值，但有 {n_strays} 个值不是，首个为“{stray}”"
                ),
                say!(
                    "Read it as numbers: the others become missing.",
                    "请按数值读取：其余视为缺失。"
                ),
            ),
            Doubt::WrittenNumbers { example } => (
                "quality-written-numbers",
                say!(
                    "`{name}` holds numbers with signs, such as `{example}`",
                    "`{name}` 是带符号的数值，例如“{example}”"
                ),
                say!("Make numbers of them with Convert type.", "请用“转换类型”将其转换为数值。"),
            ),
            Doubt::ImpossibleDates { n_rows } => (
                "quality-dates",
                say!(
                    "{n_rows} dates of `{name}` lie before 1900 or after 2100",
                    "`{name}` 中有 {n_rows} 个日期早于 1900 年或晚于 2100 年"
                ),
                say!("Check how days and years are written.", "请检查日期的书写方式。"),
            ),
        };
        let trouble = Trouble::new(code, found).advice(advice);
        if schema.get(name).is_some() { trouble.column(name) } else { trouble }
    }
}
