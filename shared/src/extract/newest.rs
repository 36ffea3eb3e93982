//! Which extract of a sync is the newest complete one.

use super::parts::{self, Role};
use crate::{
    bucket::{self, Bucket, Listed},
    definition::Parts,
    sync::EXTRACTS,
};

/// What lies under a sync's prefix, newest each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Newest {
    /// The object that stands for the newest complete extract: itself, its marker or its manifest.
    pub extract: Option<Listed>,
    /// The newest mended rejects, which are rows of an extract and no extract.
    pub mended: Option<Listed>,
}

/// Finds the newest complete extract of a sync. Of two that were written in the same moment, the later one is that
/// whose key is greater.
///
/// # Errors
///
/// The bucket's own.
pub async fn newest(bucket: &dyn Bucket, sync: &str, parts: Parts) -> Result<Newest, bucket::Error> {
    let prefix = format!("{EXTRACTS}{sync}/");
    let mut newest = Newest::default();
    for listed in bucket.list(&prefix).await? {
        let beneath = listed.key.strip_prefix(&prefix).unwrap_or_default();
        let place = match parts::role(beneath, parts) {
            Role::Extract if parts::is_rejects(beneath) => &mut newest.mended,
            Role::Extract | Role::Marker | Role::Manifest => &mut newest.extract,
            Role::Part | Role::Nothing(_) => continue,
        };
        // The listing is in the order of the keys.
        if place.as_ref().is_none_or(|found| found.modified_ms <= listed.modified_ms) {
            *place = Some(listed);
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::memory::Memory;

    async fn found(parts: Parts, keys: &[&str]) -> (Option<String>, Option<String>) {
        let bucket = Memory::new("data");
        keys.iter().for_each(|key| _ = bucket.insert(&format!("extracts/s/{key}"), "x"));
        bucket.insert("extracts/s2/later.csv", "x");
        let Newest { extract, mended } = newest(&bucket, "s", parts).await.unwrap();
        let name = |listed: Listed| listed.key["extracts/s/".len()..].to_owned();
        (extract.map(name), mended.map(name))
    }

    #[tokio::test]
    async fn the_last_written_one_is_the_newest() {
        let single = found(Parts::Single, &["b.csv", "a.csv", "_tmp/c.csv", ".d.csv"]).await;
        assert_eq!(single, (Some("a.csv".to_owned()), None));
        assert_eq!(found(Parts::Single, &[]).await, (None, None));
    }

    #[tokio::test]
    async fn parts_without_their_marker_or_manifest_are_none() {
        let parts = ["1/a.csv", "1/_SUCCESS", "2/a.csv", "2/b.csv"];
        assert_eq!(found(Parts::Marker, &parts).await.0.as_deref(), Some("1/_SUCCESS"));
        let parts = ["1/a.csv", "1/manifest", "2/a.csv"];
        assert_eq!(found(Parts::Manifest, &parts).await.0.as_deref(), Some("1/manifest"));
    }

    #[tokio::test]
    async fn mended_rejects_are_told_from_extracts() {
        let (extract, mended) = found(Parts::Single, &["a.csv", "rejects.csv", "may-rejects.csv"]).await;
        assert_eq!((extract.as_deref(), mended.as_deref()), (Some("a.csv"), Some("may-rejects.csv")));
    }
}
