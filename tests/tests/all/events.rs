//! Events in every shape and order: what is loaded, what is not, and how often.

use std::sync::Arc;

use rowferry::bucket::{Bucket, memory::Memory};
use rowferry_tests::{
    embedded::Embedded,
    swap::Swap,
    told,
    world::{BUCKET, World},
};
use serde_json::{Value, json};

const KEY: [(&str, &str, &str); 1] = [("id", "S", "HASH")];

fn loading() -> World {
    World::loading(&KEY, "fields: all")
}

/// The summaries of the runs that an answer tells of.
fn runs(answer: &Value) -> Vec<String> {
    answer["runs"].as_array().unwrap().iter().map(told::summary).collect()
}

const LOADED: &str = "succeeded: 1 read, 1 written";
const SKIPPED: &str = "skipped: no rows";

#[tokio::test]
async fn the_same_event_twice_is_once() {
    let world = loading();
    let event = world.drop("extracts/s/a.csv", "id,a\n1,x\n");
    assert_eq!(runs(&world.invoke(&event).await.unwrap()), [LOADED]);
    world.put("items", &json!({"id": {"S": "1"}, "a": {"S": "changed since"}}));
    let again = world.invoke(&event).await.unwrap();
    assert_eq!(runs(&again), [SKIPPED]);
    assert!(again["runs"][0]["note"].as_str().unwrap().ends_with("has applied this extract"), "{again:#}");
    assert_eq!(world.lines("items"), [r#"a="changed since" id="1""#]);
}

#[tokio::test]
async fn the_same_bytes_dropped_again_are_loaded_again() {
    let world = loading();
    for _ in 0..2 {
        assert_eq!(told::summary(&world.load("extracts/s/a.csv", "id\n1\n").await), LOADED);
    }
}

#[tokio::test]
async fn an_older_event_of_an_object_is_skipped() {
    let world = loading();
    let old = world.drop("extracts/s/a.csv", "id,a\n1,old\n");
    let new = world.drop("extracts/s/a.csv", "id,a\n1,new\n");
    assert_eq!(runs(&world.invoke(&new).await.unwrap()), [LOADED]);
    let late = world.invoke(&old).await.unwrap();
    assert_eq!(runs(&late), [SKIPPED]);
    assert!(late["runs"][0]["note"].as_str().unwrap().contains("a newer version of this object"), "{late:#}");
    assert_eq!(world.lines("items"), [r#"a="new" id="1""#]);
}

#[tokio::test]
async fn sequencers_are_compared_as_s3_pads_them() {
    let world = loading();
    for (sequencer, expected) in
        [("0055AED6DCD9", LOADED), ("0055AED6DCD90", SKIPPED), ("0055AED6DCD8FF", SKIPPED), ("0055aed6dcd901", LOADED)]
    {
        let mut event = world.drop("extracts/s/a.csv", "id\n1\n");
        event["Records"][0]["s3"]["object"]["sequencer"] = sequencer.into();
        assert_eq!(runs(&world.invoke(&event).await.unwrap()), [expected], "{sequencer}");
    }
}

#[tokio::test]
async fn a_failed_run_does_not_count_as_applied() {
    let world = loading();
    let event = world.drop("extracts/s/a.csv", "id,a\n1,x\n");
    world.redefine("fields: [{ attribute: id, column: nope }]");
    world.fail_invoke(&event).await;
    world.redefine("fields: all");
    assert_eq!(runs(&world.invoke(&event).await.unwrap()), [LOADED]);
}

#[tokio::test]
async fn what_asks_for_nothing_is_answered_with_nothing() {
    let world = loading();
    let nothing = json!({"runs": []});
    let test =
        json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-05-28T20:26:40.000Z", "Bucket": BUCKET});
    assert_eq!(world.invoke(&test).await.unwrap(), nothing);
    for name in
        ["ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated", "LifecycleExpiration:Delete", "ObjectTagging:Put"]
    {
        let mut event = world.drop("extracts/s/a.csv", "id\n1\n");
        event["Records"][0]["eventName"] = name.into();
        assert_eq!(world.invoke(&event).await.unwrap(), nothing, "{name}");
    }
    assert_eq!(world.invoke(&json!({"Records": []})).await.unwrap(), nothing);
    assert!(world.items("items").is_empty() && world.reports().is_empty());
}

#[tokio::test]
async fn a_removal_deletes_no_item() {
    let world = loading();
    let mut event = world.drop("extracts/s/a.csv", "id\n1\n");
    world.invoke(&event).await.unwrap();
    world.bucket.remove("extracts/s/a.csv");
    event["Records"][0]["eventName"] = "ObjectRemoved:Delete".into();
    world.invoke(&event).await.unwrap();
    assert_eq!(world.lines("items"), [r#"id="1""#]);
}

#[tokio::test]
async fn objects_that_no_sync_claims_are_left_alone() {
    let world = loading();
    for key in ["extracts/other/a.csv", "extracts/a.csv", "runs/s/1/rejects.csv", "syncs/s.yaml", "extracts/s/"] {
        let event = world.drop(key, "id\n1\n");
        let runs = world.invoke(&event).await.unwrap()["runs"].clone();
        let statuses: Vec<&Value> = runs.as_array().unwrap().iter().map(|run| &run["status"]).collect();
        assert!(statuses.iter().all(|status| **status == "skipped"), "{key}: {runs:#}");
    }
    let mut event = world.drop("extracts/s/a.csv", "id\n1\n");
    event["Records"][0]["s3"]["bucket"]["name"] = "another".into();
    assert_eq!(world.invoke(&event).await.unwrap(), json!({"runs": []}));
    assert!(world.items("items").is_empty());
}

#[tokio::test]
async fn two_definitions_may_not_claim_one_prefix() {
    let world = loading();
    world.bucket.insert("syncs/s.yml", "destination: { table: items }\nfields: all\n");
    let error = world.fail("extracts/s/a.csv", "id\n1\n").await;
    assert_eq!(error, "mapping: `syncs/s.yaml` and `syncs/s.yml` both claim `extracts/s/`; remove one of them");
}

#[tokio::test]
async fn keys_of_notifications_are_decoded() {
    for name in ["this im + age blah.txt", "a b+c%25é.csv", "dt=2018-05-04/x.csv", "a&b;c@d,e.csv"] {
        let world = loading();
        let key = format!("extracts/s/{name}");
        assert_eq!(told::summary(&world.load(&key, "id\n1\n").await), LOADED, "{name}");
        let mut event = world.drop(&key, "id\n1\n");
        let encoded: String = key
            .bytes()
            .map(|byte| match byte {
                b' ' => "+".to_owned(),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'*' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect();
        event["Records"][0]["s3"]["object"]["key"] = encoded.into();
        assert_eq!(runs(&world.invoke(&event).await.unwrap()), [LOADED], "{name}");
    }
}

#[tokio::test]
async fn events_of_eventbridge_bring_keys_as_they_are() {
    let world = loading();
    for (number, name) in ["a b+c%25é.csv", "plain.csv"].into_iter().enumerate() {
        let key = format!("extracts/s/{name}");
        world.drop(&key, "id\n1\n");
        let event = json!({
            "version": "0", "source": "aws.s3", "detail-type": "Object Created", "time": "2026-05-28T20:26:40Z",
            "detail": {"bucket": {"name": BUCKET}, "object": {"key": key, "size": 5, "sequencer": format!("0{number}A")}},
        });
        assert_eq!(runs(&world.invoke(&event).await.unwrap()), [LOADED], "{name}");
        assert_eq!(runs(&world.invoke(&event).await.unwrap()), [SKIPPED], "{name}");
        let mut removed = event;
        removed["detail-type"] = "Object Deleted".into();
        assert_eq!(world.invoke(&removed).await.unwrap(), json!({"runs": []}));
    }
}

#[tokio::test]
async fn one_record_that_fails_does_not_stop_the_others() {
    let world = loading();
    let mut records = Vec::new();
    for (name, csv) in [("a", "id\n1\n"), ("b", "no-id\n2\n"), ("c", "id\n3\n"), ("d", "\"open")] {
        let event = world.drop(&format!("extracts/s/{name}.csv"), csv);
        records.push(event["Records"][0].clone());
    }
    let error = world.invoke(&json!({"Records": records})).await.unwrap_err();
    assert_eq!(error.kind().name(), "extract");
    assert!(error.text().contains("`extracts/s/b.csv`"), "the first failure is told: {}", error.text());
    assert_eq!(world.lines("items"), [r#"id="1""#, r#"id="3""#]);
    let mut statuses: Vec<String> = world.reports().iter().map(told::summary).collect();
    statuses.sort();
    assert_eq!(statuses, ["failed: no rows", "failed: no rows", LOADED, LOADED]);
    let again = world.invoke(&json!({"Records": records})).await.unwrap_err();
    assert_eq!(again.text(), error.text());
    assert_eq!(world.reports().iter().filter(|report| report["status"] == "skipped").count(), 2);
}

#[tokio::test]
async fn an_object_that_was_overwritten_before_the_run_is_loaded_by_its_own_version() {
    let world = loading();
    let old = world.drop("extracts/s/a.csv", "id,a\n1,old\n");
    world.drop("extracts/s/a.csv", "id,a\n1,new\n");
    assert_eq!(runs(&world.invoke(&old).await.unwrap()), [LOADED]);
    assert_eq!(world.lines("items"), [r#"a="old" id="1""#], "the event's own version; the newer one follows");

    let bucket = Arc::new(Memory::new(BUCKET));
    let world = world_over(Arc::clone(&bucket), bucket);
    let old = world.drop("extracts/s/a.csv", "id,a\n1,old\n");
    let new = world.drop("extracts/s/a.csv", "id,a\n1,new\n");
    assert_eq!(runs(&world.invoke(&old).await.unwrap()), [SKIPPED], "without versions, the old object is gone");
    assert_eq!(runs(&world.invoke(&new).await.unwrap()), [LOADED]);
    assert_eq!(world.lines("items"), [r#"a="new" id="1""#]);
}

fn world_over(bucket: Arc<Memory>, seen: Arc<dyn Bucket>) -> World {
    let dynamodb = Embedded::new();
    let world = World::over(bucket, seen, dynamodb.clone(), dynamodb);
    world.create_table("items", &KEY, &json!({}));
    world.redefine("duplicates: first\nfields: all");
    world
}

#[tokio::test]
async fn an_object_that_is_overwritten_while_it_is_read_ends_the_run() {
    // The header is read, then all rows for their keys, then all rows again to be written.
    for read in [1, 2, 3] {
        let bucket = Arc::new(Memory::new(BUCKET));
        let swap = Swap::before(Arc::clone(&bucket), read, |bucket| {
            bucket.insert("extracts/s/a.csv", "id,a\n9,other\n8,other\n");
        });
        let world = world_over(bucket, Arc::new(swap));
        let error = world.fail("extracts/s/a.csv", "id,a\n1,x\n2,y\n").await;
        let expected = "extract: object `extracts/s/a.csv` was overwritten or deleted while it was read; its new version is loaded by its own event";
        assert_eq!(error, expected, "{read}");
        assert!(world.items("items").is_empty(), "nothing is half believed");
    }
}

#[tokio::test]
async fn a_version_that_is_pinned_is_read_whatever_comes_after_it() {
    let bucket = Arc::new(Memory::versioned(BUCKET));
    let swap = Swap::before(Arc::clone(&bucket), 2, |bucket| {
        bucket.insert("extracts/s/a.csv", "id,a\n9,other\n");
    });
    let world = world_over(bucket, Arc::new(swap));
    let report = world.load("extracts/s/a.csv", "id,a\n1,x\n").await;
    assert_eq!(told::summary(&report), LOADED);
    assert_eq!(world.lines("items"), [r#"a="x" id="1""#]);
}
