//! What a footer says: the schema, and where the column chunks lie.
//!
//! Read here and not by the parquet crate, which follows a schema as deep as it goes and makes room for whatever a list claims
//! to hold. <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>

use std::{sync::Arc, vec};

use parquet::{
    basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical},
    schema::types::{SchemaDescriptor, Type, TypePtr},
};

use super::{
    codec::Codec,
    guarded,
    thrift::{Input, Kind},
};
use crate::extract::Error;

type Result<T> = std::result::Result<T, Error>;

/// A schema that is deeper is refused. A value of DynamoDB has 32 levels, and a list takes three of Parquet's.
const DEEPEST: usize = 100;
/// A schema with more columns and groups is refused: each takes about two kilobytes of memory.
const ELEMENTS: usize = 20_000;
/// A file with more column chunks is refused: each takes 64 bytes of memory.
const CHUNKS: usize = 2_000_000;
/// The names on the way to each column are together no longer.
const PATH_BYTES: usize = 16 << 20;
/// How the names of Rowferry's notes begin.
const OWN_NOTES: &[u8] = b"rowferry.";
/// In the footer's struct.
const FIELD_SCHEMA: i16 = 2;
const FIELD_ROWS: i16 = 3;
const FIELD_ROW_GROUPS: i16 = 4;
const FIELD_NOTES: i16 = 5;
const FIELD_ENCRYPTION: i16 = 8;

/// A footer.
pub(super) struct Footer {
    pub(super) schema: SchemaDescriptor,
    /// How many rows it claims for the file.
    pub(super) rows: u64,
    pub(super) groups: Vec<Group>,
    /// What Rowferry noted in its own files.
    pub(super) notes: Vec<(String, String)>,
}

/// A row group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) rows: u64,
    /// One for each leaf of the schema.
    pub(super) chunks: Vec<Chunk>,
}

/// A column chunk.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chunk {
    pub(super) codec: Codec,
    /// Where its first page begins.
    pub(super) start: u64,
    /// Where its last page ends.
    pub(super) end: u64,
    pub(super) uncompressed_bytes: u64,
    pub(super) values: u64,
}

/// One line of the schema: its nodes stand in depth-first order.
#[derive(Default)]
struct Element<'a> {
    name: &'a str,
    physical: Option<Physical>,
    length: Option<i32>,
    repetition: Option<Repetition>,
    children: usize,
    converted: Option<ConvertedType>,
    scale: Option<i32>,
    precision: Option<i32>,
    logical: Option<LogicalType>,
}

/// Reads a footer's bytes.
pub(super) fn read(bytes: &[u8]) -> Result<Footer> {
    let mut input = Input::new(bytes, "its footer");
    let (mut elements, mut groups, mut chunks) = (Vec::new(), Vec::new(), 0);
    let (mut rows, mut notes) = (0, Vec::new());
    input.fields(Kind::Struct, |input, id, kind| {
        match id {
            FIELD_SCHEMA => input.list(kind, |input, kind| {
                if elements.len() == ELEMENTS {
                    let what = format!("a Parquet file with more than {ELEMENTS} columns and groups");
                    return Err(Error::unsupported(what, "deliver fewer columns"));
                }
                elements.push(element(input, kind)?);
                Ok(())
            })?,
            FIELD_ROW_GROUPS => input.list(kind, |input, kind| {
                groups.push(group(input, kind, &mut chunks)?);
                Ok(())
            })?,
            FIELD_ROWS => rows = u64::try_from(input.int::<i64>(kind)?).unwrap_or_default(),
            FIELD_NOTES => input.list(kind, |input, kind| note(input, kind, &mut notes))?,
            FIELD_ENCRYPTION => {
                let remedy = "deliver it unencrypted; the bucket can encrypt it";
                return Err(Error::unsupported("an encrypted Parquet file", remedy));
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let schema = schema(elements, &input)?;
    if groups.iter().any(|group| group.chunks.len() != schema.num_columns()) {
        return Err(input.damaged("has a row group with other columns than its schema"));
    }
    Ok(Footer { schema, rows, groups, notes })
}

/// Keeps a note that is Rowferry's; others may be long.
fn note(input: &mut Input<'_>, kind: Kind, notes: &mut Vec<(String, String)>) -> Result<()> {
    let (mut name, mut value) = (&[][..], &[][..]);
    input.fields(kind, |input, id, kind| {
        match id {
            1 => name = input.bytes(kind)?,
            2 => value = input.bytes(kind)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if name.starts_with(OWN_NOTES) {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        notes.push((text(name), text(value)));
    }
    Ok(())
}

fn element<'a>(input: &mut Input<'a>, kind: Kind) -> Result<Element<'a>> {
    let mut element = Element::default();
    input.fields(kind, |input, id, kind| {
        match id {
            1 => element.physical = Some(variant(input, kind, Physical::VARIANTS, |it| it as i32)?),
            2 => element.length = Some(input.int(kind)?),
            3 => element.repetition = Some(variant(input, kind, Repetition::VARIANTS, |it| it as i32)?),
            4 => element.name = input.text(kind)?,
            5 => {
                let children = usize::try_from(input.int::<i32>(kind)?);
                element.children = children.map_err(|_| input.damaged("makes no sense"))?;
            }
            6 => element.converted = Some(variant(input, kind, ConvertedType::VARIANTS, |it| it as i32)?),
            7 => element.scale = Some(input.int(kind)?),
            8 => element.precision = Some(input.int(kind)?),
            10 => element.logical = logical(input, kind)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(element)
}

fn variant<T: Copy>(input: &mut Input<'_>, kind: Kind, all: &[T], number: impl Fn(T) -> i32) -> Result<T> {
    let found: i32 = input.int(kind)?;
    let variant = all.iter().copied().find(|&variant| number(variant) == found);
    variant.ok_or_else(|| input.damaged(&format!("names a type {found}, which there is not")))
}

/// What a column means; types that are newer than this are as good as none that is taken.
fn logical(input: &mut Input<'_>, kind: Kind) -> Result<Option<LogicalType>> {
    let mut found = None;
    input.fields(kind, |input, id, kind| {
        found = Some(match id {
            1 => LogicalType::String,
            2 => LogicalType::Map,
            3 => LogicalType::List,
            4 => LogicalType::Enum,
            5 => {
                let (mut scale, mut precision) = (0, 0);
                input.fields(kind, |input, id, kind| {
                    match id {
                        1 => scale = input.int(kind)?,
                        2 => precision = input.int(kind)?,
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
                found = Some(LogicalType::decimal(scale, precision));
                return Ok(true);
            }
            7 | 8 => {
                let (mut utc, mut unit) = (false, TimeUnit::MILLIS);
                input.fields(kind, |input, field, kind| {
                    match field {
                        1 => utc = input.boolean(kind)?,
                        2 => unit = time_unit(input, kind)?,
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
                found = Some(if id == 7 { LogicalType::time(utc, unit) } else { LogicalType::timestamp(utc, unit) });
                return Ok(true);
            }
            10 => {
                let (mut width, mut signed) = (0, false);
                input.fields(kind, |input, id, kind| {
                    match id {
                        1 => width = input.small(kind)?,
                        2 => signed = input.boolean(kind)?,
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
                found = Some(LogicalType::integer(width, signed));
                return Ok(true);
            }
            6 => LogicalType::Date,
            11 => LogicalType::Unknown,
            12 => LogicalType::Json,
            13 => LogicalType::Bson,
            14 => LogicalType::Uuid,
            15 => LogicalType::Float16,
            16 => LogicalType::variant(None),
            17 => LogicalType::geometry(None),
            18 => LogicalType::geography(None, None),
            _ => LogicalType::_Unknown { field_id: id },
        });
        Ok(false)
    })?;
    Ok(found)
}

fn time_unit(input: &mut Input<'_>, kind: Kind) -> Result<TimeUnit> {
    let mut unit = None;
    input.fields(kind, |_, id, _| {
        unit = match id {
            1 => Some(TimeUnit::MILLIS),
            2 => Some(TimeUnit::MICROS),
            3 => Some(TimeUnit::NANOS),
            _ => None,
        };
        Ok(false)
    })?;
    unit.ok_or_else(|| input.damaged("has a time of no known unit"))
}

fn group(input: &mut Input<'_>, kind: Kind, count: &mut usize) -> Result<Group> {
    let mut group = Group { rows: 0, chunks: Vec::new() };
    input.fields(kind, |input, id, kind| {
        match id {
            1 => input.list(kind, |input, kind| {
                *count += 1;
                if *count > CHUNKS {
                    let what = format!("a Parquet file of more than {CHUNKS} column chunks");
                    return Err(Error::unsupported(what, "write fewer row groups, or split the file"));
                }
                group.chunks.push(chunk(input, kind)?);
                Ok(())
            })?,
            3 => {
                group.rows = u64::try_from(input.int::<i64>(kind)?)
                    .map_err(|_| Error::corrupt("a row group claims fewer than no rows"))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(group)
}

fn chunk(input: &mut Input<'_>, kind: Kind) -> Result<Chunk> {
    let mut chunk = Chunk::default();
    let (mut size, mut data, mut dictionary) = (0, 0, None);
    input.fields(kind, |input, id, kind| {
        if id == 1 {
            let what = format!("a Parquet file whose data lies in `{}`", input.text(kind)?);
            return Err(Error::unsupported(what, "deliver it in one file"));
        }
        if id != 3 {
            return Ok(false);
        }
        input.fields(kind, |input, id, kind| {
            let mut count =
                || input.int::<i64>(kind)?.try_into().map_err(|_| input.damaged("claims less than nothing"));
            match id {
                4 => chunk.codec = Codec::of(input.int(kind)?)?,
                5 => chunk.values = count()?,
                6 => chunk.uncompressed_bytes = count()?,
                7 => size = count()?,
                9 => data = count()?,
                11 => dictionary = Some(count()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(true)
    })?;
    // Some writers give 0 where there is no dictionary; where there is one, it comes first.
    chunk.start = dictionary.filter(|&at| at > 0 && at < data).unwrap_or(data);
    chunk.end = chunk.start.checked_add(size).ok_or_else(|| input.damaged("makes no sense"))?;
    Ok(chunk)
}

/// Makes a tree of the lines of the schema.
fn schema(elements: Vec<Element<'_>>, input: &Input<'_>) -> Result<SchemaDescriptor> {
    let mut tree = Tree { elements: elements.into_iter(), input, path_bytes: 0 };
    let root = tree.elements.next().ok_or_else(|| input.damaged("has no schema"))?;
    let fields = tree.fields(root.children, 1, root.name.len())?;
    if tree.elements.next().is_some() {
        return Err(input.damaged("has a schema with two beginnings"));
    }
    guarded("its schema", || {
        let root = Type::group_type_builder(root.name).with_fields(fields).build()?;
        Ok(SchemaDescriptor::new(Arc::new(root)))
    })
}

struct Tree<'a, 'b> {
    elements: vec::IntoIter<Element<'a>>,
    input: &'b Input<'a>,
    /// How long the names on the way to each column are together, so far.
    path_bytes: usize,
}

impl Tree<'_, '_> {
    fn fields(&mut self, count: usize, depth: usize, path_bytes: usize) -> Result<Vec<TypePtr>> {
        if count > self.elements.len() {
            return Err(self.input.damaged("has a group with more members than there are"));
        }
        (0..count).map(|_| self.node(depth, path_bytes)).collect()
    }

    fn node(&mut self, depth: usize, path_bytes: usize) -> Result<TypePtr> {
        if depth > DEEPEST {
            let what = format!("a Parquet file whose columns have more than {DEEPEST} levels");
            return Err(Error::unsupported(what, "deliver columns that are less nested"));
        }
        let element = self.elements.next().ok_or_else(|| self.input.damaged("has a group without its members"))?;
        let path_bytes = path_bytes + element.name.len();
        if element.children > 0 || element.physical.is_none() {
            let fields = self.fields(element.children, depth + 1, path_bytes)?;
            return build(&element, fields);
        }
        self.path_bytes += path_bytes;
        if self.path_bytes > PATH_BYTES {
            let what = format!("a Parquet file whose columns have names of more than {PATH_BYTES} bytes together");
            return Err(Error::unsupported(what, "deliver fewer columns, or shorter names"));
        }
        build(&element, Vec::new())
    }
}

fn build(element: &Element<'_>, fields: Vec<TypePtr>) -> Result<TypePtr> {
    let converted = element.converted.unwrap_or(ConvertedType::NONE);
    let repetition = element
        .repetition
        .ok_or_else(|| Error::corrupt("a column of its schema is neither required nor optional nor repeated"))?;
    guarded("its schema", || {
        let made = match element.physical {
            Some(physical) if fields.is_empty() => Type::primitive_type_builder(element.name, physical)
                .with_repetition(repetition)
                .with_converted_type(converted)
                .with_logical_type(element.logical.clone())
                .with_length(element.length.unwrap_or(-1))
                .with_precision(element.precision.unwrap_or(-1))
                .with_scale(element.scale.unwrap_or(-1))
                .build()?,
            _ => Type::group_type_builder(element.name)
                .with_repetition(repetition)
                .with_converted_type(converted)
                .with_logical_type(element.logical.clone())
                .with_fields(fields)
                .build()?,
        };
        Ok(Arc::new(made))
    })
}
