//! What people decided of classifications, as classification.yaml says it.

use schemars::Schema;

use super::classify::{Decision, Decisions, Sensitivity, Verdict};
use crate::{
    problem::{Problem, Problems, quoted},
    yaml::{
        self,
        read::{Entry, Read, Text, keys, words},
    },
};

words!(Verdict, Sensitivity);

keys! {
    /// A decision on what an attribute holds.
    #[schemars(extend("required" = ["account", "region", "table", "attribute", "entity", "decision"]))]
    DecisionKeys {
        /// The account's number.
        account: Text,
        /// The region.
        region: Text,
        /// The table's name.
        table: Text,
        /// The attribute's path, such as `customer.email` or `lines[].sku`.
        attribute: Text,
        /// The entity, such as `email`.
        entity: Text,
        /// `confirmed`: it is such, whatever is found. `rejected`: it is not, and is not proposed again.
        decision: Verdict,
        /// Whether an entity that no rule knows is sensitive. Default: `sensitive`.
        sensitivity: Sensitivity,
    }
}

/// The JSON Schema of classification.yaml.
#[must_use]
pub fn schema() -> Schema {
    let about = "What people confirmed or rejected of the catalog's classifications.";
    yaml::schema::of::<Vec<Entry<DecisionKeys>>>("Rowferry classification", about)
}

/// Reads the text of classification.yaml, a list of decisions. An empty text has none.
///
/// ```
/// # use rowferry::catalog::decision::parse;
/// let text = "[ { account: \"111122223333\", region: eu-west-1, table: users, attribute: mail, entity: email, decision: rejected } ]";
/// assert!(parse(text).is_ok());
///
/// let problems = parse("[ { attribute: mail, decision: maybe } ]").unwrap_err();
/// assert_eq!(problems.len(), 5);
///
/// let problems = parse("[ { account: 1111, region: eu-west-1, table: users, attribute: mail, entity: email, decision: rejected } ]");
/// assert_eq!(problems.unwrap_err()[0].message, "`account` is `1111`; wanted its 12 digits");
/// ```
///
/// # Errors
///
/// Everything that is wrong with it, each with its place.
pub fn parse(text: &str) -> Result<Decisions, Vec<Problem>> {
    let mut problems = Problems::default();
    let list = match yaml::parse(text, &mut problems) {
        Some(node) => Vec::<Entry<DecisionKeys>>::read(&node, "classification.yaml", &mut problems),
        None => Some(Vec::new()),
    };
    let decisions =
        list.map(|list| Decisions(list.iter().filter_map(|entry| decision(entry, &mut problems)).collect()));
    problems.finish(decisions)
}

fn decision(entry: &Entry<DecisionKeys>, problems: &mut Problems) -> Option<Decision> {
    let (place, keys) = entry.located()?;
    let mut text = |key: &Entry<Text>, name: &str| {
        if !key.is_given() {
            problems.add(place, format!("`{name}` is missing of a decision; add it"));
        }
        key.get().map(|Text(text)| text.clone())
    };
    let account = text(&keys.account, "account");
    let region = text(&keys.region, "region");
    let table = text(&keys.table, "table");
    let attribute = text(&keys.attribute, "attribute");
    let entity = text(&keys.entity, "entity");
    if let Some((place, Text(account))) = keys.account.located()
        && !(account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
    {
        problems.add(place, format!("`account` is {}; wanted its 12 digits", quoted(account)));
    }
    if !keys.decision.is_given() {
        problems.add(place, "`decision` is missing of a decision; wanted `confirmed` or `rejected`");
    }
    Some(Decision {
        account: account?,
        region: region?,
        table: table?,
        attribute: attribute?,
        entity: entity?,
        decision: *keys.decision.get()?,
        sensitivity: keys.sensitivity.get().copied(),
    })
}
