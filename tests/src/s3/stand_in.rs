//! S3's protocol over a bucket in memory: with versions, `If-Match` and all that s3s-fs leaves out.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use rowferry::bucket::{self, Bucket, Condition, Error, Object, memory::Memory};
use s3s::{
    S3, S3Error, S3Request, S3Response, S3Result,
    dto::{
        self, AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
        CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput,
        DeleteObjectOutput, ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
        ListObjectsV2Input, ListObjectsV2Output, PutObjectInput, PutObjectOutput, StreamingBlob, UploadPartInput,
        UploadPartOutput,
    },
    s3_error,
};

/// How many objects a page of a listing has.
const PAGE: usize = 50;

/// A bucket in memory that speaks S3's protocol.
pub struct StandIn {
    bucket: Memory,
    ranges: Ranges,
    uploads: Mutex<HashMap<String, BTreeMap<i32, Bytes>>>,
}

/// What is given where a range is asked for.
#[derive(Debug, Clone, Copy)]
enum Ranges {
    Asked,
    Whole,
    Another,
}

impl StandIn {
    /// Serves a bucket.
    #[must_use]
    pub fn new(bucket: Memory) -> Self {
        Self { bucket, ranges: Ranges::Asked, uploads: Mutex::default() }
    }

    /// The same, giving whole objects where a range is asked for, as some stores do.
    #[must_use]
    pub fn without_ranges(self) -> Self {
        Self { ranges: Ranges::Whole, ..self }
    }

    /// The same, giving as many bytes as are asked for from one byte before, and saying so.
    #[must_use]
    pub fn with_other_ranges(self) -> Self {
        Self { ranges: Ranges::Another, ..self }
    }

    fn uploads(&self) -> MutexGuard<'_, HashMap<String, BTreeMap<i32, Bytes>>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, bucket: &str) -> S3Result<()> {
        if bucket == self.bucket.name() { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }

    async fn look(&self, bucket: &str, key: &str, version_id: Option<&str>) -> S3Result<Object> {
        self.check(bucket)?;
        self.bucket.head(key, version_id).await.map_err(refused)
    }
}

fn refused(error: Error) -> S3Error {
    match error {
        Error::Missing { .. } => s3_error!(NoSuchKey),
        Error::Precondition { .. } | Error::Changed { .. } => s3_error!(PreconditionFailed),
        Error::Denied { .. } => s3_error!(AccessDenied),
        Error::Archived { .. } => s3_error!(InvalidObjectState),
        other => s3_error!(InternalError, "{other}"),
    }
}

fn size(bytes: u64) -> Option<i64> {
    i64::try_from(bytes).ok()
}

async fn whole(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    let mut whole = BytesMut::new();
    while let Some(bytes) = body.try_next().await.map_err(|error| s3_error!(IncompleteBody, "{error}"))? {
        whole.extend_from_slice(&bytes);
    }
    Ok(whole.freeze())
}

#[async_trait::async_trait]
impl S3 for StandIn {
    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let HeadObjectInput { bucket, key, version_id, .. } = request.input;
        let object = self.look(&bucket, &key, version_id.as_deref()).await?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: size(object.size_bytes),
            e_tag: Some(ETag::Strong(object.etag)),
            version_id: object.version_id,
            ..HeadObjectOutput::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let GetObjectInput { bucket, key, version_id, if_match, range, .. } = request.input;
        let object = self.look(&bucket, &key, version_id.as_deref()).await?;
        if if_match.as_ref().and_then(ETagCondition::as_etag).is_some_and(|etag| etag.value() != object.etag) {
            return Err(s3_error!(PreconditionFailed));
        }
        let asked = range.map(|range| range.check(object.size_bytes)).transpose()?;
        let asked = match self.ranges {
            Ranges::Asked => asked,
            Ranges::Whole => None,
            Ranges::Another => asked.map(|range| range.start.saturating_sub(1)..range.end.saturating_sub(1)),
        };
        let body = self.bucket.get(&object, asked.clone()).await.map_err(refused)?;
        let bytes = bucket::collect(body).await.map_err(refused)?;
        let content_range = asked.map(|range| format!("bytes {}-{}/{}", range.start, range.end - 1, object.size_bytes));
        Ok(S3Response::new(GetObjectOutput {
            content_length: size(bytes.len() as u64),
            content_range,
            body: Some(StreamingBlob::from(s3s::Body::from(bytes))),
            e_tag: Some(ETag::Strong(object.etag)),
            version_id: object.version_id,
            ..GetObjectOutput::default()
        }))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let PutObjectInput { bucket, key, body, if_match, if_none_match, .. } = request.input;
        self.check(&bucket)?;
        let body = whole(body).await?;
        let condition = match if_match.as_ref().and_then(ETagCondition::as_etag) {
            Some(etag) => Condition::Etag(etag.value()),
            None if if_none_match.is_some() => Condition::Absent,
            None => Condition::Always,
        };
        let object = self.bucket.put(&key, body, condition).await.map_err(refused)?;
        let e_tag = Some(ETag::Strong(object.etag));
        Ok(S3Response::new(PutObjectOutput { e_tag, version_id: object.version_id, ..PutObjectOutput::default() }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let ListObjectsV2Input { bucket, prefix, continuation_token, .. } = request.input;
        self.check(&bucket)?;
        let listed = self.bucket.list(prefix.as_deref().unwrap_or_default()).await.map_err(refused)?;
        let after = continuation_token.unwrap_or_default();
        let mut left = listed.into_iter().filter(|object| object.key > after).peekable();
        let page: Vec<_> = left.by_ref().take(PAGE).collect();
        let next = page.last().filter(|_| left.peek().is_some()).map(|object| object.key.clone());
        let contents = page.into_iter().map(|object| dto::Object {
            key: Some(object.key.clone()),
            e_tag: Some(ETag::Strong(object.etag.clone())),
            size: size(object.size_bytes),
            last_modified: Some((std::time::UNIX_EPOCH + std::time::Duration::from_millis(object.modified_ms)).into()),
            ..dto::Object::default()
        });
        Ok(S3Response::new(ListObjectsV2Output {
            contents: Some(contents.collect()),
            is_truncated: Some(next.is_some()),
            next_continuation_token: next,
            ..ListObjectsV2Output::default()
        }))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let DeleteObjectInput { bucket, key, .. } = request.input;
        self.check(&bucket)?;
        self.bucket.delete(&key).await.map_err(refused)?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.check(&request.input.bucket)?;
        let mut uploads = self.uploads();
        let upload_id = format!("upload-{}-{}", uploads.len(), request.input.key);
        uploads.insert(upload_id.clone(), BTreeMap::new());
        let upload_id = Some(upload_id);
        Ok(S3Response::new(CreateMultipartUploadOutput { upload_id, ..CreateMultipartUploadOutput::default() }))
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let UploadPartInput { upload_id, part_number, body, .. } = request.input;
        let body = whole(body).await?;
        let mut uploads = self.uploads();
        let parts = uploads.get_mut(&upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        parts.insert(part_number, body);
        let e_tag = Some(ETag::Strong(format!("part-{part_number}")));
        Ok(S3Response::new(UploadPartOutput { e_tag, ..UploadPartOutput::default() }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let CompleteMultipartUploadInput { key, upload_id, .. } = request.input;
        let parts = self.uploads().remove(&upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        let parts: Vec<Bytes> = parts.into_values().collect();
        let object = self.bucket.insert(&key, parts.concat());
        let e_tag = Some(ETag::Strong(object.etag));
        let version_id = object.version_id;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            e_tag,
            version_id,
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.uploads().remove(&request.input.upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}
