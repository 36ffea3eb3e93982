//! Keys of tables and indexes, and the names of attributes.

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
async fn binary_keys_are_measured_as_they_are_decoded() {
    let keys = [("id", "B", "HASH"), ("sk", "B", "RANGE")];
    let fields = "fields:\n  - { attribute: id, column: id, encoding: hex, type: B }\n  - { attribute: sk, column: sk, encoding: hex, type: B }\n";
    for (id, sk, expected) in [
        (2_048, 1_024, WRITTEN),
        (2_049, 1, TOO_LONG),
        (1, 1_025, TOO_LONG),
        (0, 1, "succeeded: 1 read, 1 rejected (key_empty 1)"),
        (1, 0, "succeeded: 1 read, 1 rejected (key_empty 1)"),
    ] {
        let csv = format!("id,sk\n\"{}\",\"{}\"\n", "ab".repeat(id), "cd".repeat(sk));
        assert_eq!(outcome(&keys, fields, csv).await, expected, "{id} and {sk} bytes");
    }
}

#[tokio::test]
async fn number_keys_have_no_length_and_lose_nothing() {
    let long = "-1.2345678901234567890123456789012345678E-100";
    let world = World::loading(&[("id", "N", "HASH")], "fields: all");
    let report = world.load("extracts/s/a.csv", format!("id\n{long}\n{long}9\n\n\"\"\n")).await;
    assert_eq!(told::summary(&report), "succeeded: 3 read, 1 written, 2 rejected (key_missing 2)");
    // The table tells it without an exponent.
    let digits = long.replace(['-', '.'], "").replace("E100", "");
    assert_eq!(world.lines("items"), [format!("id=-0.{}{digits}", "0".repeat(99))]);
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
async fn keys_of_local_indexes_are_as_those_of_global_ones() {
    let world = World::new();
    let index = |name: &str, key: &str| {
        let keys = json!([{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": key, "KeyType": "RANGE"}]);
        json!({"IndexName": name, "Projection": {"ProjectionType": "ALL"}, "KeySchema": keys})
    };
    let more = json!({
        "AttributeDefinitions": [{"AttributeName": "mail", "AttributeType": "S"}, {"AttributeName": "raw", "AttributeType": "B"}],
        "LocalSecondaryIndexes": [index("by_mail", "mail"), index("by_raw", "raw")],
    });
    world.create_table("items", &[("id", "S", "HASH"), ("n", "N", "RANGE")], &more);
    world.redefine("fields: all");
    let cell = |bytes: usize| "x".repeat(bytes);
    let csv = format!(
        "id,n,mail,raw\n1,1,,\n1,2,\"\",\n1,3,,\"\"\n1,4,{},\n1,5,{},\n1,6,,AQI\n1,7,a,AQID\n",
        cell(1_024),
        cell(1_025)
    );
    let report = world.load("extracts/s/a.csv", csv).await;
    let expected = "succeeded: 7 read, 3 written, 4 rejected (binary_invalid 1, key_empty 2, key_too_long 1)";
    assert_eq!(told::summary(&report), expected);
    for (index, count) in [("by_mail", 2), ("by_raw", 1)] {
        assert_eq!(world.ask("Scan", &json!({"TableName": "items", "IndexName": index}))["Count"], count, "{index}");
    }
}

#[tokio::test]
async fn empty_values_are_no_keys_but_may_be_values() {
    let fields =
        "fields: [{ attribute: id, column: id }, { attribute: a, column: a }, { attribute: b, column: a, type: B }]";
    let world = World::loading(&[("id", "S", "HASH")], fields);
    world.load("extracts/s/a.csv", "id,a\n1,\"\"\n").await;
    assert_eq!(world.lines("items"), [r#"a="" b=b64: id="1""#]);
}

#[tokio::test]
async fn a_name_may_have_65535_bytes() {
    let name = format!("{}x", "é".repeat(32_767));
    for write in ["merge", "replace", "create_only"] {
        let world = World::loading(&[("id", "S", "HASH")], &format!("write: {write}\nfields: all"));
        let report = world.load("extracts/s/a.csv", format!("id,{name}\n1,v\n")).await;
        assert_eq!(told::summary(&report), WRITTEN, "{write}");
        assert_eq!(world.items("items")[0][&name], json!({"S": "v"}), "{write}");
    }
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
