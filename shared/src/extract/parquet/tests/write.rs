//! Files made of a schema in Parquet's own words and of levels and values.

use std::sync::Arc;

use parquet::{
    data_type::DataType,
    file::{
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};

/// A file being written.
pub(in super::super) struct Maker(SerializedFileWriter<Vec<u8>>);

/// A row group being written.
pub(in super::super) struct Group<'a>(SerializedRowGroupWriter<'a, Vec<u8>>);

impl Maker {
    pub(in super::super) fn new(columns: &str) -> Self {
        Self::with(columns, WriterProperties::new())
    }

    pub(in super::super) fn with(columns: &str, properties: WriterProperties) -> Self {
        let schema = Arc::new(parse_message_type(&format!("message m {{ {columns} }}")).unwrap());
        Self(SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap())
    }

    pub(in super::super) fn group(&mut self) -> Group<'_> {
        Group(self.0.next_row_group().unwrap())
    }

    pub(in super::super) fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

impl Group<'_> {
    /// Writes a column whose values are all there.
    pub(in super::super) fn values<T: DataType>(self, values: &[T::T]) -> Self {
        self.levels::<T>(values, None, None)
    }

    /// Writes a column of top-level values, some absent.
    pub(in super::super) fn optional<T: DataType>(self, values: &[Option<T::T>]) -> Self {
        let levels: Vec<i16> = values.iter().map(|value| value.is_some().into()).collect();
        let values: Vec<T::T> = values.iter().flatten().cloned().collect();
        self.levels::<T>(&values, Some(&levels), None)
    }

    /// Writes a column by its definition and repetition levels.
    pub(in super::super) fn levels<T: DataType>(
        mut self,
        values: &[T::T],
        definition: Option<&[i16]>,
        repetition: Option<&[i16]>,
    ) -> Self {
        let mut column = self.0.next_column().unwrap().unwrap();
        column.typed::<T>().write_batch(values, definition, repetition).unwrap();
        column.close().unwrap();
        self
    }

    pub(in super::super) fn finish(self) {
        self.0.close().unwrap();
    }
}

/// A file of one row group with one column.
pub(in super::super) fn one<T: DataType>(column: &str, values: &[T::T]) -> Vec<u8> {
    let mut maker = Maker::new(column);
    maker.group().values::<T>(values).finish();
    maker.finish()
}
