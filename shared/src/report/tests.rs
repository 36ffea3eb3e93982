use std::time::UNIX_EPOCH;

use super::*;

const BEGUN_MS: u64 = 1_714_818_030_123;

fn draft() -> Draft {
    let started_at = UNIX_EPOCH + Duration::from_millis(BEGUN_MS);
    let mut draft = Draft::new("r1".into(), "orders".into(), Behavior::UpdateOrCreate, false, started_at);
    let key = "extracts/orders/a.csv".to_owned();
    draft.objects = vec![Object { key, version_id: None, etag: "0cc1".into(), size_bytes: 123 }];
    draft.rows = Rows { read: 6, written: 3, unchanged: 1, superseded: 1, rejected: 1 };
    draft.items.put = 3;
    draft.capacity.write_units = 3.0;
    let by_reason = BTreeMap::from([(Reason::NumberOutOfRange, 1), (Reason::KeyMissing, 0)]);
    draft.rejects = Some(Rejects { key: "runs/orders/r1/rejects.csv".into(), by_reason });
    draft
}

fn finish(draft: Draft, outcome: Result<Status, Failure>) -> Report {
    draft.finish(outcome, UNIX_EPOCH + Duration::from_millis(BEGUN_MS + 12)).unwrap()
}

fn json(report: &Report) -> String {
    serde_json::to_string_pretty(report).unwrap()
}

#[test]
fn has_the_shape_that_is_promised() {
    insta::assert_snapshot!(json(&finish(draft(), Ok(Status::Succeeded))), @r#"
    {
      "run_id": "r1",
      "sync": "orders",
      "behavior": "update_or_create",
      "dry_run": false,
      "status": "succeeded",
      "extract": {
        "objects": [
          {
            "key": "extracts/orders/a.csv",
            "version_id": null,
            "etag": "0cc1",
            "size_bytes": 123
          }
        ]
      },
      "rows": {
        "read": 6,
        "written": 3,
        "unchanged": 1,
        "superseded": 1,
        "rejected": 1
      },
      "items": {
        "put": 3,
        "deleted": 0,
        "deletes_held": 0
      },
      "capacity": {
        "write_units": 3.0,
        "read_units": 0.0,
        "throttled_requests": 0,
        "throttled_by": {}
      },
      "estimated_cost_usd": 0.000002,
      "rejects": {
        "key": "runs/orders/r1/rejects.csv",
        "by_reason": {
          "number_out_of_range": 1
        }
      },
      "guards": [],
      "started_at": "2024-05-04T10:20:30.123Z",
      "finished_at": "2024-05-04T10:20:30.135Z",
      "duration_ms": 12,
      "error": null
    }
    "#);
}

#[test]
fn a_failed_run_says_who_must_act() {
    let mut draft = draft();
    (draft.rows, draft.rejects, draft.items) = (Rows::default(), None, Items::default());
    let cause = std::io::Error::other("connection reset");
    let error = error::Error::caused(Kind::Service, "DynamoDB did not do it", cause);
    let report = finish(draft, Err(Failure::from(&error)));
    assert_eq!(report.status(), Status::Failed);
    let json = report.to_json().unwrap();
    assert_eq!(json["error"], json!({"kind": "service", "message": "DynamoDB did not do it: connection reset"}));
    assert_eq!((&json["rejects"], &json["status"]), (&Value::Null, &json!("failed")));
}

#[test]
fn a_dry_run_shows_samples_and_a_skipped_run_its_reason() {
    let mut dry = Draft { dry_run: true, ..draft() };
    let after = json!({"pk": {"S": "1"}});
    dry.samples = Some(vec![Sample { before: None, after: Some(after.clone()) }]);
    let dry = finish(dry, Ok(Status::Planned)).to_json().unwrap();
    assert_eq!(dry["samples"], json!([{"before": null, "after": after}]));
    let skipped = Draft { note: Some("run `r0` has applied this extract".into()), ..draft() };
    let skipped = finish(skipped, Ok(Status::Skipped)).to_json().unwrap();
    assert_eq!(skipped["note"], "run `r0` has applied this extract");
    let plain = finish(draft(), Ok(Status::Succeeded)).to_json().unwrap();
    assert_eq!((plain.get("samples"), plain.get("note")), (None, None));
}

#[test]
fn cannot_be_finished_unless_its_counts_balance() {
    #[track_caller]
    fn check(change: impl FnOnce(&mut Draft), expected: &str) {
        let mut draft = draft();
        change(&mut draft);
        let error = draft.finish(Ok(Status::Succeeded), UNIX_EPOCH).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    check(
        |draft| draft.rows.written = 2,
        "6 rows were read, but 5 are accounted for (written 2, unchanged 1, superseded 1, rejected 1); this is a defect \
         of Rowferry",
    );
    check(
        |draft| draft.rows.superseded = 2,
        "6 rows were read, but 7 are accounted for (written 3, unchanged 1, superseded 2, rejected 1); this is a defect \
         of Rowferry",
    );
    check(|draft| draft.rejects = None, "1 rows were rejected, but rejects.csv holds 0; this is a defect of Rowferry");
}

#[test]
fn an_answer_names_some_of_many_objects_and_the_report_all() {
    let object = Object { key: "extracts/s/a".into(), version_id: None, etag: "e".into(), size_bytes: 1 };
    let report = finish(Draft { objects: vec![object; ANSWERED_OBJECTS + 1], ..draft() }, Ok(Status::Succeeded));
    let count = |json: Value| json["extract"]["objects"].as_array().unwrap().len();
    assert_eq!(count(report.answer().unwrap()), ANSWERED_OBJECTS);
    assert_eq!(count(report.to_json().unwrap()), ANSWERED_OBJECTS + 1);
}

#[test]
fn numbers_are_written_as_people_write_them() {
    let check = |amount: f64, expected: &str| assert_eq!(document::dollars(amount).to_string(), expected);
    check(0.0, "0.0");
    check(1e-9, "0.0");
    check(0.000_001_875, "0.000002");
    check(0.625, "0.625");
    check(1_234.5, "1234.5");
    assert_eq!(document::units(0.1 + 0.2).to_string(), "0.3");
}

#[test]
fn the_cost_of_a_dry_run_is_that_of_the_run_it_stands_for() {
    let capacity = Capacity { write_units: 1e6, read_units: 2e6, ..Capacity::default() };
    let run = Draft { capacity, ..draft() };
    assert_eq!(run.estimated_cost_usd().to_string(), "0.875");
    assert_eq!(Draft { dry_run: true, ..run }.estimated_cost_usd().to_string(), "0.625");
}

#[test]
fn a_clock_that_is_set_back_makes_no_negative_time() {
    let report = draft().finish(Ok(Status::Succeeded), UNIX_EPOCH).unwrap();
    assert_eq!(report.duration(), Duration::ZERO);
}

#[test]
fn the_history_holds_attributes() {
    let failure = Failure { kind: Kind::Table, message: "x".repeat(5_000) };
    let history = finish(draft(), Err(failure)).history();
    let expected = [
        ("status", json!({"S": "failed"})),
        ("rows_read", json!({"N": "6"})),
        ("dry_run", json!({"BOOL": false})),
        ("write_units", json!({"N": "3"})),
        ("started_at", json!({"S": "2024-05-04T10:20:30.123Z"})),
        ("error_kind", json!({"S": "table"})),
        ("error_message", json!({"S": "x".repeat(2_000)})),
        ("objects", json!({"L": [{"S": "extracts/orders/a.csv"}]})),
    ];
    for (name, value) in expected {
        assert_eq!(history[name], value, "{name}");
    }
}

#[test]
fn leaves_metrics_for_cloudwatch() {
    let line = line::metrics(&finish(draft(), Ok(Status::Held)), "load-extract", 1_714_818_030_135);
    assert!(!line.contains('\n'));
    let line: Value = serde_json::from_str(&line).unwrap();
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(line["_aws"]["Timestamp"], 1_714_818_030_135_u64);
    assert_eq!(directive["Namespace"], "Rowferry");
    assert_eq!(directive["Dimensions"], json!([["Function"], ["Function", "Sync"]]));
    assert_eq!((&line["Function"], &line["Sync"]), (&json!("load-extract"), &json!("orders")));
    let expected = [
        ("RowsRead", json!(6)),
        ("RowsWritten", json!(3)),
        ("RowsRejected", json!(1)),
        ("RunsFailed", json!(0)),
        ("RunsHeld", json!(1)),
        ("WriteUnits", json!(3.0)),
        ("RunDuration", json!(12)),
    ];
    for (name, value) in expected {
        assert_eq!(line[name], value, "{name}");
    }
    for metric in line::METRICS {
        let declared = directive["Metrics"].as_array().unwrap();
        assert!(declared.contains(&json!({"Name": metric.name, "Unit": metric.unit})), "{}", metric.name);
        assert!(line[metric.name].is_number(), "{}", metric.name);
    }
}

#[test]
fn a_dry_run_leaves_no_metrics_of_rows() {
    let dry = finish(Draft { dry_run: true, ..draft() }, Ok(Status::Planned));
    let line: Value = serde_json::from_str(&line::metrics(&dry, "load-extract", 0)).unwrap();
    assert_eq!((line.get("RowsWritten"), line.get("WriteUnits")), (None, None));
    assert_eq!(line["RunsFailed"], 0);
}

proptest::proptest! {
    #[test]
    fn balances_exactly_when_every_row_is_accounted_for(
        read in 0_u64..20, written in 0_u64..5, unchanged in 0_u64..5, superseded in 0_u64..5, rejected in 0_u64..5,
    ) {
        let rows = Rows { read, written, unchanged, superseded, rejected };
        let rejects = Rejects { key: "k".into(), by_reason: BTreeMap::from([(Reason::KeyEmpty, rejected)]) };
        let rejects = (rejected > 0).then_some(rejects);
        let finished = Draft { rows, rejects, ..draft() }.finish(Ok(Status::Succeeded), UNIX_EPOCH);
        proptest::prop_assert_eq!(finished.is_ok(), read == written + unchanged + superseded + rejected);
    }
}
