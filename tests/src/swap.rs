//! A bucket in which something happens while an object is read.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::bucket::{Body, Bucket, Condition, Error, Listed, Object, Pin, Upload, memory::Memory};

type Deed = dyn Fn(&Memory) + Send + Sync;

/// A bucket that does something before the n-th read of a pinned object.
pub struct Swap {
    inner: Arc<Memory>,
    left: AtomicUsize,
    deed: Box<Deed>,
}

impl Swap {
    /// Does `deed` before the `nth` read (from 1) of pinned objects.
    pub fn before(inner: Arc<Memory>, nth: usize, deed: impl Fn(&Memory) + Send + Sync + 'static) -> Self {
        Self { inner, left: AtomicUsize::new(nth), deed: Box::new(deed) }
    }
}

impl Bucket for Swap {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn head<'a>(&'a self, key: &'a str, version_id: Option<&'a str>) -> BoxFuture<'a, Result<Object, Error>> {
        self.inner.head(key, version_id)
    }

    fn read<'a>(&'a self, key: &'a str, limit_bytes: u64) -> BoxFuture<'a, Result<(Object, Bytes), Error>> {
        self.inner.read(key, limit_bytes)
    }

    fn get<'a>(&'a self, pin: &'a Pin, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Body, Error>> {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            (self.deed)(&self.inner);
        }
        self.inner.get(pin, range)
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<Listed>, Error>> {
        self.inner.list(prefix)
    }

    fn put<'a>(&'a self, key: &'a str, body: Bytes, condition: Condition<'a>) -> BoxFuture<'a, Result<Object, Error>> {
        self.inner.put(key, body, condition)
    }

    fn upload<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Box<dyn Upload>, Error>> {
        self.inner.upload(key)
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.delete(key)
    }
}
