"""What the day does for meetings: they stand in the plan in time, and their steps are released as tasks."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import opening
from core.bulk import copy_rows
from core.display import moment as in_words
from core.leading import lead_of
from playbooks.actions.releasing import Due, Message, announce, new_ids, release
from playbooks.leads import lines
from playbooks.library import QBR, playbook
from playbooks.qbr.candidates import in_base, wanted
from playbooks.qbr.rules import LATE, MeetingFacts
from playbooks.queries import working_days
from playbooks.triggers import Fired, Moment

KIND = "qbr"

_INSERT = """
INSERT INTO playbooks_qbr (account_id, owner_id, owner_chosen, anchor_on, slot_on, first_planned_on, planned_on,
                           known_on, place, cancelled_side, cancel_reason, health_note, chances_note, risks_note)
SELECT account, owner, FALSE, anchor, slot, planned, planned, %s, '', '', '', '', '', ''
FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[], %s::date[]) AS t(account, owner, anchor, slot, planned)
ORDER BY account ON CONFLICT (account_id, slot_on) DO NOTHING
"""


def keep_planned(ids: Sequence[int], moment: Moment) -> Counter[str]:
    """Put the meetings that the rhythm asks for into the plan, for customers in the base. One row per account and date
    of its rhythm, whoever writes it and how often."""
    found = wanted(moment.policy, moment.on, ids)
    here = in_base([w.account_id for w in found], moment.on) if found else set()
    found = [w for w in found if w.account_id in here]
    if not found:
        return Counter()
    days = working_days(moment.on)
    planned = [days.on_or_after(w.slot_on, w.country) for w in found]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                moment.on,
                [w.account_id for w in found],
                [w.owner_id for w in found],
                [w.anchor_on for w in found],
                [w.slot_on for w in found],
                planned,
            ],
        )
        made = cursor.rowcount
    return Counter(qbrs=made, rewritten=made if moment.audit else 0)


def follow_owners(meetings: Sequence[MeetingFacts], moment: Moment) -> Counter[str]:
    """Meetings ahead go with their account to its new owner, unless somebody chose who leads them."""
    moved = [
        m for m in meetings
        if m.held_on is None and not m.cancelled and not m.owner_chosen and m.owner_id != m.account_owner_id
    ]  # fmt: skip
    for m in moved:
        new = [m.account_owner_id, KIND, m.id, m.owner_id]
        _run("UPDATE playbooks_qbr SET owner_id = %s WHERE id = %s", [m.account_owner_id, m.id])
        _run(
            "UPDATE playbooks_play SET owner_id = %s WHERE subject_kind = %s AND subject_id = %s AND owner_id = %s"
            " AND closed_on IS NULL",
            new,
        )
        _run(
            "UPDATE playbooks_task SET owner_id = %s WHERE subject_kind = %s AND subject_id = %s AND owner_id = %s"
            " AND play_id IS NOT NULL AND done_on IS NULL AND closed_on IS NULL",
            new,
        )
        m.owner_id = m.account_owner_id
    return Counter()


def release_steps(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """One play per meeting; the steps of its milestone as tasks, and a message to who does them. In one transaction."""
    plays, made = plays_of([row.facts for row in fired], moment.on)
    leads = lines() if any(row.occurrence.rung.rule == LATE for row in fired) else None
    due = []
    with override(opening.ours().language):
        for row in fired:
            lead = lead_of(row.facts.owner_id, leads) if leads and row.occurrence.rung.rule == LATE else None
            due.append(_due(row, plays[row.facts.id], row.facts.id not in made, lead))
    tasks = release(due, playbook(QBR, moment.on), moment.on)
    announce([_message(row, d, moment) for row, d in zip(fired, due, strict=True)])
    return Counter(plays=len(made), tasks=tasks)


def _due(row: Fired, play: int, old: bool, lead: int | None) -> Due:
    meeting: MeetingFacts = row.facts
    note = _late_note(meeting) if lead else ""
    subject = (KIND, meeting.id)
    return Due(
        row.firing_id, row.occurrence.rung, play, meeting.account_id, meeting.owner_id, *subject, None, old,
        meeting.country, lead, note,
    )  # fmt: skip


def _late_note(meeting: MeetingFacts) -> str:
    return _("The summary was due by %(moment)s and has not been sent.") % {"moment": in_words(meeting.summary_due_at)}


def _message(row: Fired, due: Due, moment: Moment) -> Message:
    rung, meeting = row.occurrence.rung, row.facts
    payload = {
        "firing": row.firing_id,
        "qbr": meeting.id,
        "account": meeting.account_id,
        "planned_on": meeting.planned_on.isoformat(),
        "on": moment.on.isoformat(),
    }
    return Message(
        f"{rung.rule}:{meeting.id}:{rung.key}", rung.rule, due.lead_id or due.owner_id, KIND, meeting.id, payload
    )


def plays_of(meetings: Sequence[Any], on: Any) -> tuple[dict[int, int], set[int]]:
    """The plays of these meetings, by meeting, opened where there is none yet; and for which one was."""
    ids = [m.id for m in meetings]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, id FROM playbooks_play WHERE playbook = %s AND subject_kind = %s"
            " AND subject_id = ANY(%s)",
            [QBR, KIND, ids],
        )
        plays = dict(cursor.fetchall())
    fresh = {m.id: m for m in meetings if m.id not in plays}
    made = dict(zip(fresh, new_ids("playbooks_play", len(fresh)), strict=True))
    copy_rows(
        "playbooks_play",
        ("id", "playbook", "account_id", "subject_kind", "subject_id", "owner_id", "anchor_on", "opened_on",
         "closed_reason"),
        (
            (made[pk], QBR, m.account_id, KIND, pk, m.owner_id, m.planned_on, on, "")
            for pk, m in fresh.items()
        ),
    )  # fmt: skip
    return plays | made, set(made)


def seen(meeting: MeetingFacts) -> dict[str, Any]:
    """What of a meeting is kept with its firings."""
    return {
        "planned_on": meeting.planned_on.isoformat(),
        "held_on": meeting.held_on and meeting.held_on.isoformat(),
    }


def _run(sql: str, params: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
