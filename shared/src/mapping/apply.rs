//! A row to an item: fills each field from its cells.

use super::{
    Bound, Item, Slot,
    bind::{Field, Part, Source},
    item::key_hash,
    nan::nan,
    recall::recall,
    value::{self, Conversion},
};
use crate::{
    definition::{Encoding, Kind, OnNan, OnNull, Write},
    reject::{Fault, Reason, Reject},
    row::{Cell, Rows},
    table::ITEM_BYTES,
};

/// Text as it stands.
const TEXT: Conversion = Conversion { kind: Kind::S, convert: None, split: None, encoding: Encoding::Base64 };

impl Bound {
    /// The attributes that rows fill, in the order of an item's fields.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Which field is the partition key.
    #[must_use]
    pub fn partition(&self) -> usize {
        self.partition
    }

    /// Which field is the sort key.
    #[must_use]
    pub fn sort(&self) -> Option<usize> {
        self.sort
    }

    /// Which field is the version.
    #[must_use]
    pub fn version(&self) -> Option<usize> {
        self.version
    }

    /// Which field is the attribute by which items expire.
    #[must_use]
    pub fn ttl(&self) -> Option<usize> {
        self.ttl
    }

    /// Whether columns have types of their own.
    #[must_use]
    pub fn typed(&self) -> bool {
        self.typed
    }

    /// How rows are written.
    #[must_use]
    pub fn write(&self) -> Write {
        self.write
    }

    /// Makes the item of a row.
    ///
    /// # Errors
    ///
    /// A [`Reject`] naming the first column that does not fit.
    pub fn apply(&self, rows: &Rows, row: usize, item: &mut Item) -> Result<(), Reject> {
        if let Some((column, fault)) = rows.fault(row) {
            return Err(self.reject(column, fault.clone()));
        }
        item.clear();
        for field in &self.fields {
            let end = item.values.len();
            item.name(&field.name);
            let slot = self.slot(field, rows, row, item)?;
            item.slots.push(slot);
            if matches!(slot, Slot::Set(..)) {
                item.size_bytes += field.name_bytes;
            } else {
                item.values.truncate(end);
            }
        }
        if item.size_bytes > ITEM_BYTES {
            let detail = format!("the item has {} bytes, DynamoDB takes at most {ITEM_BYTES}", item.size_bytes);
            return Err(self.reject(None, Fault::new(Reason::ItemTooLarge, detail)));
        }
        item.key = key_hash(item.value(self.partition), self.sort.map_or(&[], |sort| item.value(sort)));
        item.sync_key = self.sync_key.map(|column| self.sync_hash(column, rows, row, item)).transpose()?;
        Ok(())
    }

    /// The hash of the key of a row that was rejected, where it can be read. The item then holds nothing but its key:
    /// the partition key's value as its first field, the sort key's as its second.
    pub fn key_of(&self, rows: &Rows, row: usize, item: &mut Item) -> Option<u128> {
        if rows.fault(row).is_some() {
            return None;
        }
        item.clear();
        for place in std::iter::once(self.partition).chain(self.sort) {
            let slot = self.slot(self.fields.get(place)?, rows, row, item).ok()?;
            item.slots.push(slot);
        }
        Some(key_hash(item.value(0), item.value(1)))
    }

    fn slot(&self, field: &Field, rows: &Rows, row: usize, item: &mut Item) -> Result<Slot, Reject> {
        let start = item.values.len();
        let (size, column) = match &field.source {
            Source::Constant(bytes, size) => {
                item.values.extend_from_slice(bytes);
                (*size, None)
            }
            Source::Null => return self.null(field, None, item),
            Source::Column(column) => {
                let mut bytes = Vec::new();
                let cell = recall(rows.cell(row, *column), self.shapes.get(*column), &mut bytes);
                let nan = if field.on_nan == OnNan::Reject { None } else { nan(&field.conversion, cell) };
                if matches!(cell, Cell::Null) || nan.is_some() && field.on_nan == OnNan::Null {
                    return self.null(field, Some(*column), item);
                }
                let (conversion, cell) = match nan {
                    Some(text) => (&TEXT, Cell::Text(text)),
                    None => (&field.conversion, cell),
                };
                let size = value::encode(conversion, cell, &mut item.values)
                    .map_err(|fault| self.unreadable(field, *column, fault))?;
                (size, Some(*column))
            }
            Source::Template(parts) => {
                let mut text = std::mem::take(&mut item.scratch);
                let filled = self.fill(field, parts, rows, row, &mut text);
                item.scratch = text;
                if let Some(null) = filled? {
                    return self.null(field, Some(null), item);
                }
                let text = std::str::from_utf8(&item.scratch).unwrap_or_default();
                let size = value::encode(&field.conversion, Cell::Text(text), &mut item.values)
                    .map_err(|fault| self.unreadable_template(field, fault))?;
                (size, None)
            }
        };
        if let Some(limit) = field.role.limit_bytes() {
            self.check_key(field, column, size, limit)?;
        }
        item.size_bytes += size;
        Ok(set(start, item.values.len()))
    }

    /// Fills a template; answers with the column that is NULL, where one is.
    fn fill(
        &self,
        field: &Field,
        parts: &[Part],
        rows: &Rows,
        row: usize,
        out: &mut Vec<u8>,
    ) -> Result<Option<usize>, Reject> {
        let mut bytes = Vec::new();
        out.clear();
        for part in parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Column(column) => match recall(rows.cell(row, *column), self.shapes.get(*column), &mut bytes) {
                    Cell::Null => return Ok(Some(*column)),
                    cell => value::append_text(cell, out).map_err(|fault| self.unreadable(field, *column, fault))?,
                },
            }
        }
        Ok(None)
    }

    fn null(&self, field: &Field, column: Option<usize>, item: &mut Item) -> Result<Slot, Reject> {
        if field.role.is_own_key() {
            return Err(self.reject(column, Fault::new(Reason::KeyMissing, "the key is NULL")));
        }
        match field.on_null {
            OnNull::Keep => Ok(Slot::Keep),
            OnNull::Remove => Ok(Slot::Remove),
            OnNull::Reject => Err(self.reject(column, Fault::new(Reason::NullNotAllowed, "the value is NULL"))),
            OnNull::Null => {
                let start = item.values.len();
                item.values.extend_from_slice(br#"{"NULL":true}"#);
                item.size_bytes += 1;
                Ok(set(start, item.values.len()))
            }
        }
    }

    fn check_key(&self, field: &Field, column: Option<usize>, size: usize, limit: usize) -> Result<(), Reject> {
        if matches!(field.conversion.kind, Kind::S | Kind::B) {
            if size == 0 {
                return Err(self.reject(column, Fault::new(Reason::KeyEmpty, "a key may not be empty")));
            }
            if size > limit {
                let detail = format!("the key has {size} bytes, DynamoDB takes at most {limit}");
                return Err(self.reject(column, Fault::new(Reason::KeyTooLong, detail)));
            }
        }
        Ok(())
    }

    fn sync_hash(&self, column: usize, rows: &Rows, row: usize, item: &mut Item) -> Result<u128, Reject> {
        item.scratch.clear();
        match rows.cell(row, column) {
            Cell::Null => Err(self.reject(Some(column), Fault::new(Reason::KeyMissing, "the sync key is NULL"))),
            cell => {
                value::append_text(cell, &mut item.scratch).map_err(|fault| self.reject(Some(column), fault))?;
                Ok(xxhash_rust::xxh3::xxh3_128(&item.scratch))
            }
        }
    }

    fn unreadable(&self, field: &Field, column: usize, fault: Fault) -> Reject {
        let mut reject = self.unreadable_template(field, fault);
        reject.column = self.columns.get(column).cloned();
        reject
    }

    /// A key that cannot be read is a key that is missing, whatever is wrong with its text.
    fn unreadable_template(&self, field: &Field, fault: Fault) -> Reject {
        if field.role.is_own_key() {
            let detail = format!("the key cannot be read: {} ({})", fault.detail, fault.reason);
            return self.reject(None, Fault::new(Reason::KeyMissing, detail));
        }
        self.reject(None, fault)
    }

    fn reject(&self, column: Option<usize>, fault: Fault) -> Reject {
        let column = column.and_then(|column| self.columns.get(column)).cloned();
        Reject { column, reason: fault.reason, detail: fault.detail }
    }
}

fn set(start: usize, end: usize) -> Slot {
    Slot::Set(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}
