"""The recurring talks of a tier as tasks: weekly, monthly, once a quarter (HT-01..03, CT-22)."""

from collections import Counter
from collections.abc import Sequence

from health.rules.cadence import CheckinFacts
from playbooks.actions.releasing import Due, release
from playbooks.library import playbook
from playbooks.triggers import Fired, Moment


def release_checkins(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """One talk each as a task; none where the one before it still waits: two reminders of one call are one too many."""
    tasks = 0
    for book in sorted({row.facts.book for row in fired}):
        due = [_due(row) for row in fired if row.facts.book == book]
        tasks += release(due, playbook(book, moment.on), moment.on)
    return Counter(tasks=tasks)


def _due(row: Fired) -> Due:
    facts: CheckinFacts = row.facts
    return Due(
        firing_id=row.firing_id,
        rung=row.occurrence.rung,
        play_id=facts.id,
        account_id=facts.account_id,
        owner_id=facts.owner_id,
        subject_kind="spell",
        subject_id=facts.subject_id,
        value=facts.value,
        reopened=False,
        country=facts.country,
        tag=f"@{row.occurrence.rung.due_on.isoformat()}",
        held=facts.talking,
    )
