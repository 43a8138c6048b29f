"""Everything the page of one renewal shows, read in a few sets whatever its history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, CharField, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject, NullIf, Trim

from core.models import User
from core.policies import policy_on
from health.models import Spell
from health.queries.steps import by_measure, of_steps
from health.rules import Tier
from installed_base.models import Contact, ContactMoment, Coverage
from installed_base.rules import age_in_years
from playbooks.models import Firing, Note, Task
from renewals.models import Renewal
from renewals.queries.forecast import with_forecast
from renewals.rules import MilestonePolicy

WATCHED = ("stage", "next_step", "next_step_on", "owner_id", "decides_on", "ends_on", "snoozed_until", "outcome")


@dataclass(frozen=True)
class Change:
    """One change in the trail: when, who, and what went from where to where."""

    at: Any
    who: str
    fields: list[tuple[str, Any, Any]]
    why: str


@dataclass(frozen=True)
class Line:
    """A machine on the contract; its age in full years, None where unknown."""

    coverage: Coverage
    age: int | None


def visible_renewals(user: User) -> Any:
    """What the page needs of a renewal, and whether this user may change it."""
    mine = Renewal.objects.changeable_by(user).filter(pk=OuterRef("pk"))
    related = ("account", "term", "term__contract", "term__level", "owner", "decided_by")
    rows = Renewal.objects.visible_to(user).select_related(*related, "play")
    return with_forecast(rows).annotate(may_change=Exists(mine), stood=_stood(), told=_told(user), spoke=_spoke(user))


def _stood() -> ArraySubquery:
    """The spells of its customer in a tier of health, oldest first."""
    rows = Spell._base_manager.filter(account=OuterRef("account")).order_by("began_on")
    return ArraySubquery(rows.values(row=JSONObject(tier="tier", began_on="began_on", ended_on="ended_on")))


def tier_in(renewal: Any, on: date) -> Tier:
    """The tier of its customer on a day, out of what was read with `visible_renewals`."""
    day = on.isoformat()
    stood = [s for s in renewal.stood if s["began_on"] <= day and (s["ended_on"] is None or s["ended_on"] > day)]
    return Tier(stood[-1]["tier"]) if stood else Tier.UNKNOWN


def tasks_of(renewal: Renewal, user: User) -> tuple[list[Task], dict[str, Task]]:
    """Those of its play, and those that stand for the customer's steps to green, by measure. One query."""
    rows = Task.objects.visible_to(user).filter(Q(play_id=renewal.play_id) | of_steps(renewal.account_id))
    found = list(rows.select_related("owner", "done_by", "release__firing").order_by("due_on", "pk"))
    return [t for t in found if t.play_id == renewal.play_id], by_measure(t for t in found if t.closed_on is None)


def firings_of(renewal: Renewal, user: User) -> list[Firing]:
    """Every milestone of this term that was met, fired or passed over."""
    about = Q(subject_kind="term", subject_id=renewal.term_id) | Q(subject_kind="renewal", subject_id=renewal.pk)
    return list(Firing.objects.visible_to(user).filter(about, rule__startswith="renewal.").order_by("due_on", "pk"))


def _told(user: User) -> ArraySubquery:
    """The latest notes about it, latest first."""
    rows = Note.objects.visible_to(user).filter(subject_kind="renewal", subject_id=OuterRef("pk"))
    name = {"first": "by__first_name", "last": "by__last_name", "username": "by__username"}
    found = rows.order_by("-on", "-pk").values(row=JSONObject(on="on", text="text", by="by", **name))
    return ArraySubquery(found[:50])


def notes_of(renewal: Any) -> list[Note]:
    """The notes that were read with `visible_renewals`, latest first: their day, their text and who wrote them."""
    return [_note(row) for row in renewal.told]


def _note(row: dict[str, Any]) -> Note:
    who = User(pk=row["by"], first_name=row["first"], last_name=row["last"], username=row["username"])
    return Note(on=date.fromisoformat(row["on"]), text=row["text"], by=who if row["by"] else None)


def _spoke(user: User) -> ArraySubquery:
    """The latest calls, meetings, visits and messages about it, latest first, with the person spoken with."""
    rows = ContactMoment.objects.visible_to(user).filter(subject_kind="renewal", subject_id=OuterRef("pk"))
    name = {"first": "by__first_name", "last": "by__last_name", "username": "by__username"}
    whom = {"whom": "contact__name", "role": "contact__role"}
    row = JSONObject(on="on", kind="kind", note="note", by="by", **name, **whom)
    return ArraySubquery(rows.order_by("-on", "-pk").values(row=row)[:50])


def moments_of(renewal: Any) -> list[ContactMoment]:
    """The moments that were read with `visible_renewals`, latest first: their day, kind, note, and who spoke."""
    return [_moment(row) for row in renewal.spoke]


def _moment(row: dict[str, Any]) -> ContactMoment:
    who = User(pk=row["by"], first_name=row["first"], last_name=row["last"], username=row["username"])
    whom = Contact(name=row["whom"], role=row["role"]) if row["role"] else None
    on = date.fromisoformat(row["on"])
    return ContactMoment(on=on, kind=row["kind"], note=row["note"], by=who if row["by"] else None, contact=whom)


def lines_of(renewal: Renewal, user: User, on: date) -> list[Line]:
    """The machines of the term, oldest first; those whose age nobody knows last."""
    found = Coverage.objects.visible_to(user).filter(term_id=renewal.term_id)
    rows = found.select_related("asset", "asset__product", "asset__site")
    lines = [Line(c, age_in_years(c.asset.installed_on, on) if c.asset.installed_on else None) for c in rows]
    return sorted(lines, key=lambda line: (line.age is None, -(line.age or 0), line.coverage.pk))


def changes_of(renewal: Renewal, limit: int = 60) -> list[Change]:
    """What people and the product changed, latest first, with who and why. One query."""
    audit = apps.get_model("renewals.RenewalAudit")
    name = Trim(Concat("first_name", Value(" "), "last_name"))
    who = User.objects.filter(pk=OuterRef("by")).annotate(name=Coalesce(NullIf(name, Value("")), "username"))
    events = (
        audit.objects.filter(pgh_obj_id=renewal.pk)
        .annotate(
            by=Cast(KeyTextTransform("user", "pgh_context__metadata"), BigIntegerField()),
            why=KeyTextTransform("why", "pgh_context__metadata"),
            owner_name=F("owner__name"),
        )
        .annotate(who=Subquery(who.values("name")[:1], output_field=CharField()))
        .order_by("-pgh_id")[: limit + 1]
    )
    rows = list(events)
    changes = [_change(now, before) for now, before in zip(rows, [*rows[1:], None], strict=True)]
    return [change for change in changes if change is not None][:limit]


def _change(now: Any, before: Any) -> Change | None:
    if before is None:
        return None
    fields = [
        (name, _value(before, name), _value(now, name))
        for name in WATCHED
        if getattr(now, name) != getattr(before, name)
    ]
    return Change(now.pgh_created_at, now.who or "", fields, now.why or "") if fields else None


def _value(event: Any, name: str) -> Any:
    return event.owner_name if name == "owner_id" else getattr(event, name)


def milestones_of(renewal: Renewal, on: date) -> tuple[int, ...]:
    """Days before T at which something happens, the gate first, by the policy of that day for such a contract."""
    policy = policy_on(MilestonePolicy, on).values.of(renewal.term.contract.kind, renewal.account.segment)
    return (policy.gate, *sorted(policy.milestones, reverse=True))


def tasks_by_milestone(tasks: Iterable[Task]) -> dict[str, list[Task]]:
    """Tasks under the milestone that released them; a person's own tasks under none."""
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(task.release.milestone if task.release else "", []).append(task)
    return found
