use super::*;

macro_rules! sample {
    ($name:literal) => {
        parse(include_bytes!(concat!("../../../tests/events/", $name)))
    };
}

#[track_caller]
fn events_of(request: Result<Request, Error>) -> Events {
    match request {
        Ok(Request::Events(events)) => events,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn keys(request: Result<Request, Error>, expected: &[&str]) {
    let objects = events_of(request).objects;
    assert_eq!(objects.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), expected);
}

#[test]
fn reads_a_notification() {
    let events = events_of(sample!("notification.json"));
    let expected = ObjectEvent {
        bucket: "data-bucket".into(),
        key: "extracts/orders/a.csv".into(),
        version_id: Some("096fKKXTRTtl3on89fVO.nfljtsv6qko".into()),
        etag: Some("d41d8cd98f00b204e9800998ecf8427e".into()),
        size_bytes: Some(123),
        sequencer: Sequencer::new("0055AED6DCD90281E5"),
        time: Some("2024-05-04T10:20:30.123Z".parse().unwrap()),
    };
    assert_eq!(events, Events { objects: vec![expected], ignored: Vec::new() });
}

#[test]
fn reads_an_event_of_eventbridge() {
    let events = events_of(sample!("eventbridge-created.json"));
    let expected = ObjectEvent {
        bucket: "data-bucket".into(),
        key: "extracts/orders/a b+c%25é.csv".into(),
        version_id: Some("IYV3p45BT0ac8hjHg1houSdS1a.Mro8e".into()),
        etag: Some("b1946ac92492d2347c6235b4d2611184".into()),
        size_bytes: Some(5),
        sequencer: Sequencer::new("00617F08299329D189"),
        time: Some("2024-05-04T10:20:30Z".parse().unwrap()),
    };
    assert_eq!(events, Events { objects: vec![expected], ignored: Vec::new() });
}

#[test]
fn decodes_the_keys_of_notifications_only() {
    keys(sample!("form-encoded-key.json"), &["extracts/orders/a b+c%25é.csv"]);
    keys(sample!("hive-marker.json"), &["extracts/orders/dt=2018-05-04/_SUCCESS"]);
    keys(sample!("eventbridge-created.json"), &["extracts/orders/a b+c%25é.csv"]);
}

#[test]
fn reads_a_direct_request_as_it_is() {
    let object = "extracts/orders/a b+c%25é.csv".to_owned();
    let expected = Direct { sync: "orders".into(), object, dry_run: true };
    assert_eq!(sample!("direct.json"), Ok(Request::Direct(expected)));
}

#[test]
fn takes_every_record() {
    let request = sample!("several-records.json");
    keys(request.clone(), &["extracts/orders/a.csv", "extracts/customers/b.parquet"]);
    let ignored = events_of(request).ignored;
    assert_eq!(ignored.len(), 1);
    assert_eq!(ignored[0].key.as_deref(), Some("extracts/orders/old one.csv"));
}

#[test]
fn ignores_what_creates_no_object_and_says_why() {
    #[track_caller]
    fn check(request: Result<Request, Error>, event: &str, reason: &str) {
        let Events { objects, ignored } = events_of(request);
        assert_eq!(objects, []);
        assert_eq!((ignored[0].event.as_str(), ignored[0].reason), (event, reason));
        assert_eq!(ignored[0].bucket.as_deref(), Some("data-bucket"));
    }
    check(sample!("test-event.json"), "s3:TestEvent", "S3 sends it to test a notification");
    check(sample!("removed.json"), "ObjectRemoved:Delete", "no item is deleted because an object was");
    check(sample!("eventbridge-deleted.json"), "Object Deleted", "no item is deleted because an object was");
    check(sample!("restored.json"), "ObjectRestore:Completed", "only created objects are loaded");
}

#[test]
fn a_notification_without_records_asks_for_nothing() {
    assert_eq!(events_of(parse(br#"{"Records": []}"#)), Events::default());
}

#[test]
fn the_version_null_is_no_version() {
    let record = r#"{"Records": [{"eventSource": "aws:s3", "eventName": "s3:ObjectCreated:Put",
        "s3": {"bucket": {"name": "b"}, "object": {"key": "k", "versionId": "null", "eTag": "\"e\""}}}]}"#;
    let object = events_of(parse(record.as_bytes())).objects.remove(0);
    assert_eq!((object.version_id, object.etag.as_deref()), (None, Some("e")));
}

#[test]
fn names_what_is_wrong_with_a_payload() {
    #[track_caller]
    fn check(payload: &str, expected: &str) {
        let error = parse(payload.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.kind(), Kind::Request);
    }
    let record = |record: &str| format!(r#"{{"Records": [{record}]}}"#);
    let sample = r#"`{"sync": "orders", "object": "extracts/orders/a.csv", "dry_run": true}`"#;
    check("{", "the payload is no JSON: EOF while parsing an object at line 1 column 1");
    check("[]", &format!("the payload is a list; wanted an event of S3 or an object like {sample}"));
    check("null", &format!("the payload is null; wanted an event of S3 or an object like {sample}"));
    check(r#"{"object": "a"}"#, &format!("`sync` is missing; wanted an event of S3 or an object like {sample}"));
    check(r#"{"sync": "", "object": "a"}"#, "`sync` is empty");
    check(
        r#"{"sync": 7, "object": "a", "dry_run": "yes"}"#,
        "`sync` is a number; wanted text; `dry_run` is text; wanted true or false",
    );
    check(r#"{"sync": "s", "object": "a", "dryRun": true}"#, "unknown key `dryRun`; did you mean `dry_run`?");
    check(r#"{"sync": "s", "object": "a", "Object": "b"}"#, "unknown key `Object`; did you mean `object`?");
    check(
        r#"{"sync": "s", "object": "a", "verify": true}"#,
        "unknown key `verify`; there are `sync`, `object`, `dry_run`",
    );
    check(r#"{"Records": 1}"#, "record 1 of the notification: `Records` is no list");
    check(
        &record(r#"{"eventSource": "aws:sqs"}"#),
        "record 1 of the notification: it comes from `aws:sqs`; wanted `aws:s3`",
    );
    check(&record(r#"{"eventSource": "aws:s3"}"#), "record 1 of the notification: `eventName` is missing");
    let created =
        |s3: &str| record(&format!(r#"{{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {s3}}}"#));
    check(&created(r#"{"object": {"key": "k"}}"#), "record 1 of the notification: `s3.bucket.name` is missing");
    check(&created(r#"{"bucket": {"name": "b"}}"#), "record 1 of the notification: `s3.object.key` is missing");
    let latin = created(r#"{"bucket": {"name": "b"}, "object": {"key": "%E9"}}"#);
    check(&latin, "record 1 of the notification: the key `%E9` is no UTF-8 when decoded");
}

#[track_caller]
fn mirrored(payload: &str, expected: &Mirror) {
    let payload = serde_json::from_str(payload).unwrap();
    assert_eq!(decode_mirror(&payload), Ok(Request::Direct(expected.clone())), "{payload}");
}

#[test]
fn reads_a_request_to_mirror() {
    let orders = Mirror { sync: Some("orders".into()), ..Mirror::default() };
    let id = Some("20260528T202640123Z-7c0f3a91".to_owned());
    mirrored(r#"{"sync": "orders"}"#, &orders);
    mirrored(
        include_str!("../../../tests/events/mirror.json"),
        &Mirror { dry_run: true, verify: true, ..orders.clone() },
    );
    mirrored(include_str!("../../../tests/events/approve.json"), &Mirror { approve: id.clone(), ..orders.clone() });
    mirrored(
        r#"{"sync": "orders", "undo": "20260528T202640123Z-7c0f3a91", "dry_run": false, "verify": false}"#,
        &Mirror { undo: id, ..orders },
    );
    mirrored(r#"{"dry_run": true}"#, &Mirror { dry_run: true, ..Mirror::default() });
}

#[test]
fn a_schedule_without_input_asks_for_every_mirror() {
    mirrored("{}", &Mirror::default());
    mirrored(include_str!("../../../tests/events/scheduled.json"), &Mirror::default());
}

#[test]
fn a_mirror_takes_the_events_of_objects_too() {
    for sample in [
        include_str!("../../../tests/events/notification.json"),
        include_str!("../../../tests/events/hive-marker.json"),
    ] {
        let payload = serde_json::from_str(sample).unwrap();
        let Ok(Request::Events(events)) = decode_mirror(&payload) else { panic!("{sample}") };
        assert_eq!(decode(&payload), Ok(Request::Events(events)));
    }
}

#[test]
fn names_what_is_wrong_with_a_request_to_mirror() {
    #[track_caller]
    fn check(payload: &str, expected: &str) {
        let error = decode_mirror(&serde_json::from_str(payload).unwrap()).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.kind()), (expected, Kind::Request));
    }
    let sample = r#"`{"sync": "orders", "dry_run": true}`"#;
    check("[]", &format!("the payload is a list; wanted an event of S3 or an object like {sample}"));
    check(r#"{"sync": ""}"#, "`sync` is empty");
    check(
        r#"{"sync": "../s", "verify": 1}"#,
        "`sync` is no name of a sync; wanted letters, digits, `_`, `-` and `.`, no mark first; `verify` is a number; wanted true or false",
    );
    check(r#"{"sync": "s", "aprove": "r"}"#, "unknown key `aprove`; did you mean `approve`?");
    check(
        r#"{"sync": "s", "object": "a"}"#,
        "unknown key `object`; there are `sync`, `dry_run`, `verify`, `approve`, `undo`",
    );
    check(r#"{"approve": "r"}"#, "`approve` wants `sync`, the sync whose run it names");
    check(r#"{"undo": "r"}"#, "`undo` wants `sync`, the sync whose run it names");
    check(r#"{"sync": "s", "undo": "../r"}"#, "`undo` is no run id; wanted one like `20260528T202640123Z-7c0f3a91`");
    let contradict =
        |one: &str, other: &str| format!("`{one}` and `{other}` contradict each other; ask for one of them");
    check(r#"{"sync": "s", "approve": "r", "undo": "r"}"#, &contradict("approve", "undo"));
    check(r#"{"sync": "s", "approve": "r", "verify": true}"#, &contradict("approve", "verify"));
    check(r#"{"sync": "s", "approve": "r", "dry_run": true}"#, &contradict("approve", "dry_run"));
    check(r#"{"sync": "s", "undo": "r", "verify": true}"#, &contradict("undo", "verify"));
    check(r#"{"sync": "s", "undo": "r", "dry_run": true}"#, &contradict("undo", "dry_run"));
}

#[test]
fn orders_sequencers_as_if_padded_with_zeros() {
    #[track_caller]
    fn check(left: &str, right: &str, expected: std::cmp::Ordering) {
        let (left, right) = (Sequencer::new(left).unwrap(), Sequencer::new(right).unwrap());
        assert_eq!(left.cmp(&right), expected);
        assert_eq!(right.cmp(&left), expected.reverse());
    }
    use std::cmp::Ordering::{Equal, Less};
    check("0055AED6DCD90281E5", "0055AED6DCD90281E6", Less);
    check("0055aed6dcd90281e5", "0055AED6DCD90281E5", Equal);
    check("0055", "00550000", Equal);
    check("0055", "005500001", Less);
    check("02", "1", Less);
    check("00", "0", Equal);
    check("9", "a", Less);
}

proptest::proptest! {
    #[test]
    fn sequencers_compare_like_padded_text(left in "[0-9A-Fa-f]{1,20}", right in "[0-9A-Fa-f]{1,20}") {
        let padded = |text: &str| format!("{:0<20}", text.to_ascii_uppercase());
        let ordered = Sequencer::new(&left).cmp(&Sequencer::new(&right));
        proptest::prop_assert_eq!(ordered, padded(&left).cmp(&padded(&right)));
    }

    #[test]
    fn no_payload_makes_it_panic(payload in ".{0,200}") {
        let _ = parse(payload.as_bytes());
    }

    #[test]
    fn every_key_survives_form_encoding(key in "[^\u{0}]{1,40}") {
        let encoded: String = key.bytes().map(|byte| match byte {
            b' ' => "+".to_owned(),
            b'/' => "/".to_owned(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        }).collect();
        let payload = serde_json::json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "b"}, "object": {"key": encoded}}}]});
        keys(decode(&payload), &[key.as_str()]);
    }
}
