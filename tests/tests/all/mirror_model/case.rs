//! One case: a history of some mirrors of one table, step by step.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use fastrand::Rng;
use futures::future::join_all;
use rowferry::{
    bucket::{Bucket, memory::Memory},
    error::{Error, Kind},
    job::Job,
    snapshot::Change,
    time::Deadline,
};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Faulty, bucket},
    world::{BUCKET, World, balanced},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    chaos::Chaos,
    extract::{Definition, Held, Item, Key, Row, csv, file, foreign, held},
    reference::{Applied, Changes, Done, Known, Lacking, Of, Open, Table, Work, plan},
    spy::{INVOCATION, Spy, listed},
    state,
};

const SYNCS: [&str; 3] = ["s", "t", "u"];
const PARTS: usize = 2;

/// A version of an object that is an extract, completes one, or holds mended rows.
struct Dropped {
    sync: usize,
    object: String,
    modified_ms: u64,
    number: usize,
    rows: Vec<Row>,
    mended: bool,
    event: Value,
}

/// What an invocation is asked for about a sync.
#[derive(Debug, Clone, PartialEq)]
enum Asked {
    /// Every sync, where runs are disturbed.
    All,
    Newest,
    Event(usize),
    Verify,
    DryRun(bool),
    Approve(String),
    Undo(String),
}

/// What a dry run saw.
struct Planned {
    revision: u64,
    applied: Applied,
    mended: bool,
    verify: bool,
    changes: Changes,
    /// Its report, where it was undisturbed and the run would do the same.
    report: Option<Value>,
}

#[expect(clippy::struct_excessive_bools, reason = "they are independent")]
struct Case<'a> {
    random: Rng,
    world: World,
    spy: Arc<Spy>,
    chaos: Arc<Mutex<Chaos>>,
    versioned: bool,
    sorted: bool,
    marker: bool,
    /// Whether there are many keys.
    wide: bool,
    /// Whether extracts are Parquet, too.
    parquet: bool,
    definitions: Vec<Definition>,
    dropped: Vec<Dropped>,
    parts: BTreeMap<(usize, usize, usize), (usize, Vec<Row>)>,
    /// What the identities that Rowferry gives to extracts stand for.
    identities: BTreeMap<String, String>,
    known: Vec<Known>,
    table: Table,
    /// The runs so far: sync and id.
    runs: Vec<(usize, String)>,
    planned: BTreeMap<String, Planned>,
    log: &'a mut Vec<String>,
}

/// A history of everything.
pub(super) async fn run(seed: u64, log: &mut Vec<String>) {
    let mut case = begin(seed, log);
    for _ in 0..case.random.u8(4..10) {
        case.step().await;
    }
}

/// A history of dry runs, each of them approved.
pub(super) async fn rehearse(seed: u64, log: &mut Vec<String>) {
    let mut case = begin(seed, log);
    for _ in 0..case.random.u8(2..6) {
        case.change().await;
        let (sync, verify) = (case.sync(), case.random.u8(..3) == 0);
        case.drop(sync).await;
        let report = case.exactly(sync, &Asked::DryRun(verify)).await;
        if report["status"] == "planned" {
            case.exactly(sync, &Asked::Approve(report["run_id"].as_str().unwrap().to_owned())).await;
        }
    }
}

fn begin(seed: u64, log: &mut Vec<String>) -> Case<'_> {
    fastrand::seed(seed);
    let mut random = Rng::with_seed(seed);
    let (versioned, sorted, marker) = (random.bool(), random.bool(), random.u8(..4) == 0);
    let (wide, parquet) = (random.u8(..8) == 0, random.u8(..4) == 0);
    let syncs = [1, 1, 1, 2, 3][random.usize(..5)];
    log.push(format!(
        "{syncs} syncs, versioned {versioned}, sorted {sorted}, marker {marker}, wide {wide}, parquet {parquet}"
    ));
    let chaos = Arc::new(Mutex::new(Chaos { random: random.fork(), rate: 0, slow: false, application: None }));
    let memory = if versioned { Memory::versioned(BUCKET) } else { Memory::new(BUCKET) };
    let (memory, dynamodb) = (Arc::new(memory), Embedded::new());
    let spy = Spy::new(dynamodb.clone(), Arc::clone(&memory), sorted);
    let (on_request, on_call, seeing, beside) =
        (Arc::clone(&chaos), Arc::clone(&chaos), Arc::clone(&spy), Arc::clone(&spy));
    let watched = dynamodb.watched(move |operation, body, answer| seeing.see(operation, body, answer));
    let faulty = Faulty::new(watched, move |name, body| on_request.lock().unwrap().request(name, body, &beside));
    let visible = bucket::Faulty::new(memory.clone(), move |name, _| on_call.lock().unwrap().call(name));
    let world = World::over(memory, Arc::new(visible), dynamodb, faulty);
    spy.set(world.mirror.edges.clock.clone());
    create_table(&world, sorted);
    let definitions = (0..syncs).map(|_| Definition::random(sorted, marker, syncs == 1, &mut random)).collect();
    let mut case = Case {
        random,
        world,
        spy,
        chaos,
        versioned,
        sorted,
        marker,
        wide,
        parquet,
        definitions,
        dropped: Vec::new(),
        parts: BTreeMap::new(),
        identities: BTreeMap::new(),
        known: vec![Known::default(); syncs],
        table: Table::new(),
        runs: Vec::new(),
        planned: BTreeMap::new(),
        log,
    };
    for sync in 0..syncs {
        case.define(sync);
    }
    case
}

fn create_table(world: &World, sorted: bool) {
    let keys = [("pk", "S", "HASH"), ("sk", "N", "RANGE")];
    world.create_table("items", if sorted { &keys } else { &keys[..1] }, &json!({}));
}

impl Case<'_> {
    fn define(&mut self, sync: usize) {
        self.log.push(format!("define {}: {:?}", SYNCS[sync], self.definitions[sync]));
        let whole = &mut self.spy.seen.lock().unwrap().whole;
        if self.definitions[sync].scope == "table" {
            whole.insert(SYNCS[sync].to_owned());
        } else {
            whole.remove(SYNCS[sync]);
        }
        self.world.define(SYNCS[sync], &self.definitions[sync].yaml());
    }

    fn sync(&mut self) -> usize {
        self.random.usize(..self.definitions.len())
    }

    fn rows(&mut self, most: u8) -> Vec<Row> {
        let clean = self.random.u8(..3) > 0;
        let count = if self.wide { most * 7 } else { most };
        (0..self.random.u8(..=count)).map(|_| Row::random(clean, self.wide, &mut self.random)).collect()
    }

    /// Rows that are mostly those of the newest extract.
    fn rows_like(&mut self, sync: usize) -> Vec<Row> {
        let last = self.dropped.iter().rev().find(|dropped| dropped.sync == sync && !dropped.mended);
        let mut rows = last.map(|last| last.rows.clone()).unwrap_or_default();
        if rows.is_empty() || self.random.u8(..3) == 0 {
            let most = if self.random.u8(..8) == 0 { 0 } else { 12 };
            return self.rows(most);
        }
        for _ in 0..self.random.u8(..3) {
            rows.remove(self.random.usize(..rows.len()));
            if rows.is_empty() {
                break;
            }
        }
        let more = self.random.u8(..3);
        rows.extend(self.rows(more));
        if self.random.bool() {
            for _ in 0..self.random.usize(..=rows.len().min(4)) {
                let again = rows[self.random.usize(..rows.len())].again(&mut self.random);
                rows.insert(self.random.usize(..=rows.len()), again);
            }
        }
        rows
    }

    async fn drop(&mut self, sync: usize) -> usize {
        let mended = self.random.u8(..8) == 0;
        let rows = if mended { self.rows(3) } else { self.rows_like(sync) };
        self.drop_rows(sync, mended, rows).await
    }

    async fn drop_rows(&mut self, sync: usize, mended: bool, rows: Vec<Row>) -> usize {
        let name = SYNCS[sync];
        let place = self.random.usize(..2);
        let object = match (mended, self.marker) {
            (true, _) => format!("extracts/{name}/{}", ["rejects.csv", "a-rejects.csv"][place]),
            (_, true) => format!("extracts/{name}/{}/_SUCCESS", ["x", "y"][place]),
            _ => {
                let parquet = self.parquet && self.random.bool();
                format!("extracts/{name}/{}.{}", ["a", "b"][place], if parquet { "parquet" } else { "csv" })
            }
        };
        let rows = if self.marker && !mended {
            let cut = self.random.usize(..=rows.len());
            for (part, rows) in [&rows[..cut], &rows[cut..]].into_iter().enumerate() {
                self.drop_part(sync, place, part, rows.to_vec());
            }
            Vec::new()
        } else {
            rows
        };
        let bytes = if self.marker && !mended { Bytes::new() } else { file(&object, &rows) };
        let number = self.dropped.len();
        self.log.push(format!("drop {number} as {object}: {rows:?}"));
        let event = self.world.drop(&object, bytes);
        let listed = self.world.bucket.list(&object).await.unwrap();
        let modified_ms = listed.iter().find(|listed| listed.object.key == object).unwrap().modified_ms;
        self.dropped.push(Dropped { sync, object, modified_ms, number, rows, mended, event });
        number
    }

    fn drop_part(&mut self, sync: usize, place: usize, part: usize, rows: Vec<Row>) {
        let kind = if self.parquet && part == 1 { "parquet" } else { "csv" };
        let object = format!("extracts/{}/{}/part-{part}.{kind}", SYNCS[sync], ["x", "y"][place]);
        self.log.push(format!("part {object}: {rows:?}"));
        self.world.drop(&object, file(&object, &rows));
        let number = self.log.len();
        self.parts.insert((sync, place, part), (number, rows));
    }

    /// What a person, an application and a warehouse do between runs.
    async fn change(&mut self) {
        let sync = self.sync();
        match self.random.u8(..12) {
            0 | 1 => {
                let alone = self.definitions.len() == 1;
                self.definitions[sync].change(alone, &mut self.random);
                self.define(sync);
            }
            2 if self.random.u8(..4) == 0 => self.replace_table(),
            2..5 => self.application(),
            5..7 if self.marker => {
                let (place, part, rows) = (self.random.usize(..2), self.random.usize(..PARTS), self.rows(4));
                self.drop_part(sync, place, part, rows);
            }
            _ => _ = self.drop(sync).await,
        }
    }

    /// Another table of the same name, which nobody has written to.
    fn replace_table(&mut self) {
        self.log.push("another table takes the name".to_owned());
        _ = self.world.ask("DeleteTable", &json!({"TableName": "items"}));
        create_table(&self.world, self.sorted);
        self.spy.forget();
        self.table.clear();
        for sync in 0..self.definitions.len() {
            self.known[sync] = self.read_known(sync);
        }
    }

    fn application(&mut self) {
        let there: Vec<Key> = self.table.keys().cloned().collect();
        if !there.is_empty() && self.random.u8(..3) == 0 {
            let key = there[self.random.usize(..there.len())].clone();
            self.log.push(format!("the application deletes {key:?}"));
            let item = self.table.remove(&key).unwrap();
            let names = if self.sorted { &["pk", "sk"][..] } else { &["pk"] };
            let key_of: Item = names.iter().map(|name| ((*name).to_owned(), item[*name].clone())).collect();
            _ = self.world.ask("DeleteItem", &json!({"TableName": "items", "Key": key_of}));
            self.spy.changed(&key, None);
        } else {
            let mut item = foreign(&mut self.random);
            if !there.is_empty() && self.random.bool() {
                // A change of what is there.
                item.clone_from(&self.table[&there[self.random.usize(..there.len())]]);
                item.insert("a".to_owned(), json!({"S": "changed"}));
            }
            let key = self.definitions[0].key(&item);
            self.log.push(format!("the application puts {key:?}"));
            self.world.put("items", &item.clone().into());
            self.spy.changed(&key, Some(item.clone()));
            self.table.insert(key, item);
        }
    }

    /// A run of the sync, or none of anybody's.
    fn some_run(&mut self, sync: usize) -> String {
        let own: Vec<&String> = self.runs.iter().filter(|(of, _)| *of == sync).map(|(_, id)| id).collect();
        match self.random.u8(..8) {
            0 => "20260528T202640123Z-7c0f3a91".to_owned(),
            _ if own.is_empty() => "20260528T202640123Z-7c0f3a92".to_owned(),
            1 => own[self.random.usize(..own.len())].clone(),
            _ => own[own.len() - 1].clone(),
        }
    }

    /// A run that can be undone: the newest one, mostly.
    fn undoable(&mut self, sync: usize) -> Option<String> {
        let keys = self.world.bucket.keys().into_iter();
        let own = |key: String| Some(key.strip_prefix(&format!("runs/{}/", SYNCS[sync]))?.to_owned());
        let runs = keys.filter_map(own).filter_map(|key| key.strip_suffix("/before.ndjson.zst").map(str::to_owned));
        let runs: Vec<String> = runs.collect();
        let last = runs.len().checked_sub(1)?;
        Some(runs[if self.random.u8(..3) > 0 { last } else { self.random.usize(..=last) }].clone())
    }

    /// A run that waits for approval.
    fn approvable(&mut self, sync: usize) -> Option<String> {
        let snapshot = self.known[sync].snapshot.as_ref();
        let held = snapshot.filter(|snapshot| snapshot.held.is_some()).map(|snapshot| snapshot.run_id.clone());
        let revision = self.known[sync].revision;
        let own = |id: &&String| self.runs.contains(&(sync, (*id).clone()));
        let mut planned = self.planned.iter().filter(|(_, planned)| planned.revision == revision).map(|(id, _)| id);
        held.or_else(|| planned.rfind(own).cloned())
    }

    async fn asked(&mut self, sync: usize) -> Asked {
        let undo = if self.random.u8(..5) == 0 { self.undoable(sync) } else { None };
        let approve = if self.random.u8(..2) == 0 { self.approvable(sync) } else { None };
        if let Some(asked) = undo.map(Asked::Undo).or(approve.map(Asked::Approve)) {
            return asked;
        }
        if self.random.u8(..4) > 0 {
            self.drop(sync).await;
        }
        let event = self.dropped.iter().rposition(|dropped| dropped.sync == sync);
        match self.random.u8(..20) {
            0..10 => Asked::Newest,
            10..12 => event.map_or(Asked::Newest, Asked::Event),
            12..15 => Asked::Verify,
            15..18 => Asked::DryRun(self.random.u8(..4) == 0),
            18 => Asked::Approve(self.some_run(sync)),
            _ => Asked::Undo(self.some_run(sync)),
        }
    }

    async fn step(&mut self) {
        for _ in 0..self.random.u8(..4) {
            self.change().await;
        }
        let several = [1, 1, 1, 2, 3][self.random.usize(..5)];
        let rate = [0, 0, 30, 150, 400][self.random.usize(..5)];
        if several == 1 && self.random.u8(..3) > 0 {
            let sync = self.sync();
            let asked = self.asked(sync).await;
            let report = self.exactly(sync, &asked).await;
            if report["status"] == "planned" && self.random.u8(..4) > 0 {
                self.exactly(sync, &Asked::Approve(report["run_id"].as_str().unwrap().to_owned())).await;
            }
        } else {
            let mut asked = Vec::new();
            for _ in 0..several {
                let sync = self.sync();
                let next = self.asked(sync).await;
                asked.push((sync, if next == Asked::Newest && self.random.bool() { Asked::All } else { next }));
            }
            self.disturbed(&asked, rate).await;
        }
    }

    fn disturb(&self, rate: u32, slow: bool) {
        let mut chaos = self.chaos.lock().unwrap();
        (chaos.rate, chaos.slow, chaos.application) = (rate, slow, None);
    }

    /// Lets the application put something while runs go on.
    fn intrude(&mut self, asked: &[(usize, Asked)]) {
        let careful = (0..asked.len()).filter(|number| asked[*number].1 == Asked::Verify);
        self.spy.seen.lock().unwrap().careful = careful.collect();
        if self.random.bool() {
            return;
        }
        let mut item = foreign(&mut self.random);
        item.insert("a".to_owned(), json!({"S": "late"}));
        let requests = self.random.usize(..30);
        self.log.push(format!("the application puts {:?} at request {requests}", self.definitions[0].key(&item)));
        self.chaos.lock().unwrap().application = Some((requests, item));
    }

    async fn invoke(&self, sync: usize, asked: &Asked, time: Duration) -> Result<Value, Error> {
        let begun = Instant::now();
        let name = SYNCS[sync];
        let payload = match asked {
            Asked::All => json!({}),
            Asked::Newest => json!({"sync": name}),
            Asked::Event(number) => self.dropped[*number].event.clone(),
            Asked::Verify => json!({"sync": name, "verify": true}),
            Asked::DryRun(verify) => json!({"sync": name, "dry_run": true, "verify": verify}),
            Asked::Approve(id) => json!({"sync": name, "approve": id}),
            Asked::Undo(id) => json!({"sync": name, "undo": id}),
        };
        let answer = self.world.mirror.handle(&payload, Deadline::after(time)).await;
        assert!(begun.elapsed() <= time, "{asked:?} took {:?} of {time:?}", begun.elapsed());
        answer.map(|mut answer| if let Asked::Event(_) = asked { answer["runs"][0].take() } else { answer })
    }

    /// The extract that an object stands for, as it is now, and its rows.
    fn extract(&self, dropped: &Dropped) -> (Applied, Vec<Row>) {
        let place = |object: &str| usize::from(object.contains("/y/"));
        let tell = |number: usize, rows: &[Row]| if self.versioned { number.to_string() } else { csv(rows) };
        let version = tell(dropped.number, &dropped.rows);
        let mut told = vec![version.clone()];
        let mut rows = dropped.rows.clone();
        if self.marker && !dropped.mended {
            for part in 0..PARTS {
                if let Some((number, more)) = self.parts.get(&(dropped.sync, place(&dropped.object), part)) {
                    told.push(tell(*number, more));
                    rows.extend(more.clone());
                }
            }
        }
        let Dropped { object, modified_ms, .. } = dropped;
        let identity = format!("{object} {told:?}");
        (Applied { object: object.clone(), modified_ms: *modified_ms, version, identity }, rows)
    }

    /// The newest extract, or the newest mended rows.
    fn newest(&self, sync: usize, mended: bool) -> Option<&Dropped> {
        self.dropped.iter().rev().find(|dropped| dropped.sync == sync && dropped.mended == mended)
    }

    /// The extract that a run would apply.
    fn choose(&self, sync: usize, again: bool) -> Option<(Applied, Vec<Row>, bool)> {
        let newest = self.newest(sync, false)?;
        let known = &self.known[sync];
        let last = known.snapshot.as_ref().map(|snapshot| &snapshot.applied);
        let settled = known.snapshot.as_ref().and_then(|snapshot| snapshot.mended.as_ref()).or(last);
        let mended = self.newest(sync, true).filter(|_| last.is_some() && !again);
        let mended = mended.filter(|mended| mended.modified_ms >= newest.modified_ms);
        let mut found = None;
        for (dropped, last) in [Some((newest, last)), mended.map(|mended| (mended, settled))].into_iter().flatten() {
            let (applied, rows) = self.extract(dropped);
            let same = last == Some(&applied);
            if last.is_none_or(|last| last.is_before(&applied)) || again && same {
                return Some((applied, rows, dropped.mended));
            }
            if last.is_some_and(|last| last.is_begun_again(&applied)) {
                return None;
            }
            if same && known.is_broken() {
                found = Some((applied, rows, dropped.mended));
            }
        }
        found
    }

    /// What the bucket says that a sync knows; the identity of an extract is one that the reference knows.
    fn read_known(&mut self, sync: usize) -> Known {
        let mut known = state::known(&self.world, SYNCS[sync], self.sorted);
        if let Some(snapshot) = &mut known.snapshot {
            self.know(sync, &mut snapshot.applied);
            snapshot.mended.iter_mut().for_each(|mended| self.know(sync, mended));
        }
        known
    }

    /// Gives an extract the identity that the reference knows it by.
    fn know(&mut self, sync: usize, applied: &mut Applied) {
        let named = |dropped: &&Dropped| {
            dropped.sync == sync && dropped.object == applied.object && dropped.modified_ms == applied.modified_ms
        };
        let own = self.extract(self.dropped.iter().find(named).unwrap()).0;
        applied.version = own.version;
        let known = self.identities.entry(applied.identity.clone()).or_insert(own.identity);
        applied.identity.clone_from(known);
    }

    fn check_spy(&self) {
        let seen = self.spy.seen.lock().unwrap();
        assert!(seen.wrong.is_empty(), "{}", seen.wrong.join("\n"));
    }

    /// Everything that this sync's extracts say counts as its own, once it is looked for in the table.
    fn adopt(&self, sync: usize, keys: impl IntoIterator<Item = Key>) {
        self.spy.seen.lock().unwrap().wrote.entry(SYNCS[sync].to_owned()).or_default().extend(keys);
    }

    /// One invocation that nothing goes wrong with; answers with the report, where it left one.
    async fn undisturbed(&mut self, sync: usize, asked: &Asked) -> Value {
        self.disturb(0, false);
        let before: BTreeSet<String> = self.reports().collect();
        let answer = INVOCATION.scope(0, self.invoke(sync, asked, Duration::from_mins(15))).await;
        self.check_spy();
        let new: Vec<String> = self.reports().filter(|key| !before.contains(key)).collect();
        let report = match (&new[..], &answer) {
            ([], Ok(answer)) => {
                assert!(matches!(asked, Asked::Event(_)) && answer["status"] == "skipped", "{answer:#}");
                answer.clone()
            }
            ([new], _) => serde_json::from_str(&self.world.text(new)).unwrap(),
            _ => panic!("{new:?} {answer:?}"),
        };
        balanced(&report);
        match answer {
            Ok(answer) => assert_eq!(answer, report),
            Err(error) => assert_eq!(report["error"]["message"], error.text()),
        }
        if !new.is_empty() {
            self.runs.push((sync, report["run_id"].as_str().unwrap().to_owned()));
        }
        let items = &report["items"];
        let kind = report["error"]["message"].as_str().map(|text| text.chars().take(60).collect::<String>());
        self.log.push(format!(
            "= {} put {} deleted {} held {} {}",
            report["status"],
            items["put"],
            items["deleted"],
            items["deletes_held"],
            kind.unwrap_or_default()
        ));
        report
    }

    fn reports(&self) -> impl Iterator<Item = String> + use<> {
        self.world.bucket.keys().into_iter().filter(|key| key.ends_with("/report.json"))
    }

    /// One invocation, undisturbed: everything about it is known.
    async fn exactly(&mut self, sync: usize, asked: &Asked) -> Value {
        self.log.push(format!("exactly {} {asked:?}", SYNCS[sync]));
        let asked_id = |id: &str| id.to_owned();
        match asked {
            Asked::All | Asked::Newest | Asked::Event(_) => self.following(sync, asked, self.choose(sync, false)).await,
            Asked::Verify => self.following(sync, asked, self.choose(sync, true)).await,
            Asked::DryRun(verify) => self.dry_run(sync, asked, *verify).await,
            Asked::Approve(id) => self.approval(sync, asked, &asked_id(id)).await,
            Asked::Undo(id) => self.undoing(sync, asked, &asked_id(id)).await,
        }
    }

    /// Nothing comes of an invocation.
    async fn nothing(&mut self, sync: usize, asked: &Asked, status: &str) -> Value {
        let report = self.undisturbed(sync, asked).await;
        assert_eq!(report["status"], status, "{report:#}");
        if status == "failed" {
            assert_eq!(report["error"]["kind"], "request", "{report:#}");
        }
        assert_eq!(self.read_known(sync), self.known[sync]);
        assert_eq!(state::table(&self.world, self.sorted), self.table);
        report
    }

    async fn following(&mut self, sync: usize, asked: &Asked, choice: Option<(Applied, Vec<Row>, bool)>) -> Value {
        let Some((applied, rows, mended)) = choice else { return self.nothing(sync, asked, "skipped").await };
        let definition = self.definitions[sync].clone();
        let held = held(&definition, &rows);
        let verify = *asked == Asked::Verify;
        let work = self.work(sync, &definition, &held, applied, mended, verify);
        self.carried_out(sync, asked, &work).await.0
    }

    fn work<'a>(
        &self,
        sync: usize,
        definition: &'a Definition,
        held: &'a Held,
        applied: Applied,
        mended: bool,
        verify: bool,
    ) -> Work<'a> {
        let known = &self.known[sync];
        let (before, is_table) = (known.snapshot.as_ref(), definition.scope == "table");
        let whole = before.is_some_and(|snapshot| snapshot.whole);
        let scan = verify || is_table && !whole && !mended;
        let before = before.filter(|_| mended);
        Work {
            definition,
            held,
            lacking: if mended { Lacking::Keep } else { Lacking::Delete },
            scan,
            look: scan.then(|| definition.names()),
            guarded: !mended,
            applied: before.map_or(&applied, |snapshot| &snapshot.applied).clone(),
            mended: before.map(|_| applied),
            whole: if mended { whole } else { is_table },
            remapped: before.map_or(definition.remapped, |snapshot| snapshot.remapped),
        }
    }

    /// A run that goes through, and what it leaves.
    async fn carried_out(&mut self, sync: usize, asked: &Asked, work: &Work<'_>) -> (Value, Done) {
        let plan = plan(work, &self.known[sync], &self.table);
        if work.scan {
            self.adopt(sync, work.held.rows.keys().cloned());
        }
        let done = plan.apply(work, &mut self.table, false);
        let report = self.undisturbed(sync, asked).await;
        assert_eq!(report["status"], if plan.is_held() { "held" } else { "succeeded" }, "{report:#}");
        check_report(&report, &done, &plan.told());
        let guards: Vec<&str> =
            report["guards"].as_array().unwrap().iter().map(|guard| guard["guard"].as_str().unwrap()).collect();
        assert_eq!(guards, plan.guards, "{report:#}");
        if plan.is_idle() {
            assert_eq!(report["capacity"]["write_units"], 0.0, "{report:#}");
        }
        assert_eq!(state::table(&self.world, self.sorted), self.table, "{report:#}");
        let (after, before) = (self.read_known(sync), self.known[sync].clone());
        let snapshot = after.snapshot.as_ref().unwrap();
        assert_eq!(snapshot.keys, done.snapshot, "{report:#}");
        assert_eq!(snapshot.run_id, report["run_id"].as_str().unwrap());
        assert_eq!(snapshot.applied, work.applied);
        assert_eq!(snapshot.mended, work.mended);
        assert_eq!(snapshot.whole, done.whole, "{report:#}");
        assert!(after.open.is_empty() && after.revision > before.revision, "{after:?}");
        let held = plan.is_held().then(|| (plan.deletes(), work.look.clone()));
        assert_eq!(snapshot.held.as_ref().map(|held| (held.deletes.clone(), held.seen.clone())), held);
        let old = before.snapshot.as_ref().map(|snapshot| snapshot.remapped).filter(|_| plan.is_held());
        assert_eq!(snapshot.remapped, old.unwrap_or(work.remapped), "how keys are made: {report:#}");
        let images = done.images.iter().map(|(key, (before, after))| {
            let after = after.clone().map(|item| rowferry::image::digest(&item.into()));
            (key.clone(), (before.clone(), after))
        });
        let images: BTreeMap<Key, state::Image> = images.collect();
        let found = state::images(&self.world, SYNCS[sync], report["run_id"].as_str().unwrap(), self.sorted);
        assert_eq!(found.unwrap_or_default(), images, "{report:#}");
        self.known[sync] = after;
        (report, done)
    }

    async fn dry_run(&mut self, sync: usize, asked: &Asked, verify: bool) -> Value {
        let Some((applied, rows, mended)) = self.choose(sync, verify) else {
            return self.nothing(sync, asked, "skipped").await;
        };
        let definition = self.definitions[sync].clone();
        let held = held(&definition, &rows);
        let work = self.work(sync, &definition, &held, applied.clone(), mended, verify);
        let plan = plan(&work, &self.known[sync], &self.table);
        let report = self.nothing(sync, asked, "planned").await;
        let done = plan.apply(&work, &mut self.table.clone(), true);
        check_report(&report, &done, &plan.told());
        let refused = plan.apply(&work, &mut self.table.clone(), false).refused;
        let planned = Planned {
            revision: self.known[sync].revision,
            applied,
            mended,
            verify: work.scan,
            changes: plan.changes(),
            report: (!refused).then(|| report.clone()),
        };
        self.planned.insert(report["run_id"].as_str().unwrap().to_owned(), planned);
        report
    }

    /// What a dry run left that met faults.
    fn read_planned(&mut self, sync: usize, id: &str) -> Planned {
        let file = |name: &str| self.world.bucket.bytes(&format!("runs/{}/{id}/{name}", SYNCS[sync]));
        let saved: Value = serde_json::from_slice(&file("plan.json").unwrap()).unwrap();
        let changes = listed(file("plan.parquet").unwrap(), self.sorted).into_iter();
        let changes = changes.map(|(key, digest, change)| (key, (digest, change == Some(Change::Put)))).collect();
        let mut applied = state::applied(&saved["extract"]);
        self.know(sync, &mut applied);
        let is = |name: &str| saved[name].as_bool().unwrap();
        let revision = saved["revision"].as_u64().unwrap();
        Planned { revision, applied, mended: is("mended"), verify: is("verify"), changes, report: None }
    }

    async fn approval(&mut self, sync: usize, asked: &Asked, id: &str) -> Value {
        let definition = self.definitions[sync].clone();
        let known = self.known[sync].clone();
        let waiting = known.snapshot.as_ref().filter(|snapshot| snapshot.run_id == id);
        if let Some((snapshot, waiting)) = waiting.and_then(|snapshot| Some((snapshot, snapshot.held.as_ref()?))) {
            if known.open.iter().any(|open| open.of != "approve") {
                return self.nothing(sync, asked, "failed").await;
            }
            let work = Work {
                definition: &definition,
                held: &Held::default(),
                lacking: Lacking::Approved(waiting.deletes.keys().cloned().collect()),
                scan: false,
                look: waiting.seen.clone(),
                guarded: false,
                applied: snapshot.applied.clone(),
                mended: snapshot.mended.clone(),
                whole: snapshot.whole,
                remapped: waiting.remapped,
            };
            return self.carried_out(sync, asked, &work).await.0;
        }
        let own = self.runs.iter().any(|(of, run)| *of == sync && run == id);
        let Some(planned) = self.planned.get(id).filter(|_| own) else {
            return self.nothing(sync, asked, "failed").await;
        };
        let newest =
            self.dropped.iter().rev().find(|dropped| dropped.sync == sync && dropped.object == planned.applied.object);
        let (applied, rows) = self.extract(newest.unwrap());
        if planned.revision != known.revision || applied.identity != planned.applied.identity {
            return self.nothing(sync, asked, "failed").await;
        }
        let (mended, verify) = (planned.mended, planned.verify);
        let held = held(&definition, &rows);
        let mut work = self.work(sync, &definition, &held, planned.applied.clone(), mended, verify);
        work.guarded = false;
        if plan(&work, &known, &self.table).changes() != planned.changes {
            return self.nothing(sync, asked, "failed").await;
        }
        let (report, _) = self.carried_out(sync, asked, &work).await;
        let dry = self.planned[id].report.as_ref();
        if let Some(dry) = dry {
            let held = !dry["guards"].as_array().unwrap().is_empty();
            let same = if held { &["/rows", "/items/put"][..] } else { &["/rows", "/items", "/capacity/write_units"] };
            for part in same {
                assert_eq!(dry.pointer(part), report.pointer(part), "{dry:#} {report:#}");
            }
            let deletes = if held { "deletes_held" } else { "deleted" };
            assert_eq!(dry["items"][deletes], report["items"]["deleted"], "{dry:#} {report:#}");
        }
        report
    }

    async fn undoing(&mut self, sync: usize, asked: &Asked, id: &str) -> Value {
        if state::is_of_another(&self.world, SYNCS[sync]) || state::is_before(&self.world, SYNCS[sync], id) {
            return self.nothing(sync, asked, "failed").await;
        }
        let Some(images) = state::images(&self.world, SYNCS[sync], id, self.sorted) else {
            return self.nothing(sync, asked, "failed").await;
        };
        let (mut put, mut deleted, mut touched) = (0, 0, BTreeMap::new());
        for (key, (before, after)) in &images {
            let found = digest(self.table.get(key));
            let is_before = found == digest(before.as_ref());
            if is_before || found == *after {
                touched.insert(key.clone(), true);
            }
            if is_before || found != *after {
                continue;
            }
            if let Some(before) = before {
                put += 1;
                self.table.insert(key.clone(), before.clone());
            } else {
                deleted += 1;
                self.table.remove(key);
            }
        }
        let report = self.undisturbed(sync, asked).await;
        assert_eq!(report["status"], "succeeded", "{report:#}");
        assert_eq!(report["items"], json!({"put": put, "deleted": deleted, "deletes_held": 0}), "{report:#}");
        assert_eq!(state::table(&self.world, self.sorted), self.table, "{report:#}");
        let mut expected = self.known[sync].clone();
        expected.open.push(Open { keys: touched, of: "undo".to_owned(), scanned: false });
        let after = self.read_known(sync);
        expected.revision = after.revision;
        assert_eq!(after, expected);
        self.known[sync] = after;
        report
    }

    /// Some invocations side by side, with faults and crashes; then everything once more without.
    async fn disturbed(&mut self, asked: &[(usize, Asked)], rate: u32) {
        let slow = asked.len() > 1 || self.random.bool();
        self.disturb(rate, slow);
        self.intrude(asked);
        let times = [20, 60, 300, 900].map(Duration::from_secs);
        let invocations: Vec<(usize, Asked, Duration, usize)> = asked
            .iter()
            .map(|(sync, asked)| {
                let latest = [60, 150, 400][self.random.usize(..3)];
                let crash = if self.random.u8(..3) == 0 { self.random.usize(..latest) } else { usize::MAX };
                (*sync, asked.clone(), times[self.random.usize(..times.len())], crash)
            })
            .collect();
        self.log.push(format!("disturbed at {rate}: {invocations:?}"));
        for (sync, asked) in asked {
            let verify = match asked {
                Asked::Verify => true,
                Asked::Approve(id) => self.planned.get(id).is_some_and(|planned| planned.verify),
                _ => false,
            };
            let newest = self.newest(*sync, false).map(|newest| self.extract(newest).1).unwrap_or_default();
            if verify || self.definitions[*sync].scope == "table" {
                self.adopt(*sync, held(&self.definitions[*sync], &newest).rows.into_keys());
            }
        }
        let before: BTreeSet<String> = self.reports().collect();
        let runs = invocations.iter().enumerate().map(|(number, (sync, asked, time, crash))| {
            INVOCATION.scope(number, fault::crash(self.invoke(*sync, asked, *time), *crash))
        });
        let ended = join_all(runs).await;
        for ((sync, asked, ..), ended) in invocations.iter().zip(ended) {
            let told = match ended {
                None => "crashed".to_owned(),
                Some(Ok(report)) => report["status"].to_string(),
                Some(Err(error)) => {
                    let refused = matches!(asked, Asked::Approve(_) | Asked::Undo(_)) && error.kind() == Kind::Request;
                    assert!(error.kind() == Kind::Service || refused, "{asked:?}: {}", error.text());
                    format!("failed: {}", error.text())
                }
            };
            self.log.push(format!("{} {asked:?}: {told}", SYNCS[*sync]));
        }
        self.disturb(0, false);
        self.check_spy();
        self.world.pass(120);
        for key in self.reports().filter(|key| !before.contains(key)).collect::<Vec<_>>() {
            let report: Value = serde_json::from_str(&self.world.text(&key)).unwrap();
            balanced(&report);
            let sync = SYNCS.iter().position(|name| report["sync"] == *name).unwrap();
            let id = report["run_id"].as_str().unwrap().to_owned();
            if report["status"] == "planned" {
                let planned = self.read_planned(sync, &id);
                self.planned.insert(id.clone(), planned);
            }
            self.runs.push((sync, id));
        }
        self.table = state::table(&self.world, self.sorted);
        for sync in 0..self.definitions.len() {
            self.known[sync] = self.read_known(sync);
            self.check_known(sync);
        }
        self.check_images();
        let all = asked.iter().any(|(_, asked)| *asked == Asked::All);
        let touched = (0..self.definitions.len()).filter(|sync| all || asked.iter().any(|(other, _)| other == sync));
        let touched: Vec<usize> = touched.collect();
        for sync in touched {
            // What is left as it is meets other things than a run.
            if self.random.u8(..3) > 0 {
                self.converge(sync).await;
            }
        }
    }

    /// Before-images tell what was there, and what was left.
    fn check_images(&self) {
        let seen = self.spy.seen.lock().unwrap();
        for (sync, id) in &self.runs {
            for (key, image) in state::images(&self.world, SYNCS[*sync], id, self.sorted).unwrap_or_default() {
                // A write that was tried again after its answer was lost may find what the application put in between,
                // and that is kept; what the run itself had left is not.
                let effects = &seen.effects[&(id.clone(), key.clone())];
                let is_own = |at: usize| at > 0 && digest(effects[at].0.as_ref()) == effects[at - 1].1;
                let right = (0..effects.len()).any(|at| effects[at] == image && !is_own(at));
                assert!(right, "the image of {key:?} in run {id} is {image:?}, and not of {effects:?}");
            }
        }
    }

    /// Whatever a sync wrote and nobody else has changed since, it knows.
    fn check_known(&self, sync: usize) {
        let seen = self.spy.seen.lock().unwrap();
        let keys = self.known[sync].keys(false);
        for (key, _) in seen.writer.iter().filter(|(_, writer)| *writer == SYNCS[sync]) {
            assert!(
                keys.get(key).is_some_and(Of::is_own),
                "{} wrote {key:?} and does not know it: {:?}",
                SYNCS[sync],
                self.known[sync]
            );
        }
    }

    /// Runs until nothing is left to do; then the table is what the newest extract says.
    async fn converge(&mut self, sync: usize) {
        self.log.push(format!("converge {}", SYNCS[sync]));
        for _ in 0..4 {
            if self.exactly(sync, &Asked::Newest).await["status"] == "skipped" {
                break;
            }
        }
        let Some(newest) = self.newest(sync, false) else { return };
        assert!(!self.known[sync].is_broken(), "a run is left open: {:?}", self.known[sync]);
        let rows = self.extract(newest).1;
        self.drop_rows(sync, false, rows.clone()).await;
        let definition = self.definitions[sync].clone();
        self.exactly(sync, &Asked::Newest).await;
        self.check_known(sync);
        let extract = held(&definition, &rows);
        let tries_again = definition.version || extract.rows.values().any(|patch| patch.refused);
        if self.random.u8(..3) == 0 && !tries_again {
            self.drop_rows(sync, false, rows).await;
            let report = self.exactly(sync, &Asked::Newest).await;
            assert_eq!(report["capacity"]["write_units"], 0.0, "the same extract writes nothing: {report:#}");
        }
        let snapshot = self.known[sync].snapshot.clone().unwrap();
        let waiting = snapshot.held.map(|held| held.deletes).unwrap_or_default();
        let seen = self.spy.seen.lock().unwrap();
        for (key, _) in seen.writer.iter().filter(|(_, writer)| *writer == SYNCS[sync]) {
            let Some(patch) = extract.rows.get(key) else {
                let stays = extract.protected.contains(key) || waiting.contains_key(key);
                assert!(stays, "{key:?} is left behind");
                continue;
            };
            let item = self.table.get(key);
            let right = patch.refused || definition.version || item == Some(&patch.over(&definition, item));
            assert!(right, "{key:?} is {item:?} and not {patch:?}");
        }
        for (key, patch) in extract.rows.iter().filter(|(_, patch)| !patch.refused) {
            let is_known = snapshot.keys.contains_key(key);
            assert!(is_known || definition.version, "{key:?} of {patch:?} is not known");
        }
    }
}

fn check_report(report: &Value, done: &Done, told: &Value) {
    let rows = ["read", "written", "unchanged", "superseded", "rejected"];
    let rows = rows.map(|name| report["rows"][name].as_u64().unwrap());
    assert_eq!(rows, done.rows, "{report:#}");
    let items = ["put", "deleted", "deletes_held"].map(|name| report["items"][name].as_u64().unwrap());
    assert_eq!(items, done.items, "{report:#}");
    let mut mirror = report["mirror"].clone();
    mirror.as_object_mut().unwrap().retain(|name, _| !["plan", "sample_of_deletes"].contains(&name.as_str()));
    assert_eq!(mirror, *told, "{report:#}");
}

fn digest(item: Option<&Item>) -> Option<u128> {
    item.map(|item| rowferry::image::digest(&item.clone().into()))
}
