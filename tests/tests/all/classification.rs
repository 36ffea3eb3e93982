//! How well attributes are classified, over labelled sets of made values; docs/CLASSIFICATION.md tells the figures.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests end where something is amiss")]

mod make;

use std::collections::BTreeSet;

use rowferry::catalog::{
    classify::{Place, Rules, Seen},
    coverage, decision,
    native::{Attribute, Classification},
    profile::ELEMENT,
    watch::Watch,
};
use serde::Deserialize;
use serde_json::Value;

use crate::architecture::text;

/// The sets: what the rules were tuned with, and what they never saw; values by a kind's generator, and written by hand.
const SETS: [&str; 4] = ["tuned", "hard", "held_out", "held_out_hard"];

/// At which confidence the document tells figures: what is less sure than 0.5 is told to nobody.
const LEAST: [f64; 2] = [0.5, 0.8];

/// An attribute with what it holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    path: String,
    entity: Option<String>,
    #[serde(default)]
    values: Vec<Value>,
    of: Option<String>,
    rest: Option<String>,
    #[serde(default = "one")]
    share: f64,
    #[serde(default = "many")]
    count: u64,
}

fn one() -> f64 {
    1.0
}

fn many() -> u64 {
    400
}

/// How often rules were right.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Score {
    right: u32,
    wrong: u32,
    missed: u32,
}

impl Score {
    fn precision(self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.wrong)
    }

    fn recall(self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.missed)
    }
}

/// An attribute of a set, with what was found in it.
struct Judged {
    name: String,
    label: Option<String>,
    found: Option<Classification>,
}

fn set(name: &str) -> Vec<Labelled> {
    serde_json::from_str(&text(&format!("tests/golden/classification/{name}.json"))).unwrap()
}

fn seen(rules: &Rules, values: &[Value]) -> Seen {
    let mut seen = Seen::default();
    for value in values {
        match value {
            Value::String(text) => rules.text(&mut seen, text),
            Value::Number(number) => rules.number(&mut seen, &number.to_string()),
            // What else there is, no watch is shown.
            _ => {}
        }
    }
    seen
}

fn judged(name: &str) -> Vec<Judged> {
    let rules = Rules::new(Vec::new()).unwrap();
    let judge = |(place, labelled): (usize, Labelled)| {
        let rest = labelled.rest.as_deref().unwrap_or("status");
        let values = match &labelled.of {
            Some(kind) => make::values_of(kind, rest, labelled.share, labelled.count, 1000 + place as u64),
            None => labelled.values,
        };
        let path = labelled.path.replace(ELEMENT, ".[]");
        let path: Vec<_> = path.split('.').collect();
        let found = rules.judge(&path, &seen(&rules, &values));
        let name = format!("{name}: {} ({})", labelled.path, labelled.of.unwrap_or_default());
        Judged { name, label: labelled.entity, found }
    };
    set(name).into_iter().enumerate().map(judge).collect()
}

/// Counts; another entity than the label's is wrong, and the label's is missed.
fn score(all: &[Judged], least: f64) -> Score {
    let mut score = Score::default();
    for Judged { label, found, .. } in all {
        let told = found.as_ref().filter(|found| found.confidence >= least);
        let is_right = told.map(|found| &found.entity) == label.as_ref();
        score.right += u32::from(is_right && label.is_some());
        score.wrong += u32::from(!is_right && told.is_some());
        score.missed += u32::from(!is_right && label.is_some());
    }
    score
}

/// The line of a set in the document's table.
fn line(name: &str, all: &[Judged]) -> String {
    let holding = all.iter().filter(|judged| judged.label.is_some()).count();
    let figures = LEAST.map(|least| {
        let score = score(all, least);
        format!(" {:.3} | {:.3} |", score.precision(), score.recall())
    });
    format!("| `{name}` | {holding} | {} |{}", all.len() - holding, figures.concat())
}

#[test]
fn the_document_tells_the_figures_of_each_set() {
    let document = text("docs/CLASSIFICATION.md");
    let lines = SETS.map(|name| line(name, &judged(name)) + "\n").concat();
    assert!(document.contains(&format!("|\n{lines}\n")), "docs/CLASSIFICATION.md has to say:\n{lines}");
}

#[test]
fn precision_and_recall_do_not_fall() {
    let score = |name| score(&judged(name), LEAST[0]);
    for name in ["tuned", "hard"] {
        assert_eq!((score(name).wrong, score(name).missed), (0, 0), "{name}");
    }
    assert!(score("held_out").precision() >= 0.97 && score("held_out").recall() >= 0.95);
    assert!(score("held_out_hard").precision() >= 0.9 && score("held_out_hard").recall() >= 0.85);
}

#[test]
fn what_holds_nothing_is_told_to_hold_nothing() {
    let all = SETS.iter().flat_map(|name| judged(name));
    let wrong: Vec<_> = all.filter(|judged| judged.label.is_none() && judged.found.is_some()).collect();
    // A project is named after a person there, and sections are numbered as addresses of the network are.
    let names: Vec<_> = wrong.iter().map(|judged| judged.name.as_str()).collect();
    assert_eq!(names, ["held_out_hard: project.name ()", "held_out_hard: anchor ()"]);
}

#[test]
fn each_entity_is_in_a_set_that_the_rules_were_tuned_with_and_in_one_that_they_never_saw() {
    let labels = |names: &[&str]| {
        let all = names.iter().flat_map(|name| set(name));
        all.filter_map(|labelled| labelled.entity).collect::<BTreeSet<_>>()
    };
    let (tuned, held_out) = (labels(&SETS[..2]), labels(&SETS[2..]));
    assert_eq!(tuned, held_out);
    let document = text("docs/CLASSIFICATION.md");
    let unsaid: Vec<_> = tuned.iter().filter(|entity| !document.contains(&format!("`{entity}`"))).collect();
    assert!(unsaid.is_empty(), "docs/CLASSIFICATION.md names no {unsaid:?}");
}

#[test]
fn dates_places_telephones_urls_and_nationalities_are_open_and_all_else_is_sensitive() {
    const OPEN: [&str; 5] = ["phone", "url", "nationality", "location", "place"];
    for judged in SETS.iter().flat_map(|name| judged(name)) {
        if let Some(found) = judged.found {
            let wanted = if OPEN.contains(&found.entity.as_str()) { "non_sensitive" } else { "sensitive" };
            assert_eq!(found.sensitivity, wanted, "{}", judged.name);
        }
    }
}

/// The examples of the document that begin with a file's name.
fn examples(file: &str) -> Vec<String> {
    let document = text("docs/CLASSIFICATION.md");
    let blocks = document.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.filter(|block| block.starts_with(&format!("# {file}"))).map(str::to_owned).collect()
}

fn judge(rules: &Rules, path: &[&str], values: &[&str]) -> Vec<Classification> {
    let values: Vec<_> = values.iter().map(|value| Value::from(*value)).collect();
    rules.candidates(path, &seen(rules, &values))
}

#[test]
fn the_document_s_rules_find_what_it_says() {
    let examples = examples("catalog.yaml");
    let coverage = coverage::parse(&examples[0], "{}").unwrap();
    assert_eq!((examples.len(), coverage.rules.len()), (1, 2));
    let rules = Rules::new(coverage.rules).unwrap();
    let found = judge(&rules, &["owner"], &["K-123456", "K-654321"]).remove(0);
    assert_eq!((found.entity.as_str(), found.sensitivity.as_str()), ("customer_number", "sensitive"));
    let found = judge(&rules, &["support", "Mailbox"], &["info@example.com", "help@example.com"]).remove(0);
    assert_eq!((found.entity.as_str(), found.sensitivity.as_str()), ("role_address", "non_sensitive"));
}

#[test]
fn the_document_s_decisions_win() {
    let examples = examples("classification.yaml");
    let decisions = decision::parse(&examples[0]).unwrap();
    assert_eq!((examples.len(), decisions.0.len()), (1, 3));
    let rules = Rules::new(Vec::new()).unwrap();
    let decide = |table: &str, path: &[&str], values: &[&str]| {
        let mut attribute = Attribute::default();
        let values: Vec<_> = values.iter().map(|value| Value::from(*value)).collect();
        let place = Place { account: "111122223333", region: "eu-west-1", table, path };
        rules.classify(&decisions, place, &seen(&rules, &values), &mut attribute);
        attribute.classification.map(|found| (found.entity, found.sensitivity, found.decision))
    };
    let said = |entity: &str, sensitivity: &str, decision: &str| {
        Some((entity.to_owned(), sensitivity.to_owned(), decision.to_owned()))
    };
    let mails = ["a@example.com", "b@example.com"];
    assert_eq!(decide("shipments", &["lines", ELEMENT, "code"], &mails), None);
    assert_eq!(decide("others", &["lines", ELEMENT, "code"], &mails), said("email", "sensitive", "found"));
    assert_eq!(decide("users", &["alias"], &["bluebird"]), said("person_name", "sensitive", "confirmed"));
    assert_eq!(decide("users", &["club"], &["7", "8"]), said("membership", "non_sensitive", "confirmed"));
}
