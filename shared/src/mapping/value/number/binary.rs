//! Numbers that an extract stores in binary: integers, decimals, floats.

use arrow_buffer::i256;

use super::{Number, Unfit, signed_length, text};
use crate::reject::{Fault, Reason};

/// What the low half of a long integer counts to: the largest power of ten in a `u64`.
const HALF: u128 = 10_000_000_000_000_000_000;
/// The digits of that half.
const HALF_DIGITS: usize = 19;
/// The most digits of a `u128`.
const LONGEST: usize = 39;

/// Appends an integer; returns its size.
pub(in super::super) fn signed(value: i64, out: &mut Vec<u8>) -> usize {
    integer(value < 0, value.unsigned_abs(), out)
}

/// Appends an integer; returns its size.
pub(in super::super) fn unsigned(value: u64, out: &mut Vec<u8>) -> usize {
    integer(false, value, out)
}

fn integer(negative: bool, value: u64, out: &mut Vec<u8>) -> usize {
    let mut buffer = [0; LONGEST];
    let whole = format(u128::from(value), &mut buffer);
    // Twenty digits always fit.
    Number { negative, whole, fraction: &[], exponent: 0 }.write(out).unwrap_or(0)
}

/// Appends the digits of an integer.
pub(super) fn append_unsigned(value: u64, out: &mut Vec<u8>) {
    let mut buffer = [0; LONGEST];
    out.extend_from_slice(format(u128::from(value), &mut buffer));
}

/// Appends `unscaled` over ten to the power of `scale`; returns its size.
pub(in super::super) fn decimal(unscaled: i128, scale: i8, out: &mut Vec<u8>) -> Result<usize, Fault> {
    let mut buffer = [0; LONGEST];
    let digits = format(unscaled.unsigned_abs(), &mut buffer);
    scaled(unscaled < 0, digits, scale, out).map_err(|unfit| unfit.fault(&written(&unscaled.to_string(), scale)))
}

/// Appends `unscaled` over ten to the power of `scale`; returns its size.
pub(in super::super) fn decimal256(unscaled: i256, scale: i8, out: &mut Vec<u8>) -> Result<usize, Fault> {
    if let Some(unscaled) = unscaled.to_i128() {
        return decimal(unscaled, scale, out);
    }
    let text = unscaled.to_string();
    let digits = text.strip_prefix('-').unwrap_or(&text).as_bytes();
    scaled(unscaled.is_negative(), digits, scale, out).map_err(|unfit| unfit.fault(&written(&text, scale)))
}

fn scaled(negative: bool, digits: &[u8], scale: i8, out: &mut Vec<u8>) -> Result<usize, Unfit> {
    let split = usize::try_from(scale).ok().and_then(|scale| digits.len().checked_sub(scale));
    let number = match split {
        Some(split) => {
            let (whole, fraction) = digits.split_at(split);
            Number { negative, whole, fraction, exponent: 0 }
        }
        None => Number { negative, whole: digits, fraction: &[], exponent: -i64::from(scale) },
    };
    number.write(out)
}

/// A decimal as a fault shows it.
fn written(unscaled: &str, scale: i8) -> String {
    if scale == 0 { unscaled.to_owned() } else { format!("{unscaled}E{}", -i16::from(scale)) }
}

/// Writes an integer to the end of a buffer.
fn format(value: u128, buffer: &mut [u8; LONGEST]) -> &[u8] {
    let length = if let Ok(value) = u64::try_from(value) {
        fill(value, 1, buffer)
    } else {
        // A u128 over a power of ten this large is below 2^65; in two steps both parts fit.
        let (high, low) = (value / HALF, value % HALF);
        let (top, middle) = (high / HALF, high % HALF);
        let low = u64::try_from(low).unwrap_or(0);
        let middle = u64::try_from(middle).unwrap_or(0);
        let (rest, tail) = buffer.split_at_mut(LONGEST - HALF_DIGITS);
        fill(low, HALF_DIGITS, tail);
        if top == 0 {
            HALF_DIGITS + fill(middle, 1, rest)
        } else {
            let (rest, tail) = rest.split_at_mut(rest.len() - HALF_DIGITS);
            fill(middle, HALF_DIGITS, tail);
            2 * HALF_DIGITS + fill(u64::try_from(top).unwrap_or(0), 1, rest)
        }
    };
    buffer.split_at(LONGEST - length).1
}

/// Writes the digits of an integer to the end of a buffer, at least so many; returns how many.
fn fill(mut value: u64, least: usize, buffer: &mut [u8]) -> usize {
    let mut length = 0;
    for digit in buffer.iter_mut().rev() {
        if value == 0 && length >= least {
            break;
        }
        *digit = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
        length += 1;
    }
    length
}

/// Appends the shortest text that reads back to the same double; returns its size.
pub(in super::super) fn float64(value: f64, out: &mut Vec<u8>) -> Result<usize, Fault> {
    finite(value)?;
    text(ryu::Buffer::new().format_finite(value), out)
}

/// Appends the shortest text that reads back to the same single; returns its size.
pub(in super::super) fn float32(value: f32, out: &mut Vec<u8>) -> Result<usize, Fault> {
    finite(value.into())?;
    text(ryu::Buffer::new().format_finite(value), out)
}

/// Appends the shortest text that reads back to the same half; returns its size.
pub(in super::super) fn float16(value: f32, out: &mut Vec<u8>) -> Result<usize, Fault> {
    finite(value.into())?;
    text(&shortest_half(value), out)
}

fn finite(value: f64) -> Result<(), Fault> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Fault::new(Reason::NumberInvalid, format!("found {value}, wanted a finite number")))
}

/// Tries decimals of one digit more each time, the nearest one and its neighbours; five digits always do.
fn shortest_half(value: f32) -> String {
    for places in 0..=4_usize {
        let nearest = format!("{value:.places$e}");
        let Some((mantissa, power)) = nearest.split_once('e') else { break };
        let (Ok(mantissa), Ok(power)) = (mantissa.replace('.', "").parse::<i64>(), power.parse::<i64>()) else { break };
        let near = |step| format!("{}e{}", mantissa + step, power - signed_length(places));
        if let Some(text) = [near(0), near(1), near(-1)].into_iter().find(|text| reads_back(text, value)) {
            return text;
        }
    }
    value.to_string()
}

/// Whether a half of this value is the nearest to a decimal. All that is compared fits a double; that no decimal of
/// so few digits is mistaken for the middle of two halves, a test shows for all of them.
fn reads_back(text: &str, value: f32) -> bool {
    let bits = value.abs().to_bits();
    // Below 2^-14 halves are as far from each other as right above it.
    let power = (i32::try_from(bits >> 23).unwrap_or(0) - 127).max(-14);
    let gap = 2_f64.powi(power - 10);
    let is_first_of_power = bits.trailing_zeros() >= 23 && power > -14;
    let is_even = f64::from(value.abs()) / gap % 2.0 == 0.0;
    text.parse::<f64>().is_ok_and(|read| {
        let distance = read.abs() - f64::from(value.abs());
        let room = if distance < 0.0 && is_first_of_power { gap / 4.0 } else { gap / 2.0 };
        distance.abs() < room || (is_even && distance.abs() <= room)
    })
}
