//! Tables that are held by one mirror at a time.

use std::{collections::VecDeque, time::Duration};

use rowferry::{
    definition::Scope,
    error::{Error, Kind},
    ledger::{Held, Lease, Ledger},
    time::Deadline,
};
use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty},
    world::World,
};
use tokio::time::{Instant, sleep};

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/items";

fn minutes(minutes: u64) -> Deadline {
    Deadline::after(Duration::from_mins(minutes))
}

async fn hold(world: &World, sync: &str, scope: Scope, run_id: &str) -> Result<Held, Error> {
    world.load.edges.ledger.hold(ARN, sync, scope, &[], run_id, minutes(1)).await
}

/// Takes the table for the sync `s`, which is free.
async fn take(ledger: &Ledger, run_id: &str) -> Lease {
    match ledger.hold(ARN, "s", Scope::Table, &[], run_id, minutes(1)).await.unwrap() {
        Held::Mine(lease) => lease,
        other => panic!("{other:?}"),
    }
}

/// A world where the writes of leases go wrong in this order, and nothing after.
fn faulty(faults: impl IntoIterator<Item = Fault>) -> World {
    let (dynamodb, mut faults) = (Embedded::new(), faults.into_iter().collect::<VecDeque<_>>());
    let transport = Faulty::new(dynamodb.clone(), move |operation, _| {
        let is_write = matches!(operation, "PutItem" | "UpdateItem");
        if is_write { faults.pop_front().unwrap_or(Fault::None) } else { Fault::None }
    });
    World::with(dynamodb, transport)
}

#[tokio::test(start_paused = true)]
async fn the_second_mirror_waits_until_the_first_lets_go() {
    let world = World::new();
    let first = take(&world.load.edges.ledger, "r1").await;
    let begun = Instant::now();
    let (second, ()) = tokio::join!(hold(&world, "s", Scope::Table, "r2"), async {
        sleep(Duration::from_secs(10)).await;
        world.load.edges.ledger.let_go(&first, minutes(1)).await.unwrap();
    });
    let expected = Lease { table_arn: ARN.into(), sync: "s".into(), run_id: "r2".into(), token: 2 };
    assert_eq!(second.unwrap(), Held::Mine(expected));
    assert!((10..12).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_waits_in_vain_hears_who_has_the_table_while_there_is_time_to_say_so() {
    let world = World::new();
    let first = take(&world.load.edges.ledger, "r1").await;
    let deadline = minutes(5);
    let renewed = async {
        loop {
            sleep(Ledger::renewal()).await;
            world.load.edges.ledger.renew_lease(&first, minutes(1)).await.unwrap();
        }
    };
    let stale = ["s".to_owned()];
    let second = world.load.edges.ledger.hold(ARN, "other", Scope::Table, &stale, "r2", deadline);
    let held = tokio::select! {
        held = second => held.unwrap(),
        () = renewed => unreachable!(),
    };
    assert_eq!(held, Held::Busy { run_id: "r1".into(), sync: "s".into() });
    assert!((30..33).contains(&deadline.left().as_secs()), "{:?}", deadline.left());
}

#[tokio::test(start_paused = true)]
async fn a_table_is_taken_over_from_a_run_that_is_dead_and_does_nothing_any_more() {
    let world = World::new();
    let ledger = &world.load.edges.ledger;
    let dead = take(ledger, "r1").await;
    world.pass(61);
    let living = take(ledger, "r2").await;
    assert!(living.token > dead.token);
    let error = ledger.renew_lease(&dead, minutes(1)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Service);
    assert_eq!(error.text(), format!("run `r1` lost table `{ARN}` to run `r2`, which mirrors it now"));
    ledger.let_go(&dead, minutes(1)).await.unwrap();
    let busy = hold(&world, "s", Scope::Table, "r3").await.unwrap();
    assert_eq!(busy, Held::Busy { run_id: "r2".into(), sync: "s".into() });
}

#[tokio::test(start_paused = true)]
async fn a_lease_lasts_as_long_as_it_is_renewed() {
    let world = World::new();
    let lease = take(&world.load.edges.ledger, "r1").await;
    for _ in 0..3 {
        world.pass(55);
        world.load.edges.ledger.renew_lease(&lease, minutes(1)).await.unwrap();
    }
    let deadline = Deadline::after(Duration::from_secs(1));
    let held = world.load.edges.ledger.hold(ARN, "s", Scope::Table, &[], "r2", deadline).await.unwrap();
    assert_eq!(held, Held::Busy { run_id: "r1".into(), sync: "s".into() });
}

#[tokio::test]
async fn mirrors_that_do_not_go_together_are_told_of_each_other() {
    let world = World::new();
    let ledger = &world.load.edges.ledger;
    for sync in ["a", "b"] {
        let Held::Mine(lease) = hold(&world, sync, Scope::Synced, sync).await.unwrap() else { panic!("{sync}") };
        ledger.let_go(&lease, minutes(1)).await.unwrap();
    }
    let known = ledger.mirrors(ARN, minutes(1)).await.unwrap();
    assert_eq!(known, [("a".to_owned(), Scope::Synced), ("b".to_owned(), Scope::Synced)]);
    let third = hold(&world, "c", Scope::Table, "c").await.unwrap();
    assert_eq!(third, Held::Shared { sync: "a".into(), scope: Scope::Synced });
    let stale = ["a".to_owned(), "b".to_owned()];
    let third = ledger.hold(ARN, "c", Scope::Table, &stale, "c", minutes(1)).await.unwrap();
    assert!(matches!(third, Held::Mine(_)), "{third:?}");
    assert_eq!(ledger.mirrors(ARN, minutes(1)).await.unwrap(), [("c".to_owned(), Scope::Table)]);
    let back = hold(&world, "a", Scope::Synced, "a").await.unwrap();
    assert_eq!(back, Held::Shared { sync: "c".into(), scope: Scope::Table });
}

#[tokio::test]
async fn tables_are_held_each_for_itself() {
    let world = World::new();
    take(&world.load.edges.ledger, "r1").await;
    let other = format!("{ARN}-2");
    let held = world.load.edges.ledger.hold(&other, "t", Scope::Table, &[], "r2", minutes(1)).await.unwrap();
    assert!(matches!(held, Held::Mine(Lease { token: 1, .. })), "{held:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lease_whose_answer_was_lost_is_known_again() {
    for fault in [Fault::LostAfter, Fault::ServerErrorAfter, Fault::Truncated, Fault::LostBefore] {
        // Taking, renewing and giving back: each goes wrong once.
        let world = faulty([fault.clone(), Fault::None, fault.clone(), Fault::None, fault.clone()]);
        let begun = Instant::now();
        let lease = take(&world.load.edges.ledger, "r1").await;
        assert_eq!(lease.token, 1, "{fault:?}");
        world.load.edges.ledger.renew_lease(&lease, minutes(1)).await.unwrap();
        world.load.edges.ledger.let_go(&lease, minutes(1)).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1), "{fault:?}: nobody waited for the lease to end");
        assert_eq!(take(&world.load.edges.ledger, "r2").await.token, 2, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_that_somebody_else_took_after_a_lost_answer_stays_with_them() {
    // What gives the table back takes effect at once, its answer is lost, and the second attempt comes late.
    let world = faulty([Fault::None, Fault::LostAfter, Fault::None, Fault::Slow(1_000)]);
    let ledger = &world.load.edges.ledger;
    let first = take(ledger, "r1").await;
    let second = async {
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        take(ledger, "r2").await
    };
    let (given_back, second) = tokio::join!(ledger.let_go(&first, minutes(1)), second);
    given_back.unwrap();
    assert_eq!(second.token, 2);
    ledger.renew_lease(&second, minutes(1)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn renewing_gives_up_before_the_lease_could_end() {
    let world = faulty([Fault::None].into_iter().chain(std::iter::repeat_n(Fault::Unreached, 1_000)));
    let lease = take(&world.load.edges.ledger, "r1").await;
    let begun = Instant::now();
    let error = world.load.edges.ledger.renew_lease(&lease, minutes(60)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Service);
    assert!(begun.elapsed() + 2 * Ledger::renewal() <= Duration::from_mins(1), "{:?}", begun.elapsed());
}
