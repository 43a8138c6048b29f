"""Trying a policy out: where accounts would stand under it, and what its tiers would have been.

Both are worked out by what the day itself does.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection, transaction

from core.policies import Version, versions_of
from health.actions.aside import aside, aside_from
from health.actions.scoring import Cards, score_accounts
from health.queries.candidates import touched_since
from health.queries.known import accounts_of_facts_known_on
from health.rules.backtest import Seen
from health.rules.policy import HealthPolicy
from health.rules.tier import Tier


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an account stands under a version on a day: its score, the tier of that score (which is reached when the
    score stays), and the tier it has that day already: worse ones count at once, better ones after some days."""

    score: Decimal | None
    settles: Tier
    tier: Tier


def stands_under(ids: Sequence[int], policy: HealthPolicy | None, on: date) -> dict[int, Stand]:
    """Where these accounts would stand on that day if this policy counted from it; under the one that does without.

    It is what the day would write down, worked out by it and put away.
    """
    versions = versions_of(HealthPolicy)
    if policy is not None:
        before = [v for v in versions if v.valid_from < on]
        versions = [*before, Version(policy, max(v.number for v in versions) + 1, on)]
    cards = Cards(versions)
    chosen = sorted(ids)
    with aside_from(chosen, on, cards.on(on).values.rescore_days):
        score_accounts(chosen, on=on, since=touched_since(chosen), cards=cards)
        return {pk: Stand(score, Tier(settles), Tier(tier)) for pk, score, settles, tier in _standing(chosen, on)}


def _standing(ids: Sequence[int], on: date) -> list[tuple[int, Decimal | None, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.id, s.score, s.tier, p.tier FROM unnest(%(ids)s::bigint[]) AS w(id) CROSS JOIN LATERAL ("
            ' SELECT x.score, x.tier FROM health_score x WHERE x.account_id = w.id AND x."on" <= %(on)s'
            ' ORDER BY x."on" DESC LIMIT 1) s'
            " JOIN health_spell p ON p.account_id = w.id AND p.began_on <= %(on)s"
            " AND (p.ended_on IS NULL OR p.ended_on > %(on)s)",
            {"ids": list(ids), "on": on},
        )
        return cursor.fetchall()


def replay(
    ids: Sequence[int],
    cards: Cards,
    days: Sequence[date],
    *,
    as_known: bool = True,
    daily: bool = False,
    told: Callable[[int], None] = lambda done: None,
) -> dict[int, Seen]:
    """The tiers of these accounts as they would have been seen on each of these days, where they changed.

    With `as_known` each day knows the facts it knew then, else those known today. `daily` is the day itself, on
    consecutive days, with late facts worked back: the tiers on record come out again. Without it each of the days is
    looked at once, which is as exact on that day and does not look between. `told` hears how many days are done.
    """
    chosen = sorted(ids)
    seen: dict[int, list[tuple[date, Tier]]] = {pk: [] for pk in chosen}
    with aside():
        for done, on in enumerate(days, 1):
            since = _since(on, cards) if daily else _forget_due()
            with transaction.atomic():
                score_accounts(chosen, on=on, since=since, cards=cards, known_at=on if as_known else None)
            for pk, tier in _tiers(on):
                if not seen[pk] or seen[pk][-1][1] is not tier:
                    seen[pk].append((on, tier))
            told(done)
    return {pk: tuple(tiers) for pk, tiers in seen.items()}


def _since(on: date, cards: Cards) -> dict[int, date]:
    """Accounts of which something became known that day: worked back as far as any late fact is."""
    earliest = on - timedelta(days=cards.on(on).values.rescore_days)
    return dict.fromkeys(accounts_of_facts_known_on(on), earliest)


def _forget_due() -> dict[int, date]:
    """Each day is looked at by itself: nothing before it is due."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM health_scoredue")
    return {}


def _tiers(on: date) -> Iterator[tuple[int, Tier]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, tier FROM health_spell"
            " WHERE began_on <= %(on)s AND (ended_on IS NULL OR ended_on > %(on)s)",
            {"on": on},
        )
        yield from ((pk, Tier(tier)) for pk, tier in cursor.fetchall())
