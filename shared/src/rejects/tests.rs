use super::*;
use crate::{
    bucket::memory::Memory,
    extract::text::{Dialect, Reader},
    row::Cell,
};

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn part(text: &'static str, dialect: &Dialect, first_row: u64) -> (Arc<Header>, Rows) {
    let (mut reader, header) = Reader::new(text.as_bytes(), dialect).unwrap();
    let rows = reader.next(first_row).unwrap().unwrap();
    (Arc::new(header), Rows::Text(rows))
}

fn because(column: Option<&str>, reason: Reason, detail: &str) -> Reject {
    Reject { column: column.map(str::to_owned), reason, detail: detail.to_owned() }
}

fn written(bucket: &Memory) -> String {
    String::from_utf8(bucket.bytes("rejects.csv").unwrap().to_vec()).unwrap()
}

fn rejects(bucket: &Memory, columns: &[&str]) -> Rejects {
    let columns = columns.iter().map(|name| (*name).to_owned()).collect();
    Rejects::new(Arc::new(bucket.clone()), "rejects.csv".into(), columns)
}

#[test]
fn without_a_reject_there_is_no_file() {
    let bucket = Memory::new("data");
    assert_eq!(wait(rejects(&bucket, &["id"]).finish()).unwrap(), None);
    assert_eq!(bucket.keys(), [""; 0]);
}

#[test]
fn a_row_comes_back_as_it_came_with_its_place_and_reason() {
    let bucket = Memory::new("data");
    let (header, rows) =
        part("id,note,total\n1,\"a, \"\"b\"\"\",7\n2,,\"\"\n\\N,\"x\ny\",1e999\n", &Dialect::default(), 1);
    let mut rejects = rejects(&bucket, &["id", "note", "total"]);
    wait(async {
        let invalid = because(Some("total"), Reason::NumberInvalid, "found the empty string, wanted a number");
        rejects.add(&header, &rows, 1, &invalid).await.unwrap();
        let large = because(Some("total"), Reason::NumberOutOfRange, "found 1e999, wanted \"less\"");
        rejects.add(&header, &rows, 2, &large).await.unwrap();
        rejects.add(&header, &rows, 0, &because(None, Reason::RefusedByTable, "no")).await.unwrap();
        rejects.add(&header, &rows, 0, &because(None, Reason::RefusedByTable, "no")).await.unwrap();
        assert_eq!(rejects.count(), 4);
        let told = rejects.finish().await.unwrap().unwrap();
        let by_reason = [(Reason::NumberInvalid, 1), (Reason::NumberOutOfRange, 1), (Reason::RefusedByTable, 2)].into();
        assert_eq!(told, report::Rejects { key: "rejects.csv".into(), by_reason });
    });
    insta::assert_snapshot!(written(&bucket), @r#"
    id,note,total,reject_row,reject_line,reject_column,reject_reason,reject_detail
    2,,"",2,3,total,number_invalid,"found the empty string, wanted a number"
    \N,"x
    y",1e999,3,4,total,number_out_of_range,"found 1e999, wanted ""less"""
    1,"a, ""b""",7,1,2,,refused_by_table,no
    1,"a, ""b""",7,1,2,,refused_by_table,no
    "#);
}

#[test]
fn parts_are_aligned_by_the_names_of_their_columns() {
    let bucket = Memory::new("data");
    let tabs = Dialect { delimiter: b'\t', ..Dialect::default() };
    let (first, first_rows) = part("id\tnote\n1\ta,b\n", &tabs, 1);
    let (second, second_rows) = part("more\tnote\tid\nm\tn\t2\n", &tabs, 2);
    let mut rejects = rejects(&bucket, &["id", "note", "more"]);
    wait(async {
        let reject = because(Some("id"), Reason::KeyDuplicate, "twice");
        rejects.add(&first, &first_rows, 0, &reject).await.unwrap();
        rejects.add(&second, &second_rows, 0, &reject).await.unwrap();
        rejects.add(&first, &first_rows, 0, &reject).await.unwrap();
        rejects.finish().await.unwrap();
    });
    insta::assert_snapshot!(written(&bucket), @r#"
    id,note,more,reject_row,reject_line,reject_column,reject_reason,reject_detail
    1,"a,b",,1,2,id,key_duplicate,twice
    2,n,m,2,2,id,key_duplicate,twice
    1,"a,b",,1,2,id,key_duplicate,twice
    "#);
}

#[test]
fn what_is_written_reads_back_to_the_same_cells() {
    let bucket = Memory::new("data");
    let text = "a,b,c\n,\"\",\"\\N\"\n\"=1+1\", x ,\"l1\r\nl2\"\n";
    let (header, rows) = part(text, &Dialect::default(), 1);
    let mut rejects = rejects(&bucket, &["a", "b", "c"]);
    wait(async {
        for row in 0..rows.len() {
            rejects.add(&header, &rows, row, &because(None, Reason::KeyMissing, "none")).await.unwrap();
        }
        rejects.finish().await.unwrap();
    });
    let written = written(&bucket);
    let (mut reader, again) =
        Reader::new(written.as_bytes(), &Dialect { delimiter: b';', ..Dialect::default() }).unwrap();
    let again_rows = Rows::Text(reader.next(1).unwrap().unwrap());
    assert_eq!((&again, again_rows.len()), (&*header, rows.len()));
    for row in 0..rows.len() {
        for column in 0..3 {
            let text = |rows: &Rows| match rows.cell(row, column) {
                Cell::Null => None,
                Cell::Text(text) => Some(text.to_owned()),
                other => panic!("{other:?}"),
            };
            assert_eq!(text(&rows), text(&again_rows), "row {row}, column {column}");
        }
    }
}

#[test]
fn a_large_file_goes_to_the_bucket_while_it_grows() {
    let bucket = Memory::new("data");
    let (header, rows) = part("id\n1\n", &Dialect::default(), 1);
    let mut rejects = rejects(&bucket, &["id"]);
    let reject = because(None, Reason::RefusedByTable, &"x".repeat(1_000));
    wait(async {
        for _ in 0..2_000 {
            rejects.add(&header, &rows, 0, &reject).await.unwrap();
            assert!(rejects.buffer.len() < GATHERED_BYTES);
        }
        rejects.finish().await.unwrap();
    });
    assert_eq!(written(&bucket).lines().count(), 2_001);
}

#[test]
fn rejects_that_are_dropped_leave_no_file() {
    let bucket = Memory::new("data");
    let (header, rows) = part("id\n1\n", &Dialect::default(), 1);
    let mut rejects = rejects(&bucket, &["id"]);
    wait(rejects.add(&header, &rows, 0, &because(None, Reason::KeyEmpty, ""))).unwrap();
    drop(rejects);
    assert_eq!(bucket.keys(), [""; 0]);
}
