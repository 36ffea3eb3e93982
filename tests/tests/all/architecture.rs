//! What docs/ARCHITECTURE.md and docs/OPERATIONS.md say of the sources, held against them.
#![expect(clippy::panic, clippy::unwrap_used, reason = "tests end where something is amiss")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use rowferry::report::line::METRICS;

/// The longest file that is not a test.
const LONGEST_LINES: usize = 400;

/// Modules that do no IO, in shared/src.
const PURE: [&str; 36] = [
    "action",
    "catalog",
    "definition",
    "duplicates",
    "event",
    "image/keep",
    "image/line",
    "image/read",
    "image/value",
    "job/act/probe/request",
    "ledger/claim",
    "ledger/lease",
    "mapping",
    "mirror",
    "plan/item",
    "plan/units",
    "problem",
    "reject.rs",
    "report",
    "row",
    "scan/allowance",
    "scan/pace",
    "scan/page",
    "snapshot",
    "table",
    "write/change",
    "write/concurrency",
    "write/condition",
    "write/encoder",
    "write/eraser",
    "write/keys",
    "write/pace",
    "write/put",
    "write/request",
    "write/throttle",
    "yaml",
];

/// Variables that the AWS SDK and Lambda's runtime read for themselves.
const READ_BY_OTHERS: [&str; 9] = [
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SNS",
    "AWS_ENDPOINT_URL_STS",
    "AWS_LAMBDA_LOG_FORMAT",
    "AWS_LAMBDA_LOG_LEVEL",
    "AWS_PROFILE",
    "AWS_REGION",
    "RUST_LOG",
];

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Rust source under a folder: its path beneath the repository, and its text.
pub(crate) fn sources(folder: &str) -> Vec<(String, String)> {
    fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                gather(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    gather(&root().join(folder), &mut found);
    found.sort();
    let name = |path: &PathBuf| path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// The code of a source: without its tests and without comments.
fn code(source: &str) -> String {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn shared() -> impl Iterator<Item = (String, String)> {
    let all = sources("shared/src").into_iter().filter(|(path, _)| !is_test(path));
    all.map(|(path, source)| (path.trim_start_matches("shared/src/").to_owned(), code(&source)))
}

/// The part of a document under a heading.
fn section(document: &str, heading: &str) -> String {
    let begin = format!("\n## {heading}\n");
    let (_, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("no section `{heading}`"));
    rest.split("\n## ").next().unwrap_or_default().to_owned()
}

/// The names in backticks that begin the rows of the tables in a text.
fn rows(text: &str) -> BTreeSet<String> {
    let names = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    names.map(str::to_owned).collect()
}

/// The keys that stand two spaces deep under a top-level key of template.yaml.
fn template(key: &str) -> Vec<String> {
    let template = text("template.yaml");
    let (_, rest) = template.split_once(&format!("\n{key}:\n")).unwrap();
    let lines = rest.lines().take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    names.filter(|name| name.chars().all(|each| each.is_ascii_alphanumeric())).map(str::to_owned).collect()
}

/// The words of a text that hold to a rule.
fn words(text: &str, is_part: impl Fn(char) -> bool, fits: impl Fn(&str) -> bool) -> BTreeSet<String> {
    text.split(|each| !is_part(each)).filter(|word| fits(word)).map(str::to_owned).collect()
}

#[track_caller]
fn assert_same(what: &str, listed: &BTreeSet<String>, found: &BTreeSet<String>) {
    let missing: Vec<_> = found.difference(listed).collect();
    let surplus: Vec<_> = listed.difference(found).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "{what}: not listed {missing:?}, listed but not there {surplus:?}"
    );
}

#[test]
fn the_core_names_neither_an_sdk_nor_tokio() {
    let is_pure = |path: &str| {
        PURE.iter().any(|pure| path == *pure || path == format!("{pure}.rs") || path.starts_with(&format!("{pure}/")))
    };
    let pure: Vec<_> = shared().filter(|(path, _)| is_pure(path)).collect();
    for name in PURE {
        let name = name.trim_end_matches(".rs");
        assert!(pure.iter().any(|(path, _)| path.starts_with(name)), "there is no module `{name}` any more");
    }
    for (path, code) in pure {
        for name in ["aws_", "tokio", "SystemTime::now", "Instant::now", "std::env", "fastrand", "hyper"] {
            assert!(!code.contains(name), "{path} names `{name}`");
        }
    }
}

#[test]
fn each_edge_has_one_place() {
    let places = [
        ("aws_sdk_s3", "bucket/s3"),
        ("aws_sdk_sns", "notice/topic"),
        ("aws_sdk_sts", "credentials"),
        ("aws_sdk_secretsmanager", "credentials"),
        ("aws_sdk_dynamodb", "none"),
        ("aws_lambda_events", "none"),
        ("aws_sigv4", "dynamodb/http"),
        ("lambda_runtime", "lambda"),
        ("env::var", "settings"),
        ("SystemTime::now", "time"),
    ];
    for (path, code) in shared() {
        for (name, place) in places {
            let is_place = path == format!("{place}.rs") || path.starts_with(&format!("{place}/"));
            assert!(is_place || !code.contains(name), "{path} names `{name}`, which belongs to {place}");
        }
    }
}

#[test]
fn no_file_is_longer_than_one_can_read() {
    let files = [sources("shared/src"), sources("functions")].concat();
    let long: Vec<_> = files
        .iter()
        .filter(|(path, _)| !is_test(path))
        .map(|(path, source)| (path, source.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_LINES)
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST_LINES} lines: {long:?}");
}

#[test]
fn no_test_is_left_out() {
    let main = text("tests/tests/all/main.rs");
    let files = fs::read_dir(root().join("tests/tests/all")).unwrap().map(|entry| entry.unwrap().path());
    for file in files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(name == "main" || main.contains(&format!("mod {name};")), "{name}.rs is no part of main.rs");
    }
}

#[test]
fn log_lines_take_no_cells() {
    // What may stand in a line of the log: names, counts, times and messages that are made without cells.
    let fields: BTreeSet<String> = rows(&section(&text("docs/OPERATIONS.md"), "The log"));
    for (path, code) in shared() {
        for level in ["error", "warn", "info", "debug", "trace", "$level"] {
            for line in code.split(&format!("tracing::{level}!(")).skip(1) {
                let arguments = line.split(");").next().unwrap_or_default().replace('\n', " ");
                let before_text = arguments.split('"').next().unwrap_or_default();
                let given = before_text.split(',').map(|field| field.split('=').next().unwrap_or_default().trim());
                for field in
                    given.filter(|field| !field.is_empty() && field.chars().all(|c| c.is_lowercase() || c == '_'))
                {
                    assert!(fields.contains(field), "{path} logs `{field}`, which OPERATIONS does not list");
                }
            }
        }
    }
}

#[test]
fn operations_lists_every_field_of_the_log() {
    let mut found = BTreeSet::new();
    for (_, code) in shared() {
        for line in code.split("tracing::").skip(1) {
            let line = line.split(");").next().unwrap_or_default();
            let fields = line.lines().filter_map(|line| line.trim().split_once(" = "));
            found.extend(fields.map(|(name, _)| name.rsplit('(').next().unwrap_or_default().to_owned()));
        }
    }
    found.retain(|name| !name.is_empty() && name.chars().all(|each| each.is_ascii_lowercase() || each == '_'));
    let listed = rows(&section(&text("docs/OPERATIONS.md"), "The log"));
    assert_same("fields of the log", &listed, &found);
}

#[test]
fn operations_lists_every_setting() {
    let is_part = |each: char| each.is_ascii_uppercase() || each.is_ascii_digit() || each == '_';
    let is_name = |word: &str| word.contains('_') && word.starts_with(|each: char| each.is_ascii_uppercase());
    let settings = code(&text("shared/src/settings.rs"));
    let mut found = words(&settings, is_part, |word| is_name(word) && settings.contains(&format!("\"{word}\"")));
    let template = text("template.yaml");
    for variables in template.split("        Variables:\n").skip(1) {
        let variables = variables.lines().take_while(|line| line.starts_with("          "));
        found.extend(variables.filter_map(|line| Some(line.trim().split_once(':')?.0.to_owned())));
    }
    found.extend(READ_BY_OTHERS.map(str::to_owned));
    assert_same("settings", &rows(&section(&text("docs/OPERATIONS.md"), "Settings")), &found);
}

#[test]
fn operations_and_readme_list_every_parameter() {
    let found: BTreeSet<String> = template("Parameters").into_iter().collect();
    assert_same("parameters", &rows(&section(&text("docs/OPERATIONS.md"), "Parameters of the template")), &found);
    assert_same("parameters in README", &rows(&section(&text("README.md"), "Deploy")), &found);
}

#[test]
fn operations_lists_every_alarm() {
    let found = template("Resources").into_iter().filter(|name| name.ends_with("Alarm")).collect();
    assert_same("alarms", &rows(&section(&text("docs/OPERATIONS.md"), "Alarms")), &found);
}

#[test]
fn operations_lists_every_metric_with_its_unit() {
    let operations = section(&text("docs/OPERATIONS.md"), "Metrics");
    assert_same("metrics", &rows(&operations), &METRICS.iter().map(|metric| metric.name.to_owned()).collect());
    for metric in METRICS {
        let row = format!("| `{}` | {} |", metric.name, metric.unit);
        assert!(operations.contains(&row), "OPERATIONS lacks `{row}`");
    }
}

/// The part of a section under a smaller heading.
fn part(section: &str, heading: &str) -> String {
    let (_, rest) = section.split_once(&format!("\n### {heading}\n")).unwrap_or_else(|| panic!("no part `{heading}`"));
    rest.split("\n### ").next().unwrap_or_default().to_owned()
}

#[test]
fn operations_and_each_function_s_readme_list_every_permission() {
    let is_part = |each: char| each.is_ascii_alphanumeric() || each == ':';
    let is_action = |word: &str| {
        let services = ["s3", "dynamodb", "sts", "secretsmanager", "sns", "sqs", "logs"];
        let action = word.split_once(':');
        action.is_some_and(|(service, name)| services.contains(&service) && name.starts_with(char::is_uppercase))
    };
    let (template, operations) = (text("template.yaml"), section(&text("docs/OPERATIONS.md"), "Permissions"));
    let functions = [
        ("LoadExtractRole", "load-extract"),
        ("MirrorTableRole", "mirror-table"),
        ("TableActionRole", "table-action"),
        ("ExportCatalogRole", "export-catalog"),
    ];
    for (role, function) in functions {
        let (_, role) = template.split_once(&format!("\n  {role}:\n")).unwrap();
        let role = role.split("      Policies:").nth(1).unwrap_or_default();
        let found = words(role.split("\n\n").next().unwrap_or_default(), is_part, is_action);
        assert!(found.len() > 10, "{found:?}");
        let listed = words(&part(&operations, function), is_part, is_action);
        assert_same(&format!("OPERATIONS of {function}"), &listed, &found);
        let readme = section(&text(&format!("functions/{function}/README.md")), "Policy");
        assert_same(&format!("README of {function}"), &words(&readme, is_part, is_action), &found);
    }
}
