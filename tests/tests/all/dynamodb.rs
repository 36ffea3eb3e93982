//! The ways to DynamoDB: the contract over both, and what a network can do to the one over HTTP.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use bytes::Bytes;
use rowferry::{
    dynamodb::{Class, Client, Error, Http, Target},
    time::{Clock, Deadline},
};
use rowferry_tests::{contract::dynamodb as contract, embedded::Embedded};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::Instant,
};

/// Credentials that are given out so many times; counts how often.
#[derive(Debug, Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl ProvideCredentials for Counting {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.0.fetch_add(1, Ordering::Relaxed);
        future::ProvideCredentials::ready(Ok(Credentials::from_keys("AKIDEXAMPLE", "secret", None)))
    }
}

#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("nothing here")))
    }
}

fn client(address: std::net::SocketAddr, credentials: impl ProvideCredentials + 'static) -> Client {
    let credentials = SharedCredentialsProvider::new(credentials);
    let endpoint_url = Some(format!("http://{address}"));
    Client::new(Http::new(Target { region: "us-east-1".into(), endpoint_url, credentials }, Clock::system()).unwrap())
}

async fn over_http() -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
    client(address, Counting::default())
}

macro_rules! contract {
    ($($promise:ident)*) => {$(
        #[tokio::test]
        async fn $promise() {
            contract::$promise(&Client::new(Embedded::new())).await;
            contract::$promise(&over_http().await).await;
        }
    )*};
}

contract! {
    writes_and_reads_items
    tells_refusals_by_what_they_mean
    brings_what_stood_in_the_way
    takes_requests_side_by_side
}

/// What a server does with a request that it has read.
#[derive(Clone)]
enum Reply {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Closes the connection.
    Reset,
    /// Never answers.
    Silence,
}

fn answer(status: u16, body: &str) -> Reply {
    let length = body.len();
    Reply::Bytes(format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").into())
}

fn refused(status: u16, name: &str) -> Reply {
    answer(status, &format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{name}","message":"no"}}"#))
}

/// A server that replies in this order, the last for ever; and how many requests it read.
async fn server(replies: Vec<Reply>) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let number = counted.fetch_add(1, Ordering::Relaxed).min(replies.len() - 1);
            tokio::spawn(serve(stream, replies[number].clone()));
        }
    });
    (address, requests)
}

async fn serve(mut stream: TcpStream, reply: Reply) {
    let mut read = Vec::new();
    // Bodies of these tests are `{}`.
    while !read.ends_with(b"\r\n\r\n{}") {
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            return;
        }
    }
    match reply {
        Reply::Bytes(bytes) => _ = stream.write_all(&bytes).await,
        Reply::Reset => stream.set_zero_linger().unwrap(),
        Reply::Silence => std::future::pending().await,
    }
}

async fn attempt(reply: Reply) -> Error {
    let (address, _) = server(vec![reply]).await;
    let client = client(address, Counting::default());
    let begun = Instant::now();
    let deadline = Deadline::after(Duration::from_millis(500));
    let error = client.attempt("GetItem", Bytes::from("{}"), deadline).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    error
}

#[tokio::test]
async fn an_answer_that_does_not_come_whole_is_lost() {
    let short = "HTTP/1.1 200 x\r\ncontent-length: 99\r\n\r\n{\"Item\":{}";
    let endless = "HTTP/1.1 200 x\r\ncontent-length: 68719476736\r\n\r\n{";
    for reply in [
        Reply::Reset,
        Reply::Silence,
        Reply::Bytes(short.into()),
        Reply::Bytes(endless.into()),
        Reply::Bytes("HTTP/1.1 200 x\r\ncontent-le".into()),
        Reply::Bytes("no HTTP at all\r\n\r\n".into()),
    ] {
        let error = attempt(reply).await;
        assert_eq!((error.class(), error.ambiguous()), (Class::Transient, true), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_is_refused_was_never_made() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = client(address, Counting::default());
    let deadline = Deadline::after(Duration::from_secs(1));
    let error = client.attempt("PutItem", Bytes::from("{}"), deadline).await.unwrap_err();
    assert_eq!((error.class(), error.ambiguous()), (Class::Transient, false), "{error}");
}

#[tokio::test]
async fn a_page_instead_of_json_is_told_by_its_status() {
    let page = "<html><body>Service Unavailable</body></html>";
    for (status, class, ambiguous) in [
        (500, Class::Transient, true),
        (502, Class::Transient, true),
        (503, Class::Transient, true),
        (429, Class::Throttled, false),
        (403, Class::Other, false),
    ] {
        let error = attempt(answer(status, page)).await;
        assert_eq!((error.class(), error.ambiguous()), (class, ambiguous), "{status} {error}");
    }
    let cut = attempt(answer(400, r#"{"__type":"com.amazonaws#Valid"#)).await;
    assert_eq!(cut.class(), Class::Transient);
}

#[tokio::test]
async fn a_call_is_made_again_after_what_may_pass() {
    let good = answer(200, "{}");
    let replies = vec![
        Reply::Reset,
        answer(503, "busy"),
        refused(400, "ProvisionedThroughputExceededException"),
        answer(200, "{\"Item\":"),
        good,
    ];
    let (address, requests) = server(replies).await;
    let deadline = Deadline::after(Duration::from_secs(30));
    let answer = client(address, Counting::default()).call("GetItem", &json!({}), deadline).await.unwrap();
    assert_eq!((answer, requests.load(Ordering::Relaxed)), (json!({}), 5));
}

#[tokio::test]
async fn a_call_is_not_made_again_after_what_stays() {
    for (name, class) in [
        ("ValidationException", Class::Invalid),
        ("ConditionalCheckFailedException", Class::Condition),
        ("AccessDeniedException", Class::Denied),
        ("ResourceNotFoundException", Class::Missing),
        ("UnrecognizedClientException", Class::Credentials),
    ] {
        let (address, requests) = server(vec![refused(400, name)]).await;
        let deadline = Deadline::after(Duration::from_secs(30));
        let error = client(address, Counting::default()).call("GetItem", &json!({}), deadline).await.unwrap_err();
        assert_eq!((error.class(), requests.load(Ordering::Relaxed)), (class, 1));
    }
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_and_says_how_often_it_was_tried() {
    for reply in [Reply::Silence, Reply::Reset, answer(500, "")] {
        let (address, _) = server(vec![reply]).await;
        let (begun, time) = (Instant::now(), Duration::from_millis(700));
        let client = client(address, Counting::default());
        let error = client.call("GetItem", &json!({}), Deadline::after(time)).await.unwrap_err();
        assert!(begun.elapsed() < time + Duration::from_millis(300), "{:?}", begun.elapsed());
        assert!(matches!(error, Error::Exhausted { attempts, .. } if attempts > 0), "{error}");
    }
}

#[tokio::test]
async fn expired_credentials_are_asked_for_again() {
    let (address, requests) = server(vec![refused(400, "ExpiredTokenException"), answer(200, "{}")]).await;
    let credentials = Counting::default();
    let client = client(address, credentials.clone());
    let deadline = Deadline::after(Duration::from_secs(30));
    client.call("GetItem", &json!({}), deadline).await.unwrap();
    client.call("GetItem", &json!({}), deadline).await.unwrap();
    assert_eq!((requests.load(Ordering::Relaxed), credentials.0.load(Ordering::Relaxed)), (3, 2));
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let (address, requests) = server(vec![answer(200, "{}")]).await;
    let deadline = Deadline::after(Duration::from_secs(30));
    let error = client(address, NoCredentials).call("GetItem", &json!({}), deadline).await.unwrap_err();
    assert_eq!((error.class(), requests.load(Ordering::Relaxed)), (Class::Credentials, 0));
}
