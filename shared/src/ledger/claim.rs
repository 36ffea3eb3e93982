//! Who may apply an extract: decided from what the ledger holds, without any IO.

use serde_json::{Map, Value, json};

use crate::event::Sequencer;

/// An extract as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// The object key that stands for it.
    pub name: String,
    /// What tells this version of it from others.
    pub identity: String,
    /// Whether the identity differs for every upload, because the bucket keeps versions; else the same bytes dropped
    /// again have the same identity, and only the sequencer tells that they were.
    pub versioned: bool,
    /// The sequencer of its event; none when a person asked.
    pub sequencer: Option<Sequencer>,
}

/// A claim on an extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The sync.
    pub sync: String,
    /// The extract.
    pub extract: Extract,
    /// The run that holds it.
    pub run_id: String,
    /// The fencing token: the newest claim has the highest.
    pub token: u64,
}

/// What came of wanting a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is the caller's.
    Mine(Claim),
    /// The extract was applied, by that run.
    Applied {
        /// The run.
        run_id: String,
    },
    /// A newer version of the object was applied, by that run.
    Late {
        /// The run.
        run_id: String,
    },
    /// Another run still applies it, or another version of it.
    Busy {
        /// Whether it is this very version.
        same: bool,
        /// The run.
        run_id: String,
    },
}

/// What the ledger holds of an extract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) token: u64,
    pub(super) run_id: String,
    lease_until: u64,
    identity: String,
    applied: Option<Applied>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Applied {
    identity: String,
    /// The sequencer of the event by which it was applied; none when a person asked.
    sequencer: Option<Sequencer>,
    /// The newest sequencer that was ever applied.
    newest: Option<Sequencer>,
    run_id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Take,
    Applied,
    Late,
    Wait,
}

impl Record {
    pub(super) fn read(item: &Value) -> Self {
        let text = |name: &str| item.get(name)?.get("S")?.as_str().map(str::to_owned);
        let sequencer = |name: &str| Sequencer::new(&text(name)?);
        let number = |name: &str| item.get(name)?.get("N")?.as_str()?.parse().ok();
        let applied = text("applied_identity").map(|identity| Applied {
            identity,
            sequencer: sequencer("applied_sequencer"),
            newest: sequencer("newest_sequencer"),
            run_id: text("applied_run").unwrap_or_default(),
        });
        Self {
            token: number("token").unwrap_or_default(),
            run_id: text("run_id").unwrap_or_default(),
            lease_until: number("lease_until").unwrap_or_default(),
            identity: text("identity").unwrap_or_default(),
            applied,
        }
    }

    /// What to do about an extract at a time.
    pub(super) fn decide(&self, extract: &Extract, again: bool, now_ms: u64) -> Decision {
        if let Some(applied) = self.applied.as_ref().filter(|_| !again) {
            if let (Some(newest), Some(new)) = (&applied.newest, &extract.sequencer) {
                if new < newest {
                    return Decision::Late;
                }
                if new == newest {
                    return Decision::Applied;
                }
            }
            let dropped_again =
                !extract.versioned && applied.sequencer.is_some() && extract.sequencer > applied.sequencer;
            if applied.identity == extract.identity && !dropped_again {
                return Decision::Applied;
            }
        }
        if self.lease_until > now_ms { Decision::Wait } else { Decision::Take }
    }

    /// Whether the run that holds the claim applies this very version.
    pub(super) fn running_is(&self, extract: &Extract) -> bool {
        self.identity == extract.identity
    }

    /// Whether what was applied has no place among the events of its object: a person asked for it.
    pub(super) fn lacks_place(&self) -> bool {
        self.applied.as_ref().is_some_and(|applied| applied.sequencer.is_none())
    }

    /// The run that applied what was applied.
    pub(super) fn applied_by(&self) -> &str {
        self.applied.as_ref().map_or("", |applied| &applied.run_id)
    }

    /// The item of a new claim; what was applied before stays known.
    pub(super) fn taken(&self, claim: &Claim, lease_until: u64) -> Value {
        let mut item = Map::new();
        let mut put = |name: &str, kind: &str, value: String| item.insert(name.to_owned(), json!({kind: value}));
        put("state", "S", "running".to_owned());
        put("token", "N", claim.token.to_string());
        put("run_id", "S", claim.run_id.clone());
        put("identity", "S", claim.extract.identity.clone());
        put("lease_until", "N", lease_until.to_string());
        if let Some(applied) = &self.applied {
            put("applied_identity", "S", applied.identity.clone());
            put("applied_run", "S", applied.run_id.clone());
            for (name, sequencer) in [("applied_sequencer", &applied.sequencer), ("newest_sequencer", &applied.newest)]
            {
                if let Some(sequencer) = sequencer {
                    put(name, "S", sequencer.to_string());
                }
            }
        }
        Value::Object(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extract(identity: &str, sequencer: Option<&str>) -> Extract {
        Extract {
            name: "extracts/s/a.csv".into(),
            identity: identity.into(),
            versioned: false,
            sequencer: sequencer.and_then(Sequencer::new),
        }
    }

    fn applied(identity: &str, sequencer: Option<&str>) -> Record {
        let sequencer = sequencer.and_then(Sequencer::new);
        let applied = Applied { identity: identity.into(), newest: sequencer.clone(), sequencer, run_id: "r1".into() };
        Record { applied: Some(applied), ..Record::default() }
    }

    #[track_caller]
    fn check(record: &Record, extract: &Extract, expected: Decision) {
        assert_eq!(record.decide(extract, false, 1_000), expected);
    }

    #[test]
    fn takes_what_nobody_has_applied() {
        check(&Record::default(), &extract("v1", Some("01")), Decision::Take);
        check(&applied("v1", Some("01")), &extract("v2", Some("02")), Decision::Take);
        check(&applied("v1", None), &extract("v2", None), Decision::Take);
    }

    #[test]
    fn skips_what_was_applied_and_what_is_late() {
        check(&applied("v1", Some("01")), &extract("v1", Some("01")), Decision::Applied);
        check(&applied("v1", None), &extract("v1", Some("01")), Decision::Applied);
        check(&applied("v1", Some("01")), &extract("v1", None), Decision::Applied);
        check(&applied("v2", Some("02")), &extract("v1", Some("01")), Decision::Late);
    }

    #[test]
    fn takes_the_same_bytes_again_when_they_were_dropped_again() {
        check(&applied("v1", Some("01")), &extract("v1", Some("02")), Decision::Take);
    }

    #[test]
    fn knows_an_upload_by_its_version_whatever_its_sequencer() {
        let same = Extract { versioned: true, ..extract("v1", Some("02")) };
        check(&applied("v1", Some("01")), &same, Decision::Applied);
    }

    #[test]
    fn knows_what_a_person_applied_and_what_is_older_still() {
        let mut record = applied("v2", None);
        record.applied.as_mut().unwrap().newest = Sequencer::new("01");
        check(&record, &extract("v2", Some("02")), Decision::Applied);
        check(&record, &extract("v0", Some("00")), Decision::Late);
        check(&record, &extract("v3", Some("03")), Decision::Take);
    }

    #[test]
    fn waits_for_a_lease_and_takes_over_when_it_has_ended() {
        let held = |lease_until| Record { lease_until, token: 3, ..Record::default() };
        check(&held(1_001), &extract("v1", None), Decision::Wait);
        check(&held(1_000), &extract("v1", None), Decision::Take);
    }

    #[test]
    fn applies_again_when_a_person_asks() {
        assert_eq!(applied("v1", None).decide(&extract("v1", None), true, 1_000), Decision::Take);
    }

    #[test]
    fn keeps_what_was_applied_when_a_new_claim_is_taken() {
        let before = applied("v1", Some("01"));
        let claim = Claim { sync: "s".into(), extract: extract("v2", Some("02")), run_id: "r2".into(), token: 4 };
        assert_eq!(Record::read(&before.taken(&claim, 9)).applied, before.applied);
    }
}
