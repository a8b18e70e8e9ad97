//! ROC, precision-recall, calibration and lift curves; all but calibration from one ranking of the scores.

mod calibration;
mod lift;
mod pr;
mod ranking;
mod roc;

pub(crate) use calibration::calibration_points;
pub use calibration::{CalibrationCurve, CalibrationPoint};
pub use lift::{LiftCurve, LiftPoint};
pub use pr::{PrCurve, PrPoint, pr_curve};
pub(crate) use ranking::{Ranking, thinned};
pub use roc::{RocCurve, RocPoint, roc_curve};
