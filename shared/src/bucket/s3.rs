//! The bucket in S3. The only module that names `aws_sdk_s3`.

mod failure;
mod read;
mod upload;

use std::{ops::Range, time::Duration};

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::{
    Client,
    config::{RequestChecksumCalculation, ResponseChecksumValidation},
    operation::head_object::HeadObjectOutput,
    types::{ArchiveStatus, StorageClass},
};
use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};

use super::{Body, Bucket, Condition, Error, LIST_LIMIT, Listed, Object, Pin, Upload};
use crate::endpoint;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one attempt may take until the answer begins; its body is watched by the SDK's stall protection.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// How long one call may take with all its attempts, an answered body aside.
const CALL_TIMEOUT: Duration = Duration::from_mins(4);
/// How often a call is tried.
const ATTEMPTS: u32 = 5;
/// How long a call waits at most between two attempts.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// A bucket in S3.
#[derive(Debug, Clone)]
pub struct S3 {
    client: Client,
    name: String,
}

impl S3 {
    /// The bucket of a name, reached with the SDK's configuration.
    ///
    /// Where an endpoint is set (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`), the bucket's name goes into the path and
    /// checksums are sent only where S3 asks for them: what emulators and other stores understand.
    #[must_use]
    pub fn new(config: &SdkConfig, name: impl Into<String>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(ANSWER_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_BACKOFF);
        let config = aws_sdk_s3::config::Builder::from(config)
            .force_path_style(endpoint::of(config, "S3").is_some())
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .timeout_config(timeouts)
            .retry_config(retries)
            .build();
        Self { client: Client::from_conf(config), name: name.into() }
    }

    async fn look(&self, key: &str, version_id: Option<&str>) -> Result<Object, Error> {
        let request = self.client.head_object().bucket(&self.name).key(key).set_version_id(version_id.map(Into::into));
        let answer = request.send().await.map_err(|error| self.failure(key, "s3:GetObject", error))?;
        if let Some(class) = archived(&answer) {
            return Err(Error::Archived { key: key.to_owned(), class });
        }
        Ok(Object {
            key: key.to_owned(),
            size_bytes: size(answer.content_length),
            version_id: answer.version_id,
            etag: etag(answer.e_tag.as_deref()),
        })
    }

    async fn list_all(&self, prefix: &str) -> Result<Vec<Listed>, Error> {
        let mut listed = Vec::new();
        let mut pages = self.client.list_objects_v2().bucket(&self.name).prefix(prefix).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failure(prefix, "s3:ListBucket", error))?;
            listed.extend(page.contents.unwrap_or_default().into_iter().map(|found| Listed {
                modified_ms:
                    found.last_modified.and_then(|at| at.to_millis().ok()?.try_into().ok()).unwrap_or_default(),
                object: Object {
                    key: found.key.unwrap_or_default(),
                    version_id: None,
                    etag: etag(found.e_tag.as_deref()),
                    size_bytes: size(found.size),
                },
            }));
            if listed.len() > LIST_LIMIT {
                break;
            }
        }
        super::few(prefix, listed)
    }

    async fn write(&self, key: &str, body: Bytes, condition: Condition<'_>) -> Result<Object, Error> {
        let size_bytes = body.len() as u64;
        let request = self.client.put_object().bucket(&self.name).key(key).content_type(media_type(key));
        let request = match condition {
            Condition::Always => request,
            Condition::Absent => request.if_none_match("*"),
            Condition::Etag(etag) => request.if_match(quoted(etag)),
        };
        let answer = request.body(body.into()).send().await.map_err(|error| {
            match self.failure(key, "s3:PutObject", error) {
                // The object that was to be replaced is gone.
                Error::Missing { key } => Error::Precondition { key },
                failure => failure,
            }
        })?;
        let etag = etag(answer.e_tag.as_deref());
        Ok(Object { key: key.to_owned(), version_id: answer.version_id, etag, size_bytes })
    }
}

impl Bucket for S3 {
    fn name(&self) -> &str {
        &self.name
    }

    fn head<'a>(&'a self, key: &'a str, version_id: Option<&'a str>) -> BoxFuture<'a, Result<Object, Error>> {
        self.look(key, version_id).boxed()
    }

    fn read<'a>(&'a self, key: &'a str, limit_bytes: u64) -> BoxFuture<'a, Result<(Object, Bytes), Error>> {
        async move {
            let body = self.open_newest(key).await?;
            super::fits(&body.object, limit_bytes)?;
            Ok((body.object.clone(), super::collect(body).await?))
        }
        .boxed()
    }

    fn get<'a>(&'a self, pin: &'a Pin, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Body, Error>> {
        self.open_pinned(pin, range).boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<Listed>, Error>> {
        self.list_all(prefix).boxed()
    }

    fn put<'a>(&'a self, key: &'a str, body: Bytes, condition: Condition<'a>) -> BoxFuture<'a, Result<Object, Error>> {
        self.write(key, body, condition).boxed()
    }

    fn upload<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Box<dyn Upload>, Error>> {
        async move { Ok(Box::new(upload::Parts::new(self.clone(), key)) as Box<dyn Upload>) }.boxed()
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            let request = self.client.delete_object().bucket(&self.name).key(key).send();
            request.await.map(|_| ()).map_err(|error| self.failure(key, "s3:DeleteObject", error))
        }
        .boxed()
    }
}

/// The class of an object that has to be restored before it can be read.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html> (`x-amz-restore`, `x-amz-archive-status`)
fn archived(answer: &HeadObjectOutput) -> Option<String> {
    if answer.restore().is_some_and(|restore| restore.contains("ongoing-request=\"false\"")) {
        return None;
    }
    let tier = answer.archive_status().map(ArchiveStatus::as_str);
    let class =
        answer.storage_class().filter(|class| matches!(class, StorageClass::Glacier | StorageClass::DeepArchive));
    tier.or(class.map(StorageClass::as_str)).map(str::to_owned)
}

/// An entity tag without its quotes.
fn etag(header: Option<&str>) -> String {
    let tag = header.unwrap_or_default();
    tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_owned()
}

fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

fn size(answered: Option<i64>) -> u64 {
    answered.and_then(|size| u64::try_from(size).ok()).unwrap_or_default()
}

/// What browsers and consoles take an object for.
fn media_type(key: &str) -> &'static str {
    match key.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json") => "application/json",
        Some("csv") => "text/csv; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("py") => "text/x-python; charset=utf-8",
        Some("ndjson") => "application/x-ndjson",
        Some("parquet") => "application/vnd.apache.parquet",
        Some("zst") => "application/zstd",
        _ => "application/octet-stream",
    }
}
