"""What the day knows of the check-ins of open plays: which may fall due, and how often whom. All set-based."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection

from health.queries.candidates import touched_accounts
from health.rules.cadence import BOOKS, TALKS, CheckinFacts, SilencePolicy

_OPEN = "closed_on IS NULL AND subject_kind = 'spell' AND playbook = ANY(%(books)s)"
_FACTS = """
SELECT p.id, p.account_id, p.owner_id, a.known_on, p.playbook, p.anchor_on, p.opened_on,
       COALESCE(h.segment, a.segment), a.country, p.subject_id, p.value_reporting,
       EXISTS (SELECT 1 FROM playbooks_task t WHERE t.play_id = p.id AND t.done_on IS NULL AND t.closed_on IS NULL
               AND split_part(t.step, '@', 1) = ANY(%(talks)s))
FROM unnest(%(ids)s::bigint[]) AS w(id)
JOIN playbooks_play p ON p.id = w.id AND p.subject_kind = 'spell' AND p.playbook = ANY(%(books)s)
    AND p.anchor_on IS NOT NULL AND p.opened_on <= %(on)s AND p.closed_on IS NULL
JOIN installed_base_account a ON a.id = p.account_id AND a.merged_into_id IS NULL
LEFT JOIN installed_base_accountperiod h
  ON h.account_id = a.id AND h.valid_from <= %(on)s AND (h.valid_to IS NULL OR h.valid_to > %(on)s)
ORDER BY p.id
"""
# The anchors whose day of the month, or of the week, comes round in the window; the last day of a month stands for
# those that it lacks.
_DUE = f"""
SELECT id FROM playbooks_play
WHERE {_OPEN} AND (
    (anchor_on - DATE '2000-01-03') %% %(every)s = ANY(%(turns)s) OR EXTRACT(day FROM anchor_on)::int = ANY(%(days)s)
)
"""


def checkin_facts(ids: Sequence[int], on: date) -> list[CheckinFacts]:
    """The open plays of tiers among these, with the segment of that day."""
    params = {"ids": list(ids), "on": on, "books": list(BOOKS.values()), "talks": list(TALKS)}
    return [CheckinFacts(*row) for row in _fetch(_FACTS, params)]


def due_plays(policy: SilencePolicy, after: date | None, until: date) -> set[int]:
    """Plays of which a check-in may fall due in (after, until]; all open ones where the window is long or unknown."""
    lengths = {cadence.days for cadence in policy.every if not cadence.months}
    if after is None or (until - after).days > 27 or len(lengths) > 1:
        return set(all_plays())
    days = [after + timedelta(days=n) for n in range(1, (until - after).days + 1)]
    every = lengths.pop() if lengths else 1
    turns = {(day - date(2000, 1, 3)).days % every for day in days} if every > 1 else {0}
    of_month = {day.day for day in days}
    for day in days:
        if (day + timedelta(days=1)).day == 1:
            of_month |= set(range(day.day, 32))
    params = {"books": list(BOOKS.values()), "every": every, "turns": list(turns), "days": list(of_month)}
    return {row[0] for row in _fetch(_DUE, params)}


def touched_plays(touched: Mapping[str, Sequence[int]]) -> set[int]:
    """The open plays of accounts behind touched rows: a segment may have changed."""
    accounts = touched_accounts(touched)
    if not accounts:
        return set()
    params = {"books": list(BOOKS.values()), "accounts": list(accounts)}
    return {
        row[0]
        for row in _fetch(f"SELECT id FROM playbooks_play WHERE {_OPEN} AND account_id = ANY(%(accounts)s)", params)
    }


def all_plays() -> list[int]:
    return [
        row[0]
        for row in _fetch(f"SELECT id FROM playbooks_play WHERE {_OPEN} ORDER BY id", {"books": list(BOOKS.values())})
    ]


def _fetch(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
