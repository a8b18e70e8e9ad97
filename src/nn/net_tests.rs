//! Tests of whole networks: weights in and out, branches, inputs that do not fit, ONNX files.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn_flex::{Flex, FlexDevice};
use pg_base::{ParamValue, ParamValues, Rng};

use super::*;
use crate::layers::{add, batch_norm, concatenate, conv2d, dense, flatten, input, output};
use crate::lower;
use crate::presets::tests::{network, samples};

type AD = Autodiff<Flex>;

/// Random rows that fit the inputs of a network, the last rows of ids mostly padding.
fn rows(blueprint: &Blueprint, n_rows: usize, seed: u64) -> Vec<Array> {
    let mut rng = Rng::new(seed, "rows");
    let array = |signal: &Signal| {
        let n = n_rows * signal.n_elements() as usize;
        let shape = [&[n_rows], signal.shape.as_slice()].concat();
        match signal.vocabulary {
            None => Array::f32(shape, (0..n).map(|_| rng.normal() as f32).collect()),
            Some(size) => {
                let length = signal.shape[0];
                let id = |index: usize| {
                    if index % length <= index / length {
                        1 + rng.below(size - 1) as i32
                    } else {
                        0
                    }
                };
                Array::i32(shape, (0..n).map(id).collect())
            }
        }
    };
    blueprint.inputs.iter().map(array).collect()
}

fn predict(net: &Net<AD>, inputs: &[Array]) -> Vec<f32> {
    let found = net.valid().predict::<BurnKernels>(inputs, &FlexDevice).expect("fits");
    found.as_f32().expect("numbers").to_vec()
}

fn build(blueprint: &Blueprint, seed: u64) -> Net<AD> {
    Net::build(blueprint, seed, &FlexDevice).expect("fits")
}

#[test]
fn weights_are_counted_as_the_summary_counts_them() {
    for blueprint in samples() {
        let net = build(&blueprint, 1);
        let trained = net.params().into_iter().filter(|entry| entry.is_trained);
        let n_trained: usize = trained.map(|entry| entry.shape.iter().product::<usize>()).sum();
        assert_eq!(n_trained as u64, blueprint.summary().expect("fits").total.n_params);
        let names: Vec<String> = net.params().into_iter().map(|entry| entry.name).collect();
        let weights = net.weights().expect("readable");
        assert_eq!(weights.arrays.len(), names.len(), "two weights share a name: {names:?}");
        assert!(names.iter().all(|name| weights.arrays.contains_key(name)));
    }
}

#[test]
fn the_same_seed_gives_the_same_network_and_names_are_stable() {
    let blueprint = &samples()[1];
    let one = build(blueprint, 7).weights().expect("readable");
    assert_eq!(one, build(blueprint, 7).weights().expect("readable"));
    assert_ne!(one, build(blueprint, 8).weights().expect("readable"));
    let names: Vec<&str> = one.arrays.keys().map(String::as_str).collect();
    assert!(
        names.contains(&"mlp.dense_1.weight") && names.contains(&"mlp.batch_norm_2.running_var"),
        "{names:?}"
    );
    assert_eq!(one.arrays["mlp.dense_1.weight"].shape, [5, 16]);
}

#[test]
fn weights_go_out_and_in_again() {
    for blueprint in samples() {
        let trained = build(&blueprint, 1);
        let inputs = rows(&blueprint, 6, 3);
        // A pass with gradients switched on moves running statistics.
        let values =
            inputs.iter().map(|array| Value::from_array(array, &FlexDevice).expect("fits"));
        trained.forward(values.collect()).expect("fits");
        let weights = trained.weights().expect("readable");
        let other = build(&blueprint, 2);
        assert_ne!(predict(&other, &inputs), predict(&trained, &inputs));
        let loaded = other.with_weights(&weights).expect("the same network");
        assert_eq!(loaded.weights().expect("readable"), weights);
        assert_eq!(predict(&loaded, &inputs), predict(&trained, &inputs));
        let ids = |net: &Net<AD>| {
            net.params().into_iter().map(|entry| entry.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&loaded).len(), ids(&trained).len());
    }
}

#[test]
fn foreign_weights_are_refused_by_name() {
    let blueprint = &samples()[0];
    let weights = build(blueprint, 1).weights().expect("readable");
    let check = |change: &dyn Fn(&mut Weights), code: &str| {
        let mut changed = weights.clone();
        change(&mut changed);
        let trouble = build(blueprint, 2).with_weights(&changed).expect_err("foreign");
        assert_eq!(trouble.code, code);
        assert!(trouble.to_string().contains("dense_1.weight"), "{trouble}");
    };
    let name = "mlp.dense_1.weight".to_owned();
    check(&|weights| drop(weights.arrays.remove(&name)), "weights-missing");
    check(
        &|weights| drop(weights.arrays.insert(name.clone(), Array::f32([16, 5], vec![0.0; 80]))),
        "weights-shape",
    );
    check(
        &|weights| drop(weights.arrays.insert(name.clone(), Array::i32([5, 16], vec![0; 80]))),
        "weights-shape",
    );
    check(
        &|weights| drop(weights.arrays.insert(format!("x{name}"), Array::f32([1], vec![0.0]))),
        "weights-extra",
    );
}

#[test]
fn probabilities_sum_to_one_and_rows_do_not_mix() {
    for blueprint in samples() {
        let net = build(&blueprint, 1);
        let inputs = rows(&blueprint, 5, 4);
        let found = predict(&net, &inputs);
        let n_columns = found.len() / 5;
        if matches!(net.head(), Head::Linear { .. }) {
            continue;
        }
        for row in found.chunks(n_columns) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{row:?}");
        }
        let first: Vec<Array> = inputs.iter().map(|array| slice_rows(array, 1)).collect();
        for (alone, together) in predict(&net, &first).iter().zip(&found) {
            assert!((alone - together).abs() < 1e-5, "{alone} {together}");
        }
    }
}

fn slice_rows(array: &Array, n_rows: usize) -> Array {
    let mut shape = array.shape.clone();
    let width = array.shape[1..].iter().product::<usize>();
    shape[0] = n_rows;
    match (array.as_f32(), array.as_i32()) {
        (Some(data), _) => Array::f32(shape, data[..n_rows * width].to_vec()),
        (_, Some(data)) => Array::i32(shape, data[..n_rows * width].to_vec()),
        _ => unreachable!("floats or ids"),
    }
}

/// Two inputs; a residual, a branch that leads nowhere, and a value that is used twice.
fn branches() -> Blueprint {
    let mut blueprint = Blueprint::new(vec![Signal::numbers([4]), Signal::numbers([3])]);
    let units = |n: i64| ParamValues::from([("units".to_owned(), ParamValue::Int(n))]);
    let slot = ParamValues::from([("slot".to_owned(), ParamValue::Int(1))]);
    let mut push = |id: &str, kind: &str, params: ParamValues, inputs: &[&str]| {
        let inputs: Vec<String> = inputs.iter().map(ToString::to_string).collect();
        blueprint.push(id, kind, params, &inputs).expect("known kind");
    };
    push("a", input::SPEC.id, ParamValues::new(), &[]);
    push("b", input::SPEC.id, slot, &[]);
    push("d1", dense::SPEC.id, units(4), &["a"]);
    push("nowhere", dense::SPEC.id, units(9), &["d1"]);
    push("sum", add::SPEC.id, ParamValues::new(), &["d1", "a", "d1"]);
    push("joined", concatenate::SPEC.id, ParamValues::new(), &["sum", "b"]);
    push("bn", batch_norm::SPEC.id, ParamValues::new(), &["joined"]);
    push("out", output::SPEC.id, units(2), &["bn"]);
    blueprint.head = Some(Head::Linear { n_outputs: 2 });
    blueprint
}

#[test]
fn branches_join_as_written() {
    let blueprint = branches();
    let net = build(&blueprint, 3);
    let weights = net.weights().expect("readable");
    let inputs = rows(&blueprint, 1, 5);
    let (a, b) = (inputs[0].as_f32().expect("floats"), inputs[1].as_f32().expect("floats"));
    let linear = |name: &str, x: &[f32]| {
        let (weight, bias) = (
            weights.f32(&format!("{name}.weight")).expect("there"),
            weights.f32(&format!("{name}.bias")).expect("there"),
        );
        let sum = |unit: usize| {
            x.iter().enumerate().map(|(i, x)| x * weight[i * bias.len() + unit]).sum::<f32>()
                + bias[unit]
        };
        (0..bias.len()).map(sum).collect::<Vec<f32>>()
    };
    let d1 = linear("d1", a);
    let mut joined: Vec<f32> = d1.iter().zip(a).map(|(d, a)| d + a + d).collect();
    joined.extend(b);
    let normal: Vec<f32> = joined.iter().map(|x| x / (1.0_f32 + 1e-5).sqrt()).collect();
    for (found, expected) in predict(&net, &inputs).iter().zip(linear("out", &normal)) {
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
}

#[test]
fn a_curve_done_by_another_layer_changes_no_number() {
    for kind in ["relu", "tanh", "softmax"] {
        let mut blueprint = Blueprint::new(vec![Signal::numbers([2, 6, 6])]);
        let mut last = Vec::new();
        let choice = |id: &str| ParamValue::Text(id.to_owned());
        for (id, layer, params) in [
            ("in", input::SPEC.id, ParamValues::new()),
            ("conv", conv2d::SPEC.id, ParamValues::new()),
            ("norm", batch_norm::SPEC.id, ParamValues::new()),
            ("bent", activation::SPEC.id, [("kind".to_owned(), choice(kind))].into()),
            ("small", max_pool2d::SPEC.id, ParamValues::new()),
            ("flat", flatten::SPEC.id, ParamValues::new()),
            ("again", activation::SPEC.id, [("kind".to_owned(), choice(kind))].into()),
            ("out", output::SPEC.id, [("units".to_owned(), ParamValue::Int(2))].into()),
        ] {
            blueprint.push(id, layer, params, &last).expect("known kind");
            last = vec![id.to_owned()];
        }
        blueprint.head = Some(Head::Linear { n_outputs: 2 });
        let net = build(&blueprint, 1);
        let places: Vec<usize> =
            (0..8).filter(|index| net.plan.steps[*index].curve.is_some()).collect();
        // ReLU goes on to the pooling, another curve stays with the layer before it, softmax with its own.
        let expected: &[usize] = match kind {
            "relu" => &[4, 5],
            "tanh" => &[2, 5],
            _ => &[],
        };
        assert_eq!(places, expected, "{kind}");
        let array = &rows(&blueprint, 3, 2)[0];
        let mut value = Value::from_array(array, &FlexDevice).expect("fits");
        for layer in &net.layers {
            value = layer.forward::<BurnKernels>(vec![value]).expect("fits");
        }
        let apart = named::to_array(value.rank2().expect("a matrix")).expect("readable");
        let value = Value::from_array(array, &FlexDevice).expect("fits");
        let together = named::to_array(net.forward(vec![value]).expect("fits")).expect("readable");
        assert_eq!(together, apart, "{kind}");
    }
}

#[test]
fn inputs_that_do_not_fit_are_troubles() {
    let net = build(&branches(), 1).valid();
    let check = |inputs: &[Array], code: &str| {
        let trouble = net.predict::<BurnKernels>(inputs, &FlexDevice).expect_err("does not fit");
        assert_eq!(trouble.code, code, "{trouble}");
    };
    let (a, b) = (Array::f32([2, 4], vec![0.0; 8]), Array::f32([2, 3], vec![0.0; 6]));
    check(std::slice::from_ref(&a), "inputs-count");
    check(&[b.clone(), a.clone()], "inputs-shape");
    check(&[a.clone(), Array::i32([2, 3], vec![0; 6])], "inputs-shape");
    check(&[a.clone(), Array::f32([1, 3], vec![0.0; 3])], Trouble::INTERNAL);
    check(&[a.clone(), Array::f32([6], vec![0.0; 6])], "array-rank");
    check(&[Array::f32([0, 4], vec![]), Array::f32([0, 3], vec![])], Trouble::INTERNAL);
}

#[test]
fn networks_that_cannot_be_are_troubles() {
    let code = |change: &dyn Fn(&mut Blueprint)| {
        let mut blueprint = branches();
        change(&mut blueprint);
        Net::<AD>::build(&blueprint, 1, &FlexDevice).expect_err("cannot be").code
    };
    assert_eq!(code(&|blueprint| blueprint.head = None), "output-missing");
    assert_eq!(code(&|blueprint| blueprint.head = Some(Head::Sigmoid)), Trouble::INTERNAL);
    assert_eq!(code(&|blueprint| blueprint.layers.clear()), Trouble::INTERNAL);
    assert_eq!(
        code(&|blueprint| blueprint.layers[2].inputs = vec!["none".to_owned()]),
        Trouble::INTERNAL
    );
    assert_eq!(code(&|blueprint| blueprint.layers[2].inputs.clear()), "layer-inputs");
    assert_eq!(
        code(&|blueprint| blueprint.layers[2].kind = "tomorrow".to_owned()),
        "layer-unknown"
    );
    assert_eq!(code(&|blueprint| blueprint.layers[0].id = "b".to_owned()), Trouble::INTERNAL);
    let negative = ParamValue::Int(-3);
    assert_eq!(
        code(&|blueprint| drop(
            blueprint.layers[2].params.insert("units".to_owned(), negative.clone())
        )),
        "param-invalid"
    );
    let huge = network(Signal::numbers([1 << 20]), Head::Sigmoid, |blueprint| {
        let units = ParamValues::from([("units".to_owned(), ParamValue::Int(65536))]);
        blueprint.push("d", dense::SPEC.id, units, &["in".to_owned()])?;
        Ok("d".to_owned())
    });
    let found = Net::<AD>::build(&huge.expect("shapes fit"), 1, &FlexDevice).expect_err("huge");
    assert_eq!(found.code, "network-too-large");
}

#[test]
fn every_sample_becomes_an_onnx_file_twice_the_same() {
    for blueprint in samples().into_iter().chain([branches()]) {
        let weights = build(&blueprint, 1).weights().expect("readable");
        let names: Vec<String> =
            (0..blueprint.inputs.len()).map(|slot| format!("input_{slot}")).collect();
        let write = || lower::to_onnx(&blueprint, &weights, &names, &[]).expect("writable");
        let bytes = write();
        assert_eq!(bytes, write());
        let summary = pg_onnx::inspect(&bytes).expect("readable");
        let found: Vec<&str> = summary.inputs.iter().map(|port| port.name.as_str()).collect();
        assert_eq!(found, names);
        let is_regression = matches!(blueprint.head, Some(Head::Linear { .. }));
        let expected = if is_regression { lower::PREDICTION } else { lower::PROBABILITIES };
        assert_eq!(summary.outputs[0].name, expected);
    }
}
