"""Leads, their sources, and what was spent to find them, for tests."""

from datetime import date
from decimal import Decimal
from typing import Any

from core.models import Owner, Team
from installed_base.models import Account
from sales.models import Channel, Lead, LeadSource, Spend
from tests.cast import KNOWN


def source(name: str, channel: str = Channel.FAIR, **values: Any) -> LeadSource:
    return LeadSource.objects.get_or_create(name=name, defaults={"channel": channel} | values)[0]


def lead(created_on: date, of: LeadSource | None = None, at: Account | None = None, **values: Any) -> Lead:
    """A lead that is new; `became` and `dropped` give the day on which it was converted, or dropped."""
    closed: dict[str, Any] = {}
    if became := values.pop("became", None):
        closed = {"state": "converted", "closed_on": became}
    if dropped := values.pop("dropped", None):
        closed = {"state": "dropped", "closed_on": dropped, "dropped_because": "no_need"}
    defaults = {
        "company": "Bakkerij Van Dam",
        "owner": at.owner if at else Owner.objects.of(Team.objects.get_or_create(name="Nobody in particular")[0]),
        "known_on": KNOWN,
    }
    return Lead.objects.create(created_on=created_on, lead_source=of, account=at, **(defaults | closed | values))


def spend(month: date, amount: Decimal | int | str | None, kind: str = "marketing", **values: Any) -> Spend:
    """What was spent in a month, in euros; None: in a currency without a rate."""
    worth = None if amount is None else Decimal(amount)
    defaults = {"currency": "EUR", "amount": worth or Decimal(1), "amount_reporting": worth, "known_on": KNOWN}
    return Spend.objects.create(month=month, kind=kind, **(defaults | values))


def spend_all(first: date, months: int, amount: int, kind: str = "marketing", **values: Any) -> None:
    """The same amount in each of so many months."""
    for back in range(months):
        number = first.year * 12 + first.month - 1 + back
        spend(date(number // 12, number % 12 + 1, 1), amount, kind, **values)
