//! The data bucket: the few things that Rowferry does with S3, and what can go wrong with them.
//!
//! Owns the seam, the words of its errors and the pin of an object. Knows no SDK: [`s3`] does, and [`memory`] stands in
//! for it in tests. What each call promises is proved by one contract suite that every backend runs.

pub mod memory;
pub mod s3;

use std::ops::{Deref, Range};

use bytes::{Bytes, BytesMut};
use futures::{TryStreamExt, future::BoxFuture, stream::BoxStream};

use crate::error::Kind;

/// How many objects a listing takes at most; they are held in memory, at about 200 bytes each.
pub const LIST_LIMIT: usize = 200_000;

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

/// An object as a listing tells of it: its newest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The object.
    pub object: Object,
    /// When it was written, in milliseconds since 1970; S3 tells whole seconds.
    pub modified_ms: u64,
}

impl Deref for Listed {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.object
    }
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
///
/// Only requests that throttling, a timeout, a lost connection or a 5xx answer ended are tried again. After a lost
/// answer, a conditional write may find its own first attempt and report [`Error::Precondition`]: who needs to know
/// reads the object again.
pub trait Bucket: Send + Sync {
    /// The bucket's name.
    fn name(&self) -> &str;

    /// Looks at the newest version of an object, or at a given one.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`]; [`Error::Archived`] where its bytes could not be read; [`Error::Denied`], which S3 also
    /// answers for an object that does not exist to who may not list the bucket; [`Error::Service`].
    fn head<'a>(&'a self, key: &'a str, version_id: Option<&'a str>) -> BoxFuture<'a, Result<Object, Error>>;

    /// Reads the newest version of an object that fits in memory, at most `limit_bytes` of it.
    ///
    /// # Errors
    ///
    /// As [`head`](Self::head); [`Error::TooLarge`] past the limit; [`Error::Changed`] when it was replaced half-way.
    fn read<'a>(&'a self, key: &'a str, limit_bytes: u64) -> BoxFuture<'a, Result<(Object, Bytes), Error>>;

    /// Reads a pinned object, or a range of it, clamped to its size.
    ///
    /// The stream gives exactly the bytes of the range or ends in an error: a connection that breaks off is taken up
    /// again where it ended, a bounded number of times, still pinned.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] when the object is no longer the pinned one, from the call or later from the stream.
    fn get<'a>(&'a self, pin: &'a Pin, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Body, Error>>;

    /// Lists the newest versions of all objects under a prefix, in the order of their keys' bytes.
    ///
    /// S3 lists no version ids, and some stand-ins no entity tags (then empty): [`head`](Self::head) makes the pin.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`] past [`LIST_LIMIT`] objects; [`Error::Denied`]; [`Error::Service`].
    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<Listed>, Error>>;

    /// Writes an object that is at hand.
    ///
    /// # Errors
    ///
    /// [`Error::Precondition`] where the condition does not hold; nothing is written then.
    fn put<'a>(&'a self, key: &'a str, body: Bytes, condition: Condition<'a>) -> BoxFuture<'a, Result<Object, Error>>;

    /// Begins an object of unknown length; it exists once [`Upload::finish`] returns, or not at all.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`]; [`Error::Service`].
    fn upload<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Box<dyn Upload>, Error>>;

    /// Deletes an object, if it is there; a bucket with versions keeps the older ones.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`]; [`Error::Service`].
    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Error>>;
}

/// An object being written piece by piece, in memory that does not grow with it. Dropped unfinished, it never appears.
pub trait Upload: Send {
    /// Adds bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`]; [`Error::Service`]. The object can then no longer be finished.
    fn push(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), Error>>;

    /// Makes the object appear.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`]; [`Error::Service`], also where a push had failed.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<Object, Error>>;
}

/// What can go wrong with a bucket, by what it means.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such bucket.
    #[error("there is no bucket `{bucket}`; set DATA_BUCKET to the name of the data bucket")]
    NoBucket {
        /// The bucket's name.
        bucket: String,
    },
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
        "access to `{key}` in the data bucket was denied ({code}); allow the function `{action}`, and check the bucket's policy"
    )]
    Denied {
        /// The object's key.
        key: String,
        /// The action that was tried.
        action: &'static str,
        /// The service's own name for it.
        code: String,
    },
    /// The key that encrypts the object may not be used.
    #[error(
        "object `{key}` is encrypted with a KMS key that may not be used ({code}); allow the function `kms:Decrypt` and `kms:GenerateDataKey` on that key"
    )]
    KeyDenied {
        /// The object's key.
        key: String,
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
    /// There are more objects than are listed.
    #[error("there are more than {limit} objects under `{prefix}`; move or expire the old ones")]
    TooMany {
        /// The prefix.
        prefix: String,
        /// The limit.
        limit: usize,
    },
    /// The request was refused for another reason, and would be again.
    #[error("S3 refused `{action}` of `{key}` ({code}): {message}")]
    Refused {
        /// The object's key.
        key: String,
        /// The action that was tried.
        action: &'static str,
        /// The service's own name for it.
        code: String,
        /// The service's own words.
        message: String,
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

impl Error {
    /// Who must act.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::NoBucket { .. } | Self::Denied { .. } | Self::KeyDenied { .. } | Self::Refused { .. } => Kind::Config,
            Self::Missing { .. }
            | Self::Changed { .. }
            | Self::Archived { .. }
            | Self::TooLarge { .. }
            | Self::TooMany { .. } => Kind::Extract,
            Self::Precondition { .. } | Self::Service { .. } => Kind::Service,
        }
    }

    /// A failure of the service, or of the way to it.
    pub fn service(key: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Service { key: key.to_owned(), source: source.into() }
    }
}

/// Reads all bytes of a body into memory.
///
/// # Errors
///
/// The stream's own.
pub async fn collect(body: Body) -> Result<Bytes, Error> {
    let mut whole = BytesMut::new();
    let mut stream = body.stream;
    while let Some(bytes) = stream.try_next().await? {
        whole.extend_from_slice(&bytes);
    }
    Ok(whole.freeze())
}

/// The range of an object that can be read.
fn clamp(range: Option<Range<u64>>, size_bytes: u64) -> Range<u64> {
    let Range { start, end } = range.unwrap_or(0..size_bytes);
    let end = end.min(size_bytes);
    start.min(end)..end
}

/// Refuses an object that is larger than what is read whole.
fn fits(object: &Object, limit_bytes: u64) -> Result<(), Error> {
    let Object { key, size_bytes, .. } = object;
    if *size_bytes > limit_bytes {
        return Err(Error::TooLarge { key: key.clone(), size_bytes: *size_bytes, limit_bytes });
    }
    Ok(())
}

/// Refuses a listing that is longer than what is held in memory.
fn few(prefix: &str, listed: Vec<Listed>) -> Result<Vec<Listed>, Error> {
    if listed.len() > LIST_LIMIT {
        return Err(Error::TooMany { prefix: prefix.to_owned(), limit: LIST_LIMIT });
    }
    Ok(listed)
}
