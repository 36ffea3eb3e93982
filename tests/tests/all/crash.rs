//! Twice is once: a run that is dropped at any of its awaits, and then done again, leaves what one run does.

use std::{io::Write, sync::Arc, time::Duration};

use bytes::Bytes;
use rowferry::{bucket::memory::Memory, error::Error, job::Job, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty},
    parquet::{ByteArrayType, Maker},
    passing::while_time_passes,
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

/// How the extract comes.
#[derive(Debug, Clone, Copy)]
enum Delivery {
    Text,
    Gzip,
    Parquet,
    /// A folder of text and Parquet, complete with its marker.
    Parts,
}

impl Delivery {
    /// Drops the extract; answers with its event, the object that stands for it, and the first that is read.
    fn drop(self, world: &World) -> (Value, &'static str, &'static str) {
        const ALONE: &str = "extracts/s/a";
        let (header, rows) = ROWS.split_once('\n').unwrap();
        let bytes = match self {
            Self::Text => ROWS.into(),
            Self::Gzip => {
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                gzip.write_all(ROWS.as_bytes()).unwrap();
                gzip.finish().unwrap().into()
            }
            Self::Parquet => parquet(rows),
            Self::Parts => {
                let (at, _) = rows.match_indices('\n').nth(3).unwrap();
                let (first, second) = rows.split_at(at + 1);
                world.drop("extracts/s/x/0", format!("{header}\n{first}"));
                world.drop("extracts/s/x/1", parquet(second));
                return (world.drop("extracts/s/x/_SUCCESS", ""), "extracts/s/x/_SUCCESS", "extracts/s/x/0");
            }
        };
        (world.drop(ALONE, bytes), ALONE, ALONE)
    }
}

/// Rows of text as Parquet, two in a row group.
fn parquet(rows: &str) -> Bytes {
    let columns = ["id", "sub", "v", "a", "n"].map(|name| format!("optional byte_array {name} (UTF8);"));
    let mut maker = Maker::new(&columns.concat());
    let rows: Vec<Vec<&str>> = rows.lines().map(|row| row.split(',').collect()).collect();
    for rows in rows.chunks(2) {
        let cell = |row: &Vec<&str>, column: usize| Some(row[column]).filter(|cell| !cell.is_empty()).map(Into::into);
        let group = (0..5).fold(maker.group(), |group, column| {
            group.optional::<ByteArrayType>(&rows.iter().map(|row| cell(row, column)).collect::<Vec<_>>())
        });
        group.finish();
    }
    maker.finish()
}

/// Table, ledger and counts after a run that crashes after so many polls and is then done again; and whether it ended
/// before the crash.
async fn twice(delivery: Delivery, write: &str, polls: usize) -> (Value, bool) {
    let world = world("write: replace");
    world.load("extracts/s/before.csv", BEFORE).await;
    define(&world, write);
    let (event, name, first) = delivery.drop(&world);
    let ended = fault::crash(invoke(&world, &event), polls).await.is_some();
    tokio::time::advance(Duration::from_mins(2)).await;
    invoke(&world, &event).await.unwrap();
    let ledger = world.ask(
        "GetItem",
        &json!({"TableName": "runs", "Key": {"pk": {"S": "sync#s"}, "sk": {"S": format!("extract#{name}")}}}),
    );
    let ledger = &ledger["Item"];
    let ledger = json!([ledger["state"], ledger["lease_until"], ledger["applied_sequencer"]]);
    let reports = world.reports();
    let done = reports.iter().filter(|report| report["extract"]["objects"][0]["key"] == first);
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
    check_as(Delivery::Text, write).await;
}

async fn check_as(delivery: Delivery, write: &str) {
    let (once, ended) = while_time_passes(twice(delivery, write, usize::MAX)).await;
    assert!(ended);
    for polls in 0..10_000 {
        let (crashed, ended) = while_time_passes(twice(delivery, write, polls)).await;
        assert_eq!(crashed, once, "{delivery:?} {write}, crashed after {polls} polls");
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

#[tokio::test(start_paused = true)]
async fn compressed() {
    check_as(Delivery::Gzip, "write: merge").await;
}

#[tokio::test(start_paused = true)]
async fn columns() {
    check_as(Delivery::Parquet, "write: replace").await;
    check_as(Delivery::Parquet, "duplicates: first\nversion: ver\nwrite: merge").await;
}

#[tokio::test(start_paused = true)]
async fn parts() {
    check_as(Delivery::Parts, "source: { parts: marker }\nwrite: create_only").await;
    check_as(Delivery::Parts, "source: { parts: marker }\nduplicates: reject\nsync_key: a").await;
}
