//! What is summed up of numbers as they come.

use serde::{Deserialize, Serialize};

use super::{decimal::Decimal, number::Number};

/// The sum, the ends and the spread of numbers, all of them exact: in whatever order numbers come, they are the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Numbers {
    pub(super) count: u64,
    pub(super) min: Number,
    pub(super) max: Number,
    min_float: f64,
    max_float: f64,
    /// The sum of the latest numbers, at `exponent`.
    sum: i128,
    /// The sum of their squares, at twice the exponent.
    squares: i128,
    exponent: i32,
    /// The sums of those before.
    rest: Decimal,
    rest_squares: Decimal,
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
            sum: 0,
            squares: 0,
            exponent: first.exponent.min(0),
            rest: Decimal::default(),
            rest_squares: Decimal::default(),
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
        if self.sum_up(number).is_none() {
            self.settle();
            let number = Decimal::from(number);
            self.rest_squares = self.rest_squares.plus(&number.squared());
            self.rest = self.rest.plus(&number);
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.settle();
        self.rest = self.rest.plus(&other.sum());
        self.rest_squares = self.rest_squares.plus(&other.squares());
        if other.min < self.min {
            (self.min, self.min_float) = (other.min, other.min_float);
        }
        if other.max > self.max {
            (self.max, self.max_float) = (other.max, other.max_float);
        }
        self.count += other.count;
    }

    /// The sum of all numbers.
    pub(super) fn sum(&self) -> Decimal {
        self.rest.plus(&Decimal::new(self.sum, self.exponent))
    }

    /// The standard deviation of the population.
    pub(super) fn deviation(&self) -> f64 {
        Decimal::deviation(self.count, &self.sum(), &self.squares())
    }

    fn squares(&self) -> Decimal {
        self.rest_squares.plus(&Decimal::new(self.squares, 2 * self.exponent))
    }

    /// Puts the latest numbers to those before.
    fn settle(&mut self) {
        if self.squares == 0 {
            return;
        }
        (self.rest, self.rest_squares) = (self.sum(), self.squares());
        (self.sum, self.squares, self.exponent) = (0, 0, 0);
    }

    /// Adds a number to the sums of the latest, if they can hold it.
    #[inline]
    fn sum_up(&mut self, number: Number) -> Option<()> {
        let mantissa = i64::try_from(number.mantissa).ok()?;
        if number.exponent < self.exponent {
            self.lower(number.exponent)?;
        }
        let number = match (number.exponent - self.exponent).unsigned_abs() {
            0 => mantissa,
            zeros => mantissa.checked_mul(10_i64.checked_pow(zeros)?)?,
        };
        let squares = self.squares.checked_add(i128::from(number) * i128::from(number))?;
        self.sum = self.sum.checked_add(number.into())?;
        self.squares = squares;
        Some(())
    }

    /// Writes the sums with more digits behind the point, if they can hold them.
    #[cold]
    fn lower(&mut self, exponent: i32) -> Option<()> {
        let power = 10_i128.checked_pow((self.exponent - exponent).unsigned_abs())?;
        let sum = self.sum.checked_mul(power)?;
        self.squares = self.squares.checked_mul(power)?.checked_mul(power)?;
        (self.sum, self.exponent) = (sum, exponent);
        Some(())
    }
}
