//! The inputs of every action: one table.

use super::input::{Input, Shape};

/// What every action takes.
pub(super) const COMMON: [Input; 4] = [
    Input::new("action", Shape::Text, "The action.").wanted(),
    Input::new(
        "connection",
        Shape::Connection,
        "A name from connections.yaml, or a connection's own keys. Default: the function's own role.",
    ),
    Input::new("awsRegion", Shape::Text, "The region, over that of the connection."),
    Input::new("format", Shape::Word(&["plain", "typed"]), "How values are written, in and out.").or("\"plain\""),
];

const TABLE: Input = Input::new("tableName", Shape::Text, "The table's name or ARN.").wanted().to("TableName");

const WAIT: Input = Input::new(
    "wait",
    Shape::Flag,
    "Whether to wait until the table is ACTIVE, or gone; `waited` in the answer tells whether that came in time.",
)
.or("false");

const VALUE: Input = Input::new("value", Shape::Key, "The value of the partition key.").wanted();
const RANGE: Input =
    Input::new("rangeKeyValue", Shape::Key, "The value of the sort key; wanted where the table has one.");

const CONSISTENT: Input =
    Input::new("consistentRead", Shape::Flag, "Whether to read what was written just before, for twice the units.")
        .or("false")
        .to("ConsistentRead");

const CONDITION: Input =
    Input::new("conditionExpression", Shape::Text, "What must hold of the stored item, or nothing is written.")
        .to("ConditionExpression");

const NAMES: Input = Input::new(
    "expressionAttributeNames",
    Shape::Names,
    "What the names that begin with `#` stand for: reserved words, names with dots.",
);
const VALUES: Input = Input::new(
    "expressionAttributeValues",
    Shape::Values,
    "What the names that begin with `:` stand for in the expressions.",
);
const VALUE_TYPES: Input = Input::new(
    "expressionAttributeValueTypes",
    Shape::Types,
    "The types of these values, where JSON's own are not meant.",
);

const FILTER: Input =
    Input::new("filterExpression", Shape::Text, "What must hold of an item that is read, or it is left out.")
        .to("FilterExpression");
const INDEX: Input =
    Input::new("indexName", Shape::Text, "The secondary index to read, not the table.").to("IndexName");

const LIMIT: Input = Input::new(
    "limit",
    Shape::Count,
    "With `fetchAll` the most that is found; without, the most that DynamoDB looks at for one page.",
);
const FETCH_ALL: Input =
    Input::new("fetchAll", Shape::Flag, "Whether to read all pages, up to `limit`, 6 MB and the time of the function.")
        .or("false");
const NEXT: Input =
    Input::new("nextToken", Shape::Text, "The `nextToken` of an answer, to go on behind it with the same request.");

const ATTRIBUTE_NAME: Input = Input::new("AttributeName", Shape::Text, "The attribute's name.").wanted();
const KEY_PARTS: Shape = Shape::Object(&[
    ATTRIBUTE_NAME,
    Input::new("KeyType", Shape::Word(&["HASH", "RANGE"]), "HASH for the partition key, RANGE for the sort key.")
        .wanted(),
]);
const KEY_SCHEMA: Shape = Shape::List(&KEY_PARTS, false);
const ATTRIBUTE: Shape = Shape::Object(&[
    ATTRIBUTE_NAME,
    Input::new("AttributeType", Shape::Word(&["S", "N", "B"]), "The attribute's type.").wanted(),
]);
const PROJECTION: Shape = Shape::Object(&[
    Input::new("ProjectionType", Shape::Word(&["ALL", "KEYS_ONLY", "INCLUDE"]), "Which attributes the index holds."),
    Input::new("NonKeyAttributes", Shape::List(&Shape::Text, false), "The attributes of INCLUDE."),
]);
const THROUGHPUT: Shape = Shape::Object(&[
    Input::new("ReadCapacityUnits", Shape::Count, "Read units a second.").wanted(),
    Input::new("WriteCapacityUnits", Shape::Count, "Write units a second.").wanted(),
]);
const ON_DEMAND: Shape = Shape::Object(&[
    Input::new("MaxReadRequestUnits", Shape::Count, "The most read units a second."),
    Input::new("MaxWriteRequestUnits", Shape::Count, "The most write units a second."),
]);
const INDEX_NAME: Input = Input::new("IndexName", Shape::Text, "The index's name.").wanted();
const INDEX_KEYS: Input = Input::new("KeySchema", KEY_SCHEMA, "The index's keys.").wanted();
const INDEX_PROJECTION: Input = Input::new("Projection", PROJECTION, "What the index holds.").wanted();
const GLOBAL_INDEX: Shape = Shape::Object(&[
    INDEX_NAME,
    INDEX_KEYS,
    INDEX_PROJECTION,
    Input::new("ProvisionedThroughput", THROUGHPUT, "Units a second. Default: the table's."),
    Input::new("OnDemandThroughput", ON_DEMAND, "The most units a second, on demand."),
]);
const LOCAL_INDEX: Shape = Shape::Object(&[INDEX_NAME, INDEX_KEYS, INDEX_PROJECTION]);
const TAG: Shape = Shape::Object(&[
    Input::new("Key", Shape::Text, "The tag's key.").wanted(),
    Input::new("Value", Shape::AnyText, "The tag's value.").wanted(),
]);
const TIME_TO_LIVE: Shape = Shape::Object(&[
    Input::new("AttributeName", Shape::Text, "The attribute that holds the time, in seconds since 1970.").wanted(),
    Input::new("Enabled", Shape::Flag, "Whether items expire.").or("true"),
]);

pub(super) const CREATE_TABLE: &[Input] = &[
    TABLE,
    Input::new("attributeDefinition", Shape::List(&ATTRIBUTE, false), "The key attributes and their types.")
        .wanted()
        .to("AttributeDefinitions"),
    Input::new("keySchema", KEY_SCHEMA, "The table's keys.").wanted().to("KeySchema"),
    Input::new("billingMode", Shape::Word(&["PROVISIONED", "PAY_PER_REQUEST"]), "How the table is charged.")
        .or("\"PROVISIONED\""),
    Input::new("readCapacityUnits", Shape::Count, "Read units a second; no matter with PAY_PER_REQUEST.").or("5"),
    Input::new("writeCapacityUnits", Shape::Count, "Write units a second; no matter with PAY_PER_REQUEST.").or("5"),
    Input::new("globalSecondaryIndexes", Shape::List(&GLOBAL_INDEX, true), "Indexes with keys of their own."),
    Input::new("localSecondaryIndexes", Shape::List(&LOCAL_INDEX, true), "Indexes with the table's partition key."),
    Input::new("timeToLive", TIME_TO_LIVE, "By what items expire; the action then waits for the table."),
    Input::new("tags", Shape::List(&TAG, true), "The table's tags."),
    WAIT,
];

pub(super) const DELETE_TABLE: &[Input] = &[TABLE, WAIT];

pub(super) const DESCRIBE_TABLE: &[Input] = &[TABLE];

pub(super) const LIST_TABLES: &[Input] = &[FETCH_ALL, LIMIT, NEXT];

pub(super) const GET_ITEM: &[Input] = &[TABLE, VALUE, RANGE, CONSISTENT];

pub(super) const UPDATE_ITEM: &[Input] = &[
    TABLE,
    VALUE,
    RANGE,
    Input::new("updateExpression", Shape::Text, "What is set, removed, added or deleted.")
        .wanted()
        .to("UpdateExpression"),
    CONDITION,
    VALUES,
    VALUE_TYPES,
    NAMES,
    Input::new(
        "returnValues",
        Shape::Word(&["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"]),
        "Which attributes the answer holds.",
    )
    .or("\"NONE\"")
    .to("ReturnValues"),
];

const RETURN_OLD: Input =
    Input::new("returnValues", Shape::Word(&["NONE", "ALL_OLD"]), "Whether the answer holds what was there before.")
        .or("\"NONE\"")
        .to("ReturnValues");

pub(super) const UPSERT_ITEM: &[Input] = &[
    TABLE,
    Input::new("item", Shape::Values, "The item: its attributes by name.").wanted(),
    Input::new("itemTypes", Shape::Types, "The types of these attributes, where JSON's own are not meant."),
    CONDITION,
    VALUES,
    VALUE_TYPES,
    NAMES,
    RETURN_OLD,
];

pub(super) const DELETE_ITEM: &[Input] = &[TABLE, VALUE, RANGE, CONDITION, VALUES, VALUE_TYPES, NAMES, RETURN_OLD];

/// What DynamoDB's Query takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html>
const QUERY: Shape = Shape::Parameters(&[
    "AttributesToGet",
    "ConditionalOperator",
    "ConsistentRead",
    "ExclusiveStartKey",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "FilterExpression",
    "IndexName",
    "KeyConditionExpression",
    "KeyConditions",
    "Limit",
    "ProjectionExpression",
    "QueryFilter",
    "ReturnConsumedCapacity",
    "ScanIndexForward",
    "Select",
    "TableName",
]);

/// What DynamoDB's Scan takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html>
const SCAN: Shape = Shape::Parameters(&[
    "AttributesToGet",
    "ConditionalOperator",
    "ConsistentRead",
    "ExclusiveStartKey",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "FilterExpression",
    "IndexName",
    "Limit",
    "ProjectionExpression",
    "ReturnConsumedCapacity",
    "ScanFilter",
    "Segment",
    "Select",
    "TableName",
    "TotalSegments",
]);

/// What DynamoDB's `ExecuteStatement` takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html>
const STATEMENT: Shape = Shape::Parameters(&[
    "ConsistentRead",
    "Limit",
    "NextToken",
    "Parameters",
    "ReturnConsumedCapacity",
    "ReturnValuesOnConditionCheckFailure",
    "Statement",
]);

const PARAMETERS: &str = "More of DynamoDB's own request, in its own form; what stands here goes over the inputs.";

pub(super) const QUERY_ITEMS: &[Input] = &[
    TABLE,
    Input::new("keyConditionExpression", Shape::Text, "The partition key's value and, perhaps, a range of sort keys.")
        .to("KeyConditionExpression"),
    FILTER,
    VALUES,
    VALUE_TYPES,
    NAMES,
    INDEX,
    CONSISTENT,
    Input::new("scanIndexForward", Shape::Flag, "Whether sort keys ascend.").or("true").to("ScanIndexForward"),
    LIMIT,
    FETCH_ALL,
    NEXT,
    Input::new("queryParameters", QUERY, PARAMETERS),
];

pub(super) const SCAN_ITEMS: &[Input] = &[
    TABLE,
    FILTER,
    VALUES,
    VALUE_TYPES,
    NAMES,
    INDEX,
    CONSISTENT,
    LIMIT,
    FETCH_ALL,
    NEXT,
    Input::new("queryParameters", SCAN, PARAMETERS),
];

pub(super) const RAW_REQUEST: &[Input] = &[
    Input::new("statement", Shape::Text, "A PartiQL statement; each `?` in it stands for a parameter.")
        .wanted()
        .to("Statement"),
    Input::new("parameters", Shape::Several, "The values of the parameters, in their order."),
    CONSISTENT,
    LIMIT,
    FETCH_ALL,
    NEXT,
    Input::new("queryParameters", STATEMENT, PARAMETERS),
];

pub(super) const TEST_CONNECTION: &[Input] = &[
    Input::new("tableNames", Shape::List(&Shape::Text, false), "The tables whose permissions are tried."),
    Input::new("tableName", Shape::Text, "One such table."),
    Input::new(
        "functions",
        Shape::List(&Shape::Word(&["load-extract", "mirror-table", "export-catalog", "table-action"]), false),
        "The functions whose permissions are tried. Default: all.",
    ),
];
