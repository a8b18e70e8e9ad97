//! Classification metrics: one file and one entry in the list each.

pub(crate) mod accuracy;
mod average_precision;
mod balanced_accuracy;
mod brier;
mod cohen_kappa;
pub(crate) mod f1;
mod f_beta;
pub(crate) mod hamming_loss;
mod jaccard;
mod log_loss;
mod mcc;
pub(crate) mod precision;
pub(crate) mod recall;
mod roc_auc;
mod scored;
mod top_k_accuracy;

use crate::registry::Metric;

pub use log_loss::row_loss;
pub use scored::{Scored, Tally, decided};
pub(crate) use scored::{check_finite, check_threshold};
pub use top_k_accuracy::top_k_accuracy;

/// All classification metrics in the order in which a report shows them.
pub static METRICS: &[&Metric] = &[
    &accuracy::METRIC,
    &balanced_accuracy::METRIC,
    &precision::MACRO,
    &precision::WEIGHTED,
    &recall::MACRO,
    &recall::WEIGHTED,
    &f1::MACRO,
    &f1::WEIGHTED,
    &f_beta::HALF,
    &f_beta::TWO,
    &jaccard::MACRO,
    &jaccard::WEIGHTED,
    &hamming_loss::METRIC,
    &mcc::METRIC,
    &cohen_kappa::METRIC,
    &log_loss::METRIC,
    &brier::METRIC,
    &roc_auc::MACRO,
    &roc_auc::WEIGHTED,
    &average_precision::METRIC,
    &top_k_accuracy::TOP_2,
    &top_k_accuracy::TOP_5,
];
