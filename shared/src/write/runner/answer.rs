//! What an answer says of the rows of its request.

use std::collections::HashMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    dynamodb::Error,
    table::Table,
    write::{
        keys::of_item,
        request::{Entry, Request},
    },
};

/// The answer to a write that was taken. Most say little, and what they do not say costs nothing.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Answer {
    /// Of one table, or a list of one of each.
    consumed_capacity: Option<Box<RawValue>>,
    unprocessed_items: Option<HashMap<String, Value>>,
    /// The item as it was, where it was asked for and was there.
    pub(super) attributes: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Consumed {
    #[serde(default)]
    capacity_units: f64,
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] where it is cut off: then nobody knows what was left undone.
    pub(super) fn read(operation: &str, body: &Bytes) -> Result<Self, Error> {
        serde_json::from_slice(body).map_err(|source| Error::Unreadable { operation: operation.to_owned(), source })
    }

    /// The capacity units that it tells of, where it tells.
    pub(super) fn units(&self) -> Option<f64> {
        let text = self.consumed_capacity.as_ref()?.get();
        let tables = if text.starts_with('[') {
            serde_json::from_str(text)
        } else {
            serde_json::from_str(text).map(|table| vec![table])
        };
        tables.ok().map(|tables| tables.iter().map(|table: &Consumed| table.capacity_units).sum())
    }

    /// The entries that it gives back. An item in it that is none of ours gives back all of them: writing again does no
    /// harm, losing a row does.
    pub(super) fn unprocessed(&self, request: &Request, table: &Table) -> Vec<Entry> {
        let items = self.unprocessed_items.as_ref().and_then(|tables| tables.values().next()?.as_array());
        let Some(items) = items else { return Vec::new() };
        let put = |entry: &Value| of_item(entry.get("PutRequest")?.get("Item")?, table);
        let delete = |entry: &Value| of_item(entry.get("DeleteRequest")?.get("Key")?, table);
        let find = |key: u128| request.entries.iter().find(|entry| entry.key == key).copied();
        let found: Option<Vec<Entry>> = items.iter().map(|entry| find(put(entry).or_else(|| delete(entry))?)).collect();
        found.unwrap_or_else(|| request.entries.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_nothing() {
        let answer = br#"{"UnprocessedItems":null,"ConsumedCapacity":null,"Attributes":null}"#;
        let answer = Answer::read("BatchWriteItem", &Bytes::from_static(answer)).unwrap();
        assert!(answer.unprocessed_items.is_none() && answer.units().is_none() && answer.attributes.is_none());
    }
}
