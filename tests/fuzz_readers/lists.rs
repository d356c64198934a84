//! Edge lists, question and pair sets, lists of words.

use std::fs;
use std::path::Path;

use w2v::corpus::{Corpus, ScanOptions};
use w2v::eval::{AnalogySet, PairSet, Protocol, score_analogies, score_pairs};
use w2v::graph::{GraphBuilder, TOGETHER, WalkOptions, Walks};
use w2v::text::{
    Input, TextOptions, Tokenizer, TokenizerKind, read_dictionary, read_words, stopwords,
};

use super::damage::Damager;
use super::vectors::sample;
use super::{Seeds, Target, fuzz};

#[test]
fn graphs() {
    let folder = tempfile::tempdir().unwrap();
    let seeds = Seeds(vec![
        ("spaces", b"# nodes\n1 2\n2 3\n3 1\n1 1\n4\n".to_vec()),
        ("tabs", b"a b\tc\t0.5\nc\td\t1e-3\nd\ta b\t7\n".to_vec()),
        ("commas", "x,y,2\r\ny,王,3.5\r\n%\r\n王,x,1\r\n".into()),
    ]);
    fuzz("graphs", folder.path(), &seeds, Graphs);
}

struct Graphs;

impl Target for Graphs {
    fn read(&mut self, path: &Path, damager: &mut Damager) -> bool {
        let bytes = fs::read(path).unwrap();
        let mut builder = GraphBuilder::new(damager.below(2) == 0);
        let parts = damager.below(2);
        let read = builder.read("edges", bytes.as_slice());
        let again = (0..parts).map(|_| builder.read("again", bytes.as_slice()));
        if again.chain([read]).any(|read| read.is_err()) {
            return false;
        }
        let Ok(graph) = builder.finish() else {
            return false;
        };
        let options = WalkOptions {
            length: 20,
            p: [1.0, 1e-3, 1e3][damager.below(3)],
            q: [1.0, 1e-3, 1e3][damager.below(3)],
            ..WalkOptions::default()
        };
        options.check().unwrap();
        let nodes = graph.nodes().len() as u32;
        let mut walks = Walks::new(options);
        let starts: Vec<u32> = (0..nodes).collect();
        for starts in starts.chunks(TOGETHER) {
            walks.walk(&graph, starts.iter().copied(), &mut || damager.bits());
            assert_eq!(walks.len(), starts.len());
            for (at, start) in starts.iter().enumerate() {
                let walk = walks.get(at);
                assert!(walk.iter().all(|&node| node < nodes));
                assert!(walk.len() <= 20 && walk[0] == *start);
            }
        }
        nodes > 0
    }
}

#[test]
fn questions() {
    let folder = tempfile::tempdir().unwrap();
    let analogies = ": capital-common\nthe -1 crème 王\nTHE e5 last -1\n\n: gram1-x\na b c d\n";
    let seeds = Seeds(vec![
        ("analogies", analogies.into()),
        (
            "pairs",
            "# scores\nthe\t王\t7.5\nlast e5 3\nthe,last,1e0\n".into(),
        ),
    ]);
    fuzz("questions", folder.path(), &seeds, Questions);
}

struct Questions;

impl Target for Questions {
    fn read(&mut self, path: &Path, damager: &mut Damager) -> bool {
        let vectors = sample();
        let protocol = Protocol {
            restrict: damager.below(8),
            case_insensitive: damager.below(2) == 0,
            ..Protocol::default()
        };
        let analogies = AnalogySet::read(path);
        let asked = analogies.map(|set| {
            let report = score_analogies(&vectors, &set, protocol).unwrap();
            let share = report.total().share();
            assert!(share.is_nan() || (0.0..=1.0).contains(&share), "{share}");
            report.total().seen + report.total().skipped
        });
        let pairs = PairSet::read(path).map(|set| {
            let report = score_pairs(&vectors, &set, protocol).unwrap();
            let fine = |x: f64| x.is_nan() || (-1.000_001..=1.000_001).contains(&x);
            assert!(fine(report.spearman) && fine(report.pearson), "{report:?}");
            report.seen + report.skipped
        });
        asked.unwrap_or(0) + pairs.unwrap_or(0) > 0
    }
}

#[test]
fn words() {
    let folder = tempfile::tempdir().unwrap();
    let text = "the cat sat on the mat\n云计算 is 云计算\n";
    fs::write(folder.path().join("text.txt"), text).unwrap();
    let seeds = Seeds(vec![
        ("list", "the\t12\ncat 3\n\nmat\r\n云计算\n".into()),
        ("dictionary", "云计算 1000\n韩玉赏鉴\n创新办 3 i\n".into()),
    ]);
    fuzz("words", folder.path(), &seeds, Words);
}

struct Words;

impl Target for Words {
    fn read(&mut self, path: &Path, damager: &mut Damager) -> bool {
        let (words, stopwords) = (read_words(path), stopwords(path.to_str().unwrap()));
        // Refused for its encoding alone, whatever it is read as.
        let is_encoding =
            |error: &w2v::Error| error.to_string().contains(": expected UTF-8, found");
        let (words, stopwords) = match (words, stopwords) {
            (Ok(words), Ok(stopwords)) => (words, stopwords),
            (Err(one), Err(other)) if is_encoding(&one) && is_encoding(&other) => return false,
            different => panic!("{different:?}"),
        };
        let dictionary = read_dictionary(path).ok();
        let text = path.with_file_name("text.txt");
        let options = ScanOptions {
            inputs: vec![Input::Path(text)],
            text: TextOptions {
                stopwords,
                ..TextOptions::default()
            },
            only: (damager.below(2) == 0).then_some(words),
            ..ScanOptions::default()
        };
        let scanned = Corpus::scan(&options, &mut |_| true);
        // Takes the tokenizer's own dictionary apart: not each time.
        if let (Some(dictionary), 0) = (&dictionary, damager.below(40)) {
            let options = TextOptions {
                dictionary: dictionary.clone(),
                ..TextOptions::new(TokenizerKind::Chinese)
            };
            let cut = Tokenizer::new(&options).map(|mut t| t.tokens("我们云计算创新办的人"));
            assert!(cut.is_ok_and(|tokens| !tokens.is_empty()));
        }
        scanned.is_ok() || dictionary.is_some()
    }
}
