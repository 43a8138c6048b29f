"""Opening a playbook by hand, because a person decided so; no firing stands behind it."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from core.audit import audited
from core.calendar import add_months
from core.models import Owner, User
from installed_base.models import Account
from playbooks.library import Playbook, Step, playbook
from playbooks.models import Play, Task
from playbooks.queries import working_days

# Steps whose time has passed before the play began follow each other at this distance.
CATCH_UP = timedelta(days=7)


def open_play(
    *,
    key: str,
    account: Account,
    subject: tuple[str, int],
    owner: Owner,
    by: User,
    on: date,
    anchor_on: date | None = None,
    value: Decimal | None = None,
) -> Play:
    """Open one play about a subject with the steps it begins with as tasks of the owner. One that is there already is
    returned.

    Milestones count back from `anchor_on` in months ("M-18"): what lies before today begins today, what lies ahead is
    released by the day when it falls due. Without an anchor all of them begin today.
    """
    kind, pk = subject
    with audited(by=by, why="playbooks.open_play"):
        play, created = Play.objects.get_or_create(
            playbook=key,
            subject_kind=kind,
            subject_id=pk,
            defaults={
                "account": account, "owner": owner, "opened_on": on, "anchor_on": anchor_on, "value_reporting": value
            },
        )  # fmt: skip
        if created:
            Task.objects.bulk_create(_tasks(play, _opening(playbook(key, on), anchor_on, on), by, on))
        return play


def _opening(book: Playbook, anchor_on: date | None, on: date) -> list[Step]:
    """The steps that a play begins with, and those whose day before its anchor has come; others wait for theirs."""

    def begins(step: Step) -> bool:
        if not step.milestone.startswith("M-"):
            return step.milestone == "open"
        starts_on = _starts_on(step, anchor_on)
        return starts_on is None or starts_on <= on

    return [step for step in book.steps if begins(step)]


def _tasks(play: Play, steps: Iterable[Step], by: User, on: date) -> list[Task]:
    days, catching_up = working_days(on), timedelta()
    tasks = []
    for step in steps:
        starts_on = _starts_on(step, play.anchor_on)
        if starts_on is None:
            due_on = on + timedelta(days=step.due_days)
        else:
            due_on = on + timedelta(days=step.due_days) + catching_up
            catching_up += CATCH_UP
        tasks.append(_task(play, step, days.on_or_after(due_on, play.account.country), by, on))
    return tasks


def _starts_on(step: Step, anchor_on: date | None) -> date | None:
    """The day of the step's milestone; None for one that begins when the play opens."""
    months = step.milestone.removeprefix("M-")
    return add_months(anchor_on, -int(months)) if anchor_on and months.isdecimal() else None


def _task(play: Play, step: Step, due_on: date, by: User, on: date) -> Task:
    return Task(
        account_id=play.account_id,
        play=play,
        step=step.key,
        subject_kind=play.subject_kind,
        subject_id=play.subject_id,
        title=step.title,
        note=step.guide,
        owner=play.owner,
        value_reporting=play.value_reporting,
        due_on=due_on,
        created_on=on,
        created_by=by,
    )
