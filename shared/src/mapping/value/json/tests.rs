use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn read(json: &str) -> Result<(String, usize), Fault> {
    let mut out = Vec::new();
    let begin = json.trim_start().bytes().next().unwrap_or(b'[');
    let size = append(json, begin, "the same", &mut out)?;
    Ok((String::from_utf8(out).unwrap(), size))
}

#[track_caller]
fn check(json: &str, written: &str, size: usize) {
    assert_eq!(read(json), Ok((written.to_owned(), size)));
}

#[track_caller]
fn refuse(json: &str, reason: Reason, detail: &str) {
    assert_eq!(read(json), Err(Fault::new(reason, detail)));
}

#[test]
fn strings_take_one_form() {
    check(r#""a""#, r#"{"S":"a"}"#, 1);
    check(r#""\u0061\/\u00e9\ud83d\uDE00""#, r#"{"S":"a/é😀"}"#, 8);
    check(r#""\"\\\b\f\n\r\t\u000A\u0000""#, r#"{"S":"\"\\\b\f\n\r\t\n\u0000"}"#, 9);
    check("\"é\u{7f}\u{2028}\"", "{\"S\":\"é\u{7f}\u{2028}\"}", 6);
}

#[test]
fn numbers_keep_every_digit() {
    check("-0", r#"{"N":"0"}"#, 1);
    check("1.50e1", r#"{"N":"15"}"#, 2);
    check("0.1234567890123456789012345678901234567", r#"{"N":"0.1234567890123456789012345678901234567"}"#, 20);
    check("9007199254740993", r#"{"N":"9007199254740993"}"#, 9);
    assert_eq!(read("[1e126]").unwrap_err().reason, Reason::NumberOutOfRange);
    assert_eq!(read("[123456789012345678901234567890123456789]").unwrap_err().reason, Reason::NumberPrecision);
}

#[test]
fn the_last_of_equal_names_stays_and_names_are_sorted() {
    check(r#"{"a":1,"a":2}"#, r#"{"M":{"a":{"N":"2"}}}"#, 7);
    check(
        r#"{"a":1,"b":2,"\u0061":{"z":1,"y":[]}}"#,
        r#"{"M":{"a":{"M":{"y":{"L":[]},"z":{"N":"1"}}},"b":{"N":"2"}}}"#,
        21,
    );
    check(
        r#"{"b":{"d":1,"c":1},"a":{"c":{},"d":{}}}"#,
        r#"{"M":{"a":{"M":{"c":{"M":{}},"d":{"M":{}}}},"b":{"M":{"c":{"N":"1"},"d":{"N":"1"}}}}}"#,
        31,
    );
    check(r#"{"":1}"#, r#"{"M":{"":{"N":"1"}}}"#, 6);
    let many: Vec<String> = (0..1000).map(|number| format!("\"{}\":{number}", number % 7)).collect();
    let (written, size) = read(&format!("{{{}}}", many.join(","))).unwrap();
    assert!(written.starts_with(r#"{"M":{"0":{"N":"994"},"1":{"N":"995"},"#), "{written}");
    assert_eq!(size, 3 + 7 * (1 + 1 + 3));
}

#[test]
fn nesting_ends_at_32_levels() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(read(&deep(31)).unwrap().1, 31 * 4 + 2);
    refuse(&deep(32), Reason::NestingTooDeep, "found a value at level 33, wanted at most 32 levels");
    assert_eq!(read(&format!("{}{}", "[".repeat(32), "]".repeat(32))).unwrap().1, 32 * 3 + 31);
    let maps = format!("{}1{}", r#"{"a":"#.repeat(32), "}".repeat(32));
    refuse(&maps, Reason::NestingTooDeep, "found a value at level 33, wanted at most 32 levels");
    refuse(&"[".repeat(100_000), Reason::NestingTooDeep, "found a value at level 33, wanted at most 32 levels");
    refuse(&r#"{"a":"#.repeat(100_000), Reason::NestingTooDeep, "found a value at level 33, wanted at most 32 levels");
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    let cases = [
        ("", "found the end at byte 0, wanted a JSON value"),
        ("  ", "found the end at byte 2, wanted a JSON value"),
        ("nul", "found `n` at byte 0, wanted a JSON value"),
        ("True", "found `T` at byte 0, wanted a JSON value"),
        ("NaN", "found `N` at byte 0, wanted a JSON value"),
        ("'a'", "found `'` at byte 0, wanted a JSON value"),
        ("é", "found `é` at byte 0, wanted a JSON value"),
        ("\u{feff}[]", "found `\u{feff}` at byte 0, wanted a JSON value"),
        ("[1] x", "found `x` at byte 4, wanted the end"),
        ("[1]]", "found `]` at byte 3, wanted the end"),
        ("01", "found `1` at byte 1, wanted the end"),
        ("-", "found the end at byte 1, wanted a digit"),
        ("1.", "found the end at byte 2, wanted a digit"),
        ("1e+", "found the end at byte 3, wanted a digit"),
        ("+1", "found `+` at byte 0, wanted a JSON value"),
        (".5", "found `.` at byte 0, wanted a JSON value"),
        ("[1,]", "found `]` at byte 3, wanted a JSON value"),
        ("[,1]", "found `,` at byte 1, wanted a JSON value"),
        ("[1 2]", "found `2` at byte 3, wanted `,` or `]`"),
        ("[1", "found the end at byte 2, wanted `,` or `]`"),
        ("[1}", "found `}` at byte 2, wanted `,` or `]`"),
        ("{", "found the end at byte 1, wanted a string"),
        ("{a:1}", "found `a` at byte 1, wanted a string"),
        (r#"{"a" 1}"#, "found `1` at byte 5, wanted `:`"),
        (r#"{"a":1,}"#, "found `}` at byte 7, wanted a string"),
        (r#"{"a":1 "b":2}"#, "found `\"` at byte 7, wanted `,` or `}`"),
        (r#"["a"#, "found the end at byte 3, wanted `\"`"),
        ("[\"a\nb\"]", "found `\\n` at byte 3, wanted it escaped"),
        (r#""\x""#, "found `x` at byte 2, wanted an escape"),
        (r#""\"#, "found the end at byte 2, wanted an escape"),
        (r#""\u12""#, "found `u` at byte 2, wanted `u` and four hexadecimal digits"),
        (r#""\u12é4""#, "found `u` at byte 2, wanted `u` and four hexadecimal digits"),
        (r#""\u+123""#, "found `u` at byte 2, wanted `u` and four hexadecimal digits"),
        (r#""\ud800""#, "found `u` at byte 2, wanted both halves of a surrogate pair"),
        (r#""\udc00""#, "found `u` at byte 2, wanted both halves of a surrogate pair"),
        (r#""\ud800\u0061""#, "found `u` at byte 2, wanted both halves of a surrogate pair"),
        (r#""\ud800\n""#, "found `n` at byte 8, wanted `u` and four hexadecimal digits"),
        ("[1] // no", "found `/` at byte 4, wanted the end"),
        ("[\u{a0}]", "found `\u{a0}` at byte 1, wanted a JSON value"),
    ];
    for (json, detail) in cases {
        refuse(json, Reason::JsonInvalid, detail);
    }
}

/// The value as DynamoDB JSON and its size, by the rules as they are documented.
fn model(value: &Value) -> (Value, usize) {
    match value {
        Value::Null => (serde_json::json!({"NULL": true}), 1),
        Value::Bool(value) => (serde_json::json!({"BOOL": value}), 1),
        Value::Number(number) => {
            let mut out = Vec::new();
            let size = number::text(&number.to_string(), &mut out).unwrap();
            (serde_json::json!({"N": String::from_utf8(out).unwrap()}), size)
        }
        Value::String(text) => (serde_json::json!({"S": text}), text.len()),
        Value::Array(list) => {
            let members: Vec<_> = list.iter().map(model).collect();
            let size = members.iter().map(|(_, size)| size + 1).sum::<usize>() + 3;
            (serde_json::json!({"L": members.into_iter().map(|(value, _)| value).collect::<Vec<_>>()}), size)
        }
        Value::Object(map) => {
            let members: Vec<_> = map.iter().map(|(name, value)| (name.clone(), model(value))).collect();
            let size = members.iter().map(|(name, (_, size))| name.len() + size + 1).sum::<usize>() + 3;
            let map: serde_json::Map<_, _> = members.into_iter().map(|(name, (value, _))| (name, value)).collect();
            (serde_json::json!({"M": map}), size)
        }
    }
}

fn values() -> impl Strategy<Value = Value> {
    let text = "[a-c\"\\\\\n\u{0}é😀]{0,5}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e100..1e100).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::vec((text, inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn agrees_with_a_model(value in values(), pretty: bool) {
        let json = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let (written, size) = read(&json).unwrap();
        let (expected, expected_size) = model(&value);
        prop_assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), expected);
        prop_assert_eq!(size, expected_size);
    }

    #[test]
    fn the_order_of_names_does_not_matter(map in proptest::collection::btree_map("[a-c\"é]{0,3}", 0..9, 0..9)) {
        let pair = |(name, value): (&String, &i32)| format!("{}:{value}", Value::from(name.as_str()));
        let forth: Vec<_> = map.iter().map(pair).collect();
        let back: Vec<_> = map.iter().rev().map(pair).collect();
        prop_assert_eq!(read(&format!("{{{}}}", forth.join(","))), read(&format!("{{{}}}", back.join(","))));
    }

    #[test]
    fn takes_what_serde_json_takes(json in "[\\[\\]{}\",:0-9truefalsn.eE+\\\\ -]{0,12}|[\\[{]?(\"[a\\\\ud8ce0]{0,8}\"|[0-9]|[,: ]){0,4}[\\]}]?") {
        match read(&json) {
            Ok(_) => prop_assert!(serde_json::from_str::<Value>(&json).is_ok(), "{}", json),
            Err(fault) if fault.reason == Reason::JsonInvalid => prop_assert!(serde_json::from_str::<Value>(&json).is_err(), "{}", json),
            Err(_) => {}
        }
    }
}
