//! Folders of pictures, and pictures decoded to bytes.

use std::cmp::Ordering;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use image::imageops::FilterType;
use image::{ImageDecoder as _, ImageReader, Limits};
use pg_base::{CancelToken, Trouble, say};
use polars::prelude::*;
use rayon::prelude::*;

use super::ReadTable;
use crate::schema::{Column, ColumnKind, ImageForm, Role, Schema};
use crate::table::{Table, polars_trouble};

/// Name of the column with the paths of pictures.
pub const IMAGE: &str = "image";
/// Name of the column with the names of the sub-folders.
pub const LABEL: &str = "label";

/// Larger pictures are refused before they are decoded.
const MAX_PIXELS: u64 = 50_000_000;
/// A decoder may not take more memory: 50 megapixels of four 16-bit channels.
const MAX_DECODED_BYTES: u64 = MAX_PIXELS * 8;
const EXTENSIONS: [&str; 6] = ["png", "jpg", "jpeg", "bmp", "gif", "webp"];

/// Lists the pictures of a folder: `image` and, where sub-folders hold them, the sub-folder's name as target `label`.
///
/// Sorted by class, then by name, numbers in names by value.
pub fn scan_image_folder(folder: &Path, cancel: &CancelToken) -> Result<ReadTable, Trouble> {
    if folder.is_file() {
        return Err(Trouble::new("file-not-folder", say!("this is a file", "这是一个文件"))
            .expected(say!(
                "a folder with one sub-folder per class",
                "每个类别一个子文件夹的文件夹"
            ))
            .advice(say!("Choose the folder that holds the pictures.", "请选择包含图片的文件夹。"))
            .path(folder));
    }
    let top = list(folder)?;
    let (mut paths, mut labels, mut n_ignored, mut warnings) =
        (Vec::new(), Vec::new(), top.n_other, Vec::new());
    for class_folder in &top.folders {
        cancel.check()?;
        let Some(class) = class_folder.file_name().and_then(|name| name.to_str()) else {
            n_ignored += 1;
            continue;
        };
        let inside = list(class_folder)?;
        n_ignored += inside.n_other + inside.folders.len();
        if inside.pictures.is_empty() {
            let found =
                say!("the sub-folder `{class}` holds no pictures", "子文件夹 `{class}` 中没有图片");
            warnings.push(Trouble::new("class-empty", found).path(class_folder));
        }
        labels.extend(inside.pictures.iter().map(|_| class.to_owned()));
        paths.extend(inside.pictures);
    }
    let has_classes = !paths.is_empty();
    if has_classes {
        n_ignored += top.pictures.len();
    } else {
        paths = top.pictures;
    }
    if paths.is_empty() {
        return Err(Trouble::new(
            "folder-empty",
            say!("the folder holds no pictures", "文件夹中没有图片"),
        )
        .expected(say!(
            "one sub-folder per class with PNG, JPEG, BMP, GIF or WebP files",
            "每个类别一个子文件夹，内含 PNG、JPEG、BMP、GIF 或 WebP 文件"
        ))
        .path(folder));
    }
    if n_ignored > 0 {
        let found = say!(
            "{n_ignored} other files and folders were ignored",
            "已忽略 {n_ignored} 个其他文件和文件夹"
        );
        warnings.push(Trouble::new("files-ignored", found).path(folder));
    }
    let n_rows = paths.len();
    let mut columns = vec![Series::new(IMAGE.into(), paths).into()];
    let mut schema =
        Schema { columns: vec![Column::new(IMAGE, ColumnKind::Image(ImageForm::Files))] };
    if has_classes {
        columns.push(Series::new(LABEL.into(), labels).into());
        schema.columns.push(Column::new(LABEL, ColumnKind::Category).with_role(Role::Target));
    }
    let frame = DataFrame::new(n_rows, columns).map_err(polars_trouble)?;
    Ok(ReadTable { table: Table::from_source(frame, schema)?, warnings, sniffed: None })
}

/// What the head of a picture file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageHead {
    /// Pixels.
    pub height: u32,
    /// Pixels.
    pub width: u32,
    /// Whether it has one channel of brightness only.
    pub is_grey: bool,
}

/// Reads the head of a picture; nothing is decoded.
pub fn probe_image(path: &Path) -> Result<ImageHead, Trouble> {
    let corrupt = |error: image::ImageError| {
        Trouble::new(
            "image-corrupt",
            say!("the picture cannot be read: {error}", "无法读取该图片：{error}"),
        )
        .path(path)
    };
    let io = |error: io::Error| Trouble::io(&error, path);
    let reader = ImageReader::open(path).map_err(io)?.with_guessed_format().map_err(io)?;
    let decoder = reader.into_decoder().map_err(corrupt)?;
    let (width, height) = decoder.dimensions();
    Ok(ImageHead { height, width, is_grey: !decoder.color_type().has_color() })
}

/// Decodes a picture to `height * width * channels` bytes, row by row, channels last: 1 (grey) or 3 (red, green, blue).
pub fn decode(
    path: &Path,
    height: usize,
    width: usize,
    channels: usize,
) -> Result<Vec<u8>, Trouble> {
    let corrupt = |error: &dyn std::fmt::Display| {
        Trouble::new(
            "image-corrupt",
            say!("the picture cannot be decoded: {error}", "无法解码该图片：{error}"),
        )
        .advice(say!("Replace or remove the file.", "请替换或删除该文件。"))
        .path(path)
    };
    let io = |error: io::Error| Trouble::io(&error, path);
    let open = || ImageReader::open(path)?.with_guessed_format();
    let (n_across, n_down) =
        open().map_err(io)?.into_dimensions().map_err(|error| corrupt(&error))?;
    if u64::from(n_across) * u64::from(n_down) > MAX_PIXELS {
        let n_megapixels = MAX_PIXELS / 1_000_000;
        return Err(Trouble::new(
            "image-too-large",
            say!(
                "the picture has {n_across} × {n_down} pixels",
                "图片大小为 {n_across} × {n_down} 像素"
            ),
        )
        .expected(say!("at most {n_megapixels} megapixels", "不超过 {n_megapixels} 百万像素"))
        .path(path));
    }
    let mut reader = open().map_err(io)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| corrupt(&error))?;
    let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
        return Err(Trouble::internal("a picture size beyond 32 bits"));
    };
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Trouble::new(
            "image-size",
            say!("a size of {width} × {height} was asked for", "要求的大小为 {width} × {height}"),
        )
        .expected(say!(
            "at least one pixel and at most 50 megapixels",
            "至少 1 像素，至多 5000 万像素"
        )));
    }
    // Converted first: resizing one channel costs a quarter of resizing four.
    Ok(match channels {
        1 => fit(picture.to_luma8(), width, height).into_raw(),
        _ => fit(picture.to_rgb8(), width, height).into_raw(),
    })
}

/// Decodes many pictures in parallel, in the order given; after a cancel the rest is reported as cancelled.
pub fn decode_all(
    paths: &[impl AsRef<Path> + Sync],
    height: usize,
    width: usize,
    channels: usize,
    cancel: &CancelToken,
) -> Vec<Result<Vec<u8>, Trouble>> {
    let one = |path: &Path| cancel.check().and_then(|()| decode(path, height, width, channels));
    paths.par_iter().map(|path| one(path.as_ref())).collect()
}

/// Whether a file has the name of a picture.
pub(super) fn is_picture(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension))
    })
}

fn fit<P>(
    picture: image::ImageBuffer<P, Vec<u8>>,
    width: u32,
    height: u32,
) -> image::ImageBuffer<P, Vec<u8>>
where
    P: image::Pixel<Subpixel = u8> + 'static,
{
    if picture.dimensions() == (width, height) {
        return picture;
    }
    image::imageops::resize(&picture, width, height, FilterType::Triangle)
}

/// What a folder holds, hidden things left aside.
struct Listing {
    pictures: Vec<String>,
    folders: Vec<PathBuf>,
    n_other: usize,
}

fn list(folder: &Path) -> Result<Listing, Trouble> {
    let io = |error: io::Error| Trouble::io(&error, folder);
    let mut listing = Listing { pictures: Vec::new(), folders: Vec::new(), n_other: 0 };
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            listing.folders.push(path);
        } else {
            match path.to_str().filter(|_| is_picture(&path)) {
                Some(text) => listing.pictures.push(text.to_owned()),
                None => listing.n_other += 1,
            }
        }
    }
    listing
        .folders
        .sort_by(|one, other| natural_order(&one.to_string_lossy(), &other.to_string_lossy()));
    listing.pictures.sort_by(|one, other| natural_order(one, other));
    Ok(listing)
}

/// Compares names so that `a2` comes before `a10`.
fn natural_order(one: &str, other: &str) -> Ordering {
    let (mut one_rest, mut other_rest) = (one, other);
    while let (Some(a), Some(b)) = (one_rest.chars().next(), other_rest.chars().next()) {
        let ordering = if a.is_ascii_digit() && b.is_ascii_digit() {
            let (one_digits, one_after) = leading_digits(one_rest);
            let (other_digits, other_after) = leading_digits(other_rest);
            (one_rest, other_rest) = (one_after, other_after);
            one_digits.len().cmp(&other_digits.len()).then_with(|| one_digits.cmp(other_digits))
        } else {
            one_rest = one_rest.get(a.len_utf8()..).unwrap_or_default();
            other_rest = other_rest.get(b.len_utf8()..).unwrap_or_default();
            a.cmp(&b)
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    // Equal up to leading zeros or an end: the plain order decides, so that the order is total.
    one_rest.len().cmp(&other_rest.len()).then_with(|| one.cmp(other))
}

/// The leading digits without leading zeros, and what follows.
fn leading_digits(text: &str) -> (&str, &str) {
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(n_digits).unwrap_or((text, ""));
    (digits.trim_start_matches('0'), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_numbers_are_ordered_by_value() {
        let mut names = ["b", "a10", "a2", "a02", "a", "1", "10", "9"];
        names.sort_by(|one, other| natural_order(one, other));
        assert_eq!(names, ["1", "9", "10", "a", "a02", "a2", "a10", "b"]);
    }
}
