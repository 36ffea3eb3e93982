//! One table: described, read, profiled, classified, and written in its native form.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::{
    discover,
    progress::{Left, profile_key},
};
use crate::{
    bucket::{Bucket, Condition},
    catalog::{
        classify::{Decisions, Place, Rules, mask},
        coverage::{Coverage, Sample},
        native::{Account, Entry, Key, Skipped, Table},
        profile::{self, Limits, Profiler},
        purse::Purse,
    },
    dynamodb::{self, Class, Client},
    error::{Error, Kind},
    job::run::run_id,
    scan::{self, End, Portion, Rest, Terms},
    table,
    time::Deadline,
    write::Spent,
};

/// How large a saved profile may be.
const PROFILE_BYTES: u64 = 256 << 20;

/// What a page is thought to cost at least: half a unit for each segment of a sample.
const SEGMENT_UNITS: f64 = 0.5;

/// How many items a share of a table is that tells no count.
const UNCOUNTED_ITEMS: u64 = 1000;

/// The bytes that a read unit reads of items that may be a moment old.
const UNIT_BYTES: f64 = 8192.0;

/// How often a table is read anew because an answer broke off: its sender's checksum shows that before, as a rule.
const MOST_ANEW: u32 = 2;

/// What became of a table.
pub(super) enum Outcome {
    /// Its native form is written. `is_short` tells whether the budget ended the reading.
    Done { entry: Box<Entry>, place: usize, read_units: f64, is_short: bool },
    /// Nothing of it is known.
    Skipped { skipped: Skipped, read_units: f64 },
    /// It is read further in a later invocation.
    Later { left: Left, read_units: f64 },
}

/// What reading a table needs.
pub(super) struct Reading<'a> {
    pub(super) bucket: &'a dyn Bucket,
    pub(super) export_id: String,
    pub(super) client: Client,
    pub(super) account: Account,
    pub(super) coverage: &'a Coverage,
    pub(super) rules: &'a Rules,
    pub(super) decisions: &'a Decisions,
    pub(super) purse: &'a Mutex<Purse>,
    pub(super) now_ms: u64,
    pub(super) end: Deadline,
    /// Whether a later invocation may go on with it.
    pub(super) goes_on: bool,
}

impl Reading<'_> {
    /// Reads a table, or goes on with it.
    pub(super) async fn go(self, mut left: Left) -> Result<Outcome, Error> {
        let (mut table, readable) = match discover::describe(&self.client, &self.account, &left.table, self.end).await {
            Ok(described) => described,
            Err(unknown) if unknown.is_late && self.goes_on => return Ok(Outcome::Later { left, read_units: 0.0 }),
            Err(unknown) => return Ok(Outcome::Skipped { skipped: unknown.skipped, read_units: 0.0 }),
        };
        let made = table.table_id.clone().or_else(|| table.created_at.clone());
        if left.made != made {
            // It was deleted and made anew: what was read is of another table.
            (left.begun, left.made) = (None, made);
        }
        let keys: Vec<Key> =
            table.keys.iter().chain(table.indexes.iter().flat_map(|index| &index.keys)).cloned().collect();
        let portion = self.portion(&readable);
        let (mut anew, mut read_units, mut is_short) = (0, 0.0, false);
        let (end, profiler, rest) = loop {
            let (mut rest, mut profiler) = self.begin(&left, &keys, &readable, portion).await?;
            let mut spent = Spent::default();
            let taken = left.read_units + read_units;
            let end = self.scan(&readable, portion, taken, &mut rest, &mut profiler, &mut spent).await;
            read_units += spent.read_units;
            if anew == MOST_ANEW || !end.as_ref().is_err_and(is_broken) {
                break (end, profiler, rest);
            }
            anew += 1;
        };
        left.read_units += read_units;
        match end {
            Ok(End::Complete) => {}
            Ok(End::Budget) => {
                table.cut_short = Some("the budget is spent".to_owned());
                is_short = true;
            }
            Ok(End::Time) if self.goes_on => {
                let saved =
                    profiler.save().map_err(|error| Error::caused(Kind::Service, "a profile has no text", error))?;
                let key = profile_key(&self.export_id, &left, &run_id(self.now_ms));
                self.bucket.put(&key, Bytes::from(saved), Condition::Always).await?;
                left.begun = Some((rest, key));
                return Ok(Outcome::Later { left, read_units });
            }
            Ok(End::Time) => table.cut_short = Some("time ran out".to_owned()),
            Err(error) if is_denied(&error) => {
                table.missing_permissions.push("dynamodb:Scan".to_owned());
                table.cut_short = Some("the permission `dynamodb:Scan` is missing".to_owned());
            }
            Err(error) => {
                let (account, region) = (Some(table.account.clone()), self.account.region.clone());
                let skipped = Skipped { account, region, table: left.table, reason: error.text() };
                return Ok(Outcome::Skipped { skipped, read_units });
            }
        }
        table.items_read = profiler.items();
        table.read_units = left.read_units;
        let entry = Box::new(self.finish(table, profiler).await?);
        Ok(Outcome::Done { entry, place: left.place, read_units, is_short })
    }

    /// What is left of a table and its profile, as far as earlier invocations came.
    async fn begin<'a>(
        &'a self,
        left: &Left,
        keys: &[Key],
        readable: &table::Table,
        portion: Portion,
    ) -> Result<(Rest, Profiler<&'a Rules>), Error> {
        let (keys, limits) = (keys.to_vec(), Limits::default());
        let Some((rest, key)) = &left.begun else {
            let rest = Rest::new(readable, self.coverage.read_capacity, portion);
            return Ok((rest, Profiler::new(self.rules, keys, limits)));
        };
        let (_, saved) = self.bucket.read(key, PROFILE_BYTES).await?;
        let restored = Profiler::restore(self.rules, keys, limits, &saved).map_err(|error| {
            let message = format!("the profile of table `{}` cannot be gone on with", left.table);
            Error::caused(Kind::Service, message, error)
        })?;
        Ok((rest.clone(), restored))
    }

    /// Folds what is left of a portion into a profile, as far as time and budget allow.
    async fn scan(
        &self,
        readable: &table::Table,
        portion: Portion,
        taken: f64,
        rest: &mut Rest,
        profiler: &mut Profiler<&Rules>,
        spent: &mut Spent,
    ) -> Result<End, Error> {
        loop {
            let before = spent.read_units;
            let given = self.purse().give(estimate(readable, portion), taken + before);
            let terms = Terms { limit: self.coverage.read_capacity, budget: given, deadline: self.end };
            let fold = |body: &Bytes| Ok(fold(profiler, body));
            let end = scan::resume(&self.client, readable, terms, rest, spent, fold).await;
            let mut purse = self.purse();
            purse.settle(given, spent.read_units - before);
            // The estimate was too low.
            if matches!(end, Ok(End::Budget)) && purse.has_more(taken + spent.read_units) {
                continue;
            }
            return end;
        }
    }

    async fn finish(&self, mut table: Table, profiler: Profiler<&Rules>) -> Result<Entry, Error> {
        let place = (table.account.clone(), table.region.clone(), table.table.clone());
        let finished = profiler.finish(self.coverage.samples, |path, seen, attribute| {
            let (account, region, table) = (place.0.as_str(), place.1.as_str(), place.2.as_str());
            let place = Place { account, region, table, path };
            self.rules.classify(self.decisions, place, seen, attribute);
        });
        table.values_left_out = finished.left_out;
        table.attributes = finished.attributes;
        table.attributes.iter_mut().for_each(mask);
        table.sample = match self.coverage.sample {
            Sample::Items(items) => serde_json::json!({"items": items}),
            Sample::Percent(percent) => serde_json::json!({"percent": percent}),
            Sample::Whole => "whole".into(),
        };
        table.profiled_at = time(self.now_ms);
        let key = format!("native/{}/{}/{}.json", table.account, table.region, table.table);
        let text = serde_json::to_vec(&table)
            .map_err(|error| Error::caused(Kind::Service, format!("table `{}` has no text", table.table), error))?;
        self.bucket.put(&format!("catalog/{}/{key}", self.export_id), Bytes::from(text), Condition::Always).await?;
        Ok(entry(&table, key))
    }

    fn portion(&self, readable: &table::Table) -> Portion {
        match self.coverage.sample {
            Sample::Items(items) => Portion::Items(items),
            // What it tells is hours old: it may have more than that, or any at all.
            Sample::Percent(percent) if percent >= 100.0 => Portion::Whole,
            Sample::Percent(_) if readable.item_count == 0 => Portion::Items(UNCOUNTED_ITEMS),
            Sample::Percent(percent) => Portion::Items(share(readable.item_count, percent)),
            Sample::Whole => Portion::Whole,
        }
    }

    fn purse(&self) -> std::sync::MutexGuard<'_, Purse> {
        self.purse.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Folds an answer of Scan. After one that is not whole the profile is of no more use.
fn fold(profiler: &mut Profiler<&Rules>, body: &Bytes) -> scan::Read {
    let unreadable = |error| Error::caused(Kind::Service, "an answer of Scan cannot be profiled", error);
    match profiler.page(body) {
        Ok(page) => scan::Read {
            items: usize::try_from(page.items).unwrap_or(usize::MAX),
            units: Some(page.units).filter(|units| *units > 0.0),
            after: page.last_key,
            verdict: Ok(()),
        },
        Err(error) => scan::Read { items: 0, units: None, after: None, verdict: Err(unreadable(error)) },
    }
}

/// Whether an answer broke off in the middle.
fn is_broken(error: &Error) -> bool {
    std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<profile::Error>()).is_some()
}

fn is_denied(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<dynamodb::Error>());
    cause.is_some_and(|cause| cause.class() == Class::Denied)
}

/// How many items a share of them is; at least one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a count")]
fn share(items: u64, percent: f64) -> u64 {
    (items as f64 * percent / 100.0).ceil().max(1.0) as u64
}

/// The read units that a portion of a table is thought to take.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn estimate(table: &table::Table, portion: Portion) -> f64 {
    let whole = table.size_bytes as f64 / UNIT_BYTES;
    let of_items = match portion {
        Portion::Items(items) if table.item_count > items => whole * items as f64 / table.item_count as f64,
        _ => whole,
    };
    of_items.max(1.0) + 64.0 * SEGMENT_UNITS
}

fn entry(table: &Table, key: String) -> Entry {
    let mut entities = Vec::new();
    let mut sensitive = false;
    let mut nodes: Vec<_> = table.attributes.iter().collect();
    while let Some(node) = nodes.pop() {
        if let Some(found) = &node.classification {
            entities.push(found.entity.clone());
            sensitive |= found.sensitivity == "sensitive";
        }
        nodes.extend(&node.children);
        nodes.extend(node.element.as_deref());
        nodes.extend(node.map_of.as_ref().map(|map| map.value.as_ref()));
    }
    entities.sort();
    entities.dedup();
    Entry {
        account: table.account.clone(),
        region: table.region.clone(),
        table: table.table.clone(),
        key,
        item_count: table.item_count,
        size_bytes: table.size_bytes,
        items_read: table.items_read,
        attributes: table.attributes.len() as u64,
        entities,
        sensitive,
        changes: 0,
        missing_permissions: table.missing_permissions.clone(),
    }
}

/// A time as RFC 3339.
pub(super) fn time(epoch_ms: u64) -> String {
    let time = i64::try_from(epoch_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map(|time| time.to_string()).unwrap_or_default()
}
