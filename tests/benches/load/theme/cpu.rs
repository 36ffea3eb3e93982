//! CPU seconds, against a hand-written loader in the same run.

use super::Bench;
use crate::{
    extract,
    goal::{Goal, Table, times, two, whole},
    process::{Figures, Terms, measure, median},
};

struct Work {
    name: &'static str,
    format: &'static str,
    by_hand: [&'static str; 3],
    write: &'static str,
    goal: Goal,
}

const WORKS: [Work; 3] = [
    Work {
        name: "replace from CSV",
        format: "csv",
        by_hand: ["hand", "32", "25"],
        write: "replace",
        goal: Goal { must: 1.6, aim: 1.2 },
    },
    Work {
        name: "replace from Parquet",
        format: "parquet",
        by_hand: ["hand", "32", "25"],
        write: "replace",
        goal: Goal { must: 1.8, aim: 1.3 },
    },
    Work {
        name: "merge from CSV",
        format: "csv",
        by_hand: ["hand", "32", "1"],
        write: "merge",
        goal: Goal { must: 1.6, aim: 1.2 },
    },
];

pub(crate) fn run(bench: &Bench) {
    let mut table = Table::new(&[
        "work",
        "by hand, CPU s",
        "Rowferry, CPU s",
        "ratio",
        "must",
        "aim",
        "holds",
        "by hand, MB",
        "Rowferry, MB",
        "by hand, rows/s",
        "Rowferry, rows/s",
    ]);
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let rows = bench.rows as f64;
    for work in WORKS {
        let extract = extract::of(&bench.folder, bench.rows, work.format);
        let (mut by_hand, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..bench.rounds {
            by_hand.push(measure(&work.by_hand, &extract, bench.rows, Terms::default()));
            ours.push(measure(&["ours", work.write], &extract, bench.rows, Terms::default()));
        }
        let million = |figures| median(figures, |figures| figures.cpu_s) / rows * 1e6;
        let [first, second] = [million(&by_hand), million(&ours)];
        let memory = |figures| median(figures, |figures| figures.peak_mb);
        let rate = |figures| whole(rows / median(figures, |figures| figures.wall_s));
        let [ratio, must, aim, holds] = work.goal.cells(second / first, times);
        let memory = [&by_hand, &ours].map(|figures| whole(memory(figures)));
        let rates = [&by_hand, &ours].map(|figures| rate(figures));
        let cells = [work.name.to_owned(), two(first), two(second), ratio, must, aim, holds];
        table.add(cells.into_iter().chain(memory).chain(rates));
    }
    table.print("CPU seconds per million rows, against a hand-written loader");
    by_sdk(bench);
}

/// What the SDK costs, over fewer rows: it is several times slower.
fn by_sdk(bench: &Bench) {
    const LOADERS: [(&str, &[&str]); 3] = [
        ("by hand", &["hand", "32", "25"]),
        ("the SDK, one thread", &["sdk", "1"]),
        ("the SDK, two threads", &["sdk", "2"]),
    ];
    let rows = (bench.rows / 5).max(1);
    let extract = extract::of(&bench.folder, rows, "csv");
    let mut rounds: [Vec<Figures>; 3] = Default::default();
    for _ in 0..bench.rounds {
        for ((_, loader), rounds) in LOADERS.iter().zip(&mut rounds) {
            rounds.push(measure(loader, &extract, rows, Terms::default()));
        }
    }
    let mut table = Table::new(&["replace from CSV", "CPU s", "ratio", "MB", "rows/s"]);
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let rows = rows as f64;
    let least = median(&rounds[0], |figures| figures.cpu_s);
    for ((name, _), rounds) in LOADERS.iter().zip(&rounds) {
        let cpu_s = median(rounds, |figures| figures.cpu_s);
        let memory = whole(median(rounds, |figures| figures.peak_mb));
        let rate = whole(rows / median(rounds, |figures| figures.wall_s));
        table.add([(*name).to_owned(), two(cpu_s / rows * 1e6), times(cpu_s / least), memory, rate]);
    }
    table.print("CPU seconds per million rows of the AWS SDK used plainly, measured over a fifth of the rows");
}
