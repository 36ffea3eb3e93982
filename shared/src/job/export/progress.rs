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
}

/// A table that is still to be read, or read to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Left {
    /// Which of the accounts.
    pub(super) place: usize,
    pub(super) table: String,
    /// Where to go on, once it was begun; its profile lies beside.
    pub(super) rest: Option<Rest>,
    /// What it has taken so far.
    pub(super) read_units: f64,
}

impl Progress {
    /// Reads how far an export has come.
    pub(super) async fn read(bucket: &dyn Bucket, export_id: &str) -> Result<Self, Error> {
        let (_, bytes) = bucket.read(&key(export_id), FILE_BYTES).await.map_err(|error| match error {
            bucket::Error::Missing { .. } => {
                Error::new(Kind::Request, format!("no export `{export_id}` is under way; it ended, or never began"))
            }
            other => other.into(),
        })?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Error::caused(Kind::Service, format!("`{}` cannot be read", key(export_id)), error))
    }

    /// Keeps how far the export has come.
    pub(super) async fn save(&self, bucket: &dyn Bucket) -> Result<(), Error> {
        let text = serde_json::to_vec(self)
            .map_err(|error| Error::caused(Kind::Service, "the progress of the export has no text", error))?;
        bucket.put(&key(&self.export_id), Bytes::from(text), Condition::Always).await?;
        Ok(())
    }

    /// Takes what became of a table.
    pub(super) fn settle(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Done { entry, read_units } => {
                self.read_units += read_units;
                if let Some(account) = self.accounts.iter_mut().find(|account| is_of(account, &entry)) {
                    account.account.get_or_insert_with(|| entry.account.clone());
                }
                self.entries.push(*entry);
            }
            Outcome::Skipped(skipped) => self.skipped.push(skipped),
            Outcome::Later { left, read_units } => {
                self.read_units += read_units;
                self.left.push(left);
            }
        }
    }
}

fn is_of(account: &Account, entry: &Entry) -> bool {
    account.region == entry.region && account.account.as_ref().is_none_or(|number| *number == entry.account)
}

/// Where an export keeps how far it has come.
fn key(export_id: &str) -> String {
    format!("catalog/{export_id}/progress/progress.json")
}

/// Where the profile of a table lies that is read further later.
pub(super) fn profile_key(export_id: &str, left: &Left) -> String {
    format!("catalog/{export_id}/progress/{}/{}", left.place, left.table)
}
