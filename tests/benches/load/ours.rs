//! Rowferry as Lambda runs it, over a bucket that is a file on disk.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    ops::Range,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture};
use rowferry::{
    bucket::{Body, Bucket, Condition, Error, Listed, Object, Pin, Upload, memory::Memory},
    connection::Connection,
    dynamodb::{Client, Http, Target},
    job::{Connect, Edges, Job, Load},
    ledger::Ledger,
    time::{Clock, Deadline},
};
use serde_json::{Value, json};

use crate::extract::{COLUMNS, NUMBERS};

/// Loads an extract; answers with the rows that were written.
pub(crate) fn load(url: &str, path: &str, write: &str) -> u64 {
    let parquet = path.ends_with(".parquet");
    let fields = fields(parquet);
    let definition =
        json!({"destination": {"table": "bench"}, "write": write, "duplicates": "last", "fields": fields}).to_string();
    let disk = Disk { path: path.into(), rest: Memory::new("data") };
    disk.rest.insert("syncs/bench.yaml", definition);
    let name = if parquet { "extracts/bench/a.parquet" } else { "extracts/bench/a.csv" };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let load = Load { edges: edges(url, Arc::new(disk)) };
        let payload = json!({"sync": "bench", "object": name});
        let report = load.handle(&payload, Deadline::after(Duration::from_mins(15))).await.expect("a report");
        report["rows"]["written"].as_u64().expect("a count")
    })
}

/// The fields of the extract's columns.
pub(crate) fn fields(parquet: bool) -> Vec<Value> {
    let field = |name: &&str| {
        // Parquet's own types tell numbers; the amount is text there, as in many a warehouse.
        let number = if parquet { *name == "amount" } else { NUMBERS.contains(name) };
        if number {
            json!({"attribute": name, "column": name, "type": "N"})
        } else {
            json!({"attribute": name, "column": name})
        }
    };
    COLUMNS.iter().map(field).collect()
}

/// What a job reaches: a bucket, and DynamoDB at an address.
pub(crate) fn edges(url: &str, bucket: Arc<dyn Bucket>) -> Edges {
    let (client, clock) = (client(url), Clock::system());
    Edges {
        bucket,
        bucket_name: "data".to_owned(),
        connect: Arc::new(Direct(client.clone())),
        ledger: Ledger::new(client, "runs".to_owned(), clock.clone()),
        clock,
        function: "bench".to_owned(),
        row_group_bytes: 256 << 20,
        print: |_| {},
    }
}

/// DynamoDB at an address.
pub(crate) fn client(url: &str) -> Client {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "bench");
    let target = Target {
        region: "us-east-1".to_owned(),
        endpoint_url: Some(url.to_owned()),
        credentials: SharedCredentialsProvider::new(credentials),
    };
    Client::new(Http::new(target, Clock::system()).expect("a transport"))
}

pub(crate) struct Direct(pub(crate) Client);

impl Connect for Direct {
    fn client<'a>(&'a self, _: Option<&'a Connection>) -> BoxFuture<'a, Result<Client, rowferry::error::Error>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

/// A bucket whose extract is a file; everything else is in memory.
struct Disk {
    path: PathBuf,
    rest: Memory,
}

impl Disk {
    fn object(&self, key: &str) -> Object {
        let size_bytes = std::fs::metadata(&self.path).expect("a file").len();
        Object { key: key.to_owned(), version_id: None, etag: "bench".to_owned(), size_bytes }
    }
}

impl Bucket for Disk {
    fn name(&self) -> &str {
        self.rest.name()
    }

    fn head<'a>(&'a self, key: &'a str, _: Option<&'a str>) -> BoxFuture<'a, Result<Object, Error>> {
        async move { Ok(self.object(key)) }.boxed()
    }

    fn read<'a>(&'a self, key: &'a str, limit_bytes: u64) -> BoxFuture<'a, Result<(Object, Bytes), Error>> {
        self.rest.read(key, limit_bytes)
    }

    fn get<'a>(&'a self, pin: &'a Pin, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Body, Error>> {
        async move {
            let range = range.unwrap_or(0..pin.size_bytes);
            let mut file = File::open(&self.path).expect("a file");
            file.seek(SeekFrom::Start(range.start)).expect("a place in the file");
            let pieces = futures::stream::unfold((file, range.end - range.start), |(mut file, left)| async move {
                let mut piece = vec![0; usize::try_from(left.min(64 << 10)).expect("a length")];
                file.read_exact(&mut piece).expect("bytes of the file");
                let left = left - piece.len() as u64;
                (!piece.is_empty()).then(|| (Ok(Bytes::from(piece)), (file, left)))
            });
            Ok(Body { object: pin.clone(), stream: pieces.boxed() })
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<Listed>, Error>> {
        self.rest.list(prefix)
    }

    fn put<'a>(&'a self, key: &'a str, body: Bytes, condition: Condition<'a>) -> BoxFuture<'a, Result<Object, Error>> {
        self.rest.put(key, body, condition)
    }

    fn upload<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Box<dyn Upload>, Error>> {
        self.rest.upload(key)
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.rest.delete(key)
    }
}
