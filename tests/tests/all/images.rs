//! Deletes, before-images and undo, against an embedded DynamoDB with faults between.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use rowferry::{
    definition,
    dynamodb::Client,
    error::{Error, Kind},
    extract::text::{Dialect, Reader as TextReader},
    image::{Image, Images, Reader, Undone, digest, undo},
    mapping::{
        Item, Mapping,
        key::{Key, append_raw},
    },
    row::{Batch, Rows},
    table::Table,
    time::Deadline,
    write::{self, Before, Encoder, Entry, Eraser, Fate, Pace, Prepared, Request, Sink, Spent, key_of_item},
};
use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty, is_write},
    told,
    world::World,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

const KEYS: [(&str, &str, &str); 2] = [("pk", "S", "HASH"), ("sk", "N", "RANGE")];

/// Every fault that passes, as it may befall any request.
const PASSING: [Fault; 11] = [
    Fault::Throttled("TableWriteProvisionedThroughputExceeded"),
    Fault::ServerError,
    Fault::ServerErrorAfter,
    Fault::Unreached,
    Fault::LostBefore,
    Fault::LostAfter,
    Fault::Truncated,
    Fault::Unprocessed(7),
    Fault::Slow(3_000),
    Fault::SlowAfter(11_000),
    Fault::Expired,
];

/// A table `items`, and a way to it on which requests go wrong as a script says.
fn scripted(script: impl FnMut(&str, &Bytes) -> Fault + Send + 'static) -> (World, Faulty, Table) {
    let world = World::new();
    world.create_table("items", &KEYS, &json!({}));
    let table = Table::read("items", &world.ask("DescribeTable", &json!({"TableName": "items"}))).unwrap();
    let transport = Faulty::new(world.dynamodb.clone(), script);
    (world, transport, table)
}

/// The same, where writes go wrong in this order.
fn faulty(faults: &[Fault]) -> (World, Faulty, Table) {
    let mut faults = Vec::from(faults).into_iter();
    scripted(move |name, body| if is_write(name, body) { faults.next().unwrap_or(Fault::None) } else { Fault::None })
}

/// One where any request goes wrong now and then; not by credentials, which are not renewed for ever.
fn random_faults(seed: u64) -> (World, Faulty, Table) {
    let mut random = fastrand::Rng::with_seed(seed);
    scripted(
        move |_, _| if random.u8(..3) == 0 { PASSING[random.usize(..PASSING.len() - 1)].clone() } else { Fault::None },
    )
}

fn key(number: usize) -> Value {
    json!({"pk": {"S": format!("k\"{number}")}, "sk": {"N": number.to_string()}})
}

fn item(number: usize, a: &str) -> Value {
    let mut item = key(number);
    item["a"] = json!({"S": a});
    item["b"] = json!({"M": {"n": {"N": "1.50"}, "s": {"SS": ["y", "x"]}}});
    item
}

/// A key as requests take it.
fn raw(key: &Value) -> [Vec<u8>; 2] {
    ["pk", "sk"].map(|name| {
        let mut raw = Vec::new();
        append_raw(key[name].to_string().as_bytes(), &mut raw);
        raw
    })
}

/// The requests that delete these.
fn erase<'a>(table: &Table, images: bool, keys: impl IntoIterator<Item = (Value, Option<&'a Value>)>) -> Vec<Request> {
    let (mut eraser, mut requests) = (Eraser::new(table, images), Vec::new());
    for (key, seen) in keys {
        let [partition, sort] = raw(&key);
        let hash = key_of_item(&key, table).unwrap();
        let key = Key { partition: &partition, sort: &sort };
        eraser.push(key, hash, seen, |request| requests.push(request));
    }
    requests.extend(eraser.take());
    requests
}

/// The requests that write these rows, each asking for the item as it was.
fn encode(table: &Table, more: &str, rows: &str) -> Vec<Request> {
    let fields = "  - { attribute: pk, template: 'k\"{n}' }\n  - { attribute: sk, column: n }\n  \
                  - { attribute: a, column: a }\n  - { attribute: v, column: v, type: N }";
    let definition = format!("destination: {{ table: items }}\n{more}\nfields:\n{fields}");
    let mapping = Mapping::new(&definition::parse("s", &definition).unwrap(), table).unwrap();
    let (mut reader, header) = TextReader::new(rows.as_bytes(), &Dialect::default()).unwrap();
    let bound = mapping.bind(&header, false).unwrap();
    let rows = Rows::Text(reader.next(1).unwrap().unwrap());
    let rows = Arc::new(Batch { header: Arc::new(header), rows });
    let (mut encoder, mut item) = (Encoder::new("items", &bound, false, true), Item::default());
    let mut requests = Vec::new();
    for row in 0..rows.len() {
        bound.apply(&rows, row, &mut item).unwrap();
        encoder.push(&item, u32::try_from(row).unwrap(), &rows, |request| requests.push(request));
    }
    assert!(encoder.take(&rows).is_none());
    requests
}

/// What a run told: how many rows met which fate, and the images.
struct Told {
    written: usize,
    unchanged: usize,
    images: Images,
    file: Vec<u8>,
    spent: Spent,
}

impl Sink for Told {
    async fn settle(&mut self, _: &Request, entries: &[Entry], fate: Fate) -> Result<(), Error> {
        match fate {
            Fate::Written => self.written += entries.len(),
            Fate::Unchanged => self.unchanged += entries.len(),
            Fate::Refused(detail) => panic!("refused: {detail}"),
        }
        Ok(())
    }

    async fn begin(&mut self, _: &mut Prepared) -> Result<(), Error> {
        Ok(())
    }

    async fn before(&mut self, request: &Request, _: &Entry, before: Before) -> Result<(), Error> {
        self.file.extend(self.images.add(request, &before)?.unwrap_or_default());
        Ok(())
    }
}

fn deadline() -> Deadline {
    Deadline::after(Duration::from_mins(10))
}

/// Sends requests; answers with what was told and the images that were kept.
async fn send(transport: &Faulty, table: &Table, requests: Vec<Request>) -> (Told, u64, Vec<Image>) {
    let mut told = Told {
        written: 0,
        unchanged: 0,
        images: Images::new(table).unwrap(),
        file: Vec::new(),
        spent: Spent::default(),
    };
    let (out, prepared) = mpsc::channel(1);
    out.try_send(Ok(Prepared::from(std::collections::VecDeque::from(requests)))).unwrap();
    drop(out);
    let (client, mut spent) = (Client::new(transport.clone()), Spent::default());
    write::run(&client, table, prepared, Pace::new(None), deadline(), &mut told, &mut spent).await.unwrap();
    told.spent = spent;
    let images = std::mem::replace(&mut told.images, Images::new(table).unwrap());
    let (kept, lost) = (images.kept(), images.lost());
    told.file.extend(images.finish().unwrap());
    let read: Vec<Image> = Reader::new(told.file.as_slice(), table).unwrap().map(Result::unwrap).collect();
    assert_eq!(read.len() as u64, kept);
    (told, lost, read)
}

/// Undoes images; answers with what became of them and the keys that were touched.
async fn put_back(
    transport: &Faulty,
    table: &Table,
    images: &[Image],
    deadline: Deadline,
) -> (Result<(), Error>, Undone, Vec<(u128, Vec<u8>, Vec<u8>)>) {
    let (out, read) = mpsc::channel(images.len().max(1));
    for image in images {
        out.try_send(Ok(image.clone())).unwrap();
    }
    drop(out);
    let (mut undone, mut touched) = (Undone::default(), Vec::new());
    let touch = |hash, key: Key<'_>| {
        touched.push((hash, key.partition.to_vec(), key.sort.to_vec()));
        Ok(())
    };
    let client = Client::new(transport.clone());
    let result = undo(&client, table, read, Pace::new(None), deadline, touch, &mut undone).await;
    (result, undone, touched)
}

/// The items of a table by their keys, in one form.
fn state(world: &World) -> BTreeMap<String, u128> {
    digests(&world.items("items"))
}

fn digests(items: &[Value]) -> BTreeMap<String, u128> {
    let name = |item: &Value| told::item(&json!({"pk": item["pk"], "sk": item["sk"]}));
    items.iter().map(|item| (name(item), digest(item))).collect()
}

/// Checks images against the table as it was and as it is.
#[track_caller]
fn check(images: &[Image], before: &BTreeMap<String, u128>, after: &BTreeMap<String, u128>) {
    for image in images {
        let name = told::item(&image.key);
        assert_eq!(image.before.as_ref().map(digest), before.get(&name).copied(), "before {name}");
        assert_eq!(image.after, after.get(&name).copied(), "after {name}");
    }
}

fn operations(transport: &Faulty, wanted: &str) -> Vec<Value> {
    let requests = transport.requests().into_iter().filter(|(name, _)| name == wanted);
    requests.map(|(_, body)| serde_json::from_slice(&body).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn deletes_in_batches_survive_every_fault_that_passes() {
    for fault in PASSING {
        let (world, transport, table) = faulty(&[fault.clone(), fault.clone()]);
        (0..65).for_each(|number| world.put("items", &item(number, "a")));
        let requests = erase(&table, false, (0..60).map(|number| (key(number), None)));
        let (told, lost, images) = send(&transport, &table, requests).await;
        assert_eq!((told.written, told.unchanged, lost, images.len()), (60, 0, 0, 0), "{fault:?}");
        let left: Vec<Value> = (60..65).map(|number| item(number, "a")).collect();
        assert_eq!(state(&world), digests(&left), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn deletes_that_were_not_processed_are_sent_again_and_only_they() {
    let (world, transport, table) = faulty(&[Fault::Unprocessed(3), Fault::Unprocessed(1)]);
    (0..25).for_each(|number| world.put("items", &item(number, "a")));
    let (told, ..) = send(&transport, &table, erase(&table, false, (0..25).map(|number| (key(number), None)))).await;
    let batches = operations(&transport, "BatchWriteItem");
    let sent: Vec<usize> =
        batches.iter().map(|batch| batch["RequestItems"]["items"].as_array().unwrap().len()).collect();
    assert_eq!((sent, told.written), (vec![25, 3, 1], 25));
    assert_eq!(told.spent.throttled_by, BTreeMap::from([("unprocessed".to_owned(), 2)]));
    assert!(world.items("items").is_empty());
}

#[tokio::test(start_paused = true)]
async fn deletes_with_images_keep_what_was_there_and_nothing_of_what_was_not() {
    let (world, transport, table) = faulty(&[]);
    (0..4).for_each(|number| world.put("items", &item(number, "a")));
    let before = state(&world);
    let requests = erase(&table, true, (2..6).map(|number| (key(number), None)));
    let (told, lost, images) = send(&transport, &table, requests).await;
    assert_eq!((told.written, lost, images.len()), (4, 0, 2));
    check(&images, &before, &state(&world));
    assert!(images.iter().all(|image| image.after.is_none()));
    assert_eq!(world.items("items").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_delete_whose_answer_is_lost_is_unknown_and_never_a_wrong_image() {
    for (fault, known) in [
        (Fault::LostAfter, false),
        (Fault::ServerErrorAfter, false),
        (Fault::Truncated, false),
        (Fault::SlowAfter(11_000), false),
        (Fault::LostBefore, true),
        (Fault::ServerError, true),
        (Fault::Unreached, true),
        (Fault::Throttled("TableWriteKeyRangeThroughputExceeded"), true),
    ] {
        let seen = item(0, "a");
        for seen in [None, Some(&seen)] {
            let (world, transport, table) = faulty(&[fault.clone(), fault.clone()]);
            world.put("items", &item(0, "a"));
            let before = state(&world);
            let (told, lost, images) = send(&transport, &table, erase(&table, true, [(key(0), seen)])).await;
            assert_eq!((told.written, told.unchanged), (1, 0), "{fault:?} {seen:?}");
            assert_eq!((lost, images.len()), if known { (0, 1) } else { (1, 0) }, "{fault:?} {seen:?}");
            check(&images, &before, &state(&world));
        }
    }
    for seed in 0..20 {
        let (world, transport, table) = random_faults(seed);
        (0..60).for_each(|number| world.put("items", &item(number, "a")));
        let before = state(&world);
        let (told, lost, images) = send(&transport, &table, erase(&table, true, (0..60).map(|n| (key(n), None)))).await;
        assert_eq!((told.written, images.len() as u64 + lost), (60, 60), "{seed}");
        check(&images, &before, &state(&world));
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_on_a_condition_leaves_an_item_that_changed() {
    let faults = [None, Some(Fault::LostBefore), Some(Fault::LostAfter), Some(Fault::ServerErrorAfter)];
    for fault in faults {
        let (world, transport, table) = faulty(fault.as_slice());
        let seen: Vec<Value> = (0..4).map(|number| item(number, "a")).collect();
        let mut lacking = item(2, "a");
        lacking.as_object_mut().unwrap().remove("b");
        world.put("items", &item(1, "changed"));
        world.put("items", &lacking);
        world.put("items", &item(3, "a"));
        // Faults meet the one that is deleted; the others find that their condition is not met.
        let order = [3, 0, 1, 2];
        let requests = erase(&table, true, order.map(|number| (key(number), Some(&seen[number]))));
        assert_eq!(requests.len(), 4);
        let (told, lost, images) = send(&transport, &table, requests).await;
        assert_eq!((told.written, told.unchanged), (1, 3), "{fault:?}");
        assert_eq!(images.len() as u64 + lost, 1, "{fault:?}");
        assert_eq!(state(&world), digests(&[item(1, "changed"), lacking]), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_on_a_condition_compares_values_not_texts() {
    let (world, transport, table) = faulty(&[]);
    let with = |more: &Value| {
        let mut item = key(0);
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    let types = json!({
        "S": {"S": ""}, "N": {"N": "1.50"}, "B": {"B": "AP/+"}, "BOOL": {"BOOL": false}, "NULL": {"NULL": true},
        "SS": {"SS": ["x", "y"]}, "NS": {"NS": ["2.50", "3"]}, "BS": {"BS": ["AA==", "AQ=="]},
        "L": {"L": [{"N": "1.0"}, {"L": []}, {"NULL": true}]}, "M": {"M": {"a.b": {"M": {}}, "n": {"N": "1E2"}}},
    });
    let same = json!({
        "S": {"S": ""}, "N": {"N": "15E-1"}, "B": {"B": "AP/+"}, "BOOL": {"BOOL": false}, "NULL": {"NULL": true},
        "SS": {"SS": ["y", "x"]}, "NS": {"NS": ["3", "2.5"]}, "BS": {"BS": ["AQ==", "AA=="]},
        "L": {"L": [{"N": "1"}, {"L": []}, {"NULL": true}]}, "M": {"M": {"n": {"N": "100"}, "a.b": {"M": {}}}},
    });
    world.put("items", &with(&types));
    let (told, ..) = send(&transport, &table, erase(&table, false, [(key(0), Some(&with(&same)))])).await;
    assert_eq!((told.written, told.unchanged, world.items("items").len()), (1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_largest_and_the_widest_item_can_be_deleted_on_a_condition() {
    let (world, transport, table) = faulty(&[]);
    let (mut large, mut wide, mut bare) = (key(0), key(1), key(2));
    large["a"] = json!({"B": "A".repeat(520_000)});
    large["b"] = json!({"S": "x"});
    for number in 0..5_000 {
        wide[format!("attribute {number}")] = json!({"N": number.to_string()});
    }
    for changed in [false, true] {
        for item in [&large, &wide, &bare] {
            world.put("items", item);
        }
        let seen = [(key(0), Some(&large)), (key(1), Some(&wide)), (key(2), Some(&bare))];
        let requests = erase(&table, false, seen);
        if changed {
            large["b"] = json!({"S": "y"});
            wide["attribute 0"] = json!({"N": "-1"});
            bare["a"] = json!({"S": "more"});
            for item in [&large, &wide, &bare] {
                world.put("items", item);
            }
        }
        let (told, ..) = send(&transport, &table, requests).await;
        // That an item which was all key has more now, no condition can tell.
        assert_eq!((told.written, told.unchanged), if changed { (1, 2) } else { (3, 0) });
    }
}

/// The ways to write, with what is in the table and in the extract so that some rows create and some change.
const MODES: [&str; 4] = ["write: replace", "write: merge", "write: replace\nversion: v", "write: merge\nversion: v"];

fn fill(world: &World) {
    for number in 0..20 {
        let mut item = item(number, "old");
        item["v"] = json!({"N": "1"});
        world.put("items", &item);
    }
}

/// Rows for twenty keys, ten of which the table has; in some `a` is removed.
fn rows() -> String {
    let row = |number: usize| format!("{number},{},2\n", if number.is_multiple_of(3) { "" } else { "new" });
    format!("n,a,v\n{}", (10..30).map(row).collect::<String>())
}

#[tokio::test(start_paused = true)]
async fn puts_and_updates_keep_what_they_found_and_the_digest_of_what_they_left() {
    for mode in MODES {
        let (world, transport, table) = faulty(&[]);
        fill(&world);
        let before = state(&world);
        let (told, lost, images) = send(&transport, &table, encode(&table, mode, &rows())).await;
        assert_eq!((told.written, lost, images.len()), (20, 0, 20), "{mode}");
        assert_eq!(images.iter().filter(|image| image.before.is_some()).count(), 10);
        check(&images, &before, &state(&world));
        assert!(operations(&transport, "BatchWriteItem").is_empty());
        // What a version holds back changes nothing, and has no image.
        if mode.contains("version") {
            let (told, lost, images) = send(&transport, &table, encode(&table, mode, &rows())).await;
            assert_eq!((told.written, told.unchanged, lost, images.len()), (0, 20, 0, 0), "{mode}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_image_of_a_wide_update_is_right_too() {
    let (world, transport, table) = faulty(&[]);
    world.put("items", &item(1, "a"));
    let before = state(&world);
    let rows = [1, 2].map(|number| format!("n,a,v\n{number},{},\n", "x".repeat(300_000)));
    let requests = rows.iter().flat_map(|row| encode(&table, "write: merge", row)).collect();
    let (_, lost, images) = send(&transport, &table, requests).await;
    assert!(operations(&transport, "UpdateItem").iter().all(|update| update["AttributeUpdates"].is_object()));
    assert_eq!((lost, images.len()), (0, 2));
    check(&images, &before, &state(&world));
}

#[tokio::test(start_paused = true)]
async fn under_any_faults_an_image_of_a_write_is_right_or_counted_as_lost() {
    for mode in MODES {
        for seed in 0..8 {
            let (world, transport, table) = random_faults(seed);
            fill(&world);
            let before = state(&world);
            let (told, lost, images) = send(&transport, &table, encode(&table, mode, &rows())).await;
            assert_eq!((told.written, images.len() as u64 + lost), (20, 20), "{mode} {seed}");
            check(&images, &before, &state(&world));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_write_that_did_not_take_effect_keeps_its_image() {
    for mode in MODES {
        for (fault, known) in [(Fault::LostBefore, true), (Fault::LostAfter, false)] {
            let (world, transport, table) = faulty(&vec![fault.clone(); 20]);
            fill(&world);
            let (_, lost, images) = send(&transport, &table, encode(&table, mode, &rows())).await;
            assert_eq!((lost, images.len()), if known { (0, 20) } else { (20, 0) }, "{mode} {fault:?}");
        }
    }
}

/// A table after a run that created, replaced and deleted; its state before, and the images.
async fn ran(world: &World, table: &Table) -> (BTreeMap<String, u128>, Vec<Image>) {
    fill(world);
    let before = state(world);
    let transport = Faulty::writes(world.dynamodb.clone(), []);
    let mut requests = encode(table, "write: replace", &rows());
    requests.extend(erase(table, true, (0..5).map(|number| (key(number), None))));
    let (.., images) = send(&transport, table, requests).await;
    assert_eq!(images.len(), 25);
    (before, images)
}

#[tokio::test(start_paused = true)]
async fn undo_puts_back_exactly_what_was_there() {
    let (world, transport, table) = faulty(&[]);
    let (before, images) = ran(&world, &table).await;
    let (result, undone, touched) = put_back(&transport, &table, &images, deadline()).await;
    result.unwrap();
    assert_eq!((undone.put, undone.deleted, undone.changed, undone.unchanged, undone.refused), (15, 10, 0, 0, 0));
    assert_eq!(state(&world), before);
    assert!(undone.spent.read_units > 0.0 && undone.spent.write_units >= 25.0, "{:?}", undone.spent);
    let expected: Vec<_> = images
        .iter()
        .map(|image| {
            let [partition, sort] = raw(&image.key);
            (key_of_item(&image.key, &table).unwrap(), partition, sort)
        })
        .collect();
    assert_eq!(touched, expected);
}

#[tokio::test(start_paused = true)]
async fn undo_twice_is_once() {
    let (world, transport, table) = faulty(&[]);
    let (before, images) = ran(&world, &table).await;
    put_back(&transport, &table, &images, deadline()).await.0.unwrap();
    let writes = |transport: &Faulty| transport.requests().iter().filter(|(name, body)| is_write(name, body)).count();
    let written = writes(&transport);
    let (result, undone, touched) = put_back(&transport, &table, &images, deadline()).await;
    result.unwrap();
    assert_eq!((undone.unchanged, undone.put + undone.deleted + undone.changed), (25, 0));
    assert_eq!((touched.len(), writes(&transport)), (25, written), "told of, not written");
    assert_eq!(state(&world), before);
}

#[tokio::test(start_paused = true)]
async fn undo_leaves_alone_what_was_changed_since() {
    let (world, transport, table) = faulty(&[]);
    let (before, images) = ran(&world, &table).await;
    let mut grown = world.items("items").into_iter().find(|item| item["sk"]["N"] == "10").unwrap();
    grown["more"] = json!({"BOOL": true});
    let changed = [item(0, "put anew"), grown, item(11, "changed"), item(25, "changed")];
    for item in &changed {
        world.put("items", item);
    }
    _ = world.ask("DeleteItem", &json!({"TableName": "items", "Key": key(12)}));
    _ = world.ask("DeleteItem", &json!({"TableName": "items", "Key": key(26)}));
    let since = state(&world);
    let (result, undone, touched) = put_back(&transport, &table, &images, deadline()).await;
    result.unwrap();
    // What somebody deleted that the run had created is as it was before it.
    assert_eq!((undone.changed, undone.unchanged, undone.put, undone.deleted), (5, 1, 11, 8));
    assert_eq!(touched.len(), 20);
    let mut expected = before;
    for item in [key(0), key(10), key(11), key(12), key(25)] {
        let name = told::item(&item);
        match since.get(&name) {
            Some(digest) => expected.insert(name, *digest),
            None => expected.remove(&name),
        };
    }
    assert_eq!(state(&world), expected);
}

#[tokio::test(start_paused = true)]
async fn what_is_changed_while_it_is_undone_stays_as_it_was_changed() {
    let world = World::new();
    let inner = world.dynamodb.clone();
    let changed = [item(0, "anew"), item(10, "changed"), item(25, "changed")];
    let put = changed.clone();
    let mut read = false;
    let (world, transport, table) = {
        // The items are changed between the one read of all of them and the first write.
        let script = move |name: &str, _: &Bytes| {
            if name == "BatchGetItem" {
                read = true;
            } else if std::mem::take(&mut read) {
                for item in &put {
                    change(&inner, item);
                }
            }
            Fault::None
        };
        world.create_table("items", &KEYS, &json!({}));
        let table = Table::read("items", &world.ask("DescribeTable", &json!({"TableName": "items"}))).unwrap();
        let transport = Faulty::new(world.dynamodb.clone(), script);
        (world, transport, table)
    };
    let (_, images) = ran(&world, &table).await;
    let (result, undone, _) = put_back(&transport, &table, &images, deadline()).await;
    result.unwrap();
    assert_eq!((undone.changed, undone.put + undone.deleted), (3, 22));
    let left = state(&world);
    assert!(digests(&changed).iter().all(|(name, digest)| left.get(name) == Some(digest)));
}

fn change(dynamodb: &Embedded, item: &Value) {
    let put = json!({"TableName": "items", "Item": item});
    assert_eq!(dynamodb.answer("PutItem", put.to_string().as_bytes()).status, 200);
}

#[tokio::test(start_paused = true)]
async fn undo_survives_every_fault_that_passes() {
    for fault in PASSING {
        let mut left = 3;
        let wrong = fault.clone();
        let (world, transport, table) = scripted(move |_, _| {
            left -= i32::from(left > 0);
            if left > 0 { wrong.clone() } else { Fault::None }
        });
        let (before, images) = ran(&world, &table).await;
        let (result, undone, _) = put_back(&transport, &table, &images, deadline()).await;
        result.unwrap();
        assert_eq!((undone.put, undone.deleted, undone.changed), (15, 10, 0), "{fault:?}");
        assert_eq!(state(&world), before, "{fault:?}");
    }
    for seed in 0..20 {
        let (world, transport, table) = random_faults(seed);
        let (before, images) = ran(&world, &table).await;
        let (result, undone, _) = put_back(&transport, &table, &images, deadline()).await;
        result.unwrap();
        assert_eq!((undone.put, undone.deleted, undone.changed), (15, 10, 0), "{seed}");
        assert_eq!(state(&world), before, "{seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_breaks_off_is_finished_by_the_next() {
    let mut writes = 0;
    let (world, transport, table) = scripted(move |name, body| {
        writes += i32::from(is_write(name, body));
        if writes > 10 { Fault::Throttled("TableWriteProvisionedThroughputExceeded") } else { Fault::None }
    });
    let (before, images) = ran(&world, &table).await;
    let (result, undone, touched) =
        put_back(&transport, &table, &images, Deadline::after(Duration::from_secs(20))).await;
    assert_eq!(result.unwrap_err().kind(), Kind::Service);
    assert_eq!((undone.put + undone.deleted, undone.changed, touched.len()), (10, 0, 25));
    let sound = Faulty::writes(world.dynamodb.clone(), []);
    let (result, undone, touched) = put_back(&sound, &table, &images, deadline()).await;
    result.unwrap();
    assert_eq!((undone.put + undone.deleted, undone.unchanged, touched.len()), (15, 10, 25));
    assert_eq!(state(&world), before);
}

#[tokio::test(start_paused = true)]
async fn an_undo_ends_with_the_first_image_that_is_none() {
    let (world, transport, table) = faulty(&[]);
    let (_, images) = ran(&world, &table).await;
    let after = state(&world);
    let (out, read) = mpsc::channel(2);
    out.try_send(Ok(images[0].clone())).unwrap();
    out.try_send(Err(Error::new(Kind::Config, "line 2"))).unwrap();
    let client = Client::new(transport);
    let mut undone = Undone::default();
    // The other end stays open: nothing more is waited for.
    let error = undo(&client, &table, read, Pace::new(None), deadline(), |_, _| Ok(()), &mut undone).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), state(&world)), ("line 2", after));
    drop(out);
}
