//! Extracts as bytes: opens them, whatever their format and compression, and gives their rows.
//!
//! The readers are synchronous and run on a thread of their own; they know neither S3 nor tokio.

pub mod compression;
mod error;
pub mod parquet;
pub mod parts;
pub mod pin;
pub mod text;

pub use error::Error;
