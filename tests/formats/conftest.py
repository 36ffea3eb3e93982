"""The golden catalog, as the Rust tests hold it."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "tests" / "golden" / "catalog"


def read(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def natives() -> list[dict]:
    """Every table of the golden catalog in its native form."""
    tables = [read(path) for path in sorted(CATALOG.glob("native/*/*/*.json"))]
    assert len(tables) >= 6
    return tables


def names(attributes: list[dict]) -> list[str]:
    """The names of attributes and of all that have one beneath them."""
    found = []
    for each in attributes:
        found += [each["name"]] * bool(each["name"])
        inner = [each["element"]] if "element" in each else []
        inner += [each["map_of"]["value"]] if "map_of" in each else []
        found += names(each.get("children", [])) + names(inner)
    return sorted(found)


def columns(table: dict) -> list[str]:
    """The names of all that has to be a column: keys of indexes too, which no item may have."""
    keys = {key["attribute"] for index in table["indexes"] for key in index["keys"]}
    return sorted(names(table["attributes"]) + list(keys - {each["name"] for each in table["attributes"]}))


@pytest.fixture(params=natives(), ids=lambda table: f"{table['region']}.{table['table']}")
def native(request) -> dict:
    """Each table."""
    return request.param
