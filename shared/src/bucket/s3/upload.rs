//! Objects of unknown length: one PUT where they are small, parts where they are not.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures::{FutureExt, future::BoxFuture};

use super::{S3, etag, media_type};
use crate::bucket::{Condition, Error, Object, Upload};

/// The size of a part, and from where on there are parts. S3 asks for 5 MiB at least and takes 10,000 parts at most
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>): an object may have 78 GiB.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// An object on its way. Holds one part in memory, plus what one push brings.
pub(super) struct Parts {
    bucket: S3,
    key: String,
    buffer: BytesMut,
    size_bytes: u64,
    /// What S3 knows so far; none below one part.
    begun: Option<Begun>,
    failed: bool,
}

struct Begun {
    upload_id: String,
    parts: Vec<CompletedPart>,
}

#[derive(Debug, thiserror::Error)]
#[error("an earlier part could not be written")]
struct Incomplete;

#[derive(Debug, thiserror::Error)]
#[error("the answer has no upload id")]
struct NoUploadId;

impl Parts {
    pub(super) fn new(bucket: S3, key: &str) -> Self {
        Self { bucket, key: key.to_owned(), buffer: BytesMut::new(), size_bytes: 0, begun: None, failed: false }
    }

    async fn add(&mut self, bytes: Bytes) -> Result<(), Error> {
        if self.failed {
            return Err(Error::service(&self.key, Incomplete));
        }
        self.size_bytes += bytes.len() as u64;
        self.buffer.extend_from_slice(&bytes);
        while self.buffer.len() >= PART_BYTES {
            let part = self.buffer.split_to(PART_BYTES).freeze();
            // Also true when this future is dropped half-way: the part is then lost.
            self.failed = true;
            self.send(part).await?;
            self.failed = false;
        }
        Ok(())
    }

    /// Sends one part, after beginning where it is the first.
    async fn send(&mut self, part: Bytes) -> Result<(), Error> {
        if self.begun.is_none() {
            self.begun = Some(self.begin().await?);
        }
        let Self { bucket, key, begun: Some(begun), .. } = self else { return Ok(()) };
        let number = i32::try_from(begun.parts.len() + 1).unwrap_or(i32::MAX);
        let request = bucket.client.upload_part().bucket(&bucket.name).key(key.as_str()).part_number(number);
        let answer = request.upload_id(&begun.upload_id).body(part.into()).send().await;
        let answer = answer.map_err(|error| bucket.failure(key, "s3:PutObject", error))?;
        begun.parts.push(CompletedPart::builder().part_number(number).set_e_tag(answer.e_tag).build());
        Ok(())
    }

    async fn begin(&self) -> Result<Begun, Error> {
        let Self { bucket, key, .. } = self;
        let request = bucket.client.create_multipart_upload().bucket(&bucket.name).key(key);
        let answer = request.content_type(media_type(key)).send().await;
        let answer = answer.map_err(|error| bucket.failure(key, "s3:PutObject", error))?;
        let upload_id = answer.upload_id.ok_or_else(|| Error::service(key, NoUploadId))?;
        Ok(Begun { upload_id, parts: Vec::new() })
    }

    async fn complete(mut self: Box<Self>) -> Result<Object, Error> {
        if self.failed {
            return Err(Error::service(&self.key, Incomplete));
        }
        let rest = self.buffer.split().freeze();
        if self.begun.is_none() {
            return self.bucket.write(&self.key, rest, Condition::Always).await;
        }
        if !rest.is_empty() {
            self.send(rest).await?;
        }
        let Self { bucket, key, begun: Some(begun), .. } = &*self else {
            return Err(Error::service(&self.key, Incomplete));
        };
        let parts = CompletedMultipartUpload::builder().set_parts(Some(begun.parts.clone())).build();
        let request = bucket.client.complete_multipart_upload().bucket(&bucket.name).key(key.as_str());
        let answer = request.upload_id(&begun.upload_id).multipart_upload(parts).send().await;
        let answer = answer.map_err(|error| bucket.failure(key, "s3:PutObject", error))?;
        let object = Object {
            key: key.clone(),
            version_id: answer.version_id,
            etag: etag(answer.e_tag.as_deref()),
            size_bytes: self.size_bytes,
        };
        self.begun = None;
        Ok(object)
    }
}

impl Upload for Parts {
    fn push(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), Error>> {
        self.add(bytes).boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<Object, Error>> {
        self.complete().boxed()
    }
}

/// Parts that never became an object are paid for until they are aborted. Where even this fails (the environment is
/// frozen or gone), the bucket's lifecycle rule for incomplete uploads is the last resort.
impl Drop for Parts {
    fn drop(&mut self) {
        let (Some(begun), Ok(runtime)) = (self.begun.take(), tokio::runtime::Handle::try_current()) else { return };
        let S3 { client, name } = self.bucket.clone();
        let key = std::mem::take(&mut self.key);
        runtime.spawn(async move {
            let request = client.abort_multipart_upload().bucket(name).key(&key).upload_id(begun.upload_id);
            if let Err(error) = request.send().await {
                tracing::warn!(object_key = key, %error, "an unfinished upload could not be aborted");
            }
        });
    }
}
