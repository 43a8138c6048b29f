"""`manage.py metrics`: the catalogue, or some of it, on a date, each figure with its target and how it stands to it."""

import json
from argparse import ArgumentTypeError
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from core.calendar import add_months
from core.metrics import (
    Aim,
    Filters,
    Result,
    Status,
    TargetPolicy,
    UnknownMetric,
    WrongFilter,
    catalogue,
    compute_many,
    filters_from,
    metric,
    status_of,
)
from core.policies import policy_on
from core.scope import System


class Command(BaseCommand):
    help = (
        "Print metrics as of a date: their value, what it is made of, how much is unknown, and where there is a target"
        " whether it is met."
    )

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
        standing = _standing(results, on, actor, filters)
        self.stdout.write(_as_json(on, results, standing) if options["json"] else _as_text(on, results, standing))


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


def _standing(results: dict[str, Result], on: date, actor: Any, filters: Filters) -> dict[str, Status]:
    """How each figure stands to its target. Those that should rise or fall are read of a year before too."""
    policy = policy_on(TargetPolicy, on).values
    moving = [key for key, one in results.items() if one.metric.target.aim in (Aim.RISING, Aim.FALLING)]
    then = compute_many(moving, on=add_months(on, -12), actor=actor, filters=filters) if moving else {}
    return {
        key: status_of(
            one.metric.target, _decimal(one.value), _decimal(then[key].value) if key in then else None, policy
        )
        for key, one in results.items()
    }


def _decimal(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _as_json(on: date, results: dict[str, Result], standing: dict[str, Status]) -> str:
    metrics = {key: _facts(one) | _aimed(one, standing[key]) for key, one in results.items()}
    return json.dumps({"on": on.isoformat(), "metrics": metrics})


def _aimed(result: Result, status: Status) -> dict[str, Any]:
    """The target as the API tells it, and the status; nothing of a figure without them."""
    target = result.metric.target
    if target.aim is Aim.NONE:
        return {}
    told: dict[str, Any] = {"target": {"aim": target.aim.value, "value": plain(target.value)}}
    return told if status is Status.NONE else told | {"status": status.value}


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


def _as_text(on: date, results: dict[str, Result], standing: dict[str, Status]) -> str:
    lines = [f"As of {on.isoformat()}"]
    for key, result in results.items():
        lines.append(f"  {key:<28}{_said(result)}{_goal(result, standing[key])}")
        lines += [f"    {name:<26}{_number(value)}" for name, value in result.parts.items()]
    return "\n".join(lines)


def _said(result: Result) -> str:
    if result.value is None:
        return f"no value: {result.reason}"
    made_of = f" = {_number(result.numerator)} / {_number(result.denominator)}" if result.denominator else ""
    unknown = f"  ({result.unknown:,} unknown)" if result.unknown else ""
    return f"{_number(result.value)}{made_of}{unknown}"


def _goal(result: Result, status: Status) -> str:
    target = result.metric.target
    if target.aim is Aim.NONE:
        return ""
    goal = target.aim.value if target.value is None else f"{target.aim.value} {_number(target.value)}"
    return f"  (target {goal})" if status is Status.NONE else f"  (target {goal}: {status.value})"


def _number(value: Decimal | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) or value == value.to_integral_value() else f"{value:,.4f}"
