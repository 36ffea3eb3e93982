//! What every run has: its account so far, how it is prepared and how it is closed.

use std::{sync::Arc, time::Duration};

use tokio::runtime::Handle;

use super::{
    account::Account,
    destination::describe,
    edges::Edges,
    produce::{Inspected, Reading},
    remote::Remote,
};
use crate::{
    bucket,
    definition::{Behavior, Definition},
    dynamodb::Client,
    error::{Error, Kind},
    mapping::Mapping,
    rejects::Rejects,
    report::{Capacity, Draft, Failure, Report, Rows, Status},
    row::Column,
    table::Table,
    time::Deadline,
    write::Spent,
};

/// How long the ledger is tried at the end of a run.
const LEDGER_TAKES: Duration = Duration::from_secs(20);

/// The share of an invocation's time that is kept back for report and ledger, and its bounds.
const KEPT_BACK: f64 = 0.1;
pub(super) const KEPT_BACK_LEAST: Duration = Duration::from_millis(500);
const KEPT_BACK_MOST: Duration = Duration::from_secs(10);

/// How long what has a deadline of its own may take to notice it.
pub(super) const GRACE: Duration = Duration::from_millis(200);

/// What is said when nothing else can be.
pub(super) const OUT_OF_TIME: &str =
    "time ran out before the extract was read; give the function more time, or deliver smaller extracts";

/// A run under way.
pub(super) struct Run<'a> {
    pub(super) edges: &'a Edges,
    pub(super) draft: Draft,
    pub(super) account: Option<Account>,
    /// The columns of the extract with the types that its rejects lose, none of them where it is text; nothing where it
    /// is itself made of rejects.
    typed: Option<Vec<Column>>,
    pub(super) spent: Spent,
}

/// What is known before the first row is read.
pub(super) struct Prepared {
    pub(super) table: Table,
    pub(super) client: Client,
    pub(super) reading: Reading,
    pub(super) definition: Definition,
    /// Whether the extract is Rowferry's own rejects.csv.
    pub(super) rejects: bool,
    /// The attributes that rows fill, in the order of their names.
    pub(super) attributes: Vec<String>,
}

/// The table that a definition names, and the way to it.
pub(super) struct Target {
    pub(super) table: Table,
    pub(super) client: Client,
    pub(super) mapping: Arc<Mapping>,
}

impl<'a> Run<'a> {
    pub(super) fn new(edges: &'a Edges, sync: &str, behavior: Behavior, dry_run: bool) -> Self {
        let id = run_id(edges.clock.epoch_ms());
        let draft = Draft::new(id, sync.to_owned(), behavior, dry_run, edges.clock.now());
        Self { edges, draft, account: None, typed: None, spent: Spent::default() }
    }

    /// There is nothing to do, for a reason.
    pub(super) fn skip(&mut self, reason: &str) -> Status {
        self.draft.note = Some(reason.to_owned());
        Status::Skipped
    }

    /// Asks the table for its keys, and fits the definition to them.
    pub(super) async fn target(&self, definition: &Definition, deadline: Deadline) -> Result<Target, Error> {
        let destination = &definition.destination;
        let connection = match &destination.connection {
            Some(name) => Some(self.edges.connection(name).await?),
            None => None,
        };
        let client = deadline.bound(self.edges.connect.client(connection.as_ref())).await;
        let late = "credentials for the table did not come in time, and nothing was written; check that the function reaches STS and Secrets Manager";
        let client = client.unwrap_or_else(|| Err(Error::new(Kind::Service, late)))?;
        let table = describe(&client, &destination.table, destination.connection.as_deref(), deadline).await?;
        let file = format!("syncs/{}.yaml", definition.name);
        let mapping = Mapping::new(definition, &table).map_err(|problems| Error::problems(&file, &problems))?;
        Ok(Target { table, client, mapping: Arc::new(mapping) })
    }

    /// Checks the definition against the extract's columns. Nothing is written before this is done.
    pub(super) async fn prepare(
        &mut self,
        definition: Definition,
        target: Target,
        objects: &[bucket::Pin],
        deadline: Deadline,
    ) -> Result<Prepared, Error> {
        let Target { table, client, mapping } = target;
        let parts = objects.iter().map(|pin| self.remote(pin, deadline)).collect();
        let (source, limit_bytes) = (definition.source.clone(), self.edges.row_group_bytes);
        let mut reading = Reading {
            parts,
            source,
            mapping,
            known: Arc::default(),
            limit_bytes,
            expiry: Arc::default(),
            wanted: None,
            images: false,
            missed: None,
        };
        let looked_at = reading.clone();
        let inspected = on_thread(move || looked_at.inspect()).await?;
        self.draft.notices.extend(inspected.notice().filter(|_| self.draft.dry_run));
        let Inspected { columns, typed, rejects, attributes, .. } = inspected;
        if rejects {
            reading.known = self.edges.ledger.columns(&definition.name, deadline).await?.into();
        }
        let names = columns.iter().map(|column| column.name.clone()).collect();
        let handed_back = Rejects::new(Arc::clone(&self.edges.bucket), self.beside("rejects.csv"), names);
        self.typed = (!rejects).then(|| if typed { columns } else { Vec::new() });
        self.account = Some(Account::new(handed_back, definition.duplicates, definition.limits.max_rejects));
        Ok(Prepared { table, client, reading, definition, rejects, attributes: attributes.into_iter().collect() })
    }

    /// An object as blocking readers want it.
    pub(super) fn remote(&self, pin: &bucket::Pin, deadline: Deadline) -> Remote {
        Remote { bucket: Arc::clone(&self.edges.bucket), pin: pin.clone(), runtime: Handle::current(), deadline }
    }

    /// The key of an object that the run leaves beside its report.
    pub(super) fn beside(&self, name: &str) -> String {
        format!("runs/{}/{}/{name}", self.draft.sync, self.draft.run_id)
    }

    /// Closes the account, leaves the report in the bucket, gives back what `give_back` gives back, told whether the
    /// run succeeded, and writes the history. What fails here fails the run.
    pub(super) async fn finish(
        mut self,
        outcome: Result<Status, Error>,
        deadline: Deadline,
        give_back: impl AsyncFnOnce(bool, Deadline) -> Result<(), Error>,
    ) -> (Report, Option<Error>) {
        let closed = within(half(deadline), self.close(deadline)).await;
        let mut outcome = outcome.and_then(|status| closed.map(|()| status));
        let mut report = self.report(&mut outcome);
        if let Err(error) = within(half(deadline), self.keep_report(&report)).await {
            outcome = outcome.and(Err(error));
            report = self.report(&mut outcome);
        }
        if let Err(error) = give_back(outcome.is_ok(), soon(deadline)).await {
            tracing::warn!(run_id = self.draft.run_id, "the claim could not be given back; it ends by itself");
            if outcome.is_ok() {
                outcome = Err(error);
                report = self.report(&mut outcome);
                // The report that says otherwise is replaced where that can be done; the invocation fails either way.
                _ = within(half(deadline), self.keep_report(&report)).await;
            }
        }
        if let Err(error) = self.edges.ledger.history(&report, soon(deadline)).await {
            tracing::warn!(run_id = self.draft.run_id, error = error.text(), "the run is missing in the history");
        }
        (report, outcome.err())
    }

    /// Ends a run that leaves a log line and nothing else.
    pub(super) fn leave_no_trace(self, mut outcome: Result<Status, Error>) -> (Report, Option<Error>) {
        (self.report(&mut outcome), outcome.err())
    }

    /// The report of an outcome. Counts that do not balance are an error of their own.
    fn report(&self, outcome: &mut Result<Status, Error>) -> Report {
        let finished_at = self.edges.clock.now();
        let told = |outcome: &Result<Status, Error>| outcome.as_ref().map(|status| *status).map_err(Failure::from);
        self.draft.clone().finish(told(outcome), finished_at).unwrap_or_else(|unbalanced| {
            *outcome = Err(Error::new(Kind::Config, unbalanced.to_string()));
            Report::unbalanced(self.draft.clone(), &unbalanced, finished_at)
        })
    }

    async fn keep_report(&self, report: &Report) -> Result<(), Error> {
        let text = format!("{:#}\n", report.to_json()?);
        self.edges.bucket.put(&self.beside("report.json"), text.into(), bucket::Condition::Always).await?;
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
            && let Err(error) = self.edges.ledger.keep_columns(&self.draft.sync, typed, deadline).await
        {
            tracing::warn!(run_id = self.draft.run_id, error = error.text(), "the types of rejects are not kept");
        }
        tallied
    }
}

/// The end of the work, so that time is left for what comes after it.
pub(super) fn end_of_work(deadline: Deadline) -> Deadline {
    deadline.earlier(deadline.left().mul_f64(KEPT_BACK).clamp(KEPT_BACK_LEAST, KEPT_BACK_MOST))
}

/// Waits for the work of a run until its end.
pub(super) async fn bound(end: Deadline, work: impl Future<Output = Result<Status, Error>>) -> Result<Status, Error> {
    end.later(GRACE).bound(work).await.unwrap_or_else(|| Err(Error::new(Kind::Service, OUT_OF_TIME)))
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

/// Runs what blocks on a thread of its own.
pub(super) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| lost(&error))?
}

/// A thread was lost to a panic, the message of which may hold a cell's value and so goes nowhere.
pub(super) fn lost(_: &tokio::task::JoinError) -> Error {
    Error::new(Kind::Extract, "the extract could not be read: the program failed at it; the log says where")
}

/// An id that sorts by time.
pub(super) fn run_id(epoch_ms: u64) -> String {
    let seconds = i64::try_from(epoch_ms / 1000).unwrap_or_default();
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    format!("{}{:03}Z-{:08x}", time.strftime("%Y%m%dT%H%M%S"), epoch_ms % 1000, fastrand::u32(..))
}
