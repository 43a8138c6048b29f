"""Which stored figures a later fact makes stale: one statement, in the transaction that takes note of the fact."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import connection

from core.metrics.catalogue import Metric, catalogue

# Who takes a figure and who marks it take turns, so that no fact falls between the reading and the writing.
TURN = 7_402_332


def take_turn() -> None:
    """Wait for whoever takes or marks figures at the moment; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def mark_stale(since: Mapping[str, date]) -> int:
    """Mark the figures as of a date on or after the first change of a kind of subject that their rows rest on.

    `since` gives the earliest date for each kind that was touched. Returns how many rows were marked.
    """
    metrics = {m.key: min((d for kind, d in since.items() if rests_on(m, kind)), default=None) for m in catalogue()}
    return _mark({key: first for key, first in metrics.items() if first is not None})


def mark_policy(name: str, since: date) -> int:
    """Mark the figures that a policy decides, from the first day on which another version counts."""
    return _mark({m.key: since for m in catalogue() if name in _policies(m)})


def rests_on(wanted: Metric, kind: str) -> bool:
    """Whether a change of such a subject may change the metric."""
    return not wanted.family.facts or kind in wanted.family.facts


def _policies(wanted: Metric) -> Iterable[str]:
    return (p.policy_name for p in wanted.family.policies)  # type: ignore[attr-defined]


def _mark(first: Mapping[str, date]) -> int:
    if not first:
        return 0
    take_turn()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_snapshot s SET stale_since = LEAST(s.stale_since, f.since)"
            " FROM unnest(%s::text[], %s::date[]) AS f(metric, since)"
            " WHERE s.metric = f.metric AND s.as_of >= f.since"
            " AND (s.stale_since IS NULL OR s.stale_since > f.since)",
            [list(first), list(first.values())],
        )
        return int(cursor.rowcount)
