//! Items to request bodies, by copying bytes.

use std::sync::Arc;

use super::request::{ALL_OLD, BATCH_ENTRIES, CAPACITY, Entry, Operation, Request, comma, length, quoted};
use crate::{
    definition::Write,
    mapping::{Bound, EXPRESSION_FIELDS, Item, Slot},
    row::Batch,
    table::ITEM_BYTES,
};

/// The longest body of a batch. DynamoDB takes 16 MB; shorter ones keep the memory of many requests in flight small.
const BATCH_BYTES: usize = 2 << 20;

/// The most items that a dry run compares at once: what one `BatchGetItem` reads.
const COMPARED: usize = 100;

/// Makes requests of the items of one part.
#[derive(Debug)]
pub struct Encoder {
    operation: Operation,
    write: Write,
    names: Vec<Vec<u8>>,
    partition: usize,
    sort: Option<usize>,
    version: Option<usize>,
    images: bool,
    prefix: Vec<u8>,
    body: Vec<u8>,
    entries: Vec<Entry>,
    scratch: Scratch,
}

#[derive(Debug, Default)]
struct Scratch {
    set: Vec<u8>,
    remove: Vec<u8>,
    names: Vec<u8>,
    values: Vec<u8>,
}

impl Encoder {
    /// An encoder for a table and the mapping of one part; `dry` makes items to compare instead of writes, and with
    /// `images` each item is written alone, by a request that asks for the item as it was.
    #[must_use]
    pub fn new(table: &str, bound: &Bound, dry: bool, images: bool) -> Self {
        let operation = match bound.write() {
            _ if dry => Operation::Compare,
            Write::Merge => Operation::UpdateItem,
            Write::CreateOnly => Operation::PutItem,
            Write::Replace if images || bound.version().is_some() => Operation::PutItem,
            Write::Replace => Operation::BatchWriteItem,
        };
        let table = quoted(table);
        let prefix = match operation {
            Operation::BatchWriteItem => [br#"{"RequestItems":{"#, table.as_slice(), b":["].concat(),
            Operation::Compare => Vec::new(),
            _ => [br#"{"TableName":"#, table.as_slice(), b","].concat(),
        };
        Self {
            operation,
            write: bound.write(),
            names: bound.names().iter().map(|name| quoted(name)).collect(),
            partition: bound.partition(),
            sort: bound.sort(),
            version: bound.version(),
            images: images && !dry,
            prefix,
            body: Vec::new(),
            entries: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Adds the item of a row; hands over each request that it completes.
    pub fn push(&mut self, item: &Item, row: u32, rows: &Arc<Batch>, mut done: impl FnMut(Request)) {
        let most = match self.operation {
            Operation::BatchWriteItem => BATCH_ENTRIES,
            Operation::Compare => COMPARED,
            _ => 1,
        };
        let full = self.entries.len() >= most
            || self.body.len() + item.size_bytes() > BATCH_BYTES
            || self.entries.iter().any(|entry| entry.key == item.key());
        if full && let Some(request) = self.take(rows) {
            done(request);
        }
        if self.entries.is_empty() {
            self.body.extend_from_slice(&self.prefix);
        } else {
            self.body.push(b',');
        }
        let start = length(&self.body);
        match self.operation {
            Operation::BatchWriteItem => {
                self.body.extend_from_slice(br#"{"PutRequest":{"#);
                self.item(item);
                self.body.extend_from_slice(b"}}");
            }
            Operation::UpdateItem if self.is_wide(item) => self.wide_update(item),
            Operation::UpdateItem => self.update(item),
            Operation::Compare => self.compare(item),
            _ => self.put(item),
        }
        let end = length(&self.body);
        let size_bytes = u32::try_from(item.size_bytes()).unwrap_or(u32::MAX);
        self.entries.push(Entry { start, end, row, size_bytes, key: item.key() });
        if most == 1
            && let Some(request) = self.take(rows)
        {
            done(request);
        }
    }

    /// The request of what was added since the last one, if anything was.
    pub fn take(&mut self, rows: &Arc<Batch>) -> Option<Request> {
        if self.entries.is_empty() {
            return None;
        }
        match self.operation {
            Operation::BatchWriteItem => self.body.extend_from_slice(b"]},"),
            Operation::Compare => {}
            _ => self.body.push(b','),
        }
        if self.images {
            self.body.extend_from_slice(ALL_OLD);
        }
        if self.operation != Operation::Compare {
            self.body.extend_from_slice(CAPACITY);
        }
        let room = self.body.len() + self.body.len() / 8;
        let body = std::mem::replace(&mut self.body, Vec::with_capacity(room)).into();
        let room = self.entries.len();
        let entries = std::mem::replace(&mut self.entries, Vec::with_capacity(room));
        Some(Request { operation: self.operation, body, entries, rows: Arc::clone(rows), images: self.images })
    }

    fn item(&mut self, item: &Item) {
        self.body.extend_from_slice(br#""Item":{"#);
        self.body.extend_from_slice(item.members());
        self.body.push(b'}');
    }

    fn put(&mut self, item: &Item) {
        self.item(item);
        let (attribute, condition) = match (self.write, self.version) {
            (Write::CreateOnly, _) => (self.partition, r#","ConditionExpression":"attribute_not_exists(#k)""#),
            (_, Some(version)) => (version, VERSION_GROWS),
            (_, None) => return,
        };
        self.body.extend_from_slice(condition.as_bytes());
        self.body.extend_from_slice(br#","ExpressionAttributeNames":{"#);
        member(&mut self.body, br##""#k""##, self.names.get(attribute).map_or(&[][..], Vec::as_slice));
        self.body.push(b'}');
        if condition == VERSION_GROWS {
            self.body.extend_from_slice(br#","ExpressionAttributeValues":{":k":"#);
            self.body.extend_from_slice(item.value(attribute));
            self.body.push(b'}');
        }
    }

    fn key(&mut self, item: &Item) {
        self.body.extend_from_slice(br#""Key":{"#);
        for (place, field) in std::iter::once(self.partition).chain(self.sort).enumerate() {
            if place > 0 {
                self.body.push(b',');
            }
            member(&mut self.body, self.names.get(field).map_or(&[][..], Vec::as_slice), item.value(field));
        }
        self.body.push(b'}');
    }

    fn is_key(&self, field: usize) -> bool {
        field == self.partition || Some(field) == self.sort
    }

    /// Whether an update is more than an expression can hold: it has at most so many fields, and beside the values of
    /// an item each of them counts a little more towards the 400 KB that an update may have.
    fn is_wide(&self, item: &Item) -> bool {
        self.names.len() > EXPRESSION_FIELDS || (item.size_bytes() > ITEM_BYTES / 2 && self.version.is_none())
    }

    fn update(&mut self, item: &Item) {
        self.key(item);
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        for (field, ((slot, value), name)) in item.fields().zip(&self.names).enumerate() {
            if !self.is_key(field) {
                scratch.add(field, slot, name, value);
            }
        }
        if let Some(version) = self.version {
            self.body.extend_from_slice(VERSION_GROWS.as_bytes());
            comma(&mut scratch.names);
            member(&mut scratch.names, br##""#k""##, self.names.get(version).map_or(&[][..], Vec::as_slice));
            comma(&mut scratch.values);
            member(&mut scratch.values, br#"":k""#, item.value(version));
        }
        scratch.finish(&mut self.body);
        self.scratch = scratch;
    }

    /// An update that no expression can hold, by the older parameter that has no such limits.
    fn wide_update(&mut self, item: &Item) {
        self.key(item);
        self.body.extend_from_slice(br#","AttributeUpdates":{"#);
        let mut first = true;
        for (field, ((slot, value), name)) in item.fields().zip(&self.names).enumerate() {
            if self.is_key(field) || slot == Slot::Keep {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.body.push(b',');
            }
            self.body.extend_from_slice(name);
            if slot == Slot::Remove {
                self.body.extend_from_slice(br#":{"Action":"DELETE"}"#);
            } else {
                self.body.extend_from_slice(br#":{"Action":"PUT","Value":"#);
                self.body.extend_from_slice(value);
                self.body.push(b'}');
            }
        }
        self.body.push(b'}');
    }

    /// What a dry run compares: `{"Item":{…},"Remove":[…]}`.
    fn compare(&mut self, item: &Item) {
        self.body.push(b'{');
        self.item(item);
        self.body.extend_from_slice(br#","Remove":["#);
        let removed = item.fields().zip(&self.names).filter(|((slot, _), _)| *slot == Slot::Remove);
        for (place, (_, name)) in removed.enumerate() {
            if place > 0 {
                self.body.push(b',');
            }
            self.body.extend_from_slice(name);
        }
        self.body.extend_from_slice(b"]}");
    }
}

const VERSION_GROWS: &str = r#","ConditionExpression":"attribute_not_exists(#k) OR #k < :k""#;

impl Scratch {
    fn clear(&mut self) {
        for buffer in [&mut self.set, &mut self.remove, &mut self.names, &mut self.values] {
            buffer.clear();
        }
    }

    fn add(&mut self, field: usize, slot: Slot, name: &[u8], value: &[u8]) {
        let mut number = [0; 20];
        let number = decimal(field, &mut number);
        let clause = match slot {
            Slot::Keep => return,
            Slot::Remove => &mut self.remove,
            Slot::Set(..) => &mut self.set,
        };
        comma(clause);
        clause.push(b'#');
        clause.extend_from_slice(number);
        if matches!(slot, Slot::Set(..)) {
            clause.extend_from_slice(b"=:");
            clause.extend_from_slice(number);
            comma(&mut self.values);
            self.values.extend_from_slice(b"\":");
            self.values.extend_from_slice(number);
            self.values.extend_from_slice(b"\":");
            self.values.extend_from_slice(value);
        }
        comma(&mut self.names);
        self.names.extend_from_slice(b"\"#");
        self.names.extend_from_slice(number);
        self.names.extend_from_slice(b"\":");
        self.names.extend_from_slice(name);
    }

    fn finish(&self, body: &mut Vec<u8>) {
        if !self.set.is_empty() || !self.remove.is_empty() {
            body.extend_from_slice(br#","UpdateExpression":""#);
            if !self.set.is_empty() {
                body.extend_from_slice(b"SET ");
                body.extend_from_slice(&self.set);
            }
            if !self.remove.is_empty() {
                body.extend_from_slice(if self.set.is_empty() { b"REMOVE " } else { b" REMOVE " });
                body.extend_from_slice(&self.remove);
            }
            body.push(b'"');
        }
        for (parameter, members) in [
            (&br#","ExpressionAttributeNames":{"#[..], &self.names),
            (&br#","ExpressionAttributeValues":{"#[..], &self.values),
        ] {
            if !members.is_empty() {
                body.extend_from_slice(parameter);
                body.extend_from_slice(members);
                body.push(b'}');
            }
        }
    }
}

fn member(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.push(b':');
    out.extend_from_slice(value);
}

fn decimal(mut number: usize, buffer: &mut [u8; 20]) -> &[u8] {
    let mut left = buffer.len();
    for place in buffer.iter_mut().rev() {
        *place = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        left -= 1;
        if number == 0 {
            break;
        }
    }
    buffer.get(left..).unwrap_or_default()
}
