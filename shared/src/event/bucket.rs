//! Events of a bucket, in the two shapes in which they come.

use std::fmt;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{Error, Sequencer};

/// What a payload tells about objects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Events {
    /// Objects that were created, in the payload's order.
    pub objects: Vec<ObjectEvent>,
    /// Events that ask for nothing.
    pub ignored: Vec<Ignored>,
}

/// An object was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectEvent {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key, decoded.
    pub key: String,
    /// Its version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// Its entity tag, without quotes.
    pub etag: Option<String>,
    /// Its size.
    pub size_bytes: Option<u64>,
    /// Its place among the events of the object.
    pub sequencer: Option<Sequencer>,
    /// When it happened.
    pub time: Option<Timestamp>,
}

/// An event that asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The bucket's name.
    pub bucket: Option<String>,
    /// The object's key, decoded.
    pub key: Option<String>,
    /// The event's own name.
    pub event: String,
    /// Why nothing is done.
    pub reason: &'static str,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, event, reason, .. } = self;
        match key {
            Some(key) => write!(f, "`{event}` of `{key}`: {reason}"),
            None => write!(f, "`{event}`: {reason}"),
        }
    }
}

/// Reads the events of a payload; none where it is no event of a bucket.
///
/// Keys of S3 notifications are form-encoded, those of EventBridge are not.
///
/// # Errors
///
/// [`Error::Record`] for a record that S3 would not send.
pub fn events(payload: &Value) -> Result<Option<Events>, Error> {
    if let Some(records) = payload.get("Records") {
        return notification(records).map(Some);
    }
    let event = text(payload, "/Event");
    if event.is_some_and(|event| event == "s3:TestEvent") {
        let bucket = text(payload, "/Bucket").map(str::to_owned);
        let event = "s3:TestEvent".to_owned();
        let ignored = Ignored { bucket, key: None, event, reason: "S3 sends it to test a notification" };
        return Ok(Some(Events { objects: Vec::new(), ignored: vec![ignored] }));
    }
    match (text(payload, "/source"), text(payload, "/detail-type")) {
        (Some("aws.s3"), Some(detail_type)) => bridge(payload, detail_type).map(Some),
        _ => Ok(None),
    }
}

fn notification(records: &Value) -> Result<Events, Error> {
    let records =
        records.as_array().ok_or_else(|| Error::Record { record: 1, problem: "`Records` is no list".into() })?;
    let mut events = Events::default();
    for (index, record) in records.iter().enumerate() {
        let fault = |problem| Error::Record { record: index + 1, problem };
        let source = text(record, "/eventSource").or(text(record, "/EventSource")).unwrap_or_default();
        if !source.ends_with(":s3") {
            return Err(fault(format!("it comes from `{source}`; wanted `aws:s3`")));
        }
        let name = wanted(record, "/eventName").map_err(fault)?;
        let key = text(record, "/s3/object/key").map(decoded).transpose().map_err(fault)?;
        let shape = Shape { time: "/eventTime", base: "/s3", etag: "eTag", version_id: "versionId" };
        events.add(record, &shape, name.strip_prefix("s3:").unwrap_or(name), key).map_err(fault)?;
    }
    Ok(events)
}

fn bridge(payload: &Value, detail_type: &str) -> Result<Events, Error> {
    let name = match detail_type {
        "Object Created" => "ObjectCreated:",
        "Object Deleted" => "ObjectRemoved:",
        other => other,
    };
    let key = text(payload, "/detail/object/key").map(str::to_owned);
    let shape = Shape { time: "/time", base: "/detail", etag: "etag", version_id: "version-id" };
    let mut events = Events::default();
    events.add(payload, &shape, name, key).map_err(|problem| Error::Record { record: 1, problem })?;
    for ignored in &mut events.ignored {
        detail_type.clone_into(&mut ignored.event);
    }
    Ok(events)
}

/// Where the two shapes differ.
struct Shape {
    time: &'static str,
    base: &'static str,
    etag: &'static str,
    version_id: &'static str,
}

impl Events {
    fn add(&mut self, record: &Value, shape: &Shape, name: &str, key: Option<String>) -> Result<(), String> {
        let at = |path: &str| format!("{}/{path}", shape.base);
        let of_object = |path: &str| text(record, &at(&format!("object/{path}"))).filter(|text| !text.is_empty());
        if let Some(reason) = reason_to_ignore(name) {
            let bucket = text(record, &at("bucket/name")).map(str::to_owned);
            self.ignored.push(Ignored { bucket, key, event: name.to_owned(), reason });
            return Ok(());
        }
        self.objects.push(ObjectEvent {
            bucket: wanted(record, &at("bucket/name"))?.to_owned(),
            key: key.filter(|key| !key.is_empty()).ok_or_else(|| missing(&at("object/key")))?,
            // An object that was written while versions were not kept has the version `null`, which can change.
            version_id: of_object(shape.version_id).filter(|id| *id != "null").map(str::to_owned),
            etag: of_object(shape.etag).map(|etag| etag.trim_matches('"').to_owned()),
            size_bytes: record.pointer(&at("object/size")).and_then(Value::as_u64),
            sequencer: of_object("sequencer").and_then(Sequencer::new),
            time: text(record, shape.time).and_then(|time| time.parse().ok()),
        });
        Ok(())
    }
}

fn reason_to_ignore(name: &str) -> Option<&'static str> {
    match name.split_once(':').map_or(name, |(family, _)| family) {
        "ObjectCreated" => None,
        "ObjectRemoved" | "LifecycleExpiration" => Some("no item is deleted because an object was"),
        _ => Some("only created objects are loaded"),
    }
}

/// A key as it was before S3 form-encoded it: `+` is a space, `%2B` a plus.
fn decoded(key: &str) -> Result<String, String> {
    let spaced = key.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(Into::into).map_err(|_| format!("the key `{key}` is no UTF-8 when decoded"))
}

fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str)
}

fn wanted<'a>(value: &'a Value, path: &str) -> Result<&'a str, String> {
    text(value, path).filter(|text| !text.is_empty()).ok_or_else(|| missing(path))
}

fn missing(path: &str) -> String {
    format!("`{}` is missing", path.trim_start_matches('/').replace('/', "."))
}
