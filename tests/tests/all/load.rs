//! load-extract by event JSON: items, rejects and report out.

use rowferry_tests::world::World;
use serde_json::json;

const ORDERS: &str = r#"
destination: { table: orders }
behavior: update_or_create
fields:
  - { attribute: pk,     template: "CUST#{customer_id}" }
  - { attribute: sk,     column: order_id }
  - { attribute: total,  column: total, type: N }
  - { attribute: origin, value: "warehouse" }
"#;

fn world() -> World {
    let world = World::new();
    world.create_table("orders", &[("pk", "S", "HASH"), ("sk", "S", "RANGE")], &json!({}));
    world.define("orders", ORDERS);
    world
}

#[tokio::test]
async fn loads_an_extract_and_hands_back_its_bad_rows() {
    let world = world();
    let report = world
        .load("extracts/orders/a.csv", "customer_id,order_id,total\n1,o1,10.50\n2,o2,oops\n,o3,1\n1,o1,007\n")
        .await;
    println!("{report:#}");
    for item in world.items("orders") {
        println!("{item}");
    }
    for key in world.bucket.keys() {
        println!("{key}");
    }
}
