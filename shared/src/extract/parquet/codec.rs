//! How pages are compressed. What a page unpacks to is never more than its header says.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use crate::extract::Error;

/// How the pages of a column chunk are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Codec {
    #[default]
    Plain,
    Snappy,
    Gzip,
    Brotli,
    /// LZ4 in Hadoop's frames, in its own, or in none: writers did not agree.
    Lz4,
    Zstd,
    Lz4Raw,
}

/// The length of the sizes before each of Hadoop's frames.
const HADOOP_BYTES: usize = 8;
/// What Brotli reads at once.
const BUFFER_BYTES: usize = 4 << 10;

impl Codec {
    /// The codec of a number.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for those that are not read.
    pub(super) fn of(number: i32) -> Result<Self, Error> {
        Ok(match number {
            0 => Self::Plain,
            1 => Self::Snappy,
            2 => Self::Gzip,
            4 => Self::Brotli,
            5 => Self::Lz4,
            6 => Self::Zstd,
            7 => Self::Lz4Raw,
            3 => return Err(unsupported("LZO")),
            _ => return Err(unsupported(&format!("the codec {number}"))),
        })
    }

    /// Unpacks a page onto the end of `out`; it must have exactly `size` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`].
    pub(super) fn unpack(self, packed: &[u8], size: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        let start = out.len();
        out.reserve_exact(size);
        let done = match self {
            Self::Plain => {
                out.extend_from_slice(packed);
                Some(())
            }
            Self::Snappy => fill(out, size, |room| snap::raw::Decoder::new().decompress(packed, room).ok()),
            Self::Zstd => fill(out, size, |room| zstd::bulk::decompress_to_buffer(packed, room).ok()),
            Self::Lz4Raw => fill(out, size, |room| lz4_flex::block::decompress_into(packed, room).ok()),
            Self::Lz4 => lz4(packed, size, out),
            Self::Gzip => stream(MultiGzDecoder::new(packed), size, out),
            Self::Brotli => stream(brotli::Decompressor::new(packed, BUFFER_BYTES), size, out),
        };
        if done.is_some() && out.len() == start + size {
            return Ok(());
        }
        Err(Error::corrupt(format!("a page of {size} bytes cannot be unpacked")))
    }
}

fn unsupported(codec: &str) -> Error {
    Error::unsupported(format!("a Parquet file compressed with {codec}"), "compress it with zstd, Snappy or gzip")
}

/// Makes room and lets it be filled to its end.
fn fill(out: &mut Vec<u8>, size: usize, unpack: impl FnOnce(&mut [u8]) -> Option<usize>) -> Option<()> {
    let start = out.len();
    out.resize(start + size, 0);
    let filled = out.get_mut(start..).and_then(unpack)?;
    (filled == size).then_some(())
}

/// Reads no more than one byte beyond what there should be.
fn stream(input: impl Read, size: usize, out: &mut Vec<u8>) -> Option<()> {
    input.take(size as u64 + 1).read_to_end(out).ok().map(drop)
}

fn lz4(packed: &[u8], size: usize, out: &mut Vec<u8>) -> Option<()> {
    let start = out.len();
    if let done @ Some(()) = fill(out, size, |room| hadoop(packed, room)) {
        return done;
    }
    out.truncate(start);
    if let done @ Some(()) = stream(lz4_flex::frame::FrameDecoder::new(packed), size, out)
        && out.len() == start + size
    {
        return done;
    }
    out.truncate(start);
    fill(out, size, |room| lz4_flex::block::decompress_into(packed, room).ok())
}

/// Hadoop's frames: two lengths, big-endian, of what is unpacked and of what is packed, and then that.
fn hadoop(mut packed: &[u8], room: &mut [u8]) -> Option<usize> {
    let mut filled = 0_usize;
    while let Some((lengths, rest)) = packed.split_first_chunk::<HADOOP_BYTES>() {
        let lengths = u64::from_be_bytes(*lengths);
        let unpacked = usize::try_from(lengths >> u32::BITS).ok()?;
        let (frame, rest) = rest.split_at_checked(usize::try_from(lengths & u64::from(u32::MAX)).ok()?)?;
        let room = room.get_mut(filled..filled.checked_add(unpacked)?)?;
        if lz4_flex::block::decompress_into(frame, room).ok()? != unpacked {
            return None;
        }
        filled += unpacked;
        packed = rest;
    }
    packed.is_empty().then_some(filled)
}
