//! From writes to lines.

use bytes::Bytes;
use serde_json::Value;

use super::{
    digest,
    line::{Image, Writer},
    value::canonical_item,
};
use crate::{
    error::{Error, Kind},
    table::Table,
    write::{Before, Request, change::Change},
};

/// Keeps the images of a run's writes.
#[derive(Debug)]
pub struct Images {
    table: Table,
    writer: Writer,
    kept: u64,
    lost: u64,
}

impl Images {
    /// Those of the writes to a table.
    ///
    /// # Errors
    ///
    /// Where there is no memory.
    pub fn new(table: &Table) -> Result<Self, Error> {
        Ok(Self { table: table.clone(), writer: Writer::new()?, kept: 0, lost: 0 })
    }

    /// Keeps what a write found and left; answers with the next piece of the file, once there is enough of it. A delete
    /// that found nothing changed nothing, and no line tells of it.
    ///
    /// # Errors
    ///
    /// Where the answer holds no item, or there is no memory.
    pub fn add(&mut self, request: &Request, before: &Before) -> Result<Option<Bytes>, Error> {
        let before = match before {
            Before::Unknown => {
                self.lost += 1;
                return Ok(None);
            }
            Before::Nothing => None,
            Before::Item(item) => Some(serde_json::from_str::<Value>(item.get()).map_err(unreadable)?),
        };
        let Some(change) = Change::read(request) else {
            self.lost += 1;
            return Ok(None);
        };
        // The one form of numbers is what bounds the length of a line.
        let before = before.map(|item| Value::Object(canonical_item(item)));
        let after = change.after(before.as_ref()).as_ref().map(digest);
        if before.is_none() && after.is_none() {
            return Ok(None);
        }
        self.kept += 1;
        self.writer.add(&Image { key: change.key(&self.table).into(), before, after })
    }

    /// How many images were kept.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// How many writes there were of which nobody knows what they found.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Ends the file; answers with its last piece.
    ///
    /// # Errors
    ///
    /// Where there is no memory.
    pub fn finish(self) -> Result<Bytes, Error> {
        self.writer.finish()
    }
}

/// The cause is left out: it may quote a value.
fn unreadable(_: serde_json::Error) -> Error {
    Error::new(Kind::Service, "DynamoDB answered with an item as it was that cannot be read")
}
