//! Judges what an attribute holds, of the signs of its values and of its name.
//!
//! The evidence of an entity is the best of its rules. Values that say themselves what they are count even where they
//! are few. Check digits count by how much likelier they are right than by chance: of random numbers one in ten passes
//! Luhn, so a share near a tenth says nothing, and one near 1 says the more, the more different numbers there were.
//! A name makes surer what values say, and decides nothing alone.

use super::{
    entity::{self, Entity, NATIONAL, Rule},
    name::Name,
    person,
    sign::{Mark, Marks, Sign},
};
use crate::catalog::native::Classification;

/// What is less sure is not told.
pub(crate) const LEAST_CONFIDENCE: f64 = 0.5;
/// Of values of which fewer are such, nothing is told.
pub(crate) const LEAST_SHARE: f64 = 0.005;

/// How the sensitivity is called of what is masked.
pub(crate) const SENSITIVE: &str = "sensitive";
/// What stands for a decision where a rule of one's own told it.
pub(crate) const RULE: &str = "rule";

/// Words of names whose numbers are no telephone's, no card's and no person's.
const NUMBERED: &str = "order invoice sku serial tracking part timestamp time at version build revision isbn ean upc gtin asin barcode batch \
    lot ticket case reference ref transaction txn sequence seq amount total price sum qty quantity size bytes offset ms epoch \
    created updated modified expires ttl imei imsi iccid bestellnummer rechnungsnummer artikelnummer commande facture pedido";
/// Words of names whose dotted numbers are no addresses.
const VERSIONS: &str = "version release firmware build revision oid software app sdk api agent";

/// What was seen of an attribute: the signs, and of how many values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) marks: &'a Marks,
    pub(crate) values: u64,
}

/// The sum of some signs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    pub(crate) whole: u64,
    pub(crate) part: u64,
    pub(crate) distinct: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts of values are below 2^53")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

impl Sight<'_> {
    pub(crate) fn sum(&self, signs: &[Sign]) -> Sum {
        let marks = signs.iter().filter_map(|sign| self.marks.get(*sign));
        marks.fold(Sum::default(), |sum, mark| Sum {
            whole: sum.whole + mark.whole,
            part: sum.part + mark.part,
            distinct: sum.distinct + mark.distinct(),
        })
    }

    pub(crate) fn share(&self, count: u64) -> f64 {
        if self.values == 0 { 0.0 } else { (float(count) / float(self.values)).min(1.0) }
    }
}

/// How much a share says: few hits are not averaged away, but one acts on them less.
fn weight(share: f64) -> f64 {
    0.5 + 0.5 * share.powf(0.3)
}

/// What speaks for an entity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) confidence: f64,
    pub(crate) share: f64,
    pub(crate) evidence: Vec<String>,
}

/// A share in words, such as `87 %`.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent >= 99.95 => "all".to_owned(),
        percent if percent >= 10.0 => format!("{percent:.0} %"),
        percent => format!("{percent:.1} %"),
    }
}

fn values_are(share: f64, sum: Sum, entity: &Entity) -> String {
    let percent = percent(share);
    if sum.part > sum.whole {
        format!("{percent} of values hold {}", entity.one)
    } else {
        format!("{percent} of values are {}", entity.many)
    }
}

/// What an attribute may hold, the surest first.
pub(crate) fn all(name: &Name, sight: Sight<'_>) -> Vec<Classification> {
    let mut found: Vec<_> = entity::all().filter_map(|entity| Some((entity, best(entity, name, sight)?))).collect();
    found.sort_by(|(_, a), (_, b)| b.confidence.total_cmp(&a.confidence));
    let told = found.into_iter().filter(|(_, found)| found.confidence >= LEAST_CONFIDENCE);
    told.map(|(entity, found)| classification(entity.name, entity.is_sensitive, found)).collect()
}

pub(crate) fn classification(entity: &str, is_sensitive: bool, found: Found) -> Classification {
    let round = |number: f64| (number.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0;
    Classification {
        entity: entity.to_owned(),
        sensitivity: if is_sensitive { SENSITIVE } else { "non_sensitive" }.to_owned(),
        confidence: round(found.confidence),
        share: round(found.share),
        evidence: found.evidence,
        decision: "found".to_owned(),
    }
}

fn best(entity: &Entity, name: &Name, sight: Sight<'_>) -> Option<Found> {
    let rules = entity.rules.iter().filter_map(|rule| match rule {
        Rule::Pattern { signs, form, quality } => pattern(entity, name, sight, signs, *form, *quality),
        Rule::Checked { sign, forms, chance, quality } => checked(entity, name, sight, *sign, forms, *chance, *quality),
        Rule::Named { signs, share, confidence, distinct, names } => {
            let says = name.says(if names.is_empty() { entity.names } else { names });
            says.then(|| named(entity, sight, signs, (*share, *confidence, *distinct))).flatten()
        }
        Rule::Person => person::judge(entity, name, sight),
    });
    rules.max_by(|a, b| a.confidence.total_cmp(&b.confidence))
}

/// Values that say themselves what they are.
fn pattern(
    entity: &Entity,
    name: &Name,
    sight: Sight<'_>,
    signs: &[Sign],
    form: Option<Sign>,
    quality: f64,
) -> Option<Found> {
    let sum = sight.sum(signs);
    let hits = sum.whole + sum.part;
    let share = sight.share(hits);
    let of_form = form.and_then(|form| sight.marks.get(form)).map_or(hits, Mark::count);
    let is_few = share < LEAST_SHARE || hits < 2 && sight.values > 20;
    if hits == 0 || is_few || float(hits) < 0.95 * float(of_form) {
        return None;
    }
    let seen = if sum.distinct < 1.5 {
        0.8
    } else if sum.distinct < 2.5 {
        0.9
    } else {
        1.0
    };
    let alone = quality * weight(share) * seen;
    let mut evidence = vec![values_are(share, sum, entity)];
    let is_numbers = signs.iter().any(|sign| matches!(sign, Sign::PhoneLocal | Sign::Ssn | Sign::UkNino));
    let is_against = is_numbers && name.has_word(NUMBERED) || signs.contains(&Sign::Ipv4) && name.has_word(VERSIONS);
    let confidence = if says(entity, name) && share >= 0.1 {
        evidence.push(name_says(entity));
        alone + (1.0 - alone) * 0.6
    } else if is_against {
        alone * 0.5
    } else {
        alone
    };
    Some(Found { confidence, share, evidence })
}

fn says(entity: &Entity, name: &Name) -> bool {
    name.says(entity.names) || entity.is_national() && name.says(NATIONAL)
}

fn name_says(entity: &Entity) -> String {
    format!("the name says {}", entity.one)
}

/// Values with check digits.
fn checked(
    entity: &Entity,
    name: &Name,
    sight: Sight<'_>,
    sign: Sign,
    forms: &[Sign],
    chance: f64,
    quality: f64,
) -> Option<Found> {
    let right = sight.sum(&[sign]);
    let form = sight.sum(forms);
    let (hits, of) = (right.whole + right.part, form.whole + form.part);
    if hits == 0 || of == 0 {
        return None;
    }
    // A value that stands there a thousand times says no more than once.
    let rate = (float(hits) / float(of)).min(right.distinct / form.distinct).min(1.0);
    let truth = (rate - chance) / (1.0 - chance);
    let share = sight.share(hits) * (float(hits) - chance * float(of)).max(0.0) / ((1.0 - chance) * float(hits));
    let strength = strength(form.distinct.round().max(1.0), rate, chance);
    let mut evidence = vec![values_are(share, right, entity), check_digits(rate, chance)];
    let is_named = says(entity, name);
    let confidence = if is_named && truth >= 0.3 && strength >= 0.9 {
        evidence.push(name_says(entity));
        0.98 * (0.83 + 0.17 * ((strength - 0.9) / 3.0).min(1.0)) * weight(share)
    } else if truth >= 0.6 && strength >= 4.0 {
        let is_against = name.has_word(NUMBERED) && quality < 0.97;
        quality * (0.7 + 0.3 * ((strength - 4.0) / 4.0).min(1.0)) * weight(share) * if is_against { 0.7 } else { 1.0 }
    } else {
        return None;
    };
    (share >= LEAST_SHARE).then_some(Found { confidence, share, evidence })
}

fn check_digits(rate: f64, chance: f64) -> String {
    if rate >= 0.9995 {
        return "all check digits are right".to_owned();
    }
    format!("{} of check digits are right, by chance {} would be", percent(rate), percent(chance))
}

/// How unlikely it is that of so many random values such a share is right, as a power of ten (Chernoff's bound).
fn strength(count: f64, rate: f64, chance: f64) -> f64 {
    if rate <= chance {
        return 0.0;
    }
    let term = |share: f64, chance: f64| if share > 0.0 { share * (share / chance).ln() } else { 0.0 };
    count * (term(rate, chance) + term(1.0 - rate, 1.0 - chance)) / std::f64::consts::LN_10
}

/// Values that are something only where the name says so.
fn named(
    entity: &Entity,
    sight: Sight<'_>,
    signs: &[Sign],
    (least, confidence, distinct): (f64, f64, f64),
) -> Option<Found> {
    let sum = sight.sum(signs);
    let share = sight.share(sum.whole);
    if share < least || sum.distinct + 0.5 < distinct.min(float(sight.values)) {
        return None;
    }
    let evidence = vec![name_says(entity), format!("{} of values have the form", percent(share))];
    Some(Found { confidence: confidence * weight(share), share, evidence })
}

#[cfg(test)]
mod tests;
