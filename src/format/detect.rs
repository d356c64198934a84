//! What a file is, told by its first bytes.

use super::{Format, native, text};

/// What is known about a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// A format that can be read.
    Known(Format),
    /// What it looks like, and what to do about it.
    Unknown(&'static str, &'static str),
}

/// First bytes, what they are, and what to do about it.
const SIGNS: &[(&[u8], Content)] = &[
    (native::MAGIC, Content::Known(Format::Native)),
    (b"\x93NUMPY", Content::Known(Format::Npy)),
    (b"FiFu", Content::Known(Format::Finalfusion)),
    (
        &[0xBA, 0x16, 0x4F, 0x2F],
        Content::Known(Format::FastTextModel),
    ),
    (
        &[0x1F, 0x8B],
        Content::Unknown("gzip data in gzip data", UNPACK),
    ),
    (
        &[0x28, 0xB5, 0x2F, 0xFD],
        Content::Unknown("zstd data in packed data", UNPACK),
    ),
    (b"BZh", Content::Unknown("bzip2 data", UNPACK)),
    (b"\xFD7zXZ\0", Content::Unknown("xz data", UNPACK)),
    (b"PK\x03\x04", Content::Unknown("a zip archive", UNPACK)),
    (
        b"7z\xBC\xAF\x27\x1C",
        Content::Unknown("a 7z archive", UNPACK),
    ),
    (
        b"\x89HDF\r\n\x1A\n",
        Content::Unknown("an HDF5 file", EXPORT),
    ),
    (b"%PDF-", Content::Unknown("a PDF document", OTHER)),
    (
        b"SQLite format 3\0",
        Content::Unknown("an SQLite database (.magnitude?)", EXPORT),
    ),
    (b"\x89PNG", Content::Unknown("a picture", OTHER)),
];

const UNPACK: &str = "unpack it first";
const EXPORT: &str = "export it as word2vec text or binary with the tool that wrote it";
const OTHER: &str = "name a file of vectors";
const PICKLE: &str = "only Python can read it: load it in gensim and write it with \
                      `model.wv.save_word2vec_format(\"vectors.bin\", binary=True)`";

/// What a file is that begins with `head`: see [`text::head`].
pub(super) fn recognise(head: &[u8]) -> Content {
    if head.is_empty() {
        return Content::Unknown("an empty file", "train or copy it again");
    }
    if let [0x80, 2..=5, ..] = head {
        return Content::Unknown("a Python pickle (gensim's own format)", PICKLE);
    }
    let sign = SIGNS.iter().find(|(start, _)| head.starts_with(start));
    if let Some(&(_, content)) = sign {
        return content;
    }
    if is_safetensors(head) {
        return Content::Known(Format::Safetensors);
    }
    if is_word2vec_binary(head) {
        return Content::Known(Format::Word2vecBinary);
    }
    if text::is_numbers_only(head) {
        return Content::Known(Format::TensorBoard);
    }
    match text::layout(head) {
        Some(layout) if layout.header.is_some() => Content::Known(Format::Word2vecText),
        Some(_) => Content::Known(Format::Glove),
        None if is_text(head) => Content::Unknown("text", "train on it with `w2v train`"),
        None => Content::Unknown("unknown binary data", OTHER),
    }
}

/// The length of a JSON object, then the object.
fn is_safetensors(head: &[u8]) -> bool {
    let length = head.first_chunk::<8>().map(|b| u64::from_le_bytes(*b));
    length.is_some_and(|n| n < 1 << 27) && head.get(8) == Some(&b'{')
}

/// A header of two numbers, and then rows that are no text, or that end as binary ones where the
/// file does: floats may be printable.
fn is_word2vec_binary(head: &[u8]) -> bool {
    let header = text::header(head).filter(|&(words, dim)| words > 0 && dim > 0);
    let Some((words, dim)) = header else {
        return false;
    };
    let rows = head.splitn(2, |&b| b == b'\n').nth(1).unwrap_or_default();
    if rows.is_empty() || text::all_rows(head, dim) {
        return false;
    }
    let control = |b: &u8| *b < b' ' && !b"\t\n\r".contains(b);
    let odd = rows.iter().take(4096).any(control) || !is_text(rows);
    match walk_binary(rows, words, dim) {
        Some(left) => left == 0 || odd,
        None => odd && !text::is_row(head, dim),
    }
}

/// How many binary rows of all are left where `rows` end, not counting the one that is cut there;
/// `None` where a word holds a line feed, which none may, or more follows the last row.
fn walk_binary(mut rows: &[u8], words: u64, dim: usize) -> Option<u64> {
    let floats = dim.saturating_mul(4);
    for walked in 0..words {
        let feeds = rows.iter().take_while(|&&b| b == b'\n').count();
        let row = &rows[feeds..];
        let word = row.iter().position(|&b| b == b' ').unwrap_or(row.len());
        if row[..word].contains(&b'\n') {
            return None;
        }
        let Some(rest) = row[word..].get(floats.saturating_add(1)..) else {
            return Some(words.saturating_sub(walked));
        };
        rows = rest;
    }
    rows.iter().all(|b| b"\r\n".contains(b)).then_some(0)
}

fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character may be cut where the head ends.
        Err(e) => e.error_len().is_none(),
    };
    valid && !head.contains(&0)
}
