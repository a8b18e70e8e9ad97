//! Metrics of several labels at once: what a row has and what it is said to have, averaged over rows and labels.

mod averages;
mod labelled;

use crate::classification::{Tally, accuracy, f1, hamming_loss, precision, recall};
use crate::registry::Metric;

pub use labelled::Labelled;

/// How a metric is computed over labels.
type Formula = fn(&Labelled<'_>) -> f64;

/// All metrics of several labels in the order in which a report shows them.
pub static METRICS: &[(&Metric, Formula)] = &[
    (&accuracy::METRIC, |labels| labels.subset_accuracy()),
    (&averages::F1_MICRO, |labels| labels.micro(Tally::f1)),
    (&f1::MACRO, |labels| labels.macro_mean(Tally::f1)),
    (&averages::F1_SAMPLES, |labels| labels.sample_mean(Tally::f1)),
    (&averages::PRECISION_MICRO, |labels| labels.micro(Tally::precision)),
    (&precision::MACRO, |labels| labels.macro_mean(Tally::precision)),
    (&averages::PRECISION_SAMPLES, |labels| labels.sample_mean(Tally::precision)),
    (&averages::RECALL_MICRO, |labels| labels.micro(Tally::recall)),
    (&recall::MACRO, |labels| labels.macro_mean(Tally::recall)),
    (&averages::RECALL_SAMPLES, |labels| labels.sample_mean(Tally::recall)),
    (&hamming_loss::METRIC, |labels| labels.hamming_loss()),
];

/// Those that a single class has not.
pub static OWN: &[&Metric] = &[
    &averages::F1_MICRO,
    &averages::F1_SAMPLES,
    &averages::PRECISION_MICRO,
    &averages::PRECISION_SAMPLES,
    &averages::RECALL_MICRO,
    &averages::RECALL_SAMPLES,
];
