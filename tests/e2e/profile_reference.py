"""Computes the metrics of a profile plainly, with the standard library alone, as what Rowferry's are held against.

Writes tests/golden/profile/items.json (items in DynamoDB JSON, the same each time) and profile.json (their metrics). The
Rust test `profile::tests::golden` folds the first and compares with the second.
"""

import json
import math
import random
from collections import Counter
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "profile"

# Maps whose keys are data: what they hold is told for all keys together.
DATA = {"days"}


def make_items(count=300):
    chance = random.Random(6)
    items = []
    for number in range(count):
        item = {
            "id": {"S": f"order-{number}"},
            "amount": {"N": f"{chance.randrange(-2000, 90000) / 100}"},
            "ledger": {"N": str(10**37 * chance.randrange(1, 9) + chance.randrange(10**30))},
            "status": {"S": chance.choice(["new", "paid", "paid", "shipped", "zurückgesandt"])},
            "paid": {"BOOL": chance.random() < 0.7},
            "lines": {"L": [line(chance) for _ in range(chance.randrange(4))]},
            "days": {"M": {f"2026-0{chance.randrange(1, 7)}-1{day}": {"N": str(chance.randrange(9))} for day in range(chance.randrange(4))}},
            "tags": {"SS": chance.sample(["gift", "express", "b2b", "größe"], chance.randrange(1, 4))},
            "address": {"M": {"city": {"S": chance.choice(["Wien", "Łódź", "Oslo"])}, "zip": {"S": str(chance.randrange(100, 99999))}}},
        }
        if chance.random() < 0.4:
            item["code"] = chance.choice([{"N": str(chance.randrange(30))}, {"S": f"c{chance.randrange(30)}"}, {"NULL": True}])
        if chance.random() < 0.5:
            item["address"]["M"]["floor"] = {"N": str(chance.randrange(1, 12))}
        members = list(item.items())
        chance.shuffle(members)
        items.append(dict(members))
    return items


def line(chance):
    if chance.random() < 0.1:
        return {"S": chance.choice(["gift wrap", "voucher"])}
    return {"M": {"sku": {"S": f"sku-{chance.randrange(40)}"}, "price": {"N": f"{chance.randrange(10, 5000)}e-2"}}}


def kind(value):
    return next(iter(value))


def inner(value):
    return next(iter(value.values()))


def canonical(value):
    of, content = kind(value), inner(value)
    if of == "N":
        return of, Fraction(content)
    if of == "NS":
        return of, frozenset(map(Fraction, content))
    if of in ("SS", "BS"):
        return of, frozenset(content)
    if of == "L":
        return of, tuple(map(canonical, content))
    if of == "M":
        return of, frozenset((name, canonical(each)) for name, each in content.items())
    return of, content


def plain(number):
    """A number that is decimal, whole."""
    with localcontext() as context:
        context.prec = 200
        text = format(Decimal(number.numerator) / Decimal(number.denominator), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def root(number):
    with localcontext() as context:
        context.prec = 60
        return float((Decimal(number.numerator) / Decimal(number.denominator)).sqrt())


def quartile(values, quarters):
    place = Fraction((len(values) - 1) * quarters, 4)
    low = values[math.floor(place)]
    high = values[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def spread(values):
    values = sorted(values)
    count = len(values)
    mean = sum(values) / count
    deviation = root(sum((value - mean) ** 2 for value in values) / count)
    first, median, third = (quartile(values, quarters) for quarters in (1, 2, 3))
    told = {
        "mean": float(mean),
        "stddev": deviation,
        "firstQuartile": float(first),
        "median": float(median),
        "thirdQuartile": float(third),
        "interQuartileRange": float(third - first),
        "nonParametricSkew": float(mean - median) / deviation if deviation else None,
    }
    low, high = float(values[0]), float(values[-1])
    bins = 1
    if low < high:
        width = 2 * float(third - first) / count ** (1 / 3)
        bins = math.ceil((high - low) / width) if width else 101
        if bins > 100:
            bins = min(math.ceil(math.log2(count)) + 1, 100)
    inside = [low + (high - low) * each / bins for each in range(1, bins)]
    frequencies = [0] * bins
    for value in values:
        frequencies[sum(boundary <= float(value) for boundary in inside)] += 1
    told["histogram"] = {"boundaries": [low, *inside, high], "frequencies": frequencies}
    return told


def metrics(values, possible):
    there = [value for value in values if kind(value) != "NULL"]
    counts = Counter(map(canonical, there))
    unique = sum(count == 1 for count in counts.values())
    told = {
        "valuesCount": len(there),
        "nullCount": possible - len(there),
        "nullProportion": (possible - len(there)) / possible if possible else 0,
        "distinctCount": len(counts),
        "distinctProportion": len(counts) / len(there) if there else 0,
        "uniqueCount": unique,
        "uniqueProportion": unique / len(there) if there else 0,
        "duplicateCount": len(there) - len(counts),
    }
    numbers = [Fraction(inner(value)) for value in there if kind(value) == "N"]
    texts = [inner(value) for value in there if kind(value) == "S"]
    lengths = [Fraction(len(text)) for text in texts]
    if not lengths:
        lengths = [Fraction(len(inner(value))) for value in there if kind(value) in ("M", "L", "SS", "NS", "BS")]
    if lengths:
        told |= {"minLength": int(min(lengths)), "maxLength": int(max(lengths))}
    if numbers:
        told |= {"min": plain(min(numbers)), "max": plain(max(numbers)), "sum": plain(sum(numbers))}
    elif texts:
        told |= {"min": min(texts, key=str.encode), "max": max(texts, key=str.encode)}
    if numbers or lengths:
        told |= spread(numbers or lengths)
    of = "N" if numbers else "S" if texts else "BOOL"
    frequent = [(value, count) for (each, value), count in counts.items() if each == of and (count > 1 or of == "BOOL")]
    frequent.sort(key=lambda each: (-each[1], each[0] if of != "S" else each[0].encode()))
    name = plain if of == "N" else str if of == "S" else lambda value: "true" if value else "false"
    told["topValues"] = [[name(value), count] for value, count in frequent[:10]]
    return told


def look(told, path, values, possible):
    types = Counter(map(kind, values))
    told[path] = {
        "count": len(values),
        "presence": len(values) / possible if possible else 0,
        "types": dict(sorted(types.items())),
        "profile": metrics(values, possible),
    }
    maps = [inner(value) for value in values if kind(value) == "M"]
    if path in DATA:
        inside = [each for members in maps for each in members.values()]
        told[path]["keys"] = len({name for members in maps for name in members})
        look(told, f"{path}.{{}}", inside, len(inside))
    else:
        for name in sorted({name for members in maps for name in members}):
            look(told, f"{path}.{name}", [members[name] for members in maps if name in members], len(maps))
    elements = [each for value in values if kind(value) == "L" for each in inner(value)]
    for of in ("SS", "NS", "BS"):
        elements += [{of[0]: each} for value in values if kind(value) == of for each in inner(value)]
    if elements:
        look(told, f"{path}.[]", elements, len(elements))


def main():
    items = make_items()
    told = {}
    for name in sorted({name for item in items for name in item}):
        look(told, name, [item[name] for item in items if name in item], len(items))
    GOLDEN.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (GOLDEN / "items.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    (GOLDEN / "profile.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
