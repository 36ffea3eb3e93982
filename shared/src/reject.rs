//! A row that is not written, and why.

use std::fmt;

/// Why a row was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each name is its own text; docs/SEMANTICS.md explains them")]
pub enum Reason {
    KeyMissing,
    KeyEmpty,
    KeyTooLong,
    KeyDuplicate,
    NullNotAllowed,
    NumberInvalid,
    NumberPrecision,
    NumberOutOfRange,
    BooleanInvalid,
    BinaryInvalid,
    JsonInvalid,
    TimestampInvalid,
    SetEmpty,
    SetDuplicate,
    TypeUnsupported,
    ItemTooLarge,
    NestingTooDeep,
    Utf8Invalid,
    CellCount,
    RefusedByTable,
}

impl Reason {
    /// The name in reports and in rejects.csv.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KeyMissing => "key_missing",
            Self::KeyEmpty => "key_empty",
            Self::KeyTooLong => "key_too_long",
            Self::KeyDuplicate => "key_duplicate",
            Self::NullNotAllowed => "null_not_allowed",
            Self::NumberInvalid => "number_invalid",
            Self::NumberPrecision => "number_precision",
            Self::NumberOutOfRange => "number_out_of_range",
            Self::BooleanInvalid => "boolean_invalid",
            Self::BinaryInvalid => "binary_invalid",
            Self::JsonInvalid => "json_invalid",
            Self::TimestampInvalid => "timestamp_invalid",
            Self::SetEmpty => "set_empty",
            Self::SetDuplicate => "set_duplicate",
            Self::TypeUnsupported => "type_unsupported",
            Self::ItemTooLarge => "item_too_large",
            Self::NestingTooDeep => "nesting_too_deep",
            Self::Utf8Invalid => "utf8_invalid",
            Self::CellCount => "cell_count",
            Self::RefusedByTable => "refused_by_table",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong with one value, before it is known which column and row it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Why.
    pub reason: Reason,
    /// What was found and what was wanted.
    pub detail: String,
}

impl Fault {
    /// A fault with its detail.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

/// Why one row is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The column at fault, where it is one.
    pub column: Option<String>,
    /// Why.
    pub reason: Reason,
    /// What was found and what was wanted.
    pub detail: String,
}
