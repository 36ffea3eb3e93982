//! Dates and times: text in, epoch or ISO 8601 text out, on the proleptic Gregorian calendar, years 0001 to 9999.
//!
//! Text is read as ISO 8601 in its extended form or as warehouses print it: a date, then optionally `T` or a space, a
//! time of day to the minute, second or up to nine digits of a fraction, then optionally `Z`, `UTC` or an offset
//! (`+hh`, `+hhmm`, `+hh:mm`), which a space may precede. Without a time it is midnight, without a zone it is UTC.
//!
//! What has no exact place in epoch time is refused, not bent: leap seconds, 24:00, days that do not exist, more than
//! nine digits. A bare number is refused too: whether it counts seconds or milliseconds would be a guess.

#[cfg(test)]
mod tests;

use super::detail;
use crate::{
    reject::{Fault, Reason},
    row::Cell,
};

const DAY: i64 = 86_400;
const NANOS: i64 = 1_000_000_000;
/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
const WANTED: &str = "a time as 2026-01-31T12:00:00Z, 2026-01-31 12:00:00 or 2026-01-31, in the years 0001 to 9999";

/// A point in time of the years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    seconds: i64,
    nanos: u32,
}

impl Moment {
    fn new(seconds: i64, nanos: u32) -> Option<Self> {
        (SECONDS.contains(&seconds) && i64::from(nanos) < NANOS).then_some(Self { seconds, nanos })
    }

    /// The moment that a cell stands for; a local time is taken for UTC.
    pub(super) fn of(cell: Cell<'_>) -> Result<Self, Fault> {
        match cell {
            Cell::Text(text) | Cell::Json(text) => {
                Self::parse(text.as_bytes()).ok_or_else(|| detail::found(Reason::TimestampInvalid, text, WANTED))
            }
            Cell::Date(days) => Self::new(days.saturating_mul(DAY), 0).ok_or_else(|| beyond("day", days)),
            Cell::Timestamp { seconds, nanos, .. } => {
                Self::new(seconds, nanos).ok_or_else(|| beyond("second", seconds))
            }
            Cell::Time(_) => Err(Fault::new(Reason::TimestampInvalid, "found a time of day, wanted a date with it")),
            Cell::Int(_)
            | Cell::UInt(_)
            | Cell::Decimal(..)
            | Cell::Decimal256(..)
            | Cell::Float16(_)
            | Cell::Float32(_)
            | Cell::Float64(_) => Err(Fault::new(Reason::TimestampInvalid, format!("found a number, wanted {WANTED}"))),
            _ => Err(detail::mismatch(&detail::name(cell), "a time")),
        }
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let (days, rest) = date(text)?;
        let (second, nanos, rest) = match rest {
            [] => (0, 0, rest),
            [b'T' | b't' | b' ', rest @ ..] => time_of_day(rest)?,
            _ => return None,
        };
        Self::new(days * DAY + second - offset(rest)?, nanos)
    }

    /// Whole seconds since 1970, rounded down.
    pub(super) fn seconds(self) -> i64 {
        self.seconds
    }

    /// Whole milliseconds since 1970, rounded down.
    pub(super) fn millis(self) -> i64 {
        self.seconds * 1000 + i64::from(self.nanos / 1_000_000)
    }

    /// Appends RFC 3339 in UTC.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        self.write_local(out);
        out.push(b'Z');
    }

    fn write_local(self, out: &mut Vec<u8>) {
        self.write_date(out);
        out.push(b'T');
        write_time(self.seconds.rem_euclid(DAY), self.nanos, out);
    }

    /// Appends `YYYY-MM-DD`.
    pub(super) fn write_date(self, out: &mut Vec<u8>) {
        let (year, month, day) = civil(self.seconds.div_euclid(DAY));
        pair(year / 100, out);
        pair(year % 100, out);
        out.push(b'-');
        pair(month, out);
        out.push(b'-');
        pair(day, out);
    }
}

/// Appends `YYYY-MM-DD`.
pub(super) fn append_date(days: i64, out: &mut Vec<u8>) -> Result<(), Fault> {
    Moment::of(Cell::Date(days))?.write_date(out);
    Ok(())
}

/// Appends `hh:mm:ss[.fraction]` of nanoseconds since midnight.
pub(super) fn append_time(nanos: i64, out: &mut Vec<u8>) -> Result<(), Fault> {
    let second = nanos.div_euclid(NANOS);
    let Some(rest) = u32::try_from(nanos.rem_euclid(NANOS)).ok().filter(|_| (0..DAY).contains(&second)) else {
        let detail = format!("found {nanos} nanoseconds since midnight, wanted a time of day");
        return Err(Fault::new(Reason::TimestampInvalid, detail));
    };
    write_time(second, rest, out);
    Ok(())
}

/// Appends ISO 8601, with `Z` only where the time is adjusted to UTC.
pub(super) fn append_timestamp(seconds: i64, nanos: u32, utc: bool, out: &mut Vec<u8>) -> Result<(), Fault> {
    let moment = Moment::of(Cell::Timestamp { seconds, nanos, utc })?;
    if utc {
        moment.write(out);
    } else {
        moment.write_local(out);
    }
    Ok(())
}

#[cold]
fn beyond(unit: &str, count: i64) -> Fault {
    Fault::new(Reason::TimestampInvalid, format!("found {unit} {count} from 1970, wanted the years 0001 to 9999"))
}

/// Reads `YYYY-MM-DD` as days since 1970.
fn date(text: &[u8]) -> Option<(i64, &[u8])> {
    let (century, rest) = two(text)?;
    let (year, rest) = two(rest)?;
    let (month, rest) = two(rest.strip_prefix(b"-")?)?;
    let (day, rest) = two(rest.strip_prefix(b"-")?)?;
    let year = century * 100 + year;
    let fits = (1..=12).contains(&month) && day >= 1 && day <= month_length(year, month);
    fits.then(|| (days(year, month, day), rest))
}

/// Reads `hh:mm[:ss[.fraction]]` as seconds and nanoseconds.
fn time_of_day(text: &[u8]) -> Option<(i64, u32, &[u8])> {
    let (hour, rest) = two(text)?;
    let (minute, rest) = two(rest.strip_prefix(b":")?)?;
    let (second, nanos, rest) = match rest {
        [b':', rest @ ..] => {
            let (second, rest) = two(rest)?;
            let (nanos, rest) = fraction(rest)?;
            (second, nanos, rest)
        }
        _ => (0, 0, rest),
    };
    (hour < 24 && minute < 60 && second < 60).then_some((hour * 3600 + minute * 60 + second, nanos, rest))
}

/// Reads `.` or `,` and one to nine digits as nanoseconds.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let [b'.' | b',', rest @ ..] = text else { return Some((0, text)) };
    let (digits, rest) = rest.split_at(rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let padded = digits.iter().chain(std::iter::repeat(&b'0')).take(9);
    Some((padded.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')), rest))
}

/// Reads a zone to the end of the text as seconds east of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        [] | [b'Z' | b'z'] | b" UTC" => return Some(0),
        [b'+', rest @ ..] | [b' ', b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] | [b' ', b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hour, rest) = two(rest)?;
    let minute = match rest {
        [] => 0,
        [b':', rest @ ..] | rest => two(rest).filter(|(_, rest)| rest.is_empty())?.0,
    };
    (hour < 24 && minute < 60).then_some(sign * (hour * 3600 + minute * 60))
}

/// Reads two digits.
fn two(text: &[u8]) -> Option<(i64, &[u8])> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => {
            Some((i64::from(tens - b'0') * 10 + i64::from(ones - b'0'), rest))
        }
        _ => None,
    }
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970 of a date: years begin in March, so that the leap day is the last, and repeat after 400.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// The date of days since 1970; the inverse of [`days`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (era * 400 + year + i64::from(month <= 2), month, of_year - (153 * march + 2) / 5 + 1)
}

fn write_time(second: i64, nanos: u32, out: &mut Vec<u8>) {
    pair(second / 3600, out);
    out.push(b':');
    pair(second / 60 % 60, out);
    out.push(b':');
    pair(second % 60, out);
    let mut rest = i64::from(nanos);
    if rest > 0 {
        out.push(b'.');
    }
    while rest > 0 {
        out.push(digit(rest / (NANOS / 10)));
        rest = rest % (NANOS / 10) * 10;
    }
}

fn pair(value: i64, out: &mut Vec<u8>) {
    out.extend([digit(value / 10), digit(value % 10)]);
}

fn digit(value: i64) -> u8 {
    b'0' + u8::try_from(value).unwrap_or(0)
}
