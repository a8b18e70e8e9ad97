//! Export `rust`: a crate without dependencies that prepares a row and computes the network, checked by its own test.

use std::fmt::Write as _;

use pg_base::{Elements, Trouble, say, t};
use pg_data::TargetCodec;
use serde_json::Value;

use super::columns::{Feature, Op, features_of, raw_columns};
use super::{ExportFile, ExportFormat, network_of, rust_layers, unsupported};
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
    match &model.encoder.target {
        Some(TargetCodec::Classes { names, .. }) => {
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
        Some(TargetCodec::Number { curve: Some(_), .. }) => {
            return Err(unsupported(say!(
                "the target is learnt on a curve",
                "目标是在变换后的尺度上学习的"
            )));
        }
        Some(TargetCodec::Number { mean, std, .. }) => {
            let link = match network.blueprint.head {
                Some(pg_nn::Head::Rate { .. }) => ".exp()",
                _ => "",
            };
            let _ = write!(
                code,
                "\n/// The model's answer for a row, in the unit of the target.\npub fn predict(row: &Row) -> Option<f64> {{\n    \
                 Some(f64::from(network(&prepare(row)?)[0]{link}) * {std:?} + ({mean:?}))\n}}\n"
            );
        }
        None => return Err(unsupported(say!("the model has no target", "模型没有目标列"))),
    }
    Ok(())
}

fn write_test(code: &mut String, bundle: &Bundle, columns: &[(String, bool)], fields: &[String]) {
    let (is_classes, scale) = match &bundle.model.encoder.target {
        Some(TargetCodec::Number { std, .. }) => (false, std.abs()),
        _ => (true, 1.0),
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
                let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
                format!("Some(&[{}])", values.join(", "))
            }
            None => "None".to_owned(),
        };
        let _ = writeln!(code, "            }},\n            {expected},\n        );");
    }
    let found = if is_classes {
        "predict(&row).map(|answer| answer.probabilities.iter().map(|p| f64::from(*p)).collect::<Vec<f64>>())"
    } else {
        "predict(&row).map(|answer| vec![answer])"
    };
    let _ = write!(
        code,
        "    }}\n\n    fn check(row: Row, expected: Option<&[f64]>) {{\n        let found = {found};\n        \
         assert_eq!(found.is_some(), expected.is_some(), \"{{row:?}}\");\n        \
         for (a, b) in found.unwrap_or_default().iter().zip(expected.unwrap_or_default()) {{\n            \
         assert!((a - b).abs() <= {TOLERANCE:?} * ({scale:?} + b.abs()), \"{{a}} instead of {{b}} for {{row:?}}\");\n        }}\n    }}\n}}\n"
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
