use super::*;
use crate::embeddings::{Metadata, OwnedEmbeddings};
use crate::query::Method;

fn royals() -> Embeddings {
    let words = ["man", "woman", "king", "queen", "stone"];
    let rows = [
        [1.0, 0.0, 0.1, 0.0],
        [1.0, 0.9, 0.1, 0.0],
        [1.0, 0.0, 0.9, 0.1],
        [1.0, 0.9, 0.9, 0.0],
        [0.0, 0.1, 0.0, 1.0],
    ];
    let words = words.iter().map(|word| (*word, 1));
    let owned = OwnedEmbeddings::from_words(words, Array2::from(rows.to_vec()));
    Embeddings::from_owned(owned, Metadata::default())
}

#[test]
fn the_arrows_of_an_analogy_are_parallel() {
    let model = royals();
    let words = ["man", "king", "woman"];
    let question = Question::analogy(words, Method::Add);
    let answers = query::analogy(&model, words, 2).unwrap();
    assert_eq!(answers[0].word, "queen");
    let plot = Plot::question(&model, &question, &answers).unwrap();
    let arrow = |line: &Line| {
        let [a, b] = line.ends.map(|at| plot.marks[at].place);
        [b[0] - a[0], b[1] - a[1]]
    };
    let [given, wish] = [&plot.lines[0], &plot.lines[1]].map(arrow);
    assert_eq!(plot.lines[1].join, Join::Wish);
    for axis in 0..2 {
        assert!(
            (given[axis] - wish[axis]).abs() < 0.01,
            "{given:?} {wish:?}"
        );
    }
    assert_eq!((plot.len(), plot.title.as_str()), (5, "king - man + woman"));
}

#[test]
fn a_word_is_drawn_once_and_tied_to_all_that_it_is_near_to() {
    let model = royals();
    let near = |word| query::nearest(&model, word, 2).unwrap();
    let (king, queen) = (near("king"), near("queen"));
    let plot = Plot::nearest(&model, &[("king", &king), ("queen", &queen)]).unwrap();
    assert_eq!(plot.lines.len(), 4);
    let mut labels: Vec<&str> = plot.marks.iter().map(|m| m.label.as_str()).collect();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), plot.len());
    let mut svg = Vec::new();
    plot.write_svg(&mut svg).unwrap();
    let svg = String::from_utf8(svg).unwrap();
    assert!(svg.contains("king") && !svg.contains("NaN"), "{svg}");
    // Three dimensions at least are needed for a share below one.
    assert!(
        plot.share() > 0.5 && plot.share() <= 1.0,
        "{}",
        plot.share()
    );
}

#[test]
fn two_words_have_no_plane() {
    let model = royals();
    let near = query::nearest(&model, "king", 1).unwrap();
    let refused = Plot::nearest(&model, &[("king", &near)]).unwrap_err();
    assert!(refused.to_string().contains("at least 3"), "{refused}");
}
