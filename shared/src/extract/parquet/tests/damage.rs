use parquet::{
    basic::{Compression, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, Int32Type, Int96, Int96Type},
    file::properties::WriterProperties,
};
use proptest::prelude::*;

use super::{write::Maker, *};

fn sample(compression: Compression) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut maker = Maker::with(
        "optional byte_array a (UTF8); required int96 t; required byte_array d (DECIMAL(30,2)); \
         optional group l (LIST) { repeated group list { optional int32 element; } } \
         required group m (MAP) { repeated group key_value { required int32 key; required byte_array value (UTF8); } }",
        properties,
    );
    for _ in 0..2 {
        let text = |n: i32| (n % 3 > 0).then(|| ByteArray::from(format!("text number {n}").as_str()));
        let group = maker.group().optional::<ByteArrayType>(&(0..50).map(text).collect::<Vec<_>>());
        let group = group.values::<Int96Type>(&vec![Int96::new(); 50]);
        let group = group.values::<ByteArrayType>(&vec![vec![0x12, 0x34].into(); 50]);
        let definition = [[3; 40].as_slice(), &[2; 10], &[1; 10], &[0; 10]].concat();
        let repetition = [[0, 1].repeat(20), vec![0; 30]].concat();
        let group = group.levels::<Int32Type>(&[7; 40], Some(&definition), Some(&repetition));
        let group = group.levels::<Int32Type>(&[1; 50], Some(&[1; 50]), Some(&[0; 50]));
        group.levels::<ByteArrayType>(&vec!["v".into(); 50], Some(&[1; 50]), Some(&[0; 50])).finish();
    }
    maker.finish()
}

fn read(file: Vec<u8>) -> Result<String, Error> {
    render(Bytes::from(file), |_| true, LIMIT)
}

#[track_caller]
fn fails(file: &[u8], message: &str) {
    let error = read(file.to_vec()).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn what_is_no_parquet_file_is_told() {
    fails(b"", "0 bytes are no Parquet file");
    fails(b"PAR1PAR1", "8 bytes are no Parquet file");
    fails(b"id,name\n1,Ada\n2,Bob\n", "it is no Parquet file");
    let mut file = sample(Compression::UNCOMPRESSED);
    let (head, _) = file.split_at(file.len() - 10);
    fails(head, "the object ends too early: it begins as a Parquet file and has no footer");
    let at = file.len() - 4;
    file[at..].copy_from_slice(b"PARE");
    fails(&file, "an encrypted Parquet file cannot be read");
    file[at..].copy_from_slice(b"PAR1");
    read(file.clone()).unwrap();
    file[at - 4..at].copy_from_slice(&[0xFF; 4]);
    fails(&file, "its footer claims 4294967295 bytes of");
}

#[test]
fn fewer_rows_than_promised_are_damage() {
    let mut file = sample(Compression::UNCOMPRESSED);
    // Both row groups and the file say 50 and 100 rows; 100 is what the second one is made to claim.
    let footer = file.len() - 8 - u32::from_le_bytes(file[file.len() - 8..file.len() - 4].try_into().unwrap()) as usize;
    let counts: Vec<usize> = (footer..file.len() - 8).filter(|&at| file[at..].starts_with(&[0x16, 100])).collect();
    let mut refused = 0;
    for at in counts {
        let was = file[at + 1];
        file[at + 1] = 102;
        refused += usize::from(read(file.clone()).is_err());
        file[at + 1] = was;
    }
    assert!(refused >= 2, "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damage_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        footer in any::<bool>(),
        codec in 0_usize..3,
    ) {
        let codec = [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(ZstdLevel::default())][codec];
        let mut file = sample(codec);
        let size = u32::from_le_bytes(file[file.len() - 8..file.len() - 4].try_into().unwrap()) as usize;
        let start = if footer { file.len() - 8 - size } else { 0 };
        for (at, byte) in changes {
            let at = start + at.index(file.len() - start);
            file[at] = byte;
        }
        let _ = read(file);
    }

    #[test]
    fn a_cut_file_never_panics(cut in any::<prop::sample::Index>()) {
        let file = sample(Compression::SNAPPY);
        let (head, _) = file.split_at(cut.index(file.len()));
        prop_assert!(read(head.to_vec()).is_err());
    }
}
