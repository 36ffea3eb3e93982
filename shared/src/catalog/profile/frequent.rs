//! The most frequent of very many values, from a few counters (Misra and Gries): those that are more than one in a hundred
//! are found, and a count is too high by one in a hundred of all values at most.
//!
//! It is our own, though the crate `datasketches` has one: values are known here by hashes that were made already, and
//! their texts are kept from the second time on only, so that a value which comes once costs no allocation.

use serde::{Deserialize, Serialize};

use super::{cast, text::Cut};

/// How many values are counted at once.
const MOST: usize = 192;

/// How many places there are: so many that a search is short.
const PLACES: usize = 512;

/// A value and how often it was seen, at least.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Counted {
    pub(super) hash: u64,
    pub(super) count: u64,
    /// Its text; none where it was seen once only.
    pub(super) text: Option<Cut>,
}

/// Counters of values.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "(Vec<Counted>, u64)", into = "(Vec<Counted>, u64)")]
pub(super) struct Frequent {
    places: Vec<Option<Counted>>,
    taken: usize,
    /// How often a value may have been seen more than its counter says.
    missed: u64,
}

impl Frequent {
    /// Counts a value.
    #[inline]
    pub(super) fn add(&mut self, hash: u64, text: impl FnOnce() -> Option<Cut>) {
        if let Some(place) = self.place(hash) {
            if let Some(counted) = place {
                counted.count += 1;
                if counted.text.is_none() {
                    counted.text = text();
                }
            } else {
                *place = Some(Counted { hash, count: 1, text: None });
                self.taken += 1;
            }
        }
        if self.taken > MOST {
            self.forget();
        }
    }

    /// Adds what was counted elsewhere.
    pub(super) fn add_many(&mut self, counted: impl IntoIterator<Item = Counted>) {
        for counted in counted {
            if let Some(place) = self.place(counted.hash) {
                if let Some(mine) = place {
                    mine.count += counted.count;
                    mine.text = mine.text.take().or(counted.text);
                } else {
                    *place = Some(counted);
                    self.taken += 1;
                }
            }
            if self.taken > MOST {
                self.forget();
            }
        }
    }

    /// Adds all counters of another one.
    pub(super) fn join(&mut self, other: &Self) {
        self.missed += other.missed;
        let mut theirs: Vec<Counted> = other.places.iter().flatten().cloned().collect();
        theirs.sort_unstable_by_key(|counted| counted.hash);
        self.add_many(theirs);
    }

    /// The values that are certainly as frequent as their counters may be wrong, with what they were seen at most.
    pub(super) fn values(&self) -> impl Iterator<Item = (&Counted, u64)> {
        let certain = self.places.iter().flatten().filter(|counted| counted.count > self.missed);
        certain.map(|counted| (counted, counted.count + self.missed))
    }

    /// The place of a value: where it is, or where it would be.
    #[inline]
    fn place(&mut self, hash: u64) -> Option<&mut Option<Counted>> {
        if self.places.is_empty() {
            self.places.resize_with(PLACES, || None);
        }
        let mut at = cast::place(hash) % PLACES;
        while self.places.get(at)?.as_ref().is_some_and(|counted| counted.hash != hash) {
            at = (at + 1) % PLACES;
        }
        self.places.get_mut(at)
    }

    /// Takes the median count from all, and lets go of those that nothing is left of.
    fn forget(&mut self) {
        let mut counts: Vec<u64> = self.places.iter().flatten().map(|counted| counted.count).collect();
        let middle = counts.len() / 2;
        let (_, median, _) = counts.select_nth_unstable(middle);
        let median = *median;
        self.missed += median;
        let places = std::mem::take(&mut self.places);
        self.taken = 0;
        let left = places.into_iter().flatten().filter(|counted| counted.count > median);
        self.add_many(left.map(|counted| Counted { count: counted.count - median, ..counted }));
    }
}

impl From<(Vec<Counted>, u64)> for Frequent {
    fn from((counted, missed): (Vec<Counted>, u64)) -> Self {
        let mut frequent = Self { missed, ..Self::default() };
        frequent.add_many(counted);
        frequent
    }
}

impl From<Frequent> for (Vec<Counted>, u64) {
    fn from(frequent: Frequent) -> Self {
        (frequent.places.into_iter().flatten().collect(), frequent.missed)
    }
}
