//! A payload to a request: which action, through which connection, and the body of DynamoDB's own request.

use serde_json::{Map, Value, json};

use super::{
    Action, Format, KeyValues,
    input::{self, Input},
    page::Pages,
    permission::Function,
    plain::{self, Type},
    repeat, table,
};
use crate::{
    connection::{self, Connection},
    problem::{listed, near, quoted},
};

/// A request, checked as far as it can be without the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What to do.
    pub action: Action,
    /// Through which connection; the function's own where there is none.
    pub via: Option<Via>,
    /// The region, over that of the connection.
    pub region: Option<String>,
    /// How values are written.
    pub format: Format,
    /// The table, where the request names one.
    pub table: Option<String>,
    /// The body of DynamoDB's request, but for what [`Task`] says.
    pub body: Map<String, Value>,
    /// What the action is beyond its body.
    pub task: Task,
}

/// A connection of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// One of connections.yaml.
    Named(String),
    /// One that came with the request.
    Inline(Box<Connection>),
}

/// What an action is beyond its body.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// The body is whole.
    Once,
    /// The body wants the item's key, which the table's keys say.
    Keyed(KeyValues),
    /// The answer comes in pages.
    Pages(Pages),
    /// A table that is created.
    Create {
        /// What `UpdateTimeToLive` is told.
        time_to_live: Option<Value>,
        /// Whether to wait until the table is ACTIVE.
        wait: bool,
    },
    /// A table that is deleted.
    Delete {
        /// Whether to wait until it is gone.
        wait: bool,
    },
    /// Permissions that are tried.
    Test {
        /// The tables.
        tables: Vec<String>,
        /// The functions that need them.
        functions: Vec<Function>,
    },
}

impl Request {
    /// Reads a payload. A member that is null is as if it were not there.
    ///
    /// ```
    /// # use rowferry::action::Request;
    /// let payload = serde_json::json!({"action": "getItem", "tableName": "orders", "value": "a", "valeu": 1});
    /// let problems = Request::read(&payload).unwrap_err();
    /// assert_eq!(problems, ["unknown input `valeu`; did you mean `value`?"]);
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem of the payload.
    pub fn read(payload: &Value) -> Result<Self, Vec<String>> {
        let Some(members) = payload.as_object() else {
            return Err(vec![
                r#"the payload is no object; wanted one like `{"action": "describeTable", "tableName": "orders"}`"#
                    .into(),
            ]);
        };
        let given: Map<String, Value> =
            members.iter().filter(|(_, value)| !value.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
        let action = action(given.get("action")).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        input::check(&given, &action.inputs().collect::<Vec<_>>(), "", &mut problems);
        let via = via(given.get("connection"), &mut problems);
        let format = if given.get("format") == Some(&json!("typed")) { Format::Typed } else { Format::Plain };
        let region = text(&given, "awsRegion");
        if let Some(region) = &region
            && !connection::is_label(region)
        {
            problems.push(format!("`awsRegion` is the text {}; wanted a region such as `eu-west-1`", quoted(region)));
        }
        let mut body = body(action, &given, format, &mut problems);
        let task = task(action, &given, &mut body, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let table = text(&body, "TableName");
        Ok(Self { action, via, region, format, table, body, task })
    }

    /// Whether a second time would change nothing and answer the same.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        repeat::is_harmless(self.action, &self.body)
    }

    /// Whether it changes items.
    #[must_use]
    pub fn writes_items(&self) -> bool {
        matches!(self.action, Action::UpdateItem | Action::UpsertItem | Action::DeleteItem)
            || (self.action == Action::RawRequest && !is_select(&self.body))
    }

    /// Whether it changes what tables there are.
    #[must_use]
    pub fn writes_tables(&self) -> bool {
        matches!(self.action, Action::CreateTable | Action::DeleteTable)
    }
}

fn action(given: Option<&Value>) -> Result<Action, String> {
    let names = Action::ALL.map(|(name, ..)| name);
    let all = listed(&names);
    match given {
        None => Err(format!("`action` is missing; wanted {all}")),
        Some(Value::String(name)) => Action::of(name).ok_or_else(|| match near(name, names) {
            Some(near) => format!("`action` is {}; did you mean {}?", quoted(name), quoted(near)),
            None => format!("`action` is {}; wanted {all}", quoted(name)),
        }),
        Some(_) => Err(format!("`action` is no text; wanted {all}")),
    }
}

fn via(given: Option<&Value>, problems: &mut Vec<String>) -> Option<Via> {
    match given? {
        Value::String(name) => Some(Via::Named(name.clone())),
        keys @ Value::Object(_) => match connection::parse_inline(&keys.to_string()) {
            Ok(connection) => Some(Via::Inline(Box::new(connection))),
            Err(found) => {
                problems.extend(found.into_iter().map(|problem| format!("`connection`: {}", problem.message)));
                None
            }
        },
        _ => None,
    }
}

/// The members of DynamoDB's request that the payload gives.
fn body(action: Action, given: &Map<String, Value>, format: Format, problems: &mut Vec<String>) -> Map<String, Value> {
    let mut body: Map<String, Value> = action
        .inputs()
        .filter_map(|Input { name, member, .. }| Some(((*member)?.to_owned(), given.get(*name)?.clone())))
        .collect();
    let mut add = |member: &str, values: Option<Map<String, Value>>| {
        if let Some(values) = values.filter(|values| !values.is_empty()) {
            body.insert(member.to_owned(), Value::Object(values));
        }
    };
    let mut values = |name: &str, types: &str| {
        let none = Value::Object(Map::new());
        let types = Type::read_all(given.get(types).unwrap_or(&none), types, problems)?;
        plain::to_item(given.get(name).unwrap_or(&none), format, &types, name, problems)
    };
    let item = values("item", "itemTypes");
    let expression = values("expressionAttributeValues", "expressionAttributeValueTypes");
    if let Some(name) = expression.iter().flat_map(Map::keys).find(|name| !name.starts_with(':')) {
        let problem =
            format!("`expressionAttributeValues` has the name {}; wanted one that begins with `:`", quoted(name));
        problems.push(problem);
    }
    if action == Action::UpsertItem {
        add("Item", item);
    }
    add("ExpressionAttributeValues", expression);
    add("ExpressionAttributeNames", given.get("expressionAttributeNames").and_then(Value::as_object).cloned());
    let parameters = given.get("parameters").and_then(Value::as_array).into_iter().flatten().enumerate();
    let parameters: Vec<Value> = parameters
        .filter_map(|(at, value)| plain::to_value(value, format, None, &format!("parameters[{at}]"), problems))
        .collect();
    // DynamoDB refuses an empty list.
    if !parameters.is_empty() {
        body.insert("Parameters".into(), parameters.into());
    }
    if let Some(more) = given.get("queryParameters").and_then(Value::as_object) {
        body.extend(
            more.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())),
        );
    }
    let may_fail = body.contains_key("ConditionExpression") || (body.contains_key("Statement") && !is_select(&body));
    if may_fail {
        body.entry("ReturnValuesOnConditionCheckFailure").or_insert_with(|| "ALL_OLD".into());
    }
    body
}

fn task(action: Action, given: &Map<String, Value>, body: &mut Map<String, Value>, problems: &mut Vec<String>) -> Task {
    let flag = |name: &str| given.get(name).and_then(Value::as_bool).unwrap_or(false);
    match action {
        Action::DescribeTable | Action::UpsertItem => Task::Once,
        Action::GetItem | Action::UpdateItem | Action::DeleteItem => Task::Keyed(KeyValues {
            value: given.get("value").cloned().unwrap_or_default(),
            range: given.get("rangeKeyValue").cloned(),
        }),
        Action::ListTables | Action::QueryItems | Action::ScanItems | Action::RawRequest => {
            let keys = ["KeyConditionExpression", "KeyConditions"];
            if action == Action::QueryItems && !keys.iter().any(|key| body.contains_key(*key)) {
                problems.push("`keyConditionExpression` is missing; wanted one such as `pk = :pk`".into());
            }
            Task::Pages(Pages::read(action, given, body, problems))
        }
        Action::CreateTable => {
            table::complete(body, given);
            Task::Create { time_to_live: given.get("timeToLive").and_then(table::time_to_live), wait: flag("wait") }
        }
        Action::DeleteTable => Task::Delete { wait: flag("wait") },
        Action::TestConnection => {
            let words = |name: &str| -> Vec<String> {
                let list = given.get(name).and_then(Value::as_array).into_iter().flatten();
                list.filter_map(Value::as_str).map(str::to_owned).collect()
            };
            let mut tables = words("tableNames");
            tables
                .extend(text(given, "tableName").filter(|name| !tables.contains(name)).into_iter().collect::<Vec<_>>());
            let functions: Vec<Function> = words("functions").iter().filter_map(|name| Function::named(name)).collect();
            Task::Test { tables, functions: if functions.is_empty() { Function::ALL.to_vec() } else { functions } }
        }
    }
}

fn is_select(body: &Map<String, Value>) -> bool {
    repeat::begins_with(body.get("Statement").and_then(Value::as_str).unwrap_or_default(), "SELECT")
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name).and_then(Value::as_str).map(str::to_owned)
}
