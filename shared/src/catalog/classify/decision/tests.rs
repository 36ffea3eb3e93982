use super::*;

fn found(entity: &str) -> Classification {
    let sensitivity = "sensitive".to_owned();
    Classification {
        entity: entity.to_owned(),
        sensitivity,
        confidence: 0.9,
        decision: "found".to_owned(),
        ..Classification::default()
    }
}

fn decision(attribute: &str, entity: &str, decision: Verdict) -> Decision {
    let (account, region, table) = ("111122223333".to_owned(), "eu-west-1".to_owned(), "orders".to_owned());
    let (attribute, entity) = (attribute.to_owned(), entity.to_owned());
    Decision { account, region, table, attribute, entity, decision, sensitivity: None }
}

fn place<'a>(table: &'a str, path: &'a [&'a str]) -> Place<'a> {
    Place { account: "111122223333", region: "eu-west-1", table, path }
}

fn apply(decisions: Vec<Decision>, path: &[&str], candidates: &[&str]) -> Option<(String, String, f64)> {
    let candidates = candidates.iter().map(|entity| found(entity)).collect();
    let chosen = Decisions(decisions).apply(place("orders", path), candidates);
    chosen.map(|chosen| (chosen.entity, chosen.decision, chosen.confidence))
}

fn told(entity: &str, decision: &str, confidence: f64) -> (String, String, f64) {
    (entity.to_owned(), decision.to_owned(), confidence)
}

#[test]
fn what_is_confirmed_wins_and_stays_when_it_is_found_no_more() {
    let decisions = || vec![decision("note", "phone", Verdict::Confirmed)];
    assert_eq!(apply(decisions(), &["note"], &["email", "phone"]), Some(told("phone", "confirmed", 1.0)));
    assert_eq!(apply(decisions(), &["note"], &[]), Some(told("phone", "confirmed", 1.0)));
    assert_eq!(apply(decisions(), &["other"], &["email"]), Some(told("email", "found", 0.9)));
}

#[test]
fn what_is_rejected_is_not_told_again_but_the_next_one_is() {
    let decisions = || vec![decision("note", "email", Verdict::Rejected)];
    assert_eq!(apply(decisions(), &["note"], &["email", "phone"]), Some(told("phone", "found", 0.9)));
    assert_eq!(apply(decisions(), &["note"], &["email"]), None);
}

#[test]
fn the_last_word_counts() {
    let mut decisions =
        vec![decision("note", "email", Verdict::Confirmed), decision("note", "email", Verdict::Rejected)];
    assert_eq!(apply(decisions.clone(), &["note"], &["email"]), None);
    decisions.reverse();
    assert_eq!(apply(decisions, &["note"], &["email"]), Some(told("email", "confirmed", 1.0)));
}

#[test]
fn a_decision_is_of_one_attribute_of_one_table() {
    let decisions = Decisions(vec![decision("lines[].email", "email", Verdict::Rejected)]);
    let path = ["lines", "[]", "email"];
    assert!(decisions.apply(place("orders", &path), vec![found("email")]).is_none());
    assert!(decisions.apply(place("others", &path), vec![found("email")]).is_some());
    assert!(decisions.apply(place("orders", &["lines", "email"]), vec![found("email")]).is_some());
}

#[test]
fn a_path_is_written_as_changes_write_it() {
    let written = |path: &[&str]| dotted(path);
    assert_eq!(written(&["customer", "email"]), "customer.email");
    assert_eq!(written(&["lines", "[]", "sku"]), "lines[].sku");
    assert_eq!(written(&["prices", "{}"]), "prices.*");
    assert_eq!(written(&["a.b", "c d"]), "\"a.b\".\"c d\"");
}

#[test]
fn an_entity_that_nobody_knows_is_sensitive_unless_it_is_said_not_to_be() {
    let mut decision = decision("note", "loyalty_number", Verdict::Confirmed);
    let sensitivity = |decision: &Decision| {
        Decisions(vec![decision.clone()]).apply(place("orders", &["note"]), Vec::new()).unwrap().sensitivity
    };
    assert_eq!(sensitivity(&decision), "sensitive");
    decision.sensitivity = Some(Sensitivity::NonSensitive);
    assert_eq!(sensitivity(&decision), "non_sensitive");
    decision.sensitivity = None;
    "phone".clone_into(&mut decision.entity);
    assert_eq!(sensitivity(&decision), "non_sensitive");
}
