//! `current.json`: of two writers one goes on, and answers that are lost leave a mirror that converges.

use std::sync::{Arc, Mutex};

use rowferry::bucket::memory::Memory;
use rowferry_tests::{
    embedded::Embedded,
    fault::bucket::{Fault, Faulty},
    follow::{ask, current, follow, furnished, ids, items, mirror, numbers, rows, snapshots, world},
    world::{BUCKET, World},
};
use serde_json::{Value, json};

const CURRENT: &str = "snapshots/s/current.json";

/// A world in which something goes wrong with the n-th put of `current.json`, after something was done to the bucket.
fn failing(nth: usize, fault: Fault, deed: impl Fn(&Memory) + Send + 'static) -> World {
    let memory = Arc::new(Memory::versioned(BUCKET));
    let (inner, mut puts) = (Arc::clone(&memory), 0);
    let seen = Faulty::new(Arc::clone(&memory), move |call, key| {
        puts += usize::from(call == "put" && key == CURRENT);
        if call == "put" && key == CURRENT && puts == nth {
            deed(&inner);
            return fault;
        }
        Fault::None
    });
    let dynamodb = Embedded::new();
    furnished(World::over(memory, Arc::new(seen), dynamodb.clone(), dynamodb), "")
}

/// A first extract that is followed in two puts of `current.json`, and a second one whose run meets the fault.
async fn second(world: &World) -> Result<Value, rowferry::error::Error> {
    follow(world, "1.csv", rows(0..10)).await;
    world.drop("extracts/s/2.csv", rows(5..15));
    world.mirror(&json!({"sync": "s"})).await
}

/// What the table holds once the next run has ended, and what is remembered of it.
async fn converges(world: &World) {
    mirror(world).await;
    assert_eq!(ids(world), numbers(5..15));
    let verified = ask(world, json!({"sync": "s", "verify": true})).await;
    assert_eq!(verified["mirror"]["drift"], json!({"changed": 0, "missing": 0, "extra": 0}));
    assert_eq!(items(&follow(world, "3.csv", rows(6..15)).await), "succeeded: 0 put, 1 deleted, 0 held");
    let state = current(world);
    assert_eq!(state["open"], json!([]));
    assert_eq!(snapshots(world), [state["snapshot"]["object"].as_str().unwrap(), CURRENT]);
}

#[tokio::test]
async fn a_put_that_fails_or_whose_answer_is_lost_fails_the_run_and_the_next_converges() {
    // The third put seals the second run's plan, the fourth puts its snapshot in force.
    for (nth, written) in [(3, false), (4, true)] {
        for fault in [Fault::Service, Fault::ServiceAfter] {
            let world = failing(nth, fault, |_| ());
            let error = second(&world).await.unwrap_err();
            assert_eq!(error.kind().name(), "service", "{nth} {fault:?}: {}", error.text());
            assert_eq!(ids(&world) == numbers(5..15), written, "{nth} {fault:?}: nothing is written before the seal");
            converges(&world).await;
        }
    }
}

#[tokio::test]
async fn a_put_that_is_made_again_as_its_answer_was_lost_is_known_for_its_own() {
    for nth in [3, 4] {
        let world = failing(nth, Fault::Twice, |_| ());
        assert_eq!(items(&second(&world).await.unwrap()), "succeeded: 5 put, 5 deleted, 0 held", "{nth}");
        converges(&world).await;
    }
}

#[tokio::test]
async fn of_two_writers_the_second_ends() {
    for (nth, written) in [(3, false), (4, true)] {
        let kept = Arc::new(Mutex::new(None));
        let told = Arc::clone(&kept);
        let world = failing(nth, Fault::None, move |memory| {
            let text = memory.bytes(CURRENT).unwrap();
            let mut state: Value = serde_json::from_slice(&text).unwrap();
            state["revision"] = json!(100);
            memory.insert(CURRENT, state.to_string());
            *told.lock().unwrap() = Some(state);
        });
        let error = second(&world).await.unwrap_err();
        assert_eq!(
            (error.kind().name(), error.text().as_str()),
            (
                "service",
                "another run has changed `snapshots/s/current.json` in the meantime; it goes on, this one ends"
            )
        );
        assert_eq!(Some(current(&world)), kept.lock().unwrap().clone(), "what the other wrote stays");
        assert_eq!(ids(&world) == numbers(5..15), written);
        converges(&world).await;
    }
}

#[tokio::test]
async fn a_mirror_that_nobody_ran_before_begins_with_nothing_in_force() {
    let world = failing(1, Fault::None, |memory| {
        memory.insert(CURRENT, "{}");
    });
    world.drop("extracts/s/1.csv", rows(0..10));
    let error = world.mirror(&json!({"sync": "s"})).await.unwrap_err();
    assert!(error.text().starts_with("another run has changed"), "{}", error.text());
    assert!(ids(&world).is_empty());
    let error = world.mirror(&json!({"sync": "s"})).await.unwrap_err();
    assert_eq!(error.kind().name(), "config");
    let expected = "`snapshots/s/current.json` is not what a mirror left there; restore an older version of it, or remove it to begin anew: then nothing counts as written by this sync";
    assert!(error.text().starts_with(expected), "{}", error.text());
}

#[tokio::test]
async fn a_snapshot_that_is_gone_ends_the_run_and_says_what_to_do() {
    let world = world("");
    follow(&world, "1.csv", rows(0..10)).await;
    let object = current(&world)["snapshot"]["object"].as_str().unwrap().to_owned();
    let bytes = world.bucket.bytes(&object).unwrap();
    world.bucket.remove(&object);
    world.drop("extracts/s/2.csv", rows(5..15));
    let error = world.mirror(&json!({"sync": "s"})).await.unwrap_err();
    let expected = format!(
        "`{object}` is gone, which holds what the last run left; restore it from the bucket's versions, or remove `{CURRENT}` to begin anew: then nothing counts as written by this sync"
    );
    assert_eq!((error.kind().name(), error.text()), ("config", expected));
    assert_eq!(ids(&world), numbers(0..10));
    world.bucket.insert(&object, bytes);
    converges(&world).await;
}

#[tokio::test]
async fn a_snapshot_that_is_damaged_ends_the_run_before_any_write() {
    let world = world("");
    follow(&world, "1.csv", rows(0..10)).await;
    let object = current(&world)["snapshot"]["object"].as_str().unwrap().to_owned();
    let bytes = world.bucket.bytes(&object).unwrap();
    world.drop("extracts/s/2.csv", rows(5..15));
    for damaged in [bytes.slice(..bytes.len() - 5), bytes.slice(5..), "".into(), "PAR1PAR1".into()] {
        world.bucket.insert(&object, damaged);
        let error = world.mirror(&json!({"sync": "s"})).await.unwrap_err();
        assert_eq!(error.kind().name(), "config", "{}", error.text());
        assert!(error.text().starts_with(&format!("`{object}`: ")), "{}", error.text());
        assert_eq!(ids(&world), numbers(0..10));
    }
    world.bucket.insert(&object, bytes);
    converges(&world).await;
}

#[tokio::test]
async fn an_approval_that_another_run_overtook_ends_before_it_deletes() {
    // Puts of the first run, of what was held, and then that of the approval.
    let world = failing(5, Fault::None, |memory| {
        let mut state: Value = serde_json::from_slice(&memory.bytes(CURRENT).unwrap()).unwrap();
        state["revision"] = json!(100);
        memory.insert(CURRENT, state.to_string());
    });
    follow(&world, "1.csv", rows(0..100)).await;
    let held = follow(&world, "2.csv", rows(50..101)).await;
    assert_eq!(items(&held), "held: 1 put, 0 deleted, 50 held");
    let error = world.mirror(&json!({"sync": "s", "approve": held["run_id"]})).await.unwrap_err();
    assert!(error.text().starts_with("another run has changed"), "{}", error.text());
    assert_eq!(ids(&world), numbers(0..101));
}

#[tokio::test]
async fn a_plan_of_other_keys_fails_before_any_write() {
    // The first run breaks off after its first write, and the table comes back with keys of another type.
    let world = failing(2, Fault::Service, |_| ());
    world.drop("extracts/s/1.csv", rows(0..10));
    world.mirror(&json!({"sync": "s"})).await.unwrap_err();
    let mut state = current(&world);
    let plan = state["open"][0]["plan"].as_str().unwrap().to_owned();
    // As where DescribeTable tells no id.
    state["table_id"] = Value::Null;
    world.bucket.insert(CURRENT, state.to_string());
    _ = world.ask("DeleteTable", &json!({"TableName": "items"}));
    world.create_table("items", &[("id", "N", "HASH")], &json!({}));
    let error = world.mirror(&json!({"sync": "s"})).await.unwrap_err();
    let expected = format!(
        "`{plan}` lists other keys than the table has now; if the table's keys were meant to change, remove `{CURRENT}` and run again: then nothing counts as written by this sync"
    );
    assert_eq!((error.kind().name(), error.text()), ("table", expected));
    assert!(world.items("items").is_empty());
    world.bucket.remove(CURRENT);
    assert_eq!(items(&mirror(&world).await), "succeeded: 10 put, 0 deleted, 0 held");
}
