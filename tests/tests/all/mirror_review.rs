//! What must hold of a mirror whatever is changed between its runs, and however often they fail.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use rowferry::{bucket::memory::Memory, job::Job, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty, bucket, is_write},
    follow::{again, current, define, fail, follow, furnished, ids, items, mirror, numbers, rows, snapshots, world},
    passing::while_time_passes,
    world::{BUCKET, World},
};
use serde_json::json;

const WHOLE: &str = "mirror: { scope: table }";

/// A world whose table refuses writes to it, or deletes only, as long as it is told to.
fn refusing(more: &str, which: fn(&str) -> bool) -> (World, Arc<AtomicBool>) {
    let (dynamodb, refuses) = (Embedded::new(), Arc::new(AtomicBool::new(false)));
    let asked = Arc::clone(&refuses);
    let faulty = Faulty::new(dynamodb.clone(), move |operation, body| {
        let hit = asked.load(Relaxed) && which(operation) && is_write(operation, body);
        if hit { Fault::Denied } else { Fault::None }
    });
    (furnished(World::with(dynamodb, faulty), more), refuses)
}

fn others(world: &World) {
    for id in 0..30 {
        world.put("items", &json!({"id": {"S": format!("other-{id}")}}));
    }
}

#[tokio::test]
async fn what_a_scan_saw_is_not_the_syncs_once_it_follows_its_own_items_only() {
    let world = world(WHOLE);
    others(&world);
    let report = follow(&world, "1.csv", rows(1..5)).await;
    assert_eq!(items(&report), "held: 4 put, 0 deleted, 30 held", "{report:#}");
    define(&world, "mirror: { scope: synced, max_deletes: { count: 100 } }");
    let report = follow(&world, "2.csv", rows(2..5)).await;
    assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held", "{report:#}");
    assert_eq!(ids(&world).len(), 33);
}

#[tokio::test]
async fn nor_is_what_a_run_that_broke_off_would_have_deleted() {
    let (world, refuses) =
        refusing("mirror: { scope: table, max_deletes: { count: 100 } }", |operation| operation == "DeleteItem");
    others(&world);
    refuses.store(true, Relaxed);
    fail(&world, "1.csv", rows(1..5)).await;
    refuses.store(false, Relaxed);
    define(&world, "mirror: { scope: synced, max_deletes: { count: 100 } }");
    let report = follow(&world, "2.csv", rows(2..5)).await;
    assert_eq!(items(&report), "succeeded: 3 put, 1 deleted, 0 held", "{report:#}");
    assert_eq!(ids(&world).len(), 33);
}

#[tokio::test]
async fn what_a_run_that_broke_off_has_put_stays_the_syncs_when_others_break_off() {
    let (world, refuses) =
        refusing("mirror: { scope: table, max_deletes: { count: 100 } }", |operation| operation == "DeleteItem");
    others(&world);
    refuses.store(true, Relaxed);
    fail(&world, "1.csv", rows(1..5)).await;
    define(&world, "mirror: { scope: synced, max_deletes: { count: 100 } }");
    fail(&world, "2.csv", rows(2..5)).await;
    refuses.store(false, Relaxed);
    let report = follow(&world, "3.csv", rows(2..5)).await;
    assert_eq!(items(&report), "succeeded: 3 put, 1 deleted, 0 held", "{report:#}");
    assert_eq!(ids(&world).len(), 33);
}

#[tokio::test]
async fn what_is_held_of_a_whole_table_is_found_again_and_goes_with_its_approval() {
    let world = world(WHOLE);
    others(&world);
    follow(&world, "1.csv", rows(1..5)).await;
    let report = follow(&world, "2.csv", rows(2..5)).await;
    assert_eq!(items(&report), "held: 0 put, 0 deleted, 31 held", "{report:#}");
    assert_eq!(report["mirror"]["known_before"], 34);
    let approved = again(&world, "approve", &report).await;
    assert_eq!(items(&approved), "succeeded: 0 put, 31 deleted, 0 held", "{approved:#}");
    assert_eq!(ids(&world), numbers(2..5));
}

#[tokio::test]
async fn an_approval_that_broke_off_is_given_again() {
    let (world, refuses) = refusing(WHOLE, |operation| operation == "DeleteItem");
    others(&world);
    let held = follow(&world, "1.csv", rows(1..5)).await;
    refuses.store(true, Relaxed);
    _ = world.mirror(&json!({"sync": "s", "approve": held["run_id"]})).await.unwrap_err();
    refuses.store(false, Relaxed);
    let approved = again(&world, "approve", &held).await;
    assert_eq!(items(&approved), "succeeded: 0 put, 30 deleted, 0 held", "{approved:#}");
    assert_eq!(ids(&world), numbers(1..5));
}

#[tokio::test]
async fn a_run_that_fails_again_and_again_leaves_one_plan() {
    let (world, refuses) = refusing("mirror: { max_deletes: { count: 100 } }", |_| true);
    follow(&world, "0.csv", rows(0..3)).await;
    refuses.store(true, Relaxed);
    for last in 5..9 {
        fail(&world, &format!("{last}.csv"), rows(2..last)).await;
        let open = current(&world)["open"].clone();
        assert_eq!(open.as_array().map(Vec::len), Some(1), "{open:#}");
    }
    refuses.store(false, Relaxed);
    world.put("items", &json!({"id": {"S": "7"}, "n": {"N": "7"}}));
    let report = follow(&world, "last.csv", rows(2..5)).await;
    // 0 and 1 were known, and the runs that broke off may have put 3 to 7.
    assert_eq!(items(&report), "succeeded: 2 put, 5 deleted, 0 held", "{report:#}");
    assert_eq!(ids(&world), numbers(2..5));
    assert_eq!(mirror(&world).await["status"], "skipped");
    assert_eq!(snapshots(&world).len(), 2, "{:?}", snapshots(&world));
}

#[tokio::test(start_paused = true)]
async fn what_was_done_until_time_ran_out_can_be_undone() {
    let (dynamodb, memory) = (Embedded::new(), Arc::new(Memory::versioned(BUCKET)));
    let slow = bucket::Faulty::new(Arc::clone(&memory), |call, key| {
        if call == "finish" && key.ends_with("before.ndjson.zst") {
            bucket::Fault::Slow(400)
        } else {
            bucket::Fault::None
        }
    });
    let mut deletes = 0;
    let faulty = Faulty::new(dynamodb.clone(), move |operation, _| {
        deletes += usize::from(operation == "DeleteItem");
        let more = operation == "DeleteItem" && deletes > 3;
        if more { Fault::Throttled("TableWriteProvisionedThroughputExceeded") } else { Fault::None }
    });
    let world = furnished(World::over(memory, Arc::new(slow), dynamodb, faulty), "");
    follow(&world, "1.csv", rows(0..20)).await;
    world.drop("extracts/s/2.csv", rows(10..20));
    let payload = json!({"sync": "s"});
    let error =
        while_time_passes(world.mirror.handle(&payload, Deadline::after(Duration::from_mins(1)))).await.unwrap_err();
    assert!(error.text().contains("time ran out") || error.text().contains("time runs out"), "{}", error.text());
    assert_eq!(ids(&world).len(), 17);
    let failed = world.reports().into_iter().find(|report| report["status"] == "failed").unwrap();
    let undone = again(&world, "undo", &failed).await;
    assert_eq!(items(&undone), "succeeded: 3 put, 0 deleted, 0 held", "{undone:#}");
    assert_eq!(ids(&world), numbers(0..20));
}
