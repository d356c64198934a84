use hashbrown::HashMap;

use super::*;

#[test]
fn order_is_count_then_bytes_and_cuts_come_last() {
    let counts = [("b", 3), ("a", 3), ("é", 3), ("rare", 1), ("c", 9)];
    let vocab = Vocab::from_counts(counts, 2, None);
    let words: Vec<&str> = (0..vocab.len() as u32).map(|id| vocab.word(id)).collect();
    assert_eq!(words, ["c", "a", "b", "é"]);
    assert_eq!(vocab.counts(), [9, 3, 3, 3]);
    assert_eq!(vocab.tokens(), 18);
    assert_eq!(vocab.id("é"), Some(3));
    assert_eq!(vocab.id("rare"), None);
    let capped = Vocab::from_counts(counts, 1, Some(2));
    assert_eq!((capped.len(), capped.word(1)), (2, "a"));
    assert!(Vocab::default().is_empty());
    assert_eq!(Vocab::default().id("a"), None);
}

#[test]
fn interner_and_counts_agree_on_the_vocabulary() {
    let mut interner = Interner::new();
    for i in 0..50_000_u32 {
        let word = format!("w{}", (i * i) % 9_973);
        let id = interner.add(&word, 1);
        assert_eq!(interner.word(id), word);
    }
    let pairs: Vec<(String, u64)> = (0..interner.len() as u32)
        .map(|id| (interner.word(id).to_owned(), interner.count(id)))
        .collect();
    let expected = Vocab::from_counts(pairs.clone(), 8, Some(1_000));
    let mut counts = Vec::new();
    let keep = |_: &Interner, _, count| count >= 8;
    let Union { vocab, ids, .. } = Union::of(vec![interner], keep, Some(1_000), |count| {
        counts.push(count)
    });
    assert_eq!(vocab.len(), expected.len());
    assert_eq!(vocab.counts(), expected.counts());
    assert_eq!(counts.len(), pairs.len());
    assert_eq!(counts.iter().sum::<u64>(), 50_000);
    for (old, (word, _)) in pairs.iter().enumerate() {
        assert_eq!(ids[0][old], expected.id(word).unwrap_or(DROPPED), "{word}");
        assert_eq!(vocab.id(word), expected.id(word), "{word}");
    }
}

#[test]
fn many_interners_are_added_up_as_if_they_were_one() {
    // Parts of very unequal size, one of them empty; short words, long ones, and such as begin alike.
    let word = |i: u32| match i % 3 {
        0 => format!("{i}"),
        1 => format!("beginning alike {i}"),
        _ => format!("eight by{}", "te".repeat(i as usize % 40)),
    };
    for limits in [
        &[90_000_u32, 10][..],
        &[3, 0, 5_000, 40_000, 7],
        &[0],
        &[1; 9],
    ] {
        let mut parts = Vec::new();
        let mut whole: HashMap<String, u64> = HashMap::new();
        for (number, &limit) in limits.iter().enumerate() {
            let mut part = Interner::new();
            for i in 0..limit {
                let (word, count) = (word(i * (number as u32 + 1)), u64::from(i % 5) + 1);
                part.add(&word, count);
                *whole.entry(word).or_default() += count;
            }
            parts.push(part);
        }
        let expected = Vocab::from_counts(whole.clone(), 3, Some(20_000));
        let names = |part: &Interner| -> Vec<String> {
            let ids = 0..part.len() as u32;
            ids.map(|id| part.word(id).to_owned()).collect()
        };
        let names: Vec<Vec<String>> = parts.iter().map(names).collect();
        let mut found = Vec::new();
        let keep = |_: &Interner, _, count| count >= 3;
        let union = Union::of(parts, keep, Some(20_000), |count| found.push(count));
        let words = |vocab: &Vocab| -> Vec<String> {
            (0..vocab.len() as u32)
                .map(|id| vocab.word(id).to_owned())
                .collect()
        };
        assert_eq!(words(&union.vocab), words(&expected), "{limits:?}");
        assert_eq!(union.vocab.counts(), expected.counts());
        for (names, ids) in names.iter().zip(&union.ids) {
            let expected = names.iter().map(|word| expected.id(word));
            let expected: Vec<u32> = expected.map(|id| id.unwrap_or(DROPPED)).collect();
            assert_eq!(*ids, expected);
        }
        let mut counts = Vec::from_iter(whole.into_values());
        found.sort_unstable();
        counts.sort_unstable();
        assert_eq!(found, counts);
    }
}

#[test]
fn words_that_look_alike_are_told_apart() {
    // Around the lengths at which words are compared in another way, with zero bytes, and with
    // equal beginnings and ends.
    let mut words = vec![String::new()];
    for length in 1..=34_usize {
        for fill in ["a", "b", "\0"] {
            let word = fill.repeat(length);
            for at in [0, length / 2, length - 1] {
                let mut other = word.clone();
                other.replace_range(at..at + 1, "x");
                words.push(other);
                let mut other = word.clone();
                other.replace_range(at..at + 1, "\0");
                words.push(other);
            }
            words.push(word);
        }
    }
    words.sort();
    words.dedup();
    let mut interner = Interner::new();
    for round in 0..3 {
        for (id, word) in words.iter().enumerate() {
            assert_eq!(interner.add(word, 1), id as u32, "{round} {word:?}");
        }
    }
    assert_eq!(interner.len(), words.len());
    assert!((0..words.len() as u32).all(|id| interner.count(id) == 3));
}

#[test]
fn hashes_of_numbered_words_spread() {
    // With 4 slots a word, chains of slots in a row stay short unless the hash is poor.
    let mut slots = vec![0_u32; 1 << 16];
    for i in 0..1 << 14 {
        slots[(hash(&format!("word{i}")) >> 15) as usize & 0xFFFF] += 1;
    }
    assert!(slots.iter().all(|&words| words < 8));
}

#[test]
fn words_in_batches_get_the_ids_that_they_get_one_by_one() {
    let words = [
        "a",
        "",
        "eightbyt",
        "ninebytes",
        "a\0",
        "long enough to be hashed",
        "é",
    ];
    let (mut single, mut many) = (Interner::new(), Interner::new());
    let mut batch = Batch::default();
    for round in 0..40_usize {
        // New words and known ones, some of them twice within a batch; the top bit stays.
        let (mut ids, mut expected) = (Vec::new(), Vec::new());
        while !batch.is_full() {
            let (number, mark) = (ids.len() % 13 * round, (ids.len() as u32 & 1) << 31);
            let word = format!("{}{number}", words[number % words.len()]);
            batch.push(&word);
            ids.push(mark);
            expected.push(single.add(&word, 1) | mark);
        }
        many.add_all(&mut batch, &mut ids);
        assert_eq!(ids, expected, "{round}");
    }
    assert_eq!(many.len(), single.len());
    for id in 0..single.len() as u32 {
        assert_eq!(many.word(id), single.word(id));
        assert_eq!(many.count(id), single.count(id));
    }
}

#[test]
fn a_word_is_the_same_wherever_it_stands() {
    let letters = "a\0bcdefghijklmnopqrs\0tuvwxyz0123456789";
    for length in 0..=letters.len() {
        let word = &letters[..length];
        for (before, after) in [(0, 0), (0, 9), (9, 0), (3, 4), (8, 8), (20, 1), (1, 20)] {
            let text = ["#".repeat(before).as_str(), word, &"#".repeat(after)].concat();
            let found = table::Sketch::within(&text, before..before + length);
            assert_eq!(found, table::Sketch::of(word), "{text}");
        }
    }
}
