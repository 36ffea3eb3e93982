//! The model of mirrors: random syncs, extracts, people, applications, crashes and faults, held against a reference in
//! memory.
//!
//! A case is a short history of one to three mirrors of one table. Between runs extracts arrive, definitions change and
//! an application writes to the table; runs follow, verify, rehearse, approve and undo, one or several side by side, some
//! of them crashing at a random await, over a DynamoDB and a bucket that go wrong. An undisturbed run must do exactly what
//! the reference does. After a disturbed step each sync is run until nothing is left to do: then the table is what its
//! newest extract says. A spy in the transport sees each write at the moment that it takes effect: its run holds the
//! table, its plan is sealed and names the key, and no delete is of a key that the sync never wrote.
//!
//! `ROWFERRY_CASES=n` runs more cases, `ROWFERRY_SEED=n` one of them with its history. Seeds that failed once stand in
//! `mirror_model/seeds.txt`.

mod case;
mod chaos;
mod extract;
mod reference;
mod spy;
mod state;

use crate::model::explore;

/// How many cases run by default.
const CASES: u64 = 250;
const PLANS: u64 = 100;

#[test]
fn what_mirrors_leave_is_what_the_reference_says() {
    explore(CASES, include_str!("mirror_model/seeds.txt"), async |seed, log| case::run(seed, log).await);
}

#[test]
fn a_plan_tells_what_its_run_then_does() {
    explore(PLANS, "", async |seed, log| case::rehearse(seed, log).await);
}
