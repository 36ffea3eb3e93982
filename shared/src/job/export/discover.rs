//! Which tables there are: every page of every account and region, as far as they may be asked.

use std::time::Duration;

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::{
    bucket::Bucket,
    catalog::{
        coverage::{self, Coverage},
        describe::{self, Answers},
        native::{Account, Skipped, Table},
    },
    connection::Connection,
    dynamodb::{self, Class, Client},
    error::{Error, Kind, chain},
    job::{Connect, edges::connection},
    time::Deadline,
};

/// How many accounts in regions are asked at once, and how long one is waited for.
const AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_mins(1);

/// Why a table was listed and is gone.
const VANISHED: &str = "it was listed, and then it was gone";

/// What discovery reaches.
#[derive(Clone, Copy)]
pub(super) struct Outside<'a> {
    pub(super) bucket: &'a dyn Bucket,
    pub(super) connect: &'a dyn Connect,
    /// The function's own region.
    pub(super) region: Option<&'a str>,
}

/// An account in a region, with the tables that are meant.
pub(super) struct Place {
    pub(super) account: Account,
    pub(super) tables: Vec<String>,
}

impl Outside<'_> {
    /// Looks at every account and region; one that cannot be reached tells why, and stops no other.
    pub(super) async fn places(&self, coverage: &Coverage, deadline: Deadline) -> Vec<Place> {
        let deadline = Deadline::after(deadline.left().min(PATIENCE));
        let mut wanted = Vec::new();
        for account in &coverage.accounts {
            let way = self.way(account.connection.as_deref()).await.map_err(|error| error.text());
            let own = way.as_ref().ok().and_then(|way| way.region.clone()).or_else(|| self.region.map(str::to_owned));
            let regions =
                if account.regions.is_empty() { vec![own.unwrap_or_default()] } else { account.regions.clone() };
            for region in regions {
                let is_known = |(other, _, theirs): &(&coverage::Account, _, String)| {
                    other.connection == account.connection && *theirs == region
                };
                if !wanted.iter().any(is_known) {
                    wanted.push((account, way.clone(), region));
                }
            }
        }
        let places = wanted.into_iter().map(|(account, way, region)| async move {
            match way {
                Ok(way) => self.place(account, &way, region, coverage, deadline).await,
                Err(error) => closed(account, region, error),
            }
        });
        stream::iter(places).buffered(AT_ONCE).collect().await
    }

    /// The clients of accounts in regions, in their order.
    pub(super) async fn clients(&self, accounts: &[Account]) -> Vec<Result<Client, Error>> {
        let mut clients = Vec::new();
        for account in accounts {
            clients.push(self.client(account).await);
        }
        clients
    }

    /// The client of an account in a region.
    pub(super) async fn client(&self, account: &Account) -> Result<Client, Error> {
        let way = self.way(account.connection.as_deref()).await?;
        self.connect.client(Some(&Connection { region: Some(account.region.clone()), ..way })).await
    }

    async fn way(&self, connection_name: Option<&str>) -> Result<Connection, Error> {
        match connection_name {
            None => Ok(Connection::default()),
            Some(name) => connection(self.bucket, name, Kind::Mapping).await,
        }
    }

    async fn place(
        &self,
        account: &coverage::Account,
        way: &Connection,
        region: String,
        coverage: &Coverage,
        deadline: Deadline,
    ) -> Place {
        let way = Connection { region: Some(region.clone()), ..way.clone() };
        let listed = async {
            let client = self.connect.client(Some(&way)).await.map_err(|error| error.text())?;
            let names = names(&client, deadline).await.map_err(|error| missing(&error, "ListTables"))?;
            Ok(names)
        };
        let names = match listed.await {
            Ok(names) => names,
            Err(error) => return closed(account, region, error),
        };
        let found = names.len() as u64;
        let tables: Vec<String> = names.into_iter().filter(|name| coverage.filter.takes(name)).collect();
        let account = Account {
            region,
            connection: account.connection.clone(),
            tables_found: found,
            tables_included: tables.len() as u64,
            ..Account::default()
        };
        Place { account, tables }
    }
}

fn closed(account: &coverage::Account, region: String, error: String) -> Place {
    let account = Account { region, connection: account.connection.clone(), error: Some(error), ..Account::default() };
    Place { account, tables: Vec::new() }
}

/// The names of all tables of a region.
async fn names(client: &Client, deadline: Deadline) -> Result<Vec<String>, dynamodb::Error> {
    let (mut names, mut after) = (Vec::new(), Value::Null);
    loop {
        let body = if after.is_null() { json!({}) } else { json!({"ExclusiveStartTableName": after}) };
        let mut answer = client.call("ListTables", &body, deadline).await?;
        let page = answer.get("TableNames").and_then(Value::as_array).into_iter().flatten();
        names.extend(page.filter_map(Value::as_str).map(str::to_owned));
        after = answer.get_mut("LastEvaluatedTableName").map(Value::take).unwrap_or_default();
        if after.is_null() {
            return Ok(names);
        }
    }
}

/// What could not be asked, and why.
fn missing(error: &dynamodb::Error, operation: &str) -> String {
    match error.class() {
        Class::Denied => format!("the permission `dynamodb:{operation}` is missing: {}", chain(error)),
        _ => format!("`{operation}` failed: {}", chain(error)),
    }
}

/// A table that nothing is known of.
pub(super) struct Undescribed {
    /// Why.
    pub(super) skipped: Skipped,
    /// Whether there was merely no time left to ask.
    pub(super) is_late: bool,
}

/// Asks a table for all that it tells of itself.
///
/// # Errors
///
/// Why nothing of it is known, or too little, time being over.
pub(super) async fn describe(
    client: &Client,
    place: &Account,
    name: &str,
    deadline: Deadline,
) -> Result<(Table, crate::table::Table), Undescribed> {
    // What answers with nothing but errors holds up the others no longer than that.
    let is_short = deadline.left() < PATIENCE;
    let deadline = Deadline::after(deadline.left().min(PATIENCE));
    let is_late = |error: &dynamodb::Error| is_short && matches!(error.class(), Class::Throttled | Class::Transient);
    let skipped = |reason: String| Skipped {
        account: place.account.clone(),
        region: place.region.clone(),
        table: name.to_owned(),
        reason,
    };
    let asked = json!({"TableName": name});
    let description = client.call("DescribeTable", &asked, deadline).await.map_err(|error| {
        let reason = match error.class() {
            Class::Missing => VANISHED.to_owned(),
            _ => missing(&error, "DescribeTable"),
        };
        Undescribed { skipped: skipped(reason), is_late: is_late(&error) }
    })?;
    let arn = description.pointer("/Table/TableArn").and_then(Value::as_str).unwrap_or(name);
    let (ttl, backups, tags) = tokio::join!(
        client.call("DescribeTimeToLive", &asked, deadline),
        client.call("DescribeContinuousBackups", &asked, deadline),
        tags(client, arn, deadline),
    );
    let errors = [ttl.as_ref().err(), backups.as_ref().err(), tags.as_ref().err()];
    if errors.into_iter().flatten().any(is_late) {
        return Err(Undescribed { skipped: skipped("time ran out before it was described".to_owned()), is_late: true });
    }
    let mut permissions = Vec::new();
    let mut note = |permission: &str, error: dynamodb::Error| {
        if error.class() == Class::Denied {
            permissions.push(format!("dynamodb:{permission}"));
        } else {
            tracing::warn!(
                table = name,
                action = permission,
                reason = chain(&error),
                "a table was not described as a whole"
            );
        }
    };
    let ttl = ttl.map_err(|error| note("DescribeTimeToLive", error)).ok();
    let backups = backups.map_err(|error| note("DescribeContinuousBackups", error)).ok();
    let tags = tags.map_err(|error| note("ListTagsOfResource", error)).ok();
    let answers = Answers {
        description: &description,
        time_to_live: ttl.as_ref(),
        backups: backups.as_ref(),
        tags: tags.as_deref(),
    };
    let table = Table {
        region: place.region.clone(),
        connection: place.connection.clone(),
        missing_permissions: permissions,
        ..describe::table(answers)
    };
    let readable = crate::table::Table::read(name, &description)
        .map_err(|error| Undescribed { skipped: skipped(error.to_string()), is_late: false })?;
    Ok((table, readable))
}

async fn tags(client: &Client, arn: &str, deadline: Deadline) -> Result<Vec<Value>, dynamodb::Error> {
    let (mut tags, mut after) = (Vec::new(), Value::Null);
    loop {
        let mut body = serde_json::Map::from_iter([("ResourceArn".to_owned(), arn.into())]);
        if !after.is_null() {
            body.insert("NextToken".to_owned(), after);
        }
        let mut answer = client.call("ListTagsOfResource", &body.into(), deadline).await?;
        if let Some(Value::Array(page)) = answer.get_mut("Tags").map(Value::take) {
            tags.extend(page);
        }
        after = answer.get_mut("NextToken").map(Value::take).unwrap_or_default();
        if after.is_null() {
            return Ok(tags);
        }
    }
}
