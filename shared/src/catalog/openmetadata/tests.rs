use super::*;

#[test]
fn a_number_that_a_double_keeps_is_a_number() {
    let check = |text: &str, kept: bool| {
        let number: Number = text.parse().unwrap();
        let expected = if kept { Value::Number(number.clone()) } else { Value::from(text) };
        assert_eq!(limit(&Value::Number(number)), Some(expected), "{text}");
    };
    check("0", true);
    check("-12.5", true);
    check("123456789012345000000", true);
    check("1E+125", true);
    check("0.000000000000000123456", true);
    check("9007199254740993", true);
    check("12345678901234567890123", false);
    check("0.1234567890123456", false);
    assert_eq!(limit(&Value::from("text")), Some(Value::from("text")));
    assert_eq!(limit(&Value::Bool(true)), None);
}

#[test]
fn bins_are_named_by_their_boundaries() {
    let numbers = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    let histogram = native::Histogram { boundaries: numbers(&["0.5", "500", "999.9"]), frequencies: vec![300, 180] };
    let expected = json!({"boundaries": ["0.5 to 500", "500 and up"], "frequencies": [300, 180]});
    assert_eq!(self::histogram(&histogram), expected);
    assert_eq!(self::histogram(&native::Histogram::default()), json!({"boundaries": [], "frequencies": []}));
}

#[test]
fn names_hold_nothing_that_means_something_there() {
    let check = |raw: &str, expected: &str| assert_eq!(name::encode(raw), expected);
    check("plain.name", "plain.name");
    check("a:::b", "a__reserved__colon__:b");
    check("a>\"b\"", "a__reserved__arrow____reserved__quote__b__reserved__quote__");
    check("\r\n\t\0", "__reserved__carriage_return____reserved__newline____reserved__tab____reserved__u0000__");
    check("a\u{2028}\u{85}b", "a__reserved__u2028____reserved__u0085__b");
    check("\u{202e}right to left", "\u{202e}right to left");
    check("", "-");
    check(" ", "-");
}

#[test]
fn long_names_are_cut_and_stay_different() {
    let long = |last: &str| name::encode(&format!("{}{last}", "😀".repeat(300)));
    assert!(long("a").encode_utf16().count() <= 256);
    assert_ne!(long("a"), long("b"));
    assert_eq!(name::encode(&"a".repeat(256)), "a".repeat(256));
}

#[test]
fn names_with_dots_are_quoted_where_names_are_joined() {
    assert_eq!(name::join(&["dynamodb", "1.2", "eu-west-1"]), "dynamodb.\"1.2\".eu-west-1");
}

#[test]
fn what_is_sensitive_outweighs_what_is_not() {
    let found = |entity: &str, sensitivity: &str, decision: &str| native::Classification {
        entity: entity.to_owned(),
        sensitivity: sensitivity.to_owned(),
        decision: decision.to_owned(),
        ..native::Classification::default()
    };
    let element = Attribute { classification: Some(found("email", "sensitive", "found")), ..Attribute::default() };
    let attribute = Attribute {
        classification: Some(found("url", "non_sensitive", "confirmed")),
        element: Some(Box::new(element)),
        ..Attribute::default()
    };
    let tag = tag(&attribute).unwrap();
    assert_eq!(tag["tagFQN"], "PII.Sensitive");
    assert_eq!((&tag["state"], &tag["reason"]), (&json!("Suggested"), &json!("email")));
}
