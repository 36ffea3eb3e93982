//! Payloads of actions.

use rowferry::action::{
    Format, Request, Task,
    page::{Found, Next},
    plain::from_item,
};
use serde_json::Value;

/// Any bytes as a payload, and as an answer of DynamoDB's to it.
pub(super) fn action(data: &[u8]) {
    let Ok(payload) = serde_json::from_slice::<Value>(data) else { return };
    for format in [Format::Plain, Format::Typed] {
        _ = from_item(payload.clone(), format);
    }
    let request = match Request::read(&payload) {
        Ok(request) => request,
        Err(problems) => {
            assert!(!problems.is_empty() && problems.iter().all(|problem| !problem.is_empty()), "{problems:?}");
            return;
        }
    };
    assert!(request.body.get("TableName").is_none_or(|table| !table.is_null()));
    if let Task::Pages(pages) = &request.task {
        let mut found = Found::new(request.action, request.format, &request.body, pages);
        // A page that is asked for again becomes smaller; the service would give the same one no more than once.
        if found.take(payload) == Next::Answer {
            assert!(found.answer().is_object());
        }
    }
}
