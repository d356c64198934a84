//! One writer an output: who means to write a file in hours says so now.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::atomic::{Registration, part_prefix};
use super::place::{folder_of, follow_links};
use crate::error::{Error, FormatError, Result};

/// An output that belongs to this process until the claim is dropped.
///
/// A claim is a lock on a file beside the output, which the system gives back when the process
/// ends in whatever way. What writers that were killed have left behind is removed.
#[derive(Debug)]
pub struct Claim {
    /// Holds the lock; there is none where the file system knows no locks or the output is no
    /// regular file.
    _lock: Option<Lock>,
}

#[derive(Debug)]
struct Lock {
    _file: File,
    registration: Registration,
}

impl Claim {
    /// Claims the file that shall stand at `path`.
    ///
    /// # Errors
    /// Another process has claimed it; what the system refuses.
    pub fn new(path: &Path) -> Result<Self> {
        Self::within(path, Duration::ZERO)
    }

    /// As [`Claim::new`], but waits so long for the other: a process that was killed holds its locks
    /// until the system has taken its memory apart, which takes a moment for a large one.
    ///
    /// # Errors
    /// As [`Claim::new`].
    pub fn within(path: &Path, patience: Duration) -> Result<Self> {
        if fs::metadata(path).is_ok_and(|kind| !kind.is_file()) {
            return Ok(Self { _lock: None });
        }
        let target = follow_links(path)?;
        let mut name = std::ffi::OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(".lock");
        let place = folder_of(&target).join(name);
        let lock = lock(path, &place, patience)?;
        if lock.is_some() {
            remove_left_overs(&target);
        }
        Ok(Self { _lock: lock })
    }
}

/// The lock on `place`; `None` where the file system knows no locks.
fn lock(output: &Path, place: &Path, patience: Duration) -> Result<Option<Lock>> {
    /// Time between two tries.
    const STEP: Duration = Duration::from_millis(10);
    let began = Instant::now();
    loop {
        let options = File::options().create(true).append(true).open(place);
        let file = options.map_err(|e| Error::io(output, "write a file in its folder", e))?;
        let registration = Registration::new(place);
        match file.try_lock() {
            // Another may have removed the file between the two calls: then its lock says nothing.
            Ok(()) if !is_at(&file, place) => {}
            Ok(()) => {
                return Ok(Some(Lock {
                    _file: file,
                    registration,
                }));
            }
            Err(TryLockError::WouldBlock) if began.elapsed() < patience => {
                std::thread::sleep(STEP);
            }
            Err(TryLockError::WouldBlock) => {
                return Err(FormatError::Claimed(output.to_path_buf()).into());
            }
            Err(TryLockError::Error(_)) => {
                let _ = fs::remove_file(place);
                return Ok(None);
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whatever fails here: an empty file stays, and the next claim removes it.
        let _ = fs::remove_file(self.registration.path());
    }
}

/// Whether `file` is the one that lies at `place`.
#[cfg(unix)]
fn is_at(file: &File, place: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |kind: fs::Metadata| (kind.dev(), kind.ino());
    let (held, there) = (file.metadata().map(number), fs::metadata(place).map(number));
    matches!((held, there), (Ok(held), Ok(there)) if held == there)
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Removes temporary files of `target` whose writers are gone: a living one holds a lock.
fn remove_left_overs(target: &Path) {
    let (Some(prefix), Ok(entries)) = (
        part_prefix(target).to_str().map(str::to_owned),
        fs::read_dir(folder_of(target)),
    ) else {
        return;
    };
    let is_part = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(&prefix) && name.ends_with(".part"))
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    for path in paths.filter(is_part) {
        if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_has_one_owner_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let first = Claim::new(&path).unwrap();
        let error = Claim::new(&path).unwrap_err().to_string();
        assert!(
            error.contains("another w2v is about to write it"),
            "{error}"
        );
        Claim::new(&folder.path().join("other")).unwrap();
        drop(first);
        Claim::new(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn whoever_is_patient_waits_for_one_that_is_about_to_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let first = Claim::new(&path).unwrap();
        std::thread::scope(|scope| {
            let patient = scope.spawn(|| Claim::within(&path, Duration::from_secs(60)));
            std::thread::sleep(Duration::from_millis(50));
            drop(first);
            patient.join().unwrap().unwrap();
        });
        let _second = Claim::new(&path).unwrap();
        assert!(Claim::within(&path, Duration::from_millis(30)).is_err());
    }

    #[test]
    fn what_killed_writers_left_is_removed_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let (left, other) = (".out.aB3dE6.part", ".outer.aB3dE6.part");
        for name in [left, other] {
            fs::write(folder.path().join(name), "half").unwrap();
        }
        let mut file = super::super::AtomicFile::create(&path).unwrap();
        let _claim = Claim::new(&path).unwrap();
        assert!(!folder.path().join(left).exists());
        assert!(folder.path().join(other).exists());
        std::io::Write::write_all(&mut file, b"whole").unwrap();
        file.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }
}
