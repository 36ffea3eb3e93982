//! One run of load-extract: pin, check, claim, read, write, close.

use tokio::sync::mpsc;

use super::Order;
use crate::{
    definition::{Behavior, Duplicates},
    duplicates::Verdicts,
    error::{Error, Kind},
    extract::pin::{self, Asked, Pinned},
    job::{
        account::Account,
        destination::ceiling,
        edges::Edges,
        produce::{BATCHES_AHEAD, Reading},
        run::{Prepared, Run, lost, on_thread},
    },
    ledger::{self, Claim, Claimed, Ledger},
    plan::Comparison,
    report::{Report, Status},
    time::Deadline,
    write::{self, Pace},
};

/// A run under way.
pub(super) struct Attempt<'a> {
    run: Run<'a>,
    order: &'a Order,
    claim: Option<Claim>,
    /// An event that asks for nothing, such as that of one part of many, leaves a log line and nothing else.
    traceless: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(edges: &'a Edges, order: &'a Order) -> Self {
        let run = Run::new(edges, &order.sync, Behavior::UpdateOrCreate, order.dry_run);
        Self { run, order, claim: None, traceless: false }
    }

    /// Does the run, up to the deadline.
    pub(super) async fn go(&mut self, deadline: Deadline) -> Result<Status, Error> {
        let edges = self.run.edges;
        let definition = edges.definition(&self.order.sync).await?;
        self.run.draft.behavior = definition.behavior;
        if definition.behavior == Behavior::Mirror {
            return Ok(self.run.skip("the sync mirrors; mirror-table applies its extracts"));
        }
        let asked = self.order.event.as_ref().map_or_else(|| Asked::newest(&self.order.object_key), Asked::from);
        let pinned = pin::pin(&*edges.bucket, &self.order.sync, definition.source.parts, asked).await;
        let extract = match pinned.map_err(|error| Error::new(error.kind(), error.to_string()))? {
            Pinned::Extract(extract) => extract,
            Pinned::Superseded { reason } => return Ok(self.run.skip(&reason)),
            Pinned::NotYet { reason } | Pinned::Nothing { reason } => {
                self.traceless = self.order.event.is_some();
                return Ok(self.run.skip(&reason));
            }
        };
        self.run.draft.objects.clone_from(&extract.objects);
        let target = self.run.target(&definition, deadline).await?;
        let prepared = self.run.prepare(definition, target, &extract.objects, deadline).await?;
        if self.order.dry_run {
            return self.read(&prepared, deadline).await.map(|()| Status::Planned);
        }
        let known = ledger::Extract {
            name: extract.name.clone(),
            identity: extract.identity(),
            versioned: extract.trigger.version_id.is_some(),
            sequencer: extract.sequencer.clone(),
        };
        let again = self.order.event.is_none();
        let claim = match edges.ledger.claim(&self.order.sync, &known, &self.run.draft.run_id, again, deadline).await? {
            Claimed::Mine(claim) => claim,
            Claimed::Applied { run_id } => {
                return Ok(self.run.skip(&format!("run `{run_id}` has applied this extract")));
            }
            Claimed::Late { run_id } => {
                return Ok(self.run.skip(&format!("run `{run_id}` has applied a newer version of this object")));
            }
            Claimed::Busy { same: true, run_id } => {
                return Ok(self.run.skip(&format!("run `{run_id}` is applying this extract")));
            }
            Claimed::Busy { same: false, run_id } => {
                let message = format!("run `{run_id}` is still applying another version of this object; try again");
                return Err(Error::new(Kind::Service, message));
            }
        };
        self.claim = Some(claim.clone());
        tokio::select! {
            result = self.read(&prepared, deadline) => result?,
            lost = keep(&edges.ledger, &claim, deadline) => return Err(lost),
        }
        Ok(Status::Succeeded)
    }

    /// Reads the extract and writes it, or compares it with the table.
    async fn read(&mut self, prepared: &Prepared, deadline: Deadline) -> Result<(), Error> {
        let Prepared { table, client, reading, definition, .. } = prepared;
        let (dry, run) = (self.order.dry_run, &mut self.run);
        let ahead = definition.sync_key.is_some() || definition.duplicates != Duplicates::Last || dry;
        let mut verdicts = if ahead {
            let surveyed = reading.clone();
            Some(on_thread(move || surveyed.survey(dry)).await?)
        } else {
            None
        };
        let repeated = verdicts.as_mut().map(Verdicts::take_repeated).unwrap_or_default();
        let (out, requests) = mpsc::channel(BATCHES_AHEAD);
        let (read, name) = (reading.clone(), table.name.clone());
        let producer = tokio::task::spawn_blocking(move || read.produce(&name, dry, verdicts, &out));
        let Some(account) = run.account.as_mut() else { return Ok(()) };
        if dry {
            let mut comparison = Comparison::new(client, table, &reading.mapping, repeated, deadline);
            comparison.run(requests, account, &mut run.spent).await?;
            run.draft.samples = Some(comparison.samples());
        } else {
            let pace = Pace::new(ceiling(&definition.limits, table));
            write::run(client, table, requests, pace, deadline, account, &mut run.spent).await?;
        }
        producer.await.map_err(|error| lost(&error))?;
        run.draft.notices.extend(reading.notices());
        hand_back_orphans(reading, account).await?;
        account.judge()
    }

    /// Closes the run, leaves its report and gives the claim back.
    pub(super) async fn finish(self, outcome: Result<Status, Error>, deadline: Deadline) -> (Report, Option<Error>) {
        let Self { run, claim, traceless, .. } = self;
        if traceless {
            return run.leave_no_trace(outcome);
        }
        let ledger = &run.edges.ledger;
        let give_back = async |applied, deadline| match &claim {
            Some(claim) => ledger.release(claim, applied, deadline).await,
            None => Ok(()),
        };
        run.finish(outcome, deadline, give_back).await
    }
}

/// Hands back the rows whose key's first row the table refused: nothing else would tell of them.
async fn hand_back_orphans(reading: &Reading, account: &mut Account) -> Result<(), Error> {
    let Some(refused) = account.refused.take().filter(|refused| !refused.is_empty()) else { return Ok(()) };
    let (out, mut orphans) = mpsc::channel(BATCHES_AHEAD);
    let read = reading.clone();
    let producer = tokio::task::spawn_blocking(move || read.orphans(&refused, &out));
    while let Some(orphans) = orphans.recv().await {
        account.hand_back(orphans?).await?;
    }
    producer.await.map_err(|error| lost(&error))
}

/// Renews a claim for as long as it is polled; answers when the claim is lost.
async fn keep(ledger: &Ledger, claim: &Claim, deadline: Deadline) -> Error {
    loop {
        tokio::time::sleep(Ledger::renewal()).await;
        if let Err(error) = ledger.renew(claim, deadline).await {
            return error;
        }
    }
}
