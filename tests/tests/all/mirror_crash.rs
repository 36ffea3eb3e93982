//! Mirrors that are dropped at any of their awaits: the next run converges, and nothing is forgotten or deleted by a
//! plan that is stale.

use std::{sync::Arc, time::Duration};

use rowferry::{bucket::memory::Memory, error::Error, job::Job, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty},
    follow::{current, define, furnished, snapshots},
    passing::while_time_passes,
    world::{BUCKET, World, balanced},
};
use serde_json::{Value, json};

/// What a scenario does that is dropped.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// A second extract is followed.
    Follow,
    /// The first extract is followed, in a table that holds items of others.
    First,
    /// What a guard holds is approved.
    Approve,
    /// The run of the second extract is undone.
    Undo,
    /// The table, which others have written into, is verified.
    Verify,
    /// Mended rows are written after the second extract.
    Mended,
}

/// What comes after the drop.
#[derive(Debug, Clone, Copy)]
enum Next {
    /// The same again.
    Again,
    /// An extract that lacks some of what the dropped run created, and has again what it deleted.
    Other(&'static str),
}

const FIRST: &str = "id,n\n0,0\n1,1\n2,2\n3,3\n4,4\n";

/// Creates 5, 6 and 7, changes 2, deletes 0 and 1.
const SECOND: &str = "id,n\n2,20\n3,3\n4,4\n5,5\n6,6\n7,7\n";

/// Lacks 5 and 6, which were new, and 4; has 0 again.
const THIRD: &str = "id,n\n0,0\n2,2\n3,3\n7,7\n8,8\n";

/// Changes 2 and creates 9.
const MENDED: &str = "id,n\n2,22\n9,9\n";

/// The second extract with the mended rows.
const SECOND_MENDED: &str = "id,n\n2,22\n3,3\n4,4\n5,5\n6,6\n7,7\n9,9\n";

const HOLDING: &str = "mirror: { max_deletes: { percent: 0, count: 0 }, before_images: all }";

fn world(more: &str) -> World {
    let (memory, dynamodb) = (Arc::new(Memory::versioned(BUCKET)), Embedded::new());
    // Answers come one by one, so that there are many awaits to drop a run at.
    let mut requests = 0;
    let slow = Faulty::new(dynamodb.clone(), move |_, _| {
        requests += 1;
        if requests % 2 == 0 { Fault::Slow(requests * 7 % 50) } else { Fault::SlowAfter(requests * 7 % 50) }
    });
    let seen = fault::bucket::Faulty::new(memory.clone(), |_, _| fault::bucket::Fault::None);
    furnished(World::over(memory, Arc::new(seen), dynamodb, slow), more)
}

async fn invoke(world: &World, payload: &Value) -> Result<Value, Error> {
    world.mirror.handle(payload, Deadline::after(Duration::from_mins(5))).await
}

async fn ask(world: &World, payload: Value) -> Value {
    let report = invoke(world, &payload).await.unwrap();
    balanced(&report);
    report
}

/// Mirrors, and approves what is held.
async fn follow(world: &World) {
    let report = ask(world, json!({"sync": "s"})).await;
    if report["status"] == "skipped" {
        // The run that was dropped had done all but say so; what it held waits.
        let snapshot = &current(world)["snapshot"];
        if !snapshot["held"].is_null() {
            ask(world, json!({"sync": "s", "approve": snapshot["run_id"]})).await;
        }
    } else if report["status"] == "held" {
        ask(world, json!({"sync": "s", "approve": report["run_id"]})).await;
    }
}

/// The items of an extract.
fn lines(extract: &str) -> Vec<String> {
    let mut lines: Vec<String> = extract
        .lines()
        .skip(1)
        .map(|row| row.split_once(',').unwrap())
        .map(|(id, n)| format!("id={id:?} n={n}"))
        .collect();
    lines.sort();
    lines
}

/// Whether the deed ended before it was dropped, after so many polls; the table and all that is remembered are checked.
async fn dropped(deed: Deed, more: &str, next: Next, polls: usize) -> bool {
    let world = world(more);
    world.put("items", &json!({"id": {"S": "3"}, "n": {"N": "3.0"}}));
    world.put("items", &json!({"id": {"S": "other"}}));
    world.put("items", &json!({"id": {"S": "more"}, "n": {"N": "1"}}));
    world.drop("extracts/s/1.csv", FIRST);
    let mut payload = json!({"sync": "s"});
    let mut reached = FIRST;
    if !matches!(deed, Deed::First) {
        follow(&world).await;
        world.drop("extracts/s/2.csv", SECOND);
        reached = SECOND;
        if !matches!(deed, Deed::Follow) {
            let report = ask(&world, json!({"sync": "s"})).await;
            match deed {
                Deed::Approve => {
                    assert_eq!(report["status"], "held");
                    payload["approve"] = report["run_id"].clone();
                }
                Deed::Undo => {
                    payload["undo"] = report["run_id"].clone();
                    reached = FIRST;
                }
                Deed::Verify => {
                    world.put("items", &json!({"id": {"S": "3"}, "n": {"N": "9"}}));
                    world.put("items", &json!({"id": {"S": "4"}, "m": {"N": "4"}}));
                    _ = world.ask("DeleteItem", &json!({"TableName": "items", "Key": {"id": {"S": "5"}}}));
                    payload["verify"] = true.into();
                }
                Deed::Mended => {
                    world.drop("extracts/s/rejects.csv", MENDED);
                    reached = SECOND_MENDED;
                }
                Deed::Follow | Deed::First => {}
            }
        }
    }
    let ended = fault::crash(invoke(&world, &payload), polls).await;
    let has_ended = ended.is_some();
    ended.transpose().unwrap();
    tokio::time::advance(Duration::from_mins(2)).await;
    match next {
        Next::Again if matches!(deed, Deed::Undo | Deed::Verify) => _ = ask(&world, payload).await,
        Next::Again if matches!(deed, Deed::Approve) => {
            // Delivered again, the extract has the dropped approval settled.
            world.drop("extracts/s/2.csv", SECOND);
            follow(&world).await;
        }
        Next::Again => follow(&world).await,
        Next::Other(extract) => {
            world.drop("extracts/s/3.csv", extract);
            follow(&world).await;
            reached = extract;
        }
    }
    let what = format!("{deed:?} {more} {next:?}, dropped after {polls} polls");
    let mut expected = lines(reached);
    if !more.contains("scope: table") {
        expected.extend(["id=\"other\"".to_owned(), "id=\"more\" n=1".to_owned()]);
        expected.sort();
    }
    assert_eq!(world.lines("items"), expected, "{what}");
    if !matches!((deed, next), (Deed::Undo | Deed::Mended, Next::Again)) {
        remembered(&world, &what).await;
    }
    has_ended
}

/// What is remembered is what the table holds, and nothing lies about.
async fn remembered(world: &World, what: &str) {
    let state = current(world);
    assert_eq!(state["open"], json!([]), "{what}");
    let verified = ask(world, json!({"sync": "s", "verify": true})).await;
    assert_eq!(verified["mirror"]["drift"], json!({"changed": 0, "missing": 0, "extra": 0}), "{what}: {verified:#}");
    assert_eq!(verified["capacity"]["write_units"], 0.0, "{what}: {verified:#}");
    let state = current(world);
    assert_eq!(snapshots(world), [state["snapshot"]["object"].as_str().unwrap(), "snapshots/s/current.json"], "{what}");
    // What stays known by mistake would be deleted by an extract that lacks it.
    define(world, "mirror: { max_deletes: { percent: 100, count: 0 } }");
    world.drop("extracts/s/9.csv", "id,n\nlast,1\n");
    let report = ask(world, json!({"sync": "s", "dry_run": true})).await;
    let known = state["snapshot"]["items"].as_u64().unwrap();
    assert_eq!(report["mirror"]["to_delete"], known, "{what}");
}

async fn check(deed: Deed, more: &str, next: Next) {
    for polls in 0..10_000 {
        if while_time_passes(dropped(deed, more, next, polls)).await {
            assert!(polls > 20, "a run has more awaits than {polls}");
            return;
        }
    }
    panic!("the run does not end");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_dropped_is_done_again() {
    check(Deed::Follow, "mirror: { before_images: all }", Next::Again).await;
    check(Deed::Follow, "mirror: { before_images: none }", Next::Again).await;
    check(Deed::Follow, "write: merge", Next::Again).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_dropped_run_created_is_not_forgotten_and_what_it_deleted_is_not_deleted_again() {
    check(Deed::Follow, "", Next::Other(THIRD)).await;
    check(Deed::Follow, "mirror: { scope: table, before_images: none }", Next::Other(THIRD)).await;
    check(Deed::Follow, "", Next::Other(FIRST)).await;
}

#[tokio::test(start_paused = true)]
async fn a_first_run_that_is_dropped_is_not_forgotten() {
    check(Deed::First, "", Next::Again).await;
    check(Deed::First, "", Next::Other(THIRD)).await;
}

#[tokio::test(start_paused = true)]
async fn a_first_run_over_a_whole_table_that_is_dropped_scans_again() {
    check(Deed::First, "mirror: { scope: table }", Next::Again).await;
    check(Deed::First, "mirror: { scope: table, before_images: none }", Next::Other(THIRD)).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_dropped_before_it_was_held_holds_the_next_time() {
    check(Deed::Follow, HOLDING, Next::Again).await;
    check(Deed::Follow, HOLDING, Next::Other(THIRD)).await;
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_is_dropped_deletes_nothing_that_came_back() {
    check(Deed::Approve, HOLDING, Next::Again).await;
    check(Deed::Approve, HOLDING, Next::Other(THIRD)).await;
    check(Deed::Approve, HOLDING, Next::Other(FIRST)).await;
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_is_dropped_is_done_again_or_overtaken() {
    check(Deed::Undo, "mirror: { before_images: all }", Next::Again).await;
    check(Deed::Undo, "mirror: { before_images: all }", Next::Other(THIRD)).await;
}

#[tokio::test(start_paused = true)]
async fn a_verification_that_is_dropped_is_done_again() {
    check(Deed::Verify, "", Next::Again).await;
    check(Deed::Verify, "mirror: { scope: table }", Next::Again).await;
}

#[tokio::test(start_paused = true)]
async fn mended_rows_that_are_dropped_half_way_are_written_again_or_overtaken() {
    check(Deed::Mended, "", Next::Again).await;
    check(Deed::Mended, "write: merge", Next::Other(THIRD)).await;
}
