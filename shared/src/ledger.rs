//! The runs table: who applies which extract, what was applied, and the history of runs.
//!
//! An extract is claimed by an item of its own, `pk = sync#<sync>`, `sk = extract#<object key>`. Its `token` grows with
//! every claim; whoever no longer holds the newest one changes nothing here any more. Claims end by themselves, so a
//! crashed run holds nobody up for long. A mirror holds its table in the same way, by `pk = table#<table ARN>`,
//! `sk = lease`.

mod claim;
mod columns;
mod hold;
mod lease;

use std::borrow::Cow;

use serde_json::{Value, json};

use self::claim::{Decision, Record};
pub use self::{
    claim::{Claim, Claimed, Extract},
    lease::{Held, Lease},
};
use crate::{
    dynamodb::{self, Class, Client},
    error::{Error, Kind},
    report::Report,
    time::{Clock, Deadline},
};

/// How long a claim or a lease lasts without being renewed.
const LEASE_MS: u64 = 60_000;

/// How long renewing or taking it may take: so long, the time until the next renewal, and again so long are less
/// than a lease.
const RENEWAL_TAKES: std::time::Duration = std::time::Duration::from_secs(15);

/// The longest name that stands in a key as it is; a sort key has at most 1,024 bytes, like the key of an object.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const LONGEST_NAME: usize = 900;

/// How long ledger items are kept.
const KEPT_SECONDS: u64 = 400 * 24 * 3600;

/// How often who waits looks again.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);

/// The runs table.
#[derive(Debug, Clone)]
pub struct Ledger {
    client: Client,
    table: String,
    clock: Clock,
}

impl Ledger {
    /// The ledger in a table.
    #[must_use]
    pub fn new(client: Client, table: String, clock: Clock) -> Self {
        Self { client, table, clock }
    }

    /// How often a claim or a lease has to be renewed.
    #[must_use]
    pub fn renewal() -> std::time::Duration {
        std::time::Duration::from_millis(LEASE_MS / 3)
    }

    /// Claims an extract for a run; waits while another run holds it. `again` claims it also where it was applied.
    ///
    /// # Errors
    ///
    /// When the runs table cannot be used.
    pub async fn claim(
        &self,
        sync: &str,
        extract: &Extract,
        run_id: &str,
        again: bool,
        deadline: Deadline,
    ) -> Result<Claimed, Error> {
        loop {
            let record = self.record(sync, &extract.name, deadline).await?;
            let now = self.clock.epoch_ms();
            let token = match record.decide(extract, again, now) {
                Decision::Applied => {
                    self.learn(sync, extract, &record, deadline).await?;
                    return Ok(Claimed::Applied { run_id: record.applied_by().to_owned() });
                }
                Decision::Late => return Ok(Claimed::Late { run_id: record.applied_by().to_owned() }),
                Decision::Wait if deadline.left() > LOOK_AGAIN => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                    continue;
                }
                Decision::Wait => {
                    return Ok(Claimed::Busy { same: record.running_is(extract), run_id: record.run_id });
                }
                Decision::Take => record.token + 1,
            };
            let claim = Claim { sync: sync.to_owned(), extract: extract.clone(), run_id: run_id.to_owned(), token };
            if self.write(&claim, &record, now, deadline.min(Deadline::after(RENEWAL_TAKES))).await? {
                return Ok(Claimed::Mine(claim));
            }
        }
    }

    /// Remembers the place of an extract that a person had applied, so that what is older comes late from now on.
    async fn learn(&self, sync: &str, extract: &Extract, record: &Record, deadline: Deadline) -> Result<(), Error> {
        let Some(sequencer) = extract.sequencer.as_ref().filter(|_| record.lacks_place()) else { return Ok(()) };
        let input = json!({
            "TableName": self.table,
            "Key": key(sync, &extract.name),
            "UpdateExpression": "SET applied_sequencer = :sequencer, newest_sequencer = :sequencer",
            // Under the same claim, the run that holds it may have given the extract a newer place in the meantime.
            "ConditionExpression": "#token = :token AND applied_identity = :identity AND attribute_not_exists(applied_sequencer)",
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": {
                ":sequencer": {"S": sequencer.to_string()},
                ":token": {"N": record.token.to_string()},
                ":identity": {"S": extract.identity},
            },
        });
        match self.client.call("UpdateItem", &input, deadline).await {
            Err(error) if error.class() != Class::Condition => Err(self.error(error)),
            _ => Ok(()),
        }
    }

    async fn record(&self, sync: &str, name: &str, deadline: Deadline) -> Result<Record, Error> {
        Ok(self.item(&key(sync, name), deadline).await?.as_ref().map(Record::read).unwrap_or_default())
    }

    async fn write(&self, claim: &Claim, record: &Record, now: u64, deadline: Deadline) -> Result<bool, Error> {
        let item = record.taken(claim, now + LEASE_MS);
        self.take(&key(&claim.sync, &claim.extract.name), item, record.token, deadline).await
    }

    async fn item(&self, key: &Value, deadline: Deadline) -> Result<Option<Value>, Error> {
        let input = json!({"TableName": self.table, "Key": key, "ConsistentRead": true});
        let mut answer = self.client.call("GetItem", &input, deadline).await.map_err(|error| self.error(error))?;
        Ok(answer.get_mut("Item").map(Value::take))
    }

    /// Puts an item with a new token in place of the one whose token is known; false where another run was faster.
    async fn take(&self, key: &Value, mut item: Value, known: u64, deadline: Deadline) -> Result<bool, Error> {
        merge(&mut item, key);
        merge(&mut item, &json!({"expires_at": self.expires_at()}));
        let input = json!({
            "TableName": self.table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk) OR #token = :known",
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": {":known": {"N": known.to_string()}},
        });
        // An answer that was lost may have been a success: then the next look finds this very run.
        match self.client.call("PutItem", &input, deadline).await {
            Ok(_) => Ok(true),
            Err(error) if error.class() == Class::Condition => {
                let found = self.item(key, deadline).await?.unwrap_or_default();
                Ok(["token", "run_id"].iter().all(|name| found.get(name) == item.get(name)))
            }
            Err(error) => Err(self.error(error)),
        }
    }

    /// Renews a claim. Gives up before the claim could end, so that nobody writes without one.
    ///
    /// # Errors
    ///
    /// [`Kind::Service`] when another run has taken it over, or the runs table does not answer.
    pub async fn renew(&self, claim: &Claim, deadline: Deadline) -> Result<(), Error> {
        let deadline = deadline.min(Deadline::after(RENEWAL_TAKES));
        self.own(claim, "SET lease_until = :until", &self.until(), deadline).await
    }

    /// Gives a claim back; `applied` tells whether the extract now is.
    ///
    /// # Errors
    ///
    /// [`Kind::Service`] when another run has taken it over.
    pub async fn release(&self, claim: &Claim, applied: bool, deadline: Deadline) -> Result<(), Error> {
        let mut set = "SET lease_until = :until, #state = :state".to_owned();
        let mut values = json!({":until": {"N": "0"}, ":state": {"S": if applied { "applied" } else { "failed" }}});
        if applied {
            set.push_str(", applied_identity = :identity, applied_run = :mine");
            merge(&mut values, &json!({":identity": {"S": claim.extract.identity}}));
            if let Some(sequencer) = &claim.extract.sequencer {
                set.push_str(", applied_sequencer = :sequencer, newest_sequencer = :sequencer");
                merge(&mut values, &json!({":sequencer": {"S": sequencer.to_string()}}));
            } else {
                set.push_str(" REMOVE applied_sequencer");
            }
        }
        self.own(claim, &set, &values, deadline).await
    }

    /// Updates the item of a claim that still holds.
    async fn own(&self, claim: &Claim, set: &str, values: &Value, deadline: Deadline) -> Result<(), Error> {
        let (key, what) = (key(&claim.sync, &claim.extract.name), format!("its claim on `{}`", claim.extract.name));
        let lost = self.update(&key, claim.token, &claim.run_id, (set, values), deadline).await?;
        lost.map_or(Ok(()), |other| Err(taken_over(&claim.run_id, &what, &other, "which applies it")))
    }

    /// Updates an item that still has a run's token; else answers with the run that has taken it over.
    async fn update(
        &self,
        key: &Value,
        token: u64,
        run_id: &str,
        (set, values): (&str, &Value),
        deadline: Deadline,
    ) -> Result<Option<String>, Error> {
        let mut values = values.clone();
        merge(&mut values, &json!({":token": {"N": token.to_string()}, ":mine": {"S": run_id}}));
        let mut names = json!({"#token": "token"});
        if set.contains("#state") {
            merge(&mut names, &json!({"#state": "state"}));
        }
        let input = json!({
            "TableName": self.table,
            "Key": key,
            "UpdateExpression": set,
            "ConditionExpression": "#token = :token AND run_id = :mine",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        match self.client.call("UpdateItem", &input, deadline).await {
            Ok(_) => Ok(None),
            Err(error) if error.class() == Class::Condition => {
                let other = error.refusal().and_then(|refusal| refusal.item.as_ref()?.pointer("/run_id/S")?.as_str());
                Ok(Some(other.unwrap_or("unknown").to_owned()))
            }
            Err(error) => Err(self.error(error)),
        }
    }

    /// The value `:until` of a lease that begins now.
    fn until(&self) -> Value {
        json!({":until": {"N": (self.clock.epoch_ms() + LEASE_MS).to_string()}})
    }

    /// Writes a run into the history.
    ///
    /// # Errors
    ///
    /// When the runs table cannot be used.
    pub async fn history(&self, report: &Report, deadline: Deadline) -> Result<(), Error> {
        let mut item = report.history();
        let id = json!({"pk": {"S": format!("sync#{}", report.sync)}, "sk": {"S": format!("run#{}", report.run_id)}});
        merge(&mut item, &id);
        merge(&mut item, &json!({"expires_at": self.expires_at()}));
        let input = json!({"TableName": self.table, "Item": item});
        self.client.call("PutItem", &input, deadline).await.map(|_| ()).map_err(|error| self.error(error))
    }

    fn expires_at(&self) -> Value {
        json!({"N": (self.clock.epoch_ms() / 1000 + KEPT_SECONDS).to_string()})
    }

    fn error(&self, error: dynamodb::Error) -> Error {
        let kind = match error.class() {
            Class::Throttled | Class::Transient | Class::Expired => Kind::Service,
            _ => Kind::Config,
        };
        Error::caused(kind, format!("the runs table `{}` cannot be used", self.table), error)
    }
}

fn key(sync: &str, name: &str) -> Value {
    json!({"pk": {"S": format!("sync#{sync}")}, "sk": {"S": format!("extract#{}", short(name))}})
}

fn taken_over(run_id: &str, what: &str, other: &str, so: &str) -> Error {
    Error::new(Kind::Service, format!("run `{run_id}` lost {what} to run `{other}`, {so}"))
}

/// A name that fits into a key: a long one is told by its beginning and a hash of it all.
fn short(name: &str) -> Cow<'_, str> {
    if name.len() <= LONGEST_NAME {
        return name.into();
    }
    let start: String =
        name.char_indices().take_while(|(at, _)| *at < LONGEST_NAME).map(|(_, letter)| letter).collect();
    format!("{start}#{:032x}", xxhash_rust::xxh3::xxh3_128(name.as_bytes())).into()
}

fn merge(into: &mut Value, more: &Value) {
    if let (Some(into), Some(more)) = (into.as_object_mut(), more.as_object()) {
        into.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}
