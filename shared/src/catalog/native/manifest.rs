//! What is known of an export as a whole: its manifest, and what changed since the one before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands at the end of an export: written last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Manifest {
    /// The export's id.
    pub export_id: String,
    /// The export before it.
    pub previous: Option<String>,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// When it ended.
    pub finished_at: String,
    /// Accounts and regions that were asked.
    pub accounts: Vec<Account>,
    /// The tables, by account, region and name.
    pub tables: Vec<Entry>,
    /// The tables that could not be read, and why.
    pub skipped: Vec<Skipped>,
    /// Decisions of classification.yaml that fit nothing.
    pub decisions_unmet: Vec<Unmet>,
    /// What reading all of them took.
    pub read_units: f64,
    /// At list price.
    pub estimated_cost_usd: f64,
    /// Whether the budget ended the reading.
    pub budget_spent: bool,
}

/// An account in a region.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Account {
    /// Its number; none where it could not be asked.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// The connection; none for the function's own.
    pub connection: Option<String>,
    /// How many tables it has.
    pub tables_found: u64,
    /// How many of them `include` and `exclude` leave.
    pub tables_included: u64,
    /// Why its tables are not known.
    pub error: Option<String>,
}

/// A table of a manifest.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Entry {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The table's name.
    pub table: String,
    /// Where its native form lies, beneath the export.
    pub key: String,
    /// How many items it has.
    pub item_count: u64,
    /// Their size.
    pub size_bytes: u64,
    /// How many were read.
    pub items_read: u64,
    /// How many attributes were seen, nested ones not counted.
    pub attributes: u64,
    /// The entities that were found.
    pub entities: Vec<String>,
    /// Whether one of them is sensitive.
    pub sensitive: bool,
    /// How many changes there are since the export before.
    pub changes: u64,
    /// Permissions that were missing.
    pub missing_permissions: Vec<String>,
}

/// A table that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// The account.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// The table's name.
    pub table: String,
    /// Why, with the missing permission.
    pub reason: String,
}

/// A decision on what is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Unmet {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The table's name.
    pub table: String,
    /// The attribute's path, as the decision has it.
    pub attribute: String,
    /// The entity.
    pub entity: String,
    /// What was not found.
    pub reason: String,
}

/// What changed in a table since the export before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The table's name.
    pub table: String,
    /// The attribute's path; none where the table itself changed.
    pub attribute: Option<String>,
    /// Such as `table_added`, `attribute_added`, `attribute_removed`, `types_changed`, `key_changed`, `index_added`,
    /// `classification_changed`.
    pub change: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}
