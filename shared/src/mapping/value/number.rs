//! Numbers: exact text in, one canonical text out, never through binary floating point.
//!
//! The canonical text of a value is plain (`-1200`, `0.05`) where neither side of the point is longer than
//! [`DIGITS`], and scientific (`1.5E+40`) beyond; no zero is written that is not needed. It is at most 44 bytes long.
//!
//! Its size follows DynamoDB's rule (one byte per two significant digits and one more) as it was measured at the
//! item size limit of the service: the digits before and after the point are counted apart, and a negative number
//! takes a byte more. The measurement is that of dynoxide-rs, see `types::number_size` there; the rule is at
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>.

mod binary;
#[cfg(test)]
mod tests;

use std::iter::repeat_n;

use super::detail;
use crate::reject::{Fault, Reason};
pub(super) use binary::{decimal, decimal256, float16, float32, float64, signed, unsigned};

/// The significant digits that DynamoDB keeps, and the longest side of a point in plain notation.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
const DIGITS: usize = 38;
/// The power of ten of the first digit: 1E-130 to 9.99…E+125, from the same page.
const POWERS: std::ops::RangeInclusive<i64> = -130..=125;
/// Where an exponent stops to grow: far beyond [`POWERS`] for a text of any length.
const EXPONENT_LIMIT: i64 = 1 << 56;

/// Appends the canonical text of a number and returns its size as DynamoDB counts it.
pub(super) fn text(text: &str, out: &mut Vec<u8>) -> Result<usize, Fault> {
    let Some(number) = Number::parse(text.as_bytes()) else {
        return Err(detail::found(Reason::NumberInvalid, text, "a decimal number"));
    };
    number.write(out).map_err(|unfit| unfit.fault(text))
}

/// A number as it was written: digits before and after the point, times a power of ten.
#[derive(Clone, Copy)]
struct Number<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

/// Why DynamoDB would refuse a number.
#[derive(Debug, Clone, Copy)]
enum Unfit {
    Precision,
    Range,
}

impl Unfit {
    #[cold]
    fn fault(self, text: &str) -> Fault {
        match self {
            Self::Precision => detail::found(Reason::NumberPrecision, text, "at most 38 significant digits"),
            Self::Range => {
                let wanted = "a magnitude of 1E-130 to 9.9999999999999999999999999999999999999E+125";
                detail::found(Reason::NumberOutOfRange, text, wanted)
            }
        }
    }
}

impl<'a> Number<'a> {
    /// Reads `[+-] digits [. digits] [e [+-] digits]`, with a digit on one side of the point at least.
    fn parse(text: &'a [u8]) -> Option<Self> {
        let (negative, rest) = sign(text);
        let (whole, rest) = digits(rest);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => digits(rest),
            _ => (&[][..], rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => exponent(rest)?,
            _ => return None,
        };
        Some(Self { negative, whole, fraction, exponent })
    }

    fn write(self, out: &mut Vec<u8>) -> Result<usize, Unfit> {
        let whole = trim_start(self.whole);
        let fraction = trim_end(self.fraction);
        if self.exponent != 0 || whole.len() > DIGITS || fraction.len() > DIGITS {
            return self.write_shifted(out);
        }
        let (before, after) = match (whole, fraction) {
            (_, []) => (trim_end(whole).len(), 0),
            ([], _) => (0, trim_start(fraction).len()),
            _ => (whole.len(), fraction.len()),
        };
        if before + after > DIGITS {
            return Err(Unfit::Precision);
        }
        let negative = self.negative && before + after > 0;
        if negative {
            out.push(b'-');
        }
        out.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
        if after > 0 {
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
        Ok(size(negative, before, after))
    }

    /// As [`write`](Self::write), for any number of digits and any exponent.
    #[cold]
    fn write_shifted(self, out: &mut Vec<u8>) -> Result<usize, Unfit> {
        let all = || self.whole.iter().chain(self.fraction).copied();
        let leading = all().take_while(|digit| *digit == b'0').count();
        let mut buffer = [b'0'; DIGITS];
        let mut length = 0;
        for (place, digit) in all().skip(leading).enumerate().filter(|(_, digit)| *digit != b'0') {
            *buffer.get_mut(place).ok_or(Unfit::Precision)? = digit;
            length = place + 1;
        }
        let Some((significant, _)) = buffer.split_at_checked(length).filter(|(head, _)| !head.is_empty()) else {
            out.push(b'0');
            return Ok(size(false, 0, 0));
        };
        let point = self.exponent + signed_length(self.whole.len()) - signed_length(leading);
        if !POWERS.contains(&(point - 1)) {
            return Err(Unfit::Range);
        }
        if self.negative {
            out.push(b'-');
        }
        let (before, after) = significant.split_at(usize::try_from(point).unwrap_or(0).min(length));
        let places = signed_length(length) - point;
        let longest = signed_length(DIGITS);
        if point > longest || places > longest {
            write_scientific(significant, point - 1, out);
        } else if after.is_empty() {
            out.extend_from_slice(before);
            out.extend(repeat_n(b'0', usize::try_from(-places).unwrap_or(0)));
        } else {
            out.extend_from_slice(if before.is_empty() { b"0" } else { before });
            out.push(b'.');
            out.extend(repeat_n(b'0', usize::try_from(-point).unwrap_or(0)));
            out.extend_from_slice(after);
        }
        Ok(size(self.negative, before.len(), after.len()))
    }
}

/// Appends `d.dddE+xx`.
fn write_scientific(significant: &[u8], power: i64, out: &mut Vec<u8>) {
    let (first, rest) = significant.split_at(1);
    out.extend_from_slice(first);
    if !rest.is_empty() {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
    out.extend_from_slice(if power < 0 { b"E-" } else { b"E+" });
    binary::append_unsigned(power.unsigned_abs(), out);
}

/// The size of a number with so many significant digits before and after the point.
fn size(negative: bool, before: usize, after: usize) -> usize {
    1 + usize::from(negative) + before.div_ceil(2) + after.div_ceil(2)
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// Reads an exponent; one of any length stops at [`EXPONENT_LIMIT`].
#[cold]
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, rest) = sign(text);
    let (digits, rest) = digits(rest);
    if digits.is_empty() || !rest.is_empty() {
        return None;
    }
    let grow = |sum: i64, digit: &u8| (sum * 10 + i64::from(digit - b'0')).min(EXPONENT_LIMIT);
    let magnitude = digits.iter().fold(0, grow);
    Some(if negative { -magnitude } else { magnitude })
}

fn trim_start(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.split_at(zeros).1
}

fn trim_end(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
    digits.split_at(digits.len() - zeros).0
}

/// A length as it stands in a sum with exponents; no text in memory is as long as an `i64` counts.
fn signed_length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX >> 2)
}
