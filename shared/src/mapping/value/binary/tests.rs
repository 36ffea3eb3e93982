use super::*;
use crate::reject::Reason;

#[track_caller]
fn check(encoding: Encoding, cell: Cell<'_>, base64: &str, size: usize) {
    let mut out = Vec::new();
    assert_eq!(append(cell, encoding, &mut out), Ok(size));
    assert_eq!(String::from_utf8(out).unwrap(), base64);
}

#[track_caller]
fn refuse(encoding: Encoding, text: &str) {
    assert_eq!(
        append(Cell::Text(text), encoding, &mut Vec::new()).unwrap_err().reason,
        Reason::BinaryInvalid,
        "{text}"
    );
}

#[test]
fn base64_is_taken_in_its_only_form() {
    for (text, size) in [("", 0), ("AA==", 1), ("AAA=", 2), ("AAAA", 3), ("/+8=", 2), ("Zm9vYg==", 4), ("Zm9vYmFy", 6)]
    {
        check(Encoding::Base64, Cell::Text(text), text, size);
    }
    for text in [
        "A",
        "AA",
        "AAA",
        "AA=",
        "=",
        "====",
        "A===",
        "AB==",
        "AAB=",
        "A=A=",
        "AA==AAAA",
        "AAAA\n",
        " AAAA",
        "-_8=",
        "AAA\u{e9}",
    ] {
        refuse(Encoding::Base64, text);
    }
}

#[test]
fn base64_agrees_with_the_library_on_all_short_texts() {
    let alphabet = ['A', 'B', 'Q', 'g', '/', '=', '!'];
    for number in 0..7_usize.pow(4) {
        let text: String = (0..4).map(|place| alphabet[number / 7_usize.pow(place) % 7]).collect();
        assert_eq!(base64_size(text.as_bytes()), STANDARD.decode(&text).ok().map(|bytes| bytes.len()), "{text}");
    }
}

#[test]
fn hex_is_taken_in_any_case() {
    check(Encoding::Hex, Cell::Text(""), "", 0);
    check(Encoding::Hex, Cell::Text("00fF"), "AP8=", 2);
    for text in ["0", "0g", "0x00", "00 ", "é"] {
        refuse(Encoding::Hex, text);
    }
}

#[test]
fn bytes_are_taken_as_they_are() {
    check(Encoding::Utf8, Cell::Text("é"), "w6k=", 2);
    check(Encoding::Hex, Cell::Bytes(&[0, 255, 1]), "AP8B", 3);
    check(Encoding::Base64, Cell::Bytes(&[]), "", 0);
    check(Encoding::Base64, Cell::Uuid(&[7; 16]), "BwcHBwcHBwcHBwcHBwcHBw==", 16);
}
