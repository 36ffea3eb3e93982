//! What people decided of classifications: it wins, and stays.

use serde::{Deserialize, Serialize};

use super::{custom::Sensitivity, entity};
use crate::catalog::native::Classification;

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The attribute holds the entity, whatever is found.
    Confirmed,
    /// It does not; another entity may be found.
    Rejected,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The account's number.
    pub account: String,
    /// The region.
    pub region: String,
    /// The table's name.
    pub table: String,
    /// The attribute's path as [`dotted`] writes it, such as `customer.email` or `lines[].sku`.
    pub attribute: String,
    /// The entity.
    pub entity: String,
    /// What was said.
    pub decision: Verdict,
    /// Of an entity that no rule knows: whether it is sensitive. Nothing said, it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Sensitivity>,
}

/// Where an attribute is.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The account's number.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// The table's name.
    pub table: &'a str,
    /// The attribute's path, the name of elements being empty.
    pub path: &'a [&'a str],
}

/// All decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decisions(pub Vec<Decision>);

impl Decisions {
    /// Chooses of what an attribute may hold, the surest first: what is confirmed, else the first that is not rejected.
    #[must_use]
    pub fn apply(&self, place: Place<'_>, candidates: Vec<Classification>) -> Option<Classification> {
        let attribute = dotted(place.path);
        let here = |decision: &&Decision| {
            let table = (decision.account.as_str(), decision.region.as_str(), decision.table.as_str());
            decision.attribute == attribute && table == (place.account, place.region, place.table)
        };
        // The last word counts.
        let verdict = |entity: &str| {
            let mut said = self.0.iter().rev().filter(here).filter(|decision| decision.entity == entity);
            said.next().map(|decision| decision.decision)
        };
        let mut confirmed = self.0.iter().rev().filter(here).filter(|decision| decision.decision == Verdict::Confirmed);
        match confirmed.find(|decision| verdict(&decision.entity) == Some(Verdict::Confirmed)) {
            Some(decision) => Some(confirm(decision, candidates)),
            None => candidates.into_iter().find(|found| verdict(&found.entity) != Some(Verdict::Rejected)),
        }
    }
}

fn confirm(decision: &Decision, candidates: Vec<Classification>) -> Classification {
    let found = candidates.into_iter().find(|found| found.entity == decision.entity);
    let is_sensitive = decision.sensitivity.map_or_else(
        || entity::find(&decision.entity).is_none_or(|entity| entity.is_sensitive),
        |sensitivity| sensitivity == Sensitivity::Sensitive,
    );
    let said = if is_sensitive { "sensitive" } else { "non_sensitive" };
    let mut chosen =
        found.unwrap_or_else(|| Classification { sensitivity: said.to_owned(), ..Classification::default() });
    if decision.sensitivity.is_some() {
        said.clone_into(&mut chosen.sensitivity);
    }
    chosen.entity.clone_from(&decision.entity);
    chosen.confidence = 1.0;
    "confirmed".clone_into(&mut chosen.decision);
    chosen.evidence.push("a person confirmed it".to_owned());
    chosen
}

/// A path as people write it: names joined by dots, `[]` for elements.
#[must_use]
pub fn dotted(path: &[&str]) -> String {
    let mut text = String::new();
    for name in path {
        match *name {
            "" => text.push_str("[]"),
            name => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests;
