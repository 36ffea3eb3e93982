//! The entities that are known, and what speaks for each.

mod general;
mod national;

use super::sign::Sign;

/// An entity.
#[derive(Debug)]
pub(crate) struct Entity {
    pub(crate) name: &'static str,
    pub(crate) is_sensitive: bool,
    /// What many of it are called.
    pub(crate) many: &'static str,
    /// What one of it is called.
    pub(crate) one: &'static str,
    /// Names that say it: words joined, several languages.
    pub(crate) names: &'static str,
    pub(crate) rules: &'static [Rule],
}

/// What speaks for an entity.
#[derive(Debug)]
pub(crate) enum Rule {
    /// Values that say themselves what they are.
    Pattern {
        signs: &'static [Sign],
        /// What has the same form; where given, nearly all of it has to be right.
        form: Option<Sign>,
        /// How sure a value is by itself.
        quality: f64,
    },
    /// Values with check digits.
    Checked {
        sign: Sign,
        forms: &'static [Sign],
        /// The share of random values that are right.
        chance: f64,
        quality: f64,
    },
    /// Values that are something only where the name says so.
    Named {
        signs: &'static [Sign],
        /// The least share.
        share: f64,
        confidence: f64,
        /// How many different values there have to be, if there are as many.
        distinct: f64,
        /// Names, if not those of the entity.
        names: &'static str,
    },
    /// Names of persons, which have a rule of their own.
    Person,
}

/// Names that say that a number is some state's.
pub(crate) const NATIONAL: &str = "nationalid nationalidentifier nationalinsurance nationalinsurancenumber nationalidentitynumber idnumber \
    identitynumber identity personalid personalnumber taxid taxnumber tin taxidentifier taxpayerid citizenid governmentid govid \
    idcard idcardnumber socialsecurity socialsecuritynumber personid documentnumber documentid document insurancenumber";

const fn checked(sign: Sign, forms: &'static [Sign], chance: f64, quality: f64) -> Rule {
    Rule::Checked { sign, forms, chance, quality }
}

const fn pattern(signs: &'static [Sign], quality: f64) -> Rule {
    Rule::Pattern { signs, form: None, quality }
}

const fn named(signs: &'static [Sign], share: f64, confidence: f64) -> Rule {
    Rule::Named { signs, share, confidence, distinct: 3.0, names: "" }
}

const fn listed(signs: &'static [Sign], share: f64, confidence: f64, names: &'static str) -> Rule {
    Rule::Named { signs, share, confidence, distinct: 1.0, names }
}

/// An entity, its fields in their order.
macro_rules! entity {
    ($name:literal, $is_sensitive:literal, $one:literal, $many:literal, $names:literal, [$($rule:expr),+ $(,)?]) => {
        Entity {
            name: $name,
            is_sensitive: $is_sensitive,
            one: $one,
            many: $many,
            names: $names,
            rules: &[$($rule),+],
        }
    };
}

use entity;

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Entity> {
    general::ALL.iter().chain(national::ALL)
}

/// The entity of a name.
pub(crate) fn find(name: &str) -> Option<&'static Entity> {
    all().find(|entity| entity.name == name)
}

impl Entity {
    /// Whether it is a number that a state gives to persons.
    pub(crate) fn is_national(&self) -> bool {
        national::ALL.iter().any(|entity| entity.name == self.name)
    }
}
