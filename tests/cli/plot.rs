//! Drawings: `--plot` of questions, and maps as PNG and PDF.

use std::io::Read;

use crate::common::Folder;
use crate::map::with_model;

/// Width and height that a PNG's header tells.
fn png_size(png: &[u8]) -> [u32; 2] {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(&png[12..16], b"IHDR");
    [16, 20].map(|at| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()))
}

/// The streams of a PDF, unpacked where they are packed.
fn streams(pdf: &[u8]) -> Vec<Vec<u8>> {
    assert!(pdf.starts_with(b"%PDF-1."));
    let find = |from: usize, what: &[u8]| {
        let mut places = pdf[from..].windows(what.len());
        places.position(|bytes| bytes == what).map(|at| from + at)
    };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = find(at, b"\nstream\n") {
        let start = start + 8;
        at = find(start, b"endstream").unwrap();
        let mut unpacked = Vec::new();
        let packed = flate2::read::ZlibDecoder::new(&pdf[start..at]).read_to_end(&mut unpacked);
        found.push(packed.map_or_else(|_| pdf[start..at].to_vec(), |_| unpacked));
    }
    found
}

/// How many areas the page of a PDF fills.
fn areas(pdf: &[u8]) -> usize {
    let streams = streams(pdf);
    assert_eq!(streams.len(), 1);
    let content = String::from_utf8(streams[0].clone()).unwrap();
    content.lines().filter(|line| *line == "f").count()
}

#[test]
fn a_map_is_drawn_as_png_and_pdf() {
    let folder = with_model();
    for output in ["map.svg", "map.png", "map.pdf"] {
        let run = folder.w2v(&format!("map --steps 100 -o {output}")).ok();
        assert!(
            run.stderr.contains(&format!("wrote {output}: 20 words, ")),
            "{run:?}"
        );
    }
    assert_eq!(png_size(&folder.read("map.png")), [2000, 2000]);
    // The ground, the dots and the letters of the labels that have room, as in the SVG.
    let svg = String::from_utf8(folder.read("map.svg")).unwrap();
    let (dots, labels) = (svg.matches("<circle").count(), svg.matches("<text").count());
    assert!(dots == 20 && labels > 15, "{svg}");
    assert_eq!(areas(&folder.read("map.pdf")), 1 + dots + labels);
}

#[test]
fn neighbours_are_plotted_around_their_word() {
    let folder = with_model();
    let run = folder.w2v("nearest red dog --top 4 --plot near.svg").ok();
    assert!(run.stdout.starts_with("red\n"), "{run:?}");
    let svg = String::from_utf8(folder.read("near.svg")).unwrap();
    let near = |word: &str| folder.w2v(&format!("nearest {word} --top 4")).ok();
    for word in ["red", "dog"] {
        for neighbor in near(word).words() {
            assert!(svg.contains(&format!(">{neighbor}<")), "{neighbor}: {svg}");
        }
    }
    assert_eq!(svg.matches("stroke=\"#bbb\"").count(), 8);
    folder.w2v("nearest red --plot near.png").ok();
    assert_eq!(png_size(&folder.read("near.png")), [1800, 1280]);
}

#[test]
fn an_analogy_is_plotted_as_arrows() {
    let folder = with_model();
    folder
        .w2v("analogy red green one --top 3 --plot arrows.svg")
        .ok();
    let svg = String::from_utf8(folder.read("arrows.svg")).unwrap();
    assert!(svg.contains("<title>green - red + one</title>"), "{svg}");
    for word in ["red", "green", "one", "green - red + one"] {
        assert!(svg.contains(&format!(">{word}</text>")), "{word}: {svg}");
    }
    folder.w2v("analogy red green one --plot arrows.pdf").ok();
    // The ground, 13 dots, heads, labels, notes, the caption.
    let areas = areas(&folder.read("arrows.pdf"));
    assert!(areas > 30, "{areas}");
    let sum = "analogy --and red green blue --not dog one --plot sum.svg";
    folder.w2v(sum).ok();
    let svg = String::from_utf8(folder.read("sum.svg")).unwrap();
    assert!(
        svg.contains("<title>red + green + blue - dog - one</title>"),
        "{svg}"
    );
}

#[test]
fn what_cannot_be_plotted_is_refused_before_the_work() {
    let folder = with_model();
    let message = "error: near.gif: the end of the name does not tell what to draw; expected \
                   .svg, .png or .pdf";
    folder.w2v("nearest red --plot near.gif").fails(2, message);
    let run = folder.w2v("nearest red --plot nowhere/near.svg");
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
    let run = folder.w2v("nearest red --top 1 --plot near.svg");
    let message =
        "error: a map needs at least 3 words with a direction, found 2; ask for more words";
    assert_eq!((run.code, run.stderr.lines().last()), (1, Some(message)));
    assert!(!folder.files().contains(&"near.svg".to_owned()));
}

/// Characters that stand for nothing are in no font; boxes stand for them, and it is said.
#[test]
fn characters_without_a_font_are_told() {
    let folder = Folder::new();
    let odd = "3 2\na\u{10fff0}b 1 0\n\u{10fff1} 0 1\nplain 1 1\n";
    folder.write("odd.txt", odd);
    let run = folder.w2v("map odd.txt --method pca -o odd.png").ok();
    let note = "note: no font on this machine has U+10FFF0, U+10FFF1: boxes stand for them;";
    assert!(run.stderr.contains(note), "{run:?}");
    let run = folder.w2v("map odd.txt --method pca -o odd.svg").ok();
    assert!(!run.stderr.contains("note: "), "{run:?}");
}
