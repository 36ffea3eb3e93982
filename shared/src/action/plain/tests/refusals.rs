//! What is said of what cannot be taken.

use super::*;

#[track_caller]
fn refused(given: &Value, format: Format, of: &str, expected: &[&str]) {
    let mut problems = Vec::new();
    let wanted = if of.is_empty() { None } else { wanted(of) };
    assert_eq!(to_value(given, format, wanted.as_ref(), "value", &mut problems), None, "{given}");
    assert_eq!(problems, expected);
}

#[track_caller]
fn plain(of: &str, given: &Value, problem: &str) {
    refused(given, Format::Plain, of, &[problem]);
}

#[track_caller]
fn typed(given: &Value, problem: &str) {
    refused(given, Format::Typed, "", &[problem]);
}

#[test]
fn plain_values_of_another_type() {
    plain("\"N\"", &json!("abc"), "`value` is `abc`; wanted a decimal number for the type N");
    plain("\"N\"", &json!(""), "`value` is the empty string; wanted a decimal number for the type N");
    plain("\"N\"", &json!(true), "`value` is a boolean; wanted a number or its text for the type N");
    plain(
        "\"N\"",
        &json!(null),
        "`value` is null; wanted a number or its text for the type N; leave it out, or give it the type NULL",
    );
    plain("\"S\"", &json!(null), "`value` is null; wanted text for the type S; leave it out, or give it the type NULL");
    plain("\"S\"", &json!([1]), "`value` is a list; wanted text for the type S");
    plain(
        "\"S\"",
        &json!({"S": "a"}),
        "`value` is an object; wanted text for the type S; DynamoDB JSON wants `format: typed`",
    );
    plain("\"B\"", &json!("AP8"), "`value` is `AP8`; wanted base64 with padding (RFC 4648) for the type B");
    plain("\"B\"", &json!(1234), "`value` is a number; wanted base64 text for the type B");
    plain(
        "\"BOOL\"",
        &json!("maybe"),
        "`value` is `maybe`; wanted true, false, t, f, yes, no, y, n, 1 or 0 for the type BOOL",
    );
    plain("\"BOOL\"", &json!(2), "`value` is `2`; wanted true, false, t, f, yes, no, y, n, 1 or 0 for the type BOOL");
    plain("\"NULL\"", &json!("null"), "`value` is text; wanted null for the type NULL");
    plain("\"L\"", &json!({}), "`value` is an object; wanted a list for the type L");
    plain("\"L\"", &json!(""), "`value` is empty text; wanted a list for the type L");
    plain("\"L\"", &json!("\"[]\""), "`value` is text that holds text; wanted a list for the type L");
    plain(
        "\"M\"",
        &json!("{\"a\": }"),
        "`value` is text that cannot be read as JSON from line 1, column 7 on; wanted an object for the type M",
    );
    plain("\"M\"", &json!("[1]"), "`value` is text that holds a list; wanted an object for the type M");
    plain("\"SS\"", &json!({"a": 1}), "`value` is an object; wanted a list of texts for the type SS");
    plain("\"SS\"", &json!(1), "`value` is a number; wanted a list of texts for the type SS");
    plain(
        "",
        &json!(json("1e126")),
        "`value` is `1e+126`; wanted a magnitude of 1E-130 to 9.9999999999999999999999999999999999999E+125 for the type N; as S it keeps its text",
    );
    plain(
        "",
        &json!(json("123456789012345678901234567890123456789")),
        "`value` is `123456789012345678901234567890123456789`; wanted at most 38 significant digits for the type N; as S it keeps its text",
    );
}

#[test]
fn sets_have_members_and_none_twice() {
    plain(
        "\"SS\"",
        &json!([]),
        "`value` is an empty list; wanted a member at least, as DynamoDB has no empty set; leave it out, or give it the type L",
    );
    plain("\"SS\"", &json!(["a", "b", "a"]), "`value[2]` is the same as `value[0]`; wanted each member of a set once");
    plain("\"NS\"", &json!(["1.0", 1]), "`value[1]` is the same as `value[0]`; wanted each member of a set once");
    plain("\"NS\"", &json!("[1, 1]"), "`value[1]` is the same as `value[0]`; wanted each member of a set once");
    plain("\"SS\"", &json!(["a", null]), "`value[1]` is null, which no set holds; leave it out");
    plain("\"BS\"", &json!(["AQ==", 1]), "`value[1]` is a number; wanted base64 text for the type B");
    typed(
        &json!({"SS": []}),
        "`value` is an empty list; wanted a member at least, as DynamoDB has no empty set; leave it out",
    );
    typed(&json!({"NS": ["1", "1.0"]}), "`value[1]` is the same as `value[0]`; wanted each member of a set once");
    typed(&json!({"NS": [1]}), "`value[0]` is a number; wanted text in quotes, as each member of NS");
    typed(&json!({"NS": ["x"]}), "`value[0]` is `x`; wanted a decimal number for the type N");
    typed(&json!({"BS": ["AQ"]}), "`value[0]` is `AQ`; wanted base64 with padding (RFC 4648) for the type B");
}

#[test]
fn typed_values_say_how_to_mend_them() {
    typed(
        &json!("a"),
        r#"`value` is text; `format: typed` wants `{"S": "…"}`, or leave `format` out for plain values"#,
    );
    typed(
        &json!(5),
        r#"`value` is a number; `format: typed` wants `{"N": "5"}`, or leave `format` out for plain values"#,
    );
    typed(
        &json!(null),
        r#"`value` is null; `format: typed` wants `{"NULL": true}`, or leave `format` out for plain values"#,
    );
    typed(
        &json!(true),
        r#"`value` is a boolean; `format: typed` wants `{"BOOL": true}`, or leave `format` out for plain values"#,
    );
    typed(
        &json!([1]),
        r#"`value` is a list; `format: typed` wants `{"L": […]}`, or leave `format` out for plain values"#,
    );
    typed(
        &json!({}),
        r#"`value` is an empty object; `format: typed` wants `{"M": {…}}`, or leave `format` out for plain values"#,
    );
    typed(
        &json!({"a": 1, "b": 2}),
        r#"`value` is an object with 2 members; `format: typed` wants `{"M": {…}}`, or leave `format` out for plain values"#,
    );
    typed(
        &json!({"street": {"S": "a"}}),
        r#"`value` is an object with `street`, which is no type; `format: typed` wants `{"M": {…}}`, or leave `format` out for plain values"#,
    );
    typed(&json!({"s": "a"}), "`value` is an object with `s`, which is no type; did you mean `S`?");
    typed(&json!({"N": 5}), r#"`value` has a number as its N; wanted text: `{"N": "5"}`"#);
    typed(&json!({"N": true}), r#"`value` has a boolean as its N; wanted a number in text: `{"N": "1"}`"#);
    typed(&json!({"N": "five"}), "`value` is `five`; wanted a decimal number for the type N");
    typed(&json!({"S": 5}), r#"`value` has a number as its S; wanted text: `{"S": "…"}`"#);
    typed(&json!({"B": 5}), r#"`value` has a number as its B; wanted base64 text: `{"B": "…"}`"#);
    typed(&json!({"B": "AP8"}), "`value` is `AP8`; wanted base64 with padding (RFC 4648) for the type B");
    typed(
        &json!({"BOOL": "true"}),
        r#"`value` has text as its BOOL; wanted true or false without quotes: `{"BOOL": true}`"#,
    );
    typed(&json!({"NULL": false}), r#"`value` has a boolean as its NULL; wanted true: `{"NULL": true}`"#);
    typed(&json!({"NULL": null}), r#"`value` has null as its NULL; wanted true: `{"NULL": true}`"#);
    typed(&json!({"SS": "a"}), r#"`value` has text as its SS; wanted a list: `{"SS": […]}`"#);
    typed(&json!({"NS": 1}), r#"`value` has a number as its NS; wanted a list of numbers in text: `{"NS": ["1"]}`"#);
    typed(&json!({"L": {}}), r#"`value` has an object as its L; wanted a list: `{"L": […]}`"#);
    typed(&json!({"M": []}), r#"`value` has a list as its M; wanted an object: `{"M": {…}}`"#);
    typed(
        &json!({"L": [1]}),
        r#"`value[0]` is a number; `format: typed` wants `{"N": "1"}`, or leave `format` out for plain values"#,
    );
}

#[test]
fn a_typed_value_has_the_type_that_is_wanted() {
    refused(&json!({"N": "1"}), Format::Typed, "\"S\"", &["`value` has the type N; wanted S"]);
    refused(
        &json!({"M": {"a": {"L": [{"S": "x"}]}}}),
        Format::Typed,
        r#"{"a":["B"]}"#,
        &["`value.a[0]` has the type S; wanted B"],
    );
    refused(
        &json!({"M": {"a": {"S": "x"}}}),
        Format::Typed,
        r#"{"aa":"S"}"#,
        &["`value` has no `aa`, but a type is given for it; leave the type out"],
    );
}

#[test]
fn every_type_of_a_member_is_for_a_member() {
    refused(
        &json!({"tag": "1"}),
        Format::Plain,
        r#"{"tags":"S"}"#,
        &["`value` has no `tags`, but a type is given for it; did you mean `tag`?"],
    );
    refused(
        &json!([{"a": {"b": 1}}, {"a": {"c": 1}}]),
        Format::Plain,
        r#"[{"a":{"b":"N","x":"N"}}]"#,
        &["`value[].a` has no `x`, but a type is given for it; leave the type out"],
    );
    refused(
        &json!(r#"[{"a":"{}"}]"#),
        Format::Plain,
        r#"[{"a":{"b":"N"}}]"#,
        &["`value[].a` has no `b`, but a type is given for it; leave the type out"],
    );
    assert_eq!(
        given(r#"[{"a":1},{"b":2}]"#, Format::Plain, wanted(r#"[{"a":"N","b":"S"}]"#).as_ref()),
        r#"{"L":[{"M":{"a":{"N":"1"}}},{"M":{"b":{"S":"2"}}}]}"#
    );
    assert_eq!(given("[]", Format::Plain, wanted(r#"[{"a":"N"}]"#).as_ref()), r#"{"L":[]}"#);
    let types = Type::read_all(&json!({"pric": "N", "colour": "S"}), "itemTypes", &mut Vec::new()).unwrap();
    for (format, item) in
        [(Format::Plain, json!({"price": "1", "id": "a"})), (Format::Typed, json!({"price": {"N": "1"}}))]
    {
        let mut problems = Vec::new();
        assert_eq!(to_item(&item, format, &types, "item", &mut problems), None);
        assert_eq!(
            problems,
            [
                "`item` has no `colour`, but a type is given for it; leave the type out",
                "`item` has no `pric`, but a type is given for it; did you mean `price`?"
            ]
        );
    }
}

#[test]
fn problems_come_all_at_once_and_name_the_path() {
    let types = Type::read_all(
        &json!({"zip": "N", "a.b": ["N"], "m": {"it's \"it\"": "BOOL"}, "tags": "SS"}),
        "itemTypes",
        &mut Vec::new(),
    )
    .unwrap();
    let item =
        json!({"zip": "x", "a.b": ["1", [], "2", "y"], "m": {"it's \"it\"": "z"}, "tags": ["a", {}, "a"], "fine": 1});
    let mut problems = Vec::new();
    assert_eq!(to_item(&item, Format::Plain, &types, "item", &mut problems), None);
    assert_eq!(
        problems,
        [
            "`item.zip` is `x`; wanted a decimal number for the type N",
            r#"`item["a.b"][1]` is a list; wanted a number or its text for the type N"#,
            r#"`item["a.b"][3]` is `y`; wanted a decimal number for the type N"#,
            r#"`item.m["it's \"it\""]` is `z`; wanted true, false, t, f, yes, no, y, n, 1 or 0 for the type BOOL"#,
            "`item.tags[1]` is an object; wanted text for the type S",
            "`item.tags[2]` is the same as `item.tags[0]`; wanted each member of a set once"
        ]
    );
    let mut problems = Vec::new();
    assert_eq!(to_item(&json!([1]), Format::Typed, &types, "item", &mut problems), None);
    assert_eq!(problems, ["`item` is a list; wanted an object: attribute names and their values"]);
}

#[test]
fn a_hundred_problems_are_enough() {
    let mut problems = Vec::new();
    let many: Vec<_> = (0..1_000).map(|_| json!(1)).collect();
    assert_eq!(to_value(&json!({"L": many}), Format::Typed, None, "value", &mut problems), None);
    assert_eq!(problems.len(), 100);
    let names: Map<_, _> = (0..1_000).map(|name| (name.to_string(), json!("S"))).collect();
    let types = Type::read_all(&Value::Object(names), "itemTypes", &mut Vec::new()).unwrap();
    assert_eq!(to_item(&json!({}), Format::Plain, &types, "item", &mut problems), None);
    assert_eq!(problems.len(), 100);
}

#[test]
fn types_are_types() {
    #[track_caller]
    fn check(given: &Value, expected: &[&str]) {
        let mut problems = Vec::new();
        assert_eq!(Type::read_all(given, "itemTypes", &mut problems), None);
        assert_eq!(problems, expected);
    }
    check(&json!("S"), &["`itemTypes` is text; wanted an object: attribute names and their types"]);
    check(
        &json!({"a": "text", "b": "ss", "c": 1, "d": [], "e": ["N", "S"], "f": {"g": null, "h": ["auto"]}, "i": "N"}),
        &[
            "`itemTypes.a` is `text`, which is no type; wanted `S`, `N`, `B`, `BOOL`, `NULL`, `SS`, `NS`, `BS`, `L` or `M`",
            "`itemTypes.b` is `ss`, which is no type; did you mean `SS`?",
            r#"`itemTypes.c` is a number; wanted a type: `"N"`, an object with the members' types, or a list with the elements' type"#,
            r#"`itemTypes.d` is a list of 0; wanted a list of one, the type of every element: `["N"]`"#,
            r#"`itemTypes.e` is a list of 2; wanted a list of one, the type of every element: `["N"]`"#,
            r#"`itemTypes.f.g` is null; wanted a type: `"N"`, an object with the members' types, or a list with the elements' type"#,
            "`itemTypes.f.h[0]` is `auto`, which is no type; wanted `S`, `N`, `B`, `BOOL`, `NULL`, `SS`, `NS`, `BS`, `L` or `M`",
        ],
    );
    let deep = (0..40).fold(json!("S"), |inner, _| json!([inner]));
    check(
        &json!({"a": deep}),
        &[
            "`itemTypes.a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]` is at level 33; wanted at most 32 levels, as DynamoDB nests no deeper",
        ],
    );
}
