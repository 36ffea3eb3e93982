//! What the tests of Rowferry stand on: embedded backends, faults between, and a world to run jobs in.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests end where something is amiss")]

pub mod contract;
pub mod embedded;
pub mod fault;
pub mod follow;
pub mod parquet;
pub mod passing;
pub mod reply;
pub mod s3;
pub mod swap;
pub mod told;
pub mod wire;
pub mod world;
