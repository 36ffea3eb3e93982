use super::*;
use crate::reject::Reason;

fn conversion(kind: Kind) -> Conversion {
    Conversion { kind, convert: None, split: None, encoding: Encoding::Base64 }
}

#[track_caller]
fn check(conversion: &Conversion, cell: Cell<'_>, json: &str, size: usize) {
    let mut out = b"before".to_vec();
    assert_eq!(encode(conversion, cell, &mut out), Ok(size));
    assert_eq!(String::from_utf8(out).unwrap().strip_prefix("before"), Some(json));
}

#[track_caller]
fn refuse(conversion: &Conversion, cell: Cell<'_>, reason: Reason, detail: &str) {
    let mut out = b"before".to_vec();
    assert_eq!(encode(conversion, cell, &mut out), Err(Fault::new(reason, detail)));
    assert_eq!(out, b"before", "a fault leaves the buffer as it was");
}

#[test]
fn writes_text_as_a_string() {
    let s = conversion(Kind::S);
    check(&s, Cell::Text("x"), r#"{"S":"x"}"#, 1);
    check(&s, Cell::Text(""), r#"{"S":""}"#, 0);
    check(&s, Cell::Text("a\"b\\c\nd\u{1}é😀"), r#"{"S":"a\"b\\c\nd\u0001é😀"}"#, 14);
}

#[test]
fn writes_text_as_a_number() {
    let n = conversion(Kind::N);
    check(&n, Cell::Text("42"), r#"{"N":"42"}"#, 2);
    refuse(&n, Cell::Text("1,5"), Reason::NumberInvalid, "found `1,5`, wanted a decimal number");
}
