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
    bucket::{Object, memory::Memory},
    error::{Error, Kind},
    job::Job,
    time::Deadline,
};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty, bucket},
    world::{BUCKET, World},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    delivery::{EXTRACTS, Entry, PARTS, Parts, Setting, manifest, object},
    reference::{self, Definition, Item, Plan, REFUSED, Row, Table, plan, reachable},
};

/// What goes wrong: shared with the backends.
struct Chaos {
    random: Rng,
    /// Of so many requests in a thousand something goes wrong.
    rate: u32,
    /// Whether requests take a while, so that runs mingle.
    slow: bool,
    /// Whether something was denied, which is no failure of the service.
    denied: bool,
    /// After so many calls to the bucket, an object is overwritten with these bytes.
    overwrite: Option<(usize, &'static str, Bytes)>,
    /// What the overwrite came to.
    overwritten: Option<Object>,
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

    fn call(&mut self, name: &str, memory: &Memory) -> bucket::Fault {
        match self.overwrite.take() {
            Some((0, key, bytes)) => self.overwritten = Some(memory.insert(key, bytes)),
            Some((calls, key, bytes)) => self.overwrite = Some((calls - 1, key, bytes)),
            None => {}
        }
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

/// A version of an object that completes an extract, and its event.
struct Dropped {
    extract: usize,
    bytes: Bytes,
    /// What it holds itself, or lists.
    rows: Vec<Row>,
    entries: Vec<Entry>,
    event: Value,
}

/// A part as it is now.
struct Part {
    /// Tells it from what stood there before.
    number: usize,
    rows: Vec<Row>,
    bytes: Bytes,
}

/// What an invocation asks for: an event, or an extract as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Event(usize),
    Extract(usize),
}

/// What the ledger should know of an extract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    /// What tells the delivery that was applied last from others.
    applied: Option<String>,
    /// The newest event of those that were applied, by the number of its drop.
    newest: Option<usize>,
    by_person: bool,
}

/// What one of several invocations side by side came to: what it would do, and whether it did all of it.
struct Attempt {
    asked: Asked,
    plan: Plan,
    whole: bool,
}

struct Case<'a> {
    random: Rng,
    world: World,
    chaos: Arc<Mutex<Chaos>>,
    setting: Setting,
    definition: Definition,
    dropped: Vec<Dropped>,
    parts: BTreeMap<(usize, usize), Part>,
    known: [Known; EXTRACTS],
    table: Table,
    log: &'a mut Vec<String>,
}

pub(super) async fn run(seed: u64, log: &mut Vec<String>) {
    fastrand::seed(seed);
    let mut random = Rng::with_seed(seed);
    let setting = Setting::random(&mut random);
    log.push(format!("{setting:?}"));
    let chaos =
        Chaos { random: random.fork(), rate: 0, slow: false, denied: false, overwrite: None, overwritten: None };
    let chaos = Arc::new(Mutex::new(chaos));
    let memory = if setting.versioned { Memory::versioned(BUCKET) } else { Memory::new(BUCKET) };
    let (memory, dynamodb) = (Arc::new(memory), Embedded::new());
    let (on_request, on_call, written) = (Arc::clone(&chaos), Arc::clone(&chaos), Arc::clone(&memory));
    let faulty = Faulty::new(dynamodb.clone(), move |name, body| on_request.lock().unwrap().request(name, body));
    let watched = bucket::Faulty::new(memory.clone(), move |name, _| on_call.lock().unwrap().call(name, &written));
    let world = World::over(memory, Arc::new(watched), dynamodb, faulty);
    let keys = [("pk", "S", "HASH"), ("sk", "N", "RANGE")];
    world.create_table("items", if setting.sorted { &keys } else { &keys[..1] }, &json!({}));
    let definition = Definition::random(setting, &mut random);
    let (dropped, parts, known, table) = (Vec::new(), BTreeMap::new(), Default::default(), Table::new());
    let mut case = Case { random, world, chaos, setting, definition, dropped, parts, known, table, log };
    case.define();
    for _ in 0..case.random.u8(2..7) {
        case.step().await;
    }
    case.check_history();
}

impl Case<'_> {
    fn define(&mut self) {
        self.log.push(format!("define {:?}", self.definition));
        self.world.define("s", &self.definition.yaml());
    }

    fn rows(&mut self, most: u8) -> Vec<Row> {
        (0..self.random.u8(..most)).map(|_| Row::random(&mut self.random)).collect()
    }

    /// Drops an extract: alone, or its parts and then what completes them.
    fn drop(&mut self) -> usize {
        let extract = self.random.usize(..EXTRACTS);
        let (mut rows, mut entries) = (Vec::new(), Vec::new());
        let bytes = match self.setting.parts {
            Parts::Single => {
                rows = self.rows(14);
                let (format, bytes) = object(self.setting, &rows, &mut self.random);
                self.log.push(format!("as {format}:\n    {rows:#?}"));
                bytes
            }
            Parts::Marker => {
                self.drop_parts(extract);
                Bytes::new()
            }
            Parts::Manifest => {
                self.drop_parts(extract);
                entries = self.entries(extract);
                manifest(extract, &entries)
            }
        };
        let key = self.setting.trigger(extract);
        let number = self.dropped.len();
        self.log.push(format!("drop {number} as {key}: {entries:?}"));
        let event = self.world.drop(key, bytes.clone());
        self.dropped.push(Dropped { extract, bytes, rows, entries, event });
        number
    }

    fn drop_parts(&mut self, extract: usize) {
        for _ in 0..self.random.usize(..=PARTS) {
            self.drop_part(extract);
        }
    }

    fn drop_part(&mut self, extract: usize) -> Value {
        let (part, rows) = (self.random.usize(..PARTS), self.rows(6));
        let (format, bytes) = object(self.setting, &rows, &mut self.random);
        let key = Setting::part(extract, part);
        self.log.push(format!("part {key} as {format}: {rows:#?}"));
        let event = self.world.drop(&key, bytes.clone());
        let number = self.log.len();
        self.parts.insert((extract, part), Part { number, rows, bytes });
        event
    }

    /// Some parts in some order, rarely one that is not there; sometimes with their sizes.
    fn entries(&mut self, extract: usize) -> Vec<Entry> {
        let mut order: Vec<usize> = (0..PARTS).collect();
        self.random.shuffle(&mut order);
        let there = |part: &usize, rarely: bool| self.parts.contains_key(&(extract, *part)) || rarely;
        let rarely = self.random.u8(..6) == 0;
        let listed: Vec<usize> = order.into_iter().filter(|part| there(part, rarely)).collect();
        let entry = |part: usize| {
            let size = self.parts.get(&(extract, part)).map(|part| part.bytes.len());
            let mandatory = [None, Some(true), Some(false)][self.random.usize(..3)];
            Entry { part, mandatory, size_bytes: size.filter(|_| self.random.bool()) }
        };
        listed.into_iter().map(entry).collect()
    }

    async fn step(&mut self) {
        if self.random.u8(..5) == 0 {
            self.definition = Definition::random(self.setting, &mut self.random);
            self.define();
        }
        if self.setting.parts != Parts::Single && self.random.u8(..4) == 0 {
            self.early_part().await;
        }
        let mut asked = Vec::new();
        // Three side by side over few keys can come to more ends than can be told here.
        let most = if self.setting.sorted { 3 } else { 2 };
        for _ in 0..[1, 1, 1, 2, most][self.random.usize(..5)] {
            asked.push(match self.random.u8(..10) {
                0..6 => Asked::Event(self.drop()),
                6..9 if !self.dropped.is_empty() => Asked::Event(self.random.usize(..self.dropped.len())),
                _ => {
                    let number =
                        if self.dropped.is_empty() { self.drop() } else { self.random.usize(..self.dropped.len()) };
                    Asked::Extract(self.dropped[number].extract)
                }
            });
        }
        let rate = [0, 0, 30, 150, 400][self.random.usize(..5)];
        if asked.len() == 1 && rate == 0 && self.random.bool() {
            let units = if self.random.u8(..3) == 0 { self.dry_run(self.extract(asked[0])).await } else { None };
            self.exactly(asked[0], units).await;
        } else {
            self.disturbed(&asked, rate).await;
        }
    }

    fn disturb(&self, rate: u32, slow: bool) {
        let mut chaos = self.chaos.lock().unwrap();
        chaos.rate = rate;
        chaos.slow = slow;
        chaos.denied = false;
    }

    /// The newest drop of what completes an extract.
    fn newest(&self, extract: usize) -> usize {
        self.dropped.iter().rposition(|dropped| dropped.extract == extract).unwrap()
    }

    /// The drop that an invocation is about now.
    fn number(&self, asked: Asked) -> usize {
        match asked {
            Asked::Event(number) => number,
            Asked::Extract(extract) => self.newest(extract),
        }
    }

    fn extract(&self, asked: Asked) -> usize {
        self.dropped[self.number(asked)].extract
    }

    /// The parts that a drop completes, with their numbers; none where one is missing or not as it was.
    fn parts_of(&self, number: usize) -> Option<Vec<&Part>> {
        let dropped = &self.dropped[number];
        let part = |part: usize| self.parts.get(&(dropped.extract, part));
        if self.setting.parts == Parts::Marker {
            return Some((0..PARTS).filter_map(part).collect());
        }
        let mut found = Vec::new();
        for entry in &dropped.entries {
            match part(entry.part) {
                Some(part) if entry.size_bytes.is_some_and(|size_bytes| size_bytes != part.bytes.len()) => return None,
                Some(part) => found.push(part),
                None if entry.mandatory == Some(false) => {}
                None => return None,
            }
        }
        Some(found)
    }

    /// What an invocation would do now; none where its extract is not whole.
    fn plan(&self, asked: Asked, dry: bool) -> Option<Plan> {
        let number = self.number(asked);
        let parts = self.parts_of(number)?;
        let rows = self.dropped[number].rows.iter().chain(parts.iter().flat_map(|part| &part.rows));
        Some(plan(&self.definition, &rows.cloned().collect::<Vec<_>>(), dry))
    }

    /// Whether an object was overwritten since the event, so that this one is left alone.
    fn overwritten(&self, asked: Asked) -> bool {
        let (number, newest) = (self.number(asked), self.newest(self.extract(asked)));
        !self.setting.versioned && self.dropped[number].bytes != self.dropped[newest].bytes
    }

    /// What tells a delivery from others: the versions of its objects, or their bytes.
    fn identity(&self, number: usize) -> String {
        let tell = |number: usize, bytes: &Bytes| {
            if self.setting.versioned { number.to_string() } else { format!("{bytes:?}") }
        };
        let parts = self.parts_of(number).into_iter().flatten();
        let parts: Vec<String> = parts.map(|part| tell(part.number, &part.bytes)).collect();
        format!("{} {parts:?}", tell(number, &self.dropped[number].bytes))
    }

    /// Whether the ledger, as it was before, says that nothing is to be done.
    fn known(&self, asked: Asked) -> bool {
        let Asked::Event(number) = asked else { return false };
        let known = &self.known[self.extract(asked)];
        known.newest >= Some(number) || known.by_person && known.applied == Some(self.identity(number))
    }

    /// How an undisturbed invocation ends: skipped, done or failed.
    fn expected(&self, asked: Asked) -> &'static str {
        if self.overwritten(asked) {
            return "skipped";
        }
        match self.plan(asked, false) {
            None => "failed",
            Some(_) if self.known(asked) => "skipped",
            Some(plan) if plan.fails(&self.definition) => "failed",
            Some(_) => "succeeded",
        }
    }

    async fn invoke(&self, asked: Asked, dry_run: bool, time: Duration) -> Result<Value, Error> {
        let begun = Instant::now();
        let payload = match asked {
            Asked::Event(number) => self.dropped[number].event.clone(),
            Asked::Extract(extract) => {
                json!({"sync": "s", "object": self.setting.trigger(extract), "dry_run": dry_run})
            }
        };
        let answer = self.world.load.handle(&payload, Deadline::after(time)).await;
        assert!(begun.elapsed() <= time, "{asked:?} took {:?} of {time:?}", begun.elapsed());
        answer.map(|mut answer| if let Asked::Event(_) = asked { answer["runs"][0].take() } else { answer })
    }

    /// One invocation that nothing goes wrong with. It leaves a report that says what the answer says, and an item in
    /// the history that says the same. Answers with the report.
    async fn undisturbed(&self, asked: Asked, dry_run: bool) -> Value {
        let reports = || self.world.bucket.keys().into_iter().filter(|key| key.ends_with("/report.json"));
        let before: BTreeSet<String> = reports().collect();
        let answer = self.invoke(asked, dry_run, Duration::from_mins(15)).await;
        let new: Vec<String> = reports().filter(|key| !before.contains(key)).collect();
        let [new] = &new[..] else { panic!("an invocation leaves one report, not {new:?}") };
        let report: Value = serde_json::from_str(&self.world.text(new)).unwrap();
        match answer {
            Ok(answer) => assert_eq!(answer, report),
            Err(error) => {
                assert_eq!(error.kind(), Kind::Extract, "{}", error.text());
                assert_eq!((&report["status"], &report["error"]["kind"]), (&json!("failed"), &json!("extract")));
                assert_eq!(report["error"]["message"], error.text());
            }
        }
        let id = report["run_id"].as_str().unwrap();
        assert_eq!(new, &format!("runs/s/{id}/report.json"));
        assert!(same(&self.past(id), &report), "{:#} {report:#}", self.past(id));
        report
    }

    /// A run in the history.
    fn past(&self, run_id: &str) -> Value {
        let key = json!({"pk": {"S": "sync#s"}, "sk": {"S": format!("run#{run_id}")}});
        self.world.ask("GetItem", &json!({"TableName": "runs", "Key": key}))["Item"].take()
    }

    /// A part that comes without what completes it: nothing happens, and nothing tells of it.
    async fn early_part(&mut self) {
        let extract = self.random.usize(..EXTRACTS);
        let event = self.drop_part(extract);
        self.disturb(0, false);
        let scan = |table: &str| self.world.ask("Scan", &json!({"TableName": table}));
        let now = || (scan("items"), scan("runs"), self.world.bucket.keys());
        let before = now();
        let answer = self.world.invoke(&event).await.unwrap();
        assert_eq!(answer["runs"][0]["status"], "skipped");
        assert_eq!(now(), before);
    }

    /// Shows what a run would do, and changes nothing. Answers with its write units, where the run would have the same.
    async fn dry_run(&mut self, extract: usize) -> Option<Value> {
        self.log.push(format!("dry run of {extract}"));
        self.disturb(0, false);
        let asked = Asked::Extract(extract);
        let before = (self.world.items("items"), self.claim(extract));
        let report = self.undisturbed(asked, true).await;
        assert_eq!((self.world.items("items"), self.claim(extract)), before, "a dry run changes nothing");
        let plan = self.plan(asked, true).filter(|plan| !plan.fails(&self.definition));
        assert_eq!(report["status"], if plan.is_some() { "planned" } else { "failed" }, "{report:#}");
        assert_eq!(report["dry_run"], true);
        let plan = plan?;
        let counts = plan.apply(&self.definition, &mut self.table.clone());
        assert_eq!(counts_of(&report), counts, "{report:#}");
        self.check_rejects(&report, &plan);
        let same = !self.plan(asked, false)?.refusing;
        same.then(|| report["capacity"]["write_units"].clone())
    }

    /// One invocation, undisturbed: everything about it is known.
    async fn exactly(&mut self, asked: Asked, planned_units: Option<Value>) {
        self.log.push(format!("exactly {asked:?}"));
        self.disturb(0, false);
        let expected = self.expected(asked);
        let report = self.undisturbed(asked, false).await;
        assert_eq!(report["status"], expected, "{report:#}");
        let plan = self.plan(asked, false);
        match (expected, plan) {
            ("succeeded", Some(plan)) => {
                let counts = plan.apply(&self.definition, &mut self.table);
                assert_eq!(counts_of(&report), counts, "{report:#}");
                self.check_rejects(&report, &plan);
                let now = self.number(asked) == self.newest(self.extract(asked));
                if let Some(units) = planned_units.filter(|_| now) {
                    assert_eq!(report["capacity"]["write_units"], units, "the dry run said so");
                }
                assert_eq!(self.read_table(), self.table);
            }
            ("failed", Some(plan)) => self.settle(&[], &[(plan, false)]),
            _ => assert_eq!(self.read_table(), self.table),
        }
        self.check_ledger(&[asked], &[]);
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
        let plans: Vec<Option<Plan>> = asked.iter().map(|asked| self.plan(*asked, false)).collect();
        let rows = self.overwrite(asked);
        let runs =
            invocations.iter().map(|(asked, time, crash)| fault::crash(self.invoke(*asked, false, *time), *crash));
        let ended = join_all(runs).await;
        let denied = self.chaos.lock().unwrap().denied;
        let overwriting = rows.is_some();
        let mut attempts: Vec<Attempt> = Vec::new();
        for (((asked, ..), plan), ended) in invocations.iter().zip(plans).zip(ended) {
            let fails = plan.as_ref().is_none_or(|plan| plan.fails(&self.definition));
            let whole = match ended {
                None => {
                    self.log.push(format!("{asked:?} crashed"));
                    false
                }
                Some(Err(error)) => {
                    self.log.push(format!("{asked:?} failed: {}", error.text()));
                    let its_own = error.kind() == Kind::Extract && (fails || overwriting);
                    assert!(error.kind() == Kind::Service || denied || its_own, "{}", error.text());
                    false
                }
                Some(Ok(report)) => {
                    self.log.push(format!("{asked:?} {}", report["status"]));
                    if report["status"] == "skipped" {
                        continue;
                    }
                    assert!(!fails, "{report:#}");
                    let plan = plan.as_ref().unwrap();
                    self.check_rejects(&report, plan);
                    if invocations.len() == 1 {
                        self.check_counts(&report, plan);
                    }
                    true
                }
            };
            attempts.extend(plan.map(|plan| Attempt { asked: *asked, plan, whole }));
        }
        let mut once: BTreeSet<Asked> = asked.iter().copied().collect();
        once.extend(rows.and_then(|(extract, rows, bytes)| self.overwrote(extract, rows, bytes)).map(Asked::Event));
        self.again(&once, attempts).await;
    }

    /// Lets an extract be overwritten while runs read it, where only events ask for it: an event is about one version.
    fn overwrite(&mut self, asked: &[Asked]) -> Option<(usize, Vec<Row>, Bytes)> {
        let extract = self.random.usize(..EXTRACTS);
        let alone = self.setting.parts == Parts::Single && !asked.contains(&Asked::Extract(extract));
        if !alone || self.random.bool() {
            return None;
        }
        let rows = self.rows(14);
        let (_, bytes) = object(self.setting, &rows, &mut self.random);
        let calls = self.random.usize(..12);
        self.log.push(format!("{} is overwritten at call {calls} with {rows:#?}", self.setting.trigger(extract)));
        self.chaos.lock().unwrap().overwrite = Some((calls, self.setting.trigger(extract), bytes.clone()));
        Some((extract, rows, bytes))
    }

    /// The number of the drop that an overwrite was, where it came about.
    fn overwrote(&mut self, extract: usize, rows: Vec<Row>, bytes: Bytes) -> Option<usize> {
        let mut chaos = self.chaos.lock().unwrap();
        chaos.overwrite = None;
        let object = chaos.overwritten.take()?;
        let event = self.world.event(&object);
        self.dropped.push(Dropped { extract, bytes, rows, entries: Vec::new(), event });
        Some(self.dropped.len() - 1)
    }

    /// Everything once more without faults, and what has come of it all.
    async fn again(&mut self, once: &BTreeSet<Asked>, mut attempts: Vec<Attempt>) {
        self.disturb(0, false);
        self.world.pass(120);
        let mut after = Vec::new();
        for asked in once {
            let report = self.undisturbed(*asked, false).await;
            self.log.push(format!("again {asked:?}: {}", report["status"]));
            let plan = self.plan(*asked, false);
            let own = |attempt: &&mut Attempt| attempt.asked == *asked;
            match (report["status"].as_str().unwrap(), plan) {
                ("failed", None) => {}
                ("failed", Some(plan)) => {
                    assert!(plan.fails(&self.definition), "{report:#}");
                    after.push((plan, false));
                }
                ("succeeded", plan) => {
                    let plan = plan.unwrap();
                    let done = attempts.iter().any(|attempt| attempt.asked == *asked && attempt.whole);
                    assert!(!done || matches!(asked, Asked::Extract(_)), "done twice");
                    assert!(!plan.fails(&self.definition) && !self.overwritten(*asked), "{report:#}");
                    self.check_rejects(&report, &plan);
                    after.push((plan, true));
                }
                _ if attempts.iter_mut().filter(own).count() == 1 && !self.late(*asked) => {
                    // It was done although nobody heard of it.
                    attempts.iter_mut().filter(own).for_each(|attempt| attempt.whole = true);
                }
                _ => assert!(matches!(asked, Asked::Event(_)), "{report:#}"),
            }
        }
        self.settle(&attempts, &after);
        let applied: Vec<Asked> =
            attempts.iter().filter(|attempt| attempt.whole).map(|attempt| attempt.asked).collect();
        self.check_ledger(&once.iter().copied().collect::<Vec<_>>(), &applied);
    }

    /// Whether something newer of the same object was applied, or a person applied it.
    fn late(&self, asked: Asked) -> bool {
        let extract = self.extract(asked);
        let newest = self.ledger(extract).0;
        let known = &self.known[extract];
        newest != Some(self.number(asked)) || known.by_person || known.newest == newest
    }

    /// Holds the table against everything that could have come of it.
    fn settle(&mut self, attempts: &[Attempt], after: &[(Plan, bool)]) {
        let table = self.read_table();
        let attempts: Vec<(&Plan, bool)> = attempts.iter().map(|attempt| (&attempt.plan, attempt.whole)).collect();
        let after: Vec<(&Plan, bool)> = after.iter().map(|(plan, whole)| (plan, *whole)).collect();
        for key in reference::IDS.into_iter().flat_map(|id| (0..4).map(move |sub| (id, sub))) {
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
            let id = reference::IDS.into_iter().find(|id| item["pk"]["S"] == *id).unwrap_or_else(|| panic!("{item:#}"));
            let sub: i64 = item["sk"]["N"].as_str().unwrap().parse().unwrap();
            assert!(item.as_object().unwrap().keys().all(|name| NAMES.contains(&name.as_str())), "{item}");
            let values = NAMES.into_iter().filter_map(|name| Some((name, item.get(name)?.to_string())));
            ((id, if self.setting.sorted { sub } else { 0 }), values.collect::<Item>())
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
            let mut lines = text.lines().map(|line| line.split(','));
            let place = lines.next().unwrap().position(|name| name == "reject_row").unwrap();
            rows = lines.map(|mut cells| cells.nth(place).unwrap().parse::<u64>().unwrap()).collect();
        }
        let unique: BTreeSet<u64> = rows.iter().copied().collect();
        assert_eq!((unique.len(), &unique), (rows.len(), &plan.rejected), "{report:#}");
        assert_eq!(report["rows"]["rejected"], rows.len());
        assert_eq!(report["rows"]["read"], plan.read);
    }

    /// Reports balance, and what the history keeps of a run is what its report says. A run whose claim could not be given back fails after its
    /// report was left, and may have no way to say so there.
    fn check_history(&self) {
        let mut reports: BTreeMap<String, Value> = BTreeMap::new();
        for report in self.world.reports() {
            let [read, written, unchanged, superseded, rejected] = counts_of(&report);
            assert_eq!(read, written + unchanged + superseded + rejected, "{report:#}");
            assert_eq!(report["error"].is_null(), report["status"] != "failed", "{report:#}");
            reports.insert(report["run_id"].as_str().unwrap().to_owned(), report);
        }
        let scan = self.world.ask("Scan", &json!({"TableName": "runs"}));
        for past in scan["Items"].as_array().unwrap() {
            let Some(id) = past["sk"]["S"].as_str().and_then(|sk| sk.strip_prefix("run#")) else { continue };
            match reports.get(id) {
                Some(report) if past["status"]["S"] == report["status"] => assert!(same(past, report), "{past:#}"),
                _ => assert_eq!(past["status"]["S"], "failed", "{past:#}"),
            }
        }
    }

    /// The ledger's item of an extract.
    fn claim(&self, extract: usize) -> Value {
        let sk = format!("extract#{}", self.setting.trigger(extract));
        let key = json!({"pk": {"S": "sync#s"}, "sk": {"S": sk}});
        self.world.ask("GetItem", &json!({"TableName": "runs", "Key": key}))["Item"].take()
    }

    /// The newest event that was applied, and whether the last was applied by a person.
    fn ledger(&self, extract: usize) -> (Option<usize>, bool) {
        let item = self.claim(extract);
        let place = |sequencer: &Value| u64::from_str_radix(sequencer.as_str()?, 16).ok();
        let newest = place(&item["newest_sequencer"]["S"]);
        let sequencer = |dropped: &Dropped| place(&dropped.event["Records"][0]["s3"]["object"]["sequencer"]);
        let newest = newest.map(|newest| self.dropped.iter().position(|dropped| sequencer(dropped) == Some(newest)));
        (newest.map(Option::unwrap), item["applied_identity"].is_object() && item["applied_sequencer"].is_null())
    }

    /// The ledger knows each event that was handled, those that were applied before they were overwritten too, and nobody
    /// holds a claim.
    fn check_ledger(&mut self, asked: &[Asked], applied: &[Asked]) {
        for extract in 0..EXTRACTS {
            let own = || asked.iter().copied().filter(|asked| self.extract(*asked) == extract);
            if own().next().is_none() {
                continue;
            }
            let handled = |asked: &Asked| {
                applied.contains(asked) || self.expected(*asked) != "failed" && !self.overwritten(*asked)
            };
            let events = own().filter(handled).filter_map(|asked| match asked {
                Asked::Event(number) => Some(number),
                Asked::Extract(_) => None,
            });
            let newest = events.max().max(self.known[extract].newest);
            let (found, by_person) = self.ledger(extract);
            assert_eq!(found, newest, "the newest event of {}", self.setting.trigger(extract));
            let item = self.claim(extract);
            assert!(item.is_null() || item["lease_until"]["N"] == "0", "{item:#}");
            assert!(
                item.is_null() || ["applied", "failed"].iter().any(|state| item["state"]["S"] == *state),
                "{item:#}"
            );
            let now = own().any(|asked| asked == Asked::Extract(extract) && handled(&asked));
            let applied =
                if now { Some(self.identity(self.newest(extract))) } else { self.known[extract].applied.clone() };
            self.known[extract] = Known { applied: applied.filter(|_| by_person), newest, by_person };
        }
    }
}

/// Whether an item of the history tells what a report tells.
fn same(past: &Value, report: &Value) -> bool {
    let number = |name: &str| past[name]["N"].as_str().and_then(|text| text.parse::<f64>().ok());
    let rows = ["read", "written", "unchanged", "superseded", "rejected"];
    past["status"]["S"] == report["status"]
        && past["dry_run"]["BOOL"] == report["dry_run"]
        && rows.iter().all(|name| number(&format!("rows_{name}")) == report["rows"][*name].as_f64())
        && number("write_units") == report["capacity"]["write_units"].as_f64()
        && past["error_message"]["S"] == report["error"]["message"]
}

fn counts_of(report: &Value) -> [u64; 5] {
    ["read", "written", "unchanged", "superseded", "rejected"].map(|name| report["rows"][name].as_u64().unwrap())
}
