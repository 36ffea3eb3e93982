"""What template.yaml promises and an emulated AWS does not show: that nothing is open, unbounded or unwatched."""

import json

from deploy import template

RESOURCES = template()["Resources"]


def of_type(kind: str) -> dict[str, dict]:
    return {name: entry["Properties"] for name, entry in RESOURCES.items() if entry["Type"] == kind}


def statements():
    """Every statement that allows a role something, whether or not its condition holds."""
    for role in of_type("AWS::IAM::Role").values():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield statement["Fn::If"][1] if "Fn::If" in statement else statement


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
        text = json.dumps([statement["Action"], statement["Resource"]])
        assert '"*"' not in text, statement
        assert ':*"' not in text, statement


def test_each_function_keeps_its_logs_for_a_while_and_gives_up_its_events_to_a_queue():
    for name, function in of_type("AWS::Serverless::Function").items():
        logs = RESOURCES[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert "RetentionInDays" in logs["Properties"], name
        assert "OnFailure" in function["EventInvokeConfig"]["DestinationConfig"], name


def test_each_function_is_watched():
    watched = [
        (alarm["MetricName"], json.dumps(alarm["Dimensions"])) for alarm in of_type("AWS::CloudWatch::Alarm").values()
    ]
    for name in of_type("AWS::Serverless::Function"):
        metrics = {metric for metric, dimensions in watched if f'"{name}"' in dimensions}
        assert metrics >= {"Errors", "Throttles", "Duration", "RunsFailed"}, name
    held = [dimensions for metric, dimensions in watched if metric == "RunsHeld"]
    assert len(held) == 1 and '"MirrorTableFunction"' in held[0]
    assert "ApproximateNumberOfMessagesVisible" in [metric for metric, _ in watched]


def test_schedules_may_invoke_the_mirror_and_nothing_else():
    (schedule,) = of_type("AWS::Scheduler::Schedule").values()
    target = schedule["Target"]
    assert target["Arn"] == {"Fn::GetAtt": ["MirrorTableFunction", "Arn"]}
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


def test_the_topic_of_notices_is_encrypted_and_tls_only():
    (topic,) = of_type("AWS::SNS::Topic").values()
    assert topic["KmsMasterKeyId"]
    (statement,) = of_type("AWS::SNS::TopicPolicy")["NoticeTopicPolicy"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "sns:Publish")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert RESOURCES["NoticeSubscription"]["Condition"] == "HasNoticeEmail"
