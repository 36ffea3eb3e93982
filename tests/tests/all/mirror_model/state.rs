//! What the bucket and the table hold, as the reference knows it.

use std::{collections::BTreeMap, io::Read};

use rowferry::snapshot::Change;
use rowferry_tests::world::World;
use serde_json::{Value, json};

use super::{
    extract::{Item, Key, key},
    reference::{Applied, Known, Open, Snapshot, Table, Waiting},
    spy::listed,
};

pub(super) fn table(world: &World, sorted: bool) -> Table {
    let items = world.items("items").into_iter();
    let items = items.map(|item| item.as_object().unwrap().clone());
    items.map(|item| (key(&item, sorted), item)).collect()
}

fn file(world: &World, name: &Value, sorted: bool) -> Vec<(Key, Option<u128>, Option<Change>)> {
    let name = name.as_str().unwrap();
    listed(world.bucket.bytes(name).unwrap_or_else(|| panic!("`{name}` is gone")), sorted)
}

/// An extract as a file of Rowferry names it.
pub(super) fn applied(extract: &Value) -> Applied {
    let text = |name: &str| extract[name].as_str().unwrap().to_owned();
    let modified_ms = extract["modified_ms"].as_u64().unwrap();
    Applied { object: text("object"), modified_ms, version: text("version"), identity: text("identity") }
}

/// Whether what is in force is about the table that is there.
fn is_of(world: &World, current: &Value) -> bool {
    let table = world.ask("DescribeTable", &json!({"TableName": "items"}));
    assert!(table["Table"]["TableId"].is_string());
    current["table_id"] == table["Table"]["TableId"]
}

/// Whether another table has taken the place of the one that a sync wrote to last.
pub(super) fn is_of_another(world: &World, sync: &str) -> bool {
    let current = world.bucket.bytes(&format!("snapshots/{sync}/current.json"));
    current.is_some_and(|text| !is_of(world, &serde_json::from_slice(&text).unwrap()))
}

pub(super) fn known(world: &World, sync: &str, sorted: bool) -> Known {
    let Some(text) = world.bucket.bytes(&format!("snapshots/{sync}/current.json")) else { return Known::default() };
    let current: Value = serde_json::from_slice(&text).unwrap();
    let revision = current["revision"].as_u64().unwrap();
    if !is_of(world, &current) {
        // Nothing is known of this very table.
        return Known { revision, ..Known::default() };
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let remapped = |value: &Value| value.as_str().unwrap().contains("template");
    let snapshot = Some(&current["snapshot"]).filter(|snapshot| !snapshot.is_null()).map(|snapshot| {
        let found = file(world, &snapshot["object"], sorted);
        let keys_of: BTreeMap<Key, Option<u128>> =
            found.iter().map(|(key, digest, _)| (key.clone(), *digest)).collect();
        assert_eq!(snapshot["items"], keys_of.len(), "{snapshot:#}");
        let held = Some(&snapshot["held"]).filter(|held| !held.is_null()).map(|held| {
            let deletes = file(world, &held["plan"], sorted).into_iter();
            let deletes = deletes.filter(|(.., change)| *change == Some(Change::Delete));
            let deletes: BTreeMap<_, _> = deletes.map(|(key, digest, _)| (key, digest)).collect();
            assert_eq!(held["deletes"], deletes.len(), "{held:#}");
            let seen = held["seen"].as_array().map(|names| names.iter().map(text).collect());
            Waiting { deletes, remapped: remapped(&held["key_fields"]), seen }
        });
        let mended = &snapshot["mended"];
        Snapshot {
            run_id: text(&snapshot["run_id"]),
            keys: keys_of,
            remapped: remapped(&snapshot["key_fields"]),
            applied: applied(&snapshot["extract"]),
            mended: (!mended.is_null()).then(|| applied(mended)),
            whole: snapshot["whole"].as_bool().unwrap(),
            held,
        }
    });
    let open = current["open"].as_array().unwrap().iter();
    let open = open.map(|open| Open {
        keys: file(world, &open["plan"], sorted)
            .into_iter()
            .map(|(key, _, change)| (key, change == Some(Change::Put)))
            .collect(),
        of: text(&open["of"]),
        scanned: open["scanned"].as_bool().unwrap(),
    });
    let open = open.collect();
    Known { revision, snapshot, open }
}

/// A before-image: the item before, and the digest of the item after.
pub(super) type Image = (Option<Item>, Option<u128>);

/// Whether a run was before the first one on the table that the mirror follows now.
pub(super) fn is_before(world: &World, sync: &str, run_id: &str) -> bool {
    let text = world.bucket.bytes(&format!("snapshots/{sync}/current.json")).unwrap_or_default();
    let current: Value = serde_json::from_slice(&text).unwrap_or_default();
    let time = |run_id: &str| run_id.split('-').next().unwrap().to_owned();
    current["since"].as_str().is_some_and(|since| time(run_id) < time(since))
}

/// The before-images of a run, by key; none where it left none.
pub(super) fn images(world: &World, sync: &str, run_id: &str, sorted: bool) -> Option<BTreeMap<Key, Image>> {
    let bytes = world.bucket.bytes(&format!("runs/{sync}/{run_id}/before.ndjson.zst"))?;
    let mut text = String::new();
    zstd::Decoder::new(&*bytes).unwrap().read_to_string(&mut text).unwrap();
    let line = |line: &str| {
        let image: Value = serde_json::from_str(line).unwrap();
        let after = image["after"].as_str().map(|text| u128::from_str_radix(text, 16).unwrap());
        (key(image["key"].as_object().unwrap(), sorted), (image["before"].as_object().cloned(), after))
    };
    let images: BTreeMap<Key, Image> = text.lines().map(line).collect();
    assert_eq!(images.len(), text.lines().count(), "one image a key");
    Some(images)
}
