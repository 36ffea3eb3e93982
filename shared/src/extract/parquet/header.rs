//! The header of a page.
//!
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>

use bytes::Bytes;
use parquet::{
    basic::Encoding,
    column::page::{Page, PageMetadata},
};

use super::thrift::{Input, Kind};
use crate::extract::Error;

type Result<T> = std::result::Result<T, Error>;

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// Nothing that is read.
    None,
    Dictionary {
        sorted: bool,
    },
    V1 {
        definition: Encoding,
        repetition: Encoding,
    },
    V2 {
        nulls: u32,
        rows: u32,
        definition: u32,
        repetition: u32,
        compressed: bool,
    },
}

/// A page's header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) body: Body,
    pub(super) encoding: Encoding,
    /// How many values it has, NULL counted.
    pub(super) values: u64,
    /// How many bytes it has in the file.
    pub(super) packed: u64,
    /// How many bytes it has then.
    pub(super) unpacked: u64,
    pub(super) crc: Option<u32>,
}

impl Header {
    /// Reads a header, and how long it is.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, u64)> {
        let mut input = Input::new(bytes, "the header of a page");
        let mut header =
            Self { body: Body::None, encoding: Encoding::PLAIN, values: 0, packed: 0, unpacked: 0, crc: None };
        let (mut kind_of_page, mut sizes) = (None, 0);
        input.fields(Kind::Struct, |input, id, kind| {
            match id {
                1 => kind_of_page = Some(input.int::<i32>(kind)?),
                2 | 3 => {
                    let size = u64::try_from(input.int::<i32>(kind)?);
                    let size = size.map_err(|_| input.damaged("claims less than no bytes"))?;
                    *(if id == 2 { &mut header.unpacked } else { &mut header.packed }) = size;
                    sizes |= id;
                }
                4 => header.crc = Some(input.int::<i32>(kind)?.cast_unsigned()),
                5 | 7 | 8 => body(input, id, kind, &mut header)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let fits = match (kind_of_page, header.body) {
            (Some(0), Body::V1 { .. }) | (Some(2), Body::Dictionary { .. }) | (Some(3), Body::V2 { .. }) => true,
            (Some(1), _) => {
                header.body = Body::None;
                true
            }
            _ => false,
        };
        if !fits || sizes != 3 {
            return Err(input.damaged("makes no sense"));
        }
        // A value of a dictionary has a byte at least.
        if header.is_dictionary() && header.values > header.unpacked {
            return Err(Error::corrupt("a dictionary claims more values than it has bytes"));
        }
        Ok((header, (bytes.len() - input.left()) as u64))
    }

    pub(super) fn is_dictionary(&self) -> bool {
        matches!(self.body, Body::Dictionary { .. })
    }

    /// What the parquet crate asks before it takes a page.
    pub(super) fn about(&self) -> PageMetadata {
        let rows = if let Body::V2 { rows, .. } = self.body { usize::try_from(rows).ok() } else { None };
        let values = usize::try_from(self.values).ok().filter(|_| !self.is_dictionary());
        PageMetadata { num_rows: rows, num_levels: values, is_dict: self.is_dictionary() }
    }

    /// How many bytes the levels have before the values; none where they are not what they should be.
    pub(super) fn levels(&self, definition: i16, repetition: i16, bytes: &[u8]) -> Option<usize> {
        let (of_definition, of_repetition) = match self.body {
            Body::V1 { definition, repetition } => (definition, repetition),
            Body::V2 { definition, repetition, .. } => return usize::try_from(definition + repetition).ok(),
            _ => return Some(0),
        };
        let mut at = 0;
        for (highest, encoding) in [(repetition, of_repetition), (definition, of_definition)] {
            if highest == 0 {
                continue;
            }
            at += if encoding == Encoding::RLE {
                let length = bytes.get(at..)?.first_chunk().map(|length| u32::from_le_bytes(*length))?;
                4 + usize::try_from(length).ok()?
            } else {
                let bits = u64::from(16 - highest.leading_zeros());
                usize::try_from(self.values.checked_mul(bits)?.div_ceil(8)).ok()?
            };
        }
        Some(at)
    }

    /// The page, of its unpacked bytes.
    pub(super) fn into_page(self, buf: Bytes) -> Page {
        let num_values = u32::try_from(self.values).unwrap_or(u32::MAX);
        let (encoding, statistics) = (self.encoding, None);
        match self.body {
            Body::V1 { definition, repetition } => Page::DataPage {
                buf,
                num_values,
                encoding,
                def_level_encoding: definition,
                rep_level_encoding: repetition,
                statistics,
            },
            Body::V2 { nulls, rows, definition, repetition, compressed } => Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                num_nulls: nulls,
                num_rows: rows,
                def_levels_byte_len: definition,
                rep_levels_byte_len: repetition,
                is_compressed: compressed,
                statistics,
            },
            Body::Dictionary { sorted } => Page::DictionaryPage { buf, num_values, encoding, is_sorted: sorted },
            Body::None => Page::DictionaryPage { buf, num_values: 0, encoding, is_sorted: false },
        }
    }
}

/// Reads what the header of one kind of page says beside the sizes.
fn body(input: &mut Input<'_>, page: i16, kind: Kind, header: &mut Header) -> Result<()> {
    let (mut definition, mut repetition) = (Encoding::RLE, Encoding::RLE);
    let (mut nulls, mut rows, mut definition_bytes, mut repetition_bytes) = (0, 0, 0, 0);
    let (mut compressed, mut sorted, mut values) = (true, false, None);
    input.fields(kind, |input, id, kind| {
        match (page, id) {
            (_, 1) => values = Some(count(input, kind)?),
            (5 | 7, 2) | (8, 4) => header.encoding = encoding(input, kind)?,
            (5, 3) => definition = encoding(input, kind)?,
            (5, 4) => repetition = encoding(input, kind)?,
            (7, 3) => sorted = input.boolean(kind)?,
            (8, 2) => nulls = count(input, kind)?,
            (8, 3) => rows = count(input, kind)?,
            (8, 5) => definition_bytes = count(input, kind)?,
            (8, 6) => repetition_bytes = count(input, kind)?,
            (8, 7) => compressed = input.boolean(kind)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    header.values = values.ok_or_else(|| input.damaged("does not say how many values there are"))?.into();
    header.body = match page {
        5 => Body::V1 { definition, repetition },
        7 => Body::Dictionary { sorted },
        _ => Body::V2 { nulls, rows, definition: definition_bytes, repetition: repetition_bytes, compressed },
    };
    Ok(())
}

fn count(input: &mut Input<'_>, kind: Kind) -> Result<u32> {
    u32::try_from(input.int::<i32>(kind)?).map_err(|_| input.damaged("claims less than nothing"))
}

fn encoding(input: &mut Input<'_>, kind: Kind) -> Result<Encoding> {
    let number: i32 = input.int(kind)?;
    let known = Encoding::VARIANTS.iter().copied().find(|known| *known as i32 == number);
    known
        .filter(|known| *known != Encoding::ALP)
        .ok_or_else(|| Error::unsupported(format!("a page with the encoding {number}"), "write it with another one"))
}
