//! Reads that keep to their pin and are taken up again where a connection broke off.

use std::{ops::Range, time::Duration};

use aws_sdk_s3::{operation::get_object::GetObjectOutput, primitives::ByteStream};
use bytes::{Buf, Bytes};
use futures::{StreamExt, stream};

use super::{S3, etag, quoted, size};
use crate::bucket::{Body, Error, Object, Pin, clamp};

/// How often one read is taken up again.
const RESUMES: u32 = 8;
/// How long the second resume waits; each further one twice as long, the first one not at all.
const FIRST_WAIT: Duration = Duration::from_millis(20);

impl S3 {
    /// Opens the newest version of an object; what is read after the first answer is held to it.
    pub(super) async fn open_newest(&self, key: &str) -> Result<Body, Error> {
        let request = self.client.get_object().bucket(&self.name).key(key);
        let answer = request.send().await.map_err(|error| self.failure(key, "s3:GetObject", error))?;
        let pin = Object {
            key: key.to_owned(),
            version_id: answer.version_id,
            etag: etag(answer.e_tag.as_deref()),
            size_bytes: size(answer.content_length),
        };
        Ok(Reading::new(self.clone(), pin, None).with(answer.body))
    }

    /// Opens a pinned object.
    pub(super) async fn open_pinned(&self, pin: &Pin, range: Option<Range<u64>>) -> Result<Body, Error> {
        let mut reading = Reading::new(self.clone(), pin.clone(), range);
        if reading.left() == 0 && pin.size_bytes > 0 {
            return Ok(reading.with(ByteStream::default()));
        }
        let body = reading.open().await?;
        Ok(reading.with(body))
    }
}

/// A read on its way.
struct Reading {
    bucket: S3,
    pin: Pin,
    range: Range<u64>,
    body: ByteStream,
    /// How many bytes of the body come before the range: all of them where the store ignored it.
    skip: u64,
    resumes: u32,
}

impl Reading {
    fn new(bucket: S3, pin: Pin, range: Option<Range<u64>>) -> Self {
        let range = clamp(range, pin.size_bytes);
        Self { bucket, pin, range, body: ByteStream::default(), skip: 0, resumes: 0 }
    }

    fn with(mut self, body: ByteStream) -> Body {
        self.body = body;
        let object = self.pin.clone();
        let chunks =
            stream::try_unfold(
                self,
                |mut reading| async move { Ok(reading.next().await?.map(|bytes| (bytes, reading))) },
            );
        Body { object, stream: chunks.boxed() }
    }

    fn left(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// The next bytes; none after the last.
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.left() > 0 {
            match self.body.next().await {
                Some(Ok(bytes)) if bytes.is_empty() => {}
                Some(Ok(mut bytes)) => {
                    let skipped = bytes.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
                    self.skip -= skipped as u64;
                    bytes.advance(skipped);
                    if bytes.is_empty() {
                        continue;
                    }
                    bytes.truncate(usize::try_from(self.left()).unwrap_or(usize::MAX));
                    self.range.start += bytes.len() as u64;
                    return Ok(Some(bytes));
                }
                Some(Err(error)) => self.resume(Some(error.into())).await?,
                None => self.resume(None).await?,
            }
        }
        Ok(None)
    }

    /// Asks for the rest.
    async fn resume(&mut self, cause: Option<Box<dyn std::error::Error + Send + Sync>>) -> Result<(), Error> {
        if self.resumes == RESUMES {
            let Range { start, .. } = self.range;
            let broken = Broken { at: start, of: self.pin.size_bytes, resumes: self.resumes, source: cause };
            return Err(Error::service(&self.pin.key, broken));
        }
        if let Some(doublings) = self.resumes.checked_sub(1) {
            tokio::time::sleep(FIRST_WAIT * 2_u32.pow(doublings)).await;
        }
        self.resumes += 1;
        self.body = self.open().await?;
        Ok(())
    }

    /// Sends the request for what is left, held to the pin.
    async fn open(&mut self) -> Result<ByteStream, Error> {
        let Self { bucket, pin, range, .. } = &*self;
        let whole = *range == (0..pin.size_bytes);
        let request = bucket.client.get_object().bucket(&bucket.name).key(&pin.key);
        let request = request
            .set_version_id(pin.version_id.clone())
            .set_if_match((!pin.etag.is_empty()).then(|| quoted(&pin.etag)))
            .set_range((!whole).then(|| format!("bytes={}-{}", range.start, range.end - 1)));
        let answer = request.send().await.map_err(|error| self.failure(error))?;
        self.skip = self.check(&answer)?;
        Ok(answer.body)
    }

    fn failure(&self, error: aws_sdk_s3::error::SdkError<aws_sdk_s3::operation::get_object::GetObjectError>) -> Error {
        match self.bucket.failure(&self.pin.key, "s3:GetObject", error) {
            // InvalidRange: the object has become shorter than its pin.
            Error::Refused { code, .. } if matches!(code.as_str(), "InvalidRange" | "416") => self.changed(),
            Error::Missing { .. } | Error::Precondition { .. } => self.changed(),
            failure => failure,
        }
    }

    /// Compares the answer with the pin, as some stores ignore `If-Match`; tells how many bytes come before those that
    /// were asked for, as some ignore ranges.
    fn check(&self, answer: &GetObjectOutput) -> Result<u64, Error> {
        let Self { pin, .. } = self;
        let answered = etag(answer.e_tag.as_deref());
        let other_tag = !pin.etag.is_empty() && !answered.is_empty() && answered != pin.etag;
        let other_version =
            pin.version_id.is_some() && answer.version_id.is_some() && pin.version_id != answer.version_id;
        if other_tag || other_version {
            return Err(self.changed());
        }
        let begin = format!("bytes {}-", self.range.start);
        if let Some(found) = answer.content_range.as_ref().filter(|found| !found.starts_with(&begin)) {
            let (found, first, last) = (found.clone(), self.range.start, self.range.end.saturating_sub(1));
            return Err(Error::service(&pin.key, OtherRange { found, first, last }));
        }
        let answered = answer.content_length.and_then(|length| u64::try_from(length).ok());
        match answered {
            Some(length) if length == self.left() => Ok(0),
            Some(length) if length == pin.size_bytes && answer.content_range.is_none() => Ok(self.range.start),
            Some(found) => Err(Error::service(&pin.key, OtherLength { found, wanted: self.left() })),
            None => Ok(0),
        }
    }

    fn changed(&self) -> Error {
        Error::Changed { key: self.pin.key.clone() }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the connection broke off at byte {at} of {of}; it was taken up again {resumes} times")]
struct Broken {
    at: u64,
    of: u64,
    resumes: u32,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the answer is of `{found}`, bytes {first} to {last} were asked for")]
struct OtherRange {
    found: String,
    first: u64,
    last: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the answer has {found} bytes, {wanted} were asked for")]
struct OtherLength {
    found: u64,
    wanted: u64,
}
