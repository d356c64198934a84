//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::Duration;

use tempfile::NamedTempFile;

use super::place::{check_name, folder_of, follow_links};
use crate::error::{Error, FormatError, Result};
use crate::memory::stdout_was_closed;

/// So much is written at once: the system then keeps the file on large pages, which are mapped with
/// a fraction of the faults when it is opened.
const BUFFER: usize = 1 << 22;

/// Temporary files under way in this process, for [`remove_unfinished`].
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file that takes its name only when it is complete.
///
/// What is written goes to a temporary file in the same folder; [`AtomicFile::commit`] syncs it
/// and renames it. Dropped without that, it is removed and an older file of that name is
/// untouched. A symbolic link is followed, and what is no regular file (a pipe, `/dev/stdout`)
/// is written straight.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    writer: Target,
}

#[derive(Debug)]
enum Target {
    Sibling(BufWriter<NamedTempFile>, Registration),
    Straight(BufWriter<File>),
}

impl AtomicFile {
    /// Begins a file that shall stand at `path`.
    ///
    /// # Errors
    /// No such folder, a folder at `path`, or what the system refuses.
    pub fn create(path: &Path) -> Result<Self> {
        if !is_renamed_over(path)? {
            let file = File::options().write(true).open(path);
            let file = file.map_err(|e| Error::io(path, "open for writing", e))?;
            return Ok(Self {
                path: path.to_path_buf(),
                writer: Target::Straight(BufWriter::with_capacity(BUFFER, file)),
            });
        }
        let target = follow_links(path)?;
        let file = sibling(path, &target)?;
        let registration = Registration::new(file.path());
        let writer = BufWriter::with_capacity(BUFFER, file);
        Ok(Self {
            path: target,
            writer: Target::Sibling(writer, registration),
        })
    }

    /// Flushes and syncs: all that can fail for want of room has been done, and only the name is missing. For
    /// files that belong together.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn settle(&mut self) -> Result<()> {
        let settled = match &mut self.writer {
            Target::Straight(writer) => writer.flush(),
            Target::Sibling(writer, _) => writer
                .flush()
                .and_then(|()| writer.get_ref().as_file().sync_all()),
        };
        settled.map_err(|e| Error::io(&self.path, "write", e))
    }

    /// Flushes, syncs and renames: the file is there.
    ///
    /// # Errors
    /// What the system refuses; the temporary file is then removed.
    pub fn commit(self) -> Result<()> {
        self.finish(None)
    }

    /// As [`AtomicFile::commit`]; an older file of this name becomes `backup`, and at no moment is
    /// there none.
    ///
    /// # Errors
    /// What the system refuses; the temporary file is then removed.
    pub fn commit_keeping(self, backup: &Path) -> Result<()> {
        self.finish(Some(backup))
    }

    fn finish(self, backup: Option<&Path>) -> Result<()> {
        let Self { path, writer } = self;
        let failed = |e| Error::io(&path, "write", e);
        match writer {
            Target::Straight(mut writer) => writer.flush().map_err(failed),
            Target::Sibling(writer, _registration) => {
                let file = writer.into_inner().map_err(|e| failed(e.into_error()))?;
                finish(file, &path, backup).map_err(failed)
            }
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Target::Sibling(writer, _) => writer.write(bytes),
            Target::Straight(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Target::Sibling(writer, _) => writer.flush(),
            Target::Straight(writer) => writer.flush(),
        }
    }
}

/// Checks that a file can be written at `path`, leaving no trace: to be called before hours of work.
///
/// A pipe is not opened: whoever reads it would see it end.
///
/// # Errors
/// What the system would refuse, and the name `-`.
pub fn probe_output(path: &Path) -> Result<()> {
    check_name(path)?;
    if is_renamed_over(path)? || !is_pipe(path) {
        AtomicFile::create(path)?;
    }
    Ok(())
}

fn is_pipe(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        fs::metadata(path).is_ok_and(|kind| kind.file_type().is_fifo())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Removes the temporary files of all writers at work: for a process that ends on a signal, when
/// no destructor runs.
pub fn remove_unfinished() {
    // The thread that ends the process may be the one that holds the list: then it stays.
    let patience = (0..100).map(|_| std::thread::sleep(Duration::from_millis(1)));
    let list = || match UNFINISHED.try_lock() {
        Ok(list) => Some(list),
        Err(TryLockError::Poisoned(list)) => Some(list.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    };
    let Some(mut paths) = list().or_else(|| patience.flat_map(|()| list()).next()) else {
        return;
    };
    for path in paths.drain(..) {
        // Whatever fails here, nobody is left who could act on it.
        let _ = fs::remove_file(path);
    }
}

/// Whether a new file takes the name `path`; what is no regular file is written straight.
fn is_renamed_over(path: &Path) -> Result<bool> {
    // Asked of the link: one that leads to a pipe, as /dev/stdout may, has no target with a name.
    match fs::metadata(path) {
        Ok(kind) if kind.is_dir() => Err(FormatError::IsFolder(path.to_path_buf()).into()),
        Ok(kind) if !kind.is_file() && is_stdout(path) && stdout_was_closed() => {
            let closed = io::ErrorKind::NotConnected.into();
            Err(Error::io(path, "open for writing", closed))
        }
        Ok(kind) => Ok(kind.is_file()),
        Err(_) => Ok(true),
    }
}

/// Whether the system calls this process's standard output so.
fn is_stdout(path: &Path) -> bool {
    let names = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    names.iter().any(|name| path == Path::new(name))
}

fn sibling(path: &Path, target: &Path) -> Result<NamedTempFile> {
    let folder = folder_of(target);
    if !folder.is_dir() {
        return Err(FormatError::NoFolder {
            path: path.to_path_buf(),
            folder: folder.to_path_buf(),
        }
        .into());
    }
    let name = part_prefix(target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&name).suffix(".part");
    let older = fs::metadata(target).ok();
    #[cfg(unix)]
    {
        // As any new file: everybody's rights less the umask, not the owner's alone. Over an older
        // one never more than that had.
        use std::os::unix::fs::PermissionsExt;
        let mode = older.as_ref().map_or(0o666, |o| o.permissions().mode());
        builder.permissions(fs::Permissions::from_mode(mode & 0o666));
    }
    let file = builder.tempfile_in(folder);
    let file = file.map_err(|e| Error::io(path, "write a file in its folder", e))?;
    if let Some(older) = older {
        keep_rights(file.as_file(), &older);
    }
    // Shows others that its writer lives; where there are no locks, nobody asks.
    let _ = file.as_file().try_lock();
    Ok(file)
}

/// Gives `file` to whom the older one belongs, with its rights, as far as the system lets us.
fn keep_rights(file: &File, older: &fs::Metadata) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
        let (owner, group) = (Some(older.uid()), Some(older.gid()));
        // Who may not give files away may often keep the group.
        let _ = fchown(file, owner, group).or_else(|_| fchown(file, None, group));
        let mut mode = older.permissions().mode();
        if !file.metadata().is_ok_and(|new| new.gid() == older.gid()) {
            // To another group no more than to everybody.
            mode = mode & !0o070 | mode & (mode & 0o007) << 3;
        }
        let _ = file.set_permissions(fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = file.set_permissions(older.permissions());
}

/// What the names of a file's temporary siblings begin with.
pub(super) fn part_prefix(target: &Path) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".");
    name
}

fn finish(file: NamedTempFile, path: &Path, backup: Option<&Path>) -> io::Result<()> {
    file.as_file().sync_all()?;
    if let Some(backup) = backup.filter(|_| path.exists()) {
        // A second name for the older file; where a file can have only one, it is moved.
        let _ = fs::remove_file(backup);
        fs::hard_link(path, backup).or_else(|_| fs::rename(path, backup))?;
    }
    file.persist(path).map_err(|e| e.error)?;
    // The rename itself lasts only when the folder is synced too; only Unix can open a folder.
    #[cfg(unix)]
    File::open(folder_of(path))?.sync_all()?;
    Ok(())
}

/// A temporary file that [`remove_unfinished`] removes for as long as this lives.
#[derive(Debug)]
pub struct Registration(PathBuf);

impl Registration {
    /// Registers the file at `path`.
    pub fn new(path: &Path) -> Self {
        let mut paths = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        paths.push(path.to_path_buf());
        Self(path.to_path_buf())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut paths = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        paths.retain(|other| *other != self.0);
    }
}

#[cfg(test)]
#[path = "atomic_tests.rs"]
mod tests;
