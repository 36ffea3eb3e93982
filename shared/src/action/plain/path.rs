//! Where a value stands in a payload, and what is said of it.

use std::fmt;

use serde_json::Value;

use crate::problem::MOST;

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'a> {
    /// What the payload calls it.
    Root(&'a str),
    /// A member of an object.
    Member(&'a Path<'a>, &'a str),
    /// An element of a list.
    Element(&'a Path<'a>, usize),
    /// Any element of a list.
    Elements(&'a Path<'a>),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Member(path, name) if is_word(name) => write!(f, "{path}.{name}"),
            Self::Member(path, name) => write!(f, "{path}[{}]", Value::String(short(name))),
            Self::Element(path, place) => write!(f, "{path}[{place}]"),
            Self::Elements(path) => write!(f, "{path}[]"),
        }
    }
}

/// Whether a name can be read in a path as it is.
fn is_word(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-')
        && name.len() <= LONGEST
}

/// The longest name that a path shows.
const LONGEST: usize = 60;

/// The beginning of a name.
fn short(name: &str) -> String {
    let mut shown: String = name.chars().take(LONGEST).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    shown
}

/// Adds a problem with the value at a path, unless there are enough already.
#[cold]
pub(super) fn add(problems: &mut Vec<String>, at: Path<'_>, problem: fmt::Arguments<'_>) {
    if problems.len() < MOST {
        problems.push(format!("`{at}` {problem}"));
    }
}

/// What JSON is called in a problem.
pub(super) fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(text) if text.is_empty() => "empty text",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
