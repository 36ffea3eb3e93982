"""The native form is what its published schema says."""

from conftest import CATALOG, ROOT, natives, read
from jsonschema import Draft7Validator


def validator(name: str) -> Draft7Validator:
    schema = read(ROOT / "docs" / "schema" / f"catalog-{name}.schema.json")
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def test_tables_are_what_the_schema_says(native):
    assert not list(validator("table").iter_errors(native))


def test_changes_are_what_the_schema_says():
    changes = read(CATALOG / "changes.json")
    assert changes and not list(validator("changes").iter_errors(changes))


def test_the_schema_refuses_what_is_missing():
    table = natives()[0]
    del table["attributes"]
    assert [error.message for error in validator("table").iter_errors(table)] == ["'attributes' is a required property"]
