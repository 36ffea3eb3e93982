//! Files that claim more than they hold: each is refused, or read, within the limit.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "the numbers of these tests are small"
)]

use std::io::Write as _;

use super::*;

const INT32: i64 = 1;
const BYTE_ARRAY: i64 = 6;
const FIXED: i64 = 7;
const OPTIONAL: i64 = 1;
const REPEATED: i64 = 2;
/// Thrift's number of a struct.
const STRUCT: u8 = 12;
const MOST: i64 = i32::MAX as i64;

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn zigzag(value: i64) -> Vec<u8> {
    varint((value << 1 ^ value >> 63).cast_unsigned())
}

/// A field of a struct: how far its number is from the one before, and its value.
fn int(delta: u8, value: i64) -> Vec<u8> {
    [vec![delta << 4 | 6], zigzag(value)].concat()
}

fn text(delta: u8, value: &str) -> Vec<u8> {
    [vec![delta << 4 | 8], varint(value.len() as u64), value.into()].concat()
}

fn list(delta: u8, kind: u8, length: u64, members: &[u8]) -> Vec<u8> {
    [vec![delta << 4 | 9, 0xF0 | kind], varint(length), members.to_vec()].concat()
}

fn fields(delta: u8, fields: &[Vec<u8>]) -> Vec<u8> {
    [vec![delta << 4 | STRUCT], fields.concat(), vec![0]].concat()
}

fn member(fields: &[Vec<u8>]) -> Vec<u8> {
    [fields.concat(), vec![0]].concat()
}

fn group(name: &str, children: i64) -> Vec<u8> {
    member(&[int(3, 0), text(1, name), int(1, children)])
}

fn leaf(name: &str, physical: i64, length: i64, repetition: i64) -> Vec<u8> {
    member(&[int(1, physical), int(1, length), int(1, repetition), text(1, name)])
}

/// A file of a schema with a footer, and bytes between.
fn file(pages: &[u8], elements: &[Vec<u8>], groups: &[Vec<u8>], rows: i64) -> Vec<u8> {
    let schema = list(1, STRUCT, elements.len() as u64, &elements.concat());
    let groups = list(1, STRUCT, groups.len() as u64, &groups.concat());
    with_footer(pages, &member(&[int(1, 1), schema, int(1, rows), groups]))
}

fn with_footer(pages: &[u8], footer: &[u8]) -> Vec<u8> {
    [b"PAR1", pages, footer, &(footer.len() as u32).to_le_bytes(), b"PAR1"].concat()
}

/// A file of one row group with one column of these pages.
fn column(element: Vec<u8>, codec: i64, pages: &[u8], rows: i64) -> Vec<u8> {
    let length = pages.len() as i64;
    let chunk = [int(4, codec), int(1, rows), int(1, length), int(1, length), int(2, 4)];
    let chunk = member(&[int(2, 4), fields(1, &chunk)]);
    let group_ = member(&[list(1, STRUCT, 1, &chunk), int(1, length), int(1, rows)]);
    file(pages, &[group("m", 1), element], &[group_], rows)
}

fn page(values: i64, encoding: i64, unpacked: i64, bytes: &[u8]) -> Vec<u8> {
    let of_data = fields(2, &[int(1, values), int(1, encoding), int(1, 3), int(1, 3)]);
    let header = member(&[int(1, 0), int(1, unpacked), int(1, bytes.len() as i64), of_data]);
    [header, bytes.to_vec()].concat()
}

fn plain(values: i64, encoding: i64, bytes: &[u8]) -> Vec<u8> {
    page(values, encoding, bytes.len() as i64, bytes)
}

/// Levels that are all one value.
fn levels(count: u64, level: u8) -> Vec<u8> {
    let run = [varint(count << 1), vec![level]].concat();
    [(run.len() as u32).to_le_bytes().to_vec(), run].concat()
}

/// Lengths as deltas, 32 bits for each.
fn deltas(lengths: &[i32]) -> Vec<u8> {
    let mut out = [varint(128), varint(4), varint(lengths.len() as u64), zigzag(lengths[0].into())].concat();
    let steps: Vec<i32> = lengths.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for block in steps.chunks(128) {
        let least = *block.iter().min().unwrap();
        out.extend(zigzag(least.into()));
        out.extend([32; 4]);
        (0..block.len().div_ceil(32) * 32)
            .for_each(|at| out.extend((block.get(at).map_or(0, |step| step - least)).to_le_bytes()));
    }
    out
}

#[track_caller]
fn refused(file: Vec<u8>, message: &str) {
    let error = render(Bytes::from(file), |_| true, LIMIT).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn a_dictionary_at_zero_is_none() {
    let pages = plain(1, 0, &7_i32.to_le_bytes());
    let length = pages.len() as i64;
    let chunk = [int(4, 0), int(1, 1), int(1, length), int(1, length), int(2, 4), int(2, 0)];
    let chunk = member(&[int(2, 4), fields(1, &chunk)]);
    let group_ = member(&[list(1, STRUCT, 1, &chunk), int(1, length), int(1, 1)]);
    check(&file(&pages, &[group("m", 1), leaf("a", INT32, 0, 0)], &[group_], 1), &["int 7"]);
}

#[test]
fn the_files_of_these_tests_are_sound_otherwise() {
    let rows = render(
        Bytes::from(column(leaf("a", INT32, 0, 0), 0, &plain(2, 0, &[1, 0, 0, 0, 2, 0, 0, 0]), 2)),
        |_| true,
        LIMIT,
    );
    assert_eq!(rows.unwrap(), "int 1\nint 2\n");
    let texts = [deltas(&[0, 3, 1]), deltas(&[3, 0, 2]), b"abcxy".to_vec()].concat();
    let rows = render(Bytes::from(column(leaf("a", BYTE_ARRAY, 0, 0), 0, &plain(3, 7, &texts), 3)), |_| true, LIMIT);
    assert_eq!(rows.unwrap(), "bytes [97, 98, 99]\nbytes [97, 98, 99]\nbytes [97, 120, 121]\n");
    let texts = [deltas(&[1, 2]), b"abc".to_vec()].concat();
    let rows = render(Bytes::from(column(leaf("a", BYTE_ARRAY, 0, 0), 0, &plain(2, 6, &texts), 2)), |_| true, LIMIT);
    assert_eq!(rows.unwrap(), "bytes [97]\nbytes [98, 99]\n");
}

#[test]
fn a_schema_may_not_be_endlessly_deep() {
    for depth in [101, 1_000_000] {
        let mut elements = vec![group("g", 1); depth];
        elements.push(leaf("a", INT32, 0, 0));
        refused(file(b"", &elements[..elements.len().min(20_000)], &[], 0), "columns have more than 100 levels");
    }
    let mut elements = vec![group("g", 1); 100];
    elements.push(leaf("a", INT32, 0, OPTIONAL));
    assert_eq!(render(Bytes::from(file(b"", &elements, &[], 0)), |_| true, LIMIT).unwrap(), "");
    let mut value = b"\x1C".repeat(1_000_000);
    value.insert(0, 0xFC);
    refused(with_footer(b"", &value), "its footer makes no sense");
}

#[test]
fn a_schema_may_not_be_endlessly_wide() {
    let columns = |count: usize, name: &str| {
        let leaves = (0..count).map(|number| leaf(&format!("{name}{number}"), INT32, 0, 0));
        let elements: Vec<_> = [group("m", 1), group(name, count as i64)].into_iter().chain(leaves).collect();
        file(b"", &elements, &[], 0)
    };
    assert_eq!(render(Bytes::from(columns(1_000, "a")), |_| true, LIMIT).unwrap(), "");
    refused(columns(20_001, "a"), "more than 20000 columns and groups cannot be read");
    refused(columns(20, &"a".repeat(500_000)), "names of more than 16777216 bytes together");
}

#[test]
fn lists_are_no_longer_than_their_bytes() {
    let elements = [group("m", MOST), leaf("a", INT32, 0, 0)];
    refused(file(b"", &elements, &[], 0), "a group with more members than there are");
    let schema = list(1, STRUCT, MOST as u64, &elements.concat());
    refused(with_footer(b"", &member(&[int(1, 1), schema])), "a list that is longer than itself");
    let groups = list(1, STRUCT, MOST as u64, b"");
    let schema = list(1, STRUCT, 2, &[group("m", 1), leaf("a", INT32, 0, 0)].concat());
    refused(with_footer(b"", &member(&[int(1, 1), schema, int(1, 0), groups])), "a list that is longer than itself");
}

#[test]
fn a_page_may_not_claim_to_unpack_to_more_than_the_limit() {
    for codec in [1, 2, 4, 5, 6, 7] {
        let file = column(leaf("a", BYTE_ARRAY, 0, 0), codec, &page(1, 0, MOST, b"0123456789"), 1);
        refused(file, "2147483647 bytes of pages are needed at once, and there is memory for 67108864");
    }
}

#[test]
fn a_page_unpacks_to_no_more_than_it_claims() {
    let zeros = vec![0; 1 << 20];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&zeros).unwrap();
    let mut brotli = Vec::new();
    brotli::CompressorWriter::new(&mut brotli, 4096, 5, 22).write_all(&zeros).unwrap();
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(&zeros).unwrap();
    let zstd = zstd::bulk::compress(&zeros, 1).unwrap();
    let snappy = snap::raw::Encoder::new().compress_vec(&zeros).unwrap();
    for (codec, bomb) in [(2, gzip.finish().unwrap()), (4, brotli), (5, lz4.finish().unwrap()), (6, zstd), (1, snappy)]
    {
        refused(
            column(leaf("a", INT32, 0, 0), codec, &page(1, 0, 4, &bomb), 1),
            "a page of 4 bytes cannot be unpacked",
        );
    }
}

#[test]
fn a_dictionary_has_no_more_values_than_bytes() {
    let of_dictionary = fields(4, &[int(1, MOST), int(1, 0)]);
    let header = member(&[int(1, 2), int(1, 4), int(1, 4), of_dictionary]);
    let file = column(leaf("a", BYTE_ARRAY, 0, 0), 0, &[header, vec![0; 4]].concat(), 1);
    refused(file, "a dictionary claims more values than it has bytes");
}

#[test]
fn a_list_of_endless_nulls_is_refused() {
    let many = MOST as u64;
    let bytes = [levels(many, 1), levels(many, 0)].concat();
    let file = column(leaf("a", INT32, 0, REPEATED), 0, &plain(MOST, 0, &bytes), 1);
    refused(file, "bytes of pages are needed at once, and there is memory for 67108864");
}

#[test]
fn endless_nulls_are_read_batch_by_batch() {
    let file = column(leaf("a", INT32, 0, OPTIONAL), 0, &plain(MOST, 0, &levels(MOST as u64, 0)), MOST);
    let (file, _) = open(Bytes::from(file)).unwrap();
    let mut reader = file.read(0..1, |_| true, LIMIT);
    for batch in 0..3 {
        assert_eq!(reader.next(1 + batch * BATCH).unwrap().unwrap().len() as u64, BATCH);
    }
}

const BATCH: u64 = 1_024;

#[test]
fn values_of_a_great_fixed_length_come_in_small_batches() {
    let null = |length| column(leaf("a", FIXED, length, OPTIONAL), 0, &plain(4_096, 0, &levels(4_096, 0)), 4_096);
    let (file, _) = open(Bytes::from(null(1 << 20))).unwrap();
    assert_eq!(file.read(0..1, |_| true, LIMIT).next(1).unwrap().unwrap().len(), 16);
    let (file, _) = open(Bytes::from(null(16))).unwrap();
    assert_eq!(file.read(0..1, |_| true, LIMIT).next(1).unwrap().unwrap().len() as u64, BATCH);
}

#[test]
fn delta_encoded_texts_claim_no_more_than_they_are() {
    let endless = [varint(128), varint(4), varint(1 << 40), zigzag(0), vec![0; 100]].concat();
    let negative = [deltas(&[-1, 4]), b"abc".to_vec()].concat();
    for encoding in [6, 7] {
        for lengths in [&endless, &negative] {
            let file = column(leaf("a", BYTE_ARRAY, 0, 0), 0, &plain(2, encoding, lengths), 2);
            refused(file, "a page has lengths that make no sense");
        }
    }
    // One text of a megabyte, repeated by its length alone.
    let mut prefixes = vec![1 << 20; 1_000];
    prefixes[0] = 0;
    let mut suffixes = vec![0; 1_000];
    suffixes[0] = 1 << 20;
    let texts = [deltas(&prefixes), deltas(&suffixes), vec![b'x'; 1 << 20]].concat();
    refused(
        column(leaf("a", BYTE_ARRAY, 0, 0), 0, &plain(1_000, 7, &texts), 1_000),
        "bytes of pages are needed at once",
    );
}

#[test]
fn pages_of_all_columns_together_keep_the_limit() {
    let values = (3 << 20) / 4;
    let columns = 30;
    let bytes = plain(values, 0, &vec![0; 3 << 20]);
    let chunk = |number: usize| {
        let at = 4 + (number * bytes.len()) as i64;
        let length = bytes.len() as i64;
        let of_chunk = [int(4, 0), int(1, values), int(1, length), int(1, length), int(2, at)];
        member(&[int(2, at), fields(1, &of_chunk)])
    };
    let chunks: Vec<_> = (0..columns).map(chunk).collect();
    let row_group = member(&[list(1, STRUCT, columns as u64, &chunks.concat()), int(1, 0), int(1, values)]);
    let leaves = (0..columns).map(|number| leaf(&format!("c{number}"), INT32, 0, 0));
    let elements: Vec<_> = [group("m", columns as i64)].into_iter().chain(leaves).collect();
    let file = Bytes::from(file(&bytes.repeat(columns), &elements, &[row_group], values));
    let error = render(file.clone(), |_| true, LIMIT).unwrap_err();
    assert!(matches!(error, Error::PageTooLarge { size_bytes: 69_206_016, limit_bytes: LIMIT }), "{error}");
    let (file, _) = open(file).unwrap();
    let mut reader = file.read(0..1, |name| name.len() == 2, LIMIT);
    assert_eq!(reader.next(1).unwrap().unwrap().len() as u64, BATCH);
}
