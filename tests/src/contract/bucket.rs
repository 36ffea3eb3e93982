//! What every bucket promises. Each function works under a prefix of its own.

#![expect(clippy::unwrap_used, reason = "a promise that is not kept ends its test")]
use std::ops::Range;

use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::bucket::{Bucket, Condition, Error, Object, Pin, collect};

/// A promise, by its name.
pub type Promise = (&'static str, fn(&dyn Bucket) -> BoxFuture<'_, ()>);

macro_rules! promises {
    ($($name:ident),* $(,)?) => {
        /// All promises.
        pub const PROMISES: &[Promise] = &[$((stringify!($name), |bucket| Box::pin($name(bucket)))),*];
    };
}

promises![
    gives_back_what_was_put,
    holds_an_empty_object,
    says_what_is_missing,
    reads_no_more_than_the_limit,
    reads_ranges_and_clamps_them,
    holds_keys_as_they_are,
    lists_a_prefix_in_the_order_of_its_keys,
    lists_more_than_a_page,
    creates_only_what_is_absent,
    replaces_only_what_was_seen,
    gives_the_pinned_version_or_says_that_it_changed,
    says_that_a_pinned_object_changed_whatever_the_range,
    looks_at_old_versions_where_it_keeps_them,
    uploads_make_the_object_appear_at_their_end,
    an_upload_that_is_dropped_leaves_nothing,
    an_upload_replaces_what_was_there,
    deletes_what_is_there_and_does_not_mind_what_is_not,
    a_listing_tells_when_an_object_was_written,
];

async fn put(bucket: &dyn Bucket, key: &str, bytes: impl Into<Bytes>) -> Object {
    bucket.put(key, bytes.into(), Condition::Always).await.expect("a put")
}

async fn get(bucket: &dyn Bucket, pin: &Pin, range: Option<Range<u64>>) -> Result<Bytes, Error> {
    collect(bucket.get(pin, range).await?).await
}

/// Bytes without a pattern that a mix-up of parts would keep.
fn noise(length: usize) -> Bytes {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes.into()
}

async fn gives_back_what_was_put(bucket: &dyn Bucket) {
    let put = put(bucket, "given/a", "hello").await;
    assert_eq!((put.key.as_str(), put.size_bytes), ("given/a", 5));
    assert!(!put.etag.is_empty() && !put.etag.contains('"'), "{}", put.etag);
    assert_eq!(bucket.head("given/a", None).await.unwrap(), put);
    assert_eq!(bucket.read("given/a", 5).await.unwrap(), (put.clone(), Bytes::from("hello")));
    let body = bucket.get(&put, None).await.unwrap();
    assert_eq!(body.object, put);
    assert_eq!(collect(body).await.unwrap(), "hello");
    let large = noise(3_000_000);
    let pin = self::put(bucket, "given/large", large.clone()).await;
    assert!(get(bucket, &pin, None).await.unwrap() == large, "a large object came back otherwise");
}

async fn holds_an_empty_object(bucket: &dyn Bucket) {
    let pin = put(bucket, "empty/a", "").await;
    assert_eq!(bucket.head("empty/a", None).await.unwrap().size_bytes, 0);
    assert_eq!(bucket.read("empty/a", 0).await.unwrap().1, "");
    assert_eq!(get(bucket, &pin, None).await.unwrap(), "");
    assert_eq!(get(bucket, &pin, Some(0..10)).await.unwrap(), "");
}

async fn says_what_is_missing(bucket: &dyn Bucket) {
    let missing = |error| matches!(error, Error::Missing { key } if key == "missing/a");
    assert!(missing(bucket.head("missing/a", None).await.unwrap_err()));
    assert!(missing(bucket.read("missing/a", 10).await.unwrap_err()));
    assert_eq!(bucket.list("missing/").await.unwrap(), []);
}

async fn reads_no_more_than_the_limit(bucket: &dyn Bucket) {
    put(bucket, "limit/a", "hello").await;
    let error = bucket.read("limit/a", 4).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { size_bytes: 5, limit_bytes: 4, .. }), "{error}");
}

async fn reads_ranges_and_clamps_them(bucket: &dyn Bucket) {
    let pin = put(bucket, "range/a", "0123456789").await;
    let check = async |range: Range<u64>, expected: &'static str| {
        assert_eq!(get(bucket, &pin, Some(range.clone())).await.unwrap(), expected, "{range:?}");
    };
    check(0..10, "0123456789").await;
    check(0..1, "0").await;
    check(3..7, "3456").await;
    check(9..10, "9").await;
    check(8..99, "89").await;
    check(4..4, "").await;
    check(10..12, "").await;
    check(50..60, "").await;
    check(0..u64::MAX, "0123456789").await;
}

async fn holds_keys_as_they_are(bucket: &dyn Bucket) {
    for name in ["a b+c%25é.csv", "dt=2018-05-04/_SUCCESS", "größe/日本.csv", "a&b?c#d;e=f", "~!@$*()',:"] {
        let key = format!("keys/{name}");
        let pin = put(bucket, &key, name).await;
        assert_eq!(bucket.head(&key, None).await.unwrap().key, key);
        assert_eq!(get(bucket, &pin, None).await.unwrap(), name);
        assert_eq!(bucket.list(&key).await.unwrap().remove(0).key, key);
    }
}

async fn lists_a_prefix_in_the_order_of_its_keys(bucket: &dyn Bucket) {
    for (name, text) in [("b", "22"), ("a/z", "1"), ("a0", ""), ("a b", "333"), ("Z", "4444")] {
        put(bucket, &format!("list/in/{name}"), text).await;
    }
    put(bucket, "list/int", "").await;
    put(bucket, "list/i", "").await;
    let listed = bucket.list("list/in/").await.unwrap();
    let found: Vec<_> = listed.iter().map(|object| (object.key.as_str(), object.size_bytes)).collect();
    let expected = [("list/in/Z", 4), ("list/in/a b", 3), ("list/in/a/z", 1), ("list/in/a0", 0), ("list/in/b", 2)];
    assert_eq!(found, expected);
}

/// A page is 50 objects for our own stand-in, 1,000 for S3.
async fn lists_more_than_a_page(bucket: &dyn Bucket) {
    let keys: Vec<String> = (0..120).map(|number| format!("pages/{number:03}")).collect();
    for key in &keys {
        put(bucket, key, "").await;
    }
    let listed = bucket.list("pages/").await.unwrap();
    assert_eq!(listed.into_iter().map(|listed| listed.object.key).collect::<Vec<_>>(), keys);
}

async fn creates_only_what_is_absent(bucket: &dyn Bucket) {
    let first = bucket.put("absent/a", "1".into(), Condition::Absent).await.unwrap();
    let error = bucket.put("absent/a", "2".into(), Condition::Absent).await.unwrap_err();
    assert!(matches!(error, Error::Precondition { .. }), "{error}");
    assert_eq!(bucket.read("absent/a", 9).await.unwrap(), (first, Bytes::from("1")));
}

async fn replaces_only_what_was_seen(bucket: &dyn Bucket) {
    let first = put(bucket, "seen/a", "1").await;
    let second = bucket.put("seen/a", "2".into(), Condition::Etag(&first.etag)).await.unwrap();
    assert_ne!(second.etag, first.etag);
    let error = bucket.put("seen/a", "3".into(), Condition::Etag(&first.etag)).await.unwrap_err();
    assert!(matches!(error, Error::Precondition { .. }), "{error}");
    let error = bucket.put("seen/none", "3".into(), Condition::Etag(&first.etag)).await.unwrap_err();
    assert!(matches!(error, Error::Precondition { .. }), "{error}");
    assert_eq!(bucket.read("seen/a", 9).await.unwrap().1, "2");
    assert!(bucket.list("seen/none").await.unwrap().is_empty());
}

async fn gives_the_pinned_version_or_says_that_it_changed(bucket: &dyn Bucket) {
    let pin = put(bucket, "pinned/a", "first").await;
    put(bucket, "pinned/a", "later").await;
    match get(bucket, &pin, None).await {
        Ok(bytes) => assert!(pin.version_id.is_some() && bytes == "first", "{bytes:?}"),
        Err(error) => assert!(pin.version_id.is_none() && matches!(error, Error::Changed { .. }), "{error}"),
    }
    let pin = Object { key: "pinned/gone".into(), ..pin };
    let error = get(bucket, &pin, None).await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
}

async fn says_that_a_pinned_object_changed_whatever_the_range(bucket: &dyn Bucket) {
    let pin = put(bucket, "changed/a", "0123456789").await;
    let pin = Object { version_id: None, ..pin };
    for text in ["abcdefghij", "short", "longer than it was before"] {
        put(bucket, "changed/a", text).await;
        for range in [None, Some(0..10), Some(0..1), Some(7..10)] {
            let error = get(bucket, &pin, range.clone()).await.unwrap_err();
            assert!(matches!(error, Error::Changed { .. }), "{text} {range:?}: {error}");
        }
    }
    let empty = put(bucket, "changed/empty", "").await;
    put(bucket, "changed/empty", "filled").await;
    let error = get(bucket, &Object { version_id: None, ..empty }, None).await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
}

async fn looks_at_old_versions_where_it_keeps_them(bucket: &dyn Bucket) {
    let first = put(bucket, "versions/a", "1").await;
    let second = put(bucket, "versions/a", "two").await;
    assert_eq!(bucket.head("versions/a", None).await.unwrap(), second);
    if let Some(version_id) = &first.version_id {
        assert_eq!(bucket.head("versions/a", Some(version_id)).await.unwrap(), first);
        assert_eq!(get(bucket, &first, None).await.unwrap(), "1");
    }
}

async fn uploads_make_the_object_appear_at_their_end(bucket: &dyn Bucket) {
    const PART: usize = 8 * 1024 * 1024;
    let cases: [&[usize]; 5] = [&[], &[0], &[5], &[PART], &[3, 2 * PART, 1]];
    for (number, lengths) in cases.into_iter().enumerate() {
        let key = format!("upload/{number}");
        let whole = noise(lengths.iter().sum());
        let mut upload = bucket.upload(&key).await.unwrap();
        let mut at = 0;
        for length in lengths {
            upload.push(whole.slice(at..at + length)).await.unwrap();
            at += length;
        }
        assert!(matches!(bucket.head(&key, None).await, Err(Error::Missing { .. })), "{lengths:?} is there too early");
        let object = upload.finish().await.unwrap();
        assert_eq!(bucket.head(&key, None).await.unwrap(), object, "{lengths:?}");
        assert_eq!(object.size_bytes, whole.len() as u64);
        assert!(get(bucket, &object, None).await.unwrap() == whole, "{lengths:?} came back otherwise");
    }
}

async fn an_upload_that_is_dropped_leaves_nothing(bucket: &dyn Bucket) {
    for length in [5, 9 * 1024 * 1024] {
        let mut upload = bucket.upload("dropped/a").await.unwrap();
        upload.push(noise(length)).await.unwrap();
        drop(upload);
        assert!(matches!(bucket.head("dropped/a", None).await, Err(Error::Missing { .. })));
    }
    assert!(bucket.list("dropped/").await.unwrap().is_empty());
}

async fn deletes_what_is_there_and_does_not_mind_what_is_not(bucket: &dyn Bucket) {
    put(bucket, "deleted/a", "1").await;
    put(bucket, "deleted/b", "2").await;
    for _ in 0..2 {
        bucket.delete("deleted/a").await.unwrap();
        assert!(matches!(bucket.head("deleted/a", None).await, Err(Error::Missing { .. })));
    }
    let left: Vec<String> =
        bucket.list("deleted/").await.unwrap().into_iter().map(|listed| listed.object.key).collect();
    assert_eq!(left, ["deleted/b"]);
    put(bucket, "deleted/a", "3").await;
    assert_eq!(bucket.read("deleted/a", 9).await.unwrap().1, "3");
}

async fn a_listing_tells_when_an_object_was_written(bucket: &dyn Bucket) {
    put(bucket, "written/a", "1").await;
    let first = bucket.list("written/").await.unwrap().remove(0).modified_ms;
    assert!(first > 1_700_000_000_000, "{first} is in milliseconds since 1970");
    put(bucket, "written/a", "2").await;
    assert!(bucket.list("written/").await.unwrap()[0].modified_ms >= first);
}

async fn an_upload_replaces_what_was_there(bucket: &dyn Bucket) {
    put(bucket, "replaced/a", "old").await;
    let mut upload = bucket.upload("replaced/a").await.unwrap();
    upload.push("new".into()).await.unwrap();
    assert_eq!(bucket.read("replaced/a", 9).await.unwrap().1, "old");
    upload.finish().await.unwrap();
    assert_eq!(bucket.read("replaced/a", 9).await.unwrap().1, "new");
}
