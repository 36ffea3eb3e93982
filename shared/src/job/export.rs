//! export-catalog: tables are described, read, profiled and classified, and the catalog of them is written.

mod discover;
mod latest;
mod progress;
mod publish;
mod read;
mod test;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::BehaviorVersion;
use futures::{StreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};

use self::{
    discover::{Outside, Place},
    progress::{Left, Progress, Underway},
    read::Reading,
};
use super::{
    Connect, Job,
    run::{GRACE, run_id},
};
use crate::{
    bucket::{self, Bucket, s3::S3},
    catalog::{
        ask::{self, Asked},
        classify::{Decisions, Rules},
        coverage::{self, Coverage},
        decision,
        purse::Purse,
    },
    connect::Aws,
    error::{Error, Kind},
    notice::{Notify, Topic},
    settings,
    time::{Clock, Deadline},
};

/// How many tables are read at once.
const AT_ONCE: usize = 4;

/// How large a file that people write may be.
const FILE_BYTES: u64 = 4 << 20;

/// The share of an invocation's time that is kept back for publishing, and its bound.
const KEPT_BACK: f64 = 0.25;
const KEPT_BACK_MOST: Duration = Duration::from_mins(3);

/// How many invocations may pass without anything being read before the export does without the rest.
const MOST_IDLE: u32 = 3;

/// The job of export-catalog.
pub struct Export {
    /// The data bucket.
    pub bucket: Arc<dyn Bucket>,
    /// The ways to DynamoDB.
    pub connect: Arc<dyn Connect>,
    /// The function's own region.
    pub region: Option<String>,
    /// The wall clock.
    pub clock: Clock,
    /// Asks for the rest of an export that takes more than one invocation; without it, one has to do.
    pub again: Option<Arc<dyn Notify>>,
}

/// catalog.yaml and classification.yaml, and what they and an invoke come to.
struct Wanted {
    text: String,
    decisions: String,
    coverage: Coverage,
}

impl Job for Export {
    type Error = Error;

    fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn handle(&self, payload: &Value, deadline: Deadline) -> Result<Value, Error> {
        let asked = ask::read(payload).map_err(|problem| Error::new(Kind::Request, problem))?;
        let end = deadline.earlier(deadline.left().mul_f64(KEPT_BACK).min(KEPT_BACK_MOST));
        let found = match asked {
            Asked::Test(keys) => return self.test(&Value::Object(keys).to_string(), end).await,
            Asked::New(keys) => self.begin(&Value::Object(keys).to_string(), end).await?,
            Asked::Rest(id) => Progress::read(&*self.bucket, &id).await?,
        };
        match found {
            Ok(progress) => self.go(progress, end, deadline).await,
            Err(reason) => {
                tracing::info!(reason, "nothing to export");
                Ok(json!({"status": "skipped", "reason": reason}))
            }
        }
    }
}

impl Export {
    /// The job as the environment says it.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`] where no bucket is named.
    pub async fn from_env() -> Result<Self, Error> {
        let settings = settings::Outside::from_env();
        let missing = "the environment has no `DATA_BUCKET`; template.yaml sets it, elsewhere it has to be set by hand";
        let data_bucket = settings.data_bucket.ok_or_else(|| Error::new(Kind::Config, missing))?;
        let clock = Clock::system();
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        Ok(Self {
            bucket: Arc::new(S3::new(&config, data_bucket)),
            again: settings.continue_topic_arn.map(|arn| -> Arc<dyn Notify> { Arc::new(Topic::new(&config, arn)) }),
            region: config.region().map(ToString::to_string),
            connect: Arc::new(Aws::new(config, settings.dynamodb_endpoint_url, clock.clone())),
            clock,
        })
    }

    /// Finds out what is to be read; or why there is nothing to do now.
    async fn begin(&self, invoke: &str, end: Deadline) -> Result<Result<Progress, String>, Error> {
        let now_ms = self.clock.epoch_ms();
        match Underway::read(&*self.bucket).await? {
            // What it kept holds values as they are.
            Some(dead) if dead.is_dead(now_ms) => Underway::end(&*self.bucket, &dead.export_id).await?,
            Some(other) => return self.beside(other, invoke).await,
            None => {}
        }
        let Wanted { text, decisions, coverage } = self.wanted(invoke).await?;
        let places = self.outside().places(&coverage, end).await;
        if let Some(error) = nothing_known(&places) {
            return Err(Error::new(Kind::Config, format!("no table of any account is known: {error}")));
        }
        let left = places.iter().enumerate().flat_map(|(place, found)| {
            found.tables.iter().map(move |table| Left { place, table: table.clone(), ..Left::default() })
        });
        Ok(Ok(Progress {
            export_id: run_id(now_ms),
            started_at_ms: now_ms,
            coverage: text,
            invoke: invoke.to_owned(),
            decisions,
            left: left.collect(),
            accounts: places.into_iter().map(|place| place.account).collect(),
            ..Progress::default()
        }))
    }

    /// What to do beside an export that is under way: nothing, unless it is the one that the same event began, and nobody was
    /// asked to go on with it.
    async fn beside(&self, other: Underway, invoke: &str) -> Result<Result<Progress, String>, Error> {
        if !other.is_asked
            && let Ok(begun) = Progress::read(&*self.bucket, &other.export_id).await?
            && begun.invoke == invoke
        {
            return Ok(Ok(begun));
        }
        Ok(Err(format!("export `{}` is still under way", other.export_id)))
    }

    /// Reads what is left, as far as time allows; publishes it once nothing is, else asks for another invocation.
    async fn go(&self, mut progress: Progress, end: Deadline, deadline: Deadline) -> Result<Value, Error> {
        let before = progress.extent();
        let again = self.again.as_ref().filter(|_| progress.idle < MOST_IDLE);
        if let Err(error) = self.work(&mut progress, end, again.is_some()).await {
            // Another invocation may have published the export, and taken away what this one was about to read.
            let there = Progress::read(&*self.bucket, &progress.export_id).await?;
            let Some(reason) = there.err().filter(|_| progress.kept.is_some()) else { return Err(error) };
            return Ok(json!({"export_id": progress.export_id, "status": "skipped", "reason": reason}));
        }
        progress.idle = if progress.extent() == before { progress.idle + 1 } else { 0 };
        if let Some(again) = again.filter(|_| !progress.left.is_empty()) {
            if !progress.save(&*self.bucket, self.clock.epoch_ms()).await? {
                let reason = "another invocation has gone on with this export meanwhile";
                return Ok(json!({"export_id": progress.export_id, "status": "skipped", "reason": reason}));
            }
            again.publish("Rowferry goes on with its catalog", &ask::rest(&progress.export_id)).await?;
            progress.asked(&*self.bucket, self.clock.epoch_ms()).await?;
            let Progress { export_id, left, read_units, .. } = progress;
            tracing::info!(tables_left = left.len(), export_id, read_units, "the export goes on");
            return Ok(json!({"export_id": export_id, "status": "continued", "tables_left": left.len()}));
        }
        let id = progress.export_id.clone();
        let published = deadline.earlier(GRACE).bound(self.publish(progress)).await;
        published.unwrap_or_else(|| {
            let message = format!("time ran out before export `{id}` was published; give the function more time");
            Err(Error::new(Kind::Service, message))
        })
    }

    /// What people want, found sound as a whole before anything is asked.
    async fn wanted(&self, invoke: &str) -> Result<Wanted, Error> {
        let (text, decisions) = (self.file("catalog.yaml").await?, self.file("classification.yaml").await?);
        let coverage = covered(&text, invoke)?;
        _ = (rules(&coverage, invoke)?, decided(&decisions)?);
        Ok(Wanted { text, decisions, coverage })
    }

    /// The text of a file that people write; empty where there is none.
    async fn file(&self, name: &str) -> Result<String, Error> {
        match self.bucket.read(name, FILE_BYTES).await {
            Ok((_, bytes)) => String::from_utf8(bytes.to_vec())
                .map_err(|_| Error::new(Kind::Mapping, format!("`{name}` is no UTF-8; save it as such"))),
            Err(bucket::Error::Missing { .. }) => Ok(String::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn outside(&self) -> Outside<'_> {
        Outside { bucket: &*self.bucket, connect: &*self.connect, region: self.region.as_deref() }
    }

    /// Reads what is left, as far as time allows. Where the export does not go on later, what time was too short for is
    /// told and done without.
    async fn work(&self, progress: &mut Progress, end: Deadline, goes_on: bool) -> Result<(), Error> {
        let coverage = covered(&progress.coverage, &progress.invoke)?;
        let (rules, decisions) = (rules(&coverage, &progress.invoke)?, decided(&progress.decisions)?);
        let clients = self.outside().clients(&progress.accounts).await;
        let purse = Mutex::new(Purse::new(&coverage.budget, &coverage.table_budget, progress.read_units));
        let mut waiting: VecDeque<Left> = std::mem::take(&mut progress.left).into();
        let mut reading = FuturesUnordered::new();
        loop {
            while reading.len() < AT_ONCE && !end.passed() {
                let Some(left) = waiting.pop_front() else { break };
                let (Some(account), Some(client)) = (progress.accounts.get(left.place), clients.get(left.place)) else {
                    continue;
                };
                let client = match client {
                    Ok(client) => client,
                    Err(error) => {
                        progress.skip(left, error.text());
                        continue;
                    }
                };
                let one = Reading {
                    bucket: &*self.bucket,
                    export_id: progress.export_id.clone(),
                    client: client.clone(),
                    account: account.clone(),
                    coverage: &coverage,
                    rules: &rules,
                    decisions: &decisions,
                    purse: &purse,
                    now_ms: self.clock.epoch_ms(),
                    end,
                    goes_on,
                };
                reading.push(one.go(left));
            }
            let Some(outcome) = reading.next().await else { break };
            progress.settle(outcome?);
        }
        drop(reading);
        if goes_on {
            progress.left.extend(waiting);
        } else {
            let reason = "time ran out before it was read; give the function more time, or let the export go on in another invocation (CONTINUE_TOPIC_ARN)";
            for left in waiting {
                progress.skip(left, reason.to_owned());
            }
        }
        Ok(())
    }
}

/// Why no table is known, where not one account could be asked. Then the catalog of before stays.
fn nothing_known(places: &[Place]) -> Option<String> {
    let errors: Option<Vec<String>> = places
        .iter()
        .map(|place| {
            let connection = place.account.connection.as_deref().map(|name| format!(", connection `{name}`"));
            let error = place.account.error.as_deref()?;
            Some(format!("{}{}: {error}", place.account.region, connection.unwrap_or_default()))
        })
        .collect();
    errors.map(|errors| errors.join("; "))
}

fn decided(text: &str) -> Result<Decisions, Error> {
    decision::parse(text).map_err(|problems| Error::problems("classification.yaml", &problems))
}

/// What the file covers, and over it the payload. What is wrong with the payload is said of it, and not of the file.
fn covered(text: &str, invoke: &str) -> Result<Coverage, Error> {
    coverage::parse(text, invoke).map_err(|problems| match coverage::parse("", invoke) {
        Ok(_) => Error::problems("catalog.yaml", &problems),
        Err(problems) => Error::new(Kind::Request, Error::problems("payload", &problems).text()),
    })
}

fn rules(coverage: &Coverage, invoke: &str) -> Result<Rules, Error> {
    Rules::new(coverage.rules.clone()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let is_of_payload = serde_json::from_str::<Value>(invoke).is_ok_and(|keys| keys.get("rules").is_some());
        let (kind, of) = if is_of_payload { (Kind::Request, "payload") } else { (Kind::Mapping, "catalog.yaml") };
        Error::new(kind, format!("`{of}`: {}", lines.join("; ")))
    })
}
