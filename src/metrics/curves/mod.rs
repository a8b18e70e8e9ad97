//! ROC and precision-recall curves from one ranking of the scores.

mod pr;
mod ranking;
mod roc;

pub use pr::{PrCurve, PrPoint, pr_curve};
pub(crate) use ranking::{Ranking, thinned};
pub use roc::{RocCurve, RocPoint, roc_curve};
