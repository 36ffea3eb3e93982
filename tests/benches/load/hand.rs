//! The reference: a loader written by hand for one table and one extract. It checks nothing, retries nothing and reports
//! nothing; what it does cost is what the work costs at least.

use std::{collections::VecDeque, fs::File, io::Read, sync::Arc, time::SystemTime};

use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;
use futures::{StreamExt, stream::FuturesUnordered};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::sync::mpsc;

use crate::extract::{COLUMNS, NUMBERS};

/// Loads an extract with so many requests in flight and items a request; answers with the rows.
pub(crate) fn load(url: &str, path: &str, in_flight: usize, at_once: usize) -> u64 {
    let (out, bodies) = mpsc::channel(64);
    let path = path.to_owned();
    let reader = std::thread::spawn(move || {
        if path.ends_with(".parquet") { from_parquet(&path, at_once, &out) } else { from_csv(&path, at_once, &out) }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let operation = if at_once == 1 { "UpdateItem" } else { "BatchWriteItem" };
    runtime.block_on(send(url, operation, in_flight, bodies));
    reader.join().expect("a reader")
}

fn string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=31)) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(format!("\\u{:04x}", rest[at]).as_bytes());
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Gathers items into bodies.
struct Bodies<'a> {
    out: &'a mpsc::Sender<Bytes>,
    at_once: usize,
    body: Vec<u8>,
    held: usize,
    rows: u64,
}

impl<'a> Bodies<'a> {
    fn new(out: &'a mpsc::Sender<Bytes>, at_once: usize) -> Self {
        Self { out, at_once, body: Vec::new(), held: 0, rows: 0 }
    }

    fn item(&mut self, mut value: impl FnMut(usize, &mut Vec<u8>)) {
        self.rows += 1;
        if self.at_once == 1 {
            return self.update(value);
        }
        self.body.extend_from_slice(if self.held == 0 { br#"{"RequestItems":{"bench":["# } else { b"," });
        self.body.extend_from_slice(br#"{"PutRequest":{"Item":{"#);
        for (number, name) in COLUMNS.iter().enumerate() {
            self.body.extend_from_slice(if number == 0 { b"\"" } else { b",\"" });
            self.body.extend_from_slice(name.as_bytes());
            self.body.extend_from_slice(b"\":");
            value(number, &mut self.body);
        }
        self.body.extend_from_slice(b"}}}");
        self.held += 1;
        if self.held == self.at_once {
            self.flush();
        }
    }

    fn update(&mut self, mut value: impl FnMut(usize, &mut Vec<u8>)) {
        let body = &mut self.body;
        body.extend_from_slice(br#"{"TableName":"bench","Key":{"id":"#);
        value(0, body);
        body.extend_from_slice(br#"},"UpdateExpression":"SET #1=:1,#2=:2,#3=:3,#4=:4,#5=:5,#6=:6,#7=:7,#8=:8,#9=:9","ExpressionAttributeNames":{"#);
        for (number, name) in COLUMNS.iter().enumerate().skip(1) {
            body.extend_from_slice(if number == 1 { b"\"#" } else { b",\"#" });
            body.push(b'0' + u8::try_from(number).expect("a digit"));
            body.extend_from_slice(b"\":\"");
            body.extend_from_slice(name.as_bytes());
            body.push(b'"');
        }
        body.extend_from_slice(br#"},"ExpressionAttributeValues":{"#);
        for number in 1..COLUMNS.len() {
            body.extend_from_slice(if number == 1 { b"\":" } else { b",\":" });
            body.push(b'0' + u8::try_from(number).expect("a digit"));
            body.extend_from_slice(b"\":");
            value(number, body);
        }
        body.extend_from_slice(br#"},"ReturnConsumedCapacity":"TOTAL"}"#);
        self.send();
    }

    fn flush(&mut self) {
        if self.held > 0 {
            self.body.extend_from_slice(br#"]},"ReturnConsumedCapacity":"TOTAL"}"#);
            self.send();
        }
    }

    fn send(&mut self) {
        let room = self.body.len() + 256;
        let body = std::mem::replace(&mut self.body, Vec::with_capacity(room));
        self.held = 0;
        self.out.blocking_send(body.into()).expect("a sender");
    }
}

fn from_csv(path: &str, at_once: usize, out: &mpsc::Sender<Bytes>) -> u64 {
    let file: Box<dyn Read> = Box::new(File::open(path).expect("an extract"));
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(256 << 10).from_reader(file);
    let numbers: Vec<bool> = COLUMNS.iter().map(|name| NUMBERS.contains(name)).collect();
    let mut record = csv::ByteRecord::new();
    let mut bodies = Bodies::new(out, at_once);
    while reader.read_byte_record(&mut record).expect("a record") {
        bodies.item(|column, body| {
            let cell = &record[column];
            if numbers[column] {
                body.extend_from_slice(b"{\"N\":\"");
                body.extend_from_slice(cell);
                body.extend_from_slice(b"\"}");
            } else {
                body.extend_from_slice(b"{\"S\":");
                string(body, cell);
                body.push(b'}');
            }
        });
    }
    bodies.flush();
    bodies.rows
}

fn from_parquet(path: &str, at_once: usize, out: &mpsc::Sender<Bytes>) -> u64 {
    use arrow_array::{Array, BooleanArray, Float64Array, Int64Array, StringArray};
    let file = File::open(path).expect("an extract");
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).expect("a footer");
    let mut bodies = Bodies::new(out, at_once);
    for batch in reader.with_batch_size(1024).build().expect("a reader") {
        let batch = batch.expect("a batch");
        let text: Vec<Option<&StringArray>> =
            batch.columns().iter().map(|column| column.as_any().downcast_ref()).collect();
        let float: Vec<Option<&Float64Array>> =
            batch.columns().iter().map(|column| column.as_any().downcast_ref()).collect();
        let integer: Vec<Option<&Int64Array>> =
            batch.columns().iter().map(|column| column.as_any().downcast_ref()).collect();
        let boolean: Vec<Option<&BooleanArray>> =
            batch.columns().iter().map(|column| column.as_any().downcast_ref()).collect();
        for row in 0..batch.num_rows() {
            bodies.item(|column, body| {
                use std::io::Write;
                if let Some(text) = text[column] {
                    body.extend_from_slice(b"{\"S\":");
                    string(body, text.value(row).as_bytes());
                    body.push(b'}');
                } else if let Some(integer) = integer[column] {
                    write!(body, "{{\"N\":\"{}\"}}", integer.value(row)).expect("memory");
                } else if let Some(float) = float[column] {
                    write!(body, "{{\"N\":\"{}\"}}", float.value(row)).expect("memory");
                } else if let Some(boolean) = boolean[column] {
                    write!(body, "{{\"BOOL\":{}}}", boolean.value(row)).expect("memory");
                }
            });
        }
    }
    bodies.flush();
    bodies.rows
}

async fn send(url: &str, operation: &'static str, in_flight: usize, mut bodies: mpsc::Receiver<Bytes>) {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let identity = aws_credential_types::Credentials::new("AKIDEXAMPLE", "secret", None, None, "bench").into();
    let (client, identity) = (Arc::new(client), Arc::new(identity));
    let host = url.trim_start_matches("http://").to_owned();
    let mut flying = FuturesUnordered::new();
    let mut waiting = VecDeque::new();
    loop {
        tokio::select! {
            biased;
            Some(()) = flying.next(), if !flying.is_empty() => {}
            next = bodies.recv(), if flying.len() < in_flight => match next {
                Some(body) => waiting.push_back(body),
                None if flying.is_empty() => return,
                None => { while flying.next().await.is_some() {} return; }
            },
        }
        while let Some(body) = waiting.pop_front() {
            let request = signed(url, &host, operation, &identity, body);
            let client = Arc::clone(&client);
            flying.push(async move {
                let response = client.request(request).await.expect("an answer");
                assert!(response.status().is_success(), "the stand-in refused");
                let body = response.into_body().collect().await.expect("a body").to_bytes();
                assert!(!body.is_empty(), "an answer has a body");
            });
        }
    }
}

pub(crate) fn signed(
    url: &str,
    host: &str,
    operation: &str,
    identity: &aws_smithy_runtime_api::client::identity::Identity,
    body: Bytes,
) -> http::Request<Full<Bytes>> {
    let target = format!("DynamoDB_20120810.{operation}");
    let headers = [("content-type", "application/x-amz-json-1.0"), ("host", host), ("x-amz-target", &target)];
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region("us-east-1")
        .name("dynamodb")
        .time(now())
        .settings(SigningSettings::default())
        .build()
        .expect("signing parameters")
        .into();
    let signable =
        SignableRequest::new("POST", url, headers.into_iter(), SignableBody::Bytes(&body)).expect("a request");
    let (signature, _) = sign(signable, &params).expect("a signature").into_parts();
    let mut request = http::Request::post(url);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut request = request.body(Full::new(body)).expect("a request");
    signature.apply_to_request_http1x(&mut request);
    request
}

#[expect(clippy::disallowed_methods, reason = "the reference has no clock to be given")]
fn now() -> SystemTime {
    SystemTime::now()
}
