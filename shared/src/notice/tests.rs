use std::time::UNIX_EPOCH;

use super::*;
use crate::{
    definition::Behavior,
    error::Kind,
    report::{Draft, Failure, Guard},
};

const PLACE: Place<'_> = Place { function: "rowferry-mirror", bucket: "data" };

fn report(sync: &str, outcome: Result<Status, Failure>) -> Report {
    let mut draft = Draft::new("r1".into(), sync.into(), Behavior::Mirror, false, UNIX_EPOCH);
    draft.rows = Rows { read: 6, written: 3, unchanged: 2, superseded: 1, rejected: 0 };
    draft.items = Items { put: 3, deleted: 0, deletes_held: 12 };
    let message = "12 of 40 items would be deleted, more than 20% and 10".into();
    draft.guards = vec![Guard { guard: "max_deletes", message }];
    draft.finish(outcome, UNIX_EPOCH).unwrap()
}

fn failed(message: &str) -> Result<Status, Failure> {
    Err(Failure { kind: Kind::Table, message: message.to_owned() })
}

#[test]
fn a_held_run_says_why_and_how_to_approve_it() {
    let (subject, message) = text(&report("orders", Ok(Status::Held)), PLACE).unwrap();
    assert_eq!(subject, "Rowferry holds 12 deletes of sync orders");
    insta::assert_snapshot!(message, @r#"
    Run r1 of sync orders did all but 12 deletes: they wait until a person approves them.

    Rows: 6 read, 3 written, 2 unchanged, 1 superseded, 0 rejected
    Items: 3 put, 0 deleted, 12 deletes held

    Why they are held:
    - max_deletes: 12 of 40 items would be deleted, more than 20% and 10

    To delete exactly these, unless a later run of the sync has changed the snapshot, invoke rowferry-mirror with

    {"sync":"orders","approve":"r1"}

    aws lambda invoke --function-name rowferry-mirror --cli-read-timeout 900 --cli-binary-format raw-in-base64-out --payload '{"sync":"orders","approve":"r1"}' answer.json

    To keep them, do nothing: the next run proposes again what its extract then lacks.

    The report: s3://data/runs/orders/r1/report.json
    "#);
}

#[test]
fn a_failed_run_says_who_must_act_and_on_what() {
    let (subject, message) =
        text(&report("orders", failed("table `orders` does not exist; create it")), PLACE).unwrap();
    assert_eq!(subject, "Rowferry failed at sync orders (table)");
    insta::assert_snapshot!(message, @r"
    Run r1 of sync orders failed.

    table: table `orders` does not exist; create it

    Rows: 6 read, 3 written, 2 unchanged, 1 superseded, 0 rejected
    Items: 3 put, 0 deleted, 12 deletes held

    The report: s3://data/runs/orders/r1/report.json
    ");
}

#[test]
fn a_run_that_needs_nobody_tells_nobody() {
    for status in [Status::Succeeded, Status::Planned, Status::Skipped] {
        assert_eq!(text(&report("orders", Ok(status)), PLACE), None, "{status:?}");
    }
}

#[test]
fn subject_and_message_are_what_sns_takes() {
    let long = "a".repeat(200);
    let (subject, message) = text(&report(&long, failed(&"é\n".repeat(60_000))), PLACE).unwrap();
    assert_eq!(subject.len(), 99);
    assert!(subject.is_ascii() && !subject.contains(char::is_control), "{subject:?}");
    assert!(message.len() <= 256 * 1024, "{}", message.len());
    let (subject, _) = text(&report("größe\n", Ok(Status::Held)), PLACE).unwrap();
    assert_eq!(subject, "Rowferry holds 12 deletes of sync gre");
}
