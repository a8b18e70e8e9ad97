//! What can be wrong with an ONNX graph, said so that the reader knows what to change.

/// Why a graph could not be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// There is nothing to compute.
    #[error(
        "the ONNX graph \"{graph}\" has no {missing}; expected at least one input, one node and one output: declare the missing part before the model is written"
    )]
    Empty { graph: String, missing: &'static str },
    /// Two values share a name.
    #[error(
        "the name \"{name}\" is used twice in the ONNX graph, the second time for {place}; expected every name once: rename one of the columns or outputs"
    )]
    DuplicateName { name: String, place: String },
    /// A node or an output uses a value that nothing before it makes.
    #[error(
        "{place} uses the value \"{value}\", which no input, constant or earlier node of this ONNX graph makes: build the value first, in the same graph"
    )]
    UnknownValue { place: String, value: String },
    /// A constant has more or fewer values than its shape says.
    #[error(
        "the ONNX constant \"{name}\" has {n_values} values, but its shape {shape:?} needs {n_expected}: pass data and shape of the same array"
    )]
    ShapeMismatch { name: String, shape: Vec<usize>, n_values: usize, n_expected: String },
    /// A setting that ONNX does not allow.
    #[error("{place}: {reason}")]
    Invalid { place: String, reason: String },
    /// Protobuf cannot hold the model.
    #[error(
        "the ONNX model takes {n_bytes} bytes, but the format allows at most {max_bytes} (2 GiB) in one file: export to safetensors, or use a smaller network"
    )]
    TooLarge { n_bytes: usize, max_bytes: usize },
    /// The bytes are no ONNX model.
    #[error(
        "these bytes are not a readable ONNX model ({0}): check that the file is complete and has the ending .onnx"
    )]
    Decode(#[from] prost::DecodeError),
}
