//! What goes before words are looked for: HTML, web and mail addresses, variants of characters.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::normalize::fold_width;
use super::{Addresses, Normalization, TextOptions};

/// The tokens that stand for addresses.
const URL: &str = "<url>";
const EMAIL: &str = "<email>";

/// A part of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text to be cut into words.
    Text(&'a str),
    /// A token that is not to be cut.
    Token(&'static str),
}

/// Cleans lines, as far as the options say.
#[derive(Debug, Clone)]
pub(super) struct Cleaner {
    strip_html: bool,
    urls: Addresses,
    emails: Addresses,
    fold_width: bool,
    nfkc: bool,
    without_html: String,
    folded: String,
}

impl Cleaner {
    /// `None` when there is nothing to clean.
    pub(super) fn new(options: &TextOptions) -> Option<Self> {
        let cleaner = Self {
            strip_html: options.strip_html,
            urls: options.urls,
            emails: options.emails,
            fold_width: options.fold_width,
            nfkc: options.normalization == Normalization::Nfkc,
            without_html: String::new(),
            folded: String::new(),
        };
        let idle = !cleaner.strip_html
            && cleaner.urls == Addresses::Keep
            && cleaner.emails == Addresses::Keep
            && !cleaner.fold_width
            && !cleaner.nfkc;
        (!idle).then_some(cleaner)
    }

    /// Sends what is left of `line` to `send`.
    pub(super) fn pieces(&mut self, line: &str, mut send: impl FnMut(Piece<'_>)) {
        let mut text = line;
        if self.strip_html && memchr::memchr2(b'<', b'&', line.as_bytes()).is_some() {
            self.without_html.clear();
            strip_html(line, &mut self.without_html);
            text = &self.without_html;
        }
        if (self.fold_width || self.nfkc) && !text.is_ascii() {
            self.folded.clear();
            match self.nfkc {
                true => self.folded.extend(text.nfkc()),
                false => fold_width(text, &mut self.folded),
            }
            text = &self.folded;
        }
        let mut done = 0;
        while let Some((range, what)) = self.address(text, done) {
            if done < range.start {
                send(Piece::Text(&text[done..range.start]));
            }
            let (action, token) = match what {
                Address::Url => (self.urls, URL),
                Address::Email => (self.emails, EMAIL),
            };
            if action == Addresses::Replace {
                send(Piece::Token(token));
            }
            done = range.end;
        }
        if done < text.len() {
            send(Piece::Text(&text[done..]));
        }
    }

    /// The next address at or after `from` that is not to be kept.
    fn address(&self, text: &str, from: usize) -> Option<(Range<usize>, Address)> {
        let bytes = text.as_bytes();
        let urls = self.urls != Addresses::Keep;
        let emails = self.emails != Addresses::Keep;
        (from..bytes.len()).find_map(|at| match bytes[at] {
            b':' if urls => url_with_scheme(bytes, from, at).map(|r| (r, Address::Url)),
            b'w' | b'W' if urls => url_with_www(bytes, from, at).map(|r| (r, Address::Url)),
            b'@' if emails => email(bytes, from, at).map(|r| (r, Address::Email)),
            _ => None,
        })
    }
}

#[derive(Clone, Copy)]
enum Address {
    Url,
    Email,
}

/// `scheme://...` around the colon at `at`.
fn url_with_scheme(bytes: &[u8], from: usize, at: usize) -> Option<Range<usize>> {
    if !bytes[at..].starts_with(b"://") {
        return None;
    }
    let scheme = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let length = bytes[from..at].iter().rev().take_while(scheme).count();
    if length == 0 {
        return None;
    }
    let end = url_end(bytes, at + 3);
    (end > at + 3).then_some(at - length..end)
}

/// `www....` at `at`, at the start of a word.
fn url_with_www(bytes: &[u8], from: usize, at: usize) -> Option<Range<usize>> {
    let starts = bytes.len() >= at + 4 && bytes[at..at + 4].eq_ignore_ascii_case(b"www.");
    let inside = at > from && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] >= 0x80);
    if !starts || inside {
        return None;
    }
    let end = url_end(bytes, at + 4);
    (end > at + 4).then_some(at..end)
}

/// Where a web address that goes on at `at` ends: before white space, brackets, quotes or what
/// is not ASCII, and without the punctuation of the sentence around it.
fn url_end(bytes: &[u8], at: usize) -> usize {
    let inside =
        |b: &&u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b'`' | b'{' | b'}');
    let length = bytes[at..].iter().take_while(inside).count();
    let url = &bytes[at..at + length];
    let around = |b: &&u8| {
        matches!(
            b,
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b')' | b']' | b'\''
        )
    };
    at + length - url.iter().rev().take_while(around).count()
}

/// `local@host.domain` around the sign at `at`.
fn email(bytes: &[u8], from: usize, at: usize) -> Option<Range<usize>> {
    let local =
        |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-');
    let host = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let before = bytes[from..at].iter().rev().take_while(local).count();
    let after = bytes[at + 1..].iter().take_while(host).count();
    let name = &bytes[at + 1..at + 1 + after];
    let trailing = name
        .iter()
        .rev()
        .take_while(|b| !b.is_ascii_alphanumeric())
        .count();
    let name = &name[..after - trailing];
    let dot = memchr::memrchr(b'.', name)?;
    (before > 0 && dot > 0).then_some(at - before..at + 1 + name.len())
}

/// Appends `line` to `out` with a space for each tag, and characters for entities.
fn strip_html(line: &str, out: &mut String) {
    let mut rest = line;
    let mut missing = Missing::default();
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        let (text, tag) = rest.split_at(at);
        decode_entities(text, out);
        match tag_length(tag, &mut missing) {
            Some(length) => {
                out.push(' ');
                rest = &tag[length..];
            }
            None => {
                out.push('<');
                rest = &tag[1..];
            }
        }
    }
    decode_entities(rest, out);
}

/// Appends `text`, a part of a line, with characters for entities; a line end is white space.
fn decode_entities(text: &str, out: &mut String) {
    let within = text.strip_suffix('\n').unwrap_or(text);
    match html_escape::decode_html_entities(within) {
        Cow::Borrowed(same) => out.push_str(same),
        Cow::Owned(decoded) => out.push_str(&decoded.replace('\n', " ")),
    }
    out.push_str(&text[within.len()..]);
}

/// Ends that were looked for to the end of the line, in vain: further on they are not either.
#[derive(Default)]
struct Missing {
    comment: bool,
    tag: bool,
}

/// Length of the tag or comment that begins `text`, if one does and ends on this line.
fn tag_length(text: &str, missing: &mut Missing) -> Option<usize> {
    if text.starts_with("<!--") {
        return end_of(text, "-->", &mut missing.comment);
    }
    let second = text.as_bytes().get(1)?;
    if !second.is_ascii_alphabetic() && !matches!(second, b'/' | b'!' | b'?') {
        return None;
    }
    end_of(text, ">", &mut missing.tag)
}

/// Where `mark` ends in `text`, unless it is known to be missing.
fn end_of(text: &str, mark: &str, missing: &mut bool) -> Option<usize> {
    if *missing {
        return None;
    }
    let at = memchr::memmem::find(text.as_bytes(), mark.as_bytes());
    *missing = at.is_none();
    at.map(|at| at + mark.len())
}
