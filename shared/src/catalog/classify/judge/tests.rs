use super::*;
use crate::catalog::{
    classify::{Rules, Seen},
    watch::Watch,
};

fn seen<'a>(values: impl IntoIterator<Item = &'a str>) -> Seen {
    let rules = Rules::new(Vec::new()).unwrap();
    let mut seen = Seen::default();
    values.into_iter().for_each(|value| rules.text(&mut seen, value));
    seen
}

fn candidates(path: &[&str], values: &[String]) -> Vec<Classification> {
    let rules = Rules::new(Vec::new()).unwrap();
    rules.candidates(path, &seen(values.iter().map(String::as_str)))
}

fn judge(path: &[&str], values: &[String]) -> Option<Classification> {
    candidates(path, values).into_iter().next()
}

/// Numbers of ten digits that have the check digit of NHS numbers, or all that there are.
fn numbers(is_right: bool, count: usize) -> Vec<String> {
    use crate::catalog::classify::check::{Digits, number::uk_nhs};
    let all = (0_u64..).map(|number| (4_000_000_000 + number * 7919).to_string());
    all.filter(|text| !is_right || uk_nhs(&Digits::of(text.as_bytes()).unwrap())).take(count).collect()
}

#[test]
fn a_share_of_right_check_digits_near_chance_says_nothing() {
    for count in [10, 100, 1000, 5000] {
        assert_eq!(judge(&["id"], &numbers(false, count)), None, "{count} numbers");
        assert_eq!(judge(&["nhs_number"], &numbers(false, count)), None, "{count} numbers, and the name says it");
    }
}

#[test]
fn right_check_digits_say_the_more_the_more_numbers_there_are() {
    let confidence = |name: &str, count| judge(&[name], &numbers(true, count)).map_or(0.0, |found| found.confidence);
    assert!(confidence("id", 1) < 0.01 && confidence("id", 3) < 0.01, "one in 1331 by chance");
    assert!(confidence("id", 5) > 0.5 && confidence("id", 50) > 0.8);
    assert!(confidence("nhs_number", 1) > 0.8, "a name and a check digit");
    assert!(confidence("nhs_number", 50) > confidence("nhs_number", 1));
}

#[test]
fn one_number_a_thousand_times_is_one_number() {
    let one = numbers(true, 1);
    assert_eq!(judge(&["id"], &vec![one[0].clone(); 1000]), None);
}

#[test]
fn strength_is_the_power_of_ten_of_chance() {
    assert!((strength(3.0, 1.0, 0.1) - 3.0).abs() < 1e-9);
    assert!(strength(1000.0, 0.1, 0.1).abs() < 1e-9 && strength(1000.0, 0.05, 0.1).abs() < 1e-9);
    assert!(strength(100.0, 0.5, 0.1) > 20.0);
}

#[test]
fn few_values_are_told_with_their_share_and_less_confidence() {
    let text = |place: usize| {
        if place.is_multiple_of(33) {
            format!("please ask user{place}@example.com, it is late")
        } else {
            "thank you for it".to_owned()
        }
    };
    let found = judge(&["note"], &(0..990).map(text).collect::<Vec<_>>()).unwrap();
    assert_eq!((found.entity.as_str(), found.sensitivity.as_str()), ("email", "sensitive"));
    assert!((found.share - 0.0303).abs() < 1e-4 && found.confidence > 0.5 && found.confidence < 0.8, "{found:?}");
    assert_eq!(found.evidence, ["3.0 % of values hold an e-mail address"]);
}

#[test]
fn a_name_makes_surer_and_decides_nothing_alone() {
    let emails: Vec<_> = (0..10).map(|place| format!("a{place}@example.com")).collect();
    let (named, plain) = (judge(&["email"], &emails).unwrap(), judge(&["x"], &emails).unwrap());
    assert!(named.confidence > plain.confidence && plain.confidence > 0.9);
    assert_eq!(named.evidence, ["all of values are e-mail addresses", "the name says an e-mail address"]);
    let words: Vec<_> = (0..10).map(|place| format!("word{place}")).collect();
    for name in [
        "email",
        "phone",
        "iban",
        "ssn",
        "card_number",
        "ip",
        "birth_date",
        "gender",
        "latitude",
        "nationality",
        "wallet",
    ] {
        assert_eq!(judge(&[name], &words), None, "{name}");
    }
}

#[test]
fn candidates_come_with_the_surest_first() {
    let emails: Vec<_> = (0..10).map(|place| format!("a{place}@example.com see https://example.com/{place}")).collect();
    let found: Vec<_> = candidates(&["x"], &emails).into_iter().map(|found| (found.entity, found.confidence)).collect();
    assert_eq!(found.iter().map(|(entity, _)| entity.as_str()).collect::<Vec<_>>(), ["email", "url"]);
    assert!(found[0].1 > found[1].1);
}

#[test]
fn each_entity_has_its_own_name_and_rules() {
    let mut names: Vec<_> = entity::all().map(|entity| entity.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    let open: Vec<_> = entity::all().filter(|entity| !entity.is_sensitive).map(|entity| entity.name).collect();
    assert_eq!(open, ["phone", "url", "nationality", "location", "place"]);
}
