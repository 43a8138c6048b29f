"""Work that still makes sense: tasks whose subject lives on, in order of what is at stake."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from core.models import User
from core.reach import reach_of
from installed_base.models import Asset, Term, TermSuccession
from playbooks.models import Task
from renewals.models import Renewal
from sales.models import Opportunity
from sales.rules import CLOSED_STAGES

HORIZON_DAYS = 7
MOST_SHOWN = 100
MOST_SETTLED = 20


@dataclass
class Group:
    """Tasks of one day, of all days before today, or of the rest of the week; `rows` are those that a page shows."""

    key: str
    on: date | None
    tasks: list[Task] = field(default_factory=list)
    rows: list[Task] = field(default_factory=list)


@dataclass(frozen=True)
class Work:
    """What lies on somebody's desk. `value` counts each subject once, however many tasks it has."""

    groups: list[Group]
    count: int
    late: int
    value: Decimal
    unknown: int
    later: int

    @property
    def first(self) -> Task | None:
        return self.groups[0].tasks[0] if self.groups else None

    @property
    def shown(self) -> int:
        return sum(len(group.tasks) for group in self.groups)


def live(rows: Any, on: date) -> Any:
    """Open tasks without those of a playbook whose reason is gone, even before the bell has closed them.

    Gone is: the play closed, the renewal decided, the term terminated or renewed, the deal decided, the machine out of
    service. What a person wrote down themselves stays until they say so.
    """
    about = {"pk": OuterRef("subject_id")}
    gone = (
        Q(play__closed_on__isnull=False)
        | Exists(Renewal._base_manager.filter(play=OuterRef("play"), decided_on__isnull=False))
        | _gone("term", Term._base_manager.filter(terminated_on__lte=on, **about))
        | _gone("term", TermSuccession.objects.filter(term=OuterRef("subject_id"), successor__starts_on__lte=on))
        | _gone(
            "renewal",
            Renewal._base_manager.filter(Q(decided_on__isnull=False) | Q(term__terminated_on__lte=on), **about),
        )
        | _gone("opportunity", Opportunity._base_manager.filter(stage__in=CLOSED_STAGES, **about))
        | _gone("asset", Asset._base_manager.filter(taken_out_on__lte=on, **about))
    )
    return rows.open().exclude(Q(play__isnull=False) & gone)


def _gone(kind: str, rows: Any) -> Q:
    return Q(subject_kind=kind) & Q(Exists(rows))


def my_tasks(user: User, on: date) -> QuerySet[Task]:
    """Live tasks of this user and of their pools, as far as they are not put off."""
    rows = Task.objects.changeable_by(user).filter(owner_id__in=reach_of(user).own)
    return live(rows, on).filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=on))


def work_of(user: User, on: date) -> Work:
    """Overdue work and that of the coming week. Two queries."""
    until = on + timedelta(days=HORIZON_DAYS)
    rows = my_tasks(user, on)
    near = rows.filter(due_on__lte=until)
    late_first = Case(When(due_on__lt=on, then=Value(0)), default=Value(1), output_field=IntegerField())
    shown = (
        near.annotate(late_first=late_first)
        .annotate(day=Case(When(due_on__lt=on, then=None), default=F("due_on")))
        .order_by("late_first", "day", F("value_reporting").desc(nulls_last=True), "due_on", "pk")
        .select_related("account", "owner__user", "owner__team", "play", "release")[:MOST_SHOWN]
    )
    return Work(groups=_grouped(list(shown), on), **_sums(rows, on, until))


def _sums(rows: Any, on: date, until: date) -> dict[str, Any]:
    """Counts of tasks, and what is at stake, each subject once. One query."""
    near, some = Q(due_on__lte=until), Value(0)
    about = rows.order_by().values("subject_kind", "subject_id")
    subjects = about.annotate(
        soon=Count("pk", distinct=True, filter=near),
        behind=Count("pk", distinct=True, filter=Q(due_on__lt=on)),
        after=Count("pk", distinct=True, filter=Q(due_on__gt=until)),
        at_stake=Max("value_reporting", filter=near),
    )
    return dict(
        subjects.aggregate(
            count=Coalesce(Sum("soon"), some),
            late=Coalesce(Sum("behind"), some),
            later=Coalesce(Sum("after"), some),
            value=Coalesce(Sum("at_stake"), Value(Decimal(0))),
            unknown=Count("subject_id", filter=Q(soon__gt=0, at_stake__isnull=True)),
        )
    )


def _grouped(tasks: list[Task], on: date) -> list[Group]:
    """Overdue, the first day that has work, and the rest of the week."""
    groups: list[Group] = []
    for task in tasks:
        key = _key(task, on, groups)
        if not groups or groups[-1].key != key:
            groups.append(Group(key, None if key == "overdue" else task.due_on))
        groups[-1].tasks.append(task)
    return groups


def _key(task: Task, on: date, groups: list[Group]) -> str:
    if task.due_on < on:
        return "overdue"
    day = next((group for group in groups if group.key in ("today", "day")), None)
    if day is None or day.on == task.due_on:
        return "today" if task.due_on == on else "day"
    return "week"


def settled(user: User, on: date) -> tuple[list[Task], list[Task]]:
    """Own tasks out of sight, the nearest day first, and what this user did today, which can still be taken back. One
    query."""
    rows = list(_put_off(user, on).union(_done_today(user, on), all=True))
    waiting, done = [t for t in rows if t.done_on is None], [t for t in rows if t.done_on]
    waiting.sort(key=lambda t: (t.snoozed_until, t.pk))
    return waiting, sorted(done, key=lambda t: -t.pk)


def _put_off(user: User, on: date) -> Any:
    rows = Task.objects.changeable_by(user).filter(owner_id__in=reach_of(user).own, snoozed_until__gt=on)
    return live(rows, on).select_related("account").order_by("snoozed_until", "pk")[:MOST_SETTLED]


def _done_today(user: User, on: date) -> Any:
    rows = Task.objects.changeable_by(user).filter(done_on=on, done_by=user)
    return rows.select_related("account").order_by("-pk")[:MOST_SETTLED]
