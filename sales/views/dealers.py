"""Dealers and partners: how each does with our leads and deals, and the dealer of one deal (IB-17)."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from core import clock, display
from core.asking import PersonRequest
from core.context import find_url
from core.models import User
from core.reach import reach_of
from core.returning import place_of
from installed_base.models import Account
from sales.actions.dealer import name_dealer
from sales.forms.lead import DealerOfDealForm
from sales.models import Opportunity
from sales.queries import dealer as query
from sales.rules import EXPANSION, NEW_BUSINESS
from sales.tabs import lead_tabs
from sales.views.lead import reader
from sales.words import PIPELINES as NAMES


@login_required
@require_GET
def dealers(request: PersonRequest) -> HttpResponse:
    """Every dealer with what they have of us; each number is the way to its rows."""
    reader(request)
    found = query.dealers(request.user, clock.today())
    context = {
        "lines": [_dressed(line) for line in found.lines],
        "own": _share(found.own_rate),
        "own_decided": found.own_won + found.own_lost,
        "standfirst": _standfirst(found.lines),
        "sees_prices": reach_of(request.user).sees_prices,
        "machines_url": find_url("dashboards:machines"),
        "tabs": lead_tabs(request.user),
        "trail": [(reverse("sales:leads"), _("Leads"))],
    }
    return render(request, "sales/dealers_list.html", context)


def _dressed(line: query.DealerLine) -> dict[str, Any]:
    """A dealer with the way to the deals of each pipeline: the list of deals shows one at a time."""
    pk = line.account.pk
    return {
        "of": line,
        "rate": _share(line.rate),
        "open": _ways(pk, "open&view=list", line.open, line.open_new),
        "won": _ways(pk, "won&closed=year", line.won, line.won_new),
    }


def _ways(dealer: int, show: str, every: int, new: int) -> list[dict[str, Any]]:
    place = reverse("sales:pipeline")
    return [
        {"n": display.number(n), "label": NAMES[name], "url": f"{place}?pipeline={name}&show={show}&dealer={dealer}"}
        for name, n in ((NEW_BUSINESS, new), (EXPANSION, every - new))
        if n
    ]


def _share(rate: Decimal | None) -> str:
    return "" if rate is None else display.percent(rate, 0)


def _standfirst(lines: list[query.DealerLine]) -> str:
    """Of how many leads we should have heard."""
    late = sum(line.overdue for line in lines)
    if not late:
        return _("No dealer owes us a report.")
    words = ngettext("Of %(n)s lead we should have heard.", "Of %(n)s leads we should have heard.", late)
    return words % {"n": display.number(late)}


def block(deal: Opportunity, user: User) -> dict[str, Any]:
    """What the page of a deal shows of its dealer: by name, where this person sees the account."""
    return {"dealer": Account.objects.visible_to(user).filter(pk=deal.partner_id).first() if deal.partner_id else None}


@login_required
@require_http_methods(["GET", "POST"])
def opportunity_dealer(request: PersonRequest, pk: int) -> HttpResponse:
    """Say which dealer works a deal; nobody named: we do it ourselves."""
    user = request.user
    rows: Any = Opportunity.objects.changeable_by(user)
    deal = get_object_or_404(rows.select_related("account", "owner"), pk=pk)
    accounts = Account.objects.visible_to(user).filter(merged_into__isnull=True)
    initial = {"account": block(deal, user)["dealer"] or ""}
    form = DealerOfDealForm(request.POST or None, accounts=accounts, initial=initial)
    if form.is_valid():
        try:
            name_dealer(opportunity=deal, partner=form.cleaned_data["account"], by=user, on=clock.today())
            messages.success(request, _("The dealer of this deal is noted."))
            return redirect("sales:opportunity", pk=deal.pk)
        except ValidationError as refused:
            form.add_error(None, refused)
    context = {
        "form": form,
        "title": _("Who works it for us"),
        "verb": _("Save"),
        "about": deal.name,
        "next": place_of(request, reverse("sales:opportunity", args=[deal.pk])),
    }
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)
