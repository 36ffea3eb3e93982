//! A bucket in memory, with S3's rules: versions, entity tags, conditional writes, archives, denied access.
//!
//! For tests and models. Every call is atomic; a clone is another view of the same bucket.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream};

use super::{Body, Bucket, Condition, Error, LIST_LIMIT, Listed, Object, Pin, Upload};

/// How many bytes a stream gives at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// The time before the first write: the beginning of 2026.
const EPOCH_MS: u64 = 1_767_225_600_000;

/// A bucket in memory.
#[derive(Debug, Clone)]
pub struct Memory {
    name: String,
    versioned: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    written: u64,
    objects: BTreeMap<String, Vec<Version>>,
    denied: BTreeSet<String>,
    archived: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct Version {
    id: Option<String>,
    /// Which write of the bucket it was: so many seconds after 2026 began it was written.
    number: u64,
    /// None is a delete marker.
    bytes: Option<Bytes>,
}

impl Memory {
    /// An empty bucket that keeps one version of each object.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), versioned: false, state: Arc::default() }
    }

    /// An empty bucket that keeps every version of each object.
    #[must_use]
    pub fn versioned(name: &str) -> Self {
        Self { versioned: true, ..Self::new(name) }
    }

    /// Writes an object, whatever stands there.
    pub fn insert(&self, key: &str, bytes: impl Into<Bytes>) -> Object {
        self.write(key, Some(bytes.into()))
    }

    /// Deletes an object; older versions stay where the bucket keeps them.
    pub fn remove(&self, key: &str) {
        if self.state().newest(key).is_some() {
            self.write(key, None);
        }
    }

    /// The bytes of the newest version of an object, past every fault.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<Bytes> {
        self.state().newest(key).and_then(|version| version.bytes.clone())
    }

    /// The keys of all objects, in order.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let state = self.state();
        state.objects.keys().filter(|key| state.newest(key).is_some()).cloned().collect()
    }

    /// Denies every access to an object from now on.
    pub fn deny(&self, key: &str) {
        self.state().denied.insert(key.to_owned());
    }

    /// Moves an object to the archive, so that it cannot be read.
    pub fn archive(&self, key: &str) {
        self.state().archived.insert(key.to_owned());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, key: &str, bytes: Option<Bytes>) -> Object {
        self.state().write(self.versioned, key, bytes)
    }

    fn open(&self, key: &str, version_id: Option<&str>) -> Result<(Object, Bytes), Error> {
        let state = self.state();
        state.check(key, "s3:GetObject")?;
        let version = match version_id {
            None => state.newest(key),
            Some(_) => state.versions(key).iter().find(|version| version.id.as_deref() == version_id),
        };
        let bytes = version.and_then(|version| version.bytes.clone());
        let (Some(version), Some(bytes)) = (version, bytes) else {
            return Err(Error::Missing { key: key.to_owned() });
        };
        if state.archived.contains(key) {
            return Err(Error::Archived { key: key.to_owned(), class: "GLACIER".into() });
        }
        Ok((object(key, version.id.clone(), &bytes), bytes))
    }

    fn pinned(&self, pin: &Pin, range: Option<Range<u64>>) -> Result<Body, Error> {
        let changed = || Error::Changed { key: pin.key.clone() };
        let (object, bytes) = match self.open(&pin.key, pin.version_id.as_deref()) {
            Err(Error::Missing { .. }) => return Err(changed()),
            opened => opened?,
        };
        if object.etag != pin.etag {
            return Err(changed());
        }
        let Range { start, end } = super::clamp(range, object.size_bytes);
        let (start, end) = (usize::try_from(start).unwrap_or(usize::MAX), usize::try_from(end).unwrap_or(usize::MAX));
        let chunks = (start..end).step_by(CHUNK_BYTES).map(move |at| Ok(bytes.slice(at..end.min(at + CHUNK_BYTES))));
        Ok(Body { object, stream: stream::iter(chunks.collect::<Vec<_>>()).boxed() })
    }

    fn put_if(&self, key: &str, bytes: Bytes, condition: Condition<'_>) -> Result<Object, Error> {
        let mut state = self.state();
        state.check(key, "s3:PutObject")?;
        let stored = state.newest(key).and_then(|version| version.bytes.as_ref()).map(|bytes| etag(bytes));
        let holds = match condition {
            Condition::Always => true,
            Condition::Absent => stored.is_none(),
            Condition::Etag(wanted) => stored.as_deref() == Some(wanted),
        };
        if !holds {
            return Err(Error::Precondition { key: key.to_owned() });
        }
        state.archived.remove(key);
        Ok(state.write(self.versioned, key, Some(bytes)))
    }
}

impl State {
    fn versions(&self, key: &str) -> &[Version] {
        self.objects.get(key).map_or(&[], Vec::as_slice)
    }

    fn newest(&self, key: &str) -> Option<&Version> {
        self.versions(key).last().filter(|version| version.bytes.is_some())
    }

    fn check(&self, key: &str, action: &'static str) -> Result<(), Error> {
        if self.denied.contains(key) {
            return Err(Error::Denied { key: key.to_owned(), action, code: "AccessDenied".into() });
        }
        Ok(())
    }

    fn write(&mut self, versioned: bool, key: &str, bytes: Option<Bytes>) -> Object {
        self.written += 1;
        let id = versioned.then(|| format!("v{}", self.written));
        let object = object(key, id.clone(), bytes.as_deref().unwrap_or_default());
        let versions = self.objects.entry(key.to_owned()).or_default();
        if !versioned {
            versions.clear();
        }
        versions.push(Version { id, number: self.written, bytes });
        object
    }
}

fn object(key: &str, version_id: Option<String>, bytes: &[u8]) -> Object {
    Object { key: key.to_owned(), version_id, etag: etag(bytes), size_bytes: bytes.len() as u64 }
}

/// As S3's, the same for the same bytes.
fn etag(bytes: &[u8]) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(bytes))
}

impl Bucket for Memory {
    fn name(&self) -> &str {
        &self.name
    }

    fn head<'a>(&'a self, key: &'a str, version_id: Option<&'a str>) -> BoxFuture<'a, Result<Object, Error>> {
        async move { self.open(key, version_id).map(|(object, _)| object) }.boxed()
    }

    fn read<'a>(&'a self, key: &'a str, limit_bytes: u64) -> BoxFuture<'a, Result<(Object, Bytes), Error>> {
        async move {
            let (object, bytes) = self.open(key, None)?;
            super::fits(&object, limit_bytes)?;
            Ok((object, bytes))
        }
        .boxed()
    }

    fn get<'a>(&'a self, pin: &'a Pin, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Body, Error>> {
        async move { self.pinned(pin, range) }.boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<Listed>, Error>> {
        async move {
            let state = self.state();
            let under = state.objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
            let listed: Vec<_> = under
                .filter_map(|(key, _)| {
                    let version = state.newest(key)?;
                    let modified_ms = EPOCH_MS + version.number * 1_000;
                    Some(Listed { object: object(key, None, version.bytes.as_ref()?), modified_ms })
                })
                .take(LIST_LIMIT + 1)
                .collect();
            super::few(prefix, listed)
        }
        .boxed()
    }

    fn put<'a>(&'a self, key: &'a str, body: Bytes, condition: Condition<'a>) -> BoxFuture<'a, Result<Object, Error>> {
        async move { self.put_if(key, body, condition) }.boxed()
    }

    fn upload<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Box<dyn Upload>, Error>> {
        async move {
            self.state().check(key, "s3:PutObject")?;
            let pending = Pending { bucket: self.clone(), key: key.to_owned(), bytes: BytesMut::new() };
            Ok(Box::new(pending) as Box<dyn Upload>)
        }
        .boxed()
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            self.state().check(key, "s3:DeleteObject")?;
            self.remove(key);
            Ok(())
        }
        .boxed()
    }
}

/// An object on its way into the bucket.
struct Pending {
    bucket: Memory,
    key: String,
    bytes: BytesMut,
}

impl Upload for Pending {
    fn push(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), Error>> {
        self.bytes.extend_from_slice(&bytes);
        async { Ok(()) }.boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<Object, Error>> {
        async move { self.bucket.put_if(&self.key, self.bytes.freeze(), Condition::Always) }.boxed()
    }
}
