//! Looks for what stands within longer texts.

use memchr::memmem;

use super::{
    super::{
        check::{Digits, bank, has_form, net, number as state, phone, secret},
        sign::{Marks, Sign},
    },
    number::card,
    shape::{BRACKET, COLON, DIGIT, DOT, GLUE, HIGH, HYPHEN, LETTER, LOWER, PLUS, SLASH, SPACE, Shape, UPPER, class},
};

/// Looks at a longer text of which nothing is the whole.
pub(super) fn within(marks: &mut Marks, text: &[u8], shape: Shape) {
    if shape.has(COLON)
        && memmem::find(text, b"://").is_some()
        && let Some((begin, end)) = net::url(text)
    {
        let found = text.get(begin..end).unwrap_or_default();
        let sign = if secret::is_secret(found) { Sign::Secret } else { Sign::Url };
        note(marks, sign, found, found.len() == text.len());
    }
    if text.starts_with(b"-----BEGIN") && secret::is_secret(text) {
        return marks.whole(Sign::Secret, text);
    }
    if shape.has(DIGIT) {
        words(marks, text, shape);
    }
}

fn note(marks: &mut Marks, sign: Sign, text: &[u8], is_whole: bool) {
    if is_whole { marks.whole(sign, text) } else { marks.part(sign, text) }
}

/// Which of them were found in the text: each is noted once.
#[expect(clippy::struct_excessive_bools, reason = "a text may hold any of them at once")]
#[derive(Debug, Default)]
struct Found {
    card: bool,
    iban: bool,
    phone: bool,
    secret: bool,
    ssn: bool,
}

/// Secrets, and numbers of cards, accounts, telephones and social security, where a word begins.
fn words(marks: &mut Marks, text: &[u8], shape: Shape) {
    const NO_START: u32 = DIGIT | UPPER | LOWER | HIGH | HYPHEN | DOT | SLASH | GLUE;
    let (mut place, mut before, mut found) = (0, SPACE, Found::default());
    while let Some(byte) = text.get(place) {
        let glue = if before == GLUE { place.checked_sub(1).and_then(|place| text.get(place)) } else { None };
        let is_start = before & NO_START == 0 || glue == Some(&b'#');
        // After an equals sign a secret may begin, too.
        let is_assigned = glue == Some(&b'=');
        before = class(*byte);
        let rest = text.get(place..).unwrap_or_default();
        place += 1;
        if before & (DIGIT | PLUS) != 0 && is_start {
            let length = number(marks, rest, &mut found);
            if length > 1 {
                place += length - 1;
                before = DIGIT;
            }
        } else if before & (UPPER | LOWER | HYPHEN) != 0 && (is_start || is_assigned) {
            if !found.secret && secret::begins(*byte) && secret::is_token_of(rest) {
                found.secret = true;
                note(marks, Sign::Secret, rest, place == 1 && !shape.has(SPACE));
            }
            account(marks, rest, &mut found);
        }
    }
}

/// A number of an account.
fn account(marks: &mut Marks, rest: &[u8], found: &mut Found) {
    let begins = matches!(rest, [b'A'..=b'Z', b'A'..=b'Z', b'0'..=b'9', ..]);
    if !found.iban
        && begins
        && let Some((all, count, end)) = bank::iban(rest)
    {
        found.iban = true;
        let text = rest.get(..end).unwrap_or_default();
        marks.part(Sign::IbanForm, text);
        if bank::is_iban(all.get(..count).unwrap_or_default()) {
            marks.part(Sign::Iban, text);
        }
    }
}

/// A number of a card, a telephone or social security; hands back how many bytes it has.
fn number(marks: &mut Marks, rest: &[u8], found: &mut Found) -> usize {
    let is_part = |byte: &&u8| class(**byte) & (DIGIT | SPACE | HYPHEN | PLUS | BRACKET | DOT) != 0;
    let length = rest.iter().take(26).take_while(is_part).count();
    let run = rest.get(..length).unwrap_or_default().trim_ascii_end();
    let run = run.strip_suffix(b".").unwrap_or(run);
    let after = rest.get(run.len()).copied().unwrap_or(b' ');
    if run.len() < 9 || class(after) & (DIGIT | LETTER) != 0 {
        return run.len();
    }
    let Some(digits) = Digits::of(run).filter(|digits| digits.all().len() > 8) else { return run.len() };
    if !found.card && bank::has_issuer(&digits) {
        found.card = true;
        card(marks, &digits, run, false);
    } else if run.starts_with(b"+") && !found.phone && phone::is_international(&digits) {
        found.phone = true;
        marks.part(Sign::Phone, run);
    } else if !found.ssn && has_form(run, b"999-99-9999") {
        found.ssn = true;
        marks.part(Sign::SsnForm, run);
        if state::us_ssn(&digits) {
            marks.part(Sign::Ssn, run);
        }
    }
    run.len()
}
