//! Extracts: which objects they are, and how they are read.
//!
//! The readers are synchronous and run on a thread of their own; they know neither S3 nor tokio.

pub mod compression;
mod error;
pub mod newest;
mod open;
pub mod parquet;
pub mod parts;
pub mod pin;
pub mod text;

pub use self::{
    error::Error,
    open::{Object, Opened, open},
};
