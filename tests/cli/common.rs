//! An empty folder, and the binary in it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use w2v::embeddings::Embeddings;

/// An empty folder that goes away with the test.
pub struct Folder(TempDir);

/// What a run left.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A command that hears requests to end, even where the tests are a background job, whose children would ignore them.
pub fn heedful(program: &str) -> Command {
    if cfg!(not(target_os = "linux")) {
        return Command::new(program);
    }
    let mut command = Command::new("env");
    command.args(["--default-signal=INT,HUP,TERM", program]);
    command
}

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder that holds `corpus.txt`.
    pub fn with_corpus(text: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        folder.write("corpus.txt", text);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Names of all files, sorted; hidden ones too.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = entries.map(|e| name(e).into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The binary, to be run in this folder with `arguments` as a shell would split them.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = heedful(env!("CARGO_BIN_EXE_w2v"));
        command.args(arguments.split_whitespace());
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    /// Runs the binary.
    pub fn w2v(&self, arguments: &str) -> Outcome {
        Outcome::of(self.command(arguments).output().unwrap())
    }

    /// Runs the binary with one more argument, which may hold spaces.
    pub fn w2v_one(&self, arguments: &str, last: &str) -> Outcome {
        Outcome::of(self.command(arguments).arg(last).output().unwrap())
    }

    /// Runs the binary with `input` on standard input.
    pub fn w2v_with(&self, arguments: &str, input: &[u8]) -> Outcome {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        feed(&mut child, input);
        Outcome::of(child.wait_with_output().unwrap())
    }

    /// The vectors in a file, through the library.
    pub fn open(&self, name: &str) -> Embeddings {
        w2v::format::open(&self.path(name)).unwrap()
    }
}

/// Gives `input` to the child and closes its standard input.
fn feed(child: &mut Child, input: &[u8]) {
    let mut stdin = child.stdin.take().unwrap();
    // A child that fails early does not read to the end.
    let _ = stdin.write_all(input);
}

impl Outcome {
    pub fn of(output: std::process::Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts that all went well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// Asserts the exit code, that the last line of standard error is `message`, and that there is
    /// no result.
    #[track_caller]
    pub fn fails(&self, code: i32, message: &str) {
        assert_eq!(self.stderr.lines().last(), Some(message), "{self:?}");
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{self:?}");
    }

    /// The words of all answers, in order.
    pub fn words(&self) -> Vec<&str> {
        let lines = self.stdout.lines();
        lines
            .filter_map(|line| line.split_whitespace().nth(1))
            .collect()
    }
}

/// A small text with words that keep company: colours with fruit, numbers with animals.
pub fn small_text() -> String {
    let fruit = ["apple", "pear", "plum", "cherry", "lemon"];
    let colour = ["red", "green", "blue", "yellow", "black"];
    let animal = ["dog", "cat", "horse", "cow", "sheep"];
    let number = ["one", "two", "three", "four", "five"];
    let mut text = String::new();
    for i in 0..400 {
        let (a, b) = (i % 5, (i / 5) % 5);
        text.push_str(&format!(
            "{} {} {} {}\n",
            colour[a], fruit[b], colour[b], fruit[a]
        ));
        text.push_str(&format!(
            "{} {} {} {}\n",
            number[a], animal[b], number[b], animal[a]
        ));
    }
    text
}
