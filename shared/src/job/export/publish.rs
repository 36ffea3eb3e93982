//! An export that is complete: the other forms, the page, the manifest, and `latest/`.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    Export, covered, decided, latest,
    progress::{Progress, Underway},
    read::time,
};
use crate::{
    bucket::{self, Bucket, Condition},
    catalog::{
        changes,
        classify::Decisions,
        coverage::Coverage,
        datahub,
        native::{Change, Entry, Manifest, Table, Unmet},
        openmetadata, page,
    },
    error::{Error, Kind},
};

/// How large a file of the catalog may be.
pub(super) const FILE_BYTES: u64 = 256 << 20;

/// How many tables are written at once.
const AT_ONCE: usize = 8;

/// The files of an export, as they are written.
#[derive(Clone, Copy)]
struct Files<'a> {
    bucket: &'a dyn Bucket,
    /// Where they lie, with a slash.
    prefix: &'a str,
}

impl Files<'_> {
    async fn put(self, key: &str, content: impl Into<Bytes>) -> Result<(), Error> {
        self.bucket.put(&format!("{}{key}", self.prefix), content.into(), Condition::Always).await?;
        Ok(())
    }

    async fn put_json(self, key: &str, value: &impl Serialize) -> Result<(), Error> {
        self.put(key, json_of(key, value)?).await
    }
}

/// What is made of a table.
struct Made {
    entry: Entry,
    /// The table without its attributes.
    header: Table,
    changes: Vec<Change>,
    /// Decisions on attributes that it does not have.
    unmet: Vec<Unmet>,
    /// OpenMetadata's `CreateTableRequest`.
    request: Vec<u8>,
}

impl Export {
    /// Writes what is made of all tables, and puts the export in the place of the one before.
    pub(super) async fn publish(&self, mut progress: Progress) -> Result<Value, Error> {
        let bucket = &*self.bucket;
        let coverage = covered(&progress.coverage, &progress.invoke)?;
        let decisions = decided(&progress.decisions)?;
        let before: Option<Manifest> = read(bucket, &latest::key(latest::MANIFEST)).await?;
        // An earlier attempt came as far as `latest/`, and is no export before this one.
        let before = match before {
            Some(own) if own.export_id == progress.export_id => match &own.previous {
                Some(id) => read(bucket, &format!("catalog/{id}/{}", latest::MANIFEST)).await?,
                None => None,
            },
            other => other,
        };
        let prefix = format!("catalog/{}/", progress.export_id);
        let files = Files { bucket, prefix: &prefix };
        progress.entries.sort_by(|one, other| {
            (&one.account, &one.region, &one.table).cmp(&(&other.account, &other.region, &other.table))
        });
        progress.skipped.sort_by(|one, other| (&one.region, &one.table).cmp(&(&other.region, &other.table)));
        let now_ms = i64::try_from(self.clock.epoch_ms()).unwrap_or(i64::MAX);
        let mut manifest = Manifest {
            export_id: progress.export_id.clone(),
            previous: before.as_ref().map(|before| before.export_id.clone()),
            started_at: time(progress.started_at_ms),
            accounts: progress.accounts,
            skipped: progress.skipped,
            read_units: progress.read_units,
            estimated_cost_usd: Coverage::usd(progress.read_units),
            budget_spent: progress.budget_spent,
            ..Manifest::default()
        };
        let (mut all_changes, mut headers): (Vec<Change>, Vec<Table>) = Default::default();
        let mut requests = bucket.upload(&format!("{prefix}openmetadata/tables.json")).await?;
        let made = progress.entries.into_iter().map(|entry| made(files, before.as_ref(), &decisions, entry, now_ms));
        let mut made = stream::iter(made).buffered(AT_ONCE);
        while let Some(table) = made.try_next().await? {
            requests.push(Bytes::from_static(if manifest.tables.is_empty() { b"[" } else { b"," })).await?;
            requests.push(table.request.into()).await?;
            manifest.tables.push(table.entry);
            headers.push(table.header);
            all_changes.extend(table.changes);
            manifest.decisions_unmet.extend(table.unmet);
        }
        drop(made);
        requests.push(Bytes::from_static(if manifest.tables.is_empty() { b"[]" } else { b"]" })).await?;
        requests.finish().await?;
        files.put_json("openmetadata/service.json", &openmetadata::service()).await?;
        files.put_json("openmetadata/database.json", &openmetadata::databases(&headers)).await?;
        files.put("openmetadata/push.py", openmetadata::PUSH).await?;
        files.put_json("openmetadata/schema.json", &openmetadata::schemas(&headers)).await?;
        if let Some(before) = &before {
            all_changes.extend(changes::gone(before, &manifest, &coverage.filter));
        }
        let without_table = decisions.without_table(&manifest, &coverage.filter);
        manifest.decisions_unmet.extend(without_table);
        files.put_json("changes.json", &all_changes).await?;
        manifest.finished_at = time(self.clock.epoch_ms());
        for (key, content) in page::files(&manifest, &all_changes) {
            files.put(&key, content).await?;
        }
        files.put_json(latest::MANIFEST, &manifest).await?;
        latest::replace(bucket, &manifest.export_id).await?;
        Underway::end(bucket, &manifest.export_id).await?;
        Ok(told(&manifest, all_changes.len()))
    }
}

/// What an invocation that ends an export answers, which is also logged.
fn told(manifest: &Manifest, changed: usize) -> Value {
    let errors: Vec<Value> = manifest
        .accounts
        .iter()
        .filter(|account| account.error.is_some())
        .map(|each| json!({"connection": each.connection, "region": each.region, "error": each.error}))
        .collect();
    let failed = errors.len();
    tracing::info!(
        export_id = manifest.export_id,
        tables = manifest.tables.len(),
        tables_skipped = manifest.skipped.len(),
        accounts_failed = failed,
        changes = changed,
        read_units = manifest.read_units,
        "the export is published"
    );
    json!({
        "export_id": manifest.export_id,
        "status": "succeeded",
        "tables": manifest.tables.len(),
        "skipped": manifest.skipped,
        "accounts_failed": errors,
        "changes": changed,
        "read_units": manifest.read_units,
        "estimated_cost_usd": manifest.estimated_cost_usd,
        "budget_spent": manifest.budget_spent,
        "manifest": format!("catalog/{}/{}", manifest.export_id, latest::MANIFEST),
    })
}

/// Writes the other forms of a table.
async fn made(
    files: Files<'_>,
    before: Option<&Manifest>,
    decisions: &Decisions,
    mut entry: Entry,
    now_ms: i64,
) -> Result<Made, Error> {
    let key = format!("{}{}", files.prefix, entry.key);
    let Some(table) = read::<Table>(files.bucket, &key).await? else {
        return Err(Error::new(Kind::Service, format!("`{key}` is gone; start the export anew")));
    };
    let mut changes = Vec::new();
    if let Some(before) = before {
        let mut old = read::<Table>(files.bucket, &format!("catalog/{}/{}", before.export_id, entry.key)).await?;
        // That export's own files may be gone. What it did not have, an earlier attempt of this one put there.
        if old.is_none() && before.tables.iter().any(|other| other.key == entry.key) {
            old = read(files.bucket, &latest::key(&entry.key)).await?;
        }
        changes = changes::changes(old.as_ref(), &table);
        entry.changes = changes.len() as u64;
    }
    let profile = openmetadata::profile(&table, now_ms);
    files.put_json(&format!("openmetadata/profiles/{}", openmetadata::profile_file(&table)), &profile).await?;
    files.put_json(&format!("datahub/{}", datahub::file(&table)), &datahub::proposals(&table, now_ms)).await?;
    let (key, content) = page::table(&table);
    files.put(&key, content).await?;
    let request = json_of("openmetadata/tables.json", &openmetadata::table(&table))?;
    let unmet = decisions.without_attribute(&table);
    Ok(Made { entry, header: Table { attributes: Vec::new(), ..table }, changes, unmet, request })
}

fn json_of(key: &str, value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| Error::caused(Kind::Service, format!("`{key}` has no text"), error))
}

/// Reads a file of the catalog; none where there is none. One that cannot be read is as if it were not there: another version
/// wrote it, and it is about to be replaced.
pub(super) async fn read<T: DeserializeOwned>(bucket: &dyn Bucket, key: &str) -> Result<Option<T>, Error> {
    match bucket.read(key, FILE_BYTES).await {
        Ok((_, bytes)) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(bucket::Error::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
