//! load-extract by event JSON: items, rejects and report out.

use rowferry_tests::{
    told,
    world::{BUCKET, World},
};
use serde_json::json;

const ORDERS: &str = r#"
destination: { table: orders }
behavior: update_or_create
fields:
  - { attribute: pk,     template: "CUST#{customer_id}" }
  - { attribute: sk,     column: order_id }
  - { attribute: total,  column: total, type: N }
  - { attribute: origin, value: "warehouse" }
"#;

const EXTRACT: &str = "customer_id,order_id,total\n1,o1,10.50\n2,o2,oops\n,o3,1\n1,o1,007\n";

fn world() -> World {
    let world = World::new();
    world.create_table("orders", &[("pk", "S", "HASH"), ("sk", "S", "RANGE")], &json!({}));
    world.define("orders", ORDERS);
    world
}

#[tokio::test]
async fn loads_an_extract_and_hands_back_its_bad_rows() {
    let world = world();
    let report = world.load("extracts/orders/a.csv", EXTRACT).await;
    let expected = "succeeded: 4 read, 1 written, 1 superseded, 2 rejected (key_missing 1, number_invalid 1)";
    assert_eq!(told::summary(&report), expected);
    assert_eq!(world.lines("orders"), [r#"origin="warehouse" pk="CUST#1" sk="o1" total=7"#]);
    let rejects = "customer_id,order_id,total,reject_row,reject_line,reject_column,reject_reason,reject_detail\n\
                   2,o2,oops,2,3,total,number_invalid,\"found `oops`, wanted a decimal number\"\n\
                   ,o3,1,3,4,customer_id,key_missing,the key is NULL\n";
    assert_eq!(world.rejects(&report), rejects);
}

#[tokio::test]
async fn the_report_says_everything_that_the_design_promises() {
    let world = world();
    let report = world.load("extracts/orders/a.csv", EXTRACT).await;
    let run_id = report["run_id"].as_str().unwrap();
    let object = &report["extract"]["objects"][0];
    let expected = json!({
        "run_id": run_id, "sync": "orders", "behavior": "update_or_create", "dry_run": false, "status": "succeeded",
        "extract": {"objects": [{"key": "extracts/orders/a.csv", "version_id": object["version_id"],
            "etag": object["etag"], "size_bytes": EXTRACT.len()}]},
        "rows": {"read": 4, "written": 1, "unchanged": 0, "superseded": 1, "rejected": 2},
        "items": {"put": 1, "deleted": 0, "deletes_held": 0},
        "capacity": {"write_units": 2.0, "read_units": 0.0, "throttled_requests": 0, "throttled_by": {}},
        "estimated_cost_usd": report["estimated_cost_usd"],
        "rejects": {"key": format!("runs/orders/{run_id}/rejects.csv"),
            "by_reason": {"key_missing": 1, "number_invalid": 1}},
        "guards": [], "started_at": report["started_at"], "finished_at": report["finished_at"],
        "duration_ms": report["duration_ms"], "error": null,
    });
    assert_eq!(report, expected);
    assert_eq!(report["estimated_cost_usd"].to_string(), "0.000001");
    assert!(report["started_at"].as_str().unwrap().starts_with("2026-05-28T20:26:40."), "{report:#}");
    assert!(report["finished_at"].as_str() >= report["started_at"].as_str(), "{report:#}");
    assert_eq!(world.reports(), [expected], "report.json is the function's answer");
}

#[tokio::test]
async fn a_run_without_rejects_has_no_rejects_file() {
    let world = world();
    let report = world.load("extracts/orders/a.csv", "customer_id,order_id,total\n1,o1,1\n").await;
    assert_eq!(report["rejects"], json!(null));
    assert!(!world.bucket.keys().iter().any(|key| key.ends_with("rejects.csv")));
}

#[tokio::test]
async fn nothing_of_a_run_lies_under_the_extracts() {
    let world = world();
    world.load("extracts/orders/a.csv", EXTRACT).await;
    world.fail("extracts/orders/b.csv", "id\n1\n").await;
    let under: Vec<String> = world.bucket.keys().into_iter().filter(|key| key.starts_with("extracts/")).collect();
    assert_eq!(under, ["extracts/orders/a.csv", "extracts/orders/b.csv"]);
}

#[tokio::test]
async fn a_run_stands_in_the_history_and_in_the_ledger() {
    let world = world();
    let report = world.load("extracts/orders/a.csv", EXTRACT).await;
    let runs = world.items("runs");
    let run = runs.iter().find(|item| item["sk"]["S"].as_str().unwrap().starts_with("run#")).unwrap();
    assert_eq!(run["pk"]["S"], "sync#orders");
    assert_eq!(run["sk"]["S"], format!("run#{}", report["run_id"].as_str().unwrap()));
    assert_eq!((&run["status"]["S"], &run["rows_rejected"]["N"]), (&json!("succeeded"), &json!("2")));
    let extract = runs.iter().find(|item| item["sk"]["S"] == "extract#extracts/orders/a.csv").unwrap();
    assert_eq!(extract["state"]["S"], "applied");
    for item in runs {
        let days = (item["expires_at"]["N"].as_str().unwrap().parse::<u64>().unwrap() - 1_780_000_000) / 86_400;
        assert_eq!(days, 400, "ledger items expire");
    }
}

#[tokio::test]
async fn an_extract_in_many_batches_is_loaded_whole() {
    let world = world();
    let rows: String = (0..5_000).map(|row| format!("{},o{row},{row}.25\n", row % 7)).collect();
    let report = world.load("extracts/orders/a.csv", format!("customer_id,order_id,total\n{rows}")).await;
    assert_eq!(told::summary(&report), "succeeded: 5000 read, 5000 written");
    assert_eq!(report["capacity"]["write_units"], 5000.0);
    assert_eq!(world.items("orders").len(), 5_000);
}

#[tokio::test]
async fn a_mirror_sync_is_left_to_the_mirror() {
    let world = world();
    world.define("orders", &ORDERS.replace("update_or_create", "mirror"));
    let report = world.load("extracts/orders/a.csv", EXTRACT).await;
    assert_eq!(told::summary(&report), "skipped: no rows");
    assert_eq!(report["behavior"], "mirror");
    assert_eq!(report["note"], "the sync mirrors; mirror-table applies its extracts");
    assert!(world.items("orders").is_empty());
}

#[tokio::test]
async fn an_object_that_cannot_be_read_ends_the_run_with_its_own_words() {
    let world = world();
    let event = world.drop("extracts/orders/a.csv", EXTRACT);
    world.bucket.archive("extracts/orders/a.csv");
    let archived = world.fail_invoke(&event).await;
    assert_eq!(archived, "extract: object `extracts/orders/a.csv` is archived (GLACIER); restore it first");
    let event = world.drop("extracts/orders/b.csv", EXTRACT);
    world.bucket.deny("extracts/orders/b.csv");
    let denied = world.fail_invoke(&event).await;
    assert!(denied.starts_with("config: access to `extracts/orders/b.csv` in the data bucket was denied"), "{denied}");
    let missing = json!({"sync": "orders", "object": "extracts/orders/c.csv"});
    let missing = world.fail_invoke(&missing).await;
    assert_eq!(missing, "extract: there is no object `extracts/orders/c.csv` in the data bucket");
    assert_eq!(world.load.edges.bucket_name, BUCKET);
}
