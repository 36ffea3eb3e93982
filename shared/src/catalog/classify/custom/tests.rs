use super::*;
use crate::catalog::{
    classify::{Rules, Seen},
    watch::Watch,
};

fn rule(name: &str, pattern: Option<&str>, names: Option<&str>) -> Custom {
    Custom {
        name: name.to_owned(),
        entity: "customer_number".to_owned(),
        pattern: pattern.map(str::to_owned),
        names: names.map(str::to_owned),
        ..Custom::default()
    }
}

#[track_caller]
fn problems(all: Vec<Custom>) -> String {
    let problems = Rules::new(all).map(|_| ()).unwrap_err();
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn all_that_is_wrong_with_rules_is_told_with_their_names() {
    let mut share = rule("share", Some("a"), None);
    share.share = Some(1.5);
    let all = vec![
        rule("open", Some("a(b"), None),
        rule("two", Some("a)|(b"), None),
        rule("name", None, Some("[z-a]")),
        rule("neither", None, None),
        rule("", Some("a"), None),
        rule("neither", Some("a"), None),
        share,
        rule("large", Some(r"(\w{1000}){1000}"), None),
    ];
    insta::assert_snapshot!(problems(all), @r"
    rule `open`: `pattern` is no regular expression: unclosed group
    rule `two`: `pattern` is no regular expression: unopened group
    rule `name`: `names` is no regular expression: invalid character class range, the start must be <= the end
    rule `neither`: neither `pattern` nor `names` is given; one of them must be
    rule `rules[4]`: `name` and `entity` must be given
    rule `neither`: there is another rule of this name
    rule `share`: `share` must be above 0 and at most 1
    rule `large`: `pattern` is no regular expression: Compiled regex exceeds size limit of 1048576 bytes.
    ");
}

#[track_caller]
fn judge(rules: Vec<Custom>, path: &[&str], values: &[&str]) -> Option<(String, f64, Vec<String>)> {
    let rules = Rules::new(rules).unwrap();
    let mut seen = Seen::default();
    for value in values {
        rules.text(&mut seen, value);
    }
    rules.judge(path, &seen).map(|found| (found.entity, found.confidence, found.evidence))
}

#[test]
fn a_pattern_has_to_match_whole_values() {
    let rules = || vec![rule("numbers", Some(r"(?i)K-\d{4}"), None)];
    let found = judge(rules(), &["x"], &["K-1234", "k-0000"]).unwrap();
    assert_eq!(found, ("customer_number".to_owned(), 0.99, vec!["all of values match the rule numbers".to_owned()]));
    assert_eq!(judge(rules(), &["x"], &["K-12345", "xK-0000"]), None);
    assert_eq!(judge(rules(), &["x"], &["K-1234", "-", "-"]), None);
}

#[test]
fn names_narrow_a_pattern_down_and_match_the_last_name_or_the_path() {
    let rules = || vec![rule("numbers", Some(r"\d{6}"), Some("kunden_?nr|customer\\.number"))];
    let values = ["123456", "654321"];
    for path in [&["KundenNr"][..], &["kunden_nr"], &["a", "kundennr"], &["customer", "number"], &["kundennr", "[]"]] {
        assert!(judge(rules(), path, &values).is_some(), "{path:?}");
    }
    for path in [&["kundennrs"][..], &["number"], &["order", "number"]] {
        assert_eq!(judge(rules(), path, &values), None, "{path:?}");
    }
}

#[test]
fn names_alone_decide_where_somebody_wrote_nothing_else() {
    let rules = || vec![rule("names", None, Some("segment"))];
    assert_eq!(judge(rules(), &["segment"], &["a"]).map(|found| found.1), Some(0.8));
    assert_eq!(judge(rules(), &["other"], &["a"]), None);
}

#[test]
fn a_rule_of_one_s_own_goes_before_built_in_ones() {
    let rules = vec![rule("mail", Some(".+@example\\.com"), None)];
    assert_eq!(judge(rules, &["email"], &["a@example.com"]).map(|found| found.0), Some("customer_number".to_owned()));
}

#[test]
fn numbers_are_matched_by_their_text() {
    let rules = Rules::new(vec![rule("numbers", Some("77[0-9]{4}"), None)]).unwrap();
    let mut seen = Seen::default();
    rules.number(&mut seen, "771234");
    assert_eq!(rules.judge(&["n"], &seen).map(|found| found.share), Some(1.0));
}
