//! Questions one after the other, through a pipe and on a terminal.

use ndarray::array;
use w2v::embeddings::{Embeddings, Metadata};
use w2v::vocab::Vocab;

use crate::common::Folder;

/// north (0, 1), east (1, 0), up (3, 4), "new york" (4, 3).
fn compass() -> Folder {
    let words = [("north", 9), ("east", 8), ("up", 7), ("new york", 6)];
    let vocab = Vocab::from_counts(words, 1, None);
    let matrix = array![[0.0, 1.0], [1.0, 0.0], [3.0, 4.0], [4.0, 3.0]];
    let embeddings = Embeddings::new(vocab, matrix, Metadata::default());
    let folder = Folder::new();
    w2v::format::save(&folder.path("vectors.w2v"), &embeddings).unwrap();
    folder
}

#[test]
fn each_line_is_answered_as_its_command_answers() {
    let folder = compass();
    for line in [
        "nearest up --top 1",
        "nearest up north --limit 3",
        "analogy east north up",
        "analogy --and north --not east --method mul --top 2",
        "similarity up north",
        "rank up north",
        "odd-one-out north up east",
        "vector up --format tsv",
        "words --prefix e --json",
        "recommend north east --top 1",
        "link north east",
        "similarity north east up north",
    ] {
        let expected = folder.w2v(line).ok();
        let run = folder.w2v_with("repl", line.as_bytes()).ok();
        assert_eq!(run.stdout, expected.stdout, "{line}");
        assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{run:?}");
    }
}

#[test]
fn words_alone_ask_for_what_is_near() {
    let run = compass().w2v_with("repl", b"up --top 1\n\n  \n\"new york\" --top 1\r\n");
    assert_eq!(run.ok().stdout, "0.9600  new york\n0.9600  up\n");
}

#[test]
fn bytes_that_are_no_utf_8_are_those_of_words() {
    let folder = Folder::new();
    folder.write("v.txt", b"3 2\ncaf\xE9 1 0\ncaf\xC3 0 1\nplain 3 4\n");
    let lines = b"similarity caf\xE9 plain\nsimilarity plain caf\xC3\n";
    let run = folder.w2v_with("repl -m v.txt", lines).ok();
    assert_eq!(run.stdout, "0.6000\n0.8000\n");
}

#[test]
fn what_has_no_answer_does_not_end_it() {
    let folder = compass();
    let lines = b"nowhere\nsimilarity up\nnearest up --tip 3\nnearest -m none.w2v up\nup --top 1\n";
    let run = folder.w2v_with("repl", lines).ok();
    assert_eq!(run.stdout, "0.9600  new york\n");
    let errors = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "));
    assert_eq!(errors.count(), 4, "{}", run.stderr);
    assert!(run.stderr.contains("\"nowhere\" is not among the 4 words"));
    assert!(run.stderr.contains("none.w2v"));
}

/// As on the command line, a number below 0 is a value, here a wrong one.
#[test]
fn numbers_below_zero_are_values() {
    let run = compass().w2v_with("repl", b"up --top -1\n").ok();
    let message = "error: invalid value '-1' for '--top <N>'";
    assert!(run.stderr.starts_with(message), "{}", run.stderr);
}

#[test]
fn it_ends_at_quit_and_tells_what_can_be_asked() {
    let folder = compass();
    let run = folder.w2v_with("repl", b"help\nquit\nup\n").ok();
    for command in ["nearest", "odd-one-out", "quit"] {
        assert!(run.stdout.contains(command), "{}", run.stdout);
    }
    assert!(!run.stdout.contains("new york"));
    let run = folder.w2v_with("repl", b"help nearest\nexit").ok();
    assert!(run.stdout.contains("--top <N>"), "{}", run.stdout);
    assert_eq!(folder.w2v_with("repl", b"").ok().stdout, "");
    assert_eq!(folder.w2v("repl --model none.w2v").code, 1);
}

#[test]
fn a_batch_may_be_the_lines_that_follow() {
    let run = compass().w2v_with("repl", b"similarity --batch -\nup north\neast up\n");
    assert_eq!(run.ok().stdout, "up north\n  0.8000\neast up\n  0.6000\n");
}

/// A terminal of our own, with the program at the other end.
#[cfg(unix)]
mod on_a_terminal {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::unix::ffi::OsStrExt;
    use std::process::Child;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    use super::compass;
    use crate::common::Folder;

    struct Terminal {
        child: Child,
        keys: File,
        shown: Receiver<Vec<u8>>,
        screen: String,
    }

    impl Terminal {
        fn new(folder: &Folder) -> Self {
            let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
            grantpt(&master).unwrap();
            unlockpt(&master).unwrap();
            let name = ptsname(&master, Vec::new()).unwrap();
            let name = OsStr::from_bytes(name.to_bytes());
            let other = File::options().read(true).write(true).open(name).unwrap();
            let end = || other.try_clone().unwrap();
            let mut command = folder.command("repl --history lines");
            command.stdin(end()).stdout(end()).stderr(end());
            let child = command.env("TERM", "xterm").spawn().unwrap();
            let keys = File::from(master);
            let mut screen = keys.try_clone().unwrap();
            let (send, shown) = channel();
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                // Reading fails when the program has ended.
                while let Ok(read @ 1..) = screen.read(&mut bytes) {
                    let _ = send.send(bytes[..read].to_vec());
                }
            });
            Self {
                child,
                keys,
                shown,
                screen: String::new(),
            }
        }

        /// Types `keys`.
        fn type_in(&mut self, keys: &str) {
            self.keys.write_all(keys.as_bytes()).unwrap();
        }

        /// Waits until `text` is shown, and forgets what came before.
        #[track_caller]
        fn wait_for(&mut self, text: &str) {
            while !self.screen.contains(text) {
                let more = self.shown.recv_timeout(Duration::from_secs(60));
                let more = more.unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.screen));
                self.screen.push_str(&String::from_utf8_lossy(&more));
            }
            let at = self.screen.find(text).unwrap() + text.len();
            self.screen.drain(..at);
        }
    }

    #[test]
    fn words_are_completed_and_lines_come_back() {
        let folder = compass();
        let mut terminal = Terminal::new(&folder);
        terminal.wait_for("4 words x 2");
        terminal.wait_for("w2v> ");
        terminal.type_in("sim\tup nor\t\r");
        terminal.wait_for("0.8000");
        terminal.wait_for("w2v> ");
        // Ctrl-C gives the line up, not the session.
        terminal.type_in("vector no\x03");
        terminal.wait_for("w2v> ");
        // The line before, by the arrow key.
        terminal.type_in("\x1b[A\r");
        terminal.wait_for("0.8000");
        terminal.wait_for("w2v> ");
        terminal.type_in("\"new\t--to\t1\r");
        terminal.wait_for("0.9600  up");
        terminal.wait_for("w2v> ");
        terminal.type_in("\x04");
        assert!(terminal.child.wait().unwrap().success());
        let lines = String::from_utf8(folder.read("lines")).unwrap();
        assert!(lines.contains("similarity up north"), "{lines}");
    }

    #[test]
    fn lines_are_kept_for_the_next_session() {
        let folder = compass();
        for first in [true, false] {
            let mut terminal = Terminal::new(&folder);
            terminal.wait_for("w2v> ");
            // Before `quit` came the question.
            terminal.type_in(match first {
                true => "similarity up east\r",
                false => "\x1b[A\x1b[A\r",
            });
            terminal.wait_for("0.6000");
            terminal.wait_for("w2v> ");
            terminal.type_in("quit\r");
            assert!(terminal.child.wait().unwrap().success());
        }
    }
}
