"""`manage.py health`: scores with what they are made of, as of a date."""

import json
from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core import clock
from health.queries import health_of, standing_of
from health.queries.candidates import all_accounts
from health.rules import Health
from health.rules.explain import to_json
from installed_base.models import Account


class Command(BaseCommand):
    help = "Print the health of accounts on a date, with the dimensions and measures behind each score."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=_date, metavar="DATE", help="as of this date; the clock's today without it")
        parser.add_argument("--account", type=int, metavar="ID", help="one account; all of them without it")
        parser.add_argument("--json", action="store_true", help="print one JSON object per account")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or clock.today()
        ids = [options["account"]] if options["account"] else all_accounts()
        for start in range(0, len(ids), 1000):
            for line in _lines(ids[start : start + 1000], on, options["json"]):
                self.stdout.write(line)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f'"{text}" is not a date like 2026-11-21') from error


def _lines(ids: list[int], on: date, as_json: bool) -> list[str]:
    names = dict(Account._base_manager.filter(pk__in=ids).values_list("pk", "name"))
    found, standings = health_of(ids, on), standing_of(ids, on)
    lines = []
    for pk in ids:
        if pk in found and pk in standings:
            said = _said(pk, names[pk], found[pk], standings[pk])
            lines.append(json.dumps(said) if as_json else _text(said))
    return lines


def _said(pk: int, name: str, health: Health, standing: Any) -> dict[str, Any]:
    return {
        "account": pk,
        "name": name,
        "score": None if health.score is None else str(health.score),
        "low": str(health.low),
        "high": str(health.high),
        "coverage": str(health.coverage),
        "tier": standing.tier.value,
        "since": standing.since.isoformat(),
        "changed_on": health.on.isoformat(),
        **to_json(health),
    }


def _text(said: dict[str, Any]) -> str:
    score = said["score"] or "-"
    may_be = f" (may be {said['may_be']})" if said["may_be"] else ""
    head = f"{said['name']}: {score} {said['tier']}{may_be}, {said['low']} to {said['high']}, known {said['coverage']}"
    return "\n".join([head, *(_dimension(d) for d in said["dimensions"])])


def _dimension(said: dict[str, Any]) -> str:
    measures = ", ".join(f"{m['key']} {_points(m)}" for m in said["measures"])
    return f"  {said['key']:<13} {said['score'] or '-':>8}  {measures}"


def _points(said: dict[str, Any]) -> str:
    return said["state"] if said["points"] is None else f"{said['value']}={said['points']}"
