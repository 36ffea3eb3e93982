//! The plan of a dry run, which a person may approve: it is carried out only where it would be the same again.

use serde::{Deserialize, Serialize};

use super::{choose::Choice, plan::Plan};
use crate::{
    bucket::{self, Condition},
    definition::Definition,
    error::{Error, Kind},
    extract::pin::{self, Asked, Pinned},
    job::{edges::Edges, run::Run},
    mirror::current::{Applied, Current},
};

/// How long the file may be.
const LIMIT_BYTES: u64 = 1 << 20;

/// What a dry run saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved {
    /// What was in force.
    revision: u64,
    extract: Applied,
    /// Whether the extract was some mended rows.
    mended: bool,
    /// Whether items were compared with the table itself.
    pub(super) verify: bool,
    /// Tells the plan from others.
    digest: String,
}

fn key(sync: &str, run_id: &str) -> String {
    format!("runs/{sync}/{run_id}/plan.json")
}

impl Saved {
    /// Keeps what a dry run saw, beside its plan.
    pub(super) async fn keep(
        run: &Run<'_>,
        before: &Current,
        extract: &Applied,
        mended: bool,
        verify: bool,
        plan: &Plan,
    ) -> Result<(), Error> {
        let digest = format!("{:032x}", plan.digest);
        let saved = Self { revision: before.revision, extract: extract.clone(), mended, verify, digest };
        let text = serde_json::to_string_pretty(&saved).unwrap_or_default() + "\n";
        run.edges.bucket.put(&run.beside("plan.json"), text.into(), Condition::Always).await?;
        Ok(())
    }

    /// Reads what a dry run saw, and pins its extract.
    pub(super) async fn read(
        edges: &Edges,
        definition: &Definition,
        current: &Current,
        run_id: &str,
    ) -> Result<(Choice, Self), Error> {
        let sync = &definition.name;
        let refuse = |message: String| Err(Error::new(Kind::Request, message));
        let text = match edges.bucket.read(&key(sync, run_id), LIMIT_BYTES).await {
            Ok((_, text)) => text,
            Err(bucket::Error::Missing { .. }) => {
                return refuse(format!(
                    "no run `{run_id}` of sync `{sync}` waits for approval: it was not held and no dry run, or was approved, or the snapshot has moved on since"
                ));
            }
            Err(error) => return Err(error.into()),
        };
        let saved: Self = serde_json::from_slice(&text).map_err(|error| {
            Error::caused(Kind::Config, format!("`{}` is not what a dry run left there", key(sync, run_id)), error)
        })?;
        if saved.revision != current.revision {
            return refuse(format!(
                "the snapshot has moved on since run `{run_id}`: another run has written; make a new dry run, and approve that"
            ));
        }
        let object = &saved.extract.object;
        let changed = format!("`{object}` has changed since run `{run_id}`; make a new dry run, and approve that");
        match pin::pin(&*edges.bucket, sync, definition.source.parts, Asked::newest(object)).await {
            Ok(Pinned::Extract(extract)) if extract.identity() == saved.extract.identity => {
                let choice = Choice { extract, applied: saved.extract.clone(), mended: saved.mended };
                Ok((choice, saved))
            }
            Ok(_) | Err(pin::Error::Bucket(bucket::Error::Missing { .. } | bucket::Error::Changed { .. })) => {
                refuse(changed)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses a plan that is no longer the one that was approved.
    pub(super) fn check(&self, plan: &Plan) -> Result<(), Error> {
        if self.digest == format!("{:032x}", plan.digest) {
            return Ok(());
        }
        let message = "the run would now change other items than the plan that was approved, as the definition or the table has changed; make a new dry run, and approve that";
        Err(Error::new(Kind::Request, message))
    }
}
