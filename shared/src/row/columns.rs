//! Rows of Parquet: Arrow's columns, each behind its own type.

use super::{Cell, Position};

/// A batch of rows of Parquet.
#[derive(Debug, Default)]
pub struct Rows {}

/// The members of a list.
#[derive(Debug, Clone, Copy)]
pub struct List<'a>(std::marker::PhantomData<&'a ()>);

/// The members of a struct.
#[derive(Debug, Clone, Copy)]
pub struct Struct<'a>(std::marker::PhantomData<&'a ()>);

/// The entries of a map.
#[derive(Debug, Clone, Copy)]
pub struct Map<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> List<'a> {
    /// The members, in order.
    pub fn iter(self) -> impl Iterator<Item = Cell<'a>> {
        std::iter::empty()
    }
}

impl<'a> Struct<'a> {
    /// The members with their names, in order.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, Cell<'a>)> {
        std::iter::empty()
    }
}

impl<'a> Map<'a> {
    /// The keys and values, in order.
    pub fn iter(self) -> impl Iterator<Item = (Cell<'a>, Cell<'a>)> {
        std::iter::empty()
    }
}

impl Rows {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        0
    }
    pub(super) fn cell(&self, _row: usize, _column: usize) -> Cell<'_> {
        Cell::Null
    }
    pub(super) fn position(&self, _row: usize) -> Position {
        Position { row: 0, line: None }
    }
    pub(super) fn write_csv(&self, _row: usize, _column: usize, _out: &mut Vec<u8>) {}
}
