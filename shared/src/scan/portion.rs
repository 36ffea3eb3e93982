//! How much of a table is wanted, and what of it is still to be read.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::allowance::Allowance;
use crate::{definition::Amount, table::Table};

/// A portion of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Portion {
    /// So many items, spread over the table.
    Items(u64),
    /// All of them.
    Whole,
}

/// How many items of each segment a sample looks at, at least: fewer would cost half a unit all the same.
const ITEMS_A_SEGMENT: u64 = 25;

/// Segments of a sample at most. A table is divided by the hashes of its partition keys, so that the beginnings of so many
/// segments lie all over it.
const MOST_SEGMENTS: u64 = 64;

/// What is still to be read of a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rest {
    /// Into how many segments it is divided.
    pub(super) segments: u32,
    /// The segments that have not ended, each with the last key that was read.
    pub(super) open: BTreeMap<u32, Option<Value>>,
    /// How many items are wanted; all where it is none.
    pub(super) items: Option<u64>,
    /// How the table was read so far.
    #[serde(default)]
    pub(super) gait: Gait,
}

/// What one call learns and the next one keeps to, so that calls one after the other are as slow as one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Gait {
    /// How long the next page has to wait yet.
    pub(super) owed: Duration,
    /// Read units a second that throttling left; as many as are allowed where it is none.
    pub(super) rate: Option<f64>,
    /// The items of the pages so far, and what they cost.
    pub(super) items: f64,
    pub(super) units: f64,
}

impl Rest {
    /// All of a portion of a table that is read at a limit.
    #[must_use]
    pub fn new(table: &Table, limit: Amount, portion: Portion) -> Self {
        match portion {
            // As many as there are, or as there were a while ago.
            Portion::Items(items) if table.item_count == 0 || items < table.item_count => {
                let segments = (items / ITEMS_A_SEGMENT).clamp(1, MOST_SEGMENTS);
                Self::divided(u32::try_from(segments).unwrap_or(1), Some(items))
            }
            Portion::Items(items) => Self { items: Some(items), ..Self::whole(table, Some(limit)) },
            Portion::Whole => Self::whole(table, Some(limit)),
        }
    }

    /// All of a table that is read at a limit.
    pub(super) fn whole(table: &Table, limit: Option<Amount>) -> Self {
        Self::divided(Allowance::new(table, limit).segments, None)
    }

    fn divided(segments: u32, items: Option<u64>) -> Self {
        Self { segments, open: (0..segments).map(|number| (number, None)).collect(), items, gait: Gait::default() }
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() || self.items == Some(0)
    }
}

/// What is left, with what is under way.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) rest: Rest,
    /// Read units that may still be spent.
    pub(super) budget: Option<f64>,
    /// The items that pages under way may have.
    promised: u64,
    /// What they may cost.
    expected: f64,
}

impl Wanted {
    pub(super) fn new(rest: Rest) -> Self {
        Self { rest, budget: None, promised: 0, expected: 0.0 }
    }

    /// Whether all has been read.
    pub(super) fn is_complete(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether nothing more may be spent.
    pub(super) fn is_spent(&self) -> bool {
        self.budget.is_some_and(|budget| budget < LEAST_UNITS)
    }

    /// What pages under way may cost.
    pub(super) fn expected(&self) -> f64 {
        self.expected
    }

    /// Whether another page is wanted, beside those that are under way.
    pub(super) fn wants_more(&self) -> bool {
        self.rest.items.is_none_or(|items| items > self.promised)
            && self.budget.is_none_or(|budget| budget - self.expected >= LEAST_UNITS)
    }

    /// How many items the next page may have, and what it may cost, where it may have so many for so much. A sample takes
    /// the same of each segment.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and it saturates")]
    pub(super) fn page(&self, items: Option<u32>, units: f64, item_units: f64) -> (Option<u32>, f64) {
        let of_sample = self.rest.items.map(|wanted| {
            let share = wanted.div_ceil(self.rest.open.len().max(1) as u64);
            share.max(ITEMS_A_SEGMENT).min(wanted.saturating_sub(self.promised)).max(1)
        });
        let of_budget = self.budget.map(|budget| ((budget - self.expected) / item_units).floor().max(1.0) as u64);
        let least = [of_sample, of_budget].into_iter().flatten().map(|most| u32::try_from(most).unwrap_or(u32::MAX));
        match items.into_iter().chain(least).min() {
            None => (None, units),
            Some(items) => (Some(items), (f64::from(items) * item_units).clamp(LEAST_UNITS, units)),
        }
    }

    /// A page goes out.
    pub(super) fn promise(&mut self, items: Option<u32>, units: f64) {
        self.promised += items.map_or(0, u64::from);
        self.expected += units;
    }

    /// A page came back, one way or the other.
    pub(super) fn settle(&mut self, items: Option<u32>, units: f64) {
        self.promised -= items.map_or(0, u64::from);
        self.expected = (self.expected - units).max(0.0);
    }

    /// So much of the budget is gone.
    pub(super) fn spend(&mut self, units: f64) {
        if let Some(budget) = &mut self.budget {
            *budget -= units;
        }
    }

    /// A page was read.
    pub(super) fn taken(&mut self, segment: u32, items: u64, units: f64, after: Option<&Value>) {
        if let Some(wanted) = &mut self.rest.items {
            *wanted = wanted.saturating_sub(items);
        }
        self.spend(units);
        match after {
            Some(after) => _ = self.rest.open.insert(segment, Some(after.clone())),
            None => _ = self.rest.open.remove(&segment),
        }
    }
}

/// What a page costs at least.
const LEAST_UNITS: f64 = 0.5;
