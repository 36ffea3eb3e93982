//! Tables that are held, each by one mirror at a time.

use serde_json::{Value, json};

use super::{
    LEASE_MS, LOOK_AGAIN, Ledger, RENEWAL_TAKES,
    lease::{Decision, Held, Lease, Record, Wish},
    taken_over,
};
use crate::{definition::Scope, error::Error, time::Deadline};

/// What share of its time who waits for a table leaves to whoever asked, to say that it was busy.
const LEFT: u32 = 10;

impl Ledger {
    /// The mirrors that a table has, as far as the ledger knows: who ever held it, and with which scope.
    ///
    /// # Errors
    ///
    /// When the runs table cannot be used.
    pub async fn mirrors(&self, table_arn: &str, deadline: Deadline) -> Result<Vec<(String, Scope)>, Error> {
        Ok(self.lease(table_arn, deadline).await?.mirrors.into_iter().collect())
    }

    /// Takes a table for a run of a mirror; waits while another run holds it, but for a tenth of the time. Taking it
    /// makes the mirror known and forgets those in `stale`, which no longer mirror the table, or now with scope synced:
    /// their next run makes itself known again.
    ///
    /// # Errors
    ///
    /// When the runs table cannot be used.
    pub async fn hold(
        &self,
        table_arn: &str,
        sync: &str,
        scope: Scope,
        stale: &[String],
        run_id: &str,
        deadline: Deadline,
    ) -> Result<Held, Error> {
        let wish = Wish { sync, scope, stale };
        let patience = deadline.earlier(deadline.left() / LEFT);
        loop {
            let record = self.lease(table_arn, deadline).await?;
            let now = self.clock.epoch_ms();
            match record.decide(wish, now) {
                Decision::Shared { sync, scope } => return Ok(Held::Shared { sync, scope }),
                Decision::Wait if patience.left() > LOOK_AGAIN => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                    continue;
                }
                Decision::Wait => return Ok(record.busy()),
                Decision::Take => {}
            }
            let lease = Lease {
                table_arn: table_arn.to_owned(),
                sync: sync.to_owned(),
                run_id: run_id.to_owned(),
                token: record.token + 1,
            };
            let item = record.taken(&lease, wish, now + LEASE_MS);
            let soon = deadline.min(Deadline::after(RENEWAL_TAKES));
            if self.take(&key(table_arn), item, record.token, soon).await? {
                return Ok(Held::Mine(lease));
            }
        }
    }

    /// Renews a lease, as often as a claim. Gives up before the lease could end, so that nobody writes without one.
    ///
    /// # Errors
    ///
    /// [`Kind::Service`](crate::error::Kind::Service) when another run has taken it over, or the runs table does not
    /// answer.
    pub async fn renew_lease(&self, lease: &Lease, deadline: Deadline) -> Result<(), Error> {
        let deadline = deadline.min(Deadline::after(RENEWAL_TAKES));
        let until = self.until();
        let set = ("SET lease_until = :until", &until);
        let lost = self.update(&key(&lease.table_arn), lease.token, &lease.run_id, set, deadline).await?;
        let what = format!("table `{}`", lease.table_arn);
        lost.map_or(Ok(()), |other| Err(taken_over(&lease.run_id, &what, &other, "which mirrors it now")))
    }

    /// Gives a table back. Where another run has it already there is nothing left to give back: the answer to an
    /// earlier attempt may have been lost.
    ///
    /// # Errors
    ///
    /// When the runs table cannot be used.
    pub async fn let_go(&self, lease: &Lease, deadline: Deadline) -> Result<(), Error> {
        let ended = json!({":until": {"N": "0"}});
        let set = ("SET lease_until = :until", &ended);
        self.update(&key(&lease.table_arn), lease.token, &lease.run_id, set, deadline).await.map(|_| ())
    }

    async fn lease(&self, table_arn: &str, deadline: Deadline) -> Result<Record, Error> {
        Ok(self.item(&key(table_arn), deadline).await?.as_ref().map(Record::read).unwrap_or_default())
    }
}

fn key(table_arn: &str) -> Value {
    json!({"pk": {"S": format!("table#{table_arn}")}, "sk": {"S": "lease"}})
}
