//! What a function was invoked with: events of the data bucket, or a direct request.
//!
//! Owns the shapes of S3's notifications, of EventBridge's events about S3 and of direct payloads. Does not decide what
//! an event means for a sync. The shapes are few and their faults are to be named by their path, so that they are read
//! from plain JSON.
//!
//! - <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
//! - <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>

mod bucket;
mod direct;
mod given;
mod mirror;
mod sequencer;

use serde_json::Value;

pub use self::{
    bucket::{Events, Ignored, ObjectEvent, events},
    direct::{Direct, direct},
    mirror::{Mirror, mirror},
    sequencer::Sequencer,
};
use crate::error::{self, Kind};

/// What a function was asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request<T = Direct> {
    /// What a person or a schedule asks for, events or not.
    Direct(T),
    /// To look at what happened to objects.
    Events(Events),
}

/// What is wrong with a payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not JSON.
    #[error("the payload is no JSON: {0}")]
    NoJson(String),
    /// It is neither an event of a bucket nor a direct request.
    #[error("the payload is {found}; wanted an event of S3 or an object like `{wanted}`")]
    Unknown {
        /// What it is.
        found: String,
        /// A payload that would do.
        wanted: &'static str,
    },
    /// A record of a notification lacks something.
    #[error("record {record} of the notification: {problem}")]
    Record {
        /// Its number, from 1.
        record: usize,
        /// What is wrong.
        problem: String,
    },
    /// A direct request has problems, all of them.
    #[error("{}", .0.join("; "))]
    Direct(Vec<String>),
}

impl From<Error> for error::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl Error {
    /// Who must act.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::Request
    }
}

/// Reads the payload of a function that loads extracts.
///
/// ```
/// # use rowferry::event::{decode, Request};
/// let payload = serde_json::json!({"sync": "orders", "object": "extracts/orders/a.csv"});
/// let Ok(Request::Direct(direct)) = decode(&payload) else { unreachable!() };
/// assert!(!direct.dry_run);
///
/// let payload = serde_json::json!({"sync": "orders", "object": "extracts/orders/a.csv", "dryrun": true});
/// assert_eq!(decode(&payload).unwrap_err().to_string(), "unknown key `dryrun`; did you mean `dry_run`?");
/// ```
///
/// # Errors
///
/// An [`Error`] that names what is wrong; the events of a payload are taken all or not at all.
pub fn decode(payload: &Value) -> Result<Request, Error> {
    request(payload, direct)
}

/// Reads the payload of a function that mirrors tables.
///
/// ```
/// # use rowferry::event::{decode_mirror, Request};
/// let Ok(Request::Direct(mirror)) = decode_mirror(&serde_json::json!({"sync": "orders"})) else { unreachable!() };
/// assert_eq!(mirror.sync.as_deref(), Some("orders"));
/// ```
///
/// # Errors
///
/// As [`decode`].
pub fn decode_mirror(payload: &Value) -> Result<Request<Mirror>, Error> {
    request(payload, mirror)
}

fn request<T>(payload: &Value, read: impl Fn(&Value) -> Result<T, Error>) -> Result<Request<T>, Error> {
    match events(payload)? {
        Some(events) => Ok(Request::Events(events)),
        None => read(payload).map(Request::Direct),
    }
}

/// Reads the payload from its text.
///
/// # Errors
///
/// As [`decode`]; [`Error::NoJson`].
pub fn parse(payload: &[u8]) -> Result<Request, Error> {
    let payload = serde_json::from_slice(payload).map_err(|error| Error::NoJson(error.to_string()))?;
    decode(&payload)
}

#[cfg(test)]
mod tests;
