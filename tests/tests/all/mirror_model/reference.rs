//! What a mirror does, told as plainly as can be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::extract::{Definition, Held, Item, Key, Patch};

/// The items of a table.
pub(super) type Table = BTreeMap<Key, Item>;

/// What a sync knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Known {
    pub(super) revision: u64,
    pub(super) snapshot: Option<Snapshot>,
    /// The keys that each run may have changed that did not end, or was an undo.
    pub(super) open: Vec<Open>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Open {
    pub(super) keys: BTreeSet<Key>,
    pub(super) undo: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    pub(super) run_id: String,
    /// Each key, with the digest of its item unless that is in doubt.
    pub(super) keys: BTreeMap<Key, Option<u128>>,
    pub(super) remapped: bool,
    pub(super) applied: Applied,
    pub(super) held: Option<Waiting>,
}

/// The extract that was applied last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Applied {
    pub(super) object: String,
    pub(super) modified_ms: u64,
    pub(super) identity: String,
}

/// Deletes that wait for approval.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    pub(super) deletes: BTreeSet<Key>,
    pub(super) remapped: bool,
}

impl Known {
    /// The keys that are in doubt.
    pub(super) fn doubted(&self) -> impl Iterator<Item = &Key> {
        self.open.iter().flat_map(|open| &open.keys)
    }

    /// All keys, those of runs that did not end in doubt.
    pub(super) fn keys(&self) -> BTreeMap<Key, Option<u128>> {
        let mut keys = self.snapshot.as_ref().map(|snapshot| snapshot.keys.clone()).unwrap_or_default();
        keys.extend(self.doubted().map(|key| (key.clone(), None)));
        keys
    }
}

impl Applied {
    pub(super) fn is_before(&self, other: &Self) -> bool {
        let place = |applied: &Self| (applied.modified_ms, applied.object.clone());
        place(other) > place(self) || place(other) == place(self) && other.identity != self.identity
    }
}

/// What becomes of keys that the extract lacks.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Lacking {
    Delete,
    Keep,
    Approved(BTreeSet<Key>),
}

/// What a plan lists: each key with the digest of its item, and whether it is put.
pub(super) type Changes = BTreeMap<Key, (Option<u128>, bool)>;

/// What a run is to do.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub(super) definition: &'a Definition,
    pub(super) held: &'a Held,
    pub(super) lacking: Lacking,
    pub(super) scan: bool,
    pub(super) guarded: bool,
    pub(super) applied: Applied,
    /// How keys count as made once it is done.
    pub(super) remapped: bool,
}

/// What a run will do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    puts: BTreeMap<Key, Put>,
    deletes: BTreeMap<Key, Option<u128>>,
    kept: BTreeMap<Key, Option<u128>>,
    unchanged: u64,
    known: u64,
    drift: Option<[u64; 3]>,
    pub(super) guards: Vec<&'static str>,
}

#[derive(Debug)]
struct Put {
    patch: Patch,
    digest: u128,
    is_new: bool,
}

/// What a run did.
#[derive(Debug)]
pub(super) struct Done {
    /// Read, written, unchanged, superseded, rejected.
    pub(super) rows: [u64; 5],
    /// Put, deleted, held.
    pub(super) items: [u64; 3],
    pub(super) snapshot: BTreeMap<Key, Option<u128>>,
    /// Key, item before and after of each write whose before-image is kept.
    pub(super) images: BTreeMap<Key, (Option<Item>, Option<Item>)>,
    /// Whether a write was refused by the table, which a dry run cannot know.
    pub(super) refused: bool,
}

pub(super) fn plan(work: &Work<'_>, known: &Known, table: &Table) -> Plan {
    let Work { definition, held, lacking, scan, .. } = work;
    let before = known.keys();
    let seen: BTreeMap<&Key, u128> = table.iter().map(|(key, item)| (key, definition.digest(item))).collect();
    let whole = definition.scope == "table" && *lacking == Lacking::Delete;
    let mut plan =
        Plan { known: if *scan && whole { table.len() as u64 } else { before.len() as u64 }, ..Plan::default() };
    if *scan {
        let digests = before.iter().filter_map(|(key, digest)| Some((key, (*digest)?)));
        let moved = |(key, digest): &(&Key, u128)| seen.get(key).is_some_and(|seen| seen != digest);
        let gone = |(key, _): &(&Key, u128)| !seen.contains_key(key);
        let extra = table.keys().filter(|key| !before.contains_key(*key)).count();
        let count = |count: usize| count as u64;
        plan.drift = Some([
            count(digests.clone().filter(moved).count()),
            count(digests.filter(gone).count()),
            count(if whole { extra } else { 0 }),
        ]);
    }
    let all: BTreeMap<Key, Option<u128>> = if *scan {
        let known = before.keys().map(|key| (key.clone(), seen.get(key).copied()));
        known.chain(seen.iter().map(|(key, digest)| ((*key).clone(), Some(*digest)))).collect()
    } else {
        before.clone()
    };
    for (key, patch) in &held.rows {
        let digest = definition.digest(&patch.set);
        match all.get(key) {
            Some(Some(known)) if *known == digest => plan.unchanged += 1,
            known => {
                let put = Put { patch: patch.clone(), digest, is_new: known.is_none() };
                plan.puts.insert(key.clone(), put);
            }
        }
    }
    for (key, digest) in all.into_iter().filter(|(key, _)| !held.rows.contains_key(key)) {
        let is_known = before.contains_key(&key);
        let place = match lacking {
            _ if *scan && !seen.contains_key(&key) => continue,
            Lacking::Delete if definition.scope == "synced" && !is_known => continue,
            Lacking::Keep if !is_known => continue,
            Lacking::Delete if !held.protected.contains(&key) => &mut plan.deletes,
            Lacking::Approved(approved) if approved.contains(&key) => &mut plan.deletes,
            _ => &mut plan.kept,
        };
        place.insert(key, digest);
    }
    let deletes = plan.deletes.len() as u64;
    if work.guarded && deletes > 0 {
        let remapped = known.snapshot.as_ref().is_some_and(|snapshot| snapshot.remapped != work.remapped);
        let many = deletes * 100 > plan.known * definition.percent && deletes > definition.count;
        let guards = [
            ("extract_empty", held.read == 0),
            ("keys_unreadable", held.keyless > 0),
            ("keys_remapped", remapped),
            ("max_deletes", many),
        ];
        plan.guards = guards.into_iter().filter(|(_, holds)| *holds).map(|(name, _)| name).collect();
    }
    plan
}

impl Plan {
    pub(super) fn is_held(&self) -> bool {
        !self.guards.is_empty()
    }

    /// What tells it from others.
    pub(super) fn changes(&self) -> Changes {
        let puts = self.puts.iter().map(|(key, put)| (key.clone(), (Some(put.digest), true)));
        puts.chain(self.deletes.iter().map(|(key, digest)| (key.clone(), (*digest, false)))).collect()
    }

    pub(super) fn deletes(&self) -> BTreeSet<Key> {
        self.deletes.keys().cloned().collect()
    }

    /// Whether nothing is to be written.
    pub(super) fn is_idle(&self) -> bool {
        self.puts.is_empty() && (self.is_held() || self.deletes.is_empty())
    }

    /// What the report says of it.
    pub(super) fn told(&self) -> Value {
        let new = self.puts.values().filter(|put| put.is_new).count();
        let mut told = json!({
            "known_before": self.known, "to_create": new, "to_update": self.puts.len() - new,
            "to_delete": self.deletes.len(),
        });
        if let Some([changed, missing, extra]) = self.drift {
            told["drift"] = json!({"changed": changed, "missing": missing, "extra": extra});
        }
        told
    }

    /// Does it, undisturbed; a `dry` run knows nothing of what the table will refuse.
    pub(super) fn apply(&self, work: &Work<'_>, table: &mut Table, dry: bool) -> Done {
        let Work { definition, held, .. } = work;
        let is_held = self.is_held();
        let mut snapshot: BTreeMap<Key, Option<u128>> = held
            .rows
            .iter()
            .map(|(key, patch)| (key.clone(), Some(definition.digest(&patch.set))))
            .chain(self.kept.clone())
            .collect();
        let (mut written, mut unchanged, mut rejected) = (0, self.unchanged, held.rejected);
        let (mut images, mut refused) = (BTreeMap::new(), false);
        for (key, Put { patch, is_new, .. }) in &self.puts {
            let before = table.get(key).cloned();
            if patch.refused && !dry {
                (rejected, refused) = (rejected + 1, true);
                if *is_new {
                    snapshot.remove(key)
                } else {
                    snapshot.insert(key.clone(), None)
                };
            } else if patch.is_late(definition, before.as_ref()) {
                unchanged += 1;
                if *is_new {
                    snapshot.remove(key);
                }
            } else {
                written += 1;
                let after = patch.over(definition, before.as_ref());
                table.insert(key.clone(), after.clone());
                if definition.images == "all" {
                    images.insert(key.clone(), (before, Some(after)));
                }
            }
        }
        for (key, digest) in &self.deletes {
            if is_held {
                snapshot.insert(key.clone(), *digest);
                continue;
            }
            let before = table.remove(key);
            if before.is_some() && definition.images != "none" {
                images.insert(key.clone(), (before, None));
            }
        }
        let deletes = self.deletes.len() as u64;
        Done {
            rows: [held.read, written, unchanged, held.superseded, rejected],
            items: [written, if is_held { 0 } else { deletes }, if is_held { deletes } else { 0 }],
            snapshot,
            images,
            refused,
        }
    }
}
