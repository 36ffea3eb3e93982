//! One run of load-extract: pin, check, claim, read, write, close.

use std::{sync::Arc, time::Duration};

use tokio::{runtime::Handle, sync::mpsc};

use super::{Load, Order};
use crate::{
    bucket,
    connection::{self, Connection},
    definition::{self, Behavior, Definition, Duplicates},
    duplicates::Verdicts,
    dynamodb::Client,
    error::{Error, Kind},
    extract::pin::{self, Asked, Extract, Pinned},
    job::{
        account::Account,
        destination::{ceiling, describe},
        produce::{Inspected, Reading},
        remote::Remote,
    },
    ledger::{self, Claim, Claimed, Ledger},
    mapping::Mapping,
    plan::Comparison,
    rejects::Rejects,
    report::{Capacity, Draft, Failure, Report, Rows, Status},
    row::Column,
    sync,
    table::Table,
    time::Deadline,
    write::{self, Pace, Spent},
};

/// How many batches of rows may wait between reading and writing.
const BATCHES_AHEAD: usize = 2;

/// How long the ledger is tried at the end of a run.
const LEDGER_TAKES: Duration = Duration::from_secs(20);

/// A run under way.
pub(super) struct Run<'a> {
    load: &'a Load,
    order: &'a Order,
    draft: Draft,
    account: Option<Account>,
    /// The columns of the extract with the types that its rejects lose, none of them where it is text; nothing where it
    /// is itself made of rejects.
    typed: Option<Vec<Column>>,
    spent: Spent,
    claim: Option<Claim>,
    /// An event that asks for nothing, such as that of one part of many, leaves a log line and nothing else.
    traceless: bool,
}

/// What is known before the first row is read.
struct Prepared {
    table: Table,
    client: Client,
    reading: Reading,
    definition: Definition,
}

impl<'a> Run<'a> {
    pub(super) fn new(load: &'a Load, order: &'a Order) -> Self {
        let (id, sync) = (run_id(load.clock.epoch_ms()), order.sync.clone());
        let draft = Draft::new(id, sync, Behavior::UpdateOrCreate, order.dry_run, load.clock.now());
        let (account, typed, spent) = (None, None, Spent::default());
        Self { load, order, draft, account, typed, spent, claim: None, traceless: false }
    }

    /// Does the run, up to the deadline.
    pub(super) async fn attempt(&mut self, deadline: Deadline) -> Result<Status, Error> {
        let definition = self.definition().await?;
        self.draft.behavior = definition.behavior;
        if definition.behavior == Behavior::Mirror {
            return Ok(self.skip("the sync mirrors; mirror-table applies its extracts"));
        }
        let asked = self.order.event.as_ref().map_or_else(|| Asked::newest(&self.order.object_key), Asked::from);
        let pinned = pin::pin(&*self.load.bucket, &self.order.sync, definition.source.parts, asked).await;
        let extract = match pinned.map_err(|error| Error::new(error.kind(), error.to_string()))? {
            Pinned::Extract(extract) => extract,
            Pinned::Superseded { reason } => return Ok(self.skip(&reason)),
            Pinned::NotYet { reason } | Pinned::Nothing { reason } => {
                self.traceless = self.order.event.is_some();
                return Ok(self.skip(&reason));
            }
        };
        self.draft.objects.clone_from(&extract.objects);
        let prepared = self.prepare(definition, &extract, deadline).await?;
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
        let claim = match self.load.ledger.claim(&self.order.sync, &known, &self.draft.run_id, again, deadline).await? {
            Claimed::Mine(claim) => claim,
            Claimed::Applied { run_id } => return Ok(self.skip(&format!("run `{run_id}` has applied this extract"))),
            Claimed::Late { run_id } => {
                return Ok(self.skip(&format!("run `{run_id}` has applied a newer version of this object")));
            }
            Claimed::Busy { same: true, run_id } => {
                return Ok(self.skip(&format!("run `{run_id}` is applying this extract")));
            }
            Claimed::Busy { same: false, run_id } => {
                let message = format!("run `{run_id}` is still applying another version of this object; try again");
                return Err(Error::new(Kind::Service, message));
            }
        };
        self.claim = Some(claim.clone());
        let ledger = &self.load.ledger;
        tokio::select! {
            result = self.read(&prepared, deadline) => result?,
            lost = keep(ledger, &claim, deadline) => return Err(lost),
        }
        Ok(Status::Succeeded)
    }

    async fn definition(&self) -> Result<Definition, Error> {
        let name = &self.order.sync;
        let source = sync::read(&*self.load.bucket, name).await;
        let source = source.map_err(|error| Error::new(error.kind(), error.to_string()))?;
        let source = source.ok_or_else(|| {
            Error::new(Kind::Request, format!("there is no sync `{name}`; its definition would be `syncs/{name}.yaml`"))
        })?;
        let definition = definition::parse(name, &source.text);
        let definition = definition.map_err(|problems| Error::problems(&source.object.key, &problems))?;
        for notice in &definition.notices {
            tracing::warn!(object_key = source.object.key, %notice, "the definition says something that has no effect");
        }
        Ok(definition)
    }

    /// The connection of a name, from connections.yaml.
    async fn connection(&self, name: &str) -> Result<Connection, Error> {
        const FILE: &str = "connections.yaml";
        const LIMIT_BYTES: u64 = 1 << 20;
        let (_, bytes) = self.load.bucket.read(FILE, LIMIT_BYTES).await.map_err(|error| match error {
            bucket::Error::Missing { .. } => Error::new(
                Kind::Mapping,
                format!("the sync uses connection `{name}`, but the data bucket has no `{FILE}`; put it there"),
            ),
            other => other.into(),
        })?;
        let text =
            std::str::from_utf8(&bytes).map_err(|_| Error::new(Kind::Mapping, format!("`{FILE}` is no UTF-8")))?;
        let connections = connection::parse(text).map_err(|problems| Error::problems(FILE, &problems))?;
        connections.get(name).cloned().map_err(|unknown| Error::new(Kind::Mapping, unknown.to_string()))
    }

    /// There is nothing to do, for a reason.
    fn skip(&mut self, reason: &str) -> Status {
        self.draft.note = Some(reason.to_owned());
        Status::Skipped
    }

    /// Checks the definition against the table and the extract's columns. Nothing is written before this is done.
    async fn prepare(
        &mut self,
        definition: Definition,
        extract: &Extract,
        deadline: Deadline,
    ) -> Result<Prepared, Error> {
        let file = format!("syncs/{}.yaml", definition.name);
        let destination = &definition.destination;
        let connection = match &destination.connection {
            Some(name) => Some(self.connection(name).await?),
            None => None,
        };
        let client = deadline.bound(self.load.connect.client(connection.as_ref())).await;
        let late = "credentials for the table did not come in time, and nothing was written; check that the function reaches STS and Secrets Manager";
        let client = client.unwrap_or_else(|| Err(Error::new(Kind::Service, late)))?;
        let table = describe(&client, &destination.table, destination.connection.as_deref(), deadline).await?;
        let mapping = Mapping::new(&definition, &table).map_err(|problems| Error::problems(&file, &problems))?;
        let runtime = Handle::current();
        let part = |pin: &crate::bucket::Pin| Remote {
            bucket: Arc::clone(&self.load.bucket),
            pin: pin.clone(),
            runtime: runtime.clone(),
            deadline,
        };
        let parts = extract.objects.iter().map(part).collect();
        let (source, mapping) = (definition.source.clone(), Arc::new(mapping));
        let limit_bytes = self.load.row_group_bytes;
        let mut reading =
            Reading { parts, source, mapping, known: Arc::default(), limit_bytes, expiry: Arc::default() };
        let looked_at = reading.clone();
        let inspected = on_thread(move || looked_at.inspect()).await?;
        self.draft.notices.extend(inspected.notice().filter(|_| self.order.dry_run));
        let Inspected { columns, typed, rejects, .. } = inspected;
        if rejects {
            reading.known = self.load.ledger.columns(&definition.name, deadline).await?.into();
        }
        let names = columns.iter().map(|column| column.name.clone()).collect();
        let handed_back = Rejects::new(Arc::clone(&self.load.bucket), self.rejects_key(), names);
        self.typed = (!rejects).then(|| if typed { columns } else { Vec::new() });
        self.account = Some(Account::new(handed_back, definition.duplicates, definition.limits.max_rejects));
        Ok(Prepared { table, client, reading, definition })
    }

    /// Reads the extract and writes it, or compares it with the table.
    async fn read(&mut self, prepared: &Prepared, deadline: Deadline) -> Result<(), Error> {
        let Prepared { table, client, reading, definition } = prepared;
        let dry = self.order.dry_run;
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
        let Some(account) = self.account.as_mut() else { return Ok(()) };
        if dry {
            let comparison = Comparison::new(client, table, &reading.mapping, repeated, deadline);
            let samples = comparison.run(requests, account, &mut self.spent).await?;
            self.draft.samples = Some(samples);
        } else {
            let pace = Pace::new(ceiling(&definition.limits, table));
            write::run(client, table, requests, pace, deadline, account, &mut self.spent).await?;
        }
        producer.await.map_err(|error| lost(&error))?;
        self.draft.notices.extend(reading.notices());
        hand_back_orphans(reading, account).await?;
        account.judge()
    }

    /// Closes the account, leaves the report in the bucket, gives the claim back and writes the history. What fails here
    /// fails the run.
    pub(super) async fn finish(
        mut self,
        outcome: Result<Status, Error>,
        deadline: Deadline,
    ) -> (Report, Option<Error>) {
        let closed = within(half(deadline), self.close(deadline)).await;
        let mut outcome = outcome.and_then(|status| closed.map(|()| status));
        let mut report = self.report(&mut outcome);
        if self.traceless {
            return (report, outcome.err());
        }
        if let Err(error) = within(half(deadline), self.keep_report(&report)).await {
            outcome = outcome.and(Err(error));
            report = self.report(&mut outcome);
        }
        if let Some(claim) = &self.claim
            && let Err(error) = self.load.ledger.release(claim, outcome.is_ok(), soon(deadline)).await
        {
            tracing::warn!(run_id = self.draft.run_id, "the claim could not be given back; it ends by itself");
            if outcome.is_ok() {
                outcome = Err(error);
                report = self.report(&mut outcome);
                // The report that says otherwise is replaced where that can be done; the invocation fails either way.
                _ = within(half(deadline), self.keep_report(&report)).await;
            }
        }
        if let Err(error) = self.load.ledger.history(&report, soon(deadline)).await {
            tracing::warn!(run_id = self.draft.run_id, error = error.text(), "the run is missing in the history");
        }
        (report, outcome.err())
    }

    /// The report of an outcome. Counts that do not balance are an error of their own.
    fn report(&self, outcome: &mut Result<Status, Error>) -> Report {
        let finished_at = self.load.clock.now();
        let told = |outcome: &Result<Status, Error>| outcome.as_ref().map(|status| *status).map_err(Failure::from);
        self.draft.clone().finish(told(outcome), finished_at).unwrap_or_else(|unbalanced| {
            *outcome = Err(Error::new(Kind::Config, unbalanced.to_string()));
            Report::unbalanced(self.draft.clone(), &unbalanced, finished_at)
        })
    }

    async fn keep_report(&self, report: &Report) -> Result<(), Error> {
        let key = format!("runs/{}/{}/report.json", self.order.sync, self.draft.run_id);
        let text = format!("{:#}\n", report.to_json()?);
        self.load.bucket.put(&key, text.into(), bucket::Condition::Always).await?;
        Ok(())
    }

    /// Closes the account of rows and hands over the rejects.
    async fn close(&mut self, deadline: Deadline) -> Result<(), Error> {
        let Spent { write_units, read_units, throttled_requests, throttled_by } = std::mem::take(&mut self.spent);
        self.draft.capacity = Capacity { write_units, read_units, throttled_requests, throttled_by };
        let Some(mut account) = self.account.take() else { return Ok(()) };
        let tallied = account.close();
        // Until they are handed back, rejects are rows that the run has not dealt with.
        let Rows { read, rejected, .. } = account.counts;
        self.draft.rows = Rows { read: read - rejected, rejected: 0, ..account.counts };
        self.draft.items.put = account.counts.written;
        self.draft.rejects = account.rejects.finish().await?;
        self.draft.rows = account.counts;
        if self.draft.rejects.is_some()
            && let Some(typed) = &self.typed
            && let Err(error) = self.load.ledger.keep_columns(&self.order.sync, typed, deadline).await
        {
            tracing::warn!(run_id = self.draft.run_id, error = error.text(), "the types of rejects are not kept");
        }
        tallied
    }

    fn rejects_key(&self) -> String {
        format!("runs/{}/{}/rejects.csv", self.order.sync, self.draft.run_id)
    }
}

/// A deadline that leaves as much time for what comes after.
fn half(deadline: Deadline) -> Deadline {
    Deadline::after(deadline.left() / 2)
}

/// The same for the ledger, which nobody waits for long: what it is not told ends by itself.
fn soon(deadline: Deadline) -> Deadline {
    half(deadline).min(Deadline::after(LEDGER_TAKES))
}

/// Waits for something until the deadline.
async fn within<T>(deadline: Deadline, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let late = || Error::new(Kind::Service, "time ran out before the run could be closed; the next try does it again");
    deadline.bound(work).await.unwrap_or_else(|| Err(late()))
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

/// Runs what blocks on a thread of its own.
async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| lost(&error))?
}

/// A thread was lost to a panic, the message of which may hold a cell's value and so goes nowhere.
fn lost(_: &tokio::task::JoinError) -> Error {
    Error::new(Kind::Extract, "the extract could not be read: the program failed at it; the log says where")
}

/// An id that sorts by time.
fn run_id(epoch_ms: u64) -> String {
    let seconds = i64::try_from(epoch_ms / 1000).unwrap_or_default();
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    format!("{}{:03}Z-{:08x}", time.strftime("%Y%m%dT%H%M%S"), epoch_ms % 1000, fastrand::u32(..))
}
