"""What a low answer sets off: the play that closes the loop, once per answer, and a word to the owner."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop as _

from core.bulk import copy_rows
from health.rules.loop import AnswerFacts
from playbooks.actions.releasing import Due, Message, announce, new_ids, release
from playbooks.library import LOOP, playbook
from playbooks.triggers import Fired, Moment

SUBJECT = "answer"
LOW = "survey.low"
CLOSED = _("All of it is done")
_PLAY = (
    "id", "playbook", "account_id", "subject_kind", "subject_id", "owner_id", "anchor_on", "opened_on", "closed_reason",
)  # fmt: skip


def open_loops(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """Open one play per answer with its steps as tasks. In one transaction."""
    ids = new_ids("playbooks_play", len(fired))
    pairs = list(zip(ids, fired, strict=True))
    copy_rows("playbooks_play", _PLAY, (_play(pk, row.facts, moment) for pk, row in pairs))
    tasks = release([_due(pk, row) for pk, row in pairs], playbook(LOOP, moment.on), moment.on)
    announce([_message(row, moment) for row in fired])
    return Counter(plays=len(pairs), tasks=tasks)


def close_loops(answers: Sequence[AnswerFacts], moment: Moment) -> Counter[str]:
    """A play whose tasks are all done is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE playbooks_play p SET closed_on = %s, closed_reason = %s WHERE p.playbook = %s"
            " AND p.subject_kind = %s AND p.subject_id = ANY(%s) AND p.closed_on IS NULL AND NOT EXISTS ("
            " SELECT 1 FROM playbooks_task t WHERE t.play_id = p.id AND t.closed_on IS NULL"
            " AND (t.done_on IS NULL OR t.done_on > %s))",
            [moment.on, CLOSED, LOOP, SUBJECT, [answer.id for answer in answers], moment.on],
        )
        return Counter(closed=cursor.rowcount)


def seen(answer: AnswerFacts) -> dict[str, Any]:
    """What of an answer is kept with its firing."""
    return {"value": str(answer.value), "scale_to": str(answer.scale_to), "answered_on": answer.answered_on.isoformat()}


def _play(pk: int, answer: AnswerFacts, moment: Moment) -> tuple[Any, ...]:
    return pk, LOOP, answer.account_id, SUBJECT, answer.id, answer.owner_id, answer.answered_on, moment.on, ""


def _due(play: int, row: Fired) -> Due:
    answer: AnswerFacts = row.facts
    return Due(
        row.firing_id, row.occurrence.rung, play, answer.account_id, answer.owner_id, SUBJECT, answer.id, None, False,
        answer.country,
    )  # fmt: skip


def _message(row: Fired, moment: Moment) -> Message:
    answer: AnswerFacts = row.facts
    payload = {
        "firing": row.firing_id,
        "answer": answer.id,
        "account": answer.account_id,
        "value": str(answer.value),
        "scale_to": str(answer.scale_to),
        "on": moment.on.isoformat(),
    }
    return Message(f"{LOW}:{answer.id}", LOW, answer.owner_id, SUBJECT, answer.id, payload)
