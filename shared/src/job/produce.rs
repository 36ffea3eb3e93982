//! From pinned objects to requests: reads, maps and encodes, on a thread of its own.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::mpsc;

use super::{account::disk, mirror::Missed, remote::Remote};
use crate::{
    definition::Source,
    duplicates::{Survey, Verdict, Verdicts},
    error::{Error, Kind},
    extract::{self, Opened},
    mapping::{Bound, Expiry, Item, KeySet, Mapping},
    mirror::RowSet,
    reject::{Reason, Reject},
    row::{Batch, Column, Header},
    write::{Encoder, Prepared},
};

/// How many batches of rows may wait between reading and writing.
pub(super) const BATCHES_AHEAD: usize = 2;

/// How long the items of one piece of a batch are together, about.
const PIECE_BYTES: usize = 1 << 20;

/// An extract that can be read: its objects, how they are written and what their rows become.
#[derive(Clone)]
pub(super) struct Reading {
    pub(super) parts: Vec<Remote>,
    pub(super) source: Source,
    pub(super) mapping: Arc<Mapping>,
    /// What the columns of the extract were that rejects come back from.
    pub(super) known: Arc<[Column]>,
    /// What a Parquet row group may take in memory, as it is compressed.
    pub(super) limit_bytes: u64,
    /// What rows put where the table looks for the end of an item's life.
    pub(super) expiry: Arc<Mutex<Expiry>>,
    /// The rows that are written; all of them where this is none.
    pub(super) wanted: Option<Arc<RowSet>>,
    /// Whether each write asks for the item as it was.
    pub(super) images: bool,
    /// Rows that were kept from a first reading, in place of the extract.
    pub(super) missed: Option<Arc<Missed>>,
}

/// What the headers of all parts say.
pub(super) struct Inspected {
    /// The columns that are read, in the order of their first part: all of a text, the mapped ones of Parquet.
    pub(super) columns: Vec<Column>,
    /// Whether the columns of every part have types of their own.
    pub(super) typed: bool,
    /// Whether a part is Rowferry's own rejects.csv.
    pub(super) rejects: bool,
    /// The attributes that rows fill, in order.
    pub(super) attributes: BTreeSet<String>,
    /// The names of columns that no field reads.
    spare: Vec<String>,
}

impl Inspected {
    /// What a person should know of the columns before the first run.
    pub(super) fn notice(&self) -> Option<String> {
        const NAMED: usize = 10;
        let named: Vec<String> = self.spare.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        let more = self.spare.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!named.is_empty()).then(|| format!("columns of the extract that no field reads: {}{more}", named.join(", ")))
    }
}

impl Reading {
    /// Looks at the headers of all parts, before anything is written.
    pub(super) fn inspect(&self) -> Result<Inspected, Error> {
        let mut found = Inspected {
            columns: Vec::new(),
            typed: true,
            rejects: false,
            spare: Vec::new(),
            attributes: BTreeSet::new(),
        };
        let (mut typed, mut spare) = (Header::default(), BTreeSet::new());
        for part in &self.parts {
            let (opened, header, bound) = self.open(part)?;
            found.attributes.extend(bound.into_iter().flat_map(|bound| bound.names().to_vec()));
            found.typed &= opened.typed();
            found.rejects |= opened.is_rejects();
            let columns = self.mapping.columns();
            if columns.is_none() {
                one_case(&found.columns, &header, &part.pin.key)?;
            }
            if let Some(read) = &columns {
                let read: BTreeSet<&str> = read.iter().map(String::as_str).collect();
                let names = header.columns.iter().map(|column| &column.name);
                found.spare.extend(
                    names.filter(|name| !read.contains(name.as_str()) && spare.insert((*name).clone())).cloned(),
                );
            }
            let mapped = columns.filter(|_| opened.typed());
            if opened.typed() {
                agree(&typed, &header, mapped.as_deref(), &part.pin.key)?;
                typed.columns.extend(
                    header
                        .columns
                        .iter()
                        .filter(|column| typed.position(&column.name).is_none())
                        .cloned()
                        .collect::<Vec<_>>(),
                );
            }
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
        let (opened, mut header) = extract::open(part, &self.source, columns.as_deref(), self.limit_bytes)
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
    pub(super) fn each(&self, mut visit: impl FnMut(&Bound, Arc<Batch>) -> Result<bool, Error>) -> Result<(), Error> {
        if let Some(missed) = &self.missed {
            for (bound, rows) in
                missed.parts.iter().flat_map(|(bound, rows)| rows.iter().map(move |rows| (bound, rows)))
            {
                if !visit(bound, Arc::clone(rows))? {
                    break;
                }
            }
            return Ok(());
        }
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

    /// Reads everything once, and finds the rows that do not count; for a dry run also the keys that several rows write.
    pub(super) fn survey(&self, dry: bool) -> Result<Verdicts, Error> {
        let mut survey = Survey::new(self.mapping.duplicates, dry);
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
        let (mut item, mut expiry) = (Item::default(), Expiry::default());
        let mut encoder: Option<Encoder> = None;
        let mut names: Vec<String> = Vec::new();
        let wanted = self.wanted.as_deref();
        let result = self.each(|bound, rows| {
            if encoder.is_none() || names != bound.names() {
                encoder = Some(Encoder::new(table, bound, dry, self.images));
                bound.names().clone_into(&mut names);
            }
            let Some(encoder) = encoder.as_mut() else { return Ok(false) };
            let mut prepare = Prepare { bound, rows, encoder, item: &mut item, expiry: &mut expiry, wanted, next: 0 };
            while let Some(prepared) = prepare.next(verdicts.as_mut())? {
                if out.blocking_send(Ok(prepared)).is_err() {
                    return Ok(false);
                }
            }
            Ok(true)
        });
        *self.expiry.lock().unwrap_or_else(PoisonError::into_inner) = expiry;
        if let Err(error) = result {
            // A receiver that is gone has its own error already.
            _ = out.blocking_send(Err(error));
        }
    }

    /// What a person should know of the rows that were read.
    pub(super) fn notices(&self) -> Vec<String> {
        let expiry = *self.expiry.lock().unwrap_or_else(PoisonError::into_inner);
        self.mapping.ttl().map(|attribute| expiry.notices(attribute)).unwrap_or_default()
    }

    /// Finds the rows that gave way to a row of one of these keys, which the table then refused.
    pub(super) fn orphans(&self, refused: &KeySet, out: &mpsc::Sender<Result<Prepared, Error>>) {
        let found = self.survey(false).and_then(|mut verdicts| {
            let mut item = Item::default();
            self.each(|bound, rows| {
                let mut rejects = Vec::new();
                for (number, row) in (0..rows.len()).zip(0_u32..) {
                    let orphan = bound.apply(&rows, number, &mut item).is_ok()
                        && refused.contains(&item.key())
                        && verdicts.of(rows.position(number).row).map_err(disk)? == Some(Verdict::Superseded);
                    if orphan {
                        let detail =
                            "the table refused the first row of this key, and this one was not tried".to_owned();
                        rejects.push((row, Reject { column: None, reason: Reason::RefusedByTable, detail }));
                    }
                }
                let prepared = Prepared { rows, requests: VecDeque::new(), rejects, superseded: 0 };
                Ok(out.blocking_send(Ok(prepared)).is_ok())
            })
        });
        if let Err(error) = found {
            _ = out.blocking_send(Err(error));
        }
    }
}

/// Makes requests of a batch of rows, piece by piece: a batch that is small as it stands in its file may hold values
/// that are large.
struct Prepare<'a> {
    bound: &'a Bound,
    rows: Arc<Batch>,
    encoder: &'a mut Encoder,
    item: &'a mut Item,
    expiry: &'a mut Expiry,
    wanted: Option<&'a RowSet>,
    next: usize,
}

impl Prepare<'_> {
    /// What comes of the next rows, until their requests are [`PIECE_BYTES`] long; none after the last row.
    fn next(&mut self, mut verdicts: Option<&mut Verdicts>) -> Result<Option<Prepared>, Error> {
        if self.next == self.rows.len() {
            return Ok(None);
        }
        let (mut requests, mut rejects, mut superseded, mut bytes) = (VecDeque::new(), Vec::new(), 0, 0);
        while self.next < self.rows.len() && bytes < PIECE_BYTES {
            let number = self.next;
            let row = u32::try_from(number).unwrap_or(u32::MAX);
            self.next += 1;
            if self.wanted.is_some_and(|wanted| !wanted.contains(self.rows.position(number).row)) {
                continue;
            }
            let verdict = match self.bound.apply(&self.rows, number, self.item) {
                Err(reject) => {
                    rejects.push((row, reject));
                    continue;
                }
                Ok(()) => match &mut verdicts {
                    Some(verdicts) => verdicts.of(self.rows.position(number).row).map_err(disk)?,
                    None => None,
                },
            };
            match verdict {
                None => {
                    if let Some(ttl) = self.bound.ttl() {
                        self.expiry.add(self.item.value(ttl));
                    }
                    bytes += self.item.size_bytes();
                    self.encoder.push(self.item, row, &self.rows, |request| requests.push_back(request));
                }
                Some(Verdict::Superseded) => superseded += 1,
                Some(verdict) => rejects.push((row, duplicate(verdict))),
            }
        }
        requests.extend(self.encoder.take(&self.rows));
        Ok(Some(Prepared { rows: Arc::clone(&self.rows), requests, rejects, superseded }))
    }
}

/// Parts of one extract must agree about what their columns are, or one of them would change the type of attributes.
fn agree(before: &Header, header: &Header, columns: Option<&[String]>, object_key: &str) -> Result<(), Error> {
    let Some((column, was, is)) = before.conflict(header, columns) else { return Ok(()) };
    let (was, is) = (was.name(), is.name());
    let message = format!(
        "column `{column}` holds {is} in `{object_key}`, but {was} in a part before it; make all parts of an extract alike"
    );
    Err(Error::new(Kind::Extract, message))
}

/// With `fields: all`, a column that one part spells in another case would become two attributes, each of them half
/// empty.
fn one_case(before: &[Column], header: &Header, object_key: &str) -> Result<(), Error> {
    let Some((was, is)) = header.recased(before) else { return Ok(()) };
    let message = format!(
        "column `{is}` of `{object_key}` is called `{was}` in a part before it; make all parts of an extract alike"
    );
    Err(Error::new(Kind::Extract, message))
}

/// The reject of a row that repeats another one's key.
pub(super) fn duplicate(verdict: Verdict) -> Reject {
    let detail = match verdict {
        Verdict::Superseded => "another row has the same key".to_owned(),
        Verdict::KeyRepeats { first_row } => format!("row {first_row} has the same key"),
        Verdict::SyncKeyRepeats { first_row } => format!("row {first_row} has the same sync key and another key"),
    };
    Reject { column: None, reason: Reason::KeyDuplicate, detail }
}

/// An error of a reader, said of its object; one of the bucket keeps its own kind.
fn from_extract(object_key: &str, error: extract::Error) -> Error {
    match error {
        extract::Error::Io(source) => from_io(object_key, source),
        error => Error::new(Kind::Extract, format!("`{object_key}`: {error}")),
    }
}

/// An error of reading or writing an object; one of the bucket keeps its own kind.
pub(super) fn from_io(object_key: &str, error: std::io::Error) -> Error {
    match error.downcast::<crate::bucket::Error>() {
        Ok(error) => error.into(),
        Err(other) => Error::caused(Kind::Service, format!("`{object_key}` could not be reached"), other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{definition, extract::text, row, table::Table};

    #[test]
    fn a_batch_of_large_items_is_handed_over_in_pieces_of_bounded_length() {
        let description = json!({"Table": {"TableStatus": "ACTIVE", "TableArn": "arn",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}});
        let table = Table::read("items", &description).unwrap();
        let fields = "[{attribute: id, column: id}, {attribute: a, template: '{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}'}]";
        let definition = format!("destination: {{ table: items }}\nwrite: replace\nfields: {fields}");
        let mapping = Mapping::new(&definition::parse("s", &definition).unwrap(), &table).unwrap();
        let rows: Vec<String> = (0..20).map(|row| format!("{row},{}", "x".repeat(10_000))).collect();
        let text = format!("id,a\n{}\n", rows.join("\n"));
        let (mut reader, header) = text::Reader::new(text.as_bytes(), &text::Dialect::default()).unwrap();
        let bound = mapping.bind(&header, false).unwrap();
        let (mut encoder, mut item) = (Encoder::new("items", &bound, false, false), Item::default());
        let mut expiry = Expiry::default();
        let (header, mut first_row, mut lengths, mut count) = (Arc::new(header), 1, Vec::new(), 0);
        while let Some(rows) = reader.next(first_row).unwrap() {
            first_row += rows.len() as u64;
            let rows = Arc::new(Batch { header: Arc::clone(&header), rows: row::Rows::Text(rows) });
            let mut prepare = Prepare {
                bound: &bound,
                rows,
                encoder: &mut encoder,
                item: &mut item,
                expiry: &mut expiry,
                wanted: None,
                next: 0,
            };
            while let Some(piece) = prepare.next(None).unwrap() {
                lengths.push(piece.requests.iter().map(|request| request.body.len()).sum::<usize>());
                count += piece.requests.iter().map(|request| request.entries.len()).sum::<usize>();
            }
        }
        assert_eq!(count, 20, "no row is lost between pieces");
        assert!(lengths.iter().all(|length| *length < PIECE_BYTES + 200_000), "{lengths:?}");
    }
}
