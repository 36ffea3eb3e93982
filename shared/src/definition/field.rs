//! One line of the mapping, checked by itself.

use std::collections::HashSet;

use super::{
    Convert, Encoding, Field, Format, Kind, OnNan, OnNull, Origin, Piece, Place, Source, constant, file::FieldKeys,
    template,
};
use crate::{
    problem::{Problems, listed, quoted},
    yaml::read::{AnyText, Entry, Text},
};

/// The most that DynamoDB takes, in bytes:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes>.
const LONGEST_ATTRIBUTE_NAME_BYTES: usize = 65_535;

/// What the definition itself tells of the extract's columns.
pub(super) enum Columns<'a> {
    /// The extract names them.
    Unknown,
    /// They are `column_1`, `column_2`, …
    Numbered,
    /// These.
    Given(&'a [String], HashSet<&'a str>),
}

impl<'a> Columns<'a> {
    pub(super) fn of(source: &'a Source) -> Self {
        match source.csv.columns.as_slice() {
            _ if source.csv.header || source.format == Some(Format::Parquet) => Self::Unknown,
            [] => Self::Numbered,
            given => Self::Given(given, given.iter().map(String::as_str).collect()),
        }
    }

    /// Adds a problem where there cannot be such a column.
    pub(super) fn check(&self, place: Place, what: &str, column: &str, problems: &mut Problems) {
        let reason = match self {
            Self::Unknown => return,
            Self::Numbered if is_numbered(column) => return,
            Self::Numbered => {
                "without a header columns are `column_1`, `column_2`, …; add `columns` to name them".into()
            }
            Self::Given(_, names) if names.contains(column) => return,
            Self::Given(given, _) => {
                let names = || given.iter().map(String::as_str);
                problems.way_out(column, names(), || {
                    format!("`columns` has {}", listed(&names().take(10).collect::<Vec<_>>()))
                })
            }
        };
        problems.add(place, format!("{what} names column {}, which there is not; {reason}", quoted(column)));
    }
}

fn is_numbered(column: &str) -> bool {
    let number = column.strip_prefix("column_").unwrap_or("");
    !number.starts_with('0') && number.parse::<u32>().is_ok_and(|_| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Checks one field; `None` where it lacks its attribute or origin.
pub(super) fn check(
    place: Place,
    keys: &FieldKeys,
    columns: &Columns<'_>,
    version: Option<&str>,
    problems: &mut Problems,
) -> Option<Field> {
    let attribute = attribute(place, &keys.attribute, problems);
    let kind = keys.kind.get().copied();
    check_convert(keys, kind, problems);
    check_encoding(&keys.encoding, kind, problems);
    let is_version = version.is_some() && version == attribute.as_deref();
    check_on_null(keys, is_version, problems);
    check_on_nan(keys, kind, is_version, problems);
    let split = split(keys, kind, problems);
    let from = origin(place, keys, columns, problems);
    Some(Field {
        attribute: attribute?,
        from: from?,
        kind,
        convert: keys.convert.get().copied(),
        split,
        encoding: keys.encoding.get().copied().unwrap_or_default(),
        on_null: keys.on_null.get().copied(),
        on_nan: keys.on_nan.get().copied().unwrap_or_default(),
        place,
    })
}

fn attribute(place: Place, entry: &Entry<Text>, problems: &mut Problems) -> Option<String> {
    if !entry.is_given() {
        problems.add(place, "`attribute` is missing; name the attribute that this field fills");
    }
    let (place, Text(name)) = entry.located()?;
    if name.len() > LONGEST_ATTRIBUTE_NAME_BYTES {
        let message = format!(
            "`attribute` is {} bytes long; wanted {LONGEST_ATTRIBUTE_NAME_BYTES} at most, so shorten it",
            name.len()
        );
        problems.add(place, message);
    }
    Some(name.clone())
}

fn origin(place: Place, keys: &FieldKeys, columns: &Columns<'_>, problems: &mut Problems) -> Option<Origin> {
    let given =
        [("column", keys.column.is_given()), ("template", keys.template.is_given()), ("value", keys.value.is_given())];
    let given: Vec<_> = given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
    match given.as_slice() {
        [_] => {}
        [] => problems.add(place, "the field has no origin; give it one of `column`, `template` and `value`"),
        [first, .., last] => {
            let message =
                format!("the field has both `{first}` and `{last}`; wanted exactly one of them, so remove the other");
            problems.add(place, message);
        }
    }
    let column = keys.column.located().map(|(place, Text(column))| {
        columns.check(place, "`column`", column, problems);
        Origin::Column(column.clone())
    });
    let template = keys.template.located().and_then(|(place, Text(text))| template(place, text, columns, problems));
    let kind = keys.kind.get().copied();
    let encoding = keys.encoding.get().copied().unwrap_or_default();
    let value = keys.value.get().and_then(|node| constant::read(node, kind, encoding, problems));
    column.or(template).or(value.map(Origin::Value))
}

fn template(place: Place, text: &str, columns: &Columns<'_>, problems: &mut Problems) -> Option<Origin> {
    let pieces = template::parse(text).map_err(|message| problems.add(place, message)).ok()?;
    for piece in &pieces {
        if let Piece::Column(column) = piece {
            columns.check(place, "`template`", column, problems);
        }
    }
    Some(Origin::Template(pieces))
}

fn check_convert(keys: &FieldKeys, kind: Option<Kind>, problems: &mut Problems) {
    let Some((place, convert)) = keys.convert.located() else { return };
    if keys.value.is_given() {
        problems.add(place, "`convert` has no effect on a `value`; remove it, and write the value as it shall be");
    }
    let (fits, wanted) = match (convert, kind) {
        (_, None | Some(Kind::Auto)) => (true, ""),
        (Convert::Trim, Some(kind)) => (kind != Kind::Null, "any type but NULL"),
        (Convert::EpochSeconds | Convert::EpochMillis, Some(kind)) => {
            (matches!(kind, Kind::N | Kind::S), "type N or S")
        }
        (Convert::Iso8601 | Convert::Date, Some(kind)) => (kind == Kind::S, "type S"),
    };
    if !fits {
        problems.add(place, format!("`convert` does not fit the field's type; wanted {wanted}"));
    }
}

fn check_encoding(encoding: &Entry<Encoding>, kind: Option<Kind>, problems: &mut Problems) {
    if encoding.is_given() && !matches!(kind, Some(Kind::B | Kind::Bs)) {
        problems.add(encoding.place(), "`encoding` is for bytes; remove it, or add `type: B` or `type: BS`");
    }
}

fn split(keys: &FieldKeys, kind: Option<Kind>, problems: &mut Problems) -> Option<String> {
    let (place, AnyText(split)) = keys.split.located()?;
    if split.is_empty() {
        problems.add(place, "`split` is an empty text; wanted what stands between the members, such as `\"|\"`");
    }
    if keys.value.is_given() {
        problems.add(place, "`split` has no effect on a `value`; remove it, and write the value as a list");
    } else if !matches!(kind, Some(Kind::Ss | Kind::Ns | Kind::Bs | Kind::L)) {
        problems.add(place, "`split` is for sets and lists; remove it, or add `type:` SS, NS, BS or L");
    }
    Some(split.clone())
}

fn check_on_nan(keys: &FieldKeys, kind: Option<Kind>, is_version: bool, problems: &mut Problems) {
    let Some((place, on_nan)) = keys.on_nan.located() else { return };
    if !keys.column.is_given() {
        problems.add(place, "`on_nan` is for a `column`; remove it");
    } else if !matches!(kind, None | Some(Kind::Auto | Kind::N | Kind::S)) {
        problems.add(place, "`on_nan` is for numbers; remove it, or use type N, S or auto");
    } else if is_version && *on_nan != OnNan::Reject {
        problems.add(place, "`on_nan` of the version attribute can only be `reject`; remove it");
    }
}

fn check_on_null(keys: &FieldKeys, is_version: bool, problems: &mut Problems) {
    let Some((place, on_null)) = keys.on_null.located() else { return };
    if keys.value.is_given() {
        problems.add(place, "`on_null` has no effect on a `value`, which is the same for every row; remove it");
    } else if is_version && *on_null != OnNull::Reject {
        problems.add(place, "`on_null` of the version attribute can only be `reject`; remove it");
    }
}
