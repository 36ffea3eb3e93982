use super::*;

#[test]
fn tells_extracts_by_their_names() {
    #[track_caller]
    fn check(beneath: &str, [single, marker, manifest]: [char; 3]) {
        let letter = |parts| match role(beneath, parts) {
            Role::Extract => 'x',
            Role::Marker => 's',
            Role::Manifest => 'm',
            Role::Part => 'p',
            Role::Nothing(_) => '-',
        };
        let found = [letter(Parts::Single), letter(Parts::Marker), letter(Parts::Manifest)];
        assert_eq!(found, [single, marker, manifest], "{beneath}");
    }
    check("a.csv", ['x', 'p', 'p']);
    check("2024/05/a b+c%25é.csv.gz", ['x', 'p', 'p']);
    check("0000_part_00", ['x', 'p', 'p']);
    check("_SUCCESS", ['-', 's', '-']);
    check("dt=2018-05-04/_SUCCESS", ['-', 's', '-']);
    check("_temporary/0/_SUCCESS", ['-', '-', '-']);
    check("manifest", ['x', 'p', 'm']);
    check("day/manifest.json", ['x', 'p', 'm']);
    check("orders.manifest", ['x', 'p', 'm']);
    check("orders_manifest", ['x', 'p', 'm']);
    check("orders_manifest.json", ['x', 'p', 'p']);
    check("mymanifest", ['x', 'p', 'p']);
    check("rejects.csv", ['x', 'x', 'x']);
    check("day=1/mended-rejects.csv", ['x', 'x', 'x']);
    check("a_rejects.csv", ['x', 'x', 'x']);
    check("a.rejects.csv", ['x', 'x', 'x']);
    check("myrejects.csv", ['x', 'p', 'p']);
    check("rejects.csv.gz", ['x', 'p', 'p']);
    check("_rejects.csv", ['-', '-', '-']);
    check("_temporary/rejects.csv", ['-', '-', '-']);
    check("_manifest", ['-', '-', '-']);
    check("_committed_123", ['-', '-', '-']);
    check("_started_123", ['-', '-', '-']);
    check(".a.csv.swp", ['-', '-', '-']);
    check(".a.csv.crc", ['-', '-', '-']);
    check("a.csv.crc", ['-', '-', '-']);
    check("a.CRC", ['-', '-', '-']);
    check("day/", ['-', '-', '-']);
    check("", ['-', '-', '-']);
    check("day_$folder$", ['-', '-', '-']);
    check("_temporary/0/task_1/part-0.csv", ['-', '-', '-']);
    check(".hive-staging_1/part-0.csv", ['-', '-', '-']);
    check("_year=2024/part-0.csv", ['x', 'p', 'p']);
}

#[test]
fn reads_the_manifest_of_an_unload() {
    let manifest = r#"{
        "entries": [
            {"url": "s3://data/extracts/o/0001_part_00", "mandatory": true, "meta": {"content_length": 12, "record_count": 3}},
            {"url": "s3://data/extracts/o/a b+c%25é.csv", "mandatory": false},
            {"url": "s3://data/extracts/o/0000_part_00"}
        ],
        "schema": {"elements": []}, "author": {"name": "Amazon Redshift"}
    }"#;
    let entry = |key: &str, mandatory, size_bytes| Entry { key: key.into(), mandatory, size_bytes };
    let expected = vec![
        entry("extracts/o/0001_part_00", true, Some(12)),
        entry("extracts/o/a b+c%25é.csv", false, None),
        entry("extracts/o/0000_part_00", true, None),
    ];
    assert_eq!(entries(manifest.as_bytes(), "data", "o"), Ok(expected));
    assert_eq!(entries("\u{feff}{\"entries\": []}".as_bytes(), "data", "o"), Ok(Vec::new()));
}

#[test]
fn names_what_is_wrong_with_a_manifest() {
    #[track_caller]
    fn check(manifest: &str, expected: &str) {
        assert_eq!(entries(manifest.as_bytes(), "data", "o").unwrap_err().to_string(), expected);
    }
    let listed = |urls: &[&str]| {
        let entries: Vec<_> = urls.iter().map(|url| serde_json::json!({ "url": url })).collect();
        serde_json::json!({ "entries": entries }).to_string()
    };
    let shape = r#"it is no JSON like `{"entries": [{"url": "s3://…", "mandatory": true}]}`: "#;
    check("", &format!("{shape}EOF while parsing a value at line 1 column 0"));
    check("{}", &format!("{shape}missing field `entries` at line 1 column 2"));
    check(&listed(&["s3://data/extracts/o/a", "/b"]), "entry 2 has the url `/b`; wanted `s3://<bucket>/<key>`");
    check(&listed(&["s3://data"]), "entry 1 has the url `s3://data`; wanted `s3://<bucket>/<key>`");
    check(&listed(&["s3://data/"]), "entry 1 has the url `s3://data/`; wanted `s3://<bucket>/<key>`");
    check(&listed(&["https://data/a"]), "entry 1 has the url `https://data/a`; wanted `s3://<bucket>/<key>`");
    check(&listed(&["s3://other/a"]), "entry 1 lies in bucket `other`; parts must lie in the data bucket `data`");
    let twice = "entry 3 lists `extracts/o/a` a second time; its rows would count twice";
    check(&listed(&["s3://data/extracts/o/a", "s3://data/extracts/o/b", "s3://data/extracts/o/a"]), twice);
}

#[test]
fn a_manifest_lists_objects_of_its_own_sync_only() {
    for key in ["extracts/p/a.csv", "extracts/o", "extracts/o2/a.csv", "runs/o/x/rejects.csv", "syncs/o.yaml"] {
        let manifest = serde_json::json!({ "entries": [{ "url": format!("s3://data/{key}") }] }).to_string();
        let problem = entries(manifest.as_bytes(), "data", "o").unwrap_err();
        let expected = format!("entry 1 lists `{key}`; parts must lie under `extracts/o/`");
        assert_eq!(problem.to_string(), expected);
    }
}

proptest::proptest! {
    #[test]
    fn no_manifest_makes_it_panic(manifest in ".{0,200}") {
        let _ = entries(manifest.as_bytes(), "data", "o");
    }

    #[test]
    fn every_name_has_a_role(beneath in "[a-z_./$=]{0,30}") {
        let single = role(&beneath, Parts::Single);
        proptest::prop_assert!(matches!(single, Role::Extract | Role::Nothing(_)));
    }
}
