//! Snapshots and plans of a mirror: each key with the digest of its item, as Parquet that anyone can open.
//!
//! One column for each key attribute, under its own name: text for S and N, bytes for B, raw as [`crate::mapping::key`] makes
//! them. Then `rowferry_key_hash` and `rowferry_digest`, 16 bytes each, big-endian; the digest is NULL where the state of the
//! item is not known. `rowferry_row`, 8 bytes, is the fingerprint of the row that the item was made of, see
//! [`crate::mirror::sight`]; NULL where there was none. A plan has `rowferry_change` too: `put` or `delete`. Rows ascend by
//! the hash of their key.
//!
//! Hashes cannot be compressed and are most of a file, so pages are plain: what is read is what lies in the bucket, held to a
//! checksum. Pure: bytes come and go through [`std::io::Write`] and [`Source`](crate::extract::parquet::Source).

mod levels;
mod read;
mod schema;
mod write;

pub use self::{
    read::{Block, Prints, Reader},
    write::{Row, Writer},
};
use crate::extract;

/// What a plan does to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Writes it, whether it was there before or not.
    Put,
    /// Deletes it.
    Delete,
}

impl Change {
    /// Its name in a plan.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }

    fn of(name: &[u8]) -> Option<Self> {
        [Self::Put, Self::Delete].into_iter().find(|change| change.name().as_bytes() == name)
    }
}

/// Why a snapshot or a plan cannot be read; the caller adds the object's key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is a Parquet file of something else.
    #[error(
        "this is no snapshot: {detail}; put back the object as it was, or remove `current.json` beside it and begin anew"
    )]
    Foreign {
        /// What was found and what was wanted.
        detail: String,
    },
    /// It says what cannot be.
    #[error(
        "the snapshot is damaged: {detail}; put back the object as it was, or remove `current.json` beside it and begin anew"
    )]
    Damaged {
        /// What was found and what was wanted.
        detail: String,
    },
    /// It could not be fetched; the cause says why.
    #[error("the snapshot could not be fetched")]
    Unfetched(#[source] std::io::Error),
}

impl Error {
    fn foreign(detail: impl Into<String>) -> Self {
        Self::Foreign { detail: detail.into() }
    }

    fn damaged(detail: impl Into<String>) -> Self {
        Self::Damaged { detail: detail.into() }
    }
}

impl From<extract::Error> for Error {
    fn from(error: extract::Error) -> Self {
        match error {
            extract::Error::Io(source) => Self::Unfetched(source),
            extract::Error::Truncated { detail } | extract::Error::Corrupt { detail } => Self::Damaged { detail },
            extract::Error::Unsupported { what, .. } => Self::Foreign { detail: what },
            other => Self::damaged(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
