//! Resize images: decode picture files to pixels of one size.

use std::path::Path;

use pg_base::{CancelToken, Trouble, Words, say};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Fitted, learn, present};
use crate::read::images;
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{Augment, ColumnKind, ImageForm, Schema};
use crate::table::Rows;

/// Turns files into pixels; a file that cannot be read becomes a missing value, and while a table is built its row goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResizeImages {
    /// Image columns; empty for all image features that are still files.
    pub columns: Vec<String>,
    /// Pixels.
    pub height: usize,
    /// Pixels.
    pub width: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// The columns decoded.
    #[serde(default)]
    pub fitted: Vec<Fitted<()>>,
}

/// A picture that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Row of the source, counted from 1.
    pub row: u32,
    /// Path of the file; empty where the row names none.
    pub path: String,
    /// Why, in words.
    pub reason: Words,
}

/// Largest side of a picture, in pixels.
const MAX_SIDE: usize = 8192;
/// Files decoded at a time.
const BLOCK_FILES: usize = 1024;

impl Default for ResizeImages {
    fn default() -> Self {
        Self { columns: Vec::new(), height: 28, width: 28, channels: 1, fitted: Vec::new() }
    }
}

impl ResizeImages {
    /// The pictures of `before` that this step could not read, in row order: rows that `after` (its result) lacks, or
    /// where it has no pixels.
    pub fn unreadable(&self, before: &Rows, after: &Rows) -> Result<Vec<Skipped>, Trouble> {
        let mut skipped = Vec::new();
        let numbers = before.row_numbers();
        for fitted in present(before, &self.fitted)? {
            let pixels = after.column(&fitted.column)?.is_not_null();
            let mut readable: Vec<u32> = after
                .row_numbers()
                .into_iter()
                .zip(pixels.iter())
                .filter(|(_, is_there)| *is_there == Some(true))
                .map(|(number, _)| number)
                .collect();
            readable.sort_unstable();
            let paths = before.texts(&fitted.column)?;
            let missing = numbers
                .iter()
                .zip(paths.iter())
                .filter(|(row, _)| readable.binary_search(row).is_err());
            let (rows, paths): (Vec<u32>, Vec<&str>) =
                missing.map(|(row, path)| (*row, path.unwrap_or_default())).unzip();
            for ((row, path), result) in rows.iter().zip(&paths).zip(self.decode_files(&paths)) {
                let reason = match result {
                    _ if path.is_empty() => say!("the row names no file", "该行没有文件"),
                    Err(trouble) => trouble.details.found,
                    Ok(_) => continue,
                };
                skipped.push(Skipped { row: *row, path: (*path).to_owned(), reason });
            }
        }
        skipped.sort_by_key(|skipped| skipped.row);
        Ok(skipped)
    }

    fn form(&self) -> ColumnKind {
        ColumnKind::Image(ImageForm::Pixels {
            height: self.height,
            width: self.width,
            channels: self.channels,
            mean: vec![0.0; self.channels],
            std: vec![1.0; self.channels],
            augment: Augment::default(),
        })
    }

    fn decode_files(&self, paths: &[&str]) -> Vec<Result<Vec<u8>, Trouble>> {
        let paths: Vec<&Path> = paths.iter().map(Path::new).collect();
        let never = CancelToken::default();
        images::decode_all(&paths, self.height, self.width, self.channels, &never)
    }

    fn decode(&self, rows: &Rows, name: &str) -> Result<Series, Trouble> {
        let texts = rows.texts(name)?;
        let paths: Vec<Option<&str>> = texts.iter().collect();
        let n_bytes = self.height * self.width * self.channels;
        let mut pixels = BinaryChunkedBuilder::new(name.into(), paths.len());
        // In blocks, so that the pictures are held twice only for the length of one.
        for block in paths.chunks(BLOCK_FILES) {
            let files: Vec<&str> = block.iter().flatten().copied().collect();
            let mut decoded = self.decode_files(&files).into_iter();
            for path in block {
                let picture = path.and_then(|_| decoded.next()?.ok());
                pixels.append_option(picture.filter(|picture| picture.len() == n_bytes));
            }
        }
        Ok(pixels.finish().into_series())
    }
}

impl RecipeStep for ResizeImages {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let (height, width, channels) = (self.height, self.width, self.channels);
        let is_side = |side: usize| (1..=MAX_SIDE).contains(&side);
        if !is_side(height) || !is_side(width) || ![1, 3].contains(&channels) {
            return Err(Trouble::new(
                "image-size-invalid",
                say!(
                    "the size is {height} × {width} × {channels}",
                    "尺寸为 {height} × {width} × {channels}"
                ),
            )
            .expected(say!(
                "1 to {MAX_SIDE} pixels a side, and 1 or 3 channels",
                "每边 1 到 {MAX_SIDE} 像素，1 或 3 个通道"
            )));
        }
        let mut fitted = learn(training, &self.columns, &["image"], |_| Ok(()))?;
        let is_file = |name: &str| {
            let kind = training.schema.get(name).map(|column| &column.kind);
            kind == Some(&ColumnKind::Image(ImageForm::Files))
        };
        if let Some(done) =
            fitted.iter().find(|one| !self.columns.is_empty() && !is_file(&one.column))
        {
            let name = &done.column;
            return Err(Trouble::new(
                "image-resized",
                say!("`{name}` has been resized before", "`{name}` 已调整过大小"),
            )
            .advice(say!(
                "Remove one of the two Resize images nodes.",
                "请删除其中一个“调整图像大小”节点。"
            ))
            .column(name));
        }
        fitted.retain(|one| is_file(&one.column));
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, purpose: Purpose) -> Result<Rows, Trouble> {
        let present = present(&rows, &self.fitted)?;
        let mut decoded = Vec::with_capacity(present.len());
        for fitted in present {
            decoded.push(self.decode(&rows, &fitted.column)?);
        }
        let is_complete =
            decoded.iter().map(|series| series.is_not_null()).reduce(|all, one| &all & &one);
        rows.set_all(decoded, Some(&self.form()))?;
        match is_complete {
            Some(is_complete) if purpose == Purpose::Building => rows.filter(&is_complete),
            _ => Ok(rows),
        }
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        Vec::new()
    }

    fn describe(&self) -> Words {
        let (height, width, channels) = (self.height, self.width, self.channels);
        say!(
            "Resize images to {height} × {width} × {channels}",
            "将图像调整为 {height} × {width} × {channels}"
        )
    }
}
