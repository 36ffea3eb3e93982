"""What template.yaml promises and an emulated AWS does not show: that nothing is open, unbounded or unwatched."""

import json
import re

import pytest

from deploy import template

RESOURCES = template()["Resources"]
# What is begun by an event or a schedule. table-action is begun by somebody who is told how it ended.
ON_THEIR_OWN = ("LoadExtractFunction", "MirrorTableFunction", "ExportCatalogFunction")
# An export has no runs, and goes on in another invocation where one is too short.
RUNS = {"Duration", "RunsFailed"}


def of_type(kind: str) -> dict[str, dict]:
    return {name: entry["Properties"] for name, entry in RESOURCES.items() if entry["Type"] == kind}


def statements_of(role: str) -> dict[str, tuple[str | None, dict]]:
    """Every statement that allows a role something, by its Sid, with the condition on which it is there."""
    found = {}
    for policy in of_type("AWS::IAM::Role")[role]["Policies"]:
        for entry in policy["PolicyDocument"]["Statement"]:
            condition, statement = entry["Fn::If"][:2] if "Fn::If" in entry else (None, entry)
            assert statement["Sid"] not in found, statement
            found[statement["Sid"]] = (condition, statement)
    return found


def statements():
    """Every statement that allows a role something, whether or not its condition holds."""
    for role in of_type("AWS::IAM::Role"):
        for _, statement in statements_of(role).values():
            yield statement


def actions_of(statement: dict) -> set[str]:
    return {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])


def test_the_data_bucket_is_encrypted_versioned_private_and_tls_only():
    bucket = of_type("AWS::S3::Bucket")["DataBucket"]
    assert bucket["BucketEncryption"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    statement = of_type("AWS::S3::BucketPolicy")["DataBucketPolicy"]["PolicyDocument"]["Statement"][0]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_old_versions_and_unfinished_uploads_do_not_pile_up():
    rules = of_type("AWS::S3::Bucket")["DataBucket"]["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    assert any("NoncurrentVersionExpiration" in rule for rule in rules)
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


def test_the_runs_table_forgets_and_can_be_restored():
    table = of_type("AWS::DynamoDB::Table")["RunsTable"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_what_holds_data_outlives_the_stack():
    for kind in ("AWS::S3::Bucket", "AWS::DynamoDB::Table"):
        for name in of_type(kind):
            assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate", name
            assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain", name


def test_no_statement_allows_everything_of_a_service_or_everywhere():
    for statement in statements():
        assert statement["Effect"] == "Allow"
        if statement["Action"] == "dynamodb:ListTables":
            continue  # IAM knows no resource for it.
        text = json.dumps([statement["Action"], statement["Resource"]])
        assert '"*"' not in text, statement
        assert ':*"' not in text, statement


def test_each_function_has_a_role_of_its_own_and_keeps_its_logs_for_a_while():
    roles = set()
    for name, function in of_type("AWS::Serverless::Function").items():
        role = function["Role"]["Fn::GetAtt"][0]
        roles.add(role)
        logs = function["LoggingConfig"]["LogGroup"]["Ref"]
        assert "RetentionInDays" in RESOURCES[logs]["Properties"], name
        _, writes = statements_of(role)["WriteLogs"]
        assert writes["Resource"] == {"Fn::GetAtt": [logs, "Arn"]}, name
    assert len(roles) == len(of_type("AWS::Serverless::Function"))


def test_what_runs_on_its_own_gives_up_its_events_to_a_queue():
    functions = of_type("AWS::Serverless::Function")
    for name in ON_THEIR_OWN:
        assert "OnFailure" in functions[name]["EventInvokeConfig"]["DestinationConfig"], name


def test_an_action_is_never_done_twice_by_itself_and_no_item_is_kept_in_a_queue():
    assert of_type("AWS::Serverless::Function")["TableActionFunction"]["EventInvokeConfig"] == {
        "MaximumRetryAttempts": 0
    }


def test_actions_may_do_what_their_parameters_say_and_no_more():
    parameters = template()["Parameters"]
    assert {name: parameters[name]["Default"] for name in parameters if name.startswith("Action")} == {
        "ActionTableArns": "none",
        "ActionAccess": "read",
        "ActionRoleArns": "none",
        "ActionSecretArns": "none",
    }
    found = statements_of("TableActionRole")
    assert {sid: condition for sid, (condition, _) in found.items()} == {
        "ReadConnections": None,
        "SeeWhetherConnectionsExist": None,
        "ListTables": None,
        "ReadTables": "HasActionTables",
        "ReadIndexes": "HasActionTables",
        "WriteItems": "ActionsWriteItems",
        "ManageTables": "ActionsManageTables",
        "AssumeRolesOfConnections": "HasActionRoles",
        "ReadKeysOfConnections": "HasActionSecrets",
        "WriteLogs": None,
    }
    on_tables = {sid for sid, (_, statement) in found.items() if statement["Resource"] == {"Ref": "ActionTableArns"}}
    assert on_tables == {"ReadTables", "WriteItems", "ManageTables"}
    (_, tables), (_, indexes) = found["ReadTables"], found["ReadIndexes"]
    assert actions_of(indexes) < actions_of(tables)
    only_reads = re.compile("dynamodb:(Describe|Get|Query|Scan|PartiQLSelect)")
    assert all(only_reads.match(action) for action in actions_of(tables))
    access = {"Ref": "ActionAccess"}
    conditions = template()["Conditions"]
    has_tables = {"Condition": "HasActionTables"}
    assert conditions["ActionsWriteItems"] == {"Fn::And": [has_tables, {"Fn::Not": [{"Fn::Equals": [access, "read"]}]}]}
    assert conditions["ActionsManageTables"] == {"Fn::And": [has_tables, {"Fn::Equals": [access, "tables"]}]}


def test_what_opens_tables_to_syncs_opens_none_to_actions():
    role = json.dumps(of_type("AWS::IAM::Role")["TableActionRole"])
    for name in ("TargetTableArns", "RoleArns", "SecretArns", "RunsTable"):
        assert f'"{name}"' not in role


def test_the_catalog_reads_the_tables_of_its_parameters_and_writes_none():
    parameters = template()["Parameters"]
    assert {parameters[f"Catalog{name}Arns"]["Default"] for name in ("Table", "Role", "Secret")} == {"none"}
    found = statements_of("ExportCatalogRole")
    assert {sid: condition for sid, (condition, _) in found.items()} == {
        "ReadDefinitionsAndCatalog": None,
        "ListCatalog": None,
        "WriteCatalog": None,
        "ListTables": None,
        "ReadCatalogTables": "HasCatalogTables",
        "AssumeRolesOfConnections": "HasCatalogRoles",
        "ReadKeysOfConnections": "HasCatalogSecrets",
        "AskForTheRest": None,
        "GiveUpEvents": None,
        "WriteLogs": None,
    }
    _, reads = found["ReadCatalogTables"]
    assert reads["Resource"] == {"Ref": "CatalogTableArns"}
    only_reads = re.compile("dynamodb:(Describe|List|Scan)")
    assert all(only_reads.match(action) for action in actions_of(reads))
    _, writes = found["WriteCatalog"]
    assert writes["Resource"] == {"Fn::Sub": "${DataBucket.Arn}/catalog/*"}
    (schedule,) = [each for name, each in of_type("AWS::Scheduler::Schedule").items() if name == "CatalogScheduled"]
    assert schedule["State"] == {"Fn::If": ["HasCatalog", "ENABLED", "DISABLED"]}


def test_old_exports_of_the_catalog_end_and_the_newest_stays():
    rules = of_type("AWS::S3::Bucket")["DataBucket"]["LifecycleConfiguration"]["Rules"]
    (rule,) = [rule for rule in rules if "ExpirationInDays" in rule]
    assert rule["Prefix"] == "catalog/2"


def test_what_runs_on_its_own_is_watched():
    watched = [
        (alarm["MetricName"], json.dumps(alarm["Dimensions"])) for alarm in of_type("AWS::CloudWatch::Alarm").values()
    ]
    for name in ON_THEIR_OWN:
        metrics = {metric for metric, dimensions in watched if f'"{name}"' in dimensions}
        assert metrics >= {"Errors", "Throttles"} | (set() if name == "ExportCatalogFunction" else RUNS), name
    held = [dimensions for metric, dimensions in watched if metric == "RunsHeld"]
    assert len(held) == 1 and '"MirrorTableFunction"' in held[0]
    assert "ApproximateNumberOfMessagesVisible" in [metric for metric, _ in watched]
    # A condition that was not met is an error of the invocation, and nobody's to mend.
    assert not [dimensions for _, dimensions in watched if '"TableActionFunction"' in dimensions]


@pytest.mark.parametrize(
    ("schedule", "function"),
    [("EveryMirrorSchedule", "MirrorTableFunction"), ("CatalogScheduled", "ExportCatalogFunction")],
)
def test_schedules_may_invoke_their_function_and_nothing_else(schedule, function):
    schedules = of_type("AWS::Scheduler::Schedule")
    assert len(schedules) == 2
    target = schedules[schedule]["Target"]
    assert target["Arn"] == {"Fn::GetAtt": [function, "Arn"]}
    assert json.loads(target["Input"]) == {}
    role = RESOURCES[target["RoleArn"]["Fn::GetAtt"][0]]["Properties"]
    assert [statement["Action"] for statement in role["Policies"][0]["PolicyDocument"]["Statement"]] == [
        "lambda:InvokeFunction",
        "sqs:SendMessage",
    ]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_mirrors_run_on_arrival_only_where_that_is_asked_for():
    (rule,) = of_type("AWS::Events::Rule").values()
    assert rule["State"] == {"Fn::If": ["MirrorsOnArrival", "ENABLED", "DISABLED"]}
    assert template()["Parameters"]["MirrorOnArrival"]["Default"] == "false"
    notified = of_type("AWS::S3::Bucket")["DataBucket"]["NotificationConfiguration"]
    assert notified == {
        "EventBridgeConfiguration": {
            "Fn::If": ["MirrorsOnArrival", {"EventBridgeEnabled": True}, {"Ref": "AWS::NoValue"}]
        }
    }


def test_topics_are_encrypted_and_tls_only():
    for name, topic in of_type("AWS::SNS::Topic").items():
        assert topic["KmsMasterKeyId"]
        (statement,) = of_type("AWS::SNS::TopicPolicy")[f"{name}Policy"]["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", "sns:Publish", {"Ref": name})
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert RESOURCES["NoticeSubscription"]["Condition"] == "HasNoticeEmail"
