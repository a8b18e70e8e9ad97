//! Reads a model file back: its inputs, outputs and operators, and whether the graph hangs together.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use crate::error::OnnxError;
use crate::proto::{
    DimensionValue, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};
use crate::tensor::ElemType;

/// What a model file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub ir_version: i64,
    /// Version by operator domain; the empty domain is ONNX's own.
    pub opsets: BTreeMap<String, i64>,
    /// What a caller feeds, in order; constants are not among them.
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    /// The operator of every node, in the order of computation.
    pub ops: Vec<String>,
    /// How many numbers the floating-point constants hold together: weights, and means and scales of preprocessing.
    pub n_parameters: u64,
    pub metadata: BTreeMap<String, String>,
    pub doc: String,
}

/// An input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    pub name: String,
    /// None where the value is no tensor or has a type that this crate does not know.
    pub elem: Option<ElemType>,
    /// Sizes as text: a number, a symbol, or `?`; None where even the rank is unknown.
    pub dims: Option<Vec<String>>,
}

/// Decodes a model and checks that its names are unique and every value is made before it is used.
pub fn inspect(bytes: &[u8]) -> Result<Summary, OnnxError> {
    let model = ModelProto::decode(bytes)?;
    let graph = model.graph.ok_or_else(|| OnnxError::Invalid {
        place: "the ONNX model".to_owned(),
        reason: "found no graph in it; expected one: check that the file is complete".to_owned(),
    })?;
    check_graph(&graph)?;
    let constants: BTreeSet<&str> =
        graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let n_parameters = graph.initializer.iter().try_fold(0_u64, |sum, tensor| {
        let n_values = if is_float(tensor.data_type) { n_values(tensor)? } else { 0 };
        sum.checked_add(n_values).ok_or_else(|| impossible_shape(tensor))
    })?;
    Ok(Summary {
        ir_version: model.ir_version,
        opsets: model.opset_import.into_iter().map(|opset| (opset.domain, opset.version)).collect(),
        inputs: graph
            .input
            .iter()
            .filter(|info| !constants.contains(info.name.as_str()))
            .map(port)
            .collect(),
        outputs: graph.output.iter().map(port).collect(),
        ops: graph.node.iter().map(|node| node.op_type.clone()).collect(),
        n_parameters,
        metadata: model.metadata_props.into_iter().map(|entry| (entry.key, entry.value)).collect(),
        doc: model.doc_string,
    })
}

/// Checks what ONNX demands of a graph's names: each made once and before its use, and nothing empty.
pub(crate) fn check_graph(graph: &GraphProto) -> Result<(), OnnxError> {
    let parts = [
        ("inputs", graph.input.len()),
        ("nodes", graph.node.len()),
        ("outputs", graph.output.len()),
    ];
    if let Some((missing, _)) = parts.into_iter().find(|(_, n_items)| *n_items == 0) {
        return Err(OnnxError::Empty { graph: graph.name.clone(), missing });
    }
    let mut known = BTreeSet::new();
    for info in &graph.input {
        define(&mut known, &info.name, || "an input".to_owned())?;
    }
    let mut constants = BTreeSet::new();
    for tensor in &graph.initializer {
        define(&mut constants, &tensor.name, || "a constant".to_owned())?;
    }
    // A constant may carry the name of an input: it is that input's default.
    known.append(&mut constants);
    for node in &graph.node {
        check_node(&mut known, node)?;
    }
    let mut outputs = BTreeSet::new();
    for info in &graph.output {
        define(&mut outputs, &info.name, || "an output".to_owned())?;
        if !known.contains(info.name.as_str()) {
            return Err(OnnxError::UnknownValue {
                place: "an output".to_owned(),
                value: info.name.clone(),
            });
        }
    }
    Ok(())
}

fn check_node<'a>(known: &mut BTreeSet<&'a str>, node: &'a NodeProto) -> Result<(), OnnxError> {
    let place = || format!("the node \"{}\" ({})", node.name, node.op_type);
    let invalid = |reason: &str| OnnxError::Invalid { place: place(), reason: reason.to_owned() };
    if node.op_type.is_empty() {
        return Err(invalid("found no operator; expected the name of one, such as Gemm"));
    }
    if node.output.iter().all(String::is_empty) {
        return Err(invalid("found no output; expected at least one"));
    }
    for input in node.input.iter().filter(|input| !input.is_empty()) {
        if !known.contains(input.as_str()) {
            return Err(OnnxError::UnknownValue { place: place(), value: input.clone() });
        }
    }
    let mut attributes = BTreeSet::new();
    for attribute in &node.attribute {
        define(&mut attributes, &attribute.name, || format!("an attribute of {}", place()))?;
    }
    for output in node.output.iter().filter(|output| !output.is_empty()) {
        define(known, output, || format!("an output of {}", place()))?;
    }
    Ok(())
}

fn define<'a>(
    known: &mut BTreeSet<&'a str>,
    name: &'a str,
    place: impl Fn() -> String,
) -> Result<(), OnnxError> {
    if name.is_empty() {
        let reason = "found an empty name; expected a name".to_owned();
        return Err(OnnxError::Invalid { place: place(), reason });
    }
    if !known.insert(name) {
        return Err(OnnxError::DuplicateName { name: name.to_owned(), place: place() });
    }
    Ok(())
}

fn port(info: &ValueInfoProto) -> Port {
    let tensor_type = info.r#type.as_ref().and_then(|value_type| value_type.tensor_type.as_ref());
    let shape = tensor_type.and_then(|tensor_type| tensor_type.shape.as_ref());
    Port {
        name: info.name.clone(),
        elem: tensor_type.and_then(|tensor_type| ElemType::from_code(tensor_type.elem_type)),
        dims: shape.map(|shape| {
            let text = |value: &Option<DimensionValue>| match value {
                Some(DimensionValue::DimValue(size)) => size.to_string(),
                Some(DimensionValue::DimParam(symbol)) => symbol.clone(),
                None => "?".to_owned(),
            };
            shape.dim.iter().map(|dim| text(&dim.value)).collect()
        }),
    }
}

/// Float, half, double and bfloat16 in `TensorProto.DataType`.
fn is_float(data_type: i32) -> bool {
    matches!(data_type, 1 | 10 | 11 | 16)
}

fn n_values(tensor: &TensorProto) -> Result<u64, OnnxError> {
    tensor
        .dims
        .iter()
        .try_fold(1_u64, |product, dim| product.checked_mul(u64::try_from(*dim).ok()?))
        .ok_or_else(|| impossible_shape(tensor))
}

fn impossible_shape(tensor: &TensorProto) -> OnnxError {
    OnnxError::Invalid {
        place: format!("the ONNX constant \"{}\"", tensor.name),
        reason: format!(
            "found the shape {:?}; expected sizes whose product can be counted",
            tensor.dims
        ),
    }
}
