//! Keys of tables and indexes, and the sizes that DynamoDB takes.

use rowferry_tests::{told, world::World};
use serde_json::{Value, json};

async fn outcome(keys: &[(&str, &str, &str)], definition: &str, csv: String) -> String {
    let world = World::loading(keys, definition);
    let report = world.load("extracts/s/a.csv", csv).await;
    told::summary(&report)
}

const WRITTEN: &str = "succeeded: 1 read, 1 written";
const TOO_LONG: &str = "succeeded: 1 read, 1 rejected (key_too_long 1)";

#[tokio::test]
async fn keys_are_measured_in_bytes() {
    let emoji = "😀";
    let one = [("id", "S", "HASH")];
    for (key, expected) in [
        (emoji.repeat(512), WRITTEN),
        (format!("{}a", emoji.repeat(512)), TOO_LONG),
        ("a".repeat(2_048), WRITTEN),
        ("a".repeat(2_049), TOO_LONG),
    ] {
        assert_eq!(outcome(&one, "fields: all", format!("id\n{key}\n")).await, expected);
    }
    let two = [("id", "S", "HASH"), ("sk", "S", "RANGE")];
    for (key, expected) in [
        (emoji.repeat(256), WRITTEN),
        (format!("{}a", emoji.repeat(256)), TOO_LONG),
        ("a".repeat(1_024), WRITTEN),
        ("a".repeat(1_025), TOO_LONG),
    ] {
        assert_eq!(outcome(&two, "fields: all", format!("id,sk\n1,{key}\n")).await, expected);
    }
}

#[tokio::test]
async fn keys_take_the_types_of_the_table() {
    let world = World::loading(&[("id", "B", "HASH"), ("n", "N", "RANGE")], "fields: all");
    let report = world.load("extracts/s/a.csv", "id,n\nAQID,1.50\n\"\",1\nAQI,1\nAQID,x\n").await;
    assert_eq!(told::summary(&report), "succeeded: 4 read, 1 written, 3 rejected (key_empty 1, key_missing 2)");
    assert_eq!(world.lines("items"), ["id=b64:AQID n=1.5"]);
}

fn indexed() -> World {
    let world = World::new();
    let indexes = json!({
        "AttributeDefinitions": [{"AttributeName": "email", "AttributeType": "S"}, {"AttributeName": "score", "AttributeType": "N"}],
        "GlobalSecondaryIndexes": [{"IndexName": "by_email", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
            {"AttributeName": "email", "KeyType": "HASH"}, {"AttributeName": "score", "KeyType": "RANGE"}]}],
    });
    world.create_table("items", &[("id", "S", "HASH")], &indexes);
    world.redefine("fields: all");
    world
}

#[tokio::test]
async fn keys_of_indexes_must_fit_and_may_be_absent() {
    let world = indexed();
    let csv = format!(
        "id,email,score\n1,a@b,1\n2,,1\n3,\"\",1\n4,a@b,x\n5,{},1\n6,{},1\n",
        "a".repeat(2_048),
        "a".repeat(2_049)
    );
    let report = world.load("extracts/s/a.csv", csv).await;
    let expected = "succeeded: 6 read, 3 written, 3 rejected (key_empty 1, key_too_long 1, number_invalid 1)";
    assert_eq!(told::summary(&report), expected);
    let written: Vec<Value> = world.items("items").iter().map(|item| item["id"]["S"].clone()).collect();
    assert_eq!(written.len(), 3);
    let of_index = world.ask("Scan", &json!({"TableName": "items", "IndexName": "by_email"}));
    assert_eq!(of_index["Count"], 2, "the row without an email is not in the index");
}

#[tokio::test]
async fn a_key_of_an_index_takes_the_type_of_the_index() {
    let world = indexed();
    world.redefine("fields: [{ attribute: id, column: id }, { attribute: email, column: e, type: N }]");
    let error = world.fail("extracts/s/a.csv", "id,e\n1,2\n").await;
    let expected = "attribute `email` is mapped as N, but it is a key of an index of table `items`, of type S";
    assert!(error.starts_with("mapping: ") && error.contains(expected), "{error}");
    world.redefine("fields: [{ attribute: id, column: id }, { attribute: score, column: e, on_null: 'null' }]");
    let error = world.fail("extracts/s/b.csv", "id,e\n1,2\n").await;
    assert!(error.contains("which takes no NULL; use `remove`"), "{error}");
    assert!(world.items("items").is_empty());
}

/// What an item of `id` and `a` has beside the value of `a`.
const NAMES: usize = "id".len() + "1".len() + "a".len();
const LIMIT: usize = 400 * 1024;

#[tokio::test]
async fn an_item_may_have_400_kb_and_not_a_byte_more() {
    for write in ["merge", "replace", "create_only"] {
        let definition = format!("write: {write}\nfields: all");
        let csv = |bytes: usize| format!("id,a\n1,{}\n", "x".repeat(bytes - NAMES));
        let keys = [("id", "S", "HASH")];
        assert_eq!(outcome(&keys, &definition, csv(LIMIT)).await, WRITTEN, "{write}");
        let expected = "succeeded: 1 read, 1 rejected (item_too_large 1)";
        assert_eq!(outcome(&keys, &definition, csv(LIMIT + 1)).await, expected, "{write}");
    }
}

#[tokio::test]
async fn an_item_is_measured_and_not_its_json() {
    // A control character has one byte in an item and six in JSON.
    let csv = format!("id,a\n1,{}\n", "\u{1}".repeat(LIMIT - NAMES));
    for write in ["merge", "replace"] {
        let definition = format!("write: {write}\nfields: all");
        assert_eq!(outcome(&[("id", "S", "HASH")], &definition, csv.clone()).await, WRITTEN);
    }
}

#[tokio::test]
async fn an_item_that_is_too_large_only_with_what_is_stored_is_refused_by_the_table() {
    let world = World::loading(&[("id", "S", "HASH")], "fields: all");
    world.put("items", &json!({"id": {"S": "1"}, "b": {"S": "y".repeat(300 * 1024)}}));
    let big = "x".repeat(200 * 1024);
    let csv = format!("id,a\n1,{big}\n2,{big}\n1,small\n");
    let report = world.load("extracts/s/a.csv", csv).await;
    assert_eq!(told::summary(&report), "succeeded: 3 read, 2 written, 1 rejected (refused_by_table 1)");
    assert!(world.rejects(&report).lines().nth(1).unwrap().contains(",1,2,,refused_by_table,"));
    let planned = world.direct("s", "extracts/s/a.csv", true).await;
    assert_eq!(told::summary(&planned).replace("planned", "succeeded"), told::summary(&report), "the dry run knows it");
}

#[tokio::test]
async fn many_large_items_go_in_requests_that_dynamodb_takes() {
    let world = World::loading(&[("id", "S", "HASH")], "write: replace\nfields: all");
    let rows: String = (0..60).map(|row| format!("{row},{}\n", "x".repeat(390 * 1024))).collect();
    let report = world.load("extracts/s/a.csv", format!("id,a\n{rows}")).await;
    assert_eq!(told::summary(&report), "succeeded: 60 read, 60 written");
}

#[tokio::test]
async fn batches_of_every_size_are_written_whole() {
    for rows in [1, 24, 25, 26, 50, 51] {
        let world = World::loading(&[("id", "S", "HASH")], "write: replace\nfields: all");
        let csv: String = (0..rows).map(|row| format!("{row}\n")).collect();
        let report = world.load("extracts/s/a.csv", format!("id\n{csv}")).await;
        assert_eq!(report["rows"]["written"], rows);
        assert_eq!(world.items("items").len(), rows);
    }
}
