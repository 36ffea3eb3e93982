//! Numbers that states give to persons, by their check digits.

use super::{Digits, base36, has_form, luhn};

/// Whether a date of two-digit parts can be one; the year is anything.
fn is_day(month: u64, day: u64) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// United Kingdom, NHS number: 10 digits.
pub(crate) fn uk_nhs(digits: &Digits) -> bool {
    let check = (11 - digits.weighed(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    digits.all().len() == 10 && !digits.are_same() && u64::from(check) == digits.number(9, 10)
}

/// Poland, PESEL: 11 digits, the first six a date whose month tells the century.
pub(crate) fn pl_pesel(digits: &Digits) -> bool {
    let sum = digits.weighed(&[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    digits.all().len() == 11 && is_day(digits.number(2, 4) % 20, digits.number(4, 6)) && sum.is_multiple_of(10)
}

/// India, Aadhaar: 12 digits by Verhoeff's scheme.
pub(crate) fn in_aadhaar(digits: &Digits) -> bool {
    let all = digits.all();
    all.len() == 12 && all.first() > Some(&1) && !digits.are_same() && verhoeff(all)
}

/// Whether the last digit is right by Verhoeff: the group of a pentagon's turns and mirrorings.
pub(crate) fn verhoeff(digits: &[u8]) -> bool {
    const TURNED: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let check = digits.iter().rev().enumerate().fold(0, |check, (place, digit)| {
        let turn = |digit: u8| TURNED.get(usize::from(digit)).copied().unwrap_or_default();
        product(check, (0..place % 8).fold(*digit, |digit, _| turn(digit)))
    });
    check == 0
}

/// Sweden, personnummer: 10 digits by Luhn, the first six a date; with a century 12.
pub(crate) fn se_personnummer(digits: &Digits) -> bool {
    let all = digits.all();
    let all = match all.len() {
        10 => all,
        12 if matches!(digits.number(0, 2), 18..=20) => all.get(2..).unwrap_or_default(),
        _ => return false,
    };
    let from = digits.all().len() - 10;
    // Of a coordination number the day is 60 more.
    let day = digits.number(from + 4, from + 6);
    is_day(digits.number(from + 2, from + 4), if day > 60 { day - 60 } else { day }) && luhn(all)
}

/// Germany, tax id: 11 digits by ISO 7064 mod 11, 10; of the first ten one is there two or three times.
pub(crate) fn de_tax_id(digits: &Digits) -> bool {
    let all = digits.all();
    let Some((check, first)) = all.split_last().filter(|_| all.len() == 11 && all.first() != Some(&0)) else {
        return false;
    };
    let product = first.iter().fold(10, |product, digit| {
        let sum = (u32::from(*digit) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    if (11 - product) % 10 != u32::from(*check) {
        return false;
    }
    let times = |digit: u8| first.iter().map(|each| u8::from(*each == digit)).sum::<u8>();
    let most = (0..10).map(times).max();
    let different = (0..10).filter(|digit| times(*digit) > 0).count();
    matches!((most, different), (Some(2), 9) | (Some(3), 8))
}

/// Brazil, CPF: 11 digits, the last two by mod 11.
pub(crate) fn br_cpf(digits: &Digits) -> bool {
    let check = |sum: u32| u64::from(sum * 10 % 11 % 10);
    digits.all().len() == 11
        && !digits.are_same()
        && check(digits.weighed(&[10, 9, 8, 7, 6, 5, 4, 3, 2])) == digits.number(9, 10)
        && check(digits.weighed(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) == digits.number(10, 11)
}

/// Belgium, national number: 11 digits, the last two by mod 97; born in this century, a 2 stands before.
pub(crate) fn be_national(digits: &Digits) -> bool {
    let (number, check) = (digits.number(0, 9), digits.number(9, 11));
    let month = digits.number(2, 4) % 20;
    let is_right = |number: u64| 97 - number % 97 == check;
    digits.all().len() == 11
        && month <= 12
        && digits.number(4, 6) <= 31
        && (is_right(number) || is_right(2_000_000_000 + number))
}

/// Norway, fødselsnummer: 11 digits, the last two by mod 11.
pub(crate) fn no_number(digits: &Digits) -> bool {
    let day = digits.number(0, 2);
    digits.all().len() == 11
        && is_day(digits.number(2, 4) % 40, if day > 40 { day - 40 } else { day })
        && digits.weighed(&[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_multiple_of(11)
        && digits.weighed(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

/// Turkey, kimlik: 11 digits, the last two check digits.
pub(crate) fn tr_kimlik(digits: &Digits) -> bool {
    let odd = digits.weighed(&[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = digits.weighed(&[0, 1, 0, 1, 0, 1, 0, 1]);
    let all = digits.all();
    all.len() == 11
        && all.first() != Some(&0)
        && u64::from((odd * 7 + 90 - even) % 10) == digits.number(9, 10)
        && u64::from(digits.weighed(&[1; 10]) % 10) == digits.number(10, 11)
}

/// The Netherlands, BSN: 9 digits by the eleven test.
pub(crate) fn nl_bsn(digits: &Digits) -> bool {
    let sum = digits.weighed(&[9, 8, 7, 6, 5, 4, 3, 2]);
    digits.all().len() == 9 && !digits.are_same() && u64::from(sum % 11) == digits.number(8, 9)
}

/// Canada, SIN: 9 digits by Luhn.
pub(crate) fn ca_sin(digits: &Digits) -> bool {
    let all = digits.all();
    all.len() == 9 && !matches!(all.first(), Some(0 | 8)) && !digits.are_same() && luhn(all)
}

/// Australia, TFN: 9 digits by mod 11.
pub(crate) fn au_tfn(digits: &Digits) -> bool {
    digits.all().len() == 9 && !digits.are_same() && digits.weighed(&[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

/// South Africa, id number: 13 digits by Luhn, the first six a date.
pub(crate) fn za_id(digits: &Digits) -> bool {
    let is_one = digits.all().len() == 13 && is_day(digits.number(2, 4), digits.number(4, 6));
    is_one && digits.number(10, 11) < 3 && luhn(digits.all())
}

/// Switzerland, AHV number: 13 digits that begin with 756, with the check digit of an EAN.
pub(crate) fn ch_ahv(digits: &Digits) -> bool {
    let sum = digits.weighed(&[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]);
    digits.all().len() == 13 && digits.number(0, 3) == 756 && sum.is_multiple_of(10)
}

/// Romania, CNP: 13 digits by mod 11, a date within.
pub(crate) fn ro_cnp(digits: &Digits) -> bool {
    let check = match digits.weighed(&[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 {
        10 => 1,
        check => u64::from(check),
    };
    let is_one = digits.all().len() == 13 && digits.number(0, 1) > 0 && digits.number(7, 9) <= 52;
    is_one && is_day(digits.number(3, 5), digits.number(5, 7)) && check == digits.number(12, 13)
}

/// France, NIR: 15 digits, the last two by mod 97. Corsica's letters are not known here.
pub(crate) fn fr_nir(digits: &Digits) -> bool {
    let is_one = digits.all().len() == 15 && matches!(digits.number(0, 1), 1 | 2 | 3 | 4 | 7 | 8);
    is_one
        && matches!(digits.number(3, 5), 1..=12 | 20..=42 | 50..=99)
        && 97 - digits.number(0, 13) % 97 == digits.number(13, 15)
}

/// China, resident id: 18 characters, the last a digit or X, by ISO 7064 mod 11, 2.
pub(crate) fn cn_id(text: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let Some(digits) = Digits::of(text) else { return false };
    let check = b"10X98765432".get((digits.weighed(&WEIGHTS) % 11) as usize);
    let is_day = is_day(digits.number(10, 12), digits.number(12, 14)) && matches!(digits.number(6, 8), 18..=20);
    text.len() == 18 && is_day && text.last().map(u8::to_ascii_uppercase).as_ref() == check
}

/// Spain, NIF: 8 digits and a letter by mod 23; NIE has X, Y or Z for the first digit.
pub(crate) fn es_nif(text: &[u8]) -> bool {
    let Some((letter, first)) = text.split_last() else { return false };
    let number = first.iter().fold(0, |number, byte| match byte {
        b'0'..=b'9' => number * 10 + usize::from(byte - b'0'),
        b'X' | b'x' => 0,
        b'Y' | b'y' => 1,
        _ => 2,
    });
    b"TRWAGMYFPDXBNJZSQVHLCKE".get(number % 23) == Some(&letter.to_ascii_uppercase())
}

/// Finland, henkilötunnus: `131052-308T`; the last by mod 31.
pub(crate) fn fi_hetu(text: &[u8]) -> bool {
    let Some(digits) = text.get(..10).and_then(Digits::of) else { return false };
    let check = b"0123456789ABCDEFHJKLMNPRSTUVWXY".get((digits.number(0, 9) % 31) as usize);
    is_day(digits.number(2, 4), digits.number(0, 2)) && text.last().map(u8::to_ascii_uppercase).as_ref() == check
}

/// Italy, codice fiscale: 16 characters, the last by a sum in which odd places count otherwise.
pub(crate) fn it_fiscale(text: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let Some((check, first)) = text.split_last() else { return false };
    let value = |(place, byte): (usize, &u8)| {
        let value = base36(*byte).unwrap_or_default();
        let value = if value > 9 { value - 10 } else { value };
        if place % 2 == 0 { ODD.get(value as usize).copied().unwrap_or_default() } else { value }
    };
    let sum = first.iter().enumerate().map(value).sum::<u32>();
    u32::from(check.to_ascii_uppercase().wrapping_sub(b'A')) == sum % 26
}

/// Mexico, CURP: 18 characters, the last by mod 10.
pub(crate) fn mx_curp(text: &[u8]) -> bool {
    let Some((check, first)) = text.split_last() else { return false };
    // Ñ stands between N and O.
    let value = |byte: &u8| base36(*byte).map_or(0, |value| if value > 23 { value + 1 } else { value });
    let sum = first.iter().zip((2..=18).rev()).map(|(byte, weight)| value(byte) * weight).sum::<u32>();
    base36(*check) == Some((10 - sum % 10) % 10)
}

/// Singapore, NRIC and FIN: a letter, 7 digits, a letter.
pub(crate) fn sg_nric(text: &[u8]) -> bool {
    let (Some(first), Some(digits)) = (text.first().map(u8::to_ascii_uppercase), Digits::of(text)) else {
        return false;
    };
    let sum = digits.weighed(&[2, 7, 6, 5, 4, 3, 2]) as usize + if matches!(first, b'T' | b'G') { 4 } else { 0 };
    let letters: &[u8] = if matches!(first, b'S' | b'T') { b"JZIHGFEDCBA" } else { b"XWUTRQPNMLK" };
    letters.get(sum % 11) == text.last().map(u8::to_ascii_uppercase).as_ref()
}

/// Chile, RUT: 7 or 8 digits, a hyphen, and a digit or K by mod 11.
pub(crate) fn cl_rut(text: &[u8]) -> bool {
    let Some((check, first)) = text.split_last() else { return false };
    let Some(digits) = Digits::of(first) else { return false };
    let weights = [2, 3, 4, 5, 6, 7, 2, 3];
    let sum = digits.all().iter().rev().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum::<u32>();
    b"0K987654321".get((sum % 11) as usize) == Some(&check.to_ascii_uppercase())
}

/// United Kingdom, national insurance number: no check digit, but few letters may stand where.
pub(crate) fn uk_nino(text: &[u8]) -> bool {
    let [first, second, ..] = text else { return false };
    let is_letter = |byte: &u8, not: &[u8]| byte.is_ascii_uppercase() && !not.contains(byte);
    has_form(text, b"AA999999A")
        && is_letter(first, b"DFIQUV")
        && is_letter(second, b"DFIOQUV")
        && !matches!([*first, *second], [b'B', b'G'] | [b'G', b'B'] | [b'N', b'K'] | [b'K' | b'T', b'N'] | [b'Z', b'Z'])
        && matches!(text.last(), Some(b'A'..=b'D'))
}

/// India, PAN: `ABCPE1234F`, the fourth letter of few; the check letter's rule is not public.
pub(crate) fn in_pan(text: &[u8]) -> bool {
    has_form(text, b"AAAAA9999A")
        && text.get(3).is_some_and(|byte| b"ABCFGHJLPT".contains(byte))
        && text.iter().all(|byte| !byte.is_ascii_lowercase())
}

/// United States, social security number: no check digit, but numbers that are never given.
pub(crate) fn us_ssn(digits: &Digits) -> bool {
    let (area, group, serial) = (digits.number(0, 3), digits.number(3, 5), digits.number(5, 9));
    digits.all().len() == 9 && !matches!(area, 0 | 666 | 900..) && group > 0 && serial > 0
}
