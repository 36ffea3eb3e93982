//! Looks at a value: what its bytes are decides which checks are worth their time.

use memchr::{memchr, memmem};

use super::{
    check::{
        Digits,
        address::{self, Address},
        bank, crypto, date, has_form, net, number,
        person::{self, Words},
        phone, secret,
    },
    sign::{Marks, Sign},
};

/// How much of a text is looked at.
const LONGEST_BYTES: usize = 2048;
/// A text up to this length is looked at as one thing; what is longer only for what stands within.
const WHOLE_BYTES: usize = 160;

const DIGIT: u16 = 1;
const UPPER: u16 = 1 << 1;
const LOWER: u16 = 1 << 2;
const SPACE: u16 = 1 << 3;
const HYPHEN: u16 = 1 << 4;
const DOT: u16 = 1 << 5;
const SLASH: u16 = 1 << 6;
const COLON: u16 = 1 << 7;
const AT: u16 = 1 << 8;
const PLUS: u16 = 1 << 9;
const BRACKET: u16 = 1 << 10;
const COMMA: u16 = 1 << 11;
const APOSTROPHE: u16 = 1 << 12;
const HIGH: u16 = 1 << 13;
const ANGLE: u16 = 1 << 14;
const OTHER: u16 = 1 << 15;

const LETTER: u16 = UPPER | LOWER;

/// The class of each byte.
const CLASSES: [u16; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            b' ' | b'\t' | b'\n' | b'\r' => SPACE,
            b'-' => HYPHEN,
            b'.' => DOT,
            b'/' => SLASH,
            b':' => COLON,
            b'@' => AT,
            b'+' => PLUS,
            b'(' | b')' => BRACKET,
            b',' | b';' => COMMA,
            b'\'' => APOSTROPHE,
            b'<' => ANGLE,
            128.. => HIGH,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

/// What bytes a text is made of.
#[derive(Debug, Clone, Copy)]
struct Shape {
    classes: u16,
    digits: usize,
    /// A bit for each different byte, of its last six bits.
    bytes: u64,
}

impl Shape {
    fn of(text: &[u8]) -> Self {
        let (mut classes, mut digits, mut bytes) = (0, 0, 0);
        for byte in text {
            let class = CLASSES.get(usize::from(*byte)).copied().unwrap_or_default();
            classes |= class;
            digits += usize::from(class & DIGIT);
            bytes |= 1 << (byte & 63);
        }
        Self { classes, digits, bytes }
    }

    fn has(self, classes: u16) -> bool {
        self.classes & classes != 0
    }

    fn is_only(self, classes: u16) -> bool {
        self.classes & !classes == 0
    }
}

/// Looks at a text.
pub(crate) fn text(words: &Words, marks: &mut Marks, text: &str) {
    let text = text.get(..text.floor_char_boundary(LONGEST_BYTES)).unwrap_or_default().trim_ascii();
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return;
    }
    if bytes.len() > WHOLE_BYTES {
        return within(marks, bytes);
    }
    let shape = Shape::of(bytes);
    if shape.has(AT)
        && let Some((begin, end)) = net::email(bytes)
    {
        if end - begin == bytes.len() || bytes.starts_with(b"mailto:") {
            return marks.whole(Sign::Email, bytes);
        }
        marks.part(Sign::Email, bytes.get(begin..end).unwrap_or_default());
    }
    let is_numeric = shape.is_only(DIGIT | SPACE | HYPHEN | DOT | SLASH | PLUS | BRACKET);
    match () {
        () if is_numeric && shape.digits > 3 => numeric(marks, bytes, shape),
        () if !shape.has(SPACE) => token(words, marks, text, shape),
        () if shape.is_only(LETTER | HIGH | SPACE | HYPHEN | DOT | APOSTROPHE | COMMA) => letters(words, marks, bytes),
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

/// Digits and what separates them.
fn numeric(marks: &mut Marks, text: &[u8], shape: Shape) {
    let is_bare = shape.is_only(DIGIT) && text.first() != Some(&b'-');
    if is_bare && date::is_epoch(text) || text.first() == Some(&b'-') {
        marks.whole(Sign::Epoch, text);
    }
    if shape.has(HYPHEN | DOT | SLASH) || shape.digits == 8 {
        if date::is_birth(text) {
            return marks.whole(Sign::Date, text);
        }
        if shape.has(DOT) && (4..=12).contains(&shape.digits) && net::is_ipv4(text) {
            return marks.whole(Sign::Ipv4, text);
        }
        if address::is_degrees(text, 180.0) {
            return marks.whole(Sign::Degrees, text);
        }
    }
    let Some(digits) = Digits::of(text) else { return };
    if shape.digits < 9 {
        marks.whole(Sign::Few, text);
        if is_bare && text.len() == 4 && date::YEARS.contains(&digits.number(0, 4)) {
            marks.whole(Sign::Year, text);
        }
    }
    if shape.digits > 14 || !shape.has(PLUS) {
        card(marks, &digits, text, true);
        checked(marks, text, &digits, shape);
    }
    let is_international = text.starts_with(b"+") || text.starts_with(b"00") && shape.digits > 10;
    if is_international {
        let digits = if shape.has(PLUS) { Some(digits) } else { text.get(2..).and_then(Digits::of) };
        if digits.is_some_and(|digits| phone::is_international(&digits)) {
            return marks.whole(Sign::Phone, text);
        }
    }
    if !is_bare && phone::is_local(text, &digits) {
        marks.whole(Sign::PhoneLocal, text);
    } else if (8..=14).contains(&shape.digits) && phone::may_be(&digits) {
        marks.whole(Sign::Callable, text);
    }
}

/// A number of cards.
fn card(marks: &mut Marks, digits: &Digits, text: &[u8], is_whole: bool) {
    if bank::has_issuer(digits) {
        let mut note = |sign| if is_whole { marks.whole(sign, text) } else { marks.part(sign, text) };
        note(Sign::CardForm);
        if bank::is_card(digits) {
            note(Sign::Card);
        }
    }
}

type Check = (Sign, fn(&Digits) -> bool);

const NINE: [Check; 3] = [(Sign::NlBsn, number::nl_bsn), (Sign::CaSin, number::ca_sin), (Sign::AuTfn, number::au_tfn)];
const ELEVEN: [Check; 6] = [
    (Sign::PlPesel, number::pl_pesel),
    (Sign::DeTax, number::de_tax_id),
    (Sign::BrCpf, number::br_cpf),
    (Sign::BeNational, number::be_national),
    (Sign::NoNumber, number::no_number),
    (Sign::TrKimlik, number::tr_kimlik),
];
const THIRTEEN: [Check; 3] =
    [(Sign::ZaId, number::za_id), (Sign::ChAhv, number::ch_ahv), (Sign::RoCnp, number::ro_cnp)];

/// Numbers of persons, by how many digits they have.
fn checked(marks: &mut Marks, text: &[u8], digits: &Digits, shape: Shape) {
    let (form, checks): (_, &[Check]) = match shape.digits {
        9 if has_form(text, b"999-99-9999") => (Sign::SsnForm, &[(Sign::Ssn, number::us_ssn)]),
        9 => (Sign::Digits9, &NINE),
        10 if has_form(text, b"999999-9999") => {
            (Sign::PersonnummerForm, &[(Sign::SePersonnummer, number::se_personnummer)])
        }
        10 => (Sign::Digits10, &[(Sign::UkNhs, number::uk_nhs), (Sign::SePersonnummer, number::se_personnummer)]),
        11 => (Sign::Digits11, &ELEVEN),
        12 if has_form(text, b"99999999-9999") => {
            (Sign::PersonnummerForm, &[(Sign::SePersonnummer, number::se_personnummer)])
        }
        12 if !shape.has(DOT) => {
            (Sign::Digits12, &[(Sign::InAadhaar, number::in_aadhaar), (Sign::SePersonnummer, number::se_personnummer)])
        }
        13 => (Sign::Digits13, &THIRTEEN),
        15 => (Sign::Digits15, &[(Sign::FrNir, number::fr_nir)]),
        18 if text.len() == 18 => (Sign::CnForm, &[]),
        8 => return rut(marks, text),
        _ => return,
    };
    marks.whole(form, text);
    for (sign, check) in checks {
        if check(digits) {
            marks.whole(*sign, text);
        }
    }
    if form == Sign::CnForm && number::cn_id(text) {
        marks.whole(Sign::CnId, text);
    }
    if form == Sign::Digits9 {
        rut(marks, text);
    }
}

/// `12.345.678-5` and `12345678-5`.
fn rut(marks: &mut Marks, text: &[u8]) {
    let is_one = text.len() > 8 && text.get(text.len() - 2) == Some(&b'-');
    if is_one {
        marks.whole(Sign::RutForm, text);
        if number::cl_rut(text) {
            marks.whole(Sign::ClRut, text);
        }
    }
}

/// A text without a space.
fn token(words: &Words, marks: &mut Marks, text: &str, shape: Shape) {
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
        letters(words, marks, bytes);
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
            form(marks, Sign::FiscaleForm, Sign::ItFiscale, number::it_fiscale(text))
        }
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
            marks.whole(Sign::Crypto, text)
        }
        [b'b' | b'B', b'c' | b'C', b'1', ..] if crypto::is_bech32(text) => marks.whole(Sign::Crypto, text),
        _ => {}
    }
}

/// Digits and letters with hyphens, dots and slashes between.
fn punctuated(marks: &mut Marks, text: &[u8], shape: Shape) {
    let hetu = |century: &u8| b"+-ABCDEFYXWVU".contains(century);
    if text.len() == 11
        && shape.digits >= 9
        && text.get(6).is_some_and(hetu)
        && text.get(..6).is_some_and(|date| date.iter().all(u8::is_ascii_digit))
    {
        marks.whole(Sign::HetuForm, text);
        if number::fi_hetu(text) {
            marks.whole(Sign::FiHetu, text);
        }
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

/// Letters and what stands between words.
fn letters(words: &Words, marks: &mut Marks, text: &[u8]) {
    if text.len() > 60 {
        return within(marks, text);
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
    if text.len() >= 6 && memchr(b' ', text).is_none() {
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
        if shape.has(COLON) && date::is_birth(bytes) {
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
            if number::uk_nino(&nino) {
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
        if shape.has(LETTER | HIGH) {
            match address::address(text) {
                Address::Street => marks.whole(Sign::Address, bytes),
                Address::Numbered => marks.whole(Sign::Numbered, bytes),
                Address::No => {}
            }
        }
    }
    if bytes.len() > 18 || shape.has(AT | COLON) {
        within(marks, bytes);
    }
}

/// The text without its spaces, where exactly as many bytes are left.
fn compact<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut all = [0; N];
    let mut count = 0;
    for byte in text.iter().filter(|byte| **byte != b' ') {
        let Some(place) = all.get_mut(count) else { return [0; N] };
        *place = *byte;
        count += 1;
    }
    all
}

/// A telephone number before `x123` or `ext. 123`.
fn extension(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().position(|byte| byte.is_ascii_alphabetic())?;
    let rest = text.get(end..)?;
    let word = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_extension = matches!(rest.get(..word)?, b"x" | b"ext" | b"Ext" | b"extension");
    let number = rest.get(word..)?.iter().all(|byte| byte.is_ascii_digit() || b". :".contains(byte));
    (is_extension && number).then(|| text.get(..end).unwrap_or_default().trim_ascii())
}

/// What stands within a longer text.
fn within(marks: &mut Marks, text: &[u8]) {
    if text.len() > WHOLE_BYTES
        && let Some((begin, end)) = net::email(text)
    {
        marks.part(Sign::Email, text.get(begin..end).unwrap_or_default());
    }
    if secret::within(text) || text.first() == Some(&b'e') && secret::is_secret(text) {
        let is_whole = memchr(b' ', text).is_none_or(|_| text.starts_with(b"-----BEGIN"));
        if is_whole { marks.whole(Sign::Secret, text) } else { marks.part(Sign::Secret, text) }
    } else if memmem::find(text, b"://").is_some()
        && let Some((begin, end)) = net::url(text)
    {
        let found = text.get(begin..end).unwrap_or_default();
        let is_secret = secret::is_secret(found);
        let sign = if is_secret { Sign::Secret } else { Sign::Url };
        if found.len() == text.len() { marks.whole(sign, found) } else { marks.part(sign, found) }
    }
    numbers_within(marks, text);
}

/// Numbers of cards, accounts, telephones and social security within a text.
fn numbers_within(marks: &mut Marks, text: &[u8]) {
    let mut place = 0;
    let mut before = b' ';
    let (mut has_phone, mut has_card, mut has_ssn, mut has_iban) = (false, false, false, false);
    while let Some(byte) = text.get(place) {
        let is_start = !(before.is_ascii_alphanumeric() || b"-_./#=&".contains(&before) || before >= 0x80);
        before = *byte;
        let rest = text.get(place..).unwrap_or_default();
        place += 1;
        if !is_start || !(byte.is_ascii_digit() || matches!(byte, b'+' | b'A'..=b'Z')) {
            continue;
        }
        if byte.is_ascii_uppercase() {
            let is_iban =
                rest.get(1).is_some_and(u8::is_ascii_uppercase) && rest.get(2).is_some_and(u8::is_ascii_digit);
            if !has_iban
                && is_iban
                && let Some((all, count, end)) = bank::iban(rest)
            {
                has_iban = true;
                let found = rest.get(..end).unwrap_or_default();
                marks.part(Sign::IbanForm, found);
                if bank::is_iban(all.get(..count).unwrap_or_default()) {
                    marks.part(Sign::Iban, found);
                }
            }
            continue;
        }
        let length = rest.iter().take(26).take_while(|byte| byte.is_ascii_digit() || b" -+().".contains(byte)).count();
        let run = rest.get(..length).unwrap_or_default();
        let run = run.trim_ascii_end();
        let run = run.strip_suffix(b".").unwrap_or(run);
        let after = rest.get(run.len()).copied().unwrap_or(b' ');
        let Some(digits) = Digits::of(run).filter(|digits| digits.all().len() > 8 && !after.is_ascii_alphanumeric())
        else {
            continue;
        };
        if !has_card && bank::has_issuer(&digits) {
            has_card = true;
            card(marks, &digits, run, false);
        } else if *byte == b'+' && !has_phone && phone::is_international(&digits) {
            has_phone = true;
            marks.part(Sign::Phone, run);
        } else if !has_ssn && has_form(run, b"999-99-9999") {
            has_ssn = true;
            marks.part(Sign::SsnForm, run);
            if number::us_ssn(&digits) {
                marks.part(Sign::Ssn, run);
            }
        }
        place += run.len().saturating_sub(1);
        before = b'0';
    }
}
