//! The data bucket: the few things that Rowferry does with S3.

use std::ops::Range;

use bytes::Bytes;
use futures::{future::BoxFuture, stream::BoxStream};

/// An object and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// Its length.
    pub size_bytes: u64,
}

/// What a read is held to: the object as it was when the run began.
pub type Pin = Object;

/// A part of an object as it arrives.
pub struct Body {
    /// The object that it belongs to.
    pub object: Object,
    /// Its bytes.
    pub stream: BoxStream<'static, Result<Bytes, Error>>,
}

/// When a write may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'a> {
    /// Always.
    Always,
    /// Only where no object has the key.
    Absent,
    /// Only where the object still has this entity tag.
    Etag(&'a str),
}

/// A bucket. Every call is one attempt series with bounded retries; an error says what it means.
pub trait Bucket: Send + Sync {
    /// Looks at the newest version of an object, or at a given one.
    fn head<'a>(&'a self, key: &'a str, version_id: Option<&'a str>) -> BoxFuture<'a, Result<Object, Error>>;

    /// Reads the newest version of an object that fits in memory, at most `limit_bytes` of it.
    fn read<'a>(&'a self, key: &'a str, limit_bytes: u64) -> BoxFuture<'a, Result<(Object, Bytes), Error>>;

    /// Reads a pinned object, or a range of it.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] when the object is no longer the pinned one.
    fn get<'a>(&'a self, pin: &'a Pin, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Body, Error>>;

    /// Lists the newest versions of all objects under a prefix, in the order of their keys.
    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<Object>, Error>>;

    /// Writes an object that is at hand.
    fn put<'a>(&'a self, key: &'a str, body: Bytes, condition: Condition<'a>) -> BoxFuture<'a, Result<Object, Error>>;

    /// Begins an object of unknown length; it exists once [`Upload::finish`] returns, or not at all.
    fn upload<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Box<dyn Upload>, Error>>;
}

/// An object being written piece by piece.
pub trait Upload: Send {
    /// Adds bytes.
    fn push(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), Error>>;
    /// Makes the object appear.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<Object, Error>>;
}

/// What can go wrong with a bucket, by what it means.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such object.
    #[error("there is no object `{key}` in the data bucket")]
    Missing {
        /// The object's key.
        key: String,
    },
    /// The object is no longer the pinned one.
    #[error("object `{key}` was overwritten or deleted while it was read; its new version is loaded by its own event")]
    Changed {
        /// The object's key.
        key: String,
    },
    /// A conditional write found something else.
    #[error("object `{key}` was written by someone else in the meantime")]
    Precondition {
        /// The object's key.
        key: String,
    },
    /// Access was denied.
    #[error(
        "access to `{key}` in the data bucket was denied ({code}); the function's policy lacks `{action}`, or the key that encrypts the object may not be used"
    )]
    Denied {
        /// The object's key.
        key: String,
        /// The action that was tried.
        action: &'static str,
        /// The service's own name for it.
        code: String,
    },
    /// The object is in an archive.
    #[error("object `{key}` is archived ({class}); restore it first")]
    Archived {
        /// The object's key.
        key: String,
        /// Its storage class.
        class: String,
    },
    /// The object is larger than what is read whole.
    #[error("object `{key}` has {size_bytes} bytes, more than the {limit_bytes} that are read")]
    TooLarge {
        /// The object's key.
        key: String,
        /// Its size.
        size_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// The service did not answer, or not well.
    #[error("S3 could not be reached for `{key}`")]
    Service {
        /// The object's key.
        key: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
