//! Rules of docs/SEMANTICS.md that only the whole job can prove.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests end where something is amiss")]

use std::time::Duration;

use rowferry::{error::Error, job::Job, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty},
    world::World,
};
use serde_json::{Value, json};

/// The table `items`, whose only key is the text `id`, and the sync `s`.
fn world(definition: &str) -> World {
    set_up(World::new(), definition)
}

fn set_up(world: World, definition: &str) -> World {
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    world.define("s", &format!("destination: {{ table: items }}\n{definition}"));
    world
}

/// Fields `id` and `n`, a number.
const NUMBERS: &str = "fields: [{ attribute: id, column: id }, { attribute: n, column: n, type: N }]\n";

async fn load(world: &World, csv: &str) -> Value {
    world.load("extracts/s/a.csv", csv.to_owned()).await
}

/// What a run that fails leaves: its report, which is the newest.
async fn fail(world: &World, csv: &str) -> (Error, Value) {
    let event = world.drop("extracts/s/a.csv", csv.to_owned());
    let error = world.invoke(&event).await.unwrap_err();
    let report = world.reports().pop().unwrap();
    assert_eq!(report["status"], "failed");
    assert_eq!(report["error"], json!({"kind": error.kind().name(), "message": error.text()}));
    (error, report)
}

fn put(world: &World, item: &Value) {
    let _ = world.ask("PutItem", &json!({"TableName": "items", "Item": item}));
}

/// The item of a key, without its key.
fn item(world: &World, id: &str) -> Option<Value> {
    let key = json!({"TableName": "items", "Key": {"id": {"S": id}}});
    let mut item = world.ask("GetItem", &key).get("Item").cloned()?;
    item.as_object_mut().unwrap().remove("id");
    Some(item)
}

fn rows(read: u64, written: u64, unchanged: u64, superseded: u64, rejected: u64) -> Value {
    json!({"read": read, "written": written, "unchanged": unchanged, "superseded": superseded, "rejected": rejected})
}

/// The rejects of a report: row and reason.
fn rejects(world: &World, report: &Value) -> Vec<(String, String)> {
    let Some(key) = report["rejects"]["key"].as_str() else { return Vec::new() };
    let text = world.text(key);
    let record = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        let at = |name: &str| cells[header.iter().position(|column| *column == name).unwrap()].to_owned();
        (at("reject_row"), at("reject_reason"))
    };
    text.lines().skip(1).map(record).collect()
}

fn rejected(row: u64, reason: &str) -> (String, String) {
    (row.to_string(), reason.to_owned())
}

#[tokio::test]
async fn of_rows_with_one_key_the_last_stays() {
    let world = world(NUMBERS);
    let report = load(&world, "id,n\na,1\nb,1\na,2\na,3\n").await;
    assert_eq!(report["rows"], rows(4, 2, 0, 2, 0));
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "3"}})));
}

#[tokio::test]
async fn of_rows_with_one_key_the_first_stays_where_the_definition_says_so() {
    let world = world(&format!("{NUMBERS}duplicates: first"));
    let report = load(&world, "id,n\na,1\nb,1\na,2\n").await;
    assert_eq!(report["rows"], rows(3, 2, 0, 1, 0));
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "1"}})));
}

#[tokio::test]
async fn rows_after_the_first_of_a_key_are_rejected_where_the_definition_says_so() {
    let world = world(&format!("{NUMBERS}duplicates: reject"));
    let report = load(&world, "id,n\na,1\nb,1\na,2\n").await;
    assert_eq!(report["rows"], rows(3, 2, 0, 0, 1));
    assert_eq!(rejects(&world, &report), [rejected(3, "key_duplicate")]);
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "1"}})));
}

#[tokio::test]
async fn a_rejected_row_supersedes_nothing() {
    for (duplicates, csv) in [("last", "id,n\na,5\na,oops\n"), ("first", "id,n\na,oops\na,5\n")] {
        let world = world(&format!("{NUMBERS}duplicates: {duplicates}"));
        let report = load(&world, csv).await;
        assert_eq!(report["rows"], rows(2, 1, 0, 0, 1), "{duplicates}");
        assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "5"}})), "{duplicates}");
    }
}

#[tokio::test]
async fn a_sync_key_is_present_and_belongs_to_one_key() {
    let world = world(&format!("{NUMBERS}sync_key: k"));
    let report = load(&world, "id,n,k\na,1,x\nb,1,x\nc,1,\na,2,x\n").await;
    assert_eq!(report["rows"], rows(4, 1, 0, 1, 2));
    assert_eq!(rejects(&world, &report), [rejected(2, "key_duplicate"), rejected(3, "key_missing")]);
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "2"}})));
}

#[tokio::test]
async fn keys_are_checked_by_their_bytes_before_they_are_sent() {
    let world = World::new();
    world.create_table("items", &[("id", "S", "HASH"), ("at", "N", "RANGE")], &json!({}));
    world.define("s", "destination: { table: items }\nfields: all\n");
    let (longest, longer) = ("🙂".repeat(512), format!("{}a", "🙂".repeat(512)));
    let csv = format!("id,at\n{longest},1\n{longer},1\n,1\n\"\",1\na,\na,noon\na,1\n");
    let report = load(&world, &csv).await;
    assert_eq!(report["rows"], rows(7, 2, 0, 0, 5));
    let reasons = [(2, "key_too_long"), (3, "key_missing"), (4, "key_empty"), (5, "key_missing"), (6, "key_missing")];
    assert_eq!(rejects(&world, &report), reasons.map(|(row, reason)| rejected(row, reason)));
}

#[tokio::test]
async fn a_sort_key_has_1024_bytes_at_most() {
    let world = World::new();
    world.create_table("items", &[("id", "S", "HASH"), ("sk", "S", "RANGE")], &json!({}));
    world.define("s", "destination: { table: items }\nfields: all\n");
    let csv = format!("id,sk\na,{}\na,{}\n", "x".repeat(1024), "x".repeat(1025));
    let report = load(&world, &csv).await;
    assert_eq!(rejects(&world, &report), [rejected(2, "key_too_long")]);
}

#[tokio::test]
async fn a_key_takes_the_type_of_the_table() {
    let world = World::new();
    world.create_table("items", &[("id", "N", "HASH")], &json!({}));
    world.define("s", "destination: { table: items }\nfields: [{ attribute: id, column: id }]\n");
    load(&world, "id\n007\n").await;
    assert_eq!(world.items("items"), [json!({"id": {"N": "7"}})]);
}

#[tokio::test]
async fn numbers_that_are_equal_are_one_key() {
    let world = World::new();
    world.create_table("items", &[("id", "N", "HASH")], &json!({}));
    world.define("s", "destination: { table: items }\nfields: all\nwrite: replace\n");
    let report = load(&world, "id,v\n1,a\n1.0,b\n1e0,c\n").await;
    assert_eq!(report["rows"], rows(3, 1, 0, 2, 0));
    assert_eq!(world.items("items"), [json!({"id": {"N": "1"}, "v": {"S": "c"}})]);
}

#[tokio::test]
async fn an_index_key_may_be_absent_but_not_empty() {
    let world = World::new();
    let index = json!({
        "AttributeDefinitions": [{"AttributeName": "mail", "AttributeType": "S"}],
        "GlobalSecondaryIndexes": [{"IndexName": "by_mail", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "mail", "KeyType": "HASH"}]}],
    });
    world.create_table("items", &[("id", "S", "HASH")], &index);
    world.define("s", "destination: { table: items }\nfields: all\n");
    let report = load(&world, "id,mail\na,\nb,\"\"\nc,c@example.com\n").await;
    assert_eq!(report["rows"], rows(3, 2, 0, 0, 1));
    assert_eq!(rejects(&world, &report), [rejected(2, "key_empty")]);
    assert_eq!(item(&world, "a"), Some(json!({})));
}

#[tokio::test]
async fn on_null_decides_what_a_null_becomes() {
    let world = world(
        "fields:\n  - { attribute: id, column: id }\n  - { attribute: removed, column: c }\n  \
         - { attribute: kept, column: c, on_null: keep }\n  - { attribute: none, column: c, on_null: null }\n",
    );
    put(&world, &json!({"id": {"S": "a"}, "removed": {"S": "old"}, "kept": {"S": "old"}, "none": {"S": "old"}}));
    load(&world, "id,c\na,\n").await;
    assert_eq!(item(&world, "a"), Some(json!({"kept": {"S": "old"}, "none": {"NULL": true}})));
}

#[tokio::test]
async fn on_null_may_reject_the_row() {
    let world = world("fields: [{ attribute: id, column: id }, { attribute: c, column: c, on_null: reject }]\n");
    let report = load(&world, "id,c\na,\nb,1\n").await;
    assert_eq!(rejects(&world, &report), [rejected(1, "null_not_allowed")]);
}

#[tokio::test]
async fn a_template_with_a_null_column_is_null() {
    let world = world("fields: [{ attribute: id, column: id }, { attribute: t, template: \"{a}-{b}\" }]\n");
    load(&world, "id,a,b\nx,1,\ny,1,2\n").await;
    assert_eq!(item(&world, "x"), Some(json!({})));
    assert_eq!(item(&world, "y"), Some(json!({"t": {"S": "1-2"}})));
}

#[tokio::test]
async fn all_maps_every_column_to_the_attribute_of_its_name() {
    let world = world("fields: all\n");
    load(&world, "id,a b,zip\nx,1,02139\n").await;
    assert_eq!(item(&world, "x"), Some(json!({"a b": {"S": "1"}, "zip": {"S": "02139"}})));
}

#[tokio::test]
async fn merge_leaves_other_attributes_alone() {
    let world = world(NUMBERS);
    put(&world, &json!({"id": {"S": "a"}, "n": {"N": "1"}, "other": {"S": "stays"}}));
    load(&world, "id,n\na,2\n").await;
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "2"}, "other": {"S": "stays"}})));
}

#[tokio::test]
async fn merge_takes_any_number_of_fields_and_any_name() {
    let world = world("fields: all\n");
    let names: Vec<String> = (0..400).map(|number| format!("size.of#{number}")).collect();
    let csv = format!("id,{}\na,{}\n", names.join(","), vec!["1"; 400].join(","));
    put(&world, &json!({"id": {"S": "a"}, "other": {"S": "stays"}}));
    load(&world, &csv).await;
    let item = item(&world, "a").unwrap();
    assert_eq!((item.as_object().unwrap().len(), &item["size.of#399"]), (401, &json!({"S": "1"})));
}

#[tokio::test]
async fn replace_leaves_the_mapped_attributes_only() {
    let world = world(&format!("{NUMBERS}write: replace"));
    put(&world, &json!({"id": {"S": "a"}, "other": {"S": "goes"}}));
    load(&world, "id,n\na,2\n").await;
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "2"}})));
}

#[tokio::test]
async fn create_only_never_touches_an_item_that_exists() {
    let world = world(&format!("{NUMBERS}write: create_only"));
    put(&world, &json!({"id": {"S": "a"}, "n": {"N": "1"}}));
    let report = load(&world, "id,n\na,2\nb,2\n").await;
    assert_eq!(report["rows"], rows(2, 1, 1, 0, 0));
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "1"}})));
}

#[tokio::test]
async fn a_row_is_written_only_where_the_stored_version_is_lower() {
    for write in ["merge", "replace"] {
        let world = world(&format!("{NUMBERS}write: {write}\nversion: n"));
        for (id, stored) in
            [("lower", json!({"N": "9"})), ("equal", json!({"N": "10.0"})), ("higher", json!({"N": "11"}))]
        {
            put(&world, &json!({"id": {"S": id}, "n": stored, "old": {"S": "x"}}));
        }
        put(&world, &json!({"id": {"S": "text"}, "n": {"S": "1"}}));
        put(&world, &json!({"id": {"S": "absent"}}));
        let report = load(&world, "id,n\nlower,10\nequal,10\nhigher,10\ntext,10\nabsent,10\nnew,10\nempty,\n").await;
        assert_eq!(report["rows"], rows(7, 3, 3, 0, 1), "{write}");
        assert_eq!(rejects(&world, &report), [rejected(7, "null_not_allowed")]);
        assert_eq!(item(&world, "lower").unwrap()["n"], json!({"N": "10"}));
        assert_eq!(item(&world, "higher").unwrap()["n"], json!({"N": "11"}));
        assert_eq!(item(&world, "text").unwrap()["n"], json!({"S": "1"}));
    }
}

#[tokio::test]
async fn the_same_event_again_writes_nothing() {
    let world = world(NUMBERS);
    let event = world.drop("extracts/s/a.csv", "id,n\na,1\n");
    assert_eq!(world.invoke(&event).await.unwrap()["runs"][0]["status"], "succeeded");
    put(&world, &json!({"id": {"S": "a"}, "n": {"N": "7"}}));
    assert_eq!(world.invoke(&event).await.unwrap()["runs"][0]["status"], "skipped");
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "7"}})));
}

#[tokio::test]
async fn an_event_older_than_what_was_applied_writes_nothing() {
    let world = world(NUMBERS);
    let early = world.drop("extracts/s/a.csv", "id,n\na,1\n");
    let late = world.drop("extracts/s/a.csv", "id,n\na,2\n");
    assert_eq!(world.invoke(&late).await.unwrap()["runs"][0]["status"], "succeeded");
    assert_eq!(world.invoke(&early).await.unwrap()["runs"][0]["status"], "skipped");
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "2"}})));
}

#[tokio::test]
async fn the_same_bytes_dropped_again_are_applied_again() {
    let world = world(NUMBERS);
    load(&world, "id,n\na,1\n").await;
    put(&world, &json!({"id": {"S": "a"}, "n": {"N": "7"}}));
    assert_eq!(load(&world, "id,n\na,1\n").await["status"], "succeeded");
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "1"}})));
}

#[tokio::test]
async fn a_direct_invoke_runs_also_where_the_extract_was_applied() {
    let world = world(NUMBERS);
    load(&world, "id,n\na,1\n").await;
    put(&world, &json!({"id": {"S": "a"}, "n": {"N": "7"}}));
    let report = world.invoke(&json!({"sync": "s", "object": "extracts/s/a.csv"})).await.unwrap();
    assert_eq!(report["status"], "succeeded");
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "1"}})));
}

#[tokio::test]
async fn a_failed_run_does_not_count_as_applied() {
    let world = world(NUMBERS);
    world.define("s", "fields: nothing");
    let event = world.drop("extracts/s/a.csv", "id,n\na,1\n");
    assert_eq!(world.invoke(&event).await.unwrap_err().kind().name(), "mapping");
    world.define("s", &format!("destination: {{ table: items }}\n{NUMBERS}"));
    assert_eq!(world.invoke(&event).await.unwrap()["runs"][0]["status"], "succeeded");
}

#[tokio::test]
async fn an_object_that_no_sync_claims_is_left_alone() {
    let world = world(NUMBERS);
    let event = world.drop("extracts/other/a.csv", "id,n\na,1\n");
    assert_eq!(world.invoke(&event).await.unwrap(), json!({"runs": []}));
    assert_eq!(world.reports(), Vec::<Value>::new());
}

#[tokio::test]
async fn the_extracts_of_a_mirror_are_left_alone() {
    let world = world(&format!("{NUMBERS}behavior: mirror"));
    let report = load(&world, "id,n\na,1\n").await;
    assert_eq!((&report["status"], &report["behavior"]), (&json!("skipped"), &json!("mirror")));
    assert_eq!(item(&world, "a"), None);
}

#[tokio::test]
async fn a_folder_is_loaded_when_its_marker_comes() {
    let world = world(&format!("{NUMBERS}source: {{ parts: marker }}"));
    for (name, csv) in [("part-1.csv", "n,id\n2,b\n3,a\n"), ("part-0.csv", "id,n\na,1\n"), ("_temporary/x.csv", "junk")]
    {
        let report = world.load(&format!("extracts/s/day=1/{name}"), csv).await;
        assert_eq!(report["status"], "skipped", "{name}");
    }
    let report = world.load("extracts/s/day=1/_SUCCESS", "").await;
    assert_eq!(report["rows"], rows(3, 2, 0, 1, 0));
    assert_eq!(report["extract"]["objects"].as_array().map(Vec::len), Some(2));
    assert_eq!(item(&world, "a"), Some(json!({"n": {"N": "3"}})));
}

#[tokio::test]
async fn a_missing_mandatory_part_fails_the_run_before_any_write() {
    let world = world(&format!("{NUMBERS}source: {{ parts: manifest }}"));
    world.bucket.insert("extracts/s/0000_part_00", "id,n\na,1\n");
    let entries =
        [0, 1].map(|part| json!({"url": format!("s3://data/extracts/s/000{part}_part_00"), "mandatory": true}));
    let event = world.drop("extracts/s/manifest", json!({"entries": entries}).to_string());
    assert_eq!(world.invoke(&event).await.unwrap_err().kind().name(), "extract");
    assert_eq!(item(&world, "a"), None);
    world.bucket.insert("extracts/s/0001_part_00", "id,n\nb,1\n");
    let event = world.drop("extracts/s/manifest", json!({"entries": entries}).to_string());
    assert_eq!(world.invoke(&event).await.unwrap()["runs"][0]["rows"], rows(2, 2, 0, 0, 0));
}

#[tokio::test]
async fn a_definition_that_does_not_fit_the_table_writes_nothing() {
    let world = World::new();
    world.create_table("items", &[("id", "S", "HASH"), ("sk", "N", "RANGE")], &json!({}));
    world.define(
        "s",
        "destination: { table: items }\nfields:\n  - { attribute: sk, column: n, type: S, on_null: keep }\n",
    );
    let (error, _) = fail(&world, "id,n\na,1\n").await;
    assert_eq!(error.kind().name(), "mapping");
    let text = error.text();
    for problem in ["has 3 problems", "key attribute `id`", "is mapped as S", "`on_null` on `sk`"] {
        assert!(text.contains(problem), "{problem}: {text}");
    }
    assert_eq!(world.items("items"), Vec::<Value>::new());
}

#[tokio::test]
async fn a_mapped_column_that_the_extract_lacks_fails_the_run_before_any_write() {
    let world = world(NUMBERS);
    let (error, _) = fail(&world, "id,N\na,1\n").await;
    assert_eq!(error.kind().name(), "extract");
    assert!(error.text().contains("did you mean `N`"), "{}", error.text());
    assert_eq!(item(&world, "a"), None);
}

#[tokio::test]
async fn a_table_that_does_not_exist_is_its_owner_s_to_make() {
    let world = World::new();
    world.define("s", &format!("destination: {{ table: nowhere }}\n{NUMBERS}"));
    let (error, _) = fail(&world, "id,n\na,1\n").await;
    assert_eq!(error.kind().name(), "table");
}

#[tokio::test]
async fn too_many_rejects_end_the_run() {
    let csv = "id,n\na,1\nb,oops\nc,oops\n";
    for (limit, fails) in [("1", true), ("2", false), ("\"50%\"", true), ("\"70%\"", false)] {
        let world = world(&format!("{NUMBERS}limits: {{ max_rejects: {limit} }}"));
        let event = world.drop("extracts/s/a.csv", csv);
        match world.invoke(&event).await {
            Ok(answer) => assert!(!fails && answer["runs"][0]["rows"] == rows(3, 1, 0, 0, 2), "{limit}: {answer}"),
            Err(error) => assert!(fails && error.kind().name() == "extract", "{limit}: {}", error.text()),
        }
    }
}

#[tokio::test]
async fn a_dry_run_counts_exactly_what_the_run_then_does() {
    let definition = format!("{NUMBERS}write: replace\nversion: n");
    let world = world(&definition);
    put(&world, &json!({"id": {"S": "a"}, "n": {"N": "5"}}));
    let csv = "id,n\na,4\nb,1\nb,2\nc,oops\nd,1\n";
    world.bucket.insert("extracts/s/a.csv", csv);
    let mut payload = json!({"sync": "s", "object": "extracts/s/a.csv", "dry_run": true});
    let planned = world.invoke(&payload).await.unwrap();
    assert_eq!((&planned["status"], item(&world, "b")), (&json!("planned"), None));
    payload["dry_run"] = false.into();
    let done = world.invoke(&payload).await.unwrap();
    assert_eq!(planned["rows"], done["rows"]);
    assert_eq!(planned["rows"], rows(5, 2, 1, 1, 1));
    assert_eq!(planned["samples"].as_array().map(Vec::len), Some(3));
    assert_eq!(planned["rejects"]["by_reason"], done["rejects"]["by_reason"]);
}

#[tokio::test]
async fn an_item_that_grows_too_large_in_the_table_is_refused_by_it() {
    let world = world("fields: [{ attribute: id, column: id }, { attribute: b, column: b }]\n");
    put(&world, &json!({"id": {"S": "a"}, "a": {"S": "x".repeat(300_000)}}));
    let report = load(&world, &format!("id,b\na,{}\nb,1\n", "y".repeat(200_000))).await;
    assert_eq!(report["rejects"]["by_reason"], json!({"refused_by_table": 1}));
    assert_eq!(report["rows"], rows(2, 1, 0, 0, 1));
}

#[tokio::test]
async fn an_item_too_large_by_itself_is_never_sent() {
    let world = world("fields: all\nwrite: replace\n");
    let (most, more) = ("x".repeat(400 * 1024 - 4), "x".repeat(400 * 1024 - 3));
    let report = load(&world, &format!("id,b\na,{most}\nb,{more}\n")).await;
    assert_eq!(rejects(&world, &report), [rejected(2, "item_too_large")]);
}

#[tokio::test]
async fn what_goes_wrong_once_is_tried_again_and_counted() {
    let (dynamodb, faults) = (
        Embedded::new(),
        [
            Fault::Throttled("TableWriteKeyRangeThroughputExceeded"),
            Fault::Unprocessed(2),
            Fault::ServerErrorAfter,
            Fault::LostAfter,
            Fault::LostBefore,
            Fault::Expired,
        ],
    );
    let world = World::with(dynamodb.clone(), Faulty::writes(dynamodb, faults));
    let world = set_up(world, &format!("{NUMBERS}write: replace"));
    let records: Vec<String> = (0..200).map(|row| format!("r{row},{row}\n")).collect();
    let report = load(&world, &format!("id,n\n{}", records.concat())).await;
    assert_eq!(report["rows"], rows(200, 200, 0, 0, 0));
    assert_eq!(world.items("items").len(), 200);
    assert_eq!(report["capacity"]["throttled_by"], json!({"hot_key": 1, "unprocessed": 1}));
}

#[tokio::test(start_paused = true)]
async fn every_wait_ends_before_the_invocation_does() {
    let dynamodb = Embedded::new();
    let always = Faulty::new(dynamodb.clone(), |operation, _| match operation {
        "BatchWriteItem" => Fault::Throttled("TableWriteProvisionedThroughputExceeded"),
        _ => Fault::None,
    });
    let world = set_up(World::with(dynamodb, always), &format!("{NUMBERS}write: replace"));
    let event = world.drop("extracts/s/a.csv", "id,n\na,1\n");
    let deadline = Deadline::after(Duration::from_secs(30));
    let error = world.load.handle(&event, deadline).await.unwrap_err();
    assert_eq!(error.kind().name(), "service");
    assert!(!deadline.passed());
    assert_eq!(world.reports()[0]["capacity"]["throttled_by"]["table"].as_u64().map(|count| count > 3), Some(true));
}

#[tokio::test]
async fn mended_rejects_of_parquet_are_text_where_no_type_is_given() {
    let world =
        world("source: { format: parquet }\nfields: [{ attribute: id, column: id }, { attribute: n, column: n }]\n");
    let told = "reject_row,reject_line,reject_column,reject_reason,reject_detail";
    load(&world, &format!("id,n,{told}\na,5,1,,id,key_missing,the key is NULL\n")).await;
    assert_eq!(item(&world, "a"), Some(json!({"n": {"S": "5"}})));
}
