"""Taking renewals to the team lead, and taking them back from there when the reason is gone (RN-11, CO-12)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from core import opening
from core.display import day_long
from core.leading import lead_of
from playbooks.actions.releasing import Due, Message, announce, release
from playbooks.leads import lines
from playbooks.library import RENEWAL, playbook
from playbooks.triggers import Fired, Moment
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
    late = [f"{s.title} ({s.due_on.isoformat()})" for s in renewal.steps]
    return {"decides_on": renewal.decides_on.isoformat(), "owner": renewal.owner_id, "open_steps": late}


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
        _why_unsigned(renewal) if unsigned else _why_late(renewal, rung.about, on),
        "" if unsigned else f"-{_milestone(renewal, rung.about)}",
    )


def _milestone(renewal: OpenRenewal, released_by: str) -> str:
    return by_release(renewal.steps)[released_by][0].milestone


def _why_unsigned(renewal: OpenRenewal) -> str:
    return _("The last day to decide, %(day)s, passed without a signature.") % {"day": day_long(renewal.decides_on)}


def _why_late(renewal: OpenRenewal, released_by: str, on: date) -> str:
    """Which step lies there, since when, and with whom."""
    first = min(by_release(renewal.steps)[released_by], key=lambda step: step.due_on)
    words = {"step": _(first.title), "day": day_long(first.due_on), "late": (on - first.due_on).days}
    said = _("“%(step)s” was due on %(day)s and is %(late)s days late. It lies with %(owner)s.")
    return said % (words | {"owner": first.owner})


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
