//! Conditions that an item is still as it was seen.

use serde_json::Value;

use super::request::{comma, quoted};
use crate::table::{ITEM_BYTES, Table};

/// The most attributes that a condition compares: an expression has at most 300 operators, and each attribute after the
/// first takes two. So many take less than the 4 KB that its text may have.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const COMPARED: usize = 150;

/// Appends the parameters of a condition: every attribute of an item as it was seen, beside its key, still has its value.
///
/// Of an item with more than fits, as many attributes as fit are compared, in their order. Of an item that is all key,
/// and where there was none, the condition is that it is so still.
pub(super) fn append(seen: Option<&Value>, table: &Table, out: &mut Vec<u8>) {
    let (mut text, mut names, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let is_key = |name: &str| table.keys().any(|key| key.attribute == name);
    let attributes = seen.and_then(Value::as_object).into_iter().flatten().filter(|(name, _)| !is_key(name));
    let mut place = 0;
    for (name, value) in attributes {
        let (name, value) = (quoted(name), value.to_string());
        if place == COMPARED {
            break;
        }
        if names.len() + values.len() + name.len() + value.len() > ITEM_BYTES {
            continue;
        }
        if place > 0 {
            text.extend_from_slice(b" AND ");
        }
        text.extend_from_slice(format!("#{place}=:{place}").as_bytes());
        comma(&mut names);
        names.extend_from_slice(format!("\"#{place}\":").as_bytes());
        names.extend_from_slice(&name);
        comma(&mut values);
        values.extend_from_slice(format!("\":{place}\":{value}").as_bytes());
        place += 1;
    }
    if place == 0 {
        text.extend_from_slice(if seen.is_some() { b"attribute_exists(#0)" } else { b"attribute_not_exists(#0)" });
        names.extend_from_slice(b"\"#0\":");
        names.extend_from_slice(&quoted(&table.partition_key.attribute));
    }
    out.extend_from_slice(br#","ConditionExpression":""#);
    out.extend_from_slice(&text);
    out.extend_from_slice(br#"","ExpressionAttributeNames":{"#);
    out.extend_from_slice(&names);
    out.push(b'}');
    if !values.is_empty() {
        out.extend_from_slice(br#","ExpressionAttributeValues":{"#);
        out.extend_from_slice(&values);
        out.push(b'}');
    }
}
