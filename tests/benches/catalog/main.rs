//! How fast answers of Scan are folded into a profile, beside the least and the usual way to look at them.
//!
//! `cargo bench --bench catalog` runs it: 200,000 items of 10 attributes as answers of 1 MB, on one thread. *Types* only
//! counts which types each attribute has, and is the yardstick; *values* parses each answer to a tree of JSON and keeps
//! of it what comes to mind. Each is measured in turn, by the time of the CPU; the fastest of five rounds counts.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench ends where something is amiss")]

mod items;
mod types;
mod values;

use rowferry::catalog::profile::{Limits, Profiler};
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ITEMS: u32 = 200_000;
const ROUNDS: usize = 5;

fn main() {
    let pages = items::pages(ITEMS);
    let bytes: usize = pages.iter().map(Vec::len).sum();
    println!("{ITEMS} items, {} answers, {} bytes an item", pages.len(), bytes / ITEMS as usize);

    let mut best = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        let each = [time(|| types::count(&pages)), time(|| profile(&pages)), time(|| values::fold(&pages))];
        for (best, seconds) in best.iter_mut().zip(each) {
            *best = best.min(seconds);
        }
    }
    let [types, profile, values] = best.map(|seconds| f64::from(ITEMS) / seconds);
    println!("types    {types:>12.0} items a second and core");
    println!(
        "profile  {profile:>12.0} items a second and core, {:.2} of types, {:.1} times values",
        profile / types,
        profile / values
    );
    println!("values   {values:>12.0} items a second and core");

    let profiler = folded(&pages);
    let mut saved = Vec::new();
    let saving = time(|| saved = profiler.save().expect("a profile"));
    let mut attributes = 0;
    let finishing = time(|| profiler.finish(false, |_, (), _| attributes += 1));
    println!(
        "{attributes} attributes: saved {} bytes in {:.1} ms, finished in {:.1} ms",
        saved.len(),
        saving * 1e3,
        finishing * 1e3
    );
}

fn profile(pages: &[Vec<u8>]) -> u64 {
    folded(pages).items()
}

fn folded(pages: &[Vec<u8>]) -> Profiler {
    let mut profiler = Profiler::new((), Vec::new(), Limits::default());
    for page in pages {
        profiler.page(page).expect("an answer of Scan");
    }
    profiler
}

/// How many seconds of the CPU it takes.
fn time<T>(work: impl FnOnce() -> T) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        std::time::Duration::try_from(time).expect("a time").as_secs_f64()
    };
    let begun = now();
    std::hint::black_box(work());
    now() - begun
}
