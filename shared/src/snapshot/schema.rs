//! The columns of a snapshot.

use std::sync::Arc;

use parquet::{
    basic::{ConvertedType, LogicalType, Repetition, Type as Physical},
    errors::Result as ParquetResult,
    schema::types::{ColumnDescPtr, SchemaDescPtr, SchemaDescriptor, Type},
};
use serde_json::json;

use super::Error;
use crate::{definition::Kind, table::Key};

/// The name under which a file notes its keys: `[["pk","S"],["sk","N"]]`.
pub(super) const NOTE: &str = "rowferry.keys";
/// How long a hash and a digest are.
pub(super) const HASH_BYTES: usize = 16;
/// How long a fingerprint is.
pub(super) const PRINT_BYTES: usize = 8;

const HASH: &str = "rowferry_key_hash";
const DIGEST: &str = "rowferry_digest";
const PRINT: &str = "rowferry_row";
const CHANGE: &str = "rowferry_change";

/// The types of keys, and what they are called in a note.
const KINDS: [(Kind, &str); 3] = [(Kind::S, "S"), (Kind::N, "N"), (Kind::B, "B")];

/// The schema of a file with these keys.
pub(super) fn of(keys: &[Key], plan: bool) -> ParquetResult<SchemaDescPtr> {
    let array = |name: &str, text: bool| {
        let column = Type::primitive_type_builder(name, Physical::BYTE_ARRAY).with_repetition(Repetition::REQUIRED);
        let annotation = text.then_some((ConvertedType::UTF8, LogicalType::String));
        let (converted, logical) = annotation.map_or((ConvertedType::NONE, None), |(old, new)| (old, Some(new)));
        column.with_converted_type(converted).with_logical_type(logical).build()
    };
    let fixed = |name: &str, length, repetition| {
        let column = Type::primitive_type_builder(name, Physical::FIXED_LEN_BYTE_ARRAY);
        column.with_length(length).with_repetition(repetition).build()
    };
    let mut columns: Vec<_> = keys.iter().map(|key| array(&key.attribute, key.kind != Kind::B)).collect();
    columns.push(fixed(HASH, 16, Repetition::REQUIRED));
    columns.push(fixed(DIGEST, 16, Repetition::OPTIONAL));
    columns.push(fixed(PRINT, 8, Repetition::OPTIONAL));
    columns.extend(plan.then(|| array(CHANGE, true)));
    let columns = columns.into_iter().map(|column| column.map(Arc::new)).collect::<ParquetResult<_>>()?;
    let root = Type::group_type_builder("snapshot").with_fields(columns).build()?;
    Ok(Arc::new(SchemaDescriptor::new(Arc::new(root))))
}

/// The note about keys.
pub(super) fn note(keys: &[Key]) -> String {
    let name = |kind| KINDS.iter().find(|(known, _)| *known == kind).map(|(_, name)| *name);
    let keys: Vec<_> = keys.iter().map(|key| json!([key.attribute, name(key.kind)])).collect();
    json!(keys).to_string()
}

/// The keys that a note tells.
pub(super) fn keys(note: &str) -> Result<Vec<Key>, Error> {
    let key = |(attribute, name): (String, String)| {
        let (kind, _) = KINDS.into_iter().find(|(_, known)| *known == name)?;
        Some(Key { attribute, kind })
    };
    let noted: Option<Vec<(String, String)>> = serde_json::from_str(note).ok();
    let keys = noted.and_then(|noted| noted.into_iter().map(key).collect::<Option<Vec<_>>>());
    keys.filter(|keys| matches!(keys.len(), 1 | 2))
        .ok_or_else(|| Error::damaged(format!("its note `{NOTE}` names no keys as `[[\"pk\",\"S\"]]` does")))
}

/// Whether a file is a plan, by its columns, which must be those that its keys ask for.
pub(super) fn is_plan(keys: &[Key], columns: &[ColumnDescPtr]) -> Result<bool, Error> {
    let plan = columns.len() == keys.len() + 4;
    let wanted = of(keys, plan).map_err(|error| Error::damaged(format!("its keys make no schema ({error})")))?;
    let names = |columns: &[ColumnDescPtr]| {
        columns.iter().map(|column| format!("`{}`", column.name())).collect::<Vec<_>>().join(", ")
    };
    let same = |(found, wanted): (&ColumnDescPtr, &ColumnDescPtr)| found.self_type() == wanted.self_type();
    if columns.len() == wanted.num_columns() && columns.iter().zip(wanted.columns()).all(same) {
        return Ok(plan);
    }
    let (found, wanted) = (names(columns), names(wanted.columns()));
    Err(Error::foreign(format!("its columns are {found}, not {wanted} of the types that snapshots have")))
}
