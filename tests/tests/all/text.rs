//! CSV and TSV as warehouses write them.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use rowferry_tests::{told, world::World};

fn loading(source: &str) -> World {
    World::loading(&[("id", "S", "HASH")], &format!("{source}\nfields: all"))
}

async fn outcome(source: &str, name: &str, bytes: impl AsRef<[u8]>) -> (String, Vec<String>) {
    let world = loading(source);
    let report = world.load(&format!("extracts/s/{name}"), bytes.as_ref().to_vec()).await;
    (told::summary(&report), world.lines("items"))
}

const TWO: [&str; 2] = [r#"a="x" id="1""#, r#"a="y" id="2""#];

/// Checks that bytes are the two rows that every case here has.
async fn check_two(source: &str, name: &str, bytes: impl AsRef<[u8]>) {
    let (summary, items) = outcome(source, name, bytes).await;
    assert_eq!(summary, "succeeded: 2 read, 2 written", "{source} {name}");
    assert_eq!(items, TWO, "{source} {name}");
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn lines_end_in_every_way() {
    for end in ["\n", "\r\n", "\r"] {
        for last in ["", end] {
            check_two("", "a.csv", format!("id,a{end}1,x{end}2,y{last}")).await;
        }
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_no_part_of_a_name() {
    check_two("", "a.csv", "\u{feff}id,a\n1,x\n2,y\n").await;
}

#[tokio::test]
async fn blank_lines_are_no_rows() {
    check_two("", "a.csv", "id,a\n\n1,x\n\r\n2,y\n\n").await;
}

#[tokio::test]
async fn delimiters_come_from_the_definition_or_the_name() {
    check_two("", "a.tsv", "id\ta\n1\tx\n2\ty\n").await;
    check_two("source: { format: tsv }", "a.txt", "id\ta\n1\tx\n2\ty\n").await;
    check_two(r#"source: { format: csv, csv: { delimiter: "|" } }"#, "0000_part_00", "id|a\n1|x\n2|y\n").await;
    check_two(r#"source: { csv: { delimiter: ";" } }"#, "a.csv", "id;a\n1;x\n2;y\n").await;
    check_two("", "no-extension", "id,a\n1,x\n2,y\n").await;
}

#[tokio::test]
async fn columns_are_named_where_no_header_does() {
    check_two("source: { csv: { header: false, columns: [id, a] } }", "a.csv", "1,x\n2,y\n").await;
    let world = World::loading(
        &[("id", "S", "HASH")],
        "source: { csv: { header: false } }\nfields: [{ attribute: id, column: column_1 }, { attribute: a, column: column_2 }]",
    );
    world.load("extracts/s/a.csv", "1,x\n2,y\n").await;
    assert_eq!(world.lines("items"), TWO);
}

#[tokio::test]
async fn quoted_cells_hold_anything() {
    let (summary, items) = outcome("", "a.csv", "id,a\n1,\"x,\n\"\"y\"\"\r\n\"\n").await;
    assert_eq!(summary, "succeeded: 1 read, 1 written");
    assert_eq!(items, [r#"a="x,\n\"y\"\r\n" id="1""#]);
}

#[tokio::test]
async fn bad_rows_are_handed_back_with_the_line_on_which_they_begin() {
    let world = loading("");
    let mut csv = b"id,a\n1,\"x\n\ny\"\n2\n3,a,b\n4,ok\n5,".to_vec();
    csv.extend_from_slice(b"\xff\xfe\n6,\"a\"b\n7,end\n");
    let report = world.load("extracts/s/a.csv", csv).await;
    assert_eq!(told::summary(&report), "succeeded: 7 read, 3 written, 4 rejected (cell_count 3, utf8_invalid 1)");
    let rejects = world.bucket.bytes(report["rejects"]["key"].as_str().unwrap()).unwrap();
    let rejects = String::from_utf8_lossy(&rejects).into_owned();
    for place in [",2,5,,cell_count,", ",3,6,,cell_count,", ",5,8,a,utf8_invalid,", ",6,9,a,cell_count,"] {
        assert!(rejects.contains(place), "{place} in {rejects}");
    }
    assert_eq!(world.lines("items"), [r#"a="end" id="7""#, r#"a="ok" id="4""#, r#"a="x\n\ny" id="1""#]);
}

#[tokio::test]
async fn invalid_utf8_is_told_by_its_byte_and_never_replaced() {
    for (name, bytes, byte, offset) in [
        ("latin1", b"id,a\n1,x\n2,caf\xE9\n".as_slice(), "0xE9", 14),
        ("after a byte order mark", b"\xEF\xBB\xBFid,a\n1,x\n2,\x80\n", "0x80", 14),
        ("half a character", b"id,a\n1,x\n2,\xC3\n", "0xC3", 11),
        ("a surrogate", b"id,a\n1,x\n2,\xED\xA0\x80\n", "0xED", 11),
        ("in quotes", b"id,a\n1,x\n2,\"\n\xFF\"\n", "0xFF", 13),
    ] {
        let world = loading("");
        let report = world.load("extracts/s/a.csv", bytes.to_vec()).await;
        assert_eq!(told::summary(&report), "succeeded: 2 read, 1 written, 1 rejected (utf8_invalid 1)", "{name}");
        let detail =
            format!(",a,utf8_invalid,byte {byte} at offset {offset} is no UTF-8; write the extract in UTF-8\n");
        assert!(world.rejects(&report).ends_with(&detail), "{name}: {}", world.rejects(&report));
        assert_eq!(world.lines("items"), [r#"a="x" id="1""#], "{name}");
    }
}

#[tokio::test]
async fn lines_are_those_of_the_file_whatever_ends_them() {
    for (end, inner) in [("\n", "\n"), ("\r\n", "\r\n"), ("\r", "\r"), ("\n", "\r"), ("\r", "\n")] {
        // A header of two lines, a blank one, a row of three, and then a row that is bad.
        let text =
            ["\"i", inner, "d\",a", end, end, "1,\"x", inner, inner, "y\"", end, "bad", end, "2,z", end].concat();
        let world = World::loading(&[("id", "S", "HASH")], "fields: [{ attribute: id, column: a }]");
        let report = world.load("extracts/s/a.csv", text).await;
        assert_eq!(
            told::summary(&report),
            "succeeded: 3 read, 2 written, 1 rejected (cell_count 1)",
            "{end:?} {inner:?}"
        );
        assert!(world.rejects(&report).contains(",2,7,,cell_count,"), "{end:?} {inner:?}: {}", world.rejects(&report));
    }
}

#[tokio::test]
async fn in_one_column_a_blank_line_is_no_row_and_a_quoted_empty_cell_is_one() {
    let fields = "fields: [{ attribute: id, template: '#{a}' }]";
    let world = World::loading(&[("id", "S", "HASH")], fields);
    let report = world.load("extracts/s/a.csv", "a\n\n1\n\"\"\n\r\n2\n\n").await;
    assert_eq!(told::summary(&report), "succeeded: 3 read, 3 written");
    assert_eq!(world.lines("items"), [r##"id="#""##, r##"id="#1""##, r##"id="#2""##]);
}

#[tokio::test]
async fn a_header_that_cannot_be_trusted_ends_the_run_before_any_write() {
    for (header, expected) in [
        (
            "id,a,a",
            "extract: `extracts/s/a.csv`: the header cannot be used: columns 2 and 3 have the same name; rename or drop one of them",
        ),
        (
            "id,,a",
            "extract: `extracts/s/a.csv`: the header cannot be used: column 2 has no name; give it one, or drop the column",
        ),
        (
            "ID,a",
            "extract: `extracts/s/a.csv` does not fit the definition:\n  no column is named `id`, which is a key of the table; `fields: all` needs one of that name, and the extract has 2 columns; did you mean `ID`",
        ),
    ] {
        let world = loading("");
        let error = world.fail("extracts/s/a.csv", format!("{header}\n1,2,3\n")).await;
        assert_eq!(error, expected);
        assert!(world.items("items").is_empty());
    }
}

#[tokio::test]
async fn utf_16_is_named() {
    let world = loading("");
    let error = world.fail("extracts/s/a.csv", b"\xff\xfei\0d\0\n\0".to_vec()).await;
    assert!(error.starts_with("extract: `extracts/s/a.csv`: ") && error.contains("UTF-16"), "{error}");
}

#[tokio::test]
async fn an_extract_without_rows_is_sound() {
    for text in ["", "id,a", "id,a\n", "\u{feff}id,a\r\n\r\n"] {
        let (summary, items) = outcome("", "a.csv", text).await;
        assert_eq!((summary.as_str(), items.len()), ("succeeded: no rows", 0), "{text:?}");
    }
    let (summary, _) = outcome("", "a.csv.gz", gzip("")).await;
    assert_eq!(summary, "succeeded: no rows");
}

#[tokio::test]
async fn more_columns_than_are_mapped_do_no_harm() {
    let world = World::loading(&[("id", "S", "HASH")], "fields: [{ attribute: id, column: id }]");
    world.load("extracts/s/a.csv", "x,id,y\n1,2,3\n").await;
    assert_eq!(world.lines("items"), [r#"id="2""#]);
}

#[tokio::test]
async fn a_dry_run_names_the_columns_that_no_field_reads() {
    let many: String = (1..=12).map(|number| format!(",c{number}")).collect();
    let cells = ",x".repeat(12);
    for (fields, header, row, expected) in [
        ("[{ attribute: id, column: id }]", "x,id,y", "1,2,3", Some("`x`, `y`")),
        ("[{ attribute: id, template: '{id}{x}' }]", "x,id,y", "1,2,3", Some("`y`")),
        ("[{ attribute: id, column: id }]", "id", "1", None),
        ("all", "x,id,y", "1,2,3", None),
        (
            "[{ attribute: id, column: id }]",
            &format!("id{many}"),
            &format!("1{cells}"),
            Some("`c1`, `c2`, `c3`, `c4`, `c5`, `c6`, `c7`, `c8`, `c9`, `c10` and 2 more"),
        ),
    ] {
        let world = World::loading(&[("id", "S", "HASH")], &format!("fields: {fields}"));
        world.drop("extracts/s/a.csv", format!("{header}\n{row}\n"));
        let planned = world.direct("s", "extracts/s/a.csv", true).await;
        let expected =
            expected.map(|names| serde_json::json!([format!("columns of the extract that no field reads: {names}")]));
        assert_eq!(planned.get("notices"), expected.as_ref(), "{header}");
        let done = world.direct("s", "extracts/s/a.csv", false).await;
        assert_eq!(done.get("notices"), None, "whoever loads it knows");
    }
}

#[tokio::test]
async fn compressed_text_is_opened_by_its_bytes_whatever_its_name() {
    let text = "id,a\n1,x\n2,y\n";
    for name in ["a.csv.gz", "a.csv", "0000_part_00"] {
        check_two("", name, gzip(text)).await;
        check_two("", name, zstd::encode_all(text.as_bytes(), 3).unwrap()).await;
    }
    check_two("", "a.csv.gz", text).await;
    check_two("", "a.tsv.gz", gzip("id\ta\n1\tx\n2\ty\n")).await;
}

#[tokio::test]
async fn every_member_of_a_gzip_and_every_frame_of_zstd_is_read() {
    check_two("", "a.csv.gz", [gzip("id,a\n1,"), gzip("x\n2,y\n")].concat()).await;
    let frame = |text: &str| zstd::encode_all(text.as_bytes(), 3).unwrap();
    check_two("", "a.csv.zst", [frame("id,a\n1,"), frame("x\n2,y\n")].concat()).await;
}

#[tokio::test]
async fn a_truncated_extract_fails_the_run_and_its_report_balances() {
    let rows: String = (0..2_000).map(|row| format!("{row},{}\n", row * 7919)).collect();
    let text = format!("id,a\n{rows}");
    for (name, bytes) in [("a.csv.gz", gzip(&text)), ("a.csv.zst", zstd::encode_all(text.as_bytes(), 3).unwrap())] {
        let world = loading("");
        let error = world.fail(&format!("extracts/s/{name}"), bytes[..bytes.len() / 2].to_vec()).await;
        assert!(error.starts_with(&format!("extract: `extracts/s/{name}`: ")), "{error}");
        assert!(error.contains("end"), "{error}");
    }
    let world = loading("");
    let error = world.fail("extracts/s/a.csv", "id,a\n1,\"never closed\n2,b\n").await;
    assert!(error.starts_with("extract: "), "{error}");
}

#[tokio::test]
async fn a_gzip_that_is_not_whole_fails_the_run_wherever_it_breaks() {
    let rows: String = (0..200).map(|row| format!("{row},{}\n", row * 7919)).collect();
    let whole = [gzip("id,a\n"), gzip(""), gzip(&rows)].concat();
    let first = gzip("id,a\n").len();
    let mut changed = whole.clone();
    let end = changed.len();
    changed[end - 7] ^= 1;
    for (name, bytes) in [
        ("in the magic bytes", whole[..5].to_vec()),
        ("in the first member", whole[..first - 1].to_vec()),
        ("in the header of the second", whole[..first + 5].to_vec()),
        ("in the last member", whole[..whole.len() / 2].to_vec()),
        ("in the checksum", whole[..whole.len() - 5].to_vec()),
        ("in the length", whole[..whole.len() - 1].to_vec()),
        ("by a changed byte", changed),
        ("by what follows it", [whole.clone(), b"garbage".to_vec()].concat()),
    ] {
        let world = loading("");
        let error = world.fail("extracts/s/a.csv.gz", bytes).await;
        assert!(error.starts_with("extract: `extracts/s/a.csv.gz`: the object "), "{name}: {error}");
        assert!(error.ends_with("; deliver it again"), "{name}: {error}");
    }
    let (summary, _) = outcome("", "a.csv.gz", whole).await;
    assert_eq!(summary, "succeeded: 200 read, 200 written");
}

#[tokio::test]
async fn what_unpacks_to_an_endless_record_ends_the_run() {
    // A thousandth of what it unpacks to: only a limit on the record can notice.
    let bomb = zstd::encode_all(std::io::Read::take(std::io::repeat(b'x'), 40 << 20), 1).unwrap();
    let start = zstd::encode_all("id,a\n1,".as_bytes(), 1).unwrap();
    assert!(bomb.len() < 64 << 10);
    let world = loading("");
    let error = world.fail("extracts/s/a.csv.zst", [start, bomb].concat()).await;
    let expected = "extract: `extracts/s/a.csv.zst`: the record that begins on line 2 has more than 16777216 bytes; is the delimiter right, and are there line ends?";
    assert_eq!(error, expected);
}

#[tokio::test]
async fn a_format_that_the_bytes_contradict_fails_the_run() {
    for (source, name, bytes) in [
        ("source: { format: parquet }", "a.parquet", "id,a\n1,x\n"),
        ("", "a.parquet", "id,a\n1,x\n"),
        ("source: { format: csv }", "a.csv", "PAR1....PAR1"),
    ] {
        let world = loading(source);
        let error = world.fail(&format!("extracts/s/{name}"), bytes).await;
        assert!(error.starts_with("extract: ") && error.contains("source.format"), "{error}");
        assert!(world.items("items").is_empty());
    }
}
