//! What is known after a run: the next snapshot.

use super::{
    apply::Applied,
    gather::Gathered,
    known::Known,
    object::Growing,
    plan::{Plan, hashes},
};
use crate::{
    definition::Duplicates,
    error::Error,
    job::{account::disk, produce::from_io},
    mapping::KeySet,
    mirror::{
        PARTITIONS,
        compare::{Absent, Outcome, compare},
        record::{KNOWN, Record, Records},
    },
    snapshot::{Row, Writer},
    table::Table,
};

/// What a run leaves known.
pub(super) struct Left<'a> {
    pub(super) gathered: &'a Gathered,
    pub(super) plan: &'a Plan,
    pub(super) applied: &'a Applied,
    /// Whether deletes are held: then their keys stay known.
    pub(super) held: bool,
    pub(super) duplicates: Duplicates,
    pub(super) table: &'a Table,
    /// What was known before, of which the keys stay whose rows were known on sight.
    pub(super) before: Option<Known>,
}

impl Left<'_> {
    /// Writes the keys of the extract and those that stay known, in the order of their hashes; answers how many they
    /// are, and how many items stay that are not the sync's own. Blocks.
    pub(super) fn write(mut self, object: Growing, name: &str) -> Result<(u64, u64), Error> {
        let unwritten = |error| from_io(name, error);
        let keys: Vec<_> = self.table.keys().cloned().collect();
        let mut file = Writer::new(object, &keys, false).map_err(unwritten)?;
        let (mut items, mut strangers, none) = (0, self.plan.strangers, KeySet::default());
        let [mut rows, mut settled, mut next, mut deletes] = [(); 4].map(|()| Records::default());
        for number in 0..PARTITIONS {
            for records in [&mut rows, &mut settled, &mut next, &mut deletes] {
                records.clear();
            }
            let dropped = hashes(&self.applied.dropped, number)?;
            let doubted = hashes(&self.applied.doubted, number)?;
            rows.load(&self.gathered.rows, number).map_err(disk)?;
            rows.sort();
            if let Some(before) = &mut self.before {
                before.settled(number, |record| settled.push(record))?;
            }
            let visit = |outcome: Outcome<'_>| {
                match outcome {
                    Outcome::Put { row, .. } if !dropped.contains(&row.hash) => next.push(&told(row, &doubted)),
                    Outcome::Settled(record) => next.push(&Record { tag: 0, ..record }),
                    _ => {}
                }
                Ok::<_, Error>(())
            };
            compare(&rows, &settled, &none, self.duplicates, |_| Absent::Forget, visit)?;
            deletes.load(&self.plan.deletes, number).map_err(disk)?;
            let stay = |record: &Record<'_>| self.held || doubted.contains(&record.hash);
            for record in deletes.iter().filter(stay) {
                if record.tag & KNOWN == 0 {
                    strangers += 1;
                } else {
                    next.push(&told(record, &doubted));
                }
            }
            next.load(&self.plan.kept, number).map_err(disk)?;
            next.sort();
            next.unite(|_, other| (None, other.tag));
            for record in next.iter() {
                let Record { hash, digest, key, .. } = record;
                let print = record.print.filter(|_| digest.is_some());
                file.push(Row { hash, digest, print, key, change: None }).map_err(unwritten)?;
                items += 1;
            }
        }
        file.close().and_then(Growing::finish).map_err(unwritten)?;
        Ok((items, strangers))
    }
}

/// What is known of a key from now on: its digest, where it is not in doubt.
fn told<'a>(record: Record<'a>, doubted: &KeySet) -> Record<'a> {
    Record { digest: record.digest.filter(|_| !doubted.contains(&record.hash)), tag: 0, ..record }
}
