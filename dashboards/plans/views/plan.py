"""One account plan: a document that is read, printed, and written section by section."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.asking import PersonRequest
from core.context import find_url
from core.free_text import free_text
from core.reach import reach_of
from dashboards.plans.history import changes
from dashboards.plans.situation import situation
from dashboards.plans.views.door import may_change, visible
from expansion.models import AccountPlan, PlanAction, PlanPoint, ReviewItem
from expansion.plan_words import hint_text
from expansion.queries.plan_hints import hints
from expansion.rules.plan import quarter_of

PLACES = {"opportunity": "sales:opportunity", "renewal": "renewals:renewal", "asset": "dashboards:asset"}


@login_required
@require_safe
def plan(request: PersonRequest, pk: int) -> HttpResponse:
    row, user, on = visible(request, pk), request.user, clock.today()
    reach = reach_of(user)
    points, suggested = _points(row, user), _hints(row, user, on)
    quarters = _quarters(row, user, on)
    now = situation(row, user, on)
    context = {
        "plan": row,
        "on": on,
        "trail": [
            (f"{reverse('dashboards:plans')}?year={row.year}", _("Account plans")),
            (find_url("dashboards:account", row.account_id), row.account.name),
        ],
        "now": now,
        "deciders": [person for person in now["people"] if person["part"]],
        "standfirst": _standfirst(quarters, user, on),
        "may": may_change(request, row),
        "sees_prices": reach.sees_prices,
        "sees_names": reach.sees_names,
        "parts": [
            (side, title, question, points[side], suggested[side], _ends(side))
            for side, title, question in (
                ("opportunity", _("Opportunities"), _("What can grow here: upsell, cross-sell, replacement")),
                ("risk", _("Risks"), _("What may go wrong: contracts, competitors, people, their organisation")),
            )
        ],
        "quarters": quarters,
        "reviews": _reviews(row, user),
        "changes": changes(row),
    }
    return render(request, "dashboards/plan_detail.html", context)


def _standfirst(quarters: list[dict[str, Any]], reader: Any, on: date) -> str:
    ahead = [a for q in quarters for a in q["actions"] if a.open]
    step = min((a for a in ahead if a.task.due_on >= on), key=lambda a: a.task.due_on, default=None)
    if step is None:
        return _("No next step is agreed: nobody does anything for this plan.")
    return _("Next: %(what)s, %(who)s.") % {"what": free_text(step.task.title, reader), "who": step.task.owner.name}


def _points(row: AccountPlan, user: Any) -> dict[str, list[PlanPoint]]:
    """What stands in the plan, open first. One query."""
    found: dict[str, list[PlanPoint]] = {"opportunity": [], "risk": []}
    rows = PlanPoint.objects.visible_to(user).filter(plan=row).select_related("noted_by")
    for point in sorted(rows, key=lambda p: (p.ended_on is not None, p.pk)):
        found[point.side].append(point)
    return found


def _hints(row: AccountPlan, user: Any, on: date) -> dict[str, list[Any]]:
    """What the data suggest and nobody took over yet."""
    found: dict[str, list[Any]] = {"opportunity": [], "risk": []}
    for hint in hints(row, user, on):
        if not hint.taken:
            place = PLACES.get(hint.source[0])
            url = reverse(place, args=[hint.source[1]]) if place else ""
            key = f"{hint.source[0]}:{hint.source[1]}"
            found[hint.side].append({"text": hint_text(hint, user), "hint": hint, "url": url, "key": key})
    return found


def _ends(side: str) -> list[tuple[str, Any]]:
    first, second = (
        (PlanPoint.Outcome.CONVERTED, PlanPoint.Outcome.DEAD)
        if side == "opportunity"
        else (PlanPoint.Outcome.AVERTED, PlanPoint.Outcome.HAPPENED)
    )
    return [(first.value, first.label), (second.value, second.label)]


def _quarters(row: AccountPlan, user: Any, on: date) -> list[dict[str, Any]]:
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


def _reviews(row: AccountPlan, user: Any) -> list[ReviewItem]:
    rows = ReviewItem.objects.visible_to(user).filter(plan=row).defer("seen")
    return list(rows.select_related("review").order_by("-review__held_on", "-pk"))
