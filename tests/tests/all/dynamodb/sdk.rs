//! The AWS SDK as a transport, so that what Rowferry's own client promises is held against it: JSON in, a typed call,
//! and JSON of what the SDK made of the answer.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client, Config, Error,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
    types::{
        AttributeDefinition, AttributeValue, ConsumedCapacity, DeleteRequest, KeySchemaElement, KeysAndAttributes,
        PutRequest, TableDescription, ThrottlingReason, WriteRequest,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::dynamodb::{Answer, Failure, Transport};
use serde_json::{Map, Value, json};

type Item = HashMap<String, AttributeValue>;

/// The SDK's client, which makes one attempt of each call.
pub(super) struct Sdk(Client);

impl Sdk {
    pub(super) fn new(url: &str) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("AKTEST", "test", None, None, "test"))
            .endpoint_url(url)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .build();
        Self(Client::from_conf(config))
    }

    async fn call(&self, operation: &str, q: &Value) -> Result<Answer, Failure> {
        let (client, table) = (&self.0, text(q, "TableName"));
        let capacity_asked = text(q, "ReturnConsumedCapacity").map(|text| text.as_str().into());
        let (names, values) = (names(q), item(q, "ExpressionAttributeValues"));
        let condition = text(q, "ConditionExpression");
        let on_failure = text(q, "ReturnValuesOnConditionCheckFailure").map(|text| text.as_str().into());
        let returned = text(q, "ReturnValues").map(|text| text.as_str().into());
        let consistent = q["ConsistentRead"].as_bool();
        match operation {
            "CreateTable" => {
                let definitions = list(&q["AttributeDefinitions"]).map(definition).collect();
                let call = client.create_table().set_table_name(table);
                let call = call.set_attribute_definitions(Some(definitions)).set_key_schema(Some(schema(q)));
                let call = call.set_billing_mode(text(q, "BillingMode").map(|text| text.as_str().into()));
                answer(call.send().await, |done| json!({"TableDescription": done.table_description().map(described)}))
            }
            "DescribeTable" => {
                let call = client.describe_table().set_table_name(table);
                answer(call.send().await, |done| json!({"Table": done.table().map(described)}))
            }
            "PutItem" => {
                let call = client.put_item().set_table_name(table).set_item(item(q, "Item"));
                let call = call.set_condition_expression(condition).set_expression_attribute_names(names);
                let call = call.set_expression_attribute_values(values).set_return_consumed_capacity(capacity_asked);
                let call = call.set_return_values_on_condition_check_failure(on_failure);
                answer(call.set_return_values(returned).send().await, |done| {
                    written(done.attributes(), done.consumed_capacity())
                })
            }
            "UpdateItem" => {
                let call = client.update_item().set_table_name(table).set_key(item(q, "Key"));
                let call = call.set_condition_expression(condition).set_expression_attribute_names(names);
                let call = call.set_expression_attribute_values(values).set_return_consumed_capacity(capacity_asked);
                let call = call.set_return_values_on_condition_check_failure(on_failure);
                let call = call.set_update_expression(text(q, "UpdateExpression"));
                let call = call.set_return_values(returned);
                answer(call.send().await, |done| written(done.attributes(), done.consumed_capacity()))
            }
            "DeleteItem" => {
                let call = client.delete_item().set_table_name(table).set_key(item(q, "Key"));
                let call = call.set_condition_expression(condition).set_expression_attribute_names(names);
                let call = call.set_expression_attribute_values(values).set_return_consumed_capacity(capacity_asked);
                let call = call.set_return_values_on_condition_check_failure(on_failure);
                answer(call.set_return_values(returned).send().await, |done| {
                    written(done.attributes(), done.consumed_capacity())
                })
            }
            "GetItem" => {
                let call = client.get_item().set_table_name(table).set_key(item(q, "Key"));
                let call = call.set_consistent_read(consistent).set_return_consumed_capacity(capacity_asked);
                answer(
                    call.send().await,
                    |done| json!({"Item": done.item().map(json_item), "ConsumedCapacity": done.consumed_capacity().map(capacity)}),
                )
            }
            "BatchWriteItem" => {
                let tables = q["RequestItems"].as_object().unwrap().iter();
                let tables = tables.map(|(table, writes)| (table.clone(), list(writes).map(write).collect())).collect();
                let call = client.batch_write_item().set_request_items(Some(tables));
                answer(call.set_return_consumed_capacity(capacity_asked).send().await, |done| {
                    let left = done.unprocessed_items().into_iter().flatten();
                    let left = left.map(|(table, writes)| (table.clone(), writes.iter().map(json_write).collect()));
                    let consumed: Vec<Value> = done.consumed_capacity().iter().map(capacity).collect();
                    json!({"UnprocessedItems": left.collect::<Map<_, Value>>(), "ConsumedCapacity": consumed})
                })
            }
            "BatchGetItem" => {
                let tables = q["RequestItems"].as_object().unwrap().iter();
                let tables = tables.map(|(table, keys)| (table.clone(), keys_of(keys))).collect();
                let call = client.batch_get_item().set_request_items(Some(tables));
                answer(call.set_return_consumed_capacity(capacity_asked).send().await, |done| {
                    let found = done.responses().into_iter().flatten();
                    let found = found.map(|(table, items)| (table.clone(), items.iter().map(json_item).collect()));
                    let left = done.unprocessed_keys().into_iter().flatten();
                    let left = left.map(|(table, keys)| (table.clone(), json_keys(keys)));
                    let consumed: Vec<Value> = done.consumed_capacity().iter().map(capacity).collect();
                    json!({"Responses": found.collect::<Map<_, Value>>(), "UnprocessedKeys": left.collect::<Map<_, _>>(),
                        "ConsumedCapacity": consumed})
                })
            }
            "Query" => {
                let call = client.query().set_table_name(table).set_consistent_read(consistent);
                let call = call.set_key_condition_expression(text(q, "KeyConditionExpression"));
                let call = call.set_expression_attribute_names(names).set_expression_attribute_values(values);
                let call = call.set_limit(limit(q)).set_exclusive_start_key(item(q, "ExclusiveStartKey"));
                answer(call.set_return_consumed_capacity(capacity_asked).send().await, |done| {
                    page(done.items(), done.count(), done.last_evaluated_key(), done.consumed_capacity())
                })
            }
            "Scan" => {
                let call = client.scan().set_table_name(table).set_consistent_read(consistent);
                let call = call.set_limit(limit(q)).set_exclusive_start_key(item(q, "ExclusiveStartKey"));
                answer(call.set_return_consumed_capacity(capacity_asked).send().await, |done| {
                    page(done.items(), done.count(), done.last_evaluated_key(), done.consumed_capacity())
                })
            }
            _ => panic!("the SDK is not asked for {operation} yet"),
        }
    }
}

impl Transport for Sdk {
    fn send<'a>(&'a self, operation: &'a str, body: Bytes) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(async move { self.call(operation, &serde_json::from_slice(&body).unwrap()).await })
    }
}

fn written(before: Option<&Item>, consumed: Option<&ConsumedCapacity>) -> Value {
    json!({"Attributes": before.map(json_item), "ConsumedCapacity": consumed.map(capacity)})
}

/// What came of a call, as its JSON; members that are null are left out.
fn answer<T, E: std::error::Error + Send + Sync + 'static>(
    done: Result<T, SdkError<E>>,
    told: impl FnOnce(T) -> Value,
) -> Result<Answer, Failure>
where
    Error: From<SdkError<E>>,
{
    let error = match done {
        Ok(done) => {
            let mut body = told(done);
            body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            return Ok(Answer { status: 200, body: body.to_string().into() });
        }
        Err(error) => error,
    };
    let causes = std::iter::successors(Some(&error as &(dyn std::error::Error + 'static)), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    let status = match &error {
        SdkError::ServiceError(refused) => refused.raw().status().as_u16(),
        SdkError::DispatchFailure(_) if texts.iter().any(|text| text.contains("Connection refused")) => {
            return Err(Failure::Unreached(texts.join(": ")));
        }
        _ => return Err(Failure::Lost(texts.join(": "))),
    };
    let error = Error::from(error);
    let Some(code) = error.code() else { return Ok(Answer { status, body: Bytes::new() }) };
    let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": error.message()});
    match &error {
        Error::ConditionalCheckFailedException(unmet) => {
            if let Some(item) = unmet.item() {
                body["Item"] = json_item(item);
            }
        }
        Error::ProvisionedThroughputExceededException(short) => {
            body["ThrottlingReasons"] = short.throttling_reasons().iter().map(reason).collect();
        }
        Error::RequestLimitExceeded(short) => {
            body["ThrottlingReasons"] = short.throttling_reasons().iter().map(reason).collect();
        }
        Error::ThrottlingException(short) => {
            body["throttlingReasons"] = short.throttling_reasons().iter().map(reason).collect();
        }
        _ => {}
    }
    Ok(Answer { status, body: body.to_string().into() })
}

fn reason(told: &ThrottlingReason) -> Value {
    json!({"reason": told.reason(), "resource": told.resource()})
}

fn text(q: &Value, name: &str) -> Option<String> {
    q[name].as_str().map(str::to_owned)
}

fn list(given: &Value) -> impl Iterator<Item = &Value> {
    given.as_array().into_iter().flatten()
}

fn limit(q: &Value) -> Option<i32> {
    q["Limit"].as_i64().map(|limit| i32::try_from(limit).unwrap())
}

fn names(q: &Value) -> Option<HashMap<String, String>> {
    let names = q["ExpressionAttributeNames"].as_object()?.iter();
    Some(names.map(|(place, name)| (place.clone(), name.as_str().unwrap().to_owned())).collect())
}

fn definition(given: &Value) -> AttributeDefinition {
    let (name, kind) = (text(given, "AttributeName").unwrap(), text(given, "AttributeType").unwrap());
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind.as_str().into()).build().unwrap()
}

fn schema(q: &Value) -> Vec<KeySchemaElement> {
    let element = |given: &Value| {
        let (name, role) = (text(given, "AttributeName").unwrap(), text(given, "KeyType").unwrap());
        KeySchemaElement::builder().attribute_name(name).key_type(role.as_str().into()).build().unwrap()
    };
    list(&q["KeySchema"]).map(element).collect()
}

fn described(table: &TableDescription) -> Value {
    let schema = table.key_schema().iter();
    let schema = schema.map(|key| json!({"AttributeName": key.attribute_name(), "KeyType": key.key_type().as_str()}));
    let definitions = table.attribute_definitions().iter();
    let definitions = definitions.map(
        |given| json!({"AttributeName": given.attribute_name(), "AttributeType": given.attribute_type().as_str()}),
    );
    json!({
        "TableName": table.table_name(), "TableStatus": table.table_status().map(|status| status.as_str().to_owned()),
        "KeySchema": schema.collect::<Value>(), "AttributeDefinitions": definitions.collect::<Value>(),
    })
}

fn capacity(consumed: &ConsumedCapacity) -> Value {
    json!({"TableName": consumed.table_name(), "CapacityUnits": consumed.capacity_units()})
}

fn page(items: &[Item], count: i32, last: Option<&Item>, consumed: Option<&ConsumedCapacity>) -> Value {
    let items: Vec<Value> = items.iter().map(json_item).collect();
    json!({"Items": items, "Count": count, "LastEvaluatedKey": last.map(json_item),
        "ConsumedCapacity": consumed.map(capacity)})
}

fn write(given: &Value) -> WriteRequest {
    let put = item(&given["PutRequest"], "Item");
    let put = put.map(|item| PutRequest::builder().set_item(Some(item)).build().unwrap());
    let delete = item(&given["DeleteRequest"], "Key");
    let delete = delete.map(|key| DeleteRequest::builder().set_key(Some(key)).build().unwrap());
    WriteRequest::builder().set_put_request(put).set_delete_request(delete).build()
}

fn json_write(write: &WriteRequest) -> Value {
    match (write.put_request(), write.delete_request()) {
        (Some(put), _) => json!({"PutRequest": {"Item": json_item(put.item())}}),
        (_, Some(delete)) => json!({"DeleteRequest": {"Key": json_item(delete.key())}}),
        _ => json!({}),
    }
}

fn keys_of(given: &Value) -> KeysAndAttributes {
    let keys = list(&given["Keys"]).map(map).collect();
    let consistent = given["ConsistentRead"].as_bool();
    KeysAndAttributes::builder().set_keys(Some(keys)).set_consistent_read(consistent).build().unwrap()
}

fn json_keys(keys: &KeysAndAttributes) -> Value {
    let all: Vec<Value> = keys.keys().iter().map(json_item).collect();
    json!({"Keys": all, "ConsistentRead": keys.consistent_read()})
}

fn item(q: &Value, name: &str) -> Option<Item> {
    q[name].is_object().then(|| map(&q[name]))
}

fn map(given: &Value) -> Item {
    given.as_object().unwrap().iter().map(|(name, given)| (name.clone(), value(given))).collect()
}

fn value(given: &Value) -> AttributeValue {
    let (kind, held) = given.as_object().unwrap().iter().next().unwrap();
    let text = |held: &Value| held.as_str().unwrap().to_owned();
    let bytes = |held: &Value| Blob::new(BASE64.decode(held.as_str().unwrap()).unwrap());
    match kind.as_str() {
        "S" => AttributeValue::S(text(held)),
        "N" => AttributeValue::N(text(held)),
        "B" => AttributeValue::B(bytes(held)),
        "BOOL" => AttributeValue::Bool(held.as_bool().unwrap()),
        "NULL" => AttributeValue::Null(held.as_bool().unwrap()),
        "SS" => AttributeValue::Ss(list(held).map(text).collect()),
        "NS" => AttributeValue::Ns(list(held).map(text).collect()),
        "BS" => AttributeValue::Bs(list(held).map(bytes).collect()),
        "L" => AttributeValue::L(list(held).map(value).collect()),
        "M" => AttributeValue::M(map(held)),
        _ => panic!("no type {kind}"),
    }
}

fn json_item(item: &Item) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), json_value(value))).collect())
}

fn json_value(value: &AttributeValue) -> Value {
    let bytes = |blob: &Blob| BASE64.encode(blob.as_ref());
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(text) => json!({"N": text}),
        AttributeValue::B(blob) => json!({"B": bytes(blob)}),
        AttributeValue::Bool(held) => json!({"BOOL": held}),
        AttributeValue::Null(held) => json!({"NULL": held}),
        AttributeValue::Ss(texts) => json!({"SS": texts}),
        AttributeValue::Ns(texts) => json!({"NS": texts}),
        AttributeValue::Bs(blobs) => json!({"BS": blobs.iter().map(bytes).collect::<Vec<_>>()}),
        AttributeValue::L(values) => json!({"L": values.iter().map(json_value).collect::<Vec<_>>()}),
        AttributeValue::M(item) => json!({"M": json_item(item)}),
        other => panic!("an unknown value {other:?}"),
    }
}
