//! What a plan would cost: the items that it changes, read as they are now.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{
    attempt::Attempt,
    plan::{Plan, shown},
};
use crate::{
    error::Error,
    job::{
        account::{Account, disk},
        produce::{BATCHES_AHEAD, Reading},
        run::{Prepared, lost},
    },
    mapping::KeySet,
    mirror::{PARTITIONS, record::Records},
    plan::Comparison,
    time::Deadline,
};

impl Attempt<'_> {
    /// Compares the rows that would be put with their items, and looks at those that would be deleted.
    pub(super) async fn rehearse(
        &mut self,
        ready: &Prepared,
        plan: &mut Plan,
        held: bool,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let Prepared { table, client, .. } = ready;
        let (run, any) = (&mut self.run, !plan.puts.is_empty());
        let reading = Reading { wanted: Some(Arc::new(std::mem::take(&mut plan.puts))), ..ready.reading.clone() };
        let mut comparison = Comparison::new(client, table, &reading.mapping, KeySet::default(), deadline);
        if any {
            let (out, requests) = mpsc::channel(BATCHES_AHEAD);
            let (read, name) = (reading.clone(), table.name.clone());
            let producer = tokio::task::spawn_blocking(move || read.produce(&name, true, None, &out));
            let Some(account) = run.account.as_mut() else { return Ok(()) };
            comparison.run(requests, account, &mut run.spent).await?;
            producer.await.map_err(|error| lost(&error))?;
            run.draft.notices.extend(reading.notices());
            run.account.as_ref().map_or(Ok(()), Account::judge)?;
        }
        if !held {
            let mut records = Records::default();
            for number in 0..PARTITIONS {
                records.clear();
                records.load(&plan.deletes, number).map_err(disk)?;
                let keys: Vec<_> = records.iter().map(|record| shown(record.key, table)).collect();
                comparison.delete(&keys, &mut run.spent).await?;
            }
            run.draft.items.deleted = plan.delete_count;
        }
        run.draft.samples = Some(comparison.samples());
        Ok(())
    }
}
