use std::sync::Arc;

use arrow_array::{
    Array as _, ArrayRef, ArrowPrimitiveType, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, Float32Array,
    Float64Array, Int32Array, Int64Array, ListArray, MapArray, PrimitiveArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, i256};
use half::f16;
use xxhash_rust::xxh3::xxh3_64;

use super::{BROKEN_TEXT, Kind, Leaf, List, Map, Member, Struct};
use crate::row::{Cell, trace::mix};

/// What stands for NULL where values are folded.
const NULL: u64 = 0x6E75_6C6C;
const NANOS_PER_SECOND: i64 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// The Julian day of 1970-01-01.
const JULIAN_DAY_1970: i64 = 2_440_588;

/// The values of one column of a batch, behind their own types.
#[derive(Debug, Default)]
pub(super) enum Array {
    #[default]
    Null,
    Bool(BooleanArray),
    Int32(Int32Array),
    UInt32(Int32Array),
    Date(Int32Array),
    TimeMillis(Int32Array),
    Decimal32(Int32Array, i8),
    Int64(Int64Array),
    UInt64(Int64Array),
    Time(Int64Array, i64),
    Timestamp(Int64Array, i64, bool),
    Decimal64(Int64Array, i8),
    Float16(FixedSizeBinaryArray),
    Float32(Float32Array),
    Float64(Float64Array),
    /// Text, all of it UTF-8.
    Text(BinaryViewArray),
    /// The same, which is JSON.
    Json(BinaryViewArray),
    /// Text of which some is no UTF-8, and whether it is JSON.
    Broken(BinaryViewArray, bool),
    Bytes(BinaryViewArray),
    Fixed(FixedSizeBinaryArray),
    Uuid(FixedSizeBinaryArray),
    Decimal(BinaryViewArray, i8),
    DecimalFixed(FixedSizeBinaryArray, i8),
    Int96(FixedSizeBinaryArray),
    List(OffsetBuffer<i32>, Option<NullBuffer>, Box<Array>),
    Struct(Option<NullBuffer>, Vec<(Arc<str>, Array)>),
    Map(OffsetBuffer<i32>, Option<NullBuffer>, Box<(Array, Array)>),
    Unsupported(Arc<str>, Option<NullBuffer>),
}

impl Array {
    /// Takes an Arrow array for what its kind says; none where it is something else.
    pub(super) fn new(kind: &Kind, array: &ArrayRef) -> Option<Self> {
        Some(match kind {
            Kind::Leaf(leaf) => return Self::leaf(leaf, array),
            Kind::List(item) => {
                let list: &ListArray = array.as_any().downcast_ref()?;
                let values = Self::new(item, list.values())?;
                Self::List(list.offsets().clone(), list.nulls().cloned(), Box::new(values))
            }
            Kind::Struct(members) => {
                let columns: &StructArray = array.as_any().downcast_ref()?;
                if columns.num_columns() != members.len() {
                    return None;
                }
                let member = |(member, array): (&Member, &ArrayRef)| {
                    Some((Arc::clone(&member.name), Self::new(&member.kind, array)?))
                };
                let members = members.iter().zip(columns.columns()).map(member).collect::<Option<_>>()?;
                Self::Struct(columns.nulls().cloned(), members)
            }
            Kind::Map(key, value) => {
                let map: &MapArray = array.as_any().downcast_ref()?;
                let entries = (Self::new(key, map.keys())?, Self::new(value, map.values())?);
                Self::Map(map.offsets().clone(), map.nulls().cloned(), Box::new(entries))
            }
            Kind::Unsupported(name) => Self::Unsupported(Arc::clone(name), array.nulls().cloned()),
        })
    }

    fn leaf(leaf: &Leaf, array: &ArrayRef) -> Option<Self> {
        fn as_<T: Clone + 'static>(array: &ArrayRef) -> Option<T> {
            array.as_any().downcast_ref::<T>().cloned()
        }
        fn fixed(array: &ArrayRef, width: i32) -> Option<FixedSizeBinaryArray> {
            as_::<FixedSizeBinaryArray>(array).filter(|array| array.value_length() == width)
        }
        fn text(array: &ArrayRef, json: bool) -> Option<Array> {
            let of = if json { Array::Json } else { Array::Text };
            let bytes: BinaryViewArray = as_(array)?;
            Some(if is_text(&bytes) { of(bytes) } else { Array::Broken(bytes, json) })
        }
        Some(match *leaf {
            Leaf::Null => Self::Null,
            Leaf::Bool => Self::Bool(as_(array)?),
            Leaf::Int32 => Self::Int32(as_(array)?),
            Leaf::UInt32 => Self::UInt32(as_(array)?),
            Leaf::Date => Self::Date(as_(array)?),
            Leaf::TimeMillis => Self::TimeMillis(as_(array)?),
            Leaf::Decimal32(scale) => Self::Decimal32(as_(array)?, scale),
            Leaf::Int64 => Self::Int64(as_(array)?),
            Leaf::UInt64 => Self::UInt64(as_(array)?),
            Leaf::Time(nanos) => Self::Time(as_(array)?, nanos),
            Leaf::Timestamp { per_second, utc } => Self::Timestamp(as_(array)?, per_second, utc),
            Leaf::Decimal64(scale) => Self::Decimal64(as_(array)?, scale),
            Leaf::Float16 => Self::Float16(fixed(array, 2)?),
            Leaf::Float32 => Self::Float32(as_(array)?),
            Leaf::Float64 => Self::Float64(as_(array)?),
            Leaf::Text => text(array, false)?,
            Leaf::Json => text(array, true)?,
            Leaf::Bytes => as_(array).map(Self::Bytes).or_else(|| as_(array).map(Self::Fixed))?,
            Leaf::Uuid => Self::Uuid(fixed(array, 16)?),
            Leaf::Decimal(scale) => match as_(array) {
                Some(array) => Self::Decimal(array, scale),
                None => Self::DecimalFixed(as_(array)?, scale),
            },
            Leaf::Int96 => Self::Int96(fixed(array, 12)?),
        })
    }

    /// The value of a row that the array has.
    #[inline]
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        self.value(row).unwrap_or(Cell::Null)
    }

    #[inline]
    fn value(&self, row: usize) -> Option<Cell<'_>> {
        Some(match self {
            Self::Null => Cell::Null,
            Self::Bool(array) => Cell::Bool(array.is_valid(row).then(|| array.value(row))?),
            Self::Int32(array) => Cell::Int(number(array, row)?.into()),
            Self::UInt32(array) => Cell::Int(number(array, row)?.cast_unsigned().into()),
            Self::Date(array) => Cell::Date(number(array, row)?.into()),
            Self::TimeMillis(array) => Cell::Time(i64::from(number(array, row)?) * 1_000_000),
            Self::Decimal32(array, scale) => Cell::Decimal(number(array, row)?.into(), *scale),
            Self::Int64(array) => Cell::Int(number(array, row)?),
            Self::UInt64(array) => match number(array, row)? {
                small @ 0.. => Cell::Int(small),
                large => Cell::UInt(large.cast_unsigned()),
            },
            Self::Time(array, nanos) => match number(array, row)?.checked_mul(*nanos) {
                Some(nanos) => Cell::Time(nanos),
                None => Cell::Unsupported("a time of day beyond 292 years"),
            },
            Self::Timestamp(array, per_second, utc) => timestamp(number(array, row)?, *per_second, *utc),
            Self::Decimal64(array, scale) => Cell::Decimal(number(array, row)?.into(), *scale),
            Self::Float16(array) => Cell::Float16(f16::from_le_bytes(*fixed(array, row)?.first_chunk()?).to_f32()),
            Self::Float32(array) => Cell::Float32(number(array, row)?),
            Self::Float64(array) => Cell::Float64(number(array, row)?),
            Self::Text(array) => Cell::Text(str::from_utf8(bytes(array, row)?).ok()?),
            Self::Json(array) => Cell::Json(str::from_utf8(bytes(array, row)?).ok()?),
            Self::Broken(array, json) => match str::from_utf8(bytes(array, row)?) {
                Ok(text) if *json => Cell::Json(text),
                Ok(text) => Cell::Text(text),
                Err(_) => Cell::Unsupported(BROKEN_TEXT),
            },
            Self::Bytes(array) => Cell::Bytes(bytes(array, row)?),
            Self::Fixed(array) => Cell::Bytes(fixed(array, row)?),
            Self::Uuid(array) => Cell::Uuid(fixed(array, row)?),
            Self::Decimal(array, scale) => decimal(bytes(array, row)?, *scale),
            Self::DecimalFixed(array, scale) => decimal(fixed(array, row)?, *scale),
            Self::Int96(array) => int96(fixed(array, row)?)?,
            Self::List(offsets, nulls, values) => Cell::List(list(offsets, nulls.as_ref(), values, row)?),
            Self::Struct(nulls, members) => {
                is_valid(nulls.as_ref(), row).then_some(Cell::Struct(Struct { members, row }))?
            }
            Self::Map(offsets, nulls, entries) => Cell::Map(Map {
                keys: list(offsets, nulls.as_ref(), &entries.0, row)?,
                values: list(offsets, nulls.as_ref(), &entries.1, row)?,
            }),
            Self::Unsupported(name, nulls) => is_valid(nulls.as_ref(), row).then_some(Cell::Unsupported(name))?,
        })
    }

    /// Folds the values into a word for each row, where they are of a type that is met often.
    #[expect(clippy::cast_possible_truncation, reason = "a view is taken apart: its length, and both of its halves")]
    pub(super) fn fold(&self, words: &mut [u64]) -> bool {
        match self {
            Self::Int64(array) => fold_numbers(array, 1, words, i64::cast_unsigned),
            Self::Int32(array) => fold_numbers(array, 1, words, |value| i64::from(value).cast_unsigned()),
            Self::Float64(array) => fold_numbers(array, 2, words, f64::to_bits),
            Self::Bool(array) => {
                for (row, word) in words.iter_mut().enumerate() {
                    let value = (row < array.len() && array.is_valid(row)).then(|| u64::from(array.value(row)));
                    *word = mix(*word ^ 3, value.unwrap_or(NULL));
                }
            }
            Self::Text(array) => {
                for (row, (word, view)) in words.iter_mut().zip(array.views().iter()).enumerate() {
                    let (low, high) = (*view as u64, (*view >> u64::BITS) as u64);
                    // The bytes of a short text are part of its view.
                    *word = match low as u32 {
                        _ if array.is_null(row) => mix(*word ^ 4, NULL),
                        0..=12 => mix(mix(*word ^ 5, low), high),
                        _ => mix(*word ^ 6, xxh3_64(array.value(row))),
                    };
                }
            }
            _ => return false,
        }
        true
    }

    /// Whether some text in it is no UTF-8.
    pub(super) fn holds_broken_text(&self) -> bool {
        match self {
            Self::Broken(..) => true,
            Self::List(_, _, values) => values.holds_broken_text(),
            Self::Struct(_, members) => members.iter().any(|(_, member)| member.holds_broken_text()),
            Self::Map(_, _, entries) => entries.0.holds_broken_text() || entries.1.holds_broken_text(),
            _ => false,
        }
    }

    /// The bytes of text of which some is no UTF-8.
    pub(super) fn broken_text(&self, row: usize) -> Option<&[u8]> {
        if let Self::Broken(array, _) = self { bytes(array, row) } else { None }
    }
}

#[inline]
fn is_valid(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_none_or(|nulls| nulls.is_valid(row))
}

#[inline]
fn number<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    if is_valid(array.nulls(), row) { array.values().get(row).copied() } else { None }
}

fn fold_numbers<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    tag: u64,
    words: &mut [u64],
    bits: impl Fn(T::Native) -> u64,
) {
    for (row, word) in words.iter_mut().enumerate() {
        *word = number(array, row).map_or_else(|| mix(*word ^ NULL, tag), |value| mix(*word ^ tag, bits(value)));
    }
}

/// Whether all values are UTF-8. Most are ASCII, which is told without decoding them, and most of these are short.
#[expect(clippy::cast_possible_truncation, reason = "the length is the lowest word")]
fn is_text(array: &BinaryViewArray) -> bool {
    const INLINE: u32 = 12;
    const TOPS: u128 = 0x8080_8080_8080_8080_8080_8080 << u32::BITS;
    array.views().iter().enumerate().all(|(row, view)| {
        // A short value is part of its view, after its length; what it does not fill is zero.
        if *view as u32 <= INLINE && *view & TOPS == 0 {
            return true;
        }
        bytes(array, row).is_none_or(|value| value.is_ascii() || str::from_utf8(value).is_ok())
    })
}

#[inline]
fn bytes(array: &BinaryViewArray, row: usize) -> Option<&[u8]> {
    (row < array.len() && array.is_valid(row)).then(|| array.value(row))
}

#[inline]
fn fixed(array: &FixedSizeBinaryArray, row: usize) -> Option<&[u8]> {
    (row < array.len() && array.is_valid(row)).then(|| array.value(row))
}

#[inline]
fn list<'a>(
    offsets: &OffsetBuffer<i32>,
    nulls: Option<&NullBuffer>,
    values: &'a Array,
    row: usize,
) -> Option<List<'a>> {
    let [start, end] = offsets.get(row..)?.first_chunk()?;
    let (start, end) = (usize::try_from(*start).ok()?, usize::try_from(*end).ok()?);
    is_valid(nulls, row).then_some(List { values, start, end })
}

fn timestamp(value: i64, per_second: i64, utc: bool) -> Cell<'static> {
    let nanos = value.rem_euclid(per_second) * (NANOS_PER_SECOND / per_second);
    Cell::Timestamp { seconds: value.div_euclid(per_second), nanos: u32::try_from(nanos).unwrap_or_default(), utc }
}

/// Whatever writers put into the nanoseconds, more than a day of them included, adds up.
fn int96(bytes: &[u8]) -> Option<Cell<'static>> {
    let (nanos, day) = bytes.split_first_chunk()?;
    let nanos = i64::from_le_bytes(*nanos);
    let days = i64::from(i32::from_le_bytes(*day.first_chunk()?)) - JULIAN_DAY_1970;
    let seconds = days * SECONDS_PER_DAY + nanos.div_euclid(NANOS_PER_SECOND);
    let nanos = u32::try_from(nanos.rem_euclid(NANOS_PER_SECOND)).ok()?;
    Some(Cell::Timestamp { seconds, nanos, utc: false })
}

/// A two's complement number of any length, big-endian.
fn decimal(bytes: &[u8], scale: i8) -> Cell<'_> {
    let negative = bytes.first().is_some_and(|first| *first >= 0x80);
    let fill = if negative { 0xFF } else { 0 };
    if let Some(bytes) = widen::<16>(bytes, fill) {
        return Cell::Decimal(i128::from_be_bytes(bytes), scale);
    }
    match widen::<32>(bytes, fill) {
        Some(bytes) => Cell::Decimal256(i256::from_be_bytes(bytes), scale),
        None => Cell::Unsupported("a decimal of more than 256 bits"),
    }
}

/// The same number in `N` bytes; none where it does not fit.
fn widen<const N: usize>(bytes: &[u8], fill: u8) -> Option<[u8; N]> {
    let mut wide = [fill; N];
    let start = bytes.len().saturating_sub(N);
    let (surplus, kept) = bytes.split_at_checked(start)?;
    let sign_kept = surplus.is_empty() || kept.first().is_some_and(|first| (*first >= 0x80) == (fill == 0xFF));
    if surplus.iter().any(|byte| *byte != fill) || !sign_kept {
        return None;
    }
    wide.get_mut(N - kept.len()..)?.copy_from_slice(kept);
    Some(wide)
}
