"""Writing firings down: one COPY and one INSERT, whose unique key is the only guard against twice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from django.db import connection

from core.bulk import copy_rows
from playbooks.rules import Occurrence, Recorded
from playbooks.triggers import Fired, Moment

_COLUMNS = ("rule", "subject_id", "occurrence_key", "account_id", "state", "due_on", "facts")
_NAMES = ", ".join(_COLUMNS)
# Only a withdrawn occurrence may be taken up again, once: when its subject has come back to life.
_INSERT = f"""
INSERT INTO playbooks_firing ({_NAMES}, subject_kind, "on", run_id, policy_version, found_by_audit_at)
SELECT {_NAMES}, %s, %s, %s, %s, CASE WHEN %s THEN now() END FROM firing_new ORDER BY subject_id, rule, occurrence_key
ON CONFLICT (rule, subject_kind, subject_id, occurrence_key) DO UPDATE
SET state = EXCLUDED.state, "on" = EXCLUDED."on", run_id = EXCLUDED.run_id, policy_version = EXCLUDED.policy_version,
    facts = EXCLUDED.facts, found_by_audit_at = EXCLUDED.found_by_audit_at
WHERE playbooks_firing.state = 'withdrawn' AND EXCLUDED.state <> 'withdrawn'
RETURNING id, rule, subject_id, occurrence_key
"""


def record(
    found: Sequence[tuple[Any, Occurrence]], *, kind: str, seen: Callable[[Any], dict[str, Any]], moment: Moment
) -> list[Fired]:
    """Write occurrences down and say which of them this call was the first to write. In the caller's transaction."""
    if not found:
        return []
    by_key = {(o.rung.rule, facts.id, o.rung.key): (o, facts) for facts, o in found}
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS firing_new (rule text, subject_id bigint, occurrence_key text,"
            " account_id bigint, state text, due_on date, facts jsonb) ON COMMIT DELETE ROWS"
        )
        cursor.execute("DELETE FROM firing_new")
        copy_rows("firing_new", _COLUMNS, _rows(by_key.values(), seen))
        cursor.execute(_INSERT, [kind, moment.on, moment.job_id, moment.version, moment.audit])
        written = cursor.fetchall()
    return [Fired(pk, *by_key[(rule, subject, key)]) for pk, rule, subject, key in sorted(written)]


def _rows(found: Iterable[tuple[Occurrence, Any]], seen: Callable[[Any], dict[str, Any]]) -> Iterable[tuple[Any, ...]]:
    for occurrence, facts in found:
        rung = occurrence.rung
        kept = orjson.dumps(seen(facts)).decode()
        yield (rung.rule, facts.id, rung.key, facts.account_id, occurrence.state.value, rung.due_on, kept)


def recorded(kind: str, ids: Sequence[int]) -> Mapping[int, Recorded]:
    """What is on record of these subjects: per subject, (rule, occurrence key) -> state."""
    found: dict[int, dict[tuple[str, str], str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.subject_id, f.rule, f.occurrence_key, f.state FROM unnest(%s::bigint[]) AS wanted(id)"
            " JOIN playbooks_firing f ON f.subject_id = wanted.id AND f.subject_kind = %s",
            [list(ids), kind],
        )
        for subject, rule, key, state in cursor.fetchall():
            found.setdefault(subject, {})[(rule, key)] = state
    return found


def late_days(due_on: date, on: date) -> int:
    return max((on - due_on).days, 0)
