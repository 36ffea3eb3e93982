//! What holds the deletes of a mirror back, and how a person lets them go.

use rowferry_tests::{
    follow::{
        again, ask, define, define_as, fail_again, follow, guards, ids, items, mirror, notices, numbers, refuse, rows,
        world,
    },
    world::World,
};
use serde_json::{Value, json};

const REMAPPED: &str = "keys_remapped: the fields of the table's keys have changed since the last run: items that the extract seems to lack may be there under other keys";

/// The keys of deletes that a report shows, in order.
fn shown(report: &Value) -> Vec<String> {
    let sample = report["mirror"]["sample_of_deletes"].as_array().into_iter().flatten();
    let mut shown: Vec<String> = sample.map(|key| key["id"]["S"].as_str().unwrap().to_owned()).collect();
    shown.sort();
    shown
}

/// A mirror that a guard holds: 100 items are there, 50 of which the newest extract lacks.
async fn held(world: &World) -> Value {
    follow(world, "1.csv", rows(0..100)).await;
    let report = follow(world, "2.csv", rows(50..100)).await;
    assert_eq!(items(&report), "held: 0 put, 0 deleted, 50 held", "{report:#}");
    report
}

#[tokio::test]
async fn an_extract_without_rows_deletes_nothing() {
    for empty in ["id,n\n", ""] {
        let world = world("");
        follow(&world, "1.csv", rows(1..4)).await;
        let report = follow(&world, "2.csv", empty).await;
        assert_eq!(items(&report), "held: 0 put, 0 deleted, 3 held", "{report:#}");
        assert_eq!(guards(&report), ["extract_empty: the extract has no rows"]);
        assert_eq!(shown(&report), ["1", "2", "3"]);
        assert_eq!(ids(&world), numbers(1..4));
    }
}

#[tokio::test]
async fn a_rejected_row_whose_key_cannot_be_read_holds_the_deletes() {
    for (bad, count) in [(",9\n", 1), ("5,5,5\n", 1), ("\"\",9\n,7\n", 2)] {
        let world = world("");
        follow(&world, "1.csv", rows(1..5)).await;
        let report = follow(&world, "2.csv", format!("{}{bad}", rows(2..6))).await;
        assert_eq!(items(&report), "held: 1 put, 0 deleted, 1 held", "{bad:?}: {report:#}");
        let what = if count == 1 { "1 rejected row has a key" } else { "2 rejected rows have keys" };
        let expected = format!("keys_unreadable: {what} that cannot be read: the items to delete may be theirs");
        assert_eq!(guards(&report), [expected], "{bad:?}");
        assert_eq!(shown(&report), ["1"]);
        assert_eq!(ids(&world), numbers(1..6));
        let sound = follow(&world, "3.csv", rows(2..6)).await;
        assert_eq!(items(&sound), "succeeded: 0 put, 1 deleted, 0 held", "mended, the extract deletes");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_hold_the_deletes() {
    let world = world("");
    follow(&world, "1.csv", rows(1..5)).await;
    let report = follow(&world, "2.csv", [rows(2..5).as_bytes(), b"\xff,1\n"].concat()).await;
    assert_eq!(items(&report), "held: 0 put, 0 deleted, 1 held", "{report:#}");
    assert_eq!(report["rejects"]["by_reason"], json!({"utf8_invalid": 1}));
}

#[tokio::test]
async fn other_keys_hold_the_deletes_until_they_are_approved() {
    let world = world("");
    follow(&world, "1.csv", rows(1..4)).await;
    let fields = "fields: [{ attribute: id, template: 'k-{id}' }, { attribute: n, column: n, type: N }]";
    define_as(&world, fields);
    let report = follow(&world, "2.csv", rows(1..4)).await;
    assert_eq!(items(&report), "held: 3 put, 0 deleted, 3 held", "{report:#}");
    assert_eq!(guards(&report), [REMAPPED]);
    let report = follow(&world, "3.csv", rows(1..3)).await;
    assert_eq!(items(&report), "held: 0 put, 0 deleted, 4 held", "it keeps on holding: {report:#}");
    assert_eq!(guards(&report), [REMAPPED]);
    let approved = again(&world, "approve", &report).await;
    assert_eq!(items(&approved), "succeeded: 0 put, 4 deleted, 0 held");
    assert_eq!(ids(&world), ["k-1", "k-2"]);
    let next = follow(&world, "4.csv", rows(1..2)).await;
    assert_eq!(items(&next), "succeeded: 0 put, 1 deleted, 0 held", "what was approved holds no more: {next:#}");
}

#[tokio::test]
async fn keys_that_go_back_to_what_they_were_hold_nothing() {
    let world = world("");
    follow(&world, "1.csv", rows(1..4)).await;
    define_as(&world, "fields: [{ attribute: id, template: 'k-{id}' }, { attribute: n, column: n, type: N }]");
    follow(&world, "2.csv", rows(1..4)).await;
    define(&world, "");
    let report = follow(&world, "3.csv", rows(1..4)).await;
    assert_eq!(items(&report), "succeeded: 0 put, 3 deleted, 0 held", "{report:#}");
    assert_eq!(ids(&world), numbers(1..4));
}

#[tokio::test]
async fn mended_rows_do_not_settle_that_keys_are_others() {
    let world = world("");
    follow(&world, "1.csv", format!("{}9,oops\n", rows(1..4))).await;
    define_as(&world, "fields: [{ attribute: id, template: 'k-{id}' }, { attribute: n, column: n, type: N }]");
    let mended = follow(&world, "rejects.csv", "id,n\n9,9\n").await;
    assert_eq!(items(&mended), "succeeded: 1 put, 0 deleted, 0 held", "{mended:#}");
    let report = follow(&world, "2.csv", rows(1..4)).await;
    assert_eq!(guards(&report), [REMAPPED], "{report:#}");
    assert_eq!(items(&report), "held: 3 put, 0 deleted, 4 held");
}

#[tokio::test]
async fn deletes_are_held_where_they_exceed_both_limits() {
    let check = async |more: &str, known: u32, gone: u32, expected: Option<&str>| {
        let world = world(more);
        follow(&world, "1.csv", rows(0..known)).await;
        let report = follow(&world, "2.csv", rows(gone..known)).await;
        let expected: Vec<String> = expected.iter().map(|limits| format!("max_deletes: {gone} of {known} known items would be deleted; `max_deletes` allows {limits}, whichever is more")).collect();
        assert_eq!(guards(&report), expected, "{more}: {gone} of {known}");
        let left = if expected.is_empty() { gone..known } else { 0..known };
        assert_eq!(ids(&world), numbers(left));
    };
    check("", 100, 20, None).await;
    check("", 100, 21, Some("20 percent or 10")).await;
    check("", 12, 10, None).await;
    check("", 12, 11, Some("20 percent or 10")).await;
    check("mirror: { max_deletes: { percent: 50, count: 0 } }", 4, 2, None).await;
    check("mirror: { max_deletes: { percent: 50, count: 0 } }", 4, 3, Some("50 percent or 0")).await;
    check("mirror: { max_deletes: { percent: 0, count: 1 } }", 4, 1, None).await;
    check("mirror: { max_deletes: { percent: 0, count: 1 } }", 4, 2, Some("0 percent or 1")).await;
}

#[tokio::test]
async fn every_guard_says_what_it_found() {
    let world = world("");
    follow(&world, "1.csv", rows(0..30)).await;
    define_as(&world, "fields: [{ attribute: id, template: 'k-{id}' }, { attribute: n, column: n, type: N }]");
    let report = follow(&world, "2.csv", "id,n\n,1\n").await;
    let names: Vec<&str> =
        report["guards"].as_array().unwrap().iter().map(|guard| guard["guard"].as_str().unwrap()).collect();
    assert_eq!(names, ["keys_unreadable", "keys_remapped", "max_deletes"]);
    assert_eq!(shown(&report).len(), 10, "a few of the keys stand in the report");
    assert_eq!(report["mirror"]["to_delete"], 30);
}

#[tokio::test]
async fn guards_hold_nothing_where_nothing_would_be_deleted() {
    let world = world("");
    let report = follow(&world, "1.csv", "id,n\n").await;
    assert_eq!(items(&report), "succeeded: 0 put, 0 deleted, 0 held", "{report:#}");
    let report = follow(&world, "2.csv", format!("{},1\n", rows(1..4))).await;
    assert_eq!(items(&report), "succeeded: 3 put, 0 deleted, 0 held", "{report:#}");
    assert_eq!(guards(&report), [""; 0]);
}

#[tokio::test]
async fn a_held_run_does_its_puts_and_people_are_told_how_to_approve() {
    let world = world("");
    follow(&world, "1.csv", rows(0..100)).await;
    world.drop("extracts/s/2.csv", "id,n\n98,98\n99,5\n100,100\n");
    let report = mirror(&world).await;
    assert_eq!(items(&report), "held: 2 put, 0 deleted, 98 held", "{report:#}");
    assert_eq!(ids(&world), numbers(0..101));
    assert!(report["error"].is_null(), "held is no failure");
    let notices = world.notices();
    let [(subject, message)] = notices.as_slice() else { panic!("{notices:?}") };
    assert_eq!(subject, "Rowferry holds 98 deletes of sync s");
    let run_id = report["run_id"].as_str().unwrap();
    for part in [
        "Items: 2 put, 0 deleted, 98 deletes held",
        "98 of 100 known items would be deleted",
        &json!({"sync": "s", "approve": run_id}).to_string(),
        &format!("s3://data/runs/s/{run_id}/report.json"),
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(!message.contains("\"id\""), "no key of an item stands in a notice: {message}");
}

#[tokio::test]
async fn what_is_held_is_proposed_again_but_for_what_came_back() {
    let world = world("");
    held(&world).await;
    let report = follow(&world, "3.csv", rows((20..60).chain(70..100))).await;
    assert_eq!(items(&report), "held: 0 put, 0 deleted, 30 held", "{report:#}");
    let approved = again(&world, "approve", &report).await;
    assert_eq!(items(&approved), "succeeded: 0 put, 30 deleted, 0 held");
    assert_eq!(ids(&world), numbers((20..60).chain(70..100)));
}

#[tokio::test]
async fn an_extract_that_has_all_keys_again_holds_nothing() {
    let world = world("");
    let held = held(&world).await;
    let report = follow(&world, "3.csv", rows(0..100)).await;
    assert_eq!(items(&report), "succeeded: 0 put, 0 deleted, 0 held", "{report:#}");
    let refused = fail_again(&world, "approve", &held).await;
    assert!(refused.starts_with("request: "), "{refused}");
    assert_eq!(ids(&world), numbers(0..100));
}

#[tokio::test]
async fn an_approval_deletes_exactly_what_was_held() {
    let world = world("");
    let held = held(&world).await;
    world.put("items", &json!({"id": {"S": "of the application"}}));
    world.put("items", &json!({"id": {"S": "7"}, "n": {"N": "8"}}));
    // An extract that nobody has mirrored yet changes nothing about it.
    world.drop("extracts/s/3.csv", rows(90..100));
    let approved = again(&world, "approve", &held).await;
    assert_eq!(items(&approved), "succeeded: 0 put, 50 deleted, 0 held", "{approved:#}");
    let mut expected = numbers(50..100);
    expected.push("of the application".to_owned());
    assert_eq!(ids(&world), expected);
    assert_eq!(approved["extract"]["objects"], json!([]), "an approval reads no extract");
    let next = mirror(&world).await;
    assert_eq!(items(&next), "held: 0 put, 0 deleted, 40 held", "the newer extract comes next: {next:#}");
}

#[tokio::test]
async fn an_approval_names_a_run_that_waits() {
    let world = world("");
    let waits = |run: &str| {
        format!(
            "request: no run `{run}` of sync `s` waits for approval: it was not held and no dry run, or was approved, or the snapshot has moved on since"
        )
    };
    let first = follow(&world, "0.csv", rows(0..1)).await;
    assert_eq!(
        fail_again(&world, "approve", &first).await,
        waits(first["run_id"].as_str().unwrap()),
        "it was not held"
    );
    let unknown = refuse(&world, json!({"sync": "s", "approve": "20260528T202640123Z-7c0f3a91"})).await;
    assert_eq!(unknown, waits("20260528T202640123Z-7c0f3a91"));
    let earlier = held(&world).await;
    let later = follow(&world, "3.csv", rows(49..100)).await;
    assert_eq!(fail_again(&world, "approve", &earlier).await, waits(earlier["run_id"].as_str().unwrap()), "moved on");
    again(&world, "approve", &later).await;
    assert_eq!(fail_again(&world, "approve", &later).await, waits(later["run_id"].as_str().unwrap()), "used");
    assert_eq!(ids(&world), numbers(49..100));
}

#[tokio::test]
async fn an_approval_is_for_the_sync_of_its_run() {
    let world = world("");
    world.create_table("others", &[("id", "S", "HASH")], &json!({}));
    world.define("t", "behavior: mirror\ndestination: { table: others }\nfields: all\n");
    world.drop("extracts/t/1.csv", "id\n1\n");
    ask(&world, json!({"sync": "t"})).await;
    let held = held(&world).await;
    let refused = refuse(&world, json!({"sync": "t", "approve": held["run_id"]})).await;
    assert!(refused.starts_with("request: no run `"), "{refused}");
    assert_eq!((world.items("others").len(), ids(&world)), (1, numbers(0..100)));
}

#[tokio::test]
async fn an_undo_moves_the_snapshot_on() {
    let world = world("mirror: { before_images: all }");
    let first = follow(&world, "1.csv", rows(0..100)).await;
    let held = follow(&world, "2.csv", rows(50..100)).await;
    again(&world, "undo", &first).await;
    let refused = fail_again(&world, "approve", &held).await;
    assert!(refused.starts_with("request: run `") && refused.ends_with("so that the snapshot has moved on; let the mirror follow its next extract, and approve what that run holds"), "{refused}");
}

#[tokio::test]
async fn a_dry_run_that_a_guard_would_hold_says_so_and_can_be_approved() {
    let world = world("");
    follow(&world, "1.csv", rows(0..100)).await;
    world.drop("extracts/s/2.csv", rows(50..101));
    let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
    assert_eq!(items(&dry), "planned: 1 put, 0 deleted, 50 held", "{dry:#}");
    assert_eq!(guards(&dry).len(), 1);
    assert_eq!(shown(&dry).len(), 10);
    assert_eq!((ids(&world), world.notices().len()), (numbers(0..100), 0));
    let run = again(&world, "approve", &dry).await;
    assert_eq!(items(&run), "succeeded: 1 put, 50 deleted, 0 held", "{run:#}");
    assert_eq!(ids(&world), numbers(50..101));
}

#[tokio::test]
async fn a_plan_that_is_gone_is_not_approved() {
    let world = world("");
    let held = held(&world).await;
    let plan = format!("runs/s/{}/plan.parquet", held["run_id"].as_str().unwrap());
    world.bucket.remove(&plan);
    let refused = fail_again(&world, "approve", &held).await;
    assert_eq!(
        refused,
        format!(
            "config: `{plan}` is gone, which lists the deletes to approve; restore it from the bucket's versions, or deliver an extract and approve what its run holds"
        )
    );
    let next = follow(&world, "3.csv", rows(50..100)).await;
    assert_eq!(items(&next), "held: 0 put, 0 deleted, 50 held");
}

#[tokio::test]
async fn mended_rows_end_the_wait_of_what_was_held_and_say_so() {
    let world = world("");
    follow(&world, "1.csv", rows(1..5)).await;
    let held = follow(&world, "2.csv", "id,n\n3,3\n4,4\n,2\n").await;
    assert_eq!(items(&held), "held: 0 put, 0 deleted, 2 held");
    let mended = follow(&world, "rejects.csv", "id,n\n2,22\n").await;
    assert_eq!(items(&mended), "succeeded: 1 put, 0 deleted, 0 held");
    assert_eq!(
        notices(&mended),
        [
            "deletes that were held can no longer be approved, as the mended rows may be of their items; the next extract, or a run with `verify`, proposes again what it lacks: 2"
        ]
    );
    let refused = fail_again(&world, "approve", &held).await;
    assert!(refused.contains("waits for approval"), "{refused}");
    assert_eq!(ids(&world), numbers(1..5), "a row that was mended is not deleted as one that is lacking");
    let proposed = ask(&world, json!({"sync": "s", "verify": true})).await;
    assert_eq!(items(&proposed), "held: 0 put, 0 deleted, 2 held");
    let next = follow(&world, "3.csv", "id,n\n2,22\n3,3\n4,4\n").await;
    assert_eq!((items(&next).as_str(), ids(&world)), ("succeeded: 0 put, 1 deleted, 0 held", numbers(2..5)));
}
