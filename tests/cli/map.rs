//! `map`: drawings, tables, what is refused. The page is tested in `map_page`.

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
