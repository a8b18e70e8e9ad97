//! Gaussian naive Bayes: every column of every class is a bell curve of its own.

use pg_base::{Trouble, say, t};
use serde::{Deserialize, Serialize};

use crate::sample::Job;
use crate::solve::softmax;

/// How the curves are taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BayesSettings {
    /// Share of the largest variance that is added to all, so that a constant column does not decide alone.
    pub smoothing: f64,
}

impl Default for BayesSettings {
    fn default() -> Self {
        Self { smoothing: 1e-9 }
    }
}

/// One bell curve per class and column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bayes {
    classes: Vec<ClassCurves>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ClassCurves {
    /// Logarithm of the share of the class.
    log_prior: f64,
    means: Vec<f64>,
    variances: Vec<f64>,
}

/// Stands for the logarithm of 0: a class without rows is never the answer.
const NEVER: f64 = -1e30;

impl Bayes {
    pub(crate) fn fit(settings: &BayesSettings, job: &Job<'_>) -> Result<Self, Trouble> {
        let sample = job.training;
        let (ids, n_classes) = sample.classes(t("naive Bayes", "朴素贝叶斯"))?;
        let n_columns = sample.x.n_columns();
        let moments = |keep: &dyn Fn(usize) -> bool| {
            let rows = || {
                let rows = sample.x.rows().zip(&sample.weights).zip(ids);
                rows.filter(|(_, id)| keep(**id as usize)).map(|(row, _)| row)
            };
            let n: f64 = rows().map(|(_, weight)| weight).sum();
            let mut means = vec![0.0; n_columns];
            for (row, weight) in rows() {
                let values = means.iter_mut().zip(row);
                values.for_each(|(sum, value)| *sum += weight * f64::from(*value));
            }
            for sum in &mut means {
                *sum /= n.max(f64::MIN_POSITIVE);
            }
            let mut variances = vec![0.0; n_columns];
            for (row, weight) in rows() {
                for ((sum, value), mean) in variances.iter_mut().zip(row).zip(&means) {
                    *sum += weight * (f64::from(*value) - mean).powi(2);
                }
            }
            for sum in &mut variances {
                *sum /= n.max(f64::MIN_POSITIVE);
            }
            (n, means, variances)
        };
        let (n_all, _, spread) = moments(&|_| true);
        let floor = settings.smoothing * spread.into_iter().fold(0.0, f64::max);
        let floor = floor.max(f64::MIN_POSITIVE.sqrt());
        let classes = (0..n_classes).map(|class| {
            let (n, means, mut variances) = moments(&|id| id == class);
            for variance in &mut variances {
                *variance += floor;
            }
            let log_prior = if n > 0.0 { (n / n_all).ln() } else { NEVER };
            ClassCurves { log_prior, means, variances }
        });
        Ok(Self { classes: classes.collect() })
    }

    pub(crate) fn answer(&self, row: &[f32], answers: &mut [f32]) {
        let score = |class: &ClassCurves| {
            let curves = row.iter().zip(&class.means).zip(&class.variances);
            let terms = curves.map(|((value, mean), variance)| {
                let away = f64::from(*value) - mean;
                (std::f64::consts::TAU * variance).ln() + away * away / variance
            });
            (class.log_prior - 0.5 * terms.sum::<f64>()).max(2.0 * NEVER)
        };
        softmax(&self.classes.iter().map(score).collect::<Vec<_>>(), answers);
    }

    pub(crate) fn check(&self, n_columns: usize, n_outputs: usize) -> Result<(), Trouble> {
        let is_sound = |class: &ClassCurves| {
            class.means.len() == n_columns
                && class.variances.len() == n_columns
                && class.variances.iter().all(|variance| *variance > 0.0)
        };
        if self.classes.len() == n_outputs && self.classes.iter().all(is_sound) {
            Ok(())
        } else {
            Err(Trouble::new(
                "model-inconsistent",
                say!("a class lacks its curves", "某个类别缺少分布参数"),
            ))
        }
    }
}
