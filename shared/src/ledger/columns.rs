//! What the columns of a sync's Parquet extract were: `sk = columns`. Its rejects come back as text, which has no types.

use serde_json::{Value, json};

use super::{Ledger, merge};
use crate::{
    error::{Error, Kind},
    row::Column,
    time::Deadline,
};

impl Ledger {
    /// Keeps the columns of an extract with rejects.
    ///
    /// # Errors
    ///
    /// When the runs table cannot be used.
    pub async fn keep_columns(&self, sync: &str, columns: &[Column], deadline: Deadline) -> Result<(), Error> {
        let text = serde_json::to_string(columns);
        let text = text.map_err(|error| Error::caused(Kind::Config, "the columns have no JSON", error))?;
        let mut item = key(sync);
        merge(&mut item, &json!({"columns": {"S": text}, "expires_at": self.expires_at()}));
        let input = json!({"TableName": self.table, "Item": item});
        self.client.call("PutItem", &input, deadline).await.map(|_| ()).map_err(|error| self.error(error))
    }

    /// The columns that were kept; none where none were.
    ///
    /// # Errors
    ///
    /// When the runs table cannot be used.
    pub async fn columns(&self, sync: &str, deadline: Deadline) -> Result<Vec<Column>, Error> {
        let input = json!({"TableName": self.table, "Key": key(sync), "ConsistentRead": true});
        let answer = self.client.call("GetItem", &input, deadline).await.map_err(|error| self.error(error))?;
        let text = answer.pointer("/Item/columns/S").and_then(Value::as_str);
        Ok(text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
    }
}

fn key(sync: &str) -> Value {
    json!({"pk": {"S": format!("sync#{sync}")}, "sk": {"S": "columns"}})
}
