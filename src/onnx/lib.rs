//! Builds and reads ONNX models, so that a layer or a preprocessing step can lower itself into a standard graph.
//!
//! The files target opset 18 and IR version 8 (`ai.onnx.ml` 3 where a step needs it), which ONNX Runtime 1.14 and
//! later, tract and the browsers' runtimes load.
//! A [`GraphBuilder`] never fails while it is fed: the first mistake is kept and reported by
//! [`GraphBuilder::finish`], so lowering code stays a plain list of calls.
//! Deliberately absent: training graphs, control flow, sparse and quantised tensors, data outside the file.

mod columns;
mod error;
mod graph;
mod inspect;
mod ops;
pub mod proto;
mod tensor;
#[cfg(test)]
mod tests;

pub use columns::CategoryCode;
pub use error::OnnxError;
pub use graph::{GraphBuilder, IR_VERSION, ML_DOMAIN, ML_OPSET, Name, OPSET};
pub use inspect::{Port, Summary, inspect};
pub use ops::{BatchNorm, Conv, Pool};
pub use tensor::{Attr, Dim, ElemType, Tensor};
