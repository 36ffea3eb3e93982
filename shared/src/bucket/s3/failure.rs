//! What an error of S3 means.

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

use super::S3;
use crate::bucket::Error;

impl S3 {
    /// Names a failure by its meaning.
    ///
    /// A HEAD has no body, so that its code is missing and the status speaks. Without `s3:ListBucket`, S3 answers 403
    /// for an object that does not exist: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>.
    pub(super) fn failure<E>(&self, key: &str, action: &'static str, error: SdkError<E, HttpResponse>) -> Error
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let Some(status) = error.raw_response().map(|answer| answer.status().as_u16()) else {
            return Error::service(key, error);
        };
        let code = error.code().map_or_else(|| status.to_string(), str::to_owned);
        let message = error.message().unwrap_or_default().to_owned();
        let key = key.to_owned();
        match (code.as_str(), status) {
            ("NoSuchBucket", _) => Error::NoBucket { bucket: self.name.clone() },
            ("PreconditionFailed" | "ConditionalRequestConflict", _) | (_, 412) => Error::Precondition { key },
            ("InvalidObjectState", _) => Error::Archived { key, class: "an archive storage class".into() },
            ("NoSuchUpload", _) => Error::service(&key, error),
            ("NoSuchKey" | "NoSuchVersion" | "NotFound", _) | (_, 404) => Error::Missing { key },
            _ if is_of_kms(&code, &message) => Error::KeyDenied { key, code },
            ("AccessDenied", _) | (_, 401 | 403) => Error::Denied { key, action, code },
            ("RequestTimeout" | "SlowDown", _) | (_, 429 | 500 | 502..) => Error::service(&key, error),
            (_, 400..) => Error::Refused { key, action, code, message },
            _ => Error::service(&key, error),
        }
    }
}

/// Whether the key that encrypts an object is at fault: KMS has codes of its own, or S3's message names its action.
fn is_of_kms(code: &str, message: &str) -> bool {
    code.starts_with("KMS") || message.contains("kms:")
}
