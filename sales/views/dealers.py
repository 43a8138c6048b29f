"""Dealers and partners: how each does with our leads and deals, and the dealer of one deal (IB-17)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from core import clock, display
from core.asking import PersonRequest
from core.context import find_url
from core.models import User
from core.reach import reach_of
from core.returning import back, place_of
from installed_base.models import Account
from sales.actions.dealer import name_dealer, note_deal_report, remove_deal_report
from sales.forms.lead import DealerOfDealForm, DealReportForm
from sales.models import DealerReport, Opportunity
from sales.queries import dealer as query
from sales.queries.dealer import assignments_of
from sales.rules import EXPANSION, NEW_BUSINESS
from sales.tabs import lead_tabs
from sales.views.lead import reader
from sales.watching import clocked
from sales.words import PIPELINES as NAMES


@login_required
@require_GET
def dealers(request: PersonRequest) -> HttpResponse:
    """Every dealer with what they have of us; each number is the way to its rows."""
    reader(request)
    found = query.dealers(request.user, clock.today())
    context = {
        "lines": [_dressed(line) for line in found.lines],
        "unseen": _unseen(found.unseen),
        "own": _share(found.own_rate),
        "own_decided": found.own_won + found.own_lost,
        "standfirst": _standfirst(found),
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
        "days": 1 if line.days == 1 else 2,
        "late": _ways(pk, "open&view=list&held=overdue", line.late, line.late_new),
        "open": _ways(pk, "open&view=list", line.open, line.open_new),
        "won": _ways(pk, "won&closed=year", line.won, line.won_new),
    }


def _ways(dealer: int, show: str, every: int, new: int) -> list[dict[str, Any]]:
    place = reverse("sales:pipeline")
    return [
        {
            "n": display.number(n),
            "count": n,
            "label": NAMES[name],
            "url": f"{place}?pipeline={name}&show={show}&dealer={dealer}",
        }
        for name, n in ((NEW_BUSINESS, new), (EXPANSION, every - new))
        if n
    ]


def _share(rate: Decimal | None) -> str:
    return "" if rate is None else display.percent(rate, 0)


def _standfirst(found: query.Dealers) -> str:
    """Of how many leads and deals we should have heard."""
    leads = sum(line.overdue for line in found.lines)
    deals = sum(line.late for line in found.lines)
    if not leads and not deals:
        return _("No dealer owes us a report.")
    if leads and deals:
        return _("Of %(what)s we should have heard.") % {"what": _(" and ").join([_leads(leads), _deals(deals)])}
    if deals:
        words = ngettext("Of %(n)s deal we should have heard.", "Of %(n)s deals we should have heard.", deals)
        return words % {"n": display.number(deals)}
    words = ngettext("Of %(n)s lead we should have heard.", "Of %(n)s leads we should have heard.", leads)
    return words % {"n": display.number(leads)}


def _leads(count: int) -> str:
    return ngettext("%(n)s lead", "%(n)s leads", count) % {"n": display.number(count)}


def _deals(count: int) -> str:
    return ngettext("%(n)s deal", "%(n)s deals", count) % {"n": display.number(count)}


def _unseen(found: query.Unseen) -> str:
    """What is with dealers whose accounts this person does not see: how much, never with whom."""
    parts = [_leads(found.leads)] if found.leads else []
    parts += [_deals(found.deals)] if found.deals else []
    if not parts:
        return ""
    words = ngettext(
        "Not in this list: %(what)s that you see, with %(n)s dealer whose account is out of your reach.",
        "Not in this list: %(what)s that you see, with %(n)s dealers whose accounts are out of your reach.",
        found.dealers,
    )
    said = [words % {"what": _(" and ").join(parts), "n": display.number(found.dealers)}]
    if found.overdue:
        late = ngettext("Of %(n)s we should have heard.", "Of %(n)s we should have heard.", found.overdue)
        said.append(late % {"n": display.number(found.overdue)})
    return " ".join(said)


def block(deal: Any, user: User, on: date) -> dict[str, Any]:
    """What the page of a deal shows of its dealers: who has and had it, by name where this person sees the account,
    what they told, and until when they report."""
    clocked([deal], on)
    return {
        "dealer_name": deal.dealer_name,
        "assignments": assignments_of(deal, user),
        "reports": query.reports_on(deal, user),
    }


@login_required
@require_http_methods(["GET", "POST"])
def opportunity_dealer(request: PersonRequest, pk: int) -> HttpResponse:
    """Say which dealer works a deal; nobody named: we do it ourselves."""
    user = request.user
    rows: Any = Opportunity.objects.changeable_by(user)
    deal = get_object_or_404(rows.select_related("account", "owner"), pk=pk)
    accounts = Account.objects.visible_to(user).filter(merged_into__isnull=True)
    on, had = clock.today(), deal.partner_id
    known = Account.objects.visible_to(user).filter(pk=had).first() if had else None
    form = DealerOfDealForm(
        request.POST or None, accounts=accounts, on=on, had=had is not None, seen=known is not None,
        initial={"account": known or ""},
    )  # fmt: skip

    def act() -> str:
        said = form.cleaned_data
        name_dealer(
            opportunity=deal, partner=said["account"], answer_by=said["answer_by"], reason=said.get("reason", ""),
            by=user, on=on,
        )  # fmt: skip
        return _("The dealer of this deal is noted.")

    return _form_page(request, form, act, deal, title=_("Who works it for us"), verb=_("Save"))


@login_required
@require_http_methods(["GET", "POST"])
def opportunity_report(request: PersonRequest, pk: int) -> HttpResponse:
    """Keep what the dealer told us of a deal; their clock starts again."""
    rows: Any = Opportunity.objects.changeable_by(request.user)
    deal, on = get_object_or_404(rows.select_related("account", "owner"), pk=pk), clock.today()
    form = DealReportForm(request.POST or None, on=on)

    def act() -> str:
        note_deal_report(opportunity=deal, by=request.user, on=on, **form.cleaned_data)
        return _("The report is kept, and their clock starts again.")

    return _form_page(request, form, act, deal, title=_("What the dealer told us"), verb=_("Keep it"))


@login_required
@require_http_methods(["GET", "POST"])
def report_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask first, then take a report on a deal away."""
    rows: Any = DealerReport.objects.changeable_by(request.user).filter(assignment__opportunity__isnull=False)
    found = get_object_or_404(rows.select_related("assignment__opportunity"), pk=pk)
    form = Form(request.POST if request.method == "POST" else None)

    def act() -> str:
        remove_deal_report(report=found, by=request.user, on=clock.today())
        return _("The report is taken away.")

    deal = found.assignment.opportunity
    return _form_page(request, form, act, deal, title=_("Take this report away?"), verb=_("Take it away"))


def _form_page(
    request: PersonRequest, form: Form, act: Callable[[], str], deal: Opportunity, *, title: str, verb: str
) -> HttpResponse:
    """The form, or what it asks done and back; what is refused comes back with its sentence."""
    home = reverse("sales:opportunity", args=[deal.pk])
    if form.is_valid():
        try:
            messages.success(request, act())
            return back(request, home)
        except ValidationError as refused:
            form.add_error(None, refused)
    context = {"form": form, "title": title, "verb": verb, "about": deal.name, "next": place_of(request, home)}
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)
