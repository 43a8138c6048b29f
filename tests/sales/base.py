"""Deals for tests, with the history of their stages."""

from datetime import date
from decimal import Decimal
from typing import Any

from core.calendar import BEGINNING
from core.models import Owner, User
from installed_base.models import Account, Asset
from sales.models import Opportunity, OpportunityPeriod

CLOSED = ("won", "lost")


def deal(
    at: Account | None,
    *course: tuple[str, date],
    kind: str = "new_logo",
    value: int | str | Decimal | None = 1000,
    machines: tuple[Asset, ...] = (),
    owner: Owner | User | None = None,
    **values: Any,
) -> Opportunity:
    """A deal that came into each stage on its day: `("identified", day), ("proposal", later), ("won", last)`."""
    stage, last = course[-1]
    holder = owner or (at.owner if at else Owner.objects.order_by("pk").first())
    worth = None if value is None else Decimal(value)
    facts: dict[str, Any] = {
        "name": "A deal",
        "owner": Owner.objects.of(holder) if isinstance(holder, User) else holder,
        "identified_on": course[0][1],
        "known_on": course[0][1],
        "closed_on": last if stage in CLOSED else None,
        "lost_because": "other" if stage == "lost" else "",
    }
    row = Opportunity.objects.create(
        account=at, kind=kind, stage=stage, value=worth, value_reporting=worth, **(facts | values)
    )
    for place, (name, since) in enumerate(course):
        OpportunityPeriod.objects.create(
            opportunity=row,
            stage=name,
            value_reporting=worth,
            owner=row.owner,
            expected_close_on=row.expected_close_on,
            valid_from=since if place else BEGINNING,
            valid_to=course[place + 1][1] if place + 1 < len(course) else None,
        )
    for machine in machines:
        row.lines.create(asset=machine, product=machine.product)
    return row
