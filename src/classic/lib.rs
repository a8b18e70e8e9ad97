//! Floor 2: the classical methods that networks are compared with: trees, forests, boosting, neighbours, Bayes, linear
//! models and support vectors, from plain arrays to plain data.
//!
//! A [`Method`] with its settings fits a [`Sample`] and gives an [`Estimator`], which answers rows of numbers.
//! Invariants: the same seed gives the same estimator, whatever the number of threads; an estimator is finite plain
//! data, and one from a file ([`Estimator::check`]) answers any row without panicking or looping.

mod bayes;
mod boosting;
mod estimator;
mod forest;
#[cfg(test)]
mod golden_tests;
mod linear;
mod method;
mod neighbours;
mod sample;
mod solve;
mod svm;
mod t_sne;
mod tree;

pub use bayes::BayesSettings;
pub use boosting::{BoostingLoss, BoostingSettings};
pub use estimator::Estimator;
pub use forest::ForestSettings;
pub use linear::{LinearSettings, Penalty};
pub use method::Method;
pub use neighbours::{Distance, NeighboursSettings};
pub use sample::{Job, Matrix, Sample, Target};
pub use svm::{Kernel, SvmSettings};
pub use t_sne::{MAX_TSNE_ROWS, TsneSettings, t_sne};
pub use tree::{Criterion, TreeSettings};
