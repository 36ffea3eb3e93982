//! The account of a run: what became of each row, told as it happens, closed once.

use std::sync::Arc;

use crate::{
    definition::{Amount, Duplicates},
    duplicates::Tally,
    error::{Error, Kind},
    mapping::KeySet,
    reject::{Reason, Reject},
    rejects::Rejects,
    report::Rows as Counts,
    row::Batch,
    write::{Entry, Fate, Prepared, Request, Sink},
};

/// From so many rows on, a share of rejects is judged; before, one bad row of three would end a run.
const JUDGED_FROM: u64 = 1_000;

/// Counts rows, keeps rejects, and ends a run that has too many of them.
pub(super) struct Account {
    pub(super) counts: Counts,
    pub(super) rejects: Rejects,
    max_rejects: Option<Amount>,
    /// Rows that are read and sound, and wait for what becomes of them.
    pub(super) accepted: u64,
    /// The keys of rows that the table refused, where other rows gave way to them.
    pub(super) refused: Option<KeySet>,
    /// Present where several rows of a key may be written.
    tally: Option<Tally>,
}

impl Account {
    pub(super) fn new(rejects: Rejects, duplicates: Duplicates, max_rejects: Option<Amount>) -> Self {
        let tally = (duplicates == Duplicates::Last).then(Tally::default);
        let refused = (duplicates == Duplicates::First).then(KeySet::default);
        Self { counts: Counts::default(), rejects, max_rejects, refused, tally, accepted: 0 }
    }

    async fn reject(&mut self, rows: &Arc<Batch>, row: u32, reject: &Reject) -> Result<(), Error> {
        self.counts.read += 1;
        self.counts.rejected += 1;
        self.rejects.add(&rows.header, rows, row as usize, reject).await?;
        Ok(())
    }

    /// Whether so many rejects are too many; a share is judged late.
    fn check(&self, judged_from: u64) -> Result<(), Error> {
        let Counts { read, rejected, .. } = self.counts;
        let read = read + self.accepted;
        let limit = match self.max_rejects {
            None => return Ok(()),
            Some(Amount::Count(count)) => count,
            Some(Amount::Percent(_)) if read < judged_from => return Ok(()),
            Some(Amount::Percent(percent)) => as_float(read) * percent / 100.0,
        };
        if as_float(rejected) <= limit {
            return Ok(());
        }
        let wanted = match self.max_rejects {
            Some(Amount::Percent(percent)) => format!("{percent}%"),
            _ => format!("{limit}"),
        };
        Err(Error::new(
            Kind::Extract,
            format!(
                "{rejected} of {read} rows were rejected, `max_rejects` allows {wanted}; rejects.csv says why, mend the extract or raise `limits.max_rejects`"
            ),
        ))
    }

    /// Hands back rows that were counted as superseded, as the row that stood for them was refused.
    pub(super) async fn hand_back(&mut self, mut orphans: Prepared) -> Result<(), Error> {
        let count = orphans.rejects.len() as u64;
        self.counts.read -= count;
        self.counts.superseded -= count;
        self.begin(&mut orphans).await
    }

    /// Closes the account: rows that gave way are told from those that stand.
    pub(super) fn close(&mut self) -> Result<(), Error> {
        if let Some(tally) = &mut self.tally {
            let superseded = tally.superseded().map_err(disk)?;
            self.counts.superseded += superseded;
            self.counts.written = self.counts.written.saturating_sub(superseded);
        }
        Ok(())
    }

    /// Judges the rejects of the whole extract.
    pub(super) fn judge(&self) -> Result<(), Error> {
        self.check(0)
    }
}

impl Sink for Account {
    async fn settle(&mut self, request: &Request, entries: &[Entry], fate: Fate) -> Result<(), Error> {
        let count = entries.len() as u64;
        self.accepted = self.accepted.saturating_sub(count);
        match fate {
            Fate::Written => {
                if let Some(tally) = &mut self.tally {
                    entries.iter().try_for_each(|entry| tally.add(entry.key)).map_err(disk)?;
                }
                self.counts.read += count;
                self.counts.written += count;
                Ok(())
            }
            Fate::Unchanged => {
                self.counts.read += count;
                self.counts.unchanged += count;
                Ok(())
            }
            Fate::Refused(detail) => {
                let reject = Reject { column: None, reason: Reason::RefusedByTable, detail };
                for entry in entries {
                    if let Some(refused) = &mut self.refused {
                        refused.insert(entry.key);
                    }
                    self.reject(&request.rows, entry.row, &reject).await?;
                }
                self.check(JUDGED_FROM)
            }
        }
    }

    async fn begin(&mut self, prepared: &mut Prepared) -> Result<(), Error> {
        self.counts.read += prepared.superseded;
        self.counts.superseded += prepared.superseded;
        for (row, reject) in std::mem::take(&mut prepared.rejects) {
            self.reject(&prepared.rows, row, &reject).await?;
        }
        self.check(JUDGED_FROM)
    }
}

/// An error of the disk under `/tmp`.
pub(super) fn disk(error: std::io::Error) -> Error {
    Error::caused(Kind::Config, "the function's temporary disk failed; give it more ephemeral storage", error)
}

#[expect(clippy::cast_precision_loss, reason = "a share of rows needs no more than 53 bits")]
fn as_float(count: u64) -> f64 {
    count as f64
}
