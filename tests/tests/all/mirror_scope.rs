//! Which items a mirror may delete, how it finds out what a table holds, and whose a table is.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use rowferry::{job::Job, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty, contains, is_write},
    follow::{
        FIELDS, again, ask, define, fail, fail_again, follow, furnished, ids, items, mirror, notices, numbers, refuse,
        rows, world,
    },
    passing::while_time_passes,
    told::summary,
    world::World,
};
use serde_json::{Value, json};

const WHOLE: &str = "mirror: { scope: table }";

/// A world in which something happens to the table before each request.
fn happening(more: &str, mut deed: impl FnMut(&Embedded, &str, &[u8]) + Send + 'static) -> (World, Faulty) {
    let dynamodb = Embedded::new();
    let inner = dynamodb.clone();
    let faulty = Faulty::new(dynamodb.clone(), move |operation, body| {
        deed(&inner, operation, body);
        Fault::None
    });
    (furnished(World::with(dynamodb, faulty.clone()), more), faulty)
}

fn put(dynamodb: &Embedded, item: &Value) {
    let answer = dynamodb.answer("PutItem", json!({"TableName": "items", "Item": item}).to_string().as_bytes());
    assert_eq!(answer.status, 200);
}

fn count(faulty: &Faulty, operation: &str) -> usize {
    faulty.requests().iter().filter(|(found, body)| found == operation && contains(body, "\"items\"")).count()
}

async fn verify(world: &World) -> Value {
    ask(world, json!({"sync": "s", "verify": true})).await
}

fn remove(world: &World, id: &str) {
    _ = world.ask("DeleteItem", &json!({"TableName": "items", "Key": {"id": {"S": id}}}));
}

#[tokio::test]
async fn synced_deletes_what_the_sync_wrote_and_nothing_else() {
    let world = world("");
    for id in ["2", "other"] {
        world.put("items", &json!({"id": {"S": id}, "n": {"N": "2"}}));
    }
    let report = follow(&world, "1.csv", rows(1..4)).await;
    assert_eq!(items(&report), "succeeded: 3 put, 0 deleted, 0 held", "nobody looked what was there");
    assert_eq!(report["capacity"]["read_units"], 0.0);
    let report = follow(&world, "2.csv", rows(3..4)).await;
    assert_eq!(items(&report), "succeeded: 0 put, 2 deleted, 0 held");
    assert_eq!(ids(&world), ["3", "other"]);
    let verified = verify(&world).await;
    assert_eq!(items(&verified), "succeeded: 0 put, 0 deleted, 0 held", "{verified:#}");
    assert_eq!(ids(&world), ["3", "other"]);
}

#[tokio::test]
async fn an_item_that_is_gone_already_is_deleted_without_harm() {
    let world = world("");
    follow(&world, "1.csv", rows(1..4)).await;
    remove(&world, "1");
    let report = follow(&world, "2.csv", rows(3..4)).await;
    assert_eq!((report["status"].as_str(), ids(&world)), (Some("succeeded"), numbers(3..4)), "{report:#}");
}

#[tokio::test]
async fn the_whole_table_is_scanned_once_and_becomes_the_extract() {
    let (world, faulty) = happening(WHOLE, |_, _, _| ());
    for (id, n) in [("1", "1.0"), ("2", "9"), ("x", "1"), ("y", "1")] {
        world.put("items", &json!({"id": {"S": id}, "n": {"N": n}}));
    }
    world.put("items", &json!({"id": {"S": "3"}, "n": {"N": "3"}, "more": {"S": "of the application"}}));
    let report = follow(&world, "1.csv", rows(1..5)).await;
    assert_eq!(items(&report), "succeeded: 3 put, 2 deleted, 0 held", "{report:#}");
    assert_eq!(report["rows"]["unchanged"], 1);
    assert_eq!(report["mirror"]["known_before"], 5);
    assert_eq!(world.lines("items"), ["id=\"1\" n=1", "id=\"2\" n=2", "id=\"3\" n=3", "id=\"4\" n=4"]);
    let scans = count(&faulty, "Scan");
    assert!(scans > 0 && report["capacity"]["read_units"].as_f64().unwrap() > 0.0);
    let report = follow(&world, "2.csv", rows(2..5)).await;
    assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held");
    assert_eq!(
        (count(&faulty, "Scan"), &report["capacity"]["read_units"]),
        (scans, &json!(0.0)),
        "the snapshot is enough"
    );
}

#[tokio::test]
async fn the_guard_of_a_first_scan_counts_what_the_table_held() {
    let world = world(WHOLE);
    for id in 0..30 {
        world.put("items", &json!({"id": {"S": format!("other-{id}")}}));
    }
    let report = follow(&world, "1.csv", rows(1..5)).await;
    assert_eq!(items(&report), "held: 4 put, 0 deleted, 30 held", "{report:#}");
    assert!(report["guards"][0]["message"].as_str().unwrap().starts_with("30 of 30 known items would be deleted"));
    let approved = again(&world, "approve", &report).await;
    assert_eq!(items(&approved), "succeeded: 0 put, 30 deleted, 0 held");
    assert_eq!(ids(&world), numbers(1..5));
}

#[tokio::test]
async fn what_was_changed_since_it_was_scanned_is_not_deleted_with_an_approval() {
    let world = world(WHOLE);
    for id in 0..30 {
        world.put("items", &json!({"id": {"S": format!("other-{id}")}}));
    }
    let held = follow(&world, "1.csv", rows(1..5)).await;
    world.put("items", &json!({"id": {"S": "other-7"}, "n": {"N": "7"}}));
    remove(&world, "other-8");
    let approved = again(&world, "approve", &held).await;
    assert_eq!(items(&approved), "succeeded: 0 put, 28 deleted, 0 held", "{approved:#}");
    assert_eq!(ids(&world), ["1", "2", "3", "4", "other-7"]);
    assert!(notices(&approved)[0].starts_with("1 of the items to delete had changed"), "{approved:#}");
}

#[tokio::test]
async fn a_mirror_that_gets_the_whole_table_later_scans_it_then() {
    let (world, faulty) = happening("", |_, _, _| ());
    follow(&world, "1.csv", rows(1..4)).await;
    world.put("items", &json!({"id": {"S": "other"}}));
    define(&world, WHOLE);
    let report = follow(&world, "2.csv", rows(1..4)).await;
    assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held", "{report:#}");
    assert_eq!(ids(&world), numbers(1..4));
    let scans = count(&faulty, "Scan");
    follow(&world, "3.csv", rows(1..3)).await;
    assert_eq!((count(&faulty, "Scan"), ids(&world)), (scans, numbers(1..3)));
    define(&world, "");
    world.put("items", &json!({"id": {"S": "other"}}));
    follow(&world, "4.csv", rows(1..2)).await;
    assert_eq!((count(&faulty, "Scan"), ids(&world)), (scans, vec!["1".to_owned(), "other".to_owned()]));
    define(&world, WHOLE);
    follow(&world, "5.csv", rows(1..2)).await;
    assert_eq!(ids(&world), numbers(1..2), "what came in between is found");
}

#[tokio::test]
async fn what_an_application_changes_between_scan_and_delete_stays() {
    // The application writes when the run looks again, and when it deletes.
    for moment in ["BatchGetItem", "DeleteItem"] {
        for images in ["deletes", "none"] {
            let mut done = false;
            let (world, _) = happening(
                &format!("mirror: {{ scope: table, before_images: {images} }}"),
                move |dynamodb, operation, body| {
                    if operation == moment && !done && !contains(body, "\"runs\"") {
                        done = true;
                        put(dynamodb, &json!({"id": {"S": "b"}, "n": {"N": "2"}}));
                        put(dynamodb, &json!({"id": {"S": "new"}}));
                    }
                },
            );
            for id in ["a", "b", "c"] {
                world.put("items", &json!({"id": {"S": id}, "n": {"N": "1"}}));
            }
            let report = follow(&world, "1.csv", rows(1..2)).await;
            assert_eq!(items(&report), "succeeded: 1 put, 2 deleted, 0 held", "{moment} {report:#}");
            assert_eq!(ids(&world), ["1", "b", "new"], "{moment}");
            assert_eq!(
                notices(&report),
                [
                    "1 of the items to delete had changed since they were read and were left alone; the next run proposes them again"
                ]
            );
            let report = follow(&world, "2.csv", rows(1..3)).await;
            assert_eq!(items(&report), "succeeded: 1 put, 2 deleted, 0 held", "{moment}: {report:#}");
            assert_eq!(ids(&world), ["1", "2"], "as long as something of others' stays, the table is scanned again");
            world.put("items", &json!({"id": {"S": "new"}}));
            follow(&world, "3.csv", rows(1..3)).await;
            assert_eq!(ids(&world), ["1", "2", "new"], "then what comes is nobody's until the table is verified");
            assert_eq!(items(&verify(&world).await), "succeeded: 0 put, 1 deleted, 0 held");
            assert_eq!(ids(&world), ["1", "2"]);
        }
    }
}

#[tokio::test]
async fn verify_tells_each_kind_of_drift_and_repairs_it() {
    for (more, extra) in [(WHOLE, 2), ("", 0), ("write: merge", 0)] {
        let (world, faulty) = happening(more, |_, _, _| ());
        follow(&world, "1.csv", rows(0..20)).await;
        world.put("items", &json!({"id": {"S": "3"}, "n": {"N": "33"}}));
        world.put("items", &json!({"id": {"S": "4"}, "n": {"S": "4"}}));
        world.put("items", &json!({"id": {"S": "5"}}));
        remove(&world, "6");
        remove(&world, "7");
        for id in ["x", "y"] {
            world.put("items", &json!({"id": {"S": id}}));
        }
        let report = verify(&world).await;
        assert_eq!(report["mirror"]["drift"], json!({"changed": 3, "missing": 2, "extra": extra}), "{more}");
        assert_eq!(items(&report), format!("succeeded: 5 put, {extra} deleted, 0 held"), "{more}");
        let mut expected = numbers(0..20);
        if extra == 0 {
            expected.extend(["x".to_owned(), "y".to_owned()]);
        }
        assert_eq!(ids(&world), expected, "{more}");
        let before = faulty.requests().iter().filter(|(operation, body)| is_write(operation, body)).count();
        let again = verify(&world).await;
        assert_eq!(again["mirror"]["drift"], json!({"changed": 0, "missing": 0, "extra": 0}), "{more}");
        assert_eq!(summary(&again), "succeeded: 20 read, 20 unchanged", "{more}");
        let after = faulty.requests().iter().filter(|(operation, body)| is_write(operation, body)).count();
        assert_eq!(after, before, "{more}");
        let next = follow(&world, "2.csv", rows(0..20)).await;
        assert_eq!(summary(&next), "succeeded: 20 read, 20 unchanged", "{more}");
    }
}

#[tokio::test]
async fn what_merge_does_not_map_is_no_drift() {
    let world = world("write: merge");
    follow(&world, "1.csv", rows(1..4)).await;
    world.put("items", &json!({"id": {"S": "2"}, "n": {"N": "2.0"}, "mark": {"S": "of the application"}}));
    let report = verify(&world).await;
    assert_eq!(report["mirror"]["drift"], json!({"changed": 0, "missing": 0, "extra": 0}));
    assert_eq!(summary(&report), "succeeded: 3 read, 3 unchanged");
}

#[tokio::test]
async fn verify_is_planned_by_a_dry_run() {
    let world = world(WHOLE);
    follow(&world, "1.csv", rows(1..4)).await;
    world.put("items", &json!({"id": {"S": "x"}}));
    let dry = ask(&world, json!({"sync": "s", "verify": true, "dry_run": true})).await;
    assert_eq!(items(&dry), "planned: 0 put, 1 deleted, 0 held", "{dry:#}");
    assert_eq!((&dry["mirror"]["drift"]["extra"], ids(&world).len()), (&json!(1), 4));
    let run = again(&world, "approve", &dry).await;
    assert_eq!(items(&run), "succeeded: 0 put, 1 deleted, 0 held", "{run:#}");
    assert_eq!(ids(&world), numbers(1..4));
}

#[tokio::test]
async fn verify_goes_by_the_extract_also_after_mended_rows() {
    let world = world("");
    follow(&world, "1.csv", "id,n\n1,1\n2,oops\n").await;
    follow(&world, "rejects.csv", "id,n\n2,2\n").await;
    world.put("items", &json!({"id": {"S": "1"}, "n": {"N": "9"}}));
    let report = verify(&world).await;
    assert_eq!(items(&report), "succeeded: 1 put, 0 deleted, 0 held", "{report:#}");
    assert_eq!(world.lines("items"), ["id=\"1\" n=1", "id=\"2\" n=2"], "the rejected row keeps its item");
    mirror(&world).await;
    assert_eq!(mirror(&world).await["status"], "skipped");
    assert_eq!(world.lines("items"), ["id=\"1\" n=1", "id=\"2\" n=2"]);
}

#[tokio::test]
async fn verify_deletes_no_item_of_mended_rows() {
    let world = world("");
    follow(&world, "1.csv", "id,n\n1,1\nx2,oops\n").await;
    follow(&world, "rejects.csv", "id,n\n2,2\n").await;
    let report = verify(&world).await;
    assert_eq!(items(&report), "held: 0 put, 0 deleted, 1 held", "{report:#}");
    assert_eq!(
        report["guards"],
        json!([{"guard": "rows_mended", "message": "mended rows were written after this extract: the items to delete may be theirs; the next extract settles them"}])
    );
    mirror(&world).await;
    assert_eq!(ids(&world), numbers(1..3));
    let next = follow(&world, "2.csv", rows(1..2)).await;
    assert_eq!(items(&next), "succeeded: 0 put, 1 deleted, 0 held");
}

#[tokio::test]
async fn another_table_begins_anew_and_nothing_is_deleted() {
    let world = world("");
    world.create_table("others", &[("id", "S", "HASH")], &json!({}));
    world.put("others", &json!({"id": {"S": "x"}}));
    follow(&world, "1.csv", rows(1..4)).await;
    world.define("s", &format!("behavior: mirror\ndestination: {{ table: others }}\n{FIELDS}\n"));
    let report = mirror(&world).await;
    assert_eq!(items(&report), "succeeded: 3 put, 0 deleted, 0 held", "the same extract is news to it: {report:#}");
    assert_eq!(
        notices(&report),
        [
            "table `others` is another one than this mirror last wrote to: nothing in it counts as written by this sync, and nothing in the other is deleted"
        ]
    );
    assert_eq!((world.items("others").len(), ids(&world)), (4, numbers(1..4)));
    let report = follow(&world, "2.csv", rows(1..3)).await;
    assert_eq!((items(&report).as_str(), notices(&report).len()), ("succeeded: 0 put, 1 deleted, 0 held", 0));
}

#[tokio::test]
async fn a_table_that_was_created_again_begins_anew() {
    let world = world("mirror: { before_images: all }");
    follow(&world, "1.csv", rows(1..4)).await;
    let overwrote = follow(&world, "2.csv", rows(2..4)).await;
    _ = world.ask("DeleteTable", &json!({"TableName": "items"}));
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    world.put("items", &json!({"id": {"S": "1"}}));
    let refused = fail_again(&world, "undo", &overwrote).await;
    assert!(
        refused.starts_with("request: ") && refused.contains("cannot be undone: table `items` is another one"),
        "{refused}"
    );
    world.pass(1);
    let report = follow(&world, "3.csv", rows(2..6)).await;
    assert_eq!(items(&report), "succeeded: 4 put, 0 deleted, 0 held", "{report:#}");
    assert_eq!(notices(&report).len(), 1);
    assert_eq!(ids(&world), numbers(1..6));
    // Nor does what was done to the old table go into the new one, once the mirror has gone over it.
    let refused = fail_again(&world, "undo", &overwrote).await;
    assert!(refused.ends_with("table `items` is another one than that run wrote to"), "{refused}");
    assert_eq!(ids(&world), numbers(1..6));
}

#[tokio::test]
async fn keys_of_another_type_fail_before_any_write() {
    let world = world("");
    follow(&world, "1.csv", rows(1..4)).await;
    _ = world.ask("DeleteTable", &json!({"TableName": "items"}));
    world.create_table("items", &[("id", "N", "HASH")], &json!({}));
    let failed = fail(&world, "2.csv", rows(1..4)).await;
    assert_eq!(
        failed,
        "table: the keys of table `items` are `id` of type N, and were `id` of type S when this mirror last ran: every item would be deleted and created again; if that is meant, remove `snapshots/s/current.json` and run again"
    );
    assert!(world.items("items").is_empty());
    world.bucket.remove("snapshots/s/current.json");
    let report = mirror(&world).await;
    assert_eq!(items(&report), "succeeded: 3 put, 0 deleted, 0 held", "{report:#}");
}

/// Defines a second mirror of the table, `t`, and drops an extract for it.
fn second(world: &World, scope: &str, extract: &str) {
    world.define(
        "t",
        &format!("behavior: mirror\ndestination: {{ table: items }}\n{FIELDS}\nmirror: {{ scope: {scope} }}\n"),
    );
    world.drop("extracts/t/1.csv", extract.to_owned());
}

#[tokio::test]
async fn mirrors_with_scope_synced_share_a_table() {
    let world = world("");
    second(&world, "synced", &rows(10..13));
    follow(&world, "1.csv", rows(1..4)).await;
    let report = ask(&world, json!({"sync": "t"})).await;
    assert_eq!(items(&report), "succeeded: 3 put, 0 deleted, 0 held");
    follow(&world, "2.csv", rows(1..2)).await;
    world.drop("extracts/t/2.csv", rows(11..13));
    ask(&world, json!({"sync": "t"})).await;
    assert_eq!(ids(&world), ["1", "11", "12"], "each deletes its own");
}

#[tokio::test]
async fn a_mirror_of_the_whole_table_shares_it_with_none() {
    let refused = |one: &str, two: &str| {
        format!(
            "mapping: {one} and {two} mirror the same table `items`; one would delete what the other writes: give both `mirror: {{ scope: synced }}`, or remove one"
        )
    };
    let whole = world(WHOLE);
    second(&whole, "synced", &rows(10..13));
    follow(&whole, "1.csv", rows(1..4)).await;
    let expected = refused("syncs `t` (`scope: synced`)", "`s` (`scope: table`)");
    assert_eq!(refuse(&whole, json!({"sync": "t"})).await, expected);
    let synced = world("");
    second(&synced, "table", &rows(10..13));
    follow(&synced, "1.csv", rows(1..4)).await;
    let expected = refused("syncs `t` (`scope: table`)", "`s` (`scope: synced`)");
    assert_eq!(refuse(&synced, json!({"sync": "t"})).await, expected);
    for world in [whole, synced] {
        assert_eq!(ids(&world), numbers(1..4));
        assert_eq!(follow(&world, "2.csv", rows(1..3)).await["status"], "succeeded", "who was first goes on");
    }
}

#[tokio::test]
async fn a_mirror_that_is_one_no_longer_stands_in_nobody_s_way() {
    let elsewhere = format!("behavior: mirror\ndestination: {{ table: others }}\n{FIELDS}\n");
    let loads = format!("destination: {{ table: items }}\n{FIELDS}\n");
    let synced = format!("behavior: mirror\ndestination: {{ table: items }}\n{FIELDS}\n");
    for now in [None, Some(elsewhere), Some(loads), Some(synced)] {
        let world = world(WHOLE);
        second(&world, "synced", &rows(10..13));
        follow(&world, "1.csv", rows(1..4)).await;
        match &now {
            Some(yaml) => world.define("s", yaml),
            None => world.bucket.remove("syncs/s.yaml"),
        }
        let report = ask(&world, json!({"sync": "t"})).await;
        assert_eq!(items(&report), "succeeded: 3 put, 0 deleted, 0 held", "{now:?}");
    }
}

#[tokio::test]
async fn a_definition_that_cannot_be_read_keeps_its_table() {
    let world = world(WHOLE);
    second(&world, "synced", &rows(10..13));
    follow(&world, "1.csv", rows(1..4)).await;
    world.define("s", "behavior: mirror\nfeilds: all\n");
    assert!(refuse(&world, json!({"sync": "t"})).await.starts_with("mapping: syncs `t`"));
}

#[tokio::test(start_paused = true)]
async fn of_two_runs_side_by_side_one_waits_for_the_other() {
    let world = world("");
    second(&world, "synced", &rows(10..13));
    world.drop("extracts/s/1.csv", rows(1..4));
    let run = |sync: &'static str| ask(&world, json!({"sync": sync}));
    let (one, two, same) = tokio::join!(run("s"), run("t"), run("s"));
    let mut ended: Vec<_> = [&one, &two, &same].map(|report| report["status"].as_str().unwrap().to_owned()).into();
    ended.sort();
    assert_eq!(ended, ["skipped", "succeeded", "succeeded"], "the second run of one extract finds it applied");
    assert_eq!(ids(&world), numbers((1..4).chain(10..13)));
}

#[tokio::test(start_paused = true)]
async fn who_waits_in_vain_is_skipped_and_says_whom_it_waited_for() {
    let world = world("");
    let ledger = &world.mirror.edges.ledger;
    let arn =
        world.ask("DescribeTable", &json!({"TableName": "items"}))["Table"]["TableArn"].as_str().unwrap().to_owned();
    let soon = || Deadline::after(Duration::from_mins(1));
    let held = ledger.hold(&arn, "t", rowferry::definition::Scope::Synced, &[], "r1", soon()).await.unwrap();
    let rowferry::ledger::Held::Mine(lease) = held else { panic!("{held:?}") };
    second(&world, "synced", "id,n\n");
    world.drop("extracts/s/1.csv", rows(1..4));
    let renewed = async {
        loop {
            tokio::time::sleep(rowferry::ledger::Ledger::renewal()).await;
            ledger.renew_lease(&lease, soon()).await.unwrap();
        }
    };
    let report = tokio::select! {
        report = mirror(&world) => report,
        () = renewed => unreachable!(),
    };
    assert_eq!(
        (&report["status"], &report["note"]),
        (&json!("skipped"), &json!("run `r1` of sync `t` holds table `items`"))
    );
    assert!(ids(&world).is_empty());
    ledger.let_go(&lease, soon()).await.unwrap();
    assert_eq!(mirror(&world).await["status"], "succeeded", "a run that was skipped did not apply the extract");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_died_holds_its_table_for_a_minute() {
    let slow = |_: &str, _: &bytes::Bytes| Fault::Slow(10);
    let dynamodb = Embedded::new();
    let world = furnished(World::with(dynamodb.clone(), Faulty::new(dynamodb, slow)), "");
    world.drop("extracts/s/1.csv", rows(1..4));
    let deadline = Deadline::after(Duration::from_mins(5));
    let crashed = fault::crash(world.mirror.handle(&json!({"sync": "s"}), deadline), 12).await;
    assert!(crashed.is_none());
    let begun = tokio::time::Instant::now();
    let report = world.mirror.handle(&json!({"sync": "s"}), Deadline::after(Duration::from_mins(5))).await.unwrap();
    assert_eq!(report["status"], "succeeded", "{report:#}");
    let waited = begun.elapsed().as_secs();
    assert!((55..65).contains(&waited), "{waited} s");
    assert_eq!(ids(&world), numbers(1..4));
}

/// Writes of the table are put on hold until the lease is another run's.
#[tokio::test(start_paused = true)]
async fn a_run_that_lost_its_table_writes_no_more_and_puts_nothing_in_force() {
    let seen = Arc::new(Mutex::new(0));
    let dynamodb = Embedded::new();
    let counted = Arc::clone(&seen);
    let faulty = Faulty::new(dynamodb.clone(), move |operation, body| {
        if is_write(operation, body) {
            *counted.lock().unwrap() += 1;
            return Fault::Slow(60_000);
        }
        Fault::None
    });
    let world = furnished(World::with(dynamodb, faulty), "");
    world.drop("extracts/s/1.csv", rows(1..400));
    let steal = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let pk = world
            .items("runs")
            .iter()
            .find_map(|item| item["pk"]["S"].as_str().filter(|pk| pk.starts_with("table#")).map(str::to_owned));
        _ = world.ask(
            "UpdateItem",
            &json!({"TableName": "runs", "Key": {"pk": {"S": pk}, "sk": {"S": "lease"}},
                "UpdateExpression": "SET #t = :t, run_id = :r",
                "ExpressionAttributeNames": {"#t": "token"},
                "ExpressionAttributeValues": {":t": {"N": "9"}, ":r": {"S": "thief"}}}),
        );
    };
    let payload = json!({"sync": "s"});
    let run = world.mirror.handle(&payload, Deadline::after(Duration::from_mins(10)));
    let (ended, ()) = tokio::join!(run, steal);
    let error = ended.unwrap_err();
    assert_eq!(error.kind().name(), "service");
    assert!(error.text().contains("lost table") && error.text().contains("to run `thief`"), "{}", error.text());
    assert!(world.items("items").is_empty(), "no write was done after that");
    let current = rowferry_tests::follow::current(&world);
    assert_eq!((&current["snapshot"], current["open"].as_array().unwrap().len()), (&Value::Null, 1));
}

#[tokio::test(start_paused = true)]
async fn a_delete_on_a_condition_whose_answer_is_lost_is_a_delete() {
    for images in ["deletes", "none"] {
        let (dynamodb, mut lost) = (Embedded::new(), 0);
        let faulty = Faulty::new(dynamodb.clone(), move |operation, _| {
            lost += u32::from(operation == "DeleteItem");
            if operation == "DeleteItem" && lost % 3 == 1 { Fault::LostAfter } else { Fault::None }
        });
        let world =
            furnished(World::with(dynamodb, faulty), &format!("mirror: {{ scope: table, before_images: {images} }}"));
        for id in ["a", "b", "c", "d", "e"] {
            world.put("items", &json!({"id": {"S": id}}));
        }
        let report = follow(&world, "1.csv", rows(1..3)).await;
        assert_eq!(
            (items(&report).as_str(), ids(&world)),
            ("succeeded: 2 put, 5 deleted, 0 held", numbers(1..3)),
            "{report:#}"
        );
        let report = follow(&world, "2.csv", rows(1..2)).await;
        assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mirror_that_is_too_slow_for_its_invocation_says_so_and_the_next_one_does_all_of_it() {
    let world = world("limits: { write_units_per_second: 10 }\nmirror: { max_deletes: { percent: 100, count: 0 } }");
    world.drop("extracts/s/1.csv", rows(0..1_000));
    let invoke = async |minutes: u64| {
        let payload = json!({"sync": "s"});
        let run = world.mirror.handle(&payload, Deadline::after(Duration::from_mins(minutes)));
        while_time_passes(run).await
    };
    let error = invoke(1).await.unwrap_err();
    assert_eq!(error.kind().name(), "service");
    assert!(error.text().starts_with("time ran out after "), "{}", error.text());
    assert!(error.text().ends_with("give the function more time, or the table more capacity"), "{}", error.text());
    let left = ids(&world).len();
    assert!((100..900).contains(&left), "{left}");
    world.drop("extracts/s/2.csv", rows(500..1_000));
    assert_eq!(invoke(14).await.unwrap()["status"], "succeeded");
    assert_eq!(ids(&world), numbers(500..1_000), "what was written before is not forgotten");
}
