//! `map`: the page in a real browser, drawings, tables.

use std::process::Command;

use crate::common::{Folder, small_text};

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

/// A folder with a model of the small text, named as everybody expects.
fn with_model() -> Folder {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v("train corpus.txt --dim 10 --epochs 20 --subsample 0 --quiet")
        .ok();
    folder
}

/// Words that would break a page, a drawing or a table that trusts them.
const HOSTILE: &str = "4 2\n</script><script>alert(1)</script> 1 0\n\"quoted\"&amp;' 0 1\n\
                       \u{202e}\u{5d0}\u{1f388} 1 1\n";

fn hostile() -> Folder {
    let folder = Folder::new();
    let long = "<".repeat(200);
    folder.write("hostile.txt", format!("{HOSTILE}{long} 0.5 1\n"));
    folder
}

/// What a browser makes of `page` after `script` has run in it; `None` where there is no browser
/// and none is required.
fn browse(folder: &Folder, page: &str, script: &str) -> Option<String> {
    let html = format!("{}<script>{script}</script>", text(folder, page));
    folder.write("driven.html", html);
    let run = Command::new("chromium")
        .args(["--headless=new", "--no-sandbox", "--use-gl=angle"])
        .args(["--use-angle=swiftshader", "--enable-unsafe-swiftshader"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=5000"])
        .args(["--window-size=1000,800", "--dump-dom"])
        .arg(format!(
            "--user-data-dir={}",
            folder.path("profile").display()
        ))
        .arg(format!("file://{}", folder.path("driven.html").display()))
        .output();
    match run {
        Ok(run) => {
            let said = String::from_utf8_lossy(&run.stderr).into_owned();
            let console: Vec<&str> = said.lines().filter(|l| l.contains("CONSOLE")).collect();
            let errors = console
                .iter()
                .filter(|l| l.contains("Error") || l.contains("rror:"));
            assert_eq!(errors.count(), 0, "{console:?}");
            Some(String::from_utf8(run.stdout).unwrap())
        }
        Err(error) => {
            let required = std::env::var_os("W2V_BROWSER").is_some();
            assert!(!required, "chromium: {error}");
            eprintln!("skipped: there is no chromium");
            None
        }
    }
}

#[test]
fn a_browser_shows_what_nearest_says() {
    let folder = with_model();
    let run = folder.w2v("map vectors.w2v --steps 300").ok();
    assert!(run.stderr.contains("wrote map.html: 20 words, "), "{run:?}");
    let script = "
        Element.prototype.setPointerCapture = () => {};
        const told = (name, value) => document.body.setAttribute(name, JSON.stringify(value));
        const listed = () => [...document.querySelectorAll('#answer li span')].map((s) => s.textContent);
        map.draw();
        told('data-labels', map.labels.length);
        const [x, y] = map.screen(index.get('green'));
        for (const type of ['pointerdown', 'pointerup']) {
          labels.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: x, clientY: y }));
        }
        told('data-clicked', document.querySelector('#answer h2').textContent);
        told('data-near', listed());
        byId('query').value = 'hor';
        byId('query').dispatchEvent(new Event('input'));
        byId('search').requestSubmit();
        told('data-found', document.querySelector('#answer h2').textContent);
        byId('analogy').click();
        for (const word of ['red', 'green', 'one']) pick(index.get(word), false);
        told('data-analogy', listed());";
    let Some(dom) = browse(&folder, "map.html", script) else {
        return;
    };
    let told = |name: &str| {
        let (_, rest) = dom.split_once(&format!("data-{name}=\"")).unwrap();
        rest.split('"').next().unwrap().replace("&quot;", "\"")
    };
    assert_eq!(told("clicked"), "\"green\"");
    assert_eq!(told("found"), "\"horse\"");
    assert!(
        told("labels").parse::<usize>().unwrap() > 5,
        "{}",
        told("labels")
    );
    let nearest = folder.w2v("nearest green").ok();
    assert_eq!(
        told("near"),
        format!("{:?}", nearest.words()).replace(", ", ",")
    );
    // Vectors of the page have 8 bits a number, so only the best answer is sure to be the same.
    let analogy = folder.w2v("analogy red green one --top 1").ok();
    let best = format!("[\"{}\",", analogy.words()[0]);
    assert!(
        told("analogy").starts_with(&best),
        "{} {best}",
        told("analogy")
    );
}

#[test]
fn zooming_shows_more_labels() {
    let words: Vec<String> = (0..600)
        .map(|i| {
            format!(
                "someword{i} {} {}\n",
                (f64::from(i) * 0.7).sin(),
                (f64::from(i) * 1.3).cos()
            )
        })
        .collect();
    let folder = Folder::new();
    folder.write("many.txt", format!("600 2\n{}", words.concat()));
    folder.w2v("map many.txt --method pca --quiet").ok();
    let script = "map.draw();
        const before = new Set(map.labels);
        map.zoom(8, ...map.screen(300)); map.draw();
        document.body.dataset.fresh = map.labels.filter((word) => !before.has(word)).length;";
    let Some(dom) = browse(&folder, "map.html", script) else {
        return;
    };
    let (_, rest) = dom.split_once("data-fresh=\"").unwrap();
    let fresh: usize = rest.split('"').next().unwrap().parse().unwrap();
    assert!(fresh > 0, "{fresh}");
}

#[test]
fn hostile_words_break_neither_page_nor_drawing() {
    let folder = hostile();
    for output in ["map.html", "map.svg", "map.csv", "map.jsonl"] {
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
    let script = "select(0, false);";
    if let Some(dom) = browse(&folder, "map.html", script) {
        assert!(
            dom.contains("<h2>&lt;/script&gt;&lt;script&gt;alert(1)"),
            "{dom}"
        );
    }
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
                   .html, .svg, .csv, .tsv or .jsonl";
    folder.w2v("map -o map.gif").fails(2, message);
    folder.write("some.txt", "red\nnowhere\n");
    assert_eq!(folder.w2v("map --words some.txt").code, 1);
    assert!(!folder.files().contains(&"map.html".to_owned()));
}
