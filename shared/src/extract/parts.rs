//! Which objects are parts of an extract, judged by their names, and what a manifest lists.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{definition::Parts, sync};

/// The name of the object that completes a folder.
pub const MARKER: &str = "_SUCCESS";
/// How long a manifest may be.
pub const MANIFEST_LIMIT_BYTES: u64 = 8 * 1024 * 1024;

/// What an object is to a sync, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An extract of its own.
    Extract,
    /// It completes the extract of its folder.
    Marker,
    /// It lists the parts of an extract.
    Manifest,
    /// A part; another object completes the extract.
    Part,
    /// Nothing that is loaded; why.
    Nothing(&'static str),
}

/// What an object is to a sync.
///
/// `beneath` is its key beneath the sync's folder, `2024/a.csv` for `extracts/orders/2024/a.csv`.
///
/// ```
/// # use rowferry::{definition::Parts, extract::parts::{role, Role}};
/// assert_eq!(role("a.csv", Parts::Single), Role::Extract);
/// assert_eq!(role("day=1/_SUCCESS", Parts::Marker), Role::Marker);
/// assert_eq!(role("day=1/part-0.csv", Parts::Marker), Role::Part);
/// assert_eq!(role("day=1/mended-rejects.csv", Parts::Marker), Role::Extract);
/// assert_eq!(role("unload_manifest", Parts::Manifest), Role::Manifest);
/// assert!(matches!(role(".a.csv.crc", Parts::Single), Role::Nothing(_)));
/// ```
#[must_use]
pub fn role(beneath: &str, parts: Parts) -> Role {
    let (folders, name) = beneath.rsplit_once('/').unwrap_or(("", beneath));
    match parts {
        Parts::Marker if name == MARKER && !is_hidden(folders) => Role::Marker,
        _ if let Some(reason) = hidden(beneath) => Role::Nothing(reason),
        Parts::Single => Role::Extract,
        _ if is_rejects(name) => Role::Extract,
        Parts::Manifest if is_manifest(name) => Role::Manifest,
        Parts::Marker | Parts::Manifest => Role::Part,
    }
}

/// Why an object is no data, by the conventions of the programs that write extracts.
///
/// Hadoop, Hive and Spark hide names that begin with `_` or `.`, folders too, where they do not name a partition
/// (`_year=2024`); checksums end in `.crc`; folders are objects that end in `/` or `_$folder$`.
#[must_use]
pub fn hidden(beneath: &str) -> Option<&'static str> {
    let (folders, name) = beneath.rsplit_once('/').unwrap_or(("", beneath));
    if name.is_empty() || name.ends_with("_$folder$") {
        return Some("it is a folder");
    }
    if name.starts_with(['_', '.']) {
        return Some("its name begins with `_` or `.`");
    }
    if has_extension(name, "crc") {
        return Some("it is a checksum");
    }
    is_hidden(folders).then_some("it lies in a temporary or hidden folder")
}

fn is_hidden(folders: &str) -> bool {
    folders.split('/').any(|folder| folder.starts_with(['_', '.']) && !folder.contains('='))
}

/// `manifest`, `*.manifest`, `manifest.json`, and what Redshift's UNLOAD makes of a prefix: `orders_manifest`.
fn is_manifest(name: &str) -> bool {
    let before = name.strip_suffix("manifest");
    before.is_some_and(|before| before.is_empty() || before.ends_with(['.', '_'])) || name == "manifest.json"
}

/// `rejects.csv`, and a name that ends so after `-`, `_` or `.`: what Rowferry gave back.
pub(super) fn is_rejects(beneath: &str) -> bool {
    let name = beneath.rsplit_once('/').map_or(beneath, |(_, name)| name);
    let before = name.strip_suffix("rejects.csv");
    before.is_some_and(|before| before.is_empty() || before.ends_with(['-', '_', '.']))
}

/// Whether an object is data that a marker in a folder above completes; rejects that came back are not.
#[must_use]
pub fn is_data(beneath: &str) -> bool {
    role(beneath, Parts::Marker) == Role::Part
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(extension))
}

/// One part that a manifest lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The object's key.
    pub key: String,
    /// Whether the extract is incomplete without it. True where the manifest does not say: Redshift's COPY would load
    /// without it, but a part that is left out in silence is a loss, and in a mirror a mass delete.
    pub mandatory: bool,
    /// The size that it must have.
    pub size_bytes: Option<u64>,
}

/// What is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is not JSON of its shape.
    #[error(r#"it is no JSON like `{{"entries": [{{"url": "s3://…", "mandatory": true}}]}}`: {0}"#)]
    Shape(String),
    /// An entry's address is none of S3.
    #[error("entry {entry} has the url `{url}`; wanted `s3://<bucket>/<key>`")]
    Url {
        /// Its number, from 1.
        entry: usize,
        /// Its address.
        url: String,
    },
    /// An entry lies in another bucket.
    #[error("entry {entry} lies in bucket `{found}`; parts must lie in the data bucket `{wanted}`")]
    OtherBucket {
        /// Its number, from 1.
        entry: usize,
        /// The bucket that it names.
        found: String,
        /// The data bucket.
        wanted: String,
    },
    /// An entry is no extract of the manifest's sync.
    #[error("entry {entry} lists `{key}`; parts must lie under `extracts/{sync}/`")]
    OtherSync {
        /// Its number, from 1.
        entry: usize,
        /// The object's key.
        key: String,
        /// The manifest's sync.
        sync: String,
    },
    /// An entry stands twice.
    #[error("entry {entry} lists `{key}` a second time; its rows would count twice")]
    Twice {
        /// Its number, from 1.
        entry: usize,
        /// The object's key.
        key: String,
    },
}

#[derive(Deserialize)]
struct Manifest {
    entries: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    url: String,
    mandatory: Option<bool>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    content_length: Option<u64>,
}

/// Reads the entries of a manifest, in its order; keys that it has beyond Redshift's are left alone.
///
/// ```
/// # use rowferry::extract::parts::entries;
/// let manifest = br#"{"entries": [{"url": "s3://data/extracts/orders/0000_part_00", "mandatory": true}]}"#;
/// assert_eq!(entries(manifest, "data", "orders").unwrap()[0].key, "extracts/orders/0000_part_00");
/// let problem = entries(manifest, "other", "orders").unwrap_err();
/// assert_eq!(problem.to_string(), "entry 1 lies in bucket `data`; parts must lie in the data bucket `other`");
/// ```
///
/// # Errors
///
/// The first [`Problem`].
pub fn entries(manifest: &[u8], data_bucket: &str, sync: &str) -> Result<Vec<Entry>, Problem> {
    let text = manifest.strip_prefix("\u{feff}".as_bytes()).unwrap_or(manifest);
    let Manifest { entries } = serde_json::from_slice(text).map_err(|error| Problem::Shape(error.to_string()))?;
    let mut seen = BTreeSet::new();
    let mut read = Vec::with_capacity(entries.len());
    for (index, Listed { url, mandatory, meta }) in entries.into_iter().enumerate() {
        let entry = index + 1;
        let key = key_of(&url, entry, data_bucket)?;
        if sync::of(&key) != Some(sync) {
            return Err(Problem::OtherSync { entry, key, sync: sync.to_owned() });
        }
        if !seen.insert(key.clone()) {
            return Err(Problem::Twice { entry, key });
        }
        let size_bytes = meta.and_then(|meta| meta.content_length);
        read.push(Entry { key, mandatory: mandatory.unwrap_or(true), size_bytes });
    }
    Ok(read)
}

fn key_of(url: &str, entry: usize, data_bucket: &str) -> Result<String, Problem> {
    let address = url.strip_prefix("s3://").and_then(|address| address.split_once('/'));
    match address {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => {
            if bucket == data_bucket {
                return Ok(key.to_owned());
            }
            Err(Problem::OtherBucket { entry, found: bucket.to_owned(), wanted: data_bucket.to_owned() })
        }
        _ => Err(Problem::Url { entry, url: url.to_owned() }),
    }
}

#[cfg(test)]
mod tests;
