//! Several rows with one key, and columns that must be unique.

use rowferry_tests::{
    embedded::Embedded,
    fault,
    reply::{Replying, taken},
    told,
    world::World,
};

async fn outcome(keys: &[(&str, &str, &str)], definition: &str, csv: &str) -> (String, Vec<String>) {
    let world = World::loading(keys, definition);
    let report = world.load("extracts/s/a.csv", csv.to_owned()).await;
    (told::summary(&report), world.lines("items"))
}

#[track_caller]
fn check(outcome: (String, Vec<String>), summary: &str, items: &[&str]) {
    assert_eq!((outcome.0.as_str(), outcome.1), (summary, items.iter().map(ToString::to_string).collect()));
}

const TEXT: [(&str, &str, &str); 1] = [("id", "S", "HASH")];
const NUMBER: [(&str, &str, &str); 1] = [("id", "N", "HASH")];
const ROWS: &str = "id,a,b\n1,first,x\n2,only,\n1,second,\n1,last,\n";

#[tokio::test]
async fn the_last_row_of_a_key_stands_by_default() {
    let summary = "succeeded: 4 read, 2 written, 2 superseded";
    for duplicates in ["", "duplicates: last\n"] {
        let definition = format!("{duplicates}write: replace\nfields: all");
        check(outcome(&TEXT, &definition, ROWS).await, summary, &[r#"a="last" id="1""#, r#"a="only" id="2""#]);
    }
}

#[tokio::test]
async fn last_is_as_if_the_rows_were_applied_in_order() {
    let keep = "fields:\n  - { attribute: id, column: id }\n  - { attribute: a, column: a }\n  - { attribute: b, column: b, on_null: keep }\n";
    check(
        outcome(&TEXT, keep, ROWS).await,
        "succeeded: 4 read, 2 written, 2 superseded",
        &[r#"a="last" b="x" id="1""#, r#"a="only" id="2""#],
    );
}

#[tokio::test]
async fn first_keeps_the_first_row_and_counts_the_others() {
    check(
        outcome(&TEXT, "duplicates: first\nfields: all", ROWS).await,
        "succeeded: 4 read, 2 written, 2 superseded",
        &[r#"a="first" b="x" id="1""#, r#"a="only" id="2""#],
    );
}

#[tokio::test]
async fn reject_hands_back_every_row_but_the_first() {
    let world = World::loading(&TEXT, "duplicates: reject\nfields: all");
    let report = world.load("extracts/s/a.csv", ROWS).await;
    assert_eq!(told::summary(&report), "succeeded: 4 read, 2 written, 2 rejected (key_duplicate 2)");
    assert_eq!(world.lines("items"), [r#"a="first" b="x" id="1""#, r#"a="only" id="2""#]);
    let rejects = world.rejects(&report);
    let expected =
        "1,second,,3,4,,key_duplicate,row 1 has the same key\n1,last,,4,5,,key_duplicate,row 1 has the same key\n";
    assert!(rejects.ends_with(expected), "{rejects}");
}

#[tokio::test]
async fn one_number_in_several_spellings_is_one_key() {
    let csv = "id,a\n1,a\n1.0,b\n01,c\n1e0,d\n10e-1,e\n+1,f\n";
    for (duplicates, item, superseded) in [("last", "f", 5), ("first", "a", 5)] {
        check(
            outcome(&NUMBER, &format!("duplicates: {duplicates}\nfields: all"), csv).await,
            &format!("succeeded: 6 read, 1 written, {superseded} superseded"),
            &[&format!("a={item:?} id=1")],
        );
    }
    let six = ["1", "1.0", "01", "1e0", "10e-1", "+1"].len();
    let (summary, items) = outcome(&TEXT, "fields: all", csv).await;
    assert_eq!((summary.as_str(), items.len()), ("succeeded: 6 read, 6 written", six), "as text they differ");
}

#[tokio::test]
async fn a_sort_key_belongs_to_the_key() {
    let keys = [("id", "S", "HASH"), ("n", "N", "RANGE")];
    let csv = "id,n,a\n1,1,a\n1,2,b\n1,1.00,c\n11,,d\n";
    check(
        outcome(&keys, "fields: all", csv).await,
        "succeeded: 4 read, 2 written, 1 superseded, 1 rejected (key_missing 1)",
        &[r#"a="b" id="1" n=2"#, r#"a="c" id="1" n=1"#],
    );
}

#[tokio::test]
async fn rows_far_apart_and_in_different_parts_of_the_text_are_found() {
    let rows: String = (0..6_000).map(|row| format!("{},{row}\n", row % 5_990)).collect();
    let csv = format!("id,a\n{rows}");
    for (duplicates, summary, zero) in [
        ("last", "succeeded: 6000 read, 5990 written, 10 superseded", "5990"),
        ("first", "succeeded: 6000 read, 5990 written, 10 superseded", "0"),
        ("reject", "succeeded: 6000 read, 5990 written, 10 rejected (key_duplicate 10)", "0"),
    ] {
        let world = World::loading(&TEXT, &format!("duplicates: {duplicates}\nwrite: replace\nfields: all"));
        let report = world.load("extracts/s/a.csv", csv.clone()).await;
        assert_eq!(told::summary(&report), summary);
        let lines = world.lines("items");
        assert_eq!(lines.len(), 5_990);
        assert!(lines.contains(&format!("a=\"{zero}\" id=\"0\"")), "{duplicates}");
    }
}

/// So many rows of distinct numbers, the first of which come again at the end in other spellings; what became of them.
async fn far_apart(duplicates: &str, rows: usize) -> (String, String) {
    let dynamodb = Embedded::new();
    let reply = Replying::new(dynamodb.clone(), |operation, body| fault::is_write(operation, body).then(taken));
    let world = World::with(dynamodb, reply);
    world.create_table("items", &NUMBER, &serde_json::json!({}));
    world.redefine(&format!("duplicates: {duplicates}\nwrite: replace\nfields: all"));
    let first: String = (0..rows).map(|row| format!("{row}\n")).collect();
    let again = ["0.0", "-0", "1.0", "1e0", "+2", "2000e-3", "03", "0.4E1"].map(|text| format!("{text}\n")).concat();
    let report = world.load("extracts/s/a.csv", format!("id\n{first}{again}")).await;
    let rejects = if report["rejects"].is_null() { String::new() } else { world.rejects(&report) };
    (told::summary(&report), rejects)
}

#[tokio::test]
async fn equal_numbers_are_found_further_apart_than_memory_holds() {
    // 256 partitions keep 8 KiB each in memory: 16 bytes a row of `last`, 40 of the others.
    let rows = 140_000;
    let (summary, _) = far_apart("last", rows).await;
    assert_eq!(summary, format!("succeeded: {} read, {rows} written, 8 superseded", rows + 8));
    let rows = 60_000;
    let (summary, _) = far_apart("first", rows).await;
    assert_eq!(summary, format!("succeeded: {} read, {rows} written, 8 superseded", rows + 8));
    let (summary, rejects) = far_apart("reject", rows).await;
    assert_eq!(summary, format!("succeeded: {} read, {rows} written, 8 rejected (key_duplicate 8)", rows + 8));
    for (place, (text, first)) in
        [("0.0", 1), ("-0", 1), ("1.0", 2), ("1e0", 2), ("+2", 3), ("2000e-3", 3), ("03", 4), ("0.4E1", 5)]
            .iter()
            .enumerate()
    {
        let row = rows + 1 + place;
        let line = format!("\n{text},{row},{},,key_duplicate,row {first} has the same key\n", row + 1);
        assert!(rejects.contains(&line), "{line} in {rejects}");
    }
}

#[tokio::test]
async fn the_highest_of_a_column_stands_where_the_definition_says_so() {
    let definition =
        "version: v\nfields:\n  - { attribute: id, column: id }\n  - { attribute: v, column: v, type: N }\n";
    check(
        outcome(&NUMBER, definition, "id,v\n1,9\n1.0,10\n1e0,9.5\n").await,
        "succeeded: 3 read, 1 written, 1 unchanged, 1 superseded",
        &["id=1 v=10"],
    );
}

#[tokio::test]
async fn a_rejected_row_supersedes_nothing() {
    let fields = "fields: [{ attribute: id, column: id }, { attribute: a, column: a, type: N }]";
    for (duplicates, csv, summary, item) in [
        ("last", "id,a\n1,1\n1,x\n", "succeeded: 2 read, 1 written, 1 rejected (number_invalid 1)", "a=1 id=\"1\""),
        ("first", "id,a\n1,x\n1,2\n", "succeeded: 2 read, 1 written, 1 rejected (number_invalid 1)", "a=2 id=\"1\""),
        ("reject", "id,a\n1,x\n1,2\n", "succeeded: 2 read, 1 written, 1 rejected (number_invalid 1)", "a=2 id=\"1\""),
    ] {
        check(outcome(&TEXT, &format!("duplicates: {duplicates}\n{fields}"), csv).await, summary, &[item]);
    }
}

#[tokio::test]
async fn the_sync_key_must_be_present_and_unique() {
    let world = World::loading(&TEXT, "sync_key: code\nfields: all");
    let csv = "id,code,a\n1,x,a\n2,x,b\n3,,c\n1,x,d\n4,y,e\n1,y,f\n";
    let report = world.load("extracts/s/a.csv", csv).await;
    let expected = "succeeded: 6 read, 2 written, 1 superseded, 3 rejected (key_duplicate 2, key_missing 1)";
    assert_eq!(told::summary(&report), expected);
    assert_eq!(world.lines("items"), [r#"a="d" code="x" id="1""#, r#"a="e" code="y" id="4""#]);
    let rejects = world.rejects(&report);
    for line in [
        "2,x,b,2,3,,key_duplicate,row 1 has the same sync key and another key\n",
        "3,,c,3,4,code,key_missing,the sync key is NULL\n",
        "1,y,f,6,7,,key_duplicate,row 5 has the same sync key and another key\n",
    ] {
        assert!(rejects.contains(line), "{line} in {rejects}");
    }
}

#[tokio::test]
async fn the_sync_key_need_not_be_mapped() {
    let definition = "sync_key: code\nfields: [{ attribute: id, column: id }]";
    check(
        outcome(&TEXT, definition, "id,code\n1,x\n2,x\n").await,
        "succeeded: 2 read, 1 written, 1 rejected (key_duplicate 1)",
        &[r#"id="1""#],
    );
}

#[tokio::test]
async fn rows_that_gave_way_to_one_that_the_table_refuses_are_handed_back() {
    let world = World::loading(&TEXT, "duplicates: first\nfields: all");
    world.put("items", &serde_json::json!({"id": {"S": "1"}, "old": {"S": "x".repeat(200 << 10)}}));
    let csv = format!("id,a\n1,{}\n2,fits\n1,small\n2,later\n", "y".repeat(300 << 10));
    let report = world.load("extracts/s/a.csv", csv).await;
    let summary = "succeeded: 4 read, 1 written, 1 superseded, 2 rejected (refused_by_table 2)";
    assert_eq!(told::summary(&report), summary);
    let rejects = world.rejects(&report);
    let expected =
        "1,small,3,4,,refused_by_table,\"the table refused the first row of this key, and this one was not tried\"\n";
    assert!(rejects.ends_with(expected), "{}", rejects.lines().last().unwrap_or_default());
}
