//! How fast a table is scanned, by how many segments at once, and how many items a page may have.

use super::portion::Gait;
use crate::{definition::Amount, table::Table};

/// The share of the table's read capacity that a scan takes where nothing is said.
const SHARE_PERCENT: f64 = 25.0;

/// What a new on-demand table gives, in read units a second.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>
const ON_DEMAND: f64 = 12_000.0;

/// What the longest page costs: 1 MB, at 0.5 read units per 4 KB.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html>
const PAGE_UNITS: f64 = 128.0;

/// What a page may cost even where that is more than a second allows: each page is rounded up to half a unit.
const LEAST_PAGE_UNITS: f64 = 2.0;

/// More items than a page of 1 MB can have.
const MOST_ITEMS: f64 = 1e6;

/// What an item is thought to cost before anything is known: as much as one of 4 KB.
const GUESSED_UNITS: f64 = 0.5;

/// The bytes that a read unit reads.
const UNIT_BYTES: f64 = 8192.0;

/// Read units a second that one segment comes to at least, a page after the other: three pages.
const SEGMENT_UNITS: f64 = 400.0;

/// The bytes for which a segment of its own is worth while.
const SEGMENT_BYTES: f64 = 4e6;

/// Segments at most: what is under way at once are so many pages of 1 MB, in JSON a few times that.
const MOST_SEGMENTS: f64 = 8.0;

/// Pages under way at most, however many segments there are.
pub(super) const MOST_AT_ONCE: usize = 8;

/// The allowance of one scan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Allowance {
    /// Read units a second at most.
    pub(super) rate: f64,
    /// Segments that are read at once.
    pub(super) segments: u32,
    /// What an item costs, as the table's description tells.
    item_units: f64,
    /// The items of the pages so far, and what they cost.
    items: f64,
    units: f64,
}

impl Allowance {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 8")]
    pub(super) fn new(table: &Table, limit: Option<Amount>) -> Self {
        let rate = match limit.unwrap_or(Amount::Percent(SHARE_PERCENT)) {
            Amount::Count(units) => units,
            Amount::Percent(percent) => table.read_units_per_second.unwrap_or(ON_DEMAND) * percent / 100.0,
        };
        let (size_bytes, items) = (float(table.size_bytes), float(table.item_count));
        // A table that was filled just now still tells that it has nothing.
        let by_size = if size_bytes > 0.0 { size_bytes / SEGMENT_BYTES } else { MOST_SEGMENTS };
        let segments = (rate / SEGMENT_UNITS).min(by_size).ceil().clamp(1.0, MOST_SEGMENTS) as u32;
        let item_units = if items > 0.0 { size_bytes / items / UNIT_BYTES } else { GUESSED_UNITS };
        Self { rate, segments, item_units, items: 0.0, units: 0.0 }
    }

    /// Goes on with what was learned before.
    pub(super) fn after(self, gait: &Gait) -> Self {
        Self { items: gait.items, units: gait.units, ..self }
    }

    /// The items of the pages so far, and what they cost.
    pub(super) fn learned(&self) -> (f64, f64) {
        (self.items, self.units)
    }

    /// How many items the next page may have at a rate, and what it may cost: all segments together about as much as a
    /// second allows, so that nobody else waits longer. None where that is more than a page can have anyway.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and it saturates")]
    pub(super) fn page(&self, rate: f64) -> (Option<u32>, f64) {
        let units = (rate / f64::from(self.segments)).max(LEAST_PAGE_UNITS);
        if units >= PAGE_UNITS {
            return (None, PAGE_UNITS);
        }
        let item_units = self.item_units();
        let items = (units / item_units).floor().clamp(1.0, MOST_ITEMS);
        (Some(items as u32), (items * item_units).min(PAGE_UNITS))
    }

    /// What an item costs, as far as that is known.
    pub(super) fn item_units(&self) -> f64 {
        if self.units > 0.0 { self.units / self.items } else { self.item_units }
    }

    /// Learns what items cost from a page.
    pub(super) fn learn(&mut self, items: usize, units: Option<f64>) {
        if let (Some(units), true) = (units, items > 0) {
            self.items += float(items as u64);
            self.units += units;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes and counts need no more than 15 digits")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(read_units: Option<f64>, size_bytes: u64, item_count: u64) -> Table {
        let answer = json!({"Table": {"TableStatus": "ACTIVE", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}});
        Table { read_units_per_second: read_units, size_bytes, item_count, ..Table::read("t", &answer).unwrap() }
    }

    #[track_caller]
    fn check(table: &Table, limit: Option<Amount>, rate: f64, segments: u32, items: Option<u32>) {
        let allowance = Allowance::new(table, limit);
        assert_eq!((allowance.rate, allowance.segments, allowance.page(allowance.rate).0), (rate, segments, items));
    }

    #[test]
    fn takes_a_quarter_of_what_the_table_gives() {
        check(&table(None, 0, 0), None, 3_000.0, 8, None);
        check(&table(Some(100.0), 0, 0), None, 25.0, 1, Some(50));
    }

    #[test]
    fn takes_what_the_definition_says() {
        check(&table(Some(100.0), 0, 0), Some(Amount::Count(400.0)), 400.0, 1, None);
        check(&table(Some(100.0), 0, 0), Some(Amount::Percent(50.0)), 50.0, 1, Some(100));
        check(&table(None, 0, 0), Some(Amount::Percent(10.0)), 1_200.0, 3, None);
    }

    #[test]
    fn small_tables_and_slow_scans_need_no_segments() {
        check(&table(None, 4_000_000, 1_000), None, 3_000.0, 1, None);
        check(&table(None, 16_000_000, 1_000), None, 3_000.0, 4, None);
        check(&table(None, 1 << 40, 1 << 20), None, 3_000.0, 8, None);
        check(&table(Some(100.0), 1 << 40, 1 << 20), None, 25.0, 1, Some(1));
        check(&table(Some(100.0), 0, 1 << 20), None, 25.0, 1, Some(1_000_000));
    }

    #[test]
    fn a_page_takes_a_second_of_the_allowance_at_most() {
        let mut allowance = Allowance::new(&table(Some(8.0), 8192 * 1_000, 8_000), None);
        assert_eq!(allowance.page(allowance.rate), (Some(16), 2.0));
        allowance.learn(10, Some(10.0));
        assert_eq!(allowance.page(allowance.rate), (Some(2), 2.0));
        allowance.learn(0, Some(0.5));
        allowance.learn(10, None);
        assert_eq!(allowance.page(allowance.rate), (Some(2), 2.0), "what tells nothing changes nothing");
    }

    #[test]
    fn half_units_do_not_make_pages_ever_shorter() {
        // Items of 100 bytes, on a table that gives a scan a quarter of a unit a second.
        for (size_bytes, items) in [(0, 0), (100_000, 1_000)] {
            let mut allowance = Allowance::new(&table(Some(1.0), size_bytes, items), None);
            let mut last = 0;
            for _ in 0..50 {
                last = allowance.page(allowance.rate).0.unwrap();
                allowance.learn(last as usize, Some((f64::from(last) * 100.0 / 4096.0).ceil() / 2.0));
            }
            assert!((120..=164).contains(&last), "{last} items a page");
        }
    }
}
