//! One run of load-extract: pin, check, claim, read, write, close.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{runtime::Handle, sync::mpsc};

use super::{Load, Order};
use crate::{
    bucket,
    connection::{self, Connection},
    definition::{self, Amount, Behavior, Definition, Duplicates},
    duplicates::Verdicts,
    dynamodb::{Class, Client},
    error::{Error, Kind},
    extract::pin::{self, Asked, Extract, Pinned},
    job::{account::Account, produce::Reading, remote::Remote},
    ledger::{self, Claim, Claimed, Ledger},
    mapping::Mapping,
    plan::{Comparison, Sample},
    rejects::Rejects,
    report::{Report, Status},
    sync,
    table::Table,
    time::Deadline,
    write::{self, Pace, Spent},
};

/// How many batches of rows may wait between reading and writing.
const BATCHES_AHEAD: usize = 2;

/// How long after its deadline a run may take to give its claim back.
const RELEASE: Duration = Duration::from_secs(2);

/// A run under way: what its report will say.
pub(super) struct Run<'a> {
    load: &'a Load,
    order: &'a Order,
    id: String,
    started: SystemTime,
    extract: Option<Extract>,
    account: Option<Account>,
    spent: Spent,
    samples: Vec<Sample>,
    note: Option<String>,
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
        let started = load.clock.now();
        let id = run_id(load.clock.epoch_ms());
        let (extract, account, note) = (None, None, None);
        Self { load, order, id, started, extract, account, spent: Spent::default(), samples: Vec::new(), note }
    }

    /// Does the run, up to the deadline.
    pub(super) async fn attempt(&mut self, deadline: Deadline) -> Result<Status, Error> {
        let definition = self.definition().await?;
        if definition.behavior == Behavior::Mirror {
            return Ok(self.skip("the sync mirrors; mirror-table applies its extracts"));
        }
        let asked = self.order.event.as_ref().map_or_else(|| Asked::newest(&self.order.object_key), Asked::from);
        let pinned = pin::pin(&*self.load.bucket, &self.order.sync, definition.source.parts, asked).await;
        let extract = match pinned.map_err(|error| Error::new(error.kind(), error.to_string()))? {
            Pinned::Extract(extract) => extract,
            Pinned::NotYet { reason } | Pinned::Nothing { reason } | Pinned::Superseded { reason } => {
                return Ok(self.skip(&reason));
            }
        };
        self.extract = Some(extract.clone());
        let prepared = self.prepare(definition, &extract, deadline).await?;
        if self.order.dry_run {
            return self.read(&prepared, deadline).await.map(|()| Status::Planned);
        }
        let known = ledger::Extract {
            name: extract.name.clone(),
            identity: extract.identity(),
            sequencer: extract.sequencer.clone(),
        };
        let again = self.order.event.is_none();
        let claim = match self.load.ledger.claim(&self.order.sync, &known, &self.id, again, deadline).await? {
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
        let ledger = &self.load.ledger;
        let result = tokio::select! {
            result = self.read(&prepared, deadline) => result,
            lost = keep(ledger, &claim, deadline) => Err(lost),
        };
        let released = ledger.release(&claim, result.is_ok(), deadline.later(RELEASE)).await;
        result.and(released).map(|()| Status::Succeeded)
    }

    async fn definition(&self) -> Result<Definition, Error> {
        let name = &self.order.sync;
        let source = sync::read(&*self.load.bucket, name).await;
        let source = source.map_err(|error| Error::new(error.kind(), error.to_string()))?;
        let source = source.ok_or_else(|| {
            Error::new(Kind::Request, format!("there is no sync `{name}`; its definition would be `syncs/{name}.yaml`"))
        })?;
        definition::parse(name, &source.text).map_err(|problems| Error::problems(&source.object.key, &problems))
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

    fn skip(&mut self, reason: &str) -> Status {
        self.note = Some(reason.to_owned());
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
        let client = self.load.connect.client(connection.as_ref()).await?;
        let table = describe(&client, &destination.table, destination.connection.as_deref(), deadline).await?;
        let mapping = Mapping::new(&definition, &table).map_err(|problems| Error::problems(&file, &problems))?;
        let runtime = Handle::current();
        let part = |pin: &crate::bucket::Pin| Remote {
            bucket: Arc::clone(&self.load.bucket),
            pin: pin.clone(),
            runtime: runtime.clone(),
        };
        let parts = extract.objects.iter().map(part).collect();
        let reading = Reading { parts, source: definition.source.clone(), mapping: Arc::new(mapping) };
        let inspected = reading.clone();
        let columns = on_thread(move || inspected.inspect()).await?;
        let rejects = Rejects::new(Arc::clone(&self.load.bucket), self.rejects_key(), columns);
        self.account = Some(Account::new(rejects, definition.duplicates, definition.limits.max_rejects));
        Ok(Prepared { table, client, reading, definition })
    }

    /// Reads the extract and writes it, or compares it with the table.
    async fn read(&mut self, prepared: &Prepared, deadline: Deadline) -> Result<(), Error> {
        let Prepared { table, client, reading, definition } = prepared;
        let dry = self.order.dry_run;
        let ahead = definition.sync_key.is_some() || definition.duplicates != Duplicates::Last || dry;
        let mut verdicts = if ahead {
            let surveyed = reading.clone();
            Some(on_thread(move || surveyed.survey()).await?)
        } else {
            None
        };
        let repeated = verdicts.as_mut().map(Verdicts::take_repeated).unwrap_or_default();
        let (out, requests) = mpsc::channel(BATCHES_AHEAD);
        let (produced, name) = (reading.clone(), table.name.clone());
        let producer = tokio::task::spawn_blocking(move || produced.produce(&name, dry, verdicts, &out));
        let Some(account) = self.account.as_mut() else { return Ok(()) };
        if dry {
            let comparison = Comparison::new(client, table, &reading.mapping, repeated, deadline);
            self.samples = comparison.run(requests, account, &mut self.spent).await?;
        } else {
            let pace = Pace::new(ceiling(definition, table));
            write::run(client, table, requests, pace, deadline, account, &mut self.spent).await?;
        }
        producer.await.map_err(|error| Error::caused(Kind::Extract, "the extract could not be read", error))?;
        account.judge()
    }

    /// The report, left in the bucket and in the ledger.
    pub(super) async fn finish(self, outcome: Result<Status, Error>, deadline: Deadline) -> (Report, Option<Error>) {
        let _ = (&self.started, &self.note, &self.samples, deadline);
        let mut json = serde_json::json!({"run_id": self.id, "status": format!("{outcome:?}")});
        if let Some(mut account) = self.account {
            account.close().unwrap();
            json["rows"] = format!("{:?}", account.counts).into();
            json["rejects"] = format!("{:?}", account.rejects.by_reason).into();
        }
        (Report { run_id: self.id, sync: self.order.sync.clone(), json }, outcome.err())
    }

    fn rejects_key(&self) -> String {
        format!("runs/{}/{}/rejects.csv", self.order.sync, self.id)
    }
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

async fn describe(client: &Client, name: &str, connection: Option<&str>, deadline: Deadline) -> Result<Table, Error> {
    let through = connection.map(|name| format!(" through connection `{name}`")).unwrap_or_default();
    let answer = client.call("DescribeTable", &serde_json::json!({"TableName": name}), deadline).await;
    let answer = answer.map_err(|error| match error.class() {
        Class::Missing => Error::new(
            Kind::Table,
            format!("table `{name}` does not exist{through}; create it, or mend `destination` in the definition"),
        ),
        Class::Denied => Error::caused(
            Kind::Table,
            format!("table `{name}` may not be used{through}; its ARN belongs into the stack's parameter TargetTableArns, or into the policy of the connection's role"),
            error,
        ),
        _ => Error::from(error).of(format!("table `{name}`{through}")),
    })?;
    Ok(Table::read(name, &answer)?)
}

/// The write units a second that a run may take.
fn ceiling(definition: &Definition, table: &Table) -> Option<f64> {
    /// What a new on-demand table takes.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>
    const ON_DEMAND: f64 = 4_000.0;
    match definition.limits.write_units_per_second? {
        Amount::Count(units) => Some(units),
        Amount::Percent(percent) => Some(table.write_units_per_second.unwrap_or(ON_DEMAND) * percent / 100.0),
    }
}

/// Runs what blocks on a thread of its own.
async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::caused(Kind::Extract, "the extract could not be read", error))?
}

/// An id that sorts by time.
fn run_id(epoch_ms: u64) -> String {
    let seconds = i64::try_from(epoch_ms / 1000).unwrap_or_default();
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    format!("{}{:03}Z-{:08x}", time.strftime("%Y%m%dT%H%M%S"), epoch_ms % 1000, fastrand::u32(..))
}
