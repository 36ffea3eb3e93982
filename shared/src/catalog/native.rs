//! The catalog's own form of a table: complete, and what the other forms are made of.
//!
//! Shares are between 0 and 1. Numbers that DynamoDB holds keep every digit ([`Number`]); figures that are computed of
//! them, such as means, are decimal too. Names of metrics are the field's own, in camelCase.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

pub use manifest::{Account, Change, Entry, Manifest, Skipped, Unmet};

mod manifest;

/// A table with all that is known of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Table {
    /// The account's number.
    pub account: String,
    /// The region.
    pub region: String,
    /// The table's name.
    pub table: String,
    /// Its ARN.
    pub arn: String,
    /// The connection that it was reached through; none for the function's own.
    pub connection: Option<String>,
    /// Its id, which another table of the same name does not have.
    pub table_id: Option<String>,
    /// DynamoDB's word, such as ACTIVE.
    pub status: String,
    /// When it was created, RFC 3339.
    pub created_at: Option<String>,
    /// Its keys, the partition key first.
    pub keys: Vec<Key>,
    /// Its secondary indexes, global ones first, by name.
    pub indexes: Vec<Index>,
    /// `PROVISIONED` or `PAY_PER_REQUEST`.
    pub billing_mode: String,
    /// What it takes a second.
    pub capacity: Capacity,
    /// `STANDARD` or `STANDARD_INFREQUENT_ACCESS`.
    pub table_class: String,
    /// How many items DynamoDB counted within the last six hours or so.
    pub item_count: u64,
    /// Their size then.
    pub size_bytes: u64,
    /// By what items expire; none where it could not be asked.
    pub time_to_live: Option<TimeToLive>,
    /// Its stream; none where it has none.
    pub stream: Option<Stream>,
    /// Whether it can be restored to any second; none where it could not be asked.
    pub point_in_time_recovery: Option<bool>,
    /// How it is encrypted: `AWS_OWNED`, or the ARN of the KMS key.
    pub encryption: String,
    /// Whether it cannot be deleted.
    pub deletion_protection: bool,
    /// Its replicas in other regions.
    pub replicas: Vec<Replica>,
    /// Its tags, by key; none where they could not be asked.
    pub tags: Option<std::collections::BTreeMap<String, String>>,
    /// IAM permissions that were missing, so that something here is not known.
    pub missing_permissions: Vec<String>,
    /// How it was read: `{"items": 1000}`, `{"percent": 5}` or `"whole"`.
    pub sample: serde_json::Value,
    /// Why less was read than that, such as the budget.
    pub cut_short: Option<String>,
    /// How many values were met of attributes for which the profile had no room: a table has a thousand attributes at most there, of two
    /// thousand at all levels.
    pub values_left_out: u64,
    /// How many items were read.
    pub items_read: u64,
    /// What reading them took.
    pub read_units: f64,
    /// When it was read, RFC 3339.
    pub profiled_at: String,
    /// Its attributes: the table's keys, the indexes' keys, then the others by name.
    pub attributes: Vec<Attribute>,
}

impl Table {
    /// Whether every item was read, and all of it, so that what was not seen is not there.
    #[must_use]
    pub fn read_whole(&self) -> bool {
        let asked = &self.sample;
        let whole = asked == "whole"
            || asked.get("percent").and_then(serde_json::Value::as_f64).is_some_and(|percent| percent >= 100.0)
            || asked.get("items").and_then(serde_json::Value::as_u64).is_some_and(|items| self.items_read < items);
        let denied = self.missing_permissions.iter().any(|permission| permission == "dynamodb:Scan");
        whole && !denied && self.cut_short.is_none() && self.values_left_out == 0
    }
}

/// A key attribute.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Key {
    /// Its name.
    pub attribute: String,
    /// `partition` or `sort`.
    pub role: String,
    /// S, N or B.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A secondary index.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// `global` or `local`.
    pub kind: String,
    /// Its keys, the partition key first.
    pub keys: Vec<Key>,
    /// `ALL`, `KEYS_ONLY` or `INCLUDE`.
    pub projection: String,
    /// The attributes of `INCLUDE`.
    pub projected: Vec<String>,
    /// DynamoDB's word; none of a local one.
    pub status: Option<String>,
    /// How many items it has.
    pub item_count: u64,
    /// Their size.
    pub size_bytes: u64,
    /// What it takes a second; none of a local one.
    pub capacity: Option<Capacity>,
}

/// What a table or index takes a second; none where there is no limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Capacity {
    /// Read units.
    pub read_units: Option<u64>,
    /// Write units.
    pub write_units: Option<u64>,
}

/// By what items expire.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TimeToLive {
    /// Whether they do.
    pub enabled: bool,
    /// The attribute that says when.
    pub attribute: Option<String>,
}

/// A table's stream.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Stream {
    /// What its records hold, such as `NEW_AND_OLD_IMAGES`.
    pub view_type: String,
    /// Its ARN.
    pub arn: Option<String>,
}

/// A replica.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Replica {
    /// Where.
    pub region: String,
    /// DynamoDB's word.
    pub status: String,
}

/// An attribute, a member of a map, or the elements of a list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Attribute {
    /// Its name; empty of elements and of the values of a map whose keys are data.
    pub name: String,
    /// In how many it was seen: of the items; of a member, of the maps; of elements, how many there were.
    pub count: u64,
    /// The share of the items (of a member, of the maps) that have it.
    pub presence: f64,
    /// Its types, the most common first; shares are of those that have it.
    pub types: Vec<Type>,
    /// The members of its maps, the keys in order of their names; none of a map whose keys are data.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Attribute>,
    /// The elements of its lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element: Option<Box<Attribute>>,
    /// The values of its maps, where their keys are data: a map of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_of: Option<MapOf>,
    /// The metrics of its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// What it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<Classification>,
    /// Some of its values, where samples are asked for and nothing sensitive was found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<serde_json::Value>,
}

/// A map whose keys are data.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct MapOf {
    /// How many different keys there were.
    pub keys: u64,
    /// Whether that is an estimate.
    pub estimated: bool,
    /// What its values are.
    pub value: Box<Attribute>,
}

/// A type and how often it was seen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Type {
    /// DynamoDB's own name.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many values.
    pub count: u64,
    /// Their share.
    pub share: f64,
}

/// The metrics of an attribute's values. Null where a metric has no meaning for them.
///
/// Of values of mixed types, those of numbers are of the numbers, and those of lengths of text and binary; `min`, `max`
/// and `topValues` are of the numbers where there are any, else of the text. Lengths are characters of text, bytes of
/// binary, members of sets, lists and maps. Of text (where there are no numbers), `mean`, `stddev` and the quartiles
/// are of the length.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Profile {
    /// Values that are there and not NULL.
    pub values_count: u64,
    /// Items (of members: maps) in which it is absent or NULL.
    pub null_count: u64,
    /// null / (values + null).
    pub null_proportion: f64,
    /// Different values.
    pub distinct_count: u64,
    /// distinct / values.
    pub distinct_proportion: f64,
    /// Values seen exactly once.
    pub unique_count: u64,
    /// unique / values.
    pub unique_proportion: f64,
    /// values - distinct.
    pub duplicate_count: u64,
    /// The smallest: a number, or text.
    pub min: Option<serde_json::Value>,
    /// The largest.
    pub max: Option<serde_json::Value>,
    /// The mean.
    pub mean: Option<Number>,
    /// The sum; of numbers only.
    pub sum: Option<Number>,
    /// The standard deviation of the population.
    pub stddev: Option<Number>,
    /// The median.
    pub median: Option<Number>,
    /// A quarter is below.
    pub first_quartile: Option<Number>,
    /// A quarter is above.
    pub third_quartile: Option<Number>,
    /// third - first quartile.
    pub inter_quartile_range: Option<Number>,
    /// (mean - median) / stddev.
    pub non_parametric_skew: Option<Number>,
    /// How numbers (of text: lengths) are distributed.
    pub histogram: Option<Histogram>,
    /// The shortest.
    pub min_length: Option<u64>,
    /// The longest.
    pub max_length: Option<u64>,
    /// How many values are seen how often: of the values, the share that is of the most frequent value, of the first ten,
    /// and so on.
    pub cardinality_distribution: Option<Cardinality>,
    /// The most frequent values.
    pub top_values: Vec<Frequent>,
    /// Whether minimum, maximum and frequent values were taken out because they are sensitive.
    pub masked: bool,
    /// The names of the metrics that are estimates.
    pub estimated: Vec<String>,
}

/// A histogram: `frequencies[i]` values are at least `boundaries[i]` and below `boundaries[i + 1]`; the last one holds
/// its upper boundary, too.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Histogram {
    /// One more than there are bins.
    pub boundaries: Vec<Number>,
    /// How many values lie in each.
    pub frequencies: Vec<u64>,
}

/// How values are spread over different ones.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cardinality {
    /// The most frequent values.
    pub categories: Vec<String>,
    /// How many values each has; the last, where it is named `Others`, all that are left.
    pub counts: Vec<u64>,
    /// Their shares in percent.
    pub percentages: Vec<f64>,
    /// Whether all values are different.
    pub all_values_unique: bool,
}

/// A value and how often it was seen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Frequent {
    /// The value: a number, text, or true and false.
    pub value: serde_json::Value,
    /// How often.
    pub count: u64,
}

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Classification {
    /// What, such as `email`.
    pub entity: String,
    /// `sensitive` or `non_sensitive`.
    pub sensitivity: String,
    /// How sure, between 0 and 1.
    pub confidence: f64,
    /// The share of the values that are such.
    pub share: f64,
    /// What speaks for it, in words; no values.
    pub evidence: Vec<String>,
    /// `found`, `rule` where a rule of one's own says so, or `confirmed` where a person does.
    pub decision: String,
}
