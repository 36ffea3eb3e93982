//! Delimited text: CSV and TSV of any dialect, and Rowferry's own rejects.csv.
//!
//! Unlike other readers this one tells NULL (`,,`) from the empty string (`,"",`), counts physical lines, and goes on
//! after a record that does not fit. Records end with LF, CRLF or a lone CR; blank lines are none.
//!
//! A cell is quoted when its first byte is a quote. Text after its closing quote (`"ab"c`) makes the row a fault:
//! most often a quote within the text was not doubled, and then nobody can tell where its cells end.

mod batch;
mod header;
mod scan;
#[cfg(test)]
mod tests;

use std::{io::Read, sync::Arc};

use self::{
    batch::Batch,
    scan::{Scanner, Step},
};
use super::{Error, error::OpenQuote};
use crate::row::{Header, text::Rows};

/// What the columns that Rowferry adds to rejects are called, in their order.
pub const REJECT_COLUMNS: [&str; 5] = ["reject_row", "reject_line", "reject_column", "reject_reason", "reject_detail"];

/// The most bytes that one record may have: 40 times what an item may have.
pub const RECORD_LIMIT_BYTES: usize = 16 << 20;

const BATCH_BYTES: usize = 256 << 10;
const BATCH_BYTES_LEAST: usize = 16 << 10;
const BATCH_ROWS: usize = 512;

/// How a delimited text is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// What separates cells: an ASCII character that is no quote and no line end.
    pub delimiter: u8,
    /// Texts that mean NULL in unquoted cells, beside the empty one.
    pub nulls: Vec<String>,
    /// Whether the first record names the columns.
    pub header: bool,
    /// The names of the columns where no header does; `column_1`, … where there are none.
    pub columns: Vec<String>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', nulls: vec![r"\N".to_owned()], header: true, columns: Vec::new() }
    }
}

/// Reads the rows of a delimited text.
///
/// ```
/// use rowferry::{extract::text::{Dialect, Reader}, row::{Cell, Rows}};
///
/// let (mut reader, header) = Reader::new("id,name\n1,\n2,\"\"\n3\n".as_bytes(), &Dialect::default())?;
/// assert_eq!(header.columns[1].name, "name");
/// let rows = Rows::Text(reader.next(1)?.unwrap());
/// assert!(matches!(rows.cell(0, 1), Cell::Null));
/// assert!(matches!(rows.cell(1, 1), Cell::Text("")));
/// assert_eq!(rows.fault(2).unwrap().1.detail, "found 1 cell, wanted 2");
/// assert!(reader.next(4)?.is_none());
/// # Ok::<(), rowferry::extract::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    delimiter: u8,
    nulls: Arc<[String]>,
    rejects: bool,
    /// How many cells a record should have.
    wanted: usize,
    /// How many of them are columns of the extract.
    width: usize,
    /// What was read and is in no batch yet.
    buffer: Vec<u8>,
    /// Where the buffer begins in the input.
    offset: u64,
    /// The line on which the buffer begins.
    line: u64,
    /// Whether the input was read to its end.
    ended: bool,
    /// Whether something was damaged; nothing after it is believed.
    failed: bool,
    /// How many bytes a batch should have.
    target: usize,
    /// The most bytes of one record.
    limit: usize,
    /// How many cells the last batch had, to begin with room for as many.
    cells: usize,
}

impl<R: Read> Reader<R> {
    /// Reads the header of a text.
    ///
    /// A text whose first record ends with [`REJECT_COLUMNS`] is read as Rowferry writes rejects, whatever the dialect says,
    /// and without those columns. An empty text has no columns, unless the dialect names them.
    ///
    /// # Errors
    ///
    /// [`Error::Header`] for names that are blank, repeat or are no UTF-8, [`Error::Unsupported`] for UTF-16, and all that
    /// [`next`](Self::next) may give.
    pub fn new(input: R, dialect: &Dialect) -> Result<(Self, Header), Error> {
        let mut reader = Self {
            input,
            delimiter: dialect.delimiter,
            nulls: dialect.nulls.clone().into(),
            rejects: false,
            wanted: 0,
            width: 0,
            buffer: Vec::new(),
            offset: 0,
            line: 1,
            ended: false,
            failed: false,
            target: BATCH_BYTES_LEAST,
            limit: RECORD_LIMIT_BYTES,
            cells: 0,
        };
        if !dialect.delimiter.is_ascii() || matches!(dialect.delimiter, b'"' | b'\r' | b'\n' | 0) {
            return Err(Error::unsupported(
                format!("text with the delimiter `{}`", dialect.delimiter.escape_ascii()),
                "name an ASCII character that is no quote and no line end",
            ));
        }
        let header = reader.open(dialect)?;
        Ok((reader, header))
    }

    /// Whether the text is Rowferry's own rejects.csv.
    #[must_use]
    pub fn is_rejects(&self) -> bool {
        self.rejects
    }

    /// Reads the next rows, the first of which gets the number `first_row`; none after the last.
    ///
    /// Rows that do not fit are among them, each with its fault.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] for a quote that is never closed, [`Error::RecordTooLarge`], and what the input gives; after an error
    /// [`Error::Corrupt`].
    pub fn next(&mut self, first_row: u64) -> Result<Option<Rows>, Error> {
        if self.failed {
            return Err(Error::corrupt("it could not be read"));
        }
        let rows = self.advance(first_row);
        self.failed = rows.is_err();
        rows
    }

    fn advance(&mut self, first_row: u64) -> Result<Option<Rows>, Error> {
        let mut target = self.target;
        loop {
            self.fill(target)?;
            let mut batch = Batch::with_room(self.cells, BATCH_ROWS, self.wanted, self.width);
            let mut scanner = Scanner::new(&self.buffer, self.delimiter, self.ended, self.line);
            let end = loop {
                let first = batch.cells.len();
                match scanner.record(&mut batch.cells, &mut batch.doubled) {
                    Step::Record { line, stray } => batch.finish_record(&self.buffer, first, line, stray),
                    Step::Incomplete { open_quote } => break Some(open_quote),
                    Step::End => break None,
                }
            };
            let (consumed, line) = (scanner.position, scanner.line);
            if !batch.lines.is_empty() {
                return Ok(Some(self.give(batch, consumed, line, first_row)));
            }
            self.skip(consumed, line);
            match end {
                Some(open_quote) => target = self.larger_target(open_quote)?,
                None if self.ended => return Ok(None),
                None => {}
            }
        }
    }

    /// Reads until the buffer holds so many bytes, or all there are.
    fn fill(&mut self, target: usize) -> Result<(), Error> {
        let wanted = target.saturating_sub(self.buffer.len());
        if self.ended || wanted == 0 {
            return Ok(());
        }
        self.buffer.reserve_exact(wanted);
        let read = self.input.by_ref().take(wanted as u64).read_to_end(&mut self.buffer)?;
        self.ended = read < wanted;
        Ok(())
    }

    /// Makes a batch of the first bytes of the buffer; the others stay for the next one.
    fn give(&mut self, batch: Batch, consumed: usize, line: u64, first_row: u64) -> Rows {
        let rest = self.buffer.get(consumed..).unwrap_or_default();
        self.target = (consumed / batch.lines.len().max(1)).saturating_mul(BATCH_ROWS);
        self.target = self.target.clamp(BATCH_BYTES_LEAST, BATCH_BYTES);
        self.cells = batch.cells.len() + batch.cells.len() / 8;
        let mut next = Vec::with_capacity(self.target.max(rest.len()));
        next.extend_from_slice(rest);
        let mut bytes = std::mem::replace(&mut self.buffer, next);
        bytes.truncate(consumed);
        let rows = batch.into_rows(bytes, self.offset, first_row, Arc::clone(&self.nulls));
        self.offset += consumed as u64;
        self.line = line;
        rows
    }

    /// Drops the first bytes of the buffer.
    fn skip(&mut self, consumed: usize, line: u64) {
        self.buffer.drain(..consumed);
        self.offset += consumed as u64;
        self.line = line;
    }

    /// How much to read for a record that the buffer does not hold to its end; the buffer begins with it.
    fn larger_target(&self, open_quote: Option<u64>) -> Result<usize, Error> {
        if self.ended {
            let line = open_quote.unwrap_or(self.line);
            return Err(Error::truncated(format!("the quote that opens on line {line} is never closed")));
        }
        if self.buffer.len() > self.limit {
            return Err(Error::RecordTooLarge {
                line: self.line,
                open_quote: OpenQuote(open_quote),
                limit_bytes: self.limit,
            });
        }
        Ok(self.buffer.len().max(self.target) * 2)
    }
}
