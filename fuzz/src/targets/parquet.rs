//! Files of Parquet, damaged.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parquet::{
    basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel},
    file::properties::{WriterProperties, WriterVersion},
};
use rowferry::{
    extract::{Error, parquet as reader},
    mapping::Item,
    row::{Batch, Cell, Rows, Shape, print},
};

use super::super::maker::{
    ByteArray, ByteArrayType, FixedLenByteArrayType, Int32Type, Int64Type, Int96, Int96Type, Maker,
};

/// What a reader may hold.
const LIMIT_BYTES: u64 = 16 << 20;
/// Few bytes may mean many rows, and that is no fault; no more of them are looked at.
const ROWS: u64 = 20_000;

/// Any bytes as a footer.
pub(super) fn footer(data: &[u8]) {
    let mut file = b"PAR1".to_vec();
    file.resize(1_000, 0);
    file.extend_from_slice(data);
    file.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    file.extend_from_slice(b"PAR1");
    read(&file);
}

/// A sound file with some bytes changed: its number, and then each time where and what; or any bytes as a file.
pub(super) fn parquet(data: &[u8]) {
    let [number, edits @ ..] = data else { return };
    if *number == u8::MAX {
        return read(edits);
    }
    let samples = samples();
    let mut file = samples[usize::from(*number) % samples.len()].clone();
    let mut edits = edits;
    while let [high, low, length, rest @ ..] = edits {
        let (new, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        let at = usize::from(u16::from_be_bytes([*high, *low])) % file.len();
        let end = (at + new.len()).min(file.len());
        file[at..end].copy_from_slice(&new[..end - at]);
        edits = rest;
    }
    read(&file);
}

fn read(file: &[u8]) {
    let Ok((file, header)) = reader::open(Bytes::copy_from_slice(file)) else { return };
    let mapping = super::mapping("fields: all");
    let bound = mapping.bind(&header, true).ok();
    let width = header.columns.len();
    let header = Arc::new(header);
    let mut reader = file.read(0..file.row_groups(), |_| true, LIMIT_BYTES);
    let (mut first, mut item, mut out) = (1, Item::default(), Vec::new());
    while first < ROWS {
        let rows = match reader.next(first) {
            Ok(Some(rows)) => Rows::Columns(rows),
            Ok(None) => return,
            Err(_) => {
                assert!(matches!(reader.next(first), Err(Error::Corrupt { .. })), "nothing follows an error");
                return;
            }
        };
        assert!(!rows.is_empty());
        for row in 0..rows.len().min(200) {
            assert_eq!(rows.position(row).row, first + row as u64);
            for column in 0..width {
                check(rows.cell(row, column), &header.columns[column].shape);
                rows.write_csv(row, column, &mut out);
                out.clear();
            }
            if let Some(bound) = &bound
                && bound.apply(&rows, row, &mut item).is_ok()
            {
                for (_, value) in item.fields() {
                    assert!(value.is_empty() || serde_json::from_slice::<serde_json::Value>(value).is_ok());
                }
            }
        }
        first += rows.len() as u64;
        drop(Batch { header: Arc::clone(&header), rows });
    }
}

/// A cell is NULL, or of its column's shape.
fn check(cell: Cell<'_>, shape: &Shape) {
    let mut out = Vec::new();
    print::append(cell, &mut out);
    let fits = match cell {
        Cell::Null | Cell::Unsupported(_) => true,
        Cell::Text(_) => *shape == Shape::Text,
        Cell::Json(_) => *shape == Shape::Json,
        Cell::List(_) => *shape == Shape::List,
        Cell::Struct(_) => *shape == Shape::Struct,
        Cell::Map(_) => *shape == Shape::Map,
        Cell::Bool(_) => *shape == Shape::Bool,
        Cell::Bytes(_) => *shape == Shape::Binary,
        Cell::Uuid(_) => *shape == Shape::Uuid,
        Cell::Date(_) | Cell::Time(_) | Cell::Timestamp { .. } => *shape == Shape::Time,
        _ => *shape == Shape::Number,
    };
    assert!(fits, "{cell:?} in a column of {shape:?}");
}

/// Small files of every codec and of most encodings.
fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let codecs = [
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            Compression::GZIP(GzipLevel::default()),
            Compression::ZSTD(ZstdLevel::default()),
            Compression::LZ4_RAW,
            Compression::LZ4,
            Compression::BROTLI(BrotliLevel::default()),
        ];
        let plain = || WriterProperties::builder().set_dictionary_enabled(false);
        let mut all: Vec<WriterProperties> =
            codecs.iter().map(|codec| WriterProperties::builder().set_compression(*codec).build()).collect();
        all.push(plain().build());
        all.push(plain().set_writer_version(WriterVersion::PARQUET_2_0).build());
        all.push(plain().set_encoding(Encoding::DELTA_LENGTH_BYTE_ARRAY).build());
        all.push(plain().set_writer_version(WriterVersion::PARQUET_2_0).set_compression(codecs[3]).build());
        all.into_iter().map(sample).collect()
    })
}

fn sample(properties: WriterProperties) -> Vec<u8> {
    let lengths_only = properties.encoding(&"*".into()) == Some(Encoding::DELTA_LENGTH_BYTE_ARRAY);
    if lengths_only {
        let mut maker = Maker::with("required byte_array id (UTF8); required byte_array b (JSON);", properties);
        maker.group().texts(&["a", "b", "cd"]).texts(&["{}", "[1, 2]", "\"x\""]).finish();
        return maker.finish().to_vec();
    }
    let mut maker = Maker::with(
        "required byte_array id (UTF8); optional int32 n; required int96 t; required int64 u (TIMESTAMP_MICROS); \
         required fixed_len_byte_array(5) d (DECIMAL(11,2)); \
         optional group l (LIST) { repeated group list { optional int64 element (UINT_64); } } \
         required group m (MAP) { repeated group key_value { required int32 key; required byte_array value (UTF8); } }",
        properties,
    );
    for _ in 0..2 {
        let group = maker.group().texts(&["one", "two", "three and more", "one"]);
        let group = group.optional::<Int32Type>(&[Some(1), None, Some(-3), Some(4)]);
        let group = group.values::<Int96Type>(&[Int96::new(); 4]).values::<Int64Type>(&[1, 2, 3, i64::MAX]);
        let decimal = |n: u8| ByteArray::from(vec![n; 5]).into();
        let group = group.values::<FixedLenByteArrayType>(&[0, 1, 128, 255].map(decimal));
        let group = group.levels::<Int64Type>(&[7, -8], Some(&[3, 2, 3, 1, 0]), Some(&[0, 1, 0, 0, 0]));
        let group = group.levels::<Int32Type>(&[1, 2, 3], Some(&[1, 1, 0, 1, 0]), Some(&[0, 1, 0, 0, 0]));
        let group = group.levels::<ByteArrayType>(
            &["v".into(), "".into(), "w".into()],
            Some(&[1, 1, 0, 1, 0]),
            Some(&[0, 1, 0, 0, 0]),
        );
        group.finish();
    }
    maker.finish().to_vec()
}
