//! docs/CATALOG.md is true: its examples are read, its lists are whole.

use std::{collections::BTreeSet, fs};

use rowferry::{
    bucket::Bucket,
    catalog::{
        coverage::{self, Sample},
        native::{Change, Table},
    },
};
use rowferry_tests::world::World;
use serde_json::{Value, json};

use crate::architecture::root;

fn doc() -> String {
    fs::read_to_string(root().join("docs/CATALOG.md")).unwrap()
}

fn schema(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(root().join(format!("docs/schema/{name}.schema.json"))).unwrap()).unwrap()
}

/// The part beneath a heading.
fn section(heading: &str) -> String {
    let doc = doc();
    let (_, rest) = doc.split_once(&format!("\n## {heading}\n")).unwrap();
    rest.split("\n## ").next().unwrap().to_owned()
}

/// The first block of a language.
fn block(section: &str, language: &str) -> String {
    let (_, rest) = section.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// What stands in backticks in a column of a section's tables.
fn named(section: &str, column: usize) -> BTreeSet<String> {
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let cells = rows.filter_map(|row| row.split(" | ").nth(column));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

fn members(of: &Value) -> BTreeSet<String> {
    of.as_object().unwrap().keys().cloned().collect()
}

/// The paths of what is expected and not found.
fn lost(expected: &Value, found: &Value, path: &str) -> Vec<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(_)) => {
            expected.iter().flat_map(|(name, value)| lost(value, &found[name], &format!("{path}.{name}"))).collect()
        }
        (Value::Array(expected), Value::Array(all)) if expected.len() == all.len() => {
            expected.iter().zip(all).flat_map(|(one, other)| lost(one, other, &format!("{path}[]"))).collect()
        }
        _ if expected == found => Vec::new(),
        _ => vec![format!("{path}: {expected} became {found}")],
    }
}

#[test]
fn the_example_of_catalog_yaml_is_read_and_shows_every_key() {
    let text = block(&section("What it covers"), "yaml");
    let coverage = coverage::parse(&text, "").unwrap();
    assert_eq!((coverage.sample, coverage.rules.len()), (Sample::Percent(5.0), 1));
    let schema = schema("catalog");
    let keys = members(&schema["properties"]);
    assert_eq!(named(&section("What it covers"), 0), keys);
    let nested = ["/accounts/items", "/budget", "/budget/properties/table", "/rules/items"];
    let nested = nested.iter().flat_map(|place| members(&schema["properties"].pointer(place).unwrap()["properties"]));
    for key in keys.iter().cloned().chain(nested) {
        assert!(text.contains(&format!("{key}:")), "`{key}` stands not in the example");
    }
}

#[test]
fn the_example_of_a_table_is_one() {
    let example: Value = serde_json::from_str(&block(&section("Native"), "json")).unwrap();
    let table: Table = serde_json::from_value(example.clone()).unwrap();
    assert_eq!(lost(&example, &json!(table), ""), Vec::<String>::new());
}

#[test]
fn the_example_of_changes_is_one() {
    let example: Value = serde_json::from_str(&block(&section("Changes"), "json")).unwrap();
    let changes: Vec<Change> = serde_json::from_value(example.clone()).unwrap();
    assert_eq!(json!(changes), example);
}

#[test]
fn every_metric_is_told() {
    assert_eq!(
        named(&section("Metrics"), 0),
        members(&schema("catalog-table")["definitions"]["Profile"]["properties"])
    );
}

#[test]
fn every_kind_of_change_is_told() {
    let source = fs::read_to_string(root().join("shared/src/catalog/changes.rs")).unwrap();
    let ends = ["_added", "_removed", "_left_out", "_recreated", "_changed"];
    let words = source.split('"').skip(1).step_by(2);
    let kinds = words.filter(|word| ends.iter().any(|end| word.ends_with(end)) && !word.contains(' '));
    assert_eq!(named(&section("Changes"), 1), kinds.map(str::to_owned).collect());
}

#[tokio::test]
async fn an_export_has_the_files_that_are_told_and_no_others() {
    let world = World::new();
    world.create_table("orders", &[("pk", "S", "HASH")], &json!({}));
    world.export(&json!({"include": ["orders"]})).await.unwrap();
    let general = |key: &str| match key.strip_prefix("page/") {
        Some(_) => "page/…".to_owned(),
        None => key
            .replace("/000000000000/us-east-1/orders.", "/<account>/<region>/<table>.")
            .replace("/000000000000.us-east-1.orders.", "/<account>.<region>.<table>."),
    };
    let listed = world.bucket.list("catalog/latest/").await.unwrap();
    let written = listed.iter().map(|listed| general(listed.key.trim_start_matches("catalog/latest/")));
    let told = block(&section("What it writes"), "text").lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(written.collect::<BTreeSet<_>>(), told);
}
