"""Makes exports for the page's tests, always the same: what shared/src/catalog/native.rs says, as JSON.

`python catalog.py small export.json` writes one to look at.
"""

import json
import random
import statistics
import sys
from collections import Counter
from decimal import Decimal

HOME, PARTNER = "111122223333", "444455556666"
DIGITS_38 = "-12345678901234567890123456789012345678"
SMALL_38 = "0.00000000012345678901234567890123456789"
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "__proto__",
    "constructor",
    "toString",
    '"><svg onload=alert(3)>',
    "javascript:alert(4)",
    "'); alert(5); ('",
    "\\'); alert(6); //",
    "right\u202eotfel\u202c to left \u05d0\u05d1\u05d2",
    "lines\u2028and\u2029paragraphs\nand \u0000 more",
    "{{7*7}} ${alert(8)}",
    "",
    "a" * 300,
    "no spaces" + "ß" * 200,
    "&lt;b&gt; &amp; <!-- -->",
]


# What is said of a decision that fits nothing.
UNMET = ["account", "region", "table", "attribute", "entity", "reason"]


def share(part, whole):
    return part / whole if whole else 0.0


def written(value) -> str:
    """JSON with every digit of a decimal; the module json would make doubles of them."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(each) for each in value) + "]"
    return json.dumps(value)


def write(export: dict, path) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(written(export))


def rounded(number) -> Decimal:
    return Decimal(f"{float(number):.6f}".rstrip("0").rstrip("."))


def types(*counts):
    total = sum(count for _, count in counts)
    return [{"type": kind, "count": count, "share": share(count, total)} for kind, count in counts]


def histogram(values: list, bins: int = 20) -> dict | None:
    low, high = min(values), max(values)
    if low == high:
        return {"boundaries": [low, high + 1], "frequencies": [len(values)]}
    width = (high - low) / bins
    frequencies = [0] * bins
    for value in values:
        frequencies[min(int((value - low) / width), bins - 1)] += 1
    edges = [low + width * at for at in range(bins)] + [high]
    return {"boundaries": [rounded(edge) for edge in edges], "frequencies": frequencies}


def profile(values: list, absent: int = 0, masked: bool = False, estimated=()) -> dict:
    """The metrics of values, all numbers or all text, computed plainly."""
    counts = Counter(values)
    numbers = all(isinstance(value, (int, float, Decimal)) for value in values)
    figures = [float(value) if numbers else len(value) for value in values]
    once = sum(1 for count in counts.values() if count == 1)
    first, median, third = statistics.quantiles(figures, n=4, method="inclusive") if len(figures) > 1 else figures * 3
    stddev, mean = statistics.pstdev(figures), statistics.fmean(figures)
    top = counts.most_common(10)
    others = len(values) - sum(count for _, count in top)
    spread = [(str(value), count) for value, count in top] + ([("Others", others)] if others else [])
    lengths = None if numbers else [len(value) for value in values]
    return {
        "valuesCount": len(values),
        "nullCount": absent,
        "nullProportion": share(absent, len(values) + absent),
        "distinctCount": len(counts),
        "distinctProportion": share(len(counts), len(values)),
        "uniqueCount": once,
        "uniqueProportion": share(once, len(values)),
        "duplicateCount": len(values) - len(counts),
        "min": None if masked else min(values),
        "max": None if masked else max(values),
        "mean": rounded(mean),
        "sum": rounded(sum(figures)) if numbers else None,
        "stddev": rounded(stddev),
        "median": rounded(median),
        "firstQuartile": rounded(first),
        "thirdQuartile": rounded(third),
        "interQuartileRange": rounded(third - first),
        "nonParametricSkew": rounded((mean - median) / stddev) if stddev else None,
        "histogram": histogram(figures),
        "minLength": min(lengths) if lengths else None,
        "maxLength": max(lengths) if lengths else None,
        "cardinalityDistribution": None
        if masked
        else {
            "categories": [name for name, _ in spread] if len(counts) < len(values) else [],
            "counts": [count for _, count in spread] if len(counts) < len(values) else [],
            "percentages": [100 * share(count, len(values)) for _, count in spread]
            if len(counts) < len(values)
            else [],
            "allValuesUnique": len(counts) == len(values),
        },
        "topValues": [] if masked else [{"value": value, "count": count} for value, count in top if count > 1],
        "masked": masked,
        "estimated": list(estimated),
    }


def attribute(name: str, values: list, items: int, held: dict | None = None, **more) -> dict:
    masked = bool(held) and held["sensitivity"] == "sensitive"
    kind = "S" if values and isinstance(values[0], str) else "N"
    made = {
        "name": name,
        "count": len(values),
        "presence": share(len(values), items),
        "types": types((kind, len(values))),
        "profile": profile(values, items - len(values), masked) if values else None,
    }
    return made | ({"classification": held} if held else {}) | more


def held(entity: str, sensitive: bool, confidence: float, of: float, *evidence: str, decision: str = "found") -> dict:
    return {
        "entity": entity,
        "sensitivity": "sensitive" if sensitive else "non_sensitive",
        "confidence": confidence,
        "share": of,
        "evidence": list(evidence),
        "decision": decision,
    }


def table(name: str, attributes: list, **more) -> dict:
    made = {
        "account": HOME,
        "region": "eu-west-1",
        "table": name,
        "arn": f"arn:aws:dynamodb:eu-west-1:{HOME}:table/{name}",
        "connection": None,
        "table_id": "6c1c3b8e-0b5b-4d59-9a31-3e8a4f0b7c11",
        "status": "ACTIVE",
        "created_at": "2024-03-05T08:15:00Z",
        "keys": [{"attribute": "id", "role": "partition", "type": "S"}],
        "indexes": [],
        "billing_mode": "PAY_PER_REQUEST",
        "capacity": {"read_units": None, "write_units": None},
        "table_class": "STANDARD",
        "item_count": 1000,
        "size_bytes": 245_760,
        "time_to_live": {"enabled": False, "attribute": None},
        "stream": None,
        "point_in_time_recovery": True,
        "encryption": "AWS_OWNED",
        "deletion_protection": False,
        "replicas": [],
        "tags": {},
        "missing_permissions": [],
        "sample": {"items": 1000},
        "cut_short": None,
        "items_read": 1000,
        "read_units": 128.5,
        "profiled_at": "2026-11-20T02:00:41Z",
        "attributes": attributes,
    }
    return made | more


def entities(attributes: list):
    for each in attributes:
        if each.get("classification"):
            yield each["classification"]
        yield from entities(each.get("children", []))
        yield from entities([each["element"]] if each.get("element") else [])
        yield from entities([each["map_of"]["value"]] if each.get("map_of") else [])


def entry(of: dict, changes: list) -> dict:
    found = list(entities(of["attributes"]))
    own = [each for each in changes if all(each[key] == of[key] for key in ("account", "region", "table"))]
    taken = ("account", "region", "table", "item_count", "size_bytes", "items_read", "missing_permissions")
    return {key: of[key] for key in taken} | {
        "key": f"native/{of['account']}/{of['region']}/{of['table']}.json",
        "attributes": len(of["attributes"]),
        "entities": sorted({each["entity"] for each in found}),
        "sensitive": any(each["sensitivity"] == "sensitive" for each in found),
        "changes": len(own),
    }


def export(tables: list, changes=(), skipped=(), **more) -> dict:
    changes = list(changes)
    tables = sorted(tables, key=lambda each: (each["account"], each["region"], each["table"]))
    places = sorted({(each["account"], each["region"], each["connection"]) for each in tables}, key=str)
    manifest = {
        "export_id": "2026-11-20T02-00-00Z-7f3a",
        "previous": "2026-11-19T02-00-00Z-11c0",
        "started_at": "2026-11-20T02:00:00Z",
        "finished_at": "2026-11-20T02:07:12Z",
        "skipped": list(skipped),
        "budget_spent": False,
        "accounts": [
            {
                "account": account,
                "region": region,
                "connection": connection,
                "error": None,
                "tables_found": 1 + sum(each["account"] == account and each["region"] == region for each in tables),
                "tables_included": sum(each["account"] == account and each["region"] == region for each in tables),
            }
            for account, region, connection in places
        ],
        "tables": [entry(each, changes) for each in tables],
        "read_units": sum(each["read_units"] for each in tables),
        "estimated_cost_usd": sum(each["read_units"] for each in tables) * 1.25e-7,
    }
    return {"manifest": manifest | more, "changes": changes, "tables": tables}


def change(name: str, what: str, attribute=None, before=None, after=None, account=HOME, region="eu-west-1") -> dict:
    return {
        "account": account,
        "region": region,
        "table": name,
        "attribute": attribute,
        "change": what,
        "before": before,
        "after": after,
    }


def orders(seed: random.Random) -> dict:
    """A table with something of everything."""
    items = 1000
    ids = [f"ord-{at:06d}" for at in range(items)]
    customers = [f"c-{int(seed.paretovariate(1.1)) % 400:04d}" for _ in range(items)]
    totals = [Decimal(str(round(seed.lognormvariate(3.6, 0.7), 2))) for _ in range(items)]
    states = seed.choices(["shipped", "paid", "open", "returned", "cancelled"], [620, 210, 110, 40, 20], k=items)
    mails = [f"person{at % 760}@example.com" for at in range(940)]
    quantities = [min(int(seed.expovariate(0.6)) + 1, 12) for _ in range(2600)]
    expiry = [1_764_000_000 + seed.randrange(90 * 86_400) for _ in range(items)]
    big = profile([Decimal(seed.randrange(10**6)) for _ in range(40)], 960) | {
        "min": Decimal(DIGITS_38),
        "max": Decimal(SMALL_38),
        "sum": Decimal("99999999999999999999999999999999999999"),
        "mean": Decimal("-0.1"),
        "histogram": {"boundaries": [Decimal(DIGITS_38), Decimal(DIGITS_38[:-1] + "9")], "frequencies": [40]},
        "topValues": [{"value": Decimal(DIGITS_38), "count": 3}],
        "estimated": ["distinctCount", "median", "histogram", "topValues"],
    }
    line = {
        "name": "",
        "count": 2600,
        "presence": 0.0,
        "types": types(("M", 2600)),
        "children": [
            attribute("price", [Decimal(str(round(seed.uniform(1, 90), 2))) for _ in range(2600)], 2600),
            attribute("quantity", quantities, 2600),
            attribute("sku", [f"SKU-{seed.randrange(300):03d}" for _ in range(2600)], 2600),
        ],
    }
    stock = {
        "name": "",
        "count": 5200,
        "presence": 0.0,
        "types": types(("N", 5200)),
        "profile": profile([seed.randrange(50) for _ in range(5200)]),
    }
    address = [
        attribute(
            "city",
            seed.choices(["Lisbon", "Porto", "Braga", "Faro"], [5, 3, 1, 1], k=900),
            900,
            held("city", False, 0.6, 0.9, "name of attribute: city"),
        ),
        attribute(
            "street",
            [f"Rua {at % 311}" for at in range(880)],
            900,
            held("postal_address", True, 0.72, 0.81, "name of attribute: street", "pattern: street and number"),
        ),
        attribute("zip", [f"{seed.randrange(1000, 9999)}-{seed.randrange(100, 999)}" for _ in range(900)], 900),
    ]
    attributes = [
        attribute("customerId", customers, items),
        attribute("orderId", ids, items),
        attribute("status", states, items, samples=["shipped", "open"]),
        {"name": "address", "count": 900, "presence": 0.9, "types": types(("M", 900)), "children": address},
        attribute("amounts", [Decimal(1)] * 40, items, profile=big),
        attribute(
            "email",
            mails,
            items,
            held(
                "email",
                True,
                0.99,
                0.994,
                "pattern: 994 of 1,000 values are addresses",
                "name of attribute: email",
                decision="confirmed",
            ),
        ),
        attribute("expiresAt", expiry, items),
        {
            "name": "flags",
            "count": 300,
            "presence": 0.3,
            "types": types(("BOOL", 280), ("NULL", 20)),
            "profile": profile([1, 0], 0)
            | {
                "valuesCount": 280,
                "nullCount": 720,
                "nullProportion": 0.72,
                "distinctCount": 2,
                "distinctProportion": 2 / 280,
                "uniqueCount": 0,
                "uniqueProportion": 0.0,
                "duplicateCount": 278,
                "min": None,
                "max": None,
                "mean": None,
                "sum": None,
                "stddev": None,
                "median": None,
                "firstQuartile": None,
                "thirdQuartile": None,
                "interQuartileRange": None,
                "nonParametricSkew": None,
                "histogram": None,
                "topValues": [{"value": True, "count": 250}, {"value": False, "count": 30}],
                "cardinalityDistribution": None,
            },
        },
        {"name": "lines", "count": 1000, "presence": 1.0, "types": types(("L", 1000)), "element": line},
        {"name": "photo", "count": 12, "presence": 0.012, "types": types(("B", 12)), "profile": None},
        {
            "name": "stockByWarehouse",
            "count": 800,
            "presence": 0.8,
            "types": types(("M", 800)),
            "map_of": {"keys": 1234, "estimated": True, "value": stock},
        },
        {
            "name": "labels",
            "count": 410,
            "presence": 0.41,
            "types": types(("SS", 400), ("L", 10)),
            "element": {"name": "", "count": 30, "presence": 0.0, "types": types(("S", 29), ("N", 1))},
            "samples": [["a", {"b": Decimal(DIGITS_38)}], {"number": "5"}],
        },
        attribute("total", totals, items, types=types(("N", 980), ("S", 20))),
    ]
    keys = [
        {"attribute": "customerId", "role": "partition", "type": "S"},
        {"attribute": "orderId", "role": "sort", "type": "S"},
    ]
    by_status = [
        {"attribute": "status", "role": "partition", "type": "S"},
        {"attribute": "expiresAt", "role": "sort", "type": "N"},
    ]
    by_total = [keys[0], {"attribute": "total", "role": "sort", "type": "N"}]
    index = {
        "projected": [],
        "status": "ACTIVE",
        "item_count": 1_284_000,
        "size_bytes": 96_000_000,
        "capacity": {"read_units": 20, "write_units": 40},
    }
    return table(
        "orders",
        attributes,
        keys=keys,
        billing_mode="PROVISIONED",
        capacity={"read_units": 100, "write_units": 250},
        item_count=1_284_311,
        size_bytes=534_812_777,
        stream={
            "view_type": "NEW_AND_OLD_IMAGES",
            "arn": f"arn:aws:dynamodb:eu-west-1:{HOME}:table/orders/stream/2024-03-05T08:15:00.000",
        },
        time_to_live={"enabled": True, "attribute": "expiresAt"},
        encryption=f"arn:aws:kms:eu-west-1:{HOME}:key/0b5b4d59-9a31-3e8a",
        deletion_protection=True,
        replicas=[{"region": "us-east-1", "status": "ACTIVE"}],
        tags={"team": "checkout", "cost-centre": "4711", "__proto__": "tagged"},
        cut_short="the table's budget of 100 read units was spent",
        indexes=[
            index
            | {
                "name": "by-status",
                "kind": "global",
                "keys": by_status,
                "projection": "INCLUDE",
                "projected": ["email", "total"],
            },
            index
            | {
                "name": "by-total",
                "kind": "local",
                "keys": by_total,
                "projection": "ALL",
                "status": None,
                "capacity": None,
            },
        ],
    )


def small() -> dict:
    """An export to look at: a few tables of two accounts, one of them with everything, one empty, one half denied."""
    seed = random.Random(6)
    denied = table(
        "sessions",
        [
            attribute("id", [f"s-{at}" for at in range(1000)], 1000),
            attribute(
                "ip",
                [f"10.0.{at % 7}.{at % 250}" for at in range(1000)],
                1000,
                held("ip_address", True, 0.97, 1.0, "pattern: dotted quads"),
            ),
        ],
        account=PARTNER,
        region="us-east-1",
        connection="partner",
        tags=None,
        time_to_live=None,
        point_in_time_recovery=None,
        missing_permissions=[
            "dynamodb:ListTagsOfResource",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:DescribeContinuousBackups",
        ],
    )
    empty = table(
        "invoices-2027",
        [{"name": "id", "count": 0, "presence": 0.0, "types": types(("S", 0))}],
        item_count=0,
        size_bytes=0,
        items_read=0,
        read_units=0.5,
    )
    names = ["customers", "carts", "payments", "shipments", "price_history", "audit-log", "feature.flags"]
    others = []
    for at, name in enumerate(names):
        items = seed.randrange(200, 1000)
        made = [
            attribute("id", [f"{name}-{each}" for each in range(items)], items),
            attribute("amount", [round(seed.gauss(50, 12), 2) for _ in range(items)], items),
            attribute("updatedAt", [f"2026-11-{1 + each % 20:02d}T10:00:00Z" for each in range(items)], items),
        ]
        if at % 3 == 0:
            phones = [f"+35191{seed.randrange(10**6):07d}" for _ in range(items)]
            made.append(
                attribute("phone", phones, items, held("phone", False, 0.93, 0.99, "pattern: international numbers"))
            )
        count = seed.randrange(10**3, 10**8)
        place = {"account": PARTNER, "region": "us-east-1", "connection": "partner"} if at % 2 else {}
        others.append(
            table(
                name,
                made,
                item_count=count,
                size_bytes=count * seed.randrange(80, 900),
                read_units=round(seed.uniform(20, 900), 1),
                **place,
            )
        )
    changes = [
        change("orders", "attribute_added", "stockByWarehouse", None, "M"),
        change("orders", "types_changed", "total", "N", "N|S"),
        change("orders", "classification_changed", "address.street", None, "postal_address"),
        change("customers", "table_added"),
        change("customers-old", "table_removed"),
        change("elsewhere", "table_left_out"),
    ]
    skipped = [
        {
            "account": HOME,
            "region": "eu-west-1",
            "table": "payroll",
            "reason": "access denied: dynamodb:Scan is missing",
        },
        {"account": PARTNER, "region": "us-east-1", "table": "imports", "reason": "it is CREATING"},
    ]
    unmet = dict(zip(UNMET, [HOME, "eu-west-1", "orders", "address.email", "email", "no such attribute was seen"]))
    made = export([orders(seed), denied, empty, *others], changes, skipped, decisions_unmet=[unmet])
    made["manifest"]["accounts"].append(
        {
            "account": None,
            "region": "ap-south-1",
            "connection": "lab",
            "tables_found": 0,
            "tables_included": 0,
            "error": "role arn:aws:iam::777788889999:role/rowferry-reader cannot be assumed: access denied",
        }
    )
    return made


def hostile() -> dict:
    """An export in which every text that others can choose is an attack."""
    tables = []
    for text in HOSTILE:
        nested = {
            "name": text,
            "count": 5,
            "presence": 0.5,
            "types": types(("M", 5)),
            "children": [attribute(text, [text] * 5, 5)],
        }
        flat = attribute(
            "values of " + text,
            [text] * 9 + ["b"],
            10,
            held(text, False, 0.5, 0.5, text),
            samples=[text, [text], {text: text}],
        )
        tables.append(
            table(
                text,
                [
                    nested,
                    flat,
                    {
                        "name": "map",
                        "count": 1,
                        "presence": 0.1,
                        "types": types((text, 1)),
                        "map_of": {"keys": 2, "estimated": False, "value": nested},
                    },
                ],
                account=text,
                region=text,
                connection=text,
                arn=text,
                table_id=text,
                status=text,
                keys=[{"attribute": text, "role": "partition", "type": text}],
                billing_mode=text,
                table_class=text,
                encryption=text,
                tags={text: text},
                missing_permissions=[text],
                cut_short=text,
                sample={text: text},
                time_to_live={"enabled": True, "attribute": text},
                stream={"view_type": text, "arn": text},
                replicas=[{"region": text, "status": text}],
                profiled_at=text,
                created_at=text,
                indexes=[
                    {
                        "name": text,
                        "kind": text,
                        "keys": [{"attribute": text, "role": text, "type": text}],
                        "projection": "INCLUDE",
                        "projected": [text],
                        "status": text,
                        "item_count": 1,
                        "size_bytes": 1,
                        "capacity": None,
                    }
                ],
            )
        )
    changes = [change(text, text, text, text, text, text, text) for text in HOSTILE]
    skipped = [{"account": text, "region": text, "table": text, "reason": text} for text in HOSTILE]
    unmet = [{key: text for key in UNMET} for text in HOSTILE]
    return export(
        tables,
        changes,
        skipped,
        export_id=HOSTILE[0],
        previous=HOSTILE[1],
        finished_at=HOSTILE[1],
        decisions_unmet=unmet,
    )


def many(tables: int = 500, attributes: int = 300) -> dict:
    """500 tables of 300 attributes; only the first has its file, as each is opened alone."""
    seed = random.Random(500)
    columns = []
    for at in range(attributes):
        name = f"attribute_{at:03d}"
        if at % 10 == 9:
            children = [attribute(f"member_{each}", [seed.randrange(1000) for _ in range(60)], 60) for each in range(5)]
            columns.append(
                {"name": name, "count": 60, "presence": 0.6, "types": types(("M", 60)), "children": children}
            )
        elif at % 3:
            columns.append(attribute(name, [f"value {seed.randrange(40)} of it" for _ in range(100)], 100))
        else:
            columns.append(attribute(name, [round(seed.gauss(0, 50), 3) for _ in range(90)], 100))
    first = table("table-000", columns, item_count=10**6, items_read=100)
    made = export([first])
    pattern = made["manifest"]["tables"][0]
    regions = ["eu-west-1", "us-east-1", "ap-south-1"]
    made["manifest"]["tables"] += [
        pattern
        | {
            "table": f"table-{at:03d}",
            "account": [HOME, PARTNER][at % 2],
            "region": regions[at % 3],
            "item_count": seed.randrange(10**9),
            "size_bytes": seed.randrange(10**12),
            "entities": seed.sample(["email", "phone", "iban", "person_name", "url"], at % 4),
            "sensitive": at % 7 == 0,
        }
        for at in range(1, tables)
    ]
    return made


def none() -> dict:
    """An export that found nothing."""
    return export([], previous=None)


ALL = {"small": small, "hostile": hostile, "many": many, "none": none}

if __name__ == "__main__":
    write(ALL[sys.argv[1]](), sys.argv[2])
