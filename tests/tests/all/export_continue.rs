//! export-catalog over more than one invocation: what crashes, comes twice, comes late or finds others at work.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use rowferry::{bucket::memory::Memory, error::Error, job::Job, notice::Notify, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty},
    world::{BUCKET, World},
};
use serde_json::{Value, json};

/// How long an invocation may take.
const INVOCATION: Duration = Duration::from_secs(12);

/// Tables of which the larger does not fit into one invocation, where an answer of Scan takes two seconds.
fn slow() -> World {
    slow_if(|| true)
}

fn slow_if(is_slow: impl Fn() -> bool + Send + 'static) -> World {
    let dynamodb = Embedded::new();
    let faulty =
        Faulty::new(
            dynamodb.clone(),
            move |operation, _| {
                if operation == "Scan" && is_slow() { Fault::Slow(2_000) } else { Fault::None }
            },
        );
    fill(World::with(dynamodb, faulty))
}

fn fill(world: World) -> World {
    world.create_table("small", &[("id", "S", "HASH")], &json!({}));
    world.put("small", &json!({"id": {"S": "a"}, "mail": {"S": "someone@example.com"}}));
    world.create_table("large", &[("id", "N", "HASH")], &json!({}));
    for id in 0..150 {
        world.put("large", &json!({"id": {"N": id.to_string()}, "filler": {"S": format!("{id:02000}")}}));
    }
    world
}

fn whole() -> Value {
    json!({"include": ["small", "large"], "sample": "whole", "read_capacity": 4})
}

async fn invoke(world: &World, payload: &Value) -> Result<Value, Error> {
    world.export.handle(payload, Deadline::after(INVOCATION)).await
}

fn table(world: &World, name: &str) -> Value {
    serde_json::from_str(&world.text(&format!("catalog/latest/native/000000000000/us-east-1/{name}.json"))).unwrap()
}

/// What an export says of the tables, without what is another in each.
fn found(world: &World) -> Vec<Value> {
    let found = |name| {
        let table = table(world, name);
        json!([table["items_read"], table["cut_short"], table["attributes"]])
    };
    ["small", "large"].map(found).into()
}

/// Nothing of an export that ended lies about.
fn is_tidy(world: &World) {
    let left: Vec<String> =
        world.bucket.keys().into_iter().filter(|key| key.contains("/progress/") || key.contains("underway")).collect();
    assert_eq!(left, [""; 0]);
    let latest: Value = serde_json::from_str(&world.text("catalog/latest/manifest.json")).unwrap();
    let prefix = format!("catalog/{}/", latest["export_id"].as_str().unwrap());
    let files = |prefix: &str| -> Vec<(String, String)> {
        let keys = world.bucket.keys().into_iter();
        let mut files: Vec<_> =
            keys.filter_map(|key| Some((key.strip_prefix(prefix)?.to_owned(), world.text(&key)))).collect();
        files.sort();
        files
    };
    assert!(files("catalog/latest/") == files(&prefix), "latest is the newest export");
}

/// What an export that is not disturbed finds.
async fn expected() -> Vec<Value> {
    let world = fill(World::new());
    world.export(&whole()).await.unwrap();
    found(&world)
}

#[tokio::test(start_paused = true)]
async fn an_export_goes_on_in_other_invocations_and_finds_the_same() {
    let world = slow();
    let turns = world.export_all(whole(), INVOCATION).await.len();
    assert!(turns > 2, "{turns}");
    assert_eq!(found(&world), expected().await);
    is_tidy(&world);
    let manifest: Value = serde_json::from_str(&world.text("catalog/latest/manifest.json")).unwrap();
    let of_tables: f64 =
        ["small", "large"].map(|name| table(&world, name)["read_units"].as_f64().unwrap()).iter().sum();
    assert!((manifest["read_units"].as_f64().unwrap() - of_tables).abs() < 1e-9);
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_point_and_a_delivery_again_change_nothing() {
    let expected = expected().await;
    let mut polls = 1;
    loop {
        let world = slow();
        assert_eq!(invoke(&world, &whole()).await.unwrap()["status"], "continued");
        // Lambda brings the same event once more.
        let payload = world.message();
        let ended = fault::crash(invoke(&world, &payload), polls).await;
        tokio::time::advance(Duration::from_mins(1)).await;
        for turn in 0.. {
            match invoke(&world, &payload).await.unwrap()["status"].as_str().unwrap() {
                "continued" => assert!(turn < 60, "it goes on for ever"),
                "succeeded" | "skipped" => break,
                other => panic!("{other}"),
            }
        }
        assert_eq!(found(&world), expected, "after {polls} polls");
        is_tidy(&world);
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 20, "{polls}");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_twice_at_once_changes_nothing() {
    let world = slow();
    _ = invoke(&world, &whole()).await.unwrap();
    for _ in 0..60 {
        let payload = world.message();
        let (one, other) = tokio::join!(invoke(&world, &payload), invoke(&world, &payload));
        let statuses = [one, other].map(|answer| answer.unwrap()["status"].as_str().unwrap().to_owned());
        if statuses.iter().any(|status| status == "succeeded") {
            assert_eq!(found(&world), expected().await);
            is_tidy(&world);
            return;
        }
        assert!(statuses.iter().any(|status| status == "skipped"), "{statuses:?}");
    }
    panic!("it goes on for ever");
}

#[tokio::test(start_paused = true)]
async fn another_export_waits_for_one_that_is_under_way_and_not_for_one_that_died() {
    let world = slow();
    let answer = invoke(&world, &whole()).await.unwrap();
    let id = answer["export_id"].as_str().unwrap();
    let second = invoke(&world, &json!({})).await.unwrap();
    assert_eq!(second, json!({"status": "skipped", "reason": format!("export `{id}` is still under way")}));
    world.pass(31 * 60);
    world.export_all(whole(), INVOCATION).await;
    let manifest: Value = serde_json::from_str(&world.text("catalog/latest/manifest.json")).unwrap();
    assert!(manifest["export_id"].as_str().unwrap() > id);
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_the_rest_of_an_export_that_ended_is_told() {
    let world = World::new();
    let answer = world.export(&json!({"continue": "20260528T202640123Z-7c0f3a91"})).await.unwrap();
    assert_eq!(answer["status"], "skipped");
    let reason = answer["reason"].as_str().unwrap();
    assert_eq!(reason, "no export `20260528T202640123Z-7c0f3a91` is under way; it ended, or never began");
}

#[tokio::test(start_paused = true)]
async fn without_a_topic_one_invocation_has_to_do_and_what_it_could_not_read_is_told() {
    let mut world = slow();
    world.export.again = None;
    let answer = invoke(&world, &whole()).await.unwrap();
    assert_eq!(answer["status"], "succeeded");
    let large = table(&world, "large");
    assert_eq!(large["cut_short"], "time ran out");
    assert!((1..150).contains(&large["items_read"].as_u64().unwrap()));
    let mut world = slow();
    for number in 0..40 {
        world.create_table(&format!("more{number:02}"), &[("id", "S", "HASH")], &json!({}));
    }
    world.export.again = None;
    let answer = invoke(&world, &json!({})).await.unwrap();
    let skipped = answer["skipped"].as_array().unwrap();
    assert!(!skipped.is_empty() && answer["tables"].as_u64().unwrap() + skipped.len() as u64 == 43, "{answer}");
    assert!(skipped[0]["reason"].as_str().unwrap().starts_with("time ran out before it was read"));
}

#[tokio::test(start_paused = true)]
async fn an_export_that_gets_nowhere_ends() {
    let dynamodb = Embedded::new();
    let faulty = Faulty::new(dynamodb.clone(), |operation, body| match operation {
        "Scan" if fault::contains(body, "large") => Fault::Throttled("TableReadKeyRangeThroughputExceeded"),
        _ => Fault::None,
    });
    let world = fill(World::with(dynamodb, faulty));
    let turns = world.export_all(whole(), INVOCATION).await.len();
    assert!((4..8).contains(&turns), "{turns}");
    let large = table(&world, "large");
    assert_eq!((&large["cut_short"], &large["items_read"]), (&json!("time ran out"), &json!(0)));
    assert_eq!(table(&world, "small")["items_read"], 1);
    is_tidy(&world);
}

#[tokio::test(start_paused = true)]
async fn exports_that_are_published_at_once_leave_the_newer_one_whole() {
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let memory = Arc::new(Memory::new(BUCKET));
        let slow =
            fault::bucket::Faulty::new(memory.clone(), move |_, _| fault::bucket::Fault::Slow(random.u64(1..400)));
        let dynamodb = Embedded::new();
        let world =
            fill(World::over(memory, Arc::new(slow), dynamodb.clone(), Faulty::new(dynamodb, |_, _| Fault::None)));
        let small = json!({"include": ["small"]});
        let (one, other) = tokio::join!(world.export(&small), async {
            tokio::time::sleep(Duration::from_millis(random_ms(seed))).await;
            world.export(&json!({"include": ["large"]})).await
        });
        let ids = [one, other].map(|answer| answer.unwrap()["export_id"].as_str().unwrap().to_owned());
        let manifest: Value = serde_json::from_str(&world.text("catalog/latest/manifest.json")).unwrap();
        assert_eq!(manifest["export_id"], *ids.iter().max().unwrap(), "seed {seed}");
        is_tidy(&world);
    }
}

/// A while that is another for each seed.
fn random_ms(seed: u64) -> u64 {
    fastrand::Rng::with_seed(seed ^ 0x5eed).u64(1..4_000)
}

#[tokio::test(start_paused = true)]
async fn a_crash_while_it_is_published_is_mended_by_the_next_export() {
    let expected = expected().await;
    let is_slow = Arc::new(AtomicBool::new(false));
    let seen = is_slow.clone();
    for polls in (1..).step_by(3) {
        let world = slow_if({
            let seen = seen.clone();
            move || seen.load(Ordering::Relaxed)
        });
        world.export(&json!({"include": ["small", "runs"]})).await.unwrap();
        let ended = fault::crash(world.export(&whole()), polls).await;
        world.export(&whole()).await.unwrap();
        assert_eq!(found(&world), expected, "after {polls} polls");
        is_tidy(&world);
        if ended.is_some() {
            return;
        }
    }
}

/// Goes on with an export and ends it before it answers, as far as its marks in the bucket tell.
struct AtOnce(Arc<Memory>);

impl Notify for AtOnce {
    fn publish<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.0.remove("catalog/underway.json");
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test(start_paused = true)]
async fn an_export_that_ended_before_its_request_was_answered_holds_up_no_other() {
    let mut world = slow();
    world.export.again = Some(Arc::new(AtOnce(world.bucket.clone())));
    assert_eq!(invoke(&world, &whole()).await.unwrap()["status"], "continued");
    assert!(!world.bucket.keys().iter().any(|key| key == "catalog/underway.json"));
}
