//! What a run leaves in the log: one line for people, one for CloudWatch. No cell values, no secrets.

use serde_json::{Map, Value, json};

use super::{Report, Status, document};

/// The namespace of all metrics.
pub const NAMESPACE: &str = "Rowferry";

/// A metric that a run leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name in CloudWatch.
    pub name: &'static str,
    /// Its unit, in CloudWatch's words.
    pub unit: &'static str,
    /// What it counts.
    pub meaning: &'static str,
    /// Whether a dry run leaves it too.
    pub of_dry_runs: bool,
}

const fn count(name: &'static str, meaning: &'static str) -> Metric {
    Metric { name, unit: "Count", meaning, of_dry_runs: false }
}

/// Rows of extracts that were read.
pub const ROWS_READ: Metric = count("RowsRead", "rows of extracts that were read");
/// Rows that were written.
pub const ROWS_WRITTEN: Metric = count("RowsWritten", "rows whose values stand in the table because of the run");
/// Rows that changed nothing.
pub const ROWS_UNCHANGED: Metric = count("RowsUnchanged", "rows that asked for what was there already");
/// Rows that another row outdid.
pub const ROWS_SUPERSEDED: Metric = count("RowsSuperseded", "rows that another row of the same key outdid");
/// Rows that were rejected.
pub const ROWS_REJECTED: Metric = count("RowsRejected", "rows that were not written; rejects.csv holds them");
/// Items that were deleted.
pub const ITEMS_DELETED: Metric = count("ItemsDeleted", "items that a mirror deleted");
/// Deletes that a guard holds.
pub const DELETES_HELD: Metric = count("DeletesHeld", "deletes that wait for a person's approval");
/// Runs that failed.
pub const RUNS_FAILED: Metric = Metric { of_dry_runs: true, ..count("RunsFailed", "runs that an error ended: 1 or 0") };
/// Runs that a guard holds.
pub const RUNS_HELD: Metric = count("RunsHeld", "runs whose deletes are held: 1 or 0");
/// Write units.
pub const WRITE_UNITS: Metric = count("WriteUnits", "write units that tables charged, indexes included");
/// Read units.
pub const READ_UNITS: Metric = Metric { of_dry_runs: true, ..count("ReadUnits", "read units that tables charged") };
/// Throttled requests.
pub const THROTTLED_REQUESTS: Metric = count("ThrottledRequests", "requests that were throttled, wholly or in part");
/// How long a run took.
pub const RUN_DURATION: Metric =
    Metric { name: "RunDuration", unit: "Milliseconds", meaning: "from a run's begin to its end", of_dry_runs: true };

/// All metrics.
pub const METRICS: [Metric; 13] = [
    ROWS_READ,
    ROWS_WRITTEN,
    ROWS_UNCHANGED,
    ROWS_SUPERSEDED,
    ROWS_REJECTED,
    ITEMS_DELETED,
    DELETES_HELD,
    RUNS_FAILED,
    RUNS_HELD,
    WRITE_UNITS,
    READ_UNITS,
    THROTTLED_REQUESTS,
    RUN_DURATION,
];

/// The dimensions under which each metric is kept: all syncs of a function (what alarms watch), and each sync.
pub const DIMENSIONS: [&[&str]; 2] = [&["Function"], &["Function", "Sync"]];

/// The line from which CloudWatch makes metrics
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
/// What a dry run would have written is no metric.
#[must_use]
pub fn metrics(report: &Report, function: &str, epoch_ms: u64) -> String {
    let kept = || METRICS.iter().filter(|metric| metric.of_dry_runs || !report.dry_run);
    let names: Vec<Value> = kept().map(|metric| json!({"Name": metric.name, "Unit": metric.unit})).collect();
    let directive = json!({"Namespace": NAMESPACE, "Dimensions": DIMENSIONS, "Metrics": names});
    let mut line = Map::new();
    line.insert("_aws".into(), json!({"Timestamp": epoch_ms, "CloudWatchMetrics": [directive]}));
    line.insert("Function".into(), function.into());
    line.insert("Sync".into(), report.sync.as_str().into());
    line.insert("RunId".into(), report.run_id.as_str().into());
    line.extend(kept().map(|metric| (metric.name.to_owned(), value(report, *metric))));
    Value::Object(line).to_string()
}

fn value(report: &Report, metric: Metric) -> Value {
    let status = report.status();
    match metric {
        ROWS_READ => report.rows.read.into(),
        ROWS_WRITTEN => report.rows.written.into(),
        ROWS_UNCHANGED => report.rows.unchanged.into(),
        ROWS_SUPERSEDED => report.rows.superseded.into(),
        ROWS_REJECTED => report.rows.rejected.into(),
        ITEMS_DELETED => report.items.deleted.into(),
        DELETES_HELD => report.items.deletes_held.into(),
        RUNS_FAILED => u64::from(status == Status::Failed).into(),
        RUNS_HELD => u64::from(status == Status::Held).into(),
        WRITE_UNITS => document::units(report.capacity.write_units).into(),
        READ_UNITS => document::units(report.capacity.read_units).into(),
        THROTTLED_REQUESTS => report.capacity.throttled_requests.into(),
        _ => document::millis(report.duration()).into(),
    }
}

/// Writes the log line of a run: an error where it failed, a warning where it is held or has rejects.
pub fn log(report: &Report) {
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                run_id = report.run_id,
                sync = report.sync,
                behavior = report.behavior.name(),
                dry_run = report.dry_run,
                status = report.status().name(),
                object_key = report.objects.first().map(|object| object.key.as_str()),
                objects = report.objects.len(),
                rows_read = report.rows.read,
                rows_written = report.rows.written,
                rows_unchanged = report.rows.unchanged,
                rows_superseded = report.rows.superseded,
                rows_rejected = report.rows.rejected,
                items_deleted = report.items.deleted,
                deletes_held = report.items.deletes_held,
                write_units = document::units(report.capacity.write_units),
                read_units = document::units(report.capacity.read_units),
                throttled_requests = report.capacity.throttled_requests,
                duration_ms = document::millis(report.duration()),
                error_kind = report.error().map(|failure| failure.kind.name()),
                error_message = report.error().map(|failure| failure.message.as_str()),
                note = report.note,
                "run finished"
            )
        };
    }
    for notice in &report.notices {
        tracing::warn!(notice = notice.as_str(), run_id = report.run_id, "the run may not do what is meant");
    }
    match report.status() {
        Status::Failed => line!(error),
        Status::Held => line!(warn),
        _ if report.rows.rejected > 0 => line!(warn),
        _ => line!(info),
    }
}
