//! Sends requests: which may go, and when. What comes of them is told in [`landing`].

mod answer;
mod flight;
mod landing;

use std::collections::{BTreeMap, VecDeque};

use futures::{StreamExt, stream::FuturesUnordered};
use tokio::{sync::mpsc, time::Instant};

use self::flight::{Attempt, Flight};
use super::{
    Pace,
    concurrency::Concurrency,
    outcome::{Sink, Spent},
    request::{Operation, Prepared, Request},
};
use crate::{
    dynamodb::{self, Client},
    error::{Error, Kind},
    mapping::KeySet,
    table::Table,
    time::Deadline,
};

/// The bytes of all requests that are sent and not settled; one more always may go.
const BYTES_IN_FLIGHT: usize = 8 << 20;

/// How many requests may wait for another attempt while new ones go out.
const MOST_RESTING: usize = 256;

/// How many requests a blocked one may be overtaken by: a key that many rows in a row write does not hold up the rest.
const OVERTAKING: usize = 32;

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
