//! The footer of a file.

use super::{
    Source,
    metadata::{self, Footer},
};
use crate::extract::Error;

const MAGIC: &[u8] = b"PAR1";
const MAGIC_ENCRYPTED: &[u8] = b"PARE";
/// The length of the footer and the magic bytes.
const TAIL_BYTES: u64 = 8;
/// More than any sound file has: a footer takes three times its size in memory.
const FOOTER_BYTES: u64 = 64 << 20;
/// What is read at first; most footers fit.
const GUESS_BYTES: u64 = 64 << 10;

pub(super) fn read<S: Source>(source: &S) -> Result<Footer, Error> {
    let length = source.len();
    if length < TAIL_BYTES + MAGIC.len() as u64 {
        return Err(Error::corrupt(format!("{length} bytes are no Parquet file")));
    }
    let guess = fetch(source, length.saturating_sub(GUESS_BYTES), length)?;
    let (body, tail) = guess.split_last_chunk::<8>().ok_or_else(short)?;
    let [size @ .., _, _, _, _] = tail;
    let magic = tail.get(4..).unwrap_or_default();
    if magic == MAGIC_ENCRYPTED {
        return Err(Error::unsupported(
            "an encrypted Parquet file",
            "deliver it unencrypted; the bucket can encrypt it",
        ));
    }
    if magic != MAGIC {
        let begins = fetch(source, 0, MAGIC.len() as u64)?;
        return Err(if begins == MAGIC {
            Error::truncated("it begins as a Parquet file and has no footer")
        } else {
            Error::corrupt("it is no Parquet file")
        });
    }
    let size_bytes = u64::from(u32::from_le_bytes(*size.first_chunk().unwrap_or(&[0; 4])));
    let end = length - TAIL_BYTES;
    let Some(start) = end.checked_sub(size_bytes).filter(|start| *start >= MAGIC.len() as u64) else {
        return Err(Error::corrupt(format!("its footer claims {size_bytes} bytes of {length}")));
    };
    if size_bytes > FOOTER_BYTES {
        let what = format!("a Parquet file with a footer of {size_bytes} bytes");
        return Err(Error::unsupported(what, "write fewer row groups, or split the file"));
    }
    let kept = body.len().checked_sub(usize::try_from(size_bytes).unwrap_or(usize::MAX));
    match kept.and_then(|kept| body.get(kept..)) {
        Some(footer) => metadata::read(footer),
        None => metadata::read(&fetch(source, start, end)?),
    }
}

fn fetch<S: Source>(source: &S, start: u64, end: u64) -> Result<Vec<u8>, Error> {
    let mut ranges = source.ranges(std::slice::from_ref(&(start..end)))?;
    let bytes = ranges.pop().ok_or_else(short)?;
    if bytes.len() as u64 == end - start { Ok(bytes.to_vec()) } else { Err(short()) }
}

fn short() -> Error {
    Error::truncated("fewer bytes came than it has")
}
