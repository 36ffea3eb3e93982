use crate::{
    extract::text::{Dialect, Reader},
    row::{Cell, Position, Rows},
};

fn read(text: &str) -> Rows {
    let (mut reader, _) = Reader::new(text.as_bytes(), &Dialect::default()).unwrap();
    Rows::Text(reader.next(1).unwrap().unwrap())
}

#[track_caller]
fn writes(came: &str, written: &str) {
    let rows = read(&format!("a,b\n{came},x\n"));
    let mut out = Vec::new();
    rows.write_csv(0, 0, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), written);
}

#[test]
fn writes_a_cell_so_that_it_reads_back_the_same() {
    writes("plain", "plain");
    writes("", "");
    writes(r#""""#, r#""""#);
    writes(r"\N", r"\N");
    writes(r#""\N""#, r#""\N""#);
    writes(r#""plain""#, "plain");
    writes(r#""a,b""#, r#""a,b""#);
    writes("\"a\nb\"", "\"a\nb\"");
    writes("\"a\rb\"", "\"a\rb\"");
    writes(r#""say ""hi""""#, r#""say ""hi""""#);
    writes(r#"5" nail"#, r#""5"" nail""#);
    writes("\u{feff}x", "\"\u{feff}x\"");
    writes(" x ", " x ");
    writes(r#""ab"c"#, r#""ab"c"#);
}

#[test]
fn text_after_a_closing_quote_leaves_its_record_whole() {
    for (came, written) in [
        (r#""a"b"#, r#""a"b"#),
        (r#""a"b,c"#, r#""""a""b,c""#),
        (r#""a,b"c"#, r#""""a,b""c""#),
        ("\"a\nb\"c", "\"\"\"a\nb\"\"c\""),
        ("\"a\rb\"c", "\"\"\"a\rb\"\"c\""),
    ] {
        let dialect = Dialect { delimiter: b'\t', ..Dialect::default() };
        let text = format!("a\tb\n{came}\tx\n");
        let (mut reader, _) = Reader::new(text.as_bytes(), &dialect).unwrap();
        let rows = Rows::Text(reader.next(1).unwrap().unwrap());
        let mut out = Vec::new();
        rows.write_csv(0, 0, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), written);
    }
}

#[test]
fn a_null_marker_with_a_comma_is_written_as_an_empty_null() {
    let dialect = Dialect { delimiter: b'\t', nulls: vec!["n,a".into()], ..Dialect::default() };
    let (mut reader, _) = Reader::new("a\tb\nn,a\t\"n,a\"\n".as_bytes(), &dialect).unwrap();
    let rows = Rows::Text(reader.next(1).unwrap().unwrap());
    let mut out = Vec::new();
    rows.write_csv(0, 0, &mut out);
    out.push(b'|');
    rows.write_csv(0, 1, &mut out);
    assert_eq!(out, br#"|"n,a""#);
}

#[test]
fn a_cell_outside_the_batch_is_null() {
    let rows = read("a,b\n1,2\n");
    assert!(matches!(rows.cell(0, 2), Cell::Null));
    assert!(matches!(rows.cell(1, 0), Cell::Null));
    assert_eq!(rows.position(0), Position { row: 1, line: Some(2) });
}
