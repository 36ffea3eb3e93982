//! export-catalog where tables, budgets and invocations are not as they were thought to be.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::{
    dynamodb::{Answer, Failure, Transport},
    error::{Error, Kind},
    job::Job,
    notice::Notify,
    time::Deadline,
};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty},
    world::World,
};
use serde_json::{Value, json};
use tokio::time::Instant;

const INVOCATION: Duration = Duration::from_secs(12);

async fn invoke(world: &World, payload: &Value) -> Result<Value, Error> {
    world.export.handle(payload, Deadline::after(INVOCATION)).await
}

fn latest(world: &World, file: &str) -> Value {
    serde_json::from_str(&world.text(&format!("catalog/latest/{file}"))).unwrap()
}

fn table(world: &World, name: &str) -> Value {
    latest(world, &format!("native/000000000000/us-east-1/{name}.json"))
}

fn changes(world: &World) -> Vec<(String, String)> {
    let all = latest(world, "changes.json");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.as_array().unwrap().iter().map(|each| (text(&each["table"]), text(&each["change"]))).collect()
}

/// Pages of Scan, by when they were answered and what they cost.
type Pages = Arc<Mutex<Vec<(Instant, f64)>>>;

/// A DynamoDB that tells other sizes of its tables than they have, and counts what Scan takes.
struct Stale {
    inner: Embedded,
    item_count: u64,
    size_bytes: u64,
    pages: Pages,
}

impl Transport for Stale {
    fn send<'a>(&'a self, operation: &'a str, body: Bytes) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let mut answer = self.inner.answer(operation, &body);
            let mut told: Value = serde_json::from_slice(&answer.body).unwrap();
            if operation == "DescribeTable" && answer.status == 200 {
                told["Table"]["ItemCount"] = self.item_count.into();
                told["Table"]["TableSizeBytes"] = self.size_bytes.into();
                answer.body = told.to_string().into();
            } else if let ("Scan", Some(units)) = (operation, told["ConsumedCapacity"]["CapacityUnits"].as_f64()) {
                self.pages.lock().unwrap().push((Instant::now(), units));
            }
            Ok(answer)
        })
    }
}

/// A table of 600 items of some 2 KB, of which DynamoDB tells other sizes.
fn stale(item_count: u64, size_bytes: u64) -> (World, Pages) {
    let (dynamodb, pages) = (Embedded::new(), Pages::default());
    let transport = Stale { inner: dynamodb.clone(), item_count, size_bytes, pages: pages.clone() };
    let world = World::with(dynamodb, transport);
    world.create_table("large", &[("id", "N", "HASH")], &json!({}));
    for id in 0..600 {
        world.put("large", &json!({"id": {"N": id.to_string()}, "filler": {"S": format!("{id:02000}")}}));
    }
    (world, pages)
}

/// The most that was taken over ten seconds.
fn most(pages: &Pages) -> f64 {
    let pages = pages.lock().unwrap();
    let within = |at: Instant| {
        pages.iter().filter(move |(other, _)| *other >= at && *other < at + Duration::from_secs(10)).map(|page| page.1)
    };
    pages.iter().map(|(at, _)| within(*at).sum()).fold(0.0, f64::max)
}

#[tokio::test(start_paused = true)]
async fn no_ten_seconds_take_more_than_the_pace_whatever_budgets_and_invocations() {
    let budgets = [json!({}), json!({"read_units": 120}), json!({"table": {"read_units": 120}})];
    for (item_count, size_bytes) in [(0, 0), (600, 1_200_000), (100_000_000, 1 << 40)] {
        for budget in &budgets {
            for rate in [4.0, 8.0] {
                let (world, pages) = stale(item_count, size_bytes);
                let asked = json!({"include": ["large"], "sample": "whole", "read_capacity": rate, "budget": budget});
                world.export_all(asked, INVOCATION).await;
                // A page is of a second's units, or of two; it goes before the ten seconds have earned it.
                let allowed = 10.0 * rate + 2.0 * f64::max(rate, 2.0);
                assert!(
                    most(&pages) <= allowed,
                    "{} units of {allowed}: {rate} a second, {budget}, {item_count} items",
                    most(&pages)
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_share_of_a_table_that_tells_no_count_is_no_single_item() {
    let (world, _) = stale(0, 0);
    world.export_all(json!({"include": ["large"], "sample": {"percent": 50}, "read_capacity": 400}), INVOCATION).await;
    assert_eq!(table(&world, "large")["items_read"], 600);
    let (world, _) = stale(100, 200_000);
    world.export_all(json!({"include": ["large"], "sample": {"percent": 100}, "read_capacity": 400}), INVOCATION).await;
    assert_eq!(table(&world, "large")["items_read"], 600, "all, whatever the count of hours ago");
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_when_time_is_over_is_paid_for() {
    let (dynamodb, taken) = (Embedded::new(), Arc::new(Mutex::new(0.0)));
    let sum = taken.clone();
    let watched = dynamodb.watched(move |operation, _, answer| {
        if operation == "Scan" {
            let told: Value = serde_json::from_slice(&answer.body).unwrap();
            *sum.lock().unwrap() += told["ConsumedCapacity"]["CapacityUnits"].as_f64().unwrap();
        }
    });
    let slow = Faulty::new(watched, |operation, _| match operation {
        "Scan" => Fault::SlowAfter(5_000),
        _ => Fault::None,
    });
    let world = World::with(dynamodb, slow);
    world.create_table("large", &[("id", "N", "HASH")], &json!({}));
    for id in 0..100 {
        world.put("large", &json!({"id": {"N": id.to_string()}, "filler": {"S": format!("{id:08000}")}}));
    }
    let asked = json!({"include": ["large"], "sample": "whole", "read_capacity": 4, "budget": {"read_units": 40}});
    world.export_all(asked, INVOCATION).await;
    let taken = *taken.lock().unwrap();
    assert!((30.0..44.0).contains(&taken), "{taken} units");
}

#[tokio::test(start_paused = true)]
async fn a_table_that_time_is_too_short_to_describe_is_read_later() {
    for slow in ["DescribeTable", "ListTagsOfResource"] {
        let dynamodb = Embedded::new();
        let transport = Faulty::new(
            dynamodb.clone(),
            move |operation, _| {
                if operation == slow { Fault::Slow(2_000) } else { Fault::None }
            },
        );
        let world = World::with(dynamodb, transport);
        for number in 0..30 {
            world.create_table(&format!("t{number:02}"), &[("id", "S", "HASH")], &json!({}));
            _ = world.ask(
                "TagResource",
                &json!({"ResourceArn": format!("arn:aws:dynamodb:us-east-1:000000000000:table/t{number:02}"),
                    "Tags": [{"Key": "team", "Value": "a"}]}),
            );
        }
        let answer = world.export_all(json!({"include": ["t"]}), INVOCATION).await.pop().unwrap();
        assert_eq!((&answer["tables"], &answer["skipped"]), (&json!(30), &json!([])), "{slow}");
        for number in 0..30 {
            assert_eq!(table(&world, &format!("t{number:02}"))["tags"], json!({"team": "a"}), "{slow} {number}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_tells_nothing_but_errors_holds_up_no_other() {
    let dynamodb = Embedded::new();
    let transport =
        Faulty::new(
            dynamodb.clone(),
            |operation, _| {
                if operation == "ListTagsOfResource" { Fault::ServerError } else { Fault::None }
            },
        );
    let world = World::with(dynamodb, transport);
    for number in 0..8 {
        world.create_table(&format!("t{number:02}"), &[("id", "S", "HASH")], &json!({}));
    }
    let answer =
        world.export.handle(&json!({"include": ["t"]}), Deadline::after(Duration::from_mins(15))).await.unwrap();
    assert_eq!((&answer["tables"], &answer["skipped"]), (&json!(8), &json!([])));
}

#[tokio::test]
async fn a_permission_that_is_lost_is_no_change_of_attributes() {
    for at in [0, 1] {
        let dynamodb = Embedded::new();
        let (exports, scans) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
        let seen = exports.clone();
        let faulty = Faulty::new(dynamodb.clone(), move |operation, _| {
            let is_denied =
                operation == "Scan" && seen.load(Ordering::Relaxed) > 0 && scans.fetch_add(1, Ordering::Relaxed) >= at;
            if is_denied { Fault::Denied } else { Fault::None }
        });
        let world = World::with(dynamodb, faulty);
        world.create_table("tab", &[("id", "N", "HASH")], &json!({}));
        for id in 0..200 {
            world.put("tab", &json!({"id": {"N": id.to_string()}, format!("a{id}"): {"S": "x".repeat(4000)}}));
        }
        let asked = json!({"include": ["tab"], "sample": "whole", "read_capacity": 40});
        world.export(&asked).await.unwrap();
        exports.store(1, Ordering::Relaxed);
        world.export(&asked).await.unwrap();
        let read = table(&world, "tab");
        assert_eq!(read["missing_permissions"], json!(["dynamodb:Scan"]));
        assert!(read["items_read"].as_u64().unwrap() < 200);
        assert_eq!(changes(&world), [], "after {at} pages");
    }
}

/// Refuses the first notice, and keeps the others.
#[derive(Default)]
struct Once {
    refused: AtomicUsize,
    messages: Mutex<Vec<String>>,
}

impl Notify for Once {
    fn publish<'a>(&'a self, _: &'a str, message: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        let answer = if self.refused.fetch_add(1, Ordering::Relaxed) == 0 {
            Err(Error::new(Kind::Service, "the topic does not answer"))
        } else {
            self.messages.lock().unwrap().push(message.to_owned());
            Ok(())
        };
        Box::pin(async { answer })
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_again_goes_on_where_nobody_was_asked_to() {
    let mut world = slow();
    let topic = Arc::new(Once::default());
    world.export.again = Some(topic.clone());
    invoke(&world, &whole()).await.unwrap_err();
    let other = invoke(&world, &json!({"include": ["small"]})).await.unwrap();
    assert_eq!(other["status"], "skipped", "another export is not that one");
    let mut payload = whole();
    for _ in 0..60 {
        let answer = invoke(&world, &payload).await.unwrap();
        if answer["status"] == "succeeded" {
            assert_eq!(table(&world, "large")["items_read"], 150);
            return;
        }
        assert_eq!(answer["status"], "continued", "{answer}");
        payload = serde_json::from_str(&topic.messages.lock().unwrap().pop().unwrap()).unwrap();
    }
    panic!("it goes on for ever");
}

#[tokio::test(start_paused = true)]
async fn the_values_that_an_abandoned_export_kept_go_with_the_next_one() {
    let world = slow();
    let id = invoke(&world, &whole()).await.unwrap()["export_id"].as_str().unwrap().to_owned();
    let kept = |world: &World| world.bucket.keys().iter().filter(|key| key.contains("/progress/")).count();
    assert!(kept(&world) > 1);
    world.pass(31 * 60);
    world.export(&json!({"include": ["small"]})).await.unwrap();
    assert_eq!(kept(&world), 0);
    let late = invoke(&world, &json!({"continue": id})).await.unwrap();
    assert_eq!(late["status"], "skipped");
    assert!(!world.bucket.keys().iter().any(|key| key.contains("underway")));
}

/// Tables of which the larger does not fit into one invocation.
fn slow() -> World {
    let dynamodb = Embedded::new();
    let faulty = Faulty::new(
        dynamodb.clone(),
        |operation, _| {
            if operation == "Scan" { Fault::Slow(2_000) } else { Fault::None }
        },
    );
    let world = World::with(dynamodb, faulty);
    world.create_table("small", &[("id", "S", "HASH")], &json!({}));
    world.put("small", &json!({"id": {"S": "a"}}));
    fill_large(&world, &[("id", "N", "HASH")]);
    world
}

fn fill_large(world: &World, keys: &[(&str, &str, &str)]) {
    world.create_table("large", keys, &json!({}));
    for id in 0..150 {
        let key = keys.iter().map(|(name, kind, _)| ((*name).to_owned(), json!({*kind: id.to_string()})));
        let mut item: serde_json::Map<String, Value> = key.collect();
        item.insert("filler".to_owned(), json!({"S": format!("{id:02000}")}));
        world.put("large", &item.into());
    }
}

fn whole() -> Value {
    json!({"include": ["small", "large"], "sample": "whole", "read_capacity": 4})
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_made_anew_meanwhile_is_read_anew() {
    for keys in [&[("id", "N", "HASH")][..], &[("pk", "S", "HASH"), ("sk", "N", "RANGE")]] {
        let world = slow();
        assert_eq!(invoke(&world, &whole()).await.unwrap()["status"], "continued");
        _ = world.ask("DeleteTable", &json!({"TableName": "large"}));
        fill_large(&world, keys);
        let answer = world.export_all(world.message(), INVOCATION).await.pop().unwrap();
        assert_eq!(answer["skipped"], json!([]));
        let read = table(&world, "large");
        assert_eq!(read["items_read"], 150);
        let names: Vec<&Value> = read["attributes"].as_array().unwrap().iter().map(|each| &each["name"]).collect();
        let expected: Vec<&str> = keys.iter().map(|(name, ..)| *name).chain(["filler"]).collect();
        assert_eq!(names, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_deleted_meanwhile_is_told() {
    let world = slow();
    assert_eq!(invoke(&world, &whole()).await.unwrap()["status"], "continued");
    _ = world.ask("DeleteTable", &json!({"TableName": "large"}));
    let answer = world.export_all(world.message(), INVOCATION).await.pop().unwrap();
    assert_eq!((&answer["skipped"][0]["table"], &answer["tables"]), (&json!("large"), &json!(1)));
    assert_eq!(answer["skipped"][0]["reason"], "it was listed, and then it was gone");
}

/// A world in which all but the last invocation of an export has ended, and what asks for the last one.
async fn before_the_last() -> (World, Value) {
    let world = slow();
    world.export(&json!({"include": ["small"]})).await.unwrap();
    let mut payload = whole();
    for _ in 1..TURNS {
        assert_eq!(invoke(&world, &payload).await.unwrap()["status"], "continued");
        payload = world.message();
    }
    (world, payload)
}

/// How many invocations that export takes.
const TURNS: usize = 3;

#[tokio::test(start_paused = true)]
async fn changes_are_the_same_however_often_an_export_is_published() {
    let (world, payload) = before_the_last().await;
    assert_eq!(invoke(&world, &payload).await.unwrap()["status"], "succeeded");
    let expected = changes(&world);
    assert!(expected.contains(&("large".to_owned(), "table_added".to_owned())), "{expected:?}");
    for polls in (1..).step_by(4) {
        let (world, payload) = before_the_last().await;
        let ended = fault::crash(invoke(&world, &payload), polls).await;
        tokio::time::advance(Duration::from_mins(1)).await;
        let again = invoke(&world, &payload).await.unwrap();
        assert!(again["status"] == "succeeded" || again["status"] == "skipped", "{again}");
        assert_eq!(changes(&world), expected, "after {polls} polls");
        if ended.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_region_that_is_named_twice_is_read_once() {
    let dynamodb = Embedded::new();
    let faulty = Faulty::new(dynamodb.clone(), |_, _| Fault::None);
    let world = World::with(dynamodb, faulty.clone());
    world.create_table("tab", &[("id", "S", "HASH")], &json!({}));
    world.put("tab", &json!({"id": {"S": "a"}}));
    world.bucket.insert("connections.yaml", "other:\n  region: us-east-1\n");
    for (accounts, count) in [
        (json!([{"regions": ["us-east-1", "us-east-1"]}, {}]), 1),
        (json!([{"connection": "other"}, {"connection": "other", "regions": ["us-east-1", "eu-west-1"]}]), 2),
    ] {
        let before = faulty.requests().len();
        let answer = world.export(&json!({"accounts": accounts, "include": ["tab"], "sample": "whole"})).await.unwrap();
        assert_eq!(answer["status"], "succeeded");
        let lists = faulty.requests()[before..].iter().filter(|(operation, _)| operation == "ListTables").count();
        assert_eq!(lists, count, "{accounts}");
        assert_eq!(latest(&world, "manifest.json")["accounts"].as_array().unwrap().len(), count);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_damaged_between_invocations_is_told() {
    for (part, told) in [("progress.json", "cannot be read"), ("/large/", "cannot be gone on with")] {
        let world = slow();
        invoke(&world, &whole()).await.unwrap();
        let key = world.bucket.keys().into_iter().find(|key| key.contains("/progress/") && key.contains(part)).unwrap();
        let bytes = world.bucket.bytes(&key).unwrap();
        for damage in [Bytes::new(), bytes.slice(..bytes.len() / 2), Bytes::from_static(b"{}x")] {
            world.bucket.insert(&key, damage);
            let error = invoke(&world, &world.message()).await.unwrap_err().text();
            assert!(error.contains(told), "{error}");
        }
    }
}
