//! How much of enforced write units is used, and how many items are sent again for it.
//!
//! The loader is told nothing of the allowance. What counts is the stand-in's own account, from the first write to the
//! last that was taken: the units taken of the units allowed, and the items sent of the items taken, less one.
//!
//! With a hot partition only that one binds: half of the rows lie in it, so no loader is done before it has taken them,
//! whatever it does with the others. In the extract they are spread among the others, so that sending in order at twice
//! the hot partition's rate uses all of it; the order of rows takes nothing from what is possible.

use super::Bench;
use crate::{
    extract,
    goal::{Goal, Table, percent, two, whole},
    process::{Terms, measure},
    standin::{HALVES_AFTER_S, HOT_SHARE, PARTITION_UNITS, PARTITIONS, Plan},
};

/// How long an ideal loader would take.
const SECONDS: f64 = 30.0;

const LATENCY_MS: u32 = 5;

const STEADY: [Goal; 2] = [Goal { must: 0.95, aim: 0.98 }, Goal { must: 0.05, aim: 0.01 }];
const UNSTEADY: [Goal; 2] = [Goal { must: 0.90, aim: 0.97 }, Goal { must: 0.10, aim: 0.02 }];

const CASES: [(&str, Plan, &str, [Goal; 2]); 4] = [
    ("steady", Plan::Steady, "replace", STEADY),
    ("steady, merge", Plan::Steady, "merge", STEADY),
    ("halves after 15 s", Plan::Halves, "replace", UNSTEADY),
    ("one hot partition", Plan::Hot, "replace", UNSTEADY),
];

/// The rows that an ideal loader writes in [`SECONDS`].
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "thousands")]
#[expect(clippy::cast_precision_loss, reason = "four partitions")]
fn rows(plan: Plan) -> u64 {
    let all = PARTITION_UNITS * PARTITIONS as f64;
    let rows = match plan {
        Plan::Steady => all * SECONDS,
        Plan::Halves => all * (SECONDS + HALVES_AFTER_S) / 2.0,
        Plan::Hot => PARTITION_UNITS / HOT_SHARE * SECONDS,
    };
    rows as u64
}

pub(crate) fn run(bench: &Bench) {
    let mut table = Table::new(&[
        "allowance",
        "units allowed",
        "used",
        "must",
        "aim",
        "holds",
        "sent again",
        "must",
        "aim",
        "holds",
        "seconds",
    ]);
    for (name, plan, write, [used, again]) in CASES {
        let rows = rows(plan);
        let extract = extract::of(&bench.folder, rows, "csv");
        let terms = Terms { latency_ms: LATENCY_MS, plan: Some(plan) };
        let account = measure(&["ours", write], &extract, rows, terms).stand_in;
        assert_eq!(account.items_taken, rows, "rows have been written twice or not at all");
        let (taken, allowed) = account.units;
        #[expect(clippy::cast_precision_loss, reason = "a count of items")]
        let sent_again = account.items_sent as f64 / account.items_taken as f64 - 1.0;
        let cells = [name.to_owned(), whole(allowed)].into_iter();
        let cells = cells.chain(used.cells(taken / allowed, percent)).chain(again.cells(sent_again, percent));
        table.add(cells.chain([two(account.seconds)]));
    }
    table.print("Write units enforced: 1,000 a second for each of 4 partitions");
}
