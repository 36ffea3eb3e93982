//! What is known of a table before a run: the snapshot, the plans of runs that did not end, or what a scan saw.

use crate::{
    error::{Error, Kind},
    job::{account::disk, produce::from_io, remote::Remote},
    mirror::{
        current::object_key,
        partition,
        record::{DOUBTED, KNOWN, Record, Records, settled},
        sight::Sight,
    },
    report::Drift,
    snapshot::{self, Block, Change, Reader},
    spill::Spill,
    table::Key,
};

/// Files of keys in the order of their hashes, and what a scan of the table found.
#[derive(Default)]
pub(super) struct Known {
    files: Vec<File>,
    /// What a scan saw, where there was one.
    pub(super) scanned: Option<Spill>,
    /// The rows of the first file's keys that were known on sight.
    pub(super) sight: Option<Sight>,
}

/// A snapshot or a plan, read as far as the last partition.
struct File {
    name: String,
    reader: Reader<Remote>,
    block: Option<Block>,
    at: usize,
    /// How many rows the blocks before had.
    before: usize,
    of: Origin,
    only: Option<Change>,
}

/// Where keys come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The snapshot in force.
    Snapshot,
    /// The plan of a run that may have done it: nobody knows what the table holds of its keys. With `scanned`, not all
    /// that it deletes was the sync's own.
    Open { scanned: bool },
    /// The deletes that were held: their items are as the plan says. With `scanned`, not all are the sync's own.
    Held { scanned: bool },
}

impl Known {
    /// What rows are known by on sight, of a snapshot that is not too large. Blocks.
    pub(super) fn sight(object: Remote, keys: &[Key]) -> Result<Option<Sight>, Error> {
        let File { name, mut reader, .. } = File::open(object, keys, Origin::Snapshot, None)?;
        let Some(mut sight) = Sight::new(reader.rows()) else { return Ok(None) };
        while let Some(prints) = reader.skim().map_err(|error| unreadable(&name, error))? {
            prints.iter().for_each(|(hash, print)| sight.push(hash, print));
        }
        sight.close();
        Ok(Some(sight))
    }

    /// The same, with rows that are known on sight.
    pub(super) fn on(self, sight: Option<Sight>) -> Self {
        Self { sight, ..self }
    }

    /// Adds a snapshot or a plan. Blocks.
    pub(super) fn add(&mut self, object: Remote, keys: &[Key], of: Origin) -> Result<(), Error> {
        let only = matches!(of, Origin::Held { .. }).then_some(Change::Delete);
        self.files.push(File::open(object, keys, of, only)?);
        Ok(())
    }

    /// Takes what is known of a partition; partitions come in their order.
    pub(super) fn load(&mut self, number: usize, out: &mut Records, drift: &mut Drift) -> Result<(), Error> {
        out.clear();
        for file in &mut self.files {
            file.load(number, self.sight.as_ref(), |record| out.push(record))?;
        }
        out.sort();
        // A key that stands in a plan, or twice, is in doubt.
        out.unite(|one, other| (one.digest.filter(|_| other.digest == one.digest), one.tag | other.tag));
        let Some(scanned) = &self.scanned else { return Ok(()) };
        let mut seen = Records::default();
        seen.load(scanned, number).map_err(disk)?;
        seen.sort();
        // An item that moved while it was scanned is seen twice.
        seen.unite(|_, other| (None, other.tag));
        moved(out, &seen, drift);
        let known = std::mem::take(out);
        // What the scan saw counts, and what it did not see is not there.
        known.iter().for_each(|record| out.push(&Record { digest: None, ..record }));
        seen.iter().for_each(|record| out.push(&record));
        out.sort();
        out.unite(|one, other| (one.digest.or(other.digest), one.tag | other.tag));
        Ok(())
    }

    /// Calls `visit` with the keys of a partition whose rows were known on sight; partitions come in their order.
    pub(super) fn settled(&mut self, number: usize, mut visit: impl FnMut(&Record<'_>)) -> Result<(), Error> {
        let Some(file) = self.files.first_mut() else { return Ok(()) };
        file.load(number, self.sight.as_ref(), |record| {
            if record.settled().is_some() {
                visit(record);
            }
        })
    }
}

/// How far a partition has moved from what is known of it; what is in doubt has not.
fn moved(known: &Records, seen: &Records, drift: &mut Drift) {
    let mut seen = seen.iter().peekable();
    for known in known.iter() {
        while seen.next_if(|seen| seen.hash < known.hash).is_some() {
            drift.extra += 1;
        }
        match seen.next_if(|seen| seen.hash == known.hash) {
            _ if known.digest.is_none() => {}
            None => drift.missing += 1,
            Some(seen) if seen.digest != known.digest => drift.changed += 1,
            Some(_) => {}
        }
    }
    drift.extra += seen.count() as u64;
}

impl File {
    fn open(object: Remote, keys: &[Key], of: Origin, only: Option<Change>) -> Result<Self, Error> {
        let name = object.pin.key.clone();
        let reader = Reader::open(object).map_err(|error| unreadable(&name, error))?;
        if reader.keys() != keys {
            let sync = name.split('/').nth(1).unwrap_or_default();
            let message = format!(
                "`{name}` lists other keys than the table has now; if the table's keys were meant to change, remove `{}` and run again: then nothing counts as written by this sync",
                object_key(sync)
            );
            return Err(Error::new(Kind::Table, message));
        }
        Ok(Self { name, reader, block: None, at: 0, before: 0, of, only })
    }

    fn load(&mut self, number: usize, sight: Option<&Sight>, mut visit: impl FnMut(&Record<'_>)) -> Result<(), Error> {
        loop {
            let block = match &self.block {
                Some(block) if self.at < block.len() => block,
                _ => {
                    self.before += std::mem::take(&mut self.at);
                    self.block = self.reader.next().map_err(|error| unreadable(&self.name, error))?;
                    if self.block.is_none() {
                        return Ok(());
                    }
                    continue;
                }
            };
            let Some(hash) = block.hash(self.at) else { return Ok(()) };
            if partition(hash) > number {
                return Ok(());
            }
            let change = block.change(self.at);
            if self.only.is_none_or(|only| change == Some(only)) {
                let (doubt, scanned) = match self.of {
                    Origin::Snapshot => (false, false),
                    Origin::Open { scanned } => (true, scanned),
                    Origin::Held { scanned } => (false, scanned),
                };
                let own = if scanned && change == Some(Change::Delete) { 0 } else { KNOWN };
                let digest = block.digest(self.at).filter(|_| !doubt);
                let place = self.before + self.at;
                let tag = match sight.and_then(|sight| sight.settled(place)) {
                    Some(row) => settled(row, place),
                    None => own | if doubt { DOUBTED } else { 0 },
                };
                visit(&Record { hash, digest, print: block.print(self.at), tag, key: block.key(self.at) });
            }
            self.at += 1;
        }
    }
}

/// The deletes that a plan lists, partition by partition.
pub(super) struct Deletes(File);

impl Deletes {
    /// Opens a plan. Blocks.
    pub(super) fn open(plan: Remote, keys: &[Key]) -> Result<Self, Error> {
        Ok(Self(File::open(plan, keys, Origin::Open { scanned: false }, Some(Change::Delete))?))
    }

    /// Calls `visit` with the deletes of a partition; partitions come in their order.
    pub(super) fn load(&mut self, number: usize, visit: impl FnMut(&Record<'_>)) -> Result<(), Error> {
        self.0.load(number, None, visit)
    }
}

/// An error of a reader, said of its object; one of the bucket keeps its own kind.
fn unreadable(name: &str, error: snapshot::Error) -> Error {
    match error {
        snapshot::Error::Unfetched(error) => from_io(name, error),
        error => Error::new(Kind::Config, format!("`{name}`: {error}")),
    }
}
