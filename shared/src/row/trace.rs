//! What tells one cell from another, as bytes and as words: two rows with the same traces are the same to every mapping.

use xxhash_rust::xxh3::xxh3_64;

use super::{Cell, Rows};

impl Rows {
    /// Folds the cells of a column into a word for each row; answers with the rows whose cell has no trace.
    ///
    /// Goes by columns and not by rows: what a column is has to be asked only once.
    pub(crate) fn fold(&self, column: usize, words: &mut [u64]) -> Vec<usize> {
        if let Self::Columns(rows) = self
            && rows.fold(column, words)
        {
            return Vec::new();
        }
        let (mut lost, mut trace) = (Vec::new(), Vec::new());
        for (row, word) in words.iter_mut().enumerate() {
            trace.clear();
            if self.cell(row, column).trace(&mut trace) {
                *word = mix(*word, xxh3_64(&trace));
            } else {
                lost.push(row);
            }
        }
        lost
    }
}

/// One word of two; each bit of it depends on all of theirs.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
pub(super) fn mix(word: u64, other: u64) -> u64 {
    let product = u128::from(word ^ 0x9E37_79B9_7F4A_7C15) * u128::from(other ^ 0xD6E8_FEB8_6659_FD93);
    (product >> u64::BITS) as u64 ^ product as u64
}

impl Cell<'_> {
    /// Appends the cell's trace. No trace begins another, so that those of a row's cells may follow one another; a cell that
    /// is not taken has none.
    #[inline]
    pub fn trace(self, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Text(text) => bytes(1, text.as_bytes(), out),
            Self::Null => out.push(0),
            Self::Int(value) => fixed(2, value.to_le_bytes(), out),
            Self::Float64(value) => fixed(3, value.to_bits().to_le_bytes(), out),
            Self::Bool(value) => out.push(if value { 4 } else { 5 }),
            other => return other.trace_seldom(out),
        }
        true
    }

    fn trace_seldom(self, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Null | Self::Text(_) | Self::Int(_) | Self::Float64(_) | Self::Bool(_) => return self.trace(out),
            Self::Json(text) => bytes(6, text.as_bytes(), out),
            Self::Bytes(value) => bytes(7, value, out),
            Self::UInt(value) => fixed(8, value.to_le_bytes(), out),
            Self::Decimal(unscaled, scale) => {
                fixed(9, unscaled.to_le_bytes(), out);
                out.extend(scale.to_le_bytes());
            }
            Self::Decimal256(unscaled, scale) => {
                fixed(10, unscaled.to_le_bytes(), out);
                out.extend(scale.to_le_bytes());
            }
            Self::Float16(value) => fixed(11, value.to_bits().to_le_bytes(), out),
            Self::Float32(value) => fixed(12, value.to_bits().to_le_bytes(), out),
            Self::Date(days) => fixed(13, days.to_le_bytes(), out),
            Self::Time(nanos) => fixed(14, nanos.to_le_bytes(), out),
            Self::Timestamp { seconds, nanos, utc } => {
                fixed(15, seconds.to_le_bytes(), out);
                fixed(u8::from(utc), nanos.to_le_bytes(), out);
            }
            Self::Uuid(value) => bytes(16, value, out),
            Self::List(list) => {
                length(17, list.len(), out);
                return list.iter().all(|member| member.trace(out));
            }
            Self::Struct(members) => {
                let members = members.iter();
                length(18, members.len(), out);
                return { members }.all(|(name, member)| {
                    bytes(1, name.as_bytes(), out);
                    member.trace(out)
                });
            }
            Self::Map(map) => {
                length(19, map.len(), out);
                return map.iter().all(|(key, value)| key.trace(out) && value.trace(out));
            }
            Self::Unsupported(_) => return false,
        }
        true
    }
}

#[inline]
fn fixed<const N: usize>(tag: u8, value: [u8; N], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(&value);
}

#[inline]
fn bytes(tag: u8, value: &[u8], out: &mut Vec<u8>) {
    length(tag, value.len(), out);
    out.extend_from_slice(value);
}

#[inline]
fn length(tag: u8, length: usize, out: &mut Vec<u8>) {
    // No cell is longer: an extract's record is held to far less.
    fixed(tag, u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes(), out);
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Arc};

    use arrow_array::{Array as _, ArrayRef, BinaryViewArray, BooleanArray, Float64Array, Int32Array, Int64Array};

    use super::*;
    use crate::row::columns::{self, Kind, Leaf};

    #[test]
    fn cells_that_differ_have_other_traces() {
        let time = |seconds, nanos, utc| Cell::Timestamp { seconds, nanos, utc };
        let cells = [
            Cell::Null,
            Cell::Text(""),
            Cell::Text("1"),
            Cell::Text("11"),
            Cell::Json("1"),
            Cell::Bytes(b"1"),
            Cell::Bool(true),
            Cell::Bool(false),
            Cell::Int(1),
            Cell::Int(-1),
            Cell::UInt(1),
            Cell::Decimal(1, 0),
            Cell::Decimal(1, 1),
            Cell::Decimal256(1.into(), 0),
            Cell::Float16(1.0),
            Cell::Float32(1.0),
            Cell::Float64(1.0),
            Cell::Float64(0.0),
            Cell::Float64(-0.0),
            Cell::Date(1),
            Cell::Time(1),
            time(1, 0, true),
            time(1, 0, false),
            time(1, 1, true),
            Cell::Uuid(b"0123456789abcdef"),
        ];
        let traces: Vec<Vec<u8>> = cells
            .into_iter()
            .map(|cell| {
                let mut trace = Vec::new();
                assert!(cell.trace(&mut trace), "{cell:?}");
                trace
            })
            .collect();
        assert_eq!(traces.iter().collect::<HashSet<_>>().len(), traces.len());
        for (place, one) in traces.iter().enumerate() {
            let begins = |other: &Vec<u8>| other.starts_with(one);
            assert!(!traces.iter().enumerate().any(|(other, trace)| other != place && begins(trace)), "{one:?}");
        }
    }

    /// The words of a column's rows; the rows without one.
    fn words(leaf: Leaf, array: &ArrayRef) -> (Vec<u64>, Vec<usize>) {
        let length = array.len();
        let rows = columns::Rows::new([Some((&Kind::Leaf(leaf), array))], length, 1).unwrap();
        let mut words = vec![7; length];
        let lost = Rows::Columns(rows).fold(0, &mut words);
        (words, lost)
    }

    #[test]
    fn columns_fold_into_words_that_differ_as_their_cells_do() {
        let long = "a text of more than twelve bytes";
        let texts = [None, Some(""), Some("a"), Some("b"), Some("a\0"), Some(long), Some(&long[1..]), Some("a")];
        let columns: [(Leaf, ArrayRef); 6] = [
            (Leaf::Text, Arc::new(BinaryViewArray::from_iter(texts))),
            (Leaf::Bytes, Arc::new(BinaryViewArray::from_iter(texts))),
            (
                Leaf::Int64,
                Arc::new(Int64Array::from_iter([None, Some(0), Some(1), Some(-1), Some(7), Some(9), Some(8), Some(1)])),
            ),
            (
                Leaf::Int32,
                Arc::new(Int32Array::from_iter([None, Some(0), Some(1), Some(-1), Some(7), Some(9), Some(8), Some(1)])),
            ),
            (
                Leaf::Float64,
                Arc::new(Float64Array::from_iter([
                    None,
                    Some(0.0),
                    Some(1.0),
                    Some(-0.0),
                    Some(7.5),
                    Some(9.0),
                    Some(f64::MAX),
                    Some(1.0),
                ])),
            ),
            (Leaf::Bool, Arc::new(BooleanArray::from_iter([None, Some(true), Some(false)]))),
        ];
        for (leaf, array) in columns {
            let (words, lost) = words(leaf.clone(), &array);
            assert_eq!(lost, [0; 0]);
            let different: HashSet<_> = words.iter().collect();
            let twice = usize::from(words.len() == 8);
            assert_eq!(different.len(), words.len() - twice, "{leaf:?}");
            assert!(twice == 0 || words[2] == words[7], "{leaf:?}: equal cells have equal words");
        }
    }

    #[test]
    fn rows_whose_text_is_none_have_no_word() {
        let broken = BinaryViewArray::from_iter([Some(&b"a"[..]), Some(b"\xFF")]);
        assert_eq!(words(Leaf::Text, &(Arc::new(broken) as ArrayRef)).1, [1]);
    }

    #[test]
    fn what_is_not_taken_has_no_trace() {
        assert!(!Cell::Unsupported("GEOMETRY").trace(&mut Vec::new()));
    }
}
