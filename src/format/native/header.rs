//! The header: the only place that knows bincode.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bincode::error::{DecodeError, EncodeError};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::embeddings::Metadata;

/// No header is larger; the decoder allocates no more.
pub(super) const LIMIT: usize = 1 << 20;

/// What the file holds and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Header {
    /// Number of words.
    pub words: u64,
    /// Length of a vector.
    pub dim: u64,
    /// Where the vectors come from.
    pub metadata: Metadata,
    /// The sections in the order of the file.
    pub sections: Vec<Section>,
}

/// One line of the section table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Section {
    /// What it holds.
    pub name: String,
    /// First byte in the file.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// Bytes from one row to the next, 0 where there are no rows.
    pub stride: u64,
    /// XXH3-64.
    pub checksum: u64,
}

/// Numbers have fixed widths, so that a header's length is known before its values.
fn config() -> Configuration<LittleEndian, Fixint, Limit<LIMIT>> {
    bincode::config::standard()
        .with_fixed_int_encoding()
        .with_limit::<LIMIT>()
}

impl Header {
    pub(super) fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let bytes = bincode::serde::encode_to_vec(self, config())?;
        if bytes.len() > LIMIT {
            return Err(EncodeError::Other("it is larger than 1 MiB"));
        }
        Ok(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (header, used) = bincode::serde::decode_from_slice(bytes, config())?;
        if used != bytes.len() {
            return Err(DecodeError::Other("bytes are left over"));
        }
        Ok(header)
    }
}

/// Checksum of the version, the header's length and the header.
pub(super) fn checksum(fixed: &[u8], header: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(fixed);
    hash.update(header);
    hash.digest()
}
