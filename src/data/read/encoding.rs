//! Encodings of text files: what they are called, and how one is recognised.

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE, WINDOWS_1252};
use pg_base::{Text, t};
use serde::{Deserialize, Serialize};

/// How the characters of a file are written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8, with or without a mark at the start.
    Utf8,
    /// GB18030, which includes GBK and GB2312 (simplified Chinese).
    Gb18030,
    /// Windows-1252, which includes Latin-1 (western Europe).
    Latin1,
    /// UTF-16; little-endian where no mark says otherwise.
    Utf16,
}

impl Encoding {
    /// All encodings.
    pub const ALL: [Self; 4] = [Self::Utf8, Self::Gb18030, Self::Latin1, Self::Utf16];

    /// Stable id: `utf8`, `gb18030`, `latin1`, `utf16`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Gb18030 => "gb18030",
            Self::Latin1 => "latin1",
            Self::Utf16 => "utf16",
        }
    }

    /// The encoding of an id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.id() == id)
    }

    /// What the person reads.
    pub const fn label(self) -> Text {
        match self {
            Self::Utf8 => t("UTF-8", "UTF-8"),
            Self::Gb18030 => t("GB18030 (Chinese)", "GB18030（中文）"),
            Self::Latin1 => t("Latin-1 (western Europe)", "Latin-1（西欧）"),
            Self::Utf16 => t("UTF-16", "UTF-16"),
        }
    }

    pub(super) fn codec(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Gb18030 => GB18030,
            Self::Latin1 => WINDOWS_1252,
            Self::Utf16 => UTF_16LE,
        }
    }

    /// The codec of bytes that are known to be written in this encoding, without a mark at the start.
    pub(super) fn codec_for(self, bytes: &[u8]) -> &'static encoding_rs::Encoding {
        let is_big_endian =
            self == Self::Utf16 && utf16_in(bytes, |pair| matches!(pair, [0, low] if *low != 0));
        if is_big_endian { UTF_16BE } else { self.codec() }
    }

    /// Recognises the encoding of bytes without a mark at the start; the bytes may end inside a character.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if utf16_in(bytes, |pair| matches!(pair, [low, 0] if *low != 0))
            || utf16_in(bytes, |pair| matches!(pair, [0, low] if *low != 0))
        {
            return Self::Utf16;
        }
        if is_utf8_prefix(bytes) {
            return Self::Utf8;
        }
        let mut detector = chardetng::EncodingDetector::new();
        detector.feed(bytes, false);
        let guess = detector.guess(None, false);
        if !guess.is_single_byte() && is_gb18030_prefix(bytes) {
            Self::Gb18030
        } else {
            Self::Latin1
        }
    }
}

/// A mark at the start of a file: what it says and its length in bytes.
pub(super) fn byte_order_mark(
    bytes: &[u8],
) -> Option<(Encoding, &'static encoding_rs::Encoding, usize)> {
    let (codec, length) = encoding_rs::Encoding::for_bom(bytes)?;
    Some((
        if codec == encoding_rs::UTF_8 { Encoding::Utf8 } else { Encoding::Utf16 },
        codec,
        length,
    ))
}

/// UTF-16 without a mark: Latin text in it has a zero in every second byte, the one that `fits` says.
fn utf16_in(bytes: &[u8], fits: fn(&[u8]) -> bool) -> bool {
    let pairs = bytes.chunks_exact(2).take(1000);
    let n_pairs = pairs.len();
    let n_fitting = pairs.filter(|pair| fits(pair)).count();
    n_pairs >= 4 && n_fitting * 10 >= n_pairs * 7
}

fn is_utf8_prefix(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

fn is_gb18030_prefix(bytes: &[u8]) -> bool {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let mut characters =
        String::with_capacity(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(0));
    let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut characters, false);
    result == encoding_rs::DecoderResult::InputEmpty
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Encoding) {
        assert_eq!(Encoding::of(bytes), expected, "{}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn encodings_are_recognised() {
        check(b"a,b\n1,2\n", Encoding::Utf8);
        check("城市,金额\n".as_bytes(), Encoding::Utf8);
        check(b"cut in \xe5\x9f", Encoding::Utf8);
        let chinese = "订单号;客户;城市;年龄\n一;吴娜;杭州;51\n二;张欣怡;广州;66\n";
        check(&GB18030.encode(chinese).0, Encoding::Gb18030);
        let french = "nom;ville\nÉlodie été;Orléans\nFrançois;Besançon\n";
        check(&WINDOWS_1252.encode(french).0, Encoding::Latin1);
        let wide: Vec<u8> = "name,age\nBo,3\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&wide, Encoding::Utf16);
        let wide: Vec<u8> = "name,age\nBo,3\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&wide, Encoding::Utf16);
        assert_eq!(Encoding::Utf16.codec_for(&wide), UTF_16BE);
    }
}
