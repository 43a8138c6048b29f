"""What people do with tasks: do them, put them off, hand them on, write new ones, and keep the journal.

None of these is a fact on which a rule stands, so none of them touches a subject.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.audit import audited
from core.models import Owner, User
from installed_base.models import Account
from playbooks.models import Note, Task

Subject = tuple[str, int]


def complete_task(*, task: Task, by: User, on: date) -> None:
    """Done, by this person on this day. Doing it twice leaves the first date standing."""
    with audited(by=by, why="playbooks.complete_task"):
        Task.objects.filter(pk=task.pk).open().update(done_on=on, done_by=by)


def reopen_task(*, task: Task, by: User) -> None:
    """Take back a "done". A task that fell away by itself stays closed."""
    with audited(by=by, why="playbooks.reopen_task"):
        Task.objects.filter(pk=task.pk, closed_on__isnull=True).update(done_on=None, done_by=None)


def snooze_tasks(*, tasks: Iterable[Task], until: date, reason: str, by: User, on: date) -> int:
    """Keep open tasks out of sight until a later day; how many. ValidationError without a reason or a later day."""
    reason = reason.strip()
    if not reason:
        raise ValidationError(_("Say why it can wait."))
    if until <= on:
        raise ValidationError(_("Choose a day after today."))
    with audited(by=by, why="playbooks.snooze_tasks"):
        return _open(tasks).update(snoozed_until=until, snoozed_reason=reason)


def wake_task(*, task: Task, by: User) -> None:
    """Bring a snoozed task back at once."""
    with audited(by=by, why="playbooks.wake_task"):
        _open([task]).update(snoozed_until=None, snoozed_reason="")


def reassign_tasks(*, tasks: Iterable[Task], to: Owner, by: User) -> int:
    """Hand open tasks to a person or a pool; taking one from a pool is handing it to oneself. Returns how many."""
    with audited(by=by, why="playbooks.reassign_tasks"):
        return _open(tasks).update(owner=to)


def _open(tasks: Iterable[Task]) -> Any:
    return Task.objects.filter(pk__in=[task.pk for task in tasks]).open()


def add_task(
    *,
    account: Account,
    title: str,
    due_on: date,
    by: User,
    on: date,
    owner: Owner | None = None,
    subject: Subject | None = None,
    note: str = "",
    step: str = "",
) -> Task:
    """Write a task of one's own; without an owner it is the writer's, without a subject it is about the account.

    `step` names what it stands for on a page, such as a step to green.
    """
    kind, pk = subject or ("account", account.pk)
    with audited(by=by, why="playbooks.add_task"):
        return Task.objects.create(
            account=account,
            subject_kind=kind,
            subject_id=pk,
            title=title.strip(),
            note=note.strip(),
            step=step,
            owner=owner or Owner.objects.of(by),
            due_on=due_on,
            created_on=on,
            created_by=by,
        )


def add_note(*, account: Account, text: str, by: User, on: date, subject: Subject | None = None) -> Note:
    """A line in the journal of an account, dated `on`."""
    kind, pk = subject or ("", None)
    with audited(by=by, why="playbooks.add_note"):
        return Note.objects.create(account=account, text=text.strip(), on=on, by=by, subject_kind=kind, subject_id=pk)
