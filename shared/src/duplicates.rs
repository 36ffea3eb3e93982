//! Rows with the same key, however far apart: which of them count.
//!
//! A [`Tally`] counts the rows that gave way to a later one while rows are written in order. A [`Survey`] reads the
//! whole extract first, where the definition asks for the first row of a key or for a unique sync key, and tells
//! each losing row. Both remember a few bytes a row, on disk once they are many.

use std::io;

use crate::{
    definition::Duplicates,
    mapping::{KeyMap, KeySet},
    spill::Spill,
};

/// How many partitions keys are divided into: ten million keys are then 40,000 a partition.
const PARTITIONS: usize = 256;

/// How many rows share a block of verdicts.
const BLOCK_ROWS: u64 = 1 << 18;

/// Counts rows by key.
#[derive(Debug, Default)]
pub struct Tally {
    keys: Spill,
}

impl Tally {
    /// A row of this key was written.
    ///
    /// # Errors
    ///
    /// When the disk is full or cannot be written.
    pub fn add(&mut self, key: u128) -> io::Result<()> {
        self.keys.push(partition(key), &key.to_le_bytes())
    }

    /// How many of the rows gave way to a later one of the same key.
    ///
    /// # Errors
    ///
    /// When the disk cannot be read.
    pub fn superseded(&mut self) -> io::Result<u64> {
        let mut superseded = 0;
        for partition in 0..self.keys.partitions() {
            let mut seen = KeySet::default();
            self.keys.read(partition, |keys| {
                superseded += keys.chunks_exact(16).filter(|key| !seen.insert(number(key))).count() as u64;
                Ok(())
            })?;
        }
        Ok(superseded)
    }
}

/// Why a row does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Another row of its key does.
    Superseded,
    /// An earlier row has its key.
    KeyRepeats {
        /// That row.
        first_row: u64,
    },
    /// An earlier row of another key has its sync key.
    SyncKeyRepeats {
        /// That row.
        first_row: u64,
    },
}

/// The keys of all rows of an extract.
#[derive(Debug)]
pub struct Survey {
    duplicates: Duplicates,
    /// Whether keys that several rows write are remembered.
    repeated: bool,
    by_sync_key: Spill,
    by_key: Spill,
}

/// What a survey found: asked row by row, in order.
#[derive(Debug, Default)]
pub struct Verdicts {
    losers: Spill,
    block: Option<u64>,
    held: Vec<(u64, Verdict)>,
    repeated: KeySet,
}

#[derive(Clone, Copy)]
struct Seen {
    sync_key: u128,
    key: u128,
    row: u64,
}

impl Seen {
    const BYTES: usize = 40;

    fn write(self) -> [u8; Self::BYTES] {
        let mut record = [0; Self::BYTES];
        let bytes = self.sync_key.to_le_bytes().into_iter().chain(self.key.to_le_bytes()).chain(self.row.to_le_bytes());
        record.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        record
    }

    fn read(record: &[u8]) -> Self {
        let (sync_key, rest) = record.split_at_checked(16).unwrap_or_default();
        let (key, row) = rest.split_at_checked(16).unwrap_or_default();
        Self { sync_key: number(sync_key), key: number(key), row: row_number(row) }
    }
}

impl Survey {
    /// A survey for a policy; `repeated` asks for the keys that several rows write, too.
    #[must_use]
    pub fn new(duplicates: Duplicates, repeated: bool) -> Self {
        Self { duplicates, repeated, by_sync_key: Spill::new(), by_key: Spill::new() }
    }

    /// A row that can be written, in the extract's order.
    ///
    /// # Errors
    ///
    /// When the disk is full or cannot be written.
    pub fn add(&mut self, row: u64, key: u128, sync_key: Option<u128>) -> io::Result<()> {
        let seen = Seen { sync_key: sync_key.unwrap_or_default(), key, row };
        match sync_key {
            Some(sync_key) => self.by_sync_key.push(partition(sync_key), &seen.write()),
            None => self.by_key.push(partition(key), &seen.write()),
        }
    }

    /// Decides about all rows.
    ///
    /// # Errors
    ///
    /// When the disk fails.
    pub fn finish(mut self) -> io::Result<Verdicts> {
        let mut verdicts = Verdicts::default();
        for partition in 0..self.by_sync_key.partitions() {
            self.judge_sync_keys(partition, &mut verdicts)?;
        }
        for partition in 0..self.by_key.partitions() {
            self.judge_keys(partition, &mut verdicts)?;
        }
        Ok(verdicts)
    }

    /// The first row of a sync key says which key it belongs to. A partition's records are in the order of their rows.
    fn judge_sync_keys(&mut self, number: usize, verdicts: &mut Verdicts) -> io::Result<()> {
        let Self { by_sync_key, by_key, .. } = self;
        let mut owners = KeyMap::<Seen>::default();
        by_sync_key.read(number, |records| {
            for seen in records.chunks_exact(Seen::BYTES).map(Seen::read) {
                let owner = *owners.entry(seen.sync_key).or_insert(seen);
                if owner.key == seen.key {
                    by_key.push(partition(seen.key), &seen.write())?;
                } else {
                    verdicts.add(seen.row, Verdict::SyncKeyRepeats { first_row: owner.row })?;
                }
            }
            Ok(())
        })
    }

    /// The first row of a key stands. Where sync keys were judged before, records come in their order, so that the first
    /// row is looked for before any other is judged.
    fn judge_keys(&mut self, number: usize, verdicts: &mut Verdicts) -> io::Result<()> {
        let mut firsts = KeyMap::<u64>::default();
        self.by_key.read(number, |records| {
            for seen in records.chunks_exact(Seen::BYTES).map(Seen::read) {
                let first = firsts.entry(seen.key).or_insert(seen.row);
                *first = seen.row.min(*first);
            }
            Ok(())
        })?;
        let (duplicates, repeated) = (self.duplicates, self.repeated);
        self.by_key.read(number, |records| {
            for seen in records.chunks_exact(Seen::BYTES).map(Seen::read) {
                let first_row = firsts.get(&seen.key).copied().unwrap_or(seen.row);
                match duplicates {
                    _ if first_row == seen.row => {}
                    Duplicates::Last if repeated => _ = verdicts.repeated.insert(seen.key),
                    Duplicates::Last => {}
                    Duplicates::First => verdicts.add(seen.row, Verdict::Superseded)?,
                    Duplicates::Reject => verdicts.add(seen.row, Verdict::KeyRepeats { first_row })?,
                }
            }
            Ok(())
        })
    }
}

impl Verdicts {
    fn add(&mut self, row: u64, verdict: Verdict) -> io::Result<()> {
        let (tag, first_row) = match verdict {
            Verdict::Superseded => (0_u64, 0),
            Verdict::KeyRepeats { first_row } => (1, first_row),
            Verdict::SyncKeyRepeats { first_row } => (2, first_row),
        };
        let record = [row.to_le_bytes(), tag.to_le_bytes(), first_row.to_le_bytes()].concat();
        self.losers.push(usize::try_from(row / BLOCK_ROWS).unwrap_or(usize::MAX), &record)
    }

    /// Why a row does not count, if it does not. Cheap when rows are asked for in order.
    ///
    /// # Errors
    ///
    /// When the disk cannot be read.
    pub fn of(&mut self, row: u64) -> io::Result<Option<Verdict>> {
        let block = row / BLOCK_ROWS;
        if self.block != Some(block) {
            let held = &mut self.held;
            held.clear();
            self.losers.read(usize::try_from(block).unwrap_or(usize::MAX), |records| {
                held.extend(records.chunks_exact(24).map(read_verdict));
                Ok(())
            })?;
            self.held.sort_unstable_by_key(|(row, _)| *row);
            self.block = Some(block);
        }
        let found = self.held.binary_search_by_key(&row, |(row, _)| *row);
        Ok(found.ok().and_then(|place| self.held.get(place)).map(|(_, verdict)| *verdict))
    }

    /// The keys of which several rows are written, one after the other.
    pub fn take_repeated(&mut self) -> KeySet {
        std::mem::take(&mut self.repeated)
    }
}

fn read_verdict(record: &[u8]) -> (u64, Verdict) {
    let (row, rest) = record.split_at_checked(8).unwrap_or_default();
    let (tag, first_row) = rest.split_at_checked(8).unwrap_or_default();
    let first_row = row_number(first_row);
    let verdict = match row_number(tag) {
        0 => Verdict::Superseded,
        1 => Verdict::KeyRepeats { first_row },
        _ => Verdict::SyncKeyRepeats { first_row },
    };
    (row_number(row), verdict)
}

fn partition(hash: u128) -> usize {
    usize::try_from(hash >> 120).unwrap_or_default() % PARTITIONS
}

fn number(bytes: &[u8]) -> u128 {
    u128::from_le_bytes(bytes.try_into().unwrap_or_default())
}

fn row_number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests;
