//! What a direct request gives: its members by name, and every problem with them.

use serde_json::{Map, Value};

use super::Error;
use crate::sync;

/// The members of a request and what is wrong with them.
pub(super) struct Given<'a> {
    members: &'a Map<String, Value>,
    /// A payload that would do.
    sample: &'static str,
    problems: Vec<String>,
}

impl<'a> Given<'a> {
    /// The members of a payload; those that are none of `keys` are problems.
    pub(super) fn new(payload: &'a Value, keys: &[&str], sample: &'static str) -> Result<Self, Error> {
        match payload.as_object() {
            Some(members) => Ok(Self { members, sample, problems: unknown(members, keys) }),
            None => Err(Error::Unknown { found: name(payload).to_owned(), wanted: sample }),
        }
    }

    /// A text that may be missing.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let problem = match self.members.get(key)? {
            Value::String(text) if !text.is_empty() => return Some(text.clone()),
            Value::String(_) => format!("`{key}` is empty"),
            other => format!("`{key}` is {}; wanted text", name(other)),
        };
        self.problem(problem);
        None
    }

    /// A text that may not be missing.
    pub(super) fn wanted(&mut self, key: &str) -> String {
        if !self.has(key) {
            self.problem(format!("`{key}` is missing; wanted an event of S3 or an object like `{}`", self.sample));
        }
        self.text(key).unwrap_or_default()
    }

    /// A name of a sync that is none is a problem.
    pub(super) fn check_sync(&mut self, sync: &str) {
        if !sync.is_empty() && !sync::is_name(sync) {
            let wanted = "letters, digits, `_`, `-` and `.`, no mark first";
            self.problem(format!("`sync` is no name of a sync; wanted {wanted}"));
        }
    }

    /// A yes or no; no where it is missing.
    pub(super) fn flag(&mut self, key: &str) -> bool {
        match self.members.get(key) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                self.problem(format!("`{key}` is {}; wanted true or false", name(other)));
                false
            }
        }
    }

    /// Whether there is a member of a name, sound or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    /// Adds a problem.
    pub(super) fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// What was made of the request, where it has no problem.
    pub(super) fn finish<T>(self, made: T) -> Result<T, Error> {
        if self.problems.is_empty() { Ok(made) } else { Err(Error::Direct(self.problems)) }
    }
}

fn unknown(members: &Map<String, Value>, keys: &[&str]) -> Vec<String> {
    let unknown = members.keys().filter(|key| !keys.contains(&key.as_str()));
    unknown
        .map(|key| match nearest(key, keys) {
            Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
            None => format!("unknown key `{key}`; there are `{}`", keys.join("`, `")),
        })
        .collect()
}

fn nearest<'a>(key: &str, keys: &[&'a str]) -> Option<&'a str> {
    let near = keys.iter().map(|known| (strsim::jaro_winkler(&key.to_lowercase(), known), *known));
    near.filter(|(likeness, _)| *likeness > 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// What a value is called in a message; never the value itself.
fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
