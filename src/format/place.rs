//! Where a path leads.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, OptionsError, Result};

/// Where a chain of symbolic links ends, whether or not a file is there yet; `path` itself where it is
/// no link.
///
/// # Errors
/// A chain that is longer than the system follows, or has no end.
pub fn follow_links(path: &Path) -> Result<PathBuf> {
    const MOST_LINKS: usize = 40; // the kernel's own limit
    let mut target = path.to_path_buf();
    // After the last link that may be followed there has to be something else.
    for _ in 0..=MOST_LINKS {
        match fs::read_link(&target) {
            Ok(next) => target = target.parent().unwrap_or(&target).join(next),
            Err(_) => return Ok(target),
        }
    }
    let looped = io::Error::from(io::ErrorKind::InvalidInput);
    Err(Error::io(path, "follow the symbolic link", looped))
}

/// Refuses the name that stands for standard input where files are read: nobody means a file of that name.
///
/// # Errors
/// A single dash.
pub fn check_name(output: &Path) -> Result<()> {
    match output.as_os_str() == "-" {
        true => Err(OptionsError::Dash.into()),
        false => Ok(()),
    }
}

/// The folder in which the file at `path` lies: the current one for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
