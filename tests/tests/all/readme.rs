//! The examples of READMEs: each block is a file of docs/examples, and each file is true of the job.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests end where something is amiss")]

use std::{fs, path::PathBuf};

use rowferry::{connection, definition, event};
use rowferry_tests::world::World;
use serde_json::{Value, json};

const OBJECT: &str = "extracts/orders/orders.csv";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn example(name: &str) -> String {
    fs::read_to_string(root().join("docs/examples").join(name)).unwrap()
}

fn example_json(name: &str) -> Value {
    serde_json::from_str(&example(name)).unwrap()
}

/// A world with the table and the sync of the examples.
fn world() -> World {
    let world = World::new();
    world.create_table("orders", &[("pk", "S", "HASH"), ("sk", "S", "RANGE")], &json!({}));
    world.define("orders", &example("orders.yaml"));
    world
}

/// Items, in the order of their keys.
fn items(world: &World) -> Value {
    let mut items = world.items("orders");
    items.sort_by_key(|item| (item["pk"]["S"].to_string(), item["sk"]["S"].to_string()));
    items.into()
}

/// The expected report with what differs from run to run taken from the one that was found.
fn expected_report(found: &Value) -> Value {
    let mut report = example_json("report.json");
    for name in ["run_id", "started_at", "finished_at", "duration_ms"] {
        report[name] = found[name].clone();
    }
    for name in ["version_id", "etag"] {
        report["extract"]["objects"][0][name] = found["extract"]["objects"][0][name].clone();
    }
    let run_id = found["run_id"].as_str().unwrap();
    report["rejects"]["key"] = format!("runs/orders/{run_id}/rejects.csv").into();
    report
}

#[test]
fn every_example_stands_in_a_readme_as_it_is() {
    let readmes = ["README.md", "functions/table-action/README.md"];
    let readmes = readmes.map(|path| fs::read_to_string(root().join(path)).unwrap());
    for file in fs::read_dir(root().join("docs/examples")).unwrap() {
        let path = file.unwrap().path();
        let block = format!("\n{}```\n", fs::read_to_string(&path).unwrap());
        assert!(readmes.iter().any(|readme| readme.contains(&block)), "no README shows {} as it is", path.display());
    }
}

#[tokio::test]
async fn the_extract_becomes_the_items_the_report_and_the_rejects() {
    let world = world();
    let report = world.load(OBJECT, example("orders.csv")).await;
    assert_eq!(items(&world), example_json("items.json"));
    assert_eq!(report, expected_report(&report));
    assert_eq!(world.reports(), std::slice::from_ref(&report));
    assert_eq!(world.text(report["rejects"]["key"].as_str().unwrap()), example("rejects.csv"));
}

#[tokio::test]
async fn the_mended_rejects_load_as_they_are() {
    let world = world();
    world.load(OBJECT, example("orders.csv")).await;
    let report = world.load("extracts/orders/mended.csv", example("mended.csv")).await;
    assert_eq!(report["rows"], json!({"read": 2, "written": 2, "unchanged": 0, "superseded": 0, "rejected": 0}));
    let keys: Vec<_> =
        world.items("orders").iter().map(|item| item["sk"]["S"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(keys.iter().filter(|key| ["O-4", "O-5"].contains(&key.as_str())).count(), 2);
}

#[tokio::test]
async fn the_dry_run_shows_the_change_and_writes_nothing() {
    let world = world();
    world.load(OBJECT, example("orders.csv")).await;
    world.bucket.insert("extracts/orders/delivered.csv", example("delivered.csv"));
    let report = world.invoke(&example_json("dry-run.json")).await.unwrap();
    assert_eq!((&report["status"], &report["rows"]["written"]), (&json!("planned"), &json!(1)));
    assert_eq!(report["samples"], example_json("samples.json"));
    assert_eq!(items(&world), example_json("items.json"));
}

#[tokio::test]
async fn the_mirror_holds_its_deletes_until_they_are_approved() {
    let world = World::new();
    world.create_table("scores", &[("customer_id", "S", "HASH")], &json!({}));
    world.define("scores", &example("scores.yaml"));
    let ask = async |payload: Value| world.mirror(&payload).await.unwrap();
    world.drop("extracts/scores/scores-may.csv", example("scores-may.csv"));
    assert_eq!(ask(json!({"sync": "scores"})).await["items"]["put"], 5);
    world.drop("extracts/scores/scores-june.csv", example("scores-june.csv"));
    let mut held = ask(json!({"sync": "scores"})).await;
    let expected = example_json("held.json");
    let run_id = held["run_id"].clone();
    let plan = format!("runs/scores/{}/plan.parquet", run_id.as_str().unwrap());
    assert_eq!(held["mirror"]["plan"], plan);
    held["mirror"]["plan"] = expected["mirror"]["plan"].clone();
    // The order of keys in a sample is that of their hashes.
    held["mirror"]["sample_of_deletes"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(held[name], *value, "{name}");
    }
    let of_run = |name: &str| {
        let mut payload = example_json(name);
        payload.as_object_mut().unwrap().values_mut().last().unwrap().clone_from(&run_id);
        payload
    };
    let approved = ask(of_run("approve.json")).await;
    assert_eq!((&approved["status"], &approved["items"]["deleted"]), (&json!("succeeded"), &json!(3)));
    assert_eq!(world.items("scores").len(), 3);
    let undone = ask(of_run("undo.json")).await;
    assert_eq!(undone["items"], json!({"put": 1, "deleted": 1, "deletes_held": 0}));
    assert_eq!(world.items("scores").len(), 2);
}

#[test]
fn the_files_that_people_write_have_no_problems() {
    definition::parse("scores", &example("scores.yaml")).unwrap();
    definition::parse("orders", &example("orders.yaml")).unwrap();
    let connections = connection::parse(&example("connections.yaml")).unwrap();
    let role = connections.get("shop").unwrap().role.clone().unwrap();
    let trust = example_json("trust-policy.json");
    let asked = &trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"];
    assert_eq!(role.external_id.as_deref(), asked.as_str());
    let event::Request::Direct(direct) = event::decode(&example_json("dry-run.json")).unwrap() else {
        panic!("the payload is a direct request");
    };
    assert!(direct.dry_run);
}
