//! The ways to DynamoDB: the contract over all of them, and what our own client makes of refusals and lost answers.

mod sdk;

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
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use bytes::Bytes;
use rowferry::{
    dynamodb::{Class, Client, Error, Http, Target},
    time::{Clock, Deadline},
};
use rowferry_tests::{
    contract::dynamodb as contract,
    embedded::Embedded,
    fault::{Fault, Faulty, contains},
    wire::{self, Wire},
};
use serde_json::json;
use tokio::net::TcpListener;

use self::sdk::Sdk;

/// Credentials that are given out so many times; counts how often.
#[derive(Debug, Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl ProvideCredentials for Counting {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.0.fetch_add(1, Ordering::Relaxed);
        future::ProvideCredentials::ready(Ok(Credentials::from_keys("AKIDEXAMPLE", "secret", None)))
    }
}

#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("nothing here")))
    }
}

fn client(wire: &Wire, credentials: impl ProvideCredentials + 'static) -> Client {
    let credentials = SharedCredentialsProvider::new(credentials);
    let target = Target { region: "us-east-1".into(), endpoint_url: Some(wire.url()), credentials };
    Client::new(Http::new(target, Clock::system()).unwrap())
}

/// Faults that pass: none of a request with a condition takes effect, as a second try would then find it unmet, and none
/// of one that asks for what was there.
fn passing() -> impl FnMut(&str, &Bytes) -> Fault + Send {
    let mut requests = 0;
    move |_, body| {
        requests += 1;
        let after = ["ConditionExpression", "KeySchema", "ALL_OLD"].iter().all(|text| !contains(body, text));
        match requests % 8 {
            1 => Fault::Throttled("TableWriteKeyRangeThroughputExceeded"),
            2 => Fault::ServerError,
            3 => Fault::LostBefore,
            4 => Fault::Unreached,
            5 if after => Fault::LostAfter,
            6 if after => Fault::ServerErrorAfter,
            _ => Fault::None,
        }
    }
}

/// The promises, kept by the embedded DynamoDB, by it through faults that pass, and over HTTP by our own client and by
/// the SDK's, with two servers.
macro_rules! contract {
    ($($promise:ident)*) => {$(
        #[tokio::test]
        async fn $promise() {
            contract::$promise(&Client::new(Embedded::new())).await;
            contract::$promise(&Client::new(Faulty::new(Embedded::new(), passing()))).await;
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
            contract::$promise(&Client::new(wire::http(&url))).await;
            for sdk in [false, true] {
                let wire = Wire::start(Embedded::new(), |_, _| wire::Fault::None).await;
                contract::$promise(&over(&wire, sdk)).await;
            }
        }
    )*};
}

contract! {
    describes_a_table
    writes_and_reads_items
    keeps_every_type_of_value
    tells_what_was_consumed
    tells_refusals_by_what_they_mean
    brings_what_stood_in_the_way
    gives_back_the_item_as_it_was
    deletes_on_a_condition
    reads_page_by_page
    takes_requests_side_by_side
}

/// Those about faults, kept by our own client and by the SDK's.
macro_rules! over_a_wire {
    ($($promise:ident)*) => {$(
        #[tokio::test]
        async fn $promise() {
            for sdk in [false, true] {
                let wire = Wire::start(Embedded::new(), |_, _| wire::Fault::None).await;
                contract::$promise(&over(&wire, sdk), &wire).await;
            }
        }
    )*};
}

over_a_wire! {
    over_a_wire_throttling_has_its_reason
    over_a_wire_unprocessed_entries_come_back
    over_a_wire_failures_say_whether_it_may_have_been_done
    over_a_wire_connections_come_and_go
}

fn over(wire: &Wire, sdk: bool) -> Client {
    if sdk { Client::new(Sdk::new(&wire.url())) } else { Client::new(wire.http()) }
}

fn refused(name: &str) -> wire::Fault {
    wire::Fault::Answered(400, wire::refusal(name))
}

/// A good answer to anything.
fn good() -> wire::Fault {
    wire::Fault::Answered(200, "{}".to_owned())
}

/// A server that does these in this order, the last for ever.
async fn server(faults: Vec<wire::Fault>) -> Wire {
    let (mut left, last) = (VecDeque::from(faults.clone()), faults.last().cloned().unwrap());
    Wire::start(Embedded::new(), move |_, _| left.pop_front().unwrap_or_else(|| last.clone())).await
}

async fn attempt(fault: wire::Fault) -> Error {
    let wire = server(vec![fault]).await;
    let deadline = Deadline::after(Duration::from_millis(500));
    let attempt = client(&wire, Counting::default()).attempt("GetItem", Bytes::from("{}"), deadline).await;
    attempt.unwrap_err()
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_lost() {
    let endless = "HTTP/1.1 200 x\r\ncontent-length: 68719476736\r\n\r\n{";
    for fault in [wire::Fault::Silent, wire::Fault::Halting(60_000), wire::Fault::Bytes(endless.into())] {
        let error = attempt(fault).await;
        assert_eq!((error.class(), error.ambiguous()), (Class::Transient, true), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_is_refused_was_never_made() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for client in [Client::new(wire::http(&url)), Client::new(Sdk::new(&url))] {
        let body = Bytes::from(json!({"TableName": "t", "Item": {}}).to_string());
        let error = client.attempt("PutItem", body, Deadline::after(Duration::from_secs(10))).await.unwrap_err();
        assert_eq!((error.class(), error.ambiguous()), (Class::Transient, false), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_that_breaks_off_tells_nothing() {
    let cut = attempt(wire::Fault::Answered(400, r#"{"__type":"com.amazonaws#Valid"#.to_owned())).await;
    assert_eq!((cut.class(), cut.ambiguous()), (Class::Transient, true));
}

#[tokio::test]
async fn an_answer_that_is_not_what_its_checksum_is_of_is_lost() {
    let told = |checksum: &str| {
        let head = format!("HTTP/1.1 200 OK\r\nx-amz-crc32: {checksum}\r\ncontent-length: 2\r\n\r\n{{}}");
        wire::Fault::Bytes(head.into_bytes())
    };
    for other in ["2745614146", "", "-1", "none"] {
        let error = attempt(told(other)).await;
        assert_eq!((error.class(), error.ambiguous()), (Class::Transient, true), "{error}");
    }
    let wire = server(vec![told("2745614147")]).await;
    let deadline = Deadline::after(Duration::from_secs(10));
    let answer = client(&wire, Counting::default()).attempt("GetItem", Bytes::from("{}"), deadline).await;
    assert_eq!(answer.unwrap(), "{}");
}

#[tokio::test]
async fn a_call_is_made_again_after_what_may_pass() {
    let wire = server(vec![
        wire::Fault::ResetBefore,
        wire::Fault::Answered(503, wire::PAGE.to_owned()),
        refused("ProvisionedThroughputExceededException"),
        wire::Fault::Answered(200, "{\"Item\":".to_owned()),
        good(),
    ])
    .await;
    let deadline = Deadline::after(Duration::from_secs(30));
    let answer = client(&wire, Counting::default()).call("GetItem", &json!({}), deadline).await.unwrap();
    assert_eq!((answer, wire.requests().len()), (json!({}), 5));
}

#[tokio::test]
async fn a_call_is_not_made_again_after_what_stays() {
    for (name, class) in [
        ("ValidationException", Class::Invalid),
        ("ConditionalCheckFailedException", Class::Condition),
        ("AccessDeniedException", Class::Denied),
        ("ResourceNotFoundException", Class::Missing),
        ("UnrecognizedClientException", Class::Credentials),
    ] {
        let wire = server(vec![refused(name)]).await;
        let deadline = Deadline::after(Duration::from_secs(30));
        let error = client(&wire, Counting::default()).call("GetItem", &json!({}), deadline).await.unwrap_err();
        assert_eq!((error.class(), wire.requests().len()), (class, 1));
    }
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_and_says_how_often_it_was_tried() {
    for fault in [wire::Fault::Silent, wire::Fault::ResetBefore, wire::Fault::Answered(500, String::new())] {
        let wire = server(vec![fault]).await;
        let client = client(&wire, Counting::default());
        let error = client.call("GetItem", &json!({}), Deadline::after(Duration::from_millis(700))).await.unwrap_err();
        assert!(matches!(error, Error::Exhausted { attempts, .. } if attempts > 0), "{error}");
    }
}

#[tokio::test]
async fn expired_credentials_are_asked_for_again() {
    let wire = server(vec![refused("ExpiredTokenException"), good()]).await;
    let credentials = Counting::default();
    let client = client(&wire, credentials.clone());
    let deadline = Deadline::after(Duration::from_secs(30));
    client.call("GetItem", &json!({}), deadline).await.unwrap();
    client.call("GetItem", &json!({}), deadline).await.unwrap();
    assert_eq!((wire.requests().len(), credentials.0.load(Ordering::Relaxed)), (3, 2));
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let wire = server(vec![good()]).await;
    let deadline = Deadline::after(Duration::from_secs(30));
    let error = client(&wire, NoCredentials).call("GetItem", &json!({}), deadline).await.unwrap_err();
    assert_eq!((error.class(), wire.requests().len()), (Class::Credentials, 0));
}
