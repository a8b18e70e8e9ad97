//! The container: a zip of named parts closed by a seal, so that no changed byte goes unnoticed.
//!
//! Layout: an ordinary zip whose archive comment is [`MARK`] and the SHA-256 of every byte before the comment.
//! The seal is looked at before anything is parsed; it guards against damage, not against malice, so all limits hold too.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _, Write as _};

use pg_base::{Trouble, Words, hash, say};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::{FORMAT_VERSION, too_large};

/// The name of the list of parts.
pub(super) const MANIFEST: &str = "manifest.json";
/// The name of the weights of a network, a large part.
pub(super) const WEIGHTS: &str = "weights.safetensors";
/// The name of what an estimator learnt, a large part; it stands in the place of blueprint and weights.
pub(super) const ESTIMATOR: &str = "estimator.json";
/// Every part there is.
pub(super) const PARTS: [&str; 13] = [
    MANIFEST,
    "README.md",
    "schema.json",
    "recipe.json",
    "encoder.json",
    "classes.json",
    "blueprint.json",
    "training.json",
    "metrics.json",
    "golden.json",
    "graph.json",
    ESTIMATOR,
    WEIGHTS,
];

const MARK: &str = "pyromodel sha256 ";
const DIGEST_LENGTH: usize = 64;
const FORMAT: &str = "pyromodel";

/// Largest part but what was learnt, in bytes.
const MAX_PART_BYTES: u64 = 64 << 20;
/// Largest part that was learnt, in bytes.
const MAX_WEIGHTS_BYTES: u64 = 8 << 30;
/// Inflated bytes that are fine whatever the file's size; beyond, at most [`MAX_RATIO`] times the file.
const FREE_BYTES: u64 = 256 << 20;
const MAX_RATIO: u64 = 200;

/// The list of parts.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: String,
    format_version: u64,
    /// Version of the program that wrote it.
    program: String,
    parts: Vec<PartEntry>,
}

/// One part.
#[derive(Debug, Serialize, Deserialize)]
struct PartEntry {
    name: String,
    n_bytes: u64,
    sha256: String,
}

/// Whether a part holds what was learnt.
fn is_large(name: &str) -> bool {
    [WEIGHTS, ESTIMATOR].contains(&name)
}

/// Writes the parts (without the manifest, which is made here).
pub(super) fn pack(parts: &[(&str, Vec<u8>)]) -> Result<Vec<u8>, Trouble> {
    let entries = parts.iter().map(|(name, bytes)| PartEntry {
        name: (*name).to_owned(),
        n_bytes: bytes.len() as u64,
        sha256: hash::sha256_hex(bytes),
    });
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        format_version: FORMAT_VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        parts: entries.collect(),
    };
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(Trouble::internal)?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let all = [(MANIFEST, manifest.as_slice())]
        .into_iter()
        .chain(parts.iter().map(|(name, bytes)| (*name, bytes.as_slice())));
    for (name, bytes) in all {
        // Weights hardly shrink, and stored ones load faster.
        let method =
            if name == WEIGHTS { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .compression_level(None)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(bytes.len() as u64 >= u64::from(u32::MAX));
        zip.start_file(name, options).map_err(Trouble::internal)?;
        zip.write_all(bytes).map_err(Trouble::internal)?;
    }
    zip.set_comment(format!("{MARK}{}", "0".repeat(DIGEST_LENGTH))).map_err(Trouble::internal)?;
    let mut bytes = zip.finish().map_err(Trouble::internal)?.into_inner();
    let start = bytes.len().saturating_sub(MARK.len() + DIGEST_LENGTH);
    bytes.truncate(start);
    let digest = hash::sha256_hex(&bytes);
    bytes.extend_from_slice(MARK.as_bytes());
    bytes.extend_from_slice(digest.as_bytes());
    Ok(bytes)
}

/// Reads the parts (without the manifest) after checking seal, version, names, sizes and sums.
pub(super) fn unpack(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Trouble> {
    let Some((body, digest)) = split_seal(bytes) else {
        return Err(damaged(
            "container",
            &say!("its end is missing, or it is no model bundle", "文件结尾缺失，或不是模型包"),
        ));
    };
    if hash::sha256_hex(body).as_bytes() != digest {
        let part = first_damaged_part(bytes).unwrap_or_else(|| "container".to_owned());
        return Err(damaged(&part, &say!("its checksum differs", "校验和不一致")));
    }
    let mut parts = read_entries(bytes)?;
    let manifest = parts
        .remove(MANIFEST)
        .ok_or_else(|| damaged(MANIFEST, &say!("it is missing", "缺少该部分")))?;
    let manifest = read_manifest(&manifest)?;
    if let Some(name) = parts.keys().find(|name| !PARTS.contains(&name.as_str())) {
        return Err(Trouble::new(
            "bundle-unknown-part",
            say!(
                "the bundle holds a part `{name}` that nobody knows",
                "模型包中含有未知部分 `{name}`"
            ),
        )
        .advice(say!(
            "Use the bundle as it was written, without files added to it.",
            "请使用原始的模型包，不要向其中添加文件。"
        )));
    }
    let mut listed = BTreeSet::new();
    for entry in &manifest.parts {
        let name = entry.name.as_str();
        let Some(part) = parts.get(name) else {
            return Err(damaged(name, &say!("it is missing", "缺少该部分")));
        };
        if part.len() as u64 != entry.n_bytes
            || hash::sha256_hex(part) != entry.sha256
            || !listed.insert(name)
        {
            return Err(damaged(name, &say!("its checksum differs", "校验和不一致")));
        }
    }
    if let Some(name) = parts.keys().find(|name| !listed.contains(name.as_str())) {
        return Err(damaged(name, &say!("the manifest does not list it", "清单中没有该部分")));
    }
    Ok(parts)
}

/// The trouble of a part that is not what it was.
pub(super) fn damaged(part: &str, why: &Words) -> Trouble {
    let (en, zh) = (&why.en, &why.zh);
    Trouble::new(
        "bundle-damaged",
        say!("the bundle is damaged in `{part}`: {en}", "模型包的 `{part}` 部分已损坏：{zh}"),
    )
    .advice(say!(
        "Copy the file again, or bundle the model again.",
        "请重新复制该文件，或重新打包模型。"
    ))
}

fn split_seal(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (rest, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST_LENGTH)?)?;
    Some((rest.strip_suffix(MARK.as_bytes())?, digest))
}

fn read_manifest(bytes: &[u8]) -> Result<Manifest, Trouble> {
    let unreadable = |error: serde_json::Error| damaged(MANIFEST, &say!("{error}", "{error}"));
    let value: Value = serde_json::from_slice(bytes).map_err(unreadable)?;
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(damaged(MANIFEST, &say!("it describes something else", "其内容并非模型包")));
    }
    // Read before the rest, which a newer version may have changed.
    let version = value.get("format_version").and_then(Value::as_u64).unwrap_or(0);
    if version > FORMAT_VERSION {
        let program = value.get("program").and_then(Value::as_str).unwrap_or("?").to_owned();
        return Err(Trouble::new(
            "bundle-newer",
            say!(
                "the bundle has the format {version}, written by version {program}",
                "模型包格式为 {version}，由 {program} 版本写入"
            ),
        )
        .expected(say!("at most format {FORMAT_VERSION}", "格式不超过 {FORMAT_VERSION}"))
        .advice(say!("Use a newer version of Pyrograph.", "请使用更新版本的 Pyrograph。")));
    }
    if version == 0 {
        return Err(damaged(MANIFEST, &say!("it names no format version", "没有格式版本号")));
    }
    serde_json::from_value(value).map_err(unreadable)
}

/// All entries by name, within the limits.
fn read_entries(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Trouble> {
    let unreadable =
        |part: &str, error: &dyn std::fmt::Display| damaged(part, &say!("{error}", "{error}"));
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable("container", &error))?;
    if archive.len() > 4 * PARTS.len() {
        let n_parts = archive.len();
        return Err(too_large(say!("the bundle has {n_parts} parts", "模型包有 {n_parts} 个部分")));
    }
    if archive.has_duplicate_names() {
        return Err(unreadable("container", &"two parts have the same name"));
    }
    let mut n_left =
        FREE_BYTES.max(MAX_RATIO.saturating_mul(bytes.len() as u64)).min(MAX_WEIGHTS_BYTES);
    let mut entries = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|error| unreadable("container", &error))?;
        let name = file.name().map_err(|error| unreadable("container", &error))?.into_owned();
        if !file.is_file() || file.is_symlink() || file.encrypted() {
            return Err(unreadable(&name, &"it is no ordinary file"));
        }
        let limit = if is_large(&name) { MAX_WEIGHTS_BYTES } else { MAX_PART_BYTES }.min(n_left);
        let mut content = Vec::new();
        // One byte more than allowed, to tell a part that just fits from one that goes on.
        let n_read = (&mut file)
            .take(limit + 1)
            .read_to_end(&mut content)
            .map_err(|error| unreadable(&name, &error))? as u64;
        if n_read > limit {
            return Err(too_large(say!(
                "the part `{name}` inflates to more than {limit} bytes",
                "`{name}` 解压后超过 {limit} 字节"
            )));
        }
        n_left -= n_read;
        entries.insert(name, content);
    }
    Ok(entries)
}

/// The first part that differs from what the manifest says, where that much can still be read.
fn first_damaged_part(bytes: &[u8]) -> Option<String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut read = |name: &str| -> Option<Vec<u8>> {
        let file = archive.by_name(name).ok()?;
        let mut content = Vec::new();
        let limit = if is_large(name) { MAX_WEIGHTS_BYTES } else { MAX_PART_BYTES };
        file.take(limit).read_to_end(&mut content).ok()?;
        Some(content)
    };
    let Some(manifest) = read(MANIFEST).and_then(|manifest| read_manifest(&manifest).ok()) else {
        return Some(MANIFEST.to_owned());
    };
    let is_damaged = |entry: &&PartEntry| {
        read(&entry.name).is_none_or(|part| hash::sha256_hex(&part) != entry.sha256)
    };
    manifest.parts.iter().find(is_damaged).map(|entry| entry.name.clone())
}
