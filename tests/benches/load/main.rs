//! How much loading, mirroring and profiling cost and how fast they are, each figure beside what is wanted of it.
//!
//! `make bench` runs it. What is compared is measured in turn, A B A B, against a stand-in for DynamoDB, each loader in a
//! process of its own: CPU time and peak memory as the kernel counts them. docs/PERFORMANCE.md says what the figures mean.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench ends where something is amiss"
)]

mod catalog;
mod extract;
mod goal;
mod hand;
mod machine;
mod mirror;
mod ours;
mod process;
mod sdk;
mod standin;
mod theme;

use std::{path::PathBuf, time::Duration};

use self::{
    process::report,
    standin::Plan,
    theme::{Bench, catalog as catalogs, cpu, latency, memory, mirror as mirrors, start, throttle},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Theme = fn(&Bench);

const THEMES: [(&str, Theme); 7] = [
    ("cpu", cpu::run),
    ("latency", latency::run),
    ("throttle", throttle::run),
    ("memory", memory::run),
    ("start", start::run),
    ("mirror", mirrors::run),
    ("catalog", catalogs::run),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().expect("a number");
    match words.as_slice() {
        ["stand-in", latency_ms, plan] => {
            let plan = Plan::NAMES.iter().find(|(name, _)| name == plan).map(|(_, plan)| *plan);
            standin::serve(Duration::from_millis(latency_ms.parse().expect("milliseconds")), plan);
        }
        ["hand", in_flight, at_once, url, path] => {
            report(|| hand::load(url, path, number(in_flight), number(at_once)));
        }
        ["ours", write, url, path] => report(|| ours::load(url, path, write)),
        ["sdk", threads, url, path] => report(|| sdk::load(url, path, number(threads))),
        ["mirror", how, url, folder] => theme::mirror::report(url, folder, *how == "plan"),
        ["table", kind, items] => catalog::standin::serve(catalog::kind(kind), number(items) as u64),
        ["hand-profile", url] => report(|| catalog::hand::profile(url)),
        ["profile", url] => report(|| catalog::ours::profile(url)),
        ["export", url] => report(|| catalog::ours::export(url)),
        ["knock"] => start::knock(),
        settings => bench(settings),
    }
}

/// Measures what the settings, each `NAME=value`, ask for.
fn bench(settings: &[&str]) {
    let setting = |name: &str| {
        let mut values = settings.iter().filter_map(|setting| setting.strip_prefix(name)?.strip_prefix('='));
        values.next_back().filter(|value| !value.is_empty())
    };
    let folder = PathBuf::from(std::env::var_os("CARGO_TARGET_TMPDIR").unwrap_or_else(|| std::env::temp_dir().into()));
    let bench = Bench {
        rows: setting("ROWS").map_or(1_000_000, |rows| rows.parse().expect("ROWS is a number")),
        rounds: setting("ROUNDS").map_or(3, |rounds| rounds.parse().expect("ROUNDS is a number")),
        folder: folder.join("rowferry-bench"),
        binary: setting("BINARY").map(PathBuf::from),
        python: setting("PYTHON").map(PathBuf::from),
    };
    std::fs::create_dir_all(&bench.folder).expect("a folder for extracts");
    let names = THEMES.map(|(name, _)| name);
    let only: Vec<&str> = setting("ONLY").map_or(names.to_vec(), |only| only.split(',').collect());
    if let Some(unknown) = only.iter().find(|only| !names.contains(only)) {
        panic!("ONLY is one or several of {}, not {unknown}", names.join(","));
    }
    println!("{} rows of ten columns, medians of {} rounds\n\n{}", bench.rows, bench.rounds, machine::line());
    for (_, run) in THEMES.iter().filter(|(name, _)| only.contains(name)) {
        run(&bench);
    }
}
