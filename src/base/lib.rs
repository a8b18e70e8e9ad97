//! Floor 0: parameters, texts, errors, plain arrays, progress, cancelling, hashing and safe files.
//!
//! Nothing here knows what a table, a layer or a node is; every other crate may use everything here.

pub mod array;
pub mod cancel;
pub mod files;
pub mod hash;
pub mod memory;
pub mod one_or_many;
pub mod param;
pub mod progress;
pub mod rng;
pub mod text;
pub mod trouble;

pub use array::{Array, Batch, BatchSource, Elements};
pub use cancel::CancelToken;
pub use hash::{Fingerprint, StableHasher};
pub use param::{Choice, Param, ParamKind, ParamSpec, ParamValue, ParamValues, ShownWhen};
pub use progress::{NoProgress, Progress};
pub use rng::Rng;
pub use text::{Lang, NodeText, Text, Words, t};
pub use trouble::{Place, Trouble};
