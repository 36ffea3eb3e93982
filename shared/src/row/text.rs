//! Rows of a delimited text: one buffer of bytes and the cells in it.

use std::sync::Arc;

use memchr::memchr3;

use super::{Cell, Position, csv};
use crate::reject::Fault;

#[cfg(test)]
mod tests;

/// A batch of rows of CSV or TSV.
///
/// All cells lie in one buffer, checked once to be UTF-8; a cell is two offsets in it.
#[derive(Debug, Default)]
pub struct Rows {
    /// The buffer; bytes that are no UTF-8 stand in it as `?`.
    pub(crate) text: String,
    /// The buffer as it came, where `text` is not it.
    pub(crate) raw: Option<Vec<u8>>,
    /// `width` cells a row.
    pub(crate) cells: Vec<Span>,
    /// How many cells a row has.
    pub(crate) width: usize,
    /// The line on which each row begins.
    pub(crate) lines: Vec<u64>,
    /// The number of the first row.
    pub(crate) first_row: u64,
    /// The number of each row, where they do not follow one another.
    pub(crate) numbers: Vec<u64>,
    /// What is wrong with rows, in their order; at most one entry a row.
    pub(crate) faults: Vec<RowFault>,
    /// What means NULL beside the empty unquoted cell.
    pub(crate) nulls: Arc<[String]>,
}

/// What is wrong with one row.
#[derive(Debug)]
pub(crate) struct RowFault {
    pub(crate) row: usize,
    pub(crate) column: Option<usize>,
    pub(crate) fault: Fault,
}

/// How a cell stood in the extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Without quotes.
    Plain,
    /// In quotes, which are not part of it.
    Quoted,
    /// In quotes and something after them; all of it is kept.
    Stray,
    /// It did not stand there: the row is too short.
    Absent,
}

/// Where a cell lies in its buffer, and its form in the upper two bits of the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The cell of a row that is too short for it.
    pub(crate) const ABSENT: Self = Self { start: 0, end: 3 << Self::FORM };
    /// Offsets have fewer bits than this; [`crate::extract::text`] limits its buffers accordingly.
    pub(crate) const FORM: u32 = 30;
    const OFFSET: u32 = (1 << Self::FORM) - 1;

    #[expect(clippy::cast_possible_truncation, reason = "buffers are shorter than 2^30 bytes")]
    pub(crate) fn new(start: usize, end: usize, form: Form) -> Self {
        let form = match form {
            Form::Plain => 0,
            Form::Quoted => 1,
            Form::Stray => 2,
            Form::Absent => 3,
        };
        Self { start: start as u32, end: end as u32 | form << Self::FORM }
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        (self.end & Self::OFFSET) as usize
    }

    pub(crate) fn form(self) -> Form {
        match self.end >> Self::FORM {
            0 => Form::Plain,
            1 => Form::Quoted,
            2 => Form::Stray,
            _ => Form::Absent,
        }
    }
}

impl Rows {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    #[inline]
    fn span(&self, row: usize, column: usize) -> Option<Span> {
        if column >= self.width {
            return None;
        }
        self.cells.get(row * self.width + column).copied()
    }

    #[inline]
    pub(super) fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let Some(span) = self.span(row, column) else { return Cell::Null };
        let Some(text) = self.text.get(span.start()..span.end()) else { return Cell::Null };
        match span.form() {
            Form::Plain if self.is_null(text) => Cell::Null,
            Form::Absent => Cell::Null,
            Form::Plain | Form::Quoted | Form::Stray => Cell::Text(text),
        }
    }

    #[inline]
    fn is_null(&self, text: &str) -> bool {
        text.is_empty() || self.nulls.iter().any(|null| null == text)
    }

    pub(super) fn position(&self, row: usize) -> Position {
        let number = self.numbers.get(row).copied();
        Position { row: number.unwrap_or(self.first_row + row as u64), line: self.lines.get(row).copied() }
    }

    #[inline]
    pub(super) fn fault(&self, row: usize) -> Option<(Option<usize>, &Fault)> {
        if self.faults.is_empty() {
            return None;
        }
        let found = self.faults.binary_search_by_key(&row, |fault| fault.row).ok()?;
        self.faults.get(found).map(|fault| (fault.column, &fault.fault))
    }

    pub(super) fn write_csv(&self, row: usize, column: usize, out: &mut Vec<u8>) {
        let Some(span) = self.span(row, column) else { return };
        let bytes = self.raw.as_deref().unwrap_or(self.text.as_bytes());
        let Some(cell) = bytes.get(span.start()..span.end()) else { return };
        match span.form() {
            Form::Quoted => csv::append(cell, cell.is_empty() || self.marks_null(cell), out),
            Form::Plain if !(self.marks_null(cell) && csv::needs_quotes(cell)) => csv::append(cell, false, out),
            // As it came, so that it is refused again until it is mended; but in quotes where the record would not stay
            // whole.
            Form::Stray if memchr3(b',', b'\r', b'\n', cell).is_some() => csv::append(cell, true, out),
            Form::Stray => out.extend_from_slice(cell),
            // A marker that would need quotes is NULL without it, too.
            Form::Plain | Form::Absent => {}
        }
    }

    /// Some of the rows, of those that nothing is wrong with, in a buffer of their own.
    pub(super) fn take(&self, wanted: &[usize]) -> Self {
        let mut taken = Self { width: self.width, nulls: Arc::clone(&self.nulls), ..Self::default() };
        for row in wanted {
            for column in 0..self.width {
                let span = self.span(*row, column).unwrap_or(Span::ABSENT);
                let start = taken.text.len();
                taken.text.push_str(self.text.get(span.start()..span.end()).unwrap_or_default());
                taken.cells.push(Span::new(start, taken.text.len(), span.form()));
            }
            let Position { row, line } = self.position(*row);
            taken.numbers.push(row);
            taken.lines.push(line.unwrap_or_default());
        }
        taken
    }

    /// How many bytes it takes, about.
    pub(super) fn size_bytes(&self) -> usize {
        self.text.len() + self.cells.len() * size_of::<Span>() + self.lines.len() * 16
    }

    fn marks_null(&self, cell: &[u8]) -> bool {
        self.nulls.iter().any(|null| null.as_bytes() == cell)
    }
}
