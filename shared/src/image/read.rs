//! Lines of a compressed file as images. The file lies in a bucket that others write to, so nothing of it is trusted.

#[cfg(test)]
mod tests;

use std::io::{BufRead, BufReader, Read};

use serde_json::{Map, Value};
use zstd::stream::read::Decoder;

use super::{
    line::{Image, LINE_BYTES},
    value::canonical,
};
use crate::{
    bucket,
    error::{Error, Kind},
    table::Table,
};

/// The most memory that unpacking may ask for, as a power of two.
const WINDOW_LOG: u32 = 23;

/// What a line is to be.
const WANTED: &str = r#"wanted {"key": {…}, "before": {…} or null, "after": 32 hexadecimal digits or null}"#;

/// Reads images, one after the other; ends at the first that is none.
pub struct Reader<R: Read> {
    lines: BufReader<Decoder<'static, BufReader<R>>>,
    table: Table,
    line: u64,
    text: Vec<u8>,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// A reader of a file with images of a table.
    ///
    /// # Errors
    ///
    /// Where there is no memory to unpack it.
    pub fn new(file: R, table: &Table) -> Result<Self, Error> {
        let mut unpacked = Decoder::new(file).map_err(|error| damaged(0, error))?;
        unpacked.window_log_max(WINDOW_LOG).map_err(|error| damaged(0, error))?;
        Ok(Self { lines: BufReader::new(unpacked), table: table.clone(), line: 0, text: Vec::new(), ended: false })
    }

    fn read(&mut self) -> Result<Option<Image>, Error> {
        self.text.clear();
        let limit = u64::try_from(LINE_BYTES).unwrap_or(u64::MAX) + 1;
        let read = self.lines.by_ref().take(limit).read_until(b'\n', &mut self.text);
        self.line += 1;
        if read.map_err(|error| damaged(self.line, error))? == 0 {
            return Ok(None);
        }
        if self.text.len() > LINE_BYTES {
            return Err(self.wrong(&format!("found more than {LINE_BYTES} bytes, wanted fewer")));
        }
        let line: Value = match serde_json::from_slice(self.text.trim_ascii_end()) {
            Ok(line) => line,
            Err(error) => return Err(self.wrong(&format!("found no JSON at byte {}, {WANTED}", error.column()))),
        };
        self.image(line).map(Some)
    }

    fn image(&self, line: Value) -> Result<Image, Error> {
        let Value::Object(mut line) = line else {
            return Err(self.wrong(&format!("found {}, {WANTED}", kind(&line))));
        };
        let mut member =
            |name: &str| line.remove(name).ok_or_else(|| self.wrong(&format!("found no `{name}`, {WANTED}")));
        let (key, before, after) = (member("key")?, member("before")?, member("after")?);
        if !line.is_empty() {
            return Err(self.wrong(&format!("found {} more members, {WANTED}", line.len())));
        }
        let key = self.item("key", key)?;
        if !self.is_key(&key) {
            let names: Vec<String> =
                self.table.keys().map(|key| format!("`{}` of type {}", key.attribute, key.kind.name())).collect();
            return Err(self.wrong(&format!("found another `key`, wanted {}", names.join(" and "))));
        }
        let before = match before {
            Value::Null => None,
            before => Some(self.item("before", before)?),
        };
        let other = |before: &Map<String, Value>| {
            key.iter().any(|(name, value)| before.get(name).cloned().map(canonical) != Some(canonical(value.clone())))
        };
        if before.as_ref().is_some_and(other) {
            return Err(self.wrong("found another key in `before`, wanted that in `key`"));
        }
        Ok(Image { key: key.into(), before: before.map(Value::Object), after: self.digest(&after)? })
    }

    /// The attributes of an item.
    fn item(&self, name: &str, item: Value) -> Result<Map<String, Value>, Error> {
        match item {
            Value::Object(item) if item.values().all(is_value) => Ok(item),
            Value::Object(_) => Err(self.wrong(&format!("found something else in `{name}`, wanted DynamoDB JSON"))),
            other => Err(self.wrong(&format!("found {} as `{name}`, wanted an item in DynamoDB JSON", kind(&other)))),
        }
    }

    /// Whether these are the table's own keys, each of its type.
    fn is_key(&self, found: &Map<String, Value>) -> bool {
        found.len() == self.table.keys().count()
            && crate::write::key_of_item(&Value::Object(found.clone()), &self.table).is_some()
    }

    fn digest(&self, after: &Value) -> Result<Option<u128>, Error> {
        if after.is_null() {
            return Ok(None);
        }
        let text = after.as_str().filter(|text| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let digest = text.and_then(|text| u128::from_str_radix(text, 16).ok());
        digest.map(Some).ok_or_else(|| {
            self.wrong(&format!("found {} as `after`, wanted 32 hexadecimal digits or null", kind(after)))
        })
    }

    #[cold]
    fn wrong(&self, what: &str) -> Error {
        Error::new(Kind::Config, format!("line {} of the before-images: {what}; the file was changed since", self.line))
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Image, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let image = self.read().transpose();
        self.ended = !matches!(image, Some(Ok(_)));
        image
    }
}

impl<R: Read> std::fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

/// Whether JSON is a value in DynamoDB JSON, as far as its shape tells.
fn is_value(value: &Value) -> bool {
    let Some(value) = value.as_object().filter(|value| value.len() == 1) else { return false };
    value.iter().all(|(kind, value)| match (kind.as_str(), value) {
        ("S" | "N" | "B", Value::String(_)) | ("BOOL" | "NULL", Value::Bool(_)) => true,
        ("SS" | "NS" | "BS", Value::Array(members)) => members.iter().all(Value::is_string),
        ("L", Value::Array(members)) => members.iter().all(is_value),
        ("M", Value::Object(members)) => members.values().all(is_value),
        _ => false,
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A file that is damaged; one that cannot be reached keeps the bucket's own kind.
#[cold]
fn damaged(line: u64, error: std::io::Error) -> Error {
    let error = match error.downcast::<bucket::Error>() {
        Ok(error) => return error.into(),
        Err(error) => error,
    };
    Error::caused(Kind::Config, format!("the before-images could not be read on from line {line}"), error)
}
