//! Takes values out of what is sensitive.

use crate::catalog::native::{Attribute, Profile};

/// Takes values out of an attribute that is classified sensitive, of all that lies in it, and of what it lies in: samples of
/// a map show its members. Of numbers, what is made of few of them is taken out, too: the bins of a histogram begin with
/// the smallest.
pub fn mask(attribute: &mut Attribute) {
    below(attribute, false);
}

/// Hands back whether anything sensitive is in it.
fn below(attribute: &mut Attribute, is_within: bool) -> bool {
    let is_own = attribute.classification.as_ref().is_some_and(|found| found.sensitivity == "sensitive");
    let is_sensitive = is_within || is_own;
    let element = attribute.element.as_deref_mut();
    let value = attribute.map_of.as_mut().map(|map| map.value.as_mut());
    let inner = attribute.children.iter_mut().chain(element).chain(value);
    let has_sensitive = inner.fold(false, |has, inner| below(inner, is_sensitive) || has);
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
