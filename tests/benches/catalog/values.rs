//! The usual way: each answer becomes a tree of JSON, and each value is looked at there.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// What is kept of an attribute, exactly and without a limit.
#[derive(Default)]
struct Seen {
    kinds: HashMap<String, u64>,
    distinct: HashSet<String>,
    numbers: Vec<f64>,
    lengths: Vec<usize>,
    min: Option<String>,
    max: Option<String>,
}

/// Folds, and hands back how many attributes and members there were.
pub(crate) fn fold(pages: &[Vec<u8>]) -> usize {
    let mut all = HashMap::new();
    for page in pages {
        let answer: Value = serde_json::from_slice(page).expect("JSON");
        for item in answer.get("Items").and_then(Value::as_array).expect("items") {
            for (name, value) in item.as_object().expect("an item") {
                look(&mut all, name, value);
            }
        }
    }
    all.len()
}

fn look(all: &mut HashMap<String, Seen>, path: &str, value: &Value) {
    let (kind, value) = value.as_object().and_then(|value| value.iter().next()).expect("a value");
    let seen = all.entry(path.to_owned()).or_default();
    *seen.kinds.entry(kind.clone()).or_default() += 1;
    match value {
        Value::String(text) => {
            if seen.min.as_ref().is_none_or(|min| text < min) {
                seen.min = Some(text.clone());
            }
            if seen.max.as_ref().is_none_or(|max| text > max) {
                seen.max = Some(text.clone());
            }
            seen.distinct.insert(text.clone());
            seen.lengths.push(text.chars().count());
            if kind == "N" {
                seen.numbers.push(text.parse().expect("a number"));
            }
        }
        Value::Array(elements) => elements.iter().for_each(|each| look(all, &format!("{path}.[]"), each)),
        Value::Object(members) => members.iter().for_each(|(name, each)| look(all, &format!("{path}.{name}"), each)),
        _ => {}
    }
}
