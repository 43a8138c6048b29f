"""How healthy accounts are, as of a day: tiers, scores with their range, trends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from json import loads
from typing import Any

from django.db import connection
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from core.calendar import add_months
from core.policies import versions_of
from health.models import Spell
from health.rules import Health, HealthPolicy, Tier, pulls_down
from health.rules import score as weigh
from health.rules.explain import as_read


@dataclass(frozen=True, slots=True)
class Standing:
    """An account on a day: its score with its range, the tier of its spell, and `since` when it is in that tier.

    `change_year` is the score less that of a year before; None where either is not known.
    """

    score: Decimal | None
    tier: Tier
    low: Decimal
    high: Decimal
    coverage: Decimal
    may_be: Tier | None
    change_year: Decimal | None
    since: date


def tier_on(on: date, account: str = "pk") -> Coalesce:
    """The tier of the spell in which an account stood on that day, for rows that name it in that column."""
    there = Q(ended_on__isnull=True) | Q(ended_on__gt=on)
    spell = Spell._base_manager.filter(there, account=OuterRef(account), began_on__lte=on).order_by("-began_on")
    return Coalesce(Subquery(spell.values("tier")[:1]), Value(Tier.UNKNOWN.value))


def tiers_of(account_ids: Iterable[int], on: date) -> dict[int, Tier]:
    """The tier of each account on that day: that of its spell. Without one it is unknown, which is not green."""
    ids = list(account_ids)
    found = dict.fromkeys(ids, Tier.UNKNOWN)
    for account, tier in _fetch(
        "SELECT account_id, tier FROM health_spell WHERE account_id = ANY(%(ids)s) AND began_on <= %(on)s"
        " AND (ended_on IS NULL OR ended_on > %(on)s)",
        {"ids": ids, "on": on},
    ):
        found[account] = Tier(tier)
    return found


# What is told of a score that was stored (`Teller`).
STORED = 's."on", s.score, s.low, s.high, s.coverage, s.tier, s.may_be, s.policy_version, s.readings'
_COLUMNS = "w.id, s.score, p.tier, s.low, s.high, s.coverage, s.may_be, s.score - y.score, p.began_on"
_FROM = """
FROM unnest(%(ids)s::bigint[]) AS w(id)
CROSS JOIN LATERAL (
    SELECT * FROM health_score x WHERE x.account_id = w.id AND x."on" <= %(on)s ORDER BY x."on" DESC LIMIT 1
) s
JOIN health_spell p
  ON p.account_id = w.id AND p.began_on <= %(on)s AND (p.ended_on IS NULL OR p.ended_on > %(on)s)
LEFT JOIN LATERAL (
    SELECT x.score FROM health_score x
    WHERE x.account_id = w.id AND x."on" <= %(then)s ORDER BY x."on" DESC LIMIT 1
) y ON TRUE
"""
_YEAR = f""", ARRAY(
    SELECT (
        SELECT x.score FROM health_score x WHERE x.account_id = w.id AND x."on" <= d.day ORDER BY x."on" DESC LIMIT 1
    ) FROM unnest(%(days)s::date[]) WITH ORDINALITY AS d(day, number) ORDER BY d.number
), {STORED}
"""


@dataclass(frozen=True, slots=True)
class Year:
    """Where an account stands, the year behind it (`trends_of`), and what pulls it down, worst first."""

    standing: Standing
    trend: list[Decimal | None]
    pulls_down: tuple[tuple[str, Decimal], ...]


def standing_of(account_ids: Iterable[int], on: date) -> dict[int, Standing]:
    """Where each account stands on that day; those never scored by then are not in it. One query."""
    params = {"ids": list(account_ids), "on": on, "then": add_months(on, -12)}
    return {row[0]: _standing(*row[1:]) for row in _fetch(f"SELECT {_COLUMNS} {_FROM}", params)}


def years_of(account_ids: Iterable[int], on: date) -> dict[int, Year]:
    """The same with the year behind it and what pulls it down. One query."""
    params = {"ids": list(account_ids), "on": on, "then": add_months(on, -12), "days": _days(on, 12)}
    told = Teller()
    found = {}
    for pk, *row in _fetch(f"SELECT {_COLUMNS} {_YEAR} {_FROM}", params):
        columns, trend, stored = row[:8], row[8], row[9:]
        found[pk] = Year(_standing(*columns), trend, pulls_down(told(*stored)))
    return found


def _standing(
    score: Any, tier: str, low: Any, high: Any, coverage: Any, may: Any, change: Any, since: date
) -> Standing:
    return Standing(score, Tier(tier), low, high, coverage, Tier(may) if may else None, change, since)


class Teller:
    """Tells a stored score with its reasons: its readings once more through the rules of the version it was made by."""

    def __init__(self) -> None:
        self.policies = {version.number: version.values for version in versions_of(HealthPolicy)}

    def __call__(
        self,
        on: date,
        score: Decimal | None,
        low: Decimal,
        high: Decimal,
        coverage: Decimal,
        tier: str,
        may_be: str,
        version: int,
        kept: Any,
    ) -> Health:
        """Health out of the columns of `STORED`, in their order."""
        policy = self.policies.get(version) or next(reversed(self.policies.values()))
        told = weigh(as_read(loads(kept) if isinstance(kept, str) else kept), policy, on)
        may = Tier(may_be) if may_be else None
        return replace(told, score=score, low=low, high=high, coverage=coverage, tier=Tier(tier), may_be=may)


def _days(on: date, months: int) -> list[date]:
    """The same day of each month, oldest first, the day itself last."""
    return [add_months(on, -n) for n in range(months, -1, -1)]


_TRENDS = """
SELECT w.id, d.number, s.score
FROM unnest(%(ids)s::bigint[]) AS w(id)
CROSS JOIN unnest(%(days)s::date[]) WITH ORDINALITY AS d(day, number)
CROSS JOIN LATERAL (
    SELECT x.score FROM health_score x WHERE x.account_id = w.id AND x."on" <= d.day ORDER BY x."on" DESC LIMIT 1
) s
"""


def trends_of(account_ids: Iterable[int], on: date, months: int = 12) -> dict[int, list[Decimal | None]]:
    """The score at the same day of each month, oldest first, `on` last; None where it was not known. One query."""
    ids = list(account_ids)
    days = _days(on, months)
    found: dict[int, list[Decimal | None]] = {pk: [None] * len(days) for pk in ids}
    for account, number, score in _fetch(_TRENDS, {"ids": ids, "days": days}):
        found[account][number - 1] = score
    return found


_HEALTH = f"""
SELECT w.id, {STORED}
FROM unnest(%(ids)s::bigint[]) AS w(id)
CROSS JOIN LATERAL (
    SELECT * FROM health_score x WHERE x.account_id = w.id AND x."on" <= %(on)s ORDER BY x."on" DESC LIMIT 1
) s
"""


def health_of(account_ids: Iterable[int], on: date) -> dict[int, Health]:
    """Health with its reasons, as the score that stood that day says; `on` of it is the day it last changed."""
    told = Teller()
    return {pk: told(*stored) for pk, *stored in _fetch(_HEALTH, {"ids": list(account_ids), "on": on})}


def pulls_down_of(account_ids: Sequence[int], on: date) -> dict[int, tuple[tuple[str, Decimal], ...]]:
    """Per account what pulls its score down on that day, worst first."""
    return {pk: pulls_down(health) for pk, health in health_of(account_ids, on).items()}


def _fetch(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
