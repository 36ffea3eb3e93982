//! Events with their keys, and manifests.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rowferry::{
    definition::Parts,
    event::{self, Request},
    extract::parts::{self, Role},
    sync,
};
use serde_json::json;

/// Any bytes as a payload; and any text as a key, which must survive the encoding of notifications.
pub(super) fn event(data: &[u8]) {
    if let Ok(Request::Events(events)) = event::parse(data) {
        for event in &events.objects {
            classify(&event.key);
        }
    }
    if let Ok(payload) = serde_json::from_slice(data) {
        _ = event::decode_mirror(&payload);
    }
    let Ok(key) = str::from_utf8(data) else { return };
    decode(key);
    classify(key);
    let encoded = percent_encode(key.as_bytes(), NON_ALPHANUMERIC).to_string().replace("%20", "+");
    if !key.is_empty() {
        assert_eq!(decode(&encoded).as_deref(), Some(key), "{encoded}");
    }
}

/// The key of a notification's record.
fn decode(encoded: &str) -> Option<String> {
    let record = json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-01-31T12:00:00Z",
        "s3": {"bucket": {"name": "b"}, "object": {"key": encoded, "size": 1, "sequencer": "0A"}}});
    match event::decode(&json!({"Records": [record]})) {
        Ok(Request::Events(events)) => events.objects.into_iter().next().map(|event| event.key),
        Ok(Request::Direct(direct)) => panic!("{direct:?}"),
        Err(_) => None,
    }
}

/// What an object is by its name.
fn classify(key: &str) {
    if let Some(sync) = sync::of(key) {
        assert!(sync::is_name(sync) && key.starts_with(&format!("extracts/{sync}/")), "{key:?} {sync:?}");
    }
    for parts in [Parts::Single, Parts::Marker, Parts::Manifest] {
        let role = parts::role(key, parts);
        assert!(parts != Parts::Single || matches!(role, Role::Extract | Role::Nothing(_)), "{key:?} {role:?}");
    }
}

/// Any bytes as a manifest.
pub(super) fn manifest(data: &[u8]) {
    if let Ok(entries) = parts::entries(data, "data", "orders") {
        for (at, entry) in entries.iter().enumerate() {
            assert_eq!(sync::of(&entry.key), Some("orders"));
            assert!(entries.iter().skip(at + 1).all(|other| other.key != entry.key), "{entry:?}");
        }
    }
}
