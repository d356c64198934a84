//! Other encodings than UTF-8, and byte order marks.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use encoding_rs::{DecoderResult, Encoding};

use super::SourceCounters;
use super::compression::{BUFFER, Bytes, peek};
use crate::error::{Result, TextError};

/// The encoding of that name; those that browsers refuse for their risks have no decoder.
pub(super) fn by_name(name: &str) -> Result<&'static Encoding> {
    Encoding::for_label_no_replacement(name.as_bytes()).ok_or_else(|| {
        TextError::UnknownEncoding {
            name: name.to_owned(),
        }
        .into()
    })
}

/// Whether [`SourceOptions::encoding`](super::SourceOptions::encoding) may be that name.
pub fn is_encoding(name: &str) -> bool {
    by_name(name).is_ok()
}

/// The same text in UTF-8 without a byte order mark; a mark is stronger than `named`.
///
/// UTF-8 passes through as it is, valid or not.
pub(super) fn to_utf8(
    source: Bytes,
    named: Option<&'static Encoding>,
    counters: &Arc<SourceCounters>,
) -> std::io::Result<Bytes> {
    let (head, source) = peek(source, 3)?;
    let (encoding, mark) = match Encoding::for_bom(&head) {
        Some((encoding, length)) => (encoding, length),
        None => (named.unwrap_or(encoding_rs::UTF_8), 0),
    };
    let mut source = BufReader::with_capacity(BUFFER, source);
    std::io::copy(&mut source.by_ref().take(mark as u64), &mut std::io::sink())?;
    if encoding == encoding_rs::UTF_8 {
        return Ok(Box::new(source));
    }
    let transcoder = Transcoder {
        source,
        decoder: encoding.new_decoder_without_bom_handling(),
        ready: String::with_capacity(BUFFER),
        at: 0,
        ended: false,
        counters: Arc::clone(counters),
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER, transcoder)))
}

struct Transcoder<R> {
    source: R,
    decoder: encoding_rs::Decoder,
    /// Decoded; handed out up to `at`.
    ready: String,
    at: usize,
    ended: bool,
    counters: Arc<SourceCounters>,
}

impl<R: BufRead> Transcoder<R> {
    /// Decodes the next bytes into `ready`.
    fn decode(&mut self) -> std::io::Result<()> {
        self.ready.clear();
        self.at = 0;
        while self.ready.is_empty() && !self.ended {
            let bytes = self.source.fill_buf()?;
            let last = bytes.is_empty();
            // Growing is not the decoder's business: it stops where the capacity ends, with room
            // left for one replacement character.
            let (result, read) =
                self.decoder
                    .decode_to_string_without_replacement(bytes, &mut self.ready, last);
            match result {
                DecoderResult::Malformed(..) => {
                    self.ready.push(char::REPLACEMENT_CHARACTER);
                    self.counters.replaced.fetch_add(1, Ordering::Relaxed);
                }
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => {}
            }
            self.source.consume(read);
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.ready.len() {
            self.decode()?;
        }
        let rest = &self.ready.as_bytes()[self.at..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}
