//! What became of rows, what it took, and who is told.

use std::{collections::BTreeMap, future::Future};

use serde_json::value::RawValue;

use super::request::{Entry, Prepared, Request};
use crate::error::Error;

/// What became of a row, or of a delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is done: the item is in the table, or gone from it.
    Written,
    /// Its condition was not met.
    Unchanged,
    /// The table refused it, in these words.
    Refused(String),
}

/// What a write that asked for it found.
#[derive(Debug, Clone)]
pub enum Before {
    /// An item, in DynamoDB JSON.
    Item(Box<RawValue>),
    /// None.
    Nothing,
    /// Nobody knows: an answer was lost, and what is there now may be the write's own doing.
    Unknown,
}

/// Who is told what became of rows. An error ends the run.
pub trait Sink: Send {
    /// Rows of a request are settled.
    fn settle(
        &mut self,
        request: &Request,
        entries: &[Entry],
        fate: Fate,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// A batch of rows begins; its rejects and superseded rows are settled.
    fn begin(&mut self, prepared: &mut Prepared) -> impl Future<Output = Result<(), Error>> + Send;

    /// A request for one item that asked for it found this. Its entry is settled as written right after, also where
    /// this fails.
    fn before(
        &mut self,
        _request: &Request,
        _entry: &Entry,
        _before: Before,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }
}

/// What the writes took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spent {
    /// Write units.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
    /// Requests that were throttled, wholly or in part.
    pub throttled_requests: u64,
    /// By what, and how often.
    pub throttled_by: BTreeMap<String, u64>,
}
