//! How a row is written: merge, replace, `create_only`, version.

use rowferry_tests::{told, world::World};
use serde_json::{Value, json};

const KEY: [(&str, &str, &str); 1] = [("id", "S", "HASH")];

fn loading(definition: &str) -> World {
    World::loading(&KEY, definition)
}

/// A table of one item; loads a CSV by a definition, and tells the report and the table.
async fn outcome(definition: &str, held: Value, csv: &str) -> (String, Vec<String>) {
    let world = loading(definition);
    if held.is_object() {
        world.put("items", &held);
    }
    let report = world.load("extracts/s/a.csv", csv.to_owned()).await;
    (told::summary(&report), world.lines("items"))
}

#[track_caller]
fn check(outcome: (String, Vec<String>), summary: &str, items: &[&str]) {
    assert_eq!((outcome.0.as_str(), outcome.1), (summary, items.iter().map(ToString::to_string).collect()));
}

const HELD: &str = r#"{"id": {"S": "1"}, "a": {"S": "old"}, "b": {"S": "old"}, "other": {"N": "5"}}"#;

fn held() -> Value {
    serde_json::from_str(HELD).unwrap()
}

#[tokio::test]
async fn merge_sets_what_is_mapped_and_leaves_the_rest_alone() {
    let all = "fields: all";
    check(
        outcome(all, held(), "id,a\n1,new\n").await,
        "succeeded: 1 read, 1 written",
        &[r#"a="new" b="old" id="1" other=5"#],
    );
    check(outcome(all, Value::Null, "id,a\n1,new\n").await, "succeeded: 1 read, 1 written", &[r#"a="new" id="1""#]);
}

#[tokio::test]
async fn a_null_does_to_its_attribute_what_the_field_says() {
    let field =
        |on_null: &str| format!("fields: [{{ attribute: id, column: id }}, {{ attribute: a, column: a{on_null} }}]");
    let one = "succeeded: 1 read, 1 written";
    for (on_null, write, summary, item) in [
        ("", "merge", one, r#"b="old" id="1" other=5"#),
        (", on_null: remove", "merge", one, r#"b="old" id="1" other=5"#),
        (", on_null: keep", "merge", one, r#"a="old" b="old" id="1" other=5"#),
        (", on_null: null", "merge", one, r#"a=null b="old" id="1" other=5"#),
        (
            ", on_null: reject",
            "merge",
            "succeeded: 1 read, 1 rejected (null_not_allowed 1)",
            r#"a="old" b="old" id="1" other=5"#,
        ),
        (", on_null: remove", "replace", one, r#"id="1""#),
        (", on_null: null", "replace", one, r#"a=null id="1""#),
    ] {
        let definition = format!("write: {write}\n{}", field(on_null));
        check(outcome(&definition, held(), "id,a\n1,\n").await, summary, &[item]);
    }
}

#[tokio::test]
async fn merge_of_keys_alone_creates_the_item_and_changes_nothing_else() {
    check(outcome("fields: all", Value::Null, "id\n1\n").await, "succeeded: 1 read, 1 written", &[r#"id="1""#]);
    let (_, items) = outcome("fields: all", held(), "id\n1\n").await;
    assert_eq!(items, [r#"a="old" b="old" id="1" other=5"#]);
}

#[tokio::test]
async fn replace_leaves_the_mapped_attributes_only() {
    check(
        outcome("write: replace\nfields: all", held(), "id,a\n1,new\n").await,
        "succeeded: 1 read, 1 written",
        &[r#"a="new" id="1""#],
    );
}

#[tokio::test]
async fn create_only_never_touches_an_item_that_exists() {
    let csv = "id,a\n1,new\n2,new\n2,again\n";
    check(
        outcome("write: create_only\nfields: all", held(), csv).await,
        "succeeded: 3 read, 1 written, 2 unchanged",
        &[r#"a="new" id="2""#, r#"a="old" b="old" id="1" other=5"#],
    );
}

const VERSIONED: &str = "
version: v
fields:
  - { attribute: id, column: id }
  - { attribute: a, column: a }
  - { attribute: v, column: v, type: N }
";

#[tokio::test]
async fn a_version_lets_only_newer_rows_through() {
    for write in ["merge", "replace"] {
        let world = loading(&format!("write: {write}\n{VERSIONED}"));
        let load = async |name: &str, csv: &str| {
            let report = world.load(&format!("extracts/s/{name}.csv"), format!("id,a,v\n{csv}")).await;
            (told::summary(&report), world.lines("items").join("; "))
        };
        let told = |summary: &str, items: &str| (summary.to_owned(), items.to_owned());
        let (new, old) = (r#"a="tenth" id="1" v=10"#, "succeeded: 1 read, 1 unchanged");
        assert_eq!(load("new", "1,tenth,10\n").await, told("succeeded: 1 read, 1 written", new));
        assert_eq!(load("late", "1,ninth,9\n").await, told(old, new), "numbers are compared by value");
        assert_eq!(load("equal", "1,other,10.0\n").await, told(old, new));
        let newer = r#"a="next" id="1" v=10.5"#;
        assert_eq!(load("newer", "1,next,10.5\n").await, told("succeeded: 1 read, 1 written", newer));
        let none = "succeeded: 1 read, 1 rejected (null_not_allowed 1)";
        assert_eq!(load("none", "1,none,\n").await, told(none, newer));
    }
}

#[tokio::test]
async fn an_item_without_the_version_takes_any_row() {
    check(
        outcome(VERSIONED, held(), "id,a,v\n1,new,-3\n").await,
        "succeeded: 1 read, 1 written",
        &[r#"a="new" b="old" id="1" other=5 v=-3"#],
    );
}

#[tokio::test]
async fn versions_within_one_extract_are_applied_in_its_order() {
    let csv = "id,a,v\n1,two,2\n1,one,1\n1,three,3\n";
    check(
        outcome(VERSIONED, Value::Null, csv).await,
        "succeeded: 3 read, 1 written, 1 unchanged, 1 superseded",
        &[r#"a="three" id="1" v=3"#],
    );
}

#[tokio::test]
async fn the_same_extract_in_any_order_ends_in_the_newest_version() {
    let world = loading(VERSIONED);
    for (name, csv) in [("c", "1,c,3\n"), ("a", "1,a,1\n"), ("b", "1,b,2\n"), ("a2", "1,a,1\n")] {
        world.load(&format!("extracts/s/{name}.csv"), format!("id,a,v\n{csv}")).await;
    }
    assert_eq!(world.lines("items"), [r#"a="c" id="1" v=3"#]);
}

#[tokio::test]
async fn any_attribute_name_can_be_written_by_any_mode() {
    let names =
        ["name", "status", "date", "a.b", "a b", "#x", ":y", "größe", "a[0]", "0", "say \"hi\"", "back\\slash", "😀"];
    let header: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    let cells = vec!["v"; names.len()].join(",");
    let csv = format!("id,{}\n1,{cells}\n", header.join(","));
    for write in ["merge", "replace", "create_only"] {
        let world = loading(&format!("write: {write}\nfields: all"));
        let report = world.load("extracts/s/a.csv", csv.clone()).await;
        assert_eq!(told::summary(&report), "succeeded: 1 read, 1 written", "{write}");
        let items = world.items("items");
        for name in names {
            assert_eq!(items[0][name], json!({"S": "v"}), "{write} {name}");
        }
    }
}

fn wide(columns: usize) -> String {
    let names: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
    let cells: Vec<String> =
        (0..columns).map(|column| if column == 7 { String::new() } else { column.to_string() }).collect();
    format!("id,{}\n1,{}\n", names.join(","), cells.join(","))
}

#[tokio::test]
async fn a_thousand_columns_can_be_merged() {
    for columns in [298, 299, 300, 301, 1_000] {
        let world = loading("fields: all");
        world.put("items", &json!({"id": {"S": "1"}, "c7": {"S": "old"}, "other": {"S": "kept"}}));
        let report = world.load("extracts/s/a.csv", wide(columns)).await;
        assert_eq!(told::summary(&report), "succeeded: 1 read, 1 written", "{columns}");
        let item = &world.items("items")[0];
        assert_eq!(item["other"], json!({"S": "kept"}));
        assert!(item.get("c7").is_none(), "a NULL removes its attribute, however many there are");
        assert_eq!(item[format!("c{}", columns - 1)], json!({"S": (columns - 1).to_string()}));
        assert_eq!(item.as_object().unwrap().len(), columns + 1);
    }
}

#[tokio::test]
async fn a_wide_merge_with_a_version_is_refused_before_anything_is_written() {
    let world = loading("version: c1\nfields: all");
    let error = world.fail("extracts/s/a.csv", wide(1_000)).await;
    let expected =
        "1001 attributes are mapped; with `version`, a merge sets at most 300; use `write: replace`, or split the sync";
    assert!(error.starts_with("mapping: ") && error.contains(expected), "{error}");
    assert!(world.items("items").is_empty());
}
