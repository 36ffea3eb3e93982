//! The catalog in DataHub's form: what its file source reads, one array of proposals for each table.
//!
//! Aspects that people write there, such as tags of a dataset, are not among them: they would be replaced.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    native::{self, Attribute, Key, Profile, Table},
    outline::{self, Column},
};

const PLATFORM: &str = "urn:li:dataPlatform:dynamodb";

/// Makes the proposals about a table.
#[must_use]
pub fn proposals(table: &Table, timestamp_ms: i64) -> Value {
    let urn = format!("urn:li:dataset:({PLATFORM},{}.{}.{},PROD)", table.account, table.region, table.table);
    let attributes = outline::attributes(table);
    let columns = outline::columns(&attributes, str::to_owned);
    let instance = format!("urn:li:dataPlatformInstance:({PLATFORM},{})", table.account);
    let aspects = [
        ("dataPlatformInstance", json!({"platform": PLATFORM, "instance": instance})),
        ("status", json!({"removed": false})),
        ("datasetProperties", properties(table)),
        ("schemaMetadata", schema(table, &columns)),
        ("datasetProfile", profile(table, &columns, timestamp_ms)),
    ];
    let proposals = aspects.into_iter().map(|(name, aspect)| {
        json!({
            "entityType": "dataset",
            "entityUrn": urn,
            "changeType": "UPSERT",
            "aspectName": name,
            "aspect": {"json": aspect},
        })
    });
    proposals.collect()
}

/// Names the file of a table.
#[must_use]
pub fn file(table: &Table) -> String {
    format!("{}.{}.{}.json", table.account, table.region, table.table)
}

fn properties(table: &Table) -> Value {
    let mut facts = outline::facts(table);
    facts.push(("items_read".to_owned(), table.items_read.to_string()));
    facts.push(("profiled_at".to_owned(), table.profiled_at.clone()));
    let custom: Map<_, _> = facts.into_iter().map(|(name, text)| (name, Value::String(text))).collect();
    let mut aspect = json!({"customProperties": custom, "name": table.table, "qualifiedName": table.arn, "tags": []});
    let created = table.created_at.as_ref().and_then(|time| time.parse::<Timestamp>().ok());
    if let (Some(created), Some(aspect)) = (created, aspect.as_object_mut()) {
        aspect.insert("created".to_owned(), json!({"time": created.as_millisecond()}));
    }
    aspect
}

fn schema(table: &Table, columns: &[Column<'_>]) -> Value {
    let named = |key: &Key| columns.iter().find(|column| column.raw == key.attribute).map(|column| &*column.path);
    let keys: Vec<_> = table.keys.iter().filter_map(named).collect();
    let mut fields = Vec::new();
    gather_fields(table, columns, true, &mut fields);
    json!({
        "schemaName": table.table,
        "platform": PLATFORM,
        "version": 0,
        "hash": "",
        "platformSchema": {"com.linkedin.schema.Schemaless": {}},
        "fields": fields,
        "primaryKeys": keys,
    })
}

fn gather_fields(table: &Table, columns: &[Column<'_>], is_top: bool, fields: &mut Vec<Value>) {
    for column in columns {
        let key = table.keys.iter().find(|key| is_top && key.attribute == column.raw);
        let mut field = Map::new();
        let mut put = |name: &str, value: Value| field.insert(name.to_owned(), value);
        put("fieldPath", column.path.clone().into());
        put("type", json!({"type": data_type(column.attribute)}));
        let native = outline::display(column.attribute);
        put("nativeDataType", if native.is_empty() { "unknown".to_owned() } else { native }.into());
        put("nullable", key.is_none().into());
        let mut texts = vec![outline::describe(table, column, is_top)];
        let found = outline::found(column.attribute);
        texts.extend(found.iter().map(|found| format!("Found: {}.", outline::code(&outline::reason(found)))));
        texts.retain(|text| !text.is_empty());
        if !texts.is_empty() {
            put("description", texts.join(" ").into());
        }
        if !found.is_empty() {
            put("globalTags", tags(&found));
        }
        if let Some(key) = key {
            put("isPartOfKey", true.into());
            put("isPartitioningKey", (key.role == "partition").into());
        }
        fields.push(Value::Object(field));
        gather_fields(table, &column.children, false, fields);
    }
}

fn data_type(attribute: &Attribute) -> Value {
    let types = |attribute: &Attribute| outline::kinds(attribute).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (name, more) = match *outline::kinds(attribute) {
        ["S"] => ("StringType", json!({})),
        ["N"] => ("NumberType", json!({})),
        ["B"] => ("BytesType", json!({})),
        ["BOOL"] => ("BooleanType", json!({})),
        ["M"] => match &attribute.map_of {
            Some(map) => ("MapType", json!({"keyType": "S", "valueType": outline::display(&map.value)})),
            None => ("RecordType", json!({})),
        },
        ["L"] => ("ArrayType", json!({"nestedType": attribute.element.as_deref().map(types).unwrap_or_default()})),
        ["SS" | "NS" | "BS"] => {
            let of: String = types(attribute).concat().chars().take(1).collect();
            ("ArrayType", json!({"nestedType": [of]}))
        }
        [] | [_] => ("NullType", json!({})),
        _ => ("UnionType", json!({"nestedTypes": types(attribute)})),
    };
    let mut full = Map::new();
    full.insert(format!("com.linkedin.schema.{name}"), more);
    Value::Object(full)
}

/// How sensitive it is, and what it is.
fn tags(found: &[&native::Classification]) -> Value {
    let mut names = Vec::new();
    for each in found {
        let sensitivity = if each.sensitivity == "sensitive" { "PII.Sensitive" } else { "PII.NonSensitive" };
        names.extend([sensitivity.to_owned(), format!("PII.{}", urn_part(&each.entity))]);
    }
    names.sort_unstable();
    names.dedup();
    let tags: Vec<_> = names.iter().map(|name| json!({"tag": format!("urn:li:tag:{name}")})).collect();
    json!({"tags": tags})
}

/// What stands in a URN: other characters than these would end it, or begin another part.
fn urn_part(text: &str) -> String {
    let is_plain = |each: char| each.is_alphanumeric() || matches!(each, '_' | '-' | '.');
    text.chars().map(|each| if is_plain(each) { each } else { '_' }).collect()
}

fn profile(table: &Table, columns: &[Column<'_>], timestamp_ms: i64) -> Value {
    let mut fields = Vec::new();
    gather_profiles(columns, &mut fields);
    json!({
        "timestampMillis": timestamp_ms,
        "partitionSpec": {"type": "FULL_TABLE", "partition": "FULL_TABLE_SNAPSHOT"},
        "rowCount": outline::row_count(table),
        "columnCount": columns.len(),
        "sizeInBytes": table.size_bytes,
        "fieldProfiles": fields,
    })
}

fn gather_profiles(columns: &[Column<'_>], fields: &mut Vec<Value>) {
    for column in columns {
        if let Some(profile) = &column.attribute.profile {
            let mut field = Map::new();
            field.insert("fieldPath".to_owned(), column.path.clone().into());
            figures(&mut field, column.attribute, profile);
            fields.push(Value::Object(field));
        }
        gather_profiles(&column.children, fields);
    }
}

/// The figures: what is unique there is what is distinct here.
fn figures(field: &mut Map<String, Value>, attribute: &Attribute, profile: &Profile) {
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            field.insert(name.to_owned(), value);
        }
    };
    let text = |value: &Option<Value>| value.as_ref().and_then(outline::text).map(Value::String);
    let number = |number: &Option<serde_json::Number>| number.as_ref().map(|number| Value::String(number.to_string()));
    put("uniqueCount", Some(profile.distinct_count.into()));
    put("uniqueProportion", Some(profile.distinct_proportion.into()));
    put("nullCount", Some(profile.null_count.into()));
    put("nullProportion", Some(profile.null_proportion.into()));
    if !profile.masked {
        put("min", text(&profile.min));
        put("max", text(&profile.max));
        put("distinctValueFrequencies", frequencies(profile));
        let samples = attribute.samples.iter().filter_map(outline::text).map(Value::String);
        put("sampleValues", (!attribute.samples.is_empty()).then(|| samples.collect()));
    }
    if outline::shows_values(attribute, profile) {
        put("mean", number(&profile.mean));
        put("median", number(&profile.median));
        put("stdev", number(&profile.stddev));
        let quartiles =
            [("0.25", &profile.first_quartile), ("0.5", &profile.median), ("0.75", &profile.third_quartile)];
        let known = quartiles.iter().filter_map(|(quantile, value)| {
            value.as_ref().map(|value| json!({"quantile": quantile, "value": value.to_string()}))
        });
        let known: Vec<_> = known.collect();
        put("quantiles", (!known.is_empty()).then(|| known.into()));
        put("histogram", profile.histogram.as_ref().map(histogram));
    }
}

fn histogram(histogram: &native::Histogram) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "a height is a double there")]
    let heights: Vec<_> = histogram.frequencies.iter().map(|count| *count as f64).collect();
    let boundaries: Vec<_> = histogram.boundaries.iter().map(ToString::to_string).collect();
    json!({"boundaries": boundaries, "heights": heights})
}

/// How often each value was seen; none where some values are not known.
fn frequencies(profile: &Profile) -> Option<Value> {
    let known: u64 = profile.top_values.iter().map(|each| each.count).sum();
    let is_complete = known > 0 && known == profile.values_count;
    is_complete.then(|| {
        let values = profile.top_values.iter();
        let all = values.map(|each| {
            let value = outline::text(&each.value).unwrap_or_else(|| each.value.to_string());
            json!({"value": value, "frequency": each.count})
        });
        all.collect()
    })
}

#[cfg(test)]
mod tests;
