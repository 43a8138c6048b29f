"""One machine on its way: its plan, what was promised, and how the plan was moved."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock, display
from core.asking import PersonRequest
from core.asof import as_of
from core.models import User
from core.reach import reach_of
from sales.models import Opportunity
from sales.queries import delivery as query
from sales.views.delivery_rows import dressed, steps_of
from sales.words.delivery import NAMES, days_late


@login_required
@require_GET
def delivery(request: PersonRequest, pk: int) -> HttpResponse:
    """One machine on its way: its steps planned and done, what was promised, how the plan was moved."""
    on, user = as_of(request), request.user
    one = query.coming(get_object_or_404(query.orders(user), pk=pk), on)
    may = not request.is_past and bool(query.changeable([one], user))
    asset = one.order.asset
    deal = getattr(asset, "delivery", None)
    context = {
        **dressed(one, on),
        "on": on,
        "today": clock.today(),
        "steps": steps_of(one, on),
        "moves": _moves(one, on),
        "may": may,
        "may_promise": may and asset.installed_on is None and query.may_promise(asset, user),
        "may_match": may and query.alike(one, user).exists(),
        "deal": deal.opportunity if deal and _sees_deal(deal.opportunity_id, user) else None,
        "sees_prices": reach_of(user).sees_prices,
        "trail": [(reverse("sales:deliveries"), _("Deliveries"))],
        "line": _line(one, on),
    }
    return render(request, "sales/delivery_detail.html", context)


def _moves(one: query.Coming, on: date) -> list[dict[str, Any]]:
    """How the plan was moved, the latest first; what moved together stands together, the first step first."""
    found: list[dict[str, Any]] = []
    for move in query.moves_of(one, on):
        together = (move.on, move.by_id, move.reason)
        if not found or found[-1]["together"] != together:
            found.append({"together": together, "on": move.on, "by": move.by, "reason": move.reason, "steps": []})
        found[-1]["steps"].insert(0, move)
    return found


def _line(one: query.Coming, on: date) -> str:
    """Where it stands, in a sentence."""
    stands, words = one.stands, {"step": NAMES.get(one.stands.step, "")}
    if stands.is_done:
        return _("It was delivered, installed and accepted.")
    said = [_("%(step)s is next, and %(late)s.") % {**words, "late": days_late(stands.late_days)}
            if stands.is_late else _("%(step)s is next.") % words]  # fmt: skip
    if stands.in_danger and stands.stands_on and stands.over_days:
        said.append(
            _("At the pace of the plan it stands on %(day)s, %(late)s.")
            % {"day": display.day(stands.stands_on), "late": days_late(stands.over_days)}
        )
    return " ".join(said)


def _sees_deal(pk: int, user: User) -> bool:
    return Opportunity.objects.visible_to(user).filter(pk=pk).exists()
