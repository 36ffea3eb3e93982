//! Write units that are enforced: a bucket of tokens for each partition.

use std::hash::{DefaultHasher, Hash, Hasher};

/// How many partitions the table has.
pub(crate) const PARTITIONS: usize = 4;

/// What a partition takes in a second.
pub(crate) const PARTITION_UNITS: f64 = 1000.0;

/// When the allowance halves, in seconds after the first write.
pub(crate) const HALVES_AFTER_S: f64 = 15.0;

/// The share of the keys that one partition holds when it is hot.
pub(crate) const HOT_SHARE: f64 = 0.5;

/// What a partition may save up, in seconds of its allowance; it begins with that. DynamoDB lets tables save up to 300
/// seconds, which would only hide for five minutes what is looked for here.
const BURST_S: f64 = 0.1;

/// How much is allowed, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// The same all the time, the keys spread evenly.
    Steady,
    /// Half of it from [`HALVES_AFTER_S`] on.
    Halves,
    /// The same all the time, but [`HOT_SHARE`] of the keys lie in one partition.
    Hot,
}

impl Plan {
    pub(crate) const NAMES: [(&str, Self); 3] =
        [("steady", Self::Steady), ("halves", Self::Halves), ("hot", Self::Hot)];
}

/// The buckets. Times are seconds since the first write.
pub(super) struct Capacity {
    plan: Plan,
    room: [f64; PARTITIONS],
    taken: [f64; PARTITIONS],
    at: f64,
    last: f64,
}

impl Capacity {
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan, room: [PARTITION_UNITS * BURST_S; PARTITIONS], taken: [0.0; PARTITIONS], at: 0.0, last: 0.0 }
    }

    /// The partition of a key.
    pub(super) fn partition(&self, key: &str) -> usize {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let hash = hasher.finish();
        #[expect(clippy::cast_precision_loss, reason = "a place between 0 and 1")]
        let place = (hash >> 11) as f64 / (1_u64 << 53) as f64;
        let (hot, evenly) = (self.plan == Plan::Hot, |of: usize| usize::try_from(hash % of as u64).expect("small"));
        match hot {
            true if place < HOT_SHARE => 0,
            true => 1 + evenly(PARTITIONS - 1),
            false => evenly(PARTITIONS),
        }
    }

    /// Takes a unit of a partition, if it has one left.
    pub(super) fn take(&mut self, partition: usize, now: f64) -> bool {
        let more = self.granted(now) - self.granted(self.at);
        let most = self.rate(now) * BURST_S;
        for room in &mut self.room {
            *room = (*room + more).min(most);
        }
        self.at = now;
        if self.room[partition] < 1.0 {
            return false;
        }
        self.room[partition] -= 1.0;
        self.taken[partition] += 1.0;
        self.last = now;
        true
    }

    /// Whether another partition could have taken a unit when one was refused last.
    pub(super) fn is_one_key_range(&self) -> bool {
        self.room.iter().any(|room| *room >= 1.0)
    }

    /// The units that were taken, and those that were allowed until the last of them was: those of all partitions, or
    /// of the hot one where there is one. No loader could have taken more: rows of the others cannot make up for it.
    pub(super) fn used(&self) -> (f64, f64) {
        let counted = if self.plan == Plan::Hot { &self.taken[..1] } else { &self.taken[..] };
        let each = PARTITION_UNITS * BURST_S + self.granted(self.last);
        #[expect(clippy::cast_precision_loss, reason = "at most four")]
        let partitions = counted.len() as f64;
        (counted.iter().sum(), each * partitions)
    }

    /// Seconds from the first write to the last that was taken.
    pub(super) fn seconds(&self) -> f64 {
        self.last
    }

    fn rate(&self, now: f64) -> f64 {
        if self.plan == Plan::Halves && now >= HALVES_AFTER_S { PARTITION_UNITS / 2.0 } else { PARTITION_UNITS }
    }

    /// What a partition was allowed since the first write, without what it had saved up.
    fn granted(&self, now: f64) -> f64 {
        let halved = if self.plan == Plan::Halves { (now - HALVES_AFTER_S).max(0.0) } else { 0.0 };
        PARTITION_UNITS * (now - halved / 2.0)
    }
}
