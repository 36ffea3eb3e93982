//! The text of catalog.yaml and the keys of an invoke to a checked coverage.

use regex::{Regex, RegexBuilder};

use super::{
    super::classify::{Custom, Sensitivity},
    Account, Budget, Coverage, Filter, Sample,
    file::{CoverageKeys, Quantity, RuleKeys, SampleKey},
};
use crate::{
    connection,
    definition::Amount,
    problem::{Place, Problem, Problems, quoted},
    yaml::{
        self, Node, Value,
        read::{Entry, Read, Text},
    },
};

/// How much a compiled pattern may take: what a person would write takes a thousandth of it.
const PATTERN_BYTES: usize = 1 << 20;

/// Reads the text of catalog.yaml, and over it the keys that an invoke carries, as JSON; each key is taken whole. Both may be
/// empty: then everything has its default.
///
/// ```
/// # use rowferry::catalog::coverage::{parse, Sample};
/// let coverage = parse("include: [\"orders.*\"]\nsample: { items: 50 }", "{\"sample\": \"whole\"}").unwrap();
/// assert!(coverage.filter.takes("Orders-2026") && !coverage.filter.takes("old-orders"));
/// assert_eq!(coverage.sample, Sample::Whole);
///
/// let problems = parse("sampel: whole", "").unwrap_err();
/// assert_eq!(problems[0].message, "unknown key `sampel`; did you mean `sample`?");
/// ```
///
/// # Errors
///
/// Everything that is wrong with them, each with its place.
pub fn parse(text: &str, invoke: &str) -> Result<Coverage, Vec<Problem>> {
    let mut problems = Problems::default();
    let file = yaml::parse(text, &mut problems);
    let over = yaml::parse(invoke, &mut problems);
    let keys = match merged(file, over) {
        Some(node) => CoverageKeys::read(&node, "catalog.yaml", &mut problems),
        None => Some(CoverageKeys::default()),
    };
    let coverage = keys.map(|keys| coverage(keys, &mut problems));
    problems.finish(coverage)
}

fn merged(file: Option<Node>, over: Option<Node>) -> Option<Node> {
    match (file, over) {
        (Some(mut file), Some(over)) => {
            if let (Value::Map(members), Value::Map(over)) = (&mut file.value, over.value) {
                members.retain(|member| over.iter().all(|other| other.name != member.name));
                members.extend(over);
            }
            Some(file)
        }
        (file, over) => file.or(over),
    }
}

fn coverage(keys: CoverageKeys, problems: &mut Problems) -> Coverage {
    let accounts: Vec<Account> = keys
        .accounts
        .take()
        .into_iter()
        .flatten()
        .filter_map(Entry::take)
        .map(|keys| {
            let regions: Vec<Entry<Text>> = keys.regions.take().unwrap_or_default();
            for (place, Text(region)) in regions.iter().filter_map(Entry::located) {
                if !connection::is_label(region) {
                    problems.add(place, format!("{} is no region; wanted one such as `eu-west-1`", quoted(region)));
                }
            }
            Account { connection: text(keys.connection), regions: regions.into_iter().filter_map(text).collect() }
        })
        .collect();
    if let Some((place, Amount::Count(rate) | Amount::Percent(rate))) = keys.read_capacity.located()
        && *rate <= 0.0
    {
        problems.add(place, "`read_capacity` is 0, so nothing would be read; wanted more");
    }
    let filter = Filter { include: patterns(keys.include, problems), exclude: patterns(keys.exclude, problems) };
    let budget = keys.budget.take().unwrap_or_default();
    let table = budget.table.take().unwrap_or_default();
    let amount = |entry: Entry<Quantity>| entry.take().map(|Quantity(number)| number);
    Coverage {
        accounts: if accounts.is_empty() { vec![Account::default()] } else { accounts },
        filter,
        sample: keys.sample.take().map_or(Sample::Items(1000), |SampleKey(sample)| sample),
        read_capacity: keys.read_capacity.take().unwrap_or(Amount::Percent(25.0)),
        budget: Budget { read_units: amount(budget.read_units), usd: amount(budget.usd) },
        table_budget: Budget { read_units: amount(table.read_units), usd: amount(table.usd) },
        samples: keys.samples.take().unwrap_or(false),
        rules: keys.rules.take().into_iter().flatten().filter_map(|entry| rule(&entry, problems)).collect(),
    }
}

fn text(entry: Entry<Text>) -> Option<String> {
    entry.take().map(|Text(text)| text)
}

fn patterns(entries: Entry<Vec<Entry<Text>>>, problems: &mut Problems) -> Vec<Regex> {
    let entries = entries.take().unwrap_or_default();
    entries
        .iter()
        .filter_map(Entry::located)
        .filter_map(|(place, Text(text))| pattern(&format!("^(?:{text})"), place, text, problems))
        .collect()
}

/// Compiles a pattern; `shown` is what the person wrote of it.
fn pattern(text: &str, place: Place, shown: &str, problems: &mut Problems) -> Option<Regex> {
    match RegexBuilder::new(text).case_insensitive(true).size_limit(PATTERN_BYTES).build() {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let why = match error {
                regex::Error::CompiledTooBig(_) => "it would take too much memory".to_owned(),
                other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
            };
            problems.add(place, format!("{} is no regular expression: {why}", quoted(shown)));
            None
        }
    }
}

fn rule(entry: &Entry<RuleKeys>, problems: &mut Problems) -> Option<Custom> {
    let (place, keys) = entry.located()?;
    let text = |entry: &Entry<Text>| entry.get().map(|Text(text)| text.clone());
    for (key, name) in [(&keys.name, "name"), (&keys.entity, "entity")] {
        if !key.is_given() {
            problems.add(place, format!("`{name}` is missing of a rule; add it"));
        }
    }
    if !keys.pattern.is_given() && !keys.names.is_given() {
        problems.add(place, "a rule has neither `pattern` nor `names`; add what values or names look like");
    }
    for (place, Text(text)) in [&keys.pattern, &keys.names].into_iter().filter_map(Entry::located) {
        _ = pattern(text, place, text, problems);
    }
    Some(Custom {
        name: text(&keys.name)?,
        entity: text(&keys.entity)?,
        sensitivity: keys.sensitivity.get().copied().unwrap_or(Sensitivity::Sensitive),
        share: keys.share.get().map(|Quantity(share)| *share),
        pattern: text(&keys.pattern),
        names: text(&keys.names),
    })
}
