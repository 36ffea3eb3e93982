//! export-catalog: from tables to the files of the catalog.

use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::{
    dynamodb::{Answer, Failure, Transport},
    error::Kind,
};
use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty},
    world::World,
};
use serde_json::{Value, json};

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
    world.export(&json!({"include": ["runs"]})).await.unwrap();
    let changes = read(&world, "catalog/latest/changes.json");
    let told: Vec<&Value> = changes.as_array().unwrap().iter().map(|each| &each["change"]).collect();
    assert_eq!(told, ["table_left_out", "table_left_out"], "{changes}");
}

#[tokio::test]
async fn what_is_wrong_with_a_payload_is_not_said_of_the_file() {
    let world = filled();
    world.bucket.insert("catalog.yaml", "sample: { items: 25 }\n");
    let error = world.export(&json!({"inclde": ["orders"]})).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Request);
    assert_eq!(error.text(), "`payload` has 1 problem:\n  1:2: unknown key `inclde`; did you mean `include`?");
    world.bucket.insert("catalog.yaml", "smaple: whole\n");
    let error = world.export(&json!({"include": ["orders"]})).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Mapping);
    assert_eq!(error.text(), "`catalog.yaml` has 1 problem:\n  1:1: unknown key `smaple`; did you mean `sample`?");
}

#[tokio::test]
async fn the_catalog_covers_what_its_file_and_the_invoke_say() {
    let world = filled();
    world.bucket.insert("catalog.yaml", "exclude: [\".*_tmp$\", runs]\nsample: { items: 25 }\nsamples: true\n");
    world.bucket.insert(
        "classification.yaml",
        "- { account: \"000000000000\", region: us-east-1, table: customers, attribute: mail, entity: email, decision: rejected }
- { account: \"000000000000\", region: us-east-1, table: customers, attribute: mial, entity: email, decision: rejected }
- { account: \"000000000000\", region: us-east-1, table: custommers, attribute: mail, entity: email, decision: rejected }
- { account: \"000000000000\", region: us-east-1, table: runs, attribute: mail, entity: email, decision: rejected }",
    );
    world.export(&json!({})).await.unwrap();
    let manifest = read(&world, "catalog/latest/manifest.json");
    let names: Vec<&Value> = manifest["tables"].as_array().unwrap().iter().map(|entry| &entry["table"]).collect();
    assert_eq!(names, ["customers", "orders"]);
    let customers = latest(&world, "customers");
    assert_eq!((&customers["items_read"], &customers["sample"]), (&json!(25), &json!({"items": 25})));
    assert_ne!(attribute(&customers, "mail")["classification"]["entity"], "email");
    world.export(&json!({"include": ["orders"], "sample": {"percent": 10}})).await.unwrap();
    assert_eq!(latest(&world, "orders")["items_read"], 20);
    let unmet = manifest["decisions_unmet"].as_array().unwrap().iter();
    let unmet: Vec<_> = unmet.map(|each| (&each["table"], &each["attribute"])).collect();
    assert_eq!(unmet, [(&json!("customers"), &json!("mial")), (&json!("custommers"), &json!("mail"))]);
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

/// A DynamoDB in which one table has another status.
struct Told(Embedded, &'static str);

impl Transport for Told {
    fn send<'a>(&'a self, operation: &'a str, body: Bytes) -> BoxFuture<'a, Result<Answer, Failure>> {
        let mut answer = self.0.answer(operation, &body);
        if operation == "DescribeTable" && rowferry_tests::fault::contains(&body, "\"orders\"") {
            let mut told: Value = serde_json::from_slice(&answer.body).unwrap();
            told["Table"]["TableStatus"] = self.1.into();
            answer.body = told.to_string().into();
        }
        Box::pin(async { Ok(answer) })
    }
}

#[tokio::test]
async fn a_table_that_is_not_active_is_named() {
    for status in ["CREATING", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"] {
        let dynamodb = Embedded::new();
        let world = fill(World::with(dynamodb.clone(), Told(dynamodb, status)));
        let answer = world.export(&json!({})).await.unwrap();
        assert_eq!((&answer["tables"], &answer["skipped"][0]["table"]), (&json!(3), &json!("orders")));
        assert!(answer["skipped"][0]["reason"].as_str().unwrap().contains(status), "{answer}");
    }
}

#[tokio::test]
async fn what_a_profile_has_no_room_for_is_counted() {
    let world = World::new();
    world.create_table("wide", &[("id", "S", "HASH")], &json!({}));
    for id in 0..12 {
        let mut item = json!({"id": {"S": id.to_string()}});
        for place in 0..100 {
            item[format!("a{id}_{place}")] = json!({"N": "1"});
        }
        world.put("wide", &item);
    }
    world.export(&json!({"include": ["wide"]})).await.unwrap();
    let wide = latest(&world, "wide");
    assert_eq!((wide["attributes"].as_array().unwrap().len(), &wide["values_left_out"]), (1000, &json!(201)));
}

#[tokio::test]
async fn what_may_not_be_scanned_any_more_has_not_lost_its_attributes() {
    let dynamodb = Embedded::new();
    let denied = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (now, order) = (denied.clone(), std::sync::atomic::Ordering::Relaxed);
    let faulty =
        Faulty::new(
            dynamodb.clone(),
            move |operation, _| {
                if operation == "Scan" && now.load(order) { Fault::Denied } else { Fault::None }
            },
        );
    let world = fill(World::with(dynamodb, faulty));
    world.export(&json!({})).await.unwrap();
    denied.store(true, order);
    world.export(&json!({})).await.unwrap();
    let changes = read(&world, "catalog/latest/changes.json");
    assert!(changes.as_array().unwrap().iter().all(|change| change["change"] != "attribute_removed"), "{changes}");
}

#[tokio::test]
async fn the_budget_ends_the_reading_and_is_told() {
    let world = filled();
    for id in 0..100 {
        world.put(
            "orders",
            &json!({"pk": {"S": format!("F-{id}")}, "sk": {"N": "1"}, "filler": {"S": "x".repeat(4000)}}),
        );
    }
    let asked = |budget: Value| json!({"include": ["orders", "customers"], "sample": "whole", "read_capacity": 4, "budget": budget});
    let whole = world.export(&asked(json!({"read_units": 1000}))).await.unwrap();
    assert_eq!((&whole["budget_spent"], latest(&world, "orders")["items_read"].as_u64()), (&json!(false), Some(300)));
    for budget in [json!({"read_units": 10}), json!({"usd": 10.0 * 0.125e-6}), json!({"table": {"read_units": 10}})] {
        let answer = world.export(&asked(budget)).await.unwrap();
        assert!(answer["read_units"].as_f64().unwrap() <= 13.0, "{answer}");
        let orders = latest(&world, "orders");
        assert!((1..300).contains(&orders["items_read"].as_u64().unwrap()), "{}", orders["items_read"]);
        assert_eq!((&orders["cut_short"], &answer["budget_spent"]), (&json!("the budget is spent"), &json!(true)));
        assert_eq!(read(&world, "catalog/latest/manifest.json")["budget_spent"], json!(true));
    }
}

#[tokio::test]
async fn rules_and_decisions_that_are_wrong_are_told_by_a_test_and_before_anything_is_read() {
    let world = filled();
    let rule = json!({"name": "mine", "entity": "mine", "pattern": "a"});
    let twice = json!([rule, rule]);
    for payload in [json!({"rules": twice}), json!({"test": true, "rules": twice})] {
        let error = world.export(&payload).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Request);
        assert!(error.text().starts_with("`payload`: rule `mine`"), "{}", error.text());
    }
    world.bucket.insert("catalog.yaml", json!({"rules": twice}).to_string());
    let error = world.export(&json!({"test": true})).await.unwrap_err();
    assert!(
        error.kind() == Kind::Mapping && error.text().starts_with("`catalog.yaml`: rule `mine`"),
        "{}",
        error.text()
    );
    world.bucket.insert("catalog.yaml", "");
    world.bucket.insert("classification.yaml", "- { attribute: mail, decision: maybe }");
    let error = world.export(&json!({"test": true})).await.unwrap_err();
    assert!(error.text().starts_with("`classification.yaml` has"), "{}", error.text());
    assert!(world.bucket.keys().iter().all(|key| !key.starts_with("catalog/")));
}

#[tokio::test]
async fn what_two_connections_lead_to_is_told_once() {
    let world = filled();
    world.bucket.insert("connections.yaml", "other:\n  region: us-east-1\n");
    let accounts = json!([{"regions": ["us-east-1"]}, {"connection": "other"}, {"connection": "none"}]);
    let answer = world.export(&json!({"accounts": accounts, "include": ["orders"]})).await.unwrap();
    assert_eq!(answer["tables"], 1);
    assert_eq!(answer["accounts_failed"].as_array().unwrap().len(), 1);
    let error = answer["accounts_failed"][0]["error"].as_str().unwrap();
    assert!(error.contains("connection `none` is not in connections.yaml"), "{error}");
}

#[tokio::test]
async fn where_no_account_can_be_asked_the_catalog_of_before_stays() {
    let dynamodb = Embedded::new();
    let denied = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (now, order) = (denied.clone(), std::sync::atomic::Ordering::Relaxed);
    let faulty = Faulty::new(dynamodb.clone(), move |operation, _| {
        if operation == "ListTables" && now.load(order) { Fault::Denied } else { Fault::None }
    });
    let world = fill(World::with(dynamodb, faulty));
    world.export(&json!({})).await.unwrap();
    let before = world.text("catalog/latest/manifest.json");
    denied.store(true, order);
    let error = world.export(&json!({})).await.unwrap_err().text();
    assert!(
        error.starts_with(
            "no table of any account is known: us-east-1: the permission `dynamodb:ListTables` is missing"
        ),
        "{error}"
    );
    assert_eq!(world.text("catalog/latest/manifest.json"), before);
}

#[tokio::test]
async fn a_test_names_each_permission_and_leaves_nothing() {
    let dynamodb = Embedded::new();
    let faulty = Faulty::new(dynamodb.clone(), |operation, body| match operation {
        "Scan" if rowferry_tests::fault::contains(body, "orders") => Fault::Denied,
        _ => Fault::None,
    });
    let world = fill(World::with(dynamodb, faulty));
    let good = world.export(&json!({"test": true, "include": ["customers"]})).await.unwrap();
    assert_eq!((&good["ok"], &good["bucket"]["allowed"]), (&json!(true), &json!(true)), "{good}");
    let permissions: Vec<&Value> =
        good["accounts"][0]["permissions"].as_array().unwrap().iter().map(|each| &each["action"]).collect();
    for wanted in ["ListTables", "DescribeTable", "Scan", "ListTagsOfResource"] {
        assert!(permissions.contains(&&json!(format!("dynamodb:{wanted}"))), "{permissions:?}");
    }
    let bad = world.export(&json!({"test": true})).await.unwrap();
    assert_eq!(bad["ok"], false);
    let missing: Vec<&Value> =
        bad["accounts"][0]["permissions"].as_array().unwrap().iter().filter(|each| each["allowed"] == false).collect();
    assert_eq!(missing.len(), 1);
    assert_eq!((&missing[0]["action"], &missing[0]["table"]), (&json!("dynamodb:Scan"), &json!("orders")));
    world.bucket.deny("catalog/test.json");
    let bad = world.export(&json!({"test": true, "include": ["customers"]})).await.unwrap();
    assert_eq!((&bad["ok"], &bad["bucket"]["allowed"]), (&json!(false), &json!(false)));
    assert!(world.bucket.keys().iter().all(|key| !key.starts_with("catalog/")));
}

fn text(path: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

#[tokio::test]
async fn the_sample_events_and_the_example_of_catalog_yaml_are_taken() {
    let world = filled();
    world.bucket.insert("connections.yaml", text("docs/examples/connections.yaml"));
    world.bucket.insert("catalog.yaml", text("docs/examples/catalog.yaml"));
    let event = |name: &str| -> Value { serde_json::from_str(&text(&format!("tests/events/{name}.json"))).unwrap() };
    let answer = world.export(&event("scheduled")).await.unwrap();
    assert_eq!((&answer["status"], &answer["accounts_failed"]), (&json!("succeeded"), &json!([])));
    let manifest = read(&world, "catalog/latest/manifest.json");
    let regions: Vec<&Value> = manifest["accounts"].as_array().unwrap().iter().map(|each| &each["region"]).collect();
    assert_eq!(regions, ["us-east-1", "eu-west-1", "eu-west-1"]);
    let tables: Vec<&Value> = manifest["tables"].as_array().unwrap().iter().map(|each| &each["table"]).collect();
    assert!(tables.iter().all(|name| **name != "nothing_tmp"), "{tables:?}");
    assert_eq!(latest(&world, "customers")["sample"], json!({"items": 5000}));
    assert_eq!(world.export(&event("testCatalog")).await.unwrap()["ok"], true);
    assert_eq!(world.export(&event("exportCatalog")).await.unwrap()["status"], "succeeded");
    assert_eq!(latest(&world, "orders")["sample"], json!({"items": 500}));
    let rest = world.export(&event("continue")).await.unwrap();
    assert_eq!(rest["status"], "skipped");
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
