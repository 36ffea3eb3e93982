//! Values as an independent DynamoDB reads them: what we write it takes, what we refuse it refuses, and it counts the
//! same bytes.

use dynoxide::types::{AttributeValue, normalize_dynamo_number, validate_dynamo_number};
use proptest::prelude::*;
use rowferry::{
    definition::{Encoding, Kind},
    mapping::value::{Conversion, encode},
    reject::Reason,
    row::Cell,
};

fn encoded(kind: Kind, text: &str) -> Result<(String, usize), Reason> {
    let conversion = Conversion { kind, convert: None, split: None, encoding: Encoding::Utf8 };
    let mut out = Vec::new();
    let size = encode(&conversion, Cell::Text(text), &mut out).map_err(|fault| fault.reason)?;
    Ok((String::from_utf8_lossy(&out).into_owned(), size))
}

fn read(json: &str) -> Result<AttributeValue, String> {
    serde_json::from_str(json).map_err(|error| format!("{error}: {json}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn numbers_have_the_same_value_and_size(
        text in r"[+-]?([0-9]{1,40}\.?|[0-9]{0,30}\.[0-9]{1,30}|0{0,3}\.0{0,60}[0-9]{1,9})([eE][+-]?[0-9]{1,3})?|[0-9+.eE -]{0,9}"
    ) {
        let theirs = validate_dynamo_number(&text);
        match encoded(Kind::N, &text) {
            Ok((json, size)) => {
                let value = read(&json).unwrap();
                prop_assert_eq!(value.size(), size, "{}", json);
                let AttributeValue::N(number) = value else { panic!("{json}") };
                // A zero whose exponent is out of range is no number there.
                let same = if theirs.is_ok() { normalize_dynamo_number(&text) } else { "0".to_owned() };
                prop_assert_eq!(normalize_dynamo_number(&number), same);
            }
            Err(_) => prop_assert!(theirs.is_err(), "{}", text),
        }
    }

    #[test]
    fn documents_have_the_same_size(
        json in r#"(\[|\{"a":)(\{("[a-cé]{0,2}":(-?[1-9]{1,5}|0\.0[0-9]{1,5}|"[xé]{0,2}"|null|\[true,false\]),){0,5}"d":1\}|\[\[\],\{\}\])(\]|\})"#
    ) {
        let kind = if json.starts_with('[') { Kind::L } else { Kind::M };
        if let Ok((written, size)) = encoded(kind, &json) {
            prop_assert_eq!(read(&written).unwrap().size(), size, "{}", written);
        }
    }

    #[test]
    fn sets_have_the_same_size(numbers in proptest::collection::vec(-300_i64..300, 1..9)) {
        let json = serde_json::to_string(&numbers).unwrap();
        for kind in [Kind::Ns, Kind::Ss] {
            match encoded(kind, &json) {
                Ok((written, size)) => prop_assert_eq!(read(&written).unwrap().size(), size, "{}", written),
                Err(reason) => prop_assert_eq!(reason, Reason::SetDuplicate),
            }
        }
    }
}

#[test]
fn strings_and_bytes_have_the_same_size() {
    for text in ["", "a", "é\"\\\n\u{1}😀", &"x".repeat(409_600)] {
        for kind in [Kind::S, Kind::B] {
            let (json, size) = encoded(kind, text).unwrap();
            assert_eq!(read(&json).unwrap().size(), size);
            assert_eq!(size, text.len());
        }
    }
}
