//! Checkpoints: the library goes on with what it accepts, and so does `w2v resume`.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use w2v::corpus::{Corpus, ScanOptions};
use w2v::text::Input;
use w2v::train::{Checkpoint, Training};

use super::damage::Damager;
use super::vectors::repair_native;
use super::{Seeds, Target, fuzz};

const TRAIN: &str = "train corpus.txt -q --dim 8 --threads 1 --min-count 1 --epochs 9000";

#[test]
fn checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let text = "red apple green pear blue plum\none dog two cats three cows\n".repeat(20);
    fs::write(folder.path().join("corpus.txt"), text).unwrap();
    for (name, options) in [("run", ""), ("cbow", "--objective cbow --deterministic")] {
        let kept = format!("{TRAIN} {options} --checkpoint {name} --checkpoint-every 2000");
        let path = folder.path().join(name);
        let mut child = w2v(folder.path(), &kept);
        let began = Instant::now();
        while !path.exists() {
            assert!(began.elapsed() < Duration::from_secs(600), "no checkpoint");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let options = ScanOptions {
        inputs: vec![Input::Path(folder.path().join("corpus.txt"))],
        ..ScanOptions::default()
    };
    let corpus = Corpus::scan(&options, &mut |_| true).unwrap();
    let seeds = Seeds::read(folder.path(), &["run", "cbow"]);
    fuzz("checkpoint", folder.path(), &seeds, Resumed { corpus });
}

fn w2v(folder: &Path, arguments: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_w2v"));
    command.args(arguments.split_whitespace());
    command.current_dir(folder).stdin(Stdio::null());
    command.stderr(Stdio::piped()).spawn().unwrap()
}

struct Resumed {
    corpus: Corpus,
}

impl Target for Resumed {
    fn repair(&self, bytes: &mut [u8], damager: &mut Damager) {
        // The state is JSON: a letter of it for another, where the damages so far spared it.
        let start = bytes.windows(11).position(|w| w == b"{\"options\":");
        if let (Some(start), true) = (start, damager.below(2) > 0) {
            for _ in 0..damager.below(4) {
                let at = start + damager.below(bytes.len() - start);
                let number = bytes[at..].iter_mut().find(|b| b.is_ascii_digit());
                if let Some(digit) = number {
                    *digit = b"0123456789-.e"[damager.below(13)];
                }
            }
        }
        if damager.below(4) > 0 {
            repair_native(bytes);
        }
    }

    fn read(&mut self, path: &Path, damager: &mut Damager) -> bool {
        let read = self.go_on(path);
        if damager.below(20) == 0 {
            resume(path);
        }
        read
    }
}

impl Resumed {
    fn go_on(&self, path: &Path) -> bool {
        let Ok(checkpoint) = Checkpoint::open(path) else {
            return false;
        };
        let _ = (checkpoint.tokens(), checkpoint.note().len());
        let Ok(config) = checkpoint.options().clone().validate() else {
            return false;
        };
        let training = Training::new(&config, &self.corpus).resume(&checkpoint);
        let result = training.run(&mut |_| ControlFlow::Break(()));
        use w2v::error::{Error, TrainError};
        !matches!(result, Err(ref error)
            if !matches!(error, Error::Train(TrainError::Interrupted { .. })))
    }
}

/// The program itself: ends with 0 or 1, or trains until it is ended.
fn resume(path: &Path) {
    let folder = path.parent().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut child = w2v(folder, &format!("resume {name} -q"));
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() && began.elapsed() < Duration::from_millis(200) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let told = matches!(output.status.code(), Some(0..=2));
    assert!(running || told, "{:?}: {stderr}", output.status);
    assert!(!stderr.contains("panicked"), "{stderr}");
    // A run that went on has replaced its checkpoint, or removed it at its end.
    let _ = fs::remove_file(folder.join(format!("{name}.old")));
    if !path.exists() {
        fs::write(path, "").unwrap();
    }
}
