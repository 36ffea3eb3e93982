//! A mapping and the header of one part: which cell feeds which attribute.

use super::{
    EXPRESSION_FIELDS, Mapping, Planned,
    fit::Role,
    value::{self, Conversion},
};
use crate::{
    definition::{Constant, Convert, Encoding, Kind, OnNan, OnNull, Origin, Piece, Write},
    row::{Header, Shape},
};

/// A mapping that knows the columns of one part.
#[derive(Debug, Clone)]
pub struct Bound {
    pub(super) fields: Vec<Field>,
    pub(super) columns: Vec<String>,
    /// What the cells of each column are; text may stand for them.
    pub(super) shapes: Vec<Shape>,
    pub(super) names: Vec<String>,
    pub(super) partition: usize,
    pub(super) sort: Option<usize>,
    pub(super) version: Option<usize>,
    pub(super) ttl: Option<usize>,
    pub(super) sync_key: Option<usize>,
    pub(super) write: Write,
    pub(super) typed: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) source: Source,
    pub(super) conversion: Conversion,
    pub(super) on_null: OnNull,
    pub(super) on_nan: OnNan,
    pub(super) role: Role,
    /// The attribute's name as it begins a member of a JSON object: `"total":`.
    pub(super) name: Vec<u8>,
    /// How many bytes DynamoDB counts for it.
    pub(super) name_bytes: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Source {
    Column(usize),
    Template(Vec<Part>),
    Constant(Vec<u8>, usize),
    Null,
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    Text(String),
    Column(usize),
}

/// What of a part's header does not serve the mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// A column is not there.
    #[error("column `{column}` is mapped, but the extract has no such column; it has {found}{hint}")]
    Missing {
        /// The column.
        column: String,
        /// How many columns there are; their names may be values of a file without a header.
        found: String,
        /// A near name.
        hint: String,
    },
    /// `fields: all`, and no column for a key.
    #[error(
        "no column is named `{attribute}`, which is a key of the table; `fields: all` needs one of that name, and the extract has {found}{hint}"
    )]
    NoKey {
        /// The key attribute.
        attribute: String,
        /// How many columns there are.
        found: String,
        /// A near name.
        hint: String,
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
    /// Whether it is the sender's to mend; the definition's author's otherwise.
    #[must_use]
    pub fn is_senders(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::NoKey { .. })
    }
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
            let missing = |name: &&str| header.position(name).is_none();
            let keys = self.roles.own_keys().chain(self.version.as_deref()).filter(missing);
            problems.extend(keys.map(|key| HeaderProblem::NoKey {
                attribute: key.to_owned(),
                found: count(header),
                hint: hint(header, key),
            }));
            &every
        };
        let in_order;
        let planned = if self.ordered {
            let mut fields = planned.clone();
            fields.sort_by(|one, two| one.attribute.cmp(&two.attribute));
            in_order = fields;
            &in_order
        } else {
            planned
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
        let named = |name: &str| planned.iter().position(|field| field.attribute == name);
        let place = |role: Role| planned.iter().position(|field| field.role == role);
        Ok(Bound {
            partition: place(Role::Partition).unwrap_or_default(),
            sort: place(Role::Sort),
            version: self.version.as_deref().and_then(named),
            ttl: self.ttl.as_deref().and_then(named),
            names: planned.iter().map(|field| field.attribute.clone()).collect(),
            columns: header.columns.iter().map(|column| column.name.clone()).collect(),
            shapes: header.columns.iter().map(|column| column.shape.clone()).collect(),
            fields,
            sync_key,
            write: self.write,
            typed,
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
                on_nan: OnNan::default(),
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
            let (found, hint) = (count(self.header), hint(self.header, name));
            return Err(HeaderProblem::Missing { column: name.to_owned(), found, hint });
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
        let name = [serde_json::Value::from(field.attribute.as_str()).to_string().as_bytes(), b":"].concat();
        let Planned { on_null, on_nan, role, .. } = *field;
        Ok(Field { source, conversion, on_null, on_nan, role, name, name_bytes: field.attribute.len() })
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

fn distance(a: &str, b: &str) -> usize {
    strsim::damerau_levenshtein(&a.to_lowercase(), &b.to_lowercase())
}

fn is_near(found: &str, name: &str) -> bool {
    distance(found, name) <= (name.chars().count() / 3).max(1)
}

/// A near name of a column, where there is one.
fn hint(header: &Header, name: &str) -> String {
    let near = header.columns.iter().map(|column| column.name.as_str());
    let near = near.filter(|found| is_near(found, name)).min_by_key(|found| distance(found, name));
    near.map(|near| format!("; did you mean `{near}`")).unwrap_or_default()
}

/// How many columns a header has, for a message.
fn count(header: &Header) -> String {
    match header.columns.len() {
        0 => "no columns".to_owned(),
        1 => "1 column".to_owned(),
        count => format!("{count} columns"),
    }
}
