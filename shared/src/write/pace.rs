//! How fast: a rate of write units that follows what the table takes.
//!
//! A run begins without a rate. The first throttling sets it a little below what the table was just seen to take; from
//! there it grows, slowly near the rate that throttled last, faster the longer nothing is throttled. So it stays close
//! under the limit, and finds a limit that was raised.

use std::{collections::VecDeque, time::Duration};

/// Over how long the rate that the table takes is measured.
const MEASURED: Duration = Duration::from_millis(500);

/// How long after a cut further throttling belongs to the same crowd of requests.
const SAME_CROWD: Duration = Duration::from_millis(100);

/// What is left of the measured rate by a cut.
const CUT: f64 = 0.96;

/// The rate that a cut leaves at least, in units a second.
const LEAST_RATE: f64 = 25.0;

/// What a second adds to a rate that is near the one that throttled last, and to one that is far below or above it.
const GROWTH_NEAR: f64 = 0.01;
const GROWTH_FAR: f64 = 0.5;

/// What counts as near.
const NEAR: std::ops::Range<f64> = 0.95..1.15;

/// What may be saved up, in seconds of the rate.
const BURST_SECONDS: f64 = 0.05;

/// The pace of one run. Times are since its beginning.
#[derive(Debug)]
pub struct Pace {
    ceiling: Option<f64>,
    rate: Option<f64>,
    saved_units: f64,
    at: Duration,
    cut_at: Option<Duration>,
    /// What the table took when it throttled last.
    limit: f64,
    taken: VecDeque<(Duration, f64)>,
}

impl Pace {
    /// A pace that never goes past so many write units a second.
    #[must_use]
    pub fn new(ceiling: Option<f64>) -> Self {
        Self {
            ceiling,
            rate: ceiling,
            saved_units: 1.0,
            at: Duration::ZERO,
            cut_at: None,
            limit: 0.0,
            taken: VecDeque::new(),
        }
    }

    /// How long the next request has to wait.
    pub fn wait(&mut self, now: Duration) -> Duration {
        self.pass(now);
        match self.rate {
            Some(rate) if self.saved_units <= 0.0 => {
                Duration::from_secs_f64((-self.saved_units / rate).clamp(0.000_1, 60.0))
            }
            _ => Duration::ZERO,
        }
    }

    /// A request of so many units goes out.
    pub fn spend(&mut self, units: f64) {
        if self.rate.is_some() {
            self.saved_units -= units;
        }
    }

    /// A request was taken; it was thought to cost `expected` units and did cost `consumed`.
    pub fn taken(&mut self, expected: f64, consumed: f64, now: Duration) {
        self.spend(consumed - expected);
        self.taken.push_back((now, consumed));
        self.forget(now);
    }

    /// A request of so many units was throttled, wholly or in part.
    pub fn throttled(&mut self, expected: f64, now: Duration) {
        self.saved_units += expected;
        if self.cut_at.is_some_and(|cut| now < cut + SAME_CROWD) {
            return;
        }
        self.pass(now);
        let measured = self.measure(now);
        let rate = self.rate.map_or(measured, |rate| rate.min(measured));
        self.rate = Some((rate * CUT).max(LEAST_RATE).min(self.ceiling.unwrap_or(f64::MAX)));
        self.limit = measured.max(LEAST_RATE);
        self.cut_at = Some(now);
        self.saved_units = self.saved_units.min(0.0);
    }

    /// The units a second that the table was just seen to take: since the last cut where that is not long ago.
    fn measure(&mut self, now: Duration) -> f64 {
        self.forget(now);
        let since = now.saturating_sub(MEASURED).max(self.cut_at.unwrap_or_default());
        let units: f64 = self.taken.iter().rev().take_while(|(at, _)| *at > since).map(|(_, units)| units).sum();
        units / now.saturating_sub(since).as_secs_f64().max(0.02)
    }

    fn forget(&mut self, now: Duration) {
        while self.taken.front().is_some_and(|(at, _)| *at + MEASURED < now) {
            self.taken.pop_front();
        }
    }

    fn pass(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        let Some(rate) = self.rate else { return };
        self.saved_units = (self.saved_units + rate * seconds).min((rate * BURST_SECONDS).max(1.0));
        if self.cut_at.is_some() {
            let growth = if NEAR.contains(&(rate / self.limit)) { GROWTH_NEAR } else { GROWTH_FAR };
            self.rate = Some((rate * (1.0 + growth * seconds)).min(self.ceiling.unwrap_or(f64::MAX)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes of one unit as fast as the pace lets them, for so many seconds, to a table that takes `capacity` units a
    /// second and throttles the rest. Answers with the share of the capacity used and the share sent again.
    fn simulate(pace: &mut Pace, capacity: impl Fn(f64) -> f64, seconds: f64) -> (f64, f64) {
        let (mut now, mut room, mut offered) = (0.0, capacity(0.0) * 0.2, 0.0);
        let (mut taken, mut again) = (0.0, 0.0);
        while now < seconds {
            let at = Duration::from_secs_f64(now);
            let wait = pace.wait(at);
            let step = if wait.is_zero() { 0.000_05 } else { wait.as_secs_f64() };
            if wait.is_zero() {
                pace.spend(1.0);
                if room >= 1.0 {
                    room -= 1.0;
                    taken += 1.0;
                    pace.taken(1.0, 1.0, at);
                } else {
                    again += 1.0;
                    pace.throttled(1.0, at);
                }
            }
            now += step;
            room = (room + capacity(now) * step).min(capacity(now) * 0.2);
            offered += capacity(now) * step;
        }
        (taken / offered, again / (taken + again))
    }

    #[test]
    fn uses_what_the_table_gives_and_sends_little_again() {
        let (used, again) = simulate(&mut Pace::new(None), |_| 4000.0, 30.0);
        assert!(used > 0.95 && again < 0.03, "used {used}, again {again}");
    }

    #[test]
    fn follows_an_allowance_that_halves() {
        let (used, again) = simulate(&mut Pace::new(None), |now| if now < 15.0 { 4000.0 } else { 2000.0 }, 30.0);
        assert!(used > 0.93 && again < 0.05, "used {used}, again {again}");
    }

    #[test]
    fn never_goes_past_its_ceiling() {
        let (used, again) = simulate(&mut Pace::new(Some(500.0)), |_| 4000.0, 20.0);
        assert!((0.12..0.1265).contains(&used) && again == 0.0, "used {used}, again {again}");
    }

    #[test]
    fn counts_what_indexes_cost_more_than_expected() {
        let mut pace = Pace::new(Some(100.0));
        pace.spend(1.0);
        pace.taken(1.0, 51.0, Duration::ZERO);
        assert_eq!(pace.wait(Duration::ZERO), Duration::from_millis(500));
    }
}
