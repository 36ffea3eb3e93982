//! A table that is scanned, profiled and classified: what it costs, and the most memory that it holds.

use std::{path::Path, process::Command};

use super::Bench;
use crate::{
    goal::{Goal, Table, times, whole},
    process::{Figures, StandIn, child, figures, median},
};

const ITEMS: u64 = 200_000;

/// Items a second and core.
const PROFILE: Goal = Goal { must: 400_000.0, aim: 900_000.0 };
const CLASSIFY: Goal = Goal { must: 200_000.0, aim: f64::INFINITY };
const MEMORY: Goal = Goal { must: 128.0, aim: 0.0 };

/// Tables whose memory is measured, and how many items they have.
const TABLES: [(&str, u64); 4] = [("plain", 200_000), ("plain", 1_000_000), ("plain", 4_000_000), ("nasty", 100_000)];

/// How boto3 is made to scan.
const BOTO3: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/load/catalog/boto3_scan.py");

pub(crate) fn run(bench: &Bench) {
    speed(bench);
    memory();
}

fn speed(bench: &Bench) {
    let table = table("plain", ITEMS);
    let scanners: [(&str, &str, Option<Goal>); 4] = [
        ("by hand: scan, profile", "hand-profile", None),
        ("Rowferry: scan, schema, profile", "profile", Some(PROFILE)),
        ("Rowferry: the whole export, with classification", "export", Some(CLASSIFY)),
        ("boto3: scan", "boto3", None),
    ];
    // Answers are made when they are asked for first.
    ours("hand-profile", &table.url, ITEMS);
    ours("profile", &table.url, ITEMS);
    let mut rounds: [Vec<Figures>; 4] = Default::default();
    for _ in 0..bench.rounds {
        for ((_, scanner, _), rounds) in scanners.iter().zip(&mut rounds) {
            match (*scanner, &bench.python) {
                ("boto3", Some(python)) => rounds.push(boto3(python, &table.url)),
                ("boto3", None) => {}
                (scanner, _) => rounds.push(ours(scanner, &table.url, ITEMS)),
            }
        }
    }
    let rate = |rounds: &[Figures]| 1.0 / median(rounds, |figures| figures.cpu_s / rows(figures));
    let hand = rate(&rounds[0]);
    let columns = ["work", "items a second and core", "must", "aim", "holds", "of by hand", "seconds", "peak MB"];
    let mut shown = Table::new(&columns);
    for ((name, _, goal), rounds) in scanners.iter().zip(&rounds).filter(|(_, rounds)| !rounds.is_empty()) {
        let figure = rate(rounds);
        let cells = match goal {
            Some(goal) => goal.cells(figure, whole),
            None => [whole(figure), String::new(), String::new(), String::new()],
        };
        let seconds = format!("{:.2}", median(rounds, |figures| figures.wall_s));
        let last = [times(figure / hand), seconds, whole(median(rounds, |figures| figures.peak_mb))];
        shown.add([(*name).to_owned()].into_iter().chain(cells).chain(last));
    }
    shown.print("Catalog: 200,000 items of ten attributes");
}

fn memory() {
    let mut shown = Table::new(&["table", "items", "MB", "must", "aim", "holds", "items a second and core"]);
    for (kind, items) in TABLES {
        let table = table(kind, items);
        let figures = ours("export", &table.url, items);
        let rate = rows(&figures) / figures.cpu_s;
        let cells = [kind.to_owned(), whole(rows(&figures))].into_iter().chain(MEMORY.cells(figures.peak_mb, whole));
        shown.add(cells.chain([whole(rate)]));
    }
    shown.print("Catalog: peak memory of the whole export");
}

#[expect(clippy::cast_precision_loss, reason = "a count")]
fn rows(figures: &Figures) -> f64 {
    figures.rows as f64
}

fn table(kind: &str, items: u64) -> StandIn {
    StandIn::of(&["table", kind, &items.to_string()])
}

fn ours(scanner: &str, url: &str, items: u64) -> Figures {
    taken(&mut child(&[scanner, url]), items)
}

fn boto3(python: &Path, url: &str) -> Figures {
    taken(Command::new(python).args([BOTO3, url]), ITEMS)
}

fn taken(command: &mut Command, items: u64) -> Figures {
    let figures = figures(command);
    assert_eq!(figures.rows, items, "{command:?} has seen other items than there are");
    figures
}
