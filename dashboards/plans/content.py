"""What stands in a plan, as page and paper read it: its points, what the data suggest, its actions by quarter."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.doors import opens
from core.free_text import free_text
from expansion.models import AccountPlan, PlanAction, PlanPoint
from expansion.plan_words import hint_text
from expansion.queries.plan_hints import hints
from expansion.rules.plan import quarter_of

PLACES = {"opportunity": "sales:opportunity", "renewal": "renewals:renewal", "asset": "dashboards:asset"}


def points(row: AccountPlan, user: Any) -> dict[str, list[PlanPoint]]:
    """What stands in the plan, open first. One query."""
    found: dict[str, list[PlanPoint]] = {"opportunity": [], "risk": []}
    rows = PlanPoint.objects.visible_to(user).filter(plan=row).select_related("noted_by")
    for point in sorted(rows, key=lambda p: (p.ended_on is not None, p.pk)):
        found[point.side].append(point)
    return found


def suggested(row: AccountPlan, user: Any, on: date) -> dict[str, list[Any]]:
    """What the data suggest and nobody took over yet."""
    found: dict[str, list[Any]] = {"opportunity": [], "risk": []}
    for hint in hints(row, user, on):
        if not hint.taken:
            place = PLACES.get(hint.source[0], "")
            url = reverse(place, args=[hint.source[1]]) if place and opens(place, user) else ""
            key = f"{hint.source[0]}:{hint.source[1]}"
            found[hint.side].append({"text": hint_text(hint, user), "hint": hint, "url": url, "key": key})
    return found


def quarters(row: AccountPlan, user: Any, on: date) -> list[dict[str, Any]]:
    """The four quarters with their actions; what lies in another year stands in a fifth. One query."""
    found: list[dict[str, Any]] = [
        {"name": f"Q{n}", "actions": [], "now": (row.year, n) == (on.year, quarter_of(on))} for n in range(1, 5)
    ]
    other: dict[str, Any] = {"name": _("Another year"), "actions": [], "now": False}
    rows = PlanAction.objects.visible_to(user).filter(plan=row).exclude(task__closed_on__isnull=False)
    for action in rows.select_related("task__owner", "review").order_by("task__due_on", "pk"):
        task = action.task
        action.late = action.open and task.due_on < on  # type: ignore[attr-defined]
        here = found[quarter_of(task.due_on) - 1] if task.due_on.year == row.year else other
        here["actions"].append(action)
    return [*found, other] if other["actions"] else found


def standfirst(by_quarter: list[dict[str, Any]], reader: Any, on: date) -> str:
    """The next step that is agreed, or that there is none."""
    ahead = [a for q in by_quarter for a in q["actions"] if a.open]
    step = min((a for a in ahead if a.task.due_on >= on), key=lambda a: a.task.due_on, default=None)
    if step is None:
        return _("No next step is agreed: nobody does anything for this plan.")
    return _("Next: %(what)s, %(who)s.") % {"what": free_text(step.task.title, reader), "who": step.task.owner.name}
