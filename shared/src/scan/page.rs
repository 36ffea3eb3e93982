//! The requests of a scan, and their answers.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::dynamodb::Error;

/// What all requests of a scan have in common.
#[derive(Debug)]
pub(super) struct Request(Map<String, Value>);

impl Request {
    /// Requests for the attributes of these names, or for whole items. Names stand apart from the expression: they may be
    /// reserved words, or have dots in them.
    pub(super) fn new(table: &str, segments: u32, projected: Option<&[String]>) -> Self {
        let mut members = Map::new();
        members.insert("TableName".to_owned(), table.into());
        members.insert("TotalSegments".to_owned(), segments.into());
        members.insert("ReturnConsumedCapacity".to_owned(), "TOTAL".into());
        let mut names: Vec<&String> = projected.unwrap_or_default().iter().collect();
        names.sort();
        names.dedup();
        if !names.is_empty() {
            let places: Vec<String> = (0..names.len()).map(|place| format!("#a{place}")).collect();
            members.insert("ProjectionExpression".to_owned(), places.join(",").into());
            let names: Map<String, Value> =
                places.into_iter().zip(names).map(|(place, name)| (place, name.as_str().into())).collect();
            members.insert("ExpressionAttributeNames".to_owned(), names.into());
        }
        Self(members)
    }

    /// The body of one request: a page of so many items at most, of a segment, after a key.
    pub(super) fn body(&self, segment: u32, items: Option<u32>, after: Option<&Value>) -> Bytes {
        let mut body = self.0.clone();
        body.insert("Segment".to_owned(), segment.into());
        if let Some(items) = items {
            body.insert("Limit".to_owned(), items.into());
        }
        if let Some(after) = after {
            body.insert("ExclusiveStartKey".to_owned(), after.clone());
        }
        Value::Object(body).to_string().into()
    }
}

/// A page of items, their texts as they came.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page<'a> {
    #[serde(borrow)]
    pub(super) items: Vec<&'a RawValue>,
    /// Where the next page begins; none where there is none.
    pub(super) last_evaluated_key: Option<Value>,
    consumed_capacity: Option<Consumed>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Consumed {
    capacity_units: Option<f64>,
}

impl<'a> Page<'a> {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] where it is cut off, or has no items: then nobody knows whether the segment has ended.
    pub(super) fn read(body: &'a Bytes) -> Result<Self, Error> {
        serde_json::from_slice(body).map_err(|source| Error::Unreadable { operation: "Scan".to_owned(), source })
    }

    /// The read units that it cost, where it tells.
    pub(super) fn units(&self) -> Option<f64> {
        self.consumed_capacity.as_ref()?.capacity_units
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn asks_for_a_page_of_whole_items() {
        let request = Request::new("t", 4, None);
        let after = json!({"pk": {"S": "a"}});
        let body: Value = serde_json::from_slice(&request.body(3, Some(10), Some(&after))).unwrap();
        let expected = json!({"TableName": "t", "TotalSegments": 4, "ReturnConsumedCapacity": "TOTAL", "Segment": 3,
            "Limit": 10, "ExclusiveStartKey": after});
        assert_eq!(body, expected);
    }

    #[test]
    fn names_attributes_apart_and_each_once() {
        let names = ["size".to_owned(), "a.b".to_owned(), "size".to_owned()];
        let body: Value = serde_json::from_slice(&Request::new("t", 1, Some(&names)).body(0, None, None)).unwrap();
        assert_eq!(body["ProjectionExpression"], "#a0,#a1");
        assert_eq!(body["ExpressionAttributeNames"], json!({"#a0": "a.b", "#a1": "size"}));
    }

    #[test]
    fn reads_items_as_they_came() {
        let body = Bytes::from_static(
            br#"{"Items":[{"n":{"N": "1.0"}}],"Count":1,"LastEvaluatedKey":null,"ConsumedCapacity":{"CapacityUnits":0.5}}"#,
        );
        let page = Page::read(&body).unwrap();
        let items: Vec<&str> = page.items.iter().map(|item| item.get()).collect();
        assert_eq!((items, page.units()), (vec![r#"{"n":{"N": "1.0"}}"#], Some(0.5)));
        assert!(page.last_evaluated_key.is_none());
    }

    #[test]
    fn an_answer_that_tells_nothing_is_no_end() {
        for body in ["{}", "", r#"{"Items":[{"n""#] {
            assert!(Page::read(&Bytes::from_static(body.as_bytes())).is_err(), "{body}");
        }
    }
}
