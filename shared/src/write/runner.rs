//! Sends requests, and says of every row what became of it.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    future::Future,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, stream::FuturesUnordered};
use serde_json::Value;
use tokio::{sync::mpsc, time::Instant};

use super::{
    Pace,
    keys::of_item,
    request::{Entry, Operation, Request},
    throttle::causes,
};
use crate::{
    dynamodb::{self, Class, Client},
    error::{Error, Kind},
    reject::Reject,
    row::Batch,
    table::Table,
    time::Deadline,
};

/// The bytes of all requests in flight; one more always may go.
const BYTES_IN_FLIGHT: usize = 8 << 20;

/// A batch of rows, ready to be written.
#[derive(Debug)]
pub struct Prepared {
    /// The rows.
    pub rows: Arc<Batch>,
    /// What writes them.
    pub requests: VecDeque<Request>,
    /// Those that are not written, and why.
    pub rejects: Vec<(u32, Reject)>,
    /// How many give way to another row of the same key.
    pub superseded: u64,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is in the table.
    Written,
    /// Its condition was not met.
    Unchanged,
    /// The table refused it, in these words.
    Refused(String),
}

/// Who is told what became of rows. An error ends the run.
pub trait Sink {
    /// Rows of a request are settled.
    fn settle(
        &mut self,
        request: &Request,
        entries: &[Entry],
        fate: Fate,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// A batch of rows begins; its rejects and superseded rows are settled.
    fn begin(&mut self, prepared: &mut Prepared) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What the writes took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spent {
    /// Write units.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
    /// Requests that were throttled, wholly or in part.
    pub throttled_requests: u64,
    /// By what, and how often.
    pub throttled_by: BTreeMap<String, u64>,
}

type Attempt = Pin<Box<dyn Future<Output = (Flight, Result<Bytes, dynamodb::Error>)> + Send>>;

/// A request on its way.
struct Flight {
    request: Request,
    attempts: u32,
    /// An earlier attempt may have taken effect.
    ambiguous: bool,
    units: f64,
}

/// Writes everything that comes, in the order of each key, until the channel closes; what `spent` then holds is also
/// right after an error.
///
/// # Errors
///
/// The first error of the producer, of the sink, of the table as a whole, or that of the deadline. Requests on their
/// way have then been waited for.
pub async fn run(
    client: &Client,
    table: &Table,
    mut prepared: mpsc::Receiver<Result<Prepared, Error>>,
    pace: Pace,
    deadline: Deadline,
    sink: &mut impl Sink,
    spent: &mut Spent,
) -> Result<(), Error> {
    let mut runner = Runner {
        client,
        table,
        deadline,
        pace,
        begun: Instant::now(),
        flying: FuturesUnordered::new(),
        bytes: 0,
        held: HashMap::new(),
        waiting: VecDeque::new(),
        sink,
        spent,
    };
    let result = runner.work(&mut prepared).await;
    drop(prepared);
    let drained = runner.drain().await;
    result.and(drained)
}

struct Runner<'a, S> {
    client: &'a Client,
    table: &'a Table,
    deadline: Deadline,
    pace: Pace,
    begun: Instant,
    flying: FuturesUnordered<Attempt>,
    bytes: usize,
    /// The keys in flight: none of them is written by two requests at once.
    held: HashMap<u128, ()>,
    waiting: VecDeque<Request>,
    sink: &'a mut S,
    spent: &'a mut Spent,
}

impl<S: Sink> Runner<'_, S> {
    async fn work(&mut self, prepared: &mut mpsc::Receiver<Result<Prepared, Error>>) -> Result<(), Error> {
        let mut open = true;
        loop {
            if self.deadline.passed() {
                return Err(self.out_of_time());
            }
            let pause = self.admit();
            if self.waiting.is_empty() && !open && self.flying.is_empty() {
                return Ok(());
            }
            let end = self.deadline.instant();
            let wake = pause.map_or(end, |pause| end.min(Instant::now() + pause));
            tokio::select! {
                biased;
                Some((flight, result)) = self.flying.next(), if !self.flying.is_empty() => {
                    self.land(flight, result).await?;
                }
                next = prepared.recv(), if open && self.waiting.is_empty() => match next {
                    Some(next) => {
                        let mut next = next?;
                        self.sink.begin(&mut next).await?;
                        self.waiting = next.requests;
                    }
                    None => open = false,
                },
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Sends what may be sent now; answers with the time until the pace allows the next request.
    fn admit(&mut self) -> Option<Duration> {
        while let Some(request) = self.waiting.front() {
            let alone = self.flying.is_empty();
            let room = self.flying.len() < self.pace.in_flight() && self.bytes < BYTES_IN_FLIGHT;
            let free = !request.entries.iter().any(|entry| self.held.contains_key(&entry.key));
            if !alone && !(room && free) {
                return None;
            }
            let wait = self.pace.wait(self.begun.elapsed());
            if !wait.is_zero() {
                return Some(wait);
            }
            if let Some(request) = self.waiting.pop_front() {
                self.held.extend(request.entries.iter().map(|entry| (entry.key, ())));
                let units = request.write_units();
                self.launch(Flight { request, attempts: 0, ambiguous: false, units }, Duration::ZERO);
            }
        }
        None
    }

    /// Sends a request, after a pause.
    fn launch(&mut self, mut flight: Flight, pause: Duration) {
        flight.attempts += 1;
        flight.units = flight.request.write_units();
        self.bytes += flight.request.body.len();
        self.pace.spend(flight.units);
        let (client, deadline) = (self.client.clone(), self.deadline);
        let conditional = flight.request.operation != Operation::BatchWriteItem;
        self.flying.push(Box::pin(async move {
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            let body = if flight.ambiguous && conditional {
                flight.request.with_witness().body
            } else {
                flight.request.body.clone()
            };
            let result = client.attempt(flight.request.operation.name(), body, deadline).await;
            (flight, result)
        }));
    }

    async fn land(&mut self, flight: Flight, result: Result<Bytes, dynamodb::Error>) -> Result<(), Error> {
        self.bytes -= flight.request.body.len().min(self.bytes);
        match result {
            Ok(body) => self.taken(flight, &body).await,
            Err(error) => self.refused(flight, error).await,
        }
    }

    /// A request was taken, perhaps not all of it.
    async fn taken(&mut self, flight: Flight, body: &Bytes) -> Result<(), Error> {
        let answer: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let consumed = units(&answer);
        self.spent.write_units += consumed;
        let left = if flight.request.operation == Operation::BatchWriteItem {
            self.unprocessed(&flight.request, &answer)
        } else {
            Vec::new()
        };
        if left.is_empty() {
            self.pace.taken(flight.units, consumed, self.begun.elapsed());
            return self.settle(&flight.request, &flight.request.entries, Fate::Written).await;
        }
        self.spent.throttled_requests += 1;
        *self.spent.throttled_by.entry("unprocessed".to_owned()).or_default() += 1;
        let done: Vec<Entry> = flight.request.entries.iter().filter(|entry| !left.contains(entry)).copied().collect();
        let again = flight.request.with(&left);
        let unused = again.write_units();
        self.pace.taken(flight.units - unused, consumed, self.begun.elapsed());
        self.pace.throttled(unused, self.begun.elapsed());
        self.settle(&flight.request, &done, Fate::Written).await?;
        self.again(Flight { request: again, ..flight }, None)
    }

    /// The entries that the answer gives back. An item in it that is none of ours gives back all of them: writing again
    /// does no harm, losing a row does.
    fn unprocessed(&self, request: &Request, answer: &Value) -> Vec<Entry> {
        let items = answer.get("UnprocessedItems").and_then(|tables| tables.as_object()?.values().next()?.as_array());
        let Some(items) = items.filter(|items| !items.is_empty()) else {
            return if answer.is_object() { Vec::new() } else { request.entries.clone() };
        };
        let key = |item: &Value| of_item(item.get("PutRequest")?.get("Item")?, self.table);
        let find = |key: u128| request.entries.iter().find(|entry| entry.key == key).copied();
        let found: Option<Vec<Entry>> = items.iter().map(|item| find(key(item)?)).collect();
        found.unwrap_or_else(|| request.entries.clone())
    }

    async fn refused(&mut self, mut flight: Flight, error: dynamodb::Error) -> Result<(), Error> {
        let ambiguous = flight.ambiguous;
        flight.ambiguous |= error.ambiguous();
        match (error.class(), error.refusal()) {
            (Class::Throttled, Some(refusal)) => {
                self.spent.throttled_requests += 1;
                for cause in causes(refusal) {
                    *self.spent.throttled_by.entry(cause).or_default() += 1;
                }
                self.pace.throttled(flight.units, self.begun.elapsed());
                self.again(flight, Some(error))
            }
            (Class::Condition, Some(refusal)) => {
                self.pace.taken(flight.units, flight.units, self.begun.elapsed());
                self.spent.write_units += flight.units;
                let ours = ambiguous && refusal.item.as_ref().is_some_and(|item| is_ours(&flight.request, item));
                let fate = if ours { Fate::Written } else { Fate::Unchanged };
                self.settle(&flight.request, &flight.request.entries, fate).await
            }
            (Class::Invalid, Some(refusal)) => match flight.request.entries.as_slice() {
                [_] => {
                    let fate = Fate::Refused(refusal.to_string());
                    self.settle(&flight.request, &flight.request.entries, fate).await
                }
                entries => {
                    let (left, right) = entries.split_at(entries.len() / 2);
                    for half in [left, right] {
                        let request = flight.request.with(half);
                        self.launch(Flight { request, attempts: 0, ..flight }, Duration::ZERO);
                    }
                    Ok(())
                }
            },
            (Class::Transient, _) => {
                self.pace.failed();
                self.again(flight, Some(error))
            }
            (Class::Expired, _) if flight.attempts < 4 => self.again(flight, Some(error)),
            _ => {
                self.release(&flight.request.entries);
                Err(error.into())
            }
        }
    }

    /// Sends a request again after a pause, if there is time for it.
    fn again(&mut self, flight: Flight, error: Option<dynamodb::Error>) -> Result<(), Error> {
        let pause = dynamodb::pause(flight.attempts).max(self.pace.wait(self.begun.elapsed()));
        if pause < self.deadline.left() {
            self.launch(flight, pause);
            return Ok(());
        }
        self.release(&flight.request.entries);
        let waited_ms = self.begun.elapsed().as_millis();
        let operation = flight.request.operation.name();
        let message =
            format!("`{operation}` was tried {} times, and time runs out after {waited_ms} ms", flight.attempts);
        Err(match error {
            Some(error) => Error::caused(Kind::Service, message, error),
            None => Error::new(Kind::Service, format!("{message}; the table left items unprocessed")),
        })
    }

    async fn settle(&mut self, request: &Request, entries: &[Entry], fate: Fate) -> Result<(), Error> {
        self.release(entries);
        self.sink.settle(request, entries, fate).await
    }

    fn release(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.held.remove(&entry.key);
        }
    }

    /// Waits for what is on its way, sends nothing again, and settles what comes of it.
    async fn drain(&mut self) -> Result<(), Error> {
        let mut first = Ok(());
        while let Some((flight, result)) = self.flying.next().await {
            let landed = match result {
                Ok(body) => {
                    let answer: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
                    self.spent.write_units += units(&answer);
                    let left = self.unprocessed(&flight.request, &answer);
                    let done: Vec<Entry> =
                        flight.request.entries.iter().filter(|entry| !left.contains(entry)).copied().collect();
                    self.settle(&flight.request, &done, Fate::Written).await
                }
                Err(_) => Ok(()),
            };
            first = first.and(landed);
        }
        first
    }

    fn out_of_time(&self) -> Error {
        let waited_ms = self.begun.elapsed().as_millis();
        Error::new(
            Kind::Service,
            format!(
                "time ran out after {waited_ms} ms of writing; the rows that were not settled are written by the next try, give the function more time or a higher write limit"
            ),
        )
    }
}

/// The capacity units that an answer tells of.
fn units(answer: &Value) -> f64 {
    let of = |consumed: &Value| consumed.get("CapacityUnits").and_then(Value::as_f64).unwrap_or_default();
    match answer.get("ConsumedCapacity") {
        Some(Value::Array(tables)) => tables.iter().map(of).sum(),
        Some(consumed) => of(consumed),
        None => 0.0,
    }
}

/// Whether an item that stood in the way of a condition is the one that an earlier attempt wrote: it holds every
/// value of the request.
fn is_ours(request: &Request, item: &Value) -> bool {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let (Some(item), Some(body)) = (item.as_object(), body.as_object()) else { return false };
    if let Some(put) = body.get("Item").and_then(Value::as_object) {
        return put.iter().all(|(name, value)| item.get(name).is_some_and(|held| same(held, value)));
    }
    let (Some(names), Some(values)) = (
        body.get("ExpressionAttributeNames").and_then(Value::as_object),
        body.get("ExpressionAttributeValues").and_then(Value::as_object),
    ) else {
        return false;
    };
    values.iter().all(|(place, value)| {
        let name = names.get(&place.replacen(':', "#", 1)).and_then(Value::as_str);
        name.and_then(|name| item.get(name)).is_some_and(|held| same(held, value))
    })
}

/// Whether two values in DynamoDB JSON are equal; the members of sets have no order.
fn same(held: &Value, sent: &Value) -> bool {
    let set = |value: &Value| {
        let (kind, members) = value.as_object()?.iter().next()?;
        let mut members: Vec<String> = members.as_array()?.iter().map(ToString::to_string).collect();
        members.sort();
        matches!(kind.as_str(), "SS" | "NS" | "BS").then_some(members)
    };
    held == sent || (set(held).is_some() && set(held) == set(sent))
}
