//! Sends requests, and says of every row what became of it.

mod answer;
mod flight;

use std::{
    collections::{BTreeMap, VecDeque},
    future::Future,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, stream::FuturesUnordered};
use tokio::{sync::mpsc, time::Instant};

use self::{
    answer::{Answer, is_ours},
    flight::{Attempt, Flight},
};
use super::{
    Pace,
    concurrency::Concurrency,
    request::{Entry, Operation, Request},
    throttle::causes,
};
use crate::{
    dynamodb::{self, Class, Client},
    error::{Error, Kind},
    mapping::KeySet,
    reject::Reject,
    row::Batch,
    table::Table,
    time::Deadline,
};

/// The bytes of all requests that are sent and not settled; one more always may go.
const BYTES_IN_FLIGHT: usize = 8 << 20;

/// How many requests may wait for another attempt while new ones go out.
const MOST_RESTING: usize = 256;

/// How long a throttled request rests at most: what keeps the table from more than it takes is the pace, not the rest.
const LONGEST_REST: Duration = Duration::from_millis(100);

/// How many requests a blocked one may be overtaken by: a key that many rows in a row write does not hold up the rest.
const OVERTAKING: usize = 32;

/// How often a request is sent again with new credentials.
const MOST_RENEWALS: u32 = 3;

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

/// Writes everything that comes, in the order of each key, until the channel closes; what `spent` then holds is also
/// right after an error.
///
/// # Errors
///
/// The first error of the producer, of the sink, of the table as a whole, or that of the deadline. Requests on their
/// way have then been waited for and settled; nothing was sent again.
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
        concurrency: Concurrency::default(),
        begun: Instant::now(),
        flying: FuturesUnordered::new(),
        resting: BTreeMap::new(),
        rests: 0,
        bytes: 0,
        held: KeySet::default(),
        waiting: VecDeque::new(),
        ending: false,
        sink,
        spent,
    };
    let result = runner.work(&mut prepared).await;
    drop(prepared);
    if result.is_err() {
        runner.drain().await;
    }
    result
}

struct Runner<'a, S> {
    client: &'a Client,
    table: &'a Table,
    deadline: Deadline,
    pace: Pace,
    concurrency: Concurrency,
    begun: Instant,
    flying: FuturesUnordered<Attempt>,
    /// Requests that wait for another attempt, by its time.
    resting: BTreeMap<(Instant, u64), Flight>,
    rests: u64,
    bytes: usize,
    /// The keys of requests that are not settled: none of them is written by two requests at once.
    held: KeySet,
    waiting: VecDeque<Request>,
    /// Nothing is sent any more.
    ending: bool,
    sink: &'a mut S,
    spent: &'a mut Spent,
}

impl<S: Sink> Runner<'_, S> {
    async fn work(&mut self, prepared: &mut mpsc::Receiver<Result<Prepared, Error>>) -> Result<(), Error> {
        let mut open = true;
        loop {
            if self.deadline.passed() {
                return Err(self.out_of_time("time ran out", None));
            }
            let wake = self.send();
            if self.waiting.is_empty() && !open && self.idle() {
                return Ok(());
            }
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

    fn idle(&self) -> bool {
        self.flying.is_empty() && self.resting.is_empty()
    }

    /// Sends what may be sent now; answers with the time to look again, should nothing land before.
    fn send(&mut self) -> Instant {
        let end = self.deadline.instant();
        loop {
            let now = Instant::now();
            let room = self.flying.len() < self.concurrency.limit() || self.flying.is_empty();
            let rested = self.resting.keys().next().map(|(at, _)| *at);
            let again = room && rested.is_some_and(|at| at <= now);
            let next = if room && !again { self.next() } else { None };
            if !again && next.is_none() {
                return rested.filter(|_| room).map_or(end, |at| at.min(end));
            }
            let wait = self.pace.wait(self.begun.elapsed());
            if !wait.is_zero() {
                return end.min(now + wait);
            }
            if again {
                let Some((_, flight)) = self.resting.pop_first() else { continue };
                self.bytes -= flight.len();
                self.launch(flight);
            } else if let Some(request) = next.and_then(|place| self.waiting.remove(place)) {
                self.held.extend(request.entries.iter().map(|entry| entry.key));
                self.launch(Flight::new(request));
            }
        }
    }

    /// The first request that may go before those ahead of it: none of its keys is held, and none is theirs.
    fn next(&self) -> Option<usize> {
        if !self.idle() && (self.bytes >= BYTES_IN_FLIGHT || self.resting.len() >= MOST_RESTING) {
            return None;
        }
        let mut ahead = KeySet::default();
        for (place, request) in self.waiting.iter().take(OVERTAKING).enumerate() {
            let mut keys = request.entries.iter().map(|entry| entry.key);
            if keys.all(|key| !self.held.contains(&key) && !ahead.contains(&key)) {
                return Some(place);
            }
            ahead.extend(request.entries.iter().map(|entry| entry.key));
        }
        None
    }

    fn launch(&mut self, mut flight: Flight) {
        flight.attempts += 1;
        flight.sent = Instant::now();
        self.bytes += flight.len();
        self.pace.spend(flight.units());
        let (client, deadline) = (self.client.clone(), self.deadline);
        let conditional = flight.request.operation != Operation::BatchWriteItem;
        self.flying.push(Box::pin(async move {
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
        self.bytes -= flight.len();
        let operation = flight.request.operation.name();
        match result.and_then(|body| Answer::read(operation, &body)) {
            Ok(answer) => self.taken(flight, &answer).await,
            Err(error) => self.refused(flight, error).await,
        }
    }

    /// A request was taken, perhaps not all of it.
    async fn taken(&mut self, flight: Flight, answer: &Answer) -> Result<(), Error> {
        let consumed = answer.units();
        self.spent.write_units += consumed.unwrap_or_default();
        let left = answer.unprocessed(&flight.request, self.table);
        let (sent, elapsed) = (flight.sent - self.begun, self.begun.elapsed());
        self.concurrency.answered(elapsed.saturating_sub(sent), elapsed);
        if left.is_empty() {
            self.pace.taken(flight.units(), consumed.unwrap_or(flight.units()), sent, elapsed);
            return self.settle(&flight.request, &flight.request.entries, Fate::Written).await;
        }
        self.spent.throttled_requests += 1;
        *self.spent.throttled_by.entry("unprocessed".to_owned()).or_default() += 1;
        let done: Vec<Entry> = flight.request.entries.iter().filter(|entry| !left.contains(entry)).copied().collect();
        let again = Flight { request: flight.request.with(&left), ..flight };
        let expected = flight.request.write_units() - again.units();
        self.pace.taken(expected, consumed.unwrap_or(expected), sent, elapsed);
        self.pace.throttled(again.units(), sent, elapsed);
        self.settle(&flight.request, &done, Fate::Written).await?;
        self.again(again, None)
    }

    async fn refused(&mut self, mut flight: Flight, error: dynamodb::Error) -> Result<(), Error> {
        let ambiguous = flight.ambiguous;
        flight.ambiguous |= error.ambiguous();
        let (sent, elapsed) = (flight.sent - self.begun, self.begun.elapsed());
        match (error.class(), error.refusal()) {
            (Class::Throttled, Some(refusal)) => {
                self.spent.throttled_requests += 1;
                for cause in causes(refusal) {
                    *self.spent.throttled_by.entry(cause).or_default() += 1;
                }
                self.pace.throttled(flight.units(), sent, elapsed);
                self.again(flight, Some(error))
            }
            (Class::Condition, Some(refusal)) => {
                self.concurrency.answered(elapsed.saturating_sub(sent), elapsed);
                // A condition that is not met costs as much as the write would.
                self.pace.taken(flight.units(), flight.units(), sent, elapsed);
                self.spent.write_units += flight.units();
                let ours = ambiguous && refusal.item.as_ref().is_some_and(|item| is_ours(&flight.request, item));
                let fate = if ours { Fate::Written } else { Fate::Unchanged };
                self.settle(&flight.request, &flight.request.entries, fate).await
            }
            (Class::Invalid, Some(refusal)) => {
                self.concurrency.answered(elapsed.saturating_sub(sent), elapsed);
                self.pace.taken(flight.units(), 0.0, sent, elapsed);
                let fate = Fate::Refused(format!("{}: {}", refusal.name, refusal.message));
                self.invalid(flight, fate).await
            }
            (Class::Transient, _) => {
                self.concurrency.failed();
                self.again(flight, Some(error))
            }
            (Class::Expired, _) if flight.renewals < MOST_RENEWALS => {
                flight.renewals += 1;
                self.again(flight, Some(error))
            }
            _ => {
                self.release(&flight.request.entries);
                Err(error.into())
            }
        }
    }

    /// A request is not acceptable for one item in it: which, is found by halves.
    async fn invalid(&mut self, flight: Flight, fate: Fate) -> Result<(), Error> {
        let entries = &flight.request.entries;
        if entries.len() < 2 {
            return self.settle(&flight.request, entries, fate).await;
        }
        let (left, right) = entries.split_at(entries.len() / 2);
        for half in [left, right] {
            if self.ending {
                self.release(half);
            } else {
                self.launch(Flight::new(flight.request.with(half)));
            }
        }
        Ok(())
    }

    /// Lets a request rest before another attempt, if there is time for one.
    fn again(&mut self, flight: Flight, error: Option<dynamodb::Error>) -> Result<(), Error> {
        if self.ending {
            self.release(&flight.request.entries);
            return Ok(());
        }
        let mut pause = dynamodb::pause(flight.attempts);
        if error.as_ref().is_none_or(|error| error.class() == Class::Throttled) {
            pause = pause.min(LONGEST_REST);
        }
        if pause < self.deadline.left() {
            self.bytes += flight.len();
            self.rests += 1;
            self.resting.insert((Instant::now() + pause, self.rests), flight);
            return Ok(());
        }
        self.release(&flight.request.entries);
        let (operation, attempts) = (flight.request.operation.name(), flight.attempts);
        Err(self.out_of_time(&format!("`{operation}` was tried {attempts} times, and time runs out"), error))
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

    /// Waits for what is on its way, sends nothing again, and settles what comes of it. The run has its error already.
    async fn drain(&mut self) {
        self.ending = true;
        while let Some((flight, result)) = self.flying.next().await {
            _ = self.land(flight, result).await;
        }
    }

    fn out_of_time(&self, what: &str, cause: Option<dynamodb::Error>) -> Error {
        let waited_ms = self.begun.elapsed().as_millis();
        let message = format!(
            "{what} after {waited_ms} ms of writing; rows that are not in the report's counts were not written, the next try writes them: give the function more time, or the table more capacity"
        );
        match cause {
            Some(error) => Error::caused(Kind::Service, message, error),
            None => Error::new(Kind::Service, message),
        }
    }
}
