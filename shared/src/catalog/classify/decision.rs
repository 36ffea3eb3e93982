//! What people decided of classifications: it wins, and stays.

use serde::{Deserialize, Serialize};

use super::{
    custom::Sensitivity,
    entity,
    judge::{LEAST_SHARE, RULE, SENSITIVE},
};
use crate::catalog::{
    changes::join,
    native::Classification,
    profile::{ELEMENT, VALUE},
};

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
    /// The attribute's path as [`dotted`] writes it, such as `customer.email`, `lines[].sku` or `prices.*`.
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
    /// The attribute's path, with [`ELEMENT`] and [`VALUE`] where these lead to it.
    pub path: &'a [&'a str],
}

/// All decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decisions(pub Vec<Decision>);

impl Decisions {
    /// Chooses of what an attribute may hold, the surest first: what is confirmed, else the first that is not rejected.
    ///
    /// Where that is not sensitive, but some values may be of another entity that is, the attribute is; unless a person
    /// confirmed it, or all values match a rule of one's own.
    #[must_use]
    pub fn apply(&self, place: Place<'_>, candidates: Vec<Classification>) -> Option<Classification> {
        let said = self.at(place);
        if let Some(decision) = said.iter().find(|decision| decision.decision == Verdict::Confirmed) {
            return Some(confirm(decision, candidates));
        }
        let is_rejected = |found: &Classification| said.iter().any(|decision| decision.entity == found.entity);
        let mut left = candidates.into_iter().filter(|found| !is_rejected(found));
        let mut chosen = left.next()?;
        if chosen.sensitivity != SENSITIVE
            && !is_ruled(&chosen)
            && let Some(other) = left.find(|other| other.sensitivity == SENSITIVE)
        {
            other.sensitivity.clone_into(&mut chosen.sensitivity);
            chosen.evidence.extend(other.evidence.into_iter().next());
        }
        Some(chosen)
    }

    /// Whether values may be shown that look like an entity: it is rejected, or what is confirmed was said not to be
    /// sensitive.
    pub(crate) fn opens(&self, place: Place<'_>, entity: &str) -> bool {
        self.at(place).iter().any(|decision| match decision.decision {
            Verdict::Rejected => decision.entity == entity,
            Verdict::Confirmed => decision.sensitivity == Some(Sensitivity::NonSensitive),
        })
    }

    /// What was said of an attribute: the last word on each entity, the last one first.
    fn at(&self, place: Place<'_>) -> Vec<&Decision> {
        let attribute = dotted(place.path);
        let mut last: Vec<&Decision> = Vec::new();
        for decision in self.0.iter().rev() {
            let table = (decision.account.as_str(), decision.region.as_str(), decision.table.as_str());
            let is_here = decision.attribute == attribute && table == (place.account, place.region, place.table);
            if is_here && last.iter().all(|other| other.entity != decision.entity) {
                last.push(decision);
            }
        }
        last
    }
}

/// Whether all values match a rule of one's own.
pub(crate) fn is_ruled(found: &Classification) -> bool {
    found.decision == RULE && found.share > 1.0 - LEAST_SHARE
}

fn confirm(decision: &Decision, candidates: Vec<Classification>) -> Classification {
    let found = candidates.into_iter().find(|found| found.entity == decision.entity);
    let is_sensitive = decision.sensitivity.map_or_else(
        || entity::find(&decision.entity).is_none_or(|entity| entity.is_sensitive),
        |sensitivity| sensitivity == Sensitivity::Sensitive,
    );
    let said = if is_sensitive { SENSITIVE } else { "non_sensitive" };
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

/// The names of a path, without what stands there for elements and for the values of maps whose keys are data.
pub(crate) fn names<'a>(path: &[&'a str]) -> impl DoubleEndedIterator<Item = &'a str> {
    path.iter().copied().filter(|name| !matches!(*name, ELEMENT | VALUE))
}

/// A path as people write it, and as `changes.json` has it: names joined by dots, `[]` for elements, `*` for the values of
/// a map whose keys are data; names in which such signs stand are in quotes.
#[must_use]
pub fn dotted(path: &[&str]) -> String {
    path.iter().fold(String::new(), |above, name| match *name {
        ELEMENT => above + "[]",
        VALUE => above + ".*",
        name => join(&above, name),
    })
}

#[cfg(test)]
mod tests;
