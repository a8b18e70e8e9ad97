//! The value of a picture field: a file that was chosen, the picture of a sample row, or one that the person draws.

use std::path::{Path, PathBuf};

use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};
use pg_base::{Trouble, files};
use pg_data::Schema;
use pg_data::read::{decode, probe_image};
use pg_deploy::inputs::Input;
use pg_deploy::json_rows::{JsonRow, picture_to_json, rows_from_json};
use serde_json::Value as Json;

use super::pad::Pad;
use crate::tasks::Task;

/// Larger files are no pictures for a model; the server's limit is the same.
const MAX_BYTES: u64 = 25 << 20;
/// Longer side of a preview, in pixels.
const MAX_PREVIEW: u32 = 256;

/// Where a picture comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// A file.
    File(PathBuf),
    /// The value of a sample row: a path, or the picture itself.
    Sample(Json),
    /// What was drawn: grey values row by row, and pixels across.
    Drawn(Vec<u8>, usize),
}

/// A picture that was read.
#[derive(Clone)]
pub(super) struct Loaded {
    /// What the person reads as its name; empty where it has none.
    pub name: String,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// What the model is given.
    pub json: Json,
    /// Whether its edge is dark: ink is light then.
    pub is_dark: bool,
    preview: ColorImage,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded")
            .field("name", &self.name)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// The value of a picture field.
#[derive(Default)]
pub(super) struct Picture {
    /// What is shown.
    pub loaded: Option<Loaded>,
    /// Why nothing is.
    pub trouble: Option<Trouble>,
    /// Where the person draws, while they do.
    pub pad: Option<Pad>,
    task: Option<Task<Loaded>>,
    texture: Option<TextureHandle>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture")
            .field("loaded", &self.loaded)
            .field("trouble", &self.trouble)
            .finish_non_exhaustive()
    }
}

impl Picture {
    /// Begins to read a picture; the one before stays until it is there.
    pub(super) fn load(&mut self, ctx: &Context, input: &Input, source: Source) {
        let input = input.clone();
        self.task = Some(Task::spawn(ctx, move |_| read(&input, source)));
    }

    /// Takes in what was read; true where the value changed.
    pub(super) fn poll(&mut self) -> bool {
        let Some(answer) = self.task.as_mut().and_then(Task::poll) else { return false };
        self.task = None;
        self.texture = None;
        match answer {
            Ok(loaded) => (self.loaded, self.trouble) = (Some(loaded), None),
            Err(trouble) => (self.loaded, self.trouble) = (None, Some(trouble)),
        }
        true
    }

    /// The picture for the screen; pixels of tiny ones stay visible.
    pub(super) fn texture(&mut self, ctx: &Context) -> Option<&TextureHandle> {
        let loaded = self.loaded.as_ref()?;
        let is_tiny = loaded.size.iter().all(|side| *side <= 64);
        let options = if is_tiny { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
        let texture = || ctx.load_texture("picture-field", loaded.preview.clone(), options);
        Some(self.texture.get_or_insert_with(texture))
    }
}

fn read(input: &Input, source: Source) -> Result<Loaded, Trouble> {
    match source {
        Source::File(path) => of_file(&path),
        Source::Sample(Json::String(text)) if !text.starts_with("data:") => {
            of_file(Path::new(&text))
        }
        Source::Sample(json) => {
            let row = JsonRow::from_iter([(input.column.name.clone(), json.clone())]);
            let typed = rows_from_json(std::slice::from_ref(input), &Schema::default(), &[row])
                .map_err(|troubles| troubles.into_iter().next().unwrap_or_else(unreadable))?;
            let paths = typed.rows.texts(&input.column.name)?;
            let path = paths.get(0).map(PathBuf::from).ok_or_else(unreadable)?;
            let (preview, size) = preview(&path)?;
            Ok(Loaded { name: String::new(), size, json, is_dark: is_dark(&preview), preview })
        }
        Source::Drawn(grey, n_across) => {
            let n_down = grey.len() / n_across.max(1);
            let preview = ColorImage::from_gray([n_across, n_down], &grey);
            let json = picture_to_json("image/bmp", &bitmap(&grey, n_across));
            let size = [n_across as u32, n_down as u32];
            Ok(Loaded { name: String::new(), size, json, is_dark: is_dark(&preview), preview })
        }
    }
}

fn of_file(path: &Path) -> Result<Loaded, Trouble> {
    let (preview, size) = preview(path)?;
    let bytes = files::read_limited(path, MAX_BYTES)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let json = picture_to_json("application/octet-stream", &bytes);
    Ok(Loaded { name, size, json, is_dark: is_dark(&preview), preview })
}

fn preview(path: &Path) -> Result<(ColorImage, [u32; 2]), Trouble> {
    let head = probe_image(path)?;
    let scale = f64::from(MAX_PREVIEW) / f64::from(head.width.max(head.height).max(1));
    let fit = |side: u32| ((f64::from(side) * scale.min(1.0)).round() as usize).max(1);
    let (width, height) = (fit(head.width), fit(head.height));
    let pixels = decode(path, height, width, 3)?;
    Ok((ColorImage::from_rgb([width, height], &pixels), [head.width, head.height]))
}

/// Whether the edge of a picture is dark.
fn is_dark(picture: &ColorImage) -> bool {
    let [width, height] = picture.size;
    let edge = picture.pixels.iter().enumerate().filter(|(at, _)| {
        let (x, y) = (at % width.max(1), at / width.max(1));
        x == 0 || y == 0 || x + 1 == width || y + 1 == height
    });
    let (sum, n) = edge.fold((0_u64, 0_u64), |(sum, n), (_, color)| {
        (sum + u64::from(color.r()) + u64::from(color.g()) + u64::from(color.b()), n + 3)
    });
    sum < n * 128
}

/// The simplest file that holds these grey values: a BMP of 24 bits, rows from the bottom up and filled to four bytes.
fn bitmap(grey: &[u8], n_across: usize) -> Vec<u8> {
    const HEAD: u32 = 54;
    let n_across = n_across.max(1);
    let n_down = grey.len() / n_across;
    let n_padding = (4 - n_across * 3 % 4) % 4;
    let n_pixel_bytes = ((n_across * 3 + n_padding) * n_down) as u32;
    let mut bytes = Vec::with_capacity((HEAD + n_pixel_bytes) as usize);
    bytes.extend(b"BM");
    for word in [HEAD + n_pixel_bytes, 0, HEAD, 40, n_across as u32, n_down as u32] {
        bytes.extend(word.to_le_bytes());
    }
    // One plane of 24 bits, not compressed; the rest may be 0.
    bytes.extend([1, 0, 24, 0]);
    for word in [0, n_pixel_bytes, 0, 0, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    for row in grey.chunks_exact(n_across).rev() {
        bytes.extend(row.iter().flat_map(|value| [*value; 3]));
        bytes.extend(std::iter::repeat_n(0, n_padding));
    }
    bytes
}

fn unreadable() -> Trouble {
    Trouble::internal("the picture of a sample row is not there")
}

#[cfg(test)]
mod tests {
    use pg_data::{Column, ColumnKind, ImageForm};
    use pg_deploy::inputs::InputKind;

    use super::*;

    #[test]
    fn what_is_drawn_is_a_picture_that_the_model_can_read() {
        let column = Column::new("picture", ColumnKind::Image(ImageForm::Files));
        let input = Input { column, kind: InputKind::Picture, may_be_missing: false };
        let grey: Vec<u8> = (0..15).map(|value| value * 10).collect();
        let drawn = read(&input, Source::Drawn(grey, 5)).expect("drawn");
        let back = read(&input, Source::Sample(drawn.json)).expect("a picture file");
        assert_eq!(back.size, [5, 3]);
        assert_eq!(back.preview.pixels, drawn.preview.pixels);
        assert!(back.is_dark);
        let missing = read(&input, Source::Sample(Json::from("nowhere.png"))).expect_err("no file");
        assert_eq!(missing.code, "file-missing");
    }
}
