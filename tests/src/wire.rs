//! DynamoDB on 127.0.0.1 behind a network that goes wrong: real TCP, and each byte of an answer as it is said here.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use bytes::{Bytes, BytesMut};
use rowferry::{
    dynamodb::{Answer, Http, Target},
    time::Clock,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

use crate::{
    embedded::Embedded,
    fault::{Script, in_part},
};

/// Every reason for throttling that DynamoDB tells.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html>
pub const REASONS: [&str; 16] = [
    "TableReadProvisionedThroughputExceeded",
    "TableWriteProvisionedThroughputExceeded",
    "IndexReadProvisionedThroughputExceeded",
    "IndexWriteProvisionedThroughputExceeded",
    "TableReadKeyRangeThroughputExceeded",
    "TableWriteKeyRangeThroughputExceeded",
    "IndexReadKeyRangeThroughputExceeded",
    "IndexWriteKeyRangeThroughputExceeded",
    "TableReadMaxOnDemandThroughputExceeded",
    "TableWriteMaxOnDemandThroughputExceeded",
    "IndexReadMaxOnDemandThroughputExceeded",
    "IndexWriteMaxOnDemandThroughputExceeded",
    "TableReadAccountLimitExceeded",
    "TableWriteAccountLimitExceeded",
    "IndexReadAccountLimitExceeded",
    "IndexWriteAccountLimitExceeded",
];

/// What a load balancer sends where nothing behind it answers.
pub const PAGE: &str = "<html><body><b>Http/1.1 Service Unavailable</b></body> </html>";

/// One thing that goes wrong with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is answered with this status and body, nothing done.
    Answered(u16, String),
    /// It is answered so after it was done.
    AnsweredAfter(u16, String),
    /// A batch is done but for its last items, so many of them.
    Unprocessed(usize),
    /// The connection is reset before the request took effect.
    ResetBefore,
    /// The connection is reset after the request took effect.
    ResetAfter,
    /// The connection is reset in the middle of the answer.
    ResetWithin,
    /// The connection is closed in the middle of the answer, before as many bytes came as its head says.
    Short,
    /// The answer's body is half of it, and its head says so.
    Half,
    /// The request takes effect after so many milliseconds.
    Slow(u64),
    /// The request takes effect at once, its answer comes after so many milliseconds.
    SlowAfter(u64),
    /// Half of the answer comes at once, the rest after so many milliseconds.
    Halting(u64),
    /// The request takes effect, and no answer ever comes.
    Silent,
    /// The answer is good, and then the connection is closed without a word.
    Closing,
    /// These bytes come, and then the connection is closed.
    Bytes(Vec<u8>),
}

/// A server; it ends with the value.
pub struct Wire {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    inner: Embedded,
    script: Mutex<Box<Script<Fault>>>,
    requests: Mutex<Vec<(String, Bytes)>>,
    connections: AtomicUsize,
    /// So many of the next connections are reset before anything of them is read.
    unread: AtomicUsize,
}

impl Wire {
    /// Serves a DynamoDB whose requests go wrong as a script says.
    ///
    /// # Panics
    ///
    /// When there is no port for it.
    pub async fn start(inner: Embedded, script: impl FnMut(&str, &Bytes) -> Fault + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            inner,
            script: Mutex::new(Box::new(script)),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            unread: AtomicUsize::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, accepting }
    }

    /// Lets requests go wrong as another script says, from now on.
    pub fn faults(&self, script: impl FnMut(&str, &Bytes) -> Fault + Send + 'static) {
        *self.shared.script.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(script);
    }

    /// Resets so many of the next connections before anything of them is read.
    pub fn reset_unread(&self, connections: usize) {
        self.shared.unread.store(connections, Ordering::Relaxed);
    }

    /// The requests that were read: operation and body.
    #[must_use]
    pub fn requests(&self) -> Vec<(String, Bytes)> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The transport of the functions themselves to this server.
    #[must_use]
    pub fn http(&self) -> Http {
        http(&self.url())
    }
}

/// The transport of the functions themselves to a URL.
///
/// # Panics
///
/// When the URL is none.
#[must_use]
pub fn http(url: &str) -> Http {
    let credentials = Credentials::new("AKTEST", "test", None, None, "test");
    let credentials = SharedCredentialsProvider::new(credentials);
    let target = Target { region: "us-east-1".to_owned(), endpoint_url: Some(url.to_owned()), credentials };
    Http::new(target, Clock::system()).expect("a transport")
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A refusal as DynamoDB words it.
#[must_use]
pub fn refusal(name: &str) -> String {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": "a fault"}).to_string()
}

/// Throttling as DynamoDB words it, by one of three exceptions: one of them spells its member in its own way.
#[must_use]
pub fn throttling(exception: &str, reason: &str) -> String {
    let index = if reason.starts_with("Index") { "/index/by_a" } else { "" };
    let resource = format!("arn:aws:dynamodb:us-east-1:111122223333:table/items{index}");
    let member = if exception == "ThrottlingException" { "throttlingReasons" } else { "ThrottlingReasons" };
    let kind = format!("com.amazonaws.dynamodb.v20120810#{exception}");
    let message = "Throughput exceeds the current capacity of your table or index";
    json!({"__type": kind, "message": message, member: [{"reason": reason, "resource": resource}]}).to_string()
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::Relaxed);
        let unread = shared.unread.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if unread.is_ok() {
            _ = reset(&stream);
            continue;
        }
        let shared = Arc::clone(&shared);
        // A connection that ends in an error was given up by its client.
        tokio::spawn(async move { _ = serve(stream, &shared).await });
    }
}

/// Lets the connection be reset when it is dropped.
fn reset(stream: &TcpStream) -> io::Result<()> {
    stream.set_zero_linger()
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut read = BytesMut::new();
    while let Some((operation, body)) = next(&mut stream, &mut read).await? {
        shared.requests.lock().unwrap_or_else(PoisonError::into_inner).push((operation.clone(), body.clone()));
        let fault = (shared.script.lock().unwrap_or_else(PoisonError::into_inner))(&operation, &body);
        let done = || shared.inner.answer(&operation, &body);
        match fault {
            Fault::None => stream.write_all(&whole(&done())).await?,
            Fault::Answered(status, body) => stream.write_all(&written(status, &body)).await?,
            Fault::AnsweredAfter(status, body) => {
                _ = done();
                stream.write_all(&written(status, &body)).await?;
            }
            Fault::Unprocessed(count) => {
                let answer = in_part(&shared.inner, &operation, &body, count);
                let throttled = || throttling("ProvisionedThroughputExceededException", REASONS[1]);
                stream.write_all(&answer.map_or_else(|| written(400, &throttled()), |answer| whole(&answer))).await?;
            }
            Fault::ResetBefore => return reset(&stream),
            Fault::ResetAfter => {
                _ = done();
                return reset(&stream);
            }
            Fault::ResetWithin => {
                let answer = whole(&done());
                stream.write_all(&answer[..answer.len() - 1]).await?;
                return reset(&stream);
            }
            Fault::Short => {
                let answer = whole(&done());
                return stream.write_all(&answer[..answer.len() - 1]).await;
            }
            Fault::Half => {
                let answer = done();
                let half = String::from_utf8_lossy(&answer.body[..answer.body.len() / 2]).into_owned();
                stream.write_all(&written(answer.status, &half)).await?;
            }
            Fault::Slow(milliseconds) => {
                sleep(Duration::from_millis(milliseconds)).await;
                stream.write_all(&whole(&done())).await?;
            }
            Fault::SlowAfter(milliseconds) => {
                let answer = done();
                sleep(Duration::from_millis(milliseconds)).await;
                stream.write_all(&whole(&answer)).await?;
            }
            Fault::Halting(milliseconds) => {
                let answer = whole(&done());
                let (first, rest) = answer.split_at(answer.len() - 1);
                stream.write_all(first).await?;
                sleep(Duration::from_millis(milliseconds)).await;
                stream.write_all(rest).await?;
            }
            Fault::Silent => {
                _ = done();
                // Until the client has given it up.
                while stream.read_buf(&mut read).await? > 0 {}
            }
            Fault::Closing => return stream.write_all(&whole(&done())).await,
            Fault::Bytes(bytes) => return stream.write_all(&bytes).await,
        }
    }
    Ok(())
}

/// The next request: its operation and its body. None where the client closed the connection.
async fn next(stream: &mut TcpStream, read: &mut BytesMut) -> io::Result<Option<(String, Bytes)>> {
    const END: &[u8] = b"\r\n\r\n";
    let head = loop {
        if let Some(at) = read.windows(END.len()).position(|window| window == END) {
            break read.split_to(at + END.len());
        }
        if stream.read_buf(read).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&head);
    let header = |wanted: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let length: usize = header("content-length").and_then(|text| text.parse().ok()).expect("a body's length");
    let operation = header("x-amz-target").and_then(|target| target.split('.').nth(1)).expect("an operation");
    while read.len() < length {
        if stream.read_buf(read).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some((operation.to_owned(), read.split_to(length).freeze())))
}

fn whole(answer: &Answer) -> Vec<u8> {
    written(answer.status, &String::from_utf8_lossy(&answer.body))
}

/// An answer as its bytes.
fn written(status: u16, body: &str) -> Vec<u8> {
    let kind = if body.starts_with('<') { "text/html" } else { "application/x-amz-json-1.0" };
    let length = body.len();
    format!("HTTP/1.1 {status} -\r\nserver: Server\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: keep-alive\r\n\r\n{body}").into()
}
