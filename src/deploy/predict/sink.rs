//! Where predicted rows go: a file that is whole or absent, or standard output.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use pg_base::{Trouble, say};
use pg_data::table::polars_trouble;
use pg_data::write::TableWriter;
use polars::prelude::*;

use super::default_output;

/// Where the rows go.
pub(super) enum Sink {
    File { writer: Box<TableWriter>, path: PathBuf },
    StandardOutput { is_first: bool },
}

impl Sink {
    pub(super) fn open(input: &Path, output: Option<&Path>) -> Result<Self, Trouble> {
        if output == Some(Path::new("-")) {
            return Ok(Self::StandardOutput { is_first: true });
        }
        let path = output.map_or_else(|| default_output(input), Path::to_owned);
        let is_same = |a: &Path, b: &Path| matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
        if is_same(&path, input) {
            return Err(Trouble::new(
                "output-is-input",
                say!("the output is the input", "输出与输入是同一个文件"),
            )
            .advice(say!("Choose another name for the output.", "请为输出另选名称。"))
            .path(path));
        }
        Ok(Self::File { writer: Box::new(TableWriter::new(&path)?), path })
    }

    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => Some(path),
            Self::StandardOutput { .. } => None,
        }
    }

    pub(super) fn write(&mut self, frame: &DataFrame) -> Result<(), Trouble> {
        match self {
            Self::File { writer, .. } => writer.write(frame),
            Self::StandardOutput { is_first } => {
                let mut bytes = Vec::new();
                let includes_header = std::mem::take(is_first);
                CsvWriter::new(&mut bytes)
                    .include_header(includes_header)
                    .finish(&mut pg_data::write::plain(frame)?)
                    .map_err(polars_trouble)?;
                io::stdout()
                    .lock()
                    .write_all(&bytes)
                    .map_err(|error| Trouble::io(&error, Path::new("-")))
            }
        }
    }

    pub(super) fn finish(self) -> Result<(), Trouble> {
        match self {
            Self::File { writer, .. } => writer.finish(),
            Self::StandardOutput { .. } => {
                io::stdout().flush().map_err(|error| Trouble::io(&error, Path::new("-")))
            }
        }
    }
}
