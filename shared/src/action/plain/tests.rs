use serde_json::json;

use super::*;
use crate::definition::Kind;

mod laws;
mod refusals;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The type that a text gives.
fn wanted(text: &str) -> Option<Type> {
    let mut problems = Vec::new();
    let wanted = Type::read(&json(text), "type", &mut problems);
    assert_eq!(problems, Vec::<String>::new());
    wanted
}

#[track_caller]
fn given(text: &str, format: Format, wanted: Option<&Type>) -> String {
    let mut problems = Vec::new();
    let value = to_value(&json(text), format, wanted, "value", &mut problems);
    assert_eq!(problems, Vec::<String>::new());
    value.unwrap().to_string()
}

#[track_caller]
fn answered(text: &str, format: Format) -> String {
    from_value(json(text), format).to_string()
}

/// Plain JSON without a type, what it becomes, and what comes back of it.
#[track_caller]
fn natural(plain: &str, typed: &str, back: &str) {
    assert_eq!(given(plain, Format::Plain, None), typed);
    assert_eq!(given(typed, Format::Typed, None), typed);
    assert_eq!(answered(typed, Format::Plain), back);
    assert_eq!(answered(typed, Format::Typed), typed);
}

/// Plain JSON with a type, and what it becomes.
#[track_caller]
fn with(of: &str, plain: &str, typed: &str) {
    assert_eq!(given(plain, Format::Plain, wanted(of).as_ref()), typed);
}

/// A value that comes out and, with a type, goes in again.
#[track_caller]
fn back(of: &str, typed: &str, plain: &str) {
    assert_eq!(answered(typed, Format::Plain), plain);
    with(of, plain, typed);
    assert_eq!(given(typed, Format::Typed, wanted(of).as_ref()), typed);
}

#[test]
fn json_s_own_types_stand() {
    natural(r#""a""#, r#"{"S":"a"}"#, r#""a""#);
    natural(r#""""#, r#"{"S":""}"#, r#""""#);
    natural(r#""007""#, r#"{"S":"007"}"#, r#""007""#);
    natural(r#""é\n\"\u0000😀""#, r#"{"S":"é\n\"\u0000😀"}"#, r#""é\n\"\u0000😀""#);
    natural("42", r#"{"N":"42"}"#, "42");
    natural("true", r#"{"BOOL":true}"#, "true");
    natural("false", r#"{"BOOL":false}"#, "false");
    natural("null", r#"{"NULL":true}"#, "null");
    natural("[]", r#"{"L":[]}"#, "[]");
    natural("{}", r#"{"M":{}}"#, "{}");
    natural(
        r#"[1,["a",null],{}]"#,
        r#"{"L":[{"N":"1"},{"L":[{"S":"a"},{"NULL":true}]},{"M":{}}]}"#,
        r#"[1,["a",null],{}]"#,
    );
    natural(
        r#"{"b":{"a":[true]},"a":1}"#,
        r#"{"M":{"b":{"M":{"a":{"L":[{"BOOL":true}]}}},"a":{"N":"1"}}}"#,
        r#"{"b":{"a":[true]},"a":1}"#,
    );
}

#[test]
fn numbers_keep_every_digit() {
    #[track_caller]
    fn check(plain: &str, held: &str, back: &str) {
        natural(plain, &format!(r#"{{"N":"{held}"}}"#), back);
    }
    check("18446744073709551616", "18446744073709551616", "18446744073709551616");
    check("-9223372036854775809", "-9223372036854775809", "-9223372036854775809");
    let most = "99999999999999999999999999999999999999";
    check(most, most, most);
    let fraction = "0.1234567890123456789012345678901234567";
    check(fraction, fraction, fraction);
    check("0.1", "0.1", "0.1");
    check("1.50", "1.5", "1.5");
    check("-0", "0", "0");
    check("-0.0", "0", "0");
    check("1e2", "100", "100");
    check("1E+2", "100", "100");
    check("-2.5e-3", "-0.0025", "-0.0025");
    check("1E125", "1E+125", "1e+125");
    check("1e-130", "1E-130", "1e-130");
}

#[test]
fn numbers_of_dynamodb_that_are_none_in_json_come_in_their_canonical_text() {
    for (held, plain) in [
        ("+5", "5"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("1.", "1"),
        ("007", "7"),
        ("1.50", "1.50"),
        ("-0", "-0"),
        ("1E2", "1e+2"),
        ("+1E-130", "1e-130"),
    ] {
        assert_eq!(answered(&json!({"N": held}).to_string(), Format::Plain), plain, "{held}");
        assert_eq!(answered(&json!({"NS": [held]}).to_string(), Format::Plain), format!("[{plain}]"), "{held}");
        given(&json!({"N": held}).to_string(), Format::Typed, None);
    }
}

#[test]
fn with_a_type_text_stands_for_every_value() {
    with("\"S\"", r#""30""#, r#"{"S":"30"}"#);
    with("\"N\"", r#""30""#, r#"{"N":"30"}"#);
    with("\"N\"", r#""+1.50""#, r#"{"N":"1.5"}"#);
    with("\"B\"", r#""AP8=""#, r#"{"B":"AP8="}"#);
    with("\"B\"", r#""""#, r#"{"B":""}"#);
    with("\"BOOL\"", r#""true""#, r#"{"BOOL":true}"#);
    with("\"BOOL\"", r#""No""#, r#"{"BOOL":false}"#);
    with("\"SS\"", r#""[\"b\",\"a\"]""#, r#"{"SS":["b","a"]}"#);
    with("\"NS\"", r#""[2, \"1.0\"]""#, r#"{"NS":["2","1"]}"#);
    with("\"BS\"", r#""[\"AQ==\"]""#, r#"{"BS":["AQ=="]}"#);
    with("\"L\"", r#"" [1, \"a\"]""#, r#"{"L":[{"N":"1"},{"S":"a"}]}"#);
    with("\"M\"", r#""{\"b\": 1, \"a\": null}""#, r#"{"M":{"b":{"N":"1"},"a":{"NULL":true}}}"#);
    with(r#"["N"]"#, r#""[\"1\"]""#, r#"{"L":[{"N":"1"}]}"#);
    with(r#"{"a":"B"}"#, r#""{\"a\": \"AQ==\"}""#, r#"{"M":{"a":{"B":"AQ=="}}}"#);
}

#[test]
fn with_a_type_json_may_be_of_it() {
    with("\"S\"", "1.50", r#"{"S":"1.50"}"#);
    with("\"S\"", "18446744073709551616", r#"{"S":"18446744073709551616"}"#);
    with("\"S\"", "true", r#"{"S":"true"}"#);
    with("\"N\"", "1.50", r#"{"N":"1.5"}"#);
    with("\"BOOL\"", "1", r#"{"BOOL":true}"#);
    with("\"BOOL\"", "false", r#"{"BOOL":false}"#);
    with("\"NULL\"", "null", r#"{"NULL":true}"#);
    with("\"L\"", "[1]", r#"{"L":[{"N":"1"}]}"#);
    with("\"M\"", r#"{"a":1}"#, r#"{"M":{"a":{"N":"1"}}}"#);
    with("\"SS\"", r#"["b",1.0,true,""]"#, r#"{"SS":["b","1.0","true",""]}"#);
    with("\"NS\"", r#"[10,"9",1e0]"#, r#"{"NS":["10","9","1"]}"#);
    with("\"BS\"", r#"["AQ==","","AA=="]"#, r#"{"BS":["AQ==","","AA=="]}"#);
}

#[test]
fn what_comes_out_goes_in_again() {
    back("\"B\"", r#"{"B":"AP8="}"#, r#""AP8=""#);
    back("\"B\"", r#"{"B":""}"#, r#""""#);
    back("\"SS\"", r#"{"SS":["b","a",""]}"#, r#"["b","a",""]"#);
    back(
        "\"NS\"",
        r#"{"NS":["2","-1.5","99999999999999999999999999999999999999"]}"#,
        "[2,-1.5,99999999999999999999999999999999999999]",
    );
    back("\"BS\"", r#"{"BS":["AQ==","AA=="]}"#, r#"["AQ==","AA=="]"#);
    back(r#"["B"]"#, r#"{"L":[{"B":"AQ=="},{"B":""}]}"#, r#"["AQ==",""]"#);
    back(r#"[["NS"]]"#, r#"{"L":[{"L":[{"NS":["1"]}]},{"L":[]}]}"#, "[[[1]],[]]");
    back(
        r#"{"photo":"B","deep":{"tags":["SS"]}}"#,
        r#"{"M":{"name":{"S":"a"},"photo":{"B":"AQ=="},"deep":{"M":{"n":{"N":"1"},"tags":{"L":[{"SS":["x"]}]}}}}}"#,
        r#"{"name":"a","photo":"AQ==","deep":{"n":1,"tags":[["x"]]}}"#,
    );
    back(
        r#"[{"a":"B","b":"SS"}]"#,
        r#"{"L":[{"M":{"a":{"B":"AQ=="}}},{"M":{"b":{"SS":["x"]}}}]}"#,
        r#"[{"a":"AQ=="},{"b":["x"]}]"#,
    );
}

#[test]
fn names_are_only_names() {
    natural(r#"{"S":"a"}"#, r#"{"M":{"S":{"S":"a"}}}"#, r#"{"S":"a"}"#);
    natural(
        r#"{"NULL":{"N":1},"size":null}"#,
        r#"{"M":{"NULL":{"M":{"N":{"N":"1"}}},"size":{"NULL":true}}}"#,
        r#"{"NULL":{"N":1},"size":null}"#,
    );
    natural(
        r##"{"a.b":1,"":2,"#c":3,":d":4}"##,
        r##"{"M":{"a.b":{"N":"1"},"":{"N":"2"},"#c":{"N":"3"},":d":{"N":"4"}}}"##,
        r##"{"a.b":1,"":2,"#c":3,":d":4}"##,
    );
    back(r#"{"M":{"B":"B"}}"#, r#"{"M":{"M":{"M":{"B":{"B":"AQ=="}}}}}"#, r#"{"M":{"B":"AQ=="}}"#);
}

#[test]
fn typed_values_are_not_changed() {
    for value in [
        r#"{"N":"1.50"}"#,
        r#"{"N":"1E2"}"#,
        r#"{"NS":["2.0","1e0"]}"#,
        r#"{"SS":["b","a"]}"#,
        r#"{"M":{"b":{"N":"-0"},"a":{"L":[{"BS":["AQ=="]}]}}}"#,
    ] {
        assert_eq!(given(value, Format::Typed, None), value);
        assert_eq!(answered(value, Format::Typed), value);
    }
}

#[test]
fn items_are_names_and_values() {
    let types =
        Type::read_all(&json!({"zip": "S", "tags": "SS", "at": {"lat": "N"}}), "itemTypes", &mut Vec::new()).unwrap();
    let plain = json!({"zip": 8001, "n": 1, "tags": ["b", "a"], "at": {"lat": "47.37"}});
    let held = json!({"zip": {"S": "8001"}, "n": {"N": "1"}, "tags": {"SS": ["b", "a"]}, "at": {"M": {"lat": {"N": "47.37"}}}});
    let mut problems = Vec::new();
    let item = to_item(&plain, Format::Plain, &types, "item", &mut problems).unwrap();
    assert_eq!(Value::Object(item).to_string(), held.to_string(), "in the order given");
    let item = to_item(&held, Format::Typed, &types, "item", &mut problems).unwrap();
    assert_eq!(Value::Object(item), held);
    assert_eq!(to_item(&json!({}), Format::Plain, &BTreeMap::new(), "item", &mut problems), Some(Map::new()));
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(
        from_item(held.clone(), Format::Plain).to_string(),
        r#"{"zip":"8001","n":1,"tags":["b","a"],"at":{"lat":47.37}}"#
    );
    assert_eq!(from_item(held.clone(), Format::Typed), held);
    assert_eq!(from_item(Value::Null, Format::Plain), Value::Null);
}

#[test]
fn what_is_no_value_comes_out_as_it_is() {
    for other in [
        json!(1),
        json!("a"),
        json!(null),
        json!([{"S": "a"}]),
        json!({}),
        json!({"S": 1}),
        json!({"N": "x"}),
        json!({"N": 1}),
        json!({"NS": ["1", "x"]}),
        json!({"SS": ["a", 1]}),
        json!({"BOOL": "true"}),
        json!({"NULL": "x"}),
        json!({"X": "a"}),
        json!({"auto": "a"}),
        json!({"S": "a", "N": "1"}),
    ] {
        assert_eq!(from_value(other.clone(), Format::Plain), other);
    }
    assert_eq!(from_value(json!({"L": [{"S": "a"}, {"X": 1}]}), Format::Plain), json!(["a", {"X": 1}]));
}

#[test]
fn types_are_read_as_they_nest() {
    assert_eq!(wanted("\"NULL\""), Some(Type::Of(Kind::Null)));
    assert_eq!(wanted("{}"), Some(Type::Members(BTreeMap::new())));
    assert_eq!(wanted(r#"["BS"]"#), Some(Type::Elements(Box::new(Type::Of(Kind::Bs)))));
    let deep = Type::Members(BTreeMap::from([("a".to_owned(), Type::Elements(Box::new(Type::Of(Kind::N))))]));
    assert_eq!(wanted(r#"{"a":["N"]}"#), Some(deep));
}

/// A text in so many lists.
fn nested(lists: usize) -> (Value, Value) {
    (0..lists).fold((json!("x"), json!({"S": "x"})), |(plain, typed), _| (json!([plain]), json!({"L": [typed]})))
}

#[test]
fn values_nest_as_deep_as_dynamodb_does() {
    let (plain, typed) = nested(31);
    assert_eq!(to_value(&plain, Format::Plain, None, "value", &mut Vec::new()), Some(typed.clone()));
    assert_eq!(to_value(&typed, Format::Typed, None, "value", &mut Vec::new()), Some(typed.clone()));
    assert_eq!(from_value(typed, Format::Plain), plain);
    let (plain, typed) = nested(32);
    let text = json!(plain.to_string());
    let list = Type::Of(Kind::L);
    for (given, format, wanted) in
        [(&plain, Format::Plain, None), (&typed, Format::Typed, None), (&text, Format::Plain, Some(&list))]
    {
        let mut problems = Vec::new();
        assert_eq!(to_value(given, format, wanted, "value", &mut problems), None);
        let path = format!("value{}", "[0]".repeat(32));
        let wanted = "wanted at most 32 levels of lists and maps with what is in them";
        assert_eq!(problems, [format!("`{path}` is at level 33; {wanted}")]);
    }
}
