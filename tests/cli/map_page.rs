//! The map's page in a real browser, used as people use it.

use serde_json::Value;

use crate::browser::{Browser, NO_WEBGL, WEBGL};
use crate::common::Folder;
use crate::map::{hostile, with_model};

const DESK: [u32; 2] = [1000, 800];
const PHONE: [u32; 2] = [390, 780];

/// The page of the small text's map.
fn drawn(flags: &[&str], size: [u32; 2]) -> Option<(Folder, Browser)> {
    let folder = with_model();
    folder.w2v("map vectors.w2v --steps 300 --quiet").ok();
    // The browser's WebGL is played by the processor: the page takes that only when told.
    let page = if flags == WEBGL {
        "map.html?webgl"
    } else {
        "map.html"
    };
    let browser = Browser::open(&folder, page, flags, size)?;
    Some((folder, browser))
}

/// What `nearest` says.
fn nearest(folder: &Folder, word: &str) -> Vec<String> {
    let run = folder.w2v(&format!("nearest {word}")).ok();
    run.words().into_iter().map(str::to_owned).collect()
}

#[test]
fn a_click_lights_what_nearest_says() {
    for (flags, layer) in [(WEBGL, "webgl"), (NO_WEBGL, "canvas")] {
        let Some((folder, mut browser)) = drawn(flags, DESK) else {
            return;
        };
        assert_eq!(browser.eval("map.layer"), layer);
        let place = browser.place("green");
        browser.click(place);
        let (title, words) = browser.answer();
        assert_eq!(
            (title.as_str(), words),
            ("green", nearest(&folder, "green"))
        );
        assert_eq!(browser.eval("map.state.lit.length"), 10);
        // The list answers too.
        browser.eval("document.querySelector('#answer li button').click()");
        let (next, _) = browser.answer();
        assert_eq!(next, nearest(&folder, "green")[0]);
        browser.key("Escape");
        assert_eq!(browser.answer().0, "");
    }
}

#[test]
fn a_canvas_is_taken_where_webgl_is_slow() {
    let folder = with_model();
    folder.w2v("map vectors.w2v --steps 5 --quiet").ok();
    if let Some(mut browser) = Browser::open(&folder, "map.html", WEBGL, DESK) {
        assert_eq!(browser.eval("map.layer"), "canvas");
    }
}

/// Every word has a dot of its colour, on WebGL and on a plain canvas.
#[test]
fn the_points_are_drawn_with_and_without_webgl() {
    for flags in [WEBGL, NO_WEBGL] {
        let Some((_folder, mut browser)) = drawn(flags, DESK) else {
            return;
        };
        let missing = browser.eval(
            "(() => { map.draw(); const copy = document.createElement('canvas'); \
             [copy.width, copy.height] = [pointsCanvas.width, pointsCanvas.height]; \
             const pen = copy.getContext('2d'); pen.drawImage(pointsCanvas, 0, 0); \
             return data.words.filter((word, id) => { \
               const [x, y] = map.screen(id).map(Math.round); \
               const [r, g, b, a] = pen.getImageData(x, y, 1, 1).data; \
               const want = rgb(PALETTE[clusters[id]]); \
               return a < 150 || Math.max(...[r, g, b].map((c, i) => Math.abs(c - want[i]))) > 24; \
             }); })()",
        );
        // A dot may lie below another one.
        assert!(missing.as_array().unwrap().len() <= 2, "{missing}");
    }
}

#[test]
fn search_completes_and_enter_answers() {
    let Some((folder, mut browser)) = drawn(WEBGL, DESK) else {
        return;
    };
    browser.eval("labels.focus()");
    browser.key("/");
    browser.type_text("r");
    let offered = browser.eval(
        "[...document.querySelectorAll('#found li')].map((item) => item.textContent).join(' ')",
    );
    // What begins so comes before what holds it inside.
    assert!(offered.as_str().unwrap().starts_with("red "), "{offered}");
    browser.eval("byId('query').value = ''");
    browser.type_text("hor");
    browser.key("Enter");
    let (title, words) = browser.answer();
    assert_eq!(
        (title.as_str(), words),
        ("horse", nearest(&folder, "horse"))
    );
    // It is in the middle now, so Enter on the map picks it again.
    browser.key("Tab");
    browser.key("Escape");
    browser.eval("labels.focus()");
    browser.key("Enter");
    assert_eq!(browser.answer().0, "horse");
}

#[test]
fn keys_move_and_zoom() {
    let Some((_folder, mut browser)) = drawn(WEBGL, DESK) else {
        return;
    };
    let view = |browser: &mut Browser| {
        let view = browser.eval("[map.state.x, map.state.y, map.state.scale]");
        [0, 1, 2].map(|i| view[i].as_f64().unwrap())
    };
    browser.eval("labels.focus()");
    let start = view(&mut browser);
    browser.key("+");
    let nearer = view(&mut browser);
    assert!(nearer[2] > 1.3 * start[2]);
    browser.key("ArrowRight");
    browser.key("ArrowDown");
    let moved = view(&mut browser);
    assert!(moved[0] > nearer[0] && moved[1] > nearer[1], "{moved:?}");
    browser.key("0");
    assert_eq!(view(&mut browser), start);
}

#[test]
fn three_picks_are_an_analogy() {
    let Some((folder, mut browser)) = drawn(WEBGL, DESK) else {
        return;
    };
    browser.eval("byId('analogy').click()");
    for word in ["red", "green", "one"] {
        let place = browser.place(word);
        browser.click(place);
    }
    let (title, words) = browser.answer();
    assert_eq!(title, "red is to green as one is to:");
    // Vectors of the page have 8 bits a number, so only the best answer is sure to be the same.
    let analogy = folder.w2v("analogy red green one --top 1").ok();
    assert_eq!(words[0], analogy.words()[0]);
    // The link restores it.
    let link = browser.eval("location.href");
    browser.go(link.as_str().unwrap());
    assert_eq!(browser.answer(), (title, words));
}

#[test]
fn a_link_restores_the_view() {
    let Some((_folder, mut browser)) = drawn(WEBGL, DESK) else {
        return;
    };
    let place = browser.place("dog");
    browser.click(place);
    browser.eval("map.zoom(3, 100, 200)");
    browser.eval("byId('theme').click()");
    browser
        .eval("byId('colour').value = 'count'; byId('colour').dispatchEvent(new Event('change'))");
    browser.settle();
    let look = "[map.state.x.toFixed(4), map.state.y.toFixed(4), (map.state.scale / smallest).toFixed(2), \
                map.state.word, map.state.colour, isDark(), map.labels.join()]";
    let (view, link) = (browser.eval(look), browser.eval("location.href"));
    browser.go(link.as_str().unwrap());
    assert_eq!(browser.eval(look), view);
}

#[test]
fn fingers_move_zoom_and_pick() {
    let Some((folder, mut browser)) = drawn(WEBGL, PHONE) else {
        return;
    };
    browser.call(
        "Emulation.setTouchEmulationEnabled",
        serde_json::json!({ "enabled": true, "maxTouchPoints": 2 }),
    );
    let place = browser.place("red");
    browser.touch(&[&[place]]);
    let (title, words) = browser.answer();
    assert_eq!((title.as_str(), words), ("red", nearest(&folder, "red")));

    let before = browser.place("red");
    browser.touch(&[&[[200.0, 200.0]], &[[220.0, 210.0]], &[[260.0, 230.0]]]);
    let after = browser.place("red");
    assert!(
        after[0] > before[0] + 30.0 && after[1] > before[1] + 15.0,
        "{before:?} {after:?}"
    );
    assert_eq!(browser.answer().0, "red");

    let scale = |browser: &mut Browser| browser.eval("map.state.scale").as_f64().unwrap();
    let small = scale(&mut browser);
    browser.touch(&[
        &[[150.0, 200.0], [250.0, 200.0]],
        &[[125.0, 200.0], [275.0, 200.0]],
        &[[100.0, 200.0], [300.0, 200.0]],
    ]);
    let ratio = scale(&mut browser) / small;
    assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
    assert_eq!(browser.answer().0, "red");
}

/// Nothing of the map lies under the panel, on a desk or on a phone.
#[test]
fn the_panel_covers_nothing() {
    for size in [DESK, [700, 500], PHONE] {
        let Some((_folder, mut browser)) = drawn(WEBGL, size) else {
            return;
        };
        let covered = browser.eval(
            "(() => { const panel = byId('panel').getBoundingClientRect(), stage = labels.getBoundingClientRect(); \
             return data.words.filter((word, id) => { let [x, y] = map.screen(id); x += stage.left; y += stage.top; \
             return document.elementFromPoint(x, y) !== labels; }); })()",
        );
        assert_eq!(covered, Value::Array(Vec::new()), "{size:?}");
    }
}

/// Who does not see the map finds the words in view as a list of buttons, and hears answers.
#[test]
fn the_words_are_a_list_too() {
    let Some((folder, mut browser)) = drawn(WEBGL, DESK) else {
        return;
    };
    browser.eval("byId('listed').open = true");
    let listed =
        "[...document.querySelectorAll('#listed li button')].map((word) => word.textContent)";
    assert_eq!(browser.eval(listed).as_array().unwrap().len(), 20);
    let tree = browser.call("Accessibility.getFullAXTree", serde_json::json!({}));
    let nodes = tree["nodes"].as_array().unwrap();
    let named = |role: &str, name: &str| {
        let is = |node: &&Value| node["role"]["value"] == role && node["name"]["value"] == name;
        nodes.iter().any(|node| is(&node))
    };
    assert!(named("combobox", "Search a word") || named("searchbox", "Search a word"));
    assert!(named("button", "green"));
    browser.eval("[...document.querySelectorAll('#listed button')].find((b) => b.textContent === 'green').click()");
    browser.settle();
    let (title, words) = browser.answer();
    assert_eq!(
        (title.as_str(), words),
        ("green", nearest(&folder, "green"))
    );
    assert_eq!(
        browser.eval("byId('answer').getAttribute('aria-live')"),
        "polite"
    );
}

#[test]
fn zooming_shows_more_labels() {
    let word = |i: u32| {
        let x = f64::from(i);
        format!("someword{i} {} {}\n", (x * 0.7).sin(), (x * 1.3).cos())
    };
    let words: Vec<String> = (0..600).map(word).collect();
    let folder = Folder::new();
    folder.write("many.txt", format!("600 2\n{}", words.concat()));
    folder.w2v("map many.txt --method pca --quiet").ok();
    let Some(mut browser) = Browser::open(&folder, "map.html", WEBGL, DESK) else {
        return;
    };
    // By frequency: the first word is shown always.
    let first = "map.draw(), map.labels.includes('someword0')";
    assert_eq!(browser.eval(first), true);
    let fresh = browser.eval(
        "(() => { const before = new Set(map.labels); map.zoom(8, ...map.screen(300)); map.draw(); \
         return map.labels.filter((word) => !before.has(word)).length; })()",
    );
    assert!(fresh.as_u64().unwrap() > 0, "{fresh}");
}

#[test]
fn hostile_words_break_no_page() {
    let folder = hostile();
    folder.w2v("map hostile.txt --steps 5 --quiet").ok();
    let Some(mut browser) = Browser::open(&folder, "map.html", WEBGL, DESK) else {
        return;
    };
    browser.eval("select(0, false)");
    browser.settle();
    let (title, words) = browser.answer();
    assert!(title.starts_with("</script><script>alert(1)"), "{title}");
    assert_eq!(words.len(), 3);
    assert_eq!(browser.eval("document.scripts.length"), 2);
}

#[test]
fn categories_colour_the_words() {
    let folder = with_model();
    folder.write("kinds.tsv", "red\tcolour\ngreen\tcolour\ndog\tanimal\n");
    folder
        .w2v("map --labels kinds.tsv --steps 100 --quiet")
        .ok();
    let Some(mut browser) = Browser::open(&folder, "map.html", WEBGL, DESK) else {
        return;
    };
    let legend =
        "[...document.querySelectorAll('#legend li')].map((row) => row.textContent).join()";
    assert_eq!(browser.eval(legend), "colour,animal,others");
    assert_eq!(browser.eval("byId('colour').value"), "category");
}
