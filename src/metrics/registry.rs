//! The record of a metric and the list of all metrics.

use std::collections::BTreeMap;

use pg_base::{Text, Words, say};

use crate::classification::{self, Scored};
use crate::error::{Absence, Value};
use crate::labels;
use crate::regression::{self, Paired};

/// What a metric judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    Classification,
    Regression,
    /// Several labels at once.
    Labels,
}

/// How a metric is computed; the variant is also its task.
#[derive(Debug, Clone, Copy)]
pub enum Compute {
    Classification(fn(&Scored<'_>) -> Value),
    Regression(fn(&Paired<'_>) -> Value),
    /// As in [`labels::METRICS`], for metrics that a single class has not.
    Labels,
}

/// One metric: its name for files and programs, its names for people, and its formula.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// The name in reports, after scikit-learn; never changes.
    pub id: &'static str,
    /// The function of `sklearn.metrics` that gives the same number, with the arguments that matter.
    pub sklearn: &'static str,
    /// English title, sentence case.
    pub title: &'static str,
    /// Chinese title.
    pub title_zh: &'static str,
    /// What it tells, in words for people who do not know it.
    pub help: Text,
    /// Whether people read it as a percentage: 0.9 as 90 %.
    pub is_percentage: bool,
    pub higher_is_better: bool,
    pub compute: Compute,
}

impl Metric {
    pub fn task(&self) -> Task {
        match self.compute {
            Compute::Classification(_) => Task::Classification,
            Compute::Regression(_) => Task::Regression,
            Compute::Labels => Task::Labels,
        }
    }
}

/// All metrics: classification first, then what only several labels have, each task in the order of its report.
pub fn metrics() -> impl Iterator<Item = &'static Metric> {
    let of_classes = classification::METRICS.iter().chain(labels::OWN.iter());
    of_classes.chain(regression::METRICS.iter()).copied()
}

/// The metric with this id.
pub fn metric(id: &str) -> Option<&'static Metric> {
    metrics().find(|metric| metric.id == id)
}

/// Every classification metric that these rows define, by id, and a note for each that they leave undefined.
pub fn classification_metrics(scored: &Scored<'_>) -> (BTreeMap<String, f64>, Vec<Words>) {
    collect(classification::METRICS, |metric| match metric.compute {
        Compute::Classification(compute) => compute(scored),
        Compute::Regression(_) | Compute::Labels => Err(Absence::NotApplicable),
    })
}

/// Every regression metric that these rows define, by id, and a note for each that they leave undefined.
pub fn regression_metrics(paired: &Paired<'_>) -> (BTreeMap<String, f64>, Vec<Words>) {
    collect(regression::METRICS, |metric| match metric.compute {
        Compute::Regression(compute) => compute(paired),
        Compute::Classification(_) | Compute::Labels => Err(Absence::NotApplicable),
    })
}

fn collect(
    list: &[&'static Metric],
    value_of: impl Fn(&Metric) -> Value,
) -> (BTreeMap<String, f64>, Vec<Words>) {
    let mut values = BTreeMap::new();
    let mut notes = Vec::new();
    for metric in list {
        match value_of(metric) {
            Ok(value) if value.is_finite() => {
                values.insert(metric.id.to_owned(), value);
            }
            Ok(_) => notes.push(absent(
                metric,
                &say!("the numbers are too large to compute it", "数值过大，无法计算"),
            )),
            Err(Absence::Undefined(why)) => notes.push(absent(metric, &why)),
            Err(Absence::NotApplicable) => {}
        }
    }
    (values, notes)
}

fn absent(metric: &Metric, why: &Words) -> Words {
    let (id, title_zh) = (metric.id, metric.title_zh);
    let Words { en, zh } = why;
    say!("{id} is absent: {en}.", "没有{title_zh}（{id}）：{zh}。")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_every_record_is_filled() {
        let mut ids = BTreeSet::new();
        for metric in metrics() {
            assert!(ids.insert(metric.id), "{} twice", metric.id);
            assert!(
                metric
                    .id
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            );
            assert!(!metric.title.is_empty() && !metric.title_zh.is_ascii(), "{}", metric.id);
            assert!(metric.sklearn.contains('('), "{}", metric.id);
            assert!(
                metric.help.en.ends_with('.') && metric.help.zh.ends_with('。'),
                "{}",
                metric.id
            );
        }
    }

    #[test]
    fn a_metric_is_found_by_its_id_and_knows_its_task() {
        let check =
            |id: &str, task: Option<Task>| assert_eq!(metric(id).map(Metric::task), task, "{id}");
        check("accuracy", Some(Task::Classification));
        check("r2", Some(Task::Regression));
        check("f1_micro", Some(Task::Labels));
        check("nothing", None);
    }
}
