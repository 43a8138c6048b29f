"""Who changed what in a plan, and when: read from the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import User
from expansion.models import AccountPlan, PlanPoint

MOST = 20
_FIELDS = {
    "aim": gettext_lazy("Aim"),
    "situation": gettext_lazy("Situation in words"),
    "decision": gettext_lazy("Decision in words"),
    "decision_on": gettext_lazy("Moment of decision"),
    "owner_id": gettext_lazy("Who leads it"),
}


@dataclass(frozen=True)
class Change:
    """One change: its moment, who made it, and what it was; `words` are somebody's own."""

    at: datetime
    who: str
    what: str
    words: str = ""


def changes(plan: AccountPlan) -> list[Change]:
    """The latest changes of a plan, newest first: the plan was found within reach before. Four queries."""
    found = [*_of_plan(plan), *_of_points(plan), *_of_people(plan)]
    found.sort(key=lambda row: row[0].pgh_created_at, reverse=True)
    found = found[:MOST]
    who = _names(row[0] for row in found)
    return [Change(event.pgh_created_at, who.get(_user(event), ""), what, words) for event, what, words in found]


def _events(model: str, **of: Any) -> list[Any]:
    rows = apps.get_model("expansion", model)._base_manager.filter(**of)
    return list(rows.select_related("pgh_context").order_by("pgh_id"))


def _of_plan(plan: AccountPlan) -> Iterable[tuple[Any, str, str]]:
    before = None
    for event in _events("AccountPlanAudit", pgh_obj=plan.pk):
        if before is None:
            yield event, _("The plan was opened"), ""
        else:
            changed = [str(label) for name, label in _FIELDS.items() if getattr(event, name) != getattr(before, name)]
            if changed:
                yield event, _("Changed: %(parts)s") % {"parts": ", ".join(changed)}, ""
        before = event


def _of_points(plan: AccountPlan) -> Iterable[tuple[Any, str, str]]:
    outcomes = dict(PlanPoint.Outcome.choices)
    seen: set[int] = set()
    for event in _events("PlanPointAudit", plan=plan.pk):
        if event.id in seen:
            what = outcomes.get(event.outcome) or _("Open again")
        else:
            what = _("New risk") if event.side == PlanPoint.Side.RISK else _("New opportunity")
        seen.add(event.id)
        yield event, str(what), event.text


def _of_people(plan: AccountPlan) -> Iterable[tuple[Any, str, str]]:
    for event in _events("PlanPersonAudit", plan=plan.pk):
        yield event, _("Left out of the decision") if event.out_on else _("Part in the decision"), ""


def _user(event: Any) -> int | None:
    context = event.pgh_context
    return context.metadata.get("user") if context else None


def _names(events: Iterable[Any]) -> dict[int | None, str]:
    ids = {pk for event in events if (pk := _user(event))}
    return {user.pk: user.shown_name for user in User.objects.filter(pk__in=ids)}
