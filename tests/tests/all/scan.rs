//! Scans of a table: every item once, at the pace that is allowed, whatever goes wrong on the way.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::{
    definition::Amount,
    dynamodb::{Answer, Client, Failure, Transport},
    error::{Error, Kind},
    scan,
    table::Table,
    time::Deadline,
    write::Spent,
};
use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty},
    reply::refusal,
    told,
    world::World,
};
use serde_json::{Value, json};
use tokio::time::Instant;

/// A table of so many items, with ids from 0 and so many bytes each, and what it says of itself.
fn filled(items: usize, bytes: usize, more: &Value) -> (World, Table) {
    let world = World::new();
    world.create_table("items", &[("id", "N", "HASH")], more);
    let text = "x".repeat(bytes);
    for batch in (0..items).collect::<Vec<_>>().chunks(25) {
        let puts: Vec<Value> = batch
            .iter()
            .map(|id| json!({"PutRequest": {"Item": {"id": {"N": id.to_string()}, "text": {"S": text}}}}))
            .collect();
        _ = world.ask("BatchWriteItem", &json!({"RequestItems": {"items": puts}}));
    }
    let table = Table::read("items", &world.ask("DescribeTable", &json!({"TableName": "items"}))).unwrap();
    (world, table)
}

/// The same table as it says to be when it has become large: read by all segments at once.
fn large(table: &Table) -> Table {
    Table { size_bytes: 1 << 30, item_count: 1 << 20, ..table.clone() }
}

fn provisioned(read_units: u32) -> Value {
    let throughput = json!({"ReadCapacityUnits": read_units, "WriteCapacityUnits": 40_000});
    json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": throughput})
}

fn minutes(minutes: u64) -> Deadline {
    Deadline::after(Duration::from_mins(minutes))
}

/// What a scan came to: how often it gave which id, and what it took.
#[derive(Debug, Default)]
struct Seen {
    ids: BTreeMap<usize, usize>,
    spent: Spent,
}

impl Seen {
    #[track_caller]
    fn is_each_once(&self, items: usize) {
        assert_eq!(self.ids, (0..items).map(|id| (id, 1)).collect());
    }
}

async fn read(
    transport: impl Transport + 'static,
    table: &Table,
    limit: Option<Amount>,
    deadline: Deadline,
) -> (Seen, Result<(), Error>) {
    let (client, mut seen) = (Client::new(transport), Seen::default());
    let (ids, spent) = (&mut seen.ids, &mut seen.spent);
    let result = scan::run(&client, table, None, limit, deadline, spent, |items| {
        for item in items {
            let item: Value = serde_json::from_str(item.get()).unwrap();
            let id = item["id"]["N"].as_str().unwrap().parse().unwrap();
            *ids.entry(id).or_default() += 1;
        }
        Ok(())
    });
    let result = result.await;
    (seen, result)
}

/// A DynamoDB that gives so many read units a second, as its time tells, a tenth of a second of them saved up, and
/// remembers when it gave what. Each answer takes 10 ms.
#[derive(Clone)]
struct Metered {
    inner: Embedded,
    units_per_second: fn(f64) -> f64,
    meter: Arc<Mutex<Meter>>,
}

struct Meter {
    begun: Instant,
    at: Instant,
    room: f64,
    given: Vec<(f64, f64)>,
}

impl Metered {
    fn new(inner: Embedded, units_per_second: fn(f64) -> f64) -> Self {
        let now = Instant::now();
        let meter = Meter { begun: now, at: now, room: 0.0, given: Vec::new() };
        Self { inner, units_per_second, meter: Arc::new(Mutex::new(meter)) }
    }

    /// The most units that were given within a second.
    fn most_a_second(&self) -> f64 {
        let given = &self.meter.lock().unwrap().given;
        let within = |from: f64| given.iter().filter(move |(at, _)| (from..from + 1.0).contains(at));
        given.iter().map(|(from, _)| within(*from).map(|(_, units)| units).sum()).fold(0.0, f64::max)
    }

    fn answer(&self, operation: &str, body: &Bytes) -> Answer {
        let mut meter = self.meter.lock().unwrap();
        let now = Instant::now();
        let second = now.duration_since(meter.begun).as_secs_f64();
        let rate = (self.units_per_second)(second);
        meter.room = (meter.room + rate * now.duration_since(meter.at).as_secs_f64()).min(rate / 10.0);
        meter.at = now;
        if meter.room < 0.0 || rate <= 0.0 {
            return refusal("ProvisionedThroughputExceededException", &json!({}));
        }
        let answer = self.inner.answer(operation, body);
        let told: Value = serde_json::from_slice(&answer.body).unwrap();
        let units = told["ConsumedCapacity"]["CapacityUnits"].as_f64().unwrap();
        meter.room -= units;
        meter.given.push((second, units));
        answer
    }
}

impl Transport for Metered {
    fn send<'a>(&'a self, operation: &'a str, body: Bytes) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok(self.answer(operation, &body))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn every_item_is_read_once_by_segments_and_pages() {
    let (world, table) = filled(3_000, 5_000, &json!({}));
    let faultless = Faulty::new(world.dynamodb.clone(), |_, _| Fault::None);
    let (seen, result) = read(faultless.clone(), &large(&table), None, minutes(1)).await;
    result.unwrap();
    seen.is_each_once(3_000);
    let bodies: Vec<Value> =
        faultless.requests().iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect();
    let segments: BTreeSet<u64> = bodies.iter().filter_map(|body| body["Segment"].as_u64()).collect();
    assert_eq!(segments, (0..8).collect());
    assert!(bodies.iter().any(|body| body.get("ExclusiveStartKey").is_some()), "no segment had several pages");
    assert!(bodies.iter().all(|body| body.get("ConsistentRead").is_none()));
    let units = 3_000.0 * 5_000.0 / 8_192.0;
    assert!((units..units * 1.02).contains(&seen.spent.read_units), "{}", seen.spent.read_units);
}

#[tokio::test(start_paused = true)]
async fn a_small_table_and_one_that_has_nothing_are_read_to_their_end() {
    for items in [0, 1, 30] {
        let (world, table) = filled(items, 10, &json!({}));
        for table in [large(&table), table] {
            let (seen, result) = read(world.dynamodb.clone(), &table, None, minutes(1)).await;
            result.unwrap();
            seen.is_each_once(items);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_scan_takes_no_more_than_its_share() {
    let on_demand = json!({});
    let maximum = json!({"OnDemandThroughput": {"MaxReadRequestUnits": 200, "MaxWriteRequestUnits": 40_000}});
    for (more, limit, rate) in [
        (&provisioned(100), None, 25.0),
        (&provisioned(100), Some(Amount::Percent(50.0)), 50.0),
        (&provisioned(4), None, 1.0),
        (&maximum, None, 50.0),
        (&on_demand, Some(Amount::Percent(1.0)), 120.0),
        (&on_demand, Some(Amount::Count(40.0)), 40.0),
    ] {
        let (world, table) = filled(500, 2_000, more);
        for table in [large(&table), Table { size_bytes: 0, item_count: 0, ..table.clone() }, table] {
            let metered = Metered::new(world.dynamodb.clone(), |_| f64::MAX);
            let begun = Instant::now();
            let (seen, result) = read(metered.clone(), &table, limit, minutes(10)).await;
            result.unwrap();
            seen.is_each_once(500);
            let (units, seconds) = (seen.spent.read_units, begun.elapsed().as_secs_f64());
            // The first page goes at once, and what the last one costs need not be waited for.
            let page = f64::max(rate, 2.0) * 1.1;
            assert!(units <= rate * seconds + page, "{limit:?} of {more}: {units} units in {seconds} s");
            assert!(units >= rate * (seconds - 0.5) * 0.95, "{limit:?} of {more}: {units} units in {seconds} s");
            let most = metered.most_a_second();
            assert!(most <= 2.2 * page, "{limit:?} of {more}: {most} units within a second");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_scan_slows_down_to_what_the_table_gives_and_is_back_when_it_gives_more() {
    let (world, table) = filled(2_000, 5_000, &json!({}));
    for (gives, most_seconds) in [
        // The table has 1,250 units. It gives less than is allowed; more after a while; nothing for a while.
        ((|_| 100.0) as fn(f64) -> f64, 12.5 * 1.6),
        (|second| if second < 5.0 { 50.0 } else { 250.0 }, 9.0 * 2.0),
        (|second| if (1.0..4.0).contains(&second) { 0.0 } else { 250.0 }, 8.0 * 2.0),
    ] {
        let metered = Metered::new(world.dynamodb.clone(), gives);
        let begun = Instant::now();
        let limit = Some(Amount::Count(500.0));
        let (seen, result) = read(metered, &large(&table), limit, minutes(10)).await;
        result.unwrap();
        seen.is_each_once(2_000);
        let (seconds, throttled) = (begun.elapsed().as_secs_f64(), seen.spent.throttled_requests);
        assert!(seconds <= most_seconds, "{seconds} s of {most_seconds}");
        assert!((1..40).contains(&throttled) && seen.spent.throttled_by["table"] == throttled, "{:?}", seen.spent);
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_loses_no_page_and_doubles_none() {
    let (world, table) = filled(2_000, 2_000, &json!({}));
    for fault in [
        Fault::Throttled("TableReadKeyRangeThroughputExceeded"),
        Fault::ServerError,
        Fault::Unreached,
        Fault::LostBefore,
        Fault::LostAfter,
        Fault::Truncated,
        Fault::Expired,
    ] {
        let (wrong, mut requests) = (fault.clone(), 0);
        let faulty = Faulty::new(world.dynamodb.clone(), move |_, _| {
            requests += 1;
            if requests % 2 == 0 { wrong.clone() } else { Fault::None }
        });
        let (seen, result) = read(faulty, &large(&table), Some(Amount::Count(1_000.0)), minutes(10)).await;
        result.unwrap_or_else(|error| panic!("{fault:?}: {}", error.text()));
        seen.is_each_once(2_000);
        let is_throttled = matches!(fault, Fault::Throttled(_));
        assert_eq!(seen.spent.throttled_by.contains_key("hot_key"), is_throttled, "{:?}", seen.spent);
    }
}

#[tokio::test(start_paused = true)]
async fn a_scan_ends_with_its_time_and_says_how_far_it_came() {
    let (world, table) = filled(500, 2_000, &provisioned(8));
    for (fault, fine) in [
        (Fault::None, 2),
        (Fault::Slow(3_600_000), 2),
        (Fault::Throttled("TableReadAccountLimitExceeded"), 2),
        (Fault::Unreached, 0),
    ] {
        let (wrong, mut requests) = (fault.clone(), 0);
        let faulty = Faulty::new(world.dynamodb.clone(), move |_, _| {
            requests += 1;
            if requests > fine { wrong.clone() } else { Fault::None }
        });
        let (begun, deadline) = (Instant::now(), Deadline::after(Duration::from_secs(30)));
        let (seen, result) = read(faulty, &table, None, deadline).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), Kind::Service, "{fault:?}");
        let expected = format!("the scan of table `items` had read {} items of about 500 after ", seen.ids.len());
        assert!(error.text().starts_with(&expected), "{fault:?}: {}", error.text());
        assert!(error.text().contains("at 2 read units a second at most"), "{fault:?}: {}", error.text());
        assert_eq!((!seen.ids.is_empty(), seen.spent.read_units > 0.0), (fine > 0, fine > 0), "{fault:?}");
        assert!(begun.elapsed() <= Duration::from_secs(30), "{fault:?}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn attributes_are_asked_for_by_any_name() {
    let (world, table) = filled(0, 0, &json!({}));
    world.put(
        "items",
        &json!({"id": {"N": "1"}, "size": {"S": "a"}, "a.b": {"S": "b"}, "a": {"M": {"b": {"S": "c"}}},
        "with space": {"S": "d"}, "#x": {"S": "e"}, "other": {"S": "f"}}),
    );
    let names = ["id", "size", "a.b", "with space", "#x", "absent", "size"].map(str::to_owned);
    let (client, mut spent, mut lines) = (Client::new(world.dynamodb.clone()), Spent::default(), Vec::new());
    let scan = scan::run(&client, &table, Some(&names), None, minutes(1), &mut spent, |items| {
        lines.extend(items.iter().map(|item| told::item(&serde_json::from_str(item.get()).unwrap())));
        Ok(())
    });
    scan.await.unwrap();
    assert_eq!(lines, [r#"#x="e" a.b="b" id=1 size="a" with space="d""#]);
}

#[tokio::test]
async fn whoever_looks_at_the_items_may_end_the_scan() {
    let (world, table) = filled(100, 20_000, &json!({}));
    let (client, mut spent, mut pages) = (Client::new(world.dynamodb.clone()), Spent::default(), 0);
    let scan = scan::run(&client, &table, None, None, minutes(1), &mut spent, |_| {
        pages += 1;
        Err(Error::new(Kind::Config, "the disk is full"))
    });
    let error = scan.await.unwrap_err();
    assert_eq!((error.kind(), error.text(), pages), (Kind::Config, "the disk is full".to_owned(), 1));
}

#[tokio::test]
async fn a_table_that_may_not_be_scanned_is_named() {
    let (world, table) = filled(0, 0, &json!({}));
    let denied = Faulty::new(world.dynamodb.clone(), |_, _| Fault::Denied);
    let (_, result) = read(denied, &table, None, minutes(1)).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), Kind::Table);
    let expected = "table `items` cannot be scanned: DynamoDB did not do it: AccessDeniedException: a fault";
    assert_eq!(error.text(), expected);
}

/// A sample of a table: the ids in the order in which they came, what is left, and how it ended.
async fn sample(
    world: &World,
    table: &Table,
    rest: &mut scan::Rest,
    budget: Option<f64>,
) -> (Vec<usize>, f64, scan::End) {
    let client = Client::new(world.dynamodb.clone());
    let terms = scan::Terms { limit: Amount::Count(10_000.0), budget, deadline: minutes(10) };
    let (mut ids, mut spent) = (Vec::new(), Spent::default());
    let end = scan::resume(&client, table, terms, rest, &mut spent, |body| {
        let page: Value = serde_json::from_slice(body).unwrap();
        let items = page["Items"].as_array().unwrap();
        ids.extend(items.iter().map(|item| item["id"]["N"].as_str().unwrap().parse::<usize>().unwrap()));
        let units = page["ConsumedCapacity"]["CapacityUnits"].as_f64();
        let after = page.get("LastEvaluatedKey").cloned();
        Ok(scan::Read { items: items.len(), units, after, verdict: Ok(()) })
    });
    let end = end.await.unwrap();
    (ids, spent.read_units, end)
}

fn rest(table: &Table, portion: scan::Portion) -> scan::Rest {
    scan::Rest::new(table, Amount::Count(10_000.0), portion)
}

#[tokio::test(start_paused = true)]
async fn a_sample_has_as_many_items_as_are_wanted_each_once() {
    let (world, table) = filled(2_000, 50, &json!({}));
    for wanted in [1, 24, 25, 100, 999, 1_000, 1_999] {
        let mut rest = rest(&large(&table), scan::Portion::Items(wanted));
        let (mut ids, _, end) = sample(&world, &table, &mut rest, None).await;
        assert_eq!((ids.len() as u64, end, rest.is_empty()), (wanted, scan::End::Complete, true));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len() as u64, wanted);
    }
    for portion in [scan::Portion::Items(2_001), scan::Portion::Whole] {
        let mut rest = rest(&table, portion);
        let (ids, _, end) = sample(&world, &table, &mut rest, None).await;
        assert_eq!((ids.len(), end, rest.is_empty()), (2_000, scan::End::Complete, true));
    }
}

#[tokio::test(start_paused = true)]
async fn what_some_segments_lack_the_others_give() {
    // All items have one partition key: they lie in one segment.
    let world = World::new();
    world.create_table("items", &[("pk", "S", "HASH"), ("id", "N", "RANGE")], &json!({}));
    for id in 0..500 {
        world.put("items", &json!({"pk": {"S": "a"}, "id": {"N": id.to_string()}}));
    }
    let table = Table::read("items", &world.ask("DescribeTable", &json!({"TableName": "items"}))).unwrap();
    let mut rest = rest(&large(&table), scan::Portion::Items(400));
    assert_eq!(sample(&world, &table, &mut rest, None).await.0.len(), 400);
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_its_budget_ends_goes_on_where_it_was() {
    let (world, table) = filled(1_000, 2_000, &json!({}));
    for portion in [scan::Portion::Items(900), scan::Portion::Whole] {
        let mut rest = rest(&large(&table), portion);
        let (mut all, mut calls) = (Vec::new(), 0);
        loop {
            let (ids, units, end) = sample(&world, &table, &mut rest, Some(40.0)).await;
            assert!(units <= 45.0, "{units}");
            all.extend(ids);
            calls += 1;
            let text = serde_json::to_string(&rest).unwrap();
            rest = serde_json::from_str(&text).unwrap();
            if end == scan::End::Complete {
                break;
            }
            assert_eq!((end, rest.is_empty()), (scan::End::Budget, false));
            assert!(calls < 50, "it goes on for ever");
        }
        assert!(calls > 3, "{calls}");
        all.sort_unstable();
        let expected = if portion == scan::Portion::Whole { 1_000 } else { 900 };
        assert_eq!(all.len(), expected);
        all.dedup();
        assert_eq!(all.len(), expected, "each once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sample_is_spread_over_the_table() {
    let (world, table) = filled(4_000, 10, &json!({}));
    let client = Client::new(world.dynamodb.clone());
    // Which of sixteen parts of the table an item lies in.
    let mut part_of = BTreeMap::new();
    for segment in 0..16 {
        let body = json!({"TableName": "items", "Segment": segment, "TotalSegments": 16});
        let answer = client.call("Scan", &body, minutes(1)).await.unwrap();
        for item in answer["Items"].as_array().unwrap() {
            part_of.insert(item["id"]["N"].as_str().unwrap().parse::<usize>().unwrap(), segment);
        }
    }
    let mut rest = rest(&large(&table), scan::Portion::Items(400));
    let (ids, _, _) = sample(&world, &table, &mut rest, None).await;
    let parts: BTreeSet<i32> = ids.iter().map(|id| part_of[id]).collect();
    assert_eq!(parts.len(), 16);
}
