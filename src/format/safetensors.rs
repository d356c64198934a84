//! safetensors: the length of a JSON header, the header, the numbers. The words are beside it.

use std::collections::BTreeMap;
use std::io::Write;

use serde::{Deserialize, Serialize};

use super::dtype::{Dtype, check_left, read_matrix};
use super::rows::Rows;
use super::select::Selection;
use super::source::Source;
use super::{Format, ReadOptions, ReadReport, wordlist};
use crate::embeddings::Embeddings;
use crate::error::Result;

/// As in the format's own library.
const LONGEST_HEADER: u64 = 100_000_000;
/// Names that vectors go by, the likeliest first.
const NAMES: [&str; 3] = ["embeddings", "embedding.weight", "vectors"];
const METADATA: &str = "__metadata__";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

pub(super) fn read(source: &mut Source, options: &ReadOptions) -> Result<(Embeddings, ReadReport)> {
    let tensors = header(source)?;
    let (name, tensor) = choose(source, &tensors)?;
    let dtype = match tensor.dtype.as_str() {
        "F16" => Dtype::F16,
        "BF16" => Dtype::Bf16,
        "F32" => Dtype::F32,
        "F64" => Dtype::F64,
        "I8" => Dtype::I8,
        other => {
            let expected = "numbers of type F16, BF16, F32, F64 or I8";
            return Err(source.wrong(place(name), 8, expected, other));
        }
    };
    let (start, end) = (source.at(), check_offsets(source, &tensors)?);
    let [from, to] = tensor.data_offsets;
    source.skip_far(from)?;
    let [rows, dim] = tensor.shape[..] else {
        let found = format!("{:?}", tensor.shape);
        return Err(source.wrong(place(name), 8, "a shape [words, dim]", found));
    };
    let bytes = rows
        .checked_mul(dim)
        .and_then(|n| n.checked_mul(dtype.size() as u64));
    if bytes != to.checked_sub(from) {
        let expected = format!(
            "data_offsets for {rows} x {dim} numbers of {}",
            tensor.dtype
        );
        return Err(source.wrong(place(name), 8, expected, format!("{from} to {to}")));
    }
    let dim = check_left(source, (rows, dim, dtype), false)?;
    let (path, list) = wordlist::read(source.path())?;
    wordlist::check_length((&path, &list), rows)?;
    let certain = source.left().is_some();
    let mut out = match dtype {
        Dtype::F32 => Rows::in_file(Format::Safetensors, dim, (rows, certain), (source, options)),
        _ => Rows::new(Format::Safetensors, dim, (rows, certain), options),
    };
    read_matrix(source, &mut out, (dim, dtype), wordlist::words(&list))?;
    let read = source.at().saturating_sub(start);
    source.skip_far(end.saturating_sub(read))?;
    source.expect_end()?;
    out.report().words_in = Some(path);
    out.finish(source)
}

fn place(name: &str) -> String {
    format!("tensor {name:?}")
}

fn header(source: &mut Source) -> Result<BTreeMap<String, Tensor>> {
    let length = source.take(8)?.and_then(|b| b.first_chunk().copied());
    let length = length.map_or(u64::MAX, u64::from_le_bytes);
    let most = source.left().unwrap_or(LONGEST_HEADER).min(LONGEST_HEADER);
    let header = match usize::try_from(length) {
        Ok(length) if length as u64 <= most => source.take(length)?.map(<[u8]>::to_vec),
        _ => None,
    };
    let Some(header) = header else {
        let found = format!("a length of {length}; copy the file again");
        return Err(source.wrong("header", 0, format!("at most {most} bytes"), found));
    };
    let json: Result<BTreeMap<String, serde_json::Value>, _> = serde_json::from_slice(&header);
    let entries = json.map_err(|e| source.wrong("header", 8, "JSON", e.to_string()))?;
    let tensors = entries.into_iter().filter(|(name, _)| name != METADATA);
    tensors
        .map(|(name, value)| {
            let tensor = serde_json::from_value(value);
            let expected = "dtype, shape and data_offsets";
            let tensor = tensor.map_err(|e| source.wrong(place(&name), 8, expected, e.to_string()));
            Ok((name, tensor?))
        })
        .collect()
}

/// The tensor of a known name, or the only one with rows.
fn choose<'a>(
    source: &Source,
    tensors: &'a BTreeMap<String, Tensor>,
) -> Result<(&'a str, &'a Tensor)> {
    let named = NAMES.iter().find_map(|name| tensors.get_key_value(*name));
    let mut matrices = tensors.iter().filter(|(_, t)| t.shape.len() == 2);
    let only = match (matrices.next(), matrices.next()) {
        (only, None) => only,
        _ => None,
    };
    let Some((name, tensor)) = named.or(only) else {
        let names: Vec<&str> = tensors.keys().map(String::as_str).collect();
        let expected = "a tensor \"embeddings\", or one matrix only";
        return Err(source.wrong("header", 8, expected, format!("tensors {names:?}")));
    };
    Ok((name, tensor))
}

/// Checks that the tensors fill the rest of the file without a gap; returns its length.
fn check_offsets(source: &Source, tensors: &BTreeMap<String, Tensor>) -> Result<u64> {
    let mut spans: Vec<[u64; 2]> = tensors.values().map(|t| t.data_offsets).collect();
    spans.sort_unstable();
    let mut end = 0;
    for [from, to] in spans {
        if from != end || to < from {
            let found = format!("{from} to {to}; write the file again");
            return Err(source.wrong(
                "data_offsets",
                8,
                format!("one that begins at {end}"),
                found,
            ));
        }
        end = to;
    }
    match source.left() {
        Some(left) if left != end => {
            let expected = format!("{end} bytes of numbers");
            let found = format!("{left}; the file was cut or changed: copy it again");
            Err(source.wrong("after the header", source.at(), expected, found))
        }
        _ => Ok(end),
    }
}

pub(super) fn write(selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let failed = selection.failed();
    let shape = vec![selection.len() as u64, selection.dim() as u64];
    let bytes = shape.iter().fold(4u64, |all, n| all.saturating_mul(*n));
    let tensor = Tensor {
        dtype: "F32".into(),
        shape,
        data_offsets: [0, bytes],
    };
    let facts = &selection.metadata().training;
    let mut metadata: BTreeMap<&str, &str> = facts
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    metadata.insert("tool", &selection.metadata().tool);
    let header = serde_json::json!({ METADATA: metadata, NAMES[0]: tensor });
    let mut header = header.to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    let length = (header.len() as u64).to_le_bytes();
    out.write_all(&length).map_err(&failed)?;
    out.write_all(&header).map_err(&failed)?;
    selection.write_rows(out)
}
