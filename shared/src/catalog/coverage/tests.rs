use super::*;
use crate::catalog::classify::Sensitivity;

#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    let problems: Vec<String> = parse(text, "").unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(problems, expected);
}

#[test]
fn what_is_left_out_has_its_default() {
    for (text, invoke) in [("", ""), ("", "{}"), ("# nothing yet", "")] {
        let coverage = parse(text, invoke).unwrap();
        assert_eq!(coverage.accounts, [Account::default()]);
        assert_eq!(coverage.sample, Sample::Items(1000));
        assert_eq!(coverage.read_capacity, Amount::Percent(25.0));
        assert_eq!((coverage.budget, coverage.table_budget), (Budget::default(), Budget::default()));
        assert!(!coverage.samples && coverage.rules.is_empty() && coverage.filter.takes("anything"));
    }
}

#[test]
fn every_key_is_read() {
    let text = r#"
accounts: [ { connection: prod, regions: [us-east-1, eu-west-1] }, { regions: [eu-west-1] } ]
include: ["orders.*"]
exclude: [".*_tmp$"]
sample: { percent: 5 }
read_capacity: 100
budget: { read_units: 500000, usd: 0.01, table: { read_units: 1000 } }
samples: true
rules:
  - { name: our numbers, entity: customer_number, sensitivity: non_sensitive, pattern: "C-[0-9]{8}", names: customer }
"#;
    let coverage = parse(text, "").unwrap();
    assert_eq!(coverage.accounts[0].regions, ["us-east-1", "eu-west-1"]);
    assert_eq!(coverage.accounts[1].connection, None);
    assert_eq!(coverage.sample, Sample::Percent(5.0));
    assert_eq!(coverage.read_capacity, Amount::Count(100.0));
    assert_eq!((coverage.budget.units(), coverage.table_budget.units()), (Some(80_000.0), Some(1_000.0)));
    assert_eq!(coverage.rules[0].entity, "customer_number");
    assert_eq!(coverage.rules[0].sensitivity, Sensitivity::NonSensitive);
    assert!(coverage.samples);
}

#[test]
fn names_are_taken_in_any_case_from_their_start_and_exclude_wins() {
    let coverage = parse("include: [orders, \"cust|cart\"]\nexclude: [\".*_tmp$\"]", "").unwrap();
    for (table, expected) in [
        ("orders", true),
        ("Orders-2026", true),
        ("my-orders", false),
        ("customers", true),
        ("CARTS", true),
        ("orders_tmp", false),
        ("orders_tmp2", true),
        ("a-cart", false),
    ] {
        assert_eq!(coverage.filter.takes(table), expected, "{table}");
    }
}

#[test]
fn an_invoke_s_keys_go_over_those_of_the_file() {
    let coverage =
        parse("include: [a]\nsamples: true\nbudget: { usd: 1 }", r#"{"include": ["b"], "budget": {"read_units": 5}}"#);
    let coverage = coverage.unwrap();
    assert!(coverage.filter.takes("b") && !coverage.filter.takes("a") && coverage.samples);
    assert_eq!((coverage.budget.read_units, coverage.budget.usd), (Some(5.0), None));
}

#[test]
fn all_problems_are_told_with_their_place() {
    refused(
        "include: [\"(\"]\nsample: { items: 0 }\nbudget: { usd: -1 }\nrules: [ { name: x } ]\naccounts: [ { regions: [Mars!] } ]\nread_capacity: fast",
        &[
            "1:11 `(` is no regular expression: unclosed group",
            "2:18 `items` is 0, so nothing would be read; wanted a whole number above 0",
            "3:16 `usd` is `-1`; wanted a number above 0",
            "4:10 `entity` is missing of a rule; add it",
            "4:10 a rule has neither `pattern` nor `names`; add what values or names look like",
            "5:25 `Mars!` is no region; wanted one such as `eu-west-1`",
            "6:16 `read_capacity` is `fast`; wanted a number such as `500`, or a share from `\"0%\"` to `\"100%\"`",
        ],
    );
    for (text, expected) in [
        ("sample: { items: 1, percent: 2 }", "1:9 `sample` says both `items` and `percent`; wanted one of them"),
        ("sample: {}", "1:9 `sample` says nothing; wanted `{ items: 1000 }`, `{ percent: 5 }` or `whole`"),
        ("sample: { percent: 500 }", "1:20 `percent` is `500`; wanted a number up to 100, or `sample: whole`"),
        ("sample: { percent: 0 }", "1:20 `percent` is `0`; wanted a number above 0"),
        ("sample: { itmes: 5 }", "1:11 unknown key `itmes`; did you mean `items`?"),
        ("read_capacity: 0%", "1:16 `read_capacity` is 0, so nothing would be read; wanted more"),
    ] {
        refused(text, &[expected]);
    }
    refused("sample: some", &["1:9 `sample` is `some`; wanted `{ items: 1000 }`, `{ percent: 5 }` or `whole`"]);
    refused(
        "[]",
        &[
            "1:1 catalog.yaml is an empty list; wanted keys: `accounts`, `include`, `exclude`, `sample`, `read_capacity`, `budget`, `samples` or `rules`",
        ],
    );
}

#[test]
fn a_price_is_written_as_a_person_would() {
    assert_eq!(Coverage::usd(10.0).to_string(), "0.00000125");
    assert_eq!(Coverage::usd(11.5).to_string(), "0.0000014375");
}
