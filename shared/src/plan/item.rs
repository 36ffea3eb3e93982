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
            Value::Object(item) => Self(item),
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
            "N" => crate::mapping::value::compare_numbers(&held, &new).is_lt(),
            "B" => {
                use base64::{Engine, engine::general_purpose::STANDARD};
                STANDARD.decode(held).unwrap_or_default() < STANDARD.decode(new).unwrap_or_default()
            }
            _ => held.as_bytes() < new.as_bytes(),
        },
        _ => false,
    }
}
