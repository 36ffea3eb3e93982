//! `current.json` in the bucket: read once, and changed only as long as nobody else has changed it.

use crate::{
    bucket::{self, Bucket, Condition},
    error::{Error, Kind},
    mirror::current::{Current, LIMIT_BYTES, object_key},
};

/// What is in force for a sync, and the entity tag that it was read with.
pub(super) struct State<'a> {
    bucket: &'a dyn Bucket,
    key: String,
    pub(super) current: Current,
    etag: Option<String>,
}

impl<'a> State<'a> {
    pub(super) async fn read(bucket: &'a dyn Bucket, sync: &str) -> Result<Self, Error> {
        let key = object_key(sync);
        match bucket.read(&key, LIMIT_BYTES).await {
            Ok((object, text)) => {
                Ok(Self { bucket, key, current: Current::read(sync, &text)?, etag: Some(object.etag) })
            }
            Err(bucket::Error::Missing { .. }) => Ok(Self { bucket, key, current: Current::default(), etag: None }),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether something else is in force than what was read.
    pub(super) async fn has_moved_on(&self) -> Result<bool, Error> {
        match self.bucket.head(&self.key, None).await {
            Ok(object) => Ok(self.etag.as_ref() != Some(&object.etag)),
            Err(bucket::Error::Missing { .. }) => Ok(self.etag.is_some()),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts something else in force, if nobody else did since it was read.
    pub(super) async fn change(&mut self, next: Current) -> Result<(), Error> {
        let next = Current { revision: self.current.revision + 1, ..next };
        let condition = self.etag.as_deref().map_or(Condition::Absent, Condition::Etag);
        let etag = match self.bucket.put(&self.key, next.text().into(), condition).await {
            Ok(object) => object.etag,
            // An answer that was lost may have been the change itself.
            Err(bucket::Error::Precondition { .. }) => match self.bucket.read(&self.key, LIMIT_BYTES).await? {
                (object, text) if text == next.text().as_bytes() => object.etag,
                _ => {
                    let message =
                        format!("another run has changed `{}` in the meantime; it goes on, this one ends", self.key);
                    return Err(Error::new(Kind::Service, message));
                }
            },
            Err(error) => return Err(error.into()),
        };
        (self.current, self.etag) = (next, Some(etag));
        Ok(())
    }
}
