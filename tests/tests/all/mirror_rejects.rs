//! Rows that a mirror rejects: their items stay, and the file that hands them back is a partial extract.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty, contains, is_write},
    follow::{
        ask, current, define, define_as, fail, follow, furnished, ids, items, mirror, numbers, refuse, rows, world,
    },
    told::summary,
    world::World,
};
use serde_json::json;

const WIDE: &str = "
duplicates: reject
sync_key: k
fields:
  - { attribute: id, column: id }
  - { attribute: n, column: n, type: N }
  - { attribute: on, column: on, type: BOOL }
  - { attribute: bytes, column: bytes, type: B }
  - { attribute: map, column: map, type: M }
  - { attribute: at, column: at, convert: iso8601 }
  - { attribute: set, column: set, type: SS, split: '|' }
  - { attribute: must, column: must, on_null: reject }
  - { attribute: mail, column: mail }
  - { attribute: text, column: text }
";

const COLUMNS: [&str; 11] = ["id", "k", "n", "on", "bytes", "map", "at", "set", "must", "mail", "text"];

/// A row whose cells are sound, but for one.
fn row(id: &str, column: &str, cell: &str) -> String {
    let key = format!("k{id}");
    let sound = [id, &key, "1", "true", "AQ==", "{}", "2026-01-31", "a|b", "x", "m", "t"];
    let cells = COLUMNS.iter().zip(sound).map(|(name, sound)| if *name == column { cell } else { sound });
    let quoted =
        |cell: &str| if cell.contains('"') { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() };
    cells.map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

fn wide() -> World {
    let world = World::new();
    let more = json!({
        "AttributeDefinitions": [{"AttributeName": "mail", "AttributeType": "S"}],
        "GlobalSecondaryIndexes": [{"IndexName": "by_mail", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "mail", "KeyType": "HASH"}]}],
    });
    world.create_table("items", &[("id", "S", "HASH")], &more);
    define_as(&world, WIDE);
    world
}

#[tokio::test]
async fn a_rejected_row_whose_key_can_be_read_protects_its_item() {
    let (deep, long) = (format!("{{\"a\":{}1{}}}", "[".repeat(40), "]".repeat(40)), "x".repeat(410_000));
    let (mail, digits) = ("m".repeat(2_049), "1".repeat(39));
    let bad = [
        ("n", "one", "number_invalid"),
        ("n", digits.as_str(), "number_precision"),
        ("n", "1e200", "number_out_of_range"),
        ("on", "perhaps", "boolean_invalid"),
        ("bytes", "?", "binary_invalid"),
        ("map", "{", "json_invalid"),
        ("map", "[]", "type_unsupported"),
        ("map", deep.as_str(), "nesting_too_deep"),
        ("at", "yesterday", "timestamp_invalid"),
        ("set", "a|a", "set_duplicate"),
        ("must", "", "null_not_allowed"),
        ("mail", "\"", "key_empty"),
        ("mail", mail.as_str(), "key_too_long"),
        ("text", long.as_str(), "item_too_large"),
        ("k", "", "key_missing"),
        ("k", "k0", "key_duplicate"),
    ];
    let world = wide();
    let header = COLUMNS.join(",") + "\n";
    let all = |of: &dyn Fn(usize) -> String| header.clone() + &(0..bad.len() + 4).map(of).collect::<String>();
    follow(&world, "1.csv", all(&|id| row(&id.to_string(), "", ""))).await;
    assert_eq!(ids(&world).len(), bad.len() + 4);
    let before = world.lines("items");
    // Row 0 is sound, two more stand twice, the last is not there.
    let second = all(&|id| match id.checked_sub(1).and_then(|at| bad.get(at)) {
        Some((column, cell, _)) => row(&id.to_string(), column, cell).replace("\"\"\"\"", "\"\""),
        None if id + 1 == bad.len() + 4 => String::new(),
        None => row(&id.to_string(), "", ""),
    });
    let twice = row(&(bad.len() + 1).to_string(), "", "");
    let report = follow(&world, "2.csv", second + &twice).await;
    let mut reasons = json!({});
    for (_, _, reason) in bad {
        reasons[reason] = 1.into();
    }
    reasons["key_duplicate"] = 2.into();
    let found = report["rejects"]["by_reason"].as_object().unwrap();
    assert_eq!(found, reasons.as_object().unwrap());
    assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held", "{report:#}");
    let expected: Vec<_> =
        before.iter().filter(|line| !line.contains(&format!("id=\"{}\"", bad.len() + 3))).cloned().collect();
    assert_eq!(world.lines("items"), expected, "the items of rejected rows are as they were");
    let mended = follow(&world, "3.csv", header + &row("0", "", "")).await;
    assert_eq!(mended["mirror"]["to_delete"], bad.len() + 2, "they stay known");
}

#[tokio::test]
async fn a_rejected_row_of_a_key_that_nobody_knows_protects_nothing() {
    let world = world("");
    follow(&world, "1.csv", rows(1..4)).await;
    let report = follow(&world, "2.csv", "id,n\n1,1\n9,oops\n").await;
    assert_eq!(items(&report), "succeeded: 0 put, 2 deleted, 0 held");
    world.put("items", &json!({"id": {"S": "9"}}));
    let report = follow(&world, "3.csv", "id,n\n1,1\n").await;
    assert_eq!(
        (items(&report).as_str(), ids(&world)),
        ("succeeded: 0 put, 0 deleted, 0 held", vec!["1".into(), "9".into()])
    );
}

/// A world whose table refuses to write the item `bad` as long as the flag says so.
fn refusing(more: &str) -> (World, Arc<AtomicBool>) {
    let (dynamodb, refuses) = (Embedded::new(), Arc::new(AtomicBool::new(true)));
    let told = Arc::clone(&refuses);
    let faulty = Faulty::new(dynamodb.clone(), move |operation, body| {
        let is_bad = told.load(Ordering::Relaxed) && is_write(operation, body) && contains(body, "\"bad\"");
        if is_bad && !contains(body, "DeleteRequest") && operation != "DeleteItem" {
            Fault::Invalid
        } else {
            Fault::None
        }
    });
    (furnished(World::with(dynamodb, faulty), more), refuses)
}

#[tokio::test]
async fn a_new_item_that_the_table_refuses_is_not_known_afterwards() {
    for more in ["", "write: merge", "mirror: { before_images: all }"] {
        let (world, refuses) = refusing(more);
        let report = follow(&world, "1.csv", format!("{}bad,1\n", rows(1..40))).await;
        assert_eq!(summary(&report), "succeeded: 40 read, 39 written, 1 rejected (refused_by_table 1)", "{more}");
        refuses.store(false, Ordering::Relaxed);
        world.put("items", &json!({"id": {"S": "bad"}, "of": {"S": "the application"}}));
        let report = follow(&world, "2.csv", rows(1..40)).await;
        assert_eq!(items(&report), "succeeded: 0 put, 0 deleted, 0 held", "{more}");
        let report = follow(&world, "3.csv", format!("{}bad,1\n", rows(1..40))).await;
        assert_eq!(report["mirror"]["to_create"], 1, "{more}");
        assert_eq!(items(&follow(&world, "4.csv", rows(1..40)).await), "succeeded: 0 put, 1 deleted, 0 held", "{more}");
    }
}

#[tokio::test]
async fn a_known_item_that_the_table_refuses_stays_known_and_is_written_again() {
    for more in ["", "write: merge", "mirror: { before_images: all }"] {
        let (world, refuses) = refusing(more);
        refuses.store(false, Ordering::Relaxed);
        follow(&world, "1.csv", format!("{}bad,1\n", rows(1..40))).await;
        refuses.store(true, Ordering::Relaxed);
        let report = follow(&world, "2.csv", format!("{}bad,2\n", rows(2..40))).await;
        assert_eq!(summary(&report), "succeeded: 39 read, 38 unchanged, 1 rejected (refused_by_table 1)", "{more}");
        assert_eq!(report["items"]["deleted"], 1, "{more}");
        refuses.store(false, Ordering::Relaxed);
        let report = follow(&world, "3.csv", format!("{}bad,2\n", rows(2..40))).await;
        assert_eq!(summary(&report), "succeeded: 39 read, 1 written, 38 unchanged", "{more}");
        assert!(world.lines("items").contains(&"id=\"bad\" n=2".to_owned()));
        let report = follow(&world, "4.csv", rows(2..40)).await;
        assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held", "{more}");
    }
}

#[tokio::test]
async fn too_many_rejects_end_the_run_before_any_write() {
    for (limit, allows) in [("2", "2"), ("\"10%\"", "10%")] {
        let dynamodb = Embedded::new();
        let watched = Faulty::new(dynamodb.clone(), |_, _| Fault::None);
        let world = furnished(World::with(dynamodb, watched.clone()), &format!("limits: {{ max_rejects: {limit} }}"));
        follow(&world, "1.csv", rows(1..10)).await;
        let count = || watched.requests().iter().filter(|(operation, body)| is_write(operation, body)).count();
        let (before, state) = (count(), current(&world));
        let failed = fail(&world, "2.csv", "id,n\n1,5\nx,x\ny,y\nz,z\n").await;
        assert_eq!(
            failed,
            format!(
                "extract: 3 of 4 rows were rejected, `max_rejects` allows {allows}; rejects.csv says why, mend the extract or raise `limits.max_rejects`"
            )
        );
        assert_eq!((count(), current(&world), ids(&world)), (before, state, numbers(1..10)));
        let report = world.reports().into_iter().find(|report| report["status"] == "failed").unwrap();
        assert_eq!(world.rejects(&report).lines().count(), 4, "the rejects are handed back all the same");
        let mended = follow(&world, "3.csv", rows(1..9)).await;
        assert_eq!(items(&mended), "succeeded: 0 put, 1 deleted, 0 held");
    }
}

#[tokio::test]
async fn too_many_refused_rows_end_the_run_before_any_delete() {
    for limit in ["0", "\"10%\""] {
        let (world, refuses) = refusing(&format!("limits: {{ max_rejects: {limit} }}"));
        follow(&world, "1.csv", rows(1..5)).await;
        let failed = fail(&world, "2.csv", format!("{}bad,2\n", rows(2..5))).await;
        assert!(failed.starts_with("extract: 1 of 4 rows were rejected, `max_rejects` allows "), "{failed}");
        assert_eq!(ids(&world), numbers(1..5), "{limit}");
        refuses.store(false, Ordering::Relaxed);
        let report = mirror(&world).await;
        assert_eq!(items(&report), "succeeded: 1 put, 1 deleted, 0 held", "{limit}: {report:#}");
    }
}

#[tokio::test]
async fn mended_rejects_are_written_and_delete_nothing() {
    let world = world("");
    follow(&world, "1.csv", rows(1..20)).await;
    let report = follow(&world, "2.csv", format!("{}20,oops\n3,worse\n", rows(4..20))).await;
    assert_eq!(items(&report), "succeeded: 0 put, 2 deleted, 0 held");
    let rejects = world.rejects(&report);
    let mended = rejects.replace("oops", "20").replace("worse", "33");
    let report = follow(&world, "may-rejects.csv", mended).await;
    assert_eq!(items(&report), "succeeded: 2 put, 0 deleted, 0 held", "{report:#}");
    assert_eq!(ids(&world), numbers(3..21));
    assert_eq!(mirror(&world).await["status"], "skipped");
    let report = follow(&world, "3.csv", rows(4..20)).await;
    assert_eq!(items(&report), "succeeded: 0 put, 2 deleted, 0 held", "what mended rows wrote is known");
    let report = follow(&world, "4.csv", rows(4..20)).await;
    assert_eq!(summary(&report), "succeeded: 16 read, 16 unchanged");
}

#[tokio::test]
async fn mended_rejects_belong_to_the_extract_before_them() {
    let world = world("");
    world.drop("extracts/s/rejects.csv", "id,n\n9,9\n");
    let report = mirror(&world).await;
    assert_eq!(
        (&report["status"], &report["note"]),
        (&json!("skipped"), &json!("there is no complete extract under `extracts/s/` yet"))
    );
    let report = follow(&world, "1.csv", rows(1..4)).await;
    assert_eq!(items(&report), "succeeded: 3 put, 0 deleted, 0 held", "older rows are not mixed into a newer extract");
    assert_eq!(mirror(&world).await["status"], "skipped");
    world.drop("extracts/s/rejects.csv", "id,n\n9,9\n");
    world.drop("extracts/s/2.csv", rows(1..5));
    assert_eq!(items(&mirror(&world).await), "succeeded: 1 put, 0 deleted, 0 held");
    assert_eq!(mirror(&world).await["status"], "skipped", "the newer extract has what it has");
    assert_eq!(ids(&world), numbers(1..5));
}

#[tokio::test]
async fn mended_rejects_of_folders_are_told_from_their_parts() {
    let world = world("");
    define(&world, "source: { parts: marker }");
    world.drop("extracts/s/1/a.csv", rows(1..3));
    world.drop("extracts/s/1/_SUCCESS", "");
    mirror(&world).await;
    let report = follow(&world, "1/rejects.csv", "id,n\n9,9\n").await;
    assert_eq!(items(&report), "succeeded: 1 put, 0 deleted, 0 held", "{report:#}");
    assert_eq!(ids(&world), ["1", "2", "9"]);
}

#[tokio::test]
async fn a_rejects_csv_of_another_name_is_refused() {
    let world = world("");
    follow(&world, "1.csv", rows(1..4)).await;
    let report = follow(&world, "2.csv", format!("{}4,x\n", rows(1..4))).await;
    let rejects = world.rejects(&report);
    let failed = fail(&world, "mended.csv", rejects.replace(",x", ",4")).await;
    assert_eq!(
        failed,
        "extract: `extracts/s/mended.csv` is a rejects.csv of Rowferry: it holds some rows of an extract, and a mirror would delete the others; drop it as `rejects.csv`, or mend the extract and deliver it whole"
    );
    assert_eq!(ids(&world), numbers(1..4));
}

#[tokio::test]
async fn a_dry_run_foretells_that_too_many_rows_will_be_refused() {
    let world = World::new();
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    define_as(
        &world,
        "write: merge\nlimits: { max_rejects: \"10%\" }\nfields: [{ attribute: id, column: id }, { attribute: t, column: t }]",
    );
    world.put("items", &json!({"id": {"S": "0"}, "stored": {"S": "s".repeat(300_000)}}));
    let extract = |count: u32| {
        let more: String = (1..count).map(|id| format!("{id},x\n")).collect();
        format!("id,t\n0,{}\n{more}", "t".repeat(200_000))
    };
    world.drop("extracts/s/1.csv", extract(8));
    let expected = "extract: 1 of 8 rows were rejected, `max_rejects` allows 10%; rejects.csv says why, mend the extract or raise `limits.max_rejects`";
    assert_eq!(refuse(&world, json!({"sync": "s", "dry_run": true})).await, expected);
    assert_eq!(refuse(&world, json!({"sync": "s"})).await, expected);
    world.drop("extracts/s/2.csv", extract(12));
    let dry = summary(&ask(&world, json!({"sync": "s", "dry_run": true})).await);
    assert_eq!(dry, "planned: 12 read, 11 written, 1 rejected (refused_by_table 1)");
    assert_eq!(summary(&mirror(&world).await), dry.replace("planned", "succeeded"));
}

#[tokio::test]
async fn a_rejected_row_protects_an_item_that_a_scan_found() {
    let world = world("mirror: { scope: table }");
    for id in ["1", "2", "3"] {
        world.put("items", &json!({"id": {"S": id}}));
    }
    let report = follow(&world, "1.csv", "id,n\n1,1\n2,oops\n").await;
    assert_eq!(items(&report), "succeeded: 1 put, 1 deleted, 0 held");
    assert_eq!(world.lines("items"), ["id=\"1\" n=1", "id=\"2\""]);
    let report = follow(&world, "2.csv", "id,n\n1,1\n").await;
    assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held", "it is known since");
}

#[tokio::test]
async fn a_plan_of_mended_rejects_is_applied_by_its_id() {
    let world = world("");
    follow(&world, "1.csv", "id,n\n1,1\n2,oops\n").await;
    world.drop("extracts/s/rejects.csv", "id,n\n2,2\n");
    let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
    assert_eq!(items(&dry), "planned: 1 put, 0 deleted, 0 held");
    let run = ask(&world, json!({"sync": "s", "approve": dry["run_id"]})).await;
    assert_eq!(items(&run), "succeeded: 1 put, 0 deleted, 0 held");
    assert_eq!((ids(&world), &mirror(&world).await["status"]), (numbers(1..3), &json!("skipped")));
}
