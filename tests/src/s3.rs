//! S3 on 127.0.0.1, embedded, with faults between: what a client sees of it is real HTTP.

mod stand_in;

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response, StatusCode,
    body::{Frame, Incoming},
    http::request::Parts,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use rowferry::bucket::s3::S3;
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use tokio::{net::TcpListener, task::JoinHandle};

pub use self::stand_in::StandIn;

const ACCESS_KEY: &str = "AKTEST";
const SECRET_KEY: &str = "test";

/// One thing that goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The answer's body breaks off after so many bytes.
    Cut(usize),
    /// The request is refused: status, code, message.
    Refused(u16, &'static str, &'static str),
    /// The request is refused after it took effect.
    RefusedAfter(u16, &'static str),
}

type Script = dyn FnMut(&Parts) -> Fault + Send;
type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// A server; it ends with the value.
pub struct Server {
    url: String,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    service: S3Service,
    script: Mutex<Box<Script>>,
    asked: Mutex<Vec<String>>,
}

impl Server {
    /// Serves a bucket.
    ///
    /// # Panics
    ///
    /// When there is no port for it.
    pub async fn start(store: impl s3s::S3) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut service = S3ServiceBuilder::new(store);
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = service.build();
        let shared = Shared { service, script: Mutex::new(Box::new(|_| Fault::None)), asked: Mutex::default() };
        let shared = Arc::new(shared);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { url, shared, accepting }
    }

    /// A client for a bucket of this server.
    #[must_use]
    pub fn bucket(&self, name: &str) -> S3 {
        let credentials = aws_credential_types::Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test");
        let config = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::from_static("us-east-1"))
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(credentials))
            .endpoint_url(&self.url)
            .build();
        S3::new(&config, name)
    }

    /// Lets requests go wrong as a script says, from now on.
    pub fn faults(&self, script: impl FnMut(&Parts) -> Fault + Send + 'static) {
        *self.shared.script.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(script);
    }

    /// What was asked for: method, path and query.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&shared), request));
            // A connection that ends in an error has been cut on purpose.
            _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (parts, body) = request.into_parts();
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{} {}", parts.method, parts.uri));
    let fault = (shared.script.lock().unwrap_or_else(PoisonError::into_inner))(&parts);
    if let Fault::Refused(status, code, message) = fault {
        return Ok(refusal(status, code, message));
    }
    let answer = shared.service.call(Request::from_parts(parts, s3s::Body::from(body))).await.expect("s3s answers");
    Ok(match fault {
        Fault::RefusedAfter(status, code) => refusal(status, code, ""),
        Fault::Cut(kept) => cut(answer, kept).await,
        _ => answer.map(|body| body.map_err(std::io::Error::other).boxed_unsync()),
    })
}

async fn cut(answer: Response<s3s::Body>, kept: usize) -> Response<Body> {
    let (parts, body) = answer.into_parts();
    let whole = BodyExt::collect(body).await.expect("a body").to_bytes();
    let kept = whole.slice(..kept.min(whole.len()));
    let broken = async {
        // Until here, the server has written what it has.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("cut on purpose"))
    };
    let frames = stream::iter([Ok(Frame::data(kept))]).chain(stream::once(broken));
    Response::from_parts(parts, StreamBody::new(frames).boxed_unsync())
}

fn refusal(status: u16, code: &str, message: &str) -> Response<Body> {
    let text = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let body = Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed_unsync();
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
    answer
}
