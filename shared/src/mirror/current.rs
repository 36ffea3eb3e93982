//! `snapshots/<sync>/current.json`: what is in force for a sync, and which runs may have changed the table since.
//!
//! Every change of it is conditional on what was read, so that of two runs one alone goes on. A run names its plan in
//! `open` before its first write, and takes `open` away together with the new snapshot.

use serde::{Deserialize, Serialize};

use crate::{
    bucket::Pin,
    definition::{Definition, Fields, Origin},
    error::{Error, Kind},
    extract::pin::Extract,
    table::Table,
};

/// How long the file may be.
pub const LIMIT_BYTES: u64 = 1 << 20;

/// What is in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Current {
    /// Grows with every change.
    pub revision: u64,
    /// The table's ARN.
    pub table_arn: String,
    /// The table's own id, which another table of the same name does not have.
    pub table_id: Option<String>,
    /// The first run on this table: what runs before it did, they did to another one. See [`is_before`](Self::is_before).
    pub since: Option<String>,
    /// What the last finished run left; none before the first one.
    pub snapshot: Option<Snapshot>,
    /// The runs that may have written since.
    pub open: Vec<Open>,
}

/// What a finished run left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The run.
    pub run_id: String,
    /// The object that holds keys and digests.
    pub object: String,
    /// How many keys it holds.
    pub items: u64,
    /// The table's key attributes and their types, as they were.
    pub keys: Vec<(String, String)>,
    /// How keys were made of rows.
    pub key_fields: String,
    /// The extract that was applied.
    pub extract: Applied,
    /// The mended rows of it that were applied since.
    pub mended: Option<Applied>,
    /// Whether the whole table is the mirror's, and was compared when it became so.
    pub whole: bool,
    /// The deletes that wait for approval.
    pub held: Option<Held>,
    /// The objects that were in force before, which may still be there where the run broke off.
    pub replaced: Vec<String>,
}

/// An extract that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// The key of the object that stands for it.
    pub object: String,
    /// That object's version, or its entity tag.
    pub version: String,
    /// What tells this version of it, and of all its parts, from others.
    pub identity: String,
    /// When that object was written, in milliseconds since 1970.
    pub modified_ms: u64,
}

/// Deletes that wait for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The plan that lists them.
    pub plan: String,
    /// How many they are.
    pub deletes: u64,
    /// How keys will be made of rows once they are approved.
    pub key_fields: String,
    /// Where a scan saw their items: the attributes that its digests are of.
    pub seen: Option<Vec<String>>,
}

/// A run that has begun to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// The run.
    pub run_id: String,
    /// Its plan, which lists every key that it may write or delete.
    pub plan: String,
    /// What it was about.
    pub of: Deed,
    /// Whether it deletes what a scan saw, too: what no run of the sync wrote.
    pub scanned: bool,
}

/// What a run does to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// It makes the table follow an extract.
    Follow,
    /// It deletes what a person has approved.
    Approve,
    /// It puts back what another run changed.
    Undo,
}

/// The key of the file.
#[must_use]
pub fn object_key(sync: &str) -> String {
    format!("snapshots/{sync}/current.json")
}

/// How a definition makes keys of rows, as a text that differs where they are made otherwise.
#[must_use]
pub fn key_fields(definition: &Definition, table: &Table) -> String {
    let Fields::List(fields) = &definition.fields else { return "all".to_owned() };
    let of = |attribute: &str| {
        let field = fields.iter().find(|field| field.attribute == attribute)?;
        let origin = match &field.from {
            Origin::Column(name) => format!("column {name:?}"),
            Origin::Template(pieces) => format!("template {pieces:?}"),
            Origin::Value(value) => format!("value {value:?}"),
        };
        Some(format!("{attribute:?}: {origin} {:?} {:?} {:?}", field.convert, field.encoding, field.on_nan))
    };
    table.keys().filter_map(|key| of(&key.attribute)).collect::<Vec<_>>().join("; ")
}

/// The key attributes of a table with their types.
#[must_use]
pub fn keys(table: &Table) -> Vec<(String, String)> {
    table.keys().map(|key| (key.attribute.clone(), key.kind.name().to_owned())).collect()
}

impl Current {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`] for a file that Rowferry did not write.
    pub fn read(sync: &str, text: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(text).map_err(|error| {
            let key = object_key(sync);
            let message = format!(
                "`{key}` is not what a mirror left there; restore an older version of it, or remove it to begin anew: then nothing counts as written by this sync"
            );
            Error::caused(Kind::Config, message, error)
        })
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Whether it is about this very table, or about none yet.
    #[must_use]
    pub fn is_of(&self, table: &Table) -> bool {
        let other_id = self.table_id.is_some() && table.id.is_some() && self.table_id != table.id;
        self.revision == 0 || self.table_arn == table.arn && !other_id
    }

    /// Whether a run broke off that is to be done again, newer extract or not. An undo is none: it leaves its keys open
    /// by intent, so that the next extract writes them.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.open.iter().any(|open| open.of != Deed::Undo)
    }

    /// Whether a run was before the first one on this table. Ids begin with the time, up to the first hyphen.
    #[must_use]
    pub fn is_before(&self, run_id: &str) -> bool {
        let time = |run_id: &str| run_id.split('-').next().map(str::to_owned);
        self.since.as_deref().is_some_and(|since| time(run_id) < time(since))
    }

    /// What would be in force with nothing known of the table.
    #[must_use]
    pub fn anew(&self, table: &Table) -> Self {
        Self { revision: self.revision, ..Self::default() }.of(table)
    }

    /// The same, of a table.
    #[must_use]
    pub fn of(mut self, table: &Table) -> Self {
        self.table_arn.clone_from(&table.arn);
        self.table_id.clone_from(&table.id);
        self
    }
}

impl Applied {
    /// What is remembered of an extract.
    #[must_use]
    pub fn of(extract: &Extract, modified_ms: u64) -> Self {
        let Pin { key, version_id, etag, .. } = &extract.trigger;
        let version = version_id.as_ref().unwrap_or(etag).clone();
        Self { object: key.clone(), version, identity: extract.identity(), modified_ms }
    }

    /// Whether another extract comes after this one. Parts that change complete nothing: their marker or manifest has to
    /// come again.
    #[must_use]
    pub fn is_before(&self, other: &Self) -> bool {
        let place = |applied: &Self| (applied.modified_ms, applied.object.clone());
        place(other) > place(self) || place(other) == place(self) && other.version != self.version
    }

    /// Whether another extract is this one, but for parts that have changed since.
    #[must_use]
    pub fn is_begun_again(&self, other: &Self) -> bool {
        self.object == other.object && self.version == other.version && self.identity != other.identity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_cannot_be_read_and_how_to_mend_it() {
        let error = Current::read("s", br#"{"revision": 1, "more": 2}"#).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(
            error.text().contains("`snapshots/s/current.json` is not what a mirror left there"),
            "{}",
            error.text()
        );
    }

    #[test]
    fn reads_what_it_wrote() {
        let applied =
            Applied { object: "extracts/s/a.csv".into(), version: "v".into(), identity: "i".into(), modified_ms: 7 };
        let held = Held { plan: "p".into(), deletes: 3, key_fields: "k".into(), seen: Some(vec!["a".into()]) };
        let snapshot = Snapshot {
            run_id: "r".into(),
            object: "o".into(),
            items: 9,
            keys: vec![("pk".into(), "S".into())],
            key_fields: "k".into(),
            extract: applied.clone(),
            mended: Some(applied),
            whole: true,
            held: Some(held),
            replaced: vec!["o0".into()],
        };
        let open = vec![Open { run_id: "r2".into(), plan: "p2".into(), of: Deed::Undo, scanned: true }];
        let current = Current {
            revision: 4,
            table_arn: "arn".into(),
            table_id: None,
            since: None,
            snapshot: Some(snapshot),
            open,
        };
        assert_eq!(Current::read("s", current.text().as_bytes()).unwrap(), current);
    }

    #[test]
    fn knows_which_extract_is_the_newer_one() {
        let applied = |object: &str, version: &str, modified_ms| Applied {
            object: object.into(),
            version: version.into(),
            identity: version.into(),
            modified_ms,
        };
        let first = applied("a", "1", 10);
        assert!(first.is_before(&applied("a", "2", 11)));
        assert!(first.is_before(&applied("a", "2", 10)), "overwritten within a second");
        assert!(first.is_before(&applied("b", "2", 10)), "of one second, in the order of the keys");
        assert!(!first.is_before(&applied("a", "1", 10)));
        assert!(!first.is_before(&applied("b", "2", 9)));
        assert!(!applied("b", "1", 10).is_before(&applied("a", "2", 10)));
        let parts = Applied { identity: "3".into(), ..first.clone() };
        assert!(!first.is_before(&parts) && first.is_begun_again(&parts), "other parts wait for their marker");
        assert!(!first.is_begun_again(&first));
    }
}
