"""What the day does about referrals: thanks that are late are told; a deal that was won asks to close the loop."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import connection

from expansion.actions.referring import SUBJECT
from expansion.rules.referral import WON, ReferralFacts
from playbooks.actions.releasing import Due, Message, announce, release
from playbooks.library import REFERRAL, playbook
from playbooks.triggers import Fired, Moment


def follow_referrals(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """One message for each firing, and for a deal its steps as tasks; in the transaction of the firings."""
    won = [row for row in fired if row.occurrence.rung.rule == WON]
    plays = _reopened([row.facts.id for row in won])
    due = [_due(row, plays[row.facts.id]) for row in won if row.facts.id in plays]
    tasks = release(due, playbook(REFERRAL, moment.on), moment.on) if due else 0
    announce([_message(row, moment) for row in fired])
    return Counter(messages=len(fired), tasks=tasks)


def _reopened(ids: list[int]) -> dict[int, int]:
    """The plays of these referrals, open again: there is something to do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE playbooks_play SET closed_on = NULL, closed_by_id = NULL, closed_reason = ''"
            " WHERE playbook = %s AND subject_kind = %s AND subject_id = ANY(%s) RETURNING subject_id, id",
            [REFERRAL, SUBJECT, ids],
        )
        return dict(cursor.fetchall())


def _due(row: Fired, play: int) -> Due:
    facts: ReferralFacts = row.facts
    return Due(
        row.firing_id, row.occurrence.rung, play, facts.account_id, facts.owner_id, SUBJECT, facts.id, facts.value,
        True, facts.country,
    )  # fmt: skip


def _message(row: Fired, moment: Moment) -> Message:
    facts: ReferralFacts = row.facts
    rung = row.occurrence.rung
    payload: dict[str, Any] = {
        "firing": row.firing_id,
        "account": facts.account_id,
        "referral": facts.id,
        "on": moment.on.isoformat(),
    }
    return Message(f"{rung.rule}:{facts.id}:{rung.key}", rung.rule, facts.owner_id, SUBJECT, facts.id, payload)
