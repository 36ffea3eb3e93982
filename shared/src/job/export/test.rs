//! Whether an export could be made: each permission of each account and region, and the bucket.

use serde_json::{Value, json};

use super::{Export, Wanted, discover::Place};
use crate::{
    action::permission::Function,
    bucket::{self, Condition},
    catalog::native::Account,
    error::Error,
    job::probe,
    time::Deadline,
};

/// How many tables of an account in a region are tried.
const MOST_TABLES: usize = 20;

/// What is written to see whether it can be.
const KEY: &str = "catalog/test.json";

impl Export {
    /// Tries what an export needs, and changes nothing that stays.
    pub(super) async fn test(&self, invoke: &str, end: Deadline) -> Result<Value, Error> {
        let Wanted { coverage, .. } = self.wanted(invoke).await?;
        let bucket = self.bucket_test().await;
        let mut is_ok = bucket.is_ok();
        let mut accounts = Vec::new();
        for Place { account, tables } in self.outside().places(&coverage, end).await {
            let tried = tables.get(..MOST_TABLES).unwrap_or(&tables);
            let told = match &account.error {
                Some(error) => Err(error.clone()),
                None => self.place_test(&account, tried, end).await.map_err(|error| error.text()),
            };
            is_ok &= matches!(&told, Ok(told) if told["ok"] == true);
            let (told, error) = (told.as_ref().ok(), told.as_ref().err());
            accounts.push(json!({
                "connection": account.connection,
                "region": account.region,
                "tables": tables.len(),
                "tables_tried": tried.len(),
                "permissions": told.map(|told| &told["permissions"]),
                "policy": told.map(|told| &told["policy"]),
                "error": error,
            }));
        }
        let message = bucket.err().map(|error| error.text());
        Ok(json!({"ok": is_ok, "bucket": {"allowed": message.is_none(), "message": message}, "accounts": accounts}))
    }

    async fn bucket_test(&self) -> Result<(), Error> {
        self.bucket.put(KEY, "{}".into(), Condition::Always).await?;
        self.bucket.delete(KEY).await?;
        match self.bucket.list("catalog/latest/").await {
            // They are there, and too many.
            Ok(_) | Err(bucket::Error::TooMany { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn place_test(&self, account: &Account, tables: &[String], end: Deadline) -> Result<Value, Error> {
        let client = self.outside().client(account).await?;
        probe(&client, tables, &[Function::ExportCatalog], Some(&account.region), end).await
    }
}
