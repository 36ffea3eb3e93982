"""mirror-table, deployed from template.yaml: asked by a person, by a schedule and by an arrival, held and approved."""

import json
import re

import pytest
import yaml

from conftest import EXTERNAL_ID, HOME, PARTNER, PARTNER_ROLE, World, at_once, binaries, once_now, schedule, table_arns
from deploy import ROOT, Stack, deploy, until
from invoke import under_emulator
from ministack import REGION

NOTICE_SECONDS = 30
EMAIL = "warehouse@example.com"
# A schedule is looked at every ten seconds.
SCHEDULE_SECONDS = 60


def mirror(table: str, connection: str | None = None, **more) -> str:
    destination = {"table": table} | ({"connection": connection} if connection else {})
    fields = [{"attribute": "id", "column": "id"}, {"attribute": "total", "column": "total", "type": "N"}]
    # JSON is YAML.
    return json.dumps({"destination": destination, "behavior": "mirror", "fields": fields, "mirror": more})


def rows(totals: dict[str, int]) -> str:
    return "id,total\n" + "".join(f"{key},{total}\n" for key, total in totals.items())


def item(key: str, total: int) -> dict:
    return {"id": {"S": key}, "total": {"N": str(total)}}


def items(totals: dict[str, int]) -> dict[str, dict]:
    return {key: item(key, total) for key, total in totals.items()}


def invoke(world: World, payload: dict) -> dict:
    """Invokes mirror-table directly; returns the report of a run that does not fail."""
    answer, failed = world.stack.invoke("MirrorTableFunction", payload)
    assert not failed, answer
    return answer


def first_of(stack: Stack, sync: str) -> dict | None:
    """The report of the first run that mirrored. load-extract, told of the extract too, leaves one of a skipped run."""
    done = [report for report in stack.reports(sync) if report["status"] == "succeeded"]
    return done[0] if done else None


@pytest.fixture(scope="module")
def notices(world):
    """A queue that is subscribed to the topic of notices; returns what finds the notices about a sync."""
    sns, sqs = world.cloud.client("sns", HOME), world.cloud.client("sqs", HOME)
    topic = world.stack.outputs["NoticeTopicArn"]
    url = sqs.create_queue(QueueName="notices")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    found = []

    def about(sync: str) -> list[dict] | None:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [notice for notice in found if f"sync {sync} " in f"{notice['Subject']} "] or None

    return about


def test_a_table_follows_its_newest_extract_and_only_what_changed_is_written(world):
    world.stack.put("syncs/follows.yaml", mirror("mirrored"))
    world.stack.put("extracts/follows/2026-05-01.csv", rows({"a": 1, "b": 2, "c": 3, "d": 4}))
    first = invoke(world, {"sync": "follows"})
    assert (first["status"], first["items"]) == ("succeeded", {"put": 4, "deleted": 0, "deletes_held": 0})
    world.stack.put("extracts/follows/2026-05-02.csv", rows({"a": 1, "b": 20, "c": 3, "e": 5}))
    planned = invoke(world, {"sync": "follows", "dry_run": True})
    assert (planned["status"], planned["behavior"]) == ("planned", "mirror")
    assert world.items("mirrored") == items({"a": 1, "b": 2, "c": 3, "d": 4})
    second = invoke(world, {"sync": "follows"})
    assert (second["status"], second["items"]) == ("succeeded", {"put": 2, "deleted": 1, "deletes_held": 0})
    assert second["items"] == planned["items"]
    assert second["rows"] == planned["rows"]
    assert second["capacity"]["write_units"] == planned["capacity"]["write_units"] == 3.0
    assert world.items("mirrored") == items({"a": 1, "b": 20, "c": 3, "e": 5})
    again = invoke(world, {"sync": "follows"})
    assert again["items"] == {"put": 0, "deleted": 0, "deletes_held": 0}
    assert again["capacity"]["write_units"] == 0


def test_a_held_run_tells_people_who_approve_it_by_its_id(world, notices):
    before, after = {f"k{row}": row for row in range(40)}, {f"k{row}": row + 1 for row in range(5)}
    world.stack.put("syncs/held.yaml", mirror("held"))
    world.stack.put("extracts/held/2026-05-01.csv", rows(before))
    assert invoke(world, {"sync": "held"})["status"] == "succeeded"
    world.stack.put("extracts/held/2026-05-02.csv", rows(after))
    held = invoke(world, {"sync": "held"})
    assert (held["status"], held["items"]) == ("held", {"put": 5, "deleted": 0, "deletes_held": 35})
    assert world.items("held") == items(before | after), "puts are done, deletes are not"
    (notice,) = until(lambda: notices("held"), NOTICE_SECONDS)
    assert notice["Subject"] == "Rowferry holds 35 deletes of sync held"
    for guard in held["guards"]:
        assert guard["message"] in notice["Message"]
    assert f"s3://{world.stack.bucket}/runs/held/{held['run_id']}/report.json" in notice["Message"]
    assert world.stack.outputs["MirrorTableFunctionName"] in notice["Message"]
    payload = json.loads(next(line for line in notice["Message"].splitlines() if line.startswith("{")))
    assert payload == {"sync": "held", "approve": held["run_id"]}
    approved = invoke(world, payload)
    assert (approved["status"], approved["items"]["deleted"]) == ("succeeded", 35)
    assert world.items("held") == items(after)


def test_the_metric_of_held_runs_is_the_one_that_the_alarm_watches(world):
    alarms = world.cloud.client("cloudwatch", HOME).describe_alarms()["MetricAlarms"]
    (alarm,) = [alarm for alarm in alarms if alarm["MetricName"] == "RunsHeld"]
    assert alarm["Namespace"] == "Rowferry"
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
    before, after = {f"m{row}": row for row in range(20)}, {"m0": 0}
    world.stack.put("syncs/measured.yaml", mirror("held"))
    for day, totals in enumerate([before, after]):
        world.stack.put(f"extracts/measured/{day}.csv", rows(totals))
        run_id = invoke(world, {"sync": "measured"})["run_id"]
    line = until(lambda: metrics_of(world, run_id), 30)
    assert line is not None
    assert {name: line[name] for name in dimensions} == dimensions
    assert (line["RunsHeld"], line["DeletesHeld"]) == (1, 19)


def metrics_of(world: World, run_id: str) -> dict | None:
    """The embedded metrics of a run in the log of mirror-table."""
    logs = world.cloud.client("logs", HOME)
    for entry in logs.filter_log_events(logGroupName=world.stack.outputs["MirrorTableLogGroupName"])["events"]:
        if entry["message"].startswith("{") and (line := json.loads(entry["message"])).get("RunId") == run_id:
            return line
    return None


def test_a_failed_run_tells_people_and_fails_the_invocation(world, notices):
    world.stack.put("syncs/mistaken.yaml", mirror("no-such-table"))
    world.stack.put("extracts/mistaken/first.csv", rows({"a": 1}))
    answer, failed = world.stack.invoke("MirrorTableFunction", {"sync": "mistaken"})
    # A mirror that fails would fail every invocation for all syncs, too.
    world.stack.s3.delete_object(Bucket=world.stack.bucket, Key="syncs/mistaken.yaml")
    assert failed
    assert answer["errorType"] == "table"
    (notice,) = until(lambda: notices("mistaken"), NOTICE_SECONDS)
    assert notice["Subject"] == "Rowferry failed at sync mistaken (table)"
    assert answer["errorMessage"] in notice["Message"]


def test_a_sync_that_is_no_mirror_is_refused(world):
    world.stack.put("syncs/loads.yaml", mirror("mirrored").replace('"mirror"', '"update_or_create"', 1))
    answer, failed = world.stack.invoke("MirrorTableFunction", {"sync": "loads"})
    assert failed
    assert answer["errorType"] == "request"


def test_a_table_of_another_account_is_mirrored_through_a_role(world):
    role = {"region": REGION, "role_arn": PARTNER_ROLE, "source_identity": "rowferry", "external_id": EXTERNAL_ID}
    world.stack.put("connections.yaml", json.dumps({"partner": role}))
    world.stack.put("syncs/far.yaml", mirror("partner-mirrored", "partner", scope="table"))
    strange = world.cloud.client("dynamodb", PARTNER)
    strange.put_item(TableName="partner-mirrored", Item=item("old", 1))
    world.stack.put("extracts/far/first.csv", rows({"a": 1, "b": 2}))
    report = invoke(world, {"sync": "far"})
    assert (report["status"], report["items"]) == ("succeeded", {"put": 2, "deleted": 1, "deletes_held": 0})
    assert world.items("partner-mirrored", PARTNER) == items({"a": 1, "b": 2})


def test_an_undone_run_is_as_if_it_had_not_been(world):
    world.stack.put("syncs/undone.yaml", mirror("mirrored", before_images="all"))
    world.stack.put("extracts/undone/2026-05-01.csv", rows({"u1": 1, "u2": 2}))
    invoke(world, {"sync": "undone"})
    before = world.items("mirrored")
    world.stack.put("extracts/undone/2026-05-02.csv", rows({"u1": 10}))
    report = invoke(world, {"sync": "undone"})
    assert world.items("mirrored") != before
    undone = invoke(world, {"sync": "undone", "undo": report["run_id"]})
    assert undone["status"] == "succeeded", undone
    assert world.items("mirrored") == before


def test_the_template_s_schedule_mirrors_every_sync(world):
    found = schedule(world.cloud, HOME, "EveryMirrorSchedule")
    assert (found["ScheduleExpression"], found["State"]) == ("rate(1 hour)", "ENABLED")
    for sync in ("every-one", "every-two"):
        world.stack.put(f"syncs/{sync}.yaml", mirror("scheduled"))
        world.stack.put(f"extracts/{sync}/first.csv", rows({sync: 1}))
    # An hour is long: the same target, now.
    once_now(world.cloud, HOME, "mirrors-now", found["Target"])
    for sync in ("every-one", "every-two"):
        assert until(lambda: first_of(world.stack, sync), SCHEDULE_SECONDS), world.stack.reports(sync)
        assert world.items("scheduled")[sync] == item(sync, 1)


def test_a_schedule_of_one_s_own_names_its_sync(world):
    operations = (ROOT / "docs" / "OPERATIONS.md").read_text()
    section = operations.split("\n## Schedules\n")[1].split("\n## ")[0]
    (snippet,) = re.findall("```yaml\n(.*?)```", section, re.DOTALL)
    resources = yaml.safe_load(snippet)
    (properties,) = [resource["Properties"] for resource in resources.values()]
    sync = json.loads(properties["Target"]["Input"])["sync"]
    properties["ScheduleExpression"] = at_once()
    properties["Target"]["Arn"] = world.stack.outputs["MirrorTableFunctionArn"]
    properties["Target"]["RoleArn"] = world.stack.outputs["MirrorScheduleRoleArn"]
    world.stack.put(f"syncs/{sync}.yaml", mirror("scheduled"))
    world.stack.put(f"extracts/{sync}/first.csv", rows({"own": 1}))
    cloudformation = world.cloud.client("cloudformation", HOME)
    template = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
    cloudformation.create_stack(StackName="own-schedule", TemplateBody=template)
    assert until(lambda: first_of(world.stack, sync), SCHEDULE_SECONDS), world.stack.reports(sync)
    assert world.items("scheduled")["own"] == item("own", 1)


def test_the_same_binary_runs_under_the_runtime_interface_emulator(world, monkeypatch, capfd, tmp_path):
    world.stack.put("syncs/emulated.yaml", mirror("mirrored"))
    world.stack.put("extracts/emulated/first.csv", rows({"r1": 1, "r2": 2}))
    payload = tmp_path / "event.json"
    payload.write_text(json.dumps({"sync": "emulated", "dry_run": True}))
    for name, value in world.settings().items():
        monkeypatch.setenv(name, value)
    assert under_emulator("mirror-table", binaries() / "mirror-table", payload) == 0
    report = json.loads(capfd.readouterr().out)
    assert (report["status"], report["items"]["put"]) == ("planned", 2)


@pytest.fixture(scope="module")
def arriving(world):
    """A stack in the partner's account that mirrors what arrives, and nothing by schedule."""
    return deploy(
        world.cloud,
        PARTNER,
        binaries(),
        TargetTableArns=table_arns(PARTNER, "arrivals"),
        MirrorOnArrival="true",
        MirrorScheduleState="DISABLED",
        NoticeEmail=EMAIL,
    )


def test_an_extract_is_mirrored_as_it_arrives_where_that_is_asked_for(world, arriving):
    arriving.put("syncs/arriving.yaml", mirror("arrivals"))
    arriving.put("extracts/arriving/a b+c%25é.csv", rows({"a": 1, "b": 2}))
    done = until(lambda: world.items("arrivals", PARTNER) == items({"a": 1, "b": 2}) or None, 30)
    assert done, arriving.reports("arriving")
    report = until(lambda: first_of(arriving, "arriving"), 30)
    assert report["extract"]["objects"][0]["key"] == "extracts/arriving/a b+c%25é.csv"


def test_who_is_named_by_the_stack_is_told_by_email(world, arriving):
    topic = arriving.outputs["NoticeTopicArn"]
    found = world.cloud.client("sns", PARTNER).list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(subscription["Protocol"], subscription["Endpoint"]) for subscription in found] == [("email", EMAIL)]
    kept = world.cloud.client("sns", HOME).list_subscriptions_by_topic(TopicArn=world.stack.outputs["NoticeTopicArn"])
    assert all(subscription["Protocol"] != "email" for subscription in kept["Subscriptions"])


def test_the_template_s_schedule_can_be_turned_off(world, arriving):
    assert arriving.outputs["MirrorTableFunctionName"]
    assert schedule(world.cloud, PARTNER, "EveryMirrorSchedule")["State"] == "DISABLED"
    # No table, no role and no secret is opened to it there.
    assert schedule(world.cloud, PARTNER, "CatalogScheduled")["State"] == "DISABLED"
