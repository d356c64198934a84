//! The edges of what may be asked for: finite vectors, or one line that names the option to lower.

use crate::common::{Folder, small_text};

/// Trains on `text`: either the vectors are finite and at least one is not zero, or the run failed with a
/// line that names `--lr`, and there is no file.
#[track_caller]
fn sane(text: &str, options: &str) -> bool {
    let folder = Folder::with_corpus(text);
    let run = folder.w2v(&format!(
        "train corpus.txt -q --min-count 1 --subsample 0 {options}"
    ));
    if run.code != 0 {
        assert!(
            run.code == 1
                && run.stderr.starts_with("error: training diverged in epoch ")
                && run.stderr.contains("; lower --lr (it is ")
                && run.stderr.lines().count() == 1,
            "{options}: {run:?}"
        );
        assert_eq!(folder.files(), ["corpus.txt"], "{options}");
        return false;
    }
    let model = folder.open("vectors.w2v");
    model.verify().unwrap();
    let all = (0..model.len() as u32).flat_map(|id| model.row(id).to_vec());
    let all: Vec<f32> = all.collect();
    assert!(all.iter().all(|x| x.is_finite()), "{options}");
    assert!(all.iter().any(|x| *x != 0.0), "{options}");
    let norms = model.inverse_norms().iter();
    assert!(norms.clone().all(|x| x.is_finite()), "{options}");
    true
}

/// What must succeed at its usual learning rate.
#[track_caller]
fn works(text: &str, options: &str) {
    assert!(sane(text, options), "{options} diverged");
}

const OBJECTIVES: [&str; 4] = [
    "--objective skipgram",
    "--objective cbow",
    "--objective cbow --cbow-gradient mean",
    "--objective cbow --position-weights",
];

#[test]
fn learning_rates_that_are_too_high() {
    for objective in OBJECTIVES {
        let mut diverged = 0;
        for lr in ["0.5", "2", "10"] {
            for shape in ["--dim 20", "--dim 100 --negatives 20 --window 10"] {
                let options = format!("{objective} --lr {lr} {shape} --epochs 100 --threads 2");
                diverged += u32::from(!sane(&small_text(), &options));
            }
        }
        println!("{objective}: {diverged} of 6 diverged");
    }
}

/// Never NaN with exit 0: the sum of gradients at a rate for the mean of them is what CBOW cannot bear.
#[test]
fn cbow_with_a_rate_far_too_high_says_so() {
    let text = small_text().repeat(5);
    let options = "--objective cbow --lr 10 --epochs 50 --dim 100 --window 20 --threads 1";
    assert!(!sane(&text, options), "10 is bearable");
}

#[test]
fn one_word_and_two_words() {
    let folder = Folder::with_corpus("a a a a a a a\n");
    for objective in OBJECTIVES {
        let run = folder.w2v(&format!("train corpus.txt -q {objective}"));
        assert!(
            run.stderr.contains("the vocabulary has 1 word(s)"),
            "{run:?}"
        );
        assert_eq!(run.code, 1);
        works("a b\n", &format!("{objective} --dim 4"));
        works(&"a b\n".repeat(500), &format!("{objective} --dim 10"));
        works(
            &"a a a a a a b\n".repeat(50),
            &format!("{objective} --dim 10"),
        );
    }
}

#[test]
fn sentences_of_two_words() {
    let text: String = (0..2_000)
        .map(|i| format!("w{} w{}\n", i % 40, i % 41))
        .collect();
    for objective in OBJECTIVES {
        works(&text, &format!("{objective} --dim 30 --threads 3"));
    }
}

#[test]
fn words_that_are_all_equally_frequent_and_always_together() {
    let line: String = (0..30).map(|i| format!("w{i} ")).collect();
    let text = (line + "\n").repeat(100);
    for objective in OBJECTIVES {
        works(&text, &format!("{objective} --dim 30"));
    }
}

#[test]
fn one_dimension_and_thousands() {
    for objective in OBJECTIVES {
        works(&small_text(), &format!("{objective} --dim 1 --epochs 2"));
        works(&small_text(), &format!("{objective} --dim 4096 --epochs 1"));
        works(
            &small_text(),
            &format!("{objective} --dim 1 --window 1 --negatives 1 --epochs 1"),
        );
    }
}

#[test]
fn a_window_wider_than_any_sentence() {
    let line: String = (0..3_000).map(|i| format!("w{} ", i % 700)).collect();
    let text = line.clone() + "\nw1 w2\n" + &line;
    for objective in OBJECTIVES {
        works(
            &text,
            &format!("{objective} --window 1000 --dim 16 --epochs 1 --lr 0.01"),
        );
    }
}

#[test]
fn from_no_negatives_to_a_hundred() {
    for objective in OBJECTIVES {
        for negatives in [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 33, 99, 100] {
            let options = format!("{objective} --negatives {negatives} --dim 20 --epochs 2");
            works(&small_text(), &options);
        }
    }
}

#[test]
fn ten_words_and_sixty_four_threads() {
    let text: String = (0..3_000)
        .map(|i| format!("w{} w{} w{}\n", i % 10, i % 7, i % 3))
        .collect();
    for objective in OBJECTIVES {
        for more in ["", " --deterministic", " --kernel portable"] {
            works(
                &text,
                &format!("{objective} --threads 64 --dim 20 --epochs 20{more}"),
            );
        }
    }
}

/// Rates at the edge of what floats hold: nothing is written over what was there.
#[test]
fn the_last_good_checkpoint_is_kept() {
    let folder = Folder::with_corpus(small_text().repeat(5));
    folder.write("vectors.w2v", "older");
    let run = folder.w2v(
        "train corpus.txt -q --subsample 0 --objective cbow --lr 10 --epochs 200 --dim 100 \
         --window 20 --threads 1 --checkpoint run.ck --checkpoint-every 1000",
    );
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("training diverged"), "{run:?}");
    assert_eq!(folder.read("vectors.w2v"), b"older");
    for name in ["run.ck", "run.ck.old"] {
        if folder.path(name).exists() {
            let kept = folder.open(name);
            let ids = 0..kept.len() as u32;
            assert!(
                ids.flat_map(|id| kept.row(id).to_vec()).all(f32::is_finite),
                "{name}"
            );
        }
    }
}
