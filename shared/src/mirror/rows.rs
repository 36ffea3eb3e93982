//! A set of row numbers: a bit a row.

/// Rows of an extract, by their numbers.
#[derive(Debug, Clone, Default)]
pub struct RowSet {
    words: Vec<u64>,
    count: u64,
}

impl RowSet {
    /// Adds a row.
    pub fn insert(&mut self, row: u64) {
        let place = usize::try_from(row / 64).unwrap_or(usize::MAX);
        if place >= self.words.len() {
            self.words.resize(place + 1, 0);
        }
        let Some(word) = self.words.get_mut(place) else { return };
        self.count += u64::from(*word & (1 << (row % 64)) == 0);
        *word |= 1 << (row % 64);
    }

    /// Whether a row is in it.
    #[must_use]
    pub fn contains(&self, row: u64) -> bool {
        let word = self.words.get(usize::try_from(row / 64).unwrap_or(usize::MAX));
        word.is_some_and(|word| word & (1 << (row % 64)) != 0)
    }

    /// How many rows are in it.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether no row is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_added() {
        let mut rows = RowSet::default();
        assert!(rows.is_empty() && !rows.contains(0));
        for row in [0, 63, 64, 1_000_000, 64] {
            rows.insert(row);
        }
        assert_eq!(rows.len(), 4);
        assert!([0, 63, 64, 1_000_000].into_iter().all(|row| rows.contains(row)));
        assert!([1, 62, 65, 999_999, u64::MAX].into_iter().all(|row| !rows.contains(row)));
    }
}
