"""Opening a deal by hand, saying which machines it is about, and sharing the credit of one that was won."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from core.asking import PersonRequest
from core.models import Owner
from core.reach import reach_of
from installed_base.models import Account
from sales import actions, queries
from sales.actions import Line
from sales.forms import CreditForm, LinesForm, NewOpportunityForm, lines_of, shares_in
from sales.models import DealKind, Opportunity, Stage


@login_required
@require_http_methods(["GET", "POST"])
def opportunity_new(request: PersonRequest) -> HttpResponse:
    """Open a deal. From the page of an account, its machines stand there to be chosen."""
    if not reach_of(request.user).works:
        raise PermissionDenied
    accounts = Account.objects.changeable_by(request.user).filter(merged_into__isnull=True)
    account = _account(request, accounts)
    lines = LinesForm(
        queries.offered_machines(account, request.user, clock.today()) if account else [],
        request.POST if request.method == "POST" else None,
    )
    kind = request.GET.get("kind", "")
    form = NewOpportunityForm(
        request.POST or None,
        accounts=accounts,
        user=request.user,
        initial={"account": f"#{account.pk}" if account else "", "kind": kind if kind in DealKind.values else ""},
    )
    if form.is_valid() and (deal := _opened(request, form, lines)):
        messages.success(request, _("The opportunity is open."))
        return redirect("sales:opportunity", pk=deal.pk)
    context = {
        "form": form,
        "account": account,
        "lines": lines,
        "sees_prices": reach_of(request.user).sees_prices,
        "trail": [(reverse("sales:pipeline"), _("Pipeline"))],
    }
    return render(request, "sales/opportunity_new.html", context, status=422 if form.is_bound else 200)


def _account(request: PersonRequest, accounts: Any) -> Account | None:
    """The account from whose page the deal is opened."""
    asked = request.GET.get("account", "")
    return get_object_or_404(accounts, pk=asked) if asked.isdecimal() and len(asked) < 19 else None


def _opened(request: PersonRequest, form: NewOpportunityForm, lines: LinesForm) -> Opportunity | None:
    said = dict(form.cleaned_data)
    chosen, owner = lines.lines(), said.pop("owner") or Owner.objects.of(request.user)
    if lines.errors:
        return None
    try:
        actions.refuse_lines(chosen, said["account"])
        return actions.create_opportunity(**said, owner=owner, lines=chosen, by=request.user, on=clock.today())
    except ValidationError as refused:
        form.add_error(None, refused)
        return None


@login_required
@require_http_methods(["GET", "POST"])
def opportunity_lines(request: PersonRequest, pk: int) -> HttpResponse:
    """Which machines an open deal is about, each with its value. Lines about a product alone stay as they are."""
    deal = _mine(request, pk)
    standing = list(deal.lines.all())
    named = {line.asset_id: line.value_reporting for line in standing if line.asset_id}
    posted = request.POST if request.method == "POST" else None
    form = LinesForm(queries.machines_of(deal, request.user, clock.today()), posted, named)
    refused = ""
    if posted is not None:
        others = [
            Line(product_id=line.product_id, value=line.value_reporting) for line in standing if not line.asset_id
        ]
        wanted = [*form.lines(), *others]
        if not form.errors:
            try:
                actions.change_lines(opportunity=deal, lines=wanted, by=request.user, on=clock.today())
                return redirect("sales:opportunity", pk=deal.pk)
            except ValidationError as error:
                refused = " ".join(error.messages)
    context = {
        "deal": deal,
        "lines": form,
        "refused": refused,
        "sees_prices": reach_of(request.user).sees_prices,
        "trail": _trail(deal),
    }
    return render(request, "sales/opportunity_lines.html", context, status=200 if posted is None else 422)


@login_required
@require_http_methods(["GET", "POST"])
def opportunity_credit(request: PersonRequest, pk: int) -> HttpResponse:
    """Who shares in a won deal, and for how much (EX-29)."""
    deal = _mine(request, pk)
    if deal.stage != Stage.WON:
        messages.error(request, _("Credit is shared of a deal that is won; decide this one first."))
        return redirect("sales:opportunity", pk=deal.pk)
    form: Any = CreditForm(request.POST or None, initial=lines_of(queries.credit_of(deal)))
    refused = ""
    if form.is_bound and form.is_valid():
        try:
            actions.share_credit(opportunity=deal, shares=shares_in(form), by=request.user, on=clock.today())
            messages.success(request, _("The credit is shared."))
            return redirect("sales:opportunity", pk=deal.pk)
        except ValidationError as error:
            refused = " ".join(error.messages)
    context = {"deal": deal, "form": form, "refused": refused, "trail": _trail(deal)}
    return render(request, "sales/opportunity_credit.html", context, status=422 if form.is_bound else 200)


def _trail(deal: Opportunity) -> list[tuple[str, str]]:
    return [(reverse("sales:pipeline"), _("Pipeline")), (reverse("sales:opportunity", args=[deal.pk]), deal.name)]


def _mine(request: PersonRequest, pk: int) -> Opportunity:
    rows = Opportunity.objects.changeable_by(request.user).select_related("account", "owner")
    found: Opportunity = get_object_or_404(rows, pk=pk)
    return found
