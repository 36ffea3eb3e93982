//! STUB
use crate::{
    bucket::{Bucket, Condition},
    error::Error,
    reject::Reject,
    row::Rows,
};
use std::{collections::BTreeMap, sync::Arc};
pub struct Rejects {
    bucket: Arc<dyn Bucket>,
    key: String,
    pub by_reason: BTreeMap<&'static str, u64>,
    text: Vec<u8>,
}
impl Rejects {
    pub fn new(bucket: Arc<dyn Bucket>, key: String, _columns: Vec<String>) -> Self {
        Self { bucket, key, by_reason: BTreeMap::new(), text: vec![] }
    }
    pub async fn add(&mut self, rows: &Arc<Rows>, row: usize, reject: &Reject) -> Result<(), Error> {
        *self.by_reason.entry(reject.reason.name()).or_default() += 1;
        rows.write_csv(row, 0, &mut self.text);
        self.text.extend(format!(",{:?},{reject:?}\n", rows.position(row)).bytes());
        Ok(())
    }
    pub async fn finish(self) -> Result<Option<String>, Error> {
        if self.by_reason.is_empty() {
            return Ok(None);
        }
        self.bucket.put(&self.key, self.text.into(), Condition::Always).await?;
        Ok(Some(self.key))
    }
}
