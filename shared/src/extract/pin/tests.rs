use super::*;
use crate::bucket::memory::Memory;

const FOLDER: &str = "extracts/orders/";

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn holding(bucket: Memory, names: &[(&str, &'static str)]) -> Memory {
    for (name, text) in names {
        bucket.insert(&format!("{FOLDER}{name}"), *text);
    }
    bucket
}

/// What one object turns out to be, in a line.
fn outcome(bucket: &Memory, parts: Parts, name: &str) -> String {
    let key = format!("{FOLDER}{name}");
    match wait(pin(bucket, "orders", parts, Asked::newest(&key))) {
        Ok(Pinned::Extract(extract)) => {
            let names = |keys: Vec<&str>| keys.join(" ").replace(FOLDER, "");
            let found = names(extract.objects.iter().map(|object| object.key.as_str()).collect());
            let absent = names(extract.absent.iter().map(String::as_str).collect());
            if absent.is_empty() { found } else { format!("{found} without {absent}") }
        }
        Ok(Pinned::NotYet { reason }) => format!("not yet: {reason}"),
        Ok(Pinned::Nothing { reason }) => format!("nothing: {reason}"),
        Ok(Pinned::Superseded { reason }) => format!("superseded: {reason}"),
        Err(error) => format!("{}: {error}", error.kind().name()),
    }
}

fn extract(bucket: &Memory, parts: Parts, key: &str) -> Extract {
    match wait(pin(bucket, "orders", parts, Asked::newest(key))) {
        Ok(Pinned::Extract(extract)) => extract,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_object_is_an_extract_of_its_own() {
    let bucket = holding(Memory::versioned("data"), &[("a.csv", "id\n1\n"), ("_a.csv", "")]);
    assert_eq!(outcome(&bucket, Parts::Single, "a.csv"), "a.csv");
    let hidden = "nothing: `extracts/orders/_a.csv` is no extract: its name begins with `_` or `.`";
    assert_eq!(outcome(&bucket, Parts::Single, "_a.csv"), hidden);
    let missing = "extract: there is no object `extracts/orders/b.csv` in the data bucket";
    assert_eq!(outcome(&bucket, Parts::Single, "b.csv"), missing);
    let Extract { objects, trigger, name, .. } = extract(&bucket, Parts::Single, "extracts/orders/a.csv");
    assert_eq!((objects, name), (vec![trigger.clone()], trigger.key.clone()));
    assert_eq!((trigger.version_id.as_deref(), trigger.size_bytes), (Some("v1"), 5));
}

#[test]
fn an_object_of_another_sync_is_refused() {
    let bucket = Memory::new("data");
    let error = wait(pin(&bucket, "orders", Parts::Single, Asked::newest("extracts/orders2/a.csv"))).unwrap_err();
    assert_eq!(error.to_string(), "object `extracts/orders2/a.csv` does not lie under `extracts/orders/`");
    assert_eq!(error.kind(), Kind::Request);
}

#[test]
fn a_marker_completes_everything_beneath_its_folder() {
    let names = [
        ("day/_SUCCESS", ""),
        ("day/part-1.csv", "1"),
        ("day/part-0.csv", "0"),
        ("day/h=10/part-2.csv", "2"),
        ("day/h=10/.part-2.csv.crc", ""),
        ("day/_temporary/0/part-3.csv", ""),
        ("day/_committed_1", ""),
        ("day/h=10/", ""),
        ("day2/part-9.csv", ""),
        ("part-8.csv", ""),
    ];
    let bucket = holding(Memory::versioned("data"), &names);
    assert_eq!(outcome(&bucket, Parts::Marker, "day/_SUCCESS"), "day/h=10/part-2.csv day/part-0.csv day/part-1.csv");
    let waits = "not yet: `extracts/orders/day/part-0.csv` is a part; the extract is complete with `_SUCCESS` in its \
                 folder or above";
    assert_eq!(outcome(&bucket, Parts::Marker, "day/part-0.csv"), waits);
    let objects = extract(&bucket, Parts::Marker, "extracts/orders/day/_SUCCESS").objects;
    assert!(objects.iter().all(|object| object.version_id.is_some()), "a listing has no versions");
}

#[test]
fn a_marker_leaves_rejects_that_came_back_alone() {
    let names =
        [("day/_SUCCESS", ""), ("day/part-0.csv", "0"), ("day/rejects.csv", "r"), ("day/h=1/a-rejects.csv", "r")];
    let bucket = holding(Memory::new("data"), &names);
    assert_eq!(outcome(&bucket, Parts::Marker, "day/_SUCCESS"), "day/part-0.csv");
    for parts in [Parts::Single, Parts::Marker, Parts::Manifest] {
        assert_eq!(outcome(&bucket, parts, "day/rejects.csv"), "day/rejects.csv");
    }
}

#[test]
fn a_folder_without_data_is_an_extract_without_rows() {
    let bucket = holding(Memory::new("data"), &[("_SUCCESS", "")]);
    assert_eq!(outcome(&bucket, Parts::Marker, "_SUCCESS"), "");
}

#[test]
fn a_manifest_names_its_parts_in_its_order() {
    let entry = |name: &str, rest: &str| format!(r#"{{"url": "s3://data/extracts/orders/{name}"{rest}}}"#);
    let check = |entries: &[String], expected: &str| {
        let bucket = holding(Memory::new("data"), &[("p0", "000"), ("p1", "1"), ("other", "")]);
        bucket.insert("extracts/orders/orders_manifest", format!(r#"{{"entries": [{}]}}"#, entries.join(",")));
        assert_eq!(outcome(&bucket, Parts::Manifest, "orders_manifest"), expected);
    };
    check(&[entry("p1", ""), entry("p0", r#", "mandatory": true, "meta": {"content_length": 3}"#)], "p1 p0");
    check(&[entry("p1", ""), entry("gone", r#", "mandatory": false"#)], "p1 without gone");
    check(&[], "");
    let missing = "extract: manifest `extracts/orders/orders_manifest` lists `extracts/orders/gone`, which does not \
                   exist; deliver it, then the manifest again";
    check(&[entry("p1", ""), entry("gone", r#", "mandatory": true"#)], missing);
    check(&[entry("gone", "")], missing);
    let short = "extract: `extracts/orders/p0` has 3 bytes, manifest `extracts/orders/orders_manifest` says 4; deliver \
                 it whole, then the manifest again";
    check(&[entry("p0", r#", "meta": {"content_length": 4}"#)], short);
    let twice = "extract: manifest `extracts/orders/orders_manifest`: entry 2 lists `extracts/orders/p0` a second time; \
                 its rows would count twice";
    check(&[entry("p0", ""), entry("p0", "")], twice);
}

#[test]
fn other_objects_wait_for_the_manifest() {
    let bucket = holding(Memory::new("data"), &[("p0", "")]);
    let waits = "not yet: `extracts/orders/p0` is a part; the extract is complete with its manifest";
    assert_eq!(outcome(&bucket, Parts::Manifest, "p0"), waits);
}

#[test]
fn an_object_that_was_overwritten_before_the_run_is_left_to_its_own_event() {
    let check = |bucket: Memory, version_id, expected: &str| {
        let first = bucket.insert("extracts/orders/a.csv", "1");
        bucket.insert("extracts/orders/a.csv", "2");
        let asked = Asked { version_id, etag: Some(&first.etag), ..Asked::newest("extracts/orders/a.csv") };
        let found = match wait(pin(&bucket, "orders", Parts::Single, asked)) {
            Ok(Pinned::Extract(extract)) => extract.trigger.version_id.unwrap_or_default(),
            Ok(Pinned::Superseded { .. }) => "superseded".into(),
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected);
    };
    check(Memory::new("data"), None, "superseded");
    check(Memory::versioned("data"), Some("v1"), "v1");
}

#[test]
fn a_denied_or_archived_part_stops_before_any_row() {
    let bucket = holding(Memory::new("data"), &[("_SUCCESS", ""), ("a.csv", ""), ("b.csv", "")]);
    bucket.archive("extracts/orders/a.csv");
    let archived = "extract: object `extracts/orders/a.csv` is archived (GLACIER); restore it first";
    assert_eq!(outcome(&bucket, Parts::Marker, "_SUCCESS"), archived);
    bucket.deny("extracts/orders/a.csv");
    let denied = "config: access to `extracts/orders/a.csv` in the data bucket was denied (AccessDenied); allow the \
                  function `s3:GetObject`, and check the bucket's policy";
    assert_eq!(outcome(&bucket, Parts::Marker, "_SUCCESS"), denied);
}

#[test]
fn the_identity_is_that_of_the_objects_and_their_order() {
    let identity = |manifest: &str, text: &'static str| {
        let bucket = holding(Memory::new("data"), &[("p0", text), ("p1", "1")]);
        bucket.insert("extracts/orders/manifest", manifest.to_owned());
        extract(&bucket, Parts::Manifest, "extracts/orders/manifest").identity()
    };
    let forth = r#"{"entries": [{"url": "s3://data/extracts/orders/p0"}, {"url": "s3://data/extracts/orders/p1"}]}"#;
    let back = r#"{"entries": [{"url": "s3://data/extracts/orders/p1"}, {"url": "s3://data/extracts/orders/p0"}]}"#;
    assert_eq!(identity(forth, "0"), identity(forth, "0"));
    assert_eq!(identity(forth, "0").len(), 32);
    assert_ne!(identity(forth, "0"), identity(forth, "other"));
    assert_ne!(identity(forth, "0"), identity(back, "0"));
}
