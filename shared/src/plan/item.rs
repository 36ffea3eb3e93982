//! An item as the table holds it, in DynamoDB JSON: its size, and what a row makes of it.

use serde_json::{Map, Value};

use crate::image::value::{canonical_item, size_bytes};

/// An item.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Image(Map<String, Value>);

impl Image {
    pub(super) fn new(item: Value) -> Self {
        Self(canonical_item(item))
    }

    /// The item after a row: `{"Item": {…}, "Remove": […]}` applied to what is merged into.
    pub(super) fn after(row: &Value, merged_into: Option<&Self>) -> Self {
        let mut item = merged_into.cloned().unwrap_or_default().0;
        for name in row.get("Remove").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            item.remove(name);
        }
        let set = row.get("Item").and_then(Value::as_object).into_iter().flatten();
        item.extend(set.map(|(name, value)| (name.clone(), value.clone())));
        Self(item)
    }

    pub(super) fn get(&self, attribute: &str) -> Option<&Value> {
        self.0.get(attribute)
    }

    pub(super) fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// Its size as DynamoDB counts it.
    pub(super) fn size_bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + size_bytes(value)).sum()
    }

    /// The size of some of its attributes.
    pub(super) fn size_of<'a>(&self, names: impl Iterator<Item = &'a str>) -> usize {
        names.filter_map(|name| Some(name.len() + size_bytes(self.0.get(name)?))).sum()
    }
}

/// Whether one scalar in DynamoDB JSON is lower than another of its type, as a condition compares them.
pub(super) fn less(held: &Value, new: &Value) -> bool {
    let scalar = |value: &Value| {
        let (kind, value) = value.as_object()?.iter().next()?;
        Some((kind.clone(), value.as_str()?.to_owned()))
    };
    match (scalar(held), scalar(new)) {
        (Some((kind, held)), Some((other, new))) if kind == other => match kind.as_str() {
            "N" => number(&held) < number(&new),
            "B" => {
                use base64::{Engine, engine::general_purpose::STANDARD};
                STANDARD.decode(held).unwrap_or_default() < STANDARD.decode(new).unwrap_or_default()
            }
            _ => held.as_bytes() < new.as_bytes(),
        },
        _ => false,
    }
}

/// A number's text as something that orders like the number: sign, magnitude, digits.
fn number(text: &str) -> (i8, i64, Vec<i8>) {
    let negative = text.starts_with('-');
    let text = text.trim_start_matches(['-', '+']);
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let digits = digits.trim_matches('0');
    if digits.is_empty() {
        return (0, 0, Vec::new());
    }
    let point = i64::try_from(whole.len()).unwrap_or(i64::MAX) - i64::try_from(leading).unwrap_or(i64::MAX);
    let magnitude = point + exponent.parse::<i64>().unwrap_or_default();
    let sign = if negative { -1 } else { 1 };
    let digit = |byte: u8| sign * (i8::try_from(byte - b'0').unwrap_or_default() + 1);
    // A longer text of the same beginning is larger for positive numbers, smaller for negative ones: a mark at the end
    // above every negative digit and below every positive one says so.
    (sign, magnitude * i64::from(sign), digits.bytes().map(digit).chain([0]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_numbers_by_value() {
        let order = [
            "-1E10", "-21", "-20.5", "-2.01", "-2", "-0.1", "-0.01", "0", "1E-3", "0.1", "0.11", "1", "2", "10",
            "10.01", "1E2",
        ];
        for pair in order.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
        assert_eq!(number("1.50"), number("15e-1"));
        assert_eq!(number("-0"), number("0.00"));
    }
}
