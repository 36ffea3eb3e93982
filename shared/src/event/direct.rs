//! Direct requests.

use serde_json::{Map, Value};

use super::Error;
use crate::sync;

/// The keys of a direct request.
const KEYS: [&str; 3] = ["sync", "object", "dry_run"];
/// A payload that would do.
const SAMPLE: &str = r#"{"sync": "orders", "object": "extracts/orders/a.csv", "dry_run": true}"#;

/// A request to load one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// The sync's name.
    pub sync: String,
    /// The object's key, as it is: nothing in it is decoded.
    pub object: String,
    /// Whether to stop before the first write.
    pub dry_run: bool,
}

/// Reads a direct request: `{"sync": "orders", "object": "extracts/orders/a.csv", "dry_run": true}`.
///
/// # Errors
///
/// All problems of the request at once.
pub fn direct(payload: &Value) -> Result<Direct, Error> {
    let Some(given) = payload.as_object() else {
        return Err(Error::Unknown { found: name(payload).to_owned(), wanted: SAMPLE });
    };
    let mut problems = unknown(given);
    let sync = text(given, "sync", &mut problems);
    if !sync.is_empty() && !sync::is_name(&sync) {
        problems
            .push("`sync` is no name of a sync; wanted letters, digits, `_`, `-` and `.`, no mark first".to_owned());
    }
    let object = text(given, "object", &mut problems);
    let dry_run = match given.get("dry_run") {
        None => false,
        Some(Value::Bool(dry_run)) => *dry_run,
        Some(other) => {
            problems.push(format!("`dry_run` is {}; wanted true or false", name(other)));
            false
        }
    };
    if problems.is_empty() { Ok(Direct { sync, object, dry_run }) } else { Err(Error::Direct(problems)) }
}

fn unknown(given: &Map<String, Value>) -> Vec<String> {
    let unknown = given.keys().filter(|key| !KEYS.contains(&key.as_str()));
    unknown
        .map(|key| match nearest(key) {
            Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
            None => format!("unknown key `{key}`; there are `{}`", KEYS.join("`, `")),
        })
        .collect()
}

fn nearest(key: &str) -> Option<&'static str> {
    let near = KEYS.iter().map(|known| (strsim::jaro_winkler(&key.to_lowercase(), known), *known));
    near.filter(|(likeness, _)| *likeness > 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

fn text(given: &Map<String, Value>, key: &str, problems: &mut Vec<String>) -> String {
    match given.get(key) {
        Some(Value::String(text)) if !text.is_empty() => return text.clone(),
        Some(Value::String(_)) => problems.push(format!("`{key}` is empty")),
        Some(other) => problems.push(format!("`{key}` is {}; wanted text", name(other))),
        None => problems.push(format!("`{key}` is missing; wanted an event of S3 or an object like `{SAMPLE}`")),
    }
    String::new()
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
