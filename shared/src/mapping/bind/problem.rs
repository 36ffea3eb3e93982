//! What a header lacks, and for whom to mend.

use crate::{mapping::EXPRESSION_FIELDS, row::Header};

/// What of a part's header does not serve the mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// A column is not there.
    #[error("column `{column}` is mapped, but the extract has no such column; it has {found}{hint}")]
    Missing {
        /// The column.
        column: String,
        /// The columns there are.
        found: String,
        /// A near name.
        hint: String,
    },
    /// `fields: all`, and no column for a key.
    #[error(
        "no column is named `{attribute}`, which is a key of the table; `fields: all` needs one of that name, it has {found}"
    )]
    NoKey {
        /// The key attribute.
        attribute: String,
        /// The columns there are.
        found: String,
    },
    /// A column's type cannot be loaded.
    #[error(
        "column `{column}` is of type {kind}, which cannot be loaded; leave it out of `fields`, or cast it where the extract is made"
    )]
    Unsupported {
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
    /// More attributes than one conditional update can set.
    #[error(
        "{count} attributes are mapped; with `version`, a merge sets at most {EXPRESSION_FIELDS}; use `write: replace`, or split the sync"
    )]
    TooWide {
        /// How many are mapped.
        count: usize,
    },
    /// A constant does not become the attribute's type.
    #[error("the constant of `{attribute}` does not fit: {detail}")]
    Constant {
        /// The attribute.
        attribute: String,
        /// What was found and wanted.
        detail: String,
    },
}

impl HeaderProblem {
    /// A column that is not there, with the name that was probably meant.
    pub(super) fn missing(name: &str, header: &Header) -> Self {
        let near = header.columns.iter().map(|column| column.name.as_str());
        let near = near.filter(|found| is_near(found, name)).min_by_key(|found| distance(found, name));
        let hint = near.map(|near| format!("; did you mean `{near}`")).unwrap_or_default();
        Self::Missing { column: name.to_owned(), found: list(header), hint }
    }

    /// Whether it is the sender's to mend; the definition's author's otherwise.
    #[must_use]
    pub fn is_senders(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::NoKey { .. })
    }
}

fn distance(a: &str, b: &str) -> usize {
    strsim::damerau_levenshtein(&a.to_lowercase(), &b.to_lowercase())
}

fn is_near(found: &str, name: &str) -> bool {
    distance(found, name) <= (name.chars().count() / 3).max(1)
}

/// The columns of a header for a message: the first twenty.
pub(super) fn list(header: &Header) -> String {
    const MOST: usize = 20;
    let names: Vec<String> = header.columns.iter().take(MOST).map(|column| format!("`{}`", column.name)).collect();
    match header.columns.len() {
        0 => "none".to_owned(),
        count if count > MOST => format!("{} and {} more", names.join(", "), count - MOST),
        _ => names.join(", "),
    }
}
