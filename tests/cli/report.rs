//! `train --report` and `compare`: runs as pages.

use crate::common::{Folder, small_text};

fn page(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

#[test]
fn a_report_is_one_page_that_fetches_nothing() {
    let folder = Folder::with_corpus(small_text());
    folder
        .w2v("train corpus.txt --dim 10 --subsample 0 --epochs 3000 --quiet --report run.html")
        .ok();
    assert_eq!(folder.files(), ["corpus.txt", "run.html", "vectors.w2v"]);
    let page = page(&folder, "run.html");
    for shown in [
        "<title>w2v: vectors.w2v</title>",
        "<th>tokens</th><td>3,200</td>",
        "<th>words kept</th><td>20, 100.0 % of the tokens</td>",
        "<figcaption>Loss</figcaption>",
        "<figcaption>Speed</figcaption>",
        "<figcaption>Learning rate</figcaption>",
        "<figcaption>How wrong the time left was</figcaption>",
        "<figcaption>Words by frequency (Zipf)</figcaption>",
        "<th>epochs</th><td>3000</td>",
        "<h2>Nearest words: vectors.w2v</h2>",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    for fetched in [
        "http:", "https:", "src=", "href=", "url(", "@import", "NaN", "inf\"",
    ] {
        assert!(!page.contains(fetched), "{fetched}");
    }
}

#[test]
fn runs_are_compared_from_logs_and_reports() {
    let folder = Folder::with_corpus(small_text());
    // Long enough for several points in every chart.
    let train = "train corpus.txt --epochs 3000 --subsample 0 --quiet";
    folder
        .w2v(&format!("{train} --dim 10 --log first.jsonl"))
        .ok();
    folder
        .w2v(&format!("{train} --dim 20 --report second.html"))
        .ok();
    folder.w2v("compare first.jsonl second.html").ok();
    let page = page(&folder, "compare.html");
    assert!(page.contains("<title>w2v: 2 runs</title>"));
    // What differs is marked, what is the same is not.
    assert!(
        page.contains("<th>dim</th><td><b>10</b></td><td><b>20</b></td>"),
        "{page}"
    );
    assert!(page.contains("<th>epochs</th><td>3000</td><td>3000</td>"));
    // Both lines in each of the five charts.
    assert_eq!(page.matches("<title>first</title>").count(), 5);
    assert_eq!(page.matches("<title>second</title>").count(), 5);
}

#[test]
fn words_cannot_break_the_page() {
    let hostile = "</script><b>x</b> &amp; \"quoted\" 'single' \u{202e}rtl 🎈\n".repeat(50);
    let folder = Folder::with_corpus(hostile);
    let train = "train corpus.txt --tokenizer whitespace --subsample 0 --dim 5 --quiet";
    folder.w2v(&format!("{train} --report run.html")).ok();
    let page = page(&folder, "run.html");
    assert!(!page.contains("<b>x</b>"));
    assert_eq!(page.matches("</script>").count(), 1);
    // The log in the page is whole.
    folder.w2v("compare run.html -o again.html").ok();
}

#[test]
fn vectors_are_scored_where_a_set_is_given() {
    let folder = Folder::with_corpus(small_text());
    folder.write(
        "quiz.txt",
        ": colours\nred green blue yellow\nred green nowhere yellow\n",
    );
    folder.write("pairs.tsv", "red\tgreen\t9\nred\tdog\t1\nred\tapple\t5\n");
    let train = "train corpus.txt --dim 10 --epochs 50 --log run.jsonl --report run.html";
    let run = folder
        .w2v(&format!("{train} --eval quiz.txt --eval pairs.tsv"))
        .ok();
    let said = |start: &str| run.stderr.lines().any(|line| line.starts_with(start));
    assert!(
        said("  quiz: ") && said("  pairs: Spearman "),
        "{}",
        run.stderr
    );
    let log = page(&folder, "run.jsonl");
    assert!(
        log.contains(r#""event":"scored","set":"quiz","percent":"#),
        "{log}"
    );
    assert!(log.contains(r#""seen":1,"skipped":1}"#), "{log}");
    assert!(page(&folder, "run.html").contains("<th>pairs</th><td>Spearman "));
}

/// However short the epochs are, the vectors of each are scored; what is learnt is the same.
#[test]
fn every_epoch_is_scored() {
    let folder = Folder::with_corpus(small_text());
    folder.write("pairs.tsv", "red\tgreen\t9\nred\tdog\t1\nred\tapple\t5\n");
    let train = "train corpus.txt --dim 10 --epochs 7 --subsample 0 --quiet";
    for way in ["--threads 1", "--threads 2", "--deterministic"] {
        let scored = "--eval pairs.tsv --log run.jsonl --report run.html --output scored.w2v";
        folder.w2v(&format!("{train} {way} {scored}")).ok();
        let log = page(&folder, "run.jsonl");
        let records: Vec<serde_json::Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let scoring: Vec<_> = records.iter().filter(|r| r["event"] == "scoring").collect();
        let epochs: Vec<u64> = scoring
            .iter()
            .map(|r| r["epoch"].as_u64().unwrap())
            .collect();
        assert_eq!(epochs, [1, 2, 3, 4, 5, 6], "{way}: {log}");
        for score in scoring {
            assert_eq!(
                (&score["set"], &score["seen"]),
                (&"pairs".into(), &3.into())
            );
            assert!((-1.0..=1.0).contains(&score["spearman"].as_f64().unwrap()));
        }
        let page = page(&folder, "run.html");
        assert!(
            page.contains("<figcaption>Score on pairs</figcaption>"),
            "{page}"
        );
        if way != "--threads 2" {
            folder
                .w2v(&format!("{train} {way} --output plain.w2v"))
                .ok();
            assert!(
                folder.read("plain.w2v") == folder.read("scored.w2v"),
                "{way}"
            );
        }
    }
}

#[test]
fn a_set_that_is_missing_is_missed_before_the_work() {
    let folder = Folder::with_corpus(small_text());
    let run = folder.w2v("train corpus.txt --eval nope.txt");
    run.fails(
        1,
        "error: nope.txt: cannot read: No such file or directory (os error 2)",
    );
    assert_eq!(folder.files(), ["corpus.txt"]);
}

#[test]
fn a_run_that_failed_has_a_report_too() {
    let folder = Folder::with_corpus("a b c\n");
    assert_eq!(folder.w2v("train corpus.txt --report run.html").code, 1);
    let page = page(&folder, "run.html");
    assert!(page.contains("every word is below --min-count 5"), "{page}");
}

#[test]
fn what_is_no_log_is_refused() {
    let folder = Folder::with_corpus(small_text());
    let run = folder.w2v("compare corpus.txt");
    assert_eq!(
        (run.code, folder.files()),
        (1, vec!["corpus.txt".to_owned()])
    );
    let expected = "error: corpus.txt, line 1: expected a record of `train --log`: ";
    assert!(run.stderr.starts_with(expected), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1);
    folder.write("empty.jsonl", "");
    let message = "error: empty.jsonl: expected a log of `train --log`, found no record";
    folder.w2v("compare empty.jsonl").fails(1, message);
}
