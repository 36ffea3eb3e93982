use super::*;

/// Numbers that look like chance and are the same each time.
fn chance(number: u64) -> u64 {
    mix(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn of(items: u64, value: impl Fn(u64) -> Value) -> Attribute {
    let mut profiler = Profiler::new((), Vec::new(), Limits::default());
    for page in (0..items).collect::<Vec<_>>().chunks(1000) {
        let items: Vec<Value> = page.iter().map(|number| json!({ "a": value(*number) })).collect();
        profiler.page(&answer(&items)).unwrap();
    }
    finish(profiler).attributes.remove(0)
}

#[track_caller]
fn within(found: u64, wanted: u64, share: f64) {
    assert!((found as f64 - wanted as f64).abs() <= wanted as f64 * share, "{found} is not {wanted}");
}

#[test]
fn many_values_of_few_different_ones_stay_exact() {
    let profile = of(20_000, |number| json!({ "N": (number % 1024).to_string() })).profile.unwrap();
    assert_eq!(
        (profile.distinct_count, profile.estimated.len(), text(profile.median.as_ref())),
        (1024, 0, "499.5".to_owned())
    );
}

#[test]
fn estimates_are_near_and_told() {
    // Three values of ten are one of ten; the others are of 8,000.
    let value = |number: u64| {
        let chance = chance(number);
        if chance % 10 < 3 { chance / 10 % 10 } else { 1000 + chance / 10 % 8000 }
    };
    let count = 40_000;
    let mut all: Vec<u64> = (0..count).map(value).collect();
    all.sort_unstable();
    let mut counts = std::collections::BTreeMap::<u64, u64>::new();
    for value in &all {
        *counts.entry(*value).or_default() += 1;
    }

    let profile = of(count, |number| json!({ "N": value(number).to_string() })).profile.unwrap();
    within(profile.distinct_count, counts.len() as u64, 0.05);
    let unique = counts.values().filter(|count| **count == 1).count() as u64;
    assert!(profile.unique_count.abs_diff(unique) < counts.len() as u64 / 20, "{} {unique}", profile.unique_count);
    assert_eq!((profile.min, profile.max), (Some(json!(all[0])), Some(json!(all[all.len() - 1]))));
    assert_eq!(text(profile.sum.as_ref()), all.iter().sum::<u64>().to_string());
    for (quartile, share) in [(&profile.first_quartile, 0.25), (&profile.median, 0.5), (&profile.third_quartile, 0.75)]
    {
        let found: f64 = text(quartile.as_ref()).parse().unwrap();
        let rank = all.partition_point(|value| (*value as f64) < found) as f64 / count as f64;
        assert!((rank - share).abs() < 0.02, "{found} is at {rank}, not at {share}");
    }
    let histogram = profile.histogram.unwrap();
    assert_eq!(histogram.frequencies.iter().sum::<u64>(), count);
    assert_eq!(profile.top_values.len(), 10);
    for each in &profile.top_values {
        let (value, told) = (each.value.as_u64().unwrap(), each.count);
        assert!(value < 10 && told >= counts[&value] && told - counts[&value] < count / 90, "{value}: {told}");
    }
    let wanted = [
        "distinctCount",
        "distinctProportion",
        "uniqueCount",
        "uniqueProportion",
        "duplicateCount",
        "topValues",
        "cardinalityDistribution",
        "median",
        "firstQuartile",
        "thirdQuartile",
        "interQuartileRange",
        "nonParametricSkew",
        "histogram",
    ];
    assert_eq!(profile.estimated, wanted);
}

#[test]
fn values_that_are_all_different_are_known_to_be() {
    let profile = of(20_000, |number| json!({ "S": format!("id-{number}") })).profile.unwrap();
    assert_eq!((profile.distinct_count, profile.unique_count, profile.duplicate_count), (20_000, 20_000, 0));
    assert!(profile.cardinality_distribution.unwrap().all_values_unique && profile.top_values.is_empty());
    assert!(profile.estimated.contains(&"uniqueCount".to_owned()) && !profile.estimated.contains(&"median".to_owned()));
}

#[test]
fn values_that_come_twice_are_not_unique() {
    let profile = of(20_000, |number| json!({ "S": format!("id-{}", number / 2) })).profile.unwrap();
    within(profile.distinct_count, 10_000, 0.05);
    assert_eq!(profile.unique_count, 0);
}

#[test]
fn long_texts_that_come_again_end_exact_counting_sooner() {
    let long = |number: u64| format!("{:0200}", number % 500);
    let profile = of(2000, |number| json!({ "S": long(number) })).profile.unwrap();
    assert_eq!((profile.distinct_count, profile.unique_count), (500, 0));
    assert_eq!(profile.estimated, ["topValues", "cardinalityDistribution"]);
}

#[test]
fn lengths_of_many_kinds_are_put_together() {
    let profile =
        of(4000, |number| json!({ "S": "x".repeat(100 + usize::try_from(number).unwrap()) })).profile.unwrap();
    assert_eq!(
        (profile.min_length, profile.max_length, text(profile.mean.as_ref())),
        (Some(100), Some(4099), "2099.5".to_owned())
    );
    let median: f64 = text(profile.median.as_ref()).parse().unwrap();
    assert!((median - 2099.5).abs() < 2099.5 / 100.0, "{median}");
    assert!(profile.estimated.contains(&"median".to_owned()));
}

#[test]
fn keys_of_maps_are_estimated_when_they_are_many() {
    let attribute = of(5000, |number| json!({ "M": { (1_000_000 + number).to_string(): { "S": "x" } } }));
    let map_of = attribute.map_of.unwrap();
    within(map_of.keys, 5000, 0.01);
    assert_eq!((map_of.estimated, map_of.value.count), (true, 5000));
}

#[test]
fn a_profile_stays_small_however_many_values_there_are() {
    let saved = |items: u64| {
        let mut profiler = Profiler::new((), Vec::new(), Limits::default());
        for page in (0..items).collect::<Vec<_>>().chunks(1000) {
            let item = |number: &u64| json!({ "a": { "N": number.to_string() }, "b": { "S": format!("a text with the number {number}") } });
            profiler.page(&answer(&page.iter().map(item).collect::<Vec<_>>())).unwrap();
        }
        profiler.save().unwrap().len()
    };
    let (few, many) = (saved(2000), saved(60_000));
    assert!(many < few * 2 && many < 100_000, "{few} {many}");
}
