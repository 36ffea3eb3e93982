//! Which syncs mirror.

use futures::{StreamExt, stream};

use crate::{
    bucket::{self, Bucket},
    definition,
    error::Error,
    sync::{LIMIT_BYTES, SYNCS},
};

/// How many definitions are read at a time.
const AT_ONCE: usize = 16;

/// What the definition of a sync is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Found {
    /// There is none.
    Nothing,
    /// It asks for something else.
    Other,
    /// It asks for a mirror, or is too long to be read: then the run says so.
    Mirror,
}

/// What the definition of one sync is; of two, the one that mirrors counts.
pub(super) async fn one(bucket: &dyn Bucket, sync: &str) -> Result<Found, Error> {
    let keys = ["yaml", "yml"].map(|extension| format!("{SYNCS}{sync}.{extension}"));
    let [long, short] = keys.each_ref().map(|key| async {
        match bucket.read(key, LIMIT_BYTES).await {
            Ok((_, bytes)) if definition::says_mirror(&String::from_utf8_lossy(&bytes)) => Ok(Found::Mirror),
            Ok(_) => Ok(Found::Other),
            Err(bucket::Error::Missing { .. }) => Ok(Found::Nothing),
            Err(bucket::Error::TooLarge { .. }) => Ok(Found::Mirror),
            Err(error) => Err(Error::from(error)),
        }
    });
    let (long, short) = futures::try_join!(long, short)?;
    Ok(long.max(short))
}

/// What the definitions of syncs are, in the order of their names.
pub(super) async fn all(bucket: &dyn Bucket, syncs: &[String]) -> Vec<Result<Found, Error>> {
    stream::iter(syncs).map(|sync| one(bucket, sync)).buffered(AT_ONCE).collect().await
}
