//! How many requests at once: enough to keep the table busy, and few enough that none of them waits for another.
//!
//! The answers that come in a second, times the time that an answer takes when nothing waits, is how many requests are
//! on their way (Little's law). Twice as many may be. Where the table has more to give, more answers come, and the number
//! doubles again; where it has not, answers only take longer, and the number stays.

use std::time::Duration;

/// Requests in flight at least, unless they fail: also what a run begins with.
const LEAST: f64 = 32.0;

/// Requests in flight at most.
const MOST: f64 = 128.0;

/// What may be in flight, of what is when nothing waits.
const GAIN: f64 = 2.0;

/// Over how long answers are counted, and of how many such times the best counts.
const COUNTED: Duration = Duration::from_millis(50);
const BEST_OF: usize = 10;

/// For how long the least latency is believed.
const BELIEVED: Duration = Duration::from_secs(10);

/// The requests in flight of one run. Times are since its beginning.
#[derive(Debug)]
pub(super) struct Concurrency {
    /// Answers a second in the last times of counting; the oldest is overwritten.
    rates: [f64; BEST_OF],
    oldest: usize,
    answers: u32,
    counting_since: Duration,
    /// The least latency of this time of believing, and of the one before.
    latency: Option<Duration>,
    before: Option<Duration>,
    believing_since: Duration,
    /// What failures leave.
    cap: f64,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self {
            rates: [0.0; BEST_OF],
            oldest: 0,
            answers: 0,
            counting_since: Duration::ZERO,
            latency: None,
            before: None,
            believing_since: Duration::ZERO,
            cap: MOST,
        }
    }
}

impl Concurrency {
    /// How many requests may be in flight.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 128")]
    pub(super) fn limit(&self) -> usize {
        self.wanted().min(self.cap) as usize
    }

    fn wanted(&self) -> f64 {
        let least = [self.latency, self.before].into_iter().flatten().min().unwrap_or_default();
        let rate = self.rates.iter().copied().fold(0.0, f64::max);
        (GAIN * rate * least.as_secs_f64()).clamp(LEAST, MOST)
    }

    /// An answer came, so long after its request.
    pub(super) fn answered(&mut self, latency: Duration, now: Duration) {
        self.cap = (self.cap + 1.0 / self.cap).min(MOST);
        if now >= self.believing_since + BELIEVED {
            self.before = self.latency.take();
            self.believing_since = now;
        }
        self.latency = Some(self.latency.map_or(latency, |least| least.min(latency)));
        self.answers += 1;
        let counted = now.saturating_sub(self.counting_since);
        if counted >= COUNTED {
            if let Some(rate) = self.rates.get_mut(self.oldest) {
                *rate = f64::from(self.answers) / counted.as_secs_f64();
            }
            self.oldest = (self.oldest + 1) % BEST_OF;
            self.answers = 0;
            self.counting_since = now;
        }
    }

    /// A request failed for the service's own reasons.
    pub(super) fn failed(&mut self) {
        self.cap = (self.wanted().min(self.cap) / 2.0).max(1.0);
    }
}

#[cfg(test)]
mod tests {
    use std::{cmp::Reverse, collections::BinaryHeap};

    use super::*;

    /// Sends as much as may be in flight, for two seconds, to a table that takes so long for an answer and gives at most
    /// so many a second. Answers with what may be in flight at the end, and the answers of the last second.
    fn simulate(latency_ms: f64, most_a_second: f64) -> (usize, f64) {
        let mut concurrency = Concurrency::default();
        let mut flying = BinaryHeap::new();
        let (mut now, mut free_at, mut answers) = (0_u64, 0_u64, 0.0);
        let micros = |millis: f64| Duration::from_secs_f64(millis / 1e3).as_micros().try_into().unwrap();
        let (latency, apart): (u64, u64) = (micros(latency_ms), micros(1e3 / most_a_second));
        while now < 2_000_000 {
            while flying.len() < concurrency.limit() {
                free_at = now.max(free_at) + apart;
                flying.push(Reverse((free_at + latency, now)));
            }
            let Some(Reverse((at, sent))) = flying.pop() else { break };
            now = at;
            concurrency.answered(Duration::from_micros(at - sent), Duration::from_micros(at));
            answers += if now > 1_000_000 { 1.0 } else { 0.0 };
        }
        (concurrency.limit(), answers)
    }

    #[test]
    fn finds_how_many_a_table_takes_at_once() {
        let (limit, answers) = simulate(5.0, 20_000.0);
        assert!(limit == 128 && answers > 19_500.0, "{limit} in flight, {answers} answers a second");
    }

    #[test]
    fn does_not_pile_up_where_nothing_is_gained() {
        let (limit, answers) = simulate(5.0, 2_000.0);
        assert!(limit <= 33 && answers > 1_950.0, "{limit} in flight, {answers} answers a second");
        assert_eq!(simulate(0.1, 20_000.0).0, 32);
    }

    #[test]
    fn halves_with_each_failure_and_recovers() {
        let mut concurrency = Concurrency::default();
        let limits: Vec<usize> = (0..7)
            .map(|_| {
                concurrency.failed();
                concurrency.limit()
            })
            .collect();
        assert_eq!(limits, [16, 8, 4, 2, 1, 1, 1]);
        for answer in 1..=800 {
            concurrency.answered(Duration::from_millis(1), Duration::from_millis(answer));
        }
        assert_eq!(concurrency.limit(), 32);
    }
}
