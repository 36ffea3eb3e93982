//! How fast: a rate of write units and a number of requests in flight that follow what the table takes.

use std::time::Duration;

/// Requests in flight to begin with, and at most.
const FIRST_IN_FLIGHT: f64 = 32.0;
const MOST_IN_FLIGHT: f64 = 256.0;

/// What throttling takes off the rate that was just reached.
const CUT: f64 = 0.85;

/// What a second without throttling adds to the rate.
const GROWTH_PER_SECOND: f64 = 0.08;

/// How long after a cut further throttling belongs to the same crowd of requests.
const SAME_CROWD: Duration = Duration::from_millis(400);

/// What may be saved up, in seconds of the rate.
const BURST_SECONDS: f64 = 0.1;

/// The pace of one run. Times are since its beginning.
#[derive(Debug)]
pub struct Pace {
    ceiling: Option<f64>,
    rate: Option<f64>,
    saved_units: f64,
    at: Duration,
    cut_at: Option<Duration>,
    in_flight: f64,
    taken: Taken,
}

/// What the table took, a second at a time.
#[derive(Debug, Default)]
struct Taken {
    since: Duration,
    units: f64,
    last_rate: f64,
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
            in_flight: FIRST_IN_FLIGHT,
            taken: Taken::default(),
        }
    }

    /// How many requests may be in flight.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 256")]
    pub fn in_flight(&self) -> usize {
        self.in_flight as usize
    }

    /// How long the next request has to wait.
    pub fn wait(&mut self, now: Duration) -> Duration {
        self.pass(now);
        match self.rate {
            Some(rate) if self.saved_units <= 0.0 => {
                Duration::from_secs_f64((-self.saved_units / rate).clamp(0.001, 60.0))
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
        self.in_flight = (self.in_flight + 1.0 / self.in_flight).min(MOST_IN_FLIGHT);
        let second = now.saturating_sub(self.taken.since).as_secs_f64();
        self.taken.units += consumed;
        if second >= 0.5 {
            self.taken = Taken { since: now, units: 0.0, last_rate: self.taken.units / second };
        }
    }

    /// A request of so many units was throttled, wholly or in part.
    pub fn throttled(&mut self, expected: f64, now: Duration) {
        self.saved_units += expected;
        if self.cut_at.is_some_and(|cut| now < cut + SAME_CROWD) {
            return;
        }
        self.pass(now);
        self.cut_at = Some(now);
        let second = now.saturating_sub(self.taken.since).as_secs_f64();
        let reached = if second > 0.1 { self.taken.units / second } else { self.taken.last_rate };
        let base = self.rate.map_or(reached, |rate| rate.min(reached.max(rate / 2.0)));
        self.rate = Some((base * CUT).max(1.0));
        self.saved_units = self.saved_units.min(0.0);
    }

    /// A request failed for the service's own reasons.
    pub fn failed(&mut self) {
        self.in_flight = (self.in_flight / 2.0).max(1.0);
    }

    fn pass(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        let Some(rate) = self.rate else { return };
        self.saved_units = (self.saved_units + rate * seconds).min((rate * BURST_SECONDS).max(1.0));
        if self.cut_at.is_some() {
            let grown = rate * (1.0 + GROWTH_PER_SECOND * seconds) + seconds;
            self.rate = Some(self.ceiling.map_or(grown, |ceiling| grown.min(ceiling)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes of one unit as fast as the pace lets them, for so many seconds, to a table that takes `capacity` units a
    /// second and throttles the rest. Answers with the share of the capacity used and the share sent again.
    fn simulate(pace: &mut Pace, capacity: impl Fn(f64) -> f64, seconds: f64) -> (f64, f64) {
        let (mut now, mut room, mut offered) = (0.0, 0.0, 0.0);
        let (mut taken, mut again) = (0.0, 0.0);
        while now < seconds {
            let at = Duration::from_secs_f64(now);
            let step = pace.wait(at).as_secs_f64().max(0.000_05);
            if pace.wait(at).is_zero() {
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
        assert!(used > 0.85 && again < 0.05, "used {used}, again {again}");
    }

    #[test]
    fn follows_an_allowance_that_halves() {
        let (used, again) = simulate(&mut Pace::new(None), |now| if now < 15.0 { 4000.0 } else { 2000.0 }, 30.0);
        assert!(used > 0.8 && again < 0.1, "used {used}, again {again}");
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
