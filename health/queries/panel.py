"""The health of one account with everything a page says of it, the open alerts of a user, and customers by tier."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from core.calendar import add_months
from core.policies import policy_on
from health.models import Alert, Spell
from health.queries.standing import STORED, Teller, tiers_of
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
    rows = _read(account_id, on)
    if not rows:
        return None
    health, before, scores, spell = rows[0]
    policy = policy_on(HealthPolicy, on).values
    return Panel(
        health=health,
        tier=Tier(spell.tier) if spell else Tier.UNKNOWN,
        trend=_trend(before, scores, on),
        pulls_down=pulls_down(health),
        ladder=ladder(health, policy),
        spell=spell,
        change_year=None if not spell or health.score is None or before is None else health.score - before,
        preset=policy.preset,
    )


_PANEL = """
SELECT {stored}, y.score,
    ARRAY(SELECT x."on" FROM health_score x WHERE {later} ORDER BY x."on"),
    ARRAY(SELECT x.score FROM health_score x WHERE {later} ORDER BY x."on"), {spell}
FROM (SELECT * FROM health_score x WHERE x.account_id = %(id)s AND x."on" <= %(on)s ORDER BY x."on" DESC LIMIT 1) s
LEFT JOIN LATERAL (
    SELECT x.score FROM health_score x
    WHERE x.account_id = s.account_id AND x."on" <= %(then)s ORDER BY x."on" DESC LIMIT 1
) y ON TRUE
LEFT JOIN health_spell p
  ON p.account_id = s.account_id AND p.began_on <= %(on)s AND (p.ended_on IS NULL OR p.ended_on > %(on)s)
"""
_LATER = 'x.account_id = s.account_id AND x."on" > %(then)s AND x."on" <= %(on)s'


def _read(account_id: int, on: date) -> list[tuple[Health, Decimal | None, list[tuple[date, Any]], Spell | None]]:
    """Health as it stood, the score of a year before, every change since, and the spell. One query."""
    fields = Spell._meta.concrete_fields
    sql = _PANEL.format(stored=STORED, later=_LATER, spell=", ".join(f'p."{field.column}"' for field in fields))
    with connection.cursor() as cursor:
        cursor.execute(sql, {"id": account_id, "on": on, "then": add_months(on, -12)})
        return [_parts(Teller(), *row) for row in cursor.fetchall()]


def _parts(told: Teller, *row: Any) -> tuple[Health, Decimal | None, list[tuple[date, Any]], Spell | None]:
    *stored, before, days, scores = row[:12]
    spell, health = row[12:], told(*stored)
    names = [field.attname for field in Spell._meta.concrete_fields]
    kept = None if spell[0] is None else Spell.from_db("default", names, spell)
    return health, before, list(zip(days, scores, strict=True)), kept


def _trend(
    before: Decimal | None, changes: list[tuple[date, Decimal | None]], on: date
) -> tuple[tuple[date, Decimal | None], ...]:
    """What stood a year before, then every change; the last point is the day itself."""
    points = [*([] if before is None else [(add_months(on, -12), before)]), *changes]
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
