//! What is summed up of numbers as they come.

use serde::{Deserialize, Serialize};

use super::{cast::float as as_float, decimal::Decimal, number::Number};

/// The sum, the ends and the spread of numbers.
///
/// The sum and the ends are exact. Of the spread, the differences from the first number are taken exactly and summed up
/// in floating point without cancellation (Welford); so far apart from each other as they are, or as near.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Numbers {
    pub(super) count: u64,
    pub(super) min: Number,
    pub(super) max: Number,
    min_float: f64,
    max_float: f64,
    first: Number,
    /// The mean of the differences from the first number.
    mean: f64,
    /// The sum of the squares of the differences from their mean.
    squares: f64,
    /// The sum of the latest numbers, at `exponent`.
    sum: i128,
    exponent: i32,
    /// The sum of those before.
    rest: Decimal,
}

impl Numbers {
    /// Sums nothing up yet; `first` is the number that comes first.
    pub(super) fn new(first: Number, float: f64) -> Self {
        Self {
            count: 0,
            min: first,
            max: first,
            min_float: float,
            max_float: float,
            first,
            mean: 0.0,
            squares: 0.0,
            sum: 0,
            exponent: first.exponent,
            rest: Decimal::default(),
        }
    }

    #[inline]
    pub(super) fn add(&mut self, number: Number, float: f64) {
        self.count += 1;
        // Floating point keeps the order of numbers, but for those that it takes for one.
        if float <= self.min_float && number < self.min {
            (self.min, self.min_float) = (number, float);
        }
        if float >= self.max_float && number > self.max {
            (self.max, self.max_float) = (number, float);
        }
        let difference = number.less(self.first);
        let apart = difference - self.mean;
        self.mean += apart / as_float(self.count);
        self.squares += apart * (difference - self.mean);
        if !self.sum_up(number) {
            self.rest = self.rest.plus(&Decimal::new(self.sum, self.exponent)).plus(&number.into());
            (self.sum, self.exponent) = (0, number.exponent.min(0));
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.rest = self.sum().plus(&other.sum());
        self.sum = 0;
        if other.min < self.min {
            (self.min, self.min_float) = (other.min, other.min_float);
        }
        if other.max > self.max {
            (self.max, self.max_float) = (other.max, other.max_float);
        }
        let (mine, theirs) = (as_float(self.count), as_float(other.count));
        let apart = other.first.less(self.first) + other.mean - self.mean;
        self.count += other.count;
        self.mean += apart * theirs / as_float(self.count);
        self.squares += other.squares + apart * apart * mine * theirs / as_float(self.count);
    }

    /// The sum of all numbers.
    pub(super) fn sum(&self) -> Decimal {
        self.rest.plus(&Decimal::new(self.sum, self.exponent))
    }

    /// The standard deviation of the population.
    pub(super) fn deviation(&self) -> f64 {
        (self.squares / as_float(self.count)).max(0.0).sqrt()
    }

    /// Adds a number to the sum of the latest, if that can hold it.
    #[inline]
    fn sum_up(&mut self, number: Number) -> bool {
        let by = |number: i128, exponent: i32| {
            if exponent == 0 { Some(number) } else { number.checked_mul(10_i128.checked_pow(exponent.unsigned_abs())?) }
        };
        let lower = self.exponent.min(number.exponent);
        let sum = by(self.sum, self.exponent - lower)
            .and_then(|sum| sum.checked_add(by(number.mantissa, number.exponent - lower)?));
        if let Some(sum) = sum {
            (self.sum, self.exponent) = (sum, lower);
        }
        sum.is_some()
    }
}
