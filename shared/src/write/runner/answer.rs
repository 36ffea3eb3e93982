//! What an answer says of the rows of its request.

use std::collections::HashMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::{
    definition::{Encoding, Kind},
    dynamodb::Error,
    mapping::value::{Conversion, encode},
    row::Cell,
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
        let key = |item: &Value| of_item(item.get("PutRequest")?.get("Item")?, table);
        let find = |key: u128| request.entries.iter().find(|entry| entry.key == key).copied();
        let found: Option<Vec<Entry>> = items.iter().map(|item| find(key(item)?)).collect();
        found.unwrap_or_else(|| request.entries.clone())
    }
}

/// Whether an item that stood in the way of a condition is the one that an earlier attempt wrote: it holds every
/// value of the request.
pub(super) fn is_ours(request: &Request, item: &Value) -> bool {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let member = |name: &str| body.get(name).and_then(Value::as_object);
    let holds = |name: &str, value: &Value| item.get(name).is_some_and(|held| normal(held) == normal(value));
    if let Some(put) = member("Item") {
        return put.iter().all(|(name, value)| holds(name, value));
    }
    let (Some(names), Some(values)) = (member("ExpressionAttributeNames"), member("ExpressionAttributeValues")) else {
        return false;
    };
    values.iter().all(|(place, value)| {
        let name = names.get(&place.replacen(':', "#", 1)).and_then(Value::as_str);
        name.is_some_and(|name| holds(name, value))
    })
}

/// A value in DynamoDB JSON as it compares: numbers in their one form, the members of sets in order.
fn normal(value: &Value) -> Value {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else { return value.clone() };
    let mut members: Vec<Value> = value.as_array().into_iter().flatten().cloned().collect();
    let value = match kind.as_str() {
        "N" => number(value),
        "L" => members.iter().map(normal).collect(),
        "M" => {
            let members = value.as_object().into_iter().flatten();
            Value::Object(members.map(|(name, value)| (name.clone(), normal(value))).collect())
        }
        "SS" | "NS" | "BS" => {
            if kind == "NS" {
                members = members.iter().map(number).collect();
            }
            members.sort_by_key(ToString::to_string);
            members.into()
        }
        _ => value.clone(),
    };
    Value::Object(Map::from_iter([(kind.clone(), value)]))
}

fn number(text: &Value) -> Value {
    let conversion = Conversion { kind: Kind::N, convert: None, split: None, encoding: Encoding::Base64 };
    let mut out = Vec::new();
    match encode(&conversion, Cell::Text(text.as_str().unwrap_or_default()), &mut out) {
        Ok(_) => String::from_utf8_lossy(&out).into_owned().into(),
        Err(_) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_is_nothing() {
        let answer = br#"{"UnprocessedItems":null,"ConsumedCapacity":null}"#;
        let answer = Answer::read("BatchWriteItem", &Bytes::from_static(answer)).unwrap();
        assert!(answer.unprocessed_items.is_none() && answer.units().is_none());
    }

    #[test]
    fn compares_values_not_texts() {
        let same = |left: Value, right: Value| normal(&left) == normal(&right);
        assert!(same(json!({"N": "1E2"}), json!({"N": "100"})));
        assert!(same(json!({"NS": ["1", "2.50"]}), json!({"NS": ["2.5", "1"]})));
        assert!(same(json!({"L": [{"N": "1.0"}]}), json!({"L": [{"N": "1"}]})));
        assert!(same(json!({"M": {"a": {"N": "1.0"}}}), json!({"M": {"a": {"N": "1"}}})));
        assert!(!same(json!({"L": [{"S": "a"}, {"S": "b"}]}), json!({"L": [{"S": "b"}, {"S": "a"}]})));
        assert!(!same(json!({"N": "1"}), json!({"S": "1"})));
        assert!(!same(json!({"S": "1.0"}), json!({"S": "1"})));
    }
}
