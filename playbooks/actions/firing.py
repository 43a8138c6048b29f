"""Writing firings down by COPY. Their unique key is the only guard against twice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from django.db import IntegrityError, connection, transaction

from core.bulk import copy_rows, new_ids
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
    found: Sequence[tuple[Any, Occurrence]],
    *,
    kind: str,
    seen: Callable[[Any], dict[str, Any]],
    moment: Moment,
    on_record: Mapping[int, Recorded],
) -> list[Fired]:
    """Write occurrences down and say which of them this call was the first to write. In the caller's transaction.

    `on_record` is what was found of these subjects in it. What is not there is copied straight into the table; only
    where the key says that another wrote it meanwhile, an occurrence is taken up again, or the audit found it, each is
    looked up.
    """
    by_key = {(o.rung.rule, facts.id, o.rung.key): (o, facts) for facts, o in found}
    known = {key: o for key, o in by_key.items() if moment.audit or (key[0], key[2]) in on_record.get(key[1], ())}
    fresh = [pair for key, pair in by_key.items() if key not in known]
    try:
        written = _copied(fresh, kind, seen, moment)
    except IntegrityError:
        written, known = [], by_key
    return sorted(written + _looked_up(known, kind, seen, moment), key=lambda row: row.firing_id)


def _copied(
    fresh: Sequence[tuple[Occurrence, Any]], kind: str, seen: Callable[[Any], dict[str, Any]], moment: Moment
) -> list[Fired]:
    if not fresh:
        return []
    ids = new_ids("playbooks_firing", len(fresh))
    same = {"subject_kind": kind, "on": moment.on, "run_id": moment.job_id, "policy_version": moment.version}
    rows = ((pk, *row) for pk, row in zip(ids, _rows(fresh, seen), strict=True))
    with transaction.atomic():
        copy_rows("playbooks_firing", ("id", *_COLUMNS), rows, same=same)
    return [Fired(pk, *pair) for pk, pair in zip(ids, fresh, strict=True)]


def _looked_up(
    by_key: Mapping[tuple[str, int, str], tuple[Occurrence, Any]],
    kind: str,
    seen: Callable[[Any], dict[str, Any]],
    moment: Moment,
) -> list[Fired]:
    if not by_key:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS firing_new (rule text, subject_id bigint, occurrence_key text,"
            " account_id bigint, state text, due_on date, facts jsonb) ON COMMIT DELETE ROWS"
        )
        cursor.execute("DELETE FROM firing_new")
        copy_rows("firing_new", _COLUMNS, _rows(by_key.values(), seen))
        cursor.execute(_INSERT, [kind, moment.on, moment.job_id, moment.version, moment.audit])
        written = cursor.fetchall()
    return [Fired(pk, *by_key[(rule, subject, key)]) for pk, rule, subject, key in written]


def _rows(found: Iterable[tuple[Occurrence, Any]], seen: Callable[[Any], dict[str, Any]]) -> Iterable[tuple[Any, ...]]:
    last, kept = None, ""
    for occurrence, facts in found:
        rung = occurrence.rung
        if facts is not last:
            last, kept = facts, orjson.dumps(seen(facts)).decode()
        yield (rung.rule, facts.id, rung.key, facts.account_id, occurrence.state.value, rung.due_on, kept)


def recorded(kind: str, ids: Sequence[int], rules: Sequence[str] = ()) -> Mapping[int, Recorded]:
    """What is on record of these subjects, of these rules or of all: per subject, (rule, occurrence key) -> state.

    By index, subject by subject: the planner would rather read a table through that grows with every chunk.
    """
    found: dict[int, dict[tuple[str, str], str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.* FROM unnest(%s::bigint[]) AS wanted(id) CROSS JOIN LATERAL"
            " (SELECT subject_id, rule, occurrence_key, state FROM playbooks_firing"
            " WHERE subject_id = wanted.id AND subject_kind = %s AND (%s OR rule = ANY(%s)) OFFSET 0) f",
            [list(ids), kind, not rules, list(rules)],
        )
        for subject, rule, key, state in cursor.fetchall():
            found.setdefault(subject, {})[(rule, key)] = state
    return found


def late_days(due_on: date, on: date) -> int:
    return max((on - due_on).days, 0)
