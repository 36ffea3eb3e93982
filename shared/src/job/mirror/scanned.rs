//! The table itself in place of the snapshot: each item as a key and a digest.

use serde_json::{Value, value::RawValue};

use crate::{
    definition::Write,
    error::{Error, Kind},
    job::{account::disk, run::Prepared},
    mapping::{Digest, key::Key},
    mirror::record::{Record, SEEN},
    scan,
    spill::Spill,
    time::Deadline,
    write::{Spent, key_of_item, keys},
};

/// Reads the whole table at the pace that is left to it.
pub(super) async fn scan(spent: &mut Spent, ready: &Prepared, deadline: Deadline) -> Result<Spill, Error> {
    let Prepared { table, client, definition, attributes, .. } = ready;
    let mut wanted: Vec<String> = table.keys().map(|key| key.attribute.clone()).collect();
    wanted.extend(attributes.iter().filter(|name| table.keys().all(|key| key.attribute != **name)).cloned());
    let wanted = (definition.write == Write::Merge).then_some(wanted);
    let (mut digest, mut seen, mut scratch) =
        (Digest::new(definition.write, definition.version.as_deref()), Spill::new(), Vec::new());
    let visit = |items: &[&RawValue]| {
        for item in items {
            let unreadable = || Error::new(Kind::Service, "the table answered with an item that cannot be read");
            let item: Value = serde_json::from_str(item.get()).map_err(|_| unreadable())?;
            let hash = key_of_item(&item, table).ok_or_else(unreadable)?;
            let [partition, sort] = keys::raw(&item, table).ok_or_else(unreadable)?;
            let held = item.as_object().and_then(|item| digest.of_held(item, attributes));
            let key = Key { partition: &partition, sort: &sort };
            Record { hash, digest: held, print: None, tag: SEEN, key }.spill(&mut seen, &mut scratch).map_err(disk)?;
        }
        Ok(())
    };
    scan::run(client, table, wanted.as_deref(), definition.limits.read_units_per_second, deadline, spent, visit)
        .await?;
    Ok(seen)
}
