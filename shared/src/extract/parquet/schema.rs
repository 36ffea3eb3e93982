//! The schema: what its columns mean, and how the parquet crate is to see it.

use std::{collections::HashSet, sync::Arc};

use arrow_schema::{DataType, Field, Fields, Schema};
use parquet::{
    arrow::parquet_to_arrow_schema,
    basic::{ConvertedType, LogicalType, Repetition, Type as Physical},
    errors::{ParquetError, Result},
    schema::types::{SchemaDescriptor, Type, TypePtr},
};

use super::{Root, guarded, leaf, metadata::Footer};
use crate::{
    extract::Error,
    row::columns::{Kind, Member},
};

const VARIANT: &str = "VARIANT";
const NESTED: &str = "a group that is neither LIST nor MAP as the format wants them";

/// The schema as the parquet crate is to see it: of plain physical types.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) parquet: SchemaDescriptor,
    pub(super) arrow: Fields,
}

/// Makes a plain schema of a footer's, and says what the columns are.
pub(super) fn adapt(footer: &Footer, length: u64) -> std::result::Result<(Plain, Vec<Root>), Error> {
    check_chunks(footer, length)?;
    guarded("its schema", || {
        let old = &footer.schema;
        let mut kinds = leaf_kinds(old);
        let mut types = Vec::new();
        let mut broken = HashSet::new();
        for (number, root) in old.root_schema().get_fields().iter().enumerate() {
            let plain = plain(root, true)?;
            let alone = SchemaDescriptor::new(group("alone", None, vec![plain.clone()])?);
            if parquet_to_arrow_schema(&alone, None).is_ok() {
                types.push(plain);
            } else {
                broken.insert(number);
                types.push(self::plain(root, false)?);
            }
        }
        let parquet = SchemaDescriptor::new(group(old.root_schema().name(), None, types)?);
        let schema = parquet_to_arrow_schema(&parquet, None)?;
        let roots = roots(old, &schema, &mut kinds, &broken);
        let arrow = schema.fields().iter().map(|field| viewed(field)).collect();
        Ok((Plain { parquet, arrow }, roots))
    })
}

/// Column chunks must lie within the file.
fn check_chunks(footer: &Footer, length: u64) -> std::result::Result<(), Error> {
    for group in &footer.groups {
        if let Some(column) = group.chunks.iter().position(|chunk| chunk.end > length) {
            return Err(Error::corrupt(format!("column {} lies outside of it", column + 1)));
        }
    }
    Ok(())
}

/// What each leaf means; leaves within a VARIANT mean nothing by themselves.
fn leaf_kinds(schema: &SchemaDescriptor) -> std::vec::IntoIter<Kind> {
    fn variants(node: &Type, within: bool, out: &mut Vec<bool>) {
        let within = within || matches!(node.get_basic_info().logical_type_ref(), Some(LogicalType::Variant(_)));
        if node.is_group() {
            node.get_fields().iter().for_each(|field| variants(field, within, out));
        } else {
            out.push(within);
        }
    }
    let mut within = Vec::new();
    variants(schema.root_schema(), false, &mut within);
    let kind = |(leaf, within)| match (within, leaf::meaning(leaf)) {
        (true, _) => Kind::Unsupported(VARIANT.into()),
        (_, Ok(leaf)) => Kind::Leaf(leaf),
        (_, Err(name)) => Kind::Unsupported(name.into()),
    };
    let leaves = schema.columns().iter().map(|leaf| &**leaf);
    leaves.zip(within).map(kind).collect::<Vec<_>>().into_iter()
}

/// The same type without what leaves mean; and without what groups mean, where `nested` is not set.
fn plain(node: &TypePtr, nested: bool) -> Result<TypePtr> {
    let info = node.get_basic_info();
    if !info.has_repetition() {
        return Err(ParquetError::General(format!("`{}` has no repetition", node.name())));
    }
    if node.is_group() {
        let fields = node.get_fields().iter().map(|field| plain(field, nested)).collect::<Result<_>>()?;
        let mut builder = Type::group_type_builder(node.name()).with_repetition(info.repetition()).with_fields(fields);
        if nested && matches!(info.logical_type_ref(), Some(LogicalType::List | LogicalType::Map)) {
            builder = builder.with_logical_type(info.logical_type_ref().cloned());
        }
        let converted = info.converted_type();
        if nested && matches!(converted, ConvertedType::LIST | ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) {
            builder = builder.with_converted_type(converted);
        }
        return Ok(Arc::new(builder.build()?));
    }
    let (physical, length) = match (node.get_physical_type(), &**node) {
        (Physical::INT96, _) => (Physical::FIXED_LEN_BYTE_ARRAY, 12),
        (physical, Type::PrimitiveType { type_length, .. }) => (physical, *type_length),
        (physical, Type::GroupType { .. }) => (physical, -1),
    };
    let builder = Type::primitive_type_builder(node.name(), physical).with_repetition(info.repetition());
    let length = if physical == Physical::FIXED_LEN_BYTE_ARRAY { length } else { -1 };
    Ok(Arc::new(builder.with_length(length).build()?))
}

fn group(name: &str, repetition: Option<Repetition>, fields: Vec<TypePtr>) -> Result<TypePtr> {
    let mut builder = Type::group_type_builder(name).with_fields(fields);
    if let Some(repetition) = repetition {
        builder = builder.with_repetition(repetition);
    }
    Ok(Arc::new(builder.build()?))
}

/// The columns; those that Arrow cannot see at all (groups without members) are not taken.
fn roots(
    old: &SchemaDescriptor,
    schema: &Schema,
    kinds: &mut std::vec::IntoIter<Kind>,
    broken: &HashSet<usize>,
) -> Vec<Root> {
    let mut fields = schema.fields().iter().peekable();
    let (mut roots, mut first) = (Vec::new(), 0);
    for (number, root) in old.root_schema().get_fields().iter().enumerate() {
        let leaves = first..first + count_leaves(root);
        first = leaves.end;
        let field = if leaves.is_empty() { None } else { fields.next() };
        let kind = field.map(|field| kind(field.data_type(), kinds));
        let variant = matches!(root.get_basic_info().logical_type_ref(), Some(LogicalType::Variant(_)));
        let kind = match kind {
            _ if variant => Kind::Unsupported(VARIANT.into()),
            _ if broken.contains(&number) => Kind::Unsupported(NESTED.into()),
            Some(kind) => whole(kind),
            None => Kind::Unsupported("a group without members".into()),
        };
        roots.push(Root { name: root.name().to_owned(), kind, leaves });
    }
    roots
}

fn count_leaves(node: &Type) -> usize {
    if node.is_group() { node.get_fields().iter().map(|field| count_leaves(field)).sum() } else { 1 }
}

fn kind(data_type: &DataType, leaves: &mut std::vec::IntoIter<Kind>) -> Kind {
    match data_type {
        DataType::Struct(fields) => {
            let member = |field: &Arc<Field>| Member {
                name: field.name().as_str().into(),
                kind: kind(field.data_type(), leaves),
            };
            Kind::Struct(fields.iter().map(member).collect())
        }
        DataType::List(item) => Kind::List(Box::new(kind(item.data_type(), leaves))),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => {
                let mut entry = fields.iter().map(|field| kind(field.data_type(), leaves));
                match (entry.next(), entry.next()) {
                    (Some(key), Some(value)) => Kind::Map(Box::new(key), Box::new(value)),
                    _ => Kind::Unsupported(NESTED.into()),
                }
            }
            _ => Kind::Unsupported(NESTED.into()),
        },
        _ => leaves.next().unwrap_or(Kind::Unsupported(NESTED.into())),
    }
}

/// A column of which something cannot even be held in memory, or whose members cannot be told apart, is not taken as a whole.
fn whole(kind: Kind) -> Kind {
    fn fault(kind: &Kind) -> Option<String> {
        match kind {
            Kind::Unsupported(name) if name.starts_with("FIXED_LEN_BYTE_ARRAY(") => Some(name.to_string()),
            Kind::Leaf(_) | Kind::Unsupported(_) => None,
            Kind::List(item) => fault(item),
            Kind::Map(key, value) => fault(key).or_else(|| fault(value)),
            Kind::Struct(members) => {
                let mut seen = HashSet::new();
                let twice = members.iter().find(|member| !seen.insert(&member.name));
                let twice = twice.map(|member| format!("a group with two members `{}`", member.name));
                twice.or_else(|| members.iter().find_map(|member| fault(&member.kind)))
            }
        }
    }
    match fault(&kind) {
        Some(name) => Kind::Unsupported(name.into()),
        None => kind,
    }
}

/// Bytes are read as views: a long value that a dictionary holds once is in memory once.
fn viewed(field: &Field) -> Field {
    let data_type = match field.data_type() {
        DataType::Binary => DataType::BinaryView,
        DataType::List(item) => DataType::List(Arc::new(viewed(item))),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|field| viewed(field)).collect()),
        DataType::Map(entries, sorted) => DataType::Map(Arc::new(viewed(entries)), *sorted),
        other => other.clone(),
    };
    field.clone().with_data_type(data_type)
}
