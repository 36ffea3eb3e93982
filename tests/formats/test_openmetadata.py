"""OpenMetadata's models take its form, and make of it what was meant."""

import json
import logging
import unicodedata

import pytest
from conftest import CATALOG, columns, read
from models import (
    CreateDatabaseRequest,
    CreateDatabaseSchemaRequest,
    CreateDatabaseServiceRequest,
    CreateTableProfileRequest,
    CreateTableRequest,
)
from pydantic import ValidationError

FOLDER = CATALOG / "openmetadata"

# Control characters, and what ends a line or a paragraph: the server's pattern takes none of them.
CONTROL = {"Cc", "Zl", "Zp"}
TABLES = {(table["databaseSchema"], table["name"]): table for table in read(FOLDER / "tables.json")}


@pytest.fixture(autouse=True)
def no_complaints(caplog):
    """What the models cannot do they only log, such as encoding names."""
    yield
    assert not [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]


def round_trip(model, body: dict) -> dict:
    """What the model makes of a body."""
    return json.loads(model.model_validate_json(json.dumps(body)).model_dump_json(exclude_none=True, by_alias=True))


def walk(beside: list[dict], above: str = ""):
    """Every column with its path, those beneath it too."""
    for column in beside:
        path = above + column["name"]
        yield path, column
        yield from walk(column.get("children", []), path + ".")


def table_of(native: dict) -> dict:
    return TABLES[f"dynamodb.{native['account']}.{native['region']}", native["table"]]


def profile_of(native: dict) -> dict:
    return read(FOLDER / "profiles" / f"{native['account']}.{native['region']}.{native['table']}.json")


def test_service_databases_and_schemas_are_accepted():
    service = read(FOLDER / "service.json")
    assert round_trip(CreateDatabaseServiceRequest, service) == service
    databases = read(FOLDER / "database.json")
    assert [round_trip(CreateDatabaseRequest, each) for each in databases] == databases
    schemas = read(FOLDER / "schema.json")
    assert [round_trip(CreateDatabaseSchemaRequest, each) for each in schemas] == schemas
    assert {each["service"] for each in databases} == {service["name"]}
    full_names = {f"{each['service']}.{each['name']}" for each in databases}
    assert {each["database"] for each in schemas} == full_names
    assert {place for place, _ in TABLES} == {f"{each['database']}.{each['name']}" for each in schemas}


def test_a_table_is_accepted_and_nothing_of_it_is_changed(native):
    table = table_of(native)
    assert round_trip(CreateTableRequest, table) == table


def test_unknown_keys_would_be_refused(native):
    with pytest.raises(ValidationError):
        round_trip(CreateTableRequest, table_of(native) | {"keys": []})


def test_a_profile_is_accepted_and_nothing_of_it_is_changed(native):
    profile = profile_of(native)
    assert round_trip(CreateTableProfileRequest, profile) == profile


def test_every_attribute_is_a_column_under_its_own_name(native):
    found = [column for _, column in walk(table_of(native)["columns"])]
    named = [each for each in found if each["name"] not in ("*", "[]") or "ordinalPosition" in each]
    assert sorted(each.get("displayName", each["name"]) for each in named) == columns(native)


def test_names_are_such_as_the_server_takes(native):
    paths = [path for path, _ in walk(table_of(native)["columns"])]
    assert len(paths) == len(set(paths))
    for _, column in walk(table_of(native)["columns"]):
        name = column["name"]
        assert name.strip() and len(name.encode("utf-16-le")) <= 512, name
        assert not any(sign in name for sign in ("::", ">", '"')) and not CONTROL & set(map(unicodedata.category, name)), name
        assert ("arrayDataType" in column) == (column["dataType"] == "ARRAY")


def test_names_are_encoded_as_the_models_encode_them():
    table = TABLES["dynamodb.444455556666.eu-west-1", "we.ird-table_1"]
    encoded = {each["displayName"]: each["name"] for each in table["columns"] if "displayName" in each}
    known = {raw: name for raw, name in encoded.items() if "__reserved__" in name and "bell" not in raw and "\u2028" not in raw}
    known.pop("a__reserved__colon__b")
    assert len(known) == 5
    columns = [{"name": raw, "dataType": "STRING"} for raw in known]
    found = round_trip(CreateTableRequest, {"name": "t", "databaseSchema": "a.b.c", "columns": columns})
    assert [column["name"] for column in found["columns"]] == list(known.values())


def test_constraints_name_the_keys(native):
    table = table_of(native)
    keys = [key["attribute"] for key in native["keys"]]
    shown = {column["name"]: column.get("displayName", column["name"]) for column in table["columns"]}
    marked = [shown[column["name"]] for column in table["columns"] if "constraint" in column]
    constraints = {each["constraintType"]: each["columns"] for each in table.get("tableConstraints", [])}
    if len(keys) == 1:
        assert (marked, constraints) == (keys, {})
    else:
        assert marked == []
        assert [shown[name] for name in constraints["PRIMARY_KEY"]] == keys
        assert [shown[name] for name in constraints["SORT_KEY"]] == keys[1:]


def test_every_profile_finds_its_column(native):
    paths = {path for path, _ in walk(table_of(native)["columns"])}
    profiled = [profile["name"] for profile in profile_of(native)["columnProfile"]]
    assert set(profiled) <= paths and len(profiled) == len(set(profiled))


def test_types_and_nesting_are_as_meant():
    found = {
        path: (column["dataType"], column.get("arrayDataType"), column["dataTypeDisplay"])
        for path, column in walk(TABLES["dynamodb.111122223333.eu-west-1", "orders"]["columns"])
    }
    expected = {
        "customerId": ("NUMBER", None, "N"),
        "address": ("MAP", None, "M"),
        "address.geo.lat": ("NUMBER", None, "N"),
        "blob": ("BYTES", None, "B"),
        "gift": ("BOOLEAN", None, "BOOL"),
        "lines": ("ARRAY", "STRUCT", "L<M>"),
        "lines.sku": ("STRING", None, "S"),
        "matrix": ("ARRAY", "ARRAY", "L<L<N>>"),
        "note": ("STRING", None, "S|NULL"),
        "nothing": ("NULL", None, "NULL"),
        "numbers": ("SET", None, "NS"),
        "origin": ("UNION", None, "L<M|S>|M|S"),
        "origin.[].code": ("STRING", None, "S"),
        "prices": ("MAP", None, "M<N>"),
        "prices.*": ("NUMBER", None, "N"),
        "tagsSet": ("SET", None, "SS"),
        "todo": ("ARRAY", "UNION", "L<N|S>"),
        "total": ("UNION", None, "N|S"),
        "vacant": ("ARRAY", "UNKNOWN", "L"),
    }
    assert {path: found[path] for path in expected} == expected


def test_one_tag_says_how_sensitive_and_why():
    of_users = walk(TABLES["dynamodb.111122223333.eu-west-1", "users"]["columns"])
    tags = {path: column["tags"] for path, column in of_users if "tags" in column}
    found = {path: (tag["tagFQN"], tag["state"], tag["reason"].split(":")[0]) for path, [tag] in tags.items()}
    assert found == {
        "contacts": ("PII.Sensitive", "Suggested", "email"),
        "email": ("PII.Sensitive", "Suggested", "email"),
        "name.first": ("PII.Sensitive", "Suggested", "person"),
        "phone": ("PII.NonSensitive", "Confirmed", "phone"),
        "ssn": ("PII.Sensitive", "Suggested", "ssn"),
    }


def test_masked_values_stand_nowhere():
    profile = read(FOLDER / "profiles" / "111122223333.eu-west-1.users.json")
    [ssn] = [each for each in profile["columnProfile"] if each["name"] == "ssn"]
    assert ssn["valuesCount"] == 40
    assert not {"min", "max", "mean", "median", "sum", "histogram", "cardinalityDistribution"} & set(ssn)


def test_a_long_number_keeps_every_digit():
    profile = read(FOLDER / "profiles" / "111122223333.eu-west-1.orders.json")
    [customer] = [each for each in profile["columnProfile"] if each["name"] == "customerId"]
    assert (customer["min"], customer["max"]) == (1, "12345678901234567890123456789012345678")
