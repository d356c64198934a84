//! Arrays and tensors as other tools write them and ours do not.

use std::fs;

use super::source::LONGEST;
use super::tests::{read_as, refusal, row, rows};

/// The numbers 1, -2, 3 and 4 in each type, by the names that NumPy and safetensors have for it.
fn four_numbers() -> [(&'static str, &'static str, Vec<u8>); 4] {
    let floats = [1.0f32, -2.0, 3.0, 4.0];
    let halves = [0x3C00u16, 0xC000, 0x4200, 0x4400];
    [
        ("<f2", "F16", halves.map(u16::to_le_bytes).concat()),
        ("<f4", "F32", floats.map(f32::to_le_bytes).concat()),
        (
            "<f8",
            "F64",
            floats.map(|x| f64::from(x).to_le_bytes()).concat(),
        ),
        ("|i1", "I8", vec![1, 0xFE, 3, 4]),
    ]
}

/// An array as NumPy writes it in this version of its format.
fn npy(version: u8, dictionary: &str, numbers: &[u8]) -> Vec<u8> {
    let length = (dictionary.len() as u32).to_le_bytes();
    let length = &length[..if version == 1 { 2 } else { 4 }];
    let head = [b"\x93NUMPY", &[version, 0][..], length];
    [head.concat(), dictionary.into(), numbers.into()].concat()
}

#[test]
fn arrays_of_every_type_and_version_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("vocab.txt"), "one\r\ntwo\r\n").unwrap();
    let expected = [row("one", &[1.0, -2.0]), row("two", &[3.0, 4.0])];
    for (descr, _, numbers) in four_numbers() {
        // The longest header there may be, and one whose length takes two bytes.
        for (version, length) in [(1, 310), (2, 118), (2, LONGEST), (3, 310)] {
            let facts =
                format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2, 2), }}");
            let padding = " ".repeat(length - facts.len());
            let file = npy(version, &(facts + &padding), &numbers);
            let found = read_as(folder, "a.npy", &file).unwrap();
            assert_eq!(rows(found), expected, "{descr} {version}");
        }
    }
}

#[test]
fn arrays_that_are_no_vectors_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("vocab.txt"), "one\ntwo\n").unwrap();
    let facts = |descr: &str, fortran: &str, shape: &str| {
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}")
    };
    for (dictionary, said) in [
        (facts(">f4", "False", "(2, 2)"), "numbers of type <f2"),
        (facts("<f4", "True", "(2, 2)"), "rows in a row"),
        (facts("<f4", "False", "(4,)"), "a shape (words, dim)"),
        (facts("<f4", "False", "(2, 2, 1)"), "a shape (words, dim)"),
        (facts("<f4", "False", "(2, 3)"), "2 x 3 numbers of 4 bytes"),
        (facts("<f4", "False", "(2, 1)"), "2 x 1 numbers of 4 bytes"),
        (facts("<f4", "False", "(1, 4)"), "1 lines, one for each"),
        (facts("<f4", "False", "(4, 1)"), "4 lines, one for each"),
    ] {
        let error = refusal(folder, "a.npy", &npy(1, &dictionary, &[0; 16]));
        assert!(error.contains(said), "{error}");
    }
    let long = npy(2, &" ".repeat(LONGEST + 1), &[0; 16]);
    let error = refusal(folder, "a.npy", &long);
    assert!(error.contains("expected at most 1 MiB"), "{error}");
}

/// A file of safetensors with this header.
fn safetensors(header: &str, numbers: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), numbers].concat()
}

/// A tensor's line in the header.
fn tensor(name: &str, dtype: &str, shape: &str, [from, to]: [usize; 2]) -> String {
    format!(r#""{name}": {{"dtype": "{dtype}", "shape": {shape}, "data_offsets": [{from}, {to}]}}"#)
}

#[test]
fn tensors_of_every_type_are_read_among_others() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("vocab.txt"), "one\ntwo\n").unwrap();
    let bfloats = [0x3F80u16, 0xC000, 0x4040, 0x4080].map(u16::to_le_bytes);
    let types = four_numbers().map(|(_, dtype, numbers)| (dtype, numbers));
    let types = types.into_iter().chain([("BF16", bfloats.concat())]);
    for (dtype, numbers) in types {
        // Before and after it stand tensors that are no matrices.
        let (from, to) = (5, 5 + numbers.len());
        let bytes = [&[9; 5][..], &numbers, &[9; 3]].concat();
        for name in ["vectors", "any name"] {
            let lines = [
                tensor("before", "I8", "[5]", [0, from]),
                tensor("nothing", "I8", "[0]", [from, from]),
                tensor(name, dtype, "[2, 2]", [from, to]),
                tensor("z after", "I8", "[1, 3, 1]", [to, to + 3]),
            ];
            let header = format!("{{{}}}", lines.join(", "));
            let found = read_as(folder, "a.safetensors", &safetensors(&header, &bytes)).unwrap();
            let expected = [row("one", &[1.0, -2.0]), row("two", &[3.0, 4.0])];
            assert_eq!(rows(found), expected, "{dtype}");
        }
    }
}

#[test]
fn tensors_that_are_no_vectors_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("vocab.txt"), "one\ntwo\n").unwrap();
    let line = |name, dtype, shape, span| tensor(name, dtype, shape, span);
    let two = |first: [usize; 2], second: [usize; 2]| {
        let second = tensor("b", "I8", "[8]", second);
        format!("{}, {second}", tensor("a", "I8", "[2, 4]", first))
    };
    for (tensors, said) in [
        (
            line("a", "I64", "[2, 1]", [0, 16]),
            "tensor \"a\" (byte 8): expected numbers of type F16",
        ),
        (
            line("vectors", "F32", "[4]", [0, 16]),
            "a shape [words, dim]",
        ),
        (line("a", "F32", "[4]", [0, 16]), "one matrix only"),
        (line("a", "F32", "[2, 2]", [4, 20]), "one that begins at 0"),
        (line("a", "F32", "[2, 2]", [0, 12]), "12 bytes of numbers"),
        (line("a", "F32", "[2, 2]", [0, 20]), "20 bytes of numbers"),
        (line("a", "F32", "[2, 1]", [0, 16]), "for 2 x 1 numbers"),
        (two([0, 8], [9, 16]), "one that begins at 8"),
        (two([0, 8], [7, 16]), "one that begins at 8"),
        (two([0, 16], [16, 8]), "one that begins at 16"),
        (two([0, 8], [8, 15]), "15 bytes of numbers"),
    ] {
        let file = safetensors(&format!("{{{tensors}}}"), &[0; 16]);
        let error = refusal(folder, "a.safetensors", &file);
        assert!(error.contains(said), "{error}");
    }
    // Two matrices of names that say nothing; a name that does decides.
    let lines = |second| {
        let second = tensor(second, "F32", "[2, 1]", [8, 16]);
        format!("{{{}, {second}}}", tensor("a", "F32", "[2, 1]", [0, 8]))
    };
    let numbers = [1.0f32, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat();
    let error = refusal(folder, "a.safetensors", &safetensors(&lines("b"), &numbers));
    assert!(error.contains(r#"tensors ["a", "b"]"#), "{error}");
    let file = safetensors(&lines("embedding.weight"), &numbers);
    let found = read_as(folder, "a.safetensors", &file).unwrap();
    assert_eq!(rows(found), [row("one", &[3.0]), row("two", &[4.0])]);
    // A header longer than the file.
    let mut file = safetensors(&format!("{{{}}}", two([0, 8], [8, 16])), &[0; 16]);
    file[0] += 17;
    let error = refusal(folder, "a.safetensors", &file);
    assert!(error.contains("expected at most"), "{error}");
}

#[test]
fn the_words_of_a_packed_array_are_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let facts = "{'descr': '|i1', 'fortran_order': False, 'shape': (1, 1), }";
    let array = npy(1, facts, &[7]);
    fs::write(folder.join("a.vocab.txt"), "word\n").unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    std::io::Write::write_all(&mut gzip, &array).unwrap();
    for (name, bytes) in [
        ("a.npy.gz", gzip.finish().unwrap()),
        ("a.npy.zst", zstd::encode_all(&array[..], 1).unwrap()),
    ] {
        let found = read_as(folder, name, &bytes).unwrap();
        assert_eq!(rows(found), [row("word", &[7.0])]);
    }
}

/// A packed file does not tell its length, so that what its header says has to do.
#[test]
fn packed_arrays_that_are_too_large_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for shape in [
        "(4294967296, 1)",
        "(4294967295, 9223372036854775808)",
        "(2, 0)",
    ] {
        let facts = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        let packed = zstd::encode_all(&npy(1, &facts, &[0; 16])[..], 1).unwrap();
        let error = refusal(folder, "a.npy.zst", &packed);
        assert!(
            error.contains("expected fewer than 2^32 vectors"),
            "{error}"
        );
    }
}
