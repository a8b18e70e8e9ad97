//! What lies beyond the report of one model: costs, comparisons, weak groups, explanations, fairness and drift, from
//! plain slices.

mod cost;
mod drift;
mod fairness;
#[cfg(test)]
mod golden_tests;
mod paired;
mod probability;
mod shapley;
mod slices;

pub use cost::{CostCurve, CostPoint, cost_curve};
pub use drift::{Deviation, chi_squared, kolmogorov_smirnov, psi, psi_of_numbers};
pub use fairness::{Fairness, GroupRates, fairness};
pub use paired::{McNemar, PairedT, mcnemar, paired_t};
pub use shapley::{Explained, MAX_EXACT, shapley};
pub use slices::{Coded, Condition, Slice, find_slices};
