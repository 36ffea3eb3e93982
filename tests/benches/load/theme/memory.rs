//! Peak memory, with all that is remembered of rows for `duplicates: last`.

use super::Bench;
use crate::{
    extract,
    goal::{Goal, Table, two, whole},
    process::{Terms, measure},
};

const CSV: Goal = Goal { must: 40.0, aim: 20.0 };
const PARQUET: Goal = Goal { must: 160.0, aim: 90.0 };

/// With an answer at once the reader is what is slow; with latency the requests in flight add up.
const CASES: [(&str, &str, u32, Goal); 4] = [
    ("CSV", "csv", 0, CSV),
    ("CSV, 5 ms of latency", "csv", 5, CSV),
    ("Parquet, row groups of 250,000", "parquet", 0, PARQUET),
    ("Parquet, likewise, 5 ms of latency", "parquet", 5, PARQUET),
];

pub(crate) fn run(bench: &Bench) {
    let mut table = Table::new(&["extract", "MB", "must", "aim", "holds", "seconds"]);
    for (name, format, latency_ms, goal) in CASES {
        let extract = extract::of(&bench.folder, bench.rows, format);
        let terms = Terms { latency_ms, plan: None };
        let figures = measure(&["ours", "replace"], &extract, bench.rows, terms);
        let cells = [name.to_owned()].into_iter().chain(goal.cells(figures.peak_mb, whole));
        table.add(cells.chain([two(figures.wall_s)]));
    }
    table.print("Peak memory");
}
