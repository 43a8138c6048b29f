"""Working a renewal: its next step and stage, who does it, when we look again.

Each verb locks its rows among those that `by` may change; a row outside is as if it did not exist
(`Renewal.DoesNotExist`). What makes no sense is refused with a sentence (`WorkRefused`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import Owner, User
from core.reach import Level, reach_of
from playbooks.models import Note, Play, Task
from renewals.models import Renewal, Stage


class WorkRefused(ValueError):
    """Why this cannot be done, as a sentence for the person who asked."""


class Conflict(WorkRefused):
    """Somebody else changed the renewal since it was read: `who` and when (`at`), as far as the trail says."""

    def __init__(self, who: str, at: datetime | None) -> None:
        self.who, self.at = who, at
        super().__init__(
            _("%(who)s changed this renewal meanwhile. Look at what stands there now, then save again.") % {"who": who}
        )


class NotAll(WorkRefused):
    """Some of the chosen renewals cannot be done, so none was: `rows` holds a sentence for each of those."""

    def __init__(self, rows: list[str]) -> None:
        self.rows = rows
        super().__init__(_("Nothing was changed, because some of the chosen renewals cannot be done."))


Seen = Mapping[int, int]


@dataclass(frozen=True)
class Work:
    """What a person says about a renewal in one go: its stage, and the next step with its date."""

    stage: str
    next_step: str
    next_step_on: date | None


def save_work(*, renewal: int, work: Work, version: int, by: User) -> Renewal:
    """Save stage and next step, if nobody changed the renewal since `version` was read (G-13)."""
    if work.stage not in Stage.values:
        raise WorkRefused(_("Choose a stage from the list."))
    with audited(by=by, why="renewals.save_work"):
        row = _locked([renewal], by)[0]
        check_version(row, version)
        row.stage, row.next_step, row.next_step_on = work.stage, work.next_step.strip(), work.next_step_on
        row.version += 1
        row.save(update_fields=["stage", "next_step", "next_step_on", "version"])
        _touch([row])
        return row


def assign(*, renewals: Iterable[int], owner: int, by: User, seen: Seen | None = None) -> int:
    """Give these renewals to a person or a pool; their plays and the open tasks of their old owners follow.

    With `seen`, the version of each as the person saw it, one that changed since refuses all (`NotAll`).
    """
    chosen = assignable_owners(by).filter(pk=owner).first()
    if chosen is None:
        raise WorkRefused(_("Choose somebody from the list."))
    with audited(by=by, why="renewals.assign"):
        rows = [r for r in _unchanged(_locked(renewals, by), seen) if r.owner_id != chosen.pk]
        _give(rows, chosen)
        return len(rows)


def take(*, renewals: Iterable[int], by: User) -> int:
    """From a pool to oneself, with the open tasks of the pool; what a person has already is refused (CT-20)."""
    with audited(by=by, why="renewals.take"):
        rows = _locked(renewals, by)
        for row in rows:
            if not row.owner.is_pool:
                raise WorkRefused(_("%(owner)s has taken it already.") % {"owner": row.owner})
        _give(rows, Owner.objects.of(by))
        return len(rows)


def _give(rows: list[Renewal], to: Owner) -> None:
    _tasks_that_follow(rows).update(owner=to)
    Play.objects.filter(pk__in=[r.play_id for r in rows]).update(owner=to)
    _write(rows, owner=to, owner_chosen=True)


def move_next_step(*, renewals: Iterable[int], next_step_on: date, by: User, seen: Seen | None = None) -> int:
    """Move the date of the next step; a renewal without a next step is refused, a date alone is no plan."""
    with audited(by=by, why="renewals.move_next_step"):
        rows = _unchanged(_locked(renewals, by), seen)
        without = [r for r in rows if not r.next_step]
        if without:
            raise NotAll(_sentences(without, _("%(renewal)s has no next step yet: write one first.")))
        _touch(rows)
        return _write(rows, next_step_on=next_step_on)


def snooze(*, renewals: Iterable[int], until: date, reason: str, by: User, on: date, seen: Seen | None = None) -> int:
    """Put these aside until a day, with a reason (G-10)."""
    if until <= on:
        raise WorkRefused(_("Choose a day after today."))
    if not reason.strip():
        raise WorkRefused(_("Say why it can wait."))
    with audited(by=by, why="renewals.snooze"):
        rows = _unchanged(_locked(renewals, by), seen)
        return _write(rows, snoozed_until=until, snoozed_reason=reason.strip())


def wake(*, renewals: Iterable[int], by: User) -> int:
    """Take these back into the queue."""
    with audited(by=by, why="renewals.wake"):
        return _write(_locked(renewals, by), snoozed_until=None, snoozed_reason="")


def write_note(*, renewal: int, text: str, by: User, on: date) -> Note:
    """A line in the journal of the account, about this renewal."""
    if not text.strip():
        raise WorkRefused(_("Write what was said."))
    with audited(by=by, why="renewals.write_note"):
        row = _locked([renewal], by, decided=True)[0]
        return Note.objects.create(
            account_id=row.account_id, subject_kind="renewal", subject_id=row.pk, on=on, by=by, text=text.strip()
        )


def assignable_owners(user: User) -> Any:
    """Persons and pools to whom this user may give work: those of their teams, or all for who sees everything."""
    rows = Owner.objects.filter(Q(user__isnull=True) | Q(user__is_active=True)).order_by("name", "pk")
    reach = reach_of(user)
    return rows if reach.level is Level.ALL else rows.filter(pk__in=reach.owners)


def check_version(row: Renewal, version: int) -> None:
    """Raise `Conflict` where the row has moved on since `version` was read."""
    if row.version != version:
        who, at = last_change(row)
        raise Conflict(who, at)


def last_change(row: Renewal) -> tuple[str, datetime | None]:
    """Who changed this renewal last, and when."""
    event = row.audit_events.select_related("pgh_context").order_by("-pgh_id").first()  # type: ignore[attr-defined]
    pk = (event.pgh_context.metadata if event and event.pgh_context else {}).get("user")
    person = User.objects.filter(pk=pk).first() if pk else None
    return (person.shown_name if person else _("Somebody else")), event and event.pgh_created_at


def _locked(ids: Iterable[int], by: User, *, decided: bool = False) -> list[Renewal]:
    chosen = sorted(set(ids))
    rows = Renewal.objects.changeable_by(by).filter(pk__in=chosen).order_by("pk").select_for_update(of=("self",))
    rows = rows.select_related("owner")
    found = list(rows)
    if not chosen or len(found) != len(chosen):
        raise Renewal.DoesNotExist
    if not decided and any(r.decided_on for r in found):
        raise WorkRefused(_("This renewal is decided."))
    return found


def _unchanged(rows: list[Renewal], seen: Seen | None) -> list[Renewal]:
    """These rows, if each still has the version that was seen."""
    changed = [r for r in rows if seen is not None and r.version != seen.get(r.pk)]
    if changed:
        raise NotAll(_sentences(changed, _("%(renewal)s was changed meanwhile. Look at what stands there now.")))
    return rows


def _sentences(rows: list[Renewal], said: str) -> list[str]:
    """`said` of each of these, which it names by account and contract."""
    named = Renewal.objects.filter(pk__in=[r.pk for r in rows]).order_by("decides_on", "pk")
    names = named.values_list("account__name", "term__contract__number")
    return [said % {"renewal": f"{account}, {number}"} for account, number in names]


def _write(rows: list[Renewal], **values: Any) -> int:
    return Renewal.objects.filter(pk__in=[r.pk for r in rows]).update(version=F("version") + 1, **values)


def _touch(rows: list[Renewal]) -> None:
    """A plan stands as it is today, on every date since the renewal was opened."""
    if rows:
        since = min(r.opened_on for r in rows)
        touch("renewal", [r.pk for r in rows], since=since, account_of={r.pk: r.account_id for r in rows})


def _tasks_that_follow(rows: list[Renewal]) -> Any:
    """Open tasks of these plays that the owner of the play had; those given to somebody else stay there."""
    plays = [r.play_id for r in rows]
    return Task.objects.open().filter(play_id__in=plays, owner_id=F("play__owner_id"))
