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
    /// What each run may have changed that did not end, or was an undo.
    pub(super) open: Vec<Open>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Open {
    /// Each key, and whether it is put.
    pub(super) keys: BTreeMap<Key, bool>,
    pub(super) of: String,
    /// Whether it may delete what no run of the sync wrote.
    pub(super) scanned: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    pub(super) run_id: String,
    /// Each key, with the digest of its item unless that is in doubt.
    pub(super) keys: BTreeMap<Key, Option<u128>>,
    pub(super) remapped: bool,
    pub(super) applied: Applied,
    /// The mended rows that were applied since.
    pub(super) mended: Option<Applied>,
    /// Whether nothing is in the table but what it knows, as far as its last scan of it saw.
    pub(super) whole: bool,
    pub(super) held: Option<Waiting>,
}

/// The extract that was applied last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Applied {
    pub(super) object: String,
    pub(super) modified_ms: u64,
    pub(super) version: String,
    /// What tells it and its parts from others.
    pub(super) identity: String,
}

/// Deletes that wait for approval.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    /// Each key, with the digest of its item unless that is in doubt.
    pub(super) deletes: BTreeMap<Key, Option<u128>>,
    pub(super) remapped: bool,
    /// Where a scan saw the items: the attributes that digests are of.
    pub(super) seen: Option<Vec<String>>,
}

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Of {
    pub(super) digest: Option<u128>,
    /// Whether a run of the sync wrote it, or found it as its extract says.
    own: bool,
    doubted: bool,
}

impl Of {
    pub(super) fn is_own(&self) -> bool {
        self.own
    }
}

impl Known {
    /// Whether a run is to be done again, or made up for.
    pub(super) fn is_broken(&self) -> bool {
        self.open.iter().any(|open| open.of != "undo")
    }

    /// All keys, those of runs that did not end in doubt; for an `approval` those that were held, as they were held.
    pub(super) fn keys(&self, approval: bool) -> BTreeMap<Key, Of> {
        let known = |digest| Of { digest, own: true, doubted: false };
        let all = self.snapshot.iter().flat_map(|snapshot| &snapshot.keys);
        let mut all: BTreeMap<Key, Of> = all.map(|(key, digest)| (key.clone(), known(*digest))).collect();
        if approval {
            let held = self.snapshot.as_ref().and_then(|snapshot| snapshot.held.as_ref()).unwrap();
            for (key, digest) in &held.deletes {
                let new = Of { digest: *digest, own: held.seen.is_none(), doubted: false };
                let of = all.entry(key.clone()).or_insert(new);
                of.digest = of.digest.filter(|digest| new.digest == Some(*digest));
                of.own |= new.own;
            }
            return all;
        }
        for open in &self.open {
            for (key, put) in &open.keys {
                let of = all.entry(key.clone()).or_insert(Of { digest: None, own: false, doubted: true });
                *of = Of { digest: None, own: of.own || *put || !open.scanned, doubted: true };
            }
        }
        all
    }
}

impl Applied {
    pub(super) fn is_before(&self, other: &Self) -> bool {
        let place = |applied: &Self| (applied.modified_ms, applied.object.clone());
        place(other) > place(self) || place(other) == place(self) && other.version != self.version
    }

    /// Whether other parts than its own lie under its marker by now.
    pub(super) fn is_begun_again(&self, other: &Self) -> bool {
        self.object == other.object && self.version == other.version && self.identity != other.identity
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
#[expect(clippy::struct_excessive_bools, reason = "they are independent")]
pub(super) struct Work<'a> {
    pub(super) definition: &'a Definition,
    pub(super) held: &'a Held,
    pub(super) lacking: Lacking,
    pub(super) scan: bool,
    /// The attributes of the digests of items that are looked at again before they are deleted.
    pub(super) look: Option<Vec<String>>,
    pub(super) guarded: bool,
    pub(super) applied: Applied,
    pub(super) mended: Option<Applied>,
    /// Whether the table is all its own once nothing of others stays.
    pub(super) whole: bool,
    /// How keys count as made once it is done.
    pub(super) remapped: bool,
}

/// What a run will do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    puts: BTreeMap<Key, Put>,
    deletes: BTreeMap<Key, Of>,
    kept: BTreeMap<Key, Option<u128>>,
    /// How many items of others stay.
    strangers: u64,
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
    pub(super) whole: bool,
    /// Key, item before and after of each write whose before-image is kept.
    pub(super) images: BTreeMap<Key, (Option<Item>, Option<Item>)>,
    /// Whether a write was refused by the table, which a dry run cannot know.
    pub(super) refused: bool,
}

pub(super) fn plan(work: &Work<'_>, known: &Known, table: &Table) -> Plan {
    let Work { definition, held, lacking, scan, .. } = work;
    let approval = matches!(lacking, Lacking::Approved(_));
    let before = known.keys(approval);
    let seen: BTreeMap<&Key, u128> = table.iter().map(|(key, item)| (key, definition.digest(item))).collect();
    let whole = definition.scope == "table" && *lacking == Lacking::Delete;
    let count = |count: usize| count as u64;
    let known_before = match lacking {
        _ if *scan && whole => table.len(),
        _ => before.values().filter(|of| of.own || approval).count(),
    };
    let mut plan = Plan { known: count(known_before), ..Plan::default() };
    if *scan {
        let digests = before.iter().filter_map(|(key, of)| Some((key, of.digest?)));
        let moved = |(key, digest): &(&Key, u128)| seen.get(key).is_some_and(|seen| seen != digest);
        let gone = |(key, _): &(&Key, u128)| !seen.contains_key(key);
        let extra = table.keys().filter(|key| !before.contains_key(*key)).count();
        plan.drift = Some([
            count(digests.clone().filter(moved).count()),
            count(digests.filter(gone).count()),
            count(if whole { extra } else { 0 }),
        ]);
    }
    let mut all = before.clone();
    if *scan {
        for (key, of) in &mut all {
            of.digest = seen.get(key).copied();
        }
        for (key, digest) in &seen {
            all.entry((*key).clone()).or_insert(Of { digest: Some(*digest), own: false, doubted: false });
        }
    }
    for (key, patch) in &held.rows {
        let digest = definition.digest(&patch.set);
        match all.get(key) {
            Some(of) if of.digest == Some(digest) => plan.unchanged += 1,
            known => {
                let put = Put { patch: patch.clone(), digest, is_new: known.is_none() };
                plan.puts.insert(key.clone(), put);
            }
        }
    }
    for (key, of) in all.into_iter().filter(|(key, _)| !held.rows.contains_key(key)) {
        match lacking {
            _ if *scan && !seen.contains_key(&key) => {}
            Lacking::Delete if definition.scope == "synced" && !of.own => {}
            Lacking::Keep if !of.own => {}
            Lacking::Delete if !held.protected.contains(&key) => _ = plan.deletes.insert(key, of),
            Lacking::Approved(approved) if approved.contains(&key) => _ = plan.deletes.insert(key, of),
            _ if of.own => _ = plan.kept.insert(key, of.digest),
            _ => plan.strangers += 1,
        }
    }
    let deletes = plan.deletes.len() as u64;
    if work.guarded && deletes > 0 {
        let remapped = known.snapshot.as_ref().is_some_and(|snapshot| snapshot.remapped != work.remapped);
        let last = known.snapshot.as_ref();
        let mended = last.is_some_and(|last| last.mended.is_some() && last.applied == work.applied);
        let many = deletes * 100 > plan.known * definition.percent && deletes > definition.count;
        let guards = [
            ("extract_empty", held.read == 0),
            ("keys_unreadable", held.keyless > 0),
            ("keys_remapped", remapped),
            ("rows_mended", mended),
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
        puts.chain(self.deletes().into_iter().map(|(key, digest)| (key, (digest, false)))).collect()
    }

    pub(super) fn deletes(&self) -> BTreeMap<Key, Option<u128>> {
        self.deletes.iter().map(|(key, of)| (key.clone(), of.digest)).collect()
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
        let (mut strangers, mut gone) = (self.strangers, 0);
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
        for (key, of) in &self.deletes {
            let as_seen = |names: &Vec<String>, item| Some(definition.digest_of(item, names)) == of.digest;
            let item = table.get(key);
            let changed =
                !is_held && work.look.as_ref().is_some_and(|names| item.is_some_and(|item| !as_seen(names, item)));
            if !of.own && (is_held || changed) {
                strangers += 1;
            } else if is_held || changed {
                snapshot.insert(key.clone(), of.digest.filter(|_| is_held));
            } else {
                gone += u64::from(item.is_some() || work.look.is_none());
                let before = table.remove(key);
                if before.is_some() && definition.images != "none" {
                    images.insert(key.clone(), (before, None));
                }
            }
        }
        let deletes = self.deletes.len() as u64;
        Done {
            rows: [held.read, written, unchanged, held.superseded, rejected],
            items: [written, gone, if is_held { deletes } else { 0 }],
            snapshot,
            whole: work.whole && strangers == 0,
            images,
            refused,
        }
    }
}
