//! Finds records and cells in a buffer.
//!
//! A record that the buffer does not hold to its end is left alone: it is scanned again when more has been read.

use memchr::memchr3;

use crate::row::text::{Form, Span};

/// What one step found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A record; its cells were appended.
    Record {
        /// The line on which it begins.
        line: u64,
        /// The number of the first cell with text after its closing quote.
        stray: Option<usize>,
    },
    /// The buffer ends within a record.
    Incomplete {
        /// The line on which a quote opens that is still open.
        open_quote: Option<u64>,
    },
    /// The buffer ends after a record.
    End,
}

/// One cell, and what follows it.
struct Found {
    span: Span,
    ending: Ending,
    /// Whether it holds doubled quotes.
    doubled: bool,
}

/// What follows a cell.
enum Ending {
    /// Another one, beginning here.
    Cell(usize),
    /// Another record, beginning here.
    Record(usize),
    /// More bytes are needed to tell.
    Unknown,
    /// More bytes are needed: a quote is open.
    OpenQuote,
}

/// Goes through a buffer from record to record.
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    finder: Finder<'a>,
    /// Whether the input ends with the buffer.
    last: bool,
    /// Line ends within quotes, in this record.
    inner_lines: u64,
    /// The beginning of the next record.
    pub(super) position: usize,
    /// The line on which it begins.
    pub(super) line: u64,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(bytes: &'a [u8], delimiter: u8, last: bool, line: u64) -> Self {
        let finder = Finder::new(bytes, delimiter);
        Self { bytes, finder, last, inner_lines: 0, position: 0, line }
    }

    /// Appends the cells of the next record that is not blank, and the numbers of those with doubled quotes.
    #[inline]
    pub(super) fn record(&mut self, cells: &mut Vec<Span>, doubled: &mut Vec<usize>) -> Step {
        let first = cells.len();
        while self.position < self.bytes.len() {
            let line = self.line;
            let mut stray = None;
            let mut start = self.position;
            self.inner_lines = 0;
            let next = loop {
                let opened = line + self.inner_lines;
                let found = if self.bytes.get(start) == Some(&b'"') { self.quoted(start) } else { self.plain(start) };
                if found.doubled {
                    doubled.push(cells.len());
                }
                if found.span.form() == Form::Stray {
                    stray = stray.or(Some(cells.len() - first));
                }
                cells.push(found.span);
                match found.ending {
                    Ending::Cell(next) => start = next,
                    Ending::Record(next) => break next,
                    Ending::Unknown => return give_up(first, cells, doubled, None),
                    Ending::OpenQuote => return give_up(first, cells, doubled, Some(opened)),
                }
            };
            self.position = next;
            self.line += self.inner_lines + 1;
            let blank = cells.len() == first + 1
                && cells.last().is_some_and(|cell| cell.form() == Form::Plain && cell.start() == cell.end());
            if !blank {
                return Step::Record { line, stray };
            }
            cells.truncate(first);
        }
        Step::End
    }

    #[inline]
    fn plain(&mut self, start: usize) -> Found {
        let (end, ending) = self.ending();
        Found { span: Span::new(start, end, Form::Plain), ending, doubled: false }
    }

    /// The end of an unquoted cell, or of what follows a closing quote: the finder's next position.
    #[inline]
    fn ending(&mut self) -> (usize, Ending) {
        let length = self.bytes.len();
        let Some(at) = self.finder.next() else {
            return (length, if self.last { Ending::Record(length) } else { Ending::Unknown });
        };
        let next = at + 1;
        match self.bytes.get(at) {
            Some(b'\n') => (at, Ending::Record(next)),
            Some(b'\r') => match self.bytes.get(next) {
                Some(b'\n') => {
                    self.finder.next();
                    (at, Ending::Record(next + 1))
                }
                None if !self.last => (at, Ending::Unknown),
                _ => (at, Ending::Record(next)),
            },
            _ => (at, Ending::Cell(next)),
        }
    }

    fn quoted(&mut self, open: usize) -> Found {
        let mut at = open + 1;
        let mut doubled = false;
        let unfinished = |ending| Found { span: Span::new(open, open, Form::Quoted), ending, doubled: false };
        loop {
            let Some(found) = self.bytes.get(at..).and_then(|rest| memchr3(b'"', b'\n', b'\r', rest)) else {
                return unfinished(Ending::OpenQuote);
            };
            at += found;
            let following = self.bytes.get(at + 1).copied();
            match (self.bytes.get(at), following) {
                (Some(b'\n'), _) => self.inner_lines += 1,
                (Some(b'\r'), _) => self.inner_lines += u64::from(following != Some(b'\n')),
                (_, Some(b'"')) => {
                    doubled = true;
                    at += 1;
                }
                (_, None) if !self.last => return unfinished(Ending::Unknown),
                _ => break,
            }
            at += 1;
        }
        self.finder.seek(at + 1);
        let (end, ending) = self.ending();
        let span = if end == at + 1 {
            Span::new(open + 1, at, Form::Quoted)
        } else {
            doubled = false;
            Span::new(open, end, Form::Stray)
        };
        Found { span, ending, doubled }
    }
}

fn give_up(first: usize, cells: &mut Vec<Span>, doubled: &mut Vec<usize>, open_quote: Option<u64>) -> Step {
    cells.truncate(first);
    while doubled.last().is_some_and(|&cell| cell >= first) {
        doubled.pop();
    }
    Step::Incomplete { open_quote }
}

/// Finds delimiters and line ends, eight bytes at a time: cells are mostly too short for a `memchr` each.
struct Finder<'a> {
    bytes: &'a [u8],
    /// The position of the eight bytes at hand.
    base: usize,
    /// The highest bit of each byte that is a hit and was not given out yet.
    hits: u64,
    delimiter: u64,
}

const LOW: u64 = 0x0101_0101_0101_0101;
const MASK: u64 = 0x7F7F_7F7F_7F7F_7F7F;
const WORD: usize = 8;

/// Sets the highest bit of every byte of `word` that equals the bytes of `pattern`, and no other bit.
#[inline]
fn equal(word: u64, pattern: u64) -> u64 {
    let difference = word ^ pattern;
    !(((difference & MASK) + MASK) | difference | MASK)
}

impl<'a> Finder<'a> {
    fn new(bytes: &'a [u8], delimiter: u8) -> Self {
        let mut finder = Self { bytes, base: 0, hits: 0, delimiter: LOW * u64::from(delimiter) };
        finder.seek(0);
        finder
    }

    #[inline]
    fn seek(&mut self, position: usize) {
        self.base = position;
        self.hits = self.look();
    }

    #[inline]
    fn look(&self) -> u64 {
        let rest = self.bytes.get(self.base..).unwrap_or_default();
        let word = rest.first_chunk().map_or_else(|| short(rest), |&word| u64::from_le_bytes(word));
        equal(word, self.delimiter) | equal(word, LOW * 0x0A) | equal(word, LOW * 0x0D)
    }

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.hits == 0 {
            self.base += WORD;
            if self.base >= self.bytes.len() {
                return None;
            }
            self.hits = self.look();
        }
        let at = self.base + self.hits.trailing_zeros() as usize / WORD;
        self.hits &= self.hits - 1;
        Some(at)
    }
}

/// The last bytes of a buffer; zeros fill the word, which no delimiter is.
fn short(rest: &[u8]) -> u64 {
    rest.iter().rev().fold(0, |word, &byte| word << WORD | u64::from(byte))
}
