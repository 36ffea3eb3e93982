//! The forms that a catalog is published in: golden files, which tests/formats holds against the packages that read them.
//! `UPDATE_GOLDEN=1 cargo test -p rowferry-tests --test all catalog_formats` writes them anew.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use rowferry::catalog::{changes, datahub, native::Table, openmetadata};
use serde_json::{Value, json};

use crate::architecture::root;

mod sample;

/// When the catalog was made: 2026-11-20T06:00:00Z.
const TIMESTAMP_MS: i64 = 1_795_154_400_000;

/// Every file of the golden catalog: its path and what stands in it.
fn files() -> Vec<(String, Value)> {
    let tables = sample::tables();
    let changes = changes::changes(Some(&sample::orders_before()), &sample::orders());
    let mut files = vec![
        ("changes.json".to_owned(), json!(changes)),
        ("openmetadata/service.json".to_owned(), openmetadata::service()),
        ("openmetadata/database.json".to_owned(), openmetadata::databases(&tables)),
        ("openmetadata/schema.json".to_owned(), openmetadata::schemas(&tables)),
        ("openmetadata/tables.json".to_owned(), openmetadata::tables(&tables)),
    ];
    for table in &tables {
        let Table { account, region, table: name, .. } = table;
        let profile = openmetadata::profile(table, TIMESTAMP_MS);
        files.push((format!("native/{account}/{region}/{name}.json"), json!(table)));
        files.push((format!("openmetadata/profiles/{}", openmetadata::profile_file(table)), profile));
        files.push((format!("datahub/{}", datahub::file(table)), datahub::proposals(table, TIMESTAMP_MS)));
    }
    files
}

fn golden() -> PathBuf {
    root().join("tests/golden/catalog")
}

/// The paths of all files beneath a folder.
fn beneath(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            beneath(&path, found);
        } else {
            found.insert(path);
        }
    }
}

#[test]
fn the_golden_files_are_what_is_made_of_the_sample_tables() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    if update {
        fs::remove_dir_all(golden()).unwrap();
        fs::create_dir_all(golden()).unwrap();
    }
    let mut expected = BTreeSet::new();
    for (name, value) in files() {
        let path = golden().join(&name);
        let text = format!("{}\n", serde_json::to_string_pretty(&value).unwrap());
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == text, "{name} is not what the code makes; run the test with UPDATE_GOLDEN=1");
        assert!(expected.insert(path), "{name} is made of two tables");
    }
    let mut found = BTreeSet::new();
    beneath(&golden(), &mut found);
    assert_eq!(found, expected, "files that nothing makes");
}

#[test]
fn tables_of_one_name_in_two_places_stay_two() {
    let orders: Vec<_> = sample::tables().into_iter().filter(|table| table.table == "orders").collect();
    assert_eq!(orders.len(), 2);
    let names: BTreeSet<_> = orders
        .iter()
        .map(|table| (openmetadata::table(table)["databaseSchema"].to_string(), datahub::file(table)))
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}
