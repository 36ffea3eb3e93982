//! The account of a run: what was read, what became of it, what it cost.
//!
//! A [`Draft`] is filled while the run goes on. [`Draft::finish`] closes it, and only where every row is accounted for;
//! a [`Report`] cannot be changed any more. Its JSON is the same in `report.json` and in the function's answer.

mod document;
pub mod line;

use std::{
    collections::BTreeMap,
    ops::Deref,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use crate::{
    bucket::Object,
    definition::Behavior,
    error::{self, Kind},
    plan::Sample,
    reject::Reason,
};

/// What a million write request units cost on demand in us-east-1, in US dollars, since 1 November 2024
/// (<https://aws.amazon.com/dynamodb/pricing/on-demand/>). Other regions, provisioned capacity, reserved capacity and
/// discounts differ; so do index writes, which are counted in the units already.
pub const USD_PER_MILLION_WRITE_UNITS: f64 = 0.625;
/// What a million read request units cost, as above.
pub const USD_PER_MILLION_READ_UNITS: f64 = 0.125;

/// How many objects of an extract an answer names: Lambda takes answers of 6 MB. report.json names all.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ANSWERED_OBJECTS: usize = 5_000;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Everything is done.
    Succeeded,
    /// It was a dry run: nothing was written.
    Planned,
    /// A guard holds deletes back; all else is done.
    Held,
    /// There was nothing to do.
    Skipped,
    /// An error ended it.
    Failed,
}

impl Status {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Planned => "planned",
            Self::Held => "held",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Rows {
    /// Rows of the extract that were read.
    pub read: u64,
    /// Rows whose values stand in the table because of this run.
    pub written: u64,
    /// Rows that asked for what was there already, or for less than what was there.
    pub unchanged: u64,
    /// Rows that another row of the same key outdid.
    pub superseded: u64,
    /// Rows that were not written, each of which stands in rejects.csv.
    pub rejected: u64,
}

/// What became of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Items {
    /// Items created or updated.
    pub put: u64,
    /// Items deleted.
    pub deleted: u64,
    /// Items that a guard keeps from being deleted.
    pub deletes_held: u64,
}

/// What the table charged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Capacity {
    /// Write units, indexes included.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
    /// Requests that were throttled, wholly or in part.
    pub throttled_requests: u64,
    /// By what, and how often.
    pub throttled_by: BTreeMap<String, u64>,
}

/// Where the rejects are, and why they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejects {
    /// The key of rejects.csv.
    pub key: String,
    /// How many, by reason.
    pub by_reason: BTreeMap<Reason, u64>,
}

/// A rule that holds back deletes, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Guard {
    /// The rule's name.
    pub guard: &'static str,
    /// What it found.
    pub message: String,
}

/// What a mirror found between the extract and what was known.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Followed {
    /// Items that were known before.
    pub known_before: u64,
    /// Items that are new.
    pub to_create: u64,
    /// Items that are other ones than before.
    pub to_update: u64,
    /// Items that the extract lacks.
    pub to_delete: u64,
    /// The keys of a few of these, in DynamoDB JSON.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sample_of_deletes: Vec<Value>,
    /// How far the table had moved; told where it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// The object that lists every change.
    pub plan: String,
}

/// How far a table has moved from what a mirror left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Drift {
    /// Items with other values.
    pub changed: u64,
    /// Items that are gone.
    pub missing: u64,
    /// Items that no run of the mirror wrote.
    pub extra: u64,
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Who must act.
    pub kind: Kind,
    /// What is wrong.
    pub message: String,
}

impl From<&error::Error> for Failure {
    fn from(error: &error::Error) -> Self {
        Self { kind: error.kind(), message: error.text() }
    }
}

/// The account of a run under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The run's id.
    pub run_id: String,
    /// The sync's name.
    pub sync: String,
    /// The sync's behavior.
    pub behavior: Behavior,
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// The objects that were read, or were to be.
    pub objects: Vec<Object>,
    /// What became of the rows.
    pub rows: Rows,
    /// What became of items.
    pub items: Items,
    /// What the table charged; of a dry run, what it would charge.
    pub capacity: Capacity,
    /// The rejects, where there are any.
    pub rejects: Option<Rejects>,
    /// The rules that hold back deletes.
    pub guards: Vec<Guard>,
    /// When the run began.
    pub started_at: SystemTime,
    /// What went as asked, and is probably not meant so. Not in the JSON where there is nothing.
    pub notices: Vec<String>,
    /// Why there was nothing to do. Not in the JSON where there is none.
    pub note: Option<String>,
    /// What a mirror found; none for other runs. Not in the JSON of those.
    pub mirror: Option<Followed>,
    /// A few changes of a dry run. Not in the JSON of other runs.
    pub samples: Option<Vec<Sample>>,
}

/// Why a report cannot be finished: a row has vanished, or an outcome contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    /// Rows are missing or counted twice.
    #[error("{read} rows were read, but {accounted} are accounted for (written {written}, unchanged {unchanged}, superseded {superseded}, rejected {rejected}); this is a defect of Rowferry", read = .0.read, accounted = .0.accounted(), written = .0.written, unchanged = .0.unchanged, superseded = .0.superseded, rejected = .0.rejected)]
    Rows(Rows),
    /// Rejects are missing or counted twice.
    #[error("{rejected} rows were rejected, but rejects.csv holds {held}; this is a defect of Rowferry")]
    Rejects {
        /// Rows that were rejected.
        rejected: u64,
        /// Rejects by reason, added up.
        held: u64,
    },
}

/// The closed account of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    draft: Draft,
    outcome: Result<Status, Failure>,
    finished_at: SystemTime,
}

impl Rows {
    fn accounted(&self) -> u64 {
        self.written + self.unchanged + self.superseded + self.rejected
    }
}

impl Draft {
    /// An account in which nothing has happened yet.
    #[must_use]
    pub fn new(run_id: String, sync: String, behavior: Behavior, dry_run: bool, started_at: SystemTime) -> Self {
        Self {
            run_id,
            sync,
            behavior,
            dry_run,
            objects: Vec::new(),
            rows: Rows::default(),
            items: Items::default(),
            capacity: Capacity::default(),
            rejects: None,
            guards: Vec::new(),
            started_at,
            notices: Vec::new(),
            note: None,
            mirror: None,
            samples: None,
        }
    }

    /// Closes the account: how the run ended, or why it failed.
    ///
    /// # Errors
    ///
    /// [`Unbalanced`] where not every row that was read is accounted for, once, or where rejects.csv holds other rows
    /// than were rejected.
    pub fn finish(self, outcome: Result<Status, Failure>, finished_at: SystemTime) -> Result<Report, Unbalanced> {
        if self.rows.read != self.rows.accounted() {
            return Err(Unbalanced::Rows(self.rows));
        }
        let (rejected, held) = (self.rows.rejected, self.rejects.as_ref().map_or(0, Rejects::count));
        if rejected != held {
            return Err(Unbalanced::Rejects { rejected, held });
        }
        Ok(Report { draft: self, outcome, finished_at })
    }
}

impl Rejects {
    fn count(&self) -> u64 {
        self.by_reason.values().sum()
    }
}

impl Draft {
    /// What the run cost at list price, in US dollars; of a dry run, what the run itself would cost, without the reads of
    /// the comparison.
    #[must_use]
    pub fn estimated_cost_usd(&self) -> f64 {
        let Capacity { write_units, read_units, .. } = self.capacity;
        let read_units = if self.dry_run { 0.0 } else { read_units };
        (write_units * USD_PER_MILLION_WRITE_UNITS + read_units * USD_PER_MILLION_READ_UNITS) / 1e6
    }
}

impl Deref for Report {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        &self.draft
    }
}

impl Report {
    /// The report of a run whose account does not balance: failed, with the counts as they are.
    #[must_use]
    pub fn unbalanced(draft: Draft, why: &Unbalanced, finished_at: SystemTime) -> Self {
        let failure = Failure { kind: Kind::Config, message: why.to_string() };
        Self { draft, outcome: Err(failure), finished_at }
    }

    /// How the run ended.
    #[must_use]
    pub fn status(&self) -> Status {
        self.outcome.as_ref().map_or(Status::Failed, |status| *status)
    }

    /// Why it failed.
    #[must_use]
    pub fn error(&self) -> Option<&Failure> {
        self.outcome.as_ref().err()
    }

    /// When it ended.
    #[must_use]
    pub fn finished_at(&self) -> SystemTime {
        self.finished_at
    }

    /// How long it took; nothing where the clock was set back.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.finished_at.duration_since(self.draft.started_at).unwrap_or_default()
    }

    /// The report as JSON, in the order of its document.
    ///
    /// # Errors
    ///
    /// None that a report can cause.
    pub fn to_json(&self) -> Result<Value, error::Error> {
        serde_json::to_value(self).map_err(|error| error::Error::caused(Kind::Config, "the report has no JSON", error))
    }

    /// The report as a function answers it: of more than [`ANSWERED_OBJECTS`] objects the first ones.
    ///
    /// # Errors
    ///
    /// As [`to_json`](Self::to_json).
    pub fn answer(&self) -> Result<Value, error::Error> {
        let mut json = self.to_json()?;
        if let Some(objects) = json.pointer_mut("/extract/objects").and_then(Value::as_array_mut) {
            objects.truncate(ANSWERED_OBJECTS);
        }
        Ok(json)
    }

    /// What the history of runs keeps, as attributes in DynamoDB JSON.
    #[must_use]
    pub fn history(&self) -> Value {
        let number = |count: u64| json!({"N": count.to_string()});
        let text = |text: &str| json!({"S": text});
        let Rows { read, written, unchanged, superseded, rejected } = self.rows;
        let mut item = json!({
            "behavior": text(self.behavior.name()),
            "dry_run": {"BOOL": self.dry_run},
            "status": text(self.status().name()),
            "objects": {"L": self.objects.iter().map(|object| text(&object.key)).take(100).collect::<Vec<_>>()},
            "rows_read": number(read), "rows_written": number(written), "rows_unchanged": number(unchanged),
            "rows_superseded": number(superseded), "rows_rejected": number(rejected),
            "items_deleted": number(self.items.deleted),
            "write_units": {"N": document::units(self.capacity.write_units).to_string()},
            "started_at": text(&document::time(self.started_at)),
            "finished_at": text(&document::time(self.finished_at)),
            "duration_ms": number(document::millis(self.duration())),
        });
        if let (Some(Failure { kind, message }), Some(item)) = (self.error(), item.as_object_mut()) {
            item.insert("error_kind".into(), text(kind.name()));
            item.insert("error_message".into(), text(&message.chars().take(2_000).collect::<String>()));
        }
        item
    }
}

#[cfg(test)]
mod tests;
