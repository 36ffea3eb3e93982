//! Numbers from text to the table: exact, canonical, or refused.

use rowferry_tests::{told, world::World};

/// Loads one cell as N; the number in the table, or the reason why there is none.
async fn number(text: &str) -> String {
    number_by("", text).await
}

/// The same with more of its field.
async fn number_by(more: &str, text: &str) -> String {
    let world = World::loading(
        &[("id", "S", "HASH")],
        &format!("fields: [{{ attribute: id, column: id }}, {{ attribute: n, column: n, type: N{more} }}]"),
    );
    let report = world.load("extracts/s/a.csv", format!("id,n\n1,\"{text}\"\n")).await;
    match world.items("items").first() {
        Some(item) => item["n"]["N"].as_str().unwrap_or("nothing").to_owned(),
        None => told::summary(&report),
    }
}

async fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(&number(text).await, expected, "{text}");
    }
}

fn rejected(reason: &str) -> String {
    format!("succeeded: 1 read, 1 rejected ({reason} 1)")
}

#[tokio::test]
async fn keeps_38_digits_and_refuses_the_39th() {
    let most = "12345678901234567890123456789012345678";
    check(&[
        (most, most),
        ("-0.12345678901234567890123456789012345678", "-0.12345678901234567890123456789012345678"),
        ("123456789012345678901234567890123456780", "123456789012345678901234567890123456780"),
        ("123456789012345678901234567890123456789", &rejected("number_precision")),
        ("0.1000000000000000055511151231257827021181583404541015625", &rejected("number_precision")),
    ])
    .await;
}

#[tokio::test]
async fn refuses_what_is_out_of_range_and_never_makes_it_zero() {
    for text in ["1E126", "-1E126", "1E-131", "-1E-131"] {
        assert_eq!(number(text).await, rejected("number_out_of_range"), "{text}");
    }
    // The table tells them without an exponent.
    let (zeros, small) = ("0".repeat(125), format!("0.{}1", "0".repeat(129)));
    let most = format!("{}{}", "9".repeat(38), "0".repeat(88));
    for (text, expected) in [
        ("1E125", format!("1{zeros}")),
        ("9.9999999999999999999999999999999999999E+125", most.clone()),
        ("-9.9999999999999999999999999999999999999E+125", format!("-{most}")),
        ("1E-130", small.clone()),
        ("-1E-130", format!("-{small}")),
    ] {
        assert_eq!(number(text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn writes_equal_numbers_equally() {
    check(&[
        ("007", "7"),
        ("1.0", "1"),
        ("1e0", "1"),
        ("+5", "5"),
        ("1e3", "1000"),
        ("-0.0", "0"),
        ("0.10", "0.1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("18446744073709551615", "18446744073709551615"),
        ("0.1", "0.1"),
    ])
    .await;
}

#[tokio::test]
async fn refuses_what_is_no_number() {
    for text in ["", " ", "1 ", " 1", "1,5", "1.234,5", "$5", "NaN", "Infinity", "-inf", "0x10", "1_000", "１"] {
        assert_eq!(number(text).await, rejected("number_invalid"), "{text}");
    }
}

#[tokio::test]
async fn white_space_is_taken_off_only_where_the_field_says_so() {
    for (text, expected) in
        [(" 1\t", "1"), ("1 ", "1"), ("+5 ", "5"), ("", "nothing"), (" 1 5", "nothing"), ("1,5 ", "nothing")]
    {
        let trimmed = number_by(", convert: trim", text).await;
        assert_eq!(
            trimmed,
            if expected == "nothing" { rejected("number_invalid") } else { expected.to_owned() },
            "{text}"
        );
    }
}

#[tokio::test]
async fn nan_and_the_infinities_become_what_the_field_says() {
    for (text, name) in
        [("NaN", "NaN"), ("nan", "NaN"), ("inf", "Infinity"), ("+Infinity", "Infinity"), ("-inf", "-Infinity")]
    {
        for (rule, expected) in [
            ("", Err("number_invalid")),
            (", on_nan: reject", Err("number_invalid")),
            (", on_nan: 'null'", Ok(r#"id="1""#.to_owned())),
            (", on_nan: null, on_null: keep", Ok(r#"id="1" n=5"#.to_owned())),
            (", on_nan: null, on_null: null", Ok(r#"id="1" n=null"#.to_owned())),
            (", on_nan: null, on_null: reject", Err("null_not_allowed")),
            (", on_nan: text", Ok(format!("id=\"1\" n=\"{name}\""))),
        ] {
            let fields =
                format!("fields: [{{ attribute: id, column: id }}, {{ attribute: n, column: n, type: N{rule} }}]");
            let world = World::loading(&[("id", "S", "HASH")], &fields);
            world.put("items", &serde_json::json!({"id": {"S": "1"}, "n": {"N": "5"}}));
            let report = world.load("extracts/s/a.csv", format!("id,n\n1,\"{text}\"\n2,7\n")).await;
            let first = &world.lines("items")[0];
            match expected {
                Ok(item) => assert_eq!(first, &item, "{text}{rule}"),
                Err(reason) => assert_eq!(report["rejects"]["by_reason"][reason], 1, "{text}{rule}"),
            }
            assert_eq!(world.lines("items")[1], r#"id="2" n=7"#, "numbers stay numbers");
        }
    }
}

#[tokio::test]
async fn a_null_marker_may_be_what_a_warehouse_writes_for_nan() {
    let fields = "fields:\n  - { attribute: id, column: id }\n  - { attribute: n, column: n, type: N, on_null: RULE }\n  - { attribute: s, column: n }\n";
    for (rule, expected) in
        [("remove", [r#"id="1""#, r#"id="2""#]), ("'null'", [r#"id="1" n=null"#, r#"id="2" n=null"#])]
    {
        let definition = format!("source: {{ csv: {{ nulls: [NaN, inf] }} }}\n{}", fields.replace("RULE", rule));
        let world = World::loading(&[("id", "S", "HASH")], &definition);
        world.load("extracts/s/a.csv", "id,n\n1,NaN\n2,inf\n").await;
        assert_eq!(world.lines("items"), expected, "{rule}");
    }
}

#[tokio::test]
async fn text_that_looks_like_a_number_stays_text_by_default() {
    let world = World::loading(&[("id", "S", "HASH")], "fields: all");
    world.load("extracts/s/a.csv", "id,zip,big,bool\n01,00123,1e400,true\n").await;
    assert_eq!(world.lines("items"), [r#"big="1e400" bool="true" id="01" zip="00123""#]);
}
