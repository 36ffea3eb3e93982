//! Records become a batch of rows.

use std::sync::Arc;

use memchr::memchr;

use crate::{
    reject::{Fault, Reason},
    row::{
        csv,
        text::{Form, RowFault, Rows, Span},
    },
};

/// How many bytes of surplus cells are told.
const SURPLUS_BYTES: usize = 4_096;

/// A record that has more cells than it should gives back the room of those, if it has more than these.
const CELLS_KEPT: usize = 64 << 10;

/// What is to do about a row of rejects whose cells are not mended.
const UNMENDED: &str = "mend the cells and clear the `reject_reason` cell of this row";

/// A batch in the making; its cells lie in the reader's buffer.
pub(super) struct Batch {
    pub(super) cells: Vec<Span>,
    /// The cells that hold doubled quotes.
    pub(super) doubled: Vec<usize>,
    pub(super) lines: Vec<u64>,
    faults: Vec<RowFault>,
    wanted: usize,
    width: usize,
}

impl Batch {
    pub(super) fn with_room(cells: usize, rows: usize, wanted: usize, width: usize) -> Self {
        Self {
            cells: Vec::with_capacity(cells),
            doubled: Vec::new(),
            lines: Vec::with_capacity(rows),
            faults: Vec::new(),
            wanted,
            width,
        }
    }

    /// Makes the last cells, from `first` on, a row.
    #[inline]
    pub(super) fn finish_record(&mut self, bytes: &[u8], first: usize, line: u64, stray: Option<usize>) {
        if self.cells.len() - first != self.wanted || stray.is_some() {
            self.refuse(bytes, first, stray);
        }
        if self.width != self.wanted {
            self.refuse_unmended(bytes, first);
            self.cells.truncate(first + self.width);
            while self.doubled.last().is_some_and(|&cell| cell >= self.cells.len()) {
                self.doubled.pop();
            }
        }
        self.lines.push(line);
    }

    #[cold]
    fn refuse(&mut self, bytes: &[u8], first: usize, stray: Option<usize>) {
        let found = self.cells.len() - first;
        let mut detail = String::new();
        if let Some(column) = stray {
            detail = format!(
                "text follows the closing quote of cell {}; a quote within quotes is written twice",
                column + 1
            );
        }
        if found != self.wanted {
            let separator = if detail.is_empty() { "" } else { "; " };
            let unit = if found == 1 { "cell" } else { "cells" };
            detail = format!("{detail}{separator}found {found} {unit}, wanted {}", self.wanted);
        }
        if let Some(surplus) = self.cells.get(first + self.wanted..).filter(|surplus| !surplus.is_empty()) {
            detail = format!("{detail}; beyond them: {}", tell(bytes, surplus));
        }
        let column = stray.filter(|&column| column < self.width);
        self.faults.push(RowFault { row: self.lines.len(), column, fault: Fault::new(Reason::CellCount, detail) });
        self.cells.resize(first + self.wanted, Span::ABSENT);
        if found > CELLS_KEPT {
            // A record of delimiters alone must not keep its room in every batch that is still held.
            self.cells.shrink_to_fit();
        }
        while self.doubled.last().is_some_and(|&cell| cell >= self.cells.len()) {
            self.doubled.pop();
        }
    }

    /// Refuses a row of Rowferry's own rejects that had too many or too few cells, until somebody says that it is mended:
    /// what stands in its cells may belong to others.
    fn refuse_unmended(&mut self, bytes: &[u8], first: usize) {
        let text = |cell: &Span| bytes.get(cell.start()..cell.end()).unwrap_or_default();
        let Some([.., reason, detail]) = self.cells.get(first..) else { return };
        let refused = self.faults.last().is_some_and(|fault| fault.row == self.lines.len());
        if refused || text(reason) != Reason::CellCount.name().as_bytes() {
            return;
        }
        let mut told = text(detail).to_vec();
        if self.doubled.last() == Some(&(self.cells.len() - 1)) {
            let length = undouble(&mut told);
            told.truncate(length);
        }
        let mut detail = String::from_utf8_lossy(&told).into_owned();
        if !detail.starts_with(UNMENDED) {
            let separator = if detail.is_empty() { "" } else { "; " };
            detail = format!("{UNMENDED}{separator}{detail}");
        }
        let fault = Fault::new(Reason::CellCount, detail);
        self.faults.push(RowFault { row: self.lines.len(), column: None, fault });
    }

    /// The rows; `bytes` is what the cells lie in, `offset` its place in the input.
    pub(super) fn into_rows(mut self, mut bytes: Vec<u8>, offset: u64, first_row: u64, nulls: Arc<[String]>) -> Rows {
        if !self.doubled.is_empty() {
            // Offsets are told as they are in the input, so before anything moves.
            self.find_invalid(&bytes, offset);
            self.undouble(&mut bytes);
        }
        let (text, raw) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(invalid) => {
                let bytes = invalid.into_bytes();
                if self.doubled.is_empty() {
                    self.find_invalid(&bytes, offset);
                }
                (blot(&bytes), Some(bytes))
            }
        };
        let Self { cells, lines, faults, width, .. } = self;
        Rows { text, raw, cells, width, lines, first_row, numbers: Vec::new(), faults, nulls }
    }

    /// Writes doubled quotes once.
    fn undouble(&mut self, bytes: &mut [u8]) {
        for &number in &self.doubled {
            let Some(cell) = self.cells.get_mut(number) else { continue };
            let Some(text) = bytes.get_mut(cell.start()..cell.end()) else { continue };
            *cell = Span::new(cell.start(), cell.start() + undouble(text), Form::Quoted);
        }
    }

    /// Notes the rows that hold bytes which are no UTF-8.
    fn find_invalid(&mut self, bytes: &[u8], offset: u64) {
        let starts: Vec<usize> =
            self.cells.chunks(self.width.max(1)).filter_map(<[Span]>::first).map(|cell| cell.start()).collect();
        let (mut at, mut found) = (0, Vec::<RowFault>::new());
        for chunk in bytes.utf8_chunks() {
            at += chunk.valid().len();
            let row = starts.partition_point(|&start| start <= at).checked_sub(1);
            let byte = chunk.invalid().first();
            if let (Some(row), Some(byte)) = (row, byte)
                && found.last().is_none_or(|last| last.row != row)
                && let Some(column) = self.column(row, at)
            {
                let at = offset + at as u64;
                let detail = format!("byte 0x{byte:02X} at offset {at} is no UTF-8; write the extract in UTF-8");
                let fault = Fault::new(Reason::Utf8Invalid, detail);
                found.push(RowFault { row, column: Some(column), fault });
            }
            at += chunk.invalid().len();
        }
        self.faults.append(&mut found);
        self.faults.sort_by_key(|fault| fault.row);
        self.faults.dedup_by_key(|fault| fault.row);
    }

    /// The column of a byte of a row, where it lies in one.
    fn column(&self, row: usize, at: usize) -> Option<usize> {
        let cells = self.cells.get(row * self.width..(row + 1) * self.width)?;
        cells.iter().position(|cell| cell.start() <= at && at < cell.end())
    }
}

/// Cells as CSV, cut where they are long.
fn tell(bytes: &[u8], cells: &[Span]) -> String {
    let mut out = Vec::new();
    for cell in cells {
        if !out.is_empty() {
            out.push(b',');
        }
        let text = bytes.get(cell.start()..cell.end()).unwrap_or_default();
        if cell.form() == Form::Quoted {
            // Its quotes are doubled still.
            out.push(b'"');
            out.extend_from_slice(text);
            out.push(b'"');
        } else {
            csv::append(text, false, &mut out);
        }
        if out.len() > SURPLUS_BYTES {
            out.truncate(SURPLUS_BYTES);
            out.extend_from_slice("…".as_bytes());
            break;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Writes doubled quotes once and gives the new length; spaces fill what is left.
pub(super) fn undouble(text: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        let quote = memchr(b'"', rest);
        let end = quote.map_or(text.len(), |quote| from + quote + 1);
        text.copy_within(from..end, to);
        to += end - from;
        from = end + usize::from(quote.is_some());
    }
    if let Some(left) = text.get_mut(to..) {
        left.fill(b' ');
    }
    to
}

/// The text with `?` for each byte that is no UTF-8.
fn blot(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}
