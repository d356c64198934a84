//! Telling compression by content, and undoing it.

use std::io::{BufRead, BufReader, Chain, Cursor, ErrorKind, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;

/// Bytes between a decompressor and the system.
pub(super) const BUFFER: usize = 256 << 10;

/// The logarithm of the largest zstd window that is accepted, as `zstd --long=31` writes it.
const MAX_WINDOW_LOG: u32 = 31;

/// Any source of bytes.
pub(super) type Bytes = Box<dyn BufRead + Send>;

/// A reader whose first bytes were looked at.
type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// Reads the first bytes, up to `most`, and returns them and a reader of everything.
///
/// A pipe may hand out fewer bytes at once than it takes to know what follows.
pub(super) fn peek<R: Read>(mut reader: R, most: u64) -> std::io::Result<(Vec<u8>, Whole<R>)> {
    let mut head = Vec::new();
    reader.by_ref().take(most).read_to_end(&mut head)?;
    let whole = Cursor::new(head.clone()).chain(reader);
    Ok((head, whole))
}

/// The name of the compression found, and the reader of what was compressed.
pub(super) fn decompress<R: Read + Send + 'static>(
    raw: R,
) -> std::io::Result<(Option<&'static str>, Bytes)> {
    let (head, raw) = peek(raw, 10)?;
    let raw = BufReader::with_capacity(BUFFER, raw);
    if head.starts_with(&[0x1F, 0x8B]) {
        Ok((
            Some("gzip"),
            buffered(GzipMembers(Some(GzDecoder::new(raw)))),
        ))
    } else if is_zstd(&head) {
        let mut frames = zstd::Decoder::with_buffer(raw)?;
        frames.window_log_max(MAX_WINDOW_LOG)?;
        Ok((Some("zstd"), buffered(frames)))
    } else if is_bzip2(&head) {
        Ok((Some("bzip2"), buffered(MultiBzDecoder::new(raw))))
    } else if head.starts_with(b"\xFD7zXZ\0") {
        Ok((Some("xz"), buffered(XzReader::new(raw, true))))
    } else {
        Ok((None, Box::new(raw)))
    }
}

/// Members of gzip, one after the other. Tapes and block devices pad them with zeros.
struct GzipMembers<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let more = skip_zeros(member.get_mut())?;
            let ended = self.0.take().filter(|_| more);
            self.0 = ended.map(|member| GzDecoder::new(member.into_inner()));
        }
        Ok(0)
    }
}

/// Leaves out zero bytes; false where nothing follows them.
fn skip_zeros(source: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let bytes = match source.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let more = zeros < bytes.len();
        source.consume(zeros);
        if more || zeros == 0 {
            return Ok(more);
        }
    }
}

fn buffered<R: Read + Send + 'static>(reader: R) -> Bytes {
    Box::new(BufReader::with_capacity(BUFFER, reader))
}

/// Whether a zstd frame or a skippable one begins here.
fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD])
        || (head.len() >= 4 && head[0] & 0xF0 == 0x50 && head[1..4] == [0x2A, 0x4D, 0x18])
}

/// Whether a bzip2 stream begins here: its first block, or its end when it is empty.
fn is_bzip2(head: &[u8]) -> bool {
    const BLOCK: &[u8] = b"1AY&SY";
    const END: &[u8] = &[0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
    head.starts_with(b"BZh") && matches!(head.get(4..10), Some(BLOCK | END))
}
