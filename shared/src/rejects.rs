//! rejects.csv: every row that was not written, as it came, and why.
//!
//! The file has the extract's own columns and then [`REJECT_COLUMNS`]; commas, LF, quotes only where they are needed. A row
//! goes into the bucket as it comes, so that the file may be larger than memory; without a reject there is no file.
//!
//! Cells stand in it exactly as they came, so that the mended file loads again. Nothing is put before a cell that a
//! spreadsheet would take for a formula (`=`, `+`, `-`, `@`): a program that opens the file should import its columns
//! as text (<https://owasp.org/www-community/attacks/CSV_Injection>).

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;

use crate::{
    bucket::{self, Bucket, Upload},
    extract::text::REJECT_COLUMNS,
    reject::{Reason, Reject},
    report,
    row::{Header, Position, Rows, csv},
};

/// How many bytes are gathered before they go to the bucket.
const GATHERED_BYTES: usize = 256 * 1024;

/// The rejects of one run.
pub struct Rejects {
    bucket: Arc<dyn Bucket>,
    key: String,
    columns: Vec<String>,
    by_reason: BTreeMap<Reason, u64>,
    buffer: Vec<u8>,
    upload: Option<Box<dyn Upload>>,
    order: Option<Order>,
}

/// Where the columns of one part stand.
struct Order {
    part: Arc<Header>,
    /// For each column of the file, the part's; none where the part lacks it.
    columns: Vec<Option<usize>>,
}

impl Rejects {
    /// No rejects yet. `columns` are the extract's own, of all parts, in the order in which they are written.
    #[must_use]
    pub fn new(bucket: Arc<dyn Bucket>, key: String, columns: Vec<String>) -> Self {
        let (by_reason, buffer, upload, order) = (BTreeMap::new(), Vec::new(), None, None);
        Self { bucket, key, columns, by_reason, buffer, upload, order }
    }

    /// How many rejects there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.by_reason.values().sum()
    }

    /// Adds a row of a batch; `part` is the header of the part that the batch belongs to. Cells go to the column of
    /// their name.
    ///
    /// # Errors
    ///
    /// The bucket's own.
    pub async fn add(
        &mut self,
        part: &Arc<Header>,
        rows: &Rows,
        row: usize,
        reject: &Reject,
    ) -> Result<(), bucket::Error> {
        self.append(part, rows, row, reject);
        if self.buffer.len() < GATHERED_BYTES {
            return Ok(());
        }
        if self.upload.is_none() {
            self.upload = Some(self.bucket.upload(&self.key).await?);
        }
        let gathered = Bytes::from(std::mem::take(&mut self.buffer));
        match &mut self.upload {
            Some(upload) => upload.push(gathered).await,
            None => Ok(()),
        }
    }

    /// Makes the file appear, where there is a reject.
    ///
    /// # Errors
    ///
    /// The bucket's own.
    pub async fn finish(mut self) -> Result<Option<report::Rejects>, bucket::Error> {
        if self.by_reason.is_empty() {
            return Ok(None);
        }
        let rest = Bytes::from(std::mem::take(&mut self.buffer));
        let mut upload = match self.upload.take() {
            Some(upload) => upload,
            None => self.bucket.upload(&self.key).await?,
        };
        upload.push(rest).await?;
        upload.finish().await?;
        Ok(Some(report::Rejects { key: self.key, by_reason: self.by_reason }))
    }

    fn append(&mut self, part: &Arc<Header>, rows: &Rows, row: usize, reject: &Reject) {
        if self.by_reason.is_empty() {
            self.append_header();
        }
        *self.by_reason.entry(reject.reason).or_default() += 1;
        let order = match self.order.take() {
            Some(order) if Arc::ptr_eq(&order.part, part) => order,
            _ => Order::new(part, &self.columns),
        };
        let out = &mut self.buffer;
        for column in &order.columns {
            if let Some(column) = column {
                rows.write_csv(row, *column, out);
            }
            out.push(b',');
        }
        self.order = Some(order);
        let Position { row, line } = rows.position(row);
        let line = line.map(|line| line.to_string()).unwrap_or_default();
        let column = reject.column.as_deref().unwrap_or_default();
        let told = [&row.to_string(), &line, column, reject.reason.name(), &reject.detail];
        append_record(told.into_iter(), out);
    }

    fn append_header(&mut self) {
        let names = self.columns.iter().map(String::as_str).chain(REJECT_COLUMNS);
        append_record(names, &mut self.buffer);
    }
}

impl Order {
    fn new(part: &Arc<Header>, columns: &[String]) -> Self {
        Self { part: Arc::clone(part), columns: columns.iter().map(|name| part.position(name)).collect() }
    }
}

fn append_record<'a>(fields: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    for (number, field) in fields.enumerate() {
        if number > 0 {
            out.push(b',');
        }
        csv::append(field.as_bytes(), false, out);
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests;
