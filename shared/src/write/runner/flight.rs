//! A request between its first attempt and what becomes of it.

use std::{future::Future, pin::Pin};

use bytes::Bytes;
use serde_json::{Value, value::RawValue};
use tokio::time::Instant;

use crate::{
    dynamodb,
    write::{change::Change, outcome::Before, request::Request},
};

pub(super) type Attempt = Pin<Box<dyn Future<Output = (Flight, Result<Bytes, dynamodb::Error>)> + Send>>;

/// A request on its way, or resting between two attempts.
pub(super) struct Flight {
    pub(super) request: Request,
    pub(super) attempts: u32,
    /// When its last attempt was sent.
    pub(super) sent: Instant,
    pub(super) renewals: u32,
    /// An earlier attempt may have taken effect.
    pub(super) ambiguous: bool,
}

impl Flight {
    pub(super) fn new(request: Request) -> Self {
        Self { request, attempts: 0, sent: Instant::now(), renewals: 0, ambiguous: false }
    }

    pub(super) fn len(&self) -> usize {
        self.request.body.len()
    }

    pub(super) fn units(&self) -> f64 {
        self.request.write_units()
    }

    /// Whether what is there now may be the work of an attempt whose answer was lost.
    pub(super) fn may_have_left(&self, now: Option<&Value>) -> bool {
        Change::read(&self.request).is_some_and(|change| change.is_done(now))
    }

    /// What was there before it, given what its last attempt found: that is the item, unless it may be what an earlier
    /// attempt left.
    pub(super) fn before(&self, found: Option<Box<RawValue>>) -> Before {
        let item = |found: &RawValue| serde_json::from_str::<Value>(found.get()).ok();
        if self.ambiguous && self.may_have_left(found.as_deref().and_then(item).as_ref()) {
            return Before::Unknown;
        }
        found.map_or(Before::Nothing, Before::Item)
    }
}
