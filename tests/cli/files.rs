//! `convert` and `info`: files of other tools in and out.

use std::path::Path;

use serde_json::Value;

use crate::common::Folder;

/// word2vec text with a header that counts one word too many, a word that comes twice, and a
/// space after each row, as fastText writes.
const TEXT: &str = "4 2\nking 1 0.5 \nqueen -2e-3 3 \nking 9 9 \n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("in.vec", TEXT);
    folder
}

#[test]
fn converts_by_the_end_of_the_name_and_says_what_was_put_right() {
    let folder = folder();
    let run = folder.w2v("convert in.vec out.bin").ok();
    assert_eq!(
        run.stderr,
        "1 words came again; the first vector of each was kept\n\
         the header says 4 words; the lines were believed instead\n\
         wrote out.bin: 2 words x 2 as word2vec-binary, 33 B\n"
    );
    let mut expected = b"2 2\nking \0\0\x80\x3f\0\0\0\x3f\nqueen ".to_vec();
    expected.extend([-2e-3f32, 3.0].iter().flat_map(|x| x.to_le_bytes()));
    expected.push(b'\n');
    assert_eq!(folder.read("out.bin"), expected);
    assert_eq!(folder.w2v("convert in.vec out.w2v --quiet").ok().stderr, "");
    folder.w2v("convert out.w2v back.glove --quiet").ok();
    assert_eq!(folder.read("back.glove"), b"king 1 0.5\nqueen -0.002 3\n");
    // Any file answers questions.
    let answer = folder.w2v("nearest king --model back.glove").ok().stdout;
    assert_eq!(answer, "0.4466  queen\n");
}

/// `golden/fasttext.bin` was written by fastText 0.9.2 (fasttext-wheel from PyPI), and what it says the
/// vectors are stands in `golden/fasttext.txt`:
///
/// ```python
/// text = "der König sieht die Königin\\ndie Königin sieht das Haus\\n" \
///     "das Haus der Königin ist groß\\n王 と 女王 の 家\\n" * 6
/// open("text.txt", "w", encoding="utf8").write(text)
/// # With fewer threads fastText leaves rows unset.
/// model = fasttext.train_unsupervised("text.txt", model="skipgram", dim=5, minCount=1, minn=2,
///                                     maxn=4, bucket=50, epoch=3, thread=10)
/// model.save_model("fasttext.bin")
/// for word in model.words:
///     print(word, *(f"{x:.9g}" for x in model.get_word_vector(word)))
/// ```
#[test]
fn a_model_of_fasttext_has_the_vectors_that_fasttext_says() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let model = w2v::format::open(&golden.join("fasttext.bin")).unwrap();
    let expected = w2v::format::open(&golden.join("fasttext.txt")).unwrap();
    assert_eq!((model.len(), model.dim()), (15, 5));
    for id in 0..15 {
        assert_eq!(model.word(id), expected.word(id));
        assert!(model.count(id) >= 6);
        for (x, y) in model.row(id).iter().zip(expected.row(id)) {
            assert!((x - y).abs() < 1e-7, "{}: {x} {y}", model.word(id));
        }
    }
}

#[test]
fn chooses_words_and_lengths() {
    let folder = folder();
    // A mark of the encoding is no part of the first word.
    folder.write("words.txt", "\u{FEFF}queen\nnobody\n");
    let run = folder
        .w2v("convert in.vec out.txt --words words.txt --normalize")
        .ok();
    assert!(
        run.stderr
            .contains("1 of the words asked for are not there\n")
    );
    let text = String::from_utf8(folder.read("out.txt")).unwrap();
    assert!(
        text.starts_with("1 2\nqueen -0.00066666") && text.contains(" 0.999999"),
        "{text}"
    );
    folder
        .w2v("convert in.vec x --format glove --limit 1 --quiet")
        .ok();
    assert_eq!(folder.read("x"), b"king 1 0.5\n");
}

/// The row for unknown words may stand behind the words that are written, in whatever format it comes.
#[test]
fn the_row_for_unknown_words_is_found_beyond_the_limit() {
    let folder = Folder::new();
    folder.write("in.txt", "4 2\na 1 2\nb 3 4\nc 5 6\nfar 7 8\n");
    for input in ["in.w2v", "in.bin", "in.npy", "in.tsv", "in.fifu"] {
        folder.w2v(&format!("convert in.txt {input} -q")).ok();
    }
    for input in ["in.txt", "in.w2v", "in.bin", "in.npy", "in.tsv", "in.fifu"] {
        for (name, row) in [("far", "7 8"), ("nobody", "2 3")] {
            let options = format!("--limit 2 --unknown-row={name} -q");
            folder
                .w2v(&format!("convert {input} out.txt {options}"))
                .ok();
            let text = String::from_utf8(folder.read("out.txt")).unwrap();
            let expected = format!("3 2\n{name} {row}\na 1 2\nb 3 4\n");
            assert_eq!(text, expected, "{input}");
        }
    }
}

/// Rows of zeros have no direction that the mean could share.
#[test]
fn the_mean_for_unknown_words_is_that_of_rows_with_a_direction() {
    let folder = Folder::new();
    folder.write("in.txt", "3 2\na 1 2\nzero 0 0\nb 3 4\n");
    let run = folder.w2v("convert in.txt /dev/stdout --format glove --unknown-row -q");
    assert_eq!(run.ok().stdout, "<unk> 2 3\na 1 2\nzero 0 0\nb 3 4\n");
}

/// Each name stands once: the two rows have two, and a word of that name makes room.
#[test]
fn rows_before_the_words_have_names_of_their_own() {
    let folder = folder();
    for format in [
        "w2v",
        "bin",
        "txt",
        "glove",
        "npy",
        "safetensors",
        "fifu",
        "tsv",
    ] {
        folder
            .w2v(&format!(
                "convert in.vec out.{format} --padding-row=x --unknown-row=x"
            ))
            .fails(
                2,
                "error: --padding-row and --unknown-row: expected two names, found \"x\" for both; \
                 choose another for one of them",
            );
    }
    assert_eq!(folder.files(), ["in.vec"]);
    folder
        .w2v("convert in.vec out.glove -q --padding-row=queen --unknown-row=king")
        .ok();
    assert_eq!(folder.read("out.glove"), b"queen 0 0\nking 1 0.5\n");
}

/// Words beside one matrix may be those of another, too: they are shared as long as they are the same.
#[test]
fn the_words_of_another_matrix_are_not_written_over() {
    let folder = folder();
    let taken = |out: &str, other: &str, apart: &str| {
        format!(
            "error: {out}: its words would take the place of those of {other}; choose another \
             {apart}, or remove that file first"
        )
    };
    folder.write("corpus.txt", "to be or not to be\n".repeat(300));
    for (out, other, beside, apart) in [
        ("v.safetensors", "v.npy", "v.vocab.txt", "name"),
        ("two.tsv", "one.tsv", "metadata.tsv", "folder"),
    ] {
        let convert =
            |out: &str, options: &str| folder.w2v(&format!("convert in.vec {out} -q {options}"));
        convert(other, "").ok();
        convert(out, "").ok();
        std::fs::remove_file(folder.path(out)).unwrap();
        let (before, words) = (folder.files(), folder.read(beside));
        convert(out, "--limit 1").fails(1, &taken(out, other, apart));
        folder
            .w2v(&format!("train corpus.txt -q -o {out}"))
            .fails(1, &taken(out, other, apart));
        assert_eq!((folder.files(), folder.read(beside)), (before, words));
        // Its own words go with it.
        convert(other, "--limit 1").ok();
        assert_eq!(folder.open(other).len(), 1);
        folder.w2v(&format!("train corpus.txt -q -o {other}")).ok();
        // What cannot be read with the words that are there loses none.
        folder.write(out, "1\t2\n3\t4\n5\t6\n");
        convert(other, "").ok();
        std::fs::remove_file(folder.path(out)).unwrap();
    }
    // A list for the whole folder is some matrix's, too.
    std::fs::rename(folder.path("v.vocab.txt"), folder.path("vocab.txt")).unwrap();
    folder
        .w2v("convert in.vec v.safetensors --limit 1")
        .fails(1, &taken("v.safetensors", "v.npy", "name"));
    // Numbers have their words in their folder, whatever their name.
    std::fs::rename(folder.path("one.tsv"), folder.path("numbers")).unwrap();
    folder
        .w2v("convert numbers two.tsv --limit 1")
        .fails(1, &taken("two.tsv", "numbers", "folder"));
}

/// A list that a link leads to is not written over under another name.
#[cfg(unix)]
#[test]
fn words_behind_a_link_are_not_written_over() {
    let folder = folder();
    folder.w2v("convert in.vec a.npy -q").ok();
    std::os::unix::fs::symlink("a.vocab.txt", folder.path("b.vocab.txt")).unwrap();
    let words = folder.read("a.vocab.txt");
    folder.w2v("convert a.npy b.npy --limit 1").fails(
        1,
        "error: b.npy: its words would take the place of those of a.npy; choose another name, or \
         remove that file first",
    );
    assert_eq!(folder.read("a.vocab.txt"), words);
    folder.w2v("convert a.npy b.npy --normalize -q").ok();
    assert_eq!(folder.open("b.npy").len(), 2);
}

/// Words that are numbers look like a matrix themselves.
#[test]
fn words_that_are_numbers_are_no_other_matrix() {
    let folder = Folder::new();
    folder.write("nums.txt", "3 2\n1 .5 .25\n2 1 2\n3 3 4\n");
    folder.write("more.txt", "2 2\n7 1 2\n8 3 4\n");
    for (input, numbers) in [
        ("nums.txt", "0.5\t0.25\n1\t2\n3\t4\n"),
        ("nums.txt", "0.5\t0.25\n1\t2\n3\t4\n"),
        ("more.txt", "1\t2\n3\t4\n"),
    ] {
        folder.w2v(&format!("convert {input} v.tsv -q")).ok();
        assert_eq!(folder.read("v.tsv"), numbers.as_bytes());
    }
    assert_eq!(folder.read("metadata.tsv"), b"7\n8\n");
}

#[test]
fn a_matrix_does_not_lie_where_its_words_belong() {
    let folder = folder();
    for out in ["metadata.tsv", "projector_config.pbtxt"] {
        folder
            .w2v(&format!("convert in.vec {out} --format tensorboard"))
            .fails(
                1,
                &format!("error: {out}: its words would be written into the same file; choose another name"),
            );
    }
    assert_eq!(folder.files(), ["in.vec"]);
}

#[test]
fn refuses_what_it_cannot_do() {
    let folder = folder();
    let run = folder.w2v("convert in.vec out.xyz");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("choose one with --format (w2v, "),
        "{}",
        run.stderr
    );
    let run = folder.w2v("convert in.vec no/where.bin");
    assert_eq!(run.code, 1);
    let run = folder.w2v("convert in.vec out.glove --limit 0");
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("'0' for '--limit <N>'"), "{run:?}");
    folder.write("commas.txt", "2 2\nking 0,5 1\nqueen 1 2\n");
    folder.w2v("convert commas.txt out.bin").fails(
        1,
        "error: commas.txt: line 2 (byte 4): expected a word and 2 numbers, found \"0,5\"; numbers \
         need decimal points, not commas: export them again",
    );
    assert!(!folder.path("out.bin").exists());
}

#[test]
fn info_tells_what_a_file_is() {
    let folder = folder();
    let run = folder.w2v("info in.vec --json").ok();
    let info: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(info["format"], "word2vec-text");
    assert_eq!((&info["words"], &info["dim"]), (&2.into(), &2.into()));
    assert_eq!(info["notes"].as_array().unwrap().len(), 2);
    folder.w2v("convert in.vec v.w2v --quiet").ok();
    let run = folder.w2v("info v.w2v --verify").ok();
    assert!(run.stdout.contains("checksums   right\n"), "{}", run.stdout);
    let mut damaged = folder.read("v.w2v");
    *damaged.last_mut().unwrap() ^= 1;
    folder.write("damaged.w2v", damaged);
    folder.w2v("info damaged.w2v").ok();
    let run = folder.w2v("info damaged.w2v --verify");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("expected checksum"), "{}", run.stderr);
}

#[test]
fn small_numbers_tell_what_they_lose() {
    let folder = Folder::new();
    let rows = (0..60).map(|i| format!("w{i} {} {} 1\n", (i * 7) % 60, (i * 11) % 60));
    folder.write("in.txt", format!("60 3\n{}", rows.collect::<String>()));
    folder.w2v("convert in.txt full.w2v --quiet").ok();
    let top = |model: &str| {
        folder
            .w2v(&format!("nearest w7 --model {model}"))
            .ok()
            .stdout
    };
    for (options, numbers) in [
        ("--dtype f16", "f16"),
        ("--dtype i8", "i8"),
        ("--quick", "f32 and i8"),
    ] {
        let run = folder
            .w2v(&format!("convert full.w2v small.w2v {options}"))
            .ok();
        let said = run.stderr.lines().next().unwrap_or_default();
        let told = "of the 10 nearest to 60 words (among 60) ";
        assert!(
            said.starts_with(told) && said.contains(" % are kept; "),
            "{said}"
        );
        let info = folder.w2v("info small.w2v --verify --json").ok().stdout;
        let info: Value = serde_json::from_str(&info).unwrap();
        assert_eq!(info["numbers"], numbers);
        if options == "--quick" {
            assert!(
                said.contains(" 100.00 % are kept; 100.0 % of the answers"),
                "{said}"
            );
            assert_eq!(top("small.w2v"), top("full.w2v"));
        }
        // Numbers that were small stay what they are in any other file.
        folder.w2v("convert small.w2v back.w2v --quiet").ok();
        assert_eq!(top("small.w2v"), top("back.w2v"));
    }
    folder.w2v("convert full.w2v out.bin --dtype i8").fails(
        2,
        "error: --dtype and --quick: the format word2vec-binary has numbers of its own; name the \
         output .w2v, or leave them out",
    );
}

#[test]
fn trains_straight_into_other_formats() {
    let folder = Folder::new();
    folder.write("text.txt", "to be or not to be\n".repeat(300));
    let train = |rest: &str| {
        folder.w2v(&format!(
            "train text.txt --threads 1 --epochs 1 --subsample 0 {rest}"
        ))
    };
    train("--output native.w2v --quiet").ok();
    folder.w2v("convert native.w2v expected.bin --quiet").ok();
    train("--output found.bin --quiet").ok();
    assert_eq!(folder.read("found.bin"), folder.read("expected.bin"));
    train("--output found.bin --keep-output").fails(
        2,
        "error: found.bin: only the native format can hold output rows; name the file .w2v",
    );
}

#[test]
fn words_that_are_no_utf_8_come_back_byte_for_byte() {
    let folder = Folder::new();
    // Two words that would be one if their last bytes were lost, and one that ends within a character.
    let mut bytes = b"3 1\n".to_vec();
    for word in [&b"caf\xC3"[..], b"caf\xE9", b"plain"] {
        bytes.extend(word);
        bytes.push(b' ');
        bytes.extend(2f32.to_le_bytes());
        bytes.push(b'\n');
    }
    folder.write("in.bin", &bytes);
    let run = folder.w2v("convert in.bin a.w2v").ok();
    assert!(
        run.stderr
            .starts_with("2 words hold bytes that are no UTF-8;")
    );
    for name in [
        "b.txt",
        "c.npy",
        "d.fifu",
        "e.glove",
        "f.safetensors",
        "g.bin",
    ] {
        folder.w2v(&format!("convert a.w2v {name} --quiet")).ok();
        folder.w2v(&format!("convert {name} back.bin --quiet")).ok();
        assert_eq!(folder.read("back.bin"), bytes, "{name}");
    }
    assert!(
        folder
            .read("b.txt")
            .starts_with(b"3 1\ncaf\xC3 2\ncaf\xE9 2\n")
    );
}

/// By its bytes, as lists of other tools have it, or as it is shown here.
#[test]
fn a_list_names_words_that_are_no_utf_8() {
    let folder = Folder::new();
    // The last one is UTF-8, of a character that otherwise stands for a byte.
    let words = [
        &b"caf\xC3"[..],
        b"caf\xE9",
        b"plain",
        "\u{10F7E9}".as_bytes(),
    ];
    let row = |word: &[u8]| [word, b" 2\n"].concat();
    folder.write("in.txt", [&b"4 1\n"[..], &words.map(row).concat()].concat());
    folder.w2v("convert in.txt in.w2v -q").ok();
    let shown = folder.w2v("words -m in.w2v --format tsv").ok().stdout;
    let shown = shown.lines().map(|line| line.split('\t').nth(1).unwrap());
    for (word, shown) in words.iter().zip(shown) {
        for list in [word, shown.as_bytes()] {
            folder.write("list.txt", [list, b"\r\nnobody\n"].concat());
            let run = folder.w2v("convert in.w2v out.glove --words list.txt").ok();
            assert_eq!(folder.read("out.glove"), row(word), "{list:?}");
            let missing = "1 of the words asked for are not there\n";
            assert!(run.stderr.starts_with(missing), "{run:?}");
        }
    }
}

#[test]
fn output_rows_go_with_the_rows_before_the_words() {
    let folder = Folder::with_corpus(crate::common::small_text());
    let train = "train corpus.txt --keep-output --dim 8 --epochs 1 --threads 1 -q -o a.w2v";
    folder.w2v(train).ok();
    let trained = folder.open("a.w2v");
    let convert = |options: &str| folder.w2v(&format!("convert a.w2v b.w2v {options}"));
    convert("--padding-row --unknown-row").ok();
    let found = folder.open("b.w2v");
    assert_eq!(found.output_row(0), Some(&[0.0; 8][..]));
    let all = (0..20).flat_map(|id| trained.output_row(id).unwrap().first());
    let mean = all.sum::<f32>() / 20.0;
    let unknown = found.output_row(1).unwrap();
    assert!((unknown[0] - mean).abs() < 1e-6, "{unknown:?} {mean}");
    for id in 0..20 {
        assert_eq!(found.output_row(id + 2), trained.output_row(id));
    }
    convert("--unknown-row=red").ok();
    let red = trained.id("red").unwrap();
    assert_eq!(folder.open("b.w2v").output_row(0), trained.output_row(red));
    // Those of vectors at length 1 would tell nothing.
    let run = convert("--normalize").ok();
    assert!(!folder.open("b.w2v").has_output());
    assert!(
        run.stderr.starts_with("the output rows were left out: "),
        "{run:?}"
    );
}

#[test]
fn numbers_beyond_f16_are_counted() {
    let folder = Folder::new();
    folder.write("in.txt", "2 2\nlarge 1e6 0\nsmall 1 1\n");
    let run = folder.w2v("convert in.txt half.w2v --dtype f16").ok();
    let said = "1 vectors hold numbers beyond what f16 can; its largest stands for them\n";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let vector = folder.w2v("vector large --model half.w2v").ok().stdout;
    assert_eq!(vector, "65504 0\n");
}

#[test]
fn training_writes_small_numbers_and_named_formats() {
    let folder = Folder::with_corpus(crate::common::small_text());
    let train = "train corpus.txt --dim 8 --epochs 1 --threads 1";
    let run = folder
        .w2v(&format!("{train} --dtype i8 --output a.w2v"))
        .ok();
    assert!(
        run.stderr.contains("of the 10 nearest to 20 words"),
        "{}",
        run.stderr
    );
    let info: Value = serde_json::from_str(&folder.w2v("info a.w2v --json").ok().stdout).unwrap();
    assert_eq!(info["numbers"], "i8", "{info}");
    folder
        .w2v(&format!("{train} --format glove --output b.bin --quiet"))
        .ok();
    assert!(
        String::from_utf8(folder.read("b.bin"))
            .unwrap()
            .lines()
            .count()
            == 20
    );
    let run = folder.w2v(&format!("{train} --dtype f16 --output c.bin"));
    assert_eq!(run.code, 2, "{run:?}");
}
