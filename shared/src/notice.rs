//! What people are told of a run that wants them: one that is held, or failed.
//!
//! Owns the words of a notice and the seam to SNS, which `topic` alone names. No cell values and no keys of
//! items stand in a notice: messages of errors and guards are made without them.

mod topic;

use std::fmt::Write;

use futures::future::BoxFuture;

pub use self::topic::Topic;
use crate::{
    error::Error,
    report::{Items, Report, Rows, Status},
};

/// A subject is ASCII without line breaks and has less than 100 characters
/// (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>).
const LONGEST_SUBJECT: usize = 99;
/// A message has at most 256 KiB, and a character at most four bytes.
const LONGEST_MESSAGE: usize = 60_000;

/// The way to people.
pub trait Notify: Send + Sync {
    /// Tells them something.
    fn publish<'a>(&'a self, subject: &'a str, message: &'a str) -> BoxFuture<'a, Result<(), Error>>;
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Notify for Silent {
    fn publish<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async { Ok(()) })
    }
}

/// Where a run was done.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The function's name.
    pub function: &'a str,
    /// The data bucket.
    pub bucket: &'a str,
}

/// Subject and message of what a report has to tell people; nothing where it needs nobody.
#[must_use]
pub fn text(report: &Report, place: Place<'_>) -> Option<(String, String)> {
    let (sync, run_id) = (report.sync.as_str(), report.run_id.as_str());
    let (subject, lead, way_out) = match report.status() {
        Status::Held => {
            let held = report.items.deletes_held;
            let subject = format!("Rowferry holds {held} deletes of sync {sync}");
            let lead = format!(
                "Run {run_id} of sync {sync} did all but {held} deletes: they wait until a person approves them."
            );
            (subject, lead, approval(report, place.function))
        }
        Status::Failed => {
            let (kind, message) = report.error().map(|error| (error.kind.name(), error.message.as_str()))?;
            let subject = format!("Rowferry failed at sync {sync} ({kind})");
            (subject, format!("Run {run_id} of sync {sync} failed.\n\n{kind}: {message}"), String::new())
        }
        Status::Succeeded | Status::Planned | Status::Skipped => return None,
    };
    let Place { bucket, .. } = place;
    let message = format!(
        "{lead}\n\n{}\n\n{way_out}The report: s3://{bucket}/runs/{sync}/{run_id}/report.json\n",
        counts(report)
    );
    let subject = subject.chars().filter(|each| matches!(each, ' '..='~')).take(LONGEST_SUBJECT).collect();
    Some((subject, message.chars().take(LONGEST_MESSAGE).collect()))
}

fn counts(report: &Report) -> String {
    let Rows { read, written, unchanged, superseded, rejected } = report.rows;
    let Items { put, deleted, deletes_held } = report.items;
    format!(
        "Rows: {read} read, {written} written, {unchanged} unchanged, {superseded} superseded, {rejected} rejected\n\
         Items: {put} put, {deleted} deleted, {deletes_held} deletes held"
    )
}

/// Why deletes are held, and how a person lets them go.
fn approval(report: &Report, function: &str) -> String {
    let mut text = String::from("Why they are held:\n");
    for guard in &report.guards {
        _ = writeln!(text, "- {}: {}", guard.guard, guard.message);
    }
    let payload = serde_json::json!({"sync": report.sync, "approve": report.run_id}).to_string();
    _ = write!(
        text,
        "\nTo delete exactly these, unless a later run of the sync has changed the snapshot, invoke {function} with\n\n\
         {payload}\n\n\
         aws lambda invoke --function-name {function} --cli-read-timeout 900 --cli-binary-format raw-in-base64-out --payload '{payload}' answer.json\n\n\
         To keep them, do nothing: the next run proposes again what its extract then lacks.\n\n"
    );
    text
}

#[cfg(test)]
mod tests;
