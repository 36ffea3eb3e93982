//! Runs undone: what they overwrote or deleted is put back, where it is still as they left it.

use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty, is_write},
    follow::{
        again, ask, define_as, fail, fail_again, follow, furnished, ids, items, mirror, notices, numbers, refuse, rows,
        world,
    },
    world::World,
};
use serde_json::{Value, json};

const ALL: &str = "mirror: { before_images: all }";

/// The lines of the before-images of a run.
fn images(world: &World, report: &Value) -> Vec<Value> {
    let key = format!("runs/s/{}/before.ndjson.zst", report["run_id"].as_str().unwrap());
    let Some(bytes) = world.bucket.bytes(&key) else { return Vec::new() };
    let text = String::from_utf8(zstd::decode_all(bytes.as_ref()).unwrap()).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.sort_by_key(|line| line["key"].to_string());
    lines
}

/// A world in which a run has created `4`, changed `3` and deleted `1` and `2`; the items before, and its report.
async fn ran(more: &str) -> (World, Vec<String>, Value) {
    let world = world(more);
    follow(&world, "1.csv", rows(1..4)).await;
    let before = world.lines("items");
    let report = follow(&world, "2.csv", "id,n\n3,30\n4,4\n").await;
    assert_eq!(items(&report), "succeeded: 2 put, 2 deleted, 0 held");
    (world, before, report)
}

#[tokio::test]
async fn by_default_deletes_are_kept_and_put_back() {
    let (world, _, report) = ran("").await;
    let line = |id: &str| json!({"key": {"id": {"S": id}}, "before": {"id": {"S": id}, "n": {"N": id}}, "after": null});
    assert_eq!(images(&world, &report), [line("1"), line("2")]);
    let undone = again(&world, "undo", &report).await;
    assert_eq!(items(&undone), "succeeded: 2 put, 0 deleted, 0 held", "{undone:#}");
    assert_eq!(world.lines("items"), ["id=\"1\" n=1", "id=\"2\" n=2", "id=\"3\" n=30", "id=\"4\" n=4"]);
}

#[tokio::test]
async fn with_images_of_all_writes_everything_is_put_back() {
    let (world, before, report) = ran(ALL).await;
    let kept: Vec<String> = images(&world, &report)
        .iter()
        .map(|line| {
            let there = |name: &str| if line[name].is_null() { "nothing" } else { "an item" };
            format!("{}: {}, then {}", line["key"]["id"]["S"], there("before"), there("after"))
        })
        .collect();
    let (gone, changed, new) = ("an item, then nothing", "an item, then an item", "nothing, then an item");
    assert_eq!(
        kept,
        [format!("\"1\": {gone}"), format!("\"2\": {gone}"), format!("\"3\": {changed}"), format!("\"4\": {new}")]
    );
    let undone = again(&world, "undo", &report).await;
    assert_eq!(items(&undone), "succeeded: 3 put, 1 deleted, 0 held", "{undone:#}");
    assert_eq!(world.lines("items"), before);
    assert_eq!((&undone["behavior"], &undone["guards"]), (&json!("mirror"), &json!([])));
}

#[tokio::test]
async fn an_item_that_was_merged_is_put_back_whole() {
    let world = world("write: merge\nmirror: { before_images: all }");
    for id in ["1", "2"] {
        world.put("items", &json!({"id": {"S": id}, "n": {"N": "7"}, "of": {"S": "the application"}}));
    }
    let before = world.lines("items");
    let report = follow(&world, "1.csv", rows(1..3)).await;
    let undone = again(&world, "undo", &report).await;
    assert_eq!(items(&undone), "succeeded: 2 put, 0 deleted, 0 held");
    assert_eq!(world.lines("items"), before);
}

#[tokio::test]
async fn without_images_nothing_is_kept_and_deletes_go_in_batches() {
    for (images, operation) in [("none", "BatchWriteItem"), ("deletes", "DeleteItem")] {
        let dynamodb = Embedded::new();
        let watched = Faulty::new(dynamodb.clone(), |_, _| Fault::None);
        let world =
            furnished(World::with(dynamodb, watched.clone()), &format!("mirror: {{ before_images: {images} }}"));
        follow(&world, "1.csv", rows(1..6)).await;
        let before = watched.requests().len();
        let report = follow(&world, "2.csv", rows(5..6)).await;
        let requests = watched.requests();
        let writes: Vec<_> = requests[before..]
            .iter()
            .filter(|(operation, body)| is_write(operation, body))
            .map(|(operation, _)| operation.as_str())
            .collect();
        assert_eq!(writes, vec![operation; if images == "none" { 1 } else { 4 }]);
        assert_eq!(report["capacity"]["write_units"], 4.0, "each delete is charged alike");
        let file = format!("runs/s/{}/before.ndjson.zst", report["run_id"].as_str().unwrap());
        assert_eq!(world.bucket.bytes(&file).is_some(), images == "deletes");
        if images == "none" {
            let id = report["run_id"].as_str().unwrap();
            let expected = format!(
                "request: run `{id}` of sync `s` left no before-images: there is no such run, it deleted nothing, it broke off, or `mirror.before_images` did not ask for them"
            );
            assert_eq!(fail_again(&world, "undo", &report).await, expected);
            assert_eq!(ids(&world), numbers(5..6));
        }
    }
}

#[tokio::test]
async fn what_was_changed_since_is_left_alone() {
    let (world, _, report) = ran(ALL).await;
    world.put("items", &json!({"id": {"S": "1"}, "n": {"N": "1"}, "of": {"S": "the application"}}));
    world.put("items", &json!({"id": {"S": "3"}, "n": {"N": "31"}}));
    world.put("items", &json!({"id": {"S": "4"}, "n": {"N": "4.0"}}));
    let undone = again(&world, "undo", &report).await;
    assert_eq!(items(&undone), "succeeded: 1 put, 1 deleted, 0 held", "{undone:#}");
    assert_eq!(notices(&undone), ["items left alone, as they were changed since: 2"]);
    assert_eq!(world.lines("items"), ["id=\"1\" n=1 of=\"the application\"", "id=\"2\" n=2", "id=\"3\" n=31"]);
}

#[tokio::test]
async fn undone_twice_is_undone_once() {
    let (world, before, report) = ran(ALL).await;
    again(&world, "undo", &report).await;
    let undone = again(&world, "undo", &report).await;
    assert_eq!(items(&undone), "succeeded: 0 put, 0 deleted, 0 held");
    assert_eq!(notices(&undone), ["items that were as before already: 4"]);
    assert_eq!(world.lines("items"), before);
    assert_eq!(undone["capacity"]["write_units"], 0.0);
}

#[tokio::test]
async fn the_extract_after_an_undo_makes_the_table_its_own_again() {
    let (world, before, report) = ran(ALL).await;
    let after = world.lines("items");
    again(&world, "undo", &report).await;
    assert_eq!(mirror(&world).await["status"], "skipped", "what was undone stays so until there is news");
    assert_eq!(world.lines("items"), before);
    let next = follow(&world, "3.csv", "id,n\n3,30\n4,4\n").await;
    assert_eq!(items(&next), "succeeded: 2 put, 2 deleted, 0 held", "{next:#}");
    assert_eq!(world.lines("items"), after);
    let next = follow(&world, "4.csv", "id,n\n3,30\n4,4\n").await;
    assert_eq!(next["rows"]["unchanged"], 2);
}

#[tokio::test]
async fn what_an_undo_put_back_stays_known() {
    let (world, _, report) = ran(ALL).await;
    again(&world, "undo", &report).await;
    let next = follow(&world, "3.csv", rows(1..5)).await;
    assert_eq!(items(&next), "succeeded: 4 put, 0 deleted, 0 held", "all of them are in doubt: {next:#}");
    let next = follow(&world, "4.csv", rows(2..5)).await;
    assert_eq!((items(&next).as_str(), ids(&world)), ("succeeded: 0 put, 1 deleted, 0 held", numbers(2..5)));
}

#[tokio::test]
async fn only_a_run_that_changed_something_is_undone() {
    let (world, _, report) = ran(ALL).await;
    let none = |run: &str| {
        format!(
            "request: run `{run}` of sync `s` left no before-images: there is no such run, it deleted nothing, it broke off, or `mirror.before_images` did not ask for them"
        )
    };
    let unknown = refuse(&world, json!({"sync": "s", "undo": "20260528T202640123Z-7c0f3a91"})).await;
    assert_eq!(unknown, none("20260528T202640123Z-7c0f3a91"));
    let undone = again(&world, "undo", &report).await;
    let id = undone["run_id"].as_str().unwrap();
    assert_eq!(fail_again(&world, "undo", &undone).await, none(id), "an undo is not undone");
    world.drop("extracts/s/3.csv", rows(1..3));
    let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
    assert_eq!(
        fail_again(&world, "undo", &dry).await,
        none(dry["run_id"].as_str().unwrap()),
        "a dry run changed nothing"
    );
}

#[tokio::test]
async fn an_approval_is_undone_as_any_other_run() {
    let world = world("");
    follow(&world, "1.csv", rows(0..100)).await;
    let before = world.lines("items");
    let held = follow(&world, "2.csv", "id,n\n").await;
    let approved = again(&world, "approve", &held).await;
    assert!(ids(&world).is_empty());
    let undone = again(&world, "undo", &approved).await;
    assert_eq!(items(&undone), "succeeded: 100 put, 0 deleted, 0 held");
    assert_eq!(world.lines("items"), before);
}

#[tokio::test]
async fn what_a_failed_run_did_can_be_undone() {
    let (dynamodb, mut deletes) = (Embedded::new(), 0);
    let faulty = Faulty::new(dynamodb.clone(), move |operation, _| {
        deletes += u32::from(operation == "DeleteItem");
        if operation == "DeleteItem" && deletes == 8 { Fault::Denied } else { Fault::None }
    });
    let world = furnished(World::with(dynamodb, faulty), "");
    follow(&world, "1.csv", rows(0..10)).await;
    let before = world.lines("items");
    let failed = fail(&world, "2.csv", "id,n\n0,0\n").await;
    assert!(failed.starts_with("table: "), "{failed}");
    let report = world.reports().into_iter().find(|report| report["status"] == "failed").unwrap();
    let gone = before.len() - ids(&world).len();
    assert!(gone > 0 && gone < 9, "{gone}");
    let undone = again(&world, "undo", &report).await;
    assert_eq!(undone["items"]["put"], gone, "{undone:#}");
    assert_eq!(world.lines("items"), before);
    let next = mirror(&world).await;
    assert_eq!(
        (items(&next).as_str(), ids(&world)),
        ("succeeded: 0 put, 9 deleted, 0 held", numbers(0..1)),
        "{next:#}"
    );
}

#[tokio::test]
async fn values_of_every_type_come_back_as_they_were() {
    let world = world("");
    define_as(
        &world,
        "fields: [{ attribute: id, column: id }, { attribute: m, column: m, type: M }, { attribute: s, column: s, type: NS, split: '|' }, { attribute: b, column: b, type: B }]",
    );
    follow(&world, "1.csv", "id,m,s,b\n1,\"{\"\"a\"\":[1.50,null,true,{}]}\",1|2.5,AQI=\n2,,,\n").await;
    world.put("items", &json!({"id": {"S": "2"}, "x": {"BS": ["AQ=="]}, "y": {"L": [{"M": {"é \"q\"": {"NULL": true}}}]}, "n": {"N": "1.2300"}}));
    let before = world.items("items");
    let report = follow(&world, "2.csv", "id,m,s,b\n").await;
    let approved = again(&world, "approve", &report).await;
    assert!(ids(&world).is_empty());
    again(&world, "undo", &approved).await;
    assert_eq!(world.items("items"), before);
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_lost_has_no_image_and_the_report_says_so() {
    let (dynamodb, mut writes) = (Embedded::new(), 0);
    let faulty = Faulty::new(dynamodb.clone(), move |operation, body| {
        let is_item = is_write(operation, body);
        writes += u32::from(is_item);
        if is_item && writes == 4 { Fault::LostAfter } else { Fault::None }
    });
    let world = furnished(World::with(dynamodb, faulty), ALL);
    follow(&world, "1.csv", rows(1..4)).await;
    let report = follow(&world, "2.csv", "id,n\n1,10\n2,20\n3,30\n").await;
    assert_eq!(items(&report), "succeeded: 3 put, 0 deleted, 0 held");
    assert_eq!(
        notices(&report),
        ["writes whose answers were lost: 1; there are no before-images of them, and undo will not put them back"]
    );
    let undone = again(&world, "undo", &report).await;
    assert_eq!(items(&undone), "succeeded: 2 put, 0 deleted, 0 held");
    let next = follow(&world, "3.csv", rows(1..4)).await;
    assert_eq!(next["status"], "succeeded");
    assert_eq!(world.lines("items"), ["id=\"1\" n=1", "id=\"2\" n=2", "id=\"3\" n=3"]);
}
