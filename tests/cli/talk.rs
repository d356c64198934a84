//! What a run says, and where.

use crate::common::{Folder, small_text};

#[test]
fn a_run_in_a_log_is_a_few_plain_lines() {
    let folder = Folder::with_corpus(small_text());
    let run = folder
        .w2v("train corpus.txt --dim 10 --epochs 3 --threads 1")
        .ok();
    assert_eq!(run.stdout, "");
    assert!(!run.stderr.contains(['\r', '\u{1b}']), "{:?}", run.stderr);
    let lines: Vec<_> = run.stderr.lines().collect();
    assert!(lines.len() <= 20, "{}", run.stderr);
    // Narrow terminals are shown whole lines.
    assert!(
        lines.iter().all(|line| line.chars().count() <= 64),
        "{}",
        run.stderr
    );
    let configuration = run.stderr.split("scanned").next().unwrap();
    for said in [
        "dim 10",
        "epochs 3",
        "lr 0.05",
        "seed 1",
        "min-count 5",
        "tokenizer auto",
    ] {
        assert!(configuration.contains(said), "{said}: {configuration}");
    }
    assert!(
        lines.contains(&"  3,200 tokens in 800 lines, 20 distinct words"),
        "{}",
        run.stderr
    );
    assert!(
        lines.contains(&"  20 words kept, 100.0 % of the tokens"),
        "{}",
        run.stderr
    );
    for part in ["scan", "train", "save", "total"] {
        let row = format!("  {part:5} ");
        assert!(
            lines.iter().any(|line| line.starts_with(&row)),
            "{part}: {}",
            run.stderr
        );
    }
    assert_eq!(lines.last(), Some(&"wrote vectors.w2v: 20 words x 10"));
}

#[test]
fn a_small_vocabulary_is_told_from_a_large_one() {
    // Twenty words, each a twentieth of the text: sqrt(0.001 x 20) + 0.001 x 20 = 16 % stay.
    let folder = Folder::with_corpus(small_text());
    let train = "train corpus.txt --dim 10 --epochs 1";
    let note = "note: --subsample 0.001 drops 84 % of these tokens;";
    assert!(
        folder
            .w2v(train)
            .ok()
            .stderr
            .lines()
            .any(|line| line == note)
    );
    for plenty in ["--subsample 0", "--subsample 0.01"] {
        let run = folder.w2v(&format!("{train} {plenty}")).ok();
        assert!(!run.stderr.contains("note: "), "{}", run.stderr);
    }
}

#[test]
fn quiet_says_nothing() {
    let folder = Folder::with_corpus(small_text());
    let run = folder
        .w2v("train corpus.txt --dim 10 --epochs 1 --quiet")
        .ok();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}

#[test]
fn a_run_goes_on_when_nobody_listens() {
    let folder = Folder::with_corpus(small_text());
    let mut command = folder.command("train corpus.txt --dim 10 --epochs 1");
    command.stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(folder.files(), ["corpus.txt", "vectors.w2v"]);
}

#[test]
fn every_command_has_help_with_examples() {
    let folder = Folder::new();
    let help = folder.w2v("--help").ok();
    assert!(help.stdout.contains("Examples:"), "{}", help.stdout);
    for command in ["train", "nearest", "analogy"] {
        assert!(help.stdout.contains(command));
        let help = folder.w2v(&format!("{command} --help")).ok();
        assert!(help.stdout.contains("Examples:"), "{}", help.stdout);
        assert_eq!(help.stderr, "");
    }
}

/// The help is made from the library's table: each option with its meaning, range and default.
#[test]
fn the_trainers_options_are_explained() {
    let help = Folder::new().w2v("train --help").ok().stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for setting in w2v::train::SETTINGS {
        assert!(
            help.contains(&format!("--{} ", setting.name)),
            "{}",
            setting.name
        );
        assert!(
            help.contains(&format!("{} ({})", setting.help, setting.range)),
            "{}",
            setting.name
        );
    }
}

#[test]
fn the_version_is_the_crates() {
    let version = Folder::new().w2v("--version").ok();
    assert_eq!(
        version.stdout,
        concat!("w2v ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn wrong_use_is_exit_code_2_on_standard_error() {
    let folder = Folder::with_corpus(small_text());
    for wrong in [
        "",
        "frobnicate",
        "train",
        "nearest",
        "analogy a b",
        "train x --dim many",
    ] {
        let run = folder.w2v(wrong);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{wrong}");
        assert!(!run.stderr.is_empty());
    }
}

/// On a terminal of 60 columns nothing is wider, and what is drawn over and over has no colours.
#[test]
#[cfg(target_os = "linux")]
fn a_narrow_terminal_is_shown_narrow_lines() {
    let folder = Folder::with_corpus(small_text());
    let train = "train corpus.txt --dim 50 --epochs 1500 --subsample 0 --threads 1";
    let binary = env!("CARGO_BIN_EXE_w2v");
    let run = std::process::Command::new("script")
        .args([
            "-qec",
            &format!("stty rows 24 cols 60; {binary} {train}"),
            "/dev/null",
        ])
        .current_dir(folder.path("."))
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "xterm-256color")
        .env("NO_COLOR", "1")
        .output();
    let Ok(run) = run else {
        eprintln!("skipped: there is no `script`");
        return;
    };
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(said.contains("train ") && said.contains(" left"), "{said}");
    // A colour is ESC [ numbers m.
    let codes = said.split('\u{1b}').skip(1);
    let ends = codes.filter_map(|code| code.chars().find(char::is_ascii_alphabetic));
    let colours = ends.filter(|end| *end == 'm').count();
    assert_eq!(colours, 0, "{said:?}");
    let shown = said.split(['\r', '\n']).map(plain);
    for line in shown {
        assert!(line.chars().count() <= 60, "{line:?}");
    }
}

/// A line without what steers the terminal.
#[cfg(target_os = "linux")]
fn plain(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part
            .find(|c: char| c.is_ascii_alphabetic())
            .map_or(0, |at| at + 1);
        text + &part[end..]
    })
}
