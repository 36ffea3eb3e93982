use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::*;
use crate::extract::text::{Dialect, Reader};

const TEXT: &[u8] = b"id,name\n1,Ada\n2,Bob\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn read(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    open(bytes)?.read_to_end(&mut text)?;
    Ok(text)
}

#[track_caller]
fn fails(bytes: &[u8], message: &str) {
    let error = read(bytes).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn opens_by_magic_bytes() {
    for bytes in [TEXT.to_vec(), gzip(TEXT), zstd(TEXT)] {
        assert_eq!(read(&bytes).unwrap(), TEXT);
    }
    for text in [b"".as_slice(), b"a", b"PK", b"BZh is a name\n", b"Object,x\n", b"ORC,x\n"] {
        for bytes in [text.to_vec(), gzip(text), zstd(text)] {
            assert_eq!(read(&bytes).unwrap(), text);
        }
    }
}

#[test]
fn reads_all_members_and_frames() {
    let skippable = b"\x50\x2A\x4D\x18\x03\0\0\0abc";
    let (head, tail) = TEXT.split_at(9);
    assert_eq!(read(&[gzip(head), gzip(b""), gzip(tail)].concat()).unwrap(), TEXT);
    assert_eq!(read(&[skippable, &*zstd(head), skippable, &*zstd(tail)].concat()).unwrap(), TEXT);
}

#[test]
fn a_cut_object_is_truncated_wherever_it_is_cut() {
    let text = TEXT.repeat(1_000);
    for bytes in [gzip(&text), [gzip(TEXT), gzip(&text)].concat(), zstd(&text)] {
        let step = bytes.len() / 50 + 1;
        let member = if bytes.starts_with(&[0x1F, 0x8B]) { gzip(TEXT).len() } else { 0 };
        for cut in (MAGIC_BYTES..bytes.len()).step_by(step).chain(bytes.len() - 9..bytes.len()) {
            if cut != member {
                let cut = bytes.split_at(cut).0;
                assert!(matches!(read(cut), Err(Error::Truncated { .. })), "{} of {}", cut.len(), bytes.len());
            }
        }
    }
}

#[test]
fn refuses_what_follows_the_end() {
    fails(&[gzip(TEXT), b"garbage that is no gzip member".to_vec()].concat(), "its gzip data cannot be unpacked");
    fails(&[zstd(TEXT), b"garbage that is no frame".to_vec()].concat(), "its zstd data cannot be unpacked");
}

#[test]
fn a_changed_byte_is_found() {
    let text = TEXT.repeat(100);
    let mut gzip = gzip(&text);
    let at = gzip.len() - 7;
    gzip[at] ^= 1;
    fails(&gzip, "the object is damaged");
}

#[test]
fn names_formats_that_are_not_read() {
    fails(b"BZh91AY&SY", "bzip2 data cannot be read; deliver it plain, or compressed with gzip or zstd");
    fails(b"\xFD7zXZ\0..", "xz data");
    fails(b"PK\x03\x04..", "ZIP data");
    fails(b"\x04\x22\x4D\x18..", "LZ4 data");
    fails(b"7z\xBC\xAF\x27\x1C", "7-Zip data");
    fails(b"\xFF\x06\0\0sNaPpY", "Snappy data");
    fails(b"Obj\x01....", "Avro data");
    fails(b"PAR1....", "say `format: parquet`");
    fails(&gzip(b"PAR1...."), "a Parquet file that is compressed as a whole cannot be read");
    fails(&gzip(&gzip(TEXT)), "gzip data within compressed data");
    fails(&zstd(b"PK\x03\x04.."), "ZIP data within compressed data");
}

#[test]
fn errors_of_the_source_pass_unchanged() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, crate::bucket::Error::Changed { key: "k".into() }))
        }
    }
    let text = TEXT.repeat(10_000);
    for bytes in [text.clone(), gzip(&text), zstd(&text)] {
        let (head, _) = bytes.split_at(bytes.len() / 2);
        let input = open(head.chain(Broken));
        let error = input.and_then(|input| Reader::new(input, &Dialect::default())).and_then(|(mut reader, _)| {
            while reader.next(1)?.is_some() {}
            Ok(())
        });
        let Err(Error::Io(source)) = error else { panic!("{error:?}") };
        assert!(matches!(source.downcast::<crate::bucket::Error>(), Ok(crate::bucket::Error::Changed { .. })));
    }
}

#[test]
fn a_text_reader_is_not_fooled_by_a_second_try() {
    let bytes = gzip(&TEXT.repeat(10_000));
    let (mut reader, _) = Reader::new(open(bytes.split_at(bytes.len() - 20).0).unwrap(), &Dialect::default()).unwrap();
    while let Ok(rows) = reader.next(1) {
        assert!(rows.is_some());
    }
    reader.next(1).unwrap_err();
}

#[test]
fn what_unpacks_to_very_much_is_streamed() {
    let bomb = zstd::encode_all(io::repeat(b' ').take(1 << 28), 1).unwrap();
    let mut input = open(&*bomb).unwrap();
    let mut buffer = vec![0; 64 << 10];
    let mut total = 0;
    loop {
        match input.read(&mut buffer).unwrap() {
            0 => break,
            read => total += read,
        }
    }
    assert_eq!(total, 1 << 28);
}

#[test]
fn a_zstd_frame_may_not_ask_for_a_window_without_end() {
    // A frame whose header names a window of 2^log bytes, and one block that is raw and the last.
    let frame = |log: u8| [&[0x28, 0xB5, 0x2F, 0xFD, 0, (log - 10) << 3, 0x09, 0, 0], b"a".as_slice()].concat();
    let mut text = String::new();
    open(frame(27).as_slice()).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "a");
    for log in [28, 31, 41] {
        let error = open(frame(log).as_slice()).unwrap_err().to_string();
        assert!(error.contains("its zstd data cannot be unpacked (Frame requires too much memory"), "{error}");
    }
}
