//! One object to its rows, whatever its format.

use std::io::{self, Read};

use super::{Error, compression, parquet, text};
use crate::{
    definition::{Format, Source},
    row::{Header, Rows},
};

/// The first bytes of a Parquet file.
const PARQUET: &[u8] = b"PAR1";

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
#[expect(clippy::large_enum_variant, reason = "there is one of them at a time")]
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
/// Of Parquet, only the named columns are read; all where none are named.
///
/// # Errors
///
/// [`Error::Unsupported`] when the bytes contradict the format that the definition names, and as the readers give them.
pub fn open<O: Object>(object: &O, source: &Source, columns: Option<&[String]>) -> Result<(Opened<O>, Header), Error> {
    let mut stream = object.stream()?;
    let mut first = Vec::with_capacity(PARQUET.len());
    stream.by_ref().take(PARQUET.len() as u64).read_to_end(&mut first)?;
    let is_parquet = first == PARQUET;
    match (is_parquet, source.format) {
        (true, Some(Format::Csv | Format::Tsv)) => {
            return Err(Error::unsupported(
                "a Parquet file where the definition says text",
                "mend `source.format`, or deliver text",
            ));
        }
        (true, None | Some(Format::Parquet)) => {
            drop(stream);
            let (reader, header) = parquet::Reader::new(object.clone(), columns)?;
            return Ok((Opened::Parquet(reader), header));
        }
        (false, _) => {}
    }
    let (name, _) = compression::bare_name(object.key());
    let expects_parquet =
        source.format == Some(Format::Parquet) || (source.format.is_none() && ends_with(name, &[".parquet", ".pq"]));
    if expects_parquet && first.is_empty() {
        return Err(Error::truncated("a Parquet file of no bytes"));
    }
    let tabs = match source.format {
        Some(format) => format == Format::Tsv,
        None => ends_with(name, &[".tsv", ".tab"]),
    };
    let dialect = text::Dialect {
        delimiter: source.csv.delimiter.unwrap_or(if tabs { b'\t' } else { b',' }),
        nulls: source.csv.nulls.clone(),
        header: source.csv.header,
        columns: source.csv.columns.clone(),
    };
    let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(first).chain(stream));
    let (reader, header) = text::Reader::new(compression::open(whole)?, &dialect)?;
    if expects_parquet && !reader.is_rejects() {
        return Err(Error::unsupported(
            "text where Parquet was expected",
            "mend `source.format` or the object's name, or deliver Parquet",
        ));
    }
    Ok((Opened::Text(reader), header))
}

fn ends_with(name: &str, suffixes: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    suffixes.iter().any(|suffix| name.ends_with(suffix))
}
