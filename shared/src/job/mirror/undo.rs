//! A run undone: what it overwrote or deleted is put back, where it is still as the run left it.

use std::io::BufReader;

use tokio::sync::mpsc;

use super::{object::Growing, state::State};
use crate::{
    bucket,
    definition::Definition,
    error::{Error, Kind},
    extract::Object,
    image::{self, Image, Reader, Undone},
    job::{
        account::disk,
        destination::ceiling,
        produce::from_io,
        remote::Remote,
        run::{Run, Target, lost, on_thread},
    },
    mapping::key::Key,
    mirror::{
        PARTITIONS,
        current::{Current, Deed, Open},
        record::{Record, Records},
    },
    report::Status,
    snapshot::{Change, Writer},
    spill::Spill,
    table::Table,
    time::Deadline,
    write::{Pace, key_of_item, keys},
};

/// How many images wait for their items to be read.
const IMAGES_AHEAD: usize = 100;

/// Undoes a run by its before-images. Its keys are in doubt from then on, so that the next extract writes them again.
pub(super) async fn undo(
    run: &mut Run<'_>,
    definition: Definition,
    target: Target,
    mut state: State<'_>,
    run_id: &str,
    deadline: Deadline,
) -> Result<Status, Error> {
    let Target { table, client, .. } = target;
    let key = format!("runs/{}/{run_id}/before.ndjson.zst", definition.name);
    let images = match run.edges.bucket.head(&key, None).await {
        Ok(pin) => run.remote(&pin, deadline),
        Err(bucket::Error::Missing { .. }) => {
            let message = format!(
                "run `{run_id}` of sync `{}` left no before-images: there is no such run, it deleted nothing, it broke off, or `mirror.before_images` did not ask for them",
                definition.name
            );
            return Err(Error::new(Kind::Request, message));
        }
        Err(error) => return Err(error.into()),
    };
    let (source, of) = (images.clone(), table.clone());
    let listed = on_thread(move || list(&source, &of)).await?;
    let before = state.current.clone();
    seal(run, &mut state, &before, "plan.parquet", listed, &table, deadline).await?;

    let (out, read) = mpsc::channel(IMAGES_AHEAD);
    let of = table.clone();
    let reader = tokio::task::spawn_blocking(move || {
        if let Err(error) = each(&images, &of, |image| Ok(out.blocking_send(Ok(image)).is_ok())) {
            // A receiver that is gone has its own error already.
            _ = out.blocking_send(Err(error));
        }
    });
    let mut undone = Undone::default();
    let pace = Pace::new(ceiling(&definition.limits, &table));
    let (mut touched, mut scratch) = (Spill::new(), Vec::new());
    let touch = |hash, key: Key<'_>| {
        Record { hash, digest: None, print: None, tag: 0, key }.spill(&mut touched, &mut scratch).map_err(disk)
    };
    let done = image::undo(&client, &table, read, pace, deadline, touch, &mut undone).await;
    let Undone { put, deleted, changed, unchanged, refused, spent } = undone;
    run.spent = spent;
    (run.draft.items.put, run.draft.items.deleted) = (put, deleted);
    let mut notice = |count: u64, what: &str| {
        if count > 0 {
            run.draft.notices.push(format!("{what}: {count}"));
        }
    };
    notice(changed, "items left alone, as they were changed since");
    notice(unchanged, "items that were as before already");
    notice(refused, "items that the table refused as they were before");
    done?;
    reader.await.map_err(|error| lost(&error))?;
    // What was changed since is left to whoever changed it.
    if changed > 0 {
        seal(run, &mut state, &before, "undone.parquet", touched, &table, deadline).await?;
    }
    Ok(Status::Succeeded)
}

/// Names keys as in doubt from now on, beside what was in force `before`.
async fn seal(
    run: &Run<'_>,
    state: &mut State<'_>,
    before: &Current,
    name: &str,
    keys: Spill,
    table: &Table,
    deadline: Deadline,
) -> Result<(), Error> {
    let plan = run.beside(name);
    let object = Growing::begin(&*run.edges.bucket, &plan, deadline).await?;
    let (of, file) = (table.clone(), plan.clone());
    on_thread(move || write(&keys, &of, object, &file)).await?;
    let mut next = before.clone();
    next.open.push(Open { run_id: run.draft.run_id.clone(), plan, of: Deed::Undo, scanned: false });
    state.change(next).await
}

/// Calls `visit` with each image, until it answers false. Blocks.
fn each(images: &Remote, table: &Table, mut visit: impl FnMut(Image) -> Result<bool, Error>) -> Result<(), Error> {
    let file = BufReader::new(images.stream().map_err(|error| from_io(images.key(), error))?);
    for image in Reader::new(file, table)? {
        if !visit(image.map_err(|error| error.of(format!("`{}`", images.key())))?)? {
            break;
        }
    }
    Ok(())
}

/// The keys of all images. Blocks.
fn list(images: &Remote, table: &Table) -> Result<Spill, Error> {
    let (mut found, mut scratch) = (Spill::new(), Vec::new());
    each(images, table, |image| {
        let foreign = || Error::new(Kind::Config, format!("`{}` is of another table", images.key()));
        let hash = key_of_item(&image.key, table).ok_or_else(foreign)?;
        let [partition, sort] = keys::raw(&image.key, table).ok_or_else(foreign)?;
        let key = Key { partition: &partition, sort: &sort };
        Record { hash, digest: None, print: None, tag: 0, key }.spill(&mut found, &mut scratch).map_err(disk)?;
        Ok(true)
    })?;
    Ok(found)
}

/// Writes keys as a plan. Blocks.
fn write(found: &Spill, table: &Table, object: Growing, name: &str) -> Result<(), Error> {
    let unwritten = |error| from_io(name, error);
    let keys: Vec<_> = table.keys().cloned().collect();
    let mut file = Writer::new(object, &keys, true).map_err(unwritten)?;
    let mut records = Records::default();
    for number in 0..PARTITIONS {
        records.clear();
        records.load(found, number).map_err(disk)?;
        records.sort();
        records.unite(|_, other| (None, other.tag));
        for record in records.iter() {
            file.add(record.hash, None, record.key, Some(Change::Put)).map_err(unwritten)?;
        }
    }
    file.close().and_then(Growing::finish).map_err(unwritten)
}
