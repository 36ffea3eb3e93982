//! `catalog/latest/`: a copy of the newest export, under keys that stay.
//!
//! S3 replaces one object at a time. So the files go first and the manifest last, and only over the manifest that was there
//! before: who finds that another export came between does it all again, for the newer of the two. Whoever ends last leaves
//! the newest export whole.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};

use super::publish::FILE_BYTES;
use crate::{
    bucket::{self, Bucket, Condition},
    catalog::native::Manifest,
    error::{Error, Kind},
};

/// The file that stands for an export, and is written last.
pub(super) const MANIFEST: &str = "manifest.json";

/// How often others may come between.
const MOST_TURNS: u32 = 8;

/// How many files are copied at once.
const AT_ONCE: usize = 16;

/// The key of a file of the newest export.
pub(super) fn key(file: &str) -> String {
    format!("catalog/latest/{file}")
}

/// Puts an export in the place of the newest, unless a newer one is there.
pub(super) async fn replace(bucket: &dyn Bucket, export_id: &str) -> Result<(), Error> {
    let mut newest = export_id.to_owned();
    for turn in 0..MOST_TURNS {
        let there = match bucket.read(&key(MANIFEST), FILE_BYTES).await {
            Ok((object, bytes)) => {
                let other = serde_json::from_slice::<Manifest>(&bytes).map(|manifest| manifest.export_id);
                Some((object.etag, other.unwrap_or_default()))
            }
            Err(bucket::Error::Missing { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let (etag, other) = there.unzip();
        if other.as_deref() > Some(&newest) {
            // Ids sort by time. On the first turn nothing of its files has been replaced.
            if turn == 0 {
                return Ok(());
            }
            newest = other.unwrap_or_default();
        }
        let condition = etag.as_deref().map_or(Condition::Absent, Condition::Etag);
        match copy(bucket, &newest, condition).await {
            Err(bucket::Error::Precondition { .. }) => {}
            done => return done.map_err(Error::from),
        }
    }
    Err(Error::new(
        Kind::Service,
        "other exports were published over and over meanwhile; `catalog/latest/` may be mixed",
    ))
}

/// Copies the files of an export, takes away those that it does not have, and puts its manifest, on a condition.
async fn copy(bucket: &dyn Bucket, export_id: &str, condition: Condition<'_>) -> Result<(), bucket::Error> {
    let prefix = format!("catalog/{export_id}/");
    let files = files(bucket, &prefix).await?;
    let manifest = bucket.read(&format!("{prefix}{MANIFEST}"), FILE_BYTES).await?.1;
    let (from, wanted) = (&prefix, &files);
    let copies = files.iter().map(|file| async move {
        let (_, bytes) = bucket.read(&format!("{from}{file}"), FILE_BYTES).await?;
        bucket.put(&key(file), bytes, Condition::Always).await
    });
    stream::iter(copies).buffer_unordered(AT_ONCE).try_for_each(|_| async { Ok(()) }).await?;
    let old = self::files(bucket, &key("")).await?;
    let gone = old.difference(wanted).map(|file| async move { bucket.delete(&key(file)).await });
    stream::iter(gone).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    bucket.put(&key(MANIFEST), manifest, condition).await.map(drop)
}

/// The files beneath a prefix, without the manifest and without what an export keeps between invocations.
async fn files(bucket: &dyn Bucket, prefix: &str) -> Result<BTreeSet<String>, bucket::Error> {
    let listed = bucket.list(prefix).await?;
    let names = listed.iter().filter_map(|listed| listed.key.strip_prefix(prefix));
    Ok(names.filter(|name| *name != MANIFEST && !name.starts_with("progress/")).map(str::to_owned).collect())
}
