//! NULL and the empty string, as text tells them apart.

use rowferry_tests::{told, world::World};

async fn items(csv: &str, text: &str) -> Vec<String> {
    let world = World::loading(&[("id", "S", "HASH")], &format!("{csv}\nfields: all"));
    world.load("extracts/s/a.csv", text.to_owned()).await;
    world.lines("items")
}

#[tokio::test]
async fn an_unquoted_empty_cell_is_null_and_a_quoted_one_is_empty() {
    assert_eq!(items("", "id,a,b\n1,,\"\"\n2,\"\",\n").await, [r#"a="" id="2""#, r#"b="" id="1""#]);
}

#[tokio::test]
async fn null_markers_count_unquoted_only() {
    let text = "id,a,b\n1,\\N,\"\\N\"\n2,NULL,null\n3,#N/A,-\n";
    assert_eq!(
        items("", text).await,
        [r##"a="#N/A" b="-" id="3""##, r#"a="NULL" b="null" id="2""#, r#"b="\\N" id="1""#]
    );
    let own = r##"source: { csv: { nulls: ["NULL", "#N/A", "-"] } }"##;
    assert_eq!(items(own, text).await, [r#"a="\\N" b="\\N" id="1""#, r#"b="null" id="2""#, r#"id="3""#]);
    assert_eq!(items("source: { csv: { nulls: [] } }", "id,a\n1,\\N\n2,\n").await, [r#"a="\\N" id="1""#, r#"id="2""#]);
}

#[tokio::test]
async fn a_null_key_rejects_the_row_and_white_space_is_a_key() {
    let world = World::loading(&[("id", "S", "HASH")], "fields: all");
    let report = world.load("extracts/s/a.csv", "id,a\n,1\n\"\",2\n\\N,3\n\" \",4\nnull,5\n").await;
    assert_eq!(told::summary(&report), "succeeded: 5 read, 2 written, 3 rejected (key_empty 1, key_missing 2)");
    assert_eq!(world.lines("items"), [r#"a="4" id=" ""#, r#"a="5" id="null""#]);
}

#[tokio::test]
async fn a_key_is_trimmed_only_where_the_field_says_so() {
    for (convert, cell, expected) in [
        ("", " a ", r#"id=" a ""#),
        (", convert: trim", " a ", r#"id="a""#),
        (", convert: trim", " \u{a0}\t", "succeeded: 1 read, 1 rejected (key_empty 1)"),
        (", convert: trim", "", "succeeded: 1 read, 1 rejected (key_empty 1)"),
    ] {
        let fields = format!("fields: [{{ attribute: id, column: id{convert} }}]");
        let world = World::loading(&[("id", "S", "HASH")], &fields);
        let report = world.load("extracts/s/a.csv", format!("id\n\"{cell}\"\n")).await;
        let found = world.lines("items").pop().unwrap_or_else(|| told::summary(&report));
        assert_eq!(found, expected, "{convert} {cell:?}");
    }
}
