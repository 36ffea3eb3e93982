//! The model: random syncs, extracts, events, crashes and faults, held against a reference in memory.
//!
//! A case is a short history of one sync. Each of its steps drops extracts, changes the definition, and invokes the
//! job: with events that are new, late or doubled, or as a person would, one or several side by side, some of them
//! crashing at a random await, over a DynamoDB and a bucket that go wrong. An undisturbed run must do exactly what the
//! reference does. After a disturbed step everything is invoked once more without faults: then the table must be one
//! that the reference can reach, the ledger must know what was applied, and reports must agree.
//!
//! `ROWFERRY_CASES=n` runs more cases, `ROWFERRY_SEED=n` one of them with its history. Seeds that failed once stand in
//! `model/seeds.txt`.

mod case;
mod delivery;
mod reference;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
};

use rowferry_tests::passing::while_time_passes;
use tokio::runtime::Builder;

/// How many cases run by default, and side by side.
const CASES: u64 = 2_000;
const THREADS: usize = 2;

#[expect(clippy::disallowed_methods, reason = "a test is told by its caller how long to run")]
pub(crate) fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Runs one case; answers with what went wrong.
fn run(seed: u64, case: &impl AsyncFn(u64, &mut Vec<String>)) -> Result<(), String> {
    let mut log = Vec::new();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(while_time_passes(case(seed, &mut log)))));
    ended.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
        format!("seed {seed}:\n  {}\n{text}", log.join("\n  "))
    })
}

/// Runs so many cases, those that failed once first; or the one that is asked for.
pub(crate) fn explore(cases: u64, kept: &str, case: impl AsyncFn(u64, &mut Vec<String>) + Sync) {
    if let Some(seed) = setting("ROWFERRY_SEED") {
        return run(seed, &case).unwrap_or_else(|text| panic!("{text}"));
    }
    let kept: Vec<u64> = kept.lines().filter_map(|line| line.split('#').next()?.trim().parse().ok()).collect();
    let (next, cases) = (AtomicU64::new(0), setting("ROWFERRY_CASES").unwrap_or(cases));
    let work = || {
        let mut failures = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let seed = kept.get(usize::try_from(number).unwrap()).copied().unwrap_or(number);
            if number >= cases + kept.len() as u64 || failures.len() == 3 {
                return failures;
            }
            failures.extend(run(seed, &case).err());
        }
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{} cases failed\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn what_runs_leave_is_what_the_reference_says() {
    explore(CASES, include_str!("model/seeds.txt"), async |seed, log| case::run(seed, log).await);
}
