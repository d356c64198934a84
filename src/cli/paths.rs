//! Which files the paths of a run lead to.

use std::path::{Path, PathBuf};

use w2v::format::{folder_of, follow_links};

use super::Failure;

/// A path, and what it was given as.
pub(crate) type Named = (&'static str, PathBuf);

/// Where a chain of symbolic links ends, whether or not a file is there; `path` itself where it is no link, or
/// leads nowhere.
pub(crate) fn real(path: &Path) -> PathBuf {
    follow_links(path).unwrap_or_else(|_| path.to_path_buf())
}

/// All of `paths`, given as `what`.
pub(crate) fn named(what: &'static str, paths: &[PathBuf]) -> Vec<Named> {
    paths.iter().map(|path| (what, path.clone())).collect()
}

/// Refuses a file that would be written for two purposes, or written though it is read.
pub(crate) fn check_apart(written: &[Named], read: &[Named]) -> Result<(), Failure> {
    let files: Vec<Option<PathBuf>> = written.iter().map(|(_, path)| canonical(path)).collect();
    for (place, second) in written.iter().chain(read).enumerate() {
        let Some(file) = canonical(&second.1) else {
            continue;
        };
        let mut before = files.iter().take(place);
        if let Some(first) = before.position(|before| before.as_ref() == Some(&file)) {
            let told = |(what, path): &Named| format!("{what} {}", path.display());
            return Err(Failure::OneFile {
                first: told(&written[first]),
                second: told(second),
            });
        }
    }
    Ok(())
}

/// The one name of the file that `path` leads to, there or not yet; `None` for pipes, devices and folders.
fn canonical(path: &Path) -> Option<PathBuf> {
    match path.metadata() {
        Ok(kind) => kind.is_file().then(|| path.canonicalize().ok())?,
        Err(_) => {
            let target = real(path);
            Some(
                folder_of(&target)
                    .canonicalize()
                    .ok()?
                    .join(target.file_name()?),
            )
        }
    }
}
