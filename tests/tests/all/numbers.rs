//! Numbers from text to the table: exact, canonical, or refused.

use rowferry_tests::{told, world::World};

/// Loads one cell as N; the number in the table, or the reason why there is none.
async fn number(text: &str) -> String {
    let world = World::loading(
        &[("id", "S", "HASH")],
        "fields: [{ attribute: id, column: id }, { attribute: n, column: n, type: N }]",
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
    for text in ["1E125", "9.9999999999999999999999999999999999999E+125", "1E-130", "-1E-130"] {
        assert!(!number(text).await.contains("rejected"), "{text}");
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
async fn text_that_looks_like_a_number_stays_text_by_default() {
    let world = World::loading(&[("id", "S", "HASH")], "fields: all");
    world.load("extracts/s/a.csv", "id,zip,big,bool\n01,00123,1e400,true\n").await;
    assert_eq!(world.lines("items"), [r#"big="1e400" bool="true" id="01" zip="00123""#]);
}
