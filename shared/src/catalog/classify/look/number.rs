//! Looks at digits and what separates them.

use super::{
    super::{
        check::{Digits, address, bank, date, has_form, net, number, phone},
        sign::{Marks, Sign},
    },
    shape::{DIGIT, DOT, HYPHEN, PLUS, SLASH, Shape},
};

/// Digits and what separates them.
pub(super) fn numeric(marks: &mut Marks, text: &[u8], shape: Shape) {
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
    if !text.starts_with(b"+") {
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
    } else if (8..=14).contains(&shape.digits) && phone::may_be(&digits) && !has_form(text, b"999-99-9999") {
        marks.whole(Sign::Callable, text);
    }
}

/// A number of cards.
pub(super) fn card(marks: &mut Marks, digits: &Digits, text: &[u8], is_whole: bool) {
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
    match form {
        Sign::Digits9 => rut(marks, text),
        Sign::PersonnummerForm => hetu(marks, text),
        _ => {}
    }
}

/// `131052-308T`, its last a digit or a letter.
pub(super) fn hetu(marks: &mut Marks, text: &[u8]) {
    let is_digit = |part: Option<&[u8]>| part.is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let is_form = text.len() == 11 && is_digit(text.get(..6)) && is_digit(text.get(7..10));
    if is_form && text.get(6).is_some_and(|century| b"+-ABCDEFYXWVU".contains(century)) {
        marks.whole(Sign::HetuForm, text);
        if number::fi_hetu(text) {
            marks.whole(Sign::FiHetu, text);
        }
    }
}

/// `12.345.678-5` and `12345678-5`.
pub(super) fn rut(marks: &mut Marks, text: &[u8]) {
    let is_one = text.len() > 8 && text.get(text.len() - 2) == Some(&b'-');
    if is_one {
        marks.whole(Sign::RutForm, text);
        if number::cl_rut(text) {
            marks.whole(Sign::ClRut, text);
        }
    }
}
