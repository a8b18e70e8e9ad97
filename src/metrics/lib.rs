//! Metrics, curves and reports computed from plain slices, equal to scikit-learn's.
//!
//! Invariants: nothing here reads a table, a model or a file; nothing panics on any input;
//! no number that leaves this crate is NaN or infinite (what is undefined is absent, with a note).

pub mod analysis;
mod baseline;
pub mod classification;
mod confusion;
mod curves;
mod epoch;
mod error;
pub mod findings;
#[cfg(test)]
mod golden_tests;
mod histogram;
mod interval;
pub mod labels;
mod registry;
pub mod regression;
mod report;

pub use classification::{Scored, decided};
pub use confusion::{CellRows, ClassScore, ConfusionMatrix};
pub use curves::{
    CalibrationCurve, CalibrationPoint, LiftCurve, LiftPoint, PrCurve, PrPoint, RocCurve, RocPoint,
    pr_curve, roc_curve,
};
pub use epoch::{RunningAccuracy, RunningRegression, accuracy, argmax, mae, mse, r2, rmse};
pub use error::{Absence, MetricsError, Value};
pub use findings::Findings;
pub use histogram::Histogram;
pub use interval::{Interval, bootstrap_intervals, wilson_interval};
pub use registry::{
    Compute, Metric, Task, classification_metrics, metric, metrics, regression_metrics,
};
pub use regression::Paired;
pub use report::{
    ClassificationInput, ClassificationReport, LabelsInput, PredictedPoint, RegressionInput,
    RegressionReport, Report, SeveralReport, TargetReport, WorstRow, classification_report,
    classification_report_at, labels_report, mean_metrics, numbers_report, regression_report,
};
