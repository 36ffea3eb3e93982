//! The lengths in delta-encoded pages: counted before the parquet crate makes room for as many as the page claims.
//!
//! <https://parquet.apache.org/docs/file-format/data-pages/encodings/>

use crate::extract::Error;

/// What a run of delta-encoded lengths holds.
pub(super) struct Lengths {
    pub(super) count: u64,
    /// The sum of all.
    pub(super) sum: u64,
    /// How many bytes they take.
    pub(super) bytes: usize,
}

/// Reads lengths from their header on; no more than `most` of them.
pub(super) fn lengths(bytes: &[u8], most: u64) -> Result<Lengths, Error> {
    scan(bytes, most).ok_or_else(|| Error::corrupt("a page has lengths that make no sense"))
}

fn scan(bytes: &[u8], most: u64) -> Option<Lengths> {
    let mut at = 0;
    let block = varint(bytes, &mut at)?;
    let minis = varint(bytes, &mut at)?;
    let count = varint(bytes, &mut at)?;
    let mut value = zigzag(varint(bytes, &mut at)?);
    if count > most || minis == 0 || minis > block || block % minis != 0 || block > i32::MAX as u64 {
        return None;
    }
    let each = block / minis;
    let mut left = count.saturating_sub(1);
    let mut sum = if count > 0 { u64::try_from(value).ok()? } else { 0 };
    while left > 0 {
        let least = zigzag(varint(bytes, &mut at)?);
        let widths = bytes.get(at..at.checked_add(usize::try_from(minis).ok()?)?)?;
        at += widths.len();
        for &width in widths {
            // Widths of what holds no value mean nothing, and nothing follows them.
            if left == 0 {
                break;
            }
            let size = usize::try_from(u64::from(width).checked_mul(each)? / 8).ok()?;
            let packed = bytes.get(at..at.checked_add(size)?)?;
            let mut bits = Bits { bytes: packed, at: 0, width: u32::from(width) };
            for _ in 0..left.min(each) {
                let next = value.checked_add(least)?.checked_add(bits.next()?)?;
                // Lengths are of 32 bits, and wrap as those do.
                value = (next & i64::from(u32::MAX)) << 32 >> 32;
                sum = sum.checked_add(u64::try_from(value).ok()?)?;
            }
            left = left.saturating_sub(each);
            at += size;
        }
    }
    Some(Lengths { count, sum, bytes: at })
}

/// Numbers of so many bits each, the lowest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    width: u32,
}

impl Bits<'_> {
    fn next(&mut self) -> Option<i64> {
        if self.width > i32::BITS {
            return None;
        }
        let bytes = self.bytes.get(self.at / 8..).unwrap_or_default();
        let mut word = [0; 8];
        word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        let value = u64::from_le_bytes(word) >> (self.at % 8) & ((1 << self.width) - 1);
        self.at += self.width as usize;
        i64::try_from(value).ok()
    }
}

fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0;
    for number in 0..10 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7F) << (7 * number);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
