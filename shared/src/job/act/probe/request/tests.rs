use super::*;
use crate::action::permission::{Function, wanted};

fn table(partition_key: &str, kind: &str, sort_key: &str) -> Table {
    let answer = json!({"Table": {"TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": partition_key, "KeyType": "HASH"}, {"AttributeName": sort_key, "KeyType": "RANGE"}],
        "AttributeDefinitions": [{"AttributeName": partition_key, "AttributeType": kind},
            {"AttributeName": sort_key, "AttributeType": "S"}]}});
    Table::read("orders", &answer).unwrap()
}

fn known(table: Option<&Table>) -> Known<'_> {
    Known { name: "orders", arn: Some("arn:aws:dynamodb:eu-west-1:1:table/orders"), table }
}

/// Each permission's request, a line each.
fn requests(of: Known<'_>) -> String {
    let requests = wanted(&Function::ALL).into_iter().filter_map(|permission| make(permission, of));
    let lines = requests.map(|request| {
        let fate = if request.done { "done" } else { "tried" };
        format!("{fate} {} {}", request.operation, request.input)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_permission_has_a_request_that_changes_nothing() {
    insta::assert_snapshot!(requests(known(Some(&table("id", "S", "at")))), @r##"
    tried BatchGetItem {"RequestItems":{"orders":{"Keys":[{"rowferry-permission-test":{"BOOL":true}}]}}}
    tried BatchWriteItem {"RequestItems":{"orders":[{"DeleteRequest":{"Key":{"rowferry-permission-test":{"BOOL":true}}}}]}}
    tried DeleteItem {"TableName":"orders","Key":{"rowferry-permission-test":{"BOOL":true}},"ConditionExpression":"attribute_exists(#a) AND attribute_not_exists(#a)","ExpressionAttributeNames":{"#a":"rowferry-permission-test"}}
    done DescribeContinuousBackups {"TableName":"orders"}
    done DescribeTable {"TableName":"orders"}
    done DescribeTimeToLive {"TableName":"orders"}
    tried GetItem {"TableName":"orders","Key":{"rowferry-permission-test":{"BOOL":true}}}
    done ListTables {"Limit":1}
    done ListTagsOfResource {"ResourceArn":"arn:aws:dynamodb:eu-west-1:1:table/orders"}
    tried ExecuteStatement {"Statement":"DELETE FROM \"orders\" WHERE \"rowferry-permission-test\" = true AND \"rowferry-permission-test\" IS MISSING"}
    tried ExecuteStatement {"Statement":"INSERT INTO \"orders\" VALUE {'rowferry-permission-test': true}"}
    tried ExecuteStatement {"Statement":"SELECT * FROM \"orders\" WHERE \"id\" = ?","Parameters":[{"S":"rowferry-permission-test"}],"Limit":1}
    tried ExecuteStatement {"Statement":"UPDATE \"orders\" REMOVE \"rowferry-permission-test\" WHERE \"rowferry-permission-test\" = true AND \"rowferry-permission-test\" IS MISSING"}
    tried PutItem {"TableName":"orders","Item":{"rowferry-permission-test":{"BOOL":true}},"ConditionExpression":"attribute_exists(#a) AND attribute_not_exists(#a)","ExpressionAttributeNames":{"#a":"rowferry-permission-test"}}
    tried Query {"TableName":"orders","Limit":1,"KeyConditionExpression":"#a = :a","ExpressionAttributeNames":{"#a":"rowferry-permission-test"},"ExpressionAttributeValues":{":a":{"S":"rowferry-permission-test"}}}
    done Scan {"TableName":"orders","Limit":1}
    tried UpdateItem {"TableName":"orders","Key":{"rowferry-permission-test":{"BOOL":true}},"ConditionExpression":"attribute_exists(#a) AND attribute_not_exists(#a)","ExpressionAttributeNames":{"#a":"rowferry-permission-test"}}
    "##);
}

#[test]
fn the_key_is_never_the_table_s() {
    let of = |request: Option<Request>| request.unwrap().input.to_string();
    let named = table(ATTRIBUTE, "S", "rowferry-permission-test-");
    let delete = of(make(Permission::DeleteItem, known(Some(&named))));
    assert!(delete.contains(r#"{"rowferry-permission-test--":{"BOOL":true}}"#), "{delete}");
}

#[test]
fn selects_by_the_table_s_own_key_where_that_is_known() {
    for (kind, value) in [("S", r#"{"S":"rowferry-permission-test"}"#), ("N", r#"{"N":"0"}"#), ("B", r#"{"B":"AA=="}"#)]
    {
        let table = table("the \"id\"", kind, "at");
        let input = make(Permission::PartiQLSelect, known(Some(&table))).unwrap().input;
        assert_eq!(input["Statement"], r#"SELECT * FROM "orders" WHERE "the ""id""" = ?"#);
        assert_eq!((input["Parameters"][0].to_string().as_str(), &input["Limit"]), (value, &json!(1)));
    }
    let input = make(Permission::PartiQLSelect, known(None)).unwrap().input;
    assert_eq!(input["Statement"], r#"SELECT * FROM "orders" WHERE "rowferry-permission-test" = ?"#);
    assert_eq!(input["Limit"], 1);
}

#[test]
fn tags_are_asked_for_by_arn_or_not_at_all() {
    assert_eq!(make(Permission::ListTagsOfResource, Known { arn: None, ..known(None) }), None);
}
