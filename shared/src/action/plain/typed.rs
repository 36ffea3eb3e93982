//! DynamoDB JSON in: checked, not changed.

use serde_json::{Map, Value};

use super::{
    given::{nests, own, refuse},
    path::{Path, add, name},
    set,
    types::{Type, kind, near_kind},
};
use crate::{definition::Kind, problem::quoted, row::Cell};

/// Checks a value in DynamoDB JSON; the attribute's own is level 1. Answers whether it is sound.
pub(super) fn check(
    given: &Value,
    wanted: Option<&Type>,
    at: Path<'_>,
    level: usize,
    problems: &mut Vec<String>,
) -> bool {
    if !nests(at, level, problems) {
        return false;
    }
    let mut entries = given.as_object().into_iter().flatten();
    let (Some((type_name, inner)), None) = (entries.next(), entries.next()) else {
        return untyped(given, at, problems);
    };
    let Some(kind) = kind(type_name) else { return unknown(type_name, at, problems) };
    if let Some(wanted) = wanted.map(Type::kind).filter(|wanted| *wanted != Kind::Auto && *wanted != kind) {
        add(problems, at, format_args!("has the type {}; wanted {}", kind.name(), wanted.name()));
        return false;
    }
    match (kind, inner) {
        (Kind::S, Value::String(_)) | (Kind::Bool, Value::Bool(_)) | (Kind::Null, Value::Bool(true)) => true,
        (Kind::N | Kind::B, Value::String(text)) => match own(kind, Cell::Text(text)) {
            Ok(_) => true,
            Err(fault) => {
                refuse(kind, &fault, at, problems);
                false
            }
        },
        (Kind::Ss | Kind::Ns | Kind::Bs, Value::Array(members)) => set::typed(kind, members, at, problems),
        (Kind::L, Value::Array(elements)) => list(elements, wanted, at, level, problems),
        (Kind::M, Value::Object(members)) => map(members, wanted, at, level, problems),
        _ => {
            let (found, kind) = (name(inner), kind.name());
            add(problems, at, format_args!("has {found} as its {kind}; wanted {}", sample(kind, inner)));
            false
        }
    }
}

fn list(elements: &[Value], wanted: Option<&Type>, at: Path<'_>, level: usize, problems: &mut Vec<String>) -> bool {
    let wanted = match wanted {
        Some(Type::Elements(wanted)) => Some(&**wanted),
        _ => None,
    };
    let mut sound = true;
    for (place, element) in elements.iter().enumerate() {
        sound &= check(element, wanted, Path::Element(&at, place), level + 1, problems);
    }
    sound
}

fn map(
    members: &Map<String, Value>,
    wanted: Option<&Type>,
    at: Path<'_>,
    level: usize,
    problems: &mut Vec<String>,
) -> bool {
    let mut sound = true;
    for (name, member) in members {
        let wanted = match wanted {
            Some(Type::Members(types)) => types.get(name),
            _ => None,
        };
        sound &= check(member, wanted, Path::Member(&at, name), level + 1, problems);
    }
    sound
}

/// Says that a value has no type.
fn untyped(given: &Value, at: Path<'_>, problems: &mut Vec<String>) -> bool {
    let wanted = match given {
        Value::Null => "`{\"NULL\": true}`".to_owned(),
        Value::Bool(value) => format!("`{{\"BOOL\": {value}}}`"),
        Value::Number(number) => quoted(&format!("{{\"N\": \"{number}\"}}")),
        Value::String(_) => "`{\"S\": \"…\"}`".to_owned(),
        Value::Array(_) => "`{\"L\": […]}`".to_owned(),
        Value::Object(_) => "`{\"M\": {…}}`".to_owned(),
    };
    let found = match given.as_object() {
        Some(members) if members.is_empty() => "an empty object".to_owned(),
        Some(members) => format!("an object with {} members", members.len()),
        None => name(given).to_owned(),
    };
    add(problems, at, format_args!("is {found}; `format: typed` wants {wanted}, or {PLAIN}"));
    false
}

/// The other way to give a value.
const PLAIN: &str = "leave `format` out for plain values";

/// Says that a value's only member names no type.
fn unknown(type_name: &str, at: Path<'_>, problems: &mut Vec<String>) -> bool {
    let wanted = match near_kind(type_name) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`format: typed` wants `{{\"M\": {{…}}}}`, or {PLAIN}"),
    };
    add(problems, at, format_args!("is an object with {}, which is no type; {wanted}", quoted(type_name)));
    false
}

/// How a value of a type is written; a number that was given is repeated.
fn sample(kind: &str, inner: &Value) -> String {
    match (kind, inner) {
        ("N", Value::Number(number)) => format!("text: {}", quoted(&format!("{{\"N\": \"{number}\"}}"))),
        ("S", _) => "text: `{\"S\": \"…\"}`".to_owned(),
        ("N", _) => "a number in text: `{\"N\": \"1\"}`".to_owned(),
        ("B", _) => "base64 text: `{\"B\": \"…\"}`".to_owned(),
        ("BOOL", _) => "true or false without quotes: `{\"BOOL\": true}`".to_owned(),
        ("NULL", _) => "true: `{\"NULL\": true}`".to_owned(),
        ("M", _) => "an object: `{\"M\": {…}}`".to_owned(),
        ("NS", _) => "a list of numbers in text: `{\"NS\": [\"1\"]}`".to_owned(),
        _ => format!("a list: `{{\"{kind}\": […]}}`"),
    }
}
