"""DataHub takes its form, and swallows nothing of it."""

import json
import re

import pytest
import yaml
from click.testing import CliRunner
from conftest import CATALOG, ROOT, columns, read
from datahub.cli.check_cli import metadata_file
from datahub.ingestion.run.pipeline import Pipeline
from datahub.metadata.urns import DatasetUrn, TagUrn

FOLDER = CATALOG / "datahub"


def path_of(native: dict):
    return FOLDER / f"{native['account']}.{native['region']}.{native['table']}.json"


def aspects(native: dict) -> dict[str, dict]:
    return {each["aspectName"]: each["aspect"]["json"] for each in read(path_of(native))}


@pytest.fixture(scope="module")
def ingested(tmp_path_factory) -> list[dict]:
    """What `datahub ingest` reads from the folder by the recipe of docs/CATALOG.md, and hands on."""
    out = tmp_path_factory.mktemp("datahub") / "out.json"
    text = (ROOT / "docs" / "CATALOG.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```yaml\n(# recipe\.yaml\n.*?)```", text, re.DOTALL)
    recipe = yaml.safe_load(shown)
    assert recipe["sink"]["type"] == "datahub-rest"
    recipe["source"]["config"]["path"] = str(FOLDER)
    recipe["sink"] = {"type": "file", "config": {"filename": str(out)}}
    pipeline = Pipeline.create(recipe, report_to=None)
    pipeline.run()
    pipeline.raise_from_status()
    return read(out)


def test_each_file_is_checked_by_datahub_itself(native):
    result = CliRunner().invoke(metadata_file, [str(path_of(native))], catch_exceptions=False)
    assert result.exit_code == 0 and "5 MCEs found - all valid" in result.output, result.output


def lost(expected, found, path="") -> list[str]:
    """The paths of what is expected and not found; more may be found, such as what has a default."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [each for key, value in expected.items() for each in lost(value, found.get(key), f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found))
        return [each for number, pair in pairs for each in lost(*pair, f"{path}[{number}]")]
    return [] if expected == found else [f"{path}: {expected!r} became {found!r}"]


def test_nothing_is_swallowed_on_the_way_in(ingested, native):
    for expected in read(path_of(native)):
        same = ("entityUrn", "aspectName")
        [found] = [each for each in ingested if all(each[key] == expected[key] for key in same)]
        assert lost(expected, found) == []


def test_what_it_would_swallow_is_noticed():
    assert lost({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}], "d": 3}) == [".a[0].c: 2 became None"]


def test_a_table_is_one_dataset_of_account_region_and_name(native):
    [urn] = {each["entityUrn"] for each in read(path_of(native))}
    assert DatasetUrn.from_string(urn).name == f"{native['account']}.{native['region']}.{native['table']}"


def test_every_attribute_is_a_field_once(native):
    fields = aspects(native)["schemaMetadata"]["fields"]
    paths = [field["fieldPath"] for field in fields]
    assert len(paths) == len(set(paths))
    named = [path for path in paths if not path.endswith((".*", ".[]"))]
    assert len(named) == len(columns(native))
    assert {key["attribute"] for key in native["keys"]} == {field["fieldPath"] for field in fields if field.get("isPartOfKey")}
    assert aspects(native)["schemaMetadata"]["primaryKeys"] == [key["attribute"] for key in native["keys"]]


def test_every_profile_finds_its_field(native):
    paths = {field["fieldPath"] for field in aspects(native)["schemaMetadata"]["fields"]}
    assert {each["fieldPath"] for each in aspects(native)["datasetProfile"]["fieldProfiles"]} <= paths


def test_tags_are_urns_whatever_an_entity_is_called(native):
    for field in aspects(native)["schemaMetadata"]["fields"]:
        for tag in field.get("globalTags", {}).get("tags", []):
            assert TagUrn.from_string(tag["tag"]).name.startswith("PII.")


def test_types_and_nesting_are_as_meant():
    schema = {each["aspectName"]: each for each in read(FOLDER / "111122223333.eu-west-1.orders.json")}["schemaMetadata"]
    fields = {each["fieldPath"]: each for each in schema["aspect"]["json"]["fields"]}
    [(kind, of)] = fields["total"]["type"]["type"].items()
    assert (kind, of) == ("com.linkedin.schema.UnionType", {"nestedTypes": ["N", "S"]})
    assert fields["tagsSet"]["type"]["type"] == {"com.linkedin.schema.ArrayType": {"nestedType": ["S"]}}
    assert fields["prices"]["type"]["type"] == {"com.linkedin.schema.MapType": {"keyType": "S", "valueType": "N"}}
    assert {"lines.sku", "address.geo.lat", "prices.*", "origin.[].code"} <= set(fields)


def test_masked_values_stand_nowhere():
    text = (FOLDER / "111122223333.eu-west-1.users.json").read_text(encoding="utf-8")
    assert "78051120" not in text and "219099999" not in text
    assert json.loads(text)
