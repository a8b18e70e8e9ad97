//! Export `onnx`: the network, and where the preparation can be written so, the whole way from raw columns to the answer.

use std::collections::BTreeMap;

use pg_base::{Lang, Trouble, t};
use pg_data::TargetCodec;
use pg_nn::lower::{PREDICTION, PROBABILITIES, lower_into, onnx_trouble, to_onnx};
use pg_onnx::{Dim, ElemType, GraphBuilder, Name};
use serde_json::json;

use super::columns::{Feature, Op, features_of, raw_columns};
use super::{ExportFile, ExportFormat, network_of, scales_of};
use crate::bundle::{Bundle, json, purpose};
use crate::model::Model;

pub(super) static FORMAT: ExportFormat = ExportFormat {
    id: "onnx",
    title: t("ONNX", "ONNX"),
    summary: t(
        "The network as network.onnx; for tables also model.onnx, which takes the raw columns.",
        "网络写为 network.onnx；表格模型另有以原始列为输入的 model.onnx。",
    ),
    files,
};

fn files(bundle: &Bundle) -> Result<Vec<ExportFile>, Trouble> {
    let model = &*bundle.model;
    let network = network_of(model)?;
    let metadata = metadata(model);
    let names: Vec<String> =
        model.encoder.inputs.iter().map(|slot| slot.name().to_owned()).collect();
    let mut files = Vec::new();
    // What cannot be prepared inside the graph is prepared by the caller; the README says how.
    let whole = features_of(model).ok().filter(|features| {
        // The outputs have these names.
        !features.iter().any(|feature| [PREDICTION, PROBABILITIES].contains(&feature.raw.as_str()))
    });
    if let Some(features) = &whole {
        files.push(ExportFile::new("model.onnx", whole_model(model, features, &metadata)?));
    }
    files.push(ExportFile::new(
        "network.onnx",
        to_onnx(&network.blueprint, &network.weights, &names, &metadata)?,
    ));
    let description = json!({
        "schema": model.input_schema, "recipe": model.recipe, "encoder": model.encoder, "golden": bundle.golden,
    });
    files.push(ExportFile::new("model.json", json(&description)?));
    files.push(ExportFile::new("README.md", readme(model, whole.is_some())));
    Ok(files)
}

fn metadata(model: &Model) -> Vec<(String, String)> {
    let mut metadata = vec![
        ("producer".to_owned(), concat!("pyrograph ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("purpose".to_owned(), purpose(model).get(Lang::En).to_owned()),
    ];
    if let Some(names) = model.class_names() {
        metadata.push(("classes".to_owned(), serde_json::to_string(names).unwrap_or_default()));
    } else if model.encoder.targets.len() > 1 {
        let names = serde_json::to_string(&model.target_names()).unwrap_or_default();
        metadata.push(("targets".to_owned(), names));
    }
    metadata
}

/// Raw columns in (`[N, 1]` each; a missing number is NaN, a missing text the empty text), answers out.
fn whole_model(
    model: &Model,
    features: &[Feature],
    metadata: &[(String, String)],
) -> Result<Vec<u8>, Trouble> {
    let network = network_of(model)?;
    let mut graph = GraphBuilder::new("model");
    let mut raw = BTreeMap::new();
    for (name, is_text) in raw_columns(features, model)? {
        let elem = if is_text { ElemType::Str } else { ElemType::F32 };
        let input = graph.input(&name, elem, &[Dim::Symbol("N"), Dim::Fixed(1)]);
        raw.insert(name, input);
    }
    let prepared = prepare(&mut graph, features, &raw)?;
    let answer = lower_into(&mut graph, &network.blueprint, &network.weights, &[prepared])?;
    match model.encoder.targets.as_slice() {
        [TargetCodec::Classes { names, .. }] => {
            let decided = match model.decision_threshold() {
                Some(threshold) => {
                    // What is added lifts the second class above the first exactly from the threshold on.
                    let lift = [0.0, 1.0 - 2.0 * threshold as f32];
                    let lift = graph.constant_f32("threshold", &[2], &lift);
                    graph.node("Add", &[answer, lift], &[])
                }
                None => answer,
            };
            let best = graph.arg_max(decided, -1);
            let label = graph.label_decode(best, names);
            graph.output(PREDICTION, label, ElemType::Str, &[Dim::Symbol("N")]);
            graph.output(
                PROBABILITIES,
                answer,
                ElemType::F32,
                &[Dim::Symbol("N"), Dim::Fixed(names.len() as i64)],
            );
        }
        [TargetCodec::Classes { .. }, ..] => {
            let half = graph.scalar("half", 0.5);
            let is_there = graph.node("Greater", &[answer, half], &[]);
            let is_there = graph.cast(is_there, ElemType::I64);
            let dims = [Dim::Symbol("N"), Dim::Fixed(model.encoder.targets.len() as i64)];
            graph.output(PREDICTION, is_there, ElemType::I64, &dims);
            graph.output(PROBABILITIES, answer, ElemType::F32, &dims);
        }
        numbers => {
            let scales = scales_of(numbers)?;
            let (means, stds): (Vec<f32>, Vec<f32>) =
                scales.into_iter().map(|(mean, std)| (mean as f32, std as f32)).unzip();
            let n = means.len();
            let shape = if n == 1 { &[][..] } else { &[n] };
            let mean = graph.constant_f32("target.mean", shape, &means);
            let std = graph.constant_f32("target.std", shape, &stds);
            let wide = graph.node("Mul", &[answer, std], &[]);
            let number = graph.node("Add", &[wide, mean], &[]);
            let dims = [Dim::Symbol("N"), Dim::Fixed(n as i64)];
            graph.output(PREDICTION, number, ElemType::F32, &dims);
        }
    }
    graph
        .finish(metadata, "A model trained with Pyrograph, from raw columns to the answer.")
        .map_err(|error| onnx_trouble(&error))
}

/// The features `[N, features]` in the network's order. Features with the same kinds of operations go side by side.
fn prepare(
    graph: &mut GraphBuilder,
    features: &[Feature],
    raw: &BTreeMap<String, Name>,
) -> Result<Name, Trouble> {
    let mut groups: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (index, feature) in features.iter().enumerate() {
        let kinds: String = feature.ops.iter().map(Op::kind).collect();
        // One-hot columns of one raw column come out of one operator; numbers of all columns can be stacked.
        let is_one_hot = kinds.contains(['e', 'n']);
        let of = if is_one_hot { feature.raw.clone() } else { String::new() };
        groups.entry((kinds, of)).or_default().push(index);
    }
    let (mut blocks, mut order) = (Vec::new(), Vec::new());
    for ((kinds, of), indices) in &groups {
        let members: Vec<&Feature> =
            indices.iter().filter_map(|index| features.get(*index)).collect();
        let input = |name: &str| {
            raw.get(name).copied().ok_or_else(|| Trouble::internal(format!("no input `{name}`")))
        };
        let block = if kinds.ends_with('e') {
            one_hot_texts(graph, input(of)?, &members)
        } else if kinds.ends_with('n') {
            one_hot_numbers(graph, input(of)?, &members)
        } else {
            let inputs: Vec<Name> =
                members.iter().map(|member| input(&member.raw)).collect::<Result<_, _>>()?;
            let stacked = joined(graph, &inputs);
            numbers(graph, stacked, &members, kinds.len())
        };
        blocks.push(block);
        order.extend(indices.iter().copied());
    }
    let all = joined(graph, &blocks);
    if order.is_sorted() {
        return Ok(all);
    }
    let mut positions = vec![0_i64; order.len()];
    for (at, feature) in order.iter().enumerate() {
        if let Some(position) = positions.get_mut(*feature) {
            *position = at as i64;
        }
    }
    let positions = graph.constant_i64("order", &[positions.len()], &positions);
    Ok(graph.gather(all, positions, 1))
}

fn joined(graph: &mut GraphBuilder, parts: &[Name]) -> Name {
    match parts {
        [only] => *only,
        parts => graph.concat(parts, 1),
    }
}

/// The first `n_ops` operations of all members at once.
fn numbers(graph: &mut GraphBuilder, mut x: Name, members: &[&Feature], n_ops: usize) -> Name {
    for at in 0..n_ops {
        let ops = || members.iter().filter_map(|member| member.ops.get(at));
        let column = |read: fn(&Op) -> (f64, f64)| -> (Vec<f32>, Vec<f32>) {
            ops().map(read).map(|(a, b)| (a as f32, b as f32)).unzip()
        };
        let (first, second) = column(|op| match op {
            Op::FillNumber(number) => (*number, 0.0),
            Op::Clip { low, high } => (*low, *high),
            Op::Scale { center, divisor } => (*center, *divisor),
            Op::FillText(_) | Op::IsText(_) | Op::IsNumber(_) => (0.0, 0.0),
        });
        x = match ops().next() {
            Some(Op::FillNumber(_)) => graph.impute(x, &first),
            Some(Op::Clip { .. }) => graph.clip(x, &first, &second),
            Some(Op::Scale { .. }) => graph.scale(x, &first, &second),
            _ => x,
        };
    }
    x
}

/// Ones where the text is the member's; a missing text counts as the fill where there is one.
fn one_hot_texts(graph: &mut GraphBuilder, x: Name, members: &[&Feature]) -> Name {
    let texts: Vec<&str> = members
        .iter()
        .filter_map(|member| match member.ops.last() {
            Some(Op::IsText(text)) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let fill = members.first().and_then(|member| {
        member.ops.iter().find_map(|op| match op {
            Op::FillText(text) => Some(text.as_str()),
            _ => None,
        })
    });
    let filled = fill
        .filter(|fill| !fill.is_empty())
        .and_then(|fill| texts.iter().position(|text| *text == fill));
    let (Some(filled), false) = (filled, texts.contains(&"")) else {
        return graph.one_hot_strings(x, &texts);
    };
    // A column more for the empty text, which is then added to that of the fill.
    let n = texts.len();
    let with_gap: Vec<&str> = texts.iter().copied().chain([""]).collect();
    let encoded = graph.one_hot_strings(x, &with_gap);
    let mut map = vec![0.0; (n + 1) * n];
    for (row, column) in (0..n).map(|at| (at, at)).chain([(n, filled)]) {
        if let Some(cell) = map.get_mut(row * n + column) {
            *cell = 1.0;
        }
    }
    let map = graph.constant_f32("fill.map", &[n + 1, n], &map);
    graph.node("MatMul", &[encoded, map], &[])
}

/// Ones where the number is the member's.
fn one_hot_numbers(graph: &mut GraphBuilder, x: Name, members: &[&Feature]) -> Name {
    let n_ops = members.first().map_or(0, |member| member.ops.len().saturating_sub(1));
    let first: Vec<&Feature> = members.iter().take(1).copied().collect();
    let x = numbers(graph, x, &first, n_ops);
    let values: Vec<f32> = members
        .iter()
        .filter_map(|member| match member.ops.last() {
            Some(Op::IsNumber(number)) => Some(*number as f32),
            _ => None,
        })
        .collect();
    let values = graph.constant_f32("categories", &[1, values.len()], &values);
    let is_equal = graph.node("Equal", &[x, values], &[]);
    graph.cast(is_equal, ElemType::F32)
}

fn readme(model: &Model, is_whole: bool) -> String {
    let mut text = format!("# ONNX export\n\n{}\n\n", purpose(model).get(Lang::En));
    if is_whole {
        text.push_str(
            "`model.onnx` takes the raw columns, one input `[N, 1]` per column under its name: numbers as float (missing: NaN), \
             texts as string (missing: the empty text).\n\
             A missing number that no step fills gives NaN.\n\
             It computes in 32 bits; columns with very large values next to small differences lose digits there.\n",
        );
        text.push_str(match model.encoder.targets.as_slice() {
            [TargetCodec::Classes { .. }] => "It gives `prediction` `[N]` (the class name) and `probabilities` `[N, classes]`.\n\n",
            [TargetCodec::Classes { .. }, ..] => "It gives `prediction` `[N, labels]` (1 where the row has the label) and `probabilities` `[N, labels]`.\n\n",
            [_, _, ..] => "It gives `prediction` `[N, targets]`, each in the unit of its target.\n\n",
            _ => "It gives `prediction` `[N, 1]` in the unit of the target.\n\n",
        });
        text.push_str(
            "```python\nimport numpy, onnxruntime\nsession = onnxruntime.InferenceSession(\"model.onnx\")\n\
             feed = {i.name: numpy.array([[\"\" if \"string\" in i.type else numpy.nan]], dtype=object if \"string\" in i.type else numpy.float32) \
             for i in session.get_inputs()}\nprint(session.run(None, feed))\n```\n\n",
        );
    }
    text.push_str(
        "`network.onnx` takes prepared rows:\n\n| input | shape | meaning |\n|---|---|---|\n",
    );
    for slot in &model.encoder.inputs {
        let sizes: Vec<String> = slot.shape().iter().map(ToString::to_string).collect();
        let meaning = match slot {
            pg_data::InputSlot::Numbers { .. } => {
                "float; the columns of `encoder.inputs` in `model.json`, in that order"
            }
            pg_data::InputSlot::Image { .. } => {
                "float; channels first; bytes / 255, then minus mean, divided by std as the steps `resize_images` and `normalise_images` in `model.json` say"
            }
            pg_data::InputSlot::Sequence { .. } => {
                "64-bit ids of the step `tokenise` in `model.json`, padded with 0 at the end; 1 is an unknown token"
            }
        };
        text.push_str(&format!("| `{}` | [N, {}] | {meaning} |\n", slot.name(), sizes.join(", ")));
    }
    text.push_str(match model.encoder.targets.as_slice() {
        [TargetCodec::Classes { .. }] => {
            "\nIt gives `probabilities` `[N, classes]`, the classes in the order of `encoder.target.names`.\n"
        }
        [TargetCodec::Classes { .. }, ..] => {
            "\nIt gives `probabilities` `[N, labels]`, the labels in the order of `encoder.target`: how likely the second of its names is.\n"
        }
        [_, _, ..] => {
            "\nIt gives `prediction` `[N, targets]` in the order of `encoder.target`; each number is `prediction * std + mean` of its target.\n"
        }
        _ => "\nIt gives `prediction` `[N, 1]`; the number is `prediction * encoder.target.std + encoder.target.mean`.\n",
    });
    text.push_str("\n`golden` in `model.json` holds raw rows with the answers that a correct preparation leads to, to 1e-4.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Plain};

    fn names(bundle: &Bundle) -> Vec<&'static str> {
        files(bundle).expect("files").iter().map(|file| file.name).collect()
    }

    #[test]
    fn tables_go_in_whole_and_pictures_prepared() {
        let bundle = Bundle::new(&testing::flowers_model(), None, &Plain).expect("a bundle");
        assert_eq!(names(&bundle), ["model.onnx", "network.onnx", "model.json", "README.md"]);
        let summary =
            pg_onnx::inspect(&files(&bundle).expect("files")[0].bytes).expect("an ONNX file");
        let inputs: Vec<&str> = summary.inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(inputs, ["length", "width", "colour"]);
        let outputs: Vec<&str> =
            summary.outputs.iter().map(|output| output.name.as_str()).collect();
        assert_eq!(outputs, [PREDICTION, PROBABILITIES]);
        let numbers = Bundle::new(&testing::numbers_model(), None, &Plain).expect("a bundle");
        assert_eq!(names(&numbers).len(), 4);
        for (model, expected) in [
            (testing::pair_model(), &[PREDICTION][..]),
            (testing::labels_model(), &[PREDICTION, PROBABILITIES]),
        ] {
            let bundle = Bundle::new(&model, None, &Plain).expect("a bundle");
            let bytes = &files(&bundle).expect("files")[0].bytes;
            let outputs = pg_onnx::inspect(bytes).expect("an ONNX file").outputs;
            let names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
            assert_eq!(names, expected);
            let wide = Some(vec!["N".to_owned(), "2".to_owned()]);
            assert!(outputs.iter().all(|output| output.dims == wide), "{outputs:?}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let pictures =
            Bundle::new(&testing::pictures_model(folder.path()), None, &Plain).expect("a bundle");
        assert_eq!(names(&pictures), ["network.onnx", "model.json", "README.md"]);
    }
}
