//! Regression metrics: one file and one entry in the list each.

mod explained_variance;
mod mae;
mod mape;
mod max_error;
mod median_absolute_error;
mod mse;
mod paired;
mod poisson_deviance;
mod r2;
mod rmse;
mod rmsle;
mod smape;

use crate::registry::Metric;

pub use paired::Paired;

/// All regression metrics in the order in which a report shows them.
pub static METRICS: &[&Metric] = &[
    &r2::METRIC,
    &rmse::METRIC,
    &mse::METRIC,
    &mae::METRIC,
    &median_absolute_error::METRIC,
    &max_error::METRIC,
    &mape::METRIC,
    &smape::METRIC,
    &rmsle::METRIC,
    &poisson_deviance::METRIC,
    &explained_variance::METRIC,
];
