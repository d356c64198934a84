//! Files mapped for reading.

use std::fs::File;
use std::path::Path;

use super::signals::Watched;
use crate::error::{Error, Result};

/// A whole file as bytes, mapped for reading.
///
/// The mapping is private to this process, but the bytes are the file's. Files that this crate maps
/// are replaced by renaming, never changed in place, so that its own writers disturb nobody who reads. A
/// file that somebody else truncates while it is mapped ends the process: with SIGBUS, or, where the program
/// has asked for it by [`super::tell_faults`], with a message.
#[derive(Debug)]
pub struct MappedFile {
    /// Before the map: what is unmapped is watched no longer.
    _watched: Watched,
    map: memmap2::Mmap,
}

impl MappedFile {
    /// Maps `path`.
    ///
    /// # Errors
    /// When the file cannot be opened or mapped.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::io(path, "open for reading", e))?;
        Self::map(&file, path).map_err(|e| Error::io(path, "map into memory", e))
    }

    /// Maps a file that is open already; `path` is what it is called when it turns out to be cut.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn map(file: &File, path: &Path) -> std::io::Result<Self> {
        // SAFETY: bytes that are lent must not change. Nobody in this process changes them: the map is
        // read-only, files of vectors are only ever replaced by renaming (`format::AtomicFile`), and the
        // files of ids have no name (`corpus::spill`). What others may do to a file is stated on the type;
        // whatever bytes they leave, each is a valid `u8`, and sums are checked before they are believed.
        let map = unsafe { memmap2::Mmap::map(file)? };
        Ok(Self {
            _watched: Watched::new(&map, path),
            map,
        })
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Bytes `range` as floats.
    ///
    /// Returns `None` when the range is outside the file, its start is not 4-byte aligned, its
    /// length is not a multiple of 4, or this machine is big-endian (the files are little-endian).
    pub fn f32s(&self, range: std::ops::Range<usize>) -> Option<&[f32]> {
        if cfg!(target_endian = "big") {
            return None;
        }
        let bytes = self.map.get(range)?;
        // SAFETY: every bit pattern is a valid f32, and `align_to` keeps to the slice.
        let (head, floats, tail) = unsafe { bytes.align_to::<f32>() };
        (head.is_empty() && tail.is_empty()).then_some(floats)
    }

    /// Bytes `range` as numbers of 16 bits.
    ///
    /// Returns `None` when the range is outside the file, its start or length is not a multiple of 2,
    /// or this machine is big-endian (the files are little-endian).
    pub fn u16s(&self, range: std::ops::Range<usize>) -> Option<&[u16]> {
        if cfg!(target_endian = "big") {
            return None;
        }
        let bytes = self.map.get(range)?;
        // SAFETY: every bit pattern is a valid u16, and `align_to` keeps to the slice.
        let (head, numbers, tail) = unsafe { bytes.align_to::<u16>() };
        (head.is_empty() && tail.is_empty()).then_some(numbers)
    }

    /// Bytes `range` as signed ones; `None` when the range is outside the file.
    pub fn i8s(&self, range: std::ops::Range<usize>) -> Option<&[i8]> {
        let bytes = self.map.get(range)?;
        // SAFETY: u8 and i8 have the same size, alignment and valid bit patterns.
        let (_, numbers, _) = unsafe { bytes.align_to::<i8>() };
        Some(numbers)
    }
}
