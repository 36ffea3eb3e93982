//! Images as lines of a compressed file.

use std::io::{self, Write};

use bytes::Bytes;
use serde_json::Value;
use zstd::stream::write::Encoder;

use crate::error::{Error, Kind};

/// The longest line. An item has 400 KB at most as DynamoDB counts, and nothing of it takes more than nine bytes of text
/// for one that is counted: an empty string in a list (`{"S":""},`).
pub const LINE_BYTES: usize = 4 << 20;

/// How much is compressed before it is handed on.
const PIECE_BYTES: usize = 256 << 10;

/// What one write found and left.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// The key's attributes, in DynamoDB JSON.
    pub key: Value,
    /// The item before, in DynamoDB JSON; none where it did not exist.
    pub before: Option<Value>,
    /// The [`digest`](super::digest) of the item after; none where it was deleted.
    pub after: Option<u128>,
}

/// Writes images; holds no more of them than a piece.
pub struct Writer {
    encoder: Encoder<'static, Vec<u8>>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

impl Writer {
    /// A writer of one file.
    ///
    /// # Errors
    ///
    /// Where the compressor has no memory.
    pub fn new() -> Result<Self, Error> {
        let encoder = Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL).map_err(failed)?;
        Ok(Self { encoder })
    }

    /// Adds an image; answers with the next piece of the file, once there is enough of it.
    ///
    /// # Errors
    ///
    /// Where the compressor has no memory.
    pub fn add(&mut self, image: &Image) -> Result<Option<Bytes>, Error> {
        let Image { key, before, after } = image;
        let before = before.as_ref().unwrap_or(&Value::Null);
        match after {
            Some(after) => writeln!(self.encoder, r#"{{"key":{key},"before":{before},"after":"{after:032x}"}}"#),
            None => writeln!(self.encoder, r#"{{"key":{key},"before":{before},"after":null}}"#),
        }
        .map_err(failed)?;
        let piece = self.encoder.get_mut();
        Ok((piece.len() >= PIECE_BYTES).then(|| std::mem::take(piece).into()))
    }

    /// Ends the file; answers with its last piece.
    ///
    /// # Errors
    ///
    /// Where the compressor has no memory.
    pub fn finish(self) -> Result<Bytes, Error> {
        Ok(self.encoder.finish().map_err(failed)?.into())
    }
}

fn failed(error: io::Error) -> Error {
    Error::caused(Kind::Config, "before-images could not be compressed; give the function more memory", error)
}
