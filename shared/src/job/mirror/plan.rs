//! What a run would change: the extract's keys against those that are known, sealed as a file before the first write.

use serde_json::{Map, Value};
use xxhash_rust::xxh3::Xxh3;

use super::{
    gather::Gathered,
    known::{Deletes, Known},
    object::Growing,
};
use crate::{
    definition::{Duplicates, Scope},
    error::Error,
    job::{account::disk, produce::from_io},
    mapping::{KeySet, key::Key},
    mirror::{
        PARTITIONS, RowSet,
        compare::{Absent, Outcome, compare},
        record::{DOUBTED, KNOWN, Record, Records, SEEN},
        sight::Sight,
    },
    report::Drift,
    snapshot::{Change, Writer},
    spill::Spill,
    table::Table,
};

/// How many of the keys that would be deleted are shown.
const SAMPLES: usize = 10;

/// What becomes of a key that the extract lacks.
pub(super) enum Lacking {
    /// Its item is deleted: the extract is the whole.
    Delete(Scope),
    /// It stays: the extract holds some rows only.
    Keep,
    /// It stays, but for those that a person has approved.
    Approved(Box<Deletes>),
}

/// What a run is to change.
#[derive(Default)]
pub(super) struct Plan {
    /// The rows that are put.
    pub(super) puts: RowSet,
    /// Those of them whose items are new.
    pub(super) created: RowSet,
    /// Rows of items that are as they should be.
    pub(super) unchanged: u64,
    /// Rows that gave way to another row of their key.
    pub(super) superseded: u64,
    /// The items that are to be deleted, by partition.
    pub(super) deletes: Spill,
    /// How many they are.
    pub(super) delete_count: u64,
    /// A few of their keys.
    pub(super) samples: Vec<Value>,
    /// The keys that the extract lacks and that stay known, by partition.
    pub(super) kept: Spill,
    /// How many items stay that a scan alone found: they are not the sync's own, and so not known.
    pub(super) strangers: u64,
    /// Whether some of what is deleted a scan alone found.
    pub(super) takes_others: bool,
    /// Whether the plan tells all that those of runs that did not end do: their keys, and which the sync's own are.
    pub(super) is_complete: bool,
    /// How many items were known before.
    pub(super) known: u64,
    /// How far the table had moved from the snapshot; told by a scan only.
    pub(super) drift: Drift,
    /// The keys whose rows were known on sight.
    pub(super) sight: Option<Sight>,
    /// Tells this plan from others: the same changes to the same items.
    pub(super) digest: u128,
}

/// Everything that a plan is made of.
pub(super) struct Ingredients<'a> {
    pub(super) gathered: &'a Gathered,
    pub(super) known: Known,
    pub(super) lacking: Lacking,
    pub(super) duplicates: Duplicates,
    pub(super) table: &'a Table,
}

impl Ingredients<'_> {
    /// Compares all keys, partition by partition, and writes what changes to `object`. Blocks.
    pub(super) fn plan(self, object: Growing, name: &str) -> Result<Plan, Error> {
        let Self { gathered, mut known, mut lacking, duplicates, table } = self;
        let unwritten = |error| from_io(name, error);
        let keys: Vec<_> = table.keys().cloned().collect();
        let mut file = Writer::new(object, &keys, true).map_err(unwritten)?;
        let (mut plan, mut drift, mut digest) = (Plan::default(), Drift::default(), Xxh3::new());
        let (mut overruled, mut doubts_own) = (Vec::new(), false);
        // What a scan saw to be as it should is not in it.
        plan.is_complete = known.scanned.is_none();
        let (mut rows, mut before, mut scratch) = (Records::default(), Records::default(), Vec::new());
        for number in 0..PARTITIONS {
            rows.clear();
            rows.load(&gathered.rows, number).map_err(disk)?;
            rows.sort();
            known.load(number, &mut before, &mut drift)?;
            let counts = |record: &Record<'_>| lacking.counts(record, known.scanned.is_some());
            plan.known += before.iter().filter(counts).count() as u64;
            let protected = hashes(&gathered.protected, number)?;
            let approved = lacking.approved(number)?;
            let absent = |record: &Record<'_>| lacking.decide(record, known.scanned.is_some(), &approved);
            let superseded = compare(&rows, &before, &protected, duplicates, absent, |outcome| {
                let mut change = |record: &Record<'_>, change: Change| {
                    digest.update(&record.hash.to_le_bytes());
                    digest.update(&record.digest.unwrap_or_default().to_le_bytes());
                    digest.update(change.name().as_bytes());
                    file.add(record.hash, record.digest, record.key, Some(change)).map_err(unwritten)
                };
                match outcome {
                    Outcome::Settled(_) => plan.unchanged += 1,
                    Outcome::Unchanged(_, known) => {
                        plan.unchanged += 1;
                        overruled.extend(known.settled());
                    }
                    Outcome::Put { row, known } => {
                        change(&row, Change::Put)?;
                        plan.puts.insert(row.tag);
                        overruled.extend(known.and_then(|known| known.settled()));
                        if known.is_none() {
                            plan.created.insert(row.tag);
                        }
                    }
                    Outcome::Delete(record) => {
                        change(&record, Change::Delete)?;
                        plan.takes_others |= record.tag & KNOWN == 0;
                        doubts_own |= record.tag & (KNOWN | DOUBTED) == KNOWN | DOUBTED;
                        if plan.samples.len() < SAMPLES {
                            plan.samples.push(shown(record.key, table));
                        }
                        plan.delete_count += 1;
                        record.spill(&mut plan.deletes, &mut scratch).map_err(disk)?;
                    }
                    Outcome::Keep(record) if record.tag & KNOWN == 0 => plan.strangers += 1,
                    Outcome::Keep(record) => {
                        plan.is_complete &= record.tag & DOUBTED == 0;
                        record.spill(&mut plan.kept, &mut scratch).map_err(disk)?;
                    }
                }
                Ok::<_, Error>(())
            })?;
            plan.superseded += superseded;
            for (_, place) in overruled.drain(..) {
                known.sight.iter_mut().for_each(|sight| sight.overrule(place));
            }
        }
        file.close().and_then(Growing::finish).map_err(unwritten)?;
        if !matches!(lacking, Lacking::Delete(Scope::Table)) {
            // What others wrote is theirs.
            drift.extra = 0;
        }
        // Beside what is others', a delete does not tell that its item may be the sync's own.
        plan.is_complete &= !(plan.takes_others && doubts_own);
        plan.superseded += gathered.again;
        Ok(Plan { drift, digest: digest.digest128(), sight: known.sight, ..plan })
    }
}

impl Lacking {
    /// Whether a record counts as an item that was known before.
    fn counts(&self, record: &Record<'_>, scanned: bool) -> bool {
        match self {
            Self::Delete(Scope::Table) if scanned => record.tag & SEEN != 0,
            Self::Approved(_) => true,
            _ => record.tag & KNOWN != 0,
        }
    }

    /// The keys of a partition that a person has approved the deletion of.
    fn approved(&mut self, number: usize) -> Result<KeySet, Error> {
        let mut approved = KeySet::default();
        if let Self::Approved(deletes) = self {
            deletes.load(number, |record| _ = approved.insert(record.hash))?;
        }
        Ok(approved)
    }

    fn decide(&self, record: &Record<'_>, scanned: bool, approved: &KeySet) -> Absent {
        let (seen, known) = (record.tag & SEEN != 0, record.tag & KNOWN != 0);
        match self {
            _ if scanned && !seen => Absent::Forget,
            Self::Delete(Scope::Synced) | Self::Keep if !known => Absent::Forget,
            Self::Delete(_) => Absent::Delete,
            Self::Approved(_) if approved.contains(&record.hash) => Absent::Delete,
            Self::Keep | Self::Approved(_) => Absent::Keep,
        }
    }
}

/// The hashes in a partition of a spill.
pub(super) fn hashes(spill: &Spill, number: usize) -> Result<KeySet, Error> {
    let mut hashes = KeySet::default();
    let visit = |bytes: &[u8]| {
        hashes.extend(bytes.as_chunks().0.iter().map(|hash| u128::from_le_bytes(*hash)));
        Ok(())
    };
    spill.read(number, visit).map_err(disk)?;
    Ok(hashes)
}

/// A key as a person reads it, in DynamoDB JSON.
pub(super) fn shown(key: Key<'_>, table: &Table) -> Value {
    let mut text = vec![b'{'];
    key.append_members(table, &mut text);
    text.push(b'}');
    serde_json::from_slice(&text).unwrap_or_else(|_| Value::Object(Map::new()))
}
