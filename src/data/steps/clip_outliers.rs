//! Treat outliers: values far from most training values, or rows that stand apart, are clipped, marked or removed.

use pg_base::{Trouble, Words, say};
use polars::prelude::{ChunkApply, IntoSeries};
use serde::{Deserialize, Serialize};

use super::impute::finite_or_nan;
use super::isolation::Forest;
use super::{
    Fitted, add_marks, chosen, free_name, keep_training, learn, map_numbers, present, statistics,
};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// What is an outlier, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipOutliers {
    /// Number columns; empty for all number features.
    pub columns: Vec<String>,
    /// How outliers are told.
    #[serde(default)]
    pub method: OutlierMethod,
    /// What becomes of them.
    #[serde(default)]
    pub action: OutlierAction,
    /// How far a value may lie away, in the unit of the method; the share of unusual rows for the isolation forest.
    pub factor: f64,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<Limits>>,
    /// What the training rows taught of whole rows.
    #[serde(default)]
    pub forest: Option<Forest>,
    /// Name of the column that marks.
    #[serde(default)]
    pub mark: String,
}

/// How outliers are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutlierMethod {
    /// Beyond `q1 - factor * (q3 - q1)` and `q3 + factor * (q3 - q1)` (Tukey's fences), quartiles by linear
    /// interpolation.
    #[default]
    Quartiles,
    /// More than `factor` standard deviations (divided by n) from the mean.
    Deviations,
    /// Modified z-score: `0.6745 * |x - median| / MAD` above `factor` (Iglewicz and Hoaglin, 1993); where more than
    /// half of the values are equal, `|x - median| / (1.2533 * mean absolute deviation)`.
    MedianDeviations,
    /// Rows that an isolation forest sets apart.
    IsolationForest,
}

/// What becomes of outliers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutlierAction {
    /// The value becomes the nearest limit.
    #[default]
    Clip,
    /// A column of 0 and 1 says which rows have an outlier.
    Mark,
    /// The row is dropped from training; new rows are never dropped.
    DropRows,
    /// The value becomes missing; all chosen values of the row for the isolation forest.
    Missing,
}

/// Limits of a column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Smallest value kept.
    pub low: f64,
    /// Largest value kept.
    pub high: f64,
}

const KINDS: &[&str] = &["number"];
/// The normal distribution's third quartile: makes the MAD comparable to a standard deviation.
const MAD_SCALE: f64 = 0.6745;
/// The same for the mean absolute deviation: root of half of pi.
const MEAN_DEVIATION_SCALE: f64 = 1.253_314;

impl Default for ClipOutliers {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            method: OutlierMethod::default(),
            action: OutlierAction::default(),
            factor: 1.5,
            fitted: Vec::new(),
            forest: None,
            mark: String::new(),
        }
    }
}

impl ClipOutliers {
    /// Whether the step only holds each value between two limits.
    pub fn clips_each_value(&self) -> bool {
        self.action == OutlierAction::Clip && self.method != OutlierMethod::IsolationForest
    }

    /// The limits of a column; none are reached where the values do not differ enough to tell.
    fn limits(&self, mut values: Vec<f64>) -> Limits {
        let reach_around = |centre: f64, reach: f64| Some((centre - reach, centre + reach));
        let factor = self.factor;
        let limits = match self.method {
            OutlierMethod::Quartiles => statistics::quantile(&mut values, 0.25)
                .zip(statistics::quantile(&mut values, 0.75))
                .map(|(q1, q3)| (q1 - factor * (q3 - q1), q3 + factor * (q3 - q1))),
            OutlierMethod::Deviations if statistics::range(&values).is_some_and(|(a, b)| a < b) => {
                let (mean, deviation) = statistics::mean_and_scale(&values);
                reach_around(mean, factor * deviation)
            }
            OutlierMethod::MedianDeviations => {
                let median = statistics::quantile(&mut values, 0.5).unwrap_or_default();
                for value in &mut values {
                    *value = (*value - median).abs().min(f64::MAX);
                }
                let mad = statistics::quantile(&mut values, 0.5).unwrap_or_default();
                let mean = statistics::mean(&values).unwrap_or_default();
                let unit = if mad > 0.0 { mad / MAD_SCALE } else { mean * MEAN_DEVIATION_SCALE };
                if unit > 0.0 { reach_around(median, factor * unit) } else { None }
            }
            OutlierMethod::Deviations | OutlierMethod::IsolationForest => None,
        };
        // An infinite width times a factor of 0 is not a number: nothing is out of reach then.
        let limits = limits.filter(|(low, high)| !low.is_nan() && !high.is_nan());
        let (low, high) = limits.unwrap_or((f64::MIN, f64::MAX));
        Limits { low: statistics::bounded(low), high: statistics::bounded(high) }
    }

    /// Which rows have an outlier.
    fn outlying(&self, rows: &Rows) -> Result<Vec<bool>, Trouble> {
        let mut is_outlying = vec![false; rows.n_rows()];
        let present = present(rows, &self.fitted)?;
        if let Some(forest) = &self.forest {
            let names = self.fitted.iter().map(|fitted| &fitted.column);
            let columns: Vec<Vec<f64>> = names
                .map(|name| match rows.schema.get(name) {
                    Some(_) => Ok(finite_or_nan(&rows.numbers(name)?)),
                    None => Ok(vec![f64::NAN; rows.n_rows()]),
                })
                .collect::<Result<_, Trouble>>()?;
            for (row, is_outlying) in is_outlying.iter_mut().enumerate() {
                let cells = columns.iter().filter_map(|column| column.get(row).copied());
                *is_outlying = forest.is_unusual(&cells.collect::<Vec<_>>());
            }
            return Ok(is_outlying);
        }
        for fitted in present {
            let Limits { low, high } = fitted.learnt;
            for (value, is_outlying) in
                rows.numbers(&fitted.column)?.iter().zip(is_outlying.iter_mut())
            {
                *is_outlying |= value.is_some_and(|value| value < low || value > high);
            }
        }
        Ok(is_outlying)
    }

    /// Takes outlying values out.
    fn emptied(&self, mut rows: Rows) -> Result<Rows, Trouble> {
        let unusual = if self.forest.is_some() { self.outlying(&rows)? } else { Vec::new() };
        let mut emptied = Vec::new();
        for fitted in present(&rows, &self.fitted)? {
            let Limits { low, high } = fitted.learnt;
            let values = rows.numbers(&fitted.column)?;
            let values = if self.forest.is_some() {
                let values = values.iter().zip(&unusual);
                values.map(|(value, is_unusual)| value.filter(|_| !is_unusual)).collect()
            } else {
                values.apply(|value| value.filter(|value| (low..=high).contains(value)))
            };
            emptied.push(values.with_name(fitted.column.as_str().into()).into_series());
        }
        rows.set_all(emptied, None)?;
        Ok(rows)
    }
}

impl RecipeStep for ClipOutliers {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let factor = self.factor;
        let is_forest = self.method == OutlierMethod::IsolationForest;
        let bound = if is_forest { 0.5 } else { f64::MAX };
        if !(0.0..=bound).contains(&factor) {
            let expected = if is_forest {
                say!("a share between 0 and 0.5", "0 到 0.5 之间的比例")
            } else {
                say!("0 or more", "不小于 0")
            };
            return Err(Trouble::new(
                "factor-invalid",
                say!("the factor is {factor}", "系数为 {factor}"),
            )
            .expected(expected));
        }
        if is_forest && self.action == OutlierAction::Clip {
            return Err(Trouble::new(
                "param-invalid",
                say!(
                    "the isolation forest finds rows, which have no limit to be clipped to",
                    "孤立森林判断的是整行，没有可供截断的界限"
                ),
            )
            .advice(say!(
                "Mark the rows, drop them or set their values missing; or choose another method.",
                "请选择标记、删除或置为缺失；或改用其他方法。"
            ))
            .param("action"));
        }
        let fitted = learn(training, &self.columns, KINDS, |name| {
            let values =
                if is_forest { Vec::new() } else { statistics::finite(&training.numbers(name)?) };
            Ok(self.limits(values))
        })?;
        let forest = if is_forest && !fitted.is_empty() {
            let columns =
                fitted.iter().map(|one| Ok(finite_or_nan(&training.numbers(&one.column)?)));
            Some(Forest::learn(&columns.collect::<Result<Vec<_>, Trouble>>()?, factor))
        } else {
            None
        };
        let mark = match self.action {
            OutlierAction::Mark => free_name("outlier", |name| training.schema.get(name).is_some()),
            _ => String::new(),
        };
        Ok(Self { fitted, forest, mark, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        match self.action {
            OutlierAction::Clip => map_numbers(rows, &self.fitted, |learnt, value| {
                value.max(learnt.low).min(learnt.high)
            }),
            OutlierAction::Missing => self.emptied(rows),
            OutlierAction::Mark => {
                let marks = self.outlying(&rows)?;
                add_marks(&mut rows, vec![(self.mark.clone(), marks)])?;
                Ok(rows)
            }
            OutlierAction::DropRows if purpose == Purpose::Replaying => Ok(rows),
            OutlierAction::DropRows => {
                let stays: Vec<bool> =
                    self.outlying(&rows)?.into_iter().map(|is_outlying| !is_outlying).collect();
                keep_training(&rows, &stays)
            }
        }
    }

    fn can_wait(&self) -> bool {
        self.clips_each_value()
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        chosen(schema, &self.columns, KINDS)
    }

    fn describe(&self) -> Words {
        let n = self.fitted.len();
        match self.action {
            OutlierAction::Clip => say!("Clip outliers in {n} columns", "截断 {n} 列中的离群值"),
            OutlierAction::Mark => say!("Mark outliers of {n} columns", "标记 {n} 列中的离群值"),
            OutlierAction::DropRows => {
                say!(
                    "Drop training rows with outliers in {n} columns",
                    "删除 {n} 列中有离群值的训练行"
                )
            }
            OutlierAction::Missing => {
                say!("Set outliers in {n} columns missing", "将 {n} 列中的离群值置为缺失")
            }
        }
    }
}
