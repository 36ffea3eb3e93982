//! What a mirror does where something came in between.

use std::sync::{Arc, Mutex};

use rowferry::{bucket::memory::Memory, error::Kind};
use rowferry_tests::{
    embedded::Embedded,
    fault::bucket::{Fault, Faulty, Script},
    world::{BUCKET, World, balanced},
};
use serde_json::{Value, json};

const FIELDS: &str = "fields: [{ attribute: id, column: id }, { attribute: n, column: n, type: N }]\n";

/// A world with a table and a mirror of it, by the rest of a definition.
fn world(more: &str) -> World {
    let world = World::new();
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    define(&world, &format!("{FIELDS}{more}"));
    world
}

fn define(world: &World, more: &str) {
    world.redefine(&format!("behavior: mirror\n{more}"));
}

/// The same over a bucket, the calls to which go wrong as a script says that may be set later.
fn disturbed(more: &str) -> (World, Arc<Memory>, Arc<Mutex<Box<Script>>>) {
    let script: Arc<Mutex<Box<Script>>> = Arc::new(Mutex::new(Box::new(|_, _| Fault::None)));
    let (memory, set, dynamodb) = (Arc::new(Memory::versioned(BUCKET)), Arc::clone(&script), Embedded::new());
    let seen = Faulty::new(memory.clone(), move |call, key| set.lock().unwrap()(call, key));
    let world = World::over(memory.clone(), Arc::new(seen), dynamodb.clone(), dynamodb);
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    define(&world, &format!("{FIELDS}{more}"));
    (world, memory, script)
}

async fn ask(world: &World, payload: Value) -> Value {
    let report = world.mirror(&payload).await.unwrap();
    balanced(&report);
    report
}

/// Drops an extract and mirrors it.
async fn follow(world: &World, name: &str, text: &str) -> Value {
    world.drop(&format!("extracts/s/{name}"), text.to_owned());
    ask(world, json!({"sync": "s"})).await
}

#[tokio::test]
async fn mended_rows_do_not_let_pass_that_keys_are_made_otherwise() {
    let world = world("");
    follow(&world, "1.csv", "id,n\na,1\nb,2\n").await;
    define(&world, "fields: [{ attribute: id, template: \"p{id}\" }, { attribute: n, column: n, type: N }]\n");
    follow(&world, "rejects.csv", "id,n\nc,3\n").await;
    let report = follow(&world, "2.csv", "id,n\na,1\nb,2\n").await;
    assert_eq!(report["guards"][0]["guard"], "keys_remapped", "{report:#}");
    assert_eq!(report["items"], json!({"put": 2, "deleted": 0, "deletes_held": 3}));
}

#[tokio::test]
async fn before_images_that_cannot_be_reached_are_the_fault_of_the_service() {
    let (world, _, script) = disturbed("");
    follow(&world, "1.csv", "id,n\na,1\nb,2\n").await;
    let report = follow(&world, "2.csv", "id,n\na,1\n").await;
    *script.lock().unwrap() = Box::new(|call, key| match call {
        "get" if key.contains("before.ndjson") => Fault::Cut(3),
        _ => Fault::None,
    });
    let error = world.mirror(&json!({"sync": "s", "undo": report["run_id"]})).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Service, "{}", error.text());
}

#[tokio::test]
async fn a_dry_run_that_another_run_overtakes_says_so() {
    let (world, memory, script) = disturbed("");
    follow(&world, "1.csv", "id,n\na,1\n").await;
    world.drop("extracts/s/2.csv", "id,n\na,2\n");
    *script.lock().unwrap() = Box::new(move |call, key| {
        if call == "head" && key.starts_with("snapshots/") && !key.contains("current") {
            memory.remove(key);
            memory.insert("snapshots/s/current.json", "what the other run left");
        }
        Fault::None
    });
    let error = world.mirror(&json!({"sync": "s", "dry_run": true})).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Service, "{}", error.text());
    assert!(error.text().starts_with("another run has gone through since"), "{}", error.text());
}

#[tokio::test]
async fn an_approval_that_broke_off_is_made_up_for_by_the_next_run() {
    let (world, _, script) = disturbed("mirror: { max_deletes: { percent: 0, count: 0 } }");
    follow(&world, "1.csv", "id,n\na,1\nb,2\n").await;
    let held = follow(&world, "2.csv", "id,n\na,1\n").await;
    // The approval is sealed, and ends before its snapshot is there.
    *script.lock().unwrap() = Box::new(|call, key| match call {
        "upload" if key.starts_with("snapshots/") => Fault::Service,
        _ => Fault::None,
    });
    world.mirror(&json!({"sync": "s", "approve": held["run_id"]})).await.unwrap_err();
    *script.lock().unwrap() = Box::new(|_, _| Fault::None);
    let again = ask(&world, json!({"sync": "s"})).await;
    assert_eq!((&again["status"], &again["items"]["deletes_held"]), (&json!("held"), &json!(1)), "{again:#}");
    let approved = ask(&world, json!({"sync": "s", "approve": again["run_id"]})).await;
    assert_eq!(approved["items"]["deleted"], 1, "{approved:#}");
    assert_eq!(ask(&world, json!({"sync": "s"})).await["status"], "skipped");
}

#[tokio::test]
async fn an_undo_leaves_to_others_what_they_have_changed_since() {
    let world = world("");
    follow(&world, "1.csv", "id,n\na,1\nb,2\nc,3\n").await;
    let report = follow(&world, "2.csv", "id,n\na,1\n").await;
    assert_eq!(report["items"]["deleted"], 2);
    let theirs = json!({"id": {"S": "b"}, "own": {"S": "of the application"}});
    world.put("items", &theirs);
    let undone = ask(&world, json!({"sync": "s", "undo": report["run_id"]})).await;
    assert_eq!(undone["items"]["put"], 1, "{undone:#}");
    let next = follow(&world, "3.csv", "id,n\na,1\n").await;
    assert_eq!(next["items"]["deleted"], 1, "only what was put back: {next:#}");
    assert!(world.items("items").contains(&theirs));
}

#[tokio::test]
async fn rows_that_were_too_old_are_written_once_versions_no_longer_count() {
    let world = world("version: n\n");
    follow(&world, "1.csv", "id,n\na,7\n").await;
    let late = follow(&world, "2.csv", "id,n\na,3\n").await;
    assert_eq!(late["rows"]["unchanged"], 1, "{late:#}");
    define(&world, FIELDS);
    let report = follow(&world, "3.csv", "id,n\na,3\n").await;
    assert_eq!(report["items"]["put"], 1, "{report:#}");
    assert_eq!(world.lines("items"), ["id=\"a\" n=3"]);
}
