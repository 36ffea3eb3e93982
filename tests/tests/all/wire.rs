//! The functions' own client over real TCP, and what a network and a service do to it: no row is lost or counted twice.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, future},
};
use futures::StreamExt;
use rowferry::{
    bucket::memory::Memory,
    connect::Aws,
    dynamodb::{Http, Target},
    error::Kind,
    job::Job,
    time::{Clock, Deadline},
};
use rowferry_tests::{
    embedded::Embedded,
    fault::is_write,
    s3::{self, Server, StandIn},
    wire::{self, Fault, PAGE, REASONS, Wire, refusal, throttling},
    world::{BUCKET, World, sorted},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const MODES: [&str; 5] =
    ["write: replace", "write: merge", "write: create_only", "write: replace\nversion: v", "write: merge\nversion: v"];

/// How many runs go side by side, each with a server of its own.
const SIDE_BY_SIDE: usize = 16;

const ROWS: usize = 60;

fn prepare(world: &World, mode: &str) {
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    let fields = "fields:
  - { attribute: id, column: id }
  - { attribute: v, column: v, type: N }
  - { attribute: a, column: a }";
    world.redefine(&format!("{mode}\n{fields}"));
}

async fn wired(mode: &str) -> (World, Wire) {
    let dynamodb = Embedded::new();
    let wire = Wire::start(dynamodb.clone(), |_, _| Fault::None).await;
    let world = World::with(dynamodb, wire.http());
    prepare(&world, mode);
    (world, wire)
}

fn rows() -> String {
    let rows = (0..ROWS).map(|row| format!("k{row},1,a{row}\n"));
    format!("id,v,a\n{}", rows.collect::<String>())
}

fn items() -> Vec<Value> {
    let item = |row| json!({"id": {"S": format!("k{row}")}, "v": {"N": "1"}, "a": {"S": format!("a{row}")}});
    sorted((0..ROWS).map(item).collect())
}

fn counts(report: &Value) -> [u64; 5] {
    ["read", "written", "unchanged", "superseded", "rejected"].map(|name| report["rows"][name].as_u64().unwrap())
}

/// The reasons for throttling of reads or of writes.
fn reasons(of: &'static str) -> impl Iterator<Item = &'static str> {
    REASONS.into_iter().filter(move |reason| reason.contains(of))
}

/// Throttling for every reason of writes.
fn throttled() -> Vec<Fault> {
    let refused = |reason| Fault::Answered(400, throttling("ProvisionedThroughputExceededException", reason));
    reasons("Write").map(refused).collect()
}

fn failing() -> Vec<Fault> {
    vec![
        Fault::Answered(500, refusal("InternalServerError")),
        Fault::Answered(503, PAGE.to_owned()),
        Fault::Answered(503, refusal("ServiceUnavailable")),
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::ResetWithin,
        Fault::Short,
        Fault::Half,
        Fault::AnsweredAfter(500, refusal("InternalServerError")),
        Fault::AnsweredAfter(502, PAGE.to_owned()),
        Fault::Bytes(Vec::new()),
        Fault::Bytes(b"HTTP/1.1 200 OK\r\ncontent-len".to_vec()),
    ]
}

async fn passes(mode: &str, fault: &Fault, times: usize) {
    let (world, wire) = wired(mode).await;
    let mut faults: VecDeque<Fault> = vec![fault.clone(); times].into();
    wire.faults(
        move |operation, body| {
            if is_write(operation, body) { faults.pop_front().unwrap_or(Fault::None) } else { Fault::None }
        },
    );
    let report = world.load("extracts/s/a.csv", rows()).await;
    assert_eq!(world.items("items"), items(), "{mode} {fault:?}");
    assert_eq!(counts(&report), [ROWS as u64, ROWS as u64, 0, 0, 0], "{mode} {fault:?} {report:#}");
    assert_eq!(report["items"]["put"], ROWS);
}

/// The faults in every mode, each of them several times.
async fn all_pass(faults: &[Fault]) {
    let cases = MODES.into_iter().flat_map(|mode| faults.iter().map(move |fault| (mode, fault)));
    futures::stream::iter(cases).for_each_concurrent(SIDE_BY_SIDE, |(mode, fault)| passes(mode, fault, 3)).await;
}

#[tokio::test]
async fn throttling_that_passes_leaves_table_and_counts_as_without_it() {
    all_pass(&throttled()).await;
}

#[tokio::test]
async fn failures_and_lost_answers_that_pass_leave_table_and_counts_as_without_them() {
    all_pass(&failing()).await;
}

#[tokio::test]
async fn answers_that_are_slow_or_partial_leave_table_and_counts_as_without_it() {
    let faults = [
        Fault::Unprocessed(7),
        Fault::Unprocessed(24),
        Fault::Slow(50),
        Fault::SlowAfter(50),
        Fault::Halting(50),
        Fault::Closing,
        Fault::Answered(400, refusal("ExpiredTokenException")),
    ];
    all_pass(&faults).await;
}

#[tokio::test]
async fn each_reason_for_throttling_is_counted_by_its_name() {
    let names = [
        "table",
        "index:by_a",
        "hot_key",
        "hot_key:by_a",
        "on_demand_maximum",
        "on_demand_maximum:by_a",
        "account",
        "account:by_a",
    ];
    let exceptions = ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"];
    let cases =
        reasons("Write").zip(names).flat_map(|(reason, name)| exceptions.map(|exception| (reason, name, exception)));
    futures::stream::iter(cases)
        .for_each_concurrent(SIDE_BY_SIDE, |(reason, name, exception)| async move {
            let (world, wire) = wired("write: replace").await;
            let mut left = 2;
            wire.faults(move |operation, body| {
                let wrong = is_write(operation, body) && left > 0;
                left -= u32::from(wrong);
                if wrong { Fault::Answered(400, throttling(exception, reason)) } else { Fault::None }
            });
            let report = world.load("extracts/s/a.csv", rows()).await;
            assert_eq!(report["capacity"]["throttled_by"], json!({name: 2}), "{exception} {reason}");
            assert_eq!(report["capacity"]["throttled_requests"], 2);
        })
        .await;
}

#[tokio::test]
async fn reads_of_a_dry_run_bear_throttling_and_failures() {
    let throttled = reasons("Read").map(|reason| Fault::Answered(400, throttling("ThrottlingException", reason)));
    let faults: Vec<Fault> = throttled.chain(failing()).chain([Fault::Unprocessed(7), Fault::Closing]).collect();
    futures::stream::iter(faults)
        .for_each_concurrent(SIDE_BY_SIDE, |fault| async move {
            let (world, wire) = wired("write: create_only").await;
            world.put("items", &json!({"id": {"S": "k3"}}));
            let mut faults: VecDeque<Fault> = vec![fault.clone(); 3].into();
            wire.faults(move |operation, _| {
                if operation == "BatchGetItem" { faults.pop_front().unwrap_or(Fault::None) } else { Fault::None }
            });
            world.drop("extracts/s/a.csv", rows());
            let report = world.direct("s", "extracts/s/a.csv", true).await;
            assert_eq!(report["status"], "planned");
            assert_eq!(counts(&report), [60, 59, 1, 0, 0], "{fault:?} {report:#}");
            assert_eq!(world.items("items").len(), 1, "a dry run writes nothing");
        })
        .await;
}

#[tokio::test]
async fn the_ledger_bears_what_the_table_bears() {
    futures::stream::iter(failing().into_iter().chain(throttled()).chain([Fault::Closing]))
        .for_each_concurrent(SIDE_BY_SIDE, |fault| async move {
            let (world, wire) = wired("write: replace").await;
            let (wrong, mut requests) = (fault.clone(), 0);
            wire.faults(move |_, body| {
                let ledger = rowferry_tests::fault::contains(body, r#""TableName":"runs""#);
                requests += u32::from(ledger);
                // Every other request to the ledger: its reads, claim, release and history.
                if ledger && requests % 2 == 1 { wrong.clone() } else { Fault::None }
            });
            let event = world.drop("extracts/s/a.csv", rows());
            let mut answer = world.invoke(&event).await.unwrap();
            assert_eq!(counts(&answer["runs"][0].take()), [60, 60, 0, 0, 0], "{fault:?}");
            wire.faults(|_, _| Fault::None);
            let answer = world.invoke(&event).await.unwrap();
            assert_eq!(answer["runs"][0]["status"], "skipped", "{fault:?}");
        })
        .await;
}

#[tokio::test]
async fn connections_may_be_reset_unread_or_closed_after_each_answer() {
    futures::stream::iter(MODES)
        .for_each_concurrent(SIDE_BY_SIDE, |mode| async move {
            let (world, wire) = wired(mode).await;
            wire.faults(|_, _| Fault::Closing);
            wire.reset_unread(5);
            let report = world.load("extracts/s/a.csv", rows()).await;
            assert_eq!(counts(&report), [60, 60, 0, 0, 0], "{mode}");
            assert_eq!(world.items("items"), items());
            assert!(wire.connections() >= wire.requests().len() + 5, "each request has a connection of its own");
        })
        .await;
}

/// Longer than any run here has; faults of these tests last longer still, or for ever.
const TOO_LONG: Duration = Duration::from_secs(50);

/// Runs with little time while something never passes; answers with the error's kind and text and the report.
///
/// Time is the machine's own here. That a run ends before its time to the millisecond is what `faults` proves.
async fn ends(world: &World, time: Duration) -> (Kind, String, Value) {
    let event = world.drop("extracts/s/a.csv", rows());
    let ended = tokio::time::timeout(TOO_LONG, world.load.handle(&event, Deadline::after(time))).await;
    let error = ended.unwrap().unwrap_err();
    let report = world.reports().pop().unwrap();
    assert_eq!(report["status"], "failed");
    assert_eq!(report["error"]["message"], error.text());
    (error.kind(), error.text(), report)
}

#[tokio::test]
async fn what_never_passes_ends_in_time_and_says_what_was_not_done() {
    let stuck = [Fault::Silent, Fault::Slow(600_000), Fault::SlowAfter(600_000), Fault::Halting(600_000)];
    let faults: Vec<Fault> = failing().into_iter().chain(throttled()).step_by(3).chain(stuck).collect();
    let modes = MODES.into_iter().step_by(2);
    futures::stream::iter(modes.flat_map(|mode| faults.iter().map(move |fault| (mode, fault))))
        .for_each_concurrent(40, |(mode, fault)| async move {
            let (world, wire) = wired(mode).await;
            let wrong = fault.clone();
            wire.faults(move |operation, body| if is_write(operation, body) { wrong.clone() } else { Fault::None });
            let (kind, text, report) = ends(&world, Duration::from_secs(8)).await;
            assert_eq!(kind, Kind::Service, "{mode} {fault:?} {text}");
            assert!(text.contains("were not written, the next try writes them"), "{text}");
            assert_eq!(counts(&report), [0; 5], "{mode} {fault:?}");
            wire.faults(|_, _| Fault::None);
            world.pass(120);
            let report = world.load("extracts/s/a.csv", rows()).await;
            assert_eq!((report["status"].as_str(), counts(&report)[0]), (Some("succeeded"), 60));
            assert_eq!(world.items("items"), items(), "{mode} {fault:?}");
        })
        .await;
}

#[tokio::test]
async fn refused_credentials_end_the_run_and_say_so() {
    for (name, kind) in [
        ("ExpiredTokenException", Kind::Service),
        ("UnrecognizedClientException", Kind::Config),
        ("InvalidSignatureException", Kind::Config),
        ("AccessDeniedException", Kind::Table),
    ] {
        for mode in MODES {
            let (world, wire) = wired(mode).await;
            wire.faults(
                move |operation, body| {
                    if is_write(operation, body) { Fault::Answered(400, refusal(name)) } else { Fault::None }
                },
            );
            let (found, text, report) = ends(&world, Duration::from_secs(20)).await;
            assert_eq!(found, kind, "{mode} {text}");
            assert!(text.contains(name), "{text}");
            assert_eq!(counts(&report), [0; 5]);
            assert!(world.items("items").is_empty());
        }
    }
}

#[tokio::test]
async fn a_server_that_never_accepts_holds_no_run_past_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let world = World::with(Embedded::new(), wire::http(&format!("http://{}", listener.local_addr().unwrap())));
    prepare(&world, "write: replace");
    let (kind, text, report) = ends(&world, Duration::from_secs(3)).await;
    assert_eq!((kind, counts(&report)), (Kind::Service, [0; 5]), "{text}");
    assert!(text.contains("`DescribeTable` was tried 1 times") && text.contains("none came in"), "{text}");
}

#[tokio::test]
async fn a_secret_or_a_role_that_never_answers_holds_no_run_past_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let credentials = Credentials::new("AKTEST", "test", None, None, "test");
    let config = aws_config::SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(&url)
        .build();
    for connection in ["access_key_secret: census", "role_arn: \"arn:aws:iam::111122223333:role/writer\""] {
        let (mut world, _wire) = wired("write: replace").await;
        world.load.edges.connect = Arc::new(Aws::new(config.clone(), None, Clock::system()));
        world.bucket.insert("connections.yaml", format!("prod: {{ {connection} }}\n"));
        world.define("s", "destination: { table: items, connection: prod }\nfields: all");
        let (kind, text, report) = ends(&world, Duration::from_secs(3)).await;
        assert_eq!((kind, counts(&report)), (Kind::Service, [0; 5]), "{connection} {text}");
    }
}

/// Credentials that soon expire, given out so many times, and never again.
#[derive(Debug)]
struct Drying(AtomicUsize);

impl ProvideCredentials for Drying {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let given = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let expiry = Some(Clock::system().now() + Duration::from_mins(1));
        let credentials = Credentials::new("AKTEST", "test", None, expiry, "test");
        match given {
            Ok(_) => future::ProvideCredentials::ready(Ok(credentials)),
            Err(_) => future::ProvideCredentials::new(std::future::pending()),
        }
    }
}

#[tokio::test]
async fn credentials_that_are_not_renewed_under_way_hold_no_run_past_its_time() {
    for mode in [MODES[0], MODES[1]] {
        let dynamodb = Embedded::new();
        let wire = Wire::start(dynamodb.clone(), |_, _| Fault::None).await;
        let credentials = SharedCredentialsProvider::new(Drying(AtomicUsize::new(5)));
        let target = Target { region: "us-east-1".to_owned(), endpoint_url: Some(wire.url()), credentials };
        let world = World::with(dynamodb, Http::new(target, Clock::system()).unwrap());
        prepare(&world, mode);
        let (kind, text, report) = ends(&world, Duration::from_secs(8)).await;
        assert_eq!(kind, Kind::Service, "{text}");
        assert!(text.contains("were not written, the next try writes them"), "{text}");
        assert_eq!(counts(&report)[1], world.items("items").len() as u64, "{mode}");
    }
}

/// A world whose bucket is behind S3's protocol, and that server.
async fn over_s3(memory: Memory, mode: &str) -> (World, Server) {
    let server = Server::start(StandIn::new(memory.clone())).await;
    let dynamodb = Embedded::new();
    let bucket = Arc::new(server.bucket(BUCKET));
    let world = World::over(Arc::new(memory), bucket, dynamodb.clone(), dynamodb);
    prepare(&world, mode);
    (world, server)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_s3_that_pass_leave_table_and_counts_as_without_them() {
    let slow_down = s3::Fault::Refused(503, "SlowDown", "Please reduce your request rate.");
    for (call, fault) in [
        ("GET /data/extracts/", s3::Fault::Cut(200)),
        ("GET /data/extracts/", s3::Fault::Cut(0)),
        ("GET /data/extracts/", slow_down.clone()),
        ("GET /data/syncs/", slow_down.clone()),
        ("GET /data/syncs/", s3::Fault::Cut(20)),
        ("HEAD /data/extracts/", slow_down.clone()),
        ("PUT /data/runs/", slow_down),
        ("PUT /data/runs/", s3::Fault::RefusedAfter(500, "InternalError")),
    ] {
        let (world, server) = over_s3(Memory::versioned(BUCKET), "duplicates: first").await;
        let (wrong, mut once) = (fault.clone(), true);
        server.faults(move |asked| {
            let this = format!("{} {}", asked.method, asked.uri).starts_with(call) && std::mem::take(&mut once);
            if this { wrong.clone() } else { s3::Fault::None }
        });
        let report = world.load("extracts/s/a.csv", format!("{}bad,x,\n", rows())).await;
        assert_eq!(counts(&report), [61, 60, 0, 0, 1], "{call} {fault:?}");
        assert_eq!(world.items("items"), items());
        assert_eq!(world.rejects(&report).lines().count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_s3_says_has_changed_ends_the_run() {
    let memory = Memory::new(BUCKET);
    let (world, server) = over_s3(memory.clone(), "duplicates: first").await;
    let mut reads = 0;
    server.faults(move |asked| {
        reads += u32::from(asked.method == "GET" && asked.uri.path().contains("extracts"));
        if reads == 2 {
            memory.insert("extracts/s/a.csv", "id,v,a\nnew,1,x\n");
        }
        s3::Fault::None
    });
    let (kind, text, _) = ends(&world, Duration::from_secs(30)).await;
    assert_eq!(kind, Kind::Extract);
    assert!(text.contains("was overwritten or deleted while it was read"), "{text}");
    assert!(world.items("items").is_empty());
}
