//! What the stand-in says.

use std::{collections::BTreeMap, time::Instant};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use super::{
    capacity::{Capacity, Plan},
    http::Request,
};
use crate::process::cpu_s;

/// The table whose units are counted; what is written elsewhere, such as the account of runs, is free.
const TABLE: &str = "bench";

const DESCRIPTION: &str = r#"{"Table":{"TableName":"bench","TableStatus":"ACTIVE","TableArn":"arn:aws:dynamodb:us-east-1:1:table/bench","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}}"#;

/// What the stand-in counted; `GET /` asks for it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Account {
    /// What it cost itself.
    pub(crate) cpu_s: f64,
    /// Requests to write, to any table.
    pub(crate) writes: u64,
    /// The most requests that waited for their answer at once.
    pub(crate) most_in_flight: usize,
    /// Items that were sent, where units are counted.
    pub(crate) items_sent: u64,
    /// Items that were taken.
    pub(crate) items_taken: u64,
    /// Units that were taken where the allowance binds, and units that were allowed there.
    pub(crate) units: (f64, f64),
    /// From the first write to the last.
    pub(crate) seconds: f64,
}

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow, rename = "RequestItems")]
    tables: BTreeMap<&'a str, Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, rename = "PutRequest")]
    put: Put<'a>,
}

#[derive(Deserialize)]
struct Put<'a> {
    #[serde(borrow, rename = "Item")]
    item: Key<'a>,
}

#[derive(Deserialize)]
struct Update<'a> {
    #[serde(rename = "TableName")]
    table: &'a str,
    #[serde(borrow, rename = "Key")]
    key: Key<'a>,
}

#[derive(Deserialize)]
struct Key<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
}

pub(super) struct Table {
    pub(super) account: Account,
    capacity: Option<Capacity>,
    begun: Option<Instant>,
    batch_taken: Bytes,
    item_taken: Bytes,
    description: Bytes,
    nothing: Bytes,
}

impl Table {
    pub(super) fn new(plan: Option<Plan>) -> Self {
        let batch_taken = json!({"UnprocessedItems": {}, "ConsumedCapacity": [consumed(25)]}).to_string();
        Self {
            account: Account::default(),
            capacity: plan.map(Capacity::new),
            begun: None,
            batch_taken: response(200, &batch_taken),
            item_taken: response(200, &json!({"ConsumedCapacity": consumed(1)}).to_string()),
            description: response(200, DESCRIPTION),
            nothing: response(200, "{}"),
        }
    }

    pub(super) fn answer(&mut self, request: &Request<'_>, now: Instant) -> Bytes {
        match request.operation {
            b"BatchWriteItem" => {
                self.account.writes += 1;
                if self.capacity.is_some() { self.batch(request.body, now) } else { self.batch_taken.clone() }
            }
            b"UpdateItem" | b"PutItem" => {
                self.account.writes += 1;
                if self.capacity.is_some() { self.update(request.body, now) } else { self.item_taken.clone() }
            }
            b"DescribeTable" => self.description.clone(),
            b"" => self.account(),
            _ => self.nothing.clone(),
        }
    }

    fn batch(&mut self, body: &[u8], now: Instant) -> Bytes {
        let batch: Batch<'_> = serde_json::from_slice(body).expect("a batch");
        let entries = &batch.tables[TABLE];
        let mut left = Vec::new();
        for text in entries {
            let entry: Entry<'_> = serde_json::from_str(text.get()).expect("an item to put");
            if !self.take(text, entry.put.item.id, now) {
                left.push(*text);
            }
        }
        if left.len() == entries.len() {
            return self.refusal();
        }
        let taken = entries.len() - left.len();
        let left = if left.is_empty() { json!({}) } else { json!({TABLE: left}) };
        response(200, &json!({"UnprocessedItems": left, "ConsumedCapacity": [consumed(taken)]}).to_string())
    }

    fn update(&mut self, body: &[u8], now: Instant) -> Bytes {
        match serde_json::from_slice::<Update<'_>>(body) {
            Ok(update) if update.table == TABLE => {
                let text: &RawValue = serde_json::from_slice(body).expect("a request");
                if self.take(text, update.key.id, now) { self.item_taken.clone() } else { self.refusal() }
            }
            _ => self.nothing.clone(),
        }
    }

    /// Takes an item, if there is a unit for it.
    fn take(&mut self, text: &RawValue, id: &RawValue, now: Instant) -> bool {
        assert!(text.get().len() < 1 << 10 || text.get().contains("UpdateExpression"), "an item takes one unit");
        let seconds = (now - *self.begun.get_or_insert(now)).as_secs_f64();
        self.account.items_sent += 1;
        let Some(capacity) = &mut self.capacity else { return true };
        let taken = capacity.take(capacity.partition(id.get()), seconds);
        self.account.items_taken += u64::from(taken);
        taken
    }

    fn refusal(&self) -> Bytes {
        let one = self.capacity.as_ref().is_some_and(Capacity::is_one_key_range);
        let reason =
            if one { "TableWriteKeyRangeThroughputExceeded" } else { "TableWriteProvisionedThroughputExceeded" };
        let body = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
            "message": "The level of configured provisioned throughput for the table was exceeded.",
            "ThrottlingReasons": [{"reason": reason, "resource": "arn:aws:dynamodb:us-east-1:1:table/bench"}],
        });
        response(400, &body.to_string())
    }

    fn account(&self) -> Bytes {
        let mut account = Account { cpu_s: cpu_s(), ..self.account.clone() };
        if let Some(capacity) = &self.capacity {
            account.units = capacity.used();
            account.seconds = capacity.seconds();
        }
        response(200, &serde_json::to_string(&account).expect("an account"))
    }
}

fn consumed(units: usize) -> serde_json::Value {
    #[expect(clippy::cast_precision_loss, reason = "at most 25")]
    let units = units as f64;
    json!({"TableName": TABLE, "CapacityUnits": units})
}

fn response(status: u16, body: &str) -> Bytes {
    let reason = if status == 200 { "OK" } else { "Bad Request" };
    let length = body.len();
    format!("HTTP/1.1 {status} {reason}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {length}\r\n\r\n{body}")
        .into()
}
