use ndarray::array;

use super::*;
use crate::embeddings::{Metadata, OwnedEmbeddings};

/// Grammar on the first axis, sense on the others; "KING" is a second, rarer spelling.
fn model() -> Embeddings {
    let words = [
        "king", "kings", "queen", "queens", "KING", "nothing", "rare",
    ];
    let matrix = array![
        [0.0, 3.0, 0.0],
        [2.0, 2.0, 0.0],
        [0.0, 0.0, 1.0],
        [5.0, 0.0, 5.1],
        [0.0, 0.2, 0.01],
        [0.0, 0.0, 0.0],
        [1.0, 1.0, 1.0]
    ];
    let words = words.into_iter().map(|word| (word, 1));
    Embeddings::from_owned(
        OwnedEmbeddings::from_words(words, matrix),
        Metadata::default(),
    )
}

fn protocol(restrict: usize, case_insensitive: bool) -> Protocol {
    Protocol {
        restrict,
        case_insensitive,
        method: Method::Add,
    }
}

const QUESTIONS: &str = ": senses of: things \r\nking kings queen queens\r\n\r\none two three\n\
                         king queen kings queens\n: gram1\nKings KING Queens Queen\n\
                         king nothing queen queens\nking kings queen unknown\n: empty\n";

#[test]
fn sets_are_read_as_word2vec_writes_them() {
    let set = AnalogySet::parse(QUESTIONS);
    let names: Vec<&str> = set.sections.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["senses of: things", "gram1", "empty"]);
    assert_eq!(set.invalid, 1);
    let counts: Vec<usize> = set.sections.iter().map(|s| s.questions.len()).collect();
    assert_eq!(counts, [2, 3, 0]);
    let pairs = PairSet::parse("# words\nold\tnew\t1.5\r\na b 3\nsun\tsky\tx\n\nsea\tsand\t 7 \n");
    assert_eq!(pairs.invalid, 2);
    assert_eq!(
        pairs.pairs,
        [
            ("old".into(), "new".into(), 1.5),
            ("sea".into(), "sand".into(), 7.0)
        ]
    );
}

#[test]
fn questions_are_counted_by_section_and_kind() {
    let set = AnalogySet::parse(QUESTIONS);
    let report = score_analogies(&model(), &set, protocol(7, true)).unwrap();
    let expected = |correct, seen, skipped| Accuracy {
        correct,
        seen,
        skipped,
    };
    // The zero vector's question is seen and wrong; case is no matter.
    assert_eq!(report.sections[0].accuracy, expected(2, 2, 0));
    assert_eq!(report.sections[1].accuracy, expected(1, 2, 1));
    assert_eq!(report.total_of(Kind::Semantic), expected(2, 2, 0));
    assert_eq!(report.total_of(Kind::Syntactic), expected(1, 2, 1));
    assert_eq!(report.total(), expected(3, 4, 1));
    assert_eq!(report.total().share(), 0.75);
    // With case, "Kings" is unknown.
    let report = score_analogies(&model(), &set, protocol(7, false)).unwrap();
    assert_eq!(report.sections[1].accuracy, expected(0, 1, 2));
    // "queens" is the fourth word.
    let report = score_analogies(&model(), &set, protocol(3, true)).unwrap();
    assert_eq!(report.total(), expected(0, 0, 5));
}

#[test]
fn another_spelling_of_a_word_of_the_question_is_no_answer() {
    // kings - queens + queen is nearest to KING; its name is that of "king", the answer wanted.
    let set = AnalogySet::parse(": s\nqueens kings queen king\n");
    let report = score_analogies(&model(), &set, protocol(7, true)).unwrap();
    assert_eq!(report.total().correct, 1);
    // Here "king" is in the question, so KING must be passed over.
    let set = AnalogySet::parse(": s\nqueen queens king kings\n");
    let report = score_analogies(&model(), &set, protocol(7, true)).unwrap();
    assert_eq!(report.total().correct, 1);
}

// scipy.stats.spearmanr / pearsonr of
//   x = [1, 2, 2, 4, 5, 5, 5, 8], y = [3.5, 1, 1, 2, 9, 7, 7, -1]
#[test]
fn correlations_are_scipys() {
    let x = [1.0, 2.0, 2.0, 4.0, 5.0, 5.0, 5.0, 8.0];
    let y = [3.5, 1.0, 1.0, 2.0, 9.0, 7.0, 7.0, -1.0];
    assert!((spearman(&x, &y) - 0.13666969125436726).abs() < 1e-12);
    assert!((pearson(&x, &y) - 0.07929130735197737).abs() < 1e-12);
    assert!(spearman(&x[..1], &y[..1]).is_nan());
    assert!(pearson(&[1.0, 1.0], &[1.0, 2.0]).is_nan());
}

#[test]
fn pairs_with_unknown_words_are_left_out() {
    let set = PairSet::parse("king\tkings\t5\nKING\tqueen\t1\nnothing\tking\t0\nking\tx\t9\n");
    let report = score_pairs(&model(), &set, protocol(7, true)).unwrap();
    assert_eq!((report.seen, report.skipped), (3, 1));
    assert_eq!(report.unknown_share(), 0.25);
    // Cosines 0.71, 0, 0: the ranks 3, 1.5, 1.5 against 3, 2, 1.
    assert!((report.spearman - 0.75f64.sqrt()).abs() < 1e-12);
}

// The same angle from rows of other lengths; rounded to length 1 before they are multiplied, three of these
// cosines would differ in their last bit, and ties would be none.
#[test]
fn cosines_that_are_equal_share_a_rank() {
    let words = ["a", "b", "c", "d", "e", "f", "g"].into_iter();
    let matrix = array![
        [1.0, 2.0, 3.0],
        [5.0, 1.0, 3.0],
        [3.0, 6.0, 9.0],
        [15.0, 3.0, 9.0],
        [5.0, 10.0, 15.0],
        [25.0, 5.0, 15.0],
        [-1.0, 0.0, 0.0]
    ];
    let words = words.map(|word| (word, 1));
    let model = Embeddings::from_owned(
        OwnedEmbeddings::from_words(words, matrix),
        Metadata::default(),
    );
    let set = PairSet::parse("a\tb\t3\nc\td\t2\ne\tf\t4\na\tg\t1\n");
    let report = score_pairs(&model, &set, protocol(7, true)).unwrap();
    // Ranks 3, 2, 4, 1 against 3, 3, 3, 1: scipy.stats.spearmanr([3, 2, 4, 1], [1, 1, 1, 0]).
    assert!((report.spearman - 0.6f64.sqrt()).abs() < 1e-12);
}
