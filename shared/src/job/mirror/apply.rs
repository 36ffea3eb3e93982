//! A plan becomes writes: puts, then deletes, each with its before-image where one is kept.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc;

use super::plan::Plan;
use crate::{
    bucket::{Bucket, Upload},
    definition::BeforeImages,
    dynamodb::Client,
    error::{Error, Kind},
    image::{Images, now},
    job::{
        account::{Account, disk},
        destination::ceiling,
        produce::{BATCHES_AHEAD, Reading},
        run::{Prepared as Ready, Run, lost},
    },
    mapping::Digest,
    mirror::{
        PARTITIONS, RowSet, partition,
        record::{Record, Records},
    },
    spill::Spill,
    table::Table,
    time::Deadline,
    write::{self, Before, Entry, Eraser, Fate, Pace, Prepared, Request, Sink, Spent},
};

/// How many items are looked at once before they are deleted.
const LOOKED_AT: usize = 25;

/// How many requests for deletes are handed over at once.
const HANDED_OVER: usize = 64;

/// The share of the time that is left for the last of the before-images to reach the bucket, and the most of it: without
/// them nothing of what was done until time ran out could be undone.
const KEEPING: f64 = 0.05;
const KEEPING_MOST: Duration = Duration::from_secs(5);

/// What did not go as planned.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// The hashes of keys that the table lacks still.
    pub(super) dropped: Spill,
    /// The hashes of keys of which nobody knows what the table holds.
    pub(super) doubted: Spill,
    /// Items that were deleted.
    pub(super) deleted: u64,
    /// Items that were to be deleted and had changed since they were seen.
    pub(super) left: u64,
    /// Writes whose before-images were lost.
    pub(super) lost: u64,
}

/// Puts what is to be put and deletes what may be deleted.
pub(super) async fn apply(
    run: &mut Run<'_>,
    ready: &Ready,
    plan: &mut Plan,
    delete: bool,
    scanned: bool,
    deadline: Deadline,
) -> Result<Applied, Error> {
    let mut applied = Applied::default();
    let policy = ready.definition.mirror.before_images;
    let mut kept = Kept {
        images: (policy != BeforeImages::None).then(|| Images::new(&ready.table)).transpose()?,
        upload: None,
        bucket: Arc::clone(&run.edges.bucket),
        key: run.beside("before.ndjson.zst"),
    };
    let deadline = match policy {
        BeforeImages::None => deadline,
        _ => deadline.earlier(deadline.left().mul_f64(KEEPING).min(KEEPING_MOST)),
    };
    let done = async {
        if !plan.puts.is_empty() {
            put(run, ready, plan, &mut kept, &mut applied, deadline).await?;
        }
        if delete && plan.delete_count > 0 {
            erase(run, ready, &plan.deletes, scanned, &mut kept, &mut applied, deadline).await?;
        }
        Ok(())
    };
    let done = done.await;
    applied.lost = kept.images.as_ref().map_or(0, Images::lost);
    // What was overwritten so far can be put back, also where the run goes no further.
    let finished = kept.finish().await;
    done.and(finished).map(|()| applied)
}

async fn put(
    run: &mut Run<'_>,
    ready: &Ready,
    plan: &mut Plan,
    kept: &mut Kept,
    applied: &mut Applied,
    deadline: Deadline,
) -> Result<(), Error> {
    let Ready { table, client, definition, .. } = ready;
    let reading = Reading {
        wanted: Some(Arc::new(std::mem::take(&mut plan.puts))),
        images: definition.mirror.before_images == BeforeImages::All,
        ..ready.reading.clone()
    };
    let (out, requests) = mpsc::channel(BATCHES_AHEAD);
    let (read, name) = (reading.clone(), table.name.clone());
    let producer = tokio::task::spawn_blocking(move || read.produce(&name, false, None, &out));
    let Some(account) = run.account.as_mut() else { return Ok(()) };
    let mut putting = Putting { account, created: &plan.created, kept, applied };
    let pace = Pace::new(ceiling(&definition.limits, table));
    write::run(client, table, requests, pace, deadline, &mut putting, &mut run.spent).await?;
    producer.await.map_err(|error| lost(&error))?;
    run.draft.notices.extend(reading.notices());
    // What the table refused counts too, before anything is deleted.
    run.account.as_ref().map_or(Ok(()), Account::judge)
}

/// Counts what becomes of rows, and remembers the keys that are not as the plan says.
struct Putting<'a> {
    account: &'a mut Account,
    created: &'a RowSet,
    kept: &'a mut Kept,
    applied: &'a mut Applied,
}

impl Sink for Putting<'_> {
    async fn settle(&mut self, request: &Request, entries: &[Entry], fate: Fate) -> Result<(), Error> {
        for entry in entries.iter().filter(|_| fate != Fate::Written) {
            let row = request.rows.position(entry.row as usize).row;
            let spill = match fate {
                _ if self.created.contains(row) => &mut self.applied.dropped,
                Fate::Unchanged => continue,
                _ => &mut self.applied.doubted,
            };
            spill.push(partition(entry.key), &entry.key.to_le_bytes()).map_err(disk)?;
        }
        self.account.settle(request, entries, fate).await
    }

    async fn begin(&mut self, prepared: &mut Prepared) -> Result<(), Error> {
        self.account.begin(prepared).await
    }

    async fn before(&mut self, request: &Request, _: &Entry, before: Before) -> Result<(), Error> {
        self.kept.add(request, &before).await
    }
}

async fn erase(
    run: &mut Run<'_>,
    ready: &Ready,
    deletes: &Spill,
    scanned: bool,
    kept: &mut Kept,
    applied: &mut Applied,
    deadline: Deadline,
) -> Result<(), Error> {
    let Ready { table, client, definition, .. } = ready;
    let images = definition.mirror.before_images != BeforeImages::None;
    let (out, requests) = mpsc::channel(1);
    let mut looked = Spent::default();
    let look = Looking {
        client,
        table,
        digest: Digest::new(definition.write, definition.version.as_deref()),
        attributes: &ready.attributes,
        eraser: Eraser::new(table, images),
        left: Vec::new(),
        spent: &mut looked,
        deadline,
    };
    let mut erasing = Erasing { kept, applied };
    let pace = Pace::new(ceiling(&definition.limits, table));
    let written = {
        let feeding = look.feed(deletes, scanned, out);
        let writing = write::run(client, table, requests, pace, deadline, &mut erasing, &mut run.spent);
        let (feeding, mut writing) = (std::pin::pin!(feeding), std::pin::pin!(writing));
        tokio::select! {
            biased;
            result = &mut writing => result.map(|()| Vec::new()),
            left = feeding => writing.await.map(|()| left),
        }
    };
    run.spent.read_units += looked.read_units;
    run.draft.items.deleted += applied.deleted;
    for hash in written? {
        applied.left += 1;
        applied.doubted.push(partition(hash), &hash.to_le_bytes()).map_err(disk)?;
    }
    Ok(())
}

/// Makes requests of deletes.
struct Looking<'a> {
    client: &'a Client,
    table: &'a Table,
    digest: Digest,
    attributes: &'a [String],
    eraser: Eraser,
    /// The keys of items that have changed since a scan saw them.
    left: Vec<u128>,
    spent: &'a mut Spent,
    deadline: Deadline,
}

impl Looking<'_> {
    /// Hands over the deletes of all partitions. What a scan saw is looked at again, and deleted only while it stays so.
    async fn feed(mut self, deletes: &Spill, scanned: bool, out: mpsc::Sender<Result<Prepared, Error>>) -> Vec<u128> {
        let mut records = Records::default();
        for number in 0..PARTITIONS {
            records.clear();
            if let Err(error) = records.load(deletes, number) {
                _ = out.send(Err(disk(error))).await;
                return self.left;
            }
            records.sort();
            let all: Vec<Record<'_>> = records.iter().collect();
            for some in all.chunks(if scanned { LOOKED_AT } else { HANDED_OVER * 25 }) {
                let requests = if scanned { self.look(some).await } else { Ok(self.encode(some)) };
                let ends = requests.is_err();
                if out.send(requests.map(Prepared::from)).await.is_err() || ends {
                    return self.left;
                }
            }
        }
        // A batch fills across partitions.
        let last: VecDeque<Request> = self.eraser.take().into_iter().collect();
        _ = out.send(Ok(last.into())).await;
        self.left
    }

    fn encode(&mut self, records: &[Record<'_>]) -> VecDeque<Request> {
        let mut requests = VecDeque::new();
        for record in records {
            self.eraser.push(record.key, record.hash, None, |request| requests.push_back(request));
        }
        requests
    }

    async fn look(&mut self, records: &[Record<'_>]) -> Result<VecDeque<Request>, Error> {
        let keys: Vec<Value> = records.iter().map(|record| super::plan::shown(record.key, self.table)).collect();
        let items = now(self.client, self.table, keys, self.deadline, self.spent).await?;
        let mut requests = VecDeque::new();
        for record in records {
            let Some(item) = items.get(&record.hash) else { continue };
            let digest = item.as_object().and_then(|item| self.digest.of_held(item, self.attributes));
            if digest.is_some() && digest == record.digest {
                self.eraser.push(record.key, record.hash, Some(item), |request| requests.push_back(request));
            } else {
                self.left.push(record.hash);
            }
        }
        Ok(requests)
    }
}

/// Counts what becomes of deletes.
struct Erasing<'a> {
    kept: &'a mut Kept,
    applied: &'a mut Applied,
}

impl Sink for Erasing<'_> {
    async fn settle(&mut self, _: &Request, entries: &[Entry], fate: Fate) -> Result<(), Error> {
        match fate {
            Fate::Written => self.applied.deleted += entries.len() as u64,
            Fate::Unchanged => {
                self.applied.left += entries.len() as u64;
                for Entry { key, .. } in entries {
                    self.applied.doubted.push(partition(*key), &key.to_le_bytes()).map_err(disk)?;
                }
            }
            Fate::Refused(detail) => {
                return Err(Error::new(Kind::Table, format!("the table refused to delete an item: {detail}")));
            }
        }
        Ok(())
    }

    async fn begin(&mut self, _: &mut Prepared) -> Result<(), Error> {
        Ok(())
    }

    async fn before(&mut self, request: &Request, _: &Entry, before: Before) -> Result<(), Error> {
        self.kept.add(request, &before).await
    }
}

/// The file of before-images; it exists only where there are some.
struct Kept {
    images: Option<Images>,
    upload: Option<Box<dyn Upload>>,
    bucket: Arc<dyn Bucket>,
    key: String,
}

impl Kept {
    async fn add(&mut self, request: &Request, before: &Before) -> Result<(), Error> {
        let piece = self.images.as_mut().map(|images| images.add(request, before)).transpose()?;
        match piece.flatten() {
            Some(piece) => self.push(piece).await,
            None => Ok(()),
        }
    }

    async fn push(&mut self, piece: Bytes) -> Result<(), Error> {
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(self.bucket.upload(&self.key).await?),
        };
        Ok(upload.push(piece).await?)
    }

    async fn finish(mut self) -> Result<(), Error> {
        let Some(images) = self.images.take().filter(|images| images.kept() > 0) else { return Ok(()) };
        self.push(images.finish()?).await?;
        if let Some(upload) = self.upload.take() {
            upload.finish().await?;
        }
        Ok(())
    }
}
