"""Parts that will be worn in the coming months, from what the machines run (PA-05)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from core.calendar import add_months
from core.models import User
from core.policies import policy_on
from expansion.queries.candidates.usage import wear_facts
from expansion.rules.wear import Wearing, WearPolicy, wearing
from installed_base.models import Asset, PartsOrderLine

MONTHS = (3, 6, 12)
# More machines than these are not worked out while somebody waits for a page; the file takes them all.
MOST = 3000
CHUNK = 1000


@dataclass
class Line:
    """A part on a machine; `machine` is set for those that are shown."""

    asset_id: int
    wearing: Wearing
    machine: Any = None


def wearing_machines(user: User, on: date, owner: int | None = None) -> Any:
    """Machines in service for which parts that wear were ordered by that day."""
    lines = PartsOrderLine._base_manager.filter(
        product__wear_hours__isnull=False, order__ordered_on__lte=on, asset__isnull=False
    )
    rows = Asset.objects.visible_to(user).in_service(on).filter(pk__in=lines.values("asset_id"))
    return rows.filter(Q(account__owner=owner)) if owner else rows


def forecast(ids: list[int], on: date, months: int) -> Iterator[Line]:
    """What of these machines is worn within so many months, machine by machine, in chunks."""
    policy, until = policy_on(WearPolicy, on).values, add_months(on, months)
    for start in range(0, len(ids), CHUNK):
        for facts in wear_facts(ids[start : start + CHUNK], on):
            yield from (Line(facts.id, found) for found in wearing(facts, on, policy) if found.worn_on <= until)


def with_machines(lines: list[Line], user: User) -> list[Line]:
    """The lines with their machines, of which whoever looks sees every one. One query."""
    rows = Asset.objects.visible_to(user).select_related("product", "site", "account__owner")
    machines = rows.in_bulk({line.asset_id for line in lines})
    for line in lines:
        line.machine = machines[line.asset_id]
    return lines
