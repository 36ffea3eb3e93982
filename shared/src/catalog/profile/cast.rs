//! Conversions between kinds of numbers, with what each may lose.

/// The nearest number of binary floating point.
#[expect(clippy::cast_precision_loss, reason = "the nearest is asked for")]
#[inline]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// The nearest number of binary floating point.
#[expect(clippy::cast_precision_loss, reason = "the nearest is asked for")]
#[inline]
pub(super) fn signed_float(number: i128) -> f64 {
    i64::try_from(number).map_or_else(|_| number as f64, |number| number as f64)
}

/// The nearest count; an estimate is none below zero.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "beyond the ends, the end is the nearest")]
pub(super) fn count(estimate: f64) -> u64 {
    estimate.round() as u64
}

/// The lower bits of a hash, as a place.
#[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
#[inline]
pub(super) fn place(hash: u64) -> usize {
    hash as usize
}

/// The bits of a number, as two.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "all bits are there, only cut in two")]
#[inline]
pub(super) fn halves(number: i128) -> (u64, u64) {
    ((number >> 64) as u64, number as u64)
}
