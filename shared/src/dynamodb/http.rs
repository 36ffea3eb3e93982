//! The transport over HTTP: a connection pool, TLS where the endpoint has it, and a signature on each request.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::{Answer, Failure, Transport};
use crate::time::Clock;

/// The protocol's version, in the name of each operation.
const PREFIX: &str = "DynamoDB_20120810.";

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(3);

/// How long before they expire credentials are renewed.
const RENEW_BEFORE: Duration = Duration::from_mins(2);

/// The longest answer that is read: DynamoDB's own are at most 16 MB (`BatchGetItem`), in JSON a few times that.
const LONGEST_ANSWER: usize = 64 << 20;

/// Where DynamoDB tells the CRC-32 of an answer's body.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html>
const CHECKSUM: &str = "x-amz-crc32";

/// Which DynamoDB is meant, and as whom.
#[derive(Debug, Clone)]
pub struct Target {
    /// The region, also of the signature.
    pub region: String,
    /// The endpoint, where it is not AWS's own.
    pub endpoint_url: Option<String>,
    /// Where credentials come from.
    pub credentials: SharedCredentialsProvider,
}

impl Target {
    fn url(&self) -> String {
        let suffix = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        match &self.endpoint_url {
            Some(url) => format!("{}/", url.trim_end_matches('/')),
            None => format!("https://dynamodb.{}.{suffix}/", self.region),
        }
    }
}

/// DynamoDB over HTTP.
pub struct Http {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: String,
    host: String,
    target: Target,
    clock: Clock,
    identity: Mutex<Option<(Identity, Option<SystemTime>)>>,
}

impl Http {
    /// A transport to a DynamoDB.
    ///
    /// # Errors
    ///
    /// A text when the machine has no root certificates, or the endpoint is no URL.
    pub fn new(target: Target, clock: Clock) -> Result<Self, String> {
        let url = target.url();
        let uri: http::Uri = url.parse().map_err(|error| format!("endpoint `{url}` is no URL: {error}"))?;
        let host = uri.authority().map(ToString::to_string).ok_or_else(|| format!("endpoint `{url}` has no host"))?;
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT));
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(hyper_rustls_provider())
            .map_err(|error| format!("no root certificates were found: {error}"))?;
        let pool = Pool::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .retry_canceled_requests(false)
            .build(tls.https_or_http().enable_http1().wrap_connector(connector));
        Ok(Self { pool, url, host, target, clock, identity: Mutex::new(None) })
    }

    async fn identity(&self) -> Result<Identity, Failure> {
        let now = self.clock.now();
        let held = self.identity.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((identity, expiry)) = held
            && expiry.is_none_or(|expiry| expiry > now + RENEW_BEFORE)
        {
            return Ok(identity);
        }
        let credentials: Credentials =
            self.target.credentials.provide_credentials().await.map_err(|error| Failure::Credentials(chain(&error)))?;
        let expiry = credentials.expiry();
        let identity = Identity::from(credentials);
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some((identity.clone(), expiry));
        Ok(identity)
    }

    fn signed(&self, identity: &Identity, operation: &str, body: Bytes) -> Result<http::Request<Full<Bytes>>, String> {
        let operation = format!("{PREFIX}{operation}");
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("host", self.host.as_str()),
            ("x-amz-target", operation.as_str()),
        ];
        let params = v4::SigningParams::builder()
            .identity(identity)
            .region(&self.target.region)
            .name("dynamodb")
            .time(self.clock.now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let signable = SignableRequest::new("POST", self.url.as_str(), headers.into_iter(), SignableBody::Bytes(&body))
            .map_err(|error| error.to_string())?;
        let (signature, _) = sign(signable, &params).map_err(|error| error.to_string())?.into_parts();
        let mut request = http::Request::post(self.url.as_str());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
        signature.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

impl Transport for Http {
    fn send<'a>(&'a self, operation: &'a str, body: Bytes) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(async move {
            let identity = self.identity().await?;
            let request = self.signed(&identity, operation, body).map_err(Failure::Unreached)?;
            let response = self.pool.request(request).await.map_err(|error| {
                let text = chain(&error);
                if error.is_connect() { Failure::Unreached(text) } else { Failure::Lost(text) }
            })?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, LONGEST_ANSWER).collect().await;
            let body = body.map_err(|error| Failure::Lost(chain(error.as_ref())))?.to_bytes();
            if head.headers.get(CHECKSUM).is_some_and(|told| !is_of(told, &body)) {
                return Err(Failure::Lost("the answer is not what its checksum is of".to_owned()));
            }
            Ok(Answer { status: head.status.as_u16(), body })
        })
    }

    fn renew(&self) {
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Whether a checksum is that of a body.
fn is_of(checksum: &http::HeaderValue, body: &[u8]) -> bool {
    let mut own = flate2::Crc::new();
    own.update(body);
    checksum.to_str().is_ok_and(|told| told.parse() == Ok(own.sum()))
}

fn hyper_rustls_provider() -> rustls::crypto::CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

/// An error and its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
