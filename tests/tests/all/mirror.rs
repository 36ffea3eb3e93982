//! What a mirror makes of a table: created, updated, deleted; held, approved, undone.

use rowferry_tests::world::{World, balanced};
use serde_json::{Value, json};

const KEYS: &[(&str, &str, &str)] = &[("id", "S", "HASH")];

fn world(more: &str) -> World {
    let world = World::new();
    world.create_table("items", KEYS, &json!({}));
    define(&world, more);
    world
}

fn define(world: &World, more: &str) {
    world.redefine(&format!(
        "behavior: mirror\nfields:\n  - {{ attribute: id, column: id }}\n  - {{ attribute: n, column: n, type: N }}\n{more}"
    ));
}

/// Mirrors the newest extract; answers with the report.
async fn mirror(world: &World) -> Value {
    ask(world, json!({"sync": "s"})).await
}

async fn ask(world: &World, payload: Value) -> Value {
    let report = world.mirror(&payload).await.unwrap();
    balanced(&report);
    report
}

/// Drops an extract and mirrors it.
async fn follow(world: &World, name: &str, text: &str) -> Value {
    world.drop(&format!("extracts/s/{name}"), text.to_owned());
    mirror(world).await
}

/// A text of rows `id,n`, from so many to so many.
fn rows(ids: impl Iterator<Item = u32>, n: impl Fn(u32) -> u32) -> String {
    let lines: String = ids.map(|id| format!("{id},{}\n", n(id))).collect();
    format!("id,n\n{lines}")
}

fn items(world: &World) -> Vec<String> {
    world.lines("items")
}

#[tokio::test]
async fn the_table_follows_the_extract() {
    let world = world("");
    let report = follow(&world, "1.csv", &rows(0..100, |id| id)).await;
    assert_eq!((&report["status"], &report["items"]["put"]), (&json!("succeeded"), &json!(100)), "{report:#}");
    // 90 of 100 stay, three of them changed; ten are gone, five are new.
    let report = follow(&world, "2.csv", &rows(10..105, |id| if id < 13 { 1_000 } else { id })).await;
    assert_eq!(report["rows"]["written"], 8);
    assert_eq!(report["rows"]["unchanged"], 87);
    assert_eq!(report["items"], json!({"put": 8, "deleted": 10, "deletes_held": 0}));
    let told = &report["mirror"];
    assert_eq!((&told["to_create"], &told["to_update"], &told["to_delete"]), (&json!(5), &json!(3), &json!(10)));
    assert_eq!(items(&world).len(), 95);
    let mut expected: Vec<String> =
        (10..105).map(|id| format!("id=\"{id}\" n={}", if id < 13 { 1_000 } else { id })).collect();
    expected.sort();
    assert_eq!(items(&world), expected);
    let again = mirror(&world).await;
    assert_eq!(again["status"], "skipped");
    let same = follow(&world, "3.csv", &rows(10..105, |id| if id < 13 { 1_000 } else { id })).await;
    assert_eq!(same["capacity"]["write_units"], 0.0, "{same:#}");
    assert_eq!(same["rows"]["unchanged"], 95);
}

#[tokio::test]
async fn deletes_past_the_limits_are_held_until_they_are_approved() {
    let world = world("");
    follow(&world, "1.csv", &rows(0..100, |id| id)).await;
    let held = follow(&world, "2.csv", &rows(50..102, |id| id)).await;
    assert_eq!(held["status"], "held", "{held:#}");
    assert_eq!(held["items"], json!({"put": 2, "deleted": 0, "deletes_held": 50}));
    assert_eq!(held["guards"][0]["guard"], "max_deletes");
    assert_eq!(items(&world).len(), 102);
    let again = follow(&world, "3.csv", &rows(51..102, |id| id)).await;
    assert_eq!(again["items"]["deletes_held"], 51, "what is held is proposed again");
    let id = held["run_id"].as_str().unwrap();
    let error = world.mirror(&json!({"sync": "s", "approve": id})).await.unwrap_err();
    assert_eq!(error.kind().name(), "request", "{}", error.text());
    let id = again["run_id"].as_str().unwrap();
    let approved = ask(&world, json!({"sync": "s", "approve": id})).await;
    assert_eq!(approved["items"], json!({"put": 0, "deleted": 51, "deletes_held": 0}), "{approved:#}");
    assert_eq!(items(&world).len(), 51);
    let error = world.mirror(&json!({"sync": "s", "approve": id})).await.unwrap_err();
    assert_eq!(error.kind().name(), "request", "{}", error.text());
    let next = follow(&world, "4.csv", &rows(51..102, |id| id)).await;
    assert_eq!(next["rows"]["unchanged"], 51);
}

#[tokio::test]
async fn a_run_is_undone() {
    let world = world("mirror: { before_images: all }");
    follow(&world, "1.csv", &rows(0..20, |id| id)).await;
    let before = items(&world);
    let report = follow(&world, "2.csv", &rows(2..22, |id| if id == 5 { 500 } else { id })).await;
    assert_eq!(report["items"], json!({"put": 3, "deleted": 2, "deletes_held": 0}));
    let undone = ask(&world, json!({"sync": "s", "undo": report["run_id"]})).await;
    assert_eq!(undone["items"], json!({"put": 3, "deleted": 2, "deletes_held": 0}), "{undone:#}");
    assert_eq!(items(&world), before);
    assert_eq!(mirror(&world).await["status"], "skipped");
    let next = follow(&world, "3.csv", &rows(2..22, |id| if id == 5 { 500 } else { id })).await;
    assert_eq!(next["items"], json!({"put": 3, "deleted": 2, "deletes_held": 0}), "{next:#}");
}

#[tokio::test]
async fn a_dry_run_tells_what_the_run_then_does() {
    let world = world("");
    follow(&world, "1.csv", &rows(0..100, |id| id)).await;
    world.drop("extracts/s/2.csv", rows(5..103, |id| if id < 10 { 7 } else { id }));
    let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
    assert_eq!(dry["status"], "planned");
    assert_eq!(items(&world).len(), 100);
    let run = ask(&world, json!({"sync": "s", "approve": dry["run_id"]})).await;
    assert_eq!(run["status"], "succeeded");
    for key in ["rows", "items"] {
        assert_eq!(dry[key], run[key], "{dry:#} {run:#}");
    }
    assert_eq!(dry["capacity"]["write_units"], run["capacity"]["write_units"], "{dry:#} {run:#}");
}

#[tokio::test]
async fn the_first_run_of_a_whole_table_compares_with_a_scan() {
    let world = world("mirror: { scope: table }");
    world.put("items", &json!({"id": {"S": "1"}, "n": {"N": "1"}}));
    world.put("items", &json!({"id": {"S": "2"}, "n": {"N": "9"}}));
    world.put("items", &json!({"id": {"S": "x"}, "other": {"S": "y"}}));
    let report = follow(&world, "1.csv", &rows(1..4, |id| id)).await;
    assert_eq!(report["items"], json!({"put": 2, "deleted": 1, "deletes_held": 0}), "{report:#}");
    assert_eq!(report["rows"]["unchanged"], 1);
    assert_eq!(items(&world).len(), 3);
}

#[tokio::test]
async fn verify_tells_and_mends_what_moved() {
    let world = world("");
    follow(&world, "1.csv", &rows(0..10, |id| id)).await;
    let before = items(&world);
    world.put("items", &json!({"id": {"S": "3"}, "n": {"N": "33"}}));
    world.put("items", &json!({"id": {"S": "foreign"}}));
    _ = world.ask("DeleteItem", &json!({"TableName": "items", "Key": {"id": {"S": "4"}}}));
    let report = ask(&world, json!({"sync": "s", "verify": true})).await;
    assert_eq!(report["mirror"]["drift"], json!({"changed": 1, "missing": 1, "extra": 0}), "{report:#}");
    assert_eq!(report["items"], json!({"put": 2, "deleted": 0, "deletes_held": 0}));
    let mut expected = before;
    expected.push("id=\"foreign\"".to_owned());
    assert_eq!(items(&world), expected);
}

#[tokio::test]
async fn rows_that_are_known_on_sight_count_like_any_others() {
    for (duplicates, kept) in [("last", "id=\"a\" n=9"), ("first", "id=\"a\" n=1")] {
        let world = world(&format!("duplicates: {duplicates}"));
        follow(&world, "1.csv", "id,n\na,1\nb,2\nc,3\n").await;
        // Of `a` an unchanged row and two changed ones, the last of which comes twice; `b` twice as it was.
        let report = follow(&world, "2.csv", "id,n\na,1\nb,2\na,8\na,9\na,9\nb,2\nc,3\n").await;
        let changed = u32::from(duplicates == "last");
        let rows = json!({"read": 7, "written": changed, "unchanged": 3 - changed, "superseded": 4, "rejected": 0});
        assert_eq!(report["rows"], rows, "{report:#}");
        assert_eq!(items(&world)[0], kept, "{duplicates}");
        // What is known now is what the table holds: the same again writes nothing, and nothing has moved.
        let again = follow(&world, "3.csv", "id,n\na,1\nb,2\na,8\na,9\na,9\nb,2\nc,3\n").await;
        assert_eq!(
            (&again["rows"]["written"], &again["capacity"]["write_units"]),
            (&json!(0), &json!(0.0)),
            "{again:#}"
        );
        let verified = ask(&world, json!({"sync": "s", "verify": true})).await;
        assert_eq!(verified["mirror"]["drift"], json!({"changed": 0, "missing": 0, "extra": 0}), "{verified:#}");
        assert_eq!(verified["items"]["put"], 0);
    }
}
