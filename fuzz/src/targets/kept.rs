//! What runs keep from one to the next: snapshots, and before-images.

use std::sync::OnceLock;

use bytes::Bytes;
use rowferry::{
    image::{LINE_BYTES, Reader},
    mapping::{key::Key, key_hash},
    mirror::current::Current,
    snapshot,
    table::Table,
};

/// A sound snapshot with some bytes changed: each time where and what.
pub(super) fn snapshot(data: &[u8]) {
    static SOUND: OnceLock<Vec<u8>> = OnceLock::new();
    let sound = SOUND.get_or_init(|| sample(&super::table()));
    let (mut file, mut edits) = (sound.clone(), data);
    while let [high, low, new, rest @ ..] = edits {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % file.len();
        file[at] = *new;
        edits = rest;
    }
    let Ok(mut reader) = snapshot::Reader::open(Bytes::from(file)) else { return };
    let mut last = None;
    while let Ok(Some(block)) = reader.next() {
        for row in 0..block.len() {
            let hash = block.hash(row);
            assert!(hash > last, "hashes ascend");
            last = hash;
            _ = (block.digest(row), block.key(row).partition.len());
        }
    }
}

fn sample(table: &Table) -> Vec<u8> {
    let keys: Vec<_> = table.keys().cloned().collect();
    let mut file = snapshot::Writer::new(Vec::new(), &keys, false).unwrap();
    let mut rows: Vec<_> =
        (0..300_u32).map(|id| (key_hash(format!(r#"{{"S":"{id}"}}"#).as_bytes(), b""), id)).collect();
    rows.sort_unstable();
    for (hash, id) in rows {
        let (partition, digest) = (id.to_string(), (id % 7 > 0).then_some(hash ^ 1));
        file.add(hash, digest, Key { partition: partition.as_bytes(), sort: b"" }, None).unwrap();
    }
    file.close().unwrap()
}

/// Any bytes as a file of before-images, as what one unpacks to, and as `current.json`.
pub(super) fn image(data: &[u8]) {
    let table = super::table();
    read(data, &table);
    read(&zstd::encode_all(data, 1).unwrap(), &table);
    if let Ok(current) = Current::read("s", data) {
        assert_eq!(Current::read("s", current.text().as_bytes()).unwrap(), current);
    }
}

fn read(file: &[u8], table: &Table) {
    let Ok(images) = Reader::new(file, table) else { return };
    for image in images.take(1_000) {
        match image {
            Ok(image) => assert!(image.key["id"]["S"].is_string(), "an image has a key of the table"),
            Err(error) => {
                assert!(error.text().len() < 2_000 && LINE_BYTES > 0, "an error is short");
                return;
            }
        }
    }
}
