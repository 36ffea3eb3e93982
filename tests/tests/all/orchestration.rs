//! What surrounds a run: who may do what, how often it is tried, and where its output goes.

use rowferry_tests::{
    embedded::Embedded,
    reply::{Replying, refusal},
    world::World,
};
use serde_json::json;

use super::architecture::text;

/// The error of a run whose first request of an operation is refused, always with these words.
async fn refused(operation: &'static str, exception: &'static str) -> String {
    let dynamodb = Embedded::new();
    let message = json!({"message": "User: x is not authorized"});
    let reply = Replying::new(dynamodb.clone(), move |asked, body| {
        let of_items = body.windows(5).any(|window| window == b"items");
        (asked == operation && of_items).then(|| refusal(exception, &message))
    });
    let world = World::with(dynamodb, reply.clone());
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    world.redefine("write: replace\nfields: all");
    let error = world.fail("extracts/s/a.csv", "id\n1\n").await;
    assert_eq!(reply.bodies(operation).len(), 1, "what stays refused is not asked for again");
    assert!(world.items("items").is_empty());
    error
}

#[tokio::test]
async fn each_refusal_by_a_table_says_whose_it_is_and_what_to_do() {
    let denied = "table: table `items` may not be used; its ARN belongs into the stack's parameter TargetTableArns, or into the policy of the connection's role";
    for (operation, exception, expected) in [
        ("DescribeTable", "AccessDeniedException", denied),
        ("DescribeTable", "ResourceNotFoundException", "table: table `items` does not exist; create it"),
        ("DescribeTable", "UnrecognizedClientException", "config: table `items`: "),
        ("BatchWriteItem", "AccessDeniedException", "table: "),
        ("BatchWriteItem", "KMSAccessDeniedException", "table: "),
        ("BatchWriteItem", "ResourceNotFoundException", "table: "),
    ] {
        let error = refused(operation, exception).await;
        assert!(error.starts_with(expected), "{operation} {exception}: {error}");
        let named = exception == "ResourceNotFoundException" || error.contains(exception);
        assert!(named && !error.contains('\n'), "{operation} {exception}: {error}");
    }
}

/// A resource of the template, up to the next one.
fn resource(template: &str, name: &str) -> String {
    let (_, rest) = template.split_once(&format!("\n  {name}:\n")).unwrap();
    rest.split("\n\n").next().unwrap_or_default().to_owned()
}

#[test]
fn the_template_lets_lambda_try_an_event_again_and_keeps_what_it_gives_up() {
    let template = text("template.yaml");
    let tried = ["MaximumRetryAttempts: 2", "OnFailure:", "Destination: !GetAtt FailedEvents.Arn"];
    for (function, lines) in [
        (
            "LoadExtractFunction",
            ["MaximumEventAgeInSeconds: 21600", "Events: s3:ObjectCreated:*", "- { Name: prefix, Value: extracts/ }"]
                .as_slice(),
        ),
        ("MirrorTableFunction", &["MaximumEventAgeInSeconds: 3600"]),
    ] {
        let resource = resource(&template, function);
        for line in tried.iter().chain(lines) {
            assert!(resource.contains(line), "{function}: {line}");
        }
    }
}

#[test]
fn schedules_and_arrivals_that_are_given_up_are_kept_too() {
    let template = text("template.yaml");
    for name in ["EveryMirrorSchedule", "MirrorArrivalRule"] {
        let resource = resource(&template, name);
        for line in [
            "Arn: !GetAtt MirrorTableFunction.Arn",
            "RetryPolicy:",
            "DeadLetterConfig: { Arn: !GetAtt FailedEvents.Arn }",
        ] {
            assert!(resource.contains(line), "{name}: {line}");
        }
    }
    assert!(resource(&template, "MirrorArrivalRule").contains("State: !If [MirrorsOnArrival, ENABLED, DISABLED]"));
}

#[test]
fn the_template_takes_only_what_lambda_takes() {
    let template = text("template.yaml");
    for (parameter, lines) in [
        ("MemorySize", ["MinValue: 128", "MaxValue: 10240"].as_slice()),
        ("EphemeralStorageSize", &["MinValue: 512", "MaxValue: 10240"]),
        ("Timeout", &["AllowedValues: [60, 120, 300, 600, 900]"]),
    ] {
        let (_, rest) = template.split_once(&format!("\n  {parameter}:\n")).unwrap();
        let parameter_lines: Vec<&str> = rest.lines().take_while(|line| line.starts_with("    ")).collect();
        for line in lines {
            assert!(parameter_lines.iter().any(|found| found.trim() == *line), "{parameter}: {line}");
        }
    }
}

#[test]
fn nothing_that_a_function_may_write_lies_where_it_is_triggered() {
    let template = text("template.yaml");
    for (role, bucket, expected) in [
        ("LoadExtractRole", "${AWS::Region}", [r#"/runs/*""#].as_slice()),
        ("MirrorTableRole", "${DataBucket.Arn}", &[r#"/runs/*""#, r#"/snapshots/*""#, r#"/snapshots/*""#]),
    ] {
        let role = resource(&template, role);
        let statements = role.split("- Sid: ").skip(1);
        let writing = statements.filter(|statement| statement.contains("s3:Put") || statement.contains("s3:Delete"));
        let lines = writing.flat_map(str::lines).filter_map(|line| line.split_once(bucket));
        assert_eq!(lines.map(|(_, path)| path).collect::<Vec<_>>(), expected, "{role}");
    }
}
