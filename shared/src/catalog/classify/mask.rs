//! Takes values out of what is sensitive.

use serde_json::Value;

use super::{
    check::person::Words,
    judge::SENSITIVE,
    look,
    sign::{Marks, Sign},
};
use crate::catalog::native::{Attribute, Profile};

/// What a value is sensitive by, whatever others are. A bare number is no card's because its check digit is right.
const TELLING: [(Sign, &str); 6] = [
    (Sign::Email, "email"),
    (Sign::Iban, "iban"),
    (Sign::Card, "credit_card"),
    (Sign::Secret, "secret"),
    (Sign::Mrz, "passport"),
    (Sign::Crypto, "crypto_address"),
];

/// Takes out the values of an attribute where one that is shown tells by itself that it is sensitive.
pub(super) fn telling(words: &Words, attribute: &mut Attribute, is_open: impl Fn(&str) -> bool) {
    let profile = attribute.profile.as_ref();
    let ends = profile.into_iter().flat_map(|profile| profile.min.iter().chain(&profile.max));
    let frequent = profile.into_iter().flat_map(|profile| profile.top_values.iter().map(|each| &each.value));
    let mut shown = ends.chain(frequent).chain(&attribute.samples).filter_map(Value::as_str);
    let tells = |text: &str| {
        let mut marks = Marks::default();
        look::text(words, &mut marks, text);
        let is_bare = text.bytes().all(|byte| byte.is_ascii_digit());
        TELLING.iter().any(|(sign, entity)| marks.get(*sign).is_some() && !is_bare && !is_open(entity))
    };
    if shown.any(tells) {
        attribute.samples.clear();
        attribute.profile.as_mut().into_iter().for_each(hide);
    }
}

/// Takes values out of an attribute that is classified sensitive, of all that lies in it, and of what it lies in: samples of
/// a map show its members. Of numbers, what is made of few of them is taken out, too: the bins of a histogram begin with
/// the smallest.
pub fn mask(attribute: &mut Attribute) {
    below(attribute, false);
}

/// Hands back whether anything sensitive is in it.
fn below(attribute: &mut Attribute, is_within: bool) -> bool {
    let is_own = attribute.classification.as_ref().is_some_and(|found| found.sensitivity == SENSITIVE);
    let is_sensitive = is_within || is_own;
    let element = attribute.element.as_deref_mut();
    let value = attribute.map_of.as_mut().map(|map| map.value.as_mut());
    let inner = attribute.children.iter_mut().chain(element).chain(value);
    let mut has_sensitive = false;
    for inner in inner {
        has_sensitive |= below(inner, is_sensitive);
    }
    if is_sensitive || has_sensitive {
        attribute.samples.clear();
        if let Some(profile) = &mut attribute.profile {
            hide(profile);
        }
    }
    is_own || has_sensitive
}

fn hide(profile: &mut Profile) {
    let is_number = profile.sum.is_some() || profile.min.as_ref().is_some_and(serde_json::Value::is_number);
    profile.min = None;
    profile.max = None;
    profile.top_values.clear();
    if let Some(cardinality) = &mut profile.cardinality_distribution {
        cardinality.categories.clear();
    }
    if is_number {
        profile.mean = None;
        profile.sum = None;
        profile.median = None;
        profile.first_quartile = None;
        profile.third_quartile = None;
        profile.histogram = None;
    }
    profile.masked = true;
}

#[cfg(test)]
mod tests;
