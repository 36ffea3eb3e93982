//! Rules of one's own.

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    decision,
    judge::{Found, percent},
};

/// How large a compiled pattern may be.
const LARGEST_BYTES: usize = 1 << 20;

/// Whether what is of an entity is sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// It is: values are masked.
    #[default]
    Sensitive,
    /// It is personal or worth a word, and may be shown.
    NonSensitive,
}

/// A rule of one's own.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Custom {
    /// What it is called in errors and evidence.
    pub name: String,
    /// The entity, such as `customer_number`; one of the built-in ones, too.
    pub entity: String,
    /// Whether its values are masked.
    pub sensitivity: Sensitivity,
    /// A regular expression that a whole value has to match, a number by its text.
    pub pattern: Option<String>,
    /// A regular expression, capitals and small letters alike, that the attribute's whole name has to match, or its whole
    /// path, such as `customer.number`.
    pub names: Option<String>,
    /// The share of values that has to match `pattern`; 0.5 where it is not said.
    pub share: Option<f64>,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("rule `{rule}`: {message}")]
pub struct Problem {
    /// The rule's name, or its place such as `rules[2]`.
    pub rule: String,
    /// What is wrong.
    pub message: String,
}

/// Rules that are ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct Customs {
    pub(crate) all: Vec<Custom>,
    names: Vec<Option<Regex>>,
    values: Option<RegexSet>,
    /// Which rule each pattern of `values` is of.
    owners: Vec<usize>,
}

impl Customs {
    /// Compiles rules.
    ///
    /// # Errors
    ///
    /// All that is wrong with any of them.
    pub(crate) fn new(all: Vec<Custom>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let (mut names, mut patterns, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        for (place, custom) in all.iter().enumerate() {
            let rule = if custom.name.is_empty() { format!("rules[{place}]") } else { custom.name.clone() };
            let mut wrong = |message: String| problems.push(Problem { rule: rule.clone(), message });
            if custom.name.is_empty() || custom.entity.is_empty() {
                wrong("`name` and `entity` must be given".to_owned());
            }
            if !custom.name.is_empty() && all.iter().take(place).any(|other| other.name == custom.name) {
                wrong("there is another rule of this name".to_owned());
            }
            if custom.pattern.is_none() && custom.names.is_none() {
                wrong("neither `pattern` nor `names` is given; one of them must be".to_owned());
            }
            if custom.share.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
                wrong("`share` must be above 0 and at most 1".to_owned());
            }
            if let Some(pattern) = &custom.pattern {
                match compile(pattern, false) {
                    Ok(_) => {
                        patterns.push(whole(pattern));
                        owners.push(place);
                    }
                    Err(error) => wrong(format!("`pattern` is no regular expression: {error}")),
                }
            }
            names.push(custom.names.as_ref().and_then(|pattern| {
                compile(pattern, true).map_err(|error| wrong(format!("`names` is no regular expression: {error}"))).ok()
            }));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let values =
            (!patterns.is_empty()).then(|| RegexSetBuilder::new(patterns).size_limit(16 * LARGEST_BYTES).build());
        let values = values.transpose().map_err(|_| {
            vec![Problem { rule: "rules".to_owned(), message: "all patterns together are too large".to_owned() }]
        })?;
        Ok(Self { all, names, values, owners })
    }

    /// Counts the rules that a value matches.
    pub(crate) fn look(&self, counts: &mut Vec<u64>, text: &str) {
        // Which patterns match takes memory to tell, and most values match none.
        let Some(values) = self.values.as_ref().filter(|values| values.is_match(text)) else { return };
        for pattern in &values.matches(text) {
            let Some(owner) = self.owners.get(pattern) else { continue };
            if counts.len() <= *owner {
                counts.resize(owner + 1, 0);
            }
            if let Some(count) = counts.get_mut(*owner) {
                *count += 1;
            }
        }
    }

    /// The rules that hold of an attribute, of the share of its values that match each.
    pub(crate) fn judge<'a>(
        &'a self,
        path: &[&str],
        share: impl Fn(usize) -> f64 + 'a,
    ) -> impl Iterator<Item = (&'a Custom, Found)> {
        let dotted = decision::dotted(path);
        let last = decision::names(path).next_back().unwrap_or_default().to_owned();
        self.all.iter().zip(&self.names).enumerate().filter_map(move |(place, (custom, names))| {
            let is_named = names.as_ref().is_none_or(|names| names.is_match(&last) || names.is_match(&dotted));
            let share = if custom.pattern.is_some() { share(place) } else { 1.0 };
            if !is_named || share < custom.share.unwrap_or(0.5) {
                return None;
            }
            let mut evidence = Vec::new();
            if custom.pattern.is_some() {
                evidence.push(format!("{} of values match the rule {}", percent(share), custom.name));
            }
            if custom.names.is_some() {
                evidence.push(format!("the name matches the rule {}", custom.name));
            }
            let confidence = if custom.pattern.is_some() { 0.8 + 0.19 * share } else { 0.8 };
            Some((custom, Found { confidence, share, evidence }))
        })
    }
}

/// The pattern of whole values.
fn whole(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}

fn compile(pattern: &str, is_name: bool) -> Result<Regex, String> {
    // Alone first: `a)|(b` would be one within brackets.
    let build = |pattern: &str| RegexBuilder::new(pattern).case_insensitive(is_name).size_limit(LARGEST_BYTES).build();
    build(pattern).and_then(|_| build(&whole(pattern))).map_err(|error| {
        let text = error.to_string();
        let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        last.trim().trim_start_matches("error: ").to_owned()
    })
}

#[cfg(test)]
mod tests;
