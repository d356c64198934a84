//! Text of vectors as other tools write it and ours do not, and what is not taken for it.

use std::fs;

use super::tests::{model, read_as, read_both, refusal};
use super::*;

/// Checks format, words and rows of a file with these bytes.
#[track_caller]
fn is_read(bytes: &[u8], format: Format, expected: &[(&str, &[f32])]) {
    let folder = tempfile::tempdir().unwrap();
    let (found, report) = read_as(folder.path(), "a", bytes).unwrap();
    assert_eq!(report.format, format);
    let words: Vec<&str> = (0..found.len() as u32).map(|id| found.word(id)).collect();
    let of = expected.iter().map(|(word, _)| *word);
    assert_eq!(words, of.collect::<Vec<_>>());
    for (id, (word, row)) in (0..).zip(expected) {
        assert_eq!(found.vector(id)[..], **row, "{word}");
    }
}

/// Checks what is said of a file that is refused.
#[track_caller]
fn is_refused(bytes: &[u8], said: &str) {
    let folder = tempfile::tempdir().unwrap();
    let error = refusal(folder.path(), "a", bytes);
    assert!(error.contains(said), "{error}");
}

#[test]
fn fields_are_parted_by_spaces_or_by_tabs() {
    let (glove, text) = (Format::Glove, Format::Word2vecText);
    let rows: [(&str, &[f32]); 2] = [("a", &[1.0, 2.0]), ("b", &[3.0, -0.5])];
    is_read(b"a\t1\t2\nb\t3\t-.5\n", glove, &rows);
    is_read(b"2 2\na\t1\t2\nb\t3\t-.5\n", text, &rows);
    is_read(b"2\t2\na 1 2\nb 3 -5e-1\n", text, &rows);
    // What some writers put after the last number, and empty lines.
    is_read(b"2 2 \r\na 1 2 \r\n\r\nb 3 -.5\t\r\n", text, &rows);
    is_read(b"a 1 2 \n\nb 3 -.5", glove, &rows);
    // Words with spaces: as many tabs as numbers, and no tabs at all.
    let cities: [(&str, &[f32]); 3] = [
        ("new york city", &[1.0, 2.0]),
        ("b", &[3.0, 4.0]),
        ("st. 7 x", &[5.0, 6.0]),
    ];
    is_read(
        b"3 2\nnew york city\t1\t2\nb\t3\t4\nst. 7 x\t5\t6\n",
        text,
        &cities,
    );
    is_read(
        b"3 2\nnew york city 1 2\nb 3 4\nst. 7 x 5 6\n",
        text,
        &cities,
    );
    is_read(
        b"b 3 4\nnew york 1 2\nc 5 6\n",
        glove,
        &[
            ("b", &[3.0, 4.0]),
            ("new york", &[1.0, 2.0]),
            ("c", &[5.0, 6.0]),
        ],
    );
}

/// As some editors write it before the header; a word may begin with the same character.
#[test]
fn a_byte_order_mark_is_no_part_of_a_header() {
    let headed = "\u{FEFF}2 2\na 1 2\nb 3 -.5\n".as_bytes();
    let rows: [(&str, &[f32]); 2] = [("a", &[1.0, 2.0]), ("b", &[3.0, -0.5])];
    is_read(headed, Format::Word2vecText, &rows);
    let rows: [(&str, &[f32]); 1] = [("\u{FEFF}a", &[1.0, 2.0])];
    is_read("\u{FEFF}a 1 2\n".as_bytes(), Format::Glove, &rows);
    is_refused("\u{FEFF}Once upon a time".as_bytes(), "found text; train");
}

#[test]
fn words_may_look_like_numbers_and_numbers_like_words() {
    let (glove, text) = (Format::Glove, Format::Word2vecText);
    // The first line is a row, for two numbers more would be too many for what comes next.
    is_read(b"5 3\n6 7\n", glove, &[("5", &[3.0]), ("6", &[7.0])]);
    is_read(b"5 2\n6 7\n", glove, &[("5", &[2.0]), ("6", &[7.0])]);
    is_read(b"2 1\n5 3\n6 7\n", text, &[("5", &[3.0]), ("6", &[7.0])]);
    is_read(
        b"2 1\n1.5 3\nb 7 4\n",
        text,
        &[("1.5", &[3.0]), ("b 7", &[4.0])],
    );
    let most = [
        ("a", &[f32::INFINITY, 1.0][..]),
        ("b", &[f32::NEG_INFINITY, 2.0]),
    ];
    is_read(b"a inf 1\nb -Inf 2\n", glove, &most);
    let folder = tempfile::tempdir().unwrap();
    let (found, _) = read_as(folder.path(), "a", b"a nan 1\nb 1 NaN\n").unwrap();
    assert!(found.vector(0)[0].is_nan() && found.vector(1)[1].is_nan());
}

#[test]
fn rows_that_are_wrong_are_named() {
    is_refused(
        b"2 2\na 1 2\nb 0.5 3 4\n",
        "line 3 (byte 10): expected a word and 2 numbers, found more",
    );
    is_refused(
        b"2 2\na 1 2\nb 3\n",
        "found 1 numbers; write the file again",
    );
    // The header says more.
    is_refused(
        b"2 4\na 1 2 3\nb 4 5 6\n",
        "line 2 (byte 4): expected a word and 4 numbers, found 3 numbers; write the file again, or \
         correct the 4 in its header",
    );
    is_refused(
        b"2 2\na one two\nb 3 4\n",
        "line 2 (byte 4): expected a word and 2 numbers, found \"two\"; write",
    );
    is_refused(
        b"2 2\na 1 2,5\nb 3 4\n",
        "found \"2,5\"; numbers need decimal points",
    );
    is_refused(b"2 0\na\nb\n", "expected a vector length of at least 1");
    // Cut after the header.
    is_refused(b"3 2\n", "expected 3 words, found none");
    is_refused(b"3 2", "expected 3 words, found none");
}

#[test]
fn what_was_put_right_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = b"9 1\na 1\nb 2\na 3\nc\xFF 4\na 5\n";
    let (found, report) = read_as(folder.path(), "a", bytes).unwrap();
    assert_eq!((found.len(), found.vector(0)[0]), (3, 1.0));
    let notes = report.notes();
    assert_eq!(notes.len(), 3);
    assert!(notes[0].starts_with("2 words came again"), "{notes:?}");
    assert!(notes[1].starts_with("1 words hold bytes"), "{notes:?}");
    assert!(notes[2].starts_with("the header says 9"), "{notes:?}");
    // Whoever asks for a part is not told of the rest.
    let options = ReadOptions {
        limit: 2,
        ..Default::default()
    };
    let (_, report) = read(&folder.path().join("a"), &options).unwrap();
    assert_eq!(report.header_words, None);
}

#[test]
fn what_is_no_text_of_vectors_is_named() {
    is_refused(b"In the beginning was the Word", "found text; train on it");
    is_refused(b"In\nthe\nbeginning\n", "found text; train on it");
    is_refused(b"a 1 2\nb 3 4\nc 5\nd 6 7\n", "found text; train on it");
    is_refused(
        b"In the beginning\0was the Word",
        "found unknown binary data",
    );
    is_refused(b"In the beginning \xFF was", "found unknown binary data");
    // The end of the head may cut a character, as the end of a file may.
    is_refused(
        "Am Anfang war \u{FC}".as_bytes().split_last().unwrap().1,
        "found text",
    );
    // Almost safetensors: a length and no object, an object and no length.
    is_refused(&[0; 16], "found unknown binary data");
    is_refused(b"{1234567{\"a\": 1}", "found text");
    is_refused(b"\x80\x03\x63gensim", "a Python pickle");
    is_refused(b"\x80\x07\x63gensim", "found unknown binary data");
}

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

/// Bytes that are no text make no binary file of it where numbers are written out.
#[test]
fn words_may_be_no_utf_8() {
    let text = Format::Word2vecText;
    let word = "caf\u{10F7C3}";
    is_read(
        b"2 1\ncaf\xC3 1\nb 2\n",
        text,
        &[(word, &[1.0]), ("b", &[2.0])],
    );
    is_read(b"1 1\ncaf\xC3 1", text, &[(word, &[1.0])]);
    // The beginning that decides ends within the first row, behind each byte of a number once.
    for more in 0..5 {
        let mut bytes = b"1 40000\ncaf\xC3".to_vec();
        bytes.resize(bytes.len() + more, b'x');
        bytes.extend(b" 1.25".repeat(40_000));
        let word = format!("{word}{}", "x".repeat(more));
        is_read(&bytes, text, &[(&word, &[1.25; 40_000])]);
    }
}

/// Some tools end the rows of word2vec's binary file like lines of text on Windows.
#[test]
fn line_ends_between_binary_rows_are_skipped() {
    let rows: [(&str, &[f32]); 2] = [("a", &[1.0]), ("b", &[2.0])];
    for end in ["", "\n", "\r\n", "\n\n"] {
        let mut bytes = b"2 1\n".to_vec();
        for (word, numbers) in rows {
            bytes.extend(
                [
                    word.as_bytes(),
                    b" ",
                    &numbers[0].to_le_bytes(),
                    end.as_bytes(),
                ]
                .concat(),
            );
        }
        is_read(&bytes, Format::Word2vecBinary, &rows);
    }
    is_refused(
        b"1 1\na \0\0\0\0b \0\0\0\0",
        "the header's count is too low",
    );
    is_refused(
        b"3 1\na \0\0\0\0b \0\0\0\0",
        "expected at least 15 bytes for 3 words",
    );
    // The shortest file that there may be.
    is_read(
        b"1 1\n \0\0\x80\x3F",
        Format::Word2vecBinary,
        &[("", &[1.0])],
    );
}

/// A number of four printable bytes, a word that looks like a number, a number that begins as a line ends.
#[test]
fn binary_rows_may_look_like_text() {
    let of = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes);
    is_read(
        b"1 1\n5 AB+-\n",
        Format::Word2vecBinary,
        &[("5", &[of(b"AB+-")])],
    );
    is_read(
        b"2 1\n+ \n1+0\n- 7x\n \n",
        Format::Word2vecBinary,
        &[("+", &[of(b"\n1+0")]), ("-", &[of(b"7x\n ")])],
    );
    is_read(
        b"2 1\nx 5\n\0\x01\ny 1234\n",
        Format::Word2vecBinary,
        &[("x", &[of(b"5\n\0\x01")]), ("y", &[of(b"1234")])],
    );
    // What can be read as text is text.
    is_read(b"1 1\na 1234\n", Format::Word2vecText, &[("a", &[1234.0])]);
}

/// A character that stands for a byte elsewhere is itself in a text, and comes back as it was.
#[test]
fn characters_that_stand_for_bytes_come_back() {
    let folder = tempfile::tempdir().unwrap();
    for word in ["\u{10F7FF}", "caf\u{10F780}", "é\u{10F77F}"] {
        let bytes = format!("{word} 1\nb 2\n");
        let (found, _) = read_as(folder.path(), "a", bytes.as_bytes()).unwrap();
        let path = folder.path().join("b.glove");
        save_as(&path, Format::Glove, &found, &WriteOptions::default()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes.as_bytes());
    }
}

#[test]
fn a_projector_has_its_words_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let read = |words: &str, numbers: &str| {
        fs::write(folder.join("metadata.tsv"), words).unwrap();
        let (found, report) = read_as(folder, "a.tsv", numbers.as_bytes())?;
        assert_eq!(report.format, Format::TensorBoard);
        let ids = 0..found.len() as u32;
        let each = ids.map(|id| {
            (
                found.word(id).to_owned(),
                found.count(id),
                found.vector(id)[1],
            )
        });
        Ok::<_, Error>(each.collect::<Vec<_>>())
    };
    let numbers = "1\t2\n3\t4\n";
    let expected = |a, b| vec![("a".to_owned(), a, 2.0), ("b".to_owned(), b, 4.0)];
    for (words, counts) in [
        ("a\nb\n", (0, 0)),
        ("a\r\nb", (0, 0)),
        ("word\tcount\na\t7\nb\t9\n", (7, 9)),
        ("Word\tclass\tCount\r\na\tx\t7\r\nb\ty\t9\r\n", (7, 9)),
        ("word\tclass\na\t7\nb\t9\n", (0, 0)),
        ("word\tcount\na\tmany\nb\n", (0, 0)),
    ] {
        let found = read(words, numbers).unwrap();
        assert_eq!(found, expected(counts.0, counts.1), "{words}");
    }
    for (words, numbers, said) in [
        (
            "a\nb\nc\n",
            numbers,
            "expected 2 lines, one for each vector",
        ),
        ("a\n", numbers, "expected 2 lines, one for each vector"),
        ("a\nb\n", "1\t2\n3\n", "line 2 (byte 4): expected 2 numbers"),
        (
            "a\nb\n",
            "1\t2\n3\t4\t5\n",
            "line 2 (byte 4): expected 2 numbers",
        ),
        (
            "a\nb\n",
            "1\t2\n3\t1,5\n",
            "line 2 (byte 4): expected 2 numbers",
        ),
    ] {
        let error = read(words, numbers).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    // Counts that nobody knows are not written.
    let one = model(&[("a".to_owned(), 0)], &[1.0], 1);
    let options = WriteOptions::default();
    save_as(&folder.join("a.tsv"), Format::TensorBoard, &one, &options).unwrap();
    assert_eq!(fs::read(folder.join("metadata.tsv")).unwrap(), b"a\n");
    // Words in the file itself: what lies beside it is of something else.
    let (found, report) = read_as(folder, "b", b"x 1\ny 2\n").unwrap();
    assert_eq!((report.format, found.word(1)), (Format::Glove, "y"));
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

#[test]
fn rows_longer_than_any_buffer_are_read_again() {
    const DIM: usize = 20_000;
    let words: Vec<(String, u64)> = ["a", "b", "c"].map(|word| (word.to_owned(), 1)).to_vec();
    let floats: Vec<f32> = (0..3 * DIM).map(|i| (i as f32).sin()).collect();
    let long = model(&words, &floats, DIM);
    for format in [Format::Glove, Format::Word2vecText, Format::TensorBoard] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        save_as(&path, format, &long, &WriteOptions::default()).unwrap();
        let (found, report) = read_both(&path).unwrap();
        assert_eq!(report.format, format);
        assert_eq!((found.len(), found.dim()), (3, DIM), "{format}");
        for id in 0..3 {
            assert_eq!(found.vector(id), long.vector(id), "{format}");
        }
    }
}
