//! Whole models written and read back, and the mistakes that must be refused.

use prost::Message;

use crate::proto::{ModelProto, NodeProto};
use crate::{Attr, BatchNorm, Conv, Dim, ElemType, GraphBuilder, Name, OnnxError, Pool, inspect};

const N: Dim<'static> = Dim::Symbol("N");

/// Two columns (number, text) to class names and probabilities.
fn table_model() -> GraphBuilder {
    let mut g = GraphBuilder::new("table");
    let age = g.input("age", ElemType::F32, &[N, Dim::Fixed(1)]);
    let town = g.input("gemm", ElemType::Str, &[N, Dim::Fixed(1)]);
    let missing = g.missing_indicator(age);
    let age = g.impute(age, &[40.0]);
    let age = g.clip(age, &[0.0], &[100.0]);
    let age = g.scale(age, &[50.0], &[10.0]);
    let town_hot = g.one_hot_strings(town, &["北京", "Paris"]);
    let ids = g.label_encode(town, &[("北京".to_owned(), 1), ("Paris".to_owned(), 2)], 0);
    let embedded = g.embedding("town", ids, [3, 2], &[0.0, 0.0, 0.1, 0.2, 0.3, 0.4]);
    let embedded = g.squeeze(embedded, &[1]);
    let x = g.concat(&[age, missing, town_hot, embedded], 1);
    let weight: Vec<f32> = (0..18).map(|i| i as f32 / 10.0 - 0.9).collect();
    let logits = g.linear("dense", x, 2, [6, 3], &weight, Some(&[0.1, 0.2, 0.3]));
    let probabilities = g.softmax(logits, -1);
    let class = g.arg_max(probabilities, 1);
    let label = g.label_decode(class, &["a", "b", "c"]);
    g.output("label", label, ElemType::Str, &[N]);
    g.output("probabilities", probabilities, ElemType::F32, &[N, Dim::Fixed(3)]);
    g
}

/// A picture network with an odd tail of rank three.
fn picture_model() -> GraphBuilder {
    let mut g = GraphBuilder::new("picture");
    let x = g.input("image", ElemType::F32, &[N, Dim::Fixed(1), Dim::Fixed(6), Dim::Fixed(6)]);
    let weight: Vec<f32> = (0..36).map(|i| (i as f32 * 0.7).sin()).collect();
    let conv = Conv {
        weight: &weight,
        weight_shape: &[4, 1, 3, 3],
        bias: Some(&[0.1, -0.1, 0.2, 0.0]),
        strides: &[1, 1],
        pads: &[1, 0, 1, 2],
        dilations: &[],
        n_groups: 1,
    };
    let x = g.conv("conv", x, &conv);
    let norm = BatchNorm {
        scale: &[1.0, 0.5, 2.0, 1.0],
        bias: &[0.0, 0.1, 0.2, 0.3],
        mean: &[0.1, 0.0, 0.3, -0.2],
        variance: &[1.0, 2.0, 0.5, 1.5],
        epsilon: 1e-5,
    };
    let x = g.batch_norm("norm", x, &norm);
    let x = g.node("Relu", &[x], &[]);
    let window = Pool { kernel: &[2, 2], strides: &[2, 2], ..Pool::default() };
    let largest = g.max_pool(x, &window, &[]);
    let mean = g.avg_pool(x, &Pool { pads: &[0, 0, 0, 0], ..window }, true);
    let x = g.concat(&[largest, mean], 1);
    let x = g.reshape(x, &[0, 8, -1]);
    let x = g.transpose(x, &[0, 2, 1]);
    let x = g.layer_norm("layer_norm", x, &[1.0; 8], Some(&[0.5; 8]), 1e-12);
    let x = g.gelu(x);
    let weight: Vec<f32> = (0..16).map(|i| (i as f32).cos()).collect();
    let x = g.linear("dense", x, 3, [8, 2], &weight, Some(&[0.5, -0.5]));
    let first = g.slice(x, 1, 0, 1);
    let first = g.squeeze(first, &[1]);
    let pooled = g.reduce("ReduceMean", x, &[1], false);
    let sum = g.node("Add", &[first, pooled], &[]);
    let [left, right] =
        g.node_multi("Split", &[sum], &[("axis", Attr::Int(1)), ("num_outputs", Attr::Int(2))]);
    let swapped = g.concat(&[right, left], 1);
    let swapped = g.unsqueeze(swapped, &[0]);
    let bounds = g.scalar("limit", 2.0);
    let swapped = g.node("Clip", &[swapped, Name::ABSENT, bounds], &[]);
    g.output("score", swapped, ElemType::F32, &[Dim::Fixed(1), N, Dim::Fixed(2)]);
    g
}

fn decode(bytes: &[u8]) -> ModelProto {
    ModelProto::decode(bytes).expect("a model that was just encoded")
}

fn nodes(model: &ModelProto) -> &[NodeProto] {
    model.graph.as_ref().map_or(&[], |graph| &graph.node)
}

/// Builds a graph of one input `x` with `build` and expects a refusal with these words.
#[track_caller]
fn check_refused<R>(build: impl FnOnce(&mut GraphBuilder, Name) -> R, expected: &str) {
    let mut g = GraphBuilder::new("wrong");
    let x = g.input("x", ElemType::F32, &[N, Dim::Fixed(2)]);
    build(&mut g, x);
    let message = g.finish(&[], "").expect_err(expected).to_string();
    assert!(message.contains(expected), "{message}");
}

#[test]
fn table_model_comes_back_as_written() {
    let metadata = [("task".to_owned(), "classification".to_owned())];
    let bytes = table_model().finish(&metadata, "Ages and towns.").expect("a sound graph");
    let summary = inspect(&bytes).expect("a sound model");
    assert_eq!(summary.ir_version, 8);
    assert_eq!(
        summary.opsets.into_iter().collect::<Vec<_>>(),
        [(String::new(), 18), ("ai.onnx.ml".to_owned(), 3)]
    );
    let inputs: Vec<_> =
        summary.inputs.iter().map(|port| (port.name.as_str(), port.elem)).collect();
    assert_eq!(inputs, [("age", Some(ElemType::F32)), ("gemm", Some(ElemType::Str))]);
    let outputs: Vec<_> =
        summary.outputs.iter().map(|port| (port.name.as_str(), port.dims.clone())).collect();
    let dims =
        |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    assert_eq!(outputs, [("label", dims(&["N"])), ("probabilities", dims(&["N", "3"]))]);
    assert_eq!(summary.ops.first().map(String::as_str), Some("IsNaN"));
    assert_eq!(summary.ops.iter().filter(|op| *op == "LabelEncoder").count(), 2);
    // Imputing 1, clipping 2, scaling 2, embedding 6, dense 18 + 3.
    assert_eq!(summary.n_parameters, 32);
    assert_eq!(summary.metadata.get("task").map(String::as_str), Some("classification"));
    assert_eq!(summary.doc, "Ages and towns.");
}

#[test]
fn same_graph_gives_same_bytes_and_survives_a_second_encoding() {
    let bytes = picture_model().finish(&[], "").expect("a sound graph");
    assert_eq!(picture_model().finish(&[], "").expect("a sound graph"), bytes);
    assert_eq!(decode(&bytes).encode_to_vec(), bytes);
}

#[test]
fn category_operators_are_imported_only_when_used() {
    let bytes = picture_model().finish(&[], "").expect("a sound graph");
    let summary = inspect(&bytes).expect("a sound model");
    assert_eq!(summary.opsets.into_iter().collect::<Vec<_>>(), [(String::new(), 18)]);
}

#[test]
fn constants_are_little_endian_and_named_after_their_hint() {
    let mut g = GraphBuilder::new("constants");
    let x = g.input("weight", ElemType::F32, &[N, Dim::Fixed(2)]);
    let weight = g.constant_f32("weight", &[2], &[1.0, -2.0]);
    let sum = g.node("Add", &[x, weight], &[]);
    g.output("add", sum, ElemType::F32, &[N, Dim::Fixed(2)]);
    let model = decode(&g.finish(&[], "").expect("a sound graph"));
    let graph = model.graph.as_ref().expect("a graph");
    let constant = graph.initializer.first().expect("a constant");
    assert_eq!(constant.name, "weight_2");
    assert_eq!(constant.raw_data.as_deref(), Some(&[0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0][..]));
    let wires: Vec<_> =
        nodes(&model).iter().map(|node| (node.input.join(","), node.output.join(","))).collect();
    let expected = [("weight,weight_2", "add_2"), ("add_2", "add")];
    assert_eq!(wires, expected.map(|(from, to)| (from.to_owned(), to.to_owned())));
}

#[test]
fn zero_attributes_are_written_out() {
    let mut g = GraphBuilder::new("zeros");
    let x = g.input("x", ElemType::F32, &[N]);
    let y = g.concat(&[x, x], 0);
    g.output("y", y, ElemType::F32, &[Dim::Symbol("M")]);
    let model = decode(&g.finish(&[], "").expect("a sound graph"));
    let attribute =
        nodes(&model).first().and_then(|node| node.attribute.first()).expect("the axis");
    assert_eq!((attribute.name.as_str(), attribute.i), ("axis", Some(0)));
}

#[test]
fn graphs_without_content_are_refused() {
    let message = GraphBuilder::new("g").finish(&[], "").expect_err("nothing in it").to_string();
    assert!(message.contains("has no inputs"), "{message}");
    check_refused(|_, _| {}, "has no nodes");
    check_refused(|g, x| g.node("Relu", &[x], &[]), "has no outputs");
}

#[test]
fn mistakes_are_named() {
    let dims = [N, Dim::Fixed(2)];
    check_refused(|g, x| g.output("x", x, ElemType::F32, &dims), "\"x\" is used twice");
    check_refused(|g, x| g.output("", x, ElemType::F32, &dims), "found an empty name");
    check_refused(|g, x| g.output("y", x, ElemType::F32, &[Dim::Fixed(-1)]), "found the size -1");
    check_refused(
        |g, x| g.output("y", x, ElemType::F32, &[Dim::Symbol("")]),
        "a size without a name",
    );
    check_refused(|g, _| g.output("y", Name::ABSENT, ElemType::F32, &dims), "expected a value");
    check_refused(
        |g, _| g.constant_f32("w", &[2, 3], &[1.0]),
        "has 1 values, but its shape [2, 3] needs 6",
    );
    check_refused(
        |g, _| g.constant_f32("w", &[usize::MAX, 2], &[1.0]),
        "needs more than memory holds",
    );
    check_refused(
        |g, x| g.linear("d", x, 2, [2, 1], &[0.0; 2], Some(&[])),
        "\"d.bias\" has 0 values",
    );
    check_refused(|g, x| g.scale(x, &[0.0], &[0.0]), "the scaling of column 1");
    let twice = [("axis", Attr::Int(0)), ("axis", Attr::Int(1))];
    let build = |g: &mut GraphBuilder, x| {
        let y = g.node("Softmax", &[x], &twice);
        g.output("y", y, ElemType::F32, &dims);
    };
    check_refused(build, "\"axis\" is used twice");
}

#[test]
fn handle_of_another_graph_is_refused() {
    let mut other = GraphBuilder::new("other");
    let mut last = other.input("x", ElemType::F32, &[N]);
    for _ in 0..5 {
        last = other.node("Relu", &[last], &[]);
    }
    check_refused(|g, _| g.output("y", last, ElemType::F32, &[N]), "uses the value \"#5\"");
}

#[test]
fn repeated_metadata_is_refused() {
    let entry = ("task".to_owned(), String::new());
    let error = table_model().finish(&[entry.clone(), entry], "").expect_err("a repeated key");
    assert!(matches!(error, OnnxError::DuplicateName { .. }), "{error}");
}

#[test]
fn damaged_files_are_errors() {
    let bytes = table_model().finish(&[], "").expect("a sound graph");
    assert!(matches!(inspect(&[]), Err(OnnxError::Invalid { .. })));
    for n_bytes in 1..bytes.len() {
        // A cut between two fields leaves a readable file without the last fields; any other is an error, never a panic.
        if let Ok(summary) = inspect(bytes.get(..n_bytes).unwrap_or_default()) {
            assert_eq!(summary.inputs.len(), 2);
        }
    }
    let mut model = decode(&bytes);
    if let Some(graph) = model.graph.as_mut() {
        graph.node.reverse();
    }
    let error = inspect(&model.encode_to_vec()).expect_err("nodes in the wrong order");
    assert!(matches!(error, OnnxError::UnknownValue { .. }), "{error}");
}
