//! What the bucket and the table hold, as the reference knows it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
};

use rowferry::snapshot::Change;
use rowferry_tests::world::World;
use serde_json::Value;

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

pub(super) fn known(world: &World, sync: &str, sorted: bool) -> Known {
    let Some(text) = world.bucket.bytes(&format!("snapshots/{sync}/current.json")) else { return Known::default() };
    let current: Value = serde_json::from_slice(&text).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let keys = |plan: &Value, wanted: Option<Change>| -> BTreeSet<Key> {
        let all = file(world, plan, sorted).into_iter();
        all.filter(|(.., change)| wanted.is_none() || *change == wanted).map(|(key, ..)| key).collect()
    };
    let remapped = |value: &Value| value.as_str().unwrap().contains("template");
    let snapshot = Some(&current["snapshot"]).filter(|snapshot| !snapshot.is_null()).map(|snapshot| {
        let found = file(world, &snapshot["object"], sorted);
        let keys_of: BTreeMap<Key, Option<u128>> =
            found.iter().map(|(key, digest, _)| (key.clone(), *digest)).collect();
        assert_eq!(snapshot["items"], keys_of.len(), "{snapshot:#}");
        let held = Some(&snapshot["held"]).filter(|held| !held.is_null()).map(|held| {
            let deletes = keys(&held["plan"], Some(Change::Delete));
            assert_eq!(held["deletes"], deletes.len(), "{held:#}");
            Waiting { deletes, remapped: remapped(&held["key_fields"]) }
        });
        let extract = &snapshot["extract"];
        Snapshot {
            run_id: text(&snapshot["run_id"]),
            keys: keys_of,
            remapped: remapped(&snapshot["key_fields"]),
            applied: Applied {
                object: text(&extract["object"]),
                modified_ms: extract["modified_ms"].as_u64().unwrap(),
                identity: text(&extract["identity"]),
            },
            held,
        }
    });
    let open = current["open"].as_array().unwrap().iter();
    let open = open.map(|open| Open { keys: keys(&open["plan"], None), undo: open["of"] == "undo" }).collect();
    Known { revision: current["revision"].as_u64().unwrap(), snapshot, open }
}

/// A before-image: the item before, and the digest of the item after.
pub(super) type Image = (Option<Item>, Option<u128>);

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
