//! How long values are: characters of text, bytes of binary, members of sets, lists and maps.

use serde::{Deserialize, Serialize};

/// Lengths below this have a counter each.
const SHORT: usize = 128;

/// How many different longer lengths have a counter each; when there are more, they are put together.
const MOST: usize = 1024;

/// How many bits of a length are kept then: it is off by less than one in 128.
const BITS: u32 = 7;

/// Lengths, counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Lengths {
    pub(super) count: u64,
    pub(super) sum: u64,
    pub(super) squares: u128,
    pub(super) min: u64,
    pub(super) max: u64,
    short: Vec<u64>,
    /// Sorted by length.
    long: Vec<(u64, u64)>,
    is_coarse: bool,
}

impl Lengths {
    #[inline]
    pub(super) fn add(&mut self, length: usize) {
        if let Some(counter) = self.short.get_mut(length) {
            *counter += 1;
        } else {
            self.add_long(length, 1);
        }
        let length = length as u64;
        self.min = if self.count == 0 { length } else { self.min.min(length) };
        self.max = self.max.max(length);
        self.count += 1;
        self.sum += length;
        self.squares += u128::from(length) * u128::from(length);
    }

    pub(super) fn join(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        for (length, count) in other.counted() {
            self.add_long(usize::try_from(length).unwrap_or(usize::MAX), count);
        }
        self.is_coarse |= other.is_coarse;
        self.min = if self.count == 0 { other.min } else { self.min.min(other.min) };
        self.max = self.max.max(other.max);
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// Whether lengths were put together.
    pub(super) fn is_coarse(&self) -> bool {
        self.is_coarse
    }

    /// Every length, in order, and how many values have it.
    pub(super) fn counted(&self) -> impl Iterator<Item = (u64, u64)> {
        let short = (0..).zip(self.short.iter().copied()).filter(|(_, count)| *count > 0);
        short.chain(self.long.iter().copied())
    }

    fn add_long(&mut self, length: usize, count: u64) {
        if length < SHORT {
            if self.short.len() <= length {
                self.short.resize(SHORT, 0);
            }
            if let Some(counter) = self.short.get_mut(length) {
                *counter += count;
            }
            return;
        }
        let length = if self.is_coarse { coarse(length as u64) } else { length as u64 };
        match self.long.binary_search_by_key(&length, |(length, _)| *length) {
            Ok(at) => {
                if let Some((_, counter)) = self.long.get_mut(at) {
                    *counter += count;
                }
            }
            Err(at) => self.long.insert(at, (length, count)),
        }
        if self.long.len() > MOST && !self.is_coarse {
            self.is_coarse = true;
            for (length, count) in std::mem::take(&mut self.long) {
                self.add_long(usize::try_from(length).unwrap_or(usize::MAX), count);
            }
        }
    }
}

/// The middle of the lengths that share the first bits of this one.
fn coarse(length: u64) -> u64 {
    let surplus = (u64::BITS - length.leading_zeros()).saturating_sub(BITS);
    (length >> surplus << surplus) + (1 << surplus >> 1)
}
