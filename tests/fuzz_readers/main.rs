//! Damages files of every kind at random and reads them: an error or something usable, never a panic, never more
//! memory than a small file is worth.
//!
//! By default some hundred damages for each target, the same ones on each run. For longer, with others, one target
//! (as its test is called) or all of them:
//!
//!     W2V_FUZZ_SECONDS=600 W2V_FUZZ=native cargo test --release --test fuzz_readers -- --nocapture
#![allow(clippy::unwrap_used)] // also in the helpers of tests

mod checkpoint;
mod damage;
mod lists;
mod memory;
mod records;
mod texts;
mod vectors;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;
use std::time::{Duration, Instant, SystemTime};

use damage::Damager;

/// Damaged files of each target where nobody asks for more.
const ROUNDS: usize = 400;
/// Nothing may take more memory, all targets together: the seeds have a few kilobytes, and the largest thing there is by
/// right is the dictionary of the `chinese` tokenizer.
const MOST_BYTES: usize = 1 << 30;
/// Nor more time, on a machine that is busy with other things.
const MOST_TIME: Duration = Duration::from_secs(60);

/// Files of one kind, whole.
struct Seeds(Vec<(&'static str, Vec<u8>)>);

impl Seeds {
    /// The files of these names in `folder`.
    fn read(folder: &Path, names: &[&'static str]) -> Self {
        let seed = |&name| (name, fs::read(folder.join(name)).unwrap());
        Self(names.iter().map(seed).collect())
    }
}

/// What is done with a damaged file.
trait Target {
    /// Makes checksums right again, so that what they guard is damaged too.
    fn repair(&self, _bytes: &mut [u8], _damager: &mut Damager) {}

    /// Uses all that the reader of `path` gives; false when the file was refused.
    fn read(&mut self, path: &Path, damager: &mut Damager) -> bool;
}

/// Damages `seeds` in `folder`, and lets `target` read them.
fn fuzz(name: &str, folder: &Path, seeds: &Seeds, mut target: impl Target) {
    let only = std::env::var("W2V_FUZZ").ok();
    if only.is_some_and(|only| only != name) {
        return;
    }
    silence();
    let seconds = std::env::var("W2V_FUZZ_SECONDS").ok();
    let seconds: u64 = seconds.map_or(0, |text| text.parse().unwrap());
    let clock = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = if seconds > 0 { clock } else { 1 };
    let mut damager = Damager::new(seed);
    for (file, whole) in &seeds.0 {
        fs::write(folder.join(file), whole).unwrap();
    }
    for (file, _) in &seeds.0 {
        let read = target.read(&folder.join(file), &mut damager);
        assert!(read, "{file} is whole");
    }
    let (began, most) = (Instant::now(), Duration::from_secs(seconds));
    let (mut files, mut read) = (0usize, 0usize);
    while files < ROUNDS || began.elapsed() < most {
        let (file, whole) = &seeds.0[damager.below(seeds.0.len())];
        let (_, other) = &seeds.0[damager.below(seeds.0.len())];
        let mut bytes = whole.clone();
        damager.damage(&mut bytes, other);
        target.repair(&mut bytes, &mut damager);
        let path = folder.join(file);
        // A file of its own each time: the one before may still be mapped.
        fs::remove_file(&path).unwrap();
        fs::write(&path, &bytes).unwrap();
        files += 1;
        let case = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| target.read(&path, &mut damager)));
        let took = (memory::most(), case.elapsed());
        match outcome {
            Ok(good) if took.0 < MOST_BYTES && took.1 < MOST_TIME => read += usize::from(good),
            _ => panic!("{file}, seed {seed}, {took:?}: {}", text(&bytes)),
        }
        fs::write(&path, whole).unwrap();
    }
    println!("{name}: {files} damaged files, {read} read nevertheless");
    assert!(read > 0 && read < files);
}

/// Leaves out panics that the library catches, as the program does.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !w2v::embeddings::catches_panics() {
                usual(panic);
            }
        }));
    });
}

/// Bytes as they are written in a program.
fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
