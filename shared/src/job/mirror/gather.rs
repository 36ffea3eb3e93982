//! The first reading of an extract: every row becomes a key and a digest, or a reject.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::mpsc;

use crate::{
    duplicates::{Verdict, Verdicts},
    error::Error,
    job::{
        account::{Account, disk},
        produce::{BATCHES_AHEAD, Reading, duplicate},
        run::{lost, on_thread},
    },
    mapping::{Digest, Item, key::Key, key::append_raw},
    mirror::{partition, record::Record},
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
}

/// Reads the whole extract, and hands back what is rejected. Nothing is written to the table.
pub(super) async fn gather(
    reading: &Reading,
    verdicts: Option<Verdicts>,
    account: &mut Account,
) -> Result<Gathered, Error> {
    let (out, mut rejected) = mpsc::channel(BATCHES_AHEAD);
    let read = reading.clone();
    let gathering = tokio::spawn(on_thread(move || read.gather(verdicts, &out)));
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
    fn gather(&self, mut verdicts: Option<Verdicts>, out: &mpsc::Sender<(Prepared, u64)>) -> Result<Gathered, Error> {
        let mut gathered = Gathered::default();
        let (mut digest, mut item) = (Digest::new(self.mapping.write, self.mapping.version()), Item::default());
        let (mut key, mut scratch) = (Vec::new(), Vec::new());
        self.each(|bound, rows| {
            let mut rejects = Vec::new();
            for (place, number) in (0..rows.len()).zip(0_u32..) {
                gathered.read += 1;
                let row = rows.position(place).row;
                let reject = if let Err(reject) = bound.apply(&rows, place, &mut item) {
                    Some((reject, bound.key_of(&rows, place, &mut item)))
                } else {
                    let verdict = verdicts.as_mut().map(|verdicts| verdicts.of(row)).transpose().map_err(disk)?;
                    let verdict = verdict.flatten().filter(|verdict| *verdict != Verdict::Superseded);
                    verdict.map(|verdict| (duplicate(verdict), Some(item.key())))
                };
                if let Some((reject, key)) = reject {
                    rejects.push((number, reject));
                    match key {
                        Some(key) => gathered.protected.push(partition(key), &key.to_le_bytes()).map_err(disk)?,
                        None => gathered.keyless += 1,
                    }
                    continue;
                }
                key.clear();
                append_raw(item.value(bound.partition()), &mut key);
                let end = key.len();
                bound.sort().into_iter().for_each(|sort| append_raw(item.value(sort), &mut key));
                let (partition, sort) = key.split_at_checked(end).unwrap_or_default();
                let record = Record {
                    hash: item.key(),
                    digest: Some(digest.of_item(&item, bound.names())),
                    tag: row,
                    key: Key { partition, sort },
                };
                record.spill(&mut gathered.rows, &mut scratch).map_err(disk)?;
                gathered.accepted += 1;
            }
            if rejects.is_empty() {
                return Ok(true);
            }
            let prepared = Prepared { rows: Arc::clone(&rows), requests: VecDeque::new(), rejects, superseded: 0 };
            Ok(out.blocking_send((prepared, gathered.accepted)).is_ok())
        })?;
        Ok(gathered)
    }
}
