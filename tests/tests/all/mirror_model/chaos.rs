//! What goes wrong between a mirror, its table and its bucket.

use bytes::Bytes;
use fastrand::Rng;
use rowferry_tests::fault::{self, Fault, bucket};

use super::{
    extract::{Item, REFUSED},
    spy::Spy,
};

/// What goes wrong.
pub(super) struct Chaos {
    pub(super) random: Rng,
    /// Of so many requests in a thousand something goes wrong.
    pub(super) rate: u32,
    pub(super) slow: bool,
    /// After so many requests an application puts an item.
    pub(super) application: Option<(usize, Item)>,
}

impl Chaos {
    pub(super) fn request(&mut self, name: &str, body: &Bytes, spy: &Spy) -> Fault {
        match self.application.take() {
            Some((0, item)) => spy.application(&item),
            Some((requests, item)) => self.application = Some((requests - 1, item)),
            None => {}
        }
        if fault::is_write(name, body) && fault::contains(body, REFUSED) {
            return Fault::Invalid;
        }
        if self.random.u32(..1_000) >= self.rate {
            return if self.slow { Fault::Slow(self.random.u64(..30)) } else { Fault::None };
        }
        if name.starts_with("Batch") && self.random.bool() {
            return Fault::Unprocessed(self.random.usize(1..9));
        }
        match self.random.u8(..36) {
            0..5 => Fault::Throttled("TableWriteProvisionedThroughputExceeded"),
            5..8 => Fault::ServerError,
            8..12 => Fault::ServerErrorAfter,
            12..14 => Fault::Unreached,
            14..18 => Fault::LostBefore,
            18..23 => Fault::LostAfter,
            23..26 => Fault::Truncated,
            26..29 => Fault::Expired,
            29..32 => Fault::Slow(self.random.u64(..15_000)),
            _ => Fault::SlowAfter(self.random.u64(..15_000)),
        }
    }

    pub(super) fn call(&mut self, name: &str) -> bucket::Fault {
        if self.random.u32(..20_000) >= self.rate {
            return bucket::Fault::None;
        }
        match (name, self.random.u8(..3)) {
            ("get", 0) => bucket::Fault::Cut(self.random.usize(..200)),
            // Time stands still while a thread reads.
            ("get", _) | (_, 0) => bucket::Fault::Service,
            (_, 1) => bucket::Fault::ServiceAfter,
            _ => bucket::Fault::Slow(self.random.u64(..4_000)),
        }
    }
}
