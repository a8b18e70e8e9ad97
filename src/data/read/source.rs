//! The characters of a file as a stream of UTF-8: gzip undone, mark at the start removed, other encodings decoded.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Decoder, DecoderResult};
use pg_base::{Trouble, say};

use super::blanks::Blanks;
use super::encoding::{Encoding, byte_order_mark};
use super::zipped;

/// How far [`TextSource::fill`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// There may be more.
    More,
    /// The file is at its end.
    End,
    /// The next bytes do not belong to the encoding; everything before them was delivered.
    BytesInvalid,
}

enum Decoding {
    /// Only ASCII so far, which means the same in every encoding but UTF-16.
    Undecided,
    /// Delivered as it is; whoever cuts it into records checks it.
    Utf8,
    Other(Box<Decoder>),
}

/// A stream of text; every encoding but UTF-8 is checked here.
pub(super) struct TextSource {
    reader: Box<dyn Read + Send>,
    decoding: Decoding,
    encoding: Encoding,
    is_declared: bool,
    is_at_start: bool,
    is_gzip: bool,
    is_zip: bool,
    raw: Vec<u8>,
    /// Where columns stand apart by blanks.
    blanks: Option<Blanks>,
    n_read: Arc<AtomicU64>,
    n_bytes: u64,
    path: PathBuf,
}

impl std::fmt::Debug for TextSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextSource")
            .field("path", &self.path)
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

impl TextSource {
    /// Opens a file; without a declared encoding it is recognised at the first byte beyond ASCII.
    pub(super) fn open(
        path: &Path,
        declared: Option<Encoding>,
        entry: Option<&str>,
    ) -> Result<Self, Trouble> {
        let io = |error: io::Error| Trouble::io(&error, path);
        let metadata = fs::metadata(path).map_err(io)?;
        if metadata.is_dir() {
            return Err(io(io::ErrorKind::IsADirectory.into()));
        }
        let n_read = Arc::new(AtomicU64::new(0));
        let mut file = Counted { file: File::open(path).map_err(io)?, n_read: n_read.clone() };
        let mut head = Vec::new();
        Read::by_ref(&mut file).take(4).read_to_end(&mut head).map_err(io)?;
        let (is_gzip, is_zip) = (head.starts_with(&[0x1f, 0x8b]), head.starts_with(b"PK\x03\x04"));
        let reader: Box<dyn Read + Send> = if is_zip {
            zipped::open(file.file, path, entry, n_read.clone())?
        } else if is_gzip {
            Box::new(flate2::read::MultiGzDecoder::new(Cursor::new(head).chain(file)))
        } else {
            refuse_binary(&head, path)?;
            Box::new(Cursor::new(head).chain(file))
        };
        Ok(Self { is_gzip, is_zip, ..Self::new(reader, declared, path, n_read, metadata.len()) })
    }

    /// A text that is in memory already.
    pub(super) fn of_bytes(text: &[u8], declared: Option<Encoding>) -> Self {
        let reader = Cursor::new(text.to_vec());
        Self::new(Box::new(reader), declared, Path::new(""), Arc::default(), text.len() as u64)
    }

    fn new(
        reader: Box<dyn Read + Send>,
        declared: Option<Encoding>,
        path: &Path,
        n_read: Arc<AtomicU64>,
        n_bytes: u64,
    ) -> Self {
        Self {
            reader,
            decoding: match declared {
                Some(Encoding::Utf8) => Decoding::Utf8,
                // The first bytes tell the order of the bytes of UTF-16.
                Some(_) | None => Decoding::Undecided,
            },
            encoding: declared.unwrap_or(Encoding::Utf8),
            is_declared: declared.is_some(),
            is_at_start: true,
            is_gzip: false,
            is_zip: false,
            raw: Vec::new(),
            blanks: None,
            n_read,
            n_bytes,
            path: path.to_owned(),
        }
    }

    /// Makes tabs of the blanks between columns, in the text so far and from here on.
    pub(super) fn unify_blanks(&mut self, text_so_far: &mut Vec<u8>) {
        let mut blanks = Blanks::default();
        blanks.unify(text_so_far, 0);
        self.blanks = Some(blanks);
    }

    /// Appends the text of about `n_bytes` further bytes.
    pub(super) fn fill(&mut self, text: &mut Vec<u8>, n_bytes: usize) -> Result<Filled, Trouble> {
        let n_before = text.len();
        let filled = self.fill_raw(text, n_bytes)?;
        if let Some(blanks) = &mut self.blanks {
            blanks.unify(text, n_before);
        }
        Ok(filled)
    }

    fn fill_raw(&mut self, text: &mut Vec<u8>, n_bytes: usize) -> Result<Filled, Trouble> {
        if matches!(self.decoding, Decoding::Utf8) && !self.is_at_start {
            // The usual case goes straight into the caller's buffer.
            let n_before = text.len();
            let result = Read::by_ref(&mut self.reader).take(n_bytes as u64).read_to_end(text);
            result.map_err(|error| self.read_trouble(&error))?;
            return Ok(if text.len() - n_before < n_bytes { Filled::End } else { Filled::More });
        }
        let mut raw = std::mem::take(&mut self.raw);
        raw.clear();
        let result = Read::by_ref(&mut self.reader).take(n_bytes as u64).read_to_end(&mut raw);
        result.map_err(|error| self.read_trouble(&error))?;
        let is_last = raw.len() < n_bytes;
        let mut bytes = raw.as_slice();
        if std::mem::take(&mut self.is_at_start)
            && let Some((encoding, codec, n_mark)) = byte_order_mark(bytes)
            && (!self.is_declared || encoding == self.encoding)
        {
            bytes = bytes.get(n_mark..).unwrap_or_default();
            self.decide(encoding, codec);
        }
        if matches!(self.decoding, Decoding::Undecided)
            && (self.is_declared || !bytes.is_ascii() || bytes.contains(&0))
        {
            let encoding = if self.is_declared { self.encoding } else { Encoding::of(bytes) };
            self.decide(encoding, encoding.codec_for(bytes));
        }
        let filled = match &mut self.decoding {
            Decoding::Undecided | Decoding::Utf8 => {
                text.extend_from_slice(bytes);
                if is_last { Filled::End } else { Filled::More }
            }
            Decoding::Other(decoder) => decode(decoder, bytes, text, is_last),
        };
        self.raw = raw;
        Ok(filled)
    }

    /// The encoding as far as it is known.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether the file is compressed.
    pub(super) fn is_gzip(&self) -> bool {
        self.is_gzip
    }

    /// Whether the bytes of the file are the text itself, as far as is known.
    pub(super) fn is_plain(&self) -> bool {
        !self.is_gzip && !self.is_zip && self.encoding == Encoding::Utf8
    }

    /// The part of the file that was read, 0..=1.
    pub(super) fn fraction(&self) -> f64 {
        if self.n_bytes == 0 {
            1.0
        } else {
            (self.n_read.load(Ordering::Relaxed) as f64 / self.n_bytes as f64).min(1.0)
        }
    }

    fn decide(&mut self, encoding: Encoding, codec: &'static encoding_rs::Encoding) {
        self.encoding = encoding;
        self.decoding = match encoding {
            Encoding::Utf8 => Decoding::Utf8,
            _ => Decoding::Other(Box::new(codec.new_decoder_without_bom_handling())),
        };
    }

    fn read_trouble(&self, error: &io::Error) -> Trouble {
        match error.kind() {
            io::ErrorKind::UnexpectedEof if self.is_gzip || self.is_zip => Trouble::new(
                "file-truncated",
                say!("the compressed file ends too early", "压缩文件不完整，提前结束"),
            )
            .expected(say!("a whole gzip or zip file", "完整的 gzip 或 zip 文件"))
            .advice(say!("Download or copy the file again.", "请重新下载或复制该文件。"))
            .path(&self.path),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other
                if self.is_gzip || self.is_zip =>
            {
                Trouble::new(
                    "file-corrupt",
                    say!("the compressed file is damaged: {error}", "压缩文件已损坏：{error}"),
                )
                .advice(say!("Download or copy the file again.", "请重新下载或复制该文件。"))
                .path(&self.path)
            }
            _ => Trouble::io(error, &self.path),
        }
    }
}

/// Files that people take for tables of text by mistake.
fn refuse_binary(head: &[u8], path: &Path) -> Result<(), Trouble> {
    let format = match head {
        [0xd0, 0xcf, 0x11, 0xe0] => "Excel 97",
        b"PAR1" => "Parquet",
        b"%PDF" => "PDF",
        [0x89, b'P', b'N', b'G'] => "PNG",
        _ => return Ok(()),
    };
    Err(Trouble::new(
        "file-not-text",
        say!("this is a file of the kind {format}", "这是 {format} 类型的文件"),
    )
    .expected(say!("text with delimiters (CSV, TSV)", "带分隔符的文本（CSV、TSV）"))
    .advice(say!("Save the table as CSV and choose that file.", "请将表格另存为 CSV 后再选择。"))
    .path(path))
}

fn decode(decoder: &mut Decoder, bytes: &[u8], text: &mut Vec<u8>, is_last: bool) -> Filled {
    let mut rest = bytes;
    loop {
        let n_before = text.len();
        let n_room = decoder
            .max_utf8_buffer_length_without_replacement(rest.len())
            .unwrap_or(rest.len() * 4 + 16);
        text.resize(n_before + n_room, 0);
        let free = text.get_mut(n_before..).unwrap_or_default();
        let (result, n_taken, n_written) =
            decoder.decode_to_utf8_without_replacement(rest, free, is_last);
        text.truncate(n_before + n_written);
        rest = rest.get(n_taken..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return if is_last { Filled::End } else { Filled::More },
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => return Filled::BytesInvalid,
        }
    }
}

/// Counts what is read, for progress.
pub(super) struct Counted {
    pub file: File,
    pub n_read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.n_read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
