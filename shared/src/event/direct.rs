//! Direct requests to load an object.

use serde_json::Value;

use super::{Error, given::Given};

/// The keys of a direct request.
const KEYS: [&str; 3] = ["sync", "object", "dry_run"];
/// A payload that would do.
const SAMPLE: &str = r#"{"sync": "orders", "object": "extracts/orders/a.csv", "dry_run": true}"#;

/// A request to load one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// The sync's name.
    pub sync: String,
    /// The object's key, as it is: nothing in it is decoded.
    pub object: String,
    /// Whether to stop before the first write.
    pub dry_run: bool,
}

/// Reads a direct request: `{"sync": "orders", "object": "extracts/orders/a.csv", "dry_run": true}`.
///
/// # Errors
///
/// All problems of the request at once.
pub fn direct(payload: &Value) -> Result<Direct, Error> {
    let mut given = Given::new(payload, &KEYS, SAMPLE)?;
    let sync = given.wanted("sync");
    given.check_sync(&sync);
    let (object, dry_run) = (given.wanted("object"), given.flag("dry_run"));
    given.finish(Direct { sync, object, dry_run })
}
