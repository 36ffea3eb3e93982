//! Fields: origins, types, the version attribute, constants.

use super::*;

/// A definition with one field, which begins at 3:3.
#[track_caller]
fn check_field(field: &str, expected: &[&str]) {
    check(&format!("destination: {{ table: orders }}\nfields:\n- {{ attribute: a, {field} }}"), expected);
}

#[track_caller]
fn field(field: &str) -> Field {
    let text = format!("destination: {{ table: orders }}\nfields:\n- {{ attribute: a, {field} }}");
    match parse("orders", &text).unwrap().fields {
        Fields::List(mut list) => list.remove(0),
        Fields::All => panic!("{text}"),
    }
}

#[track_caller]
fn check_value(value: &str, expected: &Constant) {
    assert_eq!(field(&format!("value: {value}")).from, Origin::Value(expected.clone()), "{value}");
}

#[test]
fn checks_the_list_of_fields() {
    let wanted = "wanted `all`, or a list of fields that is not empty";
    let check =
        |fields: &str, expected: &[&str]| check(&format!("destination: {{ table: orders }}\n{fields}"), expected);
    check("fields: []", &[&format!("2:9 `fields` is an empty list; {wanted}")]);
    check("fields: every", &[&format!("2:9 `fields` is `every`; {wanted}")]);
    check("fields:", &[&format!("2:1 `fields` has no value; {wanted}, or no `fields` at all")]);
    check("fields: { a: b }", &[&format!("2:9 `fields` is a map; {wanted}")]);
    check(
        "fields: [a]",
        &[
            "2:10 an entry of `fields` is `a`; wanted keys: `attribute`, `column`, `template`, `value`, `type`, `convert`, \
         `split`, `encoding`, `on_null` or `on_nan`",
        ],
    );
    check(
        "fields:\n- { attribute: a, column: b }\n- { attribute: c, value: d }\n- { attribute: a, value: e }",
        &["5:3 attribute `a` is mapped twice; remove one of lines 3 and 5"],
    );
    let long = "a".repeat(65_536);
    check(
        &format!("fields: [{{ column: b, attribute: '{long}' }}]"),
        &["2:34 `attribute` is 65536 bytes long; wanted 65535 at most, so shorten it"],
    );
}

#[test]
fn checks_the_origin_of_a_field() {
    check_field("type: N", &["3:3 the field has no origin; give it one of `column`, `template` and `value`"]);
    check_field(
        "column: a, value: b",
        &["3:3 the field has both `column` and `value`; wanted exactly one of them, so remove the other"],
    );
    check_field("column: ''", &["3:27 `column` is an empty text; wanted a text that is not empty"]);
    check_field("template: 'a{b'", &["3:29 `template` is `a{b`, where a `{` is not closed; write a brace as `{{`"]);
    check_field("template: {b}", &["3:29 `template` is a map; wanted a text that is not empty"]);
}

#[test]
fn checks_that_type_and_conversion_go_together() {
    check_field("column: b, type: NULL, on_null: null", &[]);
    check_field("column: b, type: auto, convert: date", &[]);
    check_field("column: b, convert: epoch_seconds", &[]);
    check_field("column: b, type: N, convert: trim", &[]);
    check_field(
        "column: b, type: N, convert: iso8601",
        &["3:48 `convert` does not fit the field's type; wanted type S"],
    );
    check_field(
        "column: b, type: SS, split: ',', convert: epoch_millis",
        &["3:61 `convert` does not fit the field's type; wanted type N or S"],
    );
    check_field(
        "column: b, encoding: hex",
        &["3:40 `encoding` is for bytes; remove it, or add `type: B` or `type: BS`"],
    );
    check_field("column: b, type: BS, encoding: hex, split: ' '", &[]);
    check_field(
        "column: b, type: M, split: ','",
        &["3:46 `split` is for sets and lists; remove it, or add `type:` SS, NS, BS or L"],
    );
    check_field(
        "column: b, type: L, split: ''",
        &["3:46 `split` is an empty text; wanted what stands between the members, such as `\"|\"`"],
    );
    check_field(
        "value: b, on_null: keep, convert: trim, type: SS, split: ','",
        &[
            "3:26 `value` is `b`; wanted a list of texts of type SS, so change one of them",
            "3:38 `on_null` has no effect on a `value`, which is the same for every row; remove it",
            "3:53 `convert` has no effect on a `value`; remove it, and write the value as it shall be",
            "3:76 `split` has no effect on a `value`; remove it, and write the value as a list",
        ],
    );
}

#[test]
fn checks_what_nan_may_become() {
    for (rest, expected) in [
        ("column: b, on_nan: reject", None),
        ("column: b, on_nan: null", None),
        ("column: b, type: N, on_nan: 'null', on_null: keep", None),
        ("column: b, type: auto, on_nan: text", None),
        (
            "column: b, type: BOOL, on_nan: text",
            Some("3:50 `on_nan` is for numbers; remove it, or use type N, S or auto"),
        ),
        ("template: 'a{b}', on_nan: text", Some("3:45 `on_nan` is for a `column`; remove it")),
        ("value: 1, on_nan: text", Some("3:37 `on_nan` is for a `column`; remove it")),
        ("column: b, on_nan: nul", Some("3:38 `on_nan` is `nul`; did you mean `null`?")),
    ] {
        check_field(rest, expected.as_slice());
    }
}

#[test]
fn says_where_a_version_may_be_text() {
    for (rest, said) in [
        ("fields: all", true),
        ("fields: [{ attribute: v, column: v }]", true),
        ("fields: [{ attribute: v, column: v, type: auto }]", true),
        ("fields: [{ attribute: v, column: v, type: N }]", false),
        ("fields: [{ attribute: v, column: v, type: S }]", false),
        ("fields: [{ attribute: v, column: v, convert: iso8601 }]", false),
        ("fields: all\nsource: { format: csv }", true),
        ("fields: all\nsource: { format: parquet }", false),
    ] {
        let text = format!("destination: {{ table: orders }}\nversion: v\n{rest}\n");
        let notices = parse("orders", &text).unwrap().notices;
        let message = "`version` is `v`, without a type; cells of CSV and TSV then compare as text, `9` above `10`; where it \
                       is a number, give its field `type: N`";
        let expected = said.then(|| Problem::at(Place { line: 2, column: 10 }, message));
        assert_eq!(notices, Vec::from_iter(expected), "{rest}");
    }
}

#[test]
fn checks_the_version_attribute() {
    let field =
        |field: &str| format!("fields: [{{ attribute: v, {field} }}]\nversion: v\ndestination: {{ table: orders }}");
    let parsed = parse("orders", &field("column: b, type: N")).unwrap();
    assert!(matches!(&parsed.fields, Fields::List(list) if list[0].on_null.is_none()));
    check(&field("column: b, on_null: reject"), &[]);
    check(
        &field("column: b, on_null: remove"),
        &["1:46 `on_null` of the version attribute can only be `reject`; remove it"],
    );
    check(
        &field("column: b, on_nan: text"),
        &["1:45 `on_nan` of the version attribute can only be `reject`; remove it"],
    );
    check(&field("value: 1"), &["2:10 `version` is `v`, the same for every row; map a column to it"]);
    check(&field("column: b, type: BOOL"), &["2:10 `version` is `v`, whose type has no order; wanted type N, S or B"]);
    check(
        &field("column: b").replace("version: v", "version: w1"),
        &["2:10 `version` is `w1`, which no field maps; add a field for it"],
    );
    check(
        &format!("{}\nwrite: create_only", field("column: b")),
        &["2:10 `version` has no effect with `write: create_only`, which never changes an item; remove one of them"],
    );
    check_above("version: updated_at", &[]);
}

#[test]
fn keeps_constants_as_they_are_written() {
    let text = |text: &str| Constant::Text(text.into());
    let number = |text: &str| Constant::Number(text.into());
    for digits in ["0.10", "007", "-1.50e3", "12345678901234567890123456789012345678", "+5", "1E-130"] {
        check_value(digits, &number(digits));
        check_value(&format!("'{digits}'"), &text(digits));
        check_value(&format!("{digits}, type: S"), &text(digits));
        check_value(&format!("'{digits}', type: N"), &number(digits));
    }
    for word in ["no", "yes", "on", "off", "y", "2024-01-01", "1_000", "0b1", "1.2.3", "e5", "."] {
        check_value(word, &text(word));
    }
    check_value("true", &Constant::Bool(true));
    check_value("no, type: BOOL", &Constant::Bool(false));
    check_value("null", &Constant::Null);
    check_value("~, type: NULL", &Constant::Null);
    check_value("'null'", &text("null"));
    check_value("''", &text(""));
    check_value("cafe, type: B, encoding: hex", &text("cafe"));
    check_value("[1, 'a'], type: L", &Constant::List(vec![number("1"), text("a")]));
    check_value(
        "{ x: { y: 1.0 } }",
        &Constant::Map(vec![("x".into(), Constant::Map(vec![("y".into(), number("1.0"))]))]),
    );
    check_value("[b, a], type: SS", &Constant::List(vec![text("b"), text("a")]));
    check_value("[1, '2'], type: NS", &Constant::List(vec![number("1"), number("2")]));
}

#[test]
fn refuses_constants_that_do_not_fit_their_type() {
    let so = "so change one of them";
    check_field("value: abc, type: N", &[&format!("3:26 `value` is `abc`; wanted a number of type N, {so}")]);
    check_field("value: 0x1F, type: N", &[&format!("3:26 `value` is `0x1F`; wanted a number of type N, {so}")]);
    check_field(
        "value: maybe, type: BOOL",
        &[&format!("3:26 `value` is `maybe`; wanted `true` or `false` of type BOOL, {so}")],
    );
    check_field(
        "value: 'caf', type: B",
        &[&format!("3:26 `value` is `caf`; wanted bytes of type B in the field's `encoding`, {so}")],
    );
    check_field("value: null, type: S", &[&format!("3:26 `value` is `null`; wanted a text of type S, {so}")]);
    check_field("value: [1], type: M", &[&format!("3:26 `value` is a list; wanted a map of type M, {so}")]);
    check_field("value: [[1]], type: NS", &[&format!("3:27 `value` is a list; wanted a number of type N, {so}")]);
    check_field("value: , type: S", &["3:19 `value` has no value; wanted one, or `null` for DynamoDB's NULL"]);
    check_field(
        "value: [], type: SS",
        &["3:26 `value` is an empty list, and DynamoDB has no empty sets; give it a member"],
    );
    check_field("value: [1, 2, 1.0], type: NS", &["3:33 `1.0` stands in the set twice; remove one"]);
    check_field("value: [a, b, a], type: SS", &["3:33 `a` stands in the set twice; remove one"]);
    check_field("value: [cafe, CAFE], type: BS, encoding: hex", &["3:33 `CAFE` stands in the set twice; remove one"]);
    for text in [".inf", "-.INF", ".nan", "0x1F", "0o17"] {
        check_field(
            &format!("value: {text}"),
            &[&format!(
                "3:26 `value` is `{text}`, a number that DynamoDB lacks; write it in decimal digits, or in quotes if it is text"
            )],
        );
    }
    let range = "wanted at most 38 of them, from 1E-130 to 9.9E+125, or the number in quotes and `type: S`";
    check_field("value: 1e126", &[&format!("3:26 `value` is `1e126`; {range}")]);
    check_field("value: [1e-131]", &[&format!("3:27 `value` is `1e-131`; {range}")]);
    check_field("value: 1e99999999999999999999", &[&format!("3:26 `value` is `1e99999999999999999999`; {range}")]);
    check_field(&format!("value: {}", "1".repeat(39)), &[&format!("3:26 `value` has 39 significant digits; {range}")]);
    let deep = |levels: usize| format!("value: {}{}", "[".repeat(levels), "]".repeat(levels));
    check_field(&deep(32), &[]);
    check_field(&deep(33), &["3:58 `value` is nested too deep; DynamoDB takes 32 levels, so flatten it"]);
}
