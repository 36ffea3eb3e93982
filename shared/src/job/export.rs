//! export-catalog: tables are described, read, profiled and classified, and the catalog of them is written.

mod discover;
mod progress;
mod publish;
mod read;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};

use self::{
    discover::Outside,
    progress::{Left, Progress},
    read::Reading,
};
use super::{
    Connect, Job,
    run::{end_of_work, run_id},
};
use crate::{
    bucket::{self, Bucket},
    catalog::{
        ask::{self, Asked},
        classify::Rules,
        coverage::{self, Coverage},
        decision,
        native::Skipped,
        purse::Purse,
    },
    error::{Error, Kind},
    notice::Notify,
    time::{Clock, Deadline},
};

/// How many tables are read at once.
const AT_ONCE: usize = 4;

/// How large a file that people write may be.
const FILE_BYTES: u64 = 4 << 20;

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
    /// Asks for the rest of an export that takes more than one invocation.
    pub again: Arc<dyn Notify>,
}

impl Job for Export {
    type Error = Error;

    fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn handle(&self, payload: &Value, deadline: Deadline) -> Result<Value, Error> {
        let asked = ask::read(payload).map_err(|problem| Error::new(Kind::Request, problem))?;
        let end = end_of_work(deadline);
        let mut progress = match asked {
            Asked::New(keys) => self.begin(&Value::Object(keys).to_string(), end).await?,
            Asked::Rest(id) => Progress::read(&*self.bucket, &id).await?,
        };
        self.work(&mut progress, end).await?;
        if progress.left.is_empty() {
            return self.publish(progress, deadline).await;
        }
        progress.save(&*self.bucket).await?;
        self.again.publish("Rowferry goes on with its catalog", &ask::rest(&progress.export_id)).await?;
        Ok(json!({"export_id": progress.export_id, "status": "continued", "tables_left": progress.left.len()}))
    }
}

impl Export {
    /// Finds out what is to be read.
    async fn begin(&self, invoke: &str, end: Deadline) -> Result<Progress, Error> {
        let (text, decisions) = (self.file("catalog.yaml").await?, self.file("classification.yaml").await?);
        let coverage = covered(&text, invoke)?;
        let places = self.outside().places(&coverage, end).await;
        let left = places.iter().enumerate().flat_map(|(place, found)| {
            found.tables.iter().map(move |table| Left { place, table: table.clone(), rest: None, read_units: 0.0 })
        });
        Ok(Progress {
            export_id: run_id(self.clock.epoch_ms()),
            started_at_ms: self.clock.epoch_ms(),
            coverage: text,
            invoke: invoke.to_owned(),
            decisions,
            left: left.collect(),
            accounts: places.into_iter().map(|place| place.account).collect(),
            ..Progress::default()
        })
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

    /// Reads what is left, as far as time allows.
    async fn work(&self, progress: &mut Progress, end: Deadline) -> Result<(), Error> {
        let coverage = covered(&progress.coverage, &progress.invoke)?;
        let rules = rules(&coverage)?;
        let decisions = decision::parse(&progress.decisions)
            .map_err(|problems| Error::problems("classification.yaml", &problems))?;
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
                        let (account, region) = (account.account.clone(), account.region.clone());
                        progress.skipped.push(Skipped { account, region, table: left.table, reason: error.text() });
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
                };
                reading.push(one.go(left));
            }
            let Some(outcome) = reading.next().await else { break };
            progress.settle(outcome?);
        }
        drop(reading);
        progress.left.extend(waiting);
        progress.budget_spent |= purse.lock().unwrap_or_else(PoisonError::into_inner).was_short();
        Ok(())
    }
}

fn covered(text: &str, invoke: &str) -> Result<Coverage, Error> {
    coverage::parse(text, invoke).map_err(|problems| Error::problems("catalog.yaml", &problems))
}

fn rules(coverage: &Coverage) -> Result<Rules, Error> {
    Rules::new(coverage.rules.clone()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Error::new(Kind::Mapping, format!("`catalog.yaml`: {}", lines.join("; ")))
    })
}
