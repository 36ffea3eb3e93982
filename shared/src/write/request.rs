//! One request to DynamoDB and the rows that it stands for.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;

use crate::{
    reject::Reject,
    row::{Batch, Rows, text},
};

/// The most puts and deletes in one `BatchWriteItem`.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
pub(super) const BATCH_ENTRIES: usize = 25;

/// How each body ends.
pub(super) const CAPACITY: &[u8] = br#""ReturnConsumedCapacity":"TOTAL"}"#;

/// What asks for the item as it was, before [`CAPACITY`].
pub(super) const ALL_OLD: &[u8] = br#""ReturnValues":"ALL_OLD","#;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Puts or deletes up to 25 items.
    BatchWriteItem,
    /// Puts one item.
    PutItem,
    /// Sets attributes of one item.
    UpdateItem,
    /// Deletes one item.
    DeleteItem,
    /// Asks nothing of the table: items for a dry run to compare, a JSON text each.
    Compare,
}

impl Operation {
    /// The API's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchWriteItem => "BatchWriteItem",
            Self::PutItem => "PutItem",
            Self::UpdateItem => "UpdateItem",
            Self::DeleteItem => "DeleteItem",
            Self::Compare => "BatchGetItem",
        }
    }
}

/// A request and its rows.
#[derive(Debug, Clone)]
pub struct Request {
    /// What it asks for.
    pub operation: Operation,
    /// Its body.
    pub body: Bytes,
    /// Its rows, in the order of the extract.
    pub entries: Vec<Entry>,
    /// The batch that the rows are of; an empty one where there are none.
    pub rows: Arc<Batch>,
    /// Whether it asks for the item as it was.
    pub images: bool,
}

/// A batch of rows, ready to be written.
#[derive(Debug)]
pub struct Prepared {
    /// The rows.
    pub rows: Arc<Batch>,
    /// What writes them.
    pub requests: VecDeque<Request>,
    /// Those that are not written, and why.
    pub rejects: Vec<(u32, Reject)>,
    /// How many give way to another row of the same key.
    pub superseded: u64,
}

impl From<VecDeque<Request>> for Prepared {
    /// Requests of no rows: deletes.
    fn from(requests: VecDeque<Request>) -> Self {
        Self { rows: nothing(), requests, rejects: Vec::new(), superseded: 0 }
    }
}

/// One row's share of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where it begins in the body.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// The row, within its batch.
    pub row: u32,
    /// The item's size as DynamoDB counts it.
    pub size_bytes: u32,
    /// The hash of the item's key.
    pub key: u128,
}

impl Entry {
    /// The write units that it takes at least.
    #[must_use]
    pub fn write_units(&self) -> f64 {
        f64::from(self.size_bytes.div_ceil(1024).max(1))
    }
}

impl Request {
    /// The write units that it takes at least: each item's size in whole KB.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>
    #[must_use]
    pub fn write_units(&self) -> f64 {
        self.entries.iter().map(Entry::write_units).sum()
    }

    /// The text of one entry.
    #[must_use]
    pub fn text(&self, entry: &Entry) -> &[u8] {
        self.body.get(entry.start as usize..entry.end as usize).unwrap_or_default()
    }

    /// The same request with some of its entries, a batch only.
    #[must_use]
    pub fn with(&self, wanted: &[Entry]) -> Self {
        let first = self.entries.first().map_or(0, |entry| entry.start as usize);
        let last = self.entries.last().map_or(0, |entry| entry.end as usize);
        let mut body = self.body.get(..first).unwrap_or_default().to_vec();
        let mut entries = Vec::with_capacity(wanted.len());
        for entry in wanted {
            if !entries.is_empty() {
                body.push(b',');
            }
            let start = length(&body);
            body.extend_from_slice(self.text(entry));
            entries.push(Entry { start, end: length(&body), ..*entry });
        }
        body.extend_from_slice(self.body.get(last..).unwrap_or_default());
        Self { body: body.into(), entries, rows: Arc::clone(&self.rows), ..*self }
    }

    /// The same request, asking for the item that stood in the way of its condition.
    #[must_use]
    pub fn with_witness(&self) -> Self {
        let mut body = self.body.to_vec();
        body.pop();
        body.extend_from_slice(br#","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#);
        Self { body: body.into(), ..self.clone() }
    }
}

/// The length of a body; bodies stay far below 4 GiB, as DynamoDB takes 16 MB.
pub(super) fn length(body: &[u8]) -> u32 {
    u32::try_from(body.len()).unwrap_or(u32::MAX)
}

/// A batch without rows.
pub(super) fn nothing() -> Arc<Batch> {
    Arc::new(Batch { header: Arc::default(), rows: Rows::Text(text::Rows::default()) })
}

/// A name as a JSON string.
pub(super) fn quoted(name: &str) -> Vec<u8> {
    serde_json::Value::from(name).to_string().into_bytes()
}

pub(super) fn comma(buffer: &mut Vec<u8>) {
    if !buffer.is_empty() {
        buffer.push(b',');
    }
}
