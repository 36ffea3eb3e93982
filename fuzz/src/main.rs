//! Fuzzes one target: `ROWFERRY_FUZZ=<target> rowferry-fuzz [libFuzzer's options] [folders of inputs]`.
#![no_main]

use std::{env, panic, sync::OnceLock};

#[path = "../../tests/src/parquet.rs"]
#[allow(dead_code)]
mod maker;
mod targets;

static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();

/// Finds the target, and leaves the panics to whoever catches them: the Parquet reader does, and libFuzzer the others.
fn start() {
    let name = env::var("ROWFERRY_FUZZ").unwrap_or_default();
    let target = targets::TARGETS.iter().find(|(known, _)| *known == name);
    let Some((_, target)) = target else { panic!("ROWFERRY_FUZZ names no target") };
    TARGET.set(*target).unwrap_or_else(|_| unreachable!("there is one start"));
    panic::set_hook(Box::new(|info| {
        let caught = info.location().is_some_and(|at| at.file().contains("/parquet-") || at.file().contains("/arrow-"));
        if !caught {
            eprintln!("{info}\n{}", std::backtrace::Backtrace::force_capture());
        }
    }));
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    if let Some(target) = TARGET.get() {
        target(data);
    }
});
