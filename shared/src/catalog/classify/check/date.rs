//! Dates that may be somebody's birth.

/// The years in which people who live were born, with some after, for tables that outlive this.
pub(crate) const YEARS: std::ops::RangeInclusive<u64> = 1900..=2026;

fn number(text: &[u8]) -> Option<u64> {
    let is_number = !text.is_empty() && text.len() <= 4 && text.iter().all(u8::is_ascii_digit);
    is_number.then(|| text.iter().fold(0, |number, byte| number * 10 + u64::from(byte - b'0')))
}

fn is_date(year: u64, month: u64, day: u64) -> bool {
    YEARS.contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// Whether a text is a date of a birth's years: ISO, `19850302`, or day and month before the year. At midnight it is still one.
pub(crate) fn is_birth(text: &[u8]) -> bool {
    if !(8..=32).contains(&text.len()) {
        return false;
    }
    let begins = |end: usize| text.get(..end).unwrap_or_default();
    let rest = text.get(10..).unwrap_or_default();
    let is_bare = rest.is_empty() || [&b"T00:00"[..], b" 00:00"].iter().any(|midnight| rest.starts_with(midnight));
    if text.len() == 8 && text.iter().all(u8::is_ascii_digit) {
        let part = |from: usize, to: usize| text.get(from..to).and_then(number).unwrap_or_default();
        return is_date(part(0, 4), part(4, 6), part(6, 8));
    }
    let date = if text.len() > 10 { begins(10) } else { text };
    let mut parts = date.split(|byte| b"-./".contains(byte)).map(number);
    let (Some(Some(first)), Some(Some(second)), Some(Some(third)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    is_bare && (is_date(first, second, third) || is_date(third, second, first) || is_date(third, first, second))
}

/// What months' names begin with, in some languages.
const MONTHS: [&str; 28] = [
    "abr", "ago", "apr", "aug", "avr", "dec", "dez", "dic", "déc", "ene", "feb", "fév", "gen", "giu", "jan", "jui",
    "jul", "jun", "lug", "mag", "mai", "mar", "may", "mär", "nov", "oct", "okt", "sep",
];

/// Whether a text is a date of a birth's years with the month's name, such as `15 March 1985` and `March 15, 1985`.
pub(crate) fn is_worded(text: &str) -> bool {
    let (mut day, mut month, mut year, mut count) = (false, false, false, 0);
    for word in text.split([' ', ',', '.', '-']).filter(|word| !word.is_empty()).take(6) {
        count += 1;
        match number(word.as_bytes()) {
            Some(number) if word.len() == 4 => year |= YEARS.contains(&number),
            Some(number) => day |= (1..=31).contains(&number),
            None => {
                let word = word.to_lowercase();
                month |= MONTHS.iter().any(|begin| word.starts_with(begin));
            }
        }
    }
    day && month && year && count == 3
}

/// Whether a number may be a birth in seconds or milliseconds since 1970.
pub(crate) fn is_epoch(text: &[u8]) -> bool {
    let (digits, sign) = text.strip_prefix(b"-").map_or((text, 1), |digits| (digits, -1));
    let length = digits.len();
    let number = digits
        .iter()
        .fold(0_i64, |number, byte| number.saturating_mul(10).saturating_add(i64::from(byte.wrapping_sub(b'0'))))
        * sign;
    let seconds = if length > 10 { number / 1000 } else { number };
    (7..=13).contains(&length) && (-2_208_988_800..1_800_000_000).contains(&seconds)
}
