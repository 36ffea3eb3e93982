//! testConnection: tells for each permission that functions need on tables whether it is there, and changes nothing.

mod request;

use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use self::request::{Known, Request};
use crate::{
    action::permission::{self, Function, Permission, Resource},
    dynamodb::{self, Class, Client, Refusal},
    error::{Error, Kind},
    table::Table,
    time::Deadline,
};

/// How many requests may be on their way.
const AT_ONCE: usize = 8;

/// Tries what functions need on tables, and says which policy would give it.
///
/// Tables are named, or given by their ARN, which those of other accounts must be. What is throttled or has no answer is
/// tried again until the deadline; a permission of which nothing is known by then counts as not allowed, and says so.
///
/// # Errors
///
/// [`Kind::Request`] for a text that names no table; credentials that are not accepted end the whole test.
pub async fn probe(
    client: &Client,
    tables: &[String],
    functions: &[Function],
    region: Option<&str>,
    deadline: Deadline,
) -> Result<Value, Error> {
    let mut names: Vec<&str> = Vec::new();
    for table in tables {
        if !permission::is_table(table) {
            let wanted = "a name has 3 to 255 letters, digits, `_`, `.` and `-`; or give the table's ARN";
            return Err(Error::new(Kind::Request, format!("`{table}` names no table: {wanted}")));
        }
        if !names.contains(&table.as_str()) {
            names.push(table);
        }
    }
    let attempt = Attempt { client, region, deadline };
    let subjects = names.iter().map(|name| attempt.describe(name));
    let subjects: Vec<Subject<'_>> = stream::iter(subjects).buffered(AT_ONCE).try_collect().await?;
    let wanted = permission::wanted(functions);
    let (of_none, of_tables): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|each| *each == Permission::ListTables);
    let of_none = of_none.into_iter().map(|permission| (permission, None));
    let of_tables = subjects.iter().flat_map(|subject| of_tables.iter().map(move |each| (*each, Some(subject))));
    let tries = of_none.chain(of_tables).map(|(permission, subject)| attempt.permission(permission, subject));
    let told: Vec<(bool, Value)> = stream::iter(tries).buffered(AT_ONCE).try_collect().await?;
    let resources: Vec<Resource> = subjects.iter().map(|subject| subject.resource(region)).collect();
    Ok(json!({
        "ok": told.iter().all(|(allowed, _)| *allowed),
        "permissions": told.into_iter().map(|(_, told)| told).collect::<Vec<_>>(),
        "policy": permission::policy(functions, &resources),
    }))
}

/// What became of one permission: allowed, or why not.
type Told = Result<(), String>;

/// A table and what is known of it.
struct Subject<'a> {
    name: &'a str,
    arn: Option<String>,
    table: Option<Table>,
    /// Whether `DescribeTable` says that there is none.
    missing: bool,
    /// What became of `DescribeTable`.
    described: Told,
    /// What it means that an operation finds no table.
    absence: String,
}

impl Subject<'_> {
    /// The table in a policy. Where it is not known whether it has indexes it counts as if it had: that allows nothing
    /// more on a table without.
    fn resource(&self, region: Option<&str>) -> Resource {
        let indexed = self.table.as_ref().map_or(!self.missing, |table| !table.indexes.is_empty());
        let arn = self.arn.clone().unwrap_or_else(|| permission::arn_of(self.name, region));
        Resource { arn, indexed }
    }

    fn known(&self) -> Known<'_> {
        Known { name: self.name, arn: self.arn.as_deref(), table: self.table.as_ref() }
    }
}

/// One test of a connection.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    client: &'a Client,
    region: Option<&'a str>,
    deadline: Deadline,
}

impl Attempt<'_> {
    async fn describe(self, name: &str) -> Result<Subject<'_>, Error> {
        let place = permission::region_of(name).or(self.region).map(|region| format!(" in {region}"));
        let place = place.unwrap_or_default();
        let absence = format!("table `{name}` does not exist{place}; create it, or mend the name or the region");
        let given = name.starts_with("arn:").then(|| name.to_owned());
        let mut subject = Subject { name, arn: given, table: None, missing: false, described: Ok(()), absence };
        let input = json!({"TableName": name});
        let answer = self.client.call("DescribeTable", &input, self.deadline).await;
        match &answer {
            Ok(answer) => {
                let arn = answer.pointer("/Table/TableArn").and_then(Value::as_str);
                subject.arn = subject.arn.or_else(|| arn.map(str::to_owned));
                match Table::read(name, answer) {
                    Ok(table) => subject.table = Some(table),
                    // Until a table is active, operations on its items find none.
                    Err(error) => subject.absence = error.to_string(),
                }
            }
            Err(error) => {
                subject.missing = error.class() == Class::Missing;
                let denial = error.refusal().map(|refusal| refusal.message.as_str()).unwrap_or_default();
                subject.arn = subject.arn.or_else(|| permission::arn_in(denial, name).map(str::to_owned));
            }
        }
        subject.described = judge(true, answer, Some(&subject.absence))?;
        Ok(subject)
    }

    /// Tries one permission: whether it is there, and what is to be told of it.
    async fn permission(self, permission: Permission, of: Option<&Subject<'_>>) -> Result<(bool, Value), Error> {
        let told = match of {
            None => self.send(&request::list(), None).await?,
            // What a table is not there for needs no request of its own.
            Some(subject) if subject.missing || permission == Permission::DescribeTable => subject.described.clone(),
            Some(subject) => match request::make(permission, subject.known()) {
                Some(request) => self.send(&request, Some(&subject.absence)).await?,
                None => Err("not known: it takes the table's ARN, which takes dynamodb:DescribeTable".to_owned()),
            },
        };
        let (action, table) = (permission.to_string(), of.map(|subject| subject.name));
        let allowed = told.is_ok();
        Ok((allowed, json!({"action": action, "table": table, "allowed": allowed, "message": told.err()})))
    }

    /// Sends a request, again where that may help: it changes nothing, however often it arrives.
    async fn send(self, request: &Request, absence: Option<&str>) -> Result<Told, Error> {
        let answer = self.client.call(&request.operation, &request.input, self.deadline).await;
        judge(request.done, answer, absence)
    }
}

/// Says what the answer to a request means for the permission that it tries.
///
/// # Errors
///
/// Where the credentials are not accepted, so that nothing is known of any permission.
fn judge(done: bool, answer: Result<Value, dynamodb::Error>, absence: Option<&str>) -> Result<Told, Error> {
    let Err(error) = answer else { return Ok(Ok(())) };
    let told = match (error.class(), error.refusal(), absence) {
        (Class::Credentials | Class::Expired, ..) => return Err(error.into()),
        (Class::Denied, Some(refusal), _) => Err(denial(refusal)),
        (Class::Missing, _, Some(absence)) => Err(absence.to_owned()),
        // It came as far as the table. What cannot even be read has not.
        (Class::Invalid | Class::Condition, Some(refusal), _) if !done && refusal.name != "SerializationException" => {
            Ok(())
        }
        (Class::Throttled | Class::Transient, ..) => {
            Err(format!("not known: {}; try again", Error::from(error).text()))
        }
        _ => Err(format!("not known: {}", Error::from(error).text())),
    };
    Ok(told)
}

/// DynamoDB's own words, and a way out.
fn denial(refusal: &Refusal) -> String {
    let way_out = if refusal.name.starts_with("KMS") {
        "allow the use of the table's KMS key"
    } else if refusal.message.contains("explicit deny") {
        "take it out of the statement that denies it, which outweighs every one that allows it"
    } else {
        "allow it as `policy` does"
    };
    let message = if refusal.message.is_empty() { &refusal.name } else { &refusal.message };
    format!("{}; {way_out}", message.trim_end_matches('.'))
}
