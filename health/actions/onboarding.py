"""What a go-live sets off: one play per start, the steps of each phase as tasks, check-ins one at a time (AD-01..04).

Open work follows the machine: its dates move with the go-live, and it closes when the machine goes.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_noop as _

from core.bulk import copy_rows
from health.rules.adoption import AdoptionPolicy, GoLive, Phase, is_over
from playbooks.actions.releasing import Due, Message, announce, new_ids, release
from playbooks.library import ONBOARDING, playbook
from playbooks.triggers import Fired, Moment

SUBJECT = "asset"
# Why the work closed by itself. English; translated when shown.
GONE = _("The machine is no longer in service")
NOT_LIVE = _("The go-live was taken back")
OVER = _("The start of this machine lies behind it")


class Work(NamedTuple):
    """A play that is there already."""

    play_id: int
    owner_id: int
    anchor_on: date | None
    closed_reason: str


def begin_starts(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """Open the play where there is none yet, and release what fell due. In one transaction."""
    present = _plays([row.facts.id for row in fired])
    fresh = {row.facts.id: row.facts for row in fired if row.facts.id not in present}
    opened = _open(list(fresh.values()), moment)
    _reopen([work.play_id for work in present.values() if work.closed_reason])
    due = [_due(row, present.get(row.facts.id), opened) for row in fired]
    tasks = release(due, playbook(ONBOARDING, moment.on), moment.on)
    begun = [row for row in fired if row.occurrence.rung.key.startswith(f"LIVE.{Phase.EARLY.value}")]
    announce([_started(row, moment) for row in begun])
    return Counter(plays=len(fresh), tasks=tasks)


_PLAY = (
    "id", "playbook", "account_id", "subject_kind", "subject_id", "owner_id", "anchor_on", "opened_on", "closed_reason",
)  # fmt: skip


def _open(machines: Sequence[GoLive], moment: Moment) -> dict[int, int]:
    ids = new_ids("playbooks_play", len(machines))
    rows = (
        (pk, ONBOARDING, m.account_id, SUBJECT, m.id, m.owner_id, m.went_live_on, moment.on, "")
        for pk, m in zip(ids, machines, strict=True)
    )
    copy_rows("playbooks_play", _PLAY, rows)
    return {m.id: pk for pk, m in zip(ids, machines, strict=True)}


def _due(row: Fired, work: Work | None, opened: dict[int, int]) -> Due:
    machine: GoLive = row.facts
    play, owner = (work.play_id, work.owner_id) if work else (opened[machine.id], machine.owner_id)
    return Due(
        row.firing_id, row.occurrence.rung, play, machine.account_id, owner, SUBJECT, machine.id, None,
        work is not None, machine.country,
    )  # fmt: skip


def _started(row: Fired, moment: Moment) -> Message:
    machine: GoLive = row.facts
    payload = {
        "firing": row.firing_id,
        "account": machine.account_id,
        "asset": machine.id,
        "went_live_on": str(machine.went_live_on),
        "on": moment.on.isoformat(),
    }
    key = f"onboarding.started:asset:{machine.id}:{row.occurrence.rung.key}"
    return Message(key, "onboarding.started", machine.owner_id, SUBJECT, machine.id, payload)


def _plays(asset_ids: Sequence[int]) -> dict[int, Work]:
    rows = _run(
        "SELECT p.subject_id, p.id, p.owner_id, p.anchor_on, p.closed_reason FROM unnest(%s::bigint[]) AS wanted(id)"
        " JOIN playbooks_play p ON p.subject_kind = %s AND p.subject_id = wanted.id AND p.playbook = %s",
        [list(asset_ids), SUBJECT, ONBOARDING],
    )
    return {asset: Work(*rest) for asset, *rest in rows}


def follow_starts(machines: Sequence[GoLive], moment: Moment) -> Counter[str]:
    """Close the work of machines that went, or whose start is over; move what follows a corrected go-live."""
    present = _plays([machine.id for machine in machines])
    closing: dict[str, list[int]] = {}
    for machine in machines:
        work = present.get(machine.id)
        if work is None:
            continue
        why = why_closed(machine, moment.policy, moment.on)
        if why and not work.closed_reason:
            closing.setdefault(why, []).append(work.play_id)
        elif not why and work.closed_reason in (GONE, NOT_LIVE):
            _reopen([work.play_id])
        if not why and machine.went_live_on != work.anchor_on:
            _move(work, machine)
    for why, plays in closing.items():
        _close(plays, why, moment.on)
    return Counter(closed=sum(map(len, closing.values())))


def why_closed(machine: GoLive, policy: AdoptionPolicy, on: date) -> str:
    """Why nothing is asked of this start any more; empty while it is."""
    if not machine.counted or (machine.taken_out_on is not None and machine.taken_out_on <= on):
        return GONE
    if machine.went_live_on is None or machine.went_live_on > on:
        return NOT_LIVE
    return OVER if is_over(machine.went_live_on, policy, on) else ""


def _move(work: Work, machine: GoLive) -> None:
    """Open steps keep their distance from the go-live; none moves before the day it was written."""
    assert machine.went_live_on is not None
    if work.anchor_on is not None:
        _run(
            "UPDATE playbooks_task SET milestone_on = milestone_on + %s, due_on = GREATEST(due_on + %s, created_on)"
            " WHERE play_id = %s AND done_on IS NULL AND closed_on IS NULL AND release_id IS NOT NULL",
            [(machine.went_live_on - work.anchor_on).days] * 2 + [work.play_id],
        )
    _run("UPDATE playbooks_play SET anchor_on = %s WHERE id = %s", [machine.went_live_on, work.play_id])


def _close(plays: Sequence[int], reason: str, on: date) -> None:
    values = [on, reason, list(plays)]
    _run("UPDATE playbooks_play SET closed_on = %s, closed_reason = %s WHERE id = ANY(%s)", values)
    _run(
        "UPDATE playbooks_task SET closed_on = %s, closed_reason = %s"
        " WHERE play_id = ANY(%s) AND done_on IS NULL AND closed_on IS NULL",
        values,
    )


def _reopen(plays: Sequence[int]) -> None:
    """With the steps that fell away at the same time."""
    if plays:
        _run(
            "UPDATE playbooks_task t SET closed_on = NULL, closed_reason = '' FROM playbooks_play p"
            " WHERE p.id = ANY(%s) AND t.play_id = p.id AND t.done_on IS NULL AND t.closed_reason = p.closed_reason",
            [list(plays)],
        )
        _run("UPDATE playbooks_play SET closed_on = NULL, closed_reason = '' WHERE id = ANY(%s)", [list(plays)])


def _run(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


__all__ = ["begin_starts", "follow_starts", "why_closed"]
