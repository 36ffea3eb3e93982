//! How rows come: as objects of text, compressed text and Parquet, alone, or as parts with a marker or a manifest.

use std::io::Write;

use bytes::Bytes;
use fastrand::Rng;
use rowferry_tests::{
    parquet::{ByteArrayType, Int32Type, Maker},
    world::BUCKET,
};
use serde_json::{Value, json};

use super::reference::Row;

/// What stays as it is through a case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// The bucket keeps versions.
    pub(super) versioned: bool,
    /// The table has a sort key.
    pub(super) sorted: bool,
    pub(super) parts: Parts,
    /// Extracts come as Parquet and gzip too.
    pub(super) formats: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    Single,
    Marker,
    Manifest,
}

/// How many extracts there are, and how many parts each has at most.
pub(super) const EXTRACTS: usize = 2;
pub(super) const PARTS: usize = 3;

impl Setting {
    pub(super) fn random(random: &mut Rng) -> Self {
        let parts = [Parts::Single, Parts::Single, Parts::Marker, Parts::Manifest][random.usize(..4)];
        Self { versioned: random.bool(), sorted: random.u8(..4) > 0, parts, formats: random.u8(..3) == 0 }
    }

    /// The object that stands for an extract, and completes it.
    pub(super) fn trigger(self, extract: usize) -> &'static str {
        match self.parts {
            Parts::Single => ["extracts/s/a", "extracts/s/b.csv"][extract],
            Parts::Marker => ["extracts/s/x/_SUCCESS", "extracts/s/y/_SUCCESS"][extract],
            Parts::Manifest => ["extracts/s/x/manifest", "extracts/s/y/unload.manifest"][extract],
        }
    }

    pub(super) fn part(extract: usize, part: usize) -> String {
        format!("extracts/s/{}/part-{part}", ["x", "y"][extract])
    }
}

/// One line of a manifest.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) part: usize,
    pub(super) mandatory: Option<bool>,
    pub(super) size_bytes: Option<usize>,
}

pub(super) fn manifest(extract: usize, entries: &[Entry]) -> Bytes {
    let entry = |entry: &Entry| {
        let mut told = json!({"url": format!("s3://{BUCKET}/{}", Setting::part(extract, entry.part))});
        if let Some(mandatory) = entry.mandatory {
            told["mandatory"] = mandatory.into();
        }
        if let Some(size_bytes) = entry.size_bytes {
            told["meta"] = json!({"content_length": size_bytes});
        }
        told
    };
    json!({"entries": entries.iter().map(entry).collect::<Value>()}).to_string().into()
}

/// Rows as an object of some format.
pub(super) fn object(setting: Setting, rows: &[Row], random: &mut Rng) -> (&'static str, Bytes) {
    match random.u8(..8) {
        _ if !setting.formats => ("CSV", csv(rows, random).into()),
        0..3 => ("Parquet", parquet(rows, random)),
        3 => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(csv(rows, random).as_bytes()).unwrap();
            ("gzip", gzip.finish().unwrap().into())
        }
        _ => ("CSV", csv(rows, random).into()),
    }
}

const NAMES: [&str; 6] = ["id", "sub", "v", "a", "n", "e"];

/// The columns stand in any order: their names count.
fn csv(rows: &[Row], random: &mut Rng) -> String {
    let first = random.usize(..NAMES.len());
    let line = |mut cells: [String; 6]| {
        cells.rotate_left(first);
        format!("{}\n", cells.join(","))
    };
    let rows: String = rows.iter().map(|row| line(row.cells())).collect();
    line(NAMES.map(str::to_owned)) + &rows
}

fn parquet(rows: &[Row], random: &mut Rng) -> Bytes {
    let texts = ["id", "sub", "a", "n", "e"].map(|name| format!("optional byte_array {name} (UTF8);"));
    let mut maker = Maker::new(&format!("{} optional int32 v;", texts.concat()));
    let size = random.usize(1..8);
    for rows in rows.chunks(size) {
        let mut group = maker.group();
        for column in 0..5 {
            let cells: Vec<_> = rows.iter().map(|row| row.texts()[column].as_deref().map(Into::into)).collect();
            group = group.optional::<ByteArrayType>(&cells);
        }
        let versions: Vec<Option<i32>> = rows.iter().map(|row| row.v.map(i32::from)).collect();
        group.optional::<Int32Type>(&versions).finish();
    }
    maker.finish()
}
