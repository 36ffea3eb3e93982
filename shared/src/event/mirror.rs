//! Requests to mirror: direct ones, and those of a schedule.

use serde_json::Value;

use super::{Error, given::Given};

/// The keys of a request.
const KEYS: [&str; 5] = ["sync", "dry_run", "verify", "approve", "undo"];
/// A payload that would do.
const SAMPLE: &str = r#"{"sync": "orders", "dry_run": true}"#;

/// A request to mirror; the default asks for every sync that mirrors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mirror {
    /// The sync's name; every sync that mirrors where there is none.
    pub sync: Option<String>,
    /// Whether to stop before the first write.
    pub dry_run: bool,
    /// Whether to compare with the table itself.
    pub verify: bool,
    /// The run whose held deletes are approved.
    pub approve: Option<String>,
    /// The run that is to be undone.
    pub undo: Option<String>,
}

/// Reads a request: `{"sync": "orders", "dry_run": true, "verify": true}`, or `approve` or `undo` with a run's id beside
/// `sync`, and nothing else then.
///
/// `{}` and what EventBridge sends where a schedule has no input of its own ask for every sync that mirrors
/// (<https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html>).
///
/// # Errors
///
/// All problems of the request at once.
pub fn mirror(payload: &Value) -> Result<Mirror, Error> {
    if payload.get("detail-type").and_then(Value::as_str) == Some("Scheduled Event") {
        return Ok(Mirror::default());
    }
    let mut given = Given::new(payload, &KEYS, SAMPLE)?;
    let sync = given.text("sync");
    given.check_sync(sync.as_deref().unwrap_or_default());
    let (dry_run, verify) = (given.flag("dry_run"), given.flag("verify"));
    let (approve, undo) = (run_id(&mut given, "approve"), run_id(&mut given, "undo"));
    for key in ["approve", "undo"].into_iter().filter(|key| payload.get(*key).is_some()) {
        if !given.has("sync") {
            given.problem(format!("`{key}` wants `sync`, the sync whose run it names"));
        }
        for (other, is_asked) in [("undo", given.has("undo")), ("verify", verify), ("dry_run", dry_run)] {
            if is_asked && other != key {
                given.problem(format!("`{key}` and `{other}` contradict each other; ask for one of them"));
            }
        }
    }
    given.finish(Mirror { sync, dry_run, verify, approve, undo })
}

/// The id of a run, which becomes a part of keys of objects.
fn run_id(given: &mut Given<'_>, key: &str) -> Option<String> {
    let id = given.text(key)?;
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        given.problem(format!("`{key}` is no run id; wanted one like `20260528T202640123Z-7c0f3a91`"));
    }
    Some(id)
}
