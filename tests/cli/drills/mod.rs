//! Drills: whatever happens around a run, it ends in a line and an exit code, and nothing is lost.
#![cfg(target_os = "linux")]

mod disk;
mod inputs;
mod limits;
mod streams;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Folder, Outcome, heedful};

/// Runs a script of bash in the folder, with the binary as `$W2V`.
pub fn bash(folder: &Folder, script: &str) -> Outcome {
    let mut command = heedful("bash");
    command.args(["-c", script]).current_dir(folder.path(""));
    command.env("W2V", env!("CARGO_BIN_EXE_w2v"));
    Outcome::of(command.stdin(Stdio::null()).output().unwrap())
}

/// Somebody without the rights of root, to whom everything is allowed, and whose only process is the one that is
/// started.
struct Nobody {
    user: u32,
    /// Where a binary lies that others than root can reach.
    place: Folder,
}

impl Nobody {
    /// The user with this number; `None` where we are not root and nobody else can be had.
    fn new(user: u32) -> Option<Self> {
        let id = Command::new("id").arg("-u").output().unwrap();
        let has = Command::new("setpriv").arg("--version").output();
        if id.stdout != b"0\n" || has.is_err() {
            eprintln!("skipped: only root can become somebody else, with setpriv");
            return None;
        }
        let place = Folder::new();
        std::fs::copy(env!("CARGO_BIN_EXE_w2v"), place.path("w2v")).unwrap();
        let nobody = Self { user, place };
        nobody.enters(&nobody.place, "755");
        Some(nobody)
    }

    /// Lets others into a folder.
    fn enters(&self, folder: &Folder, mode: &str) {
        let mut chmod = Command::new("chmod");
        assert!(
            chmod
                .arg(mode)
                .arg(folder.path(""))
                .status()
                .unwrap()
                .success()
        );
    }

    /// As [`bash`], as this user, of group 65534 and a member of 65532.
    fn bash(&self, folder: &Folder, script: &str) -> Outcome {
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={}", self.user));
        let groups = ["--regid=65534", "--groups=65534,65532"];
        command.args(groups).args(["bash", "-c", script]);
        command
            .current_dir(folder.path(""))
            .env("W2V", self.place.path("w2v"));
        Outcome::of(command.stdin(Stdio::null()).output().unwrap())
    }
}

impl Outcome {
    /// Asserts that it failed as it should: one line that says `what`, no panic, no signal.
    #[track_caller]
    fn told(&self, what: &str) {
        let last = self.stderr.lines().last().unwrap_or_default();
        assert!(
            self.code == 1 && last.starts_with("error: ") && last.contains(what),
            "expected {what:?}: {self:?}"
        );
        assert!(!self.stderr.contains("panicked"), "{self:?}");
    }
}

/// Starts the binary with all its streams at hand.
fn start(folder: &Folder, arguments: &str) -> Child {
    let mut command = folder.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped()).spawn().unwrap()
}

/// What a shell's `kill` does.
fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let mut kill = Command::new("kill");
    assert!(kill.args([name, &pid]).status().unwrap().success());
}

fn wait_for(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(60), "no {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether the log of a run has come to an event.
fn logged(folder: &Folder, log: &str, event: &str) -> bool {
    let text = std::fs::read_to_string(folder.path(log));
    text.is_ok_and(|text| text.contains(&format!("\"event\":\"{event}\"")))
}
