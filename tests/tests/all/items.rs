//! Items and requests: the sizes that DynamoDB takes, and what becomes of what it does not take.

use std::collections::HashMap;

use dynoxide::types::{AttributeValue, item_size};
use proptest::prelude::*;
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty},
    parquet::{BoolType, Int64Type, Maker},
    reply::{Replying, refusal},
    told,
    world::World,
};
use serde_json::{Value, json};

const KEY: [(&str, &str, &str); 1] = [("id", "S", "HASH")];
const WRITTEN: &str = "succeeded: 1 read, 1 written";

/// What an item of `id` and `a` has beside the value of `a`.
const NAMES: usize = "id".len() + "1".len() + "a".len();
const LIMIT: usize = 400 * 1024;

/// What one call takes: 16 MB, 25 requests.
const CALL_BYTES: usize = 16 << 20;
const CALL_ITEMS: usize = 25;

const MODES: [&str; 3] = ["merge", "replace", "create_only"];

async fn outcome(definition: &str, csv: String) -> String {
    let world = World::loading(&KEY, definition);
    told::summary(&world.load("extracts/s/a.csv", csv).await)
}

#[tokio::test]
async fn an_item_may_have_400_kb_and_not_a_byte_more() {
    for write in MODES {
        let definition = format!("write: {write}\nfields: all");
        let csv = |bytes: usize| format!("id,a\n1,{}\n", "x".repeat(bytes - NAMES));
        assert_eq!(outcome(&definition, csv(LIMIT)).await, WRITTEN, "{write}");
        let expected = "succeeded: 1 read, 1 rejected (item_too_large 1)";
        assert_eq!(outcome(&definition, csv(LIMIT + 1)).await, expected, "{write}");
    }
}

#[tokio::test]
async fn characters_count_by_their_bytes_and_names_count_too() {
    let name = "é".repeat(1_000);
    for (cell, bytes) in [("é", 2), ("😀", 4), ("\u{1}", 1), ("\"\"", 1), ("\\", 1)] {
        let room = LIMIT - "id1".len() - name.len();
        let (count, rest) = (room / bytes, room % bytes);
        let csv = |more: &str| format!("id,{name}\n1,\"{}{}{more}\"\n", cell.repeat(count), "x".repeat(rest));
        assert_eq!(outcome("write: replace\nfields: all", csv("")).await, WRITTEN, "{cell:?}");
        let expected = "succeeded: 1 read, 1 rejected (item_too_large 1)";
        assert_eq!(outcome("write: replace\nfields: all", csv("x")).await, expected, "{cell:?}");
    }
}

/// A cell and the type that it becomes.
fn cell() -> impl Strategy<Value = (&'static str, String)> {
    let number = r"-?[1-9][0-9]{0,37}|-?0\.0{0,40}[1-9]{1,20}|-?[1-9]\.[0-9]{0,20}e-?[0-9]{1,2}";
    let json = r#"\{"a":[1-9]{1,5}\}|"é😀"|null|true|\[\]|-0\.5|\[null,\{\}\]"#;
    let list = prop::collection::vec(json, 0..6).prop_map(|members| format!("[{}]", members.join(",")));
    let map = prop::collection::btree_map("[a-zé]{1,4}", json, 0..6).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    });
    let numbers = prop::collection::btree_set(-99_999_i64..99_999, 1..9);
    let texts = prop::collection::btree_set("[a-zé😀]{1,9}", 1..9);
    prop_oneof![
        "[a-c\"\\\\é😀\u{1}]{0,40}".prop_map(|text| ("S", text)),
        number.prop_map(|text| ("N", text)),
        "([0-9a-f]{2}){0,20}".prop_map(|text| ("B, encoding: hex", text)),
        any::<bool>().prop_map(|value| ("BOOL", value.to_string())),
        list.prop_map(|text| ("L", text)),
        map.prop_map(|text| ("M", text)),
        numbers
            .prop_map(|set| ("NS", format!("{set:?}").replace(['{', '}'], "").trim().to_owned()))
            .prop_map(|(kind, text)| (kind, format!("[{text}]"))),
        texts.prop_map(|set| ("SS", format!("[\"{}\"]", set.into_iter().collect::<Vec<_>>().join("\",\"")))),
    ]
}

/// Loads an item filled up to the limit by the size that DynamoDB counts, and one that has a byte more.
async fn is_judged_as_dynamodb_does(cells: &[(&str, String)]) {
    let field = |(number, (kind, _)): (usize, &(&str, String))| {
        format!("  - {{ attribute: größe{number}, column: c{number}, type: {kind} }}\n")
    };
    let fields: String = cells.iter().enumerate().map(field).collect();
    let fields =
        format!("fields:\n  - {{ attribute: id, column: id }}\n  - {{ attribute: pad, column: pad }}\n{fields}");
    let world = World::loading(&KEY, &format!("write: replace\n{fields}"));
    let header: String = (0..cells.len()).map(|number| format!(",c{number}")).collect();
    let texts: String = cells.iter().map(|(_, text)| format!(",\"{}\"", text.replace('"', "\"\""))).collect();
    let row = |id: u8, pad: usize| format!("{id},{}{texts}\n", "x".repeat(pad));
    let first = world.load("extracts/s/a.csv", format!("id,pad{header}\n{}", row(1, 1))).await;
    assert_eq!(told::summary(&first), WRITTEN, "{cells:?}");
    let held = world.items("items").remove(0);
    let held: HashMap<String, AttributeValue> = serde_json::from_value(held).unwrap();
    let room = LIMIT - item_size(&held) + 1;
    let both = world.load("extracts/s/b.csv", format!("id,pad{header}\n{}{}", row(1, room), row(2, room + 1))).await;
    assert_eq!(told::summary(&both), "succeeded: 2 read, 1 written, 1 rejected (item_too_large 1)", "{cells:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_item_near_the_limit_is_judged_as_dynamodb_does(cells in prop::collection::vec(cell(), 0..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(is_judged_as_dynamodb_does(&cells));
    }
}

/// A row of a struct, a list and a map, in which one text has so many bytes.
fn documents(ids: &[&str], pads: &[usize]) -> bytes::Bytes {
    let mut maker = Maker::new(
        "required byte_array id (UTF8); required group place { required byte_array pad (UTF8); optional int64 x; }
         required group list (LIST) { repeated group list { optional int64 element; } }
         required group map (MAP) { repeated group key_value { required byte_array key (UTF8); optional boolean value; } }",
    );
    let pads: Vec<String> = pads.iter().map(|pad| "x".repeat(*pad)).collect();
    let rows = ids.len();
    let group = maker.group().texts(ids).texts(&pads.iter().map(String::as_str).collect::<Vec<_>>());
    let group = group.optional::<Int64Type>(&vec![Some(-12_345); rows]);
    let levels = |each: &[i16]| each.repeat(rows);
    let group = group.levels::<Int64Type>(&[7, 100].repeat(rows), Some(&levels(&[2, 1, 2])), Some(&levels(&[0, 1, 1])));
    let group = group.texts_of_levels(&["é", "k"].repeat(rows), &levels(&[1, 1]), &levels(&[0, 1]));
    group.levels::<BoolType>(&vec![true; rows], Some(&levels(&[2, 1])), Some(&levels(&[0, 1]))).finish();
    maker.finish()
}

#[tokio::test]
async fn documents_of_parquet_are_judged_as_dynamodb_does() {
    let world = World::loading(&KEY, "write: replace\nfields: all");
    assert_eq!(told::summary(&world.load("extracts/s/a.parquet", documents(&["1"], &[1])).await), WRITTEN);
    let held = world.items("items").remove(0);
    assert!(told::item(&held).contains(r#"list=[7 null 100] map={k=null é=true} place={pad="x" x=-12345}"#), "{held}");
    let held: HashMap<String, AttributeValue> = serde_json::from_value(held).unwrap();
    let room = LIMIT - item_size(&held) + 1;
    let report = world.load("extracts/s/b.parquet", documents(&["1", "2"], &[room, room + 1])).await;
    assert_eq!(told::summary(&report), "succeeded: 2 read, 1 written, 1 rejected (item_too_large 1)");
}

#[tokio::test]
async fn an_item_that_is_too_large_only_with_what_is_stored_is_refused_by_the_table() {
    let world = World::loading(&KEY, "fields: all");
    world.put("items", &json!({"id": {"S": "1"}, "b": {"S": "y".repeat(300 * 1024)}}));
    let big = "x".repeat(200 * 1024);
    let csv = format!("id,a\n1,{big}\n2,{big}\n1,small\n");
    let report = world.load("extracts/s/a.csv", csv).await;
    assert_eq!(told::summary(&report), "succeeded: 3 read, 2 written, 1 rejected (refused_by_table 1)");
    assert!(world.rejects(&report).lines().nth(1).unwrap().contains(",1,2,,refused_by_table,"));
    let planned = world.direct("s", "extracts/s/a.csv", true).await;
    assert_eq!(told::summary(&planned).replace("planned", "succeeded"), told::summary(&report), "the dry run knows it");
}

/// A world whose requests are remembered.
fn watched(definition: &str) -> (World, Faulty) {
    let dynamodb = Embedded::new();
    let watch = Faulty::new(dynamodb.clone(), |_, _| Fault::None);
    let world = World::with(dynamodb, watch.clone());
    world.create_table("items", &KEY, &json!({}));
    world.redefine(definition);
    (world, watch)
}

/// The writes of items: operation and body.
fn writes(watch: &Faulty) -> Vec<(String, Value)> {
    let writes = watch.requests().into_iter().filter(|(operation, body)| fault::is_write(operation, body));
    writes.map(|(operation, body)| (operation, serde_json::from_slice(&body).unwrap())).collect()
}

#[tokio::test]
async fn an_item_is_measured_and_not_its_json_and_every_request_fits_into_a_call() {
    // A control character has one byte in an item and six in JSON: seven of these items are longer than a call.
    for (write, cell, rows) in [
        ("replace", "\u{1}", 7),
        ("merge", "\u{1}", 1),
        ("create_only", "\u{1}", 1),
        ("replace", "\"\"", 9),
        ("replace", "x", 45),
    ] {
        let (world, watch) = watched(&format!("write: {write}\nfields: all"));
        let long = cell.repeat(LIMIT - NAMES - 1);
        let csv: String = (10..10 + rows).map(|row| format!("{row},\"{long}\"\n")).collect();
        let report = world.load("extracts/s/a.csv", format!("id,a\n{csv}")).await;
        assert_eq!(told::summary(&report), format!("succeeded: {rows} read, {rows} written"), "{write} {cell:?}");
        let sent: Vec<usize> = watch.requests().iter().map(|(_, body)| body.len()).collect();
        assert!(sent.iter().all(|bytes| *bytes <= CALL_BYTES), "{write} {cell:?}: {sent:?}");
        assert!(cell != "\u{1}" || write != "replace" || sent.iter().sum::<usize>() > CALL_BYTES, "{sent:?}");
    }
}

#[tokio::test]
async fn batches_of_every_size_are_written_whole_and_none_is_empty() {
    for rows in [0, 1, 24, 25, 26, 50, 51] {
        let (world, watch) =
            watched("write: replace\nfields: [{ attribute: id, column: id }, { attribute: n, column: n, type: N }]");
        let good: String = (0..rows).map(|row| format!("{row},1\n")).collect();
        // A batch of which no row is good asks for nothing.
        let bad: String = (0..100).map(|row| format!("{row},bad\n")).collect();
        let report = world.load("extracts/s/a.csv", format!("id,n\n{bad}{good}")).await;
        assert_eq!((&report["rows"]["written"], &report["rows"]["rejected"]), (&json!(rows), &json!(100)));
        assert_eq!(world.items("items").len(), rows);
        for (_, body) in writes(&watch) {
            let puts = body["RequestItems"]["items"].as_array().unwrap().len();
            assert!((1..=CALL_ITEMS).contains(&puts), "{puts} in a batch of {rows} rows");
        }
    }
}

#[tokio::test]
async fn each_mode_has_its_own_call_and_every_write_sets_values() {
    let csv = "id,v,a\n1,1,x\n2,1,\n";
    for (definition, operation, calls) in [
        ("write: merge", "UpdateItem", 2),
        ("write: replace", "BatchWriteItem", 1),
        ("write: create_only", "PutItem", 2),
        ("write: merge\nversion: v", "UpdateItem", 2),
        ("write: replace\nversion: v", "PutItem", 2),
    ] {
        let (world, watch) = watched(&format!("{definition}\nfields: all"));
        world.load("extracts/s/a.csv", csv).await;
        let writes = writes(&watch);
        assert!(writes.len() == calls && writes.iter().all(|(name, _)| name == operation), "{definition}: {writes:?}");
        for (_, body) in writes.iter().filter(|(name, _)| name == "UpdateItem") {
            let update = body["UpdateExpression"].as_str().unwrap();
            let sets = update.split_whitespace().filter(|word| !word.starts_with('#'));
            assert!(sets.into_iter().all(|word| ["SET", "REMOVE"].contains(&word)), "{update}");
            assert!(!update.contains(['+', '(']), "{update}");
        }
    }
}

/// A world in which writes that hold a text are refused with an exception.
fn refusing(definition: &str, text: &'static str, exception: &'static str) -> (World, Replying) {
    let dynamodb = Embedded::new();
    let reply = Replying::new(dynamodb.clone(), move |operation, body| {
        let refused = fault::is_write(operation, body) && fault::contains(body, text);
        refused.then(|| refusal(exception, &json!({"message": "Collection size exceeded."})))
    });
    let world = World::with(dynamodb, reply.clone());
    world.create_table("items", &KEY, &json!({}));
    world.redefine(definition);
    (world, reply)
}

#[tokio::test]
async fn a_full_item_collection_refuses_its_row_only_and_is_not_tried_again() {
    for (write, operation, tries) in
        [("merge", "UpdateItem", 1), ("create_only", "PutItem", 1), ("replace", "BatchWriteItem", 5)]
    {
        let exception = "ItemCollectionSizeLimitExceededException";
        let (world, reply) = refusing(&format!("write: {write}\nfields: all"), "full", exception);
        let rows: String = (0..16).map(|row| format!("{row},{}\n", if row == 5 { "full" } else { "x" })).collect();
        let report = world.load("extracts/s/a.csv", format!("id,a\n{rows}")).await;
        let expected = "succeeded: 16 read, 15 written, 1 rejected (refused_by_table 1)";
        assert_eq!(told::summary(&report), expected, "{write}");
        let expected = format!("\n5,full,6,7,,refused_by_table,{exception}: Collection size exceeded.\n");
        let rejects = world.rejects(&report);
        assert!(rejects.ends_with(&expected), "{rejects}");
        // A batch is halved until the item stands alone.
        let tried = reply.bodies(operation).iter().filter(|body| fault::contains(body, "full")).count();
        assert_eq!(tried, tries, "{write}");
    }
}

/// The reasons for throttling that DynamoDB has, and the names that a report has for them.
const REASONS: [(&str, &str); 16] = [
    ("TableReadKeyRangeThroughputExceeded", "hot_key"),
    ("TableReadProvisionedThroughputExceeded", "table"),
    ("TableReadAccountLimitExceeded", "account"),
    ("TableReadMaxOnDemandThroughputExceeded", "on_demand_maximum"),
    ("TableWriteKeyRangeThroughputExceeded", "hot_key"),
    ("TableWriteProvisionedThroughputExceeded", "table"),
    ("TableWriteAccountLimitExceeded", "account"),
    ("TableWriteMaxOnDemandThroughputExceeded", "on_demand_maximum"),
    ("IndexReadKeyRangeThroughputExceeded", "hot_key:by_email"),
    ("IndexReadProvisionedThroughputExceeded", "index:by_email"),
    ("IndexReadAccountLimitExceeded", "account:by_email"),
    ("IndexReadMaxOnDemandThroughputExceeded", "on_demand_maximum:by_email"),
    ("IndexWriteKeyRangeThroughputExceeded", "hot_key:by_email"),
    ("IndexWriteProvisionedThroughputExceeded", "index:by_email"),
    ("IndexWriteAccountLimitExceeded", "account:by_email"),
    ("IndexWriteMaxOnDemandThroughputExceeded", "on_demand_maximum:by_email"),
];

/// A world whose first write is throttled so.
fn throttled(exception: &'static str, more: Value) -> World {
    let dynamodb = Embedded::new();
    let mut more = Some(more);
    let reply = Replying::new(dynamodb.clone(), move |operation, body| {
        let more = fault::is_write(operation, body).then(|| more.take()).flatten()?;
        Some(refusal(exception, &more))
    });
    let world = World::with(dynamodb, reply);
    world.create_table("items", &KEY, &json!({}));
    world.redefine("fields: all");
    world
}

#[tokio::test(start_paused = true)]
async fn each_reason_for_throttling_has_its_name_in_the_report() {
    for (reason, name) in REASONS {
        for exception in ["ProvisionedThroughputExceededException", "ThrottlingException"] {
            let index = if reason.starts_with("Index") { "/index/by_email" } else { "" };
            let resource = format!("arn:aws:dynamodb:us-east-1:000000000000:table/items{index}");
            let reasons = json!({"ThrottlingReasons": [{"reason": reason, "resource": resource}]});
            let report = throttled(exception, reasons).load("extracts/s/a.csv", "id\n1\n").await;
            assert_eq!(told::summary(&report), WRITTEN, "{reason}");
            assert_eq!(report["capacity"]["throttled_by"], json!({name: 1}), "{reason}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_without_a_reason_is_told_by_its_exception() {
    for (exception, name) in [
        ("ProvisionedThroughputExceededException", "table"),
        ("ThrottlingException", "table"),
        ("RequestLimitExceeded", "account"),
    ] {
        let report = throttled(exception, json!({})).load("extracts/s/a.csv", "id\n1\n").await;
        assert_eq!(told::summary(&report), WRITTEN, "{exception}");
        assert_eq!(report["capacity"]["throttled_by"], json!({name: 1}), "{exception}");
    }
}
