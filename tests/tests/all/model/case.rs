//! One case: a history of a sync, step by step.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use fastrand::Rng;
use futures::future::join_all;
use rowferry::{
    bucket::memory::Memory,
    error::{Error, Kind},
    time::Deadline,
};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty, bucket},
    world::{BUCKET, World},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::reference::{self, Definition, Item, Plan, REFUSED, Row, Table, plan, reachable};

const OBJECTS: [&str; 2] = ["extracts/s/a.csv", "extracts/s/b.csv"];

/// What goes wrong: shared with the backends.
struct Chaos {
    random: Rng,
    /// Of so many requests in a thousand something goes wrong.
    rate: u32,
    /// Whether requests take a while, so that runs mingle.
    slow: bool,
    /// Whether something was denied, which is no failure of the service.
    denied: bool,
}

impl Chaos {
    fn request(&mut self, name: &str, body: &Bytes) -> Fault {
        if fault::is_write(name, body) && fault::contains(body, REFUSED) {
            return Fault::Invalid;
        }
        if self.random.u32(..1_000) >= self.rate {
            return if self.slow { Fault::Slow(self.random.u64(..30)) } else { Fault::None };
        }
        if name == "BatchWriteItem" && self.random.bool() {
            return Fault::Unprocessed(self.random.usize(1..9));
        }
        match self.random.u8(..40) {
            0..5 => Fault::Throttled("TableWriteProvisionedThroughputExceeded"),
            5..8 => Fault::ServerError,
            8..12 => Fault::ServerErrorAfter,
            12..14 => Fault::Unreached,
            14..18 => Fault::LostBefore,
            18..23 => Fault::LostAfter,
            23..26 => Fault::Truncated,
            26..31 => Fault::Unprocessed(self.random.usize(1..9)),
            31..33 => Fault::Expired,
            33..36 => Fault::Slow(self.random.u64(..15_000)),
            36..39 => Fault::SlowAfter(self.random.u64(..15_000)),
            _ => {
                self.denied = true;
                Fault::Denied
            }
        }
    }

    fn call(&mut self, name: &str) -> bucket::Fault {
        if self.random.u32(..4_000) >= self.rate {
            return bucket::Fault::None;
        }
        match (name, self.random.u8(..3)) {
            ("get", 0) => bucket::Fault::Cut(self.random.usize(..200)),
            // Time stands still while a thread reads.
            ("get", _) | (_, 0) => bucket::Fault::Service,
            (_, 1) => bucket::Fault::ServiceAfter,
            _ => bucket::Fault::Slow(self.random.u64(..4_000)),
        }
    }
}

/// A version of an object that was dropped, and its event.
struct Dropped {
    object: usize,
    rows: Vec<Row>,
    event: Value,
}

/// What an invocation asks for: an event, or an object's newest version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Event(usize),
    Object(usize),
}

/// What the ledger should know of an object, by the number of the drop, which also orders its events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Known {
    applied: Option<usize>,
    newest: Option<usize>,
    by_person: bool,
}

struct Case<'a> {
    random: Rng,
    world: World,
    chaos: Arc<Mutex<Chaos>>,
    definition: Definition,
    dropped: Vec<Dropped>,
    known: [Known; OBJECTS.len()],
    table: Table,
    log: &'a mut Vec<String>,
}

pub(super) async fn run(seed: u64, log: &mut Vec<String>) {
    fastrand::seed(seed);
    let mut random = Rng::with_seed(seed);
    let chaos = Chaos { random: random.fork(), rate: 0, slow: false, denied: false };
    let chaos = Arc::new(Mutex::new(chaos));
    let (memory, dynamodb) = (Arc::new(Memory::versioned(BUCKET)), Embedded::new());
    let (on_request, on_call) = (Arc::clone(&chaos), Arc::clone(&chaos));
    let faulty = Faulty::new(dynamodb.clone(), move |name, body| on_request.lock().unwrap().request(name, body));
    let watched = bucket::Faulty::new(memory.clone(), move |name, _| on_call.lock().unwrap().call(name));
    let world = World::over(memory, Arc::new(watched), dynamodb, faulty);
    world.create_table("items", &[("pk", "S", "HASH"), ("sk", "N", "RANGE")], &json!({}));
    let definition = Definition::random(&mut random);
    let (dropped, known, table) = (Vec::new(), Default::default(), Table::new());
    let mut case = Case { random, world, chaos, definition, dropped, known, table, log };
    case.define();
    for _ in 0..case.random.u8(2..7) {
        case.step().await;
    }
}

impl Case<'_> {
    fn define(&mut self) {
        self.log.push(format!("define {:?}", self.definition));
        self.world.define("s", &self.definition.yaml());
    }

    fn drop(&mut self) -> usize {
        let object = self.random.usize(..OBJECTS.len());
        let rows: Vec<Row> = (0..self.random.u8(..14)).map(|_| Row::random(&mut self.random)).collect();
        let number = self.dropped.len();
        self.log.push(format!(
            "drop {number} as {}:\n    {}",
            OBJECTS[object],
            reference::csv(&rows).replace('\n', "\n    ")
        ));
        let event = self.world.drop(OBJECTS[object], reference::csv(&rows));
        self.dropped.push(Dropped { object, rows, event });
        number
    }

    async fn step(&mut self) {
        if self.random.u8(..5) == 0 {
            self.definition = Definition::random(&mut self.random);
            self.define();
        }
        let mut asked = Vec::new();
        for _ in 0..[1, 1, 1, 2, 3][self.random.usize(..5)] {
            asked.push(match self.random.u8(..10) {
                0..6 => Asked::Event(self.drop()),
                6..9 if !self.dropped.is_empty() => Asked::Event(self.random.usize(..self.dropped.len())),
                _ => {
                    let number =
                        if self.dropped.is_empty() { self.drop() } else { self.random.usize(..self.dropped.len()) };
                    Asked::Object(self.dropped[number].object)
                }
            });
        }
        let rate = [0, 0, 30, 150, 400][self.random.usize(..5)];
        if asked.len() == 1 && rate == 0 && self.random.bool() {
            self.exactly(asked[0]).await;
        } else {
            self.disturbed(&asked, rate).await;
        }
        self.check_reports();
    }

    fn disturb(&self, rate: u32, slow: bool) {
        let mut chaos = self.chaos.lock().unwrap();
        chaos.rate = rate;
        chaos.slow = slow;
        chaos.denied = false;
    }

    /// The rows that an invocation is about now.
    fn number(&self, asked: Asked) -> usize {
        match asked {
            Asked::Event(number) => number,
            Asked::Object(object) => self.dropped.iter().rposition(|dropped| dropped.object == object).unwrap(),
        }
    }

    fn plan(&self, asked: Asked) -> Plan {
        plan(&self.definition, &self.dropped[self.number(asked)].rows)
    }

    fn object(&self, asked: Asked) -> usize {
        self.dropped[self.number(asked)].object
    }

    async fn invoke(&self, asked: Asked, time: Duration) -> Result<Value, Error> {
        let begun = Instant::now();
        let payload = match asked {
            Asked::Event(number) => self.dropped[number].event.clone(),
            Asked::Object(object) => json!({"sync": "s", "object": OBJECTS[object]}),
        };
        let answer = self.world.load.handle(&payload, Deadline::after(time)).await;
        assert!(begun.elapsed() <= time, "{asked:?} took {:?} of {time:?}", begun.elapsed());
        answer.map(|mut answer| if let Asked::Event(_) = asked { answer["runs"][0].take() } else { answer })
    }

    /// One invocation, undisturbed: everything about it is known.
    async fn exactly(&mut self, asked: Asked) {
        self.log.push(format!("exactly {asked:?}"));
        self.disturb(0, false);
        let (object, number) = (self.object(asked), self.number(asked));
        let known = self.known[object];
        let report = self.invoke(asked, Duration::from_mins(15)).await.unwrap();
        let skipped = matches!(asked, Asked::Event(_))
            && (known.newest >= Some(number) || known.by_person && known.applied == Some(number));
        assert_eq!(report["status"], if skipped { "skipped" } else { "succeeded" }, "{report:#}");
        if !skipped {
            let plan = self.plan(asked);
            let counts = plan.apply(&self.definition, &mut self.table);
            assert_eq!(counts_of(&report), counts, "{report:#}");
            self.check_rejects(&report, &plan);
        }
        assert_eq!(self.read_table(), self.table);
        self.check_ledger(&[asked]);
    }

    /// Some invocations side by side, with faults and crashes; then each once more without.
    async fn disturbed(&mut self, asked: &[Asked], rate: u32) {
        let slow = asked.len() > 1 || self.random.bool();
        self.disturb(rate, slow);
        let times = [20, 60, 300, 900].map(Duration::from_secs);
        let invocations: Vec<(Asked, Duration, usize)> = asked
            .iter()
            .map(|asked| {
                let crash = if self.random.u8(..3) == 0 { self.random.usize(..120) } else { usize::MAX };
                (*asked, times[self.random.usize(..times.len())], crash)
            })
            .collect();
        self.log.push(format!("disturbed at {rate}: {invocations:?}"));
        let runs = invocations.iter().map(|(asked, time, crash)| fault::crash(self.invoke(*asked, *time), *crash));
        let ended = join_all(runs).await;
        let denied = self.chaos.lock().unwrap().denied;
        let mut attempts: Vec<(Asked, Plan, bool)> = Vec::new();
        for ((asked, ..), ended) in invocations.iter().zip(ended) {
            let plan = self.plan(*asked);
            let whole = match ended {
                None => {
                    self.log.push(format!("{asked:?} crashed"));
                    false
                }
                Some(Err(error)) => {
                    self.log.push(format!("{asked:?} failed: {}", error.text()));
                    assert!(error.kind() == Kind::Service || denied, "{}", error.text());
                    false
                }
                Some(Ok(report)) => {
                    self.log.push(format!("{asked:?} {}", report["status"]));
                    if report["status"] == "skipped" {
                        continue;
                    }
                    self.check_rejects(&report, &plan);
                    if invocations.len() == 1 {
                        self.check_counts(&report, &plan);
                    }
                    true
                }
            };
            attempts.push((*asked, plan, whole));
        }
        self.disturb(0, false);
        self.world.pass(120);
        let mut once: Vec<Asked> = asked.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        once.sort_unstable();
        let mut after = Vec::new();
        for asked in once {
            let report = self.invoke(asked, Duration::from_mins(15)).await.unwrap();
            self.log.push(format!("again {asked:?}: {}", report["status"]));
            let own = |attempt: &&mut (Asked, Plan, bool)| attempt.0 == asked;
            if report["status"] == "succeeded" {
                let done = attempts.iter().any(|attempt| attempt.0 == asked && attempt.2);
                assert!(!done || matches!(asked, Asked::Object(_)), "done twice");
                let plan = self.plan(asked);
                self.check_rejects(&report, &plan);
                after.push(plan);
            } else if attempts.iter_mut().filter(own).count() == 1 && !self.late(asked) {
                // It was done although nobody heard of it.
                attempts.iter_mut().filter(own).for_each(|attempt| attempt.2 = true);
            }
        }
        self.settle(&attempts, &after);
        self.check_ledger(asked);
    }

    /// Whether something newer of the same object was applied, or a person applied it.
    fn late(&self, asked: Asked) -> bool {
        let newest = self.ledger(self.object(asked)).newest;
        let person = self.known[self.object(asked)].by_person;
        newest != Some(self.number(asked)) || person || self.known[self.object(asked)].newest == newest
    }

    /// Holds the table against everything that could have come of it.
    fn settle(&mut self, attempts: &[(Asked, Plan, bool)], after: &[Plan]) {
        let table = self.read_table();
        let attempts: Vec<(&Plan, bool)> = attempts.iter().map(|(_, plan, whole)| (plan, *whole)).collect();
        let after: Vec<&Plan> = after.iter().collect();
        for key in reference::IDS.into_iter().flat_map(|id| (1..4).map(move |sub| (id, sub))) {
            let reachable = reachable(&self.definition, &key, self.table.get(&key), &attempts, &after);
            let found = table.get(&key);
            assert!(
                reachable.contains(&found.cloned()),
                "{key:?} was {:?} and is {found:?}, which is none of {reachable:?}",
                self.table.get(&key)
            );
        }
        self.table = table;
    }

    fn read_table(&self) -> Table {
        const NAMES: [&str; 6] = ["pk", "sk", "ver", "a", "n", "origin"];
        let read = |item: &Value| {
            let id = reference::IDS.into_iter().find(|id| item["pk"]["S"] == *id).unwrap();
            let sub = item["sk"]["N"].as_str().unwrap().parse().unwrap();
            assert!(item.as_object().unwrap().keys().all(|name| NAMES.contains(&name.as_str())), "{item}");
            let values = NAMES.into_iter().filter_map(|name| Some((name, item.get(name)?.to_string())));
            ((id, sub), values.collect::<Item>())
        };
        self.world.items("items").iter().map(read).collect()
    }

    /// The counts of a run that met faults and did not end by them. A lost answer to a conditional write leaves it
    /// open whether the row was written or was there.
    fn check_counts(&self, report: &Value, plan: &Plan) {
        let (expected, found) = (plan.apply(&self.definition, &mut self.table.clone()), counts_of(report));
        if self.definition.conditional() {
            assert_eq!((found[0], found[4]), (expected[0], expected[4]), "{report:#}");
        } else {
            assert_eq!(found, expected, "{report:#}");
        }
    }

    /// Each reject stands in rejects.csv, once.
    fn check_rejects(&self, report: &Value, plan: &Plan) {
        let mut rows = Vec::new();
        if let Some(key) = report["rejects"]["key"].as_str() {
            let text = self.world.text(key);
            rows = text.lines().skip(1).map(|line| line.split(',').nth(6).unwrap().parse::<u64>().unwrap()).collect();
        }
        let unique: BTreeSet<u64> = rows.iter().copied().collect();
        assert_eq!((unique.len(), &unique), (rows.len(), &plan.rejected), "{report:#}");
        assert_eq!(report["rows"]["rejected"], rows.len());
        assert_eq!(report["rows"]["read"], plan.read);
    }

    fn check_reports(&self) {
        for report in self.world.reports() {
            let [read, written, unchanged, superseded, rejected] = counts_of(&report);
            assert_eq!(read, written + unchanged + superseded + rejected, "{report:#}");
            assert_eq!(report["error"].is_null(), report["status"] != "failed", "{report:#}");
        }
    }

    fn ledger(&self, object: usize) -> Known {
        let key = json!({"pk": {"S": "sync#s"}, "sk": {"S": format!("extract#{}", OBJECTS[object])}});
        let answer = self.world.ask("GetItem", &json!({"TableName": "runs", "Key": key}));
        let item = &answer["Item"];
        // The world counts its drops from 1.
        let place = |name: &str| item[name]["S"].as_str().map(|text| usize::from_str_radix(text, 16).unwrap() - 1);
        let by_person = item["applied_identity"].is_object() && place("applied_sequencer").is_none();
        Known { applied: place("applied_sequencer"), newest: place("newest_sequencer"), by_person }
    }

    /// The ledger knows each event that was handled, and nobody holds a claim.
    fn check_ledger(&mut self, asked: &[Asked]) {
        let mut newest: BTreeMap<usize, Option<usize>> = BTreeMap::new();
        for asked in asked {
            let object = self.object(*asked);
            let newest = newest.entry(object).or_insert(self.known[object].newest);
            if let Asked::Event(number) = asked {
                *newest = (*newest).max(Some(*number));
            }
        }
        for (object, newest) in newest {
            let mut known = self.ledger(object);
            assert_eq!(known.newest, newest, "the newest event of {}", OBJECTS[object]);
            let key = json!({"pk": {"S": "sync#s"}, "sk": {"S": format!("extract#{}", OBJECTS[object])}});
            let answer = self.world.ask("GetItem", &json!({"TableName": "runs", "Key": key}));
            let item = &answer["Item"];
            assert_eq!((&item["state"]["S"], &item["lease_until"]["N"]), (&json!("applied"), &json!("0")));
            if known.by_person {
                known.applied =
                    Some(self.number(Asked::Object(object))).filter(|_| asked.contains(&Asked::Object(object)));
                known.applied = known.applied.or(self.known[object].applied);
            }
            self.known[object] = known;
        }
    }
}

fn counts_of(report: &Value) -> [u64; 5] {
    ["read", "written", "unchanged", "superseded", "rejected"].map(|name| report["rows"][name].as_u64().unwrap())
}
