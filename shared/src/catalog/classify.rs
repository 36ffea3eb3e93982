//! What an attribute holds: personal data, secrets and what else people want to know of, told by rules.
//!
//! While values are profiled, [`Rules`] looks at each for signs: an e-mail address, a number whose check digits are right, a
//! word that is a given name. Afterwards [`Rules::candidates`] judges, of how often signs were seen and of the attribute's
//! name, what it holds and how sure that is; [`Decisions`] puts in what people said; [`mask`] takes values out of what is
//! sensitive. Nothing of a value is kept but counts and a few bits of hashes.

use serde::{Deserialize, Serialize};

mod check;
mod custom;
mod decision;
mod entity;
mod judge;
mod look;
mod mask;
mod name;
mod person;
mod sign;
mod unmet;

use self::{custom::Customs, judge::Sight, name::Name, sign::Marks};
pub use self::{
    custom::{Custom, Problem, Sensitivity},
    decision::{Decision, Decisions, Place, Verdict, dotted},
    mask::mask,
};
use super::{
    native::{Attribute, Classification},
    watch::Watch,
};

/// So many values of an attribute are all looked at; of what follows, one of [`ONE_OF`].
const ALL_OF_FIRST: u64 = 10_000;
/// Of so many values one is looked at, later.
const ONE_OF: u64 = 8;

/// What was seen of an attribute's values: counts, and no value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// How many values there were.
    values: u64,
    /// How many of them were looked at.
    looked: u64,
    marks: Marks,
    /// How many match each rule of one's own.
    custom: Vec<u64>,
}

impl Seen {
    /// Counts a value, and says whether it is one to look at.
    ///
    /// After the first ten thousand one in eight is, chosen by the bits of its number, so that no rhythm of the values
    /// falls in with it: what is rarer than told ones are by then is no more likely to be told by the rest.
    fn turn(&mut self) -> bool {
        self.values += 1;
        let is_turn =
            self.values <= ALL_OF_FIRST || self.values.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 & (ONE_OF - 1) == 0;
        self.looked += u64::from(is_turn);
        is_turn
    }
}

/// The rules by which values are looked at and judged.
#[derive(Debug)]
pub struct Rules {
    words: check::person::Words,
    customs: Customs,
}

impl Rules {
    /// The built-in rules, and those of one's own.
    ///
    /// # Errors
    ///
    /// All that is wrong with rules of one's own, each by its name.
    pub fn new(customs: Vec<Custom>) -> Result<Self, Vec<Problem>> {
        Ok(Self { words: check::person::Words::new(), customs: Customs::new(customs)? })
    }

    /// Classifies an attribute, and takes out its values where one of them tells by itself that it is sensitive, though too
    /// few are such for the attribute to be classified. [`mask`] does the rest when all attributes are classified.
    pub fn classify(&self, decisions: &Decisions, place: Place<'_>, seen: &Seen, attribute: &mut Attribute) {
        attribute.classification = decisions.apply(place, self.candidates(place.path, seen));
        if let (Some(found), true) = (&mut attribute.classification, attribute.map_of.is_some()) {
            // Of a map, the keys were seen.
            found.evidence.iter_mut().for_each(|text| *text = text.replace("of values", "of keys"));
        }
        if !attribute.classification.as_ref().is_some_and(decision::is_ruled) {
            mask::telling(&self.words, attribute, |entity| decisions.opens(place, entity));
        }
    }

    /// Judges what an attribute holds.
    #[must_use]
    pub fn judge(&self, path: &[&str], seen: &Seen) -> Option<Classification> {
        self.candidates(path, seen).into_iter().next()
    }

    /// Judges what an attribute may hold: what rules of one's own say, in their order, then what the built-in ones say, the
    /// surest first.
    #[must_use]
    pub fn candidates(&self, path: &[&str], seen: &Seen) -> Vec<Classification> {
        let sight = Sight { marks: &seen.marks, values: seen.looked };
        let share = |place: usize| sight.share(seen.custom.get(place).copied().unwrap_or_default());
        let mut all: Vec<Classification> = Vec::new();
        if seen.looked > 0 {
            let own = self.customs.judge(path, share).map(|(custom, found)| {
                let is_sensitive = custom.sensitivity == Sensitivity::Sensitive;
                Classification {
                    decision: judge::RULE.to_owned(),
                    ..judge::classification(&custom.entity, is_sensitive, found)
                }
            });
            all.extend(own);
        }
        for found in judge::all(&Name::new(path), sight) {
            if all.iter().all(|other| other.entity != found.entity) {
                all.push(found);
            }
        }
        all
    }
}

impl Watch for Rules {
    type Seen = Seen;

    fn join(&self, seen: &mut Seen, other: &Seen) {
        seen.values += other.values;
        seen.looked += other.looked;
        seen.marks.join(&other.marks);
        seen.custom.resize(seen.custom.len().max(other.custom.len()), 0);
        seen.custom.iter_mut().zip(&other.custom).for_each(|(own, count)| *own += count);
    }

    fn text(&self, seen: &mut Seen, text: &str) {
        if !text.is_empty() && seen.turn() {
            look::text(&self.words, &mut seen.marks, text);
            self.customs.look(&mut seen.custom, text);
        }
    }

    fn number(&self, seen: &mut Seen, text: &str) {
        if seen.turn() {
            look::number(&mut seen.marks, text);
            self.customs.look(&mut seen.custom, text);
        }
    }
}

#[cfg(test)]
mod tests;
