//! One cell as every type and conversion.

use std::sync::OnceLock;

use rowferry::{
    extract::text::{Dialect, Reader},
    mapping::{Bound, Item, Mapping, Slot},
    row::{Rows, csv},
};
use serde_json::Value;

/// What an attribute is made by.
const FIELDS: [&str; 22] = [
    "type: N",
    "type: L",
    "type: M",
    "type: S",
    "type: auto",
    "type: BOOL",
    "type: B",
    "type: B, encoding: hex",
    "type: B, encoding: utf8",
    "type: SS",
    "type: NS",
    "type: BS",
    "type: SS, split: '|'",
    "type: NS, split: '|'",
    "type: BS, split: '|', encoding: utf8",
    "type: L, split: ','",
    "convert: trim",
    "convert: iso8601",
    "convert: date",
    "type: N, convert: epoch_seconds",
    "type: N, convert: epoch_millis",
    "convert: epoch_seconds",
];
const LARGEST_ITEM_BYTES: usize = 400 << 10;

/// Any text as a cell.
pub(super) fn cell(data: &[u8]) {
    static MAPPINGS: OnceLock<Vec<Mapping>> = OnceLock::new();
    let Ok(text) = str::from_utf8(data) else { return };
    let mut extract = b"id,c\nx,".to_vec();
    csv::append(text.as_bytes(), true, &mut extract);
    let (mut reader, header) = Reader::new(extract.as_slice(), &Dialect::default()).unwrap();
    let rows = Rows::Text(reader.next(1).unwrap().unwrap());
    let mappings = MAPPINGS.get_or_init(|| {
        let field = |field| format!("fields: [{{attribute: id, column: id}}, {{attribute: c, column: c, {field}}}]");
        FIELDS.iter().map(|keys| super::mapping(&field(keys))).collect()
    });
    for (field, mapping) in FIELDS.iter().zip(mappings) {
        let bound = mapping.bind(&header, false).unwrap();
        let found = value(&bound, &rows);
        match *field {
            "type: N" => number(text, found.as_ref()),
            "type: L" | "type: M" => json(text, field, found.as_ref()),
            "type: S" => assert_eq!(found.map(|value| value["S"].clone()), Some(text.into())),
            _ => {}
        }
    }
}

/// The attribute, as DynamoDB's JSON; none where the row is rejected.
fn value(bound: &Bound, rows: &Rows) -> Option<Value> {
    let mut item = Item::default();
    if let Err(reject) = bound.apply(rows, 0, &mut item) {
        assert_eq!(reject.column.as_deref(), Some("c"), "{reject:?}");
        return None;
    }
    assert!(item.size_bytes() <= LARGEST_ITEM_BYTES);
    let (slot, value) = item.fields().nth(1).unwrap();
    assert!(matches!(slot, Slot::Set(..)), "{slot:?}");
    Some(serde_json::from_slice(value).unwrap())
}

/// A number that is taken has the value of its text, and at most 38 digits; one that is not, has no such value.
fn number(text: &str, found: Option<&Value>) {
    let wanted = decimal(text).filter(|(_, digits, exponent)| {
        digits.is_empty() || digits.len() <= 38 && (-130..=125).contains(&(*exponent + length(digits) - 1))
    });
    let found = found.map(|value| decimal(value["N"].as_str().unwrap()).unwrap());
    assert_eq!(found, wanted, "{text:?}");
}

/// Sign, significant digits and exponent of a text like `-12.50e3`, told the slow way.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], &unsigned[at + 1..]),
        None => (unsigned, "0"),
    };
    let (sign, power) = match exponent.as_bytes().first()? {
        b'-' => (-1, &exponent[1..]),
        b'+' => (1, &exponent[1..]),
        _ => (1, exponent),
    };
    let (whole, fraction) = match mantissa.find('.') {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, ""),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(all_digits(whole) && all_digits(fraction) && all_digits(power)) || power.is_empty() {
        return None;
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let zeros = length(digits) - length(digits.trim_end_matches('0'));
    let digits = digits.trim_end_matches('0').to_owned();
    if digits.is_empty() {
        return Some((false, digits, 0));
    }
    // An exponent beyond this is out of range, whatever the digits are.
    let power = power.trim_start_matches('0').get(..12).map_or_else(
        || format!("0{}", power.trim_start_matches('0')).parse::<i64>().unwrap_or(i64::from(i32::MAX)),
        |_| i64::from(i32::MAX),
    );
    Some((negative, digits, sign * power - length(fraction) + zeros))
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap()
}

/// What is taken is JSON of the kind that was wanted; and what is JSON is taken, unless DynamoDB could not.
fn json(text: &str, field: &str, found: Option<&Value>) {
    let parsed = serde_json::from_str::<Value>(text);
    let Ok(parsed) = parsed else {
        // It gives up at 128 levels where Rowferry does at 32.
        return assert_eq!(found, None, "{text:?}");
    };
    let fits = if field.ends_with('L') { parsed.is_array() } else { parsed.is_object() };
    match found {
        Some(found) => {
            assert!(fits, "{text:?}");
            assert!(same(&parsed, found), "{text:?} {found}");
        }
        None => assert!(!fits || !storable(&parsed, 1), "{text:?}"),
    }
}

/// Whether DynamoDB could hold it.
fn storable(json: &Value, level: usize) -> bool {
    level <= 32
        && match json {
            Value::Number(number) => decimal(&number.to_string()).is_some_and(|(_, digits, exponent)| {
                digits.is_empty() || digits.len() <= 38 && (-130..=125).contains(&(exponent + length(&digits) - 1))
            }),
            Value::Array(list) => list.iter().all(|member| storable(member, level + 1)),
            Value::Object(map) => map.values().all(|member| storable(member, level + 1)),
            _ => true,
        }
}

/// Whether an attribute's value says what a JSON value says.
fn same(json: &Value, value: &Value) -> bool {
    match json {
        Value::Null => value["NULL"] == true,
        Value::Bool(bool) => value["BOOL"] == *bool,
        Value::String(text) => value["S"] == *text,
        Value::Number(number) => value["N"].as_str().and_then(decimal) == decimal(&number.to_string()),
        Value::Array(list) => value["L"].as_array().is_some_and(|found| {
            found.len() == list.len() && list.iter().zip(found).all(|(member, found)| same(member, found))
        }),
        Value::Object(map) => value["M"].as_object().is_some_and(|found| {
            found.len() == map.len()
                && map.iter().all(|(name, member)| found.get(name).is_some_and(|found| same(member, found)))
        }),
    }
}
