//! Rows as they stand in an extract: cells, their positions, and what is wrong with them before any mapping.
//!
//! Rows come in batches. Text keeps its bytes in one buffer; Parquet keeps Arrow's columns. A [`Cell`] is the
//! common view of one value of either.

pub mod columns;
pub mod csv;
pub mod print;
pub mod text;
mod trace;

use std::{ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::reject::Fault;

/// A batch of rows of one part of an extract.
#[derive(Debug)]
pub enum Rows {
    /// Of a delimited text.
    Text(text::Rows),
    /// Of a Parquet file.
    Columns(columns::Rows),
}

/// A batch of rows with the columns of their part.
#[derive(Debug)]
pub struct Batch {
    /// The part's columns.
    pub header: Arc<Header>,
    /// The rows.
    pub rows: Rows,
}

impl Deref for Batch {
    type Target = Rows;

    fn deref(&self) -> &Rows {
        &self.rows
    }
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The data row, from 1, over all parts of the extract.
    pub row: u64,
    /// The physical line on which the row begins, from 1; none in Parquet.
    pub line: Option<u64>,
}

/// One value as the extract holds it.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    /// No value.
    Null,
    /// Text.
    Text(&'a str),
    /// Text that holds JSON by its declared type.
    Json(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer beyond an `i64`.
    UInt(u64),
    /// A decimal of up to 128 bits: unscaled value, scale.
    Decimal(i128, i8),
    /// A decimal of 256 bits: unscaled value, scale.
    Decimal256(arrow_buffer::i256, i8),
    /// A half-precision float, widened.
    Float16(f32),
    /// A single-precision float.
    Float32(f32),
    /// A double-precision float.
    Float64(f64),
    /// A date, in days since 1970.
    Date(i64),
    /// A time of day, in nanoseconds since midnight.
    Time(i64),
    /// A point in time, or in local time where it is not adjusted to UTC.
    Timestamp {
        /// Whole seconds since 1970, rounded down.
        seconds: i64,
        /// Nanoseconds beyond them.
        nanos: u32,
        /// Whether it is adjusted to UTC.
        utc: bool,
    },
    /// A UUID.
    Uuid(&'a [u8]),
    /// Several values.
    List(columns::List<'a>),
    /// Named values.
    Struct(columns::Struct<'a>),
    /// Values by key.
    Map(columns::Map<'a>),
    /// A value of a type that Rowferry does not take; the type's name.
    Unsupported(&'a str),
}

impl Rows {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(rows) => rows.len(),
            Self::Columns(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of one cell; NULL outside the batch. Only for rows without a [`fault`](Self::fault).
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match self {
            Self::Text(rows) => rows.cell(row, column),
            Self::Columns(rows) => rows.cell(row, column),
        }
    }

    /// Some of the rows that nothing is wrong with, in memory of their own, with the positions that they have; none where
    /// they cannot be told from the others cheaply.
    #[must_use]
    pub fn take(&self, wanted: &[usize]) -> Option<Self> {
        match self {
            Self::Text(rows) if rows.raw.is_none() => Some(Self::Text(rows.take(wanted))),
            Self::Text(_) => None,
            Self::Columns(rows) => rows.take(wanted).map(Self::Columns),
        }
    }

    /// How many bytes they take, about.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        match self {
            Self::Text(rows) => rows.size_bytes(),
            Self::Columns(rows) => rows.size_bytes(),
        }
    }

    /// Where a row stands.
    #[must_use]
    pub fn position(&self, row: usize) -> Position {
        match self {
            Self::Text(rows) => rows.position(row),
            Self::Columns(rows) => rows.position(row),
        }
    }

    /// What makes a row unreadable: too many or too few cells, or bytes that are no UTF-8.
    /// The number is that of the column at fault, where it is one.
    #[must_use]
    pub fn fault(&self, row: usize) -> Option<(Option<usize>, &Fault)> {
        match self {
            Self::Text(rows) => rows.fault(row),
            Self::Columns(rows) => rows.fault(row),
        }
    }

    /// Appends one cell as it came, as a field of a CSV record with commas: quoted where it has to be, so that
    /// reading it again gives the same cell (NULL stays unquoted, the empty string stays quoted).
    pub fn write_csv(&self, row: usize, column: usize, out: &mut Vec<u8>) {
        match self {
            Self::Text(rows) => rows.write_csv(row, column, out),
            Self::Columns(rows) => rows.write_csv(row, column, out),
        }
    }
}

/// The columns of one part of an extract.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// In the extract's order.
    pub columns: Vec<Column>,
}

/// One column of an extract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name, case kept.
    pub name: String,
    /// What its cells are.
    pub shape: Shape,
}

/// What the cells of a column are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Text (every column of CSV and TSV).
    Text,
    /// Text that holds JSON by its declared type.
    Json,
    /// True or false.
    Bool,
    /// Integers, decimals and floats.
    Number,
    /// Bytes.
    Binary,
    /// Dates, times of day, timestamps.
    Time,
    /// UUIDs.
    Uuid,
    /// Lists.
    List,
    /// Structs.
    Struct,
    /// Maps.
    Map,
    /// Always NULL.
    Null,
    /// A type that Rowferry does not take; its name.
    Unsupported(String),
}

impl Shape {
    /// What the cells are, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Text => "text",
            Self::Json => "JSON",
            Self::Bool => "booleans",
            Self::Number => "numbers",
            Self::Binary => "bytes",
            Self::Time => "times",
            Self::Uuid => "UUIDs",
            Self::List => "lists",
            Self::Struct => "structs",
            Self::Map => "maps",
            Self::Null => "nothing",
            Self::Unsupported(name) => name,
        }
    }
}

impl Header {
    /// The number of the column with a name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The first column of the same name in another header whose cells are something else there, with both shapes: its own
    /// and the other's. Columns that are always NULL go with any; `columns` are the ones that matter, all where none are
    /// given.
    #[must_use]
    pub fn conflict(&self, other: &Self, columns: Option<&[String]>) -> Option<(String, Shape, Shape)> {
        let matters = |column: &&Column| columns.is_none_or(|columns| columns.contains(&column.name));
        self.columns.iter().filter(matters).find_map(|column| {
            let other = other.columns.iter().find(|other| other.name == column.name)?;
            let agree = column.shape == other.shape || column.shape == Shape::Null || other.shape == Shape::Null;
            (!agree).then(|| (column.name.clone(), column.shape.clone(), other.shape.clone()))
        })
    }

    /// The first column that lacks its exact name among others but has it there in another case, where the other name is
    /// in turn none of its own: the other name and its own.
    #[must_use]
    pub fn recased<'a>(&'a self, others: &'a [Column]) -> Option<(&'a str, &'a str)> {
        let is_new = |column: &&Column| others.iter().all(|other| other.name != column.name);
        self.columns.iter().filter(is_new).find_map(|column| {
            let same = |other: &&Column| other.name.to_lowercase() == column.name.to_lowercase();
            let other = others.iter().find(|other| same(other) && self.position(&other.name).is_none())?;
            Some((other.name.as_str(), column.name.as_str()))
        })
    }

    /// Gives the columns the shapes that those of the same name had in another header.
    pub fn recall(&mut self, known: &[Column]) {
        for column in &mut self.columns {
            if let Some(known) = known.iter().find(|known| known.name == column.name) {
                column.shape.clone_from(&known.shape);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_column_whose_cells_are_something_else_elsewhere() {
        let header = |columns: &[(&str, Shape)]| Header {
            columns: columns
                .iter()
                .map(|(name, shape)| Column { name: (*name).into(), shape: shape.clone() })
                .collect(),
        };
        let own = header(&[("a", Shape::Number), ("b", Shape::Text), ("c", Shape::Null)]);
        let check = |other: &[(&str, Shape)], columns: Option<&[String]>, expected: Option<&str>| {
            let found = own.conflict(&header(other), columns);
            assert_eq!(found.as_ref().map(|(name, ..)| name.as_str()), expected, "{other:?}");
        };
        check(&[("b", Shape::Text), ("a", Shape::Number), ("c", Shape::List)], None, None);
        check(&[("a", Shape::Null), ("d", Shape::Bool)], None, None);
        check(&[("b", Shape::Json), ("a", Shape::Number)], None, Some("b"));
        check(&[("b", Shape::Json)], Some(&["a".into()]), None);
        check(&[("b", Shape::Json)], Some(&["a".into(), "b".into()]), Some("b"));
        let both = own.conflict(&header(&[("a", Shape::Text)]), None);
        assert_eq!(both, Some(("a".into(), Shape::Number, Shape::Text)));
    }
}
