//! One object to its rows, whatever its format.

use std::io::{self, Read};

use super::{
    Error,
    compression::{self, Magic},
    parquet, text,
};
use crate::{
    definition::{Format, Source},
    row::{Header, Rows},
};

/// How many bytes tell a format.
const PEEKED: usize = 16;

/// An object that is read. Its calls may block.
pub trait Object: parquet::Source + Clone {
    /// Its key.
    fn key(&self) -> &str;

    /// Its bytes, from the first.
    ///
    /// # Errors
    ///
    /// When it cannot be had.
    fn stream(&self) -> io::Result<Box<dyn Read + Send>>;
}

/// An object whose header is read, and whose rows may be.
pub enum Opened<O> {
    /// Text.
    Text(text::Reader<Box<dyn Read + Send>>),
    /// Parquet.
    Parquet(parquet::Reader<O>),
}

impl<O: Object> Opened<O> {
    /// Whether its columns have types of their own.
    #[must_use]
    pub fn typed(&self) -> bool {
        matches!(self, Self::Parquet(_))
    }

    /// Whether it is Rowferry's own rejects.csv.
    #[must_use]
    pub fn is_rejects(&self) -> bool {
        matches!(self, Self::Text(reader) if reader.is_rejects())
    }

    /// Reads the next rows, the first of which gets the number `first_row`; none after the last.
    ///
    /// # Errors
    ///
    /// As the readers give them.
    pub fn next(&mut self, first_row: u64) -> Result<Option<Rows>, Error> {
        match self {
            Self::Text(reader) => Ok(reader.next(first_row)?.map(Rows::Text)),
            Self::Parquet(reader) => Ok(reader.next(first_row)?.map(Rows::Columns)),
        }
    }
}

/// Opens an object: its magic bytes decide whether it is Parquet, its name and the definition how text is delimited.
/// Of Parquet, only the named columns are read (all where none are named), and about `limit_bytes` are held in memory.
///
/// # Errors
///
/// [`Error::Unsupported`] when the bytes contradict the format that the definition names, and as the readers give them.
pub fn open<O: Object>(
    object: &O,
    source: &Source,
    columns: Option<&[String]>,
    limit_bytes: u64,
) -> Result<(Opened<O>, Header), Error> {
    let mut stream = object.stream()?;
    let mut first = Vec::with_capacity(PEEKED);
    stream.by_ref().take(PEEKED as u64).read_to_end(&mut first)?;
    let name = object.key().to_ascii_lowercase();
    let expects_parquet = source.format == Some(Format::Parquet)
        || (source.format.is_none() && [".parquet", ".pq"].iter().any(|suffix| name.ends_with(suffix)));
    if Magic::of(&first) == Magic::Parquet || (expects_parquet && first.is_empty()) {
        if matches!(source.format, Some(Format::Csv | Format::Tsv)) {
            return Err(Error::unsupported(
                "Parquet where `source.format` says text",
                "mend `source.format` in the definition, or deliver text",
            ));
        }
        drop(stream);
        let (file, header) = parquet::open(object.clone())?;
        let wanted = |name: &str| columns.is_none_or(|columns| columns.iter().any(|column| column == name));
        let reader = file.read(0..file.row_groups(), wanted, limit_bytes);
        return Ok((Opened::Parquet(reader), header));
    }
    let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(first).chain(stream));
    let input: Box<dyn Read + Send> = Box::new(compression::open(whole)?);
    let (reader, header) = text::Reader::new(input, &dialect(source, &name))?;
    if expects_parquet && !reader.is_rejects() {
        return Err(Error::unsupported(
            "text where the definition or the object's name says Parquet",
            "mend `source.format`, rename the object, or deliver Parquet",
        ));
    }
    Ok((Opened::Text(reader), header))
}

/// How a text is delimited, by its definition and its name.
fn dialect(source: &Source, name: &str) -> text::Dialect {
    let name = [".gz", ".gzip", ".zst", ".zstd"].iter().fold(name, |name, suffix| name.trim_end_matches(suffix));
    let tabs = source
        .format
        .map_or_else(|| [".tsv", ".tab"].iter().any(|suffix| name.ends_with(suffix)), |format| format == Format::Tsv);
    text::Dialect {
        delimiter: source.csv.delimiter.unwrap_or(if tabs { b'\t' } else { b',' }),
        nulls: source.csv.nulls.clone(),
        header: source.csv.header,
        columns: source.csv.columns.clone(),
    }
}
