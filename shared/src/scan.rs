//! Reads all items of a table, at a pace that leaves its readers their share.
//!
//! A scan is eventually consistent: it costs 0.5 read units per 4 KB, of the whole items, however few attributes of them
//! are asked for; a projection saves bandwidth and parsing only. It shows no one moment: an item that is written
//! meanwhile comes as it was or as it is.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>
//!
//! [`run`] reads several segments at once. `allowance` decides how fast at most, how many segments and how long a page,
//! `pace` when the next page may be asked for, `page` makes requests and reads answers; all three do no IO.

mod allowance;
mod pace;
mod page;

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use serde_json::{Value, value::RawValue};
use tokio::time::Instant;

use self::{
    allowance::Allowance,
    pace::Pace,
    page::{Page, Request},
};
use crate::{
    definition::Amount,
    dynamodb::{self, Class, Client},
    error::{Error, Kind},
    table::Table,
    time::Deadline,
    write::{Spent, throttle::causes},
};

/// How long a throttled page rests at most: what keeps the table from more than it gives is the pace, not the rest.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// How often a page is asked for again with new credentials.
const MOST_RENEWALS: u32 = 3;

/// Reads every item of a table once, in no order. `projected` names the attributes to read, of those that an item has;
/// whole items where it is none. `limit` is a number of read units a second or a share of what the table gives, a
/// quarter where it is none. `visit` gets the items of a page, each as the text of its DynamoDB JSON; what it does holds
/// up the scan. What `spent` then holds is also right after an error.
///
/// # Errors
///
/// The first error of `visit` or of the table as a whole; [`Kind::Service`] at the deadline, which says how far it came.
pub async fn run(
    client: &Client,
    table: &Table,
    projected: Option<&[String]>,
    limit: Option<Amount>,
    deadline: Deadline,
    spent: &mut Spent,
    visit: impl FnMut(&[&RawValue]) -> Result<(), Error>,
) -> Result<(), Error> {
    let allowance = Allowance::new(table, limit);
    let begun = Instant::now();
    let segments = (0..allowance.segments).map(|number| ((begun, number), Segment::new(number)));
    let scan = Scan {
        client,
        table,
        deadline,
        request: Request::new(&table.name, allowance.segments, projected),
        pace: Pace::new(allowance.rate),
        allowance,
        begun,
        flying: FuturesUnordered::new(),
        resting: segments.collect(),
        items: 0,
        spent,
        visit,
    };
    scan.run().await
}

/// A page under way.
type Attempt = BoxFuture<'static, (Segment, Result<Bytes, dynamodb::Error>)>;

struct Scan<'a, V> {
    client: &'a Client,
    table: &'a Table,
    deadline: Deadline,
    request: Request,
    allowance: Allowance,
    pace: Pace,
    begun: Instant,
    flying: FuturesUnordered<Attempt>,
    /// The segments whose next page may be asked for, by the time when.
    resting: BTreeMap<(Instant, u32), Segment>,
    items: u64,
    spent: &'a mut Spent,
    visit: V,
}

/// How far a segment is read: at most one page of it is under way.
struct Segment {
    number: u32,
    /// The last key of the page before.
    after: Option<Value>,
    /// How often this page was asked for.
    attempts: u32,
    renewals: u32,
    /// When it was asked for last, and the units that it was thought to cost.
    sent: Duration,
    expected: f64,
}

impl Segment {
    fn new(number: u32) -> Self {
        Self { number, after: None, attempts: 0, renewals: 0, sent: Duration::ZERO, expected: 0.0 }
    }
}

impl<V: FnMut(&[&RawValue]) -> Result<(), Error>> Scan<'_, V> {
    async fn run(mut self) -> Result<(), Error> {
        loop {
            if self.flying.is_empty() && self.resting.is_empty() {
                return Ok(());
            }
            if self.deadline.passed() {
                return Err(self.out_of_time(None));
            }
            let wake = self.send();
            tokio::select! {
                biased;
                Some((segment, result)) = self.flying.next(), if !self.flying.is_empty() => {
                    self.land(segment, result)?;
                }
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Asks for what may be asked for now; answers with the time to look again, should nothing land before.
    fn send(&mut self) -> Instant {
        let end = self.deadline.instant();
        loop {
            let Some(first) = self.resting.first_entry() else { return end };
            let (now, (at, _)) = (Instant::now(), *first.key());
            if at > now {
                return at.min(end);
            }
            let wait = self.pace.wait(self.begun.elapsed());
            if !wait.is_zero() {
                return end.min(now + wait);
            }
            let segment = first.remove();
            self.launch(segment);
        }
    }

    fn launch(&mut self, mut segment: Segment) {
        let (items, expected) = self.allowance.page(self.pace.rate());
        segment.attempts += 1;
        segment.expected = expected;
        segment.sent = self.begun.elapsed();
        self.pace.spend(expected, segment.sent);
        let body = self.request.body(segment.number, items, segment.after.as_ref());
        let (client, deadline) = (self.client.clone(), self.deadline);
        self.flying.push(Box::pin(async move {
            let result = client.attempt("Scan", body, deadline).await;
            (segment, result)
        }));
    }

    fn land(&mut self, segment: Segment, result: Result<Bytes, dynamodb::Error>) -> Result<(), Error> {
        let body = match result {
            Ok(body) => body,
            Err(error) => return self.refused(segment, error),
        };
        match Page::read(&body) {
            Ok(page) => self.taken(&segment, page),
            Err(error) => self.refused(segment, error),
        }
    }

    fn taken(&mut self, segment: &Segment, page: Page<'_>) -> Result<(), Error> {
        let consumed = page.units();
        self.spent.read_units += consumed.unwrap_or_default();
        self.allowance.learn(page.items.len(), consumed);
        self.pace.taken(segment.expected, consumed.unwrap_or(segment.expected));
        self.items += u64::try_from(page.items.len()).unwrap_or(u64::MAX);
        (self.visit)(&page.items)?;
        if let Some(after) = page.last_evaluated_key {
            let next = Segment { after: Some(after), ..Segment::new(segment.number) };
            self.resting.insert((Instant::now(), next.number), next);
        }
        Ok(())
    }

    fn refused(&mut self, mut segment: Segment, error: dynamodb::Error) -> Result<(), Error> {
        let mut pause = dynamodb::pause(segment.attempts);
        match error.class() {
            Class::Throttled => {
                self.spent.throttled_requests += 1;
                for cause in error.refusal().map(causes).unwrap_or_default() {
                    *self.spent.throttled_by.entry(cause).or_default() += 1;
                }
                self.pace.throttled(segment.sent, self.begun.elapsed());
                pause = pause.min(LONGEST_REST);
            }
            Class::Transient => {}
            Class::Expired if segment.renewals < MOST_RENEWALS => segment.renewals += 1,
            _ => return Err(Error::from(error).of(format!("table `{}` cannot be scanned", self.table.name))),
        }
        if pause >= self.deadline.left() {
            return Err(self.out_of_time(Some(error)));
        }
        self.resting.insert((Instant::now() + pause, segment.number), segment);
        Ok(())
    }

    fn out_of_time(&self, cause: Option<dynamodb::Error>) -> Error {
        let about = match self.table.item_count {
            0 => String::new(),
            count => format!(" of about {count}"),
        };
        let message = format!(
            "the scan of table `{}` had read {} items{about} after {} ms when time ran out, at {} read units a second at most; give the function more time, or raise `limits.read_units_per_second`",
            self.table.name,
            self.items,
            self.begun.elapsed().as_millis(),
            self.allowance.rate,
        );
        match cause {
            Some(error) => Error::caused(Kind::Service, message, error),
            None => Error::new(Kind::Service, message),
        }
    }
}
