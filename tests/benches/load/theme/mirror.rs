//! The plan of a mirror and the rows that it puts, against `DuckDB` in the same run.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use serde::{Deserialize, Serialize};

use super::Bench;
use crate::{
    goal::{Goal, Table, times, two, whole},
    mirror,
    process::{StandIn, Terms, child, cpu_s, middle, peak_mb},
};

const CPU: Goal = Goal { must: 0.9, aim: 0.6 };
const MEMORY: Goal = Goal { must: 200.0, aim: 120.0 };

/// How many rows a mirror has for each row that is asked for.
const TIMES: u64 = 5;

/// What a plan came to, and what it took.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Planned {
    #[serde(flatten)]
    pub(crate) counts: Counts,
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    pub(crate) peak_mb: f64,
}

/// What a plan came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) deleted: u64,
    pub(crate) unchanged: u64,
}

pub(crate) fn run(bench: &Bench) {
    let python = bench.python.as_deref().expect("PYTHON names a Python that has DuckDB");
    let rows = bench.rows * TIMES;
    let extracts = mirror::extracts(&bench.folder, rows);
    let [before, after] = extracts.each_ref().map(|path| path.to_str().expect("a path"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load/mirror/duckdb_mirror.py");
    let spilled = bench.folder.join("spilled");
    let duckdb = |limit: &str| {
        let mut command = Command::new(python);
        command.arg(&script).args([before, after, limit]).arg(&spilled);
        measured(command)
    };
    let folder = bench.folder.join(format!("{rows}-mirror"));
    let ours = |how| {
        let stand_in = StandIn::start(Terms::default());
        measured(child(&["mirror", how, &stand_in.url, folder.to_str().expect("a path")]))
    };
    if !folder.join("snapshots/bench/current.json").exists() {
        _ = std::fs::remove_dir_all(&folder);
        mirror::job::lay(&folder, before.as_ref());
        ours("run");
    }
    mirror::job::lay(&folder, after.as_ref());
    let (mut theirs, mut own) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        theirs.push(duckdb("512MB"));
        own.push(ours("plan"));
    }
    let small = duckdb("128MB");
    let expected = theirs[0].counts;
    assert!(
        theirs.iter().chain(&own).chain([&small]).all(|planned| planned.counts == expected),
        "the plans differ: {theirs:?}, {own:?}, {small:?}"
    );
    let of = |rounds: &[Planned], figure: fn(&Planned) -> f64| middle(rounds.iter().map(figure).collect());
    let mut table =
        Table::new(&["planner", "seconds", "CPU s", "ratio", "must", "aim", "holds", "MB", "must", "aim", "holds"]);
    let cpu_s = of(&theirs, |planned| planned.cpu_s);
    let no_goal = || ["", "", ""].map(str::to_owned);
    let theirs = [theirs, vec![small]];
    for (name, rounds) in ["DuckDB, 512 MB", "DuckDB, 128 MB"].into_iter().zip(&theirs) {
        let (wall, cpu) = (of(rounds, |planned| planned.wall_s), of(rounds, |planned| planned.cpu_s));
        let memory = whole(of(rounds, |planned| planned.peak_mb));
        let cells = [name.to_owned(), two(wall), two(cpu), times(cpu / cpu_s)];
        table.add(cells.into_iter().chain(no_goal()).chain([memory]).chain(no_goal()));
    }
    let (wall, cpu) = (of(&own, |planned| planned.wall_s), of(&own, |planned| planned.cpu_s));
    let cells = ["Rowferry".to_owned(), two(wall), two(cpu)].into_iter().chain(CPU.cells(cpu / cpu_s, times));
    table.add(cells.chain(MEMORY.cells(of(&own, |planned| planned.peak_mb), whole)));
    let Counts { created, updated, deleted, unchanged } = expected;
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let rows = rows as f64;
    table.print(&format!(
        "The plan of a mirror of {} rows: {created} created, {updated} updated, {deleted} deleted, {unchanged} unchanged",
        whole(rows)
    ));
}

/// Mirrors, or only plans to, and prints what it came to and what it took.
pub(crate) fn report(url: &str, folder: &str, plan: bool) {
    let begun = Instant::now();
    let report = mirror::job::mirror(url, folder, plan);
    let (wall_s, cpu_s, peak_mb) = (begun.elapsed().as_secs_f64(), cpu_s(), peak_mb());
    let counts = mirror::job::counts(&report);
    println!("{}", serde_json::to_string(&Planned { counts, wall_s, cpu_s, peak_mb }).expect("figures"));
}

fn measured(mut command: Command) -> Planned {
    let output = command.stderr(Stdio::inherit()).output().expect("a measured process");
    assert!(output.status.success(), "{command:?} failed");
    serde_json::from_slice(&output.stdout).expect("figures")
}
