//! docs/SEMANTICS.md and docs/HARD-CASES.md: every test that they name is there, every reason is explained, and no hard
//! case is left out.

use std::collections::BTreeSet;

use super::architecture::{sources, text};

/// The tests that a document names: `proved by: a::b, c::d`.
fn named(document: &str) -> Vec<String> {
    let lines = document.lines().filter_map(|line| line.trim().strip_prefix("proved by: "));
    lines.flat_map(|line| line.split(", ")).map(|name| name.trim_matches('`').to_owned()).collect()
}

/// Every test there is, by its module and name as they are named in documents: `rules::a_sort_key_…`,
/// `extract::text::tests::…`.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for (path, source) in [sources("shared/src"), sources("tests/tests")].concat() {
        let module = path
            .trim_start_matches("shared/src/")
            .trim_start_matches("tests/tests/")
            .trim_start_matches("all/")
            .trim_end_matches(".rs")
            .replace('/', "::");
        let inline = path.starts_with("shared/") && !module.split("::").any(|part| part == "tests");
        let module = if inline { format!("{module}::tests") } else { module };
        let code = source.lines().map(str::trim_start);
        let mut is_test = false;
        for line in code {
            let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
            match function.and_then(|rest| rest.split('(').next()) {
                Some(name) if is_test => {
                    tests.insert(format!("{module}::{name}"));
                    is_test = false;
                }
                _ => {
                    let begins = line.starts_with("#[test]") || line.starts_with("#[tokio::test");
                    is_test = begins || is_test && line.starts_with("#[");
                }
            }
        }
    }
    tests
}

#[test]
fn every_sentence_names_a_test_that_there_is() {
    let (document, tests) = (text("docs/SEMANTICS.md"), tests());
    let named = named(&document);
    assert!(named.len() > 50, "{}", named.len());
    let missing: Vec<_> = named.iter().filter(|name| !tests.contains(*name)).collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

#[test]
fn every_hard_case_names_tests_that_there_are() {
    let (document, tests) = (text("docs/HARD-CASES.md"), tests());
    let mut numbers = Vec::new();
    let is_row =
        |line: &&str| line.strip_prefix("| ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    for row in document.lines().filter(is_row) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [number, what, proof] = cells.as_slice() else { panic!("three cells are wanted: {row}") };
        numbers.push(number.parse::<u32>().unwrap());
        assert!(what.ends_with('.'), "{row}");
        let named: Vec<&str> = proof.split(", ").map(|name| name.trim_matches('`')).collect();
        let missing: Vec<_> = named.iter().filter(|name| !tests.contains(**name)).collect();
        assert!(missing.is_empty(), "case {number}: no such tests: {missing:#?}");
    }
    assert!(numbers.iter().copied().eq(1..=56), "{numbers:?}");
}

#[test]
fn every_invariant_of_the_architecture_names_a_test_that_there_is() {
    let (document, tests) = (text("docs/ARCHITECTURE.md"), tests());
    let (_, invariants) = document.split_once("\n## Invariants\n").unwrap();
    let invariants = invariants.split("\n## ").next().unwrap_or_default();
    let named: Vec<_> = invariants.split('`').filter(|word| word.contains("::") && word.contains('_')).collect();
    let is_one = |name: &str| {
        tests.contains(name) || name.ends_with('…') || !name.contains("tests") && !name.starts_with("architecture")
    };
    let missing: Vec<_> = named.iter().filter(|name| !is_one(name)).collect();
    assert!(named.len() > 8 && missing.is_empty(), "no such tests: {missing:#?}");
}

#[test]
fn every_sentence_is_proved() {
    // A sentence is a list entry; its proof follows it.
    let document = text("docs/SEMANTICS.md");
    let entries = document.split("\n- ").skip(1).map(|entry| entry.split("\n\n").next().unwrap_or_default());
    let bare: Vec<_> = entries.filter(|entry| !entry.contains("\n  proved by: ")).collect();
    assert!(bare.is_empty(), "not proved: {bare:#?}");
}

#[test]
fn every_reason_is_explained() {
    let document = text("docs/SEMANTICS.md");
    let source = text("shared/src/reject.rs");
    let names =
        source.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("=> \"")?.1.split('"').next());
    let found: BTreeSet<_> = names.collect();
    let (_, reasons) = document.split_once("\n## Reasons\n").unwrap();
    let listed = reasons.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(found, listed);
}
