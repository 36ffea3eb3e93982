//! Puts back what a run overwrote or deleted.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use super::{digest, line::Image, now};
use crate::{
    dynamodb::Client,
    error::{Error, Kind},
    mapping::{KeySet, key::Key},
    table::Table,
    time::Deadline,
    write::{self, Entry, Eraser, Fate, Operation, Pace, Prepared, Request, Sink, Spent, key_of_item, keys},
};

/// How many items are compared at once: at 400 KB each, what bounds the memory.
const AT_ONCE: usize = 25;

/// What became of the items of the images.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Undone {
    /// Put back as they were.
    pub put: u64,
    /// Deleted, as they were not there before.
    pub deleted: u64,
    /// Left alone, as they were changed since.
    pub changed: u64,
    /// Left alone, as they were already as before.
    pub unchanged: u64,
    /// Refused by the table.
    pub refused: u64,
    /// What it took.
    pub spent: Spent,
}

/// Puts back what images tell, where the item is still as the run left it; each write is conditional, so that a change
/// in the meantime stays. What `undone` then holds is also right after an error.
///
/// `touched` is told of each key whose item is as before afterwards, or may be: of the ones that were so already too, as
/// an undo that broke off may have put them back. It is told before the item is written.
///
/// # Errors
///
/// The first error of the images, of `touched`, of the table, or that of the deadline.
pub async fn undo(
    client: &Client,
    table: &Table,
    images: mpsc::Receiver<Result<Image, Error>>,
    pace: Pace,
    deadline: Deadline,
    touched: impl FnMut(u128, Key<'_>) -> Result<(), Error> + Send,
    undone: &mut Undone,
) -> Result<(), Error> {
    let (out, requests) = mpsc::channel(1);
    let (mut settled, mut spent) = (Settled::default(), Spent::default());
    let result = {
        let comparing = Comparison { client, table, deadline, touched, undone: &mut *undone }.run(images, out);
        let writing = write::run(client, table, requests, pace, deadline, &mut settled, &mut spent);
        let (comparing, mut writing) = (std::pin::pin!(comparing), std::pin::pin!(writing));
        tokio::select! {
            biased;
            result = &mut writing => result,
            () = comparing => writing.await,
        }
    };
    undone.put += settled.put;
    undone.deleted += settled.deleted;
    undone.changed += settled.changed;
    undone.refused += settled.refused;
    spent.read_units += undone.spent.read_units;
    undone.spent = spent;
    result
}

/// Compares items with images and makes the requests that put them back.
struct Comparison<'a, F> {
    client: &'a Client,
    table: &'a Table,
    deadline: Deadline,
    touched: F,
    undone: &'a mut Undone,
}

impl<F: FnMut(u128, Key<'_>) -> Result<(), Error> + Send> Comparison<'_, F> {
    async fn run(
        mut self,
        mut images: mpsc::Receiver<Result<Image, Error>>,
        out: mpsc::Sender<Result<Prepared, Error>>,
    ) {
        let mut over = None;
        loop {
            let prepared = match gather(&mut images, &mut over, self.table).await {
                Ok(chunk) if chunk.is_empty() => return,
                Ok(chunk) => self.compare(chunk).await,
                Err(error) => Err(error),
            };
            let ends = prepared.is_err();
            if out.send(prepared).await.is_err() || ends {
                return;
            }
        }
    }

    async fn compare(&mut self, chunk: Vec<(u128, Image)>) -> Result<Prepared, Error> {
        let keys = chunk.iter().map(|(_, image)| image.key.clone()).collect();
        let items = now(self.client, self.table, keys, self.deadline, &mut self.undone.spent).await?;
        let mut eraser = Eraser::new(self.table, false);
        let mut requests = VecDeque::new();
        for (hash, image) in &chunk {
            let found = items.get(hash);
            let state = found.map(digest);
            let is_before = state == image.before.as_ref().map(digest);
            if !is_before && state != image.after {
                self.undone.changed += 1;
                continue;
            }
            let [partition, sort] = keys::raw(&image.key, self.table).ok_or_else(foreign)?;
            let key = Key { partition: &partition, sort: &sort };
            (self.touched)(*hash, key)?;
            match &image.before {
                _ if is_before => self.undone.unchanged += 1,
                Some(before) => requests.push_back(write::put(self.table, before, *hash, found)),
                None => eraser.push(key, *hash, found, |request| requests.push_back(request)),
            }
        }
        Ok(requests.into())
    }
}

/// The next images, each with the hash of its key and no key twice: what comes twice waits in `over`.
async fn gather(
    images: &mut mpsc::Receiver<Result<Image, Error>>,
    over: &mut Option<(u128, Image)>,
    table: &Table,
) -> Result<Vec<(u128, Image)>, Error> {
    let mut chunk = Vec::with_capacity(AT_ONCE);
    let mut keys = KeySet::default();
    while chunk.len() < AT_ONCE {
        let (hash, image) = match over.take() {
            Some(held) => held,
            None => match images.recv().await {
                Some(image) => {
                    let image = image?;
                    (key_of_item(&image.key, table).ok_or_else(foreign)?, image)
                }
                None => break,
            },
        };
        if !keys.insert(hash) {
            *over = Some((hash, image));
            break;
        }
        chunk.push((hash, image));
    }
    Ok(chunk)
}

#[cold]
fn foreign() -> Error {
    Error::new(Kind::Config, "the before-images are of another table: the keys in them are not this table's")
}

/// What became of the requests.
#[derive(Debug, Default)]
struct Settled {
    put: u64,
    deleted: u64,
    changed: u64,
    refused: u64,
}

impl Sink for Settled {
    async fn settle(&mut self, request: &Request, entries: &[Entry], fate: Fate) -> Result<(), Error> {
        let count = match fate {
            Fate::Written if request.operation == Operation::PutItem => &mut self.put,
            Fate::Written => &mut self.deleted,
            Fate::Unchanged => &mut self.changed,
            Fate::Refused(_) => &mut self.refused,
        };
        *count += entries.len() as u64;
        Ok(())
    }

    async fn begin(&mut self, _: &mut Prepared) -> Result<(), Error> {
        Ok(())
    }
}
