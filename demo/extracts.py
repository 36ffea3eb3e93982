"""Makes the extracts of the demo: rows as a warehouse would deliver them, about one in a hundred of them bad.

The same rows come out each time. Each maker returns what a report must say about its extract.
"""

import csv
import datetime
import decimal
import io
import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ORDERS = 6000
CUSTOMERS = 4000
PRICES = 3000
FIRST_NAMES = [
    "Ada",
    "Amina",
    "Bruno",
    "Chloé",
    "Dmitri",
    "Elif",
    "Farah",
    "Grace",
    "Hiro",
    "Inès",
    "Jonas",
    "Katarzyna",
    "Liam",
    "Mei",
    "Noah",
    "Olga",
    "Priya",
    "Quentin",
    "Rosa",
    "Søren",
]
LAST_NAMES = [
    "Andersson",
    "Bianchi",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Müller",
    "Nguyen",
    "O'Brien",
]
CITIES = [
    ("Lisboa", "PT", "1100-148"),
    ("Wien", "AT", "1010"),
    ("Kraków", "PL", "31-008"),
    ("Zürich", "CH", "8001"),
    ("Boston", "US", "02108"),
]
PRODUCTS = [
    ("Kettle, 1.7 l", "39.90"),
    ("Desk lamp", "24.50"),
    ("Coffee beans 1 kg", "18.00"),
    ('Notebook "A5"', "6.25"),
    ("Bicycle bell", "9.95"),
]
START = datetime.datetime(2026, 1, 5, 6, 0, 0)


@dataclass
class Expected:
    """What the report of one extract must say."""

    read: int
    written: int
    superseded: int
    by_reason: dict[str, int]


def orders(path: Path) -> Expected:
    """Writes the CSV extract of orders."""
    chance = random.Random(20260105)
    header = [
        "order_id",
        "customer_id",
        "ordered_at",
        "status",
        "total",
        "currency",
        "gift",
        "lines",
        "note",
        "delete_after",
    ]
    rows = [_order(chance, number) for number in range(1, ORDERS + 1)]
    # Orders that the warehouse delivered twice: the later row counts.
    corrected = chance.sample(rows, 25)
    rows += [row | {"status": "refunded"} for row in corrected]
    reasons = Counter()
    untouched = [row for row in rows[:ORDERS] if row not in corrected]
    for row, (reason, column, cell) in zip(chance.sample(untouched, 60), _bad_cells()):
        row[column] = cell
        reasons[reason] += 1
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    torn = b"O-999998,C-00001\n"
    latin_1 = b"O-999999,C-00001,2026-05-01 08:00:00,exp\xe9di\xe9,1.00,EUR,no,[],,\n"
    reasons |= {"cell_count": 1, "utf8_invalid": 1}
    path.write_bytes(text.getvalue().encode() + torn + latin_1)
    rejected = sum(reasons.values())
    read = len(rows) + 2
    return Expected(read, read - len(corrected) - rejected, len(corrected), dict(reasons))


def _order(chance: random.Random, number: int) -> dict[str, str]:
    lines = [
        {"product": product, "quantity": chance.randint(1, 4), "price": decimal.Decimal(price)}
        for product, price in chance.sample(PRODUCTS, chance.randint(1, 3))
    ]
    ordered = START + datetime.timedelta(minutes=31 * number, seconds=chance.randint(0, 59))
    return {
        "order_id": f"O-{number:06}",
        "customer_id": f"C-{chance.randint(1, CUSTOMERS):05}",
        "ordered_at": ordered.strftime("%Y-%m-%d %H:%M:%S"),
        "status": chance.choice(["paid", "packed", "shipped", "delivered"]),
        "total": str(sum(line["quantity"] * line["price"] for line in lines)),
        "currency": chance.choice(["EUR", "CHF", "PLN", "USD"]),
        "gift": chance.choice(["yes", "no", "no"]),
        "lines": json.dumps(lines, default=float),
        "note": chance.choice(["", "", "ring twice", "leave at the door,\nplease", 'say "hello"']),
        "delete_after": (ordered + datetime.timedelta(days=3650)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _bad_cells():
    """Reason, column and cell of each bad row of the orders, again and again."""
    while True:
        yield "key_missing", "order_id", ""
        yield "number_invalid", "total", "12,50"
        yield "number_precision", "total", "0.123456789012345678901234567890123456789"
        yield "number_out_of_range", "total", "1e126"
        yield "boolean_invalid", "gift", "perhaps"
        yield "json_invalid", "lines", '[{"product": "Kettle"'
        yield "timestamp_invalid", "ordered_at", "2026-02-30 10:00:00"


def customers(path: Path) -> Expected:
    """Writes the Parquet extract of customers."""
    chance = random.Random(20260106)
    rows = [_customer(chance, number) for number in range(1, CUSTOMERS + 1)]
    reasons = Counter()
    for row, (reason, column, value) in zip(chance.sample(rows, 40), _bad_values()):
        row[column] = value
        reasons[reason] += 1
    schema = pa.schema(
        [
            ("customer_id", pa.string()),
            ("name", pa.string()),
            ("email", pa.string()),
            ("born", pa.date32()),
            ("lifetime_value", pa.decimal128(14, 2)),
            ("score", pa.float32()),
            ("newsletter", pa.bool_()),
            ("tags", pa.list_(pa.string())),
            ("last_seen", pa.timestamp("us", tz="UTC")),
            (
                "address",
                pa.struct(
                    [
                        ("street", pa.string()),
                        ("city", pa.string()),
                        ("postcode", pa.string()),
                        ("country", pa.string()),
                    ]
                ),
            ),
        ]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema), path, compression="zstd", row_group_size=1000)
    rejected = sum(reasons.values())
    return Expected(CUSTOMERS, CUSTOMERS - rejected, 0, dict(reasons))


def _customer(chance: random.Random, number: int) -> dict:
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    city, country, postcode = chance.choice(CITIES)
    seen = START + datetime.timedelta(days=chance.randint(0, 200), microseconds=chance.randint(0, 86_399_999_999))
    return {
        "customer_id": f"C-{number:05}",
        "name": f"{first} {last}",
        "email": f"{first}.{number}@example.com".lower(),
        "born": datetime.date(1940, 1, 1) + datetime.timedelta(days=chance.randint(0, 24_000)),
        "lifetime_value": decimal.Decimal(chance.randint(0, 2_000_000)) / 100,
        "score": chance.random(),
        "newsletter": chance.choice([True, False, None]),
        "tags": chance.sample(["early", "wholesale", "vip", "press", "staff"], chance.randint(1, 3)),
        "last_seen": seen.replace(tzinfo=datetime.UTC),
        "address": {
            "street": f"{chance.choice(LAST_NAMES)} street {chance.randint(1, 99)}",
            "city": city,
            "postcode": postcode,
            "country": country,
        },
    }


def _bad_values():
    """Reason, column and value of each bad row of the customers, again and again."""
    while True:
        yield "key_missing", "customer_id", None
        yield "key_empty", "customer_id", ""
        yield "number_invalid", "score", float("nan")
        yield "null_not_allowed", "tags", ["vip", None]
        yield "set_empty", "tags", []
        yield "set_duplicate", "tags", ["vip", "vip"]


def prices(edition: int) -> str:
    """The list of prices as a CSV: each edition changes one price in a hundred, drops five and adds ten.

    The third edition breaks off in its middle, as a list does whose query went wrong.
    """
    numbers = range(5 * edition, PRICES + 10 * edition)
    if edition == 2:
        numbers = numbers[: len(numbers) // 2]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["sku", "price", "currency", "regions"])
    for number in numbers:
        cents = 999 + 37 * number % 9000 + (edition * 100 if number % 100 == 7 else 0)
        # How a price and its regions are written changes from edition to edition; what they mean does not.
        price = f"{cents // 100}.{cents % 100:02}" if edition % 2 == 0 else f"{cents}e-2"
        regions = ["eu", "us", "apac"][:: 1 if edition % 2 == 0 else -1]
        writer.writerow([f"SKU-{number:05}", price, "EUR", "|".join(regions)])
    return text.getvalue()
