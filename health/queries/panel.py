"""The health of one account with everything a page says of it, the open alerts of a user, and customers by tier."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from core.calendar import add_months
from core.policies import policy_on
from health.models import Alert, Score, Spell
from health.queries.standing import health_of, standing_of, tiers_of
from health.rules import Health, HealthPolicy, Rung, Tier, ladder, pulls_down


@dataclass(frozen=True, slots=True)
class Panel:
    """`health` as it stood with its reasons, `tier` after hysteresis, `trend` the scores of a year as they changed.

    `pulls_down` says which dimensions cost most, `ladder` the fewest steps to the next tier.
    """

    health: Health
    tier: Tier
    trend: tuple[tuple[date, Decimal | None], ...]
    pulls_down: tuple[tuple[str, Decimal], ...]
    ladder: tuple[Rung, ...]
    spell: Spell | None
    change_year: Decimal | None
    preset: str


def panel(account_id: int, on: date) -> Panel | None:
    """Everything about the health of one account on that day; None where it was never scored by then."""
    health = health_of([account_id], on).get(account_id)
    if health is None:
        return None
    policy = policy_on(HealthPolicy, on).values
    spell = _spell(account_id, on)
    standing = standing_of([account_id], on).get(account_id)
    return Panel(
        health=health,
        tier=Tier(spell.tier) if spell else Tier.UNKNOWN,
        trend=_trend(account_id, on),
        pulls_down=pulls_down(health),
        ladder=ladder(health, policy),
        spell=spell,
        change_year=standing.change_year if standing else None,
        preset=policy.preset,
    )


def _spell(account_id: int, on: date) -> Spell | None:
    rows = Spell._base_manager.filter(account_id=account_id, began_on__lte=on)
    return rows.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on)).first()


def _trend(account_id: int, on: date) -> tuple[tuple[date, Decimal | None], ...]:
    """What stood a year before, then every change; the last point is the day itself."""
    first = add_months(on, -12)
    rows = Score._base_manager.filter(account_id=account_id, on__lte=on)
    before = rows.filter(on__lte=first).order_by("-on").values_list("score", flat=True).first()
    points = list(rows.filter(on__gt=first).order_by("on").values_list("on", "score"))
    if before is not None:
        points.insert(0, (first, before))
    if points and points[-1][0] < on:
        points.append((on, points[-1][1]))
    return tuple(points)


def alerts_for(user: Any, on: date) -> QuerySet[Alert]:
    """Alerts this user may see that were open on that day and not put off beyond it, newest first."""
    rows = Alert.objects.visible_to(user).filter(on__lte=on)
    still_open = Q(closed_on__isnull=True) | Q(closed_on__gt=on)
    awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=on)
    return rows.filter(still_open, awake).select_related("account").order_by("-on", "-id")


def distribution(accounts: Iterable[int] | QuerySet[Any], on: date) -> dict[Tier, int]:
    """How many of these accounts (ids, or a queryset of accounts) are in each tier on that day; every tier is there."""
    ids = accounts.values_list("pk", flat=True) if isinstance(accounts, QuerySet) else accounts
    counted = Counter(tiers_of(ids, on).values())
    return {tier: counted[tier] for tier in Tier}
