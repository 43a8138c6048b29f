"""Which answers the day looks at, and what it knows of them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection

from health.rules.loop import AnswerFacts
from health.rules.survey import SurveyPolicy
from playbooks.library import LOOP

_FACTS = """
SELECT s.id, s.account_id, s.known_on, a.owner_id, a.country, s.answered_on, s.value, s.scale_to
FROM unnest(%s::bigint[]) AS w(id) JOIN health_surveyanswer s ON s.id = w.id
JOIN installed_base_account a ON a.id = s.account_id
WHERE s.answered_on <= %s ORDER BY s.id
"""


def answers_of(ids: Sequence[int], on: date) -> list[AnswerFacts]:
    """What was answered by that day."""
    return [AnswerFacts(*row) for row in _fetch(_FACTS, [list(ids), on])]


# Plays of answers with nothing left to do; from the few that are open.
_DONE = """
SELECT p.subject_id FROM playbooks_play p
WHERE p.playbook = %s AND p.subject_kind = 'answer' AND p.closed_on IS NULL AND NOT EXISTS (
    SELECT 1 FROM playbooks_task t WHERE t.play_id = p.id AND t.closed_on IS NULL
      AND (t.done_on IS NULL OR t.done_on > %s))
"""


def low_answers(policy: SurveyPolicy, after: date | None, until: date) -> set[int]:
    """Answers below the threshold that were given in (after, until], or not too long before; and those whose play has
    nothing left to do."""
    oldest = until - timedelta(days=policy.loop_within_days + 1)
    after = max(after, oldest) if after else oldest
    rows = _fetch(
        "SELECT id FROM health_surveyanswer WHERE answered_on > %s AND answered_on <= %s"
        " AND value * 10 < %s * scale_to",
        [after, until, policy.low_below],
    )
    return {row[0] for row in (*rows, *_fetch(_DONE, [LOOP, until]))}


def touched_answers(touched: Mapping[str, Sequence[int]]) -> Sequence[int]:
    return touched.get("answer", ())


def all_answers() -> list[int]:
    return [row[0] for row in _fetch("SELECT id FROM health_surveyanswer ORDER BY id", [])]


def _fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
