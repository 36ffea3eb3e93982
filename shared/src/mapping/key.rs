//! Keys without their JSON: a string's UTF-8 bytes, a number's canonical text, the bytes of binary.
//!
//! So a snapshot keeps them, in a third of the bytes, and so they are written back into requests.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::value::{Conversion, encode};
use crate::{
    definition::{Encoding, Kind},
    row::Cell,
    table::Table,
};

/// The key of an item: its values, raw; the sort key is empty where the table has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    /// The partition key's value.
    pub partition: &'a [u8],
    /// The sort key's value.
    pub sort: &'a [u8],
}

/// Appends the raw bytes of a key's value in canonical DynamoDB JSON (`{"S":"a"}`).
pub fn append_raw(value: &[u8], out: &mut Vec<u8>) {
    let text = value.get(5..value.len().saturating_sub(1)).unwrap_or_default();
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    match value.get(2) {
        Some(b'B') => {
            // Canonical base64 always decodes; what does not has been told as a fault before.
            if let Ok(bytes) = BASE64_STANDARD.decode(inner) {
                out.extend_from_slice(&bytes);
            }
        }
        Some(b'S') if inner.contains(&b'\\') => {
            let text: String = serde_json::from_slice(text).unwrap_or_default();
            out.extend_from_slice(text.as_bytes());
        }
        _ => out.extend_from_slice(inner),
    }
}

/// Appends a raw key value as DynamoDB JSON; canonical, so that it has the hash of the item that it came from.
pub fn append_value(kind: Kind, raw: &[u8], out: &mut Vec<u8>) {
    let conversion = Conversion { kind, convert: None, split: None, encoding: Encoding::Base64 };
    let cell =
        if kind == Kind::B { Cell::Bytes(raw) } else { Cell::Text(std::str::from_utf8(raw).unwrap_or_default()) };
    _ = encode(&conversion, cell, out);
}

impl Key<'_> {
    /// Appends the key as members of a JSON object: `"pk":{"S":"a"},"sk":{"N":"1"}`.
    pub fn append_members(self, table: &Table, out: &mut Vec<u8>) {
        for (place, (key, raw)) in table.keys().zip([self.partition, self.sort]).enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend_from_slice(serde_json::Value::from(key.attribute.as_str()).to_string().as_bytes());
            out.push(b':');
            append_value(key.kind, raw, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_raw_becomes_the_same_value_again() {
        let values = [
            (Kind::S, r#"{"S":"a"}"#, "a"),
            (Kind::S, r#"{"S":"say \"é\\n\"\n"}"#, "say \"é\\n\"\n"),
            (Kind::N, r#"{"N":"-1.5"}"#, "-1.5"),
            (Kind::N, r#"{"N":"1.5E+40"}"#, "1.5E+40"),
            (Kind::B, r#"{"B":"aGVsbG8="}"#, "hello"),
        ];
        for (kind, value, raw) in values {
            let (mut found, mut back) = (Vec::new(), Vec::new());
            append_raw(value.as_bytes(), &mut found);
            append_value(kind, &found, &mut back);
            assert_eq!((found.as_slice(), back.as_slice()), (raw.as_bytes(), value.as_bytes()));
        }
    }
}
