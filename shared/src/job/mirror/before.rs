//! What earlier runs have left, as a run finds it.

use super::{
    attempt::Attempt,
    known::{Known, Origin},
    scanned::scan,
};
use crate::{
    bucket,
    error::{Error, Kind},
    job::{
        remote::Remote,
        run::{Prepared, on_thread},
    },
    mirror::{
        current::{self, Current, Held},
        sight::Sight,
    },
    time::Deadline,
};

/// An object of an earlier run that must be there.
#[derive(Clone, Copy)]
pub(super) enum Gone {
    /// What the last run left.
    Snapshot,
    /// What a run that broke off may have written.
    Open,
    /// The deletes that wait for approval.
    Held,
}

impl Gone {
    fn error(self, key: &str, sync: &str) -> Error {
        let anew = format!(
            "or remove `{}` to begin anew: then nothing counts as written by this sync",
            current::object_key(sync)
        );
        let (what, else_) = match self {
            Self::Snapshot => ("which holds what the last run left", anew.as_str()),
            Self::Open => ("which lists what a run that broke off may have written", anew.as_str()),
            Self::Held => {
                ("which lists the deletes to approve", "or deliver an extract and approve what its run holds")
            }
        };
        let message = format!("`{key}` is gone, {what}; restore it from the bucket's versions, {else_}");
        Error::new(Kind::Config, message)
    }
}

impl Attempt<'_> {
    /// What rows are known by on sight; nothing where a run broke off, or there are too many keys. Where it cannot be had,
    /// every row goes the long way.
    pub(super) async fn sight(
        &self,
        ready: &Prepared,
        before: &Current,
        deadline: Deadline,
    ) -> Result<Option<Sight>, Error> {
        let Some(snapshot) = before.snapshot.as_ref().filter(|_| before.open.is_empty()) else { return Ok(None) };
        let object = self.pin(&snapshot.object, Gone::Snapshot, deadline).await?;
        let keys: Vec<_> = ready.table.keys().cloned().collect();
        on_thread(move || Known::sight(object, &keys)).await
    }

    /// The snapshot before, for those of its keys whose rows were known on sight.
    pub(super) async fn settled(
        &self,
        ready: &Prepared,
        object: &str,
        sight: Sight,
        deadline: Deadline,
    ) -> Result<Known, Error> {
        let object = self.pin(object, Gone::Snapshot, deadline).await?;
        let keys: Vec<_> = ready.table.keys().cloned().collect();
        on_thread(move || {
            let mut known = Known::default().on(Some(sight));
            known.add(object, &keys, Origin::Snapshot)?;
            Ok(known)
        })
        .await
    }

    /// Everything that is known of the table before the run. Of deletes that were approved, those that another run has
    /// begun to do are as they were held, or gone.
    pub(super) async fn known(
        &mut self,
        ready: &Prepared,
        before: &Current,
        held: Option<&Held>,
        scanned: bool,
        deadline: Deadline,
    ) -> Result<Known, Error> {
        let mut objects = Vec::new();
        if let Some(snapshot) = &before.snapshot {
            objects.push((self.pin(&snapshot.object, Gone::Snapshot, deadline).await?, Origin::Snapshot));
        }
        if let Some(held) = held {
            let of = Origin::Held { scanned: held.seen.is_some() };
            objects.push((self.pin(&held.plan, Gone::Held, deadline).await?, of));
        } else {
            for open in &before.open {
                let of = Origin::Open { scanned: open.scanned };
                objects.push((self.pin(&open.plan, Gone::Open, deadline).await?, of));
            }
        }
        let keys: Vec<_> = ready.table.keys().cloned().collect();
        let mut known = on_thread(move || {
            let mut known = Known::default();
            for (object, of) in objects {
                known.add(object, &keys, of)?;
            }
            Ok(known)
        })
        .await?;
        if scanned {
            known.scanned = Some(scan(&mut self.run.spent, ready, deadline).await?);
        }
        Ok(known)
    }

    /// An object of an earlier run.
    pub(super) async fn pin(&self, key: &str, gone: Gone, deadline: Deadline) -> Result<Remote, Error> {
        match self.run.edges.bucket.head(key, None).await {
            Ok(pin) => Ok(self.run.remote(&pin, deadline)),
            Err(bucket::Error::Missing { .. }) => Err(gone.error(key, &self.order.sync)),
            Err(error) => Err(error.into()),
        }
    }
}
