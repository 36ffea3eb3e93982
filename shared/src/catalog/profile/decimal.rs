//! Decimal numbers of any size: what is computed of numbers, exactly until it is rounded.

use std::fmt::{self, Display};

use num_bigint::{BigInt, Sign};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{cast::float, number::Number};

/// From this power of ten on, and below the negative of it, numbers are written with an exponent.
const WRITTEN_OUT: i32 = 50;

/// A number: `mantissa` times ten to the `exponent`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Decimal {
    mantissa: BigInt,
    exponent: i32,
}

impl Decimal {
    pub(super) fn new(mantissa: impl Into<BigInt>, exponent: i32) -> Self {
        Self { mantissa: mantissa.into(), exponent }
    }

    /// A number of floating point, to so many digits.
    pub(super) fn rounded(number: f64, digits: usize) -> Option<Self> {
        let text = format!("{number:.*e}", digits.saturating_sub(1));
        let (mantissa, exponent) = text.split_once('e')?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mantissa: BigInt = format!("{whole}{fraction}").parse().ok()?;
        let exponent: i32 = exponent.parse().ok()?;
        Some(Self::new(mantissa, exponent - i32::try_from(fraction.len()).ok()?))
    }

    /// The shortest number that reads back as one of floating point.
    pub(super) fn shortest(number: f64) -> Option<Self> {
        let text = format!("{number:e}");
        let digits = text.split_once('e')?.0.bytes().filter(u8::is_ascii_digit).count();
        Self::rounded(number, digits)
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self::new(self.at(exponent) + other.at(exponent), exponent)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self::new(self.at(exponent) - other.at(exponent), exponent)
    }

    pub(super) fn squared(&self) -> Self {
        Self::new(&self.mantissa * &self.mantissa, 2 * self.exponent)
    }

    /// The standard deviation of so many numbers, by their sum and that of their squares.
    pub(super) fn deviation(count: u64, sum: &Self, squares: &Self) -> f64 {
        let times = Self::new(&squares.mantissa * count, squares.exponent);
        times.minus(&sum.squared()).float().max(0.0).sqrt() / float(count)
    }

    /// What lies between this number and another one, so many quarters of the way.
    pub(super) fn between(&self, other: &Self, quarters: u64) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let sum = self.at(exponent) * 4_u64.saturating_sub(quarters) + other.at(exponent) * quarters;
        Self::new(sum * 25, exponent - 2)
    }

    /// This number over a whole one, to so many digits.
    pub(super) fn over(&self, divisor: u64, digits: u32) -> Self {
        // So many digits more than are wanted that what division leaves does not show.
        let more = digits + 25;
        let power = BigInt::from(10).pow(more);
        let quotient = &self.mantissa * power / divisor.max(1);
        Self::new(quotient, self.exponent - more.cast_signed()).to_digits(digits)
    }

    /// This number to so many digits, half away from zero, without zeros at its end.
    pub(super) fn to_digits(&self, digits: u32) -> Self {
        let surplus = self.digits().saturating_sub(u64::from(digits));
        let mut rounded = self.clone();
        if let Ok(surplus) = u32::try_from(surplus)
            && surplus > 0
        {
            let power = BigInt::from(10).pow(surplus);
            let half = if self.mantissa.sign() == Sign::Minus { -(&power / 2_u32) } else { &power / 2_u32 };
            rounded.mantissa = (&self.mantissa + half) / power;
            rounded.exponent += surplus.cast_signed();
        }
        rounded.trimmed()
    }

    fn trimmed(mut self) -> Self {
        if self.mantissa.sign() == Sign::NoSign {
            return Self::default();
        }
        let text = self.mantissa.to_string();
        let zeros = text.len() - text.trim_end_matches('0').len();
        if let Ok(zeros) = u32::try_from(zeros)
            && zeros > 0
        {
            self.mantissa /= BigInt::from(10).pow(zeros);
            self.exponent += zeros.cast_signed();
        }
        self
    }

    /// As JSON writes it.
    pub(super) fn json(&self) -> Option<serde_json::Number> {
        self.to_string().parse().ok()
    }

    pub(super) fn float(&self) -> f64 {
        format!("{}e{}", self.mantissa, self.exponent).parse().unwrap_or_default()
    }

    fn at(&self, exponent: i32) -> BigInt {
        match u32::try_from(self.exponent - exponent) {
            Ok(zeros) if zeros > 0 => &self.mantissa * BigInt::from(10).pow(zeros),
            _ => self.mantissa.clone(),
        }
    }

    fn digits(&self) -> u64 {
        self.mantissa.magnitude().to_string().len() as u64
    }
}

impl From<Number> for Decimal {
    fn from(number: Number) -> Self {
        Self::new(number.mantissa, number.exponent)
    }
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        Self::new(number, 0)
    }
}

impl Display for Decimal {
    /// Written out where that takes up to fifty zeros, else with an exponent.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.clone().trimmed();
        let (digits, exponent) = (number.mantissa.magnitude().to_string(), number.exponent);
        let sign = if number.mantissa.sign() == Sign::Minus { "-" } else { "" };
        let zeros = exponent.unsigned_abs() as usize;
        let power = exponent.saturating_add(i32::try_from(digits.len()).unwrap_or(i32::MAX) - 1);
        if (0..WRITTEN_OUT).contains(&exponent) && power < WRITTEN_OUT {
            return write!(formatter, "{sign}{digits}{:0<width$}", "", width = zeros);
        }
        if exponent < 0 && power > -WRITTEN_OUT {
            let padded = format!("{digits:0>width$}", width = zeros + 1);
            let (whole, fraction) = padded.split_at(padded.len() - zeros);
            return write!(formatter, "{sign}{whole}.{fraction}");
        }
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        write!(formatter, "{sign}{first}{point}{rest}e{power:+}")
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.mantissa.to_signed_bytes_le(), self.exponent).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (mantissa, exponent) = <(Vec<u8>, i32)>::deserialize(deserializer)?;
        Ok(Self::new(BigInt::from_signed_bytes_le(&mantissa), exponent.clamp(-1000, 1000)))
    }
}
