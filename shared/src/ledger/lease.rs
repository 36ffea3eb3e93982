//! Which mirror may hold a table: decided from what the ledger holds, without any IO.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::definition::Scope;

/// A lease on a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The table's ARN.
    pub table_arn: String,
    /// The sync.
    pub sync: String,
    /// The run that holds it.
    pub run_id: String,
    /// The fencing token: the newest lease has the highest.
    pub token: u64,
}

/// What came of wanting a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// It is the caller's.
    Mine(Lease),
    /// Another run still holds the table.
    Busy {
        /// The run.
        run_id: String,
        /// Its sync.
        sync: String,
    },
    /// Another mirror follows the table too, and one of the two claims all of it.
    Shared {
        /// The other sync.
        sync: String,
        /// What it may delete.
        scope: Scope,
    },
}

/// What the ledger holds of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) token: u64,
    run_id: String,
    sync: String,
    lease_until: u64,
    /// Every mirror that ever held it and was not found to be gone since.
    pub(super) mirrors: BTreeMap<String, Scope>,
}

/// A mirror that wants a table: its sync, its scope, and the syncs that no longer mirror the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) sync: &'a str,
    pub(super) scope: Scope,
    pub(super) stale: &'a [String],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    Take,
    Wait,
    Shared { sync: String, scope: Scope },
}

impl Record {
    pub(super) fn read(item: &Value) -> Self {
        let text = |name: &str| item.get(name)?.get("S")?.as_str().map(str::to_owned);
        let number = |name: &str| item.get(name)?.get("N")?.as_str()?.parse().ok();
        let scope = |value: &Value| {
            let name = value.get("S").and_then(Value::as_str);
            if name == Some(Scope::Synced.name()) { Scope::Synced } else { Scope::Table }
        };
        let mirrors = item.pointer("/mirrors/M").and_then(Value::as_object).into_iter().flatten();
        Self {
            token: number("token").unwrap_or_default(),
            run_id: text("run_id").unwrap_or_default(),
            sync: text("sync").unwrap_or_default(),
            lease_until: number("lease_until").unwrap_or_default(),
            mirrors: mirrors.map(|(sync, value)| (sync.clone(), scope(value))).collect(),
        }
    }

    /// What to do about a wish at a time. That two mirrors do not go together is told at once, whoever holds the table.
    pub(super) fn decide(&self, wish: Wish<'_>, now_ms: u64) -> Decision {
        let mut others = self.mirrors.iter().filter(|(sync, _)| *sync != wish.sync && !wish.stale.contains(sync));
        if let Some((sync, scope)) = others.find(|(_, scope)| [**scope, wish.scope].contains(&Scope::Table)) {
            return Decision::Shared { sync: sync.clone(), scope: *scope };
        }
        if self.lease_until > now_ms { Decision::Wait } else { Decision::Take }
    }

    /// Who holds the table.
    pub(super) fn busy(self) -> Held {
        Held::Busy { run_id: self.run_id, sync: self.sync }
    }

    /// The item of a new lease; the mirrors that are not stale stay known.
    pub(super) fn taken(&self, lease: &Lease, wish: Wish<'_>, lease_until: u64) -> Value {
        let known = self.mirrors.iter().filter(|(sync, _)| !wish.stale.contains(sync));
        let mirrors = known.map(|(sync, scope)| (sync.as_str(), *scope)).chain([(wish.sync, wish.scope)]);
        let mirrors: Map<String, Value> =
            mirrors.map(|(sync, scope)| (sync.to_owned(), json!({"S": scope.name()}))).collect();
        json!({
            "token": {"N": lease.token.to_string()},
            "run_id": {"S": lease.run_id},
            "sync": {"S": lease.sync},
            "lease_until": {"N": lease_until.to_string()},
            "mirrors": {"M": mirrors},
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(lease_until: u64, mirrors: &[(&str, Scope)]) -> Record {
        let mirrors = mirrors.iter().map(|(sync, scope)| ((*sync).to_owned(), *scope)).collect();
        Record { token: 3, run_id: "r1".into(), sync: "a".into(), lease_until, mirrors }
    }

    fn wish(sync: &str, scope: Scope) -> Wish<'_> {
        Wish { sync, scope, stale: &[] }
    }

    #[track_caller]
    fn check(record: &Record, wish: Wish<'_>, expected: &Decision) {
        assert_eq!(record.decide(wish, 1_000), *expected);
    }

    fn shared(sync: &str, scope: Scope) -> Decision {
        Decision::Shared { sync: sync.into(), scope }
    }

    #[test]
    fn waits_for_a_lease_and_takes_over_when_it_has_ended() {
        check(&Record::default(), wish("a", Scope::Table), &Decision::Take);
        check(&record(1_001, &[("a", Scope::Table)]), wish("a", Scope::Table), &Decision::Wait);
        check(&record(1_000, &[("a", Scope::Table)]), wish("a", Scope::Table), &Decision::Take);
    }

    #[test]
    fn mirrors_share_a_table_only_if_all_have_scope_synced() {
        use Scope::{Synced, Table};
        check(&record(0, &[("a", Synced)]), wish("b", Synced), &Decision::Take);
        check(&record(0, &[("a", Synced)]), wish("b", Table), &shared("a", Synced));
        check(&record(0, &[("a", Table)]), wish("b", Synced), &shared("a", Table));
        check(&record(0, &[("a", Synced), ("c", Table)]), wish("b", Synced), &shared("c", Table));
    }

    #[test]
    fn tells_at_once_that_two_mirrors_do_not_go_together() {
        check(&record(1_001, &[("a", Scope::Table)]), wish("b", Scope::Synced), &shared("a", Scope::Table));
    }

    #[test]
    fn a_sync_may_change_its_own_scope() {
        check(&record(0, &[("a", Scope::Synced)]), wish("a", Scope::Table), &Decision::Take);
    }

    #[test]
    fn stale_mirrors_stand_in_nobodys_way_and_are_forgotten() {
        let (record, stale) = (record(0, &[("a", Scope::Table), ("c", Scope::Synced)]), ["a".to_owned()]);
        let wish = Wish { stale: &stale, ..wish("b", Scope::Synced) };
        check(&record, wish, &Decision::Take);
        let lease = Lease { table_arn: "arn".into(), sync: "b".into(), run_id: "r2".into(), token: 4 };
        let taken = Record::read(&record.taken(&lease, wish, 9));
        assert_eq!(
            taken,
            Record {
                token: 4,
                run_id: "r2".into(),
                sync: "b".into(),
                lease_until: 9,
                mirrors: [("b".to_owned(), Scope::Synced), ("c".to_owned(), Scope::Synced)].into(),
            }
        );
    }

    #[test]
    fn a_scope_that_is_not_known_shares_with_nobody() {
        let item = json!({"mirrors": {"M": {"a": {"S": "of a later version"}}}});
        check(&Record::read(&item), wish("b", Scope::Synced), &shared("a", Scope::Table));
    }
}
