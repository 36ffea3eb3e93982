"""load-extract, deployed from template.yaml: what goes in by an upload, and what comes out."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote_plus

import invoke
from conftest import EXTERNAL_ID, HOME, PARTNER, PARTNER_ROLE, binaries
from deploy import until
from ministack import REGION

ROWS = "id,total\na,1.50\nb,2\n"


def sync(table: str, connection: str | None = None) -> str:
    destination = {"table": table} | ({"connection": connection} if connection else {})
    fields = [{"attribute": "id", "column": "id"}, {"attribute": "total", "column": "total", "type": "N"}]
    # JSON is YAML.
    return json.dumps({"destination": destination, "behavior": "update_or_create", "fields": fields})


def connections(world) -> str:
    secret = world.cloud.client("secretsmanager", HOME).describe_secret(SecretId="partner-keys")["ARN"]
    role = {"region": REGION, "role_arn": PARTNER_ROLE, "source_identity": "rowferry"}
    return json.dumps(
        {
            "partner": role | {"external_id": EXTERNAL_ID},
            "partner-endpoint": role | {"external_id": EXTERNAL_ID, "endpoint_url": world.cloud.url},
            "partner-mistaken": role | {"external_id": "somebody-else"},
            "partner-keys": {"region": REGION, "access_key_secret": secret},
        }
    )


def load(world, name: str, table: str, connection: str | None = None, rows: str = ROWS) -> dict:
    """Puts a definition and an extract into the bucket, as a user does; returns the report of the run."""
    world.stack.put("connections.yaml", connections(world))
    world.stack.put(f"syncs/{name}.yaml", sync(table, connection))
    world.stack.put(f"extracts/{name}/first.csv", rows)
    return world.stack.wait(name)[0]


def event(world, object_key: str, uploaded: dict) -> dict:
    """The notification that S3 sends of an upload."""
    described = {
        "key": quote_plus(object_key, safe="/"),
        "size": 1,
        "eTag": uploaded["ETag"].strip('"'),
        "versionId": uploaded["VersionId"],
        "sequencer": "FFFFFFFFFFFFFFFFFF",
    }
    bucket = {"name": world.stack.bucket, "arn": f"arn:aws:s3:::{world.stack.bucket}"}
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": "2026-05-01T08:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {"s3SchemaVersion": "1.0", "bucket": bucket, "object": described},
    }
    return {"Records": [record]}


def failure_of(world, object_key: str) -> dict | None:
    """What the queue of failed events says of an object, if anything."""
    queue = world.cloud.client("sqs", HOME)
    url = world.stack.outputs["FailedEventsQueueUrl"]
    for message in queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", []):
        body = json.loads(message["Body"])
        if object_key in json.dumps(body["requestPayload"]):
            return body["responsePayload"]
    return None


def test_an_upload_becomes_items_and_its_bad_rows_come_back(world):
    world.stack.put("syncs/daily.yaml", sync("orders"))
    world.stack.put("extracts/daily/a b+c%25é.csv", "id,total\nd1,1.50\nd2,many\n,3\nd4,1e2\n")
    report = world.stack.wait("daily")[0]
    assert report["status"] == "succeeded"
    assert report["extract"]["objects"][0]["key"] == "extracts/daily/a b+c%25é.csv"
    assert report["rows"] == {"read": 4, "written": 2, "unchanged": 0, "superseded": 0, "rejected": 2}
    items = world.items("orders")
    assert items["d1"] == {"id": {"S": "d1"}, "total": {"N": "1.5"}}
    assert items["d4"]["total"] == {"N": "100"}
    assert "d2" not in items
    rejects = list(csv.DictReader(io.StringIO(world.stack.read(report["rejects"]["key"]).decode())))
    assert [(row["id"], row["total"], row["reject_row"], row["reject_reason"]) for row in rejects] == [
        ("d2", "many", "2", "number_invalid"),
        ("", "3", "3", "key_missing"),
    ]


def test_the_same_event_again_changes_nothing(world):
    world.stack.put("syncs/twice.yaml", sync("orders"))
    object_key = "extracts/twice/first.csv"
    uploaded = world.stack.put(object_key, "id,total\nt1,1\n")
    assert world.stack.wait("twice")[0]["status"] == "succeeded"
    # What somebody writes in between shows whether a second run writes.
    orders = world.cloud.client("dynamodb", HOME)
    orders.put_item(TableName="orders", Item={"id": {"S": "t1"}, "total": {"N": "7"}})
    answer, failed = world.stack.invoke("LoadExtractFunction", event(world, object_key, uploaded))
    assert not failed, answer
    assert [run["status"] for run in answer["runs"]] == ["skipped"]
    assert world.items("orders")["t1"]["total"] == {"N": "7"}


def test_of_events_that_arrive_together_one_is_applied(world):
    world.stack.put("syncs/together.yaml", sync("orders"))
    object_key = "extracts/together/first.csv"
    uploaded = world.stack.put(object_key, "id,total\n" + "".join(f"u{row},{row}\n" for row in range(500)))
    notice = event(world, object_key, uploaded)
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: world.stack.invoke("LoadExtractFunction", notice), range(3)))
    assert not any(failed for _, failed in answers), answers
    applied = until(
        lambda: [run for run in world.stack.reports("together") if run["status"] == "succeeded"] or None, 30
    )
    assert len(applied) == 1
    assert applied[0]["rows"]["written"] == 500
    assert {run["status"] for answer, _ in answers for run in answer["runs"]} <= {"succeeded", "skipped"}


def test_a_table_of_another_account_is_loaded_through_a_role_with_an_external_id(world):
    report = load(world, "partner", "partner-orders", "partner")
    assert report["status"] == "succeeded", report["error"]
    assert world.items("partner-orders", PARTNER)["a"] == {"id": {"S": "a"}, "total": {"N": "1.5"}}


def test_a_connection_may_name_its_endpoint(world):
    report = load(world, "endpoint", "partner-orders", "partner-endpoint", "id,total\ne1,1\n")
    assert report["status"] == "succeeded", report["error"]
    assert "e1" in world.items("partner-orders", PARTNER)


def test_a_connection_may_take_its_keys_from_a_secret(world):
    report = load(world, "keys", "partner-orders", "partner-keys", "id,total\nk1,1\n")
    assert report["status"] == "succeeded", report["error"]
    assert "k1" in world.items("partner-orders", PARTNER)


def test_a_wrong_external_id_is_a_clear_error_and_nothing_is_written(world):
    before = world.items("partner-orders", PARTNER)
    report = load(world, "mistaken", "partner-orders", "partner-mistaken", "id,total\nm1,1\n")
    assert report["status"] == "failed"
    assert report["error"]["kind"] in ("table", "config")
    assert PARTNER_ROLE in report["error"]["message"]
    assert "external_id" in report["error"]["message"]
    assert "somebody-else" not in report["error"]["message"]
    assert world.items("partner-orders", PARTNER) == before


def test_a_failed_event_ends_in_the_queue_with_the_kind_of_its_error(world):
    report = load(world, "missing", "no-such-table")
    assert report["status"] == "failed"
    failure = until(lambda: failure_of(world, "extracts/missing/first.csv"), 30)
    assert failure is not None
    assert failure["errorType"] == report["error"]["kind"] == "table"
    assert failure["errorMessage"] == report["error"]["message"]


def test_a_table_that_the_template_does_not_open_stays_shut(world):
    report = load(world, "shut", "forbidden")
    assert report["status"] == "failed"
    assert report["error"]["kind"] == "table"
    assert "forbidden" in report["error"]["message"]
    assert world.items("forbidden") == {}


def test_an_object_that_no_sync_claims_is_left_alone(world):
    uploaded = world.stack.put("extracts/nobody/first.csv", ROWS)
    answer, failed = world.stack.invoke("LoadExtractFunction", event(world, "extracts/nobody/first.csv", uploaded))
    assert not failed, answer
    assert answer == {"runs": []}


def test_the_metric_of_failed_runs_is_the_one_that_the_alarm_watches(world):
    load(world, "counted", "no-such-table")
    alarms = world.cloud.client("cloudwatch", HOME).describe_alarms()["MetricAlarms"]
    of_runs = [alarm for alarm in alarms if alarm["Namespace"] == "Rowferry"]
    assert sorted(alarm["MetricName"] for alarm in of_runs) == ["RunsFailed", "RunsFailed", "RunsHeld"]
    function = world.stack.outputs["LoadExtractFunctionName"]
    watched = [alarm for alarm in of_runs if alarm["Dimensions"] == [{"Name": "Function", "Value": function}]]
    assert [alarm["MetricName"] for alarm in watched] == ["RunsFailed"]
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in watched[0]["Dimensions"]}
    line = until(lambda: failed_run_in_logs(world), 30)
    assert line is not None
    assert {name: line[name] for name in dimensions} == dimensions
    assert line["RunsFailed"] >= 1


def failed_run_in_logs(world) -> dict | None:
    """The first log line that is an embedded metric of a failed run."""
    logs = world.cloud.client("logs", HOME)
    group = world.stack.outputs["LoadExtractLogGroupName"]
    for entry in logs.filter_log_events(logGroupName=group)["events"]:
        if entry["message"].startswith("{"):
            line = json.loads(entry["message"])
            directives = line.get("_aws", {}).get("CloudWatchMetrics", [])
            names = [metric["Name"] for directive in directives for metric in directive["Metrics"]]
            if "RunsFailed" in names and line["RunsFailed"]:
                return line
    return None


def test_the_same_binary_runs_under_the_runtime_interface_emulator(world, monkeypatch, capfd, tmp_path):
    world.stack.put("syncs/invoked.yaml", sync("orders"))
    world.stack.put("extracts/invoked/first.csv", ROWS)
    payload = tmp_path / "event.json"
    payload.write_text(json.dumps({"sync": "invoked", "object": "extracts/invoked/first.csv", "dry_run": True}))
    for name, value in world.settings().items():
        monkeypatch.setenv(name, value)
    assert invoke.under_emulator("load-extract", binaries() / "load-extract", payload) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["status"] == "planned"
    assert report["rows"]["read"] == 2
