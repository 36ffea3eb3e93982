//! What a run would do: each row compared with the table, without a write.
//!
//! Reads the items of the extract's keys as they are now (`BatchGetItem`, strongly consistent) and applies each row to
//! them in memory. So the counts, and the write units down to those of secondary indexes, are those of the run itself,
//! as long as nobody else writes in the meantime.

mod item;
mod units;

use std::collections::VecDeque;

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use self::item::Image;
use crate::{
    definition::Write,
    dynamodb::Client,
    error::Error,
    image,
    mapping::{KeyMap, KeySet, Mapping},
    table::Table,
    time::Deadline,
    write::{Entry, Fate, Prepared, Request, Sink, Spent},
};

/// How many items are read at once.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
const COMPARED: usize = 100;

/// How many changes are shown.
const SAMPLES: usize = 5;

/// How large an item that is shown may be: an answer of Lambda has 6 MB at most.
const SAMPLE_BYTES: usize = 64 << 10;

/// One change as a person reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The item now, in DynamoDB JSON; none where it does not exist.
    pub before: Option<Value>,
    /// The item after; none where it is deleted.
    pub after: Option<Value>,
}

/// A dry run under way.
#[derive(Debug)]
pub struct Comparison<'a> {
    client: &'a Client,
    table: &'a Table,
    write: Write,
    version: Option<String>,
    repeated: KeySet,
    /// The items of keys that several rows write, as the rows so far would leave them.
    written: KeyMap<Image>,
    samples: Vec<Sample>,
    deadline: Deadline,
}

impl<'a> Comparison<'a> {
    /// A comparison with a table; `repeated` are the keys that several rows write.
    #[must_use]
    pub fn new(client: &'a Client, table: &'a Table, mapping: &Mapping, repeated: KeySet, deadline: Deadline) -> Self {
        Self {
            client,
            table,
            write: mapping.write,
            version: mapping.version().map(str::to_owned),
            repeated,
            written: KeyMap::default(),
            samples: Vec::new(),
            deadline,
        }
    }

    /// Compares everything that comes until the channel closes.
    ///
    /// # Errors
    ///
    /// The first error of the producer, the sink or the table.
    pub async fn run(
        &mut self,
        mut prepared: mpsc::Receiver<Result<Prepared, Error>>,
        sink: &mut impl Sink,
        spent: &mut Spent,
    ) -> Result<(), Error> {
        while let Some(next) = prepared.recv().await {
            let mut next = next?;
            sink.begin(&mut next).await?;
            let requests: VecDeque<Request> = std::mem::take(&mut next.requests);
            for request in requests {
                let now = self.read(&request, spent).await?;
                for entry in &request.entries {
                    let fate = self.apply(&request, entry, &now, spent);
                    sink.settle(&request, &[*entry], fate).await?;
                }
            }
        }
        Ok(())
    }

    /// Looks at items that would be deleted, by their keys in DynamoDB JSON.
    ///
    /// # Errors
    ///
    /// Those of the table.
    pub async fn delete(&mut self, keys: &[Value], spent: &mut Spent) -> Result<(), Error> {
        for some in keys.chunks(COMPARED) {
            let found = image::now(self.client, self.table, some.to_vec(), self.deadline, spent).await?;
            for _ in found.len()..some.len() {
                // A delete of what is not there costs a unit.
                spent.write_units += 1.0;
            }
            for item in found.into_values() {
                let before = Image::new(item);
                spent.write_units += units::of_delete(self.table, &before);
                if before.size_bytes() <= SAMPLE_BYTES && self.samples.len() < SAMPLES {
                    self.samples.push(Sample { before: Some(before.to_json()), after: None });
                }
            }
        }
        Ok(())
    }

    /// A few of the changes.
    #[must_use]
    pub fn samples(self) -> Vec<Sample> {
        self.samples
    }

    /// What would become of one row.
    fn apply(&mut self, request: &Request, entry: &Entry, now: &KeyMap<Image>, spent: &mut Spent) -> Fate {
        let row: Value = serde_json::from_slice(request.text(entry)).unwrap_or(Value::Null);
        let before = self.written.get(&entry.key).or_else(|| now.get(&entry.key));
        if !self.condition(&row, before) {
            // A condition that is not met costs what its row would.
            spent.write_units += entry.write_units();
            return Fate::Unchanged;
        }
        let after = Image::after(&row, before.filter(|_| self.write == Write::Merge));
        if after.size_bytes() > crate::table::ITEM_BYTES {
            return Fate::Refused("the item would be larger than 400 KB together with what is stored".to_owned());
        }
        spent.write_units += units::of_write(self.table, before, &after);
        let small = after.size_bytes().max(before.map_or(0, Image::size_bytes)) <= SAMPLE_BYTES;
        if small && self.samples.len() < SAMPLES {
            self.samples.push(Sample { before: before.map(Image::to_json), after: Some(after.to_json()) });
        }
        if self.repeated.contains(&entry.key) {
            self.written.insert(entry.key, after);
        }
        Fate::Written
    }

    fn condition(&self, row: &Value, before: Option<&Image>) -> bool {
        let Some(before) = before else { return true };
        if self.write == Write::CreateOnly {
            return false;
        }
        let Some(version) = &self.version else { return true };
        let new = row.get("Item").and_then(|item| item.get(version));
        before.get(version).is_none_or(|held| new.is_some_and(|new| item::less(held, new)))
    }

    /// The items that a request's keys have now.
    async fn read(&self, request: &Request, spent: &mut Spent) -> Result<KeyMap<Image>, Error> {
        let mut keys: Vec<Value> = Vec::with_capacity(request.entries.len());
        for entry in &request.entries {
            let row: Value = serde_json::from_slice(request.text(entry)).unwrap_or(Value::Null);
            let item = row.get("Item").cloned().unwrap_or(Value::Null);
            let key: Map<String, Value> = self
                .table
                .keys()
                .filter_map(|key| Some((key.attribute.clone(), item.get(&key.attribute)?.clone())))
                .collect();
            keys.push(Value::Object(key));
        }
        let found = image::now(self.client, self.table, keys, self.deadline, spent).await?;
        Ok(found.into_iter().map(|(key, item)| (key, Image::new(item))).collect())
    }
}
