//! A mapping and the header of one part: which cell feeds which attribute.

mod problem;
mod recall;

pub use self::problem::HeaderProblem;
use self::{problem::list, recall::recall};
use super::{
    EXPRESSION_FIELDS, Item, Mapping, Planned, Slot,
    fit::Role,
    item::key_hash,
    value::{self, Conversion},
};
use crate::{
    definition::{Constant, Convert, Encoding, Kind, OnNull, Origin, Piece, Write},
    reject::{Fault, Reason, Reject},
    row::{Cell, Header, Rows, Shape},
    table::ITEM_BYTES,
};

/// A mapping that knows the columns of one part.
#[derive(Debug, Clone)]
pub struct Bound {
    fields: Vec<Field>,
    columns: Vec<String>,
    /// What the cells of each column are; text may stand for them.
    shapes: Vec<Shape>,
    names: Vec<String>,
    partition: usize,
    sort: Option<usize>,
    version: Option<usize>,
    sync_key: Option<usize>,
    write: Write,
}

#[derive(Debug, Clone)]
struct Field {
    source: Source,
    conversion: Conversion,
    on_null: OnNull,
    role: Role,
    name_bytes: usize,
}

#[derive(Debug, Clone)]
enum Source {
    Column(usize),
    Template(Vec<Part>),
    Constant(Vec<u8>, usize),
    Null,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Column(usize),
}

/// The names of the columns that an origin reads.
pub(super) fn columns_of(origin: &Origin) -> Vec<String> {
    match origin {
        Origin::Column(name) => vec![name.clone()],
        Origin::Template(pieces) => pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Column(name) => Some(name.clone()),
                Piece::Text(_) => None,
            })
            .collect(),
        Origin::Value(_) => Vec::new(),
    }
}

impl Mapping {
    /// Finds the mapped columns in a part's header. `typed` says that the part's columns have types of their own
    /// (Parquet), which then decide where the definition does not.
    ///
    /// # Errors
    ///
    /// All problems of the header at once.
    pub fn bind(&self, header: &Header, typed: bool) -> Result<Bound, Vec<HeaderProblem>> {
        let binder = Binder { header, typed };
        let mut problems = Vec::new();
        let every;
        let planned = if let Some(fields) = &self.fields {
            fields
        } else {
            every = self.every_column(header);
            let found = || list(header);
            let missing = |name: &&str| header.position(name).is_none();
            let keys = self.roles.own_keys().chain(self.version.as_deref()).filter(missing);
            problems.extend(keys.map(|key| HeaderProblem::NoKey { attribute: key.to_owned(), found: found() }));
            &every
        };
        let mut fields = Vec::with_capacity(planned.len());
        for field in planned {
            match binder.field(field) {
                Ok(field) => fields.push(field),
                Err(more) => problems.extend(more),
            }
        }
        let sync_key = match self.sync_key.as_deref().map(|name| binder.column(name)) {
            Some(Err(problem)) => {
                problems.push(problem);
                None
            }
            Some(Ok(column)) => Some(column),
            None => None,
        };
        if self.write == Write::Merge && self.version.is_some() && planned.len() > EXPRESSION_FIELDS {
            problems.push(HeaderProblem::TooWide { count: planned.len() });
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let place = |role: Role| planned.iter().position(|field| field.role == role);
        Ok(Bound {
            partition: place(Role::Partition).unwrap_or_default(),
            sort: place(Role::Sort),
            version: self.version.as_ref().and_then(|name| planned.iter().position(|field| field.attribute == *name)),
            names: planned.iter().map(|field| field.attribute.clone()).collect(),
            columns: header.columns.iter().map(|column| column.name.clone()).collect(),
            shapes: header.columns.iter().map(|column| column.shape.clone()).collect(),
            fields,
            sync_key,
            write: self.write,
        })
    }

    fn every_column(&self, header: &Header) -> Vec<Planned> {
        let plan = |column: &crate::row::Column| {
            let (role, kind) = self.roles.role(&column.name);
            let own = role.is_own_key() || self.version.as_deref() == Some(column.name.as_str());
            Planned {
                attribute: column.name.clone(),
                origin: Origin::Column(column.name.clone()),
                kind,
                conversion: Conversion {
                    kind: kind.unwrap_or(Kind::Auto),
                    convert: None,
                    split: None,
                    encoding: Encoding::default(),
                },
                on_null: if own { OnNull::Reject } else { OnNull::default() },
                role,
            }
        };
        header.columns.iter().map(plan).collect()
    }
}

struct Binder<'a> {
    header: &'a Header,
    typed: bool,
}

impl Binder<'_> {
    fn column(&self, name: &str) -> Result<usize, HeaderProblem> {
        let Some(place) = self.header.position(name) else {
            return Err(HeaderProblem::missing(name, self.header));
        };
        match self.header.columns.get(place).map(|column| &column.shape) {
            Some(Shape::Unsupported(kind)) => {
                Err(HeaderProblem::Unsupported { column: name.to_owned(), kind: kind.clone() })
            }
            _ => Ok(place),
        }
    }

    /// The shape of the column that an origin reads, where columns have types of their own.
    fn shape(&self, origin: &Origin) -> Option<&Shape> {
        let Origin::Column(name) = origin else { return None };
        let column = self.header.columns.iter().find(|column| column.name == *name && self.typed);
        column.map(|column| &column.shape)
    }

    /// The type that a field leaves to its column. A cell that is text, in rejects that come back, does not tell it.
    fn own_kind(&self, field: &Planned) -> Kind {
        match self.shape(&field.origin) {
            _ if !matches!(field.conversion.convert, None | Some(Convert::Trim)) => Kind::Auto,
            Some(Shape::Bool) => Kind::Bool,
            Some(Shape::Number) => Kind::N,
            Some(Shape::Binary) => Kind::B,
            Some(Shape::List) => Kind::L,
            Some(Shape::Struct | Shape::Map) => Kind::M,
            _ => Kind::Auto,
        }
    }

    fn field(&self, field: &Planned) -> Result<Field, Vec<HeaderProblem>> {
        let mut conversion = field.conversion.clone();
        let template = matches!(field.origin, Origin::Template(_));
        conversion.kind = match field.kind {
            None | Some(Kind::Auto) if template => Kind::S,
            None if !self.typed && !matches!(field.origin, Origin::Value(_)) => Kind::S,
            None | Some(Kind::Auto) => self.own_kind(field),
            Some(kind) => kind,
        };
        if self.shape(&field.origin) == Some(&Shape::List) {
            // Rejects come back with lists in JSON, whatever the field says of text.
            conversion.split = None;
        }
        let source = match &field.origin {
            Origin::Column(name) => Source::Column(self.column(name).map_err(|problem| vec![problem])?),
            Origin::Template(pieces) => Source::Template(self.template(pieces)?),
            Origin::Value(constant) => Self::constant(constant, field, &conversion).map_err(|problem| vec![problem])?,
        };
        Ok(Field { source, conversion, on_null: field.on_null, role: field.role, name_bytes: field.attribute.len() })
    }

    fn template(&self, pieces: &[Piece]) -> Result<Vec<Part>, Vec<HeaderProblem>> {
        let mut problems = Vec::new();
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Text(text) => parts.push(Part::Text(text.clone())),
                Piece::Column(name) => match self.column(name) {
                    Ok(column) => parts.push(Part::Column(column)),
                    Err(problem) => problems.push(problem),
                },
            }
        }
        if problems.is_empty() { Ok(parts) } else { Err(problems) }
    }

    fn constant(constant: &Constant, field: &Planned, conversion: &Conversion) -> Result<Source, HeaderProblem> {
        if *constant == Constant::Null && conversion.kind != Kind::Null && field.kind.is_some() {
            return Ok(Source::Null);
        }
        let mut bytes = Vec::new();
        let size = value::encode_constant(constant, conversion, &mut bytes)
            .map_err(|fault| HeaderProblem::Constant { attribute: field.attribute.clone(), detail: fault.detail })?;
        Ok(Source::Constant(bytes, size))
    }
}

impl Bound {
    /// The attributes that rows fill, in the order of an item's fields.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Which field is the partition key.
    #[must_use]
    pub fn partition(&self) -> usize {
        self.partition
    }

    /// Which field is the sort key.
    #[must_use]
    pub fn sort(&self) -> Option<usize> {
        self.sort
    }

    /// Which field is the version.
    #[must_use]
    pub fn version(&self) -> Option<usize> {
        self.version
    }

    /// How rows are written.
    #[must_use]
    pub fn write(&self) -> Write {
        self.write
    }

    /// Makes the item of a row.
    ///
    /// # Errors
    ///
    /// A [`Reject`] naming the first column that does not fit.
    pub fn apply(&self, rows: &Rows, row: usize, item: &mut Item) -> Result<(), Reject> {
        if let Some((column, fault)) = rows.fault(row) {
            return Err(self.reject(column, fault.clone()));
        }
        item.clear();
        for field in &self.fields {
            let slot = self.slot(field, rows, row, item)?;
            item.slots.push(slot);
            if matches!(slot, Slot::Set(..)) {
                item.size_bytes += field.name_bytes;
            }
        }
        if item.size_bytes > ITEM_BYTES {
            let detail = format!("the item has {} bytes, DynamoDB takes at most {ITEM_BYTES}", item.size_bytes);
            return Err(self.reject(None, Fault::new(Reason::ItemTooLarge, detail)));
        }
        item.key = key_hash(item.value(self.partition), self.sort.map_or(&[], |sort| item.value(sort)));
        item.sync_key = self.sync_key.map(|column| self.sync_hash(column, rows, row, item)).transpose()?;
        Ok(())
    }

    fn slot(&self, field: &Field, rows: &Rows, row: usize, item: &mut Item) -> Result<Slot, Reject> {
        let start = item.values.len();
        let (size, column) = match &field.source {
            Source::Constant(bytes, size) => {
                item.values.extend_from_slice(bytes);
                (*size, None)
            }
            Source::Null => return self.null(field, None, item),
            Source::Column(column) => {
                let mut bytes = Vec::new();
                let cell = recall(rows.cell(row, *column), self.shapes.get(*column), &mut bytes);
                if matches!(cell, Cell::Null) {
                    return self.null(field, Some(*column), item);
                }
                let size = value::encode(&field.conversion, cell, &mut item.values)
                    .map_err(|fault| self.unreadable(field, *column, fault))?;
                (size, Some(*column))
            }
            Source::Template(parts) => {
                let mut text = std::mem::take(&mut item.scratch);
                let filled = self.fill(parts, rows, row, &mut text);
                item.scratch = text;
                if let Some(null) = filled? {
                    return self.null(field, Some(null), item);
                }
                let text = std::str::from_utf8(&item.scratch).unwrap_or_default();
                let size = value::encode(&field.conversion, Cell::Text(text), &mut item.values)
                    .map_err(|fault| self.unreadable_template(field, fault))?;
                (size, None)
            }
        };
        if let Some(limit) = field.role.limit_bytes() {
            self.check_key(field, column, size, limit)?;
        }
        item.size_bytes += size;
        Ok(set(start, item.values.len()))
    }

    /// Fills a template; answers with the column that is NULL, where one is.
    fn fill(&self, parts: &[Part], rows: &Rows, row: usize, out: &mut Vec<u8>) -> Result<Option<usize>, Reject> {
        let mut bytes = Vec::new();
        out.clear();
        for part in parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Column(column) => match recall(rows.cell(row, *column), self.shapes.get(*column), &mut bytes) {
                    Cell::Null => return Ok(Some(*column)),
                    cell => value::append_text(cell, out).map_err(|fault| self.reject(Some(*column), fault))?,
                },
            }
        }
        Ok(None)
    }

    fn null(&self, field: &Field, column: Option<usize>, item: &mut Item) -> Result<Slot, Reject> {
        if field.role.is_own_key() {
            return Err(self.reject(column, Fault::new(Reason::KeyMissing, "the key is NULL")));
        }
        match field.on_null {
            OnNull::Keep => Ok(Slot::Keep),
            OnNull::Remove => Ok(Slot::Remove),
            OnNull::Reject => Err(self.reject(column, Fault::new(Reason::NullNotAllowed, "the value is NULL"))),
            OnNull::Null => {
                let start = item.values.len();
                item.values.extend_from_slice(br#"{"NULL":true}"#);
                item.size_bytes += 1;
                Ok(set(start, item.values.len()))
            }
        }
    }

    fn check_key(&self, field: &Field, column: Option<usize>, size: usize, limit: usize) -> Result<(), Reject> {
        if matches!(field.conversion.kind, Kind::S | Kind::B) {
            if size == 0 {
                return Err(self.reject(column, Fault::new(Reason::KeyEmpty, "a key may not be empty")));
            }
            if size > limit {
                let detail = format!("the key has {size} bytes, DynamoDB takes at most {limit}");
                return Err(self.reject(column, Fault::new(Reason::KeyTooLong, detail)));
            }
        }
        Ok(())
    }

    fn sync_hash(&self, column: usize, rows: &Rows, row: usize, item: &mut Item) -> Result<u128, Reject> {
        item.scratch.clear();
        match rows.cell(row, column) {
            Cell::Null => Err(self.reject(Some(column), Fault::new(Reason::KeyMissing, "the sync key is NULL"))),
            cell => {
                value::append_text(cell, &mut item.scratch).map_err(|fault| self.reject(Some(column), fault))?;
                Ok(xxhash_rust::xxh3::xxh3_128(&item.scratch))
            }
        }
    }

    fn unreadable(&self, field: &Field, column: usize, fault: Fault) -> Reject {
        let mut reject = self.unreadable_template(field, fault);
        reject.column = self.columns.get(column).cloned();
        reject
    }

    /// A key that cannot be read is a key that is missing, whatever is wrong with its text.
    fn unreadable_template(&self, field: &Field, fault: Fault) -> Reject {
        if field.role.is_own_key() {
            let detail = format!("the key cannot be read: {} ({})", fault.detail, fault.reason);
            return self.reject(None, Fault::new(Reason::KeyMissing, detail));
        }
        self.reject(None, fault)
    }

    fn reject(&self, column: Option<usize>, fault: Fault) -> Reject {
        let column = column.and_then(|column| self.columns.get(column)).cloned();
        Reject { column, reason: fault.reason, detail: fault.detail }
    }
}

fn set(start: usize, end: usize) -> Slot {
    Slot::Set(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}
