"""Goals 6 and 7: an import with validation, keys by name, report and audit, against COPY; and one with bad rows."""

import csv
import io
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from django.db import connection, transaction

from bench import base
from bench.measure import seconds
from bench.report import Goal
from bench.setting import Setting
from core.calendar import BEGINNING
from core.importing.engine import Outcome, import_file
from core.importing.entities import kinds
from core.scope import System

MAPPING = """
kind = "assets"
source = "bench"

[account]
key = "customer"

[product]
key = "product"

[asset]
key = "id"
serial = "serial"
name = "name"
ordered_on = "ordered"
delivered_on = "delivered"
installed_on = "installed"
went_live_on = "live"
warranty_ends_on = "warranty"
price = "price"
currency = "currency"
configuration = { axes = "axes", reach_mm = "reach", payload_kg = "payload", controller = "controller" }
"""
HEADERS = (
    *("id", "customer", "product", "serial", "name", "ordered", "delivered", "installed", "live", "warranty"),
    *("price", "currency", "axes", "reach", "payload", "controller"),
)


def measure(setting: Setting) -> Iterator[Goal]:
    base.use(setting.large)
    count = min(20_000, max(2_000, setting.accounts * 2))
    with TemporaryDirectory() as folder:
        mapping = Path(folder) / "mapping.toml"
        mapping.write_text(MAPPING)
        clean = _file(Path(folder) / "clean.csv", setting, count, "N", bad=0)
        floor = min(_copied(setting, count) for _ in range(3))
        taken = [_imported(path, mapping, setting.on, 0) for path in clean]
        bad = [
            _imported(path, mapping, setting.on, count // 10)
            for path in _file(Path(folder) / "bad.csv", setting, count, "B", bad=10)
        ]
    note = f"{count / min(taken):,.0f} rows/s against {count / floor:,.0f} by COPY, {count:,} rows"
    yield Goal(6, "import against bare COPY", floor / min(taken), 0.40, 0.25, more=True, note=note)
    yield Goal(7, "import with 10 % bad rows against clean", min(bad) / min(taken), 1.2, 1.5)


def _imported(path: Path, mapping: Path, on: date, rejected: int) -> float:
    taken, outcome = seconds(
        lambda: import_file(kind=kinds()["assets"], path=path, mapping=mapping, on=on, by=System("bench"))
    )
    _demand(outcome, rejected)
    return taken


def _demand(outcome: Outcome, rejected: int) -> None:
    """An import that did not do its work is no result."""
    if outcome.rejected != rejected or not outcome.created:
        first = outcome.problems[:1]
        raise RuntimeError(f"{outcome.created} rows landed and {outcome.rejected} were rejected: {first}")


def _file(path: Path, setting: Setting, count: int, mark: str, *, bad: int) -> list[Path]:
    """Two files of new machines. Every tenth row is bad when `bad` is 10: no such customer, no date, a second key."""
    return [_written(path.with_stem(f"{path.stem}{n}"), setting, count, f"{mark}{n}-", bad) for n in range(2)]


def _written(path: Path, setting: Setting, count: int, mark: str, bad: int) -> Path:
    chance = random.Random(11)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        for n in range(count):
            row = list(_row(setting, mark, n, chance).values())
            if bad and n % bad == 0:
                row[(1, 5)[n // bad % 2]] = "nobody" if n // bad % 2 == 0 else "soon"
            writer.writerow(row)
    return path


def _row(setting: Setting, mark: str, n: int, chance: random.Random) -> dict[str, Any]:
    installed = setting.on - timedelta(days=chance.randrange(4000))
    days = {name: installed + timedelta(days=d) for name, d in _DAYS.items()}
    return {
        "id": f"{mark}{n}",
        "customer": f"A{chance.randrange(setting.accounts) + 1}",
        "product": f"P{n % base.PRODUCTS + 1}",
        "serial": f"{mark}S{n}",
        "name": f"Machine {n}",
        **days,
        "price": f"{chance.randrange(50_000, 250_000)}.00",
        "currency": "EUR",
        "axes": 6,
        "reach": 900 + n % 1000,
        "payload": n % 40,
        "controller": f"C{n % 7}",
    }


_DAYS = {"ordered": -90, "delivered": -10, "installed": 0, "live": 20, "warranty": 730}


def _copied(setting: Setting, count: int) -> float:
    """Seconds that COPY takes for the rows that the import writes: the machines, their first periods, their events.

    Into tables with the same rows, indexes and keys, in one transaction, without triggers.
    """
    with connection.cursor() as cursor:
        for name in reversed(TABLES):
            cursor.execute(f"DROP TABLE IF EXISTS {_floor(name)}")
        for name in TABLES:
            _like(cursor, name)
    try:
        return _copy([(name, list(rows(setting, count))) for name, rows in TABLES.items()])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE " + ", ".join(map(_floor, TABLES)))


def _floor(name: str) -> str:
    return f"bench_copied_{name}"


def _like(cursor: Any, name: str) -> None:
    """A table like one of the base; keys to a table that is copied too point to the copy."""
    table, floor = f"installed_base_{name}", _floor(name)
    cursor.execute(f"CREATE TABLE {floor} (LIKE {table} INCLUDING ALL)")
    cursor.execute(f"INSERT INTO {floor} OVERRIDING SYSTEM VALUE SELECT * FROM {table}")
    cursor.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", [table]
    )
    for (definition,) in cursor.fetchall():
        copied = definition.replace("installed_base_asset(", f"{_floor('asset')}(")
        cursor.execute(f"ALTER TABLE {floor} ADD {copied}")
    cursor.execute(f"ANALYZE {floor}")


def _copy(tables: list[tuple[str, list[dict[str, Any]]]]) -> float:
    """Only COPY and its commit are timed; the text is made beforehand, as a file would bring it."""
    texts = [(name, rows[0].keys(), _text(rows)) for name, rows in tables]
    return seconds(lambda: _copy_all(texts))[0]


def _text(rows: list[dict[str, Any]]) -> str:
    return "".join("\t".join("\\N" if v is None else str(v) for v in row.values()) + "\n" for row in rows)


def _copy_all(texts: list[tuple[str, Any, str]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for name, columns, text in texts:
            names = ", ".join(f'"{c}"' for c in columns)
            cursor.copy_expert(f"COPY {_floor(name)} ({names}) FROM STDIN", io.StringIO(text))


def _assets(setting: Setting, count: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(11)
    for n in range(count):
        row = _row(setting, "F", n, chance)
        yield {
            "id": 10**9 + n,
            "source": "bench",
            "external_id": row["id"],
            "account_id": int(row["customer"][1:]),
            "product_id": int(row["product"][1:]),
            "serial": row["serial"],
            "name": row["name"],
            "standing": "ours",
            "configuration": _configuration(row),
            "ordered_on": row["ordered"],
            "delivered_on": row["delivered"],
            "installed_on": row["installed"],
            "installed_precision": "day",
            "went_live_on": row["live"],
            "warranty_ends_on": row["warranty"],
            "taken_out_reason": "",
            "first_evidence_on": row["installed"],
            "price": row["price"],
            "price_reporting": row["price"],
            "currency": row["currency"],
            "attributes": "{}",
            "known_on": setting.on,
        }


def _periods(setting: Setting, count: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(11)
    for n in range(count):
        row = _row(setting, "F", n, chance)
        yield {
            "id": 10**9 + n,
            "asset_id": 10**9 + n,
            "account_id": int(row["customer"][1:]),
            "configuration": _configuration(row),
            "valid_from": BEGINNING,
        }


def _events(setting: Setting, count: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(11)
    for n in range(count):
        row = _row(setting, "F", n, chance)
        yield {
            "id": 10**9 + n,
            "source": "bench",
            "external_id": f"{row['id']}/installed",
            "asset_id": 10**9 + n,
            "kind": "installed",
            "on": row["installed"],
            "precision": "day",
            "note": "",
            "known_on": setting.on,
        }


def _configuration(row: dict[str, Any]) -> str:
    kept = {"axes": "axes", "reach_mm": "reach", "payload_kg": "payload", "controller": "controller"}
    return orjson.dumps({name: str(row[column]) for name, column in kept.items()}).decode()


# What an import of machines writes, and the rows that COPY brings; keys point to earlier ones.
TABLES: dict[str, Callable[[Setting, int], Iterator[dict[str, Any]]]] = {
    "asset": _assets,
    "assetperiod": _periods,
    "assetevent": _events,
}
