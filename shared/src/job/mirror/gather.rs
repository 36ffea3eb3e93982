//! The first reading of an extract: every row becomes a key and a digest, or a reject.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::mpsc;

use crate::{
    definition::Duplicates,
    duplicates::{Verdict, Verdicts},
    error::Error,
    job::{
        account::{Account, disk},
        produce::{BATCHES_AHEAD, Reading, duplicate},
        run::{lost, on_thread},
    },
    mapping::{
        Bound, Digest, Item,
        key::{Key, append_raw},
    },
    mirror::{
        partition,
        record::Record,
        sight::{Prints, Seen, Sight},
    },
    reject::Reject,
    row::{Batch, Header},
    spill::Spill,
    write::Prepared,
};

/// What the extract holds.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The accepted rows: key, digest and number, by partition.
    pub(super) rows: Spill,
    /// How many they are.
    pub(super) accepted: u64,
    /// The hashes of the keys of rejected rows, by partition.
    pub(super) protected: Spill,
    /// Rejected rows whose key cannot be read.
    pub(super) keyless: u64,
    /// All rows.
    pub(super) read: u64,
    /// Rows that were known on sight, but for the one that stands for each key.
    pub(super) again: u64,
    /// The keys of the snapshot with the rows that were known on sight, where rows were looked at so.
    pub(super) sight: Option<Sight>,
    /// The other rows, where they are few: then the extract needs no second reading.
    pub(super) missed: Option<Missed>,
}

/// How many bytes of rows are kept for the second reading.
const MISSED_BYTES: usize = 32 << 20;

/// Rows out of their batches, part by part.
#[derive(Debug, Default)]
pub(in crate::job) struct Missed {
    pub(in crate::job) parts: Vec<(Bound, Vec<Arc<Batch>>)>,
    header: Option<Arc<Header>>,
    bytes: usize,
}

impl Missed {
    /// Keeps rows of a batch; false where they are too many, or cannot be told from the others.
    fn keep(&mut self, bound: &Bound, rows: &Arc<Batch>, wanted: &[usize]) -> bool {
        let Some(taken) = rows.take(wanted) else { return false };
        self.bytes += taken.size_bytes();
        if self.header.as_ref().is_none_or(|header| !Arc::ptr_eq(header, &rows.header)) {
            self.header = Some(Arc::clone(&rows.header));
            self.parts.push((bound.clone(), Vec::new()));
        }
        if let Some((_, batches)) = self.parts.last_mut() {
            batches.push(Arc::new(Batch { header: Arc::clone(&rows.header), rows: taken }));
        }
        self.bytes <= MISSED_BYTES
    }
}

/// Reads the whole extract, and hands back what is rejected. Nothing is written to the table. With `sight`, rows that are
/// as they were when they were last applied are settled by that.
pub(super) async fn gather(
    reading: &Reading,
    verdicts: Option<Verdicts>,
    sight: Option<Sight>,
    account: &mut Account,
) -> Result<Gathered, Error> {
    let (out, mut rejected) = mpsc::channel(BATCHES_AHEAD);
    let read = reading.clone();
    let gathering = tokio::spawn(on_thread(move || read.gather(verdicts, sight, &out)));
    while let Some((mut prepared, accepted)) = rejected.recv().await {
        account.accepted = accepted;
        crate::write::Sink::begin(account, &mut prepared).await?;
    }
    let gathered = gathering.await.map_err(|error| lost(&error))??;
    account.accepted = gathered.accepted;
    account.judge()?;
    Ok(gathered)
}

impl Reading {
    fn gather(
        &self,
        verdicts: Option<Verdicts>,
        sight: Option<Sight>,
        out: &mpsc::Sender<(Prepared, u64)>,
    ) -> Result<Gathered, Error> {
        let mut gathering = Gathering {
            digest: Digest::new(self.mapping.write, self.mapping.version()),
            item: Item::default(),
            key: Vec::new(),
            scratch: Vec::new(),
            duplicates: self.mapping.duplicates,
            verdicts,
            prints: None,
            hashes: Vec::new(),
            gathered: Gathered { missed: sight.as_ref().map(|_| Missed::default()), sight, ..Gathered::default() },
        };
        self.each(|bound, rows| {
            if gathering.prints.as_ref().is_none_or(|(header, _)| !Arc::ptr_eq(header, &rows.header)) {
                let prints = Prints::new(&self.mapping, &rows.header, bound.typed());
                gathering.prints = Some((Arc::clone(&rows.header), prints));
            }
            let rejects = gathering.batch(bound, &rows)?;
            if rejects.is_empty() {
                return Ok(true);
            }
            let prepared = Prepared { rows, requests: VecDeque::new(), rejects, superseded: 0 };
            Ok(out.blocking_send((prepared, gathering.gathered.accepted)).is_ok())
        })?;
        Ok(gathering.gathered)
    }
}

/// Rows on their way to records.
struct Gathering {
    digest: Digest,
    item: Item,
    key: Vec<u8>,
    scratch: Vec<u8>,
    duplicates: Duplicates,
    verdicts: Option<Verdicts>,
    /// What makes fingerprints of the rows of a part.
    prints: Option<(Arc<Header>, Prints)>,
    hashes: Vec<Option<u128>>,
    gathered: Gathered,
}

impl Gathering {
    fn batch(&mut self, bound: &Bound, rows: &Arc<Batch>) -> Result<Vec<(u32, Reject)>, Error> {
        let mut prints = self.prints.take();
        let found = prints.as_mut().map(|(_, prints)| prints.of(rows)).unwrap_or_default();
        self.look(bound, rows);
        let (mut rejects, mut missed) = (Vec::new(), Vec::new());
        for (place, number) in (0..rows.len()).zip(0_u32..) {
            self.gathered.read += 1;
            let (row, print) = (rows.position(place).row, found.get(place).copied().flatten());
            if self.is_settled(place, row, print) {
                continue;
            }
            if let Some((reject, key)) = self.map(bound, rows, place, row)? {
                rejects.push((number, reject));
                match key {
                    Some(key) => {
                        self.gathered.protected.push(partition(key), &key.to_le_bytes()).map_err(disk)?;
                    }
                    None => self.gathered.keyless += 1,
                }
                continue;
            }
            missed.push(place);
            self.record(bound, row, print)?;
        }
        if let Some(kept) = &mut self.gathered.missed
            && !missed.is_empty()
            && !kept.keep(bound, rows, &missed)
        {
            self.gathered.missed = None;
        }
        self.prints = prints;
        Ok(rejects)
    }

    /// The keys of a batch, where rows are known on sight.
    fn look(&mut self, bound: &Bound, rows: &Batch) {
        self.hashes.clear();
        let Some(sight) = &self.gathered.sight else { return };
        self.hashes.extend((0..rows.len()).map(|place| bound.key_of(rows, place, &mut self.item)));
        sight.warm(&self.hashes);
    }

    /// Whether a row is as it was when it was last applied.
    fn is_settled(&mut self, place: usize, row: u64, print: Option<u64>) -> bool {
        let (Some(sight), Some(print)) = (&mut self.gathered.sight, print) else { return false };
        let Some(hash) = self.hashes.get(place).copied().flatten() else { return false };
        let seen = sight.settle(hash, print, row, self.duplicates);
        self.gathered.accepted += u64::from(seen != Seen::New);
        self.gathered.again += u64::from(seen == Seen::Again);
        seen != Seen::New
    }

    /// Makes the item of a row; where it is rejected, says why, and tells its key if that can be read.
    fn map(
        &mut self,
        bound: &Bound,
        rows: &Batch,
        place: usize,
        row: u64,
    ) -> Result<Option<(Reject, Option<u128>)>, Error> {
        if let Err(reject) = bound.apply(rows, place, &mut self.item) {
            return Ok(Some((reject, bound.key_of(rows, place, &mut self.item))));
        }
        let verdict = self.verdicts.as_mut().map(|verdicts| verdicts.of(row)).transpose().map_err(disk)?;
        let verdict = verdict.flatten().filter(|verdict| *verdict != Verdict::Superseded);
        Ok(verdict.map(|verdict| (duplicate(verdict), Some(self.item.key()))))
    }

    /// Leaves the record of an item.
    fn record(&mut self, bound: &Bound, row: u64, print: Option<u64>) -> Result<(), Error> {
        let Self { digest, item, key, scratch, gathered, .. } = self;
        key.clear();
        append_raw(item.value(bound.partition()), key);
        let end = key.len();
        bound.sort().into_iter().for_each(|sort| append_raw(item.value(sort), key));
        let (partition, sort) = key.split_at_checked(end).unwrap_or_default();
        let record = Record {
            hash: item.key(),
            digest: Some(digest.of_item(item, bound.names())),
            print,
            tag: row,
            key: Key { partition, sort },
        };
        record.spill(&mut gathered.rows, scratch).map_err(disk)?;
        gathered.accepted += 1;
        Ok(())
    }
}
