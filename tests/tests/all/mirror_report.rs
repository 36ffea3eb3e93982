//! What a mirror's run tells: a dry run before it, its report, its history, and why there was nothing to do.

use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty, is_write},
    follow::{
        again, ask, current, define, define_as, fail_again, follow, furnished, ids, items, mirror, numbers, refuse,
        rows, snapshots, world,
    },
    told::summary,
    world::World,
};
use serde_json::{Value, json};

/// A world whose table has indexes, and whose rows have items of more than a KB.
fn indexed(more: &str) -> World {
    let world = World::new();
    let index = |name: &str, projection: Value| json!({"IndexName": name, "Projection": projection, "KeySchema": [{"AttributeName": "mail", "KeyType": "HASH"}]});
    let indexes = json!({
        "AttributeDefinitions": [{"AttributeName": "mail", "AttributeType": "S"}],
        "GlobalSecondaryIndexes": [index("all", json!({"ProjectionType": "ALL"})), index("keys", json!({"ProjectionType": "KEYS_ONLY"}))],
    });
    world.create_table("items", &[("id", "S", "HASH")], &indexes);
    define_as(
        &world,
        &format!(
            "fields: [{{ attribute: id, column: id }}, {{ attribute: mail, column: mail }}, {{ attribute: note, column: note }}]\n{more}"
        ),
    );
    world
}

/// Rows with a mail address that changes with `turn` for some, and a note of up to 3 KB.
fn long(ids: std::ops::Range<usize>, turn: usize) -> String {
    let row = |id: usize| {
        let mail = match id % 3 {
            0 => String::new(),
            1 => format!("{id}@x"),
            _ => format!("{}@x", id + turn),
        };
        format!("{id},{mail},{}\n", "n".repeat(if id.is_multiple_of(4) { id * 60 + turn } else { id * 60 }))
    };
    format!("id,mail,note\n{}", ids.map(row).collect::<String>())
}

/// What a dry run has to foretell.
fn told(report: &Value) -> Value {
    let followed = &report["mirror"];
    json!({
        "rows": report["rows"], "items": report["items"], "guards": report["guards"], "rejects": report["rejects"]["by_reason"],
        "write_units": report["capacity"]["write_units"], "deletes": followed["sample_of_deletes"],
        "changes": [followed["known_before"], followed["to_create"], followed["to_update"], followed["to_delete"]],
        "drift": followed["drift"],
    })
}

#[tokio::test]
async fn a_dry_run_tells_rows_items_units_and_keys_of_the_run_that_comes() {
    for more in [
        "",
        "write: merge",
        "mirror: { before_images: all }",
        "mirror: { scope: table }",
        "duplicates: reject",
        "mirror: { max_deletes: { percent: 0, count: 0 } }",
    ] {
        let world = indexed(more);
        world.put("items", &json!({"id": {"S": "7"}, "mail": {"S": "7@x"}}));
        world.put("items", &json!({"id": {"S": "other"}, "note": {"S": "o".repeat(5_000)}}));
        for (number, extract) in
            [long(0..50, 0), long(4..55, 1), long(4..55, 1), long(0..60, 2) + "3,,twice\n,,keyless\n"]
                .into_iter()
                .enumerate()
        {
            world.drop(&format!("extracts/s/{number}.csv"), extract);
            let before = world.items("items");
            let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
            assert_eq!(world.items("items"), before, "a dry run writes nothing");
            let run = mirror(&world).await;
            assert_eq!(told(&dry), told(&run), "{more}, extract {number}");
            assert_eq!((&dry["status"], &dry["dry_run"]), (&json!("planned"), &json!(true)));
        }
    }
}

#[tokio::test]
async fn samples_show_items_before_and_after() {
    let world = world("");
    follow(&world, "1.csv", rows(1..4)).await;
    world.drop("extracts/s/2.csv", "id,n\n2,20\n3,3\n4,4\n");
    let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
    let item = |id: &str, n: &str| json!({"id": {"S": id}, "n": {"N": n}});
    let expected = [
        json!({"before": item("2", "2"), "after": item("2", "20")}),
        json!({"before": null, "after": item("4", "4")}),
        json!({"before": item("1", "1"), "after": null}),
    ];
    assert_eq!(dry["samples"], json!(expected), "{dry:#}");
    let run = mirror(&world).await;
    assert!(run.get("samples").is_none(), "a run shows none");
    assert_eq!(run["mirror"]["sample_of_deletes"], json!([{"id": {"S": "1"}}]), "but for keys that it deletes");
}

#[tokio::test]
async fn a_dry_run_writes_no_item_holds_no_table_and_puts_nothing_in_force() {
    let dynamodb = Embedded::new();
    let watched = Faulty::new(dynamodb.clone(), |_, _| Fault::None);
    let world = furnished(World::with(dynamodb, watched.clone()), "");
    follow(&world, "1.csv", rows(0..50)).await;
    let (state, objects, requests) = (current(&world), snapshots(&world), watched.requests().len());
    world.drop("extracts/s/2.csv", format!("{}bad,x\n", rows(45..60)));
    let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
    let requests = watched.requests().split_off(requests);
    assert!(!requests.iter().any(|(operation, body)| is_write(operation, body)), "no item is written");
    let held = requests.iter().filter(|(_, body)| rowferry_tests::fault::contains(body, "table#")).count();
    assert_eq!(held, 0, "nobody waits for a dry run");
    assert_eq!((current(&world), snapshots(&world)), (state, objects));
    let run_id = dry["run_id"].as_str().unwrap();
    let left: Vec<_> = world.bucket.keys().into_iter().filter(|key| key.contains(run_id)).collect();
    let beside = |name: &str| format!("runs/s/{run_id}/{name}");
    assert_eq!(left, ["plan.json", "plan.parquet", "rejects.csv", "report.json"].map(beside));
    assert_eq!(dry["mirror"]["plan"], beside("plan.parquet"));
}

#[tokio::test]
async fn a_plan_is_applied_by_its_id_exactly() {
    let world = world("");
    follow(&world, "1.csv", rows(0..100)).await;
    world.drop("extracts/s/2.csv", rows(10..105));
    let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
    let run = again(&world, "approve", &dry).await;
    assert_eq!(told(&dry), told(&run));
    assert_eq!(ids(&world), numbers(10..105));
    assert_eq!(
        fail_again(&world, "approve", &dry).await,
        format!(
            "request: the snapshot has moved on since run `{}`: another run has written; make a new dry run, and approve that",
            dry["run_id"].as_str().unwrap()
        )
    );
    assert_eq!(mirror(&world).await["status"], "skipped", "its extract counts as applied");
}

#[tokio::test]
async fn a_plan_is_refused_where_it_would_no_longer_be_the_same() {
    let changed = |world: &World, _: &str| {
        define_as(world, "fields: [{ attribute: id, column: id }, { attribute: m, column: n, type: N }]");
    };
    let other = "request: the run would now change other items than the plan that was approved, as the definition or the table has changed; make a new dry run, and approve that";
    let check = async |more: &str, verify: bool, move_on: &dyn Fn(&World, &str), expected: &str| {
        let world = world(more);
        follow(&world, "1.csv", rows(0..10)).await;
        world.drop("extracts/s/2.csv", rows(1..12));
        let dry = ask(&world, json!({"sync": "s", "dry_run": true, "verify": verify})).await;
        let id = dry["run_id"].as_str().unwrap().to_owned();
        move_on(&world, &id);
        let before = world.items("items");
        assert_eq!(fail_again(&world, "approve", &dry).await, expected.replace("<id>", &id));
        assert_eq!(world.items("items"), before, "{expected}");
        let run = mirror(&world).await;
        assert_eq!(run["status"], "succeeded", "the mirror itself goes on");
    };
    check("", false, &changed, other).await;
    let drift = |world: &World, _: &str| world.put("items", &json!({"id": {"S": "5"}, "n": {"N": "6"}}));
    check("mirror: { scope: table }", true, &drift, other).await;
    let overwritten = |world: &World, _: &str| _ = world.drop("extracts/s/2.csv", rows(2..12));
    let expected = "request: `extracts/s/2.csv` has changed since run `<id>`; make a new dry run, and approve that";
    check("", false, &overwritten, expected).await;
}

#[tokio::test]
async fn a_plan_is_refused_after_another_run() {
    let world = world("");
    follow(&world, "1.csv", rows(0..10)).await;
    world.drop("extracts/s/2.csv", rows(1..12));
    let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
    mirror(&world).await;
    let refused = fail_again(&world, "approve", &dry).await;
    assert!(refused.starts_with("request: the snapshot has moved on since run"), "{refused}");
    world.drop("extracts/s/3.csv", rows(2..12));
    let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
    world.bucket.remove("extracts/s/3.csv");
    let refused = fail_again(&world, "approve", &dry).await;
    assert!(refused.starts_with("request: `extracts/s/3.csv` has changed since run"), "{refused}");
}

#[tokio::test]
async fn the_report_lies_beside_the_plan_and_in_the_history() {
    let world = world("");
    follow(&world, "1.csv", rows(0..100)).await;
    let report = follow(&world, "2.csv", format!("{}bad,x\n", rows(50..101))).await;
    let run_id = report["run_id"].as_str().unwrap();
    let left: Value = serde_json::from_str(&world.text(&format!("runs/s/{run_id}/report.json"))).unwrap();
    assert_eq!(left, report);
    assert_eq!((&left["status"], &left["behavior"]), (&json!("held"), &json!("mirror")));
    let rejects = world.rejects(&report);
    let (header, row) = rejects.trim_end().split_once('\n').unwrap();
    assert_eq!(header, "id,n,reject_row,reject_line,reject_column,reject_reason,reject_detail");
    assert!(row.starts_with("bad,x,52,53,n,number_invalid,"), "{row}");
    let history = world.ask(
        "GetItem",
        &json!({"TableName": "runs", "Key": {"pk": {"S": "sync#s"}, "sk": {"S": format!("run#{run_id}")}}}),
    );
    let history = &history["Item"];
    assert_eq!(history["status"]["S"], "held");
    assert!(history["expires_at"]["N"].is_string(), "{history:#}");
    let plan = report["mirror"]["plan"].as_str().unwrap();
    assert!(world.bucket.bytes(plan).is_some_and(|bytes| bytes.starts_with(b"PAR1")));
    assert_eq!(summary(&report), "held: 52 read, 1 written, 50 unchanged, 1 rejected (number_invalid 1)");
}

#[tokio::test]
async fn a_schedule_that_finds_nothing_new_leaves_no_trace() {
    let world = world("");
    follow(&world, "1.csv", rows(0..3)).await;
    let (objects, history) = (world.bucket.keys(), world.items("runs").len());
    let answer = world.mirror(&json!({})).await.unwrap();
    assert_eq!(answer["runs"][0]["status"], "skipped");
    assert_eq!((world.bucket.keys(), world.items("runs").len()), (objects, history), "schedules ask often");
    mirror(&world).await;
    assert_eq!(world.reports().len(), 2, "a person who asks is left a report");
}

#[tokio::test]
async fn one_sync_that_fails_stops_no_other_and_held_ones_fail_nothing() {
    let world = world("");
    for name in ["a", "b"] {
        world.create_table(&format!("table-{name}"), &[("id", "S", "HASH")], &json!({}));
        world.define(name, &format!("behavior: mirror\ndestination: {{ table: table-{name} }}\nfields: all\n"));
        world.drop(&format!("extracts/{name}/1.csv"), "id\n1\n2\n");
    }
    follow(&world, "1.csv", rows(0..100)).await;
    world.drop("extracts/s/2.csv", "id,n\n");
    let answer = world.mirror(&json!({})).await.unwrap();
    let ended: Vec<&str> =
        answer["runs"].as_array().unwrap().iter().map(|run| run["status"].as_str().unwrap()).collect();
    assert_eq!(ended, ["succeeded", "succeeded", "held"], "held is no failure");
    world.drop("extracts/a/2.csv", "name\n1\n");
    world.drop("extracts/b/2.csv", "id\n1\n");
    let error = world.mirror(&json!({})).await.unwrap_err();
    assert_eq!(error.kind().name(), "extract");
    assert!(error.text().contains("extracts/a/2.csv"), "{}", error.text());
    assert_eq!((world.items("table-a").len(), world.items("table-b").len()), (2, 1), "the others are done");
    let subjects: Vec<String> = world.notices().into_iter().map(|(subject, _)| subject).collect();
    assert_eq!(subjects, ["Rowferry holds 100 deletes of sync s", "Rowferry failed at sync a (extract)"]);
}

#[tokio::test]
async fn people_who_cannot_be_told_stop_no_run() {
    let world = world("");
    follow(&world, "1.csv", rows(0..100)).await;
    world.refuse_notices();
    let report = follow(&world, "2.csv", "id,n\n").await;
    assert_eq!(items(&report), "held: 0 put, 0 deleted, 100 held");
}

#[tokio::test]
async fn requests_that_contradict_themselves_are_refused() {
    let world = world("");
    let report = follow(&world, "1.csv", rows(0..3)).await;
    for more in [json!({"dry_run": true}), json!({"verify": true}), json!({"undo": "r"})] {
        let mut payload = json!({"sync": "s", "approve": report["run_id"]});
        for (key, value) in more.as_object().unwrap() {
            payload[key] = value.clone();
        }
        let error = world.mirror(&payload).await.unwrap_err();
        assert_eq!(error.kind().name(), "request");
        assert!(error.text().contains("contradict each other; ask for one of them"), "{}", error.text());
    }
    define(&world, "write: create_only");
    assert!(refuse(&world, json!({"sync": "s"})).await.starts_with("mapping: `syncs/s.yaml`"));
}
