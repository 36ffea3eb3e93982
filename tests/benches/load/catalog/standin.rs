//! A DynamoDB that is a fake: one table, whose items are made as they are asked for and kept while they are few.
//!
//! A thread for each connection; what it costs is not counted, it is another process.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use serde::Deserialize;
use serde_json::{Value, json};

use super::items::{self, Kind};
use crate::standin::http;

/// Tables of so many items are kept as answers.
const KEPT: u64 = 400_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Scan {
    #[serde(default)]
    segment: u64,
    total_segments: Option<u64>,
    exclusive_start_key: Option<Value>,
}

/// Answers by segment and first item.
type Answers = HashMap<(u64, u64), Arc<Vec<u8>>>;

struct Server {
    kind: Kind,
    items: u64,
    answers: Mutex<Answers>,
}

/// Serves a table of so many items on a free port of this machine, whose URL is printed.
pub(crate) fn serve(kind: Kind, items: u64) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    let server = Arc::new(Server { kind, items, answers: Mutex::default() });
    for stream in listener.incoming() {
        let (server, stream) = (Arc::clone(&server), stream.expect("a connection"));
        std::thread::spawn(move || server.speak(stream));
    }
}

impl Server {
    fn speak(&self, mut stream: TcpStream) {
        stream.set_nodelay(true).expect("no delay");
        let (mut begun, mut bytes) = (Vec::new(), vec![0; 64 << 10]);
        loop {
            match stream.read(&mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(read) => begun.extend_from_slice(&bytes[..read]),
            }
            let Some(request) = http::read(&begun) else { continue };
            let answer = self.answer(request.operation, request.body);
            begun.clear();
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    }

    fn answer(&self, operation: &[u8], body: &[u8]) -> Arc<Vec<u8>> {
        match operation {
            b"Scan" => self.scan(&serde_json::from_slice(body).expect("a scan")),
            b"DescribeTable" => response(&self.description().to_string()),
            b"ListTables" => response(r#"{"TableNames":["bench"]}"#),
            _ => response("{}"),
        }
    }

    fn scan(&self, scan: &Scan) -> Arc<Vec<u8>> {
        let segments = scan.total_segments.unwrap_or(1);
        let from = match &scan.exclusive_start_key {
            Some(key) => key["id"]["S"].as_str().and_then(|number| number.parse().ok()).expect("a key of ours"),
            None => self.items * scan.segment / segments,
        };
        let end = self.items * (scan.segment + 1) / segments;
        let kept = self.answers.lock().expect("answers").get(&(from, end)).cloned();
        kept.unwrap_or_else(|| {
            let answer = response(&items::page(self.kind, from, end));
            if self.items <= KEPT {
                self.answers.lock().expect("answers").insert((from, end), Arc::clone(&answer));
            }
            answer
        })
    }

    fn description(&self) -> Value {
        json!({"Table": {
            "TableName": "bench", "TableStatus": "ACTIVE", "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/bench",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "ItemCount": self.items, "TableSizeBytes": self.items * 300, "CreationDateTime": 1_767_225_600,
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        }})
    }
}

/// An answer with the checksum that DynamoDB sends.
fn response(body: &str) -> Arc<Vec<u8>> {
    let mut checksum = flate2::Crc::new();
    checksum.update(body.as_bytes());
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\nx-amz-crc32: {}\r\ncontent-length: {}\r\n\r\n",
        checksum.sum(),
        body.len()
    );
    Arc::new([head.as_bytes(), body.as_bytes()].concat())
}
