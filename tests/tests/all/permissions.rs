//! testConnection: which permissions are told to be there, which not, and that trying them changes nothing.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::{
    action::{
        Action,
        permission::{Function, Permission, Resource, policy, wanted},
    },
    dynamodb::{Answer, Client, Failure, Transport},
    error::{Error, Kind},
    job::probe,
    time::Deadline,
};
use rowferry_tests::embedded::Embedded;
use serde_json::{Value, json};

use crate::architecture::text;

/// What is answered in DynamoDB's place, if anything.
type Said = Option<Result<Answer, Failure>>;

/// Decides what is said to a request that tries a permission.
type Script = dyn Fn(&str, usize) -> Said + Send + Sync;

/// A DynamoDB with something between that refuses what a script says; sees every write that succeeds.
#[derive(Clone)]
struct Gate {
    embedded: Embedded,
    script: Arc<Script>,
    /// The key that requests have when they arrive, where the endpoint takes any.
    taken: Option<&'static str>,
    requests: Arc<Mutex<Vec<(String, String)>>>,
    /// Requests on their way, and the most that ever were.
    in_flight: Arc<(AtomicUsize, AtomicUsize)>,
    writes: Arc<AtomicUsize>,
}

impl Gate {
    /// A gate; the script is asked with a permission and how often that was tried before.
    fn new(embedded: &Embedded, script: impl Fn(&str, usize) -> Said + Send + Sync + 'static) -> Self {
        let writes = Arc::new(AtomicUsize::new(0));
        let seen = writes.clone();
        let embedded = embedded.watched(move |operation, body, answer| {
            let permission = permission_of(operation, &String::from_utf8_lossy(body));
            let reads = ["Describe", "List", "Get", "BatchGet", "Query", "Scan", "PartiQLSelect"];
            if answer.status == 200 && !reads.iter().any(|read| permission.starts_with(read)) {
                seen.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self {
            embedded,
            script: Arc::new(script),
            taken: None,
            requests: Arc::default(),
            in_flight: Arc::default(),
            writes,
        }
    }

    fn open(embedded: &Embedded) -> Self {
        Self::new(embedded, |_, _| None)
    }

    fn denying(embedded: &Embedded, permission: &str) -> Self {
        let denied = permission.to_owned();
        Self::new(embedded, move |permission, _| (permission == denied).then(|| Ok(denial(permission))))
    }

    /// Tests the connection for all functions, with a minute of time.
    async fn test(&self, tables: &[&str]) -> Value {
        self.test_in(tables, &Function::ALL, Some("us-east-1"), 60_000).await.unwrap()
    }

    async fn test_in(
        &self,
        tables: &[&str],
        functions: &[Function],
        region: Option<&str>,
        milliseconds: u64,
    ) -> Result<Value, Error> {
        let tables: Vec<String> = tables.iter().map(|table| (*table).to_owned()).collect();
        let deadline = Deadline::after(Duration::from_millis(milliseconds));
        let answer = probe(&Client::new(self.clone()), &tables, functions, region, deadline).await;
        assert_eq!(self.writes.load(Ordering::Relaxed), 0, "a write succeeded");
        answer
    }

    fn requests(&self) -> Vec<(String, String)> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn answer(&self, operation: &str, body: &str) -> Result<Answer, Failure> {
        let permission = permission_of(operation, body);
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let before = requests.iter().filter(|(of, _)| *of == permission).count();
        requests.push((permission.clone(), body.to_owned()));
        drop(requests);
        if let Some(said) = (self.script)(&permission, before) {
            return said;
        }
        // The embedded one knows tables by their names only.
        let body = if permission == "ListTagsOfResource" { body.to_owned() } else { body.replace(ARN, "") };
        if operation == "DescribeContinuousBackups" {
            let described = self.embedded.answer("DescribeTable", body.as_bytes());
            let told = json!({"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED"}});
            let body = Bytes::from(told.to_string());
            return if described.status == 200 {
                Ok(Answer { status: 200, body })
            } else {
                Ok(refused("TableNotFoundException", "Table not found"))
            };
        }
        let body = self.taken.map_or(body.clone(), |key| keyed(&body, key));
        Ok(self.embedded.answer(operation, body.as_bytes()))
    }
}

impl Transport for Gate {
    fn send<'a>(&'a self, operation: &'a str, body: Bytes) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(async move {
            let (now, most) = &*self.in_flight;
            most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::Relaxed);
            self.answer(operation, &String::from_utf8_lossy(&body))
        })
    }
}

/// What the ARNs of the embedded DynamoDB's tables begin with.
const ARN: &str = "arn:aws:dynamodb:dynoxide:000000000000:table/";

/// The permission that a request needs.
fn permission_of(operation: &str, body: &str) -> String {
    if operation != "ExecuteStatement" {
        return operation.to_owned();
    }
    let body: Value = serde_json::from_str(body).unwrap();
    let verb = body["Statement"].as_str().unwrap().split(' ').next().unwrap().to_owned();
    format!("PartiQL{}{}", &verb[..1], verb[1..].to_lowercase())
}

/// A request for one item, with the key of that item of `orders` added or in place of its own.
fn keyed(body: &str, key: &str) -> String {
    let mut body: Value = serde_json::from_str(body).unwrap();
    if body["Item"].is_object() {
        body["Item"]["id"] = json!({"S": key});
    } else if body["Key"].is_object() {
        body["Key"] = json!({"id": {"S": key}});
    } else if let Some(statement) = body["Statement"].as_str().filter(|statement| !statement.starts_with("INSERT")) {
        body["Statement"] = statement.replace(" WHERE ", &format!(" WHERE \"id\" = '{key}' AND ")).into();
    }
    body.to_string()
}

fn refused(name: &str, message: &str) -> Answer {
    let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": message});
    Answer { status: 400, body: body.to_string().into() }
}

/// A denial as IAM says it.
fn denial(permission: &str) -> Answer {
    let resource = if permission == "ListTables" { "*".to_owned() } else { format!("{ARN}orders") };
    let user = "User: arn:aws:sts::000000000000:assumed-role/loader/test";
    let message = format!(
        "{user} is not authorized to perform: dynamodb:{permission} on resource: {resource} because no identity-based \
         policy allows the dynamodb:{permission} action"
    );
    refused("AccessDeniedException", &message)
}

/// A table by its keys: attribute and type, the partition key first.
fn create(embedded: &Embedded, name: &str, keys: &[(&str, &str)]) {
    let definitions = keys.iter().map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind}));
    let schema =
        keys.iter().zip(["HASH", "RANGE"]).map(|((name, _), role)| json!({"AttributeName": name, "KeyType": role}));
    let input = json!({"TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": definitions.collect::<Vec<_>>(), "KeySchema": schema.collect::<Vec<_>>()});
    ask(embedded, "CreateTable", &input);
}

fn ask(embedded: &Embedded, operation: &str, input: &Value) -> Value {
    let answer = embedded.answer(operation, input.to_string().as_bytes());
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, 200, "{operation}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// A database with the table `orders`, keyed by `id`.
fn orders() -> Embedded {
    let embedded = Embedded::new();
    create(&embedded, "orders", &[("id", "S")]);
    embedded
}

/// All items of a table as they are stored.
fn items(embedded: &Embedded, table: &str) -> Value {
    let scanned = ask(embedded, "Scan", &json!({"TableName": table}));
    assert!(scanned["LastEvaluatedKey"].is_null());
    scanned
}

/// The permissions that are not told to be there, each with its table and message.
fn denied(answer: &Value) -> Vec<(String, Value, String)> {
    let denied = answer["permissions"].as_array().unwrap().iter().filter(|permission| permission["allowed"] != true);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let denied: Vec<_> = denied.map(|of| (text(&of["action"]), of["table"].clone(), text(&of["message"]))).collect();
    assert_eq!(answer["ok"], denied.is_empty());
    denied
}

fn statement<'a>(answer: &'a Value, sid: &str) -> &'a Value {
    let mut statements = answer["policy"]["Statement"].as_array().unwrap().iter();
    statements.find(|statement| statement["Sid"] == sid).unwrap_or(&Value::Null)
}

/// Tables of every kind of key, some named as what is tried: their keys, and a value for each type.
const SHAPES: [&[(&str, &str)]; 8] = [
    &[("id", "S")],
    &[("id", "N")],
    &[("id", "B")],
    &[("id", "S"), ("at", "N")],
    &[("id", "B"), ("at", "S")],
    &[(PROBE, "S")],
    &[(PROBE, "N"), ("rowferry-permission-test-", "B")],
    &[("id", "S"), (PROBE, "S")],
];

/// The attribute of the keys that are tried.
const PROBE: &str = "rowferry-permission-test";

/// A database with the table `orders` of a shape, full of items that could be mistaken for what is tried.
fn shaped(keys: &[(&str, &str)]) -> Embedded {
    let embedded = Embedded::new();
    create(&embedded, "orders", keys);
    let values = json!({"S": [PROBE, "true", "a"], "N": ["0", "1", "-7.5"], "B": ["AA==", "dHJ1ZQ==", "YQ=="]});
    for (at, other) in [json!({"BOOL": true}), json!({"S": PROBE}), json!({"NULL": true})].into_iter().enumerate() {
        let mut item = json!({PROBE: other, "rowferry-permission-test-": other, "price": {"N": "9.90"}});
        for (name, kind) in keys {
            item[name] = json!({*kind: values[kind][at]});
        }
        ask(&embedded, "PutItem", &json!({"TableName": "orders", "Item": item}));
    }
    embedded
}

/// The permissions of a statement in template.yaml.
fn granted(sid: &str, resource: &str) -> BTreeSet<String> {
    let template = text("template.yaml");
    let (_, statement) = template.split_once(&format!("Sid: {sid}\n")).unwrap();
    let (actions, rest) = statement.split_once("Resource: ").unwrap();
    assert!(rest.starts_with(&format!("{resource}\n")), "{sid}");
    let words = actions.split(|each: char| !each.is_alphanumeric() && each != ':');
    words.filter(|word| word.starts_with("dynamodb:")).map(str::to_owned).collect()
}

fn needed(function: Function) -> BTreeSet<String> {
    function.permissions().iter().map(ToString::to_string).collect()
}

#[test]
fn what_load_extract_and_mirror_table_need_is_what_the_template_grants() {
    for (function, sid) in [(Function::LoadExtract, "LoadTargetTables"), (Function::MirrorTable, "MirrorTargetTables")]
    {
        assert_eq!(granted(sid, "!Ref TargetTableArns"), needed(function), "{}", function.name());
    }
}

#[test]
fn what_export_catalog_needs_is_what_the_template_grants() {
    let template = text("template.yaml");
    let (_, role) = template.split_once("\n  ExportCatalogRole:\n").unwrap();
    assert!(role.split("\n\n").next().unwrap().contains("Action: dynamodb:ListTables"));
    let mut all = granted("ReadCatalogTables", "!Ref CatalogTableArns");
    all.insert("dynamodb:ListTables".to_owned());
    assert_eq!(all, needed(Function::ExportCatalog));
}

#[test]
fn what_table_action_needs_is_what_the_template_grants_to_the_parameters() {
    let on_tables = |sid| granted(sid, "!Ref ActionTableArns");
    let statements = [granted("ListTables", "\"*\""), on_tables("ReadTables"), on_tables("WriteItems")];
    let items: BTreeSet<String> = statements.into_iter().flatten().collect();
    assert_eq!(items, needed(Function::TableAction));
    let all: BTreeSet<String> = items.into_iter().chain(on_tables("ManageTables")).collect();
    for (name, action, _) in Action::ALL {
        // PartiQL has permissions of its own, by what a statement does.
        let permission = format!("dynamodb:{}", action.operation());
        assert!(action == Action::RawRequest || all.contains(&permission), "{name} needs {permission}");
    }
    let resource = Resource { arn: "arn:aws:dynamodb:eu-west-1:111122223333:table/orders".to_owned(), indexed: true };
    let policy = json!({"policy": policy(&[Function::TableAction], &[resource])});
    let of_indexes = statement(&policy, "Indexes")["Action"].as_array().unwrap();
    let of_indexes = of_indexes.iter().map(|each| each.as_str().unwrap().to_owned()).collect();
    assert_eq!(granted("ReadIndexes", "!Split"), of_indexes);
}

#[tokio::test]
async fn a_permission_that_is_denied_alone_is_told_and_no_other() {
    for keys in SHAPES {
        let embedded = shaped(keys);
        let before = items(&embedded, "orders");
        for permission in wanted(&Function::ALL) {
            let answer = Gate::denying(&embedded, &format!("{permission:?}")).test(&["orders"]).await;
            let table = if permission == Permission::ListTables { Value::Null } else { json!("orders") };
            let [(action, of, message)] = denied(&answer).try_into().unwrap();
            assert_eq!((action, of), (permission.to_string(), table), "{keys:?}");
            assert!(message.contains("assumed-role/loader/test is not authorized"), "{message}");
            assert!(message.ends_with("; allow it as `policy` does"), "{message}");
        }
        assert_eq!(items(&embedded, "orders"), before, "{keys:?}");
    }
}

#[tokio::test]
async fn every_permission_is_told_and_trying_it_changes_nothing() {
    for keys in SHAPES {
        let embedded = shaped(keys);
        let before = items(&embedded, "orders");
        let gate = Gate::open(&embedded);
        let answer = gate.test(&["orders"]).await;
        assert_eq!(denied(&answer), [], "{keys:?}");
        let told: Vec<_> = answer["permissions"].as_array().unwrap().iter().map(|of| of["action"].clone()).collect();
        let mut all: Vec<String> = wanted(&Function::ALL).iter().map(ToString::to_string).collect();
        all.sort_by_key(|action| action != "dynamodb:ListTables");
        assert_eq!(told, all);
        assert_eq!(gate.requests().len(), all.len(), "each permission takes one request");
        assert_eq!(items(&embedded, "orders"), before, "{keys:?}");
    }
}

#[tokio::test]
async fn no_item_meets_the_condition_of_a_write_should_an_endpoint_take_any_key() {
    let embedded = shaped(&[("id", "S")]);
    let before = items(&embedded, "orders");
    for key in [PROBE, "true", "a"] {
        let gate = Gate { taken: Some(key), ..Gate::open(&embedded) };
        let answer = gate.test(&["orders"]).await;
        assert_eq!(denied(&answer), [], "{key}");
        assert_eq!(items(&embedded, "orders"), before, "{key}");
    }
}

#[tokio::test]
async fn each_request_is_well_formed_by_itself() {
    // Only then is the table looked for. What is not well formed may be refused before the permission is looked at.
    let gate = Gate::denying(&Embedded::new(), "DescribeTable");
    let answer = gate.test(&["orders"]).await;
    let absent: BTreeSet<String> = denied(&answer)
        .into_iter()
        .filter(|(_, _, message)| message.starts_with("table `orders` does not exist in us-east-1;"))
        .map(|(action, ..)| action)
        .collect();
    let mut expected: BTreeSet<String> = wanted(&Function::ALL).iter().map(ToString::to_string).collect();
    for other in ["dynamodb:DescribeTable", "dynamodb:ListTables", "dynamodb:ListTagsOfResource"] {
        expected.remove(other);
    }
    assert_eq!(absent, expected);
}

#[tokio::test]
async fn a_table_that_does_not_exist_is_told_with_its_region() {
    let gate = Gate::open(&Embedded::new());
    let answer = gate.test(&["orders"]).await;
    let denied = denied(&answer);
    assert_eq!(denied.len(), wanted(&Function::ALL).len() - 1, "all but ListTables");
    for (action, _, message) in denied {
        let expected = "table `orders` does not exist in us-east-1; create it, or mend the name or the region";
        assert_eq!(message, expected, "{action}");
    }
    assert_eq!(gate.requests().len(), 2, "ListTables and DescribeTable");
    assert_eq!(statement(&answer, "Tables")["Resource"], json!(["arn:aws:dynamodb:us-east-1:*:table/orders"]));
    assert_eq!(statement(&answer, "Indexes"), &Value::Null);
}

#[tokio::test]
async fn tables_are_told_in_the_order_in_which_they_are_given_and_once() {
    let embedded = orders();
    create(&embedded, "stock", &[("sku", "N"), ("place", "B")]);
    let gate = Gate::open(&embedded);
    let functions = [Function::MirrorTable, Function::ExportCatalog];
    let answer = gate.test_in(&["stock", "orders", "gone", "stock"], &functions, None, 60_000).await.unwrap();
    let told: Vec<_> = answer["permissions"].as_array().unwrap().iter().map(|of| of["table"].clone()).collect();
    let on_tables = wanted(&functions).len() - 1;
    let expected = [json!("stock"), json!("orders"), json!("gone")].into_iter().flat_map(|of| vec![of; on_tables]);
    assert_eq!(told, std::iter::once(Value::Null).chain(expected).collect::<Vec<_>>());
    let denied = denied(&answer);
    assert_eq!(denied.len(), on_tables);
    assert!(
        denied.iter().all(|(_, table, message)| table == "gone" && message.starts_with("table `gone` does not exist;"))
    );
    assert_eq!(
        statement(&answer, "Tables")["Resource"],
        json!([format!("{ARN}stock"), format!("{ARN}orders"), "arn:aws:dynamodb:*:*:table/gone"])
    );
    let most = gate.in_flight.1.load(Ordering::Relaxed);
    assert!((5..=8).contains(&most), "{most} requests at once");
}

#[tokio::test]
async fn a_denial_has_several_names_and_a_way_out() {
    for (name, message, expected) in [
        ("AccessDeniedException", "no.", "no; allow it as `policy` does"),
        ("AccessDenied", "", "AccessDenied; allow it as `policy` does"),
        ("KMSAccessDeniedException", "no key", "no key; allow the use of the table's KMS key"),
        (
            "AccessDeniedException",
            "no, with an explicit deny in a service control policy",
            "no, with an explicit deny in a service control policy; take it out of the statement that denies it, which \
             outweighs every one that allows it",
        ),
    ] {
        let gate =
            Gate::new(&orders(), move |permission, _| (permission == "PutItem").then(|| Ok(refused(name, message))));
        let told = denied(&gate.test(&["orders"]).await);
        assert_eq!(told, [("dynamodb:PutItem".to_owned(), json!("orders"), expected.to_owned())]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_or_lost_for_a_while_is_tried_again() {
    let gate = Gate::new(&orders(), |_, before| match before {
        0 => Some(Ok(refused("ThrottlingException", "slow down"))),
        1 => Some(Err(Failure::Lost("connection reset".to_owned()))),
        2 => Some(Ok(Answer { status: 500, body: Bytes::from(r#"{"__type":"x#InternalServerError"}"#) })),
        _ => None,
    });
    assert_eq!(denied(&gate.test(&["orders"]).await), []);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_by_the_deadline_counts_as_not_allowed() {
    let throttling = "ProvisionedThroughputExceededException";
    let gate =
        Gate::new(&orders(), move |permission, _| (permission == "Scan").then(|| Ok(refused(throttling, "slow down"))));
    let answer = gate.test_in(&["orders"], &Function::ALL, None, 2_000).await.unwrap();
    let [(action, _, message)] = denied(&answer).try_into().unwrap();
    assert_eq!(action, "dynamodb:Scan");
    assert!(message.starts_with("not known: DynamoDB did not do it: `Scan` was tried "), "{message}");
    assert!(message.ends_with("ms: ProvisionedThroughputExceededException: slow down; try again"), "{message}");
    // And where there is no time at all.
    let answer = Gate::open(&orders()).test_in(&["orders"], &[Function::LoadExtract], None, 0).await.unwrap();
    let told = denied(&answer);
    assert_eq!(told.len(), Function::LoadExtract.permissions().len());
    assert!(told.iter().all(|(.., message)| message.starts_with("not known: ")), "{told:?}");
}

#[tokio::test]
async fn what_tells_nothing_of_a_permission_is_not_taken_for_one() {
    for (permission, name) in [
        ("Scan", "ValidationException"),
        ("PutItem", "SerializationException"),
        ("DescribeContinuousBackups", "UnknownOperationException"),
    ] {
        let gate = Gate::new(&orders(), move |of, _| (of == permission).then(|| Ok(refused(name, "no"))));
        let [(action, _, message)] = denied(&gate.test(&["orders"]).await).try_into().unwrap();
        assert_eq!(action, format!("dynamodb:{permission}"));
        assert!(message.starts_with(&format!("not known: DynamoDB did not do it: {name}")), "{message}");
    }
}

#[tokio::test]
async fn credentials_that_are_not_accepted_end_the_test() {
    for (name, kind) in [("UnrecognizedClientException", Kind::Config), ("ExpiredTokenException", Kind::Service)] {
        for permission in ["DescribeTable", "PutItem"] {
            let gate = Gate::new(&orders(), move |of, _| (of == permission).then(|| Ok(refused(name, "no"))));
            let error = gate.test_in(&["orders"], &Function::ALL, None, 60_000).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{}", error.text());
        }
    }
    let nobody = Gate::new(&orders(), |_, _| Some(Err(Failure::Credentials("no file".to_owned()))));
    let error = nobody.test_in(&["orders"], &Function::ALL, None, 60_000).await.unwrap_err();
    assert_eq!(error.text(), "DynamoDB did not do it: there are no credentials: no file");
}

#[tokio::test]
async fn the_policy_names_tables_by_what_is_known_of_them() {
    let arn = |answer: &Value| statement(answer, "Tables")["Resource"][0].clone();
    let described = Gate::open(&orders()).test(&["orders"]).await;
    assert_eq!((arn(&described), statement(&described, "Indexes")), (json!(format!("{ARN}orders")), &Value::Null));
    // What denies it tells the ARN, but not whether the table has indexes.
    let told = Gate::denying(&orders(), "DescribeTable").test(&["orders"]).await;
    assert_eq!(arn(&told), json!(format!("{ARN}orders")));
    assert_eq!(statement(&told, "Indexes")["Resource"], json!([format!("{ARN}orders/index/*")]));
    let mute =
        |permission: &str, _| (permission == "DescribeTable").then(|| Ok(refused("AccessDeniedException", "no")));
    let answer = Gate::new(&orders(), mute).test(&["orders"]).await;
    assert_eq!(arn(&answer), json!("arn:aws:dynamodb:us-east-1:*:table/orders"));
    let told = denied(&answer);
    assert_eq!(told[1].0, "dynamodb:ListTagsOfResource");
    assert_eq!(told[1].2, "not known: it takes the table's ARN, which takes dynamodb:DescribeTable");
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn the_policy_has_the_indexes_of_tables_that_have_some() {
    let embedded = orders();
    let schema = |name: &str| json!([{"AttributeName": name, "KeyType": "HASH"}]);
    let index = json!({"IndexName": "by_day", "KeySchema": schema("day"), "Projection": {"ProjectionType": "ALL"}});
    let kinds = ["id", "day"].map(|name| json!({"AttributeName": name, "AttributeType": "S"}));
    let input = json!({"TableName": "sales", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": kinds,
        "KeySchema": schema("id"), "GlobalSecondaryIndexes": [index]});
    ask(&embedded, "CreateTable", &input);
    let answer = Gate::open(&embedded).test(&["orders", "sales"]).await;
    assert_eq!(statement(&answer, "Indexes")["Resource"], json!([format!("{ARN}sales/index/*")]));
    let actions = json!(["dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"]);
    assert_eq!(statement(&answer, "Indexes")["Action"], actions);
}

#[tokio::test]
async fn a_table_may_be_given_by_its_arn() {
    let gate = Gate::denying(&orders(), "PutItem");
    let arn = format!("{ARN}orders");
    let answer = gate.test_in(&[&arn], &Function::ALL, Some("eu-west-1"), 60_000).await.unwrap();
    let [(action, table, _)] = denied(&answer).try_into().unwrap();
    assert_eq!((action.as_str(), table), ("dynamodb:PutItem", json!(arn)));
    assert_eq!(statement(&answer, "Tables")["Resource"], json!([arn]));
    let gone = format!("{ARN}gone");
    let answer = gate.test_in(&[&gone], &Function::ALL, Some("eu-west-1"), 60_000).await.unwrap();
    assert!(denied(&answer)[0].2.starts_with(&format!("table `{gone}` does not exist in dynoxide;")));
}

#[tokio::test]
async fn a_table_that_is_not_active_yet_is_told_so() {
    let described = json!({"Table": {"TableStatus": "CREATING", "TableArn": format!("{ARN}orders")}});
    let gate = Gate::new(&orders(), move |permission, _| match permission {
        "DescribeTable" => Some(Ok(Answer { status: 200, body: described.to_string().into() })),
        "GetItem" => Some(Ok(refused("ResourceNotFoundException", "Requested resource not found"))),
        _ => None,
    });
    let [(action, _, message)] = denied(&gate.test(&["orders"]).await).try_into().unwrap();
    assert_eq!(action, "dynamodb:GetItem");
    assert_eq!(message, "table `orders` is CREATING; wait until it is ACTIVE");
}

#[tokio::test]
async fn a_text_that_names_no_table_is_refused_before_anything_is_asked() {
    let gate = Gate::open(&orders());
    for text in ["", "or", "orders\" WHERE id = 'a'", "arn:aws:s3:::orders"] {
        let error = gate.test_in(&["orders", text], &Function::ALL, None, 60_000).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Request);
        assert!(error.text().starts_with(&format!("`{text}` names no table: ")), "{}", error.text());
    }
    assert_eq!(gate.requests(), []);
}
