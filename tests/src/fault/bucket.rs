//! Faults between a job and its bucket.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream};
use rowferry::bucket::{Body, Bucket, Condition, Error, Listed, Object, Pin, Upload, memory::Memory};

/// One thing that goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The service does not answer well.
    Service,
    /// The service does not answer well after it did what was asked.
    ServiceAfter,
    /// A stream breaks off after so many bytes.
    Cut(usize),
    /// The object is no longer the pinned one.
    Changed,
    /// The answer takes so many milliseconds.
    Slow(u64),
    /// There never is an answer.
    Stuck,
    /// A put is made twice, as by a client that lost the answer to the first.
    Twice,
}

/// Decides what goes wrong with a call: its name and the object's key.
pub type Script = dyn FnMut(&str, &str) -> Fault + Send;

/// A bucket with faults.
#[derive(Clone)]
pub struct Faulty {
    inner: Arc<Memory>,
    script: Arc<Mutex<Box<Script>>>,
}

impl Faulty {
    /// A bucket whose calls go wrong as a script says: `head`, `read`, `get`, `list`, `put`, `upload`, `push`, `finish`.
    pub fn new(inner: Arc<Memory>, script: impl FnMut(&str, &str) -> Fault + Send + 'static) -> Self {
        Self { inner, script: Arc::new(Mutex::new(Box::new(script))) }
    }

    async fn call<T>(
        &self,
        name: &str,
        key: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<(T, Fault), Error> {
        tokio::task::yield_now().await;
        let fault = (self.script.lock().unwrap_or_else(PoisonError::into_inner))(name, key);
        match fault {
            Fault::Service => return Err(Error::service(key, "a fault")),
            Fault::Changed => return Err(Error::Changed { key: key.to_owned() }),
            Fault::Slow(milliseconds) => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
            Fault::Stuck => std::future::pending().await,
            Fault::None | Fault::Cut(_) | Fault::ServiceAfter | Fault::Twice => {}
        }
        let done = work.await?;
        if fault == Fault::ServiceAfter {
            return Err(Error::service(key, "a fault"));
        }
        Ok((done, fault))
    }
}

impl Bucket for Faulty {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn head<'a>(&'a self, key: &'a str, version_id: Option<&'a str>) -> BoxFuture<'a, Result<Object, Error>> {
        async move { Ok(self.call("head", key, self.inner.head(key, version_id)).await?.0) }.boxed()
    }

    fn read<'a>(&'a self, key: &'a str, limit_bytes: u64) -> BoxFuture<'a, Result<(Object, Bytes), Error>> {
        async move { Ok(self.call("read", key, self.inner.read(key, limit_bytes)).await?.0) }.boxed()
    }

    fn get<'a>(&'a self, pin: &'a Pin, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Body, Error>> {
        async move {
            let (body, fault) = self.call("get", &pin.key, self.inner.get(pin, range)).await?;
            let Fault::Cut(length) = fault else { return Ok(body) };
            let Body { object, stream } = body;
            let bytes: Vec<Bytes> = stream.try_collect().await?;
            let bytes = Bytes::from(bytes.concat());
            let start = bytes.slice(..length.min(bytes.len()));
            let cut = Err(Error::service(&pin.key, "the connection broke"));
            Ok(Body { object, stream: stream::iter([Ok(start), cut]).boxed() })
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<Listed>, Error>> {
        async move { Ok(self.call("list", prefix, self.inner.list(prefix)).await?.0) }.boxed()
    }

    fn put<'a>(&'a self, key: &'a str, body: Bytes, condition: Condition<'a>) -> BoxFuture<'a, Result<Object, Error>> {
        async move {
            let (object, fault) = self.call("put", key, self.inner.put(key, body.clone(), condition)).await?;
            if fault == Fault::Twice { self.inner.put(key, body, condition).await } else { Ok(object) }
        }
        .boxed()
    }

    fn upload<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Box<dyn Upload>, Error>> {
        async move {
            let (inner, _) = self.call("upload", key, self.inner.upload(key)).await?;
            Ok(Box::new(Pending { bucket: self.clone(), key: key.to_owned(), inner }) as Box<dyn Upload>)
        }
        .boxed()
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        async move { self.call("delete", key, self.inner.delete(key)).await.map(|_| ()) }.boxed()
    }
}

struct Pending {
    bucket: Faulty,
    key: String,
    inner: Box<dyn Upload>,
}

impl Upload for Pending {
    fn push(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), Error>> {
        async move { self.bucket.call("push", &self.key, self.inner.push(bytes)).await.map(|_| ()) }.boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<Object, Error>> {
        async move { Ok(self.bucket.call("finish", &self.key, self.inner.finish()).await?.0) }.boxed()
    }
}
