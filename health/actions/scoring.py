"""Scoring a set of accounts: from the first day that may differ to the day itself, written only where it changes.

The score of a date is what we know today of the facts dated up to it. A late fact is therefore worked back, from its
own date, over the days for which the account has scores. Between two days on which something may change nothing is
computed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from django.db import connection

from core.policies import Version, versions_of
from health.actions.keeping import Scored, keep_due, keep_scores, keep_spells
from health.queries.readings import Known, Measured, readings_of
from health.rules.card import inputs_of, marks_of, total_of
from health.rules.explain import inputs_hash
from health.rules.policy import HealthPolicy
from health.rules.spells import Course, Stretch, course
from health.rules.tier import Tier

# How many accounts are worked out and written at a time: what bounds the memory of a pass.
BATCH = 4000


class Row(NamedTuple):
    """A score as far as the next one needs it."""

    on: date
    hash: str
    tier: Tier
    score: Decimal | None


@dataclass(slots=True)
class Past:
    """What is on record of one account, and the day from which it is worked out again."""

    start: date
    rows: list[Row] = field(default_factory=list)
    spells: list[tuple[int, Stretch]] = field(default_factory=list)

    @property
    def before(self) -> Row | None:
        return next((row for row in reversed(self.rows) if row.on < self.start), None)


class Cards:
    """The versions of the policy, by the day on which each counts."""

    def __init__(self, versions: Sequence[Version[HealthPolicy]] | None = None) -> None:
        self.versions = versions or versions_of(HealthPolicy)

    def on(self, day: date) -> Version[HealthPolicy]:
        return next((v for v in reversed(self.versions) if v.valid_from <= day), self.versions[0])

    def after(self, day: date) -> date | None:
        """The first day of the next version."""
        return min((v.valid_from for v in self.versions if v.valid_from > day), default=None)


def score_accounts(
    ids: Sequence[int],
    *,
    on: date,
    since: Mapping[int, date] | None = None,
    cards: Cards | None = None,
    every: int = 1,
    known_at: date | None = None,
) -> Counter[str]:
    """Bring scores and spells of these accounts up to date for `on`, in the caller's transaction.

    `since` is the earliest day whose facts changed, per account. A long past may be worked out coarsely: not each day
    on which something may change but one in `every` days, and `on` itself. Counts `scored` accounts and `rewritten`
    ones.
    """
    cards = cards or Cards()
    wanted = _scorable(ids, on)
    done: Counter[str] = Counter()
    if wanted:
        measured = Measured(wanted, cards.on(on).values, on, known_at)
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            done += _score_batch(batch, dict(measured.take(batch)), on, since or {}, cards, every, known_at)
    return done


def _score_batch(
    ids: Sequence[int],
    today: Mapping[int, Known],
    on: date,
    since: Mapping[int, date],
    cards: Cards,
    every: int,
    known_at: date | None,
) -> Counter[str]:
    past = _past(ids, on, since, cards.on(on).values)
    scored, due = _work_out(past, today, on, cards, every, known_at)
    changed = keep_scores(scored, {account: found.start for account, found in past.items()}, on)
    courses = {account: _course(found, scored.get(account, []), on, cards) for account, found in past.items()}
    changed |= keep_spells({a: (past[a], c, scored.get(a, [])) for a, c in courses.items()})
    keep_due({a: min(filter(None, (due[a], c.turns_on)), default=None) for a, c in courses.items()})
    return Counter(scored=len(ids), rewritten=len(changed))


def _scorable(ids: Sequence[int], on: date) -> list[int]:
    """Accounts that were known by then and have not become part of another one."""
    return [
        pk
        for (pk,) in _fetch(
            "SELECT id FROM installed_base_account WHERE id = ANY(%s) AND known_on <= %s AND merged_into_id IS NULL"
            " ORDER BY id",
            [list(ids), on],
        )
    ]


def _work_out(
    past: Mapping[int, Past],
    today: Mapping[int, Known],
    on: date,
    cards: Cards,
    every: int,
    known_at: date | None,
) -> tuple[dict[int, list[Scored]], dict[int, date | None]]:
    """The rows these accounts should have from their start to `on`, and when time alone may change them next."""
    scored: dict[int, list[Scored]] = {account: [] for account in past}
    last = {account: found.before.hash if found.before else "" for account, found in past.items()}
    due: dict[int, date | None] = {}
    days: dict[date, list[int]] = {}
    for account, found in past.items():
        days.setdefault(found.start, []).append(account)
    while days:
        day = min(days)
        accounts = days.pop(day)
        version, change = cards.on(day), cards.after(day)
        known = today if day == on else readings_of(accounts, version.values, day, known_at)
        for account in accounts:
            row, next_on = _score(known[account], version, day)
            if row.hash != last[account]:
                scored[account].append(row)
                last[account] = row.hash
            due[account] = min(filter(None, (next_on, change)), default=None)
            if day < on and (due_on := due[account]) is not None and due_on <= on:
                days.setdefault(min(max(due_on, day + timedelta(days=every)), on), []).append(account)
    return scored, due


def _score(known: Known, version: Version[HealthPolicy], day: date) -> tuple[Scored, date | None]:
    """The score of that day, and the next day on which it may change."""
    card = version.values.card_of(known.kept)
    marks, ages_on = marks_of(known.kept, card, day)
    total = total_of(marks, card)
    next_on = min(filter(None, (known.changes_on, ages_on)), default=None)
    kept, hash_ = orjson.dumps(known.kept).decode(), inputs_hash(inputs_of(marks, total.tier, card))
    return Scored(day, total, kept, hash_, version.number), next_on


def _course(found: Past, scored: Sequence[Scored], on: date, cards: Cards) -> Course:
    policy = cards.on(on).values
    settled = [stretch for _, stretch in found.spells if stretch.began_on < found.start]
    start = settled[-1] if settled else None
    series = [(row.on, row.tier) for row in found.rows if row.on < found.start]
    series += [(row.on, row.total.tier) for row in scored]
    opened = start and Stretch(start.tier, start.came_from, start.began_on)
    return course(series, on, rise=policy.days_to_rise, fall=policy.days_to_fall, start=opened)


def _past(ids: Sequence[int], on: date, since: Mapping[int, date], policy: HealthPolicy) -> dict[int, Past]:
    """From which day each account is worked out, with the rows and spells that reach into that stretch."""
    earliest = on - timedelta(days=policy.rescore_days)
    firsts = _firsts(ids)
    past: dict[int, Past] = {}
    for account in ids:
        first, due = firsts.get(account, (None, None))
        asked = min(filter(None, (since.get(account), due, on)))
        past[account] = Past(on if first is None else min(max(asked, first, earliest), on))
    back = timedelta(days=max(policy.days_to_rise, policy.days_to_fall))
    starts = [found.start for found in past.values()]
    params = [list(past), [start - back for start in starts]]
    for account, day, hash_, tier, value in sorted(_fetch(_ROWS, params * 2)):
        past[account].rows.append(Row(day, hash_, Tier(tier), value))
    for account, pk, tier, came_from, began_on, ended_on in _fetch(_SPELLS, [list(past), starts]):
        stretch = Stretch(Tier(tier), Tier(came_from) if came_from else None, began_on, ended_on)
        past[account].spells.append((pk, stretch))
    return past


def _firsts(ids: Sequence[int]) -> dict[int, tuple[date, date | None]]:
    """The first day with a score and the day noted as due, of accounts that have scores."""
    rows = _fetch(
        'SELECT w.id, s."on", d."on" FROM unnest(%s::bigint[]) AS w(id)'
        " CROSS JOIN LATERAL"
        ' (SELECT x."on" FROM health_score x WHERE x.account_id = w.id ORDER BY x."on" LIMIT 1) s'
        " LEFT JOIN health_scoredue d ON d.account_id = w.id",
        [list(ids)],
    )
    return {account: (first, due) for account, first, due in rows}


_ROWS = """
SELECT s.account_id, s."on", s.inputs_hash, s.tier, s.score
FROM unnest(%s::bigint[], %s::date[]) AS w(id, lo) JOIN health_score s ON s.account_id = w.id AND s."on" >= w.lo
UNION ALL
SELECT s.account_id, s."on", s.inputs_hash, s.tier, s.score
FROM unnest(%s::bigint[], %s::date[]) AS w(id, lo)
CROSS JOIN LATERAL (
    SELECT * FROM health_score x WHERE x.account_id = w.id AND x."on" < w.lo ORDER BY x."on" DESC LIMIT 1
) s
"""
_SPELLS = """
SELECT s.account_id, s.id, s.tier, s.came_from, s.began_on, s.ended_on
FROM unnest(%s::bigint[], %s::date[]) AS w(id, start)
JOIN health_spell s ON s.account_id = w.id AND (s.ended_on IS NULL OR s.ended_on >= w.start)
ORDER BY s.account_id, s.began_on
"""


def _fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
