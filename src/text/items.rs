//! Items of a line, named exactly as they stand.

use super::TokenSink;

/// Sends the items of each line to `sink`: what stands between tabs where the line has any, else
/// between white space. An item in double quotes may hold either; a quote in it is doubled.
pub(super) fn tokenize(block: &str, sink: &mut impl TokenSink) {
    for line in block.split_inclusive('\n') {
        let ended = line.ends_with('\n');
        let line = line.trim_end_matches(['\n', '\r']);
        let tabs = line.contains('\t');
        let separates = |c: char| match tabs {
            true => c == '\t',
            false => c.is_whitespace(),
        };
        let mut rest = line;
        loop {
            rest = rest.trim_start_matches(separates);
            if rest.is_empty() {
                break;
            }
            rest = match quoted(rest, separates) {
                Some((item, after)) => {
                    send(&item, sink);
                    after
                }
                None => {
                    let end = rest.find(separates).unwrap_or(rest.len());
                    send(&rest[..end], sink);
                    &rest[end..]
                }
            };
        }
        if ended {
            sink.end_sentence();
        }
    }
}

fn send(item: &str, sink: &mut impl TokenSink) {
    let item = item.trim();
    if !item.is_empty() {
        sink.token(item);
    }
}

/// The item in quotes that `text` begins with, and what follows; `None` when there is no such item.
fn quoted(text: &str, separates: impl Fn(char) -> bool) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut item = String::new();
    loop {
        let end = rest.find('"')?;
        item.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                item.push('"');
                rest = after;
            }
            None if rest.is_empty() || rest.starts_with(separates) => return Some((item, rest)),
            None => return None,
        }
    }
}
