"""Taking renewals to the team lead, and taking them back from there when the reason is gone (RN-11, CO-12)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop, override

from core import opening
from core.leading import lead_of
from playbooks.actions.releasing import Due, Message, announce, release
from playbooks.leads import lines
from playbooks.library import RENEWAL, playbook
from playbooks.triggers import Fired, Moment
from renewals.escalation_words import reason
from renewals.rules.escalation import NOT_SIGNED, OpenRenewal, by_release, settled

KIND = "renewal"
SETTLED = gettext_noop("No longer late: the steps are done or have time again")


def escalate(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """A task for the lead with the reason in words, the loss interview where T has passed, a message to the lead."""
    line = lines()
    leads = {row.firing_id: lead_of(row.facts.owner_id, line) for row in fired}
    with override(opening.ours().language):
        due = [_due(row, leads[row.firing_id], moment.on) for row in fired]
    tasks = release(due, playbook(RENEWAL, moment.on), moment.on)
    announce([_message(row, d, moment.on) for row, d in zip(fired, due, strict=True)])
    return Counter(tasks=tasks, escalated=len(fired))


def settle(found: Sequence[OpenRenewal], moment: Moment) -> Counter[str]:
    """Close what was escalated and is so no longer."""
    gone = [e.task_id for renewal in found for e in renewal.escalated if settled(renewal, e, moment.on)]
    if gone:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE playbooks_task SET closed_on = %s, closed_reason = %s WHERE id = ANY(%s)",
                [moment.on, SETTLED, gone],
            )
    return Counter(settled=len(gone))


def seen(renewal: OpenRenewal) -> dict[str, Any]:
    """What of a renewal is kept with its escalation."""
    steps = [
        {"step": s.title, "due_on": s.due_on.isoformat(), "owner": s.owner, "released_by": s.released_by}
        for s in renewal.steps
    ]
    return {"decides_on": renewal.decides_on.isoformat(), "open_steps": steps}


def _due(row: Fired, lead: int, on: date) -> Due:
    renewal: OpenRenewal = row.facts
    rung = row.occurrence.rung
    unsigned = rung.rule == NOT_SIGNED
    return Due(
        row.firing_id,
        rung,
        renewal.play_id,
        renewal.account_id,
        renewal.owner_id,
        KIND,
        renewal.id,
        renewal.value,
        True,
        renewal.country,
        lead,
        reason(rung.rule, rung.key, seen(renewal), on),
        "" if unsigned else f"-{_milestone(renewal, rung.about)}",
    )


def _milestone(renewal: OpenRenewal, released_by: str) -> str:
    return by_release(renewal.steps)[released_by][0].milestone


def _message(row: Fired, due: Due, on: date) -> Message:
    rung, renewal = row.occurrence.rung, row.facts
    payload = {
        "firing": row.firing_id,
        "renewal": renewal.id,
        "account": renewal.account_id,
        "owner": renewal.owner_id,
        "lead": due.lead_id,
        "why": rung.milestone,
        "reason": due.note,
        "decides_on": renewal.decides_on.isoformat(),
        "on": on.isoformat(),
    }
    key = f"renewal.escalated:{renewal.id}:{rung.key}"
    return Message(key, "renewal.escalated", due.lead_id or due.owner_id, KIND, renewal.id, payload)
