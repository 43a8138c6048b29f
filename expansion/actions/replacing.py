"""Replacement plays take their next steps: a milestone that fell due becomes tasks of the play's owner (EX-45)."""

from collections import Counter
from collections.abc import Sequence

from playbooks.actions.releasing import Due, release
from playbooks.library import REPLACEMENT, playbook
from playbooks.triggers import Fired, Moment


def release_replacements(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """A release for each milestone, and a task for each of its steps."""
    due = [
        Due(
            row.firing_id,
            row.occurrence.rung,
            row.facts.id,
            row.facts.account_id,
            row.facts.owner_id,
            row.facts.subject_kind,
            row.facts.subject_id,
            row.facts.value,
            reopened=False,
            country=row.facts.country,
        )
        for row in fired
    ]
    return Counter(tasks=release(due, playbook(REPLACEMENT, moment.on), moment.on))
