//! Compressed text: opens it by its magic bytes, whatever its name says.
//!
//! Bytes are decompressed as they are asked for, so that memory does not grow with what an object unpacks to.

use std::{
    fmt,
    io::{self, BufReader, Chain, Cursor, Read},
};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use super::Error;

#[cfg(test)]
mod tests;

/// How many bytes tell the format.
pub const MAGIC_BYTES: usize = 6;
const BUFFER_BYTES: usize = 128 << 10;
/// How far back a zstd frame may refer, as a power of two: the window that is held in memory. No level of zstd's needs more.
const ZSTD_WINDOW_LOG: u32 = 27;

/// What an object's first bytes say that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Magic {
    /// No format that has magic bytes: text.
    Plain,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
    /// Apache Parquet.
    Parquet,
    /// A format that is not read; its name.
    Foreign(&'static str),
}

impl Magic {
    /// Tells the format by the first [`MAGIC_BYTES`] bytes, or by all where there are fewer.
    ///
    /// ```
    /// # use rowferry::extract::compression::Magic;
    /// assert_eq!(Magic::of(b"PAR1\x15\x04"), Magic::Parquet);
    /// assert_eq!(Magic::of(b"BZh91A"), Magic::Foreign("bzip2"));
    /// assert_eq!(Magic::of(b"id,nam"), Magic::Plain);
    /// ```
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0x1F, 0x8B, ..] => Self::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Self::Zstd,
            [b'P', b'A', b'R', b'1' | b'E', ..] => Self::Parquet,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41] | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72] => {
                Self::Foreign("bzip2")
            }
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Self::Foreign("xz"),
            [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => Self::Foreign("7-Zip"),
            [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..] => Self::Foreign("ZIP"),
            [0x04, 0x22, 0x4D, 0x18, ..] => Self::Foreign("LZ4"),
            [0xFF, 0x06, 0x00, 0x00, b's', b'N', ..] => Self::Foreign("Snappy"),
            [b'O', b'b', b'j', 1, ..] => Self::Foreign("Avro"),
            [b'O', b'R', b'C', ..] if bytes.get(3).is_some_and(|byte| !byte.is_ascii()) => Self::Foreign("ORC"),
            _ => Self::Plain,
        }
    }
}

/// The text of an object.
///
/// Its errors carry an [`Error`](enum@Error), which [`text::Reader`](super::text::Reader) gives as it is; errors of the object's
/// own source pass unchanged.
#[derive(Debug)]
pub struct Input<R> {
    magic: Magic,
    /// What was read to tell the format.
    first: Cursor<Vec<u8>>,
    stream: Stream<R>,
}

/// An object from its first byte on.
type Compressed<R> = BufReader<Chain<Cursor<Vec<u8>>, Marked<R>>>;

enum Stream<R> {
    Plain(R),
    Gzip(Box<MultiGzDecoder<Compressed<R>>>),
    Zstd(Box<ZstdDecoder<'static, Compressed<R>>>),
}

impl<R> fmt::Debug for Stream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            Self::Gzip(_) => "Gzip",
            Self::Zstd(_) => "Zstd",
        })
    }
}

/// Opens the text of an object.
///
/// All members of a gzip file and all frames of a Zstandard file are read, and nothing may follow them.
///
/// # Errors
///
/// [`Error::Unsupported`] for formats that are not read and for Parquet, compressed or not; and what the input gives.
pub fn open<R: Read>(mut input: R) -> Result<Input<R>, Error> {
    let first = peek(&mut input)?;
    let magic = Magic::of(&first);
    let compressed = |input| BufReader::with_capacity(BUFFER_BYTES, Cursor::new(first.clone()).chain(Marked(input)));
    let stream = match magic {
        Magic::Plain => return Ok(Input { magic, first: Cursor::new(first), stream: Stream::Plain(input) }),
        Magic::Gzip => Stream::Gzip(Box::new(MultiGzDecoder::new(compressed(input)))),
        Magic::Zstd => {
            let mut decoder = ZstdDecoder::with_buffer(compressed(input))?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Stream::Zstd(Box::new(decoder))
        }
        Magic::Parquet => {
            return Err(Error::unsupported(
                "Parquet where text was expected",
                "say `format: parquet`, or deliver text",
            ));
        }
        Magic::Foreign(name) => {
            return Err(Error::unsupported(
                format!("{name} data"),
                "deliver it plain, or compressed with gzip or zstd",
            ));
        }
    };
    let mut input = Input { magic, first: Cursor::default(), stream };
    let first = peek(&mut input)?;
    match Magic::of(&first) {
        Magic::Plain => Ok(Input { first: Cursor::new(first), ..input }),
        Magic::Parquet => {
            let remedy = "deliver the Parquet file itself; it compresses its pages";
            Err(Error::unsupported("a Parquet file that is compressed as a whole", remedy))
        }
        Magic::Gzip => Err(twice("gzip")),
        Magic::Zstd => Err(twice("zstd")),
        Magic::Foreign(name) => Err(twice(name)),
    }
}

fn twice(inner: &str) -> Error {
    Error::unsupported(format!("{inner} data within compressed data"), "compress it once, with gzip or zstd")
}

/// The first bytes of an input.
fn peek(input: &mut impl Read) -> Result<Vec<u8>, Error> {
    let mut first = Vec::with_capacity(MAGIC_BYTES);
    input.take(MAGIC_BYTES as u64).read_to_end(&mut first)?;
    Ok(first)
}

impl<R> Input<R> {
    /// What the object is.
    #[must_use]
    pub fn magic(&self) -> Magic {
        self.magic
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let peeked = self.first.read(buffer)?;
        if peeked > 0 {
            return Ok(peeked);
        }
        match &mut self.stream {
            Stream::Plain(input) => input.read(buffer),
            Stream::Gzip(input) => input.read(buffer).map_err(|error| meaning("gzip", error)),
            Stream::Zstd(input) => input.read(buffer).map_err(|error| meaning("zstd", error)),
        }
    }
}

/// Tells errors of the source from those of a decoder.
fn meaning(format: &str, error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::Interrupted {
        return error;
    }
    match error.downcast::<Own>() {
        Ok(Own(source)) => source,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::truncated(format!("its {format} data is incomplete")).into()
        }
        Err(error) => Error::corrupt(format!("its {format} data cannot be unpacked ({error})")).into(),
    }
}

/// Marks the errors of a source, so that they can be told from a decoder's.
struct Marked<R>(R);

/// An error of the source.
#[derive(Debug, thiserror::Error)]
#[error("the source failed")]
struct Own(#[source] io::Error);

impl<R: Read> Read for Marked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => io::Error::other(Own(error)),
        })
    }
}
