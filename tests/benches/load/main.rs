//! How much loading costs: this loader and a hand-written one, in turn, against a DynamoDB that answers at once.
//!
//! `make bench` runs it. Every figure is of a process of its own: CPU seconds and peak memory as the kernel counts them.
//! The ratio of two figures of one run is what to look at; machines differ and are noisy.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench ends where something is amiss"
)]

mod extract;
mod hand;
mod ours;
mod standin;

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured: the name, the reference's arguments, ours.
const WORKS: [(&str, &str, &str, &str); 3] = [
    ("replace from CSV", "csv", "hand", "replace"),
    ("replace from Parquet", "parquet", "hand", "replace"),
    ("merge from CSV", "csv", "hand-one", "merge"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["stand-in", latency_ms] => standin::serve(latency_ms.parse().expect("milliseconds")),
        ["hand", url, path] => report(|| hand::load(url, path, 25)),
        ["hand-one", url, path] => report(|| hand::load(url, path, 1)),
        ["replace" | "merge", url, path] => report(|| ours::load(url, path, words[0])),
        [] => compare(1_000_000, 3),
        [rows] => compare(rows.parse().expect("a number of rows"), 3),
        [rows, rounds] => compare(rows.parse().expect("a number of rows"), rounds.parse().expect("a number of rounds")),
        _ => println!("usage: make bench [ROWS=1000000] [ROUNDS=3]"),
    }
}

/// Does the work of a child and prints what it took.
fn report(work: impl FnOnce() -> u64) {
    let begun = std::time::Instant::now();
    let rows = work();
    let (cpu_s, peak_mb) = usage();
    println!("{}", json!({"rows": rows, "wall_s": begun.elapsed().as_secs_f64(), "cpu_s": cpu_s, "peak_mb": peak_mb}));
}

/// CPU seconds and peak memory in MB of this process.
fn usage() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("a proc file system");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("a stat line").split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().expect("ticks");
    let status = std::fs::read_to_string("/proc/self/status").expect("a proc file system");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak of memory");
    let peak_kb: f64 = peak.trim().trim_end_matches(" kB").parse().expect("kilobytes");
    ((ticks(11) + ticks(12)) / 100.0, peak_kb / 1024.0)
}

struct StandIn(Child, String);

impl StandIn {
    fn start(latency_ms: u32) -> Self {
        let mut child =
            child(&["stand-in", &latency_ms.to_string()]).stdout(Stdio::piped()).spawn().expect("a stand-in");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("its address");
        Self(child, line.trim().to_owned())
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

fn child(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(arguments);
    command
}

fn measure(arguments: &[&str], rows: u64) -> Value {
    let output = child(arguments).stderr(Stdio::inherit()).output().expect("a measured process");
    assert!(output.status.success(), "{arguments:?} failed");
    let figures: Value = serde_json::from_slice(&output.stdout).expect("figures");
    assert_eq!(figures["rows"], rows, "{arguments:?} has written other rows than there are");
    figures
}

/// Measures all works, the reference and ours in turn.
fn compare(rows: u64, rounds: usize) {
    let folder = PathBuf::from(std::env::var_os("CARGO_TARGET_TMPDIR").unwrap_or_else(|| std::env::temp_dir().into()));
    let folder = folder.join("rowferry-bench");
    std::fs::create_dir_all(&folder).expect("a folder for extracts");
    let paths = extract::write(&folder, rows);
    println!("{rows} rows of ten columns, medians of {rounds} rounds, reference and Rowferry in turn\n");
    println!(
        "{:<22} {:>9} {:>9} {:>7} {:>8} {:>8} {:>9} {:>9}",
        "", "CPU s", "CPU s", "", "MB", "MB", "rows/s", "rows/s"
    );
    println!(
        "{:<22} {:>9} {:>9} {:>7} {:>8} {:>8} {:>9} {:>9}",
        "work", "by hand", "Rowferry", "ratio", "by hand", "Rowferry", "by hand", "Rowferry"
    );
    for (name, format, reference, ours) in WORKS {
        let stand_in = StandIn::start(0);
        let path = paths[format].to_str().expect("a path");
        let (mut theirs, mut own) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            theirs.push(measure(&[reference, &stand_in.1, path], rows));
            own.push(measure(&[ours, &stand_in.1, path], rows));
        }
        let median = |figures: &[Value], key: &str| {
            let mut values: Vec<f64> = figures.iter().map(|figure| figure[key].as_f64().expect("a figure")).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let (cpu, own_cpu) = (median(&theirs, "cpu_s"), median(&own, "cpu_s"));
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = |figures: &[Value]| rows as f64 / median(figures, "wall_s");
        println!(
            "{name:<22} {cpu:>9.2} {own_cpu:>9.2} {:>6.2}x {:>8.0} {:>8.0} {:>9.0} {:>9.0}",
            own_cpu / cpu,
            median(&theirs, "peak_mb"),
            median(&own, "peak_mb"),
            rate(&theirs),
            rate(&own),
        );
    }
}
