use arrow_buffer::i256;
use proptest::prelude::*;

use super::*;

mod constants;
mod refusals;

fn to(kind: Kind) -> Conversion {
    Conversion { kind, convert: None, split: None, encoding: Encoding::Base64 }
}

fn by(kind: Kind, convert: Convert) -> Conversion {
    Conversion { convert: Some(convert), ..to(kind) }
}

fn split(kind: Kind, separator: &str) -> Conversion {
    Conversion { split: Some(separator.to_owned()), ..to(kind) }
}

#[track_caller]
fn check(conversion: &Conversion, cell: Cell<'_>, json: &str, size: usize) {
    let mut out = b"before".to_vec();
    assert_eq!(encode(conversion, cell, &mut out), Ok(size), "{cell:?}");
    assert_eq!(String::from_utf8(out).unwrap().strip_prefix("before"), Some(json));
}

#[track_caller]
fn text(conversion: &Conversion, cell: &str, json: &str, size: usize) {
    check(conversion, Cell::Text(cell), json, size);
}

const NOON: Cell<'_> = Cell::Timestamp { seconds: 43_200, nanos: 500_000_000, utc: true };
const LOCAL_NOON: Cell<'_> = Cell::Timestamp { seconds: 43_200, nanos: 0, utc: false };
const UUID: Cell<'_> =
    Cell::Uuid(&[0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x0f]);

#[test]
fn strings_are_escaped_and_counted_in_bytes() {
    let s = to(Kind::S);
    text(&s, "x", r#"{"S":"x"}"#, 1);
    text(&s, "", r#"{"S":""}"#, 0);
    text(&s, "007", r#"{"S":"007"}"#, 3);
    text(&s, " a ", r#"{"S":" a "}"#, 3);
    text(&s, "NULL", r#"{"S":"NULL"}"#, 4);
    text(&s, "é😀", r#"{"S":"é😀"}"#, 6);
    text(&s, "\"\\/\n\r\t\u{8}\u{c}\u{0}\u{1f}\u{7f}", "{\"S\":\"\\\"\\\\/\\n\\r\\t\\b\\f\\u0000\\u001f\u{7f}\"}", 11);
    text(&s, "12345678\"12345678\\", r#"{"S":"12345678\"12345678\\"}"#, 18);
    text(&s, "ééééé\u{80}\u{2028}\"", "{\"S\":\"ééééé\u{80}\u{2028}\\\"\"}", 16);
    let long = "x".repeat(400 * 1024);
    text(&s, &long, &format!(r#"{{"S":"{long}"}}"#), 409_600);
}

#[test]
fn everything_with_a_text_can_be_a_string() {
    let s = to(Kind::S);
    check(&s, Cell::Json("{\"a\": 1}"), r#"{"S":"{\"a\": 1}"}"#, 8);
    check(&s, Cell::Bytes("é".as_bytes()), r#"{"S":"é"}"#, 2);
    check(&s, Cell::Bool(true), r#"{"S":"true"}"#, 4);
    check(&s, Cell::Bool(false), r#"{"S":"false"}"#, 5);
    check(&s, Cell::Int(-7), r#"{"S":"-7"}"#, 2);
    check(&s, Cell::UInt(u64::MAX), r#"{"S":"18446744073709551615"}"#, 20);
    check(&s, Cell::Decimal(150, 2), r#"{"S":"1.5"}"#, 3);
    check(&s, Cell::Decimal256(i256::from(150), 2), r#"{"S":"1.5"}"#, 3);
    check(&s, Cell::Float16(1.5), r#"{"S":"1.5"}"#, 3);
    check(&s, Cell::Float32(0.1), r#"{"S":"0.1"}"#, 3);
    check(&s, Cell::Float64(0.1), r#"{"S":"0.1"}"#, 3);
    check(&s, Cell::Date(-1), r#"{"S":"1969-12-31"}"#, 10);
    check(&s, Cell::Time(1_500_000_000), r#"{"S":"00:00:01.5"}"#, 10);
    check(&s, NOON, r#"{"S":"1970-01-01T12:00:00.5Z"}"#, 22);
    check(&s, LOCAL_NOON, r#"{"S":"1970-01-01T12:00:00"}"#, 19);
    check(&s, UUID, r#"{"S":"123e4567-e89b-12d3-a456-42661417400f"}"#, 36);
}

#[test]
fn numbers_are_exact_and_counted_by_their_digits() {
    let n = to(Kind::N);
    text(&n, "42", r#"{"N":"42"}"#, 2);
    text(&n, "-42", r#"{"N":"-42"}"#, 3);
    text(&n, "0", r#"{"N":"0"}"#, 1);
    text(&n, "1.0", r#"{"N":"1"}"#, 2);
    text(&n, "99999999999999999999999999999999999999", r#"{"N":"99999999999999999999999999999999999999"}"#, 20);
    text(&n, "1E-130", r#"{"N":"1E-130"}"#, 2);
    check(&n, Cell::Json("1.50"), r#"{"N":"1.5"}"#, 3);
    check(&n, Cell::Int(i64::MIN), r#"{"N":"-9223372036854775808"}"#, 12);
    check(&n, Cell::UInt(u64::MAX), r#"{"N":"18446744073709551615"}"#, 11);
    check(&n, Cell::Decimal(-12345, 2), r#"{"N":"-123.45"}"#, 5);
    check(&n, Cell::Decimal256(i256::MINUS_ONE, 0), r#"{"N":"-1"}"#, 3);
    check(&n, Cell::Float16(0.099_975_586), r#"{"N":"0.1"}"#, 2);
    check(&n, Cell::Float32(0.1), r#"{"N":"0.1"}"#, 2);
    check(&n, Cell::Float64(-0.0), r#"{"N":"0"}"#, 1);
}

#[test]
fn booleans_have_ten_literals() {
    let bool = to(Kind::Bool);
    for literal in ["true", "t", "yes", "y", "1", "TRUE", "True", "T", "YES", "yEs", "Y"] {
        text(&bool, literal, r#"{"BOOL":true}"#, 1);
    }
    for literal in ["false", "f", "no", "n", "0", "FALSE", "False", "F", "NO", "nO", "N"] {
        text(&bool, literal, r#"{"BOOL":false}"#, 1);
    }
    check(&bool, Cell::Bool(true), r#"{"BOOL":true}"#, 1);
    check(&bool, Cell::Int(1), r#"{"BOOL":true}"#, 1);
    check(&bool, Cell::Float64(-0.0), r#"{"BOOL":false}"#, 1);
    check(&bool, Cell::Decimal(100, 2), r#"{"BOOL":true}"#, 1);
    text(&by(Kind::Bool, Convert::Trim), "\tyes ", r#"{"BOOL":true}"#, 1);
}

#[test]
fn bytes_come_from_their_encoding() {
    let with = |encoding| Conversion { encoding, ..to(Kind::B) };
    text(&with(Encoding::Base64), "AP8=", r#"{"B":"AP8="}"#, 2);
    text(&with(Encoding::Base64), "", r#"{"B":""}"#, 0);
    text(&with(Encoding::Hex), "00fF", r#"{"B":"AP8="}"#, 2);
    text(&with(Encoding::Utf8), "é", r#"{"B":"w6k="}"#, 2);
    check(&to(Kind::B), Cell::Bytes(&[0, 255]), r#"{"B":"AP8="}"#, 2);
    check(&to(Kind::B), UUID, r#"{"B":"Ej5FZ+ibEtOkVkJmFBdADw=="}"#, 16);
    text(&by(Kind::B, Convert::Trim), " AP8=\n", r#"{"B":"AP8="}"#, 2);
}

#[test]
fn null_is_null() {
    check(&to(Kind::Null), Cell::Null, r#"{"NULL":true}"#, 1);
    check(&to(Kind::Auto), Cell::Null, r#"{"NULL":true}"#, 1);
}

#[test]
fn sets_are_sorted_and_sized_by_their_members() {
    text(&split(Kind::Ss, "|"), "b|a", r#"{"SS":["a","b"]}"#, 2);
    text(&split(Kind::Ss, "|"), "a", r#"{"SS":["a"]}"#, 1);
    text(&split(Kind::Ss, "|"), "a|", r#"{"SS":["","a"]}"#, 1);
    text(&split(Kind::Ss, ", "), "x, y,z", r#"{"SS":["x","y,z"]}"#, 4);
    text(&split(Kind::Ss, "|"), "a\"|é", r#"{"SS":["a\"","é"]}"#, 4);
    text(&split(Kind::Ns, "|"), "1.0|20|-3", r#"{"NS":["-3","1","20"]}"#, 7);
    text(&split(Kind::Bs, "|"), "AP8=|AA==", r#"{"BS":["AA==","AP8="]}"#, 3);
    text(&to(Kind::Ss), r#" ["b", "a\u0062", 1.50, true] "#, r#"{"SS":["1.5","ab","b","true"]}"#, 10);
    text(&to(Kind::Ns), r#"[10, "2", 1e1e]"#.replace("1e1e", "3e1").as_str(), r#"{"NS":["10","2","30"]}"#, 6);
    check(&to(Kind::Bs), Cell::Json(r#"["AP8="]"#), r#"{"BS":["AP8="]}"#, 2);
}

#[test]
fn a_conversion_applies_to_each_member() {
    let each = |kind, convert| Conversion { convert: Some(convert), ..split(kind, "|") };
    text(&each(Kind::Ss, Convert::Trim), " a | b ", r#"{"SS":["a","b"]}"#, 2);
    text(&each(Kind::Ns, Convert::Trim), " 1 | 2 ", r#"{"NS":["1","2"]}"#, 4);
    text(&each(Kind::L, Convert::Trim), " a | a ", r#"{"L":[{"S":"a"},{"S":"a"}]}"#, 7);
    text(&each(Kind::Ns, Convert::EpochSeconds), "1970-01-02|1970-01-01", r#"{"NS":["0","86400"]}"#, 4);
    text(&by(Kind::Ss, Convert::Date), r#"["1970-01-01T23:00-01"]"#, r#"{"SS":["1970-01-02"]}"#, 10);
}

#[test]
fn lists_and_maps_come_from_json() {
    text(&to(Kind::L), "[]", r#"{"L":[]}"#, 3);
    text(&to(Kind::M), "{}", r#"{"M":{}}"#, 3);
    text(&to(Kind::L), r#"[1.0,"a",true,null]"#, r#"{"L":[{"N":"1"},{"S":"a"},{"BOOL":true},{"NULL":true}]}"#, 12);
    text(&to(Kind::M), r#" { "b" : [ ] , "a" : { } } "#, r#"{"M":{"a":{"M":{}},"b":{"L":[]}}}"#, 13);
    check(&to(Kind::M), Cell::Json(r#"{"é":-1}"#), r#"{"M":{"é":{"N":"-1"}}}"#, 9);
    text(&split(Kind::L, "|"), "b|a|b|", r#"{"L":[{"S":"b"},{"S":"a"},{"S":"b"},{"S":""}]}"#, 10);
    text(&by(Kind::L, Convert::Trim), "\u{a0}[]\u{a0}", r#"{"L":[]}"#, 3);
}

#[test]
fn auto_takes_the_type_of_the_cell() {
    let auto = to(Kind::Auto);
    text(&auto, "007", r#"{"S":"007"}"#, 3);
    check(&auto, Cell::Json("[1]"), r#"{"S":"[1]"}"#, 3);
    check(&auto, Cell::Bytes(b"a"), r#"{"B":"YQ=="}"#, 1);
    check(&auto, Cell::Bool(false), r#"{"BOOL":false}"#, 1);
    check(&auto, Cell::Int(7), r#"{"N":"7"}"#, 2);
    check(&auto, Cell::UInt(7), r#"{"N":"7"}"#, 2);
    check(&auto, Cell::Decimal(7, 1), r#"{"N":"0.7"}"#, 2);
    check(&auto, Cell::Decimal256(i256::from(7), 1), r#"{"N":"0.7"}"#, 2);
    check(&auto, Cell::Float16(0.5), r#"{"N":"0.5"}"#, 2);
    check(&auto, Cell::Float32(0.1), r#"{"N":"0.1"}"#, 2);
    check(&auto, Cell::Float64(0.1), r#"{"N":"0.1"}"#, 2);
    check(&auto, Cell::Date(0), r#"{"S":"1970-01-01"}"#, 10);
    check(&auto, Cell::Time(0), r#"{"S":"00:00:00"}"#, 8);
    check(&auto, NOON, r#"{"S":"1970-01-01T12:00:00.5Z"}"#, 22);
    check(&auto, LOCAL_NOON, r#"{"S":"1970-01-01T12:00:00"}"#, 19);
    check(&auto, UUID, r#"{"S":"123e4567-e89b-12d3-a456-42661417400f"}"#, 36);
    text(&by(Kind::Auto, Convert::Trim), " a ", r#"{"S":"a"}"#, 1);
    check(&by(Kind::Auto, Convert::EpochSeconds), NOON, r#"{"N":"43200"}"#, 3);
    check(&by(Kind::Auto, Convert::Iso8601), Cell::Date(0), r#"{"S":"1970-01-01T00:00:00Z"}"#, 20);
}

#[test]
fn times_are_converted() {
    let n = |convert| by(Kind::N, convert);
    let s = |convert| by(Kind::S, convert);
    text(&n(Convert::EpochSeconds), "2026-01-31 12:00:00", r#"{"N":"1769860800"}"#, 5);
    text(&n(Convert::EpochMillis), "2026-01-31T12:00:00.1239Z", r#"{"N":"1769860800123"}"#, 8);
    text(&s(Convert::EpochSeconds), "2026-01-31", r#"{"S":"1769817600"}"#, 10);
    text(&s(Convert::EpochMillis), "1969-12-31T23:59:59.9999Z", r#"{"S":"-1"}"#, 2);
    text(&s(Convert::Iso8601), "2026-01-31 12:00:00.500 +0200", r#"{"S":"2026-01-31T10:00:00.5Z"}"#, 22);
    text(&s(Convert::Date), "2026-01-31T23:30:00-01:00", r#"{"S":"2026-02-01"}"#, 10);
    check(&n(Convert::EpochSeconds), NOON, r#"{"N":"43200"}"#, 3);
    check(&n(Convert::EpochMillis), NOON, r#"{"N":"43200500"}"#, 4);
    check(&n(Convert::EpochSeconds), Cell::Date(-1), r#"{"N":"-86400"}"#, 4);
    check(&s(Convert::Iso8601), LOCAL_NOON, r#"{"S":"1970-01-01T12:00:00Z"}"#, 20);
    check(&s(Convert::Date), NOON, r#"{"S":"1970-01-01"}"#, 10);
}

#[test]
fn white_space_is_taken_off_both_ends_only_where_the_field_says_so() {
    text(&to(Kind::S), "\t a b \u{3000}\n", "{\"S\":\"\\t a b \u{3000}\\n\"}", 10);
    text(&by(Kind::S, Convert::Trim), "\t a b \u{3000}\n", r#"{"S":"a b"}"#, 3);
    text(&by(Kind::N, Convert::Trim), " 42 ", r#"{"N":"42"}"#, 2);
    check(&by(Kind::S, Convert::Trim), Cell::Json(" 1 "), r#"{"S":"1"}"#, 1);
    check(&by(Kind::S, Convert::Trim), Cell::Int(1), r#"{"S":"1"}"#, 1);
}

#[test]
fn a_template_takes_the_text_of_a_cell_as_it_is() {
    let text = |cell| {
        let mut out = b"#".to_vec();
        let appended = append_text(cell, &mut out).map_err(|fault| fault.reason);
        appended.map(|()| String::from_utf8(out).unwrap())
    };
    assert_eq!(text(Cell::Text("a\"b")).unwrap(), "#a\"b");
    assert_eq!(text(Cell::Bytes(b"b")).unwrap(), "#b");
    assert_eq!(text(Cell::Int(-5)).unwrap(), "#-5");
    assert_eq!(text(Cell::Decimal(500, 2)).unwrap(), "#5");
    assert_eq!(text(Cell::Bool(true)).unwrap(), "#true");
    assert_eq!(text(Cell::Date(0)).unwrap(), "#1970-01-01");
    assert_eq!(text(Cell::Null), Err(Reason::NullNotAllowed));
    assert_eq!(text(Cell::Bytes(&[0xff])), Err(Reason::Utf8Invalid));
    assert_eq!(text(Cell::Float64(f64::NAN)), Err(Reason::NumberInvalid));
    assert_eq!(text(Cell::Unsupported("VARIANT")), Err(Reason::TypeUnsupported));
}

fn conversions() -> impl Strategy<Value = Conversion> {
    use Convert::{Date, EpochMillis, EpochSeconds, Iso8601, Trim};
    use Kind::{Auto, B, Bool, Bs, L, M, N, Ns, Null, S, Ss};
    let kind = proptest::sample::select(vec![Auto, S, N, B, Bool, Null, Ss, Ns, Bs, L, M]);
    let convert = proptest::sample::select(vec![EpochSeconds, EpochMillis, Iso8601, Date, Trim]);
    let encoding = proptest::sample::select(vec![Encoding::Base64, Encoding::Hex, Encoding::Utf8]);
    (kind, proptest::option::of(convert), proptest::option::of("[|, ]?"), encoding)
        .prop_map(|(kind, convert, split, encoding)| Conversion { kind, convert, split, encoding })
}

/// A cell that borrows from texts and bytes.
fn cell<'a>(number: u8, text: &'a str, bytes: &'a [u8], long: i128, float: f64, nanos: u32) -> Cell<'a> {
    let short = i64::try_from(long).unwrap_or(i64::MIN);
    #[expect(clippy::cast_possible_truncation, reason = "any float will do")]
    let single = float as f32;
    let scale = i8::try_from(bytes.len()).unwrap_or(0) - 8;
    match number % 17 {
        0 => Cell::Null,
        1 => Cell::Json(text),
        2 => Cell::Bytes(bytes),
        3 => Cell::Bool(long > 0),
        4 => Cell::Int(short),
        5 => Cell::UInt(short.unsigned_abs()),
        6 => Cell::Decimal(long, scale),
        7 => Cell::Decimal256(i256::from_parts(nanos.into(), long), scale),
        8 | 9 => Cell::Float32(single),
        10 => Cell::Float64(float),
        11 => Cell::Date(short),
        12 => Cell::Time(short),
        13 => Cell::Timestamp { seconds: short, nanos, utc: float > 0.0 },
        14 => Cell::Uuid(bytes),
        15 => Cell::Unsupported(text),
        _ => Cell::Text(text),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_cell_becomes_valid_json_or_is_refused(
        conversion in conversions(), number: u8, text in "\\PC{0,8}|[\\[\\]{}\",:0-9a-f\\\\ue.-]{0,20}|[0-9|, ]{0,12}",
        bytes in proptest::collection::vec(any::<u8>(), 0..17), long in prop_oneof![any::<i128>(), -99_i128..99], float: f64, nanos: u32,
    ) {
        let cell = cell(number, &text, &bytes, long, float, nanos);
        let mut out = b"before".to_vec();
        match encode(&conversion, cell, &mut out) {
            Ok(_) => {
                let value: serde_json::Value = serde_json::from_slice(&out[6..]).unwrap();
                prop_assert_eq!(value.as_object().unwrap().len(), 1);
            }
            Err(fault) => {
                prop_assert_eq!(out, b"before");
                prop_assert!(fault.detail.chars().count() < 2200, "{}", fault.detail);
            }
        }
        let mut out = Vec::new();
        if append_text(cell, &mut out).is_ok() {
            prop_assert!(String::from_utf8(out).is_ok());
        }
    }

    #[test]
    fn any_text_survives_as_a_string(text in "(?s).{0,40}|[\"\\\\\\x00-\\x30éa]{0,40}") {
        let mut out = Vec::new();
        prop_assert_eq!(encode(&to(Kind::S), Cell::Text(&text), &mut out), Ok(text.len()));
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        prop_assert_eq!(value["S"].as_str(), Some(text.as_str()));
    }
}
