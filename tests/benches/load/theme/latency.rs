//! Rows a second when each answer takes 5 ms: whether the number of requests in flight finds what the machine can do.

use super::Bench;
use crate::{
    extract,
    goal::{Goal, Table, percent, whole},
    process::{Figures, Terms, measure, median},
};

const TERMS: Terms = Terms { latency_ms: 5, plan: None };

const GOAL: Goal = Goal { must: 110_000.0, aim: 400_000.0 };

const LOADERS: [(&str, &[&str]); 3] = [
    ("by hand, 32 in flight", &["hand", "32", "25"]),
    ("by hand, 128 in flight", &["hand", "128", "25"]),
    ("Rowferry", &["ours", "replace"]),
];

pub(crate) fn run(bench: &Bench) {
    let extract = extract::of(&bench.folder, bench.rows, "csv");
    let mut rounds: [Vec<Figures>; 3] = Default::default();
    for _ in 0..bench.rounds {
        for ((_, loader), rounds) in LOADERS.iter().zip(&mut rounds) {
            rounds.push(measure(loader, &extract, bench.rows, TERMS));
        }
    }
    let mut table = Table::new(&[
        "loader",
        "rows/s",
        "must",
        "aim",
        "holds",
        "most in flight",
        "its share of a core",
        "the stand-in's share",
    ]);
    for ((name, loader), rounds) in LOADERS.iter().zip(&rounds) {
        #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
        let rate = bench.rows as f64 / median(rounds, |figures| figures.wall_s);
        let [rate, must, aim, holds] = GOAL.cells(rate, whole);
        let goal = if loader[0] == "ours" { [must, aim, holds] } else { ["", "", ""].map(str::to_owned) };
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let in_flight = median(rounds, |figures| figures.stand_in.most_in_flight as f64);
        let own = median(rounds, |figures| figures.cpu_s / figures.wall_s);
        let others = median(rounds, |figures| figures.stand_in.cpu_s / figures.wall_s);
        let cells = [(*name).to_owned(), rate].into_iter().chain(goal);
        table.add(cells.chain([whole(in_flight), percent(own), percent(others)]));
    }
    table.print("Rows a second with 5 ms of latency");
}
