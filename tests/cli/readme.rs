//! The README's own commands, run as written.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use crate::common::Folder;
use crate::vocabulary::SAMPLE;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A command of the README and the output it shows.
struct Shown {
    command: String,
    output: String,
}

/// The lines of all blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let open = format!("```{language}\n");
    let parts = readme.split(&open).skip(1);
    let blocks = parts.map(|part| part.split("```").next().unwrap());
    blocks.flat_map(str::lines).map(str::to_owned).collect()
}

/// The commands of the console blocks, each with what it prints.
fn shown() -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for line in blocks("console") {
        match line.strip_prefix("$ ") {
            Some(command) => shown.push(Shown {
                command: command.to_owned(),
                output: String::new(),
            }),
            None => shown.last_mut().unwrap().output += &(line + "\n"),
        }
    }
    shown
}

/// The first millions of letters of the sample.
fn corpus() -> Vec<u8> {
    let file = fs::File::open(SAMPLE).unwrap();
    let mut text = Vec::new();
    let decoder = zstd::Decoder::new(file).unwrap();
    decoder.take(8_000_000).read_to_end(&mut text).unwrap();
    text
}

#[test]
#[cfg(unix)]
fn the_tour_runs_as_written() {
    let folder = Folder::with_corpus(corpus());
    std::os::unix::fs::symlink(Path::new(ROOT).join("data"), folder.path("data")).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_w2v")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let shown = shown();
    assert!(shown.len() > 10, "only {} commands found", shown.len());
    for Shown { command, output } in shown {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &command])
            .env("PATH", &path)
            .current_dir(folder.path("."));
        let run = shell.output().unwrap();
        let said = String::from_utf8(run.stdout).unwrap() + &String::from_utf8(run.stderr).unwrap();
        if output.starts_with("error: ") {
            assert_eq!((run.status.code(), &said), (Some(1), &output), "{command}");
        } else {
            assert!(run.status.success(), "{command}: {said}");
        }
        // Two threads never train the same twice, but what the tour is about must hold.
        if command.starts_with("w2v analogy") && !output.is_empty() {
            let first = |text: &str| {
                text.lines()
                    .next()
                    .unwrap()
                    .split_whitespace()
                    .nth(1)
                    .map(str::to_owned)
            };
            assert_eq!(first(&said), first(&output), "{command}");
        }
    }
}

/// The commands that build are run by the checks, not from within a test.
#[test]
fn the_two_commands_are_run_by_the_checks() {
    let checks = fs::read_to_string(Path::new(ROOT).join(".ci/run")).unwrap();
    let commands: Vec<String> = blocks("sh")
        .iter()
        .map(|line| line.split(" #").next().unwrap().trim_end().to_owned())
        .collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        assert!(
            checks.lines().any(|line| line == format!("step {command}")),
            "{command}"
        );
    }
}
