"""One account plan: a document that is read, printed, and written section by section."""

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
from core.reach import reach_of
from dashboards.plans.content import points, quarters, standfirst, suggested
from dashboards.plans.history import changes
from dashboards.plans.situation import situation
from dashboards.plans.views.door import may_change, visible
from expansion.models import AccountPlan, PlanPoint, ReviewItem


@login_required
@require_safe
def plan(request: PersonRequest, pk: int) -> HttpResponse:
    row, user, on = visible(request, pk), request.user, clock.today()
    reach = reach_of(user)
    written, hinted = points(row, user), suggested(row, user, on)
    by_quarter = quarters(row, user, on)
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
        "standfirst": standfirst(by_quarter, user, on),
        "may": may_change(request, row),
        "sees_prices": reach.sees_prices,
        "sees_names": reach.sees_names,
        "parts": [
            (side, title, question, written[side], hinted[side], _ends(side))
            for side, title, question in (
                ("opportunity", _("Opportunities"), _("What can grow here: upsell, cross-sell, replacement")),
                ("risk", _("Risks"), _("What may go wrong: contracts, competitors, people, their organisation")),
            )
        ],
        "quarters": by_quarter,
        "reviews": _reviews(row, user),
        "changes": changes(row),
    }
    return render(request, "dashboards/plan_detail.html", context)


def _ends(side: str) -> list[tuple[str, Any]]:
    first, second = (
        (PlanPoint.Outcome.CONVERTED, PlanPoint.Outcome.DEAD)
        if side == "opportunity"
        else (PlanPoint.Outcome.AVERTED, PlanPoint.Outcome.HAPPENED)
    )
    return [(first.value, first.label), (second.value, second.label)]


def _reviews(row: AccountPlan, user: Any) -> list[ReviewItem]:
    rows = ReviewItem.objects.visible_to(user).filter(plan=row).defer("seen")
    return list(rows.select_related("review").order_by("-review__held_on", "-pk"))
