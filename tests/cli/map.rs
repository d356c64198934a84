//! `map`: drawings, tables, what is refused. The page is tested in `map_page`.

use ndarray::Array2;
use w2v::embeddings::{Embeddings, Metadata, OwnedEmbeddings};

use crate::common::{Folder, small_text};

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

/// A folder with a model of the small text, named as everybody expects.
pub fn with_model() -> Folder {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v("train corpus.txt --dim 10 --epochs 20 --subsample 0 --quiet")
        .ok();
    folder
}

/// Words that would break a page, a drawing or a table that trusts them.
const HOSTILE: &str = "4 2\n</script><script>alert(1)</script> 1 0\n\"quoted\"&amp;' 0 1\n\
                       \u{202e}\u{5d0}\u{1f388} 1 1\n";

pub fn hostile() -> Folder {
    let folder = Folder::new();
    let long = "<".repeat(200);
    folder.write("hostile.txt", format!("{HOSTILE}{long} 0.5 1\n"));
    folder
}

#[test]
fn hostile_words_break_no_file() {
    let folder = hostile();
    for output in [
        "map.html",
        "map.svg",
        "map.csv",
        "map.jsonl",
        "map.png",
        "map.pdf",
    ] {
        folder
            .w2v(&format!("map hostile.txt --steps 5 -o {output} --quiet"))
            .ok();
    }
    let page = text(&folder, "map.html");
    assert_eq!(page.matches("</script>").count(), 2);
    for fetched in ["http:", "https:", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(fetched), "{fetched}");
    }
    let drawing = text(&folder, "map.svg");
    assert!(!drawing.contains("<script"), "{drawing}");
    assert_eq!(drawing.matches("<circle").count(), 4);
    assert_eq!(
        drawing.matches("<text").count(),
        drawing.matches("</text>").count()
    );
    let lines = text(&folder, "map.jsonl");
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["word"], "</script><script>alert(1)</script>");
    assert_eq!(first["neighbors"]["ids"].as_array().unwrap().len(), 3);
}

#[test]
fn a_part_of_the_words_is_drawn() {
    let folder = with_model();
    folder
        .w2v("map --around red --top 5 -o map.tsv --quiet")
        .ok();
    let table = text(&folder, "map.tsv");
    let mut words: Vec<&str> = table
        .lines()
        .skip(1)
        .map(|l| l.split('\t').next().unwrap())
        .collect();
    let nearest = folder.w2v("nearest red --top 4").ok();
    let mut want = nearest.words();
    want.push("red");
    words.sort_unstable();
    want.sort_unstable();
    assert_eq!(words, want);
    folder.write("some.txt", "red\ndog\none\nred\n");
    folder.write("kinds.tsv", "red\tcolour\ndog\tanimal\n");
    folder
        .w2v("map --words some.txt --labels kinds.tsv -o map.csv --quiet")
        .ok();
    let table = text(&folder, "map.csv");
    assert_eq!(table.lines().count(), 4);
    let red = table.lines().find(|line| line.starts_with("red,")).unwrap();
    assert!(red.ends_with(",colour"), "{red}");
    let one = table.lines().find(|line| line.starts_with("one,")).unwrap();
    assert!(one.ends_with(','), "{one}");
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let folder = with_model();
    let message = "error: map.gif: the end of the name does not tell what to write; expected \
                   .html, .svg, .png, .pdf, .csv, .tsv or .jsonl";
    folder.w2v("map -o map.gif").fails(2, message);
    folder.write("some.txt", "red\nnowhere\n");
    assert_eq!(folder.w2v("map --words some.txt").code, 1);
    assert!(!folder.files().contains(&"map.html".to_owned()));
}

/// A model that began with given vectors has them first, however rare their words are in the text.
#[test]
fn the_most_frequent_words_are_drawn_wherever_their_rows_are() {
    let counts = [
        ("zebra", 0),
        ("dog", 2),
        ("red", 9),
        ("green", 7),
        ("blue", 2),
    ];
    let matrix = Array2::from_shape_fn((5, 3), |(i, j)| (i * i + j) as f32 + 1.0);
    let owned = OwnedEmbeddings::from_words(counts.into_iter(), matrix);
    let folder = Folder::new();
    let model = Embeddings::from_owned(owned, Metadata::default());
    w2v::format::save(&folder.path("vectors.w2v"), &model).unwrap();
    folder.write("list.txt", "zebra\nblue\ngreen\ndog\n");
    for (options, expected) in [
        ("--top 3", &["red", "green", "dog"][..]),
        ("--words list.txt", &["green", "dog", "blue", "zebra"]),
        (
            "--around zebra --top 5",
            &["red", "green", "dog", "blue", "zebra"],
        ),
    ] {
        folder
            .w2v(&format!("map {options} --method pca -o map.tsv -q"))
            .ok();
        let table = text(&folder, "map.tsv");
        let words = table
            .lines()
            .skip(1)
            .map(|line| line.split('\t').next().unwrap());
        assert_eq!(words.collect::<Vec<_>>(), expected, "{options}");
    }
}

/// `words --format tsv` writes every word as it stands, a lone quotation mark too.
#[test]
fn quotes_between_tabs_are_letters() {
    let folder = Folder::new();
    folder.write("v.txt", "4 2\n\" 1 0\n'' 0 1\n\"red\" 1 1\ngreen 1 2\n");
    folder.write(
        "kinds.tsv",
        "\"\tmark\n''\tmark\n\"red\"\tword\ngreen\t\"word\n",
    );
    let map = "map v.txt --method pca -o map.jsonl --labels kinds.tsv";
    let run = folder.w2v(map).ok();
    assert!(run.stderr.contains("4 words have a category"), "{run:?}");
    let lines = text(&folder, "map.jsonl");
    assert!(lines.contains(r#""category":"\"word""#), "{lines}");
    // Between commas they hold what has commas.
    folder.write("kinds.csv", "\"green\",\"a, b\"\n");
    folder.w2v(&map.replace("kinds.tsv", "kinds.csv")).ok();
    let lines = text(&folder, "map.jsonl");
    assert!(lines.contains(r#""category":"a, b""#), "{lines}");
}
