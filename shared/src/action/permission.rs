//! The permissions that each function needs on a table, and the smallest IAM policy that gives them.

use std::{collections::BTreeSet, fmt};

use serde_json::{Value, json};

use self::Permission::{
    BatchGetItem, BatchWriteItem, DeleteItem, DescribeContinuousBackups, DescribeTable, DescribeTimeToLive, GetItem,
    ListTables, ListTagsOfResource, PartiQLDelete, PartiQLInsert, PartiQLSelect, PartiQLUpdate, PutItem, Query, Scan,
    UpdateItem,
};

/// A permission of IAM for DynamoDB, named as IAM names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the operation of its name")]
pub enum Permission {
    BatchGetItem,
    BatchWriteItem,
    DeleteItem,
    DescribeContinuousBackups,
    DescribeTable,
    DescribeTimeToLive,
    GetItem,
    ListTables,
    ListTagsOfResource,
    PartiQLDelete,
    PartiQLInsert,
    PartiQLSelect,
    PartiQLUpdate,
    PutItem,
    Query,
    Scan,
    UpdateItem,
}

/// The name in policies, such as `dynamodb:PutItem`.
impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dynamodb:{self:?}")
    }
}

/// A function that needs permissions on tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// load-extract.
    LoadExtract,
    /// mirror-table.
    MirrorTable,
    /// export-catalog.
    ExportCatalog,
    /// table-action.
    TableAction,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::LoadExtract, Self::MirrorTable, Self::ExportCatalog, Self::TableAction];

    /// The name, which is its folder's.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LoadExtract => "load-extract",
            Self::MirrorTable => "mirror-table",
            Self::ExportCatalog => "export-catalog",
            Self::TableAction => "table-action",
        }
    }

    /// The function of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// What it needs on a table that it is used on, in the order of the names.
    ///
    /// The permissions by which table-action creates and deletes tables (`CreateTable`, `DeleteTable`,
    /// `UpdateTimeToLive`, `TagResource`) are none of these: they cannot be tried without effect.
    #[must_use]
    pub fn permissions(self) -> &'static [Permission] {
        match self {
            Self::LoadExtract => {
                &[BatchGetItem, BatchWriteItem, DescribeTable, DescribeTimeToLive, PutItem, UpdateItem]
            }
            Self::MirrorTable => &[
                BatchGetItem,
                BatchWriteItem,
                DeleteItem,
                DescribeTable,
                DescribeTimeToLive,
                PutItem,
                Scan,
                UpdateItem,
            ],
            Self::ExportCatalog => {
                &[DescribeContinuousBackups, DescribeTable, DescribeTimeToLive, ListTables, ListTagsOfResource, Scan]
            }
            Self::TableAction => &[
                DeleteItem,
                DescribeTable,
                GetItem,
                ListTables,
                PartiQLDelete,
                PartiQLInsert,
                PartiQLSelect,
                PartiQLUpdate,
                PutItem,
                Query,
                Scan,
                UpdateItem,
            ],
        }
    }

    /// What it needs on a table's indexes too: only table-action reads them.
    fn on_indexes(self) -> &'static [Permission] {
        match self {
            Self::TableAction => &[PartiQLSelect, Query, Scan],
            Self::LoadExtract | Self::MirrorTable | Self::ExportCatalog => &[],
        }
    }
}

/// What functions need on a table, each permission once, in the order of the names.
#[must_use]
pub fn wanted(functions: &[Function]) -> BTreeSet<Permission> {
    functions.iter().flat_map(|function| function.permissions()).copied().collect()
}

/// A table in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its ARN.
    pub arn: String,
    /// Whether it has indexes.
    pub indexed: bool,
}

/// The smallest IAM policy that gives functions what they need on tables.
#[must_use]
pub fn policy(functions: &[Function], tables: &[Resource]) -> Value {
    let mut on_tables = wanted(functions);
    // It takes no resource: IAM never grants it for a table's ARN.
    let lists = on_tables.remove(&ListTables);
    let on_indexes: BTreeSet<Permission> =
        functions.iter().flat_map(|function| function.on_indexes()).copied().collect();
    let arns: Vec<&str> = tables.iter().map(|table| table.arn.as_str()).collect();
    let indexes: Vec<String> =
        tables.iter().filter(|table| table.indexed).map(|table| format!("{}/index/*", table.arn)).collect();
    let mut statements = Vec::new();
    if lists {
        statements.push(statement("ListTables", &BTreeSet::from([ListTables]), &json!("*")));
    }
    if !arns.is_empty() && !on_tables.is_empty() {
        statements.push(statement("Tables", &on_tables, &json!(arns)));
    }
    if !indexes.is_empty() && !on_indexes.is_empty() {
        statements.push(statement("Indexes", &on_indexes, &json!(indexes)));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn statement(sid: &str, permissions: &BTreeSet<Permission>, resource: &Value) -> Value {
    let actions: Vec<String> = permissions.iter().map(ToString::to_string).collect();
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource})
}

/// Whether a text can name a table: 3 to 255 letters, digits, `_`, `.` and `-`, or the ARN of such a table.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
#[must_use]
pub fn is_table(text: &str) -> bool {
    let name = match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, "dynamodb", region, account, table] => {
            let parts = [partition, region, account];
            let plain =
                |part: &str| !part.is_empty() && part.chars().all(|each| each.is_ascii_alphanumeric() || each == '-');
            if !parts.into_iter().all(|part| plain(part)) {
                return false;
            }
            table.strip_prefix("table/").unwrap_or_default()
        }
        _ => text,
    };
    (3..=255).contains(&name.len()) && name.chars().all(|each| each.is_ascii_alphanumeric() || "_.-".contains(each))
}

/// The region in a table's ARN; none in a name.
#[must_use]
pub fn region_of(table: &str) -> Option<&str> {
    table.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2))
}

/// The ARN of a table in what DynamoDB says when it denies something, where it is told there.
#[must_use]
pub fn arn_in<'a>(denial: &'a str, table: &str) -> Option<&'a str> {
    denial
        .split_whitespace()
        .find(|word| is_table(word) && word.strip_suffix(table).is_some_and(|of| of.ends_with(":table/")))
}

/// The ARN of a table in whichever account it is.
#[must_use]
pub fn arn_of(table: &str, region: Option<&str>) -> String {
    if table.starts_with("arn:") {
        return table.to_owned();
    }
    let region = region.unwrap_or("*");
    let partition = match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:dynamodb:{region}:*:table/{table}")
}

#[cfg(test)]
mod tests;
