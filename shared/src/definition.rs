//! What a sync is: the checked form of `syncs/<sync>.yaml`.
//!
//! Owns every key of a sync definition and its defaults. Knows no table and no extract: what depends on those is
//! checked by [`crate::mapping`].

use schemars::JsonSchema;
use serde::Deserialize;

pub use crate::problem::{Place, Problem};
pub use behavior::says_mirror;
pub use file::schema;
pub use parse::parse;

mod behavior;
mod constant;
mod field;
mod file;
mod parse;
mod template;
#[cfg(test)]
mod tests;

/// One sync, checked as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The sync's name: the file's name without `.yaml`.
    pub name: String,
    /// How its extracts are delivered.
    pub source: Source,
    /// The table and the way to it.
    pub destination: Destination,
    /// What a run makes of the table.
    pub behavior: Behavior,
    /// How one row is written.
    pub write: Write,
    /// A column that must be present and unique in the extract.
    pub sync_key: Option<String>,
    /// The mapping.
    pub fields: Fields,
    /// Which of several rows with the same key is kept.
    pub duplicates: Duplicates,
    /// An attribute that must grow for a row to be written.
    pub version: Option<String>,
    /// Pace and tolerance.
    pub limits: Limits,
    /// What only a mirror needs.
    pub mirror: Mirror,
    /// What has no effect: no reason to refuse the definition, but worth a line in the log.
    pub notices: Vec<Problem>,
}

/// How extracts are delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The format; by name and magic bytes where none is given.
    pub format: Option<Format>,
    /// The dialect of CSV and TSV.
    pub csv: Csv,
    /// What makes an extract complete.
    pub parts: Parts,
}

/// A format of extracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Delimited by commas.
    Csv,
    /// Delimited by tabs.
    Tsv,
    /// Apache Parquet.
    Parquet,
}

/// The dialect of a delimited text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    /// The delimiter, one byte; by default the format's own.
    pub delimiter: Option<u8>,
    /// Texts that mean NULL in unquoted cells, beside the empty one.
    pub nulls: Vec<String>,
    /// Whether the first record names the columns.
    pub header: bool,
    /// The names of the columns where no header does.
    pub columns: Vec<String>,
}

/// What makes an extract complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parts {
    /// Each object is an extract.
    Single,
    /// A folder is one, as soon as `_SUCCESS` stands in it.
    Marker,
    /// The objects that a manifest lists are one.
    Manifest,
}

/// The table and the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// A name from connections.yaml; the function's own role and region where none is given.
    pub connection: Option<String>,
    /// The table's name.
    pub table: String,
}

/// What a run makes of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Behavior {
    /// Items of the extract are created or updated.
    UpdateOrCreate,
    /// The table follows the extract, deletes included.
    Mirror,
}

/// How one row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// The mapped attributes are set, the others left alone.
    Merge,
    /// The item holds the mapped attributes only.
    Replace,
    /// An item that exists is never touched.
    CreateOnly,
}

/// The mapping.
#[derive(Debug, Clone, PartialEq)]
pub enum Fields {
    /// Every column becomes the attribute of the same name.
    All,
    /// One entry an attribute.
    List(Vec<Field>),
}

/// One line of the mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The attribute that it fills.
    pub attribute: String,
    /// Where the value comes from.
    pub from: Origin,
    /// The attribute's type; where none is given, the format's default, and of a constant its own.
    pub kind: Option<Kind>,
    /// A conversion on the way.
    pub convert: Option<Convert>,
    /// What separates the members of a set or list.
    pub split: Option<String>,
    /// How text stands for bytes.
    pub encoding: Encoding,
    /// What a NULL becomes, where the definition says it; else the default.
    pub on_null: Option<OnNull>,
    /// What NaN and the infinities become.
    pub on_nan: OnNan,
    /// Where the field stands in the file.
    pub place: Place,
}

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A column of the extract.
    Column(String),
    /// Text with columns in it.
    Template(Vec<Piece>),
    /// The same value for every row, already of the field's type: a set is a list of its members.
    Value(Constant),
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text that stays.
    Text(String),
    /// The value of a column.
    Column(String),
}

/// A constant, with its numbers as they were written.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// DynamoDB's NULL; `on_null` is for columns and templates only.
    Null,
    /// True or false.
    Bool(bool),
    /// A number's text, every digit kept.
    Number(String),
    /// Text.
    Text(String),
    /// Several values.
    List(Vec<Constant>),
    /// Named values.
    Map(Vec<(String, Constant)>),
}

/// A type of attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// The column's own type decides.
    #[serde(rename = "auto")]
    Auto,
    /// String.
    S,
    /// Number.
    N,
    /// Binary.
    B,
    /// Boolean.
    Bool,
    /// Null.
    Null,
    /// String set.
    Ss,
    /// Number set.
    Ns,
    /// Binary set.
    Bs,
    /// List.
    L,
    /// Map.
    M,
}

/// A conversion of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Convert {
    /// A time to whole seconds since 1970 (what TTL wants).
    EpochSeconds,
    /// A time to milliseconds since 1970.
    EpochMillis,
    /// A time to RFC 3339 in UTC.
    Iso8601,
    /// A time to YYYY-MM-DD.
    Date,
    /// White space off both ends.
    Trim,
}

/// How text stands for bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// RFC 4648 with padding.
    #[default]
    Base64,
    /// Two digits a byte.
    Hex,
    /// The text's own bytes.
    Utf8,
}

/// What a NULL becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnNull {
    /// The attribute is removed.
    #[default]
    Remove,
    /// The attribute keeps what it has.
    Keep,
    /// The attribute becomes DynamoDB's NULL.
    Null,
    /// The row is rejected.
    Reject,
}

/// What NaN and the infinities become, which DynamoDB has no numbers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnNan {
    /// The row is rejected.
    #[default]
    Reject,
    /// They count as NULL, and `on_null` decides.
    Null,
    /// Text, beside the numbers of other rows: `NaN`, `Infinity`, `-Infinity`.
    Text,
}

/// Which of several rows with the same key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// As if the rows were applied in order.
    Last,
    /// The first row; the others do not count.
    First,
    /// The first row; the others are rejected.
    Reject,
}

/// Pace and tolerance.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// How fast the run may write.
    pub write_units_per_second: Option<Amount>,
    /// How fast a scan of a mirror may read.
    pub read_units_per_second: Option<Amount>,
    /// How many rows may be rejected before the run fails.
    pub max_rejects: Option<Amount>,
}

/// A number or a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// So many.
    Count(f64),
    /// So many of a hundred, 0 to 100.
    Percent(f64),
}

/// What only a mirror needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mirror {
    /// What a mirror may delete.
    pub scope: Scope,
    /// Past both, deletes are held: the share of the items known before, in percent.
    pub max_deletes_percent: f64,
    /// Past both, deletes are held: the count.
    pub max_deletes_count: u64,
    /// What is kept for undo.
    pub before_images: BeforeImages,
}

/// What a mirror may delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Keys that an earlier run of the same sync wrote.
    Synced,
    /// Any key of the table.
    Table,
}

/// What a mirror keeps for undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BeforeImages {
    /// What it deletes.
    Deletes,
    /// What it deletes or overwrites.
    All,
    /// Nothing.
    None,
}

impl Scope {
    /// The name in a definition.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Synced => "synced",
            Self::Table => "table",
        }
    }
}

impl Kind {
    /// The name in a definition and, but for `auto`, in DynamoDB.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
            Self::Bool => "BOOL",
            Self::Null => "NULL",
            Self::Ss => "SS",
            Self::Ns => "NS",
            Self::Bs => "BS",
            Self::L => "L",
            Self::M => "M",
        }
    }
}
