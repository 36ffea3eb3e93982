//! An export between two invocations: what it is to cover, what is done and what is left.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::read::Outcome;
use crate::{
    bucket::{self, Bucket, Condition},
    catalog::native::{Account, Entry, Skipped},
    error::{Error, Kind},
    scan::Rest,
};

/// How long an export counts as under way without a sign of it: longer than an invocation and its retries take.
const UNDERWAY_MS: u64 = 30 * 60 * 1000;

/// How large the file may be: some 300 bytes for each table.
const FILE_BYTES: u64 = 64 << 20;

/// How far an export has come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) export_id: String,
    pub(super) started_at_ms: u64,
    /// catalog.yaml, the invoke's keys and classification.yaml, as they were at its beginning.
    pub(super) coverage: String,
    pub(super) invoke: String,
    pub(super) decisions: String,
    pub(super) accounts: Vec<Account>,
    pub(super) left: Vec<Left>,
    pub(super) entries: Vec<Entry>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) read_units: f64,
    pub(super) budget_spent: bool,
    /// How many invocations in a row read nothing.
    pub(super) idle: u32,
    /// The entity tag of the file that this was read from.
    #[serde(skip)]
    pub(super) kept: Option<String>,
}

/// A table that is still to be read, or read to its end.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Left {
    /// Which of the accounts.
    pub(super) place: usize,
    pub(super) table: String,
    /// Where to go on, once it was begun, and the key of its profile so far.
    pub(super) begun: Option<(Rest, String)>,
    /// What tells it from another table of its name.
    #[serde(default)]
    pub(super) made: Option<String>,
    /// What it has taken so far.
    pub(super) read_units: f64,
}

impl Progress {
    /// Reads how far an export has come; or why it does not go on.
    pub(super) async fn read(bucket: &dyn Bucket, export_id: &str) -> Result<Result<Self, String>, Error> {
        let (object, bytes) = match bucket.read(&key(export_id), FILE_BYTES).await {
            Ok(found) => found,
            Err(bucket::Error::Missing { .. }) => {
                return Ok(Err(format!("no export `{export_id}` is under way; it ended, or never began")));
            }
            Err(error) => return Err(error.into()),
        };
        let progress: Self = serde_json::from_slice(&bytes)
            .map_err(|error| Error::caused(Kind::Service, format!("`{}` cannot be read", key(export_id)), error))?;
        Ok(Ok(Self { kept: Some(object.etag), ..progress }))
    }

    /// Keeps how far the export has come; false where another invocation has done so since this was read.
    pub(super) async fn save(&self, bucket: &dyn Bucket, now_ms: u64) -> Result<bool, Error> {
        let text = serde_json::to_vec(self)
            .map_err(|error| Error::caused(Kind::Service, "the progress of the export has no text", error))?;
        let condition = self.kept.as_deref().map_or(Condition::Absent, Condition::Etag);
        let (key, text) = (key(&self.export_id), Bytes::from(text));
        match bucket.put(&key, text.clone(), condition).await {
            Ok(_) => {}
            // Its own first attempt, whose answer was lost, would be in the way, too.
            Err(bucket::Error::Precondition { .. }) => match bucket.read(&key, FILE_BYTES).await {
                Ok((_, there)) if there == text => {}
                Ok(_) | Err(bucket::Error::Missing { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            },
            Err(bucket::Error::Missing { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        self.underway(now_ms, false).save(bucket, Condition::Always).await?;
        Ok(true)
    }

    /// Notes that another invocation was asked for, unless that has ended the export already.
    pub(super) async fn asked(&self, bucket: &dyn Bucket, now_ms: u64) -> Result<(), Error> {
        let etag = match bucket.read(Underway::KEY, FILE_BYTES).await {
            Ok((object, bytes)) => match serde_json::from_slice::<Underway>(&bytes) {
                Ok(there) if there.export_id == self.export_id => object.etag,
                _ => return Ok(()),
            },
            Err(bucket::Error::Missing { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        match self.underway(now_ms, true).save(bucket, Condition::Etag(&etag)).await {
            Ok(()) | Err(bucket::Error::Precondition { .. } | bucket::Error::Missing { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn underway(&self, now_ms: u64, is_asked: bool) -> Underway {
        Underway { export_id: self.export_id.clone(), until_ms: now_ms + UNDERWAY_MS, is_asked }
    }

    /// How far it has come, for comparison.
    pub(super) fn extent(&self) -> (usize, usize, f64) {
        (self.entries.len(), self.skipped.len(), self.read_units)
    }

    /// Leaves a table out.
    pub(super) fn skip(&mut self, left: Left, reason: String) {
        let Some(place) = self.accounts.get(left.place) else { return };
        let (account, region) = (place.account.clone(), place.region.clone());
        self.skipped.push(Skipped { account, region, table: left.table, reason });
    }

    /// Takes what became of a table.
    pub(super) fn settle(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Done { entry, place, read_units, is_short } => {
                self.read_units += read_units;
                self.budget_spent |= is_short;
                if let Some(account) = self.accounts.get_mut(place) {
                    account.account.get_or_insert_with(|| entry.account.clone());
                }
                // Two connections may lead to the same account.
                match self.entries.iter_mut().find(|other| other.key == entry.key) {
                    Some(other) => *other = *entry,
                    None => self.entries.push(*entry),
                }
            }
            Outcome::Skipped { skipped, read_units } => {
                self.read_units += read_units;
                self.skipped.push(skipped);
            }
            Outcome::Later { left, read_units } => {
                self.read_units += read_units;
                self.left.push(left);
            }
        }
    }
}

/// Which export takes more than one invocation now, so that no other begins beside it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Underway {
    pub(super) export_id: String,
    until_ms: u64,
    /// Whether another invocation was asked to go on with it.
    #[serde(default)]
    pub(super) is_asked: bool,
}

impl Underway {
    const KEY: &str = "catalog/underway.json";

    /// The export that takes more than one invocation, though it may have died.
    pub(super) async fn read(bucket: &dyn Bucket) -> Result<Option<Self>, Error> {
        match bucket.read(Self::KEY, FILE_BYTES).await {
            Ok((_, bytes)) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(bucket::Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether it is too long since there was a sign of it.
    pub(super) fn is_dead(&self, now_ms: u64) -> bool {
        self.until_ms <= now_ms
    }

    async fn save(&self, bucket: &dyn Bucket, condition: Condition<'_>) -> Result<(), bucket::Error> {
        let text = serde_json::to_vec(self).map_err(|error| bucket::Error::service(Self::KEY, error))?;
        bucket.put(Self::KEY, Bytes::from(text), condition).await.map(drop)
    }

    /// Forgets an export, and all that it kept between invocations.
    pub(super) async fn end(bucket: &dyn Bucket, export_id: &str) -> Result<(), Error> {
        // Whoever goes on with it finds nothing then, instead of a part.
        bucket.delete(&key(export_id)).await?;
        for listed in bucket.list(&format!("{}/", folder(export_id))).await? {
            bucket.delete(&listed.key).await?;
        }
        if Self::read(bucket).await?.is_some_and(|other| other.export_id == export_id) {
            bucket.delete(Self::KEY).await?;
        }
        Ok(())
    }
}

/// Where an export keeps what it needs between invocations.
fn folder(export_id: &str) -> String {
    format!("catalog/{export_id}/progress")
}

/// Where an export keeps how far it has come.
fn key(export_id: &str) -> String {
    format!("{}/progress.json", folder(export_id))
}

/// Where the profile of a table lies that is read further later. `id` sets it apart from that of another invocation which
/// was brought the same request.
pub(super) fn profile_key(export_id: &str, left: &Left, id: &str) -> String {
    format!("{}/{}/{}/{id}", folder(export_id), left.place, left.table)
}
