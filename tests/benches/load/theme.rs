//! What is measured, one theme after the other.

pub(crate) mod cpu;
pub(crate) mod latency;
pub(crate) mod throttle;

use std::path::PathBuf;

/// What was asked for.
pub(crate) struct Bench {
    pub(crate) rows: u64,
    pub(crate) rounds: usize,
    /// Where extracts are kept.
    pub(crate) folder: PathBuf,
}
