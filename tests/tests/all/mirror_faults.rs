//! What a mirror does where something came in between.

use rowferry_tests::world::{World, balanced};
use serde_json::{Value, json};

const FIELDS: &str = "fields: [{ attribute: id, column: id }, { attribute: n, column: n, type: N }]\n";

/// A world with a table and a mirror of it, by the rest of a definition.
fn world(more: &str) -> World {
    let world = World::new();
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    define(&world, &format!("{FIELDS}{more}"));
    world
}

fn define(world: &World, more: &str) {
    world.redefine(&format!("behavior: mirror\n{more}"));
}

async fn ask(world: &World, payload: Value) -> Value {
    let report = world.mirror(&payload).await.expect("the run succeeds");
    balanced(&report);
    report
}

/// Drops an extract and mirrors it.
async fn follow(world: &World, name: &str, text: &str) -> Value {
    world.drop(&format!("extracts/s/{name}"), text.to_owned());
    ask(world, json!({"sync": "s"})).await
}

#[tokio::test]
async fn mended_rows_do_not_let_pass_that_keys_are_made_otherwise() {
    let world = world("");
    follow(&world, "1.csv", "id,n\na,1\nb,2\n").await;
    define(&world, "fields: [{ attribute: id, template: \"p{id}\" }, { attribute: n, column: n, type: N }]\n");
    follow(&world, "rejects.csv", "id,n\nc,3\n").await;
    let report = follow(&world, "2.csv", "id,n\na,1\nb,2\n").await;
    assert_eq!(report["guards"][0]["guard"], "keys_remapped", "{report:#}");
    assert_eq!(report["items"], json!({"put": 2, "deleted": 0, "deletes_held": 3}));
}
