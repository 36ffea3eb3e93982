//! When the next page may be asked for.
//!
//! Pages go out so far apart that they keep to the rate. A throttled page halves the rate, once a second at most; while
//! nothing is throttled it grows back to what is allowed. What is throttled counts as if it had been read: so the pages
//! of all segments wait for their next attempt, too.

use std::time::Duration;

use super::portion::Gait;

/// How long nothing must have been throttled for the rate to be cut again, or to grow.
const CALM: Duration = Duration::from_secs(1);

/// What a second adds to the rate: it doubles in two.
const GROWTH: f64 = 1.4;

/// What a cut leaves at least, in units a second.
const LEAST_RATE: f64 = 1.0;

/// How late a page may go without the next one being later, too.
const LATE_SECONDS: f64 = 0.05;

/// The pace of one scan. Times are since its beginning.
#[derive(Debug)]
pub(super) struct Pace {
    most: f64,
    rate: f64,
    /// When the next page may go, in seconds.
    free_at: f64,
    /// When the rate was looked at, cut, and something throttled last.
    at: Duration,
    cut_at: Option<Duration>,
    throttled_at: Option<Duration>,
}

impl Pace {
    /// A pace of so many read units a second at most.
    pub(super) fn new(most: f64) -> Self {
        Self { most, rate: most, free_at: 0.0, at: Duration::ZERO, cut_at: None, throttled_at: None }
    }

    /// A pace that goes on as another one ended.
    pub(super) fn after(most: f64, gait: &Gait) -> Self {
        let rate = gait.rate.map_or(most, |rate| rate.min(most));
        Self { rate, free_at: gait.owed.as_secs_f64(), ..Self::new(most) }
    }

    /// How long the next page would have to wait.
    pub(super) fn owed(&self, now: Duration) -> Duration {
        Duration::try_from_secs_f64(self.free_at - now.as_secs_f64()).unwrap_or_default()
    }

    /// Read units a second, now.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// How long the next page has to wait.
    pub(super) fn wait(&mut self, now: Duration) -> Duration {
        if self.throttled_at.is_none_or(|at| now >= at + CALM) {
            let seconds = now.saturating_sub(self.at).as_secs_f64();
            self.rate = (self.rate * GROWTH.powf(seconds)).min(self.most);
        }
        self.at = now;
        let seconds = self.free_at - now.as_secs_f64();
        if seconds > 0.0 { Duration::from_secs_f64(seconds.clamp(0.000_1, 60.0)) } else { Duration::ZERO }
    }

    /// A page that is thought to cost so many units goes out.
    pub(super) fn spend(&mut self, units: f64, now: Duration) {
        self.free_at = self.free_at.max(now.as_secs_f64() - LATE_SECONDS) + units / self.rate;
    }

    /// A page came that was thought to cost `expected` units and did cost `consumed`.
    pub(super) fn taken(&mut self, expected: f64, consumed: f64) {
        self.free_at += (consumed - expected) / self.rate;
    }

    /// A page that was asked for at a time was throttled.
    pub(super) fn throttled(&mut self, sent: Duration, now: Duration) {
        self.throttled_at = Some(now);
        if self.cut_at.is_none_or(|at| sent >= at && now >= at + CALM) {
            self.rate = (self.rate / 2.0).max(LEAST_RATE).min(self.most);
            self.cut_at = Some(now);
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "halves and bounds are exact")]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn pages_keep_to_the_rate() {
        let mut pace = Pace::new(10.0);
        assert_eq!(pace.wait(at(5.0)), Duration::ZERO, "the first goes at once");
        pace.spend(20.05, at(5.0));
        pace.taken(20.05, 30.5);
        assert_eq!(pace.wait(at(5.0)), at(3.0), "what it cost more is waited for");
        assert_eq!(pace.wait(at(8.0)), Duration::ZERO);
    }

    #[test]
    fn throttling_halves_the_rate_once_a_second_and_calm_brings_it_back() {
        let mut pace = Pace::new(100.0);
        let mut throttled = |sent: f64, now: f64| {
            pace.wait(at(now));
            pace.throttled(at(sent), at(now));
            pace.rate()
        };
        assert_eq!(throttled(0.0, 0.1), 50.0);
        assert_eq!(throttled(0.1, 0.2), 50.0, "what comes at once is the same trouble");
        assert_eq!(throttled(0.05, 1.15), 50.0, "and so is what was sent before");
        assert_eq!(throttled(1.1, 1.2), 25.0);
        pace.wait(at(2.0));
        assert_eq!(pace.rate(), 25.0);
        for tenth in 23..90 {
            pace.wait(at(f64::from(tenth) / 10.0));
        }
        assert_eq!(pace.rate(), 100.0);
    }

    #[test]
    fn no_cut_leaves_less_than_a_unit_nor_more_than_is_allowed() {
        for (most, least) in [(100.0, 1.0), (0.25, 0.25)] {
            let mut pace = Pace::new(most);
            for second in 0..20 {
                pace.throttled(at(f64::from(second)), at(f64::from(second)));
            }
            assert_eq!(pace.rate(), least);
        }
    }
}
