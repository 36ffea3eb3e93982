//! What a catalog is made of: answers of Scan, profiles that go on later, and what people write.

use std::sync::OnceLock;

use rowferry::catalog::{
    classify::{Rules, mask},
    coverage, decision,
    native::Attribute,
    profile::{Finished, Limits, Profiler},
};
use serde_json::Value;

use super::words::check;

/// Any bytes as an answer of Scan; and as items of several, parted by line breaks, in one order and in the other.
pub(super) fn scan(data: &[u8]) {
    if let Some(finished) = fold([data.to_vec()].iter(), false) {
        let body = serde_json::from_slice::<Value>(data).ok();
        let items = body.as_ref().and_then(|body| body.get("Items")?.as_array());
        assert!(items.is_none_or(|items| items.len() as u64 == finished.items), "every item is counted");
    }
    let answers = data.split(|byte| *byte == b'\n').map(|items| [&b"{\"Items\":["[..], items, b"]}"].concat());
    let answers: Vec<Vec<u8>> = answers.collect();
    let one = fold(answers.iter(), false);
    assert!(one == fold(answers.iter(), true), "a profile that goes on later is the same");
    let (Some(one), Some(other)) = (one, fold(answers.iter().rev(), false)) else { return };
    assert_eq!((one.items, one.attributes.len()), (other.items, other.attributes.len()));
    for (one, other) in one.attributes.iter().zip(&other.attributes) {
        let exact = [one, other].iter().all(|each| each.profile.as_ref().is_some_and(|it| it.estimated.is_empty()));
        if exact && one.classification == other.classification {
            assert_eq!((&one.name, &one.types, &one.profile), (&other.name, &other.types, &other.profile));
        }
    }
}

/// The profile of these answers, or saved after each; none where one of them is no answer.
fn fold<'a>(answers: impl Iterator<Item = &'a Vec<u8>>, is_saved: bool) -> Option<Finished> {
    static RULES: OnceLock<Rules> = OnceLock::new();
    let rules = RULES.get_or_init(|| Rules::new(Vec::new()).unwrap());
    let limits = Limits { attributes: 200, top: 50, members: 24, distinct: 32, name_bytes: 4096 };
    let (mut profiler, mut items) = (Profiler::new(rules, Vec::new(), limits.clone()), 0);
    for answer in answers {
        items += profiler.page(answer).ok()?.items;
        if is_saved {
            profiler = Profiler::restore(rules, Vec::new(), limits.clone(), &profiler.save().unwrap()).unwrap();
        }
    }
    let mut finished = profiler.finish(true, |path, seen, attribute| {
        attribute.classification = rules.judge(path, seen);
        look(attribute);
    });
    assert_eq!(finished.items, items);
    finished.attributes.iter_mut().for_each(mask);
    Some(finished)
}

/// Figures fit each other.
fn look(attribute: &Attribute) {
    let profile = attribute.profile.as_ref().unwrap();
    let shares = [attribute.presence, profile.null_proportion, profile.distinct_proportion, profile.unique_proportion];
    assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{attribute:?}");
    assert!(profile.unique_count <= profile.distinct_count, "{attribute:?}");
    assert!(profile.distinct_count <= profile.values_count.max(1), "{attribute:?}");
    assert_eq!(attribute.types.iter().map(|each| each.count).sum::<u64>(), attribute.count, "{attribute:?}");
    assert!(profile.min_length <= profile.max_length, "{attribute:?}");
    if let Some(histogram) = &profile.histogram {
        assert_eq!(histogram.boundaries.len(), histogram.frequencies.len() + 1, "{attribute:?}");
    }
}

/// Any bytes as a saved profile, and a sound one with some bytes changed: each time where and what.
pub(super) fn profile(data: &[u8]) {
    static SOUND: OnceLock<Vec<u8>> = OnceLock::new();
    let restore = |bytes: &[u8]| Profiler::restore((), Vec::new(), Limits::default(), bytes);
    _ = restore(data);
    let sound = SOUND.get_or_init(|| {
        let mut profiler = Profiler::new((), Vec::new(), Limits::default());
        let items = include_bytes!("../../seeds/scan/items");
        profiler.page(&[&b"{\"Items\":["[..], items.trim_ascii(), b"]}"].concat()).unwrap();
        profiler.save().unwrap()
    });
    let (mut saved, mut edits) = (sound.clone(), data);
    while let [high, low, new, rest @ ..] = edits {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % saved.len();
        saved[at] = *new;
        edits = rest;
    }
    assert_eq!(restore(&saved).is_ok(), saved == *sound, "what is damaged is refused");
}

/// Any text as catalog.yaml; what follows a zero byte as what an invoke carries.
pub(super) fn coverage(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (file, invoke) = text.split_once('\0').unwrap_or((text, ""));
    match coverage::parse(file, invoke) {
        Ok(coverage) => {
            assert!(!coverage.accounts.is_empty());
            _ = (coverage.filter.takes("orders"), coverage.budget.units(), Rules::new(coverage.rules).is_ok());
        }
        Err(problems) if invoke.is_empty() => check(file, &problems),
        Err(problems) => assert!(!problems.is_empty()),
    }
}

/// Any text as classification.yaml.
pub(super) fn decisions(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Err(problems) = decision::parse(text) {
        check(text, &problems);
    }
}
