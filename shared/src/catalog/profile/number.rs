//! Numbers as DynamoDB holds them: 38 digits, exactly.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{
    cast::{halves, signed_float},
    mix,
};

/// The most digits of a number.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
pub(super) const MOST_DIGITS: u32 = 38;

/// The power of ten of a number's first digit reaches no further: DynamoDB's own from -130 to 125.
const FARTHEST: i32 = 150;

/// The most digits and zeros that a number is written with.
const LONGEST: usize = 400;

/// A number: `mantissa` times ten to the `exponent`.
///
/// Equal numbers have equal fields: the exponent is 0 where the number is whole and has up to 38 digits, else the
/// mantissa ends in no zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Number {
    pub(super) mantissa: i128,
    pub(super) exponent: i32,
}

impl Number {
    /// Reads a number; none where the text is none.
    #[inline]
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (is_negative, digits) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, bytes),
        };
        if digits.is_empty() || digits.len() > 18 {
            return Self::parse_long(text);
        }
        let (mut mantissa, mut behind) = (0_i64, None);
        for byte in digits {
            match byte {
                b'0'..=b'9' => {
                    mantissa = mantissa * 10 + i64::from(byte - b'0');
                    behind = behind.map(|count: i32| count + 1);
                }
                b'.' if behind.is_none() => behind = Some(0),
                _ => return Self::parse_long(text),
            }
        }
        let mut exponent = -behind.unwrap_or(0);
        while exponent < 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            exponent += 1;
        }
        if behind.is_some() && digits.len() == 1 {
            return None;
        }
        Some(Self { mantissa: i128::from(if is_negative { -mantissa } else { mantissa }), exponent })
    }

    /// Reads any number, with an exponent or of many digits.
    fn parse_long(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok().filter(|it| it.abs() <= 2 * FARTHEST)?),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.len() + fraction.len() == 0 || whole.len() + fraction.len() > LONGEST {
            return None;
        }
        let mut exponent = exponent - i32::try_from(fraction.len()).ok()?;
        let (mut mantissa, mut zeros) = (0_i128, 0_u32);
        for byte in whole.bytes().chain(fraction.bytes()) {
            match byte {
                // Zeros count only where another digit stands behind them.
                b'0' => zeros += u32::from(mantissa != 0),
                b'1'..=b'9' => {
                    mantissa = mantissa.checked_mul(10_i128.checked_pow(zeros + 1)?)?;
                    mantissa = mantissa.checked_add(i128::from(byte - b'0'))?;
                    zeros = 0;
                }
                _ => return None,
            }
        }
        exponent += i32::try_from(zeros).ok()?;
        if mantissa == 0 {
            exponent = 0;
        }
        if mantissa >= 10_i128.pow(MOST_DIGITS) {
            return None;
        }
        if let Some(whole) =
            u32::try_from(exponent).ok().and_then(|zeros| mantissa.checked_mul(10_i128.checked_pow(zeros)?))
            && whole < 10_i128.pow(MOST_DIGITS)
        {
            (mantissa, exponent) = (whole, 0);
        }
        let number = Self { mantissa: if is_negative { -mantissa } else { mantissa }, exponent };
        (mantissa == 0 || number.magnitude().abs() <= FARTHEST).then_some(number)
    }

    /// The nearest number of binary floating point. `text` is what it was read from.
    #[inline]
    pub(super) fn float(self, text: &str) -> f64 {
        match i64::try_from(self.mantissa) {
            Ok(mantissa) if self.exponent == 0 => signed_float(mantissa.into()),
            Ok(mantissa) if mantissa.unsigned_abs() < 1 << 53 => {
                match POWERS.get(self.exponent.unsigned_abs() as usize) {
                    Some(power) if self.exponent < 0 => signed_float(mantissa.into()) / power,
                    _ => text.parse().unwrap_or_default(),
                }
            }
            _ => text.parse().unwrap_or_default(),
        }
    }

    /// Its hash, equal for equal numbers.
    #[inline]
    pub(super) fn hash(self) -> u64 {
        let (high, low) = halves(self.mantissa);
        mix(low ^ mix(high ^ u64::from(self.exponent.cast_unsigned()).rotate_left(17) ^ 0x4e))
    }

    /// The power of ten of its first digit.
    fn magnitude(self) -> i32 {
        self.mantissa.unsigned_abs().checked_ilog10().map_or(i32::MIN, |power| power.cast_signed() + self.exponent)
    }

    /// Both mantissas at one exponent, where 38 digits hold them.
    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let exponent = self.exponent.min(other.exponent);
        let at = |number: Self| {
            let power = 10_i128.checked_pow(u32::try_from(number.exponent - exponent).ok()?)?;
            number.mantissa.checked_mul(power)
        };
        Some((at(self)?, at(other)?, exponent))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.exponent == other.exponent {
            return self.mantissa.cmp(&other.mantissa);
        }
        if let Some((one, two, _)) = self.aligned(*other) {
            return one.cmp(&two);
        }
        // So far apart that 38 digits do not hold both: their signs and orders of magnitude tell.
        let sign = self.mantissa.signum();
        let size = self.magnitude().cmp(&other.magnitude());
        sign.cmp(&other.mantissa.signum()).then(if sign < 0 { size.reverse() } else { size })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The powers of ten that floating point holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];
