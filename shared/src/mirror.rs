//! What a mirror decides: which items change, which deletes are held, what is known of the table from one run to the
//! next.
//!
//! Everything here is pure. Keys are divided into [`PARTITIONS`] by their hashes; [`compare`] takes one after the other,
//! so that what is in memory does not grow with the extract, and its outcome comes in the order of the hashes, which is
//! the order of snapshots and plans.

pub mod compare;
pub mod current;
pub mod guard;
pub mod record;
mod rows;
pub mod sight;

pub use self::rows::RowSet;

/// How many partitions keys are divided into: fifty million keys are then 200,000 a partition.
pub const PARTITIONS: usize = 256;

/// The partition of a key: by the top of its hash, so that partitions in their order are hashes in their order.
#[must_use]
pub fn partition(hash: u128) -> usize {
    usize::try_from(hash >> 120).unwrap_or_default()
}
