//! The contract of a bucket on every backend, and what only S3 shows: broken connections and refusals.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use rowferry::{
    bucket::{Bucket, Condition, Error, Object, collect, memory::Memory},
    error::Kind,
};
use rowferry_tests::{
    contract::bucket::PROMISES,
    s3::{Fault, Server, StandIn},
};

async fn keeps_its_promises(bucket: &dyn Bucket) {
    for (name, promise) in PROMISES {
        eprintln!("{name}");
        promise(bucket).await;
    }
}

#[tokio::test]
async fn memory_keeps_its_promises() {
    keeps_its_promises(&Memory::new("data")).await;
}

#[tokio::test]
async fn memory_with_versions_keeps_its_promises() {
    keeps_its_promises(&Memory::versioned("data")).await;
}

#[tokio::test]
async fn s3_without_versions_keeps_its_promises() {
    let server = Server::start(StandIn::new(Memory::new("data"))).await;
    keeps_its_promises(&server.bucket("data")).await;
}

#[tokio::test]
async fn s3_with_versions_keeps_its_promises() {
    let server = Server::start(StandIn::new(Memory::versioned("data"))).await;
    keeps_its_promises(&server.bucket("data")).await;
}

/// s3s-fs ignores `If-Match` on reads and lists no entity tags.
#[tokio::test]
async fn s3_on_files_keeps_its_promises() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let server = Server::start(s3s_fs::FileSystem::new(folder.path()).unwrap()).await;
    keeps_its_promises(&server.bucket("data")).await;
}

const LENGTH: usize = 1_000_000;

/// A server with one object, and its pin.
async fn holding(memory: &Memory) -> (Server, Bytes, Object) {
    let bytes: Bytes = (0..=250).cycle().take(LENGTH).collect::<Vec<u8>>().into();
    let pin = memory.insert("a", bytes.clone());
    (Server::start(StandIn::new(memory.clone())).await, bytes, pin)
}

fn gets(server: &Server) -> usize {
    server.asked().iter().filter(|asked| asked.starts_with("GET")).count()
}

#[tokio::test]
async fn a_read_that_breaks_off_is_taken_up_where_it_stopped() {
    let (server, bytes, pin) = holding(&Memory::versioned("data")).await;
    let bucket = server.bucket("data");
    for range in [None, Some(1_000..900_000)] {
        let left = AtomicUsize::new(3);
        server.faults(move |_| {
            let cut = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
            if cut { Fault::Cut(70_000) } else { Fault::None }
        });
        let before = gets(&server);
        let read = collect(bucket.get(&pin, range.clone()).await.unwrap()).await.unwrap();
        let expected =
            range.map_or(0..LENGTH, |range| usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap());
        assert!(read == bytes.slice(expected), "the bytes are others");
        assert_eq!(gets(&server) - before, 4);
    }
}

#[tokio::test]
async fn a_store_that_ignores_ranges_is_read_all_the_same() {
    let memory = Memory::new("data");
    let (_, bytes, pin) = holding(&memory).await;
    let server = Server::start(StandIn::new(memory).without_ranges()).await;
    let bucket = server.bucket("data");
    let left = AtomicUsize::new(2);
    server.faults(move |_| {
        let cut = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if cut { Fault::Cut(400_000) } else { Fault::None }
    });
    let read = collect(bucket.get(&pin, Some(300_000..700_000)).await.unwrap()).await.unwrap();
    assert!(read == bytes.slice(300_000..700_000), "the bytes are others");
}

#[tokio::test]
async fn an_answer_of_another_range_is_not_taken() {
    let memory = Memory::new("data");
    let (_, _, pin) = holding(&memory).await;
    let server = Server::start(StandIn::new(memory).with_other_ranges()).await;
    let error = server.bucket("data").get(&pin, Some(300_000..700_000)).await.err().unwrap();
    assert_eq!(error.kind(), Kind::Service);
    let text = rowferry::error::Error::from(error).text();
    let expected = "the answer is of `bytes 299999-699998/1000000`, bytes 300000 to 699999 were asked for";
    assert!(text.contains(expected), "{text}");
}

#[tokio::test]
async fn a_read_in_memory_is_taken_up_too() {
    let (server, bytes, pin) = holding(&Memory::new("data")).await;
    let cut = AtomicUsize::new(0);
    server.faults(move |_| if cut.fetch_add(1, Ordering::Relaxed) == 0 { Fault::Cut(10) } else { Fault::None });
    assert_eq!(server.bucket("data").read("a", 1_000_000).await.unwrap(), (pin, bytes));
}

#[tokio::test]
async fn a_read_is_taken_up_a_bounded_number_of_times() {
    let (server, _, pin) = holding(&Memory::new("data")).await;
    server.faults(|_| Fault::Cut(0));
    let error = collect(server.bucket("data").get(&pin, None).await.unwrap()).await.unwrap_err();
    let text = rowferry::error::Error::from(error).text();
    let expected = "the connection broke off at byte 0 of 1000000; it was taken up again 8 times";
    assert!(text.contains(expected), "{text}");
    assert_eq!(gets(&server), 9);
}

#[tokio::test]
async fn a_read_never_goes_on_with_another_version() {
    let memory = Memory::new("data");
    let (server, _, pin) = holding(&memory).await;
    let mut first = true;
    server.faults(move |_| {
        if std::mem::take(&mut first) {
            return Fault::Cut(500_000);
        }
        memory.insert("a", vec![0; LENGTH]);
        Fault::None
    });
    let error = collect(server.bucket("data").get(&pin, None).await.unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    let (server, _, pin) = holding(&Memory::new("data")).await;
    let mut first = true;
    server.faults(move |_| {
        if std::mem::take(&mut first) { Fault::Refused(503, "SlowDown", "reduce your rate") } else { Fault::None }
    });
    assert_eq!(server.bucket("data").head("a", None).await.unwrap(), pin);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_refusal_is_named_by_its_meaning_and_not_tried_again() {
    let (server, _, pin) = holding(&Memory::new("data")).await;
    let bucket = server.bucket("data");
    let check = async |fault: Fault, kind: Kind, expected: &str| {
        let before = server.asked().len();
        server.faults(move |_| fault.clone());
        let error = bucket.get(&pin, None).await.err().unwrap();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, expected));
        assert_eq!(server.asked().len(), before + 1);
    };
    check(
        Fault::Refused(403, "AccessDenied", "Access Denied"),
        Kind::Config,
        "access to `a` in the data bucket was denied (AccessDenied); allow the function `s3:GetObject`, and check the \
         bucket's policy",
    )
    .await;
    check(
        Fault::Refused(403, "AccessDenied", "User: x is not authorized to perform: kms:Decrypt on resource: y"),
        Kind::Config,
        "object `a` is encrypted with a KMS key that may not be used (AccessDenied); allow the function `kms:Decrypt` \
         and `kms:GenerateDataKey` on that key",
    )
    .await;
    check(
        Fault::Refused(400, "KMS.DisabledException", "the key is disabled"),
        Kind::Config,
        "object `a` is encrypted with a KMS key that may not be used (KMS.DisabledException); allow the function \
         `kms:Decrypt` and `kms:GenerateDataKey` on that key",
    )
    .await;
    check(
        Fault::Refused(403, "InvalidObjectState", "The operation is not valid for the object's storage class"),
        Kind::Extract,
        "object `a` is archived (an archive storage class); restore it first",
    )
    .await;
    check(
        Fault::Refused(412, "PreconditionFailed", ""),
        Kind::Extract,
        "object `a` was overwritten or deleted while it was read; its new version is loaded by its own event",
    )
    .await;
    check(
        Fault::Refused(404, "NoSuchVersion", ""),
        Kind::Extract,
        "object `a` was overwritten or deleted while it was read; its new version is loaded by its own event",
    )
    .await;
    check(
        Fault::Refused(404, "NoSuchBucket", ""),
        Kind::Config,
        "there is no bucket `data`; set DATA_BUCKET to the name of the data bucket",
    )
    .await;
    check(
        Fault::Refused(400, "InvalidArgument", "no such thing"),
        Kind::Config,
        "S3 refused `s3:GetObject` of `a` (InvalidArgument): no such thing",
    )
    .await;
}

#[tokio::test]
async fn a_head_that_is_denied_has_no_code_but_a_meaning() {
    let (server, ..) = holding(&Memory::new("data")).await;
    server.faults(|_| Fault::Refused(403, "", ""));
    let error = server.bucket("data").head("a", None).await.unwrap_err();
    assert!(matches!(&error, Error::Denied { code, .. } if code == "403"), "{error}");
}

#[tokio::test]
async fn a_write_that_raced_with_another_says_so() {
    let (server, ..) = holding(&Memory::new("data")).await;
    server.faults(|_| Fault::Refused(409, "ConditionalRequestConflict", "a conflicting operation occurred"));
    let error = server.bucket("data").put("a", "1".into(), Condition::Absent).await.unwrap_err();
    assert!(matches!(error, Error::Precondition { .. }), "{error}");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_finds_itself() {
    let (server, ..) = holding(&Memory::new("data")).await;
    let mut first = true;
    server.faults(
        move |_| {
            if std::mem::take(&mut first) { Fault::RefusedAfter(500, "InternalError") } else { Fault::None }
        },
    );
    let bucket = server.bucket("data");
    let error = bucket.put("b", "1".into(), Condition::Absent).await.unwrap_err();
    assert!(matches!(error, Error::Precondition { .. }), "{error}");
    assert_eq!(bucket.read("b", 1).await.unwrap().1, "1");
}

/// Waits until the server was asked for something.
async fn asked_for(server: &Server, wanted: &str) -> bool {
    for _ in 0..1_000 {
        if server.asked().iter().any(|asked| asked.starts_with(wanted)) {
            return true;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    false
}

#[tokio::test]
async fn an_upload_that_is_dropped_or_fails_is_aborted() {
    let (server, ..) = holding(&Memory::new("data")).await;
    let bucket = server.bucket("data");
    let part = Bytes::from(vec![7; 8 * 1024 * 1024]);
    let mut dropped = bucket.upload("dropped").await.unwrap();
    dropped.push(part.clone()).await.unwrap();
    drop(dropped);
    assert!(asked_for(&server, "DELETE /data/dropped?").await);
    let mut failed = bucket.upload("failed").await.unwrap();
    failed.push(part.clone()).await.unwrap();
    server.faults(|parts| match parts.uri.query() {
        Some(query) if query.contains("partNumber=2") => Fault::Refused(403, "AccessDenied", "no"),
        _ => Fault::None,
    });
    assert!(matches!(failed.push(part).await, Err(Error::Denied { .. })));
    assert!(matches!(failed.finish().await, Err(Error::Service { .. })), "an object with a hole");
    assert!(asked_for(&server, "DELETE /data/failed?").await);
    assert_eq!(bucket.list("").await.unwrap().len(), 1);
}
