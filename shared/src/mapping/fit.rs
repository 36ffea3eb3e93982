//! Whether a definition fits its table.

use super::{Planned, value::Conversion};
use crate::{
    definition::{Constant, Field, Kind, OnNan, OnNull, Origin, Problem},
    table::{PARTITION_KEY_BYTES, SORT_KEY_BYTES, Table},
};

/// What an attribute is to its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing in particular.
    Plain,
    /// The partition key, so long at most.
    Partition,
    /// The sort key.
    Sort,
    /// A key of an index, so long at most.
    Index {
        /// The limit in bytes.
        limit_bytes: usize,
    },
}

impl Role {
    /// Whether it is a key of the table itself.
    pub(super) fn is_own_key(self) -> bool {
        matches!(self, Self::Partition | Self::Sort)
    }

    /// The longest value, where there is a limit.
    pub(super) fn limit_bytes(self) -> Option<usize> {
        match self {
            Self::Plain => None,
            Self::Partition => Some(PARTITION_KEY_BYTES),
            Self::Sort => Some(SORT_KEY_BYTES),
            Self::Index { limit_bytes } => Some(limit_bytes),
        }
    }
}

/// The key attributes of a table and its indexes.
#[derive(Debug, Clone)]
pub(super) struct Roles(Vec<(String, Role, Kind)>);

impl Roles {
    pub(super) fn of(table: &Table) -> Self {
        let mut roles = vec![(table.partition_key.attribute.clone(), Role::Partition, table.partition_key.kind)];
        roles.extend(table.sort_key.iter().map(|key| (key.attribute.clone(), Role::Sort, key.kind)));
        for key in table.indexes.iter().flat_map(|index| index.keys.iter().enumerate()) {
            let (place, key) = key;
            let limit_bytes = if place == 0 { PARTITION_KEY_BYTES } else { SORT_KEY_BYTES };
            match roles.iter_mut().find(|(name, ..)| *name == key.attribute) {
                Some((_, Role::Index { limit_bytes: known }, _)) => *known = limit_bytes.min(*known),
                Some(_) => {}
                None => roles.push((key.attribute.clone(), Role::Index { limit_bytes }, key.kind)),
            }
        }
        Self(roles)
    }

    /// What an attribute is, and its type where the table says it.
    pub(super) fn role(&self, attribute: &str) -> (Role, Option<Kind>) {
        let found = self.0.iter().find(|(name, ..)| name == attribute);
        found.map_or((Role::Plain, None), |(_, role, kind)| (*role, Some(*kind)))
    }

    /// The table's own keys, the partition key first.
    pub(super) fn own_keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, role, _)| role.is_own_key()).map(|(name, ..)| name.as_str())
    }
}

/// Plans the fields of a definition for a table.
pub(super) fn fields(
    fields: &[Field],
    table: &Table,
    roles: &Roles,
    version: Option<&str>,
) -> Result<Vec<Planned>, Vec<Problem>> {
    let mut problems = Vec::new();
    for key in table.keys() {
        if !fields.iter().any(|field| field.attribute == key.attribute) {
            let place = fields.first().map(|field| field.place).unwrap_or_default();
            let near = fields.iter().find(|field| strsim::damerau_levenshtein(&field.attribute, &key.attribute) <= 2);
            let hint = near.map(|field| format!("; did you mean it by `{}`", field.attribute)).unwrap_or_default();
            problems.push(Problem::at(
                place,
                format!(
                    "key attribute `{}` of table `{}` is not mapped; add a field for it{hint}",
                    key.attribute, table.name
                ),
            ));
        }
    }
    let mut planned = Vec::with_capacity(fields.len());
    for field in fields {
        let (role, key_kind) = roles.role(&field.attribute);
        problems.extend(misfits(field, table, role, key_kind));
        let mut on_null = field.on_null.unwrap_or_default();
        if role.is_own_key() || version == Some(field.attribute.as_str()) {
            on_null = OnNull::Reject;
        }
        planned.push(Planned {
            attribute: field.attribute.clone(),
            origin: field.from.clone(),
            kind: key_kind.or(field.kind),
            conversion: Conversion {
                kind: key_kind.or(field.kind).unwrap_or(Kind::Auto),
                convert: field.convert,
                split: field.split.clone(),
                encoding: field.encoding,
            },
            on_null,
            on_nan: field.on_nan,
            role,
        });
    }
    if problems.is_empty() { Ok(planned) } else { Err(problems) }
}

/// What of one field does not fit the table.
fn misfits(field: &Field, table: &Table, role: Role, key_kind: Option<Kind>) -> Vec<Problem> {
    let Some(key_kind) = key_kind else { return Vec::new() };
    let name = &field.attribute;
    let of = match role {
        Role::Partition => format!("the partition key of table `{}`", table.name),
        Role::Sort => format!("the sort key of table `{}`", table.name),
        Role::Index { .. } | Role::Plain => format!("a key of an index of table `{}`", table.name),
    };
    let mut messages = Vec::new();
    if let Some(kind) = field.kind.filter(|kind| *kind != key_kind && *kind != Kind::Auto) {
        messages.push(format!(
            "attribute `{name}` is mapped as {}, but it is {of}, of type {}; leave `type` out",
            kind.name(),
            key_kind.name()
        ));
    }
    if role.is_own_key() && field.on_null.is_some() {
        messages.push(format!("`on_null` on `{name}` has no meaning: it is {of}, and a NULL there rejects the row"));
    } else if field.on_null == Some(OnNull::Null) {
        messages.push(format!("`on_null: null` on `{name}` cannot be: it is {of}, which takes no NULL; use `remove`"));
    }
    if role.is_own_key() && field.on_nan != OnNan::Reject {
        messages.push(format!("`on_nan` on `{name}` can only be `reject`: it is {of}; remove it"));
    } else if field.on_nan == OnNan::Text && key_kind != Kind::S {
        messages.push(format!("`on_nan: text` on `{name}` cannot be: it is {of}, of type {}", key_kind.name()));
    }
    if let Origin::Value(Constant::Null) = field.from
        && role.is_own_key()
    {
        messages.push(format!("`{name}` is {of} and cannot be the constant null"));
    }
    messages.into_iter().map(|message| Problem::at(field.place, message)).collect()
}
