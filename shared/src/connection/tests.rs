use super::*;

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found: Vec<_> = parse(text).err().unwrap_or_default().iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{text}");
}

/// A connection with this key, whose value begins at 2:(3 + its length).
#[track_caller]
fn check_key(key: &str, expected: &[&str]) {
    check(&format!("prod:\n {key}"), expected);
}

const ROLE: &str = "role_arn: arn:aws:iam::123456789012:role/team/writer";

#[test]
fn reads_every_key() {
    let text = format!(
        "prod: {{ region: eu-west-1, endpoint_url: 'http://localhost:8000', {ROLE}, external_id: 007, \
         role_session_name: load, source_identity: me@x, access_key_secret: keys/prod }}\n\
         laptop: {{ profile: dev }}\nown: {{}}"
    );
    let connections = parse(&text).unwrap();
    let role = Role {
        arn: "arn:aws:iam::123456789012:role/team/writer".into(),
        external_id: Some("007".into()),
        session_name: "load".into(),
        source_identity: Some("me@x".into()),
    };
    let prod = Connection {
        region: Some("eu-west-1".into()),
        endpoint_url: Some("http://localhost:8000".into()),
        role: Some(role),
        base: Base::Secret("keys/prod".into()),
    };
    assert_eq!(connections.get("prod"), Ok(&prod));
    assert_eq!(connections.get("laptop").unwrap().base, Base::Profile("dev".into()));
    assert_eq!(connections.get("own"), Ok(&Connection::default()));
    assert_eq!(connections.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["laptop", "own", "prod"]);
    let defaults = parse(&format!("prod: {{ {ROLE} }}")).unwrap();
    assert_eq!(defaults.get("prod").unwrap().role.as_ref().unwrap().session_name, "rowferry");
}

#[test]
fn names_the_connection_that_was_probably_meant() {
    let connections = parse("prod: {}\ntest: {}").unwrap();
    let error = |name: &str| connections.get(name).unwrap_err().to_string();
    assert_eq!(error("prdo"), "connection `prdo` is not in connections.yaml; did you mean `prod`?");
    assert_eq!(error("elsewhere"), "connection `elsewhere` is not in connections.yaml; add it there");
}

#[test]
fn takes_an_empty_file_for_no_connections() {
    check("", &[]);
    check("# none yet", &[]);
    check("{}", &[]);
    check("[]", &["1:1 connections.yaml is an empty list; wanted names and what they stand for"]);
    assert!(parse("prod:").unwrap_err()[0].to_string().starts_with("1:1 `prod` has no value; wanted keys: `region`"));
}

#[test]
fn checks_names_of_keys() {
    check_key("regoin: eu-west-1", &["2:2 unknown key `regoin`; did you mean `region`?"]);
    check("prod: {}\nprod: {}", &["2:1 `prod` stands here again; remove one of lines 1 and 2"]);
    check_key(
        "secret_access_key: hush",
        &["2:2 `secret_access_key` has no place in a file; put the key into Secrets Manager, and name the secret in \
         `access_key_secret`"],
    );
}

#[test]
fn checks_regions() {
    for region in ["us-east-1", "us-gov-west-1", "ap-southeast-7", "us-isob-east-1", "eusc-de-east-1"] {
        check_key(&format!("region: {region}"), &[]);
    }
    for region in ["us-east", "us_east_1", "eu-west-1a", "EU-WEST-1", "local", "1", "-east-1", "frankfurt"] {
        let expected = format!("2:10 `region` is `{region}`; wanted a region such as `eu-west-1`");
        check_key(&format!("region: {region}"), &[&expected]);
    }
    check_key("{ region: local, endpoint_url: 'http://localhost' }", &[]);
    check_key(
        "{ region: a b, endpoint_url: 'http://localhost' }",
        &["2:12 `region` is `a b`; wanted small letters, digits and hyphens, such as `us-east-1`"],
    );
}

#[test]
fn checks_endpoints() {
    for url in ["https://dynamodb.eu-west-1.amazonaws.com", "http://127.0.0.1:8000/", "http://[::1]:8000", "http://h/p"]
    {
        check_key(&format!("endpoint_url: {url}"), &[]);
    }
    for url in ["localhost:8000", "https://", "ftp://h", "http://h:0", "http://h:99999", "http://u@h", "http://h/?q"] {
        let expected =
            format!("2:16 `endpoint_url` is `{url}`; wanted a URL such as `https://dynamodb.eu-west-1.amazonaws.com`");
        check_key(&format!("endpoint_url: {url}"), &[&expected]);
    }
}

#[test]
fn checks_roles() {
    let account = "123456789012";
    for arn in [format!("arn:aws-us-gov:iam::{account}:role/a"), format!("arn:aws:iam::{account}:role/x/y+=,.@-_")] {
        check_key(&format!("role_arn: {arn}"), &[]);
    }
    for arn in [
        "writer".to_owned(),
        format!("arn:aws:iam::{account}:user/a"),
        format!("arn:aws:sts::{account}:assumed-role/a/b"),
        "arn:aws:iam::1234:role/a".into(),
        format!("arn:aws:iam::{account}:role/"),
        format!("arn:gcp:iam::{account}:role/a"),
    ] {
        let expected = format!(
            "2:12 `role_arn` is `{arn}`; wanted the ARN of a role, such as `arn:aws:iam::123456789012:role/writer`"
        );
        check_key(&format!("role_arn: {arn}"), &[&expected]);
    }
    check_key(
        &format!("{{ {ROLE}, role_session_name: a, external_id: 'a b', source_identity: 'aws:me' }}"),
        &[
            "2:77 `role_session_name` is `a`; wanted 2 to 64 letters, digits and `_+=,.@-`",
            "2:93 `external_id` is `a b`; wanted 2 to 1224 letters, digits and `_+=,.@:/-`",
            "2:117 `source_identity` is `aws:me`; wanted 2 to 64 letters, digits and `_+=,.@-`, not beginning with `aws:`",
        ],
    );
    check_key(
        "{ external_id: abc, role_session_name: abc, source_identity: abc }",
        &[
            "2:17 `external_id` has no effect without `role_arn`; remove it, or name the role",
            "2:41 `role_session_name` has no effect without `role_arn`; remove it, or name the role",
            "2:63 `source_identity` has no effect without `role_arn`; remove it, or name the role",
        ],
    );
}

#[test]
fn checks_where_credentials_begin() {
    check_key("access_key_secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys/prod-AbCdEf", &[]);
    check_key(
        "access_key_secret: 'keys for prod'",
        &["2:21 `access_key_secret` is `keys for prod`; wanted the name or ARN of a Secrets Manager secret"],
    );
    check_key(
        "{ profile: dev, access_key_secret: keys }",
        &["2:37 `access_key_secret` stands beside `profile`; credentials begin with one of them, so remove the other"],
    );
}

#[test]
fn takes_access_keys_within_a_request() {
    let text = r#"{"region": "eu-west-1", "access_key_id": "AKIA1", "secret_access_key": "hush", "session_token": "hush too"}"#;
    let connection = parse_inline(text).unwrap();
    let keys = Keys {
        access_key_id: "AKIA1".into(),
        secret_access_key: Secret::new("hush"),
        session_token: Some(Secret::new("hush too")),
    };
    assert_eq!(connection.base, Base::Keys(keys));
    let shown = format!("{connection:?}");
    assert!(shown.contains("AKIA1") && !shown.contains("hush"), "{shown}");
}

#[test]
fn checks_connections_within_a_request() {
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = parse_inline(text).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{text}");
    }
    check("", &["1:1 the connection is empty; wanted its keys, such as `region`"]);
    check(
        r#"{"access_key_id": "AKIA1"}"#,
        &["1:19 `secret_access_key` is missing beside the other part of the key; add it"],
    );
    check(
        r#"{"access_key_id": "AKIA1", "secret_access_key": "x", "profile": "dev"}"#,
        &["1:19 `access_key_id` stands beside `profile`; credentials begin with one of them, so remove the other"],
    );
    check(
        r#"{"access_key_id": "AKIA1", "secret_access_key": "hush", "sesion_token": "hush"}"#,
        &["1:57 unknown key `sesion_token`; did you mean `session_token`?"],
    );
    check(
        r#"{"access_key_id": "AKIA1", "secret_access_key": ["hush"]}"#,
        &["1:49 `secret_access_key` is a list; wanted a text that is not empty"],
    );
}

mod properties {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,100}|(p|region|role_arn|:|,|\\{|\\}|arn:aws:iam::|/| |\n|\\[|\\]|http://){0,20}") {
            let _ = super::parse(&text);
            let _ = super::parse_inline(&text);
        }
    }
}
