use proptest::prelude::*;

use super::*;
use crate::catalog::profile::{Limits, Profiler};

fn rules() -> Rules {
    let custom = Custom {
        name: "a".to_owned(),
        entity: "a".to_owned(),
        pattern: Some("[a-z]+".to_owned()),
        ..Custom::default()
    };
    Rules::new(vec![custom]).unwrap()
}

/// What some texts look like, by name.
#[track_caller]
fn looks(text: &str, expected: &str) {
    let mut seen = Seen::default();
    Rules::new(Vec::new()).unwrap().text(&mut seen, text);
    let json = serde_json::to_value(&seen.marks).unwrap();
    let signs: Vec<_> = json.as_array().unwrap().iter().map(|mark| mark["sign"].as_str().unwrap().to_owned()).collect();
    assert_eq!(signs.join(" "), expected, "{text}");
}

#[test]
fn a_value_looks_like_what_its_bytes_allow() {
    looks("", "");
    looks("   ", "");
    looks("a@example.com", "email");
    looks("https://example.com/a", "url");
    looks("postgres://app:pw@db.example.com/a", "secret");
    looks("1.2.3.4", "ipv4");
    looks("1985-03-02", "date");
    looks("1985", "few year");
    looks("4111 1111 1111 1111", "card_form card");
    looks("4111111111111112", "card_form");
    looks("123-45-6789", "ssn_form ssn");
    looks("+49 151 23456789", "phone");
    looks("52.52, 13.405", "coordinates");
    looks("DE89370400440532013000", "iban_form iban opaque token");
    looks("paid by 4111 1111 1111 1111, thanks", "card_form card");
    looks("call +49 151 23456789 or a@example.com now", "email phone");
    looks("key=AKIAIOSFODNN7EXAMPLE is set", "secret");
    looks("12 Main Street", "address");
    looks("Anna", "letters given");
    looks("USER#a@example.com", "email");
    looks("TENANT#acme#PHONE#+49 151 23456789", "phone");
    looks("IP#1.2.3.4#2024-01-15", "ipv4 date");
    looks("USER#anna#ORDER#", "");
    looks("Nr #4111 1111 1111 1111", "numbered card_form card");
    looks("#4111111111111111", "opaque");
    looks("ok", "letters");
}

#[test]
fn only_the_first_bytes_of_a_long_text_are_looked_at() {
    let begin = "a@example.com ".to_owned() + &"x ".repeat(1 << 20);
    let end = "ä ".repeat(1 << 20) + "a@example.com";
    looks(&begin, "email");
    looks(&end, "");
}

#[test]
fn numbers_are_no_cards_telephones_or_births_because_they_have_as_many_digits() {
    let rules = Rules::new(Vec::new()).unwrap();
    let judge = |name: &str, number: fn(u64) -> u64| {
        let mut seen = Seen::default();
        (0..500).for_each(|place| rules.number(&mut seen, &number(place).to_string()));
        rules.judge(&[name], &seen)
    };
    assert_eq!(judge("event_time", |place| 1_700_000_000_000 + place * 86_399), None);
    assert_eq!(judge("created_at", |place| 1_700_000_000 + place * 3_601), None);
    assert_eq!(judge("id", |place| 4_000_000_000_000_000 + place), None);
    assert_eq!(judge("counter", |place| 100_000_000 + place), None);
    assert_eq!(judge("day", |place| 20_240_101 + place % 28), None);
    assert_eq!(
        judge("birth_date", |place| 19_600_101 + place % 28 + place % 40 * 10_000).unwrap().entity,
        "date_of_birth"
    );
}

#[test]
fn what_is_left_out_of_many_values_changes_no_share() {
    let rules = Rules::new(Vec::new()).unwrap();
    let mut seen = Seen::default();
    for place in 0..200_000_u64 {
        // Every 32nd, so that a plain stride of eight would see all of them or none.
        let text = if place % 32 == 0 { format!("ask user{place}@example.com") } else { "nothing here".to_owned() };
        rules.text(&mut seen, &text);
    }
    assert_eq!(seen.values, 200_000);
    assert!((30_000..40_000).contains(&seen.looked), "{}", seen.looked);
    let found = rules.judge(&["note"], &seen).unwrap();
    assert!((found.share - 0.03125).abs() < 0.002, "{found:?}");
}

#[test]
fn what_is_kept_of_an_attribute_is_small_and_holds_no_value() {
    let rules = rules();
    let mut seen = Seen::default();
    for place in 0..20_000_u64 {
        rules.text(&mut seen, &format!("user{place}@example.com"));
        rules.number(&mut seen, &(place * 999_983).to_string());
        rules.text(&mut seen, &format!("{:011}", place * 7_919_999));
        rules.text(&mut seen, "Anna Berg");
    }
    let json = serde_json::to_string(&seen).unwrap();
    assert!(json.len() < 3000 && !json.contains("example") && !json.contains("Anna"), "{json}");
}

/// A table's attributes as an export has them, of items as DynamoDB writes them.
fn exported(rules: &Rules, decisions: &str, items: &str) -> Vec<Attribute> {
    let mut profiler = Profiler::new(rules, Vec::new(), Limits::default());
    let page = format!("{{\"Items\":[{items}]}}");
    profiler.page(page.as_bytes()).unwrap();
    let decisions: Decisions = serde_json::from_str(decisions).unwrap();
    let finished = profiler.finish(true, |path, seen, attribute| {
        let place = Place { account: "1", region: "r", table: "t", path };
        rules.classify(&decisions, place, seen, attribute);
    });
    let mut attributes = finished.attributes;
    attributes.iter_mut().for_each(mask);
    attributes
}

fn decided(attribute: &str, entity: &str, decision: &str) -> String {
    format!(
        r#"[{{"account":"1","region":"r","table":"t","attribute":"{attribute}","entity":"{entity}","decision":"{decision}"}}]"#
    )
}

fn entity(attribute: &Attribute) -> Option<&str> {
    attribute.classification.as_ref().map(|found| found.entity.as_str())
}

#[test]
fn names_and_decisions_reach_elements_members_and_values_of_maps() {
    let item = |place: u32| {
        format!(
            r#"{{"order_numbers":{{"L":[{{"S":"212-555-{:04}"}}]}},
            "lines":{{"L":[{{"M":{{"by":{{"S":"a{place}@example.com"}}}}}}]}},
            "prices":{{"M":{{"2024-01-{:02}":{{"S":"b{place}@example.com"}}}}}}}}"#,
            1000 + place,
            10 + place
        )
    };
    let items = (0..19).map(item).collect::<Vec<_>>().join(",");
    let rules = Rules::new(Vec::new()).unwrap();
    let all = |decisions: &str| {
        let attributes = exported(&rules, decisions, &items);
        let named = |name: &str| attributes.iter().find(|attribute| attribute.name == name).unwrap();
        let lines = named("lines").element.as_ref().unwrap();
        let value = &named("prices").map_of.as_ref().unwrap().value;
        [named("order_numbers").element.as_ref().unwrap(), &lines.children[0], value]
            .map(|attribute| entity(attribute).map(str::to_owned))
    };
    let email = Some("email".to_owned());
    assert_eq!(all("[]"), [None, email.clone(), email.clone()], "no telephone is an order's number");
    assert_eq!(all(&decided("lines[].by", "email", "rejected")), [None, None, email.clone()]);
    assert_eq!(all(&decided("prices.*", "email", "rejected")), [None, email.clone(), None]);
    assert_eq!(
        all(&decided("order_numbers[]", "phone", "confirmed")),
        [Some("phone".to_owned()), email.clone(), email]
    );
}

#[test]
fn keys_of_a_map_are_looked_at_where_they_are_data() {
    let rules = Rules::new(Vec::new()).unwrap();
    for count in [1, 20, 300] {
        let item =
            |place: u32| format!(r#"{{"paid":{{"M":{{"anna{place}@example.com":{{"S":"invoice {place}"}}}}}}}}"#);
        let items = (0..count).map(item).collect::<Vec<_>>().join(",");
        let paid = exported(&rules, "[]", &items).remove(0);
        let found = paid.classification.as_ref().unwrap();
        assert_eq!((found.entity.as_str(), found.sensitivity.as_str()), ("email", "sensitive"), "{count}");
        assert_eq!(found.evidence, ["all of keys are e-mail addresses"]);
        assert!(!shows(&paid, "anna") && !shows(&paid, "invoice"), "{count}");
        let rejected = exported(&rules, &decided("paid", "email", "rejected"), &items).remove(0);
        assert!(rejected.classification.is_none() && shows(&rejected, "invoice"), "{count}");
    }
}

/// A thousand texts, few of them of another kind.
fn notes(other: &str, count: usize) -> String {
    let text = |place: usize| {
        let text = if place < count { other.to_owned() } else { format!("https://example.com/{place}") };
        format!(r#"{{"note":{{"S":"{text}"}}}}"#)
    };
    (0..1000).map(text).collect::<Vec<_>>().join(",")
}

fn shows(attribute: &Attribute, text: &str) -> bool {
    serde_json::to_string(attribute).unwrap().contains(text)
}

#[test]
fn what_is_open_is_masked_where_some_of_its_values_are_sensitive() {
    let rules = Rules::new(Vec::new()).unwrap();
    let of = |decisions: &str| exported(&rules, decisions, &notes("anna@example.com", 60)).remove(0);
    let found = of("[]").classification.unwrap();
    assert_eq!((found.entity.as_str(), found.sensitivity.as_str()), ("url", "sensitive"));
    assert_eq!(found.evidence, ["94 % of values are URLs", "6.0 % of values are e-mail addresses"]);
    assert!(!shows(&of("[]"), "anna@"));
    let rejected = of(&decided("note", "email", "rejected"));
    assert_eq!(rejected.classification.as_ref().unwrap().sensitivity, "non_sensitive");
    assert!(shows(&rejected, "anna@"), "a person said that these are no addresses");
    assert!(!shows(&of(&decided("note", "url", "confirmed")), "anna@"), "what is shown is looked at");
}

#[test]
fn a_value_is_not_shown_that_is_sensitive_however_rare_it_is() {
    let rules = Rules::new(Vec::new()).unwrap();
    for other in ["anna@example.com", "AKIAIOSFODNN7EXAMPLE", "card 4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32"]
    {
        let attribute = exported(&rules, "[]", &notes(other, 1)).remove(0);
        assert_eq!(attribute.classification.as_ref().unwrap().sensitivity, "non_sensitive", "{other}");
        assert!(!shows(&attribute, other) && attribute.profile.unwrap().masked, "{other}");
    }
    let attribute = exported(&rules, "[]", &notes("4111111111111111", 1)).remove(0);
    assert!(shows(&attribute, "4111111111111111"), "one in ten numbers looks so");
}

#[test]
fn a_rule_of_one_s_own_opens_what_matches_it_wholly_and_no_more() {
    let custom = Custom {
        name: "mail".to_owned(),
        entity: "role_address".to_owned(),
        sensitivity: Sensitivity::NonSensitive,
        pattern: Some("info@example.com|https.*".to_owned()),
        ..Custom::default()
    };
    let rules = Rules::new(vec![custom]).unwrap();
    let all = exported(&rules, "[]", &notes("info@example.com", 60)).remove(0);
    assert!(shows(&all, "info@") && entity(&all) == Some("role_address"));
    assert_eq!(all.classification.unwrap().decision, "rule");
    let most = exported(&rules, "[]", &notes("anna@example.com", 60)).remove(0);
    assert!(!shows(&most, "anna@") && entity(&most) == Some("role_address"));
}

proptest! {
    #[test]
    fn no_text_panics_and_no_name_does(texts in prop::collection::vec(".*", 0..8), name in ".*") {
        let (rules, mut seen) = (rules(), Seen::default());
        for text in &texts {
            rules.text(&mut seen, text);
            rules.number(&mut seen, text);
        }
        let all = rules.candidates(&["a", "[]", &name], &seen);
        prop_assert!(all.iter().all(|found| (0.0..=1.0).contains(&found.confidence) && (0.0..=1.0).contains(&found.share)));
    }

    #[test]
    fn no_text_of_the_bytes_that_checks_look_for_panics(texts in prop::collection::vec("[0-9A-Za-z@:/+.,;<>$()_ \\-äß']{0,60}", 1..8)) {
        let (rules, mut seen) = (rules(), Seen::default());
        for text in &texts {
            rules.text(&mut seen, text);
            rules.number(&mut seen, text);
        }
        let all = rules.candidates(&["x"], &seen);
        prop_assert!(all.iter().all(|found| found.confidence >= judge::LEAST_CONFIDENCE || found.decision == judge::RULE));
    }

    #[test]
    fn what_was_seen_goes_on_where_it_was_saved(texts in prop::collection::vec("[0-9a-z@. \\-]{0,30}|[0-9]{8,16}|[a-z]{1,8}@example\\.com", 0..40), at in 0_usize..40) {
        let rules = rules();
        let (mut whole, mut parts) = (Seen::default(), Seen::default());
        for (place, text) in texts.iter().enumerate() {
            rules.text(&mut whole, text);
            if place == at {
                parts = serde_json::from_str(&serde_json::to_string(&parts).unwrap()).unwrap();
            }
            rules.text(&mut parts, text);
        }
        prop_assert_eq!(&whole, &parts);
        prop_assert_eq!(rules.candidates(&["email"], &whole), rules.candidates(&["email"], &parts));
    }
}
