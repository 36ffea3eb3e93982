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
    scan::{self, End, Portion, Rest, Terms},
    table,
    time::Deadline,
    write::Spent,
};

/// How large a saved profile may be.
const PROFILE_BYTES: u64 = 256 << 20;

/// What a page is thought to cost at least: half a unit for each segment of a sample.
const SEGMENT_UNITS: f64 = 0.5;

/// The bytes that a read unit reads of items that may be a moment old.
const UNIT_BYTES: f64 = 8192.0;

/// How often a table is read anew because an answer broke off: its sender's checksum shows that before, as a rule.
const MOST_ANEW: u32 = 2;

/// What became of a table.
pub(super) enum Outcome {
    /// Its native form is written.
    Done { entry: Box<Entry>, read_units: f64 },
    /// Nothing of it is known.
    Skipped(Skipped),
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
}

impl Reading<'_> {
    /// Reads a table, or goes on with it.
    pub(super) async fn go(self, mut left: Left) -> Result<Outcome, Error> {
        let (mut table, readable) = match discover::describe(&self.client, &self.account, &left.table, self.end).await {
            Ok(described) => described,
            Err(skipped) => return Ok(Outcome::Skipped(skipped)),
        };
        let keys: Vec<Key> =
            table.keys.iter().chain(table.indexes.iter().flat_map(|index| &index.keys)).cloned().collect();
        let portion = self.portion(&readable);
        let (mut anew, mut read_units) = (0, 0.0);
        let (end, profiler, rest) = loop {
            let mut profiler = self.profiler(&left, &keys).await?;
            let whole = || Rest::new(&readable, self.coverage.read_capacity, portion);
            let mut rest = left.rest.clone().unwrap_or_else(whole);
            let given = self.purse().give(estimate(&readable, portion));
            let terms = Terms { limit: self.coverage.read_capacity, budget: given, deadline: self.end };
            let mut spent = Spent::default();
            let fold = |body: &Bytes| Ok(fold(&mut profiler, body));
            let end = scan::resume(&self.client, &readable, terms, &mut rest, &mut spent, fold).await;
            self.purse().settle(given, spent.read_units);
            read_units += spent.read_units;
            if anew == MOST_ANEW || !end.as_ref().is_err_and(is_broken) {
                break (end, profiler, rest);
            }
            anew += 1;
        };
        left.read_units += read_units;
        match end {
            Ok(End::Complete) => {}
            Ok(End::Budget) => table.cut_short = Some("the budget is spent".to_owned()),
            Ok(End::Time) => {
                left.rest = Some(rest);
                let saved =
                    profiler.save().map_err(|error| Error::caused(Kind::Service, "a profile has no text", error))?;
                self.bucket.put(&profile_key(&self.export_id, &left), Bytes::from(saved), Condition::Always).await?;
                return Ok(Outcome::Later { left, read_units });
            }
            Err(error) if is_denied(&error) => table.missing_permissions.push("dynamodb:Scan".to_owned()),
            Err(error) => return Ok(Outcome::Skipped(self.skipped(&left, &table, error.text()))),
        }
        table.items_read = profiler.items();
        table.read_units = left.read_units;
        self.finish(table, profiler, read_units).await
    }

    /// The profile as far as it was made in earlier invocations.
    async fn profiler<'a>(&'a self, left: &Left, keys: &[Key]) -> Result<Profiler<&'a Rules>, Error> {
        let (keys, limits) = (keys.to_vec(), Limits::default());
        if left.rest.is_none() {
            return Ok(Profiler::new(self.rules, keys, limits));
        }
        let (_, saved) = self.bucket.read(&profile_key(&self.export_id, left), PROFILE_BYTES).await?;
        Profiler::restore(self.rules, keys, limits, &saved).map_err(|error| {
            let message = format!("the profile of table `{}` cannot be gone on with", left.table);
            Error::caused(Kind::Service, message, error)
        })
    }

    async fn finish(&self, mut table: Table, profiler: Profiler<&Rules>, read_units: f64) -> Result<Outcome, Error> {
        let place = (table.account.clone(), table.region.clone(), table.table.clone());
        let finished = profiler.finish(self.coverage.samples, |path, seen, attribute| {
            let (account, region, table) = (place.0.as_str(), place.1.as_str(), place.2.as_str());
            let place = Place { account, region, table, path };
            attribute.classification = self.decisions.apply(place, self.rules.candidates(path, seen));
        });
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
        Ok(Outcome::Done { entry: Box::new(entry(&table, key)), read_units })
    }

    fn portion(&self, readable: &table::Table) -> Portion {
        match self.coverage.sample {
            Sample::Items(items) => Portion::Items(items),
            Sample::Percent(percent) => Portion::Items(share(readable.item_count, percent)),
            Sample::Whole => Portion::Whole,
        }
    }

    fn purse(&self) -> std::sync::MutexGuard<'_, Purse> {
        self.purse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn skipped(&self, left: &Left, table: &Table, reason: String) -> Skipped {
        let account = Some(table.account.clone());
        Skipped { account, region: self.account.region.clone(), table: left.table.clone(), reason }
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
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<profile::Error>());
    cause.is_some()
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
