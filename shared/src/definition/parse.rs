//! The text of a definition to the checked definition, with every problem of it.

use super::{
    Behavior, Csv, Definition, Destination, Duplicates, Field, Fields, Format, Limits, Mirror, OnNull, Origin, Parts,
    Place, Problem, Scope, Source, Write,
    field::{self, Columns},
    file::{CsvKeys, DestinationKeys, FieldsKey, LimitsKeys, MirrorKeys, SourceKeys, SyncKeys},
};
use crate::{
    definition::{Amount, BeforeImages, Convert, Kind},
    problem::{Problems, quoted},
    yaml::{
        self,
        read::{Entry, Read, Text},
    },
};

/// Reads the text of `syncs/<name>.yaml`.
///
/// The text is YAML 1.2, one document without aliases and tags: `no`, `yes`, `on` and `off` are text there, not
/// booleans. JSON is YAML too.
///
/// ```
/// use rowferry::definition;
///
/// let text = "destination: { table: orders }\nfields: all\nwrite: marge";
/// let problems = definition::parse("orders", text).unwrap_err();
/// assert_eq!(problems[0].to_string(), "3:8 `write` is `marge`; did you mean `merge`?");
/// ```
///
/// # Errors
///
/// Everything that is wrong with the text by itself (the first hundred), in the order of the text, each with its place.
/// What depends on the table or the extract is judged later, by [`crate::mapping`].
pub fn parse(name: &str, text: &str) -> Result<Definition, Vec<Problem>> {
    let mut problems = Problems::default();
    let definition = match yaml::parse(text, &mut problems) {
        Some(node) => SyncKeys::read(&node, "the definition", &mut problems)
            .and_then(|keys| definition(name, keys, &mut problems)),
        None if problems.is_empty() => {
            problems.add(START, "the definition is empty; it needs `destination` and `fields`");
            None
        }
        None => None,
    };
    problems.finish(definition)
}

fn definition(name: &str, keys: SyncKeys, problems: &mut Problems) -> Option<Definition> {
    let behavior = keys.behavior.get().copied().unwrap_or(Behavior::UpdateOrCreate);
    let write = write(behavior, &keys.write, problems);
    let mut notices = Vec::new();
    if keys.mirror.is_given() && behavior != Behavior::Mirror {
        let message = "`mirror` has no effect with `behavior: update_or_create`; remove it, or set `behavior: mirror`";
        notices.push(Problem::at(keys.mirror.place(), message));
    }
    if let Some((place, _)) = keys.limits.get().and_then(|limits| limits.read_units_per_second.located())
        && behavior != Behavior::Mirror
    {
        let message =
            "`read_units_per_second` has no effect with `behavior: update_or_create`, which scans nothing; remove it";
        notices.push(Problem::at(place, message));
    }
    let source = source(keys.source, problems);
    let columns = Columns::of(&source);
    if let Some((place, Text(column))) = keys.sync_key.located() {
        columns.check(place, "`sync_key`", column, problems);
    }
    let destination = destination(keys.destination, problems);
    let version = keys.version.located().map(|(place, Text(version))| (place, version.as_str()));
    let fields = fields(keys.fields, &columns, version.map(|(_, version)| version), problems);
    if let Some((Fields::List(list), _)) = &fields {
        check_repeats(list, problems);
        check_keep(list, behavior, write, problems);
    }
    if let (Some((place, version)), Some((fields, true))) = (version, &fields) {
        check_version(place, version, write, fields, &columns, problems);
        notices.extend(text_version(place, version, fields, &source));
    }
    let limits = limits(keys.limits, problems);
    Some(Definition {
        name: name.into(),
        source,
        destination: destination?,
        behavior,
        write,
        sync_key: text(keys.sync_key),
        fields: fields?.0,
        duplicates: keys.duplicates.take().unwrap_or(Duplicates::Last),
        version: text(keys.version),
        limits,
        mirror: mirror(keys.mirror),
        notices,
    })
}

fn text(entry: Entry<Text>) -> Option<String> {
    entry.take().map(|Text(text)| text)
}

fn write(behavior: Behavior, entry: &Entry<Write>, problems: &mut Problems) -> Write {
    match (behavior, entry.get()) {
        (Behavior::UpdateOrCreate, None) => Write::Merge,
        (Behavior::Mirror, None) => Write::Replace,
        (Behavior::Mirror, Some(Write::CreateOnly)) => {
            let message = "`write` is `create_only`, which a mirror cannot be; wanted `replace` or `merge`";
            problems.add(entry.place(), message);
            Write::CreateOnly
        }
        (_, Some(write)) => *write,
    }
}

fn source(entry: Entry<SourceKeys>, problems: &mut Problems) -> Source {
    let keys = entry.take().unwrap_or_default();
    let format = keys.format.take();
    if keys.csv.is_given() && format == Some(Format::Parquet) {
        problems.add(keys.csv.place(), "`csv` has no effect on Parquet; remove it, or set `format: csv`");
    }
    Source {
        format,
        csv: csv(keys.csv.take().unwrap_or_default(), problems),
        parts: keys.parts.take().unwrap_or(Parts::Single),
    }
}

fn csv(keys: CsvKeys, problems: &mut Problems) -> Csv {
    let header = keys.header.get().copied().unwrap_or(true);
    let delimiter = keys.delimiter.located().and_then(|(place, text)| delimiter(place, &text.0, problems));
    if keys.columns.is_given() && header {
        problems.add(keys.columns.place(), "`columns` stands beside a header; remove it, or add `header: false`");
    }
    let given = keys.columns.get().map(Vec::as_slice).unwrap_or_default();
    if keys.columns.get().is_some_and(Vec::is_empty) {
        problems.add(keys.columns.place(), "`columns` is an empty list; name the columns, or remove it");
    }
    let mut columns: Vec<String> = Vec::new();
    let mut seen = std::collections::HashMap::new();
    for (place, Text(name)) in given.iter().filter_map(Entry::located) {
        if let Some(before) = seen.insert(name, place) {
            let message =
                format!("column {} stands in `columns` twice, {before} and {place}; rename one", quoted(name));
            problems.add(place, message);
        }
        columns.push(name.clone());
    }
    let nulls = keys.nulls.take().map(|nulls| nulls.into_iter().map(|text| text.0).collect());
    Csv { delimiter, nulls: nulls.unwrap_or_else(|| vec!["\\N".into()]), header, columns }
}

fn delimiter(place: Place, text: &str, problems: &mut Problems) -> Option<u8> {
    let way_out = match (text.as_bytes(), text.to_ascii_lowercase().as_str()) {
        ([byte], _) if byte.is_ascii() && !b"\"\r\n".contains(byte) => return Some(*byte),
        (_, "\\t" | "tab" | "<tab>") => "; a tab is `\"\\t\"`, in double quotes",
        ([_], _) => " other than a quote or a line break",
        _ => "",
    };
    problems.add(place, format!("`delimiter` is {}; wanted one ASCII character{way_out}", quoted(text)));
    None
}

fn destination(entry: Entry<DestinationKeys>, problems: &mut Problems) -> Option<Destination> {
    if !entry.is_given() {
        problems.add(START, "`destination` is missing; add `destination: { table: … }`");
    }
    let place = entry.place();
    let keys = entry.take()?;
    if !keys.table.is_given() {
        problems.add(place, "`table` is missing; add the name of the table");
    }
    if let Some((place, Text(table))) = keys.table.located()
        && !is_table(table)
    {
        let message = format!(
            "`table` is {}; wanted 3 to 255 letters, digits, `_`, `.` and `-`, or the ARN of a table",
            quoted(table)
        );
        problems.add(place, message);
    }
    Some(Destination { connection: text(keys.connection), table: text(keys.table)? })
}

/// The rules are those of
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>.
fn is_table(table: &str) -> bool {
    let name = match table.strip_prefix("arn:").map(|rest| rest.split(':').collect::<Vec<_>>()).as_deref() {
        Some([_partition, "dynamodb", _region, _account, resource]) => resource.strip_prefix("table/").unwrap_or(""),
        _ => table,
    };
    (3..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// Where the problems of a file stand that lacks something.
const START: Place = Place { line: 1, column: 1 };

/// What could be read of the mapping, and whether that is all of it.
fn fields(
    entry: Entry<FieldsKey>,
    columns: &Columns<'_>,
    version: Option<&str>,
    problems: &mut Problems,
) -> Option<(Fields, bool)> {
    if !entry.is_given() {
        problems.add(START, "`fields` is missing; add `fields: all`, or a list of fields");
    }
    match entry.take()? {
        FieldsKey::All(_) => Some((Fields::All, true)),
        FieldsKey::List(list) => {
            let mut check = |entry: &Entry<_>| field::check(entry.place(), entry.get()?, columns, version, problems);
            let fields: Vec<_> = list.iter().filter_map(&mut check).collect();
            let is_all = fields.len() == list.len();
            Some((Fields::List(fields), is_all))
        }
    }
}

fn check_repeats(list: &[Field], problems: &mut Problems) {
    let mut places = std::collections::HashMap::new();
    for field in list {
        if let Some(before) = places.insert(field.attribute.as_str(), field.place) {
            let message = format!(
                "attribute {} is mapped twice; remove one of lines {} and {}",
                quoted(&field.attribute),
                before.line,
                field.place.line
            );
            problems.add(field.place, message);
        }
    }
}

fn check_keep(list: &[Field], behavior: Behavior, write: Write, problems: &mut Problems) {
    if write != Write::Replace {
        return;
    }
    let whose = if behavior == Behavior::Mirror { " (a mirror's default)" } else { "" };
    for field in list.iter().filter(|field| field.on_null == Some(OnNull::Keep)) {
        let message = format!(
            "`on_null: keep` of attribute {} cannot be with `write: replace`{whose}, which keeps nothing; set `write: \
             merge`, or another `on_null`",
            quoted(&field.attribute)
        );
        problems.add(field.place, message);
    }
}

fn check_version(
    place: Place,
    version: &str,
    write: Write,
    fields: &Fields,
    columns: &Columns<'_>,
    problems: &mut Problems,
) {
    if write == Write::CreateOnly {
        let message =
            "`version` has no effect with `write: create_only`, which never changes an item; remove one of them";
        problems.add(place, message);
    }
    let list = match fields {
        Fields::All => return columns.check(place, "`version`", version, problems),
        Fields::List(list) => list,
    };
    let Some(field) = list.iter().find(|field| field.attribute == version) else {
        let names = list.iter().map(|field| field.attribute.as_str());
        let way_out = problems.way_out(version, names, || "add a field for it".into());
        return problems.add(place, format!("`version` is {}, which no field maps; {way_out}", quoted(version)));
    };
    if matches!(field.from, Origin::Value(_)) {
        let message = format!("`version` is {}, the same for every row; map a column to it", quoted(version));
        problems.add(place, message);
    }
    if !matches!(field.kind, None | Some(Kind::Auto | Kind::S | Kind::N | Kind::B)) {
        let message = format!("`version` is {}, whose type has no order; wanted type N, S or B", quoted(version));
        problems.add(place, message);
    }
}

/// What is worth a line where a version may be text without anybody having said so: then `9` is above `10`.
fn text_version(place: Place, version: &str, fields: &Fields, source: &Source) -> Option<Problem> {
    let own = match fields {
        Fields::All => true,
        Fields::List(list) => list.iter().any(|field| {
            let untyped = matches!(field.kind, None | Some(Kind::Auto));
            field.attribute == version && untyped && matches!(field.convert, None | Some(Convert::Trim))
        }),
    };
    let message = format!(
        "`version` is {}, without a type; cells of CSV and TSV then compare as text, `9` above `10`; where it is a number, \
         give its field `type: N`",
        quoted(version)
    );
    (own && source.format != Some(Format::Parquet)).then(|| Problem::at(place, message))
}

fn limits(entry: Entry<LimitsKeys>, problems: &mut Problems) -> Limits {
    let keys = entry.take().unwrap_or_default();
    let (writes, reads) = (&keys.write_units_per_second, &keys.read_units_per_second);
    for (name, entry, done) in [("write", writes, "written"), ("read", reads, "read")] {
        if let Some((place, Amount::Count(units) | Amount::Percent(units))) = entry.located()
            && *units <= 0.0
        {
            let message =
                format!("`{name}_units_per_second` is 0, so nothing would be {done}; wanted more, or no such limit");
            problems.add(place, message);
        }
    }
    if let Some((place, Amount::Count(rows))) = keys.max_rejects.located()
        && rows.fract() != 0.0
    {
        problems.add(place, format!("`max_rejects` is `{rows}`; wanted a whole number, or a share such as `\"1%\"`"));
    }
    Limits {
        write_units_per_second: keys.write_units_per_second.take(),
        read_units_per_second: keys.read_units_per_second.take(),
        max_rejects: keys.max_rejects.take(),
    }
}

fn mirror(entry: Entry<MirrorKeys>) -> Mirror {
    let keys = entry.take().unwrap_or_default();
    let deletes = keys.max_deletes.take().unwrap_or_default();
    Mirror {
        scope: keys.scope.take().unwrap_or(Scope::Synced),
        max_deletes_percent: deletes.percent.take().map_or(20.0, |percent| percent.0),
        max_deletes_count: deletes.count.take().unwrap_or(10),
        before_images: keys.before_images.take().unwrap_or(BeforeImages::Deletes),
    }
}
