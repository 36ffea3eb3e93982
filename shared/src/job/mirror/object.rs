//! An object on its way into the bucket, written by what blocks.

use std::io::{self, Write};

use tokio::runtime::Handle;

use crate::{
    bucket::{self, Bucket, Upload},
    time::Deadline,
};

/// How many bytes are handed over at once.
const PIECE_BYTES: usize = 1 << 20;

/// An object that grows with what is written; it exists once [`finish`](Self::finish) returns. Its calls block, and may
/// not be made on a thread of the runtime.
pub(super) struct Growing {
    upload: Box<dyn Upload>,
    key: String,
    piece: Vec<u8>,
    runtime: Handle,
    deadline: Deadline,
}

impl Growing {
    pub(super) async fn begin(bucket: &dyn Bucket, key: &str, deadline: Deadline) -> Result<Self, bucket::Error> {
        let upload = bucket.upload(key).await?;
        Ok(Self { upload, key: key.to_owned(), piece: Vec::new(), runtime: Handle::current(), deadline })
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.piece);
        wait(&self.runtime, self.deadline, &self.key, self.upload.push(piece.into()))
    }

    /// Makes the object appear.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.hand_over()?;
        let Self { upload, key, runtime, deadline, .. } = self;
        wait(&runtime, deadline, &key, upload.finish()).map(|_| ())
    }
}

fn wait<T>(
    runtime: &Handle,
    deadline: Deadline,
    key: &str,
    work: impl Future<Output = Result<T, bucket::Error>>,
) -> io::Result<T> {
    let late = || Err(bucket::Error::service(key, "time ran out while it was written"));
    runtime.block_on(deadline.bound(work)).unwrap_or_else(late).map_err(io::Error::other)
}

impl Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.hand_over()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
