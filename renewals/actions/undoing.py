"""Taking back what was done to many renewals at once, as long as nobody has touched them since."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from core.scope import unguarded
from playbooks.models import Play, Task
from renewals.actions.working import NotAll
from renewals.models import Renewal

FIELDS = ("owner_id", "next_step_on", "snoozed_until", "snoozed_reason")


@dataclass(frozen=True)
class Kept:
    """How a renewal stood before: plain values, that a session can hold. `tasks` are those that follow its owner."""

    pk: int
    version: int
    owner_id: int
    next_step_on: str
    snoozed_until: str
    snoozed_reason: str
    tasks: tuple[int, ...] = ()


def keep(ids: Iterable[int]) -> list[dict[str, Any]]:
    """What `restore` needs to put these renewals back. The caller has asked what the user may change. Two queries."""
    with unguarded():
        rows = list(Renewal.objects.filter(pk__in=list(ids)).order_by("pk"))
        tasks = Task.objects.open().filter(play__in=[r.play_id for r in rows], owner_id=F("play__owner_id"))
        of_play: dict[int, list[int]] = {}
        for pk, play in tasks.order_by("pk").values_list("pk", "play_id"):
            of_play.setdefault(play, []).append(pk)
    return [asdict(_kept(row, tuple(of_play.get(row.play_id, ())))) for row in rows]


def _kept(row: Renewal, tasks: tuple[int, ...]) -> Kept:
    return Kept(
        row.pk, row.version, row.owner_id, _text(row.next_step_on), _text(row.snoozed_until), row.snoozed_reason, tasks
    )


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def restore(*, kept: Sequence[dict[str, Any]], by: User) -> int:
    """Put these renewals back as they stood before the one act that came since; answers how many.

    All or none: one that was changed again, decided, or is out of reach refuses with a sentence for each (`NotAll`).
    """
    before = {found.pk: found for found in (Kept(**values) for values in kept)}
    with audited(by=by, why="renewals.undo"):
        rows = list(
            Renewal.objects.changeable_by(by).filter(pk__in=before).order_by("pk").select_for_update(of=("self",))
        )
        ready = {r.pk for r in rows if not r.decided_on and r.version in _expected(before[r.pk])}
        if len(ready) != len(before):
            raise NotAll(_cannot(set(before) - ready, by))
        changed = [r for r in rows if r.version != before[r.pk].version]
        for row in changed:
            _put_back(row, before[row.pk])
        Renewal.objects.bulk_update(changed, [*FIELDS, "version"])
        if changed:
            since = min(r.opened_on for r in changed)
            touch("renewal", [r.pk for r in changed], since=since, account_of={r.pk: r.account_id for r in changed})
        return len(changed)


def _expected(kept: Kept) -> tuple[int, int]:
    """Untouched by the act, or touched by it alone."""
    return kept.version, kept.version + 1


def _put_back(row: Renewal, kept: Kept) -> None:
    if row.owner_id != kept.owner_id:
        Task.objects.open().filter(pk__in=kept.tasks, owner_id=row.owner_id).update(owner_id=kept.owner_id)
        Play.objects.filter(pk=row.play_id).update(owner_id=kept.owner_id)
    row.owner_id, row.snoozed_reason = kept.owner_id, kept.snoozed_reason
    row.next_step_on, row.snoozed_until = _day(kept.next_step_on), _day(kept.snoozed_until)
    row.version += 1


def _cannot(ids: set[int], by: User) -> list[str]:
    said = _("%(renewal)s was changed meanwhile and stays as it is.")
    rows = Renewal.objects.visible_to(by).filter(pk__in=ids).order_by("decides_on", "pk")
    names = rows.values_list("account__name", "term__contract__number")
    return [said % {"renewal": f"{account}, {number}"} for account, number in names]
