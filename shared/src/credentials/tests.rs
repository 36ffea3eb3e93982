use std::{
    collections::VecDeque,
    sync::Mutex,
    time::{Duration, UNIX_EPOCH},
};

use aws_config::BehaviorVersion;
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::HttpRequest,
    },
    http::{Response, StatusCode},
};
use aws_smithy_types::body::SdkBody;

use super::*;
use crate::{connection::Role, error::Kind};

/// Answers in order, and what was asked.
#[derive(Debug, Clone, Default)]
struct Answers {
    left: Arc<Mutex<VecDeque<(u16, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Answers {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let signer = request.headers().get("authorization").unwrap_or_default();
        let signer = signer.split(['=', '/']).nth(1).unwrap_or_default();
        self.asked.lock().unwrap().push(format!("{signer} {} {body}", request.uri()));
        let (status, text) = self.left.lock().unwrap().pop_front().expect("an answer is left");
        let status = StatusCode::try_from(status).unwrap();
        HttpConnectorFuture::ready(Ok(Response::new(status, SdkBody::from(text))))
    }
}

impl Answers {
    fn of(answers: &[(u16, &str)]) -> Self {
        let left = answers.iter().map(|(status, text)| (*status, (*text).to_owned())).collect();
        Self { left: Arc::new(Mutex::new(left)), asked: Arc::default() }
    }

    fn config(&self) -> SdkConfig {
        let connector = SharedHttpConnector::new(self.clone());
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::from_static("us-east-1"))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKOWN", "hush", None, None, "test")))
            .build()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn granted(key: &str, minute: u32) -> String {
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>{key}</AccessKeyId><SecretAccessKey>hush</SecretAccessKey><SessionToken>token</SessionToken>\
         <Expiration>1970-01-01T01:{minute:02}:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
}

fn refused(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}

fn secret(text: &str) -> String {
    serde_json::json!({"Name": "prod/key", "SecretString": text}).to_string()
}

fn assuming(external_id: Option<&str>, base: Base) -> Connection {
    let role = Role {
        arn: "arn:aws:iam::111122223333:role/writer".into(),
        external_id: external_id.map(str::to_owned),
        session_name: "rowferry".into(),
        source_identity: Some("etl-team".into()),
    };
    Connection { role: Some(role), base, ..Connection::default() }
}

fn clock(now: &Arc<Mutex<Duration>>) -> Clock {
    let now = Arc::clone(now);
    Clock::from_fn(move || UNIX_EPOCH + *now.lock().unwrap())
}

fn still() -> Clock {
    clock(&Arc::default())
}

async fn outcome(connection: &Connection, answers: &Answers) -> Result<String, Error> {
    let provider = provider(connection, &answers.config(), &still()).await?;
    Ok(provider.provide_credentials().await.unwrap().access_key_id().to_owned())
}

#[tokio::test]
async fn the_function_s_own_credentials_are_the_default() {
    let answers = Answers::default();
    assert_eq!(outcome(&Connection::default(), &answers).await.unwrap(), "AKOWN");
    let none = answers.config().into_builder().credentials_provider(SharedCredentialsProvider::new(Nobody)).build();
    let error = provider(&Connection::default(), &none, &still()).await.unwrap_err();
    assert!(matches!(&error, Error::NoOwn { .. }), "{error}");
    assert_eq!(error.kind(), Kind::Config);
}

#[derive(Debug)]
struct Nobody;

impl ProvideCredentials for Nobody {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let none = aws_credential_types::provider::error::CredentialsError::not_loaded_no_source();
        aws_credential_types::provider::future::ProvideCredentials::ready(Err(none))
    }
}

#[tokio::test]
async fn given_keys_are_used_as_they_are() {
    let secret = |text: &str| Secret::new(text);
    let keys =
        Keys { access_key_id: "AKGIVEN".into(), secret_access_key: secret("s"), session_token: Some(secret("t")) };
    let connection = Connection { base: Base::Keys(keys), ..Connection::default() };
    let provider = provider(&connection, &Answers::default().config(), &still()).await.unwrap();
    let credentials = provider.provide_credentials().await.unwrap();
    let found = (credentials.access_key_id(), credentials.secret_access_key(), credentials.session_token());
    assert_eq!(found, ("AKGIVEN", "s", Some("t")));
}

#[tokio::test]
async fn a_role_is_assumed_with_all_that_its_trust_policy_may_ask_for() {
    let answers = Answers::of(&[(200, &granted("ASROLE", 0))]);
    assert_eq!(outcome(&assuming(Some("id 1"), Base::Own), &answers).await.unwrap(), "ASROLE");
    let asked = answers.asked().remove(0);
    let expected = [
        "AKOWN https://sts.us-east-1.amazonaws.com/",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fwriter",
        "RoleSessionName=rowferry",
        "ExternalId=id%201",
        "SourceIdentity=etl-team",
    ];
    for part in expected {
        assert!(asked.contains(part), "{part} in {asked}");
    }
}

#[tokio::test]
async fn sts_is_called_where_the_connection_leads() {
    async fn check(connection: Connection, set: Option<&str>, expected: &str) {
        let answers = Answers::of(&[(200, &granted("ASROLE", 0))]);
        let mut config = answers.config().into_builder();
        config.set_endpoint_url(set.map(str::to_owned));
        provider(&connection, &config.build(), &still()).await.unwrap();
        let asked = answers.asked().remove(0);
        assert!(asked.contains(expected), "{expected} in {asked}");
    }
    let role = || assuming(None, Base::Own);
    let to = |url: &str| Connection { endpoint_url: Some(url.into()), ..role() };
    check(Connection { region: Some("eu-west-1".into()), ..role() }, None, "https://sts.eu-west-1.amazonaws.com/")
        .await;
    check(to("http://127.0.0.1:4566"), None, "http://127.0.0.1:4566").await;
    check(to("https://dynamodb.us-east-1.amazonaws.com"), None, "https://sts.us-east-1.amazonaws.com/").await;
    check(to("http://127.0.0.1:4566"), Some("http://127.0.0.1:9999"), "http://127.0.0.1:9999").await;
}

#[tokio::test]
async fn a_secret_holds_the_keys_with_which_the_role_is_assumed() {
    let text = secret(r#"{"access_key_id": "AKSECRET", "secret_access_key": "hush"}"#);
    let answers = Answers::of(&[(200, &text), (200, &granted("ASROLE", 0))]);
    let connection = assuming(None, Base::Secret("prod/key".into()));
    assert_eq!(outcome(&connection, &answers).await.unwrap(), "ASROLE");
    let asked = answers.asked();
    assert!(asked[0].starts_with("AKOWN https://secretsmanager.us-east-1.amazonaws.com/"), "{}", asked[0]);
    assert!(asked[1].starts_with("AKSECRET https://sts."), "{}", asked[1]);
}

#[tokio::test]
async fn every_failure_says_what_to_do() {
    async fn check(connection: Connection, answers: &[(u16, &str)], kind: Kind, expected: &str) {
        let answers = Answers::of(answers);
        let error = outcome(&connection, &answers).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, expected));
        assert_eq!(answers.left.lock().unwrap().len(), 0, "every answer was asked for, and none twice");
        let shown = format!("{error:?} {}", crate::error::Error::from(error.clone()).text());
        assert!(!shown.contains("hush"), "{shown}");
    }
    let of_role = || assuming(None, Base::Own);
    let of_secret = || Connection { base: Base::Secret("prod/key".into()), ..Connection::default() };
    let denied = refused("AccessDenied", "User: x is not authorized to perform: sts:AssumeRole");
    check(
        assuming(Some("id"), Base::Own),
        &[(403, &denied)],
        Kind::Config,
        "role `arn:aws:iam::111122223333:role/writer` may not be assumed with the `external_id` of the connection: check \
         that its trust policy names who calls and asks for the same external id, and that who calls is allowed \
         `sts:AssumeRole` on it",
    )
    .await;
    check(
        of_role(),
        &[(403, &denied)],
        Kind::Config,
        "role `arn:aws:iam::111122223333:role/writer` may not be assumed: check that its trust policy names who calls, \
         and whether it asks for an external id, which the connection does not give, and that who calls is allowed \
         `sts:AssumeRole` on it",
    )
    .await;
    check(
        of_role(),
        &[(403, &refused("InvalidClientTokenId", "The security token included in the request is invalid"))],
        Kind::Config,
        "role `arn:aws:iam::111122223333:role/writer` cannot be assumed: the credentials beside it are not valid \
         (InvalidClientTokenId)",
    )
    .await;
    check(
        of_role(),
        &[(400, &refused("ValidationError", "1 validation error"))],
        Kind::Config,
        "role `arn:aws:iam::111122223333:role/writer` cannot be assumed (ValidationError): 1 validation error",
    )
    .await;
    check(
        of_secret(),
        &[(400, r#"{"__type": "ResourceNotFoundException", "Message": "no"}"#)],
        Kind::Config,
        "there is no secret `prod/key` in Secrets Manager in this account and region; mend `access_key_secret`",
    )
    .await;
    check(
        of_secret(),
        &[(400, r#"{"__type": "AccessDeniedException", "Message": "no"}"#)],
        Kind::Config,
        "secret `prod/key` may not be read (AccessDeniedException); allow the function `secretsmanager:GetSecretValue` \
         on it, and `kms:Decrypt` on its key",
    )
    .await;
    check(
        of_secret(),
        &[(200, &secret(r#"{"access_key_id": "AK", "secret": "hush"}"#))],
        Kind::Config,
        "secret `prod/key` is no access key: `secret_access_key` is missing or no text; wanted JSON with the texts \
         `access_key_id` and `secret_access_key`",
    )
    .await;
    check(
        Connection { base: Base::Profile("no such profile".into()), ..Connection::default() },
        &[],
        Kind::Config,
        "profile `no such profile` gives no credentials; look for it in the AWS configuration files of where this runs",
    )
    .await;
}

#[tokio::test]
async fn credentials_are_renewed_before_they_expire_and_asked_for_once() {
    let answers = Answers::of(&[(200, &granted("AS1", 0)), (200, &granted("AS2", 55))]);
    let now = Arc::<Mutex<Duration>>::default();
    let provider = provider(&assuming(None, Base::Own), &answers.config(), &clock(&now)).await.unwrap();
    let check = async |minutes: u64, expected: &str| {
        *now.lock().unwrap() = Duration::from_mins(minutes);
        let (one, other) = futures::join!(provider.provide_credentials(), provider.provide_credentials());
        assert_eq!((one.unwrap().access_key_id(), other.unwrap().access_key_id()), (expected, expected));
    };
    check(54, "AS1").await;
    check(55, "AS2").await;
    check(100, "AS2").await;
    assert_eq!(answers.asked().len(), 2);
}

#[tokio::test]
async fn old_credentials_are_used_while_they_last_when_they_cannot_be_renewed() {
    let denied = refused("AccessDenied", "no");
    let answers = Answers::of(&[(200, &granted("AS1", 0)), (403, &denied), (403, &denied)]);
    let now = Arc::<Mutex<Duration>>::default();
    let provider = provider(&assuming(None, Base::Own), &answers.config(), &clock(&now)).await.unwrap();
    *now.lock().unwrap() = Duration::from_mins(58);
    assert_eq!(provider.provide_credentials().await.unwrap().access_key_id(), "AS1");
    assert_eq!(provider.provide_credentials().await.unwrap().access_key_id(), "AS1");
    assert_eq!(answers.asked().len(), 2, "it is not tried with every request");
    *now.lock().unwrap() = Duration::from_hours(1);
    assert!(provider.provide_credentials().await.is_err());
}

#[tokio::test]
async fn a_secret_is_read_again_after_some_minutes() {
    let text = |key: &str| secret(&format!(r#"{{"access_key_id": "{key}", "secret_access_key": "hush"}}"#));
    let answers = Answers::of(&[(200, &text("AK1")), (200, &text("AK2"))]);
    let now = Arc::<Mutex<Duration>>::default();
    let connection = Connection { base: Base::Secret("prod/key".into()), ..Connection::default() };
    let provider = provider(&connection, &answers.config(), &clock(&now)).await.unwrap();
    assert_eq!(provider.provide_credentials().await.unwrap().access_key_id(), "AK1");
    *now.lock().unwrap() = Duration::from_mins(5);
    assert_eq!(provider.provide_credentials().await.unwrap().access_key_id(), "AK2");
}
