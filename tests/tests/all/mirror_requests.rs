//! What mirror-table is asked: which syncs are mirrored, in what order, and who is told.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use rowferry::{
    bucket::{Bucket, memory::Memory},
    connection::Connection,
    dynamodb::Client,
    error::Error,
    job::{Connect, Job},
    time::Deadline,
};
use rowferry_tests::{
    embedded::Embedded,
    fault::bucket::{Fault, Faulty},
    world::{BUCKET, World},
};
use serde_json::{Value, json};

const MIRROR: &str = "behavior: mirror\ndestination: { table: items }\nfields: all\n";
const LOAD: &str = "destination: { table: items }\nfields: all\n";

/// A world with a table, a mirror `m`, a mirror `n` of another table, and a sync `s` that is none.
fn world() -> World {
    let world = World::new();
    for table in ["items", "others"] {
        world.create_table(table, &[("id", "S", "HASH")], &json!({}));
    }
    world.define("m", MIRROR);
    world.define("n", &MIRROR.replace("items", "others"));
    world.define("s", LOAD);
    for sync in ["m", "n", "s"] {
        world.drop(&format!("extracts/{sync}/a.csv"), "id\n1\n");
    }
    world
}

/// Each run of an answer, as `sync: kind of its error or status`.
fn runs(answer: &Value) -> Vec<String> {
    answer["runs"].as_array().unwrap().iter().map(ended).collect()
}

fn ended(report: &Value) -> String {
    let end = report["error"]["kind"].as_str().or(report["status"].as_str()).unwrap();
    format!("{}: {end}", report["sync"].as_str().unwrap())
}

/// The runs that left a report, in the order of their ids.
fn left(world: &World) -> Vec<String> {
    let mut reports = world.reports();
    reports.sort_by_key(|report| report["started_at"].to_string());
    reports.iter().map(ended).collect()
}

fn created(key: &str) -> Value {
    json!({
        "version": "0", "source": "aws.s3", "detail-type": "Object Created", "time": "2026-05-28T20:26:40Z",
        "detail": {"bucket": {"name": BUCKET}, "object": {"key": key, "size": 5, "sequencer": "0A"}},
    })
}

#[tokio::test]
async fn a_direct_invoke_about_one_sync_answers_its_report() {
    let world = world();
    let report = world.mirror(&json!({"sync": "m"})).await.unwrap();
    assert_eq!(ended(&report), "m: succeeded");
    assert_eq!(report["behavior"], "mirror");
    assert_eq!(left(&world), ["m: succeeded"]);
}

/// What EventBridge sends for a schedule without an input.
fn scheduled() -> Value {
    json!({"version": "0", "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"})
}

#[tokio::test]
async fn without_a_sync_every_mirror_is_done_by_name() {
    for payload in [json!({}), scheduled(), json!({"verify": true})] {
        let world = world();
        let answer = world.mirror(&payload).await.unwrap();
        assert_eq!(runs(&answer), ["m: succeeded", "n: succeeded"], "{payload}");
        assert_eq!((world.lines("items"), world.lines("others")), (vec![r#"id="1""#.into()], vec![r#"id="1""#.into()]));
    }
}

#[tokio::test]
async fn a_schedule_that_finds_nothing_new_leaves_no_report() {
    let world = world();
    world.mirror(&scheduled()).await.unwrap();
    for payload in [json!({}), scheduled(), created("extracts/m/a.csv")] {
        let answer = world.mirror(&payload).await.unwrap();
        let statuses = answer["runs"].as_array().unwrap().iter().map(|run| &run["status"]);
        assert!(statuses.clone().count() > 0 && statuses.clone().all(|status| status == "skipped"), "{answer:#}");
    }
    assert_eq!(left(&world), ["m: succeeded", "n: succeeded"]);
}

#[tokio::test]
async fn a_dry_run_of_every_mirror_is_a_dry_run_of_each() {
    let world = world();
    let answer = world.mirror(&json!({"dry_run": true})).await.unwrap();
    assert_eq!(runs(&answer), ["m: planned", "n: planned"]);
    assert!(world.items("items").is_empty() && world.items("others").is_empty());
}

#[tokio::test]
async fn a_bucket_without_mirrors_asks_for_nothing() {
    let world = World::loading(&[("id", "S", "HASH")], "fields: all");
    assert_eq!(world.mirror(&json!({})).await.unwrap(), json!({"runs": []}));
    assert!(world.reports().is_empty() && world.notices().is_empty());
}

#[tokio::test]
async fn an_event_mirrors_the_sync_that_claims_the_object() {
    let world = world();
    assert_eq!(runs(&world.mirror(&created("extracts/m/a.csv")).await.unwrap()), ["m: succeeded"]);
    let (m, n) = (world.drop("extracts/m/b.csv", "id\n1\n"), world.drop("extracts/n/b.csv", "id\n1\n"));
    let several = json!({"Records": [n["Records"][0], m["Records"][0], n["Records"][0]]});
    assert_eq!(runs(&world.mirror(&several).await.unwrap()), ["m: succeeded", "n: succeeded"], "each once");
}

#[tokio::test]
async fn an_event_leaves_alone_what_is_no_mirror_s() {
    let world = world();
    let nothing = json!({"runs": []});
    for key in ["extracts/s/a.csv", "extracts/nobody/a.csv", "extracts/a.csv", "syncs/m.yaml"] {
        assert_eq!(world.mirror(&created(key)).await.unwrap(), nothing, "{key}");
    }
    let mut other = created("extracts/m/a.csv");
    other["detail"]["bucket"]["name"] = "another".into();
    assert_eq!(world.mirror(&other).await.unwrap(), nothing);
    let mut removed = created("extracts/m/a.csv");
    removed["detail-type"] = "Object Deleted".into();
    assert_eq!(world.mirror(&removed).await.unwrap(), nothing);
    assert!(world.reports().is_empty() && world.items("items").is_empty());
}

#[tokio::test]
async fn parts_that_arrive_ask_for_nothing_until_their_extract_is_complete() {
    let world = world();
    world.define("p", &format!("source: {{ parts: marker }}\n{MIRROR}"));
    for key in ["extracts/p/1/part-0.csv", "extracts/p/1/part-1.csv", "extracts/m/.a.csv.crc", "extracts/m/folder/"] {
        let event = world.drop(key, "id\n1\n");
        assert_eq!(world.mirror(&event).await.unwrap(), json!({"runs": []}), "{key}");
    }
    let event = world.drop("extracts/p/1/_SUCCESS", "");
    let answer = world.mirror(&event).await.unwrap();
    assert_eq!(runs(&answer), ["p: succeeded"]);
    assert_eq!(answer["runs"][0]["rows"]["read"], 2);
}

#[tokio::test]
async fn an_arrival_at_a_mirror_whose_definition_is_broken_tells_of_its_problems() {
    let world = world();
    world.define("m", "behavior: mirror\nfeilds: all\n");
    let error = world.mirror(&created("extracts/m/a.csv")).await.unwrap_err();
    assert_eq!((error.kind().name(), left(&world)), ("mapping", vec!["m: mapping".to_owned()]));
}

#[tokio::test]
async fn a_sync_that_is_no_mirror_is_refused_when_it_is_named() {
    let world = world();
    let error = world.mirror(&json!({"sync": "s"})).await.unwrap_err();
    let expected =
        "sync `s` is no mirror; load-extract applies its extracts, or set `behavior: mirror` in `syncs/s.yaml`";
    assert_eq!((error.kind().name(), error.text().as_str()), ("request", expected));
    assert_eq!(left(&world), ["s: request"]);
    assert!(world.items("items").is_empty());
}

#[tokio::test]
async fn a_sync_that_is_not_there_is_a_request_to_mend() {
    let world = world();
    let error = world.mirror(&json!({"sync": "nope"})).await.unwrap_err();
    let expected = "there is no sync `nope`; its definition would be `syncs/nope.yaml`";
    assert_eq!((error.kind().name(), error.text().as_str()), ("request", expected));
}

#[tokio::test]
async fn a_payload_that_is_none_is_refused_and_leaves_nothing() {
    let world = world();
    for payload in [
        json!([]),
        json!({"sync": "m", "object": "extracts/m/a.csv"}),
        json!({"approve": "20260528T202640123Z-7c0f3a91"}),
        json!({"sync": "m", "approve": "r", "undo": "r"}),
        json!({"sync": "../m"}),
    ] {
        let error = world.mirror(&payload).await.unwrap_err();
        assert_eq!(error.kind().name(), "request", "{payload}: {}", error.text());
    }
    assert!(world.reports().is_empty() && world.notices().is_empty());
}

#[tokio::test]
async fn a_mirror_whose_definition_is_broken_fails_with_its_problems_and_the_others_are_done() {
    let world = world();
    world.define("broken", "behavior: mirror\nfeilds: all\n");
    world.define("no-yaml", "fields: [a,\nbehavior: mirror\n");
    world.define("other", "feilds: all\n");
    let error = world.mirror(&json!({})).await.unwrap_err();
    assert_eq!(error.kind().name(), "mapping");
    assert!(error.text().starts_with("`syncs/broken.yaml` has 3 problems:\n"), "{}", error.text());
    assert_eq!(left(&world), ["broken: mapping", "m: succeeded", "n: succeeded", "no-yaml: mapping"]);
}

#[tokio::test]
async fn two_definitions_of_one_name_fail_where_one_of_them_mirrors() {
    let world = world();
    for sync in ["m", "s"] {
        world.bucket.insert(&format!("syncs/{sync}.yml"), LOAD);
    }
    let error = world.mirror(&json!({})).await.unwrap_err();
    assert_eq!(error.text(), "`syncs/m.yaml` and `syncs/m.yml` both claim `extracts/m/`; remove one of them");
    assert_eq!(left(&world), ["m: mapping", "n: succeeded"]);
}

#[tokio::test]
async fn the_first_failure_is_the_invocation_s_and_people_are_told_of_each() {
    let world = world();
    world.define("m", &MIRROR.replace("items", "gone"));
    world.define("z", "behavior: mirror\n");
    let error = world.mirror(&json!({})).await.unwrap_err();
    assert_eq!(error.kind().name(), "table");
    assert_eq!(left(&world), ["m: table", "n: succeeded", "z: mapping"]);
    let notices = world.notices();
    let subjects: Vec<&str> = notices.iter().map(|(subject, _)| subject.as_str()).collect();
    assert_eq!(subjects, ["Rowferry failed at sync m (table)", "Rowferry failed at sync z (mapping)"]);
    let (report, message) = (&world.reports()[0], &notices[0].1);
    assert!(message.contains(report["error"]["message"].as_str().unwrap()), "{message}");
    assert!(
        message.contains(&format!("s3://data/runs/m/{}/report.json", report["run_id"].as_str().unwrap())),
        "{message}"
    );
}

#[tokio::test]
async fn a_notice_that_cannot_be_sent_changes_nothing() {
    let world = world();
    world.define("m", &MIRROR.replace("items", "gone"));
    world.refuse_notices();
    let error = world.mirror(&json!({"sync": "m"})).await.unwrap_err();
    assert_eq!(error.kind().name(), "table");
    assert_eq!(left(&world), ["m: table"]);
}

#[tokio::test]
async fn a_run_for_which_no_time_is_left_is_not_begun_and_says_so() {
    let world = world();
    let error =
        world.mirror.handle(&json!({"sync": "m"}), Deadline::after(Duration::from_millis(400))).await.unwrap_err();
    assert_eq!(error.kind().name(), "service");
    assert!(error.text().starts_with("no time was left to begin"), "{}", error.text());
    assert_eq!(left(&world), ["m: service"]);
    assert!(world.items("items").is_empty());
}

/// Reaches DynamoDB, but for the connection that never comes.
struct Stuck(Arc<dyn Connect>);

impl Connect for Stuck {
    fn client<'a>(&'a self, connection: Option<&'a Connection>) -> BoxFuture<'a, Result<Client, Error>> {
        if connection.is_some() { Box::pin(std::future::pending()) } else { self.0.client(None) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stuck_takes_no_other_s_time() {
    let mut world = world();
    world.bucket.insert("connections.yaml", "far: { region: eu-west-1 }\n");
    world.define("a", &MIRROR.replace("{ table: items }", "{ table: items, connection: far }"));
    world.mirror.edges.connect = Arc::new(Stuck(Arc::clone(&world.mirror.edges.connect)));
    let error = world.mirror.handle(&json!({}), Deadline::after(Duration::from_mins(15))).await.unwrap_err();
    assert_eq!(error.kind().name(), "service");
    assert_eq!(left(&world), ["a: service", "m: succeeded", "n: succeeded"]);
    assert_eq!(world.notices().len(), 1, "time is left to tell of it");
    let took = world.reports()[0]["duration_ms"].as_u64().unwrap();
    assert!(took <= 300_000, "a third of the time, not {took} ms");
}

#[tokio::test(start_paused = true)]
async fn a_definition_that_cannot_be_read_fails_the_invocation_and_the_others_are_done() {
    let memory = Arc::new(Memory::versioned(BUCKET));
    let faulty = Faulty::new(Arc::clone(&memory), |call, key| {
        if call == "read" && key == "syncs/a.yaml" { Fault::Service } else { Fault::None }
    });
    let seen: Arc<dyn Bucket> = Arc::new(faulty);
    let dynamodb = Embedded::new();
    let world = World::over(memory, seen, dynamodb.clone(), dynamodb);
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    for sync in ["a", "m"] {
        world.define(sync, MIRROR);
        world.drop(&format!("extracts/{sync}/a.csv"), "id\n1\n");
    }
    let error = world.mirror(&json!({})).await.unwrap_err();
    assert_eq!(error.kind().name(), "service");
    assert_eq!(left(&world), ["m: succeeded"]);
}

#[tokio::test]
async fn a_held_run_tells_people_how_to_approve_it_and_names_no_item() {
    let world = world();
    let secret = |range: std::ops::Range<u32>| range.map(|row| format!("secret-{row}\n")).collect::<String>();
    world.drop("extracts/m/b.csv", format!("id\n{}", secret(0..40)));
    world.mirror(&json!({"sync": "m"})).await.unwrap();
    world.pass(10);
    world.drop("extracts/m/c.csv", format!("id\n{}", secret(0..5)));
    let held = world.mirror(&json!({"sync": "m"})).await.unwrap();
    assert_eq!((ended(&held), &held["items"]["deletes_held"]), ("m: held".into(), &json!(35)), "{held:#}");
    let notices = world.notices();
    let [(subject, message)] = notices.as_slice() else { panic!("{notices:#?}") };
    assert_eq!(subject, "Rowferry holds 35 deletes of sync m");
    for guard in held["guards"].as_array().unwrap() {
        assert!(message.contains(guard["message"].as_str().unwrap()), "{message}");
    }
    assert!(!message.contains("secret"), "{message}");
    let payload = message.lines().find(|line| line.starts_with('{')).unwrap();
    let approved = world.mirror(&serde_json::from_str(payload).unwrap()).await.unwrap();
    assert_eq!((ended(&approved), &approved["items"]["deleted"]), ("m: succeeded".into(), &json!(35)), "{approved:#}");
    assert_eq!(world.items("items").len(), 5);
    assert_eq!(world.notices().len(), 1, "an approval that succeeds needs nobody");
}
