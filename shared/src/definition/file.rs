//! The keys of `syncs/<sync>.yaml` as they stand in the file, and their JSON Schema.
//!
//! What a doc comment says here, an editor shows beside the key.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{
    Amount, BeforeImages, Behavior, Convert, Duplicates, Encoding, Format, Kind, OnNan, OnNull, Parts, Scope, Write,
};
use crate::{
    problem::Problems,
    yaml::{
        self, Node, Scalar, Value, is_decimal,
        read::{AnyText, Entry, Read, Text, keys, unfit, words},
    },
};

words!(BeforeImages, Behavior, Convert, Duplicates, Encoding, Format, Kind, OnNan, OnNull, Parts, Scope, Write);

keys! {
    /// A Rowferry sync: which extracts feed which DynamoDB table, by which behavior.
    #[schemars(extend("required" = ["destination", "fields"]))]
    SyncKeys {
        /// How extracts are delivered.
        source: SourceKeys,
        /// The table, and the way to it.
        destination: DestinationKeys,
        /// What a run makes of the table. Default: `update_or_create`.
        #[schemars(extend("default" = "update_or_create"))]
        behavior: Behavior,
        /// How one row is written. Default: `merge`; of a mirror, `replace`.
        write: Write,
        /// A column that must be present and unique in the extract.
        sync_key: Text,
        /// The mapping: `all` (every column to the attribute of the same name), or a list.
        fields: FieldsKey,
        /// Which of several rows with the same key is kept. Default: `last`.
        #[schemars(extend("default" = "last"))]
        duplicates: Duplicates,
        /// An attribute: a row is written only where the stored value of it is lower. A row without it is rejected.
        version: Text,
        /// Pace and tolerance.
        limits: LimitsKeys,
        /// What only a mirror needs.
        mirror: MirrorKeys,
    }

    /// How extracts are delivered.
    SourceKeys {
        /// The format. Default: by the object's name, checked by its first bytes; .gz and .zst are opened.
        format: Format,
        /// The dialect of CSV and TSV.
        csv: CsvKeys,
        /// What makes an extract complete. Default: `single`.
        #[schemars(extend("default" = "single"))]
        parts: Parts,
    }

    /// The dialect of CSV and TSV.
    CsvKeys {
        /// What separates cells: one ASCII character. Default: `,` in CSV, a tab in TSV.
        delimiter: AnyText,
        /// Texts of unquoted cells that mean NULL, beside the empty one. Default: `["\\N"]`.
        #[schemars(extend("default" = ["\\N"]))]
        nulls: Vec<AnyText>,
        /// Whether the first record names the columns. Default: true.
        #[schemars(extend("default" = true))]
        header: bool,
        /// The names of the columns, with `header: false` only. Default: `column_1`, `column_2`, …
        columns: Vec<Entry<Text>>,
    }

    /// The table, and the way to it.
    #[schemars(extend("required" = ["table"]))]
    DestinationKeys {
        /// A name from connections.yaml. Default: the function's own role and region.
        connection: Text,
        /// The table's name or ARN.
        table: Text,
    }

    /// One attribute, from exactly one of `column`, `template` and `value`.
    #[schemars(extend(
        "required" = ["attribute"],
        "oneOf" = [{"required": ["column"]}, {"required": ["template"]}, {"required": ["value"]}],
    ))]
    FieldKeys {
        /// The attribute that is filled.
        attribute: Text,
        /// The column that it comes from.
        column: Text,
        /// Text with columns in braces, such as `CUST#{customer_id}`; `{{` and `}}` are braces.
        template: Text,
        /// The same value for every row. YAML 1.2: `no`, `yes`, `on` and `off` are text; numbers keep every digit.
        value: Node,
        /// The attribute's type. Default: `S` for CSV and TSV, `auto` for Parquet; of a key, the table's own type.
        #[schemars(transform = or_null)]
        kind = "type": Kind,
        /// A conversion on the way.
        convert: Convert,
        /// What separates the members of a set or list; without it, a cell holds a JSON array.
        split: AnyText,
        /// How text stands for bytes (B, BS). Default: `base64`.
        #[schemars(extend("default" = "base64"))]
        encoding: Encoding,
        /// What a NULL becomes. Default: `remove`; of the version attribute, `reject`.
        #[schemars(extend("default" = "remove"), transform = or_null)]
        on_null: OnNull,
        /// What NaN and the infinities become, in a float or where text is to be a number. Default: `reject`.
        #[schemars(extend("default" = "reject"), transform = or_null)]
        on_nan: OnNan,
    }

    /// Pace and tolerance.
    LimitsKeys {
        /// How fast a run may write: write units per second, or a share of what the table takes, such as "50%".
        write_units_per_second: Amount,
        /// How fast a mirror may scan its table: read units per second, or a share of what the table takes. Default: "25%".
        #[schemars(extend("default" = "25%"))]
        read_units_per_second: Amount,
        /// How many rows may be rejected before the run fails: a count, or a share such as "1%". Default: any number.
        max_rejects: Amount,
    }

    /// What only a mirror needs.
    MirrorKeys {
        /// What a mirror may delete. Default: `synced`.
        #[schemars(extend("default" = "synced"))]
        scope: Scope,
        /// How many deletes are done without approval; they are held past both limits.
        max_deletes: MaxDeletesKeys,
        /// What is kept for undo. Default: `deletes`.
        #[schemars(extend("default" = "deletes"))]
        before_images: BeforeImages,
    }

    /// How many deletes are done without approval; they are held past both limits.
    MaxDeletesKeys {
        /// A share of the items known before, in percent. Default: 20.
        #[schemars(extend("default" = 20))]
        percent: Percent,
        /// A count. Default: 10.
        #[schemars(extend("default" = 10))]
        count: u64,
    }
}

/// The JSON Schema of a sync definition.
#[must_use]
pub fn schema() -> Schema {
    yaml::schema::of::<SyncKeys>("Rowferry sync", "Which extracts feed which DynamoDB table, by which behavior.")
}

/// Takes an unquoted `null`, which YAML reads as no text, for the word that it looks like.
fn or_null(schema: &mut Schema) {
    if let Some(words) = schema.get_mut("oneOf").and_then(serde_json::Value::as_array_mut) {
        words.push(serde_json::json!({"description": "The word `null` without quotes.", "type": "null"}));
    }
}

/// The mapping as it is written.
#[derive(Debug, JsonSchema)]
#[schemars(inline, untagged)]
pub(crate) enum FieldsKey {
    /// Every column becomes the attribute of the same name.
    All(All),
    /// One entry an attribute.
    List(#[schemars(length(min = 1))] Vec<Entry<FieldKeys>>),
}

/// The word `all`.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum All {
    All,
}

impl Read for FieldsKey {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::List(list) if !list.is_empty() => Read::read(node, what, problems).map(Self::List),
            Value::Scalar(scalar) if scalar.text == "all" => Some(Self::All(All::All)),
            _ => {
                unfit(node, what, "`all`, or a list of fields that is not empty", problems);
                None
            }
        }
    }
}

/// A share from 0 to 100.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Percent(pub(crate) f64);

impl Read for Percent {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        let found = match &node.value {
            Value::Scalar(scalar) if scalar.is_number() => scalar.text.parse().ok(),
            _ => None,
        };
        let found = found.filter(|share| (0.0..=100.0).contains(share)).map(Self);
        if found.is_none() {
            unfit(node, what, "a number from 0 to 100, without `%`", problems);
        }
        found
    }
}

impl JsonSchema for Percent {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0, "maximum": 100})
    }
}

impl Read for Amount {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        let found = if let Value::Scalar(Scalar { text, .. }) = &node.value { amount(text) } else { None };
        if found.is_none() {
            unfit(node, what, "a number such as `500`, or a share from `\"0%\"` to `\"100%\"`", problems);
        }
        found
    }
}

fn amount(text: &str) -> Option<Amount> {
    let (number, is_share) = match text.strip_suffix('%') {
        Some(share) => (share.trim_end(), true),
        None => (text, false),
    };
    let number: f64 = is_decimal(number).then(|| number.parse().ok()).flatten()?;
    let most = if is_share { 100.0 } else { f64::MAX };
    let amount = if is_share { Amount::Percent } else { Amount::Count };
    (0.0..=most).contains(&number).then(|| amount(number))
}

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": r"^\+?[0-9]+(\.[0-9]+)?( *%)?$"},
        ]})
    }
}
