//! Definitions of mirrors, the rows of their extracts, and what both mean.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use fastrand::Rng;
use rowferry::{definition::Write, mapping::Digest};
use rowferry_tests::parquet::{ByteArray, ByteArrayType, Maker};
use serde_json::{Map, Value, json};

/// Partition key and sort key, 0 where the table has none.
pub(super) type Key = (String, i64);

/// An item in DynamoDB JSON.
pub(super) type Item = Map<String, Value>;

/// The text of a cell that the table refuses.
pub(super) const REFUSED: &str = "REFUSED";

/// Partition keys of rows, and sort keys.
const IDS: [&str; 40] = [
    "k", "l", "m", "o", "p", "q0", "q1", "q2", "q3", "q4", "r0", "r1", "r2", "r3", "r4", "s0", "s1", "s2", "s3", "s4",
    "t0", "t1", "t2", "t3", "t4", "u0", "u1", "u2", "u3", "u4", "v0", "v1", "v2", "v3", "v4", "w0", "w1", "w2", "w3",
    "w4",
];
const FEW: usize = 5;
const SUBS: i64 = 2;

/// The columns of extracts.
const NAMES: [&str; 6] = ["id", "sub", "v", "a", "n", "e"];

const NUMBERS: [(&str, &str); 5] = [("1", "1"), ("1.0", "1"), ("2.50", "2.5"), ("1e2", "100"), ("-3.5", "-3.5")];

/// A definition.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a definition has as many switches")]
pub(super) struct Definition {
    pub(super) write: &'static str,
    pub(super) duplicates: &'static str,
    pub(super) sync_key: bool,
    pub(super) version: bool,
    /// Whether the attribute `n` is mapped.
    numbered: bool,
    on_null: &'static str,
    /// Whether partition keys come from a template.
    pub(super) remapped: bool,
    origin: &'static str,
    pub(super) scope: &'static str,
    pub(super) percent: u64,
    pub(super) count: u64,
    pub(super) images: &'static str,
    /// Whether it writes so slowly that leases have to be renewed.
    slow: bool,
    /// Whether the table has a sort key.
    sorted: bool,
    marker: bool,
}

impl Definition {
    pub(super) fn random(sorted: bool, marker: bool, alone: bool, random: &mut Rng) -> Self {
        Self {
            write: ["replace", "replace", "merge"][random.usize(..3)],
            duplicates: ["last", "first", "reject"][random.usize(..3)],
            sync_key: random.u8(..6) == 0,
            version: random.u8(..5) == 0,
            numbered: random.u8(..4) > 0,
            on_null: ["remove", "remove", "null", "reject"][random.usize(..4)],
            remapped: random.u8(..5) == 0,
            origin: ["here", "there"][random.usize(..2)],
            scope: if alone && random.u8(..3) == 0 { "table" } else { "synced" },
            percent: [0, 20, 50, 100][random.usize(..4)],
            count: random.u64(..4),
            images: ["deletes", "all", "all", "none"][random.usize(..4)],
            slow: random.u8(..6) == 0,
            sorted,
            marker,
        }
    }

    /// Changes one thing or all of them.
    pub(super) fn change(&mut self, alone: bool, random: &mut Rng) {
        let new = Self::random(self.sorted, self.marker, alone, random);
        match random.u8(..9) {
            0 => self.write = new.write,
            1 => self.duplicates = new.duplicates,
            2 => self.origin = new.origin,
            3 => self.numbered = new.numbered,
            4 => self.remapped = !self.remapped,
            5 => self.scope = new.scope,
            6 => (self.percent, self.count) = (new.percent, new.count),
            7 => self.images = new.images,
            _ => *self = new,
        }
    }

    pub(super) fn yaml(&self) -> String {
        let Self { write, duplicates, on_null, origin, scope, percent, count, images, .. } = self;
        let given = |is: bool, text: &'static str| if is { text } else { "" };
        let version = given(self.version, "version: ver\n");
        let sync_key = given(self.sync_key, "sync_key: e\n");
        let limits = given(self.slow, "limits: { write_units_per_second: 0.2 }\n");
        let parts = given(self.marker, "source: { parts: marker }\n");
        let key = if self.remapped { "template: \"p{id}\"" } else { "column: id" };
        let n = given(self.numbered, "  - { attribute: n, column: n, type: N }\n");
        format!(
            "destination: {{ table: items }}
behavior: mirror
write: {write}
duplicates: {duplicates}
{version}{sync_key}{limits}{parts}mirror: {{ scope: {scope}, max_deletes: {{ percent: {percent}, count: {count} }}, before_images: {images} }}
fields:
  - {{ attribute: pk, {key} }}
  - {{ attribute: sk, column: sub, type: N }}
  - {{ attribute: ver, column: v, type: N }}
  - {{ attribute: a, column: a, on_null: {on_null} }}
  - {{ attribute: origin, value: {origin} }}
{n}"
        )
    }

    /// The attributes that are mapped, in the order of their names.
    pub(super) fn names(&self) -> Vec<String> {
        let names = ["a", "n", "origin", "pk", "sk", "ver"];
        names.into_iter().filter(|name| self.numbered || *name != "n").map(str::to_owned).collect()
    }

    /// What tells an item from others, where the rows of this definition wrote it.
    pub(super) fn digest(&self, item: &Item) -> u128 {
        self.digest_of(item, &self.names())
    }

    /// The same, where other attributes were mapped.
    pub(super) fn digest_of(&self, item: &Item, names: &[String]) -> u128 {
        let write = if self.write == "merge" { Write::Merge } else { Write::Replace };
        Digest::new(write, self.version.then_some("ver")).of_held(item, names).unwrap()
    }

    pub(super) fn key(&self, item: &Item) -> Key {
        key(item, self.sorted)
    }
}

/// The key of an item.
pub(super) fn key(item: &Item, sorted: bool) -> Key {
    let sub = || item["sk"]["N"].as_str().unwrap().parse().unwrap();
    (item["pk"]["S"].as_str().unwrap().to_owned(), if sorted { sub() } else { 0 })
}

/// What an application puts, in the place of a row or in one of its own.
pub(super) fn foreign(random: &mut Rng) -> Item {
    let id = ["k", "l", "m", "pk", "pl", "x"][random.usize(..6)];
    let item = json!({
        "pk": {"S": id}, "sk": {"N": random.i64(1..=SUBS).to_string()}, "a": {"S": "app"}, "own": {"S": "o"},
        "ver": {"N": random.u8(..9).to_string()},
    });
    item.as_object().unwrap().clone()
}

/// A row: cells as text, and what they mean.
#[derive(Clone)]
pub(super) struct Row {
    id: &'static str,
    sub: Option<i64>,
    sub_text: &'static str,
    v: Option<u8>,
    a: Option<&'static str>,
    n: Result<Option<&'static str>, ()>,
    n_text: &'static str,
    e: u8,
}

impl Row {
    /// `clean` rows are hardly ever rejected.
    pub(super) fn random(clean: bool, wide: bool, random: &mut Rng) -> Self {
        let rarely = |random: &mut Rng| random.u8(..if clean { 250 } else { 12 }) == 0;
        let subs = [(1, "1"), (1, "1.0"), (2, "2"), (2, "20e-1")];
        let (sub, sub_text) = subs[random.usize(..subs.len())];
        let (sub, sub_text) = if rarely(random) { (None, "x") } else { (Some(sub), sub_text) };
        let (n_text, n) = NUMBERS[random.usize(..NUMBERS.len())];
        let (n_text, n) = match random.u8(..8) {
            0 => ("", Ok(None)),
            _ if rarely(random) => ("oops", Err(())),
            _ => (n_text, Ok(Some(n))),
        };
        let a = match random.u8(..8) {
            0 => None,
            _ if rarely(random) => Some(REFUSED),
            other => Some(["x", "y", ""][usize::from(other) % 3]),
        };
        Self {
            id: if rarely(random) { "" } else { IDS[random.usize(..if wide { IDS.len() } else { FEW })] },
            sub,
            sub_text,
            v: (!rarely(random)).then(|| random.u8(..9)),
            a,
            n,
            n_text,
            e: random.u8(..40),
        }
    }

    /// The key, where it can be read.
    fn key(&self, definition: &Definition) -> Option<Key> {
        let id = Some(self.id).filter(|id| !id.is_empty())?;
        let id = if definition.remapped { format!("p{id}") } else { id.to_owned() };
        Some((id, if definition.sorted { self.sub? } else { 0 }))
    }

    fn patch(&self, definition: &Definition) -> Option<Patch> {
        let (id, _) = self.key(definition)?;
        if definition.sync_key && self.e == 0 || definition.version && self.v.is_none() {
            return None;
        }
        let n = self.n.or(if definition.numbered { Err(()) } else { Ok(None) }).ok()?;
        let mut patch = Patch { set: Map::new(), remove: Vec::new(), refused: self.a == Some(REFUSED) };
        patch.put("pk", Some(json!({"S": id})));
        patch.put("sk", Some(json!({"N": self.sub?.to_string()})));
        patch.put("origin", Some(json!({"S": definition.origin})));
        patch.put("ver", self.v.map(|v| json!({"N": v.to_string()})));
        if definition.numbered {
            patch.put("n", n.map(|n| json!({"N": n})));
        }
        match (self.a, definition.on_null) {
            (None, "reject") => return None,
            (None, "null") => patch.put("a", Some(json!({"NULL": true}))),
            (a, _) => patch.put("a", a.map(|a| json!({"S": a}))),
        }
        Some(patch)
    }

    /// Another row of the same key, mostly: the same once more, as other text, or with other cells.
    pub(super) fn again(&self, random: &mut Rng) -> Self {
        let other = Self::random(true, false, random);
        match random.u8(..6) {
            0 | 1 => self.clone(),
            2 => Self { sub_text: if self.sub == Some(1) { "1.00" } else { self.sub_text }, ..self.clone() },
            3 => Self { v: other.v, ..self.clone() },
            4 => Self { e: other.e, ..self.clone() },
            _ => Self { id: self.id, sub: self.sub, sub_text: self.sub_text, ..other },
        }
    }

    fn cells(&self) -> [Option<String>; 6] {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (v, e) = (self.v.map(|v| v.to_string()), (self.e > 0).then(|| self.e.to_string()));
        [given(self.id), given(self.sub_text), v, self.a.map(str::to_owned), given(self.n_text), e]
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = |cell: Option<String>| cell.map(|text| if text.is_empty() { "\"\"".to_owned() } else { text });
        f.write_str(&self.cells().map(|text| cell(text).unwrap_or_default()).join(","))
    }
}

/// A file of rows: Parquet where its name says so, else CSV.
pub(super) fn file(object: &str, rows: &[Row]) -> Bytes {
    if !object.ends_with(".parquet") {
        return csv(rows).into();
    }
    let columns = NAMES.map(|name| format!("optional byte_array {name} (UTF8);"));
    let mut maker = Maker::new(&columns.concat());
    // The rows of a file may lie in several groups.
    for rows in rows.chunks(7) {
        let mut group = maker.group();
        for column in 0..NAMES.len() {
            let cells = rows.iter().map(|row| row.cells()[column].as_deref().map(ByteArray::from));
            group = group.optional::<ByteArrayType>(&cells.collect::<Vec<_>>());
        }
        group.finish();
    }
    maker.finish()
}

pub(super) fn csv(rows: &[Row]) -> String {
    let rows: String = rows.iter().map(|row| format!("{row:?}\n")).collect();
    format!("{}\n{rows}", NAMES.join(","))
}

/// What a row sets and removes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Patch {
    pub(super) set: Item,
    remove: Vec<&'static str>,
    pub(super) refused: bool,
}

impl Patch {
    fn put(&mut self, attribute: &'static str, value: Option<Value>) {
        match value {
            Some(value) => _ = self.set.insert(attribute.to_owned(), value),
            None => self.remove.push(attribute),
        }
    }

    /// What it makes of an item, its version aside.
    pub(super) fn over(&self, definition: &Definition, item: Option<&Item>) -> Item {
        let mut after = item.filter(|_| definition.write == "merge").cloned().unwrap_or_default();
        self.remove.iter().for_each(|name| _ = after.remove(*name));
        after.extend(self.set.clone());
        after
    }

    /// Whether an item is as new as the row, or newer.
    pub(super) fn is_late(&self, definition: &Definition, item: Option<&Item>) -> bool {
        let version = |item: &Item| item.get("ver").map(|ver| ver["N"].as_str().unwrap().parse::<u8>().unwrap());
        definition.version && item.and_then(version).is_some_and(|held| Some(held) >= version(&self.set))
    }
}

/// What an extract holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) read: u64,
    pub(super) rejected: u64,
    /// Rejected rows whose key cannot be read.
    pub(super) keyless: u64,
    pub(super) superseded: u64,
    /// The keys of rejected rows.
    pub(super) protected: Vec<Key>,
    pub(super) rows: BTreeMap<Key, Patch>,
}

pub(super) fn held(definition: &Definition, rows: &[Row]) -> Held {
    let mut held = Held { read: rows.len() as u64, ..Held::default() };
    let mut sync_keys: BTreeMap<u8, Key> = BTreeMap::new();
    for row in rows {
        let key = row.key(definition);
        let found = row.patch(definition).zip(key.clone());
        let repeated = |key: &Key, sync_keys: &mut BTreeMap<u8, Key>| {
            definition.sync_key && sync_keys.entry(row.e).or_insert_with(|| key.clone()) != key
        };
        match found {
            Some((patch, key)) if !repeated(&key, &mut sync_keys) => {
                let is_known = held.rows.contains_key(&key);
                match definition.duplicates {
                    "reject" if is_known => {
                        held.rejected += 1;
                        held.protected.push(key);
                    }
                    "first" if is_known => held.superseded += 1,
                    _ => {
                        held.superseded += u64::from(is_known);
                        held.rows.insert(key, patch);
                    }
                }
            }
            _ => {
                held.rejected += 1;
                held.keyless += u64::from(key.is_none());
                held.protected.extend(key);
            }
        }
    }
    held
}
