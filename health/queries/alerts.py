"""All alerts a user may see, open and past, narrowed as a list asks."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Count, Q, QuerySet

from core.models import User
from core.paging import Page, page_of
from health.models import Alert

STATES = ("open", "snoozed", "closed")
ORDER = ("-on", "-pk")


def alerts_of(user: User, asked: Mapping[str, str]) -> QuerySet[Alert]:
    """The alerts of the accounts this user sees, of one kind, tier, owner; what cannot be read is passed over."""
    rows = Alert.objects.visible_to(user)
    if asked.get("kind") in Alert.Kind.values:
        rows = rows.filter(kind=asked["kind"])
    if asked.get("tier") in ("red", "yellow"):
        rows = rows.filter(tier=asked["tier"])
    if (owner := asked.get("owner", "")).isdecimal() and len(owner) < 18:
        rows = rows.filter(account__owner=int(owner))
    if name := asked.get("q", "").strip():
        rows = rows.filter(account__name__icontains=name)
    return rows


def in_state(rows: QuerySet[Alert], state: str, on: date) -> QuerySet[Alert]:
    """Open and awake, put off, or closed."""
    return rows.filter(_states(on)[state])


def counts(rows: QuerySet[Alert], on: date) -> dict[str, int]:
    """How many are in each state. One query."""
    return rows.order_by().aggregate(**{state: Count("pk", filter=which) for state, which in _states(on).items()})


def _states(on: date) -> dict[str, Q]:
    asleep = Q(snoozed_until__gt=on)
    return {
        "open": Q(closed_on__isnull=True) & ~(Q(snoozed_until__isnull=False) & asleep),
        "snoozed": Q(closed_on__isnull=True) & Q(snoozed_until__isnull=False) & asleep,
        "closed": Q(closed_on__isnull=False),
    }


def page(rows: QuerySet[Alert], cursor: str) -> Page:
    """A page of alerts, the latest first."""
    chosen = rows.select_related("account__owner__user", "account__owner__team", "closed_by")
    return page_of(chosen, ORDER, cursor=cursor)
