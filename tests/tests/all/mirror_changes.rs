//! What a mirror writes: what has changed, and nothing else.

use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty, is_write},
    follow::{ask, define, define_as, follow, furnished, ids, items, mirror, numbers, rows, snapshots, world},
    parquet::{ByteArrayType, DoubleType, Int32Type, Maker},
    told::summary,
    world::World,
};
use serde_json::json;

/// A world whose requests are written down.
fn watched(rest: &str) -> (World, Faulty) {
    let dynamodb = Embedded::new();
    let watched = Faulty::new(dynamodb.clone(), |_, _| Fault::None);
    let world = furnished(World::with(dynamodb, watched.clone()), "");
    define_as(&world, rest);
    (world, watched)
}

/// How many requests wrote into the table.
fn writes(watched: &Faulty) -> usize {
    watched.requests().iter().filter(|(operation, body)| is_write(operation, body)).count()
}

const DOCUMENTS: &str = "
fields:
  - { attribute: id, column: id }
  - { attribute: n, column: n, type: N }
  - { attribute: texts, column: t, type: SS, split: '|' }
  - { attribute: numbers, column: m, type: NS, split: '|' }
  - { attribute: map, column: j, type: M }
  - { attribute: when, column: w, convert: iso8601 }
  - { attribute: on, column: b, type: BOOL }
";

#[tokio::test]
async fn what_dynamodb_holds_for_equal_is_not_written_again() {
    let (world, watched) = watched(DOCUMENTS);
    let first = "id,n,t,m,j,w,b\na,1,x|y,1|2.5,\"{\"\"p\"\":1,\"\"q\"\":[1,2]}\",2026-01-31T12:00:00Z,true\n";
    follow(&world, "1.csv", first).await;
    let (before, table) = (writes(&watched), world.items("items"));
    for (name, same) in [
        ("numbers.csv", first.replace("a,1,", "a,1.0,")),
        ("exponents.csv", first.replace("a,1,", "a,1e0,")),
        ("sets.csv", first.replace("x|y", "y|x").replace("1|2.5", "2.50|1.0")),
        ("maps.csv", first.replace("\"{\"\"p\"\":1,\"\"q\"\":[1,2]}\"", "\"{ \"\"q\"\": [1.0, 2], \"\"p\"\": 1 }\"")),
        ("times.csv", first.replace("2026-01-31T12:00:00Z", "2026-01-31T14:00:00.000+02:00")),
        ("booleans.csv", first.replace(",true", ",YES")),
        (
            "columns.csv",
            "b,w,j,m,t,n,id,more\ntrue,2026-01-31T12:00:00Z,\"{\"\"p\"\":1,\"\"q\"\":[1,2]}\",1|2.5,x|y,1,a,?\n".into(),
        ),
    ] {
        let report = follow(&world, name, same).await;
        assert_eq!(summary(&report), "succeeded: 1 read, 1 unchanged", "{name}");
        assert_eq!(writes(&watched), before, "{name}");
    }
    let turned = DOCUMENTS.trim().lines().skip(1).collect::<Vec<_>>();
    let turned = turned.into_iter().rev().collect::<Vec<_>>().join("\n");
    define_as(&world, &format!("fields:\n{turned}"));
    let report = follow(&world, "fields.csv", first).await;
    assert_eq!(summary(&report), "succeeded: 1 read, 1 unchanged", "the order of fields");
    assert_eq!((writes(&watched), world.items("items")), (before, table));
    let lists = first.replace("[1,2]", "[2,1]");
    assert_eq!(
        summary(&follow(&world, "lists.csv", lists).await),
        "succeeded: 1 read, 1 written",
        "lists have an order"
    );
}

#[tokio::test]
async fn an_unchanged_extract_makes_no_request_that_writes() {
    for more in ["", "write: merge", "mirror: { scope: table }", "mirror: { before_images: all }", "duplicates: first"]
    {
        let (world, watched) = watched("");
        define(&world, more);
        follow(&world, "1.csv", rows(0..60)).await;
        let (before, kept) = (writes(&watched), snapshots(&world));
        let report = follow(&world, "2.csv", rows((0..60).rev())).await;
        assert_eq!(summary(&report), "succeeded: 60 read, 60 unchanged", "{more}");
        assert_eq!(writes(&watched), before, "{more}");
        assert_eq!(report["capacity"]["write_units"], 0.0, "{more}");
        assert_eq!(snapshots(&world), kept, "{more}: the snapshot says all of it already");
    }
}

#[tokio::test]
async fn other_fields_change_items_and_delete_none() {
    let world = world("");
    follow(&world, "1.csv", "id,n,a\n1,1,x\n2,2,\n3,3,z\n").await;
    let fields = "{ attribute: id, column: id }, { attribute: n, column: n, type: N }";
    define_as(&world, &format!("fields: [{fields}, {{ attribute: a, column: a }}]"));
    let report = follow(&world, "2.csv", "id,n,a\n1,1,x\n2,2,\n3,3,z\n").await;
    assert_eq!(items(&report), "succeeded: 2 put, 0 deleted, 0 held", "row 2 has no `a`: {report:#}");
    assert_eq!(world.lines("items"), ["a=\"x\" id=\"1\" n=1", "a=\"z\" id=\"3\" n=3", "id=\"2\" n=2"]);
    define_as(&world, &format!("fields: [{fields}, {{ attribute: b, column: a }}]"));
    let report = follow(&world, "3.csv", "id,n,a\n1,1,x\n2,2,\n3,3,z\n").await;
    assert_eq!(items(&report), "succeeded: 2 put, 0 deleted, 0 held", "{report:#}");
    assert_eq!(world.lines("items"), ["b=\"x\" id=\"1\" n=1", "b=\"z\" id=\"3\" n=3", "id=\"2\" n=2"]);
}

#[tokio::test]
async fn a_field_that_goes_takes_its_attribute_along_under_replace_and_leaves_it_under_merge() {
    let both =
        "fields: [{ attribute: id, column: id }, { attribute: n, column: n, type: N }, { attribute: a, column: a }]";
    for (write, expected) in [("replace", "id=\"1\" n=1"), ("merge", "a=\"x\" id=\"1\" n=1")] {
        let world = world("");
        define_as(&world, &format!("{both}\nwrite: {write}"));
        follow(&world, "1.csv", "id,n,a\n1,1,x\n").await;
        define(&world, &format!("write: {write}"));
        let report = follow(&world, "2.csv", "id,n,a\n1,1,x\n").await;
        assert_eq!(report["items"]["deleted"], 0);
        assert_eq!(world.lines("items"), [expected], "{write}");
    }
}

#[tokio::test]
async fn where_all_columns_are_fields_a_column_that_goes_is_a_field_that_goes() {
    for (write, expected) in [("replace", "a=\"x\" id=\"1\""), ("merge", "a=\"x\" b=\"y\" id=\"1\"")] {
        let world = world("");
        define_as(&world, &format!("fields: all\nwrite: {write}"));
        follow(&world, "1.csv", "id,a,b\n1,x,y\n").await;
        let report = follow(&world, "2.csv", "id,a\n1,x\n").await;
        assert_eq!(
            (&report["items"]["deleted"], world.lines("items")),
            (&json!(0), vec![expected.to_owned()]),
            "{write}"
        );
    }
}

#[tokio::test]
async fn thousands_of_items_are_followed() {
    let world = world("");
    follow(&world, "1.csv", rows(0..3_000)).await;
    let report = follow(&world, "2.csv", rows((2_999..3_500).chain(300..2_999))).await;
    assert_eq!(items(&report), "succeeded: 500 put, 300 deleted, 0 held");
    assert_eq!(ids(&world), numbers(300..3_500));
    let report = follow(&world, "3.csv", rows(300..3_500)).await;
    assert_eq!(summary(&report), "succeeded: 3200 read, 3200 unchanged");
}

#[tokio::test]
async fn merge_leaves_the_attributes_of_the_application_alone() {
    let world = world("write: merge");
    world.put("items", &json!({"id": {"S": "1"}, "seen": {"BOOL": true}, "n": {"N": "7"}}));
    follow(&world, "1.csv", rows(1..3)).await;
    _ = world.ask(
        "UpdateItem",
        &json!({"TableName": "items", "Key": {"id": {"S": "2"}}, "UpdateExpression": "SET mark = :m",
            "ExpressionAttributeValues": {":m": {"S": "y"}}}),
    );
    let report = follow(&world, "2.csv", "id,n\n1,\n2,3\n").await;
    assert_eq!(items(&report), "succeeded: 2 put, 0 deleted, 0 held");
    assert_eq!(world.lines("items"), ["id=\"1\" seen=true", "id=\"2\" mark=\"y\" n=3"], "NULL removes what is mapped");
    let report = follow(&world, "3.csv", "id,n\n2,3\n").await;
    assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held");
}

#[tokio::test]
async fn what_is_to_be_kept_is_kept_by_each_run() {
    let world = world("");
    define_as(
        &world,
        "write: merge\nfields: [{ attribute: id, column: id }, { attribute: n, column: n, type: N, on_null: keep }]",
    );
    follow(&world, "1.csv", "id,n\n1,1\n2,2\n").await;
    let report = follow(&world, "2.csv", "id,n\n1,\n2,2\n").await;
    assert_eq!(world.lines("items"), ["id=\"1\" n=1", "id=\"2\" n=2"], "{report:#}");
    let report = follow(&world, "3.csv", "id,n\n1,\n2,2\n").await;
    assert_eq!(summary(&report), "succeeded: 2 read, 2 unchanged");
}

#[tokio::test]
async fn a_version_keeps_newer_items_and_settles_them() {
    let world = world("version: n");
    follow(&world, "1.csv", "id,n\n1,5\n2,5\n").await;
    let report = follow(&world, "2.csv", "id,n\n1,4\n2,6\n").await;
    assert_eq!(summary(&report), "succeeded: 2 read, 1 written, 1 unchanged");
    assert_eq!(world.lines("items"), ["id=\"1\" n=5", "id=\"2\" n=6"]);
    let report = follow(&world, "3.csv", "id,n\n1,4\n2,6\n").await;
    assert_eq!(
        (summary(&report).as_str(), report["capacity"]["write_units"].as_f64()),
        ("succeeded: 2 read, 2 unchanged", Some(0.0))
    );
    let report = follow(&world, "4.csv", "id,n\n2,6\n").await;
    assert_eq!(
        items(&report),
        "succeeded: 0 put, 1 deleted, 0 held",
        "a key that was not outdone is known all the same"
    );
}

#[tokio::test]
async fn of_rows_with_one_key_the_definition_says_which_counts() {
    let extract = "id,n\n1,1\n2,2\n1,3\n1,3\n";
    for (duplicates, expected, told) in [
        ("last", "id=\"1\" n=3", "succeeded: 4 read, 2 written, 2 superseded"),
        ("first", "id=\"1\" n=1", "succeeded: 4 read, 2 written, 2 superseded"),
        ("reject", "id=\"1\" n=1", "succeeded: 4 read, 2 written, 2 rejected (key_duplicate 2)"),
    ] {
        let world = world(&format!("duplicates: {duplicates}"));
        assert_eq!(summary(&follow(&world, "1.csv", extract).await), told);
        assert_eq!(world.lines("items"), [expected, "id=\"2\" n=2"], "{duplicates}");
        let again = follow(&world, "2.csv", extract).await;
        assert_eq!(summary(&again), told.replace("written", "unchanged"), "{duplicates}");
        let report = follow(&world, "3.csv", "id,n\n2,2\n").await;
        assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held", "{duplicates}");
    }
}

#[tokio::test]
async fn a_row_that_counts_stays_known_beside_others_of_its_key() {
    for (duplicates, twice) in [("last", "1,1\n1,3\n"), ("first", "1,3\n1,1\n")] {
        let (world, watched) = watched("");
        define(&world, &format!("duplicates: {duplicates}"));
        follow(&world, "1.csv", format!("id,n\n{twice}")).await;
        follow(&world, "2.csv", format!("id,n\n{twice}2,2\n")).await;
        let before = writes(&watched);
        let report = follow(&world, "3.csv", format!("id,n\n{twice}2,2\n")).await;
        assert_eq!(summary(&report), "succeeded: 3 read, 2 unchanged, 1 superseded", "{duplicates}");
        assert_eq!(writes(&watched), before, "{duplicates}");
    }
}

#[tokio::test]
async fn a_sync_key_that_repeats_protects_the_item_of_its_row() {
    let world = world("sync_key: n");
    follow(&world, "1.csv", rows(1..5)).await;
    let report = follow(&world, "2.csv", "id,n\n1,1\n2,1\n3,\n").await;
    assert_eq!(summary(&report), "succeeded: 3 read, 1 unchanged, 2 rejected (key_duplicate 1, key_missing 1)");
    assert_eq!((items(&report).as_str(), ids(&world)), ("succeeded: 0 put, 1 deleted, 0 held", numbers(1..4)));
}

#[tokio::test]
async fn keys_of_every_type_are_followed() {
    for (sort, text) in [("N", ["1", "-2.50", "1e3"]), ("B", ["AQ==", "Ag==", "//79"]), ("S", ["a", "é", "\u{1f600}"])]
    {
        let world = World::new();
        world.create_table("items", &[("p", "N", "HASH"), ("s", sort, "RANGE")], &json!({}));
        define_as(&world, "fields: all");
        let [one, two, three] = text;
        follow(&world, "1.csv", format!("p,s,v\n1,{one},x\n1,{two},x\n2.0,{three},x\n")).await;
        let report = follow(&world, "2.csv", format!("p,s,v\n1.0,{one},x\n2,{three},y\n2,{one},z\n")).await;
        assert_eq!(items(&report), "succeeded: 2 put, 1 deleted, 0 held", "{sort}: {report:#}");
        assert_eq!(report["rows"]["unchanged"], 1);
        let mut values: Vec<String> =
            world.items("items").iter().map(|item| item["v"]["S"].as_str().unwrap().to_owned()).collect();
        values.sort();
        assert_eq!(values, ["x", "y", "z"], "{sort}");
    }
}

#[tokio::test]
async fn text_and_parquet_of_the_same_values_are_the_same() {
    let world = world("");
    define_as(
        &world,
        "fields: [{ attribute: id, column: id }, { attribute: n, column: n, type: N }, { attribute: f, column: f, type: N }]",
    );
    follow(&world, "1.csv", "id,n,f\na,7,2.50\nb,8,\n").await;
    let mut maker = Maker::new("required byte_array id (UTF8); required int32 n; optional double f;");
    let group = maker.group().values::<ByteArrayType>(&["a".into(), "b".into()]);
    group.values::<Int32Type>(&[7, 8]).optional::<DoubleType>(&[Some(2.5), None]).finish();
    let report = follow(&world, "2.parquet", maker.finish()).await;
    assert_eq!(summary(&report), "succeeded: 2 read, 2 unchanged");
}

#[tokio::test]
async fn an_extract_that_has_not_changed_is_not_read_again() {
    let world = world("");
    follow(&world, "1.csv", rows(1..4)).await;
    let report = mirror(&world).await;
    assert_eq!(report["status"], "skipped");
    assert_eq!(report["note"], "the newest complete extract, `extracts/s/1.csv`, was applied already");
    world.put("items", &json!({"id": {"S": "2"}, "n": {"N": "22"}}));
    let verified = ask(&world, json!({"sync": "s", "verify": true})).await;
    assert_eq!(items(&verified), "succeeded: 1 put, 0 deleted, 0 held");
}
