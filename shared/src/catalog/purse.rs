//! What an export may still spend, shared by the tables that are read at once.

use super::coverage::Budget;

/// The read units that an export may take, of which each table is given some before it is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purse {
    /// What is left; none where there is no limit.
    left: Option<f64>,
    /// What one table may have.
    most: Option<f64>,
    /// Whether somebody got less than was wanted.
    short: bool,
}

impl Purse {
    /// A purse of an export's and a table's budget, of which some is spent already.
    #[must_use]
    pub fn new(export: &Budget, table: &Budget, spent: f64) -> Self {
        Self { left: export.units().map(|units| (units - spent).max(0.0)), most: table.units(), short: false }
    }

    /// Gives a table what it may spend, of which the rest comes back ([`Purse::settle`]); none where it may spend what it
    /// likes. `wanted` is what it is thought to take.
    pub fn give(&mut self, wanted: f64) -> Option<f64> {
        let of_table = self.most;
        let Some(left) = &mut self.left else { return of_table };
        // An estimate may be too low by a lot: while nobody else needs it, a table may have twice as much.
        let given = (wanted * 2.0).min(of_table.unwrap_or(f64::INFINITY)).min(*left);
        self.short |= given < wanted.min(of_table.unwrap_or(f64::INFINITY));
        *left -= given;
        Some(given)
    }

    /// Takes back what a table did not spend of what it was given.
    pub fn settle(&mut self, given: Option<f64>, spent: f64) {
        if let (Some(left), Some(given)) = (&mut self.left, given) {
            *left = (*left + given - spent).max(0.0);
        }
    }

    /// Whether somebody got less than was wanted.
    #[must_use]
    pub fn was_short(&self) -> bool {
        self.short
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "halves are exact")]
mod tests {
    use super::*;

    fn purse(export: Option<f64>, table: Option<f64>) -> Purse {
        let budget = |read_units| Budget { read_units, usd: None };
        Purse::new(&budget(export), &budget(table), 0.0)
    }

    #[test]
    fn gives_no_more_than_there_is() {
        let mut all = purse(Some(100.0), None);
        assert_eq!((all.give(30.0), all.give(30.0), all.give(1.0)), (Some(60.0), Some(40.0), Some(0.0)));
        assert!(all.was_short());
        all.settle(Some(60.0), 20.0);
        assert_eq!(all.give(5.0), Some(10.0));
        assert!(!{
            let mut enough = purse(Some(100.0), None);
            enough.give(50.0);
            enough.was_short()
        });
    }

    #[test]
    fn gives_no_table_more_than_its_own() {
        assert_eq!(purse(Some(100.0), Some(10.0)).give(30.0), Some(10.0));
        assert_eq!(purse(None, Some(10.0)).give(30.0), Some(10.0));
        assert_eq!(purse(None, None).give(30.0), None);
        let mut own = purse(Some(100.0), Some(10.0));
        own.give(30.0);
        assert!(!own.was_short(), "that is the table's limit, not the export's");
    }
}
