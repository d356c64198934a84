//! What a file is, told by its first bytes.

/// First bytes, what they are, and what to do about it.
const SIGNS: &[(&[u8], &str, &str)] = &[
    (&[0x1F, 0x8B], "gzip data", UNPACK),
    (&[0x28, 0xB5, 0x2F, 0xFD], "zstd data", UNPACK),
    (b"BZh", "bzip2 data", UNPACK),
    (b"\xFD7zXZ\0", "xz data", UNPACK),
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (
        b"\x93NUMPY",
        "a NumPy array",
        "it has no words: train with `w2v train`",
    ),
    (b"FiFu", "a finalfusion file", TRAIN),
    (&[0xBA, 0x16, 0x4F, 0x2F], "a fastText model", TRAIN),
    (b"\x89HDF\r\n\x1A\n", "an HDF5 file", TRAIN),
    (b"%PDF-", "a PDF document", TRAIN),
    (b"SQLite format 3\0", "an SQLite database", TRAIN),
];

const UNPACK: &str = "unpack it first";
const TRAIN: &str = "name a file that `w2v train` wrote";
const PICKLE: &str = "only Python can read it: name a file that `w2v train` wrote";

/// What `bytes` look like, and the cure.
pub(super) fn describe(bytes: &[u8]) -> (&'static str, &'static str) {
    if bytes.is_empty() {
        return ("an empty file", "train or copy it again");
    }
    if let [0x80, 2..=5, ..] = bytes {
        return ("a Python pickle (gensim's own format)", PICKLE);
    }
    let sign = SIGNS.iter().find(|(start, ..)| bytes.starts_with(start));
    if let Some(&(_, found, cure)) = sign {
        return (found, cure);
    }
    let head = &bytes[..bytes.len().min(4096)];
    match (word2vec_header(head), is_text(head)) {
        (true, false) => ("a word2vec binary file", TRAIN),
        (true, true) => ("a word2vec text file", TRAIN),
        (false, true) => ("text", "train on it with `w2v train`"),
        (false, false) => ("unknown binary data", TRAIN),
    }
}

/// Two whole numbers, then a line break.
fn word2vec_header(head: &[u8]) -> bool {
    let Some(line) = head.split(|&b| b == b'\n').next().filter(|l| l.len() < 42) else {
        return false;
    };
    let is_number = |field: &[u8]| !field.is_empty() && field.iter().all(u8::is_ascii_digit);
    let mut fields = line.trim_ascii().split(|&b| b == b' ');
    fields.by_ref().take(2).filter(|f| is_number(f)).count() == 2 && fields.next().is_none()
}

fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character may be cut where the head ends.
        Err(e) => e.error_len().is_none(),
    };
    valid && !head.contains(&0)
}
