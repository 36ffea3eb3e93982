//! How well attributes are classified, over a labelled set of made values; docs/CLASSIFICATION.md tells the figures.

mod make;

use rowferry::catalog::{
    classify::{Rules, Seen},
    watch::Watch,
};
use serde::Deserialize;
use serde_json::Value;

use crate::architecture::text;

/// An attribute with what it holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    path: String,
    entity: Option<String>,
    #[serde(default)]
    values: Vec<Value>,
    of: Option<String>,
    rest: Option<String>,
    #[serde(default = "one")]
    share: f64,
    #[serde(default = "many")]
    count: u64,
}

fn one() -> f64 {
    1.0
}

fn many() -> u64 {
    400
}

/// How often rules were right.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Score {
    right: u32,
    wrong: u32,
    missed: u32,
}

impl Score {
    pub(crate) fn precision(self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.wrong)
    }

    pub(crate) fn recall(self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.missed)
    }
}

fn segments(path: &str) -> Vec<String> {
    path.replace("[]", ".[]")
        .split('.')
        .map(|name| if name == "[]" { String::new() } else { name.to_owned() })
        .collect()
}

/// What is found in the attributes of a set: path, label, and what was found with which confidence.
fn judged(set: &str) -> Vec<(String, Option<String>, Option<(String, f64)>)> {
    let labelled: Vec<Labelled> =
        serde_json::from_str(&text(&format!("tests/golden/classification/{set}.json"))).unwrap();
    let rules = Rules::new(Vec::new()).unwrap();
    let judge = |(place, labelled): (usize, Labelled)| {
        let rest = labelled.rest.as_deref().unwrap_or("status");
        let values = match &labelled.of {
            Some(kind) => make::values_of(kind, rest, labelled.share, labelled.count, 1000 + place as u64),
            None => labelled.values,
        };
        let mut seen = Seen::default();
        for value in &values {
            match value {
                Value::String(text) => rules.text(&mut seen, text),
                other => rules.number(&mut seen, &other.to_string()),
            }
        }
        let segments = segments(&labelled.path);
        let path: Vec<_> = segments.iter().map(String::as_str).collect();
        let found = rules.judge(&path, &seen).map(|found| (found.entity, found.confidence));
        (format!("{} ({})", labelled.path, labelled.of.unwrap_or_default()), labelled.entity, found)
    };
    labelled.into_iter().enumerate().map(judge).collect()
}

/// Counts; another entity than the label's is wrong, and the label's is missed.
pub(crate) fn score(set: &str, least: f64) -> Score {
    let mut score = Score::default();
    for (path, label, found) in judged(set) {
        let told = found.filter(|(_, confidence)| *confidence >= least);
        let is_right = told.as_ref().map(|(entity, _)| entity) == label.as_ref();
        if !is_right {
            println!("{set} {least}: {path} is {label:?}, found {told:?}");
        }
        score.right += u32::from(is_right && label.is_some());
        score.wrong += u32::from(!is_right && told.is_some());
        score.missed += u32::from(!is_right && label.is_some());
    }
    score
}

#[test]
fn figures() {
    for set in ["tuned", "held_out"] {
        for least in [0.5, 0.8] {
            let score = score(set, least);
            println!("{set} at {least}: {score:?} precision {:.3} recall {:.3}", score.precision(), score.recall());
        }
    }
    panic!();
}
