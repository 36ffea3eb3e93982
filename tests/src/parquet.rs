//! Parquet files made of a schema in Parquet's own words and of levels and values.

use std::sync::Arc;

use bytes::Bytes;
use parquet::{
    file::writer::{SerializedFileWriter, SerializedRowGroupWriter},
    schema::parser::parse_message_type,
};

pub use parquet::basic::{Compression, GzipLevel, ZstdLevel};
pub use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType,
    Int32Type, Int64Type, Int96, Int96Type,
};
pub use parquet::file::properties::WriterProperties;

/// A file being written.
pub struct Maker(SerializedFileWriter<Vec<u8>>);

/// A row group being written, column by column.
pub struct Group<'a>(SerializedRowGroupWriter<'a, Vec<u8>>);

impl Maker {
    /// A file with these columns: `required int32 id; optional byte_array name (UTF8);`.
    ///
    /// # Panics
    ///
    /// When they are no schema.
    #[must_use]
    pub fn new(columns: &str) -> Self {
        Self::with(columns, WriterProperties::new())
    }

    /// A file with these columns, written in a way of its own: compressed, or in smaller pages.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[must_use]
    pub fn with(columns: &str, properties: WriterProperties) -> Self {
        let schema = parse_message_type(&format!("message m {{ {columns} }}")).expect("columns are a schema");
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties));
        Self(writer.expect("memory takes a file"))
    }

    /// The next row group.
    ///
    /// # Panics
    ///
    /// When the last one was not finished.
    pub fn group(&mut self) -> Group<'_> {
        Group(self.0.next_row_group().expect("the last row group is finished"))
    }

    /// The file.
    ///
    /// # Panics
    ///
    /// When a row group was not finished.
    #[must_use]
    pub fn finish(self) -> Bytes {
        self.0.into_inner().expect("the file is complete").into()
    }
}

impl Group<'_> {
    /// Writes a column whose values are all there.
    #[must_use]
    pub fn values<T: DataType>(self, values: &[T::T]) -> Self {
        self.levels::<T>(values, None, None)
    }

    /// Writes a column of text.
    #[must_use]
    pub fn texts(self, values: &[&str]) -> Self {
        let values: Vec<ByteArray> = values.iter().map(|text| (*text).into()).collect();
        self.values::<ByteArrayType>(&values)
    }

    /// Writes a column of text by its levels; one that does not repeat has no repetition levels.
    #[must_use]
    pub fn texts_of_levels(self, values: &[&str], definition: &[i16], repetition: &[i16]) -> Self {
        let values: Vec<ByteArray> = values.iter().map(|text| (*text).into()).collect();
        self.levels::<ByteArrayType>(&values, Some(definition), (!repetition.is_empty()).then_some(repetition))
    }

    /// Writes an optional column, some values absent.
    #[must_use]
    pub fn optional<T: DataType>(self, values: &[Option<T::T>]) -> Self {
        let levels: Vec<i16> = values.iter().map(|value| value.is_some().into()).collect();
        let values: Vec<T::T> = values.iter().flatten().cloned().collect();
        self.levels::<T>(&values, Some(&levels), None)
    }

    /// Writes a column by its definition and repetition levels.
    ///
    /// # Panics
    ///
    /// When they do not fit the schema.
    #[must_use]
    pub fn levels<T: DataType>(
        mut self,
        values: &[T::T],
        definition: Option<&[i16]>,
        repetition: Option<&[i16]>,
    ) -> Self {
        let mut column = self.0.next_column().expect("a file takes columns").expect("the schema has one more column");
        column.typed::<T>().write_batch(values, definition, repetition).expect("values fit their column");
        column.close().expect("a column can be closed");
        self
    }

    /// Ends the row group.
    ///
    /// # Panics
    ///
    /// When a column is missing.
    pub fn finish(self) {
        self.0.close().expect("all columns are written");
    }
}
