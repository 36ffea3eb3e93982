//! Values in DynamoDB JSON: their one form, their size and the digest of an item.

use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    definition::{Encoding, Kind},
    mapping::value::{self, Conversion, encode},
    row::Cell,
};

/// A digest of a whole item in DynamoDB JSON. The order of its attributes and of the members of its maps and sets, and
/// how its numbers are written, make no difference.
#[must_use]
pub fn digest(item: &Value) -> u128 {
    let mut item = Value::Object(canonical_item(item.clone()));
    item.sort_all_objects();
    xxh3_128(item.to_string().as_bytes())
}

/// The attributes of an item, each [`canonical`].
pub(crate) fn canonical_item(item: Value) -> Map<String, Value> {
    match item {
        Value::Object(item) => item.into_iter().map(|(name, value)| (name, canonical(value))).collect(),
        _ => Map::new(),
    }
}

/// A value as a row would write it: numbers in one spelling, sets in one order, so that equal values are equal. What no
/// row could write stays as it is.
pub(crate) fn canonical(value: Value) -> Value {
    let mut own = Vec::new();
    if value::canonical(&value, &mut own) { serde_json::from_slice(&own).unwrap_or(value) } else { value }
}

/// The size of an item in DynamoDB JSON, as DynamoDB counts it.
pub(crate) fn item_bytes(item: &Value) -> usize {
    item.as_object().into_iter().flatten().map(|(name, value)| name.len() + size_bytes(value)).sum()
}

/// The size of a value in DynamoDB JSON.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
pub(crate) fn size_bytes(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else { return 0 };
    let scalar = |kind, text: &Value| {
        let text = Cell::Text(text.as_str().unwrap_or_default());
        encode(&conversion(kind), text, &mut Vec::new()).unwrap_or_default()
    };
    let members = || value.as_array().into_iter().flatten();
    match kind.as_str() {
        "S" => scalar(Kind::S, value),
        "N" => scalar(Kind::N, value),
        "B" => scalar(Kind::B, value),
        "SS" => members().map(|member| scalar(Kind::S, member)).sum(),
        "NS" => members().map(|member| scalar(Kind::N, member)).sum(),
        "BS" => members().map(|member| scalar(Kind::B, member)).sum(),
        "L" => 3 + members().map(|member| 1 + size_bytes(member)).sum::<usize>(),
        "M" => {
            let members = value.as_object().into_iter().flatten();
            3 + members.map(|(name, value)| 1 + name.len() + size_bytes(value)).sum::<usize>()
        }
        _ => 1,
    }
}

fn conversion(kind: Kind) -> Conversion {
    Conversion { kind, convert: None, split: None, encoding: Encoding::Base64 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(left: &Value, right: &Value, same: bool) {
        assert_eq!(canonical(left.clone()) == canonical(right.clone()), same);
        assert_eq!(digest(&json!({"a": left})) == digest(&json!({"a": right})), same);
    }

    #[test]
    fn compares_values_not_texts() {
        check(&json!({"N": "1E2"}), &json!({"N": "100"}), true);
        check(&json!({"NS": ["1", "2.50"]}), &json!({"NS": ["2.5", "1"]}), true);
        check(&json!({"SS": ["b", "a\n"]}), &json!({"SS": ["a\n", "b"]}), true);
        check(&json!({"BS": ["AQ==", "AA=="]}), &json!({"BS": ["AA==", "AQ=="]}), true);
        check(&json!({"L": [{"N": "1.0"}]}), &json!({"L": [{"N": "1"}]}), true);
        check(
            &json!({"M": {"b": {"S": ""}, "a": {"N": "1.0"}}}),
            &json!({"M": {"a": {"N": "1"}, "b": {"S": ""}}}),
            true,
        );
        check(&json!({"L": [{"S": "a"}, {"S": "b"}]}), &json!({"L": [{"S": "b"}, {"S": "a"}]}), false);
        check(&json!({"L": [{"M": {"a": {"N": "1"}}}]}), &json!({"L": [{"M": {"a": {"N": "2"}}}]}), false);
        check(&json!({"N": "1"}), &json!({"S": "1"}), false);
        check(&json!({"S": "1.0"}), &json!({"S": "1"}), false);
        check(&json!({"SS": ["1"]}), &json!({"NS": ["1"]}), false);
    }

    #[test]
    fn what_no_row_could_write_stays_apart() {
        check(&json!({"N": "x"}), &json!({"N": "y"}), false);
        check(&json!({"SS": []}), &json!({"SS": ["a", "a"]}), false);
        check(&json!("x"), &json!("y"), false);
    }

    #[test]
    fn a_digest_is_of_the_whole_item() {
        let item = json!({"pk": {"S": "a"}, "n": {"N": "1.50"}});
        assert_eq!(digest(&item), digest(&json!({"n": {"N": "1.5"}, "pk": {"S": "a"}})));
        assert_ne!(digest(&item), digest(&json!({"n": {"N": "1.5"}})));
        assert_ne!(digest(&item), digest(&json!({"pk": {"S": "a"}, "n": {"N": "1.5"}, "b": {"NULL": true}})));
    }
}
