"""Which renewals escalation looks at, and what it knows of them. All set-based."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from django.db import connection

from playbooks.rules import OVERDUE, UNSIGNED
from renewals.rules.escalation import LATE_STEP, NOT_SIGNED, Escalated, EscalationPolicy, OpenRenewal, OpenStep

T = TypeVar("T")

_FACTS = """
SELECT r.id, r.account_id, r.opened_on, t.number, r.decides_on, r.owner_id, r.play_id, r.annual_value_reporting,
       r.snoozed_until, a.country
FROM unnest(%s::bigint[]) AS wanted(id) JOIN renewals_renewal r ON r.id = wanted.id
JOIN installed_base_term t ON t.id = r.term_id JOIN installed_base_account a ON a.id = r.account_id
WHERE r.decided_on IS NULL AND t.terminated_on IS NULL
  AND NOT EXISTS (SELECT 1 FROM installed_base_termsuccession s WHERE s.term_id = t.id)
ORDER BY r.id
"""

_TASKS = """
SELECT t.play_id, e.milestone IN (%s, %s), t.id, t.title, e.milestone, f.occurrence_key, t.due_on, t.snoozed_until,
       o.name
FROM unnest(%s::bigint[]) AS wanted(id) JOIN playbooks_task t ON t.play_id = wanted.id
JOIN playbooks_release e ON e.id = t.release_id JOIN playbooks_firing f ON f.id = e.firing_id
JOIN core_owner o ON o.id = t.owner_id
WHERE t.done_on IS NULL AND t.closed_on IS NULL ORDER BY t.id
"""

# A step that lies too long and was not escalated yet; by index on the day tasks are due.
_LATE = """
SELECT r.id FROM playbooks_task t JOIN renewals_renewal r ON r.play_id = t.play_id AND r.decided_on IS NULL
JOIN playbooks_release e ON e.id = t.release_id AND e.milestone NOT IN (%s, %s)
JOIN playbooks_firing f ON f.id = e.firing_id
WHERE t.due_on <= %s AND t.done_on IS NULL AND t.closed_on IS NULL
  AND (t.snoozed_until IS NULL OR t.snoozed_until <= %s)
  AND (r.snoozed_until IS NULL OR r.snoozed_until <= %s)
  AND NOT EXISTS (
      SELECT 1 FROM playbooks_firing x WHERE x.rule = %s AND x.subject_kind = 'renewal' AND x.subject_id = r.id
        AND x.occurrence_key = 'E.' || f.occurrence_key)
"""

# T has passed and that was not escalated yet; by index on the deciding day of open renewals.
_UNSIGNED = """
SELECT r.id FROM renewals_renewal r JOIN installed_base_term t ON t.id = r.term_id
WHERE r.decided_on IS NULL AND r.decides_on <= %s AND NOT EXISTS (
    SELECT 1 FROM playbooks_firing x WHERE x.rule = %s AND x.subject_kind = 'renewal' AND x.subject_id = r.id
      AND x.occurrence_key = 'U.T' || t.number || '@' || r.decides_on)
"""

# What a lead has on the desk, which may have settled itself; from the few firings of the rules.
_ON_DESK = """
SELECT f.subject_id FROM playbooks_firing f JOIN playbooks_release e ON e.firing_id = f.id
JOIN playbooks_task t ON t.release_id = e.id
WHERE f.rule IN (%s, %s) AND f.state = 'fired' AND t.done_on IS NULL AND t.closed_on IS NULL
"""


def stuck(policy: EscalationPolicy, after: date | None, until: date) -> set[int]:
    """Open renewals with something to escalate, or with something escalated. What is on record says what is done, so
    `after` is not asked: a task that was opened again long after its day is found as well."""
    lain = until - timedelta(days=policy.overdue_days)
    passed = until - timedelta(days=policy.unsigned_days)
    late = [OVERDUE, UNSIGNED, lain, until, until, LATE_STEP]
    return _ids(f"{_LATE} UNION {_UNSIGNED} UNION {_ON_DESK}", [*late, passed, NOT_SIGNED, LATE_STEP, NOT_SIGNED])


def touched_renewals(touched: Mapping[str, Sequence[int]]) -> Sequence[int]:
    return touched.get("renewal", ())


def all_open() -> list[int]:
    return sorted(_ids("SELECT id FROM renewals_renewal WHERE decided_on IS NULL", []))


def open_renewals_of(ids: Sequence[int], on: date) -> list[OpenRenewal]:
    """What is true of those among these renewals that are not decided, and whose term neither ended early nor was
    renewed, which the day closes when it next looks at the term. Two queries."""
    found = [OpenRenewal(*row) for row in _rows(_FACTS, [list(ids)])]
    tasks = _rows(_TASKS, [OVERDUE, UNSIGNED, [r.play_id for r in found]]) if found else []
    steps = _grouped([row for row in tasks if not row[1]], lambda row: OpenStep(*row[3:]))
    desk = _grouped([row for row in tasks if row[1]], lambda row: Escalated(row[2], row[5]))
    for renewal in found:
        renewal.steps = tuple(steps.get(renewal.play_id, ()))
        renewal.escalated = tuple(desk.get(renewal.play_id, ()))
    return found


def _grouped(rows: Sequence[tuple[Any, ...]], make: Callable[[tuple[Any, ...]], T]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(make(row))
    return found


def _ids(sql: str, params: Sequence[Any]) -> set[int]:
    return {row[0] for row in _rows(sql, params)}


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return cursor.fetchall()
