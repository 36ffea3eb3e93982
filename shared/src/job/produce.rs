//! From pinned objects to requests: reads, maps and encodes, on a thread of its own.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::mpsc;

use super::{account::disk, remote::Remote};
use crate::{
    definition::Source,
    duplicates::{Survey, Verdict, Verdicts},
    error::{Error, Kind},
    extract::{self, Opened},
    mapping::{Bound, Item, Mapping},
    reject::{Reason, Reject},
    row::{Batch, Column, Header},
    write::{Encoder, Prepared},
};

/// What Parquet's row groups may take in memory, as they are compressed.
const LIMIT_BYTES: u64 = 256 << 20;

/// An extract that can be read: its objects, how they are written and what their rows become.
#[derive(Clone)]
pub(super) struct Reading {
    pub(super) parts: Vec<Remote>,
    pub(super) source: Source,
    pub(super) mapping: Arc<Mapping>,
    /// What the columns of the extract were that rejects come back from.
    pub(super) known: Arc<[Column]>,
}

/// What the headers of all parts say.
pub(super) struct Inspected {
    /// The columns that are read, in the order of their first part: all of a text, the mapped ones of Parquet.
    pub(super) columns: Vec<Column>,
    /// Whether the columns of every part have types of their own.
    pub(super) typed: bool,
    /// Whether a part is Rowferry's own rejects.csv.
    pub(super) rejects: bool,
}

impl Reading {
    /// Looks at the headers of all parts, before anything is written.
    pub(super) fn inspect(&self) -> Result<Inspected, Error> {
        let mut found = Inspected { columns: Vec::new(), typed: true, rejects: false };
        for part in &self.parts {
            let (opened, header, _) = self.open(part)?;
            found.typed &= opened.typed();
            found.rejects |= opened.is_rejects();
            let mapped = self.mapping.columns().filter(|_| opened.typed());
            let read = |column: &Column| mapped.as_ref().is_none_or(|mapped| mapped.contains(&column.name));
            for column in header.columns.into_iter().filter(read) {
                if !found.columns.iter().any(|known| known.name == column.name) {
                    found.columns.push(column);
                }
            }
        }
        Ok(found)
    }

    fn open(&self, part: &Remote) -> Result<(Opened<Remote>, Header, Option<Bound>), Error> {
        let key = &part.pin.key;
        let columns = self.mapping.columns();
        let (opened, mut header) = extract::open(part, &self.source, columns.as_deref(), LIMIT_BYTES)
            .map_err(|error| from_extract(key, error))?;
        let recalled = opened.is_rejects() && !self.known.is_empty();
        if recalled {
            header.recall(&self.known);
        }
        if header.columns.is_empty() && !opened.typed() {
            return Ok((opened, header, None));
        }
        let bound = self.mapping.bind(&header, opened.typed() || recalled).map_err(|problems| {
            let texts: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
            let kind = if problems.iter().all(crate::mapping::HeaderProblem::is_senders) {
                Kind::Extract
            } else {
                Kind::Mapping
            };
            Error::new(kind, format!("`{key}` does not fit the definition:{}", texts.concat()))
        })?;
        Ok((opened, header, Some(bound)))
    }

    /// Calls `visit` with each batch of rows, in the extract's order.
    fn each(&self, mut visit: impl FnMut(&Bound, Arc<Batch>) -> Result<bool, Error>) -> Result<(), Error> {
        let mut first_row = 1;
        for part in &self.parts {
            let (mut opened, header, bound) = self.open(part)?;
            let Some(bound) = bound else { continue };
            let header = Arc::new(header);
            while let Some(rows) = opened.next(first_row).map_err(|error| from_extract(&part.pin.key, error))? {
                first_row += rows.len() as u64;
                if !visit(&bound, Arc::new(Batch { header: Arc::clone(&header), rows }))? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Reads everything once, and finds the rows that do not count.
    pub(super) fn survey(&self) -> Result<Verdicts, Error> {
        let mut survey = Survey::new(self.mapping.duplicates);
        let mut item = Item::default();
        self.each(|bound, rows| {
            for row in 0..rows.len() {
                if bound.apply(&rows, row, &mut item).is_ok() {
                    survey.add(rows.position(row).row, item.key(), item.sync_key()).map_err(disk)?;
                }
            }
            Ok(true)
        })?;
        survey.finish().map_err(disk)
    }

    /// Reads everything and hands over what writes it, until the receiver is gone.
    pub(super) fn produce(
        &self,
        table: &str,
        dry: bool,
        mut verdicts: Option<Verdicts>,
        out: &mpsc::Sender<Result<Prepared, Error>>,
    ) {
        let mut item = Item::default();
        let mut encoder: Option<Encoder> = None;
        let mut names: Vec<String> = Vec::new();
        let result = self.each(|bound, rows| {
            if encoder.is_none() || names != bound.names() {
                encoder = Some(Encoder::new(table, bound, dry));
                bound.names().clone_into(&mut names);
            }
            let Some(encoder) = encoder.as_mut() else { return Ok(false) };
            let prepared = prepare(bound, rows, encoder, &mut item, verdicts.as_mut())?;
            Ok(out.blocking_send(Ok(prepared)).is_ok())
        });
        if let Err(error) = result {
            // A receiver that is gone has its own error already.
            _ = out.blocking_send(Err(error));
        }
    }
}

fn prepare(
    bound: &Bound,
    rows: Arc<Batch>,
    encoder: &mut Encoder,
    item: &mut Item,
    mut verdicts: Option<&mut Verdicts>,
) -> Result<Prepared, Error> {
    let (mut requests, mut rejects, mut superseded) = (VecDeque::new(), Vec::new(), 0);
    for (number, row) in (0..rows.len()).zip(0_u32..) {
        let verdict = match bound.apply(&rows, number, item) {
            Err(reject) => {
                rejects.push((row, reject));
                continue;
            }
            Ok(()) => match &mut verdicts {
                Some(verdicts) => verdicts.of(rows.position(number).row).map_err(disk)?,
                None => None,
            },
        };
        match verdict {
            None => encoder.push(item, row, &rows, |request| requests.push_back(request)),
            Some(Verdict::Superseded) => superseded += 1,
            Some(Verdict::KeyRepeats { first_row }) => {
                rejects.push((row, duplicate(format!("row {first_row} has the same key"))));
            }
            Some(Verdict::SyncKeyRepeats { first_row }) => {
                rejects.push((row, duplicate(format!("row {first_row} has the same sync key and another key"))));
            }
        }
    }
    requests.extend(encoder.take(&rows));
    Ok(Prepared { rows, requests, rejects, superseded })
}

fn duplicate(detail: String) -> Reject {
    Reject { column: None, reason: Reason::KeyDuplicate, detail }
}

/// An error of a reader, said of its object; one of the bucket keeps its own kind.
fn from_extract(object_key: &str, error: extract::Error) -> Error {
    if let extract::Error::Io(source) = error {
        return match source.downcast::<crate::bucket::Error>() {
            Ok(error) => error.into(),
            Err(other) => Error::caused(Kind::Service, format!("`{object_key}` could not be read"), other),
        };
    }
    Error::new(Kind::Extract, format!("`{object_key}`: {error}"))
}
