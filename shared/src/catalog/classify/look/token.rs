//! Looks at texts without a space.

use super::{
    super::{
        check::{
            address, bank, crypto, date, has_form, net, number,
            person::{self, Words},
            secret,
        },
        sign::{Marks, Sign},
    },
    letters,
    number::{hetu, rut},
    shape::{ANGLE, APOSTROPHE, COLON, COMMA, DIGIT, DOT, HIGH, HYPHEN, LETTER, PLUS, SLASH, Shape},
};

/// A text without a space.
pub(super) fn token(words: &Words, marks: &mut Marks, text: &str, shape: Shape) {
    let bytes = text.as_bytes();
    let length = bytes.len();
    if shape.has(COLON) {
        if net::url(bytes).is_some_and(|(begin, _)| begin == 0) {
            return marks.whole(if secret::is_secret(bytes) { Sign::Secret } else { Sign::Url }, bytes);
        }
        if net::is_mac(bytes) {
            return marks.whole(Sign::Mac, bytes);
        }
        if net::is_ipv6(bytes) {
            return marks.whole(Sign::Ipv6, bytes);
        }
        if net::is_ipv4(bytes) {
            return marks.whole(Sign::Ipv4, bytes);
        }
    }
    if shape.has(DIGIT) && shape.has(HYPHEN | COLON) && date::is_birth(bytes) {
        return marks.whole(Sign::Date, bytes);
    }
    if length >= 16 && secret::is_secret(bytes) {
        return marks.whole(Sign::Secret, bytes);
    }
    if shape.is_only(LETTER | HIGH | HYPHEN | DOT | APOSTROPHE) {
        if shape.has(DOT) && net::is_web_name(bytes) {
            return marks.whole(Sign::Url, bytes);
        }
        letters(words, marks, bytes, shape);
    } else if shape.is_only(DIGIT | LETTER) && shape.digits > 0 {
        alphanumeric(marks, bytes, shape);
    } else if shape.is_only(DIGIT | LETTER | HYPHEN | DOT | PLUS | SLASH) {
        punctuated(marks, bytes, shape);
    } else if shape.has(COMMA) && address::is_pair(bytes) {
        return marks.whole(Sign::Coordinates, bytes);
    } else if shape.has(ANGLE) && person::is_mrz(bytes) {
        return marks.whole(Sign::Mrz, bytes);
    }
    if length >= 6 {
        marks.whole(Sign::Opaque, bytes);
        if length >= 16 && shape.has(DIGIT) && shape.has(LETTER) && shape.bytes.count_ones() >= 9 {
            marks.whole(Sign::Token, bytes);
        }
    }
}

/// Digits and letters.
fn alphanumeric(marks: &mut Marks, text: &[u8], shape: Shape) {
    let form = |marks: &mut Marks, form: Sign, sign: Sign, is_right: bool| {
        marks.whole(form, text);
        if is_right {
            marks.whole(sign, text);
        }
    };
    match text.len() {
        9 if has_form(text, b"99999999A") => form(marks, Sign::NifForm, Sign::EsNif, number::es_nif(text)),
        9 if has_form(text, b"A9999999A") => match text.first().map(u8::to_ascii_uppercase) {
            Some(b'X'..=b'Z') => form(marks, Sign::NieForm, Sign::EsNie, number::es_nif(text)),
            Some(b'S' | b'T' | b'F' | b'G') => form(marks, Sign::NricForm, Sign::SgNric, number::sg_nric(text)),
            _ => {}
        },
        9 if number::uk_nino(text) => marks.whole(Sign::UkNino, text),
        10 if number::in_pan(text) => marks.whole(Sign::InPan, text),
        16 if has_form(text, b"AAAAAA**A**A***A") && shape.digits >= 4 => {
            form(marks, Sign::FiscaleForm, Sign::ItFiscale, number::it_fiscale(text));
        }
        11 if shape.digits >= 9 => hetu(marks, text),
        18 if shape.digits == 17 => form(marks, Sign::CnForm, Sign::CnId, number::cn_id(text)),
        18 if has_form(text, b"AAAA999999AAAAAA**") => form(marks, Sign::CurpForm, Sign::MxCurp, number::mx_curp(text)),
        _ => {}
    }
    if (15..=34).contains(&text.len())
        && let Some((all, count, end)) = bank::iban(text)
        && end == text.len()
    {
        form(marks, Sign::IbanForm, Sign::Iban, bank::is_iban(all.get(..count).unwrap_or_default()));
    }
    address_of_coin(marks, text);
    if text.len() < 12 && person::may_be_passport(text) {
        marks.whole(Sign::Code, text);
    } else if text.len() < 8 {
        marks.whole(Sign::Few, text);
    }
}

fn address_of_coin(marks: &mut Marks, text: &[u8]) {
    match text {
        [b'0', b'x', digits @ ..] if digits.len() == 40 && digits.iter().all(u8::is_ascii_hexdigit) => {
            match crypto::ethereum(digits) {
                crypto::Ethereum::Checked => marks.whole(Sign::Crypto, text),
                crypto::Ethereum::Plain => marks.whole(Sign::CryptoPlain, text),
                crypto::Ethereum::Wrong => {}
            }
        }
        [b'1' | b'3', ..] if (26..=35).contains(&text.len()) && crypto::is_base58(text) => {
            marks.whole(Sign::Crypto, text);
        }
        [b'b' | b'B', b'c' | b'C', b'1', ..] if crypto::is_bech32(text) => marks.whole(Sign::Crypto, text),
        _ => {}
    }
}

/// Digits and letters with hyphens, dots and slashes between.
fn punctuated(marks: &mut Marks, text: &[u8], shape: Shape) {
    if text.len() == 11 && shape.digits == 9 {
        hetu(marks, text);
    }
    if text.len() < 13 && shape.digits >= 7 && matches!(text.last(), Some(b'k' | b'K')) {
        rut(marks, text);
    }
    if text.len() == 17 && net::is_mac(text) || text.len() == 14 && shape.has(DOT) && net::is_mac(text) {
        marks.whole(Sign::Mac, text);
    }
    if shape.has(DOT) && net::is_web_name(text) {
        marks.whole(Sign::Url, text);
    }
}
