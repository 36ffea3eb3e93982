//! What is fuzzed: each target takes any bytes, and panics where a promise is broken.
//!
//! The tests of the workspace run the same functions over the inputs in `seeds/`.

use rowferry::{definition, mapping::Mapping, table::Table};
use serde_json::json;

#[path = "targets/action.rs"]
mod action;
#[path = "targets/catalog.rs"]
mod catalog;
#[path = "targets/cell.rs"]
mod cell;
#[path = "targets/event.rs"]
mod event;
#[path = "targets/kept.rs"]
mod kept;
#[path = "targets/parquet.rs"]
mod parquet;
#[path = "targets/text.rs"]
mod text;
#[path = "targets/words.rs"]
mod words;

/// A target and its name.
type Target = (&'static str, fn(&[u8]));

/// The targets by their names, which are those of the folders in `seeds/`.
pub(super) const TARGETS: [Target; 15] = [
    ("text", text::text),
    ("compressed", text::compressed),
    ("cell", cell::cell),
    ("definition", words::definition),
    ("event", event::event),
    ("manifest", event::manifest),
    ("footer", parquet::footer),
    ("parquet", parquet::parquet),
    ("snapshot", kept::snapshot),
    ("image", kept::image),
    ("action", action::action),
    ("scan", catalog::scan),
    ("profile", catalog::profile),
    ("coverage", catalog::coverage),
    ("decisions", catalog::decisions),
];

/// A table with a text key `id`.
fn table() -> Table {
    let description = json!({"Table": {"TableStatus": "ACTIVE", "TableArn": "arn",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}});
    Table::read("items", &description).unwrap()
}

/// A mapping that has these keys beside the destination.
fn mapping(keys: &str) -> Mapping {
    let text = format!("destination: {{ table: items }}\nwrite: replace\n{keys}");
    let definition = definition::parse("fuzz", &text).unwrap();
    Mapping::new(&definition, &table()).unwrap()
}
