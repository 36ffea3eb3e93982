//! How fast: a rate of write units that follows what the table takes.
//!
//! A run begins without a rate. When the table throws something back, what it took meanwhile is its limit, and the rate
//! goes well below it, until what was thrown back is through: it all waits for the partitions that are full. Then the rate
//! cruises just below the limit and grows slowly, so that a limit that was raised is found; the longer nothing comes
//! back, the faster. Where next to nothing was taken, or few answers tell, no limit was seen: then the rate begins at the
//! least and grows fast, until something is thrown back again. Keys never spread quite evenly over partitions, so a little
//! comes back just under the limit too: that is borne, and only holds the growth. What is sent again counts like what is
//! sent first.

use std::{collections::VecDeque, time::Duration};

/// Over how long answers are looked at, and while the rate grows fast.
const LOOKED_AT: Duration = Duration::from_secs(1);
const LOOKED_AT_FAST: Duration = Duration::from_millis(100);

/// Over how long what was sent is counted at least, before the first cut.
const FIRST_LOOK: Duration = Duration::from_millis(50);

/// What of the limit is sent while what was thrown back goes through, and for how long nothing more may come back before
/// that is over.
const DRAIN: f64 = 0.9;
const DRAINED: Duration = Duration::from_millis(200);

/// What of the limit is sent afterwards.
const CRUISE: f64 = 0.985;

/// What share thrown back cuts the rate in a phase, so long after its beginning: at once only what cannot be chance. While
/// what was thrown back goes through, much of it comes back again; that tells little, unless the limit was a guess.
const CUTS: [(Duration, Shares); 3] = [
    (Duration::from_millis(100), Shares { guess: 0.35, drain: 0.5, cruise: 0.15 }),
    (Duration::from_millis(300), Shares { guess: 0.3, drain: 0.45, cruise: 0.05 }),
    (Duration::from_secs(1), Shares { guess: 0.1, drain: 0.25, cruise: 0.01 }),
];

#[derive(Debug, Clone, Copy)]
struct Shares {
    guess: f64,
    drain: f64,
    cruise: f64,
}

/// The share thrown back that holds the growth.
const BORNE: f64 = 0.005;

/// The rate that a cut leaves at least, in units a second.
const LEAST_RATE: f64 = 25.0;

/// What a second adds to the rate at first, and at most. After [`PATIENCE`] it doubles each second.
const GROWTH: f64 = 0.005;
const MOST_GROWTH: f64 = 0.5;
const PATIENCE: Duration = Duration::from_secs(4);

/// What a second adds to the rate where no limit was seen, and for how long.
const FAST_GROWTH: f64 = 4.0;
const SOUGHT: Duration = Duration::from_secs(3);

/// How many answers the first cut needs to see a limit.
const ENOUGH: usize = 8;

/// What may be saved up, in seconds of the rate.
const BURST_SECONDS: f64 = 0.02;

/// The pace of one run. Times are since its beginning.
#[derive(Debug)]
pub struct Pace {
    ceiling: Option<f64>,
    rate: Option<f64>,
    saved_units: f64,
    at: Duration,
    phase: Phase,
    /// When the phase began.
    since: Duration,
    /// When something was thrown back last.
    thrown_back_at: Duration,
    /// The answers of the last second to what was sent in this phase.
    seen: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// Nothing was ever thrown back.
    Free,
    /// What was thrown back goes through, below a limit that was guessed from a burst.
    Guess(f64),
    /// What was thrown back goes through, below a limit that was measured.
    Drain(f64),
    /// A limit is looked for.
    Seek,
    /// Just below the limit, and growing.
    Cruise,
}

/// Answers of a while: their times, and the units taken and thrown back.
#[derive(Debug, Default)]
struct Seen {
    answers: VecDeque<(Duration, f64, f64)>,
    taken: f64,
    thrown_back: f64,
}

impl Seen {
    fn add(&mut self, now: Duration, window: Duration, taken: f64, thrown_back: f64) {
        self.taken += taken;
        self.thrown_back += thrown_back;
        self.answers.push_back((now, taken, thrown_back));
        while let Some((at, taken, thrown_back)) = self.answers.front().copied()
            && at + window < now
        {
            self.taken -= taken;
            self.thrown_back -= thrown_back;
            self.answers.pop_front();
        }
    }

    /// The share of the units that was thrown back.
    fn share(&self) -> f64 {
        self.thrown_back / (self.taken + self.thrown_back).max(1.0)
    }
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
            phase: Phase::Free,
            since: Duration::ZERO,
            thrown_back_at: Duration::ZERO,
            seen: Seen::default(),
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

    /// What was sent at a time was taken; it was thought to cost `expected` units and did cost `consumed`.
    pub fn taken(&mut self, expected: f64, consumed: f64, sent: Duration, now: Duration) {
        self.spend(consumed - expected);
        if sent >= self.since {
            self.seen.add(now, self.looked_at(), consumed, 0.0);
        }
    }

    /// What was sent at a time, so many units, was thrown back.
    pub fn throttled(&mut self, units: f64, sent: Duration, now: Duration) {
        self.thrown_back_at = now;
        if sent < self.since {
            return;
        }
        self.seen.add(now, self.looked_at(), 0.0, units);
        let passed = now.saturating_sub(self.since);
        let cut = CUTS.iter().rev().find(|(after, _)| passed >= *after).map(|(_, shares)| *shares);
        let bearable = match self.phase {
            Phase::Free => Some(0.0),
            Phase::Guess(_) => cut.map(|shares| shares.guess),
            Phase::Drain(_) => cut.map(|shares| shares.drain),
            Phase::Seek | Phase::Cruise => cut.map(|shares| shares.cruise),
        };
        if bearable.is_some_and(|bearable| self.seen.share() > bearable) {
            self.cut(passed, now);
        }
    }

    /// Takes what the table took in this phase for its limit.
    fn cut(&mut self, passed: Duration, now: Duration) {
        self.pass(now);
        // Answers begin one latency after the phase.
        let answered = self.seen.answers.front().map_or(passed, |(first, ..)| now.saturating_sub(*first));
        let seconds = answered.clamp(FIRST_LOOK, self.looked_at()).as_secs_f64();
        let sent = (self.seen.taken + self.seen.thrown_back) / seconds;
        let blind = self.phase == Phase::Free && self.seen.answers.len() < ENOUGH;
        let most = if blind { 0.0 } else { self.rate.map_or(sent, |rate| rate.min(sent)) };
        let limit = most * (1.0 - self.seen.share());
        let phase = if self.phase == Phase::Free { Phase::Guess(limit) } else { Phase::Drain(limit) };
        self.begin(phase, limit * DRAIN, now);
    }

    fn begin(&mut self, phase: Phase, rate: f64, now: Duration) {
        self.phase = phase;
        self.since = now;
        self.rate = Some(self.bounded(rate.max(LEAST_RATE)));
        self.saved_units = self.saved_units.min(0.0);
        self.seen = Seen::default();
    }

    fn looked_at(&self) -> Duration {
        if self.phase == Phase::Seek { LOOKED_AT_FAST } else { LOOKED_AT }
    }

    fn bounded(&self, rate: f64) -> f64 {
        self.ceiling.map_or(rate, |ceiling| rate.min(ceiling))
    }

    /// Lets time pass.
    fn pass(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        let Some(rate) = self.rate else { return };
        self.saved_units = (self.saved_units + rate * seconds).min((rate * BURST_SECONDS).max(1.0));
        match self.phase {
            Phase::Guess(limit) | Phase::Drain(limit) if now >= self.since.max(self.thrown_back_at) + DRAINED => {
                let phase = if limit < LEAST_RATE { Phase::Seek } else { Phase::Cruise };
                self.begin(phase, limit * CRUISE, now);
            }
            Phase::Seek if now >= self.since + SOUGHT => self.begin(Phase::Cruise, rate, now),
            Phase::Seek => self.rate = Some(self.bounded(rate * (1.0 + FAST_GROWTH * seconds))),
            Phase::Cruise if self.seen.share() <= BORNE => {
                let patient = now.saturating_sub(self.since).saturating_sub(PATIENCE).as_secs_f64();
                let growth = (GROWTH * patient.exp2()).min(MOST_GROWTH);
                self.rate = Some(self.bounded(rate * (1.0 + growth * seconds)));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const LATENCY_S: f64 = 0.005;
    const STEP_S: f64 = 0.000_2;

    /// What became of a simulated run.
    #[derive(Debug)]
    struct Outcome {
        /// The share of the units that were to be had.
        used: f64,
        /// What was sent again, as a share of what was taken.
        again: f64,
    }

    /// A batch on its way: when it was sent, what of it is taken, and the partitions of what is thrown back.
    struct Batch {
        sent: f64,
        taken: f64,
        left: Vec<usize>,
    }

    fn nanos(seconds: f64) -> u128 {
        Duration::from_secs_f64(seconds).as_nanos()
    }

    fn units(items: &[usize]) -> f64 {
        f64::from(u32::try_from(items.len()).unwrap())
    }

    /// Sends batches of 25 items of one unit, as the pace lets them and 32 at once, for so many seconds, to four partitions
    /// that together take `capacity` units a second, each with a tenth of a second saved up. So many of a hundred items lie
    /// in the first partition whatever their key.
    fn simulate(pace: &mut Pace, hot: u32, capacity: impl Fn(f64) -> f64, seconds: f64) -> Outcome {
        let mut random = fastrand::Rng::with_seed(7);
        let mut room = [capacity(0.0) * 0.025; 4];
        let (mut now, mut number, mut offered, mut taken, mut sent) = (0.0, 0, 0.0, 0.0, 0.0);
        let mut flying: BTreeMap<(u128, u64), Batch> = BTreeMap::new();
        let mut resting: BTreeMap<(u128, u64), Vec<usize>> = BTreeMap::new();
        let due = |(at, _): &(u128, u64), now: f64| *at <= nanos(now);
        while now < seconds {
            let at = Duration::from_secs_f64(now);
            while let Some(landed) = flying.first_entry().filter(|batch| due(batch.key(), now)) {
                let Batch { sent, taken, left } = landed.remove();
                pace.taken(taken, taken, Duration::from_secs_f64(sent), at);
                if !left.is_empty() {
                    pace.throttled(units(&left), Duration::from_secs_f64(sent), at);
                    resting.insert((nanos(now + 0.05 * random.f64()), number), left);
                }
            }
            while flying.len() < 32 && pace.wait(at).is_zero() {
                let rested = resting.first_entry().filter(|batch| due(batch.key(), now));
                let items: Vec<usize> = match rested {
                    Some(rested) => rested.remove(),
                    None => (0..25).map(|_| if random.u32(..100) < hot { 0 } else { random.usize(..4) }).collect(),
                };
                pace.spend(units(&items));
                sent += units(&items);
                let full = |partition: &usize| {
                    let fits = room[*partition] >= 1.0;
                    room[*partition] -= if fits { 1.0 } else { 0.0 };
                    !fits
                };
                let left: Vec<usize> = items.iter().copied().filter(full).collect();
                taken += units(&items) - units(&left);
                number += 1;
                let batch = Batch { sent: now, taken: units(&items) - units(&left), left };
                flying.insert((nanos(now + LATENCY_S), number), batch);
            }
            now += STEP_S;
            let each = capacity(now) / 4.0;
            for room in &mut room {
                *room = (*room + each * STEP_S).min(each * 0.1);
            }
            let first = (f64::from(hot) + f64::from(100 - hot) / 4.0) / 100.0;
            offered += each / first * STEP_S;
        }
        Outcome { used: taken / offered, again: sent / taken - 1.0 }
    }

    #[track_caller]
    fn check(outcome: &Outcome, used: f64, again: f64) {
        assert!(outcome.used >= used && outcome.again <= again, "{outcome:?}");
    }

    #[test]
    fn uses_what_the_table_gives_and_sends_little_again() {
        check(&simulate(&mut Pace::new(None), 0, |_| 4_000.0, 30.0), 0.97, 0.015);
        check(&simulate(&mut Pace::new(None), 0, |_| 40_000.0, 10.0), 0.97, 0.02);
    }

    #[test]
    fn follows_an_allowance_that_halves_and_one_that_doubles() {
        let halves = |now: f64| if now < 15.0 { 4_000.0 } else { 2_000.0 };
        check(&simulate(&mut Pace::new(None), 0, halves, 30.0), 0.95, 0.04);
        let doubles = |now: f64| if now < 15.0 { 2_000.0 } else { 4_000.0 };
        check(&simulate(&mut Pace::new(None), 0, doubles, 45.0), 0.85, 0.02);
    }

    #[test]
    fn follows_a_hot_partition() {
        check(&simulate(&mut Pace::new(None), 33, |_| 4_000.0, 30.0), 0.93, 0.025);
    }

    #[test]
    fn is_soon_back_when_a_table_took_nothing_for_a_moment() {
        let at_first = |now: f64| if now < 0.02 { 0.0 } else { 4_000.0 };
        check(&simulate(&mut Pace::new(None), 0, at_first, 30.0), 0.92, 0.06);
        let under_way = |now: f64| if (10.0..10.5).contains(&now) { 0.0 } else { 4_000.0 };
        check(&simulate(&mut Pace::new(None), 0, under_way, 30.0), 0.92, 0.06);
        let for_long = |now: f64| if (5.0..15.0).contains(&now) { 0.0 } else { 40_000.0 };
        check(&simulate(&mut Pace::new(None), 0, for_long, 30.0), 0.9, 0.06);
    }

    #[test]
    fn never_goes_past_its_ceiling() {
        let Outcome { used, again } = simulate(&mut Pace::new(Some(500.0)), 0, |_| 4_000.0, 20.0);
        assert!((0.12..0.1265).contains(&used) && again == 0.0, "used {used}, again {again}");
    }

    #[test]
    fn counts_what_indexes_cost_more_than_expected() {
        let mut pace = Pace::new(Some(100.0));
        pace.spend(1.0);
        pace.taken(1.0, 51.0, Duration::ZERO, Duration::ZERO);
        assert_eq!(pace.wait(Duration::ZERO), Duration::from_millis(500));
    }
}
