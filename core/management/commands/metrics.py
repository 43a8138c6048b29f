"""`manage.py metrics`: the catalogue, or some of it, on a date."""

import json
from argparse import ArgumentTypeError
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from core.metrics import Result, UnknownMetric, WrongFilter, catalogue, compute_many, filters_from, metric
from core.scope import System


class Command(BaseCommand):
    help = "Print metrics as of a date: their value, what it is made of, and how much is unknown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("keys", nargs="*", metavar="KEY", help="keys of the catalogue; all of it without one")
        parser.add_argument("--on", type=_date, metavar="DATE", help="as of this date; the clock's today without it")
        parser.add_argument("--filter", action="append", default=[], type=_pair, metavar="NAME=VALUE", dest="filters")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or clock.today()
        actor = System("metrics")
        try:
            keys = [metric(key).key for key in options["keys"]] or [m.key for m in catalogue()]
            filters = filters_from(dict(options["filters"]), actor)
        except (UnknownMetric, WrongFilter) as error:
            raise CommandError(str(error.args[0]), returncode=1) from error
        results = compute_many(keys, on=on, actor=actor, filters=filters)
        self.stdout.write(_as_json(on, results) if options["json"] else _as_text(on, results))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f'"{text}" is not a date like 2026-11-21') from error


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ArgumentTypeError(f'"{text}" is not of the form name=value')
    return name, value


def _as_json(on: date, results: dict[str, Result]) -> str:
    return json.dumps({"on": on.isoformat(), "metrics": {key: _facts(r) for key, r in results.items()}})


def _facts(result: Result) -> dict[str, Any]:
    facts = {
        "value": plain(result.value),
        "numerator": plain(result.numerator),
        "denominator": plain(result.denominator),
        "unknown": result.unknown,
        "policy": dict(result.policy),
        "parts": {key: plain(value) for key, value in result.parts.items()},
    }
    if result.unattributed:
        facts["unattributed"] = result.unattributed
    return facts | ({"reason": result.reason} if result.reason else {})


def plain(value: Decimal | int | None) -> int | float | None:
    """A JSON number: whole where it is whole."""
    if value is None or isinstance(value, int):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _as_text(on: date, results: dict[str, Result]) -> str:
    lines = [f"As of {on.isoformat()}"]
    for key, result in results.items():
        lines.append(f"  {key:<28}{_said(result)}")
        lines += [f"    {name:<26}{_number(value)}" for name, value in result.parts.items()]
    return "\n".join(lines)


def _said(result: Result) -> str:
    if result.value is None:
        return f"no value: {result.reason}"
    made_of = f" = {_number(result.numerator)} / {_number(result.denominator)}" if result.denominator else ""
    unknown = f"  ({result.unknown:,} unknown)" if result.unknown else ""
    return f"{_number(result.value)}{made_of}{unknown}"


def _number(value: Decimal | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) or value == value.to_integral_value() else f"{value:,.4f}"
