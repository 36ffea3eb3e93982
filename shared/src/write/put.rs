//! One whole item to the request that puts it.

use serde_json::Value;

use super::{
    condition,
    request::{CAPACITY, Entry, Operation, Request, length, nothing, quoted},
};
use crate::{image::value::item_bytes, table::Table};

/// The request that puts an item, in DynamoDB JSON, where what is there is still as it was seen: an item, or none.
pub(crate) fn put(table: &Table, item: &Value, key: u128, seen: Option<&Value>) -> Request {
    let mut body = [br#"{"TableName":"#, quoted(&table.name).as_slice(), br#","Item":"#].concat();
    let start = length(&body);
    body.extend_from_slice(item.to_string().as_bytes());
    condition::append(seen, table, &mut body);
    let end = length(&body);
    body.push(b',');
    body.extend_from_slice(CAPACITY);
    let size_bytes = item_bytes(item).max(seen.map_or(0, item_bytes));
    let size_bytes = u32::try_from(size_bytes).unwrap_or(u32::MAX);
    let entries = vec![Entry { start, end, row: 0, size_bytes, key }];
    Request { operation: Operation::PutItem, body: body.into(), entries, rows: nothing(), images: false }
}
