//! Attribute values in and out: one convention for every action.
//!
//! `format: typed` is DynamoDB JSON (`{"N": "1"}`): nothing is lost. Values are checked and passed on as they are.
//!
//! `format: plain`, the default, is ordinary JSON. Without a type, JSON's own types stand:
//!
//! | JSON | in | out |
//! | --- | --- | --- |
//! | text | S | S; B as base64 |
//! | number | N, exact | N, with every digit |
//! | `true`, `false` | BOOL | BOOL |
//! | `null` | NULL | NULL |
//! | list | L, each element alike | L; SS, NS and BS |
//! | object | M, each member alike | M |
//!
//! With a type (`itemTypes`, `expressionAttributeValueTypes`: name to type), what may be given for it:
//!
//! | type | takes |
//! | --- | --- |
//! | `"S"` | text; a number or boolean, whose text it becomes |
//! | `"N"` | a number; text such as `"30"` |
//! | `"B"` | base64 text with padding |
//! | `"BOOL"` | a boolean, 1 or 0; text: true false t f yes no y n 1 0 |
//! | `"NULL"` | `null` |
//! | `"SS"`, `"NS"`, `"BS"` | a list of what S, N or B take, not empty, none twice; JSON text of such a list |
//! | `"L"` | a list; JSON text of one |
//! | `"M"` | an object; JSON text of one |
//! | `{"zip": "N", …}` | an M whose members have these types, others by their own JSON type |
//! | `["B"]` | an L, every element of this type |
//!
//! So what came out goes in again and is the same value, given the types of what is B or a set: `{"photo": "B", "tags":
//! "SS", "address": {"codes": "NS"}, "keys": ["B"]}`. A list whose elements need different types goes in as typed only.
//!
//! In a problem, values are named by their path: `item.address.zip`, `item["a.b"][0]`. In typed format too the path has
//! names and places only, no types. Problems quote what was given: they are for the caller, never for a log.
//!
//! Knows neither actions nor tables.

mod answer;
mod given;
mod path;
mod set;
#[cfg(test)]
mod tests;
mod typed;
mod types;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::path::{Path, name};
pub use self::types::Type;

/// How values stand in a request and in its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Ordinary JSON.
    #[default]
    Plain,
    /// DynamoDB JSON.
    Typed,
}

/// Makes DynamoDB JSON of a value that was given; `at` names it in problems. None where there is a problem with it.
///
/// In [`Format::Typed`] a `wanted` type has to be the value's own.
pub fn to_value(
    given: &Value,
    format: Format,
    wanted: Option<&Type>,
    at: &str,
    problems: &mut Vec<String>,
) -> Option<Value> {
    let at = Path::Root(at);
    let value = value(given, format, wanted, at, problems);
    let sound = wanted.is_none_or(|wanted| wanted.check_use(&[given], format, at, problems));
    value.filter(|_| sound)
}

/// Makes an item in DynamoDB JSON, name to value, of what was given; `at` names it in problems. None where there is a
/// problem with it. A type for a name that the item does not have is a problem.
pub fn to_item(
    given: &Value,
    format: Format,
    types: &BTreeMap<String, Type>,
    at: &str,
    problems: &mut Vec<String>,
) -> Option<Map<String, Value>> {
    let at = Path::Root(at);
    let Value::Object(members) = given else {
        path::add(problems, at, format_args!("is {}; wanted an object: attribute names and their values", name(given)));
        return None;
    };
    let mut item = Some(Map::with_capacity(members.len()));
    for (name, member) in members {
        match (value(member, format, types.get(name), Path::Member(&at, name), problems), &mut item) {
            (Some(value), Some(item)) => _ = item.insert(name.clone(), value),
            _ => item = None,
        }
    }
    let sound = types::check_use(types, &[members], format, at, problems);
    item.filter(|_| sound)
}

fn value(
    given: &Value,
    format: Format,
    wanted: Option<&Type>,
    at: Path<'_>,
    problems: &mut Vec<String>,
) -> Option<Value> {
    match format {
        Format::Plain => given::value(given, wanted, at, 1, problems),
        Format::Typed => typed::check(given, wanted, at, 1, problems).then(|| given.clone()),
    }
}

/// Makes of a value in DynamoDB JSON what is answered. What is no such value stays as it is.
#[must_use]
pub fn from_value(value: Value, format: Format) -> Value {
    match format {
        Format::Plain => answer::plain(value, 1),
        Format::Typed => value,
    }
}

/// Makes of an item in DynamoDB JSON, name to value, what is answered. What is no item stays as it is.
#[must_use]
pub fn from_item(item: Value, format: Format) -> Value {
    match item {
        Value::Object(item) => item.into_iter().map(|(name, value)| (name, from_value(value, format))).collect(),
        other => other,
    }
}
