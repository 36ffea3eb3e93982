//! Text to every type, with its conversions.

use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty},
    reply::{Replying, refusal},
    told,
    world::World,
};
use serde_json::json;

/// Loads one quoted cell by a field; the value in the table, or the reason why there is none.
async fn value(field: &str, text: &str) -> String {
    let world = World::loading(
        &[("id", "S", "HASH")],
        &format!("fields: [{{ attribute: id, column: id }}, {{ attribute: v, column: v, {field} }}]"),
    );
    let report = world.load("extracts/s/a.csv", format!("id,v\n1,\"{}\"\n", text.replace('"', "\"\""))).await;
    match world.items("items").first() {
        Some(item) => item.get("v").map_or("nothing".to_owned(), told::value),
        None => told::summary(&report).replace("succeeded: 1 read, 1 rejected ", ""),
    }
}

async fn check(cases: &[(&str, &str, &str)]) {
    for (field, text, expected) in cases {
        assert_eq!(&value(field, text).await, expected, "{field} of {text}");
    }
}

#[tokio::test]
async fn strings_keep_every_character() {
    check(&[
        ("type: S", "a \"b\"\n\\ é😀", r#""a \"b\"\n\\ é😀""#),
        ("type: S", "", r#""""#),
        ("type: S", " a ", r#"" a ""#),
        ("type: S, convert: trim", "\t a ", r#""a""#),
        ("type: auto", "007", r#""007""#),
    ])
    .await;
}

#[tokio::test]
async fn booleans_have_exact_literals() {
    for text in ["true", "T", "Yes", "y", "1", "TRUE"] {
        assert_eq!(value("type: BOOL", text).await, "true", "{text}");
    }
    for text in ["false", "F", "No", "n", "0"] {
        assert_eq!(value("type: BOOL", text).await, "false", "{text}");
    }
    for text in ["", "on", "off", "2", " true", "wahr"] {
        assert_eq!(value("type: BOOL", text).await, "(boolean_invalid 1)", "{text}");
    }
}

#[tokio::test]
async fn bytes_are_read_by_their_encoding() {
    check(&[
        ("type: B", "AQID", "b64:AQID"),
        ("type: B", "", "b64:"),
        ("type: B", "AQI", "(binary_invalid 1)"),
        ("type: B", "AQ I=", "(binary_invalid 1)"),
        ("type: B, encoding: hex", "010203", "b64:AQID"),
        ("type: B, encoding: hex", "01020", "(binary_invalid 1)"),
        ("type: B, encoding: utf8", "é", "b64:w6k="),
    ])
    .await;
}

#[tokio::test]
async fn sets_and_lists_come_from_splits_and_from_json() {
    check(&[
        (r#"type: SS, split: "|""#, "b|a", r#"<"a" "b">"#),
        (r#"type: SS, split: "|""#, "", "(set_empty 1)"),
        (r#"type: SS, split: "|""#, "a|a", "(set_duplicate 1)"),
        ("type: SS", r#"["x","y"]"#, r#"<"x" "y">"#),
        ("type: SS", "[]", "(set_empty 1)"),
        ("type: SS", r#"["x",null]"#, "(null_not_allowed 1)"),
        (r#"type: NS, split: ",""#, "1,2.0", "<1 2>"),
        (r#"type: NS, split: ",""#, "1,1.0", "(set_duplicate 1)"),
        (r#"type: NS, split: ",""#, "1,x", "(number_invalid 1)"),
        (r#"type: BS, split: "|""#, "AQ==|Ag==", "<b64:AQ== b64:Ag==>"),
        (r#"type: L, split: "|""#, "a|b|a", r#"["a" "b" "a"]"#),
        ("type: L", r#"[1, "a", null, [true], {"k": 1.50}]"#, r#"[1 "a" null [true] {k=1.5}]"#),
        ("type: L", "", "(json_invalid 1)"),
        ("type: M", r#"{"b": {"c": []}, "a": 1e2}"#, "{a=100 b={c=[]}}"),
        ("type: M", "{\"a\": 1,}", "(json_invalid 1)"),
        ("type: M", "[]", "(type_unsupported 1)"),
        ("type: M", r#"{"n": 123456789012345678901234567890123456789}"#, "(number_precision 1)"),
    ])
    .await;
}

#[tokio::test]
async fn documents_nest_32_levels_deep() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(value("type: L", &deep(32)).await, deep(32));
    assert_eq!(value("type: L", &deep(33)).await, "(nesting_too_deep 1)");
}

#[tokio::test]
async fn times_become_epochs_and_texts() {
    check(&[
        ("type: N, convert: epoch_seconds", "2026-05-28T20:26:40Z", "1780000000"),
        ("type: N, convert: epoch_seconds", "2026-05-28 20:26:40", "1780000000"),
        ("type: N, convert: epoch_seconds", "2026-05-28T22:26:40.900+02:00", "1780000000"),
        ("type: N, convert: epoch_millis", "2026-05-28T20:26:40.123Z", "1780000000123"),
        ("type: N, convert: epoch_seconds", "1969-12-31T23:59:59.5Z", "-1"),
        ("type: S, convert: iso8601", "2026-05-28 22:26:40.1200+02:00", r#""2026-05-28T20:26:40.12Z""#),
        ("type: S, convert: date", "2026-05-28T23:59:59-01:00", r#""2026-05-29""#),
        ("type: S, convert: date", "2026-02-30", "(timestamp_invalid 1)"),
        ("type: N, convert: epoch_seconds", "yesterday", "(timestamp_invalid 1)"),
    ])
    .await;
}

/// A world whose items expire by their attribute `until`, which is mapped so.
fn expiring(field: &str) -> World {
    let fields = format!("fields: [{{ attribute: id, column: id }}, {{ attribute: until, column: until{field} }}]");
    let world = World::loading(&[("id", "S", "HASH")], &fields);
    let ttl = json!({"AttributeName": "until", "Enabled": true});
    _ = world.ask("UpdateTimeToLive", &json!({"TableName": "items", "TimeToLiveSpecification": ttl}));
    world
}

const MILLIS: &str = "put a number as large as milliseconds into `until`, by which items of the table expire; DynamoDB wants seconds there, and never deletes";
const NO_NUMBER: &str = "put a value that is no number into `until`, by which items of the table expire; DynamoDB wants seconds there, and never deletes";
const BY_SECONDS: &str = "use `convert: epoch_seconds`, or divide by 1000 where the extract is made";
const BY_TYPE: &str = "use `type: N`, with `convert: epoch_seconds` for times";

#[tokio::test]
async fn what_never_expires_is_told_once_a_run() {
    let time = "2026-05-28T20:26:40Z";
    for (field, cells, expected) in [
        (", type: N, convert: epoch_seconds", [time, "9999-12-31"], None),
        (", type: N", ["1780000000", ""], None),
        (", type: N, convert: epoch_millis", [time, time], Some(format!("2 rows {MILLIS} their items; {BY_SECONDS}"))),
        (", type: N", ["1780000000000", "1780000000"], Some(format!("1 row {MILLIS} its item; {BY_SECONDS}"))),
        ("", ["1780000000", ""], Some(format!("1 row {NO_NUMBER} its item; {BY_TYPE}"))),
        (", convert: iso8601", [time, time], Some(format!("2 rows {NO_NUMBER} their items; {BY_TYPE}"))),
    ] {
        let world = expiring(field);
        world.drop("extracts/s/a.csv", format!("id,until\n1,{}\n2,{}\n", cells[0], cells[1]));
        for dry_run in [true, false] {
            let report = world.direct("s", "extracts/s/a.csv", dry_run).await;
            assert_eq!(report["rows"]["written"], 2, "it is written as it was asked for");
            assert_eq!(report.get("notices"), expected.as_ref().map(|notice| json!([notice])).as_ref(), "{field}");
        }
    }
}

#[tokio::test]
async fn a_role_that_may_not_ask_when_items_expire_loads_all_the_same() {
    for exception in
        ["AccessDeniedException", "UnknownOperationException", "ThrottlingException", "InternalServerError"]
    {
        let dynamodb = Embedded::new();
        let reply = Replying::new(dynamodb.clone(), move |operation, _| {
            (operation == "DescribeTimeToLive").then(|| refusal(exception, &json!({"message": "no"})))
        });
        let world = World::with(dynamodb, reply.clone());
        world.create_table("items", &[("id", "S", "HASH")], &json!({}));
        world.redefine("fields: all");
        let report = world.load("extracts/s/a.csv", "id,until\n1,1780000000000\n").await;
        assert_eq!(told::summary(&report), "succeeded: 1 read, 1 written", "{exception}");
        assert_eq!((report.get("notices"), reply.bodies("DescribeTimeToLive").len()), (None, 1), "{exception}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_that_does_not_answer_when_items_expire_is_not_waited_for() {
    let dynamodb = Embedded::new();
    let faulty = Faulty::new(dynamodb.clone(), |operation, _| {
        if operation == "DescribeTimeToLive" { Fault::Slow(10_000_000) } else { Fault::None }
    });
    let world = World::with(dynamodb, faulty);
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    world.redefine("fields: all");
    let begun = tokio::time::Instant::now();
    let report = world.load("extracts/s/a.csv", "id,until\n1,1780000000000\n").await;
    assert_eq!(told::summary(&report), "succeeded: 1 read, 1 written");
    assert!(begun.elapsed() < std::time::Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn constants_have_every_type() {
    let world = World::loading(
        &[("id", "S", "HASH")],
        r"
fields:
  - { attribute: id, column: id }
  - { attribute: text, value: warehouse }
  - { attribute: number, value: 1.50 }
  - { attribute: flag, value: true }
  - { attribute: none, value: null }
  - { attribute: list, value: [1, a] }
  - { attribute: map, value: { k: v } }
  - { attribute: set, value: [a, b], type: SS }
  - { attribute: bytes, value: AQID, type: B }
",
    );
    world.load("extracts/s/a.csv", "id\n1\n").await;
    let expected = r#"bytes=b64:AQID flag=true id="1" list=[1 "a"] map={k="v"} none=null number=1.5 set=<"a" "b"> text="warehouse""#;
    assert_eq!(world.lines("items"), [expected]);
}

#[tokio::test]
async fn templates_join_columns_and_are_null_with_any_of_them() {
    let world = World::loading(
        &[("id", "S", "HASH")],
        r#"
fields:
  - { attribute: id, column: id }
  - { attribute: t, template: "{{{a}}}#{b}" }
  - { attribute: n, template: "{a}{b}", type: N }
"#,
    );
    world.load("extracts/s/a.csv", "id,a,b\n1,4,2\n2,4,\n3,\"\",7\n").await;
    assert_eq!(world.lines("items"), [r#"id="1" n=42 t="{4}#2""#, r#"id="2""#, r#"id="3" n=7 t="{}#7""#]);
}
