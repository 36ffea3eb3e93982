//! The catalog in OpenMetadata's form: the bodies of its REST calls.
//!
//! The service is [`SERVICE`], its databases are accounts, their schemas regions: tables of one name in two places stay
//! two tables. Unknown keys are refused there, so that nothing stands here which its models do not have.

use serde_json::{Map, Number, Value, json};

use super::{
    native::{self, Attribute, Profile, Table},
    outline::{self, Column},
};

mod name;

/// The database service that all tables belong to.
pub const SERVICE: &str = "dynamodb";

/// A program that loads the files beside it by REST; it needs nothing but Python.
pub const PUSH: &str = include_str!("openmetadata/push.py");

/// A double keeps every number of so many significant digits.
const EXACT_DIGITS: usize = 15;

/// Makes the body of `PUT databaseServices`.
#[must_use]
pub fn service() -> Value {
    json!({"name": SERVICE, "displayName": "DynamoDB", "serviceType": "DynamoDB"})
}

/// Makes the bodies of `PUT databases`, one for each account.
#[must_use]
pub fn databases(tables: &[Table]) -> Value {
    let mut accounts: Vec<_> = tables.iter().map(|table| table.account.as_str()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let bodies = accounts.into_iter().map(|account| {
        json!({"name": account, "service": SERVICE, "description": format!("The AWS account {}.", outline::code(account))})
    });
    bodies.collect()
}

/// Makes the bodies of `PUT databaseSchemas`, one for each account in each region.
#[must_use]
pub fn schemas(tables: &[Table]) -> Value {
    let mut places: Vec<_> = tables.iter().map(|table| (table.account.as_str(), table.region.as_str())).collect();
    places.sort_unstable();
    places.dedup();
    let bodies = places
        .into_iter()
        .map(|(account, region)| json!({"name": region, "database": name::join(&[SERVICE, account])}));
    bodies.collect()
}

/// Makes the body of `PUT tables/bulk`: the `CreateTableRequest` of each table.
#[must_use]
pub fn tables(tables: &[Table]) -> Value {
    tables.iter().map(table).collect()
}

/// Makes the `CreateTableRequest` of a table.
#[must_use]
pub fn table(table: &Table) -> Value {
    let attributes = outline::attributes(table);
    let columns = outline::columns(&attributes, name::encode);
    let mut body = Body::default();
    body.name(&name::encode(&table.table), &table.table);
    let facts = outline::facts(table).into_iter();
    let lines = facts.map(|(name, text)| format!("- {}: {}", outline::code(&name), outline::code(&text)));
    body.put("description", lines.collect::<Vec<_>>().join("\n"));
    body.put("tableType", "Regular");
    let place = [SERVICE, table.account.as_str(), table.region.as_str()];
    body.put("databaseSchema", name::join(&place));
    let single = table.keys.first().filter(|_| table.keys.len() == 1).map(|key| key.attribute.as_str());
    let of = |(number, each): (usize, &Column<'_>)| {
        let mut body = column(table, each, Some(number + 1));
        if single == Some(each.raw) {
            body.put("constraint", "PRIMARY_KEY");
        }
        Value::Object(body.0)
    };
    body.put("columns", columns.iter().enumerate().map(of).collect::<Value>());
    if table.keys.len() > 1 {
        let name_of =
            |key: &native::Key| columns.iter().find(|column| column.raw == key.attribute).map(|column| &*column.name);
        let names: Vec<_> = table.keys.iter().filter_map(name_of).collect();
        let sort: Vec<_> = names.iter().skip(1).collect();
        let constraints = json!([
            {"constraintType": "PRIMARY_KEY", "columns": names},
            {"constraintType": "SORT_KEY", "columns": sort},
        ]);
        body.put("tableConstraints", constraints);
    }
    Value::Object(body.0)
}

/// Makes the `CreateTableProfileRequest` of a table.
#[must_use]
pub fn profile(table: &Table, timestamp_ms: i64) -> Value {
    let attributes = outline::attributes(table);
    let columns = outline::columns(&attributes, name::encode);
    let mut body = Body::default();
    body.put("timestamp", timestamp_ms);
    body.put("rowCount", outline::row_count(table));
    body.put("columnCount", columns.len());
    body.put("sizeInByte", table.size_bytes);
    body.some("createDateTime", table.created_at.clone());
    if table.read_whole() {
        body.put("profileSample", 100);
        body.put("profileSampleType", "PERCENTAGE");
    } else {
        body.put("profileSample", table.items_read);
        body.put("profileSampleType", "ROWS");
    }
    let mut profiles = Vec::new();
    gather(&columns, timestamp_ms, &mut profiles);
    json!({"tableProfile": body.0, "columnProfile": profiles})
}

/// Names the file of a table's profile, under `profiles/`.
#[must_use]
pub fn profile_file(table: &Table) -> String {
    format!("{}.{}.{}.json", table.account, table.region, table.table)
}

/// A JSON object that is filled key by key.
#[derive(Default)]
struct Body(Map<String, Value>);

impl Body {
    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// What it is called, and what it is called in truth, where that is something else.
    fn name(&mut self, name: &str, raw: &str) {
        self.put("name", name);
        if name != raw {
            self.put("displayName", raw);
        }
    }
}

fn column(table: &Table, column: &Column<'_>, ordinal: Option<usize>) -> Body {
    let attribute = column.attribute;
    let mut body = Body::default();
    body.name(&column.name, column.raw);
    let kind = data_type(attribute);
    body.put("dataType", kind);
    if kind == "ARRAY" {
        let element = attribute.element.as_deref().map_or("UNKNOWN", data_type);
        body.put("arrayDataType", if element == "MAP" { "STRUCT" } else { element });
    }
    let display = outline::display(attribute);
    body.some("dataTypeDisplay", Some(display).filter(|display| !display.is_empty()));
    body.some("ordinalPosition", ordinal);
    let description = outline::describe(table, column, ordinal.is_some());
    body.some("description", Some(description).filter(|text| !text.is_empty()));
    body.some("tags", tag(attribute).map(|tag| json!([tag])));
    if !column.children.is_empty() {
        let children = column.children.iter().map(|child| Value::Object(self::column(table, child, None).0));
        body.put("children", children.collect::<Value>());
    }
    body
}

fn data_type(attribute: &Attribute) -> &'static str {
    match *outline::kinds(attribute) {
        [] if attribute.types.is_empty() => "UNKNOWN",
        [] => "NULL",
        ["S"] => "STRING",
        ["N"] => "NUMBER",
        ["B"] => "BYTES",
        ["BOOL"] => "BOOLEAN",
        ["M"] => "MAP",
        ["L"] => "ARRAY",
        ["SS" | "NS" | "BS"] => "SET",
        [_] => "UNKNOWN",
        _ => "UNION",
    }
}

/// One tag: those of the classification PII exclude each other, and what is sensitive weighs more.
fn tag(attribute: &Attribute) -> Option<Value> {
    let found = outline::found(attribute);
    let is_sensitive = |found: &native::Classification| found.sensitivity == "sensitive";
    let any = found.iter().any(|each| is_sensitive(each));
    let of_it: Vec<_> = found.into_iter().filter(|each| is_sensitive(each) == any).collect();
    let reasons: Vec<_> = of_it.iter().map(|each| outline::reason(each)).collect();
    let is_confirmed = of_it.iter().any(|each| each.decision == "confirmed");
    (!of_it.is_empty()).then(|| {
        json!({
            "tagFQN": if any { "PII.Sensitive" } else { "PII.NonSensitive" },
            "source": "Classification",
            "labelType": "Generated",
            "state": if is_confirmed { "Confirmed" } else { "Suggested" },
            "reason": reasons.join("; "),
        })
    })
}

/// Profiles of columns: nested ones are found there by their names, joined by dots.
fn gather(columns: &[Column<'_>], timestamp_ms: i64, profiles: &mut Vec<Value>) {
    for column in columns {
        if let Some(profile) = &column.attribute.profile {
            let mut body = Body::default();
            body.put("name", column.path.as_str());
            body.put("timestamp", timestamp_ms);
            figures(&mut body, column.attribute, profile);
            profiles.push(Value::Object(body.0));
        }
        gather(&column.children, timestamp_ms, profiles);
    }
}

fn figures(body: &mut Body, attribute: &Attribute, profile: &Profile) {
    body.put("valuesCount", profile.values_count);
    body.put("nullCount", profile.null_count);
    body.put("nullProportion", profile.null_proportion);
    body.put("distinctCount", profile.distinct_count);
    body.put("distinctProportion", profile.distinct_proportion);
    body.put("uniqueCount", profile.unique_count);
    body.put("uniqueProportion", profile.unique_proportion);
    body.put("duplicateCount", profile.duplicate_count);
    body.some("minLength", profile.min_length);
    body.some("maxLength", profile.max_length);
    if !profile.masked {
        body.some("min", profile.min.as_ref().and_then(limit));
        body.some("max", profile.max.as_ref().and_then(limit));
        let spread = profile.cardinality_distribution.as_ref();
        body.some("cardinalityDistribution", spread.map(|spread| json!(spread)));
    }
    if outline::shows_values(attribute, profile) {
        let mut number = |key: &str, number: &Option<Number>| body.some(key, number.clone().map(Value::Number));
        number("mean", &profile.mean);
        number("sum", &profile.sum);
        number("stddev", &profile.stddev);
        number("median", &profile.median);
        number("firstQuartile", &profile.first_quartile);
        number("thirdQuartile", &profile.third_quartile);
        number("interQuartileRange", &profile.inter_quartile_range);
        number("nonParametricSkew", &profile.non_parametric_skew);
        body.some("histogram", profile.histogram.as_ref().map(histogram));
    }
}

/// A minimum or maximum: a number, or its text where a double would lose digits of it.
fn limit(value: &Value) -> Option<Value> {
    let text = outline::text(value)?;
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let is_exact = value.is_string() || value.is_i64() || digits.trim_matches('0').len() <= EXACT_DIGITS;
    Some(if is_exact { value.clone() } else { Value::String(text) })
}

fn histogram(histogram: &native::Histogram) -> Value {
    let bins = histogram.boundaries.windows(2).enumerate();
    let last = histogram.boundaries.len().saturating_sub(2);
    let names = bins.map(|(number, bin)| match bin {
        [low, _] if number == last => format!("{low} and up"),
        [low, high] => format!("{low} to {high}"),
        _ => String::new(),
    });
    json!({"boundaries": names.collect::<Vec<_>>(), "frequencies": histogram.frequencies})
}

#[cfg(test)]
mod tests;
