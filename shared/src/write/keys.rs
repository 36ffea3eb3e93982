//! The key of an item in an answer, so that it finds its row again.

use serde_json::Value;

use crate::{
    definition::{Encoding, Kind},
    mapping::{
        key::append_raw,
        key_hash,
        value::{Conversion, encode},
    },
    row::Cell,
    table::Table,
};

/// The hash of the key of an item in DynamoDB JSON; the same as [`Item::key`](crate::mapping::Item::key) of its row.
#[must_use]
pub fn of_item(item: &Value, table: &Table) -> Option<u128> {
    let mut keys = table.keys().map(|key| canonical(item.get(&key.attribute)?, key.kind));
    let partition = keys.next()??;
    let sort = keys.next().unwrap_or_else(|| Some(Vec::new()))?;
    Some(key_hash(&partition, &sort))
}

fn canonical(value: &Value, kind: Kind) -> Option<Vec<u8>> {
    let conversion = Conversion { kind, convert: None, split: None, encoding: Encoding::Base64 };
    let mut out = Vec::new();
    encode(&conversion, Cell::Text(value.get(kind.name())?.as_str()?), &mut out).ok()?;
    Some(out)
}

/// The values of the key of an item in DynamoDB JSON, raw as [`Key`](crate::mapping::key::Key) holds them.
pub(crate) fn raw(item: &Value, table: &Table) -> Option<[Vec<u8>; 2]> {
    let mut values = [Vec::new(), Vec::new()];
    for (key, raw) in table.keys().zip(&mut values) {
        append_raw(&canonical(item.get(&key.attribute)?, key.kind)?, raw);
    }
    Some(values)
}
