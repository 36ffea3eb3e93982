//! What is measured, one theme after the other.

pub(crate) mod catalog;
pub(crate) mod cpu;
pub(crate) mod latency;
pub(crate) mod memory;
pub(crate) mod mirror;
pub(crate) mod start;
pub(crate) mod throttle;

use std::path::PathBuf;

/// What was asked for.
pub(crate) struct Bench {
    pub(crate) rows: u64,
    pub(crate) rounds: usize,
    /// Where extracts are kept.
    pub(crate) folder: PathBuf,
    /// The function as it is shipped.
    pub(crate) binary: Option<PathBuf>,
    /// A Python that has `DuckDB` and `boto3`.
    pub(crate) python: Option<PathBuf>,
}
