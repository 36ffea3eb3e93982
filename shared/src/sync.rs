//! Where a sync's definition lies, and which sync an object belongs to.
//!
//! Owns the layout `syncs/<sync>.yaml` and `extracts/<sync>/…` of the data bucket. Reads the text of a definition; what
//! it means is [`crate::definition`]'s.

use bytes::Bytes;

use crate::{
    bucket::{self, Bucket, Object},
    error::{self, Kind},
};

/// Where extracts are dropped.
pub const EXTRACTS: &str = "extracts/";
/// Where definitions lie.
pub const SYNCS: &str = "syncs/";
/// How long a definition may be.
pub const LIMIT_BYTES: u64 = 1024 * 1024;

/// The text of a definition and the object that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The sync's name.
    pub sync: String,
    /// The object as it was read.
    pub object: Object,
    /// Its text, without a byte order mark.
    pub text: String,
}

/// Why the text of a definition cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Two files define one sync.
    #[error("`{SYNCS}{sync}.yaml` and `{SYNCS}{sync}.yml` both claim `{EXTRACTS}{sync}/`; remove one of them")]
    TwoFiles {
        /// The sync's name.
        sync: String,
    },
    /// The text is no UTF-8.
    #[error("`{key}` is no UTF-8 at byte {at}; save it as UTF-8")]
    NoUtf8 {
        /// The object's key.
        key: String,
        /// The first byte that does not fit, from 0.
        at: usize,
    },
    /// The bucket did not give it.
    #[error(transparent)]
    Bucket(#[from] bucket::Error),
}

impl From<Error> for error::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Bucket(error) if error.kind() == Kind::Service => error.into(),
            error => Self::new(error.kind(), error.to_string()),
        }
    }
}

impl Error {
    /// Who must act.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::TwoFiles { .. } | Self::NoUtf8 { .. } | Self::Bucket(bucket::Error::TooLarge { .. }) => Kind::Mapping,
            Self::Bucket(error) => error.kind(),
        }
    }
}

/// The sync that an object belongs to: `extracts/<sync>/…`. None for any other object.
///
/// A sync's name begins with a letter or digit and goes on with letters, digits, `_`, `-` and `.` (all ASCII).
///
/// ```
/// # use rowferry::sync;
/// assert_eq!(sync::of("extracts/orders/2024/a.csv"), Some("orders"));
/// assert_eq!(sync::of("extracts/orders"), None);
/// assert_eq!(sync::of("extracts/.orders/a.csv"), None);
/// assert_eq!(sync::of("runs/orders/a.csv"), None);
/// ```
#[must_use]
pub fn of(object_key: &str) -> Option<&str> {
    let (sync, rest) = object_key.strip_prefix(EXTRACTS)?.split_once('/')?;
    (is_name(sync) && !rest.is_empty()).then_some(sync)
}

/// Whether a text can be the name of a sync.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.chars().all(|each| each.is_ascii_alphanumeric() || "_-.".contains(each))
}

/// Reads the definition of a sync; none where it has none.
///
/// # Errors
///
/// [`Error::TwoFiles`], [`Error::NoUtf8`], or the bucket's own, among them one for more than [`LIMIT_BYTES`].
pub async fn read(bucket: &dyn Bucket, sync: &str) -> Result<Option<Source>, Error> {
    let keys = ["yaml", "yml"].map(|extension| format!("{SYNCS}{sync}.{extension}"));
    let [long, short] = &keys;
    match futures::join!(read_file(bucket, long), read_file(bucket, short)) {
        (Err(error), _) | (_, Err(error)) => Err(error.into()),
        (Ok(None), Ok(None)) => Ok(None),
        (Ok(Some(_)), Ok(Some(_))) => Err(Error::TwoFiles { sync: sync.to_owned() }),
        (Ok(Some((object, bytes))), Ok(None)) | (Ok(None), Ok(Some((object, bytes)))) => {
            let text = text(&object, &bytes)?;
            Ok(Some(Source { sync: sync.to_owned(), object, text }))
        }
    }
}

/// Whether a sync has a definition, read or not, sound or not.
///
/// # Errors
///
/// The bucket's own.
pub async fn exists(bucket: &dyn Bucket, sync: &str) -> Result<bool, bucket::Error> {
    let keys = ["yaml", "yml"].map(|extension| format!("{SYNCS}{sync}.{extension}"));
    let [long, short] = keys.each_ref().map(|key| async {
        match bucket.head(key, None).await {
            Err(bucket::Error::Missing { .. }) => Ok(false),
            looked => looked.map(|_| true),
        }
    });
    let (long, short) = futures::try_join!(long, short)?;
    Ok(long || short)
}

/// The names of all syncs that are defined, in order.
///
/// # Errors
///
/// The bucket's own.
pub async fn names(bucket: &dyn Bucket) -> Result<Vec<String>, bucket::Error> {
    let listed = bucket.list(SYNCS).await?;
    let mut names: Vec<_> = listed.iter().filter_map(|object| defined_by(&object.key)).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

fn defined_by(object_key: &str) -> Option<&str> {
    let file = object_key.strip_prefix(SYNCS)?;
    let name = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml"))?;
    is_name(name).then_some(name)
}

async fn read_file(bucket: &dyn Bucket, key: &str) -> Result<Option<(Object, Bytes)>, bucket::Error> {
    match bucket.read(key, LIMIT_BYTES).await {
        Err(bucket::Error::Missing { .. }) => Ok(None),
        read => read.map(Some),
    }
}

fn text(object: &Object, bytes: &[u8]) -> Result<String, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.trim_start_matches('\u{feff}').to_owned()),
        Err(error) => Err(Error::NoUtf8 { key: object.key.clone(), at: error.valid_up_to() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::memory::Memory;

    fn wait<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn outcome(files: &[(&str, &'static [u8])]) -> Result<Option<String>, String> {
        let bucket = Memory::new("data");
        for (key, bytes) in files {
            bucket.insert(key, *bytes);
        }
        let read = wait(read(&bucket, "orders"));
        read.map(|source| source.map(|source| source.text)).map_err(|error| format!("{}: {error}", error.kind().name()))
    }

    #[test]
    fn an_object_belongs_to_the_sync_of_its_folder() {
        let check = |key, sync| assert_eq!(of(key), sync, "{key}");
        check("extracts/orders/a.csv", Some("orders"));
        check("extracts/Orders-2.eu_west/x/y/_SUCCESS", Some("Orders-2.eu_west"));
        check("extracts/orders/", None);
        check("extracts/orders", None);
        check("extracts//a.csv", None);
        check("extracts/-orders/a.csv", None);
        check("extracts/_orders/a.csv", None);
        check("extracts/größe/a.csv", None);
        check("extracts/a b/a.csv", None);
        check("Extracts/orders/a.csv", None);
    }

    #[test]
    fn finds_the_definition_under_either_name_but_not_both() {
        assert_eq!(outcome(&[]), Ok(None));
        assert_eq!(outcome(&[("syncs/orders.yaml", b"a: 1")]), Ok(Some("a: 1".into())));
        assert_eq!(outcome(&[("syncs/orders.yml", b"\xef\xbb\xbfa: 1")]), Ok(Some("a: 1".into())));
        let both = outcome(&[("syncs/orders.yaml", b""), ("syncs/orders.yml", b"")]).unwrap_err();
        let expected = "`syncs/orders.yaml` and `syncs/orders.yml` both claim `extracts/orders/`; remove one of them";
        assert_eq!(both, format!("mapping: {expected}"));
    }

    #[test]
    fn refuses_what_is_no_text() {
        let latin = outcome(&[("syncs/orders.yaml", b"table: gr\xf6\xdfe")]).unwrap_err();
        assert_eq!(latin, "mapping: `syncs/orders.yaml` is no UTF-8 at byte 9; save it as UTF-8");
        let large = outcome(&[("syncs/orders.yaml", "#".repeat(1024 * 1024 + 1).leak().as_bytes())]).unwrap_err();
        assert_eq!(large, "mapping: object `syncs/orders.yaml` has 1048577 bytes, more than the 1048576 that are read");
    }

    #[test]
    fn a_sync_exists_under_either_name() {
        let bucket = Memory::new("data");
        bucket.insert("syncs/a.yaml", "");
        bucket.insert("syncs/b.yml", "");
        let check = |sync, expected| assert_eq!(wait(exists(&bucket, sync)).unwrap(), expected);
        check("a", true);
        check("b", true);
        check("c", false);
    }

    #[test]
    fn lists_the_syncs_that_are_defined() {
        let bucket = Memory::new("data");
        for key in ["syncs/b.yml", "syncs/a.yaml", "syncs/README.md", "syncs/old/c.yaml", "syncs/.d.yaml"] {
            bucket.insert(key, "");
        }
        assert_eq!(wait(names(&bucket)).unwrap(), ["a", "b"]);
    }
}
