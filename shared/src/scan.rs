//! Reads items of a table, all or some, at a pace that leaves its readers their share.
//!
//! A scan is eventually consistent: it costs 0.5 read units per 4 KB, of the whole items, however few attributes of them
//! are asked for; a projection saves bandwidth and parsing only. It shows no one moment: an item that is written
//! meanwhile comes as it was or as it is.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>
//!
//! [`run`] reads every item, by several segments at once; [`resume`] reads a portion of them, spread over the table, and
//! goes on where an earlier call ended. `allowance` decides how fast at most, how many segments and how long a page,
//! `pace` when the next page may be asked for, `page` makes requests and reads answers, `portion` how much is still
//! wanted; all of them do no IO.

mod allowance;
mod pace;
mod page;
mod portion;

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use serde_json::{Value, value::RawValue};
use tokio::time::Instant;

pub use self::portion::{Portion, Rest};
use self::{
    allowance::Allowance,
    pace::Pace,
    page::{Page, Request},
    portion::{Gait, Wanted},
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
    let mut visit = visit;
    let read = |body: &Bytes| {
        let page = Page::read(body)?;
        let verdict = visit(&page.items);
        Ok(Read { items: page.items.len(), units: page.units(), after: page.last_evaluated_key, verdict })
    };
    let rest = Rest::whole(table, limit);
    let mut scan = Scan::new(client, table, limit, deadline, spent, rest, read);
    scan.request = Request::new(&table.name, scan.wanted.rest.segments, projected);
    match scan.run().await? {
        End::Complete => Ok(()),
        End::Budget | End::Time => Err(scan.out_of_time()),
    }
}

/// What a page came to.
#[derive(Debug)]
pub struct Read {
    /// How many items it had.
    pub items: usize,
    /// The read units that it cost, where it tells.
    pub units: Option<f64>,
    /// Where the next page begins; none where there is none.
    pub after: Option<Value>,
    /// Whether to go on.
    pub verdict: Result<(), Error>,
}

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All that was wanted has been read.
    Complete,
    /// The budget is spent.
    Budget,
    /// Time is over.
    Time,
}

/// What a scan may take.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Read units a second, or a share of what the table gives.
    pub limit: Amount,
    /// Read units in all.
    pub budget: Option<f64>,
    /// When it has to end.
    pub deadline: Deadline,
}

/// Reads what is left of a portion of a table, whole items, on some terms. `rest` then holds what
/// is left; it may be kept, for another call. `read` gets each answer of Scan as it came; an answer that it cannot
/// read is asked for again.
///
/// # Errors
///
/// The first verdict of `read` that is one, or that of the table as a whole.
pub async fn resume(
    client: &Client,
    table: &Table,
    terms: Terms,
    rest: &mut Rest,
    spent: &mut Spent,
    read: impl FnMut(&Bytes) -> Result<Read, dynamodb::Error>,
) -> Result<End, Error> {
    let mut scan = Scan::new(client, table, Some(terms.limit), terms.deadline, spent, std::mem::take(rest), read);
    scan.wanted.budget = terms.budget;
    let end = scan.run().await;
    // Nobody waits any more for what is under way, and it costs all the same.
    scan.spent.read_units += scan.wanted.expected();
    *rest = scan.kept();
    end
}

/// A page under way.
type Attempt = BoxFuture<'static, (Segment, Result<Bytes, dynamodb::Error>)>;

struct Scan<'a, R> {
    client: &'a Client,
    table: &'a Table,
    deadline: Deadline,
    request: Request,
    allowance: Allowance,
    pace: Pace,
    begun: Instant,
    flying: FuturesUnordered<Attempt>,
    /// The segments whose next page may be asked for, by the time when, and by how many pages they had.
    resting: BTreeMap<(Instant, u32, u32), Segment>,
    wanted: Wanted,
    items: u64,
    /// Why a page was asked for again, the last time.
    last: Option<dynamodb::Error>,
    spent: &'a mut Spent,
    read: R,
}

/// How far a segment is read: at most one page of it is under way.
struct Segment {
    number: u32,
    pages: u32,
    /// The last key of the page before.
    after: Option<Value>,
    /// How many items the page that is under way may have.
    promised: Option<u32>,
    /// How often this page was asked for.
    attempts: u32,
    renewals: u32,
    /// When it was asked for last, and the units that it was thought to cost.
    sent: Duration,
    expected: f64,
}

impl Segment {
    fn new(number: u32, pages: u32, after: Option<Value>) -> Self {
        Self { number, pages, after, promised: None, attempts: 0, renewals: 0, sent: Duration::ZERO, expected: 0.0 }
    }
}

impl<'a, R: FnMut(&Bytes) -> Result<Read, dynamodb::Error>> Scan<'a, R> {
    fn new(
        client: &'a Client,
        table: &'a Table,
        limit: Option<Amount>,
        deadline: Deadline,
        spent: &'a mut Spent,
        rest: Rest,
        read: R,
    ) -> Self {
        let allowance = Allowance::new(table, limit).after(&rest.gait);
        let begun = Instant::now();
        let segment =
            |(number, after): (&u32, &Option<Value>)| ((begun, 0, *number), Segment::new(*number, 0, after.clone()));
        Self {
            client,
            table,
            deadline,
            request: Request::new(&table.name, rest.segments, None),
            pace: Pace::after(allowance.rate, &rest.gait),
            allowance,
            begun,
            flying: FuturesUnordered::new(),
            resting: rest.open.iter().map(segment).collect(),
            wanted: Wanted::new(rest),
            items: 0,
            last: None,
            spent,
            read,
        }
    }

    async fn run(&mut self) -> Result<End, Error> {
        loop {
            if self.wanted.is_complete() {
                return Ok(End::Complete);
            }
            if self.deadline.passed() {
                return Ok(End::Time);
            }
            if self.flying.is_empty() && self.wanted.is_spent() {
                return Ok(End::Budget);
            }
            let wake = self.send();
            tokio::select! {
                biased;
                Some((segment, result)) = self.flying.next(), if !self.flying.is_empty() => {
                    if !self.land(segment, result)? {
                        return Ok(End::Time);
                    }
                }
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// What is left, for another call.
    fn kept(self) -> Rest {
        let (items, units) = self.allowance.learned();
        let gait = Gait { owed: self.pace.owed(self.begun.elapsed()), rate: Some(self.pace.rate()), items, units };
        Rest { gait, ..self.wanted.rest }
    }

    /// Asks for what may be asked for now; answers with the time to look again, should nothing land before.
    fn send(&mut self) -> Instant {
        let end = self.deadline.instant();
        loop {
            let Some(first) = self.resting.first_entry() else { return end };
            let (now, (at, ..)) = (Instant::now(), *first.key());
            if at > now {
                return at.min(end);
            }
            // Something is under way then, and lands before anything else can be asked for.
            if self.flying.len() >= allowance::MOST_AT_ONCE || !self.wanted.wants_more() {
                return end;
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
        let (items, units) = self.allowance.page(self.pace.rate());
        let (items, units) = self.wanted.page(items, units, self.allowance.item_units());
        segment.attempts += 1;
        segment.promised = items;
        segment.expected = units;
        segment.sent = self.begun.elapsed();
        self.pace.spend(units, segment.sent);
        self.wanted.promise(items, units);
        let body = self.request.body(segment.number, items, segment.after.as_ref());
        let (client, deadline) = (self.client.clone(), self.deadline);
        self.flying.push(Box::pin(async move {
            let result = client.attempt("Scan", body, deadline).await;
            (segment, result)
        }));
    }

    /// Takes what came; answers whether there is time for more.
    fn land(&mut self, segment: Segment, result: Result<Bytes, dynamodb::Error>) -> Result<bool, Error> {
        self.wanted.settle(segment.promised, segment.expected);
        match result.and_then(|body| (self.read)(&body)) {
            Ok(page) => self.taken(&segment, page).map(|()| true),
            Err(error) => self.refused(segment, error),
        }
    }

    fn taken(&mut self, segment: &Segment, page: Read) -> Result<(), Error> {
        self.spent.read_units += page.units.unwrap_or_default();
        self.allowance.learn(page.items, page.units);
        self.pace.taken(segment.expected, page.units.unwrap_or(segment.expected));
        self.items += page.items as u64;
        self.wanted.taken(
            segment.number,
            page.items as u64,
            page.units.unwrap_or(segment.expected),
            page.after.as_ref(),
        );
        page.verdict?;
        if page.after.is_some() {
            let next = Segment::new(segment.number, segment.pages + 1, page.after);
            self.resting.insert((Instant::now(), next.pages, next.number), next);
        }
        Ok(())
    }

    fn refused(&mut self, mut segment: Segment, error: dynamodb::Error) -> Result<bool, Error> {
        let mut pause = dynamodb::pause(segment.attempts);
        if matches!(error, dynamodb::Error::Failed(dynamodb::Failure::Lost(_)) | dynamodb::Error::Unreadable { .. }) {
            // It was read, as far as anybody knows, and costs what it would have.
            self.spent.read_units += segment.expected;
            self.wanted.spend(segment.expected);
        }
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
        let is_time = pause < self.deadline.left();
        self.last = Some(error);
        self.resting.insert((Instant::now() + pause, segment.pages, segment.number), segment);
        Ok(is_time)
    }

    fn out_of_time(self) -> Error {
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
        match self.last {
            Some(error) => Error::caused(Kind::Service, message, error),
            None => Error::new(Kind::Service, message),
        }
    }
}
