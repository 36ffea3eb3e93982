//! What an export may still spend, shared by the tables that are read at once.

use super::coverage::Budget;

/// The read units that an export may take, of which each table is given some before it is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purse {
    /// What is left, less than nothing where a page cost more than there was; none where there is no limit.
    left: Option<f64>,
    /// What one table may have.
    most: Option<f64>,
}

impl Purse {
    /// A purse of an export's and a table's budget, of which some is spent already.
    #[must_use]
    pub fn new(export: &Budget, table: &Budget, spent: f64) -> Self {
        Self { left: export.units().map(|units| (units - spent).max(0.0)), most: table.units() }
    }

    /// Gives a table what it may spend, of which the rest comes back ([`settle`](Self::settle)); none where it may spend
    /// what it likes. `wanted` is what it is thought to take, `taken` what it has taken so far. It may ask for more: nobody
    /// gets so much at once that nothing is left for the others that are read meanwhile.
    pub fn give(&mut self, wanted: f64, taken: f64) -> Option<f64> {
        let of_table = self.most.map(|most| (most - taken).max(0.0));
        let Some(left) = &mut self.left else { return of_table };
        let share = (*left / Self::SHARES).max(Self::LEAST.min(*left)).max(0.0);
        let given = wanted.min(of_table.unwrap_or(f64::INFINITY)).min(share);
        *left -= given;
        Some(given)
    }

    /// Takes back what a table did not spend of what it was given.
    pub fn settle(&mut self, given: Option<f64>, spent: f64) {
        if let (Some(left), Some(given)) = (&mut self.left, given) {
            // A page may cost more than was given: what others give back goes into that first.
            *left += given - spent;
        }
    }

    /// Whether a table that has taken so much may have more.
    #[must_use]
    pub fn has_more(&self, taken: f64) -> bool {
        self.left.is_none_or(|left| left >= Self::LEAST) && self.most.is_none_or(|most| most - taken >= Self::LEAST)
    }

    /// How many tables could be given as much of what is left.
    const SHARES: f64 = 4.0;

    /// What an answer of Scan costs at least.
    const LEAST: f64 = 0.5;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purse(export: Option<f64>, table: Option<f64>) -> Purse {
        let budget = |read_units| Budget { read_units, usd: None };
        Purse::new(&budget(export), &budget(table), 0.0)
    }

    #[test]
    fn gives_no_more_than_there_is() {
        let mut all = purse(Some(100.0), None);
        assert_eq!((all.give(10.0, 0.0), all.give(60.0, 0.0)), (Some(10.0), Some(22.5)));
        all.settle(Some(22.5), 92.0);
        assert_eq!((all.has_more(92.0), all.left), (false, Some(-2.0)));
        all.settle(Some(10.0), 9.0);
        assert_eq!((all.has_more(9.0), all.give(5.0, 9.0)), (false, Some(0.0)), "a page cost more than there was");
        let mut little = purse(Some(1.0), None);
        assert_eq!([0.0, 0.5, 1.0].map(|taken| little.give(5.0, taken)), [Some(0.5), Some(0.5), Some(0.0)]);
    }

    #[test]
    fn gives_no_table_more_than_its_own() {
        assert_eq!(purse(Some(100.0), Some(10.0)).give(30.0, 0.0), Some(10.0));
        assert_eq!(purse(None, Some(10.0)).give(30.0, 4.0), Some(6.0));
        assert_eq!(purse(None, None).give(30.0, 4.0), None);
        assert!(purse(Some(100.0), Some(10.0)).has_more(9.5) && !purse(Some(100.0), Some(10.0)).has_more(9.75));
    }
}
