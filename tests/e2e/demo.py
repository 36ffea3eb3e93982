"""make demo: deploys Rowferry on an emulated AWS, drops extracts, mirrors a table, makes a catalog, and shows what becomes of it all."""

import argparse
import csv
import io
import json
import sys
import tempfile
import time
from pathlib import Path

from boto3.dynamodb.types import TypeDeserializer

from deploy import ROOT, Stack, deploy
from ministack import MiniStack, exit_on_signals

sys.path.insert(0, str(ROOT / "demo"))
import extracts

ACCOUNT = "111122223333"
TABLES = {"demo-orders": ("pk", "sk"), "demo-customers": ("customer_id",), "demo-prices": ("sku",)}
EXTRACTS = {
    "orders": ("extracts/orders/2026-05.csv", extracts.orders),
    "customers": ("extracts/customers/2026-05.parquet", extracts.customers),
}
# On a busy machine, unoptimized.
RUN_SECONDS = 180
REJECTS_SHOWN = 8
CELL_WIDTH = 42
DESERIALIZER = TypeDeserializer()


def main():
    exit_on_signals()
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--binaries", type=Path, required=True, help="folder of the functions' binaries")
    binaries = arguments.parse_args().binaries
    started = time.monotonic()
    step = Steps()
    step("starting an emulated AWS (MiniStack, IAM enforced, TLS)")
    with MiniStack(ROOT / "target" / "demo") as cloud:
        step("creating the target tables " + ", ".join(TABLES))
        table_arns = [_create_table(cloud, table, keys) for table, keys in TABLES.items()]
        step("deploying template.yaml")
        arns = ",".join(table_arns)
        stack = deploy(cloud, ACCOUNT, binaries, TargetTableArns=arns, CatalogTableArns=arns)
        step("uploading three sync definitions")
        for sync in [*EXTRACTS, "prices"]:
            stack.put(f"syncs/{sync}.yaml", (ROOT / "demo" / "syncs" / f"{sync}.yaml").read_bytes())
        expected = _drop_extracts(stack, step)
        step("waiting for the runs")
        reports = {sync: stack.wait(sync, seconds=RUN_SECONDS)[0] for sync in EXTRACTS}
        step.end()
        for sync, report in reports.items():
            _show_report(sync, report)
        _show_items(cloud)
        for sync, report in reports.items():
            _show_rejects(stack, sync, report)
        problems = [problem for sync in EXTRACTS for problem in _compare(sync, reports[sync], expected[sync])]
        problems += _mirror(cloud, stack, step)
        problems += _catalog(stack, step)
        step("ending the emulated AWS")
    step.end()
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"\nEvery row is accounted for, and every delete was asked for. {time.monotonic() - started:.0f} seconds.")


class Steps:
    """Prints each step as it begins, and how long it took when it ends."""

    def __init__(self):
        self.began = None

    def __call__(self, text: str):
        self.end()
        print(f"· {text} … ", end="", flush=True)
        self.began = time.monotonic()

    def end(self):
        if self.began is not None:
            print(f"{time.monotonic() - self.began:.1f} s", flush=True)
        self.began = None


def _mirror(cloud: MiniStack, stack: Stack, step: Steps) -> list[str]:
    """Three editions of a list of prices, the last one broken: followed, held, approved, undone. Says what went wrong."""
    problems = []

    def mirror(what: str, expected: dict, **payload) -> dict:
        step(what)
        report, failed = stack.invoke("MirrorTableFunction", {"sync": "prices", **payload})
        step.end()
        if failed:
            sys.exit(f"the mirror failed: {report}")
        rows, items = report["rows"], report["items"]
        print(
            f"    {report['status']}: {items['put']} put, {items['deleted']} deleted, {items['deletes_held']} deletes held, "
            f"{rows['unchanged']} rows unchanged, {report['capacity']['write_units']:,.0f} write units"
        )
        for guard in report["guards"]:
            print(f"    {guard['guard']}: {guard['message']}")
        found = {"status": report["status"], **items}
        wrong = {name: value for name, value in expected.items() if found[name] != value}
        problems.extend(f"mirror: {name} is {found[name]}, expected {value}" for name, value in wrong.items())
        return report

    title("a mirror: demo-prices follows extracts/prices/")
    count = extracts.PRICES
    editions = [
        ("the first edition", {"status": "succeeded", "put": count, "deleted": 0}),
        ("the second edition: 30 prices changed, 5 gone, 10 new", {"status": "succeeded", "put": 40, "deleted": 5}),
        ("the third edition, which breaks off in its middle", {"status": "held", "deleted": 0}),
    ]
    for edition, (what, expected) in enumerate(editions):
        stack.put(f"extracts/prices/{edition + 1}.csv", extracts.prices(edition))
        if edition == 1:
            mirror("a dry run of the second edition", expected | {"status": "planned"}, dry_run=True)
        report = mirror(what, expected)
    keys = ", ".join(key["sku"]["S"] for key in report["mirror"]["sample_of_deletes"][:5])
    print(f"    keys that would be deleted: {keys}, …")
    held, run = report["items"]["deletes_held"], report["run_id"]
    approved = mirror(f"approving run {run}", {"status": "succeeded", "deleted": held}, approve=run)["run_id"]
    mirror(f"thinking better of it: undoing run {approved}", {"status": "succeeded", "put": held}, undo=approved)
    items = cloud.client("dynamodb", ACCOUNT).scan(TableName="demo-prices", Select="COUNT")["Count"]
    if items != count + 5:
        problems.append(f"mirror: the table has {items} items, expected {count + 5}")
    return problems


def _create_table(cloud: MiniStack, table: str, keys: tuple[str, ...]) -> str:
    answer = cloud.client("dynamodb", ACCOUNT).create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))],
    )
    return answer["TableDescription"]["TableArn"]


def _drop_extracts(stack: Stack, step: Steps) -> dict[str, extracts.Expected]:
    expected = {}
    with tempfile.TemporaryDirectory() as folder:
        for sync, (object_key, make) in EXTRACTS.items():
            step(f"dropping {object_key}")
            path = Path(folder) / Path(object_key).name
            expected[sync] = make(path)
            stack.put(object_key, path.read_bytes())
    return expected


def _show_report(sync: str, report: dict):
    rows, reject = report["rows"], report.get("rejects") or {"by_reason": {}}
    title(f"runs/{sync}/{report['run_id']}/report.json")
    print(f"  status      {report['status']}" + (f": {report['error']['message']}" if report["error"] else ""))
    print("  rows        " + ", ".join(f"{count:,} {name}" for name, count in rows.items()))
    print("  rejected    " + ", ".join(f"{count} {reason}" for reason, count in sorted(reject["by_reason"].items())))
    units, cost = report["capacity"]["write_units"], report["estimated_cost_usd"]
    print(f"  write units {units:,.0f}, about ${cost:.4f} at list price")
    print(f"  took        {report['duration_ms'] / 1000:.1f} s")


def _catalog(stack: Stack, step: "Steps") -> list[str]:
    """Makes a catalog of the tables, and leaves its page on the disk."""
    step("making a catalog of the tables")
    answer, failed = stack.invoke("ExportCatalogFunction", {"include": ["demo-"], "sample": "whole"})
    step.end()
    if failed or answer["status"] != "succeeded":
        return [f"the catalog failed: {answer}"]
    title(f"{answer['manifest']}: {answer['tables']} tables, {answer['read_units']} read units")
    for entry in json.loads(stack.read("catalog/latest/manifest.json"))["tables"]:
        print(f"  {entry['table']:<16} {entry['items_read']:>6} items  {', '.join(entry['entities']) or 'no personal data'}")
    folder = ROOT / "target" / "demo" / "catalog"
    pages = stack.s3.get_paginator("list_objects_v2").paginate(Bucket=stack.bucket, Prefix="catalog/latest/")
    for key in [entry["Key"] for page in pages for entry in page["Contents"]]:
        path = folder / key.removeprefix("catalog/latest/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stack.read(key))
    print(f"  to browse it, open {(folder / 'index.html').relative_to(ROOT)}")
    return [] if answer["tables"] == len(TABLES) else [f"the catalog has {answer['tables']} tables of {len(TABLES)}"]


def _show_items(cloud: MiniStack):
    dynamodb = cloud.client("dynamodb", ACCOUNT)
    for table in TABLES:
        for item in dynamodb.scan(TableName=table, Limit=1)["Items"]:
            title(f"an item of {table}")
            plain = {name: DESERIALIZER.deserialize(value) for name, value in sorted(item.items())}
            print(json.dumps(plain, indent=2, ensure_ascii=False, default=_json))


def _json(value):
    return sorted(value) if isinstance(value, set) else str(value)


def _show_rejects(stack: Stack, sync: str, report: dict):
    if report["rejects"] is None:
        return
    text = stack.read(report["rejects"]["key"]).decode(errors="replace")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    title(f"{report['rejects']['key']}: {len(rows)} rows, each with the cells it came with")
    for row in rows[:REJECTS_SHOWN]:
        cell = " ".join((row.get(row["reject_column"]) or "").split())
        shown = cell if len(cell) <= CELL_WIDTH else cell[: CELL_WIDTH - 1] + "…"
        print(f"  row {row['reject_row']:>5}  {row['reject_reason']:<20} {row['reject_column']:<12} {shown}")
    if len(rows) > REJECTS_SHOWN:
        print(f"  … and {len(rows) - REJECTS_SHOWN} more")


def _compare(sync: str, report: dict, expected: extracts.Expected):
    """What the report should have said, where it says something else."""
    found = {
        "status": report["status"],
        "read": report["rows"]["read"],
        "written": report["rows"]["written"],
        "superseded": report["rows"]["superseded"],
        "rejects": (report["rejects"] or {}).get("by_reason", {}),
    }
    wanted = {
        "status": "succeeded",
        "read": expected.read,
        "written": expected.written,
        "superseded": expected.superseded,
        "rejects": expected.by_reason,
    }
    for name, value in wanted.items():
        if found[name] != value:
            yield f"sync {sync}: {name} is {found[name]}, expected {value}"


def title(text: str):
    print(f"\n── {text}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted; everything is ended.")
