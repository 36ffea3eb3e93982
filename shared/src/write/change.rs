//! What a request does to its one item, read from its body.

use serde_json::{Map, Value};

use super::request::{Operation, Request};
use crate::{
    image::value::{canonical, canonical_item},
    table::Table,
};

/// What is done to an item.
#[derive(Debug)]
pub(crate) struct Change {
    operation: Operation,
    /// The key, where it stands apart from what is set.
    key: Map<String, Value>,
    set: Map<String, Value>,
    remove: Vec<String>,
}

impl Change {
    /// Reads a request for one item; none of a batch.
    pub(crate) fn read(request: &Request) -> Option<Self> {
        let operation = request.operation;
        if !matches!(operation, Operation::PutItem | Operation::UpdateItem | Operation::DeleteItem) {
            return None;
        }
        let mut body: Map<String, Value> = serde_json::from_slice(&request.body).ok()?;
        let mut member = |name: &str| match body.remove(name) {
            Some(Value::Object(member)) => member,
            _ => Map::new(),
        };
        let mut change = Self { operation, key: member("Key"), set: member("Item"), remove: Vec::new() };
        if operation == Operation::UpdateItem {
            let mut values = member("ExpressionAttributeValues");
            let named = member("ExpressionAttributeNames").into_iter();
            let named = named.map(|(place, name)| (name, values.remove(&place.replacen('#', ":", 1))));
            // A name that stands for the condition alone has the value that is set beside it too.
            let named = named.filter_map(|(name, value)| Some((name.as_str()?.to_owned(), value)));
            let listed = member("AttributeUpdates").into_iter();
            let listed = listed.map(|(name, mut update)| (name, update.get_mut("Value").map(Value::take)));
            for (name, value) in named.chain(listed) {
                match value {
                    Some(value) => _ = change.set.insert(name, value),
                    None => change.remove.push(name),
                }
            }
        }
        Some(change)
    }

    /// The key of the item.
    pub(crate) fn key(&self, table: &Table) -> Map<String, Value> {
        let value = |name: &str| self.key.get(name).or_else(|| self.set.get(name)).cloned();
        table.keys().filter_map(|key| Some((key.attribute.clone(), value(&key.attribute)?))).collect()
    }

    /// The item afterwards; none where it is deleted.
    pub(crate) fn after(&self, before: Option<&Value>) -> Option<Value> {
        let mut item = match self.operation {
            Operation::DeleteItem => return None,
            Operation::UpdateItem => before.cloned().map(canonical_item).unwrap_or_default(),
            _ => Map::new(),
        };
        item.extend(self.key.clone());
        item.extend(self.set.clone());
        for name in &self.remove {
            item.remove(name);
        }
        Some(item.into())
    }

    /// Whether an item, or that there is none, may be the work of the request itself: every value that it sets is there,
    /// and nothing that it removes.
    pub(crate) fn is_done(&self, now: Option<&Value>) -> bool {
        let Some(now) = now else { return self.operation == Operation::DeleteItem };
        let holds =
            |(name, value): (&String, &Value)| now.get(name).cloned().map(canonical) == Some(canonical(value.clone()));
        self.operation != Operation::DeleteItem
            && self.set.iter().all(holds)
            && self.remove.iter().all(|name| now.get(name).is_none())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::write::request::nothing;

    fn change(operation: Operation, body: &Value) -> Change {
        let body = Bytes::from(body.to_string());
        Change::read(&Request { operation, body, entries: Vec::new(), rows: nothing(), images: true }).unwrap()
    }

    #[track_caller]
    fn check(change: &Change, before: Option<&Value>, after: Option<&Value>) {
        assert!(change.is_done(after));
        assert_eq!(change.after(before).map(canonical_item), after.cloned().map(canonical_item));
    }

    #[test]
    fn a_put_replaces_the_item() {
        let put = change(Operation::PutItem, &json!({"Item": {"id": {"S": "1"}, "n": {"N": "1.0"}}}));
        check(
            &put,
            Some(&json!({"id": {"S": "1"}, "b": {"S": "x"}})),
            Some(&json!({"id": {"S": "1"}, "n": {"N": "1"}})),
        );
        assert!(!put.is_done(None) && !put.is_done(Some(&json!({"id": {"S": "1"}, "n": {"N": "2"}}))));
    }

    #[test]
    fn an_update_sets_and_removes() {
        let before = json!({"id": {"S": "1"}, "kept": {"N": "1"}, "b": {"S": "old"}, "c": {"S": "gone"}});
        let after = json!({"id": {"S": "1"}, "kept": {"N": "1"}, "b": {"S": "new"}});
        let update = json!({"Key": {"id": {"S": "1"}}, "UpdateExpression": "SET #1=:1 REMOVE #2",
            "ExpressionAttributeNames": {"#1": "b", "#2": "c"}, "ExpressionAttributeValues": {":1": {"S": "new"}}});
        let wide = json!({"Key": {"id": {"S": "1"}}, "AttributeUpdates":
            {"b": {"Action": "PUT", "Value": {"S": "new"}}, "c": {"Action": "DELETE"}}});
        let version = json!({"Key": {"id": {"S": "1"}}, "UpdateExpression": "SET #1=:1 REMOVE #2",
            "ConditionExpression": "attribute_not_exists(#k) OR #k < :k",
            "ExpressionAttributeNames": {"#1": "b", "#2": "c", "#k": "b"},
            "ExpressionAttributeValues": {":1": {"S": "new"}, ":k": {"S": "new"}}});
        for body in [update, wide, version] {
            let update = change(Operation::UpdateItem, &body);
            check(&update, Some(&before), Some(&after));
            check(&update, None, Some(&json!({"id": {"S": "1"}, "b": {"S": "new"}})));
            assert!(!update.is_done(Some(&before)) && !update.is_done(None));
        }
    }

    #[test]
    fn a_delete_leaves_nothing() {
        let delete = change(Operation::DeleteItem, &json!({"Key": {"id": {"S": "1"}}}));
        check(&delete, Some(&json!({"id": {"S": "1"}})), None);
        assert!(!delete.is_done(Some(&json!({"id": {"S": "1"}}))));
    }
}
