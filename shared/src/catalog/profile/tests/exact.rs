use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// A value that equal values share, whatever the order of what has none.
fn canonical(value: &Value) -> String {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "N" => format!("N{}", cents(value.as_str().unwrap())),
        "M" => {
            let members: BTreeMap<_, _> =
                value.as_object().unwrap().iter().map(|(name, each)| (name, canonical(each))).collect();
            format!("M{members:?}")
        }
        "L" => format!("L{:?}", value.as_array().unwrap().iter().map(canonical).collect::<Vec<_>>()),
        "SS" | "BS" => format!("{kind}{:?}", members(value)),
        "NS" => format!("NS{:?}", members(value).iter().map(|text| cents(text)).collect::<BTreeSet<_>>()),
        _ => format!("{kind}{value}"),
    }
}

fn members(set: &Value) -> BTreeSet<String> {
    set.as_array().unwrap().iter().map(|member| member.as_str().unwrap().to_owned()).collect()
}

/// All numbers of these tests are whole hundredths.
fn cents(text: &str) -> i128 {
    let (mantissa, exponent) = text.split_once('E').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().unwrap();
    let exponent = exponent.parse::<i32>().unwrap() - i32::try_from(fraction.len()).unwrap() + 2;
    if exponent < 0 { digits / 10_i128.pow(exponent.unsigned_abs()) } else { digits * 10_i128.pow(exponent as u32) }
}

fn kind(value: &Value) -> &str {
    value.as_object().unwrap().keys().next().unwrap()
}

fn inner(value: &Value) -> &Value {
    value.as_object().unwrap().values().next().unwrap()
}

#[track_caller]
fn near(found: Option<&serde_json::Number>, wanted: f64) {
    let found: f64 = text(found).parse().unwrap();
    assert!((found - wanted).abs() <= 1e-9 * (1.0 + wanted.abs()), "{found} is not {wanted}");
}

/// Holds an attribute against its values, looked at one after the other.
fn check(attribute: &Attribute, values: &[&Value], possible: usize) {
    let profile = attribute.profile.as_ref().unwrap();
    assert_eq!(attribute.count, values.len() as u64);
    assert_eq!(profile.estimated, Vec::<String>::new());
    for each in &attribute.types {
        assert_eq!(each.count, values.iter().filter(|value| kind(value) == each.kind).count() as u64);
    }
    assert_eq!(attribute.types.iter().map(|each| each.count).sum::<u64>(), values.len() as u64);

    let there: Vec<&Value> = values.iter().copied().filter(|value| kind(value) != "NULL").collect();
    let mut counts: BTreeMap<String, (u64, &Value)> = BTreeMap::new();
    for value in &there {
        counts.entry(canonical(value)).or_insert((0, value)).0 += 1;
    }
    let unique = counts.values().filter(|(count, _)| *count == 1).count();
    assert_eq!(profile.values_count, there.len() as u64);
    assert_eq!(profile.null_count, (possible - there.len()) as u64);
    assert_eq!(profile.distinct_count, counts.len() as u64);
    assert_eq!(profile.unique_count, unique as u64);
    assert_eq!(profile.duplicate_count, (there.len() - counts.len()) as u64);
    if !there.is_empty() {
        let share = |count: usize| count as f64 / there.len() as f64;
        assert!((profile.distinct_proportion - share(counts.len())).abs() < 1e-12);
        assert!((profile.unique_proportion - share(unique)).abs() < 1e-12);
        assert!((profile.null_proportion - (possible - there.len()) as f64 / possible as f64).abs() < 1e-12);
    }

    let of = |kind_of: &[&str]| -> Vec<&Value> {
        there.iter().copied().filter(|value| kind_of.contains(&kind(value))).collect()
    };
    let numbers: Vec<f64> = of(&["N"]).iter().map(|it| cents(inner(it).as_str().unwrap()) as f64 / 100.0).collect();
    let mut lengths: Vec<f64> =
        of(&["S"]).iter().map(|it| inner(it).as_str().unwrap().chars().count() as f64).collect();
    if lengths.is_empty() {
        let size = |value: &Value| value.as_array().map_or_else(|| value.as_object().unwrap().len(), Vec::len);
        lengths = of(&["SS", "NS", "L", "M"]).iter().map(|it| size(inner(it)) as f64).collect();
    }
    let longest = lengths.iter().copied().fold(f64::NAN, f64::max);
    assert_eq!(profile.max_length.map(|length| length as f64), Some(longest).filter(|it| !it.is_nan()));
    let spread = if numbers.is_empty() { &lengths } else { &numbers };
    if spread.is_empty() {
        assert!(profile.mean.is_none() && profile.median.is_none() && profile.histogram.is_none());
    } else {
        check_spread(profile, spread.clone());
    }
    if numbers.is_empty() {
        assert_eq!(profile.sum, None);
    } else {
        let sum: i128 = of(&["N"]).iter().map(|it| cents(inner(it).as_str().unwrap())).sum();
        near(profile.sum.as_ref(), sum as f64 / 100.0);
    }
    check_frequent(profile, &counts, if numbers.is_empty() { "S" } else { "N" });
    check_inside(attribute, &there);
}

fn check_spread(profile: &Profile, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    let quartile = |quarter: f64| {
        let place = (count - 1.0) * quarter;
        let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
        low + (high - low) * place.fract()
    };
    near(profile.mean.as_ref(), mean);
    near(profile.stddev.as_ref(), deviation);
    near(profile.first_quartile.as_ref(), quartile(0.25));
    near(profile.median.as_ref(), quartile(0.5));
    near(profile.third_quartile.as_ref(), quartile(0.75));
    let apart = quartile(0.75) - quartile(0.25);
    near(profile.inter_quartile_range.as_ref(), apart);
    if deviation > 1e-9 {
        near(profile.non_parametric_skew.as_ref(), (mean - quartile(0.5)) / deviation);
    }
    let histogram = profile.histogram.as_ref().unwrap();
    let (min, max) = (values[0], values[values.len() - 1]);
    let wide = (max - min) / (2.0 * apart / count.cbrt());
    let sturges = count.log2().ceil() + 1.0;
    let bins = if min == max {
        1.0
    } else if apart > 0.0 && wide.ceil() <= 100.0 {
        wide.ceil()
    } else {
        sturges.min(100.0)
    };
    assert!((histogram.frequencies.len() as f64 - bins).abs() <= 1.0, "{} {bins}", histogram.frequencies.len());
    let boundaries: Vec<f64> = histogram.boundaries.iter().map(|number| number.to_string().parse().unwrap()).collect();
    assert_eq!(boundaries.len(), histogram.frequencies.len() + 1);
    assert!(boundaries[0] == min && boundaries[boundaries.len() - 1] == max, "{boundaries:?}");
    for (bin, frequency) in histogram.frequencies.iter().enumerate() {
        let is_last = bin + 2 == boundaries.len();
        let inside = |value: &&f64| {
            **value >= boundaries[bin] && (**value < boundaries[bin + 1] || (is_last && **value <= boundaries[bin + 1]))
        };
        assert_eq!(*frequency, values.iter().filter(inside).count() as u64);
    }
}

fn check_frequent(profile: &Profile, counts: &BTreeMap<String, (u64, &Value)>, of: &str) {
    let mut wanted: Vec<u64> =
        counts.values().filter(|(count, value)| *count > 1 && kind(value) == of).map(|(count, _)| *count).collect();
    wanted.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
    wanted.truncate(10);
    if counts.values().any(|(_, value)| ["S", "N"].contains(&kind(value))) {
        assert_eq!(profile.top_values.iter().map(|each| each.count).collect::<Vec<_>>(), wanted);
        for each in &profile.top_values {
            let text = each.value.as_str().map_or_else(|| each.value.to_string(), str::to_owned);
            let value = json!({ of: text });
            assert_eq!(counts[&canonical(&value)].0, each.count);
        }
        let cardinality = profile.cardinality_distribution.as_ref().unwrap();
        assert_eq!(cardinality.all_values_unique, profile.unique_count == profile.values_count);
        let all = if cardinality.all_values_unique { 0 } else { profile.values_count };
        assert_eq!(cardinality.counts.iter().sum::<u64>(), all);
    }
}

fn check_inside(attribute: &Attribute, there: &[&Value]) {
    let maps: Vec<&Value> = there.iter().copied().filter(|value| kind(value) == "M").map(inner).collect();
    let names: BTreeSet<&String> = maps.iter().flat_map(|map| map.as_object().unwrap().keys()).collect();
    assert_eq!(attribute.children.iter().map(|child| &child.name).collect::<Vec<_>>(), Vec::from_iter(names));
    for child in &attribute.children {
        let values: Vec<&Value> = maps.iter().filter_map(|map| map.get(&child.name)).collect();
        assert!((child.presence - values.len() as f64 / maps.len() as f64).abs() < 1e-12);
        check(child, &values, maps.len());
    }
    let of_set =
        |value: &Value, of: &str| inner(value).as_array().unwrap().iter().map(|it| json!({ of: it })).collect();
    let elements: Vec<Value> = there
        .iter()
        .flat_map(|value| match kind(value) {
            "L" => inner(value).as_array().unwrap().clone(),
            "SS" => of_set(value, "S"),
            "NS" => of_set(value, "N"),
            _ => Vec::new(),
        })
        .collect();
    match &attribute.element {
        Some(element) => check(element, &elements.iter().collect::<Vec<_>>(), elements.len()),
        None => assert!(elements.is_empty()),
    }
}

/// Hundredths as DynamoDB and others write them.
fn number() -> impl Strategy<Value = String> {
    (-300..300_i32, 0..3_u8).prop_map(|(cents, form)| match form {
        0 => format!("{cents}E-2"),
        1 if cents % 100 == 0 => (cents / 100).to_string(),
        _ => format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100),
    })
}

fn value() -> impl Strategy<Value = Value> {
    let texts = || "[ab\u{e9}\u{1f600}\"\\\\]{0,3}";
    let leaf = prop_oneof![
        3 => texts().prop_map(|text| json!({ "S": text })),
        3 => number().prop_map(|text| json!({ "N": text })),
        1 => any::<bool>().prop_map(|value| json!({ "BOOL": value })),
        1 => Just(json!({ "NULL": true })),
        1 => proptest::collection::btree_set(texts(), 1..4).prop_map(|set| json!({ "SS": set.iter().rev().collect::<Vec<_>>() })),
        1 => proptest::collection::btree_map(-9..9_i32, Just(()), 1..4).prop_map(|set| {
            json!({ "NS": set.keys().map(ToString::to_string).collect::<Vec<_>>() })
        }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|list| json!({ "L": list })),
            proptest::collection::hash_map("[abc]", inner, 0..3).prop_map(|map| json!({ "M": map })),
        ]
    })
}

fn items(most: usize) -> impl Strategy<Value = Vec<Value>> {
    let item = proptest::collection::hash_map("[xyz]", value(), 0..4).prop_map(|item| json!(item));
    proptest::collection::vec(item, 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_metric_is_that_of_a_plain_computation(items in items(60)) {
        for attribute in fold(&items) {
            let values: Vec<&Value> = items.iter().filter_map(|item| item.get(&attribute.name)).collect();
            prop_assert!((attribute.presence - values.len() as f64 / items.len() as f64).abs() < 1e-12);
            check(&attribute, &values, items.len());
        }
    }

    #[test]
    fn it_does_not_matter_how_answers_are_cut_nor_whether_it_goes_on_later(
        items in items(60), cut in 0..60_usize, distinct in prop_oneof![Just(1024_usize), Just(4)]
    ) {
        let limits = Limits { distinct, members: 2, ..Limits::default() };
        let cut = cut.min(items.len());
        let whole = profiler(limits.clone(), &items);
        let mut split = profiler(limits.clone(), &items[..cut]);
        let mut later = Profiler::restore((), Vec::new(), limits, &split.save().unwrap()).unwrap();
        split.page(&answer(&items[cut..])).unwrap();
        later.page(&answer(&items[cut..])).unwrap();
        let whole = finish(whole);
        prop_assert_eq!(&finish(split), &whole);
        prop_assert_eq!(&finish(later), &whole);
    }
}

#[test]
fn numbers_keep_every_digit() {
    let most = "99999999999999999999999999999999999999";
    let profile = numbers([most, "-12345678901234567890123456789012345678", "0.1", most]);
    assert_eq!(profile.max.unwrap().to_string(), most);
    assert_eq!(profile.min.unwrap().to_string(), "-12345678901234567890123456789012345678");
    assert_eq!(text(profile.sum.as_ref()), "187654321098765432109876543210987654320.1");
    assert_eq!(profile.top_values[0].value.to_string(), most);
    let profile = numbers(["9.9999999999999999999999999999999999999E+125", "-1E-130", "1E-130"]);
    assert_eq!(profile.max.unwrap().to_string(), "9.9999999999999999999999999999999999999e+125");
    assert_eq!(profile.min.unwrap().to_string(), "-1e-130");
    assert_eq!(text(profile.median.as_ref()), "1e-130");
    assert_eq!(text(profile.sum.as_ref()), "9.9999999999999999999999999999999999999e+125");
}

#[test]
fn equal_numbers_are_one_value_however_they_are_written() {
    let zeros = format!("1{}", "0".repeat(60));
    let profile = numbers(["1", "1.0", "1.000", "10E-1", "0.1e1", "+1E0", "0", "-0", "0.00", "1E60", &zeros, "10E+59"]);
    assert_eq!((profile.distinct_count, profile.values_count), (3, 12));
    assert_eq!(profile.top_values[0].count, 6);
    assert_eq!(profile.max.unwrap().to_string(), "1e+60");
    assert_eq!(profile.min.unwrap().to_string(), "0");
}

#[test]
fn what_lies_close_together_far_from_zero_has_its_spread() {
    let profile = numbers(["1E+60", "0"]);
    assert_eq!(text(profile.stddev.as_ref()), "5e+59");
    let profile =
        numbers(["100000000000000000001", "100000000000000000002", "100000000000000000003", "100000000000000000004"]);
    assert_eq!(text(profile.mean.as_ref()), "100000000000000000000");
    assert_eq!(text(profile.stddev.as_ref()), "1.11803398874989");
    assert_eq!(text(profile.median.as_ref()), "100000000000000000002.5");
    assert_eq!(text(profile.inter_quartile_range.as_ref()), "1.5");
    assert_eq!(text(profile.non_parametric_skew.as_ref()), "0");
}

#[test]
fn sums_stay_exact_where_floating_point_would_not() {
    let profile = numbers(["1E+40", "0.01", "-1E+40", "0.02", "1E-60"]);
    assert_eq!(text(profile.sum.as_ref()), format!("0.03{}1", "0".repeat(57)));
    let many = vec!["0.1"; 1000];
    assert_eq!(text(numbers(many).sum.as_ref()), "100");
}

#[test]
fn numbers_compare_by_their_size() {
    let sorted =
        ["-1E+100", "-99", "-1.5", "-1.4", "-1E-100", "0", "1E-130", "1E-37", "1.4", "1.5", "2", "10", "1E+99"];
    let numbers: Vec<number::Number> = sorted.iter().map(|text| number::Number::parse(text).unwrap()).collect();
    assert!(numbers.is_sorted() && numbers.windows(2).all(|two| two[0] != two[1]), "{numbers:?}");
    for text in
        ["", "-", ".", "1.2.3", "1e", "e1", "0x1", "1e999", "NaN", "inf", " 1", "1 ", "--1", &"9".repeat(39), "１"]
    {
        assert_eq!(number::Number::parse(text), None, "{text}");
    }
}

#[test]
fn what_is_empty_is_counted() {
    let items = [json!({ "a": { "S": "" }, "l": { "L": [] }, "m": { "M": {} } }), json!({})];
    let attributes = fold(&items);
    let lengths = |name: &str| {
        let profile = named(&attributes, name).profile.clone().unwrap();
        (profile.min_length, profile.max_length, profile.null_count)
    };
    assert_eq!(lengths("a"), (Some(0), Some(0), 1));
    assert_eq!(lengths("l"), (Some(0), Some(0), 1));
    assert_eq!(lengths("m"), (Some(0), Some(0), 1));
    assert_eq!(named(&attributes, "a").profile.clone().unwrap().min, Some(json!("")));
    assert_eq!(named(&attributes, "l").element, None);
    assert_eq!(named(&attributes, "m").children, []);
}

#[test]
fn sets_and_maps_in_another_order_are_the_same_value() {
    let sets = [
        json!({ "SS": ["a", "b", "c"] }),
        json!({ "SS": ["c", "a", "b"] }),
        json!({ "NS": ["1", "2"] }),
        json!({ "NS": ["2.0", "1"] }),
    ];
    assert_eq!(values(&sets).profile.unwrap().distinct_count, 2);
    let one = json!({ "M": { "x": { "S": "1" }, "y": { "S": "2" } } });
    let two = json!({ "M": { "y": { "S": "2" }, "x": { "S": "1" } } });
    let other = json!({ "M": { "y": { "S": "1" }, "x": { "S": "2" } } });
    assert_eq!(values(&[one, two, other]).profile.unwrap().distinct_count, 2);
    let lists = [json!({ "L": [{ "N": "1" }, { "N": "2" }] }), json!({ "L": [{ "N": "2" }, { "N": "1" }] })];
    assert_eq!(values(&lists).profile.unwrap().distinct_count, 2);
    let alike = [
        json!({ "S": "1" }),
        json!({ "N": "1" }),
        json!({ "B": "1" }),
        json!({ "SS": ["1"] }),
        json!({ "BS": ["1"] }),
        json!({ "L": [] }),
        json!({ "M": {} }),
    ];
    assert_eq!(values(&alike).profile.unwrap().distinct_count, 7);
}

#[test]
fn long_texts_are_cut_where_they_are_told() {
    let long = "é".repeat(1000);
    let profile = values(&[json!({ "S": long }), json!({ "S": long })]).profile.unwrap();
    assert_eq!(profile.max_length, Some(1000));
    assert_eq!(profile.min, Some(json!(format!("{}…", "é".repeat(128)))));
    assert_eq!(profile.top_values[0].value, profile.min.unwrap());
}

#[test]
fn binary_is_as_long_as_its_bytes() {
    let binary = ["", "AA==", "AAA=", "AAAA", "AAAAAA=="].map(|text| json!({ "B": text }));
    let profile = values(&binary).profile.unwrap();
    assert_eq!(
        (profile.min_length, profile.max_length, text(profile.mean.as_ref())),
        (Some(0), Some(4), "2".to_owned())
    );
    assert_eq!((profile.min, profile.top_values.len()), (None, 0));
}

#[test]
fn booleans_are_told_with_their_counts() {
    let profile = values(&[true, false, true].map(|value| json!({ "BOOL": value }))).profile.unwrap();
    let told: Vec<(Value, u64)> = profile.top_values.into_iter().map(|each| (each.value, each.count)).collect();
    assert_eq!(told, [(json!(true), 2), (json!(false), 1)]);
    assert_eq!((profile.distinct_count, profile.unique_count), (2, 1));
}
