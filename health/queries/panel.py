"""One account's health with its year, and the alerts that wait for somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from core.calendar import add_months
from core.models import User
from health.models import Alert, Spell
from health.queries.standing import health_of, trends_of
from health.rules.ladder import pulls_down
from health.rules.scoring import Health

MONTHS = 12


@dataclass(frozen=True)
class Panel:
    """Health on a day, the score at the same day of each month of the year before (oldest first), what pulls it
    down (dimension, points; worst first), and the spell the account is in."""

    health: Health
    trend: Sequence[tuple[date, Decimal | None]]
    pulls_down: tuple[tuple[str, Decimal], ...]
    spell: Spell | None


def panel(account_id: int, on: date) -> Panel | None:
    """Health of an account as it stood on that day; None for one never scored by then. Three queries."""
    health = health_of([account_id], on).get(account_id)
    if health is None:
        return None
    days = [add_months(on, -back) for back in range(MONTHS, -1, -1)]
    scores = trends_of([account_id], on, MONTHS)[account_id]
    return Panel(health, list(zip(days, scores, strict=True)), pulls_down(health), _spell(account_id, on))


def _spell(account_id: int, on: date) -> Spell | None:
    there = Q(ended_on__isnull=True) | Q(ended_on__gt=on)
    return Spell._base_manager.filter(there, account_id=account_id, began_on__lte=on).order_by("-began_on").first()


def alerts_for(user: User, on: date) -> QuerySet[Alert]:
    """Open alerts of accounts this user sees, but for those put off to a later day."""
    awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=on)
    rows = Alert.objects.visible_to(user).open().filter(awake, on__lte=on)
    return rows.select_related("account").order_by("-on", "pk")
