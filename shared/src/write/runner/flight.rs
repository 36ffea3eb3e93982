//! A request between its first attempt and what becomes of it.

use std::{future::Future, pin::Pin};

use bytes::Bytes;
use tokio::time::Instant;

use crate::{dynamodb, write::request::Request};

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
}
