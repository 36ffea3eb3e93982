//! What comes of requests: each answer settles its rows, or sends them again.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::{Flight, Runner, answer::Answer};
use crate::{
    dynamodb::{self, Class},
    error::Error,
    write::{
        outcome::{Before, Fate, Sink},
        request::{Entry, Request},
        throttle::causes,
    },
};

/// How long a throttled request rests at most: what keeps the table from more than it takes is the pace, not the rest.
const LONGEST_REST: Duration = Duration::from_millis(100);

/// How often a request is sent again with new credentials.
const MOST_RENEWALS: u32 = 3;

impl<S: Sink> Runner<'_, S> {
    pub(super) async fn land(&mut self, flight: Flight, result: Result<Bytes, dynamodb::Error>) -> Result<(), Error> {
        self.bytes -= flight.len();
        let operation = flight.request.operation.name();
        match result.and_then(|body| Answer::read(operation, &body)) {
            Ok(answer) => self.taken(flight, answer).await,
            Err(error) => self.refused(flight, error).await,
        }
    }

    /// A request was taken, perhaps not all of it.
    async fn taken(&mut self, flight: Flight, answer: Answer) -> Result<(), Error> {
        let consumed = answer.units();
        self.spent.write_units += consumed.unwrap_or_default();
        let left = answer.unprocessed(&flight.request, self.table);
        let (sent, elapsed) = (flight.sent - self.begun, self.begun.elapsed());
        self.concurrency.answered(elapsed.saturating_sub(sent), elapsed);
        if left.is_empty() {
            self.pace.taken(flight.units(), consumed.unwrap_or(flight.units()), sent, elapsed);
            let before = flight.request.images.then(|| flight.before(answer.attributes));
            return self.written(&flight.request, before).await;
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
                if ambiguous && flight.may_have_left(refusal.item.as_ref()) {
                    return self.written(&flight.request, flight.request.images.then_some(Before::Unknown)).await;
                }
                self.settle(&flight.request, &flight.request.entries, Fate::Unchanged).await
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

    /// Settles what was written, and tells before that what was there.
    async fn written(&mut self, request: &Request, before: Option<Before>) -> Result<(), Error> {
        let told = match (before, request.entries.first()) {
            (Some(before), Some(entry)) => self.sink.before(request, entry, before).await,
            _ => Ok(()),
        };
        self.settle(request, &request.entries, Fate::Written).await.and(told)
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
}
