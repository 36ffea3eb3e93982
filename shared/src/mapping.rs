//! A row to an item.
//!
//! A definition and a table make a [`Mapping`]; a mapping and the header of a part make a [`Bound`] one, which turns
//! rows into [`Item`]s. Pure: what it needs to know comes in as values.

mod apply;
mod bind;
mod digest;
mod expiry;
mod fit;
mod item;
pub mod key;
mod nan;
mod recall;
pub mod value;

pub use self::{
    bind::{Bound, HeaderProblem},
    digest::Digest,
    expiry::Expiry,
    item::{Item, KeyMap, KeySet, Slot, key_hash},
};
use crate::{
    definition::{Behavior, Definition, Duplicates, Fields, Kind, Origin, Problem, Write},
    table::Table,
};
use value::Conversion;

/// The most attributes that one update expression sets: an expression has at most 4 KB of text and 300 operators.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
pub const EXPRESSION_FIELDS: usize = 300;

/// A definition that fits its table.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The fields, or none where every column becomes an attribute.
    fields: Option<Vec<Planned>>,
    roles: fit::Roles,
    sync_key: Option<String>,
    version: Option<String>,
    /// The attribute by which items expire.
    ttl: Option<String>,
    /// Whether attributes stand in the order of their names, so that equal items have equal texts.
    ordered: bool,
    /// How a row is written.
    pub write: Write,
    /// Which of several rows with one key is kept.
    pub duplicates: Duplicates,
}

/// A field with what the table adds to it.
#[derive(Debug, Clone)]
struct Planned {
    attribute: String,
    origin: Origin,
    /// None: the format's default type.
    kind: Option<Kind>,
    conversion: Conversion,
    on_null: crate::definition::OnNull,
    on_nan: crate::definition::OnNan,
    role: fit::Role,
}

impl Mapping {
    /// Checks a definition against its table.
    ///
    /// # Errors
    ///
    /// All problems at once: keys that are not mapped, types other than the table's, rules that a key cannot have.
    pub fn new(definition: &Definition, table: &Table) -> Result<Self, Vec<Problem>> {
        let roles = fit::Roles::of(table);
        let fields = match &definition.fields {
            Fields::All => None,
            Fields::List(fields) => Some(fit::fields(fields, table, &roles, definition.version.as_deref())?),
        };
        Ok(Self {
            fields,
            roles,
            sync_key: definition.sync_key.clone(),
            version: definition.version.clone(),
            ttl: table.ttl.clone(),
            ordered: definition.behavior == Behavior::Mirror,
            write: definition.write,
            duplicates: definition.duplicates,
        })
    }

    /// The names of the columns that rows are read for; all of them where this is none.
    #[must_use]
    pub fn columns(&self) -> Option<Vec<String>> {
        let fields = self.fields.as_ref()?;
        let mut names: Vec<String> = fields.iter().flat_map(|field| bind::columns_of(&field.origin)).collect();
        names.extend(self.sync_key.clone());
        names.sort();
        names.dedup();
        Some(names)
    }

    /// The attribute by which items of the table expire, where it is known.
    #[must_use]
    pub fn ttl(&self) -> Option<&str> {
        self.ttl.as_deref()
    }

    /// The attribute whose growth decides whether a row is written.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}
