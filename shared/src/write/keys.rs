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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_is_raw_whatever_its_text_was() {
        let answer = json!({"Table": {"TableStatus": "ACTIVE",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "AttributeDefinitions":
                [{"AttributeName": "pk", "AttributeType": "B"}, {"AttributeName": "sk", "AttributeType": "N"}]}});
        let table = Table::read("items", &answer).unwrap();
        let item = |number: &str| json!({"sk": {"N": number}, "pk": {"B": "AP/+"}, "a": {"S": "x"}});
        let (own, other) = (item("1.5"), item("150e-2"));
        assert_eq!(raw(&own, &table), Some([vec![0, 255, 254], b"1.5".to_vec()]));
        assert_eq!((raw(&other, &table), of_item(&other, &table)), (raw(&own, &table), of_item(&own, &table)));
        for lacking in [json!({"sk": {"N": "1"}}), json!({"pk": {"S": "a"}, "sk": {"N": "1"}}), json!("x")] {
            assert_eq!((raw(&lacking, &table), of_item(&lacking, &table)), (None, None), "{lacking}");
        }
    }
}
