"""Turning the steps of a milestone into tasks: releases, tasks and messages of many plays in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from django.db import connection

from core.bulk import copy_rows, new_ids
from playbooks.actions.firing import late_days
from playbooks.library import LEAD, Playbook, Step
from playbooks.queries import WorkingDays, working_days
from playbooks.rules import Rung, task_due_on


class Due(NamedTuple):
    """One play that reached a milestone. `country` is that of the account, whose holidays its tasks keep.

    `lead_id` gets the steps of the lead, with `note`; `tag` tells apart steps that a play may have several times.
    `instead` are steps that take the place of those with the same key; a `held` one makes no task: one like it waits.
    """

    firing_id: int
    rung: Rung
    play_id: int
    account_id: int
    owner_id: int
    subject_kind: str
    subject_id: int
    value: Decimal | None
    reopened: bool
    country: str = ""
    lead_id: int | None = None
    note: str = ""
    tag: str = ""
    instead: tuple[Step, ...] = ()
    held: bool = False


@dataclass(frozen=True)
class Message:
    """What the outbox tells about a firing. `key` makes it unique and stable; without an owner it is for whoever
    listens from outside."""

    key: str
    kind: str
    owner_id: int | None
    subject_kind: str
    subject_id: int
    payload: dict[str, Any]


def release(due: Sequence[Due], book: Playbook, on: date) -> int:
    """Write a release for each, and a task for each step that is not already open; answers how many tasks."""
    ids = new_ids("playbooks_release", len(due))
    copy_rows(
        "playbooks_release",
        ("id", "play_id", "firing_id", "milestone", "late_days"),
        (
            (pk, d.play_id, d.firing_id, d.rung.milestone, late_days(d.rung.due_on, on))
            for pk, d in zip(ids, due, strict=True)
        ),
        same={"released_on": on},
    )
    return _write_tasks(list(zip(ids, due, strict=True)), book, on)


_TASK = (
    "account_id",
    "play_id",
    "release_id",
    "step",
    "subject_kind",
    "subject_id",
    "title",
    "note",
    "owner_id",
    "value_reporting",
    "milestone_on",
    "due_on",
)


def _write_tasks(released: Sequence[tuple[int, Due]], book: Playbook, on: date) -> int:
    present = _present([d.play_id for _, d in released if d.reopened])
    days = working_days(on)
    rows = []
    for pk, due in released:
        for step in _steps(book, due):
            key = _key(step, due, present)
            if key:
                rows.append(_task(pk, due, step, key, on, days))
    copy_rows("playbooks_task", _TASK, rows, same={"created_on": on, "snoozed_reason": "", "closed_reason": ""})
    return len(rows)


def _steps(book: Playbook, due: Due) -> list[Step]:
    instead = {step.key: step for step in due.instead}
    return [] if due.held else [instead.get(step.key, step) for step in book.released_by(due.rung.milestone)]


def _task(pk: int, due: Due, step: Step, key: str, on: date, days: WorkingDays) -> tuple[Any, ...]:
    lead_id = due.lead_id if step.owner == LEAD else None
    due_on = days.on_or_after(task_due_on(due.rung.due_on, step.due_days, on), due.country)
    return (
        due.account_id,
        due.play_id,
        pk,
        key,
        due.subject_kind,
        due.subject_id,
        step.title,
        due.note if lead_id else "",
        lead_id or due.owner_id,
        due.value,
        due.rung.due_on,
        due_on,
    )


def _key(step: Step, due: Due, present: dict[tuple[int, str], bool]) -> str:
    """The step's key; with its date where the step was done for an earlier one; empty while it is still open."""
    plain = step.key + due.tag
    open_now = present.get((due.play_id, plain))
    if open_now is None:
        return plain
    dated = f"{plain}@{due.rung.anchor_on.isoformat()}"
    return "" if open_now or (due.play_id, dated) in present else dated


def _present(play_ids: Sequence[int]) -> dict[tuple[int, str], bool]:
    """The steps these plays have as tasks, and whether they are open."""
    if not play_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT play_id, step, done_on IS NULL AND closed_on IS NULL FROM playbooks_task"
            " WHERE play_id = ANY(%s) AND step <> ''",
            [list(play_ids)],
        )
        return {(play, step): is_open for play, step, is_open in cursor.fetchall()}


def announce(messages: Sequence[Message]) -> None:
    """Put what was fired into the outbox, in the same transaction."""
    copy_rows(
        "core_outbox",
        ("dedupe_key", "kind", "subject_kind", "subject_id", "destination", "payload"),
        (
            (m.key, m.kind, m.subject_kind, m.subject_id, _destination(m), orjson.dumps(m.payload).decode())
            for m in messages
        ),
        same={"error": ""},
    )


def _destination(message: Message) -> str:
    return f"owner:{message.owner_id}" if message.owner_id else ""
