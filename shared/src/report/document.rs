//! The JSON of a report: names, order and number texts that users rely on.

use std::{collections::BTreeMap, time::Duration, time::SystemTime};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Number, Value, json};

use super::{Followed, Guard, Items, Report, Rows};
use crate::{definition::Behavior, plan::Sample};

#[derive(Serialize)]
struct Document<'a> {
    run_id: &'a str,
    sync: &'a str,
    behavior: &'static str,
    dry_run: bool,
    status: &'static str,
    extract: Extract<'a>,
    rows: Rows,
    items: Items,
    capacity: Capacity<'a>,
    estimated_cost_usd: Number,
    rejects: Option<Rejects<'a>>,
    guards: &'a [Guard],
    started_at: String,
    finished_at: String,
    duration_ms: u64,
    error: Option<Error<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notices: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mirror: Option<&'a Followed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<Vec<Value>>,
}

#[derive(Serialize)]
struct Extract<'a> {
    objects: Vec<Object<'a>>,
}

#[derive(Serialize)]
struct Object<'a> {
    key: &'a str,
    version_id: Option<&'a str>,
    etag: &'a str,
    size_bytes: u64,
}

#[derive(Serialize)]
struct Capacity<'a> {
    write_units: f64,
    read_units: f64,
    throttled_requests: u64,
    throttled_by: &'a BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct Rejects<'a> {
    key: &'a str,
    by_reason: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Error<'a> {
    kind: &'static str,
    message: &'a str,
}

impl Behavior {
    /// The name in definitions and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UpdateOrCreate => "update_or_create",
            Self::Mirror => "mirror",
        }
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Document::of(self).serialize(serializer)
    }
}

impl<'a> Document<'a> {
    fn of(report: &'a Report) -> Self {
        let draft = &report.draft;
        let capacity = &draft.capacity;
        Self {
            run_id: &draft.run_id,
            sync: &draft.sync,
            behavior: draft.behavior.name(),
            dry_run: draft.dry_run,
            status: report.status().name(),
            extract: Extract { objects: draft.objects.iter().map(Object::of).collect() },
            rows: draft.rows,
            items: draft.items,
            capacity: Capacity {
                write_units: units(capacity.write_units),
                read_units: units(capacity.read_units),
                throttled_requests: capacity.throttled_requests,
                throttled_by: &capacity.throttled_by,
            },
            estimated_cost_usd: dollars(report.estimated_cost_usd()),
            rejects: draft.rejects.as_ref().map(Rejects::of),
            guards: &draft.guards,
            started_at: time(draft.started_at),
            finished_at: time(report.finished_at),
            duration_ms: millis(report.duration()),
            error: report.error().map(|failure| Error { kind: failure.kind.name(), message: &failure.message }),
            notices: &draft.notices,
            note: draft.note.as_deref(),
            mirror: draft.mirror.as_ref(),
            samples: draft.samples.as_ref().map(|samples| samples.iter().map(sample).collect()),
        }
    }
}

impl<'a> Object<'a> {
    fn of(object: &'a crate::bucket::Object) -> Self {
        let crate::bucket::Object { key, version_id, etag, size_bytes } = object;
        Self { key, version_id: version_id.as_deref(), etag, size_bytes: *size_bytes }
    }
}

impl<'a> Rejects<'a> {
    fn of(rejects: &'a super::Rejects) -> Self {
        let counted = rejects.by_reason.iter().filter(|(_, count)| **count > 0);
        Self { key: &rejects.key, by_reason: counted.map(|(reason, count)| (reason.name(), *count)).collect() }
    }
}

fn sample(Sample { before, after }: &Sample) -> Value {
    json!({"before": before, "after": after})
}

/// Units without what adding them up leaves behind: DynamoDB charges halves.
pub(super) fn units(units: f64) -> f64 {
    (units * 1_000.0).round() / 1_000.0
}

/// An amount to the millionth of a dollar, never in exponents.
pub(super) fn dollars(amount: f64) -> Number {
    let text = format!("{amount:.6}");
    let text = text.trim_end_matches('0');
    let text = if text.ends_with('.') { format!("{text}0") } else { text.to_owned() };
    text.parse().unwrap_or_else(|_| Number::from(0))
}

/// RFC 3339 in UTC, to the millisecond.
pub(super) fn time(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or_default();
    format!("{time:.3}")
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
