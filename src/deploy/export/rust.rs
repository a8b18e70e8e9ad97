//! Export `rust`: a crate without dependencies that prepares a row and computes the network, checked by its own test.

use std::fmt::Write as _;

use pg_base::{Elements, Trouble, t};
use pg_data::TargetCodec;
use serde_json::Value;

use super::columns::{Feature, Op, features_of, raw_columns};
use super::{ExportFile, ExportFormat, network_of, rust_layers, scales_of};
use crate::bundle::Bundle;
use crate::golden::TOLERANCE;
use crate::model::{Model, TrainedNetwork};

pub(super) static FORMAT: ExportFormat = ExportFormat {
    id: "rust",
    title: t("Rust crate", "Rust 代码包"),
    summary: t(
        "A crate in plain Rust without dependencies, for tables and dense networks; `cargo test` checks it against golden rows.",
        "不依赖其他库的 Rust 代码包，适用于表格和全连接网络；`cargo test` 会用校验行检查。",
    ),
    files,
};

const CARGO: &str = "\
[package]
name = \"exported_model\"
version = \"0.1.0\"
edition = \"2021\"

[lib]
path = \"lib.rs\"
";

const README: &str = "\
# A model as plain Rust

`lib.rs` prepares a row and computes the network in 32-bit floats; `weights.bin` holds the weights (little-endian) and is
compiled in.
There are no dependencies and no unsafe code.
`cargo test` compares the answers with those of the model that was exported, to 1e-4.

```rust
let row = exported_model::Row { /* one field per column; None where the value is missing */ ..Default::default() };
println!(\"{:?}\", exported_model::predict(&row));
```

`predict` gives `None` for a row that lacks a number which no step fills.
";

fn files(bundle: &Bundle) -> Result<Vec<ExportFile>, Trouble> {
    let model = &*bundle.model;
    let network = network_of(model)?;
    let features = features_of(model)?;
    let columns = raw_columns(&features, model)?;
    let fields = field_names(&columns);
    let layers = rust_layers::code(&network.blueprint, &network.weights)?;
    let mut code = String::from(
        "//! A model exported from Pyrograph: prepares a row and computes the network.\n",
    );
    code.push_str(rust_layers::PRELUDE);
    write_row(&mut code, &columns, &fields);
    write_prepare(&mut code, &features, &columns, &fields);
    code.push_str(&layers.text);
    write_predict(&mut code, model, network)?;
    write_test(&mut code, bundle, &columns, &fields);
    let weights =
        layers.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect::<Vec<u8>>();
    Ok(vec![
        ExportFile::new("lib.rs", code),
        ExportFile::new("weights.bin", weights),
        ExportFile::new("Cargo.toml", CARGO),
        ExportFile::new("README.md", README),
    ])
}

/// Names that are valid in Rust and different from each other.
fn field_names(columns: &[(String, bool)]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for (index, (column, _)) in columns.iter().enumerate() {
        let cleaned: String = column
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        let trimmed = cleaned.trim_matches('_');
        // A leading word keeps keywords and digits away.
        let plain = if trimmed.is_empty() {
            format!("column_{}", index + 1)
        } else {
            format!("col_{trimmed}")
        };
        let mut name = plain.clone();
        let mut n = 2;
        while names.contains(&name) {
            name = format!("{plain}_{n}");
            n += 1;
        }
        names.push(name);
    }
    names
}

fn write_row(code: &mut String, columns: &[(String, bool)], fields: &[String]) {
    code.push_str("\n/// One row as it comes from the source; `None` where a value is missing.\n#[derive(Clone, Debug, Default, PartialEq)]\npub struct Row {\n");
    for ((column, is_text), field) in columns.iter().zip(fields) {
        let kind = if *is_text { "String" } else { "f64" };
        let _ =
            writeln!(code, "    /// Column {}.\n    pub {field}: Option<{kind}>,", literal(column));
    }
    code.push_str("}\n");
}

fn write_prepare(
    code: &mut String,
    features: &[Feature],
    columns: &[(String, bool)],
    fields: &[String],
) {
    let n = features.len();
    let _ = writeln!(
        code,
        "\n/// What enters the network; `None` where a number is missing that no step fills.\npub fn prepare(row: &Row) -> Option<[f32; {n}]> {{\n    Some(["
    );
    for feature in features {
        let position = columns.iter().position(|(column, _)| *column == feature.raw);
        let field = position.and_then(|position| fields.get(position)).map_or("", String::as_str);
        let mut value = if feature.is_text {
            format!("row.{field}.as_deref()")
        } else {
            format!("row.{field}")
        };
        for op in &feature.ops {
            value = match op {
                Op::FillNumber(fill) => format!("{value}.or(Some({fill:?}_f64))"),
                Op::FillText(fill) => format!("{value}.or(Some({}))", literal(fill)),
                Op::Clip { low, high } => format!("{value}.map(|x| x.max({low:?}).min({high:?}))"),
                Op::Scale { center, divisor } => {
                    format!("{value}.map(|x| (x - ({center:?})) / {divisor:?})")
                }
                Op::IsText(text) => {
                    format!("Some(f64::from(u8::from({value} == Some({}))))", literal(text))
                }
                Op::IsNumber(number) => {
                    format!("Some(f64::from(u8::from({value} == Some({number:?}_f64))))")
                }
            };
        }
        let _ = writeln!(code, "        {value}.filter(|x| x.is_finite())? as f32,");
    }
    code.push_str("    ])\n}\n");
}

fn write_predict(
    code: &mut String,
    model: &Model,
    network: &TrainedNetwork,
) -> Result<(), Trouble> {
    match model.encoder.targets.as_slice() {
        [TargetCodec::Classes { names, .. }] => {
            let n = names.len();
            let decide = match model.decision_threshold() {
                Some(threshold) => format!(
                    "let best = usize::from(probabilities[1] >= {:?}_f32);\n    ",
                    threshold as f32
                ),
                None => "let mut best = 0;\n    \
                 for (class, probability) in probabilities.iter().enumerate() {\n        if *probability > probabilities[best] {\n            best = class;\n        }\n    }\n    "
                    .to_owned(),
            };
            let list: Vec<String> = names.iter().map(|name| literal(name)).collect();
            let _ = write!(
                code,
                "\n/// The classes, in the order of the probabilities.\npub const CLASSES: [&str; {n}] = [{}];\n\n\
                 /// A class and the probabilities of all.\n#[derive(Clone, Debug, PartialEq)]\npub struct Prediction {{\n    \
                 /// The class answered.\n    pub class: &'static str,\n    /// In the order of [`CLASSES`].\n    pub probabilities: Vec<f32>,\n}}\n\n\
                 /// The model's answer for a row.\npub fn predict(row: &Row) -> Option<Prediction> {{\n    \
                 let probabilities = probabilities(&network(&prepare(row)?));\n    {decide}\
                 Some(Prediction {{ class: CLASSES[best], probabilities }})\n}}\n",
                list.join(", ")
            );
            code.push_str(match network.blueprint.head {
                Some(pg_nn::Head::Sigmoid) => "\nfn probabilities(logits: &[f32]) -> Vec<f32> {\n    vec![sigmoid(-logits[0]), sigmoid(logits[0])]\n}\n",
                _ => "\nfn probabilities(logits: &[f32]) -> Vec<f32> {\n    softmax(logits)\n}\n",
            });
        }
        [TargetCodec::Classes { .. }, ..] => {
            let names = model.target_names();
            let list: Vec<String> = names.iter().map(|name| literal(name)).collect();
            let _ = write!(
                code,
                "\n/// The labels, in the order of the probabilities.\npub const LABELS: [&str; {}] = [{}];\n\n\
                 /// The labels that a row has and the probabilities of all.\n#[derive(Clone, Debug, PartialEq)]\npub struct Prediction {{\n    \
                 /// Those that are more likely there than not.\n    pub labels: Vec<&'static str>,\n    /// In the order of [`LABELS`].\n    pub probabilities: Vec<f32>,\n}}\n\n\
                 /// The model's answer for a row.\npub fn predict(row: &Row) -> Option<Prediction> {{\n    \
                 let probabilities: Vec<f32> = network(&prepare(row)?).into_iter().map(sigmoid).collect();\n    \
                 let likely = LABELS.iter().zip(&probabilities).filter(|(_, probability)| **probability > 0.5);\n    \
                 Some(Prediction {{ labels: likely.map(|(label, _)| *label).collect(), probabilities }})\n}}\n",
                names.len(),
                list.join(", ")
            );
        }
        numbers => {
            let link = match network.blueprint.head {
                Some(pg_nn::Head::Rate { .. }) => ".exp()",
                _ => "",
            };
            let scales = scales_of(numbers)?;
            if let [(mean, std)] = scales.as_slice() {
                let _ = write!(
                    code,
                    "\n/// The model's answer for a row, in the unit of the target.\npub fn predict(row: &Row) -> Option<f64> {{\n    \
                     Some(f64::from(network(&prepare(row)?)[0]{link}) * {std:?} + ({mean:?}))\n}}\n"
                );
                return Ok(());
            }
            let n = scales.len();
            let names: Vec<String> =
                model.target_names().iter().map(|name| literal(name)).collect();
            let scale = |(mean, std): &(f64, f64)| format!("({mean:?}, {std:?})");
            let scales: Vec<String> = scales.iter().map(scale).collect();
            let _ = write!(
                code,
                "\n/// What is predicted, in order.\npub const TARGETS: [&str; {n}] = [{}];\n\n\
                 /// Mean and deviation of each target.\nconst SCALES: [(f64, f64); {n}] = [{}];\n\n\
                 /// The model's answers for a row in the order of [`TARGETS`], each in its unit.\npub fn predict(row: &Row) -> Option<Vec<f64>> {{\n    \
                 let outputs = network(&prepare(row)?);\n    \
                 let answer = |(x, (mean, std)): (f32, &(f64, f64))| f64::from(x{link}) * std + mean;\n    \
                 Some(outputs.into_iter().zip(&SCALES).map(answer).collect())\n}}\n",
                names.join(", "),
                scales.join(", ")
            );
        }
    }
    Ok(())
}

fn write_test(code: &mut String, bundle: &Bundle, columns: &[(String, bool)], fields: &[String]) {
    let targets = bundle.model.encoder.targets.as_slice();
    let is_labels = bundle.model.has_labels();
    // The probabilities of labels are told for having them only.
    let told = |values: &[f64]| -> Vec<f64> {
        let step = if is_labels { 2 } else { 1 };
        values.iter().skip(step - 1).step_by(step).copied().collect()
    };
    let (pair, pairs, scale) = match targets {
        [TargetCodec::Number { std, .. }] => ("(a, b)", "", format!("{:?}", std.abs())),
        [TargetCodec::Number { .. }, ..] => {
            ("(at, (a, b))", ".enumerate()", "SCALES[at].1.abs()".to_owned())
        }
        _ => ("(a, b)", "", "1.0".to_owned()),
    };
    code.push_str("\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn golden_rows_get_the_answers_of_the_model() {\n");
    for (row, expected) in bundle.golden.rows.iter().zip(&bundle.golden.expected) {
        code.push_str("        check(\n            Row {\n");
        for ((column, is_text), field) in columns.iter().zip(fields) {
            let value = match row.get(column) {
                Some(Value::String(text)) if *is_text => {
                    format!("Some({}.to_owned())", literal(text))
                }
                Some(Value::Number(number)) if !is_text => {
                    format!("Some({:?}_f64)", number.as_f64().unwrap_or_default())
                }
                _ => "None".to_owned(),
            };
            let _ = writeln!(code, "                {field}: {value},");
        }
        let expected = match expected {
            Some(values) => {
                let values = told(values);
                let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
                format!("Some(&[{}])", values.join(", "))
            }
            None => "None".to_owned(),
        };
        let _ = writeln!(code, "            }},\n            {expected},\n        );");
    }
    let found = match targets {
        [TargetCodec::Number { .. }] => "predict(&row).map(|answer| vec![answer])",
        [TargetCodec::Number { .. }, ..] => "predict(&row)",
        _ => {
            "predict(&row).map(|answer| answer.probabilities.iter().map(|p| f64::from(*p)).collect::<Vec<f64>>())"
        }
    };
    let _ = write!(
        code,
        "    }}\n\n    fn check(row: Row, expected: Option<&[f64]>) {{\n        let found = {found};\n        \
         assert_eq!(found.is_some(), expected.is_some(), \"{{row:?}}\");\n        \
         for {pair} in found.unwrap_or_default().iter().zip(expected.unwrap_or_default()){pairs} {{\n            \
         assert!((a - b).abs() <= {TOLERANCE:?} * ({scale} + b.abs()), \"{{a}} instead of {{b}} for {{row:?}}\");\n        }}\n    }}\n}}\n"
    );
}

/// Text as a literal of Rust.
fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// The numbers of a weight.
pub(super) fn numbers_of<'a>(
    weights: &'a pg_nn::Weights,
    name: &str,
) -> Result<&'a [f32], Trouble> {
    match weights.arrays.get(name).map(|array| &array.elements) {
        Some(Elements::F32(values)) => Ok(values),
        _ => Err(Trouble::internal(format!("the weights lack `{name}`"))),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::testing::{self, Plain};

    /// Compiles the exported crate and runs its own test.
    fn check(model: &Model) {
        let bundle = Bundle::new(model, None, &Plain).expect("a bundle");
        let folder = tempfile::tempdir().expect("a folder");
        super::super::export(&bundle, "rust", folder.path()).expect("exported");
        let binary = folder.path().join("golden");
        let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
        let compiled = Command::new(compiler)
            .args(["--edition", "2021", "--test", "-D", "warnings", "-o"])
            .arg(&binary)
            .arg(folder.path().join("lib.rs"))
            .output()
            .expect("the compiler runs");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        let ran = Command::new(&binary).output().expect("it runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
        assert!(String::from_utf8_lossy(&ran.stdout).contains("1 passed"));
    }

    #[test]
    fn the_crate_compiles_and_agrees() {
        check(&testing::flowers_model());
        check(&testing::numbers_model());
        check(&testing::pair_model());
        check(&testing::labels_model());
    }

    #[test]
    fn names_are_valid_and_different() {
        let columns: Vec<(String, bool)> = ["type", "Type", "年龄", "a b", "a-b", "1"]
            .iter()
            .map(|name| ((*name).to_owned(), false))
            .collect();
        assert_eq!(
            field_names(&columns),
            ["col_type", "col_type_2", "column_3", "col_a_b", "col_a_b_2", "col_1"]
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let pictures =
            Bundle::new(&testing::pictures_model(folder.path()), None, &Plain).expect("a bundle");
        assert_eq!(files(&pictures).map(|_| ()).expect_err("pictures").code, "export-unsupported");
    }
}
