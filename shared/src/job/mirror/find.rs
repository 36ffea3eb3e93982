//! Which syncs mirror.

use futures::{StreamExt, stream};

use crate::{
    bucket::{self, Bucket},
    definition::{self, Parts},
    error::Error,
    extract::parts::{Role, role},
    sync::{EXTRACTS, LIMIT_BYTES, SYNCS},
};

/// How many definitions are read at a time.
const AT_ONCE: usize = 16;

/// What the definition of a sync is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// There is none.
    Nothing,
    /// It asks for something else.
    Other,
    /// It asks for a mirror, or is too long to be read: then the run says so.
    Mirror {
        /// What completes its extracts; none where the definition has problems.
        parts: Option<Parts>,
    },
}

impl Found {
    /// Whether it is a mirror for which the arrival of an object may complete an extract, as far as its name tells.
    pub(super) fn is_completed_by(self, object_key: &str, sync: &str) -> bool {
        let Self::Mirror { parts } = self else { return false };
        let beneath = object_key.get(EXTRACTS.len() + sync.len() + 1..).unwrap_or_default();
        parts.is_none_or(|parts| !matches!(role(beneath, parts), Role::Part | Role::Nothing(_)))
    }
}

/// What the definition of one sync is; of two, the one that mirrors counts.
pub(super) async fn one(bucket: &dyn Bucket, sync: &str) -> Result<Found, Error> {
    let keys = ["yaml", "yml"].map(|extension| format!("{SYNCS}{sync}.{extension}"));
    let [long, short] = keys.each_ref().map(|key| async {
        match bucket.read(key, LIMIT_BYTES).await {
            Ok((_, bytes)) => Ok(judge(sync, &String::from_utf8_lossy(&bytes))),
            Err(bucket::Error::Missing { .. }) => Ok(Found::Nothing),
            Err(bucket::Error::TooLarge { .. }) => Ok(Found::Mirror { parts: None }),
            Err(error) => Err(Error::from(error)),
        }
    });
    Ok(match futures::try_join!(long, short)? {
        (Found::Nothing, found) | (found, Found::Nothing) => found,
        (Found::Other, Found::Other) => Found::Other,
        _ => Found::Mirror { parts: None },
    })
}

fn judge(sync: &str, text: &str) -> Found {
    if !definition::says_mirror(text) {
        return Found::Other;
    }
    Found::Mirror { parts: definition::parse(sync, text).ok().map(|definition| definition.source.parts) }
}

/// What the definitions of syncs are, in the order of their names.
pub(super) async fn all(bucket: &dyn Bucket, syncs: &[String]) -> Vec<Result<Found, Error>> {
    stream::iter(syncs).map(|sync| one(bucket, sync)).buffered(AT_ONCE).collect().await
}
