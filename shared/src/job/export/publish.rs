//! An export that is complete: the other forms, the page, the manifest, and `latest/`.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Export, progress::Progress, read::time};
use crate::{
    bucket::{self, Bucket, Condition},
    catalog::{
        changes,
        coverage::Coverage,
        datahub,
        native::{Change, Manifest, Table},
        openmetadata, page,
    },
    error::{Error, Kind},
    time::Deadline,
};

/// How large a file of the catalog may be.
const FILE_BYTES: u64 = 256 << 20;

const MANIFEST: &str = "manifest.json";

/// The files of an export, as they are written.
struct Files<'a> {
    bucket: &'a dyn Bucket,
    /// Where they lie, with a slash.
    prefix: String,
    /// Their keys beneath it.
    keys: BTreeSet<String>,
}

impl Files<'_> {
    async fn put(&mut self, key: &str, content: impl Into<Bytes>) -> Result<(), Error> {
        self.bucket.put(&format!("{}{key}", self.prefix), content.into(), Condition::Always).await?;
        self.keys.insert(key.to_owned());
        Ok(())
    }

    async fn put_json(&mut self, key: &str, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_vec(value)
            .map_err(|error| Error::caused(Kind::Service, format!("`{key}` has no text"), error))?;
        self.put(key, text).await
    }
}

impl Export {
    /// Writes what is made of all tables, and puts the export in the place of the one before.
    pub(super) async fn publish(&self, mut progress: Progress, _: Deadline) -> Result<Value, Error> {
        let before: Option<Manifest> = read(&*self.bucket, &format!("catalog/latest/{MANIFEST}")).await?;
        let prefix = format!("catalog/{}/", progress.export_id);
        let mut files = Files { bucket: &*self.bucket, prefix: prefix.clone(), keys: BTreeSet::new() };
        progress.entries.sort_by(|one, other| {
            (&one.account, &one.region, &one.table).cmp(&(&other.account, &other.region, &other.table))
        });
        progress.skipped.sort_by(|one, other| (&one.region, &one.table).cmp(&(&other.region, &other.table)));
        let now_ms = i64::try_from(self.clock.epoch_ms()).unwrap_or(i64::MAX);
        let (mut all_changes, mut requests, mut headers): (Vec<Change>, Vec<Value>, Vec<Table>) = Default::default();
        for entry in &mut progress.entries {
            let key = entry.key.clone();
            let Some(table) = read::<Table>(&*self.bucket, &format!("{prefix}{key}")).await? else {
                return Err(Error::new(Kind::Service, format!("`{prefix}{key}` is gone; start the export anew")));
            };
            files.keys.insert(key.clone());
            if before.is_some() {
                let old = read::<Table>(&*self.bucket, &format!("catalog/latest/{key}")).await?;
                let changes = changes::changes(old.as_ref(), &table);
                entry.changes = changes.len() as u64;
                all_changes.extend(changes);
            }
            requests.push(openmetadata::table(&table));
            let profile = openmetadata::profile(&table, now_ms);
            files.put_json(&format!("openmetadata/profiles/{}", openmetadata::profile_file(&table)), &profile).await?;
            files.put_json(&format!("datahub/{}", datahub::file(&table)), &datahub::proposals(&table, now_ms)).await?;
            let (key, content, _) = page::table(&table);
            files.put(&key, content).await?;
            headers.push(Table { attributes: Vec::new(), ..table });
        }
        files.put_json("openmetadata/service.json", &openmetadata::service()).await?;
        files.put_json("openmetadata/database.json", &openmetadata::databases(&headers)).await?;
        files.put("openmetadata/push.py", openmetadata::PUSH).await?;
        files.put_json("openmetadata/schema.json", &openmetadata::schemas(&headers)).await?;
        files.put_json("openmetadata/tables.json", &requests).await?;
        let manifest = Manifest {
            export_id: progress.export_id.clone(),
            previous: before.as_ref().map(|before| before.export_id.clone()),
            started_at: time(progress.started_at_ms),
            finished_at: time(self.clock.epoch_ms()),
            accounts: progress.accounts,
            tables: progress.entries,
            skipped: progress.skipped,
            read_units: progress.read_units,
            estimated_cost_usd: progress.read_units * Coverage::USD_PER_READ_UNIT,
            budget_spent: progress.budget_spent,
        };
        if let Some(before) = &before {
            all_changes.extend(changes::gone(before, &manifest));
        }
        files.put_json("changes.json", &all_changes).await?;
        for (key, content, _) in page::files(&manifest, &all_changes) {
            files.put(&key, content).await?;
        }
        let keys = files.keys.clone();
        files.put_json(MANIFEST, &manifest).await?;
        self.replace_latest(&prefix, &keys).await?;
        for listed in self.bucket.list(&format!("{prefix}progress/")).await? {
            self.bucket.delete(&listed.key).await?;
        }
        Ok(json!({
            "export_id": manifest.export_id,
            "status": "succeeded",
            "tables": manifest.tables.len(),
            "skipped": manifest.skipped,
            "changes": all_changes.len(),
            "read_units": manifest.read_units,
            "estimated_cost_usd": manifest.estimated_cost_usd,
            "manifest": format!("{prefix}{MANIFEST}"),
        }))
    }

    /// Puts a copy of an export under `latest/`, the manifest last, and takes away what it does not have.
    async fn replace_latest(&self, prefix: &str, keys: &BTreeSet<String>) -> Result<(), Error> {
        const LATEST: &str = "catalog/latest/";
        let before = self.bucket.list(LATEST).await?;
        for key in keys.iter().map(String::as_str).chain([MANIFEST]) {
            let (_, bytes) = self.bucket.read(&format!("{prefix}{key}"), FILE_BYTES).await?;
            self.bucket.put(&format!("{LATEST}{key}"), bytes, Condition::Always).await?;
        }
        for old in before {
            let key = old.key.strip_prefix(LATEST).unwrap_or_default();
            if key != MANIFEST && !keys.contains(key) {
                self.bucket.delete(&old.key).await?;
            }
        }
        Ok(())
    }
}

/// Reads a file of the catalog; none where there is none. One that cannot be read is as if it were not there: another version
/// wrote it, and it is about to be replaced.
async fn read<T: DeserializeOwned>(bucket: &dyn Bucket, key: &str) -> Result<Option<T>, Error> {
    match bucket.read(key, FILE_BYTES).await {
        Ok((_, bytes)) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(bucket::Error::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
