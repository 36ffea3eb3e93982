//! Keys to requests that delete their items.

use std::sync::Arc;

use serde_json::Value;

use super::{
    condition,
    request::{ALL_OLD, BATCH_ENTRIES, CAPACITY, Entry, Operation, Request, length, nothing, quoted},
};
use crate::{image::value::item_bytes, mapping::key::Key, row::Batch, table::Table};

/// Makes requests that delete items of a table.
#[derive(Debug)]
pub struct Eraser {
    table: Table,
    /// The beginnings of a request for one item and of a batch.
    one: Vec<u8>,
    many: Vec<u8>,
    images: bool,
    body: Vec<u8>,
    entries: Vec<Entry>,
    rows: Arc<Batch>,
}

impl Eraser {
    /// An eraser for a table; with `images` each request asks for the item that it deletes.
    #[must_use]
    pub fn new(table: &Table, images: bool) -> Self {
        let name = quoted(&table.name);
        Self {
            table: table.clone(),
            one: [br#"{"TableName":"#, name.as_slice(), b","].concat(),
            many: [br#"{"RequestItems":{"#, name.as_slice(), b":["].concat(),
            images,
            body: Vec::new(),
            entries: Vec::new(),
            rows: nothing(),
        }
    }

    /// Adds a key and its hash; hands over each request that it completes.
    ///
    /// With an item as it was seen, in DynamoDB JSON, it is deleted only where each of its attributes still has its
    /// value (as many of them as a condition can hold). Such a delete, and one with images, goes alone; the others go in
    /// batches.
    pub fn push(&mut self, key: Key<'_>, hash: u128, seen: Option<&Value>, mut done: impl FnMut(Request)) {
        if self.images || seen.is_some() {
            return done(self.alone(key, hash, seen));
        }
        if self.entries.iter().any(|entry| entry.key == hash)
            && let Some(request) = self.take()
        {
            done(request);
        }
        if self.entries.is_empty() {
            self.body.extend_from_slice(&self.many);
        } else {
            self.body.push(b',');
        }
        let start = length(&self.body);
        self.body.extend_from_slice(br#"{"DeleteRequest":{"Key":{"#);
        key.append_members(&self.table, &mut self.body);
        self.body.extend_from_slice(b"}}}");
        self.entries.push(entry(start, &self.body, 0, hash));
        if self.entries.len() == BATCH_ENTRIES
            && let Some(request) = self.take()
        {
            done(request);
        }
    }

    /// The request of what was added since the last one, if anything was.
    pub fn take(&mut self) -> Option<Request> {
        if self.entries.is_empty() {
            return None;
        }
        let mut body = std::mem::take(&mut self.body);
        body.extend_from_slice(b"]},");
        body.extend_from_slice(CAPACITY);
        let entries = std::mem::take(&mut self.entries);
        Some(self.request(Operation::BatchWriteItem, body, entries))
    }

    fn alone(&self, key: Key<'_>, hash: u128, seen: Option<&Value>) -> Request {
        let mut body = self.one.clone();
        let start = length(&body);
        body.extend_from_slice(br#""Key":{"#);
        key.append_members(&self.table, &mut body);
        body.push(b'}');
        if seen.is_some() {
            condition::append(seen, &self.table, &mut body);
        }
        let entry = entry(start, &body, seen.map_or(0, item_bytes), hash);
        body.push(b',');
        if self.images {
            body.extend_from_slice(ALL_OLD);
        }
        body.extend_from_slice(CAPACITY);
        self.request(Operation::DeleteItem, body, vec![entry])
    }

    fn request(&self, operation: Operation, body: Vec<u8>, entries: Vec<Entry>) -> Request {
        Request { operation, body: body.into(), entries, rows: Arc::clone(&self.rows), images: self.images }
    }
}

/// An entry that ends with a body. Its size is none where it is not known: then it counts as the least.
fn entry(start: u32, body: &[u8], size_bytes: usize, key: u128) -> Entry {
    Entry { start, end: length(body), row: 0, size_bytes: u32::try_from(size_bytes).unwrap_or(u32::MAX), key }
}

#[cfg(test)]
mod tests;
