//! Every reason for which a cell is refused, with the text that its sender reads.

use super::*;

#[track_caller]
fn refuse(conversion: &Conversion, cell: Cell<'_>, reason: Reason, detail: &str) {
    let mut out = b"before".to_vec();
    assert_eq!(encode(conversion, cell, &mut out), Err(Fault::new(reason, detail)));
    assert_eq!(out, b"before", "a fault leaves the buffer as it was");
}

#[test]
fn the_empty_string_is_what_its_type_makes_of_it() {
    let empty = |kind| encode(&to(kind), Cell::Text(""), &mut Vec::new()).map_err(|fault| fault.reason);
    assert_eq!(empty(Kind::S), Ok(0));
    assert_eq!(empty(Kind::B), Ok(0));
    assert_eq!(empty(Kind::N), Err(Reason::NumberInvalid));
    assert_eq!(empty(Kind::Bool), Err(Reason::BooleanInvalid));
    assert_eq!(empty(Kind::L), Err(Reason::JsonInvalid));
    assert_eq!(empty(Kind::M), Err(Reason::JsonInvalid));
    assert_eq!(empty(Kind::Ss), Err(Reason::JsonInvalid));
    let list = encode(&split(Kind::L, "|"), Cell::Text(""), &mut Vec::new()).map_err(|fault| fault.reason);
    assert_eq!(list, Err(Reason::JsonInvalid));
    let trimmed = Conversion { convert: Some(Convert::Trim), ..split(Kind::L, "|") };
    let list = encode(&trimmed, Cell::Text("  "), &mut Vec::new()).map_err(|fault| fault.reason);
    assert_eq!(list, Err(Reason::JsonInvalid));
    refuse(&split(Kind::Ss, "|"), Cell::Text(""), Reason::SetEmpty, "found no member, wanted one at least");
}

#[test]
fn numbers() {
    let n = to(Kind::N);
    refuse(&n, Cell::Text("1,5"), Reason::NumberInvalid, "found `1,5`, wanted a decimal number");
    refuse(&n, Cell::Text(""), Reason::NumberInvalid, "found the empty string, wanted a decimal number");
    refuse(&n, Cell::Text(" 1"), Reason::NumberInvalid, "found ` 1`, wanted a decimal number");
    refuse(&n, Cell::Float64(f64::NAN), Reason::NumberInvalid, "found NaN, wanted a finite number");
    refuse(&n, Cell::Float32(f32::NEG_INFINITY), Reason::NumberInvalid, "found -inf, wanted a finite number");
    let digits = "1234567890123456789012345678901234567.89";
    let detail = "found `1234567890123456789012345678901234567.89`, wanted at most 38 significant digits";
    refuse(&n, Cell::Text(digits), Reason::NumberPrecision, detail);
    let wanted = "wanted a magnitude of 1E-130 to 9.9999999999999999999999999999999999999E+125";
    refuse(&n, Cell::Text("1e126"), Reason::NumberOutOfRange, &format!("found `1e126`, {wanted}"));
    refuse(&n, Cell::Text("-1e-131"), Reason::NumberOutOfRange, &format!("found `-1e-131`, {wanted}"));
    refuse(&n, Cell::Float64(1e300), Reason::NumberOutOfRange, &format!("found `1e300`, {wanted}"));
    refuse(&n, Cell::Decimal(1, -126), Reason::NumberOutOfRange, &format!("found `1E126`, {wanted}"));
    refuse(&n, Cell::Bool(true), Reason::TypeUnsupported, "found a boolean, wanted a number");
    refuse(&n, Cell::Bytes(b"1"), Reason::TypeUnsupported, "found bytes, wanted a number");
    let detail = "found a date, wanted a number; convert it by epoch_seconds or epoch_millis";
    refuse(&n, Cell::Date(0), Reason::TypeUnsupported, detail);
    refuse(&n, Cell::Null, Reason::NullNotAllowed, "found NULL, wanted a value");
}

#[test]
fn strings() {
    let s = to(Kind::S);
    let detail = "found bytes that are no UTF-8 from byte 1 on, wanted text";
    refuse(&s, Cell::Bytes(&[b'a', 0xff]), Reason::Utf8Invalid, detail);
    refuse(&s, Cell::Unsupported("VARIANT"), Reason::TypeUnsupported, "found the type `VARIANT`, wanted text");
    refuse(&s, Cell::Null, Reason::NullNotAllowed, "found NULL, wanted a value");
}

#[test]
fn booleans() {
    let bool = to(Kind::Bool);
    let wanted = "wanted true, false, t, f, yes, no, y, n, 1 or 0";
    refuse(&bool, Cell::Text("on"), Reason::BooleanInvalid, &format!("found `on`, {wanted}"));
    refuse(&bool, Cell::Text(" true"), Reason::BooleanInvalid, &format!("found ` true`, {wanted}"));
    refuse(&bool, Cell::Text("1.0"), Reason::BooleanInvalid, &format!("found `1.0`, {wanted}"));
    refuse(&bool, Cell::Int(2), Reason::BooleanInvalid, "found `2`, wanted 1 or 0");
    refuse(&bool, Cell::Date(0), Reason::TypeUnsupported, "found a date, wanted a boolean");
    let detail = "found a boolean, wanted no conversion of times but with S and N";
    refuse(&by(Kind::Bool, Convert::Date), Cell::Bool(true), Reason::TypeUnsupported, detail);
}

#[test]
fn bytes() {
    let with = |encoding| Conversion { encoding, ..to(Kind::B) };
    let detail = "found `AP8`, wanted base64 with padding (RFC 4648)";
    refuse(&to(Kind::B), Cell::Text("AP8"), Reason::BinaryInvalid, detail);
    let detail = "found `0g`, wanted hexadecimal digits, two a byte";
    refuse(&with(Encoding::Hex), Cell::Text("0g"), Reason::BinaryInvalid, detail);
    refuse(&to(Kind::B), Cell::Int(1), Reason::TypeUnsupported, "found a number, wanted bytes");
}

#[test]
fn null_takes_nothing_else() {
    refuse(&to(Kind::Null), Cell::Text("x"), Reason::TypeUnsupported, "found text, wanted NULL");
}

#[test]
fn times() {
    let seconds = by(Kind::N, Convert::EpochSeconds);
    let wanted = "wanted a time as 2026-01-31T12:00:00Z, 2026-01-31 12:00:00 or 2026-01-31, in the years 0001 to 9999";
    for text in ["1769860800", "yesterday", "2016-12-31T23:59:60Z", "2026-01-31T24:00:00Z", "0000-12-31"] {
        refuse(&seconds, Cell::Text(text), Reason::TimestampInvalid, &format!("found `{text}`, {wanted}"));
    }
    refuse(&seconds, Cell::Int(1), Reason::TimestampInvalid, &format!("found a number, {wanted}"));
    let detail = "found a time of day, wanted a date with it";
    refuse(&seconds, Cell::Time(0), Reason::TimestampInvalid, detail);
    refuse(&seconds, Cell::Bool(true), Reason::TypeUnsupported, "found a boolean, wanted a time");
    let late = Cell::Timestamp { seconds: 253_402_300_800, nanos: 0, utc: true };
    let detail = "found second 253402300800 from 1970, wanted the years 0001 to 9999";
    refuse(&to(Kind::Auto), late, Reason::TimestampInvalid, detail);
    refuse(&seconds, late, Reason::TimestampInvalid, detail);
    let detail = "found a time, wanted epoch_seconds or epoch_millis with N, any conversion with S";
    refuse(&by(Kind::N, Convert::Iso8601), Cell::Date(0), Reason::TypeUnsupported, detail);
    refuse(&by(Kind::B, Convert::Date), Cell::Date(0), Reason::TypeUnsupported, detail);
}

#[test]
fn sets() {
    refuse(&to(Kind::Ss), Cell::Text("[]"), Reason::SetEmpty, "found no member, wanted one at least");
    let twice = "found `a` twice, wanted each member once";
    refuse(&split(Kind::Ss, "|"), Cell::Text("a|b|a"), Reason::SetDuplicate, twice);
    let twice = "found `1` twice, wanted each member once";
    refuse(&split(Kind::Ns, "|"), Cell::Text("1|1.0"), Reason::SetDuplicate, twice);
    refuse(&to(Kind::Ns), Cell::Text("[1e0, 10, \"1\"]"), Reason::SetDuplicate, twice);
    let hex = Conversion { encoding: Encoding::Hex, ..split(Kind::Bs, "|") };
    refuse(&hex, Cell::Text("ff|FF"), Reason::SetDuplicate, "found `/w==` twice, wanted each member once");
    refuse(&to(Kind::Ss), Cell::Text("[null]"), Reason::NullNotAllowed, "found NULL, wanted a value");
    refuse(&split(Kind::Ns, "|"), Cell::Text("1|x"), Reason::NumberInvalid, "found `x`, wanted a decimal number");
    refuse(&to(Kind::Ss), Cell::Text("[[]]"), Reason::TypeUnsupported, "found a JSON array, wanted a member of a set");
    refuse(&to(Kind::Bs), Cell::Text("[1234]"), Reason::TypeUnsupported, "found a JSON number, wanted bytes");
    refuse(&to(Kind::Ns), Cell::Text("[true]"), Reason::TypeUnsupported, "found a boolean, wanted a number");
    refuse(&to(Kind::Ss), Cell::Text("{}"), Reason::TypeUnsupported, "found a JSON object, wanted a JSON array");
    refuse(&to(Kind::Ss), Cell::Text("a|b"), Reason::JsonInvalid, "found `a` at byte 0, wanted a JSON value");
    refuse(
        &to(Kind::Ss),
        Cell::Int(1),
        Reason::TypeUnsupported,
        "found a number, wanted a list or text that holds one",
    );
    refuse(&to(Kind::Ss), Cell::Text("[\"a\"] x"), Reason::JsonInvalid, "found `x` at byte 6, wanted the end");
}

#[test]
fn lists_and_maps() {
    refuse(&to(Kind::L), Cell::Text("{}"), Reason::TypeUnsupported, "found a JSON object, wanted a JSON array");
    refuse(&to(Kind::M), Cell::Text(" 1"), Reason::TypeUnsupported, "found a JSON number, wanted a JSON object");
    refuse(
        &to(Kind::L),
        Cell::Bool(true),
        Reason::TypeUnsupported,
        "found a boolean, wanted a list or text that holds one",
    );
    refuse(
        &to(Kind::M),
        Cell::Int(1),
        Reason::TypeUnsupported,
        "found a number, wanted a struct, a map or a JSON object",
    );
    let detail = "found the type `GEOMETRY`, wanted a type that DynamoDB holds";
    refuse(&to(Kind::Auto), Cell::Unsupported("GEOMETRY"), Reason::TypeUnsupported, detail);
}

#[test]
fn a_detail_repeats_little_of_a_long_cell() {
    let long = "é".repeat(150_000);
    let detail = format!("found `{}` and 299800 more bytes, wanted a decimal number", "é".repeat(100));
    refuse(&to(Kind::N), Cell::Text(&long), Reason::NumberInvalid, &detail);
    let detail = "found `a\\nb\\u{0}`, wanted a decimal number";
    refuse(&to(Kind::N), Cell::Text("a\nb\0"), Reason::NumberInvalid, detail);
}
