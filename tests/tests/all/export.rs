//! export-catalog: from tables to the files of the catalog.

use rowferry::{job::Job, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty},
    world::World,
};
use serde_json::{Value, json};
use std::time::Duration;

/// A world with tables of customers and orders, and one without items.
fn filled() -> World {
    fill(World::new())
}

fn fill(world: World) -> World {
    world.create_table("customers", &[("id", "S", "HASH")], &json!({}));
    for id in 0..60 {
        let mut item = json!({"id": {"S": format!("C-{id}")}, "mail": {"S": format!("person{id}@example.com")},
            "balance": {"N": format!("{id}.50")}, "address": {"M": {"zip": {"S": format!("{:05}", id * 37)}}}});
        if id % 2 == 0 {
            item["note"] = json!({"NULL": true});
        }
        world.put("customers", &item);
    }
    world.create_table("orders", &[("pk", "S", "HASH"), ("sk", "N", "RANGE")], &json!({}));
    for id in 0..200 {
        let total = if id < 190 { json!({"N": id.to_string()}) } else { json!({"S": "none"}) };
        world.put(
            "orders",
            &json!({"pk": {"S": format!("C-{}", id % 60)}, "sk": {"N": id.to_string()}, "total": total}),
        );
    }
    world.create_table("nothing_tmp", &[("id", "B", "HASH")], &json!({}));
    world
}

fn read(world: &World, key: &str) -> Value {
    serde_json::from_str(&world.text(key)).unwrap()
}

fn latest(world: &World, table: &str) -> Value {
    read(world, &format!("catalog/latest/native/000000000000/us-east-1/{table}.json"))
}

fn attribute<'a>(table: &'a Value, name: &str) -> &'a Value {
    table["attributes"].as_array().unwrap().iter().find(|attribute| attribute["name"] == name).unwrap()
}

#[tokio::test]
async fn every_table_is_described_profiled_and_classified() {
    let world = filled();
    let answer = world.export(&json!({})).await.unwrap();
    assert_eq!(
        (&answer["status"], &answer["tables"], &answer["skipped"]),
        (&json!("succeeded"), &json!(4), &json!([]))
    );
    let manifest = read(&world, "catalog/latest/manifest.json");
    assert_eq!(manifest["export_id"], answer["export_id"]);
    let names: Vec<&Value> = manifest["tables"].as_array().unwrap().iter().map(|entry| &entry["table"]).collect();
    assert_eq!(names, ["customers", "nothing_tmp", "orders", "runs"]);
    let customers = latest(&world, "customers");
    assert_eq!((&customers["items_read"], &customers["status"]), (&json!(60), &json!("ACTIVE")));
    let mail = attribute(&customers, "mail");
    assert_eq!((&mail["presence"], &mail["types"][0]["type"]), (&json!(1.0), &json!("S")));
    assert_eq!(mail["classification"]["entity"], "email");
    assert_eq!((&mail["profile"]["min"], &mail["profile"]["masked"]), (&json!(null), &json!(true)));
    let balance = attribute(&customers, "balance");
    assert_eq!((&balance["profile"]["distinctCount"], &balance["profile"]["max"]), (&json!(60), &json!(59.5)));
    assert_eq!(attribute(&customers, "note")["profile"]["nullCount"], 60);
    assert_eq!(attribute(&customers, "address")["children"][0]["name"], "zip");
    let types = &attribute(&latest(&world, "orders"), "total")["types"].clone();
    assert_eq!((&types[0]["type"], &types[0]["share"], &types[1]["type"]), (&json!("N"), &json!(0.95), &json!("S")));
    let nothing = latest(&world, "nothing_tmp");
    assert_eq!((&nothing["items_read"], &nothing["attributes"][0]["name"]), (&json!(0), &json!("id")));
    assert_eq!(nothing["attributes"][0]["types"][0]["type"], "B");
}

#[tokio::test]
async fn the_latest_export_has_the_files_of_the_newest_and_no_others() {
    let world = filled();
    let first = world.export(&json!({})).await.unwrap();
    _ = world.ask("DeleteTable", &json!({"TableName": "orders"}));
    world.put("customers", &json!({"id": {"S": "C-60"}, "phone": {"S": "+49 30 901820"}, "balance": {"S": "none"}}));
    let second = world.export(&json!({})).await.unwrap();
    let id = second["export_id"].as_str().unwrap();
    let beneath = |prefix: &str| -> Vec<String> {
        let mut keys: Vec<String> =
            world.bucket.keys().into_iter().filter_map(|key| Some(key.strip_prefix(prefix)?.to_owned())).collect();
        keys.sort();
        keys
    };
    assert_eq!(beneath("catalog/latest/"), beneath(&format!("catalog/{id}/")));
    assert!(beneath("catalog/latest/").iter().any(|key| key == "index.html"));
    assert!(!beneath("catalog/latest/").iter().any(|key| key.contains("orders")));
    let manifest = read(&world, "catalog/latest/manifest.json");
    assert_eq!(manifest["previous"], first["export_id"]);
    let changes = read(&world, "catalog/latest/changes.json");
    let has = |change: &str, table: &str| {
        changes.as_array().unwrap().iter().any(|each| each["change"] == change && each["table"] == table)
    };
    assert!(has("table_removed", "orders") && has("attribute_added", "customers"), "{changes}");
}

#[tokio::test]
async fn the_catalog_covers_what_its_file_and_the_invoke_say() {
    let world = filled();
    world.bucket.insert("catalog.yaml", "exclude: [\".*_tmp$\", runs]\nsample: { items: 25 }\nsamples: true\n");
    world.bucket.insert(
        "classification.yaml",
        "- { account: \"000000000000\", region: us-east-1, table: customers, attribute: mail, entity: email, decision: rejected }",
    );
    world.export(&json!({})).await.unwrap();
    let manifest = read(&world, "catalog/latest/manifest.json");
    let names: Vec<&Value> = manifest["tables"].as_array().unwrap().iter().map(|entry| &entry["table"]).collect();
    assert_eq!(names, ["customers", "orders"]);
    let customers = latest(&world, "customers");
    assert_eq!((&customers["items_read"], &customers["sample"]), (&json!(25), &json!({"items": 25})));
    assert_ne!(attribute(&customers, "mail")["classification"]["entity"], "email");
    world.export(&json!({"include": ["orders"], "sample": "whole"})).await.unwrap();
    assert_eq!(latest(&world, "orders")["items_read"], 200);
    let error = world.export(&json!({"includ": ["orders"]})).await.unwrap_err();
    assert!(error.text().contains("unknown key `includ`; did you mean `include`?"), "{}", error.text());
}

#[tokio::test]
async fn what_may_not_be_read_is_named_and_the_rest_goes_on() {
    let dynamodb = Embedded::new();
    let faulty = Faulty::new(dynamodb.clone(), |operation, body| {
        let of = |table: &str| rowferry_tests::fault::contains(body, &format!("\"{table}\""));
        match operation {
            "DescribeTable" if of("nothing_tmp") => Fault::Denied,
            "Scan" if of("orders") => Fault::Denied,
            "DescribeContinuousBackups" | "ListTagsOfResource" => Fault::Denied,
            "DescribeTable" if of("runs") => Fault::Missing,
            _ => Fault::None,
        }
    });
    let world = fill(World::with(dynamodb, faulty));
    let answer = world.export(&json!({})).await.unwrap();
    assert_eq!(answer["tables"], 2);
    let skipped = answer["skipped"].as_array().unwrap();
    assert_eq!((&skipped[0]["table"], &skipped[1]["table"]), (&json!("nothing_tmp"), &json!("runs")));
    assert!(skipped[0]["reason"].as_str().unwrap().starts_with("the permission `dynamodb:DescribeTable` is missing"));
    assert_eq!(skipped[1]["reason"], "it was listed, and then it was gone");
    let orders = latest(&world, "orders");
    assert_eq!(
        orders["missing_permissions"],
        json!(["dynamodb:DescribeContinuousBackups", "dynamodb:ListTagsOfResource", "dynamodb:Scan"])
    );
    assert_eq!((&orders["items_read"], &orders["tags"]), (&json!(0), &json!(null)));
}

#[tokio::test]
async fn the_budget_ends_the_reading_and_is_told() {
    let world = filled();
    let answer =
        world.export(&json!({"include": ["orders"], "sample": "whole", "budget": {"read_units": 0.5}})).await.unwrap();
    assert!(answer["read_units"].as_f64().unwrap() <= 3.0, "{answer}");
    let manifest = read(&world, "catalog/latest/manifest.json");
    assert_eq!(manifest["budget_spent"], json!(true));
}

#[tokio::test(start_paused = true)]
async fn an_export_that_does_not_fit_goes_on_in_another_invocation_and_is_the_same() {
    let whole = filled();
    whole.export(&json!({"sample": "whole"})).await.unwrap();
    let dynamodb = Embedded::new();
    let slow = Faulty::new(
        dynamodb.clone(),
        |operation, _| if operation == "Scan" { Fault::Slow(4_000) } else { Fault::None },
    );
    let world = fill(World::with(dynamodb, slow));
    let (mut payload, mut invocations) = (json!({"sample": "whole", "read_capacity": 4}), 0);
    loop {
        let deadline = Deadline::after(Duration::from_secs(10));
        let answer = world.export.handle(&payload, deadline).await.unwrap();
        invocations += 1;
        assert!(invocations < 50, "it goes on for ever");
        if answer["status"] == "succeeded" {
            break;
        }
        assert!(world.bucket.keys().iter().all(|key| !key.starts_with("catalog/latest/")), "nothing is published yet");
        let (_, message) = world.notices().pop().unwrap();
        payload = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message}}]});
    }
    assert!(invocations > 1);
    for table in ["customers", "orders"] {
        let (one, other) = (latest(&whole, table), latest(&world, table));
        assert_eq!(one["attributes"], other["attributes"], "{table}");
    }
    assert!(world.bucket.keys().iter().all(|key| !key.contains("/progress/")), "what was kept in between is gone");
}

#[tokio::test(start_paused = true)]
async fn a_table_whose_answer_breaks_off_is_read_anew() {
    let whole = filled();
    whole.export(&json!({"sample": "whole"})).await.unwrap();
    for (broken, is_read) in [(1, true), (2, true), (usize::MAX, false)] {
        let (dynamodb, mut left) = (Embedded::new(), broken);
        let faulty = Faulty::new(dynamodb.clone(), move |operation, body| {
            let is_meant = operation == "Scan" && rowferry_tests::fault::contains(body, "\"orders\"");
            if is_meant && left > 0 {
                left -= 1;
                return Fault::Truncated;
            }
            Fault::None
        });
        let world = fill(World::with(dynamodb, faulty));
        let answer = world.export(&json!({"sample": "whole"})).await.unwrap();
        if is_read {
            assert_eq!(latest(&world, "orders")["attributes"], latest(&whole, "orders")["attributes"]);
        } else {
            assert_eq!(answer["skipped"][0]["table"], "orders");
            assert!(
                answer["skipped"][0]["reason"].as_str().unwrap().starts_with("an answer of Scan cannot be profiled")
            );
        }
    }
}
