//! Exports: a bundle's model in forms that other programs read; one file per format and one entry in the list.

mod bundle;
mod columns;
mod docker;
mod onnx;
mod rust;
mod rust_layers;
mod safetensors;

use std::path::{Path, PathBuf};

use pg_base::{Text, Trouble, files, say};
use pg_data::TargetCodec;

use crate::bundle::Bundle;
use crate::model::{Learnt, Model, TrainedNetwork};

pub use bundle::FORMAT as BUNDLE;

/// One format.
#[derive(Debug)]
pub struct ExportFormat {
    /// Stable id: what the person types.
    pub id: &'static str,
    /// Sentence-case title.
    pub title: Text,
    /// One sentence: what is written and for whom.
    pub summary: Text,
    /// The files, by name within the folder.
    files: fn(&Bundle) -> Result<Vec<ExportFile>, Trouble>,
}

/// One file of an export.
struct ExportFile {
    name: &'static str,
    bytes: Vec<u8>,
}

/// All formats.
pub static ALL: &[&ExportFormat] =
    &[&onnx::FORMAT, &safetensors::FORMAT, &rust::FORMAT, &docker::FORMAT, &bundle::FORMAT];

/// Writes a model in a format into a folder (made where it is absent); gives the files in the order of importance.
///
/// Errors: `format-unknown`, `export-unsupported` where the format cannot hold this model, troubles of the disk.
pub fn export(bundle: &Bundle, format: &str, folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let Some(format) = ALL.iter().find(|known| known.id == format) else {
        let known: Vec<&str> = ALL.iter().map(|known| known.id).collect();
        let known = known.join(", ");
        return Err(Trouble::new(
            "format-unknown",
            say!("there is no export format `{format}`", "没有名为 `{format}` 的导出格式"),
        )
        .expected(say!("one of {known}", "以下之一：{known}")));
    };
    // Everything is made before anything is written: a model that does not fit leaves no half export.
    let files = (format.files)(bundle)?;
    let mut paths = Vec::with_capacity(files.len());
    for file in files {
        let path = folder.join(file.name);
        files::write_atomic(&path, &file.bytes)?;
        paths.push(path);
    }
    Ok(paths)
}

impl ExportFile {
    fn new(name: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name, bytes: bytes.into() }
    }
}

/// The network of a model, or the trouble of a format that holds networks only.
fn network_of(model: &Model) -> Result<&TrainedNetwork, Trouble> {
    match &model.learnt {
        Learnt::Network(network) => Ok(network),
        Learnt::Estimator { estimator } => {
            let title = estimator.method.title();
            let (en, zh) = (title.en, title.zh);
            Err(Trouble::new(
                "export-unsupported",
                say!("the model is no network but: {en}", "该模型不是网络，而是{zh}"),
            )
            .expected(say!("a network for this format", "此格式需要网络"))
            .advice(say!(
                "Export it as bundle or docker, which hold every model.",
                "请导出为 bundle 或 docker，它们支持所有模型。"
            )))
        }
    }
}

/// Mean and deviation of each number that is predicted.
///
/// Errors: `export-unsupported` for a target that is learnt on a curve.
fn scales_of(numbers: &[TargetCodec]) -> Result<Vec<(f64, f64)>, Trouble> {
    let scale = |target: &TargetCodec| match target {
        TargetCodec::Number { mean, std, curve: None, .. } => Ok((*mean, *std)),
        TargetCodec::Number { .. } => Err(unsupported(say!(
            "the target is learnt on a curve",
            "目标是在变换后的尺度上学习的"
        ))),
        TargetCodec::Classes { .. } => Err(Trouble::internal("classes beside numbers")),
    };
    if numbers.is_empty() {
        return Err(unsupported(say!("the model has no target", "模型没有目标列")));
    }
    numbers.iter().map(scale).collect()
}

/// The trouble of a model that a format cannot hold.
fn unsupported(what: pg_base::Words) -> Trouble {
    Trouble::new("export-unsupported", what).advice(say!(
        "Choose another format, for instance onnx or bundle.",
        "请选择其他格式，例如 onnx 或 bundle。"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Plain};

    #[test]
    fn every_format_writes_its_files_and_the_same_bytes_twice() {
        let bundle = Bundle::new(&testing::flowers_model(), None, &Plain).expect("a bundle");
        for format in ALL {
            let folder = tempfile::tempdir().expect("a folder");
            let paths = export(&bundle, format.id, &folder.path().join("new")).expect("exported");
            assert!(!paths.is_empty() && !format.summary.zh.is_empty(), "{}", format.id);
            for path in paths {
                let bytes = std::fs::read(&path).expect("written");
                assert!(!bytes.is_empty());
                let name =
                    path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
                let again = (format.files)(&bundle).expect("made");
                assert!(
                    again.iter().any(|file| file.name.ends_with(&name) && file.bytes == bytes),
                    "{name}"
                );
            }
        }
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(
            export(&bundle, "pickle", folder.path()).expect_err("unknown").code,
            "format-unknown"
        );
    }
}
