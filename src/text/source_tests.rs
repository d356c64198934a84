//! From files to text in UTF-8.

use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::records::{JsonLines, LONGEST, Place, Records};
use super::*;
use crate::error::Result;

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

/// The text of all inputs, and the counters.
fn read(path: &Path, options: &SourceOptions) -> Result<(String, Arc<SourceCounters>)> {
    let counters = Arc::<SourceCounters>::default();
    let inputs = expand(&[Input::Path(path.to_path_buf())], options)?;
    let mut blocks = BlockReader::new(inputs, 16, options, Arc::clone(&counters))?;
    let (mut text, mut block) = (Vec::new(), Vec::new());
    while blocks.next(&mut block)? {
        text.extend_from_slice(&block);
    }
    Ok((String::from_utf8(text).unwrap(), counters))
}

/// The text of one file.
fn text_of(bytes: &[u8], options: &SourceOptions) -> Result<String> {
    let folder = folder(&[("f", bytes)]);
    Ok(read(&folder.path().join("f"), options)?.0)
}

fn error_of(bytes: &[u8], options: &SourceOptions) -> String {
    let error = text_of(bytes, options).unwrap_err().to_string();
    let cut = error.find("/f").unwrap() + 1;
    error[cut..].to_owned()
}

#[test]
fn folders_are_walked_in_order() {
    let folder = folder(&[
        ("b.txt", b"two\n"),
        ("a.txt", b"one"),
        ("c/a.txt", b"three\n"),
        ("c/b.csv", b"not wanted\n"),
        (".hidden/a.txt", b"not seen\n"),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), folder.path().join("c/loop")).unwrap();
    let include = |patterns: &[&str]| SourceOptions {
        include: patterns.iter().map(|p| p.to_string()).collect(),
        ..SourceOptions::default()
    };
    let (text, counters) = read(folder.path(), &include(&["*.txt"])).unwrap();
    assert_eq!(text, "one\ntwo\nthree\n");
    assert_eq!(counters.bytes_read.load(Ordering::Relaxed), 13);
    assert_eq!(
        read(folder.path(), &include(&["c/*"])).unwrap().0,
        "three\nnot wanted\n"
    );
    let none = read(folder.path(), &include(&["*.md"])).unwrap_err();
    assert!(none.to_string().contains("no file that matches --include"));
    let bad = read(folder.path(), &include(&["a***"])).unwrap_err();
    assert!(bad.to_string().contains("no file name pattern"));
}

#[test]
fn every_last_line_ends() {
    // Blocks are of 16 bytes: one that is full where the file ends, in a line or after it.
    for (text, expected) in [
        ("one two three 4 ", "one two three 4 \nx\n"),
        ("one two three 45", "one two three 45\nx\n"),
        ("one two three 4\n", "one two three 4\nx\n"),
        (
            "one two three 4 one two three 4 ",
            "one two three 4 one two three 4 \nx\n",
        ),
        ("", "x\n"),
    ] {
        let folder = folder(&[("a", text.as_bytes()), ("b", b""), ("c", b"x")]);
        let (found, _) = read(folder.path(), &SourceOptions::default()).unwrap();
        assert_eq!(found, expected, "{text:?}");
    }
}

/// Made by `(printf 'one two\nth' | xz --check=crc32; printf 'ree\n' | xz)`.
const XZ: &[u8] =
    b"\xFD\x37\x7A\x58\x5A\x00\x00\x01\x69\x22\xDE\x36\x02\x00\x21\x01\x16\x00\x00\x00\
    \x74\x2F\xE5\xA3\x01\x00\x09\x6F\x6E\x65\x20\x74\x77\x6F\x0A\x74\x68\x00\x00\x00\
    \xED\xBE\xD8\xBD\x00\x01\x1E\x0A\xEA\x63\x12\x14\x90\x42\x99\x0D\x01\x00\x00\x00\
    \x00\x01\x59\x5A\xFD\x37\x7A\x58\x5A\x00\x00\x04\xE6\xD6\xB4\x46\x02\x00\x21\x01\
    \x16\x00\x00\x00\x74\x2F\xE5\xA3\x01\x00\x03\x72\x65\x65\x0A\x00\x7C\xB1\x67\xF7\
    \xA1\xBB\x76\x64\x00\x01\x1C\x04\x6F\x2C\x9C\xC1\x1F\xB6\xF3\x7D\x01\x00\x00\x00\
    \x00\x04\x59\x5A";

#[test]
fn compression_is_told_by_content_and_cuts_are_noticed() {
    let bzip2 = |text: &[u8]| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let two = [bzip2(b"one two\nth"), bzip2(b"ree\n")].concat();
    let plain = SourceOptions::default();
    for (bytes, name) in [(&two[..], "bzip2"), (XZ, "xz")] {
        assert_eq!(text_of(bytes, &plain).unwrap(), "one two\nthree\n");
        for length in [bytes.len() - 1, bytes.len() - 9, 20] {
            let error = error_of(&bytes[..length], &plain);
            let expected = format!("f: {name} data are cut or damaged, near byte {length}");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
    assert_eq!(text_of(&bzip2(b""), &plain).unwrap(), "");
}

#[test]
fn other_encodings() {
    let named = |name: &str| SourceOptions {
        encoding: Some(name.to_owned()),
        ..SourceOptions::default()
    };
    let plain = SourceOptions::default();
    // A byte order mark is enough, and stronger than a name.
    let utf16: Vec<u8> = "\u{FEFF}né 雪 🦀\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(text_of(&utf16, &plain).unwrap(), "né 雪 🦀\n");
    assert_eq!(text_of(&utf16, &named("latin1")).unwrap(), "né 雪 🦀\n");
    assert_eq!(
        text_of(&utf16[2..], &named("utf-16le")).unwrap(),
        "né 雪 🦀\n"
    );
    assert_eq!(
        text_of(b"caf\xE9 \x80", &named("latin1")).unwrap(),
        "café €\n"
    );
    let long = "é雪".repeat(100_000);
    let (bytes, _, _) = encoding_rs::GB18030.encode(&long);
    assert_eq!(
        text_of(&bytes, &named("gb18030")).unwrap(),
        format!("{long}\n")
    );
    // Half a character at the end.
    let folder = folder(&[("f", &utf16[..utf16.len() - 3])]);
    let (text, counters) = read(&folder.path().join("f"), &plain).unwrap();
    assert_eq!(
        (text.as_str(), counters.replaced.load(Ordering::Relaxed)),
        ("né 雪 \u{FFFD}\n", 1)
    );
    // Not even those for which there is only a decoder that gives up.
    for unknown in ["klingon", "iso-2022-kr", "hz-gb-2312", "iso-2022-cn"] {
        let error = text_of(b"a b", &named(unknown)).unwrap_err().to_string();
        assert!(
            error.contains(&format!("{unknown:?} is unknown")),
            "{error}"
        );
    }
}

fn json(field: &str) -> SourceOptions {
    SourceOptions {
        format: TextFormat::JsonLines {
            field: field.to_owned(),
        },
        ..SourceOptions::default()
    }
}

#[test]
fn json_lines() {
    let lines = b"{\"id\": 1, \"text\": \"one\\ntwo \\u00e9\"}\r\n\n{\"text\": \"three\", \"a\": {\"b\": \"x\"}}";
    assert_eq!(
        text_of(lines, &json("text")).unwrap(),
        "one\ntwo é\nthree\n"
    );
    assert_eq!(
        error_of(lines, &json("a.b")),
        "f, line 1: no field \"a.b\" among id, text; \
         correct it, or leave such records out with --skip-bad-lines"
    );
    let documents = SourceOptions {
        documents: true,
        ..json("text")
    };
    assert_eq!(text_of(lines, &documents).unwrap(), "one two é\nthree\n");
    for (bad, problem) in [
        ("{\"text\": 7}", "field \"text\" is a number, not text"),
        ("{\"text\": [\"a\"]}", "field \"text\" is a list, not text"),
        (
            "{\"text\": {\"text\": \"a\"}}",
            "field \"text\" is an object, not text",
        ),
        ("{\"text\": \"a\"", "not a JSON object: EOF"),
        (
            "[1]",
            "not a JSON object: invalid type: sequence, expected an object",
        ),
        (
            "{\"text\": \"a\"} x",
            "not a JSON object: trailing characters",
        ),
    ] {
        let text = format!("{{\"text\": \"good\"}}\n{bad}\n{{\"text\": \"fine\"}}");
        let error = error_of(text.as_bytes(), &json("text"));
        assert!(
            error.starts_with(&format!("f, line 2: {problem}")),
            "{error}"
        );
        let skip = SourceOptions {
            skip_bad_lines: true,
            ..json("text")
        };
        let folder = folder(&[("f", text.as_bytes())]);
        let (text, counters) = read(&folder.path().join("f"), &skip).unwrap();
        assert_eq!(
            (text.as_str(), counters.skipped.load(Ordering::Relaxed)),
            ("good\nfine\n", 1)
        );
    }
}

#[test]
fn names_with_dots() {
    // Below what is no object there is nothing; a name with a dot may be that of one field.
    for (line, problem) in [
        (
            "{\"a\": \"x\"}",
            "field \"a\" is text, not an object with a field \"b\"",
        ),
        ("{\"a\": {\"b\": 7}}", "field \"a.b\" is a number, not text"),
        ("{\"a.b\": null}", "field \"a.b\" is null, not text"),
    ] {
        let error = error_of(line.as_bytes(), &json("a.b"));
        assert!(
            error.starts_with(&format!("f, line 1: {problem}; ")),
            "{error}"
        );
    }
    let dotted = b"{\"a.b\": \"one\"}\n{\"a\": 7, \"a.b\": \"two\"}\n{\"a\": {\"b\": \"three\"}}\n";
    assert_eq!(text_of(dotted, &json("a.b")).unwrap(), "one\ntwo\nthree\n");
}

#[test]
fn a_record_has_a_longest_length() {
    let next = |skip_bad_lines: bool| {
        let endless = std::io::repeat(b' ').take(LONGEST + 9);
        let source = BufReader::new(endless.chain(&b"\n{\"t\": \"x\"}\n"[..]));
        let place = Place {
            name: "f".to_owned(),
            skip_bad_lines,
            counters: Arc::default(),
        };
        let mut text = Vec::new();
        let more = JsonLines::new(source, "t", place).next(&mut text);
        more.map(|more| (more, text))
    };
    assert_eq!(next(true).unwrap(), (true, b"x".to_vec()));
    let error = next(false).unwrap_err().to_string();
    let expected = "f, line 1: a record of more than 256 MiB; ";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn tables() {
    let table = |column: &str| SourceOptions {
        format: TextFormat::Table {
            column: column.to_owned(),
        },
        ..SourceOptions::default()
    };
    let csv = b"id,text\n1,\"one, \"\"two\"\"\nthree\"\n2,four\n";
    assert_eq!(
        text_of(csv, &table("text")).unwrap(),
        "one, \"two\"\nthree\nfour\n"
    );
    assert_eq!(
        text_of(b"a\ttext\n1,2\tone\n", &table("text")).unwrap(),
        "one\n"
    );
    assert_eq!(text_of(b"text\none\n", &table("text")).unwrap(), "one\n");
    assert_eq!(text_of(b"", &table("text")).unwrap(), "");
    assert_eq!(
        error_of(csv, &table("body")),
        "f, line 1: no column \"body\"; the columns are: id, text"
    );
    let short = b"id,text\n1,one\n2\n3,three";
    let error = error_of(short, &table("text"));
    assert!(
        error.starts_with("f, line 3: 1 columns, expected at least 2"),
        "{error}"
    );
    // Lines are counted whether they are blank, within quotes, or end with \r\n.
    for short in [
        "id,text\n\n\n1,one\n\n2\n",
        "id,text\r\n\r\n\r\n1,one\r\n\r\n2\r\n3,three\r\n",
        "id,text\n1,\"one\ntwo\n\"\n\n\"2\n\n\"",
        "id,text\n1,\"one\r\n\r\n\"\r\n\n2",
    ] {
        let error = error_of(short.as_bytes(), &table("text"));
        assert!(
            error.starts_with("f, line 6: 1 columns"),
            "{short:?}: {error}"
        );
    }
    let mut long = "id,text\n".to_owned();
    for _ in 0..5_000 {
        long.push_str("1,\"one\ntwo\"\n\n");
    }
    let error = error_of(format!("{long}2").as_bytes(), &table("text"));
    assert!(error.starts_with("f, line 15002: 1 columns"), "{error}");
    let skip = SourceOptions {
        skip_bad_lines: true,
        ..table("text")
    };
    assert_eq!(text_of(short, &skip).unwrap(), "one\nthree\n");
}

/// A file that is cut while it is read is not taken for a short one; one that grows is read as far as it goes.
#[test]
fn a_file_that_shrinks_while_it_is_read() {
    let line = b"one two three four\n";
    for packed in [false, true] {
        let mut bytes = line.repeat(100_000);
        if packed {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
            encoder.write_all(&bytes).unwrap();
            bytes = encoder.finish().unwrap();
        }
        let folder = folder(&[("f", &bytes)]);
        let path = folder.path().join("f");
        let file = std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap();
        let read_on = |length: u64| {
            let inputs = vec![Input::Path(path.clone())];
            let options = SourceOptions::default();
            let mut blocks = BlockReader::new(inputs, 1 << 16, &options, Arc::default()).unwrap();
            let mut block = Vec::new();
            blocks.next(&mut block).unwrap();
            file.set_len(length).unwrap();
            while blocks.next(&mut block)? {}
            Ok::<u64, crate::Error>(blocks.bytes())
        };
        let length = bytes.len() as u64;
        if !packed {
            assert!(read_on(length + 4).unwrap() >= length);
            file.set_len(length).unwrap();
        }
        let error = read_on(length - 60_000).unwrap_err().to_string();
        let found =
            format!("/f: expected {length} bytes as when it was opened, found its end after ");
        assert!(error.contains(&found), "{error}");
    }
}
