//! What is made from the definitions of the command line: completions, manual pages, help.

use crate::common::Folder;

/// The commands that the help lists.
fn commands(folder: &Folder) -> Vec<String> {
    let help = folder.w2v("--help").ok().stdout;
    let listed = help.split("Commands:\n").nth(1).unwrap();
    let lines = listed.lines().take_while(|line| !line.is_empty());
    // The name stands after two spaces; deeper lines go on with an explanation.
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_command_shows_two_examples() {
    let folder = Folder::new();
    let commands = commands(&folder);
    assert!(commands.len() > 10 && commands.contains(&"nearest".to_owned()));
    for command in commands {
        let help = folder.w2v(&format!("{command} --help")).ok().stdout;
        let examples = help.split("Examples:").nth(1).unwrap_or_default();
        let shown = examples.matches(&format!("w2v {command}")).count();
        assert!(shown >= 2, "{command}: {shown} examples");
    }
}

#[test]
fn completions_know_commands_and_options() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.w2v(&format!("completions {shell}")).ok().stdout;
        assert!(script.contains("odd-one-out"), "{shell}");
        assert!(script.contains("skip-unwritable"), "{shell}");
    }
    assert_eq!(folder.w2v("completions word").code, 2);
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("man")).unwrap();
    folder.w2v("man --folder man").ok();
    for command in commands(&folder) {
        let page = folder.w2v(&format!("man {command}")).ok().stdout;
        assert!(page.contains(".TH"), "{command}");
        let written = folder.read(&format!("man/w2v-{command}.1"));
        assert_eq!(String::from_utf8(written).unwrap(), page);
    }
    assert!(folder.w2v("man").ok().stdout.contains("w2v\\-nearest(1)"));
    let run = folder.w2v("man no-such");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("the commands are: train, "),
        "{}",
        run.stderr
    );
}

/// The short help is read in a minute, and says where the rest is; the long one has every option.
#[test]
fn the_short_help_of_train_is_short() {
    let folder = Folder::new();
    let [short, long] =
        ["-h", "--help"].map(|help| folder.w2v(&format!("train {help}")).ok().stdout);
    let options = |help: &str| {
        let lines = help.lines().map(str::trim_start);
        lines
            .filter(|line| line.starts_with("--") || line.starts_with('-') && line.contains(", --"))
            .count()
    };
    assert!(short.lines().count() <= 95, "{short}");
    assert!(options(&short) < options(&long) / 2, "{short}");
    assert!(options(&long) > 70, "{}", options(&long));
    assert!(long.lines().count() <= 250, "{long}");
    assert!(
        short.contains("`w2v train --help` explains all of them"),
        "{short}"
    );
    for option in ["--input", "--tokenizer", "--min-count", "--dim", "--epochs"] {
        assert!(short.contains(option), "{option}");
    }
}

/// What may be trained on is told first, each kind with its example, in lines that need no breaking.
#[test]
fn the_help_of_train_begins_with_kinds_of_input() {
    let help = Folder::new().w2v("train --help").ok().stdout;
    let (overview, rest) = help.split_once("\nUsage:").unwrap();
    for kind in ["baskets", "sequence", "events", "graph", "table"] {
        assert!(overview.contains(&format!("--input {kind}")), "{kind}");
    }
    for heading in ["Events", "Graphs", "Tables"] {
        assert!(
            rest.contains(&format!("\n{heading} (--input ")),
            "{heading}"
        );
    }
    assert!(rest.find("\nArguments:") < rest.find("\nInput:"), "{rest}");
}
