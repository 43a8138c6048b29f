"""What most products do: look each row up, and create it where it is not there."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from core.models import Outbox
from installed_base.models import Term
from playbooks.models import Firing, Play, Release, Task
from renewals.models import Renewal


@dataclass(frozen=True)
class Share:
    """What the day wrote for each firing, beside its play, renewal and release: rows on average.

    `silent` are milestones written down without firing, because a later one did or the term was decided.
    """

    silent: float
    tasks: float
    messages: float

    def of(self, number: int) -> tuple[int, int, int]:
        """The rows of one firing, so that many firings come to the average."""
        return tuple(int(n * (number + 1)) - int(n * number) for n in (self.silent, self.tasks, self.messages))  # type: ignore[return-value]


def fire_one_by_one(terms: list[Term], on: date, share: Share) -> int:
    """The rows of one firing for each term by get_or_create, in a transaction of its own; the number of firings."""
    for number, term in enumerate(terms):
        with transaction.atomic():
            _fire(term, on, *share.of(number))
    return len(terms)


def _fire(term: Term, on: date, silent: int, tasks: int, messages: int) -> None:
    account, subject = term.contract.account, {"subject_kind": "term", "subject_id": term.pk}
    due = on - timedelta(days=1)
    firing = _firing(term, "M90", "fired", due, on)
    for number in range(silent):
        _firing(term, f"M{number}", "superseded", due, on)
    play, _new = Play.objects.get_or_create(
        playbook="bench", **subject, defaults={"account": account, "owner": account.owner, "opened_on": on}
    )
    Renewal.objects.get_or_create(
        term=term,
        review=99,
        defaults={"account": account, "play": play, "owner": account.owner, "decides_on": due, "opened_on": on},
    )
    release, _new = Release.objects.get_or_create(
        firing=firing, defaults={"play": play, "milestone": "M90", "released_on": on}
    )
    for number in range(tasks):
        _task(number, {**subject, "account": account, "release": release, "owner": account.owner}, play, on)
    for number in range(messages):
        Outbox.objects.get_or_create(dedupe_key=f"bench-{term.pk}-{number}", defaults={"kind": "bench"})


def _firing(term: Term, milestone: str, state: str, due: date, on: date) -> Firing:
    return Firing.objects.get_or_create(
        rule="bench.loop",
        occurrence_key=f"T{term.pk}.{milestone}",
        subject_kind="term",
        subject_id=term.pk,
        defaults={"account": term.contract.account, "state": state, "due_on": due, "on": on},
    )[0]


def _task(number: int, about: dict[str, Any], play: Play, on: date) -> None:
    Task.objects.get_or_create(
        play=play, step=f"step{number}", defaults={**about, "title": "Call", "due_on": on, "created_on": on}
    )
