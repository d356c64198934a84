//! NumPy's `.npy`: a magic, a version, a Python dictionary, the numbers. The words are beside it.

use std::io::Write;

use super::dtype::{Dtype, check_left, read_matrix};
use super::rows::Rows;
use super::select::Selection;
use super::source::{LONGEST, Source};
use super::{Format, ReadOptions, ReadReport, wordlist};
use crate::embeddings::Embeddings;
use crate::error::Result;

const MAGIC: &[u8] = b"\x93NUMPY";
/// The numbers begin at a multiple of this.
const ALIGN: usize = 64;

pub(super) fn read(source: &mut Source, options: &ReadOptions) -> Result<(Embeddings, ReadReport)> {
    let header = header(source)?;
    let (shape, dtype) = parse(&header)
        .map_err(|(expected, found)| source.wrong("header", MAGIC.len() as u64, expected, found))?;
    let dim = check_left(source, (shape.0, shape.1, dtype), true)?;
    let (path, list) = wordlist::read(source.path())?;
    wordlist::check_length((&path, &list), shape.0)?;
    let certain = source.left().is_some();
    let mut rows = match dtype {
        Dtype::F32 => Rows::in_file(Format::Npy, dim, (shape.0, certain), (source, options)),
        _ => Rows::new(Format::Npy, dim, (shape.0, certain), options),
    };
    read_matrix(source, &mut rows, (dim, dtype), wordlist::words(&list))?;
    source.expect_end()?;
    rows.report().words_in = Some(path);
    rows.finish(source)
}

fn header(source: &mut Source) -> Result<String> {
    let cut = "the file's end; copy it again";
    let Some([major, _]) = source.take(8)?.and_then(|b| b.last_chunk()).copied() else {
        return Err(source.wrong("header", 0, "8 bytes", cut));
    };
    let wide = major > 1;
    let Some(length) = source.take(if wide { 4 } else { 2 })?.map(<[u8]>::to_vec) else {
        return Err(source.wrong("header", 8, "its length", cut));
    };
    let length = length
        .iter()
        .rev()
        .fold(0usize, |n, &b| (n << 8) | usize::from(b));
    if length > LONGEST {
        let found = format!("{length} bytes; write the file again");
        return Err(source.wrong("header", 8, "at most 1 MiB", found));
    }
    match source.take(length)? {
        Some(header) => Ok(String::from_utf8_lossy(header).into_owned()),
        None => Err(source.wrong("header", 10, format!("{length} bytes"), cut)),
    }
}

/// Shape and type.
type Facts = ((u64, u64), Dtype);

/// Reads the dictionary, or tells what was expected and found.
fn parse(header: &str) -> Result<Facts, (&'static str, String)> {
    let wrong = |expected: &'static str| (expected, format!("{:?}", header.trim()));
    let value = |key: &str| {
        let after = header.split(['\'', '"']).position(|piece| piece == key)?;
        let rest: Vec<&str> = header
            .splitn(after.saturating_add(2), ['\'', '"'])
            .collect();
        rest.last()?.strip_prefix(':').map(str::trim_start)
    };
    let descr = value("descr").and_then(|v| v.split(['\'', '"']).nth(1));
    let dtype = match descr {
        Some("<f2") => Dtype::F16,
        Some("<f4") => Dtype::F32,
        Some("<f8") => Dtype::F64,
        Some("|i1") => Dtype::I8,
        _ => {
            return Err(wrong(
                "numbers of type <f2, <f4, <f8 or |i1 (x.astype('<f4'))",
            ));
        }
    };
    match value("fortran_order") {
        Some(v) if v.starts_with("False") => {}
        _ => return Err(wrong("rows in a row (np.ascontiguousarray(x))")),
    }
    let shape = value("shape").and_then(|v| v.strip_prefix('(')?.split(')').next());
    let numbers: Vec<&str> = shape
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .collect();
    let numbers: Vec<u64> = numbers.iter().map_while(|n| n.parse().ok()).collect();
    match numbers[..] {
        [rows, dim] => Ok(((rows, dim), dtype)),
        _ => Err(wrong("a shape (words, dim)")),
    }
}

/// What stands before the numbers of a NumPy array `[rows x dim]` of f32, rows in a row.
pub fn npy_header(rows: usize, dim: usize) -> Vec<u8> {
    let dictionary =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dim}), }}");
    // Magic, version and length are 10 bytes, the line feed at the end is one.
    let used = dictionary.len().saturating_add(11);
    let padding = used.next_multiple_of(ALIGN).saturating_sub(used);
    let length = dictionary.len().saturating_add(padding).saturating_add(1);
    let length = u16::try_from(length).unwrap_or(u16::MAX);
    let mut header = MAGIC.to_vec();
    header.extend([1, 0]);
    header.extend(length.to_le_bytes());
    header.extend(format!("{dictionary}{:padding$}\n", "").into_bytes());
    header
}

pub(super) fn write(selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let header = npy_header(selection.len(), selection.dim());
    out.write_all(&header).map_err(selection.failed())?;
    selection.write_rows(out)
}
