//! The first record, and what the columns are called.

use std::{collections::HashSet, io::Read};

use memchr::memmem;

use super::{
    BATCH_BYTES_LEAST, Dialect, REJECT_COLUMNS, Reader,
    batch::undouble,
    scan::{Scanner, Step},
};
use crate::{
    extract::Error,
    row::{
        Column, Header, Shape,
        text::{Form, Span},
    },
};

/// A text with more columns is refused: what is known of each takes memory.
const COLUMNS: usize = 20_000;

/// The first record of a text.
#[derive(Default)]
struct First {
    cells: Vec<Vec<u8>>,
    line: u64,
    /// Whether text follows a closing quote.
    stray: bool,
    /// Where the next record begins, and on which line.
    next: (usize, u64),
}

impl<R: Read> Reader<R> {
    /// Reads the beginning of the text.
    pub(super) fn open(&mut self, dialect: &Dialect) -> Result<Header, Error> {
        self.fill(BATCH_BYTES_LEAST)?;
        self.skip_byte_order_mark()?;
        let names = if let Some(own) = self.own_rejects() {
            self.rejects = true;
            self.delimiter = b',';
            let names = names(&own)?;
            self.skip(own.next.0, own.next.1);
            names
        } else if dialect.header {
            let first = self.first(self.delimiter)?.unwrap_or_default();
            let names = names(&first)?;
            self.skip(first.next.0, first.next.1.max(self.line));
            names
        } else if dialect.columns.is_empty() {
            let count = self.first(self.delimiter)?.unwrap_or_default().cells.len();
            (1..=count).map(|number| format!("column_{number}")).collect()
        } else {
            dialect.columns.clone()
        };
        check(&names)?;
        self.wanted = names.len();
        self.width = if self.rejects { names.len() - REJECT_COLUMNS.len() } else { names.len() };
        let column = |name| Column { name, shape: Shape::Text };
        Ok(Header { columns: names.into_iter().take(self.width).map(column).collect() })
    }

    fn skip_byte_order_mark(&mut self) -> Result<(), Error> {
        if self.buffer.starts_with(b"\xEF\xBB\xBF") {
            self.skip(3, 1);
        } else if self.buffer.starts_with(b"\xFF\xFE") || self.buffer.starts_with(b"\xFE\xFF") {
            return Err(Error::unsupported("text in UTF-16", "write the extract in UTF-8"));
        }
        Ok(())
    }

    /// The header of Rowferry's own rejects, where this is one.
    fn own_rejects(&mut self) -> Option<First> {
        // Whatever the delimiter is, the buffer then holds the first line; even where that makes no sense with this delimiter.
        _ = self.first(self.delimiter);
        let [.., last] = REJECT_COLUMNS;
        memmem::find(&self.buffer, last.as_bytes())?;
        let first = self.first(b',').ok().flatten()?;
        let columns = first.cells.len().checked_sub(REJECT_COLUMNS.len())?;
        let own = first.cells.get(columns..)?;
        (own.iter().map(Vec::as_slice).eq(REJECT_COLUMNS.map(str::as_bytes)) && !first.stray).then_some(first)
    }

    /// Looks at the first record; the buffer grows until it holds all of it.
    fn first(&mut self, delimiter: u8) -> Result<Option<First>, Error> {
        let (mut cells, mut doubled) = (Vec::new(), Vec::new());
        loop {
            let mut scanner = Scanner::new(&self.buffer, delimiter, self.ended, self.line);
            match scanner.record(&mut cells, &mut doubled) {
                Step::Record { line, stray } => {
                    let next = (scanner.position, scanner.line);
                    if cells.len() > COLUMNS {
                        let count = cells.len();
                        return Err(Error::header(format!(
                            "there are {count} columns; no more than {COLUMNS} are read, so check the delimiter"
                        )));
                    }
                    let text = |(number, cell): (usize, &Span)| {
                        let mut text = self.buffer.get(cell.start()..cell.end()).unwrap_or_default().to_vec();
                        if cell.form() == Form::Quoted && doubled.contains(&number) {
                            let length = undouble(&mut text);
                            text.truncate(length);
                        }
                        text
                    };
                    let cells = cells.iter().enumerate().map(text).collect();
                    return Ok(Some(First { cells, line, stray: stray.is_some(), next }));
                }
                Step::Incomplete { open_quote } => {
                    let target = self.larger_target(open_quote)?;
                    self.fill(target)?;
                }
                Step::End if self.ended => return Ok(None),
                Step::End => self.fill(self.buffer.len() + BATCH_BYTES_LEAST)?,
            }
        }
    }
}

fn names(first: &First) -> Result<Vec<String>, Error> {
    if first.stray {
        return Err(Error::header(format!("text follows a closing quote on line {}", first.line)));
    }
    let name = |(number, name): (usize, &Vec<u8>)| {
        String::from_utf8(name.clone()).map_err(|_| {
            Error::header(format!("the name of column {} is no UTF-8; write the extract in UTF-8", number + 1))
        })
    };
    first.cells.iter().enumerate().map(name).collect()
}

/// Checks that every column has a name of its own.
pub(in crate::extract) fn check(names: &[String]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for (number, name) in (1..).zip(names) {
        if name.trim().is_empty() {
            return Err(Error::header(format!("column {number} has no name; give it one, or drop the column")));
        }
        if !seen.insert(name.as_str()) {
            let first = names.iter().position(|other| other == name).unwrap_or_default() + 1;
            return Err(Error::header(format!(
                "columns {first} and {number} have the same name; rename or drop one of them"
            )));
        }
    }
    Ok(())
}
