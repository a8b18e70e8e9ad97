//! Floor 3: what a training leaves behind and what is done with it: model, bundle, prediction, server, exports.
//!
//! Devices are handed in as `&dyn Compute`; nothing here knows which one it is.
//! Invariant: raw rows reach a network or an estimator only through the model's own recipe and encoder ([`score::Scorer`]), whoever
//! asks: evaluation, files, the server, and the golden rows that every load of a bundle replays.

pub mod bundle;
mod estimate;
mod evaluate;
pub mod export;
pub mod golden;
pub mod inputs;
pub mod json_rows;
pub mod model;
pub mod predict;
pub mod score;
pub mod serve;
#[cfg(test)]
mod several_tests;
#[cfg(test)]
mod testing;

pub use bundle::Bundle;
pub use model::{Learnt, Model, TrainedNetwork};
pub use score::{Answer, Predictions, Scored, Scorer};
