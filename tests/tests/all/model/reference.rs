//! What rows do to a table, told as plainly as can be.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use fastrand::Rng;

use super::delivery::{Parts, Setting};

/// An item: the attributes and their values in DynamoDB JSON.
pub(super) type Item = BTreeMap<&'static str, String>;

/// A partition key and a sort key, 0 where the table has none.
pub(super) type Key = (&'static str, i64);

/// Partition keys.
pub(super) const IDS: [&str; 3] = ["k", "l", "m"];

/// The text of a cell that the table refuses.
pub(super) const REFUSED: &str = "REFUSED";

const NUMBERS: [(&str, &str); 6] =
    [("1", "1"), ("1.0", "1"), ("2.50", "2.5"), ("1e2", "100"), ("-0", "0"), ("-3.5", "-3.5")];

/// A definition.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub(super) write: &'static str,
    pub(super) version: bool,
    pub(super) duplicates: &'static str,
    pub(super) sync_key: bool,
    pub(super) on_null: &'static str,
    pub(super) max_rejects: Option<Limit>,
    setting: Setting,
}

/// How many rejects are borne.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    Count(u64),
    Percent(u64),
}

impl Definition {
    pub(super) fn random(setting: Setting, random: &mut Rng) -> Self {
        let write = ["merge", "replace", "create_only"][random.usize(..3)];
        let on_null = ["remove", "null", "reject", "keep"][random.usize(..if write == "merge" { 4 } else { 3 })];
        Self {
            write,
            version: write != "create_only" && random.bool(),
            duplicates: ["last", "first", "reject"][random.usize(..3)],
            sync_key: random.u8(..4) == 0,
            on_null,
            max_rejects: match random.u8(..8) {
                0 => Some(Limit::Count(random.u64(..4))),
                1 => Some(Limit::Percent(random.u64(..6) * 10)),
                _ => None,
            },
            setting,
        }
    }

    pub(super) fn yaml(&self) -> String {
        let Self { write, duplicates, on_null, .. } = self;
        let version = if self.version { "version: ver\n" } else { "" };
        let sync_key = if self.sync_key { "sync_key: e\n" } else { "" };
        let limits = match self.max_rejects {
            None => String::new(),
            Some(Limit::Count(count)) => format!("limits: {{ max_rejects: {count} }}\n"),
            Some(Limit::Percent(percent)) => format!("limits: {{ max_rejects: \"{percent}%\" }}\n"),
        };
        let parts = match self.setting.parts {
            Parts::Single => "",
            Parts::Marker => "source: { parts: marker }\n",
            Parts::Manifest => "source: { parts: manifest }\n",
        };
        format!(
            "destination: {{ table: items }}
behavior: update_or_create
write: {write}
duplicates: {duplicates}
{version}{sync_key}{limits}{parts}fields:
  - {{ attribute: pk, column: id }}
  - {{ attribute: sk, column: sub, type: N }}
  - {{ attribute: ver, column: v, type: N }}
  - {{ attribute: a, column: a, on_null: {on_null} }}
  - {{ attribute: n, column: n, type: N }}
  - {{ attribute: origin, value: here }}
"
        )
    }

    /// Whether a write depends on what is there.
    pub(super) fn conditional(&self) -> bool {
        self.version || self.write == "create_only"
    }
}

/// A row: cells as text, and what they mean.
#[derive(Clone)]
pub(super) struct Row {
    id: &'static str,
    sub: Option<i64>,
    sub_text: &'static str,
    pub(super) v: Option<u8>,
    a: Option<&'static str>,
    n: Result<Option<&'static str>, ()>,
    n_text: &'static str,
    e: u8,
}

impl Row {
    pub(super) fn random(random: &mut Rng) -> Self {
        let rarely = |random: &mut Rng| random.u8(..16) == 0;
        let subs = [(1, "1"), (1, "1.0"), (1, "01"), (2, "2"), (2, "20e-1"), (3, "3")];
        let (sub, sub_text) = subs[random.usize(..subs.len())];
        let (sub, sub_text) = if rarely(random) { (None, "x") } else { (Some(sub), sub_text) };
        let (n_text, n) = NUMBERS[random.usize(..NUMBERS.len())];
        let (n_text, n) = match random.u8(..16) {
            0 => ("oops", Err(())),
            1..4 => ("", Ok(None)),
            _ => (n_text, Ok(Some(n))),
        };
        let a = match random.u8(..16) {
            0..4 => None,
            4 => Some(""),
            5 => Some(REFUSED),
            other => Some(["x", "y", "z"][usize::from(other) % 3]),
        };
        Self {
            id: if rarely(random) { "" } else { IDS[random.usize(..IDS.len())] },
            sub,
            sub_text,
            v: (!rarely(random)).then(|| random.u8(..9)),
            a,
            n,
            n_text,
            e: random.u8(..8),
        }
    }

    fn maps(&self, definition: &Definition) -> Option<(Key, Patch)> {
        let sub = self.sub?;
        let key = (Some(self.id).filter(|id| !id.is_empty())?, if definition.setting.sorted { sub } else { 0 });
        if definition.sync_key && self.e == 0 {
            return None;
        }
        let n = self.n.ok()?;
        let set = [
            ("pk", format!(r#"{{"S":"{}"}}"#, key.0)),
            ("sk", format!(r#"{{"N":"{sub}"}}"#)),
            ("origin", r#"{"S":"here"}"#.to_owned()),
        ];
        let mut patch = Patch { set: set.into(), remove: Vec::new(), refused: self.a == Some(REFUSED) };
        patch.put("n", n.map(|n| format!(r#"{{"N":"{n}"}}"#)));
        match (self.v, definition.version) {
            (None, true) => return None,
            (v, _) => patch.put("ver", v.map(|v| format!(r#"{{"N":"{v}"}}"#))),
        }
        match (self.a, definition.on_null) {
            (None, "reject") => return None,
            (None, "keep") => {}
            (None, "null") => patch.put("a", Some(r#"{"NULL":true}"#.to_owned())),
            (a, _) => patch.put("a", a.map(|a| format!(r#"{{"S":"{a}"}}"#))),
        }
        Some((key, patch))
    }
}

impl Row {
    /// The cells as CSV: id, sub, v, a, n, e.
    pub(super) fn cells(&self) -> [String; 6] {
        let v = self.v.map(|v| v.to_string()).unwrap_or_default();
        let a = self.a.map(|a| format!("\"{a}\"")).unwrap_or_default();
        let [.., e] = self.texts();
        [self.id.to_owned(), self.sub_text.to_owned(), v, a, self.n_text.to_owned(), e.unwrap_or_default()]
    }

    /// The cells without `v` as they are, absent where they are NULL: id, sub, a, n, e.
    pub(super) fn texts(&self) -> [Option<String>; 5] {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let e = (self.e > 0).then(|| self.e.to_string());
        [some(self.id), some(self.sub_text), self.a.map(str::to_owned), some(self.n_text), e]
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cells().join(","))
    }
}

/// What a row sets and removes.
#[derive(Debug, Clone)]
pub(super) struct Patch {
    set: Item,
    remove: Vec<&'static str>,
    refused: bool,
}

impl Patch {
    fn put(&mut self, attribute: &'static str, value: Option<String>) {
        match value {
            Some(value) => _ = self.set.insert(attribute, value),
            None => self.remove.push(attribute),
        }
    }

    /// What it makes of an item; none where it leaves it alone.
    fn over(&self, definition: &Definition, item: Option<&Item>) -> Option<Item> {
        if self.refused {
            return None;
        }
        let version = |item: &Item| item.get("ver").map(|ver| ver[6..ver.len() - 2].parse::<u8>().unwrap());
        let unmet = |item: &Item| {
            definition.write == "create_only"
                || definition.version && version(item).is_some_and(|held| Some(held) >= version(&self.set))
        };
        if item.is_some_and(unmet) {
            return None;
        }
        let mut after = item.filter(|_| definition.write == "merge").cloned().unwrap_or_default();
        self.remove.iter().for_each(|attribute| _ = after.remove(attribute));
        after.extend(self.set.clone());
        Some(after)
    }
}

/// What is to become of an extract's rows.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Rows that are not written, from 1.
    pub(super) rejected: BTreeSet<u64>,
    pub(super) read: u64,
    /// The table refuses some of them.
    pub(super) refusing: bool,
    superseded: u64,
    puts: BTreeMap<Key, Vec<Patch>>,
}

/// `dry` knows nothing of what the table will refuse.
pub(super) fn plan(definition: &Definition, rows: &[Row], dry: bool) -> Plan {
    let mut plan = Plan { read: rows.len() as u64, ..Plan::default() };
    let mut sync_keys: BTreeMap<u8, Key> = BTreeMap::new();
    for (row, number) in rows.iter().zip(1..) {
        let Some((key, mut patch)) = row.maps(definition) else {
            plan.rejected.insert(number);
            continue;
        };
        patch.refused &= !dry;
        plan.refusing |= patch.refused;
        if definition.sync_key && *sync_keys.entry(row.e).or_insert(key) != key {
            plan.rejected.insert(number);
            continue;
        }
        let puts = plan.puts.entry(key).or_default();
        match definition.duplicates {
            // A row that the table refuses supersedes nothing: who gave way to it is handed back with it.
            "first" if puts.iter().any(|first| first.refused) => _ = plan.rejected.insert(number),
            "first" if !puts.is_empty() => plan.superseded += 1,
            "reject" if !puts.is_empty() => _ = plan.rejected.insert(number),
            _ => {
                if patch.refused {
                    plan.rejected.insert(number);
                }
                puts.push(patch);
            }
        }
    }
    plan
}

/// The items of a table.
pub(super) type Table = BTreeMap<Key, Item>;

impl Plan {
    /// Whether the rejects are more than the definition bears.
    pub(super) fn fails(&self, definition: &Definition) -> bool {
        let rejected = self.rejected.len() as u64;
        match definition.max_rejects {
            None => false,
            Some(Limit::Count(count)) => rejected > count,
            Some(Limit::Percent(percent)) => rejected * 100 > self.read * percent,
        }
    }

    /// Does it, undisturbed: read, written, unchanged, superseded, rejected.
    pub(super) fn apply(&self, definition: &Definition, table: &mut Table) -> [u64; 5] {
        let (mut written, mut unchanged, mut superseded) = (0, 0, self.superseded);
        for (key, patches) in &self.puts {
            let mut times = 0;
            for patch in patches {
                match patch.over(definition, table.get(key)) {
                    Some(item) => {
                        table.insert(*key, item);
                        times += 1;
                    }
                    None => unchanged += u64::from(!patch.refused),
                }
            }
            written += u64::min(times, 1);
            superseded += times.saturating_sub(1);
        }
        [self.read, written, unchanged, superseded, self.rejected.len() as u64]
    }
}

/// Every item that a key may have after some attempts side by side, each done to its end or up to any of its rows, and
/// then `after`, one after the other, each to its end or up to any of its rows. A row whose answer was lost may be written a second time.
pub(super) fn reachable(
    definition: &Definition,
    key: &Key,
    start: Option<&Item>,
    attempts: &[(&Plan, bool)],
    after: &[(&Plan, bool)],
) -> BTreeSet<Option<Item>> {
    let rows: Vec<(&[Patch], bool)> =
        attempts.iter().map(|(plan, whole)| (plan.puts.get(key).map_or(&[][..], Vec::as_slice), *whole)).collect();
    let apply = |item: Option<&Item>, patch: &Patch| patch.over(definition, item).or_else(|| item.cloned());
    let mut seen = BTreeSet::new();
    let mut open = vec![(vec![0; rows.len()], start.cloned())];
    while let Some(state) = open.pop() {
        if seen.contains(&state) {
            continue;
        }
        let (places, item) = &state;
        for (attempt, (patches, _)) in rows.iter().enumerate() {
            let at = places[attempt];
            if let Some(patch) = patches.get(at) {
                let mut places = places.clone();
                places[attempt] += 1;
                open.push((places, apply(item.as_ref(), patch)));
            }
            if at > 0 {
                open.push((places.clone(), apply(item.as_ref(), &patches[at - 1])));
            }
        }
        seen.insert(state);
    }
    let whole = |places: &[usize]| rows.iter().zip(places).all(|((patches, whole), at)| !whole || *at == patches.len());
    let ends = seen.into_iter().filter(|(places, _)| whole(places)).map(|(_, item)| item);
    let mut items: BTreeSet<Option<Item>> = ends.collect();
    for (plan, whole) in after {
        for patch in plan.puts.get(key).into_iter().flatten() {
            let next: Vec<Option<Item>> = items.iter().map(|item| apply(item.as_ref(), patch)).collect();
            if *whole {
                items.clear();
            }
            items.extend(next);
        }
    }
    items
}
