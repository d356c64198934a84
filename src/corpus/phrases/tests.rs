use super::{Course, on_course};
use crate::corpus::tests::{Text, sentences, zipf_text};
use crate::corpus::{Corpus, PhraseOptions, PhraseScore, ScanOptions, ScanProgress};
use crate::error::{Error, TextError};

fn joined(text: &str, phrases: PhraseOptions) -> Vec<String> {
    let text = Text::new(&[text.as_bytes()]);
    let options = ScanOptions {
        phrases,
        ..text.options()
    };
    let corpus = Corpus::scan(&options, &mut |_| true).unwrap();
    sentences(&corpus).iter().map(|s| s.join(" ")).collect()
}

/// Everything that comes twice and is above chance.
fn eager(passes: usize) -> PhraseOptions {
    PhraseOptions {
        passes,
        score: PhraseScore::Npmi,
        threshold: 0.6,
        min_count: 2,
        ..PhraseOptions::default()
    }
}

#[test]
fn neighbours_join_from_left_to_right() {
    let text = "we like new york times\nnew york times of old\nx the new york times\n";
    let all = [
        "we like new_york times",
        "new_york times of old",
        "x the new_york times",
    ];
    assert_eq!(joined(text, eager(1)), all);
    let all = [
        "we like new_york_times",
        "new_york_times of old",
        "x the new_york_times",
    ];
    assert_eq!(joined(text, eager(2)), all);
    assert_eq!(
        joined(text, PhraseOptions::default())[0],
        "we like new york times"
    );
}

#[test]
fn connectors_stand_within_phrases_only() {
    let text = "the bank of the america of x\nx bank of the america y the\nof the y\n";
    assert_eq!(
        joined(text, eager(1)),
        [
            "the bank_of_the_america of x",
            "x bank_of_the_america y the",
            "of the y"
        ]
    );
    let none = PhraseOptions {
        connectors: Vec::new(),
        ..eager(1)
    };
    assert_eq!(
        joined("bank of x\nbank of y\n", none),
        ["bank_of x", "bank_of y"]
    );
}

#[test]
fn a_long_list_has_as_many_connectors_and_as_long_chains() {
    // The last ones of 65,535 connectors, four in a row; a fifth parts.
    let mut connectors: Vec<String> = (0..65_533).map(|n| format!("c{n}")).collect();
    connectors.extend(["of", "the"].map(str::to_owned));
    let long = |connectors: &[String]| PhraseOptions {
        connectors: connectors.to_vec(),
        ..eager(1)
    };
    let text =
        "x of the of the y\nx of the of the y\na the the the the the b\na the the the the the b\n";
    let listed: String = connectors[..100]
        .iter()
        .map(|c| format!("{c} {c}\n"))
        .collect();
    let found = joined(&(listed + text), long(&connectors));
    assert_eq!(
        found[100..],
        [
            "x_of_the_of_the_y",
            "x_of_the_of_the_y",
            "a the the the the the b",
            "a the the the the the b"
        ]
    );
    connectors.push("more".to_owned());
    let options = ScanOptions {
        phrases: long(&connectors),
        ..Text::new(&[b"x y\n"]).options()
    };
    let error = Corpus::scan(&options, &mut |_| true)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "--phrase-connectors: expected a list of at most 65535 words, found 65536"
    );
}

#[test]
fn dropped_words_and_line_ends_part_neighbours() {
    // a and b are never neighbours in the text: rare words stand between.
    let text = "a r1 b\na r2 b\na r3 b\na\nb\na\nb\n";
    let text = Text::new(&[text.as_bytes()]);
    let options = ScanOptions {
        min_count: 2,
        phrases: eager(2),
        ..text.options()
    };
    let corpus = Corpus::scan(&options, &mut |_| true).unwrap();
    assert_eq!(corpus.vocab().counts(), [5, 5]);
    assert_eq!(sentences(&corpus)[0], ["a", "b"]);
}

#[test]
fn a_phrase_that_is_a_word_too_is_one_word() {
    let text = "new york a\nnew york b\nnew_york c\n";
    let found = joined(text, eager(1));
    assert_eq!(found, ["new_york a", "new_york b", "new_york c"]);
}

#[test]
fn result_depends_on_neither_threads_nor_memory() {
    let zipf = zipf_text(3_000);
    let text = Text::new(&[zipf.as_bytes()]);
    let options = ScanOptions {
        min_count: 4,
        phrases: PhraseOptions {
            passes: 2,
            threshold: 0.3,
            min_count: 3,
            ..PhraseOptions::default()
        },
        ..text.options()
    };
    let expected = Corpus::scan(&options, &mut |_| true).unwrap();
    let phrases = (0..expected.vocab().len() as u32)
        .filter(|&id| expected.vocab().word(id).contains('_'))
        .count();
    assert!(phrases > 20, "{phrases}");
    for (threads, memory) in [(1, None), (3, Some(100_000)), (2, Some(1))] {
        let options = ScanOptions {
            threads,
            memory,
            ..options.clone()
        };
        let corpus = Corpus::scan(&options, &mut |_| true).unwrap();
        assert_eq!(corpus.vocab().counts(), expected.vocab().counts());
        assert_eq!(sentences(&corpus), sentences(&expected));
    }
}

#[test]
fn the_search_is_told_of_and_can_be_stopped() {
    let zipf = zipf_text(3_000);
    let text = Text::new(&[zipf.as_bytes()]);
    let options = ScanOptions {
        phrases: eager(2),
        ..text.options()
    };
    let mut shares = Vec::new();
    let mut watch = |progress: ScanProgress| {
        shares.extend(progress.phrases);
        true
    };
    Corpus::scan(&options, &mut watch).unwrap();
    assert!(shares.first().is_some_and(|first| *first == 0.0));
    assert!(shares.is_sorted() && shares.iter().all(|share| *share <= 1.0));
    let until = &mut |progress: ScanProgress| progress.phrases.is_none();
    let scan = Corpus::scan(&options, until).unwrap_err();
    let search = Corpus::phrase_candidates(&options, until).unwrap_err();
    for error in [scan, search] {
        assert!(
            matches!(error, Error::Text(TextError::Interrupted)),
            "{error}"
        );
    }
}

#[test]
fn whoever_searches_hears_that_it_shall_end() {
    let course = Course::default();
    course.come(&(0.5..1.0), (1, 4));
    course.come(&(0.0..1.0), (1, 4));
    assert_eq!(course.done(), 0.625);
    assert!(course.check().is_ok());
    let mut heard = 0;
    let result = on_course((5, &mut |_| true), |course| {
        course.check()?;
        course.stop();
        heard += 1;
        course.check()?;
        heard += 1;
        Ok(())
    });
    assert!(matches!(result, Err(Error::Text(TextError::Interrupted))));
    assert_eq!(heard, 1);
}
