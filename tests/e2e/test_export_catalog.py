"""export-catalog, deployed from template.yaml: two accounts as IAM allows it, and an export of several invocations."""

import json
from decimal import Decimal

import pytest

from conftest import EXTERNAL_ID, HOME, PARTNER, PARTNER_READER, World, once_now, schedule
from deploy import until
from ministack import REGION

EXPORT_SECONDS = 90
PARTNER_TABLE = "partner-catalog"
# Items of the larger table.
LARGE = 1000
# Digits beyond any double.
EXACT = "12345678901234567890123456789012345678"


@pytest.fixture(scope="module")
def filled(world: World) -> World:
    """Tables with something to find."""
    dynamodb = world.cloud.client("dynamodb", HOME)
    for number in range(40):
        person = {
            "id": {"S": f"P-{number}"},
            "contact": {"M": {"mail": {"S": f"person{number}@example.com"}, "since": {"S": "2024-02-29"}}},
            "balance": {"N": EXACT if number == 7 else str(number)},
            "tags": {"SS": ["a", "b"]},
        }
        dynamodb.put_item(TableName="catalog-people", Item=person)
    puts = [{"PutRequest": {"Item": {"id": {"S": f"L-{number}"}, "n": {"N": str(number)}}}} for number in range(LARGE)]
    for first in range(0, LARGE, 25):
        dynamodb.batch_write_item(RequestItems={"catalog-large": puts[first : first + 25]})
    world.cloud.client("dynamodb", PARTNER).put_item(
        TableName=PARTNER_TABLE, Item={"id": {"S": "1"}, "card": {"S": "4111 1111 1111 1111"}}
    )
    partner = {"region": REGION, "role_arn": PARTNER_READER, "external_id": EXTERNAL_ID}
    world.stack.put("connections.yaml", json.dumps({"partner-reader": partner}))
    return world


def latest(world: World, key: str):
    """A file of the newest export."""
    return json.loads(world.stack.read(f"catalog/latest/{key}"), parse_float=Decimal)


def native(world: World, account: str, table: str) -> dict:
    return latest(world, f"native/{account}/{REGION}/{table}.json")


def attribute(of: list[dict], name: str) -> dict:
    (found,) = [each for each in of if each["name"] == name]
    return found


def test_tables_of_two_accounts_are_in_one_catalog(filled):
    catalog = {"accounts": [{}, {"connection": "partner-reader"}], "include": ["catalog-", "partner-", "forbidden"]}
    filled.stack.put("catalog.yaml", json.dumps(catalog))
    answer, failed = filled.stack.invoke("ExportCatalogFunction", {})
    assert not failed, answer
    assert (answer["status"], answer["tables"], answer["accounts_failed"]) == ("succeeded", 3, []), answer
    skipped = {each["table"]: each["reason"] for each in answer["skipped"]}
    assert set(skipped) == {"forbidden", "partner-orders", "partner-mirrored", "partner-actions"}
    assert all("the permission `dynamodb:DescribeTable` is missing" in reason for reason in skipped.values()), skipped

    manifest = latest(filled, "manifest.json")
    found = [(entry["account"], entry["table"], entry["entities"]) for entry in manifest["tables"]]
    assert found == [
        (HOME, "catalog-large", []),
        (HOME, "catalog-people", ["email"]),
        (PARTNER, PARTNER_TABLE, ["credit_card"]),
    ]
    people = native(filled, HOME, "catalog-people")
    balance = attribute(people["attributes"], "balance")
    assert balance["profile"]["max"] == Decimal(EXACT)
    contact = attribute(people["attributes"], "contact")
    mail = attribute(contact["children"], "mail")
    assert mail["classification"]["entity"] == "email"
    assert attribute(people["attributes"], "tags")["types"] == [{"type": "SS", "count": 40, "share": 1}]
    # Personal data stand nowhere.
    listed = filled.stack.s3.get_paginator("list_objects_v2").paginate(Bucket=filled.stack.bucket, Prefix="catalog/")
    for key in [entry["Key"] for page in listed for entry in page["Contents"]]:
        text = filled.stack.read(key)
        assert b"@example.com" not in text and b"4111" not in text, key


def test_the_page_has_its_media_types(filled):
    def kind(key: str) -> str:
        return filled.stack.s3.head_object(Bucket=filled.stack.bucket, Key=f"catalog/latest/{key}")["ContentType"]

    assert kind("index.html") == "text/html; charset=utf-8"
    assert kind("page/page.js") == "text/javascript; charset=utf-8"
    assert kind("page/page.css") == "text/css; charset=utf-8"
    assert kind("manifest.json") == "application/json"


def test_the_test_names_what_is_missing_and_the_policy_that_would_mend_it(filled):
    answer, failed = filled.stack.invoke(
        "ExportCatalogFunction", {"test": True, "accounts": [{}], "include": ["catalog-people", "forbidden"]}
    )
    assert not failed, answer
    assert (answer["ok"], answer["bucket"]) == (False, {"allowed": True, "message": None})
    (account,) = answer["accounts"]
    denied = {(each["action"], each["table"]) for each in account["permissions"] if not each["allowed"]}
    # MiniStack asks for this one on no table in particular, which AWS does not.
    denied.discard(("dynamodb:ListTagsOfResource", "catalog-people"))
    assert {table for _, table in denied} == {"forbidden"}, account["permissions"]
    assert ("dynamodb:Scan", "forbidden") in denied
    assert "dynamodb:Scan" in json.dumps(account["policy"])


def test_an_export_that_takes_longer_goes_on_by_its_topic(filled):
    functions = filled.cloud.client("lambda", HOME)
    name = filled.stack.outputs["ExportCatalogFunctionName"]
    timeout = functions.get_function_configuration(FunctionName=name)["Timeout"]
    functions.update_function_configuration(FunctionName=name, Timeout=6)
    try:
        # Each page costs as much there, however long it is.
        asked = {"accounts": [{}], "include": ["catalog-"], "sample": "whole", "read_capacity": 0.2}
        answer, failed = filled.stack.invoke("ExportCatalogFunction", asked)
        assert not failed, answer
        assert answer["status"] == "continued", answer

        def look() -> dict | None:
            manifest = latest(filled, "manifest.json")
            # What it kept between invocations goes last.
            left = filled.stack.s3.list_objects_v2(Bucket=filled.stack.bucket, Prefix="catalog/underway.json")
            return manifest if manifest["export_id"] == answer["export_id"] and left["KeyCount"] == 0 else None

        manifest = until(look, EXPORT_SECONDS)
    finally:
        functions.update_function_configuration(FunctionName=name, Timeout=timeout)
    assert manifest is not None, "the export did not end"
    assert [(entry["table"], entry["items_read"]) for entry in manifest["tables"]] == [
        ("catalog-large", LARGE),
        ("catalog-people", 40),
    ]
    large = native(filled, HOME, "catalog-large")
    assert attribute(large["attributes"], "id")["profile"]["distinctCount"] == LARGE


def test_the_template_s_schedule_makes_what_catalog_yaml_says(filled):
    found = schedule(filled.cloud, HOME, "CatalogScheduled")
    assert (found["ScheduleExpression"], found["State"]) == ("rate(1 day)", "ENABLED")
    filled.stack.put("catalog.yaml", json.dumps({"include": ["catalog-people"], "sample": {"items": 7}}))
    before = latest(filled, "manifest.json")["export_id"]
    # A day is long: the same target, now.
    once_now(filled.cloud, HOME, "catalog-now", found["Target"])

    def look() -> dict | None:
        manifest = latest(filled, "manifest.json")
        return manifest if manifest["export_id"] != before else None

    manifest = until(look, EXPORT_SECONDS)
    assert manifest is not None, "no export was made"
    assert [(entry["table"], entry["items_read"]) for entry in manifest["tables"]] == [("catalog-people", 7)]


def test_a_role_that_does_not_let_it_in_is_told_and_the_rest_goes_on(filled):
    wrong = {"region": REGION, "role_arn": PARTNER_READER, "external_id": "wrong"}
    filled.stack.put("connections.yaml", json.dumps({"wrong": wrong}))
    answer, failed = filled.stack.invoke(
        "ExportCatalogFunction", {"accounts": [{}, {"connection": "wrong"}], "include": ["catalog-people"]}
    )
    assert not failed, answer
    assert answer["tables"] == 1
    (error,) = answer["accounts_failed"]
    assert error["connection"] == "wrong" and PARTNER_READER in error["error"], error


def test_its_log_tells_of_exports_and_holds_no_values(filled):
    logs = filled.cloud.client("logs", HOME)

    def look() -> list[str] | None:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=filled.stack.outputs["ExportCatalogLogGroupName"]
        )
        lines = [entry["message"] for page in pages for entry in page["events"]]
        return lines if any("the export is published" in line for line in lines) else None

    lines = until(look, EXPORT_SECONDS)
    assert lines is not None, "no line tells of an export"
    text = "\n".join(lines)
    assert "the export goes on" in text
    for value in ("@example.com", "4111", EXACT, EXTERNAL_ID):
        assert value not in text
