use super::*;

fn resource(arn: &str, indexed: bool) -> Resource {
    Resource { arn: arn.to_owned(), indexed }
}

#[test]
fn every_permission_is_told_once_and_in_order() {
    for function in Function::ALL {
        let all: Vec<Permission> = wanted(&[function, function]).into_iter().collect();
        assert_eq!(all, function.permissions(), "{}", function.name());
    }
    let names: Vec<String> = wanted(&Function::ALL).iter().map(ToString::to_string).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!((names.len(), names[0].as_str()), (17, "dynamodb:BatchGetItem"));
}

#[test]
fn a_function_is_known_by_the_name_of_its_folder() {
    for function in Function::ALL {
        assert_eq!(Function::named(function.name()), Some(function));
    }
    assert_eq!(Function::named("table_action"), None);
}

#[test]
fn the_policy_of_one_function_has_what_it_needs_and_no_more() {
    let policy = policy(&[Function::LoadExtract], &[resource("arn:aws:dynamodb:eu-west-1:1:table/orders", true)]);
    insta::assert_json_snapshot!(policy, @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "Tables",
          "Effect": "Allow",
          "Action": [
            "dynamodb:BatchGetItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:DescribeTable",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem"
          ],
          "Resource": [
            "arn:aws:dynamodb:eu-west-1:1:table/orders"
          ]
        }
      ]
    }
    "#);
}

#[test]
fn the_policy_of_several_functions_names_each_action_once_and_indexes_where_there_are_some() {
    let tables = [
        resource("arn:aws:dynamodb:eu-west-1:1:table/orders", true),
        resource("arn:aws:dynamodb:eu-west-1:1:table/stock", false),
    ];
    let policy = policy(&[Function::TableAction, Function::ExportCatalog], &tables);
    insta::assert_json_snapshot!(policy, @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "ListTables",
          "Effect": "Allow",
          "Action": [
            "dynamodb:ListTables"
          ],
          "Resource": "*"
        },
        {
          "Sid": "Tables",
          "Effect": "Allow",
          "Action": [
            "dynamodb:DeleteItem",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeTable",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:GetItem",
            "dynamodb:ListTagsOfResource",
            "dynamodb:PartiQLDelete",
            "dynamodb:PartiQLInsert",
            "dynamodb:PartiQLSelect",
            "dynamodb:PartiQLUpdate",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:UpdateItem"
          ],
          "Resource": [
            "arn:aws:dynamodb:eu-west-1:1:table/orders",
            "arn:aws:dynamodb:eu-west-1:1:table/stock"
          ]
        },
        {
          "Sid": "Indexes",
          "Effect": "Allow",
          "Action": [
            "dynamodb:PartiQLSelect",
            "dynamodb:Query",
            "dynamodb:Scan"
          ],
          "Resource": [
            "arn:aws:dynamodb:eu-west-1:1:table/orders/index/*"
          ]
        }
      ]
    }
    "#);
}

#[test]
fn a_policy_without_tables_has_no_statement_without_a_resource() {
    let sids = |functions: &[Function]| -> Vec<Value> {
        let policy = policy(functions, &[]);
        policy["Statement"].as_array().unwrap().iter().map(|statement| statement["Sid"].clone()).collect()
    };
    assert!(sids(&[Function::LoadExtract]).is_empty());
    assert_eq!(sids(&Function::ALL), ["ListTables"]);
}

#[test]
fn tells_names_and_arns_of_tables_from_other_texts() {
    for table in ["abc", "A-b_c.9", &"a".repeat(255), "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"] {
        assert!(is_table(table), "{table}");
    }
    for other in [
        "",
        "ab",
        &"a".repeat(256),
        "or ders",
        "orders\"; DELETE",
        "ördérs",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/ab",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/index/by_name",
        "arn:aws:dynamodb:eu-west-1:1\":table/orders",
        "arn:aws:dynamodb::123456789012:table/orders",
        "arn:aws:s3:eu-west-1:123456789012:table/orders",
    ] {
        assert!(!is_table(other), "{other}");
    }
}

#[test]
fn finds_the_table_s_arn_in_a_denial() {
    let denial = "User: arn:aws:sts::123456789012:assumed-role/loader/orders is not authorized to perform: \
        dynamodb:DescribeTable on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/orders because no \
        identity-based policy allows the dynamodb:DescribeTable action";
    assert_eq!(arn_in(denial, "orders"), Some("arn:aws:dynamodb:eu-west-1:123456789012:table/orders"));
    assert_eq!(arn_in(denial, "ders"), None);
    assert_eq!(arn_in("denied", "orders"), None);
}

#[test]
fn makes_the_arn_of_a_table_of_which_only_the_name_is_known() {
    for (table, region, expected) in [
        ("orders", Some("eu-west-1"), "arn:aws:dynamodb:eu-west-1:*:table/orders"),
        ("orders", Some("cn-north-1"), "arn:aws-cn:dynamodb:cn-north-1:*:table/orders"),
        ("orders", Some("us-gov-west-1"), "arn:aws-us-gov:dynamodb:us-gov-west-1:*:table/orders"),
        ("orders", None, "arn:aws:dynamodb:*:*:table/orders"),
        ("arn:aws:dynamodb:eu-west-1:1:table/x.y", Some("us-east-1"), "arn:aws:dynamodb:eu-west-1:1:table/x.y"),
    ] {
        assert_eq!(arn_of(table, region), expected);
    }
    assert_eq!(region_of("arn:aws:dynamodb:eu-west-1:1:table/orders"), Some("eu-west-1"));
    assert_eq!(region_of("orders"), None);
}
