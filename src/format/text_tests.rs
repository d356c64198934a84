//! Text of vectors as other tools write it and ours do not, and what is not taken for it.

use std::fs;

use super::tests::{model, read_as, read_both};
use super::*;

/// Lines so long that few of them decide what the file is, the last of these cut.
#[test]
fn rows_of_any_length_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for dim in [300, 850, 900, 2000, 6000, 20_000, 40_000] {
        let numbers: Vec<f32> = (0..dim * 20).map(|i| i as f32 * 0.25).collect();
        let words: Vec<(String, u64)> = (0..20).map(|i| (format!("w{i}"), 0)).collect();
        let written = model(&words, &numbers, dim);
        for format in [Format::Word2vecText, Format::Word2vecBinary, Format::Glove] {
            // Only whole lines tell how long the rows are.
            if format == Format::Glove && dim > 8000 {
                continue;
            }
            let path = folder.path().join("a");
            save_as(&path, format, &written, &WriteOptions::default()).unwrap();
            let (found, report) = read_both(&path).unwrap();
            assert_eq!(report.format, format, "{dim}");
            assert_eq!((found.len(), found.dim()), (20, dim), "{format}");
            for id in 0..20 {
                assert_eq!(found.vector(id), written.vector(id), "{format} {dim}");
            }
        }
    }
}

/// The beginning that tells what a file is may end behind a number or within one.
#[test]
fn a_projector_may_have_long_rows() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let words: String = (0..9).map(|i| format!("w{i}\n")).collect();
    fs::write(folder.join("metadata.tsv"), words).unwrap();
    for first in ["1", "-1", "-.5"] {
        let row = format!("{first}{}\n", "\t-2".repeat(4_999));
        let file = row.repeat(9);
        let (found, report) = read_as(folder, "a.tsv", file.as_bytes()).unwrap();
        assert_eq!(report.format, Format::TensorBoard);
        assert_eq!((found.len(), found.dim(), found.word(8)), (9, 5_000, "w8"));
    }
}
