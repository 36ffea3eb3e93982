//! Which objects an extract is, each held to one version, before anything of it is read.

use futures::{StreamExt, TryStreamExt, stream};
use xxhash_rust::xxh3::Xxh3;

use super::parts::{self, Entry, MANIFEST_LIMIT_BYTES, Role};
use crate::{
    bucket::{self, Bucket, Object, Pin},
    definition::Parts,
    error::{self, Kind},
    event::{ObjectEvent, Sequencer},
    sync,
};

/// How many objects are looked at side by side.
const LOOKS: usize = 16;

/// The object that a run was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its version, where the event told one.
    pub version_id: Option<&'a str>,
    /// Its entity tag, where the event told one.
    pub etag: Option<&'a str>,
    /// The event's place among those of the object.
    pub sequencer: Option<&'a Sequencer>,
}

impl<'a> Asked<'a> {
    /// The newest version of an object.
    #[must_use]
    pub fn newest(key: &'a str) -> Self {
        Self { key, version_id: None, etag: None, sequencer: None }
    }
}

impl<'a> From<&'a ObjectEvent> for Asked<'a> {
    fn from(event: &'a ObjectEvent) -> Self {
        let ObjectEvent { key, version_id, etag, sequencer, .. } = event;
        Self { key, version_id: version_id.as_deref(), etag: etag.as_deref(), sequencer: sequencer.as_ref() }
    }
}

/// What an object turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pinned {
    /// A complete extract.
    Extract(Extract),
    /// A part of an extract that is not complete yet.
    NotYet {
        /// What it waits for.
        reason: String,
    },
    /// No extract.
    Nothing {
        /// Why.
        reason: String,
    },
    /// An object that was overwritten before the run began; the newer one has an event of its own.
    Superseded {
        /// What was found.
        reason: String,
    },
}

/// A complete extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// The key of the object that stands for it: its only object, the marker or the manifest.
    pub name: String,
    /// What is read, in this order.
    pub objects: Vec<Pin>,
    /// The object that completed it; also the only one of `objects` where each object is an extract.
    pub trigger: Pin,
    /// The trigger's place among the events of its object.
    pub sequencer: Option<Sequencer>,
    /// Optional parts of a manifest that do not exist.
    pub absent: Vec<String>,
}

/// Why an extract cannot be pinned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The object does not lie where the sync's extracts do.
    #[error("object `{key}` does not lie under `extracts/{sync}/`")]
    Elsewhere {
        /// The object's key.
        key: String,
        /// The sync's name.
        sync: String,
    },
    /// The manifest cannot be used.
    #[error("manifest `{key}`: {problem}")]
    Manifest {
        /// The manifest's key.
        key: String,
        /// What is wrong.
        problem: parts::Problem,
    },
    /// A mandatory part does not exist.
    #[error("manifest `{manifest}` lists `{key}`, which does not exist; deliver it, then the manifest again")]
    MissingPart {
        /// The manifest's key.
        manifest: String,
        /// The part's key.
        key: String,
    },
    /// A part has another size than the manifest says.
    #[error(
        "`{key}` has {found} bytes, manifest `{manifest}` says {wanted}; deliver it whole, then the manifest again"
    )]
    OtherSize {
        /// The manifest's key.
        manifest: String,
        /// The part's key.
        key: String,
        /// Its size.
        found: u64,
        /// The size that the manifest says.
        wanted: u64,
    },
    /// The bucket did not answer as it should.
    #[error(transparent)]
    Bucket(#[from] bucket::Error),
}

impl From<Error> for error::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Bucket(error) => error.into(),
            error => Self::new(error.kind(), error.to_string()),
        }
    }
}

impl Error {
    /// Who must act.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Elsewhere { .. } => Kind::Request,
            Self::Manifest { .. } | Self::MissingPart { .. } | Self::OtherSize { .. } => Kind::Extract,
            Self::Bucket(error) => error.kind(),
        }
    }
}

/// Finds out what an object is to a sync, and pins every object of the extract that it completes.
///
/// # Errors
///
/// An [`Error`] when the extract is complete by its marker or manifest and yet cannot be read whole, or when an object
/// that was asked about does not exist.
pub async fn pin(bucket: &dyn Bucket, sync: &str, parts: Parts, asked: Asked<'_>) -> Result<Pinned, Error> {
    if sync::of(asked.key) != Some(sync) {
        return Err(Error::Elsewhere { key: asked.key.to_owned(), sync: sync.to_owned() });
    }
    let beneath = beneath(asked.key);
    let role = parts::role(beneath, parts);
    match role {
        Role::Nothing(reason) => {
            return Ok(Pinned::Nothing { reason: format!("`{}` is no extract: {reason}", asked.key) });
        }
        Role::Part => return Ok(not_yet(asked.key, parts)),
        Role::Extract | Role::Marker | Role::Manifest => {}
    }
    let trigger = bucket.head(asked.key, asked.version_id).await?;
    if asked.version_id.is_none() && asked.etag.is_some_and(|etag| etag != trigger.etag) {
        let reason =
            format!("`{}` was overwritten before the run began; the newer object has an event of its own", asked.key);
        return Ok(Pinned::Superseded { reason });
    }
    let (objects, absent) = match role {
        Role::Marker => (in_folder(bucket, &trigger).await?, Vec::new()),
        Role::Manifest => in_manifest(bucket, sync, &trigger).await?,
        _ => (vec![trigger.clone()], Vec::new()),
    };
    let sequencer = asked.sequencer.cloned();
    Ok(Pinned::Extract(Extract { name: trigger.key.clone(), objects, trigger, sequencer, absent }))
}

impl Extract {
    /// Tells whether two extracts are the same delivery: the same objects in the same versions (entity tags where the
    /// bucket keeps none), in the same order, completed by the same marker or manifest. 32 hexadecimal digits.
    #[must_use]
    pub fn identity(&self) -> String {
        let mut digest = Xxh3::new();
        for Object { key, version_id, etag, .. } in std::iter::once(&self.trigger).chain(&self.objects) {
            let (tag, version) = version_id.as_ref().map_or(("etag", etag), |version_id| ("version", version_id));
            for text in [key.as_str(), tag, version] {
                digest.update(&(text.len() as u64).to_le_bytes());
                digest.update(text.as_bytes());
            }
        }
        format!("{:032x}", digest.digest128())
    }

    /// How many bytes its objects have.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.objects.iter().map(|object| object.size_bytes).sum()
    }
}

/// What stands after `extracts/<sync>/`.
fn beneath(key: &str) -> &str {
    key.splitn(3, '/').nth(2).unwrap_or_default()
}

fn not_yet(key: &str, parts: Parts) -> Pinned {
    let awaited = if parts == Parts::Manifest { "its manifest" } else { "`_SUCCESS` in its folder or above" };
    Pinned::NotYet { reason: format!("`{key}` is a part; the extract is complete with {awaited}") }
}

/// All data beneath the folder of a marker, in the order of the keys.
async fn in_folder(bucket: &dyn Bucket, marker: &Object) -> Result<Vec<Pin>, bucket::Error> {
    let folder = marker.key.strip_suffix(parts::MARKER).unwrap_or(&marker.key);
    let listed = bucket.list(folder).await?;
    let data = listed.into_iter().filter(|object| object.key.strip_prefix(folder).is_some_and(parts::is_data));
    // A listing tells no versions. What was listed and is gone has changed under the run.
    let looks = data.map(|object| async move {
        bucket.head(&object.key, None).await.map_err(|error| match error {
            bucket::Error::Missing { key } => bucket::Error::Changed { key },
            error => error,
        })
    });
    stream::iter(looks).buffered(LOOKS).try_collect().await
}

/// The parts that a manifest lists, in its order, and the optional ones that do not exist.
async fn in_manifest(bucket: &dyn Bucket, sync: &str, manifest: &Pin) -> Result<(Vec<Pin>, Vec<String>), Error> {
    let Object { key, size_bytes, .. } = manifest;
    if *size_bytes > MANIFEST_LIMIT_BYTES {
        let (key, size_bytes) = (key.clone(), *size_bytes);
        return Err(bucket::Error::TooLarge { key, size_bytes, limit_bytes: MANIFEST_LIMIT_BYTES }.into());
    }
    let text = bucket::collect(bucket.get(manifest, None).await?).await?;
    let entries = parts::entries(&text, bucket.name(), sync);
    let entries = entries.map_err(|problem| Error::Manifest { key: key.clone(), problem })?;
    let looks = entries.into_iter().map(|entry| look(bucket, key, entry));
    let found: Vec<_> = stream::iter(looks).buffered(LOOKS).try_collect().await?;
    let (mut objects, mut absent) = (Vec::new(), Vec::new());
    for look in found {
        match look {
            Ok(pin) => objects.push(pin),
            Err(key) => absent.push(key),
        }
    }
    Ok((objects, absent))
}

/// Looks at one part; gives its key back where it is optional and does not exist.
async fn look(bucket: &dyn Bucket, manifest: &str, entry: Entry) -> Result<Result<Pin, String>, Error> {
    let Entry { key, mandatory, size_bytes } = entry;
    let object = match bucket.head(&key, None).await {
        Err(bucket::Error::Missing { .. }) if !mandatory => return Ok(Err(key)),
        Err(bucket::Error::Missing { .. }) => return Err(Error::MissingPart { manifest: manifest.to_owned(), key }),
        looked => looked?,
    };
    match size_bytes {
        Some(wanted) if wanted != object.size_bytes => {
            Err(Error::OtherSize { manifest: manifest.to_owned(), key, found: object.size_bytes, wanted })
        }
        _ => Ok(Ok(object)),
    }
}

#[cfg(test)]
mod tests;
