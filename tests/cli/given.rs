//! Vectors to begin with, frozen or not, and models that are trained further.

use ndarray::{Array2, array};
use w2v::embeddings::{Embeddings, Metadata, OwnedEmbeddings};

use crate::common::{Folder, small_text};

/// Writes vectors of these words in word2vec's text format.
fn write_vectors(folder: &Folder, name: &str, rows: &[(&str, [f32; 4])]) {
    let mut text = format!("{} 4\n", rows.len());
    for (word, row) in rows {
        let numbers: Vec<String> = row.iter().map(f32::to_string).collect();
        text.push_str(&format!("{word} {}\n", numbers.join(" ")));
    }
    folder.write(name, text);
}

/// A small text, and vectors for two of its words and one other.
fn folder() -> Folder {
    let folder = Folder::with_corpus(small_text());
    let rows = [
        ("zebra", [1.0, 2.0, 3.0, 4.0]),
        ("red", [0.5, -0.25, 0.125, 1.0]),
        ("dog", [-0.5, 0.75, 1.5, 0.1]),
    ];
    write_vectors(&folder, "given.txt", &rows);
    folder
}

fn words(model: &Embeddings) -> Vec<&str> {
    (0..model.len() as u32).map(|id| model.word(id)).collect()
}

const OPTIONS: &str = "train corpus.txt --subsample 0 --threads 2";

#[test]
fn given_vectors_come_first_and_the_others_stay() {
    let folder = folder();
    let run = folder.w2v(&format!("{OPTIONS} --init given.txt")).ok();
    let said = "  2 of the words (10.0 %) have given vectors: 10.0 % of the tokens\n  \
                18 words are new; 1 given ones are not in the text\n";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert!(run.stderr.contains("dim 4"), "{}", run.stderr);
    let model = folder.open("vectors.w2v");
    assert_eq!(words(&model)[..3], ["zebra", "red", "dog"]);
    assert_eq!((model.len(), model.dim()), (21, 4));
    assert_eq!(model.row(0), [1.0, 2.0, 3.0, 4.0]);
    assert_ne!(model.row(1), [0.5, -0.25, 0.125, 1.0]);
    assert_eq!((model.count(0), model.count(1)), (0, 160));
    assert_eq!(model.metadata().training["init"], "given.txt");
}

#[test]
fn whose_words_get_vectors() {
    let folder = folder();
    let run = |of: &str| {
        let options = format!("--init given.txt --init-words {of} --quiet");
        folder.w2v(&format!("{OPTIONS} {options}")).ok();
        folder.open("vectors.w2v")
    };
    let model = run("text");
    assert_eq!((model.len(), model.id("zebra")), (20, None));
    write_vectors(
        &folder,
        "given.txt",
        &[("pear", [1.0; 4]), ("red", [0.5; 4]), ("one", [2.0; 4])],
    );
    assert_eq!(words(&run("given")), ["pear", "red", "one"]);
}

#[test]
fn the_first_file_that_has_a_word_counts() {
    let folder = folder();
    write_vectors(&folder, "more.txt", &[("dog", [9.0; 4]), ("yak", [7.0; 4])]);
    let options = "--init given.txt --init more.txt --freeze all --quiet";
    folder.w2v(&format!("{OPTIONS} {options}")).ok();
    let model = folder.open("vectors.w2v");
    assert_eq!(words(&model)[..4], ["zebra", "red", "dog", "yak"]);
    assert_eq!(model.row(2), [-0.5, 0.75, 1.5, 0.1]);
    assert_eq!(model.row(3), [7.0; 4]);
}

#[test]
fn frozen_vectors_stay_as_they_are() {
    for objective in ["skipgram", "cbow"] {
        let folder = folder();
        let run = |freeze: &str| {
            let options = format!("{OPTIONS} --init given.txt --objective {objective} {freeze}");
            let run = folder.w2v(&options).ok();
            let model = folder.open("vectors.w2v");
            let rows: Vec<Vec<f32>> = (0..3).map(|id| model.row(id).to_vec()).collect();
            (rows, run.stderr)
        };
        let (red, dog) = (vec![0.5, -0.25, 0.125, 1.0], vec![-0.5, 0.75, 1.5, 0.1]);
        let (rows, said) = run("--freeze all");
        assert!(
            said.contains("10.0 % of the tokens, 2 of them frozen\n"),
            "{said}"
        );
        assert_eq!(rows[1..], [red.clone(), dog.clone()]);
        folder.write("list.txt", "dog\nwolf\n");
        let (rows, said) = run("--freeze list.txt");
        assert!(
            said.contains("1 of the words to freeze have no given vector"),
            "{said}"
        );
        assert!(rows[1] != red && rows[2] == dog);
        let (rows, said) = run("--epochs 5 --freeze all --freeze-until 4");
        assert!(said.contains("frozen until epoch 4 is over"), "{said}");
        assert!(rows[1] != red && rows[2] != dog);
        let (rows, _) = run("--epochs 5 --freeze all --freeze-until 5");
        assert_eq!(rows[1..], [red, dog]);
    }
}

/// Vectors an eighth as long are trained as far as long ones, and end an eighth as long.
#[test]
fn the_length_of_given_vectors_does_not_matter() {
    let folder = folder();
    let (red, dog) = ([0.5, -0.25, 0.125, 1.0], [-0.5, 0.75, 1.5, 0.25]);
    let train = |by: f32| {
        let rows = [("red", red.map(|x| x * by)), ("dog", dog.map(|x| x * by))];
        write_vectors(&folder, "given.txt", &rows);
        let options = "--subsample 0 --threads 1 --init given.txt --quiet";
        folder.w2v(&format!("train corpus.txt {options}")).ok();
        folder.open("vectors.w2v")
    };
    let (long, short) = (train(1.0), train(0.125));
    for (id, row) in long.rows(0..20) {
        let short: Vec<f32> = short.row(id).iter().map(|x| x * 8.0).collect();
        assert_eq!(short, row, "{}", long.word(id));
    }
    assert_ne!(long.row(0), red);
}

#[test]
fn a_model_is_trained_further() {
    let folder = Folder::with_corpus(small_text());
    let begun = "--dim 12 --window 3 --subsample 0 --keep-output --tokenizer whitespace --quiet";
    folder.w2v(&format!("train corpus.txt {begun}")).ok();
    let before = folder.open("vectors.w2v");
    assert!(before.has_output());
    folder.write("more.txt", "yak Yak red dog yak\n".repeat(30));
    let run = folder
        .w2v("train more.txt --continue vectors.w2v --output more.w2v")
        .ok();
    for kept in ["window 3", "text: tokenizer whitespace, "] {
        assert!(run.stderr.contains(kept), "{}", run.stderr);
    }
    let after = folder.open("more.w2v");
    assert!(after.has_output());
    // Old words keep their rows, and what the text does not have is as it was.
    assert_eq!(words(&after)[..20], words(&before));
    assert_eq!(words(&after)[20..], ["yak", "Yak"]);
    for id in 0..20 {
        let same = before.row(id) == after.row(id) && before.output_row(id) == after.output_row(id);
        let trained = ["red", "dog"].contains(&before.word(id));
        assert_ne!(same, trained, "{}", before.word(id));
        assert_eq!(
            after.count(id),
            before.count(id) + if trained { 30 } else { 0 }
        );
    }
    // "red" and "dog" are the most frequent now, and stand where they stood.
    for scope in ["--min-count 170", "--limit 2"] {
        let asked = |question: &str| {
            folder
                .w2v(&format!("{question} --model more.w2v {scope}"))
                .ok()
        };
        assert_eq!(asked("nearest red --top 30").words(), ["dog"]);
        assert_eq!(asked("words").stdout, "       190  dog\n       190  red\n");
        assert_eq!(asked("words --prefix r").words(), ["red"]);
        assert!(asked("rank red dog").stdout.starts_with("1 of 1 "));
    }
    let listed = folder.w2v("words --model more.w2v").ok();
    assert_eq!(listed.words()[..2], ["dog", "red"]);
    assert_eq!(listed.words()[20..], ["yak", "Yak"]);
    folder
        .w2v("convert more.w2v most.txt --format word2vec-text --limit 2 --quiet")
        .ok();
    assert_eq!(words(&folder.open("most.txt")), ["dog", "red"]);
    let info = folder.w2v("info more.w2v --verify").ok().stdout;
    assert!(info.contains("with output rows to train on"), "{info}");
    folder
        .w2v("train corpus.txt --output more.w2v --continue more.w2v --quiet")
        .ok();
    assert_eq!(folder.open("more.w2v").len(), 22);
}

#[test]
fn a_model_is_trained_further_as_it_was_at_half_the_rate() {
    let folder = Folder::with_corpus(small_text());
    folder.write("edges.txt", "a b\nb c\nc d\nd a\na c\n");
    let (text, edges) = ("corpus.txt", "edges.txt --input graph");
    let (sets, rows) = ("corpus.txt --input baskets", "corpus.txt --input sequence");
    for (input, options, rate) in [
        (text, "--window 3 --negatives 2", "0.025"),
        (text, "--objective cbow", "0.0375"),
        (text, "--objective cbow --cbow-gradient mean", "0.1"),
        (sets, "--noise-power 0.75", "0.01"),
        (sets, "--objective skipgram", "0.01"),
        (rows, "--subsample 0.1", "0.0125"),
        (edges, "--walks 3 --walk-length 7 --p 2 --q 0.5", "0.0125"),
        (edges, "--directed", "0.0125"),
    ] {
        let run = |how: &str, output: &str| {
            let train = format!("train {input} {how} --epochs 2 --output {output} --quiet");
            folder.w2v(&train).ok();
            folder.open(output).metadata().training.clone()
        };
        let mut begun = run(&format!("{options} --dim 4 --keep-output"), "begun.w2v");
        let further = run("--continue begun.w2v", "further.w2v");
        begun.insert("lr".to_owned(), rate.to_owned());
        let differ = begun
            .iter()
            .find(|(name, value)| further.get(*name) != Some(value));
        assert_eq!(differ, None, "{options}: {further:?}");
    }
}

/// What files do not hold cannot be gone on with.
#[test]
fn models_that_cannot_be_trained_further_are_told() {
    let folder = Folder::with_corpus(small_text());
    let train = |options: &str, output: &str| {
        let options =
            format!("{options} --min-count 1 --epochs 1 --dim 4 --keep-output -q -o {output}");
        folder.w2v(&format!("train corpus.txt {options}")).ok();
    };
    train("--phrases 1 --phrase-threshold 1e9", "phrases.w2v");
    train("--objective cbow --position-weights", "weights.w2v");
    train("--input sequence", "items.w2v");
    let further = |options: &str| folder.w2v(&format!("train corpus.txt -q --continue {options}"));
    further("phrases.w2v").fails(
        2,
        "error: --continue: phrases.w2v was trained with --phrases 1; add that to look for phrases in this \
         text, or --phrases 0 to leave its words single",
    );
    further("phrases.w2v --phrases 0").ok();
    further("weights.w2v").fails(
        2,
        "error: --continue: weights.w2v was trained with --position-weights, which files do not hold; give \
         it to --init, which learns them anew",
    );
    further("items.w2v").fails(
        2,
        "error: --continue: items.w2v was trained with --input sequence; add that",
    );
    further("items.w2v --input sequence").ok();
}

#[test]
fn given_words_are_kept_as_far_as_they_are_listed() {
    let folder = folder();
    let rows = ["blue", "red", "dog"].map(|word| (word, [0.5, -0.25, 0.125, 1.0]));
    write_vectors(&folder, "given.txt", &rows);
    folder.write("list.txt", "red\ngreen\ndog\n");
    let train = format!("{OPTIONS} -q --init given.txt --init-words given");
    let run = folder.w2v(&format!("{train} --min-count 3"));
    let message =
        "error: --min-count does nothing with --init-words given, which keeps words however rare\n";
    assert!(run.code == 2 && run.stderr.starts_with(message), "{run:?}");
    folder.w2v(&format!("{train} --vocab list.txt")).ok();
    let (given, trained) = (folder.open("given.txt"), folder.open("vectors.w2v"));
    assert_eq!(words(&trained), ["blue", "red", "dog"]);
    let moved = (0..3).map(|id| given.row(id) != trained.row(id));
    assert_eq!(moved.collect::<Vec<_>>(), [false, true, true]);
}

/// A unit of work is a whole epoch here: at rest for a fifth of the run would be at rest for all of it.
#[test]
fn a_short_run_learns_too() {
    let folder = folder();
    let options = "--init given.txt --epochs 1 --output short.w2v --quiet";
    folder
        .w2v(&format!("train corpus.txt --subsample 0 {options}"))
        .ok();
    let (given, short) = (folder.open("given.txt"), folder.open("short.w2v"));
    for (id, moves) in [(0, false), (1, true), (2, true)] {
        assert_eq!(given.row(id) != short.row(id), moves, "{}", short.word(id));
    }
}

#[test]
fn one_thread_begins_the_same_way_each_time() {
    let run = || {
        let folder = folder();
        let options = "--init given.txt --freeze all --freeze-until 2 --threads 1 --quiet";
        folder
            .w2v(&format!("train corpus.txt --subsample 0 {options}"))
            .ok();
        folder.read("vectors.w2v")
    };
    assert!(run() == run());
}

#[test]
fn what_cannot_be_begun_with() {
    let folder = folder();
    folder.write("vectors.w2v", "older vectors");
    let fails = |arguments: &str, code: i32, message: &str| {
        folder
            .w2v(&format!("train no-text.txt {arguments}"))
            .fails(code, message);
        assert_eq!(folder.read("vectors.w2v"), b"older vectors");
    };
    // Everything is found before the text is looked at.
    fails(
        "--init given.txt --dim 5",
        1,
        "error: given.txt: expected vectors of 5 numbers, found 4; choose --dim 4 or other vectors",
    );
    folder.write("other.txt", "1 3\ncat 1 2 3\n");
    fails(
        "--init given.txt --init other.txt",
        1,
        "error: other.txt: expected vectors of 4 numbers, found 3; choose --dim 3 or other vectors",
    );
    folder.write("nan.txt", "2 2\ncat 1 2\nred 1 nan\n");
    fails(
        "--init nan.txt",
        1,
        "error: nan.txt, vector 1 (\"red\"): expected finite numbers, found NaN or infinity; \
         training would spread them: leave the word out with `w2v convert --words`",
    );
    fails(
        "--continue given.txt",
        1,
        "error: given.txt: expected vectors with their output rows, found none; train with \
         --keep-output, or give the file to --init, which learns them anew",
    );
    folder.write("list.txt", "wolf\nowl\n");
    fails(
        "--init given.txt --freeze list.txt",
        1,
        "error: --freeze: expected words of the given vectors, found none of them among the 2 \
         words of the list (\"owl\" is the first); correct the list, or freeze all or none",
    );
    for option in ["init given.txt", "keep-output"] {
        let name = option.split(' ').next().unwrap();
        let message = format!(
            "error: --{name}: expected the vectors as they were trained, found --vectors \
             combined; leave one of the two out"
        );
        fails(&format!("--{option} --vectors combined"), 2, &message);
    }
}

#[test]
fn options_that_mean_nothing_alone_or_together() {
    let folder = folder();
    for arguments in [
        "--freeze all",
        "--init-words text",
        "--continue given.txt --dim 4",
        "--continue given.txt --tokenizer unicode",
        "--continue given.txt --init given.txt",
        "--init given.txt --freeze-until 2",
    ] {
        assert_eq!(
            folder.w2v(&format!("train corpus.txt {arguments}")).code,
            2,
            "{arguments}"
        );
    }
}

/// Rows of a damaged file are not trained on.
#[test]
fn damage_is_found_before_training() {
    let folder = Folder::with_corpus(small_text());
    let words = [("red", 1), ("dog", 1)];
    let matrix: Array2<f32> = array![[1.0, 2.0], [3.0, 4.0]];
    let owned = OwnedEmbeddings::from_words(words.into_iter(), matrix.clone());
    let model = Embeddings::from_owned(owned, Metadata::default()).with_output(matrix);
    w2v::format::save(&folder.path("given.w2v"), &model).unwrap();
    let mut bytes = folder.read("given.w2v");
    *bytes.last_mut().unwrap() ^= 1;
    folder.write("given.w2v", bytes);
    let run = folder.w2v("train corpus.txt --init given.w2v");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("output-f32"), "{}", run.stderr);
    assert_eq!(folder.files(), ["corpus.txt", "given.w2v"]);
}
