//! The graph builder: inputs, constants and nodes in the order of computation, checked and encoded at the end.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use crate::error::OnnxError;
use crate::inspect::check_graph;
use crate::proto::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto,
    ValueInfoProto,
};
use crate::tensor::{Attr, Dim, ElemType, Tensor, value_info};

/// The version of ONNX's own operators that every graph uses.
pub const OPSET: i64 = 18;
/// The version of the file format.
pub const IR_VERSION: i64 = 8;
/// The domain of the operators for texts and categories.
pub const ML_DOMAIN: &str = "ai.onnx.ml";
/// The version of the operators of [`ML_DOMAIN`].
pub const ML_OPSET: i64 = 3;

/// Protobuf's limit for one message.
const MAX_MODEL_BYTES: usize = i32::MAX as usize;

/// A value of one [`GraphBuilder`]: an input, a constant or what a node computes.
///
/// It is a handle; the text is chosen in [`GraphBuilder::finish`], so that a generated name never takes the place of
/// a column's name.
/// A handle belongs to the builder that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name(Option<usize>);

/// Collects a graph node by node.
///
/// No method but [`finish`](Self::finish) fails; the first mistake is kept until then.
/// A node can only use values that exist already, so the nodes are always in an order of computation.
#[derive(Clone, Debug)]
pub struct GraphBuilder {
    name: String,
    values: Vec<Value>,
    inputs: Vec<ValueInfoProto>,
    outputs: Vec<ValueInfoProto>,
    constants: Vec<(usize, TensorProto)>,
    nodes: Vec<DraftNode>,
    first_error: Option<OnnxError>,
}

#[derive(Clone, Debug)]
struct Value {
    /// The exact name of a public value, the wish of any other.
    hint: String,
    is_public: bool,
}

#[derive(Clone, Debug)]
struct DraftNode {
    op: String,
    domain: &'static str,
    inputs: Vec<Name>,
    outputs: Vec<usize>,
    attrs: Vec<(String, Attr)>,
}

impl Name {
    /// Stands for an optional input of an operator that is left out.
    pub const ABSENT: Self = Self(None);
}

impl GraphBuilder {
    /// Starts an empty graph.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            values: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            constants: Vec::new(),
            nodes: Vec::new(),
            first_error: None,
        }
    }

    /// Declares an input under exactly this name.
    pub fn input(&mut self, name: &str, elem: ElemType, dims: &[Dim<'_>]) -> Name {
        match value_info(name, elem, dims) {
            Ok(info) => self.inputs.push(info),
            Err(error) => self.refuse(error),
        }
        Name(Some(self.add_value(name, true)))
    }

    /// Adds a constant tensor; its name is `name_hint`, with a number where that is taken.
    pub fn constant(&mut self, name_hint: &str, tensor: Tensor) -> Name {
        if let Err(error) = tensor.check(name_hint) {
            self.refuse(error);
        }
        let id = self.add_value(name_hint, false);
        self.constants.push((id, tensor.into_proto(String::new())));
        Name(Some(id))
    }

    /// Adds a constant of 32-bit floats in row-major order.
    pub fn constant_f32(&mut self, name_hint: &str, shape: &[usize], data: &[f32]) -> Name {
        self.constant(name_hint, Tensor::f32(shape, data))
    }

    /// Adds a constant of 64-bit integers in row-major order.
    pub fn constant_i64(&mut self, name_hint: &str, shape: &[usize], data: &[i64]) -> Name {
        self.constant(name_hint, Tensor::i64(shape, data))
    }

    /// Adds a constant of texts in row-major order.
    pub fn constant_strings<S: AsRef<str>>(
        &mut self,
        name_hint: &str,
        shape: &[usize],
        data: &[S],
    ) -> Name {
        self.constant(name_hint, Tensor::strings(shape, data))
    }

    /// Adds a node of ONNX's own operators (opset 18) with one output.
    pub fn node(&mut self, op: &str, inputs: &[Name], attrs: &[(&str, Attr)]) -> Name {
        let [output] = self.add_node("", op, inputs, attrs);
        output
    }

    /// Adds a node with as many outputs as the pattern on the left takes: `let [y, y_h] = g.node_multi("GRU", …)`.
    pub fn node_multi<const N_OUTPUTS: usize>(
        &mut self,
        op: &str,
        inputs: &[Name],
        attrs: &[(&str, Attr)],
    ) -> [Name; N_OUTPUTS] {
        self.add_node("", op, inputs, attrs)
    }

    /// Adds a node of the domain `ai.onnx.ml` (version 3) with one output.
    pub fn ml_node(&mut self, op: &str, inputs: &[Name], attrs: &[(&str, Attr)]) -> Name {
        let [output] = self.add_node(ML_DOMAIN, op, inputs, attrs);
        output
    }

    /// Publishes `from` under exactly this name, through an `Identity` node.
    pub fn output(&mut self, name: &str, from: Name, elem: ElemType, dims: &[Dim<'_>]) {
        match value_info(name, elem, dims) {
            Ok(info) => self.outputs.push(info),
            Err(error) => self.refuse(error),
        }
        if from == Name::ABSENT {
            let reason = "found no value to publish; expected a value of this graph".to_owned();
            self.refuse(OnnxError::Invalid {
                place: format!("the ONNX output \"{name}\""),
                reason,
            });
        }
        let id = self.add_value(name, true);
        self.nodes.push(DraftNode {
            op: "Identity".to_owned(),
            domain: "",
            inputs: vec![from],
            outputs: vec![id],
            attrs: Vec::new(),
        });
    }

    /// Keeps `error` for [`finish`](Self::finish), unless there is an earlier one.
    pub fn refuse(&mut self, error: OnnxError) {
        self.first_error.get_or_insert(error);
    }

    /// Checks the graph and encodes the model file.
    ///
    /// `metadata` can be read back by any runtime; `doc` is the model's description.
    ///
    /// # Errors
    /// The first mistake made while building, a name used twice, an input that does not exist, a graph without
    /// inputs, nodes or outputs, a repeated key of `metadata`, or a model over 2 GiB.
    pub fn finish(self, metadata: &[(String, String)], doc: &str) -> Result<Vec<u8>, OnnxError> {
        let graph_name = if self.name.is_empty() { "graph".to_owned() } else { self.name };
        if let Some(error) = self.first_error {
            return Err(error);
        }
        let names = resolve_names(&self.values)?;
        let uses_ml = self.nodes.iter().any(|node| node.domain == ML_DOMAIN);
        let node = self
            .nodes
            .into_iter()
            .map(|draft| draft.into_proto(&names))
            .collect::<Result<_, _>>()?;
        let initializer = self
            .constants
            .into_iter()
            .map(|(id, tensor)| TensorProto {
                name: names.get(id).cloned().unwrap_or_default(),
                ..tensor
            })
            .collect();
        let graph = GraphProto {
            node,
            name: graph_name,
            initializer,
            input: self.inputs,
            output: self.outputs,
            ..GraphProto::default()
        };
        check_graph(&graph)?;

        let mut opset_import = vec![OperatorSetIdProto { domain: String::new(), version: OPSET }];
        if uses_ml {
            opset_import
                .push(OperatorSetIdProto { domain: ML_DOMAIN.to_owned(), version: ML_OPSET });
        }
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: "pyrograph".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            domain: String::new(),
            model_version: 1,
            doc_string: doc.to_owned(),
            graph: Some(graph),
            opset_import,
            metadata_props: metadata_props(metadata)?,
        };
        check_size(model.encoded_len())?;
        Ok(model.encode_to_vec())
    }

    fn add_value(&mut self, hint: &str, is_public: bool) -> usize {
        self.values.push(Value { hint: hint.to_owned(), is_public });
        self.values.len() - 1
    }

    fn add_node<const N_OUTPUTS: usize>(
        &mut self,
        domain: &'static str,
        op: &str,
        inputs: &[Name],
        attrs: &[(&str, Attr)],
    ) -> [Name; N_OUTPUTS] {
        for (name, attr) in attrs {
            if let Attr::Tensor(tensor) = attr
                && let Err(error) = tensor.check(name)
            {
                self.refuse(error);
            }
        }
        let hint = op.to_lowercase();
        let outputs: [usize; N_OUTPUTS] = std::array::from_fn(|_| self.add_value(&hint, false));
        self.nodes.push(DraftNode {
            op: op.to_owned(),
            domain,
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
            attrs: attrs.iter().map(|(name, attr)| ((*name).to_owned(), attr.clone())).collect(),
        });
        outputs.map(|id| Name(Some(id)))
    }
}

impl DraftNode {
    fn into_proto(self, names: &[String]) -> Result<NodeProto, OnnxError> {
        let mut input = Vec::with_capacity(self.inputs.len());
        for (position, name) in self.inputs.into_iter().enumerate() {
            input.push(match name {
                Name(None) => String::new(),
                Name(Some(id)) => {
                    names.get(id).cloned().ok_or_else(|| OnnxError::UnknownValue {
                        place: format!("input {} of a node {}", position + 1, self.op),
                        value: format!("#{id}"),
                    })?
                }
            });
        }
        let output: Vec<String> =
            self.outputs.iter().filter_map(|id| names.get(*id).cloned()).collect();
        Ok(NodeProto {
            input,
            name: output.first().cloned().unwrap_or_default(),
            output,
            op_type: self.op,
            attribute: self.attrs.into_iter().map(|(name, attr)| attr.into_proto(&name)).collect(),
            doc_string: String::new(),
            domain: self.domain.to_owned(),
        })
    }
}

/// The name of every value: public ones as they are, the others numbered (`gemm`, `gemm_2`, …) past all that is taken.
fn resolve_names(values: &[Value]) -> Result<Vec<String>, OnnxError> {
    let mut taken = BTreeSet::new();
    for value in values.iter().filter(|value| value.is_public) {
        if !taken.insert(value.hint.clone()) {
            let place = "another input or output".to_owned();
            return Err(OnnxError::DuplicateName { name: value.hint.clone(), place });
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names = Vec::with_capacity(values.len());
    for value in values {
        if value.is_public {
            names.push(value.hint.clone());
            continue;
        }
        let hint = if value.hint.is_empty() { "value" } else { &value.hint };
        let count = counts.entry(hint).or_default();
        let name = loop {
            *count += 1;
            let candidate = if *count == 1 { hint.to_owned() } else { format!("{hint}_{count}") };
            if taken.insert(candidate.clone()) {
                break candidate;
            }
        };
        names.push(name);
    }
    Ok(names)
}

fn metadata_props(metadata: &[(String, String)]) -> Result<Vec<StringStringEntryProto>, OnnxError> {
    let mut keys = BTreeSet::new();
    for (key, _) in metadata {
        if !keys.insert(key) {
            return Err(OnnxError::DuplicateName {
                name: key.clone(),
                place: "an entry of the metadata".to_owned(),
            });
        }
    }
    Ok(metadata
        .iter()
        .map(|(key, value)| StringStringEntryProto { key: key.clone(), value: value.clone() })
        .collect())
}

fn check_size(n_bytes: usize) -> Result<(), OnnxError> {
    if n_bytes > MAX_MODEL_BYTES {
        return Err(OnnxError::TooLarge { n_bytes, max_bytes: MAX_MODEL_BYTES });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_two_gibibytes_are_refused() {
        assert_eq!(check_size(MAX_MODEL_BYTES), Ok(()));
        let error = check_size(MAX_MODEL_BYTES + 1).expect_err("one byte too many");
        assert!(error.to_string().contains("2147483648 bytes"), "{error}");
    }

    #[test]
    fn generated_names_make_way_for_public_ones() {
        let value = |hint: &str, is_public| Value { hint: hint.to_owned(), is_public };
        let values = [
            value("relu", false),
            value("relu", true),
            value("relu", false),
            value("relu_2", false),
        ];
        let names = resolve_names(&values).expect("distinct public names");
        assert_eq!(names, ["relu_2", "relu", "relu_3", "relu_2_2"]);
    }
}
