//! Which extract a mirror follows: the newest complete one, whole, and never an older one again.

use std::{io::Write, sync::Arc};

use rowferry::bucket::{Bucket, memory::Memory};
use rowferry_tests::{
    embedded::Embedded,
    follow::{
        ask, define, define_as, fail, follow, furnished, ids, items, mirror, notices, numbers, refuse, rows, world,
    },
    parquet::{ByteArrayType, Maker},
    swap::Swap,
    world::{BUCKET, World},
};
use serde_json::{Value, json};

const MARKER: &str = "source: { parts: marker }";
const MANIFEST: &str = "source: { parts: manifest }";

fn note(report: &Value) -> &str {
    assert_eq!(report["status"], "skipped", "{report:#}");
    report["note"].as_str().unwrap()
}

/// A manifest of parts, each as its name, whether it is mandatory, and its length.
fn manifest(parts: &[(&str, bool, usize)]) -> String {
    let entry = |(name, mandatory, length): &(&str, bool, usize)| json!({"url": format!("s3://{BUCKET}/extracts/s/{name}"), "mandatory": mandatory, "meta": {"content_length": length}});
    json!({"entries": parts.iter().map(entry).collect::<Vec<_>>()}).to_string()
}

/// Drops parts of a folder without completing it; each has the rows from one number up to the next.
fn parts(world: &World, folder: &str, ends: &[u32]) {
    for (number, ends) in ends.windows(2).enumerate() {
        world.drop(&format!("extracts/s/{folder}/part-{number}.csv"), rows(ends[0]..ends[1]));
    }
}

#[tokio::test]
async fn a_folder_without_its_marker_is_never_followed() {
    let world = world(MARKER);
    parts(&world, "1", &[0, 20, 40]);
    assert_eq!(note(&mirror(&world).await), "there is no complete extract under `extracts/s/` yet");
    assert!(ids(&world).is_empty());
    let report = follow(&world, "1/_SUCCESS", "").await;
    assert_eq!(items(&report), "succeeded: 40 put, 0 deleted, 0 held");
    assert_eq!(report["extract"]["objects"].as_array().unwrap().len(), 2);
    parts(&world, "2", &[0, 5]);
    assert_eq!(
        note(&mirror(&world).await),
        "the newest complete extract, `extracts/s/1/_SUCCESS`, was applied already"
    );
    assert_eq!(ids(&world), numbers(0..40), "half of an extract would be a mass delete");
    parts(&world, "2", &[0, 5, 39]);
    let report = follow(&world, "2/_SUCCESS", "").await;
    assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held");
}

#[tokio::test]
async fn a_folder_that_is_completed_again_is_followed_again() {
    let world = world(MARKER);
    parts(&world, "1", &[0, 5, 10]);
    follow(&world, "1/_SUCCESS", "").await;
    parts(&world, "1", &[0, 4]);
    for payload in [json!({"sync": "s"}), json!({"sync": "s", "verify": true})] {
        assert_eq!(
            note(&ask(&world, payload).await),
            "parts of `extracts/s/1/_SUCCESS` have changed since it was applied; it is complete again when that object is delivered again"
        );
    }
    assert_eq!(ids(&world), numbers(0..10), "parts alone complete nothing");
    let report = follow(&world, "1/_SUCCESS", "").await;
    assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held");
}

#[tokio::test]
async fn a_marker_without_parts_is_an_extract_without_rows_and_holds() {
    let world = world(MARKER);
    parts(&world, "1", &[0, 5]);
    follow(&world, "1/_SUCCESS", "").await;
    let report = follow(&world, "2/_SUCCESS", "").await;
    assert_eq!(items(&report), "held: 0 put, 0 deleted, 5 held", "{report:#}");
    assert_eq!(report["guards"][0]["guard"], "extract_empty");
}

#[tokio::test]
async fn a_manifest_that_lists_what_is_not_there_fails_before_any_write() {
    let world = world(MANIFEST);
    parts(&world, "1", &[0, 20, 40]);
    let (one, two) = (rows(0..20).len(), rows(20..40).len());
    let whole = manifest(&[("1/part-0.csv", true, one), ("1/part-1.csv", true, two)]);
    assert_eq!(items(&follow(&world, "1/manifest", whole).await), "succeeded: 40 put, 0 deleted, 0 held");
    parts(&world, "2", &[1, 20]);
    let length = rows(1..20).len();
    let missing = manifest(&[("2/part-0.csv", true, length), ("2/part-1.csv", true, two)]);
    assert_eq!(
        fail(&world, "2/manifest", missing).await,
        "extract: manifest `extracts/s/2/manifest` lists `extracts/s/2/part-1.csv`, which does not exist; deliver it, then the manifest again"
    );
    let short = manifest(&[("2/part-0.csv", true, length + 1)]);
    assert_eq!(
        fail(&world, "2/manifest", short).await,
        format!(
            "extract: `extracts/s/2/part-0.csv` has {length} bytes, manifest `extracts/s/2/manifest` says {}; deliver it whole, then the manifest again",
            length + 1
        )
    );
    assert_eq!(ids(&world), numbers(0..40));
    let sound = manifest(&[("2/part-0.csv", true, length), ("1/part-1.csv", true, two)]);
    assert_eq!(items(&follow(&world, "2/manifest", sound).await), "succeeded: 0 put, 1 deleted, 0 held");
}

#[tokio::test]
async fn an_optional_part_that_is_missing_is_told() {
    let world = world(MANIFEST);
    parts(&world, "1", &[0, 5]);
    let text = manifest(&[("1/part-0.csv", true, rows(0..5).len()), ("1/part-1.csv", false, 7)]);
    let report = follow(&world, "1/manifest", text).await;
    assert_eq!(items(&report), "succeeded: 5 put, 0 deleted, 0 held", "{report:#}");
    assert_eq!(
        notices(&report),
        [
            "the manifest lists optional parts that are not there, and the mirror goes without them: `extracts/s/1/part-1.csv`"
        ]
    );
}

#[tokio::test]
async fn of_several_extracts_the_newest_alone_counts() {
    let world = world("");
    for (name, ids) in [("c.csv", 0..10), ("a.csv", 5..30), ("b.csv", 2..12)] {
        world.drop(&format!("extracts/s/{name}"), rows(ids));
    }
    let report = mirror(&world).await;
    assert_eq!(items(&report), "succeeded: 10 put, 0 deleted, 0 held");
    assert_eq!((&report["extract"]["objects"][0]["key"], ids(&world)), (&json!("extracts/s/b.csv"), numbers(2..12)));
}

#[tokio::test]
async fn an_older_extract_never_follows_a_newer_one() {
    let world = world("");
    follow(&world, "old.csv", rows(0..10)).await;
    follow(&world, "new.csv", rows(5..15)).await;
    world.bucket.remove("extracts/s/new.csv");
    for payload in [json!({"sync": "s"}), json!({"sync": "s", "verify": true}), json!({"sync": "s", "dry_run": true})] {
        let report = ask(&world, payload).await;
        assert_eq!(
            note(&report),
            "the newest complete extract, `extracts/s/old.csv`, is older than `extracts/s/new.csv`, which was applied"
        );
    }
    assert_eq!(ids(&world), numbers(5..15));
    let report = follow(&world, "old.csv", rows(0..10)).await;
    assert_eq!(items(&report), "succeeded: 5 put, 5 deleted, 0 held", "delivered again, it is the newest");
}

#[tokio::test]
async fn an_extract_that_is_overwritten_under_its_name_is_news() {
    let world = world("");
    follow(&world, "all.csv", rows(0..10)).await;
    assert_eq!(mirror(&world).await["status"], "skipped");
    let report = follow(&world, "all.csv", rows(2..11)).await;
    assert_eq!(items(&report), "succeeded: 1 put, 2 deleted, 0 held");
}

#[tokio::test]
async fn what_is_no_extract_is_not_followed() {
    let world = world("");
    follow(&world, "1.csv", rows(0..10)).await;
    for name in ["_SUCCESS", ".2.csv", "2.csv.crc", "_temporary/2.csv", "folder/"] {
        world.drop(&format!("extracts/s/{name}"), rows(0..1));
        assert_eq!(mirror(&world).await["status"], "skipped", "{name}");
    }
    assert_eq!(ids(&world), numbers(0..10));
}

#[tokio::test]
async fn an_extract_that_is_not_sound_fails_before_any_write() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(rows(0..2_000).as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut maker = Maker::new("required byte_array id (UTF8); required byte_array n (UTF8);");
    maker.group().values::<ByteArrayType>(&["1".into()]).values::<ByteArrayType>(&["1".into()]).finish();
    let parquet = maker.finish();
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("cut.csv.gz", gzip[..gzip.len() / 2].into(), "`extracts/s/cut.csv.gz`: "),
        ("tail.csv.gz", gzip[..gzip.len() - 4].into(), "`extracts/s/tail.csv.gz`: "),
        ("column.csv", b"id,m\n1,1\n".to_vec(), "`extracts/s/column.csv` does not fit the definition:"),
        ("case.csv", b"ID,n\n1,1\n".to_vec(), "`extracts/s/case.csv` does not fit the definition:"),
        ("twice.csv", b"id,n,n\n1,1,1\n".to_vec(), "`extracts/s/twice.csv`: "),
        ("cut.parquet", parquet[..parquet.len() - 9].into(), "`extracts/s/cut.parquet`: "),
    ];
    for (name, bytes, expected) in cases {
        let world = world("");
        follow(&world, "1.csv", rows(0..10)).await;
        let failed = fail(&world, name, bytes).await;
        assert!(failed.starts_with(&format!("extract: {expected}")), "{name}: {failed}");
        assert_eq!(ids(&world), numbers(0..10), "{name}");
        let notices = world.notices();
        assert_eq!(notices[0].0, "Rowferry failed at sync s (extract)", "{name}");
        let report = follow(&world, "2.csv", rows(1..10)).await;
        assert_eq!(items(&report), "succeeded: 0 put, 1 deleted, 0 held", "{name}");
    }
}

#[tokio::test]
async fn a_part_that_lacks_a_column_fails_all_of_them_before_any_write() {
    let world = world(MARKER);
    parts(&world, "1", &[0, 10]);
    follow(&world, "1/_SUCCESS", "").await;
    parts(&world, "2", &[5, 10]);
    world.drop("extracts/s/2/part-9.csv", "id\n1\n");
    world.drop("extracts/s/2/_SUCCESS", "");
    let failed = refuse(&world, json!({"sync": "s"})).await;
    assert!(failed.starts_with("extract: `extracts/s/2/part-9.csv` does not fit the definition:"), "{failed}");
    assert_eq!(ids(&world), numbers(0..10));
}

#[tokio::test]
async fn parts_of_both_kinds_are_one_extract() {
    let world = world("");
    define_as(&world, "source: { parts: marker }\nfields: all");
    world.drop("extracts/s/1/a.csv", "id,n\n1,one\n");
    let mut maker = Maker::new("required byte_array n (UTF8); required byte_array id (UTF8);");
    maker.group().values::<ByteArrayType>(&["two".into()]).values::<ByteArrayType>(&["2".into()]).finish();
    world.drop("extracts/s/1/b.parquet", maker.finish());
    follow(&world, "1/_SUCCESS", "").await;
    assert_eq!(world.lines("items"), ["id=\"1\" n=\"one\"", "id=\"2\" n=\"two\""]);
}

/// A world whose bucket keeps no versions, where the extract `2.csv` is overwritten before the n-th read of an object.
fn overwritten(nth: usize) -> World {
    let memory = Arc::new(Memory::new(BUCKET));
    let swap = Swap::before(Arc::clone(&memory), nth, |memory| {
        memory.insert("extracts/s/2.csv", rows(0..9));
    });
    let (dynamodb, seen): (_, Arc<dyn Bucket>) = (Embedded::new(), Arc::new(swap));
    furnished(World::over(memory, seen, dynamodb.clone(), dynamodb), "")
}

#[tokio::test]
async fn an_extract_that_is_overwritten_while_it_is_read_ends_the_run_and_the_next_converges() {
    let mut failed = 0;
    // Reads of the first extract come before; each later one may be the one.
    for nth in 3..20 {
        let world = overwritten(nth);
        follow(&world, "1.csv", rows(0..10)).await;
        world.drop("extracts/s/2.csv", format!("{}x,1\ny,2\n", rows(3..10)));
        if let Err(error) = world.mirror(&json!({"sync": "s"})).await {
            failed += 1;
            assert_eq!(error.kind().name(), "extract", "{nth}: {}", error.text());
            assert!(error.text().contains("extracts/s/2.csv"), "{nth}: {}", error.text());
        }
        let report = follow(&world, "2.csv", rows(0..9)).await;
        assert_ne!(report["status"], "failed");
        assert_eq!(ids(&world), numbers(0..9), "{nth}: what the run that ended wrote is not forgotten");
    }
    assert!(failed >= 3, "{failed}");
}

#[tokio::test]
async fn the_version_that_was_pinned_is_followed_whatever_comes_after_it() {
    let memory = Arc::new(Memory::versioned(BUCKET));
    let swap = Swap::before(Arc::clone(&memory), 5, |memory| {
        memory.insert("extracts/s/2.csv", rows(0..9));
    });
    let (dynamodb, seen): (_, Arc<dyn Bucket>) = (Embedded::new(), Arc::new(swap));
    let world = furnished(World::over(memory, seen, dynamodb.clone(), dynamodb), "");
    follow(&world, "1.csv", rows(0..10)).await;
    follow(&world, "2.csv", rows(3..10)).await;
    assert_eq!(ids(&world), numbers(3..10));
    let report = mirror(&world).await;
    assert_eq!((items(&report).as_str(), ids(&world)), ("succeeded: 3 put, 1 deleted, 0 held", numbers(0..9)));
}

#[tokio::test]
async fn columns_that_no_field_reads_are_told_by_a_dry_run() {
    let world = world("");
    define(&world, "");
    world.drop("extracts/s/1.csv", "id,n,extra\n1,1,x\n");
    let dry = ask(&world, json!({"sync": "s", "dry_run": true})).await;
    assert_eq!(notices(&dry), ["columns of the extract that no field reads: `extra`"]);
    assert_eq!(items(&mirror(&world).await), "succeeded: 1 put, 0 deleted, 0 held");
}
