//! What goes wrong between a run and DynamoDB or S3, and what becomes of the rows.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::{
    bucket::memory::Memory,
    connection::Connection,
    dynamodb::Client,
    error::{Error, Kind},
    job::Connect,
    job::Job,
    time::Deadline,
};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty, bucket},
    passing::while_time_passes,
    world::{BUCKET, World, sorted},
};
use serde_json::{Value, json};
use tokio::time::Instant;

const MODES: [&str; 4] = ["write: replace", "write: merge", "write: create_only", "write: replace\nversion: v"];

fn definition(more: &str) -> String {
    format!(
        "
destination: {{ table: items }}
behavior: update_or_create
{more}
fields:
  - {{ attribute: id, column: id }}
  - {{ attribute: v, column: v, type: N }}
  - {{ attribute: a, column: a }}
"
    )
}

fn prepare(world: &World, mode: &str) {
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    world.define("s", &definition(mode));
}

/// A world whose writes go wrong in this order, and then no more.
fn writes(mode: &str, faults: &[Fault]) -> (World, Faulty) {
    let dynamodb = Embedded::new();
    let transport = Faulty::writes(dynamodb.clone(), faults.iter().cloned());
    let world = World::with(dynamodb, transport.clone());
    prepare(&world, mode);
    (world, transport)
}

/// A world whose requests go wrong as a script says.
fn scripted(mode: &str, script: impl FnMut(&str, &Bytes) -> Fault + Send + 'static) -> World {
    let dynamodb = Embedded::new();
    let world = World::with(dynamodb.clone(), Faulty::new(dynamodb, script));
    prepare(&world, mode);
    world
}

/// A world whose bucket goes wrong as a script says.
fn over(mode: &str, script: impl FnMut(&str, &str) -> bucket::Fault + Send + 'static) -> World {
    let memory = Arc::new(Memory::versioned(BUCKET));
    let seen = Arc::new(bucket::Faulty::new(memory.clone(), script));
    let dynamodb = Embedded::new();
    let world = World::over(memory, seen, dynamodb.clone(), dynamodb);
    prepare(&world, mode);
    world
}

fn rows(count: usize) -> String {
    let rows = (0..count).map(|row| format!("k{row},1,a{row}\n"));
    format!("id,v,a\n{}", rows.collect::<String>())
}

fn items(count: usize) -> Vec<Value> {
    let item = |row| json!({"id": {"S": format!("k{row}")}, "v": {"N": "1"}, "a": {"S": format!("a{row}")}});
    sorted((0..count).map(item).collect())
}

async fn invoke(world: &World, event: &Value, time: Duration) -> Result<Value, Error> {
    let begun = Instant::now();
    let answer = world.load.handle(event, Deadline::after(time)).await;
    assert!(begun.elapsed() < time, "answered after {:?} of {time:?}", begun.elapsed());
    answer.map(|mut answer| answer["runs"][0].take())
}

fn counts(report: &Value) -> [u64; 5] {
    ["read", "written", "unchanged", "superseded", "rejected"].map(|name| report["rows"][name].as_u64().unwrap())
}

fn statuses(reports: [Result<Value, Error>; 2]) -> [String; 2] {
    let mut statuses = reports.map(|report| report.unwrap()["status"].as_str().unwrap().to_owned());
    statuses.sort();
    statuses
}

fn last_report(world: &World) -> Value {
    world.reports().pop().unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_fault_that_passes_leaves_table_and_counts_as_without_it() {
    let passing = [
        Fault::Throttled("TableWriteProvisionedThroughputExceeded"),
        Fault::ServerError,
        Fault::ServerErrorAfter,
        Fault::Unreached,
        Fault::LostBefore,
        Fault::LostAfter,
        Fault::Truncated,
        Fault::Unprocessed(7),
        Fault::Expired,
        Fault::Slow(3_000),
        Fault::Slow(11_000),
        Fault::SlowAfter(11_000),
    ];
    for mode in MODES {
        for fault in &passing {
            for times in [1, 3] {
                let (world, _) = writes(mode, &vec![fault.clone(); times]);
                let report = world.load("extracts/s/a.csv", rows(60)).await;
                assert_eq!(world.items("items"), items(60), "{mode} {fault:?}");
                assert_eq!(counts(&report), [60, 60, 0, 0, 0], "{mode} {fault:?} {report:#}");
                assert_eq!(report["items"]["put"], 60);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_throttles_is_named_and_counted() {
    for (reason, name) in [
        ("TableWriteProvisionedThroughputExceeded", "table"),
        ("TableWriteKeyRangeThroughputExceeded", "hot_key"),
        ("TableWriteAccountLimitExceeded", "account"),
        ("TableWriteMaxOnDemandThroughputExceeded", "on_demand_maximum"),
    ] {
        let (world, _) = writes("write: replace", &[Fault::Throttled(reason), Fault::Throttled(reason)]);
        let report = world.load("extracts/s/a.csv", rows(60)).await;
        assert_eq!(report["capacity"]["throttled_requests"], 2);
        assert_eq!(report["capacity"]["throttled_by"], json!({name: 2}));
    }
}

#[tokio::test(start_paused = true)]
async fn unprocessed_items_are_sent_again_and_only_they() {
    let (world, transport) = writes("write: replace", &[Fault::Unprocessed(3)]);
    let report = world.load("extracts/s/a.csv", rows(25)).await;
    let sent: Vec<usize> = transport.requests().iter().filter(|(name, _)| name == "BatchWriteItem").map(puts).collect();
    assert_eq!(sent, [25, 3]);
    assert_eq!(world.items("items"), items(25));
    assert_eq!(report["capacity"]["throttled_by"], json!({"unprocessed": 1}));
}

fn puts((_, body): &(String, Bytes)) -> usize {
    let body: Value = serde_json::from_slice(body).unwrap();
    body["RequestItems"]["items"].as_array().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_refused_for_one_item_is_split_until_it_is_found() {
    for mode in MODES {
        for bad in [vec![0], vec![24], vec![7, 8, 40], (0..60).collect()] {
            let refuse =
                |_: &str, body: &Bytes| if fault::contains(body, "BAD") { Fault::Invalid } else { Fault::None };
            let world = scripted(mode, refuse);
            let text = |row| if bad.contains(&row) { "BAD".to_owned() } else { format!("a{row}") };
            let extract: String = (0..60).map(|row| format!("k{row},1,{}\n", text(row))).collect();
            let report = world.load("extracts/s/a.csv", format!("id,v,a\n{extract}")).await;
            let good = 60 - bad.len();
            assert_eq!(counts(&report), [60, good as u64, 0, 0, bad.len() as u64], "{mode} {bad:?}");
            assert_eq!(world.items("items").len(), good);
            let rejects = world.text(report["rejects"]["key"].as_str().unwrap());
            let found: Vec<usize> =
                rejects.lines().skip(1).map(|line| line.split(',').nth(3).unwrap().parse().unwrap()).collect();
            let mut found: Vec<usize> = found.into_iter().map(|row| row - 1).collect();
            found.sort_unstable();
            assert_eq!(found, bad, "{rejects}");
            assert_eq!(report["rejects"]["by_reason"], json!({"refused_by_table": bad.len()}));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_index_key_of_another_type_is_refused_alone() {
    let world = World::new();
    let more = json!({
        "AttributeDefinitions": [{"AttributeName": "g", "AttributeType": "S"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by_g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
    });
    world.create_table("items", &[("id", "S", "HASH")], &more);
    let fields = "\n  - { attribute: g, column: g }\n";
    world.define("s", &format!("{}{fields}", definition("write: replace").trim_end()));
    let report = world.load("extracts/s/a.csv", "id,v,a,g\n1,1,x,y\n2,1,x,\"\"\n3,1,x,\n").await;
    assert_eq!(counts(&report), [3, 2, 0, 0, 1], "{report:#}");
}

#[tokio::test(start_paused = true)]
async fn credentials_that_stay_expired_and_denials_end_the_run() {
    for (fault, kind) in [(Fault::Expired, Kind::Service), (Fault::Denied, Kind::Table), (Fault::Missing, Kind::Table)]
    {
        for mode in MODES {
            let wrong = fault.clone();
            let world =
                scripted(mode, move |name, body| if fault::is_write(name, body) { wrong.clone() } else { Fault::None });
            let event = world.drop("extracts/s/a.csv", rows(60));
            let error = invoke(&world, &event, Duration::from_mins(5)).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{mode} {fault:?} {}", error.text());
            assert_eq!(last_report(&world)["status"], "failed");
            assert_eq!(counts(&last_report(&world)), [0; 5]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_request_that_is_denied_does_not_hide_what_the_others_did() {
    for mode in MODES {
        let (world, _) = writes(mode, &[Fault::SlowAfter(500), Fault::Denied, Fault::Slow(800)]);
        let event = world.drop("extracts/s/a.csv", rows(75));
        let error = invoke(&world, &event, Duration::from_mins(5)).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Table);
        let written = world.items("items").len() as u64;
        assert_eq!(counts(&last_report(&world)), [written, written, 0, 0, 0], "{mode}");
        assert!(written > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn rows_of_one_key_keep_their_order_whatever_is_late() {
    for mode in ["write: replace", "write: merge", "write: replace\nversion: v", "write: merge\nversion: v"] {
        for seed in 0..30 {
            let mut random = fastrand::Rng::with_seed(seed);
            let faults: Vec<Fault> = (0..60)
                .map(|_| match random.u8(..6) {
                    0 => Fault::Slow(random.u64(1..2_000)),
                    1 => Fault::LostAfter,
                    2 => Fault::Unprocessed(random.usize(1..20)),
                    3 => Fault::Throttled("TableWriteKeyRangeThroughputExceeded"),
                    _ => Fault::None,
                })
                .collect();
            let (world, transport) = writes(mode, &faults);
            let rows: Vec<(u32, u32)> = (1..150).map(|v| (random.u32(0..random.clone().u32(1..40)), v)).collect();
            let extract: String = rows.iter().map(|(key, v)| format!("k{key},{v},a{v}\n")).collect();
            let report = world.load("extracts/s/a.csv", format!("id,v,a\n{extract}")).await;
            let last: std::collections::BTreeMap<u32, u32> = rows.iter().copied().collect();
            let expected: Vec<Value> = last
                .iter()
                .map(|(key, v)| json!({"id": {"S": format!("k{key}")}, "v": {"N": v.to_string()}, "a": {"S": format!("a{v}")}}))
                .collect();
            assert_eq!(world.items("items"), sorted(expected), "{mode} {seed}");
            let (keys, all) = (last.len() as u64, rows.len() as u64);
            assert_eq!(counts(&report), [all, keys, 0, all - keys, 0], "{mode} {seed}");
            for (_, body) in transport.requests().iter().filter(|(name, _)| name == "BatchWriteItem") {
                let body: Value = serde_json::from_slice(body).unwrap();
                let mut keys: Vec<String> = body["RequestItems"]["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|put| put["PutRequest"]["Item"]["id"].to_string())
                    .collect();
                let count = keys.len();
                keys.sort();
                keys.dedup();
                assert_eq!(keys.len(), count, "a key stands twice in a batch");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_key_does_not_hold_up_the_others() {
    let world = scripted("write: merge", |_, body| {
        if fault::contains(body, r#"{"S":"hot"}"#) { Fault::Slow(1_000) } else { Fault::Slow(10) }
    });
    let extract: String =
        (0..400).map(|row| if row % 40 == 0 { "hot,1,x\n".into() } else { format!("k{row},1,x\n") }).collect();
    let begun = Instant::now();
    world.load("extracts/s/a.csv", format!("id,v,a\n{extract}")).await;
    assert!(begun.elapsed() < Duration::from_millis(10_500), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn retries_stop_before_the_time_is_up_and_say_so() {
    for mode in MODES {
        for fault in [
            Fault::Throttled("TableWriteProvisionedThroughputExceeded"),
            Fault::ServerError,
            Fault::LostAfter,
            Fault::Unreached,
            Fault::Slow(60_000),
            Fault::SlowAfter(60_000),
        ] {
            for seconds in [3, 60, 900] {
                let wrong = fault.clone();
                let world = scripted(
                    mode,
                    move |name, body| {
                        if fault::is_write(name, body) { wrong.clone() } else { Fault::None }
                    },
                );
                let event = world.drop("extracts/s/a.csv", rows(30));
                let error = invoke(&world, &event, Duration::from_secs(seconds)).await.unwrap_err();
                assert_eq!(error.kind(), Kind::Service);
                let text = error.text();
                assert!(text.contains("time r") && text.contains("were not written"), "{text}");
                let report = last_report(&world);
                assert_eq!((&report["status"], counts(&report)[0]), (&json!("failed"), 0), "{mode} {fault:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_wait_ends_before_the_deadline() {
    // Each operation in turn never answers: on the table, then on the ledger.
    for (name, ledger) in [
        ("DescribeTable", false),
        ("GetItem", true),
        ("PutItem", true),
        ("UpdateItem", true),
        ("BatchWriteItem", false),
    ] {
        for seconds in [2, 30, 900] {
            let world = scripted("write: replace", move |asked, body| {
                let stuck = asked == name && fault::contains(body, r#""TableName":"runs""#) == ledger;
                if stuck { Fault::Slow(10_000_000) } else { Fault::None }
            });
            let event = world.drop("extracts/s/a.csv", rows(30));
            let error = invoke(&world, &event, Duration::from_secs(seconds)).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Service, "{name}: {}", error.text());
            assert_eq!(last_report(&world)["status"], "failed", "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_second_waits_and_then_is_skipped() {
    let mut slow = true;
    let world = scripted("write: replace", move |name, body| {
        let first = fault::is_write(name, body) && std::mem::take(&mut slow);
        if first { Fault::SlowAfter(8_000) } else { Fault::None }
    });
    let event = world.drop("extracts/s/a.csv", rows(5));
    let minute = Duration::from_mins(1);
    let (first, second) = tokio::join!(invoke(&world, &event, minute), invoke(&world, &event, minute));
    assert_eq!(statuses([first, second]), ["skipped", "succeeded"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_lives_long_keeps_its_claim() {
    let world = scripted(
        "write: replace",
        |name, body| {
            if fault::is_write(name, body) { Fault::Slow(9_000) } else { Fault::None }
        },
    );
    world.define("s", &definition("write: replace\nlimits: { write_units_per_second: 1 }"));
    let event = world.drop("extracts/s/a.csv", rows(150));
    let time = Duration::from_mins(10);
    let (first, second) = tokio::join!(invoke(&world, &event, time), invoke(&world, &event, time));
    assert_eq!(statuses([first, second]), ["skipped", "succeeded"]);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_cannot_be_renewed_ends_the_run_before_another_takes_over() {
    let (begun, mut claimed) = (Instant::now(), false);
    let world = scripted("write: replace", move |name, body| {
        if fault::contains(body, r#""TableName":"runs""#) {
            let first = name == "PutItem" && !claimed;
            claimed |= first;
            return if first || name == "GetItem" { Fault::None } else { Fault::Unreached };
        }
        if fault::is_write(name, body) {
            assert!(begun.elapsed() < Duration::from_mins(1), "a write without a claim");
        }
        Fault::None
    });
    world.define("s", &definition("write: replace\nlimits: { write_units_per_second: 1 }"));
    let event = world.drop("extracts/s/a.csv", rows(1_000));
    let error = invoke(&world, &event, Duration::from_mins(14)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Service);
    assert!(begun.elapsed() < Duration::from_mins(2), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn bucket_faults_fail_the_run_and_the_next_try_completes_it() {
    use bucket::Fault;
    for (call, key, wrong, kind) in [
        ("read", "syncs/s.yaml", Fault::Service, Kind::Service),
        ("head", "extracts/s/a.csv", Fault::Service, Kind::Service),
        ("get", "extracts/s/a.csv", Fault::Service, Kind::Service),
        ("get", "extracts/s/a.csv", Fault::Cut(200), Kind::Service),
        ("get", "extracts/s/a.csv", Fault::Changed, Kind::Extract),
        ("upload", "rejects.csv", Fault::Service, Kind::Service),
        ("push", "rejects.csv", Fault::Service, Kind::Service),
        ("finish", "rejects.csv", Fault::Service, Kind::Service),
        ("finish", "rejects.csv", Fault::ServiceAfter, Kind::Service),
        ("finish", "rejects.csv", Fault::Stuck, Kind::Service),
        ("put", "report.json", Fault::Service, Kind::Service),
        ("put", "report.json", Fault::ServiceAfter, Kind::Service),
        ("put", "report.json", Fault::Stuck, Kind::Service),
    ] {
        for mode in MODES {
            for nth in 0..2 {
                let mut calls = 0;
                let world = over(mode, move |asked, asked_key| {
                    if asked != call || !asked_key.ends_with(key) {
                        return Fault::None;
                    }
                    calls += 1;
                    if calls == nth + 1 { wrong } else { Fault::None }
                });
                let event = world.drop("extracts/s/a.csv", format!("{}bad,x,\n", rows(60)));
                let first = invoke(&world, &event, Duration::from_mins(5)).await;
                if let Err(error) = &first {
                    assert_eq!(error.kind(), kind, "{call} {wrong:?} {}", error.text());
                } else {
                    // The second call comes only with the next try.
                    assert_eq!(nth, 1, "{call} {wrong:?}");
                }
                let _ = invoke(&world, &event, Duration::from_mins(5)).await;
                let done = invoke(&world, &event, Duration::from_mins(5)).await.unwrap();
                assert!(["succeeded", "skipped"].contains(&done["status"].as_str().unwrap()));
                let reports = world.reports();
                let good = reports.iter().find(|report| report["status"] == "succeeded").unwrap();
                assert_eq!(counts(good)[0], 61);
                assert_eq!(world.text(good["rejects"]["key"].as_str().unwrap()).lines().count(), 2);
                assert_eq!(world.items("items"), items(60), "{call} {wrong:?} {mode}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_changes_under_way_ends_the_run_and_its_own_event_loads_it() {
    let memory = Arc::new(Memory::new(BUCKET));
    let (seen, mut gets) = (Arc::clone(&memory), 0);
    let seen = bucket::Faulty::new(memory.clone(), move |call, key| {
        gets += usize::from(call == "get");
        if call == "get" && gets == 2 {
            seen.insert(key, rows(7));
        }
        bucket::Fault::None
    });
    let dynamodb = Embedded::new();
    let world = World::over(memory.clone(), Arc::new(seen), dynamodb.clone(), dynamodb);
    prepare(&world, "write: replace");
    let event = world.drop("extracts/s/a.csv", rows(30));
    let error = invoke(&world, &event, Duration::from_mins(5)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Extract, "{}", error.text());
    let again = invoke(&world, &event, Duration::from_mins(5)).await.unwrap();
    assert_eq!(again["status"], "skipped");
    let report = world.load("extracts/s/a.csv", rows(7)).await;
    assert_eq!(counts(&report), [7, 7, 0, 0, 0]);
    assert_eq!(world.items("items"), items(7));
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_never_answers_holds_no_run_past_its_time() {
    for (call, nth) in [("read", 1), ("head", 1), ("get", 1), ("get", 2), ("put", 1)] {
        for mode in ["write: replace", "duplicates: first"] {
            let mut calls = 0;
            let world = over(mode, move |asked, _| {
                calls += usize::from(asked == call);
                if asked == call && calls == nth { bucket::Fault::Stuck } else { bucket::Fault::None }
            });
            let event = world.drop("extracts/s/a.csv", rows(30));
            let ended = while_time_passes(invoke(&world, &event, Duration::from_secs(20))).await;
            assert_eq!(ended.unwrap_err().kind(), Kind::Service, "{call}");
            let done = while_time_passes(invoke(&world, &event, Duration::from_secs(20))).await.unwrap();
            assert_eq!(done["status"], "succeeded", "{call}");
            assert_eq!(world.items("items"), items(30));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_to_the_bucket_may_be_stuck_and_the_run_still_answers() {
    for (parts, call, key, says) in [
        ("single", "read", "connections.yaml", "time ran out before the extract was read"),
        ("single", "upload", "rejects.csv", "time ran out before the run could be closed"),
        ("single", "push", "rejects.csv", "time ran out before the run could be closed"),
        ("single", "finish", "rejects.csv", "time ran out before the run could be closed"),
        ("single", "put", "report.json", "time ran out before the run could be closed"),
        ("marker", "list", "extracts/s/", "time ran out before the extract was read"),
        ("marker", "head", "extracts/s/part", "time ran out before the extract was read"),
        ("marker", "get", "extracts/s/part", ""),
        ("manifest", "get", "extracts/s/manifest", "time ran out before the extract was read"),
        ("manifest", "head", "extracts/s/part", "time ran out before the extract was read"),
    ] {
        for seconds in [2, 20, 900] {
            let stuck = Arc::new(Mutex::new(true));
            let still = Arc::clone(&stuck);
            let world = over("write: replace", move |asked, asked_key| {
                let this = asked == call && asked_key.ends_with(key) && *still.lock().unwrap();
                if this { bucket::Fault::Stuck } else { bucket::Fault::None }
            });
            world.bucket.insert("connections.yaml", "own: { region: us-east-1 }\n");
            let source = format!("source: {{ parts: {parts} }}");
            let text = definition(&source).replace("{ table: items }", "{ table: items, connection: own }");
            world.define("s", &text);
            world.drop("extracts/s/part", format!("{}bad,x,\n", rows(30)));
            let url = format!("s3://{BUCKET}/extracts/s/part");
            let event = match parts {
                "single" => world.drop("extracts/s/part", format!("{}bad,x,\n", rows(30))),
                "marker" => world.drop("extracts/s/_SUCCESS", ""),
                _ => world.drop("extracts/s/manifest", json!({"entries": [{"url": url}]}).to_string()),
            };
            let ended = while_time_passes(invoke(&world, &event, Duration::from_secs(seconds))).await;
            let error = ended.unwrap_err();
            assert_eq!(error.kind(), Kind::Service, "{parts} {call} {key}");
            assert!(error.text().contains(says), "{parts} {call} {key}: {}", error.text());
            *stuck.lock().unwrap() = false;
            world.pass(120);
            let done = while_time_passes(invoke(&world, &event, Duration::from_mins(5))).await.unwrap();
            assert_eq!((&done["status"], counts(&done)[0]), (&json!("succeeded"), 31), "{parts} {call} {key}");
            assert_eq!(world.items("items"), items(30));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_old_event_learns_late_does_not_make_a_newer_one_forgotten() {
    let (memory, dynamodb) = (Arc::new(Memory::new(BUCKET)), Embedded::new());
    let slow = Faulty::new(dynamodb.clone(), |name, body| match fault::contains(body, "SET applied_sequencer") {
        true => Fault::Slow(6_000),
        false if fault::is_write(name, body) => Fault::Slow(3_000),
        false => Fault::None,
    });
    let world = World::over(memory.clone(), memory, dynamodb, slow);
    prepare(&world, "source: { parts: marker }");
    let (time, marker) = (Duration::from_mins(5), "extracts/s/_SUCCESS");
    world.drop("extracts/s/part", rows(3));
    let old = world.drop(marker, "");
    world.direct("s", marker, false).await;
    assert_eq!(invoke(&world, &old, time).await.unwrap()["status"], "skipped");
    world.direct("s", marker, false).await;
    world.drop("extracts/s/part", rows(5));
    let new = world.drop(marker, "");
    let late = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        invoke(&world, &old, time).await
    };
    let (first, second) = tokio::join!(invoke(&world, &new, time), late);
    assert_eq!(statuses([first, second]), ["skipped", "succeeded"]);
    assert_eq!(invoke(&world, &new, time).await.unwrap()["status"], "skipped");
}

/// A connection whose client never comes: its secret or its role does not answer.
struct Never;

impl Connect for Never {
    fn client<'a>(&'a self, _: Option<&'a Connection>) -> BoxFuture<'a, Result<Client, Error>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_never_come_hold_no_run_past_its_time() {
    for seconds in [2, 30, 900] {
        let mut world = scripted("write: replace", |_, _| Fault::None);
        world.load.edges.connect = Arc::new(Never);
        let event = world.drop("extracts/s/a.csv", rows(30));
        let error = invoke(&world, &event, Duration::from_secs(seconds)).await.unwrap_err();
        let expected = "credentials for the table did not come in time, and nothing was written";
        assert!(error.kind() == Kind::Service && error.text().starts_with(expected), "{}", error.text());
        assert_eq!((&last_report(&world)["status"], counts(&last_report(&world))), (&json!("failed"), [0; 5]));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_on_its_way_fits_into_memory() {
    const TAKES: Duration = Duration::from_secs(1);
    for mode in &MODES[..2] {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&sent);
        let world = scripted(mode, move |name, body| {
            if !fault::is_write(name, body) {
                return Fault::None;
            }
            seen.lock().unwrap().push((Instant::now(), body.len()));
            Fault::Slow(1_000)
        });
        let long = "x".repeat(300_000);
        let rows: String = (0..48).map(|row| format!("k{row},1,{long}\n")).collect();
        let event = world.drop("extracts/s/a.csv", format!("id,v,a\n{rows}"));
        let report = while_time_passes(invoke(&world, &event, Duration::from_mins(10))).await.unwrap();
        assert_eq!(counts(&report), [48, 48, 0, 0, 0], "{report:#}");
        let sent = sent.lock().unwrap();
        for (at, _) in sent.iter() {
            let flying = sent.iter().filter(|(other, _)| other <= at && *other + TAKES > *at);
            let bytes: usize = flying.map(|(_, length)| length).sum();
            assert!(bytes <= (8 << 20) + (2 << 20) + 310_000, "{mode}: {bytes} bytes on their way");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_stay_unchanged_bring_back_the_requests_that_failures_took() {
    const ROWS: usize = 600;
    const TAKES_MS: u64 = 10;
    let sent = Arc::new(Mutex::new(Vec::new()));
    // A request may fail twice; what an earlier attempt may have written counts as written.
    let failed = Arc::new(Mutex::new(HashSet::new()));
    let (seen, failing) = (Arc::clone(&sent), Arc::clone(&failed));
    let world = scripted("write: create_only", move |name, body| {
        if !fault::is_write(name, body) {
            return Fault::None;
        }
        let mut seen = seen.lock().unwrap();
        seen.push(Instant::now());
        match seen.len() {
            ..=ROWS => Fault::None,
            number if number <= ROWS + 40 => {
                let body = std::str::from_utf8(body).unwrap();
                let (_, key) = body.split_once(r#""id":{"S":""#).unwrap();
                failing.lock().unwrap().insert(key.split('"').next().unwrap().to_owned());
                Fault::ServerError
            }
            _ => Fault::Slow(TAKES_MS),
        }
    });
    for name in ["a", "b"] {
        let event = world.drop(&format!("extracts/s/{name}.csv"), rows(ROWS));
        let report = while_time_passes(invoke(&world, &event, Duration::from_mins(10))).await.unwrap();
        let written = if name == "a" { 600 } else { failed.lock().unwrap().len() as u64 };
        assert_eq!(counts(&report), [600, written, 600 - written, 0, 0], "{report:#}");
    }
    let sent = sent.lock().unwrap();
    // Long after the failures; at any one moment the reader may be behind.
    let late = &sent[sent.len() - 200..];
    let flying =
        |now: &Instant| late.iter().filter(|at| *at <= now && **at + Duration::from_millis(TAKES_MS) > *now).count();
    let flying = late.iter().map(flying).max().unwrap();
    assert!(flying >= 16, "{flying} on their way");
}

#[tokio::test(start_paused = true)]
async fn a_failed_event_does_not_keep_the_others_of_its_invocation_from_being_done() {
    let world = over("write: replace", |call, key| {
        if call == "read" && key == "syncs/bad.yaml" { bucket::Fault::Service } else { bucket::Fault::None }
    });
    let mut both = world.drop("extracts/bad/a.csv", rows(3));
    let good = world.drop("extracts/s/a.csv", rows(3));
    both["Records"].as_array_mut().unwrap().push(good["Records"][0].clone());
    let error = invoke(&world, &both, Duration::from_mins(5)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Service);
    assert_eq!(world.items("items"), items(3));
}

#[tokio::test(start_paused = true)]
async fn an_object_key_as_long_as_s3_takes_has_a_place_in_the_ledger() {
    let world = over("write: replace", |_, _| bucket::Fault::None);
    let name = |last: &str| format!("extracts/s/{}{last}.csv", "é".repeat(500));
    for (place, object_key) in [name("a"), name("b")].iter().enumerate() {
        assert!(object_key.len() > 1_000 && object_key.len() <= 1_024);
        let event = world.drop(object_key, rows(place + 1));
        assert_eq!(invoke(&world, &event, Duration::from_mins(5)).await.unwrap()["status"], "succeeded");
        assert_eq!(invoke(&world, &event, Duration::from_mins(5)).await.unwrap()["status"], "skipped");
    }
}
