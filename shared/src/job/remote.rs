//! An object of the bucket as the readers want it: blocking, on a thread of its own.

use std::{
    future::Future,
    io::{self, Read},
    ops::Range,
    sync::Arc,
};

use bytes::{Buf, Bytes};
use futures::{StreamExt, TryStreamExt};
use tokio::runtime::Handle;

use crate::{
    bucket::{self, Body, Bucket, Pin},
    extract,
    time::Deadline,
};

/// How many ranges of one object are fetched at once.
const AT_ONCE: usize = 8;

/// A pinned object. Its calls block, and may not be made on a thread of the runtime.
#[derive(Clone)]
pub(super) struct Remote {
    pub(super) bucket: Arc<dyn Bucket>,
    pub(super) pin: Pin,
    pub(super) runtime: Handle,
    /// When nobody waits for it any more.
    pub(super) deadline: Deadline,
}

impl Remote {
    /// Waits for something until the deadline, so that no thread outlives its run for long.
    fn wait<T>(&self, work: impl Future<Output = Result<T, bucket::Error>>) -> io::Result<T> {
        let late = || Err(bucket::Error::service(&self.pin.key, "time ran out while it was read"));
        let done = self.runtime.block_on(self.deadline.bound(work));
        done.unwrap_or_else(late).map_err(io::Error::other)
    }

    async fn range(&self, range: Range<u64>) -> Result<Bytes, bucket::Error> {
        let body = self.bucket.get(&self.pin, Some(range)).await?;
        let pieces: Vec<Bytes> = body.stream.try_collect().await?;
        Ok(match pieces.as_slice() {
            [one] => one.clone(),
            _ => pieces.concat().into(),
        })
    }
}

impl extract::Object for Remote {
    fn key(&self) -> &str {
        &self.pin.key
    }

    fn stream(&self) -> io::Result<Box<dyn Read + Send>> {
        let body = self.wait(self.bucket.get(&self.pin, None))?;
        Ok(Box::new(Stream { body, remote: self.clone(), held: Bytes::new() }))
    }
}

impl extract::parquet::Source for Remote {
    fn len(&self) -> u64 {
        self.pin.size_bytes
    }

    fn ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, extract::Error> {
        let fetches = futures::stream::iter(ranges.iter().cloned()).map(|range| self.range(range)).buffered(AT_ONCE);
        Ok(self.wait(fetches.try_collect())?)
    }
}

/// An object as a stream of bytes.
struct Stream {
    body: Body,
    remote: Remote,
    held: Bytes,
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.held.is_empty() {
            match self.remote.wait(self.body.stream.try_next())? {
                Some(next) => self.held = next,
                None => return Ok(0),
            }
        }
        let length = out.len().min(self.held.len());
        let (out, _) = out.split_at_mut(length);
        self.held.copy_to_slice(out);
        Ok(length)
    }
}
