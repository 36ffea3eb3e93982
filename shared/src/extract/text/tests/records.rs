use super::*;

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, expected: &str) {
    check_with(&Dialect::default(), bytes, expected);
}

#[track_caller]
fn check_with(dialect: &Dialect, bytes: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(render(bytes.as_ref(), dialect), expected);
    assert_eq!(render(Drip(bytes.as_ref()), dialect), expected);
}

#[test]
fn ends_records_at_every_kind_of_line_end() {
    check("a,b\n1,2\n3,4\n", "a|b\n2 \"1\" \"2\"\n3 \"3\" \"4\"");
    check("a,b\r\n1,2\r\n3,4", "a|b\n2 \"1\" \"2\"\n3 \"3\" \"4\"");
    check("a,b\r1,2\r3,4\r", "a|b\n2 \"1\" \"2\"\n3 \"3\" \"4\"");
    check("a\r\n1\n2\r3\r\n\r\n4", "a\n2 \"1\"\n3 \"2\"\n4 \"3\"\n6 \"4\"");
    check("a,b\n1,", "a|b\n2 \"1\" NULL");
    check("a,b\n1,\"\"", "a|b\n2 \"1\" \"\"");
}

#[test]
fn tells_null_from_the_empty_string() {
    check("a,b\n,\"\"\n\"\",\n", "a|b\n2 NULL \"\"\n3 \"\" NULL");
    check("a,b\n\\N,\"\\N\"\n", "a|b\n2 NULL \"\\\\N\"");
    let dialect = Dialect { nulls: vec!["#N/A".into(), "-".into()], ..Dialect::default() };
    check_with(&dialect, "a,b,c,d\n#N/A,-,\"-\",\\N\n", "a|b|c|d\n2 NULL NULL \"-\" \"\\\\N\"");
    let dialect = Dialect { nulls: vec![], ..Dialect::default() };
    check_with(&dialect, "a,b\n\\N,\n", "a|b\n2 \"\\\\N\" NULL");
}

#[test]
fn takes_anything_within_quotes() {
    check("a,b\n\"1,2\",\"x\"\"y\"\n", "a|b\n2 \"1,2\" \"x\\\"y\"");
    check("a\n\"\"\"\"\"\"\n", "a\n2 \"\\\"\\\"\"");
    check("a,b\n\"1\n\r\n\r2\",x\n3,\"\n\"\n4,5\n", "a|b\n2 \"1\\n\\r\\n\\r2\" \"x\"\n6 \"3\" \"\\n\"\n8 \"4\" \"5\"");
    check("a,b\n1\"2,3\"\"\n", "a|b\n2 \"1\\\"2\" \"3\\\"\\\"\"");
    check("a,b\n \"1\",2\n", "a|b\n2 \" \\\"1\\\"\" \"2\"");
}

#[test]
fn skips_blank_lines_but_no_quoted_empty_cell() {
    check("a\n\n1\n\"\"\n\r\n\n2", "a\n3 \"1\"\n4 \"\"\n7 \"2\"");
    check("\n\na,b\n\n1,2\n", "a|b\n5 \"1\" \"2\"");
    check("a\n \n", "a\n2 \" \"");
    check("a,b\n,\n", "a|b\n2 NULL NULL");
}

#[test]
fn goes_on_after_a_ragged_row() {
    check(
        "a,b,c\n1,2\n1,2,3\n1,2,3,4,\"5,\"\"6\"\"\"\n7,8,9\n",
        "a|b|c\n2 cell_count: found 2 cells, wanted 3\n3 \"1\" \"2\" \"3\"\n\
         4 cell_count: found 5 cells, wanted 3; beyond them: 4,\"5,\"\"6\"\"\"\n5 \"7\" \"8\" \"9\"",
    );
    let row = format!("a\n1,{}\n", "x".repeat(10_000));
    assert!(render(row.as_bytes(), &Dialect::default()).ends_with("xx…"));
}

#[test]
fn surplus_cells_leave_the_next_row_alone() {
    check("a\n1,\"\"\"\"\n\"\"\"x\"\n", "a\n2 cell_count: found 2 cells, wanted 1; beyond them: \"\"\"\"\n3 \"\\\"x\"");
}

#[test]
fn refuses_text_after_a_closing_quote() {
    check(
        "a,b\n\"x\"y,2\n1,\"he said \"hi\" there\"\n3,4\n",
        "a|b\n2 cell_count[0]: text follows the closing quote of cell 1; a quote within quotes is written twice\n\
         3 cell_count[1]: text follows the closing quote of cell 2; a quote within quotes is written twice\n4 \"3\" \"4\"",
    );
    check(
        "a\n\"x\"y,2\n",
        "a\n2 cell_count[0]: text follows the closing quote of cell 1; a quote within quotes is written twice; \
         found 2 cells, wanted 1; beyond them: 2",
    );
}

#[test]
fn refuses_bytes_that_are_no_utf8() {
    check(
        b"a,b\n1,caf\xE9\n2,caf\xC3\xA9\n\"\"\"\xFF\",\xFF\n4,5\n",
        "a|b\n2 utf8_invalid[1]: byte 0xE9 at offset 9 is no UTF-8; write the extract in UTF-8\n3 \"2\" \"café\"\n\
         4 utf8_invalid[0]: byte 0xFF at offset 22 is no UTF-8; write the extract in UTF-8\n5 \"4\" \"5\"",
    );
    check(b"a\n1,\xFF\n2\n", "a\n2 cell_count: found 2 cells, wanted 1; beyond them: \u{FFFD}\n3 \"2\"");
    check(
        b"a\xFF\n1\n",
        "error: the header cannot be used: the name of column 1 is no UTF-8; write the extract in UTF-8",
    );
    let mut bytes = b"\xEF\xBB\xBFa\n".to_vec();
    bytes.extend(b"12345678\n".repeat(100_000));
    bytes.extend(b"\xFE\n");
    let text = render(&*bytes, &Dialect::default());
    assert!(
        text.ends_with("100002 utf8_invalid[0]: byte 0xFE at offset 900005 is no UTF-8; write the extract in UTF-8")
    );
}

#[test]
fn writes_invalid_bytes_as_they_came() {
    let (mut reader, _) = Reader::new(&b"a,b\n\"x\xFF\"\"\",\xC3\n"[..], &Dialect::default()).unwrap();
    let rows = Rows::Text(reader.next(1).unwrap().unwrap());
    let mut out = Vec::new();
    rows.write_csv(0, 0, &mut out);
    rows.write_csv(0, 1, &mut out);
    assert_eq!(out, b"\"x\xFF\"\"\"\xC3");
}

#[test]
fn strips_a_byte_order_mark() {
    check("\u{feff}a,b\n1,2\n", "a|b\n2 \"1\" \"2\"");
    check("\u{feff}\"a\",b\n1,2\n", "a|b\n2 \"1\" \"2\"");
    check(b"\xFF\xFEa\0", "error: text in UTF-16 cannot be read; write the extract in UTF-8");
    check(b"\xFE\xFF\0a", "error: text in UTF-16 cannot be read; write the extract in UTF-8");
}

#[test]
fn an_open_quote_at_the_end_is_a_truncated_text() {
    check(
        "a,b\n1,2\n3,\"4\n5\n",
        "a|b\n2 \"1\" \"2\"\nerror: the object ends too early: the quote that opens on line 3 is never closed; deliver it again",
    );
    check(
        "a,b\n\"x\ny\",\"4",
        "a|b\nerror: the object ends too early: the quote that opens on line 3 is never closed; deliver it again",
    );
}

#[test]
fn checks_the_header_before_anything() {
    let cannot = |detail: &str| format!("error: the header cannot be used: {detail}");
    check("a,b,a\n1,2\n", &cannot("columns 1 and 3 have the same name; rename or drop one of them"));
    check("a, \n1,2\n", &cannot("column 2 has no name; give it one, or drop the column"));
    check("a,A\n1,2\n", "a|A\n2 \"1\" \"2\"");
    check("\"a\"b,c\n", &cannot("text follows a closing quote on line 1"));
    check("\"a \"\"b\"\"\",\"x,\ny\"\n1,2", "a \"b\"|x,\ny\n3 \"1\" \"2\"");
}

#[test]
fn an_empty_text_has_no_rows() {
    check("", "");
    check("\u{feff}", "");
    check("\n\n", "");
    check("a,b", "a|b");
    check("a,b\n", "a|b");
    let columns = vec!["x".to_owned(), "y".to_owned()];
    check_with(&Dialect { header: false, columns, ..Dialect::default() }, "", "x|y");
    check_with(&Dialect { header: false, ..Dialect::default() }, "", "");
}

#[test]
fn names_columns_that_have_no_header() {
    let bare = Dialect { header: false, delimiter: b'|', ..Dialect::default() };
    check_with(&bare, "1|2\n3|4\n", "column_1|column_2\n1 \"1\" \"2\"\n2 \"3\" \"4\"");
    let named = Dialect { columns: vec!["x".into(), "y".into()], ..bare.clone() };
    check_with(&named, "1|2\n3\n", "x|y\n1 \"1\" \"2\"\n2 cell_count: found 1 cell, wanted 2");
    let twice = Dialect { columns: vec!["x".into(), "x".into()], ..bare };
    check_with(
        &twice,
        "1|2\n",
        "error: the header cannot be used: columns 1 and 2 have the same name; rename or drop one of them",
    );
}

#[test]
fn takes_a_ragged_row_of_its_rejects_only_when_it_is_mended() {
    let own = |reason: &str, detail: &str| {
        format!(
            "id,reject_row,reject_line,reject_column,reject_reason,reject_detail\n7,5,6,,{reason},{detail}\n8,,,,,\n"
        )
    };
    let unmended = "cell_count: mend the cells and clear the `reject_reason` cell of this row";
    let refused = |detail: &str| format!("id\n2 {unmended}{detail}\n3 \"8\"");
    check(own("cell_count", "\"found 2 cells, wanted 1\""), &refused("; found 2 cells, wanted 1"));
    check(own("cell_count", "\"beyond them: \"\"x\"\"\""), &refused("; beyond them: \"x\""));
    check(own("\"cell_count\"", ""), &refused(""));
    let again = "mend the cells and clear the `reject_reason` cell of this row; as before";
    check(own("cell_count", again), &refused("; as before"));
    check(own("", "\"found 2 cells, wanted 1\""), "id\n2 \"7\"\n3 \"8\"");
    check(own("key_empty", ""), "id\n2 \"7\"\n3 \"8\"");
}

#[test]
fn refuses_a_delimiter_that_cannot_be_one() {
    for (delimiter, name) in [(b'"', "\\\""), (b'\n', "\\n"), (0, "\\x00"), (0xA7, "\\xa7")] {
        let expected = format!(
            "error: text with the delimiter `{name}` cannot be read; name an ASCII character that is no quote and no line end"
        );
        check_with(&Dialect { delimiter, ..Dialect::default() }, "a", &expected);
    }
}

#[test]
fn reads_its_own_rejects_back() {
    let own = "id,note,reject_row,reject_line,reject_column,reject_reason,reject_detail\n\
               1,\"a\tb\",4,5,id,key_empty,\"x, y\"\n2,,5,6,,,\n3\n";
    let expected = "id|note\n2 \"1\" \"a\\tb\"\n3 \"2\" NULL\n4 cell_count: found 1 cell, wanted 7";
    check(own, expected);
    check_with(&Dialect { delimiter: b'\t', header: false, ..Dialect::default() }, own, expected);
    let (reader, _) = Reader::new(own.as_bytes(), &Dialect::default()).unwrap();
    assert!(reader.is_rejects());
    // A name that makes no sense with the dialect's own delimiter.
    let own =
        "id,\"\t\"\"\",reject_row,reject_line,reject_column,reject_reason,reject_detail\n1,2,3,4,id,key_empty,x\n";
    check_with(&Dialect { delimiter: b'\t', ..Dialect::default() }, own, "id|\t\"\n2 \"1\" \"2\"");
    check(
        "reject_row,reject_line,reject_column,reject_reason,reject_detail,id\n",
        "reject_row|reject_line|reject_column|reject_reason|reject_detail|id",
    );
    check(b"id,reject_row,reject_line,reject_column,reject_reason,reject_detail\n1,,,,,\xFF\n", "id\n2 \"1\"");
}
