//! An item as the table holds it, in DynamoDB JSON: its size, and what a row makes of it.

use serde_json::{Map, Value};

use crate::{
    definition::{Convert, Encoding, Kind},
    mapping::value::{Conversion, encode},
    row::Cell,
};

/// An item.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Image(Map<String, Value>);

impl Image {
    pub(super) fn new(item: Value) -> Self {
        match item {
            Value::Object(item) => Self(item.into_iter().map(|(name, value)| (name, canonical(value))).collect()),
            _ => Self::default(),
        }
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
        self.0.iter().map(|(name, value)| name.len() + size(value)).sum()
    }

    /// The size of some of its attributes.
    pub(super) fn size_of<'a>(&self, names: impl Iterator<Item = &'a str>) -> usize {
        names.filter_map(|name| Some(name.len() + size(self.0.get(name)?))).sum()
    }
}

/// A value as a row would write it: numbers in one spelling, sets in one order, so that equal values are equal.
fn canonical(value: Value) -> Value {
    let Value::Object(value) = value else { return value };
    let each = |(kind, held): (String, Value)| {
        let text = held.as_str().map_or_else(|| held.to_string(), str::to_owned);
        let own = match (kind.as_str(), held) {
            ("N", _) => encoded(Kind::N, &text),
            ("SS", _) => encoded(Kind::Ss, &text),
            ("NS", _) => encoded(Kind::Ns, &text),
            ("BS", _) => encoded(Kind::Bs, &text),
            ("L", Value::Array(held)) => Some(held.into_iter().map(canonical).collect()),
            ("M", Value::Object(held)) => {
                Some(held.into_iter().map(|(name, value)| (name, canonical(value))).collect::<Map<_, _>>().into())
            }
            (_, held) => Some(held),
        };
        (kind, own.unwrap_or_default())
    };
    value.into_iter().map(each).collect::<Map<_, _>>().into()
}

/// What stands under the type's name when a text is written as that type.
fn encoded(kind: Kind, text: &str) -> Option<Value> {
    let conversion = Conversion { kind, convert: None, split: None, encoding: Encoding::Base64 };
    let mut out = Vec::new();
    encode(&conversion, Cell::Text(text), &mut out).ok()?;
    serde_json::from_slice::<Map<_, _>>(&out).ok()?.remove(kind.name())
}

/// The size of a value in DynamoDB JSON.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
fn size(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else { return 0 };
    let scalar = |kind, text: &Value| {
        let conversion = Conversion { kind, convert: None::<Convert>, split: None, encoding: Encoding::Base64 };
        encode(&conversion, Cell::Text(text.as_str().unwrap_or_default()), &mut Vec::new()).unwrap_or_default()
    };
    let members = || value.as_array().into_iter().flatten();
    match kind.as_str() {
        "S" => scalar(Kind::S, value),
        "N" => scalar(Kind::N, value),
        "B" => scalar(Kind::B, value),
        "SS" => members().map(|member| scalar(Kind::S, member)).sum(),
        "NS" => members().map(|member| scalar(Kind::N, member)).sum(),
        "BS" => members().map(|member| scalar(Kind::B, member)).sum(),
        "L" => 3 + members().map(|member| 1 + size(member)).sum::<usize>(),
        "M" => {
            3 + value.as_object().into_iter().flatten().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>()
        }
        _ => 1,
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
