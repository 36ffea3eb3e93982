//! Numbers of cards and bank accounts.

use super::{Digits, base36, luhn};

/// Whether digits begin as an issuer's cards do, and are as many.
///
/// No 13 digits, though Visa once had them: a time in milliseconds has 13, and one in ten of them passes Luhn. Times in
/// micro- and nanoseconds begin with 1, as no card does.
pub(crate) fn has_issuer(digits: &Digits) -> bool {
    let (two, four) = (digits.number(0, 2), digits.number(0, 4));
    match digits.all().len() {
        14 => matches!(two, 36 | 38 | 39) || matches!(four, 3000..=3059 | 3095),
        15 => matches!(two, 34 | 37),
        16 => {
            matches!(two, 40..=49 | 51..=55 | 65)
                || matches!(four, 2221..=2720 | 3528..=3589 | 6011 | 6200..=6299 | 6440..=6499)
        }
        19 => matches!(two, 40..=49 | 65) || matches!(four, 6200..=6299),
        _ => false,
    }
}

/// Whether digits with an issuer's beginning are a card's.
pub(crate) fn is_card(digits: &Digits) -> bool {
    luhn(digits.all())
}

/// How long account numbers are, by country.
const LENGTHS: [(&[u8; 2], usize); 79] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NL", 18),
    (b"NO", 15),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
];

/// The account number that a text begins with, spaces left out: its form, by country and length. And how many bytes of the
/// text it is.
pub(crate) fn iban(text: &[u8]) -> Option<([u8; 34], usize, usize)> {
    let (country, checks) = (text.first_chunk::<2>()?, text.get(2..4)?);
    if !checks.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let country = [country[0].to_ascii_uppercase(), country[1].to_ascii_uppercase()];
    let place = LENGTHS.binary_search_by(|(each, _)| (*each).cmp(&country)).ok()?;
    let (_, length) = LENGTHS.get(place)?;
    let (mut all, mut count) = ([0; 34], 0);
    for (place, byte) in text.iter().enumerate() {
        match byte {
            b' ' | b'-' if place % 5 == 4 || count % 4 == 0 => continue,
            byte if byte.is_ascii_alphanumeric() => *all.get_mut(count)? = byte.to_ascii_uppercase(),
            _ => return None,
        }
        count += 1;
        if count == *length {
            return Some((all, count, place + 1));
        }
    }
    None
}

/// Whether the check digits of an account number are right: 1 of mod 97.
pub(crate) fn is_iban(all: &[u8]) -> bool {
    let (Some(head), Some(tail)) = (all.get(..4), all.get(4..)) else { return false };
    let rest = tail.iter().chain(head).fold(0, |rest, byte| {
        let value = base36(*byte).unwrap_or_default();
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    rest == 1
}

#[cfg(test)]
pub(super) fn is_sorted() -> bool {
    LENGTHS.is_sorted_by_key(|(country, _)| *country)
}
