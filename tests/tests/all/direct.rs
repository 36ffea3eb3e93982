//! Direct invokes: a person asks for one run and gets its report.

use rowferry_tests::{told, world::World};
use serde_json::{Value, json};

fn loading() -> World {
    World::loading(&[("id", "S", "HASH")], "fields: all")
}

#[tokio::test]
async fn the_answer_is_the_report_and_it_runs_again() {
    let world = loading();
    world.load("extracts/s/a.csv", "id,a\n1,x\n").await;
    for _ in 0..2 {
        let report = world.direct("s", "extracts/s/a.csv", false).await;
        assert_eq!(told::summary(&report), "succeeded: 1 read, 1 written");
    }
    assert_eq!(world.reports().len(), 3);
}

#[tokio::test]
async fn a_key_is_taken_as_it_is() {
    let world = loading();
    world.drop("extracts/s/a+b%20c.csv", "id\n1\n");
    let report = world.direct("s", "extracts/s/a+b%20c.csv", false).await;
    assert_eq!(report["extract"]["objects"][0]["key"], "extracts/s/a+b%20c.csv");
}

#[tokio::test]
async fn an_event_after_a_direct_invoke_finds_its_extract_applied() {
    let world = loading();
    let event = world.drop("extracts/s/a.csv", "id\n1\n");
    world.direct("s", "extracts/s/a.csv", false).await;
    assert_eq!(world.invoke(&event).await.unwrap()["runs"][0]["status"], "skipped");
}

#[tokio::test]
async fn a_payload_that_is_none_is_refused_with_what_would_do() {
    let world = loading();
    world.drop("extracts/s/a.csv", "id\n1\n");
    let cases: [(Value, &str); 7] = [
        (
            json!({"sync": "s", "object": "extracts/s/a.csv", "dryrun": true}),
            "unknown key `dryrun`; did you mean `dry_run`?",
        ),
        (
            json!({"sync": "s", "object": "extracts/s/a.csv", "dry_run": "yes"}),
            "`dry_run` is text; wanted true or false",
        ),
        (json!({"sync": 7, "object": ""}), "`sync` is a number; wanted text; `object` is empty"),
        (json!({"sync": "s"}), "`object` is missing; wanted an event of S3 or an object like"),
        (json!([]), "the payload is a list; wanted an event of S3 or an object like"),
        (json!(null), "the payload is null; wanted"),
        (json!({"Records": [{"eventSource": "aws:sqs"}]}), "record 1 of the notification: it comes from `aws:sqs`"),
    ];
    for (payload, expected) in cases {
        let error = world.invoke(&payload).await.unwrap_err();
        assert_eq!(error.kind().name(), "request", "{payload}");
        assert!(error.text().starts_with(expected), "{payload}: {}", error.text());
    }
    assert!(world.reports().is_empty() && world.items("items").is_empty());
}

#[tokio::test]
async fn a_sync_that_is_not_there_and_an_object_of_another_are_requests_to_mend() {
    let world = loading();
    world.drop("extracts/other/a.csv", "id\n1\n");
    let error = world.fail_invoke(&json!({"sync": "nope", "object": "extracts/nope/a.csv"})).await;
    assert_eq!(error, "request: there is no sync `nope`; its definition would be `syncs/nope.yaml`");
    let error = world.fail_invoke(&json!({"sync": "s", "object": "extracts/other/a.csv"})).await;
    assert_eq!(error, "request: object `extracts/other/a.csv` does not lie under `extracts/s/`");
}

#[tokio::test]
async fn a_sync_may_not_be_named_out_of_its_folder() {
    let world = loading();
    for sync in ["../s", "a/b", "", ".", "s\n"] {
        let payload = json!({"sync": sync, "object": format!("extracts/{sync}/a.csv")});
        let error = world.invoke(&payload).await.unwrap_err();
        assert_eq!(error.kind().name(), "request", "{sync:?}: {}", error.text());
    }
    let odd: Vec<String> =
        world.bucket.keys().into_iter().filter(|key| key.contains("..") || key.contains("a/b")).collect();
    assert!(odd.is_empty(), "{odd:?}");
}
