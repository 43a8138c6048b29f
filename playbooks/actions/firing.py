"""Writing firings down: one COPY and one INSERT, whose unique key is the only guard against twice."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from core.bulk import copy_rows
from playbooks.rules import Occurrence, Recorded
from playbooks.triggers import Fired, Moment

_COLUMNS = (
    "rule",
    "subject_kind",
    "subject_id",
    "occurrence_key",
    "account_id",
    "state",
    "due_on",
    "on",
    "run_id",
    "policy_version",
    "facts",
    "found_by_audit_at",
)
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
# Only a withdrawn occurrence may be taken up again, once: when its subject has come back to life.
_INSERT = f"""
INSERT INTO playbooks_firing ({_NAMES})
SELECT {_NAMES} FROM firing_new ORDER BY subject_id, rule, occurrence_key
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
            "CREATE TEMP TABLE IF NOT EXISTS firing_new (rule text, subject_kind text, subject_id bigint,"
            ' occurrence_key text, account_id bigint, state text, due_on date, "on" date, run_id bigint,'
            " policy_version int, facts jsonb, found_by_audit_at timestamptz) ON COMMIT DELETE ROWS"
        )
        cursor.execute("DELETE FROM firing_new")
        copy_rows("firing_new", _COLUMNS, _rows(by_key.values(), kind, seen, moment))
        cursor.execute(_INSERT)
        written = cursor.fetchall()
    return [Fired(pk, *by_key[(rule, subject, key)]) for pk, rule, subject, key in sorted(written)]


def _rows(
    found: Iterable[tuple[Occurrence, Any]], kind: str, seen: Callable[[Any], dict[str, Any]], moment: Moment
) -> Iterable[tuple[Any, ...]]:
    audited_at = "now" if moment.audit else None
    for occurrence, facts in found:
        rung = occurrence.rung
        yield (
            rung.rule,
            kind,
            facts.id,
            rung.key,
            facts.account_id,
            occurrence.state.value,
            rung.due_on,
            moment.on,
            moment.job_id,
            moment.version,
            json.dumps(seen(facts)),
            audited_at,
        )


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
