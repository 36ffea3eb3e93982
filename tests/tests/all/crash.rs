//! Twice is once: a run that is dropped at any of its awaits, and then done again, leaves what one run does.

use std::{sync::Arc, time::Duration};

use rowferry::{bucket::memory::Memory, error::Error, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty},
    world::{BUCKET, World},
};
use serde_json::{Value, json};

const ROWS: &str = "\
id,sub,v,a,n
1,1,5,one,1
1,2,3,two,2.50
,3,1,keyless,1
2,1,1,,3
1,1.0,6,,4
2,2,1,bad,oops
3,1,1,three,
1,01,4,late,6
";

/// What the table holds before.
const BEFORE: &str = "id,sub,v,a,n\n1,1,2,zero,0\n3,1,1,zero,0\n";

fn world(write: &str) -> World {
    let (memory, dynamodb) = (Arc::new(Memory::versioned(BUCKET)), Embedded::new());
    // Answers come one by one, so that there are many awaits to crash at.
    let mut requests = 0;
    let slow = Faulty::new(dynamodb.clone(), move |_, _| {
        requests += 1;
        if requests % 2 == 0 { Fault::Slow(requests * 7 % 50) } else { Fault::SlowAfter(requests * 7 % 50) }
    });
    let seen = fault::bucket::Faulty::new(memory.clone(), |_, _| fault::bucket::Fault::None);
    let world = World::over(memory, Arc::new(seen), dynamodb, slow);
    world.create_table("items", &[("pk", "S", "HASH"), ("sk", "N", "RANGE")], &json!({}));
    define(&world, "write: replace");
    define(&world, write);
    world
}

fn define(world: &World, write: &str) {
    world.define(
        "s",
        &format!(
            "
destination: {{ table: items }}
behavior: update_or_create
{write}
fields:
  - {{ attribute: pk, column: id }}
  - {{ attribute: sk, column: sub }}
  - {{ attribute: ver, column: v, type: N }}
  - {{ attribute: a, column: a }}
  - {{ attribute: n, column: n, type: N }}
"
        ),
    );
}

async fn invoke(world: &World, event: &Value) -> Result<Value, Error> {
    world.load.handle(event, Deadline::after(Duration::from_mins(5))).await
}

/// Table, ledger and counts after a run that crashes after so many polls and is then done again; and whether it ended
/// before the crash.
async fn twice(write: &str, polls: usize) -> (Value, bool) {
    let world = world("write: replace");
    world.load("extracts/s/before.csv", BEFORE).await;
    define(&world, write);
    let event = world.drop("extracts/s/a.csv", ROWS);
    let ended = fault::crash(invoke(&world, &event), polls).await.is_some();
    tokio::time::advance(Duration::from_mins(2)).await;
    invoke(&world, &event).await.unwrap();
    let ledger = world.ask(
        "GetItem",
        &json!({"TableName": "runs", "Key": {"pk": {"S": "sync#s"}, "sk": {"S": "extract#extracts/s/a.csv"}}}),
    );
    let ledger = &ledger["Item"];
    let ledger = json!([ledger["state"], ledger["lease_until"], ledger["applied_sequencer"]]);
    let reports = world.reports();
    let done = reports.iter().filter(|report| report["extract"]["objects"][0]["key"] == "extracts/s/a.csv");
    let done = done.rev().find(|report| report["status"] == "succeeded").unwrap();
    for report in &reports {
        let rows = &report["rows"];
        let sum: u64 =
            ["written", "unchanged", "superseded", "rejected"].map(|name| rows[name].as_u64().unwrap()).iter().sum();
        assert_eq!(rows["read"], sum, "{report:#}");
    }
    let rows = &done["rows"];
    // Conditions find what the first try wrote, so that more rows are unchanged.
    let settled: u64 = ["written", "unchanged", "superseded"].map(|name| rows[name].as_u64().unwrap()).iter().sum();
    assert!(!done["rejects"].is_null(), "{done:#}");
    let rejects = world.text(done["rejects"]["key"].as_str().unwrap());
    (json!({"items": world.items("items"), "ledger": ledger, "settled": settled, "rejects": rejects}), ended)
}

async fn check(write: &str) {
    let (once, ended) = twice(write, usize::MAX).await;
    assert!(ended);
    for polls in 0..10_000 {
        let (crashed, ended) = twice(write, polls).await;
        assert_eq!(crashed, once, "{write}, crashed after {polls} polls");
        if ended {
            assert!(polls > 20, "a run has more awaits than {polls}");
            return;
        }
    }
    panic!("the run does not end");
}

#[tokio::test(start_paused = true)]
async fn replace() {
    check("write: replace").await;
}

#[tokio::test(start_paused = true)]
async fn merge() {
    check("write: merge").await;
}

#[tokio::test(start_paused = true)]
async fn create_only() {
    check("write: create_only").await;
}

#[tokio::test(start_paused = true)]
async fn version() {
    check("version: ver\nwrite: replace").await;
    check("version: ver\nwrite: merge").await;
}

#[tokio::test(start_paused = true)]
async fn looking_ahead() {
    check("duplicates: first").await;
    check("duplicates: reject\nsync_key: a").await;
}
