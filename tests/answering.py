"""Whether every figure of the catalogue answers on a base, by command, API and page alike."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.test import Client

from core.metrics import catalogue
from core.models import User
from tests.api.conftest import caller


def by_command(on: date) -> dict[str, dict[str, Any]]:
    """What `manage.py metrics` says of every figure."""
    out = StringIO()
    call_command("metrics", on=on, json=True, stdout=out)
    found: dict[str, dict[str, Any]] = json.loads(out.getvalue())["metrics"]
    return found


def silent(found: dict[str, dict[str, Any]]) -> list[str]:
    """Figures that have no value and do not say why."""
    return [m.key for m in catalogue() if found[m.key]["value"] is None and not found[m.key]["reason"]]


def differing(found: dict[str, dict[str, Any]], on: date, boss: User, client: Client) -> list[str]:
    """Of each stage the first figures: those that the API, or the page, says otherwise or not at all."""
    client.force_login(boss)
    api, wrong, seen = caller(boss), [], dict[Any, int]()
    for one in catalogue():
        seen[one.stage] = seen.get(one.stage, 0) + 1
        if seen[one.stage] > 3:
            continue
        told = api.get(f"metrics/{one.key}/", as_of=on.isoformat()).data["value"]
        page = client.get(f"/metrics/{one.key}/", {"as_of": on.isoformat()}).content.decode()
        if _number(told) != _number(found[one.key]["value"]) or str(one.name) not in page:
            wrong.append(one.key)
    return wrong


def _number(value: Any) -> Decimal | None:
    return None if value is None else round(Decimal(str(value)), 6)
