//! What the catalog covers: the checked form of catalog.yaml, whose keys an invoke may carry, too.
//!
//! Owns every key and its default, and which tables are meant. Knows no bucket and no AWS SDK.

use regex::Regex;

use super::classify::Custom;
use crate::definition::Amount;

mod file;
mod parse;
#[cfg(test)]
mod tests;

pub use self::{file::schema, parse::parse};

/// What an export covers, and how it reads.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// The accounts and regions; at least one.
    pub accounts: Vec<Account>,
    /// Which tables are meant.
    pub filter: Filter,
    /// How much of a table is read.
    pub sample: Sample,
    /// How fast a table is read: read units a second, or a share of what it gives.
    pub read_capacity: Amount,
    /// What an export may take.
    pub budget: Budget,
    /// What each table may take.
    pub table_budget: Budget,
    /// Whether values are written as samples.
    pub samples: bool,
    /// Rules of the user's own.
    pub rules: Vec<Custom>,
}

/// An account, by the way to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// A name from connections.yaml; the function's own role where there is none.
    pub connection: Option<String>,
    /// The regions; the connection's own where there is none.
    pub regions: Vec<String>,
}

/// How much of a table is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// So many items, spread over the table.
    Items(u64),
    /// A share of the items, in percent.
    Percent(f64),
    /// All of them.
    Whole,
}

/// What reading may take; none where there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Budget {
    /// Read units.
    pub read_units: Option<f64>,
    /// US dollars at list price.
    pub usd: Option<f64>,
}

/// Which tables are meant: patterns in any case, from the start of a name; `exclude` wins.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    include: Vec<Regex>,
    exclude: Vec<Regex>,
}

impl Filter {
    /// Whether a table is meant; all are where nothing is included by name.
    #[must_use]
    pub fn takes(&self, table: &str) -> bool {
        let any = |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(table));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }
}

impl Coverage {
    /// The price of a million read units on demand, in US dollars at list price in us-east-1.
    /// <https://aws.amazon.com/dynamodb/pricing/on-demand/>
    const USD_PER_MILLION: f64 = 0.125;

    /// What read units cost.
    #[must_use]
    pub fn usd(read_units: f64) -> f64 {
        read_units * Self::USD_PER_MILLION / 1e6
    }
}

impl Budget {
    /// The read units that it comes to; the least of both limits.
    #[must_use]
    pub fn units(&self) -> Option<f64> {
        let of_usd = self.usd.map(|usd| usd * 1e6 / Coverage::USD_PER_MILLION);
        [self.read_units, of_usd].into_iter().flatten().min_by(f64::total_cmp)
    }
}
