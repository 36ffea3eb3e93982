//! The keys of catalog.yaml as they stand in the file, and their JSON Schema.
//!
//! What a doc comment says here, an editor shows beside the key.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{super::classify::Sensitivity, Sample};
use crate::{
    definition::Amount,
    problem::Problems,
    yaml::{
        self, Node, Value, is_decimal,
        read::{Entry, Read, Text, entry, keys, members, unfit},
    },
};

keys! {
    /// What the catalog of tables covers, and how they are read. Every key may be missing.
    CoverageKeys {
        /// The accounts and their regions. Default: the function's own account and region.
        accounts: Vec<Entry<AccountKeys>>,
        /// Which tables are read: regular expressions in any case, from the start of a name. Default: all.
        include: Vec<Entry<Text>>,
        /// Which tables are not read, whatever `include` says.
        exclude: Vec<Entry<Text>>,
        /// How much of a table is read. Default: `{ items: 1000 }`.
        #[schemars(extend("default" = {"items": 1000}))]
        sample: SampleKey,
        /// How fast a table is read: read units a second, or a share of what the table gives. Default: "25%".
        #[schemars(extend("default" = "25%"))]
        read_capacity: Amount,
        /// What an export may take; what is not read then is told. Default: no limit.
        budget: BudgetKeys,
        /// Whether values are written as samples; never those of sensitive attributes. Default: false.
        #[schemars(extend("default" = false))]
        samples: bool,
        /// Classification rules of your own.
        rules: Vec<Entry<RuleKeys>>,
    }

    /// An account, by the way to it.
    AccountKeys {
        /// A name from connections.yaml. Default: the function's own role.
        connection: Text,
        /// The regions. Default: the connection's own.
        regions: Vec<Entry<Text>>,
    }

    /// What an export may take.
    BudgetKeys {
        /// Read units.
        read_units: Quantity,
        /// US dollars, at the list price of read units on demand.
        usd: Quantity,
        /// What each table may take.
        table: TableBudgetKeys,
    }

    /// What each table may take.
    TableBudgetKeys {
        /// Read units.
        read_units: Quantity,
        /// US dollars, at the list price of read units on demand.
        usd: Quantity,
    }

    /// A classification rule of your own; `pattern`, `names` or both.
    #[schemars(extend("required" = ["name", "entity"]))]
    RuleKeys {
        /// Its name, as evidence tells it.
        name: Text,
        /// What it finds, such as `customer_number`.
        entity: Text,
        /// Whether that is sensitive. Default: `sensitive`.
        #[schemars(extend("default" = "sensitive"))]
        sensitivity: Sensitivity,
        /// What whole values look like: a regular expression.
        pattern: Text,
        /// What the whole names of attributes, or their whole paths, look like: a regular expression, in any case.
        names: Text,
        /// The share of the values that has to match `pattern`, from 0 to 1. Default: 0.5.
        #[schemars(extend("default" = 0.5))]
        share: Quantity,
    }
}

/// The JSON Schema of catalog.yaml.
#[must_use]
pub fn schema() -> Schema {
    yaml::schema::of::<CoverageKeys>("Rowferry catalog", "What the catalog of tables covers, and how they are read.")
}

/// A number above nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantity(pub(crate) f64);

impl Read for Quantity {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        let found = match &node.value {
            Value::Scalar(scalar) if is_decimal(&scalar.text) => scalar.text.parse().ok(),
            _ => None,
        };
        let found = found.filter(|number: &f64| *number > 0.0 && number.is_finite()).map(Self);
        if found.is_none() {
            unfit(node, what, "a number above 0", problems);
        }
        found
    }
}

impl JsonSchema for Quantity {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "exclusiveMinimum": 0})
    }
}

/// `sample` as it is written.
#[derive(Debug)]
pub(crate) struct SampleKey(pub(crate) Sample);

impl Read for SampleKey {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        const WANTED: &str = "`{ items: 1000 }`, `{ percent: 5 }` or `whole`";
        if let Value::Scalar(scalar) = &node.value
            && scalar.text == "whole"
        {
            return Some(Self(Sample::Whole));
        }
        if !matches!(node.value, Value::Map(_)) {
            unfit(node, what, WANTED, problems);
            return None;
        }
        let map = members(node, what, &["items", "percent"], problems)?;
        let items: Entry<u64> = entry(map, "items", problems);
        let percent: Entry<Quantity> = entry(map, "percent", problems);
        if let Some((place, 0)) = items.located() {
            problems.add(place, "`items` is 0, so nothing would be read; wanted a whole number above 0");
        }
        if let Some((place, Quantity(percent))) = percent.located().filter(|(_, Quantity(percent))| *percent > 100.0) {
            problems.add(place, format!("`percent` is `{percent}`; wanted a number up to 100, or `sample: whole`"));
        }
        if items.is_given() && percent.is_given() {
            problems.add(node.place, format!("{what} says both `items` and `percent`; wanted one of them"));
        } else if map.is_empty() {
            problems.add(node.place, format!("{what} says nothing; wanted {WANTED}"));
        }
        items
            .get()
            .map(|items| Sample::Items(*items))
            .or(percent.get().map(|Quantity(it)| Sample::Percent(*it)))
            .map(Self)
    }
}

impl JsonSchema for SampleKey {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Sample".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"oneOf": [
            {"const": "whole"},
            {"type": "object", "properties": {"items": {"type": "integer", "minimum": 1}}, "required": ["items"], "additionalProperties": false},
            {"type": "object", "properties": {"percent": {"type": "number", "exclusiveMinimum": 0, "maximum": 100}}, "required": ["percent"], "additionalProperties": false},
        ]})
    }
}
