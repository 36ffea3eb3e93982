//! Looks at a value: what its bytes are decides which checks are worth their time.

mod number;
mod shape;
mod token;
mod within;

use self::{
    number::numeric,
    shape::{
        ANGLE, APOSTROPHE, AT, BRACKET, COLON, COMMA, DIGIT, DOT, GLUE, HIGH, HYPHEN, LETTER, LOWER, PLUS, SLASH,
        SPACE, Shape, UPPER,
    },
    token::token,
    within::within,
};
use super::{
    check::{
        address::{self, Address},
        bank, date, net,
        number::uk_nino,
        person::{self, Words},
    },
    sign::{Marks, Sign},
};

/// How much of a text is looked at.
const LONGEST_BYTES: usize = 2048;
/// A text up to this length is looked at as one thing; what is longer only for what stands within.
const WHOLE_BYTES: usize = 160;
/// So many parts of a key are looked at.
const MOST_PARTS: usize = 4;
/// What is longer says no more what the next part of a key is.
const LONGEST_LABEL: usize = 32;
/// What is longer is no address.
const LONGEST_ADDRESS: usize = 100;

/// Looks at a text.
pub(crate) fn text(words: &Words, marks: &mut Marks, text: &str) {
    let text = text.get(..text.floor_char_boundary(LONGEST_BYTES)).unwrap_or_default().trim_ascii();
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return;
    }
    let shape = Shape::of(bytes);
    match shape.has(GLUE).then(|| text.split_once('#')).flatten() {
        Some((label, rest)) if !label.is_empty() && is_label(label) => {
            // `USER#a@example.com`, as keys of tables with items of many kinds are.
            let parts = rest.split('#').take(MOST_PARTS).map(str::trim_ascii).filter(|part| !is_label(part));
            parts.for_each(|part| whole(words, marks, part, Shape::of(part.as_bytes())));
        }
        _ => whole(words, marks, text, shape),
    }
}

/// Whether a part of a key says what the next one is.
fn is_label(part: &str) -> bool {
    part.len() <= LONGEST_LABEL && part.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_-".contains(&byte))
}

/// Looks at a text that is one thing.
fn whole(words: &Words, marks: &mut Marks, text: &str, shape: Shape) {
    let bytes = text.as_bytes();
    if shape.has(AT)
        && let Some((begin, end)) = net::email(bytes)
    {
        if end - begin == bytes.len() || bytes.starts_with(b"mailto:") {
            return marks.whole(Sign::Email, bytes);
        }
        marks.part(Sign::Email, bytes.get(begin..end).unwrap_or_default());
    }
    if bytes.len() > WHOLE_BYTES {
        return within(marks, bytes, shape);
    }
    let is_numeric = shape.is_only(DIGIT | SPACE | HYPHEN | DOT | SLASH | PLUS | BRACKET);
    match () {
        () if is_numeric && shape.digits > 3 => numeric(marks, bytes, shape),
        () if !shape.has(SPACE) => token(words, marks, text, shape),
        () if shape.is_only(LETTER | HIGH | SPACE | HYPHEN | DOT | APOSTROPHE | COMMA) => {
            letters(words, marks, bytes, shape);
        }
        () => spaced(marks, text, shape),
    }
}

/// Looks at a number.
pub(crate) fn number(marks: &mut Marks, text: &str) {
    let bytes = text.as_bytes();
    let rest = bytes.strip_prefix(b"-").unwrap_or(bytes);
    if rest.iter().all(u8::is_ascii_digit) {
        if rest.len() > 3 && rest.len() < 20 {
            numeric(marks, bytes, Shape { classes: DIGIT, digits: rest.len(), bytes: 0 });
        }
    } else if address::is_degrees(bytes, 180.0) {
        marks.whole(Sign::Degrees, bytes);
    }
}

/// Letters and what stands between words.
fn letters(words: &Words, marks: &mut Marks, text: &[u8], shape: Shape) {
    if text.len() > 60 {
        return within(marks, text, shape);
    }
    let kind = words.kind(text);
    marks.whole(Sign::Letters, text);
    for (sign, is) in
        [(Sign::Nation, kind.nation), (Sign::Gender, kind.gender), (Sign::Given, kind.given), (Sign::Named, kind.named)]
    {
        if is {
            marks.whole(sign, text);
        }
    }
    if text.len() >= 6 && !shape.has(SPACE) {
        marks.whole(Sign::Opaque, text);
    }
}

/// A text with spaces that is neither a number nor letters alone.
fn spaced(marks: &mut Marks, text: &str, shape: Shape) {
    let bytes = text.as_bytes();
    if shape.has(DIGIT) {
        if shape.is_only(DIGIT | SPACE | DOT | HYPHEN | COMMA) && address::is_pair(bytes) {
            return marks.whole(Sign::Coordinates, bytes);
        }
        if shape.is_only(DIGIT | DOT | COMMA | SPACE)
            && bytes.split(|byte| *byte == b',').all(|part| net::is_ipv4(part.trim_ascii()))
        {
            return marks.whole(Sign::Ipv4, bytes);
        }
        if shape.has(COLON) && date::is_birth(bytes) || bytes.len() < 24 && shape.digits < 7 && date::is_worded(text) {
            return marks.whole(Sign::Date, bytes);
        }
        if shape.is_only(DIGIT | UPPER | LOWER | SPACE)
            && let Some((all, count, end)) = bank::iban(bytes)
            && end == bytes.len()
        {
            marks.whole(Sign::IbanForm, bytes);
            if bank::is_iban(all.get(..count).unwrap_or_default()) {
                return marks.whole(Sign::Iban, bytes);
            }
        }
        if shape.has(LETTER) && bytes.len() < 40 {
            let nino: [u8; 9] = compact(bytes);
            if uk_nino(&nino) {
                return marks.whole(Sign::UkNino, bytes);
            }
        }
        if shape.has(ANGLE) && person::is_mrz(bytes) {
            return marks.whole(Sign::Mrz, bytes);
        }
        // An extension after the number.
        if shape.digits >= 9
            && let Some(number) = extension(bytes)
        {
            return numeric(marks, number, Shape::of(number));
        }
        if shape.has(LETTER | HIGH) && bytes.len() <= LONGEST_ADDRESS {
            match address::address(text) {
                Address::Street => marks.whole(Sign::Address, bytes),
                Address::Numbered => marks.whole(Sign::Numbered, bytes),
                Address::No => {}
            }
        }
    }
    if bytes.len() > 18 || shape.has(AT | COLON) {
        within(marks, bytes, shape);
    }
}

/// The text without its spaces, where exactly as many bytes are left.
fn compact<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut all = [0; N];
    for (count, byte) in text.iter().filter(|byte| **byte != b' ').enumerate() {
        let Some(place) = all.get_mut(count) else { return [0; N] };
        *place = *byte;
    }
    all
}

/// A telephone number before `x123` or `ext. 123`.
fn extension(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().position(u8::is_ascii_alphabetic)?;
    let rest = text.get(end..)?;
    let word = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_extension = matches!(rest.get(..word)?, b"x" | b"ext" | b"Ext" | b"extension");
    let number = rest.get(word..)?.iter().all(|byte| byte.is_ascii_digit() || b". :".contains(byte));
    (is_extension && number).then(|| text.get(..end).unwrap_or_default().trim_ascii())
}
