use std::sync::Arc;

use ::parquet::{
    arrow::ArrowWriter,
    file::{metadata::KeyValue, properties::WriterProperties},
};
use arrow_array::{ArrayRef, FixedSizeBinaryArray, Int64Array, RecordBatch, StringArray};
use bytes::Bytes;
use proptest::{collection::vec, option, prelude::*};

use super::*;
use crate::{definition::Kind, extract::parquet, mapping::key, row::Rows, table::Key};

/// A row: hash, digest, the values of its key, change.
type Line = (u128, Option<u128>, Vec<u8>, Vec<u8>, Option<Change>);

fn keys(kinds: &[Kind]) -> Vec<Key> {
    let names = ["pk", "sk"].into_iter().zip(kinds);
    names.map(|(name, kind)| Key { attribute: name.to_owned(), kind: *kind }).collect()
}

/// The fingerprint that goes with a hash in these tests; some have none.
fn print(hash: u128) -> Option<u64> {
    let low = u64::try_from(hash & u128::from(u64::MAX)).unwrap();
    (!low.is_multiple_of(7)).then_some(low.rotate_left(9))
}

fn write(keys: &[Key], plan: bool, rows: &[Line]) -> Bytes {
    let mut writer = Writer::new(Vec::new(), keys, plan).unwrap();
    for (hash, digest, partition, sort, change) in rows {
        let key = key::Key { partition, sort };
        writer.push(Row { hash: *hash, digest: *digest, print: print(*hash), key, change: *change }).unwrap();
    }
    writer.close().unwrap().into()
}

type Found = (Vec<Key>, bool, Vec<Line>);

fn read(file: Bytes) -> Result<Found, Error> {
    let mut reader = Reader::open(file)?;
    let mut rows = Vec::new();
    while let Some(block) = reader.next()? {
        for row in 0..block.len() {
            let key::Key { partition, sort } = block.key(row);
            let hash = block.hash(row).unwrap();
            assert_eq!(block.print(row), print(hash));
            rows.push((hash, block.digest(row), partition.to_vec(), sort.to_vec(), block.change(row)));
        }
    }
    assert_eq!(rows.len() as u64, reader.rows());
    let mut prints = Vec::new();
    while let Some(skimmed) = reader.skim()? {
        prints.extend(skimmed.iter());
    }
    assert!(prints.into_iter().eq(rows.iter().map(|row| (row.0, print(row.0)))), "skimming gives the same");
    Ok((reader.keys().to_vec(), reader.is_plan(), rows))
}

/// So many rows with keys like `k12`; each fifth is in doubt.
fn some(count: u128, plan: bool) -> Vec<Line> {
    let row = |number: u128| {
        let hash = number << 100 | 0xAB;
        let change = if number.is_multiple_of(3) { Change::Delete } else { Change::Put };
        let digest =
            (!number.is_multiple_of(5)).then_some(number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
        (hash, digest, format!("k{number}").into_bytes(), number.to_string().into_bytes(), plan.then_some(change))
    };
    (1..=count).map(row).collect()
}

#[track_caller]
fn refused(file: &[u8], expected: &str) {
    let error = read(Bytes::copy_from_slice(file)).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}

fn any_row(kinds: &[Kind], plan: bool) -> impl Strategy<Value = Line> + use<> {
    let value = |kind: Option<&Kind>| match kind {
        None => Just(Vec::new()).boxed(),
        Some(Kind::B) => vec(any::<u8>(), 1..40).boxed(),
        Some(Kind::N) => any::<i64>().prop_map(|number| number.to_string().into_bytes()).boxed(),
        Some(_) => "\\PC{1,20}".prop_map(String::into_bytes).boxed(),
    };
    let change = if plan {
        prop_oneof![Just(Some(Change::Put)), Just(Some(Change::Delete))].boxed()
    } else {
        Just(None).boxed()
    };
    (any::<u128>(), option::of(any::<u128>()), value(kinds.first()), value(kinds.get(1)), change)
}

fn any_file() -> impl Strategy<Value = (Vec<Kind>, bool, Vec<Line>)> {
    let kind = prop_oneof![Just(Kind::S), Just(Kind::N), Just(Kind::B)];
    (vec(kind, 1..=2), any::<bool>()).prop_flat_map(|(kinds, plan)| {
        let rows = vec(any_row(&kinds, plan), 0..60).prop_map(|mut rows| {
            rows.sort_by_key(|row| row.0);
            rows.dedup_by_key(|row| row.0);
            rows
        });
        (Just(kinds), Just(plan), rows)
    })
}

proptest! {
    #[test]
    fn gives_back_what_was_written((kinds, plan, rows) in any_file()) {
        let keys = keys(&kinds);
        prop_assert_eq!(read(write(&keys, plan, &rows)).unwrap(), (keys, plan, rows));
    }

    #[test]
    fn what_is_damaged_is_an_error_or_the_same(at in any::<prop::sample::Index>(), flip in 1..=u8::MAX, length in 1..9_usize) {
        let keys = keys(&[Kind::S, Kind::N]);
        let rows = some(40, true);
        let mut file = write(&keys, true, &rows).to_vec();
        let at = at.index(file.len());
        file.iter_mut().skip(at).take(length).for_each(|byte| *byte ^= flip);
        if let Ok(found) = read(file.into()) {
            prop_assert_eq!(found, (keys, true, rows));
        }
    }
}

#[test]
fn each_byte_that_is_flipped_is_an_error_or_no_matter() {
    let keys = keys(&[Kind::B]);
    let rows = some(9, false);
    let file = write(
        &keys,
        false,
        &rows.iter().cloned().map(|row| (row.0, row.1, row.2, Vec::new(), None)).collect::<Vec<_>>(),
    );
    let expected = read(file.clone()).unwrap();
    for at in 0..file.len() {
        for flip in [1, 0x10, 0x80, 0xFF] {
            let mut file = file.to_vec();
            file[at] ^= flip;
            if let Ok(found) = read(file.into()) {
                assert_eq!(found, expected, "byte {at} flipped by {flip}");
            }
        }
    }
}

#[test]
fn a_file_that_is_cut_anywhere_is_an_error() {
    let file = write(&keys(&[Kind::S, Kind::N]), true, &some(30, true));
    for length in 0..file.len() {
        read(file.slice(..length)).unwrap_err();
    }
}

#[test]
fn reads_row_groups_one_after_the_other() {
    let keys = keys(&[Kind::S, Kind::N]);
    let rows = some(140_000, false);
    let file = write(&keys, false, &rows);
    let mut reader = Reader::open(file.clone()).unwrap();
    let mut lengths = Vec::new();
    while let Some(block) = reader.next().unwrap() {
        lengths.push(block.len());
    }
    assert_eq!(lengths, [131_072, 8_928]);
    assert_eq!(read(file).unwrap().2, rows);
}

#[test]
fn long_keys_make_small_row_groups() {
    let keys = keys(&[Kind::B, Kind::S]);
    let rows: Vec<Line> = (0..10_000).map(|number| (number, None, vec![7; 2_048], vec![b'a'; 1_024], None)).collect();
    let mut reader = Reader::open(write(&keys, false, &rows)).unwrap();
    let first = reader.next().unwrap().unwrap();
    assert!((2_000..3_000).contains(&first.len()), "{}", first.len());
    assert_eq!(first.digest(0), None);
}

#[test]
fn an_empty_file_and_one_row_are_files() {
    for rows in [some(0, false), some(1, false)] {
        let keys = keys(&[Kind::S, Kind::N]);
        assert_eq!(read(write(&keys, false, &rows)).unwrap().2, rows);
    }
}

#[test]
fn other_readers_see_text_bytes_and_null() {
    let rows = [
        (1, None, vec![1, 2], b"-1.5".to_vec(), Some(Change::Put)),
        (2, Some(3), vec![3], b"2".to_vec(), Some(Change::Delete)),
    ];
    let (file, header) = parquet::open(write(&keys(&[Kind::B, Kind::N]), true, &rows)).unwrap();
    let names: Vec<_> = header.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["pk", "sk", "rowferry_key_hash", "rowferry_digest", "rowferry_row", "rowferry_change"]);
    let found = Rows::Columns(file.read(0..1, |_| true, 1 << 20).next(1).unwrap().unwrap());
    let cells = |row| (0..6).map(|column| format!("{:?}", found.cell(row, column))).collect::<Vec<_>>().join(" ");
    assert_eq!(
        cells(0),
        r#"Bytes([1, 2]) Text("-1.5") Bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) Null Bytes([0, 0, 0, 0, 0, 0, 2, 0]) Text("put")"#
    );
    assert!(
        cells(1).ends_with(
            r#"Bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]) Bytes([0, 0, 0, 0, 0, 0, 4, 0]) Text("delete")"#
        ),
        "{}",
        cells(1)
    );
}

#[test]
fn rows_come_in_ascending_order_of_their_hashes() {
    let mut writer = Writer::new(Vec::new(), &keys(&[Kind::S]), false).unwrap();
    let key = key::Key { partition: b"a", sort: b"" };
    writer.add(7, None, key, None).unwrap();
    for late in [7, 6] {
        assert_eq!(
            writer.add(late, None, key, None).unwrap_err().to_string(),
            "the rows of a snapshot come out of order"
        );
    }
}

#[test]
fn a_row_of_a_plan_needs_a_change() {
    let mut writer = Writer::new(Vec::new(), &keys(&[Kind::S]), true).unwrap();
    let error = writer.add(7, None, key::Key { partition: b"a", sort: b"" }, None).unwrap_err();
    assert_eq!(error.to_string(), "a row of a plan has no change");
}

/// A file of these columns with the note of a snapshot whose key is `pk`, of text.
fn noted(columns: Vec<(&str, ArrayRef, bool)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let note = KeyValue::new("rowferry.keys".to_owned(), r#"[["pk","S"]]"#.to_owned());
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(Some(60))
        .set_key_value_metadata(Some(vec![note]));
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn what_a_snapshot_cannot_say_is_told() {
    let fixed = |values: &[Option<u128>]| -> ArrayRef {
        let values = values.iter().map(|value| value.map(u128::to_be_bytes));
        Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(values, 16).unwrap())
    };
    let file = |hashes: &[u128], digests: &[Option<u128>], changes: &[&str]| {
        let keys: ArrayRef = Arc::new(StringArray::from_iter_values(hashes.iter().map(|hash| format!("k{hash}"))));
        let prints = hashes.iter().map(|hash| print(*hash).map(u64::to_be_bytes));
        let prints: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(prints, 8).unwrap());
        let hashes: Vec<_> = hashes.iter().map(|hash| Some(*hash)).collect();
        let hashes = fixed(&hashes);
        let changes: ArrayRef = Arc::new(StringArray::from_iter_values(changes));
        let columns = [
            ("pk", keys, false),
            ("rowferry_key_hash", hashes, false),
            ("rowferry_digest", fixed(digests), true),
            ("rowferry_row", prints, true),
            ("rowferry_change", changes, false),
        ];
        noted(columns.into())
    };
    let (put, delete) = (Some(Change::Put), Some(Change::Delete));
    let rows = [(1, Some(8), b"k1".to_vec(), Vec::new(), put), (2, Some(9), b"k2".to_vec(), Vec::new(), delete)];
    assert_eq!(read(file(&[1, 2], &[Some(8), Some(9)], &["put", "delete"]).into()).unwrap().2, rows);
    refused(&file(&[2, 1], &[Some(8), Some(9)], &["put", "put"]), "row group 0 has rows whose hashes do not ascend");
    refused(&file(&[1, 1], &[Some(8), Some(9)], &["put", "put"]), "row group 0 has rows whose hashes do not ascend");
    let again: Vec<u128> = (0..60).chain([59]).collect();
    refused(&file(&again, &[Some(1); 61], &["put"; 61]), "row group 1 has rows whose hashes do not ascend");
    refused(&file(&[1], &[Some(8)], &["wait"]), "row group 0 has a change that is neither `put` nor `delete`");
    let mut late = vec![None; 50];
    late.push(Some(9));
    let hashes: Vec<u128> = (0..51).collect();
    refused(&file(&hashes, &late, &["put"; 51]), "row group 0 has other bytes than its rows need");
    let binary = [(1, None, vec![0xFF], Vec::new(), None)];
    refused(&write(&keys(&[Kind::S]), false, &binary), "row group 0 has text that is no UTF-8");
    assert_eq!(read(write(&keys(&[Kind::B]), false, &binary)).unwrap().2, binary);
}

#[test]
fn a_foreign_file_is_told() {
    let ids = || vec![("id", Arc::new(Int64Array::from(vec![1])) as ArrayRef, false)];
    let foreign = |note: &str| {
        let file = noted(ids());
        let at = file.windows(12).position(|window| window == br#"[["pk","S"]]"#).unwrap();
        [&file[..at], note.as_bytes(), &file[at + 12..]].concat()
    };
    let mut plain =
        ArrowWriter::try_new(Vec::new(), RecordBatch::try_from_iter_with_nullable(ids()).unwrap().schema(), None)
            .unwrap();
    plain.flush().unwrap();
    refused(
        &plain.into_inner().unwrap(),
        "this is no snapshot: a Parquet file without the note `rowferry.keys`; put back",
    );
    refused(&foreign("[          ]"), "its note `rowferry.keys` names no keys");
    refused(&foreign(r#"[["pk","M"]]"#), "its note `rowferry.keys` names no keys");
    refused(
        &foreign(r#"[["id","N"]]"#),
        "its columns are `id`, not `id`, `rowferry_key_hash`, `rowferry_digest`, `rowferry_row` of the types that snapshots have",
    );
    refused(b"id\n1\n", "bytes are no Parquet file");
}
