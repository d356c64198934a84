//! Random choices against their laws, the schedule, and what a seed promises.

use std::ops::ControlFlow;

use super::sampler::{NoisePool, Random, Subsampler};
use super::start::initialise;
use super::units::{MAX_SENTENCE, Schedule, UNIT, sentences};
use super::{TrainOptions, Trained, train};
use crate::corpus::{Corpus, SENTENCE_START};
use crate::memory::SharedMatrix;
use crate::vocab::Vocab;

/// Word `i` of `words` with a count that is neither its id nor any position.
fn vocab(words: usize) -> Vocab {
    let counts = (0..words).map(|i| (format!("w{i:04}"), 100_000 / (i as u64 + 1) + 7));
    Vocab::from_counts(counts, 1, None)
}

/// Sentences in which every word stands beside its neighbours in the vocabulary.
pub(super) fn corpus(words: u32, lines: u32) -> Corpus {
    let line = |l: u32| (0..12).map(|i| (l * 7 + i) % words).collect::<Vec<_>>();
    Corpus::from_sentences(vocab(words as usize), (0..lines).map(line))
}

fn run(options: TrainOptions, corpus: &Corpus) -> Trained {
    let config = options.validate().unwrap();
    train(&config, corpus, &mut |_| ControlFlow::Continue(())).unwrap()
}

pub(super) fn rows(trained: &Trained) -> Vec<Vec<f32>> {
    let e = &trained.embeddings;
    (0..e.len() as u32).map(|id| e.row(id).to_vec()).collect()
}

#[test]
fn subsampling_follows_its_law() {
    let vocab = vocab(50);
    let (tokens, t) = (vocab.tokens() as f64, 1e-2);
    let subsampler = Subsampler::new(&vocab, t);
    let mut random = Random::stream(3, [0, 0]);
    let n = 40_000;
    for id in [0, 1, 5, 20, 49] {
        let mut kept = Vec::new();
        subsampler.keep(&vec![id; n], &mut random, &mut kept);
        let ratio = t * tokens / vocab.counts()[id as usize] as f64;
        let keep_prob = (ratio.sqrt() + ratio).min(1.0);
        let spread = (keep_prob * (1.0 - keep_prob) / n as f64).sqrt();
        let found = kept.len() as f64 / n as f64;
        assert!(
            (found - keep_prob).abs() <= 5.0 * spread,
            "{id}: {found} {keep_prob}"
        );
        assert!(kept.iter().all(|k| *k == id));
    }
}

#[test]
fn a_threshold_of_zero_keeps_all() {
    let tokens: Vec<u32> = (0..50).collect();
    let mut kept = Vec::new();
    Subsampler::new(&vocab(50), 0.0).keep(&tokens, &mut Random::stream(1, [0, 0]), &mut kept);
    assert_eq!(kept, tokens);
}

#[test]
fn noise_follows_its_law_and_is_never_the_centre() {
    // With a power of 2 the first word is more than half of the noise, with one of -2 the last.
    let words = [0.75, 0.0, -0.5, 1.0].map(|power| (power, 2));
    for (power, centre) in words.into_iter().chain([(2.0, 0), (2.0, 2), (-2.0, 39)]) {
        let vocab = vocab(40);
        let pool = NoisePool::new(&vocab, power, 5);
        let mut random = Random::stream(9, [0, 0]);
        // Once through the pool: every block is dealt eight times before the next one's turn.
        let mut drawn = vec![0_u32; 8 << 20];
        pool.dealer(&mut random).draw(centre as u32, &mut drawn);
        let weight = |id: usize| (vocab.counts()[id] as f64).powf(power);
        let total: f64 = (0..40).filter(|id| *id != centre).map(weight).sum();
        for id in 0..40 {
            let found = drawn.iter().filter(|w| **w as usize == id).count() as f64;
            let law = if id == centre {
                0.0
            } else {
                weight(id) / total * drawn.len() as f64
            };
            assert!(
                (found - law).abs() <= 5.0 * law.sqrt() + 1.0,
                "{power}, {id}: {found} {law}"
            );
        }
    }
}

#[test]
fn noise_is_found_even_beside_a_word_with_all_the_weight() {
    let vocab = Vocab::from_counts([("all", u64::MAX / 2), ("rare", 1)], 1, None);
    let pool = NoisePool::new(&vocab, 1.0, 1);
    let mut dealer = pool.dealer(&mut Random::stream(2, [0, 0]));
    let mut drawn = [9; 3];
    dealer.draw(0, &mut drawn);
    assert_eq!(drawn, [1; 3]);
    dealer.draw(1, &mut drawn);
    assert_eq!(drawn, [0; 3]);
}

#[test]
fn radii_are_uniform() {
    let mut random = Random::stream(4, [0, 0]);
    let mut counts = [0_u32; 5];
    for _ in 0..100_000 {
        counts[random.below(5) as usize] += 1;
    }
    // 20,000 each, with a standard deviation of 126.
    assert!(
        counts.iter().all(|n| n.abs_diff(20_000) < 640),
        "{counts:?}"
    );
}

#[test]
fn every_token_is_in_one_unit_and_sentences_end_where_they_should() {
    let lengths = [1, 5, 999, 1_000, 1_001, 40_000, 70_123, 3];
    let corpus = Corpus::from_sentences(vocab(50), lengths.map(|n| vec![1; n]));
    let schedule = Schedule::new(&corpus, UNIT, 2, 0.1);
    let (mut index, mut seen) = (0, 0);
    let (mut cut, mut tokens) = (Vec::new(), Vec::new());
    while let Some((epoch, _, unit)) = schedule.unit(index) {
        corpus.read(unit.piece, &mut tokens);
        assert_eq!(unit.before + epoch as u64 * corpus.tokens(), seen);
        seen += tokens.len() as u64;
        cut.extend(sentences(&tokens).map(|(sentence, _)| sentence.len()));
        index += 1;
    }
    assert_eq!(seen, schedule.total());
    let pieces = |n: usize| {
        (0..n)
            .step_by(MAX_SENTENCE)
            .map(move |at| (n - at).min(MAX_SENTENCE))
    };
    let expected: Vec<usize> = lengths.into_iter().flat_map(pieces).collect();
    assert_eq!(cut, [&expected[..], &expected[..]].concat());
}

#[test]
fn sentences_begin_at_their_marks() {
    let tokens = [
        SENTENCE_START | 4,
        1,
        SENTENCE_START,
        SENTENCE_START | 2,
        3,
        3,
    ];
    let lens = |(sentence, ahead): (&[u32], &[u32])| (sentence.len(), ahead.len());
    let found: Vec<_> = sentences(&tokens).map(lens).collect();
    assert_eq!(found, [(2, 4), (1, 3), (3, 0)]);
}

#[test]
fn the_learning_rate_falls_linearly_over_all_epochs() {
    let corpus = Corpus::from_sentences(vocab(50), [vec![1; 1_000]]);
    let schedule = Schedule::new(&corpus, UNIT, 4, 0.05);
    for (tokens, lr) in [
        (0, 0.05),
        (1_000, 0.0375),
        (2_000, 0.025),
        (4_000, 0.05 * 1e-4),
    ] {
        assert!((schedule.lr(tokens) - lr).abs() < 1e-12, "{tokens}");
    }
}

#[test]
fn one_thread_and_a_seed_give_the_same_vectors_another_seed_others() {
    let corpus = corpus(60, 400);
    let options = |seed| TrainOptions {
        threads: 1,
        seed,
        ..TrainOptions::default()
    };
    assert_eq!(
        rows(&run(options(7), &corpus)),
        rows(&run(options(7), &corpus))
    );
    assert_ne!(
        rows(&run(options(7), &corpus)),
        rows(&run(options(8), &corpus))
    );
}

#[test]
fn initial_rows_depend_on_seed_and_id_alone() {
    let (small, large) = (
        SharedMatrix::zeroed(3, 10).unwrap(),
        SharedMatrix::zeroed(9, 10).unwrap(),
    );
    initialise(&small, 5);
    initialise(&large, 5);
    let (mut a, mut b) = ([0.0; 10], [0.0; 10]);
    for id in 0..3 {
        small.read_row(id, &mut a);
        large.read_row(id, &mut b);
        assert_eq!(a, b);
        assert!(a.iter().all(|x| x.abs() <= 0.05) && a.iter().any(|x| x.abs() > 0.01));
    }
}

#[test]
fn the_loss_falls_with_any_number_of_threads_and_either_objective() {
    let corpus = corpus(200, 3_000);
    for threads in [1, 2, 7] {
        for objective in [super::Objective::SkipGram, super::Objective::Cbow] {
            let trained = run(
                TrainOptions {
                    objective,
                    threads,
                    dim: 20,
                    ..TrainOptions::default()
                },
                &corpus,
            );
            let (first, last) = (trained.loss[0], trained.loss[4]);
            assert!(
                last < 0.9 * first,
                "{objective:?}, {threads}: {:?}",
                trained.loss
            );
            assert!(rows(&trained).iter().flatten().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn weights_of_positions_learn_and_are_for_cbow_alone() {
    let corpus = corpus(60, 3_000);
    let options = TrainOptions {
        objective: super::Objective::Cbow,
        dim: 20,
        epochs: 3,
        threads: 1,
        subsample: 0.0,
        ..TrainOptions::default()
    };
    let weighted = TrainOptions {
        position_weights: true,
        ..options.clone()
    };
    let (plain, learnt) = (run(options, &corpus), run(weighted.clone(), &corpus));
    assert!(learnt.loss[2] < learnt.loss[0], "{:?}", learnt.loss);
    assert_ne!(rows(&plain), rows(&learnt));
    for threads in [1, 3] {
        let again = TrainOptions {
            threads,
            ..weighted.clone()
        };
        let again = run(again, &corpus);
        assert!(rows(&again).iter().flatten().all(|x| x.is_finite()));
        assert_eq!(rows(&again) == rows(&learnt), threads == 1);
    }
    let skipgram = TrainOptions {
        objective: super::Objective::SkipGram,
        ..weighted
    };
    assert!(skipgram.validate().is_err());
}

#[test]
fn output_rows_that_decay_are_shorter_and_the_run_says_so() {
    let corpus = corpus(60, 3_000);
    for objective in [super::Objective::SkipGram, super::Objective::Cbow] {
        let options = |output_decay| TrainOptions {
            objective,
            dim: 20,
            epochs: 3,
            threads: 1,
            subsample: 0.0,
            vectors: super::Vectors::Input,
            keep_output: true,
            output_decay,
            ..TrainOptions::default()
        };
        let square = |trained: &Trained| -> f64 {
            let ids = 0..trained.embeddings.len() as u32;
            let outputs = ids.flat_map(|id| trained.embeddings.output_row(id).unwrap());
            outputs.map(|x| f64::from(*x).powi(2)).sum()
        };
        let [without, with] = [0.0, 0.1].map(|decay| run(options(decay), &corpus));
        assert!(square(&with) < 0.9 * square(&without));
        let said = |trained: &Trained| {
            let training = &trained.embeddings.metadata().training;
            training.get("output-decay").cloned()
        };
        assert_eq!((said(&without), said(&with)), (None, Some("0.1".into())));
    }
}

#[test]
fn tiny_vocabularies_and_odd_sizes_stay_finite() {
    for words in [2, 3, 10] {
        let odd = [
            (1, 1, 1, 3),
            (3, 1_000, 100, 3),
            (130, 5, 2, 64),
            (700, 2, 5, 2),
            (20, 5, 0, 2),
        ];
        for (dim, window, negatives, threads) in odd {
            let options = TrainOptions {
                dim,
                window,
                negatives,
                threads,
                ..TrainOptions::default()
            };
            let config = options.validate().unwrap();
            let corpus = corpus(words, 200);
            match train(&config, &corpus, &mut |_| ControlFlow::Continue(())) {
                Ok(trained) => assert!(rows(&trained).iter().flatten().all(|x| x.is_finite())),
                // A hundred times the same noise word is too much for some.
                Err(error) => assert!(
                    negatives == 100 && error.to_string().contains("diverged"),
                    "{words} {dim}: {error}"
                ),
            }
        }
    }
}

#[test]
fn in_order_any_number_of_threads_gives_the_vectors_of_one() {
    let corpus = corpus(300, 4_000);
    let options = |threads, deterministic| TrainOptions {
        threads,
        deterministic,
        dim: 24,
        ..TrainOptions::default()
    };
    let one = run(options(1, false), &corpus);
    for threads in [1, 2, 3, 7] {
        let found = run(options(threads, true), &corpus);
        assert_eq!(rows(&found), rows(&one), "{threads}");
        assert_eq!(found.loss, one.loss);
    }
}

#[test]
fn a_run_that_diverges_is_stopped_and_one_that_does_not_is_not() {
    let corpus = corpus(2_000, 20_000);
    for objective in [super::Objective::SkipGram, super::Objective::Cbow] {
        for (lr, is_sane) in [(0.01, true), (0.1, true), (8.0, false)] {
            let options = TrainOptions {
                objective,
                lr,
                epochs: 2,
                dim: 50,
                ..TrainOptions::default()
            };
            let config = options.validate().unwrap();
            let result = train(&config, &corpus, &mut |_| ControlFlow::Continue(()));
            match result {
                Ok(_) => assert!(is_sane, "{objective:?} {lr}"),
                Err(error) => {
                    let text = error.to_string();
                    assert!(!is_sane && text.ends_with("lower --lr (it is 8)"), "{text}");
                }
            }
        }
    }
}

#[test]
fn units_are_smaller_where_tokens_are_much_work() {
    let unit = |dim, window, negatives| {
        let options = TrainOptions {
            dim,
            window,
            negatives,
            ..TrainOptions::default()
        };
        options.unit()
    };
    assert_eq!(unit(100, 5, 5), UNIT);
    assert_eq!(unit(1_000, 10, 15), UNIT);
    assert_eq!(unit(65_536, 1_000, 100), 64);
}
