//! A real training on real text, with a floor under its answers.

use std::fs;

use w2v::embeddings::Embeddings;
use w2v::query;

use crate::common::Folder;
use crate::vocabulary::SAMPLE;

/// Percent. Measured: 38.9 to 41.1 over three runs with the default options.
const FLOOR: f64 = 33.0;

/// Percentage of `data/analogies.txt` that is answered right, among all words.
fn accuracy(model: &Embeddings) -> f64 {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/analogies.txt");
    let set = fs::read_to_string(path).unwrap();
    let (mut right, mut asked) = (0, 0);
    for line in set.lines().filter(|line| !line.starts_with(':')) {
        let [a, b, c, expected] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("not four words: {line}");
        };
        let found = query::analogy(model, [a, b, c], 1).unwrap();
        right += usize::from(found[0].word == expected);
        asked += 1;
    }
    assert_eq!(asked, 270);
    100.0 * f64::from(u32::try_from(right).unwrap()) / f64::from(asked)
}

/// Company that the Bible's kings keep.
const KINGS: &[&str] = &[
    "queen",
    "kings",
    "prince",
    "throne",
    "reign",
    "assyria",
    "babylon",
    "persia",
    "cyrus",
    "darius",
    "nebuchadnezzar",
    "nebuchadrezzar",
    "sennacherib",
    "ahab",
    "hezekiah",
    "zedekiah",
    "jehoiakim",
    "josiah",
    "solomon",
    "pharaoh",
    "hiram",
    "artaxerxes",
    "ahasuerus",
];

/// With many workers, whatever the number of cores: copies of frequent rows that are merged must not lead astray.
#[test]
fn eight_threads_learn_what_one_learns() {
    let folder = Folder::new();
    folder
        .w2v(&format!("train {SAMPLE} --threads 8 --epochs 5 --quiet"))
        .ok();
    let score = accuracy(&folder.open("vectors.w2v"));
    assert!(score >= FLOOR, "{score:.1} %, expected at least {FLOOR} %");
}

#[test]
fn the_sample_teaches_analogies() {
    let folder = Folder::new();
    folder.w2v(&format!("train {SAMPLE} --quiet")).ok();
    let queen = folder.w2v("analogy man king woman --top 1").ok();
    assert_eq!(queen.words(), ["queen"]);
    let mother = folder.w2v("analogy son father daughter --top 1").ok();
    assert_eq!(mother.words(), ["mother"]);
    let kings = folder.w2v("nearest king").ok();
    let known = kings
        .words()
        .into_iter()
        .filter(|word| KINGS.contains(word));
    assert!(known.count() >= 2, "{}", kings.stdout);
    let score = accuracy(&folder.open("vectors.w2v"));
    println!("data/analogies.txt: {score:.1} %");
    assert!(score >= FLOOR, "{score:.1} %, expected at least {FLOOR} %");
}
