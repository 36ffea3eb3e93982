//! Plain values in.

use serde_json::{Map, Value};

use super::{
    path::{Path, add, name},
    set,
    types::{self, Type},
};
use crate::{
    definition::{Encoding, Kind},
    mapping::value::{Conversion, LEVELS, encode},
    reject::{Fault, Reason},
    row::Cell,
};

/// Makes DynamoDB JSON of ordinary JSON; the attribute's own value is level 1.
pub(super) fn value(
    given: &Value,
    wanted: Option<&Type>,
    at: Path<'_>,
    level: usize,
    problems: &mut Vec<String>,
) -> Option<Value> {
    if !nests(at, level, problems) {
        return None;
    }
    match (wanted.map_or(Kind::Auto, Type::kind), given) {
        (Kind::Auto | Kind::S, Value::String(_)) => Some(tagged(Kind::S, given.clone())),
        (Kind::Auto | Kind::Bool, Value::Bool(_)) => Some(tagged(Kind::Bool, given.clone())),
        (Kind::Auto | Kind::Null, Value::Null) => Some(tagged(Kind::Null, true.into())),
        (Kind::Auto, Value::Number(_)) => {
            let number = scalar(Kind::N, given, at, problems)?;
            Some(tagged(Kind::N, number))
        }
        (Kind::Auto | Kind::L, Value::Array(elements)) => list(elements, wanted, at, level, problems),
        (Kind::Auto | Kind::M, Value::Object(members)) => map(members, wanted, at, level, problems),
        (kind @ (Kind::Ss | Kind::Ns | Kind::Bs), Value::Array(members)) => {
            let members = set::plain(kind, members, at, problems)?;
            Some(tagged(kind, members.into()))
        }
        (kind @ (Kind::Ss | Kind::Ns | Kind::Bs | Kind::L | Kind::M), Value::String(text)) if !text.is_empty() => {
            let inner = inside(kind, text, at, problems)?;
            value(&inner, wanted, at, level, problems)
        }
        (kind, _) => {
            let inner = scalar(kind, given, at, problems)?;
            Some(tagged(kind, inner))
        }
    }
}

/// Checks the level of a value.
pub(super) fn nests(at: Path<'_>, level: usize, problems: &mut Vec<String>) -> bool {
    if level > LEVELS {
        let wanted = format_args!("at most {LEVELS} levels of lists and maps with what is in them");
        add(problems, at, format_args!("is at level {level}; wanted {wanted}"));
    }
    level <= LEVELS
}

fn list(
    elements: &[Value],
    wanted: Option<&Type>,
    at: Path<'_>,
    level: usize,
    problems: &mut Vec<String>,
) -> Option<Value> {
    let wanted = match wanted {
        Some(Type::Elements(wanted)) => Some(&**wanted),
        _ => None,
    };
    let mut list = Some(Vec::with_capacity(elements.len()));
    for (place, element) in elements.iter().enumerate() {
        match (value(element, wanted, Path::Element(&at, place), level + 1, problems), &mut list) {
            (Some(value), Some(list)) => list.push(value),
            _ => list = None,
        }
    }
    list.map(|list| tagged(Kind::L, list.into()))
}

fn map(
    members: &Map<String, Value>,
    wanted: Option<&Type>,
    at: Path<'_>,
    level: usize,
    problems: &mut Vec<String>,
) -> Option<Value> {
    let mut map = Some(Map::with_capacity(members.len()));
    for (name, member) in members {
        let wanted = match wanted {
            Some(Type::Members(types)) => types.get(name),
            _ => None,
        };
        match (value(member, wanted, Path::Member(&at, name), level + 1, problems), &mut map) {
            (Some(value), Some(map)) => _ = map.insert(name.clone(), value),
            _ => map = None,
        }
    }
    map.map(|map| tagged(Kind::M, map.into()))
}

/// The list or object that stands in text.
fn inside(kind: Kind, text: &str, at: Path<'_>, problems: &mut Vec<String>) -> Option<Value> {
    let found = match serde_json::from_str(text) {
        Ok(inner) if inner_fits(kind, &inner) => return Some(inner),
        Ok(inner) => format!("holds {}", name(&inner)),
        Err(error) => format!("cannot be read as JSON from line {}, column {} on", error.line(), error.column()),
    };
    add(problems, at, format_args!("is text that {found}; wanted {} for the type {}", wording(kind), kind.name()));
    None
}

fn inner_fits(kind: Kind, inner: &Value) -> bool {
    if kind == Kind::M { inner.is_object() } else { inner.is_array() }
}

/// What stands under the type of a value that holds no others.
pub(super) fn scalar(kind: Kind, given: &Value, at: Path<'_>, problems: &mut Vec<String>) -> Option<Value> {
    let cell = match (kind, given) {
        // A number for text keeps its digits as they were given.
        (Kind::S | Kind::N | Kind::Bool, Value::Number(number)) => Cell::Text(number.as_str()),
        (Kind::S | Kind::N | Kind::B | Kind::Bool, Value::String(text)) => Cell::Text(text),
        (Kind::S | Kind::Bool, Value::Bool(value)) => Cell::Bool(*value),
        _ => return mismatch(kind, given, at, problems),
    };
    let inner = own(kind, cell);
    if let Err(fault) = &inner {
        refuse(kind, fault, at, problems);
    }
    inner.ok()
}

/// What a cell becomes, without its type.
pub(super) fn own(kind: Kind, cell: Cell<'_>) -> Result<Value, Fault> {
    let mut json = Vec::new();
    encode(&Conversion { kind, convert: None, split: None, encoding: Encoding::Base64 }, cell, &mut json)?;
    let mut value: Value = serde_json::from_slice(&json).unwrap_or_default();
    Ok(value.get_mut(kind.name()).map(Value::take).unwrap_or_default())
}

/// Says what is wrong with a value whose JSON would do.
pub(super) fn refuse(kind: Kind, fault: &Fault, at: Path<'_>, problems: &mut Vec<String>) {
    let (found, wanted) = fault.detail.rsplit_once(", wanted ").unwrap_or((&fault.detail, wording(kind)));
    let found = found.trim_start_matches("found ");
    let way_out = match fault.reason {
        Reason::NumberPrecision | Reason::NumberOutOfRange => "; as S it keeps its text",
        _ => "",
    };
    add(problems, at, format_args!("is {found}; wanted {wanted} for the type {}{way_out}", kind.name()));
}

/// Says that JSON is of the wrong type.
fn mismatch<T>(kind: Kind, given: &Value, at: Path<'_>, problems: &mut Vec<String>) -> Option<T> {
    let typed = |object: &Map<String, Value>| object.len() == 1 && object.keys().all(|key| types::kind(key).is_some());
    let way_out = match given {
        Value::Null => "; leave it out, or give it the type NULL",
        Value::Object(object) if typed(object) => "; DynamoDB JSON wants `format: typed`",
        _ => "",
    };
    let (found, wanted) = (name(given), wording(kind));
    add(problems, at, format_args!("is {found}; wanted {wanted} for the type {}{way_out}", kind.name()));
    None
}

/// What is given for a type.
fn wording(kind: Kind) -> &'static str {
    match kind {
        Kind::Auto => "a value",
        Kind::S => "text",
        Kind::N => "a number or its text",
        Kind::B => "base64 text",
        Kind::Bool => "true or false",
        Kind::Null => "null",
        Kind::Ss => "a list of texts",
        Kind::Ns => "a list of numbers",
        Kind::Bs => "a list of base64 texts",
        Kind::L => "a list",
        Kind::M => "an object",
    }
}

/// A value in DynamoDB JSON.
pub(super) fn tagged(kind: Kind, value: Value) -> Value {
    Value::Object(Map::from_iter([(kind.name().to_owned(), value)]))
}
