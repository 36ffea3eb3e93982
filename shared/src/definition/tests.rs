use super::*;

mod field;

/// Section 4 of the design, as users copy it.
const EXAMPLE: &str = r#"
source:
  format: csv
  csv: { delimiter: ",", nulls: ["\\N"], header: true }
  parts: single
destination:
  connection: prod
  table: orders
behavior: update_or_create
write: merge
sync_key: order_key
fields:
  - { attribute: pk,     template: "CUST#{customer_id}" }
  - { attribute: sk,     column: order_id }
  - { attribute: total,  column: total, type: N }
  - { attribute: ttl,    column: expires, type: N, convert: epoch_seconds }
  - { attribute: tags,   column: tags, type: SS, split: "|", on_null: keep }
  - { attribute: origin, value: "warehouse" }
duplicates: last
limits: { write_units_per_second: 500, max_rejects: "1%" }
mirror: { scope: synced, max_deletes: { percent: 20, count: 10 }, before_images: deletes }
"#;

#[track_caller]
fn problems(text: &str) -> Vec<String> {
    match parse("orders", text) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(problems(text), expected, "{text}");
}

/// A definition with these lines above a table and `fields: all`, which begin on line 2.
#[track_caller]
fn check_above(lines: &str, expected: &[&str]) {
    check(&format!("destination: {{ table: orders }}\n{lines}\nfields: all"), expected);
}

#[test]
fn reads_the_example_of_the_design() {
    let definition = parse("orders", EXAMPLE).unwrap();
    let Fields::List(fields) = &definition.fields else { panic!("no list") };
    assert_eq!(fields.len(), 6);
    assert_eq!(definition.name, "orders");
    assert_eq!(definition.source.csv.delimiter, Some(b','));
    assert_eq!(definition.limits.write_units_per_second, Some(Amount::Count(500.0)));
    assert_eq!(definition.limits.max_rejects, Some(Amount::Percent(1.0)));
    let from = Origin::Template(vec![Piece::Text("CUST#".into()), Piece::Column("customer_id".into())]);
    assert_eq!(fields[0].from, from);
    assert_eq!(fields[3].convert, Some(Convert::EpochSeconds));
    assert_eq!((fields[4].split.as_deref(), fields[4].on_null), (Some("|"), Some(OnNull::Keep)));
    assert_eq!(fields[5].place, Place { line: 18, column: 5 });
}

#[test]
fn says_that_mirror_has_no_effect_on_the_other_behavior() {
    let notices = parse("orders", EXAMPLE).unwrap().notices;
    let message = "`mirror` has no effect with `behavior: update_or_create`; remove it, or set `behavior: mirror`";
    assert_eq!(notices, [Problem::at(Place { line: 21, column: 9 }, message)]);
    let mirror = EXAMPLE.replace("update_or_create", "mirror");
    assert_eq!(parse("orders", &mirror).unwrap().notices, []);
}

#[test]
fn has_the_defaults_that_the_design_states() {
    let text = "{destination: {table: orders}, fields: all}";
    let expected = Definition {
        name: "orders".into(),
        source: Source {
            format: None,
            csv: Csv { delimiter: None, nulls: vec!["\\N".into()], header: true, columns: vec![] },
            parts: Parts::Single,
        },
        destination: Destination { connection: None, table: "orders".into() },
        behavior: Behavior::UpdateOrCreate,
        write: Write::Merge,
        sync_key: None,
        fields: Fields::All,
        duplicates: Duplicates::Last,
        version: None,
        limits: Limits::default(),
        mirror: Mirror {
            scope: Scope::Synced,
            max_deletes_percent: 20.0,
            max_deletes_count: 10,
            before_images: BeforeImages::Deletes,
        },
        notices: vec![],
    };
    assert_eq!(parse("orders", text).unwrap(), expected);
    let mirror = parse("orders", "{destination: {table: orders}, fields: all, behavior: mirror}");
    assert_eq!(mirror.unwrap(), Definition { behavior: Behavior::Mirror, write: Write::Replace, ..expected });
}

#[test]
fn reports_every_problem_at_once_in_the_order_of_the_text() {
    let text = "\
source: { format: cvs, csv: { delimiter: '::' } }
destination: { tabel: orders }
behaviour: mirror
fields:
- { attribute: a, column: x, template: 'y{' }
- { atribute: b, column: y }
- { attribute: c, column: z, type: n, on_null: kep }
- { attribute: c, column: z }
limits: { max_rejects: 0.5 }
";
    check(
        text,
        &[
            "1:19 `format` is `cvs`; did you mean `csv`?",
            "1:42 `delimiter` is `::`; wanted one ASCII character",
            "2:14 `table` is missing; add the name of the table",
            "2:16 unknown key `tabel`; did you mean `table`?",
            "3:1 unknown key `behaviour`; did you mean `behavior`?",
            "5:3 the field has both `column` and `template`; wanted exactly one of them, so remove the other",
            "5:40 `template` is `y{`, where a `{` is not closed; write a brace as `{{`",
            "6:3 `attribute` is missing; name the attribute that this field fills",
            "6:5 unknown key `atribute`; did you mean `attribute`?",
            "7:36 `type` is `n`; did you mean `N`?",
            "7:48 `on_null` is `kep`; did you mean `keep`?",
            "8:3 attribute `c` is mapped twice; remove one of lines 7 and 8",
            "9:24 `max_rejects` is `0.5`; wanted a whole number, or a share such as `\"1%\"`",
        ],
    );
}

#[test]
fn refuses_what_is_no_definition() {
    check("", &["1:1 the definition is empty; it needs `destination` and `fields`"]);
    check("# nothing", &["1:1 the definition is empty; it needs `destination` and `fields`"]);
    check(
        "{}",
        &[
            "1:1 `destination` is missing; add `destination: { table: … }`",
            "1:1 `fields` is missing; add `fields: all`, or a list of fields",
        ],
    );
    assert!(problems("orders")[0].starts_with("1:1 the definition is `orders`; wanted keys: `source`"));
    check(
        "destination: { table: orders }\nfields: all\n---\n{}",
        &["3:1 a second document begins here; one file holds one, so remove the line `---`"],
    );
}

#[test]
fn says_where_yaml_ends_to_be_yaml() {
    #[track_caller]
    fn starts(text: &str, expected: &str) {
        let found = problems(text);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{text}: {found:?}");
    }
    starts("a: [", "1:");
    starts("a: b: c", "1:5 this is not YAML: mapping values are not allowed");
    starts("a: {\n  b: |, }", "2:");
    starts("destination: { table: orders }\n fields: all", "2:");
    starts("csv: { delimiter: | }", "1:");
    starts("\tfields: all", "1:");
    assert!(problems("a: [")[0].ends_with("put text with special characters in quotes, and mind the indentation"));
}

#[test]
fn refuses_repeated_keys_aliases_and_tags() {
    check_above("write: merge\nwrite: replace", &["3:1 `write` stands here again; remove one of lines 2 and 3"]);
    check(
        "destination: &d { table: orders }\nfields: *d",
        &["2:9 this is an alias, which is not supported; write the value itself, in quotes if it begins with `*`"],
    );
    check_above(
        "sync_key: *.csv",
        &["2:11 this is an alias, which is not supported; write the value itself, in quotes if it begins with `*`"],
    );
    check_above(
        "sync_key: !!str id",
        &["2:17 tag `!!str` is not supported; remove it, or put text that begins with `!` in quotes"],
    );
    check_above("[a]: b", &["2:1 a list or map stands where a name is wanted; put it in quotes"]);
}

#[test]
fn checks_the_dialect() {
    check_above("source: { csv: { delimiter: ; } }", &[]);
    check_above("source: { csv: { delimiter: \"\\t\", nulls: [NULL, null, '', ~, 0] } }", &[]);
    check_above(
        "source: { csv: { delimiter: \\t } }",
        &["2:29 `delimiter` is `\\\\t`; wanted one ASCII character; a tab is `\"\\t\"`, in double quotes"],
    );
    check_above(
        "source: { csv: { delimiter: '\"' } }",
        &["2:29 `delimiter` is `\"`; wanted one ASCII character other than a quote or a line break"],
    );
    check_above("source: { csv: { delimiter: § } }", &["2:29 `delimiter` is `§`; wanted one ASCII character"]);
    check_above(
        "source:\n  csv:\n    delimiter: |\n    header: true",
        &[
            "4:5 `delimiter` is an empty block of text, which `|` and `>` begin in YAML (put them in quotes); wanted a text",
        ],
    );
    check_above(
        "source:\n  csv:\n    delimiter: # comes later",
        &["4:5 `delimiter` has no value; wanted a text, or no `delimiter` at all"],
    );
    check_above(
        "source: { csv: { delimiter: , } }",
        &["2:18 `delimiter` has no value; wanted a text, or no `delimiter` at all"],
    );
    check_above("source: { csv: { nulls: NULL } }", &["2:25 `nulls` is `NULL`; wanted a list, such as `[a, b]`"]);
    check_above("source: { csv: { header: no } }", &["2:26 `header` is `no`; wanted `true` or `false`"]);
    check_above(
        "source: { csv: { header: \"true\" } }",
        &["2:26 `header` is the text `true`; wanted `true` or `false`"],
    );
    check_above(
        "source: { format: parquet, csv: { header: true } }",
        &["2:33 `csv` has no effect on Parquet; remove it, or set `format: csv`"],
    );
}

#[test]
fn checks_the_names_of_columns_where_it_knows_them() {
    check_above(
        "source: { csv: { columns: [a] } }",
        &["2:27 `columns` stands beside a header; remove it, or add `header: false`"],
    );
    check_above(
        "source: { csv: { header: false, columns: [] } }",
        &["2:42 `columns` is an empty list; name the columns, or remove it"],
    );
    check_above(
        "source: { csv: { header: false, columns: [a, b, a] } }",
        &["2:49 column `a` stands in `columns` twice, 2:43 and 2:49; rename one"],
    );
    check_above(
        "source: { csv: { header: false, columns: [a, ~, ''] } }",
        &[
            "2:46 an entry of `columns` is `~`; wanted a text that is not empty",
            "2:49 an entry of `columns` is an empty text; wanted a text that is not empty",
        ],
    );
    let source = "source: { csv: { header: false, columns: [order_id, total, 2024] } }";
    check_above(
        &format!("{source}\nsync_key: orderid"),
        &["3:11 `sync_key` names column `orderid`, which there is not; did you mean `order_id`?"],
    );
    check_above(
        &format!("{source}\nversion: updated"),
        &["3:10 `version` names column `updated`, which there is not; `columns` has `order_id`, `total` or `2024`"],
    );
    let text = format!("{source}\ndestination: {{ table: orders }}\nfields:\n");
    check(
        &format!("{text}- {{ attribute: a, column: Total }}\n- {{ attribute: b, template: '{{2024}}#{{totl}}' }}"),
        &[
            "4:27 `column` names column `Total`, which there is not; did you mean `total`?",
            "5:29 `template` names column `totl`, which there is not; did you mean `total`?",
        ],
    );
    check_above("source: { csv: { header: false } }\nsync_key: column_12", &[]);
    check_above(
        "source: { csv: { header: false } }\nsync_key: column_0",
        &["3:11 `sync_key` names column `column_0`, which there is not; without a header columns are `column_1`, \
         `column_2`, …; add `columns` to name them"],
    );
}

#[test]
fn checks_the_table() {
    for table in ["abc", "a.b-c_D9", "arn:aws:dynamodb:us-east-1:123456789012:table/orders"] {
        check(&format!("destination: {{ table: '{table}' }}\nfields: all"), &[]);
    }
    let wanted = "wanted 3 to 255 letters, digits, `_`, `.` and `-`, or the ARN of a table";
    for table in ["ab", "a b c", "arn:aws:s3:::orders", "bücher"] {
        let expected = format!("1:23 `table` is `{table}`; {wanted}");
        check(&format!("destination: {{ table:  '{table}' }}\nfields: all"), &[&expected.replace(":23", ":24")]);
    }
    check("destination: { table: ~ }\nfields: all", &["1:23 `table` is `~`; wanted a text that is not empty"]);
    check(
        "destination: orders\nfields: all",
        &["1:14 `destination` is `orders`; wanted keys: `connection` or `table`"],
    );
}

#[test]
fn checks_that_behavior_and_write_go_together() {
    check_above("behavior: mirror\nwrite: merge", &[]);
    check_above(
        "behavior: mirror\nwrite: create_only",
        &["3:8 `write` is `create_only`, which a mirror cannot be; wanted `replace` or `merge`"],
    );
    let keep = "destination: { table: orders }\nfields: [{ attribute: a, column: b, on_null: keep }]\n";
    check(keep, &[]);
    check(
        &format!("{keep}write: replace"),
        &[
            "2:10 `on_null: keep` of attribute `a` cannot be with `write: replace`, which keeps nothing; set `write: merge`, \
         or another `on_null`",
        ],
    );
    check(
        &format!("{keep}behavior: mirror"),
        &[
            "2:10 `on_null: keep` of attribute `a` cannot be with `write: replace` (a mirror's default), which keeps nothing; \
         set `write: merge`, or another `on_null`",
        ],
    );
}

#[test]
fn checks_limits() {
    let limit = |text: &str| {
        let text =
            format!("destination: {{ table: orders }}\nfields: all\nlimits: {{ write_units_per_second: {text} }}");
        parse("orders", &text).unwrap().limits.write_units_per_second.unwrap()
    };
    assert_eq!(limit("500"), Amount::Count(500.0));
    assert_eq!(limit("0.5"), Amount::Count(0.5));
    assert_eq!(limit("\"50%\""), Amount::Percent(50.0));
    assert_eq!(limit("12.5 %"), Amount::Percent(12.5));
    let wanted = "wanted a number such as `500`, or a share from `\"0%\"` to `\"100%\"`";
    for text in ["-1", ".nan", ".inf", "101%", "-1%", "half", "1_000", "1e999", "0x10"] {
        let expected = format!("2:26 `max_rejects` is `{text}`; {wanted}");
        check_above(&format!("limits: {{  max_rejects:  {text} }}"), &[&expected]);
    }
    check_above("limits: { max_rejects: [1] }", &[&format!("2:24 `max_rejects` is a list; {wanted}")]);
    check_above(
        "limits: { max_rejects: 1.5 }",
        &["2:24 `max_rejects` is `1.5`; wanted a whole number, or a share such as `\"1%\"`"],
    );
    check_above("limits: { max_rejects: 0 }", &[]);
    check_above(
        "limits: { write_units_per_second: 0 }",
        &["2:35 `write_units_per_second` is 0, so nothing would be written; wanted more, or no such limit"],
    );
    check_above(
        "limits: { read_units_per_second: 0% }",
        &["2:34 `read_units_per_second` is 0, so nothing would be read; wanted more, or no such limit"],
    );
}

#[test]
fn only_a_mirror_scans_its_table() {
    let text = "destination: { table: orders }\nfields: all\nlimits: { read_units_per_second: 10% }\n";
    let message =
        "`read_units_per_second` has no effect with `behavior: update_or_create`, which scans nothing; remove it";
    let notices = [Problem::at(Place { line: 3, column: 34 }, message)];
    assert_eq!(parse("orders", text).unwrap().notices, notices);
    let mirror = parse("orders", &format!("{text}behavior: mirror")).unwrap();
    assert_eq!((mirror.limits.read_units_per_second, mirror.notices), (Some(Amount::Percent(10.0)), vec![]));
}

#[test]
fn checks_what_a_mirror_may_delete() {
    check_above("behavior: mirror\nmirror: { max_deletes: { count: 0 } }", &[]);
    check_above("behavior: mirror\nmirror: { before_images: none, scope: table }", &[]);
    check_above(
        "behavior: mirror\nmirror: { max_deletes: { percent: 20%, count: 1.5 } }",
        &[
            "3:35 `percent` is `20%`; wanted a number from 0 to 100, without `%`",
            "3:47 `count` is `1.5`; wanted a whole number, 0 or more",
        ],
    );
    check_above(
        "behavior: mirror\nmirror: { max_deletes: 20, before_images: delete }",
        &[
            "3:24 `max_deletes` is `20`; wanted keys: `percent` or `count`",
            "3:43 `before_images` is `delete`; did you mean `deletes`?",
        ],
    );
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}|[-a-z:{}\\[\\]|>&*!%#\"' \n\t,.0-9~]{0,80}") {
            let _ = parse("orders", &text);
        }

        #[test]
        fn no_change_of_the_example_makes_it_panic(at in 0..EXAMPLE.len(), length in 0..20_usize, new in "\\PC{0,8}") {
            let mut text = EXAMPLE.to_owned();
            text.replace_range(at..(at + length).min(text.len()), &new);
            if let Err(problems) = parse("orders", &text) {
                prop_assert!(problems.len() <= 100 && problems.iter().all(|problem| !problem.message.contains('\n')));
            }
        }
    }
}

#[test]
fn bears_texts_made_to_exhaust_it() {
    let many = 100_000;
    let laughs = format!("a: &a [x, x]\nb: [{}]", "*a,".repeat(many));
    let wide = (0..many).map(|at| format!("k{at}: 1")).collect::<Vec<_>>().join("\n");
    for text in ["[".repeat(many), "{a: ".repeat(many), "- ".repeat(many), "? ".repeat(many), laughs, wide] {
        let found = problems(&text);
        assert!((1..=100).contains(&found.len()), "{}", found.len());
        assert!(found.iter().all(|problem| problem.len() < 300), "{found:?}");
    }
}
