//! The actions, by their names.

use super::{
    input::Input,
    inputs::{self, COMMON},
};

/// An action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Creates a table.
    CreateTable,
    /// Deletes a table.
    DeleteTable,
    /// Tells what a table is.
    DescribeTable,
    /// Lists tables.
    ListTables,
    /// Reads an item by its key.
    GetItem,
    /// Reads items of one partition key.
    QueryItems,
    /// Reads items of a table.
    ScanItems,
    /// Changes attributes of an item, which it makes where there is none.
    UpdateItem,
    /// Makes an item, or puts it in the place of one.
    UpsertItem,
    /// Deletes an item.
    DeleteItem,
    /// Does a `PartiQL` statement.
    RawRequest,
    /// Tells which permissions there are.
    TestConnection,
}

impl Action {
    /// Every action with its name and what it does. `createItem` is another name of `upsertItem`.
    pub const ALL: [(&'static str, Self, &'static str); 13] = [
        ("createTable", Self::CreateTable, "Creates a table."),
        ("deleteTable", Self::DeleteTable, "Deletes a table with all its items."),
        ("describeTable", Self::DescribeTable, "Tells a table's keys, indexes, capacity and size."),
        ("listTables", Self::ListTables, "Lists the tables of a region."),
        ("getItem", Self::GetItem, "Reads an item by its key."),
        ("queryItems", Self::QueryItems, "Reads the items of a partition key."),
        ("scanItems", Self::ScanItems, "Reads the items of a table."),
        ("updateItem", Self::UpdateItem, "Changes attributes of an item, which it makes where there is none."),
        ("upsertItem", Self::UpsertItem, "Makes an item, or puts it in the place of the one with its key."),
        ("createItem", Self::UpsertItem, "As upsertItem."),
        ("deleteItem", Self::DeleteItem, "Deletes an item by its key."),
        ("rawRequest", Self::RawRequest, "Does one PartiQL statement."),
        ("testConnection", Self::TestConnection, "Tells for each permission whether it is there."),
    ];

    /// The action of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, ..)| *known == name).map(|(_, action, _)| *action)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, action, _)| *action == self).map_or("", |(name, ..)| name)
    }

    /// What it takes: first what every action takes.
    pub fn inputs(self) -> impl Iterator<Item = &'static Input> {
        let own = match self {
            Self::CreateTable => inputs::CREATE_TABLE,
            Self::DeleteTable => inputs::DELETE_TABLE,
            Self::DescribeTable => inputs::DESCRIBE_TABLE,
            Self::ListTables => inputs::LIST_TABLES,
            Self::GetItem => inputs::GET_ITEM,
            Self::QueryItems => inputs::QUERY_ITEMS,
            Self::ScanItems => inputs::SCAN_ITEMS,
            Self::UpdateItem => inputs::UPDATE_ITEM,
            Self::UpsertItem => inputs::UPSERT_ITEM,
            Self::DeleteItem => inputs::DELETE_ITEM,
            Self::RawRequest => inputs::RAW_REQUEST,
            Self::TestConnection => inputs::TEST_CONNECTION,
        };
        COMMON.iter().chain(own)
    }

    /// DynamoDB's own operation.
    #[must_use]
    pub fn operation(self) -> &'static str {
        match self {
            Self::CreateTable => "CreateTable",
            Self::DeleteTable => "DeleteTable",
            Self::DescribeTable => "DescribeTable",
            Self::ListTables | Self::TestConnection => "ListTables",
            Self::GetItem => "GetItem",
            Self::QueryItems => "Query",
            Self::ScanItems => "Scan",
            Self::UpdateItem => "UpdateItem",
            Self::UpsertItem => "PutItem",
            Self::DeleteItem => "DeleteItem",
            Self::RawRequest => "ExecuteStatement",
        }
    }
}
