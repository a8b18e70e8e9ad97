//! A table of text inside a zip archive, as a stream.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use pg_base::{Trouble, say};
use zip::{CompressionMethod, ZipArchive};

use super::source::Counted;

/// Opens the member of that name, or the first one that looks like a table of text.
pub(super) fn open(
    file: File,
    path: &Path,
    entry: Option<&str>,
    n_read: Arc<AtomicU64>,
) -> Result<Box<dyn Read + Send>, Trouble> {
    let damaged = |error: String| {
        Trouble::new(
            "file-corrupt",
            say!("the zip archive is damaged: {error}", "zip 压缩包已损坏：{error}"),
        )
        .advice(say!("Download or copy the file again.", "请重新下载或复制该文件。"))
        .path(path)
    };
    let mut archive = ZipArchive::new(file).map_err(|error| damaged(error.to_string()))?;
    let names: Vec<String> = archive.file_names().filter_map(Result::ok).map(Into::into).collect();
    if names.iter().any(|name| name == "[Content_Types].xml" || name == "mimetype") {
        return Err(Trouble::new(
            "file-not-text",
            say!("this is an office document", "这是办公文档"),
        )
        .expected(say!("text with delimiters (CSV, TSV)", "带分隔符的文本（CSV、TSV）"))
        .advice(say!("Use Excel file instead.", "请改用“Excel 文件”。"))
        .path(path));
    }
    let chosen = match entry {
        Some(entry) => names.iter().find(|name| name.as_str() == entry),
        // A text beside a table is most likely about it.
        None => names
            .iter()
            .filter(|name| is_table(name))
            .min_by_key(|name| name.to_lowercase().ends_with(".txt")),
    };
    let Some(chosen) = chosen else {
        let listed = shown(&names);
        let trouble = match entry {
            Some(entry) => Trouble::new(
                "entry-missing",
                say!("the archive holds no `{entry}`", "压缩包中没有 `{entry}`"),
            ),
            None => Trouble::new(
                "zip-without-table",
                say!("the archive holds no table", "压缩包中没有表格"),
            ),
        };
        return Err(trouble
            .expected(say!("a CSV, TSV or TXT file inside", "其中包含 CSV、TSV 或 TXT 文件"))
            .advice(say!("It holds: {listed}.", "其中有：{listed}。"))
            .param("entry")
            .path(path));
    };
    let member = archive.by_name(chosen).map_err(|error| damaged(error.to_string()))?;
    let (start, n_bytes, method) =
        (member.data_start(), member.compressed_size(), member.compression());
    let is_encrypted = member.encrypted();
    drop(member);
    let mut file = archive.into_inner();
    file.seek(SeekFrom::Start(start.unwrap_or_default()))
        .map_err(|error| Trouble::io(&error, path))?;
    let bytes = Counted { file, n_read }.take(n_bytes);
    match method {
        _ if is_encrypted => Err(Trouble::new(
            "file-encrypted",
            say!("the archive is protected by a password", "压缩包受密码保护"),
        )
        .advice(say!("Unpack it and choose the file inside.", "请解压后选择其中的文件。"))
        .path(path)),
        CompressionMethod::Stored => Ok(Box::new(bytes)),
        CompressionMethod::Deflated => Ok(Box::new(flate2::read::DeflateDecoder::new(bytes))),
        other => Err(damaged(format!("compression {other}"))),
    }
}

fn is_table(name: &str) -> bool {
    let is_hidden = name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    !is_hidden
        && ["csv", "tsv", "txt", "data", "jsonl", "ndjson"]
            .contains(&extension.to_lowercase().as_str())
}

/// The first few names.
fn shown(names: &[String]) -> String {
    const MOST: usize = 8;
    let mut listed = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        listed.push_str(", …");
    }
    listed
}
