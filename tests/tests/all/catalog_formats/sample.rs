//! Hand-made tables: what there is in DynamoDB, and what makes trouble elsewhere.

use rowferry::catalog::native::{
    Attribute, Capacity, Cardinality, Classification, Frequent, Histogram, Index, Key, MapOf, Profile, Replica, Stream,
    Table, TimeToLive, Type,
};
use serde_json::{Number, Value, json};

/// All of them, by account, region and name.
pub(super) fn tables() -> Vec<Table> {
    let mut elsewhere = table("orders", &[("id", "S")]);
    "us-east-1".clone_into(&mut elsewhere.region);
    elsewhere.arn = elsewhere.arn.replace("eu-west-1", "us-east-1");
    vec![deep(), empty(), orders(), users(), elsewhere, hostile()]
}

fn table(name: &str, keys: &[(&str, &str)]) -> Table {
    Table {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        table: name.to_owned(),
        arn: format!("arn:aws:dynamodb:eu-west-1:111122223333:table/{name}"),
        table_id: Some("5c9f6b0e-4c3a-4d57-9a35-8d6d3c2c7d11".to_owned()),
        status: "ACTIVE".to_owned(),
        created_at: Some("2024-02-29T12:30:00Z".to_owned()),
        keys: self::keys(keys),
        billing_mode: "PAY_PER_REQUEST".to_owned(),
        table_class: "STANDARD".to_owned(),
        encryption: "AWS_OWNED".to_owned(),
        sample: json!({"items": 1000}),
        profiled_at: "2026-11-20T06:00:00Z".to_owned(),
        attributes: keys.iter().map(|(name, kind)| attribute(name, 0, 0, &[(kind, 0)])).collect(),
        ..Table::default()
    }
}

fn keys(keys: &[(&str, &str)]) -> Vec<Key> {
    let roles = ["partition", "sort"];
    let key = |((name, kind), role): (&(&str, &str), &str)| Key {
        attribute: (*name).to_owned(),
        role: role.to_owned(),
        kind: (*kind).to_owned(),
    };
    keys.iter().zip(roles).map(key).collect()
}

#[expect(clippy::cast_precision_loss, reason = "the counts are small")]
fn share(part: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

/// An attribute that `count` of `all` have, of types with their counts; a type that was never seen is not there.
fn attribute(name: &str, count: u64, all: u64, types: &[(&str, u64)]) -> Attribute {
    let seen = types.iter().filter(|(_, count)| *count > 0);
    Attribute {
        name: name.to_owned(),
        count,
        presence: share(count, all),
        types: seen.map(|(kind, of)| Type { kind: (*kind).to_owned(), count: *of, share: share(*of, count) }).collect(),
        ..Attribute::default()
    }
}

fn text(name: &str, count: u64) -> Attribute {
    attribute(name, count, 500, &[("S", count)])
}

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn profile(values: u64, nulls: u64, distinct: u64) -> Profile {
    Profile {
        values_count: values,
        null_count: nulls,
        null_proportion: share(nulls, values + nulls),
        distinct_count: distinct,
        distinct_proportion: share(distinct, values),
        unique_count: distinct / 2,
        unique_proportion: share(distinct / 2, values),
        duplicate_count: values - distinct,
        ..Profile::default()
    }
}

fn figures(profile: Profile, least: &str, most: &str) -> Profile {
    Profile {
        min: Some(Value::Number(number(least))),
        max: Some(Value::Number(number(most))),
        mean: Some(number("42.1")),
        sum: Some(number("20208.5")),
        stddev: Some(number("17.25")),
        median: Some(number("40")),
        first_quartile: Some(number("20.5")),
        third_quartile: Some(number("61")),
        inter_quartile_range: Some(number("40.5")),
        non_parametric_skew: Some(number("0.121739")),
        histogram: Some(Histogram {
            boundaries: vec![number(least), number("50"), number(most)],
            frequencies: vec![profile.values_count / 2, profile.values_count.div_ceil(2)],
        }),
        estimated: vec!["distinctCount".to_owned()],
        ..profile
    }
}

fn found(entity: &str, sensitivity: &str, decision: &str, evidence: &[&str]) -> Classification {
    Classification {
        entity: entity.to_owned(),
        sensitivity: sensitivity.to_owned(),
        confidence: 0.97,
        share: 0.99,
        evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
        decision: decision.to_owned(),
    }
}

fn map(name: &str, count: u64, children: Vec<Attribute>) -> Attribute {
    Attribute { children, ..attribute(name, count, 500, &[("M", count)]) }
}

fn list(name: &str, count: u64, element: Attribute) -> Attribute {
    Attribute { element: Some(Box::new(element)), ..attribute(name, count, 500, &[("L", count)]) }
}

/// Every type, nested and mixed.
fn attributes_of_orders() -> Vec<Attribute> {
    let customer = Attribute {
        profile: Some(figures(profile(500, 0, 120), "1", "12345678901234567890123456789012345678")),
        ..attribute("customerId", 500, 500, &[("N", 500)])
    };
    let status = Profile {
        min: Some(json!("open")),
        max: Some(json!("sent")),
        min_length: Some(4),
        max_length: Some(4),
        cardinality_distribution: Some(Cardinality {
            categories: vec!["open".to_owned(), "Others".to_owned()],
            counts: vec![300, 200],
            percentages: vec![60.0, 40.0],
            all_values_unique: false,
        }),
        top_values: vec![Frequent { value: json!("open"), count: 300 }, Frequent { value: json!("sent"), count: 200 }],
        ..profile(500, 0, 2)
    };
    let total = Attribute {
        profile: Some(figures(profile(480, 20, 200), "0.5", "999.9")),
        samples: vec![json!(0.5), json!("12 EUR")],
        ..attribute("total", 480, 500, &[("N", 432), ("S", 48)])
    };
    let line = Attribute {
        children: vec![
            attribute("sku", 900, 900, &[("S", 900)]),
            Attribute {
                profile: Some(figures(profile(890, 10, 12), "1", "99")),
                ..attribute("quantity", 890, 900, &[("N", 890)])
            },
        ],
        ..attribute("", 900, 900, &[("M", 900)])
    };
    let price = attribute("", 4000, 4000, &[("N", 4000)]);
    let prices = MapOf { keys: 812, estimated: true, value: Box::new(price) };
    let row = Attribute {
        element: Some(Box::new(attribute("", 60, 60, &[("N", 60)]))),
        ..attribute("", 20, 20, &[("L", 20)])
    };
    let either = Attribute {
        element: Some(Box::new(Attribute {
            children: vec![attribute("code", 9, 10, &[("S", 9)])],
            ..attribute("", 10, 10, &[("M", 9), ("S", 1)])
        })),
        children: vec![attribute("code", 30, 40, &[("S", 30)])],
        ..attribute("origin", 60, 500, &[("M", 40), ("L", 10), ("S", 10)])
    };
    let geo =
        Attribute { children: vec![attribute("lat", 12, 12, &[("N", 12)])], ..attribute("geo", 12, 470, &[("M", 12)]) };
    let address = vec![attribute("city", 470, 470, &[("S", 470)]), geo, attribute("zip", 400, 470, &[("S", 400)])];
    vec![
        customer,
        text("orderId", 500),
        attribute("day", 450, 500, &[("S", 450)]),
        map("address", 470, address),
        attribute("blob", 3, 500, &[("B", 3)]),
        attribute("expires", 250, 500, &[("N", 250)]),
        attribute("gift", 499, 500, &[("BOOL", 499)]),
        list("lines", 500, line),
        list("matrix", 4, row),
        attribute("note", 120, 500, &[("S", 100), ("NULL", 20)]),
        attribute("nothing", 7, 500, &[("NULL", 7)]),
        attribute("numbers", 7, 500, &[("NS", 7)]),
        either,
        Attribute { map_of: Some(prices), ..map("prices", 400, Vec::new()) },
        Attribute { profile: Some(status), ..text("status", 500) },
        attribute("tagsSet", 310, 500, &[("SS", 310)]),
        attribute("thumbnails", 31, 500, &[("BS", 31)]),
        list("todo", 5, attribute("", 9, 9, &[("N", 5), ("S", 4)])),
        total,
        attribute("vacant", 5, 500, &[("L", 5)]),
    ]
}

/// A table with two keys and indexes.
pub(super) fn orders() -> Table {
    Table {
        attributes: attributes_of_orders(),
        indexes: vec![
            Index {
                name: "by-day".to_owned(),
                kind: "global".to_owned(),
                keys: keys(&[("day", "S"), ("total", "N")]),
                projection: "INCLUDE".to_owned(),
                projected: vec!["status".to_owned()],
                status: Some("ACTIVE".to_owned()),
                item_count: 1100,
                size_bytes: 54_321,
                capacity: Some(Capacity { read_units: Some(10), write_units: Some(5) }),
            },
            Index {
                name: "by-status".to_owned(),
                kind: "local".to_owned(),
                keys: keys(&[("customerId", "N"), ("status", "S")]),
                projection: "ALL".to_owned(),
                ..Index::default()
            },
        ],
        connection: Some("prod".to_owned()),
        billing_mode: "PROVISIONED".to_owned(),
        capacity: Capacity { read_units: Some(20), write_units: Some(10) },
        item_count: 1234,
        size_bytes: 567_890,
        time_to_live: Some(TimeToLive { enabled: true, attribute: Some("expires".to_owned()) }),
        stream: Some(Stream { view_type: "NEW_AND_OLD_IMAGES".to_owned(), arn: None }),
        point_in_time_recovery: Some(true),
        deletion_protection: true,
        replicas: vec![Replica { region: "us-west-2".to_owned(), status: "ACTIVE".to_owned() }],
        tags: Some([("team".to_owned(), "shop".to_owned())].into()),
        cut_short: Some("budget".to_owned()),
        items_read: 500,
        read_units: 62.5,
        ..table("orders", &[("customerId", "N"), ("orderId", "S")])
    }
}

/// The orders as they were a day before.
pub(super) fn orders_before() -> Table {
    let mut before = orders();
    before.indexes.pop();
    before.time_to_live = Some(TimeToLive::default());
    before.attributes.retain(|attribute| !["expires", "blob"].contains(&attribute.name.as_str()));
    before.attributes.push(text("coupon", 90));
    before.attributes.push(text("typo", 1));
    let total = before.attributes.iter_mut().find(|attribute| attribute.name == "total").unwrap();
    total.types.pop();
    let lines = before.attributes.iter_mut().find(|attribute| attribute.name == "lines").unwrap();
    lines.element.as_mut().unwrap().children.remove(1);
    before
}

/// People: what is sensitive, found or confirmed, in attributes and in elements of lists.
fn users() -> Table {
    let email = Attribute {
        classification: found(
            "email",
            "sensitive",
            "found",
            &["values have the form of an address", "the name says so"],
        )
        .into(),
        profile: Some(Profile { masked: true, min_length: Some(9), max_length: Some(31), ..profile(40, 0, 40) }),
        ..attribute("email", 40, 40, &[("S", 40)])
    };
    let phone = Attribute {
        classification: found("phone", "non_sensitive", "confirmed", &["a person said so"]).into(),
        ..attribute("phone", 20, 40, &[("S", 20)])
    };
    let ssn = Attribute {
        classification: found("ssn", "sensitive", "found", &["check digits"]).into(),
        profile: Some(Profile { masked: true, ..figures(profile(40, 0, 40), "78051120", "219099999") }),
        ..attribute("ssn", 40, 40, &[("N", 40)])
    };
    let contact = Attribute {
        classification: found("email", "sensitive", "found", &["values have the form of an address"]).into(),
        ..attribute("", 77, 77, &[("S", 77)])
    };
    let name = Attribute {
        classification: found("person", "sensitive", "found", &[]).into(),
        ..attribute("first", 31, 40, &[("S", 31)])
    };
    Table {
        attributes: vec![
            attribute("id", 40, 40, &[("S", 40)]),
            list("contacts", 30, contact),
            email,
            map("name", 40, vec![name, attribute("last", 40, 40, &[("S", 40)])]),
            phone,
            ssn,
        ],
        item_count: 38,
        items_read: 40,
        ..table("users", &[("id", "S")])
    }
}

/// No items: what is known is what DynamoDB knows.
fn empty() -> Table {
    let by_kind = Index {
        name: "by-kind".to_owned(),
        kind: "global".to_owned(),
        keys: keys(&[("kind", "S")]),
        projection: "KEYS_ONLY".to_owned(),
        ..Index::default()
    };
    Table {
        indexes: vec![by_kind],
        missing_permissions: vec!["dynamodb:ListTagsOfResource".to_owned()],
        ..table("empty", &[("pk", "B"), ("sk", "N")])
    }
}

/// Names that mean something elsewhere.
fn hostile() -> Table {
    let names = [
        "a.b",
        "a::b",
        "a__reserved__colon__b",
        "\"quoted\"",
        "x -> y",
        "line\nbreak\r\ttab\u{7}bell",
        "`tick` <script>alert(1)</script> ![x](http://example.com)",
        "Größe 😀 数量",
        "\u{202e}left to right\u{2066} mixed",
        "two\u{2028}lines",
        "urn:li:tag:(a,b)",
        " ",
        "*",
        "[]",
    ];
    let mut attributes: Vec<_> = names.iter().map(|name| attribute(name, 5, 5, &[("S", 5)])).collect();
    attributes.push(map("a", 5, vec![text("b", 5), text("c.d", 5)]));
    attributes.push(text(&"long ".repeat(100), 5));
    attributes.insert(0, attribute("p\"k", 5, 5, &[("S", 5)]));
    attributes[4].classification = found("urn:li:(a,b)", "sensitive", "found", &["`<b>`\n"]).into();
    let mut table = table("we.ird-table_1", &[("p\"k", "S")]);
    "444455556666".clone_into(&mut table.account);
    table.arn = table.arn.replace("111122223333", "444455556666");
    table.time_to_live = Some(TimeToLive { enabled: true, attribute: Some("x -> y".to_owned()) });
    Table { attributes, items_read: 5, item_count: 5, ..table }
}

/// As deep as DynamoDB goes: 32 levels, maps and lists in turns.
fn deep() -> Table {
    let mut inner = attribute("level32", 9, 9, &[("S", 9)]);
    inner.profile = Some(profile(9, 0, 9));
    for level in (1..32).rev() {
        let holder = attribute(&format!("level{level}"), 9, 9, &[(if level % 3 == 0 { "L" } else { "M" }, 9)]);
        inner = if level % 3 == 0 {
            Attribute { element: Some(Box::new(Attribute { name: String::new(), ..inner })), ..holder }
        } else {
            Attribute { children: vec![inner], ..holder }
        };
    }
    Table {
        attributes: vec![attribute("id", 9, 9, &[("S", 9)]), inner],
        items_read: 9,
        item_count: 9,
        sample: json!("whole"),
        ..table("deep", &[("id", "S")])
    }
}
