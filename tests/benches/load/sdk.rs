//! Another reference: the AWS SDK as its guide shows it, with typed values, 25 items a request and 32 requests in flight.

use std::{collections::HashMap, fs::File};

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::{AttributeValue, PutRequest, WriteRequest},
};
use tokio::{runtime::Builder, sync::mpsc, task::JoinSet};

use crate::extract::{COLUMNS, NUMBERS};

const IN_FLIGHT: usize = 32;

/// Loads a CSV extract on so many threads; answers with the rows.
pub(crate) fn load(url: &str, path: &str, threads: usize) -> u64 {
    let mut runtime = if threads == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    let runtime = runtime.worker_threads(threads).enable_all().build().expect("a runtime");
    let (out, batches) = mpsc::channel(64);
    let path = path.to_owned();
    let reader = std::thread::spawn(move || read(&path, &out));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "bench"))
        .endpoint_url(url)
        .build();
    runtime.block_on(send(&Client::from_conf(config), batches));
    reader.join().expect("a reader")
}

fn read(path: &str, out: &mpsc::Sender<Vec<WriteRequest>>) -> u64 {
    let mut reader = csv::Reader::from_reader(File::open(path).expect("an extract"));
    let (mut rows, mut batch) = (0, Vec::with_capacity(25));
    for record in reader.records() {
        let record = record.expect("a record");
        let item: HashMap<String, AttributeValue> = COLUMNS
            .iter()
            .zip(&record)
            .map(|(name, cell)| {
                let cell = cell.to_owned();
                let value = if NUMBERS.contains(name) { AttributeValue::N(cell) } else { AttributeValue::S(cell) };
                ((*name).to_owned(), value)
            })
            .collect();
        let put = PutRequest::builder().set_item(Some(item)).build().expect("a put");
        batch.push(WriteRequest::builder().put_request(put).build());
        rows += 1;
        if batch.len() == 25 {
            out.blocking_send(std::mem::replace(&mut batch, Vec::with_capacity(25))).expect("a sender");
        }
    }
    if !batch.is_empty() {
        out.blocking_send(batch).expect("a sender");
    }
    rows
}

async fn send(client: &Client, mut batches: mpsc::Receiver<Vec<WriteRequest>>) {
    let mut flying = JoinSet::new();
    while let Some(batch) = batches.recv().await {
        if flying.len() == IN_FLIGHT {
            flying.join_next().await.expect("a request").expect("an answer");
        }
        let request = client.batch_write_item().request_items("bench", batch);
        flying.spawn(async move {
            let answer = request.send().await.expect("an answer");
            assert!(answer.unprocessed_items.is_none_or(|items| items.is_empty()), "the stand-in refused");
        });
    }
    flying.join_all().await;
}
