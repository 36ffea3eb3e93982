//! Sees every write at the moment that it takes effect, and ends the test where one may not be.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use rowferry::{
    bucket::memory::Memory,
    dynamodb::Answer,
    snapshot::{Change, Reader},
    time::Clock,
};
use rowferry_tests::{embedded::Embedded, fault};
use serde_json::{Value, json};

use super::{
    extract::{Item, Key, key},
    reference::Table,
    state::Image,
};

tokio::task_local! {
    /// Which of the invocations side by side goes on.
    pub(super) static INVOCATION: usize;
}

/// The keys that a file of Rowferry lists, with digest and change.
pub(super) fn listed(file: Bytes, sorted: bool) -> Vec<(Key, Option<u128>, Option<Change>)> {
    let (mut reader, mut found) = (Reader::open(file).unwrap(), Vec::new());
    while let Some(block) = reader.next().unwrap() {
        for row in 0..block.len() {
            let key = block.key(row);
            let text = |raw: &[u8]| String::from_utf8(raw.to_vec()).unwrap();
            let sub = if sorted { text(key.sort).parse().unwrap() } else { 0 };
            found.push(((text(key.partition), sub), block.digest(row), block.change(row)));
        }
    }
    found
}

/// A run that holds the table.
#[derive(Debug, Clone)]
struct Run {
    id: String,
    sync: String,
    /// The key of its lease.
    lease: Value,
    /// What its plan allows, once it has been read.
    plan: Option<Arc<BTreeMap<Key, Change>>>,
}

/// What the writes so far tell.
#[derive(Default)]
pub(super) struct Seen {
    /// The run of each invocation.
    runs: BTreeMap<usize, Run>,
    /// The keys that each sync ever wrote, or found as its extract says.
    pub(super) wrote: BTreeMap<String, BTreeSet<Key>>,
    /// Who wrote each item that is there.
    pub(super) writer: BTreeMap<Key, String>,
    /// The invocations that delete nothing which was changed since they looked.
    pub(super) careful: BTreeSet<usize>,
    /// What the application put while runs had begun to write: each key, and the runs.
    late: BTreeMap<Key, BTreeSet<String>>,
    /// The items that are there.
    items: Table,
    /// What each run found under a key that it changed, each time, and a digest of what it left.
    pub(super) effects: BTreeMap<(String, Key), Vec<Image>>,
    /// The syncs that may delete what they did not write.
    pub(super) whole: BTreeSet<String>,
    /// What may not be: a panic within a request would be taken for a fault.
    pub(super) wrong: Vec<String>,
}

impl Seen {
    /// Takes over an item; answers with what was there.
    fn change(&mut self, key: &Key, item: Option<Item>) -> Option<Item> {
        match item {
            Some(item) => self.items.insert(key.clone(), item),
            None => self.items.remove(key),
        }
    }
}

pub(super) struct Spy {
    pub(super) seen: Mutex<Seen>,
    dynamodb: Embedded,
    bucket: Arc<Memory>,
    clock: Mutex<Option<Clock>>,
    sorted: bool,
}

impl Spy {
    pub(super) fn new(dynamodb: Embedded, bucket: Arc<Memory>, sorted: bool) -> Arc<Self> {
        Arc::new(Self { seen: Mutex::default(), dynamodb, bucket, clock: Mutex::default(), sorted })
    }

    /// The application puts an item beside everything else.
    pub(super) fn application(&self, item: &Item) {
        let key = key(item, self.sorted);
        self.changed(&key, Some(item.clone()));
        let seen = &mut *self.seen.lock().unwrap();
        let begun = seen.runs.values().filter(|run| run.plan.is_some()).map(|run| run.id.clone()).collect();
        let body = json!({"TableName": "items", "Item": item}).to_string();
        seen.late.insert(key, begun);
        assert_eq!(self.dynamodb.answer("PutItem", body.as_bytes()).status, 200);
    }

    /// Another table stands where the one was that is known.
    pub(super) fn forget(&self) {
        let seen = &mut *self.seen.lock().unwrap();
        seen.wrote.clear();
        seen.writer.clear();
        seen.items.clear();
    }

    /// The application has changed an item.
    pub(super) fn changed(&self, key: &Key, item: Option<Item>) {
        let seen = &mut *self.seen.lock().unwrap();
        seen.writer.remove(key);
        seen.change(key, item);
    }

    pub(super) fn set(&self, clock: Clock) {
        *self.clock.lock().unwrap() = Some(clock);
    }

    pub(super) fn see(&self, operation: &str, body: &[u8], answer: &Answer) {
        let Ok(invocation) = INVOCATION.try_with(|number| *number) else { return };
        if operation == "PutItem" && answer.status == 200 && fault::contains(body, "\"table#") {
            let body: Value = serde_json::from_slice(body).unwrap();
            let text = |name: &str| body["Item"][name]["S"].as_str().unwrap().to_owned();
            let lease = json!({"pk": body["Item"]["pk"], "sk": body["Item"]["sk"]});
            let run = Run { id: text("run_id"), sync: text("sync"), lease, plan: None };
            let seen = &mut *self.seen.lock().unwrap();
            // What a run that broke off may have written counts as written.
            seen.wrote.entry(run.sync.clone()).or_default().extend(self.doubted(&run.sync));
            seen.runs.insert(invocation, run);
        }
        if !fault::is_write(operation, body) {
            return;
        }
        let body: Value = serde_json::from_slice(body).unwrap();
        for (key, change) in self.changes(operation, &body) {
            let told = format!("{operation} of {key:?} by invocation {invocation}: ");
            if let Err(wrong) = self.judge(invocation, &key, change, answer.status == 200) {
                self.seen.lock().unwrap().wrong.push(told + &wrong);
            }
        }
    }

    /// The keys that runs may have put which are open.
    fn doubted(&self, sync: &str) -> Vec<Key> {
        let Some(current) = self.bucket.bytes(&format!("snapshots/{sync}/current.json")) else { return Vec::new() };
        let current: Value = serde_json::from_slice(&current).unwrap();
        let plans = current["open"].as_array().unwrap().iter().map(|open| open["plan"].as_str().unwrap());
        let keys = plans.filter_map(|plan| self.bucket.bytes(plan)).flat_map(|plan| listed(plan, self.sorted));
        keys.filter(|(.., change)| *change == Some(Change::Put)).map(|(key, ..)| key).collect()
    }

    fn changes(&self, operation: &str, body: &Value) -> Vec<(Key, Change)> {
        let key = |item: &Value| key(item.as_object().unwrap(), self.sorted);
        let entry = |entry: &Value| match entry.get("PutRequest") {
            Some(put) => (key(&put["Item"]), Change::Put),
            None => (key(&entry["DeleteRequest"]["Key"]), Change::Delete),
        };
        match operation {
            "BatchWriteItem" => body["RequestItems"]["items"].as_array().unwrap().iter().map(entry).collect(),
            "PutItem" => vec![(key(&body["Item"]), Change::Put)],
            "UpdateItem" => vec![(key(&body["Key"]), Change::Put)],
            _ => vec![(key(&body["Key"]), Change::Delete)],
        }
    }

    fn item(&self, (id, sub): &Key) -> Option<Item> {
        let mut key = json!({"pk": {"S": id}});
        if self.sorted {
            key["sk"] = json!({"N": sub.to_string()});
        }
        let answer = json!({"TableName": "items", "Key": key}).to_string();
        let answer = self.dynamodb.answer("GetItem", answer.as_bytes());
        let mut answer: Value = serde_json::from_slice(&answer.body).unwrap();
        answer["Item"].as_object_mut().map(std::mem::take)
    }

    fn judge(&self, invocation: usize, key: &Key, change: Change, done: bool) -> Result<(), String> {
        let seen = &mut *self.seen.lock().unwrap();
        let run = seen.runs.get_mut(&invocation).ok_or("no lease")?;
        let lease = json!({"TableName": "runs", "Key": run.lease});
        let lease = self.dynamodb.answer("GetItem", lease.to_string().as_bytes());
        let lease: Value = serde_json::from_slice(&lease.body).unwrap();
        let until: u64 = lease["Item"]["lease_until"]["N"].as_str().ok_or("no lease")?.parse().unwrap();
        let now = self.clock.lock().unwrap().as_ref().unwrap().epoch_ms();
        if lease["Item"]["run_id"]["S"] != run.id.as_str() || until <= now {
            return Err(format!("the lease is {lease}, now is {now}, the run is {}", run.id));
        }
        let current = self.bucket.bytes(&format!("snapshots/{}/current.json", run.sync)).ok_or("nothing is sealed")?;
        let current: Value = serde_json::from_slice(&current).unwrap();
        let open = current["open"].as_array().unwrap().iter().find(|open| open["run_id"] == run.id.as_str());
        let open = open.ok_or("its plan is not sealed")?;
        let plan = if let Some(plan) = &run.plan {
            Arc::clone(plan)
        } else {
            let file = self.bucket.bytes(open["plan"].as_str().unwrap()).ok_or("its plan is not there")?;
            let plan = listed(file, self.sorted).into_iter().map(|(key, _, change)| (key, change.unwrap()));
            Arc::clone(run.plan.insert(Arc::new(plan.collect())))
        };
        let planned = plan.get(key).ok_or("its plan does not name the key")?;
        // What an undo deletes, it lists as what it may put.
        let undo = open["of"] == "undo";
        if *planned != change && !undo {
            return Err(format!("its plan says {planned:?}"));
        }
        let careful = undo || seen.careful.contains(&invocation) && change == Change::Delete;
        if done && careful && seen.late.get(key).is_some_and(|begun| begun.contains(&run.id)) {
            return Err("it was changed since the run looked".to_owned());
        }
        let (sync, id) = (run.sync.clone(), run.id.clone());
        if done {
            let item = self.item(key);
            let left = item.clone().map(|item| rowferry::image::digest(&item.into()));
            let found = seen.change(key, item);
            seen.effects.entry((id, key.clone())).or_default().push((found, left));
        }
        let wrote = seen.wrote.entry(sync.clone()).or_default();
        match change {
            // A person says so of what a scan saw.
            Change::Delete if !wrote.contains(key) && !seen.whole.contains(&sync) && open["of"] != "approve" => {
                return Err("the sync never wrote it".to_owned());
            }
            Change::Delete if done => _ = seen.writer.remove(key),
            Change::Put if done => {
                wrote.insert(key.clone());
                seen.writer.insert(key.clone(), sync);
            }
            _ => {}
        }
        Ok(())
    }
}
