use std::sync::{Arc, Mutex};

use parquet::{
    basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type},
    file::properties::WriterProperties,
};

use super::{write::Maker, *};

/// A file that tells what was asked of it.
#[derive(Clone)]
struct Told {
    file: Bytes,
    ranges: Arc<Mutex<Vec<Range<u64>>>>,
}

impl Told {
    fn new(file: Vec<u8>) -> Self {
        Self { file: file.into(), ranges: Arc::default() }
    }

    fn largest(&self) -> u64 {
        self.ranges.lock().unwrap().iter().map(|range| range.end - range.start).max().unwrap()
    }
}

impl Source for Told {
    fn len(&self) -> u64 {
        Source::len(&self.file)
    }

    fn ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, Error> {
        self.ranges.lock().unwrap().extend_from_slice(ranges);
        self.file.ranges(ranges)
    }
}

/// Two columns of several megabytes and one of little.
fn large(compression: Compression, rows: i32) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(compression).set_dictionary_enabled(false);
    let properties = properties.set_data_page_size_limit(16 << 10).set_write_batch_size(256).build();
    let mut maker = Maker::with("required byte_array a (UTF8); required int32 n; required byte_array b;", properties);
    let text = |salt: i32| move |n: i32| -> ByteArray { format!("{:0>100}", n.wrapping_mul(salt)).as_str().into() };
    let values = |salt| (0..rows).map(text(salt)).collect::<Vec<_>>();
    let numbers: Vec<i32> = (0..rows).collect();
    let group = maker.group().values::<ByteArrayType>(&values(1_234_577)).values::<Int32Type>(&numbers);
    group.values::<ByteArrayType>(&values(7_654_321)).finish();
    maker.finish()
}

#[test]
fn every_compression_is_read() {
    let plain = render(Bytes::from(large(Compression::UNCOMPRESSED, 5_000)), |_| true, LIMIT).unwrap();
    assert_eq!(plain.lines().count(), 5_000);
    let codecs = [
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
        Compression::LZ4,
        Compression::BROTLI(BrotliLevel::default()),
    ];
    for codec in codecs {
        assert!(render(Bytes::from(large(codec, 5_000)), |_| true, LIMIT).unwrap() == plain, "{codec}");
    }
}

#[test]
fn only_what_was_asked_for_is_fetched() {
    let told = Told::new(large(Compression::UNCOMPRESSED, 20_000));
    let text = render(told.clone(), |name| name == "n", LIMIT).unwrap();
    assert_eq!(text.lines().last(), Some("NULL | int 19999 | NULL"));
    assert_eq!(told.ranges.lock().unwrap().len(), 2);
    assert!(told.largest() < 200_000);
    let told = Told::new(large(Compression::UNCOMPRESSED, 20_000));
    render(told.clone(), |_| true, LIMIT).unwrap();
    assert_eq!(told.ranges.lock().unwrap().len(), 2);
}

#[test]
fn no_column_may_be_asked_for() {
    let text = render(Bytes::from(large(Compression::SNAPPY, 5_000)), |_| false, LIMIT).unwrap();
    assert_eq!(text.lines().count(), 5_000);
    assert_eq!(text.lines().next(), Some("NULL | NULL | NULL"));
}

#[test]
fn a_large_row_group_is_fetched_in_pieces() {
    let file = large(Compression::UNCOMPRESSED, 40_000);
    let whole = render(Bytes::from(file.clone()), |_| true, LIMIT).unwrap();
    let told = Told::new(file);
    assert!(render(told.clone(), |_| true, 1 << 20).unwrap() == whole);
    // Three columns share the limit.
    assert_eq!(told.largest(), (1 << 20) / 3);
    assert!((20..40).contains(&told.ranges.lock().unwrap().len()));
}

#[test]
fn a_page_larger_than_the_limit_is_refused() {
    let properties = WriterProperties::builder().set_dictionary_enabled(false).build();
    let mut maker = Maker::with("required byte_array a (UTF8);", properties);
    maker.group().values::<ByteArrayType>(&["x".repeat(3 << 20).as_str().into()]).finish();
    let error = render(Bytes::from(maker.finish()), |_| true, 1 << 20).unwrap_err();
    assert!(matches!(error, Error::PageTooLarge { limit_bytes: 1_048_576, .. }), "{error}");
}

#[test]
fn a_long_value_that_repeats_is_in_memory_once() {
    let mut maker = Maker::new("required byte_array a (UTF8);");
    let value: ByteArray = "x".repeat(400_000).as_str().into();
    maker.group().values::<ByteArrayType>(&vec![value; 4_000]).finish();
    let file = maker.finish();
    assert!(file.len() < 1_000_000);
    let (file, _) = open(Bytes::from(file)).unwrap();
    let mut reader = file.read(0..1, |_| true, LIMIT);
    let mut rows = 0;
    while let Some(batch) = reader.next(1).unwrap().map(Rows::Columns) {
        assert!(matches!(batch.cell(0, 0), Cell::Text(text) if text.len() == 400_000));
        rows += batch.len();
    }
    assert_eq!(rows, 4_000);
}

#[test]
fn row_groups_are_read_by_themselves() {
    let mut maker = Maker::new("required int64 a;");
    for n in 0..4 {
        maker.group().values::<Int64Type>(&[n, n]).finish();
    }
    let (file, _) = open(Bytes::from(maker.finish())).unwrap();
    assert_eq!((file.row_groups(), file.rows(3), file.rows(4)), (4, 2, 0));
    let mut reader = file.read(2..3, |_| true, LIMIT);
    let rows = Rows::Columns(reader.next(5).unwrap().unwrap());
    assert!(matches!((rows.len(), rows.cell(0, 0)), (2, Cell::Int(2))));
    assert_eq!(rows.position(1).row, 6);
    assert!(reader.next(7).unwrap().is_none());
}

#[test]
fn an_error_of_the_source_keeps_its_cause() {
    struct Changing(Bytes, Mutex<usize>);
    impl Source for Changing {
        fn len(&self) -> u64 {
            Source::len(&self.0)
        }
        fn ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, Error> {
            let mut left = self.1.lock().unwrap();
            *left = left
                .checked_sub(1)
                .ok_or_else(|| Error::Io(std::io::Error::other(crate::bucket::Error::Changed { key: "k".into() })))?;
            self.0.ranges(ranges)
        }
    }
    let file = Bytes::from(large(Compression::UNCOMPRESSED, 40_000));
    for (calls, limit) in [(0, LIMIT), (1, LIMIT), (1, 1 << 20), (5, 1 << 20)] {
        let error = render(Changing(file.clone(), Mutex::new(calls)), |_| true, limit).unwrap_err();
        let Error::Io(source) = error else { panic!("{error}") };
        assert!(matches!(source.downcast::<crate::bucket::Error>(), Ok(crate::bucket::Error::Changed { .. })));
    }
}
