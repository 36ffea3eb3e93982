//! Rows of Parquet: Arrow's columns, each behind its own type.
//!
//! Parquet's physical values are kept as they are; what they mean is decided here, cell by cell, by the `Kind` of their
//! column. So no value is converted that nobody asks for, and none can overflow on the way.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, BinaryViewArray, Int32Array};

use self::array::Array;
use super::{Cell, Position, csv, print};
use crate::reject::{Fault, Reason};

mod array;
mod kind;

pub(crate) use kind::{Kind, Leaf, Member};

/// A batch of rows of Parquet.
#[derive(Debug, Default)]
pub struct Rows {
    /// One for each column of the header; those that were not asked for hold NULL.
    columns: Vec<Array>,
    length: usize,
    first_row: u64,
    /// The number of each row, where they do not follow one another.
    numbers: Vec<u64>,
    /// The columns as they were read, with what they are: rows are taken out of them.
    sources: Vec<Option<(Kind, ArrayRef)>>,
    /// The rows that hold text which is no UTF-8: row, column.
    faults: Vec<(usize, usize, Fault)>,
}

/// The members of a list.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    values: &'a Array,
    start: usize,
    end: usize,
}

/// The members of a struct.
#[derive(Debug, Clone, Copy)]
pub struct Struct<'a> {
    members: &'a [(Arc<str>, Array)],
    row: usize,
}

/// The entries of a map.
#[derive(Debug, Clone, Copy)]
pub struct Map<'a> {
    keys: List<'a>,
    values: List<'a>,
}

impl<'a> List<'a> {
    /// The members, in order.
    #[must_use]
    pub fn iter(self) -> impl ExactSizeIterator<Item = Cell<'a>> {
        (self.start..self.end).map(move |row| self.values.cell(row))
    }

    /// How many members there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl<'a> Struct<'a> {
    /// The members with their names, in order; absent ones are NULL.
    #[must_use]
    pub fn iter(self) -> impl ExactSizeIterator<Item = (&'a str, Cell<'a>)> {
        self.members.iter().map(move |(name, member)| (&**name, member.cell(self.row)))
    }
}

impl<'a> Map<'a> {
    /// The keys and values, in order; a key may stand there more than once, and then the last counts.
    #[must_use]
    pub fn iter(self) -> impl ExactSizeIterator<Item = (Cell<'a>, Cell<'a>)> {
        self.keys.iter().zip(self.values.iter())
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.keys.is_empty()
    }
}

impl Rows {
    /// Makes a batch of columns; those that were not read are `None`.
    ///
    /// # Errors
    ///
    /// The number of the column that is not what its kind says.
    pub(crate) fn new<'a>(
        columns: impl IntoIterator<Item = Option<(&'a Kind, &'a ArrayRef)>>,
        length: usize,
        first_row: u64,
    ) -> Result<Self, usize> {
        let column = |(number, column): (usize, Option<(&Kind, &ArrayRef)>)| match column {
            Some((kind, array)) if array.len() >= length => Array::new(kind, array).ok_or(number),
            Some(_) => Err(number),
            None => Ok(Array::Null),
        };
        let (mut made, mut sources) = (Vec::new(), Vec::new());
        for (number, source) in columns.into_iter().enumerate() {
            sources.push(source.map(|(kind, array)| (kind.clone(), Arc::clone(array))));
            made.push(column((number, source))?);
        }
        let mut rows = Self { columns: made, length, first_row, numbers: Vec::new(), sources, faults: Vec::new() };
        rows.find_faults();
        Ok(rows)
    }

    fn find_faults(&mut self) {
        let mut faults = Vec::new();
        for (number, column) in self.columns.iter().enumerate().filter(|(_, column)| column.holds_broken_text()) {
            let broken = (0..self.length).filter(|&row| is_broken(column.cell(row)));
            faults.extend(broken.map(|row| (row, number, Fault::new(Reason::Utf8Invalid, BROKEN_TEXT))));
        }
        faults.sort_by_key(|&(row, column, _)| (row, column));
        faults.dedup_by_key(|(row, ..)| *row);
        self.faults = faults;
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    #[inline]
    pub(super) fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match self.columns.get(column) {
            Some(column) if row < self.length => column.cell(row),
            _ => Cell::Null,
        }
    }

    /// Folds a column's cells into a word for each row, where it is of a type that is met often.
    pub(super) fn fold(&self, column: usize, words: &mut [u64]) -> bool {
        self.columns.get(column).is_some_and(|column| column.fold(words))
    }

    pub(super) fn position(&self, row: usize) -> Position {
        let number = self.numbers.get(row).copied();
        Position { row: number.unwrap_or(self.first_row + row as u64), line: None }
    }

    #[inline]
    pub(super) fn fault(&self, row: usize) -> Option<(Option<usize>, &Fault)> {
        if self.faults.is_empty() {
            return None;
        }
        let found = self.faults.binary_search_by_key(&row, |fault| fault.0).ok()?;
        self.faults.get(found).map(|(_, column, fault)| (Some(*column), fault))
    }

    /// Some of the rows, in columns of their own; none where a column holds lists, structs or maps, which share what
    /// they are made of with other rows.
    pub(super) fn take(&self, wanted: &[usize]) -> Option<Self> {
        let places: Int32Array = wanted.iter().map(|row| i32::try_from(*row).ok()).collect::<Option<Vec<_>>>()?.into();
        let take = |(kind, array): &(Kind, ArrayRef)| {
            if !matches!(kind, Kind::Leaf(_)) {
                return None;
            }
            let taken = arrow_select::take::take(array, &places, None).ok()?;
            // A view would keep all that it is a view of.
            let own = taken.as_any().downcast_ref::<BinaryViewArray>().map(|views| Arc::new(views.gc()) as ArrayRef);
            Some((kind.clone(), own.unwrap_or(taken)))
        };
        let sources = self.sources.iter().map(|source| source.as_ref().map(take)).collect::<Vec<_>>();
        let sources: Vec<Option<(Kind, ArrayRef)>> = sources
            .into_iter()
            .map(|source| source.map_or(Some(None), |taken| taken.map(Some)))
            .collect::<Option<_>>()?;
        let columns = sources.iter().map(|source| source.as_ref().map(|(kind, array)| (kind, array)));
        let mut taken = Self::new(columns, wanted.len(), 1).ok()?;
        taken.numbers = wanted.iter().map(|row| self.position(*row).row).collect();
        Some(taken)
    }

    /// How many bytes it takes, about.
    pub(super) fn size_bytes(&self) -> usize {
        self.sources.iter().flatten().map(|(_, array)| array.get_array_memory_size()).sum()
    }

    /// All but NULL is quoted, so that none is taken for a null marker.
    pub(super) fn write_csv(&self, row: usize, column: usize, out: &mut Vec<u8>) {
        if let Some(broken) = self.columns.get(column).and_then(|column| column.broken_text(row)) {
            return csv::append(broken, true, out);
        }
        match self.cell(row, column) {
            Cell::Null => {}
            Cell::Text(text) | Cell::Json(text) => csv::append(text.as_bytes(), true, out),
            cell => {
                let mut text = Vec::new();
                print::append(cell, &mut text);
                csv::append(&text, true, out);
            }
        }
    }
}

/// What [`Cell::Unsupported`] calls text that is none.
const BROKEN_TEXT: &str = "text that is no UTF-8";

/// Whether a cell is, or holds, text that is no UTF-8.
fn is_broken(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Unsupported(name) => name == BROKEN_TEXT,
        Cell::List(list) => list.iter().any(is_broken),
        Cell::Struct(members) => members.iter().any(|(_, member)| is_broken(member)),
        Cell::Map(map) => map.iter().any(|(key, value)| is_broken(key) || is_broken(value)),
        _ => false,
    }
}
