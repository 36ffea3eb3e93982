//! Exports of random tables, with random faults, crashes and messages that come twice: each item is counted once.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use rowferry::{job::Job, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{self, Fault, Faulty},
    world::World,
};
use serde_json::{Map, Value, json};

const NAMES: [&str; 6] = ["alpha", "b.c", "size", "\u{e9}\n\"", "<i>", "list"];

/// A value of DynamoDB, of any type.
fn value(random: &mut fastrand::Rng, depth: u32) -> Value {
    let text = |random: &mut fastrand::Rng| -> String {
        let length = random.usize(0..12);
        (0..length).map(|_| *random.choice(&['k', 'w', 'x', 'Z', '\u{20ac}', '\u{1f600}']).unwrap()).collect()
    };
    let set = |random: &mut fastrand::Rng, make: fn(u32) -> String| -> Vec<String> {
        let members: BTreeSet<String> = (0..random.usize(1..4)).map(|_| make(random.u32(0..9))).collect();
        members.into_iter().collect()
    };
    match random.u32(0..if depth == 0 { 8 } else { 10 }) {
        0 => json!({"S": text(random)}),
        1 => json!({"N": number(random)}),
        2 => json!({"B": random.choice(["", "AA==", "AQID"])}),
        3 => json!({"BOOL": random.bool()}),
        4 => json!({"NULL": true}),
        5 => json!({"SS": set(random, |each| format!("s{each}"))}),
        6 => json!({"NS": set(random, |each| each.to_string())}),
        7 => json!({"BS": &["AA==", "AQ=="][..random.usize(1..3)]}),
        8 => json!({"M": members(random, depth - 1)}),
        _ => json!({"L": (0..random.usize(0..4)).map(|_| value(random, depth - 1)).collect::<Vec<_>>()}),
    }
}

fn number(random: &mut fastrand::Rng) -> String {
    match random.u32(0..6) {
        0 => format!("{}{}", random.u64(1..10), "9876543210".repeat(4).split_at(37).0),
        1 => format!("-{}", random.u32(1..1000)),
        _ => random.u32(0..50).to_string(),
    }
}

fn members(random: &mut fastrand::Rng, depth: u32) -> Map<String, Value> {
    let mut members = Map::new();
    for name in NAMES {
        if random.bool() {
            members.insert(name.to_owned(), value(random, depth));
        }
    }
    members
}

/// What is known of the values at one place.
#[derive(Default)]
struct Known {
    types: BTreeMap<String, u64>,
    numbers: Vec<i128>,
    texts: Vec<String>,
    children: BTreeMap<String, Known>,
    element: Option<Box<Known>>,
}

impl Known {
    fn add(&mut self, value: &Value) {
        let (kind, inner) = value.as_object().unwrap().iter().next().unwrap();
        *self.types.entry(kind.clone()).or_default() += 1;
        match kind.as_str() {
            "N" => self.numbers.push(inner.as_str().unwrap().parse().unwrap()),
            "S" => self.texts.push(inner.as_str().unwrap().to_owned()),
            "M" => inner.as_object().unwrap().iter().for_each(|(name, value)| {
                self.children.entry(name.clone()).or_default().add(value);
            }),
            "L" => inner.as_array().unwrap().iter().for_each(|value| self.element.get_or_insert_default().add(value)),
            "SS" | "NS" | "BS" => {
                let members = inner.as_array().unwrap();
                for each in members {
                    self.element.get_or_insert_default().add(&json!({&kind[..1]: each}));
                }
            }
            _ => {}
        }
    }

    fn check(&self, told: &Value, possible: u64, path: &str) {
        let total: u64 = self.types.values().sum();
        assert_eq!(told["count"].as_u64(), Some(total), "{path}");
        let types = told["types"].as_array().unwrap();
        let counts: BTreeMap<String, u64> = types
            .iter()
            .map(|each| (each["type"].as_str().unwrap().to_owned(), each["count"].as_u64().unwrap()))
            .collect();
        assert_eq!(counts, self.types, "{path}");
        let float = |count: u64| f64::from(u32::try_from(count).unwrap());
        let is_share = |told: &Value, of, all| (told.as_f64().unwrap() - float(of) / float(all)).abs() < 1e-9;
        assert!(is_share(&told["presence"], total, possible), "{path}");
        assert!(types.iter().all(|each| is_share(&each["share"], each["count"].as_u64().unwrap(), total)), "{path}");
        let profile = &told["profile"];
        let values = total - self.types.get("NULL").copied().unwrap_or_default();
        assert_eq!(profile["valuesCount"].as_u64(), Some(values), "{path}");
        assert_eq!(profile["nullCount"].as_u64(), Some(possible - values), "{path}");
        if counts.len() == 1 && !self.numbers.is_empty() && profile["masked"] == false {
            let distinct: BTreeSet<i128> = self.numbers.iter().copied().collect();
            assert_eq!(profile["distinctCount"].as_u64(), Some(distinct.len() as u64), "{path}");
            let ends = [distinct.first(), distinct.last()].map(|end| end.unwrap().to_string());
            assert_eq!([&profile["min"], &profile["max"]].map(ToString::to_string), ends, "{path}");
        }
        if counts.len() == 1 && !self.texts.is_empty() && profile["masked"] == false {
            let distinct: BTreeSet<&String> = self.texts.iter().collect();
            assert_eq!(profile["distinctCount"].as_u64(), Some(distinct.len() as u64), "{path}");
            assert_eq!(profile["min"].as_str(), distinct.first().map(|text| text.as_str()), "{path}");
            assert_eq!(profile["max"].as_str(), distinct.last().map(|text| text.as_str()), "{path}");
        }
        let maps = self.types.get("M").copied().unwrap_or_default();
        let children = told["children"].as_array().into_iter().flatten();
        same(&self.children, children, maps, path);
        match &self.element {
            Some(element) => element.check(&told["element"], element.types.values().sum(), &format!("{path}[]")),
            None => assert!(told["element"].is_null(), "{path}"),
        }
    }
}

fn same<'a>(known: &BTreeMap<String, Known>, told: impl Iterator<Item = &'a Value>, possible: u64, path: &str) {
    let told: BTreeMap<&str, &Value> = told.map(|each| (each["name"].as_str().unwrap(), each)).collect();
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    assert_eq!(told.keys().copied().collect::<Vec<_>>(), names, "{path}");
    for (name, known) in known {
        known.check(told[name.as_str()], possible, &format!("{path}.{name}"));
    }
}

/// A DynamoDB that goes wrong now and then while it is scanned.
fn troubled(dynamodb: Embedded, mut random: fastrand::Rng) -> Faulty {
    let (mut broken, mut expired) = (0, 0);
    Faulty::new(dynamodb, move |operation, _| {
        if operation != "Scan" {
            return if random.u32(0..20) == 0 { Fault::ServerError } else { Fault::None };
        }
        match random.u32(0..30) {
            0 => Fault::Throttled("TableReadProvisionedThroughputExceeded"),
            1 => Fault::ServerError,
            2 => Fault::LostAfter,
            3 => Fault::LostBefore,
            4 if broken < 2 => {
                broken += 1;
                Fault::Truncated
            }
            5 if expired < 2 => {
                expired += 1;
                Fault::Expired
            }
            6..12 => Fault::Slow(random.u64(1..3_000)),
            12 => Fault::SlowAfter(random.u64(1..3_000)),
            _ => Fault::None,
        }
    })
}

#[tokio::test(start_paused = true)]
async fn every_item_is_counted_once_whatever_goes_wrong() {
    let mut longest = 0;
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let dynamodb = Embedded::new();
        let world = World::with(dynamodb.clone(), troubled(dynamodb, fastrand::Rng::with_seed(seed + 1000)));
        world.create_table("things", &[("key", "S", "HASH")], &json!({}));
        let (items, filler) = (random.u64(0..200), random.usize(0..20));
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        for id in 0..items {
            let mut item = members(&mut random, 3);
            item.insert("key".to_owned(), json!({"S": format!("key {id}")}));
            item.insert("filler".to_owned(), json!({"L": vec![json!({"S": "w".repeat(200)}); filler]}));
            item.iter().for_each(|(name, value)| known.entry(name.clone()).or_default().add(value));
            world.put("things", &item.into());
        }
        let mut payload = json!({"include": ["things"], "sample": "whole", "read_capacity": random.u32(4..40), "samples": random.bool()});
        let mut turns = 0;
        loop {
            turns += 1;
            assert!(turns < 200, "seed {seed} goes on for ever");
            let invoke = || world.export.handle(&payload, Deadline::after(Duration::from_secs(12)));
            let answer = match random.u32(0..4) {
                0 => {
                    // It crashes, and the same event comes again.
                    let (polls, before) = (random.usize(1..80), world.notices().len());
                    let answer = fault::crash(invoke(), polls).await;
                    tokio::time::advance(Duration::from_mins(1)).await;
                    match answer {
                        Some(answer) => answer.unwrap(),
                        None if world.notices().len() > before => json!({"status": "continued"}),
                        None => continue,
                    }
                }
                1 => {
                    let (one, other) = tokio::join!(invoke(), invoke());
                    let answers = [one.unwrap(), other.unwrap()];
                    let ended = answers.iter().find(|answer| answer["status"] != "skipped");
                    ended.cloned().unwrap_or_else(|| json!({"status": "skipped"}))
                }
                _ => invoke().await.unwrap(),
            };
            match answer["status"].as_str().unwrap() {
                "continued" => {
                    let (_, message) = world.notices().pop().unwrap();
                    payload = serde_json::from_str(&message).unwrap();
                }
                _ if world.bucket.bytes("catalog/latest/manifest.json").is_some() => break,
                other => panic!("seed {seed}: {other}: {answer}"),
            }
        }
        longest = longest.max(turns);
        let file = "catalog/latest/native/000000000000/us-east-1/things.json";
        let told: Value = serde_json::from_str(&world.text(file)).unwrap();
        assert_eq!((&told["items_read"], &told["cut_short"]), (&json!(items), &json!(null)), "seed {seed}");
        let attributes = told["attributes"].as_array().unwrap().iter();
        same(&known, attributes.filter(|each| items > 0 || each["name"] != "key"), items, &format!("seed {seed}"));
    }
    assert!(longest > 2, "{longest}");
}
